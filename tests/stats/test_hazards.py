"""Cox's model against a partial likelihood maximised by hand, and when it says that it cannot."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from scipy.optimize import minimize, minimize_scalar

from extractor.stats.bootstrap import draws, spread
from extractor.stats.hazards import cox, log_hazards

MONTHS = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0]
EVENTS = [True, True, False, True, True, True, False, True, False, True, False, False]
COVERED = [True, True, True, False, True, False, True, False, False, True, False, False]
DEEP = [False, True, False, True, True, False, False, False, True, False, True, False]
OWNER = [0, 0, 1, 1, 2, 3, 4, 4, 5, 6, 7, 8]


def partial(beta: np.ndarray, *covariates: list[bool]) -> float:
    """Minus the log partial likelihood, written out; no two times are equal."""
    x = np.array(covariates, dtype=float).T
    total = 0.0
    for i, (time, event) in enumerate(zip(MONTHS, EVENTS, strict=True)):
        if event:
            risk = sum(math.exp(float(x[j] @ beta)) for j in range(len(MONTHS)) if MONTHS[j] >= time)
            total += float(x[i] @ beta) - math.log(risk)
    return -total


def test_one_covariate_by_hand() -> None:
    best = minimize_scalar(lambda b: partial(np.array([b]), COVERED)).x
    assert cox(MONTHS, EVENTS, {"x": COVERED}, OWNER)["x"].value == pytest.approx(math.exp(best), rel=1e-4)
    assert log_hazards(MONTHS, EVENTS, [COVERED], np.ones((1, 12)))[0, 0] == pytest.approx(best, rel=1e-4)


def test_two_covariates_by_hand() -> None:
    months, events = MONTHS * 1, [True, True, True, True, True, True, True, True, True, True, False, False]
    total = minimize(lambda b: _wide(b, events), np.zeros(2), method="BFGS").x
    found = cox(months, events, {"x": COVERED, "y": DEEP}, OWNER)
    assert [found[k].value for k in "xy"] == pytest.approx([math.exp(b) for b in total], rel=1e-3)
    assert log_hazards(months, events, [COVERED, DEEP], np.ones((1, 12)))[0] == pytest.approx(total, rel=1e-3)


def _wide(beta: np.ndarray, events: list[bool]) -> float:
    x = np.array([COVERED, DEEP], dtype=float).T
    lines = [(float(x[i] @ beta), math.log(sum(math.exp(float(x[j] @ beta)) for j in range(i, 12)))) for i in range(12) if events[i]]
    return -sum(own - risk for own, risk in lines)


def test_robust_interval_by_hand() -> None:
    """Lin and Wei's sandwich: score residuals summed by patient, squared, times the inverse information twice."""
    beta = log_hazards(MONTHS, EVENTS, [COVERED], np.ones((1, 12)))[0, 0]
    x, risk = np.array(COVERED, dtype=float), np.exp(beta * np.array(COVERED, dtype=float))
    mean = np.array([(x[i:] * risk[i:]).sum() / risk[i:].sum() for i in range(12)])
    event = np.array(EVENTS, dtype=float)
    residual = event * (x - mean)
    for i in range(12):
        residual[i] -= sum(event[j] * risk[i] / risk[j:].sum() * (x[i] - mean[j]) for j in range(i + 1))
    information = (event * (mean - mean**2)).sum()
    by_patient = np.bincount(OWNER, residual)
    error = math.sqrt((by_patient**2).sum()) / information
    found = cox(MONTHS, EVENTS, {"x": COVERED}, OWNER)["x"]
    assert (found.low, found.high) == pytest.approx((math.exp(beta - 1.95996 * error), math.exp(beta + 1.95996 * error)), rel=1e-3)


def test_weights_are_copies_and_order_changes_nothing() -> None:
    weights = np.array([1, 2, 1, 3, 1, 1, 2, 1, 1, 1, 1, 1.0])
    copied = [i for i, w in enumerate(weights) for _ in range(int(w))]
    ours = log_hazards(MONTHS, EVENTS, [COVERED, DEEP], weights[None, :])
    theirs = log_hazards(
        [MONTHS[i] for i in copied],
        [EVENTS[i] for i in copied],
        [[COVERED[i] for i in copied], [DEEP[i] for i in copied]],
        np.ones((1, len(copied))),
    )
    assert ours == pytest.approx(theirs)
    backwards = cox(MONTHS[::-1], EVENTS[::-1], {"x": COVERED[::-1]}, OWNER[::-1])["x"]
    assert backwards.value == pytest.approx(cox(MONTHS, EVENTS, {"x": COVERED}, OWNER)["x"].value)


@pytest.mark.parametrize(
    ("events", "covariates", "reason"),
    [
        ([True] * 4 + [False] * 8, {"x": COVERED}, "4 events for 1 covariate"),
        (EVENTS, {"x": COVERED, "y": DEEP}, "7 events for 2 covariates"),
        (EVENTS, {"x": [True] * 12}, "no lesion without x"),
        ([e and c for e, c in zip([True] * 12, COVERED, strict=True)], {"x": COVERED}, "separation, no event without x"),
    ],
)
def test_says_when_it_is_not_estimable(events: list[bool], covariates: dict[str, list[bool]], reason: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = cox(MONTHS, events, covariates, OWNER)
    for estimate in found.values():
        assert estimate.value is None
        assert reason in estimate.note


def test_a_fit_that_runs_away_is_not_estimable(capsys: pytest.CaptureFixture[str]) -> None:
    """Every event with x comes before every other: each level has events, yet the likelihood has no maximum."""
    months = [float(i) for i in range(1, 21)]
    events = [True] * 20
    early = [i < 10 for i in range(20)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = cox(months, events, {"x": early}, list(range(20)))["x"]
    assert found.value is None
    assert "converge" in found.note
    assert capsys.readouterr() == ("", "")
    assert np.isposinf(log_hazards(months, events, [early], np.ones((1, 20)))[0, 0])


def test_nothing_to_compare_is_no_number() -> None:
    assert np.isnan(log_hazards(MONTHS, EVENTS, [COVERED], np.zeros((1, 12)))).all()
    assert np.isnan(log_hazards(MONTHS, EVENTS, [[False] * 12], np.ones((1, 12)))).all()


def test_bootstrap_of_the_likelihood_has_the_robust_spread() -> None:
    rng = np.random.default_rng(2)
    x, owner = list(rng.random(300) < 0.4), [i // 2 for i in range(300)]
    times = rng.exponential(20 / np.where(x, 2.5, 1.0))
    months, events = list(np.minimum(times, 24)), list(times <= 24)
    found = cox(months, events, {"x": x}, owner)["x"]
    drawn = log_hazards(months, events, [x], spread(draws(150, 500), owner))[:, 0]
    assert found.low is not None
    assert found.high is not None
    assert float(np.std(drawn)) == pytest.approx((math.log(found.high) - math.log(found.low)) / (2 * 1.96), rel=0.15)
