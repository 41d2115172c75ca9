"""Which rules can match a text at all? One multi-pattern search for the words that their patterns cannot do without (``needs``).

The answer is a superset: letting the patterns it names search the text gives every match of every pattern. Patterns that can do without any word
are always named. Cost grows with the text, hardly with the number of patterns.

Texts and words are searched as ASCII letters, underscores, zeros for digits and blanks for all else, so that the edge of a word is a blank beside it.
What is no ASCII letter parts words here, though it may be a letter: that finds more, never less. All digits are alike: texts that differ in nothing else
have one answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import Any

from ahocorasick_rs import AhoCorasick, BytesAhoCorasick

from extractor.kept import kept
from extractor.patterns import re
from extractor.pipeline.needs import ANY_DIGIT, Alternative, Word, blind, folded, needs

SIGNS = re.compile(r"[^a-z_\0\1]")
PLAIN = bytes(
    ord("0") if chr(c) in f"0123456789{ANY_DIGIT}" else c if (chr(c).isalpha() and c < 128) or c == ord("_") else ord(" ")
    for c in range(256)
)
FRAGMENT = re.compile(r"[^\0\1\d]+")


@lru_cache(maxsize=64)
def plain(low: str) -> bytes:
    """A folded text as it is searched, a blank for all that parts two words. Several scans ask of a note."""
    return b" ".join(low.encode("ascii", "replace").translate(PLAIN).split())


CUT = 1000
"""Characters of a word within which a sentence may end."""
BLOCK = CUT // 2
"""Characters that such a word fills somewhere, of a text cut into stretches of so many."""


def _has_word_without_end(text: str) -> bool:
    filled = any(len(text[at : at + BLOCK].split(maxsplit=1)) == 1 for at in range(0, len(text), BLOCK))
    return filled and max(map(len, text.split()), default=0) >= CUT


FIRST = itemgetter(0)
FEW = 16
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
    """Tells which of many patterns can match a text. Its tables are made at the first text, or read where an earlier run kept them."""

    def __init__(self, patterns: Mapping[str, str]) -> None:
        """``patterns``: name to regular expression, matched without case."""
        self._patterns = dict(sorted(patterns.items()))

    @property
    def always(self) -> frozenset[str]:
        """Names of the patterns that can match any text."""
        return self._tables.always

    @property
    def blind(self) -> frozenset[str]:
        """Names of the patterns to which all digits are alike."""
        return self._tables.blind

    def of_sentences(self, note: str) -> AbstractSet[str]:
        """Names of the patterns that can match a sentence of a note: all of them, where a word is so long that it may be parted in two."""
        return self._patterns.keys() if _has_word_without_end(note) else self(note)

    def ready(self) -> Scan:
        """With its tables made."""
        self._tables.said("")
        return self

    @cached_property
    def _tables(self) -> Tables:
        found = kept(self._patterns.values(), ("pipeline/needs.py", "pipeline/scan.py"), lambda: _Wanted(self._patterns.values()).plain())
        return Tables(tuple(self._patterns), found)

    def __call__(self, text: str) -> set[str]:
        """Names of the patterns that can match ``text``."""
        tables = self._tables
        said = tables.said(folded(text.replace(ANY_DIGIT, " ")))
        names = set(tables.always)
        for number in said & tables.sure.keys():
            names.update(tables.sure[number])
        for number in said & tables.more.keys():
            for name, others in tables.more[number]:
                for clause in others:
                    if said.isdisjoint(clause):
                        break
                else:
                    names.add(name)
        return names


class Tables:
    """What is searched for, and which patterns each word is of."""

    def __init__(self, names: Sequence[str], found: Mapping[str, Any]) -> None:
        """``found`` is what ``_Wanted.plain`` gave."""
        self.always = frozenset(names[i] for i in found["always"])
        self.blind = frozenset(names[i] for i in found["blind"])
        self.sure = {n: tuple(names[i] for i in own) for n, own in found["sure"]}
        clauses = [frozenset(clause) for clause in found["clauses"]]
        self.more = {n: [(names[i], tuple(clauses[c] for c in others)) for i, others in own] for n, own in found["more"]}
        words = [(word.encode(), number) for word, number in zip(found["words"], found["numbers"], strict=True)]
        digits = [w for w in words if not w[0].strip(b"0 ")]
        # Every number of a text is one of each of these: few are asked for one by one, which tells it once.
        self._digits = digits if len(digits) <= FEW else []
        words = [w for w in words if w not in self._digits]
        self._of_word = [number for _, number in words]
        self._automaton = BytesAhoCorasick([word for word, _ in words]) if words else None
        self._of_sign = [own for _, own in found["signs"]]
        self._sign_automaton = AhoCorasick([sign for sign, _ in found["signs"]]) if found["signs"] else None

    def said(self, low: str) -> set[int]:
        """The numbers of the words that stand in a folded text."""
        said = {EVERYWHERE}
        text = b" %b " % plain(low)
        said.update([number for word, number in self._digits if word in text])
        if self._automaton is not None:
            found = self._automaton.find_matches_as_indexes(text, overlapping=True)
            said.update(map(self._of_word.__getitem__, set(map(FIRST, found))))
        if self._sign_automaton is not None:
            signs = set(map(FIRST, self._sign_automaton.find_matches_as_indexes(low, overlapping=True)))
            said.update([own for index in signs for number, own in self._of_sign[index] if number in said])
        return said


class _Wanted:
    """The words of patterns by number, and what each of them asks for beside it. Patterns are told by their place."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._wanted: list[list[tuple[int, tuple[frozenset[int], ...]]]] = [[]]
        self._numbers: dict[bytes, int] = {}
        self._signs: dict[str, dict[int, int]] = {}
        self._always: list[int] = []
        self._blind: list[int] = []
        for place, regex in enumerate(patterns):
            alternatives = needs(regex)
            if blind(regex):
                self._blind.append(place)
            if all(alternatives):
                self._want(place, alternatives)
            else:
                self._always.append(place)

    def plain(self) -> dict[str, Any]:
        """As JSON can hold it: ``sure`` are the patterns that a word alone lets match, ``more`` those that ask for clauses beside it."""
        clauses: dict[frozenset[int], int] = {}
        more = [
            [n, [[place, [clauses.setdefault(c, len(clauses)) for c in others]] for place, others in own if others]]
            for n, own in enumerate(self._wanted)
        ]
        return {
            "always": self._always,
            "blind": self._blind,
            "sure": [[n, places] for n, own in enumerate(self._wanted) if (places := [p for p, others in own if not others])],
            "more": [entry for entry in more if entry[1]],
            "clauses": [sorted(c) for c in clauses],
            "words": [word.decode() for word in self._numbers],
            "numbers": list(self._numbers.values()),
            "signs": [[sign, list(map(list, own.items()))] for sign, own in self._signs.items()],
        }

    def _want(self, place: int, alternatives: tuple[Alternative, ...]) -> None:
        """Keep with each word of an alternative's rarest clause which clauses must be met beside it."""
        for first, *rest in alternatives:
            others = tuple(frozenset(map(self._number, clause)) for clause in rest)
            for number in {self._number(word) for word in first}:
                self._wanted[number].append((place, others))

    def _number(self, word: Word) -> int:
        """A word's number; one that is more than letters, such as "(a)", is there where "a" and "(a)" are."""
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


def _sign(word: str) -> str:
    """The longest stretch of a word that is more than letters and digits; empty where there is none."""
    return max((part for part in FRAGMENT.findall(word) if SIGNS.search(part)), key=len, default="")
