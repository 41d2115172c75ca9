"""A report as one HTML page: no external asset and no script, every note's word escaped, readable on paper, on a phone and in the dark."""

from __future__ import annotations

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from extractor.report import flow
from extractor.report.compose import Report
from extractor.report.content import Drawing
from extractor.report.trace import Trace
from extractor.version import VERSION


def page(made: Report) -> str:
    """The page. Holds words of notes, escaped."""
    trace = Trace(made.cohort, ((_title(table, row, column), cell) for table, row, column, cell in made.figures()))
    environment = Environment(
        loader=ChoiceLoader([PackageLoader("extractor.report", "."), PackageLoader("extractor.evaluator", ".")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["href"] = trace.href
    environment.tests["drawing"] = lambda part: isinstance(part, Drawing)
    return environment.get_template("report.html.j2").render(
        made=made,
        version=VERSION,
        trace=trace,
        trusted=Markup,  # drawings are made by our own code, their labels escaped there
        flow_wide=Markup(flow.svg(made.flow, trace.href)),
        flow_narrow=Markup(flow.svg(made.flow, trace.href, narrow=True)),
        notes=len(made.cohort.notes),
    )


def _title(table: str, row: str, column: str) -> str:
    return f"{table.replace('_', ' ')}: {row}" + ("" if column in ("count", "value") else f", {column}")
