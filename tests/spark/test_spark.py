"""``--engine spark`` gives the cells of the single machine. One test has the session, so that two workers of pytest do not start two."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from extractor import corpora, rules, run, spark
from extractor.cli import app
from extractor.confidence import Judge
from extractor.errors import InputError, OutputError, SparkError
from extractor.export import charts as exported
from extractor.notes import Options
from extractor.run.work import ChartReader
from extractor.spark import read
from extractor.spark.executor import Shipment
from extractor.spark.session import plainly
from extractor.tables import read_cohort
from tests.run.makers import SECRET, chart, note

HERE = Path(__file__).parent
RULES = """label = "HISTOLOGY"
[[rule]]
id = "zebra"
concept = "angiosarcoma"
regex = '\\bzebrafish\\b'
[tests]
expect = ["A {{zebrafish|angiosarcoma}} here.", "Nothing."]
"""


# ---- notes ----------------------------------------------------------------------------------------------------------------


def of_corpora() -> list[dict[str, Any]]:
    """Charts of several collections, not in the order of patients."""
    charts = [corpora.notes(corpora.load(f)) for f in corpora.files()[::90]]
    rows = [note(n.patient_id, 0, n.note_date.isoformat(), n.note_type or "", n.text) | {"note_id": n.note_id} for c in charts for n in c]
    return rows[::2] + rows[1::2]


def with_rejects(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    bad = [{**rows[0], "text": "again"}, {**rows[1], "note_id": ""}, {**rows[1], "note_id": "zz", "note_date": "soon"}]
    return [*rows[:4], *bad, *rows[4:], {**rows[2], "note_id": "zy", "text": "\x00\x01"}]


def parquet(path: Path, rows: list[dict[str, Any]]) -> Path:
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=7)
    return path


def same(one: Path, other: Path) -> None:
    """Every cell, every type, every file that is not Parquet."""
    ours, theirs = read_cohort(one), read_cohort(other)
    for name, table in ours.items():
        pd.testing.assert_frame_equal(theirs[name], table, obj=name)
    files = [p.name for p in one.iterdir() if p.suffix in (".csv", ".json") and p.name != "charts.csv"]
    assert {f: (other / f).read_bytes() for f in files} == {f: (one / f).read_bytes() for f in files}


# ---- scenarios of one session ---------------------------------------------------------------------------------------------


def charts_with_rejects_and_rules_of_the_users(session: Any, tmp: Path) -> None:
    """By the command, with a list for review; a folder that holds tables is replaced only when told."""
    (tmp / "mine").mkdir()
    (tmp / "mine" / "zebra.toml").write_text(RULES)
    source = parquet(tmp / "my notes.parquet", with_rejects([*of_corpora(), *chart(1)]))
    more = ["--rules", str(tmp / "mine"), "--accept", "0.9"]
    for out, engine in (("one", ["--format", "parquet"]), ("two", ["--engine", "spark", "--spark-partitions", "2"])):
        said = CliRunner().invoke(app, ["extract", str(source), "--out", str(tmp / out), *more, *engine])
        assert (said.exit_code, "4 rejected, see" in said.output) == (0, True), said.output
    same(tmp / "one", tmp / "two")
    assert "angiosarcoma" in set(read_cohort(tmp / "two")["patients"].histology)
    rejects = pd.read_parquet(tmp / "two" / "rejects.parquet")
    assert rejects.to_csv(index=False) == (tmp / "two" / "rejects.csv").read_text()
    review = pd.read_parquet(tmp / "two" / "review.parquet")
    assert list(review.patient_id) == [r["patient_id"] for r in csv.DictReader((tmp / "one" / "review.csv").open())]
    assert [c.patient for c in exported.read(tmp / "two")] == [c.patient for c in exported.read(tmp / "one")]
    with pytest.raises(OutputError, match="exists already"):
        spark.extract(str(source), str(tmp / "two"), spark=session)


def files_of_lines_in_a_folder(session: Any, tmp: Path) -> None:
    """Each file whole, with its own columns, line breaks within cells and bad rows; the tables take the place of others."""
    folder = tmp / "csv"
    folder.mkdir()
    for name, rows in (("a.csv", chart(2)), ("b.csv", [*chart(3), *chart(2)[:1]])):
        pd.DataFrame(rows).rename(columns={"text": "NOTE"}).to_csv(folder / name, index=False)
    (folder / "b.csv").open("ab").write(b"short,row\nx,P9,2020-01-01,other,caf\xc3\xa9 \xff bad\n")
    options = Options("csv", {"text": "NOTE"})
    run.extract([folder / "a.csv", folder / "b.csv"], tmp / "three", options=options, format="parquet")
    summary = spark.extract(str(folder), str(tmp / "two"), options=options, force=True, spark=session)
    assert (summary.notes, summary.charts, summary.rejects) == (4, 2, 3)
    same(tmp / "three", tmp / "two")
    assert not list(tmp.glob(".two*"))


def no_notes(session: Any, tmp: Path) -> None:
    """Empty tables with their columns."""
    source = tmp / "none.parquet"
    pq.write_table(pa.table({n: pa.array([], pa.string()) for n in ("note_id", "patient_id", "note_date", "text")}), source)
    run.extract(source, tmp / "four", format="parquet")
    spark.extract(str(source), str(tmp / "five"), spark=session)
    same(tmp / "four", tmp / "five")


def a_chart_that_ends_or_holds_its_process(session: Any, tmp: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Costs only itself; the limit is kept also where no alarm is heard."""
    monkeypatch.syspath_prepend(HERE)
    from deadly_shipment import DEADLY, SLOW, DeadlyShipment

    monkeypatch.setattr(spark, "Shipment", DeadlyShipment)
    source = parquet(tmp / "deadly.parquet", [n for number in range(10) for n in chart(number)])
    summary = spark.extract(str(source), str(tmp / "six"), chart_seconds=4, partitions=2, spark=session)
    assert (summary.charts, summary.counts["procedures"]) == (10, 8)
    assert [(r["row"], r["reason"]) for r in csv.DictReader((tmp / "six" / "rejects.csv").open())] == [
        (f"patient {DEADLY}", "the chart ended its worker twice (out of memory?)"),
        (f"patient {SLOW}", "the chart was not finished within 4 seconds (--chart-seconds)"),
    ]


