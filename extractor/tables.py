"""Write and read the cohort tables: a folder of CSV or Parquet files, or one DuckDB file in it."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from extractor.confidence import Judge, Rated, of_cell
from extractor.confidence.accept import Review
from extractor.errors import CohortError, OutputError
from extractor.model import CONTEXT, Cell, Chart, Mention, Note, Value
from extractor.notes import Reject
from extractor.schema import BY_NAME, COHORT, TABLES, Table

FORMATS = ("csv", "parquet", "duckdb")
MARK = "run.json"
"""The file that tells a folder of ours from any other."""
Record = Sequence[Value]


# ---- rows of a chart ------------------------------------------------------------------------------------------------------


def rows(chart: Chart, judge: Judge | None = None) -> tuple[dict[str, list[Record]], list[Rated]]:
    """The chart as rows of every table, columns in the schema's order, and its claims as ``judge`` rates them."""
    judge = judge or Judge()
    out: dict[str, list[Record]] = {name: [[r[c] for c in BY_NAME[name].names] for r in getattr(chart, name)] for name in COHORT}
    out["mentions"] = [_mention(m, chart.patient_id) for m in chart.mentions]
    out["evidence"] = [e for name in COHORT for r in getattr(chart, name) for e in _evidence(BY_NAME[name], r.cells)]
    out["notes"] = [_note(n) for n in chart.notes]
    out["drops"] = [[d.mention.mention_id, chart.patient_id, d.table, d.reason] for d in chart.drops]
    rated = judge({name: [dict(zip(BY_NAME[name].names, r, strict=False)) for r in records] for name, records in out.items()})
    sure = of_cell(rated, judge.model.base)
    out["evidence"] = [[*e, sure.get((str(e[0]), str(e[1]), str(e[2])), judge.model.base)] for e in out["evidence"]]
    out["claims"] = [_claim(r, chart.patient_id) for r in rated]
    return out, rated


def _claim(rated: Rated, patient: str) -> Record:
    c = rated.claim
    return [patient, c.table, c.row_id or None, c.column or None, c.kind, rated.confidence, rated.accepted]


def _mention(m: Mention, patient: str) -> Record:
    flags = [m.has(name) for name in CONTEXT]
    return [m.mention_id, m.note_id, patient, m.label, m.concept, m.start, m.end, m.text, m.section or None, *flags, m.rule_id]


def _note(n: Note) -> Record:
    return [
        n.note_id,
        n.patient_id,
        n.note_date,
        n.note_type,
        n.source or None,
        hashlib.sha256(n.text.encode("utf-8", "surrogatepass")).hexdigest(),
        n.text,
    ]


def _evidence(table: Table, cells: Mapping[str, Cell]) -> Iterator[Record]:
    """Rows of evidence without their confidence, which stands last."""
    row_id = cells[table.key].value
    for column in table.names:
        cell = cells.get(column)
        if cell is None or cell.value is None or column.endswith("_id") or column in ("retreatment_of", "replaces"):
            continue
        behind: tuple[Mention | None, ...] = cell.mentions or (None,)
        for mention in dict.fromkeys(behind):
            yield [
                table.name,
                row_id,
                column,
                cell.basis if mention or cell.basis != "text" else "derived",
                mention.mention_id if mention else None,
            ]


# ---- writing --------------------------------------------------------------------------------------------------------------


@contextmanager
def replacing(out: Path, force: bool = False) -> Iterator[Path]:
    """A folder to fill that takes the place of ``out`` when all went well, and leaves nothing behind when not.

    Raises OutputError if ``out`` is in the way: it exists and ``force`` is not given, or it is no folder of ours.
    """
    if out.exists():
        if not force:
            raise OutputError(f"{out}: exists already; give another --out, or --force to replace it")
        if not (out / MARK).is_file() and any(out.iterdir() if out.is_dir() else [out]):
            raise OutputError(f"{out}: holds something else than cohort tables and will not be replaced; give another --out")
    partial = out.with_name(f".{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        yield partial
        if out.exists():
            shutil.rmtree(out)
        os.replace(partial, out)
    except OSError as error:
        raise OutputError(f"{out}: cannot be written: {error.strerror or type(error).__name__}") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)


