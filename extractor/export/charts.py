"""The tables of one chart as plain values: what every export is made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from extractor.errors import CohortError
from extractor.model import Value
from extractor.schema import BY_NAME, COHORT, TABLES
from extractor.tables import read_cohort

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
    """The charts of a folder that extract wrote, by patient id. Raises CohortError if it holds no tables."""
    frames = read_cohort(out)
    patients = sorted(str(p) for p in frames["patients"]["patient_id"])
    rows: dict[str, dict[str, list[Record]]] = {p: {t.name: [] for t in TABLES} for p in patients}
    owner: dict[tuple[str, str], str] = {}
    for table in (t for t in TABLES if t.name != "evidence"):
        for record in _records(frames[table.name], table.names):
            patient = str(record["patient_id"])
            rows[patient][table.name].append(record)
            if table.name in COHORT:
                owner[table.name, str(record[table.key])] = patient
    for record in _records(frames["evidence"], BY_NAME["evidence"].names):
        patient = owner.get((str(record["table"]), str(record["row_id"])), "")
        if not patient:
            raise CohortError(f"{out}: evidence speaks of a row of {record['table']} that is not there; write the tables anew")
        rows[patient]["evidence"].append(record)
    return (ChartTables(p, rows[p]) for p in patients)


def _records(frame: pd.DataFrame, names: Sequence[str]) -> Iterator[Record]:
    columns = [[_plain(v) for v in frame[n].tolist()] for n in names]
    return (dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True))


def _plain(value: Any) -> Value:
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return None
    return value  # type: ignore[no-any-return]


def partial(value: Value, precision: Value) -> str | None:
    """A date as exactly as it is known: 2019, 2019-03 or 2019-03-12."""
    if not isinstance(value, date):
        return None
    return value.isoformat()[: {"year": 4, "month": 7}.get(str(precision), 10)]
