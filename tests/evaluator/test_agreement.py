"""Agreement between people: matched rows, figures, and the sheet of what is left to decide."""

from __future__ import annotations

import copy
import csv
import json
import random
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner

from extractor import corpora
from extractor.cli import app
from extractor.errors import InputError, OutputError
from extractor.evaluator import adjudication, charts, sources
from extractor.evaluator.agreement import EMPTY, Agreement, agree
from extractor.evaluator.charts import Tables
from extractor.evaluator.readings import readings

RUN = CliRunner()
CHARTS = {c["patient_id"]: c for c in map(corpora.load, corpora.files())}
LABELS = {p: charts.labeled(c) for p, c in CHARTS.items()}
SOME = {p: LABELS[p] for p in sorted(LABELS)[:10]}


def field(found: Agreement, name: str) -> Any:
    return next(f for f in found.fields if f.field == name)


def other(labels: dict[str, Tables], seed: int = 0) -> dict[str, Tables]:
    """A second reader: own ids and order, some rows left out, some cells read otherwise."""
    rng, out = random.Random(seed), copy.deepcopy(labels)
    for tables in out.values():
        for table, rows in tables.items():
            for row in rows:
                for name in ("id", "procedure", "lesion", "retreatment_of"):
                    if row.get(name) is not None:
                        row[name] = f"own {row[name]}"
                if table == "lesions" and rng.random() < 0.2:
                    row["coverage"] = "inadequate"
                if table == "complications" and rng.random() < 0.3:
                    row["severity"] = "severe"
            if table in ("complications", "assessments"):
                rows[:] = [r for r in rows if rng.random() > 0.1]
            rng.shuffle(rows)
    return out


def test_readers_who_say_the_same_agree_and_leave_nothing_to_decide() -> None:
    found = agree({"a": LABELS, "b": LABELS, "c": LABELS}, rounds=100)
    assert found.disputes == ()
    assert all(r.positive_agreement.value == 1 for r in found.rows)
    assert all(f.same.value in (1, None) for f in found.fields)
    assert all(f.chance_corrected is None or f.chance_corrected.value in (1, None) for f in found.fields)


def test_figures_do_not_depend_on_who_is_first_or_on_order() -> None:
    second = other(SOME)
    one, turned = agree({"a": SOME, "b": second}, rounds=100), agree({"b": second, "a": SOME}, rounds=100)
    told, again = (json.loads(f.to_json()) for f in (one, turned))
    assert told["fields"] == again["fields"]
    assert [r["positive_agreement"] for r in told["rows"]] == [r["positive_agreement"] for r in again["rows"]]
    assert told["disputes"] == again["disputes"] > 0


def test_rows_agree_with_the_evaluator_s_matching() -> None:
    """Row counts are those of the scorer, save what it matches only one way round (a side that the labels leave open)."""
    second = other(LABELS)
    found = agree({"a": LABELS, "b": second}, rounds=100)
    figures = charts.figures(charts.compare(p, LABELS[p], second[p]) for p in LABELS)
    by_table = {r.table: r.positive_agreement.value for r in found.rows}
    for table in ("procedures", "lesions", "complications"):
        assert by_table[table] == pytest.approx(figures[table].f1)


def test_three_readers_use_alpha_and_a_row_that_two_tell() -> None:
    second, third = other(SOME, 1), other(SOME, 2)
    found = agree({"a": SOME, "b": second, "c": third}, rounds=100)
    severity = field(found, "complications.severity")
    assert "Krippendorff" in severity.chance_corrected.note
    told_by_two = field(agree({"a": SOME, "b": second}, rounds=100), "complications.severity")
    assert severity.units >= told_by_two.units > 0
    assert len(found.disputes[0].values) == 3


def pair(first: dict[str, Any], second: dict[str, Any]) -> dict[str, dict[str, Tables]]:
    def side(row: dict[str, Any]) -> dict[str, Tables]:
        gold = {"patient": {}, "procedures": [{"key": "P1", "date": "2020-03-10", "modality": "cryoablation"} | row]}
        return {"x": charts.labeled({"patient_id": "x", "gold": gold})}

    return {"a": side(first), "b": side(second)}


