"""Words of other languages in English notes are read as the exam they mean, and only there."""

from __future__ import annotations

from datetime import date

import pytest

from extractor.model import Note
from extractor.normalizer import abstract
from extractor.pipeline import Reader
from extractor.pipeline.borrowed import borrowed, calls_scanner_exam
from extractor.pipeline.spoken import rewritten


@pytest.mark.parametrize(
    ("text", "exam"),
    [
        ("Abdomino-pelvic scanner of 3/4/2019.", True),
        ("The control scanner is clear.", True),
        ("Guidance by scanner.", True),
        ("Unchanged from the scanner of 3/4/2019.", True),
        ("THE SCANNER SHOWS a nodule.", True),
        ("A puncture under scanner control.", True),
        ("The scanner was down on 3/4.", False),
        ("Open bore 1.5 T scanner.", False),
        ("He was brought to the CT scanner and lies on the scanner table.", False),
        ("Read on the new Siemens scanner on 3/4/2019.", False),
    ],
)
def test_a_chart_that_calls_an_exam_a_scanner(text: str, exam: bool) -> None:
    assert calls_scanner_exam(["Seen today.", text]) == exam


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Scanner of 3/4: two scanners before it, angio-scanner.", "CT of 3/4: two CTs before it, CT."),
        ("moved to the scanner room, our scanner was down", "moved to the scanner room, our scanner was down"),
        ("CT scanner, MRI scanner, bladder scanner", "CT scanner, MRI scanner, bladder scanner"),
        ("unchanged from the scanner of 3/4/2019", "unchanged from the CT of 3/4/2019"),
        ("Echography of the liver. Echo-guided puncture. Echo 60%.", "ultrasound of the liver. ultrasound-guided puncture. Echo 60%."),
        (
            "Exeresis in 2017, local recidive; two cryosondes, one cryode.",
            "excision in 2017, local recurrence; two cryoprobes, one cryoprobe.",
        ),
        ("Loco-regional anaesthesia, no hypercaptation.", "regional anesthesia, no uptake."),
        ("Rachianesthesia; polychemotherapy and curietherapy.", "spinal anesthesia; chemotherapy and brachytherapy."),
        ("RM of the thigh on 3/4, seen in RM 12.", "MRI of the thigh on 3/4, seen in RM 12."),
        ("TC-guided biopsy, cholesterol (TC 190), TC chemotherapy.", "CT-guided biopsy, cholesterol (TC 190), TC chemotherapy."),
        ("Thoracic TAC, TDM TAP; TDM of vancomycin.", "Thoracic CT, CT TAP; TDM of vancomycin."),
        ("TEP-scanner of 12/3.", "PET/CT of 12/3."),
        ("Chest radiography clear; school of radiography.", "chest x-ray clear; school of radiography."),
    ],
)
def test_words_are_read_as_the_exam_they_mean(text: str, read: str) -> None:
    assert rewritten(text, borrowed(text, scanner_is_exam=True)).text == read


def test_a_scanner_stays_where_no_note_of_the_chart_means_an_exam() -> None:
    assert borrowed("The scanner was booked.", scanner_is_exam=False) == []


def test_exams_stand_where_their_own_words_do(reader: Reader) -> None:
    report = (
        "CRYOABLATION of a lesion of the liver - 12/03/2019\nGeneral anaesthesia, decubitus, scanner. Two cryoprobes. "
        "The ice covers the lesion of 22 mm entirely with 8 mm on all sides."
    )
    letter = "SCANNER OF 18/06/2019\nThree point two cm zone of the liver, no recurrence. No new lesion."
    found = abstract([Note("a", "A", date(2019, 3, 12), report), Note("b", "A", date(2019, 6, 18), letter)], reader)
    assert [(str(r["date"]), r["guidance"]) for r in found.procedures] == [("2019-03-12", "ct")]
    assert {(str(r["date"]), r["modality"], r["status"]) for r in found.assessments} == {("2019-06-18", "ct", "no_progression")}
    exams = {m.text for m in found.mentions if m.label == "IMAGING"}
    assert exams == {"SCANNER", "scanner"}
    assert all(m.text == {"a": report, "b": letter}[m.note_id][m.start : m.end] for m in found.mentions)
