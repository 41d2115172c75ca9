"""Notes of forty charts in small chunks, and a reader that is built once for all tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from extractor import run
from extractor.pipeline import Reader
from extractor.run import work
from tests.run.makers import chart, write


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """Forty charts, not in the order of patients, a repeated note and a row that is none."""
    rows = [n for number in range(40) for n in chart(number)]
    rows = rows[::2] + rows[1::2]
    return write(tmp_path / "notes.jsonl", [*rows[:30], {**rows[3], "text": "again"}, {**rows[0], "note_id": ""}, *rows[30:]])


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reader: Reader) -> Callable[[], list[str]]:
    """Chunks of about two charts; returns what gives the patients read since it was last asked, by whichever process."""
    path, real = tmp_path / "read", work.abstract

    def counted(notes, own):  # type: ignore[no-untyped-def]
        with path.open("a") as file:
            file.write(notes[0].patient_id + "\n")
        return real(notes, own)

    def seen() -> list[str]:
        found = path.read_text().split() if path.exists() else []
        path.unlink(missing_ok=True)
        return found

    monkeypatch.setattr(run, "CHUNK", 2_000)
    monkeypatch.setattr(work, "build", lambda rules: reader)
    monkeypatch.setattr(work, "abstract", counted)
    return seen
