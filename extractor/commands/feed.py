"""``extractor feed``: the tables to a registry, and what became of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from extractor.told import told

if TYPE_CHECKING:
    from extractor.feed.deliver import Sent
    from extractor.feed.queue import Queued
    from extractor.feed.run import Feed

SEND = "send"


class _SendUnlessNamed(TyperGroup):
    """``feed OUT`` is ``feed send OUT``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] != "--help":
            args = [SEND, *args]
        return super().parse_args(ctx, args)


feed = typer.Typer(
    cls=_SendUnlessNamed,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Keep a registry up to date with the tables: what changed is sent, again until it is there, once.\n\n"
    "\b\nextractor feed cohort --to https://registry.example/api --token-file token\nextractor feed cohort --to https://registry.example/api --dry-run\n"
    "extractor feed status cohort\nextractor feed send --help",
)
To = Annotated[str, typer.Option(help="address of the registry; https, or http to this machine")]
Format = Annotated[str, typer.Option(help="native (one document a chart, docs/feed.md), fhir (a FHIR R4 server) or redcap (REDCap's API)")]
OutboxFile = Annotated[Path | None, typer.Option(help="file of what is to be sent (default: OUT.feed.sqlite)")]
TokenFile = Annotated[Path | None, typer.Option(help="file that holds the bearer token (or the environment variable EXTRACTOR_FEED_TOKEN)")]
ClientCert = Annotated[Path | None, typer.Option(help="PEM certificate to show")]
ClientKey = Annotated[Path | None, typer.Option(help="its key (a password in EXTRACTOR_FEED_KEY_PASSWORD)")]
Authority = Annotated[Path | None, typer.Option("--ca", help="PEM certificates to trust in place of the system's")]
Rate = Annotated[float, typer.Option(help="charts a second at most; 0 for no limit", min=0)]
Timeout = Annotated[float, typer.Option(help="seconds for an answer", min=0.1)]
Attempts = Annotated[int, typer.Option(help="a chart that fails so often while others pass is set aside", min=1)]
MostWithdrawn = Annotated[float, typer.Option(help="share of the charts that may be withdrawn at once, beyond five", min=0, max=1)]
Base = Annotated[str | None, typer.Option(help="fhir: beginning of the addresses of code systems, identifiers and extensions")]
PatientSystem = Annotated[str | None, typer.Option(help="fhir: identifier system of the patient ids")]
Mapping = Annotated[Path | None, typer.Option(help="fhir: CSV of codes, as for export", exists=True)]
RetryRefused = Annotated[bool, typer.Option("--retry-refused", help="also send what was set aside")]


def configured(
    to: str,
    format: str,
    coding: tuple[str | None, str | None, Path | None],
    outbox: Path | None,
    secret_files: tuple[Path | None, Path | None, Path | None, Path | None],
    timeout: float,
    attempts: int,
    most_withdrawn: float,
    retry_refused: bool,
) -> Feed:
    """Where to and how, from the options. Raises FeedError."""
    from extractor.feed.client import address, secrets
    from extractor.feed.deliver import Limits
    from extractor.feed.run import Coding, Feed, wire

    chosen, limits = wire(format, Coding(*coding)), Limits(attempts)
    return Feed(address(to), secrets(*secret_files), chosen, outbox, timeout, limits, most_withdrawn, retry_refused)


