"""A FHIR server and a REDCap, as far as their documented behaviour goes, each on a port of its own. Neither is the real thing."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from tests.export.redcap_standin import INSTANCE, INSTRUMENT, RECORD, Project
from tests.export.test_fhir import Server as Conditional
from tests.feed.served import TOKEN


@contextmanager
def serving(app: Starlette) -> Iterator[str]:
    """The address of an application that is served in a thread."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
        thread.join()


class FhirServer:
    """Transactions by R4's rules; ``faults`` are taken one after the other: ``lost`` applies the bundle and answers 500."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.held = Conditional()
        self.requests = 0

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/r4", self.transact, methods=["POST"])])

    async def transact(self, request: Request) -> Response:
        self.requests += 1
        bundle = json.loads(await request.body())
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Response(status_code=401)
        assert request.headers["content-type"] == "application/fhir+json"
        fault = self.faults.pop(0) if self.faults else ""
        if fault.isdigit():
            issue = {"severity": "error", "code": "processing", "diagnostics": "Mrs Smith is not valid"}
            return JSONResponse({"resourceType": "OperationOutcome", "issue": [issue]}, int(fault))
        before = set(self.held.stored)
        if fault != "half":
            self.held.transact(bundle)
        if fault == "lost":
            return Response(status_code=500)
        entries = [{"response": {"status": self.status(e["request"], before)}} for e in bundle["entry"]]
        told = entries[:-1] if fault == "half" else entries
        return JSONResponse({"resourceType": "Bundle", "type": "transaction-response", "entry": told})

    def status(self, request: dict[str, str], before: set[str]) -> str:
        return "204 No Content" if request["method"] == "DELETE" else "200 OK" if request["url"] in before else "201 Created"


class RedcapServer:
    """The API of a project: export, import and delete of records in JSON."""

    def __init__(self, design: Path) -> None:
        self.project = Project()
        self.project.design(design / "dictionary.csv", design / "repeating.csv")
        self.faults: list[str] = []
        self.actions: list[str] = []

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/api/", self.api, methods=["POST"])])

    async def api(self, request: Request) -> Response:
        told = {k: v[0] for k, v in parse_qs((await request.body()).decode(), keep_blank_values=True).items()}
        assert "authorization" not in request.headers
        if told.pop("token", "") != TOKEN:
            return JSONResponse({"error": "You do not have permissions to use the API"}, 403)
        assert (told["content"], told["format"], told["returnFormat"]) == ("record", "json", "json")
        self.actions.append(told["action"])
        fault = self.faults.pop(0) if self.faults else ""
        if fault.isdigit():
            return JSONResponse({"error": "Mrs Smith"}, int(fault))
        answer: Response = getattr(self, f"_{told['action']}")(told)
        return PlainTextResponse("", 500) if fault == "lost" else answer

    def _export(self, told: dict[str, str]) -> Response:
        rows = []
        for (record, form, number), stored in sorted(self.project.data.items()):
            if record == told["records[0]"]:
                rows.append(
                    {
                        RECORD: record,
                        INSTRUMENT: form,
                        INSTANCE: number or "",
                        **{f: stored.get(f, "") for f in self.project.fields if f != RECORD},
                    }
                )
        return JSONResponse(rows)

    def _import(self, told: dict[str, str]) -> Response:
        rows = json.loads(told["data"])
        try:
            for row in rows:
                self.project._row(dict(row), told["overwriteBehavior"] == "overwrite")
        except (AssertionError, KeyError):
            return JSONResponse({"error": "values"}, 400)
        return JSONResponse({"count": len({r[RECORD] for r in rows})})

    def _delete(self, told: dict[str, str]) -> Response:
        record, form, number = told["records[0]"], told.get("instrument", ""), int(told.get("repeat_instance", 0))
        gone = [p for p in self.project.data if p[0] == record and (not form or p == (record, form, number))]
        if not gone:
            return JSONResponse({"error": "does not exist"}, 400)
        for place in gone:
            del self.project.data[place]
        return PlainTextResponse("1")
