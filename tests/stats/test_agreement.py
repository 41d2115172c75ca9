"""Agreement coefficients by hand, against scikit-learn, and on the example of the literature."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from extractor.stats.agreement import cohen, krippendorff, positive_agreement
from extractor.stats.bootstrap import draws

ONE = np.ones((1, 1))


def test_kappa_by_hand() -> None:
    """Cross table 20, 5, 10, 15: observed 0.7, expected 0.5 * 0.6 + 0.5 * 0.4 = 0.5, kappa 0.4."""
    first = ["y"] * 25 + ["n"] * 25
    second = ["y"] * 20 + ["n"] * 5 + ["y"] * 10 + ["n"] * 15
    assert cohen(first, second, [0] * 50, ONE).value == pytest.approx(0.4)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd")), min_size=3, max_size=40))
def test_kappa_against_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    found = cohen(first, second, [0] * len(pairs), ONE)
    if len({*first, *second}) < 2:
        assert found.value is None
        return
    assert found.value == pytest.approx(cohen_kappa_score(first, second))
    weighted = cohen(first, second, [0] * len(pairs), ONE, order="abcd")
    assert weighted.value == pytest.approx(cohen_kappa_score(first, second, weights="quadratic", labels=list("abcd")))
    mixed = random.Random(0).sample(pairs, len(pairs))
    assert cohen([a for a, _ in mixed], [b for _, b in mixed], [0] * len(pairs), ONE).value == pytest.approx(found.value)


LITERATURE = [  # four observers, twelve units (Krippendorff, Computing Krippendorff's alpha-reliability, 2011, section D)
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]


@pytest.mark.parametrize(("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_krippendorff_on_the_example_of_the_literature(level: str, alpha: float) -> None:
    units = [list(u) for u in zip(*LITERATURE, strict=True)]
    found = krippendorff(units, [0] * 12, ONE, level)  # type: ignore[arg-type]
    assert found.value == pytest.approx(alpha, abs=5e-4)
    assert found.n == 11


def test_krippendorff_of_two_by_hand() -> None:
    """Ten units, binary, two disagree: alpha = 1 - (2n - 1) * coincidences off the diagonal / (n0 * n1), the form for two observers."""
    first, second = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    ones = sum(first) + sum(second)
    off = sum(a != b for a, b in zip(first, second, strict=True))
    by_hand = 1 - (20 - 1) * off / (ones * (20 - ones))
    found = krippendorff(list(zip(first, second, strict=True)), [0] * 10, ONE)
    assert found.value == pytest.approx(by_hand)
    assert by_hand == pytest.approx(0.095, abs=5e-4)


def test_interval_comes_from_drawing_patients() -> None:
    rng = random.Random(4)
    first = [rng.random() < 0.5 for _ in range(200)]
    second = [v if rng.random() < 0.85 else not v for v in first]
    owner = [i // 4 for i in range(200)]
    counts = draws(50, 500)
    for found in (cohen(first, second, owner, counts), krippendorff(list(zip(first, second, strict=True)), owner, counts)):
        assert found.value is not None
        assert found.low is not None
        assert found.high is not None
        assert found.low < found.value < found.high
        assert 0.1 < found.high - found.low < 0.35


def test_no_spread_and_no_disagreement_are_said() -> None:
    assert cohen(["a"] * 5, ["a"] * 5, [0] * 5, ONE).value is None
    assert "only one value" in krippendorff([["a", "a"]] * 5, [0] * 5, ONE).note
    perfect = cohen(["a", "b"], ["a", "b"], [0, 0], ONE)
    assert (perfect.value, perfect.low) == (1.0, None)
    assert krippendorff([["a", None]], [0], ONE).value is None


def test_positive_agreement_is_f1_either_way_round() -> None:
    found = positive_agreement([3, 1], [4, 2], [3, 5], draws(2, 200))
    assert found.value == pytest.approx(2 * 4 / (6 + 8))
    turned = positive_agreement([3, 1], [3, 5], [4, 2], draws(2, 200))
    assert turned == found
    assert positive_agreement([0], [0], [0], ONE).value is None
    perfect = positive_agreement([2, 1], [2, 1], [2, 1], draws(2, 100))
    assert (perfect.value, perfect.low) == (1, pytest.approx(0.025**0.5))
