"""Findings that cannot be, or hardly can: each a check of one chart's rows, with the rows to look at. Details hold dates and values, never words of a note."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from extractor.evaluator.match import Row, Tables
from extractor.evaluator.study import MAJOR
from extractor.report.cohort import Cohort, Ref
from extractor.report.content import Section, Sheet, count, text
from extractor.report.days import day, span, years

Found = Iterator[tuple[str, tuple[Ref, ...]]]
ENOUGH_MM = 5.0
OLDEST, YOUNGEST = 105, 0
LARGEST_MM, WIDEST_MM, MOST_PROBES = 300.0, 50.0, 30
DAYS_AFTER = 30
"""Days within which an event after an ablation counts as its complication without more words (labeling guide)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One row, or some together, that a check found."""

    check: str
    patient: str
    detail: str
    rows: tuple[Ref, ...]


def findings(cohort: Cohort) -> tuple[Finding, ...]:
    """Everything that any check finds in any chart, also of patients who are not analysed."""
    return tuple(
        Finding(name, patient, detail, rows)
        for name, (_, check) in CHECKS.items()
        for patient, chart in cohort.charts.items()
        for detail, rows in check(_Chart(patient, chart, cohort.last_note.get(patient)))
    )


def plausibility(cohort: Cohort, analysed: set[str]) -> Section:
    """The section: how often each check finds something, and every finding."""
    found = findings(cohort)
    summary = []
    for name, (sought, _) in CHECKS.items():
        own = [f for f in found if f.check == name]
        rows = [f.rows[0] for f in own]
        mine = [f.rows[0] for f in own if f.patient in analysed]
        summary.append((text(sought), count(rows), count(mine)))
    listed = tuple(
        (text(CHECKS[f.check][0]), text(f.patient, f.rows), text("yes" if f.patient in analysed else "no"), text(f.detail)) for f in found
    )
    says = (
        f"{len(found)} findings in {len({f.patient for f in found})} of {len(cohort.charts)} charts by {len(CHECKS)} checks. A finding is a question to the chart, not an error of itself: read its sentences. "
        "Nothing is left out of the analysis because of one.",
    )
    return Section(
        "plausibility",
        "Plausibility",
        says,
        (
            Sheet("plausibility", "Checks", ("check", "findings", "of patients analysed"), tuple(summary)),
            Sheet("plausibility_findings", "Every finding", ("check", "patient", "analysed", "what"), listed, folded=len(listed) > 12),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Chart:
    """A chart with what checks ask of it."""

    patient: str
    tables: Tables
    last_note: str | None

    @property
    def person(self) -> Row:
        return next(iter(self.tables["patients"]), {"id": self.patient})

    def by_id(self, table: str) -> Mapping[str, Row]:
        return {str(r["id"]): r for r in self.tables[table]}

    def start(self, row: Row) -> Row | None:
        """The session of a lesion or complication."""
        return self.by_id("procedures").get(str(row.get("procedure")))

    def own(self) -> tuple[Ref, ...]:
        return (("patients", str(self.person["id"])),)


def _refs(*pairs: tuple[str, Row]) -> tuple[Ref, ...]:
    return tuple((table, str(row["id"])) for table, row in pairs)


def _surely_before(a: tuple[date, date] | None, b: tuple[date, date] | None) -> bool:
    """Whatever the days mean, does a lie before b?"""
    return a is not None and b is not None and a[1] < b[0]


# ---- order in time --------------------------------------------------------------------------------------------------------


def progression_before(c: _Chart) -> Found:
    """An event or local assessment of a lesion dated before the session that treated it."""
    lesions = c.by_id("lesions")
    for o in c.tables["outcomes"]:
        session = c.start(o)
        if session and _surely_before(span(o, "event_date"), span(session)):
            yield f"event {o['event_date']}, ablation {session['date']}", _refs(("outcomes", o), ("procedures", session))
    for a in c.tables["assessments"]:
        lesion = lesions.get(str(a.get("lesion")))
        session = c.start(lesion) if lesion else None
        if session and a.get("scope") == "local" and _surely_before(span(a), span(session)):
            yield f"local assessment {a['date']}, ablation {session['date']}", _refs(("assessments", a), ("procedures", session))


def after_death(c: _Chart) -> Found:
    """Anything dated after the patient's death."""
    died = span(c.person, "death_date")
    for table in ("procedures", "assessments", "complications"):
        for row in c.tables[table]:
            if _surely_before(died, span(row)):
                yield f"{table} {row['date']}, death {c.person['death_date']}", (*_refs((table, row)), *c.own())


def complication_before(c: _Chart) -> Found:
    """A complication dated before its session."""
    for row in c.tables["complications"]:
        session = c.start(row)
        if session and _surely_before(span(row), span(session)):
            yield f"complication {row['date']}, ablation {session['date']}", _refs(("complications", row), ("procedures", session))


