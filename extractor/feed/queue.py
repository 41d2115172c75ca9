"""Tables to an outbox: which charts are new, corrected, as they were, or gone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from extractor.errors import FeedError
from extractor.export.charts import unread
from extractor.feed import charts
from extractor.feed.document import content, digest
from extractor.feed.keep import merged
from extractor.feed.outbox import Message, Outbox
from extractor.feed.wire import Prepared, Wire
from extractor.tables import MARK
from extractor.version import VERSION

FEW = 5
"""So many charts may always be withdrawn at once."""


@dataclass(slots=True)
class Queued:
    """What a look at the tables found, and the changes in order: (new, corrected or withdrawn; patient)."""

    charts: int = 0
    unchanged: int = 0
    failed: int = 0
    in_review: int = 0
    changes: list[tuple[str, str]] = field(default_factory=list)

    def count(self, kind: str) -> int:
        """How many charts changed so."""
        return sum(k == kind for k, _ in self.changes)


def queue(outbox: Outbox, target: int, wire: Wire, out: Path, most_withdrawn: float = 0.2, dry: bool = False) -> Queued:
    """Queue what changed in the tables since the last time, all of it or, where something is wrong, nothing.

    Charts that were rejected as a whole stay as they are at the registry. Raises CohortError, and FeedError if more than the share ``most_withdrawn``
    of the charts there, more than ``FEW`` or the last one would be withdrawn: so many rarely leave a cohort, but a file of notes that was cut off looks like it.
    """
    with outbox.transaction(undo=dry):
        return _Queue(outbox, target, wire, out, most_withdrawn).run()


@dataclass(slots=True)
class _Queue:
    outbox: Outbox
    target: int
    wire: Wire
    out: Path
    most_withdrawn: float
    found: Queued = field(default_factory=Queued)
    made_by: Mapping[str, str] = field(default_factory=dict)

    def run(self) -> Queued:
        self.made_by, began = _maker(self.out), _which(self.out)
        asked, failed = charts.asked(self.out), unread(self.out)
        there = self.outbox.current(self.target)
        for chart in charts.read(self.out):
            there.discard(chart.patient_id)
            self._chart(chart, asked.get(chart.patient_id, ()))
        if _which(self.out) != began:
            raise FeedError(f"{self.out}: was written anew while it was read; run this again")
        self.found.failed = len(there & failed)
        self._withdraw(sorted(there - failed))
        return self.found

    def _chart(self, chart: charts.ChartRows, asked: Iterable[Mapping[str, str]]) -> None:
        known = self.outbox.chart(self.target, chart.patient_id)
        made = merged(known.memory.get("content") if known else None, content(chart, asked))
        prepared = self.wire.prepare(chart, made, known, self.outbox.message(self.target, chart.patient_id))
        self.found.charts += 1
        self.found.in_review += bool(prepared.questions)
        hashed = digest(chart.patient_id, prepared.body)
        if known and (known.state, known.hash) == ("current", hashed):
            self.found.unchanged += 1
            return
        self._put(chart.patient_id, hashed, prepared, known.sequence if known else 0)
        self.found.changes.append(("corrected" if known and known.state == "current" else "new", chart.patient_id))

    def _withdraw(self, patients: list[str]) -> None:
        there = len(patients) + self.found.charts
        many = len(patients) > FEW or not self.found.charts
        if many and len(patients) > self.most_withdrawn * there:
            raise FeedError(
                f"{self.out}: {len(patients)} of {there} charts are no longer in the tables and would be withdrawn; "
                f"if that is right, allow it with --most-withdrawn {min(1, len(patients) / there + 0.005):.2f}"
            )
        for patient in patients:
            known = self.outbox.chart(self.target, patient)
            assert known is not None
            prepared = self.wire.withdraw(patient, known, self.outbox.message(self.target, patient))
            self._put(patient, digest(patient, prepared.body), prepared, known.sequence, withdraws=True)
            self.found.changes.append(("withdrawn", patient))

    def _put(self, patient: str, hashed: str, prepared: Prepared, last: int, withdraws: bool = False) -> None:
        state = "dead" if prepared.problem else "waiting"
        message = Message(patient, last + 1, hashed, prepared.body, withdraws, self.made_by, 0, state, prepared.problem)
        self.outbox.put(self.target, message, prepared.memory, prepared.questions)


def _which(out: Path) -> int:
    """Tells a folder from the one that takes its place."""
    return out.stat().st_ino if out.exists() else 0


def _maker(out: Path) -> dict[str, str]:
    """Version and rules that read the charts; beside the content, so that other rules that read the same send nothing."""
    try:
        facts = json.loads((out / MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        facts = {}
    return {"extractor": str(facts.get("extractor", VERSION)), "rules": str(facts.get("rules", ""))}


def changes(found: Queued) -> Iterator[str]:
    """Each change as a line."""
    return (f"{kind}\t{patient}" for kind, patient in found.changes)
