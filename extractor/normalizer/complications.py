"""Which adverse events did happen, after which session, how severe? One row an event.

Labeling guide, Complication. Severity as the note grades it, else by what was done about it (SIR 2017, Khalilzadeh et al., JVIR 2017).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from extractor.model import Drop, Mention, PartialDate, ReadNote, Row
from extractor.normalizer import complication_measures as measures
from extractor.normalizer import complication_stays, procedure_reports, timeline
from extractor.normalizer.complication_context import (
    ANOTHER_CAUSE,
    INCIDENTAL,
    LASTING,
    SOON,
    TIE,
    TROUBLE,
    WINDOW,
    Event,
    background,
    foretold,
    graded_later,
    made,
    no_event,
    of_earlier,
    of_operation,
    on_other_side,
    over_soon,
    retold,
    same_trouble,
    still_told,
    tied_next,
)
from extractor.normalizer.complication_onset import (
    COUNTED,
    Treated,
    onset,
    session_before,
    session_named,
    session_of,
    spoken_of,
    told_behind,
)
from extractor.normalizer.complication_severity import graded_apart, of_severity, row, severity
from extractor.normalizer.records import Line, Session, Target, searched
from extractor.patterns import re

SUDDEN = re.compile(r"crisis|surge|spike|storm|emergency|acute", re.IGNORECASE)
"""What nobody brings along."""

CHRONIC = re.compile(
    r"^(?:(?:paroxysmal |chronic )?(?:atrial fibrillation|a-?fib)|heart failure|arrhythmias?|(?:chronic )?(?:renal|kidney) (?:failure|insufficiency)|(?:peripheral )?neuropathy|radiculopathy|incontinence|erectile dysfunction|lymph(?:o)?edema|coagulopathy|thrombocytopenia|stroke|seizure|fistula)$",
    re.IGNORECASE,
)
"""Troubles that stand in lists of diagnoses for years: only words that call them new make them events."""
NEWLY = re.compile(
    r"\b(?:new(?:ly)?|increas\w+|larger|worse\w*|more|now|sudden\w*|acute\w*|since|after|woke|began|started|develop\w+)\b", re.IGNORECASE
)

QUIET = re.compile(
    r"\b(?:quiet|gone|settled|resolved|controlled|stable|better|in remission|under control|no trouble) (?:since|after|now)\b", re.IGNORECASE
)
"""Words of change that tell the end of a trouble, not its beginning."""

SAME_STORY = timedelta(days=14)
"""How far apart two notes may date one trouble."""


def find(reads: Sequence[ReadNote], sessions: Sequence[Session], targets: Sequence[Target], drops: list[Drop], patient: str) -> list[Row]:
    """Complication rows by session and onset; tellings that are none go to ``drops``."""
    events: list[Event] = []
    cleared: list[tuple[Mention, date]] = []
    treated = Treated(sessions, targets, [d for d in procedure_reports.undone(reads) if not any(s.when.agrees(d) for s in sessions)])
    brought = _brought_along(reads, sessions)
    expected = _expected(reads, sessions)
    for read in reads:
        for line in timeline.telling(read):
            for mention in line.labelled("COMPLICATION"):
                found = _event(mention, line, treated, events, brought)
                if isinstance(found, Event) and _as_expected(found, expected):
                    found = "called expected in another note on the session"
                if found == ANOTHER_CAUSE and not mention.has("historical"):
                    cleared.append((mention, onset(mention, line, sessions)[0].date))
                if isinstance(found, str):
                    drops.append(Drop(mention, "complications", found))
                else:
                    events.append(found)
    groups: dict[tuple[str, str], list[Event]] = {}
    events = [e for e in events if not _cleared(e, events, cleared)]
    for event in _of_one_session(events, targets):
        groups.setdefault((event.session.procedure_id, event.mention.concept), []).append(event)
    groups = {key: group for key, group in groups.items() if not _told_as_another(group, key[0], groups)}
    alone = [key for key in groups if sum(k[0] == key[0] for k in groups) == 1]
    apart = measures.apart(reads, groups)
    graded = {key: severity(group, graded_apart(reads, group) if key in alone else (), apart.get(key, ())) for key, group in groups.items()}
    untold = [key for key in groups if "severity" not in graded[key]]
    if len(untold) == 1 and (spared := measures.spared_later(reads, groups[untold[0]])):
        graded[untold[0]] = of_severity(graded[untold[0]], "mild", (spared,))
    elif len(untold) == 1 and (treated_then := measures.treated_later(reads, groups[untold[0]])):
        graded[untold[0]] = severity(groups[untold[0]], (), treated_then)
    long = complication_stays.prolonged(groups, graded)
    graded |= {key: of_severity(graded[key], "severe", (by,)) for key, by in long.items()}
    rows = [row(group, graded[key], patient) for key, group in groups.items()]
    return sorted(rows, key=lambda r: (str(r["procedure_id"]), str(r["date"]), str(r["term"])))


def _cleared(event: Event, events: Sequence[Event], cleared: Sequence[tuple[Mention, date]]) -> bool:
    """True if another telling of the same trouble names another cause, and none ties it to the ablation."""
    return any(same_trouble(m, event.mention) and abs(day - event.day.date) <= SAME_STORY for m, day in cleared) and not any(
        e.mention.concept == event.mention.concept and (TIE.search(e.line.text) or e.line.sentence.section == "complications")
        for e in events
    )


ONE_STORY = timedelta(days=1)
"""How far apart a film that shows fluid in the chest and the finding that it is blood are told."""
OOZING = re.compile(
    r"discharg|drain|ooz|leak|weep|secret|wept|slow|delayed|open|gap|did not|not (?:yet )?(?:closed|healed|dried)|wound", re.IGNORECASE
)
GENERIC_BLEED = re.compile(
    r"(?:delayed |active )?(?:re-?)?(?:bleed\w*|bled|ha?emorrhage|extravasation|active extravasation)", re.IGNORECASE
)

OF_CRYOSHOCK = re.compile(
    r"hypotension:|other:(?:DIC|disseminated\b.*|coagulopathy|thrombocytop(?:a)?enia|hypothermia)$|respiratory:.*(?:failure|ARDS)",
    re.IGNORECASE,
)
"""What a cryoshock is made of, by kind and words."""

LEAK = re.compile(r"(?:\w+ )?air leak", re.IGNORECASE)


def _told_as_another(group: Sequence[Event], session: str, groups: Mapping[tuple[str, str], Sequence[Event]]) -> bool:
    """True for what is one event with another of the session: fluid or a bleed without a place beside blood in the chest, the pus that an infection discharges."""
    if (session, "cryoshock") in groups and all(OF_CRYOSHOCK.match(f"{e.mention.concept}:{e.mention.words}") for e in group):
        return True
    if group[0].mention.concept == "pneumothorax":
        return (session, "fistula") in groups and all(LEAK.fullmatch(e.mention.words) for e in group)
    if group[0].mention.concept == "hemorrhage":
        return (session, "hemothorax") in groups and all(GENERIC_BLEED.fullmatch(e.mention.words) for e in group)
    if group[0].mention.concept == "pleural_effusion" and (bleed := groups.get((session, "hemothorax"))):
        return all(abs(e.day.date - bleed[0].day.date) <= ONE_STORY for e in group)
    if group[0].mention.concept == "wound_complication" and (session, "fistula") in groups:
        return all(OOZING.search(e.mention.words) for e in group)
    infected = {(e.line.read.note.note_id, e.day.date) for e in groups.get((session, "infection"), ())}
    return group[0].mention.concept == "wound_complication" and all(
        OOZING.search(e.mention.words) and (e.line.read.note.note_id, e.day.date) in infected for e in group
    )


def _of_one_session(events: Sequence[Event], targets: Sequence[Target]) -> list[Event]:
    """Tellings of one trouble tied to different sessions of one day belong to the session that the words fit best."""
    out = []
    rivals: dict[tuple[str, PartialDate], list[Event]] = {}
    for event in events:
        rivals.setdefault((event.mention.concept, event.session.when), []).append(event)
    several = {key for key, tellings in rivals.items() if len({e.session.procedure_id for e in tellings}) > 1}
    for event in events:
        key = event.mention.concept, event.session.when
        if key in several:
            best = max(rivals[key], key=lambda e: spoken_of(e.session, targets, e.line, e.mention.concept))
            event = replace(event, session=best.session)
        out.append(event)
    return out


def _expected(reads: Sequence[ReadNote], sessions: Sequence[Session]) -> frozenset[tuple[str, date]]:
    """Kinds of trouble that a note of the first days calls expected or brought about on purpose, with the day of the session; unless it tells of one that is not."""
    said: dict[tuple[str, date], bool] = {}
    for read in reads:
        here = [s.when.date for s in sessions if timedelta(0) <= read.note.note_date - s.when.date <= SOON]
        for line in timeline.lines(read) if here else ():
            for m in line.labelled("COMPLICATION"):
                if (
                    m.has("expected")
                    and not (m.has("negated", "hypothetical", "risk") or INCIDENTAL.fullmatch(m.words))
                    and _in_one_breath(m, line)
                ):
                    said[m.concept, max(here)] = not TROUBLE.search(line.text)
        for concept in made(read) if here else ():
            said.setdefault((concept, max(here)), True)
    return frozenset(key for key, only in said.items() if only)


EXPECTED = re.compile(
    r"\b(?:expect\w*|anticipat\w+|usual\w*|normal\w*|typical\w*|routine\w*|customary|always|as (?:one|we|you)|planned|intended|deliberate\w*)\b",
    re.IGNORECASE,
)


def _in_one_breath(mention: Mention, line: Line) -> bool:
    """True if the word that calls a trouble expected stands in its own part of the sentence, not behind ", and a little blood"."""
    text = line.read.flat
    part = re.split(r",? and (?=(?:a|an|some|the|with)\b)|;", text[line.sentence.start : mention.start])[-1]
    rest = re.split(r",? and (?=(?:a|an|some|the|with)\b)|;", text[mention.end : line.sentence.end])[0]
    return bool(EXPECTED.search(part) or EXPECTED.search(rest))


def _as_expected(event: Event, expected: frozenset[tuple[str, date]]) -> bool:
    """True for a mere mention of what another note of the first days calls expected: no treatment, no grade, no word that it was more."""
    if (event.mention.concept, event.session.when.date) not in expected or event.line.sentence.section in ("complications", "addendum"):
        return False
    done = [m for m in event.line.labelled("INTERVENTION") if not m.has("negated") and m.concept != "mild"]
    return event.day.date - event.session.when.date <= SOON and not (
        done or event.line.labelled("SEVERITY", "SIZE") or TROUBLE.search(event.line.text)
    )


BROUGHT = re.compile(
    r"^\W*(?:before (?:today|the (?:procedure|ablation))|pmh|past (?:medical )?history|comorbid\w*|known|baseline|chronic|on arrival|pre-?(?:op|procedur\w+)\b)|\bsince (?:January|February|March|April|May|June|July|August|September|October|November|December|(?:19|20)\d\d|childhood|birth)\b|\b(?:as|than|same (?:size )?as) (?:on|in) (?:the )?(?:scout|planning|pre-?\w+|prior|arrival)\b",
    re.IGNORECASE,
)
"""On the day of the session: a trouble that was there before it."""

REGIONS = {
    "foot": re.compile(r"\b(?:foot|feet|toes?|soles?|heels?|ankles?|plantar|stocking)\b", re.IGNORECASE),
    "thigh": re.compile(r"\b(?:thighs?|knees?|quad\w*|hips?|groins?|patella\w*|femoral)\b", re.IGNORECASE),
    "leg": re.compile(r"\b(?:legs?|calf|calves|shins?|peroneal|sciatic)\b", re.IGNORECASE),
    "hand": re.compile(r"\b(?:hands?|fingers?|fingertips?|thumbs?|wrists?|grip)\b", re.IGNORECASE),
    "arm": re.compile(r"\b(?:arms?|forearms?|elbows?|shoulders?|deltoid|biceps|triceps)\b", re.IGNORECASE),
    "trunk": re.compile(r"\b(?:chest|ribs?|intercostal|flanks?|abdom\w+|back|buttocks?|perine\w+|saddle)\b", re.IGNORECASE),
    "head": re.compile(r"\b(?:face|facial|lips?|tongue|voice|jaw|ears?|eyelids?)\b", re.IGNORECASE),
}
"""Where a nerve fails."""


def _regions(line: Line) -> frozenset[str]:
    return frozenset(name for name, pattern in REGIONS.items() if pattern.search(line.text))


def _of_another_region(mention: Mention, line: Line, before: Sequence[Line]) -> bool:
    """True for a failing nerve of another region than those that failed before the ablation: tingling feet, then a numb thigh."""
    here, then = _regions(line), [_regions(x) for x in before]
    return mention.concept == "nerve_injury" and bool(here) and all(then) and not any(here & t for t in then)


def _brought_along(reads: Sequence[ReadNote], sessions: Sequence[Session]) -> dict[str, list[Line]]:
    """Lasting troubles told before the first session: term, of an inflammation its own name, to the sentences that tell of it."""
    first = min((s.when.date for s in sessions), default=None)
    out: dict[str, list[Line]] = {}
    for read in reads:
        if first is None or read.note.note_date > first:
            continue
        for line in timeline.lines(read):
            if read.note.note_date == first and not BROUGHT.search(line.text):
                continue
            for m in line.labelled("COMPLICATION"):
                if (
                    (key := _lasting(m))
                    and not SUDDEN.search(m.words)
                    and not m.has("negated", "hypothetical", "family", "risk", "planned", "uncertain")
                    and not foretold(line)
                ):
                    out.setdefault(key, []).append(line)
    return out


INFLAMED = re.compile(r"\b\w{3,}itis$", re.IGNORECASE)
"""Diseases that drugs, radiation or the patient's own nature keep up: the colitis of an immunotherapy."""


