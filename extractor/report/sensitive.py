"""The key figures once more with one thing changed: another covariate, other eligibility, only rows that are surer, accepted or reviewed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from extractor.evaluator.match import Row
from extractor.report.analysed import Analysed, Treated, analysed, local, narrowed
from extractor.report.cohort import Basis, Cohort, Ref
from extractor.report.content import Cell, Drawing, Section, Sheet, count, ratio, share, text
from extractor.report.drawing import dots
from extractor.report.eligibility import Judged
from extractor.report.factors import fit
from extractor.report.harm import any_rate
from extractor.report.studyfile import Sensitivity, StudyFile
from extractor.report.survive import at, deep, refs
from extractor.stats.estimate import Estimate, missing

Passes = Callable[[Ref, str, Basis | None], bool]
"""Does a cell (row, column, basis) pass?"""


@dataclass(frozen=True, slots=True)
class Variant:
    """An analysis with one thing changed; ``of`` None cannot be done, ``why`` says why."""

    title: str
    of: Analysed | None
    why: str = ""


def sensitivity(study: StudyFile, cohort: Cohort, judged: Sequence[Judged], base: Analysed) -> Section:
    """The section: one row for each analysis, the primary one first."""
    variants = [Variant("primary analysis", base), *(v for s in study.sensitivity for v in _variants(s, study, cohort, judged, base))]
    joint = [c for c in study.covariates if c.id in study.multivariable]
    head = (
        "analysis",
        "patients",
        "lesions followed",
        "events",
        *(f"free of local progression at {m:g} months" for m in study.months),
        "complications per session",
        *(f"hazard ratio: {c.says}" for c in joint),
    )
    month = study.months[0]
    plotted = [(v.title, at(v.of, local(v.of.first), month) if v.of else missing(v.why)) for v in variants]
    wide, narrow = dots(plotted, "sensitivity", f"free of local progression at {month:g} months (95 % interval)")
    says = (
        "Each row changes one thing. Hazard ratios are of the multivariable model. A lesion whose outcome is left out counts as not followed, a complication left out as none: "
        "rates can only fall, so read them together with what was left out.",
    )
    return Section(
        "sensitivity",
        "Sensitivity",
        says,
        (
            Drawing(
                "sensitivity", f"At {month:g} months", f"Local progression-free survival at {month:g} months in each analysis", wide, narrow
            ),
            Sheet("sensitivity", "Analyses", head, tuple(_row(v, study) for v in variants)),
        ),
    )


def _row(v: Variant, study: StudyFile) -> tuple[Cell, ...]:
    if v.of is None:
        width = 4 + len(study.months) + len([c for c in study.covariates if c.id in study.multivariable])
        return (text(f"{v.title}: {v.why}"), *(Cell(None, "count") for _ in range(width)))
    units = local(v.of.first)
    model = fit(v.of, [c for c in v.of.plan.covariates if c.id in study.multivariable])
    return (
        text(v.title),
        count(("patients", p) for p in v.of.patients),
        count(refs(units)),
        count(refs(t for t in units if t.event)),
        *(share(at(v.of, units, m), deep(units)) for m in study.months),
        any_rate(v.of)[0],
        *(ratio(found, (x.ref for x in model.lesions)) for found in _ordered(model.ratios, study)),
    )


def _ordered(found: object, study: StudyFile) -> list[Estimate]:
    assert isinstance(found, dict)
    return [found[c.id] for c in study.covariates if c.id in study.multivariable]


# ---- what is changed ------------------------------------------------------------------------------------------------------


def _variants(s: Sensitivity, study: StudyFile, cohort: Cohort, judged: Sequence[Judged], base: Analysed) -> Iterator[Variant]:
    if s.kind == "covariate":
        yield Variant(s.says, replace(base, plan=widened(study, s)))
    elif s.kind == "unknown_eligible":
        yield Variant(s.says, analysed(study, cohort, judged, unknown=True))
    elif s.kind == "confidence":
        for level in s.at_least:
            yield Variant(f"{s.says}: {level:g}", _kept(cohort, base, _sure(level)))
    elif s.kind == "accepted":
        if any(cohort.accepted.values()):
            yield Variant(s.says, _kept(cohort, base, _accepted(cohort)))
        else:
            yield Variant(s.says, None, "no cell was accepted; run extractor extract --accept with a calibration that fits")
    elif any(b.basis == "reviewed" for cells in cohort.evidence.values() for b in cells.values()):
        yield Variant(s.says, _kept(cohort, base, lambda ref, column, basis: basis is not None and basis.basis == "reviewed"))
    else:
        yield Variant(s.says, None, "no cell was reviewed")


def widened(study: StudyFile, s: Sensitivity) -> StudyFile:
    """The study with more values in one covariate."""
    return replace(
        study,
        covariates=tuple(
            replace(c, values=c.values | s.add, says=f"{c.says} (wider)") if c.id == s.covariate else c for c in study.covariates
        ),
    )


def _sure(level: float) -> Passes:
    return lambda ref, column, basis: basis is not None and basis.confidence is not None and basis.confidence >= level


def _accepted(cohort: Cohort) -> Passes:
    return lambda ref, column, basis: cohort.accepted.get((*ref, column), False)


def _kept(cohort: Cohort, base: Analysed, passes: Passes) -> Analysed:
    """The analysis of outcomes and complications that pass in every cell that the figures rest on."""

    def every(ref: Ref, columns: Sequence[str]) -> bool:
        cells = cohort.cells(ref)
        return all(passes(ref, c, cells.get(c)) for c in columns)

    def lesion(x: Treated) -> bool:
        last = "event_date" if x.followed and x.followed.event else "last_assessment_date"
        session = ("procedures", str(x.session["id"]))
        return every(("outcomes", x.key), ("event", last)) and every(session, ("date", "modality"))

    def complication(row: Row) -> bool:
        return every(("complications", str(row["id"])), ("term",))

    return narrowed(base, lesion, complication)
