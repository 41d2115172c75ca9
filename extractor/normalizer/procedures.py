"""Which ablation sessions were performed, and how? One row a session and modality."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import islice

from extractor.model import Cell, Drop, Mention, PartialDate, ReadNote, When
from extractor.normalizer import corrections, energies, timeline
from extractor.normalizer.energies import DEVICED, NOT_DONE
from extractor.normalizer.places import conflict, places
from extractor.normalizer.procedure_days import ORDER
from extractor.normalizer.procedure_reports import SAME, energy_given, is_aborted, merge_reports, procedure_id, same_day, session_of, undone
from extractor.normalizer.procedure_tellings import Told, abouts_in, tellings_in
from extractor.normalizer.records import Line, Session
from extractor.normalizer.setup import setup, speaks, told_all
from extractor.patterns import re


def find(reads: Sequence[ReadNote], drops: list[Drop]) -> list[Session]:
    """Sessions in order of day. ``reads`` are in order; candidates that become no session go to ``drops``."""
    added = _added_apart(reads)
    apart = {id(x.read) for late in added.values() for x in late}
    own = [r for r in reads if timeline.is_report(r) and id(r) not in apart]
    reported = [s for read in own for s in session_of(read, drops, added.get(read.note.note_id, ()))]
    reported = merge_reports(_without_aborted(reported, reads))
    called_off = undone(reads)
    disowned = _disowned(reads)
    amended = corrections.days(reads)
    reported = [_of_day(s, amended) for s in reported]
    told = []
    for t in (_of_its_month(t, reported, called_off) for read in reads for t in tellings_in(read, drops)):
        if t[0] in amended:
            t = (amended[t[0]][0], *t[1:4], amended[t[0]][1])
        if any(same_day(t[0], day) for day in called_off) and not any(_same_session(s, t[0], t[1]) for s in reported):
            drops.append(Drop(t[3], "procedures", "another note says that this session was called off"))
        elif (said := disowned.get(t[1])) and not any(s.modality == t[1] for s in reported) and _by_other(t, said):
            drops.append(Drop(t[3], "procedures", "another note says that this patient never had it"))
        else:
            told.append(t)
    named = energies.named(reads)
    known = _add_about(_add_told(reported, told, named), reads, called_off, named)
    sessions = _of_energy_told(_with_unnamed(known, reads), energies.corrected(reads))
    return sorted(sessions, key=lambda s: (s.when.date, s.modality))


OF_PROCEDURE = re.compile(r"\b(?:procedures?|intervention\w*|\w*ablat\w+|operati\w+|cryo\w*|treatment)\b", re.IGNORECASE)
LATEST_ADDENDUM = timedelta(days=60)
"""Days within which an addendum that names no day is written."""


def _added_apart(reads: Sequence[ReadNote]) -> dict[str, tuple[Line, ...]]:
    """The lines of notes that are nothing but an addendum, by the note_id of the report that each adds to: the one of a day it names, else the last before it."""
    reports = [r for r in reads if timeline.is_report(r)]
    out: dict[str, tuple[Line, ...]] = {}
    for late in [
        r
        for r in reads
        if timeline.only_adds(r)
        and (
            timeline.is_report(r) or r.note_type == "procedure" or OF_PROCEDURE.search(r.note.text, 0, timeline.TITLE_LENGTH) or _on_ice(r)
        )
    ]:
        others = [(timeline.service_date(r)[0], r) for r in reports if not timeline.only_adds(r)]
        named = {w for m in late.mentions if m.label == "DATE" and (w := timeline.when(m, late.note)) and w.precision == "day"}
        before = [(day, r) for day, r in others if timedelta(0) <= late.note.note_date - day.date <= LATEST_ADDENDUM]
        meant = [r for day, r in others if day in named] or [r for _, r in before[-1:]]
        if meant:
            known = meant[-1].note.note_id
            out[known] = (*timeline.lines(late), *out.get(known, ()))
    return out


def _on_ice(read: ReadNote) -> bool:
    """True for a note that is neither an exam's nor a pathologist's and tells how far the ice went."""
    return read.note_type not in ("radiology", "pathology") and (
        any(m.label in ("MARGIN", "COVERAGE") for m in read.mentions) or OF_ICE.search(read.note.text) is not None
    )


OF_ICE = re.compile(r"\b(?:ice(?:-?ball)?|margins?|clearance|coverage)\b", re.IGNORECASE)


def _without_aborted(reported: Sequence[Session], reads: Sequence[ReadNote]) -> list[Session]:
    """Without the brief note of a session whose full report of that day says that it was aborted: no line of the brief one tells of energy."""
    if not reported:
        return []
    reports = [r for r in reads if timeline.is_report(r) or r.note_type == "procedure"]
    aborted = {timeline.service_date(r)[0].date for r in reports if is_aborted(timeline.lines(r))}
    return [s for s in reported if s.when.date not in aborted or any(energy_given(x) for x in s.lines)] if aborted else list(reported)


OF_ANOTHER = re.compile(
    r"\b(?:belong\w*|is|was|were|are|refers?|meant|pasted|copied|entered|filed)\b[^.;]{0,40}\b(?:another|a different|the wrong|someone else's|some other)\s+(?:patient|person|chart|record)",
    re.IGNORECASE,
)

NEVER_HAD = re.compile(
    r"\b(?:(?:has|have|had) (?:never|not)|(?:has|have|had)n['’]t|never|did not|didn['’]t)(?: ever| yet)? (?:have|had|undergone|undergo|received?|been given)(?: an?| any)?(?: (?!further|another|repeat|more|additional|second|new|other|re-?|complet)\w+){0,2} $",
    re.IGNORECASE,
)

WHOLLY = re.compile(r"\s*(?:[.,;)]|$|of any (?:kind|sort)|at all|ever\b|anywhere|here or elsewhere)", re.IGNORECASE)


def _never_had(m: Mention, line: Line) -> bool:
    """True if a sentence says that the patient never had such an ablation: "she has not had cryoablation."."""
    before = line.read.flat[max(line.sentence.start, m.start - 60) : m.start]
    return NEVER_HAD.search(before) is not None and WHOLLY.match(line.read.flat, m.end, line.sentence.end) is not None


def _by_other(telling: Told, said: ReadNote) -> bool:
    """True if a note takes back what another told of a day before it."""
    return telling[2].read is not said and telling[0].date < said.note.note_date


def _disowned(reads: Sequence[ReadNote]) -> dict[str, ReadNote]:
    """Energies of ablations that a note says are another patient's or were never had, each with that note; an ablation of no named energy is any."""
    said = [
        (m.concept, read)
        for read in reads
        if "PROCEDURE" in timeline.labels(read)
        for line in timeline.telling(read)
        for m in line.labelled("PROCEDURE")
        if OF_ANOTHER.search(line.text) or _never_had(m, line)
    ]
    out = {kind: read for concept, read in said if concept == "other" for kind in (*DEVICED, "other")}
    return out | {concept: read for concept, read in said if concept != "other"}


