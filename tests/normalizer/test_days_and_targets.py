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
