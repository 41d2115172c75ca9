"""What exams say, of whom and when: fragments in many house styles, and how a careful reader takes them."""

from __future__ import annotations

from datetime import date

import pytest

from extractor.model import Chart, Note
from extractor.normalizer import abstract
from extractor.pipeline import Reader
from tests.normalizer.makers import SESSION

NP, P, R, Q = "no_progression", "progression", "residual", "indeterminate"


def note(text: str, day: str, kind: str, note_id: str) -> Note:
    return Note(note_id, "A", date.fromisoformat(day), text, kind)


@pytest.fixture
def said(reader: Reader):  # type: ignore[no-untyped-def]
    """Statuses by site ("" is disease elsewhere) and day of what later notes say of a left psoas and a liver segment VI target."""

    def read(
        text: str, day: str = "2020-06-12", kind: str = "radiology", one: str = "left psoas nodule", two: str = "liver segment VI lesion"
    ) -> dict[tuple[str, str], str]:
        chart: Chart = abstract(
            [note(SESSION.format(one=one, two=two), "2020-03-10", "procedure", "p"), note(text, day, kind, "n")], reader
        )
        sites = {row["lesion_id"]: str(row["site"]) for row in chart.lesions}
        return {(sites.get(a["lesion_id"], ""), str(a["date"])): str(a["status"]) for a in chart.assessments}

    return read


CT = "CT ABDOMEN AND PELVIS 06/12/2020\n\n{}"
D = "2020-06-12"


