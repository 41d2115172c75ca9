"""``extractor watch``: from new notes to the registry."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from extractor.commands.feed import (
    Attempts,
    Authority,
    Base,
    ClientCert,
    ClientKey,
    Format,
    Mapping,
    MostWithdrawn,
    OutboxFile,
    PatientSystem,
    Rate,
    RetryRefused,
    Timeout,
    To,
    TokenFile,
    configured,
    done,
    tell,
)
from extractor.commands.options import columns
from extractor.told import told

if TYPE_CHECKING:
    from extractor.feed.watch import Round


def watch(
    source: Annotated[
        str, typer.Argument(help="what extract reads, or a folder into which exports are put; all that lies there is the cohort")
    ],
    out: Annotated[Path, typer.Option(help="folder for the tables")],
    to: To,
    every: Annotated[float, typer.Option(help="seconds between two rounds; without it one round is done", min=0)] = 0,
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
    tables: Annotated[str, typer.Option(help="csv, parquet or duckdb")] = "csv",
    column: Annotated[list[str] | None, typer.Option(help="name of one of your columns, such as text=NOTE_TEXT; as for extract")] = None,
    input_format: Annotated[str | None, typer.Option(help="as for extract")] = None,
    encoding: Annotated[str | None, typer.Option(help="as for extract")] = None,
    day_first: Annotated[bool, typer.Option("--day-first", help="note dates such as 03/04/2020 mean 3 April")] = False,
    manifest: Annotated[Path | None, typer.Option(help="for a folder of texts, as for extract")] = None,
    pattern: Annotated[str, typer.Option(help="for a folder of texts, as for extract")] = "{patient_id}_{note_date}_{note_type}",
    rules: Annotated[list[Path] | None, typer.Option("--rules", help="folder of own rule files", exists=True, file_okay=False)] = None,
    accept: Annotated[float | None, typer.Option(help="share of accepted cells that shall be right, as for extract")] = None,
    calibration: Annotated[Path | None, typer.Option(help="file of extractor calibrate", exists=True)] = None,
    workers: Annotated[int | None, typer.Option(help="processes that read charts (default: one a core)", min=1)] = None,
    chart_seconds: Annotated[float, typer.Option(help="a chart that takes longer goes to rejects.csv; 0 for no limit", min=0)] = 600,
    debug: Annotated[bool, typer.Option("--debug", help="show tracebacks; these may hold text of notes")] = False,
) -> None:
    """Read new notes, read anew the charts they touch, and feed what changed to a registry. Safe to repeat, to interrupt, and to start twice.

    \b
    extractor watch exports --out cohort --to https://registry.example/api --token-file token
    extractor watch exports --out cohort --to https://registry.example/api --token-file token --every 300
    crontab: */15 * * * * extractor watch /srv/exports --out /srv/cohort --to https://registry.example/api --token-file /etc/extractor/token

    Put a file into the folder under another name (.part) and rename it when it is whole. Of a note that is there twice, the file with the later name counts.
    """
    with told(debug):
        import time
        from itertools import count

        from extractor.feed import watch as rounds
        from extractor.feed.pace import Pace
        from extractor.notes import Options
        from extractor.run import cores

        files = token_file, client_cert, client_key, ca
        how = configured(to, format, (base, patient_system, mapping), outbox, files, timeout, attempts, most_withdrawn, retry_refused)
        options = Options(input_format, columns(column), encoding, day_first, manifest, pattern)
        reading = rounds.Reading(options, tuple(rules or ()), tables, accept, calibration, workers or cores(), chart_seconds)
        if every:
            rounds.forever(
                source, every, lambda known: rounds.once(source, out, how, reading, Pace(rate), known), _told, time.sleep, count()
            )
        found = rounds.once(source, out, how, reading, Pace(rate))
        _read(found)
        tell(found.queued, found.sent)


def _read(found: Round) -> None:
    if found.summary is not None:
        s = found.summary
        rejected = f"; {s.rejects} rejected, see {s.out}/rejects.csv" if s.rejects else ""
        typer.echo(f"{s.notes} notes of {s.charts} patients, {s.charts - s.kept} charts read anew{rejected}", err=True)


def _told(found: Round | Exception) -> None:
    """A round of many: only what changed is told."""
    if isinstance(found, Exception):
        typer.echo(f"extractor: {found}", err=True)
        return
    if found.summary is not None:
        _read(found)
    if found.sent.tries:
        typer.echo(done(found.queued, found.sent), err=True)
    if found.sent.stopped:
        typer.echo(f"extractor: {found.sent.stopped}; what was not delivered waits for the next round", err=True)
