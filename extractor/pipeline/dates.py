"""Dates as clinicians write them: absolute, partial, with an implied year, and relative to a note, an ablation or the text.

Works on a sentence or a whole note. A date expression becomes a ``When``; ``resolve`` turns it into a day once its anchor is known.
``FORMS`` is the table of contents: each form is one pattern without unbounded repeats and one reader, and an earlier form keeps its
words from the later ones, so the cost is linear in the text.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice, pairwise
from typing import Literal, NamedTuple

from extractor.model import PartialDate, Precision, When
from extractor.patterns import re
from extractor.pipeline.found import Found
from extractor.pipeline.scan import Scan

# ---- words ----------------------------------------------------------------------------------------------------------------

MONTHS = {m: i for i, m in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)}
DAYS = {d: i for i, d in enumerate(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])}
TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
NUMBERS = {w: i for i, w in enumerate(f"zero one two three four five six seven eight nine {TEENS} twenty".split())}
NUMBERS |= {f"{t}{s}{w}": n + i for t, n in (("twenty", 20), ("thirty", 30)) for w, i in list(NUMBERS.items())[1:10] for s in "- "}
NUMBERS |= {
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "ninety": 90,
    "a": 1,
    "an": 1,
    "a couple of": 2,
    "couple of": 2,
    "a couple": 2,
    "couple": 2,
}
NUMBERS |= {w: i for i, w in enumerate(["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"], 1)}
BRITISH_PARTS = {"7": (0, 1), "52": (0, 7), "12": (1, 0)}
"""Denominators of 3/7, 6/52 and 2/12: days, weeks and months as (months, days) of one."""

MONTH = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
WEEKDAY = r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:s|nesday)?|thu(?:rs?(?:day)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
FULL_WEEKDAY = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|tues|weds|thurs?)"
NTH = r"(?:st|nd|rd|th)"
DAY = rf"\d{{1,2}}(?:{NTH})?"
YEAR = r"(?:19|20)\d\d"
NO_DAY = r"(?:3[2-9]|[4-9]\d)"
SHORT_YEAR = r"['’]\d\d"
YEARED = re.compile(rf"{YEAR}|{SHORT_YEAR}")
OF_A_YEAR = (
    "iso",
    "year_then_month",
    "iso_month",
    "iso_month_name",
    "range_month_year",
    "month_year_numeric",
    "range_named",
    "year_range",
    "year",
)
"""Forms none of which is without a year."""
PART = r"(?:early |mid(?: |-)?|late |(?:the )?(?:end|middle|start|beginning) of )?"
WORD_COUNT = "|".join(sorted((re.escape(w).replace(r"\ ", " ") for w in NUMBERS), key=len, reverse=True))
COUNT = rf"(?:\d{{1,3}}(?:\.\d)?|{WORD_COUNT})"
UNIT = r"(?:days?|d|weeks?|wks?|w|months?|mths?|mos?|m|years?|yrs?|y)"
SPAN = rf"(?<![\w/])(?<!\d[.,-])(?:\d{{1,3}} ?[-–] ?|{COUNT} (?:to|or) )?(?:(?:(?P<n>\d{{1,3}}(?:\.\d)?)(?: |-)?|(?P<words>{WORD_COUNT})(?: |-))(?:and a half )?(?P<u>{UNIT})|(?P<k>\d{{1,2}})/(?P<q>7|52|12))\b(?: and a half)?"
"""A length of time; of a range ("2-3 weeks") the latter number counts. British "6/52" is six weeks."""

QUALIFIERS = (
    "the|a|an|his|her|their|this|that|our|your|my|prior|previous|first|second|third|1st|2nd|3rd|last|latest|most|recent|initial|repeat|same|left|right|index|"
    "percutaneous|CT(?: |-)guided|US(?: |-)guided|MR(?: |-)guided|image(?: |-)guided|lung|liver|hepatic|renal|kidney|bone|chest wall|pulmonary|psoas|pelvic|thermal|tumou?r|IR"
)
ACT = r"(?:cryo\w*|(?:re-?)?ablat\w+|freez\w+|froze\w*|microwave\w*|MWA|RFA|procedur\w+|sessions?|treatment|treated|intervention)"
ABLATION = rf"(?:(?:(?:{QUALIFIERS}) ){{0,6}}{ACT})"
POST_OP = r"(?:post(?: |-)?(?:op(?:erative(?:ly)?)?|procedur(?:e|al)|ablat(?:ion|ive)|cryo\w*|treatment|intervention(?:al)?))"
MEASURED = r"(?: ?(?:mm|cm|mg|mcg|ml|cc|kg|fr|hrs?|hours?|min(?:s|utes?)?|sec(?:s|onds?)?|kV\w*|units?|gauge|ga|mmHg|bpm|mSv|mGy)\b|(?:g|h|s|L|W|J|T|x)\b| ?[%×])"
"""Units right after a number: it measures something."""

AHEAD = re.compile(
    r"\b(?:schedul\w+|on the list|listed|aim\w*|next|will|book\w*|plan\w*|due|upcoming|tentative\w*|proceed|set for|pencil\w*|slot|arriv\w+|appointment|appt|f/u|follow-?up|RTC|return\w*|to be|before|until|provisional\w*|pre-?proc\w*|called re|recheck|repeat|for|tomorrow)\b",
    re.IGNORECASE,
)
SCHEDULED = re.compile(
    r"\b(?:schedul\w+|on the list|listed for|aim(?:ing|ed)?|likely|next|will|book(?:ed|ing)|plan(?:ned)? for|due|upcoming|tentative\w*|set for|pencil\w*|slot|appointment|appt|RTC|returns?)\b",
    re.IGNORECASE,
)
DATED = re.compile(
    r"\b(?:on|since|from|until|till|dated?|dos|ct|mri?|pet|cxr|us|scans?|imaging|film|x-?ray|visit|clinic|seen|done|performed|obtained|completed|started|stopped|cryo(?!-?(?:probe|needle))\w*|(?:re-?)?ablat(?:ion|ed)|biops\w+|bx|surgery|resect\w+|(?:tumou?r )?board|conference|MDT|drawn|held|labs?|note|admitted|discharged|scheduled|tomorrow|today|yesterday|am|den|vom|zum|seit|bis|"
    rf"{FULL_WEEKDAY}|mon|tue|wed|fri|sat|sun) ?[(,:]? ?$",
    re.IGNORECASE,
)
"""Words that a date follows, whatever else the numbers could be."""
OF_REGION = re.compile(
    r"\b(?:CT|MRI?|PET(?:[-/]CT)?|US|ultrasound|scan)(?: of)?(?: the)?(?:[ /,+&]{1,3}(?:and )?(?:C/?A/?P|[CTA]/?A?/?P|chest|thorax|abdomen|abdo?|pelvis|liver|brain|neck|spine|thigh|whole[- ]body|kidneys?|w(?:ith)?(?:/o)? contrast)){1,4} ?[(,:]? ?$|\b(?:CTs?|MRIs?|PET(?:[-/]CT)?|scans?) (?:of|from|dated)(?: the)? $",
    re.IGNORECASE,
)
"""The name of an exam with its region, behind which a day stands: "CT abdomen/pelvis 4/5"."""
SCORE = r"seg|segs|segments?|series|image|img|im\.?|slices?|se|ser|sequence|grade|gr\.?|stage|scored?|strength|power|pain|VAS|NRS|NPS|BP|blood pressure|gait|reflexes|DTRs?|pulses?|ratio|Fr|no\.?|levels?|motor|DF|PF|EHL|flexion|extension|dorsiflexion|plantarflexion|margins?|SUV\w*|nodes?|LN|cores?|Gleason|x|probes?|ECOG|times|versions?|freez\w*|cycles?|thaw\w*|vision"
SCORED = re.compile(rf"(?:\b(?:{SCORE})|#) ?[(:=]? ?$", re.IGNORECASE)
"""Words before the numbers of a score, a count or an image."""
RATED = re.compile(rf"\b(?:{SCORE}|T|N|of|was|is|at|only|now|to|rated|rates|murmur) ?[(:=]? ?$", re.IGNORECASE)
COUNTED = re.compile(
    r" ?(?:nodes?|nodules?|lesions?|tumou?rs?|targets?|mass(?:es)?|sites?|probes?|occasions|positive|negative|of the|strength|pain|cores?|intensity|severity|in (?:severity|intensity|all)|points?|muscle|throughout|bilat\w*|hip|knee|ankle|grip|plantar|dorsi|quad\w*|power|LN|lymph|murmur|SEM|systolic|ejection|diastolic|holosystolic|SIRS|criteria|bottles|inch\w*|strengths?|at rest|with (?:movement|activity)|lobes?|scale|on (?:the )?(?:VAS|NRS))\b",
    re.IGNORECASE,
)
CLOCKED = re.compile(r" ?(?:[AP]\.?M\b|at \d|@)", re.IGNORECASE)
"""A time after the numbers: they are a day."""
PAINFUL = re.compile(
    r"\b(?:pain\w*|VAS|NRS|NPS|score\w*|sore\w*|ache\w*|discomfort|burning|stabbing|throbbing|shooting|neuralg\w*|scale|rat(?:ed|es|ing)|tender\w*|intensity|severity)\b",
    re.I,
)
FROZEN = re.compile(r"\b(?:freez\w*|froze\w*|thaw\w*|cycles?|passive|active|triple|double|protocol|timings?)\b", re.IGNORECASE)
FREEZES = re.compile(r"\b(?:freez\w*|froze|thaw\w*|timings?|passive|active|gleason|versions?|v) ?[(:=]? ?$", re.IGNORECASE)
MINUTES = re.compile(r" ?(?:min(?:s|utes?)?|sec(?:s|onds?)?|mm|cm|freeze\w*|thaw\w*)\b|[W']", re.IGNORECASE)
POST = re.compile(r"\b(?:post|after|since|for|over|past|last|to|within)\b[^.;]{0,16}$", re.IGNORECASE)
SPANS_AS_FRACTIONS = re.compile(
    r"\b\d{1,2}/52\b(?!/)|\b(?:in|at|for|every|x|to|review|post|past|last|CT|MRI|scan|f/u|TCU|see|RV) \d{1,2}/12\b(?!/)", re.IGNORECASE
)
"""A writer's way of telling months and weeks: in a note that has more than one, "9/12" is nine months and no date."""
SCALED = re.compile(r"\b(?:acuit\w*|coma scale|GCS|Glasgow|murmur)\b", re.IGNORECASE)
BARE_POST_OP = re.compile(r"post-?op\w*$", re.IGNORECASE)
BRITISH = re.compile(r"\b(?:tumours?|h?aematom\w*|haem\w+|anaesth\w+|oedema\w*|centre\w*|colour\w*|oesoph\w+|paracetamol|theatre)\b", re.I)
AMERICAN = re.compile(r"\b(?:tumors?|hematom\w*|hemo\w+|hemorrh\w*|anesth\w+|edema\w*|center\w*|color\w*|esoph\w+|acetaminophen)\b", re.I)


