"""A calibration from labeled charts: the model, how well it does on charts it has not seen, the promise, and what a person still has to read."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extractor import corpora
from extractor.confidence import Rated
from extractor.confidence.accept import in_order, review
from extractor.confidence.calibration import Calibration, features_code
from extractor.confidence.promise import Promise, fewest, threshold, total
from extractor.errors import CohortError, InputError
from extractor.evaluator import labels
from extractor.evaluator.calibration import Fitted, Reliability, confidences, cross, fit, folds, reliability
from extractor.evaluator.judge import Judged, Telling, judged
from extractor.tables import MARK, read_cohort

LEVELS = (0.95, 0.98)
FEWEST_TO_FIT = 16
"""Charts without which no model is made."""
Confidences = Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class Stored:
    """Judged tables of one reading: a collection at first contact, or a user's run."""

    name: str
    charts: tuple[Judged, ...]
    rules: str | None
    code: str | None
    version: str | None

    def made_with(self, rules: str, code: str) -> bool:
        """True if read with these rules and, where it is known, this code."""
        return self.rules == rules and self.code in (None, code)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a level leaves to a person, every chart rated by a model and a threshold that saw nothing of it.

    ``to_open``: charts with a claim for review. ``right_by_chart``: mean share right among a chart's accepted claims, what is promised;
    ``right``: share right among all accepted claims. ``with_error``: charts with a wrong accepted claim, and its share's exact (Clopper-Pearson)
    95 % interval. ``first``: charts to read, most valuable first, until ``level`` of all claims are right; ``at_random``: in no order.
    """

    level: float
    charts: int
    to_open: int
    claims: int
    accepted: int
    right: float | None
    right_by_chart: float | None
    with_error: int
    error_interval: tuple[float, float]
    first: int
    at_random: int

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        names = ("level", "charts", "to_open", "claims", "accepted", "with_error", "first", "at_random")
        shares = {"right": self.right, "right_by_chart": self.right_by_chart}
        return {
            **{n: getattr(self, n) for n in names},
            **{k: None if v is None else round(v, 4) for k, v in shares.items()},
            "error_interval": [round(x, 4) for x in self.error_interval],
        }


@dataclass(frozen=True, slots=True)
class Made:
    """A calibration with everything that is told about it."""

    calibration: Calibration
    reliability: Reliability
    readings: tuple[Reading, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "made": dict(self.calibration.made),
            "promise": {
                "charts": self.calibration.promise.charts,
                "rules": self.calibration.promise.rules,
                "fewest_charts": {f"{r.level:g}": fewest(r.level) for r in self.readings},
            },
            "reliability": self.reliability.to_json(),
            "readings": [r.to_json() for r in self.readings],
        }


# ---- what was stored ------------------------------------------------------------------------------------------------------


def first_contacts(where: Path | None = None, told: Telling | None = None) -> list[Stored]:
    """The first-contact tables of every collection, judged by its labels, claims with the features that ``told`` gives them. Raises InputError if
    there are none."""
    found = [_first(c, told) for c in corpora.collections(where) if (c / corpora.FIRST).is_dir()]
    if not found:
        raise InputError(f"{where or corpora.folder()}: no collection with a folder {corpora.FIRST}")
    return found


def _first(collection: Path, told: Telling | None) -> Stored:
    found = labels.load(collection / "charts")
    notes = [
        {
            "note_id": n["note_id"],
            "patient_id": c["patient_id"],
            "note_date": n["note_date"],
            "note_type": n.get("note_type"),
            "text": n["text"],
        }
        for c in found.charts
        for n in c["notes"]
    ]
    folder = collection / corpora.FIRST
    return _stored(collection.name, folder, judged(folder, found.patients, found.columns, notes, collection.name, told))


def run(pred: Path, label_path: Path) -> Stored:
    """A user's tables, judged by his labels. Raises InputError where no labeled chart was read."""
    found = labels.load(label_path)
    charts = judged(pred, found.patients, found.columns)
    if not charts:
        raise InputError(f"{label_path}: labels none of the patients of {pred}")
    return _stored(pred.name, pred, charts)


