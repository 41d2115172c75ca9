"""Labels from every source give the same figures; damaged ones name the place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from extractor import corpora
from extractor.errors import CorpusError, ExtractorError, LabelError
from extractor.evaluator import charts, labels, sheets
from extractor.evaluator.evaluation import Options, evaluate
from extractor.evaluator.labelrows import SCORED
from extractor.evaluator.labels import Labels
from extractor.tables import read_cohort
from tests.evaluator import makers
from tests.evaluator.makers import Rows

FEW = Options(rounds=20)


def figures(pred: Path, path: Path, column_map: Path | None = None) -> dict[str, Any]:
    """Figures of tables and of spans apart: only chart files have the latter."""
    found = evaluate(pred, path, column_map, FEW)
    return {k: f.to_json() for k, f in found.figures.items() if not k.startswith(("spans.", "context."))}


# ---- round trips ----------------------------------------------------------------------------------------------------------


def precision_aside(found: dict[str, Any]) -> dict[str, Any]:
    """Chart files tell a date's precision only in some rows, a table in all."""
    return {k: v for k, v in found.items() if not k.endswith("_precision")}


@pytest.mark.parametrize("write", [makers.cohort, makers.flat, makers.workbook], ids=lambda f: f.__name__)
def test_tables_give_the_figures_of_the_charts_they_were_written_from(
    write: Callable[[Path, Rows], Path], gold: Labels, pred: Path, collection: Path, tmp_path: Path
) -> None:
    ending = {"flat": "flat.csv", "workbook": "book.xlsx"}.get(write.__name__, "cohort")
    path = write(tmp_path / ending, makers.rows(gold))
    assert precision_aside(figures(pred, path)) == precision_aside(figures(pred, collection / "charts"))


def test_a_redcap_export_gives_the_figures_of_the_charts(gold: Labels, pred: Path, collection: Path, tmp_path: Path) -> None:
    path, column_map = makers.redcap(tmp_path, gold)
    assert precision_aside(figures(pred, path, column_map)) == precision_aside(figures(pred, collection / "charts"))


@pytest.mark.parametrize("format", ["parquet", "duckdb"])
def test_cohort_tables_of_any_format_are_read_alike(format: str, pred: Path, tmp_path: Path) -> None:
    frames = read_cohort(pred, SCORED)
    if format == "duckdb":
        with duckdb.connect(str(tmp_path / "cohort.duckdb")) as database:
            for name, frame in frames.items():
                database.register("incoming", frame)
                database.execute(f'CREATE TABLE "{name}" AS SELECT * FROM incoming')
    else:
        for name, frame in frames.items():
            frame.to_parquet(tmp_path / f"{name}.parquet", index=False)
    assert labels.read(tmp_path) == labels.read(pred)


def test_read_is_what_the_scorer_reads(gold: Labels, collection: Path) -> None:
    for chart in gold.charts:
        told = charts.labeled(chart)
        for table, rows in labels.read(collection / "charts")[chart["patient_id"]].items():
            for ours, theirs in zip(rows, told[table], strict=True):
                assert {k: ours.get(k) for k in theirs.keys() - {"key", "id", "procedure", "lesion"}} == {
                    k: v for k, v in theirs.items() if k not in ("key", "id", "procedure", "lesion")
                }


def test_a_single_chart_file_and_a_folder_of_collections(collection: Path) -> None:
    one = sorted((collection / "charts").glob("*.json"))[0]
    assert list(labels.read(one)) == [one.stem]
    assert set(labels.read(collection)) == {p.stem for p in (collection / "charts").glob("*.json")}


def test_tables_that_are_not_there_are_not_scored(gold: Labels, pred: Path, tmp_path: Path) -> None:
    told = makers.rows(gold)
    path = makers.cohort(tmp_path / "some", {t: told[t] for t in ("patients", "procedures")})
    found = evaluate(pred, path, options=FEW)
    assert {k.split(".")[0] for k in found.figures} == {"patient", "procedures"}
    assert found.headline is None


def test_a_second_reader_against_a_first(collection: Path) -> None:
    found = evaluate(collection / "charts", collection / "charts", options=FEW)
    assert {f.f1.value for f in found.figures.values()} == {1.0}
    assert found.differences == []


# ---- damage ---------------------------------------------------------------------------------------------------------------

