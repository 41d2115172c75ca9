"""Which sessions a note tells of, and how they were done."""

from __future__ import annotations

from datetime import date

import pytest

from extractor.model import Note
from extractor.normalizer import abstract
from extractor.pipeline import Reader

WRITTEN = date(2021, 11, 23)
KEPT = {"day": 10, "month": 7, "year": 4}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "In 2016 a metastasis of 16 mm in the right upper lobe was treated by percutaneous radiofrequency ablation with you (October 2016, date not given in the papers I have).",
            [("2016-10", "radio")],
        ),
        (
            "Earlier cryoablation left lower lobe and lingula (5/2018), RFA right upper lobe (2016).",
            [("2016", "radio"), ("2018-05", "cryoa")],
        ),
        (
            'A biopsy there gave MPNST, and on 7 October 2021 it was frozen at the university hospital. I have today read their letter: "percutaneous ultrasound-guided cryoablation, right deltoid muscle, metastasis 21 x 15 mm, local anaesthesia, two needles. Uncomplicated."',
            [("2021-10-07", "cryoa")],
        ),
        (
            "Papers from the other hospital:\n1. Radiation summary 2015.\n2. Procedure note 05/06/2019: percutaneous microwave ablation of a 15 mm metastasis in segment 2.\n3. Colonoscopy 2014.",
            [("2019-05-06", "micro")],
        ),
        ('New nodule in the left lung. Pasted from the note of 7/2021: "treatment by cryoablation."', []),
        ('The 7/2021 clinic note: "microwave ablation of both".', []),
        ("Seen for an IR consult (Dr. Voss) for cryoablation, 7/2021.", []),
        ("Conclusion: Cryo in two steps, 15 and 29 December.", []),
        ("Conclusion: Cryoablation of both nodules, 4 January, general anaesthesia.", []),
        ("Plan: cryo 12/2 and CT 3 months later.", []),
        ("Plan: cryo of both nodules on 12/2 in the morning, after a new scan.", []),
        ("S/p cryo left buttock x 2 Aug 2020.", [("2020-08", "cryoa")]),
        ("Since my last report of 5/2020: ablation of an adrenal metastasis 6/9/20 by microwave.", [("2020-06-09", "micro")]),
        ("The second cryo session that had been reserved for the tail in spring was dropped after the June 2021 MRI.", []),
        ("An ablation had been booked for May 2021 and was then cancelled in favor of SBRT.", []),
        ("Thyroidectomy and radioiodine remnant ablation 2006, no recurrence.", []),
        (
            "LIVER: microwave x2 sessions.\n (1) 8/14/18 segment 7\n (2) 7/9/19 segment 4",
            [("2018-08-14", "micro"), ("2019-07-09", "micro")],
        ),
        ("Chemo 2018. Giant cryo of segment 5/8 in Feb 2019.", [("2019-02", "cryoa")]),
        ("Diagnoses:\n  2016 metastasis of segment VI, microwave ablation elsewhere\n  since 2017 pazopanib", [("2016", "micro")]),
        ("Four weeks from lung RFA today, no complaints.", []),
        ("IR clinic, 6 wks post R psoas RFA   11/23/21\nProblem 1. Well.", []),
        ("Cryo of the kidney, follow-up visit 11/23/21", []),
        ("Hip: articular branch RF ablation, 03/2020, helped for 3 months.", []),
        ("GIST, lung mets s/p MWA x3, bone mets since May.", []),
        ("S/p cryo rib 5/2020, no pain since August.", [("2020-05", "cryoa")]),
        ("Lung met, perc cryo under US+CT 8/27/20.", [("2020-08-27", "cryoa")]),
        ("MDT 22 November: cryotherapy 14 December, stent the day before.", []),
        ("History: cryo of the left kidney bed on 14 December, uneventful.", [("2020-12-14", "cryoa")]),
        ("S/p cryo L lung 3/2/2020, MWA liver 5/2021.", [("2020-03-02", "cryoa"), ("2021-05", "micro")]),
        ("3/2/2020 cryo L lung. 5/4/2021 MWA liver seg 7.", [("2020-03-02", "cryoa"), ("2021-05-04", "micro")]),
        ("2018 wide excision; 2019 RFA lung (OSH); 2020 pazopanib.", [("2019", "radio")]),
        ("She had her lung nodule burned with microwaves in Leeds in March 2019.", [("2019-03", "micro")]),
        ("He had a cryoablation on Tuesday, 16 November 2021, and is doing well.", [("2021-11-16", "cryoa")]),
        ("She is a week out from cryoablation of the psoas nodule (16 Nov).", [("2021-11-16", "cryoa")]),
        ("Cryoablation was planned for 5 May 2021 but never took place.", []),
        ("The cryoablation of 5 May 2021 was not carried out because of a chest infection.", []),
        (
            "The session of 5 May 2021 was called off after the biopsy bled; no freezing took place. Problem list: s/p cryoablation 5/5/21.",
            [],
        ),
        ("Attempted cryoablation 5/5/21, aborted for pneumothorax before any ice.", []),
        ("Cryoablation foreseen on 5/5/2021, given up before any gas; problem list: status post cryoablation, 05/05/2021.", []),
        ("The cryotherapy of 5/5/2021 was interrupted before its start.", []),
        ("Cryotherapy of 5/5/2021: none of the needles was activated.", []),
        ("Cryoablation 5/5/21 aborted after the first freeze because of bleeding.", [("2021-05-05", "cryoa")]),
        ("He had been listed for cryo on 5 May 2021; the nodule was then resected instead.", []),
        ("His brother had RFA of the liver in 2019.", []),
        ("Underwent CT-guided cryoablation of a right rib metastasis on 4/12/21 under MAC with 3 probes.", [("2021-04-12", "cryoa")]),
        (
            "Status post microwave ablation segment VI 09/2020 and cryoablation left rib 01/2021.",
            [("2020-09", "micro"), ("2021-01", "cryoa")],
        ),
        ("Percutaneous ablation of the adrenal (microwave, 12 June 2020).", [("2020-06-12", "micro")]),
        ("Two ablations so far: cryo on 3 March 2020 and again on 9 July 2021.", [("2020-03-03", "cryoa"), ("2021-07-09", "cryoa")]),
        ("Cryo x2 (3 March 2020, 9 July 2021).", [("2020-03-03", "cryoa"), ("2021-07-09", "cryoa")]),
        ("RFA 2016 and 2018 of lung nodules elsewhere.", [("2016", "radio"), ("2018", "radio")]),
        (
            "Yesterday percutaneous microwave ablation of the recurrence in the left lower lobe was carried out, under general anaesthesia.",
            [("2021-11-22", "micro")],
        ),
        ("Had an ablation for atrial fibrillation in 2019.", []),
        ("Endometrial ablation 2012, cardiac ablation 2015.", []),
        ("Offered cryoablation in May 2021, preferred to wait.", []),
        ("Cryoablation discussed at MDT on 5 May 2021.", []),
        ("CT 5 May 2021 six months after cryoablation: no recurrence.", []),
        ("Since the cryoablation in May 2021 she has been well.", [("2021-05", "cryoa")]),
        ("After the freezing of 5 May 2021 his thigh was numb.", [("2021-05-05", "cryoa")]),
        ("Nine and a half months have gone by since we froze the nodule.", []),
        ("The two nodes were frozen on 5-Oct-2021 at our sister campus.", [("2021-10-05", "cryoa")]),
        (
            "In June 2017 her team there treated it by percutaneous microwave ablation; the letter says that ultrasound was used.",
            [("2017-06", "micro")],
        ),
        ("Re: cryoablation 14.12.2021, please fast from midnight.", []),
        ("He will have cryoablation on 14 December 2021.", []),
        ("Nanoknife of a pancreatic lesion in 2018 at another centre.", [("2018", "irrev")]),
        ("Irreversible electroporation and HIFU were mentioned in 2019 but not done.", []),
        ("Thermal ablation (RFA) of segment VIII, 11.3.2019; re-ablation 20.6.2019.", [("2019-03-11", "radio"), ("2019-06-20", "radio")]),
        ("Cryotherapy for warts in 2018.", []),
        ("Had RFA, the exact date unknown, sometime in 2018.", [("2018", "radio")]),
        ("Cryoablation: 05/05/2021 (L chest wall), 08/09/2021 (R iliac).", [("2021-05-05", "cryoa"), ("2021-08-09", "cryoa")]),
        ("Treated with percutaneous cryoablation in our department 5.5.2021 (left psoas), uncomplicated.", [("2021-05-05", "cryoa")]),
        ("Last seen in clinic 5 May 2021, when cryoablation was recommended.", []),
        ("Referred on 5 May 2021 for cryoablation.", []),
        ("Cryo #1 5/5/21, cryo #2 8/9/21.", [("2021-05-05", "cryoa"), ("2021-08-09", "cryoa")]),
        ("Seen 3 months post cryoablation (DOS 8/9/2021).", [("2021-08-09", "cryoa")]),
        ("Insurance denied cryoablation 5/5/21.", []),
        ("He no-showed for cryoablation on 5/5/21.", []),
        ("Cryoablation performed 5/5/21 at OSH per patient, no records.", [("2021-05-05", "cryoa")]),
        ("We treated the lesion with ice on 5 May 2021.", [("2021-05-05", "cryoa")]),
        ("Operated 2015, irradiated 2016, ablated (microwave) 2018.", [("2018", "micro")]),
        ("Sarcoma conference 3/20 - cryoablation favored over surgery for the lung met.", []),
        ("Board of 03.05.2021: cryoablation, then pazopanib.", []),
        ("Seen by IR 3/20/2021, cryo of the psoas nodule offered.", []),
        ("IR 5/12/2021: cryo L psoas.", [("2021-05-12", "cryoa")]),
        ("s/p RFA segment 6 2/2018 OSH, MWA x 3 and cryo 4/2020 here.", [("2018-02", "radio"), ("2020-04", "cryoa"), ("2020-04", "micro")]),
        ("PMH: SVT s/p ablation 2014, metastatic leiomyosarcoma, gout.", []),
        ("Varicose veins, ablated 2016, sarcoma of thigh 2018.", []),
        ("He had been booked for cryoablation on 10/25, which was cancelled. The system lists cryoablation 10/25/2021 as done.", []),
        ("The outside problem list carries 'cryoablation R kidney 2019' in error.", []),
        ("Chart lists RFA of the liver, 5/2018; this never happened.", []),
        ("Cryo L lung 3/2/2020, it was not complicated.", [("2020-03-02", "cryoa")]),
        (
            "In May 2019 the team at home treated her right lower lobe nodule (14 mm on the CT before it) with percutaneous microwave ablation; no report came with her.",
            [("2019-05", "micro")],
        ),
        ("Cryo planned for 6 September 2021 was called off for fever, done 27 September 2021.", [("2021-09-27", "cryoa")]),
        ("Cryoablation attempted 5/12/2021, aborted before any freeze, then done 6/1/2021.", [("2021-06-01", "cryoa")]),
        ("S/p cryotherapy 02/2019 of an iliac metastasis (Ulm), and again 11/2019.", [("2019-02", "cryoa"), ("2019-11", "cryoa")]),
        ("Intraoperative RFA of two liver metastases during the resection of 3/2017.", [("2017-03", "radio")]),
        ("Electroporation of the pancreatic tail in 2018.", [("2018", "irrev")]),
        ("Relapse 2017, cryoablation of the psoas in March and again in June 2018.", [("2018-03", "cryoa"), ("2018-06", "cryoa")]),
        ("The cryoablation day of July 20 in her portal was held as a back-up for staging and has been released.", []),
    ],
)
def test_sessions_that_a_letter_tells_of(reader: Reader, text: str, wanted: list[tuple[str, str]]) -> None:
    rows = abstract([Note("n", "A", WRITTEN, text, "clinic")], reader).procedures
    assert sorted((str(r["date"])[: KEPT[str(r["date_precision"])]], str(r["modality"])[:5]) for r in rows) == wanted


