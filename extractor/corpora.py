"""Hand-labeled charts: the JSON files of ``corpora/<collection>/charts`` (format: ``corpora/FORMAT.md``)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from extractor import schema
from extractor.errors import CorpusError
from extractor.model import CONTEXT, Note

SPAN_LABELS = ("PROCEDURE", "COMPLICATION", "PROGRESSION", "HISTOLOGY", "MARGIN", "SIZE")
PATIENT = ("sex", "histology", "disease_setting", "prior_surgery", "prior_radiation", "prior_systemic", "death_date")
Json = dict[str, Any]


def folder() -> Path:
    """The folder of shipped corpora: in the wheel ``extractor/_corpora``, in a checkout ``corpora/``."""
    packed = Path(__file__).parent / "_corpora"
    return packed if packed.is_dir() else Path(__file__).parent.parent / "corpora"


FIRST = "first_contact"
"""Folder of a collection that holds the tables as they were extracted when its charts were first read."""


def collections(where: Path | None = None) -> list[Path]:
    """The folders of collections, by name."""
    return sorted(p.parent for p in (where or folder()).glob("*/charts"))


def files(where: Path | None = None) -> list[Path]:
    """Chart files below a folder, in order: those in folders ``charts``; where a folder has none such, all its JSON files."""
    found = sorted((where or folder()).rglob("*.json"))
    return [p for p in found if p.parent.name == "charts"] or (found if where else [])


def load(path: Path) -> Json:
    """One chart. Raises CorpusError naming the file if it is no chart."""
    try:
        chart: Json = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path.name}: not a JSON file: {error}") from None
    for key in ("patient_id", "notes", "gold"):
        if not isinstance(chart, dict) or key not in chart:
            raise CorpusError(f"{path.name}: has no {key!r}; see corpora/FORMAT.md")
    return chart


def notes(chart: Mapping[str, Any], source: str = "") -> list[Note]:
    """The notes of a chart file."""
    return [
        Note(
            n["note_id"], chart["patient_id"], date.fromisoformat(n["note_date"]), n["text"], n.get("note_type"), f"{source}:{n['note_id']}"
        )
        for n in chart["notes"]
    ]


# ---- checking -------------------------------------------------------------------------------------------------------------


def check(path: Path) -> list[str]:
    """Problems of a chart file, one line each: chart, row and what to mend."""
    try:
        chart = load(path)
        return [f"{path.name}: {p}" for p in _problems(chart)]
    except CorpusError as error:
        return [str(error)]


VOCABULARIES: dict[str, dict[str, tuple[str, ...]]] = {
    "procedures": {
        "modality": schema.MODALITIES,
        "guidance": schema.GUIDANCES,
        "anesthesia": schema.ANESTHESIAS,
        "approach": schema.APPROACHES,
    },
    "lesions": {"site": schema.SITES, "laterality": schema.LATERALITIES, "coverage": schema.COVERAGES},
    "complications": {"term": schema.TERMS, "severity": schema.SEVERITIES},
    "assessments": {"scope": schema.SCOPES, "modality": schema.EXAMS, "status": schema.STATUSES},
    "outcomes": {"event_type": schema.EVENT_TYPES},
}
DATES = {"procedures": ("date",), "complications": ("date",), "assessments": ("date",), "outcomes": ("event_date", "last_assessment_date")}


def _problems(chart: Json) -> Iterator[str]:
    gold, texts = chart["gold"], [n["text"] for n in chart["notes"]]
    yield from _note_problems(chart["notes"])
    yield from (f"patient: lacks {key}" for key in PATIENT if key not in gold["patient"])
    keys = {table: {r.get("key") for r in gold.get(table, [])} for table in ("procedures", "lesions")}
    for table in VOCABULARIES:
        for number, row in enumerate(gold.get(table, []), 1):
            where = f"{table} {row.get('key', number)}"
            yield from (f"{where}: {p}" for p in _row_problems(table, row, texts, keys))
    yield from _outcome_problems(gold)


def _note_problems(chart_notes: Iterable[Json]) -> Iterator[str]:
    seen: set[str] = set()
    for note in chart_notes:
        where = f"note {note.get('note_id')}"
        if note["note_id"] in seen:
            yield f"{where}: the id stands twice"
        seen.add(note["note_id"])
        if not _is_date(note.get("note_date")):
            yield f"{where}: note_date is no ISO date"
        for number, span in enumerate(note.get("spans", []), 1):
            yield from (f"{where}: span {number} ({span.get('label')}): {p}" for p in _span_problems(span, note["text"]))


def _span_problems(span: Json, text: str) -> Iterator[str]:
    if span.get("label") not in SPAN_LABELS:
        yield f"unknown label {span.get('label')!r}"
    if text.count(span["quote"]) < span.get("occurrence", 1):
        yield "does not stand in the note as often as its occurrence says"
    yield from (f"unknown context {name!r}" for name in span.get("context", []) if name not in CONTEXT)


def _row_problems(table: str, row: Json, texts: list[str], keys: Mapping[str, set[Any]]) -> Iterator[str]:
    for column, values in VOCABULARIES[table].items():
        if row.get(column) is not None and row[column] not in values:
            yield f"{column} {row[column]!r} is no word of its vocabulary"
    for column in DATES.get(table, ()):
        if row.get(column) is not None and not _is_date(row[column]):
            yield f"{column} is no ISO date"
    if table != "outcomes" and not any(row.get("quote") and row["quote"] in t for t in texts):
        yield "its quote stands in no note"
    for column, other in (("procedure", "procedures"), ("lesion", "lesions"), ("retreatment_of", "lesions")):
        if row.get(column) is not None and row[column] not in keys[other]:
            yield f"{column} {row[column]!r} is no row of {other}"


def _outcome_problems(gold: Json) -> Iterator[str]:
    told = {o["lesion"] for o in gold.get("outcomes", [])}
    seen = {a["lesion"] for a in gold.get("assessments", []) if a.get("scope") == "local"}
    yield from (f"lesion {key}: has local assessments but no outcome" for key in sorted(seen - told))
    yield from (f"lesion {key}: has an outcome but no local assessment" for key in sorted(told - seen))


def _is_date(value: Any) -> bool:
    try:
        return bool(date.fromisoformat(str(value)))
    except ValueError:
        return False


def write_notes(out: Path, where: Path | None = None) -> int:
    """Write the notes of the charts below a folder as JSON lines; returns their number."""
    count = 0
    with out.open("w", encoding="utf-8") as file:
        for path in files(where):
            for n in notes(load(path), path.name):
                record = {
                    "note_id": n.note_id,
                    "patient_id": n.patient_id,
                    "note_date": n.note_date.isoformat(),
                    "note_type": n.note_type,
                    "text": n.text,
                }
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
                count += 1
    return count
