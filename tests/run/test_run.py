"""A run: the same bytes whatever happens to it, finished charts done once, nothing half-written."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from extractor import run
from extractor.errors import InputError, OutputError
from extractor.pipeline import Reader
from extractor.run import grouped, ordered, partial, pool, work
from extractor.tables import read_cohort
from tests.run.makers import SECRET, chart, contents, write

Seen = Callable[[], list[str]]


def forked(source: Path, out: Path, **more: object) -> int:
    """Start a run in a process of its own that has the reader already; returns its id."""
    child = os.fork()
    if child == 0:
        try:
            run.extract(source, out, **more)  # type: ignore[arg-type]
        finally:
            os._exit(0)
    return child


def test_a_run_killed_at_ten_random_moments_gives_the_same_bytes_and_reads_finished_charts_once(
    tmp_path: Path, notes: Path, small: Seen
) -> None:
    run.extract(notes, tmp_path / "whole")
    assert sorted(small()) == [f"P{n:03}" for n in range(40)]
    began = time.monotonic()
    run.extract(notes, tmp_path / "whole", force=True)  # as fast as the ones to come: its sentences are remembered
    took, wanted = time.monotonic() - began, contents(tmp_path / "whole")
    small()
    dice = random.Random(5)
    interrupted = 0
    for moment in range(10):
        out = tmp_path / f"out{moment}"
        child = forked(notes, out)
        time.sleep(dice.random() * took)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        stopped = not out.exists()
        interrupted += stopped
        before = small()
        assert run.extract(notes, out, force=True).charts == 40
        assert contents(out) == wanted
        assert not list(tmp_path.glob(".out*"))
        twice = [p for p, n in Counter(before + small()).items() if n > 1]
        assert not stopped or len(twice) <= 3  # only charts of the chunk that was being read
    assert interrupted >= 2


def test_a_chart_that_kills_or_holds_its_worker_costs_only_itself(tmp_path: Path, notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    from deadly_workers import DEADLY, SICKLY, SLOW, deadly

    monkeypatch.setattr(run, "CHUNK", 12_000)
    monkeypatch.setattr(run, "FEW", 0)
    monkeypatch.setattr(pool, "serve", deadly)
    run.extract(notes, tmp_path / "out", workers=2, chart_seconds=4)
    tables = read_cohort(tmp_path / "out")
    assert sorted(tables["patients"]["patient_id"]) == [f"P{n:03}" for n in range(40) if f"P{n:03}" not in (DEADLY, SLOW)]
    assert SICKLY in set(tables["patients"]["patient_id"])
    told = (tmp_path / "out" / "rejects.csv").read_text().splitlines()[1:]
    assert told[-2:] == [
        f"notes.jsonl,patient {DEADLY},the chart ended its worker twice (out of memory?)",
        f"notes.jsonl,patient {SLOW},the chart was not finished within 4 seconds (--chart-seconds)",
    ]
    monkeypatch.undo()
    good = [json.loads(line) for line in notes.read_text().splitlines() if DEADLY not in line and SLOW not in line]
    run.extract(write(notes, good), tmp_path / "alone")
    ours, theirs = contents(tmp_path / "out"), contents(tmp_path / "alone")
    same = {name for name in theirs if ours[name] == theirs[name]}
    assert same >= {"patients.csv", "lesions.csv", "evidence.csv", "mentions.csv", "claims.csv"}


def test_a_command_killed_while_its_workers_read_goes_on_where_it_was(tmp_path: Path) -> None:
    filler = "\n\nNURSING: " + "Slept well, ate half of the lunch. " * 300
    source = write(tmp_path / "notes.jsonl", [{**n, "text": n["text"] + filler} for number in range(30) for n in chart(number)])
    command = [sys.executable, "-m", "extractor", "extract", str(source), "--workers", "2", "--out"]
    process = subprocess.Popen([*command, str(tmp_path / "out")])
    parts = tmp_path / ".out.partial" / "parts"
    while process.poll() is None and not (parts.exists() and any(parts.iterdir())):
        time.sleep(0.05)
    process.kill()
    process.wait()
    assert any(parts.iterdir())
    assert not (tmp_path / "out").exists()
    subprocess.run([*command, str(tmp_path / "out")], check=True, capture_output=True)
    run.extract(source, tmp_path / "whole")
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_incremental_reads_only_charts_whose_notes_changed(tmp_path: Path, notes: Path, small: Seen, format: str) -> None:
    out = tmp_path / "out"
    run.extract(notes, out, format=format, accept=0.9)
    small()
    assert run.extract(notes, out, format=format, accept=0.9, incremental=True).kept == 40
    assert small() == []
    rows = [json.loads(line) for line in notes.read_text().splitlines()]
    changed = [{**r, "text": r["text"] + "\nDeath on 01/02/2021."} if r["note_id"] == "P007-2" else r for r in rows]
    changed = [*chart(41), *(r for r in changed if r["patient_id"] != "P011")]
    write(notes, [r for r in changed if r["note_id"] != "P012-1"])
    assert run.extract(notes, out, format=format, accept=0.9, incremental=True).kept == 37
    assert sorted(small()) == ["P007", "P012", "P041"]
    run.extract(notes, tmp_path / "anew", format=format, accept=0.9)
    assert contents(out) == contents(tmp_path / "anew")
    small()
    run.extract(notes, out, format=format, incremental=True)
    assert len(small()) == 40  # accepted or not is part of the rows


def test_incremental_with_other_rules_reads_everything(tmp_path: Path, notes: Path, small: Seen) -> None:
    run.extract(notes, tmp_path / "out")
    small()
    own = tmp_path / "rules"
    own.mkdir()
    (own / "own.toml").write_text("label = 'COMPLICATION'\n[[rule]]\nid = 'own'\nconcept = 'pain'\nregex = 'zebra pain'\n")
    assert run.extract(notes, tmp_path / "out", rule_dirs=[own], incremental=True).kept == 0
    assert len(small()) == 40


def test_many_repeated_notes_and_bad_rows_stay_in_their_order(tmp_path: Path) -> None:
    rows = [n for number in range(3) for n in chart(number)]
    bad = {**rows[0], "note_id": "x", "note_date": "never"}
    source = write(tmp_path / "notes.jsonl", [rows[0], rows[0], bad, rows[1], {**rows[2], "note_id": ""}, rows[1], rows[0], bad])
    folder = tmp_path / "gathered"
    folder.mkdir()
    found = grouped.gather(source, None, folder)
    assert (found.notes, found.charts, found.rejects) == (2, 1, 6)
    told = [(r.row, r.reason) for r in grouped.rejected(folder)]
    again, never = "repeated note id", "not a date"
    assert told == [("line 2", again), ("line 3", never), ("line 5", "no note id"), ("line 6", again), ("line 7", again), ("line 8", never)]
    (listed,) = grouped.listed(folder)
    assert [n.note_id for n in grouped.read(folder, listed.places)] == ["P000-1", "P000-2"]
    with pytest.raises(InputError, match="line 3: not a date"):
        grouped.gather(source, None, folder, strict=True)
    write(source, [rows[0], rows[1], rows[0]])
    with pytest.raises(InputError, match="line 3: repeated note id"):
        grouped.gather(source, None, folder, strict=True)


def test_patients_come_in_the_order_of_their_ids_whatever_these_hold(tmp_path: Path, small: Seen) -> None:
    names = ["z", "Z", "ä", "10", "9", "a b", 'q"u,o', "\U0001f600", "~", "\uffee"]
    rows = [{**chart(0)[0], "note_id": f"n{at}", "patient_id": name} for at, name in enumerate(names)]
    run.extract(write(tmp_path / "notes.jsonl", rows), tmp_path / "out")
    assert list(read_cohort(tmp_path / "out")["patients"]["patient_id"]) == sorted(names)


def test_a_review_list_too_long_for_memory_is_the_same(tmp_path: Path, notes: Path, small: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    run.extract(notes, tmp_path / "out", accept=0.9)
    monkeypatch.setattr(ordered, "SORTED_AT_ONCE", 7)
    run.extract(notes, tmp_path / "runs", accept=0.9)
    assert contents(tmp_path / "out") == contents(tmp_path / "runs")
    assert len((tmp_path / "out" / "review.csv").read_text().splitlines()) == 41


def full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_full_disk_is_one_line_and_finished_charts_are_kept(
    tmp_path: Path, notes: Path, small: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "assemble", full)
    with pytest.raises(OutputError, match=r"No space left on device; finished charts are kept in .*make room and run the same command"):
        run.extract(notes, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    monkeypatch.undo()
    small_again = {p.name for p in (tmp_path / ".out.partial" / "parts").iterdir()}
    assert small_again


def test_nothing_is_left_when_the_disk_is_full_before_a_chart_was_finished(
    tmp_path: Path, notes: Path, small: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "gather", full)
    with pytest.raises(OutputError, match=r"No space left on device$"):
        run.extract(notes, tmp_path / "out")
    assert [p.name for p in tmp_path.iterdir()] == ["notes.jsonl"]


def test_an_input_that_vanishes_or_is_cut_off_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import gzip

    packed = tmp_path / "notes.jsonl.gz"
    packed.write_bytes(gzip.compress(json.dumps(chart(0)[0]).encode())[:-20])
    with pytest.raises(InputError, match="cut off"):
        run.extract(packed, tmp_path / "out")
    folder = tmp_path / "texts"
    folder.mkdir()
    for n in range(3):
        (folder / f"P{n}_2020-01-01_clinic.txt").write_text(SECRET)
    real = Path.open

    def gone(self: Path, *a: object, **k: object):  # type: ignore[no-untyped-def]
        if self.name.startswith("P2"):
            raise FileNotFoundError(2, "No such file or directory")
        return real(self, *a, **k)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "open", gone)
    with pytest.raises(InputError, match="cannot be read"):
        run.extract(folder, tmp_path / "out")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["notes.jsonl.gz", "texts"]


def test_two_runs_do_not_write_one_out(tmp_path: Path, notes: Path, small: Seen) -> None:
    with partial.replacing(tmp_path / "out") as folder:
        (folder / "tables" / "run.json").write_text("{}")
        with pytest.raises(OutputError, match="another run is writing it"):
            run.extract(notes, tmp_path / "out")
    assert contents(tmp_path / "out") == {"run.json": b"{}"}


def test_what_a_run_left_that_was_killed_after_its_last_step_is_cleared_away(tmp_path: Path, notes: Path, small: Seen) -> None:
    run.extract(notes, tmp_path / "out")
    (tmp_path / ".out.partial" / "gathered").mkdir(parents=True)
    with pytest.raises(OutputError, match="exists already"):
        run.extract(notes, tmp_path / "out")
    assert not (tmp_path / ".out.partial").exists()


def test_a_run_that_is_refused_leaves_the_work_of_a_killed_one(tmp_path: Path, notes: Path, small: Seen) -> None:
    run.extract(notes, tmp_path / "out")
    for name in ("tables", "parts"):
        (tmp_path / ".out.partial" / name).mkdir(parents=True)
    (tmp_path / ".out.partial" / "parts" / "abc").touch()
    with pytest.raises(OutputError, match="exists already"):
        run.extract(notes, tmp_path / "out")
    assert (tmp_path / ".out.partial" / "parts" / "abc").exists()


def test_a_run_killed_between_its_last_two_steps_has_not_lost_the_earlier_tables(tmp_path: Path, notes: Path, small: Seen) -> None:
    run.extract(notes, tmp_path / "out")
    wanted = contents(tmp_path / "out")
    os.replace(tmp_path / "out", tmp_path / ".out.old")
    with pytest.raises(OutputError, match="exists already"):
        run.extract(notes, tmp_path / "out")
    assert contents(tmp_path / "out") == wanted


def test_a_part_that_was_cut_off_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "part"
    work.write_part(path, [work.Done({"patients": "P,\n"}, {"patients": 1})])
    assert work.is_whole(path)
    path.write_bytes(path.read_bytes()[:-1])
    assert not work.is_whole(path)
    path.write_bytes(b"")
    assert not work.is_whole(path)
    assert not work.is_whole(tmp_path / "none")


def test_the_reader_forgets_when_spacy_has_gathered_many_strings(
    tmp_path: Path, notes: Path, small: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgot: list[Reader] = []
    forget = Reader.forget
    monkeypatch.setattr(Reader, "forget", lambda reader: forgot.append(reader) or forget(reader))
    monkeypatch.setattr(work, "MOST_STRINGS", -1)
    run.extract(notes, tmp_path / "out")
    assert len(forgot) == 40
