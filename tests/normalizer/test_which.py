"""Which lesions a session treated: landmarks, heights, other procedures, other sessions, sides told elsewhere."""

from __future__ import annotations

from datetime import date

import pytest

from extractor import Note, abstract
from extractor.pipeline import Reader

DAY = date(2021, 3, 4)
REPORTS = [
    (
        "a vertebra told behind a soft tissue tumour is how high it lies",
        "PROCEDURE: Cryoablation of right psoas and left eighth rib metastases.\n\nThe psoas was done first. The mass measured 28 mm at L2. Two probes, margin 6 mm all around.\n\nThen the left eighth rib lesion, 17 mm, one probe, margin 9 mm all around.",
        ["bone left 17", "retroperitoneum right 28"],
    ),
    (
        "another procedure's place in a title",
        "PROCEDURES: 1) Cryoablation of left iliac metastasis; 2) Osteoplasty, left acetabular roof\n\nLytic lesion, 31 mm. Three probes. Ice covers the lesion with 6 mm to spare on every side. Cement then filled the defect.",
        ["bone left 31"],
    ),
    (
        "a sentence of another time in the head",
        "IR brief note\nReason: second cryoablation; the first was the left paraspinal site last May.\nCryoablation of a left deltoid metastasis.\n\nNodule 24 mm. Two probes. Ice 7 mm beyond it all around.",
        ["shoulder left 24"],
    ),
    (
        "sites treated before are counted as quiet",
        "RIGHT RENAL CRYOABLATION\n\nPre: metastatic leiomyosarcoma. Two treated sites quiet; kidney lesion growing.\n\nTwo probes into the 22 mm upper pole tumor. Ice 7 mm beyond it all around.",
        ["kidney right 22"],
    ),
    (
        "what is only passed on the way is no target",
        "PROCEDURE: cryoablation of the abdominal wall tumor\n\nA serosal tear made by the surgeon on the way in was closed by him at once. Three probes were laid through the mass, which was 41 mm. Ice 8 mm beyond it all around.",
        ["abdominal_wall - 41"],
    ),
    (
        "the diagnosis says where a mass beside a landmark lies",
        "Pre-op dx: leiomyosarcoma, right chest wall\nProcedure: US guided cryoablation\n\nUS shows the mass in the muscle over the eighth rib, 33 x 20 mm. Three probes. Ice 8 mm beyond it all around.",
        ["chest_wall right 33"],
    ),
    (
        "a report below a brief note and its disposition",
        "BRIEF NOTE\nProcedure: cryoablation x 2 targets\nAnesthesia: general\nDispo: ward overnight.\n\nDICTATED REPORT\nTarget A, right adrenal, 2.4 cm: two probes. Ice 8 mm past it everywhere.\n\nTarget B, left tenth rib, 1.9 cm: one probe. Ice 6 mm past it everywhere.",
        ["adrenal right 24", "bone left 19"],
    ),
]


@pytest.mark.parametrize(("text", "lesions"), [r[1:] for r in REPORTS], ids=[r[0] for r in REPORTS])
def test_targets_of_a_report(reader: Reader, text: str, lesions: list[str]) -> None:
    chart = abstract([Note("n", "p", DAY, text, "procedure")], reader)
    assert sorted(f"{r['site']} {r['laterality'] or '-'} {round(r['size_mm'] or 0)}" for r in chart.lesions) == lesions


def test_a_correction_of_one_target_leaves_the_other_sessions_alone(reader: Reader) -> None:
    text = (
        "A  Left kidney upper pole, 21 mm. Microwave, one antenna. Zone 6 mm beyond it everywhere.\n\n"
        "B  Inguinal node, left, 16 mm. Cryo, one needle. Ice 6 mm beyond it everywhere.\n\n"
        "Addendum 5.3.21: item B should read RIGHT inguinal node. Consent and marking all right."
    )
    chart = abstract([Note("n", "p", DAY, text, "procedure")], reader)
    assert sorted((r["site"], r["laterality"]) for r in chart.lesions) == [("kidney", "left"), ("lymph_node", "right")]


