"""The same row as several people told it: rows of one chart from two or more readers, brought together.

Rows are matched by best assignment and by the evaluator's rules (a procedure by modality and day, a lesion by procedure, site and side, a complication
by term and procedure, an assessment by day and lesion, an outcome by lesion), but either way round: no reader is the right one, and a side that one
leaves open contradicts none. What is left over is matched once more, loosely (a session by day or within 30 days, a lesion by procedure, and so on): such
rows are no agreement on the row, but their cells can be compared. A row below one that is matched loosely is matched loosely too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from extractor.evaluator.charts import Tables
from extractor.evaluator.match import Row, match

TABLES = ("patients", "procedures", "lesions", "complications", "assessments", "outcomes")
NEAR = 30
"""Days within which two dates may be meant to be the same."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A row as each reader told it, None where one did not. ``exact`` if the rows agree in all that identifies them."""

    patient: str
    table: str
    rows: tuple[Row | None, ...]
    exact: bool = True

    @property
    def told(self) -> tuple[Row, ...]:
        """The rows that are there."""
        return tuple(r for r in self.rows if r is not None)


@dataclass(slots=True)
class _Group:
    rows: list[Row | None]
    exact: bool = True

    def told(self) -> list[Row]:
        return [r for r in self.rows if r is not None]


@dataclass(frozen=True, slots=True)
class _Links:
    """For each reader, row id to number of its group."""

    groups: Sequence[_Group]
    of: Sequence[dict[Any, int]]

    def group(self, reader: int, key: Any) -> int | None:
        return self.of[reader].get(key)


Likeness = Callable[[int, Row, int, Row], float]
"""(reader, row, reader, row) to likeness; 0 never pairs."""


def readings(patient: str, sources: Sequence[Tables]) -> list[Reading]:
    """All rows of a patient, as each source told them."""
    people = [Reading(patient, "patients", tuple((s["patients"] or [{}])[0] for s in sources))]
    sessions = _gather([s["procedures"] for s in sources], _session, _session_loosely)
    in_session = _links(sessions, len(sources))
    lesions = _gather([s["lesions"] for s in sources], *_lesion(in_session, sources))
    _pass_down(lesions, in_session, "procedure")
    of_lesion = _links(lesions, len(sources))
    events = _gather([s["complications"] for s in sources], *_complication(in_session))
    _pass_down(events, in_session, "procedure")
    exams = _gather([s["assessments"] for s in sources], *_assessment(of_lesion))
    _pass_down(exams, of_lesion, "lesion")
    outcomes = _gather([s["outcomes"] for s in sources], _outcome(of_lesion), None)
    _pass_down(outcomes, of_lesion, "lesion")
    found = zip(TABLES[1:], (sessions, lesions, events, exams, outcomes), strict=True)
    return people + [Reading(patient, table, tuple(g.rows), g.exact) for table, groups in found for g in groups]


def _gather(rows: Sequence[Sequence[Row]], strict: Likeness, loose: Likeness | None) -> list[_Group]:
    """Groups of rows that are the same; each reader's rows are matched in turn to the groups of those before."""
    groups: list[_Group] = []
    for reader, own in enumerate(rows):
        left, rest = groups, list(own)
        for likeness, exact in ((strict, True), (loose, False)):
            if likeness is not None:
                left, rest = _join(left, rest, reader, likeness, exact)
        groups = groups + [_Group([None] * reader + [row]) for row in rest]
        for group in groups:
            group.rows += [None] * (reader + 1 - len(group.rows))
    return groups


def _join(groups: list[_Group], rows: list[Row], reader: int, likeness: Likeness, exact: bool) -> tuple[list[_Group], list[Row]]:
    """Add rows to the groups they match; returns the groups and rows left over."""

    def alike(a: Row, b: Row) -> float:
        members = [(i, r) for i, r in enumerate(a["group"].rows) if r is not None]
        return max((likeness(i, r, reader, b["row"]) for i, r in members), default=0.0)

    pairs, left, rest = match([{"group": g} for g in groups], [{"row": r} for r in rows], alike)
    for a, b in pairs:
        a["group"].rows.append(b["row"])
        a["group"].exact &= exact
    return [a["group"] for a in left], [b["row"] for b in rest]


def _links(groups: Sequence[_Group], readers: int) -> _Links:
    of: list[dict[Any, int]] = [{} for _ in range(readers)]
    for number, group in enumerate(groups):
        for reader, row in enumerate(group.rows):
            if row is not None:
                of[reader][row["id"]] = number
    return _Links(groups, of)


def _pass_down(groups: Sequence[_Group], above: _Links, name: str) -> None:
    """A row is matched exactly only below a row that is."""
    for group in groups:
        for reader, row in enumerate(group.rows):
            number = above.group(reader, row.get(name)) if row is not None else None
            if number is not None and len(group.told()) > 1:
                group.exact &= above.groups[number].exact


