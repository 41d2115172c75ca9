"""Write and read the cohort tables: a folder of CSV or Parquet files, or one DuckDB file in it."""

from __future__ import annotations

import csv
import gzip
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from extractor.charted import Record, records
from extractor.confidence import Judge, Rated, of_cell
from extractor.confidence.accept import Review
from extractor.confidence.rows import plain_rows
from extractor.errors import CohortError, OutputError
from extractor.model import Chart, Value
from extractor.schema import BY_NAME, TABLES, Table

if TYPE_CHECKING:
    import pandas as pd

FORMATS = ("csv", "parquet", "duckdb")
MARK = "run.json"
"""The file that tells a folder of ours from any other."""
LONGEST_FIELD = 2**31 - 1


# ---- rows of a chart ------------------------------------------------------------------------------------------------------


def rows(chart: Chart, judge: Judge | None = None) -> tuple[dict[str, list[Record]], list[Rated]]:
    """The chart as rows of every table, columns in the schema's order, and its claims as ``judge`` rates them."""
    judge = judge or Judge()
    out = records(chart)
    rated = judge.of_rows(plain_rows(out))
    sure = of_cell(rated, judge.model.base)
    out["evidence"] = [[*e, sure.get((str(e[0]), str(e[1]), str(e[2])), judge.model.base)] for e in out["evidence"]]
    out["claims"] = [_claim(r, chart.patient_id) for r in rated]
    return out, rated


def _claim(rated: Rated, patient: str) -> Record:
    c = rated.claim
    return [patient, c.table, c.row_id or None, c.column or None, c.kind, rated.confidence, rated.accepted]


# ---- writing --------------------------------------------------------------------------------------------------------------


def show(value: Value) -> str:
    """A cell as CSV holds it: true/false, ISO dates, lengths without needless zeros, empty for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}" if value == round(value, 3) else str(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def convert(folder: Path, format: str) -> None:
    """Turn the CSV tables of a folder into ``format``, a batch of rows at a time."""
    if format == "csv":
        return
    for table in TABLES:
        _to_parquet(folder, table)
        (folder / f"{table.name}.csv").unlink()
    if format == "duckdb":
        import duckdb

        with duckdb.connect(str(folder / "cohort.duckdb"), config={"threads": "1", "memory_limit": "512MB"}) as database:
            for table in TABLES:
                path = folder / f"{table.name}.parquet"
                quoted = str(path).replace("'", "''")
                database.execute(f"CREATE TABLE \"{table.name}\" AS SELECT * FROM read_parquet('{quoted}')")
                path.unlink()


BATCH_ROWS, BATCH_CHARACTERS = 20_000, 8_000_000


def _to_parquet(folder: Path, table: Table) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _schema(table)
    with (folder / f"{table.name}.csv").open(newline="", encoding="utf-8") as file:
        csv.field_size_limit(LONGEST_FIELD)
        reader = csv.reader(file)
        next(reader)
        with pq.ParquetWriter(folder / f"{table.name}.parquet", schema) as writer:
            for batch in _batches(reader):
                cells = zip(*batch, strict=True)
                columns = [pa.array([parsed(v, c.type) for v in own], f.type) for own, c, f in zip(cells, table.columns, schema, strict=True)]  # fmt: skip
                writer.write_table(pa.table(columns, schema=schema))


def _schema(table: Table) -> Any:
    """Arrow types, with what pandas needs to know to read them back as it would read the CSV."""
    import pandas as pd
    import pyarrow as pa

    empty = pd.DataFrame({c.name: pd.Series([], dtype=TYPES.get(c.type, "object")) for c in table.columns})
    schema = pa.Schema.from_pandas(empty, preserve_index=False)
    for at, column in enumerate(table.columns):
        if column.type == "date":
            schema = schema.set(at, pa.field(column.name, pa.date32()))
    return schema


def _batches(rows: Iterable[list[str]]) -> Iterator[list[list[str]]]:
    batch: list[list[str]] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += sum(map(len, row))
        if len(batch) >= BATCH_ROWS or size > BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


_read: dict[str, Callable[[str], Value]] = {
    "text": str,
    "integer": int,
    "number": float,
    "boolean": "true".__eq__,
    "date": date.fromisoformat,
}


def parsed(text: str, kind: str) -> Value:
    """A cell of CSV as the value of a column's type; None where it is empty."""
    return _read[kind](text) if text else None


TYPES = {"text": "string", "integer": "Int64", "number": "Float64", "boolean": "boolean"}


def _frame(path: Path, table: Table) -> pd.DataFrame:
    import pandas as pd

    raw = pd.read_csv(path, dtype="string", keep_default_na=False, na_values=[""], encoding="utf-8")
    missing = [c for c in table.names if c not in raw.columns]
    if missing:
        raise CohortError(f"{path}: lacks the column {missing[0]!r}; write the tables anew with extractor extract")
    for column in table.columns:
        raw[column.name] = _typed(raw[column.name], column.type)
    return raw


