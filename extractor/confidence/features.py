"""What is known of a claim before anybody checks it: features that a person can read, from the cohort tables alone.

Each claim has a mapping from names such as ``rule: margins#covered`` or ``lesions: twin row`` to numbers. Counts are ``log(1 + n)``. Nothing
is computed from the dropped candidates or the words of a note, so that tables stored without these have the same features.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from extractor.confidence.claims import CLAIMED, Claim, Records
from extractor.model import CONTEXT
from extractor.schema import BY_NAME

Row = Mapping[str, Any]
Features = dict[str, float]
TWIN = re.compile(r"#\d+$")
NOT_SO = ("negated", "hypothetical", "family", "planned", "cancelled", "risk", "intended")
IS_NOT = tuple(f"is_{name}" for name in NOT_SO)
OWN = {"procedures": ("procedure",), "assessments": ("radiology", "pathology")}
OWN_DAYS = {"procedures": 1, "assessments": 3}
"""Days within which a note of the right type is taken for the session's or the exam's own report."""
ANCHOR = {"procedures": "modality", "lesions": "site", "complications": "term", "assessments": "date", "outcomes": "event"}
"""The cell that a row stands on; others are the safer the nearer their words are to its words."""
SPEAKS = {
    "sex": ("SEX",),
    "histology": ("HISTOLOGY",),
    "disease_setting": ("SETTING",),
    "prior_surgery": ("PRIOR_TREATMENT",),
    "prior_radiation": ("PRIOR_TREATMENT",),
    "prior_systemic": ("PRIOR_TREATMENT",),
    "death_date": ("DEATH",),
    "approach": ("SETUP",),
    "guidance": ("SETUP",),
    "anesthesia": ("SETUP",),
    "probes": ("PROBES",),
    "technical_success": ("COVERAGE", "MARGIN"),
    "site": ("SITE",),
    "laterality": ("SIDE",),
    "size_mm": ("SIZE",),
    "coverage": ("COVERAGE", "MARGIN"),
    "lesion_covered": ("COVERAGE", "MARGIN"),
    "min_margin_mm": ("MARGIN",),
    "severity": ("SEVERITY", "INTERVENTION"),
    "event_type": ("PROGRESSION",),
}
"""Labels of mentions that could have filled a column."""
CANDIDATES = {
    "procedures": ("PROCEDURE",),
    "lesions": ("SITE", "NAME"),
    "complications": ("COMPLICATION",),
    "assessments": ("PROGRESSION", "STATUS", "ZONE"),
    "outcomes": ("PROGRESSION",),
}
"""Labels of mentions that could have made a row."""


NONE: Counter[Any] = Counter()


def log(number: float) -> float:
    """``log(1 + n)``."""
    return math.log1p(number)


class View:
    """The tables of one chart, indexed."""

    def __init__(self, records: Records) -> None:
        """Index mentions, evidence, notes and rows."""
        self.records = records
        self.mentions = {str(m["mention_id"]): m for m in records["mentions"]}
        self.notes = {str(n["note_id"]): n for n in records["notes"]}
        self.rows = {_key(table, r): r for table in CLAIMED for r in records[table]}
        self.basis: dict[tuple[str, str, str], str] = {}
        self.behind: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
        self.of_row: dict[tuple[str, str], list[Row]] = defaultdict(list)
        self.used: dict[str, set[str]] = defaultdict(set)
        for e in records["evidence"]:
            self._index(e)
        self.so: dict[str, list[Row]] = defaultdict(list)
        self.says: dict[tuple[Any, Any], Counter[Any]] = defaultdict(Counter)
        """How often each note says a concept of a label, of what is so; and how often any concept of it."""
        self.speaks: dict[Any, Counter[Any]] = defaultdict(Counter)
        for m in self.mentions.values():
            if not any(m[name] for name in IS_NOT):
                self.so[str(m["label"])].append(m)
                self.says[m["label"], m["concept"]][m["note_id"]] += 1
                self.speaks[m["label"]][m["note_id"]] += 1
        self.in_session = Counter(r["procedure_id"] for r in records["lesions"])
        self._unused: dict[tuple[str, str], Counter[Any]] = {}

    def _index(self, evidence: Row) -> None:
        table, row_id, column = str(evidence["table"]), str(evidence["row_id"]), str(evidence["column"])
        self.basis[table, row_id, column] = str(evidence["basis"])
        mention = self.mentions.get(str(evidence["mention_id"]))
        if mention is not None:
            self.behind[table, row_id, column].append(mention)
            self.of_row[table, row_id].append(mention)
            self.used[table].add(str(mention["mention_id"]))

    def unused(self, table: str, label: str) -> Counter[Any]:
        """How many mentions of a label each note has that no row of a table rests on."""
        if (table, label) not in self._unused:
            used = self.used[table]
            self._unused[table, label] = Counter(m["note_id"] for m in self.so[label] if m["mention_id"] not in used)
        return self._unused[table, label]

    def type_of(self, note_id: Any) -> str:
        """The note's type, ``unknown`` where none is given."""
        return str(self.notes.get(str(note_id), {}).get("note_type") or "unknown")

    def days(self, note_id: Any, day: Any) -> int | None:
        """Days from ``day`` to the note; None where either is unknown."""
        written = self.notes.get(str(note_id), {}).get("note_date")
        if written is None or day is None:
            return None
        return (date.fromisoformat(str(written)) - date.fromisoformat(str(day))).days

    def parent(self, table: str, row: Row) -> tuple[str, Row] | None:
        """The row that this one hangs on: its lesion, else its session."""
        for other, key in (("lesions", "lesion_id"), ("procedures", "procedure_id")):
            found = self.rows.get((other, str(row.get(key)))) if other != table else None
            if found is not None:
                return other, found
        return None


