"""XLSX files that are equal for equal content (no clock), and whose text cells are never taken for formulas."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from extractor.errors import OutputError

EPOCH = (1980, 1, 1, 0, 0, 0)
STAMP = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")


def put(sheet: Any, row: int, values: Sequence[Any]) -> None:
    """Write a row from the first column on; text stays text, whatever it begins with."""
    for column, value in enumerate(values, 1):
        if value is None:
            continue
        cell = sheet.cell(row, column, value)
        if isinstance(value, str):
            cell.data_type = "s"


def head(sheet: Any, names: Sequence[str], widths: Sequence[float] | None = None) -> None:
    """A bold first row that stays in sight."""
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    put(sheet, 1, names)
    for column, name in enumerate(names, 1):
        sheet.cell(1, column).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(column)].width = widths[column - 1] if widths else max(12, len(name) + 2)
    sheet.freeze_panes = "A2"


def save(book: Any, path: Path) -> None:
    """Write a workbook without any time in it. Raises OutputError if it cannot be written."""
    raw, clean = io.BytesIO(), io.BytesIO()
    book.save(raw)
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(clean, "w", zipfile.ZIP_DEFLATED) as target:
        for item in source.infolist():
            content = source.read(item)
            if item.filename == "docProps/core.xml":
                content = STAMP.sub(rb"\g<1>1980-01-01T00:00:00Z\g<3>", content)
            entry = zipfile.ZipInfo(item.filename, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, content)
    try:
        path.write_bytes(clean.getvalue())
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or type(error).__name__}") from None
