"""Hazard ratios: Cox's model by lifelines with a robust variance, and the same likelihood under many sets of weights for the bootstrap.

Cox, J R Stat Soc B 1972; ties by Efron; robust variance clustered by patient after Lin and Wei, J Am Stat Assoc 1989. Fewer than five events a
covariate are not analysed (Vittinghoff and McCulloch, Am J Epidemiol 2007, found five to nine tolerable). Covariates are 0 or 1, or numbers.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence

import numpy as np

from extractor.stats.estimate import Array, Estimate, missing

EVENTS_PER_COVARIATE = 5
FAR = 10.0
"""Log hazard ratio beyond which a fit counts as run away (a ratio of 22,000)."""


def cox(
    months: Sequence[float],
    events: Sequence[bool],
    covariates: Mapping[str, Sequence[float]],
    owner: Sequence[int],
    weights: Sequence[float] | None = None,
) -> dict[str, Estimate]:
    """Hazard ratio of each covariate (of a number: for one more), adjusted for the others; intervals from the robust variance clustered by ``owner``."""
    n, happened = len(months), int(sum(events))
    reason = _unfit(events, covariates)
    if reason:
        return {name: missing(f"not estimable: {reason}", n, happened) for name in covariates}
    summary = _fit(months, events, covariates, owner, weights)
    if summary is None:
        return {name: missing("not estimable: the fit does not converge", n, happened) for name in covariates}
    note = "Cox, robust variance clustered by patient"
    ratios = {name: tuple(math.exp(v) for v in summary[name]) for name in covariates}
    return {name: Estimate(r[0], r[1], r[2], n, happened, note) for name, r in ratios.items()}


def _unfit(events: Sequence[bool], covariates: Mapping[str, Sequence[float]]) -> str:
    """Why a model cannot be fitted, or nothing."""
    happened = int(sum(events))
    if happened < EVENTS_PER_COVARIATE * len(covariates):
        wanted = f"{len(covariates)} covariate{'s' if len(covariates) > 1 else ''}"
        return f"{happened} events for {wanted}, {EVENTS_PER_COVARIATE} each are needed"
    for name, values in covariates.items():
        if not {float(v) for v in values} <= {0.0, 1.0}:
            if len({float(v) for v in values}) < 2:
                return f"all lesions have the same {name}"
            continue
        for level, label in ((True, f"with {name}"), (False, f"without {name}")):
            inside = [bool(e) for v, e in zip(values, events, strict=True) if bool(v) == level]
            if not inside:
                return f"no lesion {label}"
            if not any(inside):
                return f"separation, no event {label}"
    return ""


def _fit(
    months: Sequence[float],
    events: Sequence[bool],
    covariates: Mapping[str, Sequence[float]],
    owner: Sequence[int],
    weights: Sequence[float] | None,
) -> dict[str, tuple[float, float, float]] | None:
    import pandas as pd
    from lifelines import CoxPHFitter
    from lifelines.exceptions import ConvergenceError, ConvergenceWarning

    frame = pd.DataFrame({"months": months, "event": np.asarray(events, dtype=float), "owner": owner, "weight": weights or 1.0})
    names = {f"x{i}": name for i, name in enumerate(covariates)}
    for column, name in names.items():
        frame[column] = np.asarray(covariates[name], dtype=float)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            fitted = CoxPHFitter().fit(frame, "months", "event", cluster_col="owner", robust=True, weights_col="weight")
        except (ConvergenceError, np.linalg.LinAlgError, ValueError):
            return None
    if any(issubclass(w.category, ConvergenceWarning) for w in told):
        return None
    limits = fitted.summary[["coef", "coef lower 95%", "coef upper 95%"]]
    found = {names[str(c)]: tuple(float(v) for v in row) for c, row in zip(limits.index, limits.to_numpy(), strict=True)}
    sound = all(math.isfinite(v) and abs(v) < 3 * FAR for row in found.values() for v in row) and all(
        abs(r[0]) < FAR for r in found.values()
    )
    return found if sound else None  # type: ignore[return-value]


def log_hazards(
    months: Sequence[float], events: Sequence[bool], covariates: Sequence[Sequence[bool]], weights: Array, steps: int = 25
) -> Array:
    """Maximum of the weighted partial likelihood (Breslow's ties) for each row of ``weights`` (rounds, units): log ratios (rounds, covariates).

    Newton's method on every row at once. A row that separates runs to infinity and is returned as plus or minus infinity; one
    without events, or with nothing to compare, as not-a-number. For intervals by resampling; the estimate itself is ``cox``.
    """
    times, happened = np.asarray(months, dtype=float), np.asarray(events, dtype=float)
    design = np.asarray(covariates, dtype=float).T
    order = np.argsort(-times, kind="stable")
    times, happened, design, weights = times[order], happened[order], design[order], weights[:, order]
    last = [int(i) for i in np.searchsorted(-times, -times, side="right") - 1]
    beta = np.zeros((len(weights), design.shape[1]))
    for _ in range(steps):
        gradient, information = _score(design, happened, weights, last, beta)
        step = _solve(gradient, information)
        beta = np.clip(beta + np.clip(step, -2.0, 2.0), -2 * FAR, 2 * FAR)
        if float(np.max(np.abs(step), initial=0.0, where=np.abs(beta) < FAR)) < 1e-8:
            break
    told = _score(design, happened, weights, last, np.zeros_like(beta))[1]
    mute = np.diagonal(told, axis1=1, axis2=2) < 1e-12
    beta = np.where(np.abs(beta) >= FAR, np.copysign(np.inf, beta), beta)
    return np.where(mute, np.nan, beta)


def _score(design: Array, happened: Array, weights: Array, last: Sequence[int], beta: Array) -> tuple[Array, Array]:
    """Gradient (rounds, p) and information (rounds, p, p) of the weighted partial likelihood; units sorted from the longest followed."""
    risk = weights * np.exp(beta @ design.T)
    total = np.maximum(np.cumsum(risk, axis=1)[:, last], 1e-300)
    mean = np.cumsum(risk[:, :, None] * design, axis=1)[:, last] / total[:, :, None]
    outer = design[:, :, None] * design[:, None, :]
    square = np.cumsum(risk[:, :, None, None] * outer, axis=1)[:, last] / total[:, :, None, None]
    dead = weights * happened
    gradient = np.einsum("rn,rnp->rp", dead, design - mean)
    return gradient, np.einsum("rn,rnpq->rpq", dead, square - mean[:, :, :, None] * mean[:, :, None, :])


def _solve(gradient: Array, information: Array) -> Array:
    """Newton steps; a row that tells (almost) nothing of a direction moves on along its gradient, and so shows that it runs away."""
    ridge = 1e-9 * np.eye(gradient.shape[1])
    return np.asarray(np.linalg.solve(information + ridge, gradient[:, :, None])[:, :, 0], dtype=float)
