"""Labels against an extraction: every figure with its interval, every difference with the words behind it."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from extractor.errors import LabelError
from extractor.evaluator import calibrating, quotes, spanlabels, spanpairs, stats
from extractor.evaluator import labels as label_files
from extractor.evaluator import predicted as predictions
from extractor.evaluator.charts import NOTHING, brief
from extractor.evaluator.labelrows import SCORED
from extractor.evaluator.labels import Labels
from extractor.evaluator.observe import Observation, observe
from extractor.evaluator.pairing import CAUSES, STRICT, Tolerance
from extractor.evaluator.predicted import Passage, Predicted
from extractor.evaluator.spanlabels import SpanLabels
from extractor.evaluator.stats import Draws, Estimate, Figures
from extractor.evaluator.strata import Strata, check

DAYS = (7, 30)
"""Tolerances of dates beside the exact one."""
MILLIMETRES = 3.0
"""Tolerance of lengths beside the strict one, unless another is asked for."""


class Section(Protocol):
    """A part of an evaluation that another module supplies. ``svg``, if there is one, returns a plot as SVG markup for the page."""

    def to_json(self) -> dict[str, Any]:
        """The section as plain data: numbers and text become a list, lists of records become tables."""
        ...


@dataclass(frozen=True, slots=True)
class Options:
    """What to measure: strata, the millimetres of tolerant lengths, rounds and seed of the bootstrap."""

    by: tuple[str, ...] = ()
    millimetres: float = MILLIMETRES
    rounds: int = stats.ROUNDS
    seed: int = stats.SEED


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that labels and extraction say otherwise: both sides in words, and the passages that they rest on."""

    patient: str
    field: str
    cause: str
    labeled: str
    extracted: str
    row: str
    quoted: tuple[Passage, ...] = ()
    rests: tuple[Passage, ...] = ()
    rules: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain data; holds words of notes."""
        plain = {n: getattr(self, n) for n in ("patient", "field", "cause", "row", "labeled", "extracted")}
        return {
            **plain,
            "label_quote": [p.to_json() for p in self.quoted],
            "rests_on": [p.to_json() for p in self.rests],
            "rules": list(self.rules),
            "dropped": list(self.dropped),
        }


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything measured. ``tolerant`` holds figures by the name of a tolerance, ``strata`` by stratum variable and stratum, ``quoted`` by
    table (rows whose evidence overlaps the label's quote, matched rows). ``headline`` is None where labels lack one of its tables.

    ``endpoints`` and ``reliability`` are places for sections that other modules supply.
    """

    charts: int
    absent: tuple[str, ...]
    unlabeled: int
    span_notes: int
    headline: Estimate | None
    figures: Mapping[str, Figures]
    tolerant: Mapping[str, Mapping[str, Figures]]
    strata: Mapping[str, Mapping[str, Mapping[str, Figures]]]
    causes: Mapping[str, Mapping[str, int]]
    rules: Sequence[tuple[str, Mapping[str, int]]]
    contexts: tuple[Sequence[str], Sequence[Sequence[int]]]
    differences: Sequence[Difference]
    quoted: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    options: Options = field(default=Options())
    endpoints: Section | None = None
    reliability: Section | None = None

    def to_json(self) -> dict[str, Any]:
        """The whole as plain data; holds words of notes."""
        names, matrix = self.contexts
        sections = {n: s.to_json() for n, s in (("endpoints", self.endpoints), ("reliability", self.reliability)) if s}
        return {
            "charts": self.charts,
            "absent_patients": list(self.absent),
            "unlabeled_patients": self.unlabeled,
            "span_labeled_notes": self.span_notes,
            "bootstrap": {"rounds": self.options.rounds, "seed": self.options.seed, "unit": "patient", "interval": "percentile, 95 %"},
            "headline": self.headline.to_json() if self.headline else None,
            "figures": _plain(self.figures),
            "tolerant": {k: _plain(v) for k, v in self.tolerant.items()},
            "strata": {by: {k: _plain(v) for k, v in found.items()} for by, found in self.strata.items()},
            "causes": {k: dict(v) for k, v in self.causes.items()},
            "rules": [{"rule": r, **dict(c)} for r, c in self.rules],
            "evidence_on_label_quote": {t: {"overlapping": a, "matched": b} for t, (a, b) in self.quoted.items()},
            "context_confusion": {"labels": list(names), "matrix": [list(r) for r in matrix]},
            "differences": [d.to_json() for d in self.differences],
            **sections,
        }

    def f1(self, name: str) -> float:
        """F1 of a field or ``headline``. Raises LabelError with the known names."""
        if name == "headline" and self.headline and self.headline.value is not None:
            return self.headline.value
        if name not in self.figures:
            known = (["headline"] if self.headline else []) + list(self.figures)
            raise LabelError(f"no figure {name!r} here; there are {', '.join(known)}")
        return float(self.figures[name].f1.value or 0.0)


