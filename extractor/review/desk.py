"""A reviewer at work: charts, one after another, and the decisions taken on them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extractor.errors import LabelError, ReviewError
from extractor.review import cells, queue, readers
from extractor.review.journal import Entry, Header, Journal, by_patient, checked, file_name, folder_of, read, standing
from extractor.review.replay import LINKS, ChartState, RowState, plain, replay, same
from extractor.review.rowids import row_id
from extractor.review.store import Source, Store, digest
from extractor.schema import BY_NAME, COHORT

Request = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Opened:
    """A journal that was read: whose, how, and its entries by chart."""

    header: Header
    charts: Mapping[str, Sequence[Entry]]


def opened(path: Path) -> Opened:
    """Read a journal. Raises ReviewError."""
    header, entries = read(path)
    return Opened(header, by_patient(entries))


class Charts:
    """Reviewed charts of a folder: its tables and a journal's decisions over them. ``others`` are the journals that an adjudication settles."""

    def __init__(
        self, store: Store, header: Header, entries: Mapping[str, Sequence[Entry]], others: Mapping[str, Opened] | None = None
    ) -> None:
        self.store, self.header, self.entries, self.others = store, header, entries, others or {}

    def patients(self) -> list[str]:
        """Charts to be read: all, or those that every reader finished."""
        return [p for p in self.store.patients if all(_finished(o, p) for o in self.others.values())]

    def source(self, patient: str) -> Source:
        """The chart as this review begins: as read, blank, or as the readers left it."""
        source = self.store.chart(patient)
        blinded = self.header.mode == "blinded" or any(o.header.mode == "blinded" for o in self.others.values())
        source = readers.blind(source) if blinded else source
        if not self.others:
            return source
        return readers.merge(source, {n: Charts(self.store, o.header, o.charts).state(patient) for n, o in self.others.items()})

    def state(self, patient: str) -> ChartState:
        """The chart as it stands. Raises CohortError for one that is not there."""
        return replay(self.source(patient), self.entries.get(patient, ()))


def _finished(reader: Opened, patient: str) -> bool:
    return any(e.kind == "complete" for e in standing(reader.charts.get(patient, ())))


def found(out: Path, name: str | Path) -> Path:
    """The journal of a reviewer's name, or the file of that path. Raises ReviewError if there is none."""
    path = Path(name)
    for candidate in (path, folder_of(out) / path, folder_of(out) / f"{name}.jsonl", folder_of(out) / f"{name}.blinded.jsonl"):
        if candidate.is_file():
            return candidate
    raise ReviewError(f"{name}: no such journal, neither as a file nor in {folder_of(out)}")


class TablesRenewed(ReviewError):
    """A decision on tables that are others now: what it was about must be looked at anew."""

    def __init__(self) -> None:
        super().__init__("the tables were written anew meanwhile; nothing was saved, look at the chart as it is now")