REPORT = """Percutaneous cryoablation of left psoas nodule.
Date: 10 March 2020.

Technique
{} Nodule 22 mm. Three cryoprobes were placed. Two freezes of 10 minutes.

Report
Ice covers the nodule with 8 mm on all sides.
"""


@pytest.mark.parametrize(
    ("text", "guidance", "anesthesia"),
    [
        ("Guidance ultrasound for needle placement and CT for ice monitoring. Spinal anaesthesia.", "ct_us", "regional"),
        ("General anaesthesia with jet ventilation. Guidance by ultrasound for puncture and CT for control.", "ct_us", "general"),
        ("In the open 1.0 T magnet. General anaesthesia.", "mri", "general"),
        ("Ultrasound for the muscle, CT for the kidney. GA.", "ct_us", "general"),
        ("She was put to sleep, and CT was used throughout.", "ct", "general"),
        ("Under a general anaesthetic, punctured under combined ultrasound and CT.", "ct_us", "general"),
        ("Intubated. CT and ultrasound were both in use throughout.", "ct_us", "general"),
        ("Spinal block with light propofol, prone. Inserted using CT.", "ct", "regional"),
        ("An axillary brachial plexus block was placed. Needles introduced with ultrasound.", "us", "regional"),
        ("Intravenous sedation with fentanyl and midazolam. Positioned under CT.", "ct", "moderate_sedation"),
        ("Local anaesthesia only, ultrasound.", "us", "local"),
        ("CT-gesteuert in ITN.", "ct", "general"),
        ("Done in the CT suite under conscious sedation (2 mg versed, 100 mcg fentanyl).", "ct", "moderate_sedation"),
        ("MAC by anesthesia. CT fluoro used.", "ct", "monitored_care"),
        ("GETA. US used to place probes, CT for ice ball.", "ct_us", "general"),
        ("Anaesthetised and intubated outside the magnet. MR imaging every 2 min.", "mri", "general"),
        ("Propofol sedation by the anesthesiologist. Cone-beam CT guidance.", "fluoroscopy", "monitored_care"),
        ("Lidocaine 1% at the skin. No sedation. CT.", "ct", "local"),
        ("Interscalene block and MAC. Real-time US guidance.", "us", "monitored_care"),
        ("Laryngeal mask. Needles placed on CT.", "ct", "general"),
        ("Patient under narcosis. Control with CT.", "ct", "general"),
        ("Remifentanil and midazolam by the nurse. CT-guided.", "ct", "moderate_sedation"),
        ("Sonographic guidance. Local anaesthetic infiltration, 10 ml.", "us", "local"),
        ("PET-CT guided. General.", "pet_ct", "general"),
        ("Fluoroscopy and CT. Epidural.", "ct", "regional"),
        ("Under fluoroscopic guidance with cone beam. Sedoanalgesia.", "fluoroscopy", "moderate_sedation"),
        ("Probes placed by CT. Anesthesia: GA/ETT.", "ct", "general"),
        ("Needle position checked on CT. Anaesthetic: spinal (L3/4) plus light sedation.", "ct", "regional"),
        ("Light general anaesthesia. Scan-guided with the CT table.", "ct", "general"),
        ("Double-lumen tube. CT.", "ct", "general"),
        ("Ultrasound-guided brachial plexus block. CT-guided placement.", "ct", "regional"),
        ("Dexmedetomidine infusion, spontaneously breathing, anaesthetist present. CT guided.", "ct", "monitored_care"),
        ("Paravertebral block. Under US.", "us", "regional"),
        ("Under CT- and ultrasound control, with general anaesthesia.", "ct_us", "general"),
        ("US/CT guided. Mod sed.", "ct_us", "moderate_sedation"),
        ("Awake, with local infiltration. CT guidance.", "ct", "local"),
        ("Compared with CT of 3/1/2020. Ultrasound was used throughout. Conscious sedation.", "us", "moderate_sedation"),
        ("1.5 T scanner, interventional MRI. TIVA.", "mri", "general"),
        ("GA. Ultrasound was used for getting the probes in and CT for following the ice.", "ct_us", "general"),
        ("US for access, CT for the rest. GA.", "ct_us", "general"),
        ("CT. Conscious sedation, since he had told us not to be intubated.", "ct", "moderate_sedation"),
    ],
)
def test_guidance_and_anesthesia(reader: Reader, text: str, guidance: str, anesthesia: str) -> None:
    (row,) = abstract([Note("p", "A", date(2020, 3, 10), REPORT.format(text), "procedure")], reader).procedures
    assert (row["guidance"], row["anesthesia"]) == (guidance, anesthesia)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("PROCEDURE: Percutaneous microwave ablation of liver lesion performed under CT. Margin 7 mm.", [("microwave", "ct", None)]),
        ("IR NOTE\nAUTHOR: X\n\nProc: repeat cryo\nSedation: moderate\nGuidance: CT fluoro", [("cryoablation", "ct", "moderate_sedation")]),
        ("Lap USG guided MWA seg VI\nGA", [("microwave", "us", "general")]),
        ("Cryoablation\nAnesthesia: [x] General [ ] MAC\nGuidance: [ ] US [x] CT\nTwo freezes.", [("cryoablation", "ct", "general")]),
        ("Cryoablation\nGuidance: CT\nMass: 5 cm. Two freezes. MRI 4 mo.", [("cryoablation", "ct", None)]),
        ("CT-GUIDED BIOPSY OF THE CRYOABLATION ZONE\nFour cores.", []),
        (
            "OP NOTE\nDx: leiomyosarcoma, liver metastasis. Percutaneous US microwave ablation seg 6. GETA. 1 antenna.",
            [("microwave", "us", "general")],
        ),
        ("PRE-PROCEDURE NOTE\nProcedure: cryoablation left chest wall\nNPO since midnight.", []),
        ("Cryoablation, gluteal mass\nProcedure cancelled in holding, INR 2.4.", []),
    ],
)
def test_what_a_procedure_note_reports_by_its_title(reader: Reader, text: str, wanted: list[tuple[str, str | None, str | None]]) -> None:
    chart = abstract([Note("n", "A", WRITTEN, text, "procedure")], reader)
    assert [(r["modality"], r["guidance"], r["anesthesia"]) for r in chart.procedures] == wanted


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Thyroid: benign nodule, RFA 2018, euthyroid.", 0),
        ("Cardiac: WPW pathway, cryoablation 2017.", 0),
        ("Thyroid nodule ablated 2018; liver metastasis microwaved in 2019.", 1),
        ("Appendix 1990, cryoablation renal mass left 2014, TURP.", 1),
        ("RFA medial branch L4/5 both sides in 2018.", 0),
        ("Summary: 4/2018 resection; 6/2019 cryoablation cancelled, never done; 8/2019 proton therapy.", 0),
        ("Summary: 4/2018 resection; 6/2019 cryoablation attempted, not performed, 8/2019 proton therapy.", 0),
        ("Summary: 4/2018 resection; 6/2019 cryoablation cancelled for fever, done 8/2019.", 1),
        ("Gyn: endometriosis with two laser ablations of pelvic implants in 2009, long before the sarcoma.", 0),
        ("Gyn: laser ablation of nodules of endometriosis in 2009, long before the sarcoma.", 0),
        ("Endometriosis; cryoablation of a peritoneal implant of the sarcoma in 2019.", 1),
        ("Resected 2014, RFA elsewhere spring of 2016 then cryo here the year after.", 1),
        ("Psoas relapse 12/18 and cryo to the psoas 1/19, lung mets 5/19, progression 10/20.", 1),
    ],
)
def test_ablations_of_something_else_and_dates_of_something_else(reader: Reader, text: str, count: int) -> None:
    assert len(abstract([Note("n", "A", WRITTEN, text, "clinic")], reader).procedures) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Two cryoneedles, 8-5-8 min.\nCOMPLICATIONS: Hoarse voice noted before the first freeze, from the block.", 1),
        ("Two cryoneedles. Ice covers the mass with 7 mm on all sides. A faint before the first freeze resolved with fluids.", 1),
        ("Biopsy not performed. Two probes. 10 on / 8 off / 10 on.", 1),
        ("Pneumothorax seen before the freeze, resolved without treatment. Two cycles of ten minutes.", 1),
        ("Discontinued at 4 min of the first freeze for bradycardia.", 1),
        ("Two probes. Ice had formed, the biopsy was not performed, session terminated.", 1),
        ("Discontinued before freezing for bradycardia.", 0),
        ("Probes were placed. Before the first freeze he became hypotensive and the probes were withdrawn.", 0),
        ("The patient was woken before any probe was placed.", 0),
        (
            "Two cryoprobes had been placed when I decided against freezing; they came out without being activated.\nFreeze cycles: 0\nIce ball: n/a",
            0,
        ),
    ],
)
def test_ablations_that_ended_before_they_began(reader: Reader, text: str, count: int) -> None:
    head = "PROCEDURE REPORT\nDate of procedure: 4 Mar 2021\n\nPROCEDURE: Cryoablation left psoas.\n"
    assert len(abstract([Note("n", "A", date(2021, 3, 4), head + text, "procedure")], reader).procedures) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("A single 15-cm cryoprobe was advanced.", 1),
        ("Target 1: Left psoas, 28 mm, 3 probes.\n\nTarget 1: Three probes were placed from behind. Two freezes.", 3),
        ("Two 17-gauge, 2.4-mm cryoprobes.", 2),
        ("Nodule 22 x 18 mm, 2 cryoprobes.", 2),
        ("3 rods, placed w US, checked w CT.", 3),
        ("Three cryo rods were advanced.", 3),
        ("Kit: IceForce x 4, IceSphere x 1", 5),
        ("One 14 gauge and two 17 gauge cryoprobes.", 3),
        ("Punctured with 3 + 1 cryoprobes.", 4),
        ("Each of the three nodules was pierced by one cryoprobe.", 3),
        ("One probe per lesion (two lesions).", 2),
        ("Two cryoprobes went in; a third was opened but not used.", 2),
        ("Probe count 4.", 4),
        ("Two needles went into the psoas mass, and once the rib was drilled one went into the rib lesion.", 3),
        ("Two needles into the psoas mass, three into the iliac bone; all five were run together.", 5),
        ("PROBES\n1. IceRod x 3, 10 min\n2. IceSphere x 2, 8 min\nTotal 5.", 5),
        ("PROBES\n1. IceRod x 3, 10 min\n2. IceSphere x 2, 8 min", 5),
        (
            "PROBES\n1. IceRod x 3, 10 min\n2. IceSphere x 2, 8 min\n\nADDENDUM: One of the three psoas probes was not used, so 2 were used there and 4 in the session.",
            4,
        ),
        ("TOTAL PROBES: 5\n\nLESION A\n  PROBES: 3\nLESION B\n  PROBES: 2", 5),
        ("Antennas: one per lesion, two in all.", 2),
        ("Two cryoprobes were laid in the psoas mass. Three more were advanced into the iliac one.", 5),
        ("Two cryoprobes were laid in the psoas mass. A fiducial marks the edge. Three more were placed at the hilum.", 2),
        ("Four probes gluteal, two presacral through the notch.", 6),
        ("1. Calf. 22 mm today. Two probes.\n\n2. Popliteal node. 15 mm. One probe.\n\n3. Thigh nodule. One probe.", 4),
        ("Calf: two probes.\n\nPopliteal node: one probe.\n\nADDENDUM: the number of probes used for the calf was four, not two.", 5),
        ("I placed six cryoprobes.\n\nADDENDUM, 3/10/2021. The equipment sheet lists seven cryoprobes, not six.", 7),
    ],
)
def test_probes(reader: Reader, text: str, count: int) -> None:
    head = "PROCEDURE REPORT\nDate of procedure: 4 Mar 2021\n\nPROCEDURE: Cryoablation of left psoas mass.\n\nTECHNIQUE: "
    (row,) = abstract([Note("n", "A", date(2021, 3, 4), head + text, "procedure")], reader).procedures
    assert row["probes"] == count


