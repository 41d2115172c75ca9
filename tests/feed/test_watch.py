"""Rounds from notes to the registry: only what new notes touch is read anew and sent; a round can be repeated, interrupted and started twice."""

from __future__ import annotations

import base64
import csv
import json
import os
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from extractor.cli import app
from extractor.errors import ExtractorError, FeedError, InputError
from extractor.feed import watch
from extractor.feed.outbox import locked
from extractor.feed.run import Feed, feed
from extractor.feed.watch import Reading, Round, once, sources
from extractor.model import Note
from extractor.notes import Options, read_notes
from extractor.pipeline import Reader
from extractor.run import work
from tests.feed.sender import quick
from tests.feed.served import TOKEN, Served
from tests.run.makers import SECRET, chart
from tests.run.makers import write as write_notes

RUN = CliRunner()
SEEN = "read"


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reader: Reader) -> Path:
    """A folder of exports with four charts; which charts are read is put down beside it."""
    real = work.abstract

    def counted(notes, own):  # type: ignore[no-untyped-def]
        with (tmp_path / SEEN).open("a") as file:
            file.write(notes[0].patient_id + "\n")
        return real(notes, own)

    monkeypatch.setattr(work, "build", lambda rules: reader)
    monkeypatch.setattr(work, "abstract", counted)
    folder = tmp_path / "exports"
    folder.mkdir()
    write_notes(folder / "2024-01.jsonl", [n for k in range(4) for n in chart(k)])
    return folder


def read(tmp_path: Path) -> list[str]:
    """Charts that were read since this was last asked."""
    path = tmp_path / SEEN
    found = path.read_text().split() if path.exists() else []
    path.unlink(missing_ok=True)
    return found


@pytest.fixture
def round_(tmp_path: Path, inbox: Path, how: Feed) -> Callable[[], Round]:
    return lambda: once(str(inbox), tmp_path / "cohort", how, Reading(workers=1), quick())


def test_only_charts_that_new_notes_touch_are_read_and_sent(
    tmp_path: Path, inbox: Path, served: Served, round_: Callable[[], Round]
) -> None:
    assert round_().sent.delivered == 4
    assert len(read(tmp_path)) == 4
    assert round_().sent.tries == 0
    addendum = {**chart(2)[1], "note_id": "P002-9", "note_date": "2020-09-01", "text": "CT ABDOMEN 09/01/2020\n\nIMPRESSION: Stable."}
    write_notes(inbox / "2024-02.jsonl", [addendum, *chart(7)])
    found = round_()
    assert sorted(read(tmp_path)) == ["P002", "P007"]
    assert (found.queued.changes, found.sent.delivered) == ([("corrected", "P002"), ("new", "P007")], 2)
    assert {p: n for p, (_, n, _) in served.held().items()} == {"P000": 1, "P001": 1, "P002": 2, "P003": 1, "P007": 1}


def test_a_note_that_is_sent_again_counts_as_it_is_in_the_later_file(
    tmp_path: Path, inbox: Path, served: Served, round_: Callable[[], Round]
) -> None:
    round_()
    amended = {**chart(1)[0], "text": chart(1)[0]["text"].replace("1.1 cm", "4.4 cm")}
    assert "4.4 cm" in amended["text"]
    write_notes(inbox / "2024-02.jsonl", [amended])
    assert round_().queued.changes == [("corrected", "P001")]
    (lesion,) = served.charts()["P001"]["rows"]["lesions"]
    assert lesion["cells"]["size_mm"]["value"] == 44


def test_a_chart_whose_notes_are_taken_away_is_withdrawn(inbox: Path, served: Served, round_: Callable[[], Round]) -> None:
    round_()
    write_notes(inbox / "2024-01.jsonl", [n for k in range(3) for n in chart(k)])
    assert round_().queued.changes == [("withdrawn", "P003")]
    assert served.held()["P003"][0] == "withdrawn"


