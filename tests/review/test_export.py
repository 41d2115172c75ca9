"""Decisions as labels and corrected tables; tables made anew under decisions; two readers and a third."""

from __future__ import annotations

import csv
import json
import os
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from extractor import corpora
from extractor.cli import app
from extractor.errors import OutputError, ReviewError
from extractor.evaluator import charts as scored
from extractor.evaluator import labels as label_files
from extractor.feed import charts as feed_charts
from extractor.feed import document
from extractor.report import cohort as cohorts
from extractor.report import compose, studyfile
from extractor.review import export
from extractor.review.desk import Desk
from extractor.review.journal import folder_of
from extractor.tables import read_cohort
from tests.review import makers
from tests.review.makers import correct, lesion, sit

RUN = CliRunner()


def finished(out: Path, **options: object) -> str:
    """A chart with a corrected coverage, finished."""
    desk = sit(out, **options)
    row = lesion(desk.state("A"))
    desk.decide("A", correct("lesions", row, "coverage", "inadequate"))
    desk.decide("A", {"kind": "complete"})
    desk.journal.close()
    return row


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_labels_hold_the_finished_charts_and_the_evaluator_finds_the_correction(out: Path, tmp_path: Path) -> None:
    finished(out)
    result = RUN.invoke(app, ["review", "export", str(out), "--to", "labels", "--out", str(tmp_path / "labels")])
    assert result.exit_code == 0, result.output
    read = label_files.read(tmp_path / "labels")
    assert list(read) == ["A"]
    tally = scored.compare("A", read["A"], scored.extracted(out)["A"])
    assert [(d.what, d.labeled, d.extracted) for d in tally.differences] == [("lesions.coverage", "inadequate", "adequate")]
    evaluated = RUN.invoke(app, ["evaluate", str(out), str(tmp_path / "labels"), "--rounds", "10"])
    assert evaluated.exit_code == 0, evaluated.output


def test_there_are_no_labels_before_a_chart_is_finished(out: Path, tmp_path: Path) -> None:
    desk = sit(out)
    desk.decide("A", {"kind": "accept", "table": "patients", "row": "A"})
    desk.journal.close()
    for to in ("labels", "charts"):
        result = RUN.invoke(app, ["review", "export", str(out), "--to", to, "--out", str(tmp_path / to)])
        assert (result.exit_code, "anna has finished no chart yet" in result.output) == (2, True)
        assert not (tmp_path / to).exists()


def test_chart_files_are_valid_and_quote_the_notes(out: Path, tmp_path: Path) -> None:
    finished(out)
    done = export.chart_files(export.charts_of(out, None), tmp_path / "files")
    (path,) = corpora.files(tmp_path / "files")
    assert (done.done, done.left_out, corpora.check(path)) == (1, (), [])
    gold = label_files.read(tmp_path / "files")["A"]
    assert (
        scored.compare("A", gold, label_files.read(export.labels(export.charts_of(out, None), tmp_path / "labels").out)["A"]).differences
        == []
    )
    assert "left psoas nodule" in corpora.load(path)["gold"]["lesions"][0]["quote"]


def test_a_patient_id_that_looks_like_a_path_stays_inside_the_folder(tmp_path: Path) -> None:
    out = makers.extract(tmp_path, makers.chart("../../evil"))
    desk = sit(out)
    desk.decide("../../evil", {"kind": "complete"})
    desk.journal.close()
    before = set(tmp_path.rglob("*"))
    export.chart_files(export.charts_of(out, None), tmp_path / "files")
    assert {p.relative_to(tmp_path).parts[0] for p in set(tmp_path.rglob("*")) - before} == {"files"}
    assert list(label_files.read(tmp_path / "files")) == ["../../evil"]


def test_corrected_tables_say_who_decided_what_and_leave_the_rest_alone(out: Path, tmp_path: Path) -> None:
    row = finished(out)
    export.tables(export.charts_of(out, None), tmp_path / "reviewed")
    before, after = read_cohort(out), read_cohort(tmp_path / "reviewed")
    for name in ("procedures", "assessments", "complications", "treatments", "notes", "drops", "mentions", "outcomes"):
        assert after[name][before[name].columns.tolist()].equals(before[name]), name
    lesions = after["lesions"].set_index("lesion_id")
    assert lesions.loc[row, "coverage"] == "inadequate"
    assert lesions["reviewed"].tolist() == ["true", "false", "false"]
    told = [e for e in rows(tmp_path / "reviewed" / "evidence.csv") if e["row_id"] == row and e["column"] == "coverage"]
    assert [(e["basis"], e["reviewed"], e["reviewer"], e["confidence"]) for e in told] == [("reviewed", "corrected", "anna", "1")]
    assert [p["review"] for p in rows(tmp_path / "reviewed" / "patients.csv")] == ["done", "open", "open"]
    assert list(rows(tmp_path / "reviewed" / "lesions.csv")[0])[:-1] == before["lesions"].columns.tolist()
    explained = RUN.invoke(app, ["explain", str(tmp_path / "reviewed"), "A", "--cell", "lesions.coverage"])
    assert "coverage = inadequate   (reviewed, confidence 1.00, corrected by anna)" in explained.output
    assert {c["accepted"] for c in rows(tmp_path / "reviewed" / "claims.csv")} == {""}  # extract was not asked to accept


