"""The command line: parse, call one library function, print."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from extractor.commands import baseline as keep
from extractor.commands import calibrate, compare, doubt
from extractor.commands.agree import agree
from extractor.commands.endpoints import endpoints
from extractor.commands.evaluate import evaluate
from extractor.commands.export import export
from extractor.commands.feed import feed
from extractor.commands.options import columns as _columns
from extractor.commands.plan import plan
from extractor.commands.report import report
from extractor.commands.review import kept as review_journals
from extractor.commands.review import review
from extractor.commands.spark import is_spark
from extractor.commands.watch import watch
from extractor.told import told as _told
from extractor.version import VERSION

app = typer.Typer(
    help="Charts to a cohort: reads radiology reports and clinical notes of tumour ablation into tables, each cell with the words it rests on.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
rules_app = typer.Typer(help="The rules: list them, run their examples.", no_args_is_help=True)
corpora_app = typer.Typer(help="Hand-labeled charts: check, turn into notes, score.", no_args_is_help=True)
app.add_typer(rules_app, name="rules")
app.add_typer(corpora_app, name="corpora")
app.command()(endpoints)
app.command()(agree)
app.command()(export)
app.add_typer(plan, name="plan")
app.command()(report)
app.add_typer(review, name="review")
app.add_typer(feed, name="feed")
app.command()(watch)

RuleDirs = Annotated[
    list[Path] | None, typer.Option("--rules", help="folder of own rule files; may be given more than once", exists=True, file_okay=False)
]


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None] | None]:
    """A progress bar on a terminal, nothing in a pipe."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    with Progress(TextColumn("charts"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=Console(stderr=True)) as progress:
        task = progress.add_task("charts", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


@app.command()
def extract(
    source: Annotated[
        str,
        typer.Argument(
            help="file (CSV, TSV, JSON lines, Parquet, FHIR bundle or NDJSON, HL7 v2, C-CDA, RTF, HTML), folder of files, database address with an OMOP NOTE table, or - for standard input"
        ),
    ],
    out: Annotated[str, typer.Option(help="folder for the tables; must not exist yet")],
    format: Annotated[str | None, typer.Option(help="csv (default), parquet or duckdb; with --engine spark parquet")] = None,
    column: Annotated[
        list[str] | None, typer.Option(help="name of one of your columns, such as text=NOTE_TEXT; may be given more than once")
    ] = None,
    input_format: Annotated[
        str | None, typer.Option(help="csv, tsv, jsonl, parquet, fhir, hl7, cda, omop, rtf or html, where name and content do not tell")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="encoding of the file, where it is not found out")] = None,
    day_first: Annotated[bool, typer.Option("--day-first", help="note dates such as 03/04/2020 mean 3 April")] = False,
    manifest: Annotated[
        Path | None, typer.Option(help="for a folder: CSV with file, patient_id, note_date, perhaps note_id, note_type")
    ] = None,
    pattern: Annotated[str, typer.Option(help="for a folder: how file names are made")] = "{patient_id}_{note_date}_{note_type}",
    rules: RuleDirs = None,
    accept: Annotated[
        float | None, typer.Option(help="share of accepted cells that shall be right, such as 0.95; the rest goes to review.csv")
    ] = None,
    calibration: Annotated[Path | None, typer.Option(help="file of extractor calibrate (default: the shipped one)", exists=True)] = None,
    workers: Annotated[int | None, typer.Option(help="processes that read charts (default: one a core)", min=1)] = None,
    chart_seconds: Annotated[float, typer.Option(help="a chart that takes longer goes to rejects.csv; 0 for no limit", min=0)] = 600,
    incremental: Annotated[
        bool, typer.Option("--incremental", help="keep the rows of an existing --out for charts whose notes, rules and code are the same")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="replace an existing --out")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="stop at the first bad row")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="show tracebacks; these may hold text of notes")] = False,
    engine: Annotated[str, typer.Option(help="local (worker processes of this machine) or spark (docs/spark.md)")] = "local",
    spark_master: Annotated[
        str | None, typer.Option(help="with --engine spark: master of the session, such as yarn (default: what the environment says)")
    ] = None,
    spark_partitions: Annotated[
        int | None,
        typer.Option(help="with --engine spark: tasks over which charts are spread (default: spark.sql.shuffle.partitions)", min=1),
    ] = None,
) -> None:
    """Read notes into cohort tables.

    \b
    extractor extract notes.jsonl --out cohort
    extractor extract export.csv --out cohort --column text=NOTE_TEXT --column note_date=DOS
    zcat notes.jsonl.gz | extractor extract - --out cohort --format parquet
    extractor extract fhir-export --out cohort
    extractor extract postgresql+psycopg://me@host/cdm --out cohort
    extractor extract notes.jsonl --out cohort --accept 0.95 --calibration my.json
    extractor extract notes.jsonl --out cohort --incremental --workers 8
    extractor extract hdfs:///notes.parquet --out hdfs:///cohort --engine spark --spark-master yarn

    A run that was killed goes on where it was when the same command is given again; with --engine spark it begins anew.
    """
    with _told(debug):
        from extractor import run
        from extractor.notes import Options

        options = Options(input_format, _columns(column), encoding, day_first, manifest, pattern)
        shared: dict[str, Any] = {"options": options, "rule_dirs": rules or (), "force": force, "strict": strict, "debug": debug, "accept": accept, "calibration": calibration, "chart_seconds": chart_seconds}  # fmt: skip
        if is_spark(engine, format=format, workers=workers, incremental=incremental, master=spark_master, partitions=spark_partitions):
            from extractor import spark

            summary = spark.extract(source, out, master=spark_master, partitions=spark_partitions, **shared)
        else:
            with _bar() as progress:
                summary = run.extract(
                    source,
                    Path(out),
                    format=format or "csv",
                    progress=progress,
                    workers=workers or run.cores(),
                    incremental=incremental,
                    **shared,
                )
        kept = f"; {summary.kept} charts kept as they were" if incremental else ""
        tail = f"; {summary.rejects} rejected, see {out.rstrip('/')}/rejects.csv" if summary.rejects else ""
        typer.echo(
            f"{summary.notes} notes of {summary.charts} patients -> {out}: {summary.counts['procedures']} procedures, {summary.counts['lesions']} lesions, {summary.counts['complications']} complications, {summary.counts['assessments']} assessments{kept}{tail}",
            err=True,
        )
        if summary.accepted:
            typer.echo(summary.accepted, err=True)
        for line in review_journals(Path(out)):
            typer.echo(line, err=True)


