"""Notes of FHIR R4: DocumentReference and DiagnosticReport in bundles (JSON) and Bulk Data (NDJSON).

Of an attachment in several formats the plainest that can be read is taken. Links are followed only to Binary resources of the same bundle,
file or folder, never to a server. A DocumentReference is dated by its attachment's creation, else by ``date``, else by its period; a
DiagnosticReport by ``effective``, the time of the exam, else by ``issued``.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from extractor.markup import Content, Converter, Unreadable, kind_of
from extractor.sources.rows import Row, note_type

READ = ("DocumentReference", "DiagnosticReport")
ORDER = ("plain", "html", "rtf", "cda")
VOID = {"entered-in-error": "entered in error", "superseded": "superseded by another document", "cancelled": "cancelled"}
BLANK = re.compile(r"\s+")
Json = Mapping[str, Any]
Binaries = Callable[[str], Json | None]
"""The Binary resource of an id, if it is at hand."""


def bundle_rows(content: Any, convert: Converter) -> Iterator[Row]:
    """Rows of a bundle, or of a single resource. ``content`` is parsed JSON."""
    entries = list(_entries(content))
    binaries = {str(r.get("id")): r for _, r in entries if isinstance(r, Mapping) and r.get("resourceType") == "Binary"}
    found = False
    for where, resource in entries:
        for row in resource_rows(where, resource, convert, binaries.get):
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


def ndjson_rows(lines: Iterable[str], convert: Converter, binaries: Binaries = lambda _: None) -> Iterator[Row]:
    """Rows of Bulk Data: one resource (or bundle) a line."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        where = f"line {number}"
        try:
            content = json.loads(line)
        except (ValueError, RecursionError):
            yield where, "not JSON on one line"
            continue
        if isinstance(content, Mapping) and content.get("resourceType") == "Bundle":
            yield from ((f"{where}, {inner}", fields) for inner, fields in bundle_rows(content, convert))
        else:
            yield from resource_rows(where, content, convert, binaries)


class Nearby:
    """Binary resources of NDJSON files, found by their place in the file, not held in memory."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._places: dict[str, tuple[Path, int]] | None = None
        self._files = files

    def __call__(self, name: str) -> Json | None:
        """The resource with this id."""
        if self._places is None:
            self._places = {i: (path, at) for path in self._files for i, at in _binary_places(path)}
        if name not in self._places:
            return None
        path, at = self._places[name]
        with path.open("rb") as file:
            file.seek(at)
            found = json.loads(file.readline())
            return found if isinstance(found, dict) else None


BINARY = re.compile(rb'"resourceType"\s*:\s*"Binary"')


def _binary_places(path: Path) -> Iterator[tuple[str, int]]:
    at = 0
    with path.open("rb") as file:
        for line in file:
            if BINARY.search(line):
                with contextlib.suppress(ValueError, AttributeError, RecursionError):
                    yield str(json.loads(line).get("id")), at
            at += len(line)


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
    return {
        "note_id": f"{resource['resourceType']}/{resource['id']}" if resource.get("id") else _identifier(resource),
        "patient_id": _patient(resource),
        "note_date": _document_date(resource, used) if document else _report_date(resource),
        "note_type": note_type(list(_codes(resource))) or (None if document else "radiology" if _is_imaging(resource) else None),
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


def _is_imaging(resource: Json) -> bool:
    return bool(resource.get("imagingStudy"))


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


def _content(attachment: Json, binaries: Binaries) -> Content:
    media, data = str(attachment.get("contentType") or ""), attachment.get("data")
    if data is None and attachment.get("url"):
        name = str(attachment["url"]).rpartition("Binary/")[2].split("/")[0]
        binary = binaries(name)
        if binary is None:
            raise Unreadable("the attachment is a link; export its Binary resource beside it")
        media, data = media or str(binary.get("contentType") or ""), binary.get("data")
    if not isinstance(data, str) or not data:
        raise Unreadable("an attachment without data")
    try:
        return Content(base64.b64decode(BLANK.sub("", data), validate=True), media)
    except (binascii.Error, ValueError):
        raise Unreadable("the attachment is not base64") from None
