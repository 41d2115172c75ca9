"""Exams without a report of their own, tissue in parts, and what a conclusion leaves open: fragments in many house styles."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from extractor.model import Note
from extractor.normalizer import abstract
from extractor.pipeline import Reader

SESSION = """PROCEDURE: CT-guided cryoablation
DATE: 03/10/2020
ANESTHESIA: General.

TECHNIQUE:
Target 1: {one}, 2.2 x 1.9 cm. Two cryoprobes. Two freeze cycles of 10 minutes.
Target 2: {two}, 1.6 cm. One cryoprobe. Two freeze cycles of 8 minutes.

COMPLICATIONS: None.
"""
NP, P, R, Q = "no_progression", "progression", "residual", "indeterminate"
Told = list[str]
Tell = Callable[..., Told]


@pytest.fixture
def told(reader: Reader) -> Tell:
    """Assessments of a later note as "day modality site status", "-" for disease elsewhere."""

    def read(
        text: str, day: str = "2020-09-01", kind: str = "clinic", one: str = "left psoas nodule", two: str = "right adrenal nodule"
    ) -> Told:
        notes = [
            Note("p", "A", date(2020, 3, 10), SESSION.format(one=one, two=two), "procedure"),
            Note("q", "A", date.fromisoformat(day), text, kind),
        ]
        chart = abstract(notes, reader)
        sites = {row["lesion_id"]: str(row["site"]) for row in chart.lesions}
        return sorted(f"{a['date']} {a['modality']} {sites.get(a['lesion_id'], '-')} {a['status']}" for a in chart.assessments)

    return read


def test_places_that_share_a_plural_noun_share_its_status(told: Tell) -> None:
    pair = {"one": "left inguinal lymph node", "two": "left calf nodule"}
    assert told("PET/CT 8/20/2020: both the groin and the calf sites cold.", **pair) == [
        "2020-08-20 pet_ct lower_extremity no_progression",
        "2020-08-20 pet_ct lymph_node no_progression",
    ]
    assert told("CT 8/20/2020: lung nodule 5 mm larger and the groin and calf sites quiet.", **pair)[:1] == ["2020-08-20 ct - progression"]


def test_doubt_that_has_gone_is_none(told: Tell) -> None:
    text = "CT ABDOMEN 09/01/2020\n\nIMPRESSION: Ablation sites quiet, previous equivocal nodule gone."
    assert told(text, kind="radiology") == ["2020-09-01 ct adrenal no_progression", "2020-09-01 ct retroperitoneum no_progression"]


def test_what_a_conclusion_only_names_is_left_as_doubtful_as_the_findings_left_it(told: Tell) -> None:
    text = "CT ABDOMEN 09/01/2020\n\nPsoas zone: a 6 mm enhancing spot at its rim, recurrence cannot be excluded.\n\nIMPRESSION: Psoas ablation zone with enhancing nodule as above."
    assert told(text, kind="radiology") == ["2020-09-01 ct retroperitoneum indeterminate"]


def test_an_exam_compared_with_is_told_in_its_bracket(told: Tell) -> None:
    text = "CT ABDOMEN 09/01/2020\nCompared with 4/14/2020 and 6/16/2020 (which showed both ablation zones smaller, no nodules).\n\nPsoas zone stable."
    assert told(text, kind="radiology") == [
        "2020-06-16 ct adrenal no_progression",
        "2020-06-16 ct retroperitoneum no_progression",
        "2020-09-01 ct retroperitoneum no_progression",
    ]


def test_a_note_of_an_emergency_department_is_no_report_though_it_has_an_exam(told: Tell) -> None:
    text = "EMERGENCY DEPARTMENT NOTE 9/1/2020\nBack pain.\nExam: no fever.\nMRI spine 9/1/2020: new L2 metastasis.\nCT abdomen 8/28/2020: psoas and adrenal treated areas without recurrence."
    assert told(text, kind="other") == [
        "2020-08-28 ct adrenal no_progression",
        "2020-08-28 ct retroperitoneum no_progression",
        "2020-09-01 mri - progression",
    ]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("Biopsy 8/20/2020 confirmed UPS. A hematoma after it needed a night in hospital.", ["2020-08-20 pathology - progression"]),
        ("Right groin node, positive on FNA of 8/20/2020.", ["2020-08-20 pathology - progression"]),
        ("EBUS of the subcarinal node on 8/20/2020 showed leiomyosarcoma.", ["2020-08-20 pathology - progression"]),
        ("A needle sample of the neck lump on 8/20/2020 contained liposarcoma.", ["2020-08-20 pathology - progression"]),
        ("Two weeks from left groin dissection (8/20/2020), 2 of 11 nodes with leiomyosarcoma.", ["2020-08-20 pathology - progression"]),
        ("Dr. *** dissected the left axilla on 8/20/2020: tumor in 1 of 9 nodes.", ["2020-08-20 pathology - progression"]),
        ("Excision of the scalp nodule on 8/20/2020. Path from that day: leiomyosarcoma. The ablated sites were stable on the July scan.", ["2020-07-01 ct adrenal no_progression", "2020-07-01 ct retroperitoneum no_progression", "2020-08-20 pathology - progression"]),
        ("Left psoas, residual tumor; a right thigh nodule, biopsied 8/20/2020 (UPS).", ["2020-08-20 pathology - progression"]),
            ],
)  # fmt: skip
def test_tissue_told_in_a_note(told: Tell, text: str, rows: list[str]) -> None:
    assert told(text) == rows


def test_a_result_that_came_back_is_no_recurrence(told: Tell) -> None:
    text = "Core of the left external iliac node 8/20/2020 came back UPS."
    assert told(text, one="left pelvic sidewall nodule") == ["2020-08-20 pathology - progression"]


def test_a_second_look_at_old_tissue_is_no_exam(told: Tell) -> None:
    text = "PATHOLOGY CONSULTATION - REVIEW OF OUTSIDE SLIDES\nReceived 08/20/2020.\nMaterial: six slides, thigh resection 2014.\n\nDIAGNOSIS: Leiomyosarcoma."
    assert told(text, kind="pathology") == []
    taken = text.replace("Received 08/20/2020.", "Collected 08/12/2020. Received 08/20/2020.")
    assert told(taken, kind="pathology") == ["2020-08-12 pathology - progression"]


def test_stains_that_are_negative_say_nothing_of_tumour(told: Tell) -> None:
    text = "SURGICAL PATHOLOGY\nCollected 08/20/2020\nPsoas, left, core biopsy.\nDesmin and SMA negative."
    assert told(text, kind="pathology") == []


def test_a_level_reached_and_clear_urine_are_no_look_for_tumour(told: Tell) -> None:
    text = "CT 8/20/2020: hydronephrosis down to the level of the treated psoas mass. A nephrostomy drains clear urine."
    assert told(text) == []


def test_an_outside_exam_may_speak_of_the_treated_place(told: Tell) -> None:
    text = "Outside CT 8/20/2020: no recurrence at rib."
    assert told(text, one="left seventh rib lesion") == ["2020-08-20 ct bone no_progression"]


def test_either_site_is_the_two_that_the_exam_told(reader: Reader) -> None:
    text = """MRI CHEST WALL AND PELVIS 09/01/2020

Left serratus zone 26 mm, no enhancement.
Left gluteus maximus zone 40 mm, smooth rim.

IMPRESSION: No tumor at either ablation site."""
    lung = SESSION.format(one="right lower lobe nodule", two="left upper lobe nodule").replace("03/10/2020", "03/10/2019")
    soft = SESSION.format(one="left chest wall mass", two="left gluteal mass")
    notes = [
        Note("o", "A", date(2019, 3, 10), lung, "procedure"),
        Note("p", "A", date(2020, 3, 10), soft, "procedure"),
        Note("q", "A", date(2020, 9, 1), text, "radiology"),
    ]
    chart = abstract(notes, reader)
    sites = {row["lesion_id"]: str(row["site"]) for row in chart.lesions}
    assert sorted(sites[a["lesion_id"]] for a in chart.assessments) == ["chest_wall", "gluteal"]


def test_minutes_that_begin_with_an_exam_shown_are_no_report_of_it(told: Tell) -> None:
    text = """SARCOMA TUMOR BOARD, September 1, 2020
MRI 8/20 shown. Left psoas zone has a live strip, residual.
Options: watch, or freeze again now that the nodule has shrunk off the ureter."""
    assert told(text, kind="other") == ["2020-08-20 mri retroperitoneum residual"]
