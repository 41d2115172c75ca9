"""A chart as its journal leaves it: the rows as read, the decisions over them, what follows from these, and what new text puts in question.

What a person decided is never overwritten. A cell is reviewed if it was accepted, corrected or added, or stood in a chart that was finished. Where the
tables were made anew, a reviewed cell keeps its value; it is put in question only by text that nobody had seen when it was decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from extractor.review.journal import Entry, standing
from extractor.review.store import CellKey, Record, Rows, Source
from extractor.schema import BY_NAME, COHORT

RowKey = tuple[str, str]
"""(table, row id)."""
LINKS = {"procedure_id": "procedures", "lesion_id": "lesions", "retreatment_of": "lesions"}
"""Columns that name a row of another table (or, for retreatments, of the same)."""
SILENT = ("patient_id", "replaces")
EXPLICIT = ("accepted", "corrected", "added")
DECIDES = ("accept", "correct", "reject", "add", "mark", "complete")
"""Kinds of entries that a person makes and can undo."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Words that a reviewer marked as evidence."""

    note_id: str
    start: int
    end: int
    text: str
    by: str
    sha: str


@dataclass(slots=True)
class Cell:
    """A value, what is read now, and how it came to stand: ``accepted``, ``corrected``, ``added``, ``chart`` (stood in a finished chart), ``derived`` or '' (as read)."""

    value: Any
    read: Any = None
    state: str = ""
    by: str = ""
    marks: list[Mark] = field(default_factory=list)
    question: str = ""
    """Why new text puts it in question."""


@dataclass(slots=True)
class RowState:
    """A row. ``origin``: ``read``, ``added``, ``kept`` (reviewed, but no longer read) or ``derived``; ``out``: why it does not count, else ''.

    ``name`` is the id that the journal knows it by: the one it had when it was first decided on.
    """

    table: str
    id: str
    cells: dict[str, Cell]
    origin: str = "read"
    name: str = ""
    out: str = ""
    by: str = ""
    question: str = ""
    settled: bool = False
    """Accepted or added as a whole."""
    touched: int = 0
    """Number of the last entry that decided something of it."""

    def __post_init__(self) -> None:
        self.name = self.name or self.id

    def value(self, column: str) -> Any:
        """The value of a cell."""
        cell = self.cells.get(column)
        return cell.value if cell else None


@dataclass(slots=True)
class ChartState:
    """A reviewed chart."""

    source: Source
    rows: dict[str, list[RowState]]
    complete: Entry | None = None
    seen: Mapping[str, str] = field(default_factory=dict)
    stamp: str = ""
    """Of the tables that the last decision was taken on."""
    last: Entry | None = None
    """The decision that undo would take back."""
    decisions: int = 0

    def row(self, table: str, row_id: str) -> RowState | None:
        """A row by its id."""
        return next((r for r in self.rows.get(table, ()) if r.id == row_id), None)

    def named(self, cells: Mapping[str, Any]) -> dict[str, Any]:
        """Cells whose links are the names that the journal knows rows by."""
        linked = {c: self.row(LINKS[c], str(v)) for c, v in cells.items() if c in LINKS}
        return {c: row.name if (row := linked.get(c)) else v for c, v in cells.items()}

    def ids(self) -> dict[str, list[str]]:
        """The ids of the rows of each table, but for those that the journal knows by another name."""
        return {t: ids for t, rows in self.rows.items() if (ids := [r.id for r in rows if r.id == r.name])}

    def live(self, table: str) -> list[RowState]:
        """The rows that count."""
        return [r for r in self.rows[table] if not r.out]

    def questions(self) -> list[tuple[str, str, str, str]]:
        """(table, row id, column or '', why) of all that new text puts in question."""
        every = [r for t in COHORT for r in self.rows[t]]
        rows = [(r.table, r.id, "", r.question) for r in every if r.question]
        return rows + [(r.table, r.id, c, x.question) for r in every if not r.out for c, x in r.cells.items() if x.question]

    def unsettled(self) -> list[CellKey]:
        """Where two readers differ and nobody has decided."""
        return [k for k in self.source.others if not self._settled(*k)]

    def _settled(self, table: str, row_id: str, column: str) -> bool:
        row = self.row(table, row_id)
        if row is None or row.out:
            return True
        return row.settled if not column else row.cells[column].state in EXPLICIT

    @property
    def status(self) -> str:
        """``open``, ``begun``, ``done``, or ``back``: new text says otherwise than what was decided."""
        if self.questions():
            return "back"
        return "done" if self.complete else "begun" if self.decisions else "open"


