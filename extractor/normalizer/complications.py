"""Which adverse events did happen, after which session, how severe? One row an event.

Labeling guide, Complication. Severity as the note grades it, else by what was done about it (SIR 2017, Khalilzadeh et al., JVIR 2017).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from extractor.model import Cell, Drop, Mention, PartialDate, ReadNote, Row, When
from extractor.normalizer import timeline
from extractor.normalizer.records import Line, Session

WINDOW = timedelta(days=30)
"""An event within 30 days of a session is counted to it (labeling guide); later only where a note ties it to the ablation."""
NOT_HAPPENED = ("negated", "hypothetical", "family", "risk", "planned", "expected", "cancelled", "intended")
SILENT_SECTIONS = (
    "consent",
    "instructions",
    "family_history",
    "past_history",
    "review_of_systems",
    "plan",
    "comparison",
    "reason",
    "medications",
    "allergies",
)
TIE = re.compile(
    r"\b(?:weakened by|previously (?:frozen|ablated|treated)|(?:cryo-?)?(?:ablated|frozen|treated) (?:\w+ )?(?:segment|rib|bone|vertebra\w*|area|site|nodule|lung|muscle)|(?:at|in|through|within|along|adjacent to) the (?:\w+ )?(?:ablation|treatment|treated|cryoablat\w+) ?(?:site|zone|bed|cavity|segment)?|(?:from|after|following|since|due to|consequence of|related to|attribut\w+ to|caused by|result of|secondary to|because of|complicat\w+|c/b|post|status[- ]post)(?: \w+){0,5}? ?(?:cryo\w*|ablat\w+|freez\w+|froze\w*|microwave|MWA|RFA|procedure|ice|the cold|treatment)"
    r"|(?:cryo\w*|ablat\w+|MWA|RFA|microwave|procedure)(?: \w+){0,6}? ?(?:complicat\w+|c/b|caused|left (?:him|her)|with)|ablation-related|procedure-related|post-?(?:cryo\w*|ablation|procedur\w+))\b",
    re.IGNORECASE,
)
OTHER_CAUSE = re.compile(
    r"\b(?:(?:from|after|following|with|due to|related to|attribut\w+ to|caused by|secondary to|at the time of|during|by|of) (?:the |a |an |his |her |prior |previous |last |that |recent )*(?:\w+ ){0,2}?(?:port\b(?! site)|biops\w+|bx|stent\w*|catheter(?! ablation)|PICC|line|resection|surgery|operation|laparotomy|thoracotomy|wedge|emboli[sz]ation|chemo\w*|radiation|radiotherapy|XRT|fall|accident|trauma|colonoscopy|doxorubicin|docetaxel|gemcitabine|trabectedin|pazopanib|ifosfamide|hysterectomy|nephrectomy|vertebroplasty|cold|dental|diabetes|disc|spinal stenosis|shingles|taxane\w*|paclitaxel|vincristine|cisplatin)"
    r"|(?:bx|biopsy|port(?: placement| insertion)?|stent|catheter|PICC|surgery|resection|operation|embolization|chemo\w*|epidural) (?:\w+ ){0,3}?(?:c/b|complicated by|caused|with)|(?:PICC|port|line|catheter|stent|biopsy|surgery|chemo\w*|radiation|embolization)[- ](?:associated|related|induced)|pre-?existing|longstanding|from childhood|old (?:rib )?fracture)\b",
    re.IGNORECASE,
)
RANK = ("mild", "moderate", "severe", "life_threatening", "death")
LEAST = re.compile(r"\b(?:trace|tiny|minimal|small|slight|minor|mild|punctate|sliver|thin|little)\b", re.IGNORECASE)
SAID_TO_BE_ONE = re.compile(
    r"complicat|adverse|\bAEs?\b|grade|CTCAE|CIRSE|Clavien|SIR\b|readmi\w* (?:for|with) (?:\w+ )?pain|pain (?:requir|need)|for pain control|pain crisis",
    re.IGNORECASE,
)
GRADES = {
    "SIR_A_F": {"a": "mild", "b": "mild", "c": "moderate", "d": "severe", "e": "severe", "f": "death"},
    "CTCAE": {"1": "mild", "2": "moderate", "3": "severe", "4": "life_threatening", "5": "death"},
    "CIRSE": {"1": "mild", "2": "mild", "3": "moderate", "4": "severe", "5": "life_threatening", "6": "death"},
    "Clavien-Dindo": {"i": "mild", "ii": "moderate", "iii": "", "iiia": "", "iiib": "severe", "iv": "life_threatening", "iva": "life_threatening", "ivb": "life_threatening", "v": "death", "1": "mild", "2": "moderate", "3": "", "3a": "", "3b": "severe", "4": "life_threatening", "4a": "life_threatening", "4b": "life_threatening", "5": "death"},
}  # fmt: skip
MAJOR: dict[str, str | tuple[str, ...]] = {
    "SIR_A_F": "cdef",
    "CTCAE": "345",
    "CIRSE": "456",
    "Clavien-Dindo": ("iii", "iv", "v", "3", "4", "5"),
}


@dataclass(frozen=True, slots=True)
class Event:
    """One telling of an adverse event."""

    mention: Mention
    line: Line
    session: Session
    day: PartialDate
    day_from: tuple[Mention, ...]


def find(reads: Sequence[ReadNote], sessions: Sequence[Session], drops: list[Drop], patient: str) -> list[Row]:
    """Complication rows by session and onset; tellings that are none go to ``drops``."""
    events: list[Event] = []
    for read in reads:
        for line in timeline.lines(read):
            for mention in line.labelled("COMPLICATION"):
                found = _event(mention, line, sessions, events)
                if isinstance(found, str):
                    drops.append(Drop(mention, "complications", found))
                else:
                    events.append(found)
    groups: dict[tuple[str, str], list[Event]] = {}
    for event in events:
        groups.setdefault((event.session.procedure_id, event.mention.concept), []).append(event)
    rows = [_row(group, reads, patient) for group in groups.values()]
    return sorted(rows, key=lambda r: (str(r["procedure_id"]), str(r["date"]), str(r["term"])))


def _event(mention: Mention, line: Line, sessions: Sequence[Session], known: Sequence[Event]) -> Event | str:
    """The event that a mention tells of, or the reason why it tells of none."""
    for name in NOT_HAPPENED:
        if mention.has(name):
            return f"said to be {name}"
    if line.sentence.section in SILENT_SECTIONS:
        return f"in the section {line.sentence.section}"
    if OTHER_CAUSE.search(line.text):
        return "due to another cause by the note's words"
    if mention.concept in ("death", "other") or (
        mention.concept == "pain" and not SAID_TO_BE_ONE.search(line.text) and line.sentence.section != "complications"
    ):
        return "not said to be an adverse event"
    if mention.has("uncertain"):
        return "said to be uncertain"
    day, day_from = _onset(mention, line, sessions)
    tied = bool(TIE.search(line.text))
    session = _session(day.date, sessions, tied)
    if session is None:
        return "before the first ablation, or later than 30 days without a word that ties it to one"
    again = any(e.session is session and e.mention.concept == mention.concept for e in known)
    if mention.has("historical") and not (tied or again):
        return "said to be historical"
    if _background(line, session) and not tied:
        return "told as history in the note of the session"
    return Event(mention, line, session, day, day_from)


def _background(line: Line, session: Session) -> bool:
    """True for history and indication in the report of the session itself: it was there before."""
    return line.read is session.report and line.sentence.section in ("history", "indication", "reason", "exam")


def _onset(mention: Mention, line: Line, sessions: Sequence[Session]) -> tuple[PartialDate, tuple[Mention, ...]]:
    """The day in the sentence that is nearest to the event, else the day that the note is about."""
    note = line.read.note
    latest = max((s.when.date for s in sessions if s.when.date <= note.note_date), default=None)
    options = []
    for d in line.labelled("DATE"):
        if isinstance(d.value, When) and not d.rule_id.endswith("#future") and not d.value.approximate:
            if d.value.anchor == "procedure" and latest and note.note_date - latest > 2 * WINDOW:
                continue
            day = timeline.when(d, note, latest)
            if day and day.date <= note.note_date and (day.precision == "day" or latest is None or not _within(day, latest)):
                options.append((abs(d.start - mention.start), day, d))
    if options:
        _, day, d = min(options, key=lambda o: o[0])
        return day, (d,)
    if timeline.kind(line.read) == "procedure":
        day, cell = timeline.service_date(line.read)
        if line.sentence.section != "addendum":
            return day, cell.mentions
    if timeline.kind(line.read) == "discharge" and latest and note.note_date - latest <= WINDOW:
        return PartialDate(latest), ()
    return PartialDate(note.note_date), ()


def _within(day: PartialDate, latest: date) -> bool:
    """True if a coarse date can be that of the latest session or after it: then it says nothing new."""
    return day.agrees(PartialDate(latest)) or day.date > latest


def _session(day: date, sessions: Sequence[Session], tied: bool) -> Session | None:
    before = [s for s in sessions if s.when.date <= day]
    if not before:
        return None
    last = max(before, key=lambda s: s.when.date)
    return last if tied or day - last.when.date <= WINDOW else None


# ---- severity -------------------------------------------------------------------------------------------------------------


def _row(events: Sequence[Event], reads: Sequence[ReadNote], patient: str) -> Row:
    first = min(events, key=lambda e: (e.day.date, e.line.read.note.note_date, e.mention.start))
    session = first.session
    about = _about(events, reads)
    cells = {
        "complication_id": Cell(f"{session.procedure_id}:{first.mention.concept}"),
        "patient_id": Cell(patient),
        "procedure_id": Cell(session.procedure_id),
        "term": Cell(first.mention.concept, (first.mention,)),
        "term_text": Cell(first.mention.text, (first.mention,)),
        "date": Cell(first.day.date, first.day_from, "text" if first.day_from else "note_date"),
        "date_precision": Cell(first.day.precision, first.day_from, "text" if first.day_from else "note_date"),
        **_severity(about),
    }
    return Row("complications", cells)


def _about(events: Sequence[Event], reads: Sequence[ReadNote]) -> list[Line]:
    """The sentences that speak of an event: those that name it and those after it in the paragraph that name no other."""
    out: list[Line] = []
    for event in events:
        lines = timeline.lines(event.line.read)
        at = next(i for i, x in enumerate(lines) if x.sentence.start == event.line.sentence.start)
        out.append(event.line)
        for line in lines[at + 1 : at + 4]:
            other = [m for m in line.labelled("COMPLICATION") if m.concept != event.mention.concept and not m.has("negated")]
            if line.sentence.section != event.line.sentence.section or line.sentence.section in SILENT_SECTIONS or other:
                break
            out.append(line)
    return list(dict.fromkeys(out))


def _severity(about: Sequence[Line]) -> dict[str, Cell]:
    """Severity from the worst grade, else from the worst thing done; with the grade's system, words and whether it was major."""
    grades = [
        (m, *_grade(m))
        for line in about
        for m in line.labelled("SEVERITY")
        if not m.has("negated", "risk", "hypothetical", "family", "planned")
    ]
    named = [(m, system, value) for m, system, _, value in grades if system != "words" and value]
    done = [
        m
        for line in about
        for m in line.labelled("INTERVENTION")
        if not m.has("negated", "risk", "hypothetical", "family", "planned", "cancelled", "expected")
    ]
    out: dict[str, Cell] = {}
    if named:
        m, system, value = max(named, key=lambda g: RANK.index(g[2]))
        out["severity"] = Cell(value, (m,))
    elif done:
        worst = max((m.concept for m in done), key=RANK.index)
        out["severity"] = Cell(worst, tuple(m for m in done if m.concept == worst))
    elif spared := [m for line in about for m in line.labelled("INTERVENTION") if m.has("negated") and m.concept != "mild"]:
        out["severity"] = Cell("mild", (spared[0],))
    elif grades:
        m, _, _, value = grades[0]
        out["severity"] = Cell(value or "mild", (m,))
    elif any(LEAST.search(line.text) for line in about):
        line = next(x for x in about if LEAST.search(x.text))
        out["severity"] = Cell("mild", line.labelled("COMPLICATION")[:1])
    if grades:
        m, system, grade, _ = grades[0]
        out["grade_text"] = Cell(m.text, (m,))
        if system != "words":
            out["grade_system"] = Cell(system, (m,))
        out["major_as_graded"] = Cell(_major(system, grade, m), (m,))
    if "severity" in out:
        out["major"] = Cell(out["severity"].value in RANK[2:], out["severity"].mentions, "derived")
    treated = [m for m in done if m.concept != "mild"] or done
    if treated:
        out["intervention"] = Cell(treated[0].text, (treated[0],))
    return out


