"""What became of each treated lesion? First event, last look, months between. One row a lesion with a local assessment.

Labeling guide, Outcome: the event is the first progression or residual tumour not withdrawn by a later tissue diagnosis.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from extractor.model import Cell, Mention, Row
from extractor.normalizer.records import Target

DAYS_PER_MONTH = 30.4375


def find(targets: Sequence[Target], assessments: Sequence[Row]) -> list[Row]:
    """Outcome rows in the order of the targets."""
    rows = []
    for target in targets:
        seen = sorted(
            (a for a in assessments if a["lesion_id"] == target.lesion_id), key=lambda a: (str(a["date"]), a["modality"] == "pathology")
        )
        if seen:
            rows.append(_outcome(target, seen))
    return rows


def _mentions(rows: Sequence[Row]) -> tuple[Mention, ...]:
    return tuple(dict.fromkeys(m for r in rows for c in ("status", "date") if c in r.cells for m in r.cells[c].mentions))


def _outcome(target: Target, seen: Sequence[Row]) -> Row:
    event = next((a for a in seen if a["status"] in ("progression", "residual") and not _withdrawn(a, seen)), None)
    last = seen[-1]
    behind = _mentions([event] if event else seen)
    cells = {
        "lesion_id": Cell(target.lesion_id),
        "patient_id": last.cells["patient_id"],
        "procedure_id": Cell(target.session.procedure_id),
        "event": Cell(1 if event else 0, behind, "derived"),
        "last_assessment_date": Cell(last["date"], _mentions([last]), "derived"),
    }
    if event:
        cells["event_type"] = Cell(event["status"], behind, "derived")
        cells["event_date"] = Cell(event["date"], behind, "derived")
        cells["event_date_precision"] = Cell(event["date_precision"], behind, "derived")
    until = event["date"] if event else last["date"]
    if isinstance(until, date):
        days = (until - target.session.when.date).days
        cells["months"] = Cell(max(0.0, round(days / DAYS_PER_MONTH, 2)), behind, "derived")
    return Row("outcomes", cells)


LOOKED_INTO = timedelta(days=60)
"""How soon after a call another exam is one that looks into it (a PET before the biopsy)."""


def _later(row: Row, event: Row) -> timedelta:
    days = (row["date"], event["date"])
    return days[0] - days[1] if isinstance(days[0], date) and isinstance(days[1], date) else timedelta.max


def _withdrawn(event: Row, seen: Sequence[Row]) -> bool:
    """True if tissue taken later, before any call but those by which the first was looked into, showed no tumour."""
    later = [a for a in seen if str(a["date"]) >= str(event["date"]) and a is not event]
    for row in later:
        if row["modality"] == "pathology":
            return row["status"] == "no_progression"
        if row["status"] in ("progression", "residual") and _later(row, event) > LOOKED_INTO:
            return False
    return False
