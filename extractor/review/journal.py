"""The journal of a reviewer: one JSON object a line, only ever appended to, on the disk before a decision counts as taken.

The first line says whose it is and how the charts were read (``review``: beside the tables, ``blinded``: without them, ``adjudicate``: where
two others differ). State is what replaying the lines gives; nothing else is kept. A line cut off by a crash was never confirmed to anybody: it is closed
with a line of the kind ``torn`` and passed over.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from extractor.errors import ReviewError

MODES = ("review", "blinded", "adjudicate")
NAME = re.compile(r"\w[\w .@-]{0,59}")
Clock = Callable[[], str]


def now() -> str:
    """The present moment, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: what was done (``kind``), when, by whom, to which chart, and the rest of it."""

    number: int
    kind: str
    at: str
    by: str
    patient: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Header:
    """The first line. ``readers`` names the journals that an adjudication settles."""

    by: str
    mode: str
    readers: tuple[str, ...] = ()


def checked(name: str) -> str:
    """A reviewer's name, fit to name a file. Raises ReviewError."""
    if not NAME.fullmatch(name):
        raise ReviewError("--reviewer: write a name of letters, digits, blanks and . _ @ - that starts with a letter or digit")
    return name


def folder_of(out: Path) -> Path:
    """Where journals of a folder of tables are kept: beside it, so that writing the tables anew leaves them alone."""
    absolute = out.absolute()
    return absolute.with_name(f"{absolute.name}.review")


def file_name(name: str, mode: str) -> str:
    """The file of a reviewer's journal."""
    return f"{name}.jsonl" if mode == "review" else f"{name}.{mode}.jsonl"


# ---- reading --------------------------------------------------------------------------------------------------------------


def read(path: Path) -> tuple[Header, list[Entry]]:
    """Whose journal it is and its lines. Raises ReviewError naming file and line."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ReviewError(f"{path}: cannot be read: {error.strerror}") from None
    records = list(_records(path, raw))
    if not records:
        raise ReviewError(f"{path}: is no journal of a review: it has no first line")
    return _header(path, records[0][1]), [_entry(path, number, r) for number, r in records[1:] if r["kind"] != "torn"]


def _records(path: Path, raw: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line number, object) of whole lines; a broken one is passed over only where the next tells that it was cut off."""
    lines = raw.split(b"\n")
    for number, line in enumerate(lines[:-1], 1):
        record = _parsed(line)
        if record is None:
            after = _parsed(lines[number]) if number < len(lines) - 1 else None
            if after is None or after.get("kind") != "torn":
                raise ReviewError(f"{path}: line {number}: is damaged; put back the file as it was, nothing was changed")
            continue
        yield number, record


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) and isinstance(record.get("kind"), str) else None


def _header(path: Path, record: Mapping[str, Any]) -> Header:
    if record["kind"] != "journal" or record.get("mode") not in MODES or not isinstance(record.get("by"), str):
        raise ReviewError(f"{path}: line 1: is no first line of a journal of a review")
    return Header(record["by"], record["mode"], tuple(map(str, record.get("readers", ()))))


def _entry(path: Path, number: int, record: Mapping[str, Any]) -> Entry:
    try:
        return Entry(number, record["kind"], record["at"], record["by"], record["patient"], record)
    except KeyError as error:
        raise ReviewError(f"{path}: line {number}: has no {error.args[0]!r}") from None


# ---- writing --------------------------------------------------------------------------------------------------------------


class Journal:
    """A journal open for writing, by one process at a time."""

    def __init__(self, path: Path, header: Header, clock: Clock = now) -> None:
        """Open or begin it. Raises ReviewError if it is in use, damaged, somebody else's or of another mode."""
        self.path, self.header, self._clock = path, header, clock
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: IO[bytes] = path.open("ab", buffering=0)
        except OSError as error:
            raise ReviewError(f"{path}: cannot be written: {error.strerror}") from None
        try:
            self._lock()
            self.entries = self._begin()
        except BaseException:
            self._file.close()
            raise
        self._keys = {e.data["key"] for e in self.entries if "key" in e.data}
        self._next = path.read_bytes().count(b"\n") + 1

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ReviewError(f"{self.path}: is in use by another review; end that first, or give another --reviewer") from None

    def _begin(self) -> list[Entry]:
        raw = self.path.read_bytes()
        if b"\n" not in raw:  # new, or not even the first line was finished
            self._file.truncate(0)
            head = self.header
            self._write(
                {"kind": "journal", "version": 1, "by": head.by, "mode": head.mode, "readers": list(head.readers), "at": self._clock()}
            )
            _sync_folder(self.path.parent)
        elif not raw.endswith(b"\n"):
            self._write_raw(b'\n{"kind": "torn"}\n')
        found, entries = read(self.path)
        if found != self.header:
            raise ReviewError(f"{self.path}: is the journal of {found.by}, {found.mode} {' '.join(found.readers)}; give another --reviewer")
        return entries

    def append(self, patient: str, kind: str, data: Mapping[str, Any]) -> Entry | None:
        """Put a line on the disk; None if its ``key`` is there already. Raises ReviewError if it cannot be: then nothing was added."""
        if data.get("key") in self._keys:
            return None
        record = {**data, "kind": kind, "at": self._clock(), "by": self.header.by, "patient": patient}
        self._write(record)
        entry = Entry(self._next, kind, record["at"], record["by"], patient, record)
        self._next += 1
        self.entries.append(entry)
        self._keys |= {data["key"]} if "key" in data else set()
        return entry

    def has(self, key: Any) -> bool:
        """Is a decision with this key in the journal?"""
        return key in self._keys

    def _write(self, record: Mapping[str, Any]) -> None:
        self._write_raw(json.dumps(record, sort_keys=True).encode("ascii") + b"\n")

    def _write_raw(self, line: bytes) -> None:
        size = os.fstat(self._file.fileno()).st_size
        try:
            if self._file.write(line) != len(line):
                raise OSError("cut short")
            os.fsync(self._file.fileno())
        except OSError as error:
            os.ftruncate(self._file.fileno(), size)
            raise ReviewError(f"{self.path}: the decision is not saved: {error.strerror or error}") from None

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# ---- what stands after undoing ---------------------------------------------------------------------------------------------


def standing(entries: Sequence[Entry]) -> list[Entry]:
    """The entries that were not undone, in order."""
    gone = {e.data.get("of") for e in entries if e.kind == "undo"}
    return [e for e in entries if e.kind != "undo" and e.number not in gone]


def by_patient(entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    """Entries by chart, in order."""
    out: dict[str, list[Entry]] = {}
    for entry in entries:
        out.setdefault(entry.patient, []).append(entry)
    return out
