"""When did what happen? Kinds of notes, the day a note is about, and the day a sentence is about."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import date, timedelta
from functools import wraps
from typing import TypeVar

from extractor.model import Cell, Mention, Note, PartialDate, ReadNote, Sentence, When, flat
from extractor.normalizer.records import Line
from extractor.patterns import re
from extractor.pipeline.dates import OF_THAT_YEAR, resolve

T = TypeVar("T")
RANK = {"procedure": 0, "radiology": 1, "pathology": 1, "nursing": 2, "discharge": 3, "telephone": 4, "clinic": 5, "other": 6}
HEADER_LINES = 10
LINES_OF_SPECIMENS = 60
"""Sentences of a pathologist's report among which its day stands: a list of specimens may come first."""
TITLE_LENGTH = 400
"""Characters in which a note's title and the fields beside it stand."""
BEFOREHAND = re.compile(
    r"\bpre-?(?:op\w*|procedur\w*|sedation|an(?:a)?esth\w*|ablation|admission|assess\w*|screening)[- ](?:note|assessment|evaluation|visit|check\w*|h ?& ?p|history|clinic|unit|testing|interview|phone call|planning|counsel\w*|consult\w*|orders?)\b|\b(?:consent|order|request|booking|referral|planning|checklist)(?: form| note| sheet| set)?\s*$",
    re.IGNORECASE | re.MULTILINE,
)
REPORT = re.compile(
    r"\b(?:procedure|operati(?:on|ve)|op|intervention|ablation|treatment)\W*(?:note|report|record|summary)\b", re.IGNORECASE
)
OF_ZONE = re.compile(
    r"[- ](?:zones?|sites?|cavit(?:y|ies)|beds?|defects?|scars?|margins?|areas?|tracts?|planning|protocol|clinic|consult\w*|consent|drain\w*|follow-?up)\b",
    re.IGNORECASE,
)
"""A title that names an ablation only to say where or what else: "biopsy of the cryoablation zone"."""
LEADS_TO = re.compile(
    r"\b(?:after|following|post|prior to|before|status|s/p|since|biops\w+ (?:of|for|from)|drain\w* (?:of|after|from)|injection of)\W+(?:\w+\W+){0,2}$",
    re.IGNORECASE,
)
SERVICE = re.compile(
    r"exam|procedure|service|study|operation|performed|treatment|session|intervention|ablation|scan|dos\b|collected|collection",
    re.IGNORECASE,
)
COLLECTED = re.compile(
    r"(?:date )?(?:collected|collection(?: date)?|extraction(?: date)?|sampling(?: date)?|sampled|taken|obtained|procured|date of (?:procedure|biopsy|collection))\b[^\n\d]{0,20}$",
    re.IGNORECASE,
)
MATCHED = re.compile(r"\b(?:scans?|images?|imaging|films?|stud(?:y|ies)|exams?)\b[^.;:\n]{1,40}$", re.IGNORECASE)
"""Before the day of an earlier scan that a report of a procedure speaks of: "planning scan matches 5/30"."""
RECEIVED = re.compile(r"(?:received|accession(?:ed)?|date received|receipt)\b[^\n\d]{0,20}$", re.IGNORECASE)
STATED = re.compile(
    r"(?:(?:date|day) of (?:the )?(?:service|procedure|operation|exam\w*|treatment|study|intervention|session|\w*ablation)|(?:procedure|service|exam|study|operation|treatment|intervention|session|\w*ablation) date|\bDOS|\bDOP|performed(?: on)?)\W*$",
    re.IGNORECASE,
)
TOLD = re.compile(r"\b(?:was|were|is|had|has|been|on the|stopped|held|since|first|biopsy|scheduled|shows?|showed)\b", re.IGNORECASE)
TOLD_OF = re.compile(r"[\s,]{0,2}(?:was|were|is|had|has|did|got|could|went)\b", re.IGNORECASE)
"""Behind a day that something is told of: "10/30 was stopped before puncture"."""
YEAR_IN = re.compile(r"(?:19|20)\d\d|\d[./-]\d{1,2}[./-]\d{2}\b|'\d\d|[A-Za-z][ -]\d\d$")
"""A date that says its year."""
NOT_SERVICE = re.compile(
    r"(?:dictated|transcribed|(?:type)?written|authored|drafted|entered|filed|signed|reported|received|comparison|compared|comp|prior|previous|last (?:scan|CT|MRI?|PET|exam|study|imaging|film)|latest|birth|dob|born|admi\w+|discharg\w+|referred|order\w*|status post|s/p|since|after|from|verified|printed|typed|accession|meeting|conference|board|MDT|decision|letter)\b[^\n.]{0,30}$",
    re.IGNORECASE,
)
EMERGENCY = re.compile(
    r"^\W*(?:emergency (?:department|dept|room|medicine)|(?-i:ED|ER) (?:provider |physician )?(?:note|visit|record|chart))\b",
    re.IGNORECASE,
)
"""The title of a note of an emergency department."""
TITLE = {
    "other": EMERGENCY,
    "radiology": re.compile(
        r"^\W*(?:exam(?:ination)?\b|(?:CT|MRI|(?-i:MR)(?!\.? [A-Z]\b)|PET|US|ultrasound|CXR|x-?ray|chest x-?ray|bone scan|radiograph)\b|(?:final )?(?:radiology|imaging) report|diagnostic imaging|department of radiology)",
        re.IGNORECASE,
    ),
    "pathology": re.compile(
        r"^\W*(?:surgical |cyto|histo)?patholog\w*|^\W*(?:biopsy|histology|cytology) report|^\W*specimen", re.IGNORECASE
    ),
    "procedure": re.compile(
        r"procedure|operative (?:note|report)|operation|interventional radiology (?:report|procedure)|ablation (?:note|report|record)|cryoablation|cryotherapy",
        re.IGNORECASE,
    ),
    "discharge": re.compile(r"discharge (?:summary|letter|note)|hospital summary", re.IGNORECASE),
    "nursing": re.compile(r"nurs(?:ing|e)\b(?! specialist)|recovery|PACU|flow ?sheet|ward note", re.IGNORECASE),
    "telephone": re.compile(r"telephone|phone (?:call|note|encounter)|patient call", re.IGNORECASE),
    "clinic": re.compile(
        r"clinic|consult|follow[- ]?up|visit|progress note|office|dear |tumou?r board|conference|MD[TM]\b|multi-?disciplinary|H&P",
        re.IGNORECASE,
    ),
}


