"""Plans: sizes, samples and their weights, blinded sheets that read back as labels, and the lock."""

from __future__ import annotations

import copy
import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from typer.testing import CliRunner

from extractor import corpora
from extractor.cli import app
from extractor.errors import InputError, OutputError
from extractor.evaluator import abstraction, charts, planning, prereg, sources
from extractor.evaluator.charts import Tables
from extractor.model import Note
from extractor.stats.weighting import Counts, accuracy

RUN = CliRunner()
CHARTS = {c["patient_id"]: c for c in map(corpora.load, corpora.files())}
LABELS = {p: charts.labeled(c) for p, c in CHARTS.items()}
COLLECTION = corpora.collections()[0] / "charts"


# ---- sizes ----------------------------------------------------------------------------------------------------------------


def test_units_a_chart_come_from_the_cohort() -> None:
    found = {n.field: n for n in planning.needs(LABELS, None, 0.1)}
    lesions = sum(len(t["lesions"]) for t in LABELS.values())
    assert found["lesions"].assumed.units == pytest.approx(lesions / len(LABELS))
    assert found["lesions"].assumed.share == 0.9
    assert found["lesions"].in_cohort is not None
    assert found["lesions"].in_cohort <= len(LABELS)
    events = sum(o["event"] == 1 and not _retreated(t, o) for t in LABELS.values() for o in t["outcomes"] if _cryo(t, o))
    assert found[planning.EVENTS].assumed.units == pytest.approx(events / len(LABELS))


def _lesion(tables: Tables, outcome: dict[str, Any]) -> dict[str, Any]:
    return next(x for x in tables["lesions"] if x["id"] == outcome["lesion"])


def _retreated(tables: Tables, outcome: dict[str, Any]) -> bool:
    return _lesion(tables, outcome).get("retreatment_of") is not None


def _cryo(tables: Tables, outcome: dict[str, Any]) -> bool:
    session = _lesion(tables, outcome)["procedure"]
    return next(p for p in tables["procedures"] if p["id"] == session)["modality"] == "cryoablation"


def test_a_pilot_replaces_assumptions() -> None:
    got = copy.deepcopy(LABELS)
    for tables in list(got.values())[::4]:
        tables["complications"] = []
    found = {(n.field, n.measure): n for n in planning.needs(got, LABELS, 0.1)}
    recall, precision = found["complications", "recall"], found["complications", "precision"]
    assert recall.from_pilot
    assert recall.assumed.share < 0.9 < precision.assumed.share
    assert recall.assumed.deff > 1
    assert recall.charts is not None
    assert precision.charts is not None
    assert recall.charts > precision.charts


# ---- samples --------------------------------------------------------------------------------------------------------------


def test_weights_add_up_to_the_cohort_and_a_seed_gives_one_sample() -> None:
    for sample in (
        planning.simple(sorted(LABELS), 15, 3),
        planning.stratified(LABELS, 20, "patients.disease_setting", 3),
        planning.enriched(LABELS, 15, "outcomes.event=1", 0.6, 3),
    ):
        assert sum(d.weight for d in sample) == pytest.approx(len(LABELS))
        assert len({d.patient for d in sample}) == len(sample)
    assert planning.enriched(LABELS, 15, "outcomes.event=1", 0.6, 3) == planning.enriched(
        dict(reversed(LABELS.items())), 15, "outcomes.event=1", 0.6, 3
    )
    assert planning.simple(sorted(LABELS), 15, 3) != planning.simple(sorted(LABELS), 15, 4)


def test_strata_are_drawn_in_proportion() -> None:
    sample = planning.stratified(LABELS, 20, "patients.disease_setting", 0)
    for drawn, size in planning.strata(sample).values():
        assert drawn >= min(2, size)
        assert abs(drawn - 20 * size / len(LABELS)) < 2


def test_enriched_share_is_met_as_far_as_charts_go() -> None:
    rare = {p for p, t in LABELS.items() if any(c["severity"] == "severe" for c in t["complications"])}
    few = planning.enriched(LABELS, 8, "complications.severity=severe", 0.5, 0)
    assert sum(d.patient in rare for d in few) == 4
    most = planning.enriched(LABELS, len(rare) + 9, "complications.severity=severe", 0.9, 0)
    assert {d.patient for d in most} >= rare


