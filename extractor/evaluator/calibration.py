"""Does a confidence of 0.9 mean right nine times in ten? Reliability of claims on labeled charts, and the model that makes it so.

Everything is by chart: cross-validation leaves whole charts out, the bootstrap draws whole charts. ECE: expected calibration error, the mean
distance of confidence and share right over BINS bins of equal width, weighted by claims (Naeini et al., AAAI 2015). Brier: mean squared
distance of confidence and 0 or 1.
"""

from __future__ import annotations

import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from extractor.confidence.calibration import Model
from extractor.evaluator.judge import Judged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

BINS = 10
FOLDS = 10
ROUNDS = 1_000
PENALTIES = (0.01, 0.03, 0.1, 0.3)
"""Inverse strengths of the ridge penalty to choose from by cross-validated log loss: few charts, many features, so strong ones."""
FEWEST_CHARTS = 3
"""A feature seen in fewer charts gets no weight."""


# ---- reliability ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bin:
    """Claims of about one confidence: how many, their mean confidence, the share right with its 95 % interval (bootstrap by chart)."""

    low: float
    high: float
    claims: int
    confidence: float
    right: float
    interval: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Reliability:
    """How far confidence and correctness agree; intervals are 95 % percentile bootstrap intervals, charts drawn with replacement."""

    charts: int
    claims: int
    right: float
    ece: float
    ece_interval: tuple[float, float]
    brier: float
    brier_interval: tuple[float, float]
    bins: tuple[Bin, ...]
    fields: Mapping[str, tuple[int, float, float]]
    """Claims, mean confidence and share right by field."""

    def svg(self) -> str:
        """The reliability diagram."""
        return diagram(self)

    def to_json(self) -> dict[str, Any]:
        """Plain data: figures, a record a bin and a record a kind of claim."""
        return {
            **self.figures(),
            "bins": [
                {
                    "confidence_from": b.low,
                    "confidence_to": b.high,
                    "claims": b.claims,
                    "confidence": _short(b.confidence),
                    "right": _short(b.right),
                    "right_low": _short(b.interval[0]),
                    "right_high": _short(b.interval[1]),
                }
                for b in self.bins
            ],
            "fields": [{"claim": k, "claims": n, "confidence": _short(c), "right": _short(r)} for k, (n, c, r) in self.fields.items()],
        }

    def figures(self) -> dict[str, Any]:
        """The figures alone."""
        return {
            "charts": self.charts,
            "claims": self.claims,
            "right": _short(self.right),
            "ece": _short(self.ece),
            "ece_interval": [_short(x) for x in self.ece_interval],
            "brier": _short(self.brier),
            "brier_interval": [_short(x) for x in self.brier_interval],
        }


def _short(value: float) -> float:
    return round(float(value), 4)


def reliability(
    charts: Sequence[Judged], confidences: Sequence[Sequence[float]], rounds: int = ROUNDS, seed: int = 0, bins: int = BINS
) -> Reliability:
    """Reliability of confidences, one sequence a chart in the order of its claims."""
    sums = np.array([_sums(c, s, bins) for c, s in zip(charts, confidences, strict=True)])  # charts x bins x (n, confidence, right)
    squares = np.array(
        [(len(s), sum((p - r) ** 2 for p, r in zip(s, c.right, strict=True))) for c, s in zip(charts, confidences, strict=True)]
    )
    drawn = np.random.default_rng(seed).multinomial(len(charts), np.full(len(charts), 1 / len(charts)), size=rounds)
    many = np.tensordot(drawn, sums, axes=1)
    errors, briers = ece(many), (drawn @ squares)[:, 1] / np.maximum((drawn @ squares)[:, 0], 1)
    all_sums, (claims, squared) = sums.sum(axis=0), squares.sum(axis=0)
    return Reliability(
        charts=len(charts),
        claims=int(claims),
        right=float(all_sums[:, 2].sum() / max(claims, 1)),
        ece=float(ece(all_sums[None])[0]),
        ece_interval=_interval(errors),
        brier=float(squared / max(claims, 1)),
        brier_interval=_interval(briers),
        bins=tuple(_bin(i, bins, all_sums[i], many[:, i]) for i in range(bins) if all_sums[i, 0]),
        fields=_fields(charts, confidences),
    )


def _sums(chart: Judged, confidences: Sequence[float], bins: int) -> Numbers:
    out = np.zeros((bins, 3))
    for p, right in zip(confidences, chart.right, strict=True):
        out[min(int(p * bins), bins - 1)] += (1.0, p, float(right))
    return out


def ece(sums: Numbers) -> Numbers:
    """Expected calibration error of each of many tables bins x (claims, summed confidence, number right)."""
    return np.asarray(np.abs(sums[..., 1] - sums[..., 2]).sum(axis=-1) / np.maximum(sums[..., 0].sum(axis=-1), 1))


def _interval(drawn: Numbers) -> tuple[float, float]:
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(low), float(high)


def _bin(number: int, bins: int, own: Numbers, many: Numbers) -> Bin:
    seen = many[many[:, 0] > 0]
    return Bin(
        number / bins, (number + 1) / bins, int(own[0]), float(own[1] / own[0]), float(own[2] / own[0]), _interval(seen[:, 2] / seen[:, 0])
    )


