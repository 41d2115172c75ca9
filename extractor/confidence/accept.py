"""``extract --accept``: which claims stand without a second look, and which charts a person should read first."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extractor.confidence import NOBODY, Claim, Judge, Rated
from extractor.confidence.calibration import UNKNOWN, Calibration, load, shipped
from extractor.confidence.promise import NOTHING, fewest
from extractor.errors import InputError
from extractor.version import code

ENDPOINTS = {
    "procedures": ("", "date", "modality"),
    "lesions": ("", "site", "coverage"),
    "complications": ("", "term", "severity"),
    "assessments": ("", "date", "status"),
    "outcomes": ("", "event", "event_date"),
}
"""What studies of ablation report: sessions, lesions, coverage, complications and severity, local progression and its date; an empty
column stands for missed rows."""
WEIGHT = 3.0
"""How many other claims one that bears on an endpoint is worth in the review list."""
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Acceptance:
    """How charts are rated, and what is promised of the accepted claims. ``why_not`` tells why nothing is; ``level`` is None where nobody asked."""

    judge: Judge
    calibration: Calibration | None
    level: float | None = None
    why_not: str | None = None

    def facts(self, rules: str) -> dict[str, Any]:
        """What ``run.json`` keeps: on what the confidence rests, and the promise or why there is none."""
        out: dict[str, Any] = {"confidence": _made(self.calibration, rules)}
        if self.level is None:
            return out
        promise = self.calibration.promise if self.calibration else None
        out["accept"] = {
            "level": self.level,
            "promised": self.why_not is None,
            "why_not": self.why_not,
            "threshold": None if self.why_not else self.judge.threshold,
            "charts": promise.charts if promise else 0,
            "fewest_charts": fewest(self.level),
        }
        return out

    def line(self, accepted: int, claims: int) -> str:
        """What a person is told at the end of a run."""
        if self.why_not:
            return f"no promise at {self.level:g}: {self.why_not}; all {claims} claims are for review, see review.csv"
        charts = self.calibration.promise.charts if self.calibration else 0
        return (
            f"{accepted} of {claims} claims accepted at confidence {self.judge.threshold:g} or more: on charts like the {charts} labeled ones, an "
            f"expected share of at least {self.level:g} of a chart's accepted claims is right; the others are for review, see review.csv"
        )


def _made(calibration: Calibration | None, rules: str) -> dict[str, Any]:
    if calibration is None:
        return {"calibrated": False}
    known = [str(r) for r in calibration.made.get("rules", ())]
    return {"calibrated": True, "with_these_rules": known == [rules], "charts": calibration.made.get("charts"), "rules": known}


def prepare(rules: str, level: float | None = None, path: Path | None = None) -> Acceptance:
    """Ready to rate charts read with ``rules``; ``path`` is a calibration file (default: the shipped one).

    Raises InputError for a level that is no share, and where a calibration that was asked for by name was made with other rules.
    """
    if level is not None and not 0 < level < 1:
        raise InputError(f"--accept {level:g}: give a share between 0 and 1, such as 0.95")
    calibration = load(path) if path else shipped()
    if calibration is None:
        return Acceptance(Judge(UNKNOWN, NOTHING if level else None), None, level, "there is no calibration file" if level else None)
    if level is None:
        return Acceptance(Judge(calibration.model), calibration)
    promise = calibration.promise
    why_not = promise.why_not(level, rules, code())
    if path and promise.charts and not promise.made_with(rules, code()):
        raise InputError(f"{path}: refused: {why_not}; label charts read with these rules and run extractor calibrate PRED LABELS")
    judge = Judge(calibration.model, NOTHING if why_not else promise.threshold(level), NOBODY if why_not else promise.fields)
    return Acceptance(judge, calibration, level, why_not)


# ---- which charts first ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Review:
    """A chart as the review list has it. ``value`` is the expected number of wrong claims, those that bear on an endpoint weighing WEIGHT."""

    patient: str
    value: float
    expected_errors: float
    for_review: int
    accepted: int
    most_doubtful: tuple[str, ...]


def review(patient: str, rated: Sequence[Rated]) -> Review:
    """A chart of rated claims. Accepted claims are not looked at again, so they add nothing to its value."""
    open_ = [r for r in rated if not r.accepted]
    doubtful = sorted(open_, key=lambda r: (r.confidence - 1) * weight(r.claim))
    return Review(
        patient,
        math.fsum((1 - r.confidence) * weight(r.claim) for r in open_),
        math.fsum(1 - r.confidence for r in open_),
        len(open_),
        len(rated) - len(open_),
        tuple(dict.fromkeys(r.claim.field for r in doubtful))[:SHOWN],
    )


def weight(claim: Claim) -> float:
    """WEIGHT for a claim that bears on an endpoint, else 1."""
    return WEIGHT if claim.column in ENDPOINTS.get(claim.table, ()) else 1.0


def in_order(reviews: Iterable[Review]) -> list[Review]:
    """The charts most worth a reading first; equal ones by patient."""
    return sorted(reviews, key=rank)


def rank(r: Review) -> tuple[float, str]:
    """What the order of the list goes by."""
    return -round(r.value, 6), r.patient
