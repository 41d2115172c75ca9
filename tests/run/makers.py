"""A small cohort of many short charts."""

from __future__ import annotations

import json
from pathlib import Path

SIDES = ("left", "right")
SECRET = "zebrafish"


def note(patient: str, number: int, day: str, kind: str, text: str) -> dict[str, str]:
    return {"note_id": f"{patient}-{number}", "patient_id": patient, "note_date": day, "note_type": kind, "text": text}


def chart(number: int) -> list[dict[str, str]]:
    """A session and a scan; size, side and day go by the number."""
    patient, side, day = f"P{number:03}", SIDES[number % 2], 1 + number % 27
    report = (
        f"PROCEDURE: CT-guided cryoablation of {side} psoas nodule\nDATE: 03/{day:02}/2020\nANESTHESIA: General.\n\nThe {SECRET} nodule measured "
        f"{1 + number / 10:.1f} cm. Three cryoprobes were placed. The ice ball extended at least {3 + number % 5} mm past the nodule on every side.\n\n"
        "COMPLICATIONS: Small hematoma, observed."
    )
    scan = f"CT ABDOMEN 06/{day:02}/2020\n\nIMPRESSION:\n1. No recurrence at the {side} psoas ablation zone."
    return [note(patient, 1, f"2020-03-{day:02}", "procedure", report), note(patient, 2, f"2020-06-{day:02}", "radiology", scan)]


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    path.write_text("\n".join(json.dumps(r) for r in rows), encoding="utf-8")
    return path


def contents(out: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(out.iterdir())}
