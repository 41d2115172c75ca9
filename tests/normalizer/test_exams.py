"""Exams without a report of their own, tissue in parts, and what a conclusion leaves open: fragments in many house styles."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from extractor.model import Note
from extractor.normalizer import abstract
from extractor.pipeline import Reader
from tests.normalizer.makers import SESSION

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


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("MRI ABDOMEN 9/1/2020; prior 4/20/2020 and outside MRI 5/5/2020 (on disc, looked at: no enhancement at the psoas zone).\nAdrenal zone: no recurrence.", ["2020-05-05 mri retroperitoneum no_progression", "2020-09-01 mri adrenal no_progression"]),
        ("MRI ABDOMEN 9/1/2020\nComparison 5/5/2020 (first after ablation: psoas zone 3 cm, no enhancement).\n\nAdrenal zone: no recurrence.", ["2020-05-05 mri retroperitoneum no_progression", "2020-09-01 mri adrenal no_progression"]),
        ("CT ABDOMEN 9/1/2020\n\nThe outside report of 5/5/2020 describes a psoas scar without recurrence.\n\nAdrenal zone: no recurrence.", ["2020-05-05 ct retroperitoneum no_progression", "2020-09-01 ct adrenal no_progression"]),
        ("CT ABDOMEN 9/1/2020\nIndication: sarcoma. We hold the report of her MRI from 5/5/2020, which described an adrenal zone without recurrence.\n\nPsoas zone: no recurrence.", ["2020-05-05 mri adrenal no_progression", "2020-09-01 ct retroperitoneum no_progression"]),
        ("CT ABDOMEN 9/1/2020\nCompared with 5/5/2020.\n\nPsoas zone 2 cm, no enhancement, neither in May nor now.", ["2020-05-05 ct retroperitoneum no_progression", "2020-09-01 ct retroperitoneum no_progression"]),
        ("CT ABDOMEN 9/1/2020\nCompared with 6/5/2020.\n\nThe rind of the psoas zone is no longer seen, as was the case in June.", ["2020-06-05 ct retroperitoneum no_progression", "2020-09-01 ct retroperitoneum no_progression"]),
        ("CT ABDOMEN 9/1/2020\nCompared with 5/5/2020.\n\nPsoas zone without recurrence (on 5/5/2020 it was larger, and that CT was read as no recurrence at the adrenal site).", ["2020-05-05 ct adrenal no_progression", "2020-09-01 ct retroperitoneum no_progression"]),
        ("CT ABDOMEN 9/1/2020\nCompared with 6/5/2020.\n\nPsoas zone: the nodule described in June is no longer seen.", ["2020-09-01 ct retroperitoneum no_progression"]),
        ("CT ABDOMEN 9/1/2020\n\nPsoas zone: no recurrence. Adrenal not assessed on this limited study.", ["2020-09-01 ct retroperitoneum no_progression"]),
    ],
)  # fmt: skip
def test_what_a_report_tells_of_other_exams(told: Tell, text: str, rows: list[str]) -> None:
    assert told(text, kind="radiology") == rows


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("MRI 8/20/2020: psoas zone quiet. She also brought a disc of the CT done on 6/2/2020 elsewhere. The report says: adrenal zone without recurrence.", ["2020-06-02 ct adrenal no_progression", "2020-08-20 mri retroperitoneum no_progression"]),
        ("MRI 8/20/2020: psoas zone quiet. CT chest that day: no metastases.", ["2020-08-20 ct - no_progression", "2020-08-20 mri retroperitoneum no_progression"]),
        ("MRI of 3 June 2020: psoas zone quiet. This month's, on 20 Aug 2020: no recurrence at the psoas zone.", ["2020-06-03 mri retroperitoneum no_progression", "2020-08-20 mri retroperitoneum no_progression"]),
        ("CT of the chest on the 24th has no metastases.", ["2020-08-24 ct - no_progression"]),
        ("The psoas rim was needled on 8/20/2020: scar, no tumor.", ["2020-08-20 pathology retroperitoneum no_progression"]),
        ("PET/CT 8/20/2020: psoas zone cold. Besides, a 14 mm lesion in the left gluteus medius muscle on that same PET, new.", ["2020-08-20 pet_ct - progression", "2020-08-20 pet_ct retroperitoneum no_progression"]),
        ("He had a CT in August, she was told the lungs are worse.", ["2020-08-01 ct - progression"]),
    ],
)  # fmt: skip
def test_exams_told_beside_others(told: Tell, text: str, rows: list[str]) -> None:
    assert told(text) == rows


def test_what_a_request_tells_is_no_finding(told: Tell) -> None:
    text = "CT abdomen 01/09/2020. Clinical details: sarcoma, indeterminate rim at the psoas zone in June. The psoas zone is smaller. The rim is gone. No residual tumour."
    assert "2020-09-01 ct retroperitoneum no_progression" in told(text, kind="radiology")


def test_an_exam_keeps_its_day_behind_a_bracket(told: Tell) -> None:
    text = "Had a CT at her sister's hospital (she was admitted there with a bad chest for most of a week in winter) 8/20/2020. Psoas zone smaller, no recurrence."
    assert told(text) == ["2020-08-20 ct retroperitoneum no_progression"]


def test_a_sheath_of_nerves_in_a_name_is_no_place(told: Tell) -> None:
    text = "The psoas zone was biopsied on 8/20/2020. The pathologist finds no malignant peripheral nerve sheath tumor."
    assert told(text) == ["2020-08-20 pathology retroperitoneum no_progression"]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("MRI of 8/20/2020.\n\nThe spot in the psoas zone that was unclear in May is no longer visible, no recurrence.", "no_progression"),
        ("PET/CT 8/20/2020: uptake at the psoas zone has gone back to SUVmax 2.9, no recurrence.", "no_progression"),
        ("PET/CT 8/20/2020: uptake at the psoas zone of SUVmax 7.9, recurrence.", "progression"),
    ],
)
def test_the_word_of_the_day_holds(told: Tell, text: str, status: str) -> None:
    assert [x for x in told(text) if "retroperitoneum" in x] == [
        f"2020-08-20 {'mri' if text[0] == 'M' else 'pet_ct'} retroperitoneum {status}"
    ]


def test_tumour_at_no_named_place_is_where_the_conclusion_says(told: Tell) -> None:
    found = "MRI ABDOMEN 9/1/2020\nComparison: 6/1/2020\nTissue beside the nerve is now 26 x 14 mm (was 9 x 4), enhancing.\n"
    concluded = "IMPRESSION: Growth of the residual tumor at the psoas ablation site."
    assert told(found + concluded, kind="radiology") == ["2020-09-01 mri retroperitoneum progression"]
    assert "2020-09-01 mri - progression" in told(found + "IMPRESSION: No recurrence at the psoas site. New metastasis.", kind="radiology")


def test_the_request_to_a_pathologist_tells_of_images(told: Tell) -> None:
    text = "SURGICAL PATHOLOGY\nCollected 08/25/2020\nClinical: nodule right upper lobe, new on CT 8/20/2020; washed out 06/2020, MRI with nodule.\n\nDIAGNOSIS: Leiomyosarcoma."
    assert told(text, kind="pathology") == ["2020-08-20 ct - progression", "2020-08-25 pathology - progression"]


@pytest.mark.parametrize(
    "text",
    [
        "MRI ABDOMEN AND CT CHEST 9/1/2020\n\nMRI: Psoas zone dark.\nCT: Airways normal.\nImpression MRI: No recurrence at the psoas zone.\nImpression CT: No metastases.",
        "EXAMINATION: MRI abdomen and CT chest, both 9/1/2020\n\nMRI (body reader): No recurrence at the psoas zone.\n\nCT (chest reader): No metastases.",
        "MRI ABDOMEN AND CT CHEST, SAME DAY\n\nMRI 9/1/2020 (compared to 6/1/2020 and to the PET): No recurrence at the psoas zone.\n\nCT 9/1/2020 (compared to the CT part of the PET 6/1/2020): No metastases.",
    ],
)
def test_parts_of_a_combined_report_are_headed_by_their_exam(told: Tell, text: str) -> None:
    assert told(text, kind="radiology") == ["2020-09-01 ct - no_progression", "2020-09-01 mri retroperitoneum no_progression"]


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


PARTS = "SURGICAL PATHOLOGY\nCollected 08/20/2020\n\n"


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("A. Psoas, left, zone edge, core x4: Fibrosis. No tumor.\nB. Breast, right, core x3: Leiomyosarcoma.", ["2020-08-20 pathology - progression", "2020-08-20 pathology retroperitoneum no_progression"]),
        ("A. Psoas, left, core biopsy: Liposarcoma.\nB. Soft tissue, left paraspinal L4, core biopsy: Liposarcoma.", ["2020-08-20 pathology - progression", "2020-08-20 pathology retroperitoneum progression"]),
        ("Submitted: A, liver, needle cores.\nB, left psoas, needle cores.\n\nDiagnosis.\nA, angiosarcoma, involving liver.\nB, scar, no angiosarcoma.", ["2020-08-20 pathology - progression", "2020-08-20 pathology retroperitoneum no_progression"]),
    ],
)  # fmt: skip
def test_parts_of_a_specimen_are_each_of_their_place(told: Tell, text: str, rows: list[str]) -> None:
    assert told(PARTS + text, kind="pathology") == rows


@pytest.mark.parametrize(
    ("text", "sites"),
    [
        ("MRI 8/20/2020: no recurrence at the notch or in the adrenal.", ["adrenal", "retroperitoneum"]),
        ("PET/CT 8/20/2020: no uptake at dome, adrenal or kidney sites.", ["adrenal", "retroperitoneum"]),
        ("MRI 8/20/2020: adrenal scar, smooth rim, no recurrence at this site or in the chest.", ["adrenal"]),
        ("MRI 8/20/2020: adrenal site quiet, they say that the rest of the exam is normal.", ["adrenal"]),
    ],
)  # fmt: skip
def test_the_one_item_of_a_list_that_no_rule_knows_is_the_one_lesion_left(told: Tell, text: str, sites: list[str]) -> None:
    assert [r.split()[2] for r in told(text) if " - " not in r] == sites


def test_an_exam_put_off_is_told_on_the_day_it_took_place(told: Tell) -> None:
    text = "The MRI of the abdomen, which had been postponed from June when the scanner broke down, finally took place on 19 August. No recurrence at either site."
    assert told(text, day="2020-09-15") == ["2020-08-19 mri adrenal no_progression", "2020-08-19 mri retroperitoneum no_progression"]


def test_what_is_explained_is_of_the_place_named(told: Tell) -> None:
    pair = {"one": "right pelvic side wall nodule", "two": "perihepatic implant"}
    text = "CT 8/20/2020: treated pelvic and perihepatic sites both quiet, no recurrence. Sigmoid mesentery nodule 14 → 21 mm, i.e. progression there."
    assert told(text, day="2020-09-15", **pair) == [
        "2020-08-20 ct - progression",
        "2020-08-20 ct pelvis no_progression",
        "2020-08-20 ct peritoneum no_progression",
    ]


def test_a_scar_older_than_any_session_is_none_of_its_zones(told: Tell) -> None:
    pair = {"one": "segment 6 of the liver", "two": "left iliac bone"}
    text = "CT CHEST AND LIVER 08/20/2020\n\nLeft pleural scar from 2014, bland. Liver zone: no recurrence."
    assert told(text, kind="radiology", **pair) == ["2020-08-20 ct liver no_progression"]


def test_a_zone_may_be_told_with_its_size_behind_it(told: Tell) -> None:
    text = "MRI abdomen 8/20/2020: liver zone 3.5 cm, no tumor."
    assert told(text, two="liver lesion, segment 6") == ["2020-08-20 mri liver no_progression"]


def test_an_unnamed_cavity_is_the_one_in_the_region_examined(told: Tell) -> None:
    text = "MRI PELVIS 09/01/2020\n\nCavity now 3.0 cm. A 6 mm focus at its edge, indeterminate.\n\nIMPRESSION: Focus at the edge of the ablation cavity, indeterminate."
    assert told(text, kind="radiology", one="left gluteal nodule", two="right lung nodule") == ["2020-09-01 mri gluteal indeterminate"]


def test_an_exam_told_in_an_emergency_note_without_a_day_was_made_there(told: Tell) -> None:
    text = "EMERGENCY DEPARTMENT NOTE 9/1/2020\nSeizure.\nCT head without contrast: no bleed, no metastasis."
    assert told(text, kind="other") == ["2020-09-01 ct - no_progression"]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (
            "The May MRI here was cancelled by the strike. She had it done in June 2020 near her home instead. Their report: no recurrence at the psoas site.",
            ["2020-06-01 mri retroperitoneum no_progression"],
        ),
        (
            "MRI 6/9/2020: the psoas ablation zone without recurrence, CT chest the same day without metastases.",
            ["2020-06-09 ct - no_progression", "2020-06-09 mri retroperitoneum no_progression"],
        ),
        ("She is well and the psoas zone was quiet when last seen: CT again in April.", []),
        (
            "MRI 6/9/2020: psoas and adrenal zones without recurrence. Thyroid nodule biopsied in July, benign.",
            ["2020-06-09 mri adrenal no_progression", "2020-06-09 mri retroperitoneum no_progression"],
        ),
        ("Her cat bit her on Saturday; the psoas site is clean, no recurrence.", []),
    ],
)
def test_exams_of_other_days_and_of_none(told: Tell, text: str, rows: list[str]) -> None:
    assert told(text) == rows


def test_tissue_told_below_the_day_of_images_is_not_of_that_day(told: Tell) -> None:
    rows = told("MRI 6/9 had been read as doubtful in front. Core biopsy of the psoas zone benign, six cores.")
    assert not [r for r in rows if "pathology" in r]


def test_a_report_dictated_in_one_go_is_read_behind_its_reason(told: Tell) -> None:
    text = "PET-CT, September 1, 2020.\n\nReason: doubtful rim in the left psoas. The psoas cavity is a thin line without uptake, there is no recurrence."
    assert told(text, kind="radiology") == ["2020-09-01 pet_ct retroperitoneum no_progression"]


def test_a_torn_tendon_that_grew_is_no_disease(told: Tell) -> None:
    text = "MRI SHOULDER AND PELVIS 09/01/2020\n\nIMPRESSION:\n1. Left psoas: no recurrence.\n2. Supraspinatus tear has progressed to full thickness.\n3. Torn labrum, the cleft 7 mm, larger than before."
    assert told(text, kind="radiology") == ["2020-09-01 mri retroperitoneum no_progression"]


def test_numbers_in_an_exam_of_one_organ_mean_all_that_have_them(told: Tell) -> None:
    assert told("MRI liver 6/9/2020: lesions 1 and 2 without recurrence.", one="segment 6 of the liver", two="Morison pouch implant") == [
        "2020-06-09 mri liver no_progression",
        "2020-06-09 mri peritoneum no_progression",
    ]


def test_new_tumours_over_several_places_are_none_of_a_treated_one(told: Tell) -> None:
    text = "CT ABDOMEN AND PELVIS 09/01/2020\n\nIMPRESSION:\n1. Presacral zone: no recurrence.\n2. New omental nodules and others in the pelvis, up to 21 mm, peritoneal metastases."
    assert told(text, kind="radiology", one="presacral mass", two="right adrenal nodule") == [
        "2020-09-01 ct - progression",
        "2020-09-01 ct pelvis no_progression",
    ]


LOBE = """PROCEDURE: CT-guided cryoablation of two metastases, right lower lobe
DATE: 03/10/2020

