"""What a person sees of endpoints, agreement and plans on the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from extractor.evaluator.agreement import Agreement
from extractor.evaluator.endpoints import Compared, Endpoints
from extractor.evaluator.planning import Need
from extractor.stats.estimate import Estimate


def _table(*columns: str, title: str = "") -> Table:
    """A table whose words wrap but are never cut."""
    table = Table(*columns, title=title, box=SIMPLE_HEAD)
    for column in table.columns:
        column.overflow = "fold"
    table.columns[0].min_width = 16
    return table


def percent(found: Estimate) -> str:
    """A share with its interval, in percent; the reason where there is none."""
    return _figure(found, "{:.1f}", 100)


def number(found: Estimate) -> str:
    """A figure with its interval, two decimals."""
    return _figure(found, "{:.2f}", 1)


def _figure(found: Estimate, form: str, scale: float) -> str:
    if found.value is None:
        return found.note.split(":")[0] or "-"  # the reason stands in the sentences below
    limits = ["?" if v is None else form.format(scale * v) for v in (found.low, found.high)]
    return f"{form.format(scale * found.value)} ({limits[0]} to {limits[1]})"


def endpoints(console: Console, found: Endpoints) -> None:
    """Every figure from labels and extraction, and the sentence of conclusion."""
    _survival(console, "Local progression-free survival by lesion, first ablation, %", found.survival, found)
    if any(c.labels.n or c.extraction.n for c in found.retreated):
        _compared(console, "Retreated lesions, from the retreatment, %", found.retreated, percent)
    _events(console, found)
    _compared(console, "Complications, %", found.rates, percent)
    _compared(console, "Hazard ratios (third column: extraction over labels)", found.hazards, number)
    if any(found.coverage_unknown):
        told = f"coverage not told of {found.coverage_unknown[0]} labeled and {found.coverage_unknown[1]} extracted lesions: not in models that ask for it"
        console.print(told, soft_wrap=True)
    _corrected(console, found)
    for line in found.conclusion:
        console.print(line, soft_wrap=True, highlight=False)


def _compared(console: Console, title: str, rows: Iterable[Compared], form) -> None:  # type: ignore[no-untyped-def]
    table = _table("", "labels", "extraction", "difference", "verdict", title=title)
    table.columns[-1].no_wrap = True
    for c in rows:
        shown = c.name.rsplit(" at ", 1)[-1] if c.kind == "survival" else c.name
        table.add_row(shown, form(c.labels), form(c.extraction), form(c.difference), c.verdict)
    console.print(table)


def _survival(console: Console, title: str, rows: Sequence[Compared], found: Endpoints) -> None:
    _compared(console, title, rows, percent)
    ours, theirs = found.labels_curve, found.extraction_curve
    events = [rows[-1].labels.events, rows[-1].extraction.events] if rows else [0, 0]
    told = f"lesions followed: {found.lesions_followed[0]} labeled ({events[0]} events), {found.lesions_followed[1]} extracted ({events[1]} events), {found.matched_lesions} of them the same; {found.patients} patients"
    console.print(told, soft_wrap=True, highlight=False)
    risk = ", ".join(f"{m:g} months {a}/{b}" for m, a, b in zip(ours.marks, ours.at_risk, theirs.at_risk, strict=True))
    console.print(f"at risk (labels/extraction): {risk}", soft_wrap=True, highlight=False)


def _events(console: Console, found: Endpoints) -> None:
    table = _table("event", "sensitivity", "predictive value", title="Events, lesion by lesion, %")
    for e in found.events:
        table.add_row(e.dated, percent(e.sensitivity), percent(e.predictive_value))
    console.print(table)


def _corrected(console: Console, found: Endpoints) -> None:
    if found.cohort == found.patients:
        console.print("every patient of the cohort is labeled: no corrected figures", highlight=False)
        return
    table = _table(
        "",
        "extracted",
        "corrected",
        title=f"Whole cohort ({found.cohort} patients), corrected for the errors measured, %",
    )
    for c in found.corrected:
        table.add_row(c.name, percent(c.extracted), percent(c.corrected))
    console.print(table)


def agreement(console: Console, found: Agreement) -> None:
    """Agreement on rows, cells and dates."""
    console.print(f"{' and '.join(found.readers)}: {found.patients} patients labeled by all", soft_wrap=True, highlight=False)
    if found.left_out:
        console.print(f"{found.left_out} patients not labeled by all are left out", highlight=False)
    rows = _table("table", "rows told", "positive agreement (F1), %", title="Rows")
    for r in found.rows:
        rows.add_row(r.table, " / ".join(map(str, r.told)), percent(r.positive_agreement))
    console.print(rows)
    cells = _table(
        "cell",
        "rows",
        "the same, %",
        "beyond chance",
        title="Cells (kappa for two readers, else Krippendorff's alpha)",
    )
    dates = _table("date", "rows", "same day, %", "within 7 days", "within 30 days", title="Dates")
    for table in (cells, dates):
        table.columns[0].no_wrap = True
    for f in found.fields:
        if f.chance_corrected is not None:
            more = f"; by distance {number(f.ordered)}" if f.ordered and f.ordered.value is not None else ""
            cells.add_row(f.field, str(f.units), percent(f.same), number(f.chance_corrected) + more)
        elif f.within_7_days and f.within_30_days:
            dates.add_row(f.field, str(f.units), percent(f.same), percent(f.within_7_days), percent(f.within_30_days))
    console.print(cells)
    console.print(dates)
    console.print(f"{len(found.disputes)} cells or rows to decide (--sheet writes them)", highlight=False)


def needs(console: Console, found: Sequence[Need], width: float, cohort: int) -> None:
    """Charts needed for each figure."""
    table = _table("figure", "share", "units", "deff", "charts", f"of {cohort}")
    for column in table.columns:
        column.no_wrap = column is not table.columns[0]
    table.title = f"Charts to label for 95 % intervals {100 * width:g} points wide"
    for n in found:
        a = n.assumed
        charts = ["-" if v is None else str(v) for v in (n.charts, n.in_cohort)]
        shown = f"{n.field}: {n.measure}" if n.from_pilot else n.field
        table.add_row(shown, f"{a.share:.2f}", f"{a.units:.2f}", f"{a.deff:.2f}", *charts)
    console.print(table)
    console.print("share expected, units a chart, design effect, charts of a large cohort and of this one", soft_wrap=True, highlight=False)
    known = "a pilot" if found and found[0].from_pilot else "the share and the correlation given, units as this cohort's tables hold them"
    console.print(f"from {known}; the last column is for a sample that is to speak for this cohort alone", soft_wrap=True, highlight=False)
