"""Slots to words: articles, numbers, sizes, dates in a house's own form."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from datetime import date

from bench.replication.bank import SLOT, base

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
TOGETHER = {2: "both", 3: "all three", 4: "all four", 5: "all five", 6: "all six"}
ARTICLE = re.compile(rf"(?:(?<![A-Za-z])([Aa])n? )?{SLOT.pattern}")
"""A slot with the article before it, which must fit what the slot is filled with."""
SPELT = "AEFHILMNORSX"
"""Letters whose names begin with a vowel."""
Value = str | date


def with_article(phrase: str) -> str:
    """The phrase with a or an, by how its first word is said."""
    word = re.split(r"[\s-]", phrase, maxsplit=1)[0]
    if re.match(r"8|11(?!\d|\.\d{2})|18(?!\d)", word):
        an = True
    elif len(word) > 1 and (word.isupper() or re.fullmatch(r"[A-Z]+\d+\w*", word)):
        an = word[0] in SPELT
    else:
        an = word[0].lower() in "aeio" or (word[0].lower() == "u" and not re.match(r"u(ni|re|ro|se|te)", word.lower()))
    return f"{'an' if an else 'a'} {phrase}"


def capital(text: str) -> str:
    """With its first letter in upper case."""
    return text[:1].upper() + text[1:]


def joined(parts: Sequence[str]) -> str:
    """A, B and C."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def interval(days: int) -> str:
    """Time passed as a clinician says it."""
    for unit, least, length in (("year", 720, 365.25), ("month", 70, 30.4375), ("week", 14, 7.0)):
        if days >= least:
            return _many(round(days / length), unit)
    return _many(days, "day")


def exact_interval(days: int) -> str:
    """Time passed to the day."""
    return _many(days // 7, "week") if days >= 14 and days % 7 == 0 else _many(days, "day")


def _many(n: int, unit: str) -> str:
    return f"{n} {unit}" if n == 1 else f"{n} {unit}s"


def length(form: str, mm: int, draw: random.Random) -> str:
    """A size in a house's format; the largest dimension is ``mm``."""
    two = max(3, round(mm * draw.uniform(0.65, 0.95)))
    three = max(2, round(two * draw.uniform(0.65, 0.95)))
    parts = {"mm": mm, "mm2": min(two, mm), "mm3": min(three, two, mm)}
    told = form.format(**parts, **{k.replace("mm", "cm"): f"{v / 10:.1f}" for k, v in parts.items()})
    return re.sub(r"^1 (\w+)s$", r"1 \1", told)


def fill(text: str, values: Mapping[str, Value], dates: Mapping[str, str], told: set[str]) -> str:
    """The text with its slots filled; ``dates`` are the forms of dates (``text``, ``head``), names of slots used are added to ``told``."""

    def word(found: re.Match[str]) -> str:
        article, slot = found[1], found[2]
        name = base(slot)
        told.add(name)
        value = values[name]
        if isinstance(value, date):
            out = value.strftime(dates["head" if slot.endswith("_head") else "text"])
        else:
            out = capital(value) if slot[0].isupper() else value
        return article + with_article(out)[1:] if article else out

    return ARTICLE.sub(word, text)
