"""The tables in PostgreSQL, SQLite and DuckDB: every cell read back, keys and comments, upserts, one transaction a chart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from typer.testing import CliRunner

from extractor.cli import app
from extractor.errors import CohortError, OutputError
from extractor.export import sql, write
from extractor.export.charts import ChartTables
from extractor.export.sql import Written
from extractor.schema import BY_NAME
from tests.export import makers


@pytest.fixture(params=["sqlite", "duckdb", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of an empty database of each kind."""
    if request.param != "postgresql":
        yield f"{request.param}:///{tmp_path / 'cohort.db'}"
        return
    server = request.getfixturevalue("postgres")
    yield server
    with sa.create_engine(server).begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")


def stored(address: str) -> dict[str, list[dict[str, Any]]]:
    """Every table of a database."""
    engine = sa.create_engine(address)
    with engine.connect() as connection:
        found = {t: [dict(r) for r in connection.execute(sa.text(f'SELECT * FROM "{t}"')).mappings()] for t in sql.ORDER}
    engine.dispose()
    typed = {t: {c.name: c.type for c in BY_NAME[t].columns} for t in found}
    return {t: [{c: _same(typed[t].get(c), v) for c, v in r.items()} for r in rows] for t, rows in found.items()}


def _same(kind: str | None, value: Any) -> Any:
    """SQLite's plain text and numbers as what they stand for."""
    from datetime import date

    if kind == "boolean" and value is not None:
        return bool(value)
    return date.fromisoformat(value) if kind == "date" and isinstance(value, str) else value


def expected(*found: ChartTables) -> dict[str, list[dict[str, Any]]]:
    return {t: [r for c in found for r in sql.records(c, t)] for t in sql.ORDER}


def as_sets(tables: dict[str, list[dict[str, Any]]]) -> dict[str, list[str]]:
    return {t: sorted(str(sorted(r.items(), key=lambda i: i[0])) for r in rows) for t, rows in tables.items()}


def test_every_cell_comes_back_twice_changes_nothing_and_rows_come_and_go(address: str) -> None:
    one, two = makers.chart(1), makers.chart(2)
    with sql.Database(address) as database:
        assert database.put(one).put == sum(len(r) for r in expected(one).values())
        database.put(two)
        assert as_sets(stored(address)) == as_sets(expected(one, two))
        assert database.put(one) == database.put(two) == Written()
        corrected = makers.changed(makers.changed(one, "complications", 1, severity=None, term="pain"), "notes", 0, text="mended")
        assert database.put(corrected) == Written(2)
        less = makers.without(corrected, "treatments", 0)
        gone = database.put(less)
        assert gone.deleted > 0
        assert as_sets(stored(address)) == as_sets(expected(less, two))
    with sql.Database(address) as again:
        assert again.put(less) == Written()


@pytest.mark.parametrize("address", ["sqlite", "postgresql"], indirect=True)
def test_a_chart_is_written_whole_or_not_at_all(address: str) -> None:
    good = makers.chart(1)
    bad = makers.changed(makers.changed(good, "patients", 0, sex=None), "lesions", 0, procedure_id="none such")
    with sql.Database(address) as database:
        database.put(good)
        with pytest.raises(IntegrityError):
            database.put(bad)
        assert as_sets(stored(address)) == as_sets(expected(good))
        assert database.put(good) == Written()


def test_keys_and_comments_stand_in_the_database(address: str) -> None:
    sql.Database(address)
    found = sa.inspect(sa.create_engine(address))
    if not address.startswith("duckdb"):
        parents = {(k["constrained_columns"][0], k["referred_table"]) for k in found.get_foreign_keys("lesions")}
        assert parents == {("patient_id", "patients"), ("procedure_id", "procedures"), ("retreatment_of", "lesions")}
        assert found.get_pk_constraint("evidence")["constrained_columns"] == ["patient_id", "position"]
    if address.startswith("postgresql"):
        assert found.get_table_comment("lesions")["text"] == BY_NAME["lesions"].doc
        comments = {c["name"]: c["comment"] for c in found.get_columns("lesions")}
        assert comments["size_mm"] == "largest dimension before treatment, mm"
        assert comments["laterality"] == "side, where stated for this lesion: left, right, midline, bilateral"


def test_the_command_and_its_errors(tmp_path: Path) -> None:
    cohort = makers.folder(tmp_path / "cohort", makers.chart(1), makers.chart(2))
    address = f"sqlite:///{tmp_path / 'c.db'}"
    ran = CliRunner().invoke(app, ["export", str(cohort), "--to", "sql"], env={"EXTRACTOR_DATABASE_URL": address})
    assert ran.exit_code == 0
    assert as_sets(stored(address)) == as_sets(expected(makers.chart(1), makers.chart(2)))
    again = CliRunner().invoke(app, ["export", str(cohort), "--to", "sql", "--url", address])
    assert "2 charts: 0 rows written, 0 rows deleted" in again.output
    for url in ("mysql://me:secret@x/y", "postgresql+psycopg://me:secret@127.0.0.1:1/y", "nonsense"):
        failed = CliRunner().invoke(app, ["export", str(cohort), "--to", "sql", "--url", url])
        assert failed.exit_code == 2
        assert "secret" not in failed.output


def test_tables_of_another_version_are_refused(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'c.db'}"
    with sa.create_engine(address).begin() as connection:
        connection.exec_driver_sql("CREATE TABLE patients (patient_id text primary key)")
    with pytest.raises(OutputError, match="lacks column sex"):
        sql.Database(address)


def test_charts_that_left_the_cohort_are_withdrawn(address: str, tmp_path: Path) -> None:
    one, two, three = (makers.chart(s) for s in (1, 2, 3))
    write.to_sql(makers.folder(tmp_path / "all", one, two, three), address)
    less = makers.folder(tmp_path / "less", two)
    write.to_sql(less, address, keep_absent=True)
    assert as_sets(stored(address)) == as_sets(expected(one, two, three))
    (less / "rejects.csv").write_text(
        f"file,row,reason\nnotes.csv,patient {three.patient_id},the chart was not finished within 600 seconds\n"
    )
    summary = write.to_sql(less, address)
    assert summary.counts["charts withdrawn"] == 1
    assert as_sets(stored(address)) == as_sets(expected(two, three))
    assert "charts withdrawn" not in write.to_sql(less, address).counts


def test_a_cohort_without_charts_withdraws_nothing(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'c.db'}"
    write.to_sql(makers.folder(tmp_path / "one", makers.chart(1)), address)
    with pytest.raises(CohortError, match="nothing withdrawn"):
        write.to_sql(makers.folder(tmp_path / "none"), address)
    assert as_sets(stored(address)) == as_sets(expected(makers.chart(1)))
