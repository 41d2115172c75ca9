"""One-to-one matching of labeled and extracted rows: as many pairs as possible, then the best sum of likeness."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

Row = dict[str, Any]
Tables = dict[str, list[Row]]
"""Rows of one patient by table."""
PAIR = 1_000.0
"""Worth of one more pair; larger than any sum of likeness."""


def match(
    gold: Sequence[Row], got: Sequence[Row], likeness: Callable[[Row, Row], float]
) -> tuple[list[tuple[Row, Row]], list[Row], list[Row]]:
    """(pairs, gold rows left over, extracted rows left over). A likeness of 0 or less never pairs. Independent of row order."""
    if not gold or not got:
        return [], list(gold), list(got)
    gold, got = sorted(gold, key=_order), sorted(got, key=_order)
    like = np.array([[likeness(a, b) for b in got] for a in gold])
    worth = np.where(like > 0, PAIR + like, 0.0)
    rows, columns = linear_sum_assignment(-worth)
    pairs = [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if like[i, j] > 0]
    hit, taken = {i for i, _ in pairs}, {j for _, j in pairs}
    return (
        [(gold[i], got[j]) for i, j in pairs],
        [g for i, g in enumerate(gold) if i not in hit],
        [g for j, g in enumerate(got) if j not in taken],
    )


NAMES = ("id", "key", "procedure", "lesion", "quote", "retreatment_of", "replaces")
"""What names or links a row without saying anything of it."""


def _order(row: Row) -> tuple[str, str]:
    """Ties between equally good assignments fall by what the rows say, then by their ids, not by where they stand."""
    told = sorted((k, str(v)) for k, v in row.items() if v is not None)
    names = [k in NAMES or k.endswith("_id") for k, _ in told]
    return repr([t for t, n in zip(told, names, strict=True) if not n]), repr([t for t, n in zip(told, names, strict=True) if n])