@app.command()
def explain(
    out: Annotated[Path, typer.Argument(help="folder that extract wrote")],
    patient: Annotated[str, typer.Argument(help="patient id")],
    cell: Annotated[str | None, typer.Option(help="a table or a cell, such as lesions.coverage")] = None,
) -> None:
    """Show the words that cells rest on, and the candidates that became no row.

    \b
    extractor explain cohort E-01
    extractor explain cohort E-01 --cell lesions.coverage
    """
    with _told():
        from extractor.explain import explain as lines

        mark = ("\x1b[1;33m", "\x1b[0m") if sys.stdout.isatty() else ("»", "«")
        for line in lines(out, patient, cell, mark):
            typer.echo(line)


app.command()(evaluate)


@app.command()
def demo(
    out: Annotated[Path | None, typer.Option(help="folder for the tables (default: extractor-demo in the current folder)")] = None,
) -> None:
    """Abstract the charts that come with the package and show the result."""
    with _told():
        import tempfile

        from rich.console import Console

        from extractor import corpora, run, show

        target = out or Path("extractor-demo")
        with tempfile.TemporaryDirectory() as scratch:
            source = Path(scratch) / "notes.jsonl"
            corpora.write_notes(source)
            with _bar() as progress:
                summary = run.extract(source, target, force=True, progress=progress)
        console = Console()
        show.counts(console, summary.counts)
        shown = show.timeline(console, target)
        console.print(
            f"{summary.notes} notes of {summary.charts} patients. The tables are in {target}/; try: extractor explain {target} {shown} --cell lesions.coverage",
            soft_wrap=True,
        )


@rules_app.command("check")
def rules_check(rules: RuleDirs = None) -> None:
    """Run the examples inside rule files; silence means sound.

    \b
    extractor rules check
    extractor rules check --rules my-rules
    """
    with _told():
        from extractor import rulecheck
        from extractor import rules as rule_files
        from extractor.pipeline import build

        loaded = rule_files.load(*(rules or ()))
        problems = rulecheck.check(loaded, build(loaded))
        for problem in problems:
            typer.echo(problem)
        typer.echo(
            f"{len(loaded.targets)} target rules, {len(loaded.modifiers)} context rules, {len(loaded.headings)} sections, {len(loaded.examples)} examples: {len(problems) or 'no'} problems",
            err=True,
        )
        if problems:
            raise typer.Exit(1)


@rules_app.command("list")
def rules_list(rules: RuleDirs = None) -> None:
    """Show every rule: id, label or context, concept, pattern."""
    with _told():
        from extractor import rules as rule_files

        loaded = rule_files.load(*(rules or ()))
        for t in loaded.targets:
            typer.echo(f"{t.rule_id}\t{t.label}\t{t.concept}\t{t.regex}")
        for m in loaded.modifiers:
            typer.echo(f"{m.rule_id}\t{m.context or '-'}\t{m.direction}\t{m.regex}")
        for h in loaded.headings:
            typer.echo(f"{h.rule_id}\tsection\t{h.category}\t{', '.join(h.titles)}")


