"""The page's server: on this machine alone, for whoever holds the token in the address, from its own origin only.

    /TOKEN/            the page          /TOKEN/static/NAME    its parts
    /TOKEN/api/...     plain data        everything else is refused

The token stands in the path, so nothing is kept in a cookie and no other page can make the browser send it. Text of notes goes out as JSON and is
shown as text nodes; the content security policy lets nothing else run or load.
"""

from __future__ import annotations

import hmac
import json
import secrets
import socket
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from extractor.errors import CohortError, ReviewError
from extractor.review import view
from extractor.review.desk import Desk, TablesRenewed
from extractor.review.replay import ChartState
from extractor.version import VERSION

STATIC = Path(__file__).parent / "static"
PARTS = {"app.js": "text/javascript", "note.js": "text/javascript", "dom.js": "text/javascript", "style.css": "text/css"}
LARGEST = 1 << 20
"""Bytes that a decision may have."""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
Next = Callable[[Request], Awaitable[Response]]


class _Guard(BaseHTTPMiddleware):
    """Refuses what does not come from this machine's own page with the token."""

    def __init__(self, app: Any, token: str, hosts: frozenset[str]) -> None:
        super().__init__(app)
        self._token, self._hosts = token, hosts

    async def dispatch(self, request: Request, call_next: Next) -> Response:
        why = self._refused(request)
        try:
            answer = PlainTextResponse(why, 403) if why else await call_next(request)
        except Exception:  # the text of an error may hold a note's words
            answer = PlainTextResponse("the server failed; nothing was changed", 500)
        answer.headers.update(HEADERS)
        return answer

    def _refused(self, request: Request) -> str:
        given = f"{request.url.path}/".split("/")[1]
        if not hmac.compare_digest(given.encode(), self._token.encode()):
            return "refused: open the whole address that extractor review printed"
        host = request.headers.get("host", "")
        if self._hosts and host.rpartition(":")[0] not in self._hosts:
            return "refused: not a name of this machine"
        origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site", "same-origin")
        if (origin is not None and origin != f"http://{host}") or site not in ("same-origin", "none"):
            return "refused: asked for by another page"
        if request.method == "POST" and request.headers.get("content-type", "").partition(";")[0] != "application/json":
            return "refused: a decision is sent as JSON"
        return ""


def app(desk: Desk, token: str, hosts: frozenset[str] = frozenset({"127.0.0.1", "localhost", "[::1]"})) -> Starlette:
    """The application; ``hosts`` are the names it may be called by (none: any)."""
    api = _Api(desk)
    routes = [
        Route("/{token}/", _page),
        Route("/{token}/static/{name}", _part),
        Route("/{token}/api/session", api.session),
        Route("/{token}/api/charts", api.charts),
        Route("/{token}/api/chart", api.chart),
        Route("/{token}/api/note", api.note),
        Route("/{token}/api/decide", api.decide, methods=["POST"]),
    ]
    handlers = {TablesRenewed: _renewed, ReviewError: _wrong, CohortError: _wrong}
    return Starlette(routes=routes, middleware=[Middleware(_Guard, token=token, hosts=hosts)], exception_handlers=handlers)


async def _wrong(_: Request, error: Exception) -> Response:
    return _told(str(error), 409)


async def _renewed(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error), "renewed": True}, 409)


async def _page(_: Request) -> Response:
    return Response((STATIC / "index.html").read_bytes(), media_type="text/html; charset=utf-8")


async def _part(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in PARTS:
        return PlainTextResponse("no such part", 404)
    return Response((STATIC / name).read_bytes(), media_type=f"{PARTS[name]}; charset=utf-8")


class _Api:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def session(self, _: Request) -> Response:
        head = self._desk.journal.header
        return JSONResponse(
            {"reviewer": head.by, "mode": head.mode, "readers": list(head.readers), "schema": view.schema(), "version": VERSION}
        )

    async def charts(self, request: Request) -> Response:
        asked = request.query_params
        try:
            offset, limit = int(asked.get("offset", 0)), int(asked.get("limit", 50))
        except ValueError:
            return _told("offset and limit are numbers", 400)
        await run_in_threadpool(self._renew)
        page = await run_in_threadpool(
            self._desk.listing, asked.get("show", "todo"), asked.get("q", ""), max(0, offset), min(max(1, limit), 200)
        )
        return JSONResponse(page)

    async def chart(self, request: Request) -> Response:
        patient = request.query_params.get("id", "")
        await run_in_threadpool(self._renew)
        if self._unknown(patient):
            return _told("no such chart", 404)
        return JSONResponse(await run_in_threadpool(self._view, patient))

    def _view(self, patient: str, state: ChartState | None = None) -> dict[str, Any]:
        """The chart, with the ``stamp`` of the tables that decisions on it must be sent back with."""
        with self._desk.lock:
            return view.chart(state or self._desk.state(patient), self._desk.blinded) | {"stamp": self._desk.stamp}

    def _renew(self) -> None:
        """Tables that were written anew are taken up by the open page."""
        if self._desk.renew():
            threading.Thread(target=_check, args=(self._desk,), daemon=True).start()

    def _unknown(self, patient: str) -> bool:
        """Chart ids are looked up among those of the tables and nowhere else; none is ever made into a path."""
        return patient not in self._desk.store

    async def note(self, request: Request) -> Response:
        patient = request.query_params.get("id", "")
        if self._unknown(patient):
            return _told("no such chart", 404)
        note = (await run_in_threadpool(self._desk.store.chart, patient)).note(request.query_params.get("note", ""))
        return _told("no such note", 404) if note is None else JSONResponse({"text": note["text"] or ""})

    async def decide(self, request: Request) -> Response:
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > LARGEST:
                return _told("too long", 413)
        try:
            asked = json.loads(body)
        except ValueError:
            return _told("not JSON", 400)
        if not isinstance(asked, dict) or self._unknown(str(asked.get("chart"))):
            return _told("no such chart", 404)
        return JSONResponse(await run_in_threadpool(self._decided, str(asked["chart"]), asked))

    def _decided(self, patient: str, asked: dict[str, Any]) -> dict[str, Any]:
        self._renew()
        return self._view(patient, self._desk.decide(patient, asked))


def _told(why: str, status: int) -> Response:
    return JSONResponse({"error": why}, status)


def serve(desk: Desk, host: str = "127.0.0.1", port: int = 0, told: Callable[[str], None] = print, token: str | None = None) -> None:
    """Serve until interrupted. ``told`` gets the address once it answers. Raises ReviewError if the port is taken."""
    import uvicorn

    token = token or secrets.token_urlsafe(24)
    listener = _listener(host, port)
    shown = f"[{host}]" if ":" in host else host
    hosts = frozenset({"127.0.0.1", "localhost", "[::1]", shown}) if host not in ("0.0.0.0", "::") else frozenset()
    config = uvicorn.Config(app(desk, token, hosts), lifespan="off", log_level="error", access_log=False, server_header=False)
    told(f"http://{shown}:{listener.getsockname()[1]}/{token}/")
    threading.Thread(target=_check, args=(desk,), daemon=True).start()
    uvicorn.Server(config).run(sockets=[listener])


def _listener(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(found[0], found[1])
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(found[4])
        listener.listen(64)
    except OSError as error:
        raise ReviewError(f"{host}:{port}: cannot be listened to: {error.strerror}; give another --port") from None
    return listener


def _check(desk: Desk) -> None:
    """Look up which charts the tables, written anew, put in question; and have ready what a corrected exam needs, which loads for seconds."""
    import extractor.normalizer.outcomes  # noqa: F401

    for patient in desk.unchecked():
        desk.check(patient)
