"""Numbers and dates as they are spoken, written in digits: "three point two centimeters", "march the twelfth two thousand nineteen".

Dictated text that a machine transcribed spells what a typed note writes. ``digits`` rewrites the numbers of lengths, days, years, ages and
segments, and every compound number ("twenty one"), so that all readers behind it know but one way to write them; where each rewritten
number stood is kept. A single word that may as well be a pronoun or a count ("one", "two probes") stays as it is.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from extractor.patterns import re
from extractor.pipeline.scan import Scan

UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
FIRST = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth", "thirteenth")
LATER = ("fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth")
NTHS = FIRST + LATER
ZEROS = ("oh", "zero", "nought", "o")
VALUES = {w: n for n, w in enumerate(UNITS + TEENS, 1)} | {w: 10 * n for n, w in enumerate(TENS, 2)} | dict.fromkeys(ZEROS, 0)
VALUES |= {w: n for n, w in enumerate(NTHS, 1)} | {"twentieth": 20, "thirtieth": 30, "fourty": 40, "a": 1}


def _any(words: Sequence[str]) -> str:
    return f"(?:{'|'.join(sorted(words, key=len, reverse=True))})"


SEP = r"(?:[^\S\n]{0,2}-?[^\S\n]{1,2}|-|[^\S\n]{0,2}\n[^\S\n]{0,2})"
"""White space or a hyphen between the words of one number: may break a line, not a paragraph."""
UNIT, TEEN, TEN, ZERO = _any(UNITS), _any(TEENS), _any((*TENS, "fourty")), _any(ZEROS)
COMPOUND = rf"{TEN}{SEP}{UNIT}"
BELOW_100 = rf"(?:{COMPOUND}|{TEN}|{TEEN}|{UNIT})"
CARDINAL = rf"(?:(?:{UNIT}|a){SEP}hundred(?:{SEP}(?:and{SEP})?{BELOW_100})?|{BELOW_100})"
POINT = rf"{SEP}(?:point|dot){SEP}"
PLACES = rf"(?:{COMPOUND}|{TEN}|{TEEN}|(?:{UNIT}|{ZERO})(?:{SEP}(?:{UNIT}|{ZERO}))?|\d{{1,2}})"
DECIMAL = rf"(?:{CARDINAL}|{ZERO}|\d{{1,3}}){POINT}{PLACES}"
BARE_DECIMAL = (
    rf"(?<!this )(?<!that )(?<!one )(?<!some )(?<!the )(?<!which )(?<!no )(?<!any )(?<!est )(?<!rst )(?<!ast )(?<!mum )point{SEP}{PLACES}"
)
PART = rf"(?:(?:a|one){SEP})?(?:half|quarter)|three{SEP}quarters"
MIXED = rf"(?:{BELOW_100}|\d{{1,2}}){SEP}and{SEP}(?:{PART})"
LENGTH_UNIT = r"(?:mms?|cms?|millimet(?:er|re)s?|centimet(?:er|re)s?)\b"
NUMBER = rf"\b(?:{MIXED}|{DECIMAL}|{BARE_DECIMAL}|{CARDINAL}|zero|\d{{1,3}}(?:\.\d{{1,2}})?)\b"
AND = rf"(?:{SEP}(?:by|x|to|or|and|through){SEP}|\s?[x×]\s?|,\s|\s?[–-]\s?)"
"""Between the numbers that share a unit."""

NTH = rf"(?:(?:{_any(TENS[:2])}{SEP})?{_any(NTHS[:9])}|{_any(NTHS[9:])}|twentieth|thirtieth)"
DAY = rf"(?:{NTH}|(?:{_any(TENS[:2])}{SEP})?{UNIT}|{TEEN}|twenty|thirty)"
YEAR = (
    rf"(?:two{SEP}thousand(?:{SEP}(?:and{SEP})?{BELOW_100}\b)?"
    rf"|twenty{SEP}(?:{COMPOUND}|twenty|thirty|{TEEN}|{ZERO}{SEP}{UNIT})|nineteen{SEP}(?:{COMPOUND}|{TEN}|{TEEN}|{ZERO}{SEP}{UNIT}|hundred))"
)
SHORT_YEAR = rf"(?:{TEEN}|twenty(?:{SEP}{UNIT})?)"
MONTH = r"(?:january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
THEN = r"(?=\s*(?:[.,;:)?!]|$|and\b|with\b|at\b|for\b|shows?\b|was\b|is\b|he\b|she\b|in\b|then\b|we\b|to\b|after\b|the\b))"
"""What may follow a day that is said without its month or year: no noun that it could count."""
DATE_SEP = rf"(?:,?{SEP})"
OF_COUNTED = r"(?!\s*-?\s*(?:mm|cm|gauge|vision|minutes?|seconds?|watts?|french|percent|hundred|thousand|patients?|degrees?|point)\b)"
PADDED = rf"(?:{ZERO}{SEP}{UNIT}|{TEEN}|twenty(?:{SEP}{UNIT})?|thirty(?:{SEP}one)?|{UNIT})"


class Edit(NamedTuple):
    """Characters ``start`` to ``end`` of a text, to be replaced."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Digits:
    """A text as it is read, and what was put where: the edits in the order and with the characters of the text as spoken."""

    text: str
    edits: tuple[Edit, ...] = ()

    def spoken(self, start: int, end: int) -> tuple[int, int]:
        """Characters of ``self.text`` as characters of the text as spoken; a part of a number is the whole of it."""
        return self._at(start, False), self._at(end, True)

    @cached_property
    def _grown(self) -> list[int]:
        """By how many characters the text has grown before each edit, and behind the last."""
        return list(accumulate((len(e.text) - (e.end - e.start) for e in self.edits), initial=0))

    @cached_property
    def _starts(self) -> list[int]:
        """Where each edit begins in the text in digits."""
        return [e.start + grown for e, grown in zip(self.edits, self._grown, strict=False)]

    def _at(self, position: int, is_end: bool) -> int:
        behind = bisect_left(self._starts, position)
        if behind and position < self._starts[behind - 1] + len(self.edits[behind - 1].text):
            edit = self.edits[behind - 1]
            return edit.end if is_end else edit.start
        return position - self._grown[behind]


