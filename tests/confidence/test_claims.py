"""Claims and their features: what a chart says, the same in memory and on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from extractor import charted, corpora, run
from extractor.confidence import Judge, rate, shipped
from extractor.confidence.accept import WEIGHT, in_order, review, weight
from extractor.confidence.calibration import UNKNOWN, Model, load
from extractor.confidence.claims import Claim, claims, records
from extractor.confidence.rows import plain_rows
from extractor.errors import InputError
from extractor.evaluator.judge import by_patient
from extractor.normalizer import abstract
from extractor.schema import BY_NAME
from extractor.tables import read_cohort


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two charts of the corpora, extracted."""
    folder = tmp_path_factory.mktemp("claims")
    lines = []
    for path in corpora.files()[:2]:
        part = folder / path.name
        corpora.write_notes(part, _alone(path, folder))
        lines.append(part.read_text(encoding="utf-8"))
    (folder / "notes.jsonl").write_text("".join(lines), encoding="utf-8")
    run.extract(folder / "notes.jsonl", folder / "out")
    return folder / "out"


def _alone(path: Path, folder: Path) -> Path:
    alone = folder / path.stem
    alone.mkdir()
    (alone / path.name).write_bytes(path.read_bytes())
    return alone


def test_rows_made_at_once_are_those_of_the_tables() -> None:
    for path in corpora.files()[:3]:
        written = charted.records(abstract(corpora.notes(corpora.load(path))))
        written["patients"] = [["", *row[1:]] for row in written["patients"]]
        named = {name: [dict(zip(BY_NAME[name].names, r, strict=False)) for r in own] for name, own in written.items()}
        assert written["mentions"]
        assert plain_rows(written) == records(named)


def test_stored_tables_are_rated_as_they_were_when_written(cohort: Path) -> None:
    written = read_cohort(cohort, ["claims"])["claims"].astype(object)
    told = {
        (r["patient_id"], *("" if v is None or v != v else str(v) for v in (r["table"], r["row_id"], r["column"], r["claim"]))): r[
            "confidence"
        ]
        for r in written.where(written.notna(), None).to_dict("records")
    }
    calibration = shipped()
    assert calibration is not None
    again = {
        (p, c.table, c.row_id, c.column, c.kind): sure
        for p, tables in by_patient(cohort).items()
        for c, sure in rate(calibration.model, tables)
    }
    assert again == told
    assert len(set(told.values())) > 20


def test_every_row_of_evidence_has_the_confidence_of_its_cell(cohort: Path) -> None:
    tables = read_cohort(cohort, ["evidence", "claims"])
    own = {(r["table"], r["row_id"], r["column"]): r["confidence"] for r in tables["claims"].to_dict("records") if r["claim"] == "value"}
    evidence = tables["evidence"].to_dict("records")
    assert evidence
    assert all(0 < e["confidence"] < 1 for e in evidence)
    claimed = [e for e in evidence if (e["table"], e["row_id"], e["column"]) in own]
    assert claimed
    assert all(own[e["table"], e["row_id"], e["column"]] == e["confidence"] for e in claimed)


def test_claims_of_a_chart_by_hand() -> None:
    lesion = {"lesion_id": "L", "procedure_id": "P", "site": "lung", "laterality": "left", "size_mm": 12, "coverage": None}
    outcome = {"lesion_id": "L", "event": 0, "event_date": None, "last_assessment_date": "2020-01-02"}
    found = [c.field for c in claims(records({"lesions": [lesion], "outcomes": [outcome]}))]
    assert [f for f in found if f.startswith("lesions")] == [
        "lesions.site value",
        "lesions.laterality value",
        "lesions.size_mm value",
        "lesions.coverage empty",
        "lesions.lesion_covered empty",
        "lesions.min_margin_mm empty",
        "lesions no_more_rows",
    ]
    assert [f for f in found if f.startswith("outcomes")] == [
        "outcomes.event value",
        "outcomes.last_assessment_date value",
        "outcomes no_more_rows",
    ]
    assert [f for f in found if f.startswith("assessments")] == ["assessments no_more_local", "assessments no_more_distant"]


def test_row_order_changes_no_confidence(cohort: Path) -> None:
    calibration = shipped()
    assert calibration is not None
    for tables in by_patient(cohort).values():
        turned = {name: rows[::-1] for name, rows in tables.items()}
        assert dict(rate(calibration.model, turned)) == dict(rate(calibration.model, tables))


def test_a_model_by_hand() -> None:
    model = Model(0.0, {"a": 1.0, "b": -2.0}, 0.5)
    assert model.confidence({}) == 0.5
    assert model.confidence({"a": 2.0, "b": 1.0}) == 0.5
    assert model.confidence({"a": 1.0, "unheard of": 9.0}) == pytest.approx(0.731)
    assert (model.confidence({"a": 1e6}), model.confidence({"b": 1e6})) == (0.999, 0.001)


def test_what_is_accepted() -> None:
    tables = {"lesions": [{"lesion_id": "L", "procedure_id": None, "site": "lung"}], "mentions": [], "evidence": [], "notes": []}
    half = Judge(UNKNOWN, 0.5, frozenset({"lesions.site value"}))(tables)
    assert [r.claim.field for r in half if r.accepted] == ["lesions.site value"]
    assert not any(r.accepted for r in Judge(UNKNOWN, 0.501, frozenset({"lesions.site value"}))(tables))
    assert {r.accepted for r in Judge(UNKNOWN)(tables)} == {None}


def test_the_review_list_has_the_most_valuable_chart_first() -> None:
    assert weight(Claim("outcomes", "L", "event", "value")) == weight(Claim("lesions", "", "", "no_more_rows")) == WEIGHT
    assert weight(Claim("patients", "p", "sex", "value")) == 1
    tables = {"patients": [{"patient_id": "p", "sex": "female"}], "mentions": [], "evidence": [], "notes": []}
    sure, unsure = Judge(Model(3.0, {}, 0.5))(tables), Judge(Model(0.0, {}, 0.5))(tables)
    found = in_order([review("a", sure), review("b", unsure)])
    assert [r.patient for r in found] == ["b", "a"]
    assert found[0].expected_errors == pytest.approx(0.5 * len(unsure))
    accepted = review("c", Judge(UNKNOWN, 0.0, frozenset(r.claim.field for r in unsure))(tables))
    assert (accepted.value, accepted.for_review) == (0, 0)


def test_the_shipped_calibration_is_of_these_features_and_survives_saving(tmp_path: Path) -> None:
    calibration = shipped()
    assert calibration is not None
    calibration.save(tmp_path / "again.json")
    assert load(tmp_path / "again.json") == calibration
    assert (tmp_path / "again.json").read_bytes() == (corpora.folder() / "calibration.json").read_bytes()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1, "model": {}}'])
def test_what_is_no_calibration_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"wrong\.json: no calibration file"):
        load(path)


def test_a_calibration_of_other_features_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    text = (corpora.folder() / "calibration.json").read_text(encoding="utf-8")
    path.write_text(text.replace('"features": "', '"features": "0'), encoding="utf-8")
    with pytest.raises(InputError, match="features differ"):
        load(path)