def test_an_empty_folder_or_a_broken_file_withdraws_nothing(inbox: Path, served: Served, round_: Callable[[], Round]) -> None:
    round_()
    (inbox / "2024-02.csv").write_text("note_id,patient_id\n")
    with pytest.raises(InputError, match="no column 'note_date'"):
        round_()
    for file in inbox.iterdir():
        file.unlink()
    (inbox / "2024-03.jsonl.part").write_text("{")
    (inbox / ".hidden.jsonl").write_text("{")
    with pytest.raises(FeedError, match="holds no files; nothing was read and nothing withdrawn"):
        round_()
    assert {state for state, _, _ in served.held().values()} == {"current"}


def test_files_of_many_kinds_are_read_together(tmp_path: Path, inbox: Path) -> None:
    (inbox / "P9_2020-01-01_clinic.txt").write_text("Seen.")
    (inbox / "sub").mkdir()
    (inbox / "sub" / "a.csv.gz").write_text("")
    assert sources(str(inbox)) == [inbox / "sub" / "a.csv.gz", inbox / "2024-01.jsonl", inbox]
    (inbox / "P9_2020-01-01_clinic.txt").rename(inbox / "README.md")
    assert sources(str(inbox)) == [inbox / "sub" / "a.csv.gz", inbox / "2024-01.jsonl"]
    assert sources(str(inbox), Options(manifest=inbox / "list.csv")) == inbox
    assert sources("-") == "-"
    assert sources(str(inbox / "2024-01.jsonl")) == str(inbox / "2024-01.jsonl")


def test_of_a_fhir_document_in_two_files_the_later_one_counts(tmp_path: Path) -> None:
    folder = tmp_path / "bulk"
    folder.mkdir()
    for name, words in (("2024-01.ndjson", "Stable."), ("2024-02.ndjson", "Progression."), (".2024-03.ndjson", "Hidden.")):
        attachment = {"contentType": "text/plain", "data": base64.b64encode(words.encode()).decode(), "creation": "2020-01-01"}
        document = {"resourceType": "DocumentReference", "id": "d", "status": "current", "subject": {"reference": "Patient/A"}}
        (folder / name).write_text(json.dumps({**document, "content": [{"attachment": attachment}]}) + "\n")
    assert sources(str(folder)) == folder
    found = [n for n in read_notes(folder, Options(last_first=True)) if isinstance(n, Note)]
    assert [n.text for n in found] == ["Progression."]


