"""Two runs over the same labeled charts: what the second gained and lost, cell by cell, and whether chance could have done it.

A cell is one thing the labels speak of (a labeled row, or a column of it) or a row too many in either run. It is right or wrong in each run, by
the scorer's matching. Cells of one chart go right and wrong together, so the test that counts flips the two runs of whole charts (a sign-flip
permutation test of gained minus lost); the exact McNemar test beside it takes cells as independent and is too sure.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from extractor.evaluator import charts
from extractor.evaluator.charts import NOTHING, Tables, Tally, brief
from extractor.evaluator.judge import same
from extractor.evaluator.match import Row
from extractor.evaluator.observe import CORE
from extractor.evaluator.pairing import pair

EXACT = 14
"""Charts with a difference up to which every flip of signs is counted; beyond, ROUNDS are drawn."""
ROUNDS = 19_999
TELLS = {"assessments": "status", "outcomes": "event", "procedures": "date", "lesions": "site", "complications": "term"}
"""The column whose words stand for a row."""
KINDS = ("gained", "lost", "both wrong differently")
IN_ALL = "in all"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell in one run. ``row_id`` and ``table`` point to the extracted row, where there is one."""

    right: bool
    labeled: str
    extracted: str
    table: str = ""
    column: str = ""
    row_id: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A cell that is not the same in both runs."""

    patient: str
    field: str
    where: str
    kind: str
    labeled: str
    a: Cell | None
    b: Cell | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A field, or all: cells right in both runs, gained, lost, wrong in both alike or differently; p of the sign-flip test and of McNemar's."""

    field: str
    both_right: int
    gained: int
    lost: int
    wrong_alike: int
    wrong_differently: int
    charts: int
    p: float
    mcnemar: float

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Compared:
    """What changed, by field (``in all`` first) and cell by cell; the headline of each run."""

    verdicts: tuple[Verdict, ...]
    changes: tuple[Change, ...]
    headlines: tuple[float, float]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "headline": {"a": round(self.headlines[0], 4), "b": round(self.headlines[1], 4)},
            "fields": [v.to_json() for v in self.verdicts],
            "cells": [
                {
                    "patient_id": c.patient,
                    "field": c.field,
                    "cell": c.where,
                    "kind": c.kind,
                    "labeled": c.labeled,
                    "a": c.a.extracted if c.a else None,
                    "b": c.b.extracted if c.b else None,
                }
                for c in self.changes
            ],
        }


# ---- the cells of a run ---------------------------------------------------------------------------------------------------

Key = tuple[str, str]
"""(field, which cell)."""


def cells(gold: Tables, got: Tables) -> dict[Key, Cell]:
    """Every labeled cell of a chart and every row too many, right or wrong. Keys do not depend on the order of rows."""
    own = got["patients"][0] if got.get("patients") else {}
    told = gold["patients"][0] if gold["patients"] else {}
    out = dict(_columns("patient", "patients", "", told, own, CORE["patients"]))
    for part, found in pair(gold, got).items():
        table, _, scope = part.partition(".")
        of = {id(a): b for a, b in found.same}
        labeled = [r for r in gold[table] if not scope or r["scope"] == scope]
        for name, row in _named(labeled):
            out.update(_row(part, table, name, row, of.get(id(row))))
        for row in (*found.extra, *(n.got for n in found.near)):
            out[part, f"extra {row['id']}"] = Cell(False, "", brief(row), table, TELLS[table], str(row["id"]))
    return out


def _named(rows: Sequence[Row]) -> Iterator[tuple[str, Row]]:
    """Labeled rows with a name of their own: key or words, and a number to tell equal ones apart."""
    seen: Counter[str] = Counter()
    for name, row in sorted(((_name(r), r) for r in rows), key=lambda x: (x[0], str(sorted((k, str(v)) for k, v in x[1].items())))):
        seen[name] += 1
        yield (name if seen[name] == 1 else f"{name} #{seen[name]}"), row


def _name(row: Row) -> str:
    hangs_on = row.get("lesion") or row.get("procedure") or ""
    return " ".join(str(x) for x in (row.get("id") if row.get("id") != hangs_on else "", hangs_on, brief(row)) if x)


def _row(what: str, table: str, name: str, a: Row, b: Row | None) -> Iterator[tuple[Key, Cell]]:
    row_id = str(b["id"]) if b else ""
    right = b is not None and _agrees(what, a, b)
    yield (what, name), Cell(right, brief(a), brief(b) if b else "", table, TELLS.get(table, ""), row_id)
    yield from _columns(what, table, name, a, b or {}, CORE[table], row_id)


