"""What every source yields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

Row = tuple[str, Mapping[str, Any] | str]
"""(where it stands, its fields note_id, patient_id, note_date, note_type, text, or the reason why it has none)."""

TYPES = {
    "18842-5": "discharge",
    "28570-0": "procedure",
    "11504-8": "procedure",
    "11506-3": "clinic",
    "11488-4": "clinic",
    "34117-2": "clinic",
    "11526-1": "pathology",
    "LP7839-6": "pathology",
    "SP": "pathology",
    "OP": "procedure",
    "PN": "procedure",
    "DS": "discharge",
    "CN": "clinic",
    "HP": "clinic",
    "PR": "clinic",
}
"""Note type by code. LOINC: US Core's value sets us-core-clinical-note-type and us-core-diagnosticreport-category. Letters: HL7 tables 0074 (OBR-24,
which FHIR shares as v2-0074) and 0270 (TXA-2). No code stands for radiology: reports of interventional radiology bear the same ones."""
ABOUT = re.compile(r"\b(?:post|after|follow|surveil|pre|before|planning|consent)", re.IGNORECASE)
SERVICE = re.compile(r"\b(?:IR|VIR|interventional)\b", re.IGNORECASE)
INTERVENTION = re.compile(r"\b(?:ablat\w*|cryo\w*|microwave|RFA|guided|biops\w*|drainage|embolization)\b", re.IGNORECASE)
EXAM = re.compile(
    r"\b(?:CTA?|MRI?|MRA|PET|(?-i:US)|ultraso\w*|sonogra\w*|x-?rays?|XR|CXR|radiogra\w*|tomogra\w*|magnetic resonance|bone scan)\b",
    re.IGNORECASE,
)
NAMED = {
    "telephone": re.compile(r"\b(?:(?:tele)?phone|telephonic|t-con|patient message)\b", re.IGNORECASE),
    "nursing": re.compile(r"\b(?:nurs\w+|(?-i:RN|PACU))\b", re.IGNORECASE),
    "discharge": re.compile(r"\bdischarge\b|\bd/?c summ\w*|^DS$", re.IGNORECASE),
    "pathology": re.compile(r"\b(?:\w*patholog\w*|cytolog\w*|path (?:rpt|report|result)s?)\b|^path$", re.IGNORECASE),
    "procedure": re.compile(
        r"(?<!pre.)(?<!post.)\b(?:(?:procedure|operative|operation|op|surgical) (?:note|report)|proc\b|procedures?$)", re.IGNORECASE
    ),
    "clinic": re.compile(r"\b(?:progress|consult\w*|clinic|visit|office|outpatient|history and physical)\b|\bH&P\b", re.IGNORECASE),
}
"""Note type by its name, the first that fits."""


def note_type(codes: Iterable[str], names: Iterable[str] = ()) -> str | None:
    """The first note type that one of the codes stands for, else what the names of document, exam or service tell, else None.

    An exam's name makes a radiology report only if it is none of an intervention. The name of an interventional service alone makes a procedure only
    where no other kind is named with it ("IR progress note").
    """
    if found := next((TYPES[c] for c in codes if c in TYPES), None):
        return found
    name = " / ".join(names)
    if INTERVENTION.search(name):
        return None if ABOUT.search(name) else "procedure"
    named = next((kind for kind, pattern in NAMED.items() if pattern.search(name)), None)
    if SERVICE.search(name):
        return named or (None if ABOUT.search(name) else "procedure")
    return "radiology" if EXAM.search(name) else named
