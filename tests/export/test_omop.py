"""A cohort as OMOP CDM 5.4: every cell read back, the standard's columns and keys in PostgreSQL, nobody with an invented year of birth."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from extractor.cli import app
from extractor.errors import InputError, OutputError
from extractor.export import omop, write
from extractor.export.charts import ChartTables
from extractor.export.mapping import Codes
from extractor.export.mapping import read as read_mapping
from extractor.notes import read_notes
from extractor.schema import BY_NAME, COHORT
from extractor.tables import show
from tests.export import makers, readback

SEEDS = range(6)


def born(seed: int) -> ChartTables:
    return makers.changed(makers.chart(seed), "patients", 0, birth_date=date(1950 + seed, 2, 3))


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    cohort = makers.folder(tmp_path / "cohort", *(born(s) for s in SEEDS))
    write.to_omop(cohort, tmp_path / "omop")
    return tmp_path / "omop"


# ---- round trip -----------------------------------------------------------------------------------------------------------


def numbers(folder: Path) -> dict[str, str]:
    """Our row ids by table and OMOP's number, as the ledger keeps them."""
    found = {}
    for row in csv.DictReader((folder / "ledger.csv").open(encoding="utf-8")):
        parts = row["key"].split("|")
        if parts[0] in ("procedure_occurrence", "condition_occurrence") or parts[-1] in ("status", "event"):
            found[row["number"]] = parts[2]
    return found


def lasting(table: str, row: dict[str, Any]) -> dict[str, Any]:
    """The cells that OMOP holds, as it holds them: texts of at most 50 characters, no event without a day, no old ids."""
    held = {c: show(v)[:50] for c, v in row.items() if c not in ("replaces", "procedure_id", "lesion_id", "patient_id", "retreatment_of")}
    links = {c: show(row[c]) for c in ("procedure_id", "retreatment_of", "lesion_id", BY_NAME[table].key) if c in row}
    return {k: v for k, v in (held | links).items() if v not in ("", None)}


def test_every_cell_comes_back(exported: Path) -> None:
    found, ids = readback.omop(exported), numbers(exported)
    rejected = {(r["table"], r["row_id"]) for r in csv.DictReader((exported / "rejects.csv").open(encoding="utf-8"))}
    for table in COHORT:
        wanted = [lasting(table, dict(r)) for s in SEEDS for r in born(s)[table] if (table, r[BY_NAME[table].key]) not in rejected]
        got = [_named(table, r, ids) for r in found[table]]
        assert sorted(map(json.dumps, map(_sorted, got))) == sorted(map(json.dumps, map(_sorted, wanted)))
    assert rejected == {
        (t, r[BY_NAME[t].key]) for s in SEEDS for t in ("complications", "treatments", "outcomes") for r in born(s)[t] if _day(t, r) is None
    }


def _day(table: str, row: Any) -> Any:
    return row["event_date"] or row["last_assessment_date"] if table == "outcomes" else row["date"]


def _sorted(row: dict[str, Any]) -> dict[str, Any]:
    return dict(sorted(row.items()))


def _named(table: str, row: dict[str, Any], ids: dict[str, str]) -> dict[str, Any]:
    """A row with our ids for OMOP's numbers; a lesion and an outcome bear their session's or exam's day, which is no cell of theirs."""
    own = {k: v for k, v in row.items() if v not in ("", None) and not (k == "date" and "date" not in BY_NAME[table].names)}
    number = own.pop("number", None)
    if number is not None and table != "outcomes":
        own[BY_NAME[table].key] = ids[number]
    for column in ("procedure_id", "retreatment_of"):
        if column in own and column != BY_NAME[table].key:
            own[column] = ids[own[column]]
    if table in ("assessments", "outcomes") and "lesion_id" in own:
        own["lesion_id"] = ids[own["lesion_id"]]
    return own


