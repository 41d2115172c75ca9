"""Plan a validation: how many charts, and which ones.

Sizes come from a pilot's counts by chart where there are labels, else from an expected share and an intraclass correlation, with as many units a
chart as the cohort's own tables hold. Samples are simple, stratified by a column, or enriched for charts that hold a rare value; each chart carries
the weight that undoes the enrichment (``extractor.stats.weighting``).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from extractor.errors import InputError
from extractor.evaluator.charts import NOTHING, Tables, compare, matched
from extractor.evaluator.study import study
from extractor.schema import BY_NAME
from extractor.stats.sample_size import Assumption, charts_needed, design_effect, finite, from_pilot, width

EVENTS = "local events"
MEASURES = (("precision", 1), ("recall", 2))
EITHER = (("precision, recall", 1),)
"""Without labels both have the same units, and one line says it."""


@dataclass(frozen=True, slots=True)
class Need:
    """Charts needed for one figure: from a cohort of any size, and from this one. None: more than any cohort has."""

    field: str
    measure: str
    assumed: Assumption
    from_pilot: bool
    charts: int | None
    in_cohort: int | None


def needs(
    cohort: Mapping[str, Tables], labels: Mapping[str, Tables] | None, wanted: float, expected: float = 0.9, icc: float = 0.1
) -> tuple[Need, ...]:
    """Charts for an interval of the width ``wanted`` (limit to limit) of each figure, the most demanding first."""
    counts = _by_field(labels or cohort, cohort if labels else None)
    out = []
    for field in sorted(counts):
        for measure, place in MEASURES if labels else EITHER:
            hits, units = [c[0] for c in counts[field]], [c[place] for c in counts[field]]
            mean = sum(units) / len(units)
            deff = design_effect(mean, icc)
            assumed = from_pilot(hits, units, deff) if labels else Assumption(expected, mean, deff)
            if assumed is not None and assumed.units > 0:
                charts = charts_needed(assumed, wanted)
                out.append(Need(field, measure, assumed, bool(labels), charts, None if charts is None else finite(charts, len(cohort))))
    return tuple(sorted(out, key=lambda n: (-(n.charts or math.inf), n.field, n.measure)))


def expected_widths(found: Sequence[Need], charts: int) -> dict[str, float]:
    """Width of each figure's interval with so many charts."""
    return {f"{n.field}, {n.measure}": width(n.assumed, charts) for n in sorted(found, key=lambda n: (n.field, n.measure))}


Triple = tuple[float, float, float]
"""Hits, extracted and labeled units of a chart."""


def _by_field(labels: Mapping[str, Tables], pred: Mapping[str, Tables] | None) -> dict[str, list[Triple]]:
    """Counts by field and chart. Without ``pred`` the tables are held against themselves, which counts their units."""
    tallies = {p: compare(p, t, (pred or labels).get(p, NOTHING)) for p, t in sorted(labels.items())}
    names = sorted({k for t in tallies.values() for k in {*t.tp, *t.fp, *t.fn}})
    out: dict[str, list[Triple]] = {n: [(t.tp[n], t.tp[n] + t.fp[n], t.tp[n] + t.fn[n]) for t in tallies.values()] for n in names}
    out[EVENTS] = [_events(p, t, (pred or labels).get(p, NOTHING)) for p, t in sorted(labels.items())]
    return out


def _events(patient: str, ours: Tables, theirs: Tables) -> Triple:
    """Lesions with an event: found on the matched lesion, extracted, labeled."""
    true, told = ({x.key for x in study({patient: t}).lesions if x.first and x.event} for t in (ours, theirs))
    same = {str(a): str(b) for a, b in matched(ours, theirs)[1].items()}
    return sum(same.get(k) in true for k in told), len(told), len(true)


# ---- the sample -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart of the sample: its stratum, and how many charts it stands for."""

    patient: str
    stratum: str
    size: int
    drawn: int

    @property
    def weight(self) -> float:
        """Inverse of its chance to be drawn."""
        return self.size / self.drawn


