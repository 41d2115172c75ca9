"""Dates as clinicians write them: absolute, partial, with an implied year, and relative to a note, an ablation or the text.

Works on a sentence. A date expression becomes a ``When``; ``resolve`` turns it into a day once its anchor is known.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta

from extractor.model import PartialDate, Precision, When
from extractor.pipeline.found import Found

LEVEL = "sentence"
MONTHS = {m: i for i, m in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)}
DAYS = {d: i for i, d in enumerate(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])}
NUMBERS = {
    w: i
    for i, w in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ]
    )
}
NUMBERS |= {"a": 1, "an": 1, "twenty-four": 24, "thirty": 30, "thirty-six": 36, "a couple of": 2, "couple of": 2}

MONTH = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
WEEKDAY = r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs?(?:day)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
ORDINAL = r"(?:st|nd|rd|th)"
COUNT = r"(?:\d{1,3}|twenty-four|thirty-six|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|a couple of|couple of|an?)"
UNIT = r"(?:days?|d|weeks?|wks?|w|months?|mos?|m|years?|yrs?|y)"
ABLATION = r"(?:(?:the |his |her |this |that |prior |first |second |last |latest |initial |repeat |left |right |index |percutaneous |lung |liver |renal |bone )*(?:cryo\w*|(?:re-?)?ablat\w+|freez\w+|froze\w*|microwave\w*|MWA|RFA|procedure|session|treatment|treated))"
YEAR = r"(?:19|20)\d\d"

FORMS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(regex, re.IGNORECASE))
    for name, regex in (
        ("iso", rf"(?<![\d/.-])(?P<y>{YEAR})[-/.](?P<m>0?[1-9]|1[0-2])[-/.](?P<d>0?[1-9]|[12]\d|3[01])(?![\d])"),
        ("iso_month_name", rf"(?<![\d])(?P<y>{YEAR})-(?P<M>{MONTH})-(?P<d>\d{{1,2}})\b"),
        ("numeric", r"(?<![\d/.,-])(?P<a>\d{1,2})(?P<s>[/.-])(?P<b>\d{1,2})(?P=s)(?P<y>(?:19|20)\d\d|\d\d)(?![\d]|[/-]\d|\.\d)"),
        ("range_month_year", rf"(?<![\d/.-])(?P<a>0?[1-9]|1[0-2])\s?[-–]\s?(?P<b>0?[1-9]|1[0-2])/(?P<y>{YEAR})(?![\d/])"),
        ("month_year_numeric", rf"(?<![\d/.-])(?P<m>0?[1-9]|1[0-2])[/.-](?P<y>{YEAR})(?![\d/])"),
        (
            "day_month_year",
            rf"(?<![\w/.-])(?:the )?(?P<d>\d{{1,2}}){ORDINAL}?(?: of)?[\s-]?(?P<M>{MONTH})\.?,?[\s-]?(?P<y>{YEAR}|'?\d\d(?![\d/:.%]|\s?(?:mm|cm|mg|h\b|x\b)))\b",
        ),
        ("month_day_year", rf"\b(?P<M>{MONTH})\.?[\s-](?P<d>\d{{1,2}}){ORDINAL}?(?:,\s?|\s|-)(?P<y>{YEAR})\b"),
        ("range_named", rf"\b(?P<M>{MONTH})\.?\s?(?:to|-|–|until|through)\s?(?P<N>{MONTH})\.?,? (?:of )?(?P<y>{YEAR})\b"),
        (
            "month_year",
            rf"\b(?:early |mid-?|late |the end of |end of |beginning of )?(?P<M>{MONTH})\.?,?(?: of)?[\s-](?P<y>{YEAR}|'\d\d)\b",
        ),
        ("day_month", rf"(?<![\w/.-])(?:the )?(?P<d>\d{{1,2}}){ORDINAL}?(?: of)?[\s-](?P<M>{MONTH})\b(?!\.? ?\d{{4}})"),
        ("month_day", rf"\b(?P<M>{MONTH})\.? (?:the )?(?P<d>\d{{1,2}}){ORDINAL}?\b(?!,? ?\d{{4}}|[/:.]\d|\s?(?:mm|cm|mg|min|%|h\b|x\b))"),
        ("day_month_dots", r"(?<![\w/.,-])(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?![\d])(?=\s|\)|,|$)"),
        (
            "month_day_numeric",
            r"(?<![\w/.,%-])(?P<a>\d{1,2})/(?P<b>\d{1,2})(?![\d/.%-]|\s?(?:mm|cm|h\b|L\b|mg|ml|pain|power|strength|min\b|x\b))",
        ),
        (
            "pod",
            r"\b(?:POD|post-?op(?:erative)? day|post-?procedure day|postprocedural day|day)\s?#?\s?(?P<n>\d{1,2}|zero|one|two|three|four|five|six|seven|ten|fourteen)(?: (?:after|post|from|following)[- ](?:"
            + ABLATION
            + r"))?\b(?! (?:of|before))",
        ),
        (
            "after_ablation",
            rf"\b(?P<n>{COUNT})[\s-]?(?P<u>{UNIT})(?: and a half)?(?: on| out)?[\s-](?:after|post|from|since|s/p|following|status post|past)[\s-](?P<what>{ABLATION})\b",
        ),
        ("post_ablation", rf"\b(?P<n>{COUNT})[\s-](?P<u>{UNIT})[\s-]post[\s-]?(?:{ABLATION})\b"),
        (
            "ago",
            rf"\b(?:about |approx\.? |some |roughly )?(?:x ?)?(?P<n>{COUNT})[\s-]?(?P<u>{UNIT})\s(?:ago|previously|earlier|back|before today)\b",
        ),
        ("future", rf"\b(?:in|within|at|for|every|q) (?:about )?(?P<n>{COUNT})[\s-]?(?P<u>{UNIT})\b(?! (?:ago|after|post|earlier))"),
        (
            "text_after",
            rf"\b(?P<n>{COUNT}) (?P<u>{UNIT}) (?:later|after(?:wards?|ward| that| this)|thereafter)\b|\b(?:the )?(?P<next>next|following) (?:day|morning|evening|afternoon)\b|\b(?P<same>(?:on |of |from )?(?:the |that )?same (?:day|date|morning|afternoon|session date))\b",
        ),
        (
            "weekday",
            rf"\b(?P<rel>last|this past|this|past|next|on|since|from|until|by) (?P<w>{WEEKDAY})(?:'s)?\b(?!,? \(?(?:the )?(?:\d|{MONTH} \d))",
        ),
        ("ofthe", rf"\bon the (?P<d>\d{{1,2}}){ORDINAL}\b(?! (?:of|rib|floor|inter|percentile))"),
        ("today", r"\b(?:today(?:'s)?|this (?:morning|afternoon|evening)|tonight)\b"),
        ("yesterday", r"\b(?:yesterday(?:'s)?|yest|last (?:night|evening))\b"),
        ("last_unit", r"\b(?P<rel>last|past) (?P<u>week|month|year)\b"),
        (
            "month_name",
            r"\b(?P<rel>in|last|since|by|from|of|this|until|during|early|late|mid-?|next|for|and|to) (?P<M>january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|apr|jun|jul|aug|sept?|oct|nov|dec)\b(?! \d| (?:be|have|need|not|also|go|come|return|require))",
        ),
        (
            "year",
            rf"\b(?:in|since|of|from|until|by|during|after|before|early|late|mid|to|back in|circa|year|and)[\s-](?P<y>{YEAR})\b(?! ?(?:mm|mg|ml|U/L|units|cc|hours|h\b))|(?<=\()(?P<y2>{YEAR})(?=[),;:])|^\W{{0,4}}(?P<y3>{YEAR})(?=\s?[:–-]| [a-z])|(?<=[a-z] )(?P<y4>{YEAR})(?=[,.;)]|$)",
        ),
    )
)
AHEAD = re.compile(
    r"\b(?:schedul\w+|on the list|listed|aim\w*|next|will|book\w*|plan\w*|due|upcoming|tentative\w*|proceed|set for|pencil\w*|slot|arriv\w+|appointment|appt|f/u|follow-?up|RTC|return\w*|to be|before|until|provisional\w*|pre-?proc\w*|called re|recheck|repeat|for|tomorrow)\b",
    re.IGNORECASE,
)
NOT_DATE_BEFORE = re.compile(
    r"(?:^|(?<=[^A-Za-z]))(?:series|image|im\.?|img|slice|se|ser|grade|gr\.?|stage|T|score|strength|power|pain|VAS|NRS|BP|blood pressure|gait|reflexes|ratio|Fr|no\.?|#|levels?|motor|DF|PF|flexion|extension|dorsiflexion|plantarflexion|margins?|freez\w*|cycles?|thaw\w*|SUV\w*|nodes?|LN|cores?|Gleason|x|probes?|ECOG|ASA|times|about|approximately|roughly) ?[(:=]?$",
    re.IGNORECASE,
)
NOT_DATE_AFTER = re.compile(
    r"\s?(?:nodes?|positive|of the|strength|pain|cores?|intensity|in severity|points?|muscle|throughout|bilat|in all|hip|knee|plantar|dorsi|power|LN|lymph)\b",
    re.IGNORECASE,
)


def find_dates(text: str, written: date, day_first: bool = False) -> list[Found]:
    """Every date expression of ``text``, in order, none overlapping another; ``written`` is the note's date (implied years)."""
    taken: list[tuple[int, int]] = []
    found: list[Found] = []
    for name, pattern in FORMS:
        for match in pattern.finditer(text):
            if any(a < match.end() and match.start() < b for a, b in taken):
                continue
            for when, start, end in _read(name, match, text, written, day_first):
                taken.append((match.start(), match.end()))
                kind = "future" if name == "future" else name
                found.append(Found(start, end, "DATE", _canon(when), f"dates#{kind}", when))
    return sorted(found)


