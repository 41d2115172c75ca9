"""The records that flow one way: notes -> mentions -> rows. All frozen, all plain.

Offsets are half-open character positions in ``Note.text`` as it was given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Literal

Precision = Literal["day", "month", "year"]
Basis = Literal["text", "note_date", "derived"]
Value = str | int | float | bool | date | None

CONTEXT = (
    "negated",
    "uncertain",
    "historical",
    "hypothetical",
    "family",
    "planned",
    "cancelled",
    "risk",
    "expected",
    "intended",
)
"""What can hold of a mention; each is a column ``is_<name>`` of the mentions table."""


_FLAT = {ord(c): " " for c in "\r\n\t\v\f\u00a0\u2028\u2029"} | {ord(c): "'" for c in "\u2018\u2019\u02bc"}


@dataclass(frozen=True, slots=True)
class Note:
    """One clinical note. ``note_type`` is a hint and may be None; ``source`` tells file and row."""

    note_id: str
    patient_id: str
    note_date: date
    text: str
    note_type: str | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, order=True)
class PartialDate:
    """A date known to the day, the month or the year; unknown parts are 1."""

    date: date
    precision: Precision = "day"

    def __str__(self) -> str:
        return self.date.isoformat()

    def agrees(self, other: PartialDate) -> bool:
        """True if both can name the same day."""
        coarse = {self.precision, other.precision}
        a, b = self.date, other.date
        if "year" in coarse:
            return a.year == b.year
        if "month" in coarse:
            return (a.year, a.month) == (b.year, b.month)
        return a == b


@dataclass(frozen=True, slots=True)
class When:
    """What a date expression says before the chart is known.

    Absolute (``date`` set), or so many days/months/years from an anchor: the note's own date
    (``yesterday``), the latest ablation (``POD 2``, ``three months after ablation``), or the
    date named before it in the text (``two days later``).
    """

    date: PartialDate | None = None
    anchor: Literal["note", "procedure", "text"] | None = None
    days: int = 0
    months: int = 0
    approximate: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """A span that a rule found, with what holds of it. ``text == note.text[start:end]`` always.

    ``concept`` is the normalized value as text; ``value`` the same as a number (millimetres,
    counts) or a ``When``, where the label has one.
    """

    note_id: str
    label: str
    concept: str
    start: int
    end: int
    text: str
    rule_id: str
    section: str = ""
    context: frozenset[str] = frozenset()
    value: float | When | None = None

    def has(self, *names: str) -> bool:
        """True if any of the context names holds."""
        return not self.context.isdisjoint(names)

    @property
    def words(self) -> str:
        """The text with plain blanks for line breaks and other white space, for patterns."""
        return self.text.translate(_FLAT) if not self.text.isprintable() or not self.text.isascii() else self.text

    @property
    def mention_id(self) -> str:
        """Stable under reordering of notes and rules."""
        return f"{self.note_id}:{self.start}-{self.end}:{self.label}:{self.concept}"


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of a note under one heading. ``start`` is the heading's first character, ``body`` where its text begins."""

    category: str
    start: int
    body: int
    end: int
    title: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence or list item; never crosses a section. ``paragraph`` counts blank-line separated blocks and list items."""

    start: int
    end: int
    section: str
    paragraph: int
    mentions: tuple[Mention, ...] = ()


@lru_cache(maxsize=256)
def flat(text: str) -> str:
    """``text`` with plain blanks for line breaks and other white space, and plain apostrophes; offsets stay."""
    return text.translate(_FLAT)


def alike(text: str) -> str:
    """``text`` with a zero for every ASCII digit: its shape, which many texts share that differ in their numbers alone."""
    return text.translate(_ALIKE)


_ALIKE = str.maketrans("123456789", "000000000")


@dataclass(frozen=True, slots=True)
class ReadNote:
    """A note after the pipeline: its parts and every mention, sorted by start."""

    note: Note
    sections: tuple[Section, ...]
    sentences: tuple[Sentence, ...]
    mentions: tuple[Mention, ...]
    overlapped: tuple[tuple[Mention, str], ...] = ()
    """Candidates that lost to another one, with the reason."""
    told_type: Callable[[], str | None] | None = field(default=None, compare=False, repr=False)
    """Tells the note's type from its words (``Kinds.typed``); where there is none the type it was given holds."""

    @property
    def note_type(self) -> str | None:
        """The note's type, told when it is first asked for: of most notes nobody asks."""
        return self.told_type() if self.told_type else self.note.note_type

    @property
    def flat(self) -> str:
        """The text with plain blanks for line breaks and other white space, and plain apostrophes; offsets stay."""
        return flat(self.note.text)

    def text(self, sentence: Sentence) -> str:
        """The words of a sentence, its line breaks as blanks."""
        return self.flat[sentence.start : sentence.end]

    def with_sentences(self, sentences: Sequence[Sentence]) -> ReadNote:
        """The note with these in place of its sentences, and their mentions as its own."""
        own = tuple(sentences)
        return self if own == self.sentences else replace(self, sentences=own, mentions=tuple(m for s in own for m in s.mentions))


@dataclass(frozen=True, slots=True)
class Cell:
    """A value of a row and the mentions it was read from."""

    value: Value
    mentions: tuple[Mention, ...] = ()
    basis: Basis = "text"
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a cohort table; ``row[column]`` is the value, ``row.cells[column]`` also its evidence."""

    table: str
    cells: Mapping[str, Cell]

    def __getitem__(self, column: str) -> Value:
        cell = self.cells.get(column)
        return cell.value if cell else None


@dataclass(frozen=True, slots=True)
class Drop:
    """A candidate that became no row, and why."""

    mention: Mention
    table: str
    reason: str


@dataclass(frozen=True, slots=True)
class Chart:
    """All that was read of one patient."""

    patient_id: str
    notes: tuple[Note, ...]
    mentions: tuple[Mention, ...] = ()
    patients: tuple[Row, ...] = ()
    procedures: tuple[Row, ...] = ()
    lesions: tuple[Row, ...] = ()
    complications: tuple[Row, ...] = ()
    assessments: tuple[Row, ...] = ()
    outcomes: tuple[Row, ...] = ()
    treatments: tuple[Row, ...] = ()
    drops: tuple[Drop, ...] = field(default=())
