"""Shares: exact and clustered intervals, and the correction for a classifier that errs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

from extractor.stats.bootstrap import in_blocks, spread
from extractor.stats.estimate import LEVEL, Array, Estimate, missing, percentile


def clopper_pearson(hits: int, n: int) -> Estimate:
    """Share with its exact interval (Clopper and Pearson, Biometrika 1934), from quantiles of the beta distribution. ``n`` independent units."""
    if not n:
        return missing("nothing to count")
    tail = (1 - LEVEL) / 2
    low = float(stats.beta.ppf(tail, hits, n - hits + 1)) if hits else 0.0
    high = float(stats.beta.ppf(1 - tail, hits + 1, n - hits)) if hits < n else 1.0
    return Estimate(hits / n, low, high, n, hits, "exact")


def wilson(share: float, n: float) -> tuple[float, float]:
    """Score interval of a share seen in ``n`` units, which may be an effective number (Wilson, J Am Stat Assoc 1927)."""
    z = float(stats.norm.ppf((1 + LEVEL) / 2))
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * float(np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)))
    return max(0.0, middle - half), min(1.0, middle + half)


def shares(hits: Sequence[float] | Array, weights: Array) -> Array:
    """Weighted share of units that count, for each row of ``weights`` (rounds, units); not a number where nothing was drawn."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((weights @ np.asarray(hits, dtype=float)) / weights.sum(axis=1), dtype=float)


def clustered(hits: Sequence[bool], owner: Sequence[int], counts: Array, base: Array | None = None) -> Estimate:
    """Share of units with a cluster-bootstrap interval; ``base`` are sampling weights of the patients.

    Where all units or none count, every draw is the same and tells nothing of the uncertainty: the interval is then exact,
    with the patients as the units, which is wider than with every unit independent.
    """
    n, events = len(hits), int(sum(hits))
    if not n:
        return missing("nothing to count")
    base = np.ones(counts.shape[1]) if base is None else base
    if events in (0, n):
        clusters = len(set(owner))
        exact = clopper_pearson(clusters if events else 0, clusters)
        return Estimate(events / n, exact.low, exact.high, n, events, "exact, patients as units")
    value = float(shares(hits, spread(base[None, :], owner))[0])
    low, high = percentile(in_blocks(counts * base, owner, lambda w: shares(hits, w)))
    return Estimate(value, low, high, n, events, "cluster bootstrap by patient")


def rogan_gladen(observed: float, sensitivity: float, specificity: float) -> float | None:
    """True share behind an observed one (Rogan and Gladen, Am J Epidemiol 1978), kept within 0 and 1.

    None where the classifier tells no more than chance (sensitivity + specificity <= 1).
    """
    youden = sensitivity + specificity - 1
    if not youden > 0:
        return None
    return min(1.0, max(0.0, (observed + specificity - 1) / youden))


def rogan_gladens(observed: Array, sensitivity: Array, specificity: Array) -> Array:
    """``rogan_gladen`` of many draws at once; not a number where it is None."""
    youden = sensitivity + specificity - 1
    with np.errstate(invalid="ignore", divide="ignore"):
        corrected = np.clip((observed + specificity - 1) / youden, 0.0, 1.0)
    return np.where(youden > 0, corrected, np.nan)
