"""Typed tables, templates and lists of many hospitals: what each tells of the lesions of a session."""

from __future__ import annotations

from datetime import date

import pytest

from extractor.model import Note
from extractor.normalizer import abstract, labels
from extractor.pipeline import Reader

Lesion = tuple[str, float | None, float | None]
"""site, size_mm, min_margin_mm"""

CRYO = "PROCEDURE: CT-guided percutaneous cryoablation of {}\nDATE: 2020-03-10\nANESTHESIA: General.\n\n"
MICROWAVE = "PROCEDURE: CT-guided percutaneous microwave ablation of {}\nDATE: 2020-03-10\n\n"
IRE = "PROCEDURE: Irreversible electroporation, percutaneous, CT-guided, of {}\nDATE: 2020-03-10\n\n"

TABLES: list[tuple[str, str, int, list[Lesion]]] = [
    (
        "pipe full",
        CRYO.format("two metastases")
        + (
            "Target | Location | Size (mm) | Cryoprobes | Ice ball (mm) | Minimal margin (mm)\n"
            "1 | Right lower lobe | 11 x 9 | 2 | 27 x 22 | 7\n"
            "2 | Left upper lobe | 14 | 1 | 20 | 3\n"
        ),
        3,
        [("lung", 11, 7), ("lung", 14, 3)],
    ),
    (
        "markdown cm",
        CRYO.format("two metastases")
        + (
            "| Lesion | Site | Size (cm) | Probes | Margin (cm) |\n"
            "|--------|------|-----------|--------|-------------|\n"
            "| A | left psoas | 2.2 x 1.9 | 3 | 0.6 |\n"
            "| B | left kidney lower pole | 1,8 | 2 | 1.0 |\n"
        ),
        5,
        [("retroperitoneum", 22, 6), ("kidney", 18, 10)],
    ),
    (
        "tabs",
        CRYO.format("two metastases")
        + (
            "Lesion\tLocation\tDiameter mm\tNo. of needles\tSmallest margin mm\n"
            "#1\tsegment VII liver\t24\t3\t5-8\n"
            "#2\tright adrenal\t19\t2\t>10\n"
        ),
        5,
        [("liver", 24, 5), ("adrenal", 19, 10)],
    ),
    (
        "aligned",
        CRYO.format("two metastases")
        + (
            "LESION    SITE                 SIZE       NEEDLES   LEAST MARGIN\n"
            "1         L pelvic sidewall    31 x 20    4         6 mm\n"
            "2         R gluteus maximus    22         2         flush\n"
        ),
        6,
        [("pelvis", 31, 6), ("gluteal", 22, 0)],
    ),
    (
        "semicolon",
        CRYO.format("two metastases")
        + ("Lesion; site; size mm; probes; margin mm\n1; sternum; 28 x 17; 2; 6\n2; left 7th rib; 12; 1; 4,5\n"),
        3,
        [("bone", 28, 6), ("bone", 12, 4.5)],
    ),
    (
        "directions as columns",
        CRYO.format("two metastases")
        + (
            "Targets: lesion 1 in hepatic segment 6, 21 mm; lesion 2 in hepatic segment 2, 15 mm.\n"
            "Two probes into lesion 1 and one probe into lesion 2.\n"
            "Margins (mm)\n"
            "Lesion | cranial | caudal | medial | lateral | ventral | dorsal\n"
            "1 | 7 | 9 | 6 | 8 | 8 | 8\n"
            "2 | 10 | 4 | 6 | n/a | 7 | 9\n"
        ),
        3,
        [("liver", 21, 6), ("liver", 15, 4)],
    ),
    (
        "directions as rows",
        CRYO.format("two metastases")
        + (
            "Lesion 1: hepatic segment 6, 21 mm. Lesion 2: hepatic segment 2, 15 mm.\n"
            "Three cryoprobes in total.\n"
            "Ablation margin (mm) | Lesion 1 | Lesion 2\n"
            "cranial | 7 | 10\n"
            "caudal | 9 | 5\n"
            "medial | none | 6\n"
            "lateral | 8 | n/a\n"
        ),
        3,
        [("liver", 21, 0), ("liver", 15, 5)],
    ),
    (
        "transposed",
        CRYO.format("two metastases")
        + (
            "            | L1                  | L2\n"
            "Location    | left psoas          | left iliac bone\n"
            "Size (mm)   | 34 x 20             | 18\n"
            "Probes      | 3                   | 2\n"
            "Min. margin | 6 mm                | 3 mm\n"
        ),
        5,
        [("retroperitoneum", 34, 6), ("bone", 18, 3)],
    ),
    (
        "step probe first",
        CRYO.format("two renal tumours")
        + (
            "L1: right kidney, upper pole, 27 mm. L2: right kidney, lower pole, 19 mm.\n"
            "Probe no. | Lesion | Type | Cycle | Minutes\n"
            "1 | L1 | rod | 10-8-10 | 28\n"
            "2 | L1 | rod | 10-8-10 | 28\n"
            "3 | L2 | sphere | 10-8-10 | 28\n"
            "Result: L1 margin 6 mm, L2 margin 8 mm.\n"
        ),
        3,
        [("kidney", 27, 6), ("kidney", 19, 8)],
    ),
    (
        "step lesion first, restart",
        CRYO.format("two metastases")
        + (
            "Lesion 1: right lower lobe 15 mm. Lesion 2: right middle lobe 9 mm.\n"
            "\n"
            "Lesion | Needle | Model | 1st freeze (min) | 2nd freeze (min)\n"
            "1 | 1 | IceRod 1.5 | 10 | 8\n"
            "1 | 2 | IceRod 1.5 | 10 | 8\n"
            "2 | 1 | IceSphere | 8 | 8\n"
        ),
        3,
        [("lung", 15, None), ("lung", 9, None)],
    ),
    (
        "cycles repeat probes",
        CRYO.format("a left iliac bone metastasis")
        + (
            "Left iliac bone metastasis, 30 mm.\n"
            "Freeze | Probe | Start | Minutes | Lowest temp\n"
            "1 | 1 | 10:02 | 10 | -140\n"
            "1 | 2 | 10:02 | 10 | -138\n"
            "2 | 1 | 10:20 | 8 | -141\n"
            "2 | 2 | 10:20 | 8 | -139\n"
        ),
        2,
        [("bone", 30, None)],
    ),
    (
        "ranges",
        CRYO.format("two metastases")
        + (
            "no. | lesion | probe type | cycle | minutes\n"
            "1-3 | T1 right ilium, 42 x 35 mm | 2.4 mm rod | two freezes | 10 + 10\n"
            "4 | T2 right gluteus medius, 16 mm | 1.7 mm rod | two freezes | 8 + 8\n"
            "T1: margins 10 mm cranially, 8 mm caudally, 9 mm ventrally. Dorsally 4 mm.\n"
            "T2: completely covered.\n"
        ),
        4,
        [("bone", 42, 4), ("gluteal", 16, None)],
    ),
    (
        "mw antennas",
        MICROWAVE.format("a liver metastasis in segment 8, 22 mm")
        + ("Antenna | Target | Power (W) | Time (min)\nA1 | segment 8, 22 mm | 100 | 6\nA2 | segment 8, 22 mm | 100 | 6\n"),
        2,
        [("liver", 22, None)],
    ),
    (
        "key value blocks",
        CRYO.format("two metastases")
        + (
            "Lesion 1\n"
            "Location: segment 5 liver\n"
            "Size: 24 x 20 mm\n"
            "Probes: 2\n"
            "Margin (minimum): 6 mm\n"
            "\n"
            "Lesion 2\n"
            "Location: segment 2 liver\n"
            "Size: 12 mm\n"
            "Probes: 1\n"
            "Margin (minimum): 3 mm\n"
        ),
        3,
        [("liver", 24, 6), ("liver", 12, 3)],
    ),
    (
        "key value dotted",
        CRYO.format("two metastases")
        + (
            "Target #1 ....... left lower lobe\n"
            "   Size ......... 18 mm\n"
            "   Probes ....... 2\n"
            "   Min margin ... 5 mm\n"
            "Target #2 ....... left upper lobe\n"
            "   Size ......... 11 mm\n"
            "   Probes ....... 1\n"
            "   Min margin ... 8 mm\n"
        ),
        3,
        [("lung", 18, 5), ("lung", 11, 8)],
    ),
    (
        "bullets inline",
        CRYO.format("two metastases")
        + ("- L1 - left psoas - 38 mm - 3 probes - margin 5 mm\n- L2 - left pelvic sidewall - 21 mm - 2 probes - margin 0 mm\n"),
        5,
        [("retroperitoneum", 38, 5), ("pelvis", 21, 0)],
    ),
    (
        "numbered list dir",
        CRYO.format("two metastases")
        + (
            "Targets\n"
            "1. right kidney, 27 mm\n"
            "2. left adrenal, 32 mm\n"
            "Five cryoprobes in total.\n"
            "Result\n"
            "1: ant 8, post 6, med 4, lat 9 mm\n"
            "2: 8 mm or more on all sides\n"
        ),
        5,
        [("kidney", 27, 4), ("adrenal", 32, 8)],
    ),
    (
        "telegram",
        CRYO.format("two metastases")
        + (
            "T1 li psoas L4 36x29 mm, 3 probes, margins cran 8 caud 7 med 5 lat 9 mm.\n"
            "T2 re gluteus 20 mm, 1 probe, margins cran 6 caud 6 med flush lat 7 mm.\n"
        ),
        4,
        [("retroperitoneum", 36, 5), ("gluteal", 20, 0)],
    ),
    (
        "dropdown",
        CRYO.format("left renal mass")
        + (
            "Number of lesions treated: 1\n"
            "Lesion location: Left kidney\n"
            "Lesion size (max): 31 mm\n"
            "Number of probes: 3\n"
            "Margin (minimum): 6 mm\n"
            "Coverage: Complete\n"
        ),
        3,
        [("kidney", 31, 6)],
    ),
    (
        "two col margin",
        CRYO.format("left adrenal mass")
        + ("Left adrenal mass 32 mm. Three cryoprobes.\nDirection | Margin (mm)\nsuperior | 8\ninferior | 6\nmedial | 5\nlateral | >10\n"),
        3,
        [("adrenal", 32, 5)],
    ),
    (
        "checkbox",
        CRYO.format("two metastases")
        + (
            "[x] Lesion 1  Site: right lung, lower lobe  Size: 14 mm  Probes: 2  Margin: 6 mm\n"
            "[x] Lesion 2  Site: right lung, middle lobe  Size: 9 mm  Probes: 1  Margin: 5 mm\n"
            "[ ] Lesion 3\n"
        ),
        3,
        [("lung", 14, 6), ("lung", 9, 5)],
    ),
    (
        "planned vs achieved",
        CRYO.format("two metastases")
        + (
            "Lesion | Site | Size | Planned margin | Achieved margin | Probes\n"
            "1 | left psoas | 30 mm | 10 mm | 6 mm | 3\n"
            "2 | left iliac crest | 15 mm | 10 mm | 2 mm | 1\n"
        ),
        4,
        [("retroperitoneum", 30, 6), ("bone", 15, 2)],
    ),
    (
        "pre post size",
        CRYO.format("two liver metastases")
        + (
            "# | Organ | Pre-ablation size (mm) | Zone (mm) | Margin min (mm) | Needles (n)\n"
            "1 | Liver S7 | 17 | 38 x 33 | 8 | 2\n"
            "2 | Liver S3 | 22 | 35 x 30 | 4 | 2\n"
        ),
        4,
        [("liver", 17, 8), ("liver", 22, 4)],
    ),
    (
        "step table with total row",
        CRYO.format("two metastases")
        + (
            "Lesion | Location | Size mm | Probes\n1 | right pleura 9th space | 16 x 9 | 2\n2 | right middle lobe | 11 | 1\nTotal | | | 3\n"
        ),
        3,
        [("pleura", 16, None), ("lung", 11, None)],
    ),
    (
        "site first col",
        CRYO.format("two metastases")
        + ("Site | Size (mm) | Probes (n) | Margin (mm)\nLeft kidney | 28 | 3 | 6\nLeft paraspinal muscle | 19 | 2 | 5\n"),
        5,
        [("kidney", 28, 6), ("paraspinal", 19, 5)],
    ),
    (
        "margin words cell",
        CRYO.format("two metastases")
        + (
            "Lesion | Site | Size | Margin (min)\n"
            "1 | segment 6 liver | 25 mm | 6 mm (caudal)\n"
            "2 | segment 4b liver | 12 mm | none at portal branch\n"
            "Probes used: 3.\n"
        ),
        3,
        [("liver", 25, 6), ("liver", 12, 0)],
    ),
    (
        "parenthesised",
        CRYO.format("two metastases")
        + (
            "(1) left lower lobe, 13 mm: 2 probes, ice 6 mm beyond all round\n"
            "(2) left pleura, 20 mm: 2 probes, ice 4 mm beyond medially, else 8 mm\n"
        ),
        4,
        [("lung", 13, 6), ("pleura", 20, 4)],
    ),
    (
        "csv",
        CRYO.format("two metastases") + ("lesion,site,size_mm,probes,min_margin_mm\n1,left psoas,31,3,6\n2,left kidney,22,2,5\n"),
        5,
        [("retroperitoneum", 31, 6), ("kidney", 22, 5)],
    ),
    (
        "tgt abbreviations",
        CRYO.format("two metastases")
        + (
            "Tgt  Loc            Max dim   # probes   Min marg\n"
            "T1   RUL            12 mm     1          7 mm\n"
            "T2   R 6th rib      21 mm     2          5 mm\n"
        ),
        3,
        [("lung", 12, 7), ("bone", 21, 5)],
    ),
    (
        "under a sentence of what was intended",
        CRYO.format("two metastases")
        + (
            "Saline lifted the colon off the field (intended).\n\n"
            "TARGET   SITE           SIZE      PROBES   MARGIN\n"
            "1        left psoas     33 mm     3        7 mm\n"
            "2        left kidney    21 mm     2        6 mm\n"
        ),
        5,
        [("retroperitoneum", 33, 7), ("kidney", 21, 6)],
    ),
    (
        "electrode IRE table",
        IRE.format("a liver metastasis in segment 4")
        + (
            "Electrode | position | exposure | pulses\n"
            "1 | ventral | 15 mm | 90\n"
            "2 | dorsal | 15 mm | 90\n"
            "3 | lateral | 15 mm | 70\n"
            "Nodule 13 x 10 mm in segment 4, beyond it by 6 mm ventrally, 5 mm dorsally, 9 mm laterally.\n"
        ),
        3,
        [("liver", 13, 5)],
    ),
]


