"""Exports as files or into a database. A chart that cannot be exported costs only itself and is told in ``rejects.csv``."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from extractor.errors import InputError, OutputError
from extractor.export import charts, fhir, ledger
from extractor.export.folder import mark, read_table, refilled, table
from extractor.export.mapping import Codes

BUNDLES, LEDGER = "bundles.ndjson", "ledger.csv"
REJECTS = ("patient_id", "table", "row_id", "reason")
Reject = tuple[str, str, str, str]
"""(patient, table, row, reason); table and row are empty where the whole chart is rejected."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What an export did: charts, rows (or resources) by kind, and what was rejected."""

    charts: int
    counts: Mapping[str, int] = field(default_factory=dict)
    rejects: tuple[Reject, ...] = ()

    def __str__(self) -> str:
        told = ", ".join(f"{n} {name}" for name, n in self.counts.items())
        return f"{self.charts} charts" + (f": {told}" if told else "")


def write_rejects(folder: Path, rejects: Iterable[Reject]) -> None:
    """``rejects.csv``: patient_id, table, row_id, reason."""
    table(folder / "rejects.csv", REJECTS, rejects)


# ---- FHIR -----------------------------------------------------------------------------------------------------------------


def to_fhir(cohort: Path, out: Path, options: fhir.Options | None = None, checked: bool = True) -> Summary:
    """Write ``bundles.ndjson``, one transaction bundle a line and chart; what the last export in ``out`` sent and is gone is deleted by it.

    With ``checked`` every bundle passes the models of fhir.resources, or its chart is rejected. A chart that is rejected or could not be
    read keeps the bundle of the last export.
    """
    rejects: list[Reject] = []
    counts: dict[str, int] = {}
    number = 0
    with refilled(out, "fhir") as (folder, last):
        before, kept = _bundles(last), set(charts.unread(cohort))
        with (folder / BUNDLES).open("w", encoding="utf-8") as file:
            for chart in charts.read(cohort):
                content = fhir.bundle(chart, options, before.get(chart.patient_id))
                if checked and (reason := _wrong(content)):
                    rejects.append((chart.patient_id, "", "", reason))
                    kept.add(chart.patient_id)
                    continue
                before.pop(chart.patient_id, None)
                number += 1
                _line(file, content, counts)
            for content in (c for p, c in before.items() if p not in kept):
                _line(file, fhir.withdrawn(content), counts)
            for content in _of_last(last, kept & before.keys()):
                _line(file, content, counts)
        write_rejects(folder, rejects)
        mark(folder, "fhir", {"charts": number, "entries": counts})
    return Summary(number, counts, tuple(rejects))


def _bundles(last: Path | None) -> dict[str, dict[str, Any]]:
    """The bundles of the last export by patient, only their requests."""
    found = {}
    for content in _lines(last):
        content["entry"] = [{"request": e["request"]} for e in content["entry"]]
        found[content["identifier"]["value"]] = content
    return found


def _of_last(last: Path | None, patients: Collection[str]) -> Iterator[dict[str, Any]]:
    """The bundles of some patients as they stand in the last export."""
    return (c for c in _lines(last) if c["identifier"]["value"] in patients) if patients else iter(())


def _lines(last: Path | None) -> Iterator[dict[str, Any]]:
    if last is None:
        return
    try:
        with (last / BUNDLES).open(encoding="utf-8") as file:
            yield from map(json.loads, file)
    except (FileNotFoundError, ValueError):
        raise InputError(f"{last / BUNDLES}: is not as it was written; without it withdrawn rows cannot be told, restore it") from None


def _wrong(content: dict[str, Any]) -> str | None:
    """Where a bundle is not well-formed: places and kinds of error, never values."""
    from pydantic import ValidationError

    try:
        fhir.check(content)
    except ValidationError as error:
        places = (".".join(str(p) for p in e["loc"]) + f" ({e['type']})" for e in error.errors(include_input=False, include_url=False)[:3])
        return "not well-formed FHIR: " + "; ".join(places)
    return None


