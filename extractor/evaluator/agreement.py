"""Do people who read the same charts agree? Per field beyond chance, per row, and what is left to decide.

Kappa or alpha with bootstrap intervals by patient on rows that were matched (``extractor.evaluator.readings``), agreement on rows as F1, dates on the
day and within 7 and 30 days. "Not documented" is a reading like any other. Methods and sources: ``extractor.stats.agreement``.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

from extractor.errors import InputError
from extractor.evaluator.match import Row, Tables
from extractor.evaluator.pairing import STRICT
from extractor.evaluator.readings import TABLES, Reading, apart, readings
from extractor.schema import BY_NAME, SEVERITIES, Column
from extractor.stats.agreement import cohen, krippendorff, positive_agreement
from extractor.stats.bootstrap import draws
from extractor.stats.estimate import Array, Estimate, missing, plain
from extractor.stats.proportions import clustered

FIELDS = {
    "patients": ("sex", "histology", "disease_setting", "prior_surgery", "prior_radiation", "prior_systemic", "death_date"),
    "procedures": ("date", "modality", "approach", "guidance", "anesthesia", "probes", "technical_success"),
    "lesions": ("site", "laterality", "size_mm", "coverage", "lesion_covered", "min_margin_mm"),
    "complications": ("term", "severity", "date"),
    "assessments": ("date", "modality", "status"),
    "outcomes": ("event", "event_type", "event_date", "last_assessment_date"),
}
"""Cells that are compared."""
EMPTY = "not documented"


@dataclass(frozen=True, slots=True)
class FieldAgreement:
    """Agreement on one cell over ``units`` rows told by two or more. ``same``: all said the same, within tolerance; dates: on the day.

    ``chance_corrected`` is kappa (two readers) or Krippendorff's alpha; for ordered severities ``ordered`` weighs by distance.
    """

    field: str
    units: int
    same: Estimate
    chance_corrected: Estimate | None = None
    ordered: Estimate | None = None
    within_7_days: Estimate | None = None
    within_30_days: Estimate | None = None


@dataclass(frozen=True, slots=True)
class RowAgreement:
    """Agreement on which rows there are."""

    table: str
    told: tuple[int, ...]
    positive_agreement: Estimate


@dataclass(frozen=True, slots=True)
class Dispute:
    """A cell or a whole row on which readers differ, with what each said."""

    patient: str
    table: str
    row: str
    column: str
    values: tuple[str, ...]
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Agreement:
    """Everything that ``extractor agree`` tells."""

    readers: tuple[str, ...]
    patients: int
    left_out: int
    rows: tuple[RowAgreement, ...]
    fields: tuple[FieldAgreement, ...]
    disputes: tuple[Dispute, ...]
    rounds: int
    seed: int

    def to_json(self) -> str:
        """Figures as JSON, numbers to six places; disputes as their number."""
        content = asdict(self) | {"disputes": len(self.disputes)}
        return json.dumps(plain(content), indent=1, ensure_ascii=False)


def agree(sources: Mapping[str, Mapping[str, Tables]], rounds: int = 1_000, seed: int = 0) -> Agreement:
    """Agreement of readers on the patients that all of them labeled. Raises InputError for fewer than two readers or no common patient."""
    names = tuple(sources)
    if len(names) < 2:
        raise InputError("agreement needs two readers or more")
    shared = sorted(set.intersection(*(set(sources[n]) for n in names)))
    if not shared:
        raise InputError(f"{' and '.join(names)}: have no patient in common")
    every = [r for p in shared for r in readings(p, [sources[n][p] for n in names])]
    place, counts = {p: i for i, p in enumerate(shared)}, draws(len(shared), rounds, seed)
    return Agreement(
        names,
        len(shared),
        len(set.union(*(set(sources[n]) for n in names))) - len(shared),
        tuple(_rows(t, every, len(names), place, counts) for t in TABLES[1:]),
        tuple(_field(t, name, every, place, counts) for t in TABLES for name in FIELDS[t]),
        tuple(d for p in shared for d in _disputes([r for r in every if r.patient == p])),
        rounds,
        seed,
    )


# ---- rows -----------------------------------------------------------------------------------------------------------------


def _rows(table: str, every: Sequence[Reading], readers: int, place: Mapping[str, int], counts: Array) -> RowAgreement:
    """F1 over all pairs of readers together."""
    both, first, second = ([0] * len(place) for _ in range(3))
    told = [0] * readers
    for r in (r for r in every if r.table == table):
        there = [row is not None for row in r.rows]
        told = [n + t for n, t in zip(told, there, strict=True)]
        for i, j in combinations(range(readers), 2):
            both[place[r.patient]] += there[i] and there[j] and r.exact
            first[place[r.patient]] += there[i]
            second[place[r.patient]] += there[j]
    return RowAgreement(table, tuple(told), positive_agreement(both, first, second, counts))


# ---- cells ----------------------------------------------------------------------------------------------------------------


def _field(table: str, name: str, every: Sequence[Reading], place: Mapping[str, int], counts: Array) -> FieldAgreement:
    column = BY_NAME[table][name]
    units = [r for r in every if r.table == table and len(r.told) > 1]
    values = [[row.get(name) if row is not None else None for row in r.rows] for r in units]
    there = [[row is not None for row in r.rows] for r in units]
    owner = [place[r.patient] for r in units]
    label = f"{table}.{name}"
    if column.type == "date":
        return _dates(label, values, there, owner, counts)
    same = clustered([_alike(name, v, t) for v, t in zip(values, there, strict=True)], owner, counts)
    if column.type in ("number", "integer") and name != "event":
        return FieldAgreement(label, len(units), same, krippendorff(values, owner, counts, "interval"))
    words = [
        [(EMPTY if v is None else v) if t else None for v, t in zip(vs, ts, strict=True)] for vs, ts in zip(values, there, strict=True)
    ]
    ordered = _corrected(values, owner, counts, SEVERITIES) if name == "severity" else None
    return FieldAgreement(label, len(units), same, _corrected(words, owner, counts), ordered)


def _alike(name: str, values: Sequence[Any], there: Sequence[bool]) -> bool:
    """All that told the row say the same, numbers within the evaluator's tolerance."""
    told = [v for v, t in zip(values, there, strict=True) if t]
    if all(isinstance(v, float) for v in told):
        return bool(max(told) - min(told) <= getattr(STRICT, name, 0.0))
    return len(set(told)) < 2