class Desk:
    """A review that takes decisions. One at a time; each is on the disk before it is shown."""

    def __init__(self, store: Store, journal: Journal, others: Mapping[str, Opened] | None = None) -> None:
        self.store, self.journal = store, journal
        self._by_patient = by_patient(journal.entries)
        self.charts = Charts(store, journal.header, self._by_patient, others)
        self.lock = threading.RLock()
        self._status = {p: _glance(e) for p, e in self._by_patient.items()}
        self._differs: dict[str, int] = {}
        self._sit()

    def _sit(self) -> None:
        """Begin with the tables as they are."""
        self.stamp = self.store.stamp
        self._worths = {} if self.blinded else queue.worths(self.store.out)
        self._order: list[queue.Listed] | None = None

    @property
    def blinded(self) -> bool:
        """Is nothing that was extracted to be shown?"""
        return self.journal.header.mode == "blinded"

    def renew(self) -> bool:
        """Take up tables that were written anew under the open page; False where they are as they were. Raises CohortError where they are gone."""
        with self.lock:
            if not self.store.changed():
                return False
            self.store = self.charts.store = Store(self.store.out)
            self._sit()
            return True

    # ---- the list

    def unchecked(self) -> list[str]:
        """Charts decided upon when the tables were others, or that two readers may differ on: their status must be looked up."""
        if self.charts.others:
            return self.charts.patients()
        return [p for p, e in self._by_patient.items() if p in self.store and _stamp(e) != self.stamp]

    def check(self, patient: str) -> None:
        """Look up a chart's status."""
        with self.lock:
            self._remember(self.charts.state(patient))

    def _remember(self, state: ChartState) -> None:
        patient = state.source.patient
        now = state.status, len(state.unsettled())
        if (self._status.get(patient, "open"), self._differs.get(patient, 0)) != now:
            self._status[patient], self._differs[patient] = now
            self._order = None

    def listing(self, show: str = "todo", text: str = "", offset: int = 0, limit: int = 50) -> dict[str, Any]:
        """A page of the list, and how many charts have each status."""
        with self.lock:
            if self._order is None:
                listed = (
                    queue.Listed(p, self._status.get(p, "open"), self._worths.get(p, queue.Worth()), self._differs.get(p, 0))
                    for p in self.charts.patients()
                )
                self._order = queue.ordered(listed)
            kept = queue.chosen(self._order, show, text)
            page = [c.to_json() for c in kept[offset : offset + limit]]
            return {"charts": page, "total": len(kept), "offset": offset, "counts": queue.counts(self._order)}

    # ---- decisions

    def state(self, patient: str) -> ChartState:
        """A chart as it stands."""
        with self.lock:
            return self.charts.state(patient)

    def decide(self, patient: str, request: Request) -> ChartState:
        """Take a decision and put it in the journal; the chart as it then stands. Raises ReviewError, having changed nothing.

        A request may hold the ``stamp`` of the tables that it was made before, and a ``key`` by which it counts once.
        """
        with self.lock:
            state = self.charts.state(patient)
            if self.journal.has(request.get("key")):
                return state
            if request.get("stamp", self.stamp) != self.stamp:
                raise TablesRenewed
            kind = str(request.get("kind"))
            if kind not in KINDS:
                raise ReviewError("no such kind of decision")
            data = KINDS[kind](state, request)
            if state.stamp != self.stamp or state.seen != state.source.seen():
                self._append(patient, "seen", {"notes": state.source.seen(), "rows": state.ids(), "stamp": self.stamp})
            self._append(patient, kind, data | ({"key": request["key"]} if request.get("key") else {}))
            state = self.charts.state(patient)
            self._remember(state)
            return state

    def _append(self, patient: str, kind: str, data: Mapping[str, Any]) -> None:
        entry = self.journal.append(patient, kind, data)
        if entry is not None:
            self._by_patient.setdefault(patient, []).append(entry)


def _glance(entries: Sequence[Entry]) -> str:
    """Status without looking at the chart: true as long as the tables are those it was decided on."""
    kinds = {e.kind for e in standing(entries)}
    return "done" if "complete" in kinds else "begun" if kinds - {"seen"} else "open"


def _stamp(entries: Sequence[Entry]) -> str:
    return str(next((e.data.get("stamp") for e in reversed(entries) if e.kind == "seen"), ""))


# ---- what each kind of decision puts into the journal -----------------------------------------------------------------------


def _row(state: ChartState, request: Request, live: bool = True) -> RowState:
    cells.known(request.get("table"))
    row = state.row(str(request.get("table")), str(request.get("row")))
    if row is None or (live and row.out and row.out != OUTSIDE):
        raise ReviewError("no such row, or it does not count; undo its rejection first")
    return row


OUTSIDE = "was not there when this chart was finished"


def _about(state: ChartState, row: RowState) -> dict[str, Any]:
    """The row's name, and what is read of it now (None where it is not read)."""
    read = {c: x.read for c, x in row.cells.items() if x.read is not None}
    return {"table": row.table, "row": row.name, "read": state.named(read) or None}


def _accept(state: ChartState, request: Request) -> dict[str, Any]:
    row = _row(state, request)
    names = [str(request["column"])] if request.get("column") else list(cells.editable(row.table))
    for name in names:
        cells.known(row.table, name)
    shown = request.get("shown", {})
    if not isinstance(shown, Mapping) or any(not same(v, row.value(n)) for n, v in shown.items() if n in names):
        raise ReviewError("says something else now than was shown; nothing was saved, look at it again")
    return _about(state, row) | {"cells": state.named({n: row.value(n) for n in names}), "whole": not request.get("column")}


def _correct(state: ChartState, request: Request) -> dict[str, Any]:
    row, column = _row(state, request), str(request.get("column"))
    changed = cells.value(state, row.table, column, request.get("value"))
    if column in LINKS and changed[column] == row.id:
        raise ReviewError(f"{column}: a row cannot be its own")
    return _about(state, row) | {"cells": state.named(changed)}


def _reject(state: ChartState, request: Request) -> dict[str, Any]:
    row = _row(state, request)
    if row.table == "patients":
        raise ReviewError("the patient's row cannot be rejected; reject its cells")
    return _about(state, row)


