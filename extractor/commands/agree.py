"""``extractor agree``: do people who read the same charts agree?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from extractor.told import told


def agree(
    readers: Annotated[list[Path], typer.Argument(help="two or more: chart files, cohort folders or filled abstraction sheets (.xlsx)")],
    sheet: Annotated[Path | None, typer.Option(help="write what differs to this .xlsx or .csv, one line a cell or row, to decide")] = None,
    rounds: Annotated[int, typer.Option(help="bootstrap draws", min=100)] = 1_000,
    seed: Annotated[int, typer.Option(help="seed of the draws")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="figures as JSON")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="show tracebacks; these may hold text of notes")] = False,
) -> None:
    """Agreement of two or more people on the same charts: rows, cells beyond chance, dates; and a sheet of what is left to decide.

    \b
    extractor agree validation/abstractor-1/labels.xlsx validation/abstractor-2/labels.xlsx
    extractor agree first.xlsx second.xlsx --sheet adjudicate.xlsx
    """
    with told(debug):
        from rich.console import Console

        from extractor import show_validation
        from extractor.evaluator import adjudication, sources
        from extractor.evaluator.agreement import agree as compare

        found = compare({name: sources.read(path) for name, path in sources.named(readers).items()}, rounds, seed)
        if sheet:
            adjudication.write(found, sheet)
            typer.echo(f"{len(found.disputes)} lines to decide -> {sheet}", err=True)
        if as_json:
            typer.echo(found.to_json())
        else:
            show_validation.agreement(Console(), found)
