"""Short notes in many voices after a plain session, and what a careful reader takes from them: exams, complications, the patient."""

from __future__ import annotations

from datetime import date

import pytest

from extractor.model import Chart, Note
from extractor.normalizer import abstract
from extractor.pipeline import Reader

SESSION = """IR PROCEDURE NOTE 3/10/2020
PROCEDURE: CT-guided percutaneous {energy} of {what}.
ANESTHESIA: General.
{lesions}
COMPLICATIONS: None.
"""
CRYO = "Two cryoprobes. Ice covers it with {margin} mm margin all around."
HEAT = "One antenna, 65 W, 8 min. Margin {margin} mm all around."
TREATED = {
    "psoas": ("cryoablation", "a left psoas leiomyosarcoma", (("left psoas mass, 32 mm", "P"),)),
    "lungs": ("cryoablation", "two lung metastases", (("right upper lobe nodule, 12 mm", "R"), ("left lower lobe nodule, 15 mm", "L"))),
    "liver": ("microwave ablation", "two liver metastases", (("segment 6, 22 mm", "6"), ("segment 8, 18 mm", "8"))),
    "bones": ("cryoablation", "two bone metastases", (("right iliac crest, 31 mm", "I"), ("left seventh rib, 20 mm", "B"))),
}
"""Energy, title and lesions (with a letter for each) of the session before the notes."""
LETTER = {"no_progression": "N", "progression": "P", "residual": "R", "indeterminate": "I"}


def chart(base: str, kind: str, day: str, text: str, reader: Reader) -> Chart:
    energy, what, lesions = TREATED[base]
    words = CRYO if energy.startswith("cryo") else HEAT
    told = "\n".join(f"Lesion {n}: {where}. {words.format(margin=5 + n)}" for n, (where, _) in enumerate(lesions, 1))
    session = SESSION.format(energy=energy, what=what, lesions=told)
    notes = [
        Note("a", "A", date(2020, 3, 10), session, "procedure"),
        Note("b", "A", date.fromisoformat(day), text, kind),
    ]
    return abstract(notes, reader)


def statuses(base: str, found: Chart) -> set[str]:
    """Each exam as "2020-06-15 ct D=N P=N": day, kind, letter of the lesion (D: elsewhere) and status."""
    sizes = {where.split(", ")[1].split()[0]: letter for where, letter in TREATED[base][2]}
    letters = {row["lesion_id"]: sizes[f"{row['size_mm']:.0f}"] for row in found.lesions}
    rows: dict[str, list[str]] = {}
    for row in found.assessments:
        day = str(row["date"]) if row["date_precision"] == "day" else str(row["date"])[:7]
        rows.setdefault(f"{day} {row['modality']}", []).append(f"{letters.get(row['lesion_id'], 'D')}={LETTER[str(row['status'])]}")
    return {f"{exam} {' '.join(sorted(said))}" for exam, said in rows.items()}


def wanted(exams: str) -> set[str]:
    parts = [e.split() for e in exams.split(";") if e]
    return {" ".join([*p[:2], *sorted(p[2:])]) for p in parts}


