"""The scan never misses a pattern that matches, and skimming finds what the whole pipeline finds."""

from __future__ import annotations

import os
import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor import corpora
from extractor import rules as rule_files
from extractor.model import Note
from extractor.pipeline import Reader, build, dates
from extractor.pipeline.scan import Scan, needed, needs_digit

RULES = rule_files.load()
PATTERNS = {r.rule_id: r.regex for r in (*RULES.targets, *RULES.modifiers)}
SCAN = Scan(PATTERNS)
WORDS = sorted({word for regex in PATTERNS.values() for word in needed(regex)})
TEXTS = st.lists(
    st.one_of(st.sampled_from(WORDS), st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=8), st.sampled_from(["3 cm", "12/5/2020", "L3", "no", "?", "March 3", "two weeks later", "yesterday", "POD 2", "\u0663/4/2020"])), max_size=12
).map(" ".join)  # fmt: skip


@pytest.mark.parametrize(
    ("regex", "words"),
    [
        (r"\b(?:pneumo|hydro)thorax\b", {"thorax"}),
        (r"\b(?:ptx|pneumothorax)\b", {"tx", "neumothorax"}),
        (r"Strasse?\s+rechts", {"strass"}),
        (r"no (?:evidence )?of", {"no "}),
        (r"\d+ ?[a-z]*", set()),
        (r"(?:leak)?", set()),
        (r"x?(?=tail)head(?!x)", {"head"}),
        (r"(?:ab){2,3}", {"ab"}),
        (r"(?:abc|\d)", set()),
    ],
)
def test_words_that_a_pattern_cannot_do_without(regex: str, words: set[str]) -> None:
    assert needed(regex) == words


@pytest.mark.parametrize(
    ("regex", "digit"),
    [(r"\d+ ?[a-z]*", True), (r"[1-3]{2}|x7", True), (r"(?:\d|[a-f])", False), (r"\d?x", False), (r"[\d/]+", False), (r"a(?=\d)", False)],
)
def test_patterns_that_cannot_do_without_a_digit(regex: str, digit: bool) -> None:
    assert needs_digit(regex) == digit
    assert Scan({"x": regex})("no number here") == (frozenset() if digit or needed(regex) else {"x"})


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_no_form_of_a_date_is_missed(text: str) -> None:
    can = dates.CAN(text)
    assert [f.name for n, f in enumerate(dates.FORMS) if str(n) not in can and f.pattern.search(text)] == []


@pytest.mark.parametrize(("text", "regex"), [("İCE BALL", "ice"), ("\u017fkin", "skin"), ("\u212aidney", "kidney"), ("ıce", "ice")])
def test_case_is_seen_as_patterns_see_it(text: str, regex: str) -> None:
    assert re.search(regex, text, re.IGNORECASE)
    assert Scan({"x": regex})(text) == {"x"}


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_no_pattern_that_matches_is_missed(text: str) -> None:
    can = SCAN(text)
    assert [i for i, regex in PATTERNS.items() if i not in can and re.search(regex, text, re.IGNORECASE)] == []


@pytest.fixture(scope="module")
def plain() -> Reader:
    return build(RULES, plain=True)


def test_skimming_a_chart_finds_what_the_whole_pipeline_finds(reader: Reader, plain: Reader) -> None:
    every = bool(os.environ.get("REFERENCE"))  # make reference: every note, minutes
    for path in corpora.files() if every else corpora.files()[::5]:
        for note in corpora.notes(corpora.load(path))[: None if every else 3]:
            assert reader.read(note) == plain.read(note), note.note_id


@given(TEXTS)
@settings(max_examples=60, deadline=None)
def test_skimming_generated_text_finds_what_the_whole_pipeline_finds(reader: Reader, plain: Reader, text: str) -> None:
    note = Note("n", "p", date(2020, 6, 15), text)
    assert reader.read(note) == plain.read(note)


def test_a_component_of_ones_own_is_asked_each_time() -> None:
    asked = []

    def counts(doc):  # type: ignore[no-untyped-def]
        asked.append(doc.text)
        return doc

    reader = build(RULES, sentence_components=[counts])
    for _ in range(2):
        reader.read(Note("n", "p", date(2020, 6, 15), "All quiet."))
    assert asked == ["All quiet.", "All quiet."]