def _add(state: ChartState, request: Request) -> dict[str, Any]:
    table, given = str(request.get("table")), request.get("cells")
    if table == "patients" or not isinstance(given, Mapping):
        raise ReviewError("no such row to add")
    made = cells.row(state, table, given)
    patient = state.source.patient
    name = row_id(table, patient, made, {r.id for r in state.rows[table]})
    there = state.row(table, name)
    if there is not None and not there.out:
        raise ReviewError("this lesion has its outcome already; correct that")
    return {"table": table, "row": name, "read": None, "cells": state.named(made) | {BY_NAME[table].key: name, "patient_id": patient}}


def _mark(state: ChartState, request: Request) -> dict[str, Any]:
    row, column = _row(state, request), str(request.get("column"))
    cells.known(row.table, column)
    note = state.source.note(str(request.get("note_id")))
    start, end = request.get("start"), request.get("end")
    text = (note or {}).get("text") or ""
    if note is None or type(start) is not int or type(end) is not int or not 0 <= start < end <= len(text):
        raise ReviewError("no such words")
    if end - start > cells.LONGEST:
        raise ReviewError(f"mark {cells.LONGEST} characters at most")
    about = _about(state, row) | {"column": column, "note_id": note["note_id"], "sha": digest(text)}
    return about | {"start": start, "end": end, "text": text[start:end]}


def _complete(state: ChartState, request: Request) -> dict[str, Any]:
    if state.unsettled():
        raise ReviewError(f"{len(state.unsettled())} differences are not settled yet")
    told = problems(state)
    if told:
        raise ReviewError("not finished yet: " + "; ".join(told[:3]))
    rows: dict[str, list[dict[str, Any]]] = {}
    read: dict[str, dict[str, Any]] = {}
    for row in (r for t in COHORT for r in state.live(t)):
        says, about = _says(state, row), _about(state, row)["read"]
        rows.setdefault(row.table, []).append(says)
        if about is not None:
            read.setdefault(row.table, {})[row.name] = {c: v for c, v in about.items() if v != says.get(c)}
    out = {t: [r.name for r in state.rows[t] if r.out] for t in COHORT}
    return {"rows": rows, "out": {t: names for t, names in out.items() if names}, "read": read}


def _says(state: ChartState, row: RowState) -> dict[str, Any]:
    """What a row says, by the names that the journal knows rows by."""
    said = {c: x.value for c, x in row.cells.items() if x.value is not None}
    return state.named(said) | {BY_NAME[row.table].key: row.name}


def _undo(state: ChartState, request: Request) -> dict[str, Any]:
    if state.last is None:
        raise ReviewError("nothing to undo in this chart")
    return {"of": state.last.number}


KINDS: dict[str, Callable[[ChartState, Request], dict[str, Any]]] = {
    "accept": _accept,
    "correct": _correct,
    "reject": _reject,
    "add": _add,
    "mark": _mark,
    "complete": _complete,
    "undo": _undo,
}


def problems(state: ChartState) -> list[str]:
    """What keeps a chart's rows from being labels: cells that are missing, links that lead nowhere."""
    from extractor.evaluator.labelrows import SCORED, Located, gather

    own = plain(state)
    located = {t: [Located(f"{t} {r[BY_NAME[t].key]}", r) for r in own[t]] for t in SCORED}
    try:
        gather(located)
    except LabelError as error:
        return [line.strip() for line in str(error).splitlines()]
    return []


def desk(out: Path, reviewer: str, *, blinded: bool = False, adjudicate: Sequence[str] = (), journal: Path | None = None) -> Desk:
    """Sit down to review a folder of tables. Raises CohortError or ReviewError."""
    if adjudicate and (len(adjudicate) < 2 or blinded):
        raise ReviewError("--adjudicate: name the journals of two readers or more, and not with --blinded")
    store = Store(out)
    mode = "adjudicate" if adjudicate else "blinded" if blinded else "review"
    paths = [found(out, name) for name in adjudicate]
    header = Header(checked(reviewer), mode, tuple(p.name for p in paths))
    path = journal or folder_of(out) / file_name(reviewer, mode)
    others = {p.name: opened(p) for p in paths}
    modes = {o.header.mode for o in others.values()}
    if len(modes) > 1 or "adjudicate" in modes or len(others) != len(adjudicate):
        raise ReviewError("--adjudicate: the journals must all be reviews, or all blinded")
    return Desk(store, Journal(path, header), others)
