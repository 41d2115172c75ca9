"""Notes from every kind of source."""

from __future__ import annotations

import gzip
import io
import json
import sys
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest

from extractor.errors import InputError
from extractor.model import Note
from extractor.notes import Options, Reject, parse_date, read_notes

ROW = {"note_id": "1", "patient_id": "A", "note_date": "2020-02-03", "note_type": "clinic", "text": "Größe 3 cm, „stable“"}


def all_of(source: Path | str, **options: object) -> list[Note | Reject]:
    return list(read_notes(source, Options(**options)))  # type: ignore[arg-type]


def as_csv(delimiter: str = ",") -> str:
    return delimiter.join(ROW) + "\r\n" + delimiter.join(f'"{v}"' for v in ROW.values()) + "\r\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("n.csv", as_csv().encode()),
        ("n.csv", b"\xef\xbb\xbf" + as_csv().encode()),
        ("n.csv", as_csv().encode("utf-16")),
        ("n.tsv", as_csv("\t").encode()),
        ("n.jsonl", json.dumps(ROW).encode()),
        ("n.csv.gz", gzip.compress(as_csv().encode())),
    ],
)
def test_formats_and_encodings(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    [note] = all_of(tmp_path / name)
    assert isinstance(note, Note)
    assert (note.note_id, note.patient_id, note.note_date, note.note_type, note.text) == ("1", "A", date(2020, 2, 3), "clinic", ROW["text"])


def test_windows_1252_is_found_out(tmp_path: Path) -> None:
    (tmp_path / "n.csv").write_bytes(as_csv().replace("„", '""').replace("“", '""').encode("cp1252"))
    [note] = all_of(tmp_path / "n.csv")
    assert isinstance(note, Note)
    assert note.text.startswith("Größe")


def test_one_undecodable_row_costs_only_itself(tmp_path: Path) -> None:
    lines = [json.dumps({**ROW, "note_id": str(i)}, ensure_ascii=False).encode() for i in range(3)]
    lines[1] = lines[1].replace("Größe".encode(), b"Gr\xff\xfee")
    (tmp_path / "n.jsonl").write_bytes(b"\n".join(lines))
    found = all_of(tmp_path / "n.jsonl")
    assert [getattr(f, "reason", "note") for f in found] == ["note", "undecodable text", "note"]


def test_parquet(tmp_path: Path) -> None:
    pd.DataFrame([ROW, {**ROW, "note_id": "2", "text": None}]).to_parquet(tmp_path / "n.parquet")
    found = all_of(tmp_path / "n.parquet")
    assert isinstance(found[0], Note)
    assert found[1] == Reject("n.parquet", "row 2", "no text")


@pytest.mark.parametrize("text", [json.dumps(ROW), as_csv(","), as_csv("\t")])
def test_standard_input_tells_what_it_holds(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    class Stdin:
        buffer = io.BytesIO(text.encode())

    monkeypatch.setattr(sys, "stdin", Stdin())
    [note] = all_of("-")
    assert isinstance(note, Note)


def test_a_folder_by_pattern_and_by_manifest(tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "A_2020-02-03_clinic.txt").write_text("Well.")
    (folder / "readme.txt").write_text("not a note")
    found = all_of(folder)
    assert isinstance(found[0], Note)
    assert (found[0].note_id, found[0].patient_id) == ("A_2020-02-03_clinic", "A")
    assert isinstance(found[1], Reject)
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("file,patient_id,note_date,note_type\nreadme.txt,B,2020-05-05,other\n../manifest.csv,B,2020-05-05,other\n")
    by_list = all_of(folder, manifest=manifest)
    assert isinstance(by_list[0], Note)
    assert isinstance(by_list[1], Reject)


def test_quoted_line_breaks_and_long_fields(tmp_path: Path) -> None:
    (tmp_path / "n.csv").write_text(
        'note_id,patient_id,note_date,text\n1,A,2020-01-01,"a\nb ' + "x" * 300_000 + '"\n2,A,2020-01-01\n3,A,2020-01-01,c\n', newline=""
    )
    found = all_of(tmp_path / "n.csv")
    assert isinstance(found[0], Note)
    assert found[0].text.startswith("a\nb")
    assert found[1] == Reject("n.csv", "row 2", "has 3 cells, the header has 4")
    assert isinstance(found[2], Note)


@pytest.mark.parametrize(
    ("text", "day_first", "wanted"),
    [
        ("2020-02-03", False, date(2020, 2, 3)),
        ("2020-02-03T10:00:00Z", False, date(2020, 2, 3)),
        ("20200203", False, date(2020, 2, 3)),
        ("02/03/2020", False, date(2020, 2, 3)),
        ("02/03/2020", True, date(2020, 3, 2)),
        ("25.12.2020", False, date(2020, 12, 25)),
        ("3-Feb-2020", False, date(2020, 2, 3)),
        ("Feb 3, 2020", False, date(2020, 2, 3)),
        (datetime(2020, 2, 3, 4, 5), False, date(2020, 2, 3)),
        ("2020-02-30", False, "not a date"),
        ("soon", False, "not a date"),
        ("", False, "no date"),
        (None, False, "no date"),
    ],
)
def test_dates(text: object, day_first: bool, wanted: object) -> None:
    assert parse_date(text, day_first) == wanted


def test_errors_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "n.xyz").write_text("x")
    (tmp_path / "e.csv").write_text("")
    (tmp_path / "p.parquet").write_text("no")
    for name in ("n.xyz", "e.csv", "p.parquet", "missing.csv"):
        with pytest.raises(InputError) as error:
            all_of(tmp_path / name)
        assert "\n" not in str(error.value)
