"""Which rows are more likely wrong than right? A model made of labeled first-contact charts (``rules/doubt.toml``, ``make doubt``) by the features of
their claims. What it doubts is dropped with the probability and what spoke most against it, and the chart is settled once more without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from extractor.charted import named, records
from extractor.confidence.calibration import HALF, Model
from extractor.confidence.claims import Claim
from extractor.confidence.claims import records as plain
from extractor.confidence.features import Features, features
from extractor.model import Chart, ReadNote
from extractor.normalizer import timeline
from extractor.rules import Doubt
from extractor.schema import BY_NAME

Doubted = Mapping[str, str]
"""Reasons by row id."""
LEAST_NOTES = 4
"""The model was learned from charts of six notes and more, where what is right is mostly told twice; of a chart with fewer it says nothing."""
SHOWN = 3


def doubted(chart: Chart, read: Sequence[ReadNote], doubts: Sequence[Doubt]) -> Doubted:
    """The rows of a chart that are less likely right than a doubt asks. A note that repeats another of ``read``, the chart's notes, counts once."""
    asked = [(d, Claim(d.table, str(row[BY_NAME[d.table].key]), d.column, "value")) for d in doubts for row in getattr(chart, d.table)]
    kept = {r.note.note_id for r in timeline.unique(read)} if asked else set()
    if len(kept) < LEAST_NOTES:
        return {}
    own = replace(
        chart,
        notes=tuple(n for n in chart.notes if n.note_id in kept),
        mentions=tuple(m for m in chart.mentions if m.note_id in kept),
        drops=(),
    )
    found = features(plain(named(records(own))), [claim for _, claim in asked])
    rated = [(d, claim, f, likely(d, f)) for (d, claim), f in zip(asked, found, strict=True)]
    return {claim.row_id: _reason(d, f, p) for d, claim, f, p in rated if p < d.below}


def likely(doubt: Doubt, found: Features) -> float:
    """How likely a row with these features is right."""
    return Model(doubt.intercept, doubt.weights, HALF).confidence(found)


def _reason(doubt: Doubt, found: Features, likely: float) -> str:
    """The probability, and the features that spoke most against the row."""
    against = sorted((doubt.weights.get(name, 0.0) * value, name) for name, value in found.items())
    shown = "; ".join(name for weight, name in against[:SHOWN] if weight < 0)
    return f"{doubt.rule_id}: right with probability {likely:.2f}, because of: {shown}"
