"""Tables typed into a note: rows of lesions under a header. Works on a note.

    LESION | SITE      | SIZE (mm) | PROBES | ICE BALL | LEAST MARGIN
    1      | RLL       | 11 x 9    | 2      | 27 x 22  | 7

A cell's meaning stands in its column's header, out of reach of anything that reads a sentence at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from extractor.pipeline.found import Found

LEVEL = "note"
COLUMNS = (
    ("PROBES", re.compile(r"\b(?:#? ?(?:of )?probes?|cryo-?probes?|needles?|applicators?|antennas?)\b", re.IGNORECASE)),
    ("MARGIN", re.compile(r"margin|clearance|\bbeyond\b", re.IGNORECASE)),
    ("ZONE_SIZE", re.compile(r"ice[- ]?ball|\bice\b|zone|ablation (?:size|dim)", re.IGNORECASE)),
    ("SIZE", re.compile(r"\b(?:size|dim(?:ension)?s?|diameter|measure\w*|max)\b", re.IGNORECASE)),
    ("NAME", re.compile(r"^\W*(?:#|no\.?|lesion|target|tumou?r|nodule|site)\W*(?:#|no\.?|id)?\W*$", re.IGNORECASE)),
    ("SITE", re.compile(r"site|location|organ|side|lobe|segment|description", re.IGNORECASE)),
)
SPLITTERS = (re.compile(r"\s*\|\s*"), re.compile(r"\t+"), re.compile(r"\s+/\s+"), re.compile(r" {2,}"), re.compile(r"\s*;\s*"))
RULE = re.compile(r"^[\s|+:=_-]*$")
NUMBER = re.compile(r"\d{1,3}(?:[.,]\d{1,2})?")
MOST_ROWS = 12


@dataclass(frozen=True, slots=True)
class Grid:
    """A header: where its rows begin, how it is split, and what each column means."""

    end: int
    splitter: re.Pattern[str]
    columns: tuple[tuple[str, bool], ...]
    """(label or '', lengths are in centimetres)."""


def find_cells(text: str) -> list[Found]:
    """Measures in the cells of typed tables, in order."""
    lines = [(m.start(), m.end()) for m in re.finditer(r"[^\r\n]+", text)]
    found: list[Found] = []
    for number, (start, end) in enumerate(lines):
        grid = _header(text[start:end], end)
        if grid:
            for row in lines[number + 1 : number + 1 + MOST_ROWS]:
                line = text[row[0] : row[1]]
                if RULE.match(line):
                    continue
                cells = list(_cells(line, grid.splitter))
                if len(cells) < max(2, len(grid.columns) - 1):
                    break
                found += _row(cells, row[0], grid)
    return sorted(set(found))


def _header(line: str, end: int) -> Grid | None:
    if len(line) > 200 or (not any(c in line for c in "|/\t;") and "  " not in line):
        return None
    for splitter in SPLITTERS:
        cells = list(_cells(line, splitter))
        labels = [_label(words) for _, words in cells]
        if (
            len(cells) >= 3
            and len({x for x in labels if x}) >= 3
            and {"MARGIN", "SIZE", "ZONE_SIZE"} & set(labels)
            and not NUMBER.search(line.replace("#1", ""))
        ):
            return Grid(
                end,
                splitter,
                tuple((label, bool(re.search(r"\bcm\b", words, re.IGNORECASE))) for label, (_, words) in zip(labels, cells, strict=True)),
            )
    return None


def _label(words: str) -> str:
    return next((label for label, pattern in COLUMNS if pattern.search(words)), "")


def _cells(line: str, splitter: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    """(offset, words) of each cell; outer bars make none."""
    at = len(line) - len(line.lstrip(" |\t"))
    body = line.rstrip(" |\t\r")
    for cut in splitter.finditer(body, at):
        yield at, body[at : cut.start()]
        at = cut.end()
    yield at, body[at:]


def _row(cells: list[tuple[int, str]], start: int, grid: Grid) -> Iterator[Found]:
    for (offset, words), (label, centimetres) in zip(cells, grid.columns, strict=False):
        if label not in ("SIZE", "MARGIN", "ZONE_SIZE", "PROBES"):
            continue
        numbers = [float(n[0].replace(",", ".")) for n in NUMBER.finditer(words)]
        if not numbers:
            continue
        scale = 10.0 if re.search(r"cm", words, re.IGNORECASE) or (centimetres and not re.search(r"mm", words, re.IGNORECASE)) else 1.0
        value = {"PROBES": numbers[0], "MARGIN": min(numbers) * scale}.get(label, max(numbers) * scale)
        kind = label.lower()
        yield Found(start + offset, start + offset + len(words), label, f"{value:g}", f"grids#{kind}", round(value, 2))