@pytest.mark.parametrize(
    ("text", "psoas", "liver", "elsewhere"),
    [
        ("Impression: No residual or recurrent tumor.", NP, NP, None),
        ("IMPRESSION: Both ablated sites show no metabolic activity to suggest recurrence.", NP, NP, None),
        ("Ablation zones as described. No nodular component at either of the two.", NP, NP, None),
        ("IMPRESSION: Expected appearance after ablation of two lesions.", NP, NP, None),
        ("IMPRESSION: NO EVIDENCE OF RECURRENCE AT EITHER CRYOABLATION\n    SITE.", NP, NP, None),
        ("IMPRESSION: LIVER SITE WITHOUT RECURRENCE. LOCAL RECURRENCE AT THE PSOAS SCAR.", P, NP, None),
        ("Impression: No metabolically active disease at left psoas and hepatic treated sites.", NP, NP, None),
        ("Left psoas: 14 mm enhancing nodule at the edge of the zone, suspicious for recurrence. The other zone has shrunk.", P, NP, None),
        ("Liver seg VI: defect 2 cm, not enhancing. Psoas: the nodule which was enhancing is no longer seen.", NP, NP, None),
        ("Both treated sites quiet. New 9 mm nodule in the right lower lobe.", NP, NP, P),
        ("Psoas zone: rim 9 mm, irregular, scar versus tumor, cannot be told apart. Segment VI clean.", Q, NP, None),
        ("Psoas bed: uptake SUVmax 1.8, attributed to healing. Liver site photopenic.", NP, NP, None),
        ("Psoas: 11 mm untreated tumor remains along the medial border. Segment VI zone involuted.", R, NP, None),
        ("COMPARISON: CT 3/1/2020.\n    LIVER: SEGMENT VI DEFECT 2.1 CM, NO ENHANCEMENT.\n    PSOAS: LOW DENSITY ZONE, NO RECURRENCE.", NP, NP, None),
        ("A new peritoneal nodule lies well away from the psoas site. Ablation zones unremarkable, no recurrence.", NP, NP, P),
        ("Psoas and liver zones: no recurrence.\nThe two lung nodules have multiplied.", NP, NP, P),
        ("Ablation sites stable. Heart mildly enlarged. Prostate increased in size.", NP, NP, None),
        ("Ablation sites stable, no recurrence, and no new lesion elsewhere.", NP, NP, NP),
        ("1 | left psoas | zone 31 mm | last 42 mm | smaller\n2 | liver VI | zone 20 mm | last 25 mm | smaller\nNo recurrence at no. 1. At no. 2 a new enhancing nodule in contact with the zone: local progression.", NP, P, None),
        ("Targets 1 and 2 are inert.", NP, NP, None),
        ("Target 1: residual tumor medially. Target 2: scar only.", R, NP, None),
        ("IMPRESSION:\n1. Expected changes at both ablation sites without recurrence.\n2. Enlarging right adrenal nodule, metastasis.", NP, NP, P),
        ("IMPRESSION:\nPsoas ablation zone without recurrence. Recurrence at the segment VI ablation zone is not excluded, short-term follow-up.", NP, Q, None),
        ("Psoas scar unchanged; hepatic scar unchanged; liver cysts larger; small hernia.", NP, NP, None),
        ("No evidence of recurrent or metastatic disease.", NP, NP, NP),
        ("The psoas scar and the segment VI scar without recurrence.", NP, NP, None),
        ("The residual tumor at the psoas zone has grown to 22 mm. Segment VI zone: no recurrence.", P, NP, None),
        ("Both as expected; neither shows recurrence.\nPsoas zone 2 cm. Segment VI zone 2 cm.", NP, NP, None),
        ("Psoas zone is larger as expected after ablation, no recurrence.\nRetrocecal fatty mass 5.0 -> 5.1 cm, stable. No other areas light up.", NP, None, NP),
        ("Psoas ablation site without recurrence, other nodules stable.", NP, None, NP),
        ("Psoas zone quiet, and none elsewhere. CT of 1/20/2020, for reference, had shown a recurrence at the psoas zone.", NP, None, NP),
        ("IMPRESSION: Progression in the chest, in bone and at the left psoas ablation site.", P, None, P),
        ("IMPRESSION: Progression at the left psoas ablation site, at its upper and lower edges.", P, None, None),
        ("Segment VI zone without recurrence, the psoas zone wider with an enhancing nodule, small deposits the same as before.", P, NP, NP),
        ("On the left, the psoas cavity has collapsed. On the right, a renal nodule is 2.0 cm (was 1.2). Segment VI zone bland.", NP, NP, P),
    ],
)  # fmt: skip
def test_reports(said, text: str, psoas: str | None, liver: str | None, elsewhere: str | None) -> None:  # type: ignore[no-untyped-def]
    want = {("retroperitoneum", D): psoas, ("liver", D): liver, ("", D): elsewhere}
    got = said(CT.format(text))
    local = {k: v for k, v in got.items() if k[0]}
    assert local == {k: v for k, v in want.items() if v and k[0]}
    if elsewhere:
        assert got.get(("", D)) == elsewhere


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("CT 16/07/20: psoas site scar, no recurrence. Liver seg VI clean.", {"2020-07-16": (NP, NP)}),
        ("Here to go over MRI abdomen of 28 JUL 2020: psoas scar stable, no recurrence.", {"2020-07-28": (NP, None)}),
        ("Imaging of 15 July 2020\n- MRI abdomen: psoas zone smaller, no recurrence\n- CT thorax: no metastases\n", {"2020-07-15": (NP, None)}),
        ("PET-CT done at City Scan Centre 19.07.2020: psoas nodule FDG avid, reads as recurrence at the edge of the ablated area.", {"2020-07-19": (P, None)}),
        ("MRI 7/20/2020: both treated sites quiet. CT chest the same day: no metastases.", {"2020-07-20": (NP, NP)}),
        ("MRI 7/20/2020: psoas zone smaller, the wall that enhanced on CT in May shows no nodule, no recurrence.", {"2020-07-20": (NP, None)}),
        ("MRI 7/20/2020: both treated sites quiet. CT chest at the same sitting: no metastases.", {"2020-07-20": (NP, NP)}),
        ("CT 6/20/2020: psoas zone without tumor.\nMRI this month: recurrence at the psoas zone.", {"2020-06-20": (NP, None), "2020-08-01": (P, None)}),
        ("He will have a CT on 08/30/2020 to look for recurrence at the psoas zone.", {}),
        ("CT 7/24/2020 told to her today: psoas zone smaller, no recurrence.", {"2020-07-24": (NP, None)}),
        ("Today's CT (10 Aug 2020): 15 mm nodule growing at the edge of the psoas site, local progression.", {"2020-08-10": (P, None)}),
        ("CT 7/24/2020: psoas zone 3.6 from 2.4 cm in May, positive for recurrence. Liver site - streak.", {"2020-07-24": (P, NP)}),
        ("**Restaging CT CAP 7/24/2020 vs 3/2/2020**\n- psoas ablation: no recurrence\n- liver VI ablation: new 8 mm enhancing nodule at the margin, c/w local recurrence\n", {"2020-07-24": (NP, P)}),
        ("Last month's MRI: both treated sites quiet.", {"2020-07-01": (NP, NP)}),
        ("MRI this morning. Sarcoma of the thigh, came back 2019. Cryoablation of psoas and liver recurrences 3/10/2020. The psoas zone is a scar, no mass.", {"2020-08-10": (NP, None)}),
        ("Psoas zone biopsied 7/22/2020: pathology shows fat necrosis, no tumor.", {"2020-07-22": (NP, None)}),
        ("MRI 7/22/2020, I read the report to him: the treated psoas spot is a scar, no sign of tumor.", {"2020-07-22": (NP, None)}),
        ("MRI 7/22/2020: the one in segment VI has regrown, the psoas scar has not.", {"2020-07-22": (NP, P)}),
        ("CT 6/12/2020 had shown residual tumor at the psoas zone, and the MRI (7/22/2020) shows that it has grown to 22 mm.", {"2020-06-12": (R, None), "2020-07-22": (P, None)}),
        ("MRI at the three-month mark (June 12): psoas zone quiet.\nAt four months (July 22): the psoas zone has an enhancing nodule, recurrence.", {"2020-06-12": (NP, None), "2020-07-22": (P, None)}),
        ("Her abdominal scans after the ablation procedure (6/12/2020 and 7/22/2020) were both free of recurrence at the psoas zone.", {"2020-06-12": (NP, None), "2020-07-22": (NP, None)}),
        ("She had scans, last one 7/22/2020, and none has shown anything at the psoas ablation site.", {"2020-07-22": (NP, None)}),
        ("MRI 6/12/2020: residual tumor at the psoas zone.\nMRI 7/22/2020. The strip has gone from 7 to 13 mm.", {"2020-06-12": (R, None), "2020-07-22": (P, None)}),
        ("MRI 7/22/2020: of the two treated lesions the former is a scar without enhancement, the latter shows an enhancing nodule, recurrence.", {"2020-07-22": (NP, P)}),
        ("MRI 7/22/2020. First lesion: no recurrence. Second: recurrence along its medial edge.", {"2020-07-22": (NP, P)}),
        ("The psoas lesion was excised on 7/22/2020 because the zone kept weeping: path fat necrosis, no viable tumor.", {"2020-07-22": (NP, None)}),
        ("Date | Exam | Psoas zone | Seg VI zone | Elsewhere\n2020-06-12 | CT | no recurrence | clean | none\n2020-07-22 | MRI | no recurrence | recurrence 19 mm | none", {"2020-06-12": (NP, NP), "2020-07-22": (NP, P)}),
    ],
)  # fmt: skip
def test_exams_told_in_later_notes(said, text: str, want: dict[str, tuple[str | None, str | None]]) -> None:  # type: ignore[no-untyped-def]
    got = said("Clinic follow-up\n\n" + text, "2020-08-10", "clinic")
    local = {k: v for k, v in got.items() if k[0]}
    expected = {
        (site, day): status for day, pair in want.items() for site, status in zip(("retroperitoneum", "liver"), pair, strict=True) if status
    }
    assert local == expected


