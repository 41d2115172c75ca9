"""The simulated study: its bank is frozen, its truth is what it says, its charts bear the labels they are given."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from bench.replicate import BANK
from bench.replication import bank as banks
from bench.replication import measure
from bench.replication.charts import write
from bench.replication.cohort import DEEP, MONTH, Assumptions, Patient, simulate, survival
from bench.replication.measure import Counts, Result
from bench.replication.words import exact_interval, fill, interval, length, with_article
from extractor import corpora
from extractor.evaluator import charts, labels
from extractor.evaluator.endpoints import endpoints
from extractor.evaluator.paired import Plan
from extractor.stats.hazards import cox

FROZEN = "85c33da88d478eb78cc20d92bee6c04ac984f0fb5fe63df8344278c52c86d286"


@pytest.fixture(scope="module")
def bank() -> banks.Bank:
    return banks.load(BANK)


@pytest.fixture(scope="module")
def cohort(bank: banks.Bank) -> list[Patient]:
    return simulate(bank.places, 1)


def test_the_bank_is_the_one_that_was_frozen() -> None:
    assert banks.fingerprint(BANK) == FROZEN
    assert FROZEN in (Path(__file__).parents[1] / "docs" / "replication.md").read_text(encoding="utf-8")


def test_the_bank_keeps_its_format() -> None:
    assert list(banks.problems(BANK)) == []


def test_a_bank_out_of_format_is_told(tmp_path: Path) -> None:
    style = json.loads(sorted(BANK.glob("style-*.json"))[0].read_text("utf-8"))
    style["passages"]["coverage"][0] |= {"text": "Ice past {lesion} by {margin}, {unknown}.", "margin": "none"}
    style["passages"]["impression"][0]["status"] = "fine"
    (tmp_path / "shared.json").write_bytes((BANK / "shared.json").read_bytes())
    (tmp_path / "style-x.json").write_text(json.dumps(style), encoding="utf-8")
    told = "\n".join(banks.problems(tmp_path))
    assert "slot {unknown} is not for coverage" in told
    assert "margin slot and {margin} go together" in told
    assert "status 'fine'" in told
    assert "only 1 styles" in told


# ---- what is drawn --------------------------------------------------------------------------------------------------------


def test_a_cohort_has_the_published_size_and_survival(cohort: list[Patient]) -> None:
    first = [t for p in cohort for t in p.treatments if t.of is None]
    assert (len(cohort), len(first)) == (141, 250)
    assert survival(cohort) == pytest.approx((0.86, 0.79), abs=0.005)
    sessions = [s for p in cohort for s in p.sessions]
    assert sum(s.complicated for s in sessions) == round(0.02 * len(sessions))
    assert any(t.of is not None for p in cohort for t in p.treatments)


def test_a_large_cohort_has_the_assumed_truth_without_a_word_written(bank: banks.Bank) -> None:
    told = Assumptions(patients=3000, lesions=5319)
    cohort = simulate(bank.places, 1, told)
    assert survival(cohort) == pytest.approx((0.86, 0.79), abs=0.005)
    rows = []
    for number, patient in enumerate(cohort):
        for t in (t for t in patient.treatments if t.of is None):
            seen = [e.day for e in patient.exams if any(k == t.number for k, _ in e.statuses)]
            if seen:
                months = ((t.event or max(seen)) - t.day).days / MONTH
                rows.append((months, t.event is not None, t.inadequate, patient.places[t.lesion].site in DEEP, number))
    months, events, inadequate, deep, owners = (list(column) for column in zip(*rows, strict=True))
    found = cox(months, events, {"coverage": inadequate, "site": deep}, owners)
    for name, assumed in (("coverage", told.hazard_coverage), ("site", told.hazard_site)):
        low, high = found[name].low, found[name].high
        assert None not in (low, high)
        assert 1.5 < low < assumed < high < 4


def test_no_exam_reads_a_treatment_before_it_or_a_lesion_twice(cohort: list[Patient]) -> None:
    for patient in cohort:
        days = {t.number: t.day for t in patient.treatments}
        lesions = {t.number: t.lesion for t in patient.treatments}
        for exam in patient.exams:
            assert all(days[k] < exam.day for k, _ in exam.statuses)
            assert max(Counter(lesions[k] for k, _ in exam.statuses).values()) == 1
        assert patient.death is None or not patient.exams or patient.death > patient.exams[-1].day


# ---- what is written ------------------------------------------------------------------------------------------------------


def _problems(chart: dict, folder: Path) -> list[str]:
    path = folder / f"{chart['patient_id']}.json"
    path.write_text(json.dumps(chart), encoding="utf-8")
    return corpora.check(path)


def test_charts_of_every_house_are_valid_whole_and_the_same_for_a_seed(bank: banks.Bank, cohort: list[Patient], tmp_path: Path) -> None:
    told = sorted(cohort, key=lambda p: (-sum(t.of is not None for t in p.treatments), -len(p.sessions), p.id))
    for style in bank.styles:
        for patient in told[:2]:
            chart = write(bank, patient, 1, style)
            assert chart == write(bank, patient, 1, style)
            assert chart != write(bank, patient, 2, style)
            assert _problems(chart, tmp_path) == []
            assert not any(mark in note["text"] for note in chart["notes"] for mark in "{}\x00")
            assert {n["note_date"] for n in chart["notes"]} >= {row["date"] for row in chart["gold"]["procedures"]}


def test_labels_are_what_was_drawn_and_no_two_charts_look_alike(bank: banks.Bank, tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    written = measure.put(bank, 1, Assumptions(), tmp_path, lambda chart: seen.update({note["text"] for note in chart["notes"]}))
    truth = labels.load(written.truth).patients
    found = endpoints(truth, truth, Plan(rounds=100))
    assert [s.labels.value for s in found.survival] == pytest.approx(list(survival(simulate(bank.places, 1))), abs=1e-9)
    assert found.rates[0].labels.events == round(0.02 * found.sessions[0])
    assert set(written.houses.values()) == {style.name for style in bank.styles}
    assert sum(n for n in seen.values() if n > 1) <= 0.01 * written.count


def test_a_passage_decides_the_label_and_not_what_was_drawn(bank: banks.Bank, cohort: list[Patient]) -> None:
    texts = {p.id: p for style in bank.styles for p in style.passages["coverage"]}
    for patient in cohort[:25]:
        for row in write(bank, patient, 1)["gold"]["lesions"]:
            said = texts[row["coverage_passage"]].labels
            assert row["coverage"] == (None if said["coverage"] == "unstated" else said["coverage"])
            if said["margin"] == "slot":
                assert (row["min_margin_mm"] >= 5) == (row["coverage"] == "adequate")


def test_slots_become_grammar() -> None:
    assert [
        with_article(w) for w in ("8 mm", "11 mm", "18 mm", "1.1 cm", "110 mm", "RLL nodule", "S8 mass", "UPS", "left lesion", "implant")
    ] == [
        "an 8 mm",
        "an 11 mm",
        "an 18 mm",
        "a 1.1 cm",
        "a 110 mm",
        "an RLL nodule",
        "an S8 mass",
        "a UPS",
        "a left lesion",
        "an implant",
    ]
    assert [interval(days) for days in (1, 6, 35, 182, 760)] == ["1 day", "6 days", "5 weeks", "6 months", "2 years"]
    assert [exact_interval(days) for days in (7, 14, 15)] == ["7 days", "2 weeks", "15 days"]
    told: set[str] = set()
    assert fill("{Lesion}, {size}", {"lesion": "nodule", "size": "7 mm"}, {}, told) == "Nodule, 7 mm"
    assert told == {"lesion", "size"}
    assert fill("A {elsewhere} in a {age}-year-old", {"elsewhere": "intramuscular nodule", "age": "81"}, {}, told) == (
        "An intramuscular nodule in an 81-year-old"
    )
    assert length("{mm} millimeters", 1, random.Random(1)) == "1 millimeter"


def test_the_largest_dimension_comes_first() -> None:
    for mm in (4, 9, 23, 80):
        one, two, three = (int(part) for part in length("{mm}x{mm2}x{mm3}", mm, random.Random(mm)).split("x"))
        assert mm == one >= two >= three > 0


# ---- what is counted ------------------------------------------------------------------------------------------------------


def _result(seed: int, pairs: dict) -> Result:
    counts = {name: Counts(8, 2, 1) for name in dict.fromkeys(measure.BESIDE.values())}
    return Result(seed, 1, 1, 1, 1, 1.0, pairs, counts, {}, Counter(), Counter(), Counter())


def test_differences_are_those_of_the_seeds() -> None:
    one = dict.fromkeys(measure.FIGURES, (0.8, 0.81)) | {"HR inadequate coverage": (2.0, 4.0)}
    two = dict.fromkeys(measure.FIGURES, (0.8, 0.75)) | {"HR inadequate coverage": (2.0, 2.1)}
    rows = {
        row.name: row
        for row in measure.summary([_result(1, one), _result(2, two), _result(3, dict.fromkeys(measure.FIGURES, (None, 0.5)))])
    }
    first = rows["LPFS at 12 months"]
    assert (first.difference, first.least, first.most) == pytest.approx((-0.02, -0.05, 0.01))
    assert (first.within, first.seeds) == (1, 2)
    ratio = rows["HR inadequate coverage"]
    assert (ratio.difference, ratio.least, ratio.most, ratio.within) == pytest.approx(((2 * 1.05) ** 0.5, 1.05, 2.0, 1))
    assert "| 88.9 % | 80.0 % |" in measure.table([_result(1, one)])


def test_a_small_study_runs_from_end_to_end(bank: banks.Bank, tmp_path: Path) -> None:
    told = replace(Assumptions(), patients=8, lesions=14, complications=0.2)
    found = measure.measure(bank, 1, told, tmp_path, 1)
    got = charts.extracted(tmp_path / "cohort")
    assert set(got) == set(labels.read(tmp_path / "truth"))
    assert found.lesions >= 14
    assert found.pairs["LPFS at 12 months"][0] == pytest.approx(0.86, abs=0.11)
    assert sum(c.tp + c.fn for (_, field), c in found.fields.items() if field == "procedures") == found.sessions
    assert measure.result(json.loads(json.dumps(found.to_json()))) == found
