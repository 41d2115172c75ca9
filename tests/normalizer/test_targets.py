"""Notes written for these tests, in house styles that no shipped chart has: which targets, where, how large, how well covered."""

from __future__ import annotations

from datetime import date

import pytest

from extractor import Note, abstract
from extractor.model import Row
from extractor.pipeline import Reader

HEAD = "INTERVENTIONAL RADIOLOGY PROCEDURE REPORT\nDate of procedure: 4 Mar 2021\n\nPROCEDURE PERFORMED: "
CRYO = "\n\nTwo probes in all. Two freezes of 10 minutes with a thaw of 5 minutes. The patient tolerated the procedure well."
HEAT = "\n\nTwo antennas in all. 60 W for 5 minutes. The patient tolerated the procedure well."
COLUMNS = ("site", "laterality", "size_mm", "coverage", "min_margin_mm")
NOTES = [
    (
        "Cryoablation of two lung nodules\nLesion 1, right upper lobe, 13 mm. Lesion 2, right lower lobe, 21 mm.\nLesion 1 was covered with 7 mm. Lesion 2 was frozen in two cycles, the first was 10 minutes and the second 8 minutes. Ice 4 mm past its edge.",
        ["lung right 13 adequate 7", "lung right 21 inadequate 4"],
    ),
    (
        "Cryoablation of three peritoneal implants\nThe uppermost, beside the spleen, 22 mm, had two needles; the middle one, in the left gutter, 13 mm, and the lowest, in the pouch of Douglas, 18 mm, one and two. Frost went past the uppermost by at least 8 mm and past the lowest by at least 6.",
        ["peritoneum - 22 adequate 8", "peritoneum left 13 - -", "peritoneum - 18 adequate 6"],
    ),
    (
        "Microwave ablation of the liver\nTarget | Seg | Size (mm) | Ablation zone (mm) | MAM (mm) | A0/A1\n1 | II | 13 | 32x31 | 6 | A0\n2 | V | 25 | 41x36 | 3 | A1",
        ["liver - 13 adequate 6", "liver - 25 inadequate 3"],
    ),
    (
        "Cryoablation of three lung nodules\nLesion 1, right upper lobe, 12 mm. Lesion 2, right middle lobe, 8 mm. Lesion 3, right lower lobe, 19 mm.\nThe frost about the first was 8 mm thick at its thinnest. The second had 7 mm. For the third, the ice went only 3 mm past the medial border.",
        ["lung right 12 adequate 8", "lung right 8 adequate 7", "lung right 19 inadequate 3"],
    ),
    (
        "Cryoablation, liver: (a) segment 3, 15 mm, (b) segment 5, 21 mm, (c) segment 8, 33 mm\nComplete coverage of a and b by ice with a margin of 8 and 6 mm respectively. In the largest, coverage was limited by the cava, where some 3 mm of tumour remained outside the ice.",
        ["liver - 15 adequate 8", "liver - 21 adequate 6", "liver - 33 inadequate 0"],
    ),
    (
        "Cryoablation of peritoneal implants\nNo. 1 perisplenic 24 mm; no. 2 right paracolic gutter 16 mm; no. 3 pelvic peritoneum 12 mm.\nFull ice coverage of nos. 1 and 3. No. 2: the colon came near, the medial third not being covered.",
        ["peritoneum - 24 adequate -", "peritoneum right 16 inadequate 0", "peritoneum - 12 adequate -"],
    ),
    (
        "Cryoablation of subcutaneous nodules. The larger, left flank subcutis, 21 mm, and the smaller, right flank subcutis, 8 mm.\nThe mantle of ice over the smaller was 7 mm. Over the larger it was the same save at the skin, where we let it come no farther than the edge of the nodule.",
        ["subcutaneous left 21 inadequate 0", "subcutaneous right 8 adequate 7"],
    ),
    (
        "Repeat cryoablation, left upper lobe\nHistory copied from 04/11/20: 61 y.o. with uterine LMS, two left lung targets, drain after first session.\nTARGET LESION(S): Left upper lobe recurrence at the medial edge of the previous zone, 1.4 cm.\nThe nodule lies completely within the ice ball.",
        ["lung left 14 adequate -"],
    ),
    (
        "Cryoablation of right gluteal mass\nMass 22 mm, two probes. Ice ball 4.3 cm, beyond the mass by at least 7 mm in all directions, ending 4 mm before the nerve.",
        ["gluteal right 22 adequate 7"],
    ),
    (
        "Cryoablation of left eighth rib metastasis\nDx: synovial sarcoma. Outside percutaneous microwave ablation of the liver, 2017.\n\nRib lesion 24 mm, two probes. Ice 6 mm past it on every side.",
        ["bone left 24 adequate 6"],
    ),
    (
        "Cryoablation, 2 pelvic targets\n1. Presacral mass, midline, 27 mm, probes 3\n2. Left obturator lymph node, 14 mm, probes 1\nFreeze-thaw: presacral 10-5-10, node 8-5-8 (min).\nThe presacral mass is inside the ice with 8 mm at the least. The node is enclosed with 6 mm on each side.",
        ["lymph_node left 14 adequate 6", "pelvis midline 27 adequate 8"],
    ),
    (
        "Cryoablation of 2 lung nodules\n\nTARGETS\nA   right lower lobe   1.9 cm   2 probes\nB   lingula   1.2 cm   1 probe\n\nCT after the last thaw: A and B apart from each other; margins A 8 mm or more, B 3 mm at the fissure and over 9 mm elsewhere.",
        ["lung left 12 inadequate 3", "lung right 19 adequate 8"],
    ),
    (
        "Cryoablation of two nodules, left lung.\n\nThe lower lobe nodule measured 15 mm.\nThe nodule in the lingula measured 11 mm.\n\nMargin: 8 mm lower lobe; 4 mm lingula",
        ["lung left 11 inadequate 4", "lung left 15 adequate 8"],
    ),
    (
        "Cryoablation, left paraaortic node and omental nodule.\n\nThe left paraaortic node measured 18 mm.\n\nThe omental nodule, in the midline below the navel, measured 12 mm.\n\nMargin: node 3 mm at the aorta, 9 mm elsewhere; omentum 7 mm",
        ["lymph_node left 18 inadequate 3", "peritoneum midline 12 adequate 7"],
    ),
    (
        "Cryoablation, left biceps femoris and left inguinal node.\n\nThe left biceps femoris mass measured 40 mm.\n\nThe left inguinal node measured 18 mm.\n\nMargin: muscle 7 mm at the least; node 2 mm",
        ["lower_extremity left 40 adequate 7", "lymph_node left 18 inadequate 2"],
    ),
    (
        "Cryoablation, right eighth rib.\n\nA man with solitary fibrous tumour, who was treated once before, elsewhere, by radiofrequency ablation of the left iliac crest.\n\nThe lytic lesion of the rib measured 26 mm.",
        ["bone right 26 - -"],
    ),
    (
        "Cryoablation of two left paraspinal nodules under ultrasound.\n\nThe upper nodule, 24 mm, lies at L1. Two needles. Ice 7 mm beyond it.\n\nThe lower nodule, 15 mm, lies at L2. Ice 3 mm beyond it.",
        ["paraspinal left 15 inadequate 3", "paraspinal left 24 adequate 7"],
    ),
    (
        "Indication: Two metastases in the muscles of the right chest wall.\nProcedure: Percutaneous cryoablation under CT. Anterior lesion, 21 mm: two probes. Posterior lesion, 13 mm: one probe.\nResult: Anterior lesion: flush at its pleural face, margin 0 mm. Posterior lesion: coverage complete.",
        ["chest_wall right 13 adequate -", "chest_wall right 21 inadequate 0"],
    ),
    (
        "The patient has a painful presacral mass and an L3 vertebral deposit. The presacral mass, midline, measured 42 mm and received four cryoprobes. The L3 deposit, on the left side of the body, measured 19 mm and received one cryoprobe. Cryoablation of the presacral mass was kept off its anterior left corner.",
        ["bone left 19 - -", "pelvis midline 42 - -"],
    ),
    (
        "Cryoablation, left kidney tumour, 24 mm. Complete coverage. He asked about his lungs: the scan was limited to the abdomen, not covered.",
        ["kidney left 24 adequate -"],
    ),
    (
        "Cryoablation, left kidney tumour, 24 mm. Complete coverage. The right side was not covered by today's field of view.",
        ["kidney left 24 adequate -"],
    ),
    (
        "Cryoablation, two metastases of the right lung\nTwo needles for the upper lobe nodule (16 x 12 mm) and one for the lower lobe nodule (11 mm). I had hoped for 10 mm of ice around each.\nAround the upper lobe nodule the frost measures between 4 mm and 9 mm past the edge. The lower lobe nodule is wholly enclosed; coverage complete.",
        ["lung right 11 adequate -", "lung right 16 inadequate 4"],
    ),
    (
        "Cryoablation, right erector spinae x 2\n\nLesion 1 (T8 level), 22 x 18 mm. Ice 6 mm past it on every side.\nLesion 2 (T11 level), 13 mm. Ice only 3 mm past it on every side.",
        ["paraspinal right 13 inadequate 3", "paraspinal right 22 adequate 6"],
    ),
    (
        "Cryoablation, three targets\n\nTARGETS\n1. Liver, segment VI. 21 x 18 mm.\n2. Right psoas, level of L3. 34 x 29 mm.\n\nPROBES AND MARGINS\nTarget | Probes | Smallest margin\n1 | 2 | 7 mm\n2 | 3 | 3 mm",
        ["liver - 21 adequate 7", "retroperitoneum right 34 inadequate 3"],
    ),
    (
        "Cryoablation, two sites\nSite 1, left psoas, 3.1 x 2.4 cm. Ice 6 mm past it on every side.\nSite 2, abdominal wall under the incision, right, 2.2 cm. Ice 8 mm all around.",
        ["retroperitoneum left 31 adequate 6", "abdominal_wall right 22 adequate 8"],
    ),
    (
        "Cryoablation, two nodules\nNo | Site | Size mm | Needles | Cycle | Margin\n1 | RUL | 15 x 12 | 2 | 3-6-10 | 7 mm\n2 | RLL | 12 x 9 | 1 | 3-6-10 | 3 mm",
        ["lung right 12 inadequate 3", "lung right 15 adequate 7"],
    ),
    (
        "Cryoablation of two metastases\n| No | Site | Size mm | Margin mm |\n| 1 | Perihepatic implant, right | 24 | 6 |\n| 2 | Psoas, left | 31 | 3 |",
        ["peritoneum right 24 adequate 6", "retroperitoneum left 31 inadequate 3"],
    ),
    (
        "Cryoablation, left adrenal metastasis\nAdrenal, 26 mm. The frost stands 6 mm proud of the mass where it is thinnest.",
        ["adrenal left 26 adequate 6"],
    ),
    (
        "Cryoablation of two deposits, right retroperitoneum and loin\nNr | Target | Size | Needles | Least margin\n1 | R psoas | 33 mm | 3 | 7 mm\n2 | R loin, in the abdominal wall | 21 mm | 2 | 8 mm\n\nADDENDUM 3/6/2021: The entry for target 2 is in error. On review the least margin is 3 mm.",
        ["abdominal_wall right 21 inadequate 3", "retroperitoneum right 33 adequate 7"],
    ),
    (
        "Cryoablation\n\nBackground: recurrent liposarcoma of the right forearm, two nodules.\n\nA. Brachioradialis nodule, 24 mm. Ice 6 mm past it all around.\nB. Nodule by the flexor carpi ulnaris, 15 mm. Ice 7 mm past it all around.",
        ["upper_extremity right 15 adequate 7", "upper_extremity right 24 adequate 6"],
    ),
    (
        "Cryoablation of a left seventh rib metastasis and of a left basal pleural metastasis\n\nThe rib lesion, 31 mm, took two probes, and the pleural nodule, 18 mm, one. Ice 7 mm past both all around.\n\nADDENDUM: The figure I gave for the rib is wrong. The ice passes the rib lesion by only 2 mm. The figure for the pleural nodule is right. R. Orlander.",
        ["bone left 31 inadequate 2", "pleura left 18 adequate 7"],
    ),
    (
        "Percutaneous ablation under CT\n\nTwo metastases.\n\nFirst the right kidney, which we froze last May and where it regrew. The recurrence is 19 mm. Heat would reach the psoas better, so microwave, one antenna. The zone goes 6 mm past the tumour on every side.\nThen cryoablation of the nodule in the right abdominal wall, 27 mm. Two needles. The ice covers it completely.",
        ["abdominal_wall right 27 adequate -", "kidney right - - -", "kidney right 19 adequate 6"],
    ),
    (
        "Cryoablation\nT1, right flank, subcutaneous, 14 mm. Margin 6 mm.\nT2, left calf, intramuscular, 22 mm. MAM 8 mm.",
        ["subcutaneous right 14 adequate 6", "lower_extremity left 22 adequate 8"],
    ),
    (
        "Cryoablation of right gluteal and left thigh masses\nThe gluteal mass measures 34 mm. Ice was seen to reach beyond the mass 11 mm superiorly, 9 inferiorly and 8 toward the nerve.\nThe thigh mass, 21 mm: the ice just meets the deep side of the mass, I would call it flush there, a clear centimetre elsewhere.",
        ["gluteal right 34 adequate 8", "lower_extremity left 21 inadequate 0"],
    ),
    (
        "Cryoablation of left renal and left arm metastases\nKIDNEY. Lower pole mass, 24 mm. The ice ball was 8 mm or more beyond the mass all around.\n\nARM. Nodule 14 mm. Ice 4 mm beyond the nodule on the deep side.",
        ["kidney left 24 adequate 8", "upper_extremity left 14 inadequate 4"],
    ),
    (
        "(1) Cryoablation, left basal pleural nodule and left fifth rib. (2) Microwave ablation, left lower lobe nodule\nTarget A. Pleural nodule, left base, 22 mm. Two cryoprobes. Ice 8 mm past it all around.\nTarget B. Left fifth rib, 17 mm. One cryoprobe. Ice 6 mm past it all around.\nTarget C. Left lower lobe nodule, 11 mm. One antenna, 65 W for 5 minutes. Ground glass 5 mm past the nodule on all sides.",
        ["bone left 17 adequate 6", "lung left 11 adequate 5", "pleura left 22 adequate 8"],
    ),
    (
        "Cryoablation, right adrenal metastasis\nThe left adrenal mass measures 31 x 22 mm. Ice 7 mm past it on every side.\n\nADDENDUM 3/5/2021: Dictation error in the title. The treated adrenal is the LEFT. The body of the report is right.",
        ["adrenal left 31 adequate 7"],
    ),
    (
        "Cryoablation x2 - right axilla, right chest wall\nNode (right axillary, level I), 21 mm: two probes. Ice 6 mm past it on every side.\nChest wall (right serratus), 17 mm: one probe. Ice 7 mm past it on every side.",
        ["chest_wall right 17 adequate 7", "lymph_node right 21 adequate 6"],
    ),
    (
        "Cryoablation of two osseous metastases\nRib. The lesion in the right 8th rib measures 24 mm. Ice 6 mm past it on every side.\n\nVertebra. L3 body lesion, left posterolateral, 18 mm. Ice 5 mm past it on every side.",
        ["bone left 18 adequate 5", "bone right 24 adequate 6"],
    ),
    (
        "Cryoablation, two sites, left thorax\nA. Pleural nodule, left costophrenic angle, 28 mm. Carbon dioxide was put in to take the lung off. Two probes. Margin 7 mm in the narrowest direction.\nB. Chest wall, left, 36 x 22 mm. Ice reaches 3 mm superficial to the tumor, 1 cm elsewhere.",
        ["chest_wall left 36 inadequate 3", "pleura left 28 adequate 7"],
    ),
    (
        "Cryoablation, right lung nodules x 2\nA needle went through the right upper lobe nodule (14 mm) and one through the right lower lobe nodule (9 mm), the latter past the pleura. Ice reached 6 mm or more around the upper lobe nodule. Around the lower lobe nodule coverage was complete, with 8 mm at its thinnest.",
        ["lung right 14 adequate 6", "lung right 9 adequate 8"],
    ),
    (
        "Cryoablation, left renal and left gluteal metastases\nKidney mass, 27 mm: two probes. Gluteal mass, 19 mm: two probes.\n\nKidney: ice 6 mm beyond the tumor medially, and its upper pole stayed outside the ice. Gluteal: ice 9 mm beyond the tumor all round.\n\nKidney treatment was thus incomplete and the intended end was not reached.",
        ["gluteal left 19 adequate 9", "kidney left 27 inadequate 0"],
    ),
    (
        "Cryoablation of left ninth rib, left paraspinal and hepatic dome metastases\nRib: 30 mm lesion. Ice 7 mm past it all around.\nParaspinal, left, T10: 41 x 30 mm. Ice margins 6 mm medially, 12 mm laterally.\nLiver dome, 15 mm. Margin at least 10 mm around.\n\nADDENDUM 3/5/2021: The paragraph on the paraspinal tumor gives the medial margin as 6 mm. On review it is 3 mm.",
        ["bone left 30 adequate 7", "liver - 15 adequate 10", "paraspinal left 41 inadequate 3"],
    ),
    (
        "Cryoablation, two targets\n1) residual strip, left posterior thigh\n2) presacral nodule, left\n\nTarget 1, 23 x 7 mm. Ice 4 mm past the tumor on the nerve side, 8 mm elsewhere.\nTarget 2, 20 mm. Ice 7 mm past it in every direction.",
        ["lower_extremity left 23 inadequate 4", "pelvis left 20 adequate 7"],
    ),
    (
        "1) Cryoablation of right adrenal metastasis and of right flank subcutaneous nodule\n2) Cryoablation of left pleural implant\nA. ADRENAL, 32 x 26 mm. Margin 5 mm at its thinnest.\nB. FLANK NODULE, 19 mm. Ice 6 mm past it all around.\nC. PLEURA, 16 mm. Ice 7 mm past it all around.",
        ["adrenal right 32 adequate 5", "pleura left 16 adequate 7", "subcutaneous right 19 adequate 6"],
    ),
    (
        "Cryoablation\nConsent: written; bleeding, incomplete treatment.\nLabs: INR 1.0, plt 211. Prone.\n\n#1 R psoas, measures 3.3 x 2.4 cm. Ice covers the lesion with 6 mm at the thinnest.\n#2 R gutter peritoneal implant, 1.8 cm. Ice 7 mm past it on every side.\n#3 R para-aortic. Duodenum would not move off. No probe placed. Not treated.",
        ["peritoneum right 18 adequate 7", "retroperitoneum right 33 adequate 6"],
    ),
    (
        "Percutaneous thermal ablation, liver (microwave) and left diaphragmatic pleura (cryoablation).\nLiver. A microwave antenna was placed into the segment 7 mass. 100 W for 10 minutes.\nPleura. Two cryoprobes. Two 10 minute freezes.\nSegment 7: 31 x 28 mm mass. Margin at least 8 mm.\nLeft diaphragmatic pleural implant: 15 x 9 mm. Ice 6 mm past it all around.",
        ["liver - 31 adequate 8", "pleura left 15 adequate 6"],
    ),
    (
        "1. Cryoablation, right vastus lateralis mass\n2. Cryoablation, right distal lateral thigh nodule\nThe vastus mass measures 26 mm. The second lesion measures 11 mm.\nThe ice covers the vastus mass with a smallest margin of 7 mm. The distal nodule is covered; superficially the ice stops 2 mm beyond it.",
        ["lower_extremity right 11 inadequate 2", "lower_extremity right 26 adequate 7"],
    ),
    (
        "Cryoablation of left iliac and right calf metastases\nLeft iliac wing. Lesion 34 mm. Ice beyond the lesion 6 mm at the acetabular end, 8 mm elsewhere.\nRight calf. Lesion 21 mm. Ice beyond the lesion 5 mm on every side.",
        ["bone left 34 adequate 6", "lower_extremity right 21 adequate 5"],
    ),
    (
        "Cryoablation of left renal and left paraspinal metastases\nA. Renal tumour, lower pole, 24 x 20 mm. Ice 6 mm past it all around.\nB. The deposit in the back muscle, 31 x 22 mm. Ice 9 mm past it on every side.",
        ["kidney left 24 adequate 6", "paraspinal left 31 adequate 9"],
    ),
    (
        "Microwave ablation of three liver tumors\nOn ultrasound the lesions measured 2.2 cm (IVb), 1.6 cm (VI) and 2.9 cm (VIII).\nIVb: margin 8 mm.\nVI: margin 6 mm all round.\nVIII: margin 2 mm at the vein.",
        ["liver - 16 adequate 6", "liver - 22 adequate 8", "liver - 29 inadequate 2"],
    ),
    (
        "Cryoablation of a right iliac bone metastasis, 26 mm. Ice 9 mm past the lesion laterally; medially it was level with the edge of the lesion.",
        ["bone right 26 inadequate 0"],
    ),
    (
        "Cryoablation of a left gluteal mass, 40 mm. The ice reached the deep border of the mass and stopped there; 8 mm elsewhere.",
        ["gluteal left 40 inadequate 0"],
    ),
    (
        "Microwave of a lung nodule and cryoablation of a rib metastasis\nLeft upper lobe nodule 14 mm, narrowest rim 7 mm. Left sixth rib lesion 22 mm, ice 3 mm past it on the pleural side and 8 mm elsewhere.\n\nADDENDUM 3/5/2021: On reformats the pleural side measures 6 mm rather than 3 mm.",
        ["bone left 22 adequate 6", "lung left 14 adequate 7"],
    ),
    (
        "Cryoablation of left pleural and chest wall masses\nInformed consent: pneumothorax, bleeding, skin burn, death.\nThe pleural mass, 3.4 x 2.2 cm, was covered with 7 mm on every side. The chest wall mass, 1.9 cm, was covered with 5 mm on every side.",
        ["chest_wall left 19 adequate 5", "pleura left 34 adequate 7"],
    ),
    (
        "Cryoablation of the residual right psoas metastasis. Three probes were advanced into the 1.8 cm remnant under CT. Ice 6 mm past the remnant on every side.",
        ["retroperitoneum right 18 adequate 6"],
    ),
    (
        "Cryoablation\nTwo metastases treated: right iliac crest and right acetabulum.\nCrest: 34 mm. Ice overshoots by 7 mm.\nAcetabulum: 22 mm. The femoral head cartilage was outside the ice. Ice overshoots by 5 mm.",
        ["bone right 22 adequate 5", "bone right 34 adequate 7"],
    ),
    (
        "Microwave ablation of 3 liver lesions (segments 2, 5 and 8)\nSeg 2: 11 mm. Seg 5: 24 mm. Seg 8: 17 mm.\nMinimal ablative margins 8, 4 and 7 mm respectively.",
        ["liver - 11 adequate 8", "liver - 17 adequate 7", "liver - 24 inadequate 4"],
    ),
    (
        "Cryoablation left kidney, two tumors\nUpper pole tumor 18 mm, lower pole tumor 27 mm. Ice extended 6 mm beyond the former and 9 mm beyond the latter in all planes.",
        ["kidney left 18 adequate 6", "kidney left 27 adequate 9"],
    ),
    (
        "Cryoablation of two nodules in the left flank\nNodule 1, left psoas: 36 mm. Ice 6 mm past it on all sides.\nNodule 2, fat of the former renal space on the left: 24 mm. Ice 7 mm past it in front, 9 mm elsewhere.",
        ["retroperitoneum left 24 adequate 7", "retroperitoneum left 36 adequate 6"],
    ),
    (
        "Cryoablation of right 5th and 8th rib metastases.\n5th: 20 mm. 8th: 31 mm. Both covered completely with at least 5 mm.",
        ["bone right 20 adequate 5", "bone right 31 adequate 5"],
    ),
    (
        "Cryo x2: (1) left deltoid met 3.0 cm (2) left axillary node 1.8 cm.\n(1) 3 probes, margin >5 mm\n(2) 1 probe, ice kept flush with deep edge of node",
        ["lymph_node left 18 inadequate 0", "shoulder left 30 adequate 5"],
    ),
    (
        "Cryoablation of psoas metastasis. A 3.3 cm mass is seen in the left psoas. At 10 minutes ice had reached only the anterior two thirds; a further probe was added and after the second freeze the entire mass was in ice.",
        ["retroperitoneum left 33 adequate -"],
    ),
    (
        "Cryoablation of a pancreatic metastasis, 27 mm. The ice encompasses the tumour with margin of at least 5 mm except at the SMV, where none.",
        ["pancreas - 27 inadequate 0"],
    ),
    (
        "Cryoablation of liver and right psoas targets. Target A (segment 7) 23 mm. Target B (right psoas) 19 mm.\nA: ice 8 mm past the tumor in every plane, gallbladder wall not reached.\nB: 1.0 cm of ice circumferentially; the ureteral stump is outside the ice.",
        ["liver - 23 adequate 8", "retroperitoneum right 19 adequate 10"],
    ),
    (
        "Cryoablation of a chest wall mass.\nRight chest wall mass between ribs 7 and 8, 3.1 cm. Ice 6 mm past the mass all around.\n\nADDENDUM 3/5/2021: The report is in error. The mass treated is on the LEFT and measures 3.7 cm.",
        ["chest_wall left 37 adequate 6"],
    ),
    (
        "Cryoablation, left lung, two nodules\nLUL apicoposterior nodule 1.4 cm, lingular nodule 0.9 cm. Ice surrounds the upper lobe nodule with its narrowest rim 6 mm. The lingular nodule has a halo of 8 mm at the thinnest point.",
        ["lung left 14 adequate 6", "lung left 9 adequate 8"],
    ),
    (
        "Cryoablation of a liver metastasis\nSegment 4b 2.3 cm. The cranial 4 mm or so of the lesion still shows its arterial enhancement along the vein.",
        ["liver - 23 inadequate 0"],
    ),
    (
        "Cryoablation of residual segment 4 tumor of the liver\nTarget 1.1 cm (MRI 2/12), now 1.3 cm on CT. No margin could be measured. Complete coverage.",
        ["liver - 13 adequate -"],
    ),
    (
        "cryoablation L vastus lateralis met\nConsent: in chart. Discussed skin burn, hematoma.\nLesion: 21 x 16 mm\nIce: whole nodule inside. Least margin 4 mm.\nCx: none",
        ["lower_extremity left 21 inadequate 4"],
    ),
    (
        "Cryoablation of two liver metastases. Lesion in segment 6 measured 2.1 cm, lesion in segment 8 measured 1.4 cm. A third lesion in segment 2 (0.9 cm) was not ablated because of the stomach.\nTwo probes segment 6, one probe segment 8. Ice margin 7 mm around the segment 6 lesion, 5 mm around the segment 8 lesion.",
        ["liver - 21 adequate 7", "liver - 14 adequate 5"],
    ),
    (
        "Cryoablation of three pleural implants\nA. costophrenic, 2.2 cm\nB. paravertebral pleura, 1.5 cm\nC. diaphragmatic pleura, 1.1 cm\nA two probes, B one, C one. A 6 mm, B 5 mm, C 9 mm of ice past the implant.",
        ["pleura - 22 adequate 6", "pleura - 15 adequate 5", "pleura - 11 adequate 9"],
    ),
    (
        "Cryoablation. Two nodules in the right lower lobe: the larger, 2.0 cm, basal; the smaller, 0.8 cm, superior segment. Both frozen. The larger had 5 mm of ice, the smaller 9 mm.",
        ["lung right 20 adequate 5", "lung right 8 adequate 9"],
    ),
    (
        "Cryoablation of two soft tissue deposits, left and right flank.\na) subcutaneous, left flank, 1.5 cm\nb) subcutaneous, right flank, 2.2 cm\nIce 6 mm beyond the left nodule and 8 mm beyond the right one on every side. Sternal nodule: watch.",
        ["subcutaneous left 15 adequate 6", "subcutaneous right 22 adequate 8"],
    ),
    (
        "Cryoablation of chest wall and rib.\nnodule 'A' = R serratus, 2.4 cm\nnodule 'B' = R 9th rib, 1.7 cm\n'A' ok, ice +6 mm. 'B' ok, ice +7 mm. Nodule 'C' (R axilla, 5 mm) watch.",
        ["chest_wall right 24 adequate 6", "bone right 17 adequate 7"],
    ),
    (
        "Cryoablation of two hepatic metastases\n\nLesion 1. Segment 8, tumor at the edge of an old scar, 31 mm. Percutaneous, right intercostal. Two probes. Ice 6 mm past the tumor all around.\nLesion 2. Segment 3, 15 mm. One probe. Ice 7 mm past the tumor all around.",
        ["liver - 31 adequate 6", "liver - 15 adequate 7"],
    ),
    (
        "Cryoablation right ilium and left 7th rib; cement right ilium\n\nIliac mass 5.8 cm. Ice 6 mm beyond it. Rib lesion 2.9 cm. Ice 5 mm beyond it.",
        ["bone right 58 adequate 6", "bone left 29 adequate 5"],
    ),
    (
        "Cryoablation of a right thigh tumor (same histology as in the buttock).\nLifting the skin to 17 mm with saline. The tumor measured 41 x 25 mm. Ice passed it by 10 mm, extending into the groin. Lidocaine at five sites. Buttock not touched today.",
        ["lower_extremity right 41 adequate 10"],
    ),
    (
        "Cryoablation left psoas recurrence. Mass 4.0 x 3.2 cm. Ice covered the mass with 6 mm except for a 4 mm strip along the ureter. A 1 cm node at the aortic bifurcation was left alone.",
        ["retroperitoneum left 40 inadequate 0"],
    ),
    (
        "Cryoablation of left kidney tumour. 31x28x30 mass, lower pole. Cyst of the upper pole 2 cm not treated. Margins 6-9. (mm)",
        ["kidney left 31 adequate 6"],
    ),
    (
        "Cryoablation L adrenal met. L adrenal 2.8 cm. The colon, 9 mm lateral, was not reached by ice. Good ice all round, a half centimeter or better.",
        ["adrenal left 28 adequate 5"],
    ),
    (
        "Operation Note\nPercutaneous cryoablation L renal mass. 28 x 25 mm exophytic interpolar lesion. 3 x IceRod. Ice edge 6 mm outside the tumour at the tightest point, 9-11 mm elsewhere.",
        ["kidney left 28 adequate 6"],
    ),
    (
        "PROCEDURE: CT-guided cryoablation, right kidney\nFINDINGS: 3.1 cm lower pole tumour. Iceball clears the lesion by 3 mm medially (next to the collecting system) and by 8 mm everywhere else.",
        ["kidney right 31 inadequate 3"],
    ),
    (
        "Microwave ablation of two liver metastases under ultrasound.\nSeg 5: 22 mm, 100 W 6 min, hyperechoic zone extends 8 mm beyond the tumour all round.\nSeg 8: 14 mm, 80 W 4 min, zone only 2 mm past the lesion on the side of the hepatic vein.",
        ["liver - 22 adequate 8", "liver - 14 inadequate 2"],
    ),
    (
        "CRYOABLATION LUNG\nRt upper lobe nodule 12 mm. One probe. Triple freeze. Ground-glass halo measures at least 6 mm around nodule in every plane.",
        ["lung right 12 adequate 6"],
    ),
    (
        "CT-guided cryoablation, three right thoracic metastases.\nThe superior segment nodule measures 15 x 12 mm, the lateral basal nodule 9 mm, and the pleural nodule opposite the lateral eighth rib 19 x 11 mm.",
        ["lung right 15 - -", "lung right 9 - -", "pleura right 19 - -"],
    ),
    (
        "Cryoablation.\nClinical details: Solitary left perirenal deposit of liposarcoma.\nThe deposit behind the lower pole of the left kidney now measures 22 mm.",
        ["retroperitoneum left 22 - -"],
    ),
    ("Cryoablation.\nTarget: Right paraspinal muscle, L1 level, 1.9 cm.", ["paraspinal right 19 - -"]),
    (
        "1. Cryoablation left adrenal metastasis.\n2. Cryoablation liver metastasis segment 6.\nAd 1: 28 mm lesion, two probes, ice to 7 mm past it.\nAd 2: 17 mm lesion, one probe.",
        ["adrenal left 28 adequate 7", "liver - 17 - -"],
    ),
    ("Cryoablation of bilateral adrenal metastases: right 25 mm, left 18 mm.", ["adrenal right 25 - -", "adrenal left 18 - -"]),
    ("Cryoablation of right perihepatic implant, 24 mm, indenting segment 7.", ["peritoneum right 24 - -"]),
    ("Cryoablation of mesenteric nodule, 18 mm, in front of the L3 vertebra.", ["peritoneum - 18 - -"]),
    ("Cryoablation of vaginal cuff recurrence. Mass measures 2.7cm TR x 3.3 cm AP x 2.1 cm CC.", ["pelvis - 33 - -"]),
    ("Cryoablation of a right kidney tumour, upper pole, 22 mm.", ["kidney right 22 - -"]),
    ("Cryoablation left forearm nodule, flexor compartment, 1.1cm x 0.8cm.", ["upper_extremity left 11 - -"]),
    ("Cryoablation right psoas.\nAddendum: Side wrong in title. Treated side was left.", ["retroperitoneum left - - -"]),
    ("Cryoablation.\nIndication: right pleural implant.\nThe implant over the tenth rib measures 18 mm.", ["pleura right 18 - -"]),
    ("Cryoablation.\nIndication: left gluteal recurrence.\nThe mass lateral to the sacrum measures 41 mm.", ["gluteal left 41 - -"]),
    (
        "Cryoablation x2, left pleura. Costophrenic implant 30 mm, 3 needles, margin >= 8 mm. Paravertebral implant 19 mm, 2 needles, margin 5 mm.",
        ["pleura left 30 adequate 8", "pleura left 19 adequate 5"],
    ),
    (
        "Cryoablation, two pelvic recurrences.\nRight obturator recurrence: 2.9 cm, 3 probes.\nLeft presacral recurrence: 2.1 cm, 2 probes.\nMargins: 6 mm right, 3 mm left.",
        ["pelvis right 29 adequate 6", "pelvis left 21 inadequate 3"],
    ),
    (
        "Cryoablation of right renal and right paraspinal metastases.\nImages show the right lower pole mass at 2.9 x 2.6 cm, and the erector spinae nodule at L1 at 2.2 x 1.5 cm.",
        ["kidney right 29 - -", "paraspinal right 22 - -"],
    ),
    (
        "Cryoablation of right kidney and left adrenal metastases.\nThe lower pole lesion is 2.0 cm; the adrenal one 3.1 cm.",
        ["kidney right 20 - -", "adrenal left 31 - -"],
    ),
    ("Cryoablation right scapular desmoid.\nTarget 7.4 x 4.8 cm, infraspinatus/lateral scapula.", ["shoulder right 74 - -"]),
    (
        "Cryoablation segment 7.\nTarget: Segment 7, 2.6 cm in longest axis.\nADDENDUM: The size of the segment 7 target was entered incorrectly. It measured 2.1 cm.",
        ["liver - 21 - -"],
    ),
    ("Cryoablation, left rectus mass.\nMass 25 mm.\nAddendum: dictated 25 mm, should read 35 mm.", ["abdominal_wall left 35 - -"]),
    (
        "Cryoablation, left rectus mass.\nHISTORY: CT 2/27 showed a new 2.3 cm mass in the left rectus muscle.\nPROCEDURE: Mass 2.5 cm by ultrasound today.",
        ["abdominal_wall left 25 - -"],
    ),
    (
        "Cryoablation of a chest wall nodule next to the fourth rib, 20 mm.\nRight side.",
        ["chest_wall right 20 - -"],
    ),
    (
        "CT-guided cryoablation, right lower lobe.\nPre-procedure note: cryo of 3 right lung mets last May, now recurrence.\nThe recurrent nodule measures 12 mm.",
        ["lung right 12 - -"],
    ),
    (
        "Cryoablation of three right lung metastases.\nThe posterior basal one measures 18 mm, the one in the superior segment 9 mm, the middle lobe one 8 mm.",
        ["lung right 18 - -", "lung right 9 - -", "lung right 8 - -"],
    ),
    (
        "Cryoablation of left iliac bone metastasis (40 mm). Posterior two thirds of the lesion are within the ice; the anterior third, abutting the lumbosacral trunk, was intentionally left unfrozen.",
        ["bone left 40 inadequate 0"],
    ),
    (
        "Cryo L psoas deposit, 2.5 cm. Ice reached the lateral border of the tumour but not beyond, because of the descending colon. Other borders overlapped by 7 mm.",
        ["retroperitoneum left 25 inadequate 0"],
    ),
    (
        "Cryoablation, right chest wall recurrence. Lesion 33 mm. Complete coverage by ice. Planned margin 1 cm.",
        ["chest_wall right 33 adequate -"],
    ),
    (
        "Percutaneous cryoablation left adductor magnus desmoid. Measures 4.5 x 3.0 x 2.8 cm. 5 needles. Ice margins: medial 9 mm, lateral 7 mm, deep (femoral vessels) 4 mm, superficial 6 mm.",
        ["lower_extremity left 45 inadequate 4"],
    ),
    (
        "Cryoablation of presacral recurrence. 36 mm mass. Approx. 90% of the tumour was engulfed; a 3 mm rind along the rectum was not frozen.",
        ["pelvis - 36 inadequate 0"],
    ),
    (
        "CRYOABLATION OF LEFT OBTURATOR LYMPH NODE\n17 mm node. Obturator nerve displaced with 40 ml. Ice covered node with 5 mm or more on all sides. The iliac vessels stayed outside.",
        ["lymph_node left 17 adequate 5"],
    ),
    (
        "Cryoablation right adrenal and right 10th rib metastases\nA) Adrenal 3.0 cm: three probes, minimum margin 7 mm.\nB) Rib 18 mm: one probe, lesion totally inside the ice.",
        ["adrenal right 30 adequate 7", "bone right 18 adequate -"],
    ),
    (
        "MWA x 2, left lung.\n1. LUL 9 mm: safety zone 10 mm.\n2. LLL 15 mm: safety zone 3 mm at the fissure, > 5 mm otherwise.",
        ["lung left 9 adequate 10", "lung left 15 inadequate 3"],
    ),
    (
        "Cryoablation, right gluteus medius metastasis. Size today 52 mm (41 mm on MRI in January). Ice extended 10 to 14 mm outside the tumour.",
        ["gluteal right 52 adequate 10"],
    ),
    (
        "Cryoablation left paravertebral muscle nodule at T12, 24 mm. L1 root 12 mm away, protected by CO2. Two freeze cycles.",
        ["paraspinal left 24 - -"],
    ),
    (
        "Cryoablation right axillary recurrence 2.7 cm. Brachial plexus displaced by hydrodissection. Towards the plexus ice ended 2 mm beyond the tumour; 10 mm all other sides.",
        ["axilla right 27 inadequate 2"],
    ),
    (
        "Cryo left inguinal soft tissue deposit (1.9 cm). Femoral vessels and femoral nerve pushed away. Thinnest rim of ice 8 mm.",
        ["groin left 19 adequate 8"],
    ),
    (
        "US-guided cryoablation right rectus sheath endometrioma-like deposit, 2.1 cm. Frozen zone overlapped tumour by half a centimetre at the skin side and by 1 cm at the others.",
        ["abdominal_wall right 21 adequate 5"],
    ),
    ("CT guided cryoablation right paracolic gutter implant (26 mm). Ascending colon displaced. 2 probes.", ["peritoneum right 26 - -"]),
    (
        "RFA + cementoplasty of T9 vertebral metastasis, 15 mm. Ablation zone covers the lesion with a 5 mm margin.",
        ["bone - 15 adequate 5"],
    ),
    (
        "Cryoablation of left infraspinatus mass (48 x 30 mm). Final CT: ice 3 mm beyond tumour at the suprascapular notch; remainder > 1 cm.",
        ["shoulder left 48 inadequate 3"],
    ),
    (
        "Cryoablation of a left lower lobe nodule, 11 mm. The nodule is in the centre of the frozen area. Coverage judged adequate.",
        ["lung left 11 adequate -"],
    ),
    (
        "Cryoablation left pleural and left chest wall deposits.\nThe pleural deposit (2.0 cm) got two probes, the chest wall one (1.6 cm) one. Margins 4 mm for the pleural and 6 mm for the chest wall deposit.",
        ["pleura left 20 inadequate 4", "chest_wall left 16 adequate 6"],
    ),
    (
        "MWA segment IVb colorectal metastasis, 31 mm. Needle position limited by the gallbladder. Zone is flush with the lesion anteriorly.",
        ["liver - 31 inadequate 0"],
    ),
    (
        "Cryoablation rt forearm flexor desmoid tumour. Largest diameter 38 mm. Frozen rim 12 mm at least.",
        ["upper_extremity right 38 adequate 12"],
    ),
    (
        "Cryoablation left parotid space recurrence; 29 mm. Facial nerve stimulated throughout. Ice stopped 1 mm outside the tumour edge near the nerve, elsewhere 6 mm.",
        ["head_neck left 29 inadequate 1"],
    ),
    (
        "BILATERAL RENAL CRYOABLATION\nLeft upper pole 24 mm. Right midpole 17 mm. Both lesions covered completely.",
        ["kidney left 24 adequate -", "kidney right 17 adequate -"],
    ),
    (
        "Cryo of retrocaval recurrence on the right, 4.2 cm. Ureter stented. IVC adjacent. Ablation margin (min) = 6 mm.",
        ["retroperitoneum right 42 adequate 6"],
    ),
    (
        "Cryoablation of 3 right lung metastases (RUL 8 mm, RML 10 mm, RLL 13 mm). General anaesthesia, six probes in all.",
        ["lung right 8 - -", "lung right 10 - -", "lung right 13 - -"],
    ),
    (
        "Palliative cryoablation of a painful right acetabular metastasis, 3 cm. Ice covers the bone-soft tissue interface only; medial half of the lesion untreated.",
        ["bone right 30 inadequate 0"],
    ),
    (
        "Right thigh (vastus lateralis) sarcoma, cryoablation. 6.0 x 4.4 cm. 8 cryoneedles. Margin by quadrant: anterior 8, posterior 9, medial 2, lateral 11 mm.",
        ["lower_extremity right 60 inadequate 2"],
    ),
    ("Cryoablation of a pancreatic tail metastasis of 20 mm; splenic vein patent.", ["pancreas - 20 - -"]),
    (
        "Cryoablation of anterior mediastinal recurrence. 23 mm. Phrenic nerve lifted. Ice front passes tumour by 4 mm at the pericardium, by 8 mm at sternum.",
        ["mediastinum - 23 inadequate 4"],
    ),
    (
        "Report: cryoablation left kidney. Lesion 2.1 cm. Margin 7 mm.\nAddendum: Lesion was measured at 2.1 cm, correct.",
        ["kidney left 21 adequate 7"],
    ),
    (
        "Cryoablation left kidney tumour, 2.6 cm. Ice margin 9 mm.\nADDENDUM: Dictation error. The treated kidney was the right. The smallest margin is 4 mm, not 9 mm.",
        ["kidney right 26 inadequate 4"],
    ),
    (
        "RFA liver segment VII. Tumour 25 mm. Margin 5 mm.\nAddendum: on review the tumour measured 35 mm rather than 25 mm.",
        ["liver - 35 adequate 5"],
    ),
    ("Cryoablation subcutaneous nodule, 15 mm, whole nodule frozen with 1 cm beyond it.", ["subcutaneous - 15 adequate 10"]),
    (
        "Cryoablation RLL nodule (14 mm). Pneumothorax during second freeze; probe dislodged and ablation incomplete.",
        ["lung right 14 inadequate 0"],
    ),
    (
        "Cryoablation left pelvic sidewall mass, 33 mm, obturator nerve and external iliac vessels adjacent. Smallest distance from tumour margin to ice edge: 6 mm.",
        ["pelvis left 33 adequate 6"],
    ),
    (
        "Cryoablation left 5th and left 7th rib lesions (12 mm and 19 mm). Ice at least 5 mm beyond each.",
        ["bone left 12 adequate 5", "bone left 19 adequate 5"],
    ),
    (
        "CRYOABLATION. Target A, presacral mass, 4.0 cm. Target B, left external iliac node, 2.0 cm.\nADDENDUM: Side of the node was dictated wrongly. It is the RIGHT external iliac node.",
        ["lymph_node right 20 - -", "pelvis - 40 - -"],
    ),
    ("Cryoablation right renal mass 22 mm.\nAddendum: laterality in the title is a typo (left, not right).", ["kidney left 22 - -"]),
    ('Cryoablation right renal mass 22 mm.\nAddendum: Please note "right" above should read "left".', ["kidney left 22 - -"]),
    (
        "Cryoablation of right 7th rib (22 mm) and right 9th rib (12 mm).\nAddendum: the 7th rib lesion was on the left, mis-stated as right.",
        ["bone left 22 - -", "bone right 12 - -"],
    ),
    (
        "Lesion: R kidney, posterior lower pole\nSize: 27 mm\nAblation modality: cryoablation\nNo. of needles: 3\nMargin (min): 5 mm\nCoverage: complete",
        ["kidney right 27 adequate 5"],
    ),
    (
        "Percutaneous MWA liver x2.\nLesion | Segment | Size (mm) | Min margin (mm)\n1 | VI | 21 | 5\n2 | VIII | 16 | 3",
        ["liver - 21 adequate 5", "liver - 16 inadequate 3"],
    ),
    (
        "Cryoablation of two left lower lobe metastases (superior segment, 13 mm; posterobasal, 7 mm). Both fully covered, margins 5 mm or more.",
        ["lung left 13 adequate 5", "lung left 7 adequate 5"],
    ),
    (
        "Cryoablation of the left ischial metastasis for pain, 35 mm. Debulking intent only: ice over the posterior part; anterior part adjacent to sciatic nerve deliberately spared.",
        ["bone left 35 inadequate 0"],
    ),
    (
        "Patient prone, 2 needles into the right paravertebral pleural nodule (25 x 18 mm). Cryoablation. Iceball 40 x 34 mm, extends at least 6 mm over the nodule borders.",
        ["pleura right 25 adequate 6"],
    ),
    (
        "Cryoablation of perihepatic peritoneal implant, 18 mm. Diaphragm side margin = 4 mm. Others 8 mm or more.",
        ["peritoneum - 18 inadequate 4"],
    ),
    (
        "Cryoablation right posterior thigh (semimembranosus) desmoid, craniocaudal 7.0 cm. Sciatic nerve 8 mm from the tumour at its closest. At that level the ice was kept to 3 mm outside the tumour; elsewhere a full centimetre.",
        ["lower_extremity right 70 inadequate 3"],
    ),
    (
        "Cryoablation of two left retroperitoneal recurrences: psoas (30 mm) and perirenal fat (14 mm). Psoas: min 5 mm margin. The perirenal one was completely frozen.",
        ["retroperitoneum left 30 adequate 5", "retroperitoneum left 14 adequate -"],
    ),
    ("Op: perc cryo L RCC 29mm. 3 probes 2 cycles 10/8/10. Good ice coverage. No immed comps.", ["kidney left 29 adequate -"]),
    (
        "Thermoablation (MWA) segment 4b HCC 24 mm. Control CT: necrosis zone 38 x 33 mm; minimal safety distance 2 mm ventrally.",
        ["liver - 24 inadequate 2"],
    ),
    (
        "Cryoablation of the 16 mm right lower lobe nodule. After the third freeze the ice and haemorrhage encompassed the lesion; a circumferential margin of >5 mm was present.",
        ["lung right 16 adequate 5"],
    ),
    (
        "Cryoablation L pectoralis desmoid, 44 x 31 mm. Iceball margins by CT: cranial 12 / caudal 10 / medial 9 / lateral 8 / deep 8 mm.",
        ["chest_wall left 44 adequate 8"],
    ),
    (
        "Cryoablation, left rectus abdominis desmoid 32 mm. Skin and bowel close; margins tight; ice coverage limited at the skin.",
        ["abdominal_wall left 32 inadequate -"],
    ),
    (
        "Cryoablation right iliac wing (28 mm) and sacral (17 mm) metastases. Iliac ice 5 mm beyond lysis. Sacral: 2 mm at the S1 foramen.",
        ["bone right 28 adequate 5", "bone - 17 inadequate 2"],
    ),
    ("Cryoablation of a paraaortic node, left, 15 mm. Duodenum displaced. 7 mm margin.", ["lymph_node left 15 adequate 7"]),
    ("MWA left adrenal metastasis (34 x 30). Ablation exceeds the tumour by 3-6 mm.", ["adrenal left 34 inadequate 3"]),
    (
        "Cryoablation right ischiorectal fossa recurrence 5.0 cm. Anal sphincter protected; no ice past the tumour along the sphincter; 1 cm on the opposite side.",
        ["pelvis right 50 inadequate 0"],
    ),
    (
        "Right erector spinae metastasis, US guided cryo, 22 mm. Ice seen 6 mm around lesion on sonography.",
        ["paraspinal right 22 adequate 6"],
    ),
    ("RFA of 3 liver mets: seg 2 12 mm, seg 5 9 mm, seg 7 15 mm.", ["liver - 12 - -", "liver - 9 - -", "liver - 15 - -"]),
    ("Cryoablation L triceps nodule, 2.6 x 1.9 x 1.5 cm. Radial nerve 2 cm off. Ice rim 9 mm.", ["upper_extremity left 26 adequate 9"]),
    ("Cryo LUL met 1.0 cm. Ice extends 3 mm medial (aortic arch), 6 mm lateral, 7 mm sup and 7 mm inf.", ["lung left 10 inadequate 3"]),
    (
        "Laparoscopic-assisted cryoablation left upper pole renal mass. 33 mm on intraop US. Ice went 4 mm past the deep margin and 10 mm past the others.",
        ["kidney left 33 inadequate 4"],
    ),
    (
        "CT cryo of prevascular mediastinal nodule 19 mm. Left phrenic nerve preserved by CO2. Ice covers all of the nodule with 5 mm.",
        ["mediastinum - 19 adequate 5"],
    ),
    (
        "Cryoablation R deltoid sarcoma recurrence 31 mm. Incomplete at the axillary nerve, where the last few millimetres were spared.",
        ["shoulder right 31 inadequate 0"],
    ),
    (
        "RLL nodule 11 mm treated with cryo. Ablation zone covers nodule. Desired 5 mm margin not measurable because of haemorrhage.",
        ["lung right 11 adequate -"],
    ),
    (
        "Cryoablation right groin and right thigh recurrences. Groin lesion: 23 mm, 2 probes, margins 5 to 9 mm. Thigh lesion: 36 mm, 4 probes, margins 4 to 10 mm.",
        ["groin right 23 adequate 5", "lower_extremity right 36 inadequate 4"],
    ),
    (
        "Right kidney tumour cryoablation\nTumour 25 mm (23 mm six months ago). Renal hilum 11 mm. Bowel 20 mm. Ice 8 mm all round.",
        ["kidney right 25 adequate 8"],
    ),
    ("Cryoablation, RML. Nodule: 8 mm. Iceball: 24 mm. Margin: 6 mm.", ["lung right 8 adequate 6"]),
    (
        "Cryoablation L4 vertebral body metastasis 22 mm. Thermocouple in L4-5 foramen. Posterior wall: 3 mm. Elsewhere: 5 mm and more beyond lesion.",
        ["bone - 22 inadequate 3"],
    ),
    (
        "Cryoablation left obturator internus metastasis. Meas. 41 x 35 x 30 mm. Obturator nerve displaced. Ice exceeds lesion: ventral 5 mm, dorsal 6 mm, medial 2 mm, lateral 7 mm.",
        ["pelvis left 41 inadequate 2"],
    ),
    ("Cryoablation of a left-sided subcutaneous melanoma deposit, 17 mm, total ice coverage.", ["subcutaneous left 17 adequate -"]),
    (
        "Cryoablation of two left renal tumours. Tumour A upper pole 18 mm. Tumour B lower pole 26 mm.",
        ["kidney left 18 - -", "kidney left 26 - -"],
    ),
    (
        "Cryoablation left thigh, two lesions.\nVastus lateralis mass 48 mm: 5 probes, margin 10 mm.\nAdductor nodule 22 mm: 2 probes, margin 6 mm.",
        ["lower_extremity left 48 adequate 10", "lower_extremity left 22 adequate 6"],
    ),
    (
        "Cryoablation right upper lobe nodule. On today's planning CT it measures 12 mm (previously 9 mm). The 6 mm nodule in the right lower lobe was left alone.",
        ["lung right 12 - -"],
    ),
    (
        "MWA seg VIII met 30 mm adjacent to the right hepatic vein. Heat sink: viable crescent 4 mm thick remained along the vein on the post-ablation CT.",
        ["liver - 30 inadequate 0"],
    ),
    ("Cryo LLL 2.0 cm. Margin sup 6, inf 6, ant 4, post 8 (all mm).", ["lung left 20 inadequate 4"]),
    (
        "Cryoablation of left axillary soft-tissue metastasis, 3 cm. Ice-ball outreach over the tumour: least 5 mm.",
        ["axilla left 30 adequate 5"],
    ),
    (
        "We then turned to the first of the two right lung nodules, the one in the upper lobe, which on today's images was fourteen millimetres in its longest diameter. Cryoablation with one probe gave a frozen area that reached six millimetres beyond it in the poorest direction. The second nodule, in the middle lobe, nine millimetres, was treated with one probe too; here the ice came four millimetres past the nodule towards the fissure.",
        ["lung right 14 adequate 6", "lung right 9 inadequate 4"],
    ),
    ("Cryoablation L kidney. tumour 26mm, margins: ant 7mm post 6mm med 3mm lat 10mm. comps nil.", ["kidney left 26 inadequate 3"]),
    (
        "Ultrasound guided MWA, liver segment 3, metastasis 19 mm. Ablated area 41 x 39 mm; the tumour lies centrally with a margin of at least 10 mm.",
        ["liver - 19 adequate 10"],
    ),
    (
        "Cryoablation of left para-aortic soft tissue recurrence (38 mm). Because of the ureter the ice was not allowed to pass the caudal margin of the mass.",
        ["retroperitoneum left 38 inadequate 0"],
    ),
    (
        "Cryoablation, presacral chordoma recurrence, 44 mm. The lowermost centimetre, resting on the rectum, was not treated.",
        ["pelvis - 44 inadequate 0"],
    ),
    (
        "Cryoablation right 4th intercostal space mass (36 mm). Ice envelope judged satisfactory in all planes.",
        ["chest_wall right 36 adequate -"],
    ),
    (
        "Cryoablation: (i) nodule of the left upper lobe, 15 mm, (ii) pleural nodule, left base, 12 mm. Both nodules were fully frozen with 5 mm to spare.",
        ["lung left 15 adequate 5", "pleura left 12 adequate 5"],
    ),
    (
        "RFA segment VI/VII metastasis 33 mm. On contrast-enhanced US a nodular area of 8 mm at the cranial pole was still enhancing at the end; it could not be reached.",
        ["liver - 33 inadequate 0"],
    ),
    ("Right adrenal metastasis from RCC, cryo. 29 x 24 x 20. Ice beyond tumour 8 mm min.", ["adrenal right 29 adequate 8"]),
    (
        "Cryoablation of left clavicular metastasis. Lytic lesion 16 mm. Brachial plexus 9 mm deep. Ice overlap 6 mm.",
        ["bone left 16 adequate 6"],
    ),
    ("Cryoablation R external iliac LN, 21 x 15 mm. Vessel side 4 mm; free sides > 8 mm ice.", ["lymph_node right 21 inadequate 4"]),
    ("Cryoablation of an umbilical scar deposit 24 mm; 7 mm ice cuff.", ["abdominal_wall - 24 adequate 7"]),
    (
        "Cryoablation L multifidus met at L3-4, 30 mm. Neuroforamen side: 3 mm. Skin side: 10 mm. Cranial/caudal: 8/9 mm.",
        ["paraspinal left 30 inadequate 3"],
    ),
    (
        "Cryoablation x2, right kidney.\nLesion one (upper pole): 22 mm, margin 9 mm.\nLesion two (lower pole): 15 mm, margin 6 mm.",
        ["kidney right 22 adequate 9", "kidney right 15 adequate 6"],
    ),
    (
        "Bilateral lung cryoablation in one session. Right lower lobe metastasis 11 mm and left upper lobe metastasis 8 mm, one probe each.",
        ["lung right 11 - -", "lung left 8 - -"],
    ),
    (
        "MWA of a 26 mm metastasis (segment VII). Post-ablation CT shows the ablation defect to exceed the index tumour by 6 mm or more throughout.",
        ["liver - 26 adequate 6"],
    ),
    (
        "Cryoablation right subscapularis recurrence. 40 mm. Thin (2 mm) margin at the brachial plexus; remaining margins 8 mm.",
        ["shoulder right 40 inadequate 2"],
    ),
    (
        "Cryo left paracolic gutter nodule (20 mm), ice 5 mm over its edge, descending colon 18 mm off after hydrodissection.",
        ["peritoneum left 20 adequate 5"],
    ),
    ("Cryoablation of sacral (S2) metastasis, midline to left, 25 mm. Ice 8 mm beyond the osteolysis.", ["bone - 25 adequate 8"]),
    (
        "Cryoablation of a left paracardiac mediastinal mass, 34 mm. Minimum 3 mm towards the pericardium.",
        ["mediastinum left 34 inadequate 3"],
    ),
    (
        "Robotic... no. CT-guided percutaneous cryo, left kidney, anterior lip. Longest axis: 31 mm. Narrowest overlap: 6 mm. Widest overlap: 13 mm.",
        ["kidney left 31 adequate 6"],
    ),
    (
        "Cryoablation left gluteus maximus metastasis, 47 mm. At the sciatic nerve the tumour border and the ice border coincide. Elsewhere 1 cm.",
        ["gluteal left 47 inadequate 0"],
    ),
    ("Cryoablation, right brachialis nodule 3 x 2 cm, ice 1 cm all round.", ["upper_extremity right 30 adequate 10"]),
    ("Cryoablation, right brachialis nodule 1,9 cm, ice 1 cm all round.", ["upper_extremity right 19 adequate 10"]),
    (
        "MWA of two liver metastases (segment 5, 17 mm; segment 8, 11 mm) and of one right lower lobe nodule (10 mm) in the same session. All three with margins of at least 5 mm.",
        ["liver - 17 adequate 5", "liver - 11 adequate 5", "lung right 10 adequate 5"],
    ),
    (
        "Cryoablation left lower extremity. Proximal thigh nodule 21 mm; calf nodule 34 mm.",
        ["lower_extremity left 21 - -", "lower_extremity left 34 - -"],
    ),
    (
        "Cryoablation LUL nodule 10 mm. A second nodule in the lingula, 5 mm, was deliberately not treated and will be followed.",
        ["lung left 10 - -"],
    ),
    (
        "MWA liver. Target 1: segment 6, 30 mm, 5 mm margin. Target 2: segment 2, 22 mm. Margin for target 2 could not be assessed.",
        ["liver - 30 adequate 5", "liver - 22 - -"],
    ),
    (
        "Cryoablation right gluteus medius metastasis, 31 mm. Rim of ice is 3 mm deep to the nodule and more than 10 mm elsewhere.",
        ["gluteal right 31 inadequate 3"],
    ),
    (
        "Cryoablation left psoas mass 30 mm. Dorsally and cranially the ice goes 9 mm past it; on the ventral side, next to the ureter, 2 mm.",
        ["retroperitoneum left 30 inadequate 2"],
    ),
    (
        "MWA segment 6 metastasis, 24 mm. The zone exceeds the tumour by 8 mm; medially (towards the portal branch) 3 mm.",
        ["liver - 24 inadequate 3"],
    ),
    (
        "Cryoablation left axillary lymph node, 19 mm.\nADDENDUM: The side in the title was mistyped. The right axilla was marked, imaged and treated; nothing was done on the left.",
        ["lymph_node right 19 - -"],
    ),
    (
        "Cryoablation, right lung x2.\nTargets:\n  A. RUL anterior, image 31, 1.4 x 1.0 cm\n  B. RML, image 52, 0.8 cm\nA got two probes and B got one 2.1 mm probe. The halo reaches 7 mm past A everywhere. Around B it is 4 mm at its least.",
        ["lung right 14 adequate 7", "lung right 8 inadequate 4"],
    ),
    (
        "Cryoablation of abdominal wall and presacral metastases.\n1. Abdominal wall. Right rectus mass 3.5 cm.\n2. Presacral. Mass 2.2 x 1.9 cm in the midline at S3-S4.",
        ["abdominal_wall right 35 - -", "pelvis midline 22 - -"],
    ),
    ("Cryoablation of T9 metastasis.\nThe lesion measures 2.4 cm, in the left half of the body.", ["bone left 24 - -"]),
    (
        "Cryoablation, right chest wall recurrence.\nLeft side up, right arm over the head. The target is 25 mm. Liver and diaphragm well clear. The motor signals of the deltoid stayed normal.",
        ["chest_wall right 25 - -"],
    ),
    (
        "Cryoablation of two metastases.\n1. LEFT GLUTEUS MEDIUS, 3.0 cm. Ice front 1.0 cm past it everywhere except against the nerve, 6 mm.\n2. LEFT PARASPINAL, L2 level, 2.0 cm.\nADDENDUM 3/5/2021 Dr. D: The second target is the RIGHT paraspinal mass, not the left.",
        ["gluteal left 30 adequate 6", "paraspinal right 20 - -"],
    ),
    (
        "Cryoablation of the left flank wall recurrence. The nodule along the incision measures 1.6 cm.\nADDENDUM: Lesion 1 is 1.9 cm; the length above is a dictation error.",
        ["abdominal_wall left 19 - -"],
    ),
    (
        "Cryoablation RUL and RLL nodules. RUL 9 mm, RLL 15 mm.\nMargins: RUL 6 mm, RLL 4 mm.",
        ["lung right 9 adequate 6", "lung right 15 inadequate 4"],
    ),
    (
        "Microwave ablation, lung.\nTarget 1 - LUL 12 mm: 50 W, 5 min. GGO margin 7 mm.\nTarget 2 - LUL 8 mm, 2 cm caudal to target 1: 40 W, 3 min. GGO margin 6 mm.",
        ["lung left 12 adequate 7", "lung left 8 adequate 6"],
    ),
    (
        "Cryoablation R pubic ramus (28 mm) and R ischium (21 mm). Ice covers both, min 5 mm @ ramus, 2 mm @ ischium.",
        ["bone right 28 adequate 5", "bone right 21 inadequate 2"],
    ),
    (
        "RFA: T11 vertebral body (20 mm) and L3 vertebral body (16 mm). At L1, cement alone for a fracture, no ablation.",
        ["bone - 20 - -", "bone - 16 - -"],
    ),
    (
        "Cryoablation of the R thigh. 33 mm nodule. Coverage: proximal 8, distal 7, superficial 5, deep (sciatic n.) 0, medial 6, lateral 6 mm.",
        ["lower_extremity right 33 inadequate 0"],
    ),
    (
        "Cryoablation. Two right kidney lesions were in view. The upper pole metastasis, 20 mm, got two cryoprobes and an ice ball with 6 mm to spare. The interpolar one turned out to be a cyst and was not treated.",
        ["kidney right 20 adequate 6"],
    ),
    (
        "Cryoablation left pelvic sidewall remnant, 24 mm. The ice went at least 6 mm past it in every direction, which is what I had hoped for.",
        ["pelvis left 24 adequate 6"],
    ),
    (
        "Cryoablation of three metastases\nThe first lies on the upper pole of the right kidney and measured 28 by 25 mm. The second is a 14 mm nodule in segment 6 of the liver. The third lies on the left, in the psoas at L3, 19 mm.\nAt the end the ice cleared the renal lesion by 6 mm, the hepatic one by 8 mm, and the psoas one by just 3 mm medially.",
        ["kidney right 28 adequate 6", "liver - 14 adequate 8", "retroperitoneum left 19 inadequate 3"],
    ),
    (
        "Cryoablation of bilateral pulmonary metastases\nRight lung: upper lobe apical 12 mm, lower lobe superior segment 9 mm.\nLeft lung: lingula 15 mm.\nIce overlapped each lesion by 5 mm or more.",
        ["lung left 15 adequate 5", "lung right 12 adequate 5", "lung right 9 adequate 5"],
    ),
    (
        "Microwave ablation of lung nodules, left\nNodules treated: LLL lateral 7 mm; LLL posterior 8 mm; LUL 11 mm\nNot treated: RUL 6 mm\nEach burned once with a margin judged sufficient.",
        ["lung left 11 adequate -", "lung left 7 adequate -", "lung left 8 adequate -"],
    ),
    (
        "Cryoablation right lung\nThe nodule in question is the larger of two in the right lower lobe (the smaller, 4 mm, will be watched). It measures 13 mm. Ice beyond the nodule 8 mm.",
        ["lung right 13 adequate 8"],
    ),
    (
        "CT-guided cryoablation\nRight paraspinal mass at T9-10, 5.6 cm. Left paraspinal mass at T12, 2.1 cm. Ice margins on the right were 2 mm (neural foramen) to 12 mm; on the left 6 mm to 9 mm.",
        ["paraspinal left 21 adequate 6", "paraspinal right 56 inadequate 2"],
    ),
    (
        "Cryoablation\nTargets (2)\n #1 R ischiorectal fossa mass -- 4.4 x 3.1 cm\n #2 L external iliac LN -- 1.7 cm SA\nCoverage\n #1: anterior 8 mm, medial (rectum) 0 mm\n #2: 5 mm or more all sides",
        ["lymph_node left 17 adequate 5", "pelvis right 44 inadequate 0"],
    ),
    (
        "1. Cryoablation left 6th rib. 2. Cryoablation left lower lobe nodule.\n1: lesion 34 mm.\n2: lesion 11 mm.\nRESULT\n1 fully covered (minimum 5 mm).\n2 fully covered (minimum 9 mm).",
        ["bone left 34 adequate 5", "lung left 11 adequate 9"],
    ),
    (
        "Wedge resection of RUL nodule followed by cryoablation of a right chest wall deposit, 25 mm. Frost reached 1 cm past the deposit.",
        ["chest_wall right 25 adequate 10"],
    ),
    (
        "RF ablation of spinal metastases T12 and L1, kyphoplasty T12, L1 and L3\nT12 lesion 14 mm left, L1 lesion 20 mm central. Zones cover both lesions completely.",
        ["bone - 20 adequate -", "bone left 14 adequate -"],
    ),
    (
        "CRYOABLATION RENAL (LEFT), CRYOABLATION SOFT TISSUE (LEFT)\nRenal: 27 mm, ice 10 mm beyond.\nPerinephric: 12 mm, ice 3 mm beyond at the colon.",
        ["kidney left 27 adequate 10", "retroperitoneum left 12 inadequate 3"],
    ),
    (
        "Cryoablation, peritoneal implants\nImplant 1 lies along the right paracolic gutter, 24 mm; implant 2 on the omentum, 30 mm.\nThe paracolic and the omental implants are covered with 7 and 9 mm.",
        ["peritoneum right 24 adequate 7", "peritoneum - 30 adequate 9"],
    ),
    (
        "Microwave ablation, right lung, two lesions\n#1 RUL apical 11 mm\n#2 RLL lateral basal 17 mm\nMargin: #1 circumferential 6 mm; #2 3 mm at the pulmonary artery.\nRe-ablation of #2: final margin 7 mm.",
        ["lung right 11 adequate 6", "lung right 17 adequate 7"],
    ),
    (
        "Left leg: CT-guided cryoablation\n- mid thigh, vastus intermedius, 44 mm, 5 probes, min margin 6 mm\n- proximal calf, soleus, 19 mm, 2 probes, min margin 4 mm\n- femoral condyle, medial, 16 mm, 2 probes, min margin 8 mm",
        ["bone left 16 adequate 8", "lower_extremity left 19 inadequate 4", "lower_extremity left 44 adequate 6"],
    ),
    (
        "Cryoablation of deposits in the left obturator internus and the left ischium.\nThe muscle deposit is 36 mm and had four needles, the bone deposit is 21 mm and had two.\nMuscle: ice clears it by 7 mm.\nBone: ice clears it by 4 mm at the hip joint, 9 mm otherwise.",
        ["bone left 21 inadequate 4", "pelvis left 36 adequate 7"],
    ),
    (
        "Cryoablation right breast metastasis 20 mm. Also a left breast nodule 8 mm (known fibroadenoma, no treatment). Margin 10 mm.",
        ["breast right 20 adequate 10"],
    ),
    (
        "cryoablation, lung\nDiagnosis: LMS, lung metastasis; left lung treated here in May 2020\n\nTARGET 1\n Site: right upper lobe\n Size: 21 mm\n Probes: 2\n Margin: 8 mm all around",
        ["lung right 21 adequate 8"],
    ),
    (
        "Cryoablation, left kidney\nDiagnosis\n- LMS\n- Right adrenal frozen here 5/4/2020\nTarget\n- Left renal nodule, 2.1 cm\nResult\n- Ice 8 mm beyond it all around",
        ["adrenal right - - -", "kidney left 21 adequate 8"],
    ),
    (
        "Percutaneous cryoablation:\nA. Left gastrocnemius, upper calf. 31 x 24 mm. Two needles. Ice passes it by 8 mm all round.\n\nB. Left lower calf, fat. 14 mm. One needle. 6 mm of ice beyond it at both poles; towards the skin the ice ended level with its edge.",
        ["lower_extremity left 14 inadequate 0", "lower_extremity left 31 adequate 8"],
    ),
    (
        "Left chest wall and left pleura. Percutaneous cryoablation of two targets.\n\n(1) Chest wall, left, relapse in the earlier treated bed, 28 x 20 mm. Three needles. Margin 8 mm all round.\n(2) Pleural implant, left costophrenic angle, 13 mm. One needle. Ice took in all of it, cover complete.",
        ["chest_wall left 28 adequate 8", "pleura left 13 adequate -"],
    ),
    (
        "Percutaneous cryoablation, two deposits, right gluteal.\n\nMedius, right gluteus, 33 x 21 mm: three needles. Ice 9 mm behind it, 7 mm in front, 6 mm at either pole.\n\nNearer the crest, right gluteus medius, 15 mm: one needle. The nodule is wholly inside the ice.",
        ["gluteal right 15 adequate -", "gluteal right 33 adequate 6"],
    ),
    (
        "RFA T8 with STAR, cryo left 9th rib.\nT8: 17 mm, zone covers the lesion. Rib: 29 mm, ice 8 mm beyond.",
        ["bone - 17 adequate -", "bone left 29 adequate 8"],
    ),
]