@feed.command(SEND)
def send(
    out: Annotated[Path, typer.Argument(help="folder that extract, or review export --to tables, wrote")],
    to: To,
    format: Format = "native",
    outbox: OutboxFile = None,
    token_file: TokenFile = None,
    client_cert: ClientCert = None,
    client_key: ClientKey = None,
    ca: Authority = None,
    rate: Rate = 50,
    timeout: Timeout = 30,
    attempts: Attempts = 8,
    most_withdrawn: MostWithdrawn = 0.2,
    retry_refused: RetryRefused = False,
    base: Base = None,
    patient_system: PatientSystem = None,
    mapping: Mapping = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="tell what would be sent; send and write nothing")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="show tracebacks; these may hold text of notes")] = False,
) -> None:
    """Send what changed (the word "send" may be left out). Exit code 1 if something still waits or was set aside; run it again to go on.

    \b
    extractor feed cohort --to https://registry.example/api --token-file token
    extractor feed cohort --to https://registry.example/api --client-cert us.pem --ca hospital.pem
    extractor feed cohort --to https://registry.example/api --dry-run
    extractor feed cohort --to https://registry.example/api --retry-refused
    extractor feed cohort --to https://fhir.example/r4 --format fhir --patient-system urn:oid:1.2.3 --token-file token
    extractor feed cohort --to https://redcap.example/api --format redcap --token-file token
    """
    with told(debug):
        from extractor.feed.pace import Pace
        from extractor.feed.queue import changes
        from extractor.feed.run import feed as run
        from extractor.feed.run import preview

        files = token_file, client_cert, client_key, ca
        how = configured(to, format, (base, patient_system, mapping), outbox, files, timeout, attempts, most_withdrawn, retry_refused)
        if dry_run:
            found = preview(out, how)
            for line in changes(found):
                typer.echo(line)
            typer.echo(queued(found), err=True)
            return
        tell(*run(out, how, Pace(rate)))


def queued(found: Queued) -> str:
    """What a look at the tables found, in a line."""
    changed = ", ".join(f"{found.count(kind)} {kind}" for kind in ("new", "corrected", "withdrawn"))
    failed = f"; {found.failed} could not be read and stay as they were" if found.failed else ""
    back = f"; {found.in_review} back in review" if found.in_review else ""
    return f"{found.charts} charts: {changed}, {found.unchanged} as they were{failed}{back}"


def done(found: Queued, sent: Sent) -> str:
    """What a feeding did, in a line."""
    kept = f", {sent.kept} with cells that the registry keeps" if sent.kept else ""
    aside = f", {sent.aside} in all: see extractor feed status" if sent.aside else ""
    return f"{queued(found)}; {sent.delivered} delivered{kept}, {sent.withdrawn} withdrawn, {sent.refused} set aside{aside}"


def tell(found: Queued, sent: Sent) -> None:
    """Print what was done; exit code 1 if not all of it."""
    typer.echo(done(found, sent), err=True)
    if sent.stopped:
        typer.echo(f"extractor: {sent.stopped}; what was not delivered waits, run the same command again", err=True)
    if sent.stopped or sent.refused:
        raise typer.Exit(1)


@feed.command()
def status(
    out: Annotated[Path | None, typer.Argument(help="folder of tables that was fed from")] = None,
    outbox: OutboxFile = None,
    questions: Annotated[Path | None, typer.Option(help="write what reviewers are asked to a CSV file; it holds values of charts")] = None,
    json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Tell what was delivered, what waits, what was set aside and why, and which charts are back in review.

    \b
    extractor feed status cohort
    extractor feed status cohort --questions questions.csv
    """
    with told():
        from extractor.errors import FeedError
        from extractor.feed import status as found
        from extractor.feed.outbox import beside

        if out is None and outbox is None:
            raise FeedError("name the folder of tables, or --outbox")
        targets = found.read(outbox or beside(out or Path()))
        if json:
            typer.echo(found.text(targets))
        for line in (line for s in targets if not json for line in found.lines(s)):
            typer.echo(line)
        if questions is not None:
            typer.echo(f"{found.write_questions(targets, questions)} questions -> {questions}", err=True)


@feed.command()
def schema(api: Annotated[bool, typer.Option("--api", help="the OpenAPI file of the receiving side")] = False) -> None:
    """Print the JSON Schema of the document, or the OpenAPI file of the receiving side.

    \b
    extractor feed schema > chart.schema.json
    extractor feed schema --api > openapi.json
    """
    from extractor.feed import schemadoc

    typer.echo(schemadoc.text(schemadoc.openapi() if api else schemadoc.chart_schema()), nl=False)
