"""What does an addendum put right? Tells whether it corrects at all, and which of the values it names is the one taken back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from extractor.model import Mention, PartialDate, ReadNote, When
from extractor.normalizer import timeline
from extractor.normalizer.records import Line, Session
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


def of_session(session: Session) -> list[Line]:
    """The lines that correct the report of a session: of its own addenda, and of notes that are nothing but one."""
    return to_notes_of(session.lines) if session.report else []


def to_notes_of(lines: Iterable[Line]) -> list[Line]:
    """The lines that correct the notes that these lines stand in."""
    reads = {line.read.note.note_id: line.read for line in lines}
    return [line for read in reads.values() for line in added_to(read)]


def taken_back(m: Mention, line: Line) -> bool:
    """True for a value that a correction takes back: "3.6 cm and not 3.1", "18 mm should read 8 mm"."""
    text = line.read.flat
    before = text[max(line.sentence.start, m.start - 40) : m.start]
    return bool(_BEFORE.search(before) or _AFTER.match(text[m.end : line.sentence.end]))


def neighbours(read: ReadNote, label: str) -> Iterator[tuple[list[tuple[Mention, Line]], str]]:
    """Every sentence of a note with the next of its paragraph, where the two hold several mentions of a label: these with their lines, and the words of both."""
    if sum(m.label == label for m in read.mentions) < 2:
        return
    lines = timeline.lines(read)
    held = [len(line.labelled(label)) for line in lines]
    for i, line in enumerate(lines):
        if sum(held[i : i + 2]) < 2:
            continue
        together = [line, *(x for x in lines[i + 1 : i + 2] if x.sentence.paragraph == line.sentence.paragraph)]
        said = [(m, x) for x in together for m in x.labelled(label)]
        if len(said) > 1:
            yield said, " ".join(x.text for x in together)


# ---- days -------------------------------------------------------------------------------------------------------------

_WRONGLY = re.compile(
    r"\b(?:correct(?:ion|ed|s|ing)\b|corrigend\w+|errat\w+|amend\w*|error|mistake\w*|wrong\w*|erroneous\w*|in fact|actual\w*|really|should (?:read|be|have)|(?:my|the|our|his|her) (?:last |earlier |previous |above )?(?:letter|note|summary|report|referral)\b[^.;]{0,30}\b(?:gives?|gave|says?|said|has|had|stat\w+|dates|dated|puts?)\b|slip|typo)",
    re.IGNORECASE,
)
_OF_SESSION = re.compile(
    r"\b(?:ablat\w+|cryo\w*|microwave|MWA|RFA|procedure|session|treat(?:ed|ment)|froze\w*|performed|done|took place|carried out)\b",
    re.IGNORECASE,
)
_GIVEN_AS = re.compile(
    r"\b(?:says?|said|stat(?:es|ed)|reads?|gives?|gave|given|lists?|listed|wrote|written|typed|dictated|recorded|entered|dated|dates|puts?)\b[^.;]{0,50}$",
    re.IGNORECASE,
)
_IT_WAS = re.compile(
    r"\b(?:was|were|is|took place|done|performed|carried out|treated|ablated|frozen|should (?:read|be|have been)|in fact|actual\w*|but|to)\b(?:\W+\w+){0,3}\W+$",
    re.IGNORECASE,
)


def days(reads: Sequence[ReadNote]) -> Mapping[PartialDate, tuple[PartialDate, Mention]]:
    """The days of sessions that a note takes back, each with the right one: "my letter gave the date as 5 May; it was done on 6 June"."""
    out: dict[PartialDate, tuple[PartialDate, Mention]] = {}
    for read in reads:
        for dates, words in neighbours(read, "DATE"):
            if len(dates) == 2 and _WRONGLY.search(words) and _OF_SESSION.search(words):
                out |= _swapped(dates)
    return out


def _swapped(dates: Sequence[tuple[Mention, Line]]) -> dict[PartialDate, tuple[PartialDate, Mention]]:
    wrong = [(d, x) for d, x in dates if taken_back(d, x) or _GIVEN_AS.search(_ahead_of(d, x))]
    right = [(d, x) for d, x in dates if (d, x) not in wrong and _IT_WAS.search(_ahead_of(d, x))]
    if len(wrong) != 1 or len(right) != 1:
        return {}
    before, after = (timeline.when(d, x.read.note) for d, x in (wrong[0], right[0]))
    told = isinstance(wrong[0][0].value, When) and wrong[0][0].value.date is not None
    return {before: (after, right[0][0])} if told and before and after and before.precision == "day" == after.precision else {}


def _ahead_of(d: Mention, line: Line) -> str:
    return line.read.flat[max(line.sentence.start, d.start - 80) : d.start]
