"""OMOP rows in a CDM database (PostgreSQL, SQLite) by SQLAlchemy: an export is one transaction.

Tables that are there, made by the standard's own DDL, are used as they are. The numbers that rows keep stand beside them in
``extractor_ledger``; tables that hold rows without it are somebody else's and are refused. Rows that are as they were are not written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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
Key = tuple[Any, ...]
Rows = Mapping[Key, Mapping[str, Any]]
"""Rows of a table by what tells them apart, ``omop.key``."""


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
        written, gone = Written(), {}
        for name, rows in omop.by_table(found).items():
            new = _by_key(name, ({c: r.get(c) for c in omop.names(name)} for r in rows))
            there = self._owned(name, person)
            written += self._write(name, new, {**there, **self._numbered(name, new.keys() - there.keys())})
            gone[name] = there.keys() - new.keys()
        for name in reversed(list(omop.COLUMNS)):
            written += self._delete(name, gone[name])
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
        before = {(g, k): (n, s) for g, k, n, s in self._stored_ledger()}
        after = {(g, k): (n, s) for g, k, n, s in self.ledger.rows()}
        gone = [k for k in before if before[k] != after.get(k)]
        new = [(*k, *v) for k, v in after.items() if before.get(k) != v]
        self._many(self._ledger.delete().where(*_is(self._ledger, HEADER[:2])), [_named(HEADER[:2], k) for k in gone])
        self._many(self._ledger.insert(), [dict(zip(HEADER, row, strict=True)) for row in new])

    # ---- one table --------------------------------------------------------------------------------------------------------

    def _owned(self, name: str, person: int) -> Rows:
        """A person's rows: by person, by note, or by mention."""
        import sqlalchemy as sa

        table, note, nlp = (self._tables.tables[t].c for t in (name, "note", "note_nlp"))
        notes = sa.select(note.note_id).where(note.person_id == person)
        if name == "note_nlp":
            return self._found(name, table.note_id.in_(notes))
        if name == "fact_relationship":
            return self._found(name, table.fact_id_1.in_(sa.select(nlp.note_nlp_id).where(nlp.note_id.in_(notes))))
        return self._found(name, table.person_id == person)

    def _numbered(self, name: str, keys: Collection[Key]) -> Rows:
        """Rows with these numbers, whosever they are: a patient may have got another person id."""
        found: dict[Key, Mapping[str, Any]] = {}
        left = iter(sorted(k[0] for k in keys) if len(omop.key(name)) == 1 else ())
        while some := list(islice(left, MOST_KEYS)):
            found |= self._found(name, self._tables.tables[name].columns[0].in_(some))
        return found

    def _found(self, name: str, where: sa.ColumnElement[bool]) -> Rows:
        import sqlalchemy as sa

        found = self._connection.execute(sa.select(self._tables.tables[name]).where(where)).mappings()
        return _by_key(name, map(dict, found))

    def _write(self, name: str, new: Rows, there: Rows) -> Written:
        table, key = self._tables.tables[name], omop.key(name)
        added = [r for k, r in new.items() if k not in there]
        changed = [dict(r) | _named(key, k) for k, r in new.items() if k in there and there[k] != r]
        self._many(table.insert(), added)
        self._many(table.update().where(*_is(table, key)), changed)
        return Written(len(added) + len(changed))

    def _delete(self, name: str, keys: Collection[Key]) -> Written:
        table, key = self._tables.tables[name], omop.key(name)
        self._many(table.delete().where(*_is(table, key)), [_named(key, k) for k in sorted(keys)])
        return Written(0, len(keys))

    def _many(self, statement: sa.Executable, values: Sequence[Mapping[str, Any]]) -> None:
        if values:
            self._connection.execute(statement, values)


def _by_key(name: str, rows: Iterable[Mapping[str, Any]]) -> Rows:
    key = omop.key(name)
    return {tuple(r[c] for c in key): r for r in rows}


def _is(table: sa.Table, columns: Sequence[str]) -> list[sa.ColumnElement[bool]]:
    import sqlalchemy as sa

    return [table.c[c] == sa.bindparam(f"key_{c}") for c in columns]


def _named(columns: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    return {f"key_{c}": v for c, v in zip(columns, values, strict=True)}
