"""How severe was a complication? By its grade, else by what was done for it and how long it kept the patient (SIR 2017, CTCAE 5.0)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from extractor.model import Cell, Mention, ReadNote, Row
from extractor.normalizer import complication_measures as measures
from extractor.normalizer import complication_stays, timeline
from extractor.normalizer.complication_context import (
    NOT_HAPPENED,
    REACH,
    SILENT_SECTIONS,
    WINDOW,
    Event,
    back,
    grade_of,
    kinds,
    of_no_other,
    same_trouble,
    tells_how,
)
from extractor.normalizer.complication_onset import COUNTED, of_the_treatment
from extractor.normalizer.complication_stays import NAMED_IN, RANK
from extractor.normalizer.records import Line, in_line
from extractor.patterns import re

LEAST = re.compile(
    r"\b(?:trace|tiny|minimal|small|slight|minor|mild|superficial|punctate|sliver|thin|little|(?:bit|touch|hint|trace|wisp|speck) of)\b",
    re.IGNORECASE,
)

MAJOR: dict[str, str | tuple[str, ...]] = {
    "SIR_A_F": "cdef",
    "CTCAE": "345",
    "CIRSE": "456",
    "Clavien-Dindo": ("iii", "iv", "v", "3", "4", "5"),
}


def graded_apart(reads: Sequence[ReadNote], events: Sequence[Event]) -> list[Line]:
    """Sentences of later notes that grade "the event" and name none: they mean the only one that the session had."""
    own = {e.line.read.note.note_id for e in events}
    first, last = events[0].session.when.date, max(e.day.date for e in events) + 2 * WINDOW
    addended = [
        line
        for read in {e.line.read.note.note_id: e.line.read for e in events}.values()
        for line in timeline.lines(read)
        if line.sentence.section == "addendum" and line.labelled("SEVERITY") and REGRADED.search(line.text)
    ]
    return addended + [
        line
        for read in reads
        if read.note.note_id not in own
        and first <= read.note.note_date <= last
        and not any(m.label == "COMPLICATION" and not m.has(*NOT_HAPPENED) for m in read.mentions)
        for line in timeline.lines(read)
        if line.labelled("SEVERITY") and GRADED_EVENT.search(line.text)
    ]


GRADED_EVENT = re.compile(r"\b(?:complications?|adverse|AEs?|events?|incidents?|CTCAE|CIRSE|SIR|Clavien)\b", re.IGNORECASE)


def row(events: Sequence[Event], graded: Mapping[str, Cell], patient: str) -> Row:
    """The row of one complication, of all that tell it."""
    first = min(_own_days(events), key=lambda e: (e.day.precision != "day", e.day.date, e.line.read.note.note_date, e.mention.start))
    session = first.session
    cells = {
        "complication_id": Cell(f"{session.procedure_id}:{first.mention.concept}"),
        "patient_id": Cell(patient),
        "procedure_id": Cell(session.procedure_id),
        "term": Cell(first.mention.concept, (first.mention, *(e.mention for e in events if e is not first))),
        "term_text": Cell(in_line(first.mention.text), (first.mention,)),
        "date": Cell(first.day.date, first.day_from, "text" if first.day_from else "note_date"),
        "date_precision": Cell(first.day.precision, first.day_from, "text" if first.day_from else "note_date"),
        **graded,
    }
    return Row("complications", cells)


AT_FIRST_HAND = ("telephone", "nursing", "clinic", "other", "radiology")


def _own_days(events: Sequence[Event]) -> Sequence[Event]:
    """The tellings whose day is that of the trouble: not those that know only the session it came from, where an earlier note told it itself, later than the session."""
    borrowed = [e for e in events if _day_of_session(e)]
    own = [e for e in events if not _day_of_session(e)]
    told = min((e.line.read.note.note_date for e in own if timeline.kind(e.line.read) in AT_FIRST_HAND), default=None)
    itself = {e.line.read.note.note_id for e in own if e.line.read.note.note_date == told}
    later = all(told and e.line.read.note.note_date >= told and e.line.read.note.note_id not in itself for e in borrowed)
    return own if told and borrowed and later else events


def _day_of_session(event: Event) -> bool:
    """True if a later note dates a trouble by no more than the session: by its day as that of the treatment, or by no word at all."""
    if event.day != event.session.when or event.line.read.note.note_date <= event.session.when.date:
        return False
    return not event.day_from or any(d.rule_id == COUNTED or of_the_treatment(event.line, d) for d in event.day_from)


def severity(events: Sequence[Event], apart: Sequence[Line], elsewhere: Sequence[Mention]) -> dict[str, Cell]:
    """The severity of one complication, of all that tell it: ``apart`` are sentences that grade it unnamed, ``elsewhere`` what was done for it elsewhere."""
    about = _about(events, REACH)
    kept = complication_stays.kept_until(about, events)
    stays = (*complication_stays.told(events), *((kept,) if kept else ()))
    return _severity(about, [*_about(events, GRADED), *apart], events[0].mention.concept, stays, elsewhere)


def of_severity(cells: Mapping[str, Cell], value: str, by: tuple[Mention, ...]) -> dict[str, Cell]:
    """The cells of a trouble with a severity and whether it is major, both with the words that tell it."""
    return {**cells, "severity": Cell(value, by), "major": Cell(value in RANK[2:], by, "derived")}


GRADED = 8
"""Sentences after an event that may grade it."""


def _about(events: Sequence[Event], reach: int) -> list[Line]:
    """The sentences that speak of an event: those that name it and up to ``reach`` after it that name no other."""
    out: list[Line] = []
    for event in events:
        lines = timeline.lines(event.line.read)
        at = bisect_left(lines, event.line.sentence.start, key=lambda x: x.sentence.start)
        out.append(event.line)
        out += _led_in(event)
        for line in lines[at + 1 : at + 1 + reach]:
            other = not of_no_other(event.mention, line) and any(
                not (m.has(*NOT_HAPPENED) or same_trouble(m, event.mention) or tells_how(m, line)) for m in line.labelled("COMPLICATION")
            )
            if line.sentence.section != event.line.sentence.section or line.sentence.section in SILENT_SECTIONS or other:
                break
            out.append(line)
    for read in dict.fromkeys(e.line.read for e in events if e.line.sentence.section in NAMED_IN):
        out += _course(read, events[0].mention.concept)
        out += _treatment(read, events)
    return list(dict.fromkeys(out))


BACK_IN = re.compile(r"\bre-?admi\w+|\bre-?hospitali\w+|\badmitted\b|\badmission\b", re.IGNORECASE)


AGAIN_IN = re.compile(r"\bre-?(?:admi|hospitali)\w+", re.IGNORECASE)
"""No admission for the ablation itself."""


def _led_in(event: Event) -> list[Line]:
    """The sentence before an event that tells the admission it led to: "Readmitted on the 23rd with rigors. Liver abscess."."""
    before = next(back(event.line), None)
    if before is None or event.day.date <= event.session.when.date or before.labelled("COMPLICATION"):
        return []
    if before.labelled("PROCEDURE") and not AGAIN_IN.search(before.text):
        return []
    told = [m for m in before.labelled("INTERVENTION") if m.concept == "severe" and BACK_IN.search(m.words)]
    return [before] if told else []


def _course(read: ReadNote, term: str) -> list[Line]:
    """The course of a stay whose summary names a trouble, and no other, as its diagnosis or reason: what was done was done for it."""
    named = [m for m in read.mentions if m.label == "COMPLICATION" and m.section in NAMED_IN and not m.has(*NOT_HAPPENED)]
    if timeline.kind(read) != "discharge" or {m.concept for m in named} != {term}:
        return []
    told = [x for x in timeline.lines(read) if x.sentence.section in ("course", "") and x.sentence.start > named[0].start]
    return [x for x in told if not any(m.concept != term for m in x.labelled("COMPLICATION"))]


def _treatment(read: ReadNote, events: Sequence[Event]) -> list[Line]:
    """A report of an intervention that has the trouble, and no other, as its indication: "Nephrostomy. Indication: ureteral stricture after cryoablation"."""
    ablated = read is events[0].session.report or any(m.label == "ENERGY" for m in read.mentions)
    if timeline.kind(read) not in ("procedure", "other") or ablated or kinds(read) != {events[0].mention.concept}:
        return []
    return [x for x in timeline.lines(read) if x.sentence.section not in SILENT_SECTIONS]


EXTRA = re.compile(r"\b(?:extra|additional|more|further|unplanned|longer|kept|held|overnight for)\b", re.IGNORECASE)
"""A night in hospital that was not planned."""


def _severity(
    about: Sequence[Line], graded: Sequence[Line], term: str, stays: tuple[Mention, ...], elsewhere: Sequence[Mention]
) -> dict[str, Cell]:
    """Severity from the worst grade, else from the worst thing done, an admission for it (``stays``) among them; with the grade's system and words."""
    told = [
        (line, (m, *grade_of(m)))
        for line in graded
        for m in line.labelled("SEVERITY")
        if not (m.has("risk", "hypothetical", "family", "planned") or _ungraded(m, line))
        and measures.own_clause(m, line, term)
        and not _edition(m, line)
        and not _of_neighbour(m, line, term)
    ]
    grades = [g for line, g in told if REGRADED.search(line.text)] or [g for _, g in told]
    named = [(m, system, value) for m, system, _, value in grades if system != "words" and value]
    worded = [g for g in grades if g[1] == "words"]
    beside = {
        (line.read.note.note_id, line.sentence.paragraph) for line in about if any(m.concept == term for m in line.labelled("COMPLICATION"))
    }
    done = (
        measures.done(about, term)
        or _begun(about, term)
        or measures.done([x for x in graded if (x.read.note.note_id, x.sentence.paragraph) in beside], term)
    )
    done += [m for m in elsewhere if m not in done]
    extra = any(EXTRA.search(m.words) for m in done)
    if (
        any(m.concept == "mild" for m in done)
        and not extra
        and {m.rule_id.rpartition(".")[2] for m in done if m.concept != "mild"} == {"stay"}
    ):
        done = [m for m in done if m.concept == "mild"]
    out: dict[str, Cell] = {}
    killed = next((m for line in about for m in line.labelled("COMPLICATION") if m.concept == term and _fatal(m, line)), None)
    if killed:
        out["severity"] = Cell("death", (killed,))
    elif named:
        m, system, value = max(named, key=lambda g: RANK.index(g[2]))
        out["severity"] = Cell(value, (m,))
    elif worded:
        m, _, _, value = max(worded, key=lambda g: RANK.index(g[3]))
        out["severity"] = Cell(value, (m,))
    elif done:
        worst = max((m.concept for m in done), key=RANK.index)
        out["severity"] = Cell(worst, tuple(m for m in done if m.concept == worst))
        if stays and RANK.index(worst) < RANK.index("severe"):
            out["severity"] = Cell("severe", stays[:1])
    elif stays:
        out["severity"] = Cell("severe", stays[:1])
    elif spared := [m for line in about for m in line.labelled("INTERVENTION") if m.has("negated") and m.concept != "mild"]:
        out["severity"] = Cell("mild", (spared[0],))
    elif grades:
        m, _, _, value = grades[0]
        out["severity"] = Cell(value or "mild", (m,))
    elif any(LEAST.search(line.text) for line in about):
        line = next(x for x in about if LEAST.search(x.text))
        out["severity"] = Cell("mild", line.labelled("COMPLICATION")[:1])
    elif over := [x for x in about if WENT.search(x.text) and any(m.concept == term for m in x.labelled("COMPLICATION"))]:
        out["severity"] = Cell("mild", over[0].labelled("COMPLICATION")[:1])
    if grades:
        m, system, grade, _ = grades[0]
        out["grade_text"] = Cell(in_line(m.text), (m,))
        if system != "words":
            out["grade_system"] = Cell(system, (m,))
        out["major_as_graded"] = Cell(_major(system, grade, m), (m,))
    if "severity" in out:
        out["major"] = Cell(out["severity"].value in RANK[2:], out["severity"].mentions, "derived")
    treated = [m for m in done if m.concept != "mild"] or done
    if treated:
        out["intervention"] = Cell(in_line(treated[0].text), (treated[0],))
    return out


