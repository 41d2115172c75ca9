"""Span labels from brat, doccano and Label Studio give the figures of the charts they were written from; damaged ones name the line."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from extractor import corpora
from extractor.errors import LabelError
from extractor.evaluator import predicted, spanlabels, spanpairs, spans, stats
from extractor.evaluator.evaluation import Options, evaluate
from extractor.evaluator.labels import Labels
from tests.evaluator import makers

FEW = Options(rounds=20)
WRITERS: list[tuple[Callable[..., Path], str]] = [(makers.brat, "brat"), (makers.doccano, "d.jsonl"), (makers.label_studio, "ls.jsonl")]


def only_spans(found: Any) -> dict[str, Any]:
    return {k: f.to_json() for k, f in found.figures.items() if k.startswith(("spans.", "context."))}


@pytest.mark.parametrize(("write", "name"), WRITERS, ids=[n for _, n in WRITERS])
def test_other_formats_give_the_figures_of_the_charts(
    write: Callable[[Path, Sequence[corpora.Json]], Path], name: str, gold: Labels, pred: Path, collection: Path, tmp_path: Path
) -> None:
    theirs = evaluate(pred, write(tmp_path / name, gold.charts), options=FEW)
    ours = evaluate(pred, collection / "charts", options=FEW)
    assert {k for k in only_spans(ours) if k.startswith("spans.")} >= {"spans.PROCEDURE", "spans.COMPLICATION.concept", "spans.SIZE.exact"}
    strip = {"low", "high"}  # patients without span labels take part in the rounds of charts only
    assert _without(only_spans(theirs), strip) == _without(only_spans(ours), strip)
    assert theirs.contexts == ours.contexts
    assert (theirs.headline, theirs.charts, theirs.span_notes) == (None, 0, ours.span_notes)


def _without(value: Any, names: set[str]) -> Any:
    return {k: _without(v, names) for k, v in value.items() if k not in names} if isinstance(value, dict) else value


def test_counts_are_those_of_the_span_scorer(gold: Labels, pred: Path) -> None:
    theirs = spans.score(gold.charts, pred)
    seen = spanpairs.observe(spanlabels.of_charts(gold.charts), predicted.read(pred))
    ours = stats.figures(seen, stats.Draws.of({o.patient for o in seen}, rounds=2))
    for label, figure in theirs.overlap.items():
        found = ours[f"spans.{label}"]
        assert (found.tp, found.fp, found.fn) == (figure.tp, figure.fp, figure.fn)
        assert ours[f"spans.{label}.exact"].tp == theirs.exact[label].tp
        if label in theirs.concept:
            assert ours[f"spans.{label}.concept"].accuracy.value == pytest.approx(theirs.concept[label])
    for name, figure in theirs.context.items():
        found = ours[f"context.{name}"]
        assert (found.tp, found.fp, found.fn) == (figure.tp, figure.fp, figure.fn)


def test_the_confusion_of_contexts_counts_every_pair(gold: Labels, pred: Path) -> None:
    seen = spanpairs.observe(spanlabels.of_charts(gold.charts), predicted.read(pred))
    names, matrix = stats.confusion(spanpairs.contexts(seen))
    pairs = [o for o in seen if o.field.count(".") == 1 and o.table == "spans" and o.field.startswith("spans.") and o.tp]
    assert sum(map(sum, matrix)) == len(pairs)
    negated = names.index("negated")
    told = [o for o in pairs if o.gold and o.got and o.gold["context"] == o.got["context"] == {"negated"}]
    assert matrix[negated][negated] == len(told) > 0


def test_without_concept_or_context_these_are_not_scored(gold: Labels, pred: Path, tmp_path: Path) -> None:
    path = makers.doccano(tmp_path / "d.jsonl", gold.charts)
    bare = [json.loads(line) for line in path.read_text().splitlines()]
    for record in bare:
        record["label"] = [[a, b, x.split(":")[0]] for a, b, x in record["label"]]
    path.write_text("\n".join(map(json.dumps, bare)))
    found = evaluate(pred, path, options=FEW)
    assert found.figures
    assert not [k for k in found.figures if k.endswith(".concept") or k.startswith("context.")]


def test_only_labels_of_the_source_are_looked_for(gold: Labels, pred: Path, tmp_path: Path) -> None:
    path = makers.doccano(tmp_path / "d.jsonl", gold.charts)
    records = [json.loads(line) for line in path.read_text().splitlines()]
    for record in records:
        record["label"] = [x for x in record["label"] if x[2].startswith("SIZE")]
    path.write_text("\n".join(map(json.dumps, records)))
    assert {k.split(".")[1] for k in evaluate(pred, path, options=FEW).figures if k.startswith("spans.")} == {"SIZE"}


def test_names_of_the_source_are_mapped(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"note_id": "n", "text": "a ptx", "label": [[2, 5, "Ptx+negated"]]}')
    (span,) = spanlabels.read(tmp_path / "x.jsonl", {"Ptx": "COMPLICATION:pneumothorax"}).notes[0].spans
    assert span == spanlabels.Span(2, 5, "COMPLICATION", "pneumothorax", frozenset({"negated"}))


# ---- damage ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("annotation", "message"),
    [
        ("T1\tSIZE 2 99\tptx", "n.ann, line 1: the span 2-99 does not stand in the note (5 characters)"),
        ("T1\tSIZE 2 5\tgas", "n.ann, line 1: the words given do not stand at 2 5 in the note"),
        ("T1\tTUMOUR 2 5\tptx", "n.ann, line 1: unknown label 'TUMOUR'"),
        ("T1\tSIZE x 5\tptx", "n.ann, line 1: is no entity line"),
        ("T1\tSIZE 2 5\tptx\nA1\tDenied T1", "n.ann, line 1: unknown context 'denied'"),
        ("T1\tSIZE 2 5\tptx\nA1\tNegated T2", "n.ann, line 2: speaks of T2, which is no span above it"),
        ("hello", "n.ann, line 1: is no line of brat standoff"),
    ],
)
def test_damaged_brat_names_file_and_line(annotation: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "n.txt").write_text("a ptx")
    (tmp_path / "n.ann").write_text(annotation)
    with pytest.raises(LabelError) as error:
        spanlabels.read(tmp_path)
    assert message in str(error.value)


def test_brat_without_its_text(tmp_path: Path) -> None:
    (tmp_path / "n.ann").write_text("")
    with pytest.raises(LabelError, match=r"has no n\.txt beside it"):
        spanlabels.read(tmp_path)


def test_brat_that_is_discontinuous_normalized_or_of_other_kinds(tmp_path: Path) -> None:
    (tmp_path / "n.txt").write_text("small left ptx seen")
    lines = [
        "T1\tCOMPLICATION 0 5;11 14\tsmall ptx",
        "N1\tReference T1 term:pneumothorax\tPTX",
        "#1\tAnnotatorNotes T1\thm",
        "R1\tof Arg1:T1 Arg2:T1",
    ]
    (tmp_path / "n.ann").write_text("\n".join(lines))
    (span,) = spanlabels.read(tmp_path).notes[0].spans
    assert (span.start, span.end, span.concept) == (0, 14, "pneumothorax")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"note_id": "n", "text": "abc"', "x.jsonl, line 2: is no JSON"),
        ('{"text": "abc", "label": []}', "x.jsonl, line 2: has no note_id"),
        ('{"note_id": "n", "label": []}', "x.jsonl, line 2: has no text"),
        ('{"note_id": "n", "text": "abc"}', "x.jsonl, line 2: has no label, labels or entities"),
        (
            '{"note_id": "n", "text": "abc", "label": [[1, 9, "SIZE"]]}',
            "x.jsonl, line 2: span 1: the span 1-9 does not stand in the note (3 characters)",
        ),
        ('{"note_id": "n", "text": "abc", "label": [[1]]}', "x.jsonl, line 2: span 1: is no [start, end, label]"),
        ('{"note_id": "n0", "text": "abc", "label": []}', "x.jsonl, line 2: note 'n0' is also in x.jsonl, line 1"),
        ('{"data": {"note_id": "n", "text": "abc"}, "annotations": []}', "x.jsonl, line 2: has no annotation that was submitted"),
    ],
)
def test_damaged_lines_are_named(line: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"note_id": "n0", "text": "abc", "label": []}\n' + line)
    with pytest.raises(LabelError) as error:
        spanlabels.read(tmp_path / "x.jsonl")
    assert message in str(error.value)
    assert "abc" not in str(error.value)


def test_notes_must_be_those_of_the_extraction() -> None:
    note = {"note_id": "n", "patient_id": "p", "note_date": "2020-01-01", "text": "a ptx\r\n"}
    extraction = predicted.Predicted({}, {"n": note}, {}, {}, {}, {}, {})
    for wrong, message in (("m", "has no note 'm'"), ("n", "the text is not that of note 'n'")):
        labels = spanlabels.SpanLabels((spanlabels.LabeledNote(wrong, "a ptx\n", (), "x.jsonl, line 1"),))
        with pytest.raises(LabelError, match=message):
            spanpairs.observe(labels, extraction)


def test_a_note_of_a_chart_that_is_not_there_is_missed() -> None:
    extraction = predicted.Predicted({}, {"other": {"patient_id": "p", "text": ""}}, {}, {}, {}, {}, {})
    span = spanlabels.Span(2, 5, "COMPLICATION", "pneumothorax")
    labels = spanlabels.SpanLabels((spanlabels.LabeledNote("n", "a ptx", (span,), "note n", "p"),))
    assert [(o.field, o.fn, o.fp) for o in spanpairs.observe(labels, extraction) if o.is_error] == [("spans.COMPLICATION", 1, 0)]
