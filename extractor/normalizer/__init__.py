"""All mentions of one patient to cohort rows, by the labeling guide. Pure: no files, no clock, no state.

notes -> read each -> sessions -> targets -> complications -> assessments -> outcomes; patient and treatments beside
those that are more likely wrong than right (``doubts``) are dropped before the exams are read, and the targets found once more without them
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from extractor import rules as rule_files
from extractor.errors import InputError
from extractor.model import Cell, Chart, Drop, Note, ReadNote, Row
from extractor.normalizer import (
    assessments,
    complications,
    doubts,
    labels,
    lesions,
    margins,
    outcomes,
    patient,
    procedures,
    timeline,
    treatments,
)
from extractor.normalizer.doubts import Doubted
from extractor.normalizer.given import as_given, page
from extractor.normalizer.records import Session, Target
from extractor.pipeline import Reader, build
from extractor.pipeline.borrowed import calls_scanner_exam
from extractor.pipeline.dates import reads_day_first
from extractor.schema import COHORT

__all__ = ["abstract"]


def abstract(notes: Sequence[Note], reader: Reader | None = None) -> Chart:
    """Read one patient's notes into a chart.

    ``notes`` are all notes of one patient, in any order, each note_id once. ``reader`` holds the rules (default: the shipped ones).
    Returns rows of every cohort table with the mentions that each cell rests on, and the candidates that became no row.
    The order of the notes does not matter, and a note that repeats another of the same day changes nothing.
    Raises InputError if there is no note or the notes are of several patients.
    """
    patients = {n.patient_id for n in notes}
    if len(patients) != 1:
        raise InputError(f"abstract() takes the notes of one patient; got {len(patients)} patients")
    reader = reader or _shipped()
    european = reads_day_first((n.note_date, n.text) for n in notes)
    scanner_is_exam = calls_scanner_exam(n.text for n in notes)
    pages = [page(n, scanner_is_exam) for n in sorted(notes, key=lambda n: n.note_id)]
    read = margins.told(labels.labelled([reader.kinds.typed(reader.read(p.note, european)) for p in pages]))
    reads = timeline.in_order(timeline.unique(read))
    refused: list[Drop] = []
    sessions = procedures.find(reads, refused)
    settle = partial(_settled, next(iter(patients)), read, reads)
    settled = settle(sessions, refused)
    chart = _chart(settled)
    doubted = doubts.doubted(chart, read, reader.rules.doubts)
    out = [s for s in sessions if s.procedure_id in doubted]
    if out:
        told = [Drop(m, "procedures", doubted[s.procedure_id]) for s in out for m in s.mentions[:1]]
        settled = settle([s for s in sessions if s.procedure_id not in doubted], refused + told)
        chart = _chart(settled)
    chart = _followed(settled, chart)
    return as_given(_with_cited(_without_events(chart, doubted) if doubted else chart), pages)


@lru_cache(maxsize=1)
def _shipped() -> Reader:
    return build(rule_files.load())


@dataclass(frozen=True, slots=True)
class _Settled:
    """What was done and what came of it at once. ``read`` are all notes, with the numbers of the ``targets``; ``reads`` these in order, each once."""

    patient_id: str
    read: Sequence[ReadNote]
    reads: Sequence[ReadNote]
    sessions: Sequence[Session]
    targets: Sequence[Target]
    events: Sequence[Row]
    drops: Sequence[Drop]


def _settled(
    patient_id: str, read: Sequence[ReadNote], reads: Sequence[ReadNote], sessions: Sequence[Session], refused: Sequence[Drop]
) -> _Settled:
    """The targets and the complications of these sessions; ``refused`` are the tellings that are none. ``reads`` are the notes of ``read`` in order, each once."""
    drops = list(refused)
    targets = lesions.find(reads, sessions, drops)
    read = labels.renumbered(read, targets)
    reads = timeline.in_order(timeline.unique(read))
    events = complications.find(reads, sessions, targets, drops, patient_id)
    return _Settled(patient_id, read, reads, sessions, targets, events, drops)


def _chart(done: _Settled) -> Chart:
    """The chart without what was seen later and what else was told of the person: all that a doubt asks about."""
    return Chart(
        patient_id=done.patient_id,
        notes=tuple(r.note for r in done.read),
        mentions=tuple(m for r in done.read for m in r.mentions),
        procedures=tuple(_procedure(s, done.targets, done.patient_id) for s in done.sessions),
        lesions=tuple(_lesion(t, done.patient_id) for t in done.targets),
        complications=tuple(done.events),
        drops=tuple(done.drops) + tuple(Drop(m, "mentions", why) for r in done.read for m, why in r.overlapped),
    )


def _followed(done: _Settled, chart: Chart) -> Chart:
    """The chart of what was settled, made whole."""
    reads, sessions, targets, patient_id = done.reads, done.sessions, done.targets, done.patient_id
    looked = assessments.collect(reads, sessions, targets, patient_id)
    return replace(
        chart,
        patients=(patient.find(reads, sessions, targets, patient_id),),
        assessments=tuple(looked),
        outcomes=tuple(outcomes.find(targets, looked)),
        treatments=tuple(treatments.find(reads, procedures.first_day(sessions), patient_id)),
    )


def _without_events(chart: Chart, doubted: Doubted) -> Chart:
    """The chart without the complications that are doubted; no other row rests on them."""
    gone = [e for e in chart.complications if _id(e) in doubted]
    drops = tuple(Drop(m, "complications", doubted[_id(e)]) for e in gone for m in e.cells["term"].mentions)
    return replace(chart, complications=tuple(e for e in chart.complications if _id(e) not in doubted), drops=chart.drops + drops)


def _with_cited(chart: Chart) -> Chart:
    """The chart with the mentions that cells rest on and no rule made: a length that an addendum makes a margin, an operation told by what was taken out."""
    known = set(map(id, chart.mentions))
    rows = [row for table in COHORT for row in getattr(chart, table)]
    made = {m.mention_id: m for row in rows for cell in row.cells.values() for m in cell.mentions if id(m) not in known}
    if not made:
        return chart
    there = {m.mention_id for m in chart.mentions}
    new = [m for name, m in made.items() if name not in there]
    return replace(chart, mentions=tuple(sorted((*chart.mentions, *new), key=lambda m: (m.note_id, m.start))))


def _id(event: Row) -> str:
    return str(event["complication_id"])


def _procedure(session: Session, targets: Sequence[Target], patient_id: str) -> Row:
    cells = {"procedure_id": Cell(session.procedure_id), "patient_id": Cell(patient_id), **session.cells}
    covered = [t.cells.get("lesion_covered") for t in targets if t.session is session]
    said = [c for c in covered if c is not None]
    if said and (len(said) == len(covered) or any(not c.value for c in said)):
        value = all(bool(c.value) for c in said)
        cells["technical_success"] = Cell(value, tuple(m for c in said if bool(c.value) == value for m in c.mentions), "derived")
    return Row("procedures", cells)


def _lesion(target: Target, patient_id: str) -> Row:
    return Row(
        "lesions",
        {
            "lesion_id": Cell(target.lesion_id),
            "patient_id": Cell(patient_id),
            "procedure_id": Cell(target.session.procedure_id),
            **target.cells,
        },
    )
