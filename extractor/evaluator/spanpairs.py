"""Mentions against span labels as observations: found at all (overlap), to the character, with the right concept and context."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from extractor.errors import LabelError
from extractor.evaluator.match import Row, match
from extractor.evaluator.observe import Observation
from extractor.evaluator.pairing import EXTRA, MISSED, WRONG_VALUE
from extractor.evaluator.predicted import Predicted
from extractor.evaluator.spanlabels import LabeledNote, SpanLabels
from extractor.evaluator.spans import overlap
from extractor.model import CONTEXT

PLAIN = "(none)"
"""Context of a span of which nothing but its words holds."""


def observe(labels: SpanLabels, predicted: Predicted) -> list[Observation]:
    """Observations of every labeled note.

    Raises LabelError for a note that the extraction has with another text, or does not have (of chart files such notes count as missed).
    """
    patients = {m["note_id"]: str(m["patient_id"]) for m in predicted.mentions.values()}
    patients |= {n: str(r["patient_id"]) for n, r in predicted.notes.items()}
    out: list[Observation] = []
    for note in labels.notes:
        _same_text(note, predicted)
        patient = note.patient or patients.get(note.note_id)
        if patient is not None:
            out += _note(note, patient, labels, predicted.by_note.get(note.note_id, ()))
    return out


def _same_text(note: LabeledNote, predicted: Predicted) -> None:
    if not predicted.notes:
        return
    if note.note_id not in predicted.notes:
        if note.patient is not None:
            return
        raise LabelError(f"{note.where}: the extraction has no note {note.note_id!r}")
    if str(predicted.notes[note.note_id]["text"]) != note.text:
        raise LabelError(f"{note.where}: the text is not that of note {note.note_id!r} in the extraction, so offsets do not hold")


def _note(note: LabeledNote, patient: str, labels: SpanLabels, mentions: Sequence[Mapping[str, Any]]) -> Iterator[Observation]:
    gold = [_row(note.note_id, s.start, s.end, s.label, s.concept, s.context, note.text[s.start : s.end]) for s in note.spans]
    got = [_found(m) for m in mentions if m["label"] in labels.labels]
    pairs, missed, extra = match(gold, got, overlap)
    for a, b in pairs:
        yield from _pair(patient, a, b, labels.has_context)
    for kind, rows in ((MISSED, missed), (EXTRA, extra)):
        yield from _alone(patient, kind, rows)


def _row(note: str, start: int, end: int, label: str, concept: str | None, context: frozenset[str], text: str) -> Row:
    return {
        "note_id": note,
        "start": start,
        "end": end,
        "label": label,
        "concept": concept,
        "context": context,
        "words": text,
    }


def _found(m: Mapping[str, Any]) -> Row:
    context = frozenset(c for c in CONTEXT if m[f"is_{c}"])
    row = _row(m["note_id"], int(m["start"]), int(m["end"]), m["label"], str(m["concept"]), context, str(m["text"]))
    return row | {"mention_id": m["mention_id"], "rule_id": m["rule_id"]}


def _pair(patient: str, a: Row, b: Row, has_context: bool) -> Iterator[Observation]:
    name = f"spans.{a['label']}"
    yield Observation(patient, "spans", name, "", a, b, tp=1)
    exact = (a["start"], a["end"]) == (b["start"], b["end"])
    counts = (1, 0, 0) if exact else (0, 1, 1)
    yield Observation(patient, "spans", f"{name}.exact", "", a, b, None, None, *counts, "" if exact else WRONG_VALUE, follows=True)
    if a["concept"] is not None:
        yield _verdict(patient, f"{name}.concept", "concept", a, b, a["concept"], b["concept"])
    for flag in CONTEXT if has_context else ():
        x, y = flag in a["context"], flag in b["context"]
        tp, fp, fn = int(x and y), int(y and not x), int(x and not y)
        cause = WRONG_VALUE if x != y else ""
        yield Observation(patient, "spans", f"context.{flag}", "context", a, b, _yes(x), _yes(y), tp, fp, fn, cause, paired=True)


def _verdict(patient: str, field: str, column: str, a: Row, b: Row, x: Any, y: Any) -> Observation:
    counts = (1, 0, 0) if x == y else (0, 1, 1)
    return Observation(patient, "spans", field, column, a, b, x, y, *counts, "" if x == y else WRONG_VALUE, paired=True)


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _alone(patient: str, cause: str, rows: Iterable[Row]) -> Iterator[Observation]:
    for row in rows:
        a, b = (row, None) if cause == MISSED else (None, row)
        name, counts = f"spans.{row['label']}", (0, int(b is not None), int(a is not None))
        yield Observation(patient, "spans", name, "", a, b, None, None, *counts, cause)
        yield Observation(patient, "spans", f"{name}.exact", "", a, b, None, None, *counts, cause, follows=True)


def contexts(observations: Iterable[Observation]) -> list[tuple[str, str]]:
    """(labeled, extracted) context of each span found, as one word: ``negated``, ``historical+negated``, PLAIN."""
    first = f"context.{CONTEXT[0]}"
    return [(_word(o.gold), _word(o.got)) for o in observations if o.field == first and o.gold and o.got]


def _word(row: Row) -> str:
    return "+".join(sorted(row["context"])) or PLAIN
