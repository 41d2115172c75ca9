"""The charts of a cohort folder, one after another: every cell from every format, bad folders, charts that could not be read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from extractor.errors import CohortError
from extractor.export import charts
from extractor.export.charts import ChartTables
from extractor.model import Note
from extractor.run.work import _rejected
from extractor.schema import BY_NAME, TABLES
from extractor.tables import convert, reject_writer
from tests.export import makers

SEEDS = (3, 1, 2)


def whole(chart: ChartTables) -> ChartTables:
    """The chart with its cells in the schema's order, as they are read."""
    return replace(chart, tables={t.name: [{c: r[c] for c in t.names} for r in chart[t.name]] for t in TABLES})


@pytest.mark.parametrize("format", ["csv", "parquet", "duckdb"])
def test_every_cell_of_every_format(tmp_path: Path, format: str) -> None:
    cohort = makers.folder(tmp_path / "cohort", *(makers.chart(s) for s in SEEDS))
    convert(cohort, format)
    found = list(charts.read(cohort))
    assert [replace(c, tables=dict(sorted(c.tables.items()))) for c in found] == [
        replace(c, tables=dict(sorted(c.tables.items()))) for c in (whole(makers.chart(s)) for s in SEEDS)
    ]
    assert all(type(a) is type(b) for c, s in zip(found, SEEDS, strict=True) for t in TABLES for a, b in _pairs(c, makers.chart(s), t.name))


def _pairs(one: ChartTables, other: ChartTables, table: str) -> list[tuple[object, object]]:
    return [(a[c], b[c]) for a, b in zip(one[table], other[table], strict=True) for c in BY_NAME[table].names]


def test_rows_that_are_nobodys_or_out_of_order_are_told(tmp_path: Path) -> None:
    cohort = makers.folder(tmp_path / "cohort", makers.chart(1), makers.chart(2))
    path = cohort / "lesions.csv"
    head, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([head, *reversed(rows)]), encoding="utf-8")
    with pytest.raises(CohortError, match="lesions"):
        list(charts.read(cohort))


def test_a_folder_with_other_columns_is_told(tmp_path: Path) -> None:
    cohort = makers.folder(tmp_path / "cohort", makers.chart(1))
    path = cohort / "outcomes.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("event_type", "kind", 1), encoding="utf-8")
    with pytest.raises(CohortError, match="outcomes"):
        list(charts.read(cohort))
    path.unlink()
    with pytest.raises(CohortError, match="outcomes"):
        list(charts.read(cohort))


def test_a_chart_that_a_run_could_not_read_is_known_from_its_rejects(tmp_path: Path) -> None:
    done = _rejected([Note("n", "P, 1", date(2020, 1, 1), "words", None, "notes.csv:row 3")], "was not finished within 1 seconds")
    assert done.reject
    with (tmp_path / "rejects.csv").open("w", newline="", encoding="utf-8") as file:
        writer = reject_writer(file)
        writer.writerow(("notes.csv", "row 9", "no date"))
        writer.writerow((done.reject.file, done.reject.row, done.reject.reason))
    assert charts.unread(tmp_path) == {"P, 1"}
    assert charts.unread(tmp_path / "none") == frozenset()
