"""A chart as the page gets it: plain data, no text of notes but the words of mentions. Notes are fetched one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from extractor.review import cells
from extractor.review.export import behind
from extractor.review.replay import LINKS, Cell, ChartState, RowState
from extractor.review.store import Record
from extractor.schema import BY_NAME, COHORT, CONTEXT_COLUMNS

TITLES = {
    "patients": ("sex", "age_years", "histology"),
    "procedures": ("date", "modality"),
    "lesions": ("laterality", "site"),
    "complications": ("term", "severity"),
    "assessments": ("date", "modality", "scope", "status"),
    "outcomes": (),
    "treatments": ("kind", "date"),
}
WORDS = {0: "no local event", 1: "local event"}


def schema() -> dict[str, Any]:
    """Tables and columns that can be decided, with vocabularies."""
    return {
        t: {
            "doc": BY_NAME[t].doc,
            "columns": [
                {"name": c.name, "type": c.type, "doc": c.doc, "values": list(c.values), "link": LINKS.get(c.name)}
                for c in BY_NAME[t].columns
                if c.name in cells.editable(t) or (t == "outcomes" and c.name == "lesion_id")
            ],
        }
        for t in COHORT
    }


def chart(state: ChartState, blinded: bool = False) -> dict[str, Any]:
    """Everything of a chart but the notes' text."""
    mentions: dict[str, Record] = {}
    rows = {t: [_row(state, r, mentions) for r in state.rows[t]] for t in COHORT}
    drops = [] if blinded else [_drop(state, d, mentions) for d in state.source.drops if d["mention_id"] in state.source.mentions]
    return {
        "id": state.source.patient,
        "status": state.status,
        "finished": state.complete.by if state.complete else None,
        "decisions": state.decisions,
        "undo": state.last.kind if state.last else None,
        "rows": rows,
        "mentions": {k: _mention(m) for k, m in mentions.items()},
        "drops": drops,
        "notes": [_note(n) for n in state.source.notes],
        "timeline": timeline(state),
        "questions": [dict(zip(("table", "row", "column", "why"), q, strict=True)) for q in state.questions()],
        "differs": [
            {
                "table": t,
                "row": r,
                "column": c,
                "said": [_shown(v) for v in said],
                "values": list(said),
                "open": (t, r, c) in set(state.unsettled()),
            }
            for (t, r, c), said in state.source.others.items()
        ],
    }


def _shown(value: Any) -> str:
    return "not documented" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _row(state: ChartState, row: RowState, mentions: dict[str, Record]) -> dict[str, Any]:
    return {
        "id": row.id,
        "title": title(state, row),
        "origin": row.origin,
        "out": row.out,
        "by": row.by,
        "question": row.question,
        "settled": row.settled,
        "cells": {c: _cell(state, row, c, mentions) for c in cells.editable(row.table)},
    }


def _cell(state: ChartState, row: RowState, column: str, mentions: dict[str, Record]) -> dict[str, Any]:
    cell: Cell = row.cells[column]
    basis, words = behind(state, row, column, cell) if cell.value is not None or cell.marks else ("", [])
    told = state.source.evidence.get((row.table, row.id, column))
    if cell.value != cell.read and told:  # what was read otherwise stays in sight
        words = [*words, *(state.source.mentions[m] for m in told.mentions if m in state.source.mentions)]
    mentions.update({m["mention_id"]: m for m in words})
    out = {
        "v": cell.value,
        "state": cell.state,
        "by": cell.by,
        "q": cell.question,
        "m": list(dict.fromkeys(m["mention_id"] for m in words)),
    }
    sure = told.confidence if told else _claimed(state, row, column)
    return out | {"basis": basis, "sure": None if cell.state else sure} | ({"read": cell.read} if cell.read != cell.value else {})


def _claimed(state: ChartState, row: RowState, column: str) -> float | None:
    claim = state.source.claims.get((row.table, row.id, column, "empty"))
    return claim["confidence"] if claim else None


def title(state: ChartState, row: RowState) -> str:
    """What a row is called: its telling cells, and the lesion or session it belongs to."""
    told = [_word(row, c) for c in TITLES[row.table] if row.value(c) is not None]
    if row.table == "outcomes":
        lesion = state.row("lesions", row.id)
        return (title(state, lesion) + ": " if lesion else "") + WORDS.get(row.value("event"), "event not told")
    above = state.row("procedures", str(row.value("procedure_id"))) if row.table in ("lesions", "complications") else None
    if above is not None:
        told.append(f"({_word(above, 'date') if above.value('date') else 'no date'})")
    return " ".join(told) or row.table.removesuffix("s")


def _word(row: RowState, column: str) -> str:
    """A value in words; a date as finely as it is known."""
    end = {"month": 7, "year": 4}.get(str(row.value(f"{column}_precision")))
    return str(row.value(column)).replace("_", " ")[:end]


def _mention(m: Record) -> dict[str, Any]:
    flags = [c.name.removeprefix("is_") for c in CONTEXT_COLUMNS if m[c.name]]
    return {
        "note": m["note_id"],
        "start": m["start"],
        "end": m["end"],
        "label": m["label"],
        "concept": m["concept"],
        "section": m["section"],
        "rule": m["rule_id"],
        "context": flags,
    }


def _drop(state: ChartState, drop: Record, mentions: dict[str, Record]) -> dict[str, Any]:
    mention = state.source.mentions[drop["mention_id"]]
    mentions.setdefault(drop["mention_id"], mention)
    return {"m": drop["mention_id"], "table": drop["table"], "reason": drop["reason"], "text": mention["text"]}


def _note(note: Record) -> dict[str, Any]:
    return {"id": note["note_id"], "date": note["note_date"], "type": note["note_type"], "length": len(note["text"] or "")}


# ---- timeline ---------------------------------------------------------------------------------------------------------------


def timeline(state: ChartState) -> list[dict[str, Any]]:
    """Notes, sessions, exams, complications and death by day; what has no day stands last."""
    events = [
        *_events(state),
        *({"date": n["note_date"], "kind": "note", "title": n["note_type"] or "note", "note": n["note_id"]} for n in state.source.notes),
    ]
    order = {"note": 1}
    return sorted(events, key=lambda e: (e["date"] is None, str(e["date"]), order.get(e["kind"], 0)))


def _events(state: ChartState) -> Iterator[dict[str, Any]]:
    for table, kind in (("procedures", "procedure"), ("complications", "complication"), ("treatments", "treatment")):
        for row in state.live(table):
            yield _event(
                row, kind, " ".join(str(row.value(c)).replace("_", " ") for c in TITLES[table] if c != "date" and row.value(c) is not None)
            )
    exams: dict[tuple[Any, Any], list[RowState]] = {}
    for row in state.live("assessments"):
        exams.setdefault((row.value("date"), row.value("modality")), []).append(row)
    for (_, modality), own in exams.items():
        told = dict.fromkeys(f"{r.value('scope')} {r.value('status')}".replace("_", " ") for r in own)
        yield _event(own[0], "exam", f"{modality or 'exam'}: {', '.join(told)}".replace("_", " "))
    patient = state.rows["patients"][0]
    if patient.value("death_date"):
        yield _event(patient, "death", "death", "death_date")


def _event(row: RowState, kind: str, text: str, column: str = "date") -> dict[str, Any]:
    precision = row.value(f"{column}_precision") or "day"
    return {"date": row.value(column), "precision": precision, "kind": kind, "title": text or kind, "table": row.table, "row": row.id}
