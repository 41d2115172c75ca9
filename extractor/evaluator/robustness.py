"""What a change of writing does to a chart: rewrite its notes, abstract again, and count the cells that stay the same.

Changes that carry no information (order of notes, a repeated note, CRLF, another name, 28 years later: weekdays and leap years stay)
must change nothing. The others (days later, the other order of day and month, new line breaks, capitals, no headings) take something
away that a reader leans on; the share of cells that stay says how much.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from extractor.model import Chart, Mention, Note, PartialDate, When
from extractor.normalizer import abstract
from extractor.pipeline import Reader
from extractor.pipeline.dates import day_first

YEARS = 28
"""The Gregorian calendar repeats its weekdays after 28 years (1901 to 2099)."""
DAYS = 3
"""Small, since a month told without its day ("ablated in May") stays: days that cross into June would contradict it."""
COLUMNS = 80
TABLES = ("patients", "procedures", "lesions", "complications", "assessments", "outcomes", "treatments")
MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
FULL_YEAR = re.compile(r"(?<!\d)(?<!SIR )(?<!CIRSE )(?:19[3-9]\d|20[0-4]\d)(?![\d%]| ?(?:mg|ml|mL|g|cc|units?|mm|Hz)\b)")
TOKEN = re.compile(r"\d+|[A-Za-z]+")
Rewrite = Callable[[Sequence[Note], Reader], list[Note]]
Back = Callable[[date, str], date]
"""(day, precision) of the changed chart to the day of the chart as it was."""
Cell = tuple[str, str, str]
"""(table, row, column) of a cell, the row by its place among equal ones."""


@dataclass(frozen=True, slots=True)
class Change:
    """A rewriting, and how its cells are brought back so that they can be compared."""

    name: str
    rewrite: Rewrite
    back: Back = lambda day, precision: day
    must_hold: bool = False


def share(changed: Chart, chart: Chart, back: Back) -> tuple[int, int]:
    """(cells that are the same on both sides, cells on either side); words of the note are compared whatever their capitals."""
    ours, theirs = _cells(chart, lambda day, _: day), _cells(changed, back)
    return sum(ours[k] == theirs.get(k) for k in ours), len(ours.keys() | theirs.keys())


@dataclass(frozen=True, slots=True)
class Kept:
    """What a change left as it was: charts without any changed cell, of how many; cells the same, of how many."""

    change: Change
    charts_same: int
    charts: int
    cells_same: int
    cells: int


def measure(
    charts: Sequence[Sequence[Note]], changes: Sequence[Change], reader: Reader, progress: Callable[[int, int], None] | None = None
) -> list[Kept]:
    """Every change on every chart; ``progress`` is told (done, total) charts."""
    found: list[list[tuple[int, int]]] = []
    for number, notes in enumerate(charts, 1):
        chart = abstract(notes, reader)
        found.append([share(abstract(c.rewrite(notes, reader), reader), chart, c.back) for c in changes])
        if progress:
            progress(number, len(charts))
    return [
        Kept(change, sum(a == b for a, b in one), len(one), sum(a for a, _ in one), sum(b for _, b in one))
        for change, one in zip(changes, zip(*found, strict=True), strict=True)
    ]


def _cells(chart: Chart, back: Back) -> dict[Cell, str]:
    out: dict[Cell, str] = {}
    for table in TABLES:
        for row in getattr(chart, table):
            values = {k: c.value for k, c in row.cells.items()}
            told = str(values.get("date_precision") or "day")
            names = {k: _shown(v, str(values.get(f"{k}_precision") or told), chart.patient_id, back) for k, v in values.items()}
            ident = next((v for k, v in names.items() if k.endswith("_id") and k != "patient_id"), "")
            out.update({(table, ident, k): v for k, v in names.items()})
    return out


def _shown(value: Any, precision: str, patient: str, back: Back) -> str:
    if isinstance(value, date):
        return back(value, precision).isoformat()
    text = " ".join(str(value).split()).casefold()
    text = text.replace(patient.casefold(), "patient")
    text = re.sub(r"\d{4}-\d\d-\d\d", lambda m: back(date.fromisoformat(m[0]), precision).isoformat(), text)
    text = re.sub(r"(?<=:)(\d{4})-(\d\d)(?=:)", lambda m: back(date(int(m[1]), int(m[2]), 1), "month").isoformat()[:7], text)
    return re.sub(r"(?<=:)(\d{4})(?=:)", lambda m: str(back(date(int(m[1]), 1, 1), "year").year), text)


# ---- changes that carry no information --------------------------------------------------------------------------------------


def _shuffled(notes: Sequence[Note], _: Reader) -> list[Note]:
    return list(notes[::-1])


def _repeated(notes: Sequence[Note], _: Reader) -> list[Note]:
    return [*notes, replace(notes[-1], note_id="zz-again"), replace(notes[0], note_id="00-again")]


def _crlf(notes: Sequence[Note], _: Reader) -> list[Note]:
    return [replace(n, text=n.text.replace("\n", "\r\n")) for n in notes]


def _renamed(notes: Sequence[Note], _: Reader) -> list[Note]:
    return [replace(n, patient_id="someone-else") for n in notes]


def _years_later(notes: Sequence[Note], reader: Reader) -> list[Note]:
    """Every year moved, whether the reader takes it for a date or not."""
    return [
        replace(n, note_date=_add_years(n.note_date, YEARS), text=FULL_YEAR.sub(lambda m: str(int(m[0]) + YEARS), text))
        for n, text in _redated(notes, reader, lambda m, day: _with_year(m.text, day.date, day.precision))
    ]


def _with_year(words: str, day: date, precision: str) -> str:
    """The two digits of a short year moved; full years are moved everywhere."""
    short = f"{day.year % 100:02d}"
    tokens = [m for m in TOKEN.finditer(words) if m[0] == short]
    no_year = len(re.findall(r"\d+", words)) < (1 if re.search("[A-Za-z]{3}|'", words) else 2) + (precision == "day")
    if str(day.year) in words or not tokens or no_year:
        return words
    last = tokens[-1]
    return f"{words[: last.start()]}{(day.year + YEARS) % 100:02d}{words[last.end() :]}"


def _add_years(day: date, years: int) -> date:
    return day.replace(year=day.year + years)


# ---- changes that take something away ---------------------------------------------------------------------------------------


def _days_later(notes: Sequence[Note], reader: Reader) -> list[Note]:
    """Dates known to the day moved in the same form, weekdays with them; months and years stay, so dates told so may fall behind."""
    move = timedelta(DAYS)
    return [
        replace(n, note_date=n.note_date + move, text=_weekdays(text))
        for n, text in _redated(
            notes, reader, lambda m, day: _rewritten(m.text, day.date, day.date + move) if day.precision == "day" else m.text
        )
    ]


def _weekdays(text: str) -> str:
    def moved(m: re.Match[str]) -> str:
        number = next(i for i, w in enumerate(WEEKDAYS) if w.lower().startswith(m[0][:3].lower()))
        name = WEEKDAYS[(number + DAYS) % 7]
        return name if len(m[0]) > 3 else name[:3]

    return re.sub(rf"\b(?:{'|'.join(WEEKDAYS)}|Mon|Tue|Wed|Thu|Fri)\b", moved, text)


def _rewritten(words: str, old: date, new: date) -> str:
    """The words of a day with its numbers and its month's name replaced, each once, in the form they had."""
    parts = {"year": old.year, "month": old.month, "day": old.day}
    if (
        len(re.findall(r"\d+", words)) == 3
        and old.month != old.day
        and words.find(str(old.day)) < words.find(str(old.month))
        and not re.match(r"\d{4}", words)
    ):
        order = ["day", "month", "year"]
    else:
        order = ["month", "day", "year"] if not re.match(r"\d{4}", words) else ["year", "month", "day"]
    left = dict(parts)

    def one(m: re.Match[str]) -> str:
        token = m[0]
        if token.isdigit():
            for part in order:
                if part in left and int(token) in (left[part], left[part] % 100 if part == "year" else left[part]):
                    del left[part]
                    value = getattr(new, part)
                    return f"{value % 100:02d}" if part == "year" and len(token) == 2 else str(value).zfill(len(token))
            return token
        month = next((name for name in MONTHS if "month" in left and len(token) >= 3 and name.lower().startswith(token.lower()[:3])), None)
        if month == MONTHS[old.month - 1] and month is not None:
            del left["month"]
            name = MONTHS[new.month - 1] if token.lower() == month.lower() else MONTHS[new.month - 1][:3]
            return name.upper() if token.isupper() else name
        return token

    return TOKEN.sub(one, words)


