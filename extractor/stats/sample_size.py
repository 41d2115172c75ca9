"""How many charts for an interval of a wanted width.

A share is judged by its score interval (Wilson 1927) at an effective number of units: units a chart times charts, divided by the design effect,
which tells how much less units of one chart say than independent ones (Kish, Survey Sampling, 1965; deff = 1 + (m - 1) ICC for m units a chart).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from extractor.stats.proportions import wilson


@dataclass(frozen=True, slots=True)
class Assumption:
    """What is expected of a share: its value, how many of its units a chart holds, and the design effect."""

    share: float
    units: float
    deff: float = 1.0


def design_effect(units: float, icc: float) -> float:
    """Design effect of ``units`` a chart with an intraclass correlation."""
    return 1 + max(0.0, units - 1) * icc


def from_pilot(hits: Sequence[float], units: Sequence[float], fallback: float = 1.0) -> Assumption | None:
    """What a pilot's counts by chart say; None without a unit.

    The share is shrunk by one hit and one failure, so that a small faultless pilot does not promise faultlessness. The design effect compares
    the variance of the ratio over charts (linearized; Cochran, Sampling Techniques, 1977) with the binomial one, and is never below 1;
    ``fallback`` where the pilot shows no variance.
    """
    top, bottom = np.asarray(hits, dtype=float), np.asarray(units, dtype=float)
    total, charts = float(bottom.sum()), len(bottom)
    if not total:
        return None
    raw = float(top.sum()) / total
    deff = fallback
    if charts > 1 and 0 < raw < 1:
        residual = top - raw * bottom
        clustered = charts / (charts - 1) * float(residual @ residual) / total**2
        deff = max(1.0, clustered / (raw * (1 - raw) / total))
    return Assumption((float(top.sum()) + 1) / (total + 2), total / charts, deff)


def width(assumed: Assumption, charts: int) -> float:
    """Expected width of the 95 % interval with so many charts."""
    low, high = wilson(assumed.share, max(1e-9, charts * assumed.units / assumed.deff))
    return high - low


def charts_needed(assumed: Assumption, wanted: float, most: int = 1_000_000) -> int | None:
    """Fewest charts whose expected interval is at most ``wanted`` wide (from limit to limit); None if not even ``most`` do."""
    if assumed.units <= 0 or width(assumed, most) > wanted:
        return None
    low, high = 1, most
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if width(assumed, middle) <= wanted else (middle + 1, high)
    return low


def finite(charts: int, cohort: int) -> int:
    """Charts needed when they are drawn from a cohort that is not much larger (finite population correction; Cochran 1977)."""
    return min(cohort, math.ceil(charts / (1 + (charts - 1) / cohort)))
