"""Abstraction sheets: one XLSX for one person, a sheet a cohort table, to fill by hand and to read back as labels.

Columns bear the names of the cohort tables. Ids are the abstractor's own (P1, L1), unique within a patient. A chart counts as labeled once the
column ``labeled`` of its row in ``patients`` is filled, so that an empty chart is told from one not yet read. Cells with a vocabulary offer it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from extractor.errors import InputError
from extractor.evaluator.charts import Tables
from extractor.evaluator.match import Row
from extractor.evaluator.workbook import head, put, save
from extractor.model import Note
from extractor.schema import BY_NAME, Column

SHEETS = ("patients", "procedures", "lesions", "complications", "assessments", "outcomes")
LABELED = "labeled"
LEFT_OUT = ("replaces", "months", "major", "major_as_graded", "age_years", "birth_date", "intervention", "grade_text")
"""Columns that follow from others, or that hold a note's words."""
ROWS = 400
"""Lines of a sheet that are prepared at least."""
CELL = 32_000
"""Characters that fit a cell (Excel takes 32,767)."""
REFERENCES = {"procedure_id": "procedures", "lesion_id": "lesions", "retreatment_of": "lesions"}
SHOWN = 10


def columns(table: str) -> tuple[Column, ...]:
    """Columns of a sheet, in the schema's order."""
    return tuple(c for c in BY_NAME[table].columns if c.name not in LEFT_OUT and not c.name.endswith("_text"))


def names(table: str) -> tuple[str, ...]:
    """Header of a sheet."""
    own = [c.name for c in columns(table)]
    return (*own[:1], LABELED, *own[1:]) if table == "patients" else tuple(own)


# ---- writing --------------------------------------------------------------------------------------------------------------


def write(path: Path, patients: Sequence[str], notes: Mapping[str, Sequence[Note]] | None = None) -> None:
    """A blank workbook for these patients, in this order; ``notes`` adds a sheet with their text. Holds nothing that was extracted."""
    import openpyxl

    book = openpyxl.Workbook()
    _guide(book.active)
    lines = max(ROWS, 12 * len(patients))
    words = book.create_sheet("words")
    words.sheet_state = "hidden"
    places = _words(words)
    for table in SHEETS:
        sheet = book.create_sheet(table)
        head(sheet, names(table))
        _validate(sheet, table, places, lines, len(patients))
    for number, patient in enumerate(patients, 2):
        put(book["patients"], number, [patient])
    if notes is not None:
        _notes(book.create_sheet("notes"), patients, notes)
    save(book, path)


GUIDE = (
    "Read every note of a chart, then fill the sheets for it. Work from the notes alone.",
    "patients: one line a chart is there already. Write x in the column labeled once the chart is finished, also if it holds no ablation.",
    "procedures, lesions, complications, assessments, outcomes: one line each, patient_id first (choose it from the list).",
    "procedure_id and lesion_id are yours to give, such as P1 and L1; they must differ within a patient, not between patients.",
    "lesions name their procedure_id; assessments (scope local) and outcomes their lesion_id; retreatment_of names the lesion_id treated before.",
    "Dates are days (2019-03-12); one known to the month or year is its first day, and the _precision column says month or year.",
    "Leave a cell empty where the notes say nothing. Lengths are millimetres. What a word of a list means stands in the labeling guide.",
)


def _guide(sheet: Any) -> None:
    sheet.title = "read me"
    sheet.column_dimensions["A"].width = 140
    for number, line in enumerate(GUIDE, 1):
        put(sheet, number, [line])


def _words(sheet: Any) -> dict[tuple[str, ...], str]:
    """Write every vocabulary as a column of the hidden sheet (a list inside a cell's rule may not exceed 255 characters)."""
    from openpyxl.utils import get_column_letter

    places: dict[tuple[str, ...], str] = {}
    for values in dict.fromkeys(c.values for t in SHEETS for c in columns(t) if c.values):
        letter = get_column_letter(len(places) + 1)
        for number, word in enumerate(values, 1):
            sheet.cell(number, len(places) + 1, word)
        places[values] = f"words!${letter}$1:${letter}${len(values)}"
    return places


def _validate(sheet: Any, table: str, places: Mapping[tuple[str, ...], str], lines: int, patients: int) -> None:
    from openpyxl.utils import get_column_letter

    own = {c.name: c for c in columns(table)}
    for number, name in enumerate(names(table), 1):
        column, letter = own.get(name), get_column_letter(number)
        rule = _rule(table, column, places, lines, patients) if column else None
        if rule is not None:
            sheet.add_data_validation(rule)
            rule.add(f"{letter}2:{letter}{lines + 1}")
        if column is not None and column.type == "date":
            sheet.column_dimensions[letter].number_format = "yyyy-mm-dd"


