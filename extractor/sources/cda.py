"""C-CDA documents as notes: the narrative of their sections, the patient's first id, ``effectiveTime``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from extractor.markup import Content, Converter, Unreadable, whole
from extractor.sources.rows import Row, note_type


def rows(path: Path, where: str, convert: Converter) -> Iterator[Row]:
    """The row of a document."""
    try:
        text, head = convert.document(Content(whole(path), "text/xml"), "cda")
    except Unreadable as error:
        yield where, str(error)
        return
    fields = {k: head.get(k) for k in ("note_id", "patient_id", "note_date")}
    yield where, {**fields, "note_type": note_type([str(head.get("code"))], [str(head.get("name"))]), "text": text}
