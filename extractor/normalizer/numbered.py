"""Reports on several ablations that number them: "1. IRE of the pancreatic tail, 2. MWA of the liver ... On 1: four needles."."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from extractor.normalizer.records import Line

TITLE = re.compile(r"\W{0,2}\(?(?P<n>[1-5])[).:]\s")
CALLED = re.compile(
    r"(?:^|\n)\W*(?:(?:details|description|findings|technique|report|procedures?) (?:of|for|on) )?(?:on|ad|re|zu|to|for|as to|procedure|part|step|item|ablation|treatment|intervention|operation|no\.?|nr\.?|number)[ ]?#?(?P<n>[1-5])\b(?=\s*(?:[:.,)–-]|\n|$))",
    re.IGNORECASE,
)
"""A line or heading that goes back to one of them."""
APART = ("impression", "complications", "addendum", "plan", "instructions", "consent")


def titles(lines: Sequence[Line]) -> dict[str, Line]:
    """The numbered lines that each name an ablation, by number; empty unless there are a first and a second."""
    out: dict[str, Line] = {}
    for line in lines:
        head = TITLE.match(line.text)
        if head and line.labelled("PROCEDURE") and line.labelled("SITE", "PART", "ORGAN"):
            out.setdefault(head["n"], line)
    return out if {"1", "2"} <= set(out) else _listed(lines)


CLAUSE_END = re.compile(r";\s")


def _listed(lines: Sequence[Line]) -> dict[str, Line]:
    """The clauses of one line that each call an ablation by a letter in brackets: "(a) cryoablation, sidewall; (b) microwave, implant"."""
    for line in lines:
        bounds = [0, *(m.end() for m in CLAUSE_END.finditer(line.text)), len(line.text)]
        if len(bounds) < 3 or len(line.labelled("NAME")) < 2:
            continue
        begin = line.sentence.start
        parts = [(begin + low, begin + high) for low, high in pairwise(bounds)]
        clauses = [
            replace(
                line,
                sentence=replace(line.sentence, start=low, end=high, mentions=tuple(m for m in line.mentions if low <= m.start < high)),
            )
            for low, high in parts
        ]
        heads = {_head(x): x for x in clauses if _head(x) and x.labelled("PROCEDURE") and x.labelled("SITE", "PART", "ORGAN")}
        if {"1", "2"} <= set(heads):
            return heads
    return {}


def _head(line: Line) -> str:
    """The letter in brackets that a line opens with, as its number."""
    names = line.labelled("NAME")
    opens = bool(names) and names[0].start - line.sentence.start < 3 and BRACKETED.fullmatch(names[0].text)
    return names[0].concept if opens else ""


BRACKETED = re.compile(r"\([a-eA-E1-5]\)")
FIELD_ITEM = re.compile(r"\W{0,2}(?P<n>[1-5])(?:[).:]|\s?[-–—])\s")
FIELDS = ("guidance", "anesthesia")


def called(lines: Sequence[Line], known: dict[str, Line]) -> dict[Line, str]:
    """The lines that open what is told of a numbered ablation, with its number."""
    out: dict[Line, str] = {}
    end = 0
    for line in lines if known else ():
        heads = list(CALLED.finditer("\n" + line.read.note.text[end : line.sentence.start] + line.text[:24]))
        number = heads[-1]["n"] if heads else _head(line) or _item(line)
        if number in known and line not in known.values() and line.sentence.start not in {x.sentence.start for x in known.values()}:
            out[line] = number
        end = line.sentence.end
    return out


ITEM = re.compile(
    r"\W{0,2}#?(?P<n>[1-5])(?:[).:]\s|\s?[-–—]\s|(?=\s(?:was|is|has|had|fully|completely|entirely|wholly|well|covered|not|incompletely|partially)\b))",
    re.IGNORECASE,
)


def _item(line: Line) -> str:
    """The number that a line of the body opens with which measures something and names no place: "1: lesion 34 mm", "2 fully covered"."""
    head = ITEM.match(line.text)
    told = line.labelled("SIZE", "MARGIN", "COVERAGE") and not line.labelled("SITE", "PROCEDURE") and line.sentence.section not in APART
    return head["n"] if head and told else ""


def told_of(lines: Sequence[Line]) -> dict[Line, Line]:
    """For each line of the body the numbered title that it tells of."""
    known = titles(lines)
    opened = called(lines, known)
    out: dict[Line, Line] = {line: line for line in known.values()}
    number = ""
    for line in lines if opened else ():
        number = "" if line.sentence.section in APART else opened.get(line, number)
        item = FIELD_ITEM.match(line.text) if line.sentence.section in FIELDS else None
        if item and item["n"] in known:
            out[line] = known[item["n"]]
        elif number:
            out[line] = known[number]
    return out if opened else {}
