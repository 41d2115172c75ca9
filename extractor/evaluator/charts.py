"""Cohort tables against hand-labeled charts: per field true and false positives and misses, and every difference.

A procedure matches on modality and day, a lesion on procedure, site and side, a complication on term and procedure, an assessment on day
(and lesion, where local), an outcome on lesion. The headline is the mean F1 of HEADLINE.
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

from extractor.evaluator.match import Row, match
from extractor.tables import read_cohort

HEADLINE = ("procedures", "lesions", "lesions.coverage", "complications", "assessments.local", "outcomes")
PATIENT = ("sex", "histology", "disease_setting", "prior_surgery", "prior_radiation", "prior_systemic", "death_date")
PROCEDURE = ("guidance", "anesthesia", "probes")
LESION = ("laterality", "size_mm", "coverage", "min_margin_mm")
TOLERANCE = {"size_mm": 1.0, "min_margin_mm": 0.5}
"""Millimetres by which a length may differ."""
Tables = dict[str, list[Row]]


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
    """Every count and difference of one chart."""
    tally = Tally()
    own = got["patients"][0] if got.get("patients") else {}
    _fields(tally, patient, "patient", PATIENT, gold["patients"][0], own)
    sessions = _procedures(tally, patient, gold, got)
    lesions = _lesions(tally, patient, gold, got, sessions)
    _rows(
        tally,
        patient,
        "complications",
        gold["complications"],
        got["complications"],
        lambda a, b: float(a["term"] == b["term"] and sessions.get(b["procedure"]) == a["procedure"]),
        ("severity",),
    )
    for scope in ("local", "distant"):
        _assessments(tally, patient, scope, gold, got, lesions)
    _outcomes(tally, patient, gold, got, lesions)
    return tally


def matched(gold: Tables, got: Tables) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """(procedures, lesions): extracted ids to the label keys they match, as ``compare`` matches them."""
    sessions = _procedures(Tally(), "", gold, got)
    return sessions, _lesions(Tally(), "", gold, got, sessions)


def _fields(tally: Tally, patient: str, table: str, names: Iterable[str], a: Row, b: Row) -> None:
    for name in names:
        _field(tally, patient, f"{table}.{name}", a.get(name), b.get(name), TOLERANCE.get(name, 0.0))


def _field(tally: Tally, patient: str, what: str, a: Any, b: Any, tolerance: float = 0.0) -> None:
    if a is None and b is None:
        return
    close = isinstance(a, float) and isinstance(b, float) and abs(a - b) <= tolerance
    if a is not None and (a == b or close):
        tally.tp[what] += 1
        return
    tally.fn[what] += a is not None
    tally.fp[what] += b is not None
    tally.differences.append(Difference(patient, what, "differs", str(a), str(b)))


def _rows(
    tally: Tally, patient: str, table: str, gold: Sequence[Row], got: Sequence[Row], likeness: Any, names: Sequence[str]
) -> list[tuple[Row, Row]]:
    pairs, missed, extra = match(gold, got, likeness)
    tally.tp[table] += len(pairs)
    tally.fn[table] += len(missed)
    tally.fp[table] += len(extra)
    tally.differences += [Difference(patient, table, "missed", _brief(r), "") for r in missed] + [
        Difference(patient, table, "extra", "", _brief(r)) for r in extra
    ]
    for a, b in pairs:
        _fields(tally, patient, table, names, a, b)
    return pairs


def _brief(row: Row) -> str:
    shown = ("date", "modality", "site", "laterality", "size_mm", "term", "severity", "status", "event", "event_date")
    return " ".join(f"{row[k]:g}" if isinstance(row[k], float) else str(row[k]) for k in shown if row.get(k) is not None)


def _procedures(tally: Tally, patient: str, gold: Tables, got: Tables) -> dict[Any, Any]:
    """Extracted procedure id to label key."""
    pairs = _rows(
        tally,
        patient,
        "procedures",
        gold["procedures"],
        got["procedures"],
        lambda a, b: float(a["modality"] == b["modality"] and a["date"] == b["date"]),
        PROCEDURE,
    )
    return {b["id"]: a["id"] for a, b in pairs}


def _fates(tables: Tables, lesion: Any) -> set[tuple[Any, Any]]:
    """What became of a lesion: tells twins of one site apart."""
    seen = {(a.get("date"), a.get("status")) for a in tables["assessments"] if a["lesion"] == lesion}
    return seen | {(o.get("event"), o.get("event_date")) for o in tables["outcomes"] if o["lesion"] == lesion}


def _lesions(tally: Tally, patient: str, gold: Tables, got: Tables, sessions: Mapping[Any, Any]) -> dict[Any, Any]:
    """Extracted lesion id to label key."""

    def likeness(a: Row, b: Row) -> float:
        if (
            sessions.get(b["procedure"]) != a["procedure"]
            or a["site"] != b["site"]
            or (a["laterality"] is not None and a["laterality"] != b["laterality"])
        ):
            return 0.0
        ours, theirs = _fates(gold, a["id"]), _fates(got, b["id"])
        same = (
            2.0 * (a["size_mm"] == b["size_mm"])
            + (a["coverage"] == b["coverage"])
            + (a["laterality"] == b["laterality"])
            + 0.5 * (a["min_margin_mm"] == b["min_margin_mm"])
        )
        return 4 + float(same) + 0.01 * (len(ours & theirs) - 0.5 * len(ours ^ theirs))

    pairs, missed, extra = match(gold["lesions"], got["lesions"], likeness)
    tally.tp["lesions"] += len(pairs)
    for a, b in pairs:
        _fields(tally, patient, "lesions", LESION, a, b)
    for row, count, kind in [*((r, tally.fn, "missed") for r in missed), *((r, tally.fp, "extra") for r in extra)]:
        count["lesions"] += 1
        tally.differences.append(
            Difference(patient, "lesions", kind, _brief(row) if kind == "missed" else "", _brief(row) if kind == "extra" else "")
        )
        for name in LESION:
            count[f"lesions.{name}"] += row.get(name) is not None
    return {b["id"]: a["id"] for a, b in pairs}


def _assessments(tally: Tally, patient: str, scope: str, gold: Tables, got: Tables, lesions: Mapping[Any, Any]) -> None:
    def likeness(a: Row, b: Row) -> float:
        if a["date"] != b["date"] or (scope == "local" and lesions.get(b["lesion"]) != a["lesion"]):
            return 0.0
        return 1.0 + float(a["status"] == b["status"])

    what = f"assessments.{scope}"
    pairs, missed, extra = match(
        [a for a in gold["assessments"] if a["scope"] == scope], [b for b in got["assessments"] if b["scope"] == scope], likeness
    )
    for a, b in pairs:
        same = a["status"] == b["status"]
        tally.tp[what] += same
        tally.fn[what] += not same
        tally.fp[what] += not same
        if not same:
            tally.differences.append(Difference(patient, what, "differs", _brief(a), _brief(b)))
    tally.fn[what] += len(missed)
    tally.fp[what] += len(extra)
    tally.differences += [Difference(patient, what, "missed", _brief(r), "") for r in missed] + [
        Difference(patient, what, "extra", "", _brief(r)) for r in extra
    ]


def _outcomes(tally: Tally, patient: str, gold: Tables, got: Tables, lesions: Mapping[Any, Any]) -> None:
    pairs, missed, extra = match(gold["outcomes"], got["outcomes"], lambda a, b: float(lesions.get(b["lesion"]) == a["lesion"]))
    for a, b in pairs:
        same = a["event"] == b["event"] and (a["event"] != 1.0 or a["event_date"] == b["event_date"])
        tally.tp["outcomes"] += same
        tally.fn["outcomes"] += not same
        tally.fp["outcomes"] += not same
        if not same:
            tally.differences.append(Difference(patient, "outcomes", "differs", _brief(a), _brief(b)))
        _field(tally, patient, "outcomes.last_assessment_date", a.get("last_assessment_date"), b.get("last_assessment_date"))
    tally.fn["outcomes"] += len(missed)
    tally.fp["outcomes"] += len(extra)
    tally.differences += [Difference(patient, "outcomes", "missed", _brief(r), "") for r in missed] + [
        Difference(patient, "outcomes", "extra", "", _brief(r)) for r in extra
    ]


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
