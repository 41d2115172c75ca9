"""Eligibility: each criterion met, not met, not documented; at the index session, also where another ablation came first."""

from __future__ import annotations

from typing import Any

import pytest

from extractor.report.eligibility import Judged, age_at, both, either, judge
from tests.report.makers import Row, Tables, chart, cohort, published, rows


def one(*charts: Tables) -> Judged:
    return judge(published(), cohort(*charts))[0]


def state(person: Row | None = None, session: Row | None = None) -> tuple[str, str | None]:
    found = one(chart("P", person=person, session=session))
    return found.state, found.reason.criterion if found.reason else None


@pytest.mark.parametrize(
    ("person", "session", "expected"),
    [
        ({}, {}, ("eligible", None)),
        ({"age_years": 17.0}, {}, ("excluded", "adult")),
        ({"age_years": 18.0}, {}, ("eligible", None)),
        ({"age_years": None}, {}, ("unknown", "adult")),
        ({"age_years": None, "birth_date": "2000-01-02"}, {}, ("excluded", "adult")),
        ({"age_years": None, "birth_date": "2000-01-01"}, {}, ("eligible", None)),
        ({"histology": "other"}, {}, ("excluded", "sarcoma")),
        ({"histology": None}, {}, ("unknown", "sarcoma")),
        ({"disease_setting": "primary"}, {}, ("excluded", "setting")),
        ({"disease_setting": None}, {}, ("unknown", "setting")),
        ({"prior_surgery": None}, {}, ("unknown", "treated")),
        ({"prior_surgery": False, "prior_radiation": False}, {}, ("unknown", "treated")),
        ({"prior_surgery": False, "prior_radiation": False, "prior_systemic": False}, {}, ("excluded", "treated")),
        ({"prior_surgery": False, "prior_radiation": False, "prior_systemic": True}, {}, ("eligible", None)),
        ({}, {"approach": "laparoscopic"}, ("excluded", "approach")),
        ({}, {"approach": None}, ("unknown", "approach")),
        ({}, {"modality": "microwave"}, ("excluded", "modality")),
        ({}, {"modality": None}, ("unknown", "modality")),
        ({}, {"date": "2016-02-29"}, ("excluded", "period")),
        ({}, {"date": "2016-03-01"}, ("eligible", None)),
        ({}, {"date": "2023-04-30"}, ("eligible", None)),
        ({}, {"date": "2023-05-01"}, ("excluded", "period")),
        ({}, {"date": "2016-01-01", "date_precision": "year"}, ("unknown", "period")),
        ({}, {"date": "2016-03-01", "date_precision": "month"}, ("eligible", None)),
        ({}, {"date": "2015-01-01", "date_precision": "year"}, ("excluded", "period")),
        ({}, {"date": None}, ("unknown", "period")),
    ],
)
def test_every_criterion(person: Row, session: Row, expected: tuple[str, str | None]) -> None:
    assert state(person, session) == expected


def test_what_is_known_to_fail_outweighs_what_is_not_known() -> None:
    assert state({"age_years": None, "histology": "other"}) == ("excluded", "sarcoma")


def test_no_ablation() -> None:
    found = one(rows(patients=[{"patient_id": "P"}]))
    assert (found.state, found.reason.criterion if found.reason else "", found.index) == ("excluded", "ablation", None)


def session(number: int, **changes: Any) -> Row:
    made = {
        "procedure_id": f"P:{number}",
        "patient_id": "P",
        "date_precision": "day",
        "modality": "cryoablation",
        "approach": "percutaneous",
    }
    return rows(procedures=[made | changes])["procedures"][0]


def test_the_index_is_the_first_session_that_meets_the_study() -> None:
    """A cryoablation before the period, a laparoscopic one and a microwave ablation come first."""
    before = [
        session(1, date="2014-05-05"),
        session(2, date="2017-01-01", approach="laparoscopic"),
        session(3, date="2017-06-01", modality="microwave"),
    ]
    found = one(chart("P", more={"procedures": before}))
    assert (found.state, found.index["id"] if found.index else "") == ("eligible", "P:s")
    assert [s["id"] for s in found.sessions] == ["P:s"]


EARLIER: Tables = {"procedures": [session(1, date="2017-01-01", modality="microwave")]}
UNTREATED: Row = {"prior_surgery": False, "prior_radiation": False, "prior_systemic": False}


def treatment(day: str, kind: str = "radiation", precision: str = "day") -> Tables:
    made = {"treatment_id": "P:t", "patient_id": "P", "kind": kind, "date": day, "date_precision": precision}
    return {"treatments": rows(treatments=[made])["treatments"]}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, "unknown"),  # denied at the microwave ablation: says nothing of the year since
        (treatment("2017-06-01"), "eligible"),
        (treatment("2018-06-01"), "unknown"),
        (treatment("2018-01-01", precision="year"), "unknown"),
        (treatment("2017-06-01", kind="embolization"), "unknown"),
    ],
)
def test_treatment_between_another_ablation_and_the_index(more: Tables, expected: str) -> None:
    assert one(chart("P", person=UNTREATED, more=EARLIER | more)).state == expected


def exam(day: str, scope: str, status: str = "progression") -> Tables:
    made = {"assessment_id": "P:a", "patient_id": "P", "date": day, "date_precision": "day", "scope": scope, "status": status}
    return {"assessments": rows(assessments=[made])["assessments"]}


@pytest.mark.parametrize(
    ("told", "more", "expected"),
    [
        ("primary", {}, "unknown"),
        ("primary", exam("2017-06-01", "local"), "eligible"),
        ("primary", exam("2017-06-01", "distant"), "eligible"),
        ("primary", exam("2017-06-01", "distant", "no_progression"), "unknown"),
        ("primary", exam("2019-06-01", "distant"), "unknown"),
        ("recurrent", {}, "eligible"),
    ],
)
def test_setting_at_an_index_after_another_ablation(told: str, more: Tables, expected: str) -> None:
    assert one(chart("P", person={"disease_setting": told}, more=EARLIER | more)).state == expected


def test_age_is_carried_from_the_first_ablation_to_the_index() -> None:
    """17 at the first ablation; a year later 18 or, where the days do not tell, 17 to 19."""
    index, first = session(2, date="2018-01-01"), session(1, date="2017-01-01")
    assert age_at({"age_years": 17.0}, index, [first, index]) == (17, 18)
    assert age_at({"age_years": 17.0}, session(2, date="2019-07-01"), [first]) == (19, 20)
    assert age_at({"age_years": 17.0}, first, [first]) == (17, 17)
    assert age_at({"age_years": 17.0, "birth_date": "1999-06-01"}, index, [first]) == (18, 18)
    assert age_at({"age_years": None}, index, [first]) is None
    assert one(chart("P", person={"age_years": 17.0}, more=EARLIER)).state == "unknown"
    assert one(chart("P", person={"age_years": 19.0}, more=EARLIER)).state == "eligible"


def test_logic_of_three_values() -> None:
    assert (both([True, None]), both([False, None]), both([True]), both([])) == (None, False, True, True)
    assert (either([True, None]), either([False, None]), either([False]), either([])) == (True, None, False, False)