def _rule(table: str, column: Column, places: Mapping[tuple[str, ...], str], lines: int, patients: int) -> Any:
    """What a cell of a column may hold, None for anything."""
    from openpyxl.worksheet.datavalidation import DataValidation

    def choice(source: str, strict: bool = True) -> Any:
        return DataValidation(type="list", formula1=source, allow_blank=True, showErrorMessage=strict, error=f"{column.name}: {column.doc}")

    if column.values:
        return choice(f"={places[column.values]}")
    if column.type == "boolean":
        return choice('"true,false"')
    if column.name == "event":
        return choice('"0,1"')
    if column.name == "patient_id" and table != "patients":
        return choice(f"=patients!$A$2:$A${patients + 1}")
    if column.name in REFERENCES and (column.name != BY_NAME[table].key or table == "outcomes"):
        return choice(f"={REFERENCES[column.name]}!$A$2:$A${lines + 1}", strict=False)
    if column.type == "date":
        return DataValidation(
            type="date", operator="greaterThan", formula1="1", allow_blank=True, showErrorMessage=True, error="a day, such as 2019-03-12"
        )
    if column.type in ("integer", "number"):
        return DataValidation(
            type="decimal", operator="greaterThanOrEqual", formula1="0", allow_blank=True, showErrorMessage=True, error="a number"
        )
    return None


def _notes(sheet: Any, patients: Sequence[str], notes: Mapping[str, Sequence[Note]]) -> None:
    from openpyxl.styles import Alignment

    head(sheet, ("patient_id", "note_id", "note_date", "note_type", "part", "text"), (14, 16, 12, 12, 6, 120))
    line = 2
    for note in (n for p in patients for n in notes.get(p, ())):
        text = _fit(note.text)
        for part in range(max(1, math.ceil(len(text) / CELL))):
            piece = text[part * CELL : (part + 1) * CELL]
            put(sheet, line, [note.patient_id, note.note_id, note.note_date.isoformat(), note.note_type, part + 1, piece])
            sheet.cell(line, 6).alignment = Alignment(wrap_text=True, vertical="top")
            line += 1


def _fit(text: str) -> str:
    """Text without the control characters that XLSX cannot hold."""
    return "".join(c for c in text if c in "\n\t" or (c >= " " and not 0xD800 <= ord(c) <= 0xDFFF and ord(c) not in (0xFFFE, 0xFFFF)))


# ---- reading --------------------------------------------------------------------------------------------------------------


