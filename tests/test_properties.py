"""What must not change a chart: the order of notes, a repeated note, CRLF, the patient's name, the century."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extractor import corpora
from extractor.model import Chart, Note
from extractor.normalizer import abstract
from extractor.pipeline import Reader

ONE_OF_EACH = sorted({p.parent.parent.name: p for p in corpora.files()}.values())
TABLES = ("patients", "procedures", "lesions", "complications", "assessments", "outcomes", "treatments")
Change = Callable[[list[Note]], list[Note]]


def cells(chart: Chart, shift: int = 0, patient: str = "") -> list[tuple[str, list[tuple[str, str]]]]:
    """Every cell as text; dates moved back by ``shift`` years, the patient's id replaced."""

    def show(value: object) -> str:
        text = str(value.replace(year=value.year - shift)) if isinstance(value, date) else str(value)
        text = re.sub(r"\b(19|20)\d\d(?=-\d\d|:|$)", lambda m: str(int(m[0]) - shift), text) if shift and ":" in text else text
        return " ".join(text.replace(chart.patient_id, patient or "X").split())

    return [(t, sorted((k, show(c.value)) for k, c in row.cells.items())) for t in TABLES for row in getattr(chart, t)]


def shifted(text: str, years: int) -> str:
    """Four-digit years and two-digit years of numeric dates moved; 28 years keep weekdays and leap years."""
    text = re.sub(r"(?<!\d)(19[5-9]\d|20[0-4]\d)(?!\d)", lambda m: str(int(m[0]) + years), text)
    return text


CHANGES: dict[str, Change] = {
    "shuffled": lambda notes: notes[::-1],
    "repeated": lambda notes: [*notes, replace(notes[-1], note_id="zz-again"), replace(notes[0], note_id="00-again")],
    "crlf": lambda notes: [replace(n, text=n.text.replace("\n", "\r\n")) for n in notes],
    "renamed": lambda notes: [replace(n, patient_id="another") for n in notes],
}


@pytest.mark.parametrize("path", ONE_OF_EACH, ids=lambda p: p.stem)
@pytest.mark.parametrize("name", CHANGES)
def test_what_carries_no_information_changes_nothing(path: Path, name: str, reader: Reader) -> None:
    notes = corpora.notes(corpora.load(path))
    assert cells(abstract(CHANGES[name](notes), reader)) == cells(abstract(notes, reader))


@pytest.mark.parametrize("path", ONE_OF_EACH, ids=lambda p: p.stem)
def test_28_years_later_every_date_is_28_years_later(path: Path, reader: Reader) -> None:
    notes = [
        n
        for n in corpora.notes(corpora.load(path))
        if not re.search(r"\d/\d\d?(?!\d)|\d[/.-]\d\d?[/.-]\d\d\b(?!\d)|'\d\d|\d\d?[A-Z]{3}\d\d\b", n.text)
    ]
    if not notes:
        notes = [
            replace(n, text="CT 03/04/2019: stable. Cryoablation 02/03/2018 of the left psoas nodule.")
            for n in corpora.notes(corpora.load(path))[:1]
        ]
    later = [replace(n, note_date=n.note_date.replace(year=n.note_date.year + 28), text=shifted(n.text, 28)) for n in notes]
    assert cells(abstract(later, reader), shift=28) == cells(abstract(notes, reader))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(max_size=300),
    fragments=st.lists(
        st.sampled_from(
            [
                "Cryoablation of the left psoas nodule on 3/4/2019. ",
                "No pneumothorax\n",
                "COMPLICATIONS: ",
                "POD 2 ",
                "5 mm margin ",
                "\r\n",
                "IMPRESSION: ",
                "2.3 x 1 cm ",
            ]
        ),
        max_size=12,
    ),
)
def test_any_text_is_read_and_every_mention_slices(text: str, fragments: list[str], reader: Reader) -> None:
    note = Note("n", "p", date(2020, 6, 15), text + "".join(fragments))
    chart = abstract([note], reader)
    assert all(m.text == note.text[m.start : m.end] for m in chart.mentions)


@pytest.mark.parametrize(
    "text", ["x" * 60_000, "\n" * 60_000, "1/" * 15_000, "no " * 15_000, "(" * 15_000, "2 x " * 15_000, "<b>" * 15_000]
)
def test_hostile_text_is_read(text: str, reader: Reader) -> None:
    assert reader.read(Note("n", "p", date(2020, 6, 15), text)).note.text == text