def _told(row: Row) -> str:
    values = [row[c] for c in COLUMNS]
    return " ".join("-" if v is None else f"{v:g}" if isinstance(v, (int, float)) else str(v) for v in values)


@pytest.mark.parametrize(("text", "rows"), NOTES)
def test_targets_of_a_procedure_note(reader: Reader, text: str, rows: list[str]) -> None:
    whole = text if text.upper().startswith(("PROCEDURE", "OPERATION")) else HEAD + text + (CRYO if "cryo" in text.lower() else HEAT)
    chart = abstract([Note("n", "p", date(2021, 3, 4), whole, "procedure")], reader)
    assert sorted(_told(r) for r in chart.lesions) == sorted(rows)


CHARTS = [
    (
        [
            (
                "2019-03-04",
                "procedure",
                "Cryoablation of a mass of the right thigh\nThe mass measures 70 mm. Its upper pole was left outside the ice.",
            ),
            (
                "2020-03-04",
                "procedure",
                "Complementary cryoablation, right thigh mass (upper pole)\nRemaining part: 31 mm in its long axis. Complete coverage of the remaining part.",
            ),
        ],
        ["lower_extremity right 31 adequate - retx", "lower_extremity right 70 inadequate 0"],
    ),
    (
        [
            ("2019-03-04", "procedure", "Cryoablation, right forearm\nThe nodule measures 25 mm. Ice 6 mm past it on all sides."),
            ("2019-06-04", "radiology", "MRI 06/04/2019: zone of the forearm without enhancement, 36 mm, no recurrence."),
            (
                "2020-03-04",
                "procedure",
                "Cryoablation: right forearm and right axillary node\nForearm, ulnar edge of the site treated in 2019: 17 mm. Ice 7 mm past the nodule on all sides.\nRight axillary node: 22 mm. Ice 6 mm past the node on all sides.",
            ),
        ],
        ["lymph_node right 22 adequate 6", "upper_extremity right 17 adequate 7 retx", "upper_extremity right 25 adequate 6"],
    ),
    (
        [
            (
                "2021-02-25",
                "procedure",
                "Cryoablation of the pleural and pulmonary lesions described on 2/1. Ice covers both with 6 mm or more.",
            ),
            ("2021-02-01", "radiology", "CT chest 2/1/2021: left pleural nodule of 18 mm; right lower lobe nodule 14 mm."),
        ],
        ["lung right 14 adequate 6", "pleura left 18 adequate 6"],
    ),
    (
        [
            (
                "2019-06-06",
                "procedure",
                "Redo cryoablation, right gluteus maximus\nPrior: cryoablation same site 11/2018.\nNow recurrence of 15 mm. Margin 6 mm inferiorly, >10 mm elsewhere.",
            ),
        ],
        ["gluteal right - - -", "gluteal right 15 adequate 6 retx"],
    ),
    (
        [
            (
                "2022-09-15",
                "procedure",
                "CT cryoablation\nIndication: 3.6 cm recurrence in the bed of the left kidney after nephrectomy.\nFindings: The mass, now 39 mm, lies in the renal fossa on psoas. Margin 10 mm.",
            ),
        ],
        ["retroperitoneum left 39 adequate 10"],
    ),
    (
        [
            ("2020-01-10", "radiology", "CT chest. LUL nodule 17 mm. RLL nodule 9 mm."),
            ("2020-02-01", "procedure", "Cryoablation left upper lobe metastasis. Two probes. Ice surpasses the lesion by 4 mm centrally."),
        ],
        ["lung left 17 inadequate 4"],
    ),
    (
        [
            ("2019-02-01", "procedure", "Cryoablation left renal tumour 20 mm."),
            (
                "2019-08-01",
                "radiology",
                "MRI kidneys: 12 mm enhancing nodule at the medial margin of the left kidney ablation zone, recurrence.",
            ),
            ("2019-09-01", "procedure", "Repeat cryoablation left kidney. Two probes at recurrent nodule. 6 mm margin all around."),
        ],
        ["kidney left 20 - -", "kidney left 12 adequate 6 retx"],
    ),
    (
        [
            (
                "2019-02-01",
                "procedure",
                "Cryoablation\n\nTarget 1: right paracaval retroperitoneal mass, 34 mm.\nTarget 2: right psoas mass, 22 mm.",
            ),
            (
                "2019-12-01",
                "procedure",
                "Cryoablation\n\nTarget 1: right paracaval recurrence, 18 mm.\nTarget 2: right obturator sidewall mass, 25 mm.",
            ),
        ],
        [
            "pelvis right 25 - -",
            "retroperitoneum right 18 - - retx",
            "retroperitoneum right 22 - -",
            "retroperitoneum right 34 - -",
        ],
    ),
    (
        [
            ("2019-02-01", "procedure", "Microwave ablation of liver metastases, segment 2 (18 mm) and segment 6 (25 mm)."),
            ("2019-12-01", "procedure", "MWA liver, segment 6, for recurrence at the previous ablation. Lesion 20 mm."),
        ],
        ["liver - 18 - -", "liver - 25 - -", "liver - 20 - - retx"],
    ),
    (
        [
            ("2019-02-01", "procedure", "Microwave ablation of liver metastasis, segment 2 (18 mm)."),
            ("2019-12-01", "procedure", "MWA liver, new metastasis in segment 7, 16 mm. No recurrence at prior ablation in segment 2."),
        ],
        ["liver - 18 - -", "liver - 16 - -"],
    ),
    (
        [
            (
                "2022-05-01",
                "clinic",
                "Seen in clinic today. History: renal cell carcinoma. She had percutaneous cryoablation of a 20 mm left scapular metastasis on 3 March 2021 at another hospital. Now well.",
            )
        ],
        ["bone left 20 - -"],
    ),
    (
        [
            (
                "2022-05-01",
                "clinic",
                "PMH: microwave ablation of a liver metastasis 14/02/2020, cryoablation of right lower lobe nodule 11/09/2021.",
            )
        ],
        ["liver - - - -", "lung right - - -"],
    ),
    (
        [
            (
                "2020-01-10",
                "procedure",
                "Cryoablation of right retroperitoneal (psoas) sarcoma recurrence 50 mm. Margin 3 mm at the ureter.",
            ),
            (
                "2020-07-10",
                "procedure",
                "Second cryoablation session for residual tumour at the medial edge of the treated right psoas lesion. Residual nodule 21 mm. Ice 8 mm beyond.",
            ),
        ],
        ["retroperitoneum right 50 inadequate 3", "retroperitoneum right 21 adequate 8 retx"],
    ),
    (
        [
            ("2020-01-10", "procedure", "Cryoablation left 6th rib metastasis 18 mm."),
            (
                "2020-09-10",
                "procedure",
                "Cryoablation of a new right 8th rib metastasis, 18 mm. The previously ablated left 6th rib is quiescent.",
            ),
        ],
        ["bone left 18 - -", "bone right 18 - -"],
    ),
    (
        [
            ("2020-01-10", "procedure", "Cryoablation left lung: LUL 9 mm and LLL 12 mm."),
            ("2021-01-15", "procedure", "Re-cryoablation of LLL lesion which has regrown at its pleural edge. 14 mm."),
        ],
        ["lung left 9 - -", "lung left 12 - -", "lung left 14 - - retx"],
    ),
    (
        [
            (
                "2020-01-10",
                "procedure",
                "Cryoablation left lower lobe metastasis. Lesion 16 mm. Margin 7 mm.\nAddendum 12.1.2020: after 3D registration the smallest margin is 2 mm.",
            )
        ],
        ["lung left 16 inadequate 2"],
    ),
    (  # what an earlier session had left is the target of this one
        [
            ("2020-01-10", "procedure", "Cryoablation right psoas mass, 33 mm. The dorsal strip was left outside the ice."),
            (
                "2020-05-10",
                "procedure",
                "Repeat cryoablation of the untreated strip, right psoas.\nThe lesion measures 12 mm. Ice covers all of the strip, with 6 mm outside it dorsally and 9 mm elsewhere.",
            ),
        ],
        ["retroperitoneum right 33 inadequate 0", "retroperitoneum right 12 adequate 6 retx"],
    ),
    (
        [("2020-01-10", "procedure", "Cryoablation left renal tumour. Lesion 42 mm.\nAddendum: typo, the lesion is 24 mm.")],
        ["kidney left 24 - -"],
    ),
    (
        [
            (
                "2020-01-10",
                "procedure",
                "Cryoablation left iliac bone metastasis, 30 mm, margin 6 mm.\nADDENDUM: Wrong side in the report. All references to left should be right.",
            )
        ],
        ["bone right 30 adequate 6"],
    ),
    (
        [
            ("2020-01-10", "procedure", "Cryoablation right lung: nodule 1 upper lobe 12 mm, nodule 2 lower lobe 15 mm."),
            (
                "2020-06-10",
                "radiology",
                "CT chest: RUL ablation zone with new nodular component 13 mm, local recurrence. RLL zone smaller.",
            ),
            (
                "2020-07-10",
                "procedure",
                "Indication: recurrence at the ablation zone of the right upper lobe.\nCryoablation of the RUL recurrence. Three probes.",
            ),
        ],
        ["lung right 12 - -", "lung right 15 - -", "lung right 13 - - retx"],
    ),
    (
        [
            ("2019-01-10", "procedure", "MWA liver segment 7, 20 mm."),
            ("2019-08-10", "procedure", "Repeat MWA of the segment 7 lesion for local progression, 23 mm."),
            ("2020-02-10", "procedure", "Third MWA for recurrence in segment 7, 25 mm."),
        ],
        ["liver - 20 - -", "liver - 23 - - retx", "liver - 25 - - retx"],
    ),
    (
        [
            ("2020-01-10", "procedure", "Cryoablation painful left acetabular metastasis, 35 mm."),
            (
                "2021-05-01",
                "clinic",
                "Seen today. On 14 February 2021 she had a second cryoablation of the left acetabular lesion at another hospital because it had regrown.",
            ),
        ],
        ["bone left 35 - -", "bone left - - - retx"],
    ),
    (
        [
            (
                "2022-05-01",
                "clinic",
                "History: 2019-04-02 cryoablation of LLL metastasis. 2021-06-11 cryoablation of 25 mm right renal tumour. No recurrence since.",
            )
        ],
        ["lung left - - -", "kidney right 25 - -"],
    ),
    (
        [
            (
                "2022-05-01",
                "clinic",
                "She tells me that a 33 mm nodule in the left psoas muscle was treated with cryoablation in Lyon on 3 March 2022.",
            )
        ],
        ["retroperitoneum left 33 - -"],
    ),
    (
        [
            ("2021-07-06", "procedure", "Cryoablation of a left perirenal mass, 48 mm. Ice stopped 3 mm short of the medial border."),
            (
                "2021-11-09",
                "procedure",
                "Repeat cryoablation.\n19 mm crescent, left para-aortic, same site as July. Ice 6 mm past it all around.",
            ),
        ],
        ["retroperitoneum left 48 inadequate 0", "retroperitoneum left 19 adequate 6 retx"],
    ),
    (
        [
            ("2021-05-02", "clinic", "CT of April shows a 26 mm leiomyosarcoma metastasis in the left kidney. We suggest cryoablation."),
            ("2021-05-20", "procedure", "Percutaneous cryoablation, CT. The known metastasis was reached with three probes."),
        ],
        ["kidney left 26 - -"],
    ),
    (
        [
            ("2022-05-02", "clinic", "Recurrent UPS at the left forearm, volar, 24 mm, for cryoablation on 5/19."),
            ("2022-05-19", "procedure", "Cryoablation. Target: 2.4 cm soft tissue nodule. Location: see clinic note of 5/2. Two probes."),
        ],
        ["upper_extremity left 24 - -"],
    ),
    (
        [("2022-11-11", "discharge", "11/8: cryoablation right scapula met. 11/9: cryoablation left femoral neck met.")],
        ["bone right - - -", "bone left - - -"],
    ),
    (
        [
            (
                "2021-04-04",
                "procedure",
                "Cryoablation attempted of a retrocrural node; aborted before the first freeze. Instead the left para-aortic soft tissue deposit, 23 mm, was frozen, three probes.",
            )
        ],
        ["retroperitoneum left 23 - -"],
    ),
    (
        [
            (
                "2020-01-21",
                "clinic",
                "- Right rectus sheath mass, biopsy 2016: desmoid.\n- 9/2017 outside hospital: MR-guided focused ultrasound of the rectus mass, 52 mm at the time.",
            )
        ],
        ["abdominal_wall right 52 - -"],
    ),
    (
        [
            ("2018-04-17", "procedure", "Cryoablation left lower lobe nodule (target B), 11 mm, two probes."),
            (
                "2019-01-15",
                "procedure",
                "Microwave ablation, recurrent LLL nodule (target B of last April), 10 mm. 65 W for 5 minutes.",
            ),
        ],
        ["lung left 11 - -", "lung left 10 - - retx"],
    ),
]