def read(path: Path) -> dict[str, Tables]:
    """Labels by patient of a filled workbook, in the form of ``charts.labeled``; only charts marked as labeled.

    Raises InputError naming file, sheet, row and column of the first SHOWN problems. Without a column ``labeled`` every patient counts.
    """
    sheets = _load(path)
    if "patients" not in sheets:
        raise InputError(f"{path.name}: has no sheet 'patients'; is this an abstraction sheet?")
    problems: list[str] = []
    rows = {table: [_row(path, table, place, cells, problems) for place, cells in sheets.get(table, ())] for table in SHEETS}
    marked = [r for r in rows["patients"] if LABELED not in r or r.pop(LABELED) is not None]
    out: dict[str, Tables] = {}
    for row in marked:
        if row["patient_id"] in out:
            problems.append(f"{path.name}: patients: patient {row['patient_id']!r} stands twice")
        out[row["patient_id"]] = {t: [] for t in SHEETS} | {"patients": [row]}
    known = {r["patient_id"] for r in rows["patients"]}
    for table in SHEETS[1:]:
        for row in rows[table]:
            if row["patient_id"] in out:
                out[row["patient_id"]][table].append(row)
            elif row["patient_id"] is not None and row["patient_id"] not in known:
                problems.append(f"{path.name}: {table}: patient {row['patient_id']!r} is no row of patients")
    problems += [f"{path.name}: {p}" for patient, own in out.items() for p in _dangling(patient, own)]
    if problems:
        raise InputError("\n  ".join(problems[:SHOWN]) + (f"\n  and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""))
    if not out:
        raise InputError(
            f"{path.name}: no chart is marked as labeled; write x in the column {LABELED!r} of the sheet 'patients' for each one read"
        )
    return dict(sorted(out.items()))


def marks(path: Path) -> dict[str, bool]:
    """Patients of a workbook, and whether their chart is marked as labeled. Raises InputError if it is no abstraction sheet."""
    sheets = _load(path)
    if "patients" not in sheets:
        raise InputError(f"{path.name}: has no sheet 'patients'; is this an abstraction sheet?")
    rows = [cells for _, cells in sheets["patients"] if cells.get("patient_id") is not None]
    return {_text(r["patient_id"]): _mark(r.get(LABELED)) is not None for r in rows}


def _load(path: Path) -> dict[str, list[tuple[int, dict[str, Any]]]]:
    """(row number, cells by header) of every sheet."""
    import openpyxl

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception:  # openpyxl lets whatever the archive holds wrong come through
        raise InputError(f"{path}: is no XLSX workbook") from None
    try:
        return {s.title: list(_lines(s)) for s in book.worksheets if s.title in SHEETS}
    finally:
        book.close()


def _lines(sheet: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    lines = sheet.iter_rows(values_only=True)
    header = [str(h).strip() if h is not None else "" for h in next(lines, ())]
    for number, cells in enumerate(lines, 2):
        if any(c is not None and str(c).strip() for c in cells):
            yield number, dict(zip(header, cells, strict=False))


def _row(path: Path, table: str, number: int, cells: Mapping[str, Any], problems: list[str]) -> Row:
    row: Row = {}
    for column in BY_NAME[table].columns:
        try:
            row[column.name] = typed(column, cells.get(column.name))
        except ValueError as error:
            problems.append(f"{path.name}: {table} row {number}: {column.name}: {error}")
            row[column.name] = None
    if row["patient_id"] is None:
        problems.append(f"{path.name}: {table} row {number}: patient_id is missing")
    if table == "patients" and LABELED in cells:
        row[LABELED] = _mark(cells[LABELED])
    return row | {"id": row.get(BY_NAME[table].key), "procedure": row.get("procedure_id"), "lesion": row.get("lesion_id")}


def _mark(raw: Any) -> str | None:
    text = str(raw).strip().lower() if raw is not None else ""
    return text if text not in ("", "no", "false", "0") else None


def typed(column: Column, raw: Any) -> Any:
    """A cell as labels hold it: None, text, bool, float or an ISO day. Raises ValueError telling what is wrong."""
    if raw is None or not str(raw).strip():
        return None
    value = READERS[column.type](raw)
    if column.values and value not in column.values:
        raise ValueError(f"{_brief(raw)} is no word of its vocabulary ({', '.join(column.values)})")
    if column.name == "event" and value not in (0.0, 1.0):
        raise ValueError(f"{_brief(raw)} is neither 0 nor 1")
    return value


def _brief(raw: Any) -> str:
    return repr(str(raw)[:40])


def _text(raw: Any) -> str:
    return f"{raw:.0f}" if isinstance(raw, float) and raw == int(raw) else str(raw).strip()


def _day(raw: Any) -> str:
    try:
        day = raw.isoformat()[:10] if isinstance(raw, datetime | date) else str(raw).strip()
        return date.fromisoformat(day[:10] if day[10:11] in ("T", " ") else day).isoformat()
    except ValueError:
        raise ValueError(f"{_brief(raw)} is no day (write 2019-03-12)") from None


def _flag(raw: Any) -> bool:
    text = str(raw).strip().lower()
    if text in ("true", "yes", "1", "1.0"):
        return True
    if text in ("false", "no", "0", "0.0"):
        return False
    raise ValueError(f"{_brief(raw)} is neither true nor false")


def _number(raw: Any) -> float:
    try:
        value = float(raw)
    except (TypeError, ValueError):
        value = math.nan
    if isinstance(raw, bool) or not math.isfinite(value):
        raise ValueError(f"{_brief(raw)} is no number")
    return value


READERS: dict[str, Callable[[Any], Any]] = {"text": _text, "date": _day, "boolean": _flag, "integer": _number, "number": _number}


def _dangling(patient: str, own: Tables) -> Iterator[str]:
    """Ids that stand twice, and references to rows that are not there."""
    ids = {table: [r["id"] for r in own[table] if r["id"] is not None] for table in ("procedures", "lesions")}
    for table, found in ids.items():
        yield from (f"{table}: patient {patient!r}: id {i!r} stands twice" for i in sorted({i for i in found if found.count(i) > 1}))
    for table, rows in own.items():
        for row in rows:
            for name, target in REFERENCES.items():
                value = row.get(name)
                if value is not None and (name != BY_NAME[table].key or table == "outcomes") and value not in ids[target]:
                    yield f"{table}: patient {patient!r}: {name} {value!r} is no row of {target}"
