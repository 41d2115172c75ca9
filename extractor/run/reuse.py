"""``--incremental``: charts of an earlier run whose notes, rules and code are what they were keep their rows.

Both runs hold charts in order of patient, so that one pass over the earlier tables finds them; ``charts.csv`` tells how many rows of each table are a chart's.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

from extractor.run.grouped import listed
from extractor.run.work import GATHERED, INDEX, NAMES, REUSED, chart_key, rendered

LONGEST_FIELD = 2**31 - 1


def earlier(out: Path, folder: Path, setup: str) -> dict[int, tuple[int, int]]:
    """Write the rows of charts that need not be read again; returns the bytes of each one's line, by the byte where the chart begins in the index."""
    places: dict[int, tuple[int, int]] = {}
    index = out / f"{INDEX}.csv"
    if not index.is_file():
        return places
    with ExitStack() as stack, (folder / REUSED).open("wb") as kept:
        tables = {name: _rows(out, name, stack) for name in NAMES}
        now = listed(folder / GATHERED)
        chart = next(now, None)
        for entry in csv.DictReader(stack.enter_context(index.open(newline="", encoding="utf-8"))):
            own = {name: list(islice(tables[name], int(entry[name]))) for name in NAMES}
            while chart and chart.patient < entry["patient_id"]:
                chart = next(now, None)
            if chart and chart.patient == entry["patient_id"] and entry["key"] == chart_key(setup, chart):
                line = _line(entry, own)
                places[chart.start] = (kept.tell(), kept.tell() + len(line))
                kept.write(line)
    return places


def _line(entry: dict[str, str], own: dict[str, list[list[Any]]]) -> bytes:
    text = {name: rendered(rows) for name, rows in own.items() if name != "notes"}
    counts = {name: int(entry[name]) for name in NAMES}
    return (json.dumps({"patient": entry["patient_id"], "key": entry["key"], "text": text, "counts": counts}) + "\n").encode()


def _rows(out: Path, name: str, stack: ExitStack) -> Iterator[list[Any]]:
    """The rows of a table of the earlier run, in its order, whatever its format."""
    csv.field_size_limit(LONGEST_FIELD)
    text, parquet, database = out / f"{name}.csv", out / f"{name}.parquet", out / "cohort.duckdb"
    if text.is_file():
        reader = csv.reader(stack.enter_context(text.open(newline="", encoding="utf-8")))
        next(reader, None)
        return reader
    if parquet.is_file():
        return _of_parquet(parquet)
    return _of_duckdb(database, name, stack) if database.is_file() else iter(())


def _of_parquet(path: Path) -> Iterator[list[Any]]:
    import pyarrow.parquet as pq

    for batch in pq.ParquetFile(path).iter_batches(batch_size=2_000):
        yield from map(list, zip(*(column.to_pylist() for column in batch.columns), strict=True))


def _of_duckdb(path: Path, name: str, stack: ExitStack) -> Iterator[list[Any]]:
    import duckdb

    found = stack.enter_context(duckdb.connect(str(path), read_only=True)).execute(f'SELECT * FROM "{name}" ORDER BY rowid')
    while rows := found.fetchmany(2_000):
        yield from map(list, rows)


def span(places: dict[int, tuple[int, int]], starts: Iterable[int]) -> tuple[int, int]:
    """The bytes of all kept lines of a chunk; (0, 0) where it has none."""
    found = [places[s] for s in starts if s in places]
    return (found[0][0], found[-1][1]) if found else (0, 0)
