"""Sessions that have a report of their own: its day, energies, and whether it was aborted before any energy was given."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache

from extractor.model import Cell, Drop, Mention, PartialDate, ReadNote
from extractor.normalizer import timeline
from extractor.normalizer.energies import DEVICED, NOT_DONE
from extractor.normalizer.probes import device
from extractor.normalizer.procedure_days import TUMOUR
from extractor.normalizer.records import Line, Session
from extractor.normalizer.setup import setup
from extractor.patterns import re
from extractor.pipeline.scan import Scan

NOT_OF_SESSION = ("consent", "indication", "history", "past_history", "comparison", "plan", "instructions", "reason", "family_history")
TITLE_SECTIONS = ("", "procedure", "date", "impression", "diagnosis", "guidance")
ABORTED = re.compile(
    r"\b(?:abort(?:ed|ing)|not (?:carried out|undertaken|done)|no tissue (?:was )?(?:frozen|ablated|treated)|(?:gas|generator|energy) (?:was )?(?:never|not)(?: \w+){0,3}? (?:on|delivered|applied|activated)|no (?:gas|current|power|cooling|ice)(?: \w+){0,2}? (?:turned on|switched on|run|given|delivered|applied|used|formed|made|seen to form)|without the gas|did not proceed|decided (?:not to|to stop|to leave)|nothing was (?:frozen|ablated|treated|cooled)|without (?:having been |(?:ever )?being )(?:(?:switched|turned) on|activated|used)|decided against (?:freezing|ablation|ablating|treat\w+|going on|proceeding)|never (?:started|switched on|turned on|activated)|(?:ended|stopped|halted|terminated|interrupted|broken off|given up|suspended) before|(?:no|not a) (?:\w+ )?(?:tumou?r|tissue|lesion|nodule) (?:had been |was |were )?(?:treated|frozen|ablated)|took place(?<=not take place)|did not take place|procedure (?:was )?stopped|abandon(?:ed|ing)|terminated|cancel(?:l)?ed|called off|not performed|no (?:ablation|cryo\w*|freeze|freezing|energy|treatment)(?: \w+){0,3} (?:was |were |been )?(?:performed|delivered|done|given|started|begun|initiated|attempted|completed|carried out|undertaken|applied)"
    r"|(?:ablation|energy|treatment|freez\w+|cryo\w+) (?:delivered|given|performed|done|applied|completed|carried out)\s*[:?]\s*(?:\[ \] ?yes\W+)?(?:\[x\] ?)?(?:no|none|nil)|(?:no|not a|none of the) (?:(?:cryo-?)?(?:probe|needle)|cryode|antenna|electrode|applicator)s? (?:was|were|has been|had been) (?:ever )?(?:placed|inserted|activated|switched on|turned on)|nothing (?:left )?to (?:treat|ablate|freeze)|without (?:any )?(?:needle|probe|applicator|antenna|skin puncture)s?(?: (?:placement|insertion)| (?:being )?(?:placed|inserted))?|without (?:any )?(?:freezing|ablation|energy)|without (?:any )?treatment(?= (?:being |having been )?(?:given|delivered)))\b",
    re.IGNORECASE,
)
BEFORE_ANY = re.compile(
    r"\b(?:before|prior to) (?:(?:any|the|the first|the initial|actual) )?(?:freez(?:e|ing)|energy|ablation|heating|gas|cycle|probe|treatment)\b",
    re.IGNORECASE,
)
ENDED = re.compile(
    r"\b(?:stop\w*|halt\w*|end(?:ed|ing)|discontinu\w+|withdr\w+|removed|pulled (?:back|out)|g[ai]v(?:e|en|ing) (?:it )?up|renounc\w+|desist\w*|suspended|called (?:it )?(?:off|a day)|broken off|postponed|deferred|woken|woke|refus\w+|declin\w+|interrupt\w+|taken off the table|sent (?:home|back))\b",
    re.IGNORECASE,
)
"""What happened "before the first freeze" tells of an ablation not done only beside a word of stopping."""

SAME = timedelta(days=3)

BROKEN_OFF = re.compile(
    r"\b(?:freez\w+|ice|thaw\w*)\b[^.;]{0,30}?\b(?:terminat\w+|abandon\w+|stopped|ended|curtailed|cut short|halted|discontinued)\b(?! before)|\b(?:after|during|in) (?:the |only |just |her |his |about )*(?:(?:first|second|one|two|initial|third|final|last|\d+) )*(?:\d+ ?)?(?:min\w* of |min\w* into the )?(?:freez\w+|cycles?|thaw|burn|application|heating)\b",
    re.IGNORECASE,
)
"""An ablation that was broken off after energy had been given was one."""

MADE_UP = re.compile(
    r"(?<!not )(?<!never )(?<!n['’]t )(?<!not been )(?<!never been )(?<!not yet )\b(?:done|performed|given|carried out|took place|taken place|went ahead|gone ahead|completed|treated|ablated|frozen)(?: (?:instead|then|eventually|finally|successfully|uneventfully|without (?:event|incident)))*(?: on)?\W{1,3}$|\b(?:second attempt|finally|eventually|second try)(?: (?:succeeded|successful|done))?(?: on)?\W{1,3}$",
    re.IGNORECASE,
)
"""Before the day on which an ablation that had been called off was made up for."""


def session_of(read: ReadNote, drops: list[Drop], added: Sequence[Line] = ()) -> list[Session]:
    """The sessions that a procedure note reports: one a modality. ``added`` are the lines of an addendum that is a note of its own."""
    lines = [*timeline.lines(read), *added]
    subjects = [m for line in lines for m in line.labelled("PROCEDURE") if not m.has(*NOT_DONE, "historical") and m.concept != "other"]
    if is_aborted(lines):
        drops.extend(Drop(m, "procedures", "aborted before energy was delivered") for m in subjects)
        return []
    when, date_cell = _corrected_date(lines) or timeline.service_date(read)
    patient = read.note.patient_id
    out = []
    found = _modalities(lines)
    for modality, mention in found:
        cells = {
            "modality": Cell(modality, (mention,)),
            "date": date_cell,
            "date_precision": Cell(when.precision, date_cell.mentions, date_cell.basis),
            **setup(lines, modality, [kind for kind, _ in found if kind != modality]),
        }
        out.append(Session(procedure_id(patient, when, modality), when, modality, cells, tuple(lines), read, (mention,)))
    return out


DATE_CORRECTED = re.compile(
    r"\b(?:date|day(?! ?\d)|performed|done|given|treated|took place|carried out|ablated|fro[sz]en?|session)\b", re.IGNORECASE
)
CORRECTION = re.compile(
    r"\b(?:dictated (?:on|the)|date of (?:the )?(?:procedure|service|ablation|treatment) (?:is|was)|(?:is|was|gives|carries) (?:that|the (?:date|day|one)) of (?:the )?(?:dictation|transcription|typing|signature|signing|approval|upload|entry|filing|booking|order|admission|report|writing)|error|wrong|incorrect\w*|correct\w*|mis-?\w+|should (?:read|be)|instead|not)\b",
    re.IGNORECASE,
)


def _corrected_date(lines: Sequence[Line]) -> tuple[PartialDate, Cell] | None:
    """The day that an addendum puts right: "the date in the title is in error, it was done on June 19"."""
    added = [x for x in lines if x.sentence.section == "addendum"]
    words = " ".join((*(s.title for x in added[:1] for s in x.read.sections if s.category == "addendum"), *(x.text for x in added)))
    if not (re.search(r"\b(?:date|day(?! ?\d))\b", words, re.IGNORECASE) and CORRECTION.search(words)):
        return None
    for line in added:
        for d in line.labelled("DATE"):
            when = timeline.when(d, line.read.note, previous=timeline.service_date(line.read)[0])
            before = line.read.flat[max(line.sentence.start, d.start - 30) : d.start]
            if (
                when
                and when.precision == "day"
                and DATE_CORRECTED.search(line.text)
                and not re.search(r"\b(?:not|instead of|rather than|stated|said|dictated|typed|wrongly)\W*(?:on )?$", before, re.IGNORECASE)
                and not OF_WRITING.search(before)
            ):
                return when, Cell(when.date, (d,))
    return None


OF_WRITING = re.compile(
    r"\b(?:date of (?:(?:the|this) )?(?:note|addendum|entry|writing|dictation|signature)|(?:note|addendum|entry|signature|visit) date|added|entered|written|signed)\W*(?:on )?$",
    re.IGNORECASE,
)
"""Before the day on which an addendum was written."""


def procedure_id(patient: str, when: PartialDate, modality: str) -> str:
    """The id of a session, by its day as fine as it is known."""
    day = when.date.isoformat()[: {"day": 10, "month": 7, "year": 4}[when.precision]]
    return f"{patient}:{day}:{modality}"


def is_aborted(lines: Sequence[Line]) -> bool:
    """True if the note says that no energy was given and no sentence says that some was."""
    stopped = any(_stopped(line) for line in lines if line.sentence.section not in ("consent", "plan", "instructions"))
    return stopped and not any(energy_given(line) for line in lines)


REACHED = re.compile(r"\b(?:ice|frozen|freez\w+|ablat\w+|zone|halo|coagulat\w+|necros\w+|ground[- ]?glass)\b", re.IGNORECASE)

MEANT = re.compile(
    r"\b(?:the |our |my )?(?:plan|intention|aim|idea|intent) (?:was|had been|is|being)\b|\b(?:would have|meant to|was to have)\b",
    re.IGNORECASE,
)

NO_CYCLE = re.compile(
    r"\b(?:cycles?|freezes?|freeze time|energy|applications?|burns?|ice[- ]?balls?)(?: (?:completed|performed|delivered|given|applied|formed|number|size))?\s*[:=]\s*(?:\[x\] ?)?(?:0|zero|none|nil|not? (?:applicable|formed|given|done)|n\.?/?a)(?![\w.])|\b(?:0|zero|no) (?:freez\w+ |freeze[-/]thaw )?cycles?\b",
    re.IGNORECASE,
)
"""A count of cycles, or a field of energy, that says there was none."""


def energy_given(line: Line) -> bool:
    """True if a line of a report tells of freezing or heating, or of ice or a zone that reached somewhere."""
    if (
        (_stopped(line) and not _went_on(line))
        or line.sentence.section in (*NOT_OF_SESSION, "anesthesia")
        or MEANT.search(line.text)
        or NO_CYCLE.search(line.text)
    ):
        return False
    told = [
        m for m in line.labelled("ENERGY", "MARGIN", "COVERAGE") if not m.has("negated", "planned", "hypothetical", "cancelled", "intended")
    ]
    energy = any(m.label == "ENERGY" and (m.rule_id == "energy#cycles" or re.search("freez|thaw|cycle|min|W", m.text)) for m in told)
    return (
        energy
        or _treated_with(line)
        or any((m.label == "MARGIN" or m.concept in ("complete", "adequate", "short", "flush")) and REACHED.search(line.text) for m in told)
    )


WAS_TREATED = re.compile(r"\b(?:was|were) (?:then |instead |therefore |\w+ly )?$", re.IGNORECASE)


def _treated_with(line: Line) -> bool:
    """True if a line tells with how many probes something was frozen or ablated: "the left deposit was frozen, three probes"."""
    done = [m for m in line.labelled("PROCEDURE") if not m.has(*NOT_DONE, "negated", "historical")]
    text, start = line.read.flat, line.sentence.start
    return bool(line.labelled("PROBES")) and any(WAS_TREATED.search(text[max(start, m.start - 24) : m.start]) for m in done)


def _went_on(line: Line) -> bool:
    """True if a clause behind what failed tells the power or minutes given: "no power for ten minutes; with a second generator 65 W for 8 minutes"."""
    clauses = re.split(r";|\b(?:but|then|until)\b", line.text)
    return any(GIVEN.search(words) and not _says_stopped(words) for words in clauses[1:])


GIVEN = re.compile(r"\d ?(?:W|watts?|min\w*|cycles?)\b", re.IGNORECASE)


def _stopped(line: Line) -> bool:
    """True if a sentence says that an ablation ended before it began."""
    return _says_stopped(line.text)


@lru_cache(maxsize=4096)
def _says_stopped(words: str) -> bool:
    if OF_A_SLOT.search(words):
        return False
    words = OF_ELSE.sub(" ", words)
    ended = ABORTED.search(words) or (BEFORE_ANY.search(words) and ENDED.search(words))
    return bool(ended) and not BROKEN_OFF.search(words)


OF_ELSE = re.compile(
    r"\b(?:cementoplasty|cement|vertebroplasty|kyphoplasty|biops(?:y|ies)|emboli[sz]ation|angiogra\w+|hydro-?dissection|pleurodesis|thoracentesis|(?:chest )?(?:tube|drain)|stent\w*|scan|CT|MRI?|ultrasound|films?|radiographs?|CXR|x-?rays?|contrast|block|catheter|Foley|closure|blood patch|plug)(?: (?!guid|ablat|cryo|freez|procedure|treat)\w+){0,2}? (?:(?:was|were) )?(?:not (?:performed|done|undertaken|carried out)|abandon(?:ed|ing)|cancel(?:l)?ed)\b",
    re.IGNORECASE,
)
"""What was left out beside the ablation: "cementoplasty was not done"."""

OF_A_SLOT = re.compile(
    r"\b(?:slot|booking|appointment|(?:first|earlier|previous|original|initial|prior) (?:date|booking|session|attempt|appointment)|(?:planned |intended |scheduled )?(?:\w*resection|excision|amputation|radiotherapy|chemotherapy|transplant\w*|thoracotomy|laparotomy|\w+ectomy|trial))\b[^.;]{0,60}\b(?:cancel\w*|called off|postponed|moved|not done)\b",
    re.IGNORECASE,
)
"""What was called off was a day booked before, or another treatment."""


STOPS = Scan({"aborted": ABORTED.pattern, "before any": BEFORE_ANY.pattern})
"""The words without which ``_stopped`` says no of any sentence; what ``OF_ELSE`` takes out holds some of them itself."""


def undone(reads: Sequence[ReadNote]) -> list[PartialDate]:
    """Days of sessions that the chart says were called off before energy was given."""
    return [day for read in reads for day in _undone(read)]


@timeline.remembered
def _undone(read: ReadNote) -> Sequence[PartialDate]:
    days = []
    if STOPS.of_sentences(read.note.text) and is_aborted(timeline.lines(read)) and read.note_type == "procedure":
        days.append(timeline.service_date(read)[0])
    for line in timeline.telling(read) if "DATE" in timeline.labels(read) else ():
        if line.labelled("DATE") and (line.labelled("PROCEDURE") or "session" in line.text) and _stopped(line):
            days += [
                w
                for d in line.labelled("DATE")
                if not is_made_up(d, line)
                and _in_stopped_clause(d, line)
                and (when := timeline.when(d, read.note))
                and (w := _last_such(when, d, read.note.note_date)).precision == "day"
                and w.date <= read.note.note_date
            ]
    return days


RESUMED = re.compile(
    r";|\b(?:but|then|and|until)\b(?: (?:he|she|they|we|the patient|pt|it|then|was|were|had|later|eventually|finally)){0,3} (?:came|returned|re-?scheduled|done|carried|repeated|completed|went|brought|underwent|treated|performed|succeeded)\b",
    re.IGNORECASE,
)
"""Where a sentence goes on from what was called off to what was done."""


def _in_stopped_clause(d: Mention, line: Line) -> bool:
    """True if the words around a day, and not only others of its sentence, say that something was called off."""
    at = d.start - line.sentence.start
    ends = _clause_ends(line.text)
    here = bisect_right(ends, at)
    return len(ends) == 2 or _says_stopped(line.text[ends[here - 1] : ends[here]])


@lru_cache(maxsize=4096)
def _clause_ends(words: str) -> tuple[int, ...]:
    return (0, *(m.start() for m in RESUMED.finditer(words) if m.start()), len(words))


def _last_such(when: PartialDate, d: Mention, written: date) -> PartialDate:
    """A day told without its year that was taken for one ahead, a year before: "had been booked for 10/25, then cancelled"."""
    if when.precision != "day" or when.date <= written or timeline.YEAR_IN.search(d.words) or (when.date.month, when.date.day) == (2, 29):
        return when
    return replace(when, date=when.date.replace(year=when.date.year - 1))


def same_day(when: PartialDate, day: PartialDate) -> bool:
    """True if two days may be one, or lie so near that one of them is a slip."""
    return when.agrees(day) or (when.precision == "day" and abs(when.date - day.date) <= SAME)


def _modalities(lines: Sequence[Line]) -> list[tuple[str, Mention]]:
    """The energies used: those that title or conclusion name and no device contradicts, then those that the body names with their devices."""
    done = [x for x in lines if x.sentence.section not in NOT_OF_SESSION]
    named = [
        m
        for x in done
        for m in x.labelled("PROCEDURE")
        if not m.has(*NOT_DONE, "historical") and m.concept != "other" and not _of_old(m, x)
    ]
    before = _called_earlier(done)
    named = [m for m in named if m not in before] or named
    devices = [m for x in done for m in x.labelled("ENERGY") if not m.has("negated", "historical", "planned", "cancelled", "hypothetical")]
    used = Counter([m.concept for m in devices] + [kind for x in done for kind in _told_how(x)])
    top = {m for line in lines[:12] for m in line.mentions}
    starts = {x.sentence.start for x in done}
    found: dict[str, Mention] = {}
    for mention in named:
        head = mention.section in TITLE_SECTIONS and (
            mention in top or mention.section in ("procedure", "impression") or mention.start in starts
        )
        if (head and (not used or mention.concept not in DEVICED)) or mention.concept in used:
            found.setdefault(mention.concept, mention)
    if "cryoablation" not in used and used["microwave"] < 2 and not any(line.labelled("PROCEDURE") or _into_tumour(line) for line in lines):
        return []  # electrodes and probes serve other ends too
    if not found and used:
        kinds = [k for k in used if _own_probes(k, done)]
        for kind in kinds if len(kinds) > 1 else [used.most_common(1)[0][0]]:
            found[kind] = next(m for m in devices if m.concept == kind)
    for kind, m in _by_paragraph(done, devices) if found and set(used) - set(found) else ():
        found.setdefault(kind, m)
    bare = [m for m in (m for x in done for m in x.labelled("PROCEDURE")) if m.concept == "other" and not m.has(*NOT_DONE, "historical")]
    if not found and bare and any(ICE.search(x.text) for x in done):
        found["cryoablation"] = bare[0]
    if not found:  # its heading is one that the sections know by another name
        found = {m.concept: m for m in reversed(named) if m in top}
    if not found:  # done as its first field planned it
        planned = [m for x in done if timeline.PLANNED_FIELD.match(x.text) for m in x.labelled("PROCEDURE")]
        found = {m.concept: m for m in planned if m.concept != "other" and not m.has("cancelled", "negated")}
    return list(found.items())


def _into_tumour(line: Line) -> bool:
    """True if a line puts a probe of an energy into a tumour: "an expandable radiofrequency electrode was opened in the rectus nodule"."""
    devices = [m for m in line.labelled("ENERGY") if not m.has(*NOT_DONE, "negated", "historical")]
    return bool(devices and line.labelled("PROBES") and line.labelled("SITE")) and TUMOUR.search(line.text) is not None


def _by_paragraph(lines: Sequence[Line], devices: Sequence[Mention]) -> list[tuple[str, Mention]]:
    """The energy of each paragraph that measures a target of its own and names the devices of one energy alone: "C. Left ninth rib, 1.8 cm. Microwave antenna ..."."""
    said: dict[int, list[Mention]] = {}
    measured = {
        x.sentence.paragraph
        for x in lines
        if x.sentence.section not in ("addendum", "indication") and x.labelled("SIZE") and x.labelled("SITE")
    }
    for x in lines:
        said.setdefault(x.sentence.paragraph, []).extend(
            m for m in x.labelled("ENERGY", "PROCEDURE") if m in devices or m.label == "PROCEDURE"
        )
    alone = [found for at, found in said.items() if at in measured and len({m.concept for m in found} - {"other"}) == 1]
    kinds = [(m.concept, m) for found in alone for m in found if m.concept in DEVICED and m.label == "ENERGY"]
    return kinds if len({kind for kind, _ in kinds}) > 1 else []


def _of_old(m: Mention, line: Line) -> bool:
    """True for an ablation that a report dates before its own day: "comparison: MWA of 2020 in segment 6", "residual after HIFU of 2/5/2018"."""
    behind = [d for d in line.labelled("DATE") if OF_YEAR.fullmatch(line.read.flat, m.end, d.start)]
    when = timeline.when(behind[0], line.read.note) if behind else None
    if when is None:
        return False
    own = min(timeline.service_date(line.read)[0].date, line.read.note.note_date)
    return own - when.date > (WRITTEN_LATE if when.precision == "day" else timedelta(days=400))


WRITTEN_LATE = timedelta(days=30)
"""How long after its day a session may be reported."""


def _called_earlier(lines: Sequence[Line]) -> set[Mention]:
    """The ablations of a report that are earlier ones by the words right before them, or another hospital's: "Previous microwave ablation of the liver"."""
    return {
        m
        for x in lines
        for m in x.labelled("PROCEDURE")
        if EARLIER.search(x.read.flat, max(x.sentence.start, m.start - 60), m.start) or done_elsewhere(m, x)
    }