def _ungraded(m: Mention, line: Line) -> bool:
    """True for a grade that is denied: by its own words, not by those of another item, "no therapy, CIRSE grade 1"."""
    before = line.read.flat[line.sentence.start : m.start].rstrip()
    return m.has("negated") and (m.concept == "words" or not before.endswith((",", ";", ":", "(")))


RIGHT_BEHIND = 4
"""Characters between an event and the grade that is its own: "effusion (G1"."""


def _of_neighbour(m: Mention, line: Line, term: str) -> bool:
    """True for the grade right behind another trouble where this one has its own: "flutter G2, effusion G1"."""

    def graded(event: Mention, grade: Mention) -> bool:
        return 0 <= grade.start - event.end <= RIGHT_BEHIND

    events = line.labelled("COMPLICATION")
    if not any(graded(e, m) and e.concept != term for e in events):
        return False
    return any(e.concept == term and graded(e, g) for e in events for g in line.labelled("SEVERITY"))


WENT = re.compile(
    r"\b(?<!not[ ])(?:healing|self-?limit\w+|(?:healed|resolved|cleared|settled|stopped|went away|subsided|gone|faded|over)\b[^.;]{0,30}\b(?:by|in|within|after|on|spontaneously|itself|own|overnight|day|days|week|weeks|hours))\b",
    re.IGNORECASE,
)
"""A trouble that went by itself, nothing said of treatment."""