def test_two_reports_in_one_note_are_two_exams(said) -> None:  # type: ignore[no-untyped-def]
    text = (
        "Exm Date: JUN 12, 2020@10:10\nMRI ABDOMEN W CONTRAST\n\nImpression:\nNO RECURRENCE AT EITHER ABLATION SITE.\n\n"
        "Exm Date: JUN 12, 2020@11:25\nCT THORAX W/O CONTRAST\n\nImpression:\n4 MM NODULE, INDETERMINATE.\n"
    )
    assert said(text) == {("retroperitoneum", D): NP, ("liver", D): NP, ("", D): Q}


def test_pathology_is_dated_by_the_taking_and_speaks_of_what_was_sampled(said) -> None:  # type: ignore[no-untyped-def]
    text = (
        "SURGICAL PATHOLOGY\nReceived: 06/02/2020 (core biopsy, left psoas ablation zone, taken on same day)  Reported: 06/09/2020\n\n"
        "DIAGNOSIS: Granulation tissue. No evidence of sarcoma.\n"
    )
    assert said(text, "2020-06-09", "pathology") == {("retroperitoneum", "2020-06-02"): NP}


def test_an_exam_of_another_region_says_nothing_of_what_it_does_not_show(said) -> None:  # type: ignore[no-untyped-def]
    assert not [k for k in said("CT CHEST 06/12/2020\n\nIMPRESSION: No residual tumor.") if k[0]]


def test_findings_below_the_line_of_a_field_are_read(said) -> None:  # type: ignore[no-untyped-def]
    text = "CT ABDOMEN 06/12/2020\nHx: sarcoma, cryo of psoas and liver in March.\nPsoas zone: no recurrence.\nSegment VI zone: residual tumor medially.\n"
    assert said(text) == {("retroperitoneum", D): NP, ("liver", D): R}


def test_vertebrae_tell_lesions_apart(said) -> None:  # type: ignore[no-untyped-def]
    told = said(
        "MRI SPINE 06/12/2020\n\nT12: no recurrence.\nL3: recurrent tumor in the treated body.\nL5: 9 mm metastasis, unchanged.\n",
        one="T12",
        two="L3",
    )
    assert sorted(status for (site, _), status in told.items() if site) == [P]  # one site, two rows of it: the last is kept
    assert told[("", D)] == NP


def test_positions_tell_lesions_of_one_place_apart(reader: Reader) -> None:
    report = "PROCEDURE: CT-guided cryoablation, left deltoid\nDATE: 03/10/2020\n\nTwo nodules within the left deltoid, one anterior measuring 13 mm and the other posterior measuring 17 mm. Three cryoprobes, two freezes.\n"
    mri = "MRI LEFT SHOULDER 06/12/2020\n\nAnterior deltoid treatment site: cavity 1.5 cm, no recurrent nodule. Posterior deltoid treatment site: cavity 2.0 cm with an 8 mm enhancing nodule, suspicious for local recurrence.\n"
    chart = abstract([note(report, "2020-03-10", "procedure", "p"), note(mri, "2020-06-12", "radiology", "n")], reader)
    sizes = {row["lesion_id"]: row["size_mm"] for row in chart.lesions}
    assert {sizes[a["lesion_id"]]: a["status"] for a in chart.assessments if a["lesion_id"]} == {13.0: NP, 17.0: P}


LISTED = "Cryoablation of three left lung metastases of sarcoma, CT guidance.\nA - left upper lobe, 8 mm\nB - lingula, 11 mm\nC - left lower lobe, 17 mm\n"


def test_letters_and_sizes_tell_lesions_apart(reader: Reader) -> None:
    def told(text: str) -> list[str]:
        notes = [note(LISTED, "2020-03-10", "procedure", "p"), note(text, D, "radiology", "n")]
        chart = abstract(notes, reader)
        status = {a["lesion_id"]: str(a["status"]) for a in chart.assessments if a["lesion_id"]}
        return [status.get(x["lesion_id"], "") for x in sorted(chart.lesions, key=lambda x: float(str(x["size_mm"])))]

    assert told("CT CHEST\nA and B: scars only. C: local recurrence.") == [NP, NP, P]
    assert told("CT CHEST\nThe zones of A and C without recurrence. B has recurred, enhancing nodule at the zone.") == [NP, P, NP]
    assert told("CT CHEST\nThe big one shows local recurrence; the smallest one is a scar.") == [NP, "", P]


def test_parts_of_a_specimen_of_one_muscle_are_told_apart_by_their_positions(reader: Reader) -> None:
    report = "PROCEDURE: CT-guided cryoablation, left deltoid\nDATE: 03/10/2020\n\nTwo nodules within the left deltoid, one anterior measuring 13 mm and the other posterior measuring 17 mm. Three cryoprobes, two freezes.\n"
    tissue = "PATHOLOGY\nCollected: 09/02/2020\nSpecimen A: Left deltoid, posterior ablation zone, excision\nSpecimen B: Left deltoid, anterior scar, excision\nDIAGNOSIS:\nA. Recurrent leiomyosarcoma.\nB. Fibrous scar. Negative for sarcoma.\n"
    chart = abstract([note(report, "2020-03-10", "procedure", "p"), note(tissue, "2020-09-08", "pathology", "n")], reader)
    sizes = {row["lesion_id"]: row["size_mm"] for row in chart.lesions}
    assert {sizes[a["lesion_id"]]: a["status"] for a in chart.assessments if a["lesion_id"]} == {13.0: NP, 17.0: P}