def _of_day(session: Session, amended: Mapping[PartialDate, tuple[PartialDate, Mention]]) -> Session:
    """With the day that a later note puts right."""
    if session.when not in amended:
        return session
    when, said = amended[session.when]
    known = procedure_id(session.lines[0].read.note.patient_id, when, session.modality)
    return replace(session, procedure_id=known, when=when, cells={**session.cells, "date": Cell(when.date, (said,))})


def _of_energy_told(sessions: Sequence[Session], corrected: Mapping[str, tuple[str, Mention]]) -> list[Session]:
    """With the energy that a later note puts right, where the chart has one session of the energy taken back."""
    out = list(sessions)
    for wrong, (right, mention) in corrected.items():
        meant = [s for s in out if s.modality == wrong]
        if len(meant) != 1:
            continue
        session = meant[0]
        out.remove(session)
        if not any(_same_session(s, session.when, right) for s in out):
            known = procedure_id(session.lines[0].read.note.patient_id, session.when, right)
            out.append(replace(session, procedure_id=known, modality=right, cells={**session.cells, "modality": Cell(right, (mention,))}))
    return out


MONTH_OR_DAY = re.compile(r"(\d{1,2})/(\d{2})")


def _of_its_month(told: Told, reported: Sequence[Session], called_off: Sequence[PartialDate]) -> Told:
    """ "INDICATION: rib cryo 6/18" is the month of the session reported, or called off, in that June, where it was taken for a day."""
    when, modality, line, _, day = told
    if not MONTH_OR_DAY.fullmatch(day.text.strip()) or when.precision != "day":
        return told
    month = _month_year(day)
    background = line.sentence.section in ("indication", "reason", "history")
    own = [s.when for s in reported if background and s.modality == modality and _month(s.when) == month]
    own += [d for d in called_off if d.precision == "day" and _month(d) == month]
    if not own and _among_years(line, when, month) and not any(_same_session(s, when, modality) for s in reported):
        return PartialDate(date(*month, 1), "month"), *told[1:]
    return (own[0], *told[1:]) if own and all(d.date != when.date for d in own) else told