DAMAGE: list[tuple[str, str, Any, str]] = [
    ("lesions", "site", "elbow pit", "site: 'elbow pit' is no word of its vocabulary"),
    ("lesions", "size_mm", "big", "size_mm: 'big' is no number"),
    ("lesions", "size_mm", "nan", "size_mm: 'nan' is no number"),
    ("lesions", "patient_id", None, "patient_id is missing"),
    ("lesions", "procedure_id", "P9", "procedure_id 'P9' is no row of procedures"),
    ("lesions", "lesion_covered", "perhaps", "lesion_covered: 'perhaps' is neither true nor false"),
    ("lesions", "patient_id", "nobody", "patient 'nobody' is no row of patients"),
    ("procedures", "date", "2019-02-30", "date: '2019-02-30' is no ISO date"),
    ("procedures", "modality", None, "modality is missing"),
    ("assessments", "lesion_id", None, "lesion_id (a local assessment speaks of one) is missing"),
    ("outcomes", "event", "2", "event: '2' is neither 0 nor 1"),
    ("outcomes", "lesion_id", "L77", "lesion_id 'L77' is no row of lesions"),
]


def first(rows: list[dict[str, Any]], table: str) -> int:
    return next(n for n, r in enumerate(rows) if table != "assessments" or r["scope"] == "local")


@pytest.mark.parametrize(("table", "column", "value", "message"), DAMAGE)
def test_damaged_tables_name_file_row_and_column(table: str, column: str, value: Any, message: str, gold: Labels, tmp_path: Path) -> None:
    told = makers.rows(gold)
    at = first(told[table], table)
    told[table][at][column] = value
    for path, where in (
        (makers.cohort(tmp_path / "labels", told), f"labels/{table}.csv, line {at + 2}: "),
        (makers.workbook(tmp_path / "labels.xlsx", told), f"labels.xlsx, sheet {table}, row {at + 2}: "),
    ):
        with pytest.raises(LabelError) as error:
            labels.read(path)
        assert f"{where}{message}" in str(error.value)


def test_every_problem_is_told_up_to_ten(gold: Labels, tmp_path: Path) -> None:
    told = makers.rows(gold)
    for row in told["assessments"]:
        row["status"] = "fine"
    with pytest.raises(LabelError) as error:
        labels.read(makers.cohort(tmp_path / "labels", told))
    assert str(error.value).count("is no word of its vocabulary") == 10
    assert "more" in str(error.value).splitlines()[-1]


def test_a_cell_that_may_hold_words_of_a_note_is_not_shown(gold: Labels, tmp_path: Path) -> None:
    told = makers.rows(gold)
    told["lesions"][0]["site"] = "the nodule lies in the right lower lobe"
    with pytest.raises(LabelError) as error:
        labels.read(makers.cohort(tmp_path / "labels", told))
    assert "site: a text of 39 characters is no word of its vocabulary" in str(error.value)
    assert "nodule" not in str(error.value)


def test_a_flat_workbook(gold: Labels, tmp_path: Path) -> None:
    told = makers.rows(gold)
    flat = [
        {"table": t, **{c: r.get(c) for c in dict.fromkeys(k for rows in told.values() for x in rows for k in x)}}
        for t in told
        for r in told[t]
    ]
    assert labels.read(makers.workbook(tmp_path / "x.xlsx", {"Sheet1": flat})) == labels.read(makers.flat(tmp_path / "x.csv", told))


def test_the_map_in_the_docs_is_one() -> None:
    page = (Path(__file__).parents[2] / "docs" / "evaluation.md").read_text(encoding="utf-8")
    text = page.split("```toml\n")[1].split("```")[0]
    found = sheets.parse_map(text, "docs")
    assert found.tables["lesions"].columns["laterality"].values == {"1": "left", "2": "right"}
    assert found.tables["procedures"].columns["date"].format == "%d.%m.%Y"


