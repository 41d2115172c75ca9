"""What kind of note is this? By its title, its first words, its headings and what it speaks of, where it bears no type, or one that it plainly is not.

Each cue of the rules that a note shows speaks with a weight for a kind (``[[kind]]``, rules/kinds.toml); the type it was given speaks for itself.
The kind with the most weight is told. Cues look at the start of a note, so the cost does not grow with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace

from extractor.model import ReadNote
from extractor.patterns import re
from extractor.pipeline import needs
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
        branches = {c.rule_id: {f"{c.rule_id} {n}": b for n, b in enumerate(needs.branches(c.regex))} for c in cues}
        self._patterns = {name: re.compile(b, re.IGNORECASE | re.MULTILINE) for own in branches.values() for name, b in own.items()}
        self._scan = Scan({name: b for c in cues if c.where != "sections" for name, b in branches[c.rule_id].items()})
        self._branches = {rule_id: tuple(own) for rule_id, own in branches.items()}
        self._of = {where: [c for c in cues if c.where == where] for where in ORDER}
        self._left = [_bounds(c for later in ORDER[n:] for c in self._of[later]) for n in range(len(ORDER))]

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
            chances = _chances(shown, self._left[n], given)
            wanted = [c for c in self._of[where] if c.kind in chances]
            can = self._scan(seen[where]) if wanted and where != "sections" else None
            shown += [c for c in wanted if self._shows(c, seen[where], can)]
        return shown

    def _shows(self, cue: Cue, text: str, can: Set[str] | None) -> bool:
        """True if one of the branches of a cue matches a text; of them ``can`` are those that can at all."""
        return any(self._patterns[b].search(text) for b in self._branches[cue.rule_id] if can is None or b in can)

    def weights(self, read: ReadNote) -> dict[str, float]:
        """The weight of each kind that a cue speaks of."""
        return _weights(self.said(read))

    def said(self, read: ReadNote) -> Iterator[Cue]:
        """The cues that a note shows."""
        seen = places(read)
        can = self._scan(seen["text"])
        for _, cue in sorted(self._cues.items()):
            if self._shows(cue, seen[cue.where], None if cue.where == "sections" else can):
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


Bounds = Mapping[str, tuple[float, float]]
"""The least and the most that cues can add to the weight of each kind."""


def _bounds(cues: Iterable[Cue]) -> Bounds:
    weights: dict[str, list[float]] = {kind: [] for kind in NOTE_TYPES}
    for cue in cues:
        weights[cue.kind].append(cue.weight)
    return {kind: (sum(min(w, 0.0) for w in own), sum(max(w, 0.0) for w in own)) for kind, own in weights.items()}


def _chances(shown: Iterable[Cue], left: Bounds, given: Mapping[str, float]) -> set[str]:
    """The kinds that can still have the most weight, by the cues that a note shows and what those can add that were not looked for yet."""
    so_far = {kind: given.get(kind, 0.0) for kind in NOTE_TYPES}
    for cue in shown:
        so_far[cue.kind] += cue.weight
    best = max(weight + left[kind][0] for kind, weight in so_far.items())
    return {kind for kind, weight in so_far.items() if weight + left[kind][1] > best - EQUAL}


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
