"""Codes of other vocabularies for our words, from a file that the user gives. None are shipped but those whose source is named here.

The file is a CSV with the columns ``column`` (as ``lesions.site``), ``value``, and any of ``system``, ``code``, ``display`` (a coding for
FHIR) and ``concept_id`` (OMOP). A value may stand in several rows with other codings. An empty value stands for what the column measures;
the column ``omop`` holds concepts of OMOP's own: ``type``, ``encoding``, ``language``, ``unit mm``, ``field condition_occurrence`` and so on.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from extractor.errors import InputError
from extractor.schema import BY_NAME

COLUMNS = ("column", "value", "system", "code", "display", "concept_id")
LOINC = "http://loinc.org"
SHIPPED: Mapping[str, tuple[str, str, str]] = {
    "tumor_size": (LOINC, "21889-1", "Size Tumor"),
    "lesions.size_mm": (LOINC, "33728-7", "Size.maximum dimension in Tumor"),
}
"""Codings of what a number measures. Source of both: mCODE STU 4, profile Tumor Size (hl7.org/fhir/us/mcode/StructureDefinition-mcode-tumor-size.html)."""
Coding = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Codes:
    """Codings and concept ids by (column, value)."""

    codings: Mapping[tuple[str, str], Sequence[Coding]] = field(default_factory=dict)
    concepts: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def of(self, column: str, value: object) -> Sequence[Coding]:
        """The codings given for a value of a column."""
        return self.codings.get((column, str(value)), ())

    def concept(self, column: str, value: object) -> int:
        """The OMOP concept id given for a value of a column; 0, OMOP's own word for none, without one."""
        return self.concepts.get((column, str(value)), 0)


def read(path: Path | None) -> Codes:
    """The codes of a mapping file. Raises InputError naming file, line and fix."""
    if path is None:
        return Codes()
    codings: dict[tuple[str, str], list[Coding]] = {}
    concepts: dict[tuple[str, str], int] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if not {"column", "value"} <= set(reader.fieldnames or ()):
                raise InputError(f"{path.name}: a mapping has the columns {', '.join(COLUMNS)}; column and value are needed")
            for row in reader:
                key, coding, concept = _entry(row, f"{path.name}: line {reader.line_num}")
                if coding:
                    codings.setdefault(key, []).append(coding)
                if concept is not None:
                    concepts[key] = concept
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path.name}: cannot be read as UTF-8 CSV ({type(error).__name__})") from None
    return Codes(codings, concepts)


def _entry(row: Mapping[str, str | None], where: str) -> tuple[tuple[str, str], Coding, int | None]:
    cells = {k: (row.get(k) or "").strip() for k in COLUMNS}
    table, _, column = cells["column"].partition(".")
    known = BY_NAME.get(table)
    if table != "omop" and (known is None or (column and column not in known.names)):
        raise InputError(f"{where}: {cells['column']!r} is no column of the cohort tables; write it as lesions.site")
    if bool(cells["system"]) != bool(cells["code"]):
        raise InputError(f"{where}: a coding needs both system and code")
    if cells["concept_id"] and not cells["concept_id"].isdigit():
        raise InputError(f"{where}: concept_id is no whole number")
    coding = {k: cells[k] for k in ("system", "code", "display") if cells[k]} if cells["code"] else {}
    return (cells["column"], cells["value"]), coding, int(cells["concept_id"]) if cells["concept_id"] else None