def test_what_lies_above_the_acetabulum_is_ilium(reader: Reader) -> None:
    session = SESSION.format(one="right supraacetabular lesion", two="right seventh rib lesion")
    later = "Clinic visit.\nPET/CT 06/12/2020: right ilium and rib 7 - background only, no recurrence."
    chart = abstract([note(session, "2020-03-10", "procedure", "p"), note(later, "2020-06-20", "clinic", "n")], reader)
    assert {a["lesion_id"] for a in chart.assessments} == {row["lesion_id"] for row in chart.lesions}


def test_the_skin_is_no_finding_of_an_exam_told_beside_it(said) -> None:  # type: ignore[no-untyped-def]
    text = "Seen on the ward. Chest film today: no effusion. The skin over the left lateral chest wall looks normal."
    assert said(text, kind="discharge", one="left chest wall nodule") == {}


def test_lesions_without_names_are_meant_by_their_order(reader: Reader) -> None:
    report = "PROCEDURE: CT-guided cryoablation, left lung\nDATE: 03/10/2020\n\nLeft upper lobe nodule, 13 mm, one cryoprobe. Left lower lobe nodule, 8 mm, one cryoprobe. Two freezes.\n"
    table = (
        "CT CHEST 06/12/2020\n\nTarget | Prior mm | Zone mm | Read\nA | 13 | 21 x 9 | no recurrence\nB | 8 | 29 x 24 | local recurrence\n"
    )
    chart = abstract([note(report, "2020-03-10", "procedure", "p"), note(table, "2020-06-12", "radiology", "n")], reader)
    sizes = {row["lesion_id"]: row["size_mm"] for row in chart.lesions}
    assert {sizes[a["lesion_id"]]: a["status"] for a in chart.assessments if a["lesion_id"]} == {13.0: NP, 8.0: P}


def test_an_imaging_report_whose_ablation_is_history_reports_none(reader: Reader) -> None:
    text = "US ABDOMINAL WALL   6/12/2020\nSarcoma of the left abdominal wall; recurrence 2.0 cm cryoablated percutaneously under US with local anesthesia 3/10/2020.\nTreated site 2.6 x 1.1 cm, no recurrence.\n"
    chart = abstract([note(text, "2020-06-12", "radiology", "n")], reader)
    assert [str(p["date"]) for p in chart.procedures] == ["2020-03-10"]
    assert [a["status"] for a in chart.assessments] == [NP]


def test_a_level_of_the_sacrum_is_bone(reader: Reader) -> None:
    text = "MRI SACRUM 6/12/2020\nIndication: chordoma, sacrectomy 2013; recurrence at S4 left cryoablated percutaneously 3/10/2020 (22 mm).\nThe S4 zone shows no recurrence.\n"
    chart = abstract([note(text, "2020-06-12", "radiology", "n")], reader)
    assert [row["site"] for row in chart.lesions] == ["bone"]


def test_images_of_the_sessions_own_day_are_no_exam(reader: Reader) -> None:
    again = "PROCEDURE: Repeat cryoablation, left psoas\nDATE: 06/12/2020\n\nResidual tumor at the psoas zone, 2.6 cm on today's planning CT. Under US, 2 probes.\n"
    session = SESSION.format(one="left psoas nodule", two="liver segment VI lesion")
    chart = abstract([note(session, "2020-03-10", "procedure", "p"), note(again, "2020-06-12", "procedure", "q")], reader)
    assert not chart.assessments


def test_a_metastasis_that_no_rule_names_is_one(said) -> None:  # type: ignore[no-untyped-def]
    text = "Left lower lobe, wedge resection, collected 06/12/2020:\nMetastatic osteosarcoma, 1.3 cm, treatment effect absent. Level 9 node negative.\n"
    assert said(text, kind="pathology") == {("", D): P}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "CT on 06/12/2020, I went over the report with her: both treated sites without recurrence; new 9 mm liver dome metastasis.",
            {("retroperitoneum", D): NP, ("liver", D): NP, ("", D): P},
        ),
        (
            "MRI on 06/12/2020: psoas zone smaller, no recurrence. CT chest of the same day had a new 9 mm nodule in the left lung.",
            {("retroperitoneum", D): NP, ("", D): P},
        ),
        (
            "CT on 06/12/2020 showed no recurrence at the psoas. Same CT, though, had new metastases in the right lung.",
            {("retroperitoneum", D): NP, ("", D): P},
        ),
        (
            "CTs 05/12/2020 and 06/12/2020 were clean, no recurrence at the psoas.",
            {("retroperitoneum", "2020-05-12"): NP, ("retroperitoneum", D): NP},
        ),
        (
            "CT on 06/12/2020: psoas scar, no recurrence, nothing new. CT showed, and biopsy 06/20/2020 was positive for sarcoma.",
            {("retroperitoneum", D): NP, ("", D): NP, ("", "2020-06-20"): P},
        ),
        (
            "CT on 07/12/2020: psoas quiet. Her spring set, 06/12/2020 (CT only), had said no recurrence at the psoas or liver segment VI.",
            {("retroperitoneum", "2020-07-12"): NP, ("retroperitoneum", D): NP, ("liver", D): NP},
        ),
        (
            "The CT (06/12/2020) showed a psoas scar, and the MRI (07/12/2020) shows a psoas scar too. Nothing elsewhere on either.",
            {("retroperitoneum", D): NP, ("", D): NP, ("retroperitoneum", "2020-07-12"): NP, ("", "2020-07-12"): NP},
        ),
        (
            "CT on 06/12/2020: psoas zone quiet. A right upper lobe nodule has appeared, 5 mm; indeterminate.",
            {("retroperitoneum", D): NP, ("", D): Q},
        ),
        (
            "Scan | Psoas | Elsewhere\n06/12/2020 CT | no recurrence | new lung nodule\n07/12/2020 MRI | residual | -",
            {("retroperitoneum", D): NP, ("", D): P, ("retroperitoneum", "2020-07-12"): R},
        ),
    ],
)
def test_exams_told_beside_another(said, text: str, told: dict[tuple[str, str], str]) -> None:  # type: ignore[no-untyped-def]
    assert said(text, day="2020-08-01", kind="clinic") == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Psoas zone with gas and fluid and a thick enhancing wall: abscess.", {}),
        ("Psoas zone smaller. The former mass lies inside it. No nodular enhancement.", {("retroperitoneum", D): NP}),
        ("Interval cryoablation of the left psoas recurrence without evidence of viable tumor.", {("retroperitoneum", D): NP}),
        (
            "Psoas zone 3 cm. Along its lower edge is a 14 mm nodule, enhancing. It was not present in March.",
            {("retroperitoneum", D): P},
        ),
        ("Psoas zone: rim of uptake, SUV 3.4, called indeterminate, repair or early recurrence.", {("retroperitoneum", D): Q}),
        ("Psoas zone larger, as one expects after freezing, no enhancement.", {("retroperitoneum", D): NP}),
    ],
)
def test_what_is_no_tumour_and_what_goes_on(said, text: str, told: dict[tuple[str, str], str]) -> None:  # type: ignore[no-untyped-def]
    assert said(CT.format(text)) == told


