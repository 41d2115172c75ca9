"""Small cohorts written by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from extractor.report import studyfile
from extractor.report.cohort import Cohort, by_patient
from extractor.report.studyfile import StudyFile
from extractor.schema import BY_NAME, COHORT

Row = dict[str, Any]
Tables = dict[str, list[Row]]


def rows(**tables: list[Row]) -> Tables:
    """Rows with every column of their table."""
    return {name: [dict.fromkeys(BY_NAME[name].names) | row for row in tables.get(name, [])] for name in COHORT}


def cohort(*charts: Tables, last_note: dict[str, str] | None = None, **changes: Any) -> Cohort:
    """A cohort of charts without evidence."""
    joined: Tables = {name: [r for c in charts for r in c[name]] for name in COHORT}
    given: dict[str, Any] = {
        "name": "cohort",
        "charts": by_patient(joined),
        "evidence": {},
        "mentions": {},
        "notes": {},
        "accepted": {},
        "last_note": last_note or {},
    }
    return Cohort(**given | changes)


ELIGIBLE: Row = {
    "age_years": 50.0,
    "histology": "leiomyosarcoma",
    "disease_setting": "metastatic",
    "prior_surgery": True,
}


def chart(
    patient: str,
    lesions: list[Row] | None = None,
    complications: list[Row] | None = None,
    person: Row | None = None,
    session: Row | None = None,
    more: Tables | None = None,
) -> Tables:
    """One eligible patient with one percutaneous cryoablation on 2018-01-01. A lesion may hold ``event`` and ``until`` (a day), which make its
    outcome and one assessment."""
    sid = f"{patient}:s"
    procedure = {"procedure_id": sid, "patient_id": patient, "date": "2018-01-01", "date_precision": "day", "modality": "cryoablation"}
    procedure |= {"approach": "percutaneous"} | (session or {})
    made: Tables = {"lesions": [], "outcomes": [], "assessments": []}
    for number, given in enumerate(lesions or [], 1):
        lesion = {k: v for k, v in given.items() if k not in ("event", "until", "kind")}
        lesion = {
            "lesion_id": f"{patient}:l{number}",
            "patient_id": patient,
            "procedure_id": sid,
            "site": "liver",
            "coverage": "adequate",
        } | lesion
        made["lesions"].append(lesion)
        if "until" in given:
            add_outcome(made, lesion, given)
    harmed = [
        {"complication_id": f"{patient}:c{n}", "patient_id": patient, "procedure_id": sid, "term": "pain", "date": "2018-01-02"} | c
        for n, c in enumerate(complications or [], 1)
    ]
    whole = rows(patients=[{"patient_id": patient} | ELIGIBLE | (person or {})], procedures=[procedure], complications=harmed, **made)
    return {name: whole[name] + (more or {}).get(name, []) for name in COHORT}


def add_outcome(made: Tables, lesion: Row, given: Row) -> None:
    """An outcome and the assessment that it rests on."""
    event = bool(given.get("event"))
    kind = given.get("kind", "progression") if event else None
    own = {"lesion_id": lesion["lesion_id"], "patient_id": lesion["patient_id"], "procedure_id": lesion["procedure_id"]}
    made["outcomes"].append(
        own
        | {
            "event": float(event),
            "event_type": kind,
            "event_date": given["until"] if event else None,
            "last_assessment_date": given["until"],
        }
    )
    made["assessments"].append(
        {
            "assessment_id": f"{lesion['lesion_id']}:a",
            "patient_id": lesion["patient_id"],
            "lesion_id": lesion["lesion_id"],
            "date": given["until"],
            "date_precision": "day",
            "modality": "ct",
            "scope": "local",
            "status": kind or "no_progression",
        }
    )


def published() -> StudyFile:
    """The shipped study."""
    return studyfile.load(studyfile.find("sarcoma-cryoablation"))


BASE = """
[study]
title = "A study"
[index]
modality = "cryoablation"
"""


def study(tmp_path: Path, text: str) -> StudyFile:
    """A study file of some text."""
    path = tmp_path / "study.toml"
    path.write_text(text, encoding="utf-8")
    return studyfile.load(path)
