"""Context: medspaCy's ConText with our modifiers and categories, one ConText a category. Works on a sentence.

One ConText for all would lose cues: of two modifiers in the same words (or one within the other) it keeps the longer, whatever they
say, and it notes the result on ``span._``, which spaCy shares between spans of different labels over the same words.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from extractor.model import CONTEXT
from extractor.patterns import re
from extractor.rules import Modifier

if TYPE_CHECKING:
    from medspacy.context import ConText, ConTextRule
    from spacy.language import Language
    from spacy.tokens import Doc

LEVEL = "sentence"
Key = tuple[int, int, str]
"""(start token, end token, label) of a span."""


class Context:
    """spaCy component: writes ``doc.user_data["context"]``, what holds of each span of ``doc.spans[group]``."""

    def __init__(self, nlp: Language, rules: Sequence[Modifier], group: str) -> None:
        self._group = group
        self._parts = [(name, _context(nlp, rules, name, group)) for name in CONTEXT]

    def __call__(self, doc: Doc) -> Doc:
        """Run every category and collect what it says."""
        held: dict[Key, set[str]] = {}
        if doc.spans[self._group]:
            for name, part in self._parts:
                part(doc)
                for target, modifier in doc._.context_graph.edges:
                    start, end = modifier.modifier_span
                    if not (target.start <= start and end <= target.end):  # a cue within the words is part of what they say
                        held.setdefault((target.start, target.end, target.label_), set()).add(name)
            for span in doc.spans[self._group]:
                if any(low < span.end_char <= high for low, high in unticked(doc.text)):
                    held.setdefault((span.start, span.end, span.label_), set()).add("negated")
        doc.user_data["context"] = {key: frozenset(names) for key, names in held.items()}
        return doc


BOX = re.compile(
    r"\[ ?(?P<tick>[xXyY✓✔*+]?|[nN]) ?\]|\((?P<round>[ xX✓✔])\)|(?P<empty>[☐□▢❏○](?!\w))|(?P<full>[☑☒■✓✔●](?!\w))|\[_+\]|(?<!\w)_{1,3}(?=\s?[A-Z])"
)
"""A box of a form, ticked or not."""


def unticked(text: str) -> list[tuple[int, int]]:
    """Stretches of a sentence that stand at boxes left empty: "[x] General [ ] MAC [ ] Local only", "CT [x] US [ ]".

    A box stands before its words, unless the first has words before it and the last none behind.
    """
    boxes = list(BOX.finditer(text))
    if not boxes or not any(_empty(b) for b in boxes):
        return []
    questions = list(_questions(text, boxes))
    asked = {box.start() for q in questions for box in q.boxes}
    return [(q.start, q.end) for q in questions if q.denied] + _left_empty(text, [b for b in boxes if b.start() not in asked])


class _Question(NamedTuple):
    """What a form asks, with a box for yes and one for no: where it stands, and what the boxes say."""

    start: int
    end: int
    denied: bool
    boxes: tuple[re.Match[str], re.Match[str]]


YES_NO = r"(?:(?P<yes>yes|y)|(?P<no>no|n))"
BEHIND_BOX = re.compile(rf"\s{{0,2}}{YES_NO}\b", re.IGNORECASE)
BEFORE_BOX = re.compile(rf"\b{YES_NO}\s{{0,2}}$", re.IGNORECASE)
APART = re.compile(r"[.;](?=\s)|\s{2,}")
"""Between the questions of a line."""
ANSWER = 6
"""Characters of a word for an answer and the blanks beside it."""


def _questions(text: str, boxes: Sequence[re.Match[str]]) -> Iterator[_Question]:
    """The questions of a sentence with two boxes each: "Bleeding: [ ] yes [x] no", "Hematoma: no [x] yes [ ]"."""
    done = 0
    for one, other in pairwise(boxes):
        if one.start() < done:
            continue
        before = [BEFORE_BOX.search(text[max(0, b.start() - ANSWER) : b.start()]) for b in (one, other)]
        behind = [BEHIND_BOX.match(text, b.end(), b.end() + ANSWER) for b in (one, other)]
        for words, first in ((behind, one.start()), (before, one.start() - len(before[0][0]) if before[0] else 0)):
            if words[0] and words[1] and bool(words[0]["no"]) != bool(words[1]["no"]):
                no, yes = (one, other) if words[0]["no"] else (other, one)
                asked = text[done:first].rstrip()
                start = max((done + m.end() for m in APART.finditer(asked)), default=done)
                yield _Question(start, first, _empty(yes) and not _empty(no), (one, other))
                done = max(other.end(), other.end() + (len(words[1][0]) if words is behind else 0))
                break


def _left_empty(text: str, boxes: Sequence[re.Match[str]]) -> list[tuple[int, int]]:
    if not boxes or not any(_empty(b) for b in boxes) or (len(boxes) == 1 and not boxes[0][0].startswith("[")):
        return []
    lead = text[: boxes[0].start()].rpartition(":")[2].strip()
    behind = bool(lead) and not text[boxes[-1].end() :].strip(" .;,")
    starts = [b.end() for b in boxes]
    if behind:
        edges = [len(text[: boxes[0].start()].rpartition(":")[0]), *starts[:-1]]
        return [(low, b.start()) for low, b in zip(edges, boxes, strict=True) if _empty(b)]
    ends = [*(b.start() for b in boxes[1:]), _option_end(text, starts[-1])]
    return [(low, high) for low, high, b in zip(starts, ends, boxes, strict=True) if _empty(b)]


def _empty(box: re.Match[str]) -> bool:
    return not ((box["tick"] or "n") not in "nN" or box["full"] or (box["round"] or "").strip())


def _option_end(text: str, start: int) -> int:
    """Where the words of the last option end: at wide space, a stop or the next label."""
    stop = re.compile(r" {3,}|[.;](?= |$)|  +(?=\w+:)").search(text, start + 1)
    return stop.start() if stop else len(text)


def _context(nlp: Language, rules: Sequence[Modifier], name: str, group: str) -> ConText:
    with warnings.catch_warnings():  # medspaCy turns off every warning of the process when it is imported
        from medspacy.context import ConText
    context = ConText(nlp, rules=None, span_attrs=None, input_span_type="group", span_group_name=group)
    own = [r for r in rules if name in (r.context, *r.ends) or (r.direction == "PSEUDO" and r.context in ("", name))]
    context.add([_rule(r) for r in own])
    return context


def reach(rule: Modifier) -> int | None:
    """The tokens a cue reaches at most; one for a cue that ends others.

    ConText's test of overlap does not see a scope that lies wholly within another: a cue of few tokens would run past a terminator
    that reaches over the whole sentence.
    """
    return 1 if rule.direction == "TERMINATE" and rule.max_scope is None else rule.max_scope


def _rule(rule: Modifier) -> ConTextRule:
    from medspacy.context import ConTextRule

    return ConTextRule(
        rule.rule_id,
        rule.context.upper() or rule.direction,
        direction=rule.direction,
        pattern=rule.regex,
        max_scope=reach(rule),
        allowed_types={label.upper() for label in rule.labels} or None,
        metadata={"rule_id": rule.rule_id},
    )


def flags(doc: Doc) -> dict[Key, frozenset[str]]:
    """What holds of each span of a sentence."""
    held: dict[Key, frozenset[str]] = doc.user_data.get("context", {})
    return held
