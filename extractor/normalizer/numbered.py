"""Reports on several ablations that number them: "1. IRE of the pancreatic tail, 2. MWA of the liver ... On 1: four needles."."""

from __future__ import annotations

import re
from collections.abc import Sequence

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
    return out if {"1", "2"} <= set(out) else {}


def called(lines: Sequence[Line], known: dict[str, Line]) -> dict[Line, str]:
    """The lines that open what is told of a numbered ablation, with its number."""
    out: dict[Line, str] = {}
    end = 0
    for line in lines if known else ():
        heads = list(CALLED.finditer("\n" + line.read.note.text[end : line.sentence.start] + line.text[:24]))
        if heads and heads[-1]["n"] in known and line not in known.values():
            out[line] = heads[-1]["n"]
        end = line.sentence.end
    return out


def told_of(lines: Sequence[Line]) -> dict[Line, Line]:
    """For each line of the body the numbered title that it tells of."""
    known = titles(lines)
    opened = called(lines, known)
    out: dict[Line, Line] = {line: line for line in known.values()}
    number = ""
    for line in lines if opened else ():
        number = "" if line.sentence.section in APART else opened.get(line, number)
        if number:
            out[line] = known[number]
    return out if opened else {}
