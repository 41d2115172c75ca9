"""Input made to break readers costs only itself, in bounded time, and shows no words of notes."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from extractor import notes
from extractor.markup import Content, Converter, Unreadable
from extractor.sources import fhir
from tests.sources.makers import HTML, attachment, bundle, document, read, written

SECONDS = 1.0
BOMBS = {
    "nested HTML that a parser takes quadratic time for": (b"<div>" * 300_000 + b"secret", "text/html"),
    "formatting that multiplies": (b"<p>" + b"".join(b"<b id=%d>" % n for n in range(20_000)) + b"<p>secret" * 20_000, "text/html"),
    "a font table without an end": (rb"{\rtf1{\fonttbl " + (rb"\f1\fcharset1" + b"a" * 200) * 4_000, "text/rtf"),
    "entities that multiply": (
        b'<!DOCTYPE l [<!ENTITY a "secret"><!ENTITY b "&a;&a;&a;&a;&a;">]><ClinicalDocument>&b;</ClinicalDocument>',
        "text/xml",
    ),
    "an entity that reads a file": (
        b'<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><ClinicalDocument>&a;</ClinicalDocument>',
        "text/xml",
    ),
    "XML that is not closed": (b"<ClinicalDocument><a><b>secret", "text/xml"),
    "a character beyond Unicode": (rb"{\rtf1 \u99999999 secret}", "text/rtf"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_only_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(notes, "Converter", lambda: Converter(SECONDS))
    content = bundle(
        document("1", attachment(HTML, "text/html")), document("2", attachment(*BOMBS[name])), document("3", attachment(HTML, "text/html"))
    )
    began = time.monotonic()
    found, rejects = read(written(tmp_path / "b.json", content))
    assert [n.note_id for n in found] == ["DocumentReference/1", "DocumentReference/3"]
    assert [r.row for r in rejects] == ["entry 2"]
    assert "secret" not in rejects[0].reason
    assert time.monotonic() - began < SECONDS + 8


@pytest.mark.parametrize(
    ("data", "media"),
    [
        (b"<div>" * 10_000 + b"words" + b"</div>" * 10_000, "text/html"),
        (b"<table><tr><td>" * 3_000 + b"words", "text/html"),
        (b"{\\rtf1 " + b"{" * 100_000 + b"words" + b"}" * 100_000 + b"}", "text/rtf"),
        (b"{\\rtf1 {\\pict\\wmetafile8 " + b"0123456789abcdef" * 200_000 + b"}words}", "text/rtf"),
        (
            b"<ClinicalDocument><component><structuredBody><component><section><text>"
            + b"<list><item>" * 5_000
            + b"words"
            + b"</item></list>" * 5_000
            + b"</text></section></component></structuredBody></component></ClinicalDocument>",
            "text/xml",
        ),
    ],
)
def test_depth_alone_does_no_harm(data: bytes, media: str) -> None:
    with Converter() as convert:
        assert convert.text(Content(data, media)).replace("-", "").split() == ["words"]


def test_memory_is_bounded() -> None:
    bomb = b"<p>" + b"".join(b"<b id=%d>" % n for n in range(3_000)) + b"<p>x" * 60_000
    with Converter(60, 400_000_000) as convert:
        with pytest.raises(Unreadable):
            convert.text(Content(bomb, "text/html"))
        assert convert.text(Content(b"<p>after", "text/html")) == "after"


def test_the_process_ends_with_its_reader() -> None:
    with Converter() as convert:
        assert convert.text(Content(b"<p>one", "text/html")) == "one"
        process = convert._process
    assert process is not None
    assert process.poll() is not None


def test_a_message_of_separators_costs_only_itself(tmp_path: Path) -> None:
    head = b"MSH|^~\\&|A|B|C|D|2019||ORU^R01|%d|P|2.5\rPID|1||P-1\rOBR|1||F-%d||||201906011200\r"
    good = [head % (n, n) + b"OBX|1|TX|1||Words.||||||F\r" for n in (1, 3)]
    bomb = head % (2, 2) + b"OBX|1|TX|1||" + b"^~&" * 1_000_000 + b"\r"
    found, rejects = read(written(tmp_path / "m.hl7", good[0] + bomb + good[1]))
    assert [n.note_id for n in found] == ["F-1/1", "F-3/3"]
    assert [(r.row, "separators" in r.reason) for r in rejects] == [("message 2", True)]


def test_a_file_beyond_the_bound_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "A_2020-01-01_clinic.rtf").open("wb") as file:
        file.truncate(60_000_000)
    found, [reject] = read(tmp_path)
    assert found == []
    assert reject.reason == "larger than 50 MB"


def test_a_line_without_an_end_costs_only_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fhir, "LONGEST", 10_000)
    good = [json.dumps(document(n, attachment(HTML, "text/html"))) for n in ("1", "3")]
    long = json.dumps(document("2", attachment(b"secret " * 5_000, "text/plain")))
    found, [reject] = read(written(tmp_path / "a.ndjson", "\n".join([good[0], long, good[1]]).encode()))
    assert [n.note_id for n in found] == ["DocumentReference/1", "DocumentReference/3"]
    assert (reject.row, reject.reason) == ("line 2", "longer than 10,000 characters")
    found, [reject] = read(written(tmp_path / "b.json", bundle(document("2", attachment(b"secret " * 5_000, "text/plain")))))
    assert (found, reject.row) == ([], "file")


@pytest.mark.parametrize("at", range(2**20 - 4, 2**20 + 2))
def test_a_character_between_two_blocks_is_utf_8(tmp_path: Path, at: int) -> None:
    line = json.dumps({"note_id": "1", "patient_id": "A", "note_date": "2020-01-01", "text": ""}, ensure_ascii=False)
    before = at - len(line) + 2
    (tmp_path / "n.jsonl").write_text(line.replace('"text": "', '"text": "' + "x" * before + "\N{PILE OF POO}"), encoding="utf-8")
    [note], _ = read(tmp_path / "n.jsonl")
    assert note.text.lstrip("x") == "\N{PILE OF POO}"
