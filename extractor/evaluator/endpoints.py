"""What would the study have concluded? Its endpoints from labels and from an extraction, side by side, with the difference and its interval.

Survival, complication rates and hazard ratios of one source each, on the labeled patients (a patient missing from the extraction counts as empty);
differences by a bootstrap that draws patients once for both sources. Beside survival always stand sensitivity and predictive value of its events.
Figures are also given for the whole cohort, corrected for the errors measured on the labeled part: shares by Rogan and Gladen, survival by multiple
imputation. Definitions of the records: ``extractor.evaluator.study``; sources of the methods: ``extractor.stats`` and docs/validation.md.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Literal

import numpy as np

from extractor.evaluator.charts import Tables
from extractor.evaluator.corrections import Corrected, corrections
from extractor.evaluator.paired import Plan, Sources, at_month, followed, pairs, sources
from extractor.evaluator.study import Lesion, Session, Study
from extractor.stats.estimate import Array, Estimate, missing, percentile, plain
from extractor.stats.hazards import cox, log_hazards
from extractor.stats.proportions import clopper_pearson, clustered, shares
from extractor.stats.survival import Curve, curve, kaplan_meier, survival

COVERAGE, SITE = "inadequate coverage", "peritoneal or retroperitoneal site"
COVARIATES: dict[str, Callable[[Lesion], bool]] = {COVERAGE: lambda x: x.inadequate, SITE: lambda x: x.deep}


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure from labels and from extraction. ``difference`` is extraction minus labels, for hazard ratios extraction over labels."""

    name: str
    kind: Literal["survival", "share", "hazard"]
    labels: Estimate
    extraction: Estimate
    difference: Estimate
    verdict: Literal["same", "different", "undecided"]


@dataclass(frozen=True, slots=True)
class EventAccuracy:
    """How well events are found, lesion by lesion: an event is right if the matched lesion has one, ``dated`` as close as said."""

    dated: str
    sensitivity: Estimate
    predictive_value: Estimate


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Everything that ``extractor endpoints`` tells."""

    patients: int
    cohort: int
    lesions_followed: tuple[int, int]
    sessions: tuple[int, int]
    matched_lesions: int
    survival: tuple[Compared, ...]
    retreated: tuple[Compared, ...]
    events: tuple[EventAccuracy, ...]
    rates: tuple[Compared, ...]
    hazards: tuple[Compared, ...]
    coverage_unknown: tuple[int, int]
    corrected: tuple[Corrected, ...]
    labels_curve: Curve
    extraction_curve: Curve
    conclusion: tuple[str, ...]
    rounds: int
    seed: int

    def to_json(self) -> str:
        """All figures as JSON, numbers to six places."""
        return json.dumps(plain(asdict(self)), indent=1, ensure_ascii=False)


def endpoints(
    pred: Mapping[str, Tables], labels: Mapping[str, Tables], plan: Plan | None = None, cohort: Mapping[str, Tables] | None = None
) -> Endpoints:
    """The study's endpoints from ``labels`` and from ``pred`` on the labeled patients; corrected figures for ``cohort`` (default: all of ``pred``)."""
    plan = plan or Plan()
    both = sources(pred, labels, plan)
    whole = pred if cohort is None else cohort
    first = tuple(_survival(both, m, True) for m in plan.months)
    rates, hazards = _rates(both), _hazards(both)
    ours, theirs = (followed(s, True) for s in (both.labels, both.extraction))
    marks = _marks([*ours, *theirs], plan.months)
    return Endpoints(
        len(labels),
        len({*whole, *labels}),
        (len(ours), len(theirs)),
        (len(both.labels.sessions), len(both.extraction.sessions)),
        len(pairs(both)),
        first,
        tuple(_survival(both, m, False) for m in plan.months),
        _events(both),
        rates,
        hazards,
        (sum(x.coverage is None for x in ours), sum(x.coverage is None for x in theirs)),
        corrections(both, whole),
        _curve(ours, marks),
        _curve(theirs, marks),
        _conclusion(first, rates, hazards, plan),
        plan.rounds,
        plan.seed,
    )


