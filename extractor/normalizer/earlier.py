"""What does a report say of an earlier exam, and which one? Clause by clause, by the day that frames it.

A report mostly speaks of its own images. A clause of it tells what another exam showed where that exam's day stands in one of four
places: it opens the clause ("In August the lungs were clear"), it closes a verb of the past ("had no uptake in August"), a "when"
follows it ("on 11/26/2018, when the reading was ..."), or it is joined to the present ("no recurrence, then or now"). Days that are
only compared with ("new since August", "3.1 in September") frame nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from extractor.model import Mention, PartialDate, ReadNote, When
from extractor.normalizer import findings, timeline
from extractor.normalizer.records import Line
from extractor.patterns import re

KINDS = ("pet_ct", "mri", "ct", "bone_scan", "us", "radiograph")


@dataclass(frozen=True, slots=True)
class Day:
    """An earlier exam as a report names it: its day, where that stands, and the exam's kind if that is told."""

    when: PartialDate
    said: tuple[Mention, ...]
    kind: Mention | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A clause about an earlier exam; ``also`` if it holds for the report's own exam as well."""

    day: Day
    line: Line
    also: bool


@dataclass(frozen=True, slots=True)
class _Anchor:
    start: int
    end: int
    days: tuple[Day, ...]


SILENT = ("plan", "instructions", "consent", "comparison", "date", "addendum", "family_history", "procedure")
"""Sections whose days are told of in other ways, or not at all."""
OF_SESSION = re.compile(r"\b(?:intra-?\w*|procedur\w*|planning|during|cryo\w*|ablat\w*)(?:\W+\w+){0,3}\W*$", re.IGNORECASE)
MONTH_LONG = 27
"""Days by which an exam is earlier, at least."""
EXAM = r"(?:CT|MRI?|PET(?:[-/ ]?CT)?|US|ultrasound|scans?|stud(?:y|ies)|exam\w*|reports?|readings?|images?|imaging|films?|one|priors?|comparisons?)"
THEN = re.compile(
    rf"\b(?:(?:back |already )?then|(?:at|by) (?:that|the) (?:time|point)|on that (?:occasion|{EXAM})|(?:the|that) (?:previous|prior|last|interval|intervening|preceding) {EXAM})\b",
    re.IGNORECASE,
)
"""Words that stand for the exam told last, or else for the latest compared with."""
OPENS = re.compile(
    rf"\W*(?:(?:and|but|while|whereas|though|already|both|back) )*(?:(?:by|in|on|at|of) )?(?:(?:the|our|that|his|her|its|an?) )?(?:(?:outside|interval|intervening|earlier|comparison|previous|prior|official|final|dictated) )*(?:{EXAM}(?: {EXAM})?(?: (?:chest|abdomen|pelvis|thorax|report|read))?\W+(?:(?:of|from|on|in|dated) )?)?(?:(?:the|in|on|of) )?",
    re.IGNORECASE,
)
"""What may stand between the beginning of a clause and the day that opens it."""
TELLS = re.compile(
    rf"['’]?s?\W{{0,3}}(?:(?:outside|interval|own|official) )*(?:{EXAM}\b\W{{0,2}})*(?:,? ?(?:already|also|by report|as reported|again),? ?)*(?:[^;.]{{0,50}}?\b(?:was|were|had|showed|read|saw|gave|said|found|did|\w{{3,}}ed)\b|:|(?:no|nothing|negative|clear|clean)\b)",
    re.IGNORECASE,
)
"""What follows the day of a clause that tells what was seen on it."""
WHEN = re.compile(r"\W{0,3}(?:when|where|at which (?:time|point)|which|whose)\b", re.IGNORECASE)
PAST = re.compile(
    r"\b(?:was|were|had(?: been)?|showed|looked|remained|stayed|(?:read|called|reported|described|interpreted|considered|noted|graded)(?: as)?)\b",
    re.IGNORECASE,
)
READ_ON = re.compile(
    r"\b(?:was|were|been|remained|read|called|reported|described|interpreted|considered|noted|graded|recorded)(?: (?:already|also|still|first))?\W+(?:(?:in|on|at|by) )?(?:the )?$",
    re.IGNORECASE,
)
"""A verb of the past right before a day, what was seen behind it: "was interpreted on 2/11/2020 as possible recurrence"."""
IS_NOW = re.compile(r",? (?:is|are|has|have)\b", re.IGNORECASE)
"""Behind the day of a thing described then that is told as it is now: "the nodule described in October is no longer seen"."""
AS_THEN = re.compile(
    r"\b(?:as|just as|like)(?: (?:it|they|these|those|both|all|was|were))?(?: (?:was|were|did|had|had been))?(?: the case)?(?: (?:also|already))? (?:(?:in|on|at) )?(?:the )?$",
    re.IGNORECASE,
)
"""Before the day that the present is likened to: "quiet, as they were on 11/20/2018"."""
OF_SESSION_THEN = re.compile(r"['’]?s?\W+(?:ablat|cryo|treat|microwav|RFA|freez|procedure|session|zone|site)", re.IGNORECASE)
ONLY_COMPARED = re.compile(
    r"\b(?:since|from|than|to|with|until|before|after|versus|vs|over|against|like)\W*(?:the |that )?$", re.IGNORECASE
)
SINCE = re.compile(r"(?:since|from|than|until|before|after)\b", re.IGNORECASE)
"""Opens a time that is only compared with."""
AND_NOW = re.compile(
    r"\W{0,2}(?:and|or|nor|as|as well as)\W+(?:again |also |still )?(?:now|today|currently|at present)\s*(?:[.,;:)\n]|$)", re.IGNORECASE
)
NOW_AND = re.compile(
    r"\b(?:now|today|currently)\W+(?:and|or|as|just as)\W+(?:(?:it|they|that) (?:was|were|did) )?(?:in |on |at )?(?:the )?$", re.IGNORECASE
)
NOW = re.compile(
    r"\W+(?:and |but |while |whereas )*(?:now|today|currently|presently|at present|this time|on (?:this|the (?:present|current))|the (?:present|current))\b",
    re.IGNORECASE,
)
JOINS = re.compile(r"\W{0,2}(?:and|or|&)\W+(?:again )?(?:(?:in|on) )?(?:the )?|\W{1,2}", re.IGNORECASE)
LESS = re.compile(r"\b(?:larger|bigger|smaller|thicker|thinner|(?<!no )longer|wider|greater|less|more|fewer)\b", re.IGNORECASE)


