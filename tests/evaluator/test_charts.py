"""The scorer on labels against themselves, and against hand-made changes."""

from __future__ import annotations

import copy
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from extractor import corpora
from extractor.evaluator import charts, spans
from extractor.evaluator.match import match

CHARTS = [corpora.load(p) for p in corpora.files()][:8]
SHARED = Path(__file__).parents[3] / "shared" / "charts" / "score.py"


def tally(chart: dict[str, Any], changed: dict[str, Any]) -> charts.Tally:
    return charts.compare(chart["patient_id"], charts.labeled(chart), charts.labeled(changed))


@pytest.mark.parametrize("chart", CHARTS, ids=lambda c: c["patient_id"])
def test_labels_against_themselves_are_perfect(chart: dict[str, Any]) -> None:
    found = charts.figures([tally(chart, chart)])
    assert all(f.f1 == 1.0 for f in found.values())
    assert charts.headline(found) == 1.0


def test_row_order_changes_nothing() -> None:
    for chart in CHARTS:
        mixed = copy.deepcopy(chart)
        for rows in mixed["gold"].values():
            if isinstance(rows, list):
                random.Random(1).shuffle(rows)
        assert tally(chart, mixed).differences == []


def test_one_changed_label_moves_only_its_figures() -> None:
    chart = next(c for c in CHARTS if c["gold"]["complications"] and c["gold"]["complications"][0]["severity"])
    changed = copy.deepcopy(chart)
    row = changed["gold"]["complications"][0]
    row["severity"] = "death" if row["severity"] != "death" else "mild"
    found = charts.figures([tally(chart, changed)])
    assert [k for k, f in found.items() if f.f1 < 1] == ["complications.severity"]


def test_known_figures() -> None:
    figure = charts.Figure(tp=8, fp=2, fn=4)
    assert (figure.precision, figure.recall, figure.f1) == (0.8, pytest.approx(2 / 3), pytest.approx(16 / 22))
    assert charts.Figure(0, 0, 0).f1 == 1.0


def test_matching_takes_as_many_pairs_as_it_can() -> None:
    like = {("a", 1): 9.0, ("a", 2): 1.0, ("b", 1): 1.0, ("b", 2): 0.0}
    pairs, left, right = match([{"k": "a"}, {"k": "b"}], [{"k": 1}, {"k": 2}], lambda x, y: like[x["k"], y["k"]])
    assert sorted((a["k"], b["k"]) for a, b in pairs) == [("a", 2), ("b", 1)]
    assert (left, right) == ([], [])


def test_spans_against_themselves() -> None:
    notes = [n for c in CHARTS for n in c["notes"] if n.get("spans")]
    assert notes
    for note in notes:
        for span in spans.labeled(note):
            assert note["text"][span["start"] : span["end"]] in {s["quote"] for s in note["spans"]}


@pytest.mark.skipif(not SHARED.is_file(), reason="needs ../shared")
def test_agrees_with_the_reference_scorer(tmp_path: Path) -> None:
    gold, other = tmp_path / "gold", tmp_path / "other"
    gold.mkdir()
    other.mkdir()
    rng, tallies = random.Random(7), []
    for chart in CHARTS:
        changed = copy.deepcopy(chart)
        for table, rows in changed["gold"].items():
            if table in ("complications", "assessments") and rows and rng.random() < 0.5:
                rows.pop(rng.randrange(len(rows)))
        for lesion in changed["gold"]["lesions"]:
            if rng.random() < 0.3:
                lesion["coverage"] = "inadequate"
            if rng.random() < 0.3:
                lesion["size_mm"] = 77
        for outcome in changed["gold"]["outcomes"]:
            if rng.random() < 0.3:
                outcome["event"] = 1 - outcome["event"]
        (gold / f"{chart['patient_id']}.json").write_text(json.dumps(chart))
        (other / f"{chart['patient_id']}.json").write_text(json.dumps(changed))
        tallies.append(tally(chart, changed))
    theirs = json.loads(
        subprocess.run([sys.executable, str(SHARED), str(gold), str(other), "--json"], capture_output=True, text=True, check=True).stdout
    )
    ours = charts.figures(tallies)
    assert charts.headline(ours) == pytest.approx(theirs["headline"], abs=5e-4)
    assert {k: round(f.f1, 3) for k, f in ours.items()} == {k: round(f["f1"], 3) for k, f in theirs["figures"].items()}
