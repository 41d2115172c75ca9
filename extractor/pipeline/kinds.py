"""What kind of note is this? By its title, its first words, its headings and what it speaks of, where it bears no type, or one that it plainly is not.

Each cue of the rules that a note shows speaks with a weight for a kind (``[[kind]]``, rules/kinds.toml); the type it was given speaks for itself.
The kind with the most weight is told. Cues look at the start of a note, so the cost does not grow with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import islice

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
HEADINGS = 100
"""Headings that tell a kind; a report has a dozen."""
GIVEN = 4.0
"""Weight of the type that a note was given."""


class Kinds:
    """Tells kinds of notes; built once from the cues."""

    def __init__(self, cues: Sequence[Cue]) -> None:
        self._cues = {c.rule_id: c for c in cues}
        branches = [(c, f"{c.rule_id} {n}", b) for c in cues for n, b in enumerate(needs.branches(c.regex))]
        self._scan = Scan({name: b for c, name, b in branches if c.where != "sections"})
        self._cue_of = {name: c.rule_id for c, name, _ in branches}
        self._stands = {name: _finder(b) for _, name, b in branches}
        self._headed = frozenset(name for c, name, _ in branches if c.where == "sections")
        self._in_order = sorted(cues, key=lambda c: (ORDER.index(c.where), -abs(c.weight), c.rule_id))

    def __call__(self, read: ReadNote) -> str | None:
        """The kind with the most weight; of equals the earlier one of ``NOTE_TYPES``. The given type where no cue is known."""
        given = read.note.note_type
        own = {given: GIVEN} if given in NOTE_TYPES else {}
        weights = _weights(sorted(self._telling(read, own), key=lambda c: c.rule_id))
        return max(NOTE_TYPES, key=lambda kind: weights.get(kind, 0.0) + own.get(kind, 0.0)) if self._cues else given

    def _telling(self, read: ReadNote, given: Mapping[str, float]) -> list[Cue]:
        """The cues that a note shows, what stands at its head first; those of a kind that has no chance any more are not looked for, none where one kind alone has."""
        seen = places(read)
        can = self._can(read, seen)
        left = [c for c in self._in_order if c.rule_id in can]
        least = {kind: given.get(kind, 0.0) for kind in NOTE_TYPES}
        most = dict(least)
        for cue in left:
            (most if cue.weight > 0 else least)[cue.kind] += cue.weight
        shown: list[Cue] = []
        for cue in left:
            enough = max(least.values()) - EQUAL
            if sum(weight > enough for weight in most.values()) == 1:
                break
            if most[cue.kind] > enough:
                told = self._shows(cue, seen[cue.where], can)
                shown += [cue] if told else []
                (least if (cue.weight > 0) is told else most)[cue.kind] += cue.weight if told else -cue.weight
        return shown

    def _can(self, read: ReadNote, seen: Mapping[str, str]) -> Mapping[str, Sequence[str]]:
        """The branches that can match a note where they look, by cue. A word may be cut in two at the end of what is looked at."""
        whole = read.note.text if len(read.note.text) <= TEXT else seen["text"]  # others search all of it too
        ends = [line[-END:] for line in (*seen["title"].split("\n"), seen["opening"])]
        return self._by_cue(self._headed | self._scan(whole) | self._scan("\n".join(ends)))

    def _by_cue(self, branches: Iterable[str]) -> Mapping[str, Sequence[str]]:
        """Branches by their cue."""
        out: dict[str, list[str]] = {}
        for name in branches:
            out.setdefault(self._cue_of[name], []).append(name)
        return out

    def _shows(self, cue: Cue, text: str, can: Mapping[str, Sequence[str]]) -> bool:
        """True if one of the branches of a cue matches a text."""
        branches = can.get(cue.rule_id)
        return branches is not None and any(self._stands[name](text) for name in branches)

    def weights(self, read: ReadNote) -> dict[str, float]:
        """The weight of each kind that a cue speaks of."""
        return _weights(self.said(read))

    def said(self, read: ReadNote) -> Iterator[Cue]:
        """The cues that a note shows."""
        seen = places(read)
        can = self._can(read, seen)
        for _, cue in sorted(self._cues.items()):
            if self._shows(cue, seen[cue.where], can):
                yield cue

    def typed(self, read: ReadNote) -> ReadNote:
        """The note with what tells its kind, once, to whoever asks for its type."""
        return replace(read, told_type=cache(partial(self, read)))


END = 120
"""Characters in which the words of any cue stand."""
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


NUMBER_AHEAD = re.compile(r"\\b\\d(?P<more>\+|\{2\})(?![?+*{])")


def _finder(branch: str) -> Callable[[str], object]:
    """Tells whether a branch matches a text at all: one that stands at the head of a line is found by the break before it, a number by a digit."""
    number = NUMBER_AHEAD.match(branch)
    if number:  # "word edge, digits" is searched for at each character, "digit with a word edge before it" at digits
        branch = r"\d(?<=\b\d)\d" + ("*" if number["more"] == "+" else "") + branch[number.end() :]
    pattern = re.compile(branch, re.IGNORECASE | re.MULTILINE)
    if not branch.startswith("^"):
        return lambda text: pattern.search(text)
    behind_break = re.compile(rf"\n{branch[1:]}", re.IGNORECASE | re.MULTILINE)
    return lambda text: pattern.match(text) or behind_break.search(text)


def places(read: ReadNote) -> Mapping[str, str]:
    """Where cues look (``rules.WHERE``): the first two lines that are not blank, the first words, the text, and the categories of its first headings."""
    text = read.note.text[: 2 * TEXT].strip()[:TEXT]
    lines = [line for line in text[: 4 * OPENING].splitlines() if line.strip()][:2]
    return {
        "title": "\n".join(line[:TITLE] for line in lines),
        "opening": text[:OPENING],
        "text": text,
        "sections": " ".join(islice((s.category for s in read.sections if s.category), HEADINGS)),
    }
