"""The figures of a report: by hand on a small cohort, and against plain counting and lifelines on a large random one."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
from scipy.stats import beta as beta_distribution

from extractor.evaluator.study import study as endpoints_study
from extractor.report import analysed as units
from extractor.report import survive
from extractor.report.analysed import Analysed, analysed
from extractor.report.cohort import Basis, Cohort
from extractor.report.compose import Report, compute
from extractor.report.content import Cell, Sheet
from extractor.report.eligibility import judge
from extractor.report.sensitive import sensitivity
from tests.report.makers import Row, Tables, chart, cohort, published


def day(months: float) -> str:
    """A day so many months after the session."""
    return (date(2018, 1, 1) + timedelta(days=round(months * 30.4375))).isoformat()


def study_of(found: Cohort) -> Analysed:
    plan = replace(published(), rounds=200)
    return analysed(plan, found, judge(plan, found))


HAND = cohort(
    chart(
        "A",
        [{"event": 1, "until": day(4), "site": "peritoneum"}, {"until": day(20), "site": "lung"}],
        [{"severity": "mild", "major": False}],
    ),
    chart("B", [{"until": day(8)}, {"site": "bone", "event": 1, "kind": "residual", "until": day(2)}], person={"death_date": day(10)}),
    chart("C", [{"until": day(14)}, {"site": "lung", "retreatment_of": "C:l1", "event": 1, "until": day(3)}]),
    chart(
        "D",
        [{"site": "lung"}],
        [{"term": "infection", "severity": "severe", "major": True}, {"severity": "moderate", "major": False, "major_as_graded": True}],
    ),
    chart("E", [{"event": 1, "until": day(16)}], person={"histology": "other"}),
)
"""First ablations of the eligible: A 4+, A 20, B 8, B 2+, C 14, and D never seen. S(12) = 4/5 * 3/4 = 0.6."""


def sheet(found: Report, name: str) -> Sheet:
    return next(s for s in found.sheets() if s.id == name)


def row(found: Report, name: str, title: str) -> tuple[Cell, ...]:
    return next(r for r in sheet(found, name).rows if r[0].name == title)


@pytest.fixture(scope="module")
def hand() -> Report:
    return compute(HAND, replace(published(), rounds=200))


def test_survival_by_hand(hand: Report) -> None:
    _, n, events, at_risk, value = row(hand, "lpfs", "lesions, first ablation: at 12 months")
    assert (n.value, events.value, at_risk.value) == (5, 2, 2)
    assert value.value == pytest.approx(0.6)
    assert set(n.rows) == {("lesions", k) for k in ("A:l1", "A:l2", "B:l1", "B:l2", "C:l1")}
    assert set(events.rows) == {("lesions", "A:l1"), ("lesions", "B:l2")}
    assert row(hand, "lpfs_retreated", "lesions, retreatment: at 12 months")[4].value == 0.0
    assert [c.value for c in row(hand, "lpfs_events", "residual")] == ["residual", 1]


def test_death_by_hand(hand: Report) -> None:
    """With death of B at 10 months (B:l1), all five at risk: events at 2 and 4, death at 10: F = 1/5 + 4/5 * 1/4 = 2/5; free and alive 2/5 of 5."""
    told = {r[0].name: r[4].value for r in sheet(hand, "death").rows}
    assert told["local progression, death censored (1 − Kaplan-Meier): at 12 months"] == pytest.approx(0.4)
    assert told["local progression, death competing (Aalen-Johansen): at 12 months"] == pytest.approx(0.4)
    assert told["death without local progression (Aalen-Johansen): at 12 months"] == pytest.approx(0.2)
    assert told["free of local progression and alive (Kaplan-Meier): at 12 months"] == pytest.approx(0.4)


def test_levels_by_hand(hand: Report) -> None:
    """By session and patient: A at 4, B at 2, C free to 14; overall: B died at 10 of four followed to their last exam (D never seen, no note)."""
    for level in ("session", "patient"):
        _, n, events, _, value = row(hand, "levels", f"free of local progression, by {level}: at 12 months")
        assert (n.value, events.value, value.value) == (3, 2, pytest.approx(1 / 3))
    _, n, events, _, value = row(hand, "levels", "overall survival, by patient: at 12 months")
    assert (n.value, events.value, value.value) == (3, 1, pytest.approx(2 / 3))
    _, n, events, _, value = row(hand, "levels", "free of progression anywhere or death, by patient: at 12 months")
    assert (n.value, events.value, value.value) == (3, 3, pytest.approx(0.0))  # C:l2 is a retreatment, its progression counts here


def exact(hits: int, n: int) -> tuple[float, float]:
    return float(beta_distribution.ppf(0.025, hits, n - hits + 1)) if hits else 0.0, float(beta_distribution.ppf(0.975, hits + 1, n - hits))


def test_complications_by_hand(hand: Report) -> None:
    _, events, sessions, per_session, _, patients, per_patient = row(hand, "complication_rates", "any complication")
    assert (events.value, sessions.value, sessions.of, patients.value) == (3, 2, 4, 2)
    assert (per_session.value, per_session.low, per_session.high) == (0.5, *(pytest.approx(v) for v in exact(2, 4)))
    assert (per_patient.low, per_patient.high) == tuple(pytest.approx(v) for v in exact(2, 4))
    assert [row(hand, "complication_rates", f"major {w}")[2].value for w in ("by SIR 2017", "as graded by the note")] == [1, 1]
    assert [row(hand, "complication_rates", f"worst: {w}")[2].value for w in ("mild", "moderate", "severe", "death")] == [1, 0, 1, 0]
    pain = row(hand, "complication_terms", "pain")
    assert [c.value for c in pain[1:10]] == [2, 1, 1, 0, 0, 0, 0, 0, 1]
    assert pain[1].rows == (("complications", "A:c1"), ("complications", "D:c2"))


def test_nothing_estimable_says_so(hand: Report) -> None:
    for name in ("univariable", "multivariable"):
        for r in sheet(hand, name).rows:
            assert (r[4].value, r[4].shown) == (None, "not estimable")
            assert "events for" in r[4].note


def test_an_empty_study_is_a_report_too() -> None:
    found = compute(cohort(chart("E", [{"until": day(3)}], person={"histology": "other"})), published())
    assert [t.cell.value for t in found.tiles] == [0, 0, None, None, None, None, None]
    assert compute(cohort(), published()).analysed.patients == ()


# ---- a large random cohort ------------------------------------------------------------------------------------------------


def drawn(seed: int, patients: int = 80) -> list[Tables]:
    """Charts with one to four lesions; hazards rise with inadequate coverage and deep sites."""
    dice, out = random.Random(seed), []
    for number in range(patients):
        lesions: list[Row] = []
        for site in dice.sample(["liver", "lung", "peritoneum", "retroperitoneum", "bone"], dice.randint(1, 4)):
            coverage = dice.choice(["adequate", "adequate", "inadequate", None])
            rate = 0.02 * (3 if coverage == "inadequate" else 1) * (2 if "perit" in site else 1)
            event, end = dice.expovariate(rate), dice.uniform(2, 40)
            lesion: Row = {"site": site, "coverage": coverage, "size_mm": float(dice.randint(8, 60))}
            if dice.random() < 0.9:
                lesion |= {"event": int(event < end), "until": day(min(event, end))}
            lesions.append(lesion)
        harm: list[Row] = (
            [{"severity": dice.choice(["mild", "severe"]), "term": dice.choice(["pain", "infection"])}] if dice.random() < 0.2 else []
        )
        person: Row = {"death_date": day(dice.uniform(41, 60))} if dice.random() < 0.2 else {}
        out.append(chart(f"P{number:03d}", lesions, harm, person))
    return out


@pytest.fixture(scope="module")
def large() -> Report:
    return compute(cohort(*drawn(5)), replace(published(), rounds=200))


def test_survival_and_hazards_against_lifelines(large: Report) -> None:
    import pandas as pd
    from lifelines import CoxPHFitter, KaplanMeierFitter

    frame = pd.DataFrame(
        [
            {
                "patient": o["patient_id"],
                "months": (date.fromisoformat(str(o["event_date"] or o["last_assessment_date"])) - date(2018, 1, 1)).days / 30.4375,
                "event": o["event"],
                "site": float("perit" in lesion["site"]),
                "coverage": None if lesion["coverage"] is None else float(lesion["coverage"] == "inadequate"),
                "size": lesion["size_mm"] / 10,
            }
            for tables in drawn(5)
            for o in tables["outcomes"]
            for lesion in tables["lesions"]
            if lesion["lesion_id"] == o["lesion_id"]
        ]
    )
    curve = KaplanMeierFitter().fit(frame["months"], frame["event"])
    for month in (12, 24):
        assert row(large, "lpfs", f"lesions, first ablation: at {month} months")[4].value == pytest.approx(float(curve.predict(month)))
    whole = frame.dropna()
    fitted = CoxPHFitter().fit(whole.drop(columns="size"), "months", "event", cluster_col="patient").summary
    for cells, name in zip(sheet(large, "multivariable").rows, ("coverage", "site"), strict=True):
        wanted = fitted.loc[name]
        assert cells[4].value == pytest.approx(wanted["exp(coef)"], rel=1e-3)
        assert (cells[4].low, cells[4].high) == (
            pytest.approx(wanted["exp(coef) lower 95%"], rel=1e-3),
            pytest.approx(wanted["exp(coef) upper 95%"], rel=1e-3),
        )
        assert cells[5].value == pytest.approx(wanted["p"], rel=1e-2)
        assert (cells[1].value, cells[3].value) == (len(whole), len(frame) - len(whole))
    size = CoxPHFitter().fit(frame[["months", "event", "size", "patient"]], "months", "event", cluster_col="patient").summary
    assert sheet(large, "univariable").rows[3][4].value == pytest.approx(size["exp(coef)"].iloc[0], rel=1e-3)


def test_the_same_lesions_as_extractor_endpoints(large: Report) -> None:
    """One definition of the endpoint: the report analyses what ``extractor endpoints`` would of the same charts."""
    theirs = [x for x in endpoints_study(large.cohort.charts).lesions if x.first]
    ours = [x.followed for x in large.analysed.first if x.followed]
    assert sorted(ours, key=lambda x: x.key) == sorted(theirs, key=lambda x: x.key)


def test_counts_add_up(large: Report) -> None:
    """Every characteristic, its missing cells included, adds up to its denominator; every count is its rows."""
    for name in ("lesions", "procedures", "patients"):
        sums: dict[str, int] = {}
        for first, cell in sheet(large, name).rows:
            if cell.kind == "count" and first.group not in ("Death", "Age in years", "Largest dimension in mm", "Probes"):
                sums[first.group] = sums.get(first.group, 0) + int(cell.value or 0)
                assert cell.value == len(cell.rows)
        of = {"patients": len(large.analysed.patients), "lesions": len(large.analysed.first), "procedures": len(large.analysed.sessions)}[
            name
        ]
        assert sums
        assert set(sums.values()) == {of}


def test_row_order_changes_nothing(large: Report) -> None:
    charts, dice = drawn(5), random.Random(1)
    dice.shuffle(charts)
    for tables in charts:
        for own in tables.values():
            dice.shuffle(own)
    again = compute(cohort(*charts), replace(published(), rounds=200))
    assert list(again.figures()) == list(large.figures())
    assert [d.svg for d in again.drawings()] == [d.svg for d in large.drawings()]


def test_every_row_behind_a_number_exists(large: Report) -> None:
    known = {(table, str(r["id"])) for c in large.cohort.charts.values() for table, own in c.items() for r in own}
    assert {ref for _, _, _, cell in large.figures() for ref in cell.rows} <= known


# ---- sensitivity ----------------------------------------------------------------------------------------------------------


def basis(confidence: float, kind: str = "text") -> dict[str, Basis]:
    cell = Basis(kind, confidence, ())
    return dict.fromkeys(("event", "event_date", "last_assessment_date", "date", "modality", "term"), cell)


def test_sensitivity_by_confidence_review_and_acceptance() -> None:
    sure = {("outcomes", "A:l1"): basis(0.95, "reviewed"), ("outcomes", "A:l2"): basis(0.65), ("procedures", "A:s"): basis(1.0, "reviewed")}
    accepted = {(t, i, c): True for t, i in sure if i != "A:l1" for c in basis(1.0)}
    found = compute(replace(HAND, evidence=sure, accepted=accepted), replace(published(), rounds=200))
    lesions = {r[0].name: [x[1] for x in r[2].rows] for r in sheet(found, "sensitivity").rows}
    title = "Only rows read with at least this confidence: "
    assert lesions[f"{title}0.6"] == ["A:l1", "A:l2"]
    assert lesions[f"{title}0.7"] == lesions[f"{title}0.9"] == ["A:l1"]
    assert lesions["Only rows that a person reviewed"] == ["A:l1"]
    assert lesions["Only rows accepted under the promise of extract --accept"] == ["A:l2"]
    assert len(lesions["primary analysis"]) == 5


def variants(told: Cohort) -> dict[str, tuple[Cell, ...]]:
    """The sensitivity table by analysis."""
    plan = replace(published(), rounds=200)
    judged = judge(plan, told)
    found = sensitivity(plan, told, judged, analysed(plan, told, judged)).parts[1]
    assert isinstance(found, Sheet)
    return {r[0].name: r for r in found.rows}


def test_sensitivity_of_unknown_eligibility_and_of_a_wider_site() -> None:
    kidney: list[Row] = [{"site": "kidney", "event": 1, "until": day(1)}]
    table = variants(cohort(*drawn(5), chart("Q", kidney, person={"age_years": None})))
    assert table["primary analysis"][1].value == 80
    assert table["Patients whose eligibility is not documented count as eligible"][1].value == 81
    told = variants(cohort(*drawn(5), chart("Q", kidney)))
    assert told["The site also counts kidney, adrenal, pancreas and pelvis"][8].value != told["primary analysis"][8].value
    assert "Only rows that a person reviewed: no cell was reviewed" in told


def test_unknown_taken_in_by_the_study_file() -> None:
    told = cohort(chart("A", [{"until": day(9)}], person={"age_years": None}), chart("B", [{"until": day(9)}], session={"approach": None}))
    plan = published()
    apart, taken = (analysed(p, told, judge(p, told)) for p in (plan, replace(plan, unknown="include")))
    assert (apart.patients, taken.patients) == ((), ("A", "B"))
    assert len(taken.sessions) == 2


def test_units_without_dates_are_left_out() -> None:
    found = study_of(cohort(chart("A", [{"until": day(9)}], session={"date": "2018-01-01"}), chart("B", [{"event": 1, "until": day(5)}])))
    assert [t.months for t in units.by_patient(found)] == [pytest.approx(9, abs=0.02), pytest.approx(5, abs=0.02)]
    assert survive.marks([], (12.0, 24.0)) == (0.0, 6.0, 12.0, 18.0, 24.0)
