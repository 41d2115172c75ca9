"""``extractor plan``: how many charts to label, which ones, and the sheets to label them on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from extractor.told import told

plan = typer.Typer(
    help="Plan a validation: how many charts, which ones, sheets to label them on, and a lock over all of it.", no_args_is_help=True
)

Expected = Annotated[float, typer.Option(help="share expected where no pilot tells it", min=0.01, max=0.99)]
Icc = Annotated[float, typer.Option(help="how alike units of one chart are (intraclass correlation)", min=0, max=1)]
Pilot = Annotated[Path | None, typer.Option(help="labels of some charts of the cohort; their counts replace --expect and --icc")]


@plan.command()
def size(
    cohort: Annotated[Path, typer.Argument(help="folder that extract wrote")],
    width: Annotated[
        float, typer.Option(help="wanted width of the 95 % interval, limit to limit; 0.1 is ten points", min=0.005, max=0.9)
    ] = 0.1,
    expect: Expected = 0.9,
    icc: Icc = 0.1,
    pilot: Pilot = None,
    as_json: Annotated[bool, typer.Option("--json", help="figures as JSON")] = False,
) -> None:
    """Charts to label for an interval of a wanted width, figure by figure.

    \b
    extractor plan size cohort --width 0.1 --expect 0.9
    extractor plan size cohort --width 0.1 --pilot pilot.xlsx
    """
    with told():
        import json
        from dataclasses import asdict

        from rich.console import Console

        from extractor import show_validation
        from extractor.evaluator import planning, sources

        tables = sources.read(cohort)
        found = planning.needs(tables, sources.read(pilot) if pilot else None, width, expect, icc)
        if as_json:
            typer.echo(json.dumps([asdict(n) for n in found], indent=1))
        else:
            show_validation.needs(Console(), found, width, len(tables))


@plan.command()
def draw(
    cohort: Annotated[Path, typer.Argument(help="folder that extract wrote")],
    out: Annotated[Path, typer.Option(help="folder to write; must not exist yet")],
    charts: Annotated[int, typer.Option(help="charts to draw", min=1)],
    by: Annotated[str | None, typer.Option(help="stratify by this column, such as patients.histology")] = None,
    enrich: Annotated[
        str | None, typer.Option(help="draw more charts with this, such as outcomes.event=1 or complications.major=true")
    ] = None,
    share: Annotated[float, typer.Option(help="share of the sample that --enrich asks for", min=0.01, max=0.99)] = 0.5,
    abstractors: Annotated[int, typer.Option(help="people who each label every chart", min=1, max=9)] = 1,
    notes: Annotated[str, typer.Option(help="files (a text file a chart) or sheet (a sheet of the workbook)")] = "files",
    protocol: Annotated[Path | None, typer.Option(help="a written protocol to lock along", exists=True, dir_okay=False)] = None,
    expect: Expected = 0.9,
    icc: Icc = 0.1,
    pilot: Pilot = None,
    seed: Annotated[int, typer.Option(help="seed of the draw", min=0)] = 0,
    debug: Annotated[bool, typer.Option("--debug", help="show tracebacks; these may hold text of notes")] = False,
) -> None:
    """Draw a sample, write blank abstraction sheets with the notes beside them, and lock all of it. Nothing extracted is in the sheets.

    \b
    extractor plan draw cohort --out validation --charts 60 --abstractors 2 --seed 7
    extractor plan draw cohort --out validation --charts 60 --enrich outcomes.event=1 --share 0.5
    """
    with told(debug):
        from extractor.errors import InputError
        from extractor.evaluator import planning, prereg, sources

        if (by and enrich) or notes not in ("files", "sheet"):
            raise InputError("give --by or --enrich, not both" if by and enrich else f"--notes {notes}: write files or sheet")
        tables, source = sources.read(cohort), prereg.cohort(cohort)
        if by:
            sample = planning.stratified(tables, charts, by, seed)
        elif enrich:
            sample = planning.enriched(tables, charts, enrich, share, seed)
        else:
            sample = planning.simple(sorted(tables), charts, seed)
        needs = planning.needs(tables, sources.read(pilot) if pilot else None, 0.1, expect, icc)
        design: dict[str, Any] = {
            "design": {"by": by} if by else {"enrich": enrich, "share": share} if enrich else "simple",
            "strata": {s: {"drawn": d, "in the cohort": n} for s, (d, n) in planning.strata(sample).items()},
            "expected widths of 95 % intervals": {k: round(w, 4) for k, w in planning.expected_widths(needs, charts).items()},
            "expected from": "pilot" if pilot else {"share": expect, "icc": icc},
        }
        locked = prereg.write(out, source, sample, design, abstractors, seed, notes == "sheet", protocol)
        typer.echo(f"{charts} charts for {abstractors} abstractor{'s' if abstractors > 1 else ''} -> {out}", err=True)
        typer.echo(f"digest to register: {locked}")


@plan.command()
def verify(
    folder: Annotated[Path, typer.Argument(help="folder that plan draw wrote")],
    digest: Annotated[str | None, typer.Option(help="digest that was registered")] = None,
    cohort: Annotated[Path | None, typer.Option(help="also check that this is the cohort that was sampled")] = None,
    rules: Annotated[list[Path] | None, typer.Option("--rules", help="folder of own rule files", exists=True, file_okay=False)] = None,
) -> None:
    """Tell whether a plan still holds: files, rules and, where given, the registered digest and the cohort. Exit code 1 if not.

    \b
    extractor plan verify validation
    extractor plan verify validation --digest 3f0c... --cohort cohort
    """
    with told():
        from extractor import rules as rule_files
        from extractor.evaluator import prereg

        found = prereg.verify(folder, rule_files.load(*(rules or ())).digest, digest, cohort)
        for problem in found.problems:
            typer.echo(problem)
        for who, done in found.filled.items():
            typer.echo(f"{who}: {done}", err=True)
        typer.echo(f"{'does not hold' if found.problems else 'holds'}; digest {found.digest}")
        if found.problems:
            raise typer.Exit(1)
