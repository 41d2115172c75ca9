"""Figures of fields from observations, each with a percentile bootstrap interval that draws patients with replacement.

Precision, recall and F1 count rows and cells (``observe``); accuracy and Cohen's kappa are over paired rows, an empty cell being a
category of its own. Kappa of severities is weighted linearly: each step between neighbouring grades costs the same.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import cohen_kappa_score

from extractor.evaluator.observe import HEADLINE, Observation
from extractor.schema import BY_NAME, SEVERITIES

Floats = NDArray[np.float64]
ROUNDS, SEED, LEVEL = 1_000, 0, 95.0
BATCH = 100
"""Bootstrap rounds computed at once, so that memory does not grow with rounds times patients."""
ORDINAL = ("complications.severity", "procedures.worst_severity")
"""Fields whose kappa is weighted, in the order none < mild < moderate < severe < life_threatening < death."""
NOTHING_TOLD = "(empty)"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its interval; None where it is not defined."""

    value: float | None
    low: float | None = None
    high: float | None = None

    def to_json(self) -> dict[str, float | None]:
        """Plain numbers."""
        return {"value": self.value, "low": self.low, "high": self.high}


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything measured of one field. ``pairs`` is the number of paired rows behind accuracy and kappa."""

    field: str
    tp: int
    fp: int
    fn: int
    pairs: int
    precision: Estimate
    recall: Estimate
    f1: Estimate
    accuracy: Estimate
    kappa: Estimate
    weights: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain numbers."""
        shares = {n: getattr(self, n).to_json() for n in ("precision", "recall", "f1", "accuracy", "kappa")}
        return {"tp": self.tp, "fp": self.fp, "fn": self.fn, "pairs": self.pairs, **shares, "kappa_weights": self.weights}


@dataclass(frozen=True, slots=True)
class Draws:
    """How often each patient is drawn in each round: an array (rounds, patients)."""

    patients: tuple[str, ...]
    weights: Floats

    @classmethod
    def of(cls, patients: Iterable[str], rounds: int = ROUNDS, seed: int = SEED) -> Draws:
        """Draw as many patients as there are, with replacement, ``rounds`` times."""
        names = tuple(sorted(set(patients)))
        shares = np.full(len(names), 1 / len(names)) if names else np.empty(0)
        drawn = np.random.default_rng(seed).multinomial(len(names), shares, size=rounds) if names else np.empty((rounds, 0))
        return cls(names, drawn.astype(float))

    def sums(self, counts: Floats) -> Floats:
        """Sums over the drawn patients of counts (patients, ...): an array (rounds, ...)."""
        flat = counts.reshape(len(self.patients), -1)
        parts = [self.weights[at : at + BATCH] @ flat for at in range(0, len(self.weights), BATCH)]
        return np.concatenate(parts).reshape(len(self.weights), *counts.shape[1:]) if parts else np.empty((0, *counts.shape[1:]))


def figures(observations: Iterable[Observation], draws: Draws) -> dict[str, Figures]:
    """Figures by field, in order of name; a field that neither side ever fills is left out."""
    by_field: dict[str, list[Observation]] = {}
    for seen in observations:
        by_field.setdefault(seen.field, []).append(seen)
    at = {p: i for i, p in enumerate(draws.patients)}
    return {f: _figures(f, own, draws, at) for f, own in sorted(by_field.items()) if any(o.tp + o.fp + o.fn for o in own)}


def _figures(field: str, own: Sequence[Observation], draws: Draws, at: Mapping[str, int]) -> Figures:
    counts = _counts(own, at)
    tp, fp, fn = (int(n) for n in counts.sum(axis=0)[:3])
    drawn = shares(draws.sums(counts))
    whole = shares(counts.sum(axis=0, keepdims=True))
    paired = [o for o in own if o.paired]
    made = {name: estimate(whole[name][0], drawn[name]) for name in ("precision", "recall", "f1", "accuracy")}
    kappa, weights = _kappa(field, paired, draws, at)
    return Figures(field, tp, fp, fn, len(paired), **made, kappa=kappa, weights=weights)


def _counts(own: Sequence[Observation], at: Mapping[str, int]) -> Floats:
    """(patients, [tp, fp, fn, right, paired])."""
    counts = np.zeros((len(at), 5))
    for seen in own:
        counts[at[seen.patient]] += (seen.tp, seen.fp, seen.fn, seen.paired and _right(seen), seen.paired)
    return counts


def _right(seen: Observation) -> bool:
    return not seen.cause


def shares(counts: Floats) -> dict[str, Floats]:
    """Precision, recall, F1 and accuracy of counts (rounds, [tp, fp, fn, right, paired]); nan where there is nothing to divide by."""
    tp, fp, fn, right, paired = counts.T
    with np.errstate(invalid="ignore", divide="ignore"):
        return {"precision": tp / (tp + fp), "recall": tp / (tp + fn), "f1": 2 * tp / (2 * tp + fp + fn), "accuracy": right / paired}


