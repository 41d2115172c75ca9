"""Every statistic against another implementation or a hand computation."""

from __future__ import annotations

import math
import random
from collections import Counter
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import bootstrap
from sklearn.metrics import cohen_kappa_score, precision_recall_fscore_support

from extractor.evaluator import stats
from extractor.evaluator.charts import Figure
from extractor.evaluator.match import match
from extractor.evaluator.observe import HEADLINE, Observation
from extractor.evaluator.stats import Draws, Estimate

COUNTS = st.integers(0, 30)


def seen(patient: str, tp: int, fp: int, fn: int, field: str = "lesions.coverage") -> Observation:
    cause = "wrong value" if fp or fn else ""
    labeled = "adequate" if tp or fn else None
    extracted = "adequate" if tp else "inadequate" if fp else None
    return Observation(patient, "lesions", field, "coverage", {}, {}, labeled, extracted, tp, fp, fn, cause, paired=True)


@given(COUNTS, COUNTS, COUNTS)
def test_shares_are_those_of_scikit_learn(tp: int, fp: int, fn: int) -> None:
    ours = stats.shares(np.array([[tp, fp, fn, 0, 0]], dtype=float))
    truth, told = [1] * tp + [0] * fp + [1] * fn, [1] * tp + [1] * fp + [0] * fn
    theirs = precision_recall_fscore_support(truth, told, average="binary", zero_division=np.nan) if truth else (math.nan,) * 3
    for name, value in zip(("precision", "recall", "f1"), theirs[:3], strict=True):
        assert ours[name][0] == pytest.approx(value, nan_ok=True)


def test_figures_by_hand() -> None:
    """Three right, one different, one missed, one extra value; patient b has the last two."""
    own = [seen("a", 1, 0, 0)] * 3 + [seen("a", 0, 1, 1), seen("b", 0, 0, 1), seen("b", 0, 1, 0), seen("b", 0, 0, 0)]
    found = stats.figures(own, Draws.of("ab"))["lesions.coverage"]
    assert (found.tp, found.fp, found.fn, found.pairs) == (3, 2, 2, 7)
    assert found.precision.value == found.recall.value == found.f1.value == pytest.approx(3 / 5)
    assert found.accuracy.value == pytest.approx(4 / 7)
    # adequate/adequate 3, adequate/inadequate 1, adequate/empty 1, empty/inadequate 1, empty/empty 1:
    # agreement 4/7; by chance (5*3 + 0*2 + 2*2) / 49
    assert found.kappa.value == pytest.approx((4 / 7 - 19 / 49) / (1 - 19 / 49))
    # only a drawn: 0.75; only b: 0; both: 0.6
    assert (found.f1.low, found.f1.high) == (0.0, 0.75)


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd")), min_size=1, max_size=40), st.sampled_from([None, "linear"]))
def test_kappas_are_those_of_scikit_learn(pairs: list[tuple[str, str]], weights: str | None) -> None:
    crossed = np.zeros((1, 4, 4))
    for a, b in pairs:
        crossed[0, "abcd".index(a), "abcd".index(b)] += 1
    with np.errstate(all="ignore"):
        theirs = (
            cohen_kappa_score(*zip(*pairs, strict=True), labels=list("abcd"), weights=weights) if len({*sum(pairs, ())}) > 1 else math.nan
        )
    assert stats.kappas(crossed, weights)[0] == pytest.approx(theirs, nan_ok=True)


def test_severity_is_weighted_by_steps_from_none_to_death() -> None:
    """mild/mild, mild/severe (2 steps), none/moderate (2 steps), death/death: cost 4 of 4 pairs; by chance see below."""
    pairs = [("mild", "mild"), ("mild", "severe"), (None, "moderate"), ("death", "death")]
    own = [
        Observation("p", "complications", "complications.severity", "severity", {}, {}, a, b, int(a == b), int(a != b), 0, paired=True)
        for a, b in pairs
    ]
    order = [None, "mild", "moderate", "severe", "life_threatening", "death"]
    steps = [abs(order.index(a) - order.index(b)) for a, _ in pairs for _, b in pairs]
    expected = 1 - (sum(abs(order.index(a) - order.index(b)) for a, b in pairs) / 4) / (sum(steps) / 16)
    found = stats.figures(own, Draws.of("p"))["complications.severity"]
    assert found.kappa.value == pytest.approx(expected)
    assert found.weights == "linear"
    assert steps == [0, 2, 1, 4, 0, 2, 1, 4, 1, 3, 2, 5, 4, 2, 3, 0]


