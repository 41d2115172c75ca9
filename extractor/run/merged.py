"""Parts to tables: what needs every chart is done here, in one pass over files."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from extractor.confidence.accept import Review, rank
from extractor.notes import Reject
from extractor.run import ordered
from extractor.run.grouped import rejected
from extractor.run.work import GATHERED, INDEX, NAMES, PARTS, Task, part_head
from extractor.schema import BY_NAME
from extractor.tables import reject_writer, write_review

REVIEWS = "reviews.jsonl"


@dataclass(frozen=True, slots=True)
class Totals:
    """What all parts hold together."""

    counts: dict[str, int]
    rejects: int
    accepted: int
    for_review: int


def assemble(folder: Path, tables: Path, tasks: Iterable[Task], reviewed: bool) -> Totals:
    """Write every table as CSV, ``rejects.csv``, ``charts.csv``, and with ``reviewed`` also ``review.csv``. Tasks are in the order of patients."""
    totals: Counter[str] = Counter()
    with ExitStack() as stack:
        files = {name: stack.enter_context((tables / f"{name}.csv").open("wb")) for name in (*NAMES, INDEX)}
        for name, file in files.items():
            file.write(_header(name))
        bad = reject_writer(stack.enter_context((tables / "rejects.csv").open("w", newline="", encoding="utf-8")))
        reviews = stack.enter_context((folder / REVIEWS).open("w", encoding="utf-8"))
        rejects = _rejects(bad, rejected(folder / GATHERED))
        for task in tasks:
            with (folder / PARTS / task.key).open("rb") as part:
                head = part_head(part)
                for name, size in head["sizes"].items():
                    _copy(part, files[name], size)
            totals.update(head["counts"])
            rejects += _rejects(bad, (Reject(*r) for r in head["rejects"]))
            for r in head["reviews"]:
                totals.update({"accepted": r[4], "for review": r[3]})
                reviews.write(json.dumps(r) + "\n" if reviewed else "")
    if reviewed:
        write_review(tables, _in_order(folder / REVIEWS))
    return Totals({name: totals[name] for name in NAMES}, rejects, totals["accepted"], totals["for review"])


def _header(name: str) -> bytes:
    names = BY_NAME[name].names if name in BY_NAME else ("patient_id", "key", *NAMES)
    return (",".join(names) + "\n").encode()


def _copy(part: IO[bytes], out: IO[bytes], size: int) -> None:
    while size:
        block = part.read(min(size, 1 << 20))
        out.write(block)
        size -= len(block)


def _rejects(out: Any, rejects: Iterable[Reject]) -> int:
    number = 0
    for r in rejects:
        out.writerow((r.file, r.row, r.reason))
        number += 1
    return number


def _in_order(path: Path) -> Iterator[Review]:
    """The reviews of a file, most valuable first."""
    with path.open("rb") as file:
        yield from map(_review, ordered.in_order(file, path, key=lambda line: rank(_review(line))))


def _review(line: bytes) -> Review:
    return Review(*json.loads(line))
