"""Rubin's rules by hand; imputed survival against a truth that is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from extractor.stats.imputation import Checked, Told, corrected_survival, rubin
from extractor.stats.survival import kaplan_meier


def test_rubin_by_hand() -> None:
    """Values 1, 2, 3 with variances 0.5: W = 0.5, B = 1, T = 0.5 + 4/3, degrees of freedom 2 (1 + 0.5 / (4/3))^2."""
    value, total, freedom = rubin([1.0, 2.0, 3.0], [0.5, 0.5, 0.5])
    assert (value, total, freedom) == pytest.approx((2.0, 0.5 + 4 / 3, 2 * (1 + 0.375) ** 2))
    assert rubin([1.0, 1.0], [0.5, 0.5]) == (1.0, 0.5, math.inf)


def cohort(n: int, sensitivity: float, precision_loss: float, seed: int) -> list[Checked]:
    """True times, and an extraction that misses events and makes some up."""
    rng = np.random.default_rng(seed)
    out = []
    for _ in range(n):
        time, end = rng.exponential(25), rng.uniform(12, 40)
        months, event = (time, True) if time <= end else (end, False)
        if event and rng.random() < sensitivity:
            told = Told(months, True, end)
        elif not event and rng.random() < precision_loss:
            told = Told(float(rng.uniform(0, end)), True, end)
        else:
            told = Told(end, False, end)
        out.append(Checked(told, months, event))
    return out


@pytest.mark.parametrize(("sensitivity", "loss"), [(0.7, 0.0), (1.0, 0.3), (0.8, 0.15)])
def test_correction_moves_survival_to_the_truth(sensitivity: float, loss: float) -> None:
    everyone = cohort(3_000, sensitivity, loss, seed=11)
    sample, rest = everyone[:1_000], everyone[1_000:]
    ones = np.ones((1, len(everyone)))
    truth = kaplan_meier([c.months for c in everyone], [c.event for c in everyone], ones, 12)[0]
    naive = kaplan_meier([c.told.months for c in everyone], [c.told.event for c in everyone], ones, 12)[0]
    found = corrected_survival(
        [c.told for c in rest],
        list(range(1_000, 3_000)),
        [(c.months, c.event) for c in sample],
        list(range(1_000)),
        sample,
        12,
        imputations=20,
        rounds=50,
    )
    assert found.value is not None
    assert abs(found.value - truth) < 0.02
    assert abs(found.value - truth) < abs(naive - truth) / 2
    assert found.low is not None
    assert found.high is not None
    assert found.low < truth < found.high


def test_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    inside = 0
    for seed in range(40):
        everyone = cohort(200, 0.8, 0.15, seed)
        truth = math.exp(-12 / 25)
        known = [(c.months, c.event) for c in everyone[:80]]
        found = corrected_survival(
            [c.told for c in everyone[80:]], list(range(80, 200)), known, list(range(80)), everyone[:80], 12, imputations=15, rounds=60
        )
        assert found.low is not None
        assert found.high is not None
        inside += found.low <= truth <= found.high
    assert inside >= 34


def test_a_sample_without_extracted_events_is_said_and_a_perfect_extraction_hardly_moves() -> None:
    quiet = [Checked(Told(20, False, 20), 20, False)] * 10
    assert corrected_survival([Told(5, True, 9)], [10], [], [], quiet, 12).value is None
    perfect = cohort(400, 1.0, 0.0, 4)
    naive = kaplan_meier([c.told.months for c in perfect], [c.told.event for c in perfect], np.ones((1, 400)), 12)[0]
    found = corrected_survival([c.told for c in perfect[200:]], list(range(200)), [], [], perfect[:200], 12, imputations=20, rounds=50)
    assert found.value == pytest.approx(naive, abs=0.05)