@pytest.mark.parametrize(
    ("base", "kind", "day", "text", "exams"),
    [
        (
            "psoas",
            "clinic",
            "2020-09-10",
            "CT 6/15/2020: some stranding at the edge of the psoas zone, probably treatment effect but tumor not excluded, short f/u advised.\n",
            "2020-06-15 ct P=I",
        ),
        (
            "psoas",
            "clinic",
            "2020-12-01",
            "CT chest 11/20/2020: 4 mm right lower lobe nodule not seen in March, nonspecific, too small to characterize.\n",
            "2020-11-20 ct D=I",
        ),
        (
            "psoas",
            "clinic",
            "2020-12-01",
            'Doing well. Copied from 8/6: "MRI confirms residual at the psoas."\n',
            "",
        ),
        (
            "psoas",
            "radiology",
            "2020-06-15",
            "CT ABDOMEN AND PELVIS 6/15/2020\nPsoas: cold defect 41 mm, edges sharp, nothing lighting up.\nLungs bases, liver, nodes: nil.\n",
            "2020-06-15 ct P=N D=N",
        ),
        (
            "psoas",
            "radiology",
            "2020-03-28",
            "CT ABDOMEN 3/28/2020. Indication: fever. 5 cm rim enhancing gas containing collection in the left psoas at the ablation site consistent with abscess. Lung bases clear. Drain recommended.\n",
            "",
        ),
        (
            "psoas",
            "radiology",
            "2020-12-15",
            "CT A/P 12/15/2020\nIMPRESSION: Local control at the psoas. Hepatic metastases, new since June.\n",
            "2020-12-15 ct P=N D=P",
        ),
        (
            "psoas",
            "radiology",
            "2020-12-15",
            "CT A/P 12/15/2020\nIMPRESSION: Failure at the psoas: 2 cm mass on the medial side. Otherwise nil new.\n",
            "2020-12-15 ct P=P D=N",
        ),
        (
            "psoas",
            "clinic",
            "2021-01-10",
            "Dear Dr A,\nHer scan of 15 December is good. The area we froze in the psoas is quiet and there is no spread.\n",
            "2020-12-15 ct P=N D=N",
        ),
        (
            "psoas",
            "clinic",
            "2021-01-10",
            "Interval: CT in June was fine at the psoas, nothing elsewhere. That of December 15 again shows no recurrence but two lung spots of 6 and 8 mm that were not there.\n",
            "2020-06 ct P=N D=N;2020-12-15 ct P=N D=P",
        ),
        (
            "psoas",
            "clinic",
            "2021-01-10",
            "He had an MRI on 15 June 2020 and another on 20 September 2020, both without recurrence in the psoas. The CT done on 15 December 2020 showed lung metastases.\n",
            "2020-06-15 mri P=N;2020-09-20 mri P=N;2020-12-15 ct D=P",
        ),
        (
            "psoas",
            "pathology",
            "2021-01-05",
            "PATHOLOGY 1/5/2021\nCore biopsy of a right inguinal node, taken on 12/30/2020.\nConclusion: nodal metastasis of the known leiomyosarcoma.\n",
            "2020-12-30 pathology D=P",
        ),
        (
            "psoas",
            "clinic",
            "2021-01-10",
            "The CT of 12/15/2020 shows a lysis of the left femur of 30 mm and of the sacrum of 15 mm, both new; at the psoas no recurrence.\n",
            "2020-12-15 ct P=N D=P",
        ),
        (
            "psoas",
            "clinic",
            "2021-03-10",
            "The lung nodule was wedged out on February 2, 2021 and proved to be metastatic leiomyosarcoma. The psoas has not been imaged since June.\n",
            "2021-02-02 pathology D=P",
        ),
        (
            "lungs",
            "radiology",
            "2020-06-15",
            "CT CHEST 6/15/2020\nRUL: 18 mm consolidation replacing the treated nodule. LLL: 24 mm cavity, wall 2 mm. No new nodules.\nIMPRESSION: as expected after cryo.\n",
            "2020-06-15 ct R=N L=N D=N",
        ),
        (
            "lungs",
            "radiology",
            "2020-12-15",
            "CT CHEST 12/15/2020\nIMPRESSION: Neither ablation scar has changed. New pleural nodularity at the right base, worrisome for spread.\n",
            "2020-12-15 ct R=N L=N D=P",
        ),
        (
            "lungs",
            "radiology",
            "2020-12-15",
            "CT CHEST 12/15/2020\nNew 9 mm nodule in the right upper lobe, 4 cm away from the ablation scar. Both ablation scars stable.\n",
            "2020-12-15 ct R=N L=N D=P",
        ),
        (
            "lungs",
            "radiology",
            "2020-12-15",
            "CT CHEST 12/15/2020\n1. RUL: no recurrence.\n2. LLL: cannot tell scar from tumor at the caudal tip.\n3. Else: nil.\n",
            "2020-12-15 ct R=N L=I D=N",
        ),
        (
            "liver",
            "radiology",
            "2020-06-15",
            "MRI LIVER 6/15/2020\nSegment VI: ablation defect 38 mm, no washout, no enhancement. Segment VIII: 31 mm, likewise. No new focus. Portal vein patent.\n",
            "2020-06-15 mri 6=N 8=N D=N",
        ),
        (
            "bones",
            "clinic",
            "2021-01-10",
            "In November both treated bones were quiet and the lungs were clean on CT. The one on January 4: rib fine, iliac without recurrence, a new 8 mm nodule in the right lung.\n",
            "2020-11 ct I=N B=N D=N;2021-01-04 ct I=N B=N D=P",
        ),
        (
            "psoas",
            "clinic",
            "2021-01-10",
            "PET/CT (12/15/2020, outside): FDG avid nodule at the psoas ablation zone SUV 8.4 concerning for recurrence; FDG avid mediastinal nodes SUV 6, new.\n",
            "2020-12-15 pet_ct P=P D=P",
        ),
        (
            "psoas",
            "pathology",
            "2021-01-05",
            "PATHOLOGY 1/5/2021\nSpecimen: core biopsy, left psoas ablation site, taken 12/30/2020.\nDiagnosis: recurrent leiomyosarcoma.\n",
            "2020-12-30 pathology P=P",
        ),
        (
            "lungs",
            "radiology",
            "2020-12-15",
            "CT 12/15/2020: The right-sided zone has nearly vanished. On the left the zone is unchanged. Several new sub-5 mm nodules, nonspecific.\n",
            "2020-12-15 ct R=N L=N D=I",
        ),
        (
            "liver",
            "clinic",
            "2021-01-10",
            "Her MRI in December showed that both ablated areas of the liver remain free of tumour but that there is a new deposit in segment 4.\n",
            "2020-12 mri 6=N 8=N D=P",
        ),
        (
            "psoas",
            "radiology",
            "2020-06-15",
            "MRI LUMBAR PLEXUS 15 June 2020\nThe frozen area in the left psoas has a dark centre and a paper-thin rim. I see nothing that grows. Visible kidney normal.\n",
            "2020-06-15 mri P=N",
        ),
        (
            "lungs",
            "clinic",
            "2021-03-12",
            "CT 3/1/2021 - the LLL zone has a new 14 mm nodule at its inferior edge (bx 3/8: leiomyosarcoma); RUL zone unchanged; nothing else.\n",
            "2021-03-01 ct L=P R=N D=N;2021-03-08 pathology L=P",
        ),
        (
            "liver",
            "telephone",
            "2020-10-02",
            "Called with MRI result of 9/28: good news on both liver spots, all dead tissue. However lungs now show 3 new small nodules.\n",
            "2020-09-28 mri 6=N 8=N D=P",
        ),
        (
            "psoas",
            "other",
            "2020-12-01",
            "On imaging in June and again in November the psoas was clear and the chest was clear.\n",
            "2020-06 ct P=N D=N;2020-11 ct P=N D=N",
        ),
        (
            "psoas",
            "other",
            "2021-02-15",
            "TUMOR BOARD 2/15/2021\nImaging: MRI 1/28/21 local recurrence 22 mm medial margin; CT chest 1/28/21 neg.\n",
            "2021-01-28 mri P=P;2021-01-28 ct D=N",
        ),
        (
            "psoas",
            "radiology",
            "2020-09-10",
            "MRI ABDOMEN 9/10/2020\nPsoas zone quiet, no enhancement. The CT of the chest done on the same day shows no metastasis.\n",
            "2020-09-10 mri P=N;2020-09-10 ct D=N",
        ),
        (
            "bones",
            "radiology",
            "2020-09-10",
            "MRI PELVIS 9/10/2020\nRight iliac crest: 9 mm of the tumor at the lower end still enhances, residual tumor. Rib: at the edge of the field and not evaluated.\n",
            "2020-09-10 mri I=R",
        ),
        (
            "lungs",
            "radiology",
            "2020-09-10",
            "CT CHEST 9/10/2020\nRUL ablation zone: scar, no nodule. LLL ablation zone: thin band, no nodule. Emphysema of the upper zones. Small left effusion, as before. Bones normal.\n",
            "2020-09-10 ct R=N L=N",
        ),
        (
            "lungs",
            "radiology",
            "2020-06-18",
            "CT CHEST 6/18/2020\nLLL: ablation zone larger than the nodule was, as expected. RUL: ablation zone, no nodule. Conclusion: usual post-cryo change bilaterally.\n",
            "2020-06-18 ct R=N L=N",
        ),
        (
            "psoas",
            "clinic",
            "2021-01-20",
            "CT of December 18, 2020: recurrence at the psoas zone. Biopsy 1/12/2021: fibrosis, no tumor. We will watch.\n",
            "2020-12-18 ct P=P;2021-01-12 pathology P=N",
        ),
        (
            "psoas",
            "radiology",
            "2020-09-10",
            "CT ABDOMEN AND PELVIS, 10 September 2020\nThe cavity in the left psoas is unchanged. At its caudal tip, however, a 12 mm enhancing nodule has appeared. No disease otherwise.\nADDENDUM: In the original report the nodule was listed under the right psoas. It is on the left.\n",
            "2020-09-10 ct P=P D=N",
        ),
        (
            "psoas",
            "clinic",
            "2020-09-20",
            "He brings the CT of 10 September 2020: zone quiet. There is a 4 mm nodule in the right lower lobe which was not there in March. It is too small to characterise and will be watched.\n",
            "2020-09-10 ct P=N D=I",
        ),
        (
            "psoas",
            "clinic",
            "2020-10-20",
            "Biopsy of the psoas nodule, 10/5/2020: necrosis and scar, no sarcoma.\n\nFor the record, neither CT since has shown disease at the place we froze.\n",
            "2020-10-05 pathology P=N",
        ),
        (
            "psoas",
            "pathology",
            "2020-10-12",
            "CYTOLOGY\nCollected 10/5/2020\nSpecimen: FNA left psoas ablation zone\nDiagnosis: Atypical spindle cells, scant; recurrent sarcoma cannot be excluded.\n",
            "2020-10-05 pathology P=I",
        ),
        (
            "liver",
            "radiology",
            "2020-09-10",
            "MRI LIVER 10 Sept 2020\nZone in segment 6: recurrence-free. Zone in segment 8: 7 mm arterial nodule on its medial wall, suspicious for recurrence. No further lesion.\n",
            "2020-09-10 mri 6=N 8=P D=N",
        ),
        (
            "bones",
            "telephone",
            "2020-10-02",
            "Rang with scan results (MRI pelvis 29/9/20): hip bone spot all dead, nothing growing there. Rib was not on this scan.\n",
            "2020-09-29 mri I=N",
        ),
    ],
)
def test_exams(base: str, kind: str, day: str, text: str, exams: str, reader: Reader) -> None:
    assert statuses(base, chart(base, kind, day, text, reader)) == wanted(exams)