BARE_YEAR = re.compile(r"(?<![\d/.-])(?:19[6-9]|20[0-4])\d(?![\d/-])")


def _among_years(line: Line, when: PartialDate, month: tuple[int, int]) -> bool:
    """True if the paragraph of an entry dates its other entries by their years alone: "hysterectomy 2014; RFA right lung 3/15; hernia 2009"."""
    written = line.read.note.note_date
    if not 2000 <= month[0] < written.year or written - when.date < LONG_PAST:
        return False
    beside = [
        x.text
        for x in (*islice(timeline.back(line), 3), line, *timeline.following(line, 3))
        if x.sentence.paragraph == line.sentence.paragraph
    ]
    return sum(len(BARE_YEAR.findall(words)) for words in beside) > 1


LONG_PAST = timedelta(days=30)
"""A day that soon before a note is told by its day, not by its year."""


def _month_year(day: Mention) -> tuple[int, int]:
    """What "6/18" is if it is a month and its year: (year, month)."""
    month, year = (int(n) for n in day.text.strip().split("/"))
    return 2000 + year, month


def _with_unnamed(sessions: Sequence[Session], reads: Sequence[ReadNote]) -> list[Session]:
    """Sessions known from other notes alone, with the log of that day that tells how one was done and does not name its energy."""
    days = Counter(s.when.date for s in sessions)
    out = []
    for session in sessions:
        lone = session.report is None and session.when.precision == "day" and days[session.when.date] == 1
        here = [r for r in reads if r.note.note_date == session.when.date and timeline.logs(r)] if lone else []
        if here:
            lines = timeline.lines(here[0])
            cells = {**session.cells, **setup(lines, session.modality, [])}
            session = replace(session, cells=cells, lines=(*lines, *session.lines), report=here[0])
        out.append(session)
    return out


MOST_LINES = 50
"""Sentences of other notes that are looked at for a session without a report."""


