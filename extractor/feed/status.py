"""What an outbox says of its targets: how much was delivered, what waits, what was refused and why, which charts are back in review."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extractor.errors import FeedError
from extractor.feed.outbox import Message, Outbox

QUESTIONS = ("patient_id", "table", "row_id", "column", "reviewed", "read", "why")
"""Columns of a list of questions, as a review writes it."""


@dataclass(frozen=True, slots=True)
class Status:
    """A target as the outbox knows it."""

    format: str
    url: str
    counts: dict[str, int]
    waiting: tuple[Message, ...]
    """Those that were tried and not taken."""
    refused: tuple[Message, ...]
    questions: tuple[tuple[str, dict[str, Any]], ...]

    def to_json(self) -> dict[str, Any]:
        """Without what is in the charts."""
        return {
            "format": self.format,
            "url": self.url,
            **self.counts,
            "tried and waiting": [_told(m) for m in self.waiting],
            "set aside": [_told(m) for m in self.refused],
        }


def _told(m: Message) -> dict[str, Any]:
    return {"patient_id": m.patient_id, "sequence": m.sequence, "attempts": m.attempts, "reason": m.reason}


def read(path: Path) -> list[Status]:
    """Every target of an outbox. Raises FeedError if there is none."""
    if not path.is_file():
        raise FeedError(f"{path}: no outbox yet; extractor feed makes one, or name it with --outbox")
    outbox = Outbox(path)
    try:
        return [_status(outbox, *t) for t in outbox.targets()]
    finally:
        outbox.close()


def _status(outbox: Outbox, target: int, format: str, url: str) -> Status:
    tried = tuple(m for p in outbox.waiting(target) if (m := outbox.message(target, p)) and m.reason)
    return Status(format, url, outbox.counts(target), tried, tuple(outbox.dead(target)), tuple(outbox.questions(target)))


MOST_LINES = 20
"""Charts that are told one by one of each kind."""


def lines(status: Status) -> Iterator[str]:
    """As people read it."""
    counts = ", ".join(f"{n} {name}" for name, n in status.counts.items())
    yield f"{status.format} {status.url}: {counts}"
    for name, messages in (("set aside", status.refused), ("waits", status.waiting)):
        for m in messages[:MOST_LINES]:
            yield f"  {name}: {m.patient_id} (version {m.sequence}): {m.reason}"
        if len(messages) > MOST_LINES:
            yield f"  and {len(messages) - MOST_LINES} more; --json tells all"
    back = dict.fromkeys(p for p, _ in status.questions)
    for patient in list(back)[:MOST_LINES]:
        asked = sum(p == patient for p, _ in status.questions)
        yield f"  back in review: {patient}: {asked} question{'s' if asked > 1 else ''}"
    if len(back) > MOST_LINES:
        yield f"  and {len(back) - MOST_LINES} more; --questions FILE tells all"


def write_questions(found: list[Status], path: Path) -> int:
    """Every question as CSV, with the columns of a review's ``questions.csv``; it holds values of charts, and only its owner may read it. Returns their number."""
    rows = sorted({(patient, *(str(q.get(c, "")) for c in QUESTIONS[1:])) for status in found for patient, q in status.questions})
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(QUESTIONS)
        writer.writerows(rows)
    return len(rows)


def text(found: list[Status]) -> str:
    """As programs read it."""
    return json.dumps([s.to_json() for s in found], indent=1, ensure_ascii=False)
