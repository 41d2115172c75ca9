"""What is queued: what changed, once, all of it or nothing; nothing that only looks gone is withdrawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from extractor.errors import CohortError, FeedError
from extractor.feed import charts
from extractor.feed.outbox import Outbox, locked
from extractor.feed.queue import Queued, queue
from extractor.feed.wire import Native
from tests.feed.makers import Chart, cell, many, write


class Box:
    """An outbox with one target, fed from a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.outbox = Outbox(folder / "outbox.sqlite")
        self.target = self.outbox.target("native", "http://127.0.0.1:1")

    def look(self, charts: list[Chart], rejects: tuple[tuple[str, str, str], ...] = (), **more: object) -> Queued:
        out = write(self.folder / "out", charts, rejects)
        return queue(self.outbox, self.target, Native(), out, **more)  # type: ignore[arg-type]

    def all_delivered(self) -> None:
        for patient in self.outbox.waiting(self.target):
            message = self.outbox.message(self.target, patient)
            assert message is not None
            self.outbox.delivered(self.target, message, [])

    def version(self, patient: str) -> int | None:
        message = self.outbox.message(self.target, patient)
        return message.sequence if message else None


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    made = Box(tmp_path)
    yield made
    made.outbox.close()


def test_only_what_changed_is_queued(box: Box) -> None:
    charts = many(4)
    assert box.look(charts).changes == [("new", c.patient) for c in charts]
    box.all_delivered()
    assert (box.look(charts).changes, box.outbox.waiting(box.target)) == ([], [])
    changed = [charts[0], replace(charts[1], cells={"size_mm": 99}), charts[3], Chart("P9")]
    found = box.look(changed)
    assert found.changes == [("corrected", "P00001"), ("new", "P9"), ("withdrawn", "P00002")]
    assert (found.charts, found.unchanged) == (4, 2)
    assert [box.version(p) for p in ("P00001", "P00002", "P9", "P00000")] == [2, 2, 1, None]
    gone = box.outbox.message(box.target, "P00002")
    assert gone is not None
    assert (gone.withdraws, gone.body) == (True, None)


def test_other_rules_that_read_the_same_send_nothing(box: Box) -> None:
    box.look(many(2))
    (box.folder / "out" / "run.json").write_text('{"extractor": "9", "rules": "others"}')
    assert queue(box.outbox, box.target, Native(), box.folder / "out").changes == []


def test_a_chart_that_changes_back_before_it_was_delivered_is_sent_again(box: Box) -> None:
    first, other = Chart("A"), Chart("A", {"size_mm": 40})
    box.look([first])
    box.all_delivered()
    box.look([other])  # may have been sent, and its receipt lost
    box.look([first])
    message = box.outbox.message(box.target, "A")
    assert message is not None
    assert message.body is not None
    assert (message.sequence, cell(message.body, "size_mm")["value"]) == (3, 22.5)


def test_a_chart_that_comes_back_is_new_and_reviewed_cells_still_win(box: Box) -> None:
    decided = Chart("A", {"coverage": "inadequate"}, review="begun", reviewed={"coverage": "corrected"})
    box.look([decided])
    with pytest.raises(FeedError, match="1 of 1 charts are no longer in the tables"):
        box.look([])
    assert box.look([], most_withdrawn=1).changes == [("withdrawn", "A")]
    assert box.look([]).changes == []
    assert box.look([Chart("A")]).changes == [("new", "A")]
    message = box.outbox.message(box.target, "A")
    assert message is not None
    assert message.body is not None
    assert (message.sequence, cell(message.body, "coverage")["value"]) == (3, "inadequate")


def test_new_text_against_a_reviewed_cell_is_asked_and_told(box: Box) -> None:
    box.look([Chart("A", {"coverage": "inadequate"}, review="begun", reviewed={"coverage": "corrected"})])
    found = box.look([Chart("A", notes=("report", "addendum"), words={"coverage": 2})])
    assert (found.changes, found.in_review) == ([("corrected", "A")], 1)
    assert [(p, q["column"], q["reviewed"], q["read"]) for p, q in box.outbox.questions(box.target)] == [
        ("A", "coverage", "inadequate", "adequate")
    ]
    assert box.look([Chart("A", notes=("report", "addendum"), words={"coverage": 2})]).unchanged == 1
    assert box.outbox.counts(box.target)["in review"] == 1


