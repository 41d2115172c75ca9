"""Cohort tables against hand-labeled charts: per field true and false positives and misses, and every difference.

How rows are matched is told in ``pairing``. The headline is the mean F1 of HEADLINE.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from extractor.evaluator.match import Row
from extractor.evaluator.match import Tables as Tables
from extractor.evaluator.observe import CORE, Observation, observe
from extractor.evaluator.observe import HEADLINE as HEADLINE
from extractor.evaluator.pairing import ids, pair
from extractor.tables import read_cohort


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that labels and extraction say otherwise."""

    patient: str
    what: str
    kind: str
    labeled: str
    extracted: str


@dataclass(slots=True)
class Tally:
    """Counts of one chart."""

    tp: Counter[str] = field(default_factory=Counter)
    fp: Counter[str] = field(default_factory=Counter)
    fn: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Figure:
    """Counts of a field over charts."""

    tp: int
    fp: int
    fn: int

    @property
    def precision(self) -> float | None:
        """Share of what was extracted that is labeled so; None without any."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else None

    @property
    def recall(self) -> float | None:
        """Share of what is labeled that was extracted; None without any."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else None

    @property
    def f1(self) -> float:
        """Harmonic mean; 1 where nothing is labeled and nothing extracted."""
        return 2 * self.tp / (2 * self.tp + self.fp + self.fn) if self.tp + self.fp + self.fn else 1.0


# ---- both sides as plain rows ---------------------------------------------------------------------------------------------


def labeled(chart: Mapping[str, Any]) -> Tables:
    """The labels of a chart file; keys stand for ids."""
    gold = chart["gold"]
    out: Tables = {"patients": [_plain(gold.get("patient", {}))]}
    for table in ("procedures", "lesions", "complications", "assessments", "outcomes"):
        out[table] = [
            _plain({**row, "id": row.get("key"), "procedure": row.get("procedure"), "lesion": row.get("lesion")})
            for row in gold.get(table, [])
        ]
    return out


def extracted(folder: Path) -> dict[str, Tables]:
    """The tables of a folder by patient."""
    names = {
        "patients": "patient_id",
        "procedures": "procedure_id",
        "lesions": "lesion_id",
        "complications": "complication_id",
        "assessments": "assessment_id",
        "outcomes": "lesion_id",
    }
    out: dict[str, Tables] = {}
    for table, frame in read_cohort(folder, names).items():
        for record in frame.to_dict("records"):
            row = _plain({str(k): v for k, v in record.items()})
            row |= {"id": row.get(names[table]), "procedure": row.get("procedure_id"), "lesion": row.get("lesion_id")}
            out.setdefault(str(row["patient_id"]), {t: [] for t in names})[table].append(row)
    return out


def _plain(row: Mapping[str, Any]) -> Row:
    return {k: _value(v) for k, v in row.items()}


def _value(value: Any) -> Any:
    """None, text, bool, float or an ISO day: what two sources can agree on."""
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | float | np.number):
        return float(value)
    if isinstance(value, date | pd.Timestamp):
        return value.isoformat()[:10]
    return str(value).strip() or None


# ---- one chart ------------------------------------------------------------------------------------------------------------


def compare(patient: str, gold: Tables, got: Tables) -> Tally:
    """Every count and difference of one chart, in the columns that are always scored."""
    tally = Tally()
    for seen in (o for o in observe(patient, gold, got) if is_core(o.field)):
        for count, number in ((tally.tp, seen.tp), (tally.fp, seen.fp), (tally.fn, seen.fn)):
            count[seen.field] += number
        if seen.is_error:
            tally.differences.append(_difference(seen))
    return tally


def matched(gold: Tables, got: Tables) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """(procedures, lesions): extracted ids to the label keys they match, as ``compare`` matches them."""
    pairs = pair(gold, got)
    return ids(pairs["procedures"]), ids(pairs["lesions"])


def is_core(field_name: str) -> bool:
    """Is this a field whose figures are always there?"""
    table, _, column = field_name.partition(".")
    return not column or column in (*CORE.get("patients" if table == "patient" else table, ()), "local", "distant")


def _difference(seen: Observation) -> Difference:
    kind = "missed" if seen.got is None else "extra" if seen.gold is None else "differs"
    if seen.column and seen.field.endswith(f".{seen.column}"):
        return Difference(seen.patient, seen.field, kind, *("" if v is None else str(v) for v in (seen.labeled, seen.extracted)))
    return Difference(seen.patient, seen.field, kind, *(brief(r) if r else "" for r in (seen.gold, seen.got)))


SHOWN = ("date", "modality", "site", "laterality", "size_mm", "term", "severity", "status", "event", "event_date")


def brief(row: Row) -> str:
    """The telling cells of a row on one line."""
    return " ".join(f"{row[k]:g}" if isinstance(row[k], float) else str(row[k]) for k in SHOWN if row.get(k) is not None)


# ---- many charts ----------------------------------------------------------------------------------------------------------

NOTHING: Tables = {t: [] for t in ("patients", "procedures", "lesions", "complications", "assessments", "outcomes")}


def score(charts: Iterable[Mapping[str, Any]], folder: Path) -> dict[str, Tally]:
    """A tally per patient of the labeled charts; a patient missing from the tables counts as empty."""
    got = extracted(folder)
    return {c["patient_id"]: compare(c["patient_id"], labeled(c), got.get(c["patient_id"], NOTHING)) for c in charts}


def figures(tallies: Iterable[Tally]) -> dict[str, Figure]:
    """Counts summed over charts, by field."""
    tp, fp, fn = Counter[str](), Counter[str](), Counter[str]()
    for t in tallies:
        tp.update(t.tp)
        fp.update(t.fp)
        fn.update(t.fn)
    return {k: Figure(tp[k], fp[k], fn[k]) for k in sorted({*tp, *fp, *fn}) if tp[k] + fp[k] + fn[k]}


def headline(found: Mapping[str, Figure]) -> float:
    """Mean F1 of the six headline fields; a field with nothing on either side counts 1."""
    return math.fsum(found[k].f1 if k in found else 1.0 for k in HEADLINE) / len(HEADLINE)


def interval(tallies: Sequence[Tally], rounds: int = 1_000, seed: int = 0) -> tuple[float, float]:
    """95 % percentile bootstrap interval of the headline, charts drawn with replacement."""
    rng = np.random.default_rng(seed)
    drawn = [headline(figures([tallies[i] for i in rng.integers(0, len(tallies), len(tallies))])) for _ in range(rounds)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(low), float(high)