def _curve(lesions: Sequence[Lesion], marks: Sequence[float]) -> Curve:
    return curve([x.months for x in lesions], [x.event for x in lesions], marks)


def _marks(lesions: Sequence[Lesion], months: Sequence[float]) -> list[float]:
    """Every six months to the last one followed, for numbers at risk."""
    longest = max([*(x.months for x in lesions), *months])
    return [6.0 * i for i in range(math.ceil(longest / 6) + 1)]


# ---- survival -------------------------------------------------------------------------------------------------------------


def _survival(both: Sources, month: float, first: bool) -> Compared:
    sides = [followed(s, first) for s in (both.labels, both.extraction)]
    found = [survival([x.months for x in s], [x.event for x in s], both.owner(s), both.counts, month, both.base) for s in sides]
    if found[0].value is None or found[1].value is None:
        return Compared(at_month(month), "survival", found[0], found[1], missing("a side has no lesion followed"), "undecided")
    drawn = [kaplan_meier([x.months for x in s], [x.event for x in s], both.weights(s), month) for s in sides]
    return _compared(at_month(month), "survival", found[0], found[1], drawn[1] - drawn[0], _patients(sides), both.plan.margin)


def _compared(
    name: str, kind: Literal["survival", "share"], ours: Estimate, theirs: Estimate, drawn: Array, patients: int, margin: float
) -> Compared:
    difference = _difference((theirs.value or 0.0) - (ours.value or 0.0), drawn, patients, max(ours.n, theirs.n))
    return Compared(name, kind, ours, theirs, difference, _verdict(difference, margin))


def _patients(sides: Sequence[Sequence[Lesion] | Sequence[Session]]) -> int:
    return len({r.patient for side in sides for r in side})


def _difference(gap: float, drawn: Array, patients: int, n: int) -> Estimate:
    """A difference with its paired interval.

    Where no draw shows any, the draws say nothing of its size: so many patients without one exclude only what would have been likely to
    show among them (the exact upper limit of none among the patients).
    """
    if not np.nan_to_num(drawn).any():
        most = clopper_pearson(0, patients).high or 0.0
        return Estimate(gap, -most, most, n, note="no disagreement seen; exact, patients as units")
    return Estimate(gap, *percentile(drawn), n=n, note="paired bootstrap by patient")


def _verdict(difference: Estimate, margin: float) -> Literal["same", "different", "undecided"]:
    """Same if the whole interval lies within the margin, different if it leaves 0 out and the difference exceeds the margin."""
    value, low, high = difference.value, difference.low, difference.high
    if value is None or low is None or high is None:
        return "undecided"
    if -margin <= low and high <= margin:
        return "same"
    return "different" if abs(value) > margin and (low > 0 or high < 0) else "undecided"


# ---- events, lesion by lesion ---------------------------------------------------------------------------------------------


def _events(both: Sources) -> tuple[EventAccuracy, ...]:
    same = pairs(both)
    return tuple(_event_accuracy(both, same, name, days) for name, days in (("any date", None), ("within 30 days", 30), ("same date", 0)))


def _event_accuracy(both: Sources, same: Sequence[tuple[Lesion, Lesion]], name: str, days: int | None) -> EventAccuracy:
    right = [(a, b) for a, b in same if a.event and b.event and _close(a.event_date, b.event_date, days)]
    found = {(a.patient, a.key) for a, _ in right}
    true = {(b.patient, b.key) for _, b in right}
    ours, theirs = ([x for x in followed(s, True) if x.event] for s in (both.labels, both.extraction))
    return EventAccuracy(
        name,
        clustered([(x.patient, x.key) in found for x in ours], both.owner(ours), both.counts, both.base),
        clustered([(x.patient, x.key) in true for x in theirs], both.owner(theirs), both.counts, both.base),
    )