# ---- the same row? --------------------------------------------------------------------------------------------------------


def apart(a: Any, b: Any) -> int | None:
    """Days between two ISO days; None where one is missing or no day."""
    try:
        return abs((date.fromisoformat(str(a)) - date.fromisoformat(str(b))).days)
    except ValueError:
        return None


def _nearness(a: Row, b: Row) -> float:
    """1 on the same day, less with distance, 0 beyond NEAR days."""
    days = apart(a.get("date"), b.get("date"))
    return 0.0 if days is None or days > NEAR else 1 - days / (NEAR + 1)


def _session(_: int, a: Row, __: int, b: Row) -> float:
    return float(a.get("modality") == b.get("modality") and a.get("date") == b.get("date"))


def _session_loosely(_: int, a: Row, __: int, b: Row) -> float:
    if a.get("modality") == b.get("modality"):
        return 1 + _nearness(a, b) if _nearness(a, b) else 0.0
    return float(a.get("date") == b.get("date") and a.get("date") is not None)


def _lesion(sessions: _Links, sources: Sequence[Tables]) -> tuple[Likeness, Likeness]:
    fates = [_fates(s) for s in sources]

    def inside(i: int, a: Row, j: int, b: Row) -> bool:
        one, other = sessions.group(i, a.get("procedure")), sessions.group(j, b.get("procedure"))
        return one is not None and one == other

    def alike(i: int, a: Row, j: int, b: Row) -> float:
        same = 2.0 * (a.get("size_mm") == b.get("size_mm")) + 0.5 * (a.get("min_margin_mm") == b.get("min_margin_mm"))
        same += sum(a.get(c) == b.get(c) for c in ("coverage", "laterality"))
        ours, theirs = fates[i].get(a["id"], set()), fates[j].get(b["id"], set())
        return float(same) + 0.01 * (len(ours & theirs) - 0.5 * len(ours ^ theirs))

    def sides(a: Row, b: Row) -> bool:
        return a.get("laterality") is None or b.get("laterality") is None or a["laterality"] == b["laterality"]

    def strict(i: int, a: Row, j: int, b: Row) -> float:
        return 4 + alike(i, a, j, b) if inside(i, a, j, b) and a.get("site") == b.get("site") and sides(a, b) else 0.0

    def loose(i: int, a: Row, j: int, b: Row) -> float:
        return 4 + 2 * (a.get("site") == b.get("site")) + alike(i, a, j, b) if inside(i, a, j, b) else 0.0

    return strict, loose


def _fates(tables: Tables) -> dict[Any, set[tuple[Any, Any]]]:
    """What became of each lesion: tells twins of one site apart."""
    out: dict[Any, set[tuple[Any, Any]]] = {}
    for row in tables["assessments"]:
        out.setdefault(row.get("lesion"), set()).add((row.get("date"), row.get("status")))
    for row in tables["outcomes"]:
        out.setdefault(row.get("lesion"), set()).add((row.get("event"), row.get("event_date")))
    return out


def _complication(sessions: _Links) -> tuple[Likeness, Likeness]:
    def inside(i: int, a: Row, j: int, b: Row) -> bool:
        return sessions.group(i, a.get("procedure")) == sessions.group(j, b.get("procedure"))

    def strict(i: int, a: Row, j: int, b: Row) -> float:
        return float(a.get("term") == b.get("term") and inside(i, a, j, b)) * (1 + (a.get("severity") == b.get("severity")))

    def loose(i: int, a: Row, j: int, b: Row) -> float:
        same = a.get("term") == b.get("term")
        return 2.0 * same + inside(i, a, j, b) + 0.5 * (a.get("severity") == b.get("severity")) if same or inside(i, a, j, b) else 0.0

    return strict, loose


def _assessment(lesions: _Links) -> tuple[Likeness, Likeness]:
    def about(i: int, a: Row, j: int, b: Row) -> bool:
        if a.get("scope") != b.get("scope"):
            return False
        return a.get("scope") == "distant" or lesions.group(i, a.get("lesion")) == lesions.group(j, b.get("lesion"))

    def alike(a: Row, b: Row) -> float:
        return 1.0 + (a.get("status") == b.get("status")) + 0.5 * (a.get("modality") == b.get("modality"))

    def strict(i: int, a: Row, j: int, b: Row) -> float:
        return alike(a, b) if about(i, a, j, b) and a.get("date") == b.get("date") else 0.0

    def loose(i: int, a: Row, j: int, b: Row) -> float:
        return _nearness(a, b) * (4 + alike(a, b)) if about(i, a, j, b) else 0.0

    return strict, loose


def _outcome(lesions: _Links) -> Likeness:
    def strict(i: int, a: Row, j: int, b: Row) -> float:
        one, other = lesions.group(i, a.get("lesion")), lesions.group(j, b.get("lesion"))
        return float(one is not None and one == other)

    return strict