def simple(patients: Sequence[str], charts: int, seed: int) -> tuple[Drawn, ...]:
    """Charts drawn with equal chances, without replacement. Raises InputError if there are not so many."""
    return _draw({"all": list(patients)}, {"all": _enough(charts, len(patients))}, seed)


def stratified(cohort: Mapping[str, Tables], charts: int, column: str, seed: int) -> tuple[Drawn, ...]:
    """Charts from every stratum in proportion to its size (largest remainder), two from each where it has them.

    A stratum is the set of values that a chart's rows have in ``table.column``. Raises InputError for an unknown column or too few charts.
    """
    values = _values(cohort, column)
    strata: dict[str, list[str]] = {}
    for patient in sorted(cohort):
        strata.setdefault(" + ".join(sorted(values[patient])) or "none", []).append(patient)
    sizes = {s: len(p) for s, p in strata.items()}
    return _draw(strata, _proportional(sizes, _enough(charts, len(cohort))), seed)


def enriched(cohort: Mapping[str, Tables], charts: int, condition: str, share: float, seed: int) -> tuple[Drawn, ...]:
    """A sample of which ``share`` are charts with ``table.column=value`` in some row, as far as there are any."""
    column, sign, value = condition.partition("=")
    if not sign or not value:
        raise InputError(f"{condition!r}: write a condition such as outcomes.event=1 or complications.major=true")
    values = _values(cohort, column)
    strata = {
        condition: [p for p in sorted(cohort) if value in values[p]],
        f"not {condition}": [p for p in sorted(cohort) if value not in values[p]],
    }
    rare, common = (len(p) for p in strata.values())
    if not rare:
        raise InputError(f"no chart of the cohort has {condition}; values are {', '.join(sorted(set().union(*values.values()))) or 'none'}")
    _enough(charts, len(cohort))
    with_it = min(rare, max(charts - common, round(share * charts)))
    return _draw({s: p for s, p in strata.items() if p}, dict(zip(strata, (with_it, charts - with_it), strict=True)), seed)


def _enough(charts: int, there: int) -> int:
    if charts > there:
        raise InputError(f"{charts} charts are wanted, but there are only {there}")
    return charts


def _values(cohort: Mapping[str, Tables], column: str) -> dict[str, set[str]]:
    """Values of ``table.column`` by patient, as the tables show them."""
    table, _, name = column.partition(".")
    if table not in NOTHING or name not in BY_NAME[table].names:
        raise InputError(f"{column!r} is no table.column; tables are {', '.join(NOTHING)}")
    return {p: {_shown(r[name]) for r in t[table] if r.get(name) is not None} for p, t in cohort.items()}


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _proportional(sizes: Mapping[str, int], charts: int) -> dict[str, int]:
    least = {s: min(2, n) for s, n in sizes.items()}
    if sum(least.values()) > charts:
        raise InputError(
            f"{charts} charts cannot cover {len(sizes)} strata with two each; take a coarser column or {sum(least.values())} charts"
        )
    total, out = sum(sizes.values()), dict(least)
    for _ in range(charts - sum(least.values())):  # the next chart goes to the stratum that is furthest behind its share
        behind: Callable[[str], float] = lambda s: charts * sizes[s] / total - out[s]  # noqa: E731
        out[max((s for s in sorted(sizes) if out[s] < sizes[s]), key=behind)] += 1
    return out


def _draw(strata: Mapping[str, Sequence[str]], take: Mapping[str, int], seed: int) -> tuple[Drawn, ...]:
    rng = np.random.default_rng(seed)
    out = []
    for name in sorted(strata):
        members, number = sorted(strata[name]), take[name]
        if not number:
            raise InputError(f"no chart is left to draw with {name}; take more charts or another share")
        out += [Drawn(members[int(i)], name, len(members), number) for i in rng.choice(len(members), number, replace=False)]
    return tuple(sorted(out, key=lambda d: d.patient))


def strata(sample: Sequence[Drawn]) -> dict[str, tuple[int, int]]:
    """(drawn, in the cohort) by stratum."""
    counted = Counter(d.stratum for d in sample)
    return {d.stratum: (counted[d.stratum], d.size) for d in sample}