def _close(a: str | None, b: str | None, days: int | None) -> bool:
    return days is None or (a is not None and b is not None and abs((date.fromisoformat(a) - date.fromisoformat(b)).days) <= days)


# ---- complication rates ---------------------------------------------------------------------------------------------------


def _rates(both: Sources) -> tuple[Compared, ...]:
    kinds: tuple[tuple[str, Callable[[Session], bool]], ...] = (
        ("complication", lambda s: s.complicated),
        ("major complication", lambda s: s.major),
    )
    return tuple(rate for name, had in kinds for rate in (_by_session(both, name, had), _by_patient(both, name, had)))


def _by_session(both: Sources, name: str, had: Callable[[Session], bool]) -> Compared:
    sides = [both.labels.sessions, both.extraction.sessions]
    found = [clustered([had(s) for s in side], both.owner(side), both.counts, both.base) for side in sides]
    return _shares(both, f"{name}, by session", found, [(side, [had(s) for s in side]) for side in sides])


def _by_patient(both: Sources, name: str, had: Callable[[Session], bool]) -> Compared:
    """One record a patient treated: had any of the sessions the complication? Exact intervals, by bootstrap where patients weigh differently."""
    sides = [_any(s.sessions, had) for s in (both.labels, both.extraction)]
    hits = [[had(s) for s in side] for side in sides]
    if both.plan.weights:
        found = [clustered(h, both.owner(side), both.counts, both.base) for h, side in zip(hits, sides, strict=True)]
    else:
        found = [clopper_pearson(sum(h), len(h)) for h in hits]
    return _shares(both, f"{name}, by patient", found, list(zip(sides, hits, strict=True)))


def _any(sessions: Sequence[Session], had: Callable[[Session], bool]) -> list[Session]:
    best: dict[str, Session] = {}
    for s in sessions:
        if s.patient not in best or had(s):
            best[s.patient] = s
    return list(best.values())


def _shares(both: Sources, name: str, found: Sequence[Estimate], sides: Sequence[tuple[Sequence[Session], Sequence[bool]]]) -> Compared:
    if found[0].value is None or found[1].value is None:
        return Compared(name, "share", found[0], found[1], missing("a side has no session"), "undecided")
    drawn = [shares(hits, both.weights(side)) for side, hits in sides]
    return _compared(name, "share", found[0], found[1], drawn[1] - drawn[0], _patients([s for s, _ in sides]), both.plan.margin)


# ---- hazard ratios --------------------------------------------------------------------------------------------------------


def _hazards(both: Sources) -> tuple[Compared, ...]:
    """Each covariate alone, and both adjusted for each other."""
    models = [((name,), name) for name in COVARIATES] + [(tuple(COVARIATES), f"{name}, adjusted") for name in COVARIATES]
    fitted = {names: _model(both, names) for names in {m for m, _ in models}}
    return tuple(_hazard(shown, *fitted[names][shown.removesuffix(", adjusted")]) for names, shown in models)


def _analysed(of: Study, names: Sequence[str]) -> list[Lesion]:
    """Lesions of a model; those whose coverage nobody tells cannot take part where it is asked for."""
    return [x for x in followed(of, True) if x.coverage is not None or COVERAGE not in names]


def _model(both: Sources, names: Sequence[str]) -> dict[str, tuple[Estimate, Estimate, Array]]:
    sides = [_analysed(s, names) for s in (both.labels, both.extraction)]
    fits, drawn = [], []
    for side in sides:
        months, events = [x.months for x in side], [x.event for x in side]
        values = {n: [COVARIATES[n](x) for x in side] for n in names}
        base = [float(both.base[o]) for o in both.owner(side)] if both.plan.weights else None
        fits.append(cox(months, events, values, both.owner(side), base))
        fit = all(e.value is not None for e in fits[-1].values())
        drawn.append(log_hazards(months, events, list(values.values()), both.weights(side)) if fit else None)
    nothing = np.full(both.plan.rounds, np.nan)
    out = {}
    for i, n in enumerate(names):
        a, b = drawn
        with np.errstate(invalid="ignore"):
            out[n] = (fits[0][n], fits[1][n], nothing if a is None or b is None else b[:, i] - a[:, i])
    return out


