"""Charts that hold every column and every word of every vocabulary, drawn from the schema by a seed."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from extractor.export.charts import ChartTables
from extractor.schema import BY_NAME, COHORT, TABLES, Column
from extractor.tables import MARK, show

NEEDED = {
    "procedures": ("date", "modality"),
    "lesions": ("procedure_id",),
    "complications": ("term",),
    "assessments": ("date", "status", "scope"),
    "outcomes": ("event",),
    "treatments": ("kind",),
}
COUNTS = {"procedures": 3, "lesions": 5, "complications": 4, "assessments": 8, "outcomes": 3, "treatments": 3}
WORDS = 'a "quoted", tumour; ümlaut <b>|~ 5 × 3'


def chart(seed: int) -> ChartTables:
    """A chart with about a third of its cells empty, its references whole."""
    draw = Random(seed)
    patient = f"P/{seed} é"
    tables: dict[str, list[dict[str, Any]]] = {t.name: [] for t in TABLES}
    tables["patients"] = [{**_row(draw, "patients", ""), "patient_id": patient}]
    for table, count in COUNTS.items():
        tables[table] = [{**_row(draw, table, f"{patient}:{table}:{n}"), "patient_id": patient} for n in range(count)]
    sessions = [r["procedure_id"] for r in tables["procedures"]]
    lesions = [r["lesion_id"] for r in tables["lesions"]]
    for number, row in enumerate(tables["lesions"]):
        row["procedure_id"] = draw.choice(sessions)
        row["retreatment_of"] = draw.choice([None, *lesions[:number]])
    for row in tables["complications"]:
        row["procedure_id"] = draw.choice([None, *sessions])
    for row in tables["assessments"]:
        row["lesion_id"] = draw.choice(lesions) if row["scope"] == "local" else None
    for row, lesion in zip(tables["outcomes"], lesions, strict=False):
        row |= {"lesion_id": lesion, "procedure_id": next(r["procedure_id"] for r in tables["lesions"] if r["lesion_id"] == lesion)}
    return _told(ChartTables(patient, tables), draw)


def _row(draw: Random, table: str, key: str) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column in BY_NAME[table].columns:
        needed = column.name in NEEDED.get(table, ())
        row[column.name] = key if column.name == BY_NAME[table].key else _cell(draw, column) if needed or draw.random() < 0.7 else None
    row.pop("replaces", None)
    if "replaces" in BY_NAME[table].names:
        row["replaces"] = f"{key}:before" if draw.random() < 0.3 else None
    for name in [n for n in row if n.endswith("_precision")]:
        day = name.removesuffix("_precision")
        row[name] = row[name] or "day"
        if row[day] is None:
            row[name] = None
        elif row[name] != "day":
            row[day] = row[day].replace(day=1) if row[name] == "month" else row[day].replace(day=1, month=1)
    return row


def _cell(draw: Random, column: Column) -> Any:
    if column.values:
        return draw.choice(column.values)
    if column.type == "date":
        return date(2015, 1, 1) + timedelta(days=draw.randrange(3_000))
    if column.name == "event":
        return draw.randrange(2)
    kinds = {"boolean": draw.random() < 0.5, "integer": draw.randrange(90), "number": draw.randrange(400) / 10}
    return kinds.get(column.type, WORDS)


def _told(found: ChartTables, draw: Random) -> ChartTables:
    """The chart with a note, and evidence for each of its cells."""
    text = "x" * 10 + WORDS
    note = {
        "note_id": f"{found.patient_id}-n",
        "patient_id": found.patient_id,
        "note_date": date(2024, 5, 6),
        "note_type": "clinic",
        "source": "f:1",
        "sha256": "0" * 64,
        "text": text,
    }
    mention: dict[str, Any] = {c.name: None for c in BY_NAME["mentions"].columns if not c.name.startswith("is_")}
    mention |= {f"is_{c.name.removeprefix('is_')}": draw.random() < 0.2 for c in BY_NAME["mentions"].columns if c.name.startswith("is_")}
    mention |= {"mention_id": f"{note['note_id']}:10-{len(text)}:SITE:liver", "note_id": note["note_id"], "patient_id": found.patient_id}
    mention |= {"label": "SITE", "concept": "liver", "start": 10, "end": len(text), "text": text[10:], "rule_id": "sites#liver"}
    evidence = [
        {
            "table": t,
            "row_id": r[BY_NAME[t].key],
            "column": c,
            "basis": b,
            "mention_id": mention["mention_id"] if b == "text" else None,
            "confidence": draw.randrange(101) / 100,
        }
        for t in COHORT
        for r in found[t]
        for c in r
        if r[c] is not None and not c.endswith("_id") and c not in ("retreatment_of", "replaces")
        for b in [draw.choice(("text", "derived"))]
    ]
    return replace(found, tables={**found.tables, "notes": [note], "mentions": [mention], "evidence": evidence})


def changed(found: ChartTables, table: str, at: int, **cells: Any) -> ChartTables:
    """The chart with some cells of a row changed."""
    rows = [dict(r) for r in found[table]]
    rows[at] |= cells
    return replace(found, tables={**found.tables, table: rows})


def renamed(found: ChartTables, table: str, at: int, key: str) -> ChartTables:
    """The chart with a row under another id, wherever it is named."""
    old = found[table][at][BY_NAME[table].key]
    tables = {t: [{c: key if v == old else v for c, v in r.items()} for r in rows] for t, rows in found.tables.items()}
    return replace(found, tables=tables)


def without(found: ChartTables, table: str, at: int) -> ChartTables:
    """The chart without a row; evidence that spoke of it goes too."""
    key = found[table][at][BY_NAME[table].key]
    rows = [r for n, r in enumerate(found[table]) if n != at]
    evidence = [e for e in found["evidence"] if (e["table"], e["row_id"]) != (table, key)]
    return replace(found, tables={**found.tables, table: rows, "evidence": evidence})


def folder(path: Path, *found: ChartTables) -> Path:
    """A cohort folder of the charts, as extract writes it."""
    path.mkdir(exist_ok=True)
    for table in TABLES:
        with (path / f"{table.name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(table.names)
            writer.writerows([show(r[c]) for c in table.names] for one in found for r in one[table.name])
    (path / MARK).write_text("{}")
    return path


def cells(rows: Mapping[str, list[Any]], tables: tuple[str, ...] = COHORT) -> Iterator[tuple[str, str, str, Any]]:
    """(table, row, column, value) of every cell."""
    for table in tables:
        for row in rows[table]:
            for column in BY_NAME[table].names:
                yield table, str(row[BY_NAME[table].key]), column, row.get(column)
