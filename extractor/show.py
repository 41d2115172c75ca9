"""What a person sees on the terminal: counts per table and one chart as a timeline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from rich.console import Console
from rich.table import Column, Table

from extractor.confidence.promise import fewest, fewest_binomial
from extractor.evaluator.charts import HEADLINE, Figure, headline, is_core
from extractor.evaluator.robustness import Kept
from extractor.evaluator.spans import SpanScores
from extractor.explain import safe
from extractor.schema import COHORT
from extractor.tables import read_cohort

if TYPE_CHECKING:
    from extractor.evaluator.calibrating import Made, Reading
    from extractor.evaluator.evaluation import Evaluation
    from extractor.evaluator.gains import Compared
    from extractor.evaluator.stats import Estimate, Figures


def counts(console: Console, rows: Mapping[str, int]) -> None:
    """Rows per table."""
    table = Table("table", "rows", title="Cohort tables")
    for name, number in rows.items():
        table.add_row(name, str(number))
    console.print(table)


def timeline(console: Console, out: Path, patient: str | None = None) -> str:
    """One chart in order of day: sessions, events, exams. Without ``patient`` the one with the most rows; returns whose it is."""
    tables = read_cohort(out, COHORT)
    patient = patient or _fullest(tables)
    table = Table("date", "what", "detail", title=f"Chart {safe(patient)}")
    for day, what, detail in sorted(_events(tables, patient)):
        table.add_row(day, what, safe(detail))
    console.print(table)
    return patient


def robustness(console: Console, found: Iterable[Kept]) -> None:
    """Shares of charts and cells that a change of writing leaves as they are."""
    table = Table("change", "charts unchanged", "cells unchanged", title="What a change of writing does to a chart")
    for k in found:
        table.add_row(k.change.name, f"{k.charts_same}/{k.charts}", f"{k.cells_same / k.cells:.3f}" if k.cells else "-")
    console.print(table)


def _fullest(tables: Mapping[str, pd.DataFrame]) -> str:
    seen = pd.concat([tables[t]["patient_id"] for t in ("lesions", "complications", "assessments")])
    return str(seen.value_counts().sort_index().idxmax()) if len(seen) else str(tables["patients"]["patient_id"].iloc[0])


def _events(tables: Mapping[str, pd.DataFrame], patient: str) -> Iterator[tuple[str, str, str]]:
    own = {name: frame[frame["patient_id"] == patient] for name, frame in tables.items()}
    lesions = own["lesions"].set_index("lesion_id") if len(own["lesions"]) else own["lesions"]
    for _, r in own["procedures"].iterrows():
        targets = own["lesions"][own["lesions"]["procedure_id"] == r["procedure_id"]]
        what = "; ".join(_lesion(t) for _, t in targets.iterrows())
        yield str(r["date"]), str(r["modality"]), what
    for _, r in own["complications"].iterrows():
        yield str(r["date"]), "complication", f"{r['term']}, {_or(r['severity'], 'severity not told')}"
    for _, r in own["assessments"].iterrows():
        where = _lesion(lesions.loc[r["lesion_id"]], short=True) if not pd.isna(r["lesion_id"]) else "elsewhere"
        yield str(r["date"]), f"{r['modality']}", f"{where}: {r['status']}"
    for _, r in own["treatments"].iterrows():
        if not pd.isna(r["date"]):
            yield str(r["date"]), str(r["kind"]), str(r["kind_text"])


def _lesion(row: pd.Series, short: bool = False) -> str:
    side = f"{row['laterality']} " if not pd.isna(row["laterality"]) else ""
    if short:
        return f"{side}{_or(row['site'], 'site not told')}"
    size = f" {row['size_mm']:g} mm" if not pd.isna(row["size_mm"]) else ""
    margin = f", margin {row['min_margin_mm']:g} mm" if not pd.isna(row["min_margin_mm"]) else ""
    return f"{side}{_or(row['site'], 'site not told')}{size}, coverage {_or(row['coverage'], 'not told')}{margin}"


def _or(value: object, otherwise: str) -> str:
    return otherwise if pd.isna(value) else str(value)  # type: ignore[call-overload]


def scores(console: Console, found: Mapping[str, Figure], head: float, low: float, high: float, charts: int) -> None:
    """Precision, recall and F1 of every field, and the headline with its interval."""
    table = Table("field", "precision", "recall", "F1", "tp", "fp", "fn", title=f"{charts} charts")
    for name, f in found.items():
        table.add_row(
            name + (" *" if name in HEADLINE else ""), _share(f.precision), _share(f.recall), _share(f.f1), str(f.tp), str(f.fp), str(f.fn)
        )
    console.print(table)
    console.print(f"headline (mean F1 of *): {head:.3f}, 95 % interval {low:.3f} to {high:.3f} (bootstrap by chart)", soft_wrap=True)


def first_contact(console: Console, found: Mapping[str, Mapping[str, Figure]]) -> None:
    """A row a collection: its headline and the F1 of the headline's fields when it was first read."""
    table = Table(
        "charts", "all", *(f.split(".")[-1] for f in HEADLINE), title="F1 when each collection was first read (all: the headline)"
    )
    for name, figures in found.items():
        table.add_row(name, _share(headline(figures)), *(_share(figures[f].f1) if f in figures else "-" for f in HEADLINE))
    console.print(table)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def span_scores(console: Console, found: SpanScores) -> None:
    """Span and context figures, where notes carry span labels."""
    if not found.notes:
        return
    table = Table("span", "precision", "recall", "F1", "exact F1", "concept", title=f"Span labels of {found.notes} notes (overlap)")
    for name, f in found.overlap.items():
        table.add_row(
            name, _share(f.precision), _share(f.recall), _share(f.f1), _share(found.exact[name].f1), _share(found.concept.get(name))
        )
    console.print(table)
    context = Table("context", "precision", "recall", "F1", "n", title="What holds of the spans found")
    for name, f in found.context.items():
        context.add_row(name, _share(f.precision), _share(f.recall), _share(f.f1), str(f.tp + f.fn))
    console.print(context)


