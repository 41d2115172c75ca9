"""Days that may be known only to the month or year: the days they can mean."""

from __future__ import annotations

import calendar
from datetime import date

from extractor.evaluator.match import Row


def day(value: object) -> date | None:
    """An ISO day, or None."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def span(row: Row, column: str = "date") -> tuple[date, date] | None:
    """First and last day that a row's date can mean by its precision; None without a date."""
    first = day(row.get(column))
    if first is None:
        return None
    precision = row.get(f"{column}_precision")
    if precision == "year":
        return date(first.year, 1, 1), date(first.year, 12, 31)
    if precision == "month":
        return first.replace(day=1), first.replace(day=calendar.monthrange(first.year, first.month)[1])
    return first, first


def within(found: tuple[date, date] | None, first: date | None, last: date | None) -> bool | None:
    """Does a day lie between two (both count)? None where it can and need not."""
    if first is None and last is None:
        return True
    if found is None:
        return None
    low, high = first or date.min, last or date.max
    if found[1] < low or found[0] > high:
        return False
    return True if low <= found[0] and found[1] <= high else None


def years(start: date, end: date) -> int:
    """Whole years from a day to another; negative where it lies before."""
    return end.year - start.year - ((end.month, end.day) < (start.month, start.day))
