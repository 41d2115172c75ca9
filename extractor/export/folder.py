"""Folders of exported files: filled beside the old one, then put in its place, so that a failed export leaves the last one whole."""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from extractor.errors import OutputError

MARK = "export.json"
"""Tells a folder of ours, and what it was exported to."""


@contextmanager
def refilled(out: Path, kind: str) -> Iterator[tuple[Path, Path | None]]:
    """(folder to fill, the last export of the same kind in ``out`` or None). Raises OutputError if ``out`` holds something else."""
    last = _last(out, kind)
    fresh = out.with_name(f".{out.name}.partial")
    shutil.rmtree(fresh, ignore_errors=True)
    old = out.with_name(f".{out.name}.old")
    try:
        fresh.mkdir(parents=True)
        yield fresh, last
        shutil.rmtree(old, ignore_errors=True)
        if out.exists():
            os.replace(out, old)
        os.replace(fresh, out)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise OutputError(f"{out}: cannot be written: {error.strerror or type(error).__name__}") from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _last(out: Path, kind: str) -> Path | None:
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return None
    try:
        told = json.loads((out / MARK).read_text(encoding="utf-8"))["to"]
    except (OSError, ValueError, KeyError, TypeError):
        told = None
    if told != kind:
        raise OutputError(f"{out}: holds something else than an export to {kind}; give another --out")
    return out


def mark(folder: Path, kind: str, facts: Mapping[str, Any]) -> None:
    """``export.json``: what was exported; no clock, so that equal tables give equal bytes."""
    (folder / MARK).write_text(json.dumps({"to": kind, **facts}, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def table(path: Path, header: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
    """A CSV file; None is an empty cell."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def read_table(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file of ours."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
