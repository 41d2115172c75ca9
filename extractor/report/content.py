"""What a report consists of: sections of tables and drawings, every figure with the rows it rests on. Nothing here knows of HTML or of files."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from extractor.report.cohort import Ref
from extractor.stats.estimate import Estimate

Kind = Literal["text", "count", "share", "ratio", "number", "median", "p"]
Rows = tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure. ``of`` is what a count is a part of; ``low`` and ``high`` are an interval, of a median the quartiles; ``note`` says why there is none."""

    value: str | float | int | None
    kind: Kind = "text"
    of: int | None = None
    low: float | None = None
    high: float | None = None
    note: str = ""
    rows: Rows = ()
    group: str = ""
    """What the rows of a table that stand together have in common."""

    @property
    def name(self) -> str:
        """Of a row's first cell: the row, told from all others."""
        return f"{self.group}: {self.shown}" if self.group else self.shown

    @property
    def shown(self) -> str:
        """The figure for a reader."""
        if self.value is None:
            return "not estimable" if self.kind in ("share", "ratio", "p") else "–"
        if isinstance(self.value, str):
            return self.value
        return FORMS[self.kind](self.value)

    @property
    def beside(self) -> str:
        """What stands beside it: a share of all, an interval, the reason why there is none."""
        if self.kind == "count" and self.of and self.value:
            return f"{100 * float(self.value or 0) / self.of:.0f} %"
        if self.low is not None or self.high is not None:
            form = INTERVALS.get(self.kind, number)
            limits = f"{form(self.low) if self.low is not None else '…'}–{form(self.high) if self.high is not None else '…'}"
            return f"{limits}; {CARRIED}" if CARRIED in self.note else limits
        return self.note if self.value is None else ""


CARRIED = "carried forward"
"""Part of the note of an estimate that stands past the last unit followed: always shown."""


def number(value: float) -> str:
    """Up to one decimal."""
    return f"{value:.1f}".removesuffix(".0")


def ratio_text(value: float) -> str:
    """Two decimals; three significant digits of what is small."""
    return f"{value:.2f}" if value >= 0.1 or value == 0 else f"{value:.2g}"


def p_text(value: float) -> str:
    """As journals print p values."""
    return "<0.001" if value < 0.001 else f"{value:.3f}"


FORMS: dict[str, Callable[[float], str]] = {
    "text": str,
    "count": lambda v: f"{v:.0f}",
    "share": lambda v: f"{100 * v:.1f} %",
    "ratio": ratio_text,
    "number": number,
    "median": number,
    "p": p_text,
}
INTERVALS: dict[str, Callable[[float], str]] = {"share": lambda v: f"{100 * v:.1f}", "ratio": ratio_text}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table. The first cell of a row names it; ``folded`` tables are shown closed."""

    id: str
    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    folded: bool = False

    def alone(self, row: tuple[Cell, ...]) -> bool:
        """Is it the only row of its group?"""
        return sum(r[0].group == row[0].group for r in self.rows) == 1


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure as SVG; ``narrow`` is the same for a small screen. ``alt`` says what it shows."""

    id: str
    title: str
    alt: str
    svg: str
    narrow: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter."""

    id: str
    title: str
    says: tuple[str, ...]
    parts: tuple[Sheet | Drawing, ...]


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure for the top of the page."""

    label: str
    cell: Cell
    published: str = ""


# ---- making cells ---------------------------------------------------------------------------------------------------------


def text(value: str, rows: Iterable[Ref] = (), group: str = "") -> Cell:
    """Words."""
    return Cell(value, rows=tuple(dict.fromkeys(rows)), group=group)


def count(rows: Iterable[Ref], of: int | None = None) -> Cell:
    """How many rows, and their share of ``of``."""
    kept = tuple(dict.fromkeys(rows))
    return Cell(len(kept), "count", of, rows=kept)


def share(found: Estimate, rows: Iterable[Ref] = ()) -> Cell:
    """A share with its interval."""
    return _estimated("share", found, rows)


def ratio(found: Estimate, rows: Iterable[Ref] = ()) -> Cell:
    """A ratio with its interval."""
    return _estimated("ratio", found, rows)


def _estimated(kind: Kind, found: Estimate, rows: Iterable[Ref]) -> Cell:
    return Cell(found.value, kind, None, found.low, found.high, found.note, tuple(dict.fromkeys(rows)))


def median(values: Sequence[tuple[float, Ref]]) -> Cell:
    """Median and quartiles (of the data, without interpolation beyond halves)."""
    plain = sorted(v for v, _ in values)
    if not plain:
        return Cell(None, "median", note="none documented")
    rows = tuple(dict.fromkeys(r for _, r in values))
    if len(plain) == 1:
        return Cell(plain[0], "median", rows=rows)
    low, middle, high = statistics.quantiles(plain, n=4, method="inclusive")
    return Cell(middle, "median", None, low, high, rows=rows)


def p_value(value: float | None, rows: Iterable[Ref] = (), note: str = "") -> Cell:
    """A p value."""
    return Cell(value, "p", note=note, rows=tuple(rows))


def words(value: object) -> str:
    """A word of a vocabulary as a reader wants it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return NAMES.get(str(value), str(value).replace("_", " "))


NAMES = {
    "ct": "CT",
    "us": "ultrasound",
    "mri": "MRI",
    "ct_us": "CT and ultrasound",
    "pet_ct": "PET/CT",
    "hifu": "HIFU",
    "sarcoma_nos": "sarcoma, not specified",
    "both": "recurrent and metastatic",
}
