"""Notes with CRLF line ends are read as if they had LF; offsets are those of the note as given, converted here and nowhere else."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from extractor.model import Chart, Mention, Note, Row

Restore = Callable[[Mention], Mention]


def unix(note: Note) -> Note:
    """The note with LF for CRLF."""
    return replace(note, text=note.text.replace("\r\n", "\n")) if "\r\n" in note.text else note


def as_given(chart: Chart, notes: Sequence[Note]) -> Chart:
    """The chart with its mentions where they stand in ``notes``, the notes as they were given."""
    given = {n.note_id: n for n in notes if "\r\n" in n.text}
    if not given:
        return chart
    breaks = {note_id: _breaks(n.text) for note_id, n in given.items()}
    known: dict[Mention, Mention] = {}

    def restore(mention: Mention) -> Mention:
        if mention.note_id not in given:
            return mention
        if mention not in known:
            known[mention] = _moved(mention, given[mention.note_id].text, breaks[mention.note_id])
        return known[mention]

    return _restored(chart, given, restore)


def _breaks(text: str) -> list[int]:
    """Where the line ends that lose a character stand once they all have lost it."""
    found: list[int] = []
    at = text.find("\r\n")
    while at >= 0:
        found.append(at - len(found))
        at = text.find("\r\n", at + 2)
    return found


def _moved(mention: Mention, text: str, breaks: Sequence[int]) -> Mention:
    start, end = (at + bisect_left(breaks, at) for at in (mention.start, mention.end))
    return replace(mention, start=start, end=end, text=text[start:end])


def _restored(chart: Chart, given: Mapping[str, Note], restore: Restore) -> Chart:
    def rows(own: Sequence[Row]) -> tuple[Row, ...]:
        return tuple(replace(r, cells={k: replace(c, mentions=tuple(map(restore, c.mentions))) for k, c in r.cells.items()}) for r in own)

    return replace(
        chart,
        notes=tuple(given.get(n.note_id, n) for n in chart.notes),
        mentions=tuple(map(restore, chart.mentions)),
        patients=rows(chart.patients),
        procedures=rows(chart.procedures),
        lesions=rows(chart.lesions),
        complications=rows(chart.complications),
        assessments=rows(chart.assessments),
        outcomes=rows(chart.outcomes),
        treatments=rows(chart.treatments),
        drops=tuple(replace(d, mention=restore(d.mention)) for d in chart.drops),
    )
