"""Sentences: one pass over the text, made for clinical notes. Works on a note.

A sentence never crosses a section. A line break ends it unless the line was wrapped: it is
about as long as lines of this note get and its sentence is still open. List items are sentences of their own; a list number is never one.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from functools import lru_cache

from extractor.model import Section, Sentence, alike
from extractor.patterns import re

LEVEL = "note"
LINES_REMEMBERED = 8_192
"""Lines, by their shape, of which it is remembered how they are parted."""
LONGEST = 2_000
"""Characters of the longest sentence; a longer one is cut at white space, so that no cost grows with a line without an end."""

ABBREVIATIONS = frozenset(
    [
        "dr",
        "drs",
        "mr",
        "mrs",
        "ms",
        "prof",
        "st",
        "vs",
        "v",
        "approx",
        "ca",
        "e.g",
        "i.e",
        "eg",
        "ie",
        "cf",
        "fig",
        "figs",
        "no",
        "nos",
        "al",
        "etc",
        "resp",
        "incl",
        "excl",
        "dept",
        "pt",
        "pts",
        "dx",
        "hx",
        "tx",
        "rx",
        "fx",
        "sx",
        "bx",
        "f/u",
        "s/p",
        "c/w",
        "w/o",
        "seg",
        "segs",
        "ser",
        "im",
        "img",
        "ant",
        "post",
        "lat",
        "med",
        "sup",
        "inf",
        "min",
        "max",
        "temp",
        "wt",
        "ht",
        "est",
        "lt",
        "rt",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
        "a.m",
        "p.m",
        "am",
        "pm",
        "po",
        "iv",
        "im",
        "sc",
        "q.d",
        "b.i.d",
        "t.i.d",
        "p.r.n",
        "prn",
        "viz",
        "circ",
        "diam",
        "extraskel",
        "undiff",
        "dediff",
        "avg",
        "n",
    ]
)
NEVER_LAST = frozenset(["dr", "drs", "mr", "mrs", "ms", "prof", "st", "vs", "e.g", "i.e", "cf", "fig", "figs", "approx", "viz", "segm"])
BREAK = re.compile(r"[.!?\r\n](?:(?<=\n)|(?<=\r)\n?|(?<=[.!?])(?<![.!?][.!?])[.!?]*+[\"')\]]*+(?=\s))")
"""The end of a line, or stops with what closes behind them: told by its first character, which is what is searched for fastest."""
ITEM = re.compile(
    r"[ \t]*(?:[-•*–>+·o](?=[ \t])|\(?(?:\d{1,2}|[a-hA-H]|i{1,3}|iv|vi{0,3})[.)](?=[ \t])|#\d{0,2}(?=[ \t:])|\[[ xX]\]|\d{1,2}/\d{1,2}(?:/\d{2,4})?[ \t]*[-:–]"
    r"|(?:Target|TARGET|Lesion|LESION|Site|SITE|Tumou?r|TUMOU?R|Nodule|NODULE|Mass|MASS|Area|AREA|Zone|ZONE|Part|PART) #?(?:\d|[A-H])(?=[.):]| [-–—]))"
)
DAY = re.compile(r"\d{1,2}/\d{1,2}/\d{2,4}:")
"""An exam's day that was wrapped from its name: no item of a dated list, if the line before it is open and full."""
OPEN = re.compile(r"\b(?:a|an|the|on|of|in|at|to|by|for|from|with|and|or|was|were|is|are|her|his|our|no)$")
"""A word that ends no line of a form."""
LABEL = re.compile(r"[ \t]*[A-Za-z][^\n:.;]{0,45}:(?=\s|$)")
KEYED = re.compile(r"[ \t]*[A-Z][\w/&'-]*(?: [\w/&'-]+){0,3}(?: \([^()\n]{1,20}\))?:[ \t]")
"""A key of a template and its value: a line of its own, however long the line before."""
BLANK = re.compile(r"[ \t]*(?:\r?\n|\r|$)")
LIST_NUMBER = re.compile(r"(?:^|[:\n])[\s\-•*#(]*\d{1,2}$")
WORD = re.compile(r"[^\s]+")
ROW = re.compile(r"[|¦\t].*[|¦\t]|\S[|\t ]+[|\t][|\t ]*\S|\S {3,}\S.*\S {3,}\S")
"""A row of a typed table: it never goes on in the next line."""


def split(text: str, sections: Sequence[Section]) -> tuple[Sentence, ...]:
    """Sentences of ``text`` in order; white space between them belongs to none."""
    width, shape = _width(text), alike(text)
    found: list[Sentence] = []
    paragraph = 0
    for section in sections:
        paragraph += 1
        for start, end, new in _pieces(text, shape, section.body, section.end, width):
            paragraph += new
            found.append(Sentence(start, end, section.category, paragraph))
    return tuple(found)


