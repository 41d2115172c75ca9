"""The survival curves of labels and extraction as a drawing (SVG), numbers at risk below."""

from __future__ import annotations

import io
from dataclasses import dataclass

from extractor.evaluator.endpoints import Endpoints
from extractor.stats.survival import Curve

COLOURS = {"labels": "#1b4f72", "extraction": "#b9770e"}


@dataclass(frozen=True, slots=True)
class PlotData:
    """Curves to draw, by source, and the month on which each number at risk stands."""

    curves: dict[str, Curve]
    marks: tuple[float, ...]


def plot_data(found: Endpoints) -> PlotData:
    """Both survival curves with numbers at risk."""
    return PlotData({"labels": found.labels_curve, "extraction": found.extraction_curve}, found.labels_curve.marks)


def svg(found: Endpoints, width: float = 7.0, height: float = 4.6) -> str:
    """Both curves as an SVG element to stand in a page: equal input gives equal text; inches at 72 dots."""
    import matplotlib
    from matplotlib.figure import Figure

    data = plot_data(found)
    with matplotlib.rc_context({"svg.hashsalt": "extractor", "svg.fonttype": "none", "font.family": "sans-serif"}):
        figure = Figure(figsize=(width, height))
        axes = figure.add_axes((0.14, 0.34, 0.83, 0.6))
        for name, c in data.curves.items():
            _draw(axes, name, c)
        _dress(axes, data)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    return text[text.index("<svg") :]


def _draw(axes, name: str, c: Curve) -> None:  # type: ignore[no-untyped-def]
    end = max([*c.months, *c.censored])
    axes.step([*c.months, end], [*c.survival, c.survival[-1]], where="post", label=name, color=COLOURS[name], linewidth=1.6)
    heights = [[s for t, s in zip(c.months, c.survival, strict=True) if t <= m][-1] for m in c.censored]
    axes.plot(c.censored, heights, "|", color=COLOURS[name], markersize=6)


def _dress(axes, data: PlotData) -> None:  # type: ignore[no-untyped-def]
    axes.set(
        ylim=(0, 1.02), xlim=(0, max(1.0, data.marks[-1])), ylabel="local progression-free survival", xlabel="months since the ablation"
    )
    axes.set_xticks(data.marks)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="lower left")
    across = axes.get_xaxis_transform()
    axes.text(0, -0.27, "lesions at risk", transform=axes.transAxes, fontsize=9)
    for row, (name, c) in enumerate(data.curves.items()):
        below = -0.36 - 0.09 * row
        axes.text(-0.02, below, name, transform=axes.transAxes, ha="right", fontsize=9, color=COLOURS[name])
        for mark, number in zip(c.marks, c.at_risk, strict=True):
            axes.text(mark, below, str(number), transform=across, ha="center", fontsize=9, clip_on=False)
