"""The commands as their users meet them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from extractor.cli import app
from extractor.feed import schemadoc
from tests.feed.makers import SECRET, Chart, many, write
from tests.feed.served import TOKEN, Served

RUN = CliRunner()


@pytest.fixture
def token(tmp_path: Path) -> list[str]:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    return ["--token-file", str(tmp_path / "token")]


def test_feed_and_status(tmp_path: Path, served: Served, token: list[str]) -> None:
    out = write(tmp_path / "cohort", many(3))
    command = ["feed", str(out), "--to", served.url, *token]
    dry = RUN.invoke(app, [*command, "--dry-run"])
    assert (dry.exit_code, dry.stdout.splitlines()) == (0, [f"new\tP0000{n}" for n in range(3)])
    assert (tmp_path / "cohort.feed.sqlite").exists() is False
    done = RUN.invoke(app, command)
    assert done.exit_code == 0
    assert done.stderr.splitlines() == ["3 charts: 3 new, 0 corrected, 0 withdrawn, 0 as they were; 3 delivered, 0 withdrawn, 0 set aside"]
    told = RUN.invoke(app, ["feed", "status", str(out)])
    assert told.stdout == f"native {served.url}: 3 delivered, 0 withdrawn, 0 waiting, 0 refused, 0 in review\n"
    assert RUN.invoke(app, [*command, "--rate", "0"]).stderr.startswith(
        "3 charts: 0 new, 0 corrected, 0 withdrawn, 3 as they were; 0 delivered"
    )
    assert len(served.held()) == 3


def test_what_is_refused_is_set_aside_told_and_sent_again_when_asked(tmp_path: Path, served: Served, token: list[str]) -> None:
    served.faults("ok", "422")
    out = write(tmp_path / "cohort", many(3))
    command = ["feed", str(out), "--to", served.url, *token]
    assert RUN.invoke(app, command).exit_code == 1
    told = RUN.invoke(app, ["feed", "status", str(out)]).stdout.splitlines()
    assert told[0].endswith("2 delivered, 0 withdrawn, 0 waiting, 1 refused, 0 in review")
    assert told[1:] == ["  set aside: P00001 (version 1): refused with 422: fault"]
    (machine,) = json.loads(RUN.invoke(app, ["feed", "status", str(out), "--json"]).stdout)
    assert machine["set aside"] == [{"patient_id": "P00001", "sequence": 1, "attempts": 1, "reason": "refused with 422: fault"}]
    again = RUN.invoke(app, command)
    assert (again.exit_code, len(served.held())) == (0, 2)
    assert again.output.endswith("0 set aside, 1 in all: see extractor feed status\n")
    assert (RUN.invoke(app, [*command, "--retry-refused"]).exit_code, len(served.held())) == (0, 3)


def test_a_run_that_ends_early_says_why_and_what_waits(tmp_path: Path, served: Served) -> None:
    out = write(tmp_path / "cohort", many(2))
    refused = RUN.invoke(app, ["feed", str(out), "--to", served.url], env={"EXTRACTOR_FEED_TOKEN": "wrong-token"})
    assert refused.exit_code == 1
    assert "the registry does not know us (401)" in refused.output
    assert "run the same command again" in refused.output
    assert "wrong-token" not in refused.output
    told = RUN.invoke(app, ["feed", "status", str(out)]).stdout.splitlines()
    assert told[0].endswith("0 delivered, 0 withdrawn, 2 waiting, 0 refused, 0 in review")
    assert told[1].startswith("  waits: P00000 (version 1): does not know us (401)")


def test_questions_are_written_as_a_review_writes_them(tmp_path: Path, served: Served, token: list[str]) -> None:
    out = write(tmp_path / "cohort", [Chart("A", {"coverage": "inadequate"}, review="begun", reviewed={"coverage": "corrected"})])
    command = ["feed", str(out), "--to", served.url, *token]
    RUN.invoke(app, command)
    write(out, [Chart("A", notes=("report", "addendum"), words={"coverage": 2})])
    assert "1 back in review" in RUN.invoke(app, command).output
    sheet = tmp_path / "questions.csv"
    told = RUN.invoke(app, ["feed", "status", str(out), "--questions", str(sheet)])
    assert "  back in review: A: 1 question" in told.stdout
    with sheet.open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["patient_id"], row["column"], row["reviewed"], row["read"]) == ("A", "coverage", "inadequate", "adequate")
    assert sheet.stat().st_mode & 0o777 == 0o600
    assert SECRET not in told.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--to", "http://registry.example"], "--to: http is not encrypted"),
        (["--to", "https://127.0.0.1:1", "--format", "fax"], "--format fax: write native"),
        (["--to", "https://127.0.0.1:1", "--token-file", "/nowhere/token"], "/nowhere/token: cannot be read as a token"),
        (["--to", "https://127.0.0.1:1", "--client-key", "x"], "--client-key: needs --client-cert"),
        (["--to", "https://127.0.0.1:1", "--ca", "/nowhere/ca"], "/nowhere/ca: cannot be read as certificates"),
        (["--to", "https://127.0.0.1:1"], "no table patients"),
    ],
)
def test_mistakes_are_one_line(tmp_path: Path, arguments: list[str], told: str) -> None:
    result = RUN.invoke(app, ["feed", str(tmp_path), *arguments])
    assert result.exit_code == 2
    (line,) = result.output.splitlines()
    assert told in line


@pytest.mark.parametrize("more", [["fhir", "--patient-system", "urn:oid:1.2.3"], ["redcap"]])
def test_other_formats_are_asked_for_by_name(tmp_path: Path, more: list[str]) -> None:
    out = write(tmp_path / "cohort", many(2))
    told = RUN.invoke(app, ["feed", str(out), "--to", "https://127.0.0.1:1", "--dry-run", "--format", *more])
    assert (told.exit_code, told.stdout) == (0, "new\tP00000\nnew\tP00001\n")


def test_status_without_an_outbox_is_one_line(tmp_path: Path) -> None:
    for arguments, told in (([str(tmp_path / "cohort")], "no outbox yet"), ([], "name the folder of tables, or --outbox")):
        result = RUN.invoke(app, ["feed", "status", *arguments])
        assert (result.exit_code, told in result.output) == (2, True)


def test_schema_and_api_are_printed() -> None:
    assert json.loads(RUN.invoke(app, ["feed", "schema"]).stdout) == schemadoc.chart_schema()
    assert json.loads(RUN.invoke(app, ["feed", "schema", "--api"]).stdout) == schemadoc.openapi()


@pytest.mark.parametrize("command", ["feed", "feed send", "feed status", "feed schema", "watch"])
def test_help_holds_examples(command: str) -> None:
    told = RUN.invoke(app, [*command.split(), "--help"])
    assert told.exit_code == 0
    assert f"extractor {command.removesuffix(' send')} " in told.output