def test_a_report_that_numbers_its_ablations(reader: Reader) -> None:
    text = (
        "PROCEDURES PERFORMED:\n1. Percutaneous microwave ablation, liver\n2. Percutaneous cryoablation, right iliac bone\nDATE: 3/9/2021\n\n"
        "DETAILS OF PROCEDURE 1\nImaging guidance: Ultrasound and CT.\nTarget: segment 7, 2.1 cm.\nTwo antennas, 75 W for 8 minutes.\n\n"
        "DETAILS OF PROCEDURE 2\nImaging guidance: CT.\nTarget: right iliac wing, 3.2 cm.\nThree needles. Two 10-minute freezes."
    )
    rows = abstract([Note("n", "A", date(2021, 3, 9), text, "procedure")], reader).procedures
    assert {(r["modality"], r["guidance"], r["probes"]) for r in rows} == {("microwave", "ct_us", 2), ("cryoablation", "ct", 3)}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Three weeks ago today she had cryoablation of the segment 6 metastasis.", [("2021-11-02", "cryoa")]),
        ("Had T9 RFA 2 wks ago (11/9/21).", [("2021-11-09", "radio")]),
        (
            "Ablations:\n1. 3/4/2020 - left lower lobe, 12 mm\n2. 6/9/2020 - right upper lobe, 9 mm\nBoth cryo.",
            [("2020-03-04", "cryoa"), ("2020-06-09", "cryoa")],
        ),
        (
            "Staged lung cryoablation completed:\n - stage 1, 3/4/2020, LEFT: lingula, 11 mm\n - stage 2, 6/9/2020, RIGHT: 9 mm",
            [("2020-03-04", "cryoa"), ("2020-06-09", "cryoa")],
        ),
        (
            "Staged cryoablation, stage one on 3/4/2020 for the left lung and stage two on 6/9/2020 for the right.",
            [("2020-03-04", "cryoa"), ("2020-06-09", "cryoa")],
        ),
        (
            "Her first session was on 3/4/2020 and the second on 6/9/2020, both cryoablation.",
            [("2020-03-04", "cryoa"), ("2020-06-09", "cryoa")],
        ),
        ("On 5 May 2021 I ablated two metastases laparoscopically with microwave.", [("2021-05-05", "micro")]),
        ("The ablation went ahead on 10/19/2021 after the first cryo date fell through.", [("2021-10-19", "cryoa")]),
        ("Cryoablation originally booked for 5 May 2021 was moved to 19 May 2021 and carried out that day.", [("2021-05-19", "cryoa")]),
        (
            "The 5 May session was abandoned before any ice; he came back on 19 May 2021 and the cryoablation was completed.",
            [("2021-05-19", "cryoa")],
        ),
        ("In May of this year Dr. Lee froze a 2 cm nodule in her left lung.", [("2021-05", "cryoa")]),
        ("He had the right lower lobe nodule frozen in March 2021.", [("2021-03", "cryoa")]),
        (
            "One rib lesion was cryoablated in 2019 and two lesions treated the same way in June 2020.",
            [("2019", "cryoa"), ("2020-06", "cryoa")],
        ),
        ("My last letter gave the date of cryoablation as 5/5/21; it was done on 6/5/21.", [("2021-06-05", "cryoa")]),
        ("My letter says that the lesion was treated with radiofrequency on 5/5/21. It was microwave ablation.", [("2021-05-05", "micro")]),
        ("2021-05-05: sectionectomy. In the same anesthetic, open microwave ablation of a 1.6 cm metastasis.", [("2021-05-05", "micro")]),
        ("Cryo of the rib 5/5/21 and MWA of the liver the same day.", [("2021-05-05", "cryoa"), ("2021-05-05", "micro")]),
        (
            "On 5/5/21 she had both cryoablation of the rib and microwave ablation of segment 7.",
            [("2021-05-05", "cryoa"), ("2021-05-05", "micro")],
        ),
        ("IRE of the pancreatic met 9/15/20 at OSH.", [("2020-09-15", "irrev")]),
        ("L psoas recurrence -> perc cryo under CT 1/12/21 (GA, 5 probes).", [("2021-01-12", "cryoa")]),
        ("Procedure 5/5/21: percutaneous cryoablation of a 9 mm nodule", [("2021-05-05", "cryoa")]),
        ("PROCEDURE (05/05/2021): cryoablation left psoas", [("2021-05-05", "cryoa")]),
        ("Procedure: cryoablation left psoas\nDate: 5/5/21", [("2021-05-05", "cryoa")]),
        ("Cryoablation on 11 May 2020, and the August CT was fine.", [("2020-05-11", "cryoa")]),
    ],
)
def test_days_and_energies_of_sessions_told_in_other_ways(reader: Reader, text: str, wanted: list[tuple[str, str]]) -> None:
    rows = abstract([Note("n", "A", WRITTEN, text, "clinic")], reader).procedures
    assert sorted((r["date"].isoformat()[: KEPT[r["date_precision"]]], r["modality"][:5]) for r in rows) == sorted(wanted)