def _add_told(sessions: list[Session], told: Sequence[Told], named: Counter[str]) -> list[Session]:
    """Tie tellings to known sessions, which they may complete; what is left makes sessions of its own, finest date first.

    ``named`` are the energies that the chart names at all, for an "ablation" of no known kind.
    """
    out = list(sessions)
    by_month: dict[tuple[int, int], list[int]] = {}
    kinds: Counter[str] = Counter()
    for number, session in enumerate(out):
        by_month.setdefault(_month(session.when), []).append(number)
        kinds[session.modality] += 1
    reports = {s.report.note.note_id for s in sessions if s.report}
    ends: Ends = {}
    days: dict[Line, list[PartialDate]] = {}
    for t in told:
        days.setdefault(t[2], []).append(t[0])
    for telling in sorted(told, key=lambda t: (ORDER[t[0].precision], t[0].date, t[1] == "other", t[2].read.note.note_date, t[3].start)):
        when, modality, line, mention, day = telling
        near = [out[n] for n in _of_months(by_month, when)]
        known = [s for s in near if _same_session(s, when, modality)] or [s for s in near if _week_before(s, day, when, modality)]
        known = [s for s in known if not _told_apart(s, when, line)]
        if known:
            _coarser_before(out, known[0], when, line, modality)
            told_only = len(known) == 1 and known[0].report is None and len(known[0].lines) < MOST_LINES
            if len(known) == 1 and (told_only or not told_all(known[0].cells)):
                passage, speaks_of = _passage(telling, days, ends, telling[2].read.note.note_id in reports)
                if told_only or speaks_of - known[0].cells.keys():
                    further = list(passage())
                    _complete(out, known[0], setup(further, report=False), further)
            continue
        if modality == "other":
            modality = _usual(kinds or Counter(t[1] for t in told if t[1] != "other") or named)
        lines = tuple(_passage(telling, days, ends, telling[2].read.note.note_id in reports)[0]())
        cells = {
            "modality": Cell(modality, (mention,)),
            "date": Cell(when.date, (day,)),
            "date_precision": Cell(when.precision, (day,)),
            **setup(lines, report=False),
        }
        by_month.setdefault(_month(when), []).append(len(out))
        kinds[modality] += 1
        out.append(Session(procedure_id(line.read.note.patient_id, when, modality), when, modality, cells, lines, None, (mention,)))
    return out


VAGUE = 0.6
"""By which part of itself a time "ago" may be wrong, beside ``NEARBY``."""
NEARBY = timedelta(days=92)


def _add_about(sessions: list[Session], reads: Sequence[ReadNote], called_off: Sequence[PartialDate], named: Counter[str]) -> list[Session]:
    """With the sessions told only by how long ago they were, where the chart knows none that can be meant: nor one called off."""
    out = sessions
    for telling in (t for read in reads for t in abouts_in(read)):
        when, modality, line = telling[:3]
        since = line.read.note.note_date - when.date
        wide = max(VAGUE * since, timedelta(0)) + (timedelta(days=366) if when.precision == "year" else NEARBY)
        alike = [s.when.date for s in out if "other" in (modality, s.modality) or s.modality == modality]
        if not any(abs(day - when.date) <= wide for day in (*alike, *(d.date for d in called_off))):
            out = _add_told(out, [telling], named)
    return out


def _complete(sessions: list[Session], known: Session, cells: Mapping[str, Cell], passage: Sequence[Line]) -> None:
    """What the notes before left open on how a session was done, a later telling of it fills."""
    at = next(i for i, s in enumerate(sessions) if s.procedure_id == known.procedure_id)
    lines = sessions[at].lines
    if sessions[at].report is None:
        lines = tuple(dict.fromkeys((*lines, *passage)))
    sessions[at] = replace(sessions[at], cells={**cells, **sessions[at].cells}, lines=lines)


def _coarser_before(sessions: list[Session], known: Session, when: PartialDate, line: Line, modality: str) -> None:
    """A month told in an older note gave this session another id in an earlier run: the row says which it replaces."""
    newer = known.when.precision == "day" != when.precision and line.read.note.note_date < known.lines[0].read.note.note_date
    if newer and "replaces" not in known.cells:
        before = procedure_id(line.read.note.patient_id, when, known.modality if modality == "other" else modality)
        sessions[sessions.index(known)] = replace(known, cells={**known.cells, "replaces": Cell(before)})


def _same_session(session: Session, when: PartialDate, modality: str) -> bool:
    if modality not in ("other", session.modality):
        return False
    if session.when.agrees(when):
        return True
    return "day" == session.when.precision == when.precision and abs(session.when.date - when.date) <= SAME


def _week_before(session: Session, day: Mention, when: PartialDate, modality: str) -> bool:
    """True for the session that "last Thursday", told on a Friday, may mean as well as the day before: that of the week before."""
    last = day.rule_id.endswith("#weekday") and day.words.casefold().startswith("last")
    return last and modality in ("other", session.modality) and session.when == PartialDate(when.date - timedelta(days=7))


