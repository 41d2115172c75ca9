"""Notes as a Spark table, made by the same checks as on one machine: a row of it is a note, or a reject with its reason.

Parquet and tables are read in splits; files of lines (CSV, TSV, JSON lines) whole, each by one task, so that quoting, encodings and line numbers are those of ``extractor.notes``.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from extractor.errors import InputError
from extractor.model import Note
from extractor.notes import SUFFIXES, Options, Reject, located, of_bytes, of_rows

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

TABLE = "table"
LINES = ("csv", "tsv", "jsonl")
FORMATS = ("parquet", *LINES, TABLE)
SCHEMA = (
    "path string, number long, file string, row string, reason string, "
    "note_id string, patient_id string, note_date date, text string, note_type string, source string"
)
NAMES = tuple(field.split()[0] for field in SCHEMA.split(", "))
WHOLE = "file"
"""The row of a reject that is a whole file."""
Checked = tuple[Any, ...]


def notes(spark: SparkSession, source: str, options: Options) -> DataFrame:
    """``SCHEMA`` and ``nth``: of notes with one id the first read has 1. Raises InputError if the source is none that Spark reads."""
    from pyspark.sql import Window
    from pyspark.sql import functions as f

    kind = _kind(source, options)
    found = _lines(spark, source, kind, options) if kind in LINES else _columns(spark, source, kind, options)
    first = Window.partitionBy("note_id").orderBy("path", "number", "patient_id", "note_date", "text", "note_type")
    bad = f.col("reason").isNotNull()
    return found.where(~bad).withColumn("nth", f.row_number().over(first)).unionByName(found.where(bad).withColumn("nth", f.lit(0)))


def _kind(source: str, options: Options) -> str:
    if source == "-":
        raise InputError("--engine spark does not read standard input; give a path that Spark reads")
    if options.manifest:
        raise InputError("--engine spark reads no --manifest; give notes as Parquet")
    name = source.rstrip("/").rsplit("/", 1)[-1].lower()
    suffix = "." + name.removesuffix(".gz").rsplit(".", 1)[-1] if "." in name else ""
    kind = options.format or SUFFIXES.get(suffix, "parquet")
    if kind not in FORMATS:
        raise InputError(
            f"{source}: --engine spark reads {', '.join(FORMATS)} (--input-format), not {kind}; extract {kind} on one machine, or turn it into Parquet"
        )
    return kind


# ---- Parquet and tables ---------------------------------------------------------------------------------------------------


def _columns(spark: SparkSession, source: str, kind: str, options: Options) -> DataFrame:
    from pyspark.sql import functions as f
    from pyspark.sql.types import StringType

    frame = spark.table(source) if kind == TABLE else spark.read.parquet(source)
    places = located(frame.columns, options, source if kind == TABLE else source.rstrip("/").rsplit("/", 1)[-1])
    texts = frozenset(ours for ours, theirs in places.items() if isinstance(frame.schema[theirs].dataType, StringType))
    own = [f.col(f"`{theirs}`").cast("binary").alias(ours) if ours in texts else f.col(f"`{theirs}`").alias(ours) for ours, theirs in places.items()]  # fmt: skip
    where = [f.lit(source).alias("path"), f.lit(None).cast("long").alias("number")]
    if kind != TABLE:
        where = [f.col("_metadata.file_path").alias("path"), f.col("_metadata.row_index").alias("number")]
    return frame.select(*own, *where).mapInArrow(_checked(options, tuple(places), texts), SCHEMA)


def _checked(options: Options, columns: tuple[str, ...], texts: frozenset[str]) -> Callable[[Iterable[Any]], Iterator[Any]]:
    """Batches of fields to batches of SCHEMA."""

    def check(batches: Iterable[Any]) -> Iterator[Any]:
        for batch in batches:
            yield _batch([_row(record, columns, texts, options) for record in batch.to_pylist()])

    return check


def _row(record: dict[str, Any], columns: tuple[str, ...], texts: frozenset[str], options: Options) -> Checked:
    fields = {c: _text(record[c]) if c in texts else _day(record[c]) for c in columns}
    path, number = record["path"], record["number"]
    name = _name(path) if number is not None else path
    where = f"row {number + 1}" if number is not None else f"note {fields['note_id'] or '-'}"
    (item,) = of_rows(name, [(where, fields)], options)
    return _as_row(path, number or 0, item)


def _text(value: bytes | None) -> str | None:
    return None if value is None else bytes(value).decode("utf-8", "surrogateescape")


def _day(value: Any) -> Any:
    """A point in time as its day in UTC, whatever the session's time zone."""
    return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo else value


def _batch(rows: list[Checked]) -> Any:
    import pyarrow as pa

    types = {"long": pa.int64(), "date": pa.date32()}
    schema = pa.schema([(name, types.get(kind, pa.string())) for name, kind in (field.split() for field in SCHEMA.split(", "))])
    cells = zip(*rows, strict=True) if rows else [[] for _ in NAMES]
    return pa.RecordBatch.from_arrays([pa.array(list(own), f.type) for own, f in zip(cells, schema, strict=True)], schema=schema)


# ---- files of lines -------------------------------------------------------------------------------------------------------


def _lines(spark: SparkSession, source: str, kind: str, options: Options) -> DataFrame:
    rows = spark.sparkContext.binaryFiles(source).flatMap(_of_file(kind, options))
    return spark.createDataFrame(rows, SCHEMA, verifySchema=False)


def _of_file(kind: str, options: Options) -> Callable[[tuple[str, bytes]], Iterator[Checked]]:
    def read(file: tuple[str, bytes]) -> Iterator[Checked]:
        path, content = file
        name, number = path.rstrip("/").rsplit("/", 1)[-1], 0
        try:
            for item in of_bytes(name, bytes(content), kind, options):
                yield _as_row(path, number, item)
                number += 1
        except InputError as error:
            yield _as_row(path, number, Reject(name, WHOLE, str(error)))
        except (OSError, EOFError, zlib.error):
            yield _as_row(path, number, Reject(name, WHOLE, "cannot be read to its end; is the compressed file cut off?"))

    return read


def _as_row(path: str, number: int, item: Note | Reject) -> Checked:
    if isinstance(item, Reject):
        return path, number, item.file, item.row, item.reason, None, None, None, None, None, None
    file, _, row = item.source.rpartition(":")
    return path, number, file, row, None, item.note_id, item.patient_id, item.note_date, item.text, item.note_type, item.source


def _name(address: str) -> str:
    return unquote(address.rstrip("/").rsplit("/", 1)[-1])