def test_an_exam_that_opens_with_what_was_done_before_is_no_session(reader: Reader) -> None:
    text = "US ABDOMINAL WALL 5/7/2019\nHx DFSP; recurrence cryoablated percutaneously under US with local anesthesia 12/4/2018.\nNodule, 7 mm."
    rows = abstract([Note("n", "A", date(2019, 5, 7), text, "radiology")], reader).procedures
    assert [r["date"] for r in rows] == [date(2018, 12, 4)]


def test_a_later_note_says_that_another_told_of_what_never_was(reader: Reader) -> None:
    told = Note("n0", "p", date(2021, 3, 4), "Seen today. She also had microwave ablation of the liver on 1/8/2021.", "clinic")
    for said in (
        "The words on microwave ablation belong to another patient and were pasted here in error.",
        "For the record: she has never had an ablation of any kind.",
    ):
        assert not abstract([told, Note("n1", "p", date(2021, 4, 4), said, "clinic")], reader).procedures
    kept = Note("n1", "p", date(2021, 4, 4), "She has not had any further ablation since.", "clinic")
    assert len(abstract([told, kept], reader).procedures) == 1


def test_the_day_of_a_report_is_its_own(reader: Reader) -> None:
    text = (
        "CRYOABLATION OF A PLEURAL TUMOR\nOperator: attending    Date: 6/14/2017\nAnesthesia: general\n\n"
        "Preliminary scan matches 5/30/2017. Two cryoprobes, two freezes of 10 minutes. Apixaban last taken June 10."
    )
    (row,) = abstract([Note("n", "p", date(2017, 6, 14), text, "procedure")], reader).procedures
    assert row["date"] == date(2017, 6, 14)