def _line(file: Any, content: dict[str, Any], counts: dict[str, int]) -> None:
    file.write(json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n")
    for entry in content["entry"]:
        name = entry["resource"]["resourceType"] if "resource" in entry else "deletions"
        counts[name] = counts.get(name, 0) + 1


# ---- SQL ------------------------------------------------------------------------------------------------------------------


def to_sql(cohort: Path, address: str, keep_absent: bool = False) -> Summary:
    """Bring a database up to date, one transaction a chart. Raises OutputError if it cannot be opened.

    Charts that are not in the cohort are withdrawn, unless they only could not be read, or ``keep_absent`` is given.
    """
    from sqlalchemy.exc import SQLAlchemyError

    from extractor.export import sql

    rejects: list[Reject] = []
    written, number, gone = sql.Written(), 0, 0
    with sql.Database(address) as database:
        absent = set() if keep_absent else set(database.patients()) - charts.unread(cohort)
        for chart in charts.read(cohort):
            absent.discard(chart.patient_id)
            try:
                written += database.put(chart)
                number += 1
            except SQLAlchemyError as error:
                rejects.append((chart.patient_id, "", "", f"rolled back ({type(error).__name__})"))
        if rejects and not number:
            raise OutputError(f"{sql.shown(address)}: no chart could be written: {rejects[0][3]}")
        for patient in sorted(absent):
            try:
                written += database.withdraw(patient)
                gone += 1
            except SQLAlchemyError as error:
                rejects.append((patient, "", "", f"could not be withdrawn ({type(error).__name__})"))
    counts = {"rows written": written.put, "rows deleted": written.deleted}
    return Summary(number, counts | ({"charts withdrawn": gone} if gone else {}), tuple(rejects))


# ---- OMOP -----------------------------------------------------------------------------------------------------------------


def to_omop(cohort: Path, out: Path, codes: Codes | None = None, persons: Path | None = None) -> Summary:
    """Write a CSV file for each OMOP table; ids are kept in ``ledger.csv`` from one export to the next."""
    from extractor.export import omop

    rejects: list[Reject] = []
    number = 0
    with refilled(out, "omop") as (folder, last), ExitStack() as stack:
        options = omop.Options(codes or Codes(), people(persons), ledger.read(last / LEDGER if last else None))
        writers = {t: csv.writer(stack.enter_context(_open(folder / f"{t}.csv")), lineterminator="\n") for t in omop.COLUMNS}
        counts = dict.fromkeys(omop.COLUMNS, 0)
        for t, writer in writers.items():
            writer.writerow(omop.names(t))
        for chart in charts.read(cohort):
            found, refused = omop.rows(chart, options)
            rejects += refused
            number += bool(found)
            for t, cells in found:
                writers[t].writerow([cells.get(c) for c in omop.names(t)])
                counts[t] += 1
        options.ledger.write(folder / LEDGER)
        write_rejects(folder, rejects)
        mark(folder, "omop", {"charts": number, "rows": counts})
    return Summary(number, counts, tuple(rejects))


def to_cdm(cohort: Path, address: str, codes: Codes | None = None, persons: Path | None = None) -> Summary:
    """Bring the OMOP tables of a database up to date, all in one transaction. Persons that are no more are deleted, unless their charts only could not be read.

    Raises OutputError if it cannot be opened or written.
    """
    from extractor.export import cdm, omop
    from extractor.export.sql import Written

    rejects: list[Reject] = []
    written = Written()
    with cdm.opened(address) as database:
        options = omop.Options(codes or Codes(), people(persons), database.ledger)
        there = {omop.person_id(p, options) for p in charts.unread(cohort)}
        number = -len(there)
        for chart in charts.read(cohort):
            found, refused = omop.rows(chart, options)
            rejects += refused
            if found:
                there.add(omop.person_id(chart.patient_id, options))
                written += database.put(omop.person_id(chart.patient_id, options), found)
        written += database.leave(there)
        database.keep_numbers()
    return Summary(number + len(there), {"rows written": written.put, "rows deleted": written.deleted}, tuple(rejects))


def _open(path: Path) -> IO[str]:
    return path.open("w", newline="", encoding="utf-8")


def people(path: Path | None) -> dict[str, tuple[int, int | None]]:
    """(year of birth, person id or None) by patient. Raises InputError naming file, line and fix."""
    if path is None:
        return {}
    found = {}
    try:
        for line, row in enumerate(read_table(path), 2):
            try:
                found[row["patient_id"]] = int(row["year_of_birth"]), int(row["person_id"]) if row.get("person_id") else None
            except (KeyError, ValueError):
                raise InputError(
                    f"{path.name}: line {line}: needs patient_id, year_of_birth and perhaps person_id, both whole numbers"
                ) from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path.name}: cannot be read as UTF-8 CSV ({type(error).__name__})") from None
    told = Counter(person for _, person in found.values() if person is not None)
    if twice := [n for n, times in told.items() if times > 1]:
        raise InputError(f"{path.name}: person_id {min(twice)} is given to more than one patient")
    return found


# ---- REDCap ---------------------------------------------------------------------------------------------------------------


def to_redcap(cohort: Path, out: Path) -> Summary:
    """Write the data dictionary, the repeating instruments, the import file, the deletions and the label map; instances stay as in ``ledger.csv``."""
    from extractor.export import redcap

    number, counts = 0, {"rows": 0}
    with refilled(out, "redcap") as (folder, last):
        numbers = ledger.read(last / LEDGER if last else None)
        table(folder / "dictionary.csv", redcap.DICTIONARY, redcap.dictionary())
        table(folder / "repeating.csv", ("form_name", "custom_form_label"), redcap.repeating())
        (folder / "labels.toml").write_text(redcap.label_map(), encoding="utf-8")
        with _open(folder / "import.csv") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(redcap.header())
            for patient in charts.unread(cohort):
                redcap.keep(patient, numbers)
            for chart in charts.read(cohort):
                number += 1
                for row in redcap.rows(chart, numbers):
                    writer.writerow(row)
                    counts["rows"] += 1
        gone = list(redcap.deletions(numbers))
        table(folder / "delete.csv", ("record_id", "instrument", "repeat_instance"), gone)
        numbers.write(folder / LEDGER)
        mark(folder, "redcap", {"charts": number, **counts, "deletions": len(gone)})
    return Summary(number, {**counts, "deletions": len(gone)})
