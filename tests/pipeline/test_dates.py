"""Dates as clinicians write them."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.model import PartialDate, When
from extractor.pipeline.dates import day_first, find_dates, resolve

WRITTEN = date(2019, 6, 19)  # a Wednesday
ABLATION = date(2019, 3, 12)


def told(text: str, european: bool = False) -> list[tuple[str, str]]:
    """(day, precision) of every expression, resolved."""
    out = []
    previous: PartialDate | None = None
    for found in find_dates(text, WRITTEN, european):
        assert isinstance(found.value, When)
        when = resolve(found.value, WRITTEN, ABLATION, previous)
        assert when is not None
        previous = when
        out.append((str(when), when.precision))
    return out


@pytest.mark.parametrize(
    "text",
    [
        "03/12/2019",
        "3/12/19",
        "3-12-19",
        "2019-03-12",
        "2019/03/12",
        "12MAR19",
        "12-Mar-2019",
        "12 Mar 2019",
        "12 March 2019",
        "March 12, 2019",
        "MARCH 12, 2019",
        "Mar 12th 2019",
        "the 12th of March 2019",
        "2019-Mar-12",
        "12 March",
        "March 12",
        "3/12",
        "[**2019-3-12**]",
        "12th\nMarch 2019",
        "POD 0",
    ],
)
def test_one_day_in_every_form(text: str) -> None:
    assert told(f"Seen {text} in clinic") == [("2019-03-12", "day")]


@pytest.mark.parametrize("text", ["12/03/2019", "12.03.2019", "12/3/19", "12.3."])
def test_day_first(text: str) -> None:
    assert told(f"Seen {text} in clinic", european=True) == [("2019-03-12", "day")]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("resected 03/2016", [("2016-03-01", "month")]),
        ("in March 2016", [("2016-03-01", "month")]),
        ("doxorubicin 11/2018 to 03/2019", [("2018-11-01", "month"), ("2019-03-01", "month")]),
        ("RT 08-09/2017", [("2017-08-01", "month"), ("2017-09-01", "month")]),
        ("March to July 2017", [("2017-03-01", "month"), ("2017-07-01", "month")]),
        ("diagnosed in 2016", [("2016-01-01", "year")]),
        ("wide excision (2016)", [("2016-01-01", "year")]),
        ("scan in October", [("2018-10-01", "month")]),
        ("last Wednesday, 12 June, she", [("2019-06-12", "day")]),
        ("last Tuesday", [("2019-06-18", "day")]),
        ("yesterday", [("2019-06-18", "day")]),
        ("this morning", [("2019-06-19", "day")]),
        ("POD#2", [("2019-03-14", "day")]),
        ("day 3 after cryotherapy", [("2019-03-15", "day")]),
        ("three months after ablation", [("2019-06-12", "day")]),
        ("6 weeks post cryo", [("2019-04-23", "day")]),
        ("3 months ago", [("2019-03-19", "day")]),
        ("on 1/16/2018, and two days later", [("2018-01-16", "day"), ("2018-01-18", "day")]),
        ("CT 8/17 before that", [("2017-08-01", "month")]),
    ],
)
def test_partial_implied_and_relative(text: str, wanted: list[tuple[str, str]]) -> None:
    assert told(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "strength 5/5",
        "pain 3/10",
        "BP 120/80",
        "series 4/88",
        "freeze 10-8-10",
        "3/7/10 min",
        "T1/T2",
        "L4-5",
        "1.5 cm",
        "0.9 x 2.3 cm",
        "grade 2/3",
        "61-year-old",
        "24/7",
        "2-3 mm",
        "at 1815",
        "10:22",
        "[**Date**]",
        "[**Name**]",
        "DLP 1,876",
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert [f for f in find_dates(f"Noted {text} then", WRITTEN) if not f.rule_id.endswith("#future")] == []


def test_a_day_soon_to_come_is_not_a_year_ago() -> None:
    [found] = find_dates("Arrive 6/24 at 0600", WRITTEN)
    assert found.concept == "2019-06-24"


def test_the_order_of_a_chart_does_not_depend_on_the_order_of_its_notes() -> None:
    texts = [(date(2019, 3, 13), "Seen 13.03.2019"), (date(2019, 4, 5), "CT 05.04.2019")]
    assert day_first(texts)
    assert day_first(texts[::-1])
    assert not day_first([(date(2019, 3, 13), "Seen 03/13/2019")])


@given(st.text(alphabet="0123456789/-. adehjlnoprstuy\n", max_size=200))
def test_never_raises_and_slices(text: str) -> None:
    for found in find_dates(text, WRITTEN):
        assert 0 <= found.start < found.end <= len(text)


@given(st.dates(date(2001, 1, 1), date(2018, 12, 31)))
def test_28_years_shift_every_absolute_date_by_as_much(day: date) -> None:
    text = f"{day:%m/%d/%Y}, {day:%d %B %Y}, {day:%Y-%m-%d} and {day:%m/%Y}"
    later = re.sub(r"\d{4}", lambda m: str(int(m[0]) + 28), text)
    shifted = [f.value.date for f in find_dates(later, date(2047, 1, 1)) if isinstance(f.value, When) and f.value.date]
    plain = [f.value.date for f in find_dates(text, date(2019, 1, 1)) if isinstance(f.value, When) and f.value.date]
    assert [(s.date.year - 28, s.date.month, s.date.day, s.precision) for s in shifted] == [
        (p.date.year, p.date.month, p.date.day, p.precision) for p in plain
    ]
    assert len(plain) == 4