ELSEWHERE = re.compile(
    r"[^.;]{0,60}?\b(?:elsewhere|(?:at|by|in) (?:an?|the|some) ?(?:other|outside|different|previous|referring|local) (?:hospital|institution|cent(?:er|re)|facility|clinic|site|group)|outside hospital|OSH)\b(?! (?:in|within|along|on) )",
    re.IGNORECASE,
)
"""Behind an ablation that another hospital did: "RFA of the left lower lobe elsewhere"."""
OUTSIDE = re.compile(
    r"\W*(?:outside|OSH|(?:outside|referring|another|other) (?:hospital|institution|facility|cent(?:er|re)))(?:['’]s)? (?:(?!the\b|an?\b|this\b)[\w-]+ ){0,2}$",
    re.IGNORECASE,
)
"""How a sentence opens on one that another hospital did: "Outside percutaneous RFA of the lung, 2018"; "the bed of an outside RFA" may be a target."""


def done_elsewhere(m: Mention, line: Line) -> bool:
    """True for an ablation that the words beside it give to another hospital."""
    before = line.read.flat[line.sentence.start : m.start]
    return ELSEWHERE.match(line.read.flat, m.end, line.sentence.end) is not None or OUTSIDE.match(before) is not None


EARLIER = re.compile(
    r"\b(?:prior(?! to\b)|previous(?:ly)?|earlier|former(?:ly)?|s/p|status post|history of|h/o)[ -]+(?:(?!to\b)[\w/-]+[ -]+){0,2}$",
    re.IGNORECASE,
)