def complication_late(c: _Chart) -> Found:
    """A complication long after its session: does the note tie it to the ablation?"""
    for row in c.tables["complications"]:
        session = c.start(row)
        start, found = (span(session) if session else None), span(row)
        if session and start and found and found[0] > start[1] + timedelta(days=DAYS_AFTER):
            yield f"complication {row['date']}, ablation {session['date']}", _refs(("complications", row), ("procedures", session))


def in_the_future(c: _Chart) -> Found:
    """A session, exam or complication dated after the patient's last note."""
    last = day(c.last_note)
    for table in ("procedures", "assessments", "complications"):
        for row in c.tables[table]:
            found = span(row)
            if last and found and found[0] > last:
                yield f"{table} {row['date']}, last note {c.last_note}", _refs((table, row))


def event_after_last(c: _Chart) -> Found:
    """An event dated after the last local assessment."""
    for o in c.tables["outcomes"]:
        last = day(o.get("last_assessment_date"))
        if last and _surely_before((last, last), span(o, "event_date")):
            yield f"event {o['event_date']}, last assessment {o['last_assessment_date']}", _refs(("outcomes", o))


# ---- tables at odds -------------------------------------------------------------------------------------------------------


def _local(c: _Chart, lesion: object) -> list[Row]:
    return [a for a in c.tables["assessments"] if a.get("scope") == "local" and str(a.get("lesion")) == str(lesion)]


def outcome_alone(c: _Chart) -> Found:
    """An outcome of a lesion without any local assessment."""
    for o in c.tables["outcomes"]:
        if not _local(c, o["id"]):
            yield "no local assessment of this lesion", _refs(("outcomes", o))


def assessment_alone(c: _Chart) -> Found:
    """A lesion with a local assessment but no outcome."""
    told = c.by_id("outcomes")
    for x in c.tables["lesions"]:
        seen = _local(c, x["id"])
        if seen and str(x["id"]) not in told:
            yield f"{len(seen)} local assessments, no outcome", _refs(("lesions", x), *(("assessments", a) for a in seen))


def event_unseen(c: _Chart) -> Found:
    """An event that no assessment calls, or none although one does."""
    for o in c.tables["outcomes"]:
        bad = [a for a in _local(c, o["id"]) if a.get("status") in ("progression", "residual")]
        if o.get("event") == 1 and not bad:
            yield "event 1, no assessment calls progression or residual tumour", _refs(("outcomes", o))
        if o.get("event") == 0 and bad:
            shown = ", ".join(str(a.get("date")) for a in bad)
            yield (
                f"event 0, progression or residual tumour called on {shown}; right only if it was withdrawn",
                _refs(("outcomes", o), *(("assessments", a) for a in bad)),
            )


def margin_at_odds(c: _Chart) -> Found:
    """Coverage that its own margin or the uncovered lesion contradicts."""
    for x in c.tables["lesions"]:
        coverage, margin, covered = x.get("coverage"), x.get("min_margin_mm"), x.get("lesion_covered")
        if coverage == "adequate" and margin is not None and margin < ENOUGH_MM:
            yield f"adequate with a margin of {margin:g} mm", _refs(("lesions", x))
        if coverage == "adequate" and covered is False:
            yield "adequate, the lesion not covered", _refs(("lesions", x))
        if coverage == "inadequate" and margin is not None and margin >= ENOUGH_MM and covered is not False:
            yield f"inadequate with a margin of {margin:g} mm", _refs(("lesions", x))
        if covered is False and margin is not None and margin > 0:
            yield f"the lesion not covered, yet a margin of {margin:g} mm", _refs(("lesions", x))


def success_at_odds(c: _Chart) -> Found:
    """Technical success although a lesion of the session was not covered."""
    for x in c.tables["lesions"]:
        session = c.start(x)
        if session and session.get("technical_success") is True and x.get("lesion_covered") is False:
            yield "technical success, a lesion not covered", _refs(("procedures", session), ("lesions", x))


def severity_at_odds(c: _Chart) -> Found:
    """``major`` that its severity contradicts, or a death by a complication of a patient not known to have died."""
    for row in c.tables["complications"]:
        severity = row.get("severity")
        if severity and row.get("major") is not None and row["major"] is not (severity in MAJOR):
            yield f"severity {severity}, major {str(row['major']).lower()}", _refs(("complications", row))
        if severity == "death" and not c.person.get("death_date"):
            yield "death by a complication, no date of death", (*_refs(("complications", row)), *c.own())


def duplicate_sessions(c: _Chart) -> Found:
    """Two sessions of one modality on days that can be the same."""
    told = [(s, span(s)) for s in c.tables["procedures"]]
    for at, (a, first) in enumerate(told):
        for b, second in told[at + 1 :]:
            if a.get("modality") != b.get("modality"):
                continue
            if first and second and first[0] <= second[1] and second[0] <= first[1]:
                yield f"{a['date']} and {b['date']}, both {a.get('modality')}", _refs(("procedures", a), ("procedures", b))


