"""The reference registry as its own process: killed, slow, busy, answering garbage, cut off; every chart is there once, none lost, none twice."""

from __future__ import annotations

import json
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from jsonschema import Draft202012Validator

from extractor.feed import schemadoc
from extractor.feed.client import Secrets
from extractor.feed.deliver import Limits
from extractor.feed.document import Json, canonical, digest, key
from extractor.feed.outbox import Outbox
from extractor.feed.run import Feed, feed, preview
from tests.feed.makers import Chart, cell, made, many, sent, write
from tests.feed.sender import quick
from tests.feed.served import TOKEN, Served, started

GUARDED = {"Authorization": f"Bearer {TOKEN}"}


def once(served: Served) -> bool:
    """Was every version taken in once?"""
    taken = served.applied()
    return len(taken) == len(set(taken))


def test_charts_arrive_are_corrected_and_withdrawn(tmp_path: Path, served: Served, how: Feed) -> None:
    out = write(tmp_path / "out", many(5))
    queued, delivered = feed(out, how, quick())
    assert (queued.count("new"), delivered.delivered, delivered.stopped) == (5, 5, "")
    assert {p: n for p, (_, n, _) in served.held().items()} == {f"P{n:05}": 1 for n in range(5)}
    taken = served.applied()
    assert feed(out, how, quick())[1].tries == 0
    assert served.applied() == taken
    write(out, [*many(3), Chart("P00003", {"size_mm": 99})])
    queued, delivered = feed(out, how, quick())
    assert (delivered.delivered, delivered.withdrawn) == (1, 1)
    held = served.held()
    assert (held["P00003"][1], held["P00004"][:2]) == (2, ("withdrawn", 2))
    assert cell(served.charts()["P00003"], "size_mm")["value"] == 99
    assert served.charts()["P00004"] is None


@pytest.mark.parametrize(
    "fault", ["500", "429", "429:0", "503", "garbage", "html", "wrong receipt", "cut before", "cut after", "slow:0.7", "endless"]
)
def test_after_every_trouble_each_chart_is_there_once(tmp_path: Path, served: Served, how: Feed, fault: str) -> None:
    served.faults(fault, "ok", fault, fault)
    _, delivered = feed(write(tmp_path / "out", many(4)), replace(how, timeout=0.5), quick())
    assert (delivered.delivered, delivered.refused, delivered.stopped) == (4, 0, "")
    assert delivered.tries > 4
    assert {p: (state, n) for p, (state, n, _) in served.held().items()} == {f"P{n:05}": ("current", 1) for n in range(4)}
    assert once(served)


def test_retry_after_is_waited_for(tmp_path: Path, served: Served, how: Feed) -> None:
    served.faults("429:1")
    began = time.monotonic()
    assert feed(write(tmp_path / "out", many(1)), how, quick())[1].delivered == 1
    assert time.monotonic() - began >= 1


@pytest.mark.parametrize(
    ("fault", "told"), [("404", "is not there (404)"), ("elsewhere", "sends us elsewhere"), ("401", "does not know us")]
)
def test_what_will_not_pass_ends_the_run_and_keeps_everything(tmp_path: Path, served: Served, how: Feed, fault: str, told: str) -> None:
    served.faults(fault)
    out = write(tmp_path / "out", many(3))
    _, delivered = feed(out, how, quick())
    assert told in delivered.stopped
    assert (delivered.tries, served.held()) == (1, {})
    assert feed(out, how, quick())[1].delivered == 3


def test_a_registry_that_is_down_gets_everything_when_it_is_back(tmp_path: Path, served: Served, how: Feed) -> None:
    served.kill()
    out = write(tmp_path / "out", many(3))
    _, delivered = feed(out, replace(how, limits=Limits(patience=3)), quick())
    assert delivered.stopped == "the registry failed 3 times in a row, last: no connection"
    served.start()
    queued, delivered = feed(out, how, quick())
    assert (queued.unchanged, delivered.delivered) == (3, 3)
    assert once(served)


def test_a_registry_killed_while_it_takes_in_has_each_chart_once(tmp_path: Path, served: Served, how: Feed) -> None:
    """It dies with a request in its hands, twice, and comes back."""
    served.faults("ok", "slow:5")
    ends = threading.Event()

    def trouble() -> None:
        for _ in range(2):
            time.sleep(0.3)
            served.kill()
            served.faults("ok", "slow:5")
            served.start()
        ends.set()

    thread = threading.Thread(target=trouble)
    thread.start()
    _, delivered = feed(write(tmp_path / "out", many(12)), replace(how, timeout=30, limits=Limits(patience=10_000)), quick())
    thread.join()
    assert ends.is_set()
    assert (delivered.delivered, delivered.stopped) == (12, "")
    assert {n for _, n, _ in served.held().values()} == {1}
    assert (len(served.held()), once(served)) == (12, True)


