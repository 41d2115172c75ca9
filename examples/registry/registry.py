"""A registry that takes charts in as docs/feed.md says: the reference for a receiving side of your own.

    REGISTRY_TOKEN=... python examples/registry/registry.py --database registry.sqlite --port 8765

Starlette and SQLite. A version is checked, taken in and acknowledged in one transaction, so that it is applied once however often it is sent. What the registry's own
people reviewed (``POST /reviews``) stays, whatever is sent; what the sender's people reviewed gives way only to people.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from extractor.feed.document import Envelope, digest, key
from extractor.feed.keep import BY_REGISTRY, differing, has_reviewed, merged
from extractor.feed.schemadoc import chart_schema

Json = dict[str, Any]
LARGEST = 50_000_000
TABLES = """
CREATE TABLE IF NOT EXISTS charts (
  key TEXT PRIMARY KEY, patient_id TEXT NOT NULL, state TEXT NOT NULL, sequence INTEGER NOT NULL, content_hash TEXT NOT NULL,
  chart TEXT,      -- as it stands; null when withdrawn
  set_aside TEXT   -- of a withdrawn chart, what people decided, for the case that it comes back
);
CREATE TABLE IF NOT EXISTS applied (idempotency_key TEXT PRIMARY KEY, key TEXT NOT NULL, sequence INTEGER NOT NULL);
"""


@dataclass
class Problem(Exception):
    """A version that is not taken in. Holds no values of the chart."""

    status: int
    code: str
    pointer: str | None = None
    sequence: int | None = None

    def response(self) -> JSONResponse:
        """As it is answered."""
        told = {"code": self.code, "pointer": self.pointer, "sequence": self.sequence}
        return JSONResponse({k: v for k, v in told.items() if v is not None}, self.status)


class Store:
    """The charts of the registry."""

    def __init__(self, path: Path) -> None:
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = FULL")
        self.db.executescript(TABLES)

    @contextmanager
    def transaction(self) -> Any:
        """All or nothing."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def held(self, chart_key: str) -> Json | None:
        """What is held under a key."""
        found = self.db.execute(
            "SELECT patient_id, state, sequence, content_hash, chart, set_aside FROM charts WHERE key = ?", (chart_key,)
        ).fetchone()
        if found is None:
            return None
        names = ("patient_id", "state", "sequence", "content_hash", "chart", "set_aside")
        return dict(zip(names, (*found[:4], *(json.loads(f) if f else None for f in found[4:])), strict=True))

    def put(self, document: Json) -> Json:
        """Take a version in; its receipt. Raises Problem for one that is older than what is held."""
        chart_key = key(document["patient_id"])
        with self.transaction():
            held = self.held(chart_key)
            again = held is not None and document["sequence"] == held["sequence"] and document["content_hash"] == held["content_hash"]
            if held is not None and document["sequence"] <= held["sequence"] and not again:
                raise Problem(409, "older", sequence=held["sequence"])
            stands = held["chart"] if again and held else self._apply(chart_key, held, document)
        kept = differing(stands, document["chart"]) if stands is not None and document["chart"] is not None else []
        result = "unchanged" if again else "kept" if kept else "applied"
        return {"result": result, "sequence": document["sequence"], "content_hash": document["content_hash"], "kept": kept}

    def _apply(self, chart_key: str, held: Json | None, document: Json) -> Json | None:
        before = (held["chart"] or held["set_aside"]) if held else None
        chart = document["chart"]
        stands = merged(before, chart, registry=True) if chart is not None else None
        aside = before if stands is None and has_reviewed(before) else None
        self.db.execute(
            "INSERT OR REPLACE INTO charts VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                chart_key,
                *(document[c] for c in ("patient_id", "state", "sequence", "content_hash")),
                json.dumps(stands) if stands is not None else None,
                json.dumps(aside) if aside is not None else None,
            ),
        )
        self.db.execute("INSERT INTO applied VALUES (?, ?, ?)", (document["idempotency_key"], chart_key, document["sequence"]))
        return stands

    def review(self, patient: str, table: str, row_id: str, column: str, value: Any) -> bool:
        """One of the registry's own people decides a cell; False where there is none such."""
        with self.transaction():
            held = self.held(key(patient))
            row = next((r for r in (held or {}).get("chart", {})["rows"].get(table, ()) if r["id"] == row_id), None) if held else None
            if held is None or row is None or column not in row["cells"]:
                return False
            row["cells"][column] |= {"value": value, "status": "reviewed", "by": BY_REGISTRY}
            review = held["chart"]["review"]
            review["notes_read"] = sorted({n["sha256"] for n in held["chart"]["notes"]})
            here = (table, row_id, column)
            review["questions"] = [q for q in review["questions"] if (q["table"], q["row_id"], q["column"]) != here]
            if review["status"] != "done" and not review["questions"]:
                review["status"] = "done" if review["finished"] else "begun"
            self.db.execute("UPDATE charts SET chart = ? WHERE key = ?", (json.dumps(held["chart"]), key(patient)))
        return True

    def listing(self, after: str, limit: int) -> list[Json]:
        """Which version of each chart is held."""
        rows = self.db.execute("SELECT key, sequence, content_hash, state FROM charts WHERE key > ? ORDER BY key LIMIT ?", (after, limit))
        return [dict(zip(("key", "sequence", "content_hash", "state"), r, strict=True)) for r in rows]

    def back(self) -> list[Json]:
        """Charts that a person has to look at again, with the questions."""
        found = (json.loads(c) for (c,) in self.db.execute("SELECT chart FROM charts WHERE chart IS NOT NULL ORDER BY key"))
        return [q for chart in found for q in chart["review"]["questions"]]