def what_cannot_be_read(session: Any, tmp: Path) -> None:
    """One line that names the fix, and nothing left behind."""
    times = pa.table(
        {**{n: ["a"] for n in ("note_id", "patient_id", "text")}, "note_date": pa.array([datetime(2020, 1, 1)], pa.timestamp("ns"))}
    )
    pq.write_table(times, tmp / "nanos.parquet")
    (tmp / "other.csv").write_text("note_id,patient_id\n1,2\n")
    parquet(tmp / "bad.parquet", [{**chart(1)[0], "note_date": SECRET}])
    for name, strict, told in (
        ("gone.parquet", False, "no such file or folder"),
        ("nanos.parquet", False, "coerce_timestamps"),
        ("other.csv", False, "no column 'note_date'"),
        ("bad.parquet", True, r"bad.parquet: row 1: not a date \(--strict\)"),
    ):
        with pytest.raises(InputError, match=told) as error:
            spark.extract(str(tmp / name), str(tmp / "seven"), strict=strict, spark=session)
        assert SECRET not in str(error.value)
    assert not list(tmp.glob("*seven*"))


def rows_of_a_table_and_odd_types(session: Any, tmp: Path) -> None:
    """A table of Spark's has no row numbers; ids that are numbers, days that are points in time, bytes that are no text."""
    when = datetime(2020, 3, 1, 23, 30)
    rows = [(1, 7, when, bytearray(b"Cryoablation")), (2, 7, when, bytearray(b"\xff\xfe")), (1, 7, when, bytearray(b"Cryoablation"))]
    frame = session.createDataFrame(rows, "note_id long, patient_id long, note_date timestamp_ntz, bytes binary")
    frame.selectExpr("note_id", "patient_id", "note_date", "cast(bytes as string) as text").createOrReplaceTempView("own_notes")
    found = read.notes(session, "own_notes", Options("table")).orderBy("note_id", "nth").collect()
    assert [(r["file"], r["row"], r["reason"], r["nth"]) for r in found] == [
        ("own_notes", "note 2", "undecodable text", 0),
        ("own_notes", "note 1", None, 1),
        ("own_notes", "note 1", None, 2),
    ]
    assert (found[1]["patient_id"], found[1]["note_date"], found[1]["text"]) == ("7", when.date(), "Cryoablation")


