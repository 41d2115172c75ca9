"""What short charts tell of the patient: extent, earlier treatment, death."""

from __future__ import annotations

from datetime import date

import pytest

from extractor.model import Chart, Note
from extractor.normalizer import abstract
from extractor.pipeline import Reader

BEFORE, DAY = date(2021, 2, 1), date(2021, 3, 1)
SESSION = "PROCEDURE: CT-guided percutaneous cryoablation of {}\nDATE: 1 March 2021\nTECHNIQUE: {} Two freezes."
THIGH = ("a right thigh mass", "Two probes in the right thigh mass, 30 mm.")
AND_LUNG = (
    "two tumours",
    "Lesion 1, right thigh mass, 30 mm: two probes. Lesion 2, left upper lobe lung nodule, 12 mm: one probe.",
)


def chart(reader: Reader, before: str, after: str = "", kind: str = "clinic", where: tuple[str, str] = THIGH) -> Chart:
    """A visit, the session, and perhaps a later note of a kind."""
    notes = [Note("a", "A", BEFORE, before, "clinic"), Note("b", "A", DAY, SESSION.format(*where), "procedure")]
    return abstract([*notes, *([Note("c", "A", date(2021, 9, 1), after, kind)] if after else [])], reader)


@pytest.mark.parametrize(
    ("before", "after", "kind", "field", "value"),
    [
        ("Pleomorphic sarcoma of the thigh. She was not given radiation.", "", "", "prior_radiation", False),
        ("Sarcoma of the thigh. The letters say nothing about chemotherapy.", "", "", "prior_systemic", None),
        ("Sarcoma of the thigh.\nPrior surgery for tumor: No", "", "", "prior_surgery", False),
        ("He was found to have a mass, which was excised in 2013. Sarcoma.", "", "", "prior_surgery", True),
        (
            "Breast cancer 2009, lumpectomy and breast radiation. Angiosarcoma arose in 2018 in the irradiated skin.",
            "",
            "",
            "prior_radiation",
            None,
        ),
        ("Sarcoma of the thigh in the irradiated skin.", "", "", "prior_radiation", True),
        ("Sarcoma of the thigh. Seen by our radiation group.", "", "", "prior_radiation", None),
        ("Sarcoma of the thigh.", "He declines pazopanib.", "clinic", "prior_systemic", None),
        ("Sarcoma of the thigh.", "PLAN: Scan in May. Pazopanib if multifocal.", "clinic", "prior_systemic", None),
        (
            "Desmoid of the thigh.",
            "MRI THIGH\nIMPRESSION: New nodule at the margin, consistent with recurrent desmoid.",
            "radiology",
            "disease_setting",
            "primary",
        ),
        (
            "Sarcoma.",
            "DEATH NOTE\nDATE OF NOTE: 09/01/2021\n\nWithout pulse or breath, pronounced at 22:35 on 08/31/2021.",
            "other",
            "death_date",
            date(2021, 8, 31),
        ),
    ],
)
def test_the_patient(before: str, after: str, kind: str, field: str, value: object, reader: Reader) -> None:
    assert _value(chart(reader, before, after, kind), field) == value


def _value(made: Chart, field: str) -> object:
    return made.patients[0][field]


@pytest.mark.parametrize(("where", "setting"), [(THIGH, "recurrent"), (AND_LUNG, "both")])
def test_a_recurrence_treated_beside_a_place_only_spread_to_is_both(where: tuple[str, str], setting: str, reader: Reader) -> None:
    assert (
        _value(chart(reader, "Sarcoma of the thigh, resected 2015. Recurrent mass in the thigh.", where=where), "disease_setting")
        == setting
    )