def estimate(value: float, drawn: Floats) -> Estimate:
    """A value with the percentiles of its rounds; rounds in which it is not defined are left out."""
    kept = drawn[np.isfinite(drawn)]
    if not np.isfinite(value) or not len(kept):
        return Estimate(None if not np.isfinite(value) else float(value))
    low, high = np.percentile(kept, [50 - LEVEL / 2, 50 + LEVEL / 2])
    return Estimate(float(value), float(low), float(high))


# ---- the headline ---------------------------------------------------------------------------------------------------------


def headline(observations: Iterable[Observation], draws: Draws) -> Estimate:
    """Mean F1 of HEADLINE; a field with nothing on either side counts 1."""
    at = {p: i for i, p in enumerate(draws.patients)}
    by_field: dict[str, list[Observation]] = {f: [] for f in HEADLINE}
    for seen in observations:
        if seen.field in by_field:
            by_field[seen.field].append(seen)
    counts = np.stack([_counts(own, at) for own in by_field.values()], axis=1)
    return estimate(float(_mean_f1(counts.sum(axis=0)[None])[0]), _mean_f1(draws.sums(counts)))


def _mean_f1(counts: Floats) -> Floats:
    """Of counts (rounds, fields, [tp, fp, fn, ...])."""
    tp, fp, fn = counts[..., 0], counts[..., 1], counts[..., 2]
    whole = 2 * tp + fp + fn
    return np.asarray(np.where(whole > 0, 2 * tp / np.where(whole > 0, whole, 1), 1.0).mean(axis=1))


# ---- kappa ----------------------------------------------------------------------------------------------------------------


def _kappa(field: str, paired: Sequence[Observation], draws: Draws, at: Mapping[str, int]) -> tuple[Estimate, str | None]:
    if not paired or not all(is_nominal(o) for o in paired):
        return Estimate(None), None
    weighted = "linear" if field in ORDINAL else None
    pairs = [(category(o.labeled), category(o.extracted)) for o in paired]
    seen = {c for pair in pairs for c in pair}
    names = [NOTHING_TOLD, *SEVERITIES] if weighted else sorted(seen)
    if len(seen) < 2:
        return Estimate(None), weighted
    crossed = np.zeros((len(at), len(names), len(names)))
    for own, (a, b) in zip(paired, pairs, strict=True):
        crossed[at[own.patient], names.index(a), names.index(b)] += 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # categories that one side never uses
        value = cohen_kappa_score([a for a, _ in pairs], [b for _, b in pairs], labels=names, weights=weighted)
    return estimate(float(value), kappas(draws.sums(crossed), weighted)), weighted


def kappas(crossed: Floats, weights: str | None = None) -> Floats:
    """Cohen's kappa of many confusion matrices (rounds, k, k) at once; nan where chance alone already agrees in everything."""
    size = crossed.shape[-1]
    steps = np.abs(np.subtract.outer(np.arange(size), np.arange(size))).astype(float)
    cost = steps if weights == "linear" else (steps > 0).astype(float)
    total = crossed.sum(axis=(1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        chance = crossed.sum(axis=2)[:, :, None] * crossed.sum(axis=1)[:, None, :] / total[:, None, None]
        return np.asarray(1 - (crossed * cost).sum(axis=(1, 2)) / (chance * cost).sum(axis=(1, 2)))


def is_nominal(seen: Observation) -> bool:
    """Does the field say one of a few words?"""
    if seen.field in ORDINAL or seen.table == "spans":
        return True
    table = BY_NAME.get(seen.table)
    if table is None or seen.column not in table.names:
        return False
    column = table[seen.column]
    return bool(column.values) or column.type == "boolean" or column.name in ("event",)


def category(value: Any) -> str:
    """A value as a category of a confusion matrix."""
    return NOTHING_TOLD if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def confusion(pairs: Iterable[tuple[str, str]]) -> tuple[list[str], list[list[int]]]:
    """Labels in order and the matrix (labeled down, extracted across)."""
    from sklearn.metrics import confusion_matrix

    told = list(pairs)
    names = sorted({c for pair in told for c in pair})
    if not names:
        return [], []
    return names, [[int(n) for n in row] for row in confusion_matrix([a for a, _ in told], [b for _, b in told], labels=names)]


def by_stratum(observations: Iterable[tuple[str | None, Observation]], draws: Draws) -> Iterator[tuple[str, dict[str, Figures]]]:
    """Figures of each stratum, in order of name. Patients without an observation in a stratum add nothing to its rounds."""
    groups: dict[str, list[Observation]] = {}
    for stratum, seen in observations:
        if stratum is not None:
            groups.setdefault(stratum, []).append(seen)
    for name, own in sorted(groups.items()):
        yield name, figures(own, draws)
