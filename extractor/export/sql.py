"""The cohort tables in a database (PostgreSQL, SQLite, DuckDB) by SQLAlchemy: keys, comments, upserts, one transaction a chart.

Rows that are as they were are left alone, so that a second export writes nothing; rows that a chart no longer has are deleted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from extractor.errors import OutputError
from extractor.export.charts import ChartTables, Record
from extractor.model import Value
from extractor.schema import BY_NAME, Column, Table

if TYPE_CHECKING:
    import sqlalchemy as sa

DIALECTS = ("postgresql", "sqlite", "duckdb")
ORDER = (
    "patients",
    "notes",
    "mentions",
    "procedures",
    "lesions",
    "complications",
    "assessments",
    "outcomes",
    "treatments",
    "evidence",
    "drops",
    "claims",
)
"""Parents before children."""
NUMBERED = ("evidence", "drops", "claims")
"""Tables without a key of one column: keyed by patient and ``position``."""
REFERS = {
    ("notes", "patient_id"): "patients",
    ("mentions", "patient_id"): "patients",
    ("mentions", "note_id"): "notes",
    ("procedures", "patient_id"): "patients",
    ("lesions", "patient_id"): "patients",
    ("lesions", "procedure_id"): "procedures",
    ("lesions", "retreatment_of"): "lesions",
    ("complications", "patient_id"): "patients",
    ("complications", "procedure_id"): "procedures",
    ("assessments", "patient_id"): "patients",
    ("assessments", "lesion_id"): "lesions",
    ("outcomes", "patient_id"): "patients",
    ("outcomes", "lesion_id"): "lesions",
    ("outcomes", "procedure_id"): "procedures",
    ("treatments", "patient_id"): "patients",
    ("evidence", "patient_id"): "patients",
    ("drops", "patient_id"): "patients",
    ("claims", "patient_id"): "patients",
}
"""Foreign keys; each refers to the key of its table."""


@dataclass(frozen=True, slots=True)
class Written:
    """Rows of a chart that were inserted or changed, and deleted."""

    put: int = 0
    deleted: int = 0

    def __add__(self, other: Written) -> Written:
        return Written(self.put + other.put, self.deleted + other.deleted)


def metadata(foreign: bool = True) -> sa.MetaData:
    """The schema of the database, made from the cohort tables' own; ``foreign`` adds the foreign keys."""
    import sqlalchemy as sa

    found = sa.MetaData()
    for name in ORDER:
        table = BY_NAME[name]
        own = [_column(table, c, foreign) for c in table.columns]
        if name in NUMBERED:
            patient = [] if "patient_id" in table.names else [_column(table, BY_NAME["patients"]["patient_id"], foreign)]
            own = [
                *patient,
                sa.Column("position", sa.Integer, primary_key=True, autoincrement=False, comment="order within the patient"),
                *own,
            ]
        sa.Table(name, found, *own, comment=table.doc)
    return found


def _column(table: Table, column: Column, foreign: bool) -> sa.Column[Any]:
    import sqlalchemy as sa

    types = {"text": sa.Text, "integer": sa.Integer, "number": sa.Double, "boolean": sa.Boolean, "date": sa.Date}
    key = column.name == ("patient_id" if table.name in NUMBERED else table.key)
    parent = REFERS.get((table.name, column.name))
    refers = [sa.ForeignKey(f"{parent}.{BY_NAME[parent].key}")] if parent and foreign else []
    words = f"{column.doc}: {', '.join(column.values)}" if column.values else column.doc
    return sa.Column(column.name, types[column.type], *refers, primary_key=key, nullable=not key, comment=words)


