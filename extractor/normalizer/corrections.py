"""What does an addendum put right? Tells whether it corrects at all, and which of the values it names is the one taken back."""

from __future__ import annotations

from extractor.model import Mention, ReadNote
from extractor.normalizer.records import Line
from extractor.patterns import re

CORRECTS = re.compile(
    r"\b(?:(?:in)?correct\w*|inaccura\w+|wrong\w*|error\w*|erroneous\w*|mistake\w*|typos?|slip|transpos\w+|swapped|mis-?(?:stat|typ|dictat|measur|read|transcri|record|report)\w*|should (?:read|be|have|say)|instead|rather than|revis\w*|re-?measur\w*|re-?view\w*|replac\w*|amend\w*|supersed\w*|(?:and )?not (?:\d|the |left|right|two|three|one)|in fact|actual\w*|(?:header|title|heading|(?:\w+ )?line|above|carried over|box|dictation|report|narrative|body|text|summary|paragraph|template|form)(?: \w+){0,2}? (?:says|said|states|stated|reads|gives?|gave|has|lists?|listed|names?|named|calls?|called))\b",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"(?:\b(?:not|nothing(?: \w+){0,3} (?:on|at|in|to|over)|instead of|rather than|in place of|in lieu of|wrong\w*|erroneous\w*|incorrect\w*|mis-?\w+(?: as| to be)?|from)|(?<!to be )(?<!should be )(?<!should have been )\b(?:said|says|stated|states|reads|lists|gives|typed|dictated|recorded|reported|given|written|entered)(?: as| at| to be)?)\W*(?:the |an? |only |about |as |of )*$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"[^.;\d]{0,25}?\b(?:(?:is|was|were|are) (?:wrong|incorrect|erroneous|not correct|an? (?:(?:typing|typographical|dictation|transcription|clerical|keyboard|copying|drop-?down) )?(?:error|typo|mistake|slip))|should (?:read|be|have|say)|in error\b|(?:has|have) been corrected to|(?:is|was) corrected to)"
    r"|[\"'”’»][^.;]{0,40}?\b(?:is|was|were|are) an? (?:\w+ )?(?:error|typo|mistake|slip|misprint)\b",
    re.IGNORECASE,
)


def added_to(read: ReadNote) -> list[Line]:
    """The lines of a note's addenda, if these correct something; else none."""
    late = [Line(read, s) for s in read.sentences if s.section == "addendum"]
    titles = [s.title for s in read.sections if s.category == "addendum"]
    return late if CORRECTS.search(" ".join((*titles, *(x.text for x in late)))) else []


def taken_back(m: Mention, line: Line) -> bool:
    """True for a value that a correction takes back: "3.6 cm and not 3.1", "18 mm should read 8 mm"."""
    text = line.read.note.text
    before = text[max(line.sentence.start, m.start - 40) : m.start]
    return bool(_BEFORE.search(before) or _AFTER.match(text[m.end : line.sentence.end]))
