"""Small charts whole: which sessions were there, and what did each treat?"""

from __future__ import annotations

from datetime import date

import pytest

from extractor.model import Chart, Note
from extractor.normalizer import abstract
from extractor.pipeline import Reader

Told = tuple[str, str, str]
"""Day, kind and text of a note."""
KEPT = {"day": 10, "month": 7, "year": 4}


def read(reader: Reader, *notes: Told) -> Chart:
    """The chart of these notes."""
    return abstract([Note(f"n{i}", "p", date.fromisoformat(day), text, kind) for i, (day, kind, text) in enumerate(notes)], reader)


def sessions(chart: Chart) -> list[tuple[str, str]]:
    """(day as fine as it is known, first letters of the energy) of each session."""
    return [(str(r["date"])[: KEPT[str(r["date_precision"])]], str(r["modality"])[:5]) for r in chart.procedures]


def targets(chart: Chart) -> list[tuple[object, ...]]:
    """(site, side, size) of each lesion."""
    return [tuple(c.value if (c := r.cells.get(k)) else None for k in ("site", "laterality", "size_mm")) for r in chart.lesions]


def test_an_addendum_of_its_own_puts_the_side_right(reader: Reader) -> None:
    report = "Cryoablation of left soleus metastasis 4/7/2020. Lesion 21 mm. Two probes."
    added = "ADDENDUM to report of 4/7/2020: The side was dictated in error. The lesion treated is in the RIGHT soleus."
    assert targets(read(reader, ("2020-04-07", "procedure", report), ("2020-04-08", "procedure", added))) == [
        ("lower_extremity", "right", 21)
    ]


@pytest.mark.parametrize("words", ["The date in the header is that of dictation", "The date above is the day of transcription"])
def test_a_day_of_dictation_is_put_right(reader: Reader, words: str) -> None:
    text = f"Procedure date: 06/30/2021\nMicrowave ablation of segment 4 metastasis. Lesion 18 mm. One antenna, 100 W 6 min.\nAddendum 07/02/2021: {words}. The ablation was carried out on 06/28/2021."
    assert sessions(read(reader, ("2021-06-30", "procedure", text))) == [("2021-06-28", "micro")]


def test_a_report_titled_by_its_energy_and_the_other_lobe_later(reader: Reader) -> None:
    first = "RADIOFREQUENCY ABLATION, PART 1\nToday the left lobe: segment 2 (21 mm) and segment 3 (15 mm). Right lobe lesion (segment 6, 24 mm) will be done in one week."
    second = "RADIOFREQUENCY ABLATION, PART 2\nAs planned, the segment 6 lesion was treated, 24 mm, 12 minutes. The zones are seen as dark defects."
    chart = read(reader, ("2018-12-04", "procedure", first), ("2018-12-11", "procedure", second))
    assert sessions(chart) == [("2018-12-04", "radio"), ("2018-12-11", "radio")]
    assert [t[2] for t in targets(chart)] == [21, 15, 24]


def test_a_report_under_the_heading_exam_alone(reader: Reader) -> None:
    text = "EXAM: CT-GUIDED PLEURAL CRYOABLATION\nSolitary fibrous tumor. Right basal pleural deposit 1.9 cm x 4.0 cm.\nBasal deposit: 3 needles."
    chart = read(reader, ("2019-12-10", "procedure", text))
    assert (sessions(chart), targets(chart)) == ([("2019-12-10", "cryoa")], [("pleura", "right", 40)])


def test_a_session_told_by_its_freeze(reader: Reader) -> None:
    notes = [
        ("2020-08-11", "procedure", "Cryoablation of left ischiorectal fossa recurrence, 34 mm. 4 probes."),
        ("2020-10-20", "clinic", "Oncology. The second freeze took place 9/29/2020, same site. On pazopanib."),
    ]
    chart = read(reader, *notes)
    assert sessions(chart) == [("2020-08-11", "cryoa"), ("2020-09-29", "cryoa")]
    assert [r["retreatment_of"] for r in chart.lesions if "retreatment_of" in r.cells] == [chart.lesions[0]["lesion_id"]]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("S/p cryoablation of a left iliacus deposit 6 weeks ago. No complaints.", [("2021-05", "cryoa")]),
        ("Well. The pump froze last week.", []),
        ("Microwave ablation of a segment 3 metastasis in May 2018 and radiofrequency of the right adrenal the year before that.", [("2017", "radio"), ("2018-05", "micro")]),
        ("She had microwave of both lungs, left side on 3 May 2021 and right side on 17 May 2021.", [("2021-05-03", "micro"), ("2021-05-17", "micro")]),
        ("Copied from 3/2021: 'He will undergo cryoablation of the psoas nodule.' Update: he went ahead on 4/22/21, no issues.", [("2021-04-22", "cryoa")]),
        ("Cryoablation of the psoas nodule is planned. MRI ordered; he had it on 6/22/21.", []),
    ],
)  # fmt: skip
def test_days_told_from_another(reader: Reader, text: str, wanted: list[tuple[str, str]]) -> None:
    assert sessions(read(reader, ("2021-07-01", "clinic", text))) == wanted


