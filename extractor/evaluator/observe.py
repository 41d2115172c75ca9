"""What labels and extraction say of each field of one chart: the observations that every figure counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from extractor.evaluator.match import Row, Tables
from extractor.evaluator.pairing import EXTRA, MISSED, STRICT, WRONG_DATE, WRONG_LINK, WRONG_VALUE, Pairs, Tolerance, pair
from extractor.schema import BY_NAME, SEVERITIES

HEADLINE = ("procedures", "lesions", "lesions.coverage", "complications", "assessments.local", "outcomes")
CORE = {
    "patients": ("sex", "histology", "disease_setting", "prior_surgery", "prior_radiation", "prior_systemic", "death_date"),
    "procedures": ("guidance", "anesthesia", "probes"),
    "lesions": ("laterality", "size_mm", "coverage", "min_margin_mm"),
    "complications": ("severity",),
    "assessments": (),
    "outcomes": ("last_assessment_date",),
}
"""Columns that are always scored, whether or not a label row names them."""
FURTHER = {
    "patients": ("birth_date", "age_years"),
    "procedures": ("date_precision", "approach", "technical_success"),
    "lesions": ("lesion_covered",),
    "complications": ("date", "grade_system", "major", "major_as_graded"),
    "assessments": ("modality", "date_precision"),
    "outcomes": ("event", "event_type", "event_date", "months"),
}
"""Columns that are scored where the labels have them."""
KEYS = {
    "procedures": ("date", "modality"),
    "lesions": ("procedure_id", "site"),
    "complications": ("procedure_id", "term"),
    "assessments.local": ("date", "lesion_id"),
    "assessments.distant": ("date",),
    "outcomes": (),
}
"""Columns that rows are matched on: judged on matched and near pairs."""
Columns = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Observation:
    """One comparison. ``tp``, ``fp`` and ``fn`` are what it adds to its field; all 0 where both sides are silent.

    ``gold`` and ``got`` are the rows (None: there is none). ``paired`` tells whether it enters accuracy and kappa. ``follows`` marks
    what counts only because its whole row is missed, extra or near: it is no error of its own.
    """

    patient: str
    table: str
    field: str
    column: str
    gold: Row | None
    got: Row | None
    labeled: Any = None
    extracted: Any = None
    tp: int = 0
    fp: int = 0
    fn: int = 0
    cause: str = ""
    paired: bool = False
    follows: bool = False

    @property
    def is_error(self) -> bool:
        """An error of its own, to be shown to a person."""
        return bool(self.cause) and not self.follows


def observe(patient: str, gold: Tables, got: Tables, columns: Columns | None = None, tolerance: Tolerance = STRICT) -> list[Observation]:
    """Every observation of a chart; ``columns`` tells what the labels have (default: only what is always scored)."""
    pairs = pair(gold, got, tolerance)
    judge = _Judge(patient, columns or {}, tolerance)
    own = got["patients"][0] if got.get("patients") else {}
    out = list(judge.cells("patients", "patient", gold["patients"][0] if gold["patients"] else {}, own))
    for part, found in pairs.items():
        out += judge.part(part, found)
    out += _retreatments(judge, pairs["lesions"])
    out += _worst(judge, gold, got, pairs["procedures"])
    return out


@dataclass(frozen=True, slots=True)
class _Judge:
    patient: str
    columns: Columns
    tolerance: Tolerance

    def part(self, part: str, pairs: Pairs) -> Iterator[Observation]:
        table = part.partition(".")[0]
        for a, b in pairs.same:
            yield self.row(part, table, a, b)
            yield from self.cells(table, table, a, b)
        yield from (self._unmatched(part, table, n.gold, n.got, n.cause, n.column) for n in pairs.near)
        yield from (self._unmatched(part, table, a, None, MISSED) for a in pairs.missed)
        yield from (self._unmatched(part, table, None, b, EXTRA) for b in pairs.extra)
        if table == "lesions":
            yield from self._follow(pairs)
        for column in KEYS[part]:
            yield from self._key(table, column, pairs)

    def row(self, part: str, table: str, a: Row, b: Row) -> Observation:
        """A matched row: right as a whole where its verdict is."""
        if table == "assessments":
            same = a.get("status") == b.get("status")
            return self._made(part, table, "status", a, b, a.get("status"), b.get("status"), same, WRONG_VALUE)
        if table == "outcomes":
            happened = a.get("event") == b.get("event")
            same = happened and (a.get("event") != 1.0 or self.tolerance.same_day(a.get("event_date"), b.get("event_date")))
            cause, column = (WRONG_DATE, "event_date") if happened else (WRONG_VALUE, "event")
            return self._made(part, table, column, a, b, a.get(column), b.get(column), same, cause)
        return Observation(self.patient, table, part, "", a, b, tp=1)

    def _made(self, field: str, table: str, column: str, a: Row, b: Row, x: Any, y: Any, same: bool, cause: str) -> Observation:
        counts = (1, 0, 0) if same else (0, 1, 1)
        return Observation(self.patient, table, field, column, a, b, x, y, *counts, "" if same else cause, paired=True)

    def cells(self, table: str, prefix: str, a: Row, b: Row) -> Iterator[Observation]:
        """The columns of a matched row."""
        told = self.columns.get(table, frozenset())
        for column in (*CORE[table], *(c for c in FURTHER[table] if c in told and (c in a or not a))):
            yield self.cell(table, f"{prefix}.{column}", column, a, b, a.get(column), b.get(column))

    def cell(self, table: str, field: str, column: str, a: Row, b: Row, x: Any, y: Any) -> Observation:
        """One column of a matched row: a hit, a miss, an extra value, or both of the latter."""
        same = x is not None and y is not None and self.agree(column, x, y)
        if same or (x is None and y is None):
            return Observation(self.patient, table, field, column, a, b, x, y, tp=int(same), paired=True)
        fp, fn = int(y is not None), int(x is not None)
        return Observation(self.patient, table, field, column, a, b, x, y, 0, fp, fn, _cause(table, column), paired=True)

    def agree(self, column: str, x: Any, y: Any) -> bool:
        """Two values that both are there."""
        if column.endswith("date"):
            return self.tolerance.same_day(x, y)
        reach = {c: getattr(self.tolerance, c) for c in ("size_mm", "min_margin_mm", "months")}.get(column)
        return bool(x == y) or (reach is not None and isinstance(x, float) and isinstance(y, float) and abs(x - y) <= reach + 1e-9)

    def _unmatched(self, part: str, table: str, a: Row | None, b: Row | None, cause: str, column: str = "") -> Observation:
        x, y = ((r.get(column) if r and column else None) for r in (a, b))
        return Observation(self.patient, table, part, column, a, b, x, y, 0, int(b is not None), int(a is not None), cause)

    def _follow(self, pairs: Pairs) -> Iterator[Observation]:
        """Cells of lesions that are missed or extra count with them."""
        told = self.columns.get("lesions", frozenset())
        names = (*CORE["lesions"], *(c for c in FURTHER["lesions"] if c in told))
        for row in [*pairs.missed, *(n.gold for n in pairs.near)]:
            yield from (self._lone("lesions", c, row, None, MISSED) for c in names if row.get(c) is not None)
        for row in [*pairs.extra, *(n.got for n in pairs.near)]:
            yield from (self._lone("lesions", c, None, row, EXTRA) for c in names if row.get(c) is not None)

    def _lone(self, table: str, column: str, a: Row | None, b: Row | None, cause: str) -> Observation:
        x, y = (a.get(column) if a else None), (b.get(column) if b else None)
        fp, fn = int(b is not None), int(a is not None)
        return Observation(self.patient, table, f"{table}.{column}", column, a, b, x, y, 0, fp, fn, cause, follows=True)

    def _key(self, table: str, column: str, pairs: Pairs) -> Iterator[Observation]:
        field = f"{table}.{column}"
        for a, b in pairs.same:
            yield Observation(self.patient, table, field, column, a, b, a.get(column), _linked(column, a, b), tp=1, paired=True)
        for n in pairs.near:
            wrong = n.column == column
            counts = (0, 1, 1) if wrong else (1, 0, 0)
            x, y = n.gold.get(column), n.got.get(column) if wrong else _linked(column, n.gold, n.got)
            yield Observation(
                self.patient, table, field, column, n.gold, n.got, x, y, *counts, n.cause if wrong else "", paired=True, follows=True
            )
        yield from (self._lone(table, column, a, None, MISSED) for a in pairs.missed)
        yield from (self._lone(table, column, None, b, EXTRA) for b in pairs.extra)


def _linked(column: str, a: Row, b: Row) -> Any:
    """An extracted value in the words of the label; ids of matched rows are the same by definition."""
    return a.get(column) if column.endswith("_id") else b.get(column)


def _cause(table: str, column: str) -> str:
    return WRONG_DATE if BY_NAME[table][column].type == "date" else WRONG_VALUE


def _retreatments(judge: _Judge, pairs: Pairs) -> Iterator[Observation]:
    """Does a lesion point to the same earlier row?"""
    if "retreatment_of" not in judge.columns.get("lesions", ()):
        return
    known = {b["id"]: a["id"] for a, b in [*pairs.same, *((n.gold, n.got) for n in pairs.near)]}
    for a, b in pairs.same:
        earlier = b.get("retreatment_of")
        seen = judge.cell("lesions", "lesions.retreatment_of", "retreatment_of", a, b, a.get("retreatment_of"), known.get(earlier, earlier))
        yield replace(seen, cause=WRONG_LINK if seen.cause else "")


def _worst(judge: _Judge, gold: Tables, got: Tables, pairs: Pairs) -> Iterator[Observation]:
    """The worst severity after each matched session; None: no event with a severity."""
    if not judge.columns.get("complications"):
        return
    for a, b in pairs.same:
        x, y = _severity(gold["complications"], a["id"]), _severity(got["complications"], b["id"])
        seen = judge.cell("complications", "procedures.worst_severity", "severity", a, b, x, y)
        yield replace(seen, table="procedures", column="", follows=True)


def _severity(rows: Iterable[Row], session: Any) -> Any:
    told = [r["severity"] for r in rows if r["procedure"] == session and r.get("severity") in SEVERITIES]
    return max(told, key=SEVERITIES.index, default=None)
