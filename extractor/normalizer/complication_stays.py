"""How long did a complication keep the patient? Stays by their days, and to which of several troubles each belongs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from extractor.model import Cell, Mention, ReadNote, When
from extractor.normalizer import timeline
from extractor.normalizer.complication_context import SOON, Event, kinds
from extractor.normalizer.records import Line
from extractor.patterns import re

RANK = ("mild", "moderate", "severe", "life_threatening", "death")
NAMED_IN = ("diagnosis", "reason", "indication")
"""Sections of a summary that name what the stay was for."""
DIAGNOSED = re.compile(r"\W*(?:(?:final|discharge|principal|main|primary|admi\w+) )?(?:diagnos[ei]s|dx)\b ?[:=-]", re.IGNORECASE)
"""Before what a stay was for, in the running text of a summary."""
A_DAY = timedelta(days=1)
LONG = timedelta(days=3)
"""From the session to a discharge that came later than after a routine night or two."""
WEEK = timedelta(days=7)
AGAIN = timedelta(days=2)
"""From a return to the discharge: more than a night."""

HOURS = r"(?:[2-9]|1\d|2[0-3]|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|twenty(?:[ -](?:one|two|three))?)"
"""A number of hours short of a day."""
BRIEF = re.compile(
    r"\b(?:(?:stay(?:ed)?|kept|held|observ\w+|in|admitted|admission|ward|hospital|discharged?|home|left)\b[^.;:]{0,40}?(?<!no )\b(?:(?:less|fewer) than|under|below|within|not quite|short of|<) ?(?:a|one|24)[ -]?(?:full )?(?:day|h|hrs?|hours)\b(?! (?:of|after|before|ago|post))|2[0-3][ -]?(?:h|hrs?|hours?) (?:stay|observation|admission)\b)"
    rf"|\b(?:home|discharg\w*|left|leaves|leaving|released|stay(?:ed)?)\b[^.;]{{0,60}}?\b{HOURS}[ -]?(?:h|hrs?|hours?) (?:after|from|of) (?:(?:his|her|their|the) )?(?:(?:he|she|they|the patient|pt) (?:came|arrived|presented|was (?:admitted|brought))|arrival|presentation|admission|coming)\b",
    re.IGNORECASE,
)
"""A stay of hours by the words of its summary, whatever the days of admission and discharge are."""

Key = tuple[str, str]


def told(events: Sequence[Event]) -> tuple[Mention, ...]:
    """The days of admissions after the session whose summaries name the event as their diagnosis or reason, or date it to the day of admission or just before."""
    came = [(e, timeline.admitted(e.line.read)) for e in events if timeline.kind(e.line.read) == "discharge"]
    return tuple(
        day[1]
        for e, day in came
        if day
        and not BRIEF.search(e.line.read.flat)
        and (day[0].date > e.session.when.date or _kept(e, day[0].date))
        and (
            e.mention.section in NAMED_IN
            or DIAGNOSED.match(e.line.text)
            or (day[1] in e.day_from and kinds(e.line.read) == {e.mention.concept})
            or (_new_then(e) and timedelta(0) <= day[0].date - e.day.date <= SOON)
        )
    )


def _kept(event: Event, came: date) -> bool:
    """True if the stay after the session that a summary names the event as the reason of took more than a day."""
    named = event.mention.section in NAMED_IN and not event.mention.has("historical", "uncertain")
    return named and event.line.read.note.note_date - max(came, event.session.when.date) > A_DAY


def _new_then(event: Event) -> bool:
    """True if an event is told with a day of its own and not as past: what a patient came in with."""
    own = event.day_from and event.day_from[0] in event.line.labelled("DATE")
    return bool(own) and event.day.precision == "day" and not event.mention.has("historical", "uncertain")


def prolonged(groups: Mapping[Key, Sequence[Event]], cells: Mapping[Key, Mapping[str, Cell]]) -> dict[Key, Mention]:
    """The troubles that made a stay long, with the words that tell it: of those that a summary tells, the worst that no grade settles."""
    out: dict[Key, Mention] = {}
    for read, keys in _summaries(groups):
        long = [
            (key, m)
            for key in keys
            if not _nominal(cells[key])
            for m in [_long(read, [e for e in groups[key] if e.line.read is read])]
            if m
        ]
        ranks = {key: RANK.index(str(cells[key]["severity"].value)) if "severity" in cells[key] else 0 for key in keys}
        worst = max(ranks.values())
        held = [(key, m) for key, m in long if not _graded(cells[key]) and ranks[key] == max(ranks[k] for k, _ in long)]
        if len(held) == 1 and worst < RANK.index("severe"):
            out[held[0][0]] = held[0][1]
    return out


def _graded(cells: Mapping[str, Cell]) -> bool:
    """True if a grade settles the severity: one like Clavien-Dindo IIIa leaves it to what was done and how long it took."""
    if "grade_text" not in cells:
        return False
    return "severity" not in cells or any(m.label == "SEVERITY" for m in cells["severity"].mentions)


def _nominal(cells: Mapping[str, Cell]) -> bool:
    """True for a trouble of which the notes say that little or nothing was done: it held nobody."""
    return "severity" in cells and cells["severity"].value == "mild"


def _summaries(groups: Mapping[Key, Sequence[Event]]) -> list[tuple[ReadNote, list[Key]]]:
    """Summaries of stays with the troubles that they tell."""
    out: dict[str, tuple[ReadNote, list[Key]]] = {}
    for key, events in groups.items():
        for name, read in {e.line.read.note.note_id: e.line.read for e in events}.items():
            if timeline.kind(read) == "discharge":
                out.setdefault(name, (read, []))[1].append(key)
    return list(out.values())


def _long(read: ReadNote, events: Sequence[Event]) -> Mention | None:
    """What tells that the stay of a summary was long: it ended days after the session, or days after a return."""
    session = events[0].session.when.date
    if BRIEF.search(read.flat):
        return None
    came, left = timeline.admitted(read) or timeline.arrived(read), timeline.left(read)
    end = left[0].date if left else read.note.note_date
    begin = max(came[0].date, session) if came else _begun(read, session, end)
    if begin is None:
        return None
    again = begin > session
    if end - begin < (AGAIN if again else LONG) or _as_planned(read, session, end):
        return None
    return left[1] if left else came[1] if came else events[0].mention


AS_PLANNED = re.compile(
    r"\b(?:stay|admission|hospitali[sz]ation)\b[^.;:\n]{0,30}?\b(?:of|for|lasted|within|not (?:longer|more) than)\b[^.;:\n]{0,12}?\b(?:planned|foreseen|scheduled|intended|usual|booked|programmed) (?:duration|length|time|period|(?:number of )?(?:days|nights))"
    r"|\b(?:stay|admission|hospitali[sz]ation|discharge) (?:was |has )?(?:not (?:been )?(?:prolonged|extended|lengthened|delayed)|not made longer)|\b(?:discharged?|went home|left|leaves|home) (?:(?:him|her|them|the patient) )?(?:on (?:the )?(?:day )?(?:planned|foreseen|scheduled|arranged)|as (?:planned|foreseen|scheduled|arranged))\b",
    re.IGNORECASE,
)
"""A stay as long as it was meant to be: "stay of the planned duration", "discharged as planned"."""
PLANNED_DAY = re.compile(
    r"\b(?:planned|foreseen|scheduled|intended|anticipated|arranged|booked|programmed) (?:(?:date|day) (?:of|for) )?(?:discharge|departure|leaving|exit|end of (?:the )?stay)(?: (?:date|day))?\W{1,3}(?:(?:was|is|on|of|for|the) )*$",
    re.IGNORECASE,
)
"""Before the day on which a patient was meant to leave."""


def _as_planned(read: ReadNote, session: date, end: date) -> bool:
    """True if a summary says that a stay was no longer than planned, or names the day it ended as the one planned."""
    if AS_PLANNED.search(read.flat):
        return True
    days = [
        timeline.when(m, read.note, session)
        for m in read.mentions
        if m.label == "DATE" and PLANNED_DAY.search(read.flat[max(0, m.start - 60) : m.start])
    ]
    return any(when and when.precision == "day" and when.date == end for when in days)


def _begun(read: ReadNote, session: date, end: date) -> date | None:
    """The first day of a stay whose summary names none: that of the session, unless it is too long ago; then the first that is told after it."""
    if end - session <= WEEK:
        return session
    days = [w for m in read.mentions if m.label == "DATE" and (w := timeline.when(m, read.note, session))]
    return min((w.date for w in days if w.precision == "day" and session < w.date <= end), default=None)


STAYS = re.compile(
    r"\b(?:kept|keep|stayed|stay|remained|remain|held|detained|in-?patient|in hospital|in-?house|hospitali[sz]ed|on (?:the|our|their) (?:[\w-]+ )?(?:ward|unit|floor))(?: (?!it\b|them\b|and\b|not\b|or\b)[\w'-]+){0,6}? (?:until|till|thru|through|to)\b[ ,]*(?:the )?(?:\w+day,? ?)?$",
    re.IGNORECASE,
)
"""Before the day to which a patient was kept."""


def kept_until(lines: Iterable[Line], events: Sequence[Event]) -> Mention | None:
    """The day, in sentences on an event, to which it kept the patient: days after the session, or after the event where that came later."""
    session = events[0].session.when.date
    onset = min(e.day.date for e in events)
    for line in lines:
        for d in line.labelled("DATE"):
            if isinstance(d.value, When) and STAYS.search(line.read.flat[max(line.sentence.start, d.start - 70) : d.start]):
                day = timeline.when(d, line.read.note, session)
                if day and day.precision == "day" and day.date - max(session, onset) >= AGAIN:
                    return d
    return None