def test_offsets_and_context_of_mentions(exported: Path) -> None:
    notes = {r["note_id"]: r for r in csv.DictReader((exported / "note.csv").open(encoding="utf-8"))}
    rows = list(csv.DictReader((exported / "note_nlp.csv").open(encoding="utf-8")))
    assert len(rows) == len(SEEDS)
    for row, seed in zip(rows, SEEDS, strict=True):
        start, end = map(int, row["offset"].split("-"))
        assert notes[row["note_id"]]["note_text"][start:end] == row["lexical_variant"]
        [mention] = born(seed)["mentions"]
        context = {c.removeprefix("is_") for c, v in mention.items() if c.startswith("is_") and v}
        modifiers = dict(m.split("=") for m in row["term_modifiers"].split(","))
        assert {k for k, v in modifiers.items() if v == "true"} == context
        assert (modifiers["label"], modifiers["concept"], modifiers["rule"]) == ("SITE", "liver", "sites#liver")
        assert row["term_exists"] == ("N" if context & set(omop.ABSENT) else "Y")


def test_every_row_knows_the_mentions_it_rests_on(exported: Path) -> None:
    ledger = {r["number"]: r["key"].split("|") for r in csv.DictReader((exported / "ledger.csv").open(encoding="utf-8"))}
    facts = {
        (ledger[r["fact_id_1"]][1], tuple(ledger[r["fact_id_2"]]))
        for r in csv.DictReader((exported / "fact_relationship.csv").open(encoding="utf-8"))
    }
    rejected = {(r["table"], r["row_id"]) for r in csv.DictReader((exported / "rejects.csv").open(encoding="utf-8"))}
    wanted = set()
    for chart in map(born, SEEDS):
        for e in chart["evidence"]:
            if e["mention_id"] and (e["table"], e["row_id"]) not in rejected:
                wanted.add((e["mention_id"], _holder(str(e["table"]), str(e["row_id"]), str(e["column"]))))
    assert facts == wanted
    assert len({kind for _, (kind, *_) in facts}) == 4


EVENTS = {
    "patients": ("condition_occurrence", ("histology",)),
    "procedures": ("procedure_occurrence", ("date", "modality")),
    "lesions": ("condition_occurrence", ("site",)),
    "complications": ("condition_occurrence", ("date", "term")),
    "treatments": ("procedure_occurrence", ("date", "kind")),
}
"""The OMOP table that a row becomes, and the cells that it holds; all others are measurements."""


def _holder(table: str, row: str, column: str) -> tuple[str, ...]:
    """How the ledger names what holds a cell."""
    if table == "patients" and column in ("sex", "birth_date", "death_date"):
        return "person", row
    if table in ("assessments", "outcomes"):
        head = "status" if table == "assessments" else "event"
        return "measurement", table, row, head if column in ("date", head) else column
    event, held = EVENTS[table]
    return (event, table, row) if column in held else ("measurement", table, row, column)


# ---- the standard ---------------------------------------------------------------------------------------------------------


def test_the_files_load_into_the_standards_tables(exported: Path, postgres: str) -> None:
    engine = sa.create_engine(postgres)
    metadata = omop.metadata()
    metadata.create_all(engine)
    try:
        with engine.begin() as connection:
            for table in metadata.sorted_tables:
                rows = list(csv.DictReader((exported / f"{table.name}.csv").open(encoding="utf-8")))
                assert list(rows[0] if rows else omop.names(table.name)) == [c.name for c in table.columns]
                if rows:
                    connection.execute(table.insert(), [{k: _typed(table.c[k].type, v) for k, v in r.items()} for r in rows])
            for table in metadata.sorted_tables:
                lines = len(list(csv.DictReader((exported / f"{table.name}.csv").open(encoding="utf-8"))))
                assert connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() == lines
        again = list(read_notes(postgres))
        assert [getattr(n, "text", None) for n in again] == [born(s)["notes"][0]["text"] for s in SEEDS]
    finally:
        metadata.drop_all(engine)
        engine.dispose()