def test_a_meeting_is_no_diagnosis_and_findings_may_argue_against_one(said) -> None:  # type: ignore[no-untyped-def]
    text = "Specimen: left psoas zone, core biopsy. Collected 06/12/2020.\n\nDIAGNOSIS\nScar and fat necrosis. The findings argue against sarcoma. Shown at sarcoma pathology conference.\n"
    assert said(text, kind="pathology") == {("retroperitoneum", D): NP}


def test_a_session_at_the_place_of_a_recurrence_is_a_retreatment(reader: Reader) -> None:
    first = "PROCEDURE: CT-guided cryoablation, right iliac bone metastasis, 22 mm\nDATE: 03/10/2020\n\nTwo cryoprobes, two freezes.\n"
    mri = "MRI PELVIS 06/12/2020\n\nIMPRESSION: Recurrent tumor at the margin of the ablated right iliac bone lesion.\n"
    second = first.replace("22 mm", "30 mm").replace("03/10/2020", "07/10/2020")
    notes = [note(first, "2020-03-10", "procedure", "p"), note(second, "2020-07-10", "procedure", "q")]
    told = abstract([*notes, note(mri, "2020-06-12", "radiology", "n")], reader)
    assert [bool(row["retreatment_of"]) for row in told.lesions] == [False, True]
    assert not any(row["retreatment_of"] for row in abstract(notes, reader).lesions)


def test_an_earlier_report_quoted_in_a_report_is_told_of_its_own_day(said) -> None:  # type: ignore[no-untyped-def]
    text = 'CT ABDOMEN 09/12/2020\n\nIMPRESSION: Recurrence at the psoas zone.\n\nADDENDUM: The prior report of 6/12/2020 was read again. That report says "no recurrence at the psoas zone, new lung metastasis."\n'
    told = said(text, day="2020-09-12")
    assert told == {("retroperitoneum", "2020-09-12"): P, ("retroperitoneum", D): NP, ("", D): P}


RP, LI = ("retroperitoneum", D), ("liver", D)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("CT CAP + liver 6/12/20: lung nodules up to 8 mm, = progression. Psoas zone no recurrence.", {RP: NP, ("", D): P}),
        ("CT 6/12/2020: psoas and liver sites unchanged. A friend's cancer came back, which worries him.", {RP: NP, LI: NP}),
        ("CT 6/12/2020: psoas zone shrinking. Recurrence of the neuropathy too.", {RP: NP}),
        ("CT 6/12/2020: psoas zone ok, segment VI has a nodular rim called recurrence.", {RP: NP, LI: P}),
        ("CT 6/12/2020 at the local hospital: his liver metastases are larger.", {("", D): P}),
        ("June 2020: CT on 6/12/2020: psoas zone without recurrence.", {RP: NP}),
        ("CT 6/12/2020: no recurrence at either ablation site. Marrow 6/12: metastatic leiomyosarcoma.", {RP: NP, LI: NP, ("", D): P}),
    ],
)
def test_what_follows_an_exam_in_the_story_overturns_nothing(said, text: str, told: dict[tuple[str, str], str]) -> None:  # type: ignore[no-untyped-def]
    assert said(text, day="2020-06-20", kind="clinic") == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "Psoas and segment VI defects. At the edge of the former a 9 mm nodular enhancing focus.\nIMPRESSION: Suspicious for recurrence at the psoas.",
            {RP: P, LI: NP},
        ),
        ("Psoas zone 28 mm, quiet. 4 cm below it, a 15 mm enhancing nodule.", {RP: NP, ("", D): P}),
        ("Segment VI at the treated area: 52 x 46 mm collection holding gas.\nIMPRESSION: Liver abscess. Drain it.", {}),
        ("Psoas: necrosis of the bulk of the tumor with residual enhancing leiomyosarcoma at its edge.", {RP: R}),
    ],
)
def test_a_finding_is_of_the_place_that_is_meant(said, text: str, told: dict[tuple[str, str], str]) -> None:  # type: ignore[no-untyped-def]
    assert said(CT.format(text)) == told


def test_the_tumour_that_tissue_is_compared_with_is_no_finding(said) -> None:  # type: ignore[no-untyped-def]
    text = "Specimen: left psoas zone, core biopsy. Collected 06/12/2020.\n\nDIAGNOSIS\nScar. No tumor is seen. Patient's earlier leiomyosarcoma was reviewed side by side.\n"
    assert said(text, kind="pathology") == {RP: NP}