def resolve(when: When, written: date, procedure: date | None, previous: PartialDate | None) -> PartialDate | None:
    """The day that ``when`` means; None where its anchor is unknown or the day is out of range."""
    if when.date is not None:
        return when.date
    base = {"note": written, "procedure": procedure, "text": previous.date if previous else None}.get(when.anchor or "")
    if base is None:
        return None
    try:
        return PartialDate(_shift(base, when.months) + timedelta(days=when.days))
    except (ValueError, OverflowError):
        return None


def day_first(texts: Iterable[tuple[date, str]]) -> bool:
    """True if this chart writes the day before the month; votes of parts over 12, of the note's own date, of dots and of month names."""
    votes = 0
    for written, text in texts:
        for match in _form("numeric").finditer(text):
            votes += _order_vote(match, written)
        votes += min(3, len(_form("day_month_year").findall(text))) - min(3, len(_form("month_day_year").findall(text)))
    return votes > 0


def _order_vote(match: re.Match[str], written: date) -> int:
    a, b = int(match["a"]), int(match["b"])
    if a > 12 and b <= 12:
        return 10
    if b > 12 and a <= 12:
        return -10
    if a > 12 or a == b:
        return 0
    vote = 1 if match["s"] == "." else 0
    year = _year(match["y"], written)
    if year == written.year and (a, b) == (written.day, written.month):
        vote += 4
    if year == written.year and (b, a) == (written.day, written.month):
        vote -= 4
    return vote


