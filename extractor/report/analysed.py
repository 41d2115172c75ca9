"""What is analysed: the sessions, lesions and patients of the study, each with its time under observation.

Lesions and sessions are those of ``evaluator.study``, so that the report, ``extractor endpoints`` and the labels' own figures share one definition;
here they meet their rows, their patient's death and what followed elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from extractor.evaluator.match import Row, Tables
from extractor.evaluator.study import DAYS_PER_MONTH, Lesion, study
from extractor.report.cohort import Cohort, Ref
from extractor.report.days import day
from extractor.report.eligibility import Judged, at_index
from extractor.report.studyfile import Covariate, StudyFile
from extractor.stats.bootstrap import draws
from extractor.stats.estimate import Array
from extractor.stats.incidence import CENSORED, EVENT, OTHER


@dataclass(frozen=True, slots=True)
class Treated:
    """A lesion of an analysed session. ``followed`` is None without a local assessment."""

    patient: str
    row: Row
    session: Row
    person: Row
    followed: Lesion | None
    death: float | None
    """Months from the ablation to the patient's death, never before the last assessment."""

    @property
    def key(self) -> str:
        """Its lesion_id."""
        return str(self.row["id"])

    @property
    def first(self) -> bool:
        """Its first ablation?"""
        return self.row.get("retreatment_of") is None

    @property
    def ref(self) -> Ref:
        """Its row."""
        return "lesions", self.key


@dataclass(frozen=True, slots=True)
class Time:
    """A unit under observation: ``kind`` 0 censored, 1 the event, 2 death before it. ``rows`` are what it rests on."""

    patient: str
    months: float
    kind: int
    rows: tuple[Ref, ...]

    @property
    def event(self) -> bool:
        """The event asked for happened."""
        return self.kind == EVENT


@dataclass(frozen=True, slots=True)
class Analysed:
    """The study's records; ``place`` numbers its patients, ``counts`` are the draws of them that all intervals share."""

    plan: StudyFile
    charts: Mapping[str, Tables]
    patients: tuple[str, ...]
    index: Mapping[str, Row]
    people: Mapping[str, Row]
    """Rows of patients as of their index session; ``age_years`` is None where it is known only to a range."""
    sessions: tuple[Row, ...]
    lesions: tuple[Treated, ...]
    complications: tuple[Row, ...]
    place: Mapping[str, int]
    counts: Array
    last_note: Mapping[str, str]

    @property
    def first(self) -> tuple[Treated, ...]:
        """Lesions in the row of their first ablation."""
        return tuple(x for x in self.lesions if x.first)

    def owner(self, units: Iterable[Time | Treated]) -> list[int]:
        """Number of the patient of each unit."""
        return [self.place[u.patient] for u in units]


def analysed(plan: StudyFile, cohort: Cohort, judged: Sequence[Judged], unknown: bool | None = None) -> Analysed:
    """The records of the eligible patients; with ``unknown`` (default: as the study file says) also of those not documented."""
    wide = plan.unknown == "include" if unknown is None else unknown
    kept = [j for j in judged if j.index is not None and (j.state == "eligible" or (wide and j.state == "unknown"))]
    sessions = {j.patient: [*j.sessions, *(j.doubtful if wide else ())] for j in kept}
    charts = {j.patient: _only(cohort.charts[j.patient], sessions[j.patient]) for j in kept}
    people = {j.patient: at_index(cohort.charts[j.patient], j.index) for j in kept if j.index is not None}
    patients = tuple(sorted(charts))
    return Analysed(
        plan,
        charts,
        patients,
        {j.patient: j.index for j in kept if j.index is not None},
        people,
        tuple(s for p in patients for s in charts[p]["procedures"]),
        tuple(x for p in patients for x in _treated(p, charts[p], people[p])),
        tuple(c for p in patients for c in charts[p]["complications"]),
        {p: n for n, p in enumerate(patients)},
        draws(len(patients), plan.rounds, plan.seed) if patients else draws(1, 1, plan.seed),
        cohort.last_note,
    )


def narrowed(of: Analysed, keep_lesion: Callable[[Treated], bool], keep_complication: Callable[[Row], bool]) -> Analysed:
    """The same patients and sessions with some rows left out; a lesion left out stays treated, but is no longer followed."""
    lesions = tuple(x if keep_lesion(x) else replace(x, followed=None) for x in of.lesions)
    return replace(of, lesions=lesions, complications=tuple(c for c in of.complications if keep_complication(c)))


def _only(tables: Tables, sessions: Sequence[Row]) -> Tables:
    """The rows of some sessions; what is of the patient stays."""
    ids = {str(s["id"]) for s in sessions}
    linked = {t: [r for r in tables[t] if str(r["procedure"]) in ids] for t in ("lesions", "complications", "outcomes")}
    return tables | linked | {"procedures": [r for r in tables["procedures"] if str(r["id"]) in ids]}


def _treated(patient: str, tables: Tables, person: Row) -> list[Treated]:
    found = {x.key: x for x in study({patient: tables}, None).lesions}
    sessions = {str(s["id"]): s for s in tables["procedures"]}
    out = []
    for row in tables["lesions"]:
        session, own = sessions[str(row["procedure"])], found.get(str(row["id"]))
        death = months(session.get("date"), person.get("death_date"))
        known = own.months if own else 0.0
        out.append(Treated(patient, row, session, person, own, None if death is None else max(death, known)))
    return out