def evaluation(console: Console, found: Evaluation, every: bool = False) -> None:
    """The main fields (or every one) with the interval of F1, the headline, errors by cause, and the strata asked for."""
    title = f"{found.charts} labeled charts" if found.charts else f"{found.span_notes} labeled notes"
    table = Table(
        *(Column(h, no_wrap=True) for h in ("field", "prec.", "recall", "F1", "95 %", "acc.", "kappa")), title=title, padding=(0, 0)
    )
    for name, f in found.figures.items():
        if every or (_is_main(name) if found.charts else not name.endswith(".exact")):
            mark = " *" if name in HEADLINE else ""
            shares = (f.precision, f.recall, f.f1)
            table.add_row(
                safe(name) + mark, *(_share(e.value) for e in shares), _interval(f.f1), _share(f.accuracy.value), _share(f.kappa.value)
            )
    console.print(table)
    for by, strata in found.strata.items():
        _strata(console, by, strata)
    if found.headline:
        console.print(f"headline (mean F1 of *): {_share(found.headline.value)} ({_interval(found.headline)})", soft_wrap=True)
    errors = [f"{n} {cause}" for cause, n in _total(found.causes).items() if n]
    console.print("differences: " + (", ".join(errors) or "none"), soft_wrap=True)
    if found.absent:
        console.print(f"{len(found.absent)} labeled patients are not in the extraction and count as missed", soft_wrap=True)


def _is_main(name: str) -> bool:
    return is_core(name) or (name.startswith("spans.") and name.count(".") == 1)


def _interval(e: Estimate) -> str:
    return f"{e.low:.3f}-{e.high:.3f}" if e.low is not None and e.high is not None else "-"


def _total(causes: Mapping[str, Mapping[str, int]]) -> Counter[str]:
    return sum((Counter(c) for c in causes.values()), Counter[str]())


