"""The whole of ``extractor evaluate``: figures of the reference scorer, strata, the page, the gate."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from extractor import corpora, run
from extractor.cli import app
from extractor.errors import LabelError
from extractor.evaluator import charts, page
from extractor.evaluator.evaluation import Evaluation, Options, evaluate
from extractor.evaluator.labels import Labels
from tests.conftest import spread
from tests.evaluator.conftest import unpacked

SHARED = Path(os.environ.get("EXTRACTOR_SHARED", Path(__file__).parents[3] / "shared")) / "charts"
FEW = Options(rounds=20)
needs_shared = pytest.mark.skipif(not (SHARED / "score.py").is_file(), reason="needs ../shared")


def reference(gold: Path, pred: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(SHARED / "score.py"), str(gold), str(pred), "--json"], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def agree(found: Evaluation, theirs: dict[str, Any]) -> None:
    """Every figure that both compute, to three decimals."""
    assert found.headline is not None
    assert found.headline.value == pytest.approx(theirs["headline"], abs=5e-4)
    both = found.figures.keys() & theirs["figures"].keys()
    told = {k for k, f in theirs["figures"].items() if f["tp"] + f["fp"] + f["fn"]}
    assert both == told
    for name in told:
        ours, other = found.figures[name], theirs["figures"][name]
        assert (ours.tp, ours.fp, ours.fn) == (other["tp"], other["fp"], other["fn"]), name
        for share in ("precision", "recall", "f1"):
            assert getattr(ours, share).value == (None if other[share] is None else pytest.approx(other[share], abs=5e-4)), (name, share)


@needs_shared
@pytest.mark.parametrize("folder", spread(corpora.collections(), 33), ids=lambda p: p.name)
def test_figures_are_those_of_the_reference_scorer(folder: Path, tmp_path: Path) -> None:
    pred = unpacked(folder / corpora.FIRST, tmp_path)
    agree(evaluate(pred, folder / "charts", options=FEW), reference(folder / "charts", pred))


@needs_shared
def test_figures_of_a_second_reader_are_those_of_the_reference_scorer(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for n, path in enumerate(sorted(SHARED.glob("*.json"))):
        chart = corpora.load(path)
        for lesion in chart["gold"]["lesions"][n % 2 :]:
            lesion["coverage"] = "inadequate"
            lesion["size_mm"] = (lesion["size_mm"] or 0) + n % 3
        for table in ("complications", "assessments"):
            del chart["gold"][table][n % 4 : n % 4 + 1]
        for session in chart["gold"]["procedures"][n % 3 :: 3]:
            session["date"] = "2001-01-01"
        (other / path.name).write_text(json.dumps(chart))
    told = tmp_path / "gold"
    told.mkdir()
    for path in SHARED.glob("*.json"):
        shutil.copy(path, told)
    # the second reader's charts need not be sound: outcomes may lack their assessments
    second = {c["patient_id"]: charts.labeled(c) for c in map(corpora.load, sorted(other.glob("*.json")))}
    tallies = [
        charts.compare(p, charts.labeled(c), second[p]) for c in map(corpora.load, sorted(told.glob("*.json"))) for p in [c["patient_id"]]
    ]
    ours, theirs = charts.figures(tallies), reference(told, other)
    assert {k: (f.tp, f.fp, f.fn) for k, f in ours.items()} == {
        k: (f["tp"], f["fp"], f["fn"]) for k, f in theirs["figures"].items() if f["tp"] + f["fp"] + f["fn"]
    }
    assert charts.headline(ours) == pytest.approx(theirs["headline"], abs=5e-4)


# ---- the record -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def found(pred: Path, collection: Path) -> Evaluation:
    return evaluate(pred, collection / "charts", options=replace(FEW, by=("year", "lesions.site", "procedures.modality", "patients.sex")))


def test_the_same_input_gives_the_same_bytes(found: Evaluation, pred: Path, collection: Path) -> None:
    again = evaluate(pred, collection / "charts", options=found.options)
    assert json.dumps(again.to_json()) == json.dumps(found.to_json())
    assert page.page(again) == page.page(found)


def test_tolerance_never_loses_a_row(found: Evaluation) -> None:
    levels = list(found.tolerant.values())
    assert list(found.tolerant) == ["dates within 7 days", "dates within 30 days", "lengths within 3 mm"]
    for strict, wide in ((found.figures, levels[0]), (levels[0], levels[1])):
        assert strict["procedures"].tp <= wide["procedures"].tp
    assert found.figures["lesions.size_mm"].tp <= levels[2]["lesions.size_mm"].tp
    assert levels[1]["complications.date"].tp > found.figures["complications.date"].tp


def test_strata_share_out_what_can_be_placed(found: Evaluation) -> None:
    for by, field in (
        ("lesions.site", "lesions"),
        ("lesions.site", "assessments.local"),
        ("procedures.modality", "complications"),
        ("year", "procedures"),
    ):
        whole, parts = found.figures[field], [s[field] for s in found.strata[by].values() if field in s]
        for name in ("tp", "fp", "fn"):
            assert sum(getattr(p, name) for p in parts) == getattr(whole, name), (by, field, name)
    assert not any("procedures" in s for s in found.strata["lesions.site"].values())
    assert set(found.strata["patients.sex"]) <= {"female", "male", "(not told)"}


def test_sites_are_those_of_the_labels(found: Evaluation, gold: Labels) -> None:
    lungs = [r for own in gold.patients.values() for r in own["lesions"] if r["site"] == "lung"]
    figure = found.strata["lesions.site"]["lung"]["lesions"]
    assert figure.tp + figure.fn == len(lungs) > 0


def test_differences_are_what_the_causes_count(found: Evaluation) -> None:
    assert sum(sum(c.values()) for c in found.causes.values()) == len(found.differences) > 0
    assert all(d.cause and d.labeled != d.extracted for d in found.differences if not d.field.startswith("spans"))


def test_patients_that_are_not_there_count_as_missed(pred: Path, tmp_path: Path) -> None:
    for path in (
        sorted((corpora.folder() / "delta" / "charts").glob("*.json"))[:2]
        + sorted((corpora.folder() / "mesa" / "charts").glob("*.json"))[:1]
    ):
        shutil.copy(path, tmp_path)
    other = evaluate(pred, tmp_path, options=FEW)
    assert other.absent == ("I-01",)
    assert (other.charts, other.unlabeled) == (3, 6)
    assert [d for d in other.differences if d.patient == "I-01" and d.field == "procedures"]


@pytest.mark.parametrize("by", ["colour", "lesions.colour", "mentions.label"])
def test_a_stratum_that_cannot_be_told(by: str, pred: Path, collection: Path) -> None:
    with pytest.raises(LabelError, match=f"cannot stratify by '{by}'"):
        evaluate(pred, collection / "charts", options=Options(by=(by,)))


# ---- notes behind a difference, and the page ------------------------------------------------------------------------------

SCRIPT = "<script>alert('x')</script>"
NOTE = f"""PROCEDURE: CT-guided cryoablation of a right lung nodule {SCRIPT} on 03/05/2018.
FINDINGS: The nodule measures 15 mm. The ice ball covered the nodule with a margin of 8 mm on all sides{SCRIPT}.
COMPLICATIONS: Small pneumothorax "&<b>, observed."""


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A chart full of markup, labeled otherwise than it is read, and its extraction."""
    folder = tmp_path_factory.mktemp("attacked")
    quote = f"15 mm. The ice ball covered the nodule with a margin of 8 mm on all sides{SCRIPT}"
    patient = dict.fromkeys(corpora.PATIENT) | {"sex": "male"}
    gold = {
        "patient": patient,
        "procedures": [{"key": "P1", "date": "2018-03-05", "modality": "cryoablation", "probes": 3, "quote": SCRIPT}],
        "lesions": [
            {"key": "L1", "procedure": "P1", "site": "lung", "laterality": "right", "size_mm": 40, "coverage": "inadequate", "quote": quote}
        ],
        "complications": [
            {"procedure": "P1", "term": "hemothorax", "severity": "mild", "date": "2018-03-05", "quote": 'pneumothorax "&<b>'}
        ],
        "assessments": [],
        "outcomes": [],
    }
    note = {"note_id": f"n{SCRIPT}", "note_date": "2018-03-05", "note_type": "procedure", "text": NOTE}
    chart = {"patient_id": f"p{SCRIPT}", "notes": [note], "gold": gold}
    labels = folder / "labels"
    labels.mkdir()
    (labels / "p.json").write_text(json.dumps(chart))
    source = folder / "notes.jsonl"
    source.write_text(json.dumps({**note, "patient_id": chart["patient_id"]}))
    run.extract(source, folder / "out")
    return folder / "out", labels


class Reader(HTMLParser):
    """Element names, addresses and text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.addresses: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.addresses += [v or "" for k, v in attrs if k in ("src", "href", "xlink:href", "action", "data", "srcset")]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read_page(markup: str) -> Reader:
    reader = Reader()
    reader.feed(markup)
    return reader


