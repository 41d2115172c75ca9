"""Run the examples inside rule files. The command line and the tests call this.

An example marks exactly what its file's label must find, with what holds of it: ``No {{pneumothorax|pneumothorax negated}}.``
A sentence without marks must stay silent. Nothing more and nothing less may be found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from extractor.model import CONTEXT, Mention, Note
from extractor.pipeline import Reader
from extractor.rules import Example, Rules

MARK = re.compile(r"\{\{(?:(?P<label>[A-Z_]+)=)?(?P<text>[^{}|]*)(?:\|(?P<says>[^{}]*))?\}\}")
Claim = tuple[int, int, str, frozenset[str]]


def check(rules: Rules, reader: Reader) -> list[str]:
    """Problems, one line each, in file order; empty when every rule file is sound."""
    problems: list[str] = []
    fired: set[str] = set()
    for example in rules.examples:
        problems.extend((_check_kind if example.kind else _check_example)(example, reader, fired))
    problems.extend(_silent(rules))
    ids = [t.rule_id for t in rules.targets] + [c.rule_id for c in rules.cues]
    return problems + [f"{i.replace('#', '.toml: ')}: fires on no example; add one that it reads" for i in ids if i not in fired]


def _check_kind(example: Example, reader: Reader, fired: set[str]) -> Iterable[str]:
    read = reader.read(Note("example", "example", date(2020, 6, 15), example.text))
    fired.update(c.rule_id for c in reader.kinds.said(read))
    if (told := reader.kinds(read)) != example.kind:
        yield f"{example.file}: {example.text!r}: is told as {told}, not as {example.kind}"


def _silent(rules: Rules) -> Iterable[str]:
    for file in dict.fromkeys(e.file for e in rules.examples if e.labels):
        if not any(e.file == file and not MARK.search(e.text) for e in rules.examples):
            yield f"{file}: no silent example; add a sentence in which nothing must be found"


def _check_example(example: Example, reader: Reader, fired: set[str]) -> Iterable[str]:
    text, wanted, labels = parse(example.text, example.labels)
    mentions = [m for m in reader.read(Note("example", "example", date(2020, 6, 15), text)).mentions if m.label in labels]
    if not example.gap:
        fired.update(m.rule_id for m in mentions)
    got = {_claim(m) for m in mentions}
    same = got == wanted
    if same and example.gap:
        yield f"{example.file}: this gap is closed, move it to expect: {example.text!r}"
    elif not same and not example.gap:
        yield f"{example.file}: {example.text!r}: {_differences(text, wanted, got)}"


def parse(marked: str, labels: frozenset[str] = frozenset()) -> tuple[str, set[Claim], frozenset[str]]:
    """Plain text, the claims its marks make, and the labels it speaks of. ``{{SIZE=3 cm|30}}`` names a label of its own."""
    out, claims, at = "", set(), 0
    named = set(labels)
    for mark in MARK.finditer(marked):
        out += marked[at : mark.start()]
        says = (mark["says"] or "").split()
        flags = frozenset(s for s in says if s in CONTEXT)
        concept = " ".join(s for s in says if s not in CONTEXT)
        claims.add((len(out), len(out) + len(mark["text"]), concept, flags))
        named |= {mark["label"]} if mark["label"] else set()
        out += mark["text"]
        at = mark.end()
    return out + marked[at:], claims, frozenset(named)


def _claim(m: Mention) -> Claim:
    return (m.start, m.end, m.concept, m.context)


def _differences(text: str, wanted: set[Claim], got: set[Claim]) -> str:
    def show(c: Claim) -> str:
        return f"{text[c[0] : c[1]]!r} as {' '.join([c[2], *sorted(c[3])])}"

    missing = "; ".join(show(c) for c in sorted(wanted - got, key=str))
    extra = "; ".join(show(c) for c in sorted(got - wanted, key=str))
    return " ".join(p for p in (f"missing {missing}" if missing else "", f"found {extra}" if extra else "") if p)
