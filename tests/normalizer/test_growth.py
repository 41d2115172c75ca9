"""Four times the text, four times the work: function calls are counted, not time."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from datetime import date
from typing import cast

import pytest

from extractor.confidence.accept import prepare
from extractor.model import Mention, Note, PartialDate
from extractor.normalizer import abstract, complication_context, timeline
from extractor.normalizer.complication_context import Event
from extractor.normalizer.records import Session
from extractor.pipeline import Reader, build
from extractor.run.work import rendered
from extractor.tables import rows
from tests.conftest import Reads

TEXTS = {
    "one session told again and again": "Cryoablation of the left lung nodule 12 mm on 3/4/2019. ",
    "one session with its guidance": "CT-guided cryoablation of the left lung nodule, 12 mm, on 3/4/2019. ",
    "one complication": "She had a small hematoma after ablation. ",
    "lengths in one line": "4 mm ",
    "troubles in one line": "cryoablation left lung 12 mm, hematoma, ",
    "exams": "MRI of 3/4/2019 showed no recurrence at the left psoas ablation zone. ",
    "spoken numbers": "The nodule measured three point two centimeters on march the twelfth two thousand nineteen. ",
}
SMALL = 3_000
SLACK = 1.2


@pytest.fixture(scope="module")
def unremembering(reader: Reader) -> Reader:
    return build(reader.rules, remembered=0)


def calls(text: str, reader: Reader) -> int:
    """Function calls of Python and C from a text to its rows; each item of a generator is one."""
    judge = prepare(reader.rules.digest, None, None).judge
    counted = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal counted
        counted += event.endswith("call")

    sys.setprofile(count)
    try:
        for records in rows(abstract([Note("n", "p", date(2020, 6, 15), text)], reader), judge)[0].values():
            rendered(records)
    finally:
        sys.setprofile(None)
    return counted


@pytest.mark.parametrize("name", TEXTS)
def test_work_grows_with_the_text(name: str, unremembering: Reader) -> None:
    piece = TEXTS[name]
    short, long = piece * (SMALL // len(piece)), piece * (4 * SMALL // len(piece))
    calls(short, unremembering)  # patterns are compiled at first need
    assert calls(long, unremembering) <= 4 * SLACK * calls(short, unremembering)


@pytest.mark.parametrize("name", TEXTS)
def test_mentions_are_not_held_against_all_others(name: str, unremembering: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking for a mention in a list is one call, whatever the list's length: comparisons are counted by themselves."""
    compared, same = 0, Mention.__eq__

    def counting(one: Mention, other: object) -> bool:
        nonlocal compared
        compared += 1
        return same(one, other)

    monkeypatch.setattr(Mention, "__eq__", counting)
    piece, found = TEXTS[name], []
    for size in (SMALL, 4 * SMALL):
        compared = 0
        abstract([Note("n", "p", date(2020, 6, 15), piece * (size // len(piece)))], unremembering)
        found.append(compared)
    assert found[1] <= 4 * SLACK * found[0]


@dataclass
class Told:
    """What ``retold`` asks of an event; each question is counted."""

    event: Event
    asked: list[int]

    def __getattr__(self, name: str) -> object:
        self.asked.append(1)
        return getattr(self.event, name)


def test_events_of_a_note_are_not_held_against_those_told_before_in_it(reads: Reads) -> None:
    read = reads("She had a small hematoma after ablation. " * 400, note_type="clinic")
    line = timeline.telling(read)[-1]
    mention = line.labelled("COMPLICATION")[0]
    session = cast("Session", object())  # never asked
    event = Event(mention, line, session, PartialDate(date(2020, 1, 1)), ())
    asked: list[int] = []
    known = cast("list[Event]", [Told(event, asked) for _ in range(1_000)])
    assert complication_context.retold(mention, line, (), known) is None
    assert len(asked) < 20
    other = replace(event, line=replace(line, read=replace(read, note=replace(read.note, note_id="earlier"))))
    assert complication_context.still_told(mention, line, PartialDate(date(2020, 1, 9)), [other, *known]) is session
