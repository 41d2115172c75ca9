"""ConText on plain numbers: which spans of a sentence stand in the scope of a cue? As ``context`` asks medspaCy's, without a Doc.

medspaCy's ConText counts in tokens, and so does this: a cue takes every token it touches, of two cues that overlap the longer stays, a scope runs from
its cue to the end or the beginning of the sentence, at most so many tokens, until the next cue of its kind or one that ends it. Tests prove both alike.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Range = tuple[int, int]
"""Half-open, in tokens."""


@dataclass(frozen=True, slots=True)
class Cue:
    """What a context rule does: see ``extractor.rules.Modifier``; ``category`` is that of medspaCy's rule."""

    category: str
    direction: str
    max_scope: int | None
    labels: frozenset[str] | None


@dataclass(slots=True)
class Modifier:
    """A cue in a sentence, and the tokens that it reaches."""

    cue: Cue
    start: int
    end: int
    scope: Range

    def limit(self, other: Modifier) -> None:
        """End this scope at another cue that may end it."""
        if not overlap(self.scope, other.scope) or self.cue.direction == "TERMINATE":
            return
        if other.cue.direction != "TERMINATE" and other.cue.category != self.cue.category:
            return
        if other.cue.category == self.cue.category and other.cue.labels != self.cue.labels:
            return
        low, high = self.scope
        if self.cue.direction in ("FORWARD", "BIDIRECTIONAL") and other.start > self.start:
            high = min(high, other.start)
        if self.cue.direction in ("BACKWARD", "BIDIRECTIONAL") and other.end < self.end:
            low = max(low, other.end)
        self.scope = (low, high)

    def reaches(self, start: int, end: int, label: str) -> bool:
        """True if the cue speaks of this span: not of words that it shares or that lie within the span."""
        if self.cue.direction in ("TERMINATE", "PSEUDO") or overlap((self.start, self.end), (start, end)):
            return False
        if self.cue.labels is not None and label.upper() not in self.cue.labels:
            return False
        return overlap(self.scope, (start, end)) and not (start <= self.start and self.end <= end)


def overlap(a: Range, b: Range) -> bool:
    """medspaCy's test, which does not see that ``a`` lies within ``b``."""
    return a[0] <= b[0] < a[1] or a[0] < b[1] <= a[1]


def modifiers(starts: Sequence[int], found: Iterable[tuple[int, int, Cue]]) -> list[Modifier]:
    """The cues of a sentence with their scopes. ``starts`` are the characters where its tokens begin; ``found`` is by rule, in characters."""
    at = [(*_touched(starts, low, high), cue) for low, high, cue in found]
    out = [Modifier(cue, start, end, _scope(cue, start, end, len(starts))) for start, end, cue in longest([m for m in at if m[0] < m[1]])]
    for i, one in enumerate(out):
        for other in out[i + 1 :]:
            one.limit(other)
            other.limit(one)
    return out


def _touched(starts: Sequence[int], low: int, high: int) -> Range:
    """The tokens of a cue: those that its characters touch."""
    return max(0, bisect_right(starts, low) - 1), bisect_left(starts, high)


def touched(starts: Sequence[int], ends: Sequence[int], low: int, high: int) -> Range:
    """The tokens of a span; the blank behind a token is not its own where the span begins with it."""
    start = bisect_right(starts, low) - 1
    return start + (low == ends[start]), bisect_right(starts, high - 1)


def longest(found: list[tuple[int, int, Cue]]) -> list[tuple[int, int, Cue]]:
    """Of neighbours that overlap the longer stays, the earlier of equals; again, until none do."""
    while len(found) > 1:
        rest = iter(sorted(found, key=lambda m: m[:2]))
        kept = []
        this = next(rest, None)
        while this is not None:
            that = next(rest, None)
            if that is not None and overlap(this[:2], that[:2]):
                this, that = max(this, that, key=lambda m: m[1] - m[0]), next(rest, None)
            kept.append(this)
            this = that
        if len(kept) == len(found):
            return kept
        found = kept
    return found


def _scope(cue: Cue, start: int, end: int, size: int) -> Range:
    """The tokens of the sentence that a cue reaches before others end it."""
    most = size if cue.max_scope is None else cue.max_scope
    if cue.direction == "FORWARD":
        return end, min(size, end + most)
    if cue.direction == "BACKWARD":
        return max(0, start - most), start
    return max(0, start - most), min(size, end + most)