def test_unweighted_fields_have_plain_kappa_and_numbers_none() -> None:
    own = [seen("p", 1, 0, 0), seen("p", 0, 1, 1)]
    assert stats.figures(own, Draws.of("p"))["lesions.coverage"].weights is None
    size = Observation("p", "lesions", "lesions.size_mm", "size_mm", {}, {}, 3.0, 3.0, 1, paired=True)
    assert stats.figures([size], Draws.of("p"))["lesions.size_mm"].kappa == Estimate(None)


# ---- the bootstrap --------------------------------------------------------------------------------------------------------


def observations(rng: random.Random, patients: int) -> list[Observation]:
    out = []
    for p in range(patients):
        for _ in range(rng.randrange(1, 6)):
            out.append(seen(f"p{p:02d}", *rng.choice([(1, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 1, 1)])))
    return out


def test_the_interval_is_that_of_drawing_patients_one_by_one() -> None:
    own = observations(random.Random(3), 12)
    draws = Draws.of({o.patient for o in own}, rounds=200)
    drawn = []
    for times in draws.weights:
        counted: Counter[str] = Counter()
        for patient, n in zip(draws.patients, times, strict=True):
            for o in (o for o in own if o.patient == patient):
                counted.update({"tp": int(n) * o.tp, "fp": int(n) * o.fp, "fn": int(n) * o.fn})
        drawn.append(Figure(counted["tp"], counted["fp"], counted["fn"]).f1)
    found = stats.figures(own, draws)["lesions.coverage"].f1
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(drawn, [2.5, 97.5])))


def test_the_interval_is_close_to_that_of_scipy() -> None:
    own = observations(random.Random(5), 40)
    draws = Draws.of({o.patient for o in own}, rounds=4_000)
    counts = np.array([[sum(getattr(o, n) for o in own if o.patient == p) for n in ("tp", "fp", "fn")] for p in draws.patients])

    def f1(at: np.ndarray, axis: int) -> np.ndarray:
        tp, fp, fn = np.moveaxis(counts[at].sum(axis=-2), -1, 0)
        return 2 * tp / (2 * tp + fp + fn)

    theirs = bootstrap((np.arange(40),), f1, method="percentile", n_resamples=4_000, vectorized=True, rng=np.random.default_rng(1))
    found = stats.figures(own, draws)["lesions.coverage"].f1
    assert (found.low, found.high) == pytest.approx(tuple(theirs.confidence_interval), abs=0.015)


def test_draws_are_of_as_many_patients_and_the_same_every_time() -> None:
    draws = Draws.of(["b", "a", "b"], rounds=50, seed=4)
    assert draws.patients == ("a", "b")
    assert set(draws.weights.sum(axis=1)) == {2.0}
    assert (draws.weights == Draws.of(["a", "b"], rounds=50, seed=4).weights).all()
    assert (draws.weights != Draws.of(["a", "b"], rounds=50, seed=5).weights).any()


def test_batches_change_no_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    draws, counts = Draws.of([str(i) for i in range(7)], rounds=33), np.arange(7 * 2 * 3, dtype=float).reshape(7, 2, 3)
    whole = draws.sums(counts)
    monkeypatch.setattr(stats, "BATCH", 4)
    assert (draws.sums(counts) == whole).all()
    assert whole[5] == pytest.approx(sum(n * c for n, c in zip(draws.weights[5], counts, strict=True)))


def test_the_headline_is_the_mean_of_six_and_an_empty_field_counts_one() -> None:
    own = [seen("a", 1, 0, 0, f) for f in HEADLINE[:4]] + [seen("a", 0, 1, 1, HEADLINE[4])]
    assert stats.headline(own, Draws.of("a")).value == pytest.approx(5 / 6)


def test_confusion_by_hand() -> None:
    assert stats.confusion([("x", "x"), ("x", "y"), ("z", "x"), ("x", "x")]) == (["x", "y", "z"], [[2, 1, 0], [0, 0, 0], [1, 0, 0]])
    assert stats.confusion([]) == ([], [])


# ---- matching -------------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.sampled_from([0.0, 0.0, 1.0, 2.0, 5.5]), min_size=4, max_size=4), min_size=1, max_size=4))
def test_the_assignment_is_the_best_of_all(like: list[list[float]]) -> None:
    gold, got = [{"i": i} for i in range(len(like))], [{"j": j} for j in range(4)]
    pairs, missed, extra = match(gold, got, lambda a, b: like[a["i"]][b["j"]])
    worth = [[(like[i][j] > 0, like[i][j]) for i, j in enumerate(order)] for order in permutations(range(4), len(like))]
    best = max((sum(p for p, _ in w), sum(x for _, x in w)) for w in worth)
    assert (len(pairs), sum(like[a["i"]][b["j"]] for a, b in pairs)) == best
    assert len(missed) == len(gold) - len(pairs)
    assert len(extra) == 4 - len(pairs)
