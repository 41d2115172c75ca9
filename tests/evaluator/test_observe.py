"""What is counted and why: causes, tolerances, and that a changed label moves exactly the figures it should."""

from __future__ import annotations

import copy
import random
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor import schema
from extractor.evaluator.labelrows import SCORED
from extractor.evaluator.match import Tables
from extractor.evaluator.observe import CORE, FURTHER, Observation, observe
from extractor.evaluator.pairing import EXTRA, MISSED, WRONG_DATE, WRONG_LINK, WRONG_VALUE, Tolerance, slipped

ALL = {t: frozenset(schema.BY_NAME[t].names) for t in SCORED}


def counts(gold: Tables, got: Tables, tolerance: Tolerance | None = None) -> dict[str, tuple[int, int, int]]:
    total: dict[str, Counter[str]] = {}
    for o in observe("p", gold, got, ALL, tolerance or Tolerance()):
        total.setdefault(o.field, Counter()).update(tp=o.tp, fp=o.fp, fn=o.fn)
    return {f: (n["tp"], n["fp"], n["fn"]) for f, n in total.items()}


def errors(gold: Tables, got: Tables) -> list[Observation]:
    return [o for o in observe("p", gold, got, ALL) if o.is_error]


# ---- charts ---------------------------------------------------------------------------------------------------------------


def procedure(name: str, day: str = "2020-01-10", modality: str = "cryoablation", **more: Any) -> dict[str, Any]:
    return {"id": name, "procedure_id": name, "procedure": name, "date": day, "modality": modality, **more}


def lesion(name: str, session: str, site: str = "liver", **more: Any) -> dict[str, Any]:
    return {"id": name, "lesion_id": name, "procedure": session, "procedure_id": session, "site": site, "laterality": None, **more}


def complication(session: str, term: str = "pneumothorax", **more: Any) -> dict[str, Any]:
    return {"id": None, "procedure": session, "procedure_id": session, "term": term, **more}


def exam(target: str | None, day: str, status: str = "no_progression", scope: str = "local", **more: Any) -> dict[str, Any]:
    return {"id": None, "lesion": target, "lesion_id": target, "date": day, "status": status, "scope": scope, **more}


def outcome(target: str, event: float = 0.0, **more: Any) -> dict[str, Any]:
    return {"id": target, "lesion": target, "lesion_id": target, "event": event, **more}


def chart(**tables: Any) -> Tables:
    return {t: tables.get(t, [{}] if t == "patients" else []) for t in SCORED}


def words(values: tuple[str, ...]) -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from(values)


DAYS = st.integers(0, 900).map(lambda n: (date(2018, 1, 1) + timedelta(days=n)).isoformat())


@st.composite
def charts(draw: st.DrawFn) -> Tables:
    """A chart without twins, in which every row can be told from its neighbours."""
    told = draw(st.lists(st.tuples(DAYS, st.sampled_from(schema.MODALITIES)), max_size=3, unique=True))
    sessions = [
        procedure(f"P{n}", d, m, guidance=draw(words(schema.GUIDANCES)), probes=draw(st.none() | st.integers(1, 6).map(float)))
        for n, (d, m) in enumerate(told)
    ]
    lesions, adverse = [], []
    for s in sessions:
        for site in draw(st.lists(st.sampled_from(schema.SITES), max_size=2, unique=True)):
            more = {"coverage": draw(words(schema.COVERAGES)), "size_mm": draw(st.none() | st.integers(5, 60).map(float))}
            lesions.append(lesion(f"L{len(lesions)}", s["id"], site, **more))
        for term in draw(st.lists(st.sampled_from(schema.TERMS), max_size=2, unique=True)):
            adverse.append(complication(s["id"], term, severity=draw(words(schema.SEVERITIES)), date=draw(st.none() | DAYS)))
    exams = [
        exam(x["id"], d, draw(st.sampled_from(schema.STATUSES))) for x in lesions for d in draw(st.lists(DAYS, max_size=2, unique=True))
    ]
    ends = [outcome(x["id"], draw(st.sampled_from([0.0, 1.0])), last_assessment_date=draw(DAYS), event_date=draw(DAYS)) for x in lesions]
    who = {"sex": draw(words(schema.SEXES)), "histology": draw(words(schema.HISTOLOGIES)), "prior_surgery": draw(st.none() | st.booleans())}
    return chart(patients=[who], procedures=sessions, lesions=lesions, complications=adverse, assessments=exams, outcomes=ends)