def test_what_one_note_calls_the_rest_does_not_hide_what_another_tells(reader: Reader) -> None:
    session = Note("a", "p", date(2020, 3, 10), "PROCEDURE: Cryoablation of a right lower lobe nodule, 11 mm, 3/10/2020.", "procedure")
    told = "CT 6/2/2020: the scar in the right lower lobe shows no regrowth, but there is a new metastasis in the left pleura."
    board = "Tumor board 6/20/2020. A single pleural deposit, no other active disease on the CT of 6/2."
    chart = abstract([session, Note("b", "p", date(2020, 6, 9), told, "clinic"), Note("c", "p", date(2020, 6, 20), board, "other")], reader)
    assert [(str(r["date"]), r["status"]) for r in chart.assessments if r["scope"] == "distant"] == [("2020-06-02", "progression")]


def test_a_side_and_a_height_make_a_lobe(reader: Reader) -> None:
    text = (
        "PROCEDURE: Cryoablation of two left lower lobe metastases 3/10/2020. The one in segment 10 is 15 mm, the one in segment 6 is 9 mm."
    )
    later = "CT 6/10/2020: the two frozen areas in the left lower lobe have become thin, retracted scars."
    chart = abstract([Note("a", "p", date(2020, 3, 10), text, "procedure"), Note("b", "p", date(2020, 6, 12), later, "clinic")], reader)
    assert [r["status"] for r in chart.assessments if r["scope"] == "local"] == ["no_progression"] * 2


