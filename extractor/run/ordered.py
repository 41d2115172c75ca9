"""Lines in order, out of core: sorted in runs on disk that are merged. Memory is that of one run, however many lines there are."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

SORTED_AT_ONCE = 5_000
"""Lines of a run."""
MERGED_AT_ONCE = 200
"""Runs that are merged at once: a process may have some hundred files open."""
Key = Callable[[bytes], Any]


def in_order(lines: Iterable[bytes], scratch: Path, key: Key | None = None) -> Iterator[bytes]:
    """The lines (each with its end) by ``key``, or by their bytes; equal ones as they came. Runs are files beside ``scratch`` that are gone at the end."""
    lines = iter(lines)
    runs: list[Path] = []
    while more := sorted(islice(lines, SORTED_AT_ONCE), key=key):
        runs.append(_write(scratch.with_name(f"{scratch.name}.{len(runs)}"), more))
    level = 0
    while len(runs) > MERGED_AT_ONCE:
        level += 1
        groups = [runs[at : at + MERGED_AT_ONCE] for at in range(0, len(runs), MERGED_AT_ONCE)]
        runs = [_write(scratch.with_name(f"{scratch.name}.{level}-{n}"), _merged(own, key)) for n, own in enumerate(groups)]
    yield from _merged(runs, key)


def _write(path: Path, lines: Iterable[bytes]) -> Path:
    with path.open("wb") as file:
        file.writelines(lines)
    return path


def _merged(runs: Iterable[Path], key: Key | None) -> Iterator[bytes]:
    with ExitStack() as stack:
        files = []
        for run in runs:
            stack.callback(run.unlink)
            files.append(stack.enter_context(run.open("rb")))
        yield from heapq.merge(*files, key=key)
