"""The study's endpoints: by hand, against the reference scorer, and what must not change them."""

from __future__ import annotations

import copy
import importlib.util
import json
import random
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from extractor import corpora
from extractor.cli import app
from extractor.evaluator import charts, sources
from extractor.evaluator.charts import Tables
from extractor.evaluator.endpoints import Endpoints, endpoints
from extractor.evaluator.paired import Plan
from extractor.evaluator.study import study
from extractor.evaluator.survivalplot import plot_data, svg
from tests.conftest import spread

RUN = CliRunner()
SHARED = Path(__file__).parents[3] / "shared" / "charts" / "score.py"
CORPORA = {c["patient_id"]: c for c in map(corpora.load, corpora.files())}
ALL = {p: charts.labeled(c) for p, c in CORPORA.items()}
LABELS = dict(spread(list(ALL.items()), 160))
QUICK = Plan(rounds=200)


def chart(patient: str, lesions: list[dict[str, Any]], complications: list[str | None] = ()) -> Tables:  # type: ignore[assignment]
    """One session on 1 January 2020 with these lesions; a lesion is its cells and its outcome's."""
    gold: dict[str, Any] = {"patient": {}, "procedures": [{"key": "P1", "date": "2020-01-01", "modality": "cryoablation"}]}
    gold["lesions"] = [
        {
            "site": "lung",
            "laterality": None,
            "size_mm": 10 + i,
            "coverage": "adequate",
            "min_margin_mm": None,
            "key": f"L{i}",
            "procedure": "P1",
        }
        | r
        for i, r in enumerate(lesions)
    ]
    gold["outcomes"] = [
        {"lesion": f"L{i}", "event": int(bool(r.get("event_date"))), "event_date": r.get("event_date"), "last_assessment_date": r["last"]}
        for i, r in enumerate(lesions)
    ]
    gold["complications"] = [{"procedure": "P1", "term": "pain", "severity": s} for s in complications]
    return charts.labeled({"patient_id": patient, "gold": gold})


def test_by_hand() -> None:
    """Five lesions of four patients: events at 366 days (12.02 months) and 182 (5.98), so that S(12) = 4/5 and S(24) = 8/15."""
    labels = {
        "a": chart("a", [{"last": "2021-01-01", "event_date": "2021-01-01"}, {"last": "2022-06-01"}], ["severe"]),
        "b": chart("b", [{"last": "2020-07-01", "event_date": "2020-07-01"}], ["mild"]),
        "c": chart("c", [{"last": "2021-02-01"}], [None]),
        "d": chart("d", [{"last": "2021-06-01"}]),
    }
    found = endpoints(labels, labels, QUICK)
    assert [c.labels.value for c in found.survival] == pytest.approx([4 / 5, 4 / 5 * 3 / 4])
    assert [c.labels.value for c in found.rates] == pytest.approx([3 / 4, 3 / 4, 1 / 4, 1 / 4])
    assert all("not estimable: 2 events" in c.labels.note for c in found.hazards)


def test_what_a_wrong_extraction_costs_by_hand() -> None:
    """Of two labeled events one is found 20 days late and one missed; one is made up: sensitivity 1/2, 1/2, 0 and predictive value the same."""
    labels = {
        "a": chart("a", [{"last": "2020-09-01", "event_date": "2020-06-01"}]),
        "b": chart("b", [{"last": "2020-09-01", "event_date": "2020-06-01"}]),
        "c": chart("c", [{"last": "2020-09-01"}]),
    }
    got = {
        "a": chart("a", [{"last": "2020-09-01", "event_date": "2020-06-21"}]),
        "b": chart("b", [{"last": "2020-09-01"}]),
        "c": chart("c", [{"last": "2020-09-01", "event_date": "2020-09-01"}]),
    }
    found = endpoints(got, labels, QUICK)
    assert [e.dated for e in found.events] == ["any date", "within 30 days", "same date"]
    assert [e.sensitivity.value for e in found.events] == [0.5, 0.5, 0.0]
    assert [e.predictive_value.value for e in found.events] == [0.5, 0.5, 0.0]
    assert found.matched_lesions == 3