def _hazard(name: str, ours: Estimate, theirs: Estimate, drawn: Array) -> Compared:
    verdict: Literal["same", "different", "undecided"] = "same" if _effect(ours) == _effect(theirs) else "different"
    if ours.value is None or theirs.value is None:
        return Compared(name, "hazard", ours, theirs, missing("a side is not estimable"), "undecided")
    low, high = percentile(drawn)
    ratio = Estimate(
        theirs.value / ours.value,
        math.exp(low) if low is not None else None,
        math.exp(high) if high is not None else None,
        max(ours.n, theirs.n),
        note="ratio, paired bootstrap by patient",
    )
    return Compared(name, "hazard", ours, theirs, ratio, verdict)


def _effect(found: Estimate) -> str:
    """What a study would write of a hazard ratio."""
    if found.value is None or found.low is None or found.high is None:
        return "not estimable"
    return "raises the hazard" if found.low > 1 else "lowers the hazard" if found.high < 1 else "no effect shown"


# ---- the conclusion -------------------------------------------------------------------------------------------------------


def _conclusion(first: Sequence[Compared], rates: Sequence[Compared], hazards: Sequence[Compared], plan: Plan) -> tuple[str, ...]:
    shown = [*first, *(r for r in rates if r.name.endswith("by session"))]
    lines = [_share_sentence(c, plan) for c in shown] + [_hazard_sentence(c) for c in hazards]
    named = {v: [c.name for c in [*shown, *hazards] if c.verdict == v] for v in ("same", "different", "undecided")}
    parts = []
    if named["different"]:
        parts.append("something else about " + "; ".join(named["different"]))
    if named["same"]:
        parts.append("the same about " + "; ".join(named["same"]))
    total = "From the extraction, the study would have concluded " + ", and ".join(parts) + "." if parts else ""
    if named["undecided"]:
        total += (" " if total else "") + "Too few charts, or a figure missing, to say about " + "; ".join(named["undecided"]) + "."
    return (total, *lines)


def _share_sentence(c: Compared, plan: Plan) -> str:
    if c.labels.value is None or c.extraction.value is None:
        return f"{c.name}: {_percent(c.extraction)} instead of {_percent(c.labels)}."
    d = c.difference
    limits = "" if d.low is None or d.high is None else f", 95 % interval {100 * d.low:+.1f} to {100 * d.high:+.1f}"
    word = {
        "same": f"the same within {100 * plan.margin:g} points",
        "different": "a different result",
        "undecided": "may be the same or not",
    }
    return (
        f"{c.name}: {_percent(c.extraction)} instead of {_percent(c.labels)}, "
        f"difference {100 * (d.value or 0.0):+.1f} points{limits}: {word[c.verdict]}."
    )


def _percent(found: Estimate) -> str:
    return "not estimable" if found.value is None else f"{100 * found.value:.1f} %"


def _hazard_sentence(c: Compared) -> str:
    d = c.difference
    apart = d.low is not None and d.high is not None and not d.low <= 1 <= d.high
    size = f" The two differ in size (ratio {d.value:.2f}, {d.low:.2f} to {d.high:.2f})." if apart else ""
    return f"{c.name}: {_told(c.extraction)}; from the labels {_told(c.labels)}.{size}"


def _told(found: Estimate) -> str:
    if found.value is None:
        return found.note
    if found.low is None or found.high is None:
        return f"hazard ratio {found.value:.2f}, no interval"
    return f"hazard ratio {found.value:.2f} ({found.low:.2f} to {found.high:.2f}), {_effect(found)}"
