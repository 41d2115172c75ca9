"""Which chart next? Those that new text brought back, then by what a reading is worth, those already finished last."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extractor.confidence import Claim
from extractor.confidence.accept import weight
from extractor.tables import read_cohort

ORDER = {"back": 0, "begun": 1, "open": 1, "done": 2}


@dataclass(frozen=True, slots=True)
class Worth:
    """What reading a chart is worth: the expected number of wrong claims, those that bear on an endpoint weighing more; and what is most doubtful."""

    value: float | None = None
    doubtful: str = ""


def worths(out: Path) -> dict[str, Worth]:
    """By patient: from ``review.csv`` where it is, else from the claims; empty where neither tells."""
    listed = out / "review.csv"
    if listed.is_file():
        with listed.open(newline="", encoding="utf-8") as file:
            return {r["patient_id"]: Worth(float(r["value"]), r["most_doubtful"]) for r in csv.DictReader(file)}
    return _of_claims(out)


def _of_claims(out: Path) -> dict[str, Worth]:
    frame = read_cohort(out, ["claims"])["claims"]
    frame = frame[~frame["accepted"].fillna(False) & frame["confidence"].notna()]
    frame["column"] = frame["column"].fillna("")
    kinds = frame[["table", "column"]].drop_duplicates().itertuples(index=False)
    weights = {(t, c): weight(Claim(t, "", c, "")) for t, c in kinds}
    frame["loss"] = (1 - frame["confidence"]) * [weights[k] for k in zip(frame["table"], frame["column"], strict=True)]
    worth = frame.groupby("patient_id")["loss"].sum()
    return {str(p): Worth(float(v)) for p, v in worth.items()}


@dataclass(frozen=True, slots=True)
class Listed:
    """A chart as the list has it."""

    patient: str
    status: str
    worth: Worth
    differs: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "id": self.patient,
            "status": self.status,
            "value": self.worth.value,
            "doubtful": self.worth.doubtful,
            "differs": self.differs,
        }


def ordered(charts: Iterable[Listed]) -> list[Listed]:
    """Most worth a reading first; equal ones by patient."""
    return sorted(charts, key=lambda c: (ORDER[c.status], -c.differs, -(c.worth.value or 0.0), c.patient))


def chosen(charts: Sequence[Listed], show: str, text: str) -> list[Listed]:
    """Those of a status whose id holds ``text``."""
    wanted = {"todo": ("back", "begun", "open"), "all": tuple(ORDER)}.get(show, (show,))
    return [c for c in charts if c.status in wanted and text.lower() in c.patient.lower()]


def counts(charts: Sequence[Listed]) -> Mapping[str, int]:
    """How many charts have each status."""
    return {s: sum(c.status == s for c in charts) for s in ("open", "begun", "back", "done")}
