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
    (
        "a nodule that was only asked about is none of the sizes",
        "PROCEDURE: Cryoablation, right adrenal and left iliac metastases\n\nTECHNIQUE: Two probes each. The ward had asked whether a 9 mm left lower lobe nodule could be frozen at the same sitting; it was left for another day.\n\nFINDINGS:\nRight adrenal, 2.7 cm. Ice 6 mm past it.\nLeft iliac, 31 mm. Ice 7 mm past it.",
        ["adrenal right 27", "bone left 31"],
    ),
    (
        "a side between a place and its size",
        "CRYOABLATION, TWO TARGETS\n\nA. Subscapularis, left: 2.6 cm. Two probes. Ice covers it, 6 mm at the thinnest.\nB. Seventh rib, right: 1.8 cm. One probe. Ice covers it.",
        ["bone right 18", "shoulder left 26"],
    ),
    (
        "a tumour measured at a side",
        "Cryoablation of a right iliac metastasis.\n\nRecurrent component 2.6 cm, lateral, filling the bone. Three probes. Ice covers it with at least 6 mm in every direction.",
        ["bone right 26"],
    ),
    (
        "fluid that keeps an organ off, and how far",
        "Cryoablation of a perihepatic implant.\n\nImplant 17 x 12 mm. The colon was pushed away with saline and stayed 2 cm off throughout. Two probes. Ice 7 mm past the implant.",
        ["peritoneum - 17"],
    ),
    (
        "what an earlier exam measured",
        "Left deltoid cryoablation.\nMRI 2/10/21: new 1.5 cm nodule in the left deltoid.\nLidocaine. Left deltoid nodule 19 x 14 mm. Two probes. Ice covers it.",
        ["shoulder left 19"],
    ),
    (
        "a rest told by its place",
        "PROCEDURE: repeat cryoablation, liver segment 7\nHISTORY: Remnant along the hepatic vein, 1.4 cm on today's scan.\nTECHNIQUE: Two probes. Ice covers the remnant with 7 mm.",
        ["liver - 14"],
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


def test_an_addendum_that_is_a_note_of_its_own_is_no_session_and_corrects_the_report_it_names(reader: Reader) -> None:
    report = """Date of procedure: 4 March 2021
Cryoablation of two metastases under CT, general anesthesia.

Tumor 1, left kidney, upper pole, 21 mm. Two probes, two freezes of 10 min. Ice at least 8 mm beyond it all around.

Tumor 2, right adrenal, 17 mm. One probe. Ice at least 7 mm beyond it all around."""
    added = """ADDENDUM TO THE CRYOABLATION REPORT OF 4 MARCH 2021

The margin that I gave for tumor 2, the right adrenal, was in error. On the coronal series the ice reached 4 mm beyond it. Tumor 1 is as stated."""
    notes = [Note("n", "A", DAY, report, "procedure"), Note("o", "A", date(2021, 3, 6), added, "procedure")]
    chart = abstract(notes, reader)
    assert [str(p["date"]) for p in chart.procedures] == ["2021-03-04"]
    assert sorted((str(r["site"]), r["min_margin_mm"], r["coverage"]) for r in chart.lesions) == [
        ("adrenal", 4.0, "inadequate"),
        ("kidney", 8.0, "adequate"),
    ]


def test_none_of_several_addenda_that_are_notes_of_their_own_is_a_session(reader: Reader) -> None:
    report = (
        "Date of procedure: 4 March 2021\nCT-guided cryoablation, left renal metastasis, 21 mm. Two probes. Ice 8 mm beyond it all around."
    )
    title = "Addendum to the cryoablation report: "
    late = (
        "three cryoprobes were placed, not two; cryoablation with freeze 10 min, thaw 8 min, freeze 10 min.",
        "after the cryoablation (freeze 10 min, thaw 8 min, freeze 10 min) the margin was 4 mm, not 8 mm.",
    )
    notes = [Note("n", "A", DAY, report, "procedure")]
    notes += [Note(f"o{n}", "A", date(2021, 3, 6 + 3 * n), title + text, "procedure") for n, text in enumerate(late)]
    chart = abstract(notes, reader)
    assert [(str(p["date"]), p["probes"]) for p in chart.procedures] == [("2021-03-04", 3)]
    assert [(str(r["site"]), r["min_margin_mm"], r["coverage"]) for r in chart.lesions] == [("kidney", 4.0, "inadequate")]


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


@pytest.mark.parametrize(
    ("text", "margins"),
    [
        (
            "PROCEDURE: Cryoablation, lung, left, x2\n\n#  | Location | Size (mm) | Probes | Smallest margin\n1  | LUL      | 14 x 12   | 2      | 8 mm\n2  | LLL      | 11 x 9    | 1      | 7 mm"
            "\n\nADDENDUM 3/6/2021: The margin of target 2 was transcribed wrongly. Measured again it is 4 mm.",
            [8.0, 4.0],
        ),
        (
            "PROCEDURE: Cryoablation x 2, left psoas and descending mesocolon\n\nID | Site        | Size       | Probes | Ice vs tumor at end\nA  | L psoas     | 33 x 25 mm | 4      | 6 mm anteriorly, 7 mm elsewhere\nB  | mesocolon   | 22 x 20 mm | 2      | at least 9 mm all around",
            [6.0, 9.0],
        ),
        (
            "Cryoablation, right lung, two targets\n\nTargets\n1: RUL, 14 x 11 mm\n2: RLL, 9 x 8 mm\n\nIce\n1: 7 mm past the nodule at the thinnest point\n2: generous except inferiorly; 3 mm there.",
            [7.0, 3.0],
        ),
        (
            "CRYOABLATION, RIGHT THIGH (2 TARGETS)\n\nVastus mass 2.7 x 2.2 cm: ice passes the tumor by 11 mm deep and 6 mm toward the skin.\nIliotibial band nodule 1.2 cm: ice over it, margins all 0.8 cm or better.",
            [6.0, 8.0],
        ),
        (
            "ABLATION CHECKLIST\nExam: CT-guided percutaneous cryoablation, left shoulder mass\n[x] Size on table: 2.8 cm\n[x] Probes: 3\n[x] Margin reached, smallest: 8 mm (deep); 10 mm superficial",
            [8.0],
        ),
        (
            "Procedures: (1) Cryoablation, right pleural nodule and right ninth rib. (2) Microwave ablation, right lower lobe nodule.\n\n"
            "Target A. Pleural nodule, 26 x 14 mm. Gas let in to get the lung off. Two cryoprobes. The ice is 7 mm beyond the nodule at its thinnest.\n"
            "Target B. Right ninth rib, 1.8 cm. One cryoprobe. Ice 11 mm beyond it all around.\nTarget C. Right lower lobe nodule, 12 mm. One antenna. Ground glass 5 mm or more past it on all sides.",
            [7.0, 11.0, 5.0],
        ),
        (
            "Cryoablation of right 9th rib and right pleural implant\n\n"
            "Right 9th rib, 27 x 14 mm. Two probes. The ice passes the tumour on every side, at the narrowest by 6 mm (pleural), otherwise by up to 11 mm.\n\n"
            "Right pleural implant, 14 mm. One probe. Complete coverage by the ice, 8 mm.",
            [6.0, 8.0],
        ),
        (
            "Cryoablation under CT and general anaesthesia.\n\nThe right paraspinal mass (39 mm) received five probes and the right eleventh rib lesion (16 mm) two. "
            "The ice covers both lesions. The narrowest point on the paraspinal mass is 4 mm, at the lamina; on the rib it is 9 mm.",
            [4.0, 9.0],
        ),
        (
            "Cryoablation of two chest wall lesions, general anesthesia, CT.\n\nLeft chest wall at the 5th interspace: 31 mm. Three probes.\nRight chest wall at the 8th interspace: 21 mm. Two probes.\n"
            "On the left, ice overshot the tumor 5 mm at skin, 9 mm at pleura, 11 mm cranially.\nOn the right, ice overshot the tumor 7 mm at skin, 6 mm at pleura, 9 mm cranially.",
            [5.0, 6.0],
        ),
        (
            "Cryo of L deltoid met (23 mm) + L trapezius met (12 mm), CT.\nDeltoid: 2 probes, 10-8-10. Axial margins 7/6/8/9, craniocaudal 5/9.\nTrapezius: 1 probe, 10-8-10. Axial margins 6/6/4/7, craniocaudal 8/8.",
            [5.0, 4.0],
        ),
        (
            "CT guided cryoablation x2 under GA: left gluteus maximus, right psoas.\n1) L glut max 32 mm, 4 needles. Worst margin 6 mm (deep).\n2) R psoas 21 mm, 2 needles. Worst margin 3 mm (medial, ureter).",
            [6.0, 3.0],
        ),
        (
            "Report of cryoablation\nLeft calf, two soft tissue metastases, MR guidance, general anaesthesia.\nProximal lesion 27 mm, 3 probes; distal lesion 13 mm, 1 probe.\nThe proximal ice ball respected the nerve and there the margin is only 2 mm.\nThe distal ice ball surrounds the lesion with 8 mm.",
            [2.0, 8.0],
        ),
        (
            "Cryoablation: left scapula, left adrenal\n\nScapula 35 mm, 4 cryoneedles\nAdrenal 14 mm, 1 cryoneedle\n\nScapula: covers lesion Y / margin >=5 mm Y / minimal margin 6 mm\nAdrenal: covers lesion Y / margin >=5 mm N / minimal margin 4 mm",
            [6.0, 4.0],
        ),
    ],
)
def test_margins_of_a_report(reader: Reader, text: str, margins: list[float]) -> None:
    chart = abstract([Note("n", "A", DAY, text, "procedure")], reader)
    told = sorted((float(r["size_mm"]), float(r["min_margin_mm"])) for r in chart.lesions)
    assert sorted(m for _, m in told) == sorted(margins)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        (
            "On 5/4/2018 outside IR treated the right 7th rib lesion with radiofrequency ablation plus cement, no details beyond the letter (1.9 cm, sedation).",
            19.0,
        ),
        (
            "2018: solitary left lower lobe nodule. Watched once, grew to 1.7 cm. In May 2018 it was treated by percutaneous microwave ablation at that hospital.",
            17.0,
        ),
        ("A segment 6 metastasis had percutaneous RFA in May 2018, per their letter 3.0 cm at the time.", 30.0),
    ],
)
def test_the_size_told_beside_a_session(reader: Reader, text: str, size: float) -> None:
    (lesion,) = abstract([Note("n", "A", DAY, text, "clinic")], reader).lesions
    assert (lesion["size_mm"], lesion.cells.get("min_margin_mm")) == (size, None)


def test_an_ablation_of_the_past_below_the_diagnosis_names_no_target(reader: Reader) -> None:
    notes = [
        Note("a", "p", date(2021, 1, 8), "In March 2020 a cryoablation of a right lower lobe metastasis was done elsewhere.", "clinic"),
        Note(
            "b",
            "p",
            DAY,
            "PROCEDURE NOTE\nProcedure: Percutaneous cryoablation, left eighth rib lesion\nDx: leiomyosarcoma. Past cryoablation of a RLL nodule elsewhere.\n\nTarget 1: left 8th rib, 36 mm. Three probes. Ice 6 mm beyond it all around.",
            "procedure",
        ),
    ]
    chart = abstract(notes, reader)
    assert sorted((str(r["procedure_id"]), str(r["site"])) for r in chart.lesions) == [
        ("p:2020-03:cryoablation", "lung"),
        ("p:2021-03-04:cryoablation", "bone"),
    ]