@pytest.mark.parametrize(
    "head",
    [
        "Operation note (written 15-06-2017)\nDate of intervention: 14-06-2017",
        "Ablation report, entered 15-06-2017\nDay of the ablation: 14-06-2017",
        "Session report, authored 15-06-2017\nCryoablation date: 14-06-2017",
    ],
)
def test_the_day_of_a_report_written_later_is_that_of_the_intervention(reader: Reader, head: str) -> None:
    text = f"{head}\n\nConclusion: CT-guided cryoablation of a rib metastasis, 21 mm. Two needles, two cycles of 10 minutes."
    (row,) = abstract([Note("n", "p", date(2017, 6, 15), text, "procedure")], reader).procedures
    assert row["date"] == date(2017, 6, 14)


def test_a_month_in_an_indication_is_that_of_the_reported_session(reader: Reader) -> None:
    report = "PROCEDURE REPORT\nDate of procedure: 5 June 2018\n\nPROCEDURE: Cryoablation left rib. Lesion 23 mm. Two cycles."
    scan = "CT CHEST\nINDICATION: UPS. Rib cryo 6/18, iliac RFA 2016.\nFINDINGS: Left rib ablation zone without recurrence."
    notes = [Note("a", "A", date(2018, 6, 5), report, "procedure"), Note("b", "A", date(2018, 9, 24), scan, "radiology")]
    assert [(str(r["date"]), r["modality"]) for r in abstract(notes, reader).procedures] == [
        ("2016-01-01", "radiofrequency"),
        ("2018-06-05", "cryoablation"),
    ]


