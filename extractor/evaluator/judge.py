"""Which claims of extracted tables are right, by labels? Rows are paired as the scorer pairs them; every claim of a row without a partner is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from extractor.confidence.claims import Claim, Records, claims, records
from extractor.confidence.features import Features, features
from extractor.errors import CohortError
from extractor.evaluator import charts
from extractor.evaluator.charts import Tables
from extractor.evaluator.pairing import STRICT, Pairs, pair
from extractor.schema import BY_NAME, COHORT
from extractor.tables import read_cohort

Columns = Mapping[str, frozenset[str]]
"""Labeled columns by table, as ``labels.load`` tells them."""
LENGTHS = {"size_mm": STRICT.size_mm, "min_margin_mm": STRICT.min_margin_mm}
Telling = Callable[[Records, Sequence[Claim], Mapping[str, str]], list[Features]]
"""What makes features of a chart's tables, claims and notes by their id."""
RowsByTable = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Judged:
    """A chart's claims that labels speak of, their features, and which are right."""

    patient: str
    collection: str
    claims: tuple[Claim, ...]
    features: tuple[Features, ...]
    right: tuple[bool, ...]


def same(name: str, a: Any, b: Any) -> bool:
    """True if a label and an extracted value agree, lengths within the scorer's tolerance; two empty cells agree."""
    if isinstance(a, float) and isinstance(b, float):
        return abs(a - b) <= LENGTHS.get(name, 0.0)
    return bool(a == b)


def judge(gold: Tables, got: Tables, columns: Columns, made: Sequence[Claim]) -> list[bool | None]:
    """Right or wrong for each claim of a chart; None where the labels do not speak of it."""
    paired = pair(gold, got)
    rows = {(_table(part), str(b["id"])): (a, b) for part, found in paired.items() for a, b in found.same}
    own = got["patients"][0] if got.get("patients") else {}
    rows["patients", str(own.get("id"))] = (gold["patients"][0] if gold["patients"] else {}, own)
    return [_right(claim, rows, paired, columns) for claim in made]


def _table(what: str) -> str:
    return what.partition(".")[0]


def _right(claim: Claim, rows: Mapping[tuple[str, str], Any], paired: Mapping[str, Pairs], columns: Columns) -> bool | None:
    if not columns.get(claim.table) or (claim.column and claim.column not in columns[claim.table]):
        return None
    if claim.column:
        found = rows.get((claim.table, claim.row_id))
        return found is not None and same(claim.column, found[0].get(claim.column), found[1].get(claim.column))
    scope = claim.kind.removeprefix("no_more_")
    part = paired[claim.table if scope == "rows" else f"{claim.table}.{scope}"]
    return not part.missed and not part.near


# ---- the tables of a folder, by patient -----------------------------------------------------------------------------------


def by_patient(folder: Path, notes: Sequence[Mapping[str, Any]] | None = None) -> dict[str, RowsByTable]:
    """The rows of every table that claims are made from, by patient. ``notes`` stand in for a table of notes that was not kept."""
    tables = read_cohort(folder, [*COHORT, "mentions", "evidence", *(["notes"] if notes is None else [])])
    out: dict[str, RowsByTable] = {str(p): {} for p in tables["patients"]["patient_id"]}
    owners: dict[tuple[str, str], str] = {}
    for name, frame in tables.items():
        if name == "evidence":
            continue
        for row in _rows(frame):
            out.setdefault(str(row["patient_id"]), {}).setdefault(name, []).append(row)
            owners[name, str(row[BY_NAME[name].key])] = str(row["patient_id"])
    for row in _rows(tables["evidence"]):
        owner = owners.get((str(row["table"]), str(row["row_id"])))
        if owner is None:
            raise CohortError(f"{folder}: evidence speaks of {row['table']} {row['row_id']!r}, which is no row")
        out[owner].setdefault("evidence", []).append(row)
    for note in notes or ():
        if str(note["patient_id"]) in out:
            out[str(note["patient_id"])].setdefault("notes", []).append(dict(note))
    return out


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(k): v.isoformat()[:10] if isinstance(v, pd.Timestamp) else v for k, v in r.items()} for r in plain.to_dict("records")]


def judged(
    folder: Path,
    labels: Mapping[str, Tables],
    columns: Columns,
    notes: Sequence[Mapping[str, Any]] | None = None,
    collection: str = "",
    told: Telling | None = None,
) -> list[Judged]:
    """The judged claims of every labeled chart of a folder of tables, by patient, with what ``told`` makes of them and their notes. A labeled
    chart that was not read is left out."""
    rows, got = by_patient(folder, notes), charts.extracted(folder)
    out = []
    for patient in sorted(set(labels) & set(rows)):
        plain = records(rows[patient])
        made = claims(plain)
        texts = {str(n["note_id"]): str(n.get("text") or "") for n in rows[patient].get("notes", ())}
        found = told(plain, made, texts) if told else features(plain, made)
        right = judge(labels[patient], got[patient], columns, made)
        kept = [(c, f, r) for c, f, r in zip(made, found, right, strict=True) if r is not None]
        out.append(Judged(patient, collection, tuple(c for c, _, _ in kept), tuple(f for _, f, _ in kept), tuple(r for _, _, r in kept)))
    return out
