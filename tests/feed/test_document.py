"""The document: of the schema, the same for the same tables, with everything a cell is to carry and no text of a note."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from extractor import corpora, run
from extractor.errors import CohortError
from extractor.feed import charts, schemadoc
from extractor.feed.document import Envelope, canonical, content, digest, document, key
from extractor.notes import read_notes
from extractor.pipeline import Reader
from extractor.run import work
from extractor.tables import convert
from tests.feed.makers import SECRET, Chart, cell, made, many, sent, write

VALIDATOR = Draft202012Validator(schemadoc.chart_schema())


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory, reader: Reader) -> Path:
    """Tables of a shipped chart of two collections."""
    folder = tmp_path_factory.mktemp("extracted")
    (folder / "charts").mkdir()
    for collection in corpora.collections()[::6]:
        first = corpora.files(collection / "charts")[0]
        shutil.copy(first, folder / "charts" / first.name)
    corpora.write_notes(folder / "notes.jsonl", folder / "charts")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(work, "build", lambda rules: reader)
        run.extract(folder / "notes.jsonl", folder / "out", accept=0.5)
    return folder / "out"


def test_documents_of_real_tables_are_of_the_schema_and_say_what_the_tables_say(extracted: Path) -> None:
    number = 0
    for chart in charts.read(extracted):
        told = content(chart)
        VALIDATOR.validate(sent(chart.patient_id, told))
        for table, rows in told["rows"].items():
            assert [r["id"] for r in rows] == [str(r[charts.BY_NAME[table].key]) for r in chart[table]]
            for row, record in zip(rows, chart[table], strict=True):
                for column, told_cell in row["cells"].items():
                    value = record[column]
                    assert told_cell["value"] == (value.isoformat() if hasattr(value, "isoformat") else value)
        cited = {m for rows in told["rows"].values() for r in rows for c in r["cells"].values() for m in c["evidence"]}
        assert cited == {m["id"] for m in told["evidence"]}
        assert cited
        number += 1
    assert number == len(corpora.collections()[::6])


def test_no_document_holds_the_text_of_a_note(extracted: Path) -> None:
    texts: dict[str, list[str]] = {}
    for note in read_notes(extracted.parent / "notes.jsonl"):
        texts.setdefault(note.patient_id, []).extend(note.text[at : at + 60] for at in range(0, len(note.text) - 60, 60))  # type: ignore[union-attr]
    for chart in charts.read(extracted):
        told = json.dumps(sent(chart.patient_id, content(chart)), ensure_ascii=False)
        assert not any(piece in told for piece in texts[chart.patient_id])


def test_the_published_files_are_current_and_lie_in_the_package() -> None:
    assert (schemadoc.HERE / schemadoc.CHART).read_text(encoding="utf-8") == schemadoc.text(schemadoc.chart_schema())
    assert (schemadoc.HERE / schemadoc.API).read_text(encoding="utf-8") == schemadoc.text(schemadoc.openapi())
    Draft202012Validator.check_schema(schemadoc.chart_schema())


def test_every_reference_of_the_openapi_file_leads_somewhere() -> None:
    api = schemadoc.openapi()
    named = set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(api)))
    assert len(named) >= 4
    for reference in named:
        file, _, place = reference.partition("#")
        found = json.loads((schemadoc.HERE / file).read_text()) if file else api
        for step in filter(None, place.split("/")):
            found = found[step]
        assert found


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda d: d.pop("sequence"), ""),
        (lambda d: d.update(state="withdrawn"), "chart"),
        (lambda d: d.update(chart=None), "chart"),
        (lambda d: cell(d["chart"], "site").update(value="moon"), "value"),
        (lambda d: cell(d["chart"], "size_mm").update(value="22"), "value"),
        (lambda d: cell(d["chart"], "size_mm").update(status="guessed"), "status"),
        (lambda d: cell(d["chart"], "size_mm").update(confidence=1.5), "confidence"),
        (lambda d: cell(d["chart"], "date", "procedures").update(value="03/10/2020"), "value"),
        (lambda d: d["chart"]["rows"]["lesions"][0]["cells"].pop("coverage"), "cells"),
        (lambda d: d["chart"]["notes"][0].update(text="words"), "0"),
        (lambda d: d.update(more=1), ""),
    ],
)
def test_the_schema_refuses_what_is_no_document(tmp_path: Path, change: Callable[[dict[str, object]], object], place: str) -> None:
    told = sent("A", made(tmp_path, Chart("A")))
    VALIDATOR.validate(told)
    change(told)
    found = [e for error in VALIDATOR.iter_errors(told) for e in (error, *(error.context or ()))]
    assert place in {str(e.absolute_path[-1]) if e.absolute_path else "" for e in found}


def test_the_schema_takes_columns_that_come_later(tmp_path: Path) -> None:
    told = sent("A", made(tmp_path, Chart("A")))
    told["chart"]["rows"]["lesions"][0]["cells"]["depth_mm"] = cell(told["chart"], "size_mm")
    VALIDATOR.validate(told)


def test_status_and_confidence_of_cells(tmp_path: Path) -> None:
    plain = made(tmp_path, Chart("A", accepted=("coverage",)))
    assert {c: cell(plain, c)["status"] for c in ("site", "coverage")} == {"site": "extracted", "coverage": "accepted"}
    assert (cell(plain, "size_mm")["value"], cell(plain, "size_mm")["confidence"]) == (22.5, 0.8765)
    assert cell(plain, "site_text") == {"value": None, "status": "extracted", "confidence": None, "basis": None, "evidence": []}
    assert plain["review"] == {"status": "open", "finished": False, "notes_read": [], "questions": []}
    begun = made(tmp_path, Chart("A", review="begun", reviewed={"coverage": "corrected", "site": "accepted"}))
    assert {c: cell(begun, c)["status"] for c in ("site", "coverage", "size_mm")} == {
        "site": "reviewed",
        "coverage": "reviewed",
        "size_mm": "extracted",
    }
    assert (cell(begun, "coverage")["basis"], cell(begun, "coverage")["confidence"]) == ("reviewed", 1)
    assert begun["review"]["notes_read"] == [begun["notes"][0]["sha256"]]
    done = made(tmp_path, Chart("A", review="done"))
    assert {c["status"] for r in done["rows"]["lesions"] for c in r["cells"].values()} == {"reviewed"}
    assert done["review"]["finished"]


@pytest.mark.parametrize("format", ["parquet", "duckdb"])
def test_other_formats_give_the_same_documents(tmp_path: Path, format: str) -> None:
    out = write(tmp_path / "out", many(3))
    before = [canonical(content(c)) for c in charts.read(out)]
    convert(out, format)
    assert [canonical(content(c)) for c in charts.read(out)] == before


def test_the_hash_tells_what_a_chart_says_and_nothing_else(tmp_path: Path) -> None:
    told = made(tmp_path, Chart("A"))
    assert digest("A", told) == digest("A", json.loads(json.dumps(told)))
    others = [digest("B", told), digest("A", None), digest("A", made(tmp_path, Chart("A", {"size_mm": 23})))]
    assert len({digest("A", told), *others}) == 4
    one, two, later = (Envelope("A", n, digest("A", told), {"rules": r}) for n, r in ((1, "x"), (1, "y"), (2, "x")))
    assert one.idempotency_key == two.idempotency_key != later.idempotency_key
    assert document(one, told)["content_hash"] == document(two, told)["content_hash"]


def test_canonical_json_is_as_rfc_8785_wants_it() -> None:
    assert canonical({"b": [1, 0.5, None, True], "a": 'ü"\\\n'}) == '{"a":"ü\\"\\\\\\n","b":[1,0.5,null,true]}'.encode()
    assert key("A") == "559aead08264d5795d3909718cdd05ab"  # sha256sum of the letter A


def test_tables_in_another_order_are_told(tmp_path: Path) -> None:
    out = write(tmp_path / "out", many(3))
    lines = (out / "lesions.csv").read_text().splitlines()
    (out / "lesions.csv").write_text("\n".join([lines[0], *reversed(lines[1:])]) + "\n")
    with pytest.raises(CohortError, match="lesions does not hold the charts in the order of patients"):
        list(charts.read(out))
    lines[1] = lines[1].replace("10,", "ten,")
    (out / "lesions.csv").write_text("\n".join(lines) + "\n")
    with pytest.raises(CohortError, match=r"lesions: row 1: a cell is not of its column's type") as told:
        list(charts.read(out))
    assert SECRET not in str(told.value)
    with pytest.raises(CohortError, match="no table patients"):
        list(charts.read(tmp_path))
