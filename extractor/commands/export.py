"""``extractor export``: the tables as others take them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from extractor.told import told

if TYPE_CHECKING:
    from extractor.export.write import Summary

TARGETS = ("fhir", "omop", "redcap", "sql")


def export(
    cohort: Annotated[Path, typer.Argument(help="folder that extract wrote")],
    to: Annotated[str, typer.Option(help="fhir, omop, redcap or sql")],
    out: Annotated[Path | None, typer.Option(help="folder for the files; the last export there is replaced, its numbers are kept")] = None,
    url: Annotated[
        str | None,
        typer.Option(
            envvar="EXTRACTOR_DATABASE_URL",
            help="database address for sql, or for omop without --out; a password belongs into the environment variable",
        ),
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="CSV of codes: column, value, system, code, display, concept_id", exists=True)
    ] = None,
    persons: Annotated[
        Path | None, typer.Option(help="omop: CSV with patient_id, year_of_birth and perhaps person_id", exists=True)
    ] = None,
    base: Annotated[str | None, typer.Option(help="fhir: beginning of the addresses of code systems, identifiers and extensions")] = None,
    patient_system: Annotated[str | None, typer.Option(help="fhir: identifier system of the patient ids")] = None,
    notes: Annotated[bool, typer.Option("--notes", help="fhir: also send the notes with their text")] = False,
    keep_absent: Annotated[
        bool, typer.Option("--keep-absent", help="sql: leave charts that are not in COHORT, for a database of several cohorts")
    ] = False,
    check: Annotated[bool, typer.Option("--check/--no-check", help="fhir: check each bundle with the models of fhir.resources")] = True,
    debug: Annotated[bool, typer.Option("--debug", help="show tracebacks; these may hold text of notes")] = False,
) -> None:
    """Write the tables for FHIR, OMOP, REDCap or a database. Doing it twice changes nothing; what is gone from the tables is deleted there.

    \b
    extractor export cohort --to fhir --out fhir --patient-system urn:oid:1.2.3
    extractor export cohort --to omop --out omop --persons persons.csv --mapping concepts.csv
    extractor export cohort --to omop --url postgresql+psycopg://me@host/cdm --persons persons.csv
    extractor export cohort --to redcap --out redcap
    extractor export cohort --to sql --url postgresql+psycopg://me@host/registry
    extractor export cohort --to sql --url sqlite:///cohort.db
    """
    with told(debug):
        from extractor.errors import InputError, OutputError
        from extractor.export import mapping as codes
        from extractor.export import write

        if to not in TARGETS:
            raise InputError(f"--to {to}: write {', '.join(TARGETS)}")
        if to == "sql":
            if url is None:
                raise OutputError("--to sql: give the database as --url sqlite:///cohort.db, or in EXTRACTOR_DATABASE_URL")
            _tell(write.to_sql(cohort, url, keep_absent), None)
            return
        if to == "omop" and out is None and url is not None:
            _tell(write.to_cdm(cohort, url, codes.read(mapping), persons), None)
            return
        if out is None:
            raise OutputError(f"--to {to}: give a folder for the files as --out {to}")
        if to == "fhir":
            from extractor.export.fhir import BASE, Options

            options = Options((base or BASE).rstrip("/"), patient_system, codes.read(mapping), notes)
            _tell(write.to_fhir(cohort, out, options, check), out)
        elif to == "omop":
            _tell(write.to_omop(cohort, out, codes.read(mapping), persons), out)
        else:
            _tell(write.to_redcap(cohort, out), out)


def _tell(summary: Summary, out: Path | None) -> None:
    where = f", see {out / 'rejects.csv'}" if out else ""
    tail = f"; {len(summary.rejects)} rejected{where}" if summary.rejects else ""
    typer.echo(f"{summary}{tail}", err=True)
    for patient, table, row, reason in summary.rejects if out is None else ():
        typer.echo(f"patient {patient}: {f'{table} {row}: ' if table else ''}{reason}", err=True)