def _corrected(units: Sequence[Sequence[Any]], owner: Sequence[int], counts: Array, order: Sequence[Hashable] | None = None) -> Estimate:
    """Kappa for two readers, alpha for more; units with a blank are left to alpha, which can use them."""
    if not units:
        return missing("no unit read by two")
    if len(units[0]) > 2:
        return krippendorff(units, owner, counts, "ordinal" if order else "nominal", order)
    kept = [i for i, u in enumerate(units) if None not in u]
    return cohen([units[i][0] for i in kept], [units[i][1] for i in kept], [owner[i] for i in kept], counts, order)


def _dates(
    label: str, values: Sequence[Sequence[Any]], there: Sequence[Sequence[bool]], owner: Sequence[int], counts: Array
) -> FieldAgreement:
    """Of the rows in which anybody gives the date: given by all, and how close."""
    kept = [i for i, v in enumerate(values) if any(x is not None for x in v)]
    told = [[v for v, t in zip(values[i], there[i], strict=True) if t] for i in kept]
    whose = [owner[i] for i in kept]
    exact, week, month = (clustered([_within(v, days) for v in told], whose, counts) for days in (0, 7, 30))
    return FieldAgreement(label, len(kept), exact, within_7_days=week, within_30_days=month)


def _within(days: Sequence[Any], most: int) -> bool:
    gaps = [apart(a, b) for a, b in combinations(days, 2)]
    return all(g is not None and g <= most for g in gaps)


# ---- what is left to decide -----------------------------------------------------------------------------------------------


def _disputes(own: Sequence[Reading]) -> Iterator[Dispute]:
    """What differs in one chart, in the order in which one reads it: the patient, then row by row through the tables by day."""
    titles = _titles(own)
    order = {t: i for i, t in enumerate(TABLES)}
    for r in sorted(own, key=lambda r: (order[r.table], titles[id(r)], _brief(r.told[0]))):
        title = titles[id(r)]
        if len(r.told) < len(r.rows):
            yield Dispute(r.patient, r.table, title, WHOLE, tuple(_brief(x) if x is not None else "no such row" for x in r.rows))
        if len(r.told) > 1:
            yield from _cells(r, title)


def _titles(own: Sequence[Reading]) -> dict[int, str]:
    """What row is meant: its own day and kind, and the session or lesion it belongs to, after the first reader who tells it."""
    above: dict[tuple[int, str, Any], str] = {}
    out = {}
    for r in own:  # sessions stand before lesions, lesions before exams
        reader, row = next((i, x) for i, x in enumerate(r.rows) if x is not None)
        parts = [str(row[k]) for k in TITLE[r.table] if row.get(k) is not None]
        for name in ("procedure", "lesion"):
            parts += [above[reader, name, row[name]]] if (reader, name, row.get(name)) in above and name != OWN.get(r.table) else []
        out[id(r)] = ", ".join(parts) or "patient"
        for i, x in enumerate(r.rows):
            if x is not None and r.table in OWN:
                above[i, OWN[r.table], x["id"]] = out[id(r)]
    return out


def _cells(r: Reading, title: str) -> Iterator[Dispute]:
    there = [row is not None for row in r.rows]
    for name in FIELDS[r.table]:
        values = [row.get(name) if row is not None else None for row in r.rows]
        if not _alike(name, values, there):
            shown = tuple(_shown(v) if t else "" for v, t in zip(values, there, strict=True))
            yield Dispute(r.patient, r.table, title, name, shown, _choices(BY_NAME[r.table][name]))


def _choices(column: Column) -> tuple[str, ...]:
    return column.values or (("true", "false") if column.type == "boolean" else ("0", "1") if column.name == "event" else ())


def _shown(value: Any) -> str:
    if value is None:
        return EMPTY
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


OWN = {"procedures": "procedure", "lesions": "lesion"}
TITLE = {
    "patients": (),
    "procedures": ("date", "modality"),
    "lesions": ("site", "laterality"),
    "complications": ("term",),
    "assessments": ("date", "scope"),
    "outcomes": (),
}
"""What names a row; a lesion's size is left out, for it may be what is in dispute."""
WHOLE = "(whole row)"
BRIEF = ("date", "modality", "site", "laterality", "size_mm", "coverage", "term", "severity", "scope", "status", "event", "event_date")


def _brief(row: Row) -> str:
    """A row in short: words of vocabularies, days and numbers."""
    return " ".join(_shown(row[k]) for k in BRIEF if row.get(k) is not None) or "patient"
