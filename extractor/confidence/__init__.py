"""How sure is what the tables of a chart say, and may it stand without a second look?

tables of a chart -> claims (``claims``) -> features (``features``) -> confidence (``calibration``) -> accepted or for review (``promise``)

The figures are those of ``extractor calibrate``: a logistic model made on hand-labeled charts as they were read on first contact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from extractor.confidence.calibration import UNKNOWN, Calibration, Model, load, shipped
from extractor.confidence.claims import CLAIMED, FOLLOWS, Claim, Records, claims, records
from extractor.confidence.features import features

NOBODY: frozenset[str] = frozenset()
"""No kind of claim."""
__all__ = ["NOBODY", "UNKNOWN", "Calibration", "Claim", "Judge", "Model", "Rated", "load", "of_cell", "rate", "shipped"]


@dataclass(frozen=True, slots=True)
class Rated:
    """A claim with its confidence; ``accepted`` is None where nobody asked."""

    claim: Claim
    confidence: float
    accepted: bool | None = None


@dataclass(frozen=True, slots=True)
class Judge:
    """Rates the claims of charts. ``threshold`` is set where acceptance was asked for; only claims of ``fields`` are ever accepted."""

    model: Model = UNKNOWN
    threshold: float | None = None
    fields: frozenset[str] = NOBODY

    def __call__(self, tables: Mapping[str, Iterable[Mapping[str, Any]]]) -> list[Rated]:
        """Rate every claim of a chart; ``tables`` are its cohort tables, rows as mappings."""
        return self.of_rows(records(tables))

    def of_rows(self, plain: Records) -> list[Rated]:
        """The same of rows as ``plain_rows`` makes them."""
        return [Rated(c, sure, self._accepts(c, sure)) for c, sure in _rate(self.model, plain)]

    def _accepts(self, claim: Claim, confidence: float) -> bool | None:
        if self.threshold is None:
            return None
        return confidence >= self.threshold and claim.field in self.fields


def rate(model: Model, tables: Mapping[str, Iterable[Mapping[str, Any]]]) -> list[tuple[Claim, float]]:
    """The claims of a chart with their confidence."""
    return _rate(model, records(tables))


def _rate(model: Model, plain: Records) -> list[tuple[Claim, float]]:
    made = claims(plain)
    return [(c, model.confidence(f)) for c, f in zip(made, features(plain, made), strict=True)]


def of_cell(rated: Sequence[Rated], base: float) -> dict[tuple[str, str, str], float]:
    """Confidence by (table, row, column) for every cell: its own, that of the cell it goes with, or the base rate."""
    own = {(r.claim.table, r.claim.row_id, r.claim.column): r.confidence for r in rated}
    rows = {(r.claim.table, r.claim.row_id) for r in rated if r.claim.row_id}
    following = {(t, i, c): own.get((t, i, goes), base) for t, i in rows for c, goes in FOLLOWS.items() if goes in CLAIMED[t]}
    return {**following, **own}
