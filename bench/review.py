"""Is the review quick with ten thousand charts? Times the index, a page of the list, a chart and a decision on generated tables.

    python bench/review.py COHORT [CHARTS]

The first chart of COHORT (a folder in CSV that extract wrote) is written anew under CHARTS other names into a folder that is removed afterwards.
"""

from __future__ import annotations

import csv
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from extractor.review import view
from extractor.review.desk import desk
from extractor.review.store import Store
from extractor.schema import BY_NAME, COHORT, TABLES


def write(cohort: Path, target: Path, charts: int) -> None:
    """The tables of many charts, all like the first of ``cohort``."""
    store = Store(cohort)
    patient = store.patients[0]
    rows = {(t, r[BY_NAME[t].key]) for t in COHORT for r in store.chart(patient).rows[t]}
    for table in TABLES:
        with (cohort / f"{table.name}.csv").open(newline="", encoding="utf-8") as file:
            header, *records = csv.reader(file)
        at = header.index("patient_id") if table.name != "evidence" else None
        own = [r for r in records if (r[at] == patient if at is not None else (r[0], r[1]) in rows)]
        with (target / f"{table.name}.csv").open("w", newline="", encoding="utf-8") as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(header)
            for number in range(charts):
                writer.writerows([c.replace(patient, f"P{number:05d}") for c in r] for r in own)
    (target / "run.json").write_text("{}\n", encoding="utf-8")


def timed(what: str, work: Callable[[], object]) -> None:
    """Print how long something takes."""
    start = time.perf_counter()
    work()
    print(f"{what:34} {time.perf_counter() - start:8.3f} s", flush=True)


def main(cohort: Path, charts: int) -> None:
    """Write, open, look, decide."""
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / "cohort"
        target.mkdir()
        write(cohort, target, charts)
        size = sum(p.stat().st_size for p in target.iterdir()) / 1e6
        print(f"{charts} charts, {size:.0f} MB")
        opened = []
        timed("open the folder", lambda: opened.append(desk(target, "bench")))
        (own,) = opened
        timed("first page of the list", own.listing)
        timed("page 150 of the list", lambda: own.listing(offset=50 * 149))
        timed("find a chart", lambda: own.listing(text=f"{charts - 1}"))
        last = f"P{charts - 1:05d}"
        timed("a chart", lambda: view.chart(own.state(last)))
        timed("a decision", lambda: own.decide(last, {"kind": "accept", "table": "patients", "row": last}))
        timed("finish a chart", lambda: own.decide(last, {"kind": "complete"}))
        timed("the list after it", own.listing)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 10_000)