def test_an_ago_is_the_session_that_the_chart_knows(reader: Reader) -> None:
    notes = [
        ("2021-03-02", "procedure", "Cryoablation of left iliacus deposit, 18 mm. Two probes."),
        ("2021-07-01", "clinic", "S/p cryoablation of the left iliacus deposit about two months ago. No complaints."),
    ]
    assert sessions(read(reader, *notes)) == [("2021-03-02", "cryoa")]


def test_each_side_of_a_pair_on_its_day(reader: Reader) -> None:
    text = "She had microwave of both lungs, left side on 3 May 2021 and right side on 17 May 2021."
    assert [t[:2] for t in targets(read(reader, ("2021-07-01", "clinic", text)))] == [("lung", "left"), ("lung", "right")]


def test_what_was_done_before_is_not_of_the_report(reader: Reader) -> None:
    text = "Percutaneous cryoablation of left calf recurrence, residual after HIFU of 25/09/2018. 32 x 30 mm. 3 probes."
    assert sessions(read(reader, ("2019-03-12", "procedure", text))) == [("2018-09-25", "hifu"), ("2019-03-12", "cryoa")]


def test_two_energies_each_by_its_line(reader: Reader) -> None:
    text = "Thermal ablation note.\nSegment 2 liver lesion 14 mm: microwave, 75 W 5 min.\nRight 8th rib lesion 22 mm: cryoablation, 2 IceRods.\nBoth in one sitting."
    chart = read(reader, ("2020-01-15", "procedure", text))
    assert (sessions(chart), [t[0] for t in targets(chart)]) == ([("2020-01-15", "cryoa"), ("2020-01-15", "micro")], ["bone", "liver"])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Target size 3.1 cm AP, 2.6 cm transverse, 3.6 cm CC.", 36),
        ("The lesion measures: short axis 12 mm, long axis 19 mm.", 19),
        ("The mass was 2.2 cm (short axis) and 2.9 cm (long axis).", 29),
        ("Lesion diameter (mm): 27", 27),
        ("Volume 48 mL; 55 mm greatest extent.", 55),
        ("Lesion 18 mm. Ice ball diameter (mm): 41", 18),
    ],
)
def test_sizes_by_axis_and_field(reader: Reader, text: str, wanted: float) -> None:
    report = f"PROCEDURE: CT-guided cryoablation of left adrenal metastasis\n{text}\nTwo probes."
    assert [t[2] for t in targets(read(reader, ("2020-01-15", "procedure", report)))] == [wanted]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Lt breast, angiosarcoma, 2 foci: 2 o'clock 11 mm, 6 o'clock 8 mm.\nOne probe each.", [("breast", "left", 11), ("breast", "left", 8)]),
        (
            "Two perirenal nodules right: anterior (15x12mm), posterior (23x20mm); both treated, 2 probes each.\nAlso a nodule anterior to the left psoas (28 mm): 3 probes.",
            [("retroperitoneum", "right", 15), ("retroperitoneum", "right", 23), ("retroperitoneum", "left", 28)],
        ),
        (
            "Left basal pleural deposit 1.9 cm x 4.0 cm. Left paramediastinal pleural deposit 2.2 cm.\nThree probes.",
            [("pleura", "left", 40), ("pleura", "left", 22)],
        ),
        (
            "#1 L rectus abdominis 2.0 cm\n#2 L internal oblique 1.3 cm\n#3 R external oblique 0.9 cm\nCryo of #1, #2. #3 too close to skin; deferred to surgery.",
            [("abdominal_wall", "left", 20), ("abdominal_wall", "left", 13)],
        ),
        (
            "Targets:\n A. RUL apical nodule, 1.1 cm\n B. RUL posterior nodule, 0.8 cm\n C. RLL nodule, 1.6 cm\nCryo of A and C. Air made B invisible; B was not treated and is deferred.",
            [("lung", "right", 11), ("lung", "right", 16)],
        ),
    ],
)  # fmt: skip
def test_targets_that_a_list_counts_or_leaves(reader: Reader, text: str, wanted: list[tuple[object, ...]]) -> None:
    assert targets(read(reader, ("2020-01-15", "procedure", f"Cryoablation 15 Jan 2020\n{text}"))) == wanted