COMPARISON = re.compile(
    r"\W*(?:(?:for|in) )?(?:compar\w+|priors?|previous\w*|correlat\w+|preliminary exam\w*)\b[^.;\n]{0,30}?(?:\bwith\b|\bto\b|:|\bexam|\bCT|\bMR|\bPET|\d)",
    re.IGNORECASE,
)
"""How a line of comparison opens."""


@timeline.remembered
def compared(read: ReadNote) -> tuple[Day, ...]:
    """The earlier exams that the line of comparison of a report names, in order of day."""
    out = []
    for line in timeline.lines(read):
        if line.sentence.section != "comparison" and not COMPARISON.match(line.text):
            continue
        for m in line.labelled("DATE"):
            when = _earlier(m, read)
            if when and not OF_SESSION.search(read.note.text[max(line.sentence.start, m.start - 40) : m.start]):
                kinds = [k for k in line.labelled("IMAGING") if k.concept in KINDS and k.end <= m.start]
                out.append(Day(when, (m,), kinds[-1] if kinds else None))
    return tuple(sorted(out, key=lambda d: d.when.date))


def _earlier(m: Mention, read: ReadNote) -> PartialDate | None:
    """The day of a mention, if it is of a time well before the report's own exam."""
    if not isinstance(m.value, When) or m.value.approximate or m.value.anchor in ("procedure", "text") or m.rule_id.endswith("#future"):
        return None
    when = timeline.when(m, read.note)
    if when is None or when.precision == "year":
        return None
    own = timeline.service_date(read)[0].date
    return when if (own - when.date).days > MONTH_LONG else None


@timeline.remembered
def tellings(read: ReadNote) -> tuple[Told, ...]:
    """Every clause of a report that tells what an earlier exam showed."""
    if timeline.kind(read) != "radiology":
        return ()
    known = compared(read)
    last: tuple[Day, ...] = ()
    out: list[Told] = []
    for line in timeline.lines(read):
        if line.sentence.section in SILENT or COMPARISON.match(line.text):
            continue
        anchors, last = _anchors(line, known, last)
        if anchors and line.labelled("PROGRESSION", "STATUS"):
            out += _framed(line, anchors)
    return tuple(out)


def _anchors(line: Line, known: Sequence[Day], last: tuple[Day, ...]) -> tuple[list[_Anchor], tuple[Day, ...]]:
    """The earlier days that a sentence names, two joined ones as one; and those told last."""
    spots: list[tuple[int, int, Mention | None]] = [(m.start, m.end, m) for m in line.labelled("DATE")]
    spots += [(m.start(), m.end(), None) for m in THEN.finditer(line.read.flat, line.sentence.start, line.sentence.end)]
    out: list[_Anchor] = []
    for start, end, m in sorted(spots, key=lambda s: s[:2]):
        days = (_meant(m, line, known),) if m else last or known[-1:]
        found = tuple(d for d in days if d)
        if not found:
            continue
        last = found
        before = out[-1] if out else None
        if before and m and JOINS.fullmatch(line.read.flat[before.end : start]):
            out[-1] = _Anchor(before.start, end, (*before.days, *found))
            last = out[-1].days
        else:
            out.append(_Anchor(start, end, found))
    return out, last


