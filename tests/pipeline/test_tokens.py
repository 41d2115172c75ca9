"""Tokens told here are spaCy's, for the words of the corpora and for its exceptions amid other signs."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from extractor import corpora
from extractor.pipeline.tokens import RUN, Tokens, tokenizer

SIGNS = "abzAZ019.,;:'\"()[]{}-–/\\%$&*+=<>?!@#~^_|´’”° µ×é\n\tLTx"


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    path: Path = tmp_path_factory.mktemp("notes") / "notes.jsonl"
    corpora.write_notes(path)
    with path.open(encoding="utf-8") as file:
        return [json.loads(line)["text"] for line in file]


def test_tokens_are_those_of_spacy(notes: list[str]) -> None:
    theirs, ours, dice = tokenizer(), Tokens(), random.Random(7)
    exceptions, words = list(theirs.rules), sorted({w for text in notes[::3] for w in RUN.findall(text)})

    def part() -> str:
        return dice.choice([dice.choice(exceptions), dice.choice(words), "".join(dice.choices(SIGNS, k=dice.randint(1, 6)))])

    made = ["".join(part() for _ in range(dice.randint(1, 3))) for _ in range(8_000)]
    made += [" ".join(part() + part() for _ in range(dice.randint(1, 6))) for _ in range(2_000)]
    for text in (*made, *exceptions, *words, *notes[::20], "", " ", "(A): ok :)", "°f. 3 pm (12:30):"):
        assert ours._words.of_text(text) == [(t.idx, t.idx + len(t)) for t in theirs(text)], text


def test_a_word_with_a_face_has_its_text_parted_as_a_whole() -> None:
    theirs, ours = tokenizer(), Tokens()
    for text in ("well :) today", "(A): left (B): right", "8) and : ) and :-", "no faces (12/3), here."):
        assert list(zip(*ours(text), strict=True)) == [(t.idx, t.idx + len(t)) for t in theirs(text)]
