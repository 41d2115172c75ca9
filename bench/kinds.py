"""Fit the weights of the cues for kinds of notes (``rules/kinds.toml``) to the note types of the corpora: ``python bench/kinds.py rules/kinds.toml``.

The model is a multinomial logistic regression in which each cue speaks for one kind alone. Printed is how many notes of collections that a fit has not
seen it tells rightly (eight folds), and as what it tells the others; what was fitted to all is written into the file.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.model_selection import GroupKFold

from extractor import corpora
from extractor import rules as rule_files
from extractor.pipeline import build
from extractor.pipeline.kinds import Kinds
from extractor.rules import Cue
from extractor.schema import NOTE_TYPES

Numbers = NDArray[np.float64]
SHRINK = 0.5
FOLDS = 8
ALWAYS = ".any"
"""How ids of cues end that every note shows: they may weigh anything."""


def features(cues: Sequence[Cue]) -> tuple[Numbers, NDArray[np.int64], list[str]]:
    """(note by cue: 1 where it is shown, the kind of each note by its place in ``NOTE_TYPES``, the collection of each note)."""
    reader, kinds = build(rule_files.load()), Kinds(cues)
    number = {c.rule_id: n for n, c in enumerate(cues)}
    rows, told, groups = [], [], []
    for path in corpora.files():
        for note in corpora.notes(corpora.load(path)):
            if note.note_type in NOTE_TYPES:
                row = np.zeros(len(cues))
                row[[number[c.rule_id] for c in kinds.said(reader.read(note))]] = 1
                rows.append(row)
                told.append(NOTE_TYPES.index(note.note_type))
                groups.append(path.parts[-3])
    return np.array(rows), np.array(told), groups


def fit(shown: Numbers, told: NDArray[np.int64], cues: Sequence[Cue]) -> Numbers:
    """The weight of each cue; one keeps its sign."""
    speaks = _speaks(cues)
    truth = np.eye(len(NOTE_TYPES))[told]

    def loss(weights: Numbers) -> tuple[float, Numbers]:
        scores = (shown * weights) @ speaks
        scores -= scores.max(axis=1, keepdims=True)
        likely = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        slope = (shown * ((likely - truth) @ speaks.T)).sum(axis=0) + 2 * SHRINK * weights
        return float(-np.log((likely * truth).sum(axis=1) + 1e-12).sum() + SHRINK * (weights**2).sum()), slope

    bounds = [(None, None) if c.rule_id.endswith(ALWAYS) else (None, 0.0) if c.weight < 0 else (0.0, None) for c in cues]
    found: Numbers = minimize(loss, np.zeros(len(cues)), jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 300}).x
    return found


def _speaks(cues: Sequence[Cue]) -> Numbers:
    speaks = np.zeros((len(cues), len(NOTE_TYPES)))
    speaks[np.arange(len(cues)), [NOTE_TYPES.index(c.kind) for c in cues]] = 1
    return speaks


def held_out(shown: Numbers, told: NDArray[np.int64], groups: Sequence[str], cues: Sequence[Cue]) -> NDArray[np.int64]:
    """What each note is told to be by weights that were fitted without its collection."""
    out = np.zeros_like(told)
    for known, unseen in GroupKFold(FOLDS).split(shown, told, groups):
        out[unseen] = ((shown[unseen] * fit(shown[known], told[known], cues)) @ _speaks(cues)).argmax(axis=1)
    return out


def written(text: str, weights: dict[str, float]) -> str:
    """The rule file with these weights by id."""

    def one(match: re.Match[str]) -> str:
        return f"{match[1]}{weights[match[2]]:.2f}"

    return re.sub(r'(^id = "([^"]+)"\n(?:(?!\[\[)[^\n]*\n)*?weight = )[-\d.]+', one, text, flags=re.MULTILINE)


def main(path: Path) -> None:
    """Fit, print and write."""
    cues = rule_files.parse({path.name: path.read_bytes()}).cues
    shown, told, groups = features(cues)
    guessed = held_out(shown, told, groups, cues)
    print(f"{(guessed == told).mean():.3f} of {len(told)} notes of unseen collections are told rightly; the others:")
    wrong: Any = Counter((NOTE_TYPES[a], NOTE_TYPES[b]) for a, b in zip(told, guessed, strict=True) if a != b)
    for (was, as_), count in sorted(wrong.items(), key=lambda x: (-x[1], x[0])):
        print(f"  {was} as {as_}: {count}")
    weights = fit(shown, told, cues)
    print(f"{(((shown * weights) @ _speaks(cues)).argmax(axis=1) == told).mean():.3f} of those that were fitted")
    names = {c.rule_id.partition("#")[2]: float(w) for c, w in zip(cues, weights, strict=True)}
    path.write_text(written(path.read_text(encoding="utf-8"), names), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
