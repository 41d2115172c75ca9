"""Small charts, each one question an abstractor asks."""

from __future__ import annotations

from datetime import date

import pytest

from extractor.errors import InputError
from extractor.model import Chart, Note
from extractor.normalizer import abstract
from extractor.pipeline import Reader

HEAD = "PROCEDURE: CT-guided cryoablation of {target}\nDATE: 03/10/2020\nANESTHESIA: General.\n\nTECHNIQUE: The lesion measured 2.2 x 1.9 cm. Three cryoprobes were placed. Two freeze cycles of 10 minutes. {ice}\n\nCOMPLICATIONS: {events}\n"


def report(ice: str = "", target: str = "left psoas nodule", events: str = "None.", day: str = "2020-03-10", note_id: str = "p") -> Note:
    text = HEAD.format(target=target, ice=ice, events=events).replace("03/10/2020", f"{day[5:7]}/{day[8:]}/{day[:4]}")
    return Note(note_id, "A", date.fromisoformat(day), text, "procedure")


def note(text: str, day: str, kind: str = "clinic", note_id: str = "n") -> Note:
    return Note(note_id, "A", date.fromisoformat(day), text, kind)


def ct(text: str, day: str = "2020-06-12", note_id: str = "ct") -> Note:
    return note(f"CT ABDOMEN AND PELVIS\nEXAM DATE: {day}\n\nIMPRESSION:\n{text}", day, "radiology", note_id)


@pytest.fixture
def read(reader: Reader):  # type: ignore[no-untyped-def]
    return lambda *notes: abstract(notes, reader)


def value(chart: Chart, table: str, column: str) -> list[object]:
    return [row[column] for row in getattr(chart, table)]


# ---- sessions


@pytest.mark.parametrize(
    "text",
    [
        "Cryoablation is planned for 03/10/2020.",
        "The cryoablation of 03/10/2020 was cancelled.",
        "Her sister had cryoablation 03/10/2019.",
        "He declined cryoablation on 03/10/2020.",
        "Atrial fibrillation, catheter ablation 03/10/2019.",
        "Endometrial ablation 03/10/2019.",
        "Biopsy 03/10/2020 showed sarcoma.",
    ],
)
def test_what_is_no_session(read, text: str) -> None:  # type: ignore[no-untyped-def]
    assert read(note(text, "2020-04-01")).procedures == ()


def test_a_session_that_only_a_later_note_tells_of_is_a_row(read) -> None:  # type: ignore[no-untyped-def]
    chart = read(note("S/p cryoablation of a left psoas nodule 03/10/2020 elsewhere.", "2020-04-01"))
    assert value(chart, "procedures", "date") == [date(2020, 3, 10)]
    assert value(chart, "lesions", "site") == ["retroperitoneum"]


def test_later_tellings_of_a_session_are_the_same_session(read) -> None:  # type: ignore[no-untyped-def]
    chart = read(
        report(),
        note("S/p cryoablation 3/10/20.", "2020-04-01", note_id="a"),
        note("Cryoablation in March 2020 went well.", "2020-09-01", note_id="b"),
    )
    assert len(chart.procedures) == 1


def test_a_row_names_the_id_it_had_when_less_was_known(read) -> None:  # type: ignore[no-untyped-def]
    early = note("Cryoablation of the left psoas nodule in March 2020 elsewhere.", "2020-03-20", note_id="a")
    late = note("S/p cryoablation of the left psoas nodule 03/10/2020.", "2020-06-01", note_id="b")
    before, after = read(early), read(early, late)
    assert after.procedures[0]["replaces"] == before.procedures[0]["procedure_id"]
    assert after.lesions[0]["replaces"] == before.lesions[0]["lesion_id"]


def test_another_treatment_that_was_called_off_is_not_the_session(read) -> None:  # type: ignore[no-untyped-def]
    done = note(
        "PROCEDURE: Cryoablation of left psoas nodule\nDATE: 03/10/2020\n"
        "Sarcoma on chemotherapy; the planned resection was called off for new bone disease. Two probes.",
        "2020-03-10",
        "procedure",
    )
    assert len(read(done).procedures) == 1


