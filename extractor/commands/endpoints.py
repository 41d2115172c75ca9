"""``extractor endpoints``: what would the study have concluded?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from extractor.told import told


def endpoints(
    pred: Annotated[Path, typer.Argument(help="folder that extract wrote; may hold more patients than are labeled")],
    labels: Annotated[Path, typer.Argument(help="chart files, a cohort folder, or filled abstraction sheets (.xlsx)")],
    cohort: Annotated[Path | None, typer.Option(help="the whole cohort, where PRED holds only the labeled part")] = None,
    sample: Annotated[Path | None, typer.Option(help="sample.csv of extractor plan: weights that undo an enriched sample")] = None,
    modality: Annotated[str, typer.Option(help="sessions to analyse, or all")] = "cryoablation",
    month: Annotated[list[float] | None, typer.Option(help="times of the survival figures (default: 12 and 24)")] = None,
    margin: Annotated[float, typer.Option(help="difference of a share up to which two sources say the same; 0.05 is five points")] = 0.05,
    rounds: Annotated[int, typer.Option(help="bootstrap draws", min=100)] = 1_000,
    seed: Annotated[int, typer.Option(help="seed of all draws")] = 0,
    svg: Annotated[Path | None, typer.Option(help="also draw both survival curves to this file")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="figures as JSON")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="show tracebacks; these may hold text of notes")] = False,
) -> None:
    """The study's endpoints from labels and from the extraction, side by side: local progression-free survival, complications, hazard ratios.

    \b
    extractor endpoints cohort labels
    extractor endpoints cohort validation/filled.xlsx --sample validation/sample.csv --svg curves.svg
    extractor endpoints cohort labels --json > endpoints.json
    """
    with told(debug):
        from rich.console import Console

        from extractor import show_validation
        from extractor.evaluator import sources, survivalplot
        from extractor.evaluator.endpoints import endpoints as analyse
        from extractor.evaluator.paired import Plan

        weights, strata = sources.sample(sample)
        months = tuple(sorted(month)) if month else (12.0, 24.0)
        plan = Plan(sources.modality(modality), months, rounds, seed, margin, weights, strata)
        labeled = sources.read(labels)
        if unread := sources.check_sample(weights, labeled):
            typer.echo(f"{len(unread)} charts of the sample are not labeled: the weights then stand for those that are", err=True)
        found = analyse(sources.read(pred), labeled, plan, sources.read(cohort) if cohort else None)
        if svg:
            sources.write(svg, survivalplot.svg(found))
        if as_json:
            typer.echo(found.to_json())
        else:
            show_validation.endpoints(Console(), found)