def _width(text: str) -> int:
    """The column at which the note is wrapped; 0 where it is not."""
    lengths = sorted(len(line.rstrip()) for line in text.splitlines() if line.strip())
    if len(lengths) < 4:
        return 0
    top = lengths[-1]
    full = sum(1 for n in lengths if n > 0.8 * top)
    return top if 50 <= top <= 160 and full >= max(3, 0.2 * len(lengths)) else 0


def _pieces(text: str, shape: str, start: int, end: int, width: int) -> Iterator[tuple[int, int, int]]:
    """(start, end, starts a paragraph) of each sentence between two offsets; ``shape`` is the text with all digits alike: what ends a sentence regards none as another, and lines that differ in nothing else are parted once."""
    begin, fresh, behind = start, 1, False
    while begin < end:
        stop = text.find("\n", begin + 1, end) if text[begin] == "\n" else -1
        line = shape[begin + 1 : stop] if begin + 1 < stop <= begin + LONGEST // 2 else ""
        known, opens = _told(line, len(line) + 1 + WORD_MOST < (width or LONGEST)) if line else ((), 0)
        if behind:
            fresh = opens if line else _opens(_head(shape, begin + 1, end))
        behind = bool(known)
        if known:
            for a, b in known:
                yield begin + a, begin + b, fresh
                fresh = 0
            begin = stop
        else:
            begin, fresh = yield from _of_lines(text, begin, end, width, fresh)


@lru_cache(maxsize=LINES_REMEMBERED)
def _told(line: str, short: bool) -> tuple[tuple[tuple[int, int], ...], int]:
    """The sentences of a line that is over by its end alone (none for others), and whether it opens a paragraph where one may; ``short`` for one that is not full."""
    return _closed(line) if _is_over(line, short) else (), _opens(line[:HEAD])


OVER = ".:!?"
"""Signs at the end of a line that is not wrapped, unless it is full."""


def _is_over(line: str, short: bool) -> bool:
    """True for a line that is not wrapped by its end alone, whatever stands behind it: ``_wrapped`` says so of each of these."""
    last = line[-1]
    if last in "!?" or (last in OVER and short):
        return True
    return last == "." and line[-20:].split()[-1].rstrip(".").lower() not in NEVER_LAST


WORD_MOST = 30
"""Characters of a word that did not fit into a line."""


def _closed(line: str) -> tuple[tuple[int, int], ...]:
    """The sentences of a line that is not wrapped, as offsets from the break before it; none if what stands behind the line decides as well.

    Of that no more is looked at than whether there is anything, and whether it begins with a capital.
    """
    ways = {
        tuple((a, b) for a, b, _ in _of_lines(f"\n{line}\n{behind}", 0, len(line) + 2 + len(behind), 0, 1)) for behind in ("", "a", "A")
    }
    return ways.pop() if len(ways) == 1 and "\r" not in line else ()


def _head(text: str, start: int, end: int) -> str:
    """The first characters of a line."""
    return text[start : min(end, start + HEAD)].partition("\n")[0]


HEAD = 80
"""Characters by which a line is known as an item or a label."""


def _of_lines(text: str, start: int, end: int, width: int, fresh: int) -> Generator[tuple[int, int, int], None, tuple[int, int]]:
    """The sentences up to the next line break that ends one, or to the end; returns from where to go on, and whether a paragraph starts there."""
    begin = start
    for match in BREAK.finditer(text, start + (text[start] == "\n"), end):
        at = match.start()
        if at < begin:
            continue
        line = text[at] in "\r\n"
        if line:
            if at and text[at - 1] not in "\r\n" and _wrapped(text, at, match.end(), end, width):
                continue
            stop = at
        elif _full_stop(text, begin, match) and not _asks_ahead(text, begin, at, match.end()):
            stop = match.end()
        else:
            continue
        if begin < stop and WORD.search(text, begin, stop):
            yield from _cut(text, begin, stop, fresh)
            fresh = 0
        if line and not fresh:
            fresh = _opens(_head(text, match.end(), end))
        begin = stop
        if line and text[at] == "\n":
            return begin, fresh
    yield from _cut(text, begin, end, fresh)
    return end, fresh


def _asks_ahead(text: str, begin: int, at: int, after: int) -> bool:
    """True for a question mark that stands before what is in doubt: "nodule at the margin, ? scar vs recurrence", "Breathless. ? PE"."""
    if text[at] != "?" or at == 0:
        return False
    return not text[begin:at].strip() or (text[at - 1] in " \t,;(/" and text[after : after + 2].strip()[:1].islower())


@lru_cache(maxsize=LINES_REMEMBERED)
def _opens(line: str) -> int:
    """1 for the head of a line that is blank, an item or begins with a label: a paragraph of its own."""
    return 1 if BLANK.match(line) or ITEM.match(line) or LABEL.match(line) else 0


