"""What an executor does: a chart's notes to its rows, with the rules that came with the job.

A row travels as (patient, table, place in the table, cells), its cells as the CSV tables hold them, empty ones null. Beside the tables of the schema there are
``charts``, a row for each chart with what the driver sums and ranks, and ``rejects``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from extractor import rules as rule_files
from extractor.confidence import Judge
from extractor.confidence.accept import Review, rank, review
from extractor.errors import SparkError
from extractor.model import Note
from extractor.notes import Reject
from extractor.run.work import ChartReader, Read
from extractor.spark.apart import guarded
from extractor.tables import show
from extractor.version import code

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql import SparkSession

CHARTS, REJECTS = "charts", "rejects"
SCHEMA = "patient_id string, table string, nth long, cells array<string>"
Record = tuple[str, str, int, list[str | None]]
OTHER_CODE = "an executor has another state of the extractor's code than the driver; give both the same package (docs/spark.md)"
OTHER_RULES = "the rule files did not reach an executor as they were sent"


@dataclass(frozen=True, slots=True)
class Shipment:
    """What goes to the executors with the job: the rule files as bytes, their digest, and that of the code which is to read with them."""

    files: Mapping[str, bytes]
    digest: str
    code: str
    judge: Judge
    chart_seconds: float = 0
    debug: bool = False

    @classmethod
    def of(cls, files: Mapping[str, bytes], digest: str, judge: Judge, chart_seconds: float, debug: bool) -> Shipment:
        """With the digest of this machine's code."""
        return cls(files, digest, code((".",)), judge, chart_seconds, debug)

    def reader(self) -> ChartReader:
        """A reader by these rules. Raises SparkError if code or rules here are not those of the driver."""
        if code((".",)) != self.code:
            raise SparkError(OTHER_CODE)
        rules = rule_files.parse(self.files)
        if rules.digest != self.digest:
            raise SparkError(OTHER_RULES)
        import spacy  # noqa: F401  here, so that its seconds are not those of the first chart, whose limit could end it half-way

        return ChartReader(rules, self.judge, self.chart_seconds, self.debug)

    def check(self, spark: SparkSession) -> None:
        """Ask one executor for its code before any notes are read. Raises SparkError."""
        said = spark.sparkContext.parallelize([0], 1).map(_asked()).first()
        if said != self.code:
            lacks = f"an executor lacks the extractor or a library of it ({said}); send it there with its libraries (docs/spark.md)"
            raise SparkError(lacks if ":" in said else OTHER_CODE)


def _asked() -> Callable[[int], str]:
    """What an executor's code is, or why it has none; sent by value, because an executor that lacks the package could not look it up."""

    def said(_: int) -> str:
        from importlib.util import find_spec

        try:
            from extractor.run import work  # noqa: F401
            from extractor.version import code

            missing = [name for name in ("spacy", "medspacy") if find_spec(name) is None]  # imported when they are needed
            return f"no module: {missing[0]}" if missing else code((".",))
        except ImportError as error:
            return f"no module: {error.name}"

    return said


_held: dict[str, ChartReader] = {}
"""The reader of this Python process, which Spark keeps from task to task."""


def _reader(shipment: Shipment) -> ChartReader:
    key = repr((shipment.digest, shipment.judge, shipment.chart_seconds, shipment.debug))
    if key not in _held:
        _held.clear()
        _held[key] = shipment.reader()
    return _held[key]


def of_chart(shipped: Any) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """The function for ``applyInPandas``; ``shipped`` is the broadcast Shipment."""

    def read(frame: pd.DataFrame) -> pd.DataFrame:
        import pandas as pd
        from pyspark import TaskContext

        notes = sorted((_note(r) for r in frame.itertuples(index=False)), key=lambda n: n.note_id)
        task, shipment = TaskContext.get(), shipped.value
        found = guarded(_reader(shipment), notes, shipment.chart_seconds, task.attemptNumber() if task else 0)
        return pd.DataFrame(list(records(notes, found)), columns=["patient_id", "table", "nth", "cells"])

    return read


def _note(row: Any) -> Note:
    return Note(row.note_id, row.patient_id, row.note_date, row.text, row.note_type or None, row.source)


def records(notes: list[Note], found: Read | Reject) -> Iterator[Record]:
    """What was found in a chart as rows that travel."""
    patient = notes[0].patient_id
    if isinstance(found, Reject):
        yield patient, REJECTS, 0, [found.file, found.row, found.reason]
        yield patient, CHARTS, 0, [str(len(notes)), *[None] * 6]
        return
    tables, rated = found
    for table, own in tables.items():
        for nth, record in enumerate(own):
            yield patient, table, nth, [show(v) or None for v in record]
    yield patient, CHARTS, 0, [str(len(notes)), *_plain(review(patient, rated))]


def _plain(r: Review) -> list[str | None]:
    return [str(r.accepted), str(r.for_review), repr(r.value), repr(r.expected_errors), repr(rank(r)[0]), "; ".join(r.most_doubtful)]
