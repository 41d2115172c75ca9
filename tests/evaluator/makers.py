"""Label files written from known labels, for the readers to read back."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from extractor import corpora
from extractor.evaluator.labels import Labels
from extractor.evaluator.spans import labeled as labeled_spans
from extractor.schema import BY_NAME

Rows = dict[str, list[dict[str, Any]]]


def rows(labels: Labels) -> Rows:
    """Rows of every labeled table with the contract columns that the labels have."""
    out: Rows = {}
    for table, columns in labels.columns.items():
        names = [c for c in BY_NAME[table].names if c in columns]
        out[table] = [{c: r.get(c) for c in names} for own in labels.patients.values() for r in own[table]]
    return out


def plain(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def write_csv(path: Path, records: Iterable[Mapping[str, Any]]) -> None:
    told = list(records)
    names = list(dict.fromkeys(k for r in told for k in r))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names, restval="")
        writer.writeheader()
        writer.writerows({k: plain(v) for k, v in r.items()} for r in told)


def cohort(folder: Path, tables: Rows) -> Path:
    folder.mkdir()
    for name, records in tables.items():
        write_csv(folder / f"{name}.csv", records)
    return folder


def flat(path: Path, tables: Rows) -> Path:
    write_csv(path, ({"table": name, **r} for name, records in tables.items() for r in records))
    return path


def workbook(path: Path, tables: Rows) -> Path:
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, records in tables.items():
        sheet = book.create_sheet(name)
        names = list(records[0]) if records else list(BY_NAME[name].names)
        sheet.append(names)
        for r in records:
            sheet.append([r[n] for n in names])
    book.save(path)
    return path


# ---- REDCap ---------------------------------------------------------------------------------------------------------------

INSTRUMENTS = {"patients": "", "procedures": "abl", "lesions": "les", "complications": "ae", "assessments": "img", "outcomes": "out"}


def redcap(folder: Path, labels: Labels) -> tuple[Path, Path]:
    """A REDCap export with coded choices and instance numbers for ids, and its column map."""
    instances = {
        (p, t, r["id"]): str(n) for p, own in labels.patients.items() for t in ("procedures", "lesions") for n, r in enumerate(own[t], 1)
    }
    records, codes = [], _codes()
    for patient, own in labels.patients.items():
        for table, instrument in INSTRUMENTS.items():
            for number, row in enumerate(own[table], 1):
                cells = {
                    f"{instrument or 'pt'}_{c}": _coded(table, c, row.get(c), patient, instances, codes) for c in _columns(labels, table)
                }
                records.append(
                    {
                        "record_id": patient,
                        "redcap_repeat_instrument": instrument,
                        "redcap_repeat_instance": number if instrument else "",
                        **cells,
                    }
                )
    write_csv(folder / "redcap.csv", records)
    (folder / "map.toml").write_text("\n".join(_map(labels, codes)), encoding="utf-8")
    return folder / "redcap.csv", folder / "map.toml"


def _columns(labels: Labels, table: str) -> list[str]:
    ids = {"patient_id", BY_NAME[table].key} if table in ("procedures", "lesions") else {"patient_id"}
    return [c for c in BY_NAME[table].names if c in labels.columns[table] - ids]


def _codes() -> dict[tuple[str, str], dict[str, str]]:
    return {(t, c.name): {v: str(n) for n, v in enumerate(c.values, 1)} for t in INSTRUMENTS for c in BY_NAME[t].columns if c.values}


def _coded(table: str, column: str, value: Any, patient: str, instances: Mapping[Any, str], codes: Mapping[Any, Mapping[str, str]]) -> str:
    target = {"procedure_id": "procedures", "lesion_id": "lesions", "retreatment_of": "lesions"}.get(column)
    if value is not None and target:
        return instances[patient, target, value]
    if value is not None and (table, column) in codes:
        return codes[table, column][value]
    return str(int(value)) if isinstance(value, bool) else plain(value)


def _map(labels: Labels, codes: Mapping[tuple[str, str], Mapping[str, str]]) -> Iterator[str]:
    yield 'patient_id = "record_id"'
    for table, instrument in INSTRUMENTS.items():
        yield f'[{table}]\ninstrument = "{instrument}"\n[{table}.columns]'
        for column in _columns(labels, table):
            values = ", ".join(f'"{code}" = "{word}"' for word, code in codes.get((table, column), {}).items())
            yield f'{column} = {{ column = "{instrument or "pt"}_{column}", values = {{ {values} }} }}'


# ---- spans ----------------------------------------------------------------------------------------------------------------


def _notes(charts: Iterable[corpora.Json]) -> Iterator[tuple[corpora.Json, list[dict[str, Any]]]]:
    for note in (n for c in charts for n in c["notes"] if "spans" in n):
        yield note, labeled_spans(note)


def brat(folder: Path, charts: Iterable[corpora.Json]) -> Path:
    folder.mkdir()
    for note, spans in _notes(charts):
        lines, attributes = [], 0
        for n, s in enumerate(spans, 1):
            words = note["text"][s["start"] : s["end"]].replace("\n", " ")
            lines.append(f"T{n}\t{s['label']} {s['start']} {s['end']}\t{words}")
            for told in [f"Concept T{n} {s['concept']}", *(f"{c.title()} T{n}" for c in sorted(s["context"]))]:
                attributes += 1
                lines.append(f"A{attributes}\t{told}")
        (folder / f"{note['note_id']}.txt").write_bytes(note["text"].encode())
        (folder / f"{note['note_id']}.ann").write_text("\n".join(lines), encoding="utf-8")
    return folder


def doccano(path: Path, charts: Iterable[corpora.Json]) -> Path:
    def name(s: Mapping[str, Any]) -> str:
        return "+".join([f"{s['label']}:{s['concept']}", *sorted(s["context"])])

    lines = [
        json.dumps({"id": n, "note_id": note["note_id"], "text": note["text"], "label": [[s["start"], s["end"], name(s)] for s in spans]})
        for n, (note, spans) in enumerate(_notes(charts))
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def label_studio(path: Path, charts: Iterable[corpora.Json]) -> Path:
    lines = []
    for number, (note, spans) in enumerate(_notes(charts)):
        result: list[dict[str, Any]] = []
        for n, s in enumerate(spans):
            place = {"start": s["start"], "end": s["end"]}
            region = {"id": f"r{n}", "to_name": "text"}
            result.append({**region, "type": "labels", "from_name": "label", "value": {**place, "labels": [s["label"]]}})
            result.append({**region, "type": "textarea", "from_name": "concept", "value": {**place, "text": [s["concept"]]}})
            if s["context"]:
                result.append({**region, "type": "choices", "from_name": "holds", "value": {**place, "choices": sorted(s["context"])}})
        data = {"note_id": note["note_id"], "text": note["text"]}
        lines.append(json.dumps({"id": number, "data": data, "annotations": [{"was_cancelled": True, "result": []}, {"result": result}]}))
    path.write_text("\n".join(lines), encoding="utf-8")
    return path