def digits(text: str) -> Digits:
    """``text`` with its spoken numbers in digits where they measure, date, age or number a segment; all else as it stands."""
    if not CAN_SAY(text) or not SAID.search(text):
        return Digits(text)
    taken, edits = bytearray(len(text)), list[Edit]()
    stretches = [(start, end, CAN_BE(text[max(0, start - BEFORE) : end])) for start, end in _stretches(text)]
    for number, (pattern, write) in enumerate(FORMS):
        for match in (m for start, end, can in stretches if str(number) in can for m in pattern.finditer(text, start, end)):
            for edit in write(match):
                if taken.find(1, edit.start, edit.end) < 0 and edit.text != text[edit.start : edit.end]:
                    taken[edit.start : edit.end] = b"\x01" * (edit.end - edit.start)
                    edits.append(edit)
    return rewritten(text, edits)


def rewritten(text: str, edits: Iterable[Edit]) -> Digits:
    """``text`` with what stands in the edits, which must not overlap; they may be of any kind."""
    put = tuple(sorted(edits))
    return Digits(_edited(text, put), put)


def _stretches(text: str) -> list[tuple[int, int]]:
    """The characters around the words that say numbers: no form need look elsewhere."""
    found: list[tuple[int, int]] = []
    for said in SAID.finditer(text):
        start, end = max(0, said.start() - AROUND), min(len(text), said.end() + AROUND)
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def _edited(text: str, edits: Sequence[Edit]) -> str:
    out, at = [], 0
    for edit in edits:
        out += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*out, text[at:]])


# ---- values ---------------------------------------------------------------------------------------------------------------


def _words(text: str) -> list[str]:
    return [t for t in re.split(r"[\s-]+", text.casefold()) if t]