def test_a_month_in_a_report_is_the_day_it_compares_with(said) -> None:  # type: ignore[no-untyped-def]
    text = "CT ABDOMEN 09/12/2020\n\nCOMPARISON: CT 6/12/2020.\n\nFINDINGS: On the June CT the psoas zone was read as free of recurrence. Today the psoas zone is smaller.\n"
    assert said(text, day="2020-09-12") == {RP: NP, ("retroperitoneum", "2020-09-12"): NP}


def test_a_nodule_that_grew_in_the_lobe_of_a_quiet_zone_is_another(said) -> None:  # type: ignore[no-untyped-def]
    text = "CT CHEST 06/12/2020\n\nThe left lower lobe ablation zone is smaller. Untreated left lower lobe nodule has increased to 12 mm.\nIMPRESSION: Growing left lower lobe nodule.\n"
    assert said(text, one="left lower lobe lung nodule", two="right upper lobe lung nodule")[("", D)] == P
    assert said(text, one="left lower lobe lung nodule", two="left psoas nodule")[("lung", D)] == NP


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Psoas zone 28 mm. At its medial edge sits a 9 mm enhancing nodule, about 2 cm from the old scar.", {RP: P}),
        (
            "Segment VI site quiet. Psoas zone: a new 9 mm enhancing nodule at the margin. Remainder of the cavity is smaller.",
            {LI: NP, RP: P},
        ),
        ("Psoas zone smaller. On its medial border a 9 mm nodule of early enhancement has appeared; not there in September.", {RP: P}),
        ("Psoas zone without recurrence, lung nodules stable.", {RP: NP, ("", D): NP}),
    ],
)
def test_a_place_is_the_one_that_the_sentence_holds_to(said, text: str, told: dict[tuple[str, str], str]) -> None:  # type: ignore[no-untyped-def]
    assert said(CT.format(text)) == told


def test_a_day_behind_another_word_for_it_is_that_of_the_one_told(said) -> None:  # type: ignore[no-untyped-def]
    text = "She has had two CT scans since. The one on 5/5/2020 was read as a quiet psoas zone. The one last week, 6/12/2020, has no recurrence at either treated site."
    assert said(text, day="2020-06-20", kind="clinic") == {("retroperitoneum", "2020-05-05"): NP, RP: NP, LI: NP}


def test_a_told_biopsy_with_the_tumours_short_name_is_progression_elsewhere(said) -> None:  # type: ignore[no-untyped-def]
    assert said("Biopsy 6/12/2020 by us confirmed SFT.", day="2020-06-20", kind="clinic") == {("", D): P}


def test_a_place_out_of_view_has_no_reading(said) -> None:  # type: ignore[no-untyped-def]
    assert said(CT.format("Psoas zone smaller. Segment VI lies outside the field of view.\nIMPRESSION: No recurrence.")) == {RP: NP}


def test_a_month_told_in_a_note_is_the_day_that_a_report_compares_with(reader: Reader) -> None:
    notes = [
        note("IR PROCEDURE 03/10/2020\nCryoablation of a 22 mm right psoas nodule. Two probes.\n", "2020-03-10", "procedure", "a"),
        note("June 2020 CT: psoas zone quiet, no recurrence.", "2020-07-01", "clinic", "b"),
        note(
            "CT ABDOMEN 09/12/2020\n\nCOMPARISON: CT 6/12/2020.\n\nFINDINGS: Psoas zone without recurrence.\n",
            "2020-09-12",
            "radiology",
            "c",
        ),
    ]
    assert sorted(str(row["date"]) for row in abstract(notes, reader).assessments) == ["2020-06-12", "2020-09-12"]


def test_an_exam_of_last_month_beside_a_dated_biopsy(said) -> None:  # type: ignore[no-untyped-def]
    text = "New single lung lesion on CT chest last month, bx proven leiomyosarcoma (6/12/2020)."
    assert said(text, day="2020-07-20", kind="clinic") == {("", "2020-06-01"): P, ("", D): P}


def test_two_exams_named_together_share_what_is_said_of_both(said) -> None:  # type: ignore[no-untyped-def]
    text = "CTs of 6/12/2020 and 9/10/2020 were sent in. In June both sites were smaller. In September the psoas zone was a linear scar and the others unchanged scars. Neither showed new disease."
    sites = ("retroperitoneum", "liver", "")
    assert said(text, day="2020-09-20", kind="clinic") == {(site, day): NP for site in sites for day in (D, "2020-09-10")}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Below the diaphragm the liver and psoas treatment sites are unchanged with nothing growing in them.", {RP: NP, LI: NP}),
        ("Psoas with a larger nonenhancing zone after the second session.", {RP: NP}),
        ("Psoas zone quiet. This is the residual left psoas with no nodule.", {RP: NP}),
        ("Local recurrence at the ablation site in the left psoas, deep aspect.", {RP: P}),
    ],
)
def test_words_of_a_place_are_no_words_of_tumour(said, text: str, told: dict[tuple[str, str], str]) -> None:  # type: ignore[no-untyped-def]
    assert said(CT.format(text)) == told


def test_the_day_of_a_meeting_is_none_of_an_exam(said) -> None:  # type: ignore[no-untyped-def]
    text = "MRI 6/12/2020: psoas zone without recurrence. Tumor board 6/18/2020 went over the MRI and agreed, no recurrence."
    assert said(text, day="2020-06-20", kind="clinic") == {RP: NP}


