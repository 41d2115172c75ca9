"""What a worker does: charts of a chunk to rows as text, in one file that is complete or not there.

The reader is built once a worker, and forgets the strings that spaCy keeps of every token it saw when these are many, so that memory stays flat.
"""

from __future__ import annotations

import atexit
import csv
import gc
import io
import json
import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import IO, Any

from extractor.charted import Record, note_record
from extractor.confidence import Claim, Judge, Rated
from extractor.confidence.accept import Review, review
from extractor.model import Note
from extractor.normalizer import abstract
from extractor.notes import Reject
from extractor.pipeline import build
from extractor.rules import Rules
from extractor.run.grouped import Listed, listed, read
from extractor.schema import TABLES
from extractor.tables import rows, show

NAMES = tuple(t.name for t in TABLES)
INDEX = "charts"
"""A table beside those of the schema: each chart's key and how many rows of each table are its own."""
GATHERED, PARTS, REUSED = "gathered", "parts", "reused.jsonl"
MOST_STRINGS = 100_000
"""Strings that spaCy may gather."""
COMMON = (
    "PROCEDURE: CT-guided cryoablation of left psoas nodule\nDATE: 06/01/2020\nANESTHESIA: General.\n\nThe nodule measured 2.1 cm. Three cryoprobes "
    "were placed. The ice ball extended at least 5 mm past it.\n\nCOMPLICATIONS: No pneumothorax. Small hematoma, observed.\n\n"
    "IMPRESSION: No recurrence at the right lung ablation zone on CT of 5/1/2020."
)
TOO_LONG = "was not finished within {:g} seconds (--chart-seconds)"
LOST = "ended its worker twice (out of memory?)"


@dataclass(frozen=True, slots=True)
class Setup:
    """What every worker needs to know. ``key`` is the hash of all that decides what a chart's rows say beside its notes."""

    folder: Path
    rules: Rules
    judge: Judge
    key: str
    chart_seconds: float = 0
    debug: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """A chunk: its lines in the index, those of its charts in the earlier run, how often a chart (by place in the chunk) ended a worker."""

    key: str
    start: int
    end: int
    charts: int
    size: int
    reused: tuple[int, int] = (0, 0)
    ended: Mapping[int, int] = field(default_factory=dict)
    late: frozenset[int] = frozenset()
    """Charts whose worker was ended because they took too long."""


@dataclass(frozen=True, slots=True)
class Done:
    """A chart as rows: CSV text and number of rows by table; or why it has none."""

    text: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    reject: Reject | None = None
    review: Review | None = None


class ChartReader:
    """A chart's notes to its rows, or to the reason why it has none: what every engine calls, so that all give the same rows."""

    def __init__(self, rules: Rules, judge: Judge, chart_seconds: float = 0, debug: bool = False) -> None:
        """Build the reader."""
        self._reader, self._judge, self._seconds, self._debug = build(rules), judge, chart_seconds, debug

    def warm(self) -> None:
        """Meet the words of most charts."""
        abstract([Note("", "", date(2020, 6, 1), COMMON, "procedure")], self._reader)

    def __call__(self, notes: list[Note]) -> Read | Reject:
        """Never raises for what is in the notes; ``notes`` are one patient's, at least one."""
        try:
            with limited(self._seconds):
                if self._reader.strings > MOST_STRINGS:
                    self._reader.forget()
                return rows(abstract(notes, self._reader), self._judge)
        except TooLong:
            return rejected(notes, TOO_LONG.format(self._seconds))
        except Exception as error:  # one chart must not cost the others
            if self._debug:
                traceback.print_exc()
            return rejected(notes, f"could not be read ({type(error).__name__}); --debug shows where")


def rejected(notes: Sequence[Note], reason: str) -> Reject:
    """A chart without rows."""
    return Reject(notes[0].source.rsplit(":", 1)[0], f"patient {notes[0].patient_id}", f"the chart {reason}")


Read = tuple[dict[str, list[Record]], list[Rated]]
"""A chart's rows by table, and its claims as they were rated."""
Tell = Callable[[int], None]
"""Called with the place of the chart that is begun."""


