"""Headings as interventional reports and clinic notes write them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor import corpora
from extractor import rules as rule_files
from extractor.pipeline.sections import OF_LINES, Sections
from tests.conftest import spread

SECTIONS = Sections(rule_files.load().headings)


def categories(text: str) -> list[str]:
    return [s.category for s in SECTIONS(text)]


@pytest.mark.parametrize(
    ("line", "category"),
    [
        ("PROCEDURE: cryoablation", "procedure"),
        ("CLINICAL HISTORY: sarcoma", "indication"),
        ("PROCEDURE DETAILS: prone", "technique"),
        ("COMPLICATIONS: None", "complications"),
        ("FINDINGS: clear", "findings"),
        ("IMPRESSION\nStable", "impression"),
        ("Assessment & Plan\nStable", "assessment_plan"),
        ("Family history: mother", "family_history"),
        ("FH SISTER BREAST CA", "family_history"),
        ("ADDENDUM 03/13/2019: three probes", "addendum"),
        ("LOCAL TITLE: ADDENDUM TO CRYOABLATION REPORT OF JUN 3, 2021", "addendum"),
        ("Note type: Late entry", "addendum"),
    ],
)
def test_headings(line: str, category: str) -> None:
    assert category in categories(line + "\n")


def test_a_heading_within_a_line() -> None:
    assert categories("EBL: 10 mL. COMPLICATIONS: None.") == ["losses", "complications"]


def test_a_brief_section_ends_at_a_blank_line() -> None:
    assert categories("CONSENT: signed.\n\nThe patient was prone.") == ["consent", ""]


def test_a_field_with_a_value_on_its_line_ends_with_the_line() -> None:
    assert categories("Guidance: CT\nMass: 5 cm. MRI in 4 months.") == ["guidance", ""]
    assert categories("COMPARISON: CT JAN 22, 2018.\nLUNGS: NO NODULE.") == ["comparison", ""]
    assert categories("Compared with 3/4/19.\nLiver: clear.") == ["comparison", ""]
    assert categories("Comparison 2019\nLiver: clear.") == ["comparison", ""]
    assert categories("Comparison: CT of 1/2/2020,\nMRI of 3/4/2020.\nThe liver is clear.") == ["comparison", ""]


def test_a_field_whose_value_stands_below_goes_on() -> None:
    assert categories("Comparison:\nCT of 1/2/2020.\nMRI of 3/4/2020.") == ["comparison"]


def test_the_exam_in_the_line_below_guidance_is_its_value() -> None:
    assert categories("Guidance\n- CT\nTechnique\n- 3 probes") == ["guidance", "technique"]
    assert categories("Guidance\n- CT and US\nCT\n- no nodule") == ["guidance", "data"]


def test_a_signature_ends_a_section_and_a_day_may_stand_before_an_addendum() -> None:
    text = "Plan: will inform Dr. R.\n/es/ M.K., RN\n\n03/05/2018 ADDENDUM      STATUS: COMPLETED\nSeen today."
    assert categories(text) == ["plan", "", "addendum"]


@pytest.mark.parametrize("title", ["SOC\u0130AL HISTORY", "soc\u0131al history", "IMPRE\u017f\u017fION"])
def test_a_heading_with_a_letter_that_only_folds_to_its_own_is_known(title: str) -> None:
    assert len(SECTIONS(f"{title}: lives alone.\n")) == 1
    assert categories(f"{title}: lives alone.\n") != [""]


@given(st.text(max_size=300))
def test_sections_cover_the_text_without_a_gap(text: str) -> None:
    found = SECTIONS(text)
    assert found[0].start == 0
    assert found[-1].end == len(text)
    assert all(a.end == b.start for a, b in pairwise(found))


TITLES = st.sampled_from([t for h in rule_files.load().headings for t in (*h.titles, *h.bare)])
HEADS = st.tuples(
    st.sampled_from(["", "  ", "- ", "\t• ", "1. ", "(2) ", "x "]),
    st.one_of(TITLES, TITLES.map(str.upper), TITLES.map(str.title), st.text("aA é1İſ.:", max_size=4)),
    st.sampled_from([":", " - seen", "", " ", " 3/4/2020:", "3/4/20 ", "s:", " (late): none", ": 5\r", "\r", " told of it"]),
).map("".join)


@given(st.lists(HEADS, max_size=6).map("\n".join))
def test_headings_are_found_line_by_line_as_a_search_finds_them(text: str) -> None:
    assert at_lines(text) == searched(text)


def test_headings_of_notes_are_found_line_by_line_as_a_search_finds_them() -> None:
    for path in spread(corpora.files(), 30):
        for note in corpora.notes(corpora.load(path)):
            assert at_lines(note.text) == searched(note.text)


def at_lines(text: str) -> dict[str, list[object]]:
    return {group: [(m.span(), m.groups()) for m in SECTIONS._at_lines(group, text)] for group in OF_LINES}


def searched(text: str) -> dict[str, list[object]]:
    return {group: [(m.span(), m.groups()) for m in SECTIONS._patterns[group].finditer(text)] for group in OF_LINES}