TECHNIQUE:
Lesion A: right lower lobe, central, 15 mm. Two cryoprobes. Two freeze cycles of 10 minutes.
Lesion B: right lower lobe, peripheral, 9 mm. One cryoprobe. Two freeze cycles of 8 minutes.
"""
OTHER = """PROCEDURE: CT-guided cryoablation, left upper lobe metastasis
DATE: 06/10/2020

TECHNIQUE:
The nodule is 12 mm. One cryoprobe. Two freeze cycles of 10 minutes.
"""


@pytest.fixture
def lettered(reader: Reader) -> Tell:
    """Assessments of later notes, (day, kind, text) each, where two of three treated lesions lie in one lobe, as "day lesion status" by size."""

    def read(*later: tuple[str, str, str]) -> Told:
        notes = [Note("p", "A", date(2020, 3, 10), LOBE, "procedure"), Note("r", "A", date(2020, 6, 10), OTHER, "procedure")]
        notes += [Note(f"x{n}", "A", date.fromisoformat(day), text, kind) for n, (day, kind, text) in enumerate(later)]
        chart = abstract(notes, reader)
        sizes = {row["lesion_id"]: row["size_mm"] for row in chart.lesions}
        return sorted(f"{a['date']} {sizes[a['lesion_id']]:g} {a['status']}" for a in chart.assessments if a["lesion_id"])

    return read


def test_a_lobe_that_heads_the_next_item_is_no_key_of_the_lesion_before_it(lettered: Tell) -> None:
    text = "CT CHEST 09/01/2020\n\nRight lower lobe, lesion A: ablation zone. No recurrence.\nLesion B: scar, no recurrence.\nLeft upper lobe: ablation zone with thin wall, no recurrence."
    assert lettered(("2020-09-01", "radiology", text)) == [
        "2020-09-01 12 no_progression",
        "2020-09-01 15 no_progression",
        "2020-09-01 9 no_progression",
    ]


def test_a_lesion_by_its_letter_and_one_by_its_place_share_what_is_said(lettered: Tell) -> None:
    text = "Seen today. CT of 09/01/2020: lesion A has recurred. Lesion B and the left upper lobe zone without recurrence."
    assert lettered(("2020-09-05", "clinic", text)) == [
        "2020-09-01 12 no_progression",
        "2020-09-01 15 progression",
        "2020-09-01 9 no_progression",
    ]


def test_tissue_of_a_place_that_two_share_is_of_the_one_that_was_suspect(lettered: Tell) -> None:
    seen = (
        "CT CHEST 09/01/2020\n\nLesion A: new enhancing nodule at the edge of the zone, local recurrence.\nLesion B: scar, no recurrence."
    )
    taken = "PATHOLOGY\nCollected: 09/10/2020\nCore biopsy, ablation zone, right lower lobe.\nDiagnosis: Leiomyosarcoma."
    told = lettered(("2020-09-01", "radiology", seen), ("2020-09-12", "pathology", taken))
    assert [x for x in told if x.startswith("2020-09-10")] == ["2020-09-10 15 progression"]


def test_the_rest_of_the_region_is_away_from_the_treated_place(told: Tell) -> None:
    text = "MRI ABDOMEN 09/01/2020\n\nLeft psoas zone without enhancement. No disease in the renal bed, the remaining retroperitoneum or the pelvis."
    assert "2020-09-01 mri - no_progression" in told(text, kind="radiology")


def test_images_told_by_their_month_are_not_those_of_another_region(told: Tell) -> None:
    text = "MRI PELVIS of 8/12/2020: nothing new. Chest CT from last month: lungs clear, no metastases."
    assert "2020-08-01 ct - no_progression" in told(text)


def test_either_alone_means_the_two_treated_places(told: Tell) -> None:
    text = "CT ABDOMEN 09/01/2020\n\nThe psoas site is now a pocket without solid tissue in its wall. The adrenal site is a scar. No sign of recurrence at either."
    assert told(text, kind="radiology") == ["2020-09-01 ct adrenal no_progression", "2020-09-01 ct retroperitoneum no_progression"]


@pytest.mark.parametrize(
    "findings",
    [
        "MRI\nPsoas: ablation zone without enhancement.\n\nCT\nLungs: right upper lobe metastasis 4 mm. No new nodules.",
        "ABDOMEN (MRI): Psoas ablation zone without enhancement.\n\nCHEST (CT): Lungs clear, no metastases.",
    ],
)
def test_parts_of_a_report_headed_by_their_exam(findings: str, told: Tell) -> None:
    text = f"MRI ABDOMEN and CT CHEST, 09/01/2020\nComparison 3/1/2020.\n\n{findings}\n"
    assert told(text, kind="radiology") == ["2020-09-01 ct - no_progression", "2020-09-01 mri retroperitoneum no_progression"]


@pytest.mark.parametrize(
    ("head", "findings", "day"),
    [
        (
            "EXAM: MRI ABDOMEN W CONTRAST    EXAM DATE: Sep 1, 2020\nEXAM: CT CHEST    EXAM DATE: Sep 1, 2020",
            "MRI: Psoas ablation zone without enhancement. No other abdominal disease.\nCT: Two lung nodules of 5 mm, stable since 2018.",
            "2020-09-01 ct",
        ),
        (
            "MRI ABDOMEN (C+)    Exam date: 1 Sep 2020\nPET-CT (FDG) WHOLE BODY    Exam date: 3 Sep 2020",
            "MRI (1 Sep)\nPsoas zone without enhancement. No other disease in the abdomen.\n\nPET-CT (3 Sep), FDG 300 MBq, glucose 5.4, read together\nNo metastasis in the lungs or bones.",
            "2020-09-03 pet_ct",
        ),
    ],
)
def test_a_report_on_two_exams_with_a_title_each(head: str, findings: str, day: str, told: Tell) -> None:
    rows = ["2020-09-01 mri - no_progression", "2020-09-01 mri retroperitoneum no_progression", f"{day} - no_progression"]
    assert told(f"{head}\nHx: sarcoma.\n\n{findings}\n", kind="radiology", day="2020-09-04") == sorted(rows)


def test_a_report_to_follow_leaves_what_was_seen_certain(told: Tell) -> None:
    text = "Abdominal CT today (9/1/2020), formal report to follow: psoas and adrenal zones smaller, neither with recurrence."
    assert told(text) == ["2020-09-01 ct adrenal no_progression", "2020-09-01 ct retroperitoneum no_progression"]


def test_what_another_exam_did_not_show_denies_no_doubt(told: Tell) -> None:
    text = "CT CHEST 09/01/2020\n\nFINDINGS: 4 mm lingular nodule, not seen on the staging CT of 2018, too small to characterize."
    assert told(text, kind="radiology") == ["2020-09-01 ct - indeterminate"]


def test_outside_blocks_received_are_old_tissue(told: Tell) -> None:
    text = (
        "SURGICAL PATHOLOGY\nReceived: outside slides of pelvic mass resection 02/2016\nReported: 8/29/2020\n\nDIAGNOSIS: Synovial sarcoma."
    )
    assert told(text, kind="pathology") == []


def test_exams_named_behind_the_day_of_all(told: Tell) -> None:
    text = "His scans were on 8/20/2020. MRI: no recurrent tumor at the psoas or the adrenal. CT chest: two new nodules, I fear metastases."
    assert told(text) == [
        "2020-08-20 ct - progression",
        "2020-08-20 mri adrenal no_progression",
        "2020-08-20 mri retroperitoneum no_progression",
    ]


def test_the_day_a_trouble_began_is_none_of_an_exam(told: Tell) -> None:
    text = "Left arm swollen since yesterday. Sent for duplex: clot in the axillary vein.\nRight side: a bit stiff as expected, improving by the day."
    assert told(text, kind="telephone") == []


def test_tissue_has_the_day_it_was_taken(told: Tell) -> None:
    text = "Biopsy of the psoas zone on 8/10/2020 (pathology 8/17/2020) without tumor."
    assert told(text) == ["2020-08-10 pathology retroperitoneum no_progression"]
    text = "He had a lung wedge on 8/10/2020; histology, issued 8/17/2020, confirms metastatic leiomyosarcoma."
    assert told(text) == ["2020-08-10 pathology - progression"]


def test_doubt_of_what_was_just_seen(told: Tell) -> None:
    text = "CT 8/20/2020: both zones quiet. A 3 mm speck has appeared in the lingula. With his bronchitis it may be nothing."
    assert told(text)[:1] == ["2020-08-20 ct - indeterminate"]


def test_what_lies_beside_a_treated_place_and_was_not_seen(told: Tell) -> None:
    text = "Ultrasound of the groin 8/20/2020\n\nThe treated node is flat. No recurrence. Lymph nodes in the rest of the groin were not assessed."
    pair = {"one": "left inguinal lymph node", "two": "left thigh nodule"}
    assert told(text, kind="radiology", **pair) == ["2020-08-20 us lymph_node no_progression"]


def test_exams_listed_with_their_days_are_told_by_their_names_alone(told: Tell) -> None:
    text = "Tumour board 1 September 2020\n\nFor review: MRI abdomen 24/08/2020, CT chest 25/08/2020.\nRadiology (KT): MRI - psoas and adrenal sites flat, no recurrence. CT chest - no metastases.\nPlan: MRI in six months."
    assert told(text, kind="other") == [
        "2020-08-24 mri adrenal no_progression",
        "2020-08-24 mri retroperitoneum no_progression",
        "2020-08-25 ct - no_progression",
    ]


def test_slides_of_an_earlier_biopsy_seen_again_are_no_finding(told: Tell) -> None:
    text = "SURGICAL PATHOLOGY\nCollected: 08/20/2020\nMaterial: three cylinders from the treated psoas area, left.\nMicroscopy: Fibrosis and old blood.\nDiagnosis: Scar tissue. No tumor in the treated area.\nThe slides of the biopsy of May 2019 (same site, leiomyosarcoma) were reviewed for comparison."
    assert told(text, day="2020-08-24", kind="pathology") == ["2020-08-20 pathology retroperitoneum no_progression"]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (
            "MRI of the abdomen with a CT of the chest, both done today. On the MRI the rim of the left psoas ablation zone has thickened; this is local progression of the nodule described in May. The CT of the chest is clear.",
            ["2020-09-01 mri retroperitoneum progression"],
        ),
        (
            "MRI of the abdomen and CT of the chest, both of today. There is no recurrence at either site. On the chest CT there are no pulmonary metastases; two granulomas have been there since 2015.",
            [
                "2020-09-01 ct - no_progression",
                "2020-09-01 mri adrenal no_progression",
                "2020-09-01 mri retroperitoneum no_progression",
            ],
        ),
        (
            "MRI ABDOMEN + CT CHEST, 09/01/2020\n\nMRI. Psoas zone without recurrence. Abdomen: no new lesions.\nCT CHEST. A 5 mm nodule, too small to characterize.\n\nIMPRESSION: No recurrence. On CT, an indeterminate nodule.",
            ["2020-09-01 ct - indeterminate", "2020-09-01 mri - no_progression"],
        ),
    ],
)
def test_a_sentence_that_opens_with_an_exam_of_the_title_is_of_the_report(told: Tell, text: str, rows: list[str]) -> None:
    assert [r for r in told(text, kind="radiology") if r in rows] == rows


def test_a_sentence_that_opens_with_an_earlier_exam_is_not_of_the_report(told: Tell) -> None:
    text = "MRI ABDOMEN 09/01/2020\n\nOn the previous MRI of 6/2/2020 the psoas zone had a recurrence.\nPsoas and adrenal zones without recurrence today."
    assert "2020-09-01 mri retroperitoneum no_progression" in told(text, kind="radiology")


def test_the_treated_lesions_by_their_number_without_all(told: Tell) -> None:
    text = "PET/CT 8/20/2020: the two treated nodules, one on the left and one on the right, take up no tracer, there is no recurrence."
    assert told(text) == ["2020-08-20 pet_ct adrenal no_progression", "2020-08-20 pet_ct retroperitoneum no_progression"]


def test_the_other_sites_by_their_number_are_those_beside_the_one_just_told(reader: Reader) -> None:
    done = SESSION.format(one="left psoas nodule", two="right adrenal nodule").replace(
        "COMPLICATIONS", "Target 3: left deltoid nodule, 1.4 cm. One cryoprobe. Two freeze cycles.\n\nCOMPLICATIONS"
    )
    text = "CT 09/01/2020\n\nEach of the three zones has an enhancing nodule. Summing up, the finding at the psoas is indeterminate in this man with sarcoma, the two other sites are without recurrence, and nothing is new."
    notes = [Note("p", "A", date(2020, 3, 10), done, "procedure"), Note("q", "A", date(2020, 9, 1), text, "radiology")]
    chart = abstract(notes, reader)
    sites = {row["lesion_id"]: row["site"] for row in chart.lesions}
    read = {sites[a["lesion_id"]]: a["status"] for a in chart.assessments if a["lesion_id"]}
    assert read == {"retroperitoneum": "indeterminate", "adrenal": "no_progression", "shoulder": "no_progression"}


def test_of_two_places_of_one_side_the_one_called_by_the_word_before_the_scar(told: Tell) -> None:
    pair = {"one": "left seventh rib lesion", "two": "left basal pleural nodule"}
    text = "CT CHEST 09/01/2020\n\nAlong the treated left seventh rib there is a cuff of tissue that may be recurrence. The pleural scar at the left base is unchanged."
    assert told(text, kind="radiology", **pair) == ["2020-09-01 ct bone indeterminate", "2020-09-01 ct pleura no_progression"]


@pytest.mark.parametrize(
    ("head", "several"), [("CT CHEST 06/09/2021", True), ("CT chest of 06/09/2021", False), ("CT CHEST 02/02/2021", False)]
)
def test_a_second_report_whose_findings_follow_its_head_in_the_line(head: str, several: bool, reader: Reader) -> None:
    session = "PROCEDURE: CT-guided cryoablation, left psoas nodule\nDATE: 03/01/2021\nTwo cryoprobes in the left psoas nodule, 21 mm. Ice covers it with 7 mm."
    exam = f"MRI PELVIS 06/09/2021\nPsoas: ablation zone without enhancement.\nIMPRESSION: 1. No recurrence at the psoas ablation zone. 2. No new disease in the pelvis.\n\n{head}: No nodules. Heart normal. IMPRESSION: No pulmonary metastasis."
    notes = [Note("a", "p", date(2021, 3, 1), session, "procedure"), Note("b", "p", date(2021, 6, 9), exam, "radiology")]
    rows = abstract(notes, reader).assessments
    assert (("ct", "distant", date(2021, 6, 9)) in {(r["modality"], r["scope"], r["date"]) for r in rows}) == several


def test_images_of_the_brain_and_of_the_trunk_on_one_day_are_two_exams(told: Tell) -> None:
    text = "Brain MRI 8/20/2020 found a new 9 mm left parietal metastasis. No seizures. MRI abdomen 8/20/2020: left psoas ablation zone unchanged, no recurrence."
    rows = told(text)
    assert "2020-08-20 mri retroperitoneum no_progression" in rows
    assert "2020-08-20 mri - progression" in rows


def test_exams_listed_by_letters_in_one_report(told: Tell) -> None:
    text = "IMAGING REPORT of 14-sep-2020\nA) MRI of abdomen, 12-sep-2020. Psoas: cavity of ablation, no recurrence.\nB) CT of thorax, 13-sep-2020. New nodule of 9 mm in the right lung, metastasis."
    assert told(text, day="2020-09-14", kind="radiology") == [
        "2020-09-12 mri retroperitoneum no_progression",
        "2020-09-13 ct - progression",
    ]


def test_a_small_new_nodule_called_indeterminate_in_the_next_sentence(told: Tell) -> None:
    text = "CT CHEST 8/20/2020\nNew 4 mm right lower lobe nodule. Too small to characterize."
    assert told(text, kind="radiology") == ["2020-08-20 ct - indeterminate"]


def test_what_was_not_seen_in_a_month_tells_no_exam_of_it(told: Tell) -> None:
    text = "Imaging reviewed (both of 9 August 2020):\n- MRI abdomen: psoas zone 15 mm, no recurrence.\n- CT chest: a right lower lobe nodule not seen in February, metastasis."
    assert told(text) == ["2020-08-09 ct - progression", "2020-08-09 mri retroperitoneum no_progression"]


@pytest.mark.parametrize("words", ["In segment 4b the 21 mm zone has", "In the 21 mm zone of segment 4b is"])
def test_a_figure_of_a_place_is_no_day_of_another_exam(told: Tell, words: str) -> None:
    text = f"MRI LIVER 09/01/2020\n\nThe segment 6 zone is smaller, no recurrence. {words} a 7 mm focus of doubtful nature, indeterminate."
    rows = told(text, kind="radiology", one="liver segment 6 nodule", two="liver segment 4b nodule")
    assert rows == ["2020-09-01 mri liver indeterminate", "2020-09-01 mri liver no_progression"]


def test_a_site_called_by_a_word_of_the_treated_lesion_is_it(told: Tell) -> None:
    text = "PET/CT 8/20/2020: presacral site without uptake, no recurrence; left obturator site likewise no recurrence."
    pair = {"one": "presacral mass in the midline", "two": "left obturator lymph node"}
    assert told(text, **pair) == ["2020-08-20 pet_ct lymph_node no_progression", "2020-08-20 pet_ct pelvis no_progression"]


@pytest.mark.parametrize(
    "added",
    [
        "ADDENDUM to CT abdomen of 08/20/2020:\nGone over at the MDT. The enhancement beside the psoas ablation zone is a vein and is not tumor. No recurrence.",
        "Addendum, CT abdomen dated 8/20/2020: On second look the enhancing structure at the psoas zone is a vein. There is no recurrence.",
        "Supplementary report 01.09.2020 to CT of 20.08.2020\nThe enhancement at the psoas ablation zone is a vein, no recurrence.",
        "ADDENDUM: The enhancing structure at the psoas ablation zone is a vein. There is no recurrence.",
    ],
)
def test_an_addendum_in_a_note_of_its_own_is_of_the_exam_that_it_names_or_the_last_one(reader: Reader, added: str) -> None:
    report = "CT ABDOMEN 08/20/2020\n\nPsoas ablation zone: enhancing nodule of 9 mm, recurrence."
    notes = [
        Note("p", "A", date(2020, 3, 10), SESSION.format(one="left psoas nodule", two="right adrenal nodule"), "procedure"),
        Note("q", "A", date(2020, 8, 20), report, "radiology"),
        Note("r", "A", date(2020, 9, 1), added, "radiology"),
    ]
    chart = abstract(notes, reader)
    psoas = next(row["lesion_id"] for row in chart.lesions if row["site"] == "retroperitoneum")
    assert [(str(a["date"]), a["status"]) for a in chart.assessments if a["lesion_id"] == psoas] == [("2020-08-20", "no_progression")]


@pytest.mark.parametrize(
    "text",
    [
        "MRI ABDOMEN 09/01/2020\n\nNon-diagnostic for motion; the psoas ablation bed cannot be assessed.",
        "MRI ABDOMEN 09/01/2020\n\nThe psoas ablation zone could not be evaluated for recurrence owing to metal artifact.",
        "MRI ABDOMEN 09/01/2020\n\nEvaluation for residual tumor at the psoas ablation zone is limited by motion.",
    ],
)
def test_an_exam_that_could_not_tell_is_none(told: Tell, text: str) -> None:
    assert told(text, kind="radiology") == []


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("MRI 8/27/2020: stable psoas ablation zone. The scan before last (5/12/2020) had raised the question of a nodule there, which has gone.", "indeterminate"),
        ("MRI 8/27/2020: recurrence at the psoas ablation zone. The one before, on 5/12/2020, was read as clean.", "no_progression"),
        ("MRI 8/27/2020: recurrence at the psoas ablation zone. The previous one of 5/12/2020 was equivocal.", "indeterminate"),
    ],
)  # fmt: skip
def test_the_exam_before_the_one_told_last_has_its_own_day_and_reading(told: Tell, text: str, then: str) -> None:
    assert told(f"Clinic visit. She is well.\n{text}")[0] == f"2020-05-12 mri retroperitoneum {then}"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Psoas ablation zone with residual low-grade activity, felt to be reactive.", "no_progression"),
        ("Psoas ablation zone: persistent mild uptake, likely post-procedural.", "no_progression"),
        ("Psoas ablation zone: residual intense uptake.", "residual"),
        ("Psoas ablation zone non-avid. Residual physiologic bowel activity.", "no_progression"),
        ("Psoas ablation zone at the level of background.", "no_progression"),
        ("Psoas ablation zone with Deauville 5 uptake at its tip.", "progression"),
    ],
)
def test_uptake_left_over_is_tumor_where_it_is_more_than_faint(told: Tell, text: str, status: str) -> None:
    assert told(f"PET/CT 09/01/2020\n\n{text}", kind="radiology") == [f"2020-09-01 pet_ct retroperitoneum {status}"]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Tumor board. MRI 8/20/2020 was reported as without recurrence; on our review there is a nodular enhancement of 8 mm at the psoas zone.", "progression"),
        ("CT 8/20/2020 was initially read as recurrence at the psoas zone. Our radiologist reviewed the images and calls it post-ablation change, no recurrence.", "no_progression"),
    ],
)  # fmt: skip
def test_of_an_exam_told_as_read_twice_the_second_reading_holds(told: Tell, text: str, status: str) -> None:
    rows = told(f"Clinic visit. She is well.\n{text}")
    assert [r.split()[-1] for r in rows if "retroperitoneum" in r] == [status]


def test_an_exam_named_again_by_its_day_is_told_there(told: Tell) -> None:
    text = "Board, Mr A.\nImaging reviewed: MRI 5/12/2020 and MRI 8/27/2020. The 5/12 study had no recurrence at the psoas ablation zone. On 8/27 there is a new enhancing nodule at the psoas zone."
    assert told(text) == ["2020-05-12 mri retroperitoneum no_progression", "2020-08-27 mri retroperitoneum progression"]


def test_an_exam_that_says_the_same_repeats_the_one_told_before_it(told: Tell) -> None:
    text = "Clinic visit. She is well.\nCT 8/27/2020: psoas ablation zone without recurrence. CT of 5/12/2020 likewise OK."
    assert told(text) == ["2020-05-12 ct retroperitoneum no_progression", "2020-08-27 ct retroperitoneum no_progression"]


def test_a_row_of_a_table_goes_on_with_its_first_cell(told: Tell) -> None:
    text = "MRI ABDOMEN 09/01/2020\n\n| Psoas ablation zone | 32 mm | 41 mm | no enhancement |\n| Iliac node | 6 mm | 6 mm | stable |"
    assert told(text, kind="radiology") == ["2020-09-01 mri - no_progression", "2020-09-01 mri retroperitoneum no_progression"]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (
            "CT chest and MRI abdomen on 8/20/2020: lungs clear; psoas ablation zone without recurrence.",
            ["2020-08-20 ct - no_progression", "2020-08-20 mri retroperitoneum no_progression"],
        ),
        (
            "PET/CT and MRI abdomen, both 8/20/2020: psoas ablation zone without FDG uptake and without enhancement on MRI. Whole body: no FDG-avid metastases.",
            ["2020-08-20 mri retroperitoneum no_progression", "2020-08-20 pet_ct - no_progression", "2020-08-20 pet_ct retroperitoneum no_progression"],
        ),
        (
            "MRI (8/20/2020) and PET (8/21/2020), each negative at the psoas ablation site.",
            ["2020-08-20 mri retroperitoneum no_progression", "2020-08-21 pet_ct retroperitoneum no_progression"],
        ),
    ],
)  # fmt: skip
def test_two_exams_of_one_day_each_have_what_is_of_their_region_or_name(told: Tell, text: str, rows: Told) -> None:
    assert told(f"Clinic visit.\nShe is well.\n{text}") == rows


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("A 12 mm strip of viable tumor remains at the edge of the psoas zone.", "residual"),
        ("The part of the psoas lesion not included in the ice measures 14 mm and enhances.", "residual"),
        ("Residual or recurrent tumor at the psoas ablation zone.", "residual"),
        ("Uptake at the psoas ablation zone, residual tumor or inflammation.", "indeterminate"),
    ],
)
def test_a_part_left_untreated_is_residual_tumor(told: Tell, text: str, status: str) -> None:
    assert told(f"MRI ABDOMEN 09/01/2020\n\n{text}", kind="radiology") == [f"2020-09-01 mri retroperitoneum {status}"]


@pytest.mark.parametrize(
    "text",
    [
        "New axillary nodes.",
        "Interval development of a 9 mm inguinal node.",
        "The 9 mm right upper lobe nodule seen in January is now 14 mm.",
    ],
)
def test_new_nodes_and_what_has_grown_elsewhere_are_progression(told: Tell, text: str) -> None:
    report = f"CT CHEST AND ABDOMEN 09/01/2020\n\nPsoas ablation zone: no enhancement.\n{text}"
    assert told(report, kind="radiology")[0] == "2020-09-01 ct - progression"


def test_a_question_mark_stands_before_what_is_in_doubt(told: Tell) -> None:
    assert told(
        "Clinic visit. She is well.\nMRI 8/20/2020: psoas ablation zone with a 7 mm nodule at its lateral margin, ? recurrence."
    ) == ["2020-08-20 mri retroperitoneum indeterminate"]


def test_a_node_beside_a_treated_muscle_is_elsewhere(told: Tell) -> None:
    text = "Clinic visit. She is well.\nMRI 8/20/2020: psoas ablation zone unchanged. Known retroperitoneal node 11 mm -> 16 mm."
    assert told(text) == ["2020-08-20 mri - progression", "2020-08-20 mri retroperitoneum no_progression"]


def test_the_heading_of_exams_made_since_dates_no_session(reader: Reader) -> None:
    text = "Surveillance visit\nImaging since cryoablation: 3 mo (5/4/21) MRI no residual."
    assert abstract([Note("p", "A", date(2021, 9, 30), text, "clinic")], reader).procedures == ()