def features(records: Records, claims: Iterable[Claim]) -> list[Features]:
    """The features of each claim of a chart."""
    view = View(records)
    of_rows: dict[tuple[str, str], Features] = {}
    out = []
    for claim in claims:
        where = claim.table, claim.row_id
        if claim.row_id and where not in of_rows:
            of_rows[where] = dict(_row(view, claim.table, view.rows[where]))
        out.append(_claim(view, claim, of_rows.get(where, {})))
    return out


def _claim(view: View, claim: Claim, of_row: Features) -> Features:
    out: Features = {f"claim: {claim.field}": 1.0, f"kind: {claim.kind}": 1.0, f"table: {claim.table}": 1.0, **of_row}
    if claim.kind == "value":
        out.update(_value(view, claim))
    elif claim.kind == "empty":
        out.update(_empty(view, claim))
    else:
        out.update(_no_more(view, claim))
    return out


# ---- a row ----------------------------------------------------------------------------------------------------------------


def _row(view: View, table: str, row: Row) -> Iterator[tuple[str, float]]:
    """What is known of a row as a whole."""
    key = _key(table, row)
    notes = {m["note_id"] for m in view.of_row[key]}
    filled = [c for c in CLAIMED[table] if row.get(c) is not None]
    yield f"{table}: notes that tell the row", log(len(notes))
    yield f"{table}: share of cells filled", len(filled) / len(CLAIMED[table])
    yield f"{table}: twin row", float(bool(TWIN.search(key[1])))
    if table != "patients":
        yield f"{table}: rows in the chart", log(len(view.records[table]))
    yield f"{table}: own report", float(_own(view, table, row, notes))
    yield f"{table}: day not exact", float(row.get("date_precision") not in (None, "day"))
    if table == "patients":
        own = [_own(view, "procedures", p, {m["note_id"] for m in view.of_row[_key("procedures", p)]}) for p in view.records["procedures"]]
        yield "patients: sessions", log(len(own))
        yield "patients: sessions with their own report", log(sum(own))
    if table == "lesions":
        yield "lesions: others in the session", log(view.in_session[row["procedure_id"]] - 1)
    yield from _from_parent(view, table, row)


def _key(table: str, row: Row) -> tuple[str, str]:
    return table, str(row[BY_NAME[table].key])


def _own(view: View, table: str, row: Row, notes: Iterable[Any]) -> bool:
    """True if a note behind the row is the session's or exam's own report, by type and day."""
    kind = "assessments" if table == "assessments" else "procedures"
    day = row.get("date") or view.rows.get(("procedures", str(row.get("procedure_id"))), {}).get("date")
    return any(_near(view.days(n, day), OWN_DAYS[kind]) and view.type_of(n) in OWN[kind] for n in notes)


def _near(days: int | None, most: int) -> bool:
    return days is not None and 0 <= days <= most


def _from_parent(view: View, table: str, row: Row) -> Iterator[tuple[str, float]]:
    found = view.parent(table, row)
    if found is None:
        return
    other, parent = found
    key = _key(other, parent)
    notes = {m["note_id"] for m in view.of_row[key]}
    yield f"{table}: {other} row is a twin", float(bool(TWIN.search(key[1])))
    yield f"{table}: {other} row has its own report", float(_own(view, other, parent, notes))
    yield f"{table}: rows of {other} in the chart", log(len(view.records[other]))


# ---- a cell that says something -------------------------------------------------------------------------------------------


def _value(view: View, claim: Claim) -> Iterator[tuple[str, float]]:
    cell = f"{claim.table}.{claim.column}"
    key = claim.table, claim.row_id, claim.column
    row, behind = view.rows[key[:2]], view.behind[key]
    yield f"basis: {view.basis.get(key, 'none')}", 1.0
    if _is_closed(claim.table, claim.column):
        yield f"{cell} = {row[claim.column]}", 1.0
    if claim.column == "term" and row.get("severity") is not None:
        yield f"{cell} = {row[claim.column]}, graded", 1.0
    for kind, name in (("rule", "rule_id"), ("section", "section")):
        yield from _shares(kind, (m[name] for m in behind))
    yield from _shares("note type", (view.type_of(m["note_id"]) for m in behind))
    yield from ((f"words: {name}", 1.0) for name in CONTEXT if any(m[f"is_{name}"] for m in behind))
    yield "mentions behind", log(len(behind))
    yield "notes behind", log(len({m["note_id"] for m in behind}))
    yield from _support(view, cell, behind)
    yield from _distance(view, claim, row, behind)


