"""The process that turns markup into text. Frames on its standard streams: a line of JSON that tells a length, then so many bytes."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import IO, Any

from extractor.markup.content import Content, Unreadable, decoded


def convert(kind: str, content: Content) -> tuple[str, Mapping[str, Any]]:
    """(text, what a clinical document says of itself). Raises Unreadable with the reason why there is no text."""
    head: Mapping[str, Any] = {}
    if kind == "cda":
        from extractor.markup import cda

        head, body = cda.read(content)
        if isinstance(body, str):
            return body, head
        kind, content = cda.embedded(body), body
    if kind == "html":
        from extractor.markup import html

        return html.text(content), head
    if kind == "rtf":
        from extractor.markup import rtf

        return rtf.text(content), head
    return decoded(content.data, content.charset), head


def main() -> None:
    """Answer frames until the input ends. The first argument bounds the bytes of address space; what needs more fails, and with it its item."""
    _limit(int(sys.argv[1]))
    while line := sys.stdin.buffer.readline():
        asked = json.loads(line)
        data = sys.stdin.buffer.read(asked["length"])
        told, payload = _answer(asked["kind"], Content(data, asked["media"]))
        _write(sys.stdout.buffer, told, payload)


def _answer(kind: str, content: Content) -> tuple[dict[str, Any], bytes]:
    try:
        text, head = convert(kind, content)
        payload = text.encode("utf-8", "surrogatepass")
        return {"length": len(payload), "head": head}, payload
    except Unreadable as error:
        return {"length": 0, "reason": str(error)}, b""
    except (Exception, MemoryError) as error:  # whatever a library makes of hostile bytes costs this item alone
        return {"length": 0, "reason": f"not readable as {kind} ({type(error).__name__})"}, b""


def _write(stream: IO[bytes], told: Mapping[str, Any], payload: bytes) -> None:
    stream.write(json.dumps(told).encode() + b"\n" + payload)
    stream.flush()


def _limit(memory: int) -> None:
    try:
        import resource
    except ImportError:  # Windows: the clock alone bounds it
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
