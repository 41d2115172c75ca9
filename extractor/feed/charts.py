"""The tables of a cohort chart by chart, as a stream: memory holds one chart, whatever the number of them.

Every table holds the charts in one order, as extract and review write them; that is checked, and the reader of a cohort in another order is told.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extractor.errors import CohortError
from extractor.schema import BY_NAME, COHORT, Table
from extractor.tables import LONGEST_FIELD, parsed, stored

Record = Mapping[str, Any]
READ = (*COHORT, "mentions", "evidence", "notes", "claims")
"""The tables that a document is made from."""


@dataclass(frozen=True, slots=True)
class ChartRows:
    """One patient's rows by table, typed, None where nothing is documented; columns beside the schema's are kept as text. The notes have no text."""

    patient_id: str
    tables: Mapping[str, Sequence[Record]]

    def __getitem__(self, name: str) -> Sequence[Record]:
        return self.tables.get(name, ())


def read(out: Path) -> Iterator[ChartRows]:
    """The charts of a folder of tables in their order. Raises CohortError if it holds none, or tables that are not in one order."""
    with ExitStack() as stack:
        tables = {name: _Cursor(_rows(out, BY_NAME[name], stack)) for name in READ}
        while tables["patients"].next is not None:
            yield _chart(str(tables["patients"].next["patient_id"]), tables)
        for name, table in tables.items():
            if table.next is not None:
                raise CohortError(
                    f"{out}: {name} does not hold the charts in the order of patients; write the tables anew with extractor extract"
                )


def _chart(patient: str, tables: Mapping[str, _Cursor]) -> ChartRows:
    rows = {name: table.take(lambda r: r["patient_id"] == patient) for name, table in tables.items() if name != "evidence"}
    own = {(name, str(r[BY_NAME[name].key])) for name in COHORT for r in rows[name]}
    rows["evidence"] = tables["evidence"].take(lambda r: (r["table"], r["row_id"]) in own)
    return ChartRows(patient, rows)


class _Cursor:
    """Rows of a table with a look at the next one."""

    def __init__(self, rows: Iterator[Record]) -> None:
        self._rows = rows
        self.next = next(rows, None)

    def take(self, belongs: Callable[[Record], bool]) -> list[Record]:
        """The rows from here on that belong."""
        taken = []
        while self.next is not None and belongs(self.next):
            taken.append(self.next)
            self.next = next(self._rows, None)
        return taken


def _rows(out: Path, table: Table, stack: ExitStack) -> Iterator[Record]:
    names, rows = stored(out, table.name, stack)
    if not names:
        raise CohortError(f"{out}: no table {table.name}; is this the --out of extractor extract?")
    missing = [n for n in table.names if n not in names]
    if missing:
        raise CohortError(f"{out}: {table.name} lacks the column {missing[0]!r}; write the tables anew with extractor extract")
    kinds = [table[n].type if n in table.names else "text" for n in names]
    wanted = [at for at, n in enumerate(names) if (table.name, n) != ("notes", "text")]
    for number, row in enumerate(rows, 1):
        try:
            yield {names[at]: parsed(row[at], kinds[at]) if isinstance(row[at], str) else row[at] for at in wanted}
        except (ValueError, IndexError):
            raise CohortError(f"{out}: {table.name}: row {number}: a cell is not of its column's type; write the tables anew") from None


# ---- beside the tables ------------------------------------------------------------------------------------------------------


def asked(out: Path) -> dict[str, list[dict[str, str]]]:
    """What a review asks of charts that new text brought back (``questions.csv`` of corrected tables), by patient."""
    path = out / "questions.csv"
    found: dict[str, list[dict[str, str]]] = {}
    if path.is_file():
        csv.field_size_limit(LONGEST_FIELD)
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                found.setdefault(row["patient_id"], []).append(row)
    return found
