"""What must stand in a text for a pattern to match there? Read from the pattern itself, so that a rule's author lists nothing.

    \\b(?:pneumo|hydro)thorax\\b          one of the words "pneumothorax", "hydrothorax"
    needle\\s+tracks?\\b                  "needle", and a word that is "track" or "tracks"
    \\b(?:POD|day)\\s*(\\d+)|yesterday     one of the words "pod", "day", and a digit; or "yesterday"

A need is a choice of alternatives, each a list of clauses that all must be met, each clause met by any of its words. Everything here errs on
one side: a text that a pattern matches meets the pattern's need, the reverse is left to the pattern.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise, product
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

from extractor.compiled import CODES
from extractor.patterns import re

MOST_SPELLED = 64
"""Ways to spell a run of characters that are told apart; beyond it the run is cut in two."""
FEW = 8
"""Ways to spell what is repeated that are told apart."""
MOST = 2_000
"""Words of a clause beyond which it says too little to be searched for."""
CLAUSES = 4
"""Clauses of an alternative that are kept, the rarest first."""
OTHER_DIGIT = re.compile(r"(?![0-9])\d")
ALIKE = {0x130: "i", 0x131: "i"}
"""Characters that a pattern regards as an "i" whatever the case, and that casefold does not."""


class Word(NamedTuple):
    """Characters of a text, case-folded, with ``ANY_DIGIT`` and ``BLANK``; ``left`` and ``right`` say that no letter, digit or underscore stands beside them."""

    text: str
    left: bool = False
    right: bool = False


COMMON = frozenset(
    [
        "a",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "by",
        "for",
        "from",
        "had",
        "has",
        "have",
        "her",
        "his",
        "if",
        "in",
        "is",
        "it",
        "its",
        "no",
        "not",
        "of",
        "on",
        "or",
        "our",
        "she",
        "that",
        "the",
        "then",
        "there",
        "they",
        "this",
        "to",
        "up",
        "was",
        "we",
        "were",
        "with",
    ]
)
"""Words that stand in most sentences: a clause of them tells little."""
ANY_DIGIT, BLANK = "\0", "\1"
"""Stand for any one digit, and for white space of any length."""
BLANKS = re.compile("\1+")
Clause = frozenset[Word]
Alternative = tuple[Clause, ...]
Nodes = Sequence[tuple[Any, Any]]


class Need(NamedTuple):
    """What a part of a pattern asks of a text; ``spelled`` are all its spellings where they are few, without a need of their own then.

    ``again`` are the few spellings of what is repeated, at least once and so often that not all its runs are spelled.
    """

    spelled: frozenset[str] | None
    alternatives: tuple[Alternative, ...] = ((),)
    again: frozenset[str] = frozenset()


NOTHING = Need(None)
EMPTY, SPACE = frozenset([""]), frozenset([BLANK])


def folded(text: str) -> str:
    """Text as it is searched: without case, as ``re.IGNORECASE`` sees it."""
    return text.lower() if text.isascii() else OTHER_DIGIT.sub("0", text.translate(ALIKE).casefold())


@lru_cache(maxsize=4096)
def _parsed(regex: str) -> Nodes:
    return tuple(_parser.parse(regex, re.IGNORECASE))


@lru_cache(maxsize=4096)
def needs(regex: str) -> tuple[Alternative, ...]:
    """The alternatives of a pattern that is matched without case; one without clauses if nothing can be said."""
    nodes = _parsed(regex)
    found = _clauses(_of_sequence(nodes, False, False), False, False)
    return found if all(found) else ((),)


def blind(regex: str) -> bool:
    """True if a pattern takes every ASCII digit for any other: it matches texts that differ in nothing else in the same places."""
    return _all_blind(_parsed(regex))


MARKS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[()|]", re.DOTALL)
"""What parts a pattern, or hides what looks as if it did."""
OPENING = re.compile(r"(?:\\b|\^|\\W\*|\(\?-?i\))*+\(\?:")
QUANTIFIED = re.compile(r"[*+?{]")


def branches(regex: str) -> tuple[str, ...]:
    """Patterns that together match in the same texts as this one, each asking for more: ``\\b(?:a|b)c`` is ``\\bac`` or ``\\bbc``.

    Where they match is not told, nor are groups kept. One that speaks of its own groups is left whole.
    """
    if "(?P" in regex or re.search(r"\\[1-9]|\(\?\(|\(\?[aiLmsux]+\)", regex):
        return (regex,)
    return tuple(told for part in _parted(regex) for told in _distributed(part))


def _parted(regex: str) -> list[str]:
    """A pattern cut at its outermost bars."""
    cuts, depth = [-1], 0
    for mark in MARKS.finditer(regex):
        depth += (mark[0] == "(") - (mark[0] == ")")
        if mark[0] == "|" and not depth:
            cuts.append(mark.start())
    return [regex[a + 1 : b] for a, b in pairwise([*cuts, len(regex)])]


def _distributed(part: str) -> list[str]:
    """A choice at the head of a pattern, with what stands before and behind it."""
    head = OPENING.match(part)
    if not head:
        return [part]
    depth = 1
    for mark in MARKS.finditer(part, head.end()):
        depth += (mark[0] == "(") - (mark[0] == ")")
        if not depth:
            before, behind = part[: head.end() - 3], part[mark.end() :]
            inner = [] if QUANTIFIED.match(behind) else _parted(part[head.end() : mark.start()])
            return [f"{before}{one}{behind}" for one in inner] or [part]
    return [part]


DIGITS = frozenset(range(ord("0"), ord("9") + 1))
INSIDE = {op.SUBPATTERN: -1, op.ASSERT: 1, op.ASSERT_NOT: 1, op.MAX_REPEAT: 2, op.MIN_REPEAT: 2, op.POSSESSIVE_REPEAT: 2}
"""Where in a node's value its parts are."""
ANY_ONE = (op.IN, [(op.CATEGORY, op.CATEGORY_DIGIT)])