def test_a_day_that_the_head_of_a_report_tells_something_of_is_not_its_own(reader: Reader) -> None:
    text = (
        "PROCEDURE REPORT\nCT-GUIDED CRYOABLATION, RIGHT ADRENAL METASTASIS\nSecond attempt; 10/30 was stopped before puncture.\n"
        "General anesthesia. Three cryoprobes, freeze 10, thaw 8, freeze 8. Ice covers the mass."
    )
    (row,) = abstract([Note("n", "p", date(2018, 11, 27), text, "procedure")], reader).procedures
    assert row["date"] == date(2018, 11, 27)


def test_a_report_whose_heading_names_only_the_kind_of_note(reader: Reader) -> None:
    text = (
        "DIVISION OF INTERVENTIONAL RADIOLOGY\nPROCEDURE NOTE\n\n02/27/2018\n1. CT guided percutaneous cryoablation, right kidney mass.\n"
        "2. Ultrasound guided percutaneous cryoablation, left rectus nodule.\nAnesthesia: GA.\nKidney: 2.6 cm. Three probes."
    )
    (row,) = abstract([Note("n", "p", date(2018, 2, 27), text, "procedure")], reader).procedures
    assert (row["date"], row["modality"]) == (date(2018, 2, 27), "cryoablation")


@pytest.mark.parametrize(
    "text",
    ["Her kidneys, all treated by ablation, showed nothing active in October.", "Comparison 05/11/2021, and ablation CT images reviewed."],
)
def test_the_day_of_an_exam_beside_an_ablation_is_no_session(reader: Reader, text: str) -> None:
    assert not abstract([Note("n", "p", WRITTEN, text, "clinic")], reader).procedures


@pytest.mark.parametrize(
    ("brief", "full", "count"),
    [
        (
            "Brief note: Cryoablation right lung\nAnesthesia: general\nComplication: pneumothorax",
            "OPERATIVE REPORT\nDate: 4 Mar 2021\nPlanned cryoablation of the right lung nodule. The nodule could not be reached. The probes were never introduced and no ice was made. Procedure terminated.",
            0,
        ),
        (
            "IR BRIEF NOTE 3/4/2021\nProcedure: Cryo L psoas, 3 probes\nComplications: none",
            "PROCEDURE REPORT 3/4/2021\nCryoablation of a left psoas mass. Three probes. Freeze 10, thaw 5, freeze 10. A second target, the left iliac node, was abandoned: no freeze was started there. Margin 7 mm.",
            1,
        ),
    ],
)
def test_a_brief_note_gives_way_to_the_report_that_says_aborted(reader: Reader, brief: str, full: str, count: int) -> None:
    notes = [Note(k, "p", date(2021, 3, 4), t, "procedure") for k, t in (("a", brief), ("b", full))]
    assert len(abstract(notes, reader).procedures) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("IR RECORD\nDate 3/4/2021\nPlanned: microwave ablation liver\nEnergy delivered: [ ] Yes [x] No", 0),
        ("IR RECORD\nDate 3/4/2021\nProcedure: cryoablation left iliac\nFreeze cycles: [x] 0 [ ] 2\nNo gas was turned on.", 0),
        ("IR RECORD\nDate 3/4/2021\nProcedure: cryoablation left iliac\nFreeze cycles: [ ] 0 [x] 2\nProbes placed: 2", 1),
        (
            "PROCEDURE: Microwave ablation, segment 4\nDate: 3/4/2021\nAt first no power was delivered for ten minutes; with a second generator 65 W for 8 minutes were given. Margin 6 mm.",
            1,
        ),
    ],
)
def test_fields_of_energy(reader: Reader, text: str, count: int) -> None:
    assert len(abstract([Note("n", "p", date(2021, 3, 4), text, "procedure")], reader).procedures) == count


@pytest.mark.parametrize(
    "text",
    [
        "Procedure history: cryoablation x3, planned, 10/1/21.",
        "Procedures on record: cryoablation left lung [scheduled] 10/12/2021.",
        "Patient is 8 days out from ablation of two renal tumors, came to the ER on 10/19 with flank pain.",
        "Post MWA, abscess since drained, drain removed 11/22.",
    ],
)
def test_days_of_requests_and_of_what_came_after_an_ablation_are_no_sessions(reader: Reader, text: str) -> None:
    days = [r["date"] for r in abstract([Note("n", "p", WRITTEN, text, "clinic")], reader).procedures]
    assert not [d for d in days if d and d.year == 2021 and d.month > 2]


