"""Spoken numbers and dates read back as the digits they say, and stand where they stood."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from extractor.pipeline.dates import find_dates
from extractor.pipeline.measures import find_measures
from extractor.pipeline.spoken import NTHS, TEENS, TENS, UNITS, digits

MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
WRITTEN = date(2025, 6, 1)


def below_100(n: int, dash: str = " ") -> str:
    if n < 20:
        return ("zero", *UNITS, *TEENS)[n]
    return TENS[n // 10 - 2] + (dash + UNITS[n % 10 - 1] if n % 10 else "")


def said(n: int, joint: str = " ", dash: str = " ") -> str:
    if n < 100:
        return below_100(n, dash)
    rest = f"{joint}{below_100(n % 100, dash)}" if n % 100 else ""
    return f"{UNITS[n // 100 - 1]} hundred{rest}"


def said_day(n: int, dash: str = " ") -> str:
    if n < 20:
        return NTHS[n - 1]
    if n % 10:
        return f"{TENS[n // 10 - 2]}{dash}{NTHS[n % 10 - 1]}"
    return {20: "twentieth", 30: "thirtieth"}[n]


@pytest.mark.parametrize("unit", ["millimeters", "cm"])
def test_every_number_of_a_length_reads_back(unit: str) -> None:
    for n in range(1000):
        for joint in (" ", " and "):
            for dash in (" ", "-"):
                assert digits(f"a mass of {said(n, joint, dash)} {unit}.").text == f"a mass of {n} {unit}."


def test_every_decimal_reads_back() -> None:
    for n in range(100):
        for place in range(10):
            for zero in ("zero", "oh"):
                tenth = UNITS[place - 1] if place else zero
                assert digits(f"it is {said(n)} point {tenth} centimeters").text == f"it is {n}.{place} centimeters"


def ways(day: date) -> list[str]:
    """A day as it may be said: five orders, four ways to say the year."""
    month, nth, cardinal, rest = MONTHS[day.month - 1], said_day(day.day), said(day.day), said(day.year - 2000)
    years = (f"two thousand {rest}", f"two thousand and {rest}", f"twenty {rest}", str(day.year))
    orders = ("{M} the {n} {y}", "{m} {n}, {y}", "the {n} of {M} {y}", "{M} {c} {y}", "{c} {m} {y}")
    return [o.format(M=month, m=month.lower(), n=nth, c=cardinal, y=y) for y in years for o in orders]


def test_every_day_reads_back_in_one_of_its_ways() -> None:
    first = date(2015, 1, 1)
    for number in range((date(2025, 1, 1) - first).days):
        day = first + timedelta(days=number)
        text = ways(day)[number % 20]
        found = find_dates(digits(f"CT on {text}, no change.").text, WRITTEN)
        assert [f.concept for f in found] == [day.isoformat()], text


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("three point two by two point four centimeters", "3.2 by 2.4 centimeters"),
        ("twenty one by eighteen millimeters", "21 by 18 millimeters"),
        ("one and a half cm", "1.5 cm"),
        ("three and three quarters cm", "3.75 cm"),
        ("a centimeter and a half of ice", "1.5 centimeter of ice"),
        ("two centimeters and one millimeter", "2.1 centimeters"),
        ("five to eight millimeters", "5 to 8 millimeters"),
        ("point eight by point six cm", "0.8 by 0.6 cm"),
        ("in the middle lobe one eight millimeters", "in the middle lobe one 8 millimeters"),
        ("in October of eighteen", "in October of 2018"),
        ("in june twenty nineteen", "in june 2019"),
        ("june twenty two thousand nineteen", "june 20 2019"),
        ("from september twenty sixth to thirtieth", "from september 26th to 30th"),
        ("on oh nine oh four nineteen", "on 09/04/19"),
        ("CT of oh nine slash oh four slash twenty nineteen", "CT of 09/04/2019"),
        ("until the twelfth, drink", "until the 12th, drink"),
        ("a fifty eight year old woman", "a 58 year old woman"),
        ("segments two, three and eight", "segments 2, 3 and 8"),
        ("the root of L four", "the root of L4"),
        ("one seventeen gauge antenna", "one 17 gauge antenna"),
    ],
)
def test_ways_to_say_a_number(spoken: str, written: str) -> None:
    assert digits(spoken).text == written


@pytest.mark.parametrize(
    "text",
    [
        "At this point two probes were used.",
        "In may two probes were left, in march three.",
        "one of two lesions, the other two are new",
        "the first and second probes; a third probe",
        "twenty twenty vision",
        "two thousand milliliters were drained",
        "one may expect two to three of these",
        "the seventh rib, two cycles of ten minutes",
    ],
)
def test_counts_and_pronouns_stay(text: str) -> None:
    assert digits(text).text == text


def test_places_are_those_of_the_words() -> None:
    text = "the nodule is three point two by two point four centimeters, the ice goes eight millimeters beyond it"
    said = digits(text)
    sizes = {m.label: text[slice(*said.spoken(m.start, m.end))] for m in find_measures(said.text)}
    assert sizes == {"SIZE": "three point two by two point four centimeters", "MARGIN": "eight millimeters"}


def test_a_text_without_spoken_numbers_is_its_own() -> None:
    said = digits("CT 3/4/2019: 12 mm nodule.")
    assert said.text == "CT 3/4/2019: 12 mm nodule."
    assert said.edits == ()
    assert said.spoken(3, 5) == (3, 5)


@pytest.mark.parametrize(
    ("text", "concept"),
    [("RFA in spring 2016, then cryo the year after with ice.", "text+12mo"), ("frozen the following month", "text+1mo")],
)
def test_a_unit_later_counts_from_the_date_before(text: str, concept: str) -> None:
    assert concept in [f.concept for f in find_dates(text, WRITTEN)]
