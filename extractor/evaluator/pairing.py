"""Which extracted row is which labeled row? One chart's rows in pairs, with what is left over on either side.

A procedure matches on modality and day, a lesion on procedure, site and side, a complication on term and procedure, an assessment on day
(and lesion, where local), an outcome on lesion. Among the rows left over, those that agree in all of this but one thing are ``near``:
they count as missed and extra all the same, but the cause is known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from extractor.evaluator.match import Row, Tables, match

PARTS = ("procedures", "lesions", "complications", "assessments.local", "assessments.distant", "outcomes")
WRONG_VALUE, WRONG_DATE, WRONG_LINK, MISSED, EXTRA = "wrong value", "wrong date", "wrong link", "missed row", "extra row"
CAUSES = (MISSED, EXTRA, WRONG_VALUE, WRONG_DATE, WRONG_LINK)
SLIP = 31
"""Days within which two dates of otherwise equal rows are taken for one date told wrong."""
TIE = 0.001
"""Worth of what decides only between equally good assignments."""
Ids = Mapping[Any, Any]
"""Extracted id to label id."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far two values may lie apart and still agree: days of a date, millimetres of a size and of a margin, months of a duration."""

    days: int = 0
    size_mm: float = 1.0
    min_margin_mm: float = 0.5
    months: float = 0.01

    def same_day(self, a: Any, b: Any) -> bool:
        """Two ISO days, or None, that agree."""
        if a == b or not self.days:
            return bool(a == b)
        apart = gap(a, b)
        return apart is not None and apart <= self.days


STRICT = Tolerance()


@dataclass(frozen=True, slots=True)
class Near:
    """Two rows that agree in all that matching asks for but ``column``."""

    gold: Row
    got: Row
    cause: str
    column: str


@dataclass(frozen=True, slots=True)
class Pairs:
    """Rows of a part: matched, nearly matched, and on one side only."""

    same: list[tuple[Row, Row]]
    near: list[Near]
    missed: list[Row]
    extra: list[Row]


Differs = Callable[[Row, Row], tuple[float, str, str] | None]
"""(likeness, cause, column) of a near pair."""


def pair(gold: Tables, got: Tables, tolerance: Tolerance = STRICT) -> dict[str, Pairs]:
    """Every part of a chart in pairs."""
    out = {"procedures": _procedures(gold, got, tolerance)}
    sessions = ids(out["procedures"])
    nearly = {n.got["id"]: n.gold["id"] for n in out["procedures"].near}
    out["lesions"] = _lesions(gold, got, sessions, nearly)
    lesions = ids(out["lesions"])
    loose = {n.got["id"]: n.gold["id"] for n in out["lesions"].near}
    out["complications"] = _complications(gold, got, sessions)
    for scope in ("local", "distant"):
        out[f"assessments.{scope}"] = _assessments(gold, got, scope, lesions, loose, tolerance)
    out["outcomes"] = _outcomes(gold, got, lesions, loose)
    return out


def ids(pairs: Pairs) -> dict[Any, Any]:
    """Extracted id to label id of matched rows."""
    return {b["id"]: a["id"] for a, b in pairs.same}


def _part(gold: list[Row], got: list[Row], likeness: Callable[[Row, Row], float], differs: Differs) -> Pairs:
    same, missed, extra = match(gold, got, likeness)
    close, missed, extra = match(missed, extra, lambda a, b: (differs(a, b) or (0.0,))[0])
    near = [Near(a, b, told[1], told[2]) for a, b in close if (told := differs(a, b))]
    return Pairs(same, near, missed, extra)


# ---- the parts ------------------------------------------------------------------------------------------------------------


def _procedures(gold: Tables, got: Tables, tolerance: Tolerance) -> Pairs:
    def likeness(a: Row, b: Row) -> float:
        same = a.get("modality") == b.get("modality") and tolerance.same_day(a.get("date"), b.get("date"))
        return closeness(a.get("date"), b.get("date")) if same else 0.0

    def differs(a: Row, b: Row) -> tuple[float, str, str] | None:
        if a.get("date") == b.get("date"):
            return 2.0, WRONG_VALUE, "modality"
        if a.get("modality") == b.get("modality") and slipped(a.get("date"), b.get("date")):
            return closeness(a.get("date"), b.get("date")), WRONG_DATE, "date"
        return None

    return _part(gold["procedures"], got["procedures"], likeness, differs)