@settings(deadline=None, max_examples=60)
@given(charts())
def test_labels_against_themselves_are_right_in_everything(gold: Tables) -> None:
    found = counts(gold, copy.deepcopy(gold))
    assert all(fp == fn == 0 for _, fp, fn in found.values())
    assert found.get("lesions", (0,))[0] == len(gold["lesions"])
    assert found.get("assessments.local", (0,))[0] == len(gold["assessments"])
    assert not errors(gold, copy.deepcopy(gold))


@settings(deadline=None, max_examples=60)
@given(charts(), charts(), st.randoms())
def test_the_order_of_rows_changes_nothing(gold: Tables, got: Tables, rng: random.Random) -> None:
    mixed = [{t: rng.sample(rows, len(rows)) for t, rows in side.items()} for side in (gold, got)]
    assert counts(gold, got) == counts(*mixed)


CHANGES: list[tuple[str, str, Any, set[str]]] = [
    ("patients", "sex", ("female", "male"), {"patient.sex"}),
    ("patients", "prior_surgery", (True, False), {"patient.prior_surgery"}),
    ("procedures", "guidance", ("ct", "us"), {"procedures.guidance"}),
    ("procedures", "probes", (90.0, 91.0), {"procedures.probes"}),
    ("lesions", "coverage", ("adequate", "inadequate"), {"lesions.coverage"}),
    ("lesions", "size_mm", (900.0, 950.0), {"lesions.size_mm"}),
    ("complications", "severity", ("mild", "death"), {"complications.severity", "procedures.worst_severity"}),
    ("complications", "date", ("2001-01-01", "2002-01-01"), {"complications.date"}),
    ("assessments", "status", ("progression", "indeterminate"), {"assessments.local"}),
    ("outcomes", "last_assessment_date", ("2001-01-01", "2002-01-01"), {"outcomes.last_assessment_date"}),
]


@settings(deadline=None, max_examples=25)
@given(charts(), st.randoms())
@pytest.mark.parametrize(("table", "column", "values", "moved"), CHANGES)
def test_one_changed_label_moves_exactly_its_figures(
    table: str, column: str, values: tuple[Any, Any], moved: set[str], gold: Tables, rng: random.Random
) -> None:
    if not gold[table]:
        return
    got = copy.deepcopy(gold)
    row = rng.choice(got[table])
    row[column] = values[0] if row.get(column) != values[0] else values[1]
    before, after = counts(gold, gold), counts(gold, got)
    changed = {f for f in {*before, *after} if before.get(f) != after.get(f)}
    assert changed <= moved
    assert f"{'patient' if table == 'patients' else table}.{'local' if column == 'status' else column}" in changed
    assert [o.cause for o in errors(gold, got)] == [WRONG_DATE if column.endswith("date") else WRONG_VALUE]


@settings(deadline=None, max_examples=40)
@given(charts(), st.randoms())
def test_a_lesion_that_is_lost_takes_what_belongs_to_it(gold: Tables, rng: random.Random) -> None:
    if not gold["lesions"]:
        return
    lost = rng.choice(gold["lesions"])
    got = {
        t: [r for r in rows if t not in ("lesions", "assessments", "outcomes") or r["lesion_id"] != lost["id"]] for t, rows in gold.items()
    }
    exams = sum(r["lesion"] == lost["id"] for r in gold["assessments"])
    causes = Counter((o.table, o.cause) for o in errors(gold, got))
    assert causes == Counter({("lesions", MISSED): 1, ("outcomes", MISSED): 1, **({("assessments", MISSED): exams} if exams else {})})


# ---- causes ---------------------------------------------------------------------------------------------------------------

GOLD = chart(
    procedures=[procedure("P1"), procedure("P2", "2021-05-04", "microwave")],
    lesions=[lesion("L1", "P1", laterality="left"), lesion("L2", "P2", "lung")],
    complications=[complication("P1")],
    assessments=[exam("L1", "2020-06-05"), exam("L2", "2021-08-01"), exam(None, "2021-08-01", scope="distant")],
    outcomes=[outcome("L1"), outcome("L2", 1.0, event_date="2021-08-01")],
)


