"""Decisions on a chart, what follows from them, and replaying them."""

from __future__ import annotations

from pathlib import Path

import pytest

from extractor.errors import ReviewError
from extractor.review import view
from extractor.review.replay import plain
from tests.review.makers import correct, lesion, sit


def test_a_correction_stands_and_survives_the_process(out: Path) -> None:
    desk = sit(out)
    row = lesion(desk.state("A"))
    desk.decide("A", correct("lesions", row, "coverage", "inadequate"))
    desk.journal.close()
    again = sit(out)
    cell = again.state("A").row("lesions", row).cells["coverage"]  # type: ignore[union-attr]
    assert (cell.value, cell.read, cell.state, cell.by) == ("inadequate", "adequate", "corrected", "anna")
    assert again.listing("begun")["charts"][0]["id"] == "A"


def test_undo_goes_back_step_by_step_to_the_chart_as_read(out: Path) -> None:
    desk = sit(out)
    before = plain(desk.state("A"))
    row = lesion(desk.state("A"))
    desk.decide("A", correct("lesions", row, "size_mm", "31"))
    desk.decide("A", {"kind": "reject", "table": "lesions", "row": row})
    desk.decide("A", {"kind": "undo"})
    assert desk.state("A").row("lesions", row).value("size_mm") == 31  # type: ignore[union-attr]
    desk.decide("A", {"kind": "undo"})
    assert plain(desk.state("A")) == before
    with pytest.raises(ReviewError, match="nothing to undo"):
        desk.decide("A", {"kind": "undo"})


def test_the_outcome_follows_a_corrected_assessment_unless_it_was_decided_itself(out: Path) -> None:
    desk = sit(out)
    exam = next(r for r in desk.state("A").live("assessments") if r.value("scope") == "local")
    state = desk.decide("A", correct("assessments", exam.id, "status", "progression"))
    (outcome,) = state.live("outcomes")
    assert [outcome.value(c) for c in ("event", "event_type", "event_date", "months")] == [1, "progression", "2020-06-12", 3.09]
    assert outcome.cells["event"].state == "derived"
    desk.decide("A", correct("outcomes", outcome.id, "event", "0"))
    state = desk.decide("A", correct("assessments", exam.id, "status", "residual"))
    assert state.live("outcomes")[0].value("event") == 0


def test_a_rejected_session_takes_its_rows_with_it(out: Path) -> None:
    desk = sit(out)
    (session,) = desk.state("A").live("procedures")
    state = desk.decide("A", {"kind": "reject", "table": "procedures", "row": session.id})
    assert [len(state.live(t)) for t in ("procedures", "lesions", "complications", "outcomes")] == [0, 0, 0, 0]
    assert all(r.value("scope") == "distant" for r in state.live("assessments"))


def test_an_added_complication_has_the_id_a_read_one_would_have_and_its_major_follows(out: Path) -> None:
    desk = sit(out)
    (session,) = desk.state("A").live("procedures")
    cells = {"procedure_id": session.id, "term": "hemorrhage", "severity": "severe", "date": "2020-03"}
    state = desk.decide("A", {"kind": "add", "table": "complications", "cells": cells})
    (row,) = state.live("complications")
    assert row.id == f"{session.id}:hemorrhage"
    assert [row.value(c) for c in ("date", "date_precision", "major")] == ["2020-03-01", "month", True]


def test_marked_words_are_the_notes_own_and_are_shown_behind_the_cell(out: Path) -> None:
    desk = sit(out)
    row = lesion(desk.state("A"))
    text = desk.state("A").source.notes[0]["text"]
    start = text.index("left psoas")
    asked = {"kind": "mark", "table": "lesions", "row": row, "column": "site", "note_id": "A-n1", "start": start, "end": start + 10}
    shown = view.chart(desk.decide("A", asked))
    (found,) = [m for m in shown["mentions"].values() if m["label"] == "REVIEWED"]
    assert (found["note"], text[found["start"] : found["end"]], found["rule"]) == ("A-n1", "left psoas", "review#anna")
    with pytest.raises(ReviewError, match="no such words"):
        desk.decide("A", asked | {"end": len(text) + 1})


