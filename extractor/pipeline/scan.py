"""Which rules can match a text at all? One multi-pattern search for the words that their patterns cannot do without (``needs``).

The answer is a superset: letting the patterns it names search the text gives every match of every pattern. Patterns that can do without any word
are always named. Cost grows with the text, hardly with the number of patterns.

Texts and words are searched as ASCII letters, underscores, zeros for digits and blanks for all else, so that the edge of a word is a blank beside it.
What is no ASCII letter parts words here, though it may be a letter: that finds more, never less.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ahocorasick_rs import AhoCorasick, BytesAhoCorasick

from extractor.pipeline.needs import ANY_DIGIT, Alternative, Word, folded, needs

SIGNS = re.compile(r"[^a-z_\0\1]")
PLAIN = bytes(
    ord("0") if chr(c) in f"0123456789{ANY_DIGIT}" else c if (chr(c).isalpha() and c < 128) or c == ord("_") else ord(" ")
    for c in range(256)
)
FRAGMENT = re.compile(r"[^\0\1]+")


def plain(low: str) -> bytes:
    """A folded text as it is searched, a blank for all that parts two words."""
    return b" ".join(low.encode("ascii", "replace").translate(PLAIN).split())


EVERYWHERE = 0
"""The number of the empty word."""


def _key(word: Word) -> bytes:
    """A word as it is searched; empty if it has no letter and no digit."""
    key = plain(word.text)
    before, behind = word.left or not _is_letter(word.text[0]), word.right or not _is_letter(word.text[-1])
    return b" " * before + key + b" " * behind if key else b""


def _is_letter(char: str) -> bool:
    return bool(plain(char))


class Scan:
    """Tells which of many patterns can match a text."""

    def __init__(self, patterns: Mapping[str, str]) -> None:
        """``patterns``: name to regular expression, matched without case."""
        self._wanted: list[list[tuple[str, tuple[frozenset[int], ...]]]] = [[]]
        self._numbers: dict[bytes, int] = {}
        self._signs: dict[str, dict[int, int]] = {}
        always = set()
        for name, regex in patterns.items():
            alternatives = needs(regex)
            if all(alternatives):
                self._want(name, alternatives)
            else:
                always.add(name)
        self.always = frozenset(always)
        self._sure = {
            n: names for n, names in enumerate(tuple(name for name, others in own if not others) for own in self._wanted) if names
        }
        self._more = {n: own for n, own in enumerate([x for x in own if x[1]] for own in self._wanted) if own}
        self._of_word = tuple(self._numbers.values())
        self._automaton = BytesAhoCorasick(list(self._numbers)) if self._numbers else None
        self._of_sign = tuple(tuple(own.items()) for own in self._signs.values())
        self._sign_automaton = AhoCorasick(list(self._signs)) if self._signs else None

    def _want(self, name: str, alternatives: tuple[Alternative, ...]) -> None:
        """Keep with each word of an alternative's rarest clause which clauses must be met beside it."""
        for first, *rest in alternatives:
            others = tuple(frozenset(map(self._number, clause)) for clause in rest)
            for number in {self._number(word) for word in first}:
                self._wanted[number].append((name, others))

    def _number(self, word: Word) -> int:
        """A word's number; one that is more than letters, such as "(a)" or "l5", is there where "a" or "l0" and "(a)" or "l5" are."""
        key, sign = _key(word), _sign(word.text)
        number = self._numbers.setdefault(key, self._new()) if key and key not in self._numbers else self._numbers.get(key, EVERYWHERE)
        if not sign:
            return number
        own = self._signs.setdefault(sign, {})
        if number not in own:
            own[number] = self._new()
        return own[number]

    def _new(self) -> int:
        self._wanted.append([])
        return len(self._wanted) - 1

    def __call__(self, text: str) -> set[str]:
        """Names of the patterns that can match ``text``."""
        said = self._said(folded(text))
        names = set(self.always)
        for number in said & self._sure.keys():
            names.update(self._sure[number])
        for number in said & self._more.keys():
            for name, others in self._more[number]:
                for clause in others:
                    if said.isdisjoint(clause):
                        break
                else:
                    names.add(name)
        return names

    def _said(self, low: str) -> set[int]:
        """The numbers of the words that stand in a folded text."""
        said = {EVERYWHERE}
        if self._automaton is not None:
            found = self._automaton.find_matches_as_indexes(b" %b " % plain(low), overlapping=True)
            said.update([self._of_word[index] for index, _, _ in found])
        if self._sign_automaton is not None:
            signs = {index for index, _, _ in self._sign_automaton.find_matches_as_indexes(low, overlapping=True)}
            said.update([own for index in signs for number, own in self._of_sign[index] if number in said])
        return said


def _sign(word: str) -> str:
    """The longest stretch of a word that is more than letters and any digits; empty where there is none."""
    return max((part for part in FRAGMENT.findall(word) if SIGNS.search(part)), key=len, default="")
