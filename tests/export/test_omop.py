"""A cohort as OMOP CDM 5.4: every cell read back, the standard's columns and keys in PostgreSQL, nobody with an invented year of birth."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from extractor.errors import InputError
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


def _typed(kind: Any, value: str) -> Any:
    if value == "":
        return None
    if isinstance(kind, sa.Date):
        return date.fromisoformat(value)
    return float(value) if isinstance(kind, sa.Numeric) else int(value) if isinstance(kind, sa.Integer) else value


REQUIRED = {
    "person": "person_id gender_concept_id year_of_birth race_concept_id ethnicity_concept_id",
    "note": "note_id person_id note_date note_type_concept_id note_class_concept_id note_text encoding_concept_id language_concept_id",
    "note_nlp": "note_nlp_id note_id lexical_variant nlp_date",
    "procedure_occurrence": "procedure_occurrence_id person_id procedure_concept_id procedure_date procedure_type_concept_id",
    "condition_occurrence": "condition_occurrence_id person_id condition_concept_id condition_start_date condition_type_concept_id",
    "measurement": "measurement_id person_id measurement_concept_id measurement_date measurement_type_concept_id",
}
"""Columns that CDM 5.4 does not let be empty (ohdsi.github.io/CommonDataModel/cdm54.html), written down apart from the code."""
COUNTS = {"person": 18, "death": 7, "note": 16, "note_nlp": 14, "procedure_occurrence": 16, "condition_occurrence": 16, "measurement": 23}
"""How many columns each table has there."""


def test_columns_are_the_standards() -> None:
    tables = omop.metadata().tables
    assert {t: len(tables[t].columns) for t in tables} == COUNTS
    for table, names in REQUIRED.items():
        assert [c.name for c in tables[table].columns if not c.nullable] == names.split()


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
