"""Shares against independent computations."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from extractor.stats.bootstrap import draws, spread
from extractor.stats.estimate import percentile
from extractor.stats.proportions import clopper_pearson, clustered, rogan_gladen, rogan_gladens, wilson


@pytest.mark.parametrize(("hits", "n"), [(0, 10), (1, 7), (3, 20), (19, 20), (10, 10), (141, 250)])
def test_clopper_pearson_against_scipy_s_exact_test(hits: int, n: int) -> None:
    theirs = stats.binomtest(hits, n).proportion_ci(method="exact")
    ours = clopper_pearson(hits, n)
    assert (ours.value, ours.low, ours.high) == pytest.approx((hits / n, theirs.low, theirs.high))


def test_clopper_pearson_by_hand() -> None:
    """None of n: the upper limit solves (1 - p)^n = 0.025; all of n: the mirror image."""
    assert clopper_pearson(0, 10).high == pytest.approx(1 - 0.025**0.1)
    assert clopper_pearson(10, 10).low == pytest.approx(0.025**0.1)
    assert clopper_pearson(0, 0).value is None


def test_wilson_against_scipy() -> None:
    theirs = stats.binomtest(17, 40).proportion_ci(method="wilson")
    assert wilson(17 / 40, 40) == pytest.approx((theirs.low, theirs.high))


def test_rogan_gladen_by_hand() -> None:
    """Of 1,000 with a true share of 0.2, a classifier of 0.9 and 0.95 finds 0.2 * 0.9 + 0.8 * 0.05 = 0.22."""
    assert rogan_gladen(0.22, 0.9, 0.95) == pytest.approx(0.2)
    assert rogan_gladen(0.02, 0.9, 0.95) == 0.0
    assert rogan_gladen(0.99, 0.9, 0.95) == 1.0
    assert rogan_gladen(0.5, 0.6, 0.4) is None


@given(st.floats(0, 1), st.floats(0.55, 1), st.floats(0.55, 1))
def test_rogan_gladen_undoes_misclassification(true: float, sensitivity: float, specificity: float) -> None:
    observed = true * sensitivity + (1 - true) * (1 - specificity)
    assert rogan_gladen(observed, sensitivity, specificity) == pytest.approx(true, abs=1e-9)
    many = rogan_gladens(np.array([observed]), np.array([sensitivity]), np.array([specificity]))
    assert many[0] == pytest.approx(true, abs=1e-9)


def test_draws_keep_the_number_of_patients_and_of_strata() -> None:
    counts = draws(6, 50, seed=3, strata=["a", "b", "a", "b", "b", "b"])
    assert (counts.sum(axis=1) == 6).all()
    assert (counts[:, [0, 2]].sum(axis=1) == 2).all()
    assert (draws(6, 50, seed=3) == draws(6, 50, seed=3)).all()
    assert spread(counts, [0, 0, 5]).shape == (50, 3)


def test_cluster_interval_is_wider_than_the_naive_one_where_patients_agree_with_themselves() -> None:
    """Forty patients of four sessions that are all alike: the information of 40 units, not of 160."""
    hits = [p < 10 for p in range(40) for _ in range(4)]
    owner = [p for p in range(40) for _ in range(4)]
    found = clustered(hits, owner, draws(40, 4_000))
    assert found.value == 0.25
    assert found.high is not None
    assert found.low is not None
    assert found.high - found.low == pytest.approx(2 * 1.96 * math.sqrt(0.25 * 0.75 / 40), rel=0.08)
    order = np.random.default_rng(1).permutation(160)
    assert clustered([hits[i] for i in order], [owner[i] for i in order], draws(40, 4_000)) == found


def test_cluster_interval_without_any_hit_is_exact_by_patient() -> None:
    found = clustered([False] * 9, [0, 0, 0, 1, 1, 1, 2, 2, 2], draws(3, 100))
    assert (found.value, found.low, found.high) == (0.0, 0.0, clopper_pearson(0, 3).high)


def test_percentile_of_draws_that_are_no_numbers_or_infinite() -> None:
    assert percentile([float("nan")] * 20 + [1.0] * 80) == (None, None)
    assert percentile([1.0] * 90 + [math.inf] * 10) == (1.0, None)
    assert percentile([]) == (None, None)
