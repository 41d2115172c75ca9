"""The rows of a chart as claims and their features take them, from the rows as they are written: ``claims.records`` of these as mappings, made at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from extractor.confidence.claims import plain
from extractor.schema import BY_NAME, COHORT

Record = Sequence[Any]
MENTION = BY_NAME["mentions"].names
WORDS = tuple(name for name in MENTION if BY_NAME["mentions"][name].type == "text")


def plain_rows(records: Mapping[str, Sequence[Record]]) -> dict[str, list[dict[str, Any]]]:
    """``records``: the rows of a chart by table, cells in the schema's order."""
    out = {name: [_row(BY_NAME[name].names, r) for r in records.get(name, ())] for name in (*COHORT, "evidence", "notes")}
    for row in out["notes"]:
        row.pop("text", None)
    return out | {"mentions": [_mention(r) for r in records.get("mentions", ())]}


def _row(names: Sequence[str], record: Record) -> dict[str, Any]:
    cells = [v if v is None or v.__class__ is bool else v or None if v.__class__ is str else plain(v) for v in record]
    return dict(zip(names, cells))  # noqa: B905  # evidence has no confidence yet


def _mention(record: Record) -> dict[str, Any]:
    """Most rows of a chart are mentions, whose cells are known: words, two numbers, and flags."""
    out = dict(zip(MENTION, record, strict=True))
    out["start"], out["end"] = float(out["start"]), float(out["end"])
    for name in WORDS:
        if out[name] == "":
            out[name] = None
    return out