def test_a_nerve_frozen_beside_is_no_target(reader: Reader) -> None:
    text = "Cryoablation of midline L3 spinous process metastasis; cryoneurolysis of left L3 medial branch for pain.\nLesion 33 mm craniocaudal, 18 mm transverse, confined to the spinous process. 2 probes."
    assert targets(read(reader, ("2020-01-15", "procedure", text))) == [("bone", "midline", 33)]


def test_the_side_that_a_form_ticks(reader: Reader) -> None:
    text = "[x] Cryoablation [ ] Microwave\nSide: [ ] Right [x] Left [ ] Midline\nIndication: metastasis to the kidney\nLesion diameter (mm): 29\nDate of procedure: 22 Jan 2019"
    assert targets(read(reader, ("2019-01-22", "procedure", text))) == [("kidney", "left", 29)]


def test_the_same_focus_by_the_clock(reader: Reader) -> None:
    first = "Cryo 16/2/21.\nLt breast, angiosarcoma, 2 foci: 2 o'clock 11 mm, 6 o'clock 8 mm.\nOne probe each."
    again = "Cryo 23/4/21.\nLt breast: the 6 o'clock focus again, residual 6 mm.\nOne probe."
    chart = read(reader, ("2021-02-16", "procedure", first), ("2021-04-23", "procedure", again))
    assert [r["retreatment_of"] for r in chart.lesions if "retreatment_of" in r.cells] == [chart.lesions[1]["lesion_id"]]


def test_the_lower_of_two_again(reader: Reader) -> None:
    first = "Cryoablation of two deposits in the right vastus lateralis.\nThe upper deposit measured 2.4 cm, the lower deposit 1.5 cm. Two probes each."
    again = "Repeat cryoablation, right thigh.\nHistory: UPS, two deposits were frozen in March.\nToday the lower vastus lateralis recurrence (19 mm) was treated with 2 probes."
    chart = read(reader, ("2021-03-11", "procedure", first), ("2021-10-02", "procedure", again))
    assert [r["retreatment_of"] for r in chart.lesions if "retreatment_of" in r.cells] == [chart.lesions[1]["lesion_id"]]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Therapy: CT-guided microwave ablation of two liver metastases (Segm. II, 16 mm; Segm. VII, 22 mm) on 13.06.2021.", [("2021-06-13", "micro")]),
        ("Previous cryoablation x2 RUL (Aug 2019) and x1 RLL (Feb 2020).", [("2019-08", "cryoa"), ("2020-02", "cryoa")]),
        ("For the sarcoma: liver MWA 4/20/2021 (segment 2), cryo of the right hip socket 5/19/2021 for pain.", [("2021-04-20", "micro"), ("2021-05-19", "cryoa")]),
        ("He is now eighteen days after cryoablation of a deposit in the left trapezius.", [("2021-06-13", "cryoa")]),
    ],
)  # fmt: skip
def test_days_behind_brackets_and_counts(reader: Reader, text: str, wanted: list[tuple[str, str]]) -> None:
    assert sessions(read(reader, ("2021-07-01", "clinic", text))) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Previous cryoablation x2 RUL (Aug 2019) and x1 RLL (Feb 2020).", [("lung", "right", None)] * 3),
        ("Liver MWA 4/20/2021 (segment 2), cryo of the right hip socket 5/19/2021.", [("liver", None, None), ("bone", "right", None)]),
        ("They froze the tumor in her left armpit on the first of June.", [("axilla", "left", None)]),
    ],
)
def test_places_told_with_their_days(reader: Reader, text: str, wanted: list[tuple[object, ...]]) -> None:
    assert targets(read(reader, ("2021-07-01", "clinic", text))) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("MICROWAVE ABLATION, LEFT KIDNEY\nTwo metastases: interpolar 19 mm, lower pole 12 mm. Both with one antenna.", [("kidney", "left", 19), ("kidney", "left", 12)]),
        ("Left adrenalectomy laparoscopic; intraoperative microwave ablation of a segment 3 liver nodule (13 mm).", [("liver", None, 13)]),
        (
            "Cryoablation, pelvic sidewall\nHISTORY: ESS. On 8/4/2020 RIGHT external iliac node cryoablated (16 mm).\nTODAY: LEFT obturator node (short axis 11, long 18 mm) and left presacral deposit 23 mm. 2 and 3 IcePearls.",
            [("lymph_node", "right", 16), ("lymph_node", "left", 18), ("pelvis", "left", 23)],
        ),
        ("Operator: Dr. Voss\nModality: MWA\nWhere: liver, seg 4b/5, 2.7 cm, and seg 6, 1.4 cm\nHow: US, 140 W", [("liver", None, 27), ("liver", None, 14)]),
        ("Cryoablation of right temporalis metastasis\nMaximum dimension 25 mm (axial), 19 mm coronal. Two probes.", [("head_neck", "right", 25)]),
    ],
)  # fmt: skip
def test_what_a_report_treated(reader: Reader, text: str, wanted: list[tuple[object, ...]]) -> None:
    assert targets(read(reader, ("2021-03-30", "procedure", text))) == wanted


