"""What a study would analyse: one record a treated lesion and one a session, from labels or from an extraction alike.

The endpoint is local progression-free survival by lesion (SIO-DATECAN: Puijk et al., Radiology 2021): months from the ablation to the first local
progression or residual tumour, else to the last local assessment (days / 30.4375). A lesion counts once, from its first ablation; rows with
``retreatment_of`` start anew and are kept apart. A lesion without a local assessment is not followed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from extractor.evaluator.charts import Tables

DAYS_PER_MONTH = 30.4375
MAJOR = ("severe", "life_threatening", "death")
"""Severities that make a complication major (SIR 2017: Khalilzadeh et al., JVIR 2017)."""
DEEP = ("peritoneum", "retroperitoneum")


@dataclass(frozen=True, slots=True)
class Lesion:
    """A treated lesion that was followed. ``last`` is the month of its last local assessment, event or not."""

    patient: str
    key: str
    first: bool
    months: float
    event: bool
    event_date: str | None
    last: float
    coverage: str | None
    site: str | None

    @property
    def inadequate(self) -> bool:
        """The ice ball did not cover it with the margin asked for."""
        return self.coverage == "inadequate"

    @property
    def deep(self) -> bool:
        """It lies in the peritoneum or retroperitoneum."""
        return self.site in DEEP


@dataclass(frozen=True, slots=True)
class Session:
    """An ablation session and whether a complication followed it."""

    patient: str
    key: str
    complicated: bool
    major: bool


@dataclass(frozen=True, slots=True)
class Study:
    """Records of one source; ``patients`` also names those without any."""

    patients: tuple[str, ...]
    lesions: tuple[Lesion, ...]
    sessions: tuple[Session, ...]


def study(charts: Mapping[str, Tables], modality: str | None = "cryoablation") -> Study:
    """The records of charts by patient; ``modality`` None takes every ablation."""
    patients = tuple(sorted(charts))
    lesions = tuple(x for p in patients for x in sorted(_lesions(p, charts[p], modality), key=lambda r: (r.key, r.months)))
    sessions = tuple(x for p in patients for x in sorted(_sessions(p, charts[p], modality), key=lambda r: r.key))
    return Study(patients, lesions, sessions)


def _days(tables: Tables, modality: str | None) -> dict[str, str | None]:
    """Day of each session of the modality, by its id."""
    return {str(p["id"]): p.get("date") for p in tables["procedures"] if modality is None or p.get("modality") == modality}


def _lesions(patient: str, tables: Tables, modality: str | None) -> Iterator[Lesion]:
    days = _days(tables, modality)
    rows = {str(r["id"]): r for r in tables["lesions"]}
    for outcome in tables["outcomes"]:
        row = rows.get(str(outcome["lesion"]))
        start = days.get(str(row["procedure"])) if row else None
        event = outcome.get("event") == 1.0
        until = outcome.get("event_date") if event else outcome.get("last_assessment_date")
        months, last = _months(start, until), _months(start, outcome.get("last_assessment_date"))
        if row and months is not None:
            yield Lesion(
                patient,
                str(row["id"]),
                row.get("retreatment_of") is None,
                months,
                event,
                until if event else None,
                max(months, last or 0.0),
                row.get("coverage"),
                row.get("site"),
            )


def _months(start: str | None, until: str | None) -> float | None:
    """Months between two days, never below 0 (a coarse date in the ablation's own month); None where one is no date."""
    try:
        days = (date.fromisoformat(str(until)) - date.fromisoformat(str(start))).days
    except ValueError:
        return None
    return max(0.0, days / DAYS_PER_MONTH)


def _sessions(patient: str, tables: Tables, modality: str | None) -> Iterator[Session]:
    for key in _days(tables, modality):
        severities = [c.get("severity") for c in tables["complications"] if str(c["procedure"]) == key]
        yield Session(patient, key, bool(severities), any(s in MAJOR for s in severities))