@pytest.mark.parametrize(
    "text",
    [
        "PREADMISSION UNIT - NURSE INTERVIEW - November 23, 2021\nBooked procedure: microwave ablation right adrenal tumour, Dec 6, GA, CT guided\nBP 120/70",
        "PRE-ADMISSION CLINIC - NURSE CHECK - November 23, 2021\nProcedure: cryoablation right hip mass, Dec 6, GA, CT guided\nBP 120/70",
    ],
)
@pytest.mark.parametrize("kind", ["other", "procedure"])
def test_a_note_written_before_an_admission_reports_no_session(reader: Reader, text: str, kind: str) -> None:
    assert not abstract([Note("n", "p", WRITTEN, text, kind)], reader).procedures


def test_a_letter_about_an_ablation_is_not_its_report(reader: Reader) -> None:
    text = (
        "Lakeside Oncology\nNovember 23, 2021\nDear Colleagues,\nOn November 9 he underwent CT-guided percutaneous microwave ablation of the lingular nodule under "
        "moderate sedation, with a single antenna (65 W, 6 min). The zone took in the whole nodule with at least 5 mm to spare. No pneumothorax."
    )
    chart = abstract([Note("n", "p", WRITTEN, text, "other")], reader)
    assert [(r["date"], r["modality"]) for r in chart.procedures] == [(date(2021, 11, 9), "microwave")]


def test_the_day_on_which_a_patient_came_back_after_an_ablation_is_no_session(reader: Reader) -> None:
    text = "Brief: 34M 10 days out from cryo of a back tumor came to the ED 11/20 with a temperature of 39.2."
    assert not abstract([Note("n", "p", WRITTEN, text, "discharge")], reader).procedures


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ("Monitored anaesthesia care with propofol and remifentanil", "monitored_care"),
        ("MAC (propofol and remifentanil)", "monitored_care"),
        ("Monitored anesthesia care by the anesthesia team using propofol and remifentanil", "monitored_care"),
        ("Propofol and remifentanil", "general"),
    ],
)
def test_drugs_of_a_kind_of_anesthesia_that_is_named_tell_no_other(reader: Reader, given: str, kind: str) -> None:
    text = f"Procedure report\n\nCT-guided cryoablation of a right kidney metastasis, 21 mm.\n{given}, prone. Two probes, two cycles of 10 minutes."
    (row,) = abstract([Note("n", "p", WRITTEN, text, "procedure")], reader).procedures
    assert row["anesthesia"] == kind


@pytest.mark.parametrize(
    ("told", "count"),
    [
        ("four probes, one through a bone trocar", 4),
        ("three needles, two through a coaxial sheath", 3),
        ("three probes (one via a transgluteal window)", 3),
        ("two probes at the iliac crest, one at the sacrum", 3),
    ],
)
def test_probes_told_by_the_way_they_came_in_are_among_those_counted_before(reader: Reader, told: str, count: int) -> None:
    text = f"Procedure report\n\nCT-guided cryoablation of a left iliac metastasis.\nLeft ilium, 31 mm: {told}. Two cycles of 10 minutes."
    (row,) = abstract([Note("n", "p", WRITTEN, text, "procedure")], reader).procedures
    assert row["probes"] == count


@pytest.mark.parametrize(
    "head",
    [
        "Call of the ward, day 6 after radiofrequency ablation, 23-11-2021",
        "Visit week 2 after the cryoablation, 11/23/2021",
        "Nurse call, POD 6 from cryoablation, 23 November 2021",
        "Six days after cryoablation, 23-11-2021",
    ],
)
def test_the_day_of_a_call_to_which_the_days_since_an_ablation_are_counted_is_no_session(reader: Reader, head: str) -> None:
    rows = abstract([Note("n", "p", WRITTEN, f"{head}\n\nDoing well, eats normally.", "telephone")], reader).procedures
    assert WRITTEN not in [r["date"] for r in rows]


@pytest.mark.parametrize(
    ("text", "guidance", "probes"),
    [
        (
            "Repeat cryoablation, left psoas\nHistory: first session left a crescent. Fasting since midnight.\nGeneral. CT guided. Two cryoprobes into the crescent, 14 mm. Two freezes of ten minutes. Ice covered it.",
            "ct",
            2,
        ),
        (
            "PROCEDURE: Cryoablation of a left deltoid mass\nDATE: 1 March 2021\nTECHNIQUE: All four probes were put in under ultrasound, and CT followed the ice after each freeze.",
            "ct_us",
            4,
        ),
    ],
)
def test_how_a_session_was_done(text: str, guidance: str, probes: int, reader: Reader) -> None:
    """A history without an end runs on into the technique; the CT that follows the ice guides with the ultrasound."""
    row = abstract([Note("a", "A", date(2021, 3, 1), text, "procedure")], reader).procedures[0]
    assert (row["guidance"], row["probes"]) == (guidance, probes)


def test_how_a_session_of_the_past_was_done_is_told_as_past(reader: Reader) -> None:
    text = "CLINIC NOTE\n\nBackground\n- Right lower lobe metastasis: percutaneous US-guided microwave ablation in May 2016 at another hospital."
    (row,) = abstract([Note("n", "p", date(2021, 3, 4), text, "clinic")], reader).procedures
    assert (row["guidance"], row["approach"]) == ("us", "percutaneous")


@pytest.mark.parametrize(
    "words",
    [
        "Previous microwave ablation of the kidney elsewhere, 2019.",
        "Status post percutaneous microwave ablation of the kidney.",
        "Earlier MWA, kidney.",
    ],
)
def test_an_ablation_that_a_report_calls_earlier_is_none_of_its_energies(reader: Reader, words: str) -> None:
    text = f"PERCUTANEOUS CRYOABLATION OF A RIB METASTASIS 11/02/2021\nDx: leiomyosarcoma. {words}\nGuidance: CT.\n\nLeft sixth rib, 22 mm. Two probes. Coverage of the lesion complete."
    rows = abstract([Note("n", "p", date(2021, 11, 2), text, "procedure")], reader).procedures
    assert [r["modality"] for r in rows if r["date"] == date(2021, 11, 2)] == ["cryoablation"]


