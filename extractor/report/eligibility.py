"""Who belongs to the study: each criterion met, not met or not documented, judged at the index session.

The index session is the first that meets the study's modality, approach and period, also where another ablation came first. Cells of the patients
table speak of the first ablation; where that is another session they are carried forward as far as the tables tell: a treatment or a recurrence
stays one, what was denied may have come since. Reporting follows STROBE (von Elm et al., Ann Intern Med 2007), item 13.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from extractor.evaluator.match import Row, Tables
from extractor.report.cohort import Cohort, Ref
from extractor.report.days import day, span, within, years
from extractor.report.studyfile import Criterion, Index, StudyFile

State = Literal["eligible", "excluded", "unknown"]
Answer = bool | None
PRIOR = {"prior_surgery": "surgery", "prior_radiation": "radiation", "prior_systemic": "systemic"}
CARRIED = ("disease_setting", *PRIOR)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one criterion says of a patient: ``answer`` None is not documented; ``why`` is a reason without words of a note."""

    criterion: str
    answer: Answer
    why: str
    rows: tuple[Ref, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """A patient with every verdict. ``sessions`` are those that are analysed if the patient is."""

    patient: str
    verdicts: tuple[Verdict, ...]
    index: Row | None
    sessions: tuple[Row, ...]
    doubtful: tuple[Row, ...]
    """Sessions of the modality that may belong to the study: approach or period not documented."""

    @property
    def state(self) -> State:
        """Excluded by any criterion not met; else unknown by any not documented."""
        answers = [v.answer for v in self.verdicts]
        return "excluded" if False in answers else "unknown" if None in answers else "eligible"

    @property
    def reason(self) -> Verdict | None:
        """The first criterion not met, or, where none is, the first not documented."""
        wanted = False if self.state == "excluded" else None
        return next((v for v in self.verdicts if v.answer is wanted), None)

    @property
    def lacking(self) -> tuple[Verdict, ...]:
        """Criteria not documented."""
        return tuple(v for v in self.verdicts if v.answer is None)


def both(answers: Iterable[Answer]) -> Answer:
    """And, where None is not known (Kleene)."""
    told = list(answers)
    return False if False in told else None if None in told else True


def either(answers: Iterable[Answer]) -> Answer:
    """Or, where None is not known (Kleene)."""
    told = list(answers)
    return True if True in told else None if None in told else False


def judge(study: StudyFile, cohort: Cohort) -> tuple[Judged, ...]:
    """Every patient of the tables, in order of id."""
    return tuple(_patient(study, patient, tables) for patient, tables in cohort.charts.items())


def titles(study: StudyFile) -> dict[str, str]:
    """What each criterion says, in the order in which they are asked."""
    i = study.index
    start, end = (d.isoformat() if d else "…" for d in (i.first, i.last))
    asked = {"ablation": "An ablation", "modality": f"{i.modality.replace('_', ' ').capitalize()}"}
    asked |= {"period": f"Between {start} and {end}"} if i.first or i.last else {}
    asked |= {"approach": f"{i.approach.capitalize()} approach"} if i.approach else {}
    return asked | {c.id: c.says for c in study.criteria}


def _patient(study: StudyFile, patient: str, tables: Tables) -> Judged:
    sessions = sorted(tables["procedures"], key=_when)
    mine = [s for s in sessions if s.get("modality") == study.index.modality]
    fits = {str(s["id"]): both((in_period(study.index, s), right_way(study.index, s))) for s in mine}
    sure = [s for s in mine if fits[str(s["id"])] is True]
    maybe = [s for s in mine if fits[str(s["id"])] is None]
    index = next(iter((*sure, *maybe, *mine)), None)
    person = next(iter(tables["patients"]), None) or {"id": patient}
    verdicts = _index_verdicts(study.index, sessions, mine)
    if index is not None:
        first = all(_when(s) >= _when(index) for s in sessions)
        verdicts = (*verdicts, *(_criterion(c, person, tables, index, sessions, first) for c in study.criteria))
    return Judged(patient, verdicts, index, tuple(sure), tuple(maybe))


def _when(session: Row) -> tuple[str, str]:
    return str(session.get("date") or "9999"), str(session["id"])


def in_period(index: Index, session: Row) -> Answer:
    """Does the session lie in the period?"""
    return within(span(session), index.first, index.last)


def right_way(index: Index, session: Row) -> Answer:
    """Does it have the approach asked for?"""
    if index.approach is None:
        return True
    return None if session.get("approach") is None else session["approach"] == index.approach


def _index_verdicts(index: Index, sessions: Sequence[Row], mine: Sequence[Row]) -> tuple[Verdict, ...]:
    """Ablation, modality, period, approach; each only of what passes the one before."""
    refs = [_refs(sessions), _refs(mine)]
    if not sessions:
        return (Verdict("ablation", False, "no ablation in the notes"),)
    has = Verdict("ablation", True, f"{len(sessions)} sessions", refs[0])
    if not mine:
        kinds = sorted({str(s.get("modality") or "kind not documented") for s in sessions})
        unknown = any(s.get("modality") is None for s in sessions)
        return has, Verdict("modality", None if unknown else False, "only " + ", ".join(kinds), refs[0])
    out = [has, Verdict("modality", True, f"{len(mine)} sessions", refs[1])]
    if index.first or index.last:
        answer = either(in_period(index, s) for s in mine)
        why = {True: "in the period", False: "all outside the period", None: "the date is known too coarsely, or not at all"}[answer]
        out.append(Verdict("period", answer, why, refs[1]))
    possible = [s for s in mine if in_period(index, s) is not False]
    if index.approach and possible:
        answer = either(right_way(index, s) for s in possible)
        told = ", ".join(sorted({str(s["approach"]) for s in possible if s.get("approach")}))
        out.append(Verdict("approach", answer, told or "approach not documented", _refs(possible)))
    return tuple(out)


def _refs(rows: Iterable[Row]) -> tuple[Ref, ...]:
    return tuple(("procedures", str(r["id"])) for r in rows)


# ---- criteria of the patient ----------------------------------------------------------------------------------------------


def _criterion(c: Criterion, person: Row, tables: Tables, index: Row, sessions: Sequence[Row], first: bool) -> Verdict:
    own: tuple[Ref, ...] = (("patients", str(person["id"])),)
    if c.age != (None, None):
        ages = age_at(person, index, sessions)
        return Verdict(c.id, _age_answer(ages, *c.age), _age_told(ages), own)
    if c.any_true:
        found = [prior_at(name.partition(".")[2], person, tables, index, first) for name in c.any_true]
        rows = tuple(dict.fromkeys((*own, *(ref for f in found for ref in f.rows))))
        told = ", ".join(f.criterion.removeprefix("prior_") for f in found if f.answer)
        answer = either(f.answer for f in found)
        return Verdict(c.id, answer, told or ("all denied" if answer is False else "not documented"), rows)
    column = c.column.partition(".")[2]
    value, rows = value_at(column, person, tables, index, first)
    told = "not documented" if value is None else str(value)
    return Verdict(c.id, None if value is None else value in c.values, told, (*own, *rows))


def age_at(person: Row, index: Row, sessions: Sequence[Row]) -> tuple[int, int] | None:
    """Lowest and highest age in whole years at the index session; None if not documented.

    From the birth date; else from the age at the first ablation, which is carried to the index session and then known to a year.
    """
    when = span(index)
    born = day(person.get("birth_date"))
    if born and when:
        return years(born, when[0]), years(born, when[1])
    if person.get("age_years") is None:
        return None
    start, known = next((s for s in (span(s) for s in sessions) if s), None), int(person["age_years"])
    if start is None or when is None or start == when:
        return known, known
    passed = max(0, (when[1] - start[0]).days)
    return known + int(max(0, (when[0] - start[1]).days) // 365.25), known + int(passed // 365.25) + bool(passed)


def _age_answer(ages: tuple[int, int] | None, least: int | None, most: int | None) -> Answer:
    if ages is None:
        return None
    low, high = (least if least is not None else 0), (most if most is not None else 999)
    return True if low <= ages[0] and ages[1] <= high else False if ages[1] < low or ages[0] > high else None


def _age_told(ages: tuple[int, int] | None) -> str:
    if ages is None:
        return "age not documented"
    return f"age {ages[0]}" if ages[0] == ages[1] else f"age {ages[0]} to {ages[1]}"


def at_index(tables: Tables, index: Row) -> Row:
    """The patient's row as of the index session; ``age_years`` is None where it is known only to a range."""
    sessions = sorted(tables["procedures"], key=_when)
    person = next(iter(tables["patients"]), None) or {"id": index["patient_id"]}
    first = all(_when(s) >= _when(index) for s in sessions)
    ages = age_at(person, index, sessions)
    carried = {c: value_at(c, person, tables, index, first)[0] for c in CARRIED}
    return person | carried | {"age_years": float(ages[0]) if ages and ages[0] == ages[1] else None}


def value_at(column: str, person: Row, tables: Tables, index: Row, first: bool) -> tuple[object, tuple[Ref, ...]]:
    """A patient's cell as of the index session, and the other rows it rests on."""
    if column == "disease_setting" and not first:
        return setting_at(person, tables, index)
    if column in PRIOR and not first:
        found = prior_at(column, person, tables, index, first)
        return found.answer, found.rows
    return person.get(column), ()


def prior_at(column: str, person: Row, tables: Tables, index: Row, first: bool) -> Verdict:
    """Was a treatment given before the index session? A denial at an earlier first ablation says nothing of the time since."""
    told = person.get(column)
    if first or told is True or column not in PRIOR:
        return Verdict(column, told, "")
    start = span(index)
    given = [t for t in tables.get("treatments", ()) if t.get("kind") == PRIOR[column] and _before(span(t), start)]
    return Verdict(column, True if given else None, "", tuple(("treatments", str(t["id"])) for t in given))


def setting_at(person: Row, tables: Tables, index: Row) -> tuple[str | None, tuple[Ref, ...]]:
    """Recurrent, metastatic or both at an index session that was not the first ablation: what the first found, and what exams found since."""
    told, start = person.get("disease_setting"), span(index)
    seen = [a for a in tables["assessments"] if a.get("status") == "progression" and _before(span(a), start)]
    recurrent = told in ("recurrent", "both") or any(a.get("scope") == "local" for a in seen)
    metastatic = told in ("metastatic", "both") or any(a.get("scope") == "distant" for a in seen)
    value = "both" if recurrent and metastatic else "recurrent" if recurrent else "metastatic" if metastatic else None
    return value, tuple(("assessments", str(a["id"])) for a in seen)


def _before(found: tuple[date, date] | None, start: tuple[date, date] | None) -> bool:
    """Surely before, or on the same day."""
    return found is not None and start is not None and found[1] <= start[0]
