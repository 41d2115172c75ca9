"""Inverse-probability weights undo an enriched sample."""

from __future__ import annotations

import numpy as np
import pytest

from extractor.stats.bootstrap import draws
from extractor.stats.weighting import Counts, accuracy, ratio


def population(seed: int = 0) -> list[tuple[bool, Counts]]:
    """Two thousand charts; one in ten holds the rare event, and there the extraction does worse."""
    rng = np.random.default_rng(seed)
    out = []
    for _ in range(2_000):
        rare = bool(rng.random() < 0.1)
        units = 1 + int(rng.poisson(2))
        right = int(rng.binomial(units, 0.6 if rare else 0.95))
        out.append((rare, Counts(right, int(rng.binomial(units - right, 0.7)), units - right)))
    return out


def test_by_hand() -> None:
    """Chart a stands for one, b for three: precision (2 + 3 * 1) / (3 + 3 * 1) = 5/6, recall (2 + 3) / (2 + 3 * 2) = 5/8."""
    found = accuracy({"a": Counts(2, 1, 0), "b": Counts(1, 0, 1)}, {"a": 1.0, "b": 3.0}, rounds=100)
    assert found["precision"].value == pytest.approx(5 / 6)
    assert found["recall"].value == pytest.approx(5 / 8)
    assert found["f1"].value == pytest.approx(2 * 5 / (2 * 5 + 1 + 3))
    assert accuracy({"a": Counts(2, 1, 0), "b": Counts(1, 0, 1)}, rounds=100)["precision"].value == pytest.approx(3 / 4)


@pytest.mark.parametrize("field", ["precision", "recall"])
def test_weights_undo_the_enrichment(field: str) -> None:
    """Half of each sample are charts with the rare event: weighted, the mean over samples is the truth; unweighted it is not."""
    charts = population()
    truth = accuracy({str(i): c for i, (_, c) in enumerate(charts)}, rounds=10)[field].value
    rare, common = [i for i, (r, _) in enumerate(charts) if r], [i for i, (r, _) in enumerate(charts) if not r]
    rng, weighted, plain, covered = np.random.default_rng(1), [], [], 0
    for turn in range(120):
        drawn = [*rng.choice(rare, 50, replace=False), *rng.choice(common, 50, replace=False)]
        weights = {str(i): len(rare) / 50 if charts[i][0] else len(common) / 50 for i in drawn}
        strata = {str(i): str(charts[i][0]) for i in drawn}
        sample = {str(i): charts[i][1] for i in drawn}
        found = accuracy(sample, weights, strata, rounds=200, seed=turn)[field]
        weighted.append(found.value)
        plain.append(accuracy(sample, rounds=10)[field].value)
        assert truth is not None
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= truth <= found.high
    error = np.std(weighted) / np.sqrt(len(weighted))
    assert abs(np.mean(weighted) - truth) < 3 * error
    assert abs(np.mean(plain) - truth) > 0.05
    assert 0.87 <= covered / 120 <= 0.99


def test_weighted_share_of_the_rare_event() -> None:
    rare = [1.0] * 5 + [0.0] * 5
    found = ratio(rare, [1.0] * 10, [2.0] * 5 + [18.0] * 5, draws(10, 100))
    assert found.value == pytest.approx(0.1)
    assert ratio([], [], [], np.zeros((3, 0))).value is None