def duplicate_lesions(c: _Chart) -> Found:
    """Two lesions of one session alike in site, side, words and size."""
    seen: dict[tuple[object, ...], Row] = {}
    for x in c.tables["lesions"]:
        key = tuple(x.get(k) for k in ("procedure", "site", "site_text", "laterality", "size_mm"))
        if key in seen:
            yield "alike in session, site, side and size", _refs(("lesions", seen[key]), ("lesions", x))
        seen.setdefault(key, x)


def orphans(c: _Chart) -> Found:
    """A row whose session or lesion is not there, a session without a lesion, a retreatment of nothing."""
    sessions, lesions = c.by_id("procedures"), c.by_id("lesions")
    for table in ("lesions", "complications", "outcomes"):
        for row in c.tables[table]:
            if str(row.get("procedure")) not in sessions:
                yield f"{table}: its session is not in the tables", _refs((table, row))
    held = {str(x.get("procedure")) for x in c.tables["lesions"]}
    for s in c.tables["procedures"]:
        if str(s["id"]) not in held:
            yield "a session without a lesion", _refs(("procedures", s))
    for x in c.tables["lesions"]:
        if x.get("retreatment_of") is not None and str(x["retreatment_of"]) not in lesions:
            yield "the lesion it retreats is not in the tables", _refs(("lesions", x))


def retreatment_order(c: _Chart) -> Found:
    """A retreatment before the ablation it repeats."""
    lesions = c.by_id("lesions")
    for x in c.tables["lesions"]:
        earlier = lesions.get(str(x.get("retreatment_of")))
        a, b = (c.start(x), c.start(earlier)) if earlier else (None, None)
        if earlier and a and b and _surely_before(span(a), span(b)):
            yield f"retreatment {a['date']}, first {b['date']}", _refs(("lesions", x), ("lesions", earlier))


# ---- values out of range --------------------------------------------------------------------------------------------------


def age_out_of_range(c: _Chart) -> Found:
    """An age that nobody has, a birth after the ablation, a death before it."""
    age, born = c.person.get("age_years"), day(c.person.get("birth_date"))
    if age is not None and not YOUNGEST < age <= OLDEST:
        yield f"age {age:g}", c.own()
    for s in c.tables["procedures"]:
        found = span(s)
        if born and found and not YOUNGEST <= years(born, found[1]) <= OLDEST:
            yield f"born {c.person['birth_date']}, ablation {s['date']}", (*c.own(), *_refs(("procedures", s)))


def size_out_of_range(c: _Chart) -> Found:
    """A size, margin or number of probes that hardly can be."""
    for x in c.tables["lesions"]:
        size, margin = x.get("size_mm"), x.get("min_margin_mm")
        if size is not None and not 0 < size <= LARGEST_MM:
            yield f"size {size:g} mm", _refs(("lesions", x))
        if margin is not None and not 0 <= margin <= WIDEST_MM:
            yield f"margin {margin:g} mm", _refs(("lesions", x))
    for s in c.tables["procedures"]:
        if s.get("probes") is not None and not 0 < s["probes"] <= MOST_PROBES:
            yield f"{s['probes']:g} probes", _refs(("procedures", s))


def months_at_odds(c: _Chart) -> Found:
    """Months that the dates do not give."""
    from extractor.report.analysed import months

    for o in c.tables["outcomes"]:
        session = c.start(o)
        until = o.get("event_date") if o.get("event") == 1 else o.get("last_assessment_date")
        told = months(session.get("date"), until) if session else None
        if session and told is not None and o.get("months") is not None and abs(told - o["months"]) > 0.02:
            yield f"{o['months']:g} months, {told:.2f} by the dates", _refs(("outcomes", o))


CHECKS: Mapping[str, tuple[str, Callable[[_Chart], Found]]] = {
    "progression_before": ("progression or follow-up before the ablation", progression_before),
    "after_death": ("follow-up, session or complication after death", after_death),
    "outcome_alone": ("outcome without a local assessment", outcome_alone),
    "assessment_alone": ("local assessment without an outcome", assessment_alone),
    "event_unseen": ("event and assessments at odds", event_unseen),
    "event_after_last": ("event after the last assessment", event_after_last),
    "margin_at_odds": ("margin and coverage at odds", margin_at_odds),
    "success_at_odds": ("technical success and coverage at odds", success_at_odds),
    "severity_at_odds": ("severity and major, or death, at odds", severity_at_odds),
    "duplicate_sessions": ("duplicate sessions", duplicate_sessions),
    "duplicate_lesions": ("duplicate lesions in one session", duplicate_lesions),
    "complication_before": ("complication before its ablation", complication_before),
    "complication_late": ("complication more than 30 days after its ablation", complication_late),
    "in_the_future": ("dated after the last note", in_the_future),
    "retreatment_order": ("retreatment before the first ablation", retreatment_order),
    "age_out_of_range": ("age out of range", age_out_of_range),
    "size_out_of_range": ("size, margin or probes out of range", size_out_of_range),
    "months_at_odds": ("months and dates at odds", months_at_odds),
    "orphans": ("rows whose session or lesion is not there, sessions without a lesion", orphans),
}
"""Each check with what it looks for."""
