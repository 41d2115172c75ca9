"""A figure with its interval, or the reason why there is none."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

LEVEL = 0.95
"""Coverage of every interval."""
Array: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure from ``n`` units, ``events`` of which had what is counted. None is not estimable; ``note`` says why or how."""

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0
    events: int = 0
    note: str = ""


def missing(note: str, n: int = 0, events: int = 0) -> Estimate:
    """An estimate that cannot be given."""
    return Estimate(None, None, None, n, events, note)


def percentile(drawn: Array | Sequence[float]) -> tuple[float | None, float | None]:
    """Percentile interval of bootstrap draws (Efron 1979; Davison and Hinkley 1997, 5.3). Draws that are not a number are left out.

    A limit that lies at infinity is None, and so are both where fewer than nine in ten draws are numbers.
    """
    values = np.asarray(drawn, dtype=float)
    kept = values[~np.isnan(values)]
    if not len(values) or len(kept) < 0.9 * len(values):
        return None, None
    low, high = np.quantile(kept, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], method="inverted_cdf")
    return _finite(float(low)), _finite(float(high))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def plain(value: Any) -> Any:
    """A record's content for JSON: numbers to six places, what is no finite number as null, tuples as lists."""
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return [plain(v) for v in value] if isinstance(value, list | tuple) else value