NOTES_REMEMBERED = 256


def remembered(ask: Callable[[ReadNote], T]) -> Callable[[ReadNote], T]:
    """Answer once a note, however many of its lines ask: by identity, because comparing two notes reads both."""
    known: dict[int, tuple[ReadNote, T]] = {}

    @wraps(ask)
    def answer(read: ReadNote) -> T:
        found = known.get(id(read))
        if found is None or found[0] is not read:
            if len(known) >= NOTES_REMEMBERED:
                known.clear()
            found = known[id(read)] = (read, ask(read))
        return found[1]

    return answer


@remembered
def kind(read: ReadNote) -> str:
    """What kind of note this is: by what it does, then its title, then the type it was given."""
    if is_report(read):
        return "procedure"
    hint = read.note_type
    if hint in RANK and hint not in ("other", "procedure"):
        return str(hint)
    for line in titles(read):  # the first line that is a title says it: "Tumor board" above "MRI 1/7 shown"
        for name in ("other", "discharge", "telephone", "nursing", "pathology", "radiology", "clinic"):
            if TITLE[name].search(line):
                return name
    return "other"


def titles(read: ReadNote) -> list[str]:
    """The lines of a note in which its title can stand."""
    return read.note.text[:160].splitlines()[:3]


@remembered
def is_report(read: ReadNote) -> bool:
    """True for the report of a procedure, the one kind that is told by what a note does: how energy was given, probes and freezes in detail, under a title or headings of such a note."""
    if labels(read).isdisjoint(("PROCEDURE", "ENERGY", "PROBES")):
        return False
    said = [m for m in read.mentions if not m.has("planned", "hypothetical", "family", "risk", "negated", "cancelled", "intended")]
    energy = {m.concept for m in said if m.label == "ENERGY"}
    probes = any(m.label == "PROBES" for m in said)
    detail = sum(m.label in ("ENERGY", "PROBES", "MARGIN", "COVERAGE") for m in said)
    hint = read.note_type
    if _titled(read) and (hint == "procedure" or (hint in (None, "other") and _operated(read))):
        return True
    if hint == "radiology":  # interventional radiology files its reports there too
        if _recalled(read):
            return False
        given = _given(said)
        return (_titled(read) and ((probes and detail >= 3) or "anesthesia" in given)) or _done_here(read, given)
    if hint == "procedure" and probes and (detail >= DETAILED or _equipped(said) or _as_planned(read)):
        return True
    if not energy or hint in ("nursing", "telephone", "pathology", "discharge"):
        return False
    if hint in ("other", None) and LETTER.search(read.note.text[:TITLE_LENGTH]):
        return False
    headed = any(s.section in ("technique", "anesthesia", "losses", "complications") for s in read.sentences)
    if hint == "clinic":
        return detail >= 8 and probes and headed
    if hint == "procedure":
        return detail >= 2 or probes
    visit = any(
        TITLE[name].search(line)
        for name in ("clinic", "telephone", "nursing", "discharge", "radiology")
        for line in read.note.text[:200].splitlines()[:2]
    )
    return probes and detail >= (6 if visit else 3)