def test_the_title_gives_the_side_where_other_notes_disagree(reader: Reader) -> None:
    report = "PROCEDURE: Percutaneous cryoablation of two right thoracic lesions.\n\nLesion A, the posterior pleural implant, measures 23 mm. Two probes.\n\nLesion B, in the intercostal muscle of the fifth interspace, measures 15 mm. One probe."
    later = "CT chest\nRight pleural thickening of the treated implant, no recurrence. Left pleura with a new small nodule."
    notes = [Note("a", "p", DAY, report, "procedure"), Note("b", "p", date(2021, 9, 1), later, "radiology")]
    assert {r["laterality"] for r in abstract(notes, reader).lesions} == {"right"}


def test_a_told_session_lies_where_the_next_note_tells(reader: Reader) -> None:
    scan = "CT chest 3/4/2021\nINDICATION: sarcoma. RFA elsewhere 11/2020.\nLUNGS: zone without nodularity."
    visit = (
        "He had not had any drug when a first lung nodule, left lower lobe, 14 mm, was found. "
        "In November 2020 he had radiofrequency ablation of that nodule at another hospital. No margin is given."
    )
    notes = [Note("a", "p", DAY, scan, "radiology"), Note("b", "p", date(2021, 3, 9), visit, "clinic")]
    (lesion,) = abstract(notes, reader).lesions
    assert (lesion["site"], lesion["laterality"]) == ("lung", "left")


LISTED = "Clinic. MRI 2/1/2021: 18 mm nodule of the right paraspinal muscle at L3 and 23 mm lesion of the right iliac crest."


@pytest.mark.parametrize(
    ("text", "before", "lesions"),
    [
        (
            "PROCEDURE: CT guided cryoablation of both lesions\nANESTHESIA: general\n\nFour probes in total. Ice at least 6 mm beyond both.",
            LISTED,
            ["bone right 23", "paraspinal right 18"],
        ),
        (
            "PROCEDURE: CT guided cryoablation\n\nLesion 1: 19 mm, two probes, 6 mm margin. Lesion 2: 24 mm, two probes, 5 mm margin.",
            LISTED,
            ["bone right 24", "paraspinal right 19"],
        ),
        (
            "Microwave of two kidney lesions, one per side.\nRight: 14 mm, one antenna. Left: 19 mm, one antenna.",
            "Clinic. Both kidneys have a small metastasis.",
            ["kidney left 19", "kidney right 14"],
        ),
        (
            "Cryoablation left adductor recurrence\n45 mm tumour lying on the femur and against the vessels, 5 probes. Ice 10 mm past the tumour.",
            "Clinic. Recurrence in the thigh.",
            ["lower_extremity left 45"],
        ),
        (
            "Microwave ablation of liver metastases x2\nSegment 5 lesion, 16 mm. Segment 7 lesion under the right kidney, 22 mm. Zones cover both with 5 mm.",
            "Clinic. Two liver metastases.",
            ["liver - 16", "liver - 22"],
        ),
        (
            "Percutaneous cryoablation of a right gluteal recurrence. Two sites of skin entry. Mass 38 mm; margin 8 mm.",
            "Clinic. Gluteal recurrence.",
            ["gluteal right 38"],
        ),
    ],
)
def test_targets_of_a_report_and_the_notes_before(reader: Reader, text: str, before: str, lesions: list[str]) -> None:
    notes = [Note("a", "p", date(2021, 2, 10), before, "clinic"), Note("b", "p", DAY, text, "procedure")]
    chart = abstract(notes, reader)
    assert sorted(f"{r['site']} {r['laterality'] or '-'} {round(r['size_mm'] or 0)}" for r in chart.lesions) == lesions


def test_a_telling_of_all_means_every_one_of_the_list(reader: Reader) -> None:
    text = "Three lung nodules, RUL, RML and LLL, were found in 2018. All three were treated by microwave ablation in May 2018 elsewhere."
    chart = abstract([Note("n", "p", DAY, text, "clinic")], reader)
    assert sorted(str(r["laterality"]) for r in chart.lesions) == ["left", "right", "right"]
