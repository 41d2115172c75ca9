"""Does a hazard ratio hold over time? The test of Grambsch and Therneau, Biometrika 1994, by lifelines: is the trend of the scaled Schoenfeld
residuals over (Kaplan-Meier transformed) time zero? Units of one patient count as independent here, so that p values are somewhat too small."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

TRANSFORM = "km"


@dataclass(frozen=True, slots=True)
class Check:
    """Chi-squared with one degree of freedom and its p value; None with the reason in ``note``."""

    statistic: float | None
    p: float | None
    note: str = ""


def proportional(months: Sequence[float], events: Sequence[bool], covariates: Mapping[str, Sequence[float]]) -> dict[str, Check]:
    """The test for each covariate of one model, which must be estimable (see ``hazards.cox``)."""
    import pandas as pd
    from lifelines import CoxPHFitter
    from lifelines.exceptions import ConvergenceError
    from lifelines.statistics import proportional_hazard_test

    frame = pd.DataFrame({"months": months, "event": np.asarray(events, dtype=float)})
    names = {f"x{i}": name for i, name in enumerate(covariates)}
    for column, name in names.items():
        frame[column] = np.asarray(covariates[name], dtype=float)
    frame = frame.sort_values(list(frame.columns), ignore_index=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            fitted = CoxPHFitter().fit(frame, "months", "event")
            table = proportional_hazard_test(fitted, frame, time_transform=TRANSFORM).summary
        except (ConvergenceError, np.linalg.LinAlgError, ValueError):
            return {name: Check(None, None, "not estimable") for name in covariates}
    found = {str(c): (float(row["test_statistic"]), float(row["p"])) for c, row in table.iterrows()}
    return {
        name: Check(*found[column]) if np.isfinite(found[column][0]) else Check(None, None, "not estimable")
        for column, name in names.items()
    }