def cardinal(text: str) -> int:
    """The number from 0 to 999 that words say: "one hundred and twelve". Raises KeyError for a word that says none."""
    words = [w for w in _words(text) if w != "and"]
    if "hundred" in words:
        at = words.index("hundred")
        return 100 * VALUES[words[0]] + sum(VALUES[w] for w in words[at + 1 :])
    return sum(int(w) if w.isdigit() else VALUES[w] for w in words)


def year(text: str) -> int:
    """The year that words say: "two thousand nineteen", "twenty oh five", "nineteen ninety eight"."""
    words = [w for w in _words(text) if w != "and"]
    if words[:2] == ["two", "thousand"]:
        return 2000 + sum(VALUES[w] for w in words[2:])
    century = 100 * VALUES[words[0]]
    return century if words[1:] == ["hundred"] else century + sum(VALUES[w] for w in words[1:])


def number(text: str) -> str:
    """A number with its fraction, in digits: "three point two" is 3.2, "one and a half" 1.5."""
    words = _words(text)
    for point in ("point", "dot"):
        if point in words:
            at = words.index(point)
            return f"{cardinal(' '.join(words[:at])) if at else 0}.{_places(words[at + 1 :])}"
    share = {"half": 0.5, "quarter": 0.25, "quarters": 0.75}.get(words[-1])
    if share is None:
        return text if text[0].isdigit() else str(cardinal(text))
    return f"{(cardinal(words[0]) if words[1] == 'and' else cardinal(' '.join(words[: words.index('and')]))) + share:g}"


def _places(words: Sequence[str]) -> str:
    if len(words) == 2 and VALUES.get(words[0], 0) >= 20:
        return str(cardinal(" ".join(words)))
    return "".join(w if w.isdigit() else str(VALUES[w]) for w in words)


def _nth(n: int) -> str:
    return f"{n}{'th' if n in (11, 12, 13) else {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th')}"


# ---- forms ----------------------------------------------------------------------------------------------------------------


def _parts(m: re.Match[str]) -> Iterator[Edit]:
    """The groups of a match by their kind: d a day, y a year, s a short year, n a number, c a cardinal."""
    for group, said in m.groupdict().items():
        if said:
            yield Edit(*m.span(group), WRITERS[group[0]](said))


def _day(said: str) -> str:
    return _nth(cardinal(said)) if re.search(NTH + "$", said, re.IGNORECASE) else str(cardinal(said))


WRITERS: dict[str, Callable[[str], str]] = {
    "d": _day,
    "y": lambda said: str(year(said)),
    "s": lambda said: str(2000 + cardinal(said)),
    "n": number,
    "c": lambda said: str(cardinal(said)),
}


def _each(m: re.Match[str]) -> Iterator[Edit]:
    """Every number of the group ``all``: those of a list that share a unit."""
    for part in ONE_NUMBER.finditer(m["all"]):
        yield Edit(m.start("all") + part.start(), m.start("all") + part.end(), number(part[0]))


def _and_more(m: re.Match[str]) -> Iterator[Edit]:
    """ "a centimeter and a half", "two centimeters and one millimeter": one length in one unit."""
    whole = 1 if m["w"].casefold() in ("a", "one") else cardinal(m["w"])
    share = cardinal(m["mm"]) / 10 if m["mm"] else {"half": 0.5, "quarter": 0.25}[_words(m["part"])[-1]]
    yield Edit(m.start(), m.end(), f"{whole + share:g} {m['u']}")


def _numeric(m: re.Match[str]) -> Iterator[Edit]:
    """A date said number by number: "oh nine oh four nineteen"."""
    said = m["yy"]
    last = str(year(said)) if re.fullmatch(YEAR, said, re.IGNORECASE) else f"{cardinal(said):02d}"
    first, second = cardinal(m["m"]), cardinal(m["dd"])
    if 1 <= min(first, second) <= 12 and max(first, second) <= 31:
        yield Edit(m.start("all"), m.end("all"), f"{first:02d}/{second:02d}/{last}")


def _tight(m: re.Match[str]) -> Iterator[Edit]:
    """ "L three": the letter of a vertebra and its number are one word."""
    yield Edit(m.start("gap"), m.end(), str(cardinal(m["c"])))