def of_run(pred: Path, found: labels.Labels) -> Reliability | None:
    """Reliability of the confidences that a folder of tables holds; None where it holds no claims, or none that the labels speak of."""
    try:
        written = read_cohort(pred, ["claims"])["claims"]
    except CohortError:
        return None
    charts = [c for c in judged(pred, found.patients, found.columns) if c.claims]
    names = ("patient_id", "table", "row_id", "column", "claim")
    keys = zip(*(written[n].astype(object).where(written[n].notna(), "") for n in names), strict=True)
    own = dict(zip(keys, written["confidence"].astype(float), strict=True))
    told = [[own[c.patient, k.table, k.row_id, k.column, k.kind] for k in c.claims] for c in charts]
    return reliability(charts, told) if charts else None


def _stored(name: str, folder: Path, charts: Sequence[Judged]) -> Stored:
    mark = folder / MARK
    facts = json.loads(mark.read_text(encoding="utf-8")) if mark.is_file() else {}
    return Stored(name, tuple(charts), facts.get("rules"), facts.get("code"), facts.get("extractor"))


# ---- making ---------------------------------------------------------------------------------------------------------------


def from_corpora(stored: Sequence[Stored], rules: str, code: str, levels: Sequence[float] = LEVELS) -> Made:
    """A model of first-contact claims; charts read with ``rules`` and ``code`` are held back from it, for the promise.

    What a model saw cannot vouch for it: the charts of the promise are exchangeable with new ones only if nothing was made on them.
    The figures are cross-validated over all charts.
    """
    charts = [c for s in stored for c in s.charts]
    kept, held = split(stored, rules, code)
    fitted = fit(kept)
    own = cross(charts)
    promise = promised(held, confidences(fitted.model, held), rules if held else None, code if held else None)
    return _made(fitted, kept, stored, promise, charts, own, crossed_readings(charts, levels, fitted.penalty))


def split(stored: Sequence[Stored], rules: str, code: str) -> tuple[list[Judged], list[Judged]]:
    """Charts for the model, and charts held back for the promise: those read with ``rules`` and ``code``, or every second where few others are left."""
    kept = [c for s in stored if not s.made_with(rules, code) for c in s.charts]
    held = [c for s in stored if s.made_with(rules, code) for c in s.charts]
    return (kept, held) if len(kept) >= FEWEST_TO_FIT else (kept + held[::2], held[1::2])


def from_run(stored: Stored, model: Calibration | None, levels: Sequence[float] = LEVELS) -> Made:
    """The promise of a user's own charts. With ``model`` its confidences stay as they are and all charts go into the promise; without one half

    of the charts (drawn by the hash of the patient's id) makes a model and the other half the promise.
    """
    charts = list(stored.charts)
    if model is not None:
        own = confidences(model.model, charts)
        promise = promised(charts, own, stored.rules, stored.code)
        quality = reliability(charts, own)
        readings = tuple(_reading(charts, own, left_out_thresholds(charts, own, level), level) for level in levels)
        made = {**model.made, "promise": _told([stored])}
        return Made(Calibration(model.model, promise, made, _quality(quality, readings), features_code()), quality, readings)
    order = sorted(charts, key=lambda c: hashlib.sha256(c.patient.encode()).hexdigest())
    kept, held = order[::2], order[1::2]
    if len(kept) < FEWEST_TO_FIT:
        raise InputError(
            f"{len(charts)} labeled charts are too few to make a model of one half (at least {2 * FEWEST_TO_FIT}); leave out --refit"
        )
    fitted = fit(kept)
    promise = promised(held, confidences(fitted.model, held), stored.rules, stored.code)
    return _made(fitted, kept, [stored], promise, charts, cross(charts), crossed_readings(charts, levels, fitted.penalty))


def promised(charts: Sequence[Judged], own: Confidences, rules: str | None, code: str | None) -> Promise:
    """The promise of charts with their confidences."""
    fields = frozenset(claim.field for c in charts for claim in c.claims)
    return Promise(len(charts), tuple(total(_scored(charts, own))), rules, code, fields)


def _scored(charts: Sequence[Judged], own: Confidences) -> list[list[tuple[float, bool]]]:
    return [list(zip(p, c.right, strict=True)) for c, p in zip(charts, own, strict=True)]


def _made(
    fitted: Fitted,
    kept: Sequence[Judged],
    stored: Sequence[Stored],
    promise: Promise,
    charts: Sequence[Judged],
    own: Confidences,
    readings: tuple[Reading, ...],
) -> Made:
    quality = reliability(charts, own)
    made = {
        "charts": len(kept),
        "claims": sum(len(c.claims) for c in kept),
        "penalty": fitted.penalty,
        "rules": sorted({str(s.rules) for s in stored}),
        "read": _told(stored),
    }
    return Made(Calibration(fitted.model, promise, made, _quality(quality, readings), features_code()), quality, readings)