# ---- the journal's side ----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Decided:
    value: Any
    was: Any
    state: str
    by: str
    seen: Mapping[str, str]
    number: int = 0


@dataclass(slots=True)
class _Row:
    """What the journal says of a row: ``kind`` is '', ``accept``, ``reject`` or ``add``; ``had``: was it read when last decided?

    ``read`` is what was read of it then; ``beside`` are the rows that were read then: none of them is this one under another id.
    """

    cells: dict[str, Any]
    kind: str = ""
    by: str = ""
    had: bool = True
    seen: Mapping[str, str] = field(default_factory=dict)
    read: Mapping[str, Any] = field(default_factory=dict)
    beside: frozenset[RowKey] = frozenset()
    number: int = 0
    kept: bool = False


class _Memory:
    """Everything the standing entries of a chart say."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.cells: dict[CellKey, _Decided] = {}
        self.rows: dict[RowKey, _Row] = {}
        self.marks: dict[CellKey, list[Mark]] = {}
        self.seen: Mapping[str, str] = {}
        self.there: frozenset[RowKey] = frozenset()
        self.stamp = ""
        self.complete: Entry | None = None
        self.finished: Mapping[str, str] = {}
        self.whole: set[RowKey] = set()
        self.decisions = 0
        self.last: Entry | None = None
        for entry in entries:
            if entry.kind in DECIDES:
                self.decisions, self.last = self.decisions + 1, entry
            getattr(self, f"_{entry.kind}", _ignore)(entry)

    def _seen(self, e: Entry) -> None:
        self.seen, self.stamp = e.data["notes"], e.data["stamp"]
        self.there = frozenset((t, row_id) for t, ids in e.data["rows"].items() for row_id in ids)

    def _accept(self, e: Entry) -> None:
        self._decide(e, "accepted", "accept" if e.data.get("whole") else "")

    def _correct(self, e: Entry) -> None:
        self._decide(e, "corrected", "")

    def _add(self, e: Entry) -> None:
        self._decide(e, "added", "add")

    def _reject(self, e: Entry) -> None:
        self._decide(e, "", "reject")

    def _decide(self, e: Entry, state: str, kind: str) -> None:
        table, row_id, read = e.data["table"], e.data["row"], e.data.get("read")
        row = self.rows.setdefault((table, row_id), _Row(dict(read or {})))
        row.read = read or row.read
        row.kind = kind or ("" if row.kind == "reject" else row.kind)
        row.by, row.had, row.seen, row.beside, row.number, row.kept = e.by, read is not None, self.seen, self.there, e.number, True
        self.whole |= {(table, row_id)} if kind in ("accept", "add") else set()
        for column, value in e.data.get("cells", {}).items():
            row.cells[column] = value
            self.cells[table, row_id, column] = _Decided(value, (read or {}).get(column), state, e.by, self.seen, e.number)

    def _mark(self, e: Entry) -> None:
        d = e.data
        mark = Mark(d["note_id"], d["start"], d["end"], d["text"], e.by, d["sha"])
        self.rows.setdefault((d["table"], d["row"]), _Row(dict(d["read"] or {}), read=d["read"] or {}, beside=self.there))
        self.marks.setdefault((d["table"], d["row"], d["column"]), []).append(mark)

    def _complete(self, e: Entry) -> None:
        self.complete, self.finished, self.whole = e, self.seen, set()
        for table, rows in e.data["rows"].items():
            for cells in rows:
                self._freeze(e, table, cells)
        for table, ids in e.data["out"].items():
            for row_id in ids:
                row = self.rows.setdefault((table, row_id), _Row({}))
                row.kind, row.seen, row.beside, row.by = "reject", self.seen, self.there, row.by or e.by

    def _freeze(self, e: Entry, table: str, cells: Mapping[str, Any]) -> None:
        row_id = str(cells[BY_NAME[table].key])
        self.whole.add((table, row_id))
        before = self.rows.get((table, row_id), _Row({}))
        read = e.data.get("read", {}).get(table, {}).get(row_id)
        kind = before.kind if before.kind in ("add", "accept") else ""
        was_read = before.read if read is None else {**cells, **read}
        self.rows[table, row_id] = _Row(dict(cells), kind, e.by, read is not None, self.seen, was_read, self.there, before.number, True)
        for column in BY_NAME[table].names:
            old = self.cells.get((table, row_id, column))
            state, by, number = (old.state, old.by, old.number) if old and old.state in EXPLICIT else ("chart", e.by, 0)
            was = None if read is None else read.get(column, cells.get(column))
            self.cells[table, row_id, column] = _Decided(cells.get(column), was, state, by, self.seen, number)


def _ignore(_: Entry) -> None:
    """Entries that decide nothing of a chart."""


# ---- whose row is it now? ---------------------------------------------------------------------------------------------------


def renamed(known: Mapping[RowKey, _Row], source: Source) -> dict[RowKey, str]:
    """The present id of rows that the journal knows: the same, that of the row that says it replaces it, or of the row that is the same by what it says."""
    there = {(t, str(r[BY_NAME[t].key])) for t in COHORT for r in source.rows[t]}
    names = {k: k[1] for k in known if k in there}
    for table in COHORT:
        for row in source.rows[table]:
            old, new = (table, str(row.get("replaces"))), str(row[BY_NAME[table].key])
            if old in known and old not in names and (table, new) not in _taken(names):
                names[old] = new
    lost = {k for k in known if k not in names}
    fresh = there - _taken(names)
    return names | (_alike(lost, fresh, known, names, source) if lost and fresh else {})


def _taken(names: Mapping[RowKey, str]) -> set[RowKey]:
    return {(table, new) for (table, _), new in names.items()}


def _alike(
    lost: set[RowKey], fresh: set[RowKey], known: Mapping[RowKey, _Row], names: Mapping[RowKey, str], source: Source
) -> dict[RowKey, str]:
    """Pair lost with fresh rows as two readers' rows are paired. Rows that both have stand beside them; what was read when a row was decided is another."""
    from extractor.evaluator.labelrows import SCORED
    from extractor.evaluator.readings import readings

    beside = {k for key in lost for k in known[key].beside if k in fresh}
    old: dict[str, list[Record]] = {t: [] for t in SCORED}
    for (table, row_id), row in known.items():
        if table in old and table != "patients":
            old[table].append(reading(table, row_id, row.read or row.cells))
    new = {t: [reading(t, str(r[BY_NAME[t].key]), r) for r in source.rows[t]] for t in SCORED}
    for table, rows in new.items():
        old[table] += [r for r in rows if (table, r["id"]) in beside]
    found: dict[RowKey, str] = {}
    for pair in readings(source.patient, [old, new]):
        before, after = (*((pair.table, r["id"]) if r else None for r in pair.rows), None)[:2]
        if before in lost and after in fresh and after not in known[before].beside:
            found[before] = after[1]
    return found


