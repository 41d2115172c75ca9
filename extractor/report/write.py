"""A report as a folder: the page, its tables as CSV, its plots as SVG, and ``numbers.csv``, which says of every figure on which rows it rests."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from extractor.errors import OutputError
from extractor.report import flow
from extractor.report.compose import Report
from extractor.report.content import Cell, Drawing, Sheet
from extractor.report.page import page
from extractor.tables import taking_place_of, write_run
from extractor.version import VERSION

PAGE = "report.html"


def write(made: Report, out: Path, cohort: Path, force: bool = False) -> Path:
    """Fill a folder and return the path of the page. Raises OutputError as ``check`` does."""
    check(out, cohort, force)
    with taking_place_of(out) as folder:
        _fill(folder, made)
    return out / PAGE


def check(out: Path, cohort: Path, force: bool) -> None:
    """Raises OutputError if the folder exists and ``force`` is not given, is no report, or holds the cohort itself."""
    if out.resolve() == cohort.resolve() or out.resolve() in cohort.resolve().parents:
        raise OutputError(f"{out}: holds the cohort tables and will not be replaced; give another --out")
    if force and out.is_dir() and any(out.iterdir()) and not (out / PAGE).is_file():
        raise OutputError(f"{out}: holds something else than a report and will not be replaced; give another --out")
    if out.exists() and not force:
        raise OutputError(f"{out}: exists already; give another --out, or --force to replace it")


def _fill(folder: Path, made: Report) -> None:
    (folder / PAGE).write_text(page(made), encoding="utf-8")
    for name in ("tables", "plots"):
        (folder / name).mkdir()
    for sheet in made.sheets():
        write_sheet(folder / "tables" / f"{sheet.id}.csv", sheet)
    for drawing in (*made.drawings(), flow_drawing(made)):
        (folder / "plots" / f"{drawing.id}.svg").write_text(drawing.svg + "\n", encoding="utf-8")
    write_numbers(folder / "numbers.csv", made)
    write_run(folder, {"extractor": VERSION, **made.facts()})


def flow_drawing(made: Report) -> Drawing:
    """The flow diagram to stand alone: without links."""
    return Drawing("flow", "Flow of patients and lesions", "", flow.svg(made.flow, lambda cell: ""))


# ---- tables ---------------------------------------------------------------------------------------------------------------


def write_sheet(path: Path, sheet: Sheet) -> None:
    """A table as CSV: a column for each figure, and beside it what it is a part of, its limits and its note where any row has them."""
    columns = [[row[at] for row in sheet.rows] for at in range(len(sheet.head))]
    made = [c for name, cells in zip(sheet.head, columns, strict=True) for c in _columns(name, cells)]
    _save(path, [name for name, _ in made], zip(*(values for _, values in made), strict=True) if sheet.rows else ())


def _columns(name: str, cells: Sequence[Cell]) -> list[tuple[str, list[str]]]:
    quartiles = any(c.kind == "median" for c in cells)
    out = [(name, [c.name if c.group else plain(c.value) for c in cells])]
    parts: tuple[tuple[str, list[object]], ...] = (
        (f"{name}, of", [c.of for c in cells]),
        (f"{name}, {'first quartile' if quartiles else 'low'}", [c.low for c in cells]),
        (f"{name}, {'third quartile' if quartiles else 'high'}", [c.high for c in cells]),
        (f"{name}, note", [c.note or None for c in cells]),
    )
    return out + [(title, [plain(v) for v in values]) for title, values in parts if any(v is not None for v in values)]


def plain(value: object) -> str:
    """A value as CSV holds it: numbers to six places."""
    if value is None:
        return ""
    return f"{round(value, 6):g}" if isinstance(value, float) else str(value)


def write_numbers(path: Path, made: Report) -> None:
    """Every figure with the rows it rests on."""
    rows = ((table, row, column, plain(cell.value), ref[0], ref[1]) for table, row, column, cell in made.figures() for ref in cell.rows)
    _save(path, ("report_table", "row", "column", "value", "table", "row_id"), rows)


def _save(path: Path, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)