@pytest.mark.parametrize(("day", "exact", "week", "month"), [("2020-03-10", 1, 1, 1), ("2020-03-15", 0, 1, 1), ("2020-03-30", 0, 0, 1)])
def test_dates_near_each_other_are_one_row_but_no_agreement_on_it(day: str, exact: int, week: int, month: int) -> None:
    found = agree(pair({}, {"date": day}), rounds=100)
    dates = field(found, "procedures.date")
    assert (dates.same.value, dates.within_7_days.value, dates.within_30_days.value) == (exact, week, month)
    assert found.rows[0].positive_agreement.value == exact


def test_dates_far_apart_are_two_rows() -> None:
    found = agree(pair({}, {"date": "2020-06-10"}), rounds=100)
    assert found.rows[0].told == (1, 1)
    assert [d.column for d in found.disputes] == ["(whole row)"] * 2
    assert next(d.values[1] for d in found.disputes) == "no such row"


def test_not_documented_is_a_reading() -> None:
    found = agree(pair({"guidance": "ct"}, {}), rounds=100)
    assert field(found, "procedures.guidance").same.value == 0
    assert found.disputes[0].values == ("ct", EMPTY)


def test_a_row_below_one_that_is_matched_loosely_is_no_agreement_either() -> None:
    two = pair({}, {"date": "2020-03-12"})
    for labels in two.values():
        labels["x"]["complications"] = [{"id": None, "procedure": "P1", "term": "pain", "severity": "mild", "lesion": None}]
    told = readings("x", [two["a"]["x"], two["b"]["x"]])
    assert [(r.table, r.exact) for r in told if len(r.told) > 1 and r.table != "patients"] == [
        ("procedures", False),
        ("complications", False),
    ]


def test_no_common_patient_and_one_reader_are_told() -> None:
    with pytest.raises(InputError, match="no patient in common"):
        agree({"a": SOME, "b": {"nobody": next(iter(SOME.values()))}})
    with pytest.raises(InputError, match="two readers"):
        agree({"a": SOME})


def test_names_of_readers() -> None:
    paths = [
        Path("v/abstractor-1/labels.xlsx"),
        Path("v/abstractor-2/labels.xlsx"),
        Path("v/third.xlsx"),
        Path("v/abstractor-1/labels.xlsx"),
    ]
    assert list(sources.named(paths)) == ["abstractor-1/labels", "abstractor-2/labels", "third", "abstractor-1/labels #2"]


def test_sheet_has_a_line_for_each_difference_and_an_empty_decision(tmp_path: Path) -> None:
    found = agree({"=cmd()": SOME, "b": other(SOME)}, rounds=100)
    adjudication.write(found, tmp_path / "a.xlsx")
    adjudication.write(found, tmp_path / "a.csv")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["adjudicate"]
    lines = list(sheet.iter_rows(values_only=True))
    assert lines[0] == ("line", "patient_id", "table", "row", "column", "=cmd()", "b", "decision", "remark")
    assert sheet["F1"].data_type == "s"
    assert len(lines) - 1 == len(found.disputes) > 0
    assert all(line[7] is None for line in lines[1:])
    assert [line[1] for line in lines[1:]] == sorted(line[1] for line in lines[1:])
    coverage = next(i for i, line in enumerate(lines, 1) if line[4] == "coverage")
    rules = [r for r in sheet.data_validations.dataValidation if f"H{coverage}" in r.sqref]
    assert len(rules) == 1
    with (tmp_path / "a.csv").open(encoding="utf-8") as file:
        read = list(csv.reader(file))
    assert read[0][5] == "'=cmd()"
    assert len(read) == len(lines)
    first = (tmp_path / "a.xlsx").read_bytes()
    adjudication.write(found, tmp_path / "a.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == first
    with pytest.raises(OutputError, match=r"\.xlsx or \.csv"):
        adjudication.write(found, tmp_path / "a.doc")


def test_command(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        for patient in sorted(SOME):
            chart = copy.deepcopy(CHARTS[patient])
            if folder == second:
                chart["gold"]["complications"] = []
            (folder / f"{patient}.json").write_text(json.dumps(chart), encoding="utf-8")
    shown = RUN.invoke(app, ["agree", str(first), str(second), "--rounds", "100", "--sheet", str(tmp_path / "adjudicate.xlsx")])
    assert shown.exit_code == 0, shown.output
    assert "lesions.coverage" in shown.output
    assert (tmp_path / "adjudicate.xlsx").is_file()
    told = json.loads(RUN.invoke(app, ["agree", str(first), str(second), "--rounds", "100", "--json"]).stdout)
    assert told["patients"] == 10
    assert RUN.invoke(app, ["agree", str(first)]).exit_code == 2
