"""What a person has reviewed wins over whatever is read later. Used on both sides: before a chart is queued, and where a registry takes it in.

A reviewed cell keeps its value. Where text that was not there when it was reviewed says otherwise, the chart goes to review with a question; with the
text that was there, other rules change nothing. Reviewed rows that are no longer read stay, rows that are new in a finished chart come in only from new text, with a question.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from extractor.feed.document import Json

OTHERWISE = "text written since says otherwise"
NEW_ROW = "a new row, from text written since this chart was finished"
NO_LONGER = "no longer read, and there is text written since it was decided"
LINKED = {"procedure_id": "procedures", "lesion_id": "lesions", "retreatment_of": "lesions"}
"""The table whose rows a column names."""
BY_REGISTRY = "registry"
"""Who reviewed a cell that the registry's own people reviewed; only a registry gives it."""


def has_reviewed(content: Json | None) -> bool:
    """Does a person's decision stand anywhere in it?"""
    return content is not None and any(_reviewed(row) for rows in content["rows"].values() for row in rows)


def _reviewed(row: Json) -> bool:
    return row["reviewed"] or any(c["status"] == "reviewed" for c in row["cells"].values())


def merged(held: Json | None, new: Json, registry: bool = False) -> Json:
    """The chart as it stands once ``new`` was read, given what is ``held``. Neither is changed.

    Tables that come from a review (its status is not ``open``) know the decisions themselves, and are right where they differ from what was held; only
    what a ``registry``'s own people reviewed stays even then.
    """
    if held is None or not has_reviewed(held):
        return new
    if new["review"]["status"] == "back":
        new = _remembering(held, new)
    if new["review"]["status"] != "open" and not (registry and _any_of_registry(held)):
        return new
    return _Merge(held, new, only_registry=new["review"]["status"] != "open").content()


def _remembering(held: Json, new: Json) -> Json:
    """Tables of a chart that new text brought back do not tell what was read when people decided; what is held does."""
    review = {name: held["review"][name] for name in ("finished", "notes_read")}
    return {**new, "review": {**new["review"], **review}}


def _any_of_registry(content: Json) -> bool:
    return any(_by_registry(c) for rows in content["rows"].values() for r in rows for c in r["cells"].values())


def _by_registry(cell: Json) -> bool:
    return bool(cell["status"] == "reviewed" and cell.get("by") == BY_REGISTRY)


