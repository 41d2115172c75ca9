"""The calibration file: a logistic model in numbers a person can read, how well it did, and the promise. Made by ``extractor calibrate``."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extractor.confidence.features import Features
from extractor.confidence.promise import Promise, from_json, rounded
from extractor.corpora import folder
from extractor.errors import InputError
from extractor.version import code

NAME = "calibration.json"
FORMAT = 1
LOWEST, HIGHEST = 0.001, 0.999
HALF = 0.5


def features_code() -> str:
    """What tells the code that makes claims and features from an earlier state of it."""
    return code(("confidence/claims.py", "confidence/features.py"))


@dataclass(frozen=True, slots=True)
class Model:
    """A logistic model: the log odds of being right are the intercept and the sum of weight times feature. ``base``: share of claims right."""

    intercept: float
    weights: Mapping[str, float]
    base: float

    def confidence(self, features: Features) -> float:
        """Between LOWEST and HIGHEST, in thousandths."""
        odds = self.intercept + math.fsum(self.weights.get(name, 0.0) * value for name, value in features.items())
        return rounded(min(HIGHEST, max(LOWEST, 1 / (1 + math.exp(-max(-30.0, min(30.0, odds)))))))


UNKNOWN = Model(0.0, {}, HALF)
"""Without a calibration every claim is as likely right as wrong."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """``made`` tells on what the model was made, ``quality`` its cross-validated figures."""

    model: Model
    promise: Promise
    made: Mapping[str, Any]
    quality: Mapping[str, Any]
    features: str

    def save(self, path: Path) -> None:
        """Write the file; equal calibrations give equal bytes."""
        facts = {
            "format": FORMAT,
            "features": self.features,
            "made": self.made,
            "quality": self.quality,
            "model": {
                "base": self.model.base,
                "intercept": self.model.intercept,
                "weights": dict(sorted(self.model.weights.items())),
            },
            "promise": self.promise.to_json(),
        }
        path.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def load(path: Path) -> Calibration:
    """Read a calibration file. Raises InputError if it is none, or was made by code that saw other features."""
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        model = Model(
            float(facts["model"]["intercept"]),
            {str(k): float(v) for k, v in facts["model"]["weights"].items()},
            float(facts["model"]["base"]),
        )
        found = Calibration(model, from_json(facts["promise"]), facts["made"], facts["quality"], str(facts["features"]))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: no calibration file ({type(error).__name__}); make one with extractor calibrate") from None
    if facts.get("format") != FORMAT or found.features != features_code():
        raise InputError(f"{path}: made for another version of extractor, whose features differ; make it anew with extractor calibrate")
    return found


def shipped() -> Calibration | None:
    """The calibration that comes with the package; None where there is none (``make calibration`` makes it)."""
    path = folder() / NAME
    return load(path) if path.is_file() else None
