"""What the registry is to have, on the disk before it is sent and until the registry has it: one SQLite file beside the tables.

Of each chart the latest version waits, if any: it takes the place of an older one that was not delivered. A version is acknowledged in one transaction;
a process that is killed before that sends it again, under the same idempotency key. The file holds what documents hold; only its owner may read it.
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from extractor.errors import FeedError
from extractor.feed.document import Json, canonical

VERSION = 1
TABLES = """
CREATE TABLE targets (id INTEGER PRIMARY KEY, format TEXT NOT NULL, url TEXT NOT NULL, UNIQUE (format, url));
CREATE TABLE charts (
  target INTEGER NOT NULL REFERENCES targets, patient_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('current', 'withdrawn')),
  sequence INTEGER NOT NULL, hash TEXT NOT NULL,  -- of the latest version, delivered or not
  memory BLOB,                                    -- what must be known of it when the next one is made
  delivered INTEGER NOT NULL DEFAULT 0,           -- sequence of the last version that was acknowledged
  questions TEXT NOT NULL DEFAULT '[]', kept TEXT NOT NULL DEFAULT '[]',
  PRIMARY KEY (target, patient_id));
CREATE TABLE messages (
  target INTEGER NOT NULL, patient_id TEXT NOT NULL, sequence INTEGER NOT NULL, hash TEXT NOT NULL,
  body BLOB, withdraws INTEGER NOT NULL, made_by TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'dead')),
  attempts INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (target, patient_id));
"""


def beside(out: Path) -> Path:
    """The outbox of a folder of tables: beside it, so that writing the tables anew leaves it alone."""
    absolute = out.absolute()
    return absolute.with_name(f"{absolute.name}.feed.sqlite")


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a chart at a target."""

    state: str
    sequence: int
    hash: str
    memory: Json
    delivered: int


@dataclass(frozen=True, slots=True)
class Message:
    """A version of a chart on its way, or with ``withdraws`` its withdrawal."""

    patient_id: str
    sequence: int
    hash: str
    body: Json | None
    withdraws: bool
    made_by: Mapping[str, str]
    attempts: int = 0
    state: str = "waiting"
    reason: str = ""


def pack(value: Json | None) -> bytes | None:
    """As the file holds it."""
    return None if value is None else zlib.compress(canonical(value), 3)


def unpack(raw: bytes | None) -> Json | None:
    """Back again."""
    return None if raw is None else json.loads(zlib.decompress(raw))


