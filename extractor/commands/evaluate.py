"""``extractor evaluate``: labels against an extraction."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from extractor.told import told

if TYPE_CHECKING:
    from extractor.evaluator.evaluation import Evaluation


def evaluate(
    pred: Annotated[Path, typer.Argument(help="folder that extract wrote (or a second reader's labels)")],
    labels: Annotated[
        Path,
        typer.Argument(help="cohort tables, chart files, spreadsheet or REDCap export; brat folder, doccano or Label Studio JSON lines"),
    ],
    map: Annotated[Path | None, typer.Option(help="column map of a spreadsheet, REDCap export or span labels (TOML)")] = None,
    by: Annotated[
        list[str] | None, typer.Option(help="also by stratum: year, note_type, source or table.column; may be given more than once")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="write a page with every figure and every difference; holds text of notes")] = None,
    json_out: Annotated[Path | None, typer.Option("--json", help="write the same as JSON; holds text of notes")] = None,
    fail_under: Annotated[
        list[str] | None, typer.Option("--fail-under", help="exit 1 if an F1 is lower, such as lesions.coverage=0.9 or headline=0.8")
    ] = None,
    mm: Annotated[float, typer.Option(help="millimetres by which tolerant lengths may differ", min=0)] = 3.0,
    rounds: Annotated[int, typer.Option(help="bootstrap rounds", min=1)] = 1_000,
    seed: Annotated[int, typer.Option(help="seed of the bootstrap", min=0)] = 0,
    every: Annotated[bool, typer.Option("--all", help="show every field on the terminal, not only the main ones")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="show tracebacks; these may hold text of notes")] = False,
) -> None:
    """Compare extracted tables with labels: precision, recall, F1, accuracy and kappa with intervals, and every difference.

    \b
    extractor evaluate cohort corpora --html report.html
    extractor evaluate cohort abstraction.xlsx --map abstraction.toml --by lesions.site --by year
    extractor evaluate cohort brat-folder --json spans.json
    extractor evaluate cohort corpora --fail-under lesions.coverage=0.9 --fail-under headline=0.8
    """
    with told(debug):
        from extractor.evaluator.evaluation import Options
        from extractor.evaluator.evaluation import evaluate as measure

        wanted = [_bound(text) for text in fail_under or ()]
        found = measure(pred, labels, map, Options(tuple(by or ()), mm, rounds, seed))
        reached = [(name, bound, found.f1(name)) for name, bound in wanted]
        _write(found, html, json_out)
        _print(found, every)
    failures = [(n, b, f) for n, b, f in reached if f < b]
    for name, bound, value in failures:
        typer.echo(f"extractor: {name}: F1 {value:.3f} is under {bound:g}", err=True)
    if failures:
        raise typer.Exit(1)


def _bound(text: str) -> tuple[str, float]:
    from extractor.errors import LabelError

    name, _, value = text.partition("=")
    try:
        bound = float(value)
    except ValueError:
        bound = -1.0
    if not 0 <= bound <= 1:
        raise LabelError(f"--fail-under {text}: write a field and a number from 0 to 1, such as lesions.coverage=0.9")
    return name, bound


def _write(found: Evaluation, html: Path | None, json_out: Path | None) -> None:
    from extractor.errors import OutputError

    for path in (html, json_out):
        if path and not path.absolute().parent.is_dir():
            raise OutputError(f"{path}: its folder does not exist")
    if json_out:
        json_out.write_text(json.dumps(found.to_json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if html:
        from extractor.evaluator.page import page

        html.write_text(page(found), encoding="utf-8")


def _print(found: Evaluation, every: bool) -> None:
    from rich.console import Console

    from extractor import show

    show.evaluation(Console(), found, every)
