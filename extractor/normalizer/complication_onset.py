"""When did a complication set in, and after which session?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain, islice

from extractor.model import Mention, PartialDate, When
from extractor.normalizer import timeline
from extractor.normalizer.complication_context import RETURNED, WINDOW, back
from extractor.normalizer.records import Line, Session, Target, searched
from extractor.patterns import re
from extractor.pipeline.dates import ABLATION, MONTH, WORD_COUNT, count

SITED = 45
"""Characters before an event in which a date of a session names that session."""


@dataclass(frozen=True, slots=True)
class Treated:
    """What the chart did: sessions, their targets, and the days of sessions called off."""

    sessions: Sequence[Session]
    targets: Sequence[Target]
    called_off: Sequence[PartialDate]


OF_THE_SESSION = re.compile(
    r"\b(?:after|following|since|post|from|of|due to|s/p|to)(?: \w+){0,5}? ?\b(?:cryo\w*|ablat\w+|freez\w+|procedure|session|treatment|intervention|MWA|RFA|microwave)(?: (?:on|of|from|dated|the))*\W{1,2}$",
    re.IGNORECASE,
)
"""Before the day of the session that a trouble came from: "palsy following the cryoablation on 7 June"."""

EMERGENCY = re.compile(r"\b(?:(?-i:ED|ER|A&E|EMU)|emergency|urgent care|walk-in|casualty)\b", re.IGNORECASE)
HEAD = 160
"""Characters of a note that tell where it was written."""
CAME_BACK = re.compile(
    r"\b(?:came (?:back|in)|re-?admi\w+|re-?presented|presented|returned|brought in|emergency (?:admission|admitted)|attended)\b",
    re.IGNORECASE,
)
SAME_STAY = timedelta(days=3)
"""How long after a session a summary can be of its own stay."""


def _at_first_hand(line: Line) -> bool:
    """True for a note of somebody who was told of a trouble while it lasted: a call, a ward, an emergency department."""
    kind = timeline.kind(line.read)
    return kind in ("telephone", "nursing") or (kind == "other" and EMERGENCY.search(line.read.flat[:HEAD]) is not None)


def onset(mention: Mention, line: Line, sessions: Sequence[Session]) -> tuple[PartialDate, tuple[Mention, ...]]:
    """The day in the sentence that is nearest to the event, else that of the return it led to, else the day that the note is about."""
    note = line.read.note
    latest = max((s.when.date for s in sessions if s.when.date <= note.note_date), default=None)
    nearer = min((abs(d.start - mention.start) for d in _of_latest(line, latest)), default=None)
    options = [(abs(d.start - mention.start), day, d) for d, day in _days(line, latest, sessions)]
    options = [o for o in options if nearer is None or o[1].precision == "day" or o[0] < nearer]
    if not options:
        before = next(_told_death(line) if mention.concept == "death" else back(line), None)
        if before and (searched(RETURNED, before.text) or FOUND_SO.search(before.text)):
            options = [(0, day, d) for d, day in _days(before, latest, sessions)][-1:]
    if not options and (day_behind := _begun_behind(line, latest, sessions)):
        options = [(0, *day_behind)]
    if not options and latest and (counted := _counted(mention, line, latest)):
        options = [(0, *counted)]
    if options:
        _, day, d = min(options, key=lambda o: o[0])
        return day, (d,)
    if timeline.is_report(line.read):
        day, cell = timeline.service_date(line.read)
        if line.sentence.section != "addendum":
            return day, cell.mentions
    if timeline.kind(line.read) == "discharge" and latest and note.note_date - latest <= WINDOW:
        came = timeline.admitted(line.read) or timeline.arrived(line.read)
        if came and came[0].date > latest:
            return came[0], (came[1],)
        back_in = note.note_date - latest > SAME_STAY and CAME_BACK.search(line.text) is not None
        return PartialDate(note.note_date if back_in else latest), ()
    return PartialDate(note.note_date), ()


def _told_death(line: Line) -> Iterator[Line]:
    """The sentences of the paragraph before a charge of death that tell of the death itself, the nearest first."""
    return (x for x in back(line) if FOUND_SO.search(x.text))


FOUND_SO = re.compile(
    r"\b(?:found (?:\w+ )?(?:pulseless|lifeless|dead|collapsed|unresponsive|unconscious)|collapsed|arrested|died|passed away)\b",
    re.IGNORECASE,
)
"""What the sentence before the cause of it tells with its day: "Found pulseless on 4 October. Autopsy: hemorrhage"."""

IT_BEGAN = re.compile(
    r"\W*(?:(?:it|this|that|they|these|all this|which|the (?:trouble|symptoms?|problem)) )?(?:(?:has|have|had|all|first|only|was|were) )*(?:started|began|begun|came on|set in|appeared|noticed|noted|onset)\b",
    re.IGNORECASE,
)
"""How the sentence behind a trouble tells its onset: "Started three days ago"."""


def _begun_behind(line: Line, latest: date | None, sessions: Sequence[Session]) -> tuple[PartialDate, Mention] | None:
    """The day in the next sentence, where that begins by telling when the trouble did."""
    after = timeline.behind(line)
    if after is None or after.sentence.paragraph != line.sentence.paragraph or after.labelled("COMPLICATION"):
        return None
    days = _days(after, latest, sessions) if IT_BEGAN.match(after.text) else []
    return (days[0][1], days[0][0]) if days else None


DAY_NUMBER = re.compile(
    rf"\b(?:on|since|from|around|about|by)(?: (?:or |the )?(?:about|around|roughly|approximately|some|evening of|night of|morning of))?[ -](?P<said>day #?(?P<n>\d{{1,2}}|{WORD_COUNT}))\b(?! of\b| (?:old|ward|unit|case|hospital))",
    re.IGNORECASE,
)
"""A day counted from the session, though no word says so: "a blister came up on about day five"."""
DAY_OF_ELSE = re.compile(
    r"\b(?:gone|over|resolved|settled|sealed|cleared|clear|healed|better|home|out|off|removed|pulled|stopped|discharged|closed|dry|afebrile|cycles?|course|C\d|chemo\w*)\W+(?:\w+ ){0,2}$",
    re.IGNORECASE,
)
"""Before a counted day on which a trouble ended, or that is one of a cycle of drugs."""
LASTS = re.compile(
    rf"\b(?P<said>(?:(?:for|over|in|during|these|of) )?(?:the |these )?(?:last|past|previous|preceding)(?: about| some)? (?P<n>\d{{1,2}}|{WORD_COUNT}) ?(?P<u>days?|weeks?|wks?))\b|\b(?P<now>for (?:about |some |almost |nearly |over )?(?P<m>\d{{1,2}}|{WORD_COUNT}) (?P<v>days?|weeks?)(?: now\b|(?=\s*(?:[.,;:)]|$))))",
    re.IGNORECASE,
)
"""How long a trouble has lasted by the day of the note: "numb for the past three days"."""
HAS_LASTED = re.compile(
    rf"\b(?P<n>\d{{1,2}}|{WORD_COUNT})[ -](?P<u>day|week)s?['’]?(?: history)? of (?:[\w-]+,? ){{0,4}}?(?:and )?$",
    re.IGNORECASE,
)
"""Before a trouble: "three days of fever and pus"."""
PASSED = re.compile(
    r"\b(?:resolved|gone|went|settled|lasted|healed|stopped|subsided|needed|kept|treated|took|given|antibiotic\w*|cover\w*|was|were|had)\b",
    re.IGNORECASE,
)
"""Words by which a trouble, or what was done about it, filled a time that is over."""
FROM_THE_START = re.compile(
    rf"\b(?P<said>(?:ever )?since (?:the (?:day|time) of )?{ABLATION}|(?:immediately|directly|right|straight|shortly) (?:after|following) {ABLATION}|(?:woke|awoke|waking|wakened|awakened|came (?:round|to)|coming (?:round|to))(?: up)? (?:from|after) (?:the |his |her )?(?:{MONTH} )?(?:an(?:a)?esth\w+|sedation|GA|{ABLATION}))\b",
    re.IGNORECASE,
)
"""Words by which a trouble began with the session: "numb since the procedure", "weak when he woke from the anesthetic"."""
COUNTED = "dates#counted"


def _counted(mention: Mention, line: Line, latest: date) -> tuple[PartialDate, Mention] | None:
    """The day that is told by a count without a date: days of the session's, days that the trouble has lasted, or the session itself."""
    written, flat = line.read.note.note_date, line.read.flat
    span = (flat, line.sentence.start, line.sentence.end)
    numbers = [m for m in DAY_NUMBER.finditer(*span) if not DAY_OF_ELSE.search(flat[max(line.sentence.start, m.start() - 40) : m.start()])]
    if numbers and not timeline.is_report(line.read) and timeline.admitted(line.read) is None:
        said = min(numbers, key=lambda m: abs(m.start() - mention.start))
        return _if_since(line, said.span("said"), latest + timedelta(days=count(said["n"])), latest)
    if latest == written or timeline.kind(line.read) in ("procedure", "radiology", "pathology"):
        return None
    start = FROM_THE_START.search(*span)
    if start and not any(0 <= d.start - start.end() < SITED // 4 for d in line.labelled("DATE")):
        return _if_since(line, start.span("said"), latest, latest)
    if timeline.kind(line.read) == "discharge":
        return None
    if of := HAS_LASTED.search(flat, line.sentence.start, mention.start):
        return _if_since(line, of.span(), written - _length(of["n"], of["u"]), latest)
    if (lasts := LASTS.search(*span)) and not (lasts["now"] and PASSED.search(line.text)):
        lasted = (lasts["m"], lasts["v"]) if lasts["now"] else (lasts["n"], lasts["u"])
        return _if_since(line, lasts.span("now" if lasts["now"] else "said"), written - _length(*lasted), latest)
    return None


def _length(number: str, unit: str) -> timedelta:
    return timedelta(days=count(number) * (7 if unit[0] in "wW" else 1))


def _if_since(line: Line, span: tuple[int, int], day: date, latest: date) -> tuple[PartialDate, Mention] | None:
    """A counted day with its words, where it lies between the session and the note."""
    note = line.read.note
    if not latest <= day <= note.note_date:
        return None
    concept = f"procedure{(day - latest).days:+d}d"
    when = When(anchor="procedure", days=(day - latest).days)
    words = note.text[span[0] : span[1]]
    return PartialDate(day), Mention(note.note_id, "DATE", concept, *span, words, COUNTED, line.sentence.section, value=when)


def _of_latest(line: Line, latest: date | None) -> list[Mention]:
    """The coarse dates of a sentence that are those of the last session: "October 2021, and in September 2022, after which an abscess" tells of the latter."""
    told = [(d, timeline.when(d, line.read.note)) for d in line.labelled("DATE")] if latest else []
    return [d for d, w in told if latest and w and w.precision != "day" and w.agrees(PartialDate(latest))]


def _days(line: Line, latest: date | None, sessions: Sequence[Session]) -> list[tuple[Mention, PartialDate]]:
    """The days that a sentence names and that can be an onset: none still to come, none that says no more than the session's own."""
    note = line.read.note
    hand = latest is not None and SAME_STAY < note.note_date - latest <= WINDOW and _at_first_hand(line)
    out = []
    for d in line.labelled("DATE"):
        if not isinstance(d.value, When) or d.rule_id.endswith("#future") or d.value.approximate or _ends(line, d):
            continue
        base = _base(line, d, sessions) or _operated(line, d, latest) or latest
        if hand and d.value.date and d.value.date.date == latest and of_the_treatment(line, d):
            continue
        if d.value.anchor == "procedure" and base == latest and latest and note.note_date - latest > 2 * WINDOW and len(sessions) > 1:
            continue
        day = timeline.when(d, note, base, _told_before(line, d) if d.value.anchor == "text" else None)
        if day and day.date <= note.note_date and (day.precision == "day" or latest is None or not _within(day, latest)):
            out.append((d, day))
    return out


def of_the_treatment(line: Line, day: Mention) -> bool:
    """True for the day of a session that a trouble came from: "necrosis after the freezing of 21 February"."""
    return OF_THE_SESSION.search(line.read.flat[max(line.sentence.start, day.start - 60) : day.start]) is not None


UNTIL = re.compile(
    r"\b(?:until|till|through|thru|out|removed|off|(?:kept|left|lasted|stayed|continued|in)(?: \w+)? to)(?: on)?\W{1,2}$", re.IGNORECASE
)
"""Before the day on which something ended: no trouble began on it."""


def _ends(line: Line, day: Mention) -> bool:
    """True for a day that a drain was kept to or a medicine given until."""
    return bool(UNTIL.search(line.read.flat[max(line.sentence.start, day.start - 24) : day.start]))


def _base(line: Line, mention: Mention, sessions: Sequence[Session]) -> date | None:
    """The session that "nine days after that session" speaks of: the last one whose day the note named before."""
    if not isinstance(mention.value, When) or mention.value.anchor != "procedure":
        return None
    for x in reversed(timeline.until(line)):
        for d in reversed(x.labelled("DATE")):
            day = d.value.date if isinstance(d.value, When) and d.end <= mention.start else None
            here = [s.when.date for s in sessions if day and day.agrees(s.when)]
            if here:
                return here[0]
    return None


def _operated(line: Line, mention: Mention, latest: date | None) -> date | None:
    """The day of an operation after the last session, named before "POD 3" in the note."""
    if latest is None or not isinstance(mention.value, When) or mention.value.anchor != "procedure":
        return None
    for x in reversed(timeline.until(line)):
        surgery = [
            m for m in x.labelled("PRIOR_TREATMENT") if m.concept.startswith("surgery:") and not m.has("negated", "planned", "cancelled")
        ]
        for m in surgery if x.sentence.start <= mention.start else ():
            days = [
                (abs(d.start - m.end), w.date)
                for d in x.labelled("DATE")
                if isinstance(d.value, When) and not d.value.anchor and (w := timeline.when(d, line.read.note))
            ]
            if days and latest < min(days)[1] <= line.read.note.note_date:
                return min(days)[1]
    return None


def _told_before(line: Line, mention: Mention) -> PartialDate | None:
    """The last day told before "the following day" in its paragraph."""
    for x in chain((line,), back(line)):
        for d in reversed(x.labelled("DATE")):
            if d.end <= mention.start and isinstance(d.value, When) and d.value.date and d.value.date.precision == "day":
                return d.value.date
    return None


def _within(day: PartialDate, latest: date) -> bool:
    """True if a coarse date can be that of the latest session or after it: then it says nothing new."""
    return day.agrees(PartialDate(latest)) or day.date > latest


AFTERWARD = re.compile(
    r"\b(?:afterwards?|thereafter|after (?:it|that|this|which)|from (?:it|this)|(?:the )?post-?(?:procedur\w+|ablation)|(?:that|the same|the next|the following) (?:day|night|evening|morning|week)|(?:a|an|one|two|three|\w+|\d+) (?:days?|weeks?) (?:later|after))\b",
    re.IGNORECASE,
)
"""Words that date a trouble by what was told just before it."""


def told_behind(mention: Mention, line: Line, sessions: Sequence[Session]) -> Session | None:
    """The session with a day that the passage has just told: "RFA of a nodule in February 2016. He had a small pneumothorax afterward"."""
    if not AFTERWARD.search(line.text):
        return None
    for x in chain((line,), islice(back(line), 3)):
        if any(m.concept.startswith("surgery:") and m.end <= mention.start for m in x.labelled("PRIOR_TREATMENT")):
            return None
        if any(m.end <= mention.start for m in x.labelled("PROCEDURE")):
            days = [w for d in x.labelled("DATE") if d.end <= mention.start and (w := timeline.when(d, line.read.note))]
            here = [s for s in sessions if s.when.date < line.read.note.note_date and any(w.agrees(s.when) for w in days)]
            return here[0] if len(here) == 1 else None
    return None


NUMBER = {"first": 0, "second": 1, "third": 2}
ORDINAL = re.compile(
    r"\b(?:since|after|from|following) (?:the |that |his |her )?(first|second|third) (?:\w+ )?(?:cryo\w*|ablat\w+|freez\w+|procedure|session|treatment|microwave|RFA)\b",
    re.IGNORECASE,
)
"""A trouble counted to one of several sessions: "numb since the first freezing"."""


def session_named(mention: Mention, line: Line, sessions: Sequence[Session]) -> Session | None:
    """The session whose date stands just before the event: "cryoablation of two nodes (October 2021, with a deep vein thrombosis)"; or the one counted."""
    counted = ORDINAL.search(line.text)
    days = sorted({s.when.date for s in sessions if s.when.date <= line.read.note.note_date}) if counted else []
    if counted and NUMBER[counted[1].lower()] < len(days):
        here = [s for s in sessions if s.when.date == days[NUMBER[counted[1].lower()]]]
        return here[0] if len(here) == 1 else None
    for d in reversed(line.labelled("DATE")):
        if d.end > mention.start or mention.start - d.end > SITED or not isinstance(d.value, When) or not d.value.date:
            continue
        day = timeline.when(d, line.read.note)
        here = [s for s in sessions if day and day.agrees(s.when)]
        return here[0] if len(here) == 1 else None
    return None


PRIOR_ONE = re.compile(
    r"\b(?:prior|previous|first|earlier|last|former) (?:\w+ )?(?:cryo\w*|ablat\w+|session|procedure|treatment|MWA|RFA|microwave|freez\w+)(?: \w+){0,5}? (?:complicat\w+|c/b|followed|caused|led to|left (?:him|her)|had (?:a|an))\b",
    re.IGNORECASE,
)
"""In the report of a session: what the one before it led to."""


def session_before(line: Line, sessions: Sequence[Session]) -> Session | None:
    """The session before that of a report which tells of a trouble of "the prior ablation"."""
    if not timeline.is_report(line.read) or not PRIOR_ONE.search(line.text):
        return None
    day = timeline.service_date(line.read)[0].date
    return max((s for s in sessions if s.when.date < day), key=lambda s: s.when.date, default=None)


def session_of(day: PartialDate, treated: Treated, tied: bool, line: Line, concept: str) -> Session | None:
    """The last session before an event, within the window or tied to it; of several on one day the one that the passage speaks of."""
    agreeing = [s for s in treated.sessions if day.precision != "day" and day.agrees(s.when)]
    before = agreeing or [s for s in treated.sessions if s.when.date <= day.date]
    if not before:
        return None
    last = max(s.when.date for s in before)
    if not (tied or agreeing or day.date - last <= WINDOW):
        return None
    same = [s for s in before if s.when.date == last]
    return max(same, key=lambda s: spoken_of(s, treated.targets, line, concept)) if len(same) > 1 else same[0]


ORGANS = {"hypertension": ("adrenal",), "pneumothorax": ("lung", "pleura"), "hemothorax": ("lung", "pleura"), "urinary_injury": ("kidney",)}
"""Where what is treated brings a trouble about, of two sessions of one day."""


def spoken_of(session: Session, targets: Sequence[Target], line: Line, concept: str) -> tuple[int, int, int, int, int]:
    """How well a passage fits a session: by its own words, else by the organ that makes such trouble, else by the energy named last before it in the note, else by the lines beside it."""
    last = next((x for x in timeline.back(line) if any(m.concept in ENERGIES for m in x.labelled("PROCEDURE", "ENERGY"))), None)
    beside = [*islice(back(line), 1), *islice(_lines_after(line), 1)]
    own = _fits(session, targets, line)
    return (
        own[0],
        own[1],
        int(any(t.place.site in ORGANS.get(concept, ()) for t in targets if t.session is session)),
        _fits(session, targets, last)[0] if last else 0,
        max((sum(_fits(session, targets, x)) for x in beside), default=0),
    )


def _fits(session: Session, targets: Sequence[Target], line: Line) -> tuple[int, int]:
    """If a line names the energy of a session and no other; if it names the site of one of its targets."""
    energies = {m.concept for m in line.labelled("PROCEDURE", "ENERGY", "ZONE") if m.concept in ENERGIES}
    energies |= {name for name in ENERGIES if name in line.text.lower()}
    named = energies == {session.modality} or (not energies and session.modality != "cryoablation" and HEAT.search(line.text) is not None)
    sites = {t.place.site for t in targets if t.session is session}
    return int(named), int(any(m.concept in sites for m in line.labelled("SITE")))


ENERGIES = ("cryoablation", "microwave", "radiofrequency", "irreversible_electroporation", "laser", "hifu", "ethanol")
HEAT = re.compile(r"\b(?:heat(?:ed|ing)?|burn(?:ed|ing)? (?:of|the)|antenn\w+|electrodes?|\d+ ?W\b)", re.IGNORECASE)


def _lines_after(line: Line) -> Iterator[Line]:
    lines = timeline.lines(line.read)
    return (lines[at] for at in range(len(timeline.until(line)), len(lines)) if lines[at].sentence.section == line.sentence.section)