def test_a_session_aborted_before_energy_is_none_whoever_says_so(read) -> None:  # type: ignore[no-untyped-def]
    aborted = note(
        "PROCEDURE: Cryoablation of left psoas nodule, not carried out\nDATE: 03/10/2020\nNo probe was activated. Small hematoma. The procedure was aborted before any freeze.",
        "2020-03-10",
        "procedure",
    )
    later = note("Problem list: s/p cryoablation 03/10/2020.", "2020-04-01", note_id="l")
    chart = read(aborted, later)
    assert chart.procedures == ()
    assert chart.complications == ()
    assert any("called off" in d.reason or "aborted" in d.reason for d in chart.drops)


def test_an_addendum_corrects_the_number_of_probes(read) -> None:  # type: ignore[no-untyped-def]
    plain = report()
    chart = read(Note("p", "A", plain.note_date, plain.text + "\nADDENDUM 03/11/2020: Total number of probes was four.", "procedure"))
    assert value(chart, "procedures", "probes") == [4]


# ---- coverage


@pytest.mark.parametrize(
    ("ice", "coverage", "margin"),
    [
        ("The ice ball extended at least 6 mm past the nodule on every side.", "adequate", 6),
        ("The ice ball extended 8 mm past the nodule laterally but only 3 mm medially.", "inadequate", 3),
        ("Coverage was complete.", "adequate", None),
        ("The ice stopped short of the medial edge of the tumor.", "inadequate", 0),
        ("Medially the ice was held flush with the tumor edge, elsewhere 8 mm beyond it.", "inadequate", 0),
        ("About 80% of the tumor was covered.", "inadequate", 0),
        ("A margin of 1 cm was the goal.", None, None),
        ("Coverage was incomplete.", "inadequate", 0),
        ("The nerve was not reached by ice.", None, None),
    ],
)
def test_coverage_and_the_smallest_margin(read, ice: str, coverage: str | None, margin: float | None) -> None:  # type: ignore[no-untyped-def]
    chart = read(report(ice))
    assert value(chart, "lesions", "coverage") == [coverage]
    assert value(chart, "lesions", "min_margin_mm") == [margin]


def test_two_targets_keep_their_own_sizes_and_margins(read) -> None:  # type: ignore[no-untyped-def]
    text = (
        "PROCEDURE: CT-guided cryoablation of two liver metastases\nDATE: 03/10/2020\n\nTECHNIQUE: Target 1: segment VII, 2.4 x 2.1 cm. Two probes. Target 2: segment IVa, 1.3 cm. One probe. Two freeze cycles.\n"
        "Target 1: ice 4 mm beyond the tumor at the capsule. Target 2: ice at least 8 mm beyond the tumor on all sides."
    )
    chart = read(note(text, "2020-03-10", "procedure"))
    assert sorted(
        zip(value(chart, "lesions", "size_mm"), value(chart, "lesions", "min_margin_mm"), value(chart, "lesions", "coverage"), strict=True)
    ) == [(13, 8, "adequate"), (24, 4, "inadequate")]  # type: ignore[type-var]


# ---- complications


@pytest.mark.parametrize(
    ("events", "wanted"),
    [
        ("None.", []),
        ("No pneumothorax.", []),
        ("Small hematoma, observed only.", [("hemorrhage", "mild")]),
        ("None other than a small hematoma, observed.", [("hemorrhage", "mild")]),
        ("Pneumothorax, chest tube placed.", [("pneumothorax", "moderate")]),
        ("Bleeding requiring transfusion, CIRSE grade 3.", [("hemorrhage", "moderate")]),
        ("Skin burn, CTCAE grade 3.", [("skin_injury", "severe")]),
        ("Foot drop, SIR class D.", [("nerve_injury", "severe")]),
        ("Expected small effusion.", []),
    ],
)
def test_complications_and_their_severity(read, events: str, wanted: list[tuple[str, str]]) -> None:  # type: ignore[no-untyped-def]
    chart = read(report(events=events))
    assert [(r["term"], r["severity"]) for r in chart.complications] == wanted


