"""``extract --engine``: which engine reads the charts, and what it is asked that it cannot do."""

from __future__ import annotations

from extractor.errors import InputError

ENGINES = ("local", "spark")


def is_spark(
    engine: str, *, format: str | None, workers: int | None, incremental: bool, master: str | None, partitions: int | None
) -> bool:
    """True for Spark. Raises InputError for an engine that is none, and for options of the other one."""
    if engine not in ENGINES:
        raise InputError(f"unknown engine {engine!r}; known are {', '.join(ENGINES)}")
    if engine == "local":
        _refuse({"--spark-master": master, "--spark-partitions": partitions}, "is for --engine spark; add that, or leave it out")
        return False
    if format not in (None, "parquet"):
        raise InputError(f"--engine spark writes parquet, not {format}; leave --format out")
    _refuse(
        {"--workers": workers, "--incremental": incremental},
        "is for --engine local; leave it out, Spark spreads the work itself and reads every chart",
    )
    return True


def _refuse(options: dict[str, object], why: str) -> None:
    for name, given in options.items():
        if given:
            raise InputError(f"{name} {why}")