@pytest.mark.parametrize(("notes", "rows"), CHARTS)
def test_targets_over_time(reader: Reader, notes: list[tuple[str, str, str]], rows: list[str]) -> None:
    read = [
        Note(
            f"n{i}",
            "p",
            date.fromisoformat(day),
            HEAD.replace("4 Mar 2021", day) + text + (CRYO if "ryo" in text else HEAT) if kind == "procedure" else text,
            kind,
        )
        for i, (day, kind, text) in enumerate(notes)
    ]
    chart = abstract(read, reader)
    told = [_told(r) + (" retx" if r["retreatment_of"] else "") for r in chart.lesions]
    assert sorted(told) == sorted(rows)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (
            "Synovial sarcoma of the left thigh with lung metastases, status post cryoablation RLL nodule 3/2019. Surveillance.",
            [("lung", "right", None)],
        ),
        ("Ablation 2: segments 6 and 5, microwave, 01/17/2020", [("liver", None, None), ("liver", None, None)]),
        ("MWA of a 3 cm lesion in segments 5 and 6, 01/17/2020.", [("liver", None, 30)]),
        ("S/p cryo R lung x2 on 12/9/20.", [("lung", "right", None), ("lung", "right", None)]),
        ("Single hepatic metastasis segment 5 (27 mm). RFA of the liver lesion 20 May 2020, percutaneous.", [("liver", None, 27)]),
        ("Left lung cryoablation 12/9/20 for metastasis from a thigh sarcoma.", [("lung", "left", None)]),
        (
            "In Lyon she had a cryoablation of a paraspinal deposit at T11 on the left in March 2017, and two small deposits in the buttock on the same side were frozen at the same sitting.",
            [("gluteal", "left", None), ("gluteal", "left", None), ("paraspinal", "left", None)],
        ),
        (
            "She had her liver ablation elsewhere last year (June 2018, thermal, two lesions, segs 5 and 7) and did well.",
            [("liver", None, None), ("liver", None, None)],
        ),
        ("4/11/18: cryoablation here, L femur diaphysis & L ilium.", [("bone", "left", None), ("bone", "left", None)]),
    ],
)
def test_lesions_of_sessions_told_elsewhere(reader: Reader, text: str, rows: list[tuple[str, str | None, float | None]]) -> None:
    chart = abstract([Note("n", "p", date(2021, 3, 4), text, "clinic")], reader)
    assert sorted(map(str, rows)) == sorted(str((r["site"], r["laterality"], r["size_mm"] and round(r["size_mm"]))) for r in chart.lesions)


