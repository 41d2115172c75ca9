"""A folder of cohort tables as the report needs it: rows by patient, and what each row rests on. Sorted, so that the order of rows changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from extractor.errors import CohortError
from extractor.evaluator.match import Row, Tables
from extractor.schema import BY_NAME, COHORT
from extractor.tables import read_cohort

Ref = tuple[str, str]
"""(table, row id): a row of the cohort."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a cell rests on; ``reviewed`` where a person corrected or confirmed it (``extractor review``)."""

    basis: str
    confidence: float | None
    mentions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cohort:
    """Charts by patient and their evidence. ``accepted`` is empty where ``extract`` was not asked to accept."""

    name: str
    charts: Mapping[str, Tables]
    evidence: Mapping[Ref, Mapping[str, Basis]]
    mentions: Mapping[str, Row]
    notes: Mapping[str, Row]
    accepted: Mapping[tuple[str, str, str], bool]
    last_note: Mapping[str, str]
    """Day of a patient's last note."""

    def cells(self, ref: Ref) -> Mapping[str, Basis]:
        """What the cells of a row rest on, by column."""
        return self.evidence.get(ref, {})


def read(folder: Path) -> Cohort:
    """The tables of a folder. Raises CohortError if it holds none."""
    frames = read_cohort(folder, (*COHORT, "mentions", "evidence", "notes"))
    evidence = _evidence(rows_of(frames["evidence"]))
    cited = {m for cells in evidence.values() for b in cells.values() for m in b.mentions}
    mentions = rows_of(frames["mentions"][frames["mentions"]["mention_id"].isin(cited)])
    notes = rows_of(frames["notes"])
    last: dict[str, str] = {}
    for n in notes:
        if n["note_date"]:
            last[str(n["patient_id"])] = max(last.get(str(n["patient_id"]), ""), str(n["note_date"]))
    return Cohort(
        folder.resolve().name,
        by_patient({name: rows_of(frames[name]) for name in COHORT}),
        evidence,
        {str(m["mention_id"]): m for m in mentions},
        {str(n["note_id"]): n for n in notes},
        _accepted(folder),
        last,
    )


def by_patient(tables: Mapping[str, Iterable[Row]]) -> dict[str, Tables]:
    """Rows by patient and table, patients and rows in order of their ids; ``id`` names each row, ``procedure`` and ``lesion`` its links."""
    out: dict[str, Tables] = {}
    for name, rows in tables.items():
        for row in sorted(rows, key=lambda r: (str(r[BY_NAME[name].key]), repr(sorted((k, str(v)) for k, v in r.items())))):
            linked = row | {"id": str(row[BY_NAME[name].key]), "procedure": row.get("procedure_id"), "lesion": row.get("lesion_id")}
            out.setdefault(str(row["patient_id"]), {t: [] for t in COHORT})[name].append(linked)
    return dict(sorted(out.items()))


def rows_of(frame: pd.DataFrame) -> list[Row]:
    """Plain rows: None, text, bool, float or ISO days."""
    columns = [[_value(v) for v in frame[c].tolist()] for c in frame.columns]
    return [dict(zip(map(str, frame.columns), cells, strict=True)) for cells in zip(*columns, strict=True)]


def _value(value: Any) -> Any:
    if value is None or value is pd.NA or value != value:
        return None
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return float(value)
    return value.isoformat()[:10]


def _evidence(rows: Sequence[Row]) -> dict[Ref, dict[str, Basis]]:
    behind: dict[tuple[str, str, str], list[Row]] = {}
    for e in rows:
        behind.setdefault((str(e["table"]), str(e["row_id"]), str(e["column"])), []).append(e)
    out: dict[Ref, dict[str, Basis]] = {}
    for (table, row_id, column), told in sorted(behind.items()):
        mentions = tuple(sorted({str(e["mention_id"]) for e in told if e["mention_id"]}))
        sure = [e["confidence"] for e in told if e["confidence"] is not None]
        basis = "reviewed" if any(_by_person(e) for e in told) else min(str(e["basis"]) for e in told)
        out.setdefault((table, row_id), {})[column] = Basis(basis, min(sure, default=None), mentions)
    return out


def _by_person(evidence: Row) -> bool:
    """Did a person decide the cell? What merely follows from a decision (``derived``) was decided by nobody."""
    return evidence["basis"] == "reviewed" or evidence.get("reviewed") not in (None, "derived")


def _accepted(folder: Path) -> dict[tuple[str, str, str], bool]:
    """Which cells were accepted; folders written before claims were kept have none."""
    try:
        claims = rows_of(read_cohort(folder, ["claims"])["claims"])
    except CohortError:
        return {}
    told = [c for c in claims if c["accepted"] is not None and c["row_id"] and c["column"]]
    return {(str(c["table"]), str(c["row_id"]), str(c["column"])): bool(c["accepted"]) for c in told}
