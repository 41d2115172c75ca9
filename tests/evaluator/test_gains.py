"""Two runs compared: known p values, and runs that are the same, mended or spoiled by hand."""

from __future__ import annotations

import copy
import random

import numpy as np
import pytest
from scipy.stats import binomtest, permutation_test

from extractor import corpora
from extractor.evaluator import charts, gains
from extractor.evaluator.charts import Tables

CHARTS = [corpora.load(p) for p in corpora.files()][:8]
LABELS: dict[str, Tables] = {c["patient_id"]: charts.labeled(c) for c in CHARTS}


def as_run(labels: dict[str, Tables]) -> dict[str, Tables]:
    """Labels as if they had been extracted."""
    out = copy.deepcopy(labels)
    for tables in out.values():
        for name, rows in tables.items():
            for number, row in enumerate(rows):
                row["id"] = row.get("id") or f"{name}{number}"
    return out


RUN = as_run(LABELS)


def test_sign_flips_by_hand() -> None:
    """Of the four sums of 2 and 1 with signs (3, 1, -1, -3) two are as far from zero as 3; all four as far as 1."""
    assert gains.sign_flip([2, 1]) == 0.5
    assert gains.sign_flip([2, -1]) == 1.0
    assert gains.sign_flip([1, 1, 1, 1, 1, 0, 0]) == 2 / 32
    assert gains.sign_flip([]) == gains.sign_flip([0, 0]) == gains.sign_flip([5]) == 1.0


@pytest.mark.parametrize("seed", [1, 2])
def test_sign_flips_are_those_of_scipy(seed: int) -> None:
    nets = np.random.default_rng(seed).integers(-3, 5, 9).astype(float)
    theirs = permutation_test(
        (nets, np.zeros(9)), lambda x, y: abs((x - y).sum()), permutation_type="samples", alternative="greater", n_resamples=np.inf
    )
    assert gains.sign_flip(nets) == pytest.approx(theirs.pvalue)


def test_many_charts_are_drawn_and_near_the_exact_value() -> None:
    nets = [1] * 12 + [-1] * 6
    exact = binomtest(12, 18, 0.5).pvalue
    assert gains.sign_flip(nets) == pytest.approx(exact, abs=0.01)
    assert gains.sign_flip(nets) == gains.sign_flip(random.Random(1).sample(nets, len(nets)))


def test_mcnemar_by_hand() -> None:
    assert gains.mcnemar(5, 0) == pytest.approx(2 / 32)
    assert gains.mcnemar(0, 0) == gains.mcnemar(3, 3) == 1.0


def test_the_same_run_gains_and_loses_nothing() -> None:
    found = gains.compare(RUN, RUN, LABELS)
    assert found.changes == ()
    assert {(v.gained, v.lost, v.wrong_alike, v.wrong_differently, v.p, v.mcnemar) for v in found.verdicts} == {(0, 0, 0, 0, 1.0, 1.0)}
    assert found.verdicts[0].both_right > 100
    assert found.headlines == (1.0, 1.0)


def spoiled() -> dict[str, Tables]:
    run = copy.deepcopy(RUN)
    for tables in run.values():
        tables["lesions"][:] = [{**x, "size_mm": 777.0} for x in tables["lesions"]]
    return run


def test_what_one_run_loses_the_other_gains() -> None:
    lost, gained = gains.compare(RUN, spoiled(), LABELS), gains.compare(spoiled(), RUN, LABELS)
    for a, b in zip(lost.verdicts, gained.verdicts, strict=True):
        assert (a.field, a.lost, a.gained, a.p) == (b.field, b.gained, b.lost, b.p)
    field = {v.field: v for v in lost.verdicts}["lesions.size_mm"]
    assert (field.lost, field.gained) == (sum(len(t["lesions"]) for t in LABELS.values()), 0)
    assert field.mcnemar < 0.001
    assert lost.verdicts[0].field == gains.IN_ALL
    assert {c.field for c in lost.changes} == {"lesions.size_mm"}


def test_a_row_too_many_is_lost_once_and_a_wrong_value_may_be_wrong_differently() -> None:
    name, tables = next((p, t) for p, t in RUN.items() if t["complications"])
    more = copy.deepcopy(RUN)
    more[name]["complications"].append({**tables["complications"][0], "term": "tumor_seeding", "id": "x"})
    found = gains.compare(RUN, more, LABELS)
    assert [(c.kind, c.field, c.labeled) for c in found.changes] == [("lost", "complications", "")]
    other = spoiled()
    for own in other.values():
        own["lesions"][:] = [{**x, "size_mm": 888.0} for x in own["lesions"]]
    assert {c.kind for c in gains.compare(spoiled(), other, LABELS).changes} == {"both wrong differently"}


def test_the_order_of_rows_changes_nothing() -> None:
    rng, mixed = random.Random(4), copy.deepcopy(spoiled())
    for tables in mixed.values():
        for rows in tables.values():
            rng.shuffle(rows)
    assert gains.compare(RUN, mixed, LABELS).to_json() == gains.compare(RUN, spoiled(), LABELS).to_json()


def test_a_patient_that_was_not_read_is_lost() -> None:
    name = next(iter(RUN))
    found = gains.compare(RUN, {k: v for k, v in RUN.items() if k != name}, LABELS)
    assert {(c.patient, c.kind) for c in found.changes} == {(name, "lost")}