EDITION = re.compile(r"\W*CTCAE\W*(?:v(?:ersion)?\.? ?)?[3-5](?:\.\d+)?\W*", re.IGNORECASE)


def _edition(m: Mention, line: Line) -> bool:
    """True for the edition of the criteria beside a grade of its own: "(CTCAE 5): paraesthesia grade 1"."""
    return bool(EDITION.fullmatch(m.words)) and any(o is not m and not EDITION.fullmatch(o.words) for o in line.labelled("SEVERITY"))


def _begun(about: Sequence[Line], term: str) -> list[Mention]:
    """What the plans of the notes begin for a trouble told in them: "Femoral nerve injury. Plan: gabapentin"."""
    plans = [
        x
        for read in dict.fromkeys(line.read for line in about if any(m.concept == term for m in line.labelled("COMPLICATION")))
        if timeline.kind(read) not in ("procedure", "radiology") and kinds(read) == {term}
        for x in timeline.lines(read)
        if x.sentence.section in ("plan", "assessment_plan", "assessment")
    ]
    return [
        m
        for x in plans
        for m in measures.done((x,), term)
        if m.rule_id.rpartition(".")[2] in measures.SERVES or measures.AT_ONCE.search(x.text)
    ]


REGRADED = re.compile(
    r"\b(?:correct(?:ed|ion)?|re-?graded|up-?graded|down-?graded|re-?classified|amended|revised|rather than|instead of|should (?:read|be|have been))\b",
    re.IGNORECASE,
)
"""Words by which a grade replaces one given before."""