def _told(stored: Sequence[Stored]) -> dict[str, Any]:
    return {s.name: {"charts": len(s.charts), "rules": s.rules, "code": s.code, "extractor": s.version} for s in stored}


def _quality(found: Reliability, readings: Sequence[Reading]) -> dict[str, Any]:
    return {"cross_validated": found.figures(), "readings": [r.to_json() for r in readings]}


# ---- what is left to read -------------------------------------------------------------------------------------------------


def crossed_readings(charts: Sequence[Judged], levels: Sequence[float], penalty: float) -> tuple[Reading, ...]:
    """Readings where model and threshold of each chart are made on other charts alone (the threshold on yet other ones than its model)."""
    own: list[list[float]] = [[] for _ in charts]
    limits: dict[float, list[float]] = {level: [0.0] * len(charts) for level in levels}
    for left_out in folds(charts):
        rest = [c for i, c in enumerate(charts) if i not in left_out]
        steps = total(_scored(rest, cross(rest, 5, (penalty,))))
        model = fit(rest, (penalty,)).model
        for i in left_out:
            own[i] = confidences(model, [charts[i]])[0]
            for level in levels:
                limits[level][i] = threshold(steps, len(rest), level)
    return tuple(_reading(charts, own, limits[level], level) for level in levels)


def left_out_thresholds(charts: Sequence[Judged], own: Confidences, level: float) -> list[float]:
    """For each chart the threshold that the other charts' folds give."""
    out = [0.0] * len(charts)
    scored = _scored(charts, own)
    for left_out in folds(charts) if len(charts) > 1 else [[0]]:
        rest = [s for i, s in enumerate(scored) if i not in left_out]
        for i in left_out:
            out[i] = threshold(total(rest), len(rest), level)
    return out


def _reading(charts: Sequence[Judged], own: Confidences, limits: Sequence[float], level: float) -> Reading:
    accepted = [[r for p, r in chart if p >= limit] for chart, limit in zip(_scored(charts, own), limits, strict=True)]
    flat = [r for chart in accepted for r in chart]
    shares = [sum(chart) / len(chart) for chart in accepted if chart]
    wrong = sum(not all(chart) for chart in accepted)
    return Reading(
        level=level,
        charts=len(charts),
        to_open=sum(len(kept) < len(c.claims) for kept, c in zip(accepted, charts, strict=True)),
        claims=sum(len(c.claims) for c in charts),
        accepted=len(flat),
        right=sum(flat) / len(flat) if flat else None,
        right_by_chart=(math.fsum(shares) + len(charts) - len(shares)) / len(charts) if shares else None,
        with_error=wrong,
        error_interval=clopper_pearson(wrong, len(charts)),
        first=_until(charts, own, level),
        at_random=_until_at_random(charts, level),
    )


def clopper_pearson(k: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """The exact binomial interval of k of n."""
    from scipy.stats import binomtest

    found = binomtest(k, n).proportion_ci(confidence, method="exact")
    return float(found.low), float(found.high)


def _until(charts: Sequence[Judged], own: Confidences, level: float) -> int:
    """Charts to read in the order of the review list until ``level`` of all claims are right, what is read being mended."""
    rated = {c.patient: [Rated(k, p) for k, p in zip(c.claims, ps, strict=True)] for c, ps in zip(charts, own, strict=True)}
    wrong = {c.patient: c.right.count(False) for c in charts}
    left, allowed = sum(wrong.values()), (1 - level) * sum(len(c.claims) for c in charts)
    for read, r in enumerate(in_order(review(patient, claims) for patient, claims in rated.items())):
        if left <= allowed + 1e-9:
            return read
        left -= wrong[r.patient]
    return len(charts)


def _until_at_random(charts: Sequence[Judged], level: float) -> int:
    wrong, claims = sum(c.right.count(False) for c in charts), sum(len(c.claims) for c in charts)
    return math.ceil(len(charts) * max(0.0, 1 - (1 - level) * claims / wrong) - 1e-9) if wrong else 0


def model_of(path: Path | None) -> Calibration | None:
    """The calibration whose model rates a user's charts: a file, else the shipped one."""
    from extractor.confidence.calibration import load, shipped

    return load(path) if path else shipped()