def test_a_recent_exam_of_no_day_is_another_than_the_one_told_before(said) -> None:  # type: ignore[no-untyped-def]
    text = "CT 6/12/2020 was clean, no recurrence at the psoas. Last week's scan shows regrowth at the psoas site."
    assert said(text, day="2020-12-20", kind="clinic")[RP] == NP


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "MRI 6/12/2020: new nodule at the psoas zone, recurrence. Core 6/18/2020: leiomyosarcoma.",
            {RP: P, ("retroperitoneum", "2020-06-18"): P},
        ),
        (
            "MRI 6/12/2020: psoas quiet and a new nodule in the right buttock. Core 6/18/2020: leiomyosarcoma.",
            {RP: NP, ("", D): P, ("", "2020-06-18"): P},
        ),
    ],
)
def test_a_biopsy_told_without_a_place_is_of_what_was_called_before(said, text: str, told: dict[tuple[str, str], str]) -> None:  # type: ignore[no-untyped-def]
    assert said(text, day="2020-06-25", kind="clinic") == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Diagnosis: Metastatic leiomyosarcoma, margin free.", {("", D): P}),
        ("Diagnosis: Leiomyosarcoma.\nNote: recurrence distant from the cryo field at the psoas.", {("", D): P}),
    ],
)
def test_tissue_is_of_the_place_of_its_specimen(said, text: str, told: dict[tuple[str, str], str]) -> None:  # type: ignore[no-untyped-def]
    specimen = "skin of the back, punch" if "cryo field" in text else "Lung, right lower lobe, wedge"
    head = f"SURGICAL PATHOLOGY\nCollected: 06/12/2020\nSpecimen: {specimen}\nClinical history: sarcoma of the left psoas, s/p excision.\n"
    assert said(head + text, day="2020-06-15", kind="pathology") == told


def test_tissue_called_by_its_organ_alone_is_of_the_treated_place_sampled(said) -> None:  # type: ignore[no-untyped-def]
    text = "SURGICAL PATHOLOGY\nCollected: 06/12/2020\nA. Liver, segment 6, nodule at the ablation site, core biopsy\n\nDIAGNOSIS:\nA. Liver with necrosis.\nNegative for sarcoma."
    assert said(text, day="2020-06-15", kind="pathology") == {("liver", D): NP}


def test_a_day_compared_with_is_not_that_of_the_report(said) -> None:  # type: ignore[no-untyped-def]
    text = "MRI of the abdomen and pelvis with and without gadolinium, June 12, 2020, compared with the CT of January 6, 2020, the MRI of May 4, 2020 and the ablation CT of May 5, 2020. No recurrence at the psoas zone."
    assert said(text)[RP] == NP


@pytest.mark.parametrize(
    ("text", "psoas", "liver", "elsewhere"),
    [
        ("Psoas site SUV 8.1, progressed. Innumerable avid nodules, progressed.", P, None, P),
        ("Psoas scar stable and no recurrence, lung nodules all bigger.", NP, None, P),
        ("Lung nodules now 14 and 16 mm plus four others, metastases.", None, None, P),
        ("No lung, liver or bone metastases; psoas scar stable.", NP, None, NP),
        ("Psoas zone ablated, no residual, and no tumor elsewhere in the abdomen.", NP, None, NP),
        ("Psoas zone smaller with less washout.", NP, None, None),
        ("Interval contraction of the liver, right renal and left psoas ablation zones with no recurrence at any of them.", NP, NP, None),
        ("The psoas bed, the liver zone and the old scar all free of recurrence.", NP, NP, None),
        (
            "FINDINGS: The psoas zone has a rind that may be granulation, recurrence cannot be excluded.\nIMPRESSION:\n1. Nonenhancing ablation zone at the psoas.\n2. Thicker enhancing portion of the rind: indeterminate.",
            Q,
            None,
            None,
        ),
    ],
)
def test_what_is_told_beside_a_treated_place(said, text: str, psoas: str | None, liver: str | None, elsewhere: str | None) -> None:  # type: ignore[no-untyped-def]
    found = said(CT.format(text))
    assert (found.get(RP), found.get(("liver", D)), found.get(("", D))) == (psoas, liver, elsewhere)


WALL = "PROCEDURE: CT-guided cryoablation, left chest wall recurrence, 30 mm. Three probes. General anesthesia. Margin 6 mm all around."
BACK = "PROCEDURE: CT-guided cryoablation, left paraspinal mass, 25 mm. Three probes. General anesthesia. Margin 6 mm all around."


@pytest.mark.parametrize(
    ("text", "wall", "back"),
    [
        ("Site treated in March 2016: no enhancing tissue. Site treated in September 2016: recurrence at its lower edge.", NP, P),
        ("IMPRESSION: Recurrence at the more recent ablation. The older ablation remains free of tumor.", NP, P),
        ("IMPRESSION: Recurrence at the first cryoablation site. The second ablation site is stable.", P, NP),
    ],
)
def test_treated_places_are_told_apart_by_when_they_were_treated(reader: Reader, text: str, wall: str, back: str) -> None:
    notes = [note(WALL, "2016-03-08", "procedure", "p1"), note(BACK, "2016-09-13", "procedure", "p2")]
    chart = abstract([*notes, note(f"CT CHEST\n\n{text}", "2017-01-10", "radiology", "n")], reader)
    sites = {r["lesion_id"]: r["site"] for r in chart.lesions}
    said = {sites[a["lesion_id"]]: a["status"] for a in chart.assessments if a["lesion_id"]}
    assert said == {"chest_wall": wall, "paraspinal": back}


