"""The tables of a folder, one chart at a time: an index by patient over the files as they lie, so that ten thousand charts open quickly.

CSV files are cut into records by one pass over their bytes (a line break outside quotes ends a record) and only ``patient_id`` is parsed; a chart is then
read from the stretches that are its own. Parquet and DuckDB are asked by patient. Values are plain: None, text, bool, int, float, ISO days.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from extractor.errors import CohortError
from extractor.schema import BY_NAME, COHORT, Column, Table
from extractor.tables import parquet_parts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Offsets = NDArray[np.int64]

Record = dict[str, Any]
Rows = dict[str, list[Record]]
CellKey = tuple[str, str, str]
"""(table, row id, column)."""
OTHERS = ("mentions", "notes", "drops", "claims")
KEPT = 16
"""Charts kept in memory."""
BLOCK = 1 << 24


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a cell rests on."""

    basis: str
    mentions: tuple[str, ...]
    confidence: float | None


@dataclass(frozen=True, slots=True)
class Source:
    """A chart as it lies in the tables, before any decision. ``others`` holds what two readers said where they differ (adjudication)."""

    patient: str
    rows: Rows
    evidence: Mapping[CellKey, Evidence] = field(default_factory=dict)
    mentions: Mapping[str, Record] = field(default_factory=dict)
    notes: Sequence[Record] = ()
    drops: Sequence[Record] = ()
    claims: Mapping[tuple[str, str, str, str], Record] = field(default_factory=dict)
    others: Mapping[CellKey, tuple[Any, ...]] = field(default_factory=dict)

    def note(self, note_id: str) -> Record | None:
        """A note by its id."""
        return next((n for n in self.notes if n["note_id"] == note_id), None)

    def seen(self) -> dict[str, str]:
        """What tells the text of each note from any other."""
        return {n["note_id"]: digest(n["text"] or "") for n in self.notes}