OF_YEAR = re.compile(r"\s*\(?(?:of|in|from|back in)?\s*", re.IGNORECASE)


def _told_how(line: Line) -> list[str]:
    """The one energy that a line of a report names where it measures a target and tells its probes or power: "seg 8, 25 mm: cryoablation, two probes"."""
    named = [m for m in line.labelled("PROCEDURE") if m.concept in DEVICED]
    kinds = {m.concept for m in (*named, *line.labelled("ENERGY"))}
    real = not any(m.has(*NOT_DONE, "historical") for m in named)
    told = line.labelled("PROBES") or GIVEN.search(line.text)
    return [named[0].concept] if len(kinds) == 1 and named and real and told and line.labelled("SIZE", "MARGIN") else []


ICE = re.compile(r"\b(?:ice|ice-?balls?|freez\w*|frozen|thaw\w*)\b", re.IGNORECASE)
"""What only cold makes, where a report names no energy."""


def _own_probes(kind: str, lines: Sequence[Line]) -> bool:
    """True if the lines count probes of an energy by their own name: "one microwave antenna", "two cryoprobes"."""
    return any(device(m.words) == kind and not m.has(*NOT_DONE) for x in lines for m in x.labelled("PROBES"))


def merge_reports(sessions: list[Session]) -> list[Session]:
    """Two reports of one session (a short note and the dictated one) are one; the fuller one speaks first."""
    out: list[Session] = []
    for session in sorted(sessions, key=lambda s: (s.when.date, s.modality, -len(s.lines))):
        twin = next((o for o in out if o.when == session.when and o.modality == session.modality), None)
        if twin is None:
            out.append(session)
        else:
            cells = {**session.cells, **twin.cells}
            out[out.index(twin)] = Session(
                twin.procedure_id,
                twin.when,
                twin.modality,
                cells,
                (*twin.lines, *session.lines),
                twin.report,
                (*twin.mentions, *session.mentions),
            )
    return out


def is_made_up(d: Mention, line: Line) -> bool:
    """True if the words before a day say that it is only filled in."""
    return MADE_UP.search(line.read.flat[line.sentence.start : d.start]) is not None