def test_questions_of_a_review_go_along(box: Box) -> None:
    out = write(box.folder / "out", [Chart("A", review="back"), Chart("B", review="begun")])
    (out / "questions.csv").write_text(
        "patient_id,table,row_id,column,reviewed,read,why\nA,lesions,x,coverage,adequate,inadequate,because\n"
    )
    found = queue(box.outbox, box.target, Native(), out)
    assert found.in_review == 1
    message = box.outbox.message(box.target, "A")
    assert message is not None
    assert message.body is not None
    assert [q["why"] for q in message.body["review"]["questions"]] == ["because"]


def test_a_chart_that_could_not_be_read_is_not_withdrawn(box: Box) -> None:
    box.look(many(3))
    found = box.look(
        many(2), (("notes.jsonl", "patient P00002", "the chart was not finished within 600 seconds"), ("notes.jsonl", "line 7", "no text"))
    )
    assert (found.changes, found.failed) == ([], 1)


def test_many_charts_are_not_withdrawn_at_once_unless_that_is_allowed(box: Box) -> None:
    box.look(many(30))
    before = box.outbox.waiting(box.target)
    with pytest.raises(FeedError, match=r"20 of 30 charts are no longer in the tables .* --most-withdrawn 0.67"):
        box.look(many(10))
    assert box.outbox.waiting(box.target) == before
    assert all(box.version(p) == 1 for p in before)
    assert box.look(many(10), most_withdrawn=0.67).count("withdrawn") == 20
    assert box.look(many(5)).count("withdrawn") == 5


def test_tables_that_are_replaced_while_they_are_read_queue_nothing(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    out = write(box.folder / "out", many(3))
    real = charts.read

    def replaced(folder: Path) -> Iterator[charts.ChartRows]:
        yield from real(folder)
        out.rename(box.folder / "old")
        write(out, many(2))

    monkeypatch.setattr(charts, "read", replaced)
    with pytest.raises(FeedError, match="was written anew while it was read"):
        queue(box.outbox, box.target, Native(), out)
    assert box.outbox.waiting(box.target) == []


def test_where_a_table_is_wrong_nothing_is_queued(box: Box) -> None:
    out = write(box.folder / "out", many(5))
    lines = (out / "lesions.csv").read_text().splitlines()
    (out / "lesions.csv").write_text("\n".join([*lines[:-1], lines[-1].replace("22", "x").replace("14", "x")]))
    with pytest.raises(CohortError):
        queue(box.outbox, box.target, Native(), out)
    assert box.outbox.waiting(box.target) == []


def test_a_dry_run_tells_the_same_and_writes_nothing(box: Box) -> None:
    assert box.look(many(2), dry=True).changes == [("new", "P00000"), ("new", "P00001")]
    assert box.outbox.waiting(box.target) == []
    assert box.look(many(2)).count("new") == 2


def test_targets_do_not_know_each_other(box: Box) -> None:
    box.look(many(2))
    other = box.outbox.target("native", "http://127.0.0.1:2")
    assert queue(box.outbox, other, Native(), box.folder / "out").count("new") == 2
    assert len(box.outbox.targets()) == 2


def test_the_outbox_is_its_owner_s_alone_and_names_what_is_none(box: Box, tmp_path: Path) -> None:
    assert (tmp_path / "outbox.sqlite").stat().st_mode & 0o777 == 0o600
    (tmp_path / "letter").write_text("Dear colleague, " * 500)
    with pytest.raises(FeedError, match="is no outbox"):
        Outbox(tmp_path / "letter")
    with pytest.raises(FeedError, match="cannot be opened"):
        Outbox(tmp_path / "nowhere" / "outbox.sqlite")


def test_a_lock_is_held_by_one(tmp_path: Path) -> None:
    with locked(tmp_path / "outbox", "busy"), pytest.raises(FeedError, match="busy; nothing was done"), locked(tmp_path / "outbox", "busy"):
        pass
    with locked(tmp_path / "outbox", "busy"):
        pass
