"""Notes of FHIR R4: DocumentReference and DiagnosticReport in bundles (JSON) and Bulk Data (NDJSON).

Of an attachment in several formats the plainest that can be read is taken. Links are followed only to Binary resources of the same bundle,
file or folder, never to a server. A DocumentReference is dated by its attachment's creation, else by ``date``, else by its period; a
DiagnosticReport by ``effective``, the time of the exam, else by ``issued``.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import gzip
import json
import re
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from extractor.markup import Content, Converter, Unreadable, kind_of
from extractor.sources.rows import Row, note_type

READ = ("DocumentReference", "DiagnosticReport")
ORDER = ("plain", "html", "rtf", "cda")
VOID = {"entered-in-error": "entered in error", "superseded": "superseded by another document", "cancelled": "cancelled"}
BLANK = re.compile(r"\s+")
LONGEST = 150_000_000
"""Characters of a resource of Bulk Data, or of a bundle; an attachment has at most 50 MB, which base64 makes a third more."""
Json = Mapping[str, Any]


def bundle_rows(content: Any, convert: Converter, binaries: Binaries | None = None) -> Iterator[Row]:
    """Rows of a bundle, or of a single resource, reports first. ``content`` is parsed JSON."""
    entries = list(_entries(content))
    inside = {str(r.get("id")): r for _, r in entries if isinstance(r, Mapping) and r.get("resourceType") == "Binary"}
    within = (binaries or Binaries()).within(inside)
    found = False
    for where, resource in sorted(entries, key=lambda e: isinstance(e[1], Mapping) and e[1].get("resourceType") == "DocumentReference"):
        for row in resource_rows(where, resource, convert, within):
            found = True
            yield row
    if not found:
        yield "bundle", "holds no DocumentReference and no DiagnosticReport"


def _entries(content: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(content, Mapping) or content.get("resourceType") != "Bundle":
        yield "resource", content
        return
    entries = content.get("entry", [])
    for number, entry in enumerate(entries if isinstance(entries, list) else [entries], 1):
        yield f"entry {number}", entry.get("resource") if isinstance(entry, Mapping) else entry


def ndjson_rows(stream: IO[str], convert: Converter, binaries: Binaries | None = None) -> Iterator[Row]:
    """Rows of Bulk Data: one resource (or bundle) a line."""
    binaries = binaries or Binaries()
    for number, line in enumerate(_bounded(stream), 1):
        where = f"line {number}"
        if line is None:
            yield where, f"longer than {LONGEST:,} characters"
            continue
        if not line.strip():
            continue
        try:
            content = json.loads(line)
        except (ValueError, RecursionError):
            yield where, "not JSON on one line"
            continue
        if isinstance(content, Mapping) and content.get("resourceType") == "Bundle":
            yield from ((f"{where}, {inner}", fields) for inner, fields in bundle_rows(content, convert, binaries))
        else:
            yield from resource_rows(where, content, convert, binaries)


def _bounded(stream: IO[str]) -> Iterator[str | None]:
    """The lines; None for one that is too long to be held."""
    while line := stream.readline(LONGEST + 1):
        if len(line) <= LONGEST:
            yield line
            continue
        while line and not line.endswith("\n"):
            line = stream.readline(LONGEST)
        yield None


# ---- Binary resources -----------------------------------------------------------------------------------------------------


class Binaries:
    """Binary resources: those of a bundle, and those of NDJSON files, found by their place in the file, not held in memory. A context manager.

    Knows of each the document that it was read for: a report stands in an export twice, as DiagnosticReport and as DocumentReference,
    with one Binary (US Core, Clinical Notes).
    """

    def __init__(self, files: Sequence[Path] = ()) -> None:
        self._files = files
        self._places: dict[str, tuple[Path, int]] | None = None
        self._unpacked: dict[Path, IO[bytes]] = {}
        self._read: dict[str, str] = {}
        self._inside: Mapping[str, Json] = {}
        self._outer: Binaries | None = None

    def within(self, inside: Mapping[str, Json]) -> Binaries:
        """These, and before them the ones of a bundle."""
        found = Binaries()
        found._inside, found._outer, found._read = inside, self, self._read
        return found

    def first(self, name: str, document: str) -> str:
        """The document that the resource was read for first; ``document`` if there was none."""
        return self._read.setdefault(name, document)

    def find(self, name: str) -> Json | None:
        """The resource with this id, if it is at hand."""
        if name in self._inside:
            return self._inside[name]
        if self._outer is not None:
            return self._outer.find(name)
        if self._places is None:
            self._places = {i: (path, at) for path in self._files for i, at in self._listed(path)}
        if name not in self._places:
            return None
        path, at = self._places[name]
        with self._opened(path) as file:
            file.seek(at)
            found = json.loads(file.readline())
            return found if isinstance(found, dict) else None

    def _listed(self, path: Path) -> Iterator[tuple[str, int]]:
        at = 0
        with self._opened(path) as file:
            for line in file:
                if BINARY.search(line):
                    with contextlib.suppress(ValueError, AttributeError, RecursionError):
                        yield str(json.loads(line).get("id")), at
                at += len(line)

    @contextlib.contextmanager
    def _opened(self, path: Path) -> Iterator[IO[bytes]]:
        """The file at its beginning; what gzip packed is unpacked once, into a file without a name."""
        if path.suffix != ".gz":
            with path.open("rb") as file:
                yield file
            return
        if path not in self._unpacked:
            self._unpacked[path] = tempfile.TemporaryFile()  # noqa: SIM115  closed with this object
            with contextlib.suppress(EOFError, zlib.error, gzip.BadGzipFile), gzip.open(path, "rb") as packed:
                shutil.copyfileobj(packed, self._unpacked[path], 2**20)
        self._unpacked[path].seek(0)
        yield self._unpacked[path]

    def __enter__(self) -> Binaries:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._unpacked.values():
            file.close()


BINARY = re.compile(rb'"resourceType"\s*:\s*"Binary"')


# ---- one resource ---------------------------------------------------------------------------------------------------------


def resource_rows(where: str, resource: Any, convert: Converter, binaries: Binaries) -> Iterator[Row]:
    """The row of a resource; none for resources that hold no note."""
    if not isinstance(resource, Mapping) or not isinstance(resource.get("resourceType"), str):
        yield where, "not a FHIR resource"
        return
    if resource["resourceType"] not in READ:
        return
    try:
        yield where, _fields(resource, convert, binaries)
    except Unreadable as error:
        yield where, f"{resource['resourceType']}: {error}"
    except (TypeError, AttributeError, ValueError, RecursionError) as error:
        yield where, f"not a well-formed {resource['resourceType']} ({type(error).__name__})"


def _fields(resource: Json, convert: Converter, binaries: Binaries) -> dict[str, Any]:
    for status in (resource.get("status"), resource.get("docStatus")):
        if status in VOID:
            raise Unreadable(VOID[str(status)])
    document = resource["resourceType"] == "DocumentReference"
    told = [c.get("attachment") for c in _all(resource.get("content"))] if document else _all(resource.get("presentedForm"))
    attachments = [a for a in told if isinstance(a, Mapping)]
    text, used = _text(attachments, convert, binaries) if attachments else (_fallback(resource, convert), {})
    note_id = f"{resource['resourceType']}/{resource['id']}" if resource.get("id") else _identifier(resource)
    if (name := _linked(used)) and note_id and (first := binaries.first(name, note_id)) != note_id:
        raise Unreadable(f"its attachment was read as that of {first}")
    return {
        "note_id": note_id,
        "patient_id": _patient(resource),
        "note_date": _document_date(resource, used) if document else _report_date(resource),
        "note_type": note_type(_codes(resource), _names(resource)),
        "text": text,
    }


def _all(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _identifier(resource: Json) -> str | None:
    return next((str(i["value"]) for i in _all(resource.get("identifier")) if isinstance(i, Mapping) and i.get("value")), None)


def _patient(resource: Json) -> str | None:
    subject = resource.get("subject") or {}
    reference = str(subject.get("reference") or "")
    if reference:
        return reference.removeprefix("urn:uuid:").split("/_history/")[0].rstrip("/").rpartition("/")[2]
    value = (subject.get("identifier") or {}).get("value")
    return str(value) if value else None


def _document_date(resource: Json, attachment: Json) -> Any:
    period = (resource.get("context") or {}).get("period") or {}
    return attachment.get("creation") or resource.get("date") or period.get("start")


def _report_date(resource: Json) -> Any:
    period = resource.get("effectivePeriod") or {}
    return resource.get("effectiveDateTime") or period.get("start") or resource.get("issued")


def _codes(resource: Json) -> Iterator[str]:
    for concept in (*_all(resource.get("type")), *_all(resource.get("category")), *_all(resource.get("code"))):
        yield from (str(c.get("code")) for c in _all(concept.get("coding")) if isinstance(c, Mapping))


def _names(resource: Json) -> Iterator[str]:
    """What the document or the exam is called; not its category, which says the same of every report of a department."""
    for concept in (*_all(resource.get("type")), *_all(resource.get("code"))):
        yield from (str(c["display"]) for c in _all(concept.get("coding")) if isinstance(c, Mapping) and c.get("display"))
        yield str(concept.get("text") or "")
    yield str(resource.get("description") or "")


# ---- its text -------------------------------------------------------------------------------------------------------------


def _fallback(resource: Json, convert: Converter) -> str:
    """Of a report without an attachment, the conclusion or the narrative."""
    if conclusion := resource.get("conclusion"):
        return str(conclusion)
    div = (resource.get("text") or {}).get("div")
    if div:
        return convert.text(Content(str(div).encode(), "text/html; charset=utf-8"))
    raise Unreadable("no attachment and no narrative")


def _text(attachments: Sequence[Json], convert: Converter, binaries: Binaries) -> tuple[str, Json]:
    """(text, attachment) of the plainest attachment that can be read."""
    problems: list[str] = []
    contents: list[tuple[int, int, Content, Json]] = []
    for attachment in attachments:
        try:
            content = _content(attachment, binaries)
            contents.append((ORDER.index(kind_of(content)), len(contents), content, attachment))
        except Unreadable as error:
            problems.append(str(error))
    for _, _, content, attachment in sorted(contents, key=lambda c: c[:2]):
        try:
            return convert.text(content), attachment
        except Unreadable as error:
            problems.append(str(error))
    raise Unreadable("; ".join(dict.fromkeys(problems)))


def _linked(attachment: Json) -> str | None:
    """The id of the Binary that holds the data."""
    if attachment.get("data") is not None or not attachment.get("url"):
        return None
    return str(attachment["url"]).rpartition("Binary/")[2].split("/")[0]


def _content(attachment: Json, binaries: Binaries) -> Content:
    media, data = str(attachment.get("contentType") or ""), attachment.get("data")
    if name := _linked(attachment):
        binary = binaries.find(name)
        if binary is None:
            raise Unreadable("the attachment is a link; export its Binary resource beside it")
        media, data = media or str(binary.get("contentType") or ""), binary.get("data")
    if not isinstance(data, str) or not data:
        raise Unreadable("an attachment without data")
    try:
        return Content(base64.b64decode(BLANK.sub("", data), validate=True), media)
    except (binascii.Error, ValueError):
        raise Unreadable("the attachment is not base64") from None
