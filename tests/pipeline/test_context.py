"""What stock medspaCy gets wrong in this field, each settled here."""

from __future__ import annotations

import warnings

import pytest
from spacy.tokens import Doc

from extractor import rules as rule_files
from extractor.model import Note
from extractor.pipeline import build
from extractor.pipeline.context import unticked
from tests.conftest import Reads, by_label, only


@pytest.mark.parametrize(
    ("text", "context"),
    [
        ("He is negative for hematoma.", {"negated"}),
        ("IMPRESSION: no further bleeding.", {"negated"}),
        ("An abscess cannot be excluded.", {"uncertain"}),
        ("Risks include but are not limited to nerve injury.", {"risk"}),
        ("No complications other than a small hematoma.", set()),
        ("Mother had a pneumothorax.", {"family"}),
        ("Call for bleeding.", {"hypothetical"}),
        ("Small effusion, as expected.", {"expected"}),
    ],
)
def test_complications(reads: Reads, text: str, context: set[str]) -> None:
    assert set(only(reads(text), "COMPLICATION").context) == context


@pytest.mark.parametrize(
    ("text", "context"),
    [
        ("Cryoablation is scheduled for March.", {"planned"}),
        ("The cryoablation was cancelled.", {"cancelled"}),
        ("He underwent cryoablation in March.", set()),
    ],
)
def test_procedures(reads: Reads, text: str, context: set[str]) -> None:
    assert set(only(reads(text), "PROCEDURE").context) == context


def test_negation_stops_at_the_end_of_a_line(reads: Reads) -> None:
    found = [m for m in reads("No pneumothorax\nSmall hematoma").mentions if m.label == "COMPLICATION"]
    assert [(m.concept, m.has("negated")) for m in found] == [("pneumothorax", True), ("hemorrhage", False)]


def test_what_holds_of_one_label_does_not_leak_to_another_in_the_same_words(reads: Reads) -> None:
    read = reads("Possible recurrence in the scar.")
    progression = next(m for m in read.mentions if m.label == "PROGRESSION" and "recurrence" in m.text)
    setting = next(m for m in read.mentions if m.label == "SETTING")
    assert progression.has("uncertain")
    assert not setting.has("uncertain")


def test_overlaps_are_settled_with_a_reason(reads: Reads) -> None:
    read = reads("The ablation zone has contracted.")
    assert by_label(read, "PROCEDURE") == []
    assert by_label(read, "ZONE") == [("ablation zone", "zone")]


def test_other_ablations_are_no_procedures(reads: Reads) -> None:
    assert by_label(reads("Endometrial ablation in 2015, atrial fibrillation ablation in 2016."), "PROCEDURE") == []


def test_rule_ids_do_not_depend_on_order(reads: Reads) -> None:
    assert only(reads("Small PTX."), "COMPLICATION").rule_id == "complications#pneumothorax"


def test_importing_leaves_the_warning_filters_alone() -> None:
    assert ("ignore", None, Warning, None, 0) not in warnings.filters


def test_a_component_of_ones_own_runs_on_sentences_and_on_notes() -> None:
    def stars(doc: Doc) -> Doc:
        for token in doc:
            if token.text.lower() == "star":
                span = doc[token.i : token.i + 1]
                span.label_ = "STAR"
                doc.spans["found"].append(span)
        return doc

    note = Note("n", "p", __import__("datetime").date(2020, 1, 1), "No star. One star.")
    for kind in ("sentence_components", "note_components"):
        read = build(rule_files.load(), **{kind: [stars]}).read(note)
        assert [(m.start, m.end) for m in read.mentions if m.label == "STAR"] == [(3, 7), (13, 17)]


@pytest.mark.parametrize(
    ("text", "avoided"),
    [
        ("Monitored anesthesia care (general anesthesia avoided, EF 35 %).", ["general anesthesia"]),
        ("Sedation by the nurse, GA declined.", ["GA"]),
        ("Under general anesthesia, heat loss avoided by a blanket.", []),
    ],
)
def test_an_anesthesia_that_was_kept_from_is_none(reads: Reads, text: str, avoided: list[str]) -> None:
    assert [m.text for m in reads(text).mentions if m.label == "SETUP" and m.has("negated")] == avoided


def test_what_was_expected_of_the_ice_is_no_complication(reads: Reads) -> None:
    (rise,) = [m for m in reads("Blood pressure rose to 172/96 in the thaw, which we expected.").mentions if m.label == "COMPLICATION"]
    assert rise.context == {"expected"}
    assert not [m for m in reads("Core biopsy: organising pneumonia.").mentions if m.label == "COMPLICATION"]


def test_text_equals_slice(reads: Reads) -> None:
    read = reads("Ice ball 5 mm past the\nright lower lobe nodule. POD 2: small PTX.")
    assert read.mentions
    assert all(m.text == read.note.text[m.start : m.end] for m in read.mentions)


@pytest.mark.parametrize(
    ("text", "empty"),
    [
        ("Anesthesia: [x] General [ ] MAC [ ] Local only", ["MAC [ ]", "Local only"]),
        ("CT [x]  US [ ]  MRI [ ]", ["US", "MRI"]),
        ("Fever: [x] yes [ ] no      Bleeding at site: [ ] yes [x] no", ["Bleeding at site:"]),
        ("Fever: [ ] yes [x] no   Hematoma: [x] yes [ ] no", ["Fever:"]),
        ("Hematoma: no [x] yes [ ]   Fever: no [ ] yes [x]", ["Hematoma:"]),
        ("Pain 3/10. Hematoma ☐ Yes ☒ No", ["Hematoma"]),
        ("Hematoma: [ ] yes [ ] no", []),
        ("Anesthesia: [x] General [ ] MAC   Bleeding: [ ] Y [x] N", ["Bleeding:", "MAC"]),
        ("Guidance: ☐ US ☒ CT", ["US"]),
        ("( ) RFA (x) Cryo", ["RFA"]),
        ("Type: RFA [Y] / Cryo [N]", ["/ Cryo"]),
        ("[ ] Fluoroscopy. The patient was prone.", ["Fluoroscopy"]),
        ("No boxes (at all) here.", []),
    ],
)
def test_what_stands_at_a_box_left_empty(text: str, empty: list[str]) -> None:
    said = [text[a:b].strip() for a, b in unticked(text)]
    assert [s.removesuffix(" [ ]") for s in said] == [e.removesuffix(" [ ]") for e in empty]