# ---- checking ---------------------------------------------------------------------------------------------------------------


VALIDATOR = Draft202012Validator(chart_schema())


def checked(raw: bytes, chart_key: str, idempotency_key: str | None) -> Json:
    """A document as it was sent. Raises Problem, which tells places and never values."""
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        raise Problem(400, "no JSON") from None
    error = next(iter(VALIDATOR.iter_errors(document)), None)
    if error is not None:
        raise Problem(422, "not of the schema", "/" + "/".join(str(p) for p in error.absolute_path))
    envelope = Envelope(document["patient_id"], document["sequence"], document["content_hash"], {})
    if key(document["patient_id"]) != chart_key:
        raise Problem(422, "another chart", "/patient_id")
    if digest(document["patient_id"], document["chart"]) != document["content_hash"]:
        raise Problem(422, "another hash", "/content_hash")
    if not envelope.idempotency_key == document["idempotency_key"] == idempotency_key:
        raise Problem(422, "another key", "/idempotency_key")
    return document


# ---- HTTP -------------------------------------------------------------------------------------------------------------------


Handler = Callable[[Request], Awaitable[Response]]


def application(database: Path, token: str | None = None) -> Starlette:
    """The registry as an ASGI application; with ``token`` it is asked of everybody."""
    store = Store(database)

    def guarded(handler: Handler) -> Handler:
        async def answer(request: Request) -> Response:
            given = request.headers.get("authorization", "")
            if token and not secrets.compare_digest(given.encode(), f"Bearer {token}".encode()):
                return Problem(401, "not known").response()
            try:
                return await handler(request)
            except Problem as problem:
                return problem.response()

        return answer

    async def put(request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            raise Problem(415, "not application/json")
        raw = await _body(request)
        return JSONResponse(store.put(checked(raw, request.path_params["key"], request.headers.get("idempotency-key"))))

    async def get(request: Request) -> Response:
        held = store.held(request.path_params["key"])
        if held is None:
            raise Problem(404, "no such chart")
        return JSONResponse({k: v for k, v in held.items() if k != "set_aside"})

    async def listing(request: Request) -> Response:
        limit = request.query_params.get("limit", "100")
        return JSONResponse(
            {"charts": store.listing(request.query_params.get("after", ""), min(int(limit) if limit.isdigit() else 100, 1000))}
        )

    async def review(request: Request) -> Response:
        asked = await request.json()
        if not store.review(*(asked[n] for n in ("patient_id", "table", "row_id", "column", "value"))):
            raise Problem(404, "no such cell")
        return JSONResponse({}, 201)

    async def back(request: Request) -> Response:
        return JSONResponse({"questions": store.back()})

    return Starlette(
        routes=[
            Route("/charts", guarded(listing), methods=["GET"]),
            Route("/charts/{key}", guarded(put), methods=["PUT"]),
            Route("/charts/{key}", guarded(get), methods=["GET"]),
            Route("/reviews", guarded(review), methods=["POST"]),
            Route("/reviews", guarded(back), methods=["GET"]),
        ]
    )


async def _body(request: Request) -> bytes:
    """The whole body. Raises Problem for one that is too large or was cut off: of neither anything is taken in."""
    found = bytearray()
    try:
        async for piece in request.stream():
            found += piece
            if len(found) > LARGEST:
                raise Problem(413, "too large")
    except ClientDisconnect:
        raise Problem(400, "cut off") from None
    return bytes(found)


def main() -> None:
    """Serve until ended."""
    import uvicorn

    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--database", type=Path, default=Path("registry.sqlite"))
    asked.add_argument("--host", default="127.0.0.1")
    asked.add_argument("--port", type=int, default=8765)
    asked.add_argument("--certificate", help="with --key: serve TLS")
    asked.add_argument("--key")
    asked.add_argument("--clients", help="authority whose certificates clients must show")
    given = asked.parse_args()
    application_ = application(given.database, os.environ.get("REGISTRY_TOKEN"))
    tls = {"ssl_certfile": given.certificate, "ssl_keyfile": given.key} if given.certificate else {}
    if given.clients:
        import ssl

        tls |= {"ssl_ca_certs": given.clients, "ssl_cert_reqs": ssl.CERT_REQUIRED}
    uvicorn.run(application_, host=given.host, port=given.port, log_level="warning", **tls)


if __name__ == "__main__":
    main()
