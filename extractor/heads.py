"""Patterns that fail sooner and match the same. ``re`` asks every branch of a pattern at every character, whatever stands there; most could be told by their first one.

    \\b(?:margin|mass|lesion)s?     is only tried at an "m" or "l" of a text (``begun``),
    margin|mass|lesion             is read as m(?:argin|ass)|lesion, each told by a set of characters at a glance (``grouped``)

Branches that begin with different characters can never both match, so those with the same one may stand together: among themselves they keep their order.
Works on what ``re`` parses a pattern to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from re import ASCII, IGNORECASE, _compiler, _parser  # type: ignore[attr-defined]
from re import _constants as op  # type: ignore[attr-defined]
from typing import Any

Tree = Any
"""``re``'s parsed pattern: ``data`` is a list of (kind, value)."""
Item = tuple[Any, Any]
REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
LOOKS = (op.ASSERT, op.ASSERT_NOT)
FOLDED = {"i": "\u0130\u0131", "k": "\u212a", "s": "\u017f"}
"""Characters beyond ASCII that ``re`` takes for an ASCII letter, whatever the case."""
WIDE = 200
"""Characters of a range that are spelled out."""


def grouped(tree: Tree, flags: int) -> Tree:
    """The parsed pattern with the branches of every alternation together that begin with the same letter. ``flags`` are those that hold where it stands."""
    if flags & ASCII:  # other characters are alike there
        return tree
    return _tree(tree, [_grouped(kind, value, flags, tree.state) for kind, value in tree.data])


def _grouped(kind: Any, value: Any, flags: int, state: Any) -> Item:
    if kind is op.SUBPATTERN:
        group, on, off, inner = value
        return kind, (group, on, off, grouped(inner, _compiler._combine_flags(flags, on, off)))
    if kind is op.BRANCH:
        return kind, (value[0], _branches(value[1], flags))
    if kind in REPEATS:
        return kind, (value[0], value[1], grouped(value[2], flags))
    if kind in LOOKS:
        return kind, (value[0], grouped(value[1], flags))
    return (kind, grouped(value, flags)) if kind is op.ATOMIC_GROUP else (kind, value)


def _branches(branches: Iterable[Tree], flags: int) -> list[Tree]:
    """Branches in an order that matches the same; one whose first character is open keeps its place between the others."""
    out: list[Tree] = []
    alike: dict[str, list[Tree]] = {}
    for branch in branches:
        letter = _letter(branch, flags)
        if letter:
            alike.setdefault(letter, []).append(branch)
        else:
            out += [*_together(alike, flags), grouped(branch, flags)]
            alike = {}
    return [*out, *_together(alike, flags)]


def _letter(branch: Tree, flags: int) -> str:
    """The ASCII character that a branch begins with, in lower case where case is nothing; empty if there is no such one."""
    if not branch.data or branch.data[0][0] is not op.LITERAL or branch.data[0][1] > 127:
        return ""
    letter = chr(branch.data[0][1])
    return letter.lower() if flags & IGNORECASE else letter


def _together(alike: dict[str, list[Tree]], flags: int) -> list[Tree]:
    return [_told_at_a_glance(_joined(own, flags) if len(own) > 1 else grouped(own[0], flags), flags) for own in alike.values()]


def _joined(branches: Sequence[Tree], flags: int) -> Tree:
    """Branches of one first character as that and what follows it."""
    rest = _branches([_tree(b, b.data[1:]) for b in branches], flags)
    ahead = branches[0].data[:1]
    return _tree(branches[0], [*ahead, *(rest[0].data if len(rest) == 1 else [(op.BRANCH, (None, rest))])])


def _told_at_a_glance(branch: Tree, flags: int) -> Tree:
    """The branch with its first letter as the set of characters it stands for: ``re`` passes over a branch by a set, but not by a letter of either case."""
    (_, value), *rest = branch.data
    if not flags & IGNORECASE or not chr(value).isalpha():
        return branch
    letters = _tree(branch, [(op.IN, _either_case(value))])
    return _tree(branch, [(op.SUBPATTERN, (None, 0, IGNORECASE, letters)), *rest])


def _tree(like: Tree, data: list[Item]) -> Tree:
    return _parser.SubPattern(like.state, data)


def begun(code: list[int], tree: Tree, flags: int) -> list[int]:
    """The code of a pattern with the set of characters that a match can begin with, where ``re`` knows neither that nor a first word; the search passes over all others."""
    _, skip, mask, least, most = code[:5]
    firsts = _firsts(tree.data, flags) if not mask and least else None
    if not firsts:
        return code
    head = [op.INFO, 0, op.SRE_INFO_CHARSET, least, most]
    _compiler._compile_charset(_compiler._optimize_charset(list(dict.fromkeys(firsts)))[0], flags & ~IGNORECASE, head)
    head[1] = len(head) - 1
    return [*head, *code[1 + skip :]]


def _firsts(data: Sequence[Item], flags: int) -> list[Item] | None:
    """What the first character of a match can be, as items of a set; None if that is open or a match may be empty."""
    found, empty = _of_items(data, flags)
    return None if empty else found


First = tuple[list[Item] | None, bool]
"""The first characters of a part, None if they are open, and whether it can take none."""


def _of_items(data: Sequence[Item], flags: int) -> First:
    out: list[Item] = []
    for kind, value in data:
        found, empty = _of_item(kind, value, flags)
        if found is None:
            return None, False
        out += found
        if not empty:
            return out, False
    return out, True


def _of_item(kind: Any, value: Any, flags: int) -> First:
    if kind is op.AT or kind in LOOKS:
        return [], True  # they take no character
    if flags & ASCII:
        return None, False
    if kind is op.LITERAL:
        return _cased(value, flags), False
    if kind is op.IN:
        return _in_set(value, flags), False
    if kind is op.BRANCH:
        parts = [_of_items(b.data, flags) for b in value[1]]
        items = [i for found, _ in parts for i in found or ()]
        return (None if any(found is None for found, _ in parts) else items), any(empty for _, empty in parts)
    if kind is op.SUBPATTERN:
        return _of_items(value[3].data, _compiler._combine_flags(flags, value[1], value[2]))
    if kind is op.ATOMIC_GROUP:
        return _of_items(value.data, flags)
    if kind in REPEATS:
        found, empty = _of_items(value[2].data, flags)
        return found, empty or value[0] == 0
    return None, False


def _in_set(items: Sequence[Item], flags: int) -> list[Item] | None:
    out: list[Item] = []
    for kind, value in items:
        if kind is op.LITERAL:
            found = _cased(value, flags)
        elif kind is op.RANGE and flags & IGNORECASE:
            found = _spelled(value[0], value[1], flags)
        else:
            found = [(kind, value)] if kind in (op.RANGE, op.CATEGORY) else None
        if found is None:
            return None
        out += found
    return out


def _spelled(low: int, high: int, flags: int) -> list[Item] | None:
    cases = [_cased(c, flags) for c in range(low, high + 1)] if high - low < WIDE else [None]
    return None if None in cases else [i for c in cases if c for i in c]


def _cased(char: int, flags: int) -> list[Item] | None:
    """A character and what ``re`` takes for it; None for letters of either case beyond ASCII."""
    if not flags & IGNORECASE or not _compiler._sre.unicode_iscased(char):
        return [(op.LITERAL, char)]
    return _either_case(char) if char < 128 else None


def _either_case(letter: int) -> list[Item]:
    lower = chr(letter).lower()
    return [(op.LITERAL, ord(c)) for c in (lower, lower.upper(), *FOLDED.get(lower, ""))]