@dataclass(frozen=True, slots=True)
class Page:
    """What a reader may look at beside its own match: a little of the words around, the note's day, the chart's order."""

    text: str
    written: date
    european: bool

    def before(self, position: int, size: int = 24) -> str:
        """The last words before a position, on one line."""
        return _one_line(self.text[max(0, position - size) : position])

    def after(self, position: int, size: int = 24) -> str:
        """The next words, on one line."""
        return _one_line(self.text[position : position + size])

    def ahead(self, position: int) -> bool:
        """True if words before a position look ahead."""
        return bool(AHEAD.search(self.before(position, 60)))

    def scheduled(self, position: int) -> bool:
        """True if words before a position say that it is to come; narrower than ``ahead``."""
        return bool(SCHEDULED.search(self.before(position, 40)))


class Reading(NamedTuple):
    """One date of a match; its own group and kind where they are not those of the form."""

    when: When
    group: str | int = 0
    kind: str = ""


Readings = list[Reading]
RANGE_ENDS = ("r", "z")
"""Groups that hold the end of a range."""
Anchor = Literal["note", "procedure", "text"]
Match = re.Match[str]


def find_dates(text: str, written: date, day_first: bool = False, forms: Sequence[Form] | None = None) -> list[Found]:
    """Every date expression of ``text`` (a sentence or a whole note), in order, none overlapping another.

    ``written`` is the note's day, from which implied years and weekdays are counted; ``day_first`` is the chart's order of numeric
    dates. The concept is the ISO day or, for a relative date, anchor and offset (``procedure+2d``, ``note-3mo``, ``text+1d``);
    ``rule_id`` is ``dates#<form>``, ``dates#future`` for what is only to come, ``dates#range_end`` for the latter end of a range, which yields both. ``forms`` are those of FORMS, in their order, that can stand in the text at all (default: all).
    """
    if not CUE.search(text):
        return []
    page, taken, found = Page(text, written, day_first), bytearray(len(text)), []
    for form in FORMS if forms is None else forms:
        for match in form.pattern.finditer(text):
            start, end = match.span()
            if taken.find(1, start, end) >= 0:
                continue
            readings = _read(form, match, page)
            if readings:
                taken[start:end] = b"\x01" * (end - start)
            found += [_found(r, match, form.name) for r in readings]
    return sorted(found)


def standing(text: str, forms: Sequence[Form]) -> list[Form]:
    """Those of some forms that match a text at all, whatever its day: of the others ``find_dates`` need not be asked."""
    yeared = YEARED.search(text) is not None
    return [form for form in forms if (yeared or form.name not in OF_A_YEAR) and form.pattern.search(text)]


def resolve(when: When, written: date, procedure: date | None, previous: PartialDate | None) -> PartialDate | None:
    """The day that ``when`` means; None where its anchor is unknown or the day is out of range.

    Offsets in months keep the precision of a day; ``when.approximate`` says that it is not meant so.
    """
    if when.date is not None:
        return when.date
    base = {"note": written, "procedure": procedure, "text": previous.date if previous else None}.get(when.anchor or "")
    if base is None:
        return None
    try:
        return PartialDate(_shift(base, when.months) + timedelta(days=when.days))
    except (ValueError, OverflowError):
        return None


def _read(form: Form, match: Match, page: Page) -> Readings:
    try:
        return form.read(match, page)
    except (ValueError, OverflowError, LookupError):  # no such day; a letter that only folds to one of ours
        return []


def _found(reading: Reading, match: Match, name: str) -> Found:
    start, end = match.span(reading.group)
    kind = reading.kind or ("range_end" if reading.group in RANGE_ENDS else name)
    return Found(start, end, "DATE", _canon(reading.when), f"dates#{kind}", reading.when)


def _canon(when: When) -> str:
    if when.date is not None:
        return str(when.date)
    step = f"{when.months:+d}mo" if when.months else f"{when.days:+d}d"
    return f"{when.anchor}{step}"


def _one_line(text: str) -> str:
    return " ".join(f"|{text}|".split())[1:-1]


# ---- the order of a chart -------------------------------------------------------------------------------------------------


def reads_day_first(texts: Iterable[tuple[date, str]]) -> bool:
    """True if numbers of this chart are read as a day before a month (``day_first``); not asked where no two numbers stand beside each other."""
    texts = list(texts)
    return any(IN_ORDER.search(text) for _, text in texts) and day_first(texts)


def day_first(texts: Iterable[tuple[date, str]]) -> bool:
    """True if this chart writes the day before the month; ``texts`` are the days and words of all its notes, in any order.

    The first that speaks decides: numbers over 12; agreement with the day of the note, or with its being past; then dots, the
    order of named months and spelling, together. A note that repeats another has no vote.
    """
    texts = list(texts)
    votes = [0, 0, 0]
    for written, text in {(w, " ".join(t.split())): None for w, t in texts if STAMP.search(t)}:  # on one line or not
        for match in NUMERIC.finditer(text):
            if not _is_timing(match, Page(text, written, False)):
                votes = [v + n for v, n in zip(votes, _order_votes(match, written), strict=True)]
    if not any(votes[:2]):  # which outvote spelling
        able = {(w, " ".join(t.split())): can for w, t in texts if (can := VOTING(t))}
        votes[2] += sum(_spelling_vote(text, can) for (_, text), can in able.items())
    return next((v for v in votes if v), 0) > 0