def _all_blind(nodes: Nodes) -> bool:
    return all(_is_blind(kind, value) for kind, value in nodes)


def _is_blind(kind: Any, value: Any) -> bool:
    if kind in (op.LITERAL, op.NOT_LITERAL):
        return value not in DIGITS
    if kind is op.IN:
        told = {d for item in value for d in _told_digits(item)}
        return len(told) in (0, len(DIGITS))
    if kind is op.BRANCH:
        return all(map(_all_blind, value[1]))
    if kind is op.ATOMIC_GROUP:
        return _all_blind(value)
    return _all_blind(value[INSIDE[kind]]) if kind in INSIDE else kind in (op.AT, op.ANY)  # a reference to a group may be to its digits


def _told_digits(item: tuple[Any, Any]) -> list[int]:
    """The digits that an item of a class names."""
    kind, value = item
    return [d for d in DIGITS if (kind is op.LITERAL and value == d) or (kind is op.RANGE and value[0] <= d <= value[1])]


@lru_cache(maxsize=4096)
def blinded(regex: str) -> re.Pattern[str] | None:
    """A pattern blind to digits that matches wherever ``regex`` does, whatever digits stand there; None where none can be made."""
    return CODES.pattern(f"blind {regex}", None, lambda: _parsed_blind(regex))


def _parsed_blind(regex: str) -> Any:
    tree = _parser.parse(regex, re.IGNORECASE | re.MULTILINE)
    try:
        _blind(tree)
    except ValueError:
        return None
    return tree


def _blind(tree: Any) -> None:
    """Let every digit of a parsed pattern stand for any. What must not stand beside is no longer asked where it names digits."""
    tree.data = [_blinded(kind, value) for kind, value in tree.data if kind is not op.ASSERT_NOT or _is_blind(kind, value)]


def _blinded(kind: Any, value: Any) -> tuple[Any, Any]:
    if _is_blind(kind, value):
        return kind, value
    if kind is op.LITERAL:
        return ANY_ONE
    if kind is op.IN and value[0][0] is not op.NEGATE:
        return op.IN, [*value, *ANY_ONE[1]]
    if kind is op.BRANCH:
        parts = value[1]
    elif kind is op.ATOMIC_GROUP:
        parts = [value]
    elif kind in INSIDE:
        parts = [value[INSIDE[kind]]]
    else:
        raise ValueError(kind)
    for part in parts:
        _blind(part)
    return kind, value


def _clauses(need: Need, left: bool, right: bool) -> tuple[Alternative, ...]:
    """The alternatives of a part; one that is spelled out has a clause of its spellings, at what stands beside it."""
    if need.spelled is None:
        return need.alternatives
    clause = frozenset(_word(s, left, right) for s in need.spelled if s)
    return (((clause,) if "" not in need.spelled and telling(clause) else ()),)


def _word(spelling: str, left: bool, right: bool) -> Word:
    return Word(spelling, left and _is_letter(spelling[0]), right and _is_letter(spelling[-1]))


def _is_letter(char: str) -> bool:
    return char.isalnum() or char in ("_", ANY_DIGIT)


