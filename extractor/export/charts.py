"""The tables of one chart as plain values: what every export is made from."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from extractor.errors import CohortError
from extractor.model import Value
from extractor.schema import BY_NAME, COHORT, TABLES, Column, Table
from extractor.tables import parsed, stored

Record = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class ChartTables:
    """One patient's rows of every cohort table, in the schema's columns; None where nothing is documented."""

    patient_id: str
    tables: Mapping[str, Sequence[Record]]

    def __getitem__(self, name: str) -> Sequence[Record]:
        return self.tables.get(name, ())

    @property
    def patient(self) -> Record:
        """The row of table patients."""
        return self["patients"][0]

    def evidence(self) -> dict[tuple[str, str], list[Record]]:
        """Rows of evidence by (table, row id)."""
        found: dict[tuple[str, str], list[Record]] = {}
        for row in self["evidence"]:
            found.setdefault((str(row["table"]), str(row["row_id"])), []).append(row)
        return found

    def as_of(self) -> date | None:
        """Date of the newest note: up to when the chart was read."""
        return max((d for n in self["notes"] if isinstance(d := n["note_date"], date)), default=None)


def read(out: Path) -> Iterator[ChartTables]:
    """The charts of a folder that extract wrote, one after another, in its order of patients; memory holds one chart.

    Raises CohortError if the folder holds no tables, no chart, or tables that are not all in one order of patients.
    """
    with ExitStack() as stack:
        tables = {t.name: _Rows(_records(out, t, stack)) for t in TABLES}
        if not tables["patients"].left:
            raise CohortError(f"{out}: holds no chart; nothing is exported and nothing withdrawn")
        while tables["patients"].left:
            yield _chart(str(tables["patients"].first["patient_id"]), tables)
        for name, rows in tables.items():
            if rows.left:
                raise CohortError(f"{out}: table {name} holds rows of no patient, or is in another order; write the tables anew")


class _Rows:
    """Rows of a table, one ahead."""

    def __init__(self, rows: Iterator[Record]) -> None:
        self._rows = rows
        self.first: Record = next(rows, {})

    @property
    def left(self) -> bool:
        """Is there another row?"""
        return bool(self.first)

    def take(self, own: Callable[[Record], bool]) -> list[Record]:
        """The next rows, as long as they are one's own."""
        found = []
        while self.first and own(self.first):
            found.append(self.first)
            self.first = next(self._rows, {})
        return found


def _chart(patient: str, tables: Mapping[str, _Rows]) -> ChartTables:
    own = {name: rows.take(lambda r: r["patient_id"] == patient) for name, rows in tables.items() if name != "evidence"}
    ids = {(name, r[BY_NAME[name].key]) for name in COHORT for r in own[name]}
    return ChartTables(patient, own | {"evidence": tables["evidence"].take(lambda r: (r["table"], r["row_id"]) in ids)})


def _records(out: Path, table: Table, stack: ExitStack) -> Iterator[Record]:
    """Rows by column name, typed, without what stands after the schema's columns (reviewed tables hold more). Raises CohortError if there is none such."""
    names, rows = stored(out, table.name, stack)
    if names[: len(table.names)] != table.names:
        raise CohortError(f"{out}: has no table {table.name}, or one with other columns; write the tables anew with extractor extract")
    return (dict(zip(table.names, map(_value, cells, table.columns), strict=True)) for cells in rows)


def _value(cell: Any, column: Column) -> Value:
    return parsed(cell, column.type) if isinstance(cell, str) else cell


UNREAD = "the chart "
"""How a run tells in ``rejects.csv`` of a chart that it could not read."""


def unread(out: Path) -> frozenset[str]:
    """Patients whose chart the run could not read (it failed or took too long): not in the tables, and yet not withdrawn."""
    path = out / "rejects.csv"
    if not path.is_file():
        return frozenset()
    with path.open(newline="", encoding="utf-8") as file:
        told = [row for row in csv.DictReader(file) if row["row"].startswith("patient ") and row["reason"].startswith(UNREAD)]
    return frozenset(row["row"].removeprefix("patient ") for row in told)


def partial(value: Value, precision: Value) -> str | None:
    """A date as exactly as it is known: 2019, 2019-03 or 2019-03-12."""
    if not isinstance(value, date):
        return None
    return value.isoformat()[: {"year": 4, "month": 7}.get(str(precision), 10)]