LETTER = re.compile(r"^[ \t]*(?:Dear|To whom)\b", re.MULTILINE | re.IGNORECASE)
"""A letter retells what was done on another day."""
DETAILED = 3
"""Words on probes, margins and coverage that make a note called a procedure's the report of an ablation, if none tells of freezes."""


PLANNED_FIELD = re.compile(r"\W*(?:planned|intended|scheduled|booked)(?: (?:procedure|case|treatment))?\W{0,2}:", re.IGNORECASE)
DONE = re.compile(r"\b(?:done|performed|treated|ablated|frozen|completed)\b", re.IGNORECASE)


def _as_planned(read: ReadNote) -> bool:
    """True if a report names its ablation in the field of what was planned, and tells behind it what was done with probes: "Planned: cryo L5. L5 done (2 probes)"."""
    fields = [
        s for s in read.sentences if PLANNED_FIELD.match(read.flat, s.start, s.end) and any(m.label == "PROCEDURE" for m in s.mentions)
    ]
    return (
        any(
            s.start > fields[0].start
            and any(m.label == "PROBES" and not m.has("negated") for m in s.mentions)
            and DONE.search(read.flat, s.start, s.end)
            for s in read.sentences
        )
        if fields
        else False
    )


def _equipped(said: Sequence[Mention]) -> bool:
    """True if a note names an ablation, and under what guidance and anesthesia its probes were set."""
    return any(m.label == "PROCEDURE" and not m.has("historical") for m in said) and {"anesthesia", "guidance"} <= _given(said)


def _operated(read: ReadNote) -> bool:
    """True if a note of no known kind is titled a report of a procedure and tells how it was done."""
    head = read.note.text[:TITLE_LENGTH].strip().splitlines()[:2]
    setups = {m.concept.partition(":")[0] for m in read.mentions if m.label == "SETUP" and not m.has("planned", "risk", "historical")}
    return any(REPORT.search(line) for line in head) and {"anesthesia", "guidance"} <= setups


TOLD_BEFORE = (
    "history",
    "indication",
    "reason",
    "comparison",
    "consent",
    "plan",
    "past_history",
    "instructions",
    "family_history",
)
"""Sections that name an ablation done on another day, or not yet done."""