YOUNG, MIDDLE, OLD = 50_000, 20, 50
"""Objects and rounds between collections of garbage: a chart's records hold no cycles, and looking for them takes a tenth of the time."""


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Look for cycles seldom while charts are read, and not among what is there before; as it was afterwards."""
    before = gc.get_threshold()
    atexit.unregister(gc.freeze)
    atexit.register(gc.freeze)  # a process that ends need not look for cycles in what it leaves
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


class Worker:
    """Reads chunks one after another."""

    def __init__(self, setup: Setup) -> None:
        """Build the reader."""
        self._setup = setup
        self._gathered = setup.folder / GATHERED
        self._read = ChartReader(setup.rules, setup.judge, setup.chart_seconds, setup.debug)

    def warm(self) -> Worker:
        """Having met the words of most charts, so that what is made at first need (patterns, tables) takes none of the first chart's time."""
        self._read.warm()
        return self

    def __call__(self, task: Task, tell: Tell = lambda _: None) -> None:
        """Write the part of a chunk. Charts that ended a worker before come first, so that they are alone in this one."""
        charts = list(enumerate(listed(self._gathered, task.start, task.end)))
        known = _reused(self._setup.folder, task)
        done: dict[int, Done] = {}
        for number, chart in sorted(charts, key=lambda c: (c[0] not in task.ended, c[0])):
            tell(number)
            done[number] = self._chart(chart, known.get(chart.patient), task, number)
        write_part(self._setup.folder / PARTS / task.key, [done[n] for n, _ in charts])

    def _chart(self, chart: Listed, known: Mapping[str, Any] | None, task: Task, number: int) -> Done:
        notes = read(self._gathered, chart.places)
        if number in task.late:
            return _rejected(notes, TOO_LONG.format(self._setup.chart_seconds))
        if task.ended.get(number, 0) > 1:
            return _rejected(notes, LOST)
        key = chart_key(self._setup.key, chart)
        if known and known["key"] == key:
            return _kept(chart.patient, key, known, notes)
        found = self._read(notes)
        if isinstance(found, Reject):
            return Done(reject=found)
        records, rated = found
        text = {name: rendered(own) for name, own in records.items()}
        counts = {name: len(own) for name, own in records.items()}
        return _done(chart.patient, key, text, counts, review(chart.patient, rated))


def chart_key(setup: str, chart: Listed) -> str:
    """Equal keys, equal rows."""
    return f"{setup[:16]}{chart.words}"


def _done(patient: str, key: str, text: Mapping[str, str], counts: Mapping[str, int], rated: Review) -> Done:
    entry = rendered([[patient, key, *(counts[name] for name in NAMES)]])
    return Done({**text, INDEX: entry}, {**counts, INDEX: 1}, None, rated)


def _rejected(notes: Sequence[Note], reason: str) -> Done:
    return Done(reject=rejected(notes, reason))


AS_IT_IS = frozenset((str, int, type(None)))
"""Cells that CSV shows as ``show`` does."""


def rendered(records: Sequence[Sequence[Any]]) -> str:
    """Rows as CSV."""
    if not records:
        return ""
    out = io.StringIO()
    flags = {True: "true", False: "false"}  # most cells are words or flags: they are told here, without asking ``show``
    shown = [[v if v.__class__ in AS_IT_IS else flags[v] if v.__class__ is bool else show(v) for v in r] for r in records]
    csv.writer(out, lineterminator="\n").writerows(shown)
    return out.getvalue()


# ---- rows of an earlier run -----------------------------------------------------------------------------------------------


def _reused(folder: Path, task: Task) -> dict[str, Any]:
    start, end = task.reused
    if start == end:
        return {}
    with (folder / REUSED).open("rb") as file:
        file.seek(start)
        found = [json.loads(line) for line in file.read(end - start).splitlines()]
    return {str(f["patient"]): f for f in found}


def _kept(patient: str, key: str, known: Mapping[str, Any], notes: Sequence[Note]) -> Done:
    """The rows that an earlier run made of the same notes; where a note stands in its file may have changed."""
    text = {**known["text"], "notes": rendered([note_record(n) for n in notes])}
    rated = [_rated(r) for r in csv.reader(io.StringIO(known["text"]["claims"]))]
    return _done(patient, key, text, known["counts"], review(patient, rated))


def _rated(row: Sequence[str]) -> Rated:
    _, table, row_id, column, kind, confidence, accepted = row
    return Rated(Claim(table, row_id, column, kind), float(confidence), {"true": True, "false": False}.get(accepted))


# ---- parts ----------------------------------------------------------------------------------------------------------------


def write_part(path: Path, done: Sequence[Done]) -> None:
    """One line on what is in it, then the rows table by table. Takes its name only when it is complete."""
    bodies = {name: "".join(d.text.get(name, "") for d in done).encode() for name in (*NAMES, INDEX)}
    head = {
        "sizes": {name: len(body) for name, body in bodies.items()},
        "counts": {name: sum(d.counts.get(name, 0) for d in done) for name in bodies},
        "rejects": [[d.reject.file, d.reject.row, d.reject.reason] for d in done if d.reject],
        "reviews": [_plain(d.review) for d in done if d.review],
    }
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    with partial.open("wb") as file:
        file.write(json.dumps(head).encode() + b"\n")
        file.writelines(bodies.values())
    os.replace(partial, path)


def _plain(r: Review) -> list[Any]:
    return [r.patient, r.value, r.expected_errors, r.for_review, r.accepted, list(r.most_doubtful)]


def part_head(file: IO[bytes]) -> dict[str, Any]:
    """What a part holds; leaves the file where its rows begin."""
    head: dict[str, Any] = json.loads(file.readline())
    return head


def is_whole(path: Path) -> bool:
    """True if a part is there and was not cut off."""
    with suppress(OSError, ValueError, KeyError), path.open("rb") as file:
        sizes = part_head(file)["sizes"]
        return bool(path.stat().st_size == file.tell() + sum(sizes.values()))
    return False


# ---- time -----------------------------------------------------------------------------------------------------------------


class TooLong(Exception):
    """A chart took longer than it may."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise TooLong in the body after so many seconds; no limit for 0, and outside of a process's main thread."""
    if not seconds or not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, _too_long)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)  # again each second: an exception raised while an object is cleared away is lost
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _too_long(*_: object) -> None:
    raise TooLong
