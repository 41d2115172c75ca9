"""What a reviewer types, as the tables hold it: typed, in the vocabulary, links to rows that count."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from extractor.errors import ReviewError
from extractor.evaluator.labelrows import typed
from extractor.review.replay import LINKS, SILENT, ChartState
from extractor.schema import BY_NAME, COHORT

COARSE = re.compile(r"(\d{4})(?:-(\d{2}))?")
LONGEST = 2_000


def editable(table: str) -> tuple[str, ...]:
    """Columns that a reviewer decides: all but the row's own id, the patient and what it replaces. Outcomes are named by their lesion."""
    key = BY_NAME[table].key
    return tuple(c for c in BY_NAME[table].names if c != key and c not in SILENT)


def known(table: Any, column: Any = None) -> None:
    """Raise ReviewError for a table or column that no decision can speak of."""
    if table not in COHORT or (column is not None and column not in editable(table)):
        raise ReviewError("no such cell to decide")


def value(state: ChartState, table: str, column: str, raw: Any) -> dict[str, Any]:
    """The cells that a value typed into one means: itself, and for a date known to the month or year its precision.

    Raises ReviewError telling what is wrong with it.
    """
    known(table, column)
    raw = raw.strip() or None if isinstance(raw, str) else raw
    if isinstance(raw, str) and len(raw) > LONGEST:
        raise ReviewError(f"{column}: too long; {LONGEST} characters at most")
    if column in LINKS:
        return {column: _link(state, column, raw)}
    schema = BY_NAME[table][column]
    precision = f"{column}_precision"
    if schema.type == "date" and precision in BY_NAME[table].names:
        return _day(column, precision, raw)
    return {column: _typed(table, column, raw)}


def _typed(table: str, column: str, raw: Any) -> Any:
    schema = BY_NAME[table][column]
    try:
        found = typed(schema, raw)
    except ValueError as error:
        raise ReviewError(f"{column}: {error}") from None
    if schema.type == "integer" and found is not None:
        if found != int(found):
            raise ReviewError(f"{column}: is a whole number")
        return int(found)
    return found


def _day(column: str, precision: str, raw: Any) -> dict[str, Any]:
    if raw is None:
        return {column: None, precision: None}
    coarse = COARSE.fullmatch(str(raw))
    text = f"{coarse[1]}-{coarse[2] or '01'}-01" if coarse else str(raw)
    from datetime import date

    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ReviewError(f"{column}: write a day as 2019-03-12, a month as 2019-03 or a year as 2019") from None
    return {column: day.isoformat(), precision: "day" if coarse is None else "month" if coarse[2] else "year"}


def _link(state: ChartState, column: str, raw: Any) -> str | None:
    if raw is None:
        return None
    row = state.row(LINKS[column], str(raw))
    if row is None or row.out:
        raise ReviewError(f"{column}: is no row of {LINKS[column]} that counts")
    return row.id


def row(state: ChartState, table: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The cells of a row to add. Raises ReviewError for one that is wrong, or where what identifies the row is missing."""
    from extractor.evaluator.labelrows import NEEDED

    known(table)
    names = set(editable(table)) | ({"lesion_id"} if table == "outcomes" else set())
    out: dict[str, Any] = {}
    for column, raw in given.items():
        if column not in names:
            raise ReviewError("no such cell to decide")
        out |= (
            {"lesion_id": _link(state, column, raw)} if table == "outcomes" and column == "lesion_id" else value(state, table, column, raw)
        )
    lacking = [c for c in NEEDED.get(table, ()) if out.get(c) is None]
    if table == "assessments" and out.get("scope") == "local" and out.get("lesion_id") is None:
        lacking.append("lesion_id")
    if lacking:
        raise ReviewError(f"{', '.join(lacking)}: needed to add a row of {table}")
    return {c: v for c, v in out.items() if v is not None}