@dataclass(frozen=True, slots=True)
class _Merge:
    held: Json
    new: Json
    only_registry: bool

    def content(self) -> Json:
        questions: list[Json] = list(self.new["review"]["questions"])
        rows = {table: list(self._rows(table, questions)) for table in self.new["rows"]}
        return {**self.new, "rows": rows, "review": self._review(questions), "evidence": self._evidence(rows)}

    def _review(self, questions: list[Json]) -> Json:
        """``notes_read`` stays what it was: a question stands until a person answers it, however often the chart is read."""
        own = self.new["review"] if self.only_registry else self.held["review"]
        settled = own["status"] if own["status"] != "back" else "done" if own["finished"] else "begun"
        status = "back" if questions else settled
        return {"status": status, "finished": own["finished"], "notes_read": self.held["review"]["notes_read"], "questions": questions}

    def unseen(self) -> frozenset[str]:
        """Notes whose text was not there when people decided."""
        seen = set(self.held["review"]["notes_read"])
        return frozenset(n["note_id"] for n in self.new["notes"] if n["sha256"] not in seen)

    # -- rows

    def _rows(self, table: str, questions: list[Json]) -> Iterator[Json]:
        names = self._renamed()
        known = {names.get((table, r["id"]), r["id"]): r for r in self.held["rows"].get(table, ()) if self._counts(r)}
        for row in self.new["rows"][table]:
            if row["id"] in known:
                yield self._row(table, known.pop(row["id"]), row, questions)
            elif not self._finished():
                yield row
            elif self.unseen():
                questions.append(_question(table, row["id"], "", None, None, NEW_ROW))
                yield row
        for row in known.values():
            if self.unseen():
                questions.append(_question(table, row["id"], "", None, None, NO_LONGER))
            yield {**row, "links": {column: self._linked(column, to) for column, to in row["links"].items()}}

    def _renamed(self) -> dict[tuple[str, str], str]:
        """New ids of held rows, by table and old id."""
        held = {(t, r["id"]) for t, rows in self.held["rows"].items() for r in rows}
        told = ((t, r["links"].get("replaces"), r["id"]) for t, rows in self.new["rows"].items() for r in rows)
        return {(t, old): row_id for t, old, row_id in told if (t, old) in held}

    def _linked(self, column: str, row_id: str | None) -> str | None:
        names = self._renamed()
        return names.get((LINKED.get(column, ""), row_id or ""), row_id)

    def _counts(self, row: Json) -> bool:
        return any(map(self._fixed, row["cells"].values())) or (row["reviewed"] and not self.only_registry)

    def _fixed(self, cell: Json) -> bool:
        return _by_registry(cell) if self.only_registry else cell["status"] == "reviewed"

    def _finished(self) -> bool:
        """Did somebody say that there are no other rows?"""
        return bool(self.held["review"]["finished"]) and not self.only_registry

    def _row(self, table: str, before: Json, row: Json, questions: list[Json]) -> Json:
        kept = {c: old for c, old in before["cells"].items() if c in row["cells"] and self._fixed(old)}
        for column, old in kept.items():
            if self._contradicts(old, row["cells"][column]):
                questions.append(_question(table, row["id"], column, old["value"], row["cells"][column]["value"], OTHERWISE))
        links = row["links"]
        if before["reviewed"] and not self.only_registry:
            links = {c: self._linked(c, before["links"].get(c)) if c != "replaces" else to for c, to in links.items()}
        return {"id": row["id"], "reviewed": before["reviewed"] or row["reviewed"], "links": links, "cells": {**row["cells"], **kept}}

    def _contradicts(self, old: Json, cell: Json) -> bool:
        """Another value, read from words that were not there; a value that rests on no words of its own may rest on new ones."""
        if cell["value"] is None or same(cell["value"], old["value"]):
            return False
        if self.only_registry and cell["status"] == "reviewed":
            return True
        unseen = self.unseen()
        notes = self._notes(cell)
        return bool(unseen) and (not notes or bool(notes & unseen))

    def _notes(self, cell: Json) -> frozenset[str]:
        wanted = set(cell["evidence"])
        return frozenset(m["note_id"] for m in self.new["evidence"] if m["id"] in wanted)

    # -- what kept cells rest on

    def _evidence(self, rows: Mapping[str, list[Json]]) -> list[Json]:
        cited = {m for own in rows.values() for r in own for c in r["cells"].values() for m in c["evidence"]}
        known = {m["id"]: m for m in (*self.held["evidence"], *self.new["evidence"])}
        return [known[m] for m in sorted(cited) if m in known]


def same(a: Any, b: Any) -> bool:
    """Equal; true is not 1."""
    return bool(a == b) and isinstance(a, bool) == isinstance(b, bool)


def _question(table: str, row_id: str, column: str, reviewed: Any, read: Any, why: str) -> Json:
    return {"table": table, "row_id": row_id, "column": column, "reviewed": shown(reviewed), "read": shown(read), "why": why}


def shown(value: Any) -> str:
    """A value as the tables write it."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def differing(ours: Json, theirs: Json) -> list[Json]:
    """The places where ``ours`` stands otherwise than ``theirs``: cells, and with an empty column rows that only one of them has."""
    mine, other = _by_place(ours), _by_place(theirs)
    lone = [(table, row_id, "") for table, row_id in sorted(mine.keys() ^ other.keys())]
    both = sorted(mine.keys() & other.keys())
    cells = [(*at, c) for at in both for c, cell in mine[at].items() if not same(cell["value"], other[at][c]["value"])]
    return [{"table": table, "row_id": row_id, "column": column} for table, row_id, column in (*lone, *cells)]


def _by_place(content: Json) -> dict[tuple[str, str], Json]:
    return {(table, r["id"]): r["cells"] for table, rows in content["rows"].items() for r in rows}