def renewed(tmp_path: Path, out: Path, extra: list[dict[str, str]]) -> Path:
    """The tables made anew in the same place, with further notes."""
    shutil.rmtree(out)
    return makers.extract(tmp_path, [n for p in makers.PATIENTS for n in makers.chart(p)] + extra)


def test_the_same_text_read_anew_brings_nothing_back(out: Path, tmp_path: Path) -> None:
    finished(out)
    desk = sit(renewed(tmp_path, out, []))
    for patient in desk.unchecked():
        desk.check(patient)
    assert desk.listing("done")["total"] == 1


def test_other_rules_on_the_same_text_never_overwrite_a_reviewed_cell(out: Path, tmp_path: Path) -> None:
    row = finished(out)
    for name in ("lesions", "assessments", "outcomes"):
        text = (out / f"{name}.csv").read_text(encoding="utf-8")
        changed = text.replace(",6,", ",9,") if name == "lesions" else "\n".join(x for x in text.split("\n") if not x.startswith("A:"))
        (out / f"{name}.csv").write_text(changed, encoding="utf-8")
    os.utime(out / "run.json")
    state = sit(out).state("A")
    kept = state.row("lesions", row)
    assert kept is not None
    assert (kept.value("coverage"), kept.value("min_margin_mm"), kept.cells["min_margin_mm"].read) == ("inadequate", 6, 9)
    assert [r.origin for r in state.live("assessments")] == ["kept", "kept"]
    assert (state.status, state.questions()) == ("done", [])


def test_contradicting_new_text_brings_the_chart_back_until_it_is_decided_again(out: Path, tmp_path: Path) -> None:
    desk = sit(out)
    row = lesion(desk.state("A"))
    desk.decide("A", {"kind": "accept", "table": "lesions", "row": row, "column": "min_margin_mm"})
    desk.decide("A", {"kind": "complete"})
    desk.decide("B", {"kind": "complete"})
    desk.journal.close()
    new = renewed(
        tmp_path,
        out,
        [makers.note("A", 3, "2020-03-10", "procedure", makers.ADDENDUM), makers.note("B", 3, "2020-03-12", "nursing", "Slept well.")],
    )
    desk = sit(new)
    for patient in desk.unchecked():
        desk.check(patient)
    assert [c["id"] for c in desk.listing("back")["charts"]] == ["A"]
    state = desk.state("A")
    assert state.row("lesions", row).value("min_margin_mm") == 6  # type: ignore[union-attr]
    assert ("lesions", row, "min_margin_mm", "text written since says otherwise") in state.questions()
    desk.journal.close()
    applied = RUN.invoke(app, ["review", "apply", str(new), "--journal", str(desk.journal.path), "--out", str(tmp_path / "applied")])
    assert applied.exit_code == 0, applied.output
    asked = [(q["patient_id"], q["column"], q["reviewed"], q["read"]) for q in rows(tmp_path / "applied" / "questions.csv")]
    assert ("A", "min_margin_mm", "6", "2") in asked
    assert "A" not in label_files.read(export.labels(export.charts_of(new, desk.journal.path), tmp_path / "l").out)
    desk = sit(new)
    desk.decide("A", correct("lesions", row, "min_margin_mm", "2"))
    state = desk.decide("A", {"kind": "complete"})
    assert (state.status, state.row("lesions", row).value("min_margin_mm")) == ("done", 2)  # type: ignore[union-attr]


def test_a_row_that_is_read_later_under_another_id_is_the_same_row(out: Path) -> None:
    row = finished(out)
    for path in out.glob("*.csv"):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("A:2020-03-10:cryoablation", "A:2020-03:cryoablation"), encoding="utf-8")
    state = sit(out).state("A")
    (found,) = state.live("lesions")
    assert found.id == row.replace("2020-03-10", "2020-03")
    assert (found.value("coverage"), found.value("procedure_id")) == ("inadequate", "A:2020-03:cryoablation")
    assert [len(state.live(t)) for t in ("procedures", "lesions", "outcomes")] == [1, 1, 1]
    desk = sit(out, "ben")  # whoever comes later begins with the new ids
    assert len(desk.state("A").live("lesions")) == 1