FATAL = re.compile(
    r"^\W*(?:autopsy|post-?mortem|necropsy)\b(?:(?!\b(?:no|not|without|nor|old|healed)\b)[^.;]){0,60}$|\bdied\b[^.;]{0,100}?, (?:of|from|due to|with)(?: (?!not|no|without)[\w-]+){0,4}\W*$|\b(?:cause of death|died|death|succumbed|killed|lost (?:his|her) life|passed away)\b[^.;]{0,25}?(?::|=|\b(?:of|from|to|by|with|was|due|after|following|in)\b)(?: (?!not|no|without)[\w-]+){0,4}\W*$|\bfatal(?:ly)?\W+(?:[\w-]+ ){0,3}$",
    re.IGNORECASE,
)
"""Before a trouble: the patient died of it."""
TURNED_FATAL = re.compile(
    r"[^.;]{0,60}?\b(?<!not[ ])(?:(?:proved|was|proving|and) fatal|of which (?:he|she) died|from which (?:he|she) died|led to (?:(?:his|her|the) )?death|was the cause of death|(?:causing|leading to|resulting in|with) (?:\w+ )?death)\b",
    re.IGNORECASE,
)
"""Behind a trouble: the patient died of it."""


def _fatal(m: Mention, line: Line) -> bool:
    """True if the words say that the patient died of a trouble."""
    before = line.read.flat[max(line.sentence.start, m.start - 140) : m.start]
    return bool(FATAL.search(before) or TURNED_FATAL.match(line.read.flat, m.end, line.sentence.end)) and not m.has("negated", "risk")


def _major(system: str, grade: str, m: Mention) -> bool:
    if system == "words":
        return "major" in m.text.lower()
    if system == "SIR2017":
        return grade in ("severe", "life_threatening")
    worst = MAJOR[system]
    return grade.startswith(worst) if isinstance(worst, tuple) else bool(grade) and grade[0] in worst