def shown(address: str) -> str:
    """The address without its password and its options, which may hold one. Raises OutputError if it is none."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(address).set(query={}).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):
        raise OutputError("not a database address; write it as sqlite:///cohort.db or postgresql+psycopg://user@host/database") from None


class Database:
    """A database with our tables; made where they are not there yet. A context manager."""

    def __init__(self, address: str) -> None:
        """Raises OutputError if it cannot be opened, is of another kind, or holds tables of another version."""
        import sqlalchemy as sa

        name = shown(address)
        try:
            self._engine = sa.create_engine(address)
            if self._engine.dialect.name not in DIALECTS:
                raise OutputError(f"{name}: {self._engine.dialect.name} is not supported; {', '.join(DIALECTS)} are")
            if self._engine.dialect.name == "sqlite":
                sa.event.listen(self._engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys = ON"))
            self._tables = metadata(foreign=self._engine.dialect.name != "duckdb")  # its foreign keys forbid updates of parents
            self._tables.create_all(self._engine)
            self._check(name)
        except (sa.exc.SQLAlchemyError, ImportError) as error:
            raise OutputError(f"{name}: cannot be opened ({type(error).__name__})") from None

    def _check(self, name: str) -> None:
        import sqlalchemy as sa

        with self._engine.connect() as connection:
            for table in self._tables.sorted_tables:
                there = set(connection.execute(sa.text(f'SELECT * FROM "{table.name}" WHERE 1 = 0')).keys())
                for column in (c.name for c in table.columns if c.name not in there):
                    raise OutputError(
                        f"{name}: table {table.name} lacks column {column}; it is of another version, export to a new database"
                    )

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.dispose()

    def put(self, chart: ChartTables) -> Written:
        """Bring the rows of a chart up to date, all of them or none. Raises sqlalchemy.exc.SQLAlchemyError."""
        written = Written()
        with self._engine.begin() as connection:
            gone: dict[str, list[Mapping[str, Any]]] = {}
            for name in ORDER:
                changed, gone[name] = self._difference(connection, name, chart)
                self._upsert(connection, name, changed)
                written += Written(len(changed))
            for name in reversed(ORDER):
                written += Written(0, self._delete(connection, name, gone[name]))
        return written

    def patients(self) -> list[str]:
        """The patients whose charts stand in the database."""
        import sqlalchemy as sa

        patients = self._tables.tables["patients"]
        with self._engine.connect() as connection:
            return sorted(connection.execute(sa.select(patients.c.patient_id)).scalars())

    def withdraw(self, patient: str) -> Written:
        """Delete a chart, all of it or nothing. Raises sqlalchemy.exc.SQLAlchemyError."""
        return self.put(ChartTables(patient, {}))

    def _difference(
        self, connection: sa.Connection, name: str, chart: ChartTables
    ) -> tuple[list[dict[str, Value]], list[Mapping[str, Any]]]:
        """(rows that are new or changed, keys of rows that the chart no longer has; of lesions the later treatments first)."""
        import sqlalchemy as sa

        table = self._tables.tables[name]
        keys = [c.name for c in table.primary_key]
        found = connection.execute(sa.select(table).where(table.c.patient_id == chart.patient_id)).mappings()
        stored = [dict(r) for r in found]
        there = {tuple(r[k] for k in keys): r for r in (reversed(_in_order(stored)) if name == "lesions" else stored)}
        rows = {tuple(r[k] for k in keys): r for r in records(chart, name)}
        return [r for k, r in rows.items() if there.get(k) != r], [dict(zip(keys, k, strict=True)) for k in there if k not in rows]

    def _upsert(self, connection: sa.Connection, name: str, rows: Sequence[Mapping[str, Value]]) -> None:
        from sqlalchemy.dialects import postgresql, sqlite

        if not rows:
            return
        table = self._tables.tables[name]
        keys = [c.name for c in table.primary_key]
        insert = (sqlite if self._engine.dialect.name == "sqlite" else postgresql).insert(table)
        others = {c.name: insert.excluded[c.name] for c in table.columns if c.name not in keys}
        if self._engine.dialect.name == "duckdb":
            insert = insert.from_select(list(table.columns.keys()), _registered(connection, table, rows))
        upsert = insert.on_conflict_do_update(index_elements=keys, set_=others)
        connection.execute(upsert) if self._engine.dialect.name == "duckdb" else connection.execute(upsert, list(rows))

    def _delete(self, connection: sa.Connection, name: str, gone: Sequence[Mapping[str, Any]]) -> int:
        import sqlalchemy as sa

        table = self._tables.tables[name]
        if gone:
            where = [c == sa.bindparam(f"key_{c.name}") for c in table.primary_key]
            connection.execute(sa.delete(table).where(*where), [{f"key_{k}": v for k, v in g.items()} for g in gone])
        return len(gone)


def _registered(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Value]]) -> sa.Select[Any]:
    """Rows as a view of DuckDB's: it takes whole columns a hundred times faster than rows."""
    import pandas as pd
    import sqlalchemy as sa

    frame = pd.DataFrame({c.name: pd.Series([r[c.name] for r in rows], dtype=object) for c in table.columns})
    connection.execute(sa.text("register(:name, :df)"), {"name": "incoming", "df": frame})
    return sa.select(*(sa.cast(sa.column(c.name), c.type) for c in table.columns)).select_from(sa.text("incoming"))


def records(chart: ChartTables, name: str) -> Iterator[dict[str, Value]]:
    """Rows of a table as the database holds them; a lesion comes after the one it retreats."""
    for position, row in enumerate(_in_order(chart[name]) if name == "lesions" else chart[name]):
        if name in NUMBERED:
            yield {"patient_id": chart.patient_id, "position": position, **row}
        else:
            yield dict(row)


def _in_order(rows: Sequence[Record]) -> list[Record]:
    before = {r["lesion_id"]: r["retreatment_of"] for r in rows}

    def depth(lesion: Value) -> int:
        steps = 0
        while (lesion := before.get(lesion)) is not None and steps <= len(rows):
            steps += 1
        return steps

    return sorted(rows, key=lambda r: depth(r["lesion_id"]))