@pytest.mark.parametrize(
    ("table", "at", "change", "expected"),
    [
        ("complications", 0, {"procedure": "P2"}, ("complications", WRONG_LINK, "procedure_id")),
        ("complications", 0, {"term": "hemothorax"}, ("complications", WRONG_VALUE, "term")),
        ("lesions", 1, {"site": "pleura"}, ("lesions", WRONG_VALUE, "site")),
        ("lesions", 0, {"laterality": "right"}, ("lesions", WRONG_VALUE, "laterality")),
        ("lesions", 0, {"procedure": "P2"}, ("lesions", WRONG_LINK, "procedure_id")),
        ("procedures", 0, {"date": "2020-01-12"}, ("procedures", WRONG_DATE, "date")),
        ("procedures", 0, {"date": "2020-10-01"}, ("procedures", WRONG_DATE, "date")),
        ("procedures", 0, {"modality": "laser"}, ("procedures", WRONG_VALUE, "modality")),
        ("assessments", 0, {"date": "2020-06-25"}, ("assessments.local", WRONG_DATE, "date")),
        ("assessments", 0, {"date": "2020-05-06"}, ("assessments.local", WRONG_DATE, "date")),
        ("assessments", 0, {"status": "residual"}, ("assessments.local", WRONG_VALUE, "status")),
        ("assessments", 0, {"lesion": "L2"}, ("assessments.local", WRONG_LINK, "lesion_id")),
        ("outcomes", 0, {"event": 1.0}, ("outcomes", WRONG_VALUE, "event")),
        ("outcomes", 1, {"event_date": "2021-09-01"}, ("outcomes", WRONG_DATE, "event_date")),
    ],
)
def test_the_cause_of_a_single_fault(table: str, at: int, change: dict[str, Any], expected: tuple[str, str, str]) -> None:
    got = copy.deepcopy(GOLD)
    got[table][at].update(change)
    told = {(o.field, o.cause, o.column) for o in errors(GOLD, got)}
    assert expected in told
    assert {(f, c) for f, c, _ in told if f == expected[0]} == {expected[:2]}
    assert counts(GOLD, got)[expected[0]][1:] == (1, 1)


def test_rows_with_no_likeness_are_missed_and_extra() -> None:
    got = copy.deepcopy(GOLD)
    got["procedures"][0].update(date="2017-08-20", modality="laser")
    assert Counter(o.cause for o in errors(GOLD, got) if o.table == "procedures") == {MISSED: 1, EXTRA: 1}


def test_key_columns_are_judged_on_near_pairs_too() -> None:
    got = copy.deepcopy(GOLD)
    got["procedures"][0]["date"] = "2020-01-12"
    found = counts(GOLD, got)
    assert found["procedures"] == (1, 1, 1)
    assert found["procedures.date"] == (1, 1, 1)
    assert found["procedures.modality"] == (2, 0, 0)


def test_a_retreatment_is_compared_by_the_lesion_it_names() -> None:
    gold, got = copy.deepcopy(GOLD), copy.deepcopy(GOLD)
    gold["lesions"][1]["retreatment_of"] = "L1"
    for row in got["lesions"]:
        row["id"] = row["id"].replace("L", "x")
    got["lesions"][1]["retreatment_of"] = "x1"
    assert counts(gold, got)["lesions.retreatment_of"] == (1, 0, 0)
    got["lesions"][1]["retreatment_of"] = "x2"
    assert [o.cause for o in observe("p", gold, got, ALL) if o.field == "lesions.retreatment_of" and o.cause] == [WRONG_LINK]


def test_columns_beyond_the_main_ones_are_scored_only_where_labels_have_them() -> None:
    got = copy.deepcopy(GOLD)
    got["procedures"][0]["approach"] = "open"
    assert "procedures.approach" not in counts(GOLD, got)
    gold = copy.deepcopy(GOLD)
    gold["procedures"][0]["approach"] = None
    assert counts(gold, got)["procedures.approach"] == (0, 1, 0)
    assert "procedures.approach" not in {o.field for o in observe("p", gold, got, None)}


def test_the_scored_columns_are_columns() -> None:
    for table in SCORED:
        assert set(CORE[table]) | set(FURTHER[table]) <= set(schema.BY_NAME[table].names)


