"""Abstraction spreadsheets (XLSX, CSV) and REDCap exports as rows of the cohort tables, through a column map.

The map is a small TOML file (docs/evaluation.md). Without one, sheets and columns are expected to bear the names of the cohort tables.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from extractor.errors import LabelError
from extractor.evaluator.labelrows import SCORED, Located
from extractor.schema import BY_NAME

INSTRUMENT, INSTANCE = "redcap_repeat_instrument", "redcap_repeat_instance"
FLAT = "table"
"""Column of a flat sheet that says which table a row belongs to."""
Record = tuple[str, Mapping[str, Any]]
"""(place, cells by the sheet's own column names)."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a column of ours comes from: the sheet's column, its codes in our words, its date format."""

    column: str
    values: Mapping[str, str] = field(default_factory=dict)
    format: str | None = None


@dataclass(frozen=True, slots=True)
class TableMap:
    """Where a table of ours comes from: sheet, word in the table column or repeat instrument, and its columns."""

    sheet: str
    columns: Mapping[str, Source]


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """The whole map; ``table_column`` is the column of a flat sheet that names the table."""

    tables: Mapping[str, TableMap]
    table_column: str = FLAT


# ---- the map --------------------------------------------------------------------------------------------------------------


def load_map(path: Path) -> ColumnMap:
    """The column map of a TOML file. Raises LabelError naming file, key and what is wrong."""
    try:
        return parse_map(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise LabelError(f"{path}: cannot be read as TOML: {error}") from None


def parse_map(text: str, path: str) -> ColumnMap:
    """The column map that a TOML text tells; ``path`` is what errors name."""
    content = tomllib.loads(text)
    content.pop("spans", None)  # names of span labels, read by their own reader
    options = {k: content.pop(k) for k in ("patient_id", "date_format", "table_column") if isinstance(content.get(k), str)}
    unknown = [k for k in content if k not in SCORED]
    if unknown:
        raise LabelError(f"{path}: unknown key {unknown[0]!r}; known are patient_id, date_format, table_column, {', '.join(SCORED)}")
    tables = {name: _table_map(f"{path}: {name}", name, content[name], options) for name in content}
    return ColumnMap(tables, options.get("table_column", FLAT))


def _table_map(where: str, table: str, content: Any, options: Mapping[str, str]) -> TableMap:
    if (
        not isinstance(content, dict)
        or any(k not in ("sheet", "instrument", "columns") for k in content)
        or not isinstance(content.get("columns", {}), dict)
    ):
        raise LabelError(f"{where}: holds other keys than sheet (or instrument) and columns")
    columns = {"patient_id": options.get("patient_id", "patient_id"), **content.get("columns", {})}
    for name in columns:
        if name not in BY_NAME[table].names:
            raise LabelError(f"{where}: {name!r} is no column of {table}; known are {', '.join(BY_NAME[table].names)}")
    return TableMap(
        str(content.get("sheet") or content.get("instrument") or table),
        {k: _source(f"{where}.{k}", v, options.get("date_format")) for k, v in columns.items()},
    )


def _source(where: str, told: Any, format: str | None) -> Source:
    if isinstance(told, str):
        return Source(told, format=format)
    if not isinstance(told, dict) or not isinstance(told.get("column"), str) or any(k not in ("column", "values", "format") for k in told):
        raise LabelError(f'{where}: write a column name, or {{ column = "...", values = {{ "1" = "left" }}, format = "%d.%m.%Y" }}')
    return Source(told["column"], {str(k): str(v) for k, v in told.get("values", {}).items()}, told.get("format", format))


def own_names() -> ColumnMap:
    """The map of a sheet that uses the names of the cohort tables."""
    return ColumnMap({t: TableMap(t, {c: Source(c) for c in BY_NAME[t].names}) for t in SCORED})


# ---- rows -----------------------------------------------------------------------------------------------------------------


def rows(path: Path, column_map: Path | None = None) -> tuple[dict[str, list[Located]], dict[str, str]]:
    """Rows by table with contract column names, and date formats by ``table.column``.

    Raises LabelError naming file, sheet, row and column.
    """
    chosen = load_map(column_map) if column_map else own_names()
    sheets = _sheets(path, chosen)
    found = {t: _rows(path, t, m, sheets[m.sheet], strict=column_map is not None) for t, m in chosen.tables.items() if m.sheet in sheets}
    lost = [m.sheet for m in chosen.tables.values() if m.sheet not in sheets] if column_map else []
    if lost or not found:
        hint = "" if column_map else "; --map tells where to look"
        wanted = repr(lost[0]) if lost else f"named by a cohort table ({', '.join(SCORED)})"
        raise LabelError(
            f"{path.name}: has no sheet, table or instrument {wanted}; it has {', '.join(map(repr, sorted(sheets))) or 'none'}{hint}"
        )
    formats = {f"{t}.{c}": s.format for t, m in chosen.tables.items() for c, s in m.columns.items() if s.format}
    return found, formats


def _rows(path: Path, table: str, mapped: TableMap, records: Sequence[Record], strict: bool) -> list[Located]:
    present = set(records[0][1]) if records else set()
    for name, source in mapped.columns.items():
        if records and source.column not in present and (strict or name == "patient_id"):
            raise LabelError(f"{path.name}: {mapped.sheet}: has no column {source.column!r} (for {table}.{name})")
    return [Located(where, _cells(table, mapped, record)) for where, record in records]


def _cells(table: str, mapped: TableMap, record: Mapping[str, Any]) -> dict[str, Any]:
    cells = {name: _coded(source, record[source.column]) for name, source in mapped.columns.items() if source.column in record}
    key = BY_NAME[table].key
    if cells.get(key) in (None, "") and record.get(INSTANCE):
        cells[key] = record[INSTANCE]
    return cells


def _coded(source: Source, raw: Any) -> Any:
    if raw is None:
        return None
    code = f"{raw:g}" if isinstance(raw, float) else str(raw).strip()
    return source.values.get(code, raw)


# ---- files ----------------------------------------------------------------------------------------------------------------


def _sheets(path: Path, chosen: ColumnMap) -> dict[str, list[Record]]:
    """Records by sheet, by word of the table column, or by instrument."""
    whole = _workbook(path) if path.suffix == ".xlsx" else {path.stem: list(_csv(path))}
    if len(whole) > 1:
        return whole
    ((name, records),) = whole.items() or (("", []),)
    first = records[0][1] if records else {}
    for column in (INSTRUMENT, chosen.table_column):
        if column in first:
            return _split(records, column)
    return {name: records}


def _split(records: Iterable[Record], column: str) -> dict[str, list[Record]]:
    out: dict[str, list[Record]] = {}
    for where, record in records:
        out.setdefault(str(record[column] or "").strip() or "patients", []).append((where, record))
    return out


def _csv(path: Path) -> Iterator[Record]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            for record in reader:
                if None in record or None in record.values():
                    raise LabelError(f"{path.name}: line {reader.line_num}: has another number of cells than the header")
                yield f"{path.name}, line {reader.line_num}", record
    except UnicodeDecodeError:
        raise LabelError(f"{path.name}: is not UTF-8") from None
    except csv.Error as error:
        raise LabelError(f"{path.name}: line {reader.line_num}: {error}") from None


def _workbook(path: Path) -> dict[str, list[Record]]:
    import openpyxl

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception:  # openpyxl lets whatever the archive holds wrong come through
        raise LabelError(f"{path.name}: is no XLSX workbook") from None
    try:
        return {sheet.title: list(_sheet(path, sheet)) for sheet in book.worksheets}
    finally:
        book.close()


def _sheet(path: Path, sheet: Any) -> Iterator[Record]:
    lines = sheet.iter_rows(values_only=True)
    header = [str(h).strip() if h is not None else "" for h in next(lines, ())]
    for number, cells in enumerate(lines, 2):
        if any(c is not None for c in cells):
            yield f"{path.name}, sheet {sheet.title}, row {number}", dict(zip(header, cells, strict=False))
