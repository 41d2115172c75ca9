"""Notes by patient, out of core: the notes go to a spool as they are read, and an index of them is sorted on disk.

    notes -> spool.jsonl (a note a line) + index.csv -> charts.csv (patient, place in the spool, hashes; by patient and note id)

Memory does not grow with the number of notes: of each only its line in the index is ever sorted.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, groupby
from pathlib import Path
from typing import IO

from extractor.errors import InputError
from extractor.model import Note
from extractor.notes import Options, Reject, read_notes, shown
from extractor.run.ordered import in_order

SPOOL, INDEX, CHARTS, REPEATED, REJECTS = "spool.jsonl", "index.csv", "charts.csv", "repeated.csv", "rejects.jsonl"


@dataclass(frozen=True, slots=True)
class Place:
    """A note of a chart: its line in the spool, and the hashes of what is read of it (``words``) and of all of it, its source too (``whole``)."""

    at: int
    size: int
    words: str
    whole: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A chart as the index has it; ``start`` to ``end`` are the bytes of its lines there."""

    patient: str
    places: tuple[Place, ...]
    start: int
    end: int

    @property
    def size(self) -> int:
        """Bytes of its notes."""
        return sum(p.size for p in self.places)

    @property
    def words(self) -> str:
        """Hash of everything that its rows depend on beside rules and code."""
        return _hash("".join(p.words for p in self.places))

    @property
    def whole(self) -> str:
        """Hash that also knows file and row of each note."""
        return _hash("".join(p.whole for p in self.places))


@dataclass(frozen=True, slots=True)
class Gathered:
    """How much there is: notes, charts, rows that are no notes, bytes of notes."""

    notes: int
    charts: int
    rejects: int
    size: int


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


Source = str | Path | Sequence[Path]
"""What notes are read from; of several files with a note of the same id, the first one's stands."""


def gather(source: Source, options: Options | None, folder: Path, strict: bool = False) -> Gathered:
    """Read every note of ``source`` into ``folder`` and group them by patient.

    Raises InputError if the source cannot be read, or with ``strict`` for its first bad row.
    """
    notes, size = _spool(source, options, folder, strict)
    _sort(folder)
    repeats = _merge_rejects(folder, strict)
    charts = sum(1 for _ in listed(folder))
    rejects = sum(1 for _ in rejected(folder))
    (folder / INDEX).unlink()
    return Gathered(notes - repeats, charts, rejects, size)


def _spool(source: Source, options: Options | None, folder: Path, strict: bool) -> tuple[int, int]:
    notes = at = 0
    with (folder / SPOOL).open("wb") as spool, (folder / INDEX).open("w") as index, (folder / REJECTS).open("w", encoding="utf-8") as bad:
        sources = [source] if isinstance(source, str | Path) else source
        items = chain.from_iterable(_readable(s, read_notes(s, options, unique=False)) for s in sources)
        for number, item in enumerate(items):
            if isinstance(item, Reject):
                _stop(item, strict)
                bad.write(json.dumps([number, item.file, item.row, item.reason]) + "\n")
                continue
            line = _line(item)
            spool.write(line)
            index.write(f"{item.note_id.encode().hex()},{number:012},{item.patient_id.encode().hex()},{at},{len(line)},{_hashes(item)}\n")
            notes, at = notes + 1, at + len(line)
    return notes, at


def _readable(source: str | Path, items: Iterator[Note | Reject]) -> Iterator[Note | Reject]:
    """The items; what fails while they are read is told as what it is, a source that is broken or gone."""
    name = shown(source)
    while True:
        try:
            item = next(items)
        except StopIteration:
            return
        except OSError as error:
            raise InputError(f"{name}: cannot be read: {error.strerror or type(error).__name__}") from None
        except (EOFError, zlib.error):
            raise InputError(f"{name}: cannot be read to its end; is the compressed file cut off?") from None
        yield item


def _line(note: Note) -> bytes:
    source = note.source.encode("utf-8", "replace").decode()
    return (json.dumps([note.note_id, note.patient_id, note.note_date.isoformat(), note.text, note.note_type, source]) + "\n").encode()