def weight(word: Word) -> float:
    """How rare a word is; 0 for what is too common or too dear to search for."""
    if word.text == BLANK:
        return 0
    if word.text == ANY_DIGIT:
        return 1.5
    if len(word.text) == 1 and word.text.isalpha() and not (word.left and word.right):
        return 1.2 * (word.left or word.right) * word.text.isascii()
    if word.text in COMMON:
        return 1
    return len(word.text) + word.left + word.right + (not word.text.isalpha()) * 0.5


def rarity(clause: Clause) -> tuple[float, int]:
    """Of two clauses the greater is met by fewer texts."""
    return min(map(weight, clause)), -len(clause)


def telling(clause: Clause) -> bool:
    """True if a clause is worth searching for."""
    return 0 < len(clause) <= MOST and rarity(clause)[0] >= 1


# ---- parts ----------------------------------------------------------------------------------------------------------------


class _Sequence:
    """Reads the parts of a sequence one after another: spellings run on as long as they are few."""

    def __init__(self, left: bool) -> None:
        self.run, self.left, self.right = EMPTY, left, False
        self.whole = True
        self.clauses: list[Clause] = []
        self.choices: list[tuple[Alternative, ...]] = []

    def boundary(self) -> None:
        """A place where a word begins or ends."""
        self.whole = False
        if self.run == EMPTY:
            self.left = True
        else:
            self.right = True

    def spell(self, words: frozenset[str]) -> None:
        """A part with few spellings."""
        if len(self.run) * len(words) > MOST_SPELLED:
            self.cut()
        self.run, self.right = frozenset(BLANKS.sub(BLANK, a + b) for a, b in product(self.run, words)), False

    def cut(self) -> None:
        """What comes next is not spelled out, or in too many ways."""
        if self.run != EMPTY:
            self._add(_clauses(Need(self.run), self.left, self.right))
            self.left = self.right
        self.run, self.right, self.whole = EMPTY, False, False

    def repeat(self, words: frozenset[str]) -> None:
        """One of a few spellings and more of them: the first stands beside what came before, the last beside what comes next."""
        self.spell(words)
        self.cut()
        self.run, self.left = words, False

    def other(self, alternatives: tuple[Alternative, ...]) -> None:
        """The needs of a part that is not spelled out, or of what must stand beside."""
        self._add(alternatives)

    def _add(self, alternatives: tuple[Alternative, ...]) -> None:
        if not all(alternatives):
            return
        if len(alternatives) == 1:
            self.clauses += alternatives[0]
        else:
            self.choices.append(alternatives)

    def need(self, right: bool) -> Need:
        """Of all parts together. Where the spellings tell nothing by themselves, what must stand beside them counts more than that they can run on."""
        if self.whole and not (self.clauses and not telling(frozenset(_word(s, self.left, right) for s in self.run if s))):
            return Need(frozenset(map(folded, self.run)))
        self.right = self.right or (right and self.run != EMPTY)
        self.cut()
        return Need(None, _together(self.clauses, self.choices))


def _together(clauses: list[Clause], choices: list[tuple[Alternative, ...]]) -> tuple[Alternative, ...]:
    """Clauses that all must be met, and one of each choice: the largest choice is kept as such, of the others what their alternatives share."""
    choices = sorted(choices, key=len)
    kept = choices.pop() if choices else ((),)
    own = [*clauses, *(c for c in map(_any_of, choices) if telling(c))]
    return tuple(_rarest((*own, *alternative)) for alternative in kept)


def _rarest(clauses: Iterable[Clause]) -> Alternative:
    """The clauses worth keeping, the rarest first."""
    found = sorted(dict.fromkeys(clauses), key=_order)
    return tuple(c for n, c in enumerate(found[:CLAUSES]) if n == 0 or rarity(c)[0] > 1)


def _order(clause: Clause) -> tuple[float, int, list[Word]]:
    weight, size = rarity(clause)
    return -weight, -size, sorted(clause)


def _any_of(alternatives: Iterable[Alternative]) -> Clause:
    """One clause that is met wherever any of the alternatives is."""
    return frozenset().union(*(a[0] for a in alternatives))


def _of_sequence(nodes: Nodes, left: bool, right: bool) -> Need:
    """``left`` and ``right``: a word begins before the sequence, ends behind it."""
    found = _Sequence(left)
    for at, (kind, value) in enumerate(nodes):
        if kind is op.AT:
            if value is op.AT_BOUNDARY:
                found.boundary()
            continue
        if kind in (op.ASSERT, op.ASSERT_NOT):
            _beside(found, kind, value)
            continue
        last = right and not any(_has_width(k) for k, _ in nodes[at + 1 :])
        need = _of_node(kind, value, found.left and found.run == EMPTY, _bounded(nodes, at + 1, last))
        if need.spelled is not None:
            found.spell(need.spelled)
        elif need.again:
            found.repeat(need.again)
        else:
            found.cut()
            found.other(need.alternatives)
            found.left = False
    return found.need(right)


