"""Figures of the whole cohort, corrected for the errors that its labeled part shows.

Labeled patients enter as labeled. For the others, shares are corrected by sensitivity and specificity of the matched sessions (Rogan and Gladen 1978),
and events of lesions imputed many times from the matched lesions (``extractor.stats.imputation``). Both correct how rows are classified, not rows
that were missed or made up: those show in the evaluator's row figures.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from extractor.evaluator.charts import Tables
from extractor.evaluator.paired import Sources, at_month, followed, pairs
from extractor.evaluator.study import Session, Study, study
from extractor.stats.bootstrap import draws, spread
from extractor.stats.estimate import Array, Estimate, missing, percentile
from extractor.stats.imputation import Checked, Told, corrected_survival
from extractor.stats.proportions import clustered, rogan_gladen, rogan_gladens, shares
from extractor.stats.survival import survival


@dataclass(frozen=True, slots=True)
class Corrected:
    """A figure of the whole cohort: as extracted, and corrected for the errors measured on its labeled part."""

    name: str
    extracted: Estimate
    corrected: Estimate


def corrections(both: Sources, whole: Mapping[str, Tables]) -> tuple[Corrected, ...]:
    """Survival and complication rates of the cohort ``whole``, corrected by what the labeled patients show."""
    rest = study({p: t for p, t in whole.items() if p not in both.place}, both.plan.modality)
    return (
        *(_corrected_survival(both, rest, m) for m in both.plan.months),
        _corrected_share(both, rest, "complication, by session", lambda s: s.complicated),
        _corrected_share(both, rest, "major complication, by session", lambda s: s.major),
    )


ALL_LABELED = "every patient of the cohort is labeled: nothing to correct"


def _corrected_survival(both: Sources, rest: Study, month: float) -> Corrected:
    known, told = followed(both.labels, True), followed(rest, True)
    everyone = [*followed(both.extraction, True), *told]
    place = dict(both.place) | {p: len(both.place) + i for i, p in enumerate(rest.patients)}
    counts = draws(len(place), both.plan.rounds, both.plan.seed)
    extracted = survival([x.months for x in everyone], [x.event for x in everyone], [place[x.patient] for x in everyone], counts, month)
    if not rest.patients:
        return Corrected(at_month(month), extracted, missing(ALL_LABELED))
    sample = [Checked(Told(b.months, b.event, b.last), a.months, a.event, float(both.base[both.place[a.patient]])) for a, b in pairs(both)]
    corrected = corrected_survival(
        [Told(x.months, x.event, x.last) for x in told],
        [place[x.patient] for x in told],
        [(x.months, x.event) for x in known],
        [place[x.patient] for x in known],
        sample,
        month,
        seed=both.plan.seed,
    )
    return Corrected(at_month(month), extracted, corrected)


def _corrected_share(both: Sources, rest: Study, name: str, had: Callable[[Session], bool]) -> Corrected:
    """Labeled sessions as labeled, the others corrected by sensitivity and specificity of the matched sessions."""
    everyone = [*both.extraction.sessions, *rest.sessions]
    place = dict(both.place) | {p: len(both.place) + i for i, p in enumerate(rest.patients)}
    counts = draws(len(place), both.plan.rounds, both.plan.seed, [p in both.place for p in place])
    extracted = clustered([had(s) for s in everyone], [place[s.patient] for s in everyone], counts)
    if not rest.patients:
        return Corrected(name, extracted, missing(ALL_LABELED))
    return Corrected(name, extracted, _rogan_gladen(both, rest, place, counts, had))


def _rogan_gladen(both: Sources, rest: Study, place: Mapping[str, int], counts: Array, had: Callable[[Session], bool]) -> Estimate:
    ours = {(s.patient, s.key): s for s in both.labels.sessions}
    named = [((s.patient, both.matched_sessions.get((s.patient, s.key), "")), s) for s in both.extraction.sessions]
    same = [(ours[k], s) for k, s in named if k in ours]
    base = np.concatenate([both.base, np.ones(len(place) - len(both.place))])
    rows = np.vstack([np.ones(len(place)), counts])  # the first row is the sample itself

    def share(of: Sequence[tuple[Session, bool]], weighted: bool = False) -> Array:
        if not of:
            return np.full(len(rows), np.nan)
        return shares([hit for _, hit in of], spread(rows * base if weighted else rows, [place[s.patient] for s, _ in of]))

    sensitivity = share([(a, had(b)) for a, b in same if had(a)], True)
    specificity = share([(a, not had(b)) for a, b in same if not had(a)], True)
    observed = share([(s, had(s)) for s in rest.sessions])
    n, known = len(rest.sessions) + len(ours), sum(had(s) for s in ours.values())
    values = (float(observed[0]), float(sensitivity[0]), float(specificity[0]))
    point = None if any(math.isnan(v) for v in values) else rogan_gladen(*values)
    if point is None:
        return missing("not estimable: the labeled sessions do not tell sensitivity and specificity, or no better than chance", n)
    inside = np.array([rows[:, place[s.patient]] for s in ours.values()]), np.array([had(s) for s in ours.values()])
    outside = spread(rows, [place[s.patient] for s in rest.sessions]).sum(axis=1)
    total = (inside[0].T @ inside[1] + outside * rogan_gladens(observed, sensitivity, specificity)) / (inside[0].sum(axis=0) + outside)
    events = round(known + point * len(rest.sessions))
    return Estimate(float(total[0]), *percentile(total[1:]), n=n, events=events, note="Rogan-Gladen, cluster bootstrap by patient")