@pytest.mark.parametrize(
    ("heads", "told", "statuses"),
    [
        (("medial, pectoralis", "lateral, pectoralis"), "Medial zone: new 14 mm enhancing nodule, recurrence.\nLateral zone: no recurrence.", ["progression", "no_progression"]),
        (("mid-thigh, vastus", "distal thigh, fat"), "Vastus site: possible early recurrence, equivocal.\nDistal site: no recurrence.", ["indeterminate", "no_progression"]),
        (("proximal thigh, fat", "mid-thigh, vastus"), "Proximal thigh: flat scar, no enhancement.\nVastus zone: recurrence at its edge.", ["no_progression", "progression"]),
    ],
)  # fmt: skip
def test_a_position_told_before_the_size_tells_zones_apart(reader: Reader, heads: tuple[str, str], told: str, statuses: list[str]) -> None:
    text = f"{HEAD}Cryoablation, two recurrences, right side.\nTarget 1: {heads[0]}. Size 26 x 15 mm. Two probes.\n\nTarget 2: {heads[1]}. Size 11 x 9 mm. One probe.\n{CRYO}"
    later = f"MRI 09/06/2021\nHistory: cryoablation of two sites in March.\n\nIMPRESSION:\n{told}"
    chart = abstract([Note("a", "p", date(2021, 3, 4), text, "procedure"), Note("b", "p", date(2021, 9, 6), later, "radiology")], reader)
    found = {r["lesion_id"]: r["status"] for r in chart.assessments if r["scope"] == "local"}
    assert [found.get(r["lesion_id"]) for r in sorted(chart.lesions, key=lambda r: -r["size_mm"])] == statuses


