"""Rows of labels from any source: typed by the schema, checked against its vocabularies and for references, gathered by patient.

Every problem names the place where it stands (file, sheet and row, or chart and key).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pandas as pd

from extractor.errors import LabelError
from extractor.evaluator.charts import Tables
from extractor.schema import BY_NAME, Column

SCORED = ("patients", "procedures", "lesions", "complications", "assessments", "outcomes")
"""Tables that labels can hold."""
REFERS = {"lesions": "procedure_id", "complications": "procedure_id", "assessments": "lesion_id", "outcomes": "lesion_id"}
TARGET = {"procedure_id": "procedures", "lesion_id": "lesions", "retreatment_of": "lesions"}
NEEDED = {
    "procedures": ("date", "modality"),
    "lesions": ("procedure_id",),
    "complications": ("term",),
    "assessments": ("scope", "date", "status"),
    "outcomes": ("lesion_id", "event"),
}
"""Cells without which a row cannot be matched."""
TRUE, FALSE = ("true", "1", "1.0", "yes", "y"), ("false", "0", "0.0", "no", "n")
SHOWN = 10
"""Problems that one message tells."""
LONGEST, WORDS = 40, 4
"""Characters and words of a value that a message shows at most."""


@dataclass(frozen=True, slots=True)
class Located:
    """A row with contract column names and the place where it stands, such as ``labels.xlsx, sheet lesions, row 7``."""

    where: str
    cells: Mapping[str, Any]
    keep: Mapping[str, Any] = field(default_factory=dict)
    """What else the source tells of the row (``quote``, ``withdrawn``); handed through unchecked."""


def gather(rows: Mapping[str, Sequence[Located]], formats: Mapping[str, str] | None = None) -> dict[str, Tables]:
    """Typed rows by patient and table, in the form of ``charts.labeled``.

    ``formats`` holds a ``strptime`` format by ``table.column`` where dates are not ISO. Raises LabelError with the first SHOWN problems.
    """
    problems: list[str] = []
    out: dict[str, Tables] = {}
    for table in SCORED:
        for located in rows.get(table, ()):
            row = _row(table, located, formats or {}, problems)
            patient = row.get("patient_id")
            if patient is None:
                problems.append(f"{located.where}: patient_id is missing")
                continue
            out.setdefault(patient, {t: [] for t in SCORED})[table].append(row)
    problems += [p for own in out.values() for p in _references(own)]
    if rows.get("patients"):
        problems += [p for patient, own in out.items() for p in _unknown(patient, own)]
    told(problems)
    for own in out.values():
        for table_rows in own.values():
            for row in table_rows:
                row.pop("where")
        own["patients"] = own["patients"] or [{}]
    return dict(sorted(out.items()))


def told(problems: Sequence[str]) -> None:
    """Raise LabelError if there are problems."""
    if problems:
        more = f"\n  and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
        raise LabelError("\n  ".join(problems[:SHOWN]) + more)


def _row(table: str, located: Located, formats: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    schema = BY_NAME[table]
    row: dict[str, Any] = {}
    wrong: set[str] = set()
    for name, raw in located.cells.items():
        try:
            row[name] = typed(schema[name], raw, formats.get(f"{table}.{name}"))
        except ValueError as error:
            problems.append(f"{located.where}: {name}: {error}")
            row[name] = None
            wrong.add(name)
    if row.get("patient_id") is not None:
        problems += [f"{located.where}: {name} is missing" for name in _lacking(table, row) if name not in wrong]
    return {
        **located.keep,
        **row,
        "id": row.get(schema.key),
        "procedure": row.get("procedure_id"),
        "lesion": row.get("lesion_id"),
        "where": located.where,
    }


def _lacking(table: str, row: Mapping[str, Any]) -> Iterator[str]:
    yield from (name for name in NEEDED.get(table, ()) if row.get(name) is None)
    if table == "assessments" and row.get("scope") == "local" and row.get("lesion_id") is None:
        yield "lesion_id (a local assessment speaks of one)"


# ---- cells ----------------------------------------------------------------------------------------------------------------


def typed(column: Column, raw: Any, format: str | None = None) -> Any:
    """A cell as labels and extraction can agree on it: None, text, bool, float or an ISO day. Raises ValueError telling what is wrong."""
    if raw is None or (not isinstance(raw, str) and pd.isna(raw)) or not str(raw).strip():
        return None
    value = _day(raw, format) if column.type == "date" else READERS[column.type](raw)
    if column.values and value not in column.values:
        raise ValueError(f"{_brief(value)} is no word of its vocabulary ({', '.join(column.values)})")
    if column.name == "event" and value not in (0.0, 1.0):
        raise ValueError(f"{_brief(raw)} is neither 0 nor 1")
    return value


def _text(raw: Any) -> str:
    return f"{raw:g}" if isinstance(raw, float) and raw.is_integer() else str(raw).strip()


def _brief(value: Any) -> str:
    """A short value as it is; of a longer one, which could be a note's words, only its length."""
    text = str(value)
    return repr(text) if len(text) <= LONGEST and len(text.split()) <= WORDS else f"a text of {len(text)} characters"