def _hashes(note: Note) -> str:
    words = _hash(json.dumps([note.note_id, note.patient_id, note.note_date.isoformat(), note.text, note.note_type]))
    return f"{words},{_hash(words + note.source)}"


def _stop(reject: Reject, strict: bool) -> None:
    if strict:
        raise InputError(f"{reject.file}: {reject.row}: {reject.reason} (--strict)")


def _sort(folder: Path) -> None:
    """By patient, then note; of notes with one id the first read stays. Ids are in hexadecimal, so that lines sort by their bytes."""
    with (folder / INDEX).open("rb") as index, (folder / CHARTS).open("wb") as charts, (folder / REPEATED).open("wb") as repeated:
        for line in in_order(_first(in_order(index, folder / "by-note"), repeated), folder / "by-patient"):
            patient, _, rest = line.split(b",", 2)
            charts.write(patient + b"," + rest)


def _first(lines: Iterable[bytes], repeated: IO[bytes]) -> Iterator[bytes]:
    """Lines of the index, in order of note and number, as ``patient, note, place in the spool, hashes``; of a note id the first, the others go to ``repeated``."""
    before = b""
    for line in lines:
        note, number, patient, rest = line.split(b",", 3)
        if note == before:
            repeated.write(number + b"," + rest)
        else:
            yield b",".join((patient, note, rest))
        before = note


def _merge_rejects(folder: Path, strict: bool) -> int:
    """Put repeated notes among the rejects, at their place; returns their number."""
    repeats = 0
    merged = folder / "merged.jsonl"
    with (
        (folder / REPEATED).open("rb") as again,
        (folder / REJECTS).open(encoding="utf-8") as bad,
        merged.open("w", encoding="utf-8") as out,
    ):
        waiting = bad.readline()
        for row in in_order(again, folder / "by-number"):
            number, at, size = map(int, row.split(b",")[:3])
            file, _, where = read(folder, [Place(at, size, "", "")])[0].source.rpartition(":")
            reject = Reject(file, where, "repeated note id")
            _stop(reject, strict)
            while waiting and json.loads(waiting)[0] < number:
                out.write(waiting)
                waiting = bad.readline()
            out.write(json.dumps([number, reject.file, reject.row, reject.reason]) + "\n")
            repeats += 1
        out.write(waiting)
        out.writelines(bad)
    os.replace(merged, folder / REJECTS)
    return repeats


# ---- reading it back ------------------------------------------------------------------------------------------------------


def rejected(folder: Path) -> Iterator[Reject]:
    """Rows that are no notes, in the order they were read."""
    with (folder / REJECTS).open(encoding="utf-8") as file:
        for line in file:
            yield Reject(*json.loads(line)[1:])


def listed(folder: Path, start: int = 0, end: int | None = None) -> Iterator[Listed]:
    """The charts in order of patient, or those whose lines are from ``start`` to ``end``."""
    with (folder / CHARTS).open("rb") as file:
        file.seek(start)
        for patient, own in groupby(_lines(file, start, end), key=lambda line: line[2].partition(b",")[0]):
            rows = list(own)
            places = tuple(Place(int(at), int(size), words, whole) for at, size, words, whole in (_cells(row[2]) for row in rows))
            yield Listed(bytes.fromhex(patient.decode()).decode(), places, rows[0][0], rows[-1][1])


def _lines(file: IO[bytes], start: int, end: int | None) -> Iterable[tuple[int, int, bytes]]:
    at = start
    for line in file:
        if end is not None and at >= end:
            return
        yield at, at + len(line), line
        at += len(line)


def _cells(line: bytes) -> tuple[str, str, str, str]:
    _, at, size, words, whole = line.decode().rstrip("\n").split(",")
    return at, size, words, whole


def read(folder: Path, places: Iterable[Place]) -> list[Note]:
    """The notes that stand at these places of the spool."""
    with (folder / SPOOL).open("rb") as spool:
        return [_note(spool, place) for place in places]


def _note(spool: IO[bytes], place: Place) -> Note:
    spool.seek(place.at)
    note_id, patient, day, text, kind, source = json.loads(spool.read(place.size))
    return Note(note_id, patient, date.fromisoformat(day), text, kind, source)