def _is_closed(table: str, column: str) -> bool:
    known = BY_NAME[table][column]
    return bool(known.values) or known.type == "boolean" or column == "event"


def _shares(kind: str, names: Iterable[Any]) -> Iterator[tuple[str, float]]:
    counts = Counter(str(n) for n in names)
    yield from ((f"{kind}: {name}", n / counts.total()) for name, n in sorted(counts.items()))


def _support(view: View, cell: str, behind: Sequence[Row]) -> Iterator[tuple[str, float]]:
    """Do other mentions of the same label say the same, or something else?"""
    said = {(m["label"], m["concept"]) for m in behind}
    labels, notes = {m["label"] for m in behind}, {m["note_id"] for m in behind}
    same = {note for pair in said for note in view.says.get(pair, ())}
    all_said, agreeing = [view.speaks.get(x, NONE) for x in labels], [view.says.get(pair, NONE) for pair in said]
    yield "other notes that agree", log(len(same - notes))
    yield f"{cell}: mentions that say otherwise", log(sum(c.total() for c in all_said) - sum(c.total() for c in agreeing))
    here = sum(c[n] for c in all_said for n in notes) - sum(c[n] for c in agreeing for n in notes)
    yield f"{cell}: mentions of the same notes that say otherwise", log(here)


def _distance(view: View, claim: Claim, row: Row, behind: Sequence[Row]) -> Iterator[tuple[str, float]]:
    """How far the words are from the words of the row's anchor, and the note from the row's day."""
    anchors = view.behind[claim.table, claim.row_id, ANCHOR.get(claim.table, "")] if ANCHOR.get(claim.table) != claim.column else ()
    if anchors and behind:
        gap = _gap(behind, anchors)
        yield "in another note than the row's anchor", float(gap is None)
        yield "hundreds of characters from the row's anchor", log(gap / 100) if gap is not None else 0.0
    days = [d for m in behind if (d := view.days(m["note_id"], row.get("date"))) is not None]
    if days:
        yield f"{claim.table}: months from the row's day to the note", log(min(abs(d) for d in days) / 30)
        yield f"{claim.table}: written before the row's day", float(max(days) < 0)


def _gap(some: Iterable[Row], others: Iterable[Row]) -> float | None:
    """The least number of characters between the starts of two mentions of one note; None where they share none."""
    starts: dict[Any, list[float]] = defaultdict(list)
    for m in others:
        starts[m["note_id"]].append(float(m["start"]))
    for known in starts.values():
        known.sort()
    return min((_nearest(float(m["start"]), starts[m["note_id"]]) for m in some if m["note_id"] in starts), default=None)


def _nearest(at: float, known: Sequence[float]) -> float:
    after = bisect_left(known, at)
    return min(abs(at - other) for other in known[max(0, after - 1) : after + 1])


# ---- a cell that says nothing ---------------------------------------------------------------------------------------------


def _empty(view: View, claim: Claim) -> Iterator[tuple[str, float]]:
    """Is there anything that could have filled it?"""
    cell = f"{claim.table}.{claim.column} empty"
    notes = {m["note_id"] for m in view.of_row[claim.table, claim.row_id]}
    could = [view.unused(claim.table, label) for label in SPEAKS.get(claim.column, ())]
    yield f"{cell}: unused mentions", log(sum(counts.total() for counts in could))
    yield f"{cell}: unused mentions in the row's notes", log(sum(counts[note] for counts in could for note in notes))


# ---- no more rows ---------------------------------------------------------------------------------------------------------


def _no_more(view: View, claim: Claim) -> Iterator[tuple[str, float]]:
    """Is there anything that could have made another row?"""
    name, table = claim.field, claim.table
    rows = [r for r in view.records[table] if table != "assessments" or claim.kind.endswith(str(r["scope"]))]
    could = [m for label in CANDIDATES[table] for m in view.so[label] if m["mention_id"] not in view.used[table]]
    yield f"{name}: rows", log(len(rows))
    yield f"{name}: none", float(not rows)
    yield f"{name}: unused mentions", log(len(could))
    yield f"{name}: notes with unused mentions only", log(len(_unread(view, table, could)))
    yield f"{name}: notes", log(len(view.notes))
    yield f"{name}: lesions", log(len(view.records["lesions"]))
    yield f"{name}: lesions without an outcome", log(max(0, len(view.records["lesions"]) - len(view.records["outcomes"])))
    yield f"{name}: twin lesions", float(any(TWIN.search(str(r["lesion_id"])) for r in view.records["lesions"]))
    kind = "assessments" if table in ("assessments", "outcomes") else "procedures"
    own = {n for n in view.notes if view.type_of(n) in OWN[kind]}
    told = {m["note_id"] for row in view.records[kind] for m in view.of_row[_key(kind, row)]}
    yield f"{name}: reports that gave no row", log(len(own - told))


def _unread(view: View, table: str, could: Iterable[Row]) -> set[Any]:
    told = {m["note_id"] for (name, _), behind in view.of_row.items() if name == table for m in behind}
    return {m["note_id"] for m in could} - told