def test_retreated_rows_stand_apart_and_other_modalities_are_left_out() -> None:
    tables = chart("a", [{"last": "2020-09-01"}, {"last": "2020-09-01", "retreatment_of": "L0"}])
    found = endpoints({"a": tables}, {"a": tables}, QUICK)
    assert (found.lesions_followed[0], found.retreated[0].labels.n) == (1, 1)
    tables["procedures"][0]["modality"] = "microwave"
    assert endpoints({"a": tables}, {"a": tables}, QUICK).lesions_followed == (0, 0)
    assert endpoints({"a": tables}, {"a": tables}, Plan(modality=None, rounds=200)).lesions_followed == (1, 1)


def test_labels_against_themselves() -> None:
    found = endpoints(LABELS, LABELS, QUICK)
    for c in [*found.survival, *found.rates]:
        assert c.difference.value == 0
        assert c.labels == c.extraction
    for h in found.hazards:
        assert h.difference.value is None or h.difference.value == 1
        assert h.verdict != "different"
    for e in found.events:
        assert (e.sensitivity.value, e.predictive_value.value) == (1, 1)


def test_order_of_patients_and_rows_changes_nothing() -> None:
    mixed: dict[str, Tables] = {}
    for patient in random.Random(1).sample(sorted(LABELS), len(LABELS)):
        mixed[patient] = copy.deepcopy(LABELS[patient])
        for rows in mixed[patient].values():
            random.Random(2).shuffle(rows)
    got = changed(LABELS)
    assert endpoints(got, mixed, QUICK).to_json() == endpoints(got, LABELS, QUICK).to_json()


def changed(labels: dict[str, Tables], seed: int = 3) -> dict[str, Tables]:
    """Labels with some events taken away and some made up."""
    rng, out = random.Random(seed), copy.deepcopy(labels)
    for tables in out.values():
        for row in tables["outcomes"]:
            if rng.random() < 0.2:
                row["event"] = 1.0 - row["event"]
                row["event_date"] = row["last_assessment_date"] if row["event"] else None
    return out


def test_a_patient_the_extraction_lacks_counts_as_empty_and_one_without_label_is_left_out() -> None:
    fewer = {p: t for p, t in LABELS.items() if p != sorted(LABELS)[0]}
    found = endpoints(fewer, LABELS, QUICK)
    assert found.patients == len(LABELS)
    assert found.lesions_followed[1] < found.lesions_followed[0]
    more = endpoints(LABELS, fewer, QUICK)
    assert more.lesions_followed[0] == more.lesions_followed[1]


def test_correction_of_a_cohort_that_is_half_labeled() -> None:
    """An extraction that loses every third event overstates survival; the correction goes back towards the labels of all."""
    names = sorted(LABELS)
    got = copy.deepcopy(LABELS)
    events = [row for p in names for row in got[p]["outcomes"] if row["event"]]
    for row in events[::3]:
        row["event"], row["event_date"] = 0.0, None
    truth = endpoints(LABELS, LABELS, QUICK).survival[0].labels.value
    found = endpoints(got, {p: LABELS[p] for p in names[::2]}, QUICK).corrected[0]
    assert truth is not None
    assert found.corrected.value is not None
    assert found.extracted.value is not None
    assert abs(found.corrected.value - truth) < abs(found.extracted.value - truth)
    assert endpoints(got, LABELS, QUICK).corrected[0].corrected.note.startswith("every patient")


def test_corrected_complication_rate_by_hand() -> None:
    """Four labeled sessions, sensitivity 1/2 and specificity 1; 3 of 10 others extracted with one: 0.3 / 0.5 = 0.6, together (2 + 6) / 14."""
    labels = {p: chart(p, [{"last": "2020-06-01"}], ["mild"] if p in "ab" else []) for p in "abcd"}
    got = {p: chart(p, [{"last": "2020-06-01"}], ["mild"] if p == "a" else []) for p in "abcd"}
    got |= {f"u{i}": chart(f"u{i}", [{"last": "2020-06-01"}], ["mild"] if i < 3 else []) for i in range(10)}
    found = next(c for c in endpoints(got, labels, QUICK).corrected if c.name == "complication, by session")
    assert found.extracted.value == pytest.approx(4 / 14)
    assert found.corrected.value == pytest.approx(8 / 14)


