"""What the tables of a chart claim: that a cell is so, that nothing is documented where one is empty, and that there are no more rows.

A missed row and a cell left empty are claims too and can be wrong. One list of claims serves calibration, acceptance and review.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from extractor.schema import BY_NAME, COHORT

Records = Mapping[str, Sequence[Mapping[str, Any]]]
"""The rows of one chart by table, values as ``plain`` makes them."""

CLAIMED: dict[str, tuple[str, ...]] = {
    "patients": ("sex", "histology", "disease_setting", "prior_surgery", "prior_radiation", "prior_systemic", "death_date"),
    "procedures": ("date", "modality", "approach", "guidance", "anesthesia", "probes", "technical_success"),
    "lesions": ("site", "laterality", "size_mm", "coverage", "lesion_covered", "min_margin_mm"),
    "complications": ("term", "date", "severity"),
    "assessments": ("date", "modality", "scope", "status"),
    "outcomes": ("event", "event_type", "event_date", "last_assessment_date"),
}
"""Columns that are claimed cell by cell: those that hand labels speak of. The others follow from these or are the note's words."""

NO_MORE = {
    "procedures": ("no_more_rows",),
    "lesions": ("no_more_rows",),
    "complications": ("no_more_rows",),
    "assessments": ("no_more_local", "no_more_distant"),
    "outcomes": ("no_more_rows",),
}
ONLY_WITH_EVENT = ("event_type", "event_date")
"""Empty where no event was seen: that is no claim of its own."""

FOLLOWS = {
    "date_precision": "date",
    "event_date_precision": "event_date",
    "death_date_precision": "death_date",
    "histology_text": "histology",
    "site_text": "site",
    "term_text": "term",
    "major": "severity",
    "major_as_graded": "severity",
    "grade_system": "severity",
    "grade_text": "severity",
    "intervention": "severity",
    "months": "event",
}
"""Columns without a claim of their own take the confidence of the cell they go with."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that the tables of a chart say. ``row_id`` and ``column`` are empty for "no more rows"."""

    table: str
    row_id: str
    column: str
    kind: str

    @property
    def field(self) -> str:
        """What kind of thing is claimed: ``lesions.coverage value``, ``lesions no_more_rows``."""
        return f"{self.table}.{self.column} {self.kind}" if self.column else f"{self.table} {self.kind}"


def claims(records: Records) -> list[Claim]:
    """Every claim of a chart, in the order of the tables."""
    return [claim for table in CLAIMED for claim in (*_cells(table, records.get(table, ())), *_no_more(table))]


def _cells(table: str, rows: Iterable[Mapping[str, Any]]) -> Iterator[Claim]:
    for row in rows:
        for column in CLAIMED[table]:
            if row.get(column) is not None:
                yield Claim(table, str(row[BY_NAME[table].key]), column, "value")
            elif column not in ONLY_WITH_EVENT or row.get("event") == 1:
                yield Claim(table, str(row[BY_NAME[table].key]), column, "empty")


def _no_more(table: str) -> Iterator[Claim]:
    for kind in NO_MORE.get(table, ()):
        yield Claim(table, "", "", kind)


def plain(value: Any) -> Any:
    """None, text, bool, float or an ISO day: equal for a chart in memory and for its tables read from a file."""
    if value is None or isinstance(value, bool | str):
        return value or None if isinstance(value, str) else value
    if isinstance(value, date):
        return value.isoformat()[:10]
    return float(value)


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    """``plain`` of every cell; what most cells are is told here, without asking it."""
    return {k: v if v is None or v.__class__ is bool else v or None if v.__class__ is str else plain(v) for k, v in row.items()}


def records(tables: Mapping[str, Iterable[Mapping[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Plain rows of the tables that claims and their features are made from."""
    wanted = (*COHORT, "mentions", "evidence", "notes")
    return {
        name: [_row(row) if name != "notes" else _row({k: v for k, v in row.items() if k != "text"}) for row in tables.get(name, ())]
        for name in wanted
    }