def _form(name: str) -> re.Pattern[str]:
    return next(p for n, p in FORMS if n == name)


def _canon(when: When) -> str:
    if when.date is not None:
        return str(when.date)
    step = f"{when.months:+d}mo" if when.months else f"{when.days:+d}d"
    return f"{when.anchor}{step}"


# ---- reading a match ------------------------------------------------------------------------------------------------------

Reading = tuple[When, int, int]


def _read(name: str, match: re.Match[str], text: str, written: date, european: bool) -> Iterator[Reading]:
    reader = READERS.get(name)
    try:
        whens = reader(match, text, written, european) if reader else []
    except (ValueError, OverflowError):
        return
    for when in whens:
        yield when, match.start(), match.end()


def _on(year: int, month: int, day: int) -> When:
    return When(PartialDate(date(year, month, day)))


def _partial(year: int, month: int = 1, precision: Precision = "month") -> When:
    return When(PartialDate(date(year, month, 1), precision))


def _year(text: str, written: date) -> int:
    digits = text.lstrip("'")
    if len(digits) == 4:
        return int(digits)
    year = 2000 + int(digits)
    return year if year <= written.year + 1 else year - 100


def _month(name: str) -> int:
    return MONTHS[name[:3].lower()]


def _count(text: str) -> int:
    return int(text) if text.isdigit() else NUMBERS[" ".join(text.lower().split())]


def _ahead(text: str, start: int) -> bool:
    return bool(AHEAD.search(text[max(0, start - 60) : start]))


