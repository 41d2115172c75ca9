"""The reference registry with troubles before it, as its own process: ``python tests/feed/faulty_registry.py DATABASE PORT FAULTS [TLS...]``.

FAULTS is a JSON file that is read at every PUT: {"script": [fault, ...]} takes one after the other and then none, {"seed": n, "share": x, "kinds": [...]} draws.
A fault is ``ok``, ``500``, ``404``, ``429``, ``429:1`` (with Retry-After), ``garbage``, ``html``, ``wrong receipt``, ``cut before`` (nothing taken in), ``cut after`` (taken in, the receipt is
lost), ``slow:0.5`` (seconds), ``endless``, or ``elsewhere`` (a redirect).
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import random
import sys
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def registry() -> Any:
    """The example's module."""
    spec = importlib.util.spec_from_file_location("registry", ROOT / "examples" / "registry" / "registry.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["registry"] = module
    spec.loader.exec_module(module)
    return module


class Faults:
    """An ASGI application before another one."""

    def __init__(self, app: Any, plan: Path) -> None:
        self.app, self.plan = app, plan
        self.at, self.of = 0, ""
        self.dice = random.Random(0)

    def _next(self) -> str:
        told = self.plan.read_text() if self.plan.exists() else "{}"
        plan = json.loads(told)
        if told != self.of:
            self.of, self.at, self.dice = told, 0, random.Random(plan.get("seed", 0))
        self.at += 1
        script = plan.get("script", [])
        if self.at <= len(script):
            return str(script[self.at - 1])
        return self.dice.choice(plan["kinds"]) if self.dice.random() < plan.get("share", 0) else "ok"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        fault, _, more = self._next().partition(":") if scope.get("method") == "PUT" or scope.get("method") == "POST" else ("ok", "", "")
        if fault == "slow":
            await asyncio.sleep(float(more))
        if fault in ("ok", "slow"):
            await self.app(scope, receive, send)
        elif fault == "cut after":
            await self.app(scope, receive, nobody)
            await cut(send)
        elif fault == "cut before":
            await cut(send)
        elif fault.isdigit():
            await answer(send, int(fault), b'{"code": "fault"}', [(b"retry-after", more.encode())] if more else [])
        elif fault == "elsewhere":
            await answer(send, 307, b"", [(b"location", b"http://127.0.0.1:1/charts")])
        elif fault == "endless":
            await endless(send)
        else:
            receipt = {"result": "applied", "sequence": 1, "content_hash": "0" * 64, "kept": []}
            bodies = {
                "garbage": b"\xff\x00{",
                "html": b"<html>Welcome to the guest network</html>",
                "wrong receipt": json.dumps(receipt).encode(),
            }
            await answer(send, 200, bodies[fault], [])


async def nobody(message: Any) -> None:
    """Takes an answer and gives it to nobody."""


async def answer(send: Any, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    """A whole answer."""
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", str(len(body)).encode()), *headers]})
    await send({"type": "http.response.body", "body": body})


async def cut(send: Any) -> None:
    """The beginning of an answer; the server then hangs up because it is not finished."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100")]})
    await send({"type": "http.response.body", "body": b'{"result', "more_body": True})
    raise ConnectionResetError


async def endless(send: Any) -> None:
    """An answer that does not end, drop by drop."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while True:
        await send({"type": "http.response.body", "body": b" ", "more_body": True})
        await asyncio.sleep(0.05)


def end_with(parent: int) -> None:
    """End when the tests that started this are gone, however they ended."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


def main(database: str, port: str, plan: str, *tls: str) -> None:
    """Serve until ended."""
    threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()
    import logging

    import uvicorn

    logging.disable(logging.CRITICAL)  # the cut answers are errors on purpose
    app = Faults(registry().application(Path(database), os.environ.get("REGISTRY_TOKEN")), Path(plan))
    more: dict[str, Any] = {}
    if tls:
        import ssl

        more = {
            "ssl_certfile": tls[0],
            "ssl_keyfile": tls[1],
            **({"ssl_ca_certs": tls[2], "ssl_cert_reqs": ssl.CERT_REQUIRED} if len(tls) > 2 else {}),
        }
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="critical", lifespan="off", **more)


if __name__ == "__main__":
    main(*sys.argv[1:])
