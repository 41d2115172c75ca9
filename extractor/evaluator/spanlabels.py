"""Span labels from where they were made: chart files, brat standoff folders, doccano and Label Studio exports.

Offsets are half-open character positions in the note's text. Errors tell place and offsets, never the words.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from extractor import corpora
from extractor.errors import LabelError
from extractor.evaluator import spans
from extractor.model import CONTEXT

LABELS = (
    *corpora.SPAN_LABELS,
    *("SITE", "COVERAGE", "SEVERITY", "DATE", "PRIOR_TREATMENT", "IMAGING"),
)
"""Labels that mentions can bear."""
Json = Any


@dataclass(frozen=True, slots=True)
class Span:
    """A labeled span; ``concept`` is None where the labels do not tell it."""

    start: int
    end: int
    label: str
    concept: str | None = None
    context: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LabeledNote:
    """A note whose spans are all labeled. ``text`` is what the labels were made on, ``where`` the file (and line).

    ``patient`` is told by chart files only.
    """

    note_id: str
    text: str
    spans: tuple[Span, ...]
    where: str
    patient: str | None = None


@dataclass(frozen=True, slots=True)
class SpanLabels:
    """Labeled notes, the labels that were looked for, and whether context attributes were given at all."""

    notes: tuple[LabeledNote, ...]
    labels: tuple[str, ...] = field(default=corpora.SPAN_LABELS)
    has_context: bool = True


def is_span_source(path: Path) -> bool:
    """A brat folder, or JSON lines (or a JSON list) of labeled texts?"""
    if path.is_dir():
        return any(path.glob("*.ann"))
    return path.suffix in (".jsonl", ".ndjson") or (
        path.suffix == ".json" and path.read_text(encoding="utf-8", errors="replace").lstrip()[:1] == "["
    )


def read(path: Path, names: Mapping[str, str] | None = None) -> SpanLabels:
    """Span labels of a folder or file; ``names`` turns labels of the source into ``LABEL`` or ``LABEL:concept``.

    Raises LabelError naming file, line and what is wrong.
    """
    notes = tuple(_brat(path, names or {}) if path.is_dir() else _lines(path, names or {}))
    if not notes:
        raise LabelError(f"{path}: holds no labeled note")
    seen: dict[str, str] = {}
    for note in notes:
        if note.note_id in seen:
            raise LabelError(f"{note.where}: note {note.note_id!r} is also in {seen[note.note_id]}")
        seen[note.note_id] = note.where
    told = {s.label for n in notes for s in n.spans}
    return SpanLabels(notes, tuple(x for x in LABELS if x in told), any(s.context for n in notes for s in n.spans))


def of_charts(charts: Iterable[corpora.Json]) -> SpanLabels:
    """The span labels of chart files."""
    notes = []
    for patient, note in ((c["patient_id"], n) for c in charts for n in c["notes"] if "spans" in n):
        own = tuple(Span(s["start"], s["end"], s["label"], s["concept"], s["context"]) for s in spans.labeled(note))
        notes.append(LabeledNote(note["note_id"], note["text"], own, f"note {note['note_id']}", patient))
    return SpanLabels(tuple(notes))


def _made(
    where: str, text: str, start: Any, end: Any, told: str, names: Mapping[str, str], concept: str | None, context: Iterable[str]
) -> Span:
    """A span that stands in its note and bears a label that we know."""
    if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text)):
        raise LabelError(f"{where}: the span {start}-{end} does not stand in the note ({len(text)} characters)")
    label, _, own = names.get(told, told).partition(":")
    if label not in LABELS:
        raise LabelError(f"{where}: unknown label {told!r}; known are {', '.join(LABELS)}; [spans] in a --map renames labels")
    flags = frozenset(c.lower().removeprefix("is_") for c in context)
    unknown = sorted(flags - set(CONTEXT))
    if unknown:
        raise LabelError(f"{where}: unknown context {unknown[0]!r}; known are {', '.join(CONTEXT)}")
    return Span(start, end, label, concept or own or None, flags)


# ---- brat -----------------------------------------------------------------------------------------------------------------


def _brat(folder: Path, names: Mapping[str, str]) -> Iterator[LabeledNote]:
    for path in sorted(folder.glob("*.ann")):
        source = path.with_suffix(".txt")
        if not source.is_file():
            raise LabelError(f"{path.name}: has no {source.name} beside it")
        text = _decoded(source)
        yield LabeledNote(path.stem, text, tuple(_standoff(path, text, names)), path.name)


def _decoded(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise LabelError(f"{path.name}: is not UTF-8") from None


def _standoff(path: Path, text: str, names: Mapping[str, str]) -> Iterator[Span]:
    entities: dict[str, tuple[str, str, int, int]] = {}
    flags: dict[str, list[str]] = {}
    concepts: dict[str, str] = {}
    for number, line in enumerate(_decoded(path).splitlines(), 1):
        where = f"{path.name}, line {number}"
        if line.startswith("T"):
            entities[line.split("\t")[0]] = (where, *_entity(where, line, text))
        elif line[:1] in "AM" and line.strip():
            _attribute(where, line, entities, flags, concepts)
        elif line.startswith("N"):
            parts = line.split("\t")[1].split() if "\t" in line else []
            concepts |= {parts[1]: parts[2].partition(":")[2] or parts[2]} if len(parts) == 3 else {}
        elif line.strip() and line[0] not in "RE*#":
            raise LabelError(f"{where}: is no line of brat standoff")
    for name, (where, label, start, end) in entities.items():
        yield _made(where, text, start, end, label, names, concepts.get(name), flags.get(name, ()))


def _entity(where: str, line: str, text: str) -> tuple[str, int, int]:
    """Label and offsets of a ``T`` line; a discontinuous span is taken from its first to its last character."""
    try:
        _, told, words = line.split("\t", 2)
        label, _, offsets = told.partition(" ")
        parts = [(int(a), int(b)) for a, b in (p.split() for p in offsets.split(";"))]
    except ValueError:
        raise LabelError(f"{where}: is no entity line (T1<tab>LABEL start end<tab>words)") from None
    here = " ".join(text[a:b] for a, b in parts)
    if " ".join(here.split()) != " ".join(words.split()):
        raise LabelError(f"{where}: the words given do not stand at {offsets} in the note")
    return label, parts[0][0], parts[-1][1]


def _attribute(where: str, line: str, entities: Mapping[str, Any], flags: dict[str, list[str]], concepts: dict[str, str]) -> None:
    parts = line.split("\t")[1].split() if "\t" in line else []
    if len(parts) < 2:
        raise LabelError(f"{where}: is no attribute line (A1<tab>Negated T1)")
    name, target, *value = parts
    if target.startswith("T") and target not in entities:
        raise LabelError(f"{where}: speaks of {target}, which is no span above it")
    if name.lower() == "concept":
        concepts[target] = value[0] if value else ""
    elif name.lower() == "context":
        flags.setdefault(target, []).extend(value)
    elif not value or value[0].lower() in ("true", "yes", "1"):
        flags.setdefault(target, []).append(name)


# ---- JSON lines -----------------------------------------------------------------------------------------------------------


def _lines(path: Path, names: Mapping[str, str]) -> Iterator[LabeledNote]:
    for where, record in _records(path):
        if not isinstance(record, dict):
            raise LabelError(f"{where}: is no labeled text")
        inner = record["data"] if isinstance(record.get("data"), dict) else record
        meta = inner["meta"] if isinstance(inner.get("meta"), dict) else {}
        note_id, text = inner.get("note_id", meta.get("note_id")), inner.get("text")
        if note_id is None or not isinstance(text, str):
            raise LabelError(f"{where}: has no {'note_id' if note_id is None else 'text'}")
        reads: Callable[..., Iterator[Span]] = _studio if "annotations" in record else _doccano
        yield LabeledNote(str(note_id), text, tuple(reads(where, record, text, names)), where)


def _records(path: Path) -> Iterator[tuple[str, Json]]:
    text = _decoded(path).lstrip("\ufeff")
    try:
        if text.lstrip()[:1] == "[":
            yield from ((f"{path.name}, item {n}", r) for n, r in enumerate(json.loads(text), 1))
            return
    except json.JSONDecodeError as error:
        raise LabelError(f"{path.name}: is no JSON: line {error.lineno}: {error.msg}") from None
    for number, line in enumerate(text.split("\n"), 1):
        try:
            if line.strip():
                yield f"{path.name}, line {number}", json.loads(line)
        except json.JSONDecodeError as error:
            raise LabelError(f"{path.name}, line {number}: is no JSON: {error.msg}") from None


def _doccano(where: str, record: Json, text: str, names: Mapping[str, str]) -> Iterator[Span]:
    """``label``/``labels``: [start, end, name] each; or ``entities`` with start_offset and end_offset. ``LABEL:concept+negated`` says it all."""
    key = next((k for k in ("entities", "label", "labels") if k in record), None)
    if key is None:
        raise LabelError(f"{where}: has no label, labels or entities")
    for number, item in enumerate(record[key], 1):
        try:
            start, end, told = (item["start_offset"], item["end_offset"], item["label"]) if isinstance(item, dict) else item[:3]
        except (KeyError, TypeError, ValueError):
            raise LabelError(f"{where}: span {number}: is no [start, end, label]") from None
        label, *context = str(told).split("+")
        yield _made(f"{where}: span {number}", text, start, end, label, names, None, context)


def _studio(where: str, record: Json, text: str, names: Mapping[str, str]) -> Iterator[Span]:
    """Regions of type labels; choices of a region (same id) are context words or ``concept``."""
    done = [a for a in record["annotations"] if isinstance(a, dict) and not a.get("was_cancelled")]
    if not done:
        raise LabelError(f"{where}: has no annotation that was submitted")
    regions = [r for r in done[-1].get("result", ()) if isinstance(r, dict) and isinstance(r.get("value"), dict)]
    choices: dict[Any, list[tuple[str, str]]] = {}
    for r in regions:
        for word in _words(r["value"]):
            choices.setdefault(r.get("id"), []).append((str(r.get("from_name")), word))
    for number, r in enumerate((r for r in regions if r.get("type") == "labels"), 1):
        value, own = r["value"], choices.get(r.get("id"), [])
        context = [w for name, w in own if name != "concept"]
        concept = next((w for name, w in own if name == "concept"), None)
        for told in value.get("labels", ()):
            label, *more = str(told).split("+")
            place = f"{where}: span {number}"
            yield _made(place, text, value.get("start"), value.get("end"), label, names, concept, [*context, *more])


def _words(value: Mapping[str, Any]) -> Sequence[str]:
    if "choices" in value:
        return [str(c) for c in value["choices"]]
    text = value.get("text")
    return [str(t) for t in text] if isinstance(text, list) else []