def _other_order(notes: Sequence[Note], reader: Reader) -> list[Note]:
    """``3/12/2019`` for ``12/3/2019``: American charts day-first, day-first charts American."""
    return [replace(n, text=text) for n, text in _redated(notes, reader, lambda m, _: _swapped(m.text))]


def _swapped(words: str) -> str:
    return re.sub(r"^(\d{1,2})([/.-])(\d{1,2})(?=\2|$)", r"\3\2\1", words)


def _wrapped(notes: Sequence[Note], _: Reader) -> list[Note]:
    def wrap(text: str) -> str:
        lines = [textwrap.wrap(x, COLUMNS, break_long_words=False, break_on_hyphens=False) or [""] for x in text.split("\n")]
        return "\n".join(piece for line in lines for piece in line)

    return [replace(n, text=wrap(n.text)) for n in notes]


def _capitals(notes: Sequence[Note], _: Reader) -> list[Note]:
    return [replace(n, text=n.text.upper()) for n in notes]


def _no_headings(notes: Sequence[Note], reader: Reader) -> list[Note]:
    out = []
    for note in notes:
        text = note.text
        for section in reversed(reader.read(note).sections):
            text = text[: section.start] + text[section.body :] if section.title else text
        out.append(replace(note, text=text if text.strip() else note.text))
    return out


