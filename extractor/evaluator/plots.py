"""Plots of an evaluation as SVG markup to be set into a page: text stays text, and takes the page's colours."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
from matplotlib.figure import Figure as Canvas

from extractor.evaluator.pairing import CAUSES
from extractor.evaluator.stats import Figures

INK = "#010203"
"""Stands for the page's own text colour until the markup is made."""
SHADES = ("#b4502d", "#d9a441", "#4a90bf", "#7a5c99", "#4f8a5b")
STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "extractor",
    "font.family": "sans-serif",
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "legend.frameon": False,
}


def forest(figures: Sequence[Figures]) -> str:
    """F1 of fields with their intervals."""
    with matplotlib.rc_context(STYLE):
        canvas, axes = _canvas(len(figures))
        for at, f in enumerate(reversed(figures)):
            low, high = (v if v is not None else f.f1.value for v in (f.f1.low, f.f1.high))
            axes.plot([low, high], [at, at], color=SHADES[2], linewidth=2, solid_capstyle="butt")
            axes.plot([f.f1.value], [at], "o", color=SHADES[2], markersize=4.5)
        axes.set_yticks(range(len(figures)), [f.field for f in reversed(figures)])
        axes.set_xlim(min(0.5, *(_floor(f) for f in figures)) - 0.02, 1.01)
        axes.set_xlabel("F1 with 95 % interval")
        axes.grid(axis="x", color=INK, alpha=0.15, linewidth=0.6)
        return svg(canvas)


def _floor(f: Figures) -> float:
    return float(f.f1.low if f.f1.low is not None else f.f1.value or 0.0)


def causes(counted: Mapping[str, Mapping[str, int]]) -> str:
    """Errors by table, in the colours of their causes."""
    with matplotlib.rc_context(STYLE):
        canvas, axes = _canvas(len(counted), extra=0.7)
        tables = list(counted)[::-1]
        left = [0] * len(tables)
        for cause, shade in zip(CAUSES, SHADES, strict=True):
            numbers = [counted[t][cause] for t in tables]
            axes.barh(tables, numbers, left=left, color=shade, label=cause, height=0.6)
            left = [a + b for a, b in zip(left, numbers, strict=True)]
        axes.set_xlabel("errors")
        canvas.legend(loc="upper center", ncols=3, fontsize=8, handlelength=1)
        return svg(canvas)


def _canvas(rows: int, extra: float = 0.0) -> tuple[Canvas, Any]:
    canvas = Canvas(figsize=(4.8, 0.6 + extra + 0.22 * max(rows, 2)), layout="constrained" if not extra else None)
    axes = canvas.subplots()
    if extra:
        canvas.subplots_adjust(left=0.26, right=0.97, bottom=0.45 / canvas.get_figheight(), top=1 - 0.6 / canvas.get_figheight())
    return canvas, axes


def svg(canvas: Canvas) -> str:
    """The markup of a plot, from ``<svg`` on, in the page's text colour; equal plots give equal markup."""
    out = io.StringIO()
    canvas.savefig(out, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    markup = out.getvalue()
    return markup[markup.index("<svg") :].replace(INK, "currentColor")
