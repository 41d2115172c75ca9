"""Sample sizes by hand and by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from extractor.stats.sample_size import Assumption, charts_needed, design_effect, finite, from_pilot, width


def test_by_hand() -> None:
    """A share of 0.5 in independent units: the score interval of width w needs n = z^2 (1 / w^2 - 1), from w = z / sqrt(n + z^2)."""
    z = stats.norm.ppf(0.975)
    expected = int(np.ceil(z**2 * (1 / 0.1**2 - 1)))
    assert charts_needed(Assumption(0.5, 1.0), 0.1) == expected
    assert charts_needed(Assumption(0.5, 2.0), 0.1) == -(-expected // 2)
    assert charts_needed(Assumption(0.5, 1.0, deff=2.0), 0.1) == pytest.approx(2 * expected, abs=1)


def test_is_the_fewest() -> None:
    assumed = Assumption(0.9, 1.7, 1.4)
    found = charts_needed(assumed, 0.08)
    assert found is not None
    assert width(assumed, found) <= 0.08 < width(assumed, found - 1)
    assert charts_needed(assumed, 1e-9) is None
    assert charts_needed(Assumption(0.9, 0.0), 0.1) is None


def test_design_effect_and_finite_cohorts() -> None:
    assert design_effect(3, 0.2) == pytest.approx(1.4)
    assert design_effect(0.5, 0.2) == 1
    assert finite(300, 400) == 172
    assert finite(300, 100) <= 100


def test_pilot_by_hand() -> None:
    """Four charts of two units that are all right or all wrong: the variance is twice the binomial's, times 4/3 for the small number."""
    found = from_pilot([2, 2, 2, 0], [2, 2, 2, 2])
    assert found is not None
    assert found.share == pytest.approx(7 / 10)
    assert (found.units, found.deff) == (2, pytest.approx(2 * 4 / 3))
    assert from_pilot([0, 0], [0, 0]) is None
    perfect = from_pilot([3, 3], [3, 3], fallback=1.5)
    assert perfect is not None
    assert (perfect.share, perfect.deff) == (7 / 8, 1.5)


def test_planned_width_is_what_comes_out() -> None:
    """Plan from a pilot of clustered charts, then measure widths of intervals in samples of the planned size."""
    rng = np.random.default_rng(7)

    def charts(n: int) -> tuple[np.ndarray, np.ndarray]:
        units = 1 + rng.poisson(1.5, n)
        return rng.binomial(units, rng.beta(8, 2, n)), units

    assumed = from_pilot(*charts(400))
    assert assumed is not None
    n = charts_needed(assumed, 0.1)
    assert n is not None
    ratios = [h.sum() / u.sum() for h, u in (charts(n) for _ in range(2_000))]
    assert 2 * 1.96 * np.std(ratios) == pytest.approx(0.1, rel=0.15)
