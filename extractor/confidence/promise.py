"""How sure must a claim be to stand without a second look? Conformal risk control (Angelopoulos et al., ICLR 2024, arXiv 2208.02814).

What is exchangeable is the CHART: claims of one chart are right and wrong together. For a threshold t, the loss of a chart is the largest
share of wrong ones among its claims of confidence s or more, over all s from t up (0 where none is). It lies between 0 and 1 and never
grows with t, as the theorem asks, and it is never below the share of wrong ones among the claims accepted at t. With n labeled charts that
neither rules nor confidence were made on, and R(t) their mean loss, the smallest t with

    n / (n + 1) R(t) + 1 / (n + 1) <= 1 - level

gives, for a further exchangeable chart, an expected share of wrong ones among its accepted claims of at most 1 - level: over the drawing of
the labeled charts and the new one, every chart weighing the same. It says nothing of a chart of another kind.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

Scored = Sequence[tuple[float, bool]]
"""Claims of a chart: confidence, and whether the claim is right."""
STEPS = 1_000
"""Thresholds are thousandths, as confidences are written."""
NOTHING = (STEPS + 1) / STEPS
"""A threshold that accepts nothing."""
TINY = 1e-9


def rounded(confidence: float) -> float:
    """A confidence as it is written: thousandths."""
    return round(confidence * STEPS) / STEPS


def losses(chart: Scored) -> list[tuple[float, float]]:
    """The loss of a chart as steps (threshold, loss), from the strictest down; above the first threshold nothing is accepted and the loss is 0."""
    accepted = wrong = 0
    worst = 0.0
    out: list[tuple[float, float]] = []
    for confidence, same in groupby(sorted(((rounded(c), right) for c, right in chart), reverse=True), key=lambda x: x[0]):
        rights = [right for _, right in same]
        accepted, wrong = accepted + len(rights), wrong + rights.count(False)
        worst = max(worst, wrong / accepted)
        out.append((confidence, worst))
    return out


def total(charts: Iterable[Scored]) -> list[tuple[float, float]]:
    """The loss summed over charts as steps, from the strictest threshold down; a step only where the sum changes."""
    changes: dict[float, float] = {}
    for chart in charts:
        before = 0.0
        for threshold, loss in losses(chart):
            changes[threshold] = changes.get(threshold, 0.0) + loss - before
            before = loss
    out, here = [], 0.0
    for threshold in sorted(changes, reverse=True):
        if changes[threshold] > 0:
            here += changes[threshold]
            out.append((threshold, here))
    return out


def threshold(steps: Sequence[tuple[float, float]], charts: int, level: float) -> float:
    """The smallest threshold that keeps the promise, ``NOTHING`` where none does. ``steps`` and ``charts`` are those of ``total``."""
    allowed = (1 - level) * (charts + 1) - 1
    if allowed < -TINY:
        return NOTHING
    broken = [t for t, loss in steps if loss > allowed + TINY]
    return (round(max(broken) * STEPS) + 1) / STEPS if broken else 0.0


def fewest(level: float) -> int:
    """Charts without which no promise is possible at this level, were there no error at all: 1 / (n + 1) <= 1 - level."""
    return math.ceil(1 / (1 - level) - 1 - 1e-6)


def fewest_binomial(level: float, confidence: float = 0.95) -> int:
    """Charts without an error that the exact binomial bound asks for to say at ``confidence`` that at least ``level`` of charts have none."""
    return math.ceil(math.log(1 - confidence) / math.log(level))


@dataclass(frozen=True, slots=True)
class Promise:
    """Losses of labeled charts that neither rules nor confidence were made on, with the rules and code that read them.

    ``fields`` are the kinds of claims that the labels speak of; others are outside the promise and always for review.
    """

    charts: int
    steps: tuple[tuple[float, float], ...]
    rules: str | None
    code: str | None
    fields: frozenset[str]

    def made_with(self, rules: str, code: str) -> bool:
        """True if the labeled charts were read with these rules and, where it is known, this code."""
        return self.rules == rules and self.code in (None, code)

    def why_not(self, level: float, rules: str, code: str) -> str | None:
        """Why nothing can be promised of tables read with these rules and this code; None where it can."""
        if not self.charts:
            return f"the calibration has no chart read with these rules ({rules[:12]}) and labeled"
        if self.rules != rules:
            return f"the calibration was made with other rules ({(self.rules or 'unknown')[:12]}, these are {rules[:12]})"
        if self.code is not None and self.code != code:
            return f"the calibration was made with another version of the code ({self.code[:12]}, this is {code[:12]})"
        if self.charts < fewest(level):
            return f"too few charts: {self.charts} labeled, {level:g} needs {fewest(level)} at least"
        if threshold(self.steps, self.charts, level) >= NOTHING:
            return f"no confidence is high enough for {level:g} on the {self.charts} labeled charts"
        return None

    def threshold(self, level: float) -> float:
        """The confidence from which claims are accepted."""
        return threshold(self.steps, self.charts, level)

    def to_json(self) -> dict[str, Any]:
        """As the calibration file holds it."""
        return {
            "charts": self.charts,
            "rules": self.rules,
            "code": self.code,
            "fields": sorted(self.fields),
            "losses": [[t, round(loss, 6)] for t, loss in self.steps],
        }


def from_json(facts: Mapping[str, Any]) -> Promise:
    """The promise of a calibration file."""
    steps = tuple((float(t), float(loss)) for t, loss in facts["losses"])
    return Promise(int(facts["charts"]), steps, facts["rules"], facts["code"], frozenset(facts["fields"]))
