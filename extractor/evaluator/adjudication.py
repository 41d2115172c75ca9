"""The adjudication sheet: one line for each cell or row on which readers differ, with an empty column for the decision."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from extractor.errors import OutputError
from extractor.evaluator.agreement import Agreement, Dispute
from extractor.evaluator.workbook import head, put, save


def write(found: Agreement, path: Path) -> None:
    """Write the disputes as XLSX or CSV, by the name's ending. Raises OutputError for another ending or if it cannot be written."""
    header = ("line", "patient_id", "table", "row", "column", *found.readers, "decision", "remark")
    lines = [(n, d.patient, d.table, d.row, d.column, *d.values, None, None) for n, d in enumerate(found.disputes, 1)]
    if path.suffix == ".xlsx":
        _xlsx(path, header, lines, found.disputes)
    elif path.suffix == ".csv":
        _csv(path, header, lines)
    else:
        raise OutputError(f"{path}: a sheet is written as .xlsx or .csv")


def _xlsx(path: Path, header: Sequence[str], lines: Sequence[Sequence[Any]], disputes: Sequence[Dispute]) -> None:
    import openpyxl
    from openpyxl.worksheet.datavalidation import DataValidation

    book = openpyxl.Workbook()
    sheet, words = book.active, book.create_sheet("words")
    sheet.title, words.sheet_state = "adjudicate", "hidden"
    head(sheet, header, [6, 14, 14, 40, 20, *[24] * (len(header) - 7), 24, 30])
    decision = len(header) - 1
    rules: dict[tuple[str, ...], DataValidation] = {}
    for number, (line, dispute) in enumerate(zip(lines, disputes, strict=True), 2):
        put(sheet, number, line)
        if dispute.choices and dispute.choices not in rules:
            for row, word in enumerate(dispute.choices, 1):
                words.cell(row, len(rules) + 1, word)
            letter = words.cell(1, len(rules) + 1).column_letter
            rules[dispute.choices] = DataValidation(
                type="list", formula1=f"=words!${letter}$1:${letter}${len(dispute.choices)}", allow_blank=True
            )
            sheet.add_data_validation(rules[dispute.choices])
        if dispute.choices:
            rules[dispute.choices].add(sheet.cell(number, decision))
    sheet.auto_filter.ref = sheet.dimensions
    save(book, path)


def _csv(path: Path, header: Sequence[str], lines: Sequence[Sequence[Any]]) -> None:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_harmless(h) for h in header)
    writer.writerows([_harmless(v) for v in line] for line in lines)
    try:
        path.write_text(out.getvalue(), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or type(error).__name__}") from None


def _harmless(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula gets an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
