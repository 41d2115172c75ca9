"""A registry as its own process, that can be killed and started again on the same port."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TOKEN = "a-token-of-nobody"


def started(program: str, *arguments: object, **environment: str) -> subprocess.Popen[bytes]:
    """A program of this folder as a process of its own."""
    command = [sys.executable, str(ROOT / "tests" / "feed" / program), *map(str, arguments)]
    own = {**os.environ, "PYTHONPATH": str(ROOT), "EXTRACTOR_FEED_TOKEN": TOKEN, **environment}
    return subprocess.Popen(command, env=own, stderr=subprocess.DEVNULL)


class Served:
    """The registry of a folder."""

    def __init__(self, folder: Path, tls: tuple[Path, ...] = (), token: str | None = TOKEN) -> None:
        self.folder, self.tls, self.token = folder, tls, token
        self.database, self.plan = folder / "registry.sqlite", folder / "faults.json"
        self.process: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def start(self) -> None:
        own = {"REGISTRY_TOKEN": self.token} if self.token else {}
        self.process = started("faulty_registry.py", self.database, self.port, self.plan, *self.tls, **own)
        for _ in range(600):
            assert self.process.poll() is None, "the registry did not start"
            with socket.socket() as door:
                if door.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("the registry did not start in time")

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def faults(self, *script: str, **drawn: Any) -> None:
        """What goes wrong from now on."""
        told = self.plan.with_suffix(".next")
        told.write_text(json.dumps({"script": script, "at": time.monotonic(), **drawn}))
        os.replace(told, self.plan)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        database = sqlite3.connect(self.database)
        try:
            return list(database.execute(query))
        finally:
            database.close()

    def held(self) -> dict[str, tuple[str, int, str]]:
        """(state, sequence, hash) by patient."""
        return {p: (state, n, hashed) for p, state, n, hashed in self.rows("SELECT patient_id, state, sequence, content_hash FROM charts")}

    def charts(self) -> dict[str, Any]:
        return {p: json.loads(c) if c else None for p, c in self.rows("SELECT patient_id, chart FROM charts")}

    def applied(self) -> list[tuple[Any, ...]]:
        """(key, sequence) of every version that was taken in."""
        return self.rows("SELECT key, sequence FROM applied ORDER BY key, sequence")

    def forget(self) -> None:
        """Empty it, without ending it."""
        self.faults()
        if self.database.exists():
            database = sqlite3.connect(self.database)
            with database:
                database.execute("DELETE FROM charts")
                database.execute("DELETE FROM applied")
            database.close()
