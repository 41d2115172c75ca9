"""``extractor compare``: what did a change of rules gain, and what did it cost?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from extractor.told import told

if TYPE_CHECKING:
    from extractor.evaluator.gains import Change

MARK = ("»", "«")


def compare(
    run_a: Annotated[Path, typer.Argument(help="folder that extract wrote before the change")],
    run_b: Annotated[Path, typer.Argument(help="folder that extract wrote after it")],
    labels: Annotated[Path, typer.Argument(help="labels of the charts: cohort tables, chart files")],
    cells: Annotated[bool, typer.Option("--cells", help="also list every cell that changed, with the sentence it was read from")] = False,
    json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Compare two runs on the same labeled charts, cell by cell, with a paired test by chart.

    \b
    extractor compare before after labels
    extractor compare before after labels --cells
    """
    with told():
        from json import dumps

        from rich.console import Console

        from extractor import show
        from extractor.evaluator import charts, gains
        from extractor.evaluator.labels import read

        found = gains.compare(charts.extracted(run_a), charts.extracted(run_b), read(labels))
        if json:
            typer.echo(dumps(found.to_json(), indent=1))
            return
        show.compared(Console(), found)
        for line in _lines(found.changes, run_a, run_b) if cells else ():
            typer.echo(line)


def _lines(changes: tuple[Change, ...], run_a: Path, run_b: Path) -> Iterator[str]:
    from extractor.explain import Sentences, safe

    before, after = Sentences(run_a), Sentences(run_b)
    for c in changes:
        was, now = (safe(x.extracted) if x and x.extracted else "-" for x in (c.a, c.b))
        yield safe(f"{c.kind}: {c.patient} | {c.field} | {c.where} | labeled {c.labeled or '-'}") + f" | {was} -> {now}"
        for name, cell, sentences in (("before", c.a, before), ("after", c.b, after)):
            if cell and cell.row_id:
                yield from (f"    {name}: {s}" for s in sentences.of(cell.table, cell.row_id, cell.column, MARK))
