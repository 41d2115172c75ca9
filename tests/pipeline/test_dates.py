"""Dates: every form, what is none, implied years, the order of a chart, and what must hold of any text."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.model import PartialDate, When
from extractor.pipeline.dates import FORMS, IN_ORDER, OF_A_YEAR, SHORT_YEAR, YEAR, day_first, find_dates, reads_day_first, resolve, standing
from extractor.pipeline.needs import needs

WRITTEN = date(2019, 6, 15)  # a Saturday


def found(text: str, written: date = WRITTEN, european: bool = False) -> list[str]:
    """Concepts; a month or year is cut to its precision."""
    out = []
    for f in find_dates(text, written, european):
        assert isinstance(f.value, When)
        day = f.value.date
        out.append(f.concept[: {"day": 10, "month": 7, "year": 4}[day.precision]] if day else f.concept)
    return out


def split(cases: str) -> list[tuple[str, str]]:
    """'words => concepts' a line; a vertical bar in the words is a line break."""
    pairs = (line.split("=>") for line in cases.strip().splitlines())
    return [(words.strip().replace("|", "\n"), concepts.strip()) for words, concepts in pairs]


SAME_IN_BOTH_ORDERS = split("""
2019-03-12 => 2019-03-12
CTs on 14 January, 21 April and 6 October 2017 => 2017-01-14 2017-04-21 2017-10-06
MRI on 14 November and 12 February 2018 => 2017-11-14 2018-02-12
MRI Jan 14, Apr 21 and Oct 26, 2017 => 2017-01-14 2017-04-21 2017-10-26
CTs in January, and in October 2017 => 2017-01 2017-10
CT abdomen/pelvis 4/4 => 2019-04-04
2019/03/12 => 2019-03-12
2019-3-2 => 2019-03-02
2019-03-12T10:22 => 2019-03-12
25/12/2018 => 2018-12-25
12/25/2018 => 2018-12-25
19-3-19 => 2019-03-19
12MAR19 => 2019-03-12
12MAR2019 => 2019-03-12
12-Mar-2019 => 2019-03-12
12/Mar/2019 => 2019-03-12
4-Mar-19 => 2019-03-04
12 Mar 2019 => 2019-03-12
12 March, 2019 => 2019-03-12
12 MARCH 2019 => 2019-03-12
12|March 2019 => 2019-03-12
the 12th of March 2019 => 2019-03-12
March 12, 2019 => 2019-03-12
March 12 , 2019 => 2019-03-12
MARCH 12,|2019 => 2019-03-12
Mar. 12, 2019 => 2019-03-12
Mar 12th 2019 => 2019-03-12
MAR-12-2019 => 2019-03-12
2019-Mar-04 => 2019-03-04
den 12.3. => 2019-03-12
[**2019-3-12**] => 2019-03-12
[**3-12**] => 2019-03-12
[**2016**] => 2016
born 3-Jan-62 => 1962-01-03
03/2019 => 2019-03
3.2019 => 2019-03
Mar 2019 => 2019-03
March of 2019 => 2019-03
early March 2019 => 2019-03
end of March 2019 => 2019-03
Mar '19 => 2019-03
Mar-18 => 2018-03
in 2016 => 2016
since 2017 => 2017
resection (2016) => 2016
- 2016 resection => 2016
2016: resection => 2016
the 2016 resection => 2016
resected 2016. => 2016
02-05/2017 => 2017-02 2017-05
8-09/2017 => 2017-08 2017-09
11/2018 to 03/2019 => 2018-11 2019-03
11/2018-03/2019 => 2018-11 2019-03
11/17-03/18 => 2017-11 2018-03
March to July 2017 => 2017-03 2017-07
November to March 2017 => 2016-11 2017-03
2016-2018 => 2016 2018
from 2016 to 2018 => 2016 2018
12-15 March 2019 => 2019-03-12 2019-03-15
March 12-15, 2019 => 2019-03-12 2019-03-15
12th to 15th May => 2019-05-12 2019-05-15
12 June => 2019-06-12
29 January => 2019-01-29
29-Jan => 2019-01-29
20 August => 2018-08-20
June 19 => 2019-06-19
Oct 3rd => 2018-10-03
last Wednesday, 12 June => 2019-06-12
on the list for 20 August => 2019-08-20
scheduled for August 20 => 2019-08-20
on the 12th => 2019-06-12
on the 20th. => 2019-05-20
scheduled for the 20th => 2019-06-20
in March => 2019-03
last March => 2019-03
last October => 2018-10
since October => 2018-10
since the May scan => 2019-05
lingula (March) => 2019-03
January: CT stable => 2019-01
in Mar and again in May => 2019-03 2019-05
aim October => note+4mo
last Tuesday => note-4d
on Monday => note-5d
seen Tues => note-4d
last Saturday => note-7d
will be discussed on Monday => note+2d
next Monday => note+2d
this morning => note+0d
tonight => note+0d
TODAY => note+0d
yesterday => note-1d
yest => note-1d
last night => note-1d
the day before yesterday => note-2d
tomorrow => note+1d
last month => note-1mo
next week => note+7d
3 months ago => note-3mo
6 wk ago => note-42d
about six weeks ago => note-42d
two weeks previously => note-14d
x 3 mo ago => note-3mo
2-3 weeks ago => note-21d
6/52 ago => note-42d
cryo 14/12 ago => note-14mo
cryo 4/12 back => note-4mo
a couple of months ago => note-2mo
two and a half weeks ago => note-14d
1.5 years ago => note-18mo
three|months ago => note-3mo
in 3 months => note+3mo
within a week => note+7d
POD 2 => procedure+2d
POD#2 => procedure+2d
POD2 => procedure+2d
POD 0 => procedure+0d
post-op day 1 => procedure+1d
postoperative day two => procedure+2d
post-procedure day 3 => procedure+3d
first post-procedure day => procedure+1d
day 3 after cryotherapy => procedure+3d
month 6 post ablation => procedure+6mo
the day after ablation => procedure+1d
the evening of the procedure => procedure+0d
the day before cryo => procedure-1d
three months after ablation => procedure+3mo
3 months|after ablation => procedure+3mo
twenty-four months after cryo => procedure+24mo
12 weeks post cryo => procedure+84d
6 weeks post-op => procedure+42d
2/12 post cryo => procedure+2mo
3 months out from cryo => procedure+3mo
6 mo s/p cryo => procedure+6mo
6 weeks status post RFA => procedure+42d
six weeks after the second session => procedure+42d
3 months following her left lung cryoablation => procedure+3mo
Ten months on from the cryotherapy => procedure+10mo
3-month post-ablation CT => procedure+3mo
4-6 weeks post-ablation => procedure+42d
3 mo post. => procedure+3mo
two weeks before ablation => procedure-14d
two days later => text+2d
three months later => text+3mo
the next day => text+1d
next day => text+1d
the following morning => text+1d
the previous day => text-1d
a week after => text+7d
same day => text+0d
later that evening => text+0d
""")


@pytest.mark.parametrize("european", [False, True])
@pytest.mark.parametrize(("words", "concepts"), SAME_IN_BOTH_ORDERS)
def test_forms(words: str, concepts: str, european: bool) -> None:
    assert found(words, european=european) == concepts.split()


AMERICAN_AND_BRITISH = [
    ("03/12/2019", "2019-03-12", "2019-12-03"),
    ("3/12/19", "2019-03-12", "2019-12-03"),
    ("3-12-19", "2019-03-12", "2019-12-03"),
    ("03.12.2019", "2019-03-12", "2019-12-03"),
    ("CT 12.03.19.", "2019-12-03", "2019-03-12"),
    ("-03/12/2019: CT", "2019-03-12", "2019-12-03"),
    ("5/6-5/9/2019", "2019-05-06 2019-05-09", "2019-06-05 2019-09-05"),
    ("3/12-15/2019", "2019-03-12 2019-03-15", "2019-03-12 2019-03-15"),
    ("3/2/2019-4/2/2019", "2019-03-02 2019-04-02", "2019-02-03 2019-02-04"),
    ("5/6-5/9", "2019-05-06 2019-05-09", "2018-06-05 2018-09-05"),
    ("CT 6/7.", "2019-06-07", "2018-07-06"),
    ("12/6", "2018-12-06", "2019-06-12"),
    ("CT 3/12 post ablation", "2019-03-12", "2012-03"),
]


@pytest.mark.parametrize(("words", "american", "british"), AMERICAN_AND_BRITISH)
def test_the_order_of_the_chart(words: str, american: str, british: str) -> None:
    assert (found(words), found(words, european=True)) == (american.split(), british.split())


@pytest.mark.parametrize(
    ("words", "written", "concept"),
    [
        ("died on Christmas Eve", "2020-01-15", "2019-12-24"),
        ("expired Thanksgiving night", "2020-11-30", "2020-11-26"),
        ("on New Year's Day 2019", "2020-11-30", "2019-01-01"),
        ("a fortnight ago", "2020-11-30", "note-14d"),
        ("7/18", "2019-06-15", "2018-07"),  # a day eleven months back: a month
        ("CT 7/18 L lung", "2018-08-01", "2018-07-18"),
        ("7/18 s/p cryo", "2018-10-30", "2018-07-18"),
        ("on 7/18.", "2018-07-20", "2018-07-18"),
        ("8/21", "2020-09-01", "2020-08-21"),
        ("8/21", "2021-12-30", "2021-08"),
        ("slot 8/21", "2018-07-20", "2018-08-21"),
        ("scheduled for 10/15", "2019-06-15", "2019-10-15"),
        ("3/19", "2019-06-15", "2019-03-19"),
        ("3/19", "2020-06-15", "2020-03-19"),
        ("3/19", "2020-12-15", "2019-03"),
        ("RESUME ASA 2/1", "2019-01-30", "2019-02-01"),
        ("9/30", "2019-06-15", "2018-09-30"),  # no month of 2030
        ("on 3/4", "2019-04-01", "2019-03-04"),
        ("LAST DOSE 3/5 AM", "2018-03-06", "2018-03-05"),
        ("Tumor board 12/12: resectable", "2017-12-14", "2017-12-12"),
        ("scan 3/10 for pain", "2019-04-01", "2019-03-10"),
        ("29 February", "2019-06-15", "2016-02-29"),
        ("January 2", "2019-12-30", "2020-01-02"),
        ("December 30", "2020-01-02", "2019-12-30"),
        ("in October", "2019-01-10", "2018-10"),
        ("on the 31st.", "2019-06-15", "2019-05-31"),
        ("scan in October", "2019-06-19", "2018-10"),
        ("CT in July", "2021-04-27", "note+3mo"),
        ("CT 8/17 before that", "2019-06-19", "2017-08"),
        ("Arrive 6/24 at 0600", "2019-06-19", "2019-06-24"),
    ],
)
def test_implied_years(words: str, written: str, concept: str) -> None:
    assert found(words, date.fromisoformat(written)) == [concept]


NO_DATES = """
5/5; strength 5/5; 4/5 quadriceps; 3/10 pain; pain 3/10; pain now 6/10; discomfort, 2/10; burning, 6/10; stabbing, up to 7/10; 2/2; T1/T2; L4-5; series 4/88; image 4/18; (series 3, 4/88)
120/80; BP 112/70; 10-8-10; 10-8-10 freeze; freeze 3/7/10; 3/7/10 min; 3-3-7-7-5 min; 8-5-8 minutes; 617-555-0119; 1.5 cm; 0.9 x 2.3; 5-10 mg; q3-4 wk; 24/7
grade 1/3; 1/3 of the lesion; 2-3 mm; 50/50; 24 h; 61-year-old; 61 y/o; 61 y s/p cryo; every 3 months; for 2 weeks; x 6 weeks; 10 minutes; 6/7 nodes; 0/6 nodes; [**Date**]
1815; 10:22; at 2015.; several months ago; a few weeks later; Cr 1.1.; INR 1.2. Stable; the lesion may 2 represent; the lesion may be 5 mm; and may proceed; v1.2.10; 1.2.3
murmur 2/6; a 2/6 systolic murmur; visual acuity 6/9; GCS 10/15; sat 98; the sun; Mondays; every Monday; for 3 months after ablation; 02/30/2019; 13/13/2019; 31 June
2019-13-01; 2000 mL; SIR 2017 classification; 12/0; 0/12; at any time; in and out; in AM; and postoperative; 2 years post-op; on the 6th rib; day 3; Mrs April; 97-99%; 45678901; DLP 1,876; [**Name**]; Hgb 12.8.
"""


@pytest.mark.parametrize("european", [False, True])
@pytest.mark.parametrize("words", [w.strip() for line in NO_DATES.strip().splitlines() for w in line.split(";")])
def test_no_dates(words: str, european: bool) -> None:
    assert found(words, european=european) == []


ONE_DAY = "03/12/2019; 3-12-19; 2019-03-12; 12MAR19; 12-Mar-2019; MARCH 12, 2019; the 12th of March 2019; 12 March; March 12; 3/12; 12.3.; [**2019-3-12**]"


@pytest.mark.parametrize("words", ONE_DAY.split("; "))
def test_one_day_within_a_sentence(words: str) -> None:
    assert found(f"Seen {words} in clinic, strength 5/5, pain 3/10, SUV 2.3.") == ["2019-03-12"]


def test_a_range_has_a_place_for_each_end() -> None:
    text = "AIM chemo 02-05/2017, then March to July 2018"
    assert [text[f.start : f.end] for f in find_dates(text, WRITTEN)] == ["02", "05/2017", "March", "July 2018"]


@pytest.mark.parametrize(
    "words", ["02-05/2017", "March to July 2018", "2016-2018", "5/12-5/15", "3/12-3/15/2019", "12-15 March", "March 12-15"]
)
def test_the_end_of_a_range_says_so(words: str) -> None:
    assert [f.rule_id == "dates#range_end" for f in find_dates(words, WRITTEN)] == [False, True]


def test_a_range_does_not_end_before_it_starts() -> None:
    assert found("admitted 12/28-1/3") == ["2018-12-28", "2019-01-03"]
    assert found("3/15-3/12/2019") == ["2019-03-12"]


def test_places_and_rules_in_a_sentence() -> None:
    text = "S/p cryo 3/12/2019; CT 6/7. Three months after ablation no growth, MRI in 3 months, doing well today."
    assert [(text[f.start : f.end], f.label, f.rule_id) for f in find_dates(text, WRITTEN)] == [
        ("3/12/2019", "DATE", "dates#numeric"),
        ("6/7", "DATE", "dates#month_day_numeric"),
        ("Three months after ablation", "DATE", "dates#after_ablation"),
        ("in 3 months", "DATE", "dates#future"),
        ("today", "DATE", "dates#today"),
    ]


def test_what_is_to_come_says_so() -> None:
    for words in ("in 3 months", "next week", "tomorrow", "aim October", "next Monday"):
        assert [f.rule_id for f in find_dates(words, WRITTEN)] == ["dates#future"], words


def test_months_and_weeks_are_approximate_days_are_not() -> None:
    kinds = {}
    for words in ("three months after ablation", "6 weeks ago", "2 days ago", "POD 2", "two days later"):
        value = find_dates(words, WRITTEN)[0].value
        assert isinstance(value, When)
        kinds[words] = value.approximate
    assert kinds == {"three months after ablation": True, "6 weeks ago": True, "2 days ago": False, "POD 2": False, "two days later": False}


def test_resolve() -> None:
    session, before = date(2019, 1, 31), PartialDate(date(2018, 5, 1), "month")
    assert resolve(When(before), WRITTEN, None, None) == before
    assert resolve(When(anchor="note", days=-1), WRITTEN, None, None) == PartialDate(date(2019, 6, 14))
    assert resolve(When(anchor="procedure", days=2), WRITTEN, session, None) == PartialDate(date(2019, 2, 2))
    assert resolve(When(anchor="procedure", months=1), WRITTEN, session, None) == PartialDate(date(2019, 2, 28))
    assert resolve(When(anchor="text", days=2), WRITTEN, session, before) == PartialDate(date(2018, 5, 3))


def test_two_days_later_counts_from_the_day_named_before() -> None:
    first, later = (f.value for f in find_dates("Ablated on 1/16/2018, and two days later home", WRITTEN))
    assert isinstance(first, When)
    assert isinstance(later, When)
    assert resolve(later, WRITTEN, None, resolve(first, WRITTEN, None, None)) == PartialDate(date(2018, 1, 18))


def test_resolve_without_an_anchor() -> None:
    assert resolve(When(anchor="procedure", days=2), WRITTEN, None, None) is None
    assert resolve(When(anchor="text"), WRITTEN, WRITTEN, None) is None
    assert resolve(When(), WRITTEN, WRITTEN, None) is None
    assert resolve(When(anchor="note", months=-12 * 3000), WRITTEN, None, None) is None
    assert resolve(When(anchor="note", days=10**7), WRITTEN, None, None) is None


@pytest.mark.parametrize(
    ("texts", "european"),
    [
        ([], False),
        ([("2019-06-15", "CT stable.")], False),
        ([("2019-06-15", "CT 13/02/2019")], True),
        ([("2019-06-15", "CT 02/13/2019")], False),
        ([("2019-06-05", "Clinic 05/06/2019")], True),
        ([("2019-06-05", "Clinic 06/05/2019")], False),
        ([("2019-06-15", "CT 10/05/2019")], True),  # October is to come
        ([("2019-06-15", "CT 05/10/2019 of the tumour")], False),
        ([("2019-06-15", "CT 01.02.2019")], True),
        ([("2019-06-15", "Tumour seen at the centre")], True),
        ([("2019-06-15", "Tumour, CT 02/13/2019")], False),
        ([("2019-06-15", "13/02/2019 by 12 noon")] + [("2019-07-01", "March 2, 2019. April 2, 2019. Tumor.")] * 3, True),
        ([("2019-06-15", "Freeze 15-10-15, tumor")], False),
        ([("2019-06-15", "99/12/2019")], False),
    ],
)
def test_day_first(texts: list[tuple[str, str]], european: bool) -> None:
    assert day_first((date.fromisoformat(d), t) for d, t in texts) is european


NOTES = st.lists(
    st.tuples(
        st.sampled_from([date(2019, 6, 5), date(2019, 10, 5)]),
        st.sampled_from(["CT 05/06/2019", "13/02/2019", "02/14/2019", "tumour", "edema", "1.2.2019", "May 2, 2019", "2 May 2019"]),
    ),
    max_size=8,
)


@given(notes=NOTES, seed=st.integers(0, 99))
def test_neither_order_nor_copies_of_notes_decide(notes: list[tuple[date, str]], seed: int) -> None:
    again = [*notes, *((d, t.replace(" ", "\r\n")) for d, t in notes[:2])]
    random.Random(seed).shuffle(again)
    assert day_first(again) is day_first(notes)


FRAGMENTS = [w for w, _ in SAME_IN_BOTH_ORDERS] + [
    "[**",
    "ſep 3",
    "٣/٤/٢٠١٩",
    "may",
    " ",
    "\n\n",
    "\r\n",
    "/",
    "-",
    ".",
    "12",
    "0/0",
    "99/99/9999",
    "thırd",
]
TEXT = st.one_of(
    st.text(max_size=120), st.lists(st.sampled_from(FRAGMENTS), max_size=12).map(" ".join), st.text("0123456789/-. \n", max_size=80)
)
DAYS = st.dates(date(1, 1, 1), date(9999, 12, 31))


@settings(deadline=None)
@given(text=TEXT, written=DAYS, european=st.booleans())
def test_any_text_on_any_day(text: str, written: date, european: bool) -> None:
    last = 0
    day_first([(written, text)])
    for f in find_dates(text, written, european):
        assert last <= f.start < f.end <= len(text)
        assert text[f.start : f.end].strip() == text[f.start : f.end]
        assert isinstance(f.value, When)
        resolve(f.value, written, written, PartialDate(written))
        last = f.end


@pytest.mark.parametrize(
    "words",
    ["CT 05/06/2019", "05-06-2019", "5.6.2019", "seen 5/6 by us", "CT 4/5-6/5/2019", "6/5-7/5", "on 5. 6. again", "5/6 and 7/6/2019"],
)
def test_where_the_order_of_a_chart_matters_it_is_asked_for(words: str) -> None:
    told = [find_dates(words, WRITTEN, european) for european in (False, True)]
    assert (told[0] == told[1]) is (words == "on 5. 6. again")
    assert reads_day_first([(WRITTEN, f"25/12/2018 {words}")])
    assert IN_ORDER.search(words)


@settings(deadline=None)
@given(text=TEXT, written=DAYS)
def test_the_order_of_a_chart_matters_nowhere_else(text: str, written: date) -> None:
    if not IN_ORDER.search(text):
        assert not reads_day_first([(written, text)])
        assert find_dates(text, written, True) == find_dates(text, written, False)


@settings(deadline=None)
@given(text=TEXT, written=st.dates(date(1990, 1, 1), date(2040, 1, 1)), european=st.booleans())
def test_forms_that_do_not_stand_give_no_date(text: str, written: date, european: bool) -> None:
    assert find_dates(text, written, european, standing(text, FORMS)) == find_dates(text, written, european)


def test_forms_that_are_not_looked_for_without_a_year_all_need_one() -> None:
    for form in FORMS:
        told = needs(form.pattern.pattern.replace(YEAR, "yearneeded").replace(SHORT_YEAR, "yearneeded"))
        needed = all(any(all("yearneeded" in word.text for word in clause) for clause in alternative) for alternative in told)
        assert needed or form.name not in OF_A_YEAR, form.name


SHAPES = [
    "%m/%d/%Y",
    "%Y-%m-%d",
    "%d %B %Y",
    "%B %d, %Y",
    "%d%b%Y",
    "%m/%Y",
    "%B %Y",
    "in %Y",
    "%B %d",
    "%d.%m.%Y",
    "%Y/%m/%d",
    "the %dth of %B %Y",
]


@given(
    days=st.lists(st.tuples(st.dates(date(1995, 1, 1), date(2019, 6, 15)), st.sampled_from(SHAPES)), max_size=5),
    relative=st.sampled_from(["", "last Tuesday", "3 months ago", "POD 2", "on the 12th."]),
    european=st.booleans(),
)
def test_28_years_later_every_date_is_28_years_later(days: list[tuple[date, str]], relative: str, european: bool) -> None:
    def concepts(years: int) -> list[str]:
        text = "; ".join([*((d.replace(year=d.year + years)).strftime(shape) for d, shape in days), relative])
        found = find_dates(text, WRITTEN.replace(year=WRITTEN.year + years), european)
        return [f"{int(f.concept[:4]) - years}{f.concept[4:]}" if f.concept[:4].isdigit() else f.concept for f in found]

    assert concepts(28) == concepts(0)


@given(day=st.dates(date(2000, 1, 1), WRITTEN), shape=st.sampled_from(SHAPES[:5]))
def test_a_day_written_out_is_that_day(day: date, shape: str) -> None:
    assert found(f"CT {day.strftime(shape)}: stable.") == [day.isoformat()]


@given(n=st.integers(1, 60))
def test_counted_days_lie_that_far_from_their_anchor(n: int) -> None:
    for words, anchor, step in ((f"{n} days ago", WRITTEN, -n), (f"{n} days after cryoablation", date(2019, 1, 2), n)):
        value = find_dates(words, WRITTEN)[0].value
        assert isinstance(value, When)
        assert resolve(value, WRITTEN, date(2019, 1, 2), None) == PartialDate(anchor + timedelta(days=step))


@pytest.mark.parametrize("piece", ["1", "/", "\n", "1/", "2 months after the the "])
def test_a_long_text_of_anything_is_read(piece: str) -> None:
    hostile = piece * (200_000 // len(piece))
    assert found(f"CT 3/12/2019; {'x' * 70} {hostile}")[:1] == ["2019-03-12"]
