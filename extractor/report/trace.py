"""From a figure to its rows and from a row to its sentences, as addresses within the page.

A figure of one row leads to the row; one of several leads to a list of them, which figures of the same rows share. A row shows its cells and the
sentences they were read from, the words marked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from extractor.evaluator.match import Row
from extractor.evaluator.predicted import passage
from extractor.report.cohort import Cohort, Ref
from extractor.report.content import Cell, Rows, words
from extractor.schema import BY_NAME

MOST_LINKS, MOST_SENTENCES = 400, 12
"""Links in one list and sentences of one row on the page; ``numbers.csv`` and ``extractor explain`` have all."""
TELLING = ("date", "modality", "site", "laterality", "size_mm", "term", "kind", "scope", "status", "event_type")


@dataclass(frozen=True, slots=True)
class Group:
    """The rows behind a figure; ``titles`` are the figures that share them."""

    id: str
    titles: tuple[str, ...]
    rows: Rows


@dataclass(frozen=True, slots=True)
class Sentence:
    """A stretch of a note in pieces; a piece with ``marked`` is what a cell was read from."""

    id: str
    number: int
    note_id: str
    note_date: str
    pieces: tuple[tuple[str, bool], ...]
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell of a row: value, confidence, and the numbers of its sentences."""

    column: str
    value: str
    basis: str
    sentences: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A row with its cells and sentences."""

    anchor: str
    table: str
    row_id: str
    label: str
    cells: tuple[Shown, ...]
    sentences: tuple[Sentence, ...]
    more: int


class Trace:
    """Addresses of every figure and row of a report."""

    def __init__(self, cohort: Cohort, told: Iterable[tuple[str, Cell]]) -> None:
        """``told`` are the figures with what they are, in the order of the page."""
        self._cohort = cohort
        self._rows: Mapping[Ref, Row] = {
            (table, str(r["id"])): r for chart in cohort.charts.values() for table, rows in chart.items() for r in rows
        }
        titles: dict[Rows, list[str]] = {}
        used: set[Ref] = set()
        for title, cell in told:
            rows = self._known(cell.rows)
            used |= set(rows)
            if len(rows) > 1:
                titles.setdefault(rows, []).append(title)
        self._used = used
        self._anchors = {ref: f"row-{n}" for n, ref in enumerate(sorted(used), 1)}
        self._groups = {rows: Group(f"n-{n}", tuple(dict.fromkeys(names)), rows) for n, (rows, names) in enumerate(titles.items(), 1)}

    def _known(self, rows: Rows) -> Rows:
        return tuple(r for r in rows if r in self._rows)

    def href(self, cell: Cell) -> str:
        """Address of the rows of a figure within the page; empty without any."""
        rows = self._known(cell.rows)
        if not rows:
            return ""
        return f"#{self._anchors[rows[0]] if len(rows) == 1 else self._groups[rows].id}"

    def groups(self) -> Iterator[tuple[Group, list[tuple[str, str]], int]]:
        """(group, (address, label) of its first rows, how many more)."""
        for group in self._groups.values():
            shown = [(f"#{self._anchors[r]}", self.label(r)) for r in group.rows[:MOST_LINKS]]
            yield group, shown, len(group.rows) - len(shown)

    def label(self, ref: Ref) -> str:
        """A row in a few words: patient, and what tells it apart."""
        row = self._rows[ref]
        told = ", ".join(f"{row[k]:g} mm" if k == "size_mm" else words(row[k]) for k in TELLING if row.get(k) is not None)
        return f"{row['patient_id']}" + (f" {told}" if told else "")

    def charts(self) -> Iterator[tuple[str, list[Entry]]]:
        """Every row that a figure rests on, by patient."""
        order = list(BY_NAME)
        by_patient: dict[str, list[Ref]] = {}
        for ref in self._used:
            by_patient.setdefault(str(self._rows[ref]["patient_id"]), []).append(ref)
        for patient in sorted(by_patient):
            yield patient, [self.entry(ref) for ref in sorted(by_patient[patient], key=lambda r: (order.index(r[0]), r))]

    def entry(self, ref: Ref) -> Entry:
        """A row with its cells and sentences."""
        anchor, row = self._anchors[ref], self._rows[ref]
        sentences, where = self._sentences(ref, anchor)
        kept = sentences[:MOST_SENTENCES]
        cells = tuple(
            self._shown(ref, row, column, tuple(n for n in where.get(column, ()) if n <= len(kept)))
            for column in BY_NAME[ref[0]].names
            if row.get(column) is not None and column not in ("patient_id", BY_NAME[ref[0]].key, "replaces")
        )
        return Entry(anchor, ref[0], ref[1], self.label(ref), cells, tuple(kept), len(sentences) - len(kept))

    def _shown(self, ref: Ref, row: Row, column: str, sentences: tuple[int, ...]) -> Shown:
        basis, value = self._cohort.cells(ref).get(column), row[column]
        told = (
            ""
            if basis is None
            else basis.basis.replace("_", " ") + ("" if basis.confidence is None else f", confidence {basis.confidence:.2f}")
        )
        return Shown(
            column, f"{value:g}" if isinstance(value, float) else words(value) if isinstance(value, bool) else str(value), told, sentences
        )

    def _sentences(self, ref: Ref, anchor: str) -> tuple[list[Sentence], dict[str, list[int]]]:
        """Sentences behind a row, each once, and the numbers of those behind each column."""
        columns: dict[str, list[str]] = {}
        for column, basis in self._cohort.cells(ref).items():
            for mention in basis.mentions:
                columns.setdefault(mention, []).append(column)
        spans = sorted(filter(None, map(self._span, columns)), key=lambda s: s[:4])
        out: list[Sentence] = []
        where: dict[str, list[int]] = {}
        for number, own in enumerate(_joined(spans), 1):
            out.append(self._sentence(f"{anchor}-s{number}", number, own))
            for column in dict.fromkeys(c for s in own for c in columns[s[5]]):
                where.setdefault(column, []).append(number)
        return out, where

    def _span(self, mention_id: str) -> Span | None:
        mention = self._cohort.mentions.get(mention_id)
        note = self._cohort.notes.get(str(mention["note_id"])) if mention else None
        if mention is None or note is None:
            return None
        start, end = int(mention["start"]), int(mention["end"])
        found = passage(note, start, end)
        return str(note["note_date"]), str(note["note_id"]), start - len(found.before), end + len(found.after), (start, end), mention_id

    def _sentence(self, anchor: str, number: int, own: list[Span]) -> Sentence:
        note = self._cohort.notes[own[0][1]]
        low, high = own[0][2], max(s[3] for s in own)
        marks = _union(sorted(s[4] for s in own))
        rules = tuple(sorted({str(self._cohort.mentions[s[5]]["rule_id"]) for s in own}))
        return Sentence(anchor, number, own[0][1], own[0][0], _pieces(str(note["text"]), low, high, marks), rules)


Span = tuple[str, str, int, int, tuple[int, int], str]
"""Note date, note, first and last character of the sentence, those of the mention, the mention."""


def _joined(spans: Iterable[Span]) -> list[list[Span]]:
    """Mentions of one sentence together: stretches of a note that overlap."""
    out: list[list[Span]] = []
    for span in spans:
        if out and out[-1][0][:2] == span[:2] and span[2] < max(s[3] for s in out[-1]):
            out[-1].append(span)
        else:
            out.append([span])
    return out


def _union(marks: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    for start, end in marks:
        if out and start <= out[-1][1]:
            out[-1] = out[-1][0], max(out[-1][1], end)
        else:
            out.append((start, end))
    return out


def _pieces(text: str, low: int, high: int, marks: Iterable[tuple[int, int]]) -> tuple[tuple[str, bool], ...]:
    out, at = [], low
    for start, end in marks:
        out += [(text[at:start], False), (text[start:end], True)]
        at = end
    return tuple((t, m) for t, m in [*out, (text[at:high], False)] if t)
