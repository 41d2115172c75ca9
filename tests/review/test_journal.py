"""The journal: nothing confirmed is lost, nothing damaged is passed over in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from extractor.errors import ReviewError
from extractor.review.journal import Header, Journal, checked, read, standing

ANNA = Header("anna", "review")


def journal(path: Path, header: Header = ANNA) -> Journal:
    return Journal(path, header, lambda: "2024-01-01T00:00:00+00:00")


def test_what_was_appended_is_read_back_with_who_and_when(tmp_path: Path) -> None:
    path = tmp_path / "new" / "anna.jsonl"
    with journal(path) as own:
        own.append("A", "accept", {"table": "lesions", "row": "x", "key": "k"})
        assert own.append("A", "accept", {"table": "lesions", "row": "x", "key": "k"}) is None
    header, entries = read(path)
    assert header == ANNA
    assert [(e.kind, e.by, e.at[:10], e.patient, e.number) for e in entries] == [("accept", "anna", "2024-01-01", "A", 2)]
    with journal(path) as again:
        assert again.has("k")
        assert again.append("B", "accept", {}).number == 3  # type: ignore[union-attr]


def test_a_line_cut_off_by_a_crash_is_passed_over_and_what_follows_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "anna.jsonl"
    with journal(path) as own:
        own.append("A", "accept", {"n": 1})
    with path.open("ab") as file:
        file.write(b'{"kind": "accept", "pat')
    assert len(read(path)[1]) == 1
    with journal(path) as own:
        own.append("A", "accept", {"n": 2})
    assert [e.data["n"] for e in read(path)[1]] == [1, 2]


def test_a_damaged_line_is_told_with_its_number(tmp_path: Path) -> None:
    path = tmp_path / "anna.jsonl"
    with journal(path) as own:
        own.append("A", "accept", {})
        own.append("A", "accept", {})
    lines = path.read_bytes().split(b"\n")
    lines[1] = lines[1][:20]
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(ReviewError, match="line 2: is damaged"):
        read(path)


def test_one_writer_at_a_time_and_only_its_own_kind(tmp_path: Path) -> None:
    path = tmp_path / "anna.jsonl"
    with journal(path), pytest.raises(ReviewError, match="in use"):
        journal(path)
    with pytest.raises(ReviewError, match="journal of anna, review"):
        journal(path, Header("anna", "blinded"))


def test_a_full_disk_adds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "anna.jsonl"
    with journal(path) as own:
        before = path.read_bytes()

        def full(_: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("extractor.review.journal.os.fsync", full)
        with pytest.raises(ReviewError, match="not saved: No space left"):
            own.append("A", "accept", {})
        assert path.read_bytes() == before


def test_undoing_takes_away_one_entry(tmp_path: Path) -> None:
    with journal(tmp_path / "anna.jsonl") as own:
        first, second = own.append("A", "accept", {}), own.append("A", "correct", {})
        assert first
        assert second
        own.append("A", "undo", {"of": second.number})
        assert standing(own.entries) == [first]


@pytest.mark.parametrize("name", ["../anna", "", ".hidden", "a/b", "x" * 80])
def test_a_name_that_is_no_file_name_is_refused(name: str) -> None:
    with pytest.raises(ReviewError, match="--reviewer"):
        checked(name)