def _lesions(gold: Tables, got: Tables, sessions: Ids, nearly: Ids) -> Pairs:
    ours, theirs = _all_fates(gold), _all_fates(got)

    def place(a: Row, b: Row) -> tuple[bool, bool]:
        return a.get("site") == b.get("site"), a.get("laterality") is None or a["laterality"] == b.get("laterality")

    def alike(a: Row, b: Row) -> float:
        same = 2.0 * (a.get("size_mm") == b.get("size_mm")) + 0.5 * (a.get("min_margin_mm") == b.get("min_margin_mm"))
        same += sum(a.get(c) == b.get(c) for c in ("coverage", "laterality"))
        one, other = ours.get(a["id"], set()), theirs.get(b["id"], set())
        return float(same) + 0.01 * (len(one & other) - 0.5 * len(one ^ other))

    def likeness(a: Row, b: Row) -> float:
        linked = sessions.get(b["procedure"]) == a["procedure"]
        return 4 + alike(a, b) if linked and all(place(a, b)) else 0.0

    def differs(a: Row, b: Row) -> tuple[float, str, str] | None:
        site, side = place(a, b)
        if site and side:
            return 20 * (nearly.get(b["procedure"]) == a["procedure"]) + 4 + alike(a, b), WRONG_LINK, "procedure_id"
        if sessions.get(b["procedure"]) == a["procedure"] and (site or side):
            return 10 + alike(a, b), WRONG_VALUE, "laterality" if site else "site"
        return None

    return _part(gold["lesions"], got["lesions"], likeness, differs)


def _all_fates(tables: Tables) -> dict[Any, set[tuple[Any, Any]]]:
    """What became of each lesion: tells twins of one site apart."""
    out: dict[Any, set[tuple[Any, Any]]] = {}
    for row in tables["assessments"]:
        out.setdefault(row["lesion"], set()).add((row.get("date"), row.get("status")))
    for row in tables["outcomes"]:
        out.setdefault(row["lesion"], set()).add((row.get("event"), row.get("event_date")))
    return out


def _complications(gold: Tables, got: Tables, sessions: Ids) -> Pairs:
    def linked(a: Row, b: Row) -> bool:
        return bool(sessions.get(b["procedure"]) == a["procedure"])

    def differs(a: Row, b: Row) -> tuple[float, str, str] | None:
        if a.get("term") == b.get("term"):
            return 3.0, WRONG_LINK, "procedure_id"
        return (1.0 + (a.get("severity") == b.get("severity")), WRONG_VALUE, "term") if linked(a, b) else None

    return _part(gold["complications"], got["complications"], lambda a, b: float(a.get("term") == b.get("term") and linked(a, b)), differs)


def _assessments(gold: Tables, got: Tables, scope: str, lesions: Ids, loose: Ids, tolerance: Tolerance) -> Pairs:
    def linked(a: Row, b: Row) -> bool:
        return scope == "distant" or lesions.get(b["lesion"]) == a["lesion"]

    def likeness(a: Row, b: Row) -> float:
        if not tolerance.same_day(a.get("date"), b.get("date")) or not linked(a, b):
            return 0.0
        return (
            closeness(a.get("date"), b.get("date")) + (a.get("status") == b.get("status")) + TIE * (a.get("modality") == b.get("modality"))
        )

    def differs(a: Row, b: Row) -> tuple[float, str, str] | None:
        same = a.get("status") == b.get("status")
        if tolerance.same_day(a.get("date"), b.get("date")):
            return 4.0 + 2 * (loose.get(b["lesion"]) == a["lesion"]) + same, WRONG_LINK, "lesion_id"
        if linked(a, b) and slipped(a.get("date"), b.get("date")):
            return closeness(a.get("date"), b.get("date")) + same, WRONG_DATE, "date"
        return None

    ours, theirs = ([r for r in t["assessments"] if r.get("scope") == scope] for t in (gold, got))
    return _part(ours, theirs, likeness, differs)


def _outcomes(gold: Tables, got: Tables, lesions: Ids, loose: Ids) -> Pairs:
    return _part(
        gold["outcomes"],
        got["outcomes"],
        lambda a, b: float(lesions.get(b["lesion"]) == a["lesion"]),
        lambda a, b: (1.0, WRONG_LINK, "lesion_id") if loose.get(b["lesion"]) == a["lesion"] else None,
    )


# ---- dates ----------------------------------------------------------------------------------------------------------------


def _days(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def gap(a: Any, b: Any) -> int | None:
    """Days between two ISO days; None where one is no day."""
    one, other = _days(a), _days(b)
    return abs((one - other).days) if one and other else None


def closeness(a: Any, b: Any) -> float:
    """1 for equal days, less the further they lie apart, never 0."""
    apart = gap(a, b)
    return 1.0 if not apart else 1.0 / (1.0 + apart / 100)


def slipped(a: Any, b: Any) -> bool:
    """Can one be the other, told wrong? Within SLIP days; the same day of another year; day and month swapped; only the year known."""
    one, other = _days(a), _days(b)
    if not one or not other:
        return False
    return (
        abs((one - other).days) <= SLIP
        or (one.month, one.day) == (other.month, other.day)
        or (one.year, one.month, one.day) == (other.year, other.day, other.month)
        or (one.year == other.year and (1, 1) in ((one.month, one.day), (other.month, other.day)))
    )