def test_a_renamed_row_stays_one_row_through_further_decisions_and_further_names(out: Path) -> None:
    row = finished(out)
    known = "A:2020-03-10:cryoablation"
    for day in ("2020-03", "2020-03-11"):
        new = f"A:{day}:cryoablation"
        for path in out.glob("*.csv"):
            path.write_text(path.read_text(encoding="utf-8").replace(known, new), encoding="utf-8")
        known = new
        desk = sit(out)
        now = lesion(desk.state("A"))
        assert now == row.replace("A:2020-03-10:cryoablation", new)
        desk.decide("A", correct("lesions", now, "laterality", "right"))
        desk.decide("A", {"kind": "accept", "table": "lesions", "row": now})
        state = desk.decide("A", {"kind": "complete"})
        desk.journal.close()
        assert [len(state.live(t)) for t in ("procedures", "lesions", "assessments", "outcomes")] == [1, 1, 2, 1]
        (found,) = state.live("lesions")
        assert [found.value(c) for c in ("lesion_id", "procedure_id", "coverage", "laterality")] == [now, new, "inadequate", "right"]
        assert {a.value("lesion_id") for a in state.live("assessments")} == {now, None}


@pytest.mark.parametrize("how", ["--force", "--incremental"])
def test_notes_read_anew_by_the_command_leave_decisions_alone(out: Path, tmp_path: Path, how: str) -> None:
    row = finished(out)
    source = tmp_path / "again.jsonl"
    added = makers.note("A", 3, "2020-03-10", "procedure", makers.ADDENDUM)
    source.write_text("\n".join(json.dumps(n) for n in [*(n for p in makers.PATIENTS for n in makers.chart(p)), added]), encoding="utf-8")
    result = RUN.invoke(app, ["extract", str(source), "--out", str(out), how])
    assert (result.exit_code, "decisions of earlier reviews are kept" in result.output) == (0, True), result.output
    state = sit(out).state("A")
    assert state.row("lesions", row).value("coverage") == "inadequate"  # type: ignore[union-attr]
    assert state.status == "back"


@pytest.mark.parametrize("how", ["--force", "--incremental"])
def test_reviewed_tables_are_not_overwritten_by_reading_anew(out: Path, tmp_path: Path, how: str) -> None:
    finished(out)
    reviewed = export.tables(export.charts_of(out, None), tmp_path / "reviewed").out
    before = (reviewed / "lesions.csv").read_bytes()
    source = tmp_path / "again.jsonl"
    source.write_text("\n".join(map(json.dumps, makers.chart("A"))), encoding="utf-8")
    result = RUN.invoke(app, ["extract", str(source), "--out", str(reviewed), how])
    assert (result.exit_code, "a person reviewed" in result.output) == (2, True)
    assert (reviewed / "lesions.csv").read_bytes() == before


def test_an_export_never_takes_the_place_of_what_is_reviewed(out: Path, tmp_path: Path) -> None:
    finished(out)
    charts = export.charts_of(out, None)
    for target in (out, folder_of(out), tmp_path):
        with pytest.raises(OutputError, match="holds what is reviewed"):
            export.labels(charts, target, force=True)
    other = makers.extract(tmp_path, makers.chart("A"), "other")
    with pytest.raises(OutputError, match="something else than an export"):
        export.labels(charts, other, force=True)
    labels = export.labels(charts, tmp_path / "labels").out
    with pytest.raises(OutputError, match="exists already"):
        export.labels(charts, labels)
    assert export.labels(charts, labels, force=True).done == 1


def test_corrected_tables_go_on_to_registries(out: Path, tmp_path: Path) -> None:
    row = finished(out)
    reviewed = export.tables(export.charts_of(out, None), tmp_path / "reviewed").out
    result = RUN.invoke(app, ["export", str(reviewed), "--to", "redcap", "--out", str(tmp_path / "redcap")])
    assert result.exit_code == 0, result.output
    chart = next(c for c in feed_charts.read(reviewed) if c.patient_id == "A")
    told = document.content(chart)
    (cell,) = [r["cells"]["coverage"] for r in told["rows"]["lesions"] if r["id"] == row]
    assert (told["review"]["status"], cell["value"], cell["status"], cell["basis"]) == ("done", "inadequate", "reviewed", "reviewed")