def _given(said: Sequence[Mention]) -> set[str]:
    """What a note tells of how energy was given: probes, freezes, ice over the tumour, anesthesia, guidance."""
    given = {m.concept.partition(":")[0] for m in said if m.label == "SETUP"} & {"anesthesia", "guidance"}
    given |= {"probes" for m in said if m.label == "PROBES"} | {"ice" for m in said if m.label in ("MARGIN", "COVERAGE")}
    return given | {"energy" for m in said if m.label == "ENERGY" and FROZE.search(m.words)}


FROZE = re.compile(r"freez|fro[sz]|thaw|cycle|\bW\b|W(?:att)?s?$|gas", re.IGNORECASE)


def logs(read: ReadNote) -> bool:
    """True if a note of a procedure or of nurses tells how energy was given, by two things at least, probes or ice among them."""
    given = _given([m for m in read.mentions if not m.has("planned", "hypothetical", "family", "risk", "negated", "cancelled", "intended")])
    return len(given) >= 2 and bool(given & {"probes", "ice"}) and read.note_type in ("procedure", "nursing", "other", None)


def _done_here(read: ReadNote, given: set[str]) -> bool:
    """True if an imaging report names an ablation as what was done that day and tells at least two things of how, probes, freezes or anesthesia among them."""
    if not given & {"probes", "energy", "anesthesia"}:
        return False
    head = read.note.text.find("\n", TITLE_LENGTH)
    named = [m for m in read.mentions if m.label == "PROCEDURE" and m.section not in TOLD_BEFORE and _as_title(m, read)]
    titled = any(m.start < max(head, TITLE_LENGTH) for m in named)
    reported = any(REPORT.search(line) for line in read.note.text[:TITLE_LENGTH].strip().splitlines()[:2])
    return bool(named) and len(given) >= (2 if titled or reported else 3)


def _recalled(read: ReadNote) -> bool:
    """True if an imaging report names ablations only with days well before it: its history."""
    told = [s for s in read.sentences if any(m.label == "PROCEDURE" and _as_title(m, read) for m in s.mentions)]
    return bool(told) and all(_of_another_day(s, read) for s in told)


def _of_another_day(sentence: Sentence, read: ReadNote) -> bool:
    """True for a sentence that dates its ablation well before the note."""
    done = [m for m in sentence.mentions if m.label == "PROCEDURE"]
    days = [w for m in sentence.mentions if done and m.label == "DATE" and (w := when(m, read.note))]
    return bool(days) and all((read.note.note_date - w.date).days > LATE_REPORT for w in days)


LATE_REPORT = 14
"""Days within which the report of a session is written."""


def _as_title(m: Mention, read: ReadNote) -> bool:
    """True if an ablation is named as done, not to say where something is or what came before."""
    return (
        not m.has("planned", "hypothetical", "family", "risk", "negated", "cancelled", "historical")
        and not OF_ZONE.match(read.flat, m.end)
        and not LEADS_TO.search(read.flat[max(0, m.start - 40) : m.start])
        and not OF_HISTORY.match(read.note.text, read.note.text.rfind("\n", 0, m.start) + 1, m.start)
    )


OF_HISTORY = re.compile(
    r"\W*(?:(?:relevant|clinical|past|brief|oncologic\w*|known|pertinent) )?(?:hx|h/o|hist|history|background|bg|known|indication|clinical (?:info\w*|details?|data|question)|reason|request|s/p|status post|comp\w*)\b",
    re.IGNORECASE,
)
"""A line that opens so tells what came before, under whatever title."""


def _titled(read: ReadNote) -> bool:
    """True if the title of a procedure note, or its line on the procedure, names an ablation as done."""
    if BEFOREHAND.search(read.note.text[:200]):
        return False
    head = read.note.text.find("\n", TITLE_LENGTH)
    return any(
        m.label == "PROCEDURE"
        and m.section in ("", "procedure", "date", "technique", "exam", "guidance")
        and (m.section == "procedure" or m.start < max(head, TITLE_LENGTH))
        and _as_title(m, read)
        for m in read.mentions
    )


