"""Aalen-Johansen by hand, against lifelines, and against Kaplan-Meier; proportional hazards against the test written out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from extractor.stats.bootstrap import draws
from extractor.stats.hazards import log_hazards
from extractor.stats.incidence import band, cumulative, incidence, steps
from extractor.stats.proportional import proportional
from extractor.stats.proportions import clopper_pearson
from extractor.stats.survival import kaplan_meier

MONTHS = [2.0, 4.0, 4.0, 4.0, 6.0, 9.0, 12.0, 15.0]
KINDS = [1, 1, 2, 0, 2, 1, 0, 1]
"""By hand: 8 at risk, F(2) = 1/8, S = 7/8; at 4, 7 at risk, one of each: F = 1/8 + 7/8 * 1/7 = 2/8, S = 7/8 * 5/7 = 5/8; at 6, 4 at risk, a death:
S = 5/8 * 3/4 = 15/32; at 9, 3 at risk: F = 2/8 + 15/32 * 1/3 = 13/32, S = 10/32; at 15 one at risk: F = 23/32."""


@pytest.mark.parametrize(
    ("month", "value"), [(1, 0), (2, 1 / 8), (4, 2 / 8), (8, 2 / 8), (9, 13 / 32), (12, 13 / 32), (15, 23 / 32), (99, 23 / 32)]
)
def test_by_hand(month: float, value: float) -> None:
    assert incidence(MONTHS, KINDS, np.ones((1, 8)), [month])[0, 0] == pytest.approx(value)


def test_the_curve_and_many_marks_agree() -> None:
    months, heights = steps(MONTHS, KINDS)
    assert months == (0.0, 2.0, 4.0, 9.0, 15.0)
    assert heights == pytest.approx((0, 1 / 8, 2 / 8, 13 / 32, 23 / 32))
    assert steps([], []) == ((0.0,), (0.0,))


def test_against_lifelines() -> None:
    """Without ties, where its random jitter plays no part."""
    from lifelines import AalenJohansenFitter

    rng = np.random.default_rng(3)
    months, kinds = rng.exponential(12, 150), rng.integers(0, 3, 150)
    theirs = AalenJohansenFitter(calculate_variance=False).fit(months, kinds, event_of_interest=1)
    marks = [1.0, 3.0, 8.0, 20.0]
    assert incidence(months, kinds, np.ones((1, 150)), marks)[0] == pytest.approx([float(theirs.predict(m)) for m in marks])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=20), st.randoms())
def test_properties(units: list[tuple[int, int, int]], random: object) -> None:
    """Both incidences and the share free of either add up to one; without the other kind it is one minus Kaplan-Meier; order and copies change nothing."""
    months, kinds, weights = ([float(u[i]) for u in units] for i in range(3))
    row = np.array([weights]) if sum(weights) else np.ones((1, len(units)))
    swapped = [{1: 2.0, 2: 1.0}.get(int(k), 0.0) for k in kinds]
    mine, other = (incidence(months, [int(k) for k in ks], row, [10.0])[0, 0] for ks in (kinds, swapped))
    free = kaplan_meier(months, [k > 0 for k in kinds], row, 10.0)[0]
    assert mine + other + free == pytest.approx(1)
    alone = [int(k == 1) for k in kinds]
    assert incidence(months, alone, row, [10.0])[0, 0] == pytest.approx(1 - kaplan_meier(months, [k == 1 for k in kinds], row, 10.0)[0])
    back = incidence(months[::-1], [int(k) for k in kinds[::-1]], row[:, ::-1], [10.0])[0, 0]
    assert back == pytest.approx(mine)


def test_nobody_drawn_is_no_number() -> None:
    assert np.isnan(incidence(MONTHS, KINDS, np.zeros((1, 8)), [5.0])).all()


def test_intervals() -> None:
    owner, counts = list(range(8)), draws(8, 400)
    found = cumulative(MONTHS, KINDS, owner, counts, 9)
    assert (found.value, found.n, found.events) == (pytest.approx(13 / 32), 8, 3)
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low < 13 / 32 < found.high <= 1
    low, high = band(MONTHS, KINDS, owner, counts, [4.0, 9.0])
    assert (low[1], high[1]) == (found.low, found.high)
    none = cumulative(MONTHS, [0] * 8, owner, counts, 9)
    assert (none.value, none.low, none.high) == (0.0, 0.0, clopper_pearson(0, 3).high)
    assert cumulative([], [], [], counts, 9).value is None


TIMES = [float(t) for t in range(1, 25)]
DIED = [t % 4 != 0 for t in range(24)]
X = [(t * 7) % 5 < 2 for t in range(24)]


def test_proportional_hazards_written_out() -> None:
    """Schoenfeld residuals scaled by the events and the variance, their trend over one minus Kaplan-Meier (Grambsch and Therneau 1994, eq. 6)."""
    beta = float(log_hazards(TIMES, DIED, [X], np.ones((1, 24)))[0, 0])
    x, died = np.array(X, dtype=float), np.array(DIED)
    risk = np.exp(beta * x)
    mean = np.array([(x[i:] * risk[i:]).sum() / risk[i:].sum() for i in range(24)])
    variance = 1 / (mean - mean**2)[died].sum()
    scaled = died.sum() * variance * (x - mean)[died]
    trend = (1 - np.cumprod(1 - died / (24 - np.arange(24))))[died]
    trend = trend - trend.mean()
    found = proportional(TIMES, DIED, {"x": X})["x"]
    assert found.statistic == pytest.approx((trend @ scaled) ** 2 / (died.sum() * variance * (trend**2).sum()), rel=1e-4)
    assert found.p == pytest.approx(chi2.sf(found.statistic, 1))


def test_proportional_hazards_sees_a_ratio_that_turns() -> None:
    rng = np.random.default_rng(1)
    x = rng.random(400) < 0.5
    held = rng.exponential(np.where(x, 5, 10))
    turned = np.where(x, 4 + rng.exponential(2, 400), rng.exponential(10, 400))
    events = [True] * 400
    assert proportional(list(held), events, {"x": list(x)})["x"].p > 0.05  # type: ignore[operator]
    assert proportional(list(turned), events, {"x": list(x)})["x"].p < 0.001  # type: ignore[operator]


def test_proportional_hazards_that_cannot_be_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert proportional(TIMES, DIED, {"x": [False] * 24})["x"].p is None
    assert capsys.readouterr() == ("", "")
