"""Many charts on a Spark cluster: the same rows as ``extractor.run`` writes, by the same function, as Parquet.

notes (``read``) -> by patient -> rows of each chart on the executors (``executor``) -> staged -> tables (``write``), in the session that ``session`` finds or makes

PySpark is an optional part (``extractor[spark]``) and is imported inside functions alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from extractor import rules as rule_files
from extractor.confidence.accept import prepare
from extractor.notes import Options
from extractor.run import CHART_SECONDS, Summary, facts
from extractor.run.grouped import Gathered
from extractor.spark.executor import Shipment
from extractor.spark.session import plainly, session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["extract", "session"]


def extract(
    source: str,
    out: str,
    *,
    options: Options | None = None,
    rule_dirs: Iterable[Path] = (),
    force: bool = False,
    strict: bool = False,
    debug: bool = False,
    accept: float | None = None,
    calibration: Path | None = None,
    chart_seconds: float = CHART_SECONDS,
    master: str | None = None,
    partitions: int | None = None,
    spark: SparkSession | None = None,
) -> Summary:
    """Abstract every chart of ``source`` on Spark and write the cohort tables to the folder ``out``, the same cells as ``extractor.run.extract``.

    ``source`` and ``out`` are paths as Spark reads them. The session is ``spark``, the active one, or one made by the environment's settings and ``master``;
    charts are spread over ``partitions`` tasks (default: the session's ``spark.sql.shuffle.partitions``). The other options are those of ``extractor.run.extract``.
    Raises InputError, RuleError, OutputError or SparkError; with ``strict`` also for the first reject.
    """
    options = options or Options()
    files = rule_files.contents(*rule_dirs)
    digest = rule_files.parse(files).digest
    acceptance = prepare(digest, accept, calibration)
    with session(master, spark) as own, plainly(source, out, debug):
        from extractor.spark import read, write

        notes = read.notes(own, source, options)
        with write.replacing(own, out, force) as place:
            shipment = Shipment.of(files, digest, acceptance.judge, chart_seconds, debug)
            shipment.check(own)
            totals = write.tables(own, place, notes, shipment, partitions, strict, accept is not None)
            found = Gathered(totals.notes, totals.charts, 0, 0)
            write.mark(place, facts(digest, acceptance, "parquet", found, totals.found))
    told = acceptance.line(totals.found.accepted, totals.found.accepted + totals.found.for_review) if accept is not None else ""
    return Summary(out, totals.notes, totals.charts, totals.found.rejects, totals.found.counts, told)