def test_note_text_on_the_page_is_escaped(attacked: tuple[Path, Path]) -> None:
    markup = page.page(evaluate(*attacked, options=replace(FEW, by=("note_type", "source"))))
    reader = read_page(markup)
    assert "script" not in reader.elements
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;" in markup
    assert SCRIPT in "".join(reader.text)


def test_the_page_needs_nothing_from_elsewhere(attacked: tuple[Path, Path]) -> None:
    markup = page.page(evaluate(*attacked, options=FEW))
    reader = read_page(markup)
    assert all(a.startswith("#") for a in reader.addresses), reader.addresses
    assert not {"link", "iframe", "object", "embed", "img", "base"} & set(reader.elements)
    assert "@import" not in markup
    assert not re.findall(r"url\((?!#)", markup)
    anchors = set(re.findall(r'id="([^"]+)"', markup))
    assert {a[1:] for a in reader.addresses} <= anchors


def test_a_difference_shows_both_sides_with_their_words(attacked: tuple[Path, Path]) -> None:
    found = evaluate(*attacked, options=FEW)
    (size,) = [d for d in found.differences if d.field == "lesions.size_mm"]
    assert (size.labeled, size.extracted, size.cause) == ("40", "15", "wrong value")
    assert [p.words for p in size.rests] == ["15 mm"]
    assert size.rests[0].before.endswith("The nodule measures ")
    assert size.quoted[0].words.startswith("15 mm. The ice ball")
    assert size.rules
    assert all("#" in r for r in size.rules)
    for p in (*size.rests, *size.quoted):
        assert p.before + p.words + p.after in NOTE
    (event,) = [d for d in found.differences if d.field.startswith("complications")]
    assert (event.field, event.cause) == ("complications (term)", "wrong value")
    (probes,) = [d for d in found.differences if d.field == "procedures.probes"]
    assert (probes.labeled, probes.extracted) == ("3", "(empty)")


