"""Which exams does the chart tell of, when were they, and which sentences say what they showed?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from extractor.model import Cell, Mention, PartialDate, ReadNote, When
from extractor.normalizer import timeline
from extractor.normalizer.records import Exam, Line

NOT_YET = ("planned", "hypothetical", "cancelled", "family")
PLANNED = re.compile(
    r"\b(?:plan(?:s|ned)?|order(?:ed)?|schedul\w+|will|repeat (?:in|at)|next|in (?:\d+|one|two|three|four|six|eight|twelve) (?:weeks?|months?|wks?|mos?)|follow-?up (?:CT|MRI|imaging|scan)|recommend\w*|due|to be (?:done|arranged)|RTC|restage after|before|await\w*|arrange\w*|request\w*|q ?\d|every \w+ months?)\b",
    re.IGNORECASE,
)
SKIPPED = (
    "comparison",
    "technique",
    "consent",
    "plan",
    "instructions",
    "past_history",
    "family_history",
    "social_history",
    "medications",
    "allergies",
    "labs",
    "review_of_systems",
    "losses",
    "procedure",
    "anesthesia",
    "date",
)
REPORT_SKIPPED = (*SKIPPED, "indication", "history", "reason")
PREFERRED = ("pet_ct", "mri", "ct", "bone_scan", "us", "radiograph")


def find(reads: Sequence[ReadNote], first: date) -> list[Exam]:
    """Exams after the first ablation, in order of day; a report of its own before tellings of the same exam."""
    own = [e for r in reads if timeline.kind(r) in ("radiology", "pathology") for e in _report(r) if e.when.date > first]
    told = [e for r in reads if timeline.kind(r) not in ("radiology", "pathology") for e in _told(r) if e.when.date > first]
    told += [e for r in reads if timeline.kind(r) in ("radiology", "pathology") for e in _told(r, addendum=True) if e.when.date > first]
    return sorted([*own, *told], key=lambda e: (e.when.date, not e.own, -e.lines[0].read.note.note_date.toordinal() if e.lines else 0))


def _report(read: ReadNote) -> list[Exam]:
    when, cell = timeline.service_date(read)
    modality, evidence = _modality(read)
    lines = tuple(x for x in timeline.lines(read) if x.sentence.section not in REPORT_SKIPPED)
    cells = {"date": cell, "modality": Cell(modality, evidence, "text" if evidence else "derived")}
    return [Exam(when, modality, lines, True, cells)] if lines else []


def _modality(read: ReadNote) -> tuple[str, tuple[Mention, ...]]:
    if timeline.kind(read) == "pathology":
        said = [m for m in read.mentions if m.label == "IMAGING" and m.concept == "pathology"]
        return "pathology", tuple(said[:1])
    head = [
        m
        for s in read.sentences[:8]
        for m in s.mentions
        if m.label == "IMAGING" and m.concept in PREFERRED and s.section not in ("comparison", "indication", "history", "reason")
    ]
    head = head or [
        m
        for m in read.mentions
        if m.label == "IMAGING" and m.concept in PREFERRED and m.section not in ("comparison", "indication", "history")
    ]
    best = min(head, key=lambda m: (m.concept != "pet_ct", m.start), default=None)
    return (best.concept, (best,)) if best else ("ct", ())


def _told(read: ReadNote, addendum: bool = False) -> list[Exam]:
    """Exams that a note cites with their day; each reaches until the next one, the next section or list item."""
    lines = [x for x in timeline.lines(read) if (x.sentence.section == "addendum") >= addendum]
    exams: list[Exam] = []
    current: tuple[PartialDate, str, dict[str, Cell], list[Line]] | None = None
    before: Line | None = None
    for line in lines:
        near = before if before and before.sentence.paragraph == line.sentence.paragraph and not current else None
        cited = [c for c in _citations(line, near) if not _older(c[0], current, line)]
        if current and (cited or _leaves(current[3][-1], line)):
            exams.append(Exam(current[0], current[1], tuple(current[3]), False, current[2]))
            current = None
        for number, (when, modality, cells, part) in enumerate(cited):
            if number + 1 < len(cited):
                exams.append(Exam(when, modality, (part,), False, cells))
            else:
                current = (when, modality, cells, [part])
        if current and not cited:
            current[3].append(line)
        before = line
    if current:
        exams.append(Exam(current[0], current[1], tuple(current[3]), False, current[2]))
    return exams


def _older(when: PartialDate, current: tuple[PartialDate, str, dict[str, Cell], list[Line]] | None, line: Line) -> bool:
    """True for an earlier exam named in passing in the paragraph of a later one: it is compared with, not reported."""
    return current is not None and when.date < current[0].date and current[3][-1].sentence.paragraph == line.sentence.paragraph


def _leaves(last: Line, line: Line) -> bool:
    """True if a line no longer speaks of the exam cited before it: another section or item, unless it goes on with the treated places."""
    if line.sentence.section != last.sentence.section or line.sentence.section in ("plan", "instructions"):
        return True
    if line.sentence.paragraph == last.sentence.paragraph:
        return False
    goes_on = line.labelled("ZONE", "PROGRESSION", "STATUS") and not line.labelled("DATE", "PROCEDURE")
    return not (goes_on and line.sentence.paragraph == last.sentence.paragraph + 1 and len(line.text) > 40)


def _citations(line: Line, before: Line | None = None) -> list[tuple[PartialDate, str, dict[str, Cell], Line]]:
    """The exams with a day that a sentence names; a bare "the CT shows" takes the day of the sentence ``before`` it."""
    if line.sentence.section in ("comparison", "consent", "instructions", "plan", "family_history"):
        return []
    said = [m for m in line.labelled("IMAGING") if not m.has(*NOT_YET) and not _compared(m, line)]
    days = [(d, w) for d in line.labelled("DATE") if (w := _day(d, line))]
    if said and not line.labelled("DATE") and before and not before.labelled("IMAGING", "PROCEDURE", "PRIOR_TREATMENT"):
        days = [(d, w) for d in before.labelled("DATE") if (w := _day(d, before))][-1:]
        return [_citation(d, w, said[0], line, []) for d, w in days]
    pairs = sorted(
        ((_gap(m, d), i, m, d, w) for d, w in days for i, m in enumerate(said)), key=lambda p: (p[0], p[2].concept == "scan", p[1])
    )
    out: list[tuple[Mention, PartialDate, Mention]] = []
    for gap, _, m, d, w in pairs:
        if gap <= 60 and not _blocked(m, d, line) and all(m != o[2] and d != o[0] for o in out):
            out.append((d, w, m))
    return [_citation(d, w, m, line, days) for d, w, m in sorted(out, key=lambda o: o[0].start)]


def _citation(
    day: Mention, when: PartialDate, exam: Mention, line: Line, days: Sequence[tuple[Mention, PartialDate]]
) -> tuple[PartialDate, str, dict[str, Cell], Line]:
    modality = exam.concept if exam.concept != "scan" else "ct"
    return when, modality, {"date": Cell(when.date, (day,)), "modality": Cell(modality, (exam,))}, _part(line, day, days)


COMPARED = re.compile(
    r"(?:not (?:\w+ ){0,2}?(?:on|in)|compared (?:with|to)|since|than (?:on|in)|versus|\bvs\.?|relative to|prior|previous|beside|alongside|against|unlike|next to|over|from)\s+(?:the |his |her |that |an? )?(?:\w+ )?$",
    re.IGNORECASE,
)


def _compared(exam: Mention, line: Line) -> bool:
    """True for an exam that is only compared with: "not on CT of 2/2021", "beside the scan of 29 January"."""
    return bool(COMPARED.search(line.read.note.text[max(line.sentence.start, exam.start - 40) : exam.start]))


def _gap(a: Mention, b: Mention) -> int:
    return max(a.start - b.end, b.start - a.end, 0)


def _blocked(exam: Mention, day: Mention, line: Line) -> bool:
    """True if another treatment stands between the exam and the day, so that the day is that one's."""
    low, high = min(exam.end, day.end), max(exam.start, day.start)
    between = line.read.note.text[low:high]
    return (
        any(low <= m.start < high for m in line.labelled("PROCEDURE"))
        or bool(PLANNED.search(between))
        or bool(
            re.search(r"\b(?:since|compared? (?:with|to)|than in|prior|previous(?:ly)?)\b[^.]*$", between, re.IGNORECASE)
            and day.start > exam.end
        )
    )


def _day(mention: Mention, line: Line) -> PartialDate | None:
    if (
        not isinstance(mention.value, When)
        or mention.value.approximate
        or mention.value.anchor in ("procedure", "text")
        or mention.rule_id.endswith("#future")
    ):
        return None
    when = timeline.when(mention, line.read.note)
    if when is None or when.precision == "year" or when.date > line.read.note.note_date:
        return None
    return when


def _part(line: Line, day: Mention, days: Sequence[tuple[Mention, PartialDate]]) -> Line:
    """The part of a sentence that belongs to one of several dated exams: from its date to the next."""
    following = [d for d, _ in days if d.start > day.start]
    if len(days) < 2:
        return line
    start = day.start if any(d.start < day.start for d, _ in days) else line.sentence.start
    end = following[0].start if following else line.sentence.end
    mentions = tuple(m for m in line.mentions if start <= m.start < end)
    sentence = type(line.sentence)(start, end, line.sentence.section, line.sentence.paragraph, mentions)
    return Line(line.read, sentence)