def test_an_id_that_stands_twice(gold: Labels, tmp_path: Path) -> None:
    told = makers.rows(gold)
    told["lesions"].append(dict(told["lesions"][0]))
    with pytest.raises(LabelError, match="stands twice"):
        labels.read(makers.cohort(tmp_path / "labels", told))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda g: g["lesions"][0].update(procedure="P9"), "J-01.json: lesions L1: procedure_id 'P9' is no row of procedures"),
        (lambda g: g["lesions"][0].update(key=None), "J-01.json: lesions 1: has no key"),
        (lambda g: g["procedures"][0].update(date="03/05/2018"), "J-01.json: procedures P1: date: '03/05/2018' is no ISO date"),
        (lambda g: g["outcomes"].pop(), "has local assessments but no outcome"),
        (lambda g: g["lesions"][0].update(quote="words that nobody wrote"), "its quote stands in no note"),
        (lambda g: g.pop("patient"), "J-01.json: gold: has no 'patient'"),
    ],
)
def test_damaged_charts_name_chart_and_row(change: Callable[[Any], Any], message: str, collection: Path, tmp_path: Path) -> None:
    chart = corpora.load(collection / "charts" / "J-01.json")
    change(chart["gold"])
    (tmp_path / "J-01.json").write_text(json.dumps(chart))
    with pytest.raises((LabelError, CorpusError)) as error:
        labels.read(tmp_path)
    assert message in str(error.value)
    assert "nobody wrote" not in str(error.value)


def test_a_span_that_stands_in_no_note_is_told_without_its_words(collection: Path, tmp_path: Path) -> None:
    chart = corpora.load(collection / "charts" / "J-01.json")
    chart["notes"][2]["spans"][0]["quote"] = "secretwords"
    (tmp_path / "J-01.json").write_text(json.dumps(chart))
    with pytest.raises(LabelError) as error:
        labels.read(tmp_path)
    assert "note J-01-n3: span 1 (HISTOLOGY): does not stand in the note" in str(error.value)
    assert "secretwords" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[lesions", "cannot be read as TOML"),
        ('colour = "red"', "unknown key 'colour'"),
        ("[lesions.columns]\ncolour = 'x'", "'colour' is no column of lesions"),
        ("[lesions]\nrow = 1", "holds other keys than sheet (or instrument) and columns"),
        ("[lesions.columns]\nsite = 3", "lesions.site: write a column name"),
        ("[lesions.columns]\nsite = 'nowhere'", "has no column 'nowhere' (for lesions.site)"),
        ("[lesions]\nsheet = 'Tumours'", "has no sheet, table or instrument 'Tumours'"),
    ],
)
def test_a_wrong_map_says_what_is_wrong(text: str, message: str, gold: Labels, tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text(text)
    path = makers.workbook(tmp_path / "book.xlsx", makers.rows(gold))
    with pytest.raises(LabelError) as error:
        labels.read(path, tmp_path / "map.toml")
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.xlsx", b"not a zip", "is no XLSX workbook"),
        ("x.csv", b"patient_id,table\n\xff\xfe,lesions\n", "is not UTF-8"),
        ("x.csv", b"table,patient_id,site\nlesions,p\n", "line 2: has another number of cells than the header"),
        ("x.csv", b"a,b\n1,2\n", "--map tells where to look"),
        ("x.txt", b"hello", "holds no labels"),
        ("x.json", b"{", "not a JSON file"),
    ],
)
def test_files_that_are_no_labels(name: str, content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ExtractorError) as error:
        labels.read(tmp_path / name)
    assert message in str(error.value)


def test_dates_of_another_form_and_codes_for_nothing(tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text(
        'date_format = "%d.%m.%Y"\ntable_column = "kind"\n'
        '[procedures]\nsheet = "session"\n[procedures.columns]\nprocedure_id = "no"\ndate = "day"\n'
        'modality = { column = "energy", values = { "1" = "cryoablation" } }\nguidance = { column = "guide", values = { "9" = "" } }\n'
    )
    (tmp_path / "x.csv").write_text("kind,patient_id,no,day,energy,guide\nsession,p,1,05.03.2018,1,9\n")
    (row,) = labels.read(tmp_path / "x.csv", tmp_path / "map.toml")["p"]["procedures"]
    assert (row["date"], row["modality"], row["guidance"], row["id"]) == ("2018-03-05", "cryoablation", None, "1")


def test_labels_of_other_patients_are_refused(gold: Labels, pred: Path, tmp_path: Path) -> None:
    (tmp_path / "patients.csv").write_text("patient_id,sex\nsomeone,female\n")
    with pytest.raises(LabelError, match="no labeled patient is in the extraction; the first is 'someone'"):
        evaluate(pred, tmp_path, options=FEW)