def test_conclusion_names_what_would_be_concluded() -> None:
    got = copy.deepcopy(LABELS)
    for tables in got.values():
        for row in tables["outcomes"]:
            row["event"], row["event_date"] = 0.0, None
    found = endpoints(got, LABELS, QUICK)
    assert found.survival[0].verdict == "different"
    assert found.conclusion[0].startswith(
        "From the extraction, the study would have concluded something else about local progression-free survival"
    )
    assert "100.0 % instead of" in found.conclusion[1]


def test_figure_data_and_drawing() -> None:
    found = endpoints(changed(LABELS), LABELS, QUICK)
    data = plot_data(found)
    assert set(data.curves) == {"labels", "extraction"}
    assert data.curves["labels"].at_risk[0] == found.lesions_followed[0]
    drawn = svg(found)
    assert drawn == svg(found)
    assert drawn.startswith("<svg")
    assert "lesions at risk" in drawn


@pytest.mark.skipif(not SHARED.is_file(), reason="needs ../shared")
@pytest.mark.parametrize("where", ["shipped", "shared"])
def test_agrees_with_the_reference_endpoint(where: str) -> None:
    spec = importlib.util.spec_from_file_location("reference", SHARED)
    assert spec is not None
    assert spec.loader is not None
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    if where == "shared":
        theirs, ours = reference.load_charts(SHARED.parent), sources.read(SHARED.parent)
    else:
        theirs, ours = {}, ALL
        for folder in corpora.collections():
            theirs |= reference.load_charts(folder / "charts")
    told, found = reference.endpoint(theirs), endpoints(ours, ours, QUICK)
    assert told["lesions_followed"] == found.lesions_followed[0]
    assert [told["lpfs_12"], told["lpfs_24"]] == pytest.approx([c.labels.value for c in found.survival])
    assert told["procedures"] == found.sessions[0]
    assert told["major_rate"] == pytest.approx(found.rates[2].labels.value)


def test_command_prints_figures_and_json(tmp_path: Path) -> None:
    folder = tmp_path / "labels"
    folder.mkdir()
    for patient in sorted(CORPORA)[:12]:
        (folder / f"{patient}.json").write_text(json.dumps(CORPORA[patient]), encoding="utf-8")
    drawn = tmp_path / "curves.svg"
    shown = RUN.invoke(app, ["endpoints", str(folder), str(folder), "--rounds", "100", "--svg", str(drawn)])
    assert shown.exit_code == 0, shown.output
    assert "would have concluded" in shown.output or "Too few charts" in shown.output
    assert drawn.read_text().startswith("<svg")
    again = [RUN.invoke(app, ["endpoints", str(folder), str(folder), "--rounds", "100", "--json"]).stdout for _ in range(2)]
    assert again[0] == again[1]
    assert json.loads(again[0])["patients"] == 12


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere", "nowhere"], "no such file or folder"),
        (["{empty}", "{empty}"], "holds no labels"),
        (["{labels}", "{labels}", "--modality", "magic"], "unknown modality 'magic'"),
        (["{labels}", "{labels}", "--sample", "{sample}"], "row 2: weight is no number above 0"),
        (["{labels}", "{labels}", "--sample", "{other}"], "is labeled but not in the sample"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, arguments: list[str], said: str) -> None:
    places = {"empty": tmp_path / "empty", "labels": corpora.collections()[0] / "charts", "sample": tmp_path / "sample.csv"}
    places["other"] = tmp_path / "other.csv"
    places["other"].write_text("patient_id,weight\nx,1\n")
    places["empty"].mkdir()
    places["sample"].write_text("patient_id,weight\nx,-1\n")
    result = RUN.invoke(app, ["endpoints", *(a.format(**places) for a in arguments)])
    assert result.exit_code == 2
    assert said in result.output


def test_json_holds_no_infinity_and_reads_back() -> None:
    found = endpoints(changed(LABELS), LABELS, QUICK)
    assert isinstance(found, Endpoints)
    text = found.to_json()
    assert "Infinity" not in text
    assert "NaN" not in text
    assert json.loads(text)["survival"][0]["labels"]["value"] == pytest.approx(found.survival[0].labels.value, abs=1e-6)


def test_study_never_goes_below_zero_months() -> None:
    tables = chart("a", [{"last": "2019-12-01"}])
    assert study({"a": tables}).lesions[0].months == 0.0
    tables["outcomes"][0]["last_assessment_date"] = "soon"
    assert study({"a": tables}).lesions == ()