def test_notes_of_a_database_come_as_a_stream(postgres: str, tmp_path: Path) -> None:
    small = tmp_path / "empty.db"
    omop.metadata().create_all(sa.create_engine(f"sqlite:///{small}"))
    engine = sa.create_engine(postgres)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE note (note_id integer, person_id integer, note_date date, note_title text, note_text text)"
        )
        connection.exec_driver_sql(
            "INSERT INTO note SELECT n, n / 10, DATE '2020-01-01', 'clinic', repeat('word ', 1000) FROM generate_series(1, 20000) n"
        )
    try:
        ran = subprocess.run(
            [sys.executable, "-c", GROWTH, postgres, str(small)], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
        )
        count, growth = map(int, ran.stdout.split())
        assert count == 20_000
        assert growth < 40_000, "kilobytes; the notes together are 100 MB"
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE note")
        engine.dispose()


GROWTH = """
import pathlib, re, sys
from extractor.notes import read_notes
peak = lambda: int(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1])
list(read_notes("sqlite:///" + sys.argv[2], unique=False))
before = peak()
notes = read_notes(sys.argv[1], unique=False)
print(sum(1 for _ in notes), peak() - before)
"""
"""Reads the notes of a database; prints how many there are, and by how much memory grew since an empty one was read."""


def _typed(kind: Any, value: str) -> Any:
    if value == "":
        return None
    if isinstance(kind, sa.Date):
        return date.fromisoformat(value)
    return float(value) if isinstance(kind, sa.Numeric) else int(value) if isinstance(kind, sa.Integer) else value


STANDARD = {
    "person": "813517f5c018bbb0",
    "death": "133c60a4c79cabf1",
    "note": "275d7aebf659e50c",
    "note_nlp": "8ec7da3ff9dc4f5c",
    "procedure_occurrence": "00eff74e2822ad04",
    "condition_occurrence": "1730bef9f8a2a1d0",
    "measurement": "0feabcf368dd0e9b",
    "fact_relationship": "e51449ca11dfdc04",
}
"""Beginning of the SHA-256 of each table of the standard's own DDL for PostgreSQL (OHDSI/CommonDataModel, inst/ddl/5.4), told as ``described`` tells it."""


def described(table: sa.Table) -> str:
    """A line a column, in order: name, type in small letters, NULL or NOT NULL."""
    plain = {sa.Integer: "integer", sa.Date: "date", sa.DateTime: "timestamp", sa.Numeric: "numeric", sa.Text: "text"}
    types = (plain.get(type(c.type)) or f"varchar({c.type.length})" for c in table.columns)  # type: ignore[attr-defined]
    return "\n".join(f"{c.name} {t} {'NULL' if c.nullable else 'NOT NULL'}" for c, t in zip(table.columns, types, strict=True))


def test_columns_types_and_what_may_be_empty_are_the_standards() -> None:
    tables = omop.metadata().tables
    assert {t: sha256(described(tables[t]).encode()).hexdigest()[:16] for t in tables} == STANDARD


# ---- into a database ------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of a database with the standard's tables, as its DDL makes them: DEATH has no primary key."""
    found = request.getfixturevalue("postgres") if request.param == "postgresql" else f"sqlite:///{tmp_path / 'cdm.db'}"
    engine, tables = sa.create_engine(found), omop.metadata()
    death = sa.Table("death", sa.MetaData(), *(sa.Column(c.name, c.type, nullable=c.nullable) for c in tables.tables["death"].columns))
    death.create(engine)
    yield found
    with engine.begin() as connection:
        whole = sa.MetaData()
        whole.reflect(connection)
        whole.drop_all(connection)
    engine.dispose()


def in_database(address: str) -> dict[str, list[list[str]]]:
    """Every table, as the files have it."""
    engine = sa.create_engine(address)
    with engine.connect() as connection:
        found = {t.name: [[show(v) for v in r] for r in connection.execute(sa.select(t))] for t in omop.metadata().sorted_tables}
    engine.dispose()
    return {t: sorted(rows) for t, rows in found.items()}


def in_files(folder: Path) -> dict[str, list[list[str]]]:
    found = {t: list(csv.reader((folder / f"{t}.csv").open(encoding="utf-8", newline="")))[1:] for t in omop.COLUMNS}
    return {
        t: sorted([show(float(v)) if c == "value_as_number" and v else v for c, v in zip(omop.names(t), r, strict=True)] for r in rows)
        for t, rows in found.items()
    }


