"""How notes are read: line ends as LF, spoken numbers in digits, borrowed words in English. Offsets are those of the note as given, converted here and nowhere else."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from extractor.model import Chart, Mention, Note, Row
from extractor.pipeline.borrowed import borrowed
from extractor.pipeline.spoken import Digits, digits, rewritten

Restore = Callable[[Mention], Mention]


@dataclass(frozen=True, slots=True)
class Page:
    """A note as it is read, and as it was given."""

    given: Note
    breaks: tuple[int, ...]
    said: Digits

    @property
    def note(self) -> Note:
        """The note to read."""
        return self.given if self.same else replace(self.given, text=self.said.text)

    @property
    def same(self) -> bool:
        """True if it is read as it was given."""
        return not self.breaks and not self.said.edits

    def moved(self, mention: Mention) -> Mention:
        """The mention where it stands in the note as given."""
        start, end = (at + bisect_left(self.breaks, at) for at in self.said.spoken(mention.start, mention.end))
        return replace(mention, start=start, end=end, text=self.given.text[start:end])


def page(note: Note, scanner_is_exam: bool = False) -> Page:
    """The note with LF for CRLF, digits for spoken numbers, and English for borrowed words."""
    unix = note.text.replace("\r\n", "\n") if "\r\n" in note.text else note.text
    said, lent = digits(unix), borrowed(unix, scanner_is_exam)
    return Page(note, tuple(_breaks(note.text)), rewritten(unix, (*said.edits, *lent)) if lent else said)


def as_given(chart: Chart, pages: Sequence[Page]) -> Chart:
    """The chart with the notes as they were given, in the order of ``pages``, and its mentions where they stand in them."""
    chart = replace(chart, notes=tuple(p.given for p in pages))
    changed = {p.given.note_id: p for p in pages if not p.same}
    if not changed:
        return chart
    known: dict[Mention, Mention] = {}

    def restore(mention: Mention) -> Mention:
        if mention.note_id not in changed:
            return mention
        if mention not in known:
            known[mention] = changed[mention.note_id].moved(mention)
        return known[mention]

    return _restored(chart, restore)


def _breaks(text: str) -> list[int]:
    """Where the line ends that lose a character stand once they all have lost it."""
    found: list[int] = []
    at = text.find("\r\n")
    while at >= 0:
        found.append(at - len(found))
        at = text.find("\r\n", at + 2)
    return found


def _restored(chart: Chart, restore: Restore) -> Chart:
    def rows(own: Sequence[Row]) -> tuple[Row, ...]:
        return tuple(replace(r, cells={k: replace(c, mentions=tuple(map(restore, c.mentions))) for k, c in r.cells.items()}) for r in own)

    return replace(
        chart,
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
