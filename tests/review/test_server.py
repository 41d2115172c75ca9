"""Who is answered, and what leaves the server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from extractor.review.server import app
from tests.review import makers
from tests.review.makers import lesion, sit

TOKEN = "t0ken"
HOME = "http://127.0.0.1:8000"


@pytest.fixture
def client(out: Path) -> Iterator[TestClient]:
    desk = sit(out)
    yield TestClient(app(desk, TOKEN), base_url=HOME)
    desk.journal.close()


def test_the_page_and_its_parts_are_served_with_a_policy_that_lets_nothing_else_run(client: TestClient) -> None:
    for path, kind in (
        ("", "text/html"),
        ("static/app.js", "text/javascript"),
        ("static/note.js", "text/javascript"),
        ("static/style.css", "text/css"),
    ):
        answer = client.get(f"/{TOKEN}/{path}")
        assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, kind)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert (answer.headers["cache-control"], answer.headers["referrer-policy"]) == ("no-store", "no-referrer")
        assert "http://" not in answer.text.replace("http://www.w3.org", "")
        assert "https://" not in answer.text


@pytest.mark.parametrize("path", ["/", "/wrong/", "/wrong/api/charts", "/api/charts", "//api/charts", f"/{TOKEN}x/", f"/x/{TOKEN}/"])
def test_without_the_token_nothing_is_answered(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 403
    assert "A" not in answer.text.split()


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"host": "evil.example:8000"},
    ],
)
def test_another_origin_or_name_is_refused_even_with_the_token(client: TestClient, headers: dict[str, str]) -> None:
    assert client.get(f"/{TOKEN}/api/charts", headers=headers).status_code == 403
    assert client.post(f"/{TOKEN}/api/decide", json={}, headers=headers).status_code == 403


@pytest.mark.parametrize("path", ["../../etc/passwd", "..", "/etc/passwd", "A/../B", "A\x00", "patients.csv", "", "..%2f..%2fetc"])
def test_a_path_for_a_chart_id_is_refused(client: TestClient, path: str) -> None:
    for where in ("chart", "note"):
        assert client.get(f"/{TOKEN}/api/{where}", params={"id": path, "note": "A-n1"}).status_code == 404
    assert client.post(f"/{TOKEN}/api/decide", json={"chart": path, "kind": "complete"}).status_code == 404


def test_parts_are_named_ones_only(client: TestClient) -> None:
    for name in ("..%2fserver.py", "%2e%2e%2fserver.py", "index.html", "journal.py"):
        assert client.get(f"/{TOKEN}/static/{name}").status_code in (403, 404)


def test_a_decision_is_sent_as_json_and_counts_once(client: TestClient) -> None:
    row = client.get(f"/{TOKEN}/api/chart", params={"id": "A"}).json()["rows"]["lesions"][0]["id"]
    asked = {"chart": "A", "kind": "accept", "table": "lesions", "row": row, "column": "site", "key": "k"}
    assert client.post(f"/{TOKEN}/api/decide", content=json.dumps(asked), headers={"content-type": "text/plain"}).status_code == 403
    for _ in range(2):
        answer = client.post(f"/{TOKEN}/api/decide", json=asked)
        assert (answer.status_code, answer.json()["decisions"]) == (200, 1)
    assert answer.json()["rows"]["lesions"][0]["cells"]["site"]["state"] == "accepted"


@pytest.mark.parametrize(
    "body", ["{", "[]", '"A"', '{"chart": "A"}', '{"chart": "A", "kind": "_glance"}', '{"chart": "A", "kind": "mark", "table": []}']
)
def test_nonsense_is_refused_and_changes_nothing(client: TestClient, body: str) -> None:
    answer = client.post(f"/{TOKEN}/api/decide", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 404, 409)
    assert client.get(f"/{TOKEN}/api/chart", params={"id": "A"}).json()["decisions"] == 0


def test_a_decision_longer_than_any_is_refused_also_where_its_length_is_not_told(client: TestClient) -> None:
    parts = (b" " * 100_000 for _ in range(20))
    answer = client.post(f"/{TOKEN}/api/decide", content=parts, headers={"content-type": "application/json"})
    assert answer.status_code == 413


def test_tables_written_anew_under_the_page_are_shown_before_anything_is_decided_on_them(client: TestClient, out: Path) -> None:
    seen = client.get(f"/{TOKEN}/api/chart", params={"id": "A"}).json()
    row = seen["rows"]["lesions"][0]["id"]
    path = out / "lesions.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",6,", ",9,"), encoding="utf-8")
    asked = {"chart": "A", "kind": "accept", "table": "lesions", "row": row, "column": "min_margin_mm"}
    answer = client.post(f"/{TOKEN}/api/decide", json=asked | {"stamp": seen["stamp"]})
    assert (answer.status_code, answer.json()["renewed"]) == (409, True)
    now = client.get(f"/{TOKEN}/api/chart", params={"id": "A"}).json()
    assert (now["rows"]["lesions"][0]["cells"]["min_margin_mm"]["v"], now["decisions"]) == (9, 0)
    assert client.post(f"/{TOKEN}/api/decide", json=asked | {"stamp": now["stamp"]}).json()["decisions"] == 1


def test_only_what_was_shown_is_accepted(client: TestClient) -> None:
    row = client.get(f"/{TOKEN}/api/chart", params={"id": "A"}).json()["rows"]["lesions"][0]["id"]
    asked = {"chart": "A", "kind": "accept", "table": "lesions", "row": row, "column": "min_margin_mm"}
    answer = client.post(f"/{TOKEN}/api/decide", json=asked | {"shown": {"min_margin_mm": 5}})
    assert (answer.status_code, answer.json()["error"].partition(";")[0]) == (409, "says something else now than was shown")
    assert client.post(f"/{TOKEN}/api/decide", json=asked | {"shown": {"min_margin_mm": 6}}).status_code == 200


def test_tables_that_are_gone_are_told(client: TestClient, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extractor.review.store.PATIENCE", 0)
    out.rename(out.with_name("elsewhere"))
    answer = client.get(f"/{TOKEN}/api/charts")
    assert (answer.status_code, "no such folder" in answer.json()["error"]) == (409, True)


def test_a_failure_tells_nothing_of_the_notes(out: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("zebrafish")

    monkeypatch.setattr("extractor.review.view.chart", fail)
    answer = TestClient(app(sit(out), TOKEN), base_url=HOME, raise_server_exceptions=False).get(f"/{TOKEN}/api/chart", params={"id": "A"})
    assert (answer.status_code, "zebrafish" in answer.text) == (500, False)
    assert "zebrafish" not in "".join(capfd.readouterr())


def test_blinded_gives_no_extraction_away(out: Path) -> None:
    client = TestClient(app(sit(out, "ben", blinded=True), TOKEN), base_url=HOME)
    text = client.get(f"/{TOKEN}/api/chart", params={"id": "A"}).text + client.get(f"/{TOKEN}/api/charts").text
    assert "cryoablation" not in text
    assert "psoas" in client.get(f"/{TOKEN}/api/note", params={"id": "A", "note": "A-n1"}).json()["text"]


def test_the_note_leaves_the_server_to_the_letter(tmp_path: Path) -> None:
    text = 'x \r\n<script>alert(1)</script> "quoted", \U0001f9ca 5 mm\n\n, end'
    out = makers.extract(tmp_path, [*makers.chart("A"), makers.note("A", 3, "2020-07-01", "clinic", text)])
    desk = sit(out)
    client = TestClient(app(desk, TOKEN), base_url=HOME)
    assert client.get(f"/{TOKEN}/api/note", params={"id": "A", "note": "A-n3"}).json()["text"] == text
    assert lesion(desk.state("A"))
