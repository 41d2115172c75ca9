"""Notes of an OMOP CDM 5.4 database: table NOTE through any SQLAlchemy address, read as a stream."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from extractor.errors import InputError
from extractor.schema import NOTE_TYPES
from extractor.sources.rows import Row, note_type

COLUMNS = ("note_id", "person_id", "note_date", "note_title", "note_text")
BATCH = 1_000
IN_FILES = ("sqlite", "duckdb")
"""Databases that are a file, and make it where there is none."""


def shown(address: str) -> str:
    """The address without its password and its options, which may hold one."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(address).set(query={}).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):
        raise InputError("not a database address; write it as sqlite:///cdm.db or postgresql+psycopg://user@host/database") from None


def rows(address: str) -> Iterator[Row]:
    """Rows of NOTE. The schema of a PostgreSQL database is that of its search path. Raises InputError if the table cannot be read."""
    import sqlalchemy as sa

    name = shown(address)
    url = sa.make_url(address)
    if url.get_backend_name() in IN_FILES and not Path(url.database or "").is_file():
        raise InputError(f"{name}: no such file")
    note = sa.table("note", *(sa.column(c) for c in COLUMNS))
    try:
        engine = sa.create_engine(address)
        with engine.connect().execution_options(stream_results=True, yield_per=BATCH) as connection:
            for record in connection.execute(sa.select(*note.c).order_by(note.c.note_id)).mappings():
                yield f"note {record['note_id']}", _fields(record)
    except (sa.exc.SQLAlchemyError, ImportError) as error:
        raise InputError(f"{name}: table NOTE cannot be read ({type(error).__name__}); is it an OMOP CDM 5.4 database?") from None


def _fields(record: object) -> dict[str, object]:
    found = dict(record)  # type: ignore[call-overload]
    title = str(found["note_title"] or "")
    return {
        "note_id": found["note_id"],
        "patient_id": found["person_id"],
        "note_date": found["note_date"],
        "note_type": title if title in NOTE_TYPES else note_type((), [title]),
        "text": found["note_text"],
    }
