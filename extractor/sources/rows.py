"""What every source yields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Row = tuple[str, Mapping[str, Any] | str]
"""(where it stands, its fields note_id, patient_id, note_date, note_type, text, or the reason why it has none)."""

LOINC_TYPES = {
    "18842-5": "discharge",
    "28570-0": "procedure",
    "11506-3": "clinic",
    "11488-4": "clinic",
    "34117-2": "clinic",
    "LP29684-5": "radiology",
    "LP7839-6": "pathology",
}
"""Note type by LOINC code: US Core's value sets us-core-clinical-note-type and us-core-diagnosticreport-category."""
V2_TYPES = {
    "RAD": "radiology",
    "SP": "pathology",
    "CT": "radiology",
    "NMR": "radiology",
    "NMS": "radiology",
    "RUS": "radiology",
    "RX": "radiology",
}
"""Note type by diagnostic service section: HL7 table 0074, which HL7 v2 (OBR-24) and FHIR (v2-0074) share."""


def note_type(codes: list[str]) -> str | None:
    """The first note type that one of the codes stands for."""
    return next((found for c in codes if (found := LOINC_TYPES.get(c) or V2_TYPES.get(c))), None)
