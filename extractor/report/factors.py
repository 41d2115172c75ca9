"""What goes with local progression: Cox models of the study file's covariates, clustered by patient, with the check of proportional hazards."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scipy import stats

from extractor.report.analysed import Analysed, Treated, covariate
from extractor.report.content import Cell, Drawing, Section, Sheet, count, p_value, ratio, text
from extractor.report.drawing import forest
from extractor.report.studyfile import Covariate
from extractor.report.survive import by_covariate
from extractor.stats.estimate import Estimate
from extractor.stats.hazards import EVENTS_PER_COVARIATE, cox
from extractor.stats.proportional import Check, proportional


@dataclass(frozen=True, slots=True)
class Model:
    """A fitted model: the lesions that took part, those left out for a missing covariate, and what was found for each covariate."""

    lesions: tuple[Treated, ...]
    left_out: tuple[Treated, ...]
    ratios: Mapping[str, Estimate]
    checks: Mapping[str, Check]


def fit(of: Analysed, covariates: Sequence[Covariate]) -> Model:
    """Cox's model of followed lesions in their first ablation, complete in every covariate."""
    followed = [x for x in of.first if x.followed]
    values = {x.key: [covariate(c, x) for c in covariates] for x in followed}
    kept = tuple(x for x in followed if None not in values[x.key])
    months = [x.followed.months for x in kept if x.followed]
    events = [x.followed.event for x in kept if x.followed]
    design = {c.id: [float(values[x.key][i] or 0.0) for x in kept] for i, c in enumerate(covariates)}
    ratios = cox(months, events, design, of.owner(kept))
    sound = all(e.value is not None for e in ratios.values())
    checks = proportional(months, events, design) if sound and covariates else {c.id: Check(None, None, "no model") for c in covariates}
    return Model(kept, tuple(x for x in followed if x not in kept), ratios, checks)


def wald(found: Estimate) -> float | None:
    """Two-sided p value of a hazard ratio, from its robust interval."""
    if found.value is None or found.low is None or found.high is None or found.high <= found.low:
        return None
    error = (math.log(found.high) - math.log(found.low)) / (2 * float(stats.norm.ppf(0.975)))
    return float(2 * stats.norm.sf(abs(math.log(found.value)) / error))


def factors(of: Analysed) -> Section:
    """The section: who has a covariate, univariable and multivariable models, curves."""
    single = {c.id: fit(of, [c]) for c in of.plan.covariates}
    joint = [c for c in of.plan.covariates if c.id in of.plan.multivariable]
    whole = fit(of, joint) if joint else None
    plotted = [(c.says, single[c.id].ratios[c.id]) for c in of.plan.covariates]
    plotted += [(f"{c.says} (multivariable)", whole.ratios[c.id]) for c in joint if whole]
    wide, narrow = forest(plotted, "hazards")
    head = ("covariate", "lesions", "events", "left out", "hazard ratio", "p", "proportional hazards, p")
    sheets = [
        Sheet(
            "spread",
            "Lesions and events with and without",
            SPREAD,
            tuple(r for c in of.plan.covariates for r in _spread(of, c)),
            SPREAD_NOTE,
        ),
        Sheet("univariable", "Univariable", head, tuple(_row(c, single[c.id]) for c in of.plan.covariates)),
        Sheet("multivariable", "Multivariable", head, tuple(_row(c, whole) for c in joint if whole), "Adjusted for each other."),
    ]
    says = (
        "Cox models of lesions from their first ablation, with a robust variance clustered by patient. Left out: a covariate is not documented.",
        f"Fewer than {EVENTS_PER_COVARIATE} events for each covariate of a model: not estimable. The check of proportional hazards (Grambsch and Therneau) is a trend in the "
        "scaled Schoenfeld residuals; a small p says that the ratio changes over time. It takes lesions as independent.",
    )
    strata = [by_covariate(of, c) for c in joint if c.per is None]
    plot = (
        [Drawing("hazards", "Hazard ratios", "Hazard ratios with 95 % intervals", wide, narrow)] if any(e.value for _, e in plotted) else []
    )
    return Section("factors", "Coverage, site and local progression", says, (*plot, *sheets, *strata))


SPREAD = ("covariate", "lesions followed", "events")
SPREAD_NOTE = "Of lesions followed from their first ablation."


def _spread(of: Analysed, c: Covariate) -> list[tuple[Cell, ...]]:
    followed = [x for x in of.first if x.followed]
    groups: tuple[tuple[str, list[Treated]], ...]
    told = [(x, covariate(c, x)) for x in followed]
    if c.per is not None:
        groups = (("documented", [x for x, v in told if v is not None]),)
    else:
        groups = (("yes", [x for x, v in told if v == 1.0]), ("no", [x for x, v in told if v == 0.0]))
    groups = (*groups, ("not documented", [x for x, v in told if v is None]))
    return [
        (text(name, group=c.says), count((x.ref for x in own), len(followed)), count(x.ref for x in own if x.followed and x.followed.event))
        for name, own in groups
    ]


def _row(c: Covariate, model: Model) -> tuple[Cell, ...]:
    found, check = model.ratios[c.id], model.checks[c.id]
    rows = tuple(x.ref for x in model.lesions)
    return (
        text(c.says),
        count(rows),
        count(x.ref for x in model.lesions if x.followed and x.followed.event),
        count(x.ref for x in model.left_out),
        ratio(found, rows),
        p_value(wald(found), note="no model" if found.value is None else ""),
        p_value(check.p, note=check.note),
    )