def _agrees(what: str, a: Row, b: Row) -> bool:
    """Is the row right, beyond that it was matched? As the scorer has it."""
    if what.startswith("assessments"):
        return bool(a["status"] == b["status"])
    if what == "outcomes":
        return bool(a["event"] == b["event"] and (a["event"] != 1.0 or a["event_date"] == b["event_date"]))
    return True


def _columns(what: str, table: str, name: str, a: Row, b: Row, columns: Iterable[str], row_id: str = "") -> Iterator[tuple[Key, Cell]]:
    for column in columns:
        x, y = a.get(column), b.get(column)
        if x is None and y is None:
            continue
        yield (f"{what}.{column}", name), Cell(same(column, x, y), _shown(x), _shown(y), table, column, row_id or str(b.get("id") or ""))


def _shown(value: Any) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


# ---- two runs -------------------------------------------------------------------------------------------------------------


def compare(a: Mapping[str, Tables], b: Mapping[str, Tables], labels: Mapping[str, Tables]) -> Compared:
    """Run ``b`` against run ``a`` on every labeled chart; a patient missing from a run counts as empty there."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    nets: dict[str, dict[str, int]] = defaultdict(dict)
    changes: list[Change] = []
    tallies: tuple[list[Tally], list[Tally]] = ([], [])
    for patient in sorted(labels):
        gold = labels[patient]
        ours, theirs = (cells(gold, run.get(patient, NOTHING)) for run in (a, b))
        for tally, run in zip(tallies, (a, b), strict=True):
            tally.append(charts.compare(patient, gold, run.get(patient, NOTHING)))
        for key in sorted(ours.keys() | theirs.keys()):
            kind = _kind(ours.get(key), theirs.get(key))
            for field in (IN_ALL, key[0]):
                counts[field][kind] += 1
                nets[field][patient] = nets[field].get(patient, 0) + (kind == "gained") - (kind == "lost")
            if kind in KINDS:
                one = ours.get(key) or theirs[key]
                changes.append(Change(patient, *key, kind, one.labeled, ours.get(key), theirs.get(key)))
    verdicts = tuple(_verdict(f, counts[f], list(nets[f].values())) for f in sorted(counts, key=lambda f: (f != IN_ALL, f)))
    heads = charts.headline(charts.figures(tallies[0])), charts.headline(charts.figures(tallies[1]))
    return Compared(verdicts, tuple(changes), heads)


def _kind(a: Cell | None, b: Cell | None) -> str:
    """A cell that one run lacks is a row or value too many of the other: not having it is right."""
    right_a, right_b = a is None or a.right, b is None or b.right
    if right_a and right_b:
        return "both right"
    if right_a != right_b:
        return "gained" if right_b else "lost"
    return "both wrong alike" if a is not None and b is not None and a.extracted == b.extracted else "both wrong differently"


def _verdict(field: str, counts: Counter[str], nets: Sequence[int]) -> Verdict:
    gained, lost = counts["gained"], counts["lost"]
    return Verdict(
        field,
        counts["both right"],
        gained,
        lost,
        counts["both wrong alike"],
        counts["both wrong differently"],
        len(nets),
        sign_flip(nets),
        mcnemar(gained, lost),
    )


def sign_flip(nets: Iterable[float], rounds: int = ROUNDS, seed: int = 0) -> float:
    """Two-sided p of the sum of differences by chart, were the sign of each chart's difference a coin's.

    Every flip is counted for up to EXACT charts that differ; else ``rounds`` are drawn and the data counted as one of them. 1 without a difference.
    """
    moved = np.array([n for n in nets if n], dtype=float)
    if not len(moved):
        return 1.0
    seen = abs(moved.sum()) - 1e-9
    if len(moved) <= EXACT:
        signs = np.array(list(itertools.product((-1.0, 1.0), repeat=len(moved))))
        return float(np.mean(np.abs(signs @ moved) >= seen))
    signs = np.random.default_rng(seed).choice((-1.0, 1.0), size=(rounds, len(moved)))
    return float((np.sum(np.abs(signs @ np.sort(moved)) >= seen) + 1) / (rounds + 1))


def mcnemar(gained: int, lost: int) -> float:
    """Exact two-sided McNemar test: the discordant cells against a fair coin."""
    from scipy.stats import binomtest

    return float(binomtest(gained, gained + lost, 0.5).pvalue) if gained + lost else 1.0