def test_the_vertebra_beside_them_tells_targets_of_one_muscle_apart(reader: Reader) -> None:
    text = f"{HEAD}Two recurrences, left paraspinal.\n\nL2 level, left erector spinae, 33 x 21 mm: two needles. Ice 7 mm beyond it all around.\n\nL4 level, left erector spinae, 12 mm: one needle. Ice 6 mm beyond it.\n{CRYO}"
    later = "MRI 09/06/2021\nHistory: cryoablation left paraspinal, L2 and L4 levels.\n\nL2 level: 12 mm enhancing nodule on the wall of the zone. L4 level: non-enhancing zone.\n\nIMPRESSION:\n1. L2 site: recurrence.\n2. L4 site: no recurrence."
    chart = abstract([Note("a", "p", date(2021, 3, 4), text, "procedure"), Note("b", "p", date(2021, 9, 6), later, "radiology")], reader)
    found = {r["lesion_id"]: r["status"] for r in chart.assessments if r["scope"] == "local"}
    told = [(r["site"], r["size_mm"], found.get(r["lesion_id"])) for r in sorted(chart.lesions, key=lambda r: -r["size_mm"])]
    assert told == [("paraspinal", 33, "progression"), ("paraspinal", 12, "no_progression")]


def test_a_discharge_note_counts_the_days_from_the_session(reader: Reader) -> None:
    text = (
        "DISCHARGE SUMMARY\nLocal recurrence, 3.1 cm, in the left perirenal fat. Now POD 2 from percutaneous cryoablation of that nodule."
    )
    (row,) = abstract([Note("n", "p", date(2021, 3, 19), text, "discharge")], reader).procedures
    assert row["date"] == date(2021, 3, 17)