def _nearest(month: int, day: int, written: date, ahead: bool) -> date:
    """The year that a day without one most likely has: the last such day; the coming one if words look ahead, or if it is close and the last one long ago."""
    past = next((d for y in range(written.year, written.year - 9, -1) if (d := _valid(y, month, day)) and d <= written), None)
    if past is None:
        raise ValueError("no such day")
    coming = next((d for y in (written.year, written.year + 1) if (d := _valid(y, month, day)) and d > written), None)
    if coming and (coming - written).days <= 10 and (written - past).days > 200:
        return coming
    if coming and ahead and (written - past).days > 120 and (coming - written).days <= 240:
        return coming
    return past


def _valid(year: int, month: int, day: int) -> date | None:
    return date(year, month, day) if 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1] else None


def _shift(day: date, months: int) -> date:
    total = day.year * 12 + day.month - 1 + months
    year, month = divmod(total, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _span(match: re.Match[str]) -> tuple[int, int]:
    """(months, days) of a count and unit."""
    n, unit = _count(match["n"]), match["u"].lower()
    if unit[0] == "d":
        return 0, n
    if unit[0] == "w":
        return 0, 7 * n
    return (12 * n, 0) if unit[0] == "y" else (n, 0)


def _iso(m: re.Match[str], text: str, written: date, european: bool) -> list[When]:
    return [_on(int(m["y"]), int(m["m"]), int(m["d"]))]


def _named(m: re.Match[str], text: str, written: date, european: bool) -> list[When]:
    return [_on(_year(m["y"], written), _month(m["M"]), int(m["d"]))]


def _numeric(m: re.Match[str], text: str, written: date, european: bool) -> list[When]:
    a, b = int(m["a"]), int(m["b"])
    if (
        not m["y"].startswith(("19", "20"))
        and len(m["y"]) == 2
        and m["s"] == "-"
        and int(m["y"]) < 12
        and max(a, b) <= 12
        and NOT_DATE_BEFORE.search(text[: m.start()][-20:])
    ):
        return []
    if len(m["y"]) == 2 and re.match(r"\s?(?:min|sec|W\b|mm|cm)", text[m.end() : m.end() + 6], re.IGNORECASE):
        return []
    day, month = (a, b) if (european and b <= 12) or a > 12 else (b, a)
    year = _year(m["y"], written)
    return [_on(year, month, day)] if 1900 < year <= written.year + 3 else []


def _range_numeric(m: re.Match[str], text: str, written: date, european: bool) -> list[When]:
    return [_partial(int(m["y"]), int(m["a"])), _partial(int(m["y"]), int(m["b"]))]


def _month_year_numeric(m: re.Match[str], text: str, written: date, european: bool) -> list[When]:
    return [_partial(int(m["y"]), int(m["m"]))]


def _range_named(m: re.Match[str], text: str, written: date, european: bool) -> list[When]:
    return [_partial(int(m["y"]), _month(m["M"])), _partial(int(m["y"]), _month(m["N"]))]


def _month_year(m: re.Match[str], text: str, written: date, european: bool) -> list[When]:
    return [_partial(_year(m["y"], written), _month(m["M"]))]


def _day_month(m: re.Match[str], text: str, written: date, european: bool) -> list[When]:
    month = _month(m["M"]) if "M" in m.groupdict() else int(m["m"])
    return [When(PartialDate(_nearest(month, int(m["d"]), written, _ahead(text, m.start()))))]


def _month_day_numeric(m: re.Match[str], text: str, written: date, european: bool) -> list[When]:
    """ "7/18" is a day of this year or a month of another: the day if it lies in the last four months, else the month if its year can be."""
    a, b = int(m["a"]), int(m["b"])
    if NOT_DATE_BEFORE.search(text[: m.start()][-24:]) or NOT_DATE_AFTER.match(text[m.end() : m.end() + 16]):
        return []
    month, day = (b, a) if (european and b <= 12) or a > 12 else (a, b)
    if (a, b) == (24, 7):
        return []
    if not 1 <= month <= 12 or (a <= 5 and b == 5) or a == 0 or b == 0:
        return _late_month(a, b, written)
    if _valid(written.year, month, day) or (month, day) == (2, 29):
        near = _nearest(month, day, written, _ahead(text, m.start()))
        if -60 <= (written - near).days <= 125:
            return [When(PartialDate(near))]
    return _late_month(a, b, written) or (
        [When(PartialDate(_nearest(month, day, written, _ahead(text, m.start()))))] if day <= 31 and _valid(2020, month, day) else []
    )


def _late_month(a: int, b: int, written: date) -> list[When]:
    year = 2000 + b
    return [_partial(year, a)] if 1 <= a <= 12 and b >= 5 and year <= written.year and (year, a) <= (written.year, written.month) else []


def _pod(m: re.Match[str], text: str, written: date, european: bool) -> list[When]:
    plain = m[0].lower().startswith("day")
    if plain and "after" not in m[0].lower() and "post" not in m[0].lower() and "following" not in m[0].lower():
        return []
    return [When(anchor="procedure", days=_count(m["n"]))]


def _after(m: re.Match[str], text: str, written: date, european: bool) -> list[When]:
    months, days = _span(m)
    return [When(anchor="procedure", months=months, days=days, approximate=bool(months) or days >= 14)]


def _ago(m: re.Match[str], text: str, written: date, european: bool) -> list[When]:
    months, days = _span(m)
    return [When(anchor="note", months=-months, days=-days, approximate=bool(months) or days >= 14)]


def _future(m: re.Match[str], text: str, written: date, european: bool) -> list[When]:
    months, days = _span(m)
    return [When(anchor="note", months=months, days=days, approximate=True)]


def _text(m: re.Match[str], text: str, written: date, european: bool) -> list[When]:
    if m["same"]:
        return [When(anchor="text")]
    if m["next"]:
        return [When(anchor="text", days=1)]
    months, days = _span(m)
    return [When(anchor="text", months=months, days=days, approximate=bool(months))]


def _weekday(m: re.Match[str], text: str, written: date, european: bool) -> list[When]:
    back = (written.weekday() - DAYS[m["w"][:3].lower()]) % 7
    if (m["rel"] or "").lower() == "next":
        return [When(anchor="note", days=(7 - back) or 7, approximate=True)]
    if (m["rel"] or "").lower() in ("by", "until"):
        return []
    return [When(anchor="note", days=-(back or 7))]


def _of_the(m: re.Match[str], text: str, written: date, european: bool) -> list[When]:
    day = int(m["d"])
    for back in range(12):
        found = _valid(_shift(written.replace(day=1), -back).year, _shift(written.replace(day=1), -back).month, day)
        if found and found <= written:
            return [When(PartialDate(found))]
    return []


def _today(m: re.Match[str], text: str, written: date, european: bool) -> list[When]:
    return [When(anchor="note")]


def _yesterday(m: re.Match[str], text: str, written: date, european: bool) -> list[When]:
    return [When(anchor="note", days=-1)]


def _last_unit(m: re.Match[str], text: str, written: date, european: bool) -> list[When]:
    unit = m["u"].lower()
    return [When(anchor="note", months={"month": -1, "year": -12}.get(unit, 0), days=-7 if unit == "week" else 0, approximate=True)]


def _month_name(m: re.Match[str], text: str, written: date, european: bool) -> list[When]:
    month = _month(m["M"])
    year = written.year if month <= written.month else written.year - 1
    soon = 0 < month - written.month <= 3 and m["rel"].lower() not in ("last", "since", "from", "of")
    if soon or m["rel"].lower() in ("next", "for", "until", "by") or _ahead(text, m.start()):
        year = written.year if month >= written.month else written.year + 1
        return [When(anchor="note", months=(year - written.year) * 12 + month - written.month, approximate=True)]
    return [_partial(year, month)]


def _year_only(m: re.Match[str], text: str, written: date, european: bool) -> list[When]:
    year = int(m["y"] or m["y2"] or m["y3"] or m["y4"])
    return [_partial(year, 1, "year")] if 1950 <= year <= written.year + 1 else []


Read = Callable[[re.Match[str], str, date, bool], list[When]]
READERS: dict[str, Read] = {
    "iso": _iso,
    "iso_month_name": _named,
    "numeric": _numeric,
    "range_month_year": _range_numeric,
    "month_year_numeric": _month_year_numeric,
    "day_month_year": _named,
    "month_day_year": _named,
    "range_named": _range_named,
    "month_year": _month_year,
    "day_month": _day_month,
    "month_day": _day_month,
    "day_month_dots": _day_month,
    "month_day_numeric": _month_day_numeric,
    "pod": _pod,
    "after_ablation": _after,
    "post_ablation": _after,
    "ago": _ago,
    "future": _future,
    "text_after": _text,
    "weekday": _weekday,
    "ofthe": _of_the,
    "today": _today,
    "yesterday": _yesterday,
    "last_unit": _last_unit,
    "month_name": _month_name,
    "year": _year_only,
}
