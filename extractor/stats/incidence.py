"""Cumulative incidence where something else can come first: the estimator of Aalen and Johansen, for many sets of weights at once.

Aalen and Johansen, Scand J Stat 1978; its use for competing risks: Putter, Fiocco and Geskus, Stat Med 2007. Times are months. A unit's ``kind`` is 0
(censored), 1 (the event asked for) or 2 (what came first instead, such as death). Without kind 2 the incidence is one minus Kaplan-Meier.
Own code, because days of exams tie and the fitter of lifelines moves tied times at random; tests hold it against lifelines where nothing ties.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from extractor.stats.bootstrap import spread
from extractor.stats.estimate import Array, Estimate, missing, percentile
from extractor.stats.proportions import clopper_pearson
from extractor.stats.survival import SIDES

CENSORED, EVENT, OTHER = 0, 1, 2


def incidence(months: Sequence[float], kinds: Sequence[int], weights: Array, marks: Sequence[float]) -> Array:
    """Cumulative incidence of kind 1 at each of ``marks`` (ascending) for each row of ``weights`` (rounds, units): shape (rounds, marks).

    A row that weighs nothing gives not-a-number.
    """
    times, kind = np.asarray(months, dtype=float), np.asarray(kinds, dtype=int)
    order = np.argsort(times, kind="stable")
    times, kind, weights = times[order], kind[order], weights[:, order]
    risk = np.cumsum(weights[:, ::-1], axis=1)[:, ::-1]
    free, total = np.ones(len(weights)), np.zeros(len(weights))
    steps = np.unique(times[kind != CENSORED])
    out = np.zeros((len(weights), len(marks)))
    for at, mark in enumerate(marks):
        after = -np.inf if not at else marks[at - 1]
        for time in steps[(steps > after) & (steps <= mark)]:
            free, total = _step(times, kind, weights, risk, float(time), free, total)
        out[:, at] = total
    out[weights.sum(axis=1) <= 0] = np.nan
    return out


def _step(times: Array, kind: Array, weights: Array, risk: Array, time: float, free: Array, total: Array) -> tuple[Array, Array]:
    """(free of both, incidence) just after a time."""
    first, past = (int(np.searchsorted(times, time, side=side)) for side in SIDES)
    mine, any_kind = ((weights[:, first:past] * chosen).sum(axis=1) for chosen in (kind[first:past] == EVENT, kind[first:past] != CENSORED))
    followed = risk[:, first]
    with np.errstate(invalid="ignore", divide="ignore"):
        hazard, leaving = (np.where(followed > 0, n / followed, 0.0) for n in (mine, any_kind))
    return free * np.clip(1 - leaving, 0.0, 1.0), np.clip(total + free * hazard, 0.0, 1.0)


def steps(months: Sequence[float], kinds: Sequence[int]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """(months, incidence) of the curve: each height holds from its month on; starts at 0."""
    if not len(months):
        return (0.0,), (0.0,)
    marks = (0.0, *sorted({float(m) for m, k in zip(months, kinds, strict=True) if k == EVENT and m > 0}))
    return marks, tuple(float(v) for v in incidence(months, kinds, np.ones((1, len(months))), marks)[0])


def cumulative(months: Sequence[float], kinds: Sequence[int], owner: Sequence[int], counts: Array, month: float) -> Estimate:
    """Incidence of kind 1 by a month with its cluster-bootstrap interval; ``owner`` is the patient of each unit, ``counts`` draws of patients.

    Without such an event every draw gives 0: the upper limit is then the exact one of none among the patients still followed.
    """
    if not len(months):
        return missing("no lesion followed")
    value = float(incidence(months, kinds, np.ones((1, len(months))), [month])[0, 0])
    happened = sum(k == EVENT and m <= month for m, k in zip(months, kinds, strict=True))
    followed = {o for o, m in zip(owner, months, strict=True) if m >= month}
    if not happened:
        high = clopper_pearson(0, len(followed)).high if followed else None
        return Estimate(
            value, 0.0, high, len(months), 0, "exact, patients still followed as units" if followed else "nobody followed so long"
        )
    low, high = percentile(incidence(months, kinds, spread(counts, owner), [month])[:, 0])
    note = "cluster bootstrap by patient" if followed else "nobody followed so long; last value carried forward"
    return Estimate(value, low, high, len(months), happened, note)


def band(months: Sequence[float], kinds: Sequence[int], owner: Sequence[int], counts: Array, marks: Sequence[float]) -> tuple[Array, Array]:
    """Pointwise limits of the incidence at ``marks`` by drawing patients; not a number where there are none."""
    drawn = incidence(months, kinds, spread(counts, owner), marks)
    limits = [percentile(column) for column in drawn.T]
    low, high = (np.array([np.nan if pair[i] is None else pair[i] for pair in limits], dtype=float) for i in (0, 1))
    return low, high
