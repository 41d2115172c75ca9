"""Kaplan-Meier: the curve by lifelines, and the same estimator under many sets of weights at once for the bootstrap.

Kaplan and Meier, J Am Stat Assoc 1958. Times are months. An event counts at times up to and including the one asked for.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from extractor.stats.bootstrap import in_blocks
from extractor.stats.estimate import Array, Estimate, missing, percentile
from extractor.stats.proportions import clopper_pearson

SIDES: tuple[Literal["left", "right"], ...] = ("left", "right")


@dataclass(frozen=True, slots=True)
class Curve:
    """A step curve: ``survival[i]`` holds from ``months[i]`` on. ``at_risk[i]`` units are still followed at ``marks[i]`` months."""

    months: tuple[float, ...]
    survival: tuple[float, ...]
    censored: tuple[float, ...]
    marks: tuple[float, ...]
    at_risk: tuple[int, ...]


def curve(months: Sequence[float], events: Sequence[bool], marks: Sequence[float], weights: Sequence[float] | None = None) -> Curve:
    """The Kaplan-Meier curve with numbers at risk; empty input gives the flat curve of nobody."""
    if not len(months):
        return Curve((0.0,), (1.0,), (), tuple(marks), (0,) * len(marks))
    from lifelines import KaplanMeierFitter

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of sampling weights that are no whole numbers: its variance would not hold, and is not used
        fitter = KaplanMeierFitter().fit(
            _array(months), np.asarray(events, dtype=float), weights=None if weights is None else _array(weights)
        )
    frame = fitter.survival_function_
    censored = tuple(sorted(float(m) for m, e in zip(months, events, strict=True) if not e))
    return Curve(
        tuple(float(t) for t in frame.index),
        tuple(float(s) for s in frame.iloc[:, 0]),
        censored,
        tuple(marks),
        tuple(sum(m >= mark for m in months) for mark in marks),
    )


def at(found: Curve, month: float) -> float:
    """Height of a curve at a time; carried forward past the last one followed."""
    return [s for t, s in zip(found.months, found.survival, strict=True) if t <= month][-1] if found.months[0] <= month else 1.0


def kaplan_meier(months: Sequence[float], events: Sequence[bool], weights: Array, month: float) -> Array:
    """Survival at a time for each row of ``weights`` (rounds, units); a row that weighs nothing gives not-a-number."""
    times, happened = _array(months), np.asarray(events, dtype=bool)
    order = np.argsort(times, kind="stable")
    times, happened, weights = times[order], happened[order], weights[:, order]
    risk = np.cumsum(weights[:, ::-1], axis=1)[:, ::-1]
    dead, out = weights * happened, np.ones(len(weights))
    for time in np.unique(times[happened & (times <= month)]):
        first, past = (int(np.searchsorted(times, time, side=side)) for side in SIDES)
        died = dead[:, first:past].sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            out *= np.where(risk[:, first] > 0, 1 - died / risk[:, first], 1.0)
    return np.where(weights.sum(axis=1) > 0, np.clip(out, 0.0, 1.0), np.nan)


def survival(
    months: Sequence[float], events: Sequence[bool], owner: Sequence[int], counts: Array, month: float, base: Array | None = None
) -> Estimate:
    """Survival at a time with its cluster-bootstrap interval; ``owner`` is the patient of each unit, ``counts`` draws of patients.

    Without an event before the time every draw gives 1: the lower limit is then the exact one of no event among the patients still followed
    (those who left earlier say nothing of the whole span). Nobody still followed is told in the note: the curve is carried forward.
    """
    if not len(months):
        return missing("no lesion followed")
    base = np.ones(counts.shape[1]) if base is None else base
    value = at(curve(months, events, (), [float(base[o]) for o in owner]), month)
    followed = {o for o, m in zip(owner, months, strict=True) if m >= month}
    note = "cluster bootstrap by patient" if followed else "nobody followed so long; last value carried forward"
    happened = sum(bool(e) and m <= month for m, e in zip(months, events, strict=True))
    if not happened:
        low = clopper_pearson(len(followed), len(followed)).low if followed else None
        return Estimate(value, low, 1.0, len(months), 0, note if not followed else "exact, patients still followed as units")
    low, high = percentile(in_blocks(counts * base, owner, lambda w: kaplan_meier(months, events, w, month)))
    return Estimate(value, low, high, len(months), happened, note)


def _array(values: Sequence[float]) -> Array:
    return np.asarray(values, dtype=float)