def _told_apart(session: Session, when: PartialDate, line: Line) -> bool:
    """True if one note tells of two days, each in a sentence of its own with its own place: "11/8: cryo right scapula. 11/9: cryo left femur"."""
    first = session.lines[0]
    if session.report or session.when.agrees(when) or first.read is not line.read or first == line:
        return False
    here, there = places(line.sentence, line.read.flat), places(first.sentence, first.read.flat)
    return bool(here and there) and all(conflict(a, b) for a in here for b in there)


def _month(when: PartialDate) -> tuple[int, int]:
    """Year and month of a day; month 0 where only the year is known."""
    return when.date.year, when.date.month if when.precision != "year" else 0


def _of_months(by_month: Mapping[tuple[int, int], Sequence[int]], when: PartialDate) -> list[int]:
    """The numbers of the sessions that can be of this day: those of its month and the ones beside it; of a year all."""
    if when.precision == "year":
        near = {(when.date.year, month) for month in range(13)}
    else:
        at = 12 * when.date.year + when.date.month - 1
        near = {((at + by) // 12, (at + by) % 12 + 1) for by in (-1, 0, 1)} | {(when.date.year, 0)}
    return sorted(n for month in near for n in by_month.get(month, ()))


def _usual(kinds: Counter[str]) -> str:
    """What a bare "ablation" most likely means in a chart with sessions of these kinds."""
    return kinds.most_common(1)[0][0] if kinds else "other"


Ends = dict[tuple[str, PartialDate, str], tuple[int, int, frozenset[str]]]
"""For a note, a day and an energy the passage walked last: its first line, the one behind its last, and the cells that it can fill."""


def _passage(
    telling: Told, days: Mapping[Line, Sequence[PartialDate]], ends: Ends, alone: bool = False
) -> tuple[Callable[[], list[Line]], frozenset[str]]:
    """The sentence that tells of a session, and those after it in its paragraph until another day or another ablation is spoken of; and the cells they can fill.

    ``alone``: in the report of another session, which goes on with its own, the sentence is all.
    A telling within the passage of another of the same session has the same end: it is not walked again.
    """
    when, modality, line, _, _ = telling
    lines = timeline.lines(line.read)
    at = bisect_left(lines, line.sentence.start, key=lambda x: x.sentence.start)
    key = (line.read.note.note_id, when, modality)
    first, end, cells = ends.get(key, (at, at, frozenset()))
    if not first <= at < end:
        end = at + 1
        while end < len(lines) and not alone and _in_passage(lines[end], line, when, modality, days):
            end += 1
        cells = speaks((line, *lines[at + 1 : end]))
        ends[key] = (at, end, cells)
    return (lambda: [line, *lines[at + 1 : end]]), cells


def _in_passage(following: Line, line: Line, when: PartialDate, modality: str, days: Mapping[Line, Sequence[PartialDate]]) -> bool:
    """True if a sentence can still speak of the session told before it: no other paragraph, day or ablation."""
    return not (
        following.sentence.paragraph != line.sentence.paragraph
        or _of_other_day(following, when)
        or _of_other(following, modality)
        or any(not day.agrees(when) for day in days.get(following, ()))
    )


def _of_other_day(line: Line, when: PartialDate) -> bool:
    """True if a sentence names a day that is not the session's; the day of writing ("today I read their letter") is none."""
    for d in line.labelled("DATE"):
        day = timeline.when(d, line.read.note) if isinstance(d.value, When) and d.value.anchor is None else None
        if day and not day.agrees(when):
            return True
    return False


def _of_other(line: Line, modality: str) -> bool:
    """True if a sentence speaks of an ablation that is not this one: of another energy, or not done; a part that "could not be frozen" is of this one."""
    return any(
        m.has(*NOT_DONE, "historical") or (m.concept not in ("other", modality) and modality != "other")
        for m in line.labelled("PROCEDURE")
        if not any(c.start <= m.start and m.end <= c.end for c in line.labelled("COVERAGE"))
    )


def first_day(sessions: Sequence[Session]) -> date | None:
    """The day of the first ablation, whatever its kind."""
    return min((s.when.date for s in sessions), default=None)


def columns(session: Session) -> Mapping[str, Cell]:
    """The cells of its row."""
    return session.cells
