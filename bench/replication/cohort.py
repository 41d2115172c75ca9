"""Patients, lesions, sessions, exams, events and deaths, drawn: what happened, before a word of it is written.

Local progression-free survival of the cohort is set to what the study published by solving two baseline hazards (first and later years) for the
lesions as drawn; events are drawn by strata, so that a cohort of 250 lesions meets the figures closely and not only on average. Every assumption is a
field of ``Assumptions``; docs/replication.md tells which of them were published.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from scipy.optimize import brentq

from bench.replication.bank import Place
from extractor.stats.survival import at, curve

MONTH = 30.4375
DEEP = ("peritoneum", "retroperitoneum")


@dataclass(frozen=True)
class Assumptions:
    """What is drawn, and how often. Published: patients, lesions, survival, complications (of what is not told: here of sessions)."""

    patients: int = 141
    lesions: int = 250
    survival: tuple[float, float] = (0.86, 0.79)
    """Local progression-free survival at 12 and 24 months."""
    complications: float = 0.02
    """Share of sessions with a complication."""
    inadequate: float = 0.25
    hazard_coverage: float = 3.0
    hazard_site: float = 2.5
    hazard_retreated: float = 1.5
    coverage_untold: float = 0.08
    retreated: float = 0.5
    """Share of local events that are ablated again, where follow-up allows."""
    indeterminate: float = 0.05
    residual: float = 0.5
    """Share of events at the first exam within four months that are called residual."""
    false_alarm: float = 0.012
    """Share of lesions without event in which an exam calls progression and a biopsy finds none."""
    biopsied: float = 0.12
    unreported: float = 0.12
    """Exams whose own report is not in the chart; only a clinic note tells of them."""
    unfollowed: float = 0.04
    dies: float = 0.33
    follow_up: float = 540.0
    """Median days from the last planned session to the end of follow-up."""


@dataclass
class Treatment:
    """One lesion treated in one session; ``of`` numbers the earlier treatment of the same lesion."""

    number: int
    lesion: int
    day: date
    inadequate: bool
    told: bool
    size: int
    of: int | None = None
    event: date | None = None
    residual: bool = False
    alarm: date | None = None


@dataclass
class Session:
    """One day of cryoablation."""

    day: date
    treatments: list[Treatment]
    complicated: bool = False


@dataclass(frozen=True)
class Exam:
    """One exam and what it says of each treatment that is the newest of its lesion."""

    day: date
    modality: str
    reported: bool
    statuses: tuple[tuple[int, str], ...]
    seen_before: frozenset[int]


@dataclass(frozen=True)
class Biopsy:
    """Tissue of a treated site."""

    day: date
    treatment: int
    positive: bool


@dataclass
class Patient:
    """One simulated patient. ``end`` is the last day of follow-up, the day of the last exam."""

    id: str
    sex: str
    birth: date
    places: list[Place]
    regions: frozenset[str]
    sessions: list[Session]
    end: date
    followed: bool
    death: date | None = None
    exams: list[Exam] = field(default_factory=list)
    biopsies: list[Biopsy] = field(default_factory=list)

    @property
    def treatments(self) -> list[Treatment]:
        """All, by number."""
        return sorted((t for s in self.sessions for t in s.treatments), key=lambda t: t.number)


REGIONS = (
    (("chest",), 0.36),
    (("abdomen",), 0.36),
    (("chest", "abdomen"), 0.12),
    (("limb",), 0.13),
    (("chest", "limb"), 0.03),
)
WINDOW = (date(2016, 3, 15), date(2023, 4, 15))
MOST = 6
"""Lesions of one patient at most."""


NEAR, DRAWS = 0.005, 400
"""A cohort is drawn anew until its survival lies so near to the published at both times (few lesions: one and a half of them); after so many
draws it is an error."""


def simulate(places: Sequence[Place], seed: int, told: Assumptions | None = None) -> list[Patient]:
    """A cohort, the same for the same seed and assumptions. Raises RuntimeError where the assumptions cannot be met."""
    told = told or Assumptions()
    near = max(NEAR, 1.5 / told.lesions)
    for attempt in range(DRAWS):
        patients = _drawn(random.Random(f"cohort {seed} {attempt}"), told, places)
        if all(abs(a - b) <= near for a, b in zip(survival(patients), told.survival, strict=True)):
            return patients
    raise RuntimeError(f"no cohort of {told.patients} patients with such survival in {DRAWS} draws")


def survival(patients: Sequence[Patient]) -> tuple[float, float]:
    """Local progression-free survival of lesions from their first ablation at 12 and 24 months, before a word is written."""
    followed = [(t, last) for p in patients for t in p.treatments if t.of is None and (last := _last(p, t))]
    months = [((t.event or last) - t.day).days / MONTH for t, last in followed]
    found = curve(months, [t.event is not None for t, _ in followed], ())
    return at(found, 12.0), at(found, 24.0)


def _last(patient: Patient, treatment: Treatment) -> date | None:
    """Day of the last exam that reads this treatment."""
    return max((e.day for e in patient.exams if any(number == treatment.number for number, _ in e.statuses)), default=None)


def _drawn(draw: random.Random, told: Assumptions, places: Sequence[Place]) -> list[Patient]:
    counts = _lesion_counts(draw, told)
    width = max(4, len(str(told.patients)))
    patients = [_patient(draw, told, places, f"R{i + 1:0{width}d}", n) for i, n in enumerate(counts)]
    rates = _events(draw, told, patients)
    for patient in patients:
        _settle(patient)
        _retreat(draw, told, patient, rates)
        _settle(patient)
        _alarms(draw, told, patient)
        _exams(draw, told, patient)
    _complications(draw, told, patients)
    return patients


def _lesion_counts(draw: random.Random, told: Assumptions) -> list[int]:
    """Lesions by patient: at least one each, the others by unequal chances, so that some patients have many."""
    counts = [1] * told.patients
    weights = [draw.gammavariate(0.8, 1.0) for _ in counts]
    left = told.lesions - told.patients
    while left > 0:
        for i in draw.choices(range(told.patients), weights, k=left):
            if counts[i] < MOST:
                counts[i] += 1
                left -= 1
    return counts


# ---- one patient ----------------------------------------------------------------------------------------------------------


def _patient(draw: random.Random, told: Assumptions, places: Sequence[Place], name: str, lesions: int) -> Patient:
    regions = draw.choices([r for r, _ in REGIONS], [w for _, w in REGIONS])[0]
    near = [p for p in places if p.region in regions]
    chosen = draw.sample(near, min(lesions, len(near)))
    days = _session_days(draw, _grouped(draw, len(chosen)))
    sessions, number = [], 0
    for day, members in days:
        session = Session(day, [])
        for lesion in members:
            size = draw.randint(*chosen[lesion].size_mm)
            session.treatments.append(Treatment(number, lesion, day, False, draw.random() >= told.coverage_untold, size))
            number += 1
        sessions.append(session)
    age = min(88, max(18, round(draw.gauss(56, 15))))
    birth = sessions[0].day - timedelta(days=round(age * 365.25) + draw.randint(1, 360))
    stay = max(45, min(2200, round(told.follow_up * math.exp(draw.gauss(0, 0.8)))))
    end = sessions[-1].day + timedelta(days=stay)
    death = end + timedelta(days=draw.randint(20, 200)) if draw.random() < told.dies else None
    sex = draw.choice(("female", "male"))
    return Patient(name, sex, birth, chosen, frozenset(regions), sessions, end, draw.random() >= told.unfollowed, death)


def _grouped(draw: random.Random, lesions: int) -> list[list[int]]:
    """Lesions by session: mostly one a session, at most three."""
    left, out = list(range(lesions)), []
    while left:
        size = draw.choices((1, 2, 3), (0.6, 0.3, 0.1))[0]
        out.append(left[:size])
        left = left[size:]
    return out


def _session_days(draw: random.Random, groups: Sequence[list[int]]) -> list[tuple[date, list[int]]]:
    gaps = [0, *(draw.randint(60, 330) for _ in groups[1:])]
    first = WINDOW[0] + timedelta(days=draw.randint(0, (WINDOW[1] - WINDOW[0]).days - sum(gaps)))
    days, day = [], first
    for gap in gaps:
        day += timedelta(days=gap)
        days.append(day)
    return list(zip(days, groups, strict=True))


# ---- events ---------------------------------------------------------------------------------------------------------------


def _strata(draw: random.Random, n: int) -> list[float]:
    """Numbers between 0 and 1, one in each of n equal parts, in random order."""
    found = [(i + draw.random()) / n for i in range(n)]
    draw.shuffle(found)
    return found


def _hazard(told: Assumptions, patient: Patient, treatment: Treatment) -> float:
    deep = patient.places[treatment.lesion].site in DEEP
    return (told.hazard_coverage if treatment.inadequate else 1.0) * (told.hazard_site if deep else 1.0)


def _rates(told: Assumptions, hazards: Sequence[float]) -> tuple[float, float]:
    """Baseline hazards a month in the first year and after it, at which the lesions as drawn have the survival told."""
    one, two = told.survival
    n = len(hazards)
    first = brentq(lambda r: sum(math.exp(-12 * r * h) for h in hazards) / n - one, 1e-9, 1.0)
    later = brentq(lambda r: sum(math.exp(-12 * (first + r) * h) for h in hazards) / n - two, 1e-9, 1.0)
    return float(first), float(later)


def _months(survive: float, rates: tuple[float, float], hazard: float) -> float:
    """The month at which a lesion's own survival falls to ``survive``; the hazard halves after the second year."""
    spent = -math.log(survive) / hazard
    for months, rate in ((12.0, rates[0]), (12.0, rates[1])):
        if spent < months * rate:
            return spent / rate + (0.0 if rate is rates[0] else 12.0)
        spent -= months * rate
    return 24.0 + spent / (rates[1] / 2)