def in_order(reads: Sequence[ReadNote]) -> list[ReadNote]:
    """By day, then procedure before recovery before clinic, then text: the same whatever the order or the ids of the notes."""
    days = Counter(r.note.note_date for r in reads)
    return sorted(
        reads,
        key=lambda r: (
            r.note.note_date,
            RANK.get(kind(r), 6) if days[r.note.note_date] > 1 else 0,
            r.note.text,
            r.note.note_id,
        ),
    )


def unique(reads: Sequence[ReadNote]) -> list[ReadNote]:
    """Without notes that repeat another of the same day to the letter."""
    seen: set[tuple[date, str]] = set()
    out = []
    days = Counter(r.note.note_date for r in reads)
    for read in sorted(reads, key=lambda r: r.note.note_id):
        day = read.note.note_date
        key = (day, "".join(read.note.text.split()) if days[day] > 1 else "")  # the only one of its day repeats none
        if key not in seen:
            seen.add(key)
            out.append(read)
    return out


@remembered
def lines(read: ReadNote) -> Sequence[Line]:
    """The sentences of a note."""
    return tuple(Line(read, s) for s in read.sentences)


@remembered
def telling(read: ReadNote) -> Sequence[Line]:
    """The sentences of a note that hold a mention."""
    return tuple(x for x in lines(read) if x.sentence.mentions)


@remembered
def labels(read: ReadNote) -> AbstractSet[str]:
    """The labels of a note's mentions: what most questions ask for stands in few notes."""
    return frozenset(m.label for m in read.mentions)


def until(line: Line) -> Sequence[Line]:
    """The sentences of its note up to a line, itself the last."""
    known = lines(line.read)
    return known[: bisect_right(known, line.sentence.start, key=_start)]


def at(read: ReadNote, mention: Mention) -> Line | None:
    """The last sentence of a note that begins before a mention or with it."""
    known = lines(read)
    before = bisect_right(known, mention.start, key=_start)
    return known[before - 1] if before else None


def behind(line: Line) -> Line | None:
    """The sentence that follows a line in its note."""
    return next(iter(following(line, 1)), None)


def following(line: Line, most: int) -> Sequence[Line]:
    """The sentences that follow a line in its note, ``most`` at most."""
    known = lines(line.read)
    number = bisect_left(known, line.sentence.end, key=_start)
    return known[number : number + most]


def back(line: Line) -> Iterator[Line]:
    """The sentences of its note that end before a line, the nearest first."""
    known = lines(line.read)
    for number in range(bisect_right(known, line.sentence.start, key=_end) - 1, -1, -1):
        yield known[number]


def _start(line: Line) -> int:
    return line.sentence.start


def _end(line: Line) -> int:
    return line.sentence.end


def when(mention: Mention, note: Note, procedure: date | None = None, previous: PartialDate | None = None) -> PartialDate | None:
    """The day that a DATE mention names; None where its anchor is unknown."""
    if not isinstance(mention.value, When):
        return None
    return _of_that_year(mention, note, resolve(mention.value, note.note_date, procedure, previous))


YEAR = re.compile(r"(?<![\d/.-])(?:19|20)\d\d(?![\d/-])")


def _of_that_year(mention: Mention, note: Note, day: PartialDate | None) -> PartialDate | None:
    """ "October of that year" is of the year told last before it."""
    if day is None or not OF_THAT_YEAR.match(flat(note.text), mention.end):
        return day
    told = YEAR.findall(note.text[max(0, mention.start - 600) : mention.start])
    if not told or int(told[-1]) > note.note_date.year or (day.date.month, day.date.day) == (2, 29):
        return day
    return replace(day, date=day.date.replace(year=int(told[-1])))


