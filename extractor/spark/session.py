"""The Spark that does the work: the one that runs already, or one made by the environment's own settings; what Spark raises, told in one line."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from extractor.errors import ExtractorError, InputError, SparkError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

HERE = "127.0.0.1"
LOCAL = "local[*, 4]"
"""Where nothing is set: every core of this machine, a task up to four times as on a cluster."""
TASKS_A_CORE = 4
"""Partitions that a session of this machine gets for each core, where nothing else is set."""


@contextmanager
def session(master: str | None = None, given: SparkSession | None = None) -> Iterator[SparkSession]:
    """``given``, the active session, or one made by the environment's settings (and ``master``), which ends with the block.

    A session made on this machine alone (``local``, which is also what happens where nothing is set) listens on the loopback address only and shows no page.
    Raises SparkError if PySpark or Java is missing, or if another master is at work.
    """
    needed()
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    own = given is None and SparkContext._active_spark_context is None and SparkSession.getActiveSession() is None
    spark = given or (_made(master) if own else SparkSession.builder.getOrCreate())
    try:
        _usable(spark, master)
        yield spark
    finally:
        if own:
            spark.stop()


def needed() -> None:
    """Raise SparkError if PySpark or Java is missing, with what to install."""
    if find_spec("pyspark") is None:
        raise SparkError("--engine spark needs PySpark, which is not installed: pip install 'extractor[spark]'")
    home = os.environ.get("JAVA_HOME")
    java = Path(home, "bin", "java").exists() if home else shutil.which("java")
    if not java and "PYSPARK_GATEWAY_PORT" not in os.environ and "SPARK_REMOTE" not in os.environ:
        where = f"; JAVA_HOME={home} holds none" if home else ""
        raise SparkError(
            f"--engine spark needs Java 17, which is not installed: apt-get install openjdk-17-jre-headless, or set JAVA_HOME{where}"
        )


def _usable(spark: SparkSession, master: str | None) -> None:
    if "connect" in type(spark).__module__.split("."):
        raise SparkError("a Spark Connect session cannot ship rules with the job; run in the cluster's own session (spark-submit)")
    at_work = spark.sparkContext.master
    if master and at_work != master:
        raise SparkError(f"a Spark session of master {at_work} is at work; leave --spark-master {master} out")


def _made(master: str | None) -> SparkSession:
    from pyspark import SparkConf, SparkContext
    from pyspark.sql import SparkSession

    with _environment(master):
        try:
            SparkContext._ensure_initialized()  # starts Java, which reads spark-defaults.conf and what spark-submit was told
        except Exception as error:
            raise SparkError(
                f"Java does not start ({type(error).__name__}); Spark needs Java 17: check JAVA_HOME and java -version"
            ) from None
        conf = SparkConf().setIfMissing("spark.app.name", "extractor")
        chosen = master or str(conf.get("spark.master", LOCAL))
        conf.setMaster(chosen)
        if chosen.startswith("local"):
            _on_this_machine(conf)
        made = SparkSession.builder.config(conf=conf).getOrCreate()
    if chosen.startswith("local"):
        made.sparkContext.setLogLevel("ERROR")
    return made


def _on_this_machine(conf: object) -> None:
    """Nothing is reached from outside, and the executors run this Python and this code."""
    root = str(Path(__file__).parents[2])
    for key, value in (
        ("spark.ui.enabled", "false"),
        ("spark.ui.showConsoleProgress", str(sys.stderr.isatty()).lower()),
        ("spark.driver.host", HERE),
        ("spark.driver.bindAddress", HERE),
        ("spark.sql.shuffle.partitions", str(TASKS_A_CORE * (os.cpu_count() or 1))),
        ("spark.executorEnv.PYTHONPATH", os.pathsep.join(p for p in (root, os.environ.get("PYTHONPATH", "")) if p)),
    ):
        conf.setIfMissing(key, value)  # type: ignore[attr-defined]


@contextmanager
def _environment(master: str | None) -> Iterator[None]:
    """While a local session is made: its Python is this one, and the machine's name need not be known to anybody."""
    if not (master or "local").startswith("local") or "PYSPARK_GATEWAY_PORT" in os.environ or "SPARK_CONF_DIR" in os.environ:
        yield
        return
    missing = {k: v for k, v in (("PYSPARK_PYTHON", sys.executable), ("SPARK_LOCAL_IP", HERE)) if k not in os.environ}
    os.environ.update(missing)
    try:
        yield
    finally:
        for name in missing:
            del os.environ[name]


# ---- what Spark raises ----------------------------------------------------------------------------------------------------

INPUT = (
    (r"PATH_NOT_FOUND|Path does not exist|Input path does not exist", "no such file or folder where Spark looks; give its address in full, such as hdfs:///notes.parquet or file:///notes.parquet"),
    (r"TABLE_OR_VIEW_NOT_FOUND", "Spark knows no such table"),
    (r"TIMESTAMP\(NANOS", "holds times in nanoseconds, which Spark does not read; write it with coerce_timestamps='us', or the date as text"),
    (r"UNABLE_TO_INFER_SCHEMA|Unable to infer schema", "holds no Parquet files; for other files give --input-format jsonl, csv or tsv"),
    (r"is not a Parquet file|CANNOT_READ_FILE_FOOTER|Could not read footer", "not a readable Parquet file"),
    (r"No FileSystem for scheme|UnsupportedFileSystemException", "Spark has no file system for this address; its library must be among the cluster's jars"),
)  # fmt: skip
"""Signs in what Spark says of the notes' place, and what they mean."""
OUTPUT = (
    (r"No space left on device|DSQuotaExceeded|NSQuotaExceeded", "cannot be written: no space left"),
    (r"AccessControlException|AccessDenied|Permission denied|Mkdirs failed", "cannot be written: permission denied"),
)
ENGINE = (
    (r"PYTHON_VERSION_MISMATCH|different version.{0,40}than that in driver", "the executors run another Python than the driver; set PYSPARK_PYTHON to the same one on both"),
    (r"Python worker exited unexpectedly|ExecutorLostFailure", "an executor or its Python ended at work (out of memory?); give executors more memory or fewer cores (docs/spark.md)"),
)  # fmt: skip
OURS = re.compile(r"SparkError: ([^\n]+)")


@contextmanager
def plainly(source: str, out: str, debug: bool = False) -> Iterator[None]:
    """What Spark raises becomes one line of ours that holds no text of notes; with ``debug`` it stays as it is."""
    try:
        yield
    except ExtractorError:
        raise
    except Exception as error:
        if debug or not _of_spark(error):
            raise
        raise _told(str(error), type(error).__name__, source, out) from None


def _of_spark(error: Exception) -> bool:
    return type(error).__module__.split(".")[0] in ("pyspark", "py4j")


def _told(said: str, kind: str, source: str, out: str) -> ExtractorError:
    if ours := OURS.search(said):
        return SparkError(ours[1])
    for signs, name in ((INPUT, source), (OUTPUT, out)):
        for sign, meaning in signs:
            if re.search(sign, said):
                return (InputError if name == source else SparkError)(f"{name}: {meaning}")
    for sign, meaning in ENGINE:
        if re.search(sign, said):
            return SparkError(meaning)
    return SparkError(f"Spark ended the job ({kind}); its own log tells why, --debug shows what it said")