@pytest.mark.parametrize(
    ("base", "kind", "day", "text", "events"),
    [
        (
            "lungs",
            "discharge",
            "2020-03-11",
            "Lung stayed up. No bleed. Advice sheet gone through: collapsed lung, blood in phlegm, fever. Number given.\n",
            "",
        ),
        ("lungs", "discharge", "2020-03-11", "Warnings: shortness of breath, bleeding, blood clots in sputum. No flying 2 wk.\n", ""),
        ("lungs", "discharge", "2020-03-11", "Please present at once with: chest pain, haemoptysis, retention of urine.\n", ""),
        (
            "psoas",
            "discharge",
            "2020-03-11",
            "Could not void overnight, straight cath x1; attributed to the spinal morphine, not to the ablation. Fine by noon.\n",
            "",
        ),
        (
            "psoas",
            "clinic",
            "2020-04-01",
            "He read on the internet that cryo can leave a hole in the bowel. Nothing of the sort here. Thigh feels normal.\n",
            "",
        ),
        (
            "lungs",
            "clinic",
            "2020-04-01",
            "Pleural fluid, small, on the film of 3/24; gone on 4/1. Asymptomatic, left alone.\n",
            "pleural_effusion:mild",
        ),
        (
            "lungs",
            "discharge",
            "2020-03-11",
            "Halo of ground-glass bleeding round both nodules, as one expects after lung cryo. Home.\n",
            "",
        ),
        (
            "liver",
            "discharge",
            "2020-03-12",
            "Subcapsular haematoma 2 cm. Stayed one more night for observation. No transfusion.\n",
            "hemorrhage:moderate",
        ),
        (
            "liver",
            "clinic",
            "2020-05-01",
            "Portal vein branch thrombosis next to the segment 8 zone on CT 4/20/2020, on apixaban since.\n",
            "thromboembolism:moderate",
        ),
        (
            "liver",
            "discharge",
            "2020-03-20",
            "Discharge summary. Admit 3/15/2020, discharge 3/20/2020.\nReason: liver abscess after ablation.\n\nHospital course: Rigors at home. A 10 Fr drain was placed. Oral ciprofloxacin at the end.\n",
            "infection:severe",
        ),
        (
            "psoas",
            "discharge",
            "2020-03-11",
            "Retroperitoneal hematoma: small. Urine clear this morning; Foley out, voiding.\n",
            "hemorrhage:mild",
        ),
        (
            "psoas",
            "telephone",
            "2020-03-14",
            "Some tingling of the thigh in the evening. On asking again she means the other thigh, an old thing.\n",
            "",
        ),
        (
            "psoas",
            "discharge",
            "2020-03-11",
            "As the thaw came the pressure rose to 210/110 for four minutes; this had been expected and nicardipine was running.\n",
            "",
        ),
        (
            "bones",
            "clinic",
            "2020-04-02",
            "Skin blistering over the iliac crest since the ablation, healed by week three.\n",
            "skin_injury:mild",
        ),
    ],
)
def test_complications(base: str, kind: str, day: str, text: str, events: str, reader: Reader) -> None:
    found = chart(base, kind, day, text, reader)
    assert {f"{row['term']}:{row['severity']}" for row in found.complications} == set(events.split())


