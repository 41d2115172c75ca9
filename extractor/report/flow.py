"""The flow of patients into the study as a diagram (STROBE, item 13): who was excluded and why, whose eligibility is not documented, what is analysed.

Plain SVG without scripts or fonts of its own; in a page it takes the page's colour and its boxes link to the rows they count.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import escape

from extractor.report.analysed import Analysed, local
from extractor.report.content import Cell, count
from extractor.report.eligibility import Judged, titles
from extractor.report.studyfile import StudyFile

Place = Literal["main", "out", "unknown"]
Href = Callable[[Cell], str]


@dataclass(frozen=True, slots=True)
class Box:
    """A box: its title with a count, and lines below that may count too. ``out`` and ``unknown`` stand beside the stem."""

    title: str
    cell: Cell
    lines: tuple[tuple[str, Cell], ...] = ()
    place: Place = "main"


def boxes(study: StudyFile, judged: Sequence[Judged], of: Analysed) -> tuple[Box, ...]:
    """The boxes in order down the page."""
    names = titles(study)
    out = [Box("Patients in the notes", _people(judged))]
    left = list(judged)
    for key, title in names.items():
        gone = [j for j in left if j.state == "excluded" and j.reason and j.reason.criterion == key]
        left = [j for j in left if j not in gone]
        if gone:
            out.append(Box(WITHOUT.get(key) or f"Excluded, not met: {_lower(title)}", _people(gone), (), "out"))
    out.append(Box("Not known to fail any criterion", _people(left)))
    unknown = [j for j in left if j.state == "unknown"]
    lacking = tuple(
        (f"{title}: not documented", _people(own)) for key, title in names.items() if (own := [j for j in unknown if _lacks(j, key)])
    )
    fate = "taken in, as the study file says" if study.unknown == "include" else "kept apart, not analysed"
    out.append(Box(f"Eligibility unknown, {fate}", _people(unknown), lacking, "unknown"))
    return (*out, *_analysed(of))


WITHOUT = {"ablation": "Excluded: no ablation"}


def _analysed(of: Analysed) -> tuple[Box, ...]:
    first, unseen = of.first, [x for x in of.first if not x.followed]
    again = [x for x in of.lesions if not x.first]
    followed = local(first)
    return (
        Box(
            "Eligible patients, analysed",
            count(("patients", p) for p in of.patients),
            (
                ("sessions", count(("procedures", str(s["id"])) for s in of.sessions)),
                ("lesions, first ablation", count(x.ref for x in first)),
                ("rows of retreated lesions, apart", count(x.ref for x in again)),
            ),
        ),
        Box("Lesions without a local assessment", count(x.ref for x in unseen), (), "out"),
        Box(
            "Lesions followed for local progression",
            count(t.rows[0] for t in followed),
            (("with local progression or residual tumour", count(t.rows[0] for t in followed if t.event)),),
        ),
    )


def _people(judged: Iterable[Judged]) -> Cell:
    return count(("patients", j.patient) for j in judged)


def _lacks(judged: Judged, criterion: str) -> bool:
    return any(v.criterion == criterion for v in judged.lacking)


def _lower(title: str) -> str:
    return title[:1].lower() + title[1:] if title[1:2].islower() or title[1:2] == " " else title


def cells(found: Iterable[Box]) -> list[tuple[str, Cell]]:
    """Every count of the diagram with what it counts."""
    return [pair for b in found for pair in ((b.title, b.cell), *((f"{b.title}: {name}", c) for name, c in b.lines))]


# ---- drawing --------------------------------------------------------------------------------------------------------------

LINE, PAD, GAP = 17, 11, 22


@dataclass(frozen=True, slots=True)
class _Set:
    """A box with its text broken to its width."""

    box: Box
    title: tuple[str, ...]
    lines: tuple[tuple[tuple[str, ...], Cell], ...]
    x: int
    width: int

    @property
    def height(self) -> int:
        rows = len(self.title) + sum(len(t) for t, _ in self.lines)
        return rows * LINE + 2 * PAD + (5 if self.lines else 0)


def svg(found: Sequence[Box], href: Href, narrow: bool = False) -> str:
    """The diagram; ``narrow`` stacks everything in one column. ``href`` gives the address of a count, or an empty text."""
    total = 340 if narrow else 680
    made = [_set(b, narrow) for b in found]
    y, stem = 8, 22 if narrow else 165
    drawn: list[str] = []
    bottoms: list[int] = []
    for at, s in enumerate(made):
        if s.box.place == "main":
            if bottoms:
                drawn.append(_arrow(stem, bottoms[-1], stem, y))
            bottoms.append(y + s.height)
        else:
            middle = y + s.height // 2
            drawn.append(_arrow(stem, middle, s.x, middle))
        drawn.append(_box(s, y, href))
        y += s.height + (GAP if at + 1 < len(made) else 8)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total} {y}" width="{total}" height="{y}" role="img" aria-label="Flow of patients and lesions" color="currentColor" font-family="system-ui,-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif" font-size="13">'
    marker = f'<defs><marker id="tip{total}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="currentColor"/></marker></defs>'
    tip = f"url(#tip{total})"
    return head + marker + "".join(drawn).replace("url(#tip)", tip) + "</svg>"


def _set(box: Box, narrow: bool) -> _Set:
    beside = box.place != "main"
    x, width = (46 if narrow else 330, 286 if narrow else 342) if beside else (8, 324 if narrow else 314)
    wide = int((width - 2 * PAD - 44) / 6.7)
    return _Set(
        box, tuple(textwrap.wrap(box.title, wide)), tuple((tuple(textwrap.wrap(name, wide - 2)), c) for name, c in box.lines), x, width
    )


def _box(s: _Set, y: int, href: Href) -> str:
    dash = ' stroke-dasharray="5 3"' if s.box.place == "unknown" else ""
    heavy = ' stroke-width="1.6"' if s.box.place == "main" else ' stroke-width="1"'
    out = [
        f'<rect x="{s.x}" y="{y}" width="{s.width}" height="{s.height}" rx="5" fill="currentColor" fill-opacity="0.035" stroke="currentColor"{heavy}{dash}/>'
    ]
    at = y + PAD + 12
    out.append(_count(s, s.box.cell, at, href, True))
    for text in s.title:
        out.append(_text(s.x + PAD, at, text, "600" if s.box.place == "main" else "400"))
        at += LINE
    at += 5
    for words, cell in s.lines:
        out.append(_count(s, cell, at, href, False))
        for text in words:
            out.append(_text(s.x + PAD + 10, at, text, "400"))
            at += LINE
    return "".join(out)


def _text(x: int, y: int, text: str, weight: str) -> str:
    return f'<text x="{x}" y="{y}" fill="currentColor" font-weight="{weight}">{escape(text)}</text>'


def _count(s: _Set, cell: Cell, y: int, href: Href, strong: bool) -> str:
    weight, target = ("700" if strong else "400"), href(cell)
    drawn = (
        f'<text x="{s.x + s.width - PAD}" y="{y}" fill="currentColor" text-anchor="end" font-weight="{weight}">{escape(cell.shown)}</text>'
    )
    return f'<a href="{escape(target)}" class="n">{drawn}</a>' if target else drawn


def _arrow(x1: int, y1: int, x2: int, y2: int) -> str:
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="currentColor" stroke-width="1.2" marker-end="url(#tip)"/>'