def reading(table: str, row_id: str, cells: Mapping[str, Any]) -> Record:
    """A row as the evaluator's matching knows rows."""
    plain = {c: float(v) if isinstance(v, int | float) and not isinstance(v, bool) else v for c, v in cells.items()}
    return {**plain, "id": row_id, "procedure": cells.get("procedure_id"), "lesion": cells.get("lesion_id")}


# ---- the chart as it stands -------------------------------------------------------------------------------------------------


def replay(source: Source, entries: Sequence[Entry]) -> ChartState:
    """The chart after the entries of its journal; those of other charts must be left out."""
    from extractor.review.follow import follow

    memory = _Memory(standing(entries))
    state = _Builder(source, memory).build()
    follow(state, memory.complete.number if memory.complete else 0)
    return state


class _Builder:
    def __init__(self, source: Source, memory: _Memory) -> None:
        self.source, self.memory = source, memory
        self.names = renamed(memory.rows, source)
        self.back = {(t, new): (t, old) for (t, old), new in self.names.items()}
        self.now = {n["note_id"]: d for n, d in zip(source.notes, source.seen().values(), strict=True)}

    def build(self) -> ChartState:
        m = self.memory
        rows = {t: [self._read(t, r) for r in self.source.rows[t]] for t in COHORT}
        for key, row in m.rows.items():
            if key not in self.names and row.kept:
                rows[key[0]].append(self._kept(key, row))
        return ChartState(self.source, rows, m.complete, m.seen, m.stamp, m.last, m.decisions)

    # -- rows

    def _read(self, table: str, record: Record) -> RowState:
        key = BY_NAME[table].key
        row_id = str(record[key])
        old = self.back.get((table, row_id), (table, row_id))
        said = self.memory.rows.get(old)
        cells = {c: self._cell(table, row_id, old, c, record.get(c)) for c in BY_NAME[table].names}
        row = RowState(table, row_id, cells, name=old[1])
        if said is not None and (said.kept or said.kind):
            self._said(row, said)
        elif self.memory.complete and self.unseen(self.memory.finished):
            row.question = "a new row, from text written since this chart was finished"
        elif self.memory.complete:
            row.out = "was not there when this chart was finished"
        return row

    def _said(self, row: RowState, said: _Row) -> None:
        row.by, row.touched = said.by, said.number
        row.settled = said.kind in ("accept", "add")
        row.origin = "added" if said.kind == "add" and not said.had else "read"
        if said.kind == "reject":
            row.out = "rejected"
            if not said.had and self.unseen(said.seen):
                row.question = "rejected, and read again in text written since"

    def _kept(self, key: RowKey, said: _Row) -> RowState:
        table, row_id = key
        names = BY_NAME[table].names
        cells = {c: self._cell(table, row_id, key, c, None, said.cells.get(c)) for c in names}
        row = RowState(table, row_id, cells, "added" if said.kind == "add" else "kept")
        self._said(row, said)
        row.origin = "added" if said.kind == "add" else "kept"
        if said.had and not row.out and self.unseen(said.seen):
            row.question = "no longer read, and there is text written since it was decided"
        return row

    # -- cells

    def _cell(self, table: str, row_id: str, old: RowKey, column: str, read: Any, kept: Any = None) -> Cell:
        cell = Cell(read, read, marks=self.memory.marks.get((*old, column), []))
        decided = self.memory.cells.get((*old, column))
        if kept is not None:
            cell.value = self._linked(column, kept)
        if column == BY_NAME[table].key or column in SILENT:
            cell.value = row_id if column == BY_NAME[table].key else cell.value
            return cell
        if decided is None:
            return cell
        cell.value, cell.state, cell.by = self._linked(column, decided.value), decided.state, decided.by
        if read is not None and not same(read, cell.value):
            cell.question = self._question((table, row_id, column), decided, read)
        return cell

    def _linked(self, column: str, value: Any) -> Any:
        """A link to a row that has another id now."""
        return self.names.get((LINKS[column], value), value) if column in LINKS and value is not None else value

    def _question(self, key: CellKey, decided: _Decided, read: Any) -> str:
        unseen = self.unseen(decided.seen)
        if not unseen:
            return ""
        behind = self.source.evidence.get(key)
        notes = {self.source.mentions[m]["note_id"] for m in (behind.mentions if behind else ()) if m in self.source.mentions}
        if same(read, self._linked(key[2], decided.was)) and notes and not notes & unseen:
            return ""
        return "text written since says otherwise"

    def unseen(self, seen: Mapping[str, str]) -> set[str]:
        """Notes whose text was not there when something was decided."""
        known = set(seen.values())
        return {note for note, text in self.now.items() if text not in known}


def same(a: Any, b: Any) -> bool:
    """Equal, numbers by value."""
    return bool(a == b) and isinstance(a, bool) == isinstance(b, bool)


# ---- as plain rows ----------------------------------------------------------------------------------------------------------


def plain(state: ChartState) -> Rows:
    """The rows that count, as records of the tables."""
    return {t: [{c: x.value for c, x in r.cells.items()} for r in state.live(t)] for t in COHORT}


def cells(state: ChartState) -> Iterator[tuple[RowState, str, Cell]]:
    """Every cell of the rows that count."""
    for table in COHORT:
        for row in state.live(table):
            yield from ((row, c, x) for c, x in row.cells.items())
