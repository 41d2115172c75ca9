"""Worker processes, each with a reader of its own. They are told which chunk to do and tell which chart they are at: rows go to files.

A worker that dies, or is ended because its chart does not heed the alarm, costs one chart: it is tried once more alone in a new worker, then rejected.
"""

from __future__ import annotations

import multiprocessing as mp
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from typing import Any

from extractor.compiled import CODES
from extractor.errors import OutputError
from extractor.run.work import Setup, Task, Worker, seldom_collected

GRACE = 15.0
"""Seconds beyond a chart's limit after which its worker is ended from outside: a library that computes in C hears no alarm."""
MOST_FAILED_STARTS = 3
Finished = Callable[[Task], None]


@dataclass(slots=True)
class Hand:
    """A worker process and what it is at."""

    process: Any
    pipe: Connection
    task: Task | None = None
    chart: int | None = None
    since: float = 0.0
    gone: bool = False


def serve(pipe: Connection, setup: Setup) -> None:
    """Main function of a worker: does chunks until there are no more, or nobody is left to do them for."""
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    worker = Worker(setup).warm()
    with seldom_collected():
        while (task := pipe.recv()) is not None:
            try:
                worker(task, pipe.send)
                pipe.send("done")
            except OSError as error:
                pipe.send(error)
    CODES.keep()


def _leave_with_parent() -> None:
    parent = mp.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def run(setup: Setup, tasks: Iterable[Task], workers: int, finished: Finished) -> None:
    """Do every task; ``finished`` is called after each. Raises OSError if a worker cannot write, OutputError if workers cannot start."""
    context = mp.get_context("forkserver" if "forkserver" in mp.get_all_start_methods() else "spawn")
    if context.get_start_method() == "forkserver":
        context.set_forkserver_preload(["extractor.run.work", "spacy"])
    waiting = deque(tasks)
    hands = [_hire(context, setup) for _ in range(min(workers, len(waiting)))]
    failed = 0
    try:
        for hand in hands:
            _give(hand, waiting)
        while any(h.task for h in hands):
            for at, hand in enumerate(hands):
                _end_if_late(hand, setup.chart_seconds)
                if hand.task and hand.gone:
                    failed += hand.chart is None
                    if failed > MOST_FAILED_STARTS:
                        raise OutputError("worker processes end before they read a chart; try --workers 1")
                    waiting.appendleft(_blamed(hand))
                    hands[at] = _hire(context, setup)
                    _give(hands[at], waiting)
            for pipe in wait([x for h in hands if h.task for x in (h.pipe, h.process.sentinel)], timeout=1.0):
                hand = next(h for h in hands if pipe in (h.pipe, h.process.sentinel))
                _hear(hand, waiting, finished)
    finally:
        _dismiss(hands)


def _hire(context: Any, setup: Setup) -> Hand:
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, setup), daemon=True)
    try:
        process.start()
    except OSError as error:
        raise OutputError(f"worker processes cannot be started ({type(error).__name__}); try --workers 1") from None
    theirs.close()
    return Hand(process, ours)


def _give(hand: Hand, waiting: deque[Task]) -> None:
    hand.task, hand.chart, hand.since = (waiting.popleft() if waiting else None), None, time.monotonic()
    with suppress(OSError):  # where it died meanwhile, the loop will see
        hand.pipe.send(hand.task)


def _hear(hand: Hand, waiting: deque[Task], finished: Finished) -> None:
    """Take one message of a worker, where it has one."""
    try:
        if not hand.pipe.poll():
            hand.gone = not hand.process.is_alive()
            return
        said = hand.pipe.recv()
    except (EOFError, OSError):
        hand.gone = True
        return
    if isinstance(said, OSError):
        raise said
    if isinstance(said, int):
        hand.chart, hand.since = said, time.monotonic()
    elif said == "done" and hand.task:
        finished(hand.task)
        _give(hand, waiting)


def _end_if_late(hand: Hand, seconds: float) -> None:
    if hand.task and hand.chart is not None and seconds and time.monotonic() - hand.since > seconds + GRACE:
        hand.process.kill()
        hand.process.join()
        hand.task = replace(hand.task, late=hand.task.late | {hand.chart})


def _blamed(hand: Hand) -> Task:
    """The task of a worker that is gone, with what is known of the chart it was at."""
    assert hand.task is not None
    hand.process.join()
    hand.pipe.close()
    if hand.chart is None:
        return hand.task
    return replace(hand.task, ended={**hand.task.ended, hand.chart: hand.task.ended.get(hand.chart, 0) + 1})


def _dismiss(hands: Iterable[Hand]) -> None:
    for hand in hands:
        if hand.task:
            hand.process.kill()
        hand.pipe.close()
    for hand in hands:
        hand.process.join(5)
        if hand.process.is_alive():
            hand.process.kill()
