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


DIGIT = re.compile(r"\d")
DIGITS = range(ord("0"), ord("9") + 1)


def needs_digit(regex: str) -> bool:
    """True if every match of the pattern holds a digit."""
    return _digit_in(_parser.parse(regex, re.IGNORECASE))


def _digit_in(nodes: Iterable[tuple[Any, Any]]) -> bool:
    return any(_is_digit(kind, value) for kind, value in nodes)


def _is_digit(kind: Any, value: Any) -> bool:
    if kind is op.LITERAL:
        return value in DIGITS
    if kind is op.IN:
        return all(
            (k is op.CATEGORY and v is op.CATEGORY_DIGIT)
            or (k is op.LITERAL and v in DIGITS)
            or (k is op.RANGE and v[0] in DIGITS and v[1] in DIGITS)
            for k, v in value
        )
    if kind is op.BRANCH:
        return all(_digit_in(branch) for branch in value[1])
    if kind is op.SUBPATTERN:
        return _digit_in(value[-1])
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
        return value[0] > 0 and _digit_in(value[2])
    return kind is op.ATOMIC_GROUP and _digit_in(value)


class Scan:
    """Tells which of many patterns can match a text; cost grows with the text, hardly with the number of patterns."""

    def __init__(self, patterns: Mapping[str, str]) -> None:
        """``patterns``: name to regular expression, matched without case."""
        words = {name: needed(regex) for name, regex in patterns.items()}
        wordless = frozenset(name for name, w in words.items() if not w)
        self._numeric = frozenset(name for name in wordless if needs_digit(patterns[name]))
        self.always = wordless - self._numeric
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
        always = self.always | self._numeric if self._numeric and DIGIT.search(text) else self.always
        if self._automaton is None:
            return always
        found = {index for index, _, _ in self._automaton.find_matches_as_indexes(folded(text), overlapping=True)}
        return always.union(*(self._names[i] for i in found)) if found else always
