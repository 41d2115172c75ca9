"""Lines and cells of marked-up text: where a block begins, a line begins; cells of one row stand on one line, between bars."""

from __future__ import annotations

import re

BLANKS = re.compile(r"[ \t\r\n\f]+")
UNSEEN = {ord(c): None for c in "\u00ad\u200b\u200c\u200d\u2060\ufeff"} | {0xA0: " "}
BAR = " | "


class Layout:
    """Collects words; ``str`` gives the text. Blanks are collapsed, no-break spaces are blanks, unseen characters go."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._lines = 0
        self._bar = False
        self._cells: list[bool] = []
        """For each open cell: has a word stood in it?"""

    def words(self, text: str) -> None:
        """Running text."""
        text = BLANKS.sub(" ", text)
        if self._fresh or self._parts[-1].endswith((" ", "\n")):
            text = text.lstrip(" ")
        if text:
            self._put(text.translate(UNSEEN))

    def verbatim(self, text: str) -> None:
        """Text whose blanks and line breaks count."""
        if text:
            self._put(text.replace("\r\n", "\n").replace("\r", "\n").translate(UNSEEN))

    def block(self, lines: int = 1) -> None:
        """What follows begins a line, after ``lines - 1`` empty ones."""
        if not self._cells or self._cells[-1]:
            self._lines = max(self._lines, lines)

    def line(self) -> None:
        """A line break that counts."""
        self._lines = min(self._lines + 1, 2)

    def cell(self) -> None:
        """A cell of a row begins."""
        self._cells.append(False)

    def end_cell(self) -> None:
        """It ends; a cell that held one line shares it with the next."""
        stood = bool(self._cells) and self._cells.pop()
        if stood and self._lines <= 1:
            self._lines, self._bar = 0, True

    def end_row(self) -> None:
        """The row ends."""
        self._bar = False
        self._lines = max(self._lines, 1)

    @property
    def _fresh(self) -> bool:
        return not self._parts or self._lines > 0 or self._bar

    def _put(self, text: str) -> None:
        if self._parts and self._fresh:
            self._parts[-1] = self._parts[-1].rstrip(" ")
            self._parts.append("\n" * self._lines if self._lines else BAR)
        self._lines, self._bar = 0, False
        self._cells = [True] * len(self._cells) if self._cells and not self._cells[-1] else self._cells
        self._parts.append(text)

    def __str__(self) -> str:
        return "".join(self._parts).strip()
