"""Writes the figures of the README between their marks, and prints the endpoint figures.

    python bench/figures.py README.md [ROBUSTNESS]      ROBUSTNESS: every how many charts are rewritten (1: all)

What each table holds is what ``extractor corpora score``, ``--first-contact``, ``extractor corpora robustness`` and ``extractor endpoints`` say.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from extractor import corpora, run
from extractor import rules as rule_files
from extractor.evaluator import charts, labels, predicted, quotes, robustness, spans
from extractor.evaluator.charts import HEADLINE, Figure
from extractor.evaluator.endpoints import endpoints
from extractor.pipeline import build

START, END = "<!-- figures -->", "<!-- /figures -->"
Cells = Iterable[Sequence[str]]


def table(head: Sequence[str], rows: Cells) -> str:
    """A Markdown table."""
    return "\n".join(f"| {' | '.join(r)} |" for r in (head, ["---"] * len(head), *rows)) + "\n"


def share(value: float | None) -> str:
    """Three decimals."""
    return "-" if value is None else f"{value:.3f}"


def first_contact() -> str:
    """F1 of every collection on the day it was first read."""
    rows = []
    for folder in corpora.collections():
        found = charts.figures(charts.score(map(corpora.load, corpora.files(folder / "charts")), folder / corpora.FIRST).values())
        rows.append([folder.name, share(charts.headline(found)), *(share(found[k].f1 if k in found else 1.0) for k in HEADLINE)])
    return table(["collection", "headline", "procedures", "lesions", "coverage", "complications", "local assessments", "outcomes"], rows)


def fields(found: Mapping[str, Figure]) -> str:
    """Precision, recall and F1 of every field."""
    return table(["field", "precision", "recall", "F1"], [[k, share(f.precision), share(f.recall), share(f.f1)] for k, f in found.items()])


def rewritten(every: int) -> str:
    """Cells that a rewriting leaves as they were."""
    notes = [corpora.notes(corpora.load(f)) for f in corpora.files()[::every]]
    kept = robustness.measure(notes, robustness.CHANGES, build(rule_files.load()))
    return table(
        ["change", "charts unchanged", "cells unchanged"],
        [[k.change.name, f"{k.charts_same}/{k.charts}", share(k.cells_same / k.cells)] for k in kept],
    )


def figures(every: int) -> str:
    """Everything between the marks."""
    with tempfile.TemporaryDirectory() as scratch:
        source, out = Path(scratch) / "notes.jsonl", Path(scratch) / "cohort"
        corpora.write_notes(source)
        run.extract(source, out)
        labeled = [corpora.load(f) for f in corpora.files()]
        tallies = list(charts.score(labeled, out).values())
        found, (low, high) = charts.figures(tallies), charts.interval(tallies)
        marked, rests = spans.score(labeled, out), quotes.overlap(labeled, predicted.read(out))
        study = endpoints(labels.read(out), {c["patient_id"]: charts.labeled(c) for c in labeled})
    year = study.survival[0]
    context = [[k, share(f.precision), share(f.recall), share(f.f1), str(f.tp + f.fn)] for k, f in marked.context.items()]
    parts = (
        "**Unseen charts.** Each collection was scored once before any of its errors was looked at, with the rules of that day; these are the\n"
        "figures that mean something. `extractor corpora score --first-contact` (F1; headline = mean of the others):\n",
        first_contact(),
        "**The same charts after their errors were mended** (development figures; they say what the rules can express, not what they will do\n"
        f"elsewhere): `extractor corpora score` gives a headline of {share(charts.headline(found))} (95 % interval {share(low)} to {share(high)}, {len(labeled)} charts). Every field:\n",
        fields(found),
        f"Local progression-free survival at 12 months, first ablations, on these charts: {year.extraction.value:.3f} from the extraction, {year.labels.value:.3f} from the labels\n"
        "(`extractor endpoints`); events lesion by lesion: "
        + "; ".join(
            f"{e.dated}: sensitivity {share(e.sensitivity.value)}, predictive value {share(e.predictive_value.value)}" for e in study.events
        )
        + ".\n",
        f"Mentions against the span labels of {marked.notes} notes (overlap; exact boundaries; right concept among the found):\n",
        table(["span", "precision", "recall", "F1", "exact F1", "concept"], span_rows(marked)),
        "Context of the spans found:\n",
        table(["context", "precision", "recall", "F1", "n"], context),
        "Rows whose evidence overlaps the passage that a reader quoted for them: "
        + ", ".join(f"{t} {a}/{b}" for t, (a, b) in rests.items())
        + ".\n",
        "Rewriting a chart in ways that should not matter (`extractor corpora robustness`"
        + (f", every {every}th chart" if every > 1 else "")
        + "):\n",
        rewritten(every),
    )
    return "\n".join(parts)


def span_rows(found: spans.SpanScores) -> Cells:
    """A row a label."""
    for label, f in found.overlap.items():
        yield label, share(f.precision), share(f.recall), share(f.f1), share(found.exact[label].f1), share(found.concept.get(label))


def main(readme: Path, every: int) -> None:
    """Replace what stands between the marks."""
    text = readme.read_text(encoding="utf-8")
    before, rest = text.split(START, 1)
    readme.write_text(f"{before}{START}\n{figures(every)}{END}{rest.split(END, 1)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
