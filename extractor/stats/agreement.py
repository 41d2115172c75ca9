"""Agreement between people beyond chance.

Cohen's kappa (Educ Psychol Meas 1960) and its weighted form (Psychol Bull 1968) for two; Krippendorff's alpha (Content Analysis, 1980; Hayes and
Krippendorff, Commun Methods Meas 2007), by the krippendorff library, for more and where somebody left a unit out. Positive agreement is the F1 of
one reader against the other, whichever way round (Hripcsak and Rothschild, J Am Med Inform Assoc 2005).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Literal

import numpy as np

from extractor.stats.estimate import Array, Estimate, missing, percentile
from extractor.stats.proportions import clopper_pearson

PERFECT = "no disagreement seen: the draws give no lower limit, that of the share does"
Level = Literal["nominal", "ordinal", "interval"]


def tables(first: Sequence[int], second: Sequence[int], owner: Sequence[int], categories: int, patients: int) -> Array:
    """Cross tables by patient, shape (patients, categories, categories)."""
    out = np.zeros((patients, categories, categories))
    np.add.at(out, (np.asarray(owner, dtype=int), np.asarray(first, dtype=int), np.asarray(second, dtype=int)), 1.0)
    return out


def kappas(crossed: Array, ordered: bool = False) -> Array:
    """Kappa of each cross table (..., k, k); with ``ordered`` disagreement weighs by its squared distance. Not a number without spread."""
    k = crossed.shape[-1]
    grid = np.arange(k)
    cost = (grid[:, None] - grid[None, :]) ** 2.0 if ordered else 1.0 - np.eye(k)
    total = crossed.sum(axis=(-2, -1))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = crossed / total[..., None, None]
        expected = (share.sum(axis=-1)[..., :, None] * share.sum(axis=-2)[..., None, :] * cost).sum(axis=(-2, -1))
        return np.asarray(1 - (share * cost).sum(axis=(-2, -1)) / np.where(expected > 0, expected, np.nan))


def cohen(
    first: Sequence[Hashable],
    second: Sequence[Hashable],
    owner: Sequence[int],
    counts: Array,
    order: Sequence[Hashable] | None = None,
) -> Estimate:
    """Cohen's kappa of two readers, interval by drawing patients; weighted (squares) where the categories' ``order`` is given."""
    values = list(order) if order is not None else sorted({*first, *second}, key=str)
    n, same = len(first), sum(a == b for a, b in zip(first, second, strict=True))
    if len({*first, *second}) < 2:
        return missing("not estimable: only one value occurs" if n else "no unit read by both", n, same)
    place = {v: i for i, v in enumerate(values)}
    by_patient = tables([place[v] for v in first], [place[v] for v in second], owner, len(values), counts.shape[1])
    if same == n:
        return Estimate(1.0, None, 1.0, n, same, PERFECT)
    value = kappas(by_patient.sum(axis=0), order is not None)
    low, high = percentile(kappas(np.tensordot(counts, by_patient, axes=1), order is not None))
    return Estimate(float(value), low, high, n, same, "quadratic weights" if order is not None else "Cohen's kappa")


def krippendorff(
    units: Sequence[Sequence[Hashable | None]],
    owner: Sequence[int],
    counts: Array,
    level: Level = "nominal",
    order: Sequence[Hashable] | None = None,
) -> Estimate:
    """Krippendorff's alpha; a unit is the readings of all people, None where one gave none. Interval by drawing patients."""
    kept = [i for i, unit in enumerate(units) if sum(v is not None for v in unit) > 1]
    n, same = len(kept), sum(len({v for v in units[i] if v is not None}) == 1 for i in kept)
    values = list(order) if order is not None else sorted({v for i in kept for v in units[i] if v is not None}, key=_sorting)
    seen = {v for i in kept for v in units[i] if v is not None}
    if len(seen) < 2:
        return missing("not estimable: only one value occurs" if n else "no unit read by two", n, same)
    place = {v: i for i, v in enumerate(values)}
    table = np.zeros((n, len(values)))
    for row, i in enumerate(kept):
        for v in units[i]:
            if v is not None:
                table[row, place[v]] += 1
    domain = [float(v) for v in values] if level == "interval" else list(range(len(values)))  # type: ignore[arg-type]
    if same == n:
        return Estimate(1.0, None, 1.0, n, same, PERFECT)
    owners = np.asarray([owner[i] for i in kept], dtype=int)
    drawn = [_alpha(np.repeat(table, c[owners].astype(int), axis=0), domain, level) for c in counts]
    return Estimate(_alpha(table, domain, level), *percentile(drawn), n, same, f"Krippendorff's alpha, {level}")


def _alpha(table: Array, domain: Sequence[float], level: Level) -> float:
    """Alpha of counts of values by unit; not a number where only one value occurs."""
    used = table.sum(axis=0) > 0
    if used.sum() < 2:
        return float("nan")
    import krippendorff

    return float(
        krippendorff.alpha(
            value_counts=table[:, used], value_domain=[d for d, u in zip(domain, used, strict=True) if u], level_of_measurement=level
        )
    )


def _sorting(value: Hashable) -> tuple[bool, float, str]:
    """Numbers by size, words by letters."""
    return (not isinstance(value, int | float), float(value) if isinstance(value, int | float) else 0.0, str(value))


def positive_agreement(both: Sequence[int], first: Sequence[int], second: Sequence[int], counts: Array) -> Estimate:
    """F1 of rows told by both, from counts by patient of rows told by both and in all by each."""
    shared, total = np.asarray(both, dtype=float), np.asarray(first, dtype=float) + np.asarray(second, dtype=float)
    if not total.sum():
        return missing("nobody tells a row")
    if (2 * shared == total).all():
        clusters = int((total > 0).sum())
        return Estimate(1.0, clopper_pearson(clusters, clusters).low, 1.0, int(total.sum()), int(shared.sum()), "exact, patients as units")
    with np.errstate(invalid="ignore", divide="ignore"):
        low, high = percentile((counts @ (2 * shared)) / (counts @ total))
    return Estimate(float(2 * shared.sum() / total.sum()), low, high, int(total.sum()), int(shared.sum()), "positive agreement (F1)")
