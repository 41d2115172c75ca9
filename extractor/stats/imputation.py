"""Multiple imputation: pooling by Rubin's rules, and true events imputed from a validation sample.

Rubin, Multiple Imputation for Nonresponse in Surveys, 1987. For an outcome told by an imperfect classifier with an internal validation sample:
Cole, Chu and Greenland, Int J Epidemiol 2006; Edwards et al., Am J Epidemiol 2013. Survival is pooled on the complementary log-log scale
(Marshall et al., BMC Med Res Methodol 2009).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from extractor.stats.bootstrap import draws, spread
from extractor.stats.estimate import LEVEL, Estimate, missing
from extractor.stats.survival import kaplan_meier


def rubin(values: Sequence[float], variances: Sequence[float]) -> tuple[float, float, float]:
    """(pooled value, total variance, degrees of freedom) of one figure from several completed data sets."""
    m, value, within = len(values), float(np.mean(values)), float(np.mean(variances))
    between = float(np.var(values, ddof=1)) if m > 1 else 0.0
    added = (1 + 1 / m) * between
    total = within + added
    freedom = (m - 1) * (1 + within / added) ** 2 if added > 0 else math.inf
    return value, total, freedom


@dataclass(frozen=True, slots=True)
class Told:
    """A lesion as extracted: months to its event or last look, and months to the last look whatever happened."""

    months: float
    event: bool
    last: float


@dataclass(frozen=True, slots=True)
class Checked:
    """A lesion of the validation sample: as extracted, and as labeled."""

    told: Told
    months: float
    event: bool
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class _Donors:
    """What the validation sample says of events: chances by what was extracted, and how times differ."""

    chances: dict[bool, tuple[float, float]]
    shifts: tuple[float, ...]
    ratios: tuple[float, ...]
    ends: dict[bool, tuple[float, ...]]


def _effective(cell: Sequence[Checked]) -> float:
    """Factor that brings sampling weights to their effective number (Kish 1965)."""
    square = math.fsum(c.weight**2 for c in cell)
    return math.fsum(c.weight for c in cell) / square if square else 0.0


def _donors(sample: Sequence[Checked]) -> _Donors:
    chances = {}
    for told in (True, False):
        cell = [c for c in sample if c.told.event == told]
        scale = _effective(cell)
        hits = scale * math.fsum(c.weight for c in cell if c.event)
        chances[told] = (0.5 + hits, 0.5 + scale * math.fsum(c.weight for c in cell) - hits)
    shifts = tuple(c.months - c.told.months for c in sample if c.event and c.told.event)
    ratios = tuple(min(1.0, c.months / c.told.months) for c in sample if c.event and not c.told.event and c.told.months > 0)
    ends = {told: tuple(c.months - c.told.last for c in sample if not c.event and c.told.event == told) for told in (True, False)}
    return _Donors(chances, shifts, ratios, ends)


def impute(told: Sequence[Told], sample: Sequence[Checked], rng: np.random.Generator) -> list[tuple[float, bool]]:
    """One completed set of (months, event).

    The chance that an extracted event is true (predictive value) and that none extracted hides one are drawn from their beta posteriors
    (Jeffreys), then each lesion's truth. A true event keeps its extracted month plus a shift seen in the sample; a hidden one falls at a share
    of the follow-up seen in the sample (uniform where none was); a lesion without one is followed to its last look, plus a shift seen in the
    sample (an extraction may miss the last exam).
    """
    donors = _donors(sample)
    chance = {k: float(rng.beta(*ab)) for k, ab in donors.chances.items()}
    return [_truth(t, bool(rng.random() < chance[t.event]), donors, rng) for t in told]


def _truth(told: Told, event: bool, donors: _Donors, rng: np.random.Generator) -> tuple[float, bool]:
    """A lesion's months and event, its truth being drawn."""
    if event and not told.event:
        return told.months * (float(rng.choice(donors.ratios)) if donors.ratios else float(rng.random())), True
    shifts, start = (donors.shifts, told.months) if event else (donors.ends[told.event], told.last)
    return max(0.0, start + (float(rng.choice(shifts)) if shifts else 0.0)), event


def corrected_survival(
    told: Sequence[Told],
    owner: Sequence[int],
    known: Sequence[tuple[float, bool]],
    known_owner: Sequence[int],
    sample: Sequence[Checked],
    month: float,
    imputations: int = 50,
    rounds: int = 200,
    seed: int = 0,
) -> Estimate:
    """Survival at a time in a cohort of which some lesions are labeled (``known``) and the others only extracted (``told``).

    ``owner`` and ``known_owner`` number patients in one range. Not estimable without extracted events and non-events in the sample.
    """
    seen = {c.told.event for c in sample}
    if {t.event for t in told} - seen:
        return missing("not estimable: the labeled lesions hold no extracted event, or none without", len(told) + len(known))
    owners = [*owner, *known_owner]
    if not owners:
        return missing("no lesion followed")
    rng, weights = np.random.default_rng(seed), spread(draws(max(owners) + 1, rounds, seed), owners)
    values, variances, events = [], [], []
    for _ in range(imputations):
        full = [*impute(told, sample, rng), *known]
        months, happened = [m for m, _ in full], [e for _, e in full]
        values.append(float(kaplan_meier(months, happened, np.ones((1, len(full))), month)[0]))
        variances.append(float(np.nanvar(kaplan_meier(months, happened, weights, month))))
        events.append(sum(happened))
    return _pooled(values, variances, len(owners), round(float(np.mean(events))), imputations)


def _pooled(values: Sequence[float], variances: Sequence[float], n: int, events: int, m: int) -> Estimate:
    note = f"{m} imputations, Rubin's rules"
    if all(0 < v < 1 for v in values):
        scaled = [math.log(-math.log(v)) for v in values]
        spreads = [s / (v * math.log(v)) ** 2 for v, s in zip(values, variances, strict=True)]
        middle, low, high = _interval(scaled, spreads)
        back = [math.exp(-math.exp(x)) for x in (middle, high, low)]  # more hazard is less survival: the limits change places
        return Estimate(back[0], back[1], back[2], n, events, note)
    middle, low, high = _interval(values, variances)
    return Estimate(middle, max(0.0, low), min(1.0, high), n, events, note)


def _interval(values: Sequence[float], variances: Sequence[float]) -> tuple[float, float, float]:
    middle, total, freedom = rubin(values, variances)
    half = float(stats.t.ppf((1 + LEVEL) / 2, freedom) if math.isfinite(freedom) else stats.norm.ppf((1 + LEVEL) / 2)) * math.sqrt(total)
    return middle, middle - half, middle + half