def test_strata_of_notes(attacked: tuple[Path, Path]) -> None:
    found = evaluate(*attacked, options=replace(FEW, by=("note_type", "source")))
    assert "lesions" in found.strata["note_type"]["procedure"]
    assert "lesions" in found.strata["source"]["notes.jsonl"]


@dataclass(frozen=True)
class Supplied:
    """A section as another module would supply it."""

    def to_json(self) -> dict[str, Any]:
        return {"median_months": 12.5, "by_arm": [{"arm": "<i>a</i>", "events": 3}], "nested": {"p": None}}

    def svg(self) -> str:
        return '<svg id="curve"></svg>'


def test_sections_of_other_modules_have_a_place(found: Evaluation) -> None:
    filled = replace(found, endpoints=Supplied())
    markup = page.page(filled)
    assert filled.to_json()["endpoints"]["median_months"] == 12.5
    assert "endpoints" not in found.to_json()
    assert '<h2 id="endpoints">' in markup
    assert '<svg id="curve">' in markup
    assert "&lt;i&gt;a&lt;/i&gt;" in markup
    assert '<h2 id="endpoints">' not in page.page(found)
    assert '<h2 id="reliability">' in page.page(replace(found, reliability=Supplied()))


# ---- the command ----------------------------------------------------------------------------------------------------------


def command(*words: str | Path) -> Any:
    return CliRunner().invoke(app, ["evaluate", *map(str, words), "--rounds", "20"])


def test_the_command_prints_and_writes(pred: Path, collection: Path, tmp_path: Path) -> None:
    html, out = tmp_path / "r.html", tmp_path / "r.json"
    result = command(pred, collection / "charts", "--html", html, "--json", out, "--by", "year")
    assert result.exit_code == 0, result.output
    assert "lesions.coverage" in result.output
    assert "headline (mean F1 of *)" in result.output
    told = json.loads(out.read_text())
    assert told["charts"] == 8
    assert set(told["figures"]["lesions.coverage"]) == {
        "tp",
        "fp",
        "fn",
        "pairs",
        "precision",
        "recall",
        "f1",
        "accuracy",
        "kappa",
        "kappa_weights",
    }
    assert html.read_text().startswith("<!doctype html>")


def test_the_gate(pred: Path, collection: Path, found: Evaluation) -> None:
    value = found.figures["lesions.coverage"].f1.value
    assert value is not None
    passed = command(pred, collection / "charts", "--fail-under", f"lesions.coverage={value - 0.01}", "--fail-under", "headline=0.1")
    assert passed.exit_code == 0
    failed = command(
        pred,
        collection / "charts",
        "--fail-under",
        f"lesions.coverage={value + 0.01}",
        "--fail-under",
        "headline=1",
        "--fail-under",
        "lesions=0",
    )
    assert failed.exit_code == 1
    assert [line.split(":")[1].strip() for line in failed.stderr.splitlines()] == ["lesions.coverage", "headline"]


@pytest.mark.parametrize("bound", ["lesions.colour=0.9", "lesions.coverage", "lesions.coverage=90", "headline=x"])
def test_a_gate_that_cannot_be(bound: str, pred: Path, collection: Path) -> None:
    result = command(pred, collection / "charts", "--fail-under", bound)
    assert result.exit_code == 2
    assert "lesions.coverage" in result.stderr


def test_errors_are_told_in_a_line(pred: Path, tmp_path: Path) -> None:
    assert "no such file or folder" in command(pred, tmp_path / "nowhere").stderr
    (tmp_path / "lesions.csv").write_text("patient_id,lesion_id,procedure_id,site\np,l,x,elbow\n")
    result = command(pred, tmp_path)
    assert result.exit_code == 2
    assert "lesions.csv, line 2: site: 'elbow' is no word of its vocabulary" in result.stderr