def test_gas_let_in_on_purpose_is_none_unless_it_makes_trouble(read) -> None:  # type: ignore[no-untyped-def]
    made = "80 ml of room air was introduced in the pleural space. Pleural air aspirated at the end."
    assert read(report(events=made)).complications == ()
    grown = "80 ml of room air was introduced in the pleural space. The pneumothorax enlarged, chest tube placed."
    assert [(r["term"], r["severity"]) for r in read(report(events=grown)).complications] == [("pneumothorax", "moderate")]


def test_an_admission_for_it_is_severe(read) -> None:  # type: ignore[no-untyped-def]
    summary = "DISCHARGE SUMMARY\nAdmitted: 03/25/2020\nPrincipal dx: abscess at the ablation site\nCourse: aspirated, antibiotics."
    chart = read(report(), note(summary, "2020-03-30", "discharge"))
    assert [(r["term"], r["severity"], str(r["date"])) for r in chart.complications] == [("infection", "severe", "2020-03-25")]


@pytest.mark.parametrize(
    ("text", "day", "count"),
    [
        ("He has a pleural effusion.", "2020-03-20", 1),
        ("He has a pleural effusion.", "2020-08-20", 0),
        ("Rib fracture through the ablation zone, caused by the cryoablation.", "2020-08-20", 1),
        ("Pneumothorax after port placement.", "2020-03-20", 0),
        ("Call for bleeding or fever.", "2020-03-12", 0),
        ("History of pneumothorax as a student.", "2020-03-20", 0),
        ("Written information on nerve pain, pneumothorax and bleeding given.", "2020-03-11", 0),
        ("Handed the sheet on foot drop, bleeding, and what to watch for.", "2020-03-11", 0),
        ("Advice on discharge:\nPost cryo: expect numbness and blister.", "2020-03-11", 0),
        ("Diagnosis list: COPD, atrial fibrillation, old stroke.", "2020-03-11", 0),
        ("New atrial fibrillation since the ablation.", "2020-03-11", 1),
        ("Groin haematoma from the arterial puncture.", "2020-03-11", 0),
        ("Call 24 hours a day for: fever, blistering of the skin.", "2020-03-11", 0),
    ],
)
def test_the_window_and_the_cause(read, text: str, day: str, count: int) -> None:  # type: ignore[no-untyped-def]
    assert len(read(report(), note(text, day)).complications) == count


# ---- assessments and outcomes


@pytest.mark.parametrize(
    ("text", "local", "distant"),
    [
        ("No recurrence at the left psoas ablation zone.", "no_progression", None),
        ("New nodular enhancement at the margin of the left psoas ablation zone, suspicious for recurrence.", "progression", None),
        ("Residual tumor at the medial edge of the left psoas ablation zone.", "residual", None),
        ("Equivocal 5 mm focus at the left psoas ablation zone, attention on follow-up.", "indeterminate", None),
        ("New pulmonary metastases.", None, "progression"),
        ("No new metastatic disease.", None, "no_progression"),
        ("Left psoas ablation zone is stable. New 2 cm liver metastasis.", "no_progression", "progression"),
    ],
)
def test_what_an_exam_says_at_the_site_and_elsewhere(read, text: str, local: str | None, distant: str | None) -> None:  # type: ignore[no-untyped-def]
    found = {r["scope"]: r["status"] for r in read(report(), ct(text)).assessments}
    assert found == {k: v for k, v in (("local", local), ("distant", distant)) if v}


def test_an_exam_told_again_is_one_and_its_own_report_wins(read) -> None:  # type: ignore[no-untyped-def]
    chart = read(
        report(),
        ct("No recurrence at the left psoas ablation zone."),
        note("CT 06/12/2020: possible recurrence at the psoas ablation zone.", "2020-06-20"),
    )
    assert [(r["date"], r["status"]) for r in chart.assessments if r["scope"] == "local"] == [(date(2020, 6, 12), "no_progression")]