@pytest.mark.parametrize(("text", "probes", "lesions"), [pytest.param(*case[1:], id=case[0]) for case in TABLES])
def test_what_a_table_tells_of_each_lesion(reader: Reader, text: str, probes: int, lesions: list[Lesion]) -> None:
    chart = abstract([Note("n", "A", date(2020, 3, 10), text, "procedure")], reader)
    assert [row["probes"] for row in chart.procedures] == [probes]
    assert sorted(str((r["site"], r["size_mm"], r["min_margin_mm"])) for r in chart.lesions) == sorted(str(_floats(x)) for x in lesions)


def _floats(lesion: Lesion) -> Lesion:
    site, size, margin = lesion
    return site, None if size is None else float(size), None if margin is None else float(margin)


# ---- later notes ------------------------------------------------------------------------------------------------------------

PSOAS_ILIUM = "PROCEDURE: CT-guided percutaneous cryoablation of two metastases (L1, L2)\nDATE: 2020-03-10\n\nL1: left psoas, 30 mm. L2: left iliac bone, 18 mm.\nTwo probes each.\nL1: 6 mm on every side. L2: 5 mm on every side.\n"
LIVER = "PROCEDURE: CT-guided percutaneous microwave ablation of three liver metastases\nDATE: 2020-03-10\n\nLesion | segment | size (mm)\n1 | VI | 25\n2 | VII | 17\n3 | IVb | 12\nMargins at least 5 mm for all three.\n"
KIDNEY_ADRENAL = "PROCEDURE: CT-guided cryoablation of two metastases\nDATE: 2020-03-10\n\nLesion 1: right kidney lower pole, 27 mm, two probes. Lesion 2: left adrenal, 32 mm, three probes.\nBoth covered with at least 5 mm.\n"
FOLLOW_UP: list[tuple[str, str, str, dict[str, str]]] = [
    (
        "codes",
        PSOAS_ILIUM,
        "MRI ABDOMEN 2020-06-15\nFINDINGS: T1-weighted images before and after contrast. L1: zone 40 mm, no enhancement, no recurrence. L2: 11 mm nodule at the margin of the zone, enhancing, local recurrence. Haemangioma of L1 vertebra.\n",
        {"retroperitoneum 30": "no_progression", "bone 18": "progression"},
    ),
    (
        "codes text",
        PSOAS_ILIUM,
        "CT ABDOMEN AND PELVIS 2020-06-15\nIMPRESSION: No recurrence at L1. Local progression at L2.\n",
        {"retroperitoneum 30": "no_progression", "bone 18": "progression"},
    ),
    (
        "all codes",
        PSOAS_ILIUM,
        "CT ABDOMEN AND PELVIS 2020-06-15\nIMPRESSION: L1 and L2 without recurrence.\n",
        {"retroperitoneum 30": "no_progression", "bone 18": "no_progression"},
    ),
    (
        "liver nos",
        LIVER,
        "MRI LIVER 2020-06-15\nZones 1 and 2 without enhancement, no residual tumour. At no. 3 a nodule on the portal side, 11 mm, enhancing: local tumour progression at no. 3.\n",
        {"liver 25": "no_progression", "liver 17": "no_progression", "liver 12": "progression"},
    ),
    (
        "table fu",
        LIVER,
        "MRI LIVER 2020-06-15\nNo. | location | now | last exam | comment\n1 | VI | 42 mm zone | 25 mm | no recurrence\n2 | VII | 33 mm zone | 17 mm | no recurrence\n3 | IVb | 25 mm zone | 12 mm | local recurrence\n",
        {"liver 25": "no_progression", "liver 17": "no_progression", "liver 12": "progression"},
    ),
    (
        "other numbering",
        KIDNEY_ADRENAL,
        "CT ABDOMEN 2020-06-15\nTarget table\nT1 | left adrenal | zone 30 mm | 32 mm | local recurrence\nT2 | right kidney | zone 33 mm | 27 mm | no recurrence\n",
        {"adrenal 32": "progression", "kidney 27": "no_progression"},
    ),
    (
        "other numbering text",
        KIDNEY_ADRENAL,
        "CT ABDOMEN 2020-06-15\nT1 (left adrenal): zone 30 mm, nodular enhancement at its edge, local recurrence.\nT2 (right kidney): no recurrence.\n",
        {"adrenal 32": "progression", "kidney 27": "no_progression"},
    ),
    (
        "hash",
        KIDNEY_ADRENAL,
        "CT ABDOMEN 2020-06-15\n#1 right kidney: no recurrence. #2 left adrenal: local recurrence.\n",
        {"adrenal 32": "progression", "kidney 27": "no_progression"},
    ),
    (
        "lesion list",
        KIDNEY_ADRENAL,
        "CT ABDOMEN 2020-06-15\nIMPRESSION: Lesions 1 and 2: no recurrence.\n",
        {"adrenal 32": "no_progression", "kidney 27": "no_progression"},
    ),
    (
        "synoptic",
        KIDNEY_ADRENAL,
        "CT ABDOMEN 2020-06-15\nTreated lesion 1:\n  Location: right kidney\n  Response: nonviable\nTreated lesion 2:\n  Location: left adrenal\n  Response: local recurrence\n",
        {"adrenal 32": "progression", "kidney 27": "no_progression"},
    ),
    (
        "synoptic2",
        KIDNEY_ADRENAL,
        "CT ABDOMEN 2020-06-15\nTreated lesion | Location | Size of zone | Enhancement | Response\n1 | right kidney | 34 mm | none | complete response, no recurrence\n2 | left adrenal | 30 mm | nodular, 9 mm | local tumour progression\n",
        {"adrenal 32": "progression", "kidney 27": "no_progression"},
    ),
]


