"""A chart's tables as one document: every cell with its value, status, confidence and the mentions it was read from. No words of notes but those of ``_text`` cells.

Pure: equal tables give equal documents, and so equal hashes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from extractor.confidence.claims import FOLLOWS
from extractor.feed.charts import ChartRows, Record
from extractor.schema import BY_NAME, COHORT, Table

Json = dict[str, Any]
SCHEMA = "extractor-chart/1"
"""Name and version of the document; a change that a receiver must know of gives it another number."""
STATUSES = ("extracted", "accepted", "reviewed")
REVIEWS = ("open", "begun", "done", "back")
"""Nobody has read the chart; somebody has begun; it is finished; new text brought it back."""
LINKS = ("procedure_id", "lesion_id", "retreatment_of", "replaces")
"""Columns that name other rows; they are no cells of their own."""
DIGITS = 32
"""Hexadecimal digits of a chart's key and of an idempotency key."""


def key(patient: str) -> str:
    """The name of a chart in addresses, where an id must not be seen by whoever reads a server's log."""
    return hashlib.sha256(patient.encode()).hexdigest()[:DIGITS]


def canonical(value: Any) -> bytes:
    """JSON with keys in order, no blanks, UTF-8: for these documents what RFC 8785 gives."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest(patient: str, content: Json | None) -> str:
    """Hash of all that a document says of a patient; without ``content``, that the chart is withdrawn."""
    return hashlib.sha256(canonical({"patient_id": patient, "chart": content})).hexdigest()


@dataclass(frozen=True, slots=True)
class Envelope:
    """What stands around a chart on its way: which version of it this is, and of whose making."""

    patient_id: str
    sequence: int
    content_hash: str
    made_by: Mapping[str, str]

    @property
    def idempotency_key(self) -> str:
        """The same whenever this version is sent, of no other version."""
        return hashlib.sha256(canonical([key(self.patient_id), self.sequence, self.content_hash])).hexdigest()[:DIGITS]


def document(envelope: Envelope, content: Json | None) -> Json:
    """The document as it is sent; without ``content`` it withdraws the chart."""
    return {
        "schema": SCHEMA,
        "patient_id": envelope.patient_id,
        "state": "current" if content is not None else "withdrawn",
        "sequence": envelope.sequence,
        "idempotency_key": envelope.idempotency_key,
        "content_hash": envelope.content_hash,
        "made_by": dict(envelope.made_by),
        "chart": content,
    }


# ---- a chart as content -----------------------------------------------------------------------------------------------------


def content(chart: ChartRows, questions: Iterable[Mapping[str, str]] = ()) -> Json:
    """What a chart says: its rows, cell by cell, the mentions and notes they rest on, and how far it was reviewed."""
    state = _State.of(chart)
    rows = {t: [_row(state, BY_NAME[t], r) for r in chart[t]] for t in COHORT}
    cited = {m for own in rows.values() for r in own for c in r["cells"].values() for m in c["evidence"]}
    notes = [_note(n) for n in chart["notes"]]
    status = state.review if state.review in REVIEWS else "open"
    asked = [{name: q[name] for name in ("table", "row_id", "column", "reviewed", "read", "why")} for q in questions]
    return {
        "review": {"status": status, "finished": status == "done", "notes_read": _read(status, notes), "questions": asked},
        "rows": rows,
        "evidence": sorted((_mention(m) for m in chart["mentions"] if m["mention_id"] in cited), key=lambda m: str(m["id"])),
        "notes": notes,
    }


def _read(status: str, notes: Sequence[Json]) -> list[str]:
    """The texts that were there when people decided: all of them, unless nobody did or some were not."""
    return sorted({n["sha256"] for n in notes}) if status in ("begun", "done") else []


@dataclass(frozen=True, slots=True)
class _State:
    """What evidence and claims tell of each cell."""

    evidence: Mapping[tuple[str, str, str], Sequence[Record]]
    claims: Mapping[tuple[str, str, str], Record]
    review: str

    @classmethod
    def of(cls, chart: ChartRows) -> _State:
        evidence: dict[tuple[str, str, str], list[Record]] = {}
        for e in chart["evidence"]:
            evidence.setdefault((e["table"], e["row_id"], e["column"]), []).append(e)
        claims = {(c["table"], c["row_id"], c["column"]): c for c in chart["claims"] if c["row_id"]}
        return cls(evidence, claims, str(chart["patients"][0].get("review") or "open"))

    def claim(self, table: str, row_id: str, column: str, value: Any) -> Record:
        """The claim of a cell; of one that says something and has none of its own, that of the cell it goes with."""
        own = self.claims.get((table, row_id, column), {})
        return own or (self.claims.get((table, row_id, FOLLOWS.get(column, "")), {}) if value is not None else {})

    def status(self, table: str, row_id: str, column: str, value: Any) -> str:
        own = (table, row_id, column)
        told = [*self.evidence.get(own, ()), self.claims.get(own, {})]
        if self.review == "done" or any(t.get("reviewed") or t.get("basis") == "reviewed" for t in told):
            return "reviewed"
        return "accepted" if self.claim(*own, value).get("accepted") else "extracted"


def _row(state: _State, table: Table, row: Record) -> Json:
    row_id = str(row[table.key])
    links = {c: row[c] for c in table.names if c in LINKS and c != table.key}
    names = [c for c in table.names if c != table.key and c != "patient_id" and c not in LINKS]
    cells = {c: _cell(state, table.name, row_id, c, row[c]) for c in names}
    return {"id": row_id, "reviewed": str(row.get("reviewed")).lower() == "true", "links": links, "cells": cells}


def _cell(state: _State, table: str, row_id: str, column: str, value: Any) -> Json:
    evidence = state.evidence.get((table, row_id, column), ())
    sure = evidence[0]["confidence"] if evidence else state.claim(table, row_id, column, value).get("confidence")
    return {
        "value": plain(value),
        "status": state.status(table, row_id, column, value),
        "confidence": plain(round(sure, 4)) if sure is not None else None,
        "basis": evidence[0]["basis"] if evidence else None,
        "evidence": sorted({e["mention_id"] for e in evidence if e["mention_id"]}),
    }


def plain(value: Any) -> Any:
    """A cell as JSON has it: days as ISO, whole numbers without a point, so that every language writes them alike."""
    if isinstance(value, date):
        return value.isoformat()[:10]
    if isinstance(value, float):
        return None if value != value else int(value) if value.is_integer() else value
    return value


def _mention(m: Record) -> Json:
    return {"id": m["mention_id"], **{c: m[c] for c in ("note_id", "start", "end", "label", "concept", "rule_id")}}


def _note(n: Record) -> Json:
    return {"note_id": n["note_id"], "note_date": plain(n["note_date"]), "note_type": n["note_type"], "sha256": n["sha256"]}