def _days(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """DuckDB gives days as points in time."""
    import pandas as pd

    for column in table.columns:
        if column.type == "date":
            frame[column.name] = pd.to_datetime(frame[column.name]).dt.date
    return frame


def _typed(values: pd.Series[Any], kind: str) -> pd.Series[Any]:
    import pandas as pd

    if kind == "date":
        return pd.to_datetime(values, format="%Y-%m-%d").dt.date
    if kind == "boolean":
        return values.map({"true": True, "false": False}).astype("boolean")
    return values.astype(TYPES[kind])  # type: ignore[call-overload,no-any-return]


# ---- reading --------------------------------------------------------------------------------------------------------------


def read_cohort(out: Path, names: Iterable[str] | None = None) -> dict[str, pd.DataFrame]:
    """The tables of a folder, typed, whatever format they are in. Raises CohortError if it holds none."""
    import pandas as pd

    wanted = [BY_NAME[n] for n in names] if names else list(TABLES)
    database = out / "cohort.duckdb"
    if database.is_file():
        import duckdb

        with duckdb.connect(str(database), read_only=True) as connection:
            return {t.name: _days(connection.execute(f'SELECT * FROM "{t.name}"').df(), t) for t in wanted}
    found = {}
    for table in wanted:
        text, packed = (out / f"{table.name}.{ending}" for ending in ("csv", "csv.gz"))
        if parts := parquet_parts(out, table.name):
            found[table.name] = pd.concat([_parquet_frame(p, table) for p in parts], ignore_index=True) if len(parts) > 1 else _parquet_frame(parts[0], table)  # fmt: skip
        elif text.is_file() or packed.is_file():
            found[table.name] = _frame(text if text.is_file() else packed, table)
        else:
            raise CohortError(f"{out}: no table {table.name}; is this the --out of extractor extract?")
    return found


def parquet_parts(out: Path, name: str) -> list[Path]:
    """The Parquet files of a table in the order of its rows: one, or the parts of a folder as Spark writes them; none where there is no such table."""
    path = out / f"{name}.parquet"
    if path.is_dir():
        return sorted(p for p in path.glob("*.parquet") if not p.name.startswith((".", "_")))
    return [path] if path.is_file() else []


def _parquet_frame(path: Path, table: Table) -> pd.DataFrame:
    """A file of ours, or one of Spark's, which does not say what pandas should make of its types."""
    import pyarrow.parquet as pq

    found = pq.ParquetFile(path).read()
    frame: pd.DataFrame = (found if found.schema.pandas_metadata else found.cast(_schema(table))).to_pandas()
    return frame


def was_reviewed(out: Path) -> bool:
    """Are these tables as a person corrected them (``extractor review``)?"""
    try:
        facts = json.loads((out / MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(facts, dict) and "reviewed" in facts


@contextmanager
def taking_place_of(out: Path) -> Iterator[Path]:
    """A folder to fill that takes the place of ``out`` when all went well, and leaves nothing behind when not. Raises OutputError."""
    unfinished = out.with_name(f".{out.name}.partial")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        unfinished.mkdir(parents=True)
        yield unfinished
        if out.exists():
            shutil.rmtree(out)
        os.replace(unfinished, out)
    except OSError as error:
        raise OutputError(f"{out}: cannot be written: {error.strerror or type(error).__name__}") from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def stored(out: Path, name: str, stack: ExitStack) -> tuple[tuple[str, ...], Iterator[list[Any]]]:
    """The columns of a table and its rows as they are stored, one after another: values from Parquet and DuckDB, text from CSV.

    No columns and no rows where it is not there; ``stack`` closes what was opened.
    """
    csv.field_size_limit(LONGEST_FIELD)
    text, packed, database = (out / n for n in (f"{name}.csv", f"{name}.csv.gz", "cohort.duckdb"))
    if text.is_file() or packed.is_file():
        way: Any = text.open if text.is_file() else partial(gzip.open, packed)
        reader = csv.reader(stack.enter_context(way("rt", newline="", encoding="utf-8")))
        return tuple(next(reader, ())), reader
    if parts := parquet_parts(out, name):
        return _of_parquet(parts)
    return _of_duckdb(database, name, stack) if database.is_file() else ((), iter(()))


def _of_parquet(parts: Sequence[Path]) -> tuple[tuple[str, ...], Iterator[list[Any]]]:
    import pyarrow.parquet as pq

    file = pq.ParquetFile(parts[0])
    batches = (b for p in parts for b in pq.ParquetFile(p).iter_batches(batch_size=2_000))
    rows = (list(row) for batch in batches for row in zip(*(column.to_pylist() for column in batch.columns), strict=True))
    return tuple(file.schema_arrow.names), rows


def _of_duckdb(path: Path, name: str, stack: ExitStack) -> tuple[tuple[str, ...], Iterator[list[Any]]]:
    import duckdb

    found = stack.enter_context(duckdb.connect(str(path), read_only=True)).execute(f'SELECT * FROM "{name}" ORDER BY rowid')
    rows = (list(row) for batch in iter(lambda: found.fetchmany(2_000), []) for row in batch)
    return tuple(column[0] for column in found.description), rows


def reject_writer(file: IO[str]) -> Any:
    """A CSV writer for ``rejects.csv``: file, row, reason."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("file", "row", "reason"))
    return writer


def write_review(folder: Path, reviews: Iterable[Review]) -> None:
    """``review.csv``: the charts to read, most valuable first."""
    with (folder / "review.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("rank", "patient_id", "value", "expected_errors", "claims_for_review", "claims_accepted", "most_doubtful"))
        for rank, r in enumerate(reviews, 1):
            figures = f"{r.value:.2f}", f"{r.expected_errors:.2f}", r.for_review, r.accepted
            writer.writerow((rank, r.patient, *figures, "; ".join(r.most_doubtful)))


def write_run(folder: Path, facts: Mapping[str, Any]) -> None:
    """``run.json``: version, rules, options and counts; no clock, so that equal input gives equal bytes."""
    (folder / MARK).write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n", encoding="utf-8")