def test_done_as_planned_but_for_one(reader: Reader) -> None:
    text = "IR brief op note\nPlanned: cryo L4 and S1 mets. Pt could not tolerate prone position; L4 done (2 probes, in left L4 pedicle), S1 not started."
    chart = read(reader, ("2021-01-12", "procedure", text))
    assert (sessions(chart), [t[:2] for t in targets(chart)]) == ([("2021-01-12", "cryoa")], [("bone", "left")])


def test_an_addendum_of_one_word_and_a_stop(reader: Reader) -> None:
    report = "Cryoablation right diaphragmatic crus deposit\n15 mm 3 months ago, 21 mm today. 2 probes."
    added = "Addendum. On review of images: laterality in my report is wrong, this was the left crus."
    assert targets(read(reader, ("2019-04-30", "procedure", report), ("2019-05-02", "procedure", added))) == [
        ("retroperitoneum", "left", 21)
    ]


def test_the_superficial_one_again(reader: Reader) -> None:
    first = "Procedure: cryoablation, two nodules of the abdominal wall scar\nDeep nodule 2.2 cm, superficial nodule 1.1 cm. Four probes."
    again = "Procedure: repeat cryoablation, abdominal wall\nThe superficial nodule has recurred, 1.3 cm. One probe."
    chart = read(reader, ("2020-02-18", "procedure", first), ("2020-08-25", "procedure", again))
    assert [r["retreatment_of"] for r in chart.lesions if "retreatment_of" in r.cells] == [chart.lesions[1]["lesion_id"]]


@pytest.mark.parametrize(
    ("where", "site"),
    [("great toe", "lower_extremity"), ("cuboid", "bone"), ("hilar", "lung"), ("costochondral junction", "chest_wall"), ("tongue", "head_neck"), ("mediastinal pleura", "pleura")],
)  # fmt: skip
def test_sites_by_words_of_anatomy(reader: Reader, where: str, site: str) -> None:
    text = f"PROCEDURE: CT-guided cryoablation of left {where} nodule\nDate: 3/3/2021\nThe tumor measures 21 mm. Two probes."
    assert targets(read(reader, ("2021-03-03", "procedure", text))) == [(site, "left", 21)]


def test_a_year_and_months_are_one_time(reader: Reader) -> None:
    notes = [
        ("2019-03-05", "procedure", "Microwave ablation of right lower lobe nodule, 18 mm. One antenna, 65 W, 6 minutes."),
        ("2020-12-14", "clinic", "He is a year and nine months out from microwave ablation of a right lower lobe metastasis."),
    ]
    assert sessions(read(reader, *notes)) == [("2019-03-05", "micro")]


def test_a_worn_tendon_is_no_look_for_disease(reader: Reader) -> None:
    notes = [
        ("2021-04-15", "procedure", "Cryoablation of right posterior deltoid mass, 28 mm. Three probes."),
        ("2022-05-10", "radiology", "MRI right shoulder, 5/10/2022\n\nThe deltoid scar shows no recurrence. There is tendinosis of the supraspinatus, as before."),
    ]  # fmt: skip
    assert [r["scope"] for r in read(reader, *notes).assessments] == ["local"]
