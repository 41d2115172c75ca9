"""Which stratum does an observation belong to? By year, note type, source, or any column of a table.

A row is placed by the labeled row where there is one, else by the extracted one. A column of another table is looked up along the links
(an assessment has a lesion, a lesion and a complication have a procedure, everything has a patient); what has no such link, such as a
procedure by ``lesions.site``, is in no stratum.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from extractor.errors import LabelError
from extractor.evaluator.labelrows import SCORED
from extractor.evaluator.match import Row, Tables
from extractor.evaluator.observe import Observation
from extractor.evaluator.predicted import Predicted, Record
from extractor.schema import BY_NAME

NOTE_BOUND = ("note_type", "source")
WORDS = ("year", *NOTE_BOUND)
LINKS = {
    "lesions": ("procedure", "procedures"),
    "complications": ("procedure", "procedures"),
    "assessments": ("lesion", "lesions"),
    "outcomes": ("lesion", "lesions"),
}
UNTOLD = "(not told)"


SHORT = {"site": "lesions.site", "modality": "procedures.modality", "histology": "patients.histology"}
"""Columns that may be called by their own name."""


def check(by: str) -> None:
    """Raises LabelError for a stratum that cannot be told."""
    by = SHORT.get(by, by)
    table, _, column = by.partition(".")
    if by in WORDS or (table in SCORED and column in BY_NAME[table].names):
        return
    raise LabelError(
        f"cannot stratify by {by!r}; give {', '.join(WORDS)}, or table.column such as lesions.site (tables: {', '.join(SCORED)})"
    )


@dataclass(frozen=True, slots=True)
class Strata:
    """Strata of observations, for labels and an extraction."""

    gold: Mapping[str, Tables]
    predicted: Predicted

    def of(self, by: str) -> Callable[[Observation], str | None]:
        """The stratum of an observation; None: it has none."""
        check(by)
        by = SHORT.get(by, by)
        if by in NOTE_BOUND:
            return lambda seen: self._of_note(seen, by)
        if by == "year":
            return self._year
        table, _, column = by.partition(".")
        return lambda seen: self._of_column(seen, table, column)

    def _of_column(self, seen: Observation, table: str, column: str) -> str | None:
        row = self._up(seen, table)
        if row is None:
            return None
        value = row.get(column)
        return (
            UNTOLD
            if value is None
            else f"{value:g}"
            if isinstance(value, float)
            else str(value).lower()
            if isinstance(value, bool)
            else str(value)
        )

    def _year(self, seen: Observation) -> str | None:
        if seen.table == "spans":
            note = self._note(seen)
            return str(note["note_date"])[:4] if note else UNTOLD
        if seen.table == "patients":
            told = [r["date"] for r in self._tables(seen)["procedures"] if r.get("date")]
            return min(told)[:4] if told else UNTOLD
        row = self._up(seen, "assessments" if seen.table == "assessments" else "procedures")
        return str(row["date"])[:4] if row and row.get("date") else UNTOLD

    def _of_note(self, seen: Observation, by: str) -> str | None:
        note = self._note(seen)
        if note is None:
            return UNTOLD
        told = note.get(by)
        told = told if isinstance(told, str) else None
        return (told.rsplit(":", 1)[0] if by == "source" and told else told) or UNTOLD

    def _note(self, seen: Observation) -> Record | None:
        """The note that the label quotes, else the one that the extraction rests on."""
        if seen.table == "spans":
            return self.predicted.notes.get((seen.gold or seen.got or {}).get("note_id", ""))
        quoted = self.predicted.places(seen.patient, str(seen.gold.get("quote") or "").strip()) if seen.gold else []
        if quoted:
            return quoted[0][0]
        behind = self.predicted.behind(seen.table, seen.got, seen.column)
        return self.predicted.notes.get(behind[0]["note_id"]) if behind else None

    def _tables(self, seen: Observation) -> Tables:
        return self.gold[seen.patient] if seen.gold is not None else self.predicted.tables[seen.patient]

    def _up(self, seen: Observation, target: str) -> Row | None:
        """The row of ``target`` that an observation's row belongs to; None without a link."""
        if seen.table == "spans":
            return None
        tables, table, row = self._tables(seen), seen.table, seen.gold if seen.gold is not None else seen.got
        if target == "patients":
            return next(iter(tables["patients"]), {})
        while row is not None and table != target:
            if table not in LINKS:
                return None
            link, table = LINKS[table]
            row = _by_id(tables[table], row.get(link))
        return row


def _by_id(rows: list[Row], wanted: Any) -> Row | None:
    return next((r for r in rows if wanted is not None and r["id"] == wanted), None)