def test_a_second_round_says_so_in_one_line_and_does_nothing(
    tmp_path: Path, inbox: Path, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXTRACTOR_FEED_TOKEN", TOKEN)
    command = ["watch", str(inbox), "--out", str(tmp_path / "cohort"), "--to", served.url]
    with locked(tmp_path / "cohort.watch", "x"):
        refused = RUN.invoke(app, command)
    assert (refused.exit_code, served.held(), read(tmp_path)) == (2, {}, [])
    (line,) = refused.output.splitlines()
    assert line == f"extractor: another watch is writing {tmp_path / 'cohort'}; nothing was done"
    done = RUN.invoke(app, command)
    assert (done.exit_code, len(served.held())) == (0, 4)
    assert "8 notes of 4 patients, 4 charts read anew" in done.output
    assert SECRET not in done.output


def test_a_round_killed_at_any_moment_is_made_good_by_the_next(
    tmp_path: Path, inbox: Path, served: Served, round_: Callable[[], Round]
) -> None:
    served.faults("ok", "cut after", "slow:0.2")
    for moment in (0.02, 0.15, 0.3, 0.5):
        child = os.fork()
        if child == 0:
            try:
                round_()
            finally:
                os._exit(0)
        time.sleep(moment)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert round_().sent.stopped == ""
    assert ({n for _, n, _ in served.held().values()}, len(served.held())) == ({1}, 4)
    assert len(served.applied()) == 4
    assert round_().sent.tries == 0


def test_what_waits_is_delivered_though_no_note_is_new(inbox: Path, tmp_path: Path, served: Served, how: Feed) -> None:
    served.faults("ok", "404")
    one: Callable[..., Round] = lambda known: once(str(inbox), tmp_path / "cohort", how, Reading(workers=1), quick(), known)  # noqa: E731
    known = watch.fingerprint(str(inbox))
    assert one(None).sent.delivered == 1
    read(tmp_path)
    again = one(known)
    assert (again.summary, again.sent.delivered, read(tmp_path)) == (None, 3, [])


def test_rounds_go_on_after_one_that_failed(tmp_path: Path, inbox: Path, served: Served, how: Feed) -> None:
    told: list[Round | Exception] = []
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 1:
            (inbox / "2024-02.csv").write_text("note_id\n")
        if len(waits) == 2:
            (inbox / "2024-02.csv").unlink()

    out = tmp_path / "cohort"
    watch.forever(
        str(inbox), 300, lambda known: once(str(inbox), out, how, Reading(workers=1), quick(), known), told.append, sleep, range(4)
    )
    assert waits == [300, 300, 300]
    first, broken, mended, quiet = told
    assert isinstance(broken, ExtractorError)
    assert [isinstance(r, Round) and r.summary is not None for r in (first, mended, quiet)] == [True, False, False]
    assert len(served.held()) == 4


def edited(out: Path, into: Path, table: str, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
    """A table with its rows changed."""
    with (out / f"{table}.csv").open(newline="", encoding="utf-8") as file:
        rows = [change(r) for r in csv.DictReader(file)]
    with (into / f"{table}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def test_reviewed_cells_outlive_a_new_reading(tmp_path: Path, inbox: Path, served: Served, how: Feed, round_: Callable[[], Round]) -> None:
    """Somebody reviewed the first reading and it was fed from the corrected tables; then the report is amended and says otherwise."""
    round_()
    out, corrected = tmp_path / "cohort", tmp_path / "corrected"
    shutil.copytree(out, corrected)
    edited(out, corrected, "lesions", lambda r: r | ({"size_mm": "12"} if r["patient_id"] == "P001" else {}))
    edited(out, corrected, "patients", lambda r: r | {"review": "begun" if r["patient_id"] == "P001" else "open"})
    decided = lambda r: r["row_id"].startswith("P001") and r["column"] == "size_mm"  # noqa: E731
    edited(out, corrected, "evidence", lambda r: r | {"reviewed": "corrected" if decided(r) else "", "reviewer": "anna"})
    assert feed(corrected, how, quick())[0].changes == [("corrected", "P001")]
    late = {**chart(1)[0], "text": chart(1)[0]["text"].replace("1.1 cm", "6.6 cm")}
    write_notes(inbox / "2024-02.jsonl", [late])
    found = round_()
    assert (found.queued.changes, found.queued.in_review) == ([("corrected", "P001")], 1)
    there = served.charts()["P001"]
    assert there["rows"]["lesions"][0]["cells"]["size_mm"]["value"] == 12
    assert there["review"]["status"] == "back"
    assert "size_mm" in [q["column"] for q in there["review"]["questions"]]


def test_notes_of_two_files_with_one_id_are_told_as_repeated(tmp_path: Path, inbox: Path, round_: Callable[[], Round]) -> None:
    write_notes(inbox / "2024-02.jsonl", [chart(0)[0]])
    round_()
    assert (tmp_path / "cohort" / "rejects.csv").read_text().splitlines()[1:] == ["2024-01.jsonl,line 1,repeated note id"]
    assert json.loads((tmp_path / "cohort" / "run.json").read_text())["notes"] == 8


def test_what_a_feed_of_another_run_holds_is_told(tmp_path: Path, inbox: Path, how: Feed, round_: Callable[[], Round]) -> None:
    assert how.outbox is not None
    with locked(how.outbox, "x"), pytest.raises(FeedError, match="another run is feeding from"):
        round_()
    assert replace(how).outbox == how.outbox