class Writer:
    """Appends charts to the tables of a folder."""

    def __init__(self, folder: Path, format: str = "csv", judge: Judge | None = None) -> None:
        """Open a CSV file for each table; ``close`` turns them into ``format``."""
        if format not in FORMATS:
            raise OutputError(f"unknown format {format!r}; known are {', '.join(FORMATS)}")
        self._folder, self._format, self._judge = folder, format, judge
        self.counts = {t.name: 0 for t in TABLES}
        self._files = {t.name: (folder / f"{t.name}.csv").open("w", newline="", encoding="utf-8") for t in TABLES}
        self._writers = {name: csv.writer(file, lineterminator="\n") for name, file in self._files.items()}
        for table in TABLES:
            self._writers[table.name].writerow(table.names)

    def add(self, chart: Chart) -> list[Rated]:
        """Write every row of a chart; returns its claims as rated."""
        found, rated = rows(chart, self._judge)
        for name, records in found.items():
            self._writers[name].writerows([[show(v) for v in r] for r in records])
            self.counts[name] += len(records)
        return rated

    def close(self) -> None:
        """Flush, and convert where another format than CSV is wanted."""
        for file in self._files.values():
            file.close()
        if self._format != "csv":
            _convert(self._folder, self._format)


def show(value: Value) -> str:
    """A cell as CSV holds it: true/false, ISO dates, lengths without needless zeros, empty for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}" if value == round(value, 3) else str(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _convert(folder: Path, format: str) -> None:
    frames = {t.name: _frame(folder / f"{t.name}.csv", t) for t in TABLES}
    if format == "parquet":
        for name, frame in frames.items():
            frame.to_parquet(folder / f"{name}.parquet", index=False)
    else:
        import duckdb

        with duckdb.connect(str(folder / "cohort.duckdb")) as database:
            for name, frame in frames.items():
                database.register("incoming", frame)
                database.execute(f'CREATE TABLE "{name}" AS SELECT * FROM incoming')
                database.unregister("incoming")
    for table in TABLES:
        (folder / f"{table.name}.csv").unlink()


TYPES = {"text": "string", "integer": "Int64", "number": "Float64", "boolean": "boolean"}


def _frame(path: Path, table: Table) -> pd.DataFrame:
    raw = pd.read_csv(path, dtype="string", keep_default_na=False, na_values=[""], encoding="utf-8")
    missing = [c for c in table.names if c not in raw.columns]
    if missing:
        raise CohortError(f"{path}: lacks the column {missing[0]!r}; write the tables anew with extractor extract")
    for column in table.columns:
        raw[column.name] = _typed(raw[column.name], column.type)
    return raw


def _days(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """DuckDB gives days as points in time."""
    for column in table.columns:
        if column.type == "date":
            frame[column.name] = pd.to_datetime(frame[column.name]).dt.date
    return frame


def _typed(values: pd.Series[Any], kind: str) -> pd.Series[Any]:
    if kind == "date":
        return pd.to_datetime(values, format="%Y-%m-%d").dt.date
    if kind == "boolean":
        return values.map({"true": True, "false": False}).astype("boolean")
    return values.astype(TYPES[kind])  # type: ignore[call-overload,no-any-return]


# ---- reading --------------------------------------------------------------------------------------------------------------


def read_cohort(out: Path, names: Iterable[str] | None = None) -> dict[str, pd.DataFrame]:
    """The tables of a folder, typed, whatever format they are in. Raises CohortError if it holds none."""
    wanted = [BY_NAME[n] for n in names] if names else list(TABLES)
    database = out / "cohort.duckdb"
    if database.is_file():
        import duckdb

        with duckdb.connect(str(database), read_only=True) as connection:
            return {t.name: _days(connection.execute(f'SELECT * FROM "{t.name}"').df(), t) for t in wanted}
    found = {}
    for table in wanted:
        parquet, text, packed = (out / f"{table.name}.{ending}" for ending in ("parquet", "csv", "csv.gz"))
        if parquet.is_file():
            found[table.name] = pd.read_parquet(parquet)
        elif text.is_file() or packed.is_file():
            found[table.name] = _frame(text if text.is_file() else packed, table)
        else:
            raise CohortError(f"{out}: no table {table.name}; is this the --out of extractor extract?")
    return found


def write_rejects(folder: Path, rejects: Sequence[Reject]) -> None:
    """``rejects.csv``: file, row, reason."""
    with (folder / "rejects.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("file", "row", "reason"))
        writer.writerows((r.file, r.row, r.reason) for r in rejects)


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