def _events(draw: random.Random, told: Assumptions, patients: Sequence[Patient]) -> tuple[float, float]:
    """Coverage and, by it and the site, the day each lesion would progress, where follow-up reaches it."""
    rows = [(p, t) for p in patients for t in p.treatments]
    for (_, treatment), u in zip(rows, _strata(draw, len(rows)), strict=True):
        treatment.inadequate = u < told.inadequate
    hazards = [_hazard(told, p, t) for p, t in rows]
    rates = _rates(told, hazards)
    for (patient, treatment), hazard, u in zip(rows, hazards, _strata(draw, len(rows)), strict=True):
        _happen(draw, patient, treatment, _months(u, rates, hazard))
    return rates


EARLIEST = 25
"""Days from a session to the first exam that can call an event."""


def _happen(draw: random.Random, patient: Patient, treatment: Treatment, months: float) -> None:
    day = treatment.day + timedelta(days=max(EARLIEST + draw.randint(0, 20), round(months * MONTH)))
    if patient.followed and day <= patient.end:
        treatment.event = day


def _settle(patient: Patient) -> None:
    """Events of one patient less than two weeks apart are called by one exam, and no exam falls on a session."""
    days = [s.day for s in patient.sessions]
    for _ in patient.treatments:
        having = sorted((t for t in patient.treatments if t.event), key=lambda t: (t.event or date.min, t.number))
        for one, two in itertools.pairwise(having):
            if one.event and two.event and (two.event - one.event).days < 14:
                one.event = two.event
        for treatment in having:
            while treatment.event and any(abs((treatment.event - day).days) < 3 for day in days):
                treatment.event += timedelta(days=3)
    patient.end = max([patient.end, *(t.event for t in patient.treatments if t.event)])


