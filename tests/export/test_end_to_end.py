"""From a FHIR export to a registry: the commands of docs/exchange.md, on charts of the corpora."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import sqlalchemy as sa
from typer.testing import CliRunner

from extractor import corpora
from extractor.cli import app
from extractor.export import charts, fhir
from tests.export import makers, readback


def page(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return base64.b64encode(f"<html><body><pre>{escaped}</pre></body></html>".encode()).decode()


def bulk(folder: Path, files: list[Path]) -> None:
    """Charts as Bulk Data, each note an HTML attachment."""
    folder.mkdir()
    with (folder / "DocumentReference.ndjson").open("w", encoding="utf-8") as file:
        for note in (n for f in files for n in corpora.notes(corpora.load(f))):
            content = [{"attachment": {"contentType": "text/html", "data": page(note.text)}}]
            told = {"id": note.note_id, "subject": {"reference": f"Patient/{note.patient_id}"}, "date": note.note_date.isoformat()}
            file.write(json.dumps({"resourceType": "DocumentReference", "status": "current", **told, "content": content}) + "\n")


def test_from_fhir_export_to_registry(tmp_path: Path) -> None:
    files = corpora.files()[:40:10]
    bulk(tmp_path / "fhir-export", files)
    run = CliRunner().invoke
    read = run(app, ["extract", str(tmp_path / "fhir-export"), "--out", str(tmp_path / "cohort")])
    assert read.exit_code == 0, read.output
    address = f"sqlite:///{tmp_path / 'registry.db'}"
    for arguments in (["fhir", "--out", str(tmp_path / "fhir")], ["redcap", "--out", str(tmp_path / "redcap")], ["sql", "--url", address]):
        sent = run(app, ["export", str(tmp_path / "cohort"), "--to", *arguments])
        assert sent.exit_code == 0, sent.output
    found = {c.patient_id: c for c in charts.read(tmp_path / "cohort")}
    assert sorted(found) == sorted(corpora.load(f)["patient_id"] for f in files)
    assert sum(len(c["lesions"]) for c in found.values()) > 4
    for line in (tmp_path / "fhir" / "bundles.ndjson").read_text(encoding="utf-8").splitlines():
        bundle = json.loads(line)
        assert set(makers.cells(readback.fhir(bundle))) == set(makers.cells(found[bundle["identifier"]["value"]].tables))
    with sa.create_engine(address).connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM lesions")).scalar() == sum(len(c["lesions"]) for c in found.values())
    for chart in found.values():
        texts = {n["note_id"]: str(n["text"]) for n in chart["notes"]}
        assert all(texts[m["note_id"]][int(str(m["start"])) : int(str(m["end"]))] == m["text"] for m in chart["mentions"])
        fhir.check(fhir.bundle(chart, fhir.Options(notes=True)))


def test_errors_name_the_fix(tmp_path: Path) -> None:
    cohort = makers.folder(tmp_path / "cohort", makers.chart(1))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("mine")
    for arguments, told in (
        (["--to", "excel"], "write fhir, omop, redcap, sql"),
        (["--to", "fhir"], "--out fhir"),
        (["--to", "sql"], "EXTRACTOR_DATABASE_URL"),
        (["--to", "fhir", "--out", str(tmp_path / "full")], "give another --out"),
    ):
        ran = CliRunner().invoke(app, ["export", str(cohort), *arguments])
        assert ran.exit_code == 2
        assert told in ran.output
    assert (tmp_path / "full" / "x").read_text() == "mine"
    ran = CliRunner().invoke(app, ["export", str(tmp_path / "none"), "--to", "redcap", "--out", str(tmp_path / "r")])
    assert ran.exit_code == 2