@corpora_app.command("check")
def corpora_check(files: Annotated[list[Path] | None, typer.Argument(help="chart files (default: all shipped)")] = None) -> None:
    """Validate chart files."""
    with _told():
        from extractor import corpora

        problems = [p for f in files or corpora.files() for p in corpora.check(f)]
        for problem in problems:
            typer.echo(problem)
        if problems:
            raise typer.Exit(1)


@corpora_app.command("notes")
def corpora_notes(
    out: Annotated[Path, typer.Argument(help="JSON lines file to write")],
    where: Annotated[Path | None, typer.Option(help="folder of chart files (default: all shipped)")] = None,
) -> None:
    """Write the notes of chart files as JSON lines, as extract reads them."""
    with _told():
        from extractor import corpora

        typer.echo(f"{corpora.write_notes(out, where)} notes", err=True)


@corpora_app.command("score")
def corpora_score(
    where: Annotated[Path | None, typer.Option(help="folder of chart files (default: all shipped)")] = None,
    errors: Annotated[bool, typer.Option("--errors", help="also list every difference")] = False,
    first_contact: Annotated[
        bool, typer.Option("--first-contact", help="score the tables stored when each collection was first read")
    ] = False,
    baseline: Annotated[
        Path | None, typer.Option(help="file of figures kept, such as corpora/baseline.json; a fall without a reason in it fails")
    ] = None,
    write_baseline: Annotated[bool, typer.Option("--write-baseline", help="keep today's figures in the --baseline file")] = False,
    why: Annotated[str, typer.Option(help="with --write-baseline: the reason of what fell")] = "",
    rules: RuleDirs = None,
) -> None:
    """Abstract hand-labeled charts and score the result against their labels.

    \b
    extractor corpora score
    extractor corpora score --where corpora/delta --errors
    extractor corpora score --first-contact
    extractor corpora score --baseline corpora/baseline.json
    extractor corpora score --baseline corpora/baseline.json --write-baseline --why "labels of two charts mended"
    """
    if first_contact:
        return _first_contact()
    with _told():
        import tempfile

        from rich.console import Console

        from extractor import corpora, run, show
        from extractor.evaluator import charts, predicted, quotes, spans

        with tempfile.TemporaryDirectory() as scratch:
            source, tables = Path(scratch) / "notes.jsonl", Path(scratch) / "cohort"
            corpora.write_notes(source, where)
            with _bar() as progress:
                run.extract(source, tables, rule_dirs=rules or (), progress=progress, workers=run.cores())
            files = corpora.files(where)
            labeled = [corpora.load(f) for f in files]
            tallies = list(charts.score(labeled, tables).values())
            span_scores, rests = spans.score(labeled, tables), quotes.overlap(labeled, predicted.read(tables))
        found = charts.figures(tallies)
        console = Console()
        show.scores(console, found, charts.headline(found), *charts.interval(tallies), len(tallies))
        show.span_scores(console, span_scores)
        console.print(
            "evidence on the passage a reader quoted: " + ", ".join(f"{t} {a}/{b}" for t, (a, b) in rests.items() if b), soft_wrap=True
        )
        for d in (d for t in tallies for d in t.differences) if errors else ():
            typer.echo(f"{d.patient} | {d.what} | {d.kind} | labeled {d.labeled or '-'} | extracted {d.extracted or '-'}")
        if baseline:
            keep.check(baseline, files, tallies, whole=where is None, write=write_baseline, why=why)


@corpora_app.command("robustness")
def corpora_robustness(
    where: Annotated[Path | None, typer.Option(help="folder of chart files (default: all shipped)")] = None, rules: RuleDirs = None
) -> None:
    """Rewrite the charts in ways that should not matter and count the cells that stay the same.

    \b
    extractor corpora robustness
    extractor corpora robustness --where corpora/delta
    """
    with _told():
        from rich.console import Console

        from extractor import corpora, show
        from extractor import rules as rule_files
        from extractor.evaluator import robustness
        from extractor.pipeline import build

        charts = [corpora.notes(corpora.load(f)) for f in corpora.files(where)]
        reader = build(rule_files.load(*(rules or ())))
        with _bar() as progress:
            show.robustness(Console(), robustness.measure(charts, robustness.CHANGES, reader, progress))


def _first_contact() -> None:
    with _told():
        from rich.console import Console

        from extractor import corpora, show
        from extractor.evaluator import charts

        found = {
            c.name: charts.figures(charts.score(map(corpora.load, corpora.files(c / "charts")), c / corpora.FIRST).values())
            for c in corpora.collections()
            if (c / corpora.FIRST).is_dir()
        }
        show.first_contact(Console(), found)


app.command()(calibrate.calibrate)
app.command()(doubt.doubt)
app.command()(compare.compare)


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(VERSION)


def main(argv: list[str] | None = None) -> Any:
    """Entry point."""
    return app(args=argv)