@pytest.mark.parametrize(
    ("text", "probes"),
    [
        ("Probes: seven in all (five iliac, two gluteal). Bone was drilled for three of the five probes.", 7),
        ("Probes: paraspinal 3, rib 1", 4),
        ("6 probes planned, 5 used.", 5),
        ("Probes: 5 (iliac 3, gluteal 2)", 5),
        ("Frozen with three needles: two anterior, one posterior.", 3),
        ("Count: six cryoprobes (iliac 4, gluteal 2). The iliac lesion was treated with four probes.", 6),
        ("Two cryoprobes used in all. Lesion 1, iliac: first probe. Lesion 2, gluteal: second probe, nine minutes.", 2),
        ("Two 14 gauge probes were placed. The lower corner could not be reached with two probes.", 2),
        ("(1) 3 probes in the iliac lesion\n(2) 1 probe in the gluteal lesion", 4),
        ("Target 1: iliac.\nLength 31 x 22 mm. Probes 3.\n\nTarget 2: gluteal.\nSize 14 x 9 mm. Probes 2.", 5),
        ("Iliac, 31 mm: three needles, 10-5-10.\nGluteal, 14 mm: two needles.\nFive needles used. Pads on the skin.", 5),
        ("Lesion 1, iliac, 31 mm: three probes.\nLesion 2, gluteal, 14 mm: two probes.\nBoth frozen as planned. Five probes used.", 5),
        ("A single probe was passed into the lesion, with ice extending past the tumor by 8 to 12 mm.", 1),
    ],
)
def test_probes_of_a_session(reader: Reader, text: str, probes: int) -> None:
    note = HEAD + "Cryoablation of left iliac and left gluteal metastases.\n" + text
    (row,) = abstract([Note("n", "p", date(2021, 3, 4), note, "procedure")], reader).procedures
    assert row["probes"] == probes


@pytest.mark.parametrize(
    "aside",
    [
        "which the ice did not reach last November",
        "where the ice had stopped short in November 2020",
        "a part that was left unfrozen at the first session",
    ],
)
def test_what_an_earlier_session_left_is_no_coverage_of_this_one(reader: Reader, aside: str) -> None:
    text = f"{HEAD}Cryoablation, left psoas\nRecurrence at the cranial pole of the left psoas zone, {aside}. The target measured 19 mm. The ice covered the whole target this time, with a margin of 7 mm on all sides.{CRYO}"
    (row,) = abstract([Note("n", "p", date(2021, 3, 4), text, "procedure")], reader).lesions
    assert (row["coverage"], row["min_margin_mm"]) == ("adequate", 7)


