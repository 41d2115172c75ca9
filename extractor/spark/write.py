"""Charts to tables on the storage that Spark writes to.

.OUT.partial/staged   the rows of every chart as the executors made them, by table
.OUT.partial/rejects  rejects of both kinds, not in their order
.OUT.partial/tables   the tables, which become OUT by one renaming

A table is a folder of Parquet parts; read one after another in the order of their names they hold the rows in the order of the single machine.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from extractor.errors import InputError
from extractor.run.merged import Totals
from extractor.run.partial import may_replace
from extractor.schema import TABLES, Table
from extractor.spark.executor import CHARTS, REJECTS, SCHEMA, Shipment, of_chart
from extractor.spark.read import WHOLE
from extractor.tables import MARK

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

TYPES = {"text": "string", "integer": "bigint", "number": "double", "boolean": "boolean", "date": "date"}
STANDARD_PARTITIONS = 200
"""Spark's own, where its setting is no number."""
REVIEW = ("rank", "patient_id", "value", "expected_errors", "claims_for_review", "claims_accepted", "most_doubtful")


@dataclass(frozen=True, slots=True)
class Found:
    """What a run read and what came of it."""

    notes: int
    charts: int
    found: Totals


class Place:
    """A path on any file system that Spark's Java knows."""

    def __init__(self, spark: SparkSession, path: Any) -> None:
        """``path`` is text or a Hadoop path."""
        context: Any = spark.sparkContext
        self._jvm, self._spark = context._jvm, spark
        given = self._jvm.org.apache.hadoop.fs.Path(path)
        self._files = given.getFileSystem(context._jsc.hadoopConfiguration())
        self._path = self._files.makeQualified(given)

    def __str__(self) -> str:
        return str(self._path.toString())

    def __truediv__(self, name: str) -> Place:
        return Place(self._spark, self._jvm.org.apache.hadoop.fs.Path(self._path, name).toString())

    def beside(self, form: str) -> Place:
        """Another name in the same folder; ``{}`` stands for the own."""
        return Place(self._spark, self._path.getParent().toString()) / form.format(self._path.getName())

    def exists(self) -> bool:
        """Is anything there?"""
        return bool(self._files.exists(self._path))

    def is_empty(self) -> bool:
        """Is it a folder with nothing in it?"""
        return bool(self._files.getFileStatus(self._path).isDirectory()) and not len(self._files.listStatus(self._path))

    def text(self) -> str:
        """The whole file, which must be small."""
        stream = self._files.open(self._path)
        try:
            return str(self._jvm.org.apache.commons.io.IOUtils.toString(stream, "UTF-8"))
        finally:
            stream.close()

    def write(self, parts: Iterable[bytes]) -> None:
        """One file of these bytes."""
        stream = self._files.create(self._path, True)
        try:
            for part in parts:
                stream.write(bytearray(part))
        finally:
            stream.close()

    def delete(self) -> None:
        """Whatever is there."""
        self._files.delete(self._path, True)

    def becomes(self, other: Place) -> None:
        """Take the name of ``other``, which must be free. Raises OSError."""
        if not self._files.rename(self._path, other._path):
            raise OSError(f"{self} cannot be renamed")


@contextmanager
def replacing(spark: SparkSession, out: str, force: bool) -> Iterator[Place]:
    """A folder to work in; its ``tables`` take the place of ``out`` when all went well, and nothing of it is left when not. Raises OutputError."""
    target = Place(spark, out.rstrip("/") or "/")
    partial, old = target.beside(".{}.partial"), target.beside(".{}.old")
    if old.exists() and not target.exists():
        old.becomes(target)  # a run was killed between its last two steps
    if target.exists():
        may_replace(out, force, *_ours(target))
    partial.delete()
    try:
        yield partial
        old.delete()
        if target.exists():
            target.becomes(old)
        (partial / "tables").becomes(target)
        old.delete()
    finally:
        partial.delete()


def _ours(target: Place) -> tuple[bool, bool]:
    """Does a folder hold tables of ours (or nothing), and did a person review them?"""
    mark = target / MARK
    if not mark.exists():
        return target.is_empty(), False
    try:
        facts = json.loads(mark.text())
    except ValueError:
        return True, False
    return True, isinstance(facts, dict) and "reviewed" in facts


def tables(
    spark: SparkSession, place: Place, notes: DataFrame, shipment: Shipment, partitions: int | None, strict: bool, reviewed: bool
) -> Found:
    """Read every chart and write every table. Raises InputError for notes that are none at all, with ``strict`` for the first reject."""
    bad = _bad_rows(notes)
    _stop(bad, strict)
    _stage(spark, place, notes, shipment, partitions)
    staged = spark.read.schema(SCHEMA).parquet(str(place / "staged"))
    counts = {str(r["table"]): int(r["count"]) for r in staged.groupBy("table").count().collect()}
    if CHARTS not in counts:
        _nothing(bad)
    out = place / "tables"
    for table in TABLES:
        _table(staged, table).write.parquet(str(out / f"{table.name}.parquet"))
    rejects = _rejects(spark, bad, staged, place)
    sums = _sums(staged)
    if reviewed:
        _review(spark, staged, out)
    found = Totals({t.name: counts.get(t.name, 0) for t in TABLES}, rejects, sums["accepted"], sums["for_review"])
    return Found(sums["notes"], counts.get(CHARTS, 0), found)