@remembered
def service_date(read: ReadNote) -> tuple[PartialDate, Cell]:
    """The day that a report is about: the one its head names, else the note's own date."""
    note = read.note
    if amended := _amended(read):
        return amended
    best: tuple[int, Mention, PartialDate] | None = None
    for number, sentence in enumerate(read.sentences):
        if number > HEADER_LINES * 2 and (number > LINES_OF_SPECIMENS or read.note_type != "pathology"):
            break
        for mention in sentence.mentions:
            found = _candidate(mention, sentence.section, number, read)
            if found and (best is None or found[0] > best[0]):
                best = found
    if best:
        return best[2], Cell(best[2].date, (best[1],))
    day = PartialDate(note.note_date)
    return day, Cell(day.date, (), "note_date")


def only_adds(read: ReadNote) -> bool:
    """True for a note that opens as an addendum and reports nothing else."""
    return bool(read.sentences) and all(s.section == "addendum" for s in read.sentences)


AMENDED_WITHIN = 200
"""Characters in which an addendum in a note of its own names the exam that it is to."""
LATEST_AMENDMENT = timedelta(days=120)
ADDS = re.compile(r"\W*(?:\w+ )?(?:addend(?:um|a)|amend(?:ed|ment)|correct(?:ed|ion)|supplement(?:ary|al)?)\b", re.IGNORECASE)
"""How a note opens that adds to a report."""
OF_EXAM = re.compile(
    r"\b(?:to|of|for|from|dated|on|exam\w*|study|scan|report|reading|performed|done|obtained|CTs?|MRI?s?|PET(?:[-/ ]?CT)?|US|ultrasound|chest|abdomen|pelvis)\W*$",
    re.IGNORECASE,
)


def _amended(read: ReadNote) -> tuple[PartialDate, Cell] | None:
    """The day of the exam that an addendum in a note of its own is to: "ADDENDUM to the MRI of 4 May 2020: ..."."""
    if kind(read) != "radiology" or not (only_adds(read) or ADDS.match(read.note.text)):
        return None
    for m in read.mentions:
        if m.start > AMENDED_WITHIN or m.label != "DATE" or not isinstance(m.value, When):
            continue
        day = when(m, read.note)
        before = read.flat[max(0, m.start - 40) : m.start]
        named = day is not None and day.precision == "day" and OF_EXAM.search(before) and not COMPARED.search(before)
        if day and named and timedelta(0) < read.note.note_date - day.date <= LATEST_AMENDMENT:
            return day, Cell(day.date, (m,))
    return None


def _candidate(mention: Mention, section: str, number: int, read: ReadNote) -> tuple[int, Mention, PartialDate] | None:
    if (
        mention.label != "DATE"
        or not isinstance(mention.value, When)
        or mention.value.date is None
        or mention.value.date.precision != "day"
    ):
        return None
    if section in ("comparison", "history", "indication", "consent", "past_history", "plan", "addendum", "family_history"):
        return None
    note = read.note
    day = mention.value.date
    before = note.text[max(0, mention.start - 60) : mention.start].split("\n")[-1]
    title = before
    if section == "date":
        title = next((s.title for s in read.sections if s.start <= mention.start < s.end), "") + before
    if COLLECTED.search(before) and not is_report(read):  # "apixaban last taken March 22"
        return (9, mention, day)
    if kind(read) == "pathology":
        return (1, mention, day) if RECEIVED.search(before) else (2, mention, day) if _taken(read, mention) else None
    if (
        STATED.search(title)
        and not NOT_SERVICE.search(re.split(r"\d[/.-]\d+(?:[/.-]\d+)?", before)[-1])
        and day.date <= note.note_date + timedelta(days=2)
    ):
        return (8, mention, day)
    if not (timedelta(days=-2) <= note.note_date - day.date <= timedelta(days=45)) or NOT_SERVICE.search(before):
        return None
    sentence = next(s for s in read.sentences if s.start <= mention.start < s.end)
    if kind(read) == "radiology" and COMPARED.search(flat(note.text)[sentence.start : mention.start]):
        return None
    if is_report(read) and (MATCHED.search(before) or any(m.label == "IMAGING" and m.end <= mention.start for m in sentence.mentions)):
        return None
    bare = day.date != note.note_date and not YEAR_IN.search(mention.words)
    if SERVICE.search(title) and not NOT_SERVICE.search(title) and (section == "date" or not bare):
        return (7, mention, day)
    told = TOLD.search(before) or TOLD_OF.match(flat(note.text), mention.end) or bare
    heading = section == "date" or (number <= 3 and mention.end - sentence.start < 110 and not told)
    if section in ("date", "", "procedure") and number < HEADER_LINES and heading:
        return (5 - min(number, 4), mention, day)
    return None