@pytest.mark.parametrize(
    ("table", "column", "value", "told"),
    [
        ("lesions", "site", "elbow", "no word of its vocabulary"),
        ("lesions", "size_mm", "big", "no number"),
        ("lesions", "procedure_id", "nowhere", "no row of procedures"),
        ("lesions", "lesion_id", "x", "no such cell"),
        ("procedures", "date", "12.3.2020", "write a day as"),
        ("procedures", "probes", "2.5", "whole number"),
        ("notes", "text", "x", "no such cell"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(out: Path, table: str, column: str, value: str, told: str) -> None:
    desk = sit(out)
    rows = desk.state("A").rows.get(table) or [None]
    row = rows[0].id if rows[0] else "x"
    with pytest.raises(ReviewError, match=told):
        desk.decide("A", correct(table, row, column, value))
    assert desk.journal.entries == []


def test_a_chart_whose_rows_lack_what_identifies_them_cannot_be_finished(out: Path) -> None:
    desk = sit(out)
    (session,) = desk.state("A").live("procedures")
    desk.decide("A", correct("procedures", session.id, "date", None))
    with pytest.raises(ReviewError, match="date is missing"):
        desk.decide("A", {"kind": "complete"})


def test_blinded_shows_nothing_extracted_and_labels_from_scratch(out: Path) -> None:
    desk = sit(out, "ben", blinded=True)
    shown = view.chart(desk.state("A"), blinded=True)
    assert (shown["mentions"], shown["drops"], shown["rows"]["procedures"]) == ({}, [], [])
    assert [c["v"] for c in shown["rows"]["patients"][0]["cells"].values()] == [None] * len(shown["rows"]["patients"][0]["cells"])
    assert [c["value"] for c in desk.listing()["charts"]] == [None] * 3
    cells = {"date": "2020-03-10", "modality": "cryoablation"}
    desk.decide("A", {"kind": "add", "table": "procedures", "cells": cells})
    assert desk.decide("A", {"kind": "complete"}).status == "done"


def test_the_timeline_is_in_order_of_days(out: Path) -> None:
    days = [(e["date"], e["kind"]) for e in view.timeline(sit(out).state("A"))]
    assert days == [("2020-03-10", "procedure"), ("2020-03-10", "note"), ("2020-06-12", "exam"), ("2020-06-12", "note")]


@pytest.mark.parametrize("format", ["parquet", "duckdb"])
def test_other_formats_show_the_same_chart(made: Path, tmp_path: Path, format: str) -> None:
    from tests.review import makers

    other = makers.extract(tmp_path, [n for p in makers.PATIENTS for n in makers.chart(p)], format=format)
    assert view.chart(sit(other).state("B")) == view.chart(sit(makers.copy(made, tmp_path / "csv")).state("B"))


def test_charts_worth_a_reading_stand_first_and_finished_ones_go(out: Path) -> None:
    desk = sit(out)
    listed = desk.listing()
    values = [c["value"] for c in listed["charts"]]
    assert values == sorted(values, reverse=True)
    assert values[0] > 0
    first = listed["charts"][0]["id"]
    desk.decide(first, {"kind": "complete"})
    assert first not in [c["id"] for c in desk.listing()["charts"]]
    assert [c["id"] for c in desk.listing("done")["charts"]] == [first]
    assert [c["id"] for c in desk.listing("all", text="b", limit=1)["charts"]] == ["B"]


def test_an_added_row_is_not_taken_for_one_that_is_like_it(out: Path) -> None:
    desk = sit(out)
    (session,) = desk.state("A").live("procedures")
    twin = {"procedure_id": session.id, "term": "pneumothorax"}
    path = out / "complications.csv"
    header = path.read_text(encoding="utf-8").splitlines()[0].split(",")
    cells = {"complication_id": "A:read", "patient_id": "A", **twin, "severity": "mild"}
    path.write_text(f"{','.join(header)}\n{','.join(cells.get(c, '') for c in header)}\n", encoding="utf-8")
    desk.renew()
    state = desk.decide("A", {"kind": "add", "table": "complications", "cells": twin})
    assert [(r.id, r.origin, r.value("severity")) for r in state.live("complications")] == [
        ("A:read", "read", "mild"),
        (f"{session.id}:pneumothorax", "added", None),
    ]
    assert desk.decide("A", {"kind": "complete"}).status == "done"
    assert len(desk.state("A").live("complications")) == 2


def test_tables_written_anew_under_the_open_page_are_taken_up_and_a_decision_on_the_old_ones_is_refused(out: Path) -> None:
    desk = sit(out)
    before, row = desk.stamp, lesion(desk.state("A"))
    asked = correct("lesions", row, "coverage", "inadequate") | {"stamp": before}
    assert not desk.renew()
    path = out / "lesions.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",6,", ",9,"), encoding="utf-8")
    assert desk.renew()
    with pytest.raises(ReviewError, match="written anew"):
        desk.decide("A", asked)
    assert desk.journal.entries == []
    assert desk.state("A").row("lesions", row).value("min_margin_mm") == 9  # type: ignore[union-attr]
    assert desk.decide("A", asked | {"stamp": desk.stamp}).row("lesions", row).value("coverage") == "inadequate"  # type: ignore[union-attr]
