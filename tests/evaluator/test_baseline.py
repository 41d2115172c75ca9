"""A figure that falls needs a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from extractor import corpora
from extractor.errors import CorpusError
from extractor.evaluator import baseline
from extractor.evaluator.baseline import Baseline, Reason
from extractor.evaluator.charts import Figure

GOOD, BAD = Figure(9, 1, 1), Figure(8, 1, 2)
KEPT = Baseline({"delta": {"lesions": GOOD, "procedures": GOOD}})


def test_a_fall_is_told_and_a_rise_is_not() -> None:
    assert baseline.falls(KEPT, {"delta": {"lesions": GOOD, "procedures": Figure(10, 0, 0)}}) == []
    found = baseline.falls(KEPT, {"delta": {"lesions": BAD, "procedures": GOOD}})
    assert [(f.collection, f.field, f.was, f.now) for f in found] == [("delta", "lesions", GOOD.f1, BAD.f1)]
    assert "delta: lesions fell from 0.900 to 0.842" in baseline.told(found[0])


def test_a_reason_covers_the_fall_it_names_and_no_deeper_one() -> None:
    kept = Baseline(KEPT.found, (Reason("delta", "lesions", 0.9, 0.842, "labels mended"),))
    assert baseline.falls(kept, {"delta": {"lesions": BAD, "procedures": GOOD}}) == []
    assert len(baseline.falls(kept, {"delta": {"lesions": Figure(7, 1, 3), "procedures": GOOD}})) == 1
    assert len(baseline.falls(kept, {"delta": {"lesions": GOOD, "procedures": BAD}})) == 1


def test_new_and_missing_collections_and_fields() -> None:
    assert baseline.falls(KEPT, {"new": {"lesions": BAD}}) == []
    assert baseline.gone(KEPT, {"new": {"lesions": BAD}}) == ["delta"]
    found = baseline.falls(KEPT, {"delta": {"lesions": GOOD, "procedures": GOOD, "complications": Figure(0, 1, 0)}})
    assert [(f.field, f.was) for f in found] == [("complications", 1.0)]


def test_keeping_figures_that_fell_asks_for_a_reason(tmp_path: Path) -> None:
    now = {"delta": {"lesions": BAD, "procedures": GOOD}}
    with pytest.raises(CorpusError, match="delta: lesions fell"):
        baseline.updated(KEPT, now, " ")
    kept = baseline.updated(KEPT, now, "labels mended")
    path = tmp_path / "baseline.json"
    kept.save(path)
    again = baseline.load(path)
    assert again.found == now
    assert [(r.field, r.why) for r in again.reasons] == [("lesions", "labels mended")]
    assert baseline.falls(again, now) == []


def test_a_reason_that_says_nothing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    Baseline(KEPT.found, (Reason("delta", "lesions", 0.9, 0.8, "  "),)).save(path)
    with pytest.raises(CorpusError, match="says nothing"):
        baseline.load(path)
    path.write_text("[]", encoding="utf-8")
    with pytest.raises(CorpusError, match="no baseline file"):
        baseline.load(path)


def test_the_shipped_baseline_speaks_of_every_collection() -> None:
    kept = baseline.load(corpora.folder() / "baseline.json")
    assert set(kept.found) <= {c.name for c in corpora.collections()}
    assert all(fields for fields in kept.found.values())
