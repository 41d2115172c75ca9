"""The rows of a chart as claims and their features take them, from the rows as they are written: ``claims.records`` of these as mappings, made at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from extractor.confidence.claims import plain
from extractor.schema import BY_NAME, COHORT

Record = Sequence[Any]
MENTION = BY_NAME["mentions"].names
NUMBERS = slice(MENTION.index("start"), MENTION.index("end") + 1)
FLAGS = slice(MENTION.index("section") + 1, MENTION.index("rule_id"))
"""The cells of a mention that are numbers, and those that are true or false; the others are words."""


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
    """Most rows of a chart are mentions, whose cells are known."""
    before, numbers, flags = record[: NUMBERS.start], record[NUMBERS], record[FLAGS]
    behind, rule = record[NUMBERS.stop : FLAGS.start], record[FLAGS.stop :]
    words = [v or None for v in (*before, *behind, *rule)]
    n = len(before)
    return dict(zip(MENTION, (*words[:n], *map(float, numbers), *words[n:-1], *flags, words[-1]), strict=True))