def test_the_report_counts_rows_as_reviewed_once_their_chart_was_finished(out: Path, tmp_path: Path) -> None:
    finished(out)
    told = cohorts.read(export.tables(export.charts_of(out, None), tmp_path / "reviewed").out)
    by_person = {
        t: [r["patient_id"] for c in told.charts.values() for r in c[t] if told.cells((t, r["id"]))[column].basis == "reviewed"]
        for t, column in (("outcomes", "event"), ("lesions", "coverage"), ("procedures", "date"))
    }
    assert by_person == {"outcomes": ["A"], "lesions": ["A"], "procedures": ["A"]}
    plan = studyfile.load(studyfile.find("sarcoma-cryoablation"))
    (sheet,) = [s for s in compose.compute(told, plan).sheets() if s.id == "sensitivity"]
    assert "Only rows that a person reviewed" in [r[0].name for r in sheet.rows]


def test_calibrate_reads_the_labels(out: Path, tmp_path: Path) -> None:
    desk = sit(out)
    for patient in makers.PATIENTS:
        desk.decide(patient, {"kind": "complete"})
    desk.journal.close()
    export.labels(export.charts_of(out, None), tmp_path / "labels")
    result = RUN.invoke(app, ["calibrate", str(out), str(tmp_path / "labels"), "--out", str(tmp_path / "my.json")])
    assert result.exit_code == 0, result.output


# ---- two readers ------------------------------------------------------------------------------------------------------------


def read_by_two(out: Path, blinded: bool = False) -> None:
    for reviewer, coverage in (("anna", "adequate"), ("ben", "inadequate")):
        desk = sit(out, reviewer, blinded=blinded)
        if blinded:
            scratch(desk, coverage)
        else:
            desk.decide("A", correct("lesions", lesion(desk.state("A")), "coverage", coverage))
        if reviewer == "ben":
            session = desk.state("A").live("procedures")[0].id
            desk.decide(
                "A", {"kind": "add", "table": "complications", "cells": {"procedure_id": session, "term": "pain", "severity": "mild"}}
            )
        desk.decide("A", {"kind": "complete"})
        desk.journal.close()


def scratch(desk: Desk, coverage: str) -> None:
    state = desk.decide("A", {"kind": "add", "table": "procedures", "cells": {"date": "2020-03-10", "modality": "cryoablation"}})
    cells = {"procedure_id": state.live("procedures")[0].id, "site": "retroperitoneum", "coverage": coverage}
    desk.decide("A", {"kind": "add", "table": "lesions", "cells": cells})


@pytest.mark.parametrize("blinded", [False, True])
def test_a_third_settles_what_two_differ_on(out: Path, tmp_path: Path, blinded: bool) -> None:
    read_by_two(out, blinded)
    desk = sit(out, "cara", adjudicate=("anna", "ben"))
    for patient in desk.unchecked():
        desk.check(patient)
    assert [(c["id"], c["differs"]) for c in desk.listing()["charts"]] == [("A", 2)]
    state = desk.state("A")
    row, pain = lesion(state), state.rows["complications"][0].id
    assert state.source.others == {
        ("lesions", row, "coverage"): ("adequate", "inadequate"),
        ("complications", pain, ""): ("no such row", "there"),
    }
    with pytest.raises(ReviewError, match="2 differences are not settled"):
        desk.decide("A", {"kind": "complete"})
    desk.decide("A", correct("lesions", row, "coverage", "inadequate"))
    desk.decide("A", {"kind": "reject", "table": "complications", "row": pain})
    assert desk.decide("A", {"kind": "complete"}).status == "done"
    desk.journal.close()
    export.labels(export.charts_of(out, None), tmp_path / "labels")
    gold = label_files.read(tmp_path / "labels")["A"]
    assert (gold["lesions"][0]["coverage"], gold["complications"]) == ("inadequate", [])


def test_which_journal_must_be_said_where_there_are_two(out: Path) -> None:
    read_by_two(out)
    with pytest.raises(ReviewError, match=r"anna.jsonl, ben.jsonl; name one"):
        export.charts_of(out, None)
    with pytest.raises(ReviewError, match="two readers or more"):
        sit(out, "cara", adjudicate=("anna",))
    with pytest.raises(ReviewError, match="no such journal"):
        sit(out, "cara", adjudicate=("anna", "nobody"))


def test_a_row_that_other_rules_find_in_a_finished_chart_stays_out_until_it_is_taken_in(out: Path) -> None:
    finished(out)
    path = out / "complications.csv"
    header = path.read_text(encoding="utf-8").splitlines()[0]
    cells = {"complication_id": "A:new", "patient_id": "A", "term": "pain"}
    path.write_text(f"{header}\n{','.join(cells.get(c, '') for c in header.split(','))}\n", encoding="utf-8")
    desk = sit(out)
    state = desk.state("A")
    assert (state.status, state.live("complications"), len(state.rows["complications"])) == ("done", [], 1)
    state = desk.decide("A", {"kind": "accept", "table": "complications", "row": "A:new"})
    assert [r.id for r in state.live("complications")] == ["A:new"]
