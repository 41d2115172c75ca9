"""Two readers of one chart brought together: what both say stands, where they differ a third decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from extractor.evaluator.agreement import FIELDS
from extractor.evaluator.labelrows import SCORED
from extractor.evaluator.readings import Reading, readings
from extractor.review.replay import LINKS, Cell, ChartState, RowState, plain, reading, same
from extractor.review.store import CellKey, Evidence, Record, Rows, Source
from extractor.schema import BY_NAME, CONTEXT_COLUMNS

MARKED = "REVIEWED"
"""Label of mentions that a reviewer marked."""
THERE, ABSENT = "there", "no such row"


def blind(source: Source) -> Source:
    """A chart without anything that was extracted: the notes and an empty patient."""
    rows: Rows = {t: [] for t in source.rows}
    rows["patients"] = [dict.fromkeys(BY_NAME["patients"].names) | {"patient_id": source.patient}]
    return Source(source.patient, rows, notes=source.notes)


def marked(patient: str, row: RowState, column: str, cell: Cell) -> list[Record]:
    """Mentions for the words that were marked for a cell."""
    return [
        {
            **{c.name: False for c in CONTEXT_COLUMNS},
            "mention_id": f"{m.note_id}:{m.start}-{m.end}:{MARKED}:{row.table}.{column}",
            "note_id": m.note_id,
            "patient_id": patient,
            "label": MARKED,
            "concept": f"{row.table}.{column}",
            "start": m.start,
            "end": m.end,
            "text": m.text,
            "section": None,
            "rule_id": f"review#{m.by}",
        }
        for m in cell.marks
    ]


def merge(source: Source, states: Mapping[str, ChartState]) -> Source:
    """The chart as the readers left it: the first one's words where they differ, ``others`` what each said. ``source`` is blind where they were."""
    tables = [{t: [reading(t, str(r[BY_NAME[t].key]), r) for r in own] for t, own in plain(s).items()} for s in states.values()]
    found = readings(source.patient, [{t: own[t] for t in SCORED} for own in tables])
    names = _names(found)
    merged: Rows = {t: [] for t in source.rows}
    others: dict[CellKey, tuple[Any, ...]] = {}
    for pair in found:
        _pair(pair, names, merged, others)
    merged["treatments"] = list({r["treatment_id"]: _row("treatments", r) for own in tables for r in own["treatments"]}.values())
    evidence, mentions = _marks(source, states.values())
    return replace(source, rows=merged, evidence=evidence, mentions=mentions, others=others, claims={})


def _names(found: Iterable[Reading]) -> list[dict[tuple[str, Any], str]]:
    """For each reader, own id to the id of the merged row: the first one's who told it, made unlike all others."""
    out: list[dict[tuple[str, Any], str]] = []
    taken: set[tuple[str, str]] = set()
    for pair in found:
        out += [{} for _ in range(len(pair.rows) - len(out))]
        name = str(pair.told[0]["id"])
        while (pair.table, name) in taken:
            name += ":other"
        taken.add((pair.table, name))
        for reader, row in enumerate(pair.rows):
            if row is not None:
                out[reader][pair.table, row["id"]] = name
    return out


def _pair(pair: Reading, names: list[dict[tuple[str, Any], str]], merged: Rows, others: dict[CellKey, tuple[Any, ...]]) -> None:
    table, rows = pair.table, [None if r is None else _renamed(pair.table, r, names[i]) for i, r in enumerate(pair.rows)]
    first = next(r for r in rows if r is not None)
    row_id = str(first[BY_NAME[table].key])
    merged[table].append(first)
    if None in rows:
        others[table, row_id, ""] = tuple(ABSENT if r is None else THERE for r in rows)
        return
    for column in (*FIELDS[table], *(c for c in LINKS if c in BY_NAME[table].names and c != BY_NAME[table].key)):
        said = [r[column] for r in rows if r is not None]
        if not all(same(v, said[0]) for v in said):
            others[table, row_id, column] = tuple(said)


def _renamed(table: str, row: Record, names: Mapping[tuple[str, Any], str]) -> Record:
    out = _row(table, row)
    for column, other in LINKS.items():
        if out.get(column) is not None:
            out[column] = names.get((other, out[column]), out[column])
    out[BY_NAME[table].key] = names[table, row["id"]]
    return out


def _row(table: str, row: Record) -> Record:
    return {
        c.name: int(v) if c.type == "integer" and (v := row.get(c.name)) is not None else row.get(c.name) for c in BY_NAME[table].columns
    }


def _marks(source: Source, states: Iterable[ChartState]) -> tuple[dict[CellKey, Evidence], dict[str, Record]]:
    """Evidence of the extraction, where readers saw it, and their own marks."""
    evidence, mentions = dict(source.evidence), dict(source.mentions)
    for state in states:
        for row, column, cell in ((r, c, x) for own in state.rows.values() for r in own for c, x in r.cells.items() if x.marks):
            new = {m["mention_id"]: m for m in marked(source.patient, row, column, cell)}
            key = row.table, row.id, column
            before = evidence.get(key, Evidence("reviewed", (), None))
            evidence[key] = Evidence(before.basis, tuple(dict.fromkeys((*before.mentions, *new))), before.confidence)
            mentions |= new
    return evidence, mentions