class Outbox:
    """An open outbox. Raises FeedError where the file is none."""

    def __init__(self, path: Path | None) -> None:
        """Open or begin ``path``; without one it is kept in memory, for trying things out."""
        self.path = path
        try:
            if path is not None:
                os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._db = sqlite3.connect(":memory:" if path is None else path, isolation_level=None, timeout=30)
            self._begin()
        except sqlite3.DatabaseError:
            raise FeedError(f"{path}: is no outbox, or is damaged; put back a copy, or give another --outbox") from None
        except OSError as error:
            raise FeedError(f"{path}: cannot be opened: {error.strerror}; give another --outbox") from None

    def _begin(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        if self._version() == VERSION:
            return
        with self.transaction():
            if self._version() != 0 or self._db.execute("SELECT 1 FROM sqlite_master").fetchone():
                raise FeedError(f"{self.path}: is no outbox of this version of extractor; give another --outbox")
            for statement in TABLES.strip().split(";\n"):
                self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version = {VERSION}")

    def _version(self) -> int:
        return int(self._db.execute("PRAGMA user_version").fetchone()[0])

    @contextmanager
    def transaction(self, undo: bool = False) -> Iterator[None]:
        """All or nothing; with ``undo`` nothing."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            self._db.execute("ROLLBACK" if undo else "COMMIT")
        except sqlite3.OperationalError as error:  # its text is SQLite's own: a full disk, a file that is held
            raise FeedError(f"{self.path}: cannot be written: {error}") from None

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    # -- targets

    def target(self, format: str, url: str) -> int:
        """The number of a target, given now if it has none."""
        self._db.execute("INSERT OR IGNORE INTO targets (format, url) VALUES (?, ?)", (format, url))
        (found,) = self._db.execute("SELECT id FROM targets WHERE format = ? AND url = ?", (format, url)).fetchone()
        return int(found)

    def targets(self) -> list[tuple[int, str, str]]:
        """(number, format, address) of every target."""
        return list(self._db.execute("SELECT id, format, url FROM targets ORDER BY id"))

    # -- charts

    def chart(self, target: int, patient: str) -> Known | None:
        """What is known of a chart, None if nothing was ever queued for it."""
        row = self._db.execute(
            "SELECT state, sequence, hash, memory, delivered FROM charts WHERE target = ? AND patient_id = ?", (target, patient)
        ).fetchone()
        return None if row is None else Known(row[0], row[1], row[2], unpack(row[3]) or {}, row[4])

    def current(self, target: int) -> set[str]:
        """Charts that the target has, or is to have."""
        return {p for (p,) in self._db.execute("SELECT patient_id FROM charts WHERE target = ? AND state = 'current'", (target,))}

    def put(self, target: int, message: Message, memory: Json, questions: list[Json]) -> None:
        """Queue a version in place of any other; ``memory`` is what must be known of it when the next one is made."""
        own = (target, message.patient_id)
        self._db.execute(
            "INSERT INTO charts (target, patient_id, state, sequence, hash, memory, questions) VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET state = excluded.state, sequence = excluded.sequence, hash = excluded.hash,"
            " memory = excluded.memory, questions = excluded.questions",
            (
                *own,
                "withdrawn" if message.withdraws else "current",
                message.sequence,
                message.hash,
                pack(memory or None),
                json.dumps(questions),
            ),
        )
        self._db.execute(
            "INSERT OR REPLACE INTO messages (target, patient_id, sequence, hash, body, withdraws, made_by, state, reason)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *own,
                message.sequence,
                message.hash,
                pack(message.body),
                message.withdraws,
                json.dumps(dict(message.made_by)),
                message.state,
                message.reason,
            ),
        )

    def questions(self, target: int) -> Iterator[tuple[str, Json]]:
        """(patient, question) of every chart that is back in review, those that the registry's own reviewed cells raise last."""
        for patient, asked, kept in self._db.execute(
            "SELECT patient_id, questions, kept FROM charts WHERE target = ? AND state = 'current' AND (questions <> '[]' OR kept <> '[]')"
            " ORDER BY patient_id",
            (target,),
        ):
            yield from ((patient, q) for q in json.loads(asked))
            why = "the registry keeps what its own people reviewed"
            yield from ((patient, {"reviewed": "", "read": "", "why": why, **q}) for q in json.loads(kept))

    # -- messages

    def waiting(self, target: int) -> list[str]:
        """Charts with a version to deliver, by patient."""
        found = self._db.execute("SELECT patient_id FROM messages WHERE target = ? AND state = 'waiting' ORDER BY patient_id", (target,))
        return [p for (p,) in found]

    def message(self, target: int, patient: str) -> Message | None:
        """The version of a chart that waits or was refused."""
        row = self._db.execute(
            "SELECT patient_id, sequence, hash, body, withdraws, made_by, attempts, state, reason FROM messages"
            " WHERE target = ? AND patient_id = ?",
            (target, patient),
        ).fetchone()
        if row is None:
            return None
        return Message(row[0], row[1], row[2], unpack(row[3]), bool(row[4]), json.loads(row[5]), row[6], row[7], row[8])

    def dead(self, target: int) -> list[Message]:
        """Versions that were refused, by patient."""
        found = self._db.execute("SELECT patient_id FROM messages WHERE target = ? AND state = 'dead' ORDER BY patient_id", (target,))
        return [m for (p,) in found.fetchall() if (m := self.message(target, p))]

    def delivered(self, target: int, message: Message, kept: list[Json]) -> None:
        """The target has it; ``kept`` are the cells where it keeps what its own people reviewed."""
        own = (target, message.patient_id)
        with self.transaction():
            self._db.execute(
                "UPDATE charts SET delivered = ?, kept = ? WHERE target = ? AND patient_id = ?", (message.sequence, json.dumps(kept), *own)
            )
            self._db.execute("DELETE FROM messages WHERE target = ? AND patient_id = ? AND sequence = ?", (*own, message.sequence))

    def tried(self, target: int, message: Message, reason: str, counts: bool = True, dead: bool = False) -> None:
        """It was not taken; ``counts`` if that may be its own fault, ``dead`` if it is not to be tried again as it is."""
        with self.transaction():
            self._db.execute(
                "UPDATE messages SET attempts = attempts + ?, reason = ?, state = ? WHERE target = ? AND patient_id = ? AND sequence = ?",
                (counts, reason, "dead" if dead else "waiting", target, message.patient_id, message.sequence),
            )

    def lift(self, target: int, message: Message, above: int) -> None:
        """Give the waiting version a number above the one that the target has; it was made by an outbox that is gone."""
        own = (target, message.patient_id)
        with self.transaction():
            self._db.execute("UPDATE charts SET sequence = ? WHERE target = ? AND patient_id = ?", (above + 1, *own))
            self._db.execute("UPDATE messages SET sequence = ? WHERE target = ? AND patient_id = ?", (above + 1, *own))

    def revive(self, target: int) -> int:
        """Let refused versions be tried again; returns how many."""
        return self._db.execute(
            "UPDATE messages SET state = 'waiting', attempts = 0 WHERE target = ? AND state = 'dead'", (target,)
        ).rowcount

    def counts(self, target: int) -> dict[str, int]:
        """Charts by what is so of them."""
        charts = "SELECT count(*) FROM charts WHERE target = ? AND "
        messages = "SELECT count(*) FROM messages WHERE target = ? AND "
        asked: dict[str, str] = {
            "delivered": charts + "state = 'current' AND delivered = sequence",
            "withdrawn": charts + "state = 'withdrawn' AND delivered = sequence",
            "waiting": messages + "state = 'waiting'",
            "refused": messages + "state = 'dead'",
            "in review": charts + "state = 'current' AND (questions <> '[]' OR kept <> '[]')",
        }
        return {name: int(self._db.execute(query, (target,)).fetchone()[0]) for name, query in asked.items()}


@contextmanager
def locked(path: Path, busy: str) -> Iterator[IO[Any]]:
    """A lock beside ``path``, held as long as the process lives, however it ends. Raises FeedError, which says ``busy``, if another process holds it."""
    lock = path.with_name(f".{path.name}.lock")
    try:
        file = os.fdopen(os.open(lock, os.O_RDWR | os.O_CREAT, 0o600), "rb+")
    except OSError as error:
        raise FeedError(f"{lock}: cannot be opened: {error.strerror}") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise FeedError(f"{busy}; nothing was done") from None
        yield file