def digest(text: str) -> str:
    """Tells a text from any other: the first half of its SHA-256."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class Files(Protocol):
    """Tables by patient, whatever format they are in."""

    def patients(self) -> list[str]:
        """Every patient, in the order of the table."""

    def of(self, table: str, patient: str) -> list[Record]:
        """Rows of a table that are of a patient."""

    def evidence(self, patient: str, rows: Sequence[tuple[str, str]]) -> list[Record]:
        """Evidence of the (table, row id) of a patient."""


class Store:
    """The charts of a folder."""

    def __init__(self, out: Path) -> None:
        """Index the folder. Raises CohortError if it holds no tables."""
        self.out = out
        self.stamp = _stamp(out)
        self._files: Files = _files(out)
        self.patients = self._files.patients()
        self._known = set(self.patients)
        self.chart = lru_cache(KEPT)(self._chart)

    def __contains__(self, patient: object) -> bool:
        return patient in self._known

    def _chart(self, patient: str) -> Source:
        """A chart. Raises CohortError for one that is not there."""
        if patient not in self._known:
            raise CohortError(f"{self.out}: no such patient in these tables")
        rows = {t: self._files.of(t, patient) for t in COHORT}
        keys = [(t, str(r[BY_NAME[t].key])) for t in COHORT for r in rows[t]]
        rest = {t: self._files.of(t, patient) for t in OTHERS}
        return Source(
            patient,
            rows,
            _behind(self._files.evidence(patient, keys)),
            {m["mention_id"]: m for m in rest["mentions"]},
            sorted(rest["notes"], key=lambda n: (str(n["note_date"]), n["note_id"])),
            rest["drops"],
            {(c["table"], c["row_id"] or "", c["column"] or "", c["claim"]): c for c in rest["claims"]},
        )

    def changed(self) -> bool:
        """Were the tables written anew since?"""
        return _stamp(self.out, PATIENCE) != self.stamp


PATIENCE = 40
"""How often a folder is looked for that is not there: one that takes its place needs a moment."""


def _stamp(out: Path, patience: int = 0) -> str:
    """Changes whenever a file of the folder was written anew. Raises CohortError where there is none."""
    for left in range(patience, -1, -1):
        with suppress(FileNotFoundError, NotADirectoryError):
            facts = [(p.name, s.st_size, s.st_mtime_ns) for p in sorted(out.iterdir()) if p.is_file() for s in [p.stat()]]
            return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]
        time.sleep(0.05 if left else 0)
    raise CohortError(f"{out}: no such folder; is this the --out of extractor extract?")


def _behind(records: Sequence[Record]) -> dict[CellKey, Evidence]:
    out: dict[CellKey, Evidence] = {}
    for e in records:
        key = e["table"], e["row_id"], e["column"]
        before = out[key].mentions if key in out else ()
        own = (e["mention_id"],) if e["mention_id"] is not None else ()
        out[key] = Evidence(e["basis"], before + own, e["confidence"])
    return out


def _files(out: Path) -> Files:
    if (out / "cohort.duckdb").is_file() or parquet_parts(out, "patients"):
        return _Database(out)
    return _Texts(out)


# ---- CSV ------------------------------------------------------------------------------------------------------------------


class _Texts:
    def __init__(self, out: Path) -> None:
        csv.field_size_limit(sys.maxsize)  # a note may be megabytes long
        self._tables = {t: _Text(_text_of(out, t), BY_NAME[t]) for t in (*COHORT, *OTHERS)}
        owners: dict[str, str] = {}
        for name in COHORT:
            table = self._tables[name]
            owners.update(zip(table.column(BY_NAME[name].key).to_pylist(), table.column("patient_id").to_pylist(), strict=True))
        self._evidence = _Text(_text_of(out, "evidence"), BY_NAME["evidence"])
        self._evidence.group("row_id", owners)
        for table in self._tables.values():
            table.group("patient_id")

    def patients(self) -> list[str]:
        return list(self._tables["patients"].groups)

    def of(self, table: str, patient: str) -> list[Record]:
        return self._tables[table].rows(patient)

    def evidence(self, patient: str, rows: Sequence[tuple[str, str]]) -> list[Record]:
        return self._evidence.rows(patient)


def _text_of(out: Path, table: str) -> Path:
    for path in (out / f"{table}.csv", out / f"{table}.csv.gz"):
        if path.is_file():
            return path
    raise CohortError(f"{out}: no table {table}; is this the --out of extractor extract?")


class _Text:
    """A CSV file, its records and the stretches of them that belong together."""

    def __init__(self, path: Path, table: Table) -> None:
        self._path, self._table = path, table
        self._packed = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else None
        self._file = path.open("rb")  # stays this file, also when another takes its name
        self._ends = self._cut()
        self.groups: dict[str, list[tuple[int, int]]] = {}
        self._header = next(csv.reader([self._bytes(0, int(self._ends[0])).decode("utf-8-sig")])) if len(self._ends) else []
        for missing in (c for c in table.names if c not in self._header):
            raise CohortError(f"{path}: lacks the column {missing!r}; write the tables anew with extractor extract")

    def _cut(self) -> Offsets:
        """Where each record ends: after a line break with an even number of quotes before it."""
        ends: list[Offsets] = []
        quotes = at = 0
        with io.BytesIO(self._packed) if self._packed is not None else self._path.open("rb") as file:
            while block := file.read(BLOCK):
                data = np.frombuffer(block, np.uint8)
                marks, breaks = np.flatnonzero(data == ord('"')), np.flatnonzero(data == ord("\n"))
                outside = (np.searchsorted(marks, breaks) + quotes) % 2 == 0
                ends.append(breaks[outside] + at + 1)
                quotes, at = quotes + len(marks), at + len(data)
        found = np.concatenate(ends) if ends else np.zeros(0, np.int64)
        return found if not at or (len(found) and found[-1] == at) else np.append(found, at)

    def _bytes(self, start: int, end: int) -> bytes:
        if self._packed is not None:
            return self._packed[start:end]
        return os.pread(self._file.fileno(), end - start, start)

    def column(self, name: str) -> Any:
        """One column of every record, as an Arrow array."""
        from pyarrow import csv as arrow
        from pyarrow import string

        source = io.BytesIO(self._packed) if self._packed is not None else str(self._path)
        options = arrow.ConvertOptions(include_columns=[name], column_types={name: string()}, strings_can_be_null=False)
        size = arrow.ReadOptions(block_size=1 << 26)
        found = arrow.read_csv(source, size, arrow.ParseOptions(newlines_in_values=True), options)[name].combine_chunks()
        if len(found) != len(self._ends) - 1:
            raise CohortError(f"{self._path}: cannot be read record by record; write the tables anew with extractor extract")
        return found

    def group(self, name: str, owners: Mapping[str, str] | None = None) -> None:
        """Remember the stretches of records that have the same word in a column, by that word or by whom ``owners`` says it belongs to."""
        from pyarrow import compute

        words = self.column(name)
        if not len(words):
            return
        changes = compute.not_equal(words.slice(1), words.slice(0, len(words) - 1)).to_numpy(zero_copy_only=False)
        starts = np.concatenate([[0], np.flatnonzero(changes) + 1])
        told = words.take(starts).to_pylist()
        for word, start, end in zip(told, self._ends[starts], self._ends[np.append(starts[1:], len(words))], strict=True):
            stretches = self.groups.setdefault(word if owners is None else owners.get(word, ""), [])
            if stretches and stretches[-1][1] == start:
                stretches[-1] = stretches[-1][0], int(end)
            else:
                stretches.append((int(start), int(end)))

    def rows(self, name: str) -> list[Record]:
        """Typed records of a name."""
        out = []
        for start, end in self.groups.get(name, ()):
            text = io.StringIO(self._bytes(start, end).decode("utf-8"), newline="")
            out += [self._typed(dict(zip(self._header, cells, strict=False))) for cells in csv.reader(text)]
        return out

    def _typed(self, cells: Mapping[str, str]) -> Record:
        return {c.name: _value(c, cells[c.name]) for c in self._table.columns}


def _value(column: Column, text: str) -> Any:
    if text == "":
        return None
    if column.type == "boolean":
        return text == "true"
    if column.type == "integer":
        return int(float(text))
    return float(text) if column.type == "number" else text


# ---- Parquet and DuckDB ----------------------------------------------------------------------------------------------------


class _Database:
    def __init__(self, out: Path) -> None:
        import duckdb

        database = out / "cohort.duckdb"
        self._connection = duckdb.connect(str(database), read_only=True) if database.is_file() else duckdb.connect()
        for name in () if database.is_file() else (*COHORT, *OTHERS, "evidence"):
            parts = parquet_parts(out, name)
            if not parts:
                raise CohortError(f"{out}: no table {name}; is this the --out of extractor extract?")
            quoted = ", ".join("'" + str(p).replace("'", "''") + "'" for p in parts)
            self._connection.execute(f'CREATE VIEW "{name}" AS SELECT * FROM read_parquet([{quoted}])')

    def patients(self) -> list[str]:
        return [str(r[0]) for r in self._connection.cursor().execute('SELECT patient_id FROM "patients"').fetchall()]

    def of(self, table: str, patient: str) -> list[Record]:
        return list(self._ask(table, "patient_id = ?", [patient]))

    def evidence(self, patient: str, rows: Sequence[tuple[str, str]]) -> list[Record]:
        return list(self._ask("evidence", "row_id IN (SELECT unnest(?))", [sorted({r for _, r in rows})]))

    def _ask(self, table: str, where: str, values: list[Any]) -> Iterator[Record]:
        names = ", ".join(f'"{n}"' for n in BY_NAME[table].names)
        for row in self._connection.cursor().execute(f'SELECT {names} FROM "{table}" WHERE {where}', values).fetchall():
            yield {c.name: _plain(c, v) for c, v in zip(BY_NAME[table].columns, row, strict=True)}


def _plain(column: Column, value: Any) -> Any:
    if value is None or column.type != "date":
        return value
    return value.isoformat()[:10]