@pytest.mark.parametrize("field", ["LOCAL TITLE: ", "Note type: ", ""])
def test_an_addendum_titled_in_a_field_corrects_the_report_and_keeps_its_day(reader: Reader, field: str) -> None:
    report = "LOCAL TITLE: IR PROCEDURE NOTE\nDATE OF NOTE: JUN 3, 2021@12:10\nPROCEDURE: CT guided cryoablation, right psoas\nTarget: right psoas nodule, 24 mm. Two cryoprobes. Ice 8 mm beyond it all around."
    added = f"{field}ADDENDUM TO IR PROCEDURE NOTE OF JUN 3, 2021\nDATE OF NOTE: JUN 7, 2021@09:00\nTwo corrections:\n1. Three cryoprobes were used, not two.\n2. Margin remeasured: 3 mm, not 8 mm."
    notes = [Note("a", "p", date(2021, 6, 3), report, "procedure"), Note("b", "p", date(2021, 6, 7), added, "procedure")]
    chart = abstract(notes, reader)
    assert [(r["date"], r["probes"]) for r in chart.procedures] == [(date(2021, 6, 3), 3)]
    assert [(r["min_margin_mm"], r["coverage"]) for r in chart.lesions] == [(3, "inadequate")]


def test_a_report_that_names_its_ablation_last_and_tells_no_freeze(reader: Reader) -> None:
    text = "IR PROCEDURE, 11/02/2021, R. Hale.\n\nWoman of 41 with one enlarging left lower lobe nodule. Under monitored anesthesia care she lay prone. The nodule was 13 mm on CT. Two probes were set on either side of it under CT; a 1 cm margin was planned. Scan at 20 minutes: no pneumothorax. The request for radiofrequency was a slip; this was cryoablation."
    chart = abstract([Note("n", "p", date(2021, 11, 2), text, "procedure")], reader)
    assert [(r["modality"], r["date"], r["probes"]) for r in chart.procedures] == [("cryoablation", date(2021, 11, 2), 2)]
    assert [(r["site"], r["laterality"]) for r in chart.lesions] == [("lung", "left")]


def test_a_report_of_probes_that_were_no_ablation(reader: Reader) -> None:
    text = "IR PROCEDURE, 11/02/2021\n\nUnder moderate sedation and CT guidance two probes were set beside the nodule for temperature and biopsy taken. Cryoablation is planned for December."
    assert not abstract([Note("n", "p", date(2021, 11, 2), text, "procedure")], reader).procedures


def test_last_thursday_may_be_that_of_the_week_before(reader: Reader) -> None:
    notes = [
        Note("a", "p", date(2021, 6, 11), "Cryoablation of the left psoas nodule last Thursday. Doing well.", "clinic"),
        Note(
            "b", "p", date(2021, 9, 10), "CT abdomen. History: cryoablation of the left psoas nodule 6/3/2021. No recurrence.", "radiology"
        ),
    ]
    assert [r["date"] for r in abstract(notes, reader).procedures] == [date(2021, 6, 3)]


def test_a_weekday_counted_from_a_holiday_is_no_day_of_its_own(reader: Reader) -> None:
    text = "The cryoablation of the right buttock on the Tuesday after Labor Day (9/7/2021) went well."
    assert [r["date"] for r in abstract([Note("n", "p", date(2021, 10, 1), text, "clinic")], reader).procedures] == [date(2021, 9, 7)]


def test_sessions_listed_with_their_days_and_places(reader: Reader) -> None:
    text = "Seen for a further cryoablation of the pleura. Prior sessions: 14 Jan 2020 (left), 3 Mar 2020 (left base). Next: 20 Oct 2020."
    rows = abstract([Note("n", "p", date(2020, 10, 6), text, "clinic")], reader).procedures
    assert [(r["date"], r["modality"]) for r in rows] == [(date(2020, 1, 14), "cryoablation"), (date(2020, 3, 3), "cryoablation")]


@pytest.mark.parametrize(
    ("kind", "text", "wanted"),
    [
        (
            "clinic",
            "She was to have cryoablation of the rib in May, but that was delayed and she finally had it on June 8.",
            [(date(2021, 6, 8), "cryoablation")],
        ),
        (
            "clinic",
            "Ablations: 2/4/2019 (liver, MWA), 11/3/2019 (liver, MWA), 7/9/2020 (psoas, cryo). Feels well.",
            [(date(2019, 2, 4), "microwave"), (date(2019, 11, 3), "microwave"), (date(2020, 7, 9), "cryoablation")],
        ),
        (
            "clinic",
            "A year and more after my ablation of 5/3/2020. The cryoablation site at the flank is soft.",
            [(date(2020, 5, 3), "cryoablation")],
        ),
        ("nursing", "PACU: s/p cryo left shoulder mass, awake, pain 2/10.", [(date(2021, 7, 1), "cryoablation")]),
        ("nursing", "PACU: s/p cryo left shoulder mass two years ago; today port placed.", [(date(2019, 1, 1), "cryoablation")]),
    ],
)  # fmt: skip
def test_days_of_sessions_told_otherwise(reader: Reader, kind: str, text: str, wanted: list[tuple[date, str]]) -> None:
    rows = abstract([Note("n", "p", date(2021, 7, 1), text, kind)], reader).procedures
    assert [(r["date"], r["modality"]) for r in rows] == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "On 11.05. microwave ablation of the lesion in segment 8 (17 mm), and on 18.05., after recovery from a cold, the lesions in segments III (12 mm) and VI (9 mm) were treated likewise.",
            [(date(2021, 5, 11), 17), (date(2021, 5, 18), 12), (date(2021, 5, 18), 9)],
        ),
        ("On 11.05.2021 microwave ablation of metastases in segments 3 and 6.", [(date(2021, 5, 11), None), (date(2021, 5, 11), None)]),
    ],
)
def test_sittings_told_by_days_without_a_year(reader: Reader, text: str, wanted: list[tuple[date, float | None]]) -> None:
    chart = abstract([Note("n", "p", date(2021, 7, 1), text, "discharge")], reader)
    days = {r["procedure_id"]: r["date"] for r in chart.procedures}
    found = [(days[r["procedure_id"]], c.value if (c := r.cells.get("size_mm")) else None) for r in chart.lesions]
    assert sorted(found, key=str) == sorted(wanted, key=str)
