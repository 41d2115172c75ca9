"""The scan never misses a pattern that matches, and skimming finds what the whole pipeline finds."""

from __future__ import annotations

import os
import random
import re
from dataclasses import replace
from datetime import date
from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from extractor import corpora
from extractor import rules as rule_files
from extractor.model import Note
from extractor.pipeline import Reader, build, dates
from extractor.pipeline.measures import MEASURING
from extractor.pipeline.needs import ANY_DIGIT, BLANK, Word, needs
from extractor.pipeline.scan import Scan
from extractor.pipeline.skim import WORTH
from extractor.pipeline.tokens import Tokens
from tests.conftest import spread

RULES = rule_files.load()
PATTERNS = {r.rule_id: r.regex for r in (*RULES.targets, *RULES.modifiers)}
PATTERNS |= {p: p for p in MEASURING} | {f"dates#{n}": f.pattern.pattern for n, f in enumerate(dates.FORMS)}
SCAN = Scan(PATTERNS)
WORDS = sorted(
    {w.text.replace(ANY_DIGIT, "7").replace(BLANK, " ") for regex in PATTERNS.values() for a in needs(regex) for c in a for w in c}
)
TEXTS = st.lists(
    st.one_of(
        st.sampled_from(WORDS),
        st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=8),
        st.sampled_from(
            ["3 cm", "12/5/2020", "L3", "no", "?", "March 3", "two weeks later", "yesterday", "POD 2", "\u0663/4/2020", ":)", "( :", "a.m."]
        ),
    ),
    max_size=12,
).map(" ".join)


@cache
def made(regex: str) -> re.Pattern[str]:
    """A pattern, compiled once: there are more than ``re`` remembers."""
    return re.compile(regex, re.IGNORECASE)


def words(*texts: str) -> set[Word]:
    return {Word(t.strip("_"), t.startswith("_"), t.endswith("_")) for t in texts}


@pytest.mark.parametrize(
    ("regex", "expected"),
    [
        (r"\b(?:pneumo|hydro)thorax\b", [[{"_pneumothorax_", "_hydrothorax_"}]]),
        (r"needle\s+tracks?\b", [[{f"needle{BLANK}tracks_", f"needle{BLANK}track_"}]]),
        (r"\bleft\b.*?\bkidneys?", [[{"_left_"}, {"_kidney", "_kidneys"}]]),
        (r"\b(?:POD|day)\D\d|yesterday", [[{"yesterday"}], [{"_pod", "_day"}, {ANY_DIGIT}]]),
        (r"(?:ab){2,}x?", [[{"ab"}, {"ab", "abx"}]]),
        (r"\b\d+\s*G\b", [[{f"_{ANY_DIGIT}"}, {f"{ANY_DIGIT}{BLANK}g_", f"{ANY_DIGIT}g_"}]]),
        (r"(?<!\w)[TL]\d{1,2}(?!\w|\.)", [[{f"_{c}{ANY_DIGIT * n}_" for c in "tl" for n in (1, 2)}]]),
        (r"\bx?(?=tail)head(?!x)", [[{"_head", "_xhead"}, {"tail"}]]),
        (r"(?:leak)?", [[]]),
        (r"(?:abc|[^x])", [[]]),
        (r"\w+", [[]]),
    ],
)
def test_words_that_a_pattern_cannot_do_without(regex: str, expected: list[list[set[str]]]) -> None:
    found = [sorted(map(sorted, alternative)) for alternative in needs(regex)]
    assert sorted(found) == sorted(sorted(sorted(words(*clause)) for clause in alternative) for alternative in expected)


def test_a_pattern_is_named_only_where_every_word_stands_as_it_must() -> None:
    scan = Scan({"side": r"\bleft\b.*?\bkidneys?", "level": r"\b[TL]\d\b", "letter": r"\(a\)", "open": r"\w+"})
    for text, named in (
        ("left", set()),
        ("cleft kidney", set()),
        ("LEFT, the kidney", {"side"}),
        ("L3", {"level"}),
        ("XL3", set()),
        ("a", set()),
        ("(A) ", {"letter"}),
    ):
        assert scan(text) == named | {"open"}, text


@pytest.mark.parametrize(("text", "regex"), [("İCE BALL", "ice"), ("\u017fkin", "skin"), ("\u212aidney", "kidney"), ("ıce", "ice")])
def test_case_is_seen_as_patterns_see_it(text: str, regex: str) -> None:
    assert re.search(regex, text, re.IGNORECASE)
    assert Scan({"x": regex})(text) == {"x"}


@given(TEXTS)
@example("L\0")
@settings(max_examples=200, deadline=None)
def test_no_pattern_that_matches_is_missed(text: str) -> None:
    can = SCAN(text)
    assert [i for i, regex in PATTERNS.items() if i not in can and made(regex).search(text)] == []


@pytest.fixture(scope="module")
def plain() -> Reader:
    return build(RULES, plain=True)


def test_skimming_a_chart_finds_what_the_whole_pipeline_finds(reader: Reader, plain: Reader) -> None:
    every = bool(os.environ.get("REFERENCE"))  # make reference: every note, minutes
    for path in corpora.files() if every else spread(corpora.files(), 12):
        for note in corpora.notes(corpora.load(path))[: None if every else 3]:
            assert reader.read(note) == plain.read(note), note.note_id


@given(TEXTS)
@settings(max_examples=60, deadline=None)
def test_skimming_generated_text_finds_what_the_whole_pipeline_finds(reader: Reader, plain: Reader, text: str) -> None:
    note = Note("n", "p", date(2020, 6, 15), text)
    assert reader.read(note) == plain.read(note)


def test_templates_filled_in_with_other_numbers_are_read_as_if_each_were_the_only_one() -> None:
    dice = random.Random(7)
    forgetful, remembering = build(RULES, remembered=0), build(RULES)
    for path in spread(corpora.files(), 6):
        note = corpora.notes(corpora.load(path))[0]
        for _ in range(WORTH + 2):
            other = replace(note, text=re.sub("[0-9]", lambda _: dice.choice("0123456789"), note.text))
            assert remembering.read(other) == forgetful.read(other), note.note_id


def test_a_component_of_ones_own_is_asked_each_time() -> None:
    asked = []

    def counts(doc):  # type: ignore[no-untyped-def]
        asked.append(doc.text)
        return doc

    reader = build(RULES, sentence_components=[counts])
    for _ in range(2):
        reader.read(Note("n", "p", date(2020, 6, 15), "All quiet."))
    assert asked == ["All quiet.", "All quiet."]


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_tokens_of_words_are_those_of_the_text(plain: Reader, text: str) -> None:
    tokens = plain.nlp.make_doc(text)
    assert TOKENS(text) == ([t.idx for t in tokens], [t.idx + len(t) for t in tokens])


TOKENS = Tokens()