def _strata(console: Console, by: str, strata: Mapping[str, Mapping[str, Figures]]) -> None:
    fields = [f for f in HEADLINE if any(f in s for s in strata.values())] or sorted(
        {f for s in strata.values() for f in s if f.startswith("spans.")}
    )
    table = Table(by, *fields, title=f"F1 by {by}")
    for name, figures in strata.items():
        if any(f in figures for f in fields):
            table.add_row(safe(name), *(_share(figures[f].f1.value) if f in figures else "-" for f in fields))
    console.print(table)


def calibration(console: Console, made: Made) -> None:
    """Confidence against share right, the promise, and what is left to read."""
    found = made.reliability
    table = Table("confidence", "claims", "mean", "right", "95 % interval", title=f"{found.claims} claims of {found.charts} charts")
    for b in found.bins:
        seen = f"{b.interval[0]:.2f} to {b.interval[1]:.2f}"
        table.add_row(f"{b.low:.1f} to {b.high:.1f}", str(b.claims), f"{b.confidence:.3f}", f"{b.right:.3f}", seen)
    console.print(table)
    for name, value, spread in (("ECE", found.ece, found.ece_interval), ("Brier", found.brier, found.brier_interval)):
        console.print(
            f"{name} {value:.3f}, 95 % interval {spread[0]:.3f} to {spread[1]:.3f} (charts left out whole, bootstrap by chart)",
            soft_wrap=True,
        )
    _by_field(console, made)
    _readings(console, made.readings)
    for r in made.readings:
        console.print(_promise(made, r.level), soft_wrap=True)


def _by_field(console: Console, made: Made) -> None:
    table = Table(Column("claim", no_wrap=True), "n", "confidence", "right")
    for name, (n, confidence, right) in made.reliability.fields.items():
        table.add_row(name, str(n), f"{confidence:.3f}", f"{right:.3f}")
    console.print(table)


def _readings(console: Console, found: Iterable[Reading]) -> None:
    table = Table("level", "accepted", "right by chart", "right", "charts with a wrong one", "charts to open", "read first", "at random")
    for r in found:
        low, high = r.error_interval
        wrong = f"{r.with_error}/{r.charts} ({low:.2f} to {high:.2f})"
        shares = _share(r.right_by_chart), _share(r.right)
        table.add_row(f"{r.level:g}", f"{r.accepted}/{r.claims}", *shares, wrong, f"{r.to_open}/{r.charts}", str(r.first), str(r.at_random))
    console.print(table)
    console.print(
        "right by chart is what is promised; read first: charts to read, most valuable first, until that share of all claims is right",
        soft_wrap=True,
    )


def _promise(made: Made, level: float) -> str:
    promise = made.calibration.promise
    need = f"{level:g} needs {fewest(level)} labeled charts at least (the exact binomial bound on charts without an error: {fewest_binomial(level)})"
    if not promise.charts:
        return f"no promise at {level:g}: no labeled chart was read with these rules; {need}"
    if promise.charts < fewest(level):
        return f"no promise at {level:g}: {promise.charts} labeled charts are too few; {need}"
    limit = promise.threshold(level)
    return f"promise at {level:g}: " + (
        f"confidence {limit:g} or more, by {promise.charts} charts"
        if limit <= 1
        else f"no confidence is high enough on {promise.charts} charts"
    )


def compared(console: Console, found: Compared) -> None:
    """What the second run gained and lost, by field."""
    names = ("field", "both right", "gained", "lost", "wrong alike", "wrong other", "p", "McNemar")
    title = f"{found.verdicts[0].charts if found.verdicts else 0} charts, the second run against the first"
    table = Table(*(Column(n, no_wrap=n in ("field", "p")) for n in names), title=title, padding=(0, 0))
    for v in found.verdicts:
        cells = v.both_right, v.gained, v.lost, v.wrong_alike, v.wrong_differently
        table.add_row(v.field, *map(str, cells), _p(v.p), _p(v.mcnemar))
    console.print(table)
    a, b = found.headlines
    console.print(f"headline {a:.3f} -> {b:.3f}", soft_wrap=True)
    console.print(
        "p: sign-flip permutation by chart, two-sided, the fields not corrected for their number; McNemar takes cells as independent",
        soft_wrap=True,
    )


def _p(value: float) -> str:
    return "<0.001" if value < 0.001 else f"{value:.3f}"
