"""Notes of HL7 v2 files: ORU (results) and MDM (documents), one or many messages, bare, in a batch, or framed by MLLP.

One note for each OBR of an ORU with text, and one for an MDM. Text is that of the OBX segments (TX, FT, ST lines; ED as base64 or text).
The patient is PID-3, the day OBR-7 (the exam) or TXA-4 (the activity); the id is the filler's order number or the document's number,
and the message's own, so that a corrected report is a note beside the first.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import IO, Any

from extractor.markup import Content, Converter, Unreadable
from extractor.markup.content import decoded
from extractor.sources.rows import Row, note_type

TEXT = ("TX", "FT", "ST")
ESCAPE = re.compile(r"\\(\.br|\.sp\d*|\.in[+-]?\d*|\.ti[+-]?\d*|\.fi|\.nf|\.ce|\.sk\d*|[A-Z]|X[0-9A-Fa-f]+|Z[^\\]*)\\")
CHARSETS = {"UNICODE UTF-8": "utf-8", "UNICODE": "utf-8", "8859/1": "latin-1", "8859/15": "iso8859-15", "ASCII": "ascii", "": None}
"""Encoding by MSH-18 (HL7 table 0211)."""
ENDED = {"D": "deleted", "X": "no results", "W": "recorded for the wrong patient"}
"""Result states (OBX-11, HL7 table 0085) under which a segment holds no text of this patient."""
START = re.compile(rb"(?:\A|[\r\n\x0b])\s*(?=MSH[^A-Za-z0-9\s])")
BLOCK = 1_000_000
LARGEST = 50_000_000
"""Bytes of one message."""
MOST = 200_000
"""Separators of one message; the parser makes an object of each field."""


def rows(stream: IO[bytes], convert: Converter) -> Iterator[Row]:
    """Rows of a file of messages, read as a stream."""
    number = 0
    for number, message in enumerate(split(stream), 1):
        where = f"message {number}"
        try:
            yield from _message(where, message, convert)
        except Unreadable as error:
            yield where, str(error)
        except Exception as error:  # a malformed message costs only itself
            yield where, f"not a well-formed HL7 v2 message ({type(error).__name__})"
    if not number:
        yield "file", "holds no HL7 v2 message (MSH segment)"


def split(stream: IO[bytes]) -> Iterator[bytes]:
    """The messages of a file, without the frames and batches around them; one that is too large is cut, and so told from a whole one."""
    held, inside = b"", False
    while block := stream.read(BLOCK):
        held += block
        starts = [m.end() for m in START.finditer(held)]
        for start, end in pairwise(starts):
            yield _unframed(held[start:end])
        if starts:
            held, inside = held[starts[-1] :], True
        elif not inside:
            held = held[-16:]
        held = held[: LARGEST + 1]
    if START.match(held):
        yield _unframed(held)


def _unframed(message: bytes) -> bytes:
    return re.split(rb"[\r\n](?:BTS|FTS|BHS|FHS)\b", message.partition(b"\x1c")[0])[0].rstrip(b"\x0b\r\n ")


@dataclass(slots=True)
class _Report:
    """One OBR (or TXA) with the text below it."""

    number: str
    day: str
    codes: list[str]
    name: str = ""
    lines: list[str] = field(default_factory=list)
    documents: list[Content] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


def _message(where: str, data: bytes, convert: Converter) -> Iterator[Row]:
    import hl7

    if len(data) > LARGEST or sum(data.count(c) for c in b"|^~&\r\n") > MOST:
        raise Unreadable(f"a message of more than {LARGEST // 1_000_000} MB or {MOST:,} separators")
    text = re.sub(r"\r\n|\n", "\r", decoded(data, _charset(data)))
    message = hl7.parse(text, encoding="utf-8")
    kind = _field(message[0], 9, 1)
    if kind not in ("ORU", "MDM"):
        yield where, f"a message of type {kind if re.fullmatch('[A-Z]{3}', kind) else '?'}; ORU and MDM are read"
        return
    patient, control = "", _field(message[0], 10)
    reports: list[_Report] = []
    for segment in message:
        name = str(segment[0])
        if name == "PID":
            patient = _field(segment, 3, 1) or _field(segment, 2, 1)
        elif name in ("OBR", "TXA"):
            reports = _opened(reports, segment, name, kind)
        elif name == "OBX" and reports:
            _observe(reports[-1], segment)
    yield from _rows(where, [r for r in reports if r.lines or r.documents or r.broken], patient, control, convert)


def _charset(data: bytes) -> str | None:
    head = data.partition(b"\r")[0].partition(b"\n")[0].split(data[3:4])
    told = head[17].decode("ascii", "replace").partition("~")[0].strip() if len(head) > 17 else ""
    return CHARSETS.get(told)


def _opened(reports: list[_Report], segment: Any, name: str, kind: str) -> list[_Report]:
    """Reports with a new one; in an MDM the TXA takes the place of orders before it."""
    if name == "TXA":
        day = _field(segment, 4) or _field(segment, 6) or _field(segment, 7)
        return [_Report(_field(segment, 12, 1), day, [_field(segment, 2, 1)], _field(segment, 2, 2))]
    if kind == "MDM":
        return reports
    number = _field(segment, 3, 1) or _field(segment, 2, 1)
    return [
        *reports,
        _Report(number, _field(segment, 7) or _field(segment, 22), [_field(segment, 24), _field(segment, 4, 1)], _field(segment, 4, 2)),
    ]


def _observe(report: _Report, segment: Any) -> None:
    kind = _field(segment, 2)
    if _field(segment, 11) in ENDED or len(segment) < 6:
        return
    if kind in TEXT:
        report.lines += [unescaped(str(r)) for r in segment[5]]
    elif kind == "ED":
        try:
            report.documents.append(_document(segment))
        except Unreadable as error:
            report.broken.append(str(error))


def _document(segment: Any) -> Content:
    """Encapsulated data: source ^ type ^ subtype ^ encoding ^ data."""
    parts = [_field(segment, 5, n) for n in range(1, 5)]
    data = str(segment[5][0][4][0]) if len(segment[5][0]) > 4 else ""
    media = {"RTF": "text/rtf", "HTML": "text/html", "PDF": "application/pdf", "XML": "text/xml"}.get(parts[2].upper(), "")
    if parts[3].upper() != "BASE64":
        return Content(unescaped(data).encode(), media)
    try:
        return Content(base64.b64decode("".join(data.replace("\\.br\\", "").split()), validate=True), media)
    except (binascii.Error, ValueError):
        raise Unreadable("an ED value that is not base64") from None


def _rows(where: str, reports: Sequence[_Report], patient: str, control: str, convert: Converter) -> Iterator[Row]:
    if not reports:
        yield where, "no text in it"
    for number, report in enumerate(reports, 1):
        place = where if len(reports) == 1 else f"{where}, report {number}"
        problems = list(report.broken)
        texts = ["\n".join(report.lines)] if report.lines else []
        for document in report.documents:
            try:
                texts.append(convert.text(document))
            except Unreadable as error:
                problems.append(str(error))
        if not texts:
            yield place, "; ".join(dict.fromkeys(problems))
            continue
        name = "/".join(p for p in (report.number, control) if p) + (f"#{number}" if len(reports) > 1 and not report.number else "")
        yield (
            place,
            {
                "note_id": name,
                "patient_id": patient,
                "note_date": report.day[:8] or None,
                "note_type": note_type(report.codes, [report.name]),
                "text": "\n\n".join(texts),
            },
        )


def _field(segment: Any, number: int, component: int = 0) -> str:
    """A field as text, or one of its components (from 1); empty where it is not there."""
    if len(segment) <= number:
        return ""
    value = segment[number]
    if not component:
        return str(value).strip()
    try:
        part = value[0][component - 1] if not isinstance(value[0], str) else value[0] if component == 1 else ""
    except (IndexError, TypeError):
        return ""
    return str(part).strip()


def unescaped(text: str) -> str:
    """Text without HL7's escape sequences (chapter 2, section 2.7)."""
    return ESCAPE.sub(lambda m: _meaning(m[1]), text)


PLAIN = {"F": "|", "S": "^", "T": "&", "R": "~", "E": "\\", "H": "", "N": "", "P": "#"}


def _meaning(code: str) -> str:
    if code in PLAIN:
        return PLAIN[code]
    if code[:3] in (".br", ".sp", ".ce", ".sk"):
        return " " * min(int(code[3:] or 1), 80) if code.startswith(".sk") else "\n" * min(int(code[3:] or 1), 3)
    if code.startswith("X"):
        try:
            return bytes.fromhex(code[1:]).decode("latin-1").replace("\r", "\n")
        except ValueError:
            return ""
    return ""