def _retreat(draw: random.Random, told: Assumptions, patient: Patient, rates: tuple[float, float]) -> None:
    """Some events are ablated again some weeks after the exam; the new row has a coverage and a course of its own."""
    for treatment in [t for t in patient.treatments if t.event]:
        day = (treatment.event or patient.end) + timedelta(days=draw.randint(25, 65))
        if draw.random() >= told.retreated or day > patient.end - timedelta(days=90):
            continue
        while any(abs((day - d).days) < 10 for d in _busy(patient)):
            day += timedelta(days=5)
        again = Treatment(
            len(patient.treatments),
            treatment.lesion,
            day,
            draw.random() < told.inadequate,
            draw.random() >= told.coverage_untold,
            draw.randint(6, max(8, treatment.size)),
            treatment.number,
        )
        patient.sessions.append(Session(day, [again]))
        patient.sessions.sort(key=lambda s: s.day)
        hazard = told.hazard_retreated * _hazard(told, patient, again)
        _happen(draw, patient, again, _months(1 - draw.random(), rates, hazard))


def _busy(patient: Patient) -> list[date]:
    return [s.day for s in patient.sessions] + [t.event for t in patient.treatments if t.event]


# ---- exams ----------------------------------------------------------------------------------------------------------------


def _exam_days(draw: random.Random, patient: Patient) -> list[date]:
    """Every three months for two years, then every six, on the day of each event, and at the end of follow-up."""
    first = patient.sessions[0].day
    fixed = {t.event for t in patient.treatments if t.event} | {t.alarm for t in patient.treatments if t.alarm} | {patient.end}
    days, at = set(fixed), first + timedelta(days=draw.randint(28, 95))
    while at < patient.end:
        after_session = min((at - s.day).days for s in patient.sessions if s.day <= at)
        before_session = min(((s.day - at).days for s in patient.sessions if s.day > at), default=99)
        if after_session >= 21 and before_session >= 3 and all(abs((at - f).days) > 20 for f in fixed):
            days.add(at)
        usual = 90 if (at - first).days < 730 else 180
        at += timedelta(days=draw.randint(usual - 15, usual + 15))
    return sorted(days)