def _plain(figures: Mapping[str, Figures]) -> dict[str, Any]:
    return {k: f.to_json() for k, f in figures.items()}


# ---- making one -----------------------------------------------------------------------------------------------------------


def evaluate(pred: Path, label_path: Path, column_map: Path | None = None, options: Options | None = None) -> Evaluation:
    """Compare a folder of cohort tables (or a second reader's labels) with labels. Raises LabelError, CorpusError or CohortError."""
    options = options or Options()
    for by in options.by:
        check(by)
    if not label_path.exists():
        raise LabelError(f"{label_path}: no such file or folder")
    predicted = _predicted(pred)
    if spanlabels.is_span_source(label_path):
        return _measure(None, spanlabels.read(label_path, _span_names(column_map)), predicted, options)
    labels = label_files.load(label_path, column_map)
    spans = spanlabels.of_charts(labels.charts)
    found = _measure(labels, spans if predicted.mentions else SpanLabels(()), predicted, options)
    found = replace(found, reliability=calibrating.of_run(pred, labels))
    return replace(found, quoted=quotes.overlap(labels.charts, predicted)) if labels.charts and predicted.mentions else found


def _predicted(pred: Path) -> Predicted:
    if not pred.exists():
        raise LabelError(f"{pred}: no such file or folder")
    if label_files.is_cohort(pred):
        return predictions.read(pred)
    return predictions.bare(label_files.read(pred))