def test_a_sender_killed_in_mid_request_goes_on_where_it_was(tmp_path: Path, served: Served) -> None:
    out = write(tmp_path / "out", many(6))
    served.faults("ok", "ok", "cut after", "slow:30")
    sender = started("sender.py", out, served.url)
    while len(served.applied() if served.database.exists() else []) < 3:
        time.sleep(0.05)
    sender.kill()
    sender.wait()
    served.faults()
    second = started("sender.py", out, served.url)
    assert second.wait() == 0
    assert ({n for _, n, _ in served.held().values()}, len(served.held()), once(served)) == ({1}, 6, True)


def test_a_request_that_breaks_off_takes_nothing_in(tmp_path: Path, served: Served) -> None:
    document = canonical(sent("A", made(tmp_path, Chart("A"))))
    head = f"PUT /charts/{key('A')} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\nContent-Length: {len(document)}\r\n\r\n"
    for part in (document[: len(document) // 2], document[:-1]):
        with socket.create_connection(("127.0.0.1", served.port)) as line:
            line.sendall(head.encode() + part)
    time.sleep(0.2)
    assert served.held() == {}


# ---- reviewed cells ---------------------------------------------------------------------------------------------------------


def review(served: Served, patient: str, column: str, value: object) -> None:
    row = f"{patient}:2020-03-10:cryoablation:left"
    told = {"patient_id": patient, "table": "lesions", "row_id": row, "column": column, "value": value}
    assert httpx.post(f"{served.url}/reviews", json=told, headers=GUARDED).status_code == 201


def test_what_was_reviewed_here_wins_there_too(tmp_path: Path, served: Served, how: Feed) -> None:
    out = write(tmp_path / "out", [Chart("A", {"coverage": "inadequate"}, review="begun", reviewed={"coverage": "corrected"})])
    feed(out, how, quick())
    write(out, [Chart("A", notes=("report", "addendum"), words={"coverage": 2})])
    queued, _ = feed(out, how, quick())
    assert queued.in_review == 1
    there = served.charts()["A"]
    assert (cell(there, "coverage")["value"], there["review"]["status"]) == ("inadequate", "back")
    fresh = replace(how, outbox=tmp_path / "another.sqlite")  # the outbox was lost, and with it what it knew
    feed(out, fresh, quick())
    assert cell(served.charts()["A"], "coverage")["value"] == "inadequate"


def test_what_was_reviewed_there_is_kept_there_and_told_here(tmp_path: Path, served: Served, how: Feed) -> None:
    out = write(tmp_path / "out", many(2))
    feed(out, how, quick())
    review(served, "P00001", "coverage", "inadequate")
    write(out, many(2, size_mm=50))
    _, delivered = feed(out, how, quick())
    assert (delivered.delivered, delivered.kept) == (2, 1)
    there = served.charts()["P00001"]
    assert (cell(there, "coverage")["value"], cell(there, "size_mm")["value"], there["review"]["questions"]) == ("inadequate", 50, [])
    write(out, [Chart("P00001", notes=("report", "addendum"), words={"coverage": 2})])
    feed(out, replace(how, most_withdrawn=1), quick())
    asked = httpx.get(f"{served.url}/reviews", headers=GUARDED).json()["questions"]
    assert [(q["column"], q["reviewed"], q["read"]) for q in asked] == [("coverage", "inadequate", "adequate")]
    box = Outbox(how.outbox)
    assert [(p, q["column"], q["why"]) for p, q in box.questions(1)] == [
        ("P00001", "coverage", "the registry keeps what its own people reviewed")
    ]
    box.close()
    review(served, "P00001", "coverage", "adequate")
    assert httpx.get(f"{served.url}/reviews", headers=GUARDED).json()["questions"] == []


def test_a_lost_outbox_is_made_good_by_the_registry_s_numbers(tmp_path: Path, served: Served, how: Feed) -> None:
    out = write(tmp_path / "out", many(2))
    feed(out, how, quick())
    write(out, many(2, size_mm=50))
    feed(out, how, quick())
    write(out, many(2, size_mm=60))
    _, delivered = feed(out, replace(how, outbox=tmp_path / "new.sqlite"), quick())
    assert (delivered.delivered, delivered.refused) == (2, 0)
    assert {(n, cell(served.charts()[p], "size_mm")["value"]) for p, (_, n, _) in served.held().items()} == {(3, 60)}


def test_a_version_that_comes_late_changes_nothing(tmp_path: Path, served: Served) -> None:
    old, new = (sent("A", made(tmp_path, Chart("A", {"size_mm": n})), n) for n in (1, 2))
    assert [put(served, d).status_code for d in (new, new, old)] == [200, 200, 409]
    assert put(served, old).json() == {"code": "older", "sequence": 2}
    assert served.held()["A"][1] == 2
    assert len(served.applied()) == 1


# ---- the receiving side as the OpenAPI file says -----------------------------------------------------------------------------


def put(served: Served, document: Json, **changed: str) -> httpx.Response:
    headers = {**GUARDED, "Content-Type": "application/json", "Idempotency-Key": document["idempotency_key"], **changed}
    return httpx.put(f"{served.url}/charts/{key(document['patient_id'])}", content=canonical(document), headers=headers)


def declared(path: str, method: str, answer: httpx.Response) -> None:
    """Is the answer one that the OpenAPI file describes?"""
    api = schemadoc.openapi()
    told = api["paths"][path][method]["responses"][str(answer.status_code)]
    schema = told["content"]["application/json"]["schema"]
    whole = {**schema, "components": api["components"]}
    if "Held" in json.dumps(schema):
        whole["components"]["schemas"]["Held"]["properties"]["chart"] = {}
    Draft202012Validator(whole).validate(answer.json())


def test_the_registry_answers_as_the_openapi_file_says(tmp_path: Path, served: Served) -> None:
    good = sent("A", made(tmp_path, Chart("A")))
    other = sent("B", made(tmp_path, Chart("B")))
    wrong_hash = {**good, "content_hash": digest("A", None)}
    answers = {
        200: put(served, good),
        401: put(served, other, Authorization="Bearer nobody"),
        409: put(served, {**good, **{k: v for k, v in sent("A", None).items() if k != "patient_id"}}),
        415: put(served, other, **{"Content-Type": "text/plain"}),
        422: put(served, {**other, "sequence": 0}),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        declared("/charts/{key}", "put", answer)
    refused = [
        (put(served, wrong_hash), "/content_hash"),
        (put(served, other, **{"Idempotency-Key": "0" * 32}), "/idempotency_key"),
        (
            httpx.put(f"{served.url}/charts/{key('C')}", content=canonical(other), headers={**GUARDED, "Content-Type": "application/json"}),
            "/patient_id",
        ),
    ]
    assert [(a.status_code, a.json()["pointer"]) for a, _ in refused] == [(422, place) for _, place in refused]
    broken = httpx.put(f"{served.url}/charts/{key('B')}", content=b"{", headers={**GUARDED, "Content-Type": "application/json"})
    assert broken.status_code == 400
    held = httpx.get(f"{served.url}/charts/{key('A')}", headers=GUARDED)
    declared("/charts/{key}", "get", held)
    Draft202012Validator(schemadoc.chart_schema()["$defs"]["chart"] | {"$defs": schemadoc.chart_schema()["$defs"]}).validate(
        held.json()["chart"]
    )
    declared("/charts/{key}", "get", httpx.get(f"{served.url}/charts/{key('B')}", headers=GUARDED))
    listed = httpx.get(f"{served.url}/charts", headers=GUARDED)
    declared("/charts", "get", listed)
    assert [c["key"] for c in listed.json()["charts"]] == [key("A")]
    assert list(served.held()) == ["A"]


def test_no_answer_repeats_what_a_chart_says(tmp_path: Path, served: Served) -> None:
    told = sent("A", made(tmp_path, Chart("A")))
    cell(told["chart"], "site")["value"] = "Mrs Smith"
    answer = put(served, told)
    assert answer.status_code == 422
    assert "Smith" not in answer.text


def test_a_preview_asks_nobody_and_writes_nothing(tmp_path: Path, served: Served, how: Feed) -> None:
    out = write(tmp_path / "out", many(2))
    assert preview(out, how).changes == [("new", "P00000"), ("new", "P00001")]
    assert (how.outbox is not None and how.outbox.exists(), served.held()) == (False, {})
    feed(out, how, quick())
    write(out, many(1))
    assert preview(out, how).changes == [("withdrawn", "P00001")]
    assert preview(out, how).changes == [("withdrawn", "P00001")]


def test_nobody_is_let_in_with_another_token(tmp_path: Path, served: Served, how: Feed) -> None:
    _, delivered = feed(write(tmp_path / "out", many(1)), replace(how, secrets=Secrets("another")), quick())
    assert "does not know us (401)" in delivered.stopped
    assert served.held() == {}