def _day(raw: Any, format: str | None) -> str:
    if isinstance(raw, datetime | date):
        return raw.isoformat()[:10]
    try:
        text = str(raw).strip()
        return (
            datetime.strptime(text, format).date() if format else date.fromisoformat(text[:10] if text[10:11] in " T" else text)
        ).isoformat()
    except ValueError:
        raise ValueError(f"{_brief(raw)} is no {f'date as {format}' if format else 'ISO date (YYYY-MM-DD)'}") from None


def _flag(raw: Any) -> bool:
    text = str(raw).strip().lower()
    if text in TRUE or text in FALSE:
        return text in TRUE
    raise ValueError(f"{_brief(raw)} is neither true nor false")


def _number(raw: Any) -> float:
    if isinstance(raw, bool):
        raise ValueError(f"{_brief(raw)} is no number")
    try:
        value = float(raw)
    except (TypeError, ValueError):
        raise ValueError(f"{_brief(raw)} is no number") from None
    if not math.isfinite(value):
        raise ValueError(f"{_brief(raw)} is no number")
    return value


READERS: dict[str, Callable[[Any], Any]] = {"text": _text, "boolean": _flag, "integer": _number, "number": _number}


# ---- references -----------------------------------------------------------------------------------------------------------


def _references(own: Tables) -> Iterator[str]:
    ids = {table: [r["id"] for r in own[table] if r["id"] is not None] for table in ("procedures", "lesions")}
    for table, known in ids.items():
        yield from _twice(own[table], f"{table} id", "id", known)
    yield from _twice(own["outcomes"], "outcome of lesion", "lesion", [r["lesion"] for r in own["outcomes"]])
    for table, rows in own.items():
        for row in rows:
            for name in ("procedure_id", "lesion_id", "retreatment_of"):
                if name == BY_NAME[table].key and table != "outcomes":
                    continue
                value = row.get(name)
                if value is not None and value not in ids[TARGET[name]]:
                    yield f"{row['where']}: {name} {_brief(value)} is no row of {TARGET[name]} of this patient"


def _twice(rows: Iterable[Mapping[str, Any]], what: str, name: str, known: Sequence[Any]) -> Iterator[str]:
    seen: set[Any] = set()
    for row in rows:
        if row[name] in seen:
            yield f"{row['where']}: {what} {_brief(row[name])} stands twice"
        if row[name] in known:
            seen.add(row[name])


def _unknown(patient: str, own: Tables) -> Iterator[str]:
    if len(own["patients"]) > 1:
        yield f"{own['patients'][1]['where']}: patient {_brief(patient)} stands twice"
    if own["patients"]:
        return
    first = next(row for rows in own.values() for row in rows)
    yield f"{first['where']}: patient {_brief(patient)} is no row of patients"