def _has_width(kind: Any) -> bool:
    return kind not in (op.AT, op.ASSERT, op.ASSERT_NOT)


def _bounded(nodes: Nodes, at: int, last: bool) -> bool:
    """True if a word ends where the node at ``at`` begins."""
    for kind, value in nodes[at:]:
        if _has_width(kind):
            return False
        if (kind is op.AT and value is op.AT_BOUNDARY) or (kind is op.ASSERT_NOT and value[0] > 0 and _denies_letters(value[1])):
            return True
    return last


def _beside(found: _Sequence, kind: Any, value: Any) -> None:
    """What is asked of the characters beside: no letter, or words of their own."""
    if kind is op.ASSERT:
        found.other(_clauses(_of_sequence(value[1], False, False), False, False))
    elif _denies_letters(value[1]) and (found.run == EMPTY) == (value[0] < 0):
        found.boundary()


def _denies_letters(nodes: Nodes) -> bool:
    """True if what must not follow or precede includes every letter, digit and underscore."""
    if len(nodes) != 1:
        return False
    kind, value = nodes[0]
    if kind is op.BRANCH:
        return any(_denies_letters(branch) for branch in value[1])
    return kind is op.IN and (op.CATEGORY, op.CATEGORY_WORD) in value


def _of_node(kind: Any, value: Any, left: bool, right: bool) -> Need:
    if kind is op.LITERAL:
        return Need(frozenset((_spelling(value),)))
    if kind is op.IN:
        return _of_class(value)
    if kind is op.SUBPATTERN:
        return _of_sequence(value[-1], left, right)
    if kind is op.ATOMIC_GROUP:
        return _of_sequence(value, left, right)
    if kind is op.BRANCH:
        return _of_branch([_of_sequence(branch, left, right) for branch in value[1]], left, right)
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
        least, most, repeated = value
        return _of_repeat(least, most, repeated, left, right)
    return NOTHING


def _of_repeat(least: int, most: int, nodes: Nodes, left: bool, right: bool) -> Need:
    need = _of_sequence(nodes, left, right and most == 1)
    if need.spelled == SPACE:
        return Need(SPACE | EMPTY if least == 0 else SPACE)
    if need.spelled is not None and most <= 4 and len(need.spelled) ** most <= MOST_SPELLED:
        runs = (product(need.spelled, repeat=times) for times in range(least, most + 1))
        return Need(frozenset("".join(run) for of_a_length in runs for run in of_a_length))
    if least == 0:
        return NOTHING
    few = need.spelled is not None and "" not in need.spelled and len(need.spelled) <= FEW
    return Need(None, _clauses(need, left, right and most == 1), need.spelled if few and need.spelled else frozenset())


def _of_class(items: Nodes) -> Need:
    """Few characters are spelled out, and digits, and white space."""
    if all(map(_is_blank, items)) or (items[0][0] is op.NEGATE and (op.CATEGORY, op.CATEGORY_NOT_SPACE) in items):
        return Need(SPACE)
    if all(kind is op.LITERAL for kind, _ in items) and len(items) <= 8:
        return Need(frozenset(_spelling(value) for _, value in items))
    return Need(frozenset(ANY_DIGIT)) if all(map(_is_digit, items)) else NOTHING


def _spelling(character: int) -> str:
    return BLANK if chr(character).isspace() else folded(chr(character))


def _is_blank(item: tuple[Any, Any]) -> bool:
    kind, value = item
    return (kind is op.LITERAL and chr(value).isspace()) or (kind is op.CATEGORY and value is op.CATEGORY_SPACE)


def _is_digit(item: tuple[Any, Any]) -> bool:
    kind, value = item
    if kind is op.RANGE:
        return chr(value[0]).isdigit() and chr(value[1]).isdigit() and value[1] <= ord("9")
    return (kind is op.CATEGORY and value is op.CATEGORY_DIGIT) or (kind is op.LITERAL and chr(value) in "0123456789")


def _of_branch(branches: Sequence[Need], left: bool, right: bool) -> Need:
    """Spellings of all branches together where every one has them; else a choice, in which the spelled ones are one alternative."""
    spelled = [b.spelled for b in branches if b.spelled is not None]
    together = frozenset().union(*spelled)
    if len(spelled) == len(branches) and len(together) <= MOST_SPELLED:
        return Need(together)
    plain = _clauses(Need(together), left, right) if spelled else ()
    return Need(None, (*plain, *(a for b in branches if b.spelled is None for a in b.alternatives)))
