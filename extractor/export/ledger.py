"""Numbers that rows keep from one export to the next: OMOP's ids and REDCap's instances.

A row that an export no longer holds keeps its number as withdrawn, so that no other row ever gets it; a row under a new id that tells its
old one (``replaces``) takes the old one's number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from extractor.errors import InputError
from extractor.export.folder import read_table, table

HEADER = ("group", "key", "number", "state")
Key = tuple[str, str]
"""(group within which numbers are given, such as patient and instrument; the row's own id)."""


@dataclass(slots=True)
class Ledger:
    """Numbers from 1 by group. The one thing here that changes: it is read, added to, and written back."""

    numbers: dict[Key, int] = field(default_factory=dict)
    used: set[Key] = field(default_factory=set)
    taken: frozenset[int] = frozenset()
    """Numbers that are given elsewhere and never here."""
    _next: dict[str, int] = field(default_factory=dict)

    def number(self, group: str, key: str, replaces: str | None = None) -> int:
        """The number of a row, given now if it has none."""
        own = (group, key)
        if own not in self.numbers and replaces is not None and (group, replaces) in self.numbers:
            self.numbers[own] = self.numbers.pop((group, replaces))
        if own not in self.numbers:
            self.add(*own, next(n for n in count(self._next.get(group, 1)) if n not in self.taken))
        self.used.add(own)
        return self.numbers[own]

    def withdrawn(self) -> Iterator[tuple[str, str, int]]:
        """(group, key, number) of the rows that were not asked for."""
        return ((g, k, n) for (g, k), n in sorted(self.numbers.items()) if (g, k) not in self.used)

    def add(self, group: str, key: str, number: int) -> None:
        """A number that was given before."""
        self.numbers[group, key] = number
        self._next[group] = max(self._next.get(group, 1), number + 1)

    def rows(self) -> Iterator[tuple[str, str, int, str]]:
        """(group, key, number, state) of every number, in order."""
        return ((g, k, n, "current" if (g, k) in self.used else "withdrawn") for (g, k), n in sorted(self.numbers.items()))

    def write(self, path: Path) -> None:
        """Keep it as CSV."""
        table(path, HEADER, self.rows())


def read(path: Path | None) -> Ledger:
    """A ledger as written; an empty one without a file. Raises InputError if the file is none."""
    found = Ledger()
    if path is None or not path.is_file():
        return found
    try:
        for row in read_table(path):
            found.add(row["group"], row["key"], int(row["number"]))
    except (KeyError, ValueError, UnicodeDecodeError):
        raise InputError(f"{path}: is no ledger of numbers; restore it from your last export, or numbers would shift") from None
    return found
