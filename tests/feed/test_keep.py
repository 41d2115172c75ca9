"""A reviewed cell wins over whatever is read later; new text that contradicts it brings the chart to review; other rules do not."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path

import pytest

from extractor.feed.document import Json
from extractor.feed.keep import BY_REGISTRY, differing, has_reviewed, merged
from tests.feed.makers import Chart, cell, made

READ = Chart("A", notes=("report",))
CORRECTED = replace(READ, cells={"coverage": "inadequate"}, review="begun", reviewed={"coverage": "corrected"})
LATER = replace(READ, notes=("report", "addendum"), words={"coverage": 2, "min_margin_mm": 2})


@pytest.fixture
def corrected(tmp_path: Path) -> Json:
    return made(tmp_path, CORRECTED)


def test_a_chart_that_nobody_reviewed_is_as_it_is_read(tmp_path: Path) -> None:
    held, new = made(tmp_path, READ), made(tmp_path, LATER)
    assert not has_reviewed(held)
    assert merged(held, new) is new
    assert merged(None, new) is new


def test_with_the_text_that_was_there_a_reviewed_cell_stays_and_nobody_is_asked(tmp_path: Path, corrected: Json) -> None:
    now = merged(corrected, made(tmp_path, replace(READ, cells={"size_mm": 30})))
    assert (cell(now, "coverage")["value"], cell(now, "coverage")["status"]) == ("inadequate", "reviewed")
    assert cell(now, "size_mm")["value"] == 30
    assert (now["review"]["status"], now["review"]["questions"]) == ("begun", [])


def test_new_text_that_contradicts_sends_the_chart_to_review_and_overwrites_nothing(tmp_path: Path, corrected: Json) -> None:
    new = made(tmp_path, LATER)
    before = copy.deepcopy((corrected, new))
    now = merged(corrected, new)
    assert (corrected, new) == before
    assert cell(now, "coverage")["value"] == "inadequate"
    asked = {
        "table": "lesions",
        "row_id": "A:2020-03-10:cryoablation:left",
        "column": "coverage",
        "reviewed": "inadequate",
        "read": "adequate",
    }
    assert now["review"]["questions"] == [{**asked, "why": "text written since says otherwise"}]
    assert now["review"]["status"] == "back"
    again = merged(now, new)
    assert again == now  # a question stands until a person answers it


def test_new_text_of_other_things_asks_nothing(tmp_path: Path, corrected: Json) -> None:
    now = merged(corrected, made(tmp_path, replace(LATER, words={"min_margin_mm": 2}, cells={"min_margin_mm": 3})))
    assert (cell(now, "coverage")["value"], cell(now, "min_margin_mm")["value"]) == ("inadequate", 3)
    assert now["review"]["status"] == "begun"


def test_new_text_that_agrees_asks_nothing(tmp_path: Path, corrected: Json) -> None:
    now = merged(corrected, made(tmp_path, replace(LATER, cells={"coverage": "inadequate"})))
    assert now["review"]["status"] == "begun"


def test_a_cell_that_a_person_emptied_stays_empty(tmp_path: Path) -> None:
    held = made(tmp_path, replace(CORRECTED, cells={"coverage": "", "lesion_covered": True}))
    cell(held, "coverage")["status"] = "reviewed"
    now = merged(held, made(tmp_path, READ))
    assert (cell(now, "coverage")["value"], cell(now, "coverage")["status"]) == (None, "reviewed")


def test_a_person_s_later_decision_replaces_an_earlier_one(tmp_path: Path, corrected: Json) -> None:
    back = merged(corrected, made(tmp_path, LATER))
    settled = made(tmp_path, replace(LATER, review="begun", reviewed={"coverage": "accepted"}))
    now = merged(back, settled)
    assert (cell(now, "coverage")["value"], now["review"]["status"]) == ("adequate", "begun")
    undone = merged(corrected, made(tmp_path, replace(READ, review="begun")))
    assert (cell(undone, "coverage")["value"], cell(undone, "coverage")["status"]) == ("adequate", "extracted")


def test_a_chart_that_a_review_calls_back_still_knows_what_was_read_when_people_decided(tmp_path: Path, corrected: Json) -> None:
    back = made(tmp_path, replace(LATER, cells={"coverage": "inadequate"}, review="back", reviewed={"coverage": "corrected"}))
    assert back["review"]["notes_read"] == []
    now = merged(corrected, back)
    assert (now["review"]["status"], now["review"]["notes_read"]) == ("back", corrected["review"]["notes_read"])
    later = merged(now, made(tmp_path, replace(LATER, words={}, cells={"coverage": "adequate"})))
    assert later["review"]["questions"] == []  # the reading rests on the old note, which was there


def test_a_row_with_reviewed_cells_stays_when_it_is_no_longer_read(tmp_path: Path, corrected: Json) -> None:
    quiet = merged(corrected, made(tmp_path, replace(READ, without_lesion=True)))
    assert [r["id"] for r in quiet["rows"]["lesions"]] == ["A:2020-03-10:cryoablation:left"]
    assert quiet["review"]["status"] == "begun"
    assert {m for c in quiet["rows"]["lesions"][0]["cells"].values() for m in c["evidence"]} <= {m["id"] for m in quiet["evidence"]}
    loud = merged(corrected, made(tmp_path, replace(LATER, without_lesion=True)))
    assert [q["why"] for q in loud["review"]["questions"]] == ["no longer read, and there is text written since it was decided"]


def test_a_finished_chart_takes_new_rows_only_from_new_text(tmp_path: Path) -> None:
    done = made(tmp_path, replace(READ, review="done"))
    quiet = merged(done, made(tmp_path, replace(READ, more_lesions=("right",))))
    assert [r["id"][-4:] for r in quiet["rows"]["lesions"]] == ["left"]
    assert quiet["review"]["status"] == "done"
    loud = merged(done, made(tmp_path, replace(LATER, more_lesions=("right",), words={})))
    assert [r["id"].rpartition(":")[2] for r in loud["rows"]["lesions"]] == ["left", "right"]
    assert [q["why"] for q in loud["review"]["questions"]] == ["a new row, from text written since this chart was finished"]
    assert merged(loud, made(tmp_path, replace(LATER, more_lesions=("right",), words={}))) == loud
    assert merged(loud, made(tmp_path, READ))["review"]["status"] == "done"


def test_a_row_under_a_new_id_is_the_same_row(tmp_path: Path, corrected: Json) -> None:
    old = "A:2020-03-10:cryoablation:left"
    now = merged(corrected, made(tmp_path, replace(READ, lesion="left:upper", replaces=old)))
    (row,) = now["rows"]["lesions"]
    assert (row["id"], row["links"]["replaces"], row["cells"]["coverage"]["value"]) == (f"{old}:upper", old, "inadequate")


def test_a_link_that_a_person_corrected_stays(tmp_path: Path) -> None:
    held = made(tmp_path, replace(CORRECTED, row_reviewed=True, session="A:2019-01-01:cryoablation"))
    now = merged(held, made(tmp_path, READ))
    assert now["rows"]["lesions"][0]["links"]["procedure_id"] == "A:2019-01-01:cryoablation"


def by_registry(held: Json, column: str, value: object) -> Json:
    found = copy.deepcopy(held)
    cell(found, column).update(value=value, status="reviewed", by=BY_REGISTRY)
    found["review"]["notes_read"] = [n["sha256"] for n in found["notes"]]
    return found


def test_what_the_registry_s_people_reviewed_stays_even_against_a_person(tmp_path: Path) -> None:
    held = by_registry(made(tmp_path, READ), "coverage", "inadequate")
    plain = merged(held, made(tmp_path, READ), registry=True)
    assert (cell(plain, "coverage")["value"], plain["review"]["questions"]) == ("inadequate", [])
    theirs = made(tmp_path, replace(READ, review="done"))
    now = merged(held, theirs, registry=True)
    assert cell(now, "coverage")["value"] == "inadequate"
    assert [(q["column"], q["reviewed"], q["read"]) for q in now["review"]["questions"]] == [("coverage", "inadequate", "adequate")]
    assert cell(merged(held, theirs), "coverage")["value"] == "adequate"


def test_a_registry_asks_when_new_text_contradicts_its_people(tmp_path: Path) -> None:
    held = by_registry(made(tmp_path, READ), "coverage", "inadequate")
    now = merged(held, made(tmp_path, LATER), registry=True)
    assert (cell(now, "coverage")["value"], now["review"]["status"]) == ("inadequate", "back")
    assert differing(now, made(tmp_path, LATER)) == [{"table": "lesions", "row_id": "A:2020-03-10:cryoablation:left", "column": "coverage"}]


def test_differences_are_told_by_place(tmp_path: Path) -> None:
    a, b = made(tmp_path, READ), made(tmp_path, replace(READ, more_lesions=("right",), cells={"lesion_covered": False}))
    own = "A:2020-03-10:cryoablation"
    assert differing(a, b) == [
        {"table": "lesions", "row_id": f"{own}:right", "column": ""},
        {"table": "lesions", "row_id": f"{own}:left", "column": "lesion_covered"},
    ]
    assert differing(a, a) == []
