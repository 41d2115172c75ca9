"""The model of ``rules/doubt.toml``: which sessions and complications are more likely wrong than right, learned from first-contact tables.

Every chart is rated by a model that saw nothing of it; these figures are the ones that mean anything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from extractor.evaluator.calibration import Fitted, cross, fit
from extractor.evaluator.judge import Judged

ANCHORS = {"procedures": "modality", "complications": "term"}
"""The tables whose rows are doubted, each with the column whose claim stands for the row. A lesion or an exam that is wrong cannot be told well
enough from one that is right."""
MOST_LOST = {"procedures": 0.0025, "complications": 0.03}
"""Share of right rows that may be lost on charts not learned from. A lost session takes its lesions, exams and outcomes with it; and wrong rows are rarer
than these tables say, most of which older rules made."""
LIMITS = tuple(n / 100 for n in range(1, 51))
"""Up to one half: a row is never doubted that is more likely right than wrong."""
PENALTIES = (0.1, 0.3, 0.6)


@dataclass(frozen=True, slots=True)
class Learned:
    """A table's model, the probability below which a row is doubted, and what that would have done to rows of charts that the model did not see."""

    table: str
    fitted: Fitted
    below: float
    right: int
    right_dropped: int
    wrong: int
    wrong_dropped: int

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        names = ("table", "below", "right", "right_dropped", "wrong", "wrong_dropped")
        return {**{n: getattr(self, n) for n in names}, "penalty": self.fitted.penalty, "weights": len(self.fitted.model.weights)}


def learn(charts: Sequence[Judged]) -> list[Learned]:
    """A model for each table, of all charts."""
    return [_learned(table, [c for c in (_only(c, table, column) for c in charts) if c.claims]) for table, column in ANCHORS.items()]


def _only(chart: Judged, table: str, column: str) -> Judged:
    own = [i for i, c in enumerate(chart.claims) if (c.table, c.column, c.kind) == (table, column, "value")]
    return replace(
        chart,
        claims=tuple(chart.claims[i] for i in own),
        features=tuple(chart.features[i] for i in own),
        right=tuple(chart.right[i] for i in own),
    )


def _learned(table: str, charts: Sequence[Judged]) -> Learned:
    own = cross(charts, penalties=PENALTIES)
    rated = [(p, right) for c, ps in zip(charts, own, strict=True) for p, right in zip(ps, c.right, strict=True)]
    right, wrong = [p for p, r in rated if r], [p for p, r in rated if not r]
    below = max((t for t in LIMITS if sum(p < t for p in right) <= MOST_LOST[table] * len(right)), default=0.0)
    return Learned(
        table, fit(charts, PENALTIES), below, len(right), sum(p < below for p in right), len(wrong), sum(p < below for p in wrong)
    )


def save(learned: Sequence[Learned], path: Path, made: Mapping[str, Any]) -> None:
    """Write the rule file; equal models give equal bytes."""
    lines = [
        "# Made by `extractor doubt`: log odds that a row is right, by the features of its claim (extractor/confidence/features.py).",
        f"# {made['charts']} charts of {made['collections']} collections at first contact; see docs/doubt.md.",
        'title = "Sessions and complications that are more likely wrong than right"',
    ]
    for one in learned:
        model = one.fitted.model
        lines += [
            "",
            "[[doubt]]",
            f'id = "{one.table}"',
            f'table = "{one.table}"',
            f'column = "{ANCHORS[one.table]}"',
            f"below = {one.below}",
        ]
        lines += [f"intercept = {model.intercept}", "", "[doubt.weights]"]
        lines += [f"{json.dumps(name)} = {weight}" for name, weight in sorted(model.weights.items())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
