"""Does the evidence of a row rest on the passage a careful reader quoted for it?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from extractor.evaluator.charts import NOTHING, labeled
from extractor.evaluator.match import Row, match
from extractor.evaluator.predicted import Predicted

KEYS = {
    "procedures": ("modality", "date"),
    "lesions": ("site", "laterality", "size_mm"),
    "complications": ("term",),
    "assessments": ("date", "scope", "status"),
}


def overlap(charts: Iterable[Mapping[str, Any]], predicted: Predicted) -> dict[str, tuple[int, int]]:
    """Per table (rows whose evidence overlaps the label's quote, matched rows). Matching is by the row's own values."""
    hits, matched = Counter[str](), Counter[str]()
    for chart in charts:
        spots = _quotes(chart)
        own = predicted.tables.get(chart["patient_id"], NOTHING)
        for table, keys in KEYS.items():
            for gold, row in _pairs(labeled(chart)[table], own[table], keys):
                matched[table] += 1
                hits[table] += any(
                    m["note_id"] == q and m["start"] < d and c < m["end"]
                    for m in predicted.behind(table, row)
                    for q, c, d in spots.get(str(gold.get("quote")), [])
                )
    return {t: (hits[t], matched[t]) for t in KEYS}


def _pairs(gold: list[Row], got: list[Row], keys: tuple[str, ...]) -> list[tuple[Row, Row]]:
    return match(
        gold, got, lambda a, b: float(all(a.get(k) == b.get(k) for k in keys[:1])) and 1 + sum(a.get(k) == b.get(k) for k in keys)
    )[0]


def _quotes(chart: Mapping[str, Any]) -> dict[str, list[tuple[str, int, int]]]:
    """Where each quote of a chart stands: (note, start, end)."""
    out: dict[str, list[tuple[str, int, int]]] = {}
    rows = [r for t in KEYS for r in chart["gold"].get(t, [])]
    for quote in {str(r["quote"]).strip() for r in rows if r.get("quote")}:
        for note in chart["notes"]:
            at = note["text"].find(quote)
            while at >= 0:
                out.setdefault(quote, []).append((note["note_id"], at, at + len(quote)))
                at = note["text"].find(quote, at + 1)
    return out
