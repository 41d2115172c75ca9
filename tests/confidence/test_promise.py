"""The promise: by hand, against simulation, and what it refuses."""

from __future__ import annotations

import random

import numpy as np
import pytest

from extractor.confidence.promise import NOTHING, Promise, fewest, fewest_binomial, from_json, losses, threshold, total

Chart = list[tuple[float, bool]]


def test_losses_are_the_worst_share_of_wrong_ones_from_the_strictest_threshold_down() -> None:
    chart = [(0.9, True), (0.8, False), (0.8, True), (0.5, True), (0.2, False)]
    assert losses(chart) == [(0.9, 0.0), (0.8, pytest.approx(1 / 3)), (0.5, pytest.approx(1 / 3)), (0.2, pytest.approx(2 / 5))]
    assert losses([(0.9, False), (0.1, True)]) == [(0.9, 1.0), (0.1, 1.0)]
    assert losses([]) == []


def test_threshold_by_hand() -> None:
    """Nine charts: at 0.8 a mean loss may be (0.2 * 10 - 1) / 9, that is a sum of 1."""
    right: Chart = [(0.9, True), (0.3, True)]
    half: Chart = [(0.9, True), (0.3, False)]
    steps = total([right] * 7 + [half] * 2)
    assert steps == [(0.3, pytest.approx(1.0))]
    assert threshold(steps, 9, 0.8) == 0.0
    assert threshold(total([right] * 6 + [half] * 3), 9, 0.8) == pytest.approx(0.301)
    assert threshold(steps, 3, 0.8) == NOTHING
    assert threshold(total([[(0.999, False)]] * 9), 9, 0.5) == pytest.approx(1.0)


def test_fewest_charts() -> None:
    assert [fewest(x) for x in (0.5, 0.9, 0.95, 0.98)] == [1, 9, 19, 49]
    assert [threshold([], n, 0.95) for n in (18, 19)] == [NOTHING, 0.0]
    assert [fewest_binomial(x) for x in (0.95, 0.98)] == [59, 149]
    assert 0.95**59 <= 0.05 < 0.95**58


def draw(rng: random.Random) -> Chart:
    """A chart of many claims whose correctness hangs together: a bad chart is wrong where it is sure."""
    bad = rng.random() < 0.15
    chart = []
    for _ in range(rng.randint(1, 40)):
        confidence = rng.random()
        chart.append((confidence, rng.random() < (0.4 if bad else 0.5 + confidence / 2)))
    return chart


@pytest.mark.parametrize(("level", "charts"), [(0.8, 12), (0.9, 40)])
def test_the_promise_holds_on_new_charts(level: float, charts: int) -> None:
    rng = random.Random(3)
    wrong = []
    for _ in range(1_500):
        limit = threshold(total(draw(rng) for _ in range(charts)), charts, level)
        accepted = [right for confidence, right in draw(rng) if confidence >= limit]
        wrong.append(accepted.count(False) / len(accepted) if accepted else 0.0)
    assert np.mean(wrong) <= 1 - level + 2 * np.std(wrong) / np.sqrt(len(wrong))
    assert np.mean(wrong) > 0  # something was accepted, and not all of it is right


def test_a_stricter_level_never_accepts_more_and_order_does_not_matter() -> None:
    rng = random.Random(5)
    charts = [draw(rng) for _ in range(60)]
    limits = [threshold(total(charts), 60, level) for level in (0.7, 0.8, 0.9, 0.95)]
    assert limits == sorted(limits)
    mixed = [rng.sample(c, len(c)) for c in rng.sample(charts, len(charts))]
    assert [t for t, _ in total(mixed)] == [t for t, _ in total(charts)]
    assert [x for _, x in total(mixed)] == pytest.approx([x for _, x in total(charts)])


def test_what_is_refused() -> None:
    steps = ((0.4, 1.0),)
    promise = Promise(40, steps, "rules-a", "code-a", frozenset({"lesions.coverage value"}))
    assert promise.why_not(0.9, "rules-a", "code-a") is None
    assert "other rules" in str(promise.why_not(0.9, "rules-b", "code-a"))
    assert "version of the code" in str(promise.why_not(0.9, "rules-a", "code-b"))
    assert "too few charts: 40 labeled, 0.98 needs 49" in str(promise.why_not(0.98, "rules-a", "code-a"))
    assert "no chart" in str(Promise(0, (), None, None, frozenset()).why_not(0.5, "rules-a", "code-a"))
    assert "no confidence is high enough" in str(Promise(40, ((1.0, 9.0),), "r", None, frozenset()).why_not(0.9, "r", "c"))
    assert from_json(promise.to_json()) == promise
