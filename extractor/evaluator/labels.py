"""Labels of charts from wherever they were made: cohort tables, chart files, an abstraction spreadsheet, a REDCap export.

All become ``dict[patient_id, Tables]``, the form of ``charts.labeled`` and ``charts.extracted``.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from extractor import corpora
from extractor.errors import LabelError
from extractor.evaluator.charts import Tables
from extractor.evaluator.labelrows import SCORED, Located, gather, told
from extractor.schema import BY_NAME
from extractor.tables import MARK, read_cohort

ENDINGS = ("duckdb", "parquet", "csv", "csv.gz")


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels by patient. ``columns`` tells for each labeled table which columns the source has; ``charts`` the chart files, if it is such."""

    patients: Mapping[str, Tables]
    columns: Mapping[str, frozenset[str]]
    charts: Sequence[corpora.Json] = field(default=())


def read(path: Path, column_map: Path | None = None) -> dict[str, Tables]:
    """Labels by patient. Raises LabelError or CorpusError naming file, row and what is wrong; see ``load``."""
    return dict(load(path, column_map).patients)


def load(path: Path, column_map: Path | None = None) -> Labels:
    """Labels of a folder of cohort tables, of chart files (a file or a folder) or, with a column map, of a spreadsheet or REDCap export.

    Raises LabelError or CorpusError naming file, row (or chart and key) and what is wrong.
    """
    if not path.exists():
        raise LabelError(f"{path}: no such file or folder")
    if path.is_dir() and is_cohort(path):
        return _cohort(path)
    if path.suffix in (".xlsx", ".csv"):
        from extractor.evaluator import sheets

        rows, formats = sheets.rows(path, column_map)
        return _labels(rows, formats)
    files = _chart_files(path)
    if not files:
        raise LabelError(f"{path}: holds no labels: neither cohort tables, chart files (*.json), nor a spreadsheet (*.xlsx, *.csv)")
    return _charts(files)


def _labels(rows: Mapping[str, Sequence[Located]], formats: Mapping[str, str] | None = None, charts: Sequence[corpora.Json] = ()) -> Labels:
    columns = {table: frozenset().union(*(located.cells for located in rows[table])) for table in rows}
    return Labels(gather(rows, formats), columns, charts)


# ---- cohort tables --------------------------------------------------------------------------------------------------------


def is_cohort(folder: Path) -> bool:
    """Is it a folder of cohort tables?"""
    return (folder / "cohort.duckdb").is_file() or any((folder / f"{t}.{e}").is_file() for t in SCORED for e in ENDINGS)


def _cohort(folder: Path) -> Labels:
    """The tables that are there; one that is not is not labeled."""
    there = (
        SCORED if (folder / "cohort.duckdb").is_file() else [t for t in SCORED if any((folder / f"{t}.{e}").is_file() for e in ENDINGS[1:])]
    )
    return _labels({table: list(_table(folder, table)) for table in there})


def _table(folder: Path, table: str) -> Iterator[Located]:
    text = next((p for p in (folder / f"{table}.csv", folder / f"{table}.csv.gz") if p.is_file()), None)
    if text is None or (folder / "cohort.duckdb").is_file():
        for number, record in enumerate(read_cohort(folder, [table])[table].to_dict("records"), 1):
            yield Located(f"{folder.name}/{table}, row {number}", {str(k): v for k, v in record.items() if k in BY_NAME[table].names})
        return
    with gzip.open(text, "rt", encoding="utf-8", newline="") if text.suffix == ".gz" else text.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        for missing in (c for c in ("patient_id",) if c not in (reader.fieldnames or ())):
            raise LabelError(f"{text}: lacks the column {missing!r}")
        for record in reader:
            yield Located(
                f"{folder.name}/{text.name}, line {reader.line_num}", {k: v for k, v in record.items() if k in BY_NAME[table].names}
            )


# ---- chart files ----------------------------------------------------------------------------------------------------------


def _charts(files: Sequence[Path]) -> Labels:
    charts = [corpora.load(f) for f in files]
    seen: dict[str, str] = {}
    for path, chart in zip(files, charts, strict=True):
        told(list(_shape(path, chart)))
        if chart["patient_id"] in seen:
            raise LabelError(f"{path.name}: patient {chart['patient_id']!r} is also in {seen[chart['patient_id']]}")
        seen[chart["patient_id"]] = path.name
    rows: dict[str, list[Located]] = {t: [] for t in SCORED}
    for path, chart in zip(files, charts, strict=True):
        for table in SCORED:
            rows[table] += _chart_rows(path.name, chart, table)
    labels = _labels(rows, charts=charts)
    told([p for f in files for p in corpora.check(f)])
    return labels


def _chart_files(path: Path) -> list[Path]:
    """A chart file, those of a folder, or those in the folders ``charts`` below it."""
    if path.is_file():
        return [path] if path.suffix == ".json" else []
    below = [p for p in corpora.files(path) if p.parent.name == "charts"]
    return below or sorted(p for p in path.glob("*.json") if p.name != MARK)


def _shape(path: Path, chart: corpora.Json) -> Iterator[str]:
    for number, note in enumerate(chart["notes"] if isinstance(chart["notes"], list) else [None], 1):
        for key in ("note_id", "note_date", "text"):
            if not isinstance(note, dict) or not isinstance(note.get(key), str):
                yield f"{path.name}: note {number}: has no {key!r}"
        for span in note.get("spans", ()) if isinstance(note, dict) else ():
            if not isinstance(span, dict) or not isinstance(span.get("quote"), str):
                yield f"{path.name}: note {number}: a span without a quote"
    gold = chart["gold"] if isinstance(chart["gold"], dict) else {}
    if not isinstance(gold.get("patient"), dict):
        yield f"{path.name}: gold: has no 'patient'"
    for table in SCORED[1:]:
        for number, row in enumerate(gold.get(table, ()), 1):
            if not isinstance(row, dict):
                yield f"{path.name}: {table} {number}: is no row"
            elif table in ("procedures", "lesions") and not row.get("key"):
                yield f"{path.name}: {table} {number}: has no key"


RENAMED = {"procedure": "procedure_id", "lesion": "lesion_id"}


def _chart_rows(name: str, chart: corpora.Json, table: str) -> Iterator[Located]:
    gold = chart["gold"]
    for number, row in enumerate([gold["patient"]] if table == "patients" else gold.get(table, ()), 1):
        cells = {RENAMED.get(k, k): v for k, v in row.items()} | {"patient_id": chart["patient_id"]}
        if table in ("procedures", "lesions"):
            cells[BY_NAME[table].key] = cells.pop("key")
        known = BY_NAME[table].names
        where = f"{name}: patient" if table == "patients" else f"{name}: {table} {row.get('key', number)}"
        yield Located(where, {k: v for k, v in cells.items() if k in known}, {k: v for k, v in cells.items() if k not in known})
