"""Delivery by scripted answers: what is tried again, when, what is set aside, and when a run ends; no time passes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from extractor.feed.client import Answer, Client, Unanswered
from extractor.feed.deliver import Limits, Sent, deliver
from extractor.feed.document import Json
from extractor.feed.outbox import Message, Outbox
from extractor.feed.queue import queue
from extractor.feed.wire import Native, Verdict, refusal
from tests.feed.clockwork import BEGAN, Clock, pace
from tests.feed.makers import many, write

DONE = Verdict("done")
Script = Callable[[Message, int], Verdict]


class Scripted(Native):
    """Answers as told, by the message and how often it was sent."""

    def __init__(self, script: Script) -> None:
        self.script, self.log = script, []  # type: ignore[var-annotated]

    def send(self, client: Client, message: Message) -> Verdict:
        self.log.append(message.patient_id)
        return self.script(message, self.log.count(message.patient_id))


class Bench:
    def __init__(self, folder: Path, charts: int) -> None:
        self.outbox = Outbox(folder / "outbox.sqlite")
        self.target = self.outbox.target("native", "http://127.0.0.1:1")
        queue(self.outbox, self.target, Native(), write(folder / "out", many(charts)))
        self.clock = Clock()
        self.log: list[str] = []

    def run(self, script: Script, **limits: Any) -> Sent:
        wire = Scripted(script)
        sent = deliver(self.outbox, self.target, wire, None, pace(self.clock), Limits(**limits))  # type: ignore[arg-type]
        self.log = wire.log
        return sent

    @property
    def waiting(self) -> list[str]:
        return self.outbox.waiting(self.target)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path, 6)
    yield made
    made.outbox.close()


def test_all_is_delivered_in_order(bench: Bench) -> None:
    sent = bench.run(lambda m, n: DONE)
    assert (sent.delivered, sent.tries, sent.stopped, bench.waiting) == (6, 6, "", [])
    assert bench.log == sorted(bench.log)
    assert bench.clock.waits == []


def test_a_chart_that_fails_waits_while_the_others_go_on(bench: Bench) -> None:
    sent = bench.run(lambda m, n: Verdict("failed", "answered 500") if m.patient_id == "P00001" and n < 4 else DONE)
    assert (sent.delivered, sent.refused, sent.stopped) == (6, 0, "")
    assert bench.log == ["P00000", "P00001", "P00002", "P00003", "P00004", "P00005", *["P00001"] * 3]


def test_a_chart_that_always_fails_is_set_aside_while_others_pass(bench: Bench) -> None:
    sent = bench.run(lambda m, n: Verdict("failed", "answered 500") if m.patient_id == "P00001" else DONE, attempts=3)
    assert (sent.delivered, sent.refused, sent.stopped, bench.waiting) == (5, 1, "", [])
    (dead,) = bench.outbox.dead(bench.target)
    assert (dead.patient_id, dead.reason) == ("P00001", "answered 500, 3 times, while others passed")
    assert bench.run(lambda m, n: DONE).tries == 0
    assert bench.outbox.revive(bench.target) == 1
    assert bench.run(lambda m, n: DONE).delivered == 1


def test_a_service_that_answers_nobody_loses_nothing(bench: Bench) -> None:
    sent = bench.run(lambda m, n: Verdict("failed", "answered 500"), attempts=2, patience=5)
    assert (sent.delivered, sent.refused, sent.tries) == (0, 0, 5)
    assert sent.stopped == "the registry failed 5 times in a row, last: answered 500"
    assert len(bench.waiting) == 6


def test_a_refusal_is_set_aside_at_once_and_the_next_version_is_sent(bench: Bench, tmp_path: Path) -> None:
    sent = bench.run(lambda m, n: Verdict("refused", "refused with 422") if m.patient_id == "P00003" else DONE)
    assert (sent.delivered, sent.refused, len(bench.log)) == (5, 1, 6)
    queue(bench.outbox, bench.target, Native(), write(tmp_path / "out", many(6)))
    assert bench.run(lambda m, n: DONE).tries == 0  # as it was: still refused
    queue(bench.outbox, bench.target, Native(), write(tmp_path / "out", many(6, coverage="inadequate")))
    assert bench.run(lambda m, n: DONE).delivered == 6
    assert bench.outbox.dead(bench.target) == []


@pytest.mark.parametrize(
    ("header", "waited"),
    [("7", 7.0), ("Thu, 29 Feb 2024 12:00:40 GMT", 40.0), ("0", 0.0)],
)
def test_a_busy_service_is_asked_again_when_it_wants(bench: Bench, header: str, waited: float) -> None:
    assert BEGAN.isoformat() == "2024-02-29T12:00:00+00:00"
    sent = bench.run(lambda m, n: Verdict("busy", "is busy (429)", header) if (m.patient_id, n) == ("P00000", 1) else DONE)
    assert (sent.delivered, sum(bench.clock.waits)) == (6, waited)
    assert bench.outbox.dead(bench.target) == []


def test_a_busy_service_without_a_time_is_met_with_growing_waits(bench: Bench) -> None:
    sent = bench.run(lambda m, n: Verdict("busy", "is busy (503)") if len(bench.clock.waits) < 6 else DONE)
    assert sent.delivered == 6
    ceilings = [1, 2, 4, 8, 16, 32]
    assert all(0 < w <= c for w, c in zip(bench.clock.waits, ceilings, strict=False))
    assert sum(bench.clock.waits) > 10


def test_a_long_wait_is_left_to_the_next_run(bench: Bench) -> None:
    sent = bench.run(lambda m, n: Verdict("busy", "is busy (503)", "86400"))
    assert (sent.stopped, sent.tries, bench.clock.waits, len(bench.waiting)) == (
        "the registry asks to come back in 86400 seconds",
        1,
        [],
        6,
    )


def test_downtime_does_not_count_against_a_chart(bench: Bench) -> None:
    for _ in range(3):
        bench.run(lambda m, n: Verdict("busy", "no connection"))
    sent = bench.run(lambda m, n: Verdict("failed", "answered 500") if n == 1 else DONE)
    assert (sent.delivered, sent.refused) == (6, 0)


def test_where_nothing_can_pass_the_run_ends_at_once(bench: Bench) -> None:
    sent = bench.run(lambda m, n: Verdict("stop", "does not know us (401)"))
    assert (sent.tries, sent.stopped, len(bench.waiting)) == (1, "the registry does not know us (401)", 6)


def test_a_number_that_is_too_low_is_raised(bench: Bench) -> None:
    seen: list[int] = []

    def script(m: Message, n: int) -> Verdict:
        seen.append(m.sequence)
        return Verdict("stale", "higher", sequence=41) if m.sequence <= 41 else DONE

    assert bench.run(script).delivered == 6
    assert seen == [1, 42] * 6 or sorted(seen) == [1] * 6 + [42] * 6
    known = bench.outbox.chart(bench.target, "P00000")
    assert known is not None
    assert (known.sequence, known.delivered) == (42, 42)


def test_a_registry_whose_numbers_always_grow_ends_nowhere_else_than_here(bench: Bench) -> None:
    sent = bench.run(lambda m, n: Verdict("stale", "higher", sequence=m.sequence + 1), attempts=4)
    assert (sent.delivered, sent.refused + len(bench.waiting)) == (0, 6)
    assert sent.tries <= 24


# ---- what an answer means ---------------------------------------------------------------------------------------------------


def message(**more: Any) -> Message:
    told: Json = {"patient_id": "A", "sequence": 3, "hash": "ab", "body": None, "withdraws": True, "made_by": {}, **more}
    return Message(**told)


def read(status: int, body: bytes = b"", **headers: str) -> Verdict:
    return Native()._read(Answer(status, headers, body), message())


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"result": "applied", "sequence": 3, "content_hash": "ab", "kept": []}', "done"),
        (b'{"result": "unchanged", "sequence": 3, "content_hash": "ab", "more": 1}', "done"),
        (b'{"result": "applied", "sequence": 2, "content_hash": "ab"}', "failed"),
        (b'{"result": "applied", "sequence": 3, "content_hash": "cd"}', "failed"),
        (b'{"result": "fine", "sequence": 3, "content_hash": "ab"}', "failed"),
        (b"<html>", "failed"),
        (b"", "failed"),
        (b"[]", "failed"),
        (b"\xff\xfe", "failed"),
        (b"[" * 100_000, "failed"),
    ],
)
def test_only_the_receipt_of_this_version_counts(body: bytes, kind: str) -> None:
    assert read(200, body).kind == kind


@pytest.mark.parametrize(
    ("status", "kind"),
    [(429, "busy"), (502, "busy"), (503, "busy"), (504, "busy"), (408, "failed"), (500, "failed"), (507, "failed"), (100, "failed"),
     (400, "refused"), (409, "refused"), (413, "refused"), (422, "refused"), (418, "refused"), (401, "stop"), (403, "stop"), (404, "stop"), (302, "stop"), (307, "stop")],
)  # fmt: skip
def test_what_a_status_means(status: int, kind: str) -> None:
    assert read(status).kind == kind


def test_a_conflict_is_a_number_that_is_too_low_only_if_it_says_so() -> None:
    assert read(409, b'{"sequence": 7}').sequence == 7
    assert [read(409, b).kind for b in (b'{"sequence": 2}', b'{"sequence": true}', b'{"sequence": "9"}', b'{"sequence": 1e99}', b"{}")] == [
        "refused"
    ] * 5


def test_of_a_refusal_only_codes_and_places_are_repeated() -> None:
    told = refusal(Answer(422, {}, b'{"code": "not of the schema", "pointer": "/chart/rows/lesions/0", "detail": "Mrs Smith"}'))
    assert told.reason == "refused with 422: not of the schema at /chart/rows/lesions/0"
    hostile = refusal(Answer(422, {}, b'{"code": "Mrs Smith\\u001b[31m", "pointer": ["x"]}'))
    assert hostile.reason == "refused with 422"


def test_no_answer_is_a_service_in_trouble_and_a_bad_certificate_ends_the_run(bench: Bench) -> None:
    def broken(m: Message, n: int) -> Verdict:
        raise Unanswered("no connection")

    assert bench.run(broken, patience=3).stopped == "the registry failed 3 times in a row, last: no connection"

    def untrusted(m: Message, n: int) -> Verdict:
        raise Unanswered("shows a certificate that we do not trust", fatal=True)

    assert bench.run(untrusted).stopped == "the registry shows a certificate that we do not trust"
