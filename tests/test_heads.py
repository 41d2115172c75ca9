"""Patterns that fail sooner match what they matched: those that are shipped, and any."""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
from re import _parser  # type: ignore[attr-defined]

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import extractor
from extractor import corpora, heads
from extractor import rules as rule_files
from extractor.compiled import Codes, compiled
from extractor.patterns import Later
from tests.conftest import spread

RULES = rule_files.load()
MANY = 300
LETTERS = "aAbBkKsSiI\u212a\u017f\u0130\u0131é1_ "


def modules() -> list[tuple[str, int]]:
    """Every pattern that a module holds by name."""
    for found in pkgutil.walk_packages(extractor.__path__, "extractor."):
        if not found.name.startswith(("extractor.spark", "extractor.feed", "extractor.__main__")):
            importlib.import_module(found.name)
    own = [vars(m) for name, m in sorted(sys.modules.items()) if name.startswith("extractor.")]
    return [(p.pattern, int(p._given)) for module in own for p in module.values() if isinstance(p, Later)]


def test_shipped_patterns_match_the_same() -> None:
    ruled = [(r.regex, int(re.IGNORECASE)) for r in (*RULES.targets, *RULES.modifiers, *RULES.cues)]
    lines = [line for path in spread(corpora.files(), 5) for n in corpora.notes(corpora.load(path)) for line in n.text.splitlines() if line]
    texts = [*spread(lines, 60), *(e.text for e in spread(RULES.examples, 40))]
    for regex, flags in spread(sorted({*modules(), *ruled}), 60):
        plain, sooner = re.compile(regex, flags), compiled(regex, flags)
        for text in texts:
            assert all_found(sooner, text) == all_found(plain, text), regex


def all_found(pattern: re.Pattern[str], text: str) -> list[object]:
    return [(m.span(), m.groups()) for m in pattern.finditer(text)]


CHARACTERS = st.sampled_from("abksiA1_")
SETS = st.sampled_from(
    ["[ab]", "[^a]", r"\w", r"\d", r"\W", ".", "[a-k]", "[à-é]", "é", r"\b", "(?<=a)", "(?<!b)", "(?=s)", "(?!k)", "^", "$"]
)
PIECES = st.recursive(
    st.one_of(CHARACTERS, SETS),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.lists(inner, min_size=2, max_size=5).map("|".join).map("(?:{})".format),
        st.lists(inner, min_size=2, max_size=4).map("|".join).map("({})".format),
        st.lists(inner, min_size=2, max_size=4).map("|".join).map("(?>{})".format),
        st.tuples(inner.map("(?:{})".format), st.sampled_from(["?", "??", "?+", "{1,2}"])).map("".join),
        inner.map("(?-i:{})".format),
        inner.map("(?i:{})".format),
        inner.map("(?a:{})".format),
    ),
    max_leaves=8,
)


@settings(max_examples=MANY, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(regex=PIECES, text=st.text(LETTERS, max_size=12), flags=st.sampled_from([0, int(re.IGNORECASE), int(re.ASCII | re.IGNORECASE)]))
def test_any_pattern_matches_the_same(regex: str, text: str, flags: int) -> None:
    plain = re.compile(regex, flags)
    sooner = Codes().pattern("", regex, lambda: _parser.parse(regex, flags))
    assert sooner is not None
    assert all_found(sooner, text) == all_found(plain, text)
    assert bool(sooner.match(text)) == bool(plain.match(text))


def test_what_stands_for_a_letter_of_either_case() -> None:
    every = [chr(c) for c in range(sys.maxunicode + 1) if not 0xD800 <= c < 0xE000]
    cased = re.findall("[a-z]", "".join(every), re.IGNORECASE)
    for letter in "abcdefghijklmnopqrstuvwxyz":
        assert {chr(c) for _, c in heads._either_case(ord(letter))} == {c for c in cased if re.fullmatch(letter, c, re.IGNORECASE)}


@pytest.mark.parametrize(
    ("regex", "begins"),
    [
        (r"\b(?:margin|mass|lesion)s?", "mMlL"),
        (r"(?:no )?\d+ mm", None),
        (r"x?", None),
        (r"(?<=a)[bc]|(?=d)e", "bcBCeE"),
        (r"\w+ly", None),
        (r"(?:(?<=a )|(?<=b ))(?-i:X)", "X"),
        (r"(?:a?|b)c", "aAbBcC"),
        (r"(?:|a)(?:b|)", None),
    ],
)
def test_the_characters_that_a_match_begins_with(regex: str, begins: str | None) -> None:
    found = heads._firsts(_parser.parse(regex, re.IGNORECASE).data, re.IGNORECASE)
    told = found and all(kind is heads.op.LITERAL for kind, _ in found)
    assert ({chr(c) for _, c in found or ()} if told else None) == (begins and set(begins))


def test_branches_of_one_letter_stand_together() -> None:
    tree = heads.grouped(_parser.parse("mass|lesion|margin", 0), 0)
    ((kind, (_, branches)),) = tree.data
    assert kind is heads.op.BRANCH
    assert [chr(b.data[0][1]) for b in branches] == ["m", "l"]
