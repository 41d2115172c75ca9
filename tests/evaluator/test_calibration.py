"""Reliability by hand, and a model that learns what can be learned."""

from __future__ import annotations

import random
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from scipy.stats import beta

from extractor.confidence.claims import Claim
from extractor.evaluator import calibrating, calibration
from extractor.evaluator.judge import Judged

CLAIM = Claim("lesions", "L", "site", "value")


def chart(name: str, right: list[bool], features: list[dict[str, float]] | None = None) -> Judged:
    return Judged(name, "c", (CLAIM,) * len(right), tuple(features or [{}] * len(right)), tuple(right))


def test_ece_and_brier_by_hand() -> None:
    """Bin 0.9: two claims of 0.95, one right: distance 0.45. Bin 0.1: 0.15 and 0.17, none right: 0.16. Weighted: 0.305."""
    found = calibration.reliability([chart("a", [True, False]), chart("b", [False, False])], [[0.95, 0.95], [0.15, 0.17]])
    assert found.ece == pytest.approx(0.305)
    assert found.brier == pytest.approx((0.05**2 + 0.95**2 + 0.15**2 + 0.17**2) / 4)
    assert [(b.claims, b.right) for b in found.bins] == [(2, 0.0), (2, 0.5)]
    assert (found.charts, found.claims, found.right) == (2, 4, 0.25)
    assert found.brier_interval[0] <= found.brier <= found.brier_interval[1]


def test_sure_and_right_has_no_error_and_one_is_in_the_last_bin() -> None:
    found = calibration.reliability([chart("a", [True, True])], [[1.0, 1.0]])
    assert (found.ece, found.brier, found.bins[0].high) == (0.0, 0.0, 1.0)


def simulated(charts: int, seed: int = 1) -> list[Judged]:
    """Claims that are right with probability 0.9 where the feature holds, else 0.3."""
    rng = random.Random(seed)
    out = []
    for n in range(charts):
        features = [{"holds": 1.0} if rng.random() < 0.5 else {} for _ in range(30)]
        out.append(chart(f"p{n:03}", [rng.random() < (0.9 if f else 0.3) for f in features], features))
    return out


def test_a_model_learns_what_a_feature_says_and_is_calibrated_on_new_charts() -> None:
    model = calibration.fit(simulated(60)).model
    assert model.confidence({"holds": 1.0}) == pytest.approx(0.9, abs=0.03)
    assert model.confidence({}) == pytest.approx(0.3, abs=0.04)
    fresh = simulated(60, seed=2)
    assert calibration.reliability(fresh, calibration.confidences(model, fresh)).ece < 0.04


def test_a_feature_of_few_charts_gets_no_weight() -> None:
    charts = simulated(20)
    rare = [chart("z", [False] * 9, [{"holds": 1.0, "rare": 1.0}] * 9)]
    assert "rare" not in calibration.fit(charts + rare).model.weights
    assert "holds" in calibration.fit(charts + rare).model.weights


def test_all_right_is_no_reason_to_stop() -> None:
    model = calibration.fit([chart("a", [True, True]), chart("b", [True])]).model
    assert model.confidence({}) > 0.98


def test_cross_validation_leaves_whole_charts_out_and_order_changes_nothing() -> None:
    charts = simulated(12)
    for left_out in (folds := calibration.folds(charts, 5)):
        assert left_out
    assert sorted(i for f in folds for i in f) == list(range(12))
    own = calibration.cross(charts, 5, (0.1,))
    turned = calibration.cross(charts[::-1], 5, (0.1,))
    assert np.allclose(np.concatenate(own), np.concatenate(turned[::-1]), atol=0.002)
    odd = [*charts[:11], chart("p011", [False] * 30, list(charts[11].features))]
    assert calibration.cross(odd, 12, (0.1,))[11] == calibration.cross(charts, 12, (0.1,))[11]  # its own labels do not count


def test_the_diagram_is_svg_and_equal_figures_give_equal_text() -> None:
    found = calibration.reliability([chart("a", [True, False]), chart("b", [False, True])], [[0.9, 0.4], [0.2, 0.7]])
    assert ElementTree.fromstring(found.svg()).tag.endswith("svg")
    assert found.svg() == calibration.diagram(found)


@pytest.mark.parametrize(("k", "n"), [(0, 10), (3, 40), (40, 40)])
def test_clopper_pearson_is_the_beta_quantile(k: int, n: int) -> None:
    low = 0.0 if k == 0 else beta.ppf(0.025, k, n - k + 1)
    high = 1.0 if k == n else beta.ppf(0.975, k + 1, n - k)
    assert calibrating.clopper_pearson(k, n) == (pytest.approx(low), pytest.approx(high))


def test_what_is_left_to_read() -> None:
    """Ten charts of ten claims, two of them half wrong and told so: reading these two makes everything right."""
    charts = [chart(f"p{n}", [True] * 5 + [n > 1] * 5, [{}] * 10) for n in range(10)]
    own = [[0.9] * 5 + [0.9 if n > 1 else 0.2] * 5 for n in range(10)]
    found = calibrating._reading(charts, own, [0.5] * 10, 0.95)
    assert (found.accepted, found.right, found.right_by_chart, found.to_open, found.with_error) == (90, 1.0, 1.0, 2, 0)
    assert (found.first, found.at_random) == (1, 5)
    assert calibrating._reading(charts, own, [1.001] * 10, 0.95).to_open == 10


def test_charts_of_the_promise_are_not_those_of_the_model() -> None:
    def stored(name: str, rules: str, charts: list[Judged]) -> calibrating.Stored:
        return calibrating.Stored(name, tuple(charts), rules, None, "0")

    old, new = simulated(30), [Judged(f"q{c.patient}", c.collection, c.claims, c.features, c.right) for c in simulated(25, seed=9)]
    both = [stored("old", "r1", old), stored("new", "r2", new)]
    assert calibrating.split(both, "r2", "code") == (old, new)
    assert calibrating.split(both, "r3", "code") == (old + new, [])
    kept, held = calibrating.split(both[:1], "r1", "code")  # nothing is left to fit: every second chart
    assert (len(kept), len(held), set(map(id, kept)) & set(map(id, held))) == (15, 15, set())