def loaded(tmp_path: Path, address: str, *charts: ChartTables, persons: Path | None = None) -> write.Summary:
    """Export into the database, and see that it holds what the files hold."""
    cohort = makers.folder(tmp_path / "cohort", *charts)
    summary = write.to_cdm(cohort, address, persons=persons)
    write.to_omop(cohort, tmp_path / "omop", persons=persons)
    assert in_database(address) == in_files(tmp_path / "omop")
    return summary


def test_the_database_follows_the_cohort(tmp_path: Path, address: str) -> None:
    first = loaded(tmp_path, address, *(born(s) for s in SEEDS))
    assert first.charts == len(SEEDS)
    assert loaded(tmp_path, address, *(born(s) for s in SEEDS)).counts == {"rows written": 0, "rows deleted": 0}
    corrected = makers.changed(born(1), "lesions", 0, site="kidney", size_mm=None)
    loaded(tmp_path, address, born(0), makers.without(corrected, "treatments", 0), born(3))
    persons = tmp_path / "p.csv"
    persons.write_text(f"patient_id,year_of_birth,person_id\n{born(0).patient_id},1950,5000\n")
    loaded(tmp_path, address, *(born(s) for s in SEEDS), persons=persons)
    assert "5000" in {r[0] for r in in_database(address)["person"]}


def test_a_chart_that_could_not_be_read_keeps_its_rows(tmp_path: Path, address: str) -> None:
    loaded(tmp_path, address, born(1), born(2))
    before = in_database(address)
    cohort = makers.folder(tmp_path / "less", born(1))
    (cohort / "rejects.csv").write_text(f"file,row,reason\nn.csv,patient {born(2).patient_id},the chart ended its worker twice\n")
    assert write.to_cdm(cohort, address).charts == 1
    assert in_database(address) == before