COMPARED = re.compile(r"\b(?:compar(?:ed|ison|ing|e)\b|versus\b|vs\b)", re.IGNORECASE)
"""Before the days of earlier exams in the sentence that names an exam's own."""


ADMITTED = re.compile(
    r"\b(?:(?:re-?)?admi(?:t|tted|ssion)(?: date)?|date of (?:re-?)?admission|DOA|adm(?:\.|itted)?|in-?patient|IP|(?:hosp\w*\.? |in-?patient )?(?:stay|dates)(?: of (?:stay|admission|care|hospitali[sz]ation))?|hosp\.?|hospitali[sz](?:ed|ation))\W*(?:on|of|from|since|to [\w ]{3,30} on)?\W*$|^\W*(?-i:IN|In)\W+$",
    re.IGNORECASE,
)


@remembered
def admitted(read: ReadNote) -> tuple[PartialDate, Mention] | None:
    """The day of the admission that a summary is of, as its head names it."""
    note = read.note
    for mention in read.mentions:
        before = note.text[max(0, mention.start - 50) : mention.start].split("\n")[-1]
        if mention.label == "DATE" and ADMITTED.search(before):
            day = when(mention, note)
            if day and day.precision == "day" and timedelta(0) <= note.note_date - day.date <= timedelta(days=60):
                return day, mention
    return None


ARRIVED = re.compile(
    r"\b(?:(?:came|comes|presented|presents|returned|returns|brought|arrived|went|taken|sent|seen|attended|transferred|rushed|driven)(?: (?:back|in|again|over|up))*(?: by (?:ambulance|\w+))? (?:(?:to|at|in|into|through|via) )?(?:the |our |an? |his |her |your |this )?(?:[\w&'’-]+ ){0,3}?(?:(?-i:ED|ER|A&E|EMU)|emergency(?: (?:department|room|ward|dept|unit))?|casualty|hospital|ward|infirmary)"
    r"|(?:re-?)?presented|returned|came (?:back|in)|(?:was )?brought in|arrived)(?: (?:with|for) [^,.;]{1,30})?(?: late| early)?,?\s*(?:on|in|at)?(?: the)?\W*$",
    re.IGNORECASE,
)
"""Before the day on which somebody came in, admitted or not."""


@remembered
def arrived(read: ReadNote) -> tuple[PartialDate, Mention] | None:
    """The day on which the patient came in, as a summary tells it: "came to the emergency department on the evening of March 4"."""
    note = read.note
    for mention in read.mentions:
        if mention.label == "DATE" and ARRIVED.search(read.flat[max(0, mention.start - 90) : mention.start]):
            day = when(mention, note)
            if day and day.precision == "day" and timedelta(0) <= note.note_date - day.date <= timedelta(days=60):
                return day, mention
    return None


