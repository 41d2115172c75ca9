"""The JSON Schema of the document and the OpenAPI description of the receiving side, made from the schema of the tables.

``python -m extractor.feed.schemadoc`` writes ``chart.schema.json`` and ``openapi.json`` anew; a test tells when they are not current.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from extractor.feed.document import DIGITS, LINKS, REVIEWS, SCHEMA, STATUSES
from extractor.schema import BASES, BY_NAME, COHORT, NOTE_TYPES, Column, Table
from extractor.version import VERSION

Json = dict[str, Any]
HERE = Path(__file__).parent
CHART, API = "chart.schema.json", "openapi.json"
HASH = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
SHORT = {"type": "string", "pattern": f"^[0-9a-f]{{{DIGITS}}}$"}
TEXT = {"type": "string"}
PLAIN: dict[str, Json] = {
    "text": {"type": ["string", "null"]},
    "integer": {"type": ["integer", "null"]},
    "number": {"type": ["number", "null"]},
    "boolean": {"type": ["boolean", "null"]},
    "date": {"type": ["string", "null"], "pattern": r"^\d{4}-\d\d-\d\d$"},
}


def _object(properties: Json, doc: str = "", optional: tuple[str, ...] = (), **more: Any) -> Json:
    told = {"description": doc} if doc else {}
    required = [name for name in properties if name not in optional]
    return {**told, "type": "object", "properties": properties, "required": required, "additionalProperties": False, **more}


def _list(items: Json, doc: str = "") -> Json:
    return {**({"description": doc} if doc else {}), "type": "array", "items": items}


def _ref(name: str) -> Json:
    return {"$ref": f"#/$defs/{name}"}


# ---- the document -----------------------------------------------------------------------------------------------------------


def chart_schema() -> Json:
    """The JSON Schema of a document."""
    current = {"properties": {"state": {"const": "current"}, "chart": _ref("chart")}}
    withdrawn = {"properties": {"state": {"const": "withdrawn"}, "chart": {"type": "null"}}}
    envelope = {
        "schema": {"const": SCHEMA, "description": "name and version of this document"},
        "patient_id": {"type": "string", "minLength": 1},
        "state": {
            "enum": ["current", "withdrawn"],
            "description": "withdrawn: the chart has left the cohort, nothing of it is to be shown",
        },
        "sequence": {"type": "integer", "minimum": 1, "description": "grows with every version of a chart; the highest is right"},
        "idempotency_key": {**SHORT, "description": "the same whenever this version is sent, of no other version"},
        "content_hash": {**HASH, "description": 'SHA-256 of {"chart": ..., "patient_id": ...} in canonical JSON (RFC 8785)'},
        "made_by": _object({"extractor": TEXT, "rules": TEXT}, "version and rules that read the chart; no part of the hash"),
        "chart": {},
    }
    defs = {"chart": _chart(), **{f"{t}_row": _row(BY_NAME[t]) for t in COHORT}, **_shared()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:extractor:schema:{SCHEMA}",
        "title": "A chart on its way to a registry",
        **_object(envelope),
        "oneOf": [current, withdrawn],
        "$defs": defs,
    }


def _chart() -> Json:
    review = _object(
        {
            "status": {"enum": list(REVIEWS), "description": "nobody has read it, begun, finished, brought back by new text"},
            "finished": {"type": "boolean", "description": "somebody said that these are all rows"},
            "notes_read": _list(HASH, "texts that were there when people decided"),
            "questions": _list(_ref("question"), "where new text contradicts what people decided"),
        }
    )
    rows = _object({t: {**_list(_ref(f"{t}_row")), "description": BY_NAME[t].doc} for t in COHORT})
    parts = {"review": review, "rows": rows, "evidence": _list(_ref("mention")), "notes": _list(_ref("note"))}
    return _object(parts, "what the chart says, cell by cell, and what that rests on; no text of notes but the words of _text cells")


def _row(table: Table) -> Json:
    links = {c.name: {**PLAIN["text"], "description": c.doc} for c in table.columns if c.name in LINKS and c.name != table.key}
    cells = {c.name: _cell(c) for c in table.columns if c.name not in (table.key, "patient_id") and c.name not in LINKS}
    named = {
        "id": {"type": "string", "minLength": 1},
        "reviewed": {"type": "boolean", "description": "a person decided every cell of it that says something"},
        "links": _object(links),
        "cells": {**_object(cells), "additionalProperties": _ref("cell")},
    }
    return _object(named, table.doc)


def _cell(column: Column) -> Json:
    value = {"enum": [*column.values, None]} if column.values else PLAIN[column.type]
    return {"description": column.doc, "$ref": "#/$defs/cell", "properties": {"value": value}}


def _shared() -> Json:
    cell = _object(
        {
            "value": {"type": ["string", "number", "boolean", "null"], "description": "null: not documented"},
            "status": {
                "enum": list(STATUSES),
                "description": "read; read and accepted under a promise of calibration; decided by a person",
            },
            "confidence": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
            "basis": {"enum": [*dict.fromkeys((*BASES, "reviewed")), None]},
            "evidence": _list(TEXT, "ids of the mentions it was read from"),
            "by": {"enum": ["registry"], "description": "only in a registry: its own people decided it"},
        },
        "a cell",
        ("by",),
    )
    place = {"table": {"enum": list(COHORT)}, "row_id": TEXT, "column": {"type": "string", "description": "empty: the row itself"}}
    mention = {"id": TEXT, "note_id": TEXT, "start": {"type": "integer", "minimum": 0}, "end": {"type": "integer", "minimum": 0}}
    note = {
        "note_id": TEXT,
        "note_date": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"},
        "note_type": {"enum": [*NOTE_TYPES, None]},
        "sha256": HASH,
    }
    return {
        "cell": cell,
        "question": _object({**place, "reviewed": TEXT, "read": TEXT, "why": TEXT}, "a cell or row that a person has to look at again"),
        "mention": _object(
            {**mention, "label": TEXT, "concept": PLAIN["text"], "rule_id": TEXT},
            "a span of a note, half-open, in characters; without its words",
        ),
        "note": _object(note, "a note that was read; without its text"),
    }


# ---- the receiving side -----------------------------------------------------------------------------------------------------


def openapi() -> Json:
    """The OpenAPI description of a registry that takes charts in."""
    key = {
        "name": "key",
        "in": "path",
        "required": True,
        "schema": SHORT,
        "description": f"first {DIGITS} hexadecimal digits of the SHA-256 of the patient id in UTF-8",
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "A registry that is fed by extractor", "version": VERSION, "description": INFO},
        "security": [{"bearer": []}, {"certificate": []}],
        "paths": {"/charts": {"get": _listing()}, "/charts/{key}": {"parameters": [key], "put": _put(), "get": _get()}},
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}, "certificate": {"type": "mutualTLS"}},
            "schemas": {"Receipt": _receipt(), "Problem": _problem(), "Held": _held()},
        },
    }


INFO = (
    "PUT may come any number of times and in any order. A registry applies a version only if its sequence is higher than the one it holds, in one transaction with the "
    "receipt, and answers the same version again with a receipt. A cell that a person reviewed is not overwritten by one that nobody reviewed; where its own people reviewed, "
    "by none. Unknown columns are to be ignored or kept, not refused."
)


def _answers(*statuses: int) -> Json:
    return {str(s): {"description": ANSWERS[s], **_json("#/components/schemas/Problem")} for s in statuses}


ANSWERS = {
    400: "no JSON; it is set aside and told as refused",
    401: "no or a wrong token; sending stops",
    403: "not allowed; sending stops",
    404: "no such chart",
    409: "a version with this or a higher number is held; `sequence` tells which, and the version is sent again with a higher one",
    413: "too large; it is set aside and told as refused",
    415: "no application/json; it is set aside and told as refused",
    422: "no document of this schema, another key, or another hash; it is set aside and told as refused",
    429: "too many; sent again after Retry-After (seconds or a date), else after a growing wait",
    500: "sent again after a growing wait; set aside after many times while others pass",
    503: "not now; as 429",
}


def _json(ref: str) -> Json:
    return {"content": {"application/json": {"schema": {"$ref": ref}}}}


def _put() -> Json:
    retry = {"Retry-After": {"schema": TEXT, "description": "seconds or an HTTP date"}}
    answers = _answers(400, 401, 403, 409, 413, 415, 422, 429, 500, 503)
    for status in ("429", "503"):
        answers[status]["headers"] = retry
    header = {"name": "Idempotency-Key", "in": "header", "required": True, "schema": SHORT, "description": "as in the document"}
    return {
        "operationId": "putChart",
        "summary": "Take in a version of a chart, or its withdrawal",
        "parameters": [header],
        "requestBody": {"required": True, **_json(CHART)},
        "responses": {"200": {"description": "held, now or before", **_json("#/components/schemas/Receipt")}, **answers},
    }


def _get() -> Json:
    held = {"200": {"description": "the chart as it stands", **_json("#/components/schemas/Held")}}
    return {"operationId": "getChart", "summary": "A chart as it stands", "responses": {**held, **_answers(401, 403, 404)}}


def _listing() -> Json:
    entry = _object({"key": SHORT, "sequence": {"type": "integer"}, "content_hash": HASH, "state": {"enum": ["current", "withdrawn"]}})
    parameters = [
        {"name": "after", "in": "query", "schema": SHORT, "description": "list charts whose key comes after this one"},
        {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 1000}},
    ]
    found = {"description": "in order of key", "content": {"application/json": {"schema": _object({"charts": _list(entry)})}}}
    return {"operationId": "listCharts", "summary": "Which version of each chart is held", "parameters": parameters, "responses": {"200": found, **_answers(401, 403)}}  # fmt: skip


def _receipt() -> Json:
    place = _object({"table": TEXT, "row_id": TEXT, "column": TEXT})
    return _object(
        {
            "result": {
                "enum": ["applied", "unchanged", "kept"],
                "description": "taken in; held before; taken in but for the cells in kept",
            },
            "sequence": {"type": "integer", "description": "of the version that was sent"},
            "content_hash": {**HASH, "description": "of the version that was sent"},
            "kept": _list(place, "cells and rows that stand otherwise here, because people reviewed them"),
        },
        optional=("kept",),
        additionalProperties=True,
    )


def _problem() -> Json:
    return _object(
        {
            "code": {"type": "string", "description": "what is wrong, in a word"},
            "pointer": {"type": "string", "description": "where, as a JSON pointer; never a value"},
            "sequence": {"type": "integer", "description": "with 409: the highest number that is held"},
        },
        optional=("code", "pointer", "sequence"),
        additionalProperties=True,
    )


def _held() -> Json:
    named = {
        "patient_id": TEXT,
        "state": {"enum": ["current", "withdrawn"]},
        "sequence": {"type": "integer"},
        "content_hash": {**HASH, "description": "of the version that was sent; what stands may differ in cells that people reviewed"},
        "chart": {"oneOf": [{"$ref": f"{CHART}#/$defs/chart"}, {"type": "null"}]},
    }
    return _object(named)


def text(value: Json) -> str:
    """As the files hold it."""
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    (HERE / CHART).write_text(text(chart_schema()), encoding="utf-8")
    (HERE / API).write_text(text(openapi()), encoding="utf-8")