def mark(place: Place, facts: dict[str, Any]) -> None:
    """``run.json``, as ``extractor.tables`` writes it."""
    (place / "tables" / MARK).write([(json.dumps(facts, indent=1, sort_keys=True) + "\n").encode()])


def _stage(spark: SparkSession, place: Place, notes: DataFrame, shipment: Shipment, partitions: int | None) -> None:
    """The one pass in which charts are read. The number of tasks is fixed: a few bytes of notes are much work, which Spark's own merging of small tasks does not know."""
    shipped = spark.sparkContext.broadcast(shipment)
    own = notes.where("nth = 1").select("patient_id", "note_id", "note_date", "text", "note_type", "source")
    spread = own.repartition(partitions or _partitions(spark), "patient_id")
    try:
        rows = spread.groupBy("patient_id").applyInPandas(of_chart(shipped), SCHEMA)
        rows.write.partitionBy("table").parquet(str(place / "staged"))
    finally:
        shipped.destroy()


def _partitions(spark: SparkSession) -> int:
    setting = str(spark.conf.get("spark.sql.shuffle.partitions", ""))
    return int(setting) if setting.isdigit() else STANDARD_PARTITIONS


def _cells(names: Iterable[str], types: Iterable[str]) -> list[Column]:
    from pyspark.sql import functions as f

    return [f.col("cells")[at].cast(kind).alias(name) for at, (name, kind) in enumerate(zip(names, types, strict=True))]


def _table(staged: DataFrame, table: Table) -> DataFrame:
    """A table of the schema, by patient and in the order in which a chart tells its rows."""
    own = staged.where(staged["table"] == table.name).orderBy("patient_id", "nth")
    return own.select(*_cells(table.names, (TYPES[c.type] for c in table.columns)))


# ---- rejects and review ---------------------------------------------------------------------------------------------------


def _bad_rows(notes: DataFrame) -> DataFrame:
    from pyspark.sql import functions as f

    bad = notes.where("nth <> 1")
    return bad.select("path", "number", "file", "row", f.coalesce("reason", f.lit("repeated note id")).alias("reason"))


def _stop(bad: DataFrame, strict: bool) -> None:
    if strict and (first := bad.orderBy("path", "number").first()):
        raise InputError(f"{first['file']}: {first['row']}: {first['reason']} (--strict)")


def _nothing(bad: DataFrame) -> None:
    """No chart at all: where that is because a file as a whole is no table of notes, it is an error."""
    if first := bad.where(bad["row"] == WHOLE).orderBy("path").first():
        raise InputError(str(first["reason"]))


def _rejects(spark: SparkSession, bad: DataFrame, staged: DataFrame, place: Place) -> int:
    """Rows that are no notes in the order they stand, then charts in that of patients: a table, and ``rejects.csv`` for the commands that read it."""
    from pyspark.sql import functions as f

    names, order = ("file", "row", "reason"), ("late", "path", "number")
    rows = bad.select(f.lit(0).alias("late"), "path", "number", *names)
    own = staged.where(staged["table"] == REJECTS)
    charts = own.select(f.lit(1).alias("late"), f.col("patient_id").alias("path"), "nth", *_cells(names, ["string"] * 3))
    both = rows.union(charts)
    both.write.parquet(str(place / "rejects"))
    ordered = spark.read.schema(both.schema).parquet(str(place / "rejects")).orderBy(*order).select(*names)
    ordered.write.parquet(str(place / "tables" / f"{REJECTS}.parquet"))
    return _as_csv(ordered, names, place / "tables" / f"{REJECTS}.csv")


def _sums(staged: DataFrame) -> dict[str, int]:
    from pyspark.sql import functions as f

    names = ("notes", "accepted", "for_review")
    charts = staged.where(staged["table"] == CHARTS).select(*_cells(names, ["bigint"] * 3))
    row = charts.agg(*(f.coalesce(f.sum(name), f.lit(0)).alias(name) for name in names)).first()
    return {name: int(row[name]) for name in names} if row else dict.fromkeys(names, 0)


def _review(spark: SparkSession, staged: DataFrame, out: Place) -> None:
    """The charts to read, most valuable first: a table, and ``review.csv``."""
    from pyspark.sql import Window
    from pyspark.sql import functions as f

    cells = ("notes", "claims_accepted", "claims_for_review", "value", "expected_errors", "order", "most_doubtful")
    types = ("bigint", "bigint", "bigint", "double", "double", "double", "string")
    charts = staged.where(staged["table"] == CHARTS).select("patient_id", *_cells(cells, types)).where("value is not null")
    ranked = charts.withColumn("rank", f.row_number().over(Window.orderBy("order", "patient_id")).cast("bigint"))
    path = str(out / "review.parquet")
    ranked.orderBy("rank").select(*REVIEW).write.parquet(path)
    _as_csv(spark.read.parquet(path).orderBy("rank"), REVIEW, out / "review.csv")


def _as_csv(rows: DataFrame, names: tuple[str, ...], place: Place) -> int:
    """Write the rows as one CSV file, a part in memory at a time; returns their number."""
    number = 0

    def parts() -> Iterator[bytes]:
        nonlocal number
        yield _line(names)
        for row in rows.toLocalIterator():
            number += 1
            yield _line([f"{v:.2f}" if isinstance(v, float) else v for v in row])

    place.write(parts())
    return number


def _line(cells: Iterable[Any]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue().encode()
