"""Plots of a report as SVG markup in two widths: for a desk and paper, and for a phone. Colours hold in light and dark; text takes the page's colour."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib
from matplotlib.figure import Figure as Canvas

from extractor.evaluator.plots import INK, STYLE, svg
from extractor.stats.estimate import Estimate

SHADES = ("#3d85b8", "#c96a2e", "#8a6bb0", "#4f8a5b")
STROKES = ("-", (0, (5, 1.6)), (0, (1.5, 1.2)), (0, (6, 1.5, 1.5, 1.5)))
"""Lines differ by stroke too, for print and for eyes that see colours otherwise."""
WIDE, NARROW = 7.2, 3.9


@dataclass(frozen=True, slots=True)
class Line:
    """A step curve; ``until`` are the months of all its units, ``censored`` those censored, ``limits`` a band at each of ``months``."""

    label: str
    months: tuple[float, ...]
    heights: tuple[float, ...]
    until: tuple[float, ...]
    censored: tuple[float, ...]
    limits: tuple[tuple[float, float], ...] = ()

    def height(self, month: float) -> float:
        """Height at a month."""
        return [h for t, h in zip(self.months, self.heights, strict=True) if t <= month][-1]

    def at_risk(self, month: float) -> int:
        """Units still followed."""
        return sum(m >= month for m in self.until)


def _unnamed(markup: str) -> str:
    """Without the ids that nothing refers to: several plots stand in one page."""
    used = set(re.findall(r"url\(#([^)]+)\)|href=\"#([^\"]+)\"", markup))
    kept = {a or b for a, b in used}
    return re.sub(r' id="([^"]+)"', lambda m: m[0] if m[1] in kept else "", markup)


def plain(label: str) -> str:
    """A label that matplotlib takes as it stands."""
    return label.replace("\\", "/").replace("$", r"\$")


def curves(drawn: Sequence[Line], ticks: Sequence[float], name: str, ylabel: str, asked: Sequence[float]) -> tuple[str, str]:
    """Step curves with numbers at risk below: (wide, narrow). ``asked`` months are marked; ``name`` keeps the ids of two plots apart."""
    return tuple(_curves(drawn, ticks, f"{name}-{width}", ylabel, asked, width) for width in (WIDE, NARROW))  # type: ignore[return-value]


def _style(name: str) -> Any:
    return {**STYLE, "svg.hashsalt": f"extractor-{name}", "font.size": 9.5}


def _curves(drawn: Sequence[Line], ticks: Sequence[float], name: str, ylabel: str, asked: Sequence[float], width: float) -> str:
    shown = ticks if width == WIDE or len(ticks) <= 6 else ticks[:: -(-len(ticks) // 6)]
    counted = drawn if len({one.until for one in drawn}) > 1 else drawn[:1]
    below, above = 0.62 + 0.24 * len(counted), 0.22 * len(drawn) if len(drawn) > 1 else 0.06
    height = below + above + (3.3 if width == WIDE else 2.5)
    with matplotlib.rc_context(_style(name)):
        canvas = Canvas(figsize=(width, height))
        axes = canvas.add_axes((0.8 / width, below / height, 1 - 1.0 / width, 1 - (below + above + 0.08) / height))
        for at, one in enumerate(drawn):
            _draw(axes, one, SHADES[at % len(SHADES)], STROKES[at % len(STROKES)])
        axes.set(ylim=(0, 1.02), xlim=(0, max(ticks[-1], 1.0)), ylabel=ylabel, xlabel="months")
        axes.set_xticks(shown)
        axes.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 1.0], ["0", "20 %", "40 %", "60 %", "80 %", "100 %"])
        axes.grid(axis="y", color=INK, alpha=0.12, linewidth=0.6)
        for month in asked:
            axes.axvline(month, color=INK, alpha=0.28, linewidth=0.7, linestyle=(0, (2, 2)))
        _risk_rows(axes, counted, shown, height)
        if len(drawn) > 1:
            canvas.legend(
                *axes.get_legend_handles_labels(),
                loc="upper left",
                bbox_to_anchor=(0.5 / width, 1.0),
                fontsize=9,
                handlelength=2.6,
                borderpad=0,
            )
        return _unnamed(svg(canvas))


def _draw(axes: Any, one: Line, shade: str, stroke: Any) -> None:
    end = max(one.until, default=0.0)
    axes.step(
        [*one.months, end],
        [*one.heights, one.heights[-1]],
        where="post",
        label=plain(one.label),
        color=shade,
        linewidth=1.8,
        linestyle=stroke,
    )
    if one.limits:
        low, high = zip(*one.limits, strict=True)
        axes.fill_between([*one.months, end], [*low, low[-1]], [*high, high[-1]], step="post", color=shade, alpha=0.16, linewidth=0)
    axes.plot(one.censored, [one.height(m) for m in one.censored], "|", color=shade, markersize=5.5, markeredgewidth=0.9)


def _risk_rows(axes: Any, drawn: Sequence[Line], ticks: Sequence[float], height: float) -> None:
    across = axes.get_xaxis_transform()
    tall = axes.get_position().height * height
    axes.text(0, -0.56 / tall, "still followed", transform=across, fontsize=8.5, alpha=0.75, va="center")
    for row, one in enumerate(drawn):
        y = -(0.56 + 0.22 * (row + 1)) / tall
        if len(drawn) > 1:
            shade, stroke = SHADES[row % len(SHADES)], STROKES[row % len(STROKES)]
            axes.plot([-0.075, -0.03], [y, y], transform=axes.transAxes, color=shade, linestyle=stroke, linewidth=1.8, clip_on=False)
        for mark in ticks:
            axes.text(mark, y, str(one.at_risk(mark)), transform=across, ha="center", va="center", fontsize=9, clip_on=False)


def forest(rows: Sequence[tuple[str, Estimate]], name: str, label: str = "hazard ratio (95 % interval)") -> tuple[str, str]:
    """Ratios with intervals on a log scale: (wide, narrow). What is not estimable is said in words."""
    return tuple(_forest(rows, f"{name}-{width}", label, width) for width in (WIDE, NARROW))  # type: ignore[return-value]


def _forest(rows: Sequence[tuple[str, Estimate]], name: str, label: str, width: float) -> str:
    height = 0.65 + 0.46 * len(rows)
    with matplotlib.rc_context(_style(name)):
        canvas = Canvas(figsize=(width, height))
        axes = canvas.add_axes((0.15 / width, 0.5 / height, 1 - 0.3 / width, 1 - 0.55 / height))
        axes.set_xscale("log")
        for at, (title, found) in enumerate(reversed(rows)):
            _interval(axes, at, title, found, width)
        known = [v for _, e in rows for v in (e.value, e.low, e.high) if v is not None and v > 0]
        axes.set_xlim(min([0.4, *(v * 0.8 for v in known)]), max([2.5, *(v * 1.25 for v in known)]))
        axes.set_ylim(-0.6, len(rows) - 0.15)
        _reference(axes, 1.0, len(rows))
        axes.xaxis.set_major_locator(matplotlib.ticker.LogLocator(subs=(1, 2, 5), numticks=12 if width == WIDE else 6))
        axes.xaxis.set_major_formatter(matplotlib.ticker.FuncFormatter(lambda v, _: f"{v:g}"))
        axes.xaxis.set_minor_locator(matplotlib.ticker.NullLocator())
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(label)
        return _unnamed(svg(canvas))


def _reference(axes: Any, value: float, rows: int) -> None:
    """A line at a value that leaves room for the titles between the intervals."""
    for at in range(rows):
        axes.plot([value, value], [at - 0.3, at + 0.18], color=INK, alpha=0.4, linewidth=0.9)


def _interval(axes: Any, at: int, title: str, found: Estimate, width: float) -> None:
    most = 92 if width == WIDE else 46
    title = title if len(title) <= most else title[: most - 1].rstrip() + "…"
    told = "" if found.value is not None else ": not estimable"
    axes.text(0.0, at + 0.34, plain(title) + told, transform=axes.get_yaxis_transform(), fontsize=8.8, va="center")
    if found.value is not None:
        low, high = (v if v is not None else found.value for v in (found.low, found.high))
        axes.plot([low, high], [at, at], color=SHADES[0], linewidth=2.2, solid_capstyle="butt")
        axes.plot([found.value], [at], "s", color=SHADES[0], markersize=6, clip_on=False)


def dots(rows: Sequence[tuple[str, Estimate]], name: str, label: str) -> tuple[str, str]:
    """Shares with intervals on a common scale, to see how far analyses differ: (wide, narrow)."""
    return tuple(_dots(rows, f"{name}-{width}", label, width) for width in (WIDE, NARROW))  # type: ignore[return-value]


def _dots(rows: Sequence[tuple[str, Estimate]], name: str, label: str, width: float) -> str:
    height = 0.65 + 0.46 * len(rows)
    with matplotlib.rc_context(_style(name)):
        canvas = Canvas(figsize=(width, height))
        axes = canvas.add_axes((0.15 / width, 0.5 / height, 1 - 0.45 / width, 1 - 0.55 / height))
        if rows[0][1].value is not None:
            _reference(axes, rows[0][1].value, len(rows))
        for at, (title, found) in enumerate(reversed(rows)):
            _interval(axes, at, title, found, width)
        known = [v for _, e in rows for v in (e.value, e.low) if v is not None]
        axes.set_xlim(max(0.0, min([0.5, *known]) - 0.05), 1.0)
        axes.set_ylim(-0.6, len(rows) - 0.15)
        axes.xaxis.set_major_formatter(matplotlib.ticker.FuncFormatter(lambda v, _: f"{100 * v:.0f} %"))
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(label)
        return _unnamed(svg(canvas))
