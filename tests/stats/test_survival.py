"""Kaplan-Meier by hand, and its two computations against each other."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.stats.bootstrap import draws
from extractor.stats.proportions import clopper_pearson
from extractor.stats.survival import at, curve, kaplan_meier, survival

MONTHS = [3.0, 5.0, 5.0, 8.0, 12.0, 15.0, 20.0, 26.0]
EVENTS = [True, True, False, False, True, False, True, False]
"""By hand: S(3) = 7/8; S(5) = 7/8 * 6/7 = 6/8; S(12) = 6/8 * 3/4 = 9/16; S(20) = 9/16 * 1/2 = 9/32."""


@pytest.mark.parametrize(("month", "value"), [(2, 1.0), (3, 7 / 8), (5, 6 / 8), (11.9, 6 / 8), (12, 9 / 16), (24, 9 / 32), (99, 9 / 32)])
def test_by_hand(month: float, value: float) -> None:
    assert at(curve(MONTHS, EVENTS, ()), month) == pytest.approx(value)
    assert kaplan_meier(MONTHS, EVENTS, np.ones((1, 8)), month)[0] == pytest.approx(value)


def test_numbers_at_risk_and_censoring() -> None:
    found = curve(MONTHS, EVENTS, (0, 5, 12, 24, 30))
    assert found.at_risk == (8, 7, 4, 1, 0)
    assert found.censored == (5.0, 8.0, 15.0, 26.0)
    assert curve([], [], (0.0, 12.0)).at_risk == (0, 0)


def test_weights_are_copies() -> None:
    weights = np.array([[2, 0, 1, 3, 1, 1, 2, 1.0]])
    copied = [i for i, w in enumerate(weights[0]) for _ in range(int(w))]
    plain = kaplan_meier([MONTHS[i] for i in copied], [EVENTS[i] for i in copied], np.ones((1, len(copied))), 24)
    assert kaplan_meier(MONTHS, EVENTS, weights, 24) == pytest.approx(plain)
    assert np.isnan(kaplan_meier(MONTHS, EVENTS, np.zeros((1, 8)), 24)).all()


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 30), st.booleans(), st.sampled_from([0.5, 1.0, 2.5])), min_size=1, max_size=20), st.integers(0, 30)
)
def test_agrees_with_lifelines_weighted_and_in_any_order(units: list[tuple[int, bool, float]], month: int) -> None:
    months, events, weights = [float(u[0]) for u in units], [u[1] for u in units], [u[2] for u in units]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        theirs = at(curve(months, events, (), weights), month)
    assert kaplan_meier(months, events, np.array([weights]), month)[0] == pytest.approx(theirs)
    assert kaplan_meier(months[::-1], events[::-1], np.array([weights[::-1]]), month)[0] == pytest.approx(theirs)


def test_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    """Exponential times, two lesions a patient that share a gamma frailty, so that the truth is (1 + 0.5 * 12 / 20) ** -2."""
    rng = np.random.default_rng(5)

    def sample(patients: int) -> tuple[list[float], list[bool], list[int]]:
        owner = np.repeat(np.arange(patients), 2)
        times = rng.exponential(20 / np.repeat(rng.gamma(2, 0.5, patients), 2))
        ends = rng.uniform(6, 40, len(times))
        return list(np.minimum(times, ends)), list(times <= ends), list(owner)

    truth, inside = (1 + 0.5 * 12 / 20) ** -2, 0
    for _ in range(150):
        months, events, owner = sample(60)
        found = survival(months, events, owner, draws(60, 300), 12)
        assert found.low is not None
        assert found.high is not None
        inside += found.low <= truth <= found.high
    assert 0.89 <= inside / 150 <= 0.99


def test_no_event_gives_an_exact_lower_limit_from_the_patients_still_followed() -> None:
    found = survival([13.0, 14.0, 2.0, 30.0], [False] * 4, [0, 0, 1, 2], draws(3, 100), 12)
    assert (found.value, found.low, found.high) == (1.0, clopper_pearson(2, 2).low, 1.0)


def test_nobody_followed_so_long_is_said() -> None:
    found = survival([3.0, 4.0, 5.0], [True, False, False], [0, 1, 2], draws(3, 100), 12)
    assert found.value == pytest.approx(2 / 3)
    assert "carried forward" in found.note
    assert survival([], [], [], draws(3, 100), 12).value is None