def _fields(charts: Sequence[Judged], confidences: Sequence[Sequence[float]]) -> dict[str, tuple[int, float, float]]:
    found: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for chart, own in zip(charts, confidences, strict=True):
        for claim, p, right in zip(chart.claims, own, chart.right, strict=True):
            found[claim.field].append((p, right))
    return {k: (len(v), float(np.mean([p for p, _ in v])), float(np.mean([r for _, r in v]))) for k, v in sorted(found.items())}


def diagram(found: Reliability) -> str:
    """The reliability diagram as SVG: share right against confidence with intervals, and how many claims there are. Equal figures give equal text."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context({"svg.hashsalt": "reliability", "svg.fonttype": "none", "font.family": "sans-serif"}):
        figure = Figure(figsize=(4.6, 4.6), layout="constrained")
        top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
        top.plot([0, 1], [0, 1], color="0.6", linewidth=1, linestyle="--")
        x, y = [b.confidence for b in found.bins], [b.right for b in found.bins]
        spread = [[max(0.0, b.right - b.interval[0]) for b in found.bins], [max(0.0, b.interval[1] - b.right) for b in found.bins]]
        top.errorbar(x, y, yerr=spread, fmt="o-", color="#1f5a8a", ecolor="#9bbbd6", capsize=2, markersize=4)
        top.set(xlim=(0, 1), ylim=(0, 1), ylabel="share right")
        top.set_title(f"{found.claims} claims of {found.charts} charts: ECE {found.ece:.3f}, Brier {found.brier:.3f}", fontsize=9)
        bottom.bar([b.low for b in found.bins], [b.claims for b in found.bins], width=0.95 / BINS, align="edge", color="#9bbbd6")
        bottom.set(xlabel="confidence", ylabel="claims")
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()


# ---- the model ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model and the penalty chosen for it."""

    model: Model
    penalty: float


def fit(charts: Sequence[Judged], penalties: Sequence[float] = PENALTIES) -> Fitted:
    """A ridge logistic model of the claims of charts; the penalty with the least log loss when whole charts are left out.

    The ridge penalty is what shrinks a rule or a section seen seldom towards the rest.
    """
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    known = _common(charts)
    rows = [{k: v for k, v in f.items() if k in known} for c in charts for f in c.features]
    right = np.array([r for c in charts for r in c.right])
    base = float(right.mean()) if len(right) else 0.5
    if len(set(right.tolist())) < 2:
        return Fitted(Model(float(np.log((base + 0.01) / (1.01 - base))), {}, _short(base)), penalties[0])
    vectorizer = DictVectorizer()
    x = vectorizer.fit_transform(rows)
    groups = np.array([i for i, c in enumerate(charts) for _ in c.claims])
    penalty = _best(x, right, groups, penalties) if len(penalties) > 1 else penalties[0]
    model = LogisticRegression(C=penalty, max_iter=2_000).fit(x, right)
    weights = {str(n): _short(w) for n, w in zip(vectorizer.feature_names_, model.coef_[0], strict=True) if abs(w) >= 5e-5}
    return Fitted(Model(_short(model.intercept_[0]), weights, _short(base)), penalty)


def _common(charts: Sequence[Judged]) -> frozenset[str]:
    seen = Counter(name for c in charts for name in {n for f in c.features for n in f})
    return frozenset(n for n, k in seen.items() if k >= min(FEWEST_CHARTS, len(charts)))


def _best(x: Any, right: Any, groups: Any, penalties: Sequence[float]) -> float:
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss
    from sklearn.model_selection import GroupKFold, cross_val_predict

    folds = min(5, len(set(groups.tolist())))
    if folds < 2:
        return penalties[0]
    found = {
        c: log_loss(
            right,
            cross_val_predict(
                LogisticRegression(C=c, max_iter=2_000), x, right, groups=groups, cv=GroupKFold(folds), method="predict_proba"
            ),
        )
        for c in penalties
    }
    return min(penalties, key=lambda c: (round(found[c], 6), c))


def confidences(model: Model, charts: Iterable[Judged]) -> list[list[float]]:
    """The model's confidence in each claim of each chart."""
    return [[model.confidence(f) for f in c.features] for c in charts]


def folds(charts: Sequence[Judged], number: int = FOLDS) -> list[list[int]]:
    """Charts by number in folds of whole charts, each collection spread evenly; the same whatever the order of the charts."""
    order = sorted(range(len(charts)), key=lambda i: (charts[i].collection, charts[i].patient))
    count = max(2, min(number, len(charts)))
    return [sorted(order[k::count]) for k in range(count)]


def cross(charts: Sequence[Judged], number: int = FOLDS, penalties: Sequence[float] = PENALTIES) -> list[list[float]]:
    """The confidence in each claim by a model that saw nothing of its chart."""
    out: list[list[float]] = [[] for _ in charts]
    for left_out in folds(charts, number):
        model = fit([c for i, c in enumerate(charts) if i not in left_out], penalties).model
        for i, own in zip(left_out, confidences(model, [charts[i] for i in left_out]), strict=True):
            out[i] = own
    return out
