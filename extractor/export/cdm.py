"""OMOP rows in a CDM database (PostgreSQL, SQLite) by SQLAlchemy: an export is one transaction.

Tables that are there, made by the standard's own DDL, are used as they are. The numbers that rows keep stand beside them in
``extractor_ledger``; tables that hold rows without it are somebody else's and are refused. Rows that are as they were are not written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

from extractor.errors import OutputError
from extractor.export import omop
from extractor.export.ledger import HEADER, Ledger
from extractor.export.sql import Written, shown

if TYPE_CHECKING:
    import sqlalchemy as sa

DIALECTS = ("postgresql", "sqlite")
LEDGER = "extractor_ledger"
MOST_KEYS = 10_000
"""Keys in one question; databases bound the number of values."""
Rows = Mapping[int, Mapping[str, Any]]
"""Rows of a table by the number in its first column."""


@contextmanager
def opened(address: str) -> Iterator[Cdm]:
    """The database, in a transaction that ends well or changes nothing. Raises OutputError if it cannot be opened or written."""
    import sqlalchemy as sa

    name = shown(address)
    try:
        engine = sa.create_engine(address)
        if engine.dialect.name not in DIALECTS:
            raise OutputError(
                f"{name}: {engine.dialect.name} is not supported for omop; {', '.join(DIALECTS)} are, or write files with --out"
            )
        with engine.begin() as connection:
            yield Cdm(name, connection)
    except (sa.exc.SQLAlchemyError, ImportError) as error:
        raise OutputError(f"{name}: cannot be written ({type(error).__name__}); nothing in it was changed") from None


class Cdm:
    """The tables of a CDM database within a transaction."""

    def __init__(self, name: str, connection: sa.Connection) -> None:
        """Raises OutputError if the tables hold rows that no export of ours wrote."""
        import sqlalchemy as sa

        self._connection = connection
        self._tables = omop.metadata()
        kinds = dict.fromkeys(HEADER, sa.Text) | {"number": sa.Integer}
        self._ledger = sa.Table(LEDGER, self._tables, *(sa.Column(c, k, primary_key=c in ("group", "key")) for c, k in kinds.items()))
        if not sa.inspect(connection).has_table(LEDGER):
            self._refuse_rows(name)
        self._tables.create_all(connection)
        self.ledger = Ledger()
        for group, key, number, _ in self._stored_ledger():
            self.ledger.add(group, key, number)

    def _refuse_rows(self, name: str) -> None:
        import sqlalchemy as sa

        for table in filter(sa.inspect(self._connection).has_table, omop.COLUMNS):
            if self._connection.execute(sa.select(sa.literal(1)).select_from(self._tables.tables[table]).limit(1)).first():
                raise OutputError(f"{name}: table {table} holds rows of others; give a database or a schema of its own")

    def _stored_ledger(self) -> list[tuple[str, str, int, str]]:
        import sqlalchemy as sa

        return [(r[0], r[1], r[2], r[3]) for r in self._connection.execute(sa.select(self._ledger))]

    def put(self, person: int, found: Sequence[omop.Row]) -> Written:
        """Bring the rows of a person up to date."""
        rows = omop.by_table(found)
        written, gone = Written(), {}
        for name, own in rows.items():
            table, columns = self._tables.tables[name], omop.names(name)
            new = {int(r[columns[0]]): {c: r.get(c) for c in columns} for r in own}
            there = self._owned(table, person)
            elsewhere = self._numbered(table, new.keys() - there.keys())
            written += self._write(table, new, {**there, **elsewhere})
            gone[name] = there.keys() - new.keys()
        for name in reversed(rows):
            written += self._delete(self._tables.tables[name], gone[name])
        return written

    def leave(self, persons: Collection[int]) -> Written:
        """Delete every person but these, with all rows."""
        import sqlalchemy as sa

        person = self._tables.tables["person"].c.person_id
        written = Written()
        for gone in sorted(set(self._connection.execute(sa.select(person)).scalars()) - set(persons)):
            written += self.put(gone, ())
        return written

    def keep_numbers(self) -> None:
        """Write the ledger."""
        key = [self._ledger.c.group, self._ledger.c.key]
        before = {(g, k): (n, s) for g, k, n, s in self._stored_ledger()}
        after = {(g, k): (n, s) for g, k, n, s in self.ledger.rows()}
        gone = [k for k in before if before[k] != after.get(k)]
        new = [(*k, *v) for k, v in after.items() if before.get(k) != v]
        self._many(self._ledger.delete().where(*_named(key)), [_names(key, k) for k in gone])
        self._many(self._ledger.insert(), [dict(zip(HEADER, row, strict=True)) for row in new])

    # ---- one table --------------------------------------------------------------------------------------------------------

    def _owned(self, table: sa.Table, person: int) -> Rows:
        import sqlalchemy as sa

        note = self._tables.tables["note"]
        own = note.c.note_id if table.name == "note_nlp" else None
        where = table.c.person_id == person if own is None else table.c.note_id.in_(sa.select(own).where(note.c.person_id == person))
        return self._found(table, where)

    def _numbered(self, table: sa.Table, numbers: Collection[int]) -> Rows:
        """Rows with these numbers, whosever they are: a patient may have got another person id."""
        found: dict[int, Mapping[str, Any]] = {}
        left = iter(sorted(numbers))
        while some := list(islice(left, MOST_KEYS)):
            found |= self._found(table, table.columns[0].in_(some))
        return found

    def _found(self, table: sa.Table, where: sa.ColumnElement[bool]) -> Rows:
        import sqlalchemy as sa

        return {r[table.columns.keys()[0]]: dict(r) for r in self._connection.execute(sa.select(table).where(where)).mappings()}

    def _write(self, table: sa.Table, new: Rows, there: Rows) -> Written:
        added = [r for n, r in new.items() if n not in there]
        changed = [r for n, r in new.items() if n in there and there[n] != r]
        key = [table.columns[0]]
        self._many(table.insert(), added)
        self._many(table.update().where(*_named(key)), [dict(r) | _names(key, (r[key[0].name],)) for r in changed])
        return Written(len(added) + len(changed))

    def _delete(self, table: sa.Table, numbers: Collection[int]) -> Written:
        key = [table.columns[0]]
        self._many(table.delete().where(*_named(key)), [_names(key, (n,)) for n in sorted(numbers)])
        return Written(0, len(numbers))

    def _many(self, statement: sa.Executable, values: Sequence[Mapping[str, Any]]) -> None:
        if values:
            self._connection.execute(statement, values)


def _named(columns: Sequence[sa.Column[Any]]) -> list[sa.ColumnElement[bool]]:
    import sqlalchemy as sa

    return [c == sa.bindparam(f"key_{c.name}") for c in columns]


def _names(columns: Sequence[sa.Column[Any]], values: Sequence[Any]) -> dict[str, Any]:
    return {f"key_{c.name}": v for c, v in zip(columns, values, strict=True)}
