"""Documents of every kind around the same words, made here so that tests say what they read."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from extractor.model import Note
from extractor.notes import Options, Reject, read_notes

HTML = b"<html><head><title>no</title><style>p{}</style></head><body><p>FINDINGS: The <b>ice ball</b> covered the mass.</p><div>Margin 4&nbsp;mm.</div></body></html>"
RTF = (
    rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset0 Arial;}}\f0 FINDINGS: The {\b ice ball} covered the mass.\par\par Margin 4\~mm.\par}"
)
WORDS = ("FINDINGS: The ice ball covered the mass.", "Margin 4 mm.")


def cda(body: str = "", patient: str = "P-1", number: str = "D-1") -> bytes:
    narrative = body or (
        "<component><structuredBody><component><section><title>Findings</title><text><paragraph>The <content>ice ball</content> covered"
        " the mass.</paragraph><table><thead><tr><th>Lesion</th><th>Margin</th></tr></thead><tbody><tr><td>1</td><td>4 mm</td></tr></tbody>"
        "</table></text><entry><observation><text>coded entry</text></observation></entry></section></component></structuredBody></component>"
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><ClinicalDocument xmlns="urn:hl7-org:v3"><id root="1.2.3" extension="{number}"/>'
        '<code code="28570-0" codeSystem="2.16.840.1.113883.6.1"/><title>Procedure Note</title><effectiveTime value="20190312101500+0100"/>'
        f'<recordTarget><patientRole><id root="1.2.4" extension="{patient}"/></patientRole></recordTarget>{narrative}</ClinicalDocument>'
    ).encode()


def attachment(data: bytes, media: str, **more: Any) -> dict[str, Any]:
    return {"contentType": media, "data": base64.b64encode(data).decode(), **more}


def document(number: str, *attachments: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "DocumentReference",
        "id": number,
        "status": "current",
        "subject": {"reference": "Patient/P-1"},
        "date": "2019-03-12T10:00:00Z",
        "type": {"coding": [{"system": "http://loinc.org", "code": "28570-0"}]},
        "content": [{"attachment": a} for a in attachments],
        **more,
    }


def report(number: str, *forms: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "DiagnosticReport",
        "id": number,
        "status": "final",
        "subject": {"reference": "https://server.example/fhir/Patient/P-1"},
        "category": [{"coding": [{"code": "LP29684-5"}]}],
        "code": {"text": "CT"},
        "effectiveDateTime": "2019-06-01",
        "issued": "2019-06-03T08:00:00Z",
        "presentedForm": list(forms),
        **more,
    }


def bundle(*resources: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": r} for r in resources]}


def written(path: Path, content: Any) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def read(path: Path | str, **options: Any) -> tuple[list[Note], list[Reject]]:
    found = list(read_notes(path, Options(**options)))
    return [n for n in found if isinstance(n, Note)], [r for r in found if isinstance(r, Reject)]


def lines(note: Note) -> Iterator[str]:
    return (line for line in note.text.splitlines() if line)