SETTINGS = (
    "--conf spark.sql.codegen.wholeStage=false --conf spark.sql.codegen.factoryMode=NO_CODEGEN --conf spark.sql.adaptive.enabled=false "
    "--conf spark.sql.shuffle.partitions=2 --driver-java-options '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC' pyspark-shell"
)
"""Of the environment: what makes small jobs quick."""


def test_spark_gives_the_rows_of_the_single_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", SETTINGS)
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    with spark.session("local[1, 4]") as session:
        assert session.conf.get("spark.sql.shuffle.partitions") == "2"
        charts_with_rejects_and_rules_of_the_users(session, tmp_path)
        files_of_lines_in_a_folder(session, tmp_path)
        no_notes(session, tmp_path)
        what_cannot_be_read(session, tmp_path)
        rows_of_a_table_and_odd_types(session, tmp_path)
        a_chart_that_ends_or_holds_its_process(session, tmp_path, monkeypatch)


# ---- without a session ----------------------------------------------------------------------------------------------------


def test_what_is_missing_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked() -> str:
        said = CliRunner().invoke(app, ["extract", "gone.parquet", "--out", str(tmp_path / "out"), "--engine", "spark"])
        assert said.exit_code == 2
        assert said.output.count("\n") == 1
        return said.output

    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert f"apt-get install openjdk-17-jre-headless, or set JAVA_HOME; JAVA_HOME={tmp_path} holds none" in asked()
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "needs Java 17, which is not installed" in asked()
    monkeypatch.setitem(spark.session.__wrapped__.__globals__, "find_spec", lambda name: None)  # type: ignore[attr-defined]
    assert "pip install 'extractor[spark]'" in asked()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--engine", "spork"], "unknown engine 'spork'; known are local, spark"),
        (["--engine", "spark", "--format", "csv"], "writes parquet, not csv"),
        (["--engine", "spark", "--workers", "2"], "--workers is for --engine local"),
        (["--engine", "spark", "--incremental"], "--incremental is for --engine local"),
        (["--spark-master", "yarn"], "--spark-master is for --engine spark"),
    ],
)
def test_options_of_the_other_engine_are_refused(tmp_path: Path, more: list[str], told: str) -> None:
    said = CliRunner().invoke(app, ["extract", "notes.jsonl", "--out", str(tmp_path / "out"), *more])
    assert (said.exit_code, told in said.output) == (2, True), said.output


@pytest.mark.parametrize(
    ("source", "options", "told"),
    [
        ("-", Options(), "does not read standard input"),
        ("export.hl7", Options(), "not hl7; extract hl7 on one machine"),
        ("notes", Options(manifest=Path("m.csv")), "no --manifest"),
    ],
)
def test_sources_that_spark_does_not_read_are_told(source: str, options: Options, told: str) -> None:
    with pytest.raises(InputError, match=told):
        read.notes(None, source, options)  # type: ignore[arg-type]  refused before there is need of a session


def test_other_code_or_rules_on_an_executor_are_refused() -> None:
    files = rules.contents()
    good = Shipment.of(files, rules.parse(files).digest, Judge(), 0, False)
    assert isinstance(good.reader(), ChartReader)
    with pytest.raises(SparkError, match="another state of the extractor's code"):
        replace(good, code="0").reader()
    with pytest.raises(SparkError, match="did not reach an executor as they were sent"):
        replace(good, files={**files, "sites.toml": files["sites.toml"] + b"\n"}).reader()


@pytest.mark.parametrize(
    ("said", "kind", "told"),
    [
        ("... extractor.errors.SparkError: the rule files did not reach\n at ...", SparkError, "^the rule files did not reach$"),
        ("[PYTHON_VERSION_MISMATCH] Python in worker has different version 3.9 than that in driver 3.11", SparkError, "another Python"),
        ("java.io.IOException: No space left on device", SparkError, "^OUT: cannot be written: no space left$"),
        ("org.apache.hadoop.fs.UnsupportedFileSystemException: No FileSystem for scheme", InputError, "^IN: Spark has no file system"),
        (f"something with {SECRET}", SparkError, "^Spark ended the job .PySparkException.; its own log tells why"),
    ],
)
def test_what_spark_raises_becomes_one_line_without_text_of_notes(said: str, kind: type[Exception], told: str) -> None:
    from pyspark.errors import PySparkException

    with pytest.raises(kind, match=told) as error, plainly("IN", "OUT"):
        raise PySparkException(said)
    assert SECRET not in str(error.value)
    assert "\n" not in str(error.value)