# ---- tolerance ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "right"), [(0, 1), (7, 2), (30, 3)])
def test_dates_are_matched_anew_within_days(days: int, right: int) -> None:
    """Sessions told 0, 7, 30 and 31 days late."""
    starts = [date(2018, 1, 1) + timedelta(days=200 * n) for n in range(4)]
    gold = chart(procedures=[procedure(f"P{n}", d.isoformat()) for n, d in enumerate(starts)])
    late = [
        procedure(f"P{n}", (d + timedelta(days=late)).isoformat()) for n, (d, late) in enumerate(zip(starts, (0, 7, 30, 31), strict=True))
    ]
    assert counts(gold, chart(procedures=late), Tolerance(days=days))["procedures"] == (right, 4 - right, 4 - right)


@pytest.mark.parametrize(("reach", "right"), [(1.0, 2), (3.0, 3)])
def test_lengths_agree_within_millimetres(reach: float, right: int) -> None:
    sites = ("liver", "lung", "bone", "kidney")
    gold = chart(procedures=[procedure("P")], lesions=[lesion(s, "P", s, size_mm=20.0) for s in sites])
    got = chart(
        procedures=[procedure("P")], lesions=[lesion(s, "P", s, size_mm=x) for s, x in zip(sites, (20.0, 21.0, 23.0, 23.5), strict=True)]
    )
    assert counts(gold, got, Tolerance(size_mm=reach))["lesions.size_mm"] == (right, 4 - right, 4 - right)


def test_of_several_days_in_reach_the_nearest_is_taken() -> None:
    gold = chart(procedures=[procedure("P", "2020-01-10", probes=1.0)])
    got = chart(procedures=[procedure("A", "2020-01-15", probes=2.0), procedure("B", "2020-01-09", probes=1.0)])
    assert counts(gold, got, Tolerance(days=7))["procedures.probes"] == (1, 0, 0)


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("2020-03-01", "2020-03-31", True),
        ("2020-03-01", "2020-04-02", False),
        ("2019-03-12", "2020-03-12", True),
        ("2020-03-12", "2020-12-03", True),
        ("2020-01-01", "2020-08-30", True),
        ("2020-01-01", None, False),
    ],
)
def test_slips_of_dates(a: str, b: str | None, same: bool) -> None:
    assert slipped(a, b) is slipped(b, a) is same


def test_cells_of_lesions_that_are_missed_or_extra_count_with_them() -> None:
    gold, got = copy.deepcopy(GOLD), copy.deepcopy(GOLD)
    gold["lesions"][0].update(coverage="adequate", size_mm=20.0)
    got["lesions"][0].update(coverage="adequate", site="pleura")
    found = counts(gold, got)
    assert found["lesions"] == (1, 1, 1)
    assert found["lesions.coverage"] == (0, 1, 1)
    assert found["lesions.size_mm"] == (0, 0, 1)
    assert "lesions.coverage" not in {o.field for o in errors(gold, got)}


def test_what_hangs_on_a_lesion_told_wrong_is_wrongly_linked() -> None:
    got = copy.deepcopy(GOLD)
    got["lesions"][0]["site"] = "pleura"
    assert {(o.field, o.cause) for o in errors(GOLD, got)} == {
        ("lesions", WRONG_VALUE),
        ("assessments.local", WRONG_LINK),
        ("outcomes", WRONG_LINK),
    }


def test_what_hangs_on_a_session_told_wrong_is_wrongly_linked() -> None:
    got = copy.deepcopy(GOLD)
    got["procedures"][0]["date"] = "2020-01-12"
    assert {(o.table, o.cause) for o in errors(GOLD, got)} == {
        ("procedures", WRONG_DATE),
        ("lesions", WRONG_LINK),
        ("complications", WRONG_LINK),
        ("assessments", WRONG_LINK),
        ("outcomes", WRONG_LINK),
    }


def test_twins_fall_by_what_they_say_whatever_their_order() -> None:
    twins = [procedure("A", guidance="ct", probes=2.0), procedure("B", guidance="us", probes=3.0)]
    for names in ("AB", "BA", "XY", "YX"):
        other = [{**t, "id": n, "procedure_id": n, "procedure": n} for t, n in zip(twins, names, strict=True)]
        for got in (other, other[::-1]):
            assert counts(chart(procedures=twins), chart(procedures=got))["procedures.guidance"] == (2, 0, 0)
