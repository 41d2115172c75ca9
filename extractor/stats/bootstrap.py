"""Cluster bootstrap: whole patients are drawn with replacement, so that lesions and sessions of one patient stay together.

Field and Welsh, Bootstrapping clustered data, J R Stat Soc B 2007. A draw is a row of counts, how often each patient was drawn; a statistic
that takes weights is then evaluated for every draw at once. Two sources measured on the same patients share the draws, which pairs them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import numpy as np

from extractor.stats.estimate import Array


def draws(patients: int, rounds: int = 1_000, seed: int = 0, strata: Sequence[Hashable] | None = None) -> Array:
    """Counts, shape (rounds, patients); drawn within ``strata`` where given, so that each keeps its size."""
    rng = np.random.default_rng(seed)
    groups: dict[Hashable, list[int]] = {}
    for index in range(patients):
        groups.setdefault(strata[index] if strata is not None else None, []).append(index)
    out = np.zeros((rounds, patients))
    for members in groups.values():
        out[:, members] = rng.multinomial(len(members), np.full(len(members), 1 / len(members)), size=rounds)
    return out


MOST = 8_000_000
"""Weights held at once: a large cohort is drawn in blocks, which changes no figure."""


def in_blocks(counts: Array, owner: Sequence[int], figure: Callable[[Array], Array]) -> Array:
    """``figure`` of the spread weights of every draw, shape (rounds, ...), computed block by block."""
    size = max(1, MOST // max(1, len(owner)))
    return np.concatenate([figure(spread(counts[at : at + size], owner)) for at in range(0, len(counts), size)])


def spread(counts: Array, owner: Sequence[int]) -> Array:
    """Counts of patients as weights of their units: shape (rounds, units), ``owner`` is the patient of each unit."""
    return counts[:, np.asarray(owner, dtype=int)]