@pytest.mark.parametrize(("procedure", "exam", "wanted"), [pytest.param(*case[1:], id=case[0]) for case in FOLLOW_UP])
def test_which_lesion_a_later_label_means(reader: Reader, procedure: str, exam: str, wanted: dict[str, str]) -> None:
    notes = [Note("p", "A", date(2020, 3, 10), procedure, "procedure"), Note("f", "A", date(2020, 6, 15), exam, "radiology")]
    chart = abstract(notes, reader)
    called = {r["lesion_id"]: f"{r['site']} {r['size_mm']:g}" for r in chart.lesions}
    assert {called[a["lesion_id"]]: a["status"] for a in chart.assessments if a["scope"] == "local"} == wanted


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Targets 1-3 are unchanged.", ["1", "2", "3"]),
        ("L1: left psoas 20 mm, at L3. L2: right kidney. Disc at L2/3 normal; the L2 vertebra is normal.", ["1", "2"]),
        ("Lesion no. 1 and no. 2; probe no. 3, room no. 4.", ["1", "2"]),
        ("Lesions (L1, L2) treated. Nothing at L1.", ["1", "2", "1"]),
        ("RFA of the L1 and L3 vertebral metastases. L1: two probes. L3: one probe.", []),
        ("Bone metastases L1, L3 and the sacrum.", []),
        ("L1: compression fracture. L2: normal.", []),
        ("T1 hyperintense zone, T2 dark.", []),
        ("Lesions 5 to 8 mm in both lungs.", []),
        ("Level | Finding | Size mm\nL1 | lytic met | 12\nL3 | lytic met | 9\n", []),
    ],
)
def test_labels_of_lesions_are_no_vertebrae_and_no_sequences(reader: Reader, text: str, numbers: list[str]) -> None:
    read = labels.labelled([reader.read(Note("n", "A", date(2020, 6, 1), text, None))])[0]
    assert [m.concept for m in read.mentions if m.label == "NAME"] == numbers
