"""Mentions against span labels: found at all, found to the character, with the right concept and context."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from extractor.corpora import SPAN_LABELS
from extractor.evaluator.charts import Figure
from extractor.evaluator.match import match
from extractor.model import CONTEXT
from extractor.tables import read_cohort


@dataclass(slots=True)
class SpanScores:
    """Per label: overlapping and exact spans; of overlapping ones the right concept; per context flag its agreement."""

    overlap: dict[str, Figure] = field(default_factory=dict)
    exact: dict[str, Figure] = field(default_factory=dict)
    concept: dict[str, float] = field(default_factory=dict)
    context: dict[str, Figure] = field(default_factory=dict)
    notes: int = 0


def labeled(note: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The span labels of a note with half-open offsets."""
    out = []
    for span in note["spans"]:
        at = -1
        for _ in range(span.get("occurrence", 1)):
            at = note["text"].find(span["quote"], at + 1)
        out.append(
            {
                "start": at,
                "end": at + len(span["quote"]),
                "label": span["label"],
                "concept": str(span.get("concept")),
                "context": frozenset(span.get("context", [])),
            }
        )
    return out


def score(charts: Iterable[Mapping[str, Any]], folder: Path) -> SpanScores:
    """Scores over every note that carries span labels."""
    mentions = read_cohort(folder, ["mentions"])["mentions"]
    by_note = {str(k): frame for k, frame in mentions[mentions["label"].isin(SPAN_LABELS)].groupby("note_id")}
    counts: dict[str, Counter[str]] = {
        k: Counter() for k in ("tp", "fp", "fn", "exact", "concept", *(f"{c}.{k}" for c in CONTEXT for k in ("tp", "fp", "fn")))
    }
    notes = 0
    for note in (n for c in charts for n in c["notes"] if "spans" in n):
        notes += 1
        _note(labeled(note), _found(by_note.get(note["note_id"])), counts)
    return _scores(counts, notes)


def _found(frame: pd.DataFrame | None) -> list[dict[str, Any]]:
    if frame is None:
        return []
    return [
        {
            "start": int(r["start"]),
            "end": int(r["end"]),
            "label": r["label"],
            "concept": str(r["concept"]),
            "context": frozenset(c for c in CONTEXT if r[f"is_{c}"]),
        }
        for r in frame.to_dict("records")
    ]


def overlap(a: Mapping[str, Any], b: Mapping[str, Any]) -> float:
    """Share of the longer span that two spans of one label have in common."""
    if a["label"] != b["label"]:
        return 0.0
    shared = min(a["end"], b["end"]) - max(a["start"], b["start"])
    return float(max(0, shared) / max(a["end"] - a["start"], b["end"] - b["start"]))


def _note(gold: list[dict[str, Any]], got: list[dict[str, Any]], counts: dict[str, Counter[str]]) -> None:
    pairs, missed, extra = match(gold, got, overlap)
    for a, b in pairs:
        counts["tp"][a["label"]] += 1
        counts["exact"][a["label"]] += (a["start"], a["end"]) == (b["start"], b["end"])
        counts["concept"][a["label"]] += a["concept"] == b["concept"]
        for name in CONTEXT:
            key = (
                "tp"
                if name in a["context"] and name in b["context"]
                else "fn"
                if name in a["context"]
                else "fp"
                if name in b["context"]
                else ""
            )
            if key:
                counts[f"{name}.{key}"]["n"] += 1
    counts["fn"].update(m["label"] for m in missed)
    counts["fp"].update(m["label"] for m in extra)


def _scores(counts: dict[str, Counter[str]], notes: int) -> SpanScores:
    tp, fp, fn, exact = (counts[k] for k in ("tp", "fp", "fn", "exact"))
    labels = [x for x in SPAN_LABELS if tp[x] + fp[x] + fn[x]]
    return SpanScores(
        overlap={x: Figure(tp[x], fp[x], fn[x]) for x in labels},
        exact={x: Figure(exact[x], fp[x] + tp[x] - exact[x], fn[x] + tp[x] - exact[x]) for x in labels},
        concept={x: counts["concept"][x] / tp[x] for x in labels if tp[x]},
        context={
            c: Figure(*(counts[f"{c}.{k}"]["n"] for k in ("tp", "fp", "fn")))
            for c in CONTEXT
            if sum(counts[f"{c}.{k}"]["n"] for k in ("tp", "fp", "fn"))
        },
        notes=notes,
    )