SOURCE = re.compile(
    r"\b(?:(?:copied|pasted|carried|brought|imported|pulled|quoted|lifted|transcribed|repeated)(?: (?:forward|over|in|here|verbatim))? from|quoting(?: from)?|(?:excerpts?|verbatim|text|wording) (?:of|from))(?: (?:the|my|our|an?))?(?: [\w&]+){0,2}?(?: of| on| dated)? ?$",
    re.IGNORECASE,
)
"""Before the day of the note that a passage was copied from."""
SOURCE_BEHIND = re.compile(
    r"(?:['’]s)? (?:(?:clinic|visit|oncology|progress|outpatient|follow-?up|board) )?(?:notes?|letter|consult\w*|H&P|minutes)\b ?[:,]? ?(?:\w+ ?:? ?)?[\"“]",
    re.IGNORECASE,
)
"""Behind the day of a note that is quoted: "3/2021 clinic note: "..."."""


SINCE_SESSION = re.compile(
    r"\b(?:scans|CTs|MRIs|MRs|PETs|imaging|exams|examinations|studies|films|ultrasounds)\b[^.;()]{0,100}?\b(?:after|since|following|post)\b[^.;()]{1,60}\((?P<days>[^()]*)\)",
    re.IGNORECASE,
)


def listed_since(day: Mention, line: Line) -> bool:
    """True for a day of the exams made since a session, listed in a bracket behind it: "scans at 3 and 6 months after the ablation (18 May and 24 August)"."""
    listed = SINCE_SESSION.search(line.read.flat, line.sentence.start, line.sentence.end)
    if listed is None or not listed.start("days") <= day.start < listed.end("days"):
        return False
    return sum(listed.start("days") <= d.start < listed.end("days") for d in line.labelled("DATE")) > 1


def of_source(day: Mention, line: Line) -> bool:
    """True for the day of an earlier note whose words are told again: of what stands in it it dates nothing."""
    text, start = line.read.flat, line.sentence.start
    return (
        SOURCE.search(text[max(start, day.start - 50) : day.start]) is not None
        or SOURCE_BEHIND.match(text, day.end, line.sentence.end) is not None
    )


LEFT = re.compile(
    r"\b(?:discharged?(?: date| home| on)*|date of discharge|DOD|D/?C(?:['’]?d)?(?: date| home)?|(?:went|gone|going|goes|sent|returned|allowed|let) home|leaves?|home)\W*(?:on|to home|today|this \w+|\w+day)?\W*$",
    re.IGNORECASE,
)
"""Before the day on which a patient left."""


@remembered
def left(read: ReadNote) -> tuple[PartialDate, Mention] | None:
    """The day of the discharge that a summary tells."""
    note = read.note
    for mention in read.mentions:
        if mention.label == "DATE" and LEFT.search(note.text[max(0, mention.start - 40) : mention.start].split("\n")[-1]):
            day = when(mention, note)
            if day and day.precision == "day" and timedelta(0) <= note.note_date - day.date <= timedelta(days=60):
                return day, mention
    return None


TAKEN = re.compile(r"\b(?:biops\w+|bx|cores?|FNAC?|aspirat\w+|resect\w+|excis\w+|taken|sampled|wedge\w*|procedure)\b", re.IGNORECASE)


def _taken(read: ReadNote, mention: Mention) -> bool:
    """True if a day beside the specimen of a pathology report is the day it was taken."""
    line = read.note.text[read.note.text.rfind("\n", 0, mention.start) + 1 : mention.start]
    days = (read.note.note_date - mention.value.date.date).days if isinstance(mention.value, When) and mention.value.date else 99
    return bool(TAKEN.search(line)) and not NOT_SERVICE.search(line) and 0 <= days <= 30


def copied(reads: Sequence[ReadNote]) -> set[tuple[str, int]]:
    """(note_id, sentence start) of every sentence that an earlier note already has to the letter (40 characters or more)."""
    seen: dict[str, str] = {}
    out: set[tuple[str, int]] = set()
    for read in reads:
        for sentence in read.sentences:
            words = " ".join(read.text(sentence).lower().split())
            if len(words) >= 40:
                first = seen.setdefault(words, read.note.note_id)
                if first != read.note.note_id:
                    out.add((read.note.note_id, sentence.start))
    return out