def _form(
    pattern: str, write: Callable[[re.Match[str]], Iterator[Edit]] = _parts
) -> tuple[re.Pattern[str], Callable[[re.Match[str]], Iterator[Edit]]]:
    return re.compile(pattern, re.IGNORECASE | re.MULTILINE), write


ONE_NUMBER = re.compile(NUMBER, re.IGNORECASE)
SAID = re.compile(rf"\b(?:{UNIT}|{TEEN}|{TEN}|{NTH}|zero|point|thousand|hundred)\b|\b(?:centi|milli)met", re.IGNORECASE)
CAN_SAY = Scan({"said": SAID.pattern})
AROUND = 60
"""Characters beside a word that says a number within which the other words of a form stand."""
BEFORE = 20
"""Characters before a stretch that a form may look back at."""
SLASH = rf"{SEP}(?:slash|dash|stroke){SEP}"
ON = r"(?:on|by|until|till|since|for|from|through|dated|date|of|ct|mri|scan)"
FORMS = (
    # days with their month and year, ranges of days
    _form(
        rf"\b{MONTH}\.?{DATE_SEP}(?:the{SEP})?(?P<d>{DAY}){SEP}(?:to|through|until|and|or){SEP}(?:the{SEP})?(?P<d2>{NTH})\b(?:{DATE_SEP}(?:of{SEP})?(?P<y>{YEAR})\b)?"
    ),
    _form(
        rf"\b(?P<d>{NTH}){SEP}(?:to|through|until|and|or){SEP}(?:the{SEP})?(?P<d2>{NTH}){SEP}(?:of{SEP})?{MONTH}\b(?:{DATE_SEP}(?P<y>{YEAR})\b)?"
    ),
    _form(
        rf"\b{MONTH}\.?{DATE_SEP}(?:the{SEP})?(?:(?P<d>{DAY})|\d{{1,2}}(?:st|nd|rd|th)?){DATE_SEP}(?:of{SEP}|in{SEP})?(?:(?P<y>{YEAR})|(?:19|20)\d\d)\b{OF_COUNTED}"
    ),
    _form(
        rf"\b(?P<d>{DAY}){SEP}(?:day{SEP})?(?:of{SEP})?{MONTH}{DATE_SEP}(?:of{SEP}|in{SEP})?(?:(?P<y>{YEAR})|(?:19|20)\d\d)\b{OF_COUNTED}"
    ),
    _form(rf"\b{MONTH}\.?{DATE_SEP}(?:of{SEP}|in{SEP})?(?P<y>{YEAR})\b{OF_COUNTED}"),
    _form(rf"\b{MONTH}\.?{DATE_SEP}(?:the{SEP})?(?P<d>{NTH}){DATE_SEP}(?P<s>{SHORT_YEAR})\b(?=\s*(?:[.,;:)]|$))"),
    _form(rf"\b(?P<d>{NTH}){SEP}(?:of{SEP})?{MONTH}{DATE_SEP}(?P<s>{SHORT_YEAR})\b(?=\s*(?:[.,;:)]|$))"),
    _form(rf"\b{MONTH}{SEP}(?:of{SEP})(?P<s>{SHORT_YEAR})\b{OF_COUNTED}(?=\s*(?:[.,;:)]|$)|\s+[a-z]+(?<!s)\b)"),
    _form(rf"\b{MONTH}\.?{DATE_SEP}(?:the{SEP})?(?P<d>{NTH})\b(?!{SEP}(?:rib|segment|lesion|probe|cycle|freeze))"),
    _form(rf"\b(?P<d>{NTH}){SEP}(?:of{SEP}|day{SEP}of{SEP})?{MONTH}\b"),
    _form(rf"(?<!\bmay)(?<!\bMay){SEP}(?P<d>{DAY}){SEP}(?:of{SEP})?(?!may\b|march\b){MONTH}\b"),
    _form(rf"\b(?!may\b|march\b){MONTH}\.?{SEP}(?P<d>{DAY})\b(?=\s*(?:[.,;:)]|$))"),
    _form(rf"\b(?P<all>(?P<m>{PADDED}){SLASH}(?P<dd>{PADDED}){SLASH}(?P<yy>{YEAR}|{SHORT_YEAR}))\b", _numeric),
    _form(
        rf"\b(?P<all>(?P<m>{ZERO}{SEP}{UNIT}|{TEEN}){DATE_SEP}(?P<dd>{PADDED}){DATE_SEP}(?P<yy>{YEAR}|{SHORT_YEAR}))\b{OF_COUNTED}(?<!\bo)",
        _numeric,
    ),
    _form(rf"\b{ON}{SEP}(?P<all>(?P<m>{PADDED}){DATE_SEP}(?P<dd>{PADDED}){DATE_SEP}(?P<yy>{YEAR}))\b{OF_COUNTED}", _numeric),
    # lengths
    _form(
        rf"\b(?P<w>a|{UNIT}|{TEEN}){SEP}(?P<u>centimet(?:er|re)s?|cms?){SEP}and{SEP}(?:(?P<part>(?:a|one){SEP}(?:half|quarter))\b|(?P<mm>{UNIT}){SEP}millimet(?:er|re)s?\b)",
        _and_more,
    ),
    _form(rf"(?!one{SEP}by{SEP}\d)(?P<all>{NUMBER}(?:[\s-]*(?:{LENGTH_UNIT})?{AND}{NUMBER}){{0,6}})(?=[\s-]{{0,3}}{LENGTH_UNIT})", _each),
    _form(rf"(?P<all>\b{DECIMAL}\b(?:{SEP}by{SEP}{NUMBER})*)", _each),
    _form(rf"(?P<all>\b(?:{COMPOUND}|{TEN}|{TEEN})(?:{SEP}by{SEP}{NUMBER}){{1,3}})", _each),
    # years alone, days alone
    _form(rf"\b(?P<y>two{SEP}thousand{SEP}(?:and{SEP})?{BELOW_100}|nineteen{SEP}(?:{COMPOUND}|{TEN}|hundred))\b{OF_COUNTED}"),
    _form(
        rf"\b(?:in|since|of|from|until|by|during|before|after|early|late|mid|year|fall|spring|summer|winter|autumn){SEP}(?P<y>{YEAR})\b{OF_COUNTED}"
    ),
    _form(rf"\b(?P<y>twenty{SEP}(?:{TEEN}|twenty{SEP}{UNIT}))\b(?=\s*(?:[.,;:)]|$))"),
    _form(
        rf"\b(?:on|by|until|till|since|from){SEP}the{SEP}(?P<d>(?:{_any(TENS[:2])}{SEP}){_any(NTHS[:9])}|{_any(NTHS[5:])}|twentieth|thirtieth)\b{THEN}"
    ),
    # ages, segments, levels, needles and all that is compound
    _form(rf"\b(?P<c>{COMPOUND}|{TEN}|{TEEN})(?={SEP}years?{SEP}(?:old|of{SEP}age)\b)|\baged?{SEP}(?P<c2>{COMPOUND}|{TEN})\b"),
    _form(
        rf"\b(?:segments?|segs?){SEP}(?P<all>{UNIT}(?:(?:\s?,\s|{SEP}(?:and|or|to){SEP}|,\sand\s){UNIT}\b(?!{SEP}(?:probe|needle|lesion|nodule|centi|milli|mm|cm)))*)\b(?!{SEP}(?:centi|milli|mm|cm|point))",
        _each,
    ),
    _form(rf"(?-i:\b[TLCS])(?P<gap>{SEP})(?P<c>{UNIT}|ten|eleven|twelve)\b", _tight),
    _form(rf"\b(?P<c>{TEEN}|{COMPOUND}|{TEN})(?={SEP}gauge\b)"),
    _form(rf"\b(?P<c>{COMPOUND})\b(?!{SEP}(?:thousand|hundred))"),
)
"""The ways to say a number, the more certain first: an earlier form keeps its words from the later ones."""
CAN_BE = Scan({str(number): form.pattern for number, (form, _) in enumerate(FORMS)})
