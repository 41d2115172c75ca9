"""``--incremental``: charts of an earlier run whose notes, rules and code are what they were keep their rows.

Both runs hold charts in order of patient, so that one pass over the earlier tables finds them; ``charts.csv`` tells how many rows of each table are a chart's.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

from extractor.run.grouped import listed
from extractor.run.work import GATHERED, INDEX, NAMES, REUSED, chart_key, rendered
from extractor.tables import stored


def earlier(out: Path, folder: Path, setup: str) -> dict[int, tuple[int, int]]:
    """Write the rows of charts that need not be read again; returns the bytes of each one's line, by the byte where the chart begins in the index."""
    places: dict[int, tuple[int, int]] = {}
    index = out / f"{INDEX}.csv"
    if not index.is_file():
        return places
    with ExitStack() as stack, (folder / REUSED).open("wb") as kept:
        tables = {name: stored(out, name, stack)[1] for name in NAMES}
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


def span(places: dict[int, tuple[int, int]], starts: Iterable[int]) -> tuple[int, int]:
    """The bytes of all kept lines of a chunk; (0, 0) where it has none."""
    found = [places[s] for s in starts if s in places]
    return (found[0][0], found[-1][1]) if found else (0, 0)