def _meant(m: Mention, line: Line, known: Sequence[Day]) -> Day | None:
    """The earlier exam that a day or month names: one of those compared with, else one of that day that is named as an exam."""
    when = _earlier(m, line.read)
    if when is None:
        return None
    same = [d for d in known if d.when.agrees(when)]
    if len({d.when.date for d in same}) == 1:
        return Day(same[0].when, tuple(dict.fromkeys((m, *same[0].said))), same[0].kind)
    near = [k for k in line.labelled("IMAGING") if k.concept in KINDS and max(k.start - m.end, m.start - k.end) < NEXT_TO]
    session = any(m.start - OF_ONE_DAY < p.end and p.start < m.end + OF_ONE_DAY for p in line.labelled("PROCEDURE"))
    return Day(when, (m,), near[0] if near else None) if near or (when.precision == "day" and not session) else None


OF_ONE_DAY = 60
"""Characters between a day and a session that may be of that day."""
NEXT_TO = 12
"""Characters between a day and the exam of that day."""


def _framed(line: Line, anchors: Sequence[_Anchor]) -> list[Told]:
    out: list[Told] = []
    since = line.sentence.start
    for number, anchor in enumerate(anchors):
        following = anchors[number + 1].start if number + 1 < len(anchors) else line.sentence.end
        clause = _clause(line, anchor, since, following)
        if clause:
            part, also = clause
            out += [Told(day, part, also) for day in anchor.days]
            since = part.sentence.end
    return out


def _clause(line: Line, anchor: _Anchor, since: int, following: int) -> tuple[Line, bool] | None:
    """The clause that the days of an anchor frame, and whether it is of the report's own exam too."""
    text = line.read.note.text
    opened = _bracket_at(text, since, anchor.start)
    begin = max(since, opened + 1, text.rfind(";", since, anchor.start) + 1)
    stop = text.find(")" if opened >= 0 else ";", anchor.end, line.sentence.end)
    whole = stop if stop >= 0 else line.sentence.end
    now = NOW.search(text, anchor.end, whole)
    end = min(whole, now.start() if now else whole)
    before = text[begin : anchor.start]
    if ONLY_COMPARED.search(before) and WHEN.match(text, anchor.end):  # "stable in comparison to 10/3/2021, when it was read as tumor"
        return _told(line.part(anchor.start, end), anchor.end, end)
    if ONLY_COMPARED.search(before) or SINCE.match(text, anchor.start, anchor.end):
        return None
    if AND_NOW.match(text, anchor.end) or NOW_AND.search(before):
        return _told(line.part(begin, anchor.end), begin, anchor.start, also=True)
    if AS_THEN.search(before) and (likened := _told(line.part(begin, anchor.end), begin, anchor.start, also=True)):
        return likened
    if OF_SESSION_THEN.match(text, anchor.end):
        return None
    if READ_ON.search(before) and not IS_NOW.match(text, anchor.end):
        return _told(line.part(begin, end), anchor.end, end)
    if OPENS.fullmatch(before) and TELLS.match(text, anchor.end, end) and not _passed_on(line, anchor.end, following):
        return _told(line.part(begin, end), anchor.end, end)
    if WHEN.match(text, anchor.end):
        return _told(line.part(anchor.start, end), anchor.end, end)
    verb = max((m.start() for m in PAST.finditer(before)), default=-1)
    return _told(line.part(begin, anchor.end), begin + verb, anchor.start, also=True) if verb >= 0 else None


def _passed_on(line: Line, start: int, following: int) -> bool:
    """True if nothing is told of a day before the sentence comes to the next one, that it is not compared with: "prior 4/20 and MRI 5/5 (clean)"."""
    told = line.labelled("PROGRESSION", "STATUS")
    compared = ONLY_COMPARED.search(line.read.note.text, start, following) is not None
    return following < line.sentence.end and not compared and not any(start <= m.start < following for m in told)


def _bracket_at(text: str, start: int, end: int) -> int:
    """Where the bracket opens that is still open at the end, -1 if none is: what a day in a bracket frames ends with it."""
    opened = text.rfind("(", start, end)
    return -1 if opened < 0 or text.find(")", opened, end) >= 0 else opened


def _told(clause: Line, start: int, end: int, also: bool = False) -> tuple[Line, bool] | None:
    """A clause that says between two characters what was seen, not only that it was smaller or not yet there."""
    status, evidence = findings.status(clause)
    said = [m for m in evidence if start <= m.start and m.end <= end and m.label in ("PROGRESSION", "STATUS")]
    tells = [m for m in said if not m.rule_id.endswith("#appeared") and not LESS.search(m.words)]
    return (clause, also) if status and tells else None


def without(line: Line, told: Sequence[Told]) -> list[Line]:
    """What is left of a sentence without the clauses of it that tell of earlier exams alone."""
    cuts = sorted({(t.line.sentence.start, t.line.sentence.end) for t in told if not t.also and _within(t.line, line)})
    if not cuts:
        return [line]
    starts = [line.sentence.start, *(high for _, high in cuts)]
    ends = [*(low for low, _ in cuts), line.sentence.end]
    return [x for start, end in zip(starts, ends, strict=True) if (x := line.part(start, end)).mentions]


def _within(clause: Line, line: Line) -> bool:
    return line.sentence.start <= clause.sentence.start and clause.sentence.end <= line.sentence.end