def _grade(m: Mention) -> tuple[str, str, str]:
    """(system, grade as written, SIR 2017 severity or '') of a SEVERITY mention."""
    words = m.text.lower()
    if m.concept == "SIR2017":
        found = re.search(r"mild|moderate|severe|life-?threatening", words)
        value = found[0].replace("-", "_").replace("lifet", "life_t") if found else ""
        return m.concept, value, value
    if m.concept == "words":
        return m.concept, words, "severe" if "major" in words else "mild"
    pattern = {"SIR_A_F": r"\b([a-f])\b", "Clavien-Dindo": r"\b(iv ?[ab]?|i{1,3} ?[ab]?|v|[1-5] ?[ab]?)\b"}.get(
        m.concept, r"([1-6])[ab]?(?!\d|\.\d)\b"
    )
    said = re.findall(pattern, re.sub(r"\bv(?:ersion)?\.? ?\d(?:\.\d)?|20\d\d", "", words))
    grade = said[-1].replace(" ", "") if said else ""
    return m.concept, grade, GRADES[m.concept].get(grade, "")


def _major(system: str, grade: str, m: Mention) -> bool:
    if system == "words":
        return "major" in m.text.lower()
    if system == "SIR2017":
        return grade in ("severe", "life_threatening")
    worst = MAJOR[system]
    return grade.startswith(worst) if isinstance(worst, tuple) else bool(grade) and grade[0] in worst