def _lasting(m: Mention) -> str:
    """What a lasting trouble is known by; empty for others."""
    return m.concept if m.concept in LASTING else m.words.casefold() if INFLAMED.search(m.words) else ""


def _event(mention: Mention, line: Line, treated: Treated, known: Sequence[Event], brought: Mapping[str, Sequence[Line]]) -> Event | str:
    """The event that a mention tells of, or the reason why it tells of none."""
    reason = no_event(mention, line)
    if reason:
        return reason
    day, day_from = onset(mention, line, treated.sessions)
    tied = (
        (mention.concept == "tumor_seeding" and mention.words.casefold() != "seeded") or bool(searched(TIE, line.text)) or tied_next(line)
    )
    named = session_named(mention, line, treated.sessions) or session_before(line, treated.sessions)
    behind = None if named else told_behind(mention, line, treated.sessions)
    if behind:
        named = behind
        day, day_from = (day, day_from) if day_from and day.date >= behind.when.date else (behind.when, ())
    if any(day.agrees(d) for d in treated.called_off) and not tied:
        return "on the day of a session that was called off"
    session = (
        named
        or of_earlier(mention, line, known)
        or retold(mention, line, day_from, known)
        or session_of(day, treated, tied, line, mention.concept)
        or graded_later(mention, line, known)
        or still_told(mention, line, day, known)
        or _goes_on(mention, line, known)
    )
    if session is None:
        return "before the first ablation, or later than 30 days without a word that ties it to one"
    again = any(e.session is session and e.mention.concept == mention.concept for e in known)
    dated = bool(day_from) and day.precision == "day" and timedelta(0) < day.date - session.when.date <= WINDOW
    if mention.has("historical") and not (tied or again or named or dated or over_soon(line, session)):
        return "said to be historical"
    if not (tied or named or day_from) and of_operation(line, session):
        return "told behind an operation of another day"
    if not (tied or named) and on_other_side(mention, line, session, treated.targets):
        return "on the side that was not treated"
    if background(line, session) and not tied:
        return "told as history in the note of the session"
    if CHRONIC.search(mention.words) and not (
        tied
        or again
        or named
        or NEWLY.search(line.text)
        or _graded_itself(mention, line)
        or line.sentence.section in ("complications", "addendum")
    ):
        return "a lasting trouble, not said to be new"
    if not again and AS_BEFORE.search(line.text) and not (searched(TIE, AS_BEFORE.sub(" ", line.text)) or line.labelled("SEVERITY")):
        return "there before the ablation: the first note to tell of it calls it the same as before"
    before = brought.get(_lasting(mention), ())
    if before and not (tied or again or NEWLY.search(QUIET.sub(" ", line.text)) or _of_another_region(mention, line, before)):
        return f"there before the first ablation: a note of {before[0].read.note.note_date} tells of it"
    return Event(mention, line, session, day, day_from)