def _cut(text: str, start: int, end: int, fresh: int) -> Iterator[tuple[int, int, int]]:
    """Trim white space; cut what is longer than LONGEST."""
    piece = text[start:end]
    start, end = start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
    while end - start > LONGEST:
        at = text.rfind(" ", start + LONGEST // 2, start + LONGEST)
        at = at if at > 0 else start + LONGEST
        yield start, at, fresh
        start, fresh = at + (text[at] == " "), 0
    if start < end:
        yield start, end, fresh


ENDING = frozenset([*".:;!?", ""])
"""The last sign of a line whose sentence is over, or that has none."""


def _line_start(text: str, at: int) -> int:
    return max(text.rfind("\n", max(0, at - 400), at), text.rfind("\r", max(0, at - 400), at)) + 1


def _wrapped(text: str, at: int, after: int, end: int, width: int) -> bool:
    """True if the line break at ``at`` is only a wrapped line: the line is about as long as lines of this note get, and its sentence is open."""
    if text[at - 1] in ("!?" if width else ".:;!?"):  # most lines
        return False
    line = text[max(_line_start(text, at), at - 400) : at].rstrip()
    rest = text[after : min(end, after + 80)]
    full = width > 0 and bool(rest.split()) and len(line) + 1 + min(len(rest.split(maxsplit=1)[0]), WORD_MOST) > width
    if full and line[-1:] == "." and line.split()[-1].rstrip(".").lower() in NEVER_LAST:
        return True
    goes_on = line[-1:] in (";", ":") and rest[:1].islower() and full
    if line[-1:] in ENDING and not goes_on:
        return False
    if full and (OPEN.search(line) or (line[-1:].isalpha() and DAY.match(rest))):
        return True
    if BLANK.match(rest) or ITEM.match(rest) or (KEYED.match(rest) and line[-1:] not in ",(/&-"):
        return False
    if ROW.search(line) or ROW.search(rest.splitlines()[0]):
        return False
    word = WORD.search(rest)
    if not line or not word:
        return False
    if full:
        return True
    titled = line.isupper() and word[0][0].isupper() and not rest.splitlines()[0].isupper()
    if width and len(line) > 0.72 * width and not titled:
        return True
    return bool(line[-1] in ",(/" or (word[0][0].islower() and len(line) > 40))


NAMED = re.compile(r"\b(?:target|lesion|site|tumou?r|nodule|zone|segment|grade)s? (?:[A-E] and )?[A-E]$", re.IGNORECASE)
"""A target's letter ends a sentence where an initial does not."""


SEX = re.compile(r"(?:[MF]|[Mm]ale|[Ff]emale|[Mm]an|[Ww]oman|[Cc]aucasian|[Ww]hite|[Bb]lack)\b")
"""What an age goes on with: "66 y.o. M"."""
DAY_MONTH = re.compile(r"\b(?:0?[1-9]|[12]\d|3[01])\.(?:0?[1-9]|1[0-2])$")
"""A day as "13.09.", whose last dot ends no sentence that goes on with a small letter."""


TITLED = re.compile(r"\b(?:Drs?|Mr|Mrs|Ms|Prof)\.? [A-Z]$")
"""The initial of a name with its title ends no sentence: "Dr K. told us"."""
LETTERS = frozenset("ABCDEFGHabcdefgh")
LETTER = re.compile(r"[\s(]*[A-Ha-h]")
"""The letter of a list's item."""


def _full_stop(text: str, begin: int, match: re.Match[str]) -> bool:
    """True if the stop ends a sentence: not an abbreviation, an initial or a list number."""
    if match[0][0] != ".":
        return True
    at = match.start()
    if (
        match[0].startswith("...")
        and (len(match[0]) > 3 or text[at - 1 : at].isspace())
        and text[match.end() : match.end() + 1] not in "\r\n"
    ):
        return False  # dots that lead from a key to its value
    head = text[max(begin, at - 20) : at]
    word = head.split()[-1].lower() if head.split() else ""
    if head[-2:-1].isalpha() and head[-1].isalpha():
        plain = word.lstrip("([\"'")
        if plain not in NEVER_LAST and plain not in ABBREVIATIONS:
            return True  # most stops: behind a word that is no abbreviation
    last = head[-1:]
    if not WORD.search(text, begin, at) or ((last.isdigit() or last == "\n") and LIST_NUMBER.search(head)):
        return False
    if last in LETTERS and LETTER.fullmatch(text, begin, at):
        return False
    follow = text[match.end() : match.end() + 40].lstrip()
    if not follow:
        return True
    if last.isdigit() and follow[0].islower() and DAY_MONTH.search(head):
        return False
    word = word.lstrip("([\"'")
    if (last in LETTERS or last == "\n") and NAMED.search(head):
        return True
    if len(word) == 1 and TITLED.search(head):
        return False
    if word in NEVER_LAST or (
        len(word) == 1 and word.isalpha() and word not in "ai" and follow[0].isupper() and not text[at - 2 : at - 1].isdigit()
    ):
        return word in ("v", "n") and follow[0].isupper()
    if word.endswith("y.o") and SEX.match(follow):
        return False
    return not (word in ABBREVIATIONS and not follow[0].isupper())