def _alarms(draw: random.Random, told: Assumptions, patient: Patient) -> None:
    """Exams that call a progression which a biopsy some days later does not find."""
    if not patient.followed:
        return
    for treatment in patient.treatments:
        if treatment.event is None and draw.random() < told.false_alarm:
            day = treatment.day + timedelta(days=draw.randint(60, 300))
            if day < patient.end - timedelta(days=60) and all(abs((day - d).days) > 25 for d in _busy(patient)):
                treatment.alarm = day
                patient.biopsies.append(Biopsy(day + timedelta(days=draw.randint(7, 18)), treatment.number, False))


def _exams(draw: random.Random, told: Assumptions, patient: Patient) -> None:
    """Every exam with what it says of the newest treatment of each lesion; biopsies of some events."""
    if not patient.followed:
        return
    seen: set[int] = set()
    for day in _exam_days(draw, patient):
        newest = {t.lesion: t for t in patient.treatments if t.day < day}
        if not newest:
            continue
        statuses = tuple(
            (t.number, _status(draw, told, t, day, t.number not in seen)) for t in sorted(newest.values(), key=lambda t: t.number)
        )
        patient.exams.append(Exam(day, _modality(draw, patient), draw.random() >= told.unreported, statuses, frozenset(seen)))
        seen.update(newest[k].number for k in newest)
    for treatment in patient.treatments:
        if treatment.event and draw.random() < told.biopsied:
            patient.biopsies.append(Biopsy(treatment.event + timedelta(days=draw.randint(7, 18)), treatment.number, True))
    patient.biopsies.sort(key=lambda b: (b.day, b.treatment))


def _status(draw: random.Random, told: Assumptions, treatment: Treatment, day: date, first: bool) -> str:
    chance = draw.random()
    if treatment.alarm == day:
        return "progression"
    if treatment.event is None or day < treatment.event:
        return "indeterminate" if chance < told.indeterminate else "no_progression"
    if day > treatment.event:
        return "progression"
    treatment.residual = first and (day - treatment.day).days <= 122 and chance < told.residual
    return "residual" if treatment.residual else "progression"


def _modality(draw: random.Random, patient: Patient) -> str:
    if patient.regions == {"limb"}:
        return draw.choices(("mri", "ct", "pet_ct"), (0.75, 0.1, 0.15))[0]
    if "limb" in patient.regions:
        return "pet_ct"
    if "chest" in patient.regions:
        return draw.choices(("ct", "pet_ct"), (0.87, 0.13))[0]
    return draw.choices(("ct", "mri", "pet_ct"), (0.66, 0.22, 0.12))[0]


# ---- complications --------------------------------------------------------------------------------------------------------


def _complications(draw: random.Random, told: Assumptions, patients: Sequence[Patient]) -> None:
    """So many sessions, drawn at random, that their share is the one told."""
    sessions = [s for p in patients for s in p.sessions]
    for session in draw.sample(sessions, round(told.complications * len(sessions))):
        session.complicated = True