@pytest.mark.parametrize(
    ("notes", "day", "status"),
    [
        ([("2016-06-15", "Clinic visit. MRI yesterday: quiet.")], "2016-06-14", NP),
        ([("2016-06-15", "Clinic visit. MRI 6/14/2016: no sign of tumor.")], "2016-06-14", NP),
        (
            [
                ("2016-06-20", "Phone visit. MRI 6/14/2016: report says stable."),
                (
                    "2016-07-20",
                    "The disc of the June MRI came. There is an enhancing nodule on the back wall of the cavity. It is recurrence.",
                ),
            ],
            "2016-06-14",
            P,
        ),
    ],
)
def test_an_exam_of_the_one_treated_lesion_may_be_told_in_a_word(
    reader: Reader, notes: list[tuple[str, str]], day: str, status: str
) -> None:
    later = [note(text, when, "clinic", f"n{n}") for n, (when, text) in enumerate(notes)]
    chart = abstract([note(WALL, "2016-03-08", "procedure", "p"), *later], reader)
    assert [(str(a["date"]), a["status"]) for a in chart.assessments if a["lesion_id"]] == [(day, status)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "Clinic. CT on 6/12/2020: nothing active at psoas or liver. Two small new lung nodules.",
            {("retroperitoneum", D): NP, ("liver", D): NP, ("", D): P},
        ),
        ("Clinic. CT on 6/12/2020: psoas zone ?recurrence, liver zone quiet.", {("retroperitoneum", D): Q, ("liver", D): NP}),
        (
            "Clinic. CT on 6/12/2020: the liver lesion has a rim that has grown since April; this is recurrence. Psoas zone quiet.",
            {("retroperitoneum", D): NP, ("liver", D): P},
        ),
        (
            "Clinic. CT on 6/12/2020: both zones without recurrence. No extrahepatic disease.",
            {("retroperitoneum", D): NP, ("liver", D): NP, ("", D): NP},
        ),
    ],
)
def test_what_a_note_tells_organ_by_organ(said, text: str, told: dict[tuple[str, str], str]) -> None:  # type: ignore[no-untyped-def]
    assert said(text, kind="clinic", day="2020-06-20") == told


def test_a_sentence_may_go_back_to_the_exam_told_before_a_biopsy(said) -> None:  # type: ignore[no-untyped-def]
    text = (
        "Clinic. Axillary node new on PET of 6/12/2020, biopsied 6/15/2020: sarcoma. The psoas site on that PET: no uptake, no recurrence."
    )
    told = said(text, kind="clinic", day="2020-06-20")
    assert told["retroperitoneum", "2020-06-12"] == NP
    assert ("retroperitoneum", "2020-06-15") not in told


def test_images_that_guide_needles_are_no_exam(said) -> None:  # type: ignore[no-untyped-def]
    text = "PROCEDURE REPORT\nTECHNIQUE: Risks had been told on 9/12/2020 in clinic. Under ultrasound with CT control, three probes were placed about the psoas recurrence. Cryoablation, two freezes."
    assert not any(day == "2020-09-12" for _, day in said(text, kind="procedure", day="2020-10-09"))


def test_lines_headed_by_an_exam_part_a_combined_report(reader: Reader) -> None:
    text = (
        "MRI pelvis + CT abdomen, combined report, both performed 06/12/2020\n\n"
        "MRI: Left psoas zone 3.1 cm, thin smooth rim. Conclusion MRI: no residual tumor at the psoas.\n\n"
        "CT: Liver segment VI zone 2.2 cm without enhancement. Lungs clear. No new metastasis."
    )
    chart = abstract(
        [
            note(SESSION.format(one="left psoas nodule", two="liver segment VI lesion"), "2020-03-10", "procedure", "p"),
            note(text, "2020-06-12", "radiology", "n"),
        ],
        reader,
    )
    sites = {row["lesion_id"]: row["site"] for row in chart.lesions}
    found = {(a["modality"], sites.get(a["lesion_id"], "elsewhere"), a["status"]) for a in chart.assessments}
    assert found == {("mri", "retroperitoneum", NP), ("ct", "liver", NP), ("ct", "elsewhere", NP)}


def test_an_organ_alone_in_the_gross_text_is_the_one_of_the_specimen(said) -> None:  # type: ignore[no-untyped-def]
    text = "SURGICAL PATHOLOGY\nCollected: 06/12/2020\nSpecimen: Lung, right upper lobe, wedge resection.\nDiagnosis: Metastatic leiomyosarcoma, 1.4 cm.\nGross: Wedge of lung 5.2 x 3.0 x 2.1 cm with a tan nodule 0.6 cm from the pleura."
    assert said(text, kind="pathology", one="left pleural nodule", two="left psoas nodule") == {("", D): "progression"}


def test_of_two_lesions_of_a_region_tissue_is_of_the_one_called_by_its_word(reader: Reader) -> None:
    session = "PROCEDURE: CT-guided cryoablation, two nodules of the left shoulder\nDATE: 03/10/2020\n\nTECHNIQUE: Left scapular nodule, 26 mm: two probes. Left deltoid nodule, 17 mm: one probe.\n\nFINDINGS: Scapular: ice 6 mm past it. Deltoid: ice 7 mm past it."
    core = "SURGICAL PATHOLOGY\nCollected: 06/12/2020\nSpecimen: Left scapular region, ablation zone, needle biopsy.\nDiagnosis: Scar. No tumor."
    chart = abstract([note(session, "2020-03-10", "procedure", "p"), note(core, "2020-06-14", "pathology", "n")], reader)
    sizes = {row["lesion_id"]: row["size_mm"] for row in chart.lesions}
    assert [(sizes[a["lesion_id"]], a["status"]) for a in chart.assessments] == [(26.0, "no_progression")]


def test_a_plural_of_what_all_treated_lesions_of_a_region_are_means_them_all(reader: Reader) -> None:
    session = note(
        SESSION.format(one="right paravertebral pleural nodule", two="right diaphragmatic pleura nodule"), "2020-03-10", "procedure", "p"
    )
    ct = "CT CHEST 09/12/2020\n\nIMPRESSION: Ablated right pleural tumors continue to shrink. No local recurrence."
    chart = abstract([session, note(ct, "2020-09-12", "radiology", "n")], reader)
    assert len({a["lesion_id"] for a in chart.assessments}) == 2
