"""What follows from decisions: rows go with the row they belong to, outcomes from assessments, the major from the severity.

Only cells that nobody decided are made anew, and only where something they rest on was decided otherwise since the chart was last finished.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from extractor.model import Cell as ModelCell
from extractor.model import PartialDate, Row
from extractor.review.replay import EXPLICIT, Cell, ChartState, RowState
from extractor.schema import BY_NAME, SEVERITIES

RESTS_ON = {
    "procedures": ("date",),
    "lesions": ("procedure_id",),
    "assessments": ("lesion_id", "date", "date_precision", "scope", "status"),
}
"""Cells that an outcome is made from."""
ENDS = ("event", "event_date", "last_assessment_date")


def follow(state: ChartState, finished: int) -> None:
    """Complete a chart by what follows; ``finished`` is the number of the entry that finished it, 0 where none did."""
    _cascade(state)
    for row in state.live("complications"):
        _major(row, finished)
    _outcomes(state, finished)


def _cascade(state: ChartState) -> None:
    """A rejected session takes its lesions and complications with it, a rejected lesion its assessments and outcome."""
    gone = {r.id for r in state.rows["procedures"] if r.out}
    _take(state, ("lesions", "complications"), "procedure_id", gone, "belongs to a session that does not count")
    lost = {r.id for r in state.rows["lesions"] if r.out}
    _take(state, ("assessments", "outcomes"), "lesion_id", lost, "belongs to a lesion that does not count")
    for row in state.live("lesions"):
        if row.value("retreatment_of") in lost:
            row.cells["retreatment_of"] = Cell(None, row.cells["retreatment_of"].read, "derived")


def _take(state: ChartState, tables: Iterable[str], link: str, gone: set[str], why: str) -> None:
    for table in tables:
        for row in state.live(table):
            if row.value(link) in gone:
                row.out, row.question = why, ""


def _major(row: RowState, finished: int) -> None:
    severity, major = row.cells["severity"], row.cells["major"]
    if row.touched > finished and severity.state in ("corrected", "added") and major.state not in EXPLICIT:
        value = None if severity.value is None else severity.value in SEVERITIES[2:]
        row.cells["major"] = Cell(value, major.read, "derived", marks=major.marks)


# ---- outcomes ---------------------------------------------------------------------------------------------------------------


def _outcomes(state: ChartState, finished: int) -> None:
    for lesion in state.live("lesions"):
        session = state.row("procedures", str(lesion.value("procedure_id")))
        seen = [a for a in state.rows["assessments"] if a.value("lesion_id") == lesion.id]
        if session is None or not any(r is not None and _moved(r, finished) for r in (session, lesion, *seen)):
            continue
        _outcome(state, lesion, session, [a for a in seen if not a.out and a.value("scope") == "local"])
    for row in state.live("outcomes"):
        _months(state, row)


def _moved(row: RowState, finished: int) -> bool:
    """Was something that outcomes rest on decided otherwise than read, since the chart was finished?"""
    if row.touched <= finished:
        return False
    return bool(row.out) or row.origin == "added" or any(row.cells[c].state in ("corrected", "added") for c in RESTS_ON[row.table])


def _outcome(state: ChartState, lesion: RowState, session: RowState, seen: list[RowState]) -> None:
    row = state.row("outcomes", lesion.id)
    made = _made(lesion, session, seen)
    if made is None:
        if row is not None and not any(c.state in EXPLICIT for c in row.cells.values()):
            row.out = "no local assessment of this lesion counts"
        return
    if row is None:
        row = RowState("outcomes", lesion.id, {c: Cell(None) for c in BY_NAME["outcomes"].names}, "derived")
        state.rows["outcomes"].append(row)
    for name, cell in row.cells.items():
        if cell.state not in EXPLICIT and made.get(name) != cell.value:
            row.cells[name] = Cell(made.get(name), cell.read, "derived", marks=cell.marks)


def _made(lesion: RowState, session: RowState, seen: list[RowState]) -> dict[str, Any] | None:
    """The outcome by the definition that the extraction goes by; None without a dated session and assessment."""
    from extractor.normalizer.outcomes import find  # brings spaCy along, so only when it is needed
    from extractor.normalizer.records import Place, Session, Target

    start = day(session.value("date"))
    looked = [_assessment(a) for a in seen if day(a.value("date"))]
    if start is None or not looked:
        return None
    target = Target(lesion.id, Session(session.id, PartialDate(start), str(session.value("modality")), {}, ()), Place(), {})
    (row,) = find([target], looked)
    return {c: v.isoformat() if isinstance(v := row[c], date) else v for c in BY_NAME["outcomes"].names}


def _assessment(row: RowState) -> Row:
    return Row("assessments", {c: ModelCell(day(x.value) if c == "date" else x.value) for c, x in row.cells.items()})


def _months(state: ChartState, row: RowState) -> None:
    """Months follow the days they lie between."""
    cell = row.cells["months"]
    if cell.state in EXPLICIT or not any(row.cells[c].state in ("corrected", "added") for c in ENDS):
        return
    from extractor.normalizer.outcomes import DAYS_PER_MONTH

    session = state.row("procedures", str(row.value("procedure_id")))
    start = day(session.value("date")) if session else None
    end = day(row.value("event_date") if row.value("event") == 1 else row.value("last_assessment_date"))
    value = max(0.0, round((end - start).days / DAYS_PER_MONTH, 2)) if start and end else None
    row.cells["months"] = Cell(value, cell.read, "derived", marks=cell.marks)


def day(value: Any) -> date | None:
    """An ISO day as a date, None for anything else."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None
