"""Sentences of clinical notes: wrapped lines, list items, abbreviations, and no cost beyond the text."""

from __future__ import annotations

import textwrap
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.model import Section
from extractor.pipeline import sentences
from extractor.pipeline.sentences import LONGEST, split


def pieces(text: str) -> list[str]:
    return [text[s.start : s.end] for s in split(text, [Section("", 0, 0, len(text))])]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("No bleeding. Home today.", ["No bleeding.", "Home today."]),
        ("No pneumothorax\nSmall hematoma", ["No pneumothorax", "Small hematoma"]),
        ("IMPRESSION: 1. Stable.\n2. No new nodule.", ["IMPRESSION: 1. Stable.", "2. No new nodule."]),
        ("Seen by Dr. Smith today. Well.", ["Seen by Dr. Smith today.", "Well."]),
        ("The zone is 3.2 cm. Stable.", ["The zone is 3.2 cm.", "Stable."]),
        ("- no fever\n- no bleeding", ["- no fever", "- no bleeding"]),
        ("Approx. 5 mm of ice.", ["Approx. 5 mm of ice."]),
        ("Treated 12.03.2019 under GA. Well.", ["Treated 12.03.2019 under GA.", "Well."]),
    ],
)
def test_splits(text: str, wanted: list[str]) -> None:
    assert pieces(text) == wanted


def test_a_wrapped_line_goes_on() -> None:
    text = "\n".join(
        [
            "The patient was placed prone and the right lower lobe nodule was",
            "targeted with two probes under CT fluoroscopy. The ice ball covered the",
            "nodule with a margin of at least six millimetres in every direction and",
            "there was no pneumothorax on the final scan. He went home.",
        ]
    )
    assert len(pieces(text)) == 3
    assert pieces(text)[0].endswith("fluoroscopy.")


def test_crlf_splits_like_lf() -> None:
    text = "FINDINGS: clear.\n- no nodule\n- no effusion\n\nIMPRESSION: stable"
    assert [p.split() for p in pieces(text)] == [p.split() for p in pieces(text.replace("\n", "\r\n"))]


def test_a_line_without_end_is_cut() -> None:
    assert max(len(p) for p in pieces("word " * 5_000)) <= LONGEST


@given(st.text(max_size=400))
def test_pieces_are_in_order_and_lose_only_white_space(text: str) -> None:
    found = split(text, [Section("", 0, 0, len(text))])
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert "".join("".join(text[s.start : s.end].split()) for s in found) == "".join(text.split())


def test_a_wrapped_note_has_the_sentences_of_the_unwrapped_one() -> None:
    words = (
        "The daughter called on Thursday of last week to say that the patient passed away, and Mr. Y was told. Axillary part left in place, no change to be seen "
        "on CT chest 12/21/2023: axillary nodule 7 mm, smaller than before; pectoral and rib sites unchanged, no recurrence of the tumor there at all. No new lesion."
    )
    whole = [words[s.start : s.end] for s in split(words, (Section("", 0, 0, len(words)),))]
    for columns in range(60, 90):
        wrapped = "\n".join(textwrap.wrap(words, columns, break_long_words=False, break_on_hyphens=False))
        found = split(wrapped, (Section("", 0, 0, len(wrapped)),))
        assert [wrapped[s.start : s.end].replace("\n", " ") for s in found] == whole, columns


ENDINGS = ("walked home.", "was seen by Dr.", "fig.", "is it?", "so:", "no!", "e.g.", "and 1.", "grade A.", 'said "no."', "so;", "then")
STARTS = ("the rib is", "Wound care of room 12 was", "a", "- an item", "Site:", "3.", "Mr. Y was told of it, and that all was well", "")


@given(st.lists(st.tuples(st.sampled_from(STARTS), st.integers(0, 60), st.sampled_from(ENDINGS)), min_size=4, max_size=9))
def test_lines_parted_from_memory_are_parted_as_any_other(lines: list[tuple[str, int, str]]) -> None:
    text = "\n".join(f"{start} {'x' * size} {end}".strip() for start, size, end in lines)
    whole = (Section("", 0, 0, len(text)),)
    quick = split(text, whole)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sentences, "_told", lambda line, _: ((), sentences._opens(line[: sentences.HEAD])))
        assert split(text, whole) == quick
