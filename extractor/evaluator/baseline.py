"""Figures that a change of rules must not lower without a written reason: ``corpora/baseline.json``, by collection and field."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from extractor.errors import CorpusError
from extractor.evaluator.charts import Figure, Tally, figures

By = Mapping[str, Mapping[str, Figure]]
"""Figures by collection and field."""
NONE = Figure(0, 0, 0)
CLOSE = 5e-4
"""Reasons name F1 in thousandths."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why F1 of a field was let fall."""

    collection: str
    field: str
    was: float
    now: float
    why: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """Figures as they were kept, and why some were let fall."""

    found: By
    reasons: tuple[Reason, ...] = ()

    def save(self, path: Path) -> None:
        """Write the file: a line a field."""
        blocks = []
        for name, fields in sorted(self.found.items()):
            lines = [
                f'   {json.dumps(k)}: {{"f1": {f.f1:.3f}, "tp": {f.tp}, "fp": {f.fp}, "fn": {f.fn}}}' for k, f in sorted(fields.items())
            ]
            blocks.append(f"  {json.dumps(name)}: {{\n" + ",\n".join(lines) + "\n  }")
        reasons = [f"  {json.dumps(_reason(r), ensure_ascii=False)}" for r in self.reasons]
        told = "[\n" + ",\n".join(reasons) + "\n ]" if reasons else "[]"
        path.write_text('{\n "collections": {\n' + ",\n".join(blocks) + f'\n }},\n "reasons": {told}\n}}\n', encoding="utf-8")


def _reason(r: Reason) -> dict[str, Any]:
    return {"collection": r.collection, "field": r.field, "from": round(r.was, 3), "to": round(r.now, 3), "why": r.why}


def load(path: Path) -> Baseline:
    """Read a baseline file. Raises CorpusError if it is none, or a reason says nothing."""
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        found = {c: {k: Figure(f["tp"], f["fp"], f["fn"]) for k, f in fields.items()} for c, fields in facts["collections"].items()}
        reasons = tuple(
            Reason(r["collection"], r["field"], float(r["from"]), float(r["to"]), str(r["why"]).strip()) for r in facts.get("reasons", ())
        )
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read: {error.strerror}; make it with extractor corpora score --write-baseline") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CorpusError(f"{path}: no baseline file ({type(error).__name__}: {error})") from None
    for r in (r for r in reasons if not r.why):
        raise CorpusError(f"{path}: the reason of {r.collection} {r.field} says nothing; write why")
    return Baseline(found, reasons)


def by_collection(files: Sequence[Path], tallies: Sequence[Tally]) -> dict[str, dict[str, Figure]]:
    """Figures of chart files ``<collection>/charts/<patient>.json``, each with its tally."""
    groups: dict[str, list[Tally]] = {}
    for path, tally in zip(files, tallies, strict=True):
        groups.setdefault(path.parent.parent.name, []).append(tally)
    return {name: figures(own) for name, own in sorted(groups.items())}


def falls(kept: Baseline, now: By) -> list[Reason]:
    """Fields whose F1 fell, collection by collection, and have no reason yet (``why`` is empty).

    A collection that was not kept has nothing to fall from; a field that was not kept fell from 1, as nothing was labeled or extracted.
    """
    out = []
    for name in sorted(kept.found.keys() & now.keys()):
        for field in sorted(kept.found[name].keys() | now[name].keys()):
            was, is_now = kept.found[name].get(field, NONE).f1, now[name].get(field, NONE).f1
            if is_now < was - 1e-9 and not any(_covers(r, name, field, was, is_now) for r in kept.reasons):
                out.append(Reason(name, field, was, is_now, ""))
    return out


def _covers(r: Reason, collection: str, field: str, was: float, now: float) -> bool:
    return (r.collection, r.field) == (collection, field) and abs(r.was - was) <= CLOSE and now >= r.now - CLOSE


def gone(kept: Baseline, now: By) -> list[str]:
    """Collections that were kept and were not scored."""
    return sorted(kept.found.keys() - now.keys())


def updated(kept: Baseline, now: By, why: str) -> Baseline:
    """The baseline with today's figures; falls take ``why`` as their reason. Raises CorpusError where one needs a reason and has none."""
    open_ = falls(kept, now)
    if open_ and not why.strip():
        raise CorpusError(f"{told(open_[0])} ({len(open_)} such); give the reason with --why")
    return Baseline({**kept.found, **now}, (*kept.reasons, *(replace(r, why=why.strip()) for r in open_)))


def told(fall: Reason) -> str:
    """A fall in a line."""
    return f"{fall.collection}: {fall.field} fell from {fall.was:.3f} to {fall.now:.3f} and has no reason in the baseline"
