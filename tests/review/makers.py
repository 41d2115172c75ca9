"""Small cohorts as extract writes them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from extractor import run
from extractor.review.desk import Desk, desk
from extractor.review.replay import ChartState

PROCEDURE = (
    "PROCEDURE: CT-guided cryoablation of left psoas nodule\nDATE: 03/10/2020\nANESTHESIA: General.\n\nTECHNIQUE: The nodule measured 2.2 x 1.9 cm. "
    "Three cryoprobes were placed. Two freeze cycles of 10 minutes. The ice ball extended at least 6 mm past the nodule on every side.\n\nCOMPLICATIONS: None."
)
SCAN = (
    "CT ABDOMEN AND PELVIS 06/12/2020\n\nFINDINGS: Left psoas ablation zone 3 cm, no enhancement.\n\n"
    "IMPRESSION:\n1. No recurrence at the left psoas ablation zone.\n2. No new metastatic disease."
)
ADDENDUM = PROCEDURE.replace("PROCEDURE:", "AMENDED REPORT\nPROCEDURE:").replace("at least 6 mm past", "only 2 mm past")
PATIENTS = ("A", "B", "C")


def note(patient: str, number: int, day: str, kind: str, text: str) -> dict[str, str]:
    return {"note_id": f"{patient}-n{number}", "patient_id": patient, "note_date": day, "note_type": kind, "text": text}


def chart(patient: str) -> list[dict[str, str]]:
    return [note(patient, 1, "2020-03-10", "procedure", PROCEDURE), note(patient, 2, "2020-06-12", "radiology", SCAN)]


def extract(folder: Path, rows: list[dict[str, str]], name: str = "cohort", **options: Any) -> Path:
    source = folder / f"{name}.jsonl"
    source.write_text("\n".join(json.dumps(r) for r in rows), encoding="utf-8")
    run.extract(source, folder / name, **options)
    return folder / name


def copy(made: Path, folder: Path) -> Path:
    shutil.copytree(made, folder / "cohort")
    return folder / "cohort"


def sit(out: Path, reviewer: str = "anna", **options: Any) -> Desk:
    return desk(out, reviewer, **options)


def lesion(state: ChartState) -> str:
    (row,) = state.live("lesions")
    return row.id


def correct(table: str, row: str, column: str, value: Any) -> dict[str, Any]:
    return {"kind": "correct", "table": table, "row": row, "column": column, "value": value}
