"""Cohorts of small charts, as extract and as a review write them."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from extractor.feed.charts import ChartRows, read
from extractor.feed.document import Envelope, Json, content, digest, document
from extractor.schema import BY_NAME, TABLES

SECRET = "zebrafish"
REVIEW = {"patients": ("reviewed", "review"), "evidence": ("reviewed", "reviewer"), "claims": ("reviewed", "reviewer")}
COHORT = ("procedures", "lesions", "complications", "assessments", "outcomes", "treatments")


@dataclass(frozen=True)
class Chart:
    """A session with a lesion; ``cells`` replace cells of the lesion, ``words`` tells the note that each was read from (default: the first)."""

    patient: str
    cells: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ("report",)
    words: Mapping[str, int] = field(default_factory=dict)
    review: str = ""
    """With a status, the tables are those of a review."""
    reviewed: Mapping[str, str] = field(default_factory=dict)
    """Decided cells of the lesion and how."""
    accepted: tuple[str, ...] = ()
    lesion: str = "left"
    replaces: str = ""
    without_lesion: bool = False
    more_lesions: tuple[str, ...] = ()
    row_reviewed: bool = False
    session: str = ""
    """Session that the lesion is linked to, where not its own."""


LESION = {
    "site": "retroperitoneum",
    "laterality": "left",
    "size_mm": 22.5,
    "coverage": "adequate",
    "lesion_covered": True,
    "min_margin_mm": 6,
}


def rows(chart: Chart) -> dict[str, list[dict[str, Any]]]:
    """The chart as rows of every table."""
    p = chart.patient
    session = f"{p}:2020-03-10:cryoablation"
    notes = [
        {"note_id": f"{p}-n{n}", "patient_id": p, "note_date": f"2020-0{n}-10", "note_type": "radiology", "source": f"notes.jsonl:line {n}",
         "sha256": hashlib.sha256(f"{p} {text}".encode()).hexdigest(), "text": f"{SECRET} {text}, a line\nand another"}
        for n, text in enumerate(chart.notes, 1)
    ]  # fmt: skip
    found: dict[str, list[dict[str, Any]]] = {t.name: [] for t in TABLES}
    found["notes"] = notes
    found["patients"] = [{"patient_id": p, "sex": "female", "review": chart.review}]
    found["procedures"] = [
        {"procedure_id": session, "patient_id": p, "date": "2020-03-10", "date_precision": "day", "modality": "cryoablation"}
    ]
    told = {**LESION, **chart.cells}
    for side in () if chart.without_lesion else (chart.lesion, *chart.more_lesions):
        own = {"lesion_id": f"{session}:{side}", "patient_id": p, "procedure_id": chart.session or session, **told}
        found["lesions"].append({**own, "replaces": chart.replaces if side == chart.lesion else "", "reviewed": chart.row_reviewed})
    for table in ("patients", "procedures", "lesions"):
        for row in found[table]:
            for column in BY_NAME[table].names:
                if column.endswith("_id") or column == "replaces" or row.get(column) in (None, ""):
                    continue
                _evidence(found, chart, table, row, column)
    return found


def _evidence(found: dict[str, list[dict[str, Any]]], chart: Chart, table: str, row: Mapping[str, Any], column: str) -> None:
    note = f"{chart.patient}-n{chart.words.get(column, 1)}"
    mention = f"{note}:0-9:{table}:{column}"
    row_id = row[BY_NAME[table].key]
    how = chart.reviewed.get(column, "") if table == "lesions" else ""
    if not any(m["mention_id"] == mention for m in found["mentions"]):
        found["mentions"].append({"mention_id": mention, "note_id": note, "patient_id": chart.patient, "label": "SITE", "start": 0, "end": 9, "text": SECRET, "rule_id": "sites#x"})  # fmt: skip
    basis = "reviewed" if how == "corrected" else "text"
    sure = 1 if how else 0.87654321
    found["evidence"].append({"table": table, "row_id": row_id, "column": column, "basis": basis, "mention_id": mention, "confidence": sure, "reviewed": how, "reviewer": "anna" if how else ""})  # fmt: skip
    accepted = True if column in chart.accepted else ""
    found["claims"].append({"patient_id": chart.patient, "table": table, "row_id": row_id, "column": column, "claim": "value", "confidence": sure, "accepted": accepted, "reviewed": how, "reviewer": ""})  # fmt: skip


def write(out: Path, charts: Iterable[Chart], rejects: Iterable[tuple[str, str, str]] = ()) -> Path:
    """Write the charts as CSV tables; returns the folder."""
    out.mkdir(exist_ok=True)
    made = list(charts)
    reviewed = any(c.review for c in made)
    extra = {**REVIEW, **dict.fromkeys(COHORT, ("reviewed",))} if reviewed else {}
    files = {t.name: (out / f"{t.name}.csv").open("w", newline="", encoding="utf-8") for t in TABLES}
    writers = {n: csv.DictWriter(f, (*BY_NAME[n].names, *extra.get(n, ())), extrasaction="ignore") for n, f in files.items()}
    for writer in writers.values():
        writer.writeheader()
    for chart in made:
        for name, own in rows(chart).items():
            writers[name].writerows({k: str(v).lower() if isinstance(v, bool) else v for k, v in r.items()} for r in own)
    for file in files.values():
        file.close()
    (out / "run.json").write_text(json.dumps({"extractor": "0.1.0", "rules": "0" * 64}))
    with (out / "rejects.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("file", "row", "reason"), *rejects])
    return out


def many(number: int, **more: Any) -> list[Chart]:
    """So many charts, each with another size."""
    return [Chart(f"P{n:05}", {"size_mm": 10 + n % 50, **more}) for n in range(number)]


def one(tmp_path: Path, chart: Chart) -> ChartRows:
    """A chart as it is read back."""
    (found,) = read(write(tmp_path / "one", [chart]))
    return found


def made(tmp_path: Path, chart: Chart) -> Json:
    """Its content."""
    return content(one(tmp_path, chart))


def sent(patient: str, told: Json | None, sequence: int = 1) -> Json:
    """The document as it is sent."""
    return document(Envelope(patient, sequence, digest(patient, told), {"extractor": "0.1.0", "rules": "0"}), told)


def cell(told: Json, column: str, table: str = "lesions", row: int = 0) -> Json:
    """A cell of a chart."""
    found: Json = told["rows"][table][row]["cells"][column]
    return found
