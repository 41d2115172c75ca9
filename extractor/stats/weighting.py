"""Inverse-probability weights: what an enriched sample says of the whole cohort.

Horvitz and Thompson, J Am Stat Assoc 1952; shares as ratios of weighted totals (Hajek 1971). A chart drawn with probability p stands for 1/p.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from extractor.stats.bootstrap import draws
from extractor.stats.estimate import Array, Estimate, missing, percentile


@dataclass(frozen=True, slots=True)
class Counts:
    """True positives, false positives and misses of one chart."""

    tp: float
    fp: float
    fn: float


def ratio(top: Sequence[float], bottom: Sequence[float], weights: Sequence[float], counts: Array) -> Estimate:
    """Weighted total of ``top`` over that of ``bottom``, by chart; interval by drawing charts (``counts``, shape (rounds, charts))."""
    above, below, base = (np.asarray(v, dtype=float) for v in (top, bottom, weights))
    if not float(base @ below):
        return missing("nothing to count")
    with np.errstate(invalid="ignore", divide="ignore"):
        drawn = (counts @ (base * above)) / (counts @ (base * below))
    low, high = percentile(drawn)
    return Estimate(float(base @ above / (base @ below)), low, high, round(float(below.sum())), round(float(above.sum())), "weighted")


def accuracy(
    by_chart: Mapping[str, Counts],
    weights: Mapping[str, float] | None = None,
    strata: Mapping[str, str] | None = None,
    rounds: int = 1_000,
    seed: int = 0,
) -> dict[str, Estimate]:
    """``precision``, ``recall`` and ``f1`` of a field from its counts by chart, weighted back to the cohort.

    ``weights`` and ``strata`` (of the sample: ``sample.csv``) are by chart; a chart without weight counts 1. Charts are drawn within strata.
    """
    names = sorted(by_chart)
    rows = [by_chart[n] for n in names]
    base = [(weights or {}).get(n, 1.0) for n in names]
    counts = draws(len(names), rounds, seed, [strata.get(n, "") for n in names] if strata else None)
    hits = [r.tp for r in rows]
    return {
        "precision": ratio(hits, [r.tp + r.fp for r in rows], base, counts),
        "recall": ratio(hits, [r.tp + r.fn for r in rows], base, counts),
        "f1": ratio([2 * h for h in hits], [2 * r.tp + r.fp + r.fn for r in rows], base, counts),
    }
