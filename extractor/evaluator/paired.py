"""Labels and extraction of the same patients, made comparable: their studies, the lesions that match, the draws that pair them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from extractor.evaluator.charts import NOTHING, Tables, matched
from extractor.evaluator.study import Lesion, Session, Study, study
from extractor.stats.bootstrap import draws, spread
from extractor.stats.estimate import Array


@dataclass(frozen=True, slots=True)
class Plan:
    """How the endpoints are analysed. ``weights`` and ``strata`` by patient undo the enrichment of a sample; ``margin`` is the difference in
    a share (0.05: five points) up to which two sources say the same."""

    modality: str | None = "cryoablation"
    months: tuple[float, ...] = (12.0, 24.0)
    rounds: int = 1_000
    seed: int = 0
    margin: float = 0.05
    weights: Mapping[str, float] = field(default_factory=dict)
    strata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sources:
    """Both studies on the labeled patients, and the draws of patients that pair them."""

    labels: Study
    extraction: Study
    place: Mapping[str, int]
    counts: Array
    base: Array
    matches: Mapping[tuple[str, str], str]
    """(patient, extracted lesion) to the label's key."""
    matched_sessions: Mapping[tuple[str, str], str]
    plan: Plan

    def owner(self, records: Sequence[Lesion] | Sequence[Session]) -> list[int]:
        """Number of the patient of each record."""
        return [self.place[r.patient] for r in records]

    def weights(self, records: Sequence[Lesion] | Sequence[Session]) -> Array:
        """Weights of records in each draw."""
        return spread(self.counts * self.base, self.owner(records)) if records else np.zeros((len(self.counts), 0))


def sources(pred: Mapping[str, Tables], labels: Mapping[str, Tables], plan: Plan) -> Sources:
    """Both sources on the labeled patients; one missing from the extraction counts as empty."""
    names = sorted(labels)
    got = {p: pred.get(p, NOTHING) for p in names}
    strata = [plan.strata.get(p, "") for p in names] if plan.strata else None
    lesions, sessions = {}, {}
    for p in names:
        own_sessions, own_lesions = matched(labels[p], got[p])
        lesions.update({(p, str(a)): str(b) for a, b in own_lesions.items()})
        sessions.update({(p, str(a)): str(b) for a, b in own_sessions.items()})
    return Sources(
        study(labels, plan.modality),
        study(got, plan.modality),
        {p: i for i, p in enumerate(names)},
        draws(len(names), plan.rounds, plan.seed, strata),
        np.array([plan.weights.get(p, 1.0) for p in names]),
        lesions,
        sessions,
        plan,
    )


def pairs(both: Sources) -> list[tuple[Lesion, Lesion]]:
    """(labeled, extracted) lesions, both followed from their first ablation, that are the same lesion."""
    ours = {(x.patient, x.key): x for x in followed(both.labels, True)}
    theirs = followed(both.extraction, True)
    keys = [(x.patient, both.matches.get((x.patient, x.key), "")) for x in theirs]
    return [(ours[k], x) for k, x in zip(keys, theirs, strict=True) if k in ours]


def followed(of: Study, first: bool) -> list[Lesion]:
    """Followed lesions from their first ablation, or those treated again."""
    return [x for x in of.lesions if x.first == first]


def at_month(month: float) -> str:
    """Name of a survival figure."""
    return f"local progression-free survival at {month:g} months"
