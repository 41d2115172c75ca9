"""Many charts: read, abstract, write. Memory stays flat, a chart that fails costs only itself, and a run that was killed goes on where it was.

notes -> by patient on disk (``grouped``) -> chunks -> workers (``pool``, ``work``) -> a part a chunk -> tables (``merged``)
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extractor import rules as rule_files
from extractor.compiled import CODES
from extractor.confidence.accept import Acceptance, prepare
from extractor.errors import OutputError
from extractor.notes import Options
from extractor.run import pool
from extractor.run.grouped import Gathered, Listed, Source, gather, listed
from extractor.run.merged import Totals, assemble
from extractor.run.partial import TABLES, replacing
from extractor.run.reuse import earlier, span
from extractor.run.work import GATHERED, PARTS, Setup, Task, Worker, is_whole, seldom_collected
from extractor.tables import FORMATS, convert, write_run
from extractor.version import VERSION, code

Progress = Callable[[int, int], None]
"""Called with (charts done, charts in all)."""
CHUNK = 200_000
"""Bytes of notes of a chunk: some seconds of work, which is what a killed run loses."""
FEW = 400_000
"""Bytes of notes for which no worker process is started: it would be ready when the work is done."""
CHART_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run did. ``out`` is text where it is an address of Spark's."""

    out: Path | str
    notes: int
    charts: int
    rejects: int
    counts: Mapping[str, int]
    accepted: str = ""
    """With ``accept``: what is promised, or why nothing is."""
    kept: int = 0
    """Charts whose rows an earlier run had made."""


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def extract(
    source: Source,
    out: Path,
    *,
    options: Options | None = None,
    rule_dirs: Iterable[Path] = (),
    format: str = "csv",
    force: bool = False,
    strict: bool = False,
    debug: bool = False,
    progress: Progress | None = None,
    accept: float | None = None,
    calibration: Path | None = None,
    workers: int = 1,
    chart_seconds: float = CHART_SECONDS,
    incremental: bool = False,
) -> Summary:
    """Abstract every chart of ``source`` and write the cohort tables to ``out``, the same bytes whatever ``workers``.

    ``accept`` is the share of accepted claims that shall be right, by ``calibration`` (default: the shipped file). A chart that takes longer than
    ``chart_seconds`` (0: no limit) is rejected. With ``incremental`` an ``out`` of an earlier run is replaced, and charts whose notes, rules and code are the same keep their rows.
    A script that asks for more than one worker needs the usual ``if __name__ == "__main__"``.
    Raises InputError, RuleError or OutputError; with ``strict`` also for the first reject.
    """
    if format not in FORMATS:
        raise OutputError(f"unknown format {format!r}; known are {', '.join(FORMATS)}")
    rules = rule_files.load(*rule_dirs)
    acceptance = prepare(rules.digest, accept, calibration)
    with replacing(out, force or incremental) as folder:
        found = gather(source, options, folder / GATHERED, strict)
        setup = Setup(folder, rules, acceptance.judge, _key(rules.digest, acceptance), chart_seconds, debug)
        places = earlier(out, folder, setup.key) if incremental else {}
        tasks = list(_tasks(setup, places))
        _work(setup, tasks, found, workers, progress)
        totals = assemble(folder, folder / TABLES, tasks, accept is not None)
        convert(folder / TABLES, format)
        write_run(folder / TABLES, facts(rules.digest, acceptance, format, found, totals))
    told = acceptance.line(totals.accepted, totals.accepted + totals.for_review) if accept is not None else ""
    return Summary(out, found.notes, found.charts, totals.rejects, totals.counts, told, len(places))


def _key(rules: str, acceptance: Acceptance) -> str:
    """Hash of all that decides what a chart's rows say beside its notes."""
    judge = acceptance.judge
    weights = json.dumps([judge.model.intercept, judge.model.base, sorted(judge.model.weights.items())])
    facts = [rules, code((".",)), weights, judge.threshold, sorted(judge.fields)]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def facts(rules: str, acceptance: Acceptance, format: str, found: Gathered, totals: Totals) -> dict[str, Any]:
    """What ``run.json`` tells of a run."""
    return {
        "extractor": VERSION,
        "rules": rules,
        "code": code(),
        "format": format,
        "notes": found.notes,
        "charts": found.charts,
        "rejects": totals.rejects,
        "rows": totals.counts,
        **acceptance.facts(rules),
    }


# ---- chunks ---------------------------------------------------------------------------------------------------------------


def _tasks(setup: Setup, places: dict[int, tuple[int, int]]) -> Iterator[Task]:
    """The charts in chunks, in order of patient; where a chunk ends depends on the notes alone."""
    chunk: list[Listed] = []
    for chart in listed(setup.folder / GATHERED):
        if chunk and sum(c.size for c in chunk) + chart.size > CHUNK:
            yield _task(setup, chunk, places)
            chunk = []
        chunk.append(chart)
    if chunk:
        yield _task(setup, chunk, places)


def _task(setup: Setup, chunk: list[Listed], places: dict[int, tuple[int, int]]) -> Task:
    facts = [setup.key, setup.chart_seconds, *((c.patient, c.whole) for c in chunk)]
    key = hashlib.sha256(json.dumps(facts).encode()).hexdigest()
    return Task(key, chunk[0].start, chunk[-1].end, len(chunk), sum(c.size for c in chunk), span(places, (c.start for c in chunk)))


def _work(setup: Setup, tasks: list[Task], found: Gathered, workers: int, progress: Progress | None) -> None:
    """Do what was not done by a run before this one; the largest charts first, so that none is begun when the others are done."""
    done = 0

    def finished(task: Task) -> None:
        nonlocal done
        done += task.charts
        if progress:
            progress(done, found.charts)

    left = []
    for task in tasks:
        if is_whole(setup.folder / PARTS / task.key):
            finished(task)
        else:
            left.append(task)
    left.sort(key=lambda t: -max(t.size, CHUNK))
    if workers > 1 and len(left) > 1 and sum(t.size for t in left) > FEW:
        pool.run(setup, left, workers, finished)
    elif left:
        worker = Worker(setup)
        with seldom_collected():
            for task in left:
                worker(task)
                finished(task)
        CODES.keep()
