"""What the normalizer's questions hand to each other. All frozen."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, wraps
from typing import Any, TypeVar

from extractor.model import Cell, Mention, PartialDate, ReadNote, Sentence


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere in the body, as a sentence names it. Empty fields say nothing."""

    site: str = ""
    side: str = ""
    parts: frozenset[str] = frozenset()
    """Finer places, ``kind:value``; two values of one kind exclude each other."""
    name: str = ""
    """Number of a named target ("Target B" is 2)."""
    mentions: tuple[Mention, ...] = ()
    text: str = ""


class _Labelled(dict[tuple[str, ...], tuple[Mention, ...]]):
    """Mentions by the labels that were asked for; what was asked before is one look into a dict, for questions ask a million times."""

    __slots__ = ("_mentions",)

    def __init__(self, mentions: Sequence[Mention]) -> None:
        self._mentions = mentions

    def __missing__(self, labels: tuple[str, ...]) -> tuple[Mention, ...]:
        found = self[labels] = tuple([m for m in self._mentions if m.label in labels])
        return found


@dataclass(frozen=True, eq=False)
class Line:
    """A sentence with the note it stands in; two lines of the same words of the same note are equal. What many questions ask of it is told once."""

    read: ReadNote
    sentence: Sentence

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Line) and self._key == other._key)

    def __hash__(self) -> int:
        return hash(self._key)

    @cached_property
    def _key(self) -> tuple[str, int, int]:
        return self.read.note.note_id, self.sentence.start, self.sentence.end

    @cached_property
    def text(self) -> str:
        """The words."""
        return self.read.text(self.sentence)

    @property
    def mentions(self) -> tuple[Mention, ...]:
        """Mentions of the sentence."""
        return self.sentence.mentions

    def labelled(self, *labels: str) -> tuple[Mention, ...]:
        """Mentions with one of the labels."""
        return self._told[labels] if self.sentence.mentions else ()

    @cached_property
    def _told(self) -> _Labelled:
        return _Labelled(self.sentence.mentions)

    @cached_property
    def answers(self) -> dict[Callable[[Line], Any], Any]:
        """What questions were told of the line (``once``)."""
        return {}

    def part(self, start: int, end: int) -> Line:
        """What stands between two characters of its note."""
        mentions = tuple(m for m in self.mentions if start <= m.start < end)
        return Line(self.read, Sentence(start, end, self.sentence.section, self.sentence.paragraph, mentions))


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """An ablation session: one row of procedures. ``lines`` are the sentences that report it."""

    procedure_id: str
    when: PartialDate
    modality: str
    cells: Mapping[str, Cell]
    lines: tuple[Line, ...]
    report: ReadNote | None = None
    """The procedure note itself, where the chart has it."""
    mentions: tuple[Mention, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A lesion treated in a session: one row of lesions."""

    lesion_id: str
    session: Session
    place: Place
    cells: Mapping[str, Cell]
    retreatment_of: str | None = None
    size: float | None = None
    mentions: tuple[Mention, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Exam:
    """An exam: its day and kind, and the sentences that tell what it showed. ``own`` if this is the exam's own report.

    ``beside`` are the findings of another exam that the same report is about, of one conclusion.
    """

    when: PartialDate
    modality: str
    lines: tuple[Line, ...]
    own: bool
    cells: Mapping[str, Cell] = field(default_factory=dict)
    beside: tuple[Line, ...] = ()


T = TypeVar("T")


def once(ask: Callable[[Line], T]) -> Callable[[Line], T]:
    """Answer a question of a line once, however many questions of a chart ask: the answer stays with the line."""

    @wraps(ask)
    def answer(line: Line) -> T:
        known = line.answers
        if ask not in known:
            known[ask] = ask(line)
        found: T = known[ask]
        return found

    return answer


@lru_cache(maxsize=4096)
def searched(pattern: re.Pattern[str], words: str) -> re.Match[str] | None:
    """What a pattern finds in a sentence, once however many of its mentions ask."""
    return pattern.search(words)


def in_line(words: str) -> str:
    """The note's words as a cell holds them: on one line."""
    return " ".join(words.split())
