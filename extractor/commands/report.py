"""``extractor report``: the figures of a study from cohort tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from extractor.told import told


def report(
    cohort: Annotated[Path, typer.Argument(metavar="OUT", help="folder that extract wrote")],
    study: Annotated[str, typer.Option(help="study file (TOML), or the name of a shipped study: sarcoma-cryoablation")],
    out: Annotated[Path | None, typer.Option(help="folder for the report (default: OUT-report)")] = None,
    force: Annotated[bool, typer.Option("--force", help="replace an existing report")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="show tracebacks; these may hold text of notes")] = False,
) -> None:
    """The figures of a study: eligibility, characteristics, coverage, complications, local progression-free survival, hazard ratios.

    Writes a page that needs no network (report.html; holds text of notes), its tables (CSV), its plots (SVG) and numbers.csv.

    \b
    extractor report cohort --study sarcoma-cryoablation
    extractor report cohort --study my-study.toml --out paper --force
    """
    with told(debug):
        from extractor.report import compose, studyfile
        from extractor.report.write import check, write

        target = out or cohort.with_name(f"{cohort.resolve().name}-report")
        plan = studyfile.load(studyfile.find(study))
        check(target, cohort, force)
        made = compose.make(cohort, plan)
        page = write(made, target, cohort, force)
        typer.echo(
            f"{len(made.judged)} patients, {len(made.analysed.patients)} analysed, {len(made.analysed.first)} lesions -> {page}", err=True
        )