def _order_votes(match: Match, written: date) -> tuple[int, int, int]:
    """Votes of one numeric date, strongest kind first; positive is day first."""
    a, b, year = int(match["a"]), int(match["b"]), _year(match["y"], written)
    if (a > 12) != (b > 12):
        return ((1 if a > 12 else -1) if min(a, b) >= 1 and max(a, b) <= 31 else 0), 0, 0
    if a == b or not 1 <= min(a, b) <= max(a, b) <= 12:
        return 0, 0, 0
    british, american = date(year, b, a), date(year, a, b)
    exact = 3 * ((british == written) - (american == written))
    late = (american - written > timedelta(days=60)) - (british - written > timedelta(days=60))
    return 0, exact or late, int(match["s"] == ".")


IN_ORDER = re.compile(r"[/.-](?<=\d.)\s*\d")
"""Stands wherever the order of day and month matters."""
STAMP = re.compile(r"([/.-])(?<=\d.)\d{1,2}\1\d")
"""Stands in every text that NUMERIC matches, and is looked for at its signs alone."""
DAY_BEFORE = re.compile(rf"\d(?:{NTH})?\.?(?: of)?[ /-]?(?:{'|'.join(MONTHS)})", re.IGNORECASE)
"""Stands in every text of one line that DAY_MONTH_YEAR matches, and is looked for at digits alone."""


def _spelling_vote(text: str, can: Set[str]) -> int:
    def found(pattern: re.Pattern[str]) -> int:
        return len(pattern.findall(text)) if pattern.pattern in can else 0

    named = min(2, found(DAY_MONTH_YEAR) if DAY_MONTH_YEAR.pattern in can and DAY_BEFORE.search(text) else 0) - min(
        2, found(MONTH_DAY_YEAR)
    )
    return named + min(1, found(BRITISH)) - min(1, found(AMERICAN))


# ---- calendar -------------------------------------------------------------------------------------------------------------


def _valid(year: int, month: int, day: int) -> date | None:
    return date(year, month, day) if 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1] else None


