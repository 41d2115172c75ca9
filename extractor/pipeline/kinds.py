"""What kind of note is this? By its title, its first words, its headings and what it speaks of, where it bears no type, or one that it plainly is not.

Each cue of the rules that a note shows speaks with a weight for a kind (``[[kind]]``, rules/kinds.toml); the type it was given speaks for itself.
The kind with the most weight is told. Cues look at the start of a note, so the cost does not grow with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from extractor.model import ReadNote
from extractor.patterns import re
from extractor.pipeline.scan import Scan
from extractor.rules import Cue
from extractor.schema import NOTE_TYPES

TITLE = 200
"""Characters of each of the first two lines."""
OPENING = 500
TEXT = 4000
GIVEN = 4.0
"""Weight of the type that a note was given."""


class Kinds:
    """Tells kinds of notes; built once from the cues."""

    def __init__(self, cues: Sequence[Cue]) -> None:
        self._cues = {c.rule_id: c for c in cues}
        self._patterns = {c.rule_id: re.compile(c.regex, re.IGNORECASE | re.MULTILINE) for c in cues}
        self._scan = Scan({c.rule_id: c.regex for c in cues if c.where != "sections"})
        self._headed = [c.rule_id for c in cues if c.where == "sections"]
        self._of = {where: [c for c in cues if c.where == where] for where in ORDER}

    def __call__(self, read: ReadNote) -> str | None:
        """The kind with the most weight; of equals the earlier one of ``NOTE_TYPES``. The given type where no cue is known."""
        given = read.note.note_type
        own = {given: GIVEN} if given in NOTE_TYPES else {}
        weights = _weights(sorted(self._telling(read, own), key=lambda c: c.rule_id))
        return max(NOTE_TYPES, key=lambda kind: weights.get(kind, 0.0) + own.get(kind, 0.0)) if self._cues else given

    def _telling(self, read: ReadNote, given: Mapping[str, float]) -> list[Cue]:
        """The cues that a note shows, what stands at its head first; those of a kind that has no chance any more are not looked for."""
        seen = places(read)
        shown: list[Cue] = []
        for n, where in enumerate(ORDER):
            chances = _chances(shown, [c for later in ORDER[n:] for c in self._of[later]], given)
            wanted = [c for c in self._of[where] if c.kind in chances]
            can = self._scan(seen[where]) if wanted and where != "sections" else frozenset(self._headed)
            shown += [c for c in wanted if c.rule_id in can and self._patterns[c.rule_id].search(seen[where])]
        return shown

    def weights(self, read: ReadNote) -> dict[str, float]:
        """The weight of each kind that a cue speaks of."""
        return _weights(self.said(read))

    def said(self, read: ReadNote) -> Iterator[Cue]:
        """The cues that a note shows."""
        seen = places(read)
        for name in sorted((*self._scan(seen["text"]), *self._headed)):
            cue = self._cues[name]
            if self._patterns[name].search(seen[cue.where]):
                yield cue

    def typed(self, read: ReadNote) -> ReadNote:
        """The note with the kind that it is told to be as its type."""
        told = self(read)
        return read if told == read.note.note_type else replace(read, note=replace(read.note, note_type=told))


ORDER = ("sections", "title", "opening", "text")
"""Where cues look, what is shortest first."""
EQUAL = 1e-6
"""A lead by which sums of weights are told apart, in whatever order they were added."""


def _weights(cues: Iterable[Cue]) -> dict[str, float]:
    """The weight of each kind that a cue speaks of."""
    out: dict[str, float] = defaultdict(float)
    for cue in cues:
        out[cue.kind] += cue.weight
    return dict(out)


def _chances(shown: Iterable[Cue], left: Iterable[Cue], given: Mapping[str, float]) -> set[str]:
    """The kinds that can still have the most weight, by the cues that a note shows and those that were not looked for yet."""
    least = {kind: given.get(kind, 0.0) for kind in NOTE_TYPES}
    for cue in shown:
        least[cue.kind] += cue.weight
    most = dict(least)
    for cue in left:
        least[cue.kind] += min(cue.weight, 0.0)
        most[cue.kind] += max(cue.weight, 0.0)
    best = max(least.values())
    return {kind for kind in NOTE_TYPES if most[kind] > best - EQUAL}


def places(read: ReadNote) -> Mapping[str, str]:
    """Where cues look (``rules.WHERE``): the first two lines that are not blank, the first words, the text, and the categories of its headings in order."""
    text = read.note.text[: 2 * TEXT].strip()[:TEXT]
    lines = [line for line in text[: 4 * OPENING].splitlines() if line.strip()][:2]
    return {
        "title": "\n".join(line[:TITLE] for line in lines),
        "opening": text[:OPENING],
        "text": text,
        "sections": " ".join(s.category for s in read.sections if s.category),
    }
