"""Rows that a model holds for too unlikely are dropped with their reason, and what hangs on them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from extractor import rules as rule_files
from extractor.charted import records
from extractor.confidence.claims import Claim
from extractor.confidence.rows import plain_rows
from extractor.errors import RuleError
from extractor.evaluator import doubting
from extractor.evaluator.judge import Judged
from extractor.model import CONTEXT, Note
from extractor.normalizer import abstract
from extractor.normalizer import doubts as doubting_rows
from extractor.normalizer.doubts import likely, told
from extractor.pipeline import Reader, build
from extractor.rules import Doubt
from extractor.schema import COHORT

REPORT = (
    "PROCEDURE: CT-guided cryoablation of a left psoas nodule\nDATE: 06/01/2020\nTwo cryoprobes, two freezes of 10 minutes. The nodule measured 21 mm. "
    "The ice ball extended 7 mm past it on all sides.\nCOMPLICATIONS: Small hematoma, observed."
)
TOLD = "Seen today. MRI 9/1/2020: no recurrence at the psoas ablation zone. She had microwave ablation of the liver in 2018."
NOTES = [
    Note("a", "p", date(2020, 6, 1), REPORT, "procedure"),
    Note("b", "p", date(2020, 9, 8), TOLD, "clinic"),
    Note("c", "p", date(2020, 3, 4), "New patient visit. Never smoked.", "clinic"),
    Note("d", "p", date(2020, 6, 2), "Called: doing well, eats and walks.", "telephone"),
]


def _reader(*doubts: Doubt) -> Reader:
    return build(replace(rule_files.load(), doubts=doubts))


def test_without_a_model_nothing_is_doubted() -> None:
    chart = abstract(NOTES, _reader())
    assert (len(chart.procedures), [r["term"] for r in chart.complications]) == (2, ["hemorrhage"])
    assert not any(d.reason.startswith("doubt#") for d in chart.drops)


def test_a_doubted_complication_goes_to_drops_with_what_spoke_against_it() -> None:
    chart = abstract(NOTES, _reader(Doubt("doubt#complications", "complications", "term", 0.5, 1.0, {"section: complications": -3.0})))
    assert not chart.complications
    (drop,) = [d for d in chart.drops if d.reason.startswith("doubt#")]
    assert (drop.table, drop.mention.text) == ("complications", "hematoma")
    assert drop.reason == "doubt#complications: right with probability 0.12, because of: section: complications"


def test_a_chart_of_few_notes_is_not_doubted() -> None:
    reader = _reader(Doubt("doubt#complications", "complications", "term", 0.5, -5.0, {}))
    assert not abstract(NOTES, reader).complications
    assert abstract(NOTES[:3], reader).complications


def test_what_is_tied_to_the_ablation_and_was_treated_is_not_doubted() -> None:
    reader = _reader(Doubt("doubt#complications", "complications", "term", 0.5, -5.0, {}))
    tied = replace(NOTES[0], text=REPORT.replace("Small hematoma, observed.", "Hematoma after the freeze, two units of blood transfused."))
    assert [r["term"] for r in abstract([tied, *NOTES[1:]], reader).complications] == ["hemorrhage"]
    assert not abstract([replace(tied, text=tied.text.replace(" after the freeze", "")), *NOTES[1:]], reader).complications


@pytest.mark.parametrize(
    ("cause", "kept"),
    [
        ("Dr Roe attributes it to the transthoracic needle course.", ["hemorrhage"]),
        ("I put this down to the ablation.", ["hemorrhage"]),
        ("She likes the ward, and the needle course was straight.", []),
    ],
)
def test_what_the_next_sentence_lays_to_the_ablation_is_tied_to_it(cause: str, kept: list[str]) -> None:
    reader = _reader(Doubt("doubt#complications", "complications", "term", 0.5, -5.0, {}))
    told = replace(NOTES[0], text=REPORT.replace("Small hematoma, observed.", f"Hematoma, two units of blood transfused. {cause}"))
    assert [r["term"] for r in abstract([told, *NOTES[1:]], reader).complications] == kept


def test_a_doubted_session_takes_its_lesions_along() -> None:
    kept = abstract(NOTES, _reader())
    chart = abstract(NOTES, _reader(Doubt("doubt#procedures", "procedures", "modality", 0.5, 1.0, {"note type: clinic": -3.0})))
    assert [r["modality"] for r in kept.procedures] == ["microwave", "cryoablation"]
    assert [r["modality"] for r in chart.procedures] == ["cryoablation"]
    assert {r["site"] for r in kept.lesions} - {r["site"] for r in chart.lesions} == {"liver"}


def test_doubts_look_at_less_than_the_chart_and_see_the_same() -> None:
    chart = abstract(NOTES, _reader())
    part = doubting_rows._asked_of(chart, {"procedures", "complications"})
    claims = [Claim("procedures", str(r["procedure_id"]), "modality", "value") for r in chart.procedures]
    claims += [Claim("complications", str(r["complication_id"]), "term", "value") for r in chart.complications]
    texts = {n.note_id: n.text for n in NOTES}
    whole, seen = (told(plain_rows(records(c)), claims, texts) for c in (chart, part))
    assert len(part.mentions) < len(chart.mentions)
    assert seen == whole


def test_a_note_that_repeats_another_changes_no_doubt() -> None:
    reader = build(rule_files.load())
    once, twice = abstract(NOTES, reader), abstract([*NOTES, replace(NOTES[0], note_id="e")], reader)
    assert [r["complication_id"] for r in once.complications] == [r["complication_id"] for r in twice.complications]


def test_the_shipped_model_doubts_what_it_was_learned_for() -> None:
    doubts = rule_files.load().doubts
    assert {d.table: d.column for d in doubts} == doubting.ANCHORS
    assert all(0 < d.below <= 0.5 for d in doubts)


def test_a_model_without_numbers_is_told_by_file_and_id() -> None:
    files = {"doubt.toml": b'[[doubt]]\nid = "x"\ntable = "procedures"\n'}
    with pytest.raises(RuleError, match=r"doubt\.toml: x: needs table, column, intercept"):
        rule_files.parse(files)


def _judged(number: int, right: bool, features: dict[str, float]) -> Judged:
    claims = tuple(Claim(t, f"{number}", c, "value") for t, c in doubting.ANCHORS.items())
    return Judged(f"p{number:03}", "c", claims, (features,) * len(claims), (right,) * len(claims))


def test_a_model_learned_from_charts_is_read_back_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doubting, "PENALTIES", doubting.PENALTIES[-1:])  # choosing among them is tested with calibration
    charts = [_judged(n, n % 4 != 0, {'told "once"': 1.0} if n % 4 == 0 else {"own report": 1.0}) for n in range(80)]
    learned = doubting.learn(charts)
    assert all((one.right, one.wrong, one.right_dropped) == (60, 20, 0) and one.wrong_dropped > 15 for one in learned)
    path = tmp_path / "doubt.toml"
    doubting.save(learned, path, {"charts": 80, "collections": 1})
    doubts = rule_files.parse({path.name: path.read_bytes()}).doubts
    assert [d.weights for d in doubts] == [one.fitted.model.weights for one in learned]
    assert likely(doubts[0], {'told "once"': 1.0}) < 0.5 < likely(doubts[0], {"own report": 1.0})


def _event(others: int, severity: str | None, system: str | None, words: str) -> dict[str, float]:
    text = f"Ablation of the liver went well. {words}. Home today."
    row = {"complication_id": "c0", "procedure_id": "s0", "severity": severity, "grade_system": system, "term": "hemorrhage"}
    more = [{**row, "complication_id": f"c{n + 1}"} for n in range(others)] + [{**row, "complication_id": "x", "procedure_id": "s1"}]
    at = text.index("bleed")
    mention = {
        "mention_id": "m",
        "note_id": "n",
        "label": "COMPLICATION",
        "concept": "hemorrhage",
        "start": at,
        "end": at + 5,
        "section": None,
    }
    mention |= {"rule_id": "complications#hemorrhage"} | {f"is_{name}": False for name in CONTEXT}
    evidence = [{"table": "complications", "row_id": "c0", "column": "term", "basis": "text", "mention_id": "m"}]
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in COHORT} | {
        "complications": [row, *more],
        "mentions": [mention],
        "evidence": evidence,
        "notes": [{"note_id": "n"}],
    }
    (found,) = told(tables, [Claim("complications", "c0", "term", "value")], {"n": text})
    return {k: round(v, 2) for k, v in found.items() if k.startswith("complications: ")}


def test_a_complication_is_rated_by_how_it_is_told_and_by_the_others_of_its_session_alone() -> None:
    plain, full = _event(0, None, None, "A bleed was seen"), _event(1, "mild", "CTCAE", "A bleed after the ablation")
    names = ("severity known", "graded by a system", "tied to the ablation", "told in several notes", "others of the session")
    assert [plain[f"complications: {n}"] for n in names] == [0, 0, 0, 0, 0]
    assert [full[f"complications: {n}"] for n in names] == [1, 1, 1, 0, 0.69]
    assert "complications: rows in the chart" not in full