COLUMNS = {"surg": "prior_surgery", "rad": "prior_radiation", "sys": "prior_systemic", "set": "disease_setting", "death": "death_date"}
MARKS = {True: "+", False: "-", None: "?"}


@pytest.mark.parametrize(
    ("base", "kind", "day", "text", "cells"),
    [
        (
            "psoas",
            "clinic",
            "2020-02-01",
            "UPS thigh, removed 2016 by Mr A; never irradiated; doxorubicin x6 for lung mets in 2018. Now psoas.\n",
            "surg+ rad- sys+ set=metastatic",
        ),
        ("psoas", "clinic", "2020-02-01", "She has had six courses of doxorubicin and ifosfamide until last October.\n", "sys+"),
        (
            "psoas",
            "clinic",
            "2020-02-01",
            "After her hysterectomy she was told that nothing further was required, and she has never had radiotherapy.\n",
            "surg+ rad-",
        ),
        ("psoas", "clinic", "2020-02-01", "Radiation was considered in 2012 and she did not have any, then or since.\n", "rad-"),
        ("psoas", "clinic", "2020-02-01", "Prior therapy: surgery yes (2015), RT yes, chemo no.\n", "surg+ rad+ sys-"),
        (
            "psoas",
            "clinic",
            "2020-02-01",
            "The sarcoma came back in the same place in May together with two small nodules in the lungs.\n",
            "set=both",
        ),
        (
            "psoas",
            "clinic",
            "2021-02-01",
            "Note to chart. The daughter telephoned. Her mother died at home on January 12, 2021.\n",
            "death=2021-01-12",
        ),
        ("psoas", "clinic", "2021-02-20", "Card from the wife: Mr *** died earlier this month under hospice.\n", "death=2021-02"),
        ("psoas", "clinic", "2020-02-01", "Has had nothing done for it so far.\n", "surg- rad- sys-"),
        ("psoas", "clinic", "2020-02-01", "MFS forearm, excised 2017, no radiation given, eribulin 2018.\n", "surg+ rad- sys+"),
        ("psoas", "clinic", "2020-04-20", "58 M, SFT of the pelvis, sacrectomy and XRT, six weeks out.\n", "surg+ rad+"),
        (
            "psoas",
            "clinic",
            "2020-02-01",
            "She had had no radiotherapy, operation or systemic drugs before.\n",
            "surg- rad- sys- set=primary",
        ),
        ("psoas", "clinic", "2020-02-01", "Lumpectomy + RT for breast cancer 2001; chemo for the sarcoma, 2018.\n", "sys+ rad?"),
        (
            "psoas",
            "clinic",
            "2020-04-20",
            "He starts pazopanib next week, his first drug for the sarcoma. He was operated in 2016.\n",
            "surg+ sys-",
        ),
        ("psoas", "clinic", "2020-04-20", "61 M, LMS (IVC, operated), percutaneous cryoablation 03/10/2020.\n", "surg+"),
        ("psoas", "clinic", "2020-04-20", "Metastatic LMS (stomach, 2013 gastrectomy), had cryotherapy on 10 March 2020.\n", "surg+"),
        ("psoas", "clinic", "2020-04-20", "Ewing sarcoma. Local control was surgery, no RT. VDC/IE.\n", "surg+ rad- sys+"),
        ("psoas", "clinic", "2020-04-20", "Never treated: no operation, no RT, no drugs.\n", "surg- rad- sys-"),
        ("psoas", "clinic", "2020-04-20", "LMS. Chemo 2020 only after the cryo.\n", "sys?"),
        (
            "psoas",
            "clinic",
            "2020-02-01",
            "LMS of the thigh, resected 2016, cediranib trial 2017-18, electron beam 2016.\n",
            "surg+ rad+ sys+",
        ),
        (
            "psoas",
            "clinic",
            "2020-02-01",
            "Radiation had been proposed for the scar, not done. Doxorubicin was discussed and kept in reserve, not given.\n",
            "rad- sys-",
        ),
        ("psoas", "clinic", "2020-02-01", "Prior to that: partial gastrectomy April 2019 for the sarcoma.\n", "surg+"),
        (
            "psoas",
            "clinic",
            "2020-02-01",
            "Local recurrence of retroperitoneal leiomyosarcoma (IVC resection 2014).\n",
            "set=recurrent surg+",
        ),
        ("psoas", "discharge", "2021-02-20", "Pronounced 2/19/2021 at 04:40.\n", "death=2021-02-19"),
        ("psoas", "clinic", "2020-04-20", "LMS, resected 2015. Chemotherapy for a lymphoma in 1999.\n", "surg+ sys?"),
        ("psoas", "clinic", "2021-02-20", "Comfort care, expired 2/19/21 at 22:15.\n", "death=2021-02-19"),
        (
            "psoas",
            "clinic",
            "2020-02-01",
            "Never irradiated. We discussed wedge resection, SBRT, a change of drugs, and cryoablation.\n",
            "rad-",
        ),
        (
            "psoas",
            "clinic",
            "2020-02-01",
            "Not irradiated so far. SBRT to three fields also discussed. Radiation not at this age.\n",
            "rad-",
        ),
        ("psoas", "clinic", "2020-02-01", "In 04/2018 a 17 cm retroperitoneal mass came out with the left colon.\n", "surg+"),
        ("psoas", "clinic", "2020-02-01", "2015: pleural metastasis, removed with part of the lung 10/2015.\n", "surg+"),
        (
            "psoas",
            "clinic",
            "2020-02-01",
            "He had 50 Gy pre-operatively at home and in July 2016 an en bloc resection of the mass.\n",
            "surg+ rad+",
        ),
        (
            "psoas",
            "clinic",
            "2020-02-01",
            "Sarcoma of the heel, wide excision and free flap 5/2017, sentinel node negative then.\n",
            "surg+",
        ),
        ("psoas", "clinic", "2020-02-01", "Excision 2018. Never on a drug.\n", "surg+ sys-"),
        (
            "psoas",
            "clinic",
            "2020-02-01",
            "A man with NF1 (his mother and a brother have it too) whose nerve sheath tumor was resected in 2017 after radiation, 50 Gy.\n",
            "surg+ rad+",
        ),
        (
            "psoas",
            "clinic",
            "2020-02-01",
            "The lump was removed at a hospital near her parents in 2016 after preoperative radiation.\n",
            "rad+",
        ),
        ("psoas", "clinic", "2020-02-01", "Her father had radiation for lymphoma.\n", "rad?"),
        ("psoas", "clinic", "2020-02-01", "Resected 2014. The psoas one is in the old bed, the lung ones are metastases.\n", "set=both"),
        ("psoas", "clinic", "2020-02-01", "Last month he felt a firmness beside the old scar.\n", "set=recurrent"),
        ("psoas", "clinic", "2020-02-01", "First relapse 04/2018 lungs, second relapse 9/2019.\n", "set=metastatic"),
    ],
)
def test_patient(base: str, kind: str, day: str, text: str, cells: str, reader: Reader) -> None:
    (row,) = chart(base, kind, day, text, reader).patients
    for cell in cells.split():
        name, _, value = cell.partition("=")
        if value:
            precision = row["death_date_precision"] if name == "death" else "day"
            told = str(row[COLUMNS[name]])
            assert (told if precision == "day" else told[:7]) == value
        else:
            assert MARKS[row[COLUMNS[name[:-1]]]] == name[-1]
