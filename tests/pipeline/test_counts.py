"""How many probes a sentence speaks of, and what kind of count that is."""

from __future__ import annotations

import pytest

from extractor.pipeline.counts import find_probes

SHORT = {"": "", "total": "t", "added": "a", "part": "p", "article": "r", "known": "k"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Two 17-gauge cryoprobes were advanced.", "2"),
        ("Probes: 3", "3t"),
        ("Total number of cryoprobes for the session is five.", "5t"),
        ("A 20-gauge needle was placed.", ""),
        ("Six IceForce cryoprobes and later 2 probes.", "6 2"),
        ("Target A (vastus lateralis), 34 mm in length: four needles in a square.", "4"),
        ("Target B (posterior compartment), 26 mm: two needles from the lateral side, parallel to the nerve.", "2"),
        ("In all six.", "6t"),
        ("MR-compatible needles, six in number, 1,5 cm apart.", "6t"),
        (
            "Addendum 21.4.2021: Number of needles was seven according to the packaging; one was added caudally before the second freeze.",
            "7t 1a",
        ),
        ("One antenna, used first in segment VII (65 W, 5 min), then in segment VI (100 W, 8 min).", "1"),
        ("Three cryo needles, two along the rib and one across its soft-tissue part.", "3"),
        ("On checking the stock list, four cryo needles were used in the rib (a fourth was added for the anterior end).", "4 1a"),
        ("One needle into each of the two nodules, two needles altogether.", "2 2t"),
        ("(1) Psoas, 43 x 30 mm today: five needles.", "5"),
        ("Six needles in total.", "6t"),
        ("Four needles via the paravertebral route below the pleura.", "4"),
        ("Metastasis 25 mm, exophytic by half. Three needles, two freezes of 10 minutes.", "3"),
        (
            "Then supine: nodule 19 mm in the pectoralis major, one needle in its long axis, two freezes of 8 minutes, warm saline on the skin.",
            "1",
        ),
        (
            "Two cryoprobes were advanced to bracket Target A and a single one was passed through the centre of Target B, three in all.",
            "2 1r 3t",
        ),
        ("ADDENDUM, 23-Jan-2020: The log of the console shows that three cryoprobes were used, not two as dictated.", "3"),
        ("Eight cryoprobes were inserted percutaneously: five for lesion 1, two for lesion 2 and one for lesion 3.", "8"),
        ("Addendum, 17-May-2018: (1) Probe count per the nursing sheet was nine, three of them in lesion 2.", "9t"),
        ("Under CT guidance two spacer needles were placed between the residual tissue and the lumbar plexus.", ""),
        (
            "lesion 2, which measured 31 x 28 x 27 mm, was punctured from the flank under combined ultrasound and CT with four cryoprobes, and lesion 3, measuring 18 x 15 mm, from the epigastrium with two.",
            "4 2p",
        ),
        (
            "Seven cryoprobes in total were inserted using CT, five to the gluteal lesion and two, coaxially through a drilled track, to the iliac lesion.",
            "7t",
        ),
        (
            "Six MR-compatible cryoprobes were inserted through the skin with near-real-time imaging: four into Target A and two into Target B.",
            "6",
        ),
        (
            "Two probes were advanced into the segment 6 lesion from a lateral approach and three into the segment 8 lesion from a steep approach.",
            "2 3p",
        ),
        ("A fourth probe was put into the segment 8 lesion before the first freeze.", "1a"),
        ("The total for the session is 6 probes.", "6t"),
        ("Four probes were arranged around it in a square.", "4"),
        ("4 cm and two probes were placed along its upper half.", "2"),
        ("Three probes were laid into target 1 and two probes into target 2 (five in all).", "3 2 5t"),
        ("The probe total for the session is therefore three.", "3t"),
        ("Two antennas in total were used, moved from target to target.", "2t"),
        ("both antennas in parallel, 100 W for 8 minutes", ""),
        ("Six probes were used for tumor 1, the sixth having been added after the first freeze at its lower pole.", "6 1a"),
        ("Six 14-gauge probes were then placed through the mass under CT, with another two 17-gauge probes at the lateral edge", "6 2"),
        ("A 13 G water-cooled antenna was advanced under ultrasound and its tip corrected twice on CT.", "1r"),
        ("A second antenna of the same type, 75 W for 6 minutes.", "1a"),
        ("Thermocouple reached 8 C at minute 7 and two medial probes were turned down.", "2k"),
        (
            "Three probes were laid in the posterior deposit in parallel with the chest wall, two in the diaphragmatic deposit along its long axis, and two in the rib, one on each side.",
            "3 2p 2p",
        ),
        ("Eight probes in all were placed, four in the psoas, three in the bed, one in the back.", "8t"),
        ("The single probe in the back worked as it should.", "1k"),
        ("A 22G Chiba needle was used for hydrodissection.", ""),
        ("Two 22 gauge needles were placed for hydrodissection.", ""),
        ("Three core needle biopsies were taken.", ""),
        ("Cryoprobes x 4.", "4t"),
        ("4 x IceRod CX needles were used.", "4"),
        ("IceSphere (n=3)", "3t"),
        ("Cryoneedles used: 5", "5t"),
        ("No. of needles: 3", "3t"),
        ("A three-probe array was used.", "3"),
        ("3-needle cryoablation of the rib.", "3"),
        ("Half a dozen cryoprobes were set in two rows.", "6"),
        ("A pair of 17 G IceForce needles bracketed the lesion.", "2"),
        ("We used 2 probes for lesion 1 and 3 for lesion 2, for a total of 5.", "2 3p 5t"),
        ("Two probes per lesion.", "2"),
        ("two thermocouples and four cryoprobes were placed", "4"),
        ("One cryoprobe was placed in each of three nodules.", "3"),
        ("After removal of the two needles CT showed no bleeding.", "2k"),
        ("Two needle holes dressed.", ""),
        ("Not three but four cryoprobes were used.", "4"),
        ("Four rather than three probes were used.", "4"),
        ("A total of seven 17 G cryoprobes were placed.", "7t"),
        ("No cryoprobe was placed.", ""),
        ("Lesion 1: 2 probes; lesion 2: 1 probe; lesion 3: 2 probes.", "2 1 2"),
        ("the number of cryoprobes was corrected to five", "5t"),
        ("Correction: 5 probes, not 4.", "5"),
        ("RF ablation with one cluster electrode, 12 min.", "1"),
        ("A single multitined RF electrode deployed to 3 cm.", "1"),
        ("Two electrodes 1.5 cm apart.", "2"),
        ("probes 4, freeze 10 min x2", "4t"),
        ("4 probes. 2 cycles 10-8-10.", "4"),
        ("Applicators: two NeuWave PR.", "2t"),
        ("Placed 3 more probes inferiorly", "3a"),
        ("Then an additional cryoprobe was placed medially.", "1a"),
        ("The same three probes were then moved to the second lesion.", "3k"),
        ("One further needle was needed dorsally.", "1a"),
        ("With three needles in the mass and a fourth at the margin", "3"),
        ("Needle count: 6.", "6t"),
        ("two 10 mm nodules were treated with 3 needles", "3"),
        ("Skin marked, 1% lidocaine, 3 probes in", "3"),
        ("Using CT fluoro, 17G x 3 probes positioned", "3"),
        ("Cryo needles numbered seven.", "7t"),
    ],
)
def test_counts_and_their_kinds(text: str, wanted: str) -> None:
    got = [f.concept + SHORT[f.rule_id.removeprefix("measures#probes").lstrip("_")] for f in find_probes(text)]
    assert " ".join(got) == wanted
