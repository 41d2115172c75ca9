"""The command line as its users meet it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from extractor.cli import app
from extractor.schema import TABLES
from extractor.tables import read_cohort

RUN = CliRunner()
SECRET = "zebrafish"
NOTES = [
    {
        "note_id": "a1",
        "patient_id": "A",
        "note_date": "2020-03-10",
        "note_type": "procedure",
        "text": f"PROCEDURE: CT-guided cryoablation of left psoas nodule\nDATE: 03/10/2020\nANESTHESIA: General.\n\nTECHNIQUE: The {SECRET} nodule measured 2.2 x 1.9 cm. "
        "Three cryoprobes were placed. Two freeze cycles of 10 minutes. The ice ball extended at least 6 mm past the nodule on every side.\n\nCOMPLICATIONS: None.",
    },
    {
        "note_id": "a2",
        "patient_id": "A",
        "note_date": "2020-06-12",
        "note_type": "radiology",
        "text": "CT ABDOMEN AND PELVIS 06/12/2020\n\nFINDINGS: Left psoas ablation zone 3 cm, no enhancement.\n\nIMPRESSION:\n1. No recurrence at the left psoas ablation zone.\n2. No new metastatic disease.",
    },
]


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    path.write_text("\n".join(json.dumps(r) for r in rows), encoding="utf-8")
    return path


@pytest.fixture
def cohort(tmp_path: Path) -> Path:
    out = tmp_path / "cohort"
    result = RUN.invoke(app, ["extract", str(write(tmp_path / "notes.jsonl", NOTES)), "--out", str(out)])
    assert result.exit_code == 0, result.output
    return out


def test_one_chart_end_to_end(cohort: Path) -> None:
    tables = read_cohort(cohort)
    procedure, lesion, outcome = (tables[t].iloc[0] for t in ("procedures", "lesions", "outcomes"))
    assert (str(procedure["date"]), procedure["modality"], procedure["guidance"], procedure["anesthesia"], procedure["probes"]) == (
        "2020-03-10",
        "cryoablation",
        "ct",
        "general",
        3,
    )
    assert (lesion["site"], lesion["laterality"], lesion["size_mm"], lesion["coverage"], lesion["min_margin_mm"]) == (
        "retroperitoneum",
        "left",
        22,
        "adequate",
        6,
    )
    assert (outcome["event"], str(outcome["last_assessment_date"])) == (0, "2020-06-12")
    assert len(tables["complications"]) == 0
    assert sorted(tables["assessments"]["scope"]) == ["distant", "local"]


def test_every_cell_that_is_no_id_has_evidence_and_every_mention_slices(cohort: Path) -> None:
    tables = read_cohort(cohort)
    texts = dict(zip(tables["notes"]["note_id"], tables["notes"]["text"], strict=True))
    for _, m in tables["mentions"].iterrows():
        assert m["text"] == texts[m["note_id"]][m["start"] : m["end"]]
    told = {(e["table"], e["row_id"], e["column"]) for _, e in tables["evidence"].iterrows()}
    for table in TABLES:
        if table.name in ("mentions", "evidence", "notes", "drops", "claims"):
            continue
        for _, row in tables[table.name].iterrows():
            for column in table.names:
                is_id = column.endswith("_id") or column in ("retreatment_of", "replaces")
                if not is_id and not pd.isna(row[column]):
                    assert (table.name, row[table.key], column) in told


def test_tables_hold_the_contract_s_columns(cohort: Path) -> None:
    for table in TABLES:
        with (cohort / f"{table.name}.csv").open(newline="", encoding="utf-8") as file:
            assert tuple(next(csv.reader(file))) == table.names


def cells(frame: pd.DataFrame) -> list[list[str]]:
    return [["" if pd.isna(v) else f"{v:g}" if isinstance(v, float) else str(v) for v in row] for row in frame.to_numpy(dtype=object)]


@pytest.mark.parametrize("format", ["parquet", "duckdb"])
def test_other_formats_hold_the_same(tmp_path: Path, cohort: Path, format: str) -> None:
    out = tmp_path / format
    source = tmp_path / "notes.jsonl"
    assert RUN.invoke(app, ["extract", str(source), "--out", str(out), "--format", format]).exit_code == 0
    csv_tables, others = read_cohort(cohort), read_cohort(out)
    for name, frame in csv_tables.items():
        assert list(frame.columns) == list(others[name].columns)
        assert frame.isna().values.tolist() == others[name].isna().values.tolist()
        assert cells(frame) == cells(others[name])


def test_equal_input_gives_equal_bytes(tmp_path: Path, cohort: Path) -> None:
    again = tmp_path / "again"
    write(tmp_path / "shuffled.jsonl", NOTES[::-1])
    assert RUN.invoke(app, ["extract", str(tmp_path / "notes.jsonl"), "--out", str(again)]).exit_code == 0
    for file in cohort.iterdir():
        assert file.read_bytes() == (again / file.name).read_bytes()


def test_existing_out_is_refused_and_force_replaces_it(tmp_path: Path, cohort: Path) -> None:
    arguments = ["extract", str(tmp_path / "notes.jsonl"), "--out", str(cohort)]
    refused = RUN.invoke(app, arguments)
    assert refused.exit_code == 2
    assert "--force" in refused.output
    assert RUN.invoke(app, [*arguments, "--force"]).exit_code == 0
    stranger = tmp_path / "letters"
    stranger.mkdir()
    (stranger / "letter.txt").write_text("x")
    assert RUN.invoke(app, [*arguments[:-1], str(stranger), "--force"]).exit_code == 2
    assert (stranger / "letter.txt").exists()


def test_bad_rows_cost_only_themselves(tmp_path: Path) -> None:
    bad = [
        {**NOTES[1], "note_id": ""},
        {**NOTES[1], "note_id": "b", "note_date": "2020-13-45"},
        {**NOTES[1], "note_id": "a1"},
        {**NOTES[1], "note_id": "c", "text": SECRET + "\x00\x01"},
        {**NOTES[1], "note_id": "d", "patient_id": None},
    ]
    source = tmp_path / "notes.jsonl"
    source.write_text("\n".join([*(json.dumps(n) for n in [*NOTES, *bad]), "{not json " + SECRET]), encoding="utf-8")
    result = RUN.invoke(app, ["extract", str(source), "--out", str(tmp_path / "out")])
    assert result.exit_code == 0
    assert "6 rejected" in result.output
    with (tmp_path / "out" / "rejects.csv").open(encoding="utf-8") as file:
        reasons = [r["reason"] for r in csv.DictReader(file)]
    assert reasons == ["no note id", "not a date", "repeated note id", "binary text", "no patient id", "not a JSON object on one line"]
    assert SECRET not in (tmp_path / "out" / "rejects.csv").read_text()
    assert len(read_cohort(tmp_path / "out")["notes"]) == 2
    strict = RUN.invoke(app, ["extract", str(source), "--out", str(tmp_path / "strict"), "--strict"])
    assert strict.exit_code == 2
    assert not (tmp_path / "strict").exists()


def test_a_missing_column_is_one_clear_line(tmp_path: Path) -> None:
    source = tmp_path / "notes.csv"
    source.write_text("note_id,patient_id,note_date,BODY\n1,A,2020-01-01,hello\n")
    result = RUN.invoke(app, ["extract", str(source), "--out", str(tmp_path / "out")])
    assert result.exit_code == 2
    assert "no column 'text'" in result.output
    assert "--column text=NAME" in result.output
    assert RUN.invoke(app, ["extract", str(source), "--out", str(tmp_path / "out"), "--column", "text=BODY"]).exit_code == 0
    assert RUN.invoke(app, ["extract", str(tmp_path / "none.csv"), "--out", str(tmp_path / "o")]).exit_code == 2


def test_a_chart_that_fails_costs_only_itself_and_tells_no_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from extractor.run import work

    real = work.abstract

    def fails(notes, reader):  # type: ignore[no-untyped-def]
        if notes[0].patient_id == "A":
            raise ValueError(notes[0].text)
        return real(notes, reader)

    monkeypatch.setattr(work, "abstract", fails)
    source = write(tmp_path / "notes.jsonl", [*NOTES, {**NOTES[1], "note_id": "b1", "patient_id": "B"}])
    result = RUN.invoke(app, ["extract", str(source), "--out", str(tmp_path / "out")])
    assert result.exit_code == 0
    assert SECRET not in result.output
    assert SECRET not in (tmp_path / "out" / "rejects.csv").read_text()
    assert list(read_cohort(tmp_path / "out")["patients"]["patient_id"]) == ["B"]


def test_nothing_is_left_behind_when_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from extractor.run import work

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(work, "write_part", full)
    result = RUN.invoke(app, ["extract", str(write(tmp_path / "notes.jsonl", NOTES)), "--out", str(tmp_path / "out")])
    assert result.exit_code == 2
    assert "No space left" in result.output
    assert [p.name for p in tmp_path.iterdir()] == ["notes.jsonl"]


def test_explain_shows_the_words_and_the_drops(cohort: Path) -> None:
    result = RUN.invoke(app, ["explain", str(cohort), "A", "--cell", "lesions.coverage"])
    assert result.exit_code == 0
    assert "coverage = adequate" in result.output
    assert "»6 mm«" in result.output
    assert "measures#margin" in result.output
    everything = RUN.invoke(app, ["explain", str(cohort), "A"]).output
    assert "dropped candidates" in everything
    assert RUN.invoke(app, ["explain", str(cohort), "nobody"]).exit_code == 2
    assert RUN.invoke(app, ["explain", str(cohort), "A", "--cell", "lesions.colour"]).exit_code == 2


def test_rules_check_and_list() -> None:
    assert RUN.invoke(app, ["rules", "check"]).exit_code == 0
    assert "complications#pneumothorax" in RUN.invoke(app, ["rules", "list"]).output


def test_every_command_has_help_with_words() -> None:
    for command in (
        "extract",
        "explain",
        "demo",
        "version",
        "rules check",
        "rules list",
        "corpora check",
        "corpora notes",
        "endpoints",
        "agree",
        "plan size",
        "plan draw",
        "plan verify",
    ):
        result = RUN.invoke(app, [*command.split(), "--help"])
        assert result.exit_code == 0
        assert len(result.output) > 80
