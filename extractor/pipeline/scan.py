"""Which rules can match a text at all? One multi-pattern search for the words that their patterns cannot do without.

A regular expression such as ``\\b(?:pneumo|hydro)thorax\\b`` matches only where "thorax" stands, so a sentence without any such word need not be
searched by it. The words are read from the pattern itself, so a rule's author never lists them. Patterns without such words are always tried.
The answer is a superset: letting the patterns it names search the text gives every match of every pattern.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from ahocorasick_rs import AhoCorasick

Words = frozenset[str]
SHORTEST = 2
"""Characters of the shortest word worth searching for."""
MOST = 400
"""Words of one pattern beyond which it is simply always tried."""
ALIKE = {0x130: "i", 0x131: "i"}
"""Characters that a pattern regards as an "i" whatever the case, and that casefold does not."""


def folded(text: str) -> str:
    """Text as it is searched: without case, as ``re.IGNORECASE`` sees it."""
    return text.translate(ALIKE).casefold()


def needed(regex: str) -> Words:
    """Words of which every match of the pattern holds at least one, case-folded; empty where there are none."""
    found = _of_sequence(_parser.parse(regex, re.IGNORECASE))
    return found if len(found) <= MOST and min(map(len, found), default=0) >= SHORTEST else frozenset()


def _of_sequence(nodes: Iterable[tuple[Any, Any]]) -> Words:
    """The best single requirement of a sequence: the words whose shortest is longest."""
    best: Words = frozenset()
    run = ""
    for kind, value in nodes:
        if kind is op.LITERAL:
            run += chr(value)
            continue
        if kind in (op.AT, op.ASSERT, op.ASSERT_NOT):
            continue  # no width: what stands before and behind it touch
        best, run = _better(best, _word(run)), ""
        best = _better(best, _of_node(kind, value))
    return _better(best, _word(run))


def _word(run: str) -> Words:
    return frozenset((folded(run),)) if run else frozenset()


def _better(a: Words, b: Words) -> Words:
    return max((a, b), key=lambda words: (min(map(len, words), default=0), -len(words)))


def _of_node(kind: Any, value: Any) -> Words:
    if kind is op.SUBPATTERN:
        return _of_sequence(value[-1])
    if kind is op.BRANCH:
        options = [_of_sequence(branch) for branch in value[1]]
        return frozenset().union(*options) if all(options) else frozenset()
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
        return _of_sequence(value[2]) if value[0] > 0 else frozenset()
    if kind is op.ATOMIC_GROUP:
        return _of_sequence(value)
    return frozenset()


class Scan:
    """Tells which of many patterns can match a text; cost grows with the text, hardly with the number of patterns."""

    def __init__(self, patterns: Mapping[str, str]) -> None:
        """``patterns``: name to regular expression, matched without case."""
        words = {name: needed(regex) for name, regex in patterns.items()}
        self.always = frozenset(name for name, w in words.items() if not w)
        self._names: Sequence[frozenset[str]] = ()
        by_word: dict[str, set[str]] = {}
        for name, own in words.items():
            for word in own:
                by_word.setdefault(word, set()).add(name)
        ordered = sorted(by_word)
        self._names = [frozenset(by_word[w]) for w in ordered]
        self._automaton = AhoCorasick(ordered) if ordered else None

    def __call__(self, text: str) -> frozenset[str]:
        """Names of the patterns that can match ``text``."""
        if self._automaton is None:
            return self.always
        found = {index for index, _, _ in self._automaton.find_matches_as_indexes(folded(text), overlapping=True)}
        return self.always.union(*(self._names[i] for i in found)) if found else self.always