def _redated(notes: Sequence[Note], reader: Reader, rewrite: Callable[[Mention, PartialDate], str]) -> list[tuple[Note, str]]:
    """Each note with its text in which every date of its own (none told relative to another) is rewritten."""
    european = day_first((n.note_date, n.text) for n in notes)
    out = []
    for note in notes:
        text, until = note.text, len(note.text)
        for m in sorted((m for m in reader.read(note, european).mentions if m.label == "DATE"), key=lambda m: -m.start):
            if isinstance(m.value, When) and m.value.date and m.end <= until:
                text = text[: m.start] + rewrite(m, m.value.date) + text[m.end :]
                until = m.start
        out.append((note, text))
    return out


def _untyped(notes: Sequence[Note], _: Reader) -> list[Note]:
    """Notes as an export without a column of types has them."""
    return [replace(n, note_type=None) for n in notes]


CHANGES = (
    Change("28 years later", _years_later, lambda day, _: _add_years(day, -YEARS), must_hold=True),
    Change("notes shuffled", _shuffled, must_hold=True),
    Change("a note repeated", _repeated, must_hold=True),
    Change("CRLF", _crlf, must_hold=True),
    Change("patient renamed", _renamed, must_hold=True),
    Change(f"{DAYS} days later", _days_later, lambda day, precision: day - timedelta(DAYS) if precision == "day" else day),
    Change("day and month swapped", _other_order),
    Change(f"lines wrapped at {COLUMNS}", _wrapped),
    Change("all capitals", _capitals),
    Change("headings removed", _no_headings),
    Change("kinds of notes untold", _untyped),
)
