"""``extractor review``: a page to read charts beside their tables and decide, and what becomes of the decisions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from extractor.told import told

if TYPE_CHECKING:
    from extractor.review.export import Written

PAGE = "page"


class _PageUnlessNamed(TyperGroup):
    """``review OUT`` is ``review page OUT``."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in self.commands:
            args = [PAGE, *args]
        return super().resolve_command(ctx, args)


review = typer.Typer(
    cls=_PageUnlessNamed,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Read charts beside their tables on a local page; decisions become labels and corrected tables.\n\n"
    "\b\nextractor review cohort --reviewer anna\nextractor review cohort --reviewer ben --blinded\n"
    "extractor review cohort --reviewer cara --adjudicate anna --adjudicate ben\n"
    "extractor review export cohort --to labels --out labels\nextractor review apply new-cohort --journal cohort.review/anna.jsonl --out corrected",
)
Out = Annotated[Path, typer.Argument(help="folder that extract wrote")]
JournalFile = Annotated[
    Path | None, typer.Option(help="journal of decisions (default: the only one in OUT.review, or the adjudication there)", exists=True)
]
Force = Annotated[bool, typer.Option("--force", help="replace an existing --out")]


@review.command(PAGE)
def page(
    out: Out,
    reviewer: Annotated[str | None, typer.Option(help="your name, kept with every decision (default: your login name)")] = None,
    blinded: Annotated[bool, typer.Option("--blinded", help="label from the notes alone, nothing extracted is shown")] = False,
    adjudicate: Annotated[
        list[str] | None, typer.Option(help="a reader (or journal) to settle; give it for each of two readers or more")
    ] = None,
    journal: Annotated[Path | None, typer.Option(help="file for your decisions (default: OUT.review/REVIEWER.jsonl)")] = None,
    host: Annotated[str, typer.Option(help="address to listen to; others than this machine's own are open to the network")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="port (default: any free one)", min=0, max=65535)] = 0,
    browser: Annotated[bool, typer.Option(help="open the page in the browser")] = True,
) -> None:
    """Open the page (the word "page" may be left out). Ctrl-C ends it; nothing is lost.

    \b
    extractor review cohort
    extractor review cohort --reviewer ben --blinded --no-browser
    extractor review cohort --reviewer cara --adjudicate anna --adjudicate ben
    """
    with told():
        import getpass

        from extractor.review.desk import desk
        from extractor.review.server import serve

        typer.echo(f"reading the tables of {out} …", err=True)
        opened = desk(out, reviewer or getpass.getuser(), blinded=blinded, adjudicate=tuple(adjudicate or ()), journal=journal)
        if host not in ("127.0.0.1", "localhost", "::1"):
            typer.echo(
                f"extractor: {host} can be reached from other machines, unencrypted; whoever has the address can read the notes", err=True
            )
        serve(opened, host, port, lambda address: _announce(address, opened.journal.path, browser))


def _announce(address: str, journal: Path, browser: bool) -> None:
    typer.echo(address)
    typer.echo(f"decisions are kept in {journal}; Ctrl-C ends the review", err=True)
    if browser:
        import webbrowser

        webbrowser.open(address)


@review.command()
def export(
    out: Out,
    to: Annotated[str, typer.Option(help="labels (tables of the finished charts), charts (chart files), tables (corrected cohort)")],
    target: Annotated[Path, typer.Option("--out", help="folder to write; must not exist yet")],
    journal: JournalFile = None,
    force: Force = False,
) -> None:
    """Write decisions as labels, as chart files, or as corrected tables.

    \b
    extractor review export cohort --to labels --out labels
    extractor evaluate cohort labels
    extractor calibrate cohort labels --out my.json
    extractor review export cohort --to tables --out reviewed --journal cohort.review/anna.jsonl
    """
    with told():
        from extractor.errors import InputError
        from extractor.review import export as write

        kinds = {"labels": write.labels, "charts": write.chart_files, "tables": write.tables}
        if to not in kinds:
            raise InputError(f"--to {to}: write {', '.join(kinds)}")
        charts = write.charts_of(out, journal)
        _tell(kinds[to](charts, target, force), write.missing(charts))


@review.command()
def apply(
    out: Annotated[Path, typer.Argument(help="folder of tables that were extracted anew")],
    journal: Annotated[Path, typer.Option(help="journal of decisions taken on the older tables", exists=True)],
    target: Annotated[Path, typer.Option("--out", help="folder to write; must not exist yet")],
    force: Force = False,
) -> None:
    """Put decisions over tables that were extracted anew: no reviewed cell is overwritten, and what new text puts in question is listed.

    \b
    extractor review apply new-cohort --journal cohort.review/anna.jsonl --out corrected
    """
    with told():
        from extractor.review import export as write

        charts = write.charts_of(out, journal)
        _tell(write.tables(charts, target, force), write.missing(charts))


def kept(out: Path) -> list[str]:
    """What is told when tables were written beside journals of decisions on earlier ones."""
    from extractor.review.journal import folder_of

    there = folder_of(out)
    if not any(there.glob("*.jsonl")):
        return []
    return [
        f"decisions of earlier reviews are kept in {there}: extractor review {out} shows what new text puts in question, extractor review export {out} --to tables --out REVIEWED writes the tables with them"
    ]


def _tell(done: Written, missing: list[str]) -> None:
    typer.echo(f"{done.charts} charts, {done.done} of them finished -> {done.out}", err=True)
    for line in done.left_out:
        typer.echo(f"left out: {line}", err=True)
    if done.back:
        typer.echo(f"{len(done.back)} charts are back in the list, {done.questions} questions; see {done.out / 'questions.csv'}", err=True)
    if missing:
        typer.echo(f"{len(missing)} reviewed charts are not in these tables: their decisions stay in the journal", err=True)