def test_what_fails_changes_nothing(tmp_path: Path, address: str) -> None:
    loaded(tmp_path, address, born(1))
    before = in_database(address)
    broken = makers.folder(
        tmp_path / "broken", makers.changed(born(1), "lesions", 0, site="kidney"), makers.changed(born(2), "procedures", 0, probes=2**40)
    )
    if address.startswith("sqlite"):
        with sa.create_engine(address).begin() as connection:
            connection.exec_driver_sql(
                "CREATE TRIGGER t BEFORE INSERT ON measurement WHEN NEW.value_as_number > 1e9 BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
    else:
        with sa.create_engine(address).begin() as connection:
            connection.exec_driver_sql("ALTER TABLE measurement ADD CHECK (value_as_number < 1e9)")
    with pytest.raises(OutputError, match="nothing in it was changed"):
        write.to_cdm(broken, address)
    assert in_database(address) == before


def test_rows_of_others_are_left_alone(tmp_path: Path, address: str) -> None:
    with sa.create_engine(address).begin() as connection:
        connection.exec_driver_sql("INSERT INTO death (person_id, death_date) VALUES (1, '2020-01-01')")
    with pytest.raises(OutputError, match="rows of others"):
        write.to_cdm(makers.folder(tmp_path / "cohort", born(1)), address)


def test_the_command_loads_a_database_without_out(tmp_path: Path) -> None:
    cohort = makers.folder(tmp_path / "cohort", born(1), makers.changed(born(2), "patients", 0, birth_date=None))
    ran = CliRunner().invoke(app, ["export", str(cohort), "--to", "omop", "--url", f"sqlite:///{tmp_path / 'cdm.db'}"])
    assert ran.exit_code == 0, ran.output
    assert "1 charts" in ran.output
    assert f"patient {born(2).patient_id}: the year of birth is not known" in ran.output
    duck = CliRunner().invoke(app, ["export", str(cohort), "--to", "omop", "--url", f"duckdb:///{tmp_path / 'x.db'}"])
    assert duck.exit_code == 2
    assert "--out" in duck.output


# ---- people, ids, codes ---------------------------------------------------------------------------------------------------


def test_nobody_gets_a_year_of_birth_that_nobody_told(tmp_path: Path) -> None:
    charts = [makers.changed(makers.chart(s), "patients", 0, birth_date=None, age_years=60) for s in range(3)]
    cohort = makers.folder(tmp_path / "cohort", *charts)
    (tmp_path / "p.csv").write_text(f"patient_id,year_of_birth,person_id\n{charts[1].patient_id},1951,77\n")
    summary = write.to_omop(cohort, tmp_path / "omop", persons=tmp_path / "p.csv")
    assert [r[0] for r in summary.rejects if not r[1]] == [charts[0].patient_id, charts[2].patient_id]
    [person] = csv.DictReader((tmp_path / "omop" / "person.csv").open(encoding="utf-8"))
    assert (person["person_id"], person["year_of_birth"], person["month_of_birth"], person["day_of_birth"]) == ("77", "1951", "", "")


def test_numbers_stay_as_charts_come_and_go(tmp_path: Path) -> None:
    out = tmp_path / "omop"
    write.to_omop(makers.folder(tmp_path / "a", born(2)), out)
    before = numbers(out)
    write.to_omop(makers.folder(tmp_path / "b", born(1), born(2)), out)
    after = numbers(out)
    assert before.items() <= after.items()
    first = [p.read_bytes() for p in sorted(out.iterdir())]
    write.to_omop(tmp_path / "b", out)
    assert [p.read_bytes() for p in sorted(out.iterdir())] == first
    events = [
        r
        for t in ("procedure_occurrence", "condition_occurrence", "measurement")
        for r in csv.DictReader((out / f"{t}.csv").open(encoding="utf-8"))
    ]
    ids = [next(iter(r.values())) for r in events]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("rows", ["{0},1950,7\n{1},1951,7\n", "{0},1950,3\n"])
def test_a_person_id_of_another_patient_is_refused(tmp_path: Path, rows: str) -> None:
    cohort = makers.folder(tmp_path / "cohort", born(0), born(1))
    write.to_omop(cohort, tmp_path / "omop")
    (tmp_path / "p.csv").write_text("patient_id,year_of_birth,person_id\n" + rows.format(born(0).patient_id, born(1).patient_id))
    [third] = [
        r for r in csv.DictReader((tmp_path / "omop" / "ledger.csv").open(encoding="utf-8")) if r["key"] == f"person|{born(1).patient_id}"
    ]
    (tmp_path / "p.csv").write_text((tmp_path / "p.csv").read_text().replace(",1950,3\n", f",1950,{third['number']}\n"))
    with pytest.raises(InputError, match="person_id"):
        write.to_omop(cohort, tmp_path / "omop", persons=tmp_path / "p.csv")


def test_concepts_come_from_the_mapping_file(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text(
        "column,value,concept_id\nlesions.site,liver,4000001\nlesions.size_mm,,4000002\nomop,unit mm,8588\nomop,type,32858\n"
    )
    chart = makers.changed(born(1), "lesions", 0, site="liver", size_mm=30.0)
    found = omop.by_table(omop.rows(chart, omop.Options(read_mapping(tmp_path / "m.csv")))[0])
    liver = [r for r in found["condition_occurrence"] if r["condition_source_value"] == "liver"]
    assert {r["condition_concept_id"] for r in liver} == {4000001}
    size = next(r for r in found["measurement"] if r["measurement_source_value"] == "lesions.size_mm" and r["value_as_number"] == 30)
    assert (size["measurement_concept_id"], size["unit_concept_id"], size["measurement_type_concept_id"]) == (4000002, 8588, 32858)
    plain = omop.by_table(omop.rows(chart, omop.Options(Codes()))[0])
    assert {r["condition_concept_id"] for r in plain["condition_occurrence"]} == {0}


@pytest.mark.parametrize("line", ["nowhere.site,liver,1", "lesions.nothing,liver,1", "lesions.site,liver,many"])
def test_a_wrong_mapping_names_its_line(tmp_path: Path, line: str) -> None:
    (tmp_path / "m.csv").write_text(f"column,value,concept_id\n{line}\n")
    with pytest.raises(InputError, match=r"m\.csv: line 2"):
        read_mapping(tmp_path / "m.csv")