GRADE_BEHIND = re.compile(r"\W{0,4}(?:CTCAE |grade |gr\.? ?)?G?[1-5]\b", re.IGNORECASE)


def _graded_itself(mention: Mention, line: Line) -> bool:
    """True if a grade stands right behind a trouble: "atrial fibrillation G2"; nobody grades what the patient brought along."""
    return any(0 <= m.start - mention.end <= 4 for m in line.labelled("SEVERITY")) and bool(
        GRADE_BEHIND.match(line.read.flat, mention.end, line.sentence.end)
    )


def _goes_on(mention: Mention, line: Line, known: Sequence[Event]) -> Session | None:
    """The session of a trouble whose onset the same note has just counted: "a sinus with pus for ten days; MRI: osteomyelitis"."""
    return next(
        (
            e.session
            for e in reversed(known)
            if e.line.read is line.read and same_trouble(e.mention, mention) and any(d.rule_id == COUNTED for d in e.day_from)
        ),
        None,
    )


AS_BEFORE = re.compile(
    r"= ?(?:pre-?\w+|baseline)\b|\b(?:(?:(?:the|just|much|about|still) )*same|as (?:it was|ever|always)|unchanged|no different) ?[.;]?$|\b(?:(?:the )?same as (?:it (?:was|had been) )?(?:before|always|on admission|pre-?\w+)|as (?:it (?:was|had been) )?(?:before(?! (?:the )?(?:freez|thaw))|on admission|on arrival|always)|no different (?:from|than|to) (?:before|pre-?\w+)|(?:unchanged|no change|no worse|not worse|no larger|no bigger) (?:from|since|than|to|compared (?:to|with)) (?:\w+ )?(?:before|admission|arrival|baseline|pre-?\w+)|at (?:the |his |her |its )?(?:pre-?\w+ )?baseline|(?:equals?|equal to|matches|identical (?:to|with)) (?:the |his |her )?(?:pre-?\w+|baseline)|that (?:had )?(?:preceded|pre-?dated|antedated)|pre-?dat\w+|ante-?dat\w+|preceding (?:the )?(?:treatment|ablation|procedure|cryo\w*)|(?:there|present|had|known) (?:\w+ ){0,2}?(?:long )?(?:before|prior to) (?:the |this |her |his |our )?(?:treatment|ablation|procedure|cryo\w*|admission|session))\b",
    re.IGNORECASE,
)
"""Of a trouble that a note tells first and calls no different from before: the patient brought it along."""
