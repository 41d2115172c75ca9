"""``calibrate``, ``extract --accept`` and ``compare`` as their users meet them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from extractor.cli import app

RUN = CliRunner()
SECRET = "zebrafish"


def note(patient: str, kind: str, day: str, text: str) -> dict[str, str]:
    return {"note_id": f"{patient}-{kind}", "patient_id": patient, "note_date": day, "note_type": kind, "text": text}


def chart(patient: str, side: str) -> list[dict[str, str]]:
    return [
        note(
            patient,
            "procedure",
            "2020-03-10",
            f"PROCEDURE: CT-guided cryoablation of {side} psoas nodule\nDATE: 03/10/2020\nANESTHESIA: General.\n\nThe {SECRET} nodule measured 2.2 cm. "
            "Three cryoprobes were placed. The ice ball extended at least 6 mm past the nodule on every side.\n\nCOMPLICATIONS: None.",
        ),
        note(
            patient, "radiology", "2020-06-12", f"CT ABDOMEN 06/12/2020\n\nIMPRESSION:\n1. No recurrence at the {side} psoas ablation zone."
        ),
    ]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Notes of two patients, extracted; their tables taken for labels, so that every claim is right."""
    folder = tmp_path_factory.mktemp("accept")
    rows = chart("A", "left") + chart("B", "right")
    (folder / "notes.jsonl").write_text("\n".join(json.dumps(r) for r in rows), encoding="utf-8")
    assert told("extract", folder / "notes.jsonl", "--out", folder / "pred")[0] == 0
    code, output = told("calibrate", folder / "pred", folder / "pred", "--out", folder / "my.json", "--level", "0.5", "--level", "0.95")
    assert code == 0, output
    assert "promise at 0.5: confidence 0 or more, by 2 charts" in output
    assert "no promise at 0.95: 2 labeled charts are too few; 0.95 needs 19" in output
    return folder


def told(*arguments: object) -> tuple[int, str]:
    result = RUN.invoke(app, [str(a) for a in arguments])
    return result.exit_code, " ".join(result.output.split())


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def extract(place: Path, name: str, *more: object) -> tuple[int, str, Path]:
    out = place / name
    code, output = told("extract", place / "notes.jsonl", "--out", out, "--force", *more)
    return code, output, out


def test_a_kept_promise(place: Path) -> None:
    code, output, out = extract(place, "kept", "--accept", "0.5", "--calibration", place / "my.json")
    assert code == 0
    assert "claims accepted at confidence 0 or more" in output
    marks = {r["accepted"] for r in rows(out / "claims.csv")}
    assert marks == {"true"} or marks == {"true", "false"}
    assert {r["accepted"] for r in rows(out / "claims.csv") if r["table"] == "lesions" and r["row_id"]} == {"true"}
    facts = json.loads((out / "run.json").read_text(encoding="utf-8"))["accept"]
    assert (facts["promised"], facts["charts"], facts["level"], facts["why_not"]) == (True, 2, 0.5, None)


def test_too_few_charts_are_said_and_everything_is_for_review(place: Path) -> None:
    code, output, out = extract(place, "few", "--accept", "0.95", "--calibration", place / "my.json")
    assert code == 0
    assert "no promise at 0.95: too few charts: 2 labeled, 0.95 needs 19" in output
    assert {r["accepted"] for r in rows(out / "claims.csv")} == {"false"}
    facts = json.loads((out / "run.json").read_text(encoding="utf-8"))["accept"]
    assert (facts["promised"], facts["fewest_charts"], facts["threshold"]) == (False, 19, None)
    review = rows(out / "review.csv")
    assert [r["rank"] for r in review] == ["1", "2"]
    assert sum(int(r["claims_for_review"]) for r in review) == len(rows(out / "claims.csv"))
    assert [float(r["value"]) for r in review] == sorted((float(r["value"]) for r in review), reverse=True)


def test_a_calibration_made_with_other_rules_is_refused_in_one_line(place: Path) -> None:
    facts = json.loads((place / "my.json").read_text(encoding="utf-8"))
    facts["promise"]["rules"] = "0" * 64
    (place / "other.json").write_text(json.dumps(facts), encoding="utf-8")
    result = RUN.invoke(
        app,
        ["extract", str(place / "notes.jsonl"), "--out", str(place / "no"), "--accept", "0.5", "--calibration", str(place / "other.json")],
    )
    assert result.exit_code == 2
    assert len(result.output.strip().splitlines()) == 1
    assert "other.json: refused: the calibration was made with other rules (000000000000" in result.output
    assert not (place / "no").exists()


def test_without_accept_nothing_is_marked_and_there_is_no_list(place: Path) -> None:
    assert {r["accepted"] for r in rows(place / "pred" / "claims.csv")} == {""}
    assert not (place / "pred" / "review.csv").exists()


@pytest.mark.parametrize("level", ["0", "1", "95"])
def test_a_level_that_is_no_share_is_refused(place: Path, level: str) -> None:
    code, output, _ = extract(place, "bad", "--accept", level)
    assert code == 2
    assert "give a share between 0 and 1" in output


def test_compare_tells_no_gain_between_equal_runs_and_shows_sentences_only_when_asked(place: Path) -> None:
    code, output = told("compare", place / "pred", place / "pred", place / "pred", "--json")
    assert code == 0
    assert {(f["gained"], f["lost"], f["p"]) for f in json.loads(output)["fields"]} == {(0, 0, 1.0)}
    labels = place / "labels"
    labels.mkdir(exist_ok=True)
    for path in (place / "pred").glob("*.csv"):
        text = path.read_text(encoding="utf-8")
        (labels / path.name).write_text(text.replace(",22,", ",31,") if path.stem == "lesions" else text, encoding="utf-8")
    plain, listed = (told("compare", place / "pred", labels, labels, *more)[1] for more in ((), ("--cells",)))
    assert "gained: A | lesions.size_mm" in listed
    assert SECRET in listed
    assert SECRET not in plain


def test_calibrate_wants_labels_with_its_tables(place: Path) -> None:
    code, output = told("calibrate", place / "pred", "--out", place / "x.json")
    assert code == 2
    assert "give PRED and LABELS" in output
    code, output = told("calibrate", place / "pred", place / "pred", "--refit", "--out", place / "x.json")
    assert code == 2
    assert "too few to make a model" in output
    assert not (place / "x.json").exists()


def test_evaluate_tells_how_reliable_the_confidences_of_the_tables_are(place: Path) -> None:
    code, output = told("evaluate", place / "pred", place / "pred", "--json", place / "figures.json", "--html", place / "page.html")
    assert code == 0, output
    found = json.loads((place / "figures.json").read_text(encoding="utf-8"))["reliability"]
    claims = [float(r["confidence"]) for r in rows(place / "pred" / "claims.csv") if r["row_id"]]
    assert (found["charts"], found["right"]) == (2, 1.0)
    assert found["brier"] == pytest.approx(sum((1 - c) ** 2 for c in claims) / len(claims), abs=0.02)
    assert "share right" in (place / "page.html").read_text(encoding="utf-8")
