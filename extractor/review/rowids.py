"""Ids of added rows: made from what identifies the row, as the normalizer makes them, so that a row that is read later is the same row."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any


def row_id(table: str, patient: str, cells: Mapping[str, Any], taken: Collection[str]) -> str:
    """An id that no other row of the table has; a number tells twins apart."""
    stem = _stem(table, patient, cells)
    if stem not in taken or table == "outcomes":
        return stem
    return next(name for n in range(2, len(taken) + 3) if (name := f"{stem}:#{n}") not in taken)


def _stem(table: str, patient: str, cells: Mapping[str, Any]) -> str:
    def told(name: str, other: str = "unknown") -> str:
        return str(cells.get(name) or other)

    if table == "procedures":
        return f"{patient}:{told('date')}:{told('modality')}"
    if table == "lesions":
        side = f":{cells['laterality']}" if cells.get("laterality") else ""
        return f"{told('procedure_id', patient)}:{told('site')}{side}"
    if table == "complications":
        return f"{told('procedure_id', patient)}:{told('term')}"
    if table == "assessments":
        lesion = f":{cells['lesion_id']}" if cells.get("lesion_id") else ""
        return f"{patient}:{told('date')}:{told('modality')}:{told('scope')}{lesion}"
    if table == "outcomes":
        return told("lesion_id")
    return f"{patient}:{told('kind')}:{told('date', 'undated')}"
