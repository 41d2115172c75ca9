"""Each plausibility check finds its failing example, and nothing in a sound chart."""

from __future__ import annotations

import pytest

from extractor.report.plausible import CHECKS, findings
from tests.report.makers import Row, Tables, chart, cohort, rows

SOUND = chart(
    "S",
    [
        {"min_margin_mm": 6.0, "size_mm": 20.0, "lesion_covered": True, "until": "2019-01-01"},
        {"site": "lung", "coverage": "inadequate", "min_margin_mm": 0.0, "lesion_covered": False, "event": 1, "until": "2018-06-01"},
    ],
    [{"severity": "severe", "major": True}],
    {"death_date": "2019-06-01", "birth_date": "1960-01-01"},
    {"probes": 3.0, "technical_success": False},
)


def with_lesion(**cells: object) -> Tables:
    return chart("P", [dict(cells)])


def with_harm(**cells: object) -> Tables:
    return chart("P", [{}], [dict(cells)])


def changed(table: str, **cells: object) -> Tables:
    """A sound chart with cells of the first row of a table changed."""
    made = chart("P", [{"until": "2018-06-01"}])
    return made | {table: [made[table][0] | cells, *made[table][1:]]}


def added(table: str, row: Row) -> Tables:
    return chart("P", [{"until": "2018-06-01"}], more={table: rows(**{table: [{"patient_id": "P"} | row]})[table]})


LOCAL: Row = {
    "assessment_id": "P:x",
    "lesion_id": "P:l1",
    "scope": "local",
    "status": "progression",
    "date": "2018-05-01",
    "date_precision": "day",
}
TWIN: Row = {"procedure_id": "P:t", "date": "2018-01-01", "date_precision": "month", "modality": "cryoablation"}

FAILING: dict[str, list[Tables]] = {
    "progression_before": [
        changed("outcomes", event=1.0, event_date="2017-12-31"),
        added("assessments", LOCAL | {"date": "2017-12-31", "status": "no_progression"}),
    ],
    "after_death": [
        chart("P", [{"until": "2018-06-01"}], person={"death_date": "2018-05-31"}),
        chart("P", [{}], person={"death_date": "2017-12-01"}),
    ],
    "outcome_alone": [changed("assessments", scope="distant", lesion_id=None)],
    "assessment_alone": [chart("P", [{}], more={"assessments": rows(assessments=[{"patient_id": "P"} | LOCAL])["assessments"]})],
    "event_unseen": [changed("outcomes", event=1.0, event_date="2018-06-01"), added("assessments", LOCAL)],
    "event_after_last": [changed("outcomes", event=1.0, event_date="2018-06-02")],
    "margin_at_odds": [
        with_lesion(coverage="adequate", min_margin_mm=4.0),
        with_lesion(coverage="adequate", lesion_covered=False),
        with_lesion(coverage="inadequate", min_margin_mm=5.0),
        with_lesion(coverage="inadequate", lesion_covered=False, min_margin_mm=2.0),
    ],
    "success_at_odds": [chart("P", [{"coverage": "inadequate", "lesion_covered": False}], session={"technical_success": True})],
    "severity_at_odds": [
        with_harm(severity="mild", major=True),
        with_harm(severity="severe", major=False),
        with_harm(severity="death", major=True),
    ],
    "duplicate_sessions": [added("procedures", TWIN)],
    "duplicate_lesions": [chart("P", [{}, {}])],
    "complication_before": [with_harm(date="2017-12-31", date_precision="day")],
    "complication_late": [with_harm(date="2018-02-01", date_precision="day")],
    "in_the_future": [with_lesion(until="2020-06-02")],
    "retreatment_order": [
        chart(
            "P",
            [{}],
            more=rows(
                procedures=[TWIN | {"patient_id": "P", "date": "2017-01-01", "date_precision": "day"}],
                lesions=[{"lesion_id": "P:r", "patient_id": "P", "procedure_id": "P:t", "retreatment_of": "P:l1"}],
            ),
        )
    ],
    "age_out_of_range": [
        chart("P", [{}], person={"age_years": 140.0}),
        chart("P", [{}], person={"birth_date": "2019-01-01"}),
        chart("P", [{}], person={"birth_date": "1850-01-01"}),
    ],
    "size_out_of_range": [
        with_lesion(size_mm=900.0),
        with_lesion(size_mm=0.0),
        with_lesion(min_margin_mm=80.0),
        chart("P", [{}], session={"probes": 60.0}),
    ],
    "months_at_odds": [changed("outcomes", months=9.0)],
    "orphans": [
        chart("P", []),
        with_lesion(retreatment_of="nobody"),
        changed("lesions", procedure_id="gone"),
        changed("outcomes", procedure_id="gone"),
    ],
}


def test_every_check_has_a_failing_example() -> None:
    assert list(FAILING) == list(CHECKS)


@pytest.mark.parametrize(("check", "number"), [(c, n) for c, examples in FAILING.items() for n in range(len(examples))])
def test_finds(check: str, number: int) -> None:
    found = [f for f in findings(cohort(FAILING[check][number], last_note={"P": "2020-06-01"})) if f.check == check]
    assert len(found) >= 1
    assert all(f.patient == "P" and f.rows and f.detail for f in found)


def test_a_sound_chart_has_no_finding() -> None:
    assert findings(cohort(SOUND, last_note={"S": "2020-01-01"})) == ()


def test_a_coarse_date_is_given_the_benefit_of_the_doubt() -> None:
    """Followed on 10 June, died "in June": not after death."""
    made = chart("P", [{"until": "2018-06-10"}], person={"death_date": "2018-06-01", "death_date_precision": "month"})
    assert [f for f in findings(cohort(made)) if f.check == "after_death"] == []
