"""Bounds around the conversion of markup: a process that is ended when it takes too long, and started anew for the next item."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from extractor.markup.content import Content, Unreadable, decoded, kind_of

SECONDS = 20.0
MEMORY = 1_500_000_000
"""Bytes that the process may take."""
LARGEST = 50_000_000
"""Bytes of one item."""


def whole(path: Path) -> bytes:
    """The bytes of a file. Raises Unreadable if it is larger than an item may be, before any of it is read."""
    if path.stat().st_size > LARGEST:
        raise Unreadable(f"larger than {LARGEST // 1_000_000} MB")
    return path.read_bytes()


class Converter:
    """Turns content into text; a context manager. The process starts with the first item that is not plain."""

    def __init__(self, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self._seconds, self._memory = seconds, memory
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Converter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end()

    def text(self, content: Content, kind: str | None = None) -> str:
        """The text of some content. Raises Unreadable with the reason why there is none."""
        return self.document(content, kind)[0]

    def document(self, content: Content, kind: str | None = None) -> tuple[str, Mapping[str, Any]]:
        """The text, and what a clinical document says of itself (note_id, patient_id, note_date, code)."""
        if len(content.data) > LARGEST:
            raise Unreadable(f"larger than {LARGEST // 1_000_000} MB")
        kind = kind or kind_of(content)
        if kind == "plain":
            return decoded(content.data, content.charset), {}
        told, payload = self._asked(kind, content)
        if "reason" in told:
            raise Unreadable(str(told["reason"]))
        return payload.decode("utf-8", "surrogatepass"), told["head"]

    def _asked(self, kind: str, content: Content) -> tuple[dict[str, Any], bytes]:
        process = self._running()
        assert process.stdin
        assert process.stdout
        clock = threading.Timer(self._seconds, process.kill)
        clock.start()
        try:
            ask = {"kind": kind, "media": content.media, "length": len(content.data)}
            process.stdin.write(json.dumps(ask).encode() + b"\n" + content.data)
            process.stdin.flush()
            told = json.loads(process.stdout.readline())
            payload = process.stdout.read(told["length"])
            if len(payload) < told["length"]:
                raise OSError
            return told, payload
        except (OSError, ValueError):
            self._end()
            raise Unreadable(f"its {kind} takes more than the {self._seconds:g} seconds or the memory that an item may have") from None
        finally:
            clock.cancel()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            root = str(Path(__file__).parents[2])
            path = os.pathsep.join([root, *([os.environ["PYTHONPATH"]] if os.environ.get("PYTHONPATH") else [])])
            self._process = subprocess.Popen(
                [sys.executable, "-m", "extractor.markup.worker", str(self._memory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # a traceback could hold text of a note
                env={**os.environ, "PYTHONPATH": path},
            )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for stream in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                stream.close() if stream else None
        process.wait()