def months(start: object, end: object) -> float | None:
    """Months between two days, never below 0; None where one is not known."""
    a, b = day(start), day(end)
    return None if a is None or b is None else max(0.0, (b - a).days / DAYS_PER_MONTH)


# ---- units under observation ----------------------------------------------------------------------------------------------


def local(lesions: Iterable[Treated]) -> list[Time]:
    """Local progression of followed lesions, death censored: months to the event, else to the last local assessment."""
    return [Time(x.patient, x.followed.months, int(x.followed.event), _behind(x)) for x in lesions if x.followed]


def with_death(lesions: Iterable[Treated]) -> list[Time]:
    """The same lesions with death as kind 2: a lesion without progression whose patient died is followed to the death."""
    return [
        replace(t, months=x.death, kind=OTHER) if not t.event and x.death is not None else t
        for x, t in ((x, local([x])[0]) for x in lesions if x.followed)
    ]


def joined(units: Iterable[Time]) -> list[Time]:
    """Death counts as an event."""
    return [replace(t, kind=int(t.kind != CENSORED)) for t in units]


def _behind(x: Treated) -> tuple[Ref, ...]:
    return (x.ref, ("outcomes", x.key))


def merged(units: Iterable[tuple[str, Time]]) -> list[Time]:
    """One unit a group: its first event, else its last look."""
    groups: dict[str, list[Time]] = {}
    for name, unit in units:
        groups.setdefault(name, []).append(unit)
    return [_merged(own) for _, own in sorted(groups.items())]


def _merged(own: Sequence[Time]) -> Time:
    events = [t.months for t in own if t.event]
    rows = tuple(dict.fromkeys(r for t in own for r in t.rows))
    return Time(own[0].patient, min(events) if events else max(t.months for t in own), int(bool(events)), rows)


def by_session(of: Analysed) -> list[Time]:
    """One unit a session: the first local progression of any lesion in it that had its first ablation there."""
    return merged((str(x.session["id"]), local([x])[0]) for x in of.first if x.followed)


def by_patient(of: Analysed) -> list[Time]:
    """One unit a patient, from the index session to the first local progression of any lesion in its first ablation."""
    return merged((x.patient, later) for x in of.first for t in local([x]) if (later := _since_index(of, x, t)))


def _since_index(of: Analysed, x: Treated, t: Time) -> Time | None:
    later = months(of.index[x.patient].get("date"), x.session.get("date"))
    return None if later is None else replace(t, months=t.months + later)


def survival_of_patients(of: Analysed) -> list[Time]:
    """Death from any cause, from the index session; the living are followed to their last note or exam."""
    out = []
    for p in of.patients:
        start, person = of.index[p].get("date"), of.people[p]
        died = months(start, person.get("death_date"))
        seen = months(start, last_contact(of, p))
        if died is not None or seen is not None:
            out.append(Time(p, died if died is not None else seen or 0.0, int(died is not None), (("patients", p), *_index_ref(of, p))))
    return out


def last_contact(of: Analysed, patient: str) -> str | None:
    """Day of the last note or exam."""
    exams = [str(a["date"]) for a in of.charts[patient]["assessments"] if a.get("date")]
    return max([*exams, of.last_note.get(patient, "")], default="") or None


def free_of_disease(of: Analysed) -> list[Time]:
    """Local or distant progression, residual tumour or death, whichever first, from the index session; else to the last exam."""
    out = []
    for p in of.patients:
        start = of.index[p].get("date")
        exams = [(m, a) for a in of.charts[p]["assessments"] if (m := _after(start, a.get("date"))) is not None]
        events = [(m, ("assessments", str(a["id"]))) for m, a in exams if a.get("status") in ("progression", "residual")]
        died = months(start, of.people[p].get("death_date"))
        events += [(died, ("patients", p))] if died is not None else []
        if events:
            m, ref = min(events)
            out.append(Time(p, m, EVENT, (ref, *_index_ref(of, p))))
        elif exams:
            m, last = max(exams, key=lambda e: (e[0], str(e[1]["id"])))
            out.append(Time(p, m, CENSORED, (("assessments", str(last["id"])), *_index_ref(of, p))))
    return out


def _after(start: object, end: object) -> float | None:
    """Months to a day after the start; None for an earlier one."""
    a, b = day(start), day(end)
    return months(start, end) if a and b and b > a else None


def _index_ref(of: Analysed, patient: str) -> tuple[Ref, ...]:
    return (("procedures", str(of.index[patient]["id"])),)


# ---- covariates -----------------------------------------------------------------------------------------------------------


def covariate(c: Covariate, x: Treated) -> float | None:
    """Value of a covariate of a lesion; None where the cell is empty."""
    table, _, column = c.column.partition(".")
    value = {"lesions": x.row, "procedures": x.session, "patients": x.person}[table].get(column)
    if value is None:
        return None
    return float(value) / c.per if c.per else float(value in c.values)