def _shift(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


SOON = 60
"""Days ahead within which a day without a year is the coming one: nobody leaves the year out of a day ten months ago."""
RECENT = 3
"""Years back within which "3/22" is rather that month and year than a day to come."""
LONG_AGO = 12
"""Years back beyond which "3/22" is no month and year."""


def _nearest(month: int, day: int, written: date, ahead: bool) -> date:
    """The day with the year it most likely has: the last such day; the coming one if words look ahead, or if it is close and the last one long ago."""
    past = next((d for y in range(written.year, written.year - 9, -1) if (d := _valid(y, month, day)) and d <= written), None)
    if past is None:
        raise ValueError("no such day")
    coming = next((d for y in (written.year, written.year + 1) if (d := _valid(y, month, day)) and d > written), None)
    if coming and (coming - written).days <= 10 and (written - past).days > 200:
        return coming
    if coming and ahead and (written - past).days > 120 and (coming - written).days <= 240:
        return coming
    return past


def _on(year: int, month: int, day: int, group: str | int = 0) -> Reading:
    return Reading(When(PartialDate(date(year, month, day))), group)


def _partial(year: int, month: int = 1, precision: Precision = "month", group: str | int = 0) -> Reading:
    return Reading(When(PartialDate(date(year, month, 1), precision)), group)


def _year(text: str, written: date) -> int:
    digits = text.lstrip("'’")
    if len(digits) == 4:
        return int(digits)
    year = 2000 + int(digits)
    return year if year <= written.year + 1 else year - 100


def _month(name: str) -> int:
    return MONTHS[name[:3].casefold()]


def _number(text: str) -> int:
    """A day with or without its ordinal ending."""
    return int(text.rstrip("stndrhSTNDRH"))


def count(text: str) -> float:
    """A number in digits or in the words of ``NUMBERS``."""
    return float(text) if text[0].isdigit() else NUMBERS[" ".join(text.casefold().split())]


def _length(m: Match, page: Page) -> tuple[int, int]:
    """(months, days) of a ``SPAN``; raises ValueError for an age, or a day such as "CT 3/12 post ablation"."""
    if m["q"]:
        if DATED.search(page.before(m.start("k"))) and not m[0].casefold().endswith(("ago", "back")):
            raise ValueError("a day")
        months, days = BRITISH_PARTS[m["q"]]
        return int(m["k"]) * months, int(m["k"]) * days
    n, unit = count(m["n"] or m["words"]), m["u"].casefold()[0]
    if unit == "y" and n > 30:
        raise ValueError("an age")
    return {"d": (0, round(n)), "w": (0, round(7 * n)), "m": (round(n), 0), "y": (round(12 * n), 0)}[unit]


def _away(m: Match, page: Page, anchor: Anchor, sign: int = 1) -> Readings:
    months, days = _length(m, page)
    approximate = bool(months) or (days >= 14 and anchor != "text")
    return [Reading(When(anchor=anchor, months=sign * months, days=sign * days, approximate=approximate))]


# ---- readers: absolute ----------------------------------------------------------------------------------------------------


def _iso(m: Match, page: Page) -> Readings:
    return [_on(int(m["y"]), int(m["m"]), int(m["d"]))]


def _named(m: Match, page: Page) -> Readings:
    return [_on(_year(m["y"], page.written), _month(m["M"]), _number(m["d"]))]


def _is_timing(m: Match, page: Page) -> bool:
    """True for three numbers that are minutes or another count: "10-8-10", "freeze 3/7/10", "v1.2.10"."""
    start, short = m.start(), len(m["y"]) == 2
    if short and _is_cycle(m, page):
        return True
    if not short or DATED.search(page.before(start)):
        return False
    if page.text[max(0, start - 1) : start].isalpha() or MINUTES.match(page.after(m.end())):
        return True
    if m["s"] == "-":
        echoed = m["a"].lstrip("0") == m["y"].lstrip("0") and int(m["y"]) <= 15
        return echoed or bool(FROZEN.search(page.before(start, 40) + page.after(m.end())))
    numbered = m["s"] == "." and int(m["y"]) <= 12 and "0" not in (m["a"][0], m["b"][0])
    return numbered or bool(FREEZES.search(page.before(start)))


CRYO_BEFORE = re.compile(r"\bcryo(?:ablation)?[ |:,(]{0,4}$", re.IGNORECASE)
FREEZES_FROM = 4
"""Years before a note from which on an echo behind "cryo" is rather a freeze than the day of one."""


def _is_cycle(m: Match, page: Page) -> bool:
    """True for freeze, thaw and the same freeze again right behind "cryo": "Cryo 10/8/10" in a note of 2020."""
    echoed = m["a"].lstrip("0") == m["y"].lstrip("0") and int(m["b"]) <= int(m["a"])
    return echoed and page.written.year - _year(m["y"], page.written) >= FREEZES_FROM and bool(CRYO_BEFORE.search(page.before(m.start())))


def _numeric(m: Match, page: Page) -> Readings:
    a, b, year = int(m["a"]), int(m["b"]), _year(m["y"], page.written)
    if _is_timing(m, page) or not 1900 < year <= page.written.year + 3:
        return []
    day, month = (a, b) if (page.european and b <= 12) or a > 12 else (b, a)
    return [_on(year, month, day)]


def _numeric_range(m: Match, page: Page) -> Readings:
    """ "3/12-3/15/2019" and "3/12-15/2019": the year stands at the end."""
    year, first = _year(m["y"] or m["year"], page.written), (int(m["a"]), int(m["b"]))
    last = (int(m["c"]), int(m["d"])) if m["y"] else (first[0], int(m["last"]))
    european = first[0] > 12 or (page.european and bool(m["y"]) and max(first[1], last[1]) <= 12)
    days = [date(year, b, a) if european else date(year, a, b) for a, b in (first, last)]
    return [_on(d.year, d.month, d.day, g) for d, g in zip(days, "pr", strict=True)] if days[0] < days[1] else []


def _slash_range(m: Match, page: Page) -> Readings:
    """ "8/12-8/15" are days, "11/18-03/19" months if their years can be."""
    first, last = (_month_day(int(m[x]), int(m[y]), page, m.start(), False) for x, y in ("ab", "cd"))
    start, end = (_late_month(int(m[x]), m[y], page.written) for x, y in ("ab", "cd"))
    near = first and last and (page.written - min(first, last)).days <= 125
    if start and end and start < end and not near:
        return [_partial(start.year, start.month, group="p"), _partial(end.year, end.month, group="r")]
    if not first or not last:
        return []
    first = first if first <= last else _nearest(first.month, first.day, last, False)  # a range does not end before it starts
    return [_on(first.year, first.month, first.day, "p"), _on(last.year, last.month, last.day, "r")]


def _month_range_numeric(m: Match, page: Page) -> Readings:
    return [_partial(int(m["y"]), int(m["a"]), group="a"), _partial(int(m["y"]), int(m["b"]), group="z")]


def _month_year_numeric(m: Match, page: Page) -> Readings:
    return [_partial(int(m["y"]), int(m["m"]))]


def _month_range(m: Match, page: Page) -> Readings:
    year, first, last = int(m["y"]), _month(m["M"]), _month(m["N"])
    return [_partial(year - (first > last), first, group="M"), _partial(year, last, group="z")]


def _day_range(m: Match, page: Page) -> Readings:
    """ "12-15 March 2019" and "March 12-15": two days of one month."""
    month, year = _month(m["M"]), _year(m["y"], page.written) if m["y"] else None
    first, last = _number(m["d"]), _number(m["e"])
    if first >= last:
        return []
    year = year or _nearest(month, first, page.written, page.ahead(m.start())).year
    return [_on(year, month, first, "p"), _on(year, month, last, "r")]


def _month_year(m: Match, page: Page) -> Readings:
    year = _year(m["y"], page.written)
    if m.groupdict().get("late") and not 0 <= page.written.year - year <= LATE:
        return []
    return [_partial(year, _month(m["M"]))] if year <= page.written.year + 3 else []


LATE = 12
"""Years back that a bare number behind a month, too high for a day, is taken for its year ("Sept 49" in 2050)."""


def _year_range(m: Match, page: Page) -> Readings:
    years = int(m["y"]), int(m["z"])
    if not 1950 <= years[0] < years[1] <= page.written.year + 1:
        return []
    return [_partial(years[0], 1, "year", "y"), _partial(years[1], 1, "year", "z")]


def _year_only(m: Match, page: Page) -> Readings:
    if m["short"]:
        return [_partial(_year(m["short"], page.written), 1, "year", "short")]
    group = next(g for g in ("y", "head", "closed", "ends", "named") if m[g])
    if not 1950 <= int(m[group]) <= page.written.year + 1 or (group == "ends" and CLOCK.search(page.before(m.start(group), 12))):
        return []
    return [_partial(int(m[group]), 1, "year", 0 if group == "y" else group)]


# ---- readers: with an implied year ----------------------------------------------------------------------------------------


def _day_this_month(m: Match, page: Page) -> Readings:
    """ "the 2nd of this month", "the 2nd inst.", "the 30th ult.": the month of the note, or the one before it."""
    last = (m["w"] or m["i"]).casefold() in ("last", "ult")
    first = (page.written.replace(day=1) - timedelta(days=1 if last else 0)).replace(day=1)
    day = first + timedelta(days=_number(m["d"]) - 1)
    return [Reading(When(PartialDate(day)))] if day.month == first.month and day <= page.written else []


def _day_month(m: Match, page: Page) -> Readings:
    word = m["M"]
    if word == "may" and not re.search(NTH + r"\b| of ", m[0], re.IGNORECASE) and not DATED.search(page.before(m.start())):
        return []  # the verb
    year = _year_of_list(_month(word), NAMED_LIST.match(page.after(m.end(), LIST_LENGTH)), page)
    if year and (listed := _valid(year, _month(word), _number(m["d"]))):
        return [Reading(When(PartialDate(listed)))]
    day = _nearest(_month(word), _number(m["d"]), page.written, page.ahead(m.start()))
    if _may_be_year(m, day, page):
        return [_partial(day.year, day.month)]
    if _of_last_year(m, page) and (day.month, day.day) != (2, 29):
        day = day.replace(year=page.written.year - 1)
    return [Reading(When(PartialDate(day)))]


NAMED_DAY = rf"(?:on |in )?(?:the )?(?:{DAY}(?: of)? {MONTH}|{MONTH}\.? {DAY})"
NAMED_LIST = re.compile(rf"(?:, ?(?:then )?{NAMED_DAY}){{0,5}},? ?(?:and|&|then) (?:again )?{NAMED_DAY},? (?P<y>{YEAR})\b", re.IGNORECASE)
"""Behind the first of several days up to the year that the last one gives for all: "14 January, 21 April and 6 October 2020"."""
NUMERIC_DAY = r"(?:on )?\d{1,2}/\d{1,2}"
NUMERIC_LIST = re.compile(
    rf"(?:, ?(?:then )?{NUMERIC_DAY}(?![\d/])){{0,5}},? ?(?:and|&|then) (?:again )?{NUMERIC_DAY}/(?P<y>{YEAR}|\d\d)\b", re.IGNORECASE
)
MONTH_LIST = re.compile(
    rf"(?:, ?(?:in )?{MONTH}\b){{1,5}},? ?(?:and|&|then) (?:again )?(?:in )?{MONTH},? (?:of )?(?P<y>{YEAR})\b", re.IGNORECASE
)
LIST_LENGTH = 90
"""Characters behind a day within which such a list ends."""
MONTHS_LISTED = re.compile(rf"\b(?P<M>{MONTH})\b|\b(?P<a>\d{{1,2}})/(?P<b>\d{{1,2}})", re.IGNORECASE)


def _year_of_list(month: int, listed: Match | None, page: Page) -> int:
    """The year of the first of several days of which the last alone gives one; 0 without such a list."""
    if listed is None:
        return 0
    months = [_month(x["M"]) if x["M"] else int(x["b"] if page.european else x["a"]) for x in MONTHS_LISTED.finditer(listed[0])]
    year = _year(listed["y"], page.written)
    for earlier, later in pairwise([month, *months]):
        year -= earlier > later
    return year if year <= page.written.year else 0


def _may_be_year(m: Match, day: date, page: Page) -> bool:
    """True if the number behind a month can be that day's year as well ("post cryo Sept 21" of 2021), and the day is long past."""
    written_so = re.fullmatch(r"(?!may)(?:[A-Za-z]{3}|sept)\.?[ -]\d{2}", m[0].strip(), re.IGNORECASE) is not None
    long_past = (page.written - day).days > MONTHS_PAST
    return written_so and long_past and m["d"] == f"{day.year % 100:02d}" and not re.search(r"\b(?:on|dated) $", page.before(m.start()))


MONTHS_PAST = 125
"""Days after which a number behind a month is rather the year than the day."""
PAIR = re.compile(r"(?<![\d/.-])(?P<a>\d{1,2})/(?P<b>\d{2})(?![\d/])")


def _among_months(m: Match, month: date, page: Page) -> bool:
    """True if "1/19" stands in order among pairs that are months: "relapse 12/18, cryo 1/19, lung 5/19"."""
    pairs = [(p, _late_month(int(p["a"]), p["b"], page.written)) for p in PAIR.finditer(page.text)]
    beside = [
        next(([x] for x in reversed(pairs) if x[0].start() < m.start()), []),
        next(([x] for x in pairs if x[0].start() >= m.end()), []),
    ]
    near = [x for side in beside for x in side]
    in_order = all(other is not None and ((other <= month) if p.start() < m.start() else (other >= month)) for p, other in near)
    return in_order and any(_only_month(p, page) for p, _ in pairs if p.start() != m.start())


def _only_month(p: Match, page: Page) -> bool:
    """True if a pair is no day of the last months."""
    day = _month_day(int(p["a"]), int(p["b"]), page, p.start(), ahead=False)
    return day is None or (page.written - day).days > MONTHS_PAST


def _day_month_dots(m: Match, page: Page) -> Readings:
    """ "den 12.3.": only after words that a date follows, for a number may end a sentence ("Cr 1.1.")."""
    if not DATED.search(page.before(m.start())):
        return []
    return [Reading(When(PartialDate(_nearest(int(m["m"]), int(m["d"]), page.written, page.ahead(m.start())))))]


def _bracketed(m: Match, page: Page) -> Readings:
    """ "[**7-18**]" of a de-identified note: month and day, or the year alone."""
    if m["y"]:
        return [_partial(int(m["y"]), 1, "year", "y")]
    return [Reading(When(PartialDate(_nearest(int(m["m"]), int(m["d"]), page.written, page.ahead(m.start())))), "day")]


def _month_day_numeric(m: Match, page: Page) -> Readings:
    """ "7/18" is a day of this year or a month of another: the day if it lies in the last four months, else the month if its year can be."""
    a, b = int(m["a"]), int(m["b"])
    if _is_fraction(a, b, m, page) or (b == 12 and _is_span(m, page)):
        return []
    day = _month_day(a, b, page, m.start(), page.ahead(m.start()))
    listed = NUMERIC_LIST.match(page.after(m.end(), LIST_LENGTH)) if day else None
    if day and (year := _year_of_list(day.month, listed, page)) and (same := _valid(year, day.month, day.day)):
        return [Reading(When(PartialDate(same)))]
    month = _late_month(a, m["b"], page.written)
    close = 10 if month and page.written.year - month.year <= RECENT else SOON
    if day and ON_DAY.search(page.before(m.start())):
        return [Reading(When(PartialDate(day)))]
    if month and _among_months(m, month, page):
        return [_partial(month.year, month.month)]
    if day and (-close <= (page.written - day).days <= MONTHS_PAST or (day > page.written and page.scheduled(m.start()))):
        return [Reading(When(PartialDate(day)))]
    if day and month and _long_ago(month, day, page):
        return [Reading(When(PartialDate(day)))]
    if month:
        return [_partial(month.year, month.month)]
    return [Reading(When(PartialDate(day)))] if day else []


ON_DAY = re.compile(r"\bon $", re.IGNORECASE)
"""Before a day and never before a month."""
DAY_FIRST_OR_LAST = re.compile(r"(?<![\w/.,%-])\d{1,2}/(\d{2})(?![\w/%.-])")


def _long_ago(month: date, day: date, page: Page) -> bool:
    """True if "10/11" would be a month of many years ago, but a day of the year before a note that writes other days so ("10/25")."""
    near = 0 <= (page.written - day).days <= 300 and page.written.year - month.year > FAR_BACK
    return near and any(page.written.year % 100 < int(m[1]) <= 31 for m in DAY_FIRST_OR_LAST.finditer(page.text))


PASSED = re.compile(r" (?:post|after|since|following|s/p|out from|down the line)\b", re.IGNORECASE)
FAR_BACK = 5
"""Years."""


def _is_span(m: Match, page: Page) -> bool:
    """True for "9/12" as nine months: before "post" by a writer who tells days first; behind a word of time, long after 2012, by such a writer or one who tells months so elsewhere."""
    if page.european and m["b"] == "12" and PASSED.match(page.after(m.end())) and not DATED.search(page.before(m.start())):
        return True
    if page.written.year - 2012 <= 4 or not POST.search(page.before(m.start())):
        return False
    return page.european or len(list(islice(SPANS_AS_FRACTIONS.finditer(page.text), 2))) > 1


def _month_day(a: int, b: int, page: Page, start: int, ahead: bool) -> date | None:
    day, month = (a, b) if (page.european and b <= 12) or a > 12 else (b, a)
    return _nearest(month, day, page.written, ahead) if _valid(2020, month, day) else None


def _late_month(month: int, year: str, written: date) -> date | None:
    """The month of "7/18" read as month and year, from 2000 up to the note."""
    if len(year) != 2 or not 1 <= month <= 12:
        return None
    found = date(2000 + int(year), month, 1)
    return found if found <= written and written.year - found.year <= LONG_AGO else None


def _is_fraction(a: int, b: int, m: Match, page: Page) -> bool:
    """True for scores, counts and parts: "5/5", "pain 3/10", "6/7 nodes", "1/3", "24/7", "image 4/18"."""
    before, after = page.before(m.start()), page.after(m.end())
    if not a or not b or COUNTED.match(after) or SCORED.search(before):
        return True
    if (a, b) == (5, 5) or DATED.search(before) or CLOCKED.match(after) or OF_REGION.search(page.before(m.start(), 48)):
        return (a, b) == (5, 5)
    if SCALED.search(page.before(m.start(), 48)):
        return True
    small = a <= b <= 5 and "0" not in (m["a"][0], m["b"][0])
    rated = b == 10 and a <= 10 and bool(PAINFUL.search(page.before(m.start(), 60) + after) or RATED.search(before))
    whole = a == b <= 12 and len(m["b"]) == len(str(b))
    return small or rated or whole or (a, b) == (24, 7) or (b == 6 and a < 6 and bool(RATED.search(before)))


def _of_month(m: Match, page: Page) -> Readings:
    """ "on the 12th": of this month or the one before; of the coming one if words look ahead."""
    day, first = int(m["d"] or m["said"]), page.written.replace(day=1)
    months = [_shift(first, step) for step in (0, -1, -2)]
    days = [d for x in months if (d := _valid(x.year, x.month, day)) and d <= page.written]
    if page.scheduled(m.end()) or (m["rel"] or "").casefold() in ("for", "by", "until"):
        days = [d for x in (first, _shift(first, 1)) if (d := _valid(x.year, x.month, day)) and d >= page.written]
    return [Reading(When(PartialDate(days[0])))] if days else []


def _day_of_month(m: Match, page: Page) -> Readings:
    """ "Our MRI of the 13th": the last such day up to the note."""
    day = int(m["d"])
    for back in range(3):
        month = page.written.month - back
        year, month = (page.written.year, month) if month > 0 else (page.written.year - 1, month + 12)
        if _valid(year, month, day) and date(year, month, day) <= page.written:
            return [Reading(When(PartialDate(date(year, month, day))))]
    return []


def _year_month_name(m: Match, page: Page) -> Readings:
    """ "2016, Mar" and "2016 Feb 11" of a timeline that puts the year first."""
    if m["M"] == "may" or (m["d"] and not _valid(int(m["y"]), _month(m["M"]), int(m["d"]))):
        return []
    if m["d"]:
        return [Reading(When(PartialDate(date(int(m["y"]), _month(m["M"]), int(m["d"])))))]
    return [_partial(int(m["y"]), _month(m["M"]))]


def _year_month_numeric(m: Match, page: Page) -> Readings:
    """ "2021-03"; what can be a span of years ("2010-12") is none."""
    year, month = int(m["y"]), int(m["m"])
    return [_partial(year, month)] if month <= year % 100 and date(year, month, 1) <= page.written else []


TWIN = re.compile(
    rf"(?:,? (?:and|then|&)|,)(?: (?:then|again|once more|repeat(?:ed)?|redone|in|on|its repeat)){{0,3}} (?P<N>{MONTH})\.?,? (?:of )?(?P<y>{YEAR})\b",
    re.IGNORECASE,
)
"""The second of two months, which tells the year of both: "in March and again in June 2018"."""


def _month_name(m: Match, page: Page) -> Readings:
    name, rel = m["M"], (m["rel"] or "").casefold()
    shown = m["noun"] is not None or name[:3].casefold() not in ("mar", "apr", "may", "jun", "aug")  # names of people, verbs
    enclosed = page.before(m.start(), 1) == "(" and page.after(m.end(), 1) in (")", ",")
    enclosed = enclosed or (page.after(m.end(), 1) in (",", ".", ";", ")", "") and bool(DONE_IN.search(page.before(m.start(), 24))))
    if name.casefold() == "may" and rel in ("this", "and", "to", "for", "of"):
        return []
    if not rel and (name[0].islower() or not (shown or enclosed or page.scheduled(m.start()))):
        return []
    month, written = _month(name), page.written
    if _of_last_year(m, page):
        return [_partial(written.year - 1, month)]
    if OF_THAT_YEAR.match(page.after(m.end(), 22)):
        return [_partial(written.year - (month > written.month), month)]  # the chart's timeline sets the year
    if twin := TWIN.match(page.after(m.end(), 60)):
        year = _year(twin["y"], written)
        return [_partial(year - (month > _month(twin["N"])), month)] if year <= written.year else []
    if year := _year_of_list(month, MONTH_LIST.match(page.after(m.end(), LIST_LENGTH)), page):
        return [_partial(year, month)]
    soon = 0 < month - written.month <= 3 and bool(rel) and rel not in ("last", "since", "from", "of", "the", "his", "her")
    if soon or rel in ("next", "for", "until", "by", "this coming") or page.scheduled(m.start()) or (rel and page.ahead(m.start())):
        year = written.year + (month < written.month)
        return [Reading(When(anchor="note", months=(year - written.year) * 12 + month - written.month, approximate=True), kind="future")]
    return [_partial(written.year - (month > written.month), month)]


def _of_last_year(m: Match, page: Page) -> bool:
    """True for a month that the words around it put in the year before: "in September of last year"."""
    behind = re.match(r",? (?:of )?(?:last|the (?:previous|last)) year\b", page.after(m.end(), 22), re.IGNORECASE)
    return behind is not None or LAST_YEAR.search(page.before(m.start(), 40)) is not None


OF_THAT_YEAR = re.compile(r",? (?:of |in )?(?:that|the same) year\b", re.IGNORECASE)
DONE_IN = re.compile(
    r"\b(?:ablat\w+|ablation|cryo\w*|RFA|MWA|frozen|treated|surgery|resection|resected|biopsy|biopsied|scan|CT|MRI|PET|done|performed|excis\w+|fixation) $",
    re.IGNORECASE,
)
"""Words after which a bare month is one: "acetabular ablation June, hardware July"."""
LAST_YEAR = re.compile(r"\blast year,? (?:when|where|with|after|in|as|by)\b[^.;\n]{0,20}$", re.IGNORECASE)
"""Words before a month that lies in the year before: "a scare last year, when the February CT"."""


# ---- readers: relative ----------------------------------------------------------------------------------------------------


def _days(anchor: Anchor, days: int) -> Readings:
    return [Reading(When(anchor=anchor, days=days))]


def _pod(m: Match, page: Page) -> Readings:
    return _days("procedure", round(count(_unordinal(m["n"]))))


def _unordinal(text: str) -> str:
    return text[:-2] if text[0].isdigit() and not text[-1].isdigit() else text


def _nth_after(m: Match, page: Page) -> Readings:
    """ "day 3 after cryotherapy", "post-ablation month 6"."""
    n, unit = round(count(m["n"] or m["n2"])), (m["u"] or m["u2"]).casefold()[0]
    months, days = (n, 0) if unit == "m" else (0, n if unit == "d" else 7 * n)
    return [Reading(When(anchor="procedure", months=months, days=days, approximate=unit != "d"))]


def _after(m: Match, page: Page) -> Readings:
    if BARE_POST_OP.search(m[0]) and (m["u"] or "")[:1].casefold() == "y":
        return []  # of an older operation
    return _away(m, page, "procedure")


def _before(m: Match, page: Page) -> Readings:
    return _away(m, page, "procedure", -1)


def _day_beside(m: Match, page: Page) -> Readings:
    """ "the day after ablation", "the morning of the procedure"."""
    side = m["side"].casefold()
    return _days("procedure", {"o": 0, "a": 1, "f": 1}.get(side[0], -1))


def _ago(m: Match, page: Page) -> Readings:
    if TO_THE_DAY.search(m[0]):  # "three weeks ago today"
        months, days = _length(m, page)
        return [Reading(When(anchor="note", months=-months, days=-days))]
    return _away(m, page, "note", -1)


TO_THE_DAY = re.compile(r"\b(?:(?:ago|back),? today|to the day|exactly)\b", re.IGNORECASE)


def _fortnight(m: Match, page: Page) -> Readings:
    return [Reading(When(anchor="note", days=-14, approximate=not TO_THE_DAY.search(m[0])))]


FEASTS = {"christmas": (12, 25), "boxing": (12, 26), "new": (1, 1), "halloween": (10, 31), "independence": (7, 4), "valentine": (2, 14)}
"""Days of the year that go by a name: (month, day) by its first word."""


def _feast(m: Match, page: Page) -> Readings:
    """ "on Christmas Eve", "Thanksgiving night": the last such day up to the note's; of "around Christmas" the month."""
    word = re.split(r"\W|'", m["name"].casefold())[0]
    for year in (int(m["y"]),) if m["y"] else (page.written.year, page.written.year - 1):
        if word == "thanksgiving":
            first = date(year, 11, 1)
            day = first + timedelta(days=(3 - first.weekday()) % 7 + 21)
        else:
            day = date(year, *FEASTS[word])
        day -= timedelta(days=1 if m["eve"] else 0)
        if day <= page.written:
            return [Reading(When(date=PartialDate(day.replace(day=1), "month") if m["near"] is not None else PartialDate(day)))]
    return []


def _future(m: Match, page: Page) -> Readings:
    months, days = _length(m, page)
    return [Reading(When(anchor="note", months=months, days=days, approximate=True))]


def _text_after(m: Match, page: Page) -> Readings:
    return _away(m, page, "text")


def _text_day(m: Match, page: Page) -> Readings:
    return _days("text", 1 if m["next"] else -1 if m["prev"] else 0)


def _text_unit(m: Match, page: Page) -> Readings:
    """ "the year after", "the following month": counted from the date told before it."""
    months, days = {"week": (0, 7), "month": (1, 0), "year": (12, 0)}[(m["u"] or m["v"]).casefold()]
    sign = -1 if (m["side"] or "").casefold() == "before" else 1
    return [Reading(When(anchor="text", months=sign * months, days=sign * days, approximate=True))]


def _weekday(m: Match, page: Page) -> Readings:
    """The last such day; the coming one after "next" or words that look ahead."""
    rel, word = " ".join((m["rel"] or "").casefold().split()), m["w"] or m["bare"]
    if not rel and (word.islower() or EVERY.search(page.before(m.start())) or LISTED.match(page.after(m.end()))):
        return []
    back = (page.written.weekday() - DAYS[word[:3].casefold()]) % 7
    looks = rel not in ("last", "since", "past", "this past", "from") and page.scheduled(m.start())
    if looks or rel in ("next", "this coming", "coming", "by", "until", "for"):
        return [Reading(When(anchor="note", days=(7 - back) or 7, approximate=True), kind="future")]
    return _days("note", -(back or 7))


def _note_day(m: Match, page: Page) -> Readings:
    days, kind = {"eve": (-2, "yesterday"), "yest": (-1, "yesterday"), "now": (0, "today")}[str(m.lastgroup)]
    return [Reading(When(anchor="note", days=days), kind=kind)]


def _tomorrow(m: Match, page: Page) -> Readings:
    return _days("note", 1)


def _unit(m: Match, page: Page) -> Readings:
    """ "last month", "next week"."""
    unit, sign = m["u"].casefold(), 1 if m["rel"].casefold() in ("next", "coming") else -1
    months, days = {"week": (0, 7), "month": (1, 0), "year": (12, 0)}[unit]
    when = When(anchor="note", months=sign * months, days=sign * days, approximate=True)
    return [Reading(when, kind="future" if sign > 0 else "")]


def _this_unit(m: Match, page: Page) -> Readings:
    """ "earlier this month", "MRI this month": the month of the note, which has no day of its own."""
    month = m["d"] or m["u"].casefold() == "month"
    return [_partial(page.written.year, page.written.month if month else 1, "month" if month else "year", group="d" if m["d"] else 0)]


# ---- forms ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Form:
    """A way to write a date."""

    name: str
    pattern: re.Pattern[str]
    read: Callable[[Match, Page], Readings]


GAP = r"(?:[^\S\n]{1,6}|[^\S\n]{0,2}\n[^\S\n]{0,6})"
"""White space between the words of a date: may break a line, not a paragraph."""


def _form(name: str, read: Callable[[Match, Page], Readings], regex: str) -> Form:
    """A form; a blank in ``regex`` is a ``GAP``."""
    return Form(name, re.compile(regex.replace(" ", GAP), re.IGNORECASE | re.MULTILINE), read)


ALONE = r"(?<!\d)(?:(?<!\d[/.,-])|(?<=/\d\d-)|(?<=/\d{4}-)|(?<=\.\d{4}-))"
"""Not inside a longer number; the end of a range may follow its start."""
SHORT_MONTH = r"(?:january|february|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|march|april|may|june|july|august)"
EXAM = r"(?:scan|CT|MRI|PET|visit|film|study|imaging|exam|session|ablation|cryo\w*|procedure|biopsy|ultrasound|x-?ray|CXR|clinic|admission|report)s?"
WORK = rf"{EXAM}|surger(?:y|ies)|operations?|resections?|cores?|specimens?|recurrences?|disease|tumou?rs?|excisions?|radiation|treatments?|chemo\w*"
NOUN = rf"(?P<noun>(?= {EXAM}\b))?"
YEAR_CUE = r"(?:in|since|of|from|until|by|during|after|before|early|late|mid|to|back in|circa|year|and|through|around)"
ENDS_ON = r"(?= ?(?:[.,;:)\]?!]|$|and\b|with\b|s?he\b|the\b|at\b|for\b|show|was\b|is\b|has\b|had\b|after\b|in\b|then\b|we\b|I\b|patient|pt\b|per\b|but\b|to\b|without\b|under\b))"
CLOCK = re.compile(r"\b(?:at|time|approx\.?|@) ?$", re.IGNORECASE)
EVERY = re.compile(r"\b(?:every|each|M-|through|thru|/|-) ?$", re.IGNORECASE)
LISTED = re.compile(rf"(?:s\b|/| ?[-–] ?{WEEKDAY}|,? (?:and|to|through|thru|or) {WEEKDAY}|, {WEEKDAY})", re.IGNORECASE)
CUE = re.compile(
    rf"\d|day|\b(?:{MONTH}|yest|tonight|tomorrow|night|evening|morning|afternoon|tues|weds|thurs?|fortnight|christmas|thanksgiving|new year|halloween|valentine|{UNIT})\b",
    re.IGNORECASE,
)

FORMS: tuple[Form, ...] = (
    _form("iso", _iso, rf"(?<![\d/.])(?<!\d-)(?P<y>{YEAR})(?P<s>[-/.])(?P<m>0?[1-9]|1[0-2])(?P=s)(?P<d>3[01]|[12]\d|0?[1-9])(?!\d|[-/]\d)"),
    _form(
        "year_then_month",
        _year_month_name,
        rf"(?<![\d/.-])(?P<y>{YEAR})(?:[,:]? | ?\()(?P<M>{MONTH})\b\.?(?P<d> \d{{1,2}}(?!\d|[./:]\d| ?(?:mm|cm|x)\b))?",
    ),
    _form("iso_month", _year_month_numeric, rf"(?<![\w/.-])(?P<y>{YEAR})-(?P<m>0[1-9]|1[0-2])(?![\w/]|[-.]\d)"),
    _form("iso_month_name", _named, rf"(?<!\d)(?P<y>{YEAR})(?: |-)?(?P<M>{MONTH})(?: |-)?(?P<d>\d{{1,2}})\b"),
    _form("bracketed", _bracketed, rf"\[\*\*(?:(?P<day>(?P<m>\d{{1,2}})[-/](?P<d>\d{{1,2}}))|(?P<y>{YEAR}))\*\*\]"),
    _form(
        "numeric_range",
        _numeric_range,
        r"(?<![\w/.,-])(?P<p>(?P<a>\d{1,2})/(?P<b>\d{1,2})) ?(?:-|–|to|through|thru) ?(?P<r>(?P<c>\d{1,2})/(?P<d>\d{1,2})/(?P<y>(?:19|20)\d\d|\d\d)|(?P<last>\d{1,2})/(?P<year>(?:19|20)\d\d))(?![\d/])",
    ),
    _form(
        "numeric",
        _numeric,
        ALONE + r"(?P<a>\d{1,2})(?P<s>[/.-])(?P<b>\d{1,2})(?P=s)(?P<y>(?:19|20)\d\d|\d\d)(?!\d|/\d|\.\d|-\d(?!\d?[/.]\d))",
    ),
    _form(
        "range_month_year",
        _month_range_numeric,
        ALONE + rf"(?P<a>0?[1-9]|1[0-2]) ?[-–] ?(?P<z>(?P<b>0?[1-9]|1[0-2])/(?P<y>{YEAR}))(?![\d/])",
    ),
    _form(
        "day_range",
        _day_range,
        rf"(?<![\w/.,-])(?P<p>(?:the )?(?P<d>{DAY}))(?: ?[-–] ?| to | until | through | and )(?P<r>(?:the )?(?P<e>{DAY})(?: of)? (?P<M>{MONTH})\b\.?(?:,? (?P<y>{YEAR}))?)\b",
    ),
    _form(
        "day_range",
        _day_range,
        rf"\b(?P<p>(?P<M>{MONTH})\.? (?P<d>{DAY}))(?: ?[-–] ?| to | through | and )(?P<r>(?P<e>{DAY})\b(?!{MEASURED}|[/:.]\d)(?:,? (?P<y>{YEAR})\b)?)",
    ),
    _form(
        "day_month_year",
        _named,
        rf"(?<![\w/.-])(?<!\b[xX]\s)(?<!×\s)(?<!\bseg\s)(?<!\bsegment\s)(?<!\blesion\s)(?<!\btarget\s)(?<!\brib\s)(?:the )?(?P<d>{DAY})\.?(?: of)?(?: |[-/])?(?P<M>{MONTH})\.?(?: ?,)?(?: |[-/])?(?P<y>{YEAR}|['’]?\d\d(?![\d/:.%]\d|%|\.?(?: of)?(?: |-){MONTH}\b|{MEASURED}))\b",
    ),
    _form(
        "month_day_year",
        _named,
        rf"\b(?P<M>{MONTH})\.?(?: (?:the )?|[-/])(?P<d>{DAY})(?: ?, ?| |[-/])(?P<y>{YEAR}\b|{SHORT_YEAR}\b|\d\d(?=\]))",
    ),
    _form("month_year_numeric", _month_year_numeric, ALONE + rf"(?P<m>0?[1-9]|1[0-2])[/.-](?P<y>{YEAR})(?![\d/])"),
    _form(
        "range_named",
        _month_range,
        rf"\b(?P<M>{MONTH})\.?(?: ?[-–] ?| to | until | through | and )(?P<z>(?P<N>{MONTH})\.?,?(?: of)? (?P<y>{YEAR}))\b",
    ),
    _form(
        "month_year",
        _month_year,
        rf"\b{PART}(?P<M>{MONTH})\.?(?: ?,)?(?:(?: of)? |[-/])?(?P<y>{YEAR}|{SHORT_YEAR}|(?P<late>{NO_DAY}))\b(?(late)(?!{MEASURED}|[/:%]|\.\d))",
    ),
    _form("month_year", _month_year, rf"(?<![\d-])\b(?P<M>{MONTH})-(?P<y>1[3-9]|2\d)\b(?![-/:.]\d)"),
    _form("day_this_month", _day_this_month, rf"\b(?:the )?(?P<d>{DAY}) (?:day )?(?:(?:of )?(?P<w>this|last) month|(?P<i>inst|ult)\b\.?)"),
    _form(
        "day_month",
        _day_month,
        rf"(?<![\w/.-])(?<!\b[xX]\s)(?<!×\s)(?:the )?(?P<d>{DAY})\.?(?: of)?(?: |-)?(?P<M>{MONTH})\b(?! (?:be|have|need|not|also|represent|reflect|cause|well)\b)",
    ),
    _form("month_day", _day_month, rf"\b(?P<M>{MONTH})\.? (?:the )?(?P<d>{DAY})\b(?!{MEASURED}|[/:.]\d|-\d| ?x\d)"),
    _form("day_month_dots", _day_month_dots, r"(?<![\w/.,-])(?P<d>\d{1,2})\. ?(?P<m>\d{1,2})\.(?!\d)"),
    _form(
        "day_beside",
        _day_beside,
        rf"\b(?<!first\s)(?:the )?(?:day|morning|evening|night) (?P<side>of|after|following|before|prior to|preceding) {ABLATION}\b",
    ),
    _form(
        "pod",
        _pod,
        rf"\b(?:(?:POD|PPD)(?: ?[#:-])? ?|{POST_OP}(?: |-)day(?: ?[#:])? ?)(?P<n>\d{{1,2}}|{WORD_COUNT})\b(?!{MEASURED})",
    ),
    _form(
        "pod",
        _pod,
        rf"\b(?:the )?(?P<n>\d{{1,2}}{NTH}|first|second|third|fourth|fifth|sixth|seventh) (?:{POST_OP} day|day (?:after|following|post) {ABLATION})\b",
    ),
    _form(
        "nth_after",
        _nth_after,
        rf"\b(?:(?P<u>day|week|wk|month|mo) ?#?(?P<n>\d{{1,2}}|{WORD_COUNT}),? (?:(?:after|following|from|since) {ABLATION}|post(?: |-)?{ABLATION}|{POST_OP})|{POST_OP}(?: |-)(?P<u2>week|month) ?#?(?P<n2>\d{{1,2}}|{WORD_COUNT}))\b",
    ),
    _form(
        "after_ablation",
        _after,
        rf"(?<!\bfor\s){SPAN}(?: on| out)?(?: |-)(?:(?:after|from|since|following|past|s/p|status(?: |-)post|post) {ABLATION}|post(?: |-)?{ABLATION}|post-?op(?:erative(?:ly)?)?|post(?=[.,;:)]|$))\b",
    ),
    _form("before_ablation", _before, rf"{SPAN} (?:before|prior to|preceding|pre-?) ?{ABLATION}\b"),
    _form(
        "ago",
        _ago,
        rf"\b(?:about |approx\.? |approximately |exactly |some |roughly |nearly |almost |over )?(?:x ?)?{SPAN} (?:(?:ago|back)(?:,? (?:today|to the day|exactly))?|previously|earlier|before today|prior(?=[.,;:)]|$))\b",
    ),
    _form(
        "ago",
        _fortnight,
        r"\b(?:about |some |almost |nearly )?(?:a|one) fortnight (?:ago|back|earlier|previously)(?:,? (?:today|to the day))?\b",
    ),
    _form(
        "feast",
        _feast,
        r"(?:(?<=\bon\s)|(?<=\bpast\s)|(?<=\blast\s)|(?<=\bdied\s)|(?<=\bpassed\s)|(?<=\bexpired\s)|(?<=\baway\s)|(?<=\bof\s)|(?<=\bsince\s)|(?P<near>(?<=\baround\s)|(?<=\babout\s)|(?<=\bbefore\s)|(?<=\bnear\s)|(?<=\bat\s)|(?<=\bover\s)|(?<=\bby\s)))(?P<name>Christmas|Thanksgiving|New Year(?:['’]?s)?|Halloween|Boxing Day|Independence Day|Valentine['’]?s)(?: (?:(?P<eve>Eve)|Day|night|morning|evening))?(?:,? (?P<y>(?:19|20)\d\d))?\b(?! (?:week|break|holiday|card|\d))",
    ),
    _form("text_after", _text_after, rf"{SPAN} (?:later|after(?:wards?|ward| that| this)|thereafter|after(?=[.,;:)]|$))\b"),
    _form(
        "future", _future, rf"\b(?:in|within|at) (?:about |another |approximately )?{SPAN}(?! (?:ago|after|post|earlier|of|old))(?!-old)"
    ),
    _form(
        "slash_range",
        _slash_range,
        r"(?<![\w/.,%-])(?P<p>(?P<a>\d{1,2})/(?P<b>\d{1,2})) ?(?:-|–|to|through|thru) ?(?P<r>(?P<c>\d{1,2})/(?P<d>\d{1,2}))(?![\w/%]|[.-]\d)",
    ),
    _form(
        "month_day_numeric",
        _month_day_numeric,
        rf"(?<![\w%])(?<!\w-)(?<!\d[/.,])(?P<a>\d{{1,2}})/(?P<b>\d{{1,2}})(?![\w/%]|[.-]\d|{MEASURED}| ?x\b)",
    ),
    _form(
        "text_after",
        _text_day,
        r"\b(?:(?:the |very )?(?P<next>next|following) (?:day|morning|evening|afternoon|night)|the (?P<prev>(?:previous|preceding) (?:day|evening|night)|day before(?=[.,;)]|$))|(?P<same>(?:on |of |from )?(?:the |that )?same (?:day|date|morning|afternoon|session date)|later that (?:same )?(?:day|evening|night|afternoon|morning)|that (?:same )?(?:evening|night|afternoon)))\b",
    ),
    _form(
        "text_after",
        _text_unit,
        r"\bthe (?:(?P<u>week|month|year) (?P<side>after|before)(?: that| this)?(?=[.,;:)]|$| (?:with|by|for|at|in|and|but)\b)|following (?P<v>week|month|year)\b)",
    ),
    _form(
        "day_of_month",
        _day_of_month,
        r"\b(?:scan|CT|MRI?|PET(?:[-/]CT)?|ultrasound|US|x-?ray|biops\w+|cores?|session|procedure|ablation|here|home|out|back|done|performed|seen|discharged|admitted|confirmed|one) (?:of|on|from|dated) the (?P<d>\d{1,2})(?:st|nd|rd|th)\b(?! ?(?:,|and|or|to|-|/|–) ?\d| (?:of|rib|ribs|week|month|day|post|time|floor|cycle|course|inter|vertebra|thoracic|lumbar|percentile))",
    ),
    _form(
        "weekday",
        _weekday,
        rf"\b(?:(?P<rel>last|this past|this coming|coming|this|past|next|on|since|from|until|by|for) (?P<w>{WEEKDAY})|(?P<bare>{FULL_WEEKDAY}))(?:'s)?\b(?!,? \(?(?:the )?(?:\d|{MONTH} \d)| (?:before|after|following|of) (?!(?:the |her |his |my )?(?:ablation|cryo|procedure|surgery)))",
    ),
    _form(
        "ofthe",
        _of_month,
        rf"\b(?P<rel>on|for|by|until|since|from) the (?P<d>\d{{1,2}}){NTH}\b{ENDS_ON}|(?<=,\s)the (?P<said>\d{{1,2}}){NTH}(?=[.;)])",
    ),
    _form(
        "note_day",
        _note_day,
        r"\b(?:(?P<eve>(?:the )?day before yesterday)|(?P<yest>yesterday(?:['’]s)?|yest|last (?:night|evening))|(?P<now>today(?:['’]s)?|this (?:morning|afternoon|evening)|tonight))\b",
    ),
    _form("future", _tomorrow, r"\btomorrow(?: (?:morning|afternoon|evening))?\b"),
    _form(
        "this_unit",
        _this_unit,
        r"\b(?:earlier|sometime|at the (?:beginning|start)|in the (?:first|early) (?:days|part|half)) (?:of )?this (?P<u>month|year)\b|\b(?:CT|MRI?|PET|scan|imaging) (?P<d>this month)\b",
    ),
    _form("last_unit", _unit, r"\b(?P<rel>last|past|next|coming) (?P<u>week|month|year)\b"),
    _form(
        "month_name",
        _month_name,
        rf"\b(?:(?P<rel>in|last|since|by|from|of|this coming|this|until|during|early|late|mid|next|for|and|to|through)(?: |(?<=mid)-?) ?)?(?P<M>{SHORT_MONTH})\b{NOUN}(?! \d| (?:be|have|need|not|also|go|come|return|require|represent|reflect|cause|well|indicate|suggest|benefit|consider|restart|resume|take|still|proceed|start|stop)\b|/)",
    ),
    _form(
        "year_range",
        _year_range,
        rf"(?<![\d/.,-])(?P<y>{YEAR}) ?[-–] ?(?P<z>{YEAR})\b(?!{MEASURED}|[-/.]\d)",
    ),
    _form(
        "year",
        _year_only,
        rf"\b{YEAR_CUE}(?: |-)(?P<y>{YEAR})\b(?!{MEASURED}| U/L|[-/.,]\d)|(?<=\()(?P<closed>{YEAR})(?=[),;:])|(?:^[^\w\n]{{0,4}}|(?<=;\s)|(?<=[,.]\s)(?=\d{{4}}:))(?P<head>{YEAR})(?= ?[:–-]| [a-z])(?!{MEASURED}|-\d)|(?:(?<=[a-z)]\s)|(?<=[a-z)]\s\s))(?P<ends>{YEAR})(?=[,.;)](?!\d)|$| \(| (?:and|&) {YEAR}\b)|\b(?:the|his|her|their|this|that) (?P<named>{YEAR})(?= (?:{WORK})\b)|(?<=[a-z)]\s)(?P<short>{SHORT_YEAR})(?=[.,;)](?!\d)|$| \(| (?:and|&)\b)",
    ),
)
NUMERIC, DAY_MONTH_YEAR, MONTH_DAY_YEAR = (
    next(f.pattern for f in FORMS if f.name == n) for n in ("numeric", "day_month_year", "month_day_year")
)
VOTING = Scan({p.pattern: p.pattern for p in (DAY_MONTH_YEAR, MONTH_DAY_YEAR, BRITISH, AMERICAN)})
"""What tells the order of day and month beside numbers."""