def _span_names(column_map: Path | None) -> dict[str, str]:
    if column_map is None:
        return {}
    try:
        told = tomllib.loads(column_map.read_text(encoding="utf-8")).get("spans", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise LabelError(f"{column_map}: cannot be read as TOML: {error}") from None
    if not isinstance(told, dict) or not all(isinstance(v, str) for v in told.values()):
        raise LabelError(f'{column_map}: spans: write "Your label" = "COMPLICATION:pneumothorax"')
    return told


def _measure(labels: Labels | None, spans: SpanLabels, predicted: Predicted, options: Options) -> Evaluation:
    patients = labels.patients if labels else {}
    absent = tuple(p for p in patients if p not in predicted.tables)
    if patients and len(absent) == len(patients):
        raise LabelError(f"no labeled patient is in the extraction; the first is {absent[0]!r}; are these the same ids?")
    seen = _charts(labels, predicted, STRICT)
    span_seen = spanpairs.observe(spans, predicted)
    draws = Draws.of([*patients, *(o.patient for o in span_seen)], options.rounds, options.seed)
    strata = Strata(patients, predicted)
    everything = [*seen, *span_seen]
    differences = [difference(o, predicted) for o in everything if o.is_error]
    return Evaluation(
        charts=len(patients),
        absent=absent,
        unlabeled=len(predicted.tables) - len(patients) + len(absent) if labels else 0,
        span_notes=len(spans.notes),
        headline=stats.headline(seen, draws) if labels and set(SCORED[1:]) <= set(labels.columns) else None,
        figures=stats.figures(everything, draws),
        tolerant=_tolerant(labels, predicted, draws, options) if labels else {},
        strata={by: dict(stats.by_stratum(((strata.of(by)(o), o) for o in everything), draws)) for by in options.by},
        causes=_causes(everything),
        rules=_rules(differences),
        contexts=stats.confusion(spanpairs.contexts(span_seen)),
        differences=differences,
        options=options,
    )


def _charts(labels: Labels | None, predicted: Predicted, tolerance: Tolerance) -> list[Observation]:
    """Observations of every labeled chart, in the tables that the labels have."""
    if labels is None:
        return []
    return [
        seen
        for patient, gold in labels.patients.items()
        for seen in observe(patient, gold, predicted.tables.get(patient, NOTHING), labels.columns, tolerance)
        if seen.table in labels.columns
    ]


def _tolerant(labels: Labels, predicted: Predicted, draws: Draws, options: Options) -> dict[str, dict[str, Figures]]:
    """Figures matched anew within each tolerance."""
    mm = options.millimetres
    levels = {f"dates within {d} days": Tolerance(days=d, months=d / 30.4375 + 0.01) for d in DAYS}
    levels[f"lengths within {mm:g} mm"] = Tolerance(size_mm=mm, min_margin_mm=mm)
    return {name: stats.figures(_charts(labels, predicted, level), draws) for name, level in levels.items()}


def _causes(observations: Iterable[Observation]) -> dict[str, dict[str, int]]:
    """Errors by table and cause."""
    counted: dict[str, Counter[str]] = {table: Counter() for table in (*SCORED, "spans")}
    for seen in (o for o in observations if o.is_error):
        counted[seen.table][seen.cause] += 1
    return {table: {c: n[c] for c in CAUSES} for table, n in counted.items() if n}


def _rules(differences: Iterable[Difference]) -> list[tuple[str, dict[str, int]]]:
    """Errors by the rule behind the extraction, most first; one error counts once for each rule that it rests on."""
    counted: dict[str, Counter[str]] = {}
    for d in differences:
        for rule in d.rules:
            counted.setdefault(rule, Counter())[d.cause] += 1
    most = sorted(counted.items(), key=lambda item: (-item[1].total(), item[0]))
    return [(rule, {c: n[c] for c in CAUSES}) for rule, n in most]


# ---- differences ----------------------------------------------------------------------------------------------------------

PASSAGES = 4
"""Passages shown for one side of a difference at most."""


def difference(seen: Observation, predicted: Predicted) -> Difference:
    """An error in words, with the passages behind either side."""
    if seen.table == "spans":
        return _span_difference(seen, predicted)
    behind = predicted.behind(seen.table, seen.got, seen.column)
    quote = str((seen.gold or {}).get("quote") or "").strip()
    near = predicted.at(seen.patient, quote) if quote else []
    dropped = (
        {predicted.drops[m["mention_id"]]["reason"] for m in near if m["mention_id"] in predicted.drops} if seen.got is None else set()
    )
    return Difference(
        seen.patient,
        seen.field if seen.field.endswith(seen.column) or seen.field == "outcomes" else f"{seen.field} ({seen.column})",
        seen.cause,
        _side(seen.labeled, seen.gold, seen.column),
        _side(seen.extracted, seen.got, seen.column),
        brief(seen.gold or seen.got or {}),
        tuple(predictions.passage(n, at, at + len(quote)) for n, at in predicted.places(seen.patient, quote)[:PASSAGES]),
        _passages(behind, predicted),
        tuple(sorted({str(m["rule_id"]) for m in behind})),
        tuple(sorted(str(d) for d in dropped)),
    )


def _side(value: Any, row: Mapping[str, Any] | None, column: str) -> str:
    if row is None:
        return "(no row)"
    if not column:
        return brief(dict(row))
    return stats.category(str(value).lower() if isinstance(value, bool) else value)


def _passages(mentions: Iterable[Mapping[str, Any]], predicted: Predicted) -> tuple[Passage, ...]:
    told = (predicted.passage(m) for m in mentions)
    return tuple([p for p in told if p is not None][:PASSAGES])


def _span_difference(seen: Observation, predicted: Predicted) -> Difference:
    gold, got = (_span_passages(r, predicted) for r in (seen.gold, seen.got))
    own = seen.gold or seen.got or {}
    return Difference(
        seen.patient,
        seen.field,
        seen.cause,
        _span_side(seen, seen.gold, seen.labeled),
        _span_side(seen, seen.got, seen.extracted),
        f"{own['note_id']} {own['start']}-{own['end']}",
        gold,
        got,
        (str(seen.got["rule_id"]),) if seen.got else (),
    )


def _span_side(seen: Observation, row: Mapping[str, Any] | None, value: Any) -> str:
    if row is None:
        return "(no span)"
    return str(value) if seen.column else " ".join([str(row["concept"]), *sorted(row["context"])])


def _span_passages(row: Mapping[str, Any] | None, predicted: Predicted) -> tuple[Passage, ...]:
    note = predicted.notes.get(row["note_id"]) if row else None
    return (predictions.passage(note, row["start"], row["end"], str(row.get("rule_id", ""))),) if row and note else ()
