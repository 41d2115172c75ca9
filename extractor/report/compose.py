"""The whole report: who is studied, what was found, in the order of the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from extractor.report import cohort as cohorts
from extractor.report import flow
from extractor.report.analysed import Analysed, analysed, local
from extractor.report.cohort import Cohort
from extractor.report.content import Cell, Drawing, Section, Sheet, Tile, count, ratio, share
from extractor.report.describe import describe, missing
from extractor.report.eligibility import Judged, judge
from extractor.report.enrolled import enrolled
from extractor.report.factors import factors, fit
from extractor.report.flow import Box, boxes
from extractor.report.harm import any_rate, complications
from extractor.report.plausible import plausibility
from extractor.report.sensitive import sensitivity
from extractor.report.studyfile import StudyFile
from extractor.report.survive import at, death, deep, levels, primary


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report."""

    study: StudyFile
    cohort: Cohort
    judged: tuple[Judged, ...]
    analysed: Analysed
    tiles: tuple[Tile, ...]
    flow: tuple[Box, ...]
    sections: tuple[Section, ...]

    def figures(self) -> Iterator[tuple[str, str, str, Cell]]:
        """(table, row, column, cell) of every figure, in the order of the page."""
        yield from (("summary", t.label, "value", t.cell) for t in self.tiles)
        yield from (("flow", title, "count", cell) for title, cell in flow.cells(self.flow))
        for sheet in self.sheets():
            for row in sheet.rows:
                yield from ((sheet.id, row[0].name, name, cell) for name, cell in zip(sheet.head, row, strict=True))

    def sheets(self) -> Iterator[Sheet]:
        """Every table."""
        yield from (p for s in self.sections for p in s.parts if isinstance(p, Sheet))

    def drawings(self) -> Iterator[Drawing]:
        """Every plot but the flow diagram."""
        yield from (p for s in self.sections for p in s.parts if isinstance(p, Drawing))

    def facts(self) -> Mapping[str, object]:
        """What the report was made from, for ``run.json``."""
        return {
            "study": self.study.name,
            "study_sha256": self.study.digest,
            "cohort": self.cohort.name,
            "patients": len(self.judged),
            "patients_analysed": len(self.analysed.patients),
            "rounds": self.study.rounds,
            "seed": self.study.seed,
        }


def make(folder: Path, study: StudyFile) -> Report:
    """The report of a folder of cohort tables. Raises CohortError if it is none."""
    return compute(cohorts.read(folder), study)


def compute(cohort: Cohort, study: StudyFile) -> Report:
    """The report of a cohort."""
    judged = judge(study, cohort)
    of = analysed(study, cohort, judged)
    sections = (
        enrolled(study, judged, of),
        *describe(of),
        complications(of),
        primary(of),
        death(of),
        factors(of),
        levels(of),
        sensitivity(study, cohort, judged, of),
        missing(of),
        plausibility(cohort, set(of.patients)),
    )
    return Report(study, cohort, judged, of, tiles(of), boxes(study, judged, of), sections)


def tiles(of: Analysed) -> tuple[Tile, ...]:
    """The figures for the top of the page, the published ones beside."""
    plan, units = of.plan, local(of.first)
    told = plan.published
    survival = [
        Tile(
            f"local progression-free at {m:g} months", share(at(of, units, m), deep(units)), _published(told.survival[i : i + 1], 100, " %")
        )
        for i, m in enumerate(plan.months)
    ]
    joint = [c for c in plan.covariates if c.id in plan.multivariable]
    model = fit(of, joint) if joint else None
    hazards = [Tile(f"hazard ratio: {c.says}", ratio(model.ratios[c.id], (x.ref for x in model.lesions))) for c in joint if model]
    return (
        Tile("patients", count(("patients", p) for p in of.patients), _published((told.patients,))),
        Tile("lesions", count(x.ref for x in of.first), _published((told.lesions,))),
        *survival,
        Tile("sessions with a complication", any_rate(of)[0], _published((told.complications,), 100, " %")),
        *hazards,
    )


def _published(values: tuple[float | None, ...], times: float = 1, unit: str = "") -> str:
    return "".join(f"published: {v * times:g}{unit}" for v in values if v is not None)
