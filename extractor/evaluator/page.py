"""An evaluation as one HTML page: no external asset, everything escaped, readable on paper, on a phone and in the dark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from extractor.evaluator import plots
from extractor.evaluator.charts import is_core
from extractor.evaluator.evaluation import Difference, Evaluation
from extractor.evaluator.observe import HEADLINE
from extractor.evaluator.pairing import CAUSES
from extractor.evaluator.stats import Estimate, Figures
from extractor.version import VERSION

MOST = 3_000
"""Differences shown on a page; the JSON holds all."""


def page(found: Evaluation) -> str:
    """The page. Holds words of notes, escaped."""
    environment = Environment(
        loader=PackageLoader("extractor.evaluator", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"share": share, "span": span, "number": number}
    environment.tests["record_list"] = is_records
    main = [f for n, f in found.figures.items() if is_core(n)] or [f for f in found.figures.values() if not f.field.endswith(".exact")]
    chosen = {f.field for f in main}
    return environment.get_template("page.html.j2").render(
        found=found,
        version=VERSION,
        main=main,
        rest=[f for f in found.figures.values() if f.field not in chosen],
        headline=[found.figures[n] for n in HEADLINE if n in found.figures],
        tolerant=tolerant(found),
        strata={by: strata_rows(groups) for by, groups in found.strata.items()},
        causes=CAUSES,
        confusions=confusions(*found.contexts),
        groups=groups(found.differences[:MOST]),
        left_off=max(0, len(found.differences) - MOST),
        forest=Markup(plots.forest(main)) if main else "",
        bars=Markup(plots.causes(found.causes)) if found.causes else "",
        sections=sections(found),
    )


def share(value: Estimate | float | None) -> str:
    """Three decimals, or a dash."""
    plain = value.value if isinstance(value, Estimate) else value
    return "–" if plain is None else f"{plain:.3f}"


def span(value: Estimate) -> str:
    """The interval, or nothing."""
    return "" if value.low is None or value.high is None else f"{value.low:.2f}–{value.high:.2f}"


def number(value: Any) -> str:
    """A cell of a section of another module."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    if isinstance(value, list | tuple):
        return ", ".join(number(v) for v in value)
    return str(value)


def is_records(value: Any) -> bool:
    """A list that can be shown as a table?"""
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(v, Mapping) for v in value)


def tolerant(found: Evaluation) -> list[tuple[str, Estimate, list[Estimate]]]:
    """(field, strict F1, F1 at each tolerance) of fields that a tolerance changes."""
    out = []
    for name, strict in found.figures.items():
        others = [level[name].f1 if name in level else Estimate(None) for level in found.tolerant.values()]
        if any(o.value is not None and o.value != strict.f1.value for o in others):
            out.append((name, strict.f1, others))
    return out


def strata_rows(groups: Mapping[str, Mapping[str, Figures]]) -> tuple[list[str], list[tuple[str, list[Figures | None]]]]:
    """The fields shown and a row for each stratum that has any of them."""
    seen = {name for figures in groups.values() for name in figures}
    names = [n for n in HEADLINE if n in seen] or sorted(n for n in seen if n.startswith("spans.") and n.count(".") == 1)
    rows = [(stratum, [figures.get(n) for n in names]) for stratum, figures in groups.items()]
    return names, [r for r in rows if any(r[1])]


def confusions(names: Sequence[str], matrix: Sequence[Sequence[int]]) -> list[tuple[str, str, int]]:
    """(labeled, extracted, times) off the diagonal, most first."""
    found = [(a, b, matrix[i][j]) for i, a in enumerate(names) for j, b in enumerate(names) if i != j and matrix[i][j]]
    return sorted(found, key=lambda c: (-c[2], c[0], c[1]))


def groups(differences: Iterable[Difference]) -> list[tuple[str, list[Difference]]]:
    """Differences by field, chart tables before spans, by patient within."""
    out: dict[str, list[Difference]] = {}
    for d in differences:
        out.setdefault(d.field, []).append(d)
    ranked = sorted(out.items(), key=lambda item: (item[0].startswith(("spans.", "context.")), item[0]))
    return [(field, sorted(own, key=lambda d: (d.patient, d.row))) for field, own in ranked]


def sections(found: Evaluation) -> list[tuple[str, str, Mapping[str, Any], Markup]]:
    """(anchor, title, data, plot) of the sections that other modules supplied. Their SVG is trusted: it is drawn by our own code."""
    supplied = (("endpoints", "Endpoints", found.endpoints), ("reliability", "Reliability of confidence", found.reliability))
    return [(name, title, s.to_json(), Markup(s.svg()) if hasattr(s, "svg") else Markup("")) for name, title, s in supplied if s]