def test_an_enriched_sample_speaks_for_the_cohort_again() -> None:
    """Over many draws, the weighted recall of an extraction that fails on charts with severe complications is that of all charts."""
    condition = "complications.severity=severe"
    rare = {p for p, t in LABELS.items() if any(c["severity"] == "severe" for c in t["complications"])}
    counts = {p: Counts(1, 0, 1) if p in rare else Counts(2, 0, 0) for p in LABELS}
    truth = accuracy(counts, rounds=10)["recall"].value
    found, plain = [], []
    for seed in range(60):
        sample = planning.enriched(LABELS, 12, condition, 0.5, seed)
        own = {d.patient: counts[d.patient] for d in sample}
        found.append(accuracy(own, {d.patient: d.weight for d in sample}, rounds=10)["recall"].value)
        plain.append(accuracy(own, rounds=10)["recall"].value)
    assert np.mean(found) == pytest.approx(truth, abs=1e-9)
    assert abs(np.mean(plain) - truth) > 0.02


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: planning.simple(["a"], 2, 0), "only 1"),
        (lambda: planning.enriched(LABELS, 5, "outcomes.event", 0.5, 0), "write a condition"),
        (lambda: planning.enriched(LABELS, 5, "outcomes.event=7", 0.5, 0), "no chart of the cohort"),
        (lambda: planning.stratified(LABELS, 5, "patients.colour", 0), "no table.column"),
        (lambda: planning.stratified(LABELS, 5, "patients.histology", 0), "cannot cover"),
    ],
)
def test_mistakes_are_told(make: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        make()


# ---- sheets ---------------------------------------------------------------------------------------------------------------


def fill(path: Path, labels: dict[str, Tables], days: bool = False) -> None:
    """Fill a sheet as a person would: own ids, dates typed as days or as text."""
    book = openpyxl.load_workbook(path)
    for row in book["patients"].iter_rows(min_row=2):
        if row[0].value in labels:
            own = {"labeled": "x"} | labels[str(row[0].value)]["patients"][0]
            _put(book["patients"], row[0].row, own, days)
    for table in abstraction.SHEETS[1:]:
        line = 2
        for patient, tables in labels.items():
            for row in tables[table]:
                own = row | {"patient_id": patient, "procedure_id": row["procedure"], "lesion_id": row["lesion"]}
                if table in ("procedures", "lesions"):
                    own[f"{table[:-1]}_id"] = row["id"]
                _put(book[table], line, own, days)
                line += 1
    book.save(path)


def _put(sheet: Any, line: int, row: dict[str, Any], days: bool) -> None:
    header = [c.value for c in sheet[1]]
    for column, name in enumerate(header, 1):
        value = row.get(name)
        if value is not None:
            is_day = days and isinstance(value, str) and name in ("date", "event_date", "last_assessment_date", "death_date")
            sheet.cell(line, column, date.fromisoformat(value) if is_day else value)


@pytest.mark.parametrize("days", [False, True])
def test_filled_sheets_read_back_as_labels(tmp_path: Path, days: bool) -> None:
    path = tmp_path / "labels.xlsx"
    own = {p: LABELS[p] for p in sorted(LABELS)[days :: len(LABELS) // 60]}
    abstraction.write(path, sorted(own))
    fill(path, own, days)
    read = sources.read(path)
    assert set(read) == set(own)
    for patient, tables in own.items():
        for one, other in ((tables, read[patient]), (read[patient], tables)):
            tally = charts.compare(patient, one, other)
            assert tally.differences == []
            assert sum(tally.fp.values()) == 0
            assert sum(tally.fn.values()) == 0
    assert all({"id", "procedure", "retreatment_of", "lesion_covered"} <= set(x) for t in read.values() for x in t["lesions"])


def test_a_chart_not_marked_is_no_label(tmp_path: Path) -> None:
    path = tmp_path / "labels.xlsx"
    abstraction.write(path, sorted(LABELS)[:4])
    with pytest.raises(InputError, match="no chart is marked"):
        abstraction.read(path)
    fill(path, {p: LABELS[p] for p in sorted(LABELS)[:2]})
    assert sorted(abstraction.read(path)) == sorted(LABELS)[:2]
    assert abstraction.marks(path) == {p: i < 2 for i, p in enumerate(sorted(LABELS)[:4])}


def test_sheets_offer_the_vocabularies_and_hold_every_column_that_is_scored(tmp_path: Path) -> None:
    path = tmp_path / "labels.xlsx"
    abstraction.write(path, ["a"])
    book = openpyxl.load_workbook(path)
    assert [s for s in book.sheetnames if s in abstraction.SHEETS] == list(abstraction.SHEETS)
    for table in abstraction.SHEETS:
        sheet = book[table]
        rules = {str(r.sqref).split(":")[0]: r for r in sheet.data_validations.dataValidation}
        for cell, column in zip(
            sheet[1], (abstraction.BY_NAME[table][c.value] if c.value != "labeled" else None for c in sheet[1]), strict=True
        ):
            if column is not None and column.values:
                offered = rules[f"{cell.column_letter}2"].formula1.lstrip("=").split("!")[1].replace("$", "")
                assert tuple(c[0].value for c in book["words"][offered]) == column.values
    assert {"size_mm", "min_margin_mm", "coverage", "laterality", "retreatment_of"} <= set(abstraction.names("lesions"))


@pytest.mark.parametrize(
    ("table", "column", "value", "said"),
    [
        ("lesions", "site", "tail", "lesions row 2: site: 'tail' is no word"),
        ("procedures", "date", "12.03.2019", "procedures row 2: date: '12.03.2019' is no day"),
        ("lesions", "size_mm", "big", "size_mm: 'big' is no number"),
        ("lesions", "procedure_id", "P9", "procedure_id 'P9' is no row of procedures"),
        ("outcomes", "event", 2, "'2' is neither 0 nor 1"),
        ("complications", "patient_id", "Z", "patient 'Z' is no row of patients"),
        ("lesions", "lesion_covered", "maybe", "'maybe' is neither true nor false"),
    ],
)
def test_wrong_cells_are_named(tmp_path: Path, table: str, column: str, value: Any, said: str) -> None:
    path = tmp_path / "labels.xlsx"
    patient = next(p for p in sorted(LABELS) if all(LABELS[p][t] for t in ("procedures", "lesions", "outcomes", "complications")))
    abstraction.write(path, [patient])
    fill(path, {patient: LABELS[patient]})
    book = openpyxl.load_workbook(path)
    book[table].cell(2, [c.value for c in book[table][1]].index(column) + 1, value)
    book.save(path)
    with pytest.raises(InputError, match=said):
        abstraction.read(path)


def test_notes_in_a_sheet_are_whole_and_never_formulas(tmp_path: Path) -> None:
    text = "=HYPERLINK(1)\x0b" + "long " * 10_000
    path = tmp_path / "labels.xlsx"
    abstraction.write(path, ["=a"], {"=a": [Note("n1", "=a", date(2020, 1, 1), text)]})
    book = openpyxl.load_workbook(path)
    parts = list(book["notes"].iter_rows(min_row=2))
    assert "".join(row[5].value for row in parts) == text.replace("\x0b", "")
    assert parts[0][5].data_type == "s"
    assert book["patients"]["A2"].data_type == "s"
    first = path.read_bytes()
    abstraction.write(path, ["=a"], {"=a": [Note("n1", "=a", date(2020, 1, 1), text)]})
    assert path.read_bytes() == first
    (tmp_path / "x.xlsx").write_text("no")
    with pytest.raises(InputError, match="no XLSX"):
        abstraction.read(tmp_path / "x.xlsx")


# ---- the folder and its lock ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five charts as extracted."""
    folder = tmp_path_factory.mktemp("cohort")
    (folder / "charts").mkdir()
    for path in sorted(COLLECTION.iterdir())[:5]:
        (folder / "charts" / path.name).write_bytes(path.read_bytes())
    corpora.write_notes(folder / "notes.jsonl", folder / "charts")
    result = RUN.invoke(app, ["extract", str(folder / "notes.jsonl"), "--out", str(folder / "tables")])
    assert result.exit_code == 0, result.output
    return folder / "tables"


@pytest.fixture
def drawn(tmp_path: Path, cohort: Path) -> Path:
    out = tmp_path / "validation"
    result = RUN.invoke(app, ["plan", "draw", str(cohort), "--out", str(out), "--charts", "4", "--abstractors", "2", "--seed", "7"])
    assert result.exit_code == 0, result.output
    return out


def rules_of(folder: Path) -> str:
    return str(json.loads((folder / prereg.LOCK).read_text())["rules"])


def test_sheets_hold_nothing_that_was_extracted(drawn: Path) -> None:
    for path in sorted(drawn.rglob("*.xlsx")):
        book = openpyxl.load_workbook(path)
        for table in abstraction.SHEETS:
            cells = [c for row in book[table].iter_rows(min_row=2, values_only=True) for c in row if c is not None]
            assert all(c in {d["patient_id"] for d in _sample(drawn)} for c in cells)
            assert bool(cells) == (table == "patients")
        assert "stratum" not in str(list(book["patients"].values))


def _sample(folder: Path) -> list[dict[str, str]]:
    with (folder / prereg.SAMPLE).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_notes_lie_beside_under_numbers(drawn: Path) -> None:
    for who in (1, 2):
        book = openpyxl.load_workbook(drawn / f"abstractor-{who}" / prereg.FILLED)
        patients = [row[0] for row in book["patients"].iter_rows(min_row=2, max_col=1, values_only=True) if row[0]]
        files = sorted((drawn / f"abstractor-{who}" / "notes").iterdir())
        assert [f.name for f in files] == ["001.txt", "002.txt", "003.txt", "004.txt"]
        for number, (patient, file) in enumerate(zip(patients, files, strict=True), 1):
            text = file.read_text(encoding="utf-8")
            assert text.startswith(f"Chart {number}: patient {patient}\n")
            for note in CHARTS[patient]["notes"]:
                assert note["text"].rstrip() in text


def test_lock_holds_until_something_changes(drawn: Path, cohort: Path, tmp_path: Path) -> None:
    rules = rules_of(drawn)
    locked = prereg.verify(drawn, rules, source=cohort)
    assert locked.problems == ()
    assert prereg.verify(drawn, rules, registered=locked.digest).problems == ()
    fill(drawn / "abstractor-1" / prereg.FILLED, {p["patient_id"]: LABELS[p["patient_id"]] for p in _sample(drawn)[:1]})
    filled = prereg.verify(drawn, rules)
    assert filled.problems == ()
    assert filled.filled == {"abstractor-1": "1 of 4 charts labeled", "abstractor-2": "0 of 4 charts labeled"}
    assert "registered" in prereg.verify(drawn, rules, registered="0" * 64).problems[0]
    assert "rules" in prereg.verify(drawn, "other").problems[0]
    assert "not the cohort" in prereg.verify(drawn, rules, source=drawn / "blank").problems[0]
    (drawn / prereg.SAMPLE).write_text((drawn / prereg.SAMPLE).read_text().replace("all", "some"))
    (drawn / "blank" / "abstractor-2.xlsx").unlink()
    assert prereg.verify(drawn, rules).problems[:2] == ("blank/abstractor-2.xlsx: is missing", "sample.csv: was changed")


def test_charts_may_not_be_swapped_in_the_sheet_to_fill(drawn: Path) -> None:
    path = drawn / "abstractor-1" / prereg.FILLED
    book = openpyxl.load_workbook(path)
    book["patients"]["A2"] = "an easier one"
    book.save(path)
    assert "other patients" in prereg.verify(drawn, rules_of(drawn)).problems[0]


def test_equal_plans_are_equal_bytes(drawn: Path, cohort: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    arguments = ["plan", "draw", str(cohort), "--out", str(again), "--charts", "4", "--abstractors", "2", "--seed", "7"]
    assert RUN.invoke(app, arguments).exit_code == 0
    assert prereg.digest(drawn) == prereg.digest(again)
    assert RUN.invoke(app, arguments).exit_code == 2


def test_nothing_is_left_behind_when_a_chart_has_no_notes(tmp_path: Path) -> None:
    source = prereg.Cohort({}, "r", "d")
    with pytest.raises(InputError, match="has no notes"):
        prereg.write(tmp_path / "v", source, [planning.Drawn("x", "all", 1, 1)], {})
    good = prereg.Cohort({"x": []}, "r", "d")
    with pytest.raises(OutputError):
        prereg.write(tmp_path / "v", good, [planning.Drawn("x", "all", 1, 1)], {}, protocol=tmp_path / "none.md")
    assert list(tmp_path.iterdir()) == []


def test_commands(drawn: Path, cohort: Path, tmp_path: Path) -> None:
    shown = RUN.invoke(app, ["plan", "size", str(cohort), "--width", "0.2"])
    assert shown.exit_code == 0, shown.output
    assert "lesions.coverage" in shown.output
    told = json.loads(RUN.invoke(app, ["plan", "size", str(cohort), "--json"]).stdout)
    assert {"field", "measure", "charts"} <= set(told[0])
    changed = RUN.invoke(app, ["plan", "verify", str(drawn), "--digest", "ab"])
    assert changed.exit_code == 1
    assert "does not hold" in changed.output
    assert RUN.invoke(app, ["plan", "verify", str(tmp_path)]).exit_code == 2
    for wrong in (["--by", "patients.sex", "--enrich", "outcomes.event=1"], ["--notes", "pdf"]):
        assert RUN.invoke(app, ["plan", "draw", str(cohort), "--out", str(tmp_path / "w"), "--charts", "3", *wrong]).exit_code == 2


def test_in_five_commands(drawn: Path, cohort: Path, tmp_path: Path) -> None:
    """plan, label, agree, endpoints: what two people filled in goes through every step."""
    sample = {p["patient_id"]: LABELS[p["patient_id"]] for p in _sample(drawn)}
    paths = [drawn / f"abstractor-{n}" / prereg.FILLED for n in (1, 2)]
    for path in paths:
        fill(path, sample)
    agreed = RUN.invoke(app, ["agree", *map(str, paths), "--rounds", "100", "--sheet", str(tmp_path / "adjudicate.xlsx")])
    assert agreed.exit_code == 0, agreed.output
    assert "0 cells or rows to decide" in agreed.output
    arguments = ["endpoints", str(cohort), str(paths[0]), "--sample", str(drawn / prereg.SAMPLE), "--rounds", "100", "--json"]
    found = RUN.invoke(app, arguments)
    assert found.exit_code == 0, found.output
    told = json.loads(found.stdout)
    assert (told["patients"], told["cohort"]) == (4, 5)