@pytest.mark.parametrize("where", ["implant, 9th interspace", "nodule at the ninth interspace", "deposit (9th interspace)"])
def test_the_interspace_of_a_pleural_lesion_is_no_place_of_its_own(reader: Reader, where: str) -> None:
    text = f"{HEAD}Cryoablation x 2\n\nSITE A - left pleural {where}, 2.4 x 1.2 cm. Two probes. Ice 6 mm past it on all sides.\nSITE B - right renal tumor, 1.6 cm. Two probes. Ice 9 mm past it on all sides."
    rows = abstract([Note("n", "p", date(2021, 3, 4), text, "procedure")], reader).lesions
    assert sorted((r["site"], r["laterality"], r["size_mm"]) for r in rows) == [("kidney", "right", 16), ("pleura", "left", 24)]


def test_the_site_of_a_title_is_not_that_of_a_target_which_the_indication_also_names(reader: Reader) -> None:
    text = "IR REPORT\nPre-procedure diagnosis: Sarcoma, recurrence in the right lung and a new right chest wall nodule\nProcedure: CT-guided cryoablation x 2 (one a repeat of the lung site)\n\nFindings: Lung recurrence 18 x 12 mm: one cryoprobe. Intercostal muscle nodule in the fifth space 22 x 14 mm: two cryoprobes."
    rows = abstract([Note("n", "p", date(2021, 3, 4), text, "procedure")], reader).lesions
    assert [(r["site"], r["size_mm"]) for r in rows] == [("lung", 18), ("chest_wall", 22)]


@pytest.mark.parametrize("where", ["elsewhere", "at another hospital", "at an outside facility"])
def test_an_ablation_done_elsewhere_is_no_target_of_a_report(reader: Reader, where: str) -> None:
    text = f"IR PROC NOTE\nDX: leiomyosarcoma, R gluteal nodule.\nPROC: CT-guided perc cryo R gluteus.\nOTHER: MWA LUL 5/2018 {where}.\nTARGET: nodule 24 x 18 mm in R gluteus maximus.\nPROBES: 2."
    rows = abstract([Note("n", "p", date(2021, 3, 4), text, "procedure")], reader).lesions
    assert [(r["site"], r["size_mm"]) for r in rows if "2021-03-04" in str(r["procedure_id"])] == [("gluteal", 24)]


COVER = ("size_mm", "coverage", "lesion_covered", "min_margin_mm")
ROOT = "Cryoablation, left psoas metastasis\n\nThe mass measures 28 mm. "


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (
            ROOT
            + "After the first freeze the ice was flush with the lower border of the tumor. A further probe was placed and a second freeze run; the tumor was then completely covered.",
            [(28, "adequate", True, None)],
        ),
        (
            ROOT
            + "Interval CT showed only 2 mm of ice beyond the tumor medially. One needle was moved 2 cm medially and the freeze repeated, after which the ice covered the mass in its entirety with a margin of at least 6 mm in all directions.",
            [(28, "adequate", True, 6)],
        ),
        (
            ROOT + "Needles were withdrawn 15 mm for the last freeze. The ice was flush with the medial border of the tumor.",
            [(28, "inadequate", True, 0)],
        ),
        (
            ROOT + "A third probe was added laterally. The ice was flush with the medial border of the tumor and 8 mm beyond it laterally.",
            [(28, "inadequate", True, 0)],
        ),
        (
            ROOT + "The ice reached the tumor edge except at the aorta, where a 4 mm strip of the tumor was left outside the ice.",
            [(28, "inadequate", False, 0)],
        ),
        (
            ROOT + "There is no residual enhancement, the ice ball covers the mass with 7 mm on its thinnest side.",
            [(28, "adequate", True, 7)],
        ),
        (ROOT + "The mass was not, by our reading, completely covered.", [(28, "inadequate", False, None)]),
        (
            "Cryoablation of left pleural metastases x2\n\nPleural lesion 1 (21 mm): 2 probes.\nPleural lesion 2 (14 mm): 1 probe.\nMargins: lesion 1 - 7 mm; lesion 2 - 8 mm at the crus.",
            [(14, "adequate", True, 8), (21, "adequate", True, 7)],
        ),
        (
            "Cryoablation of right psoas and right 8th rib metastases\n\nThe psoas lesion measures 31 mm, the rib lesion 22 mm. After the first freeze 4 mm of the rib lesion were outside the ice, so a probe was added; following the second freeze both lesions were completely covered.",
            [(22, "adequate", True, None), (31, "adequate", True, None)],
        ),
        (
            "Cryoablation, two right lung metastases\n\nOne needle was placed through the right upper lobe nodule (12 mm). A second needle was placed alongside the right lower lobe nodule (9 mm). The ice around the upper lobe nodule has 7 mm on every side. At the lower lobe nodule, ice reaches only 3 mm past the anterior border.",
            [(9, "inadequate", True, 3), (12, "adequate", True, 7)],
        ),
        (
            "Microwave ablation, liver\n\nIndication: Segment 7 lesion 26 mm; segment 2 lesion 18 mm.\n\nTechnique: The antenna was placed into each.\nFusion shows minimal ablative margins of 7 mm (segment 7) and 2 mm (segment 2).",
            [(18, "inadequate", True, 2), (26, "adequate", True, 7)],
        ),
    ],
)
def test_how_far_the_ice_went_in_the_end(reader: Reader, text: str, rows: list[tuple[object, ...]]) -> None:
    chart = abstract([Note("n", "p", date(2021, 3, 4), HEAD + text, "procedure")], reader)
    found = [tuple(c.value if (c := r.cells.get(k)) else None for k in COVER) for r in chart.lesions]
    assert sorted(found, key=lambda row: float(str(row[0]))) == rows


@pytest.mark.parametrize("words", ["Left axilla prepped and draped.", "The left axilla was sterilely prepared."])
def test_the_skin_that_was_made_ready_is_no_target(reader: Reader, words: str) -> None:
    text = f"{HEAD}Cryoablation, soft tissue\n\nIndication: left axillary node 23 mm.\n\nTechnique: {words} Two probes. The ice covered the node completely."
    rows = abstract([Note("n", "p", date(2021, 3, 4), text, "procedure")], reader).lesions
    assert [(r["site"], r["size_mm"]) for r in rows] == [("lymph_node", 23)]


@pytest.mark.parametrize("words", ["not amenable", "was felt not to be accessible", "is not suitable for ablation"])
def test_what_cannot_be_ablated_is_no_target(reader: Reader, words: str) -> None:
    text = f"{HEAD}Cryoablation\n\nIndication: Right hilar node {words}. Target: left upper lobe nodule 10 mm.\n\nTechnique: One probe. The nodule is covered completely."
    rows = abstract([Note("n", "p", date(2021, 3, 4), text, "procedure")], reader).lesions
    assert [(r["site"], r["size_mm"]) for r in rows] == [("lung", 10)]


@pytest.mark.parametrize("where", ["vaginal cuff and right pelvic sidewall", "right rotator cuff"])
def test_a_cuff_of_the_body_is_no_cuff_of_ice(reader: Reader, where: str) -> None:
    text = f"{HEAD}Cryoablation\n\nIndication: Recurrence, {where} 3.0 cm.\n\nTechnique: Three probes. The ice covers the entire tumor."
    assert [r["size_mm"] for r in abstract([Note("n", "p", date(2021, 3, 4), text, "procedure")], reader).lesions] == [30]


def test_lines_by_the_number_of_a_row_parted_by_slashes(reader: Reader) -> None:
    rows = "# / target / size / probes\n1 / R chest wall, intercostal / 27 x 20 mm / 3\n2 / L 7th rib, lateral arc / 19 mm / 2\n"
    text = f"CT-guided cryoablation 5/5/2021\n\n{rows}\n- T1: ice 9 mm past edge on 3 sides. Deep side: stopped short, a strip of tumor left out.\n- T2: ice past lesion by 7 mm min, all around."
    found = abstract([Note("n", "p", date(2021, 5, 5), text, "procedure")], reader).lesions
    assert [(r["site"], r["size_mm"], r["min_margin_mm"]) for r in found] == [("chest_wall", 27, 0), ("bone", 19, 7)]


@pytest.mark.parametrize(
    "words",
    [
        "The left pubic nodule (11 mm) was cemented only.",
        "The left pubic nodule, 11 mm, was filled with 3 mL of cement only, no freezing.",
        "Left pubic nodule 11 mm: FNA only.",
        "The left pubic nodule of 11 mm was only marked for surgery.",
        "Nothing was done to the left pubic nodule of 11 mm.",
    ],
)
def test_what_only_another_procedure_was_done_to_is_no_target(reader: Reader, words: str) -> None:
    text = f"{HEAD}Cryoablation\n\nTechnique: Two probes were placed in the 26 mm nodule of the right iliac wing. Two freezes. {words}"
    rows = abstract([Note("n", "p", date(2021, 3, 4), text, "procedure")], reader).lesions
    assert [(r["site"], r["laterality"], r["size_mm"]) for r in rows] == [("bone", "right", 26)]


@pytest.mark.parametrize(
    "device", ["Two 17 G needles 17 cm long", "Two cryoprobes (15 cm long)", "Two IceRod needles, each 17.5 cm in length,"]
)
def test_the_length_of_a_probe_is_no_size(reader: Reader, device: str) -> None:
    text = f"{HEAD}Cryoablation\n\nTechnique: {device} were put into the right psoas metastasis (31 mm) and frozen twice."
    rows = abstract([Note("n", "p", date(2021, 3, 4), text, "procedure")], reader).lesions
    assert [(r["site"], r["size_mm"]) for r in rows] == [("retroperitoneum", 31)]


@pytest.mark.parametrize(
    "words", ["In all it measures 52 x 30 mm.", "Overall dimension 52 mm.", "The whole mass measures 52 x 30 x 28 mm."]
)
def test_the_whole_of_a_lobulated_target_is_measured(reader: Reader, words: str) -> None:
    text = f"{HEAD}Cryoablation of left gluteus maximus mass\n\nTechnique: The upper lobule is 33 mm and the lower lobule 21 mm. {words} Three probes."
    rows = abstract([Note("n", "p", date(2021, 3, 4), text, "procedure")], reader).lesions
    assert [(r["site"], r["size_mm"]) for r in rows] == [("gluteal", 52)]


def test_a_freeze_told_by_slashes_is_no_day(reader: Reader) -> None:
    text = f"{HEAD}see table\n\n# | Site | Size (mm) | Treatment\n1 | Left psoas | 26 | Cryo 10/8/10\n2 | Right psoas | 14 | Cryo 10/8/10\n"
    rows = abstract([Note("n", "p", date(2021, 3, 4), text, "procedure")], reader)
    assert [r["date"] for r in rows.procedures] == [date(2021, 3, 4)]
    assert [r["size_mm"] for r in rows.lesions] == [26, 14]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "Cryoablation\n\nToday's scan has a 23 mm deposit in the left psoas and a second, 15 mm, deposit along the right paracolic gutter peritoneum. Two probes were put into the psoas deposit, one into the other.",
            [("peritoneum", "right", 15), ("retroperitoneum", "left", 23)],
        ),
        (
            "Cryoablation x2\n\n0905 two probes placed left gluteus maximus mass, 41 mm. 0910 freeze 1. 0920 thaw. 0950 one probe placed second lesion, left gluteus medius, 16 mm. 0955 freeze 1.",
            [("gluteal", "left", 16), ("gluteal", "left", 41)],
        ),
        (
            "Microwave ablation\n\nTwo right lower lobe nodules were addressed. The upper of the two, in segment 6, measures 12 mm; the basal one 18 mm. This basal nodule was ablated with one antenna, 65 W for 5 minutes. The upper nodule was only marked for surgery.",
            [("lung", "right", 18)],
        ),
        (
            "[x] Cryoablation [ ] Microwave\nSide: [ ] left [x] right\nTarget: obturator internus metastasis\nLongest diameter: 34 mm\nNo. of needles: 3\nBiopsy same session: yes (left inguinal node, 9 mm)",
            [("pelvis", "right", 34)],
        ),
        (
            "Cryoablation\n\nI treated three deposits in the left hemithorax. They lay at the pleural apex (9 mm), the costophrenic sulcus (18 mm) and along the mediastinal pleura (13 mm). One probe each.",
            [("pleura", "left", 9), ("pleura", "left", 13), ("pleura", "left", 18)],
        ),
        (
            "Cryoablation\n\nLesion | Location | Max diam | Probes\nA | right popliteus | 2.6 cm | 2\nB | left coracobrachialis | 1.2 cm | 1\nC | left iliac node | 1.4 cm | none - biopsy\n",
            [("lower_extremity", "right", 26), ("shoulder", "left", 12)],
        ),
        (
            "Cryoablation of greater omentum metastasis\n\nThe nodule measured 34 mm on 1/5/2021 MRI; on today's scan it is 41 mm. Three probes (17.5 cm) were used.",
            [("peritoneum", None, 41)],
        ),
        (
            "Cryoablation\n\nThe nodule of the left vastus lateralis had 19 mm and was treated by two probes through one incision.",
            [("lower_extremity", "left", 19)],
        ),
    ],
)
def test_targets_told_one_after_another(reader: Reader, text: str, wanted: list[tuple[str, str, float]]) -> None:
    rows = abstract([Note("n", "p", date(2021, 3, 4), HEAD + text, "procedure")], reader).lesions
    assert sorted((r["site"], r["laterality"], r["size_mm"]) for r in rows) == wanted
