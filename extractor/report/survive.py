"""Local progression-free survival by lesion, from its first ablation; what death does to it; and the same by session and by patient.

Levels as SIO-DATECAN asks (Puijk et al., Radiology 2021): local progression by lesion, session and patient; survival by patient. Death is censored in
the primary analysis, a competing event (Aalen-Johansen) and an event beside it. Intervals by drawing patients, so that lesions of one stay together.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from extractor.report import analysed
from extractor.report.analysed import Analysed, Time, Treated, covariate, joined, local, with_death
from extractor.report.cohort import Ref
from extractor.report.content import Cell, Drawing, Section, Sheet, count, share, text
from extractor.report.drawing import Line, curves
from extractor.report.studyfile import Covariate
from extractor.stats.estimate import Estimate
from extractor.stats.incidence import CENSORED, EVENT, OTHER, band, cumulative, steps
from extractor.stats.survival import survival

HEAD = ("analysis", "units", "events by then", "still followed", "estimate")


def at(of: Analysed, units: Sequence[Time], month: float) -> Estimate:
    """Kaplan-Meier at a month; kind 1 is the event, anything else censored."""
    return survival([t.months for t in units], [t.event for t in units], of.owner(units), of.counts, month)


def incidence_at(of: Analysed, units: Sequence[Time], month: float) -> Estimate:
    """Aalen-Johansen at a month."""
    return cumulative([t.months for t in units], [t.kind for t in units], of.owner(units), of.counts, month)


def complement(found: Estimate) -> Estimate:
    """One minus a share, its limits turned round."""
    value, low, high = (None if v is None else 1 - v for v in (found.value, found.high, found.low))
    return Estimate(value, low, high, found.n, found.events, found.note)


def refs(units: Iterable[Time]) -> tuple[Ref, ...]:
    """The row that names each unit."""
    return tuple(dict.fromkeys(t.rows[0] for t in units))


def deep(units: Iterable[Time]) -> tuple[Ref, ...]:
    """Every row behind the units."""
    return tuple(dict.fromkeys(r for t in units for r in t.rows))


def line(name: str, of: Analysed, units: Sequence[Time], month: float, found: Estimate) -> tuple[Cell, ...]:
    """A row of a survival table."""
    return (
        text(f"at {month:g} months", group=name),
        count(refs(units)),
        count(refs(t for t in units if t.event and t.months <= month)),
        count(refs(t for t in units if t.months >= month)),
        share(found, deep(units)),
    )


def lines(name: str, of: Analysed, units: Sequence[Time]) -> list[tuple[Cell, ...]]:
    """One row for each month of the study file."""
    return [line(name, of, units, m, at(of, units, m)) for m in of.plan.months]


def marks(units: Iterable[Time], months: Sequence[float]) -> tuple[float, ...]:
    """Months for numbers at risk: every six, every twelve where follow-up is long."""
    longest = max([*(t.months for t in units), *months])
    step = 6 if longest <= 48 else 12 if longest <= 144 else 24
    return tuple(float(step * i) for i in range(math.ceil(longest / step) + 1))


# ---- the primary endpoint -------------------------------------------------------------------------------------------------


def primary(of: Analysed) -> Section:
    """Local progression-free survival of lesions, retreated rows apart."""
    first, again = local(of.first), local(x for x in of.lesions if not x.first)
    unseen = [x for x in of.first if x.followed is None]
    says = (
        f"{len(of.first)} lesions from their first ablation; {len(first)} had a local assessment, {len(unseen)} had none and are not followed. "
        "An event is local progression or residual tumour. A lesion without one is followed to its last local assessment; death is censored.",
        "Retreating a lesion does not reset its first row; the retreatment's own row starts at the retreatment and is shown apart.",
    )
    ticks = marks(first, of.plan.months)
    at_risk = tuple(
        (Cell(m, "number"), count(refs(t for t in first if t.months >= m)), count(refs(t for t in first if t.event and t.months <= m)))
        for m in ticks
    )
    kinds = [_kind(of, word) for word in ("progression", "residual")]
    return Section(
        "lpfs",
        "Local progression-free survival",
        says,
        (
            _curve(of, first, ticks),
            Sheet("lpfs", "From the first ablation", HEAD, tuple(lines("lesions, first ablation", of, first))),
            Sheet("lpfs_at_risk", "Numbers at risk", ("month", "still followed", "events by then"), at_risk),
            Sheet("lpfs_events", "Events", ("kind", "lesions"), tuple(kinds)),
            Sheet("lpfs_retreated", "Retreated rows, from the retreatment", HEAD, tuple(lines("lesions, retreatment", of, again))),
        ),
    )


def _kind(of: Analysed, word: str) -> tuple[Cell, ...]:
    told = [o for p in of.patients for o in of.charts[p]["outcomes"] if o.get("event") == 1 and o.get("event_type") == word]
    first = {x.key for x in of.first if x.followed}
    return text(word), count((("outcomes", str(o["id"])) for o in told if str(o["id"]) in first), sum(t.event for t in local(of.first)))


def _curve(of: Analysed, units: Sequence[Time], ticks: Sequence[float]) -> Drawing:
    drawn = line_of(of, "lesions", units, True)
    wide, narrow = curves([drawn], ticks, "lpfs", "local progression-free", of.plan.months)
    return Drawing(
        "lpfs", "Local progression-free survival", _alt("Kaplan-Meier curve of local progression-free survival", of, units), wide, narrow
    )


def _alt(what: str, of: Analysed, units: Sequence[Time]) -> str:
    told = "; ".join(f"{share(at(of, units, m)).shown} at {m:g} months" for m in of.plan.months)
    return f"{what} of {len(units)} lesions: {told}"


def line_of(of: Analysed, label: str, units: Sequence[Time], with_band: bool = False, incidence: bool = False, kind: int = EVENT) -> Line:
    """A curve to draw; ``incidence`` draws it rising. ``kind`` is what counts as the event; the other kind competes, or is censored for survival."""
    kinds = [EVENT if t.kind == kind else OTHER if t.kind != CENSORED and incidence else CENSORED for t in units]
    months = [t.months for t in units]
    at_months, heights = steps(months, kinds)
    low, high = band(months, kinds, of.owner(units), of.counts, at_months) if with_band and units else ((), ())
    censored = tuple(sorted(m for m, k in zip(months, kinds, strict=True) if k == CENSORED))
    return Line(
        label,
        at_months,
        heights if incidence else tuple(1 - h for h in heights),
        tuple(sorted(months)),
        censored,
        tuple((float(a), float(b)) if incidence else (1 - float(b), 1 - float(a)) for a, b in zip(low, high, strict=True)),
    )


# ---- death ----------------------------------------------------------------------------------------------------------------


def death(of: Analysed) -> Section:
    """The same lesions with death as a competing event and as an event."""
    first, competing = local(of.first), with_death(of.first)
    swapped = [Time(t.patient, t.months, {EVENT: OTHER, OTHER: EVENT}.get(t.kind, t.kind), t.rows) for t in competing]
    rows: list[tuple[Cell, ...]] = []
    for m in of.plan.months:
        kept = at(of, first, m)
        turned = complement(kept)
        rows += [
            line("local progression, death censored (1 − Kaplan-Meier)", of, first, m, turned),
            line("local progression, death competing (Aalen-Johansen)", of, competing, m, incidence_at(of, competing, m)),
            line("death without local progression (Aalen-Johansen)", of, swapped, m, incidence_at(of, swapped, m)),
            line("free of local progression and alive (Kaplan-Meier)", of, joined(competing), m, at(of, joined(competing), m)),
        ]
    ticks = marks(competing, of.plan.months)
    drawn = [
        line_of(of, "local progression, death competing", competing, incidence=True),
        line_of(of, "death first", swapped, incidence=True),
        line_of(of, "local progression or death", joined(competing), incidence=True),
    ]
    wide, narrow = curves(drawn, ticks, "death", "cumulative incidence", of.plan.months)
    says = (
        "A lesion without local progression whose patient died is followed to the death here, also where its last assessment lies long before. "
        "Where death competes, the share with local progression is what patients experience; with death censored it is what would happen if nobody died.",
    )
    return Section(
        "death",
        "Death as a competing event and as an event",
        says,
        (
            Drawing(
                "death",
                "Local progression and death",
                "Cumulative incidence of local progression and of death before it, and of either",
                wide,
                narrow,
            ),
            Sheet("death", "Death three ways", HEAD, tuple(r for i in range(4) for r in rows[i::4])),
        ),
    )


# ---- levels ---------------------------------------------------------------------------------------------------------------


def levels(of: Analysed) -> Section:
    """By lesion, by session and by patient."""
    told = (
        ("local progression, by lesion", local(of.first)),
        ("local progression, by session", analysed.by_session(of)),
        ("local progression, by patient", analysed.by_patient(of)),
        ("progression anywhere or death, by patient", analysed.free_of_disease(of)),
        ("overall survival, by patient", analysed.survival_of_patients(of)),
    )
    says = (
        "Several lesions of one patient are not independent: by session and by patient, the first event of any of its lesions counts, and the last assessment of any of them ends follow-up. "
        "Time runs from the lesion's first ablation, the session, or the patient's index session.",
        "Overall survival follows the living to their last note or exam; progression anywhere counts exams with local or distant progression or residual tumour.",
    )
    rows = [row for name, units in told for row in lines(f"free of {name}" if "survival" not in name else name, of, units)]
    return Section("levels", "By lesion, by session, by patient", says, (Sheet("levels", "Levels", HEAD, tuple(rows)),))


# ---- by covariate ---------------------------------------------------------------------------------------------------------


def by_covariate(of: Analysed, c: Covariate) -> Drawing:
    """Curves with and without a covariate."""
    groups: dict[float, list[Treated]] = {1.0: [], 0.0: []}
    for x in of.first:
        value = covariate(c, x)
        if value in groups and x.followed:
            groups[value].append(x)
    drawn = [line_of(of, label, local(groups[v])) for v, label in ((0.0, "without"), (1.0, "with")) if groups[v]]
    ticks = marks(local(of.first), of.plan.months)
    wide, narrow = curves(drawn, ticks, f"by-{c.id}", "local progression-free", of.plan.months)
    return Drawing(f"lpfs_by_{c.id}", c.says, f"Kaplan-Meier curves of lesions with and without: {c.says}", wide, narrow)
