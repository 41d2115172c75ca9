"""All mentions of one patient to cohort rows, by the labeling guide. Pure: no files, no clock, no state.

notes -> read each -> sessions -> targets -> complications, assessments -> outcomes; patient and treatments beside
then once more without the sessions and complications that are more likely wrong than right (``doubts``)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
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
from extractor.pipeline.dates import day_first

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
    european = day_first((n.note_date, n.text) for n in notes)
    pages = [page(n) for n in sorted(notes, key=lambda n: n.note_id)]
    read = margins.told(labels.labelled([reader.kinds.typed(reader.read(p.note, european)) for p in pages]))
    reads = timeline.in_order(timeline.unique(read))
    refused: list[Drop] = []
    sessions = procedures.find(reads, refused)
    settle = partial(_chart, next(iter(patients)), read, reads)
    chart = settle(sessions, refused)
    doubted = doubts.doubted(chart, read, reader.rules.doubts)
    out = [s for s in sessions if s.procedure_id in doubted]
    if out:
        told = [Drop(m, "procedures", doubted[s.procedure_id]) for s in out for m in s.mentions[:1]]
        chart = settle([s for s in sessions if s.procedure_id not in doubted], refused + told)
    return as_given(_without_events(chart, doubted) if doubted else chart, pages)


@lru_cache(maxsize=1)
def _shipped() -> Reader:
    return build(rule_files.load())


def _chart(
    patient_id: str, read: Sequence[ReadNote], reads: Sequence[ReadNote], sessions: Sequence[Session], refused: Sequence[Drop]
) -> Chart:
    """A chart of these sessions; ``refused`` are the tellings that are none. ``reads`` are the notes of ``read`` in order, each once."""
    notes = tuple(n.note for n in read)
    drops = list(refused)
    targets = lesions.find(reads, sessions, drops)
    read = labels.renumbered(read, targets)
    reads = timeline.in_order(timeline.unique(read))
    first = procedures.first_day(sessions)
    events = complications.find(reads, sessions, targets, drops, patient_id)
    looked = assessments.collect(reads, sessions, targets, patient_id)
    return Chart(
        patient_id=patient_id,
        notes=notes,
        mentions=tuple(m for r in read for m in r.mentions),
        patients=(patient.find(reads, sessions, targets, patient_id),),
        procedures=tuple(_procedure(s, targets, patient_id) for s in sessions),
        lesions=tuple(_lesion(t, patient_id) for t in targets),
        complications=tuple(events),
        assessments=tuple(looked),
        outcomes=tuple(outcomes.find(targets, looked)),
        treatments=tuple(treatments.find(reads, first, patient_id)),
        drops=tuple(drops) + tuple(Drop(m, "mentions", why) for r in read for m, why in r.overlapped),
    )


def _without_events(chart: Chart, doubted: Doubted) -> Chart:
    """The chart without the complications that are doubted; no other row rests on them."""
    gone = [e for e in chart.complications if _id(e) in doubted]
    drops = tuple(Drop(m, "complications", doubted[_id(e)]) for e in gone for m in e.cells["term"].mentions)
    return replace(chart, complications=tuple(e for e in chart.complications if _id(e) not in doubted), drops=chart.drops + drops)


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
