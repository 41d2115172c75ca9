"""The tables of a cohort chart by chart, as a stream: memory holds one chart, whatever the number of them.

Every table holds the charts in one order, as extract and review write them; that is checked, and the reader of a cohort in another order is told.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from extractor.errors import CohortError
from extractor.schema import BY_NAME, COHORT, Table

Record = Mapping[str, Any]
READ = (*COHORT, "mentions", "evidence", "notes", "claims")
"""The tables that a document is made from."""
LONGEST_FIELD = 2**31 - 1
PARSE: dict[str, Callable[[str], Any]] = {
    "text": str,
    "integer": int,
    "number": float,
    "boolean": "true".__eq__,
    "date": date.fromisoformat,
}


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


# ---- the three formats ------------------------------------------------------------------------------------------------------


def _rows(out: Path, table: Table, stack: ExitStack) -> Iterator[Record]:
    database, parquet, text = out / "cohort.duckdb", out / f"{table.name}.parquet", out / f"{table.name}.csv"
    packed = out / f"{table.name}.csv.gz"
    if database.is_file():
        return _of_duckdb(database, table, stack)
    if parquet.is_file():
        return _of_parquet(parquet, table)
    if text.is_file() or packed.is_file():
        return _of_csv(text if text.is_file() else packed, table, stack)
    raise CohortError(f"{out}: no table {table.name}; is this the --out of extractor extract?")


def _of_csv(path: Path, table: Table, stack: ExitStack) -> Iterator[Record]:
    csv.field_size_limit(LONGEST_FIELD)
    file = stack.enter_context((gzip.open if path.suffix == ".gz" else open)(path, "rt", newline="", encoding="utf-8"))
    reader = csv.reader(file)
    names = _checked(next(reader, []), path, table)
    parse = [PARSE[table[n].type] if n in table.names else str for n in names]
    wanted = [at for at, n in enumerate(names) if (table.name, n) != ("notes", "text")]
    for number, row in enumerate(reader, 1):
        try:
            yield {names[at]: parse[at](row[at]) if row[at] else None for at in wanted}
        except (ValueError, IndexError):
            raise CohortError(f"{path}: row {number}: a cell is not of its column's type; write the tables anew") from None


def _of_parquet(path: Path, table: Table) -> Iterator[Record]:
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path)
    names = [n for n in _checked(file.schema_arrow.names, path, table) if (table.name, n) != ("notes", "text")]
    for batch in file.iter_batches(batch_size=2_000, columns=names):
        yield from batch.to_pylist()


def _of_duckdb(path: Path, table: Table, stack: ExitStack) -> Iterator[Record]:
    import duckdb

    found = stack.enter_context(duckdb.connect(str(path), read_only=True)).execute(f'SELECT * FROM "{table.name}" ORDER BY rowid')
    names = _checked([d[0] for d in found.description], path, table)
    while rows := found.fetchmany(2_000):
        yield from (dict(zip(names, row, strict=True)) for row in rows)


def _checked(names: Sequence[str], where: Path, table: Table) -> Sequence[str]:
    missing = [n for n in table.names if n not in names]
    if missing:
        raise CohortError(f"{where}: lacks the column {missing[0]!r} of {table.name}; write the tables anew with extractor extract")
    return names


# ---- beside the tables ------------------------------------------------------------------------------------------------------


def failed(out: Path) -> frozenset[str]:
    """Patients whose chart was rejected as a whole: they have no rows, but have not left the cohort."""
    return frozenset(r["row"].removeprefix("patient ") for r in _beside(out / "rejects.csv") if r["row"].startswith("patient "))


def asked(out: Path) -> dict[str, list[dict[str, str]]]:
    """What a review asks of charts that new text brought back (``questions.csv`` of corrected tables), by patient."""
    found: dict[str, list[dict[str, str]]] = {}
    for row in _beside(out / "questions.csv"):
        found.setdefault(row["patient_id"], []).append(row)
    return found


def _beside(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    csv.field_size_limit(LONGEST_FIELD)
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
