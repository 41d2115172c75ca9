"""Read notes: tables (CSV, TSV, JSON lines, Parquet), FHIR, HL7 v2, C-CDA, OMOP, RTF, HTML, standard input, or a folder of files.

Streams; a bad row or item costs only itself.

Offsets everywhere refer to the text as it comes out of here: decoded, markup turned to text, otherwise untouched.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import shutil
import sys
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

from extractor.errors import InputError
from extractor.markup import Content, Converter, Unreadable, whole
from extractor.model import Note
from extractor.schema import NOTE_TYPES
from extractor.sources import fhir
from extractor.sources.rows import Row, note_type

REQUIRED = ("note_id", "patient_id", "note_date", "text")
FIELDS = (*REQUIRED, "note_type")
FORMATS = ("csv", "tsv", "jsonl", "parquet", "folder", "fhir", "hl7", "cda", "omop", "rtf", "html")
SUFFIXES = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".hl7": "hl7",
    ".xml": "cda",
    ".cda": "cda",
    ".rtf": "rtf",
    ".html": "html",
    ".htm": "html",
}
LOOSE = (".txt", ".text", "", ".rtf", ".html", ".htm")
"""Files of a folder that are one note each, its fields in the file's name."""
EXCHANGED = (".json", ".ndjson", ".hl7", ".xml", ".cda")
"""Files of a folder that hold notes with their fields."""
PACKED = (".json", ".ndjson")
"""Files of a folder that are read also when gzip has packed them."""
LONGEST_FIELD = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that is no note, and why. Never holds text of the note."""

    file: str
    row: str
    reason: str


@dataclass(frozen=True, slots=True)
class Options:
    """How to read: ``columns`` maps our field names to those of the file."""

    format: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    encoding: str | None = None
    day_first: bool = False
    manifest: Path | None = None
    pattern: str = "{patient_id}_{note_date}_{note_type}"
    last_first: bool = False
    """Read the files of a folder from the last name to the first, so that of a note in two of them the later one stands."""


def read_notes(source: str | Path, options: Options | None = None, unique: bool = True) -> Iterator[Note | Reject]:
    """Notes and rejects of a file, a folder, a database address or ``-`` (standard input), in their order.

    A repeated note id is a reject; without ``unique`` this is left to the caller, and no ids are kept in memory. Raises InputError if the source cannot be read or lacks a column.
    """
    options = options or Options()
    name, kind = _kind(source, options)
    with Converter() as convert:
        yield from _checked(name, _rows(source, kind, options, convert), options, unique)


def of_rows(name: str, rows: Iterable[Row], options: Options) -> Iterator[Note | Reject]:
    """Notes and rejects of rows of fields that somebody else read, in their order; repeated note ids are left to the caller."""
    return _checked(name, rows, options, unique=False)


def of_bytes(name: str, content: bytes, kind: str, options: Options) -> Iterator[Note | Reject]:
    """The same of a whole CSV, TSV or JSON lines file that somebody else fetched; packed where its name ends with .gz.

    Raises InputError as read_notes does, and OSError, EOFError or zlib.error where it cannot be unpacked.
    """
    raw: IO[bytes] = io.BytesIO(gzip.decompress(content) if name.endswith(".gz") else content)
    stream = _decoded(raw, options.encoding)
    rows = _json_lines(stream, options) if kind == "jsonl" else _delimited(stream, "\t" if kind == "tsv" else ",", options, name)
    return of_rows(name, rows, options)


def located(header: Iterable[str], options: Options, name: str) -> dict[str, str]:
    """Our field names and those of the columns that hold them. Raises InputError naming what is missing."""
    names = list(header)
    return {ours: names[at] for ours, at in _columns(names, options, name).items()}


def _checked(name: str, rows: Iterable[Row], options: Options, unique: bool) -> Iterator[Note | Reject]:
    seen: set[str] = set()
    for where, fields in rows:
        if isinstance(fields, str):
            yield Reject(name, where, fields)
            continue
        note = _note(fields, options, f"{name}:{where}")
        if isinstance(note, Note) and note.note_id in seen:
            note = "repeated note id"
        if isinstance(note, str):
            yield Reject(name, where, note)
            continue
        if unique:
            seen.add(note.note_id)
        yield note


def _kind(source: str | Path, options: Options) -> tuple[str, str]:
    if options.format and options.format not in FORMATS:
        raise InputError(f"unknown format {options.format!r}; known are {', '.join(FORMATS)}")
    if str(source) == "-":
        if options.format not in (None, "csv", "tsv", "jsonl", "fhir"):
            raise InputError(f"standard input is read as csv, tsv, jsonl or fhir (NDJSON), not as {options.format}; give a file")
        return "stdin", options.format or "stdin"
    if "://" in str(source):
        return shown(source), "omop"
    path = Path(source)
    if not path.exists():
        raise InputError(f"{path}: no such file or folder")
    if path.is_dir():
        return path.name, "folder"
    kind = options.format or SUFFIXES.get(_ending(path))
    if kind is None:
        raise InputError(f"{path.name}: cannot tell the format from the name; add --input-format {', '.join(FORMATS)}")
    if kind == "jsonl" and not options.format and not options.columns and _is_fhir(path):
        kind = "fhir"
    return path.name, kind


def shown(source: str | Path) -> str:
    """The source as messages may name it: a database address without its password. Raises InputError if it is none."""
    if "://" not in str(source):
        return str(source)
    from extractor.sources import omop

    return omop.shown(str(source))


def _ending(path: Path) -> str:
    """The suffix that tells what a file is, packed or not."""
    return (Path(path.stem) if path.suffix == ".gz" else path).suffix.lower()


RESOURCE = re.compile(r'"resourceType"\s*:\s*"[A-Z]')


def _is_fhir(path: Path) -> bool:
    """Does a JSON file begin as a FHIR resource does, by its ``resourceType``?"""
    try:
        with _text(path, None) as stream:
            head = stream.read(100_000)
    except OSError:
        return False
    return _begins_resource(head)


def _begins_resource(head: str) -> bool:
    return head.lstrip().startswith("{") and bool(RESOURCE.search(head)) and '"note_id"' not in head


def _rows(source: str | Path, kind: str, options: Options, convert: Converter) -> Iterator[Row]:
    if kind == "folder":
        return _folder(Path(source), options, convert)
    if kind == "parquet":
        return _parquet(Path(source), options)
    if kind == "omop":
        from extractor.sources import omop

        return omop.rows(str(source))
    if kind in ("rtf", "html"):
        return iter([_named(Path(source), Path(source).name, options, convert)])
    if kind in ("fhir", "hl7", "cda") and str(source) != "-":
        return _exchanged(Path(source), kind, "", convert, fhir.Binaries([Path(source)]))
    try:
        stream = _text(source, options.encoding)
    except OSError as error:
        raise InputError(f"{source}: cannot be read: {error.strerror or type(error).__name__}") from None
    if kind == "stdin":
        kind = _sniffed(stream)
    if kind == "fhir":
        return fhir.ndjson_rows(stream, convert)
    return _json_lines(stream, options) if kind == "jsonl" else _delimited(stream, "\t" if kind == "tsv" else ",", options, str(source))


def _sniffed(stream: IO[str]) -> str:
    """What standard input holds, by its first line: Bulk Data, JSON lines, or a table with tabs or commas."""
    first = stream.readline()
    stream.seek(0)
    if _begins_resource(first):
        return "fhir"
    return "jsonl" if first.lstrip().startswith(("{", "[")) or not first.strip() else "tsv" if "\t" in first else "csv"


# ---- decoding -------------------------------------------------------------------------------------------------------------


def _text(source: str | Path, encoding: str | None) -> IO[str]:
    """Lines of a file, undecodable bytes kept as surrogates so that only their row is lost."""
    if str(source) == "-":
        raw: IO[bytes] = _spooled(sys.stdin.buffer)
    else:
        path = Path(source)
        raw = gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # type: ignore[assignment]  # noqa: SIM115  the wrapper closes it
    return _decoded(raw, encoding)


def _decoded(raw: IO[bytes], encoding: str | None) -> IO[str]:
    chosen = encoding or _encoding(raw)
    raw.seek(0)
    return io.TextIOWrapper(raw, encoding=chosen, errors="surrogateescape" if chosen.startswith("utf-8") else "replace", newline="")


IN_MEMORY = 16 * 2**20


def _spooled(stream: IO[bytes]) -> IO[bytes]:
    """Standard input, to be read more than once; what is long goes to a file without a name."""
    kept = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  the wrapper closes it
    shutil.copyfileobj(stream, kept, 2**20)
    kept.seek(0)
    return kept


MULTIBYTE = re.compile(rb"[\xc2-\xf4][\x80-\xbf]+")


def _encoding(raw: IO[bytes]) -> str:
    """UTF-16 and UTF-8 by their marks; else UTF-8 unless the bytes beyond ASCII never form UTF-8, which is what Windows-1252 looks like."""
    head = raw.read(4)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if head.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    raw.seek(0)
    good = bad = 0
    held = b""
    while block := raw.read(2**20):
        whole = UNFINISHED.sub(b"", held + block)
        held = (held + block)[len(whole) :]
        good, bad = _counted(whole, good, bad)
    good, bad = _counted(held, good, bad)
    return "cp1252" if bad and not good else "utf-8"


UNFINISHED = re.compile(rb"[\xc2-\xf4][\x80-\xbf]{0,2}\Z")
"""What may go on in the next block."""


def _counted(block: bytes, good: int, bad: int) -> tuple[int, int]:
    if block.isascii():
        return good, bad
    pairs = sum(len(m) for m in MULTIBYTE.findall(block))
    return good + pairs, bad + sum(byte > 127 for byte in block) - pairs


# ---- formats --------------------------------------------------------------------------------------------------------------


def _delimited(stream: IO[str], delimiter: str, options: Options, name: str) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_FIELD)
    reader = csv.reader(stream, delimiter=delimiter)
    try:
        header = next(reader)
    except StopIteration:
        raise InputError(f"{Path(name).name}: the file is empty; a header row is needed") from None
    except (csv.Error, UnicodeError):
        raise InputError(f"{Path(name).name}: not a readable table; is it binary or compressed?") from None
    columns = _columns([h.strip() for h in header], options, Path(name).name)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, UnicodeError) as error:
            yield f"row {number}", f"not a readable row ({type(error).__name__})"
            continue
        if len(cells) != len(header):
            if cells:
                yield f"row {number}", f"has {len(cells)} cells, the header has {len(header)}"
            continue
        yield f"row {number}", {ours: cells[at] for ours, at in columns.items()}


def _columns(header: list[str], options: Options, name: str) -> dict[str, int]:
    """Where each of our fields stands; an InputError names what is missing and what there is."""
    lower = [h.lower() for h in header]
    places: dict[str, int] = {}
    for ours in FIELDS:
        wanted = options.columns.get(ours, ours)
        if wanted in header:
            places[ours] = header.index(wanted)
        elif wanted.lower() in lower:
            places[ours] = lower.index(wanted.lower())
        elif ours in REQUIRED or ours in options.columns:
            raise InputError(f"{name}: no column {wanted!r}; it has {', '.join(header[:20])}. Name yours with --column {ours}=NAME")
    return places


def _json_lines(stream: IO[str], options: Options) -> Iterator[Row]:
    first = True
    for number, line in enumerate(stream, 1):
        if not line.strip():
            continue
        where = f"line {number}"
        try:
            record = json.loads(line)
        except (json.JSONDecodeError, RecursionError):
            yield where, "not a JSON object on one line"
            continue
        if not isinstance(record, dict):
            yield where, "not a JSON object"
            continue
        if first:
            _columns(list(record), options, "the JSON lines") if len(record) else None
            first = False
        yield where, {ours: record.get(options.columns.get(ours, ours)) for ours in FIELDS}


def _parquet(path: Path, options: Options) -> Iterator[Row]:
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
    except Exception as error:
        raise InputError(f"{path.name}: not a readable Parquet file ({type(error).__name__})") from None
    columns = _columns(list(file.schema_arrow.names), options, path.name)
    names = [file.schema_arrow.names[at] for at in columns.values()]
    number = 0
    for batch in file.iter_batches(batch_size=1_000, columns=names):
        for record in batch.to_pylist():
            number += 1
            yield f"row {number}", {ours: record[name] for ours, name in zip(columns, names, strict=True)}


def _exchanged(path: Path, kind: str, prefix: str, convert: Converter, binaries: fhir.Binaries) -> Iterator[Row]:
    """Rows of a FHIR, HL7 v2 or CDA file."""
    try:
        if kind == "cda":
            from extractor.sources import cda

            yield from cda.rows(path, prefix or "document", convert)
            return
        if kind == "hl7":
            from extractor.sources import hl7v2

            with path.open("rb") as stream:
                yield from _under(prefix, hl7v2.rows(stream, convert))
            return
        yield from _under(prefix, _fhir(path, convert, binaries))
    except (EOFError, zlib.error, gzip.BadGzipFile):
        if not prefix:
            raise
        yield prefix, "is no gzip file, or cut off; notes before that place were read"
    except OSError as error:
        raise InputError(f"{path.name}: cannot be read: {error.strerror or type(error).__name__}") from None


def _under(prefix: str, rows: Iterable[Row]) -> Iterator[Row]:
    return ((f"{prefix}, {where}" if prefix else where, fields) for where, fields in rows)


def _fhir(path: Path, convert: Converter, binaries: fhir.Binaries) -> Iterator[Row]:
    """A file with one resource a line is Bulk Data; one that is a JSON value as a whole is a bundle or a resource."""
    with _text(path, None) as stream:
        first = stream.readline(fhir.LONGEST)
        try:
            json.loads(first)
            lines = bool(stream.readline(fhir.LONGEST).strip())
        except (ValueError, RecursionError):
            lines = _ending(path) in (".ndjson", ".jsonl")
        stream.seek(0)
        if lines:
            yield from fhir.ndjson_rows(stream, convert, binaries)
            return
        text = stream.read(fhir.LONGEST + 1)
        if len(text) > fhir.LONGEST:
            yield "file", f"a bundle of more than {fhir.LONGEST:,} characters; export Bulk Data (NDJSON) instead"
            return
        try:
            content = json.loads(text)
        except (ValueError, RecursionError):
            yield "file", "not JSON"
            return
    yield from fhir.bundle_rows(content, convert, binaries)


def _folder(folder: Path, options: Options, convert: Converter) -> Iterator[Row]:
    """Files of notes: FHIR, HL7 v2 and CDA tell their fields; text, RTF and HTML have them in a manifest (column ``file``) or in their names."""
    if options.manifest:
        yield from _listed(folder, options, convert)
        return
    files = sorted((p for p in folder.rglob("*") if p.is_file() and is_of_folder(p)), reverse=options.last_first)
    if not files:
        raise InputError(
            f"{folder}: no notes in this folder: neither text, RTF or HTML files (*.txt, *.rtf, *.html) nor FHIR, HL7 v2 or CDA"
        )
    with fhir.Binaries([p for p in files if _ending(p) == ".ndjson"]) as binaries:
        for path in files:
            where = path.relative_to(folder).as_posix()
            if path.suffix.lower() in LOOSE:
                yield _named(path, where, options, convert)
            else:
                kind = SUFFIXES[_ending(path)]
                yield from _exchanged(path, "fhir" if kind == "jsonl" else kind, where, convert, binaries)


def is_of_folder(path: Path) -> bool:
    """Is a file one that a folder is read for: a note, or notes with their fields?"""
    return not path.name.startswith(".") and (path.suffix.lower() in (*LOOSE, *EXCHANGED) or _ending(path) in PACKED)


def _named(path: Path, where: str, options: Options, convert: Converter) -> Row:
    """A file that is a note, its fields in its name."""
    match = _pattern(options.pattern).fullmatch(path.stem)
    if not match:
        return where, f"the file name does not fit the pattern {options.pattern}"
    found = match.groupdict()
    try:
        text = _file_text(path, options, convert)
    except Unreadable as error:
        return where, str(error)
    return where, {"note_id": found.get("note_id") or path.stem, **{k: v for k, v in found.items() if k != "note_id"}, "text": text}


def _listed(folder: Path, options: Options, convert: Converter) -> Iterator[Row]:
    manifest = Path(str(options.manifest))
    stream = _text(manifest, options.encoding)
    reader = csv.DictReader(stream)
    if "file" not in (reader.fieldnames or []):
        raise InputError(f"{manifest.name}: no column 'file'; a manifest has file, patient_id, note_date and perhaps note_id, note_type")
    for number, row in enumerate(reader, 1):
        path = folder / str(row["file"])
        if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
            yield f"row {number}", "the file it names is not in the folder"
            continue
        try:
            text = _file_text(path, options, convert)
        except Unreadable as error:
            yield f"row {number}", str(error)
            continue
        yield (
            f"row {number}",
            {
                "note_id": row.get("note_id") or path.stem,
                **{k: row.get(options.columns.get(k, k)) for k in ("patient_id", "note_date", "note_type")},
                "text": text,
            },
        )


def _file_text(path: Path, options: Options, convert: Converter) -> str:
    if (kind := SUFFIXES.get(path.suffix.lower())) in ("rtf", "html"):
        media = f"text/{kind}" + (f"; charset={options.encoding}" if options.encoding else "")
        return convert.text(Content(whole(path), media), kind)
    with _text(path, options.encoding) as stream:
        return stream.read()


def _pattern(text: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", text)
    regex = "".join(re.escape(p) if i % 2 == 0 else f"(?P<{p}>.+?)" for i, p in enumerate(parts))
    return re.compile(regex)


# ---- one note -------------------------------------------------------------------------------------------------------------


CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")


def _note(fields: Mapping[str, Any], options: Options, source: str) -> Note | str:
    """The note that a row holds, or the reason why it holds none."""
    note_id, patient = _plain(fields.get("note_id")), _plain(fields.get("patient_id"))
    if not note_id:
        return "no note id"
    if not patient:
        return "no patient id"
    if _undecodable(note_id) or _undecodable(patient):
        return "undecodable id"
    when = parse_date(fields.get("note_date"), options.day_first)
    if isinstance(when, str):
        return when
    text = fields.get("text")
    if not isinstance(text, str) or not text.strip():
        return "no text"
    if _undecodable(text):
        return "undecodable text"
    if len(CONTROL.findall(text[:10_000])) > 0.02 * min(len(text), 10_000) or "\x00" in text:
        return "binary text"
    kind = _plain(fields.get("note_type"))
    return Note(note_id, patient, when, text, kind.lower() if kind.lower() in NOTE_TYPES else note_type((), [kind]), source)


SURROGATE = re.compile("[\ud800-\udfff]")


def _undecodable(text: str) -> bool:
    return not text.isascii() and SURROGATE.search(text) is not None


def _plain(value: Any) -> str:
    if value is None or value != value:  # NaN
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:\d{4,6})?")
NUMERIC = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d\d)(?:[ T].*)?")
NAMED = ("%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d%b%Y", "%d-%b-%y", "%Y/%m/%d")


def parse_date(value: Any, day_first: bool = False) -> date | str:
    """A date in the usual forms, or the reason why it is none. Of 03/04/2020 the month is 3 unless ``day_first``."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = _plain(value)
    if not text:
        return "no date"
    try:
        return _date(text, day_first)
    except ValueError:
        return "not a date"


def _date(text: str, day_first: bool) -> date:
    for pattern in (ISO, COMPACT):
        if match := pattern.fullmatch(text):
            return date(int(match[1]), int(match[2]), int(match[3]))
    if match := NUMERIC.fullmatch(text):
        a, b, year = int(match[1]), int(match[2]), int(match[3])
        day, month = (a, b) if (day_first and b <= 12) or a > 12 else (b, a)
        return date(year + 2000 if year < 70 else year + 1900 if year < 100 else year, month, day)
    for form in NAMED:
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    raise ValueError("not a date")