def test_an_exam_that_only_a_letter_tells_of_has_its_own_day(read) -> None:  # type: ignore[no-untyped-def]
    chart = read(report(), note("Her CT on 12 June showed no recurrence at the psoas ablation zone.", "2020-06-20"))
    assert [(r["date"], r["scope"], r["status"]) for r in chart.assessments] == [(date(2020, 6, 12), "local", "no_progression")]


def test_the_first_event_counts_and_months_run_from_the_ablation(read) -> None:  # type: ignore[no-untyped-def]
    chart = read(
        report(),
        ct("Recurrence at the left psoas ablation zone.", "2020-09-10", "a"),
        ct("Recurrence at the left psoas ablation zone has grown.", "2020-12-10", "b"),
    )
    [outcome] = chart.outcomes
    assert (outcome["event"], outcome["event_type"], outcome["event_date"], outcome["last_assessment_date"]) == (
        1,
        "progression",
        date(2020, 9, 10),
        date(2020, 12, 10),
    )
    assert outcome["months"] == round(184 / 30.4375, 2)


def test_tissue_without_tumour_withdraws_an_event(read) -> None:  # type: ignore[no-untyped-def]
    biopsy = note(
        "SURGICAL PATHOLOGY\nCollected: 10/01/2020\nSpecimen: left psoas ablation zone, core biopsy\nDIAGNOSIS: Fibrosis and necrosis. No viable tumor.",
        "2020-10-04",
        "pathology",
        "b",
    )
    [outcome] = read(report(), ct("Suspicious for recurrence at the left psoas ablation zone.", "2020-09-10"), biopsy).outcomes
    assert (outcome["event"], outcome["last_assessment_date"]) == (0, date(2020, 10, 1))


def test_a_retreatment_is_a_row_of_its_own_that_points_back(read) -> None:  # type: ignore[no-untyped-def]
    again = report(target="recurrent left psoas nodule (repeat)", day="2020-10-20", note_id="q")
    chart = read(
        report(),
        ct("Recurrence at the left psoas ablation zone.", "2020-09-10", "a"),
        again,
        ct("No recurrence at the left psoas ablation zone.", "2021-01-20", "b"),
    )
    first, second = chart.lesions
    assert second["retreatment_of"] == first["lesion_id"]
    assert [(o["lesion_id"], o["event"]) for o in chart.outcomes] == [(first["lesion_id"], 1), (second["lesion_id"], 0)]


# ---- patient


def test_patient_facts_before_the_first_ablation(read) -> None:  # type: ignore[no-untyped-def]
    visit = note(
        "58-year-old woman with metastatic leiomyosarcoma, resected 2016. Six cycles of doxorubicin. Never had radiation. Her father died of lung cancer and had radiotherapy.",
        "2020-02-01",
        note_id="v",
    )
    [patient] = read(visit, report()).patients
    facts = {
        c: patient[c]
        for c in ("sex", "histology", "disease_setting", "prior_surgery", "prior_radiation", "prior_systemic", "age_years", "death_date")
    }
    assert facts == {
        "sex": "female",
        "histology": "leiomyosarcoma",
        "disease_setting": "metastatic",
        "prior_surgery": True,
        "prior_radiation": False,
        "prior_systemic": True,
        "age_years": 58,
        "death_date": None,
    }


def test_without_an_ablation_setting_and_prior_treatment_stay_empty(read) -> None:  # type: ignore[no-untyped-def]
    [patient] = read(note("58-year-old woman with metastatic leiomyosarcoma, resected 2016.", "2020-02-01")).patients
    assert (patient["sex"], patient["disease_setting"], patient["prior_surgery"]) == ("female", None, None)


def test_abstract_takes_the_notes_of_one_patient(reader: Reader) -> None:
    with pytest.raises(InputError):
        abstract([], reader)
    with pytest.raises(InputError):
        abstract([report(), Note("x", "B", date(2020, 1, 1), "text")], reader)
