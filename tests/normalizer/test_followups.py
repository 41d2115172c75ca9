"""What follow-up exams say beside the plain words: uptake before and after, nodes, landmarks, tissue told in passing."""

from __future__ import annotations

from datetime import date

import pytest

from extractor.model import Note
from extractor.normalizer import abstract
from extractor.pipeline import Reader
from tests.normalizer.makers import SESSION

NP, P, R, Q = "no_progression", "progression", "residual", "indeterminate"


@pytest.fixture
def told(reader: Reader):  # type: ignore[no-untyped-def]
    """Statuses by kind and target ("1", "2", "" for disease elsewhere) of what a note of 20 June tells, of targets ``one`` and ``two``."""

    def read(text: str, kind: str = "radiology", one: str = "left psoas nodule", two: str = "liver segment VI lesion") -> dict[str, str]:
        first = Note("p", "A", date(2020, 3, 10), SESSION.format(one=one, two=two), "procedure")
        chart = abstract([first, Note("n", "A", date(2020, 6, 20), text, kind)], reader)
        number = {row["lesion_id"]: "1" if row["size_mm"] == 22 else "2" for row in chart.lesions}
        return {f"{a['modality']} {number.get(a['lesion_id'], '')}".strip(): str(a["status"]) for a in chart.assessments}

    return read


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("The left psoas zone has an SUVmax of 6.1, well above the mediastinal blood pool.", P),
        ("The left psoas zone has uptake at the blood pool level.", NP),
        ("Left psoas zone: SUVmax 3.4 (11.2 before).", NP),
        ("Left psoas zone: SUVmax 3.4, previously 11.2.", NP),
        ("Left psoas zone: SUVmax 9.8 (11.2 before).", P),
        ("Left psoas zone: focal uptake, thought to be reparative.", NP),
        ("Metabolically active tumor at the left psoas zone.", P),
    ],
)
def test_uptake_is_measured_against_what_it_is_compared_with(told, text: str, status: str) -> None:  # type: ignore[no-untyped-def]
    assert told("PET/CT 06/12/2020\n\nFINDINGS: " + text)["pet_ct 1"] == status


def test_enhancing_tissue_apart_from_the_treated_place_may_be_stable(told) -> None:  # type: ignore[no-untyped-def]
    text = "MRI PELVIS 06/12/2020\n\nLeft psoas zone smaller. There is a separate 9 mm enhancing nodule in the iliacus, 4 cm caudal to the treated area, unchanged."
    assert told(text) == {"mri 1": NP, "mri": NP}


def test_nodes_behind_a_treated_place_are_disease_elsewhere(told) -> None:  # type: ignore[no-untyped-def]
    assert told("MRI NECK 06/12/2020\n\nZone in the left parotid smaller. Level III nodes stable.", one="left parotid nodule") == {
        "mri 1": NP,
        "mri": NP,
    }


def test_a_node_of_another_station_is_not_the_treated_one(told) -> None:  # type: ignore[no-untyped-def]
    text = "SURGICAL PATHOLOGY\nCollected: 06/12/2020\nSpecimen: lymph node, left inguinal, core\nDIAGNOSIS: Metastatic leiomyosarcoma."
    assert told(text, "pathology", one="left external iliac lymph node") == {"pathology": P}
    assert told(text, "pathology", one="left inguinal lymph node") == {"pathology 1": P}


@pytest.mark.parametrize("apart", [" (not at the ablation site)", ", separate from the ablation zone"])
def test_a_segment_of_the_lobe_is_no_edge_of_the_zone(told, apart: str) -> None:  # type: ignore[no-untyped-def]
    text = f"CT CHEST 06/12/2020\n\nNodule in the anterior segment of the right upper lobe has enlarged to 15 mm. Ablation scar stable.\nIMPRESSION: Enlarging right upper lobe metastasis{apart}."
    assert told(text, one="right upper lobe nodule") == {"ct 1": NP, "ct": P}


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("Last scan showed recurrence at the psoas site; CT chest of 6/11/2020 had no metastases.", {"ct": NP}),
        ("MRI 6/11/2020 - post ablation changes only.", {"mri 1": NP, "mri 2": NP}),
        ("CT 6/11/2020: left psoas thickening consistent with prior ablation.", {"ct 1": NP}),
        ("CT 6/11/2020: liver cavity clean. Lung nodules 8 and 9 mm: metastases.", {"ct 2": NP, "ct": P}),
        ("Wedge of the right upper lobe 6/11/2020, metastatic leiomyosarcoma, margins negative.", {"pathology": P}),
    ],
)
def test_exams_told_in_a_note(told, text: str, want: dict[str, str]) -> None:  # type: ignore[no-untyped-def]
    assert told("Clinic.\n\n" + text, "clinic") == want


def test_micronodules_are_disease_elsewhere(told) -> None:  # type: ignore[no-untyped-def]
    assert told("CT 06/12/2020\n\nCONCLUSION:\n1. Liver site: no recurrence.\n2. Stable pulmonary micronodules.") == {"ct 2": NP, "ct": NP}


def test_tumour_that_is_thought_unlikely_is_none(told) -> None:  # type: ignore[no-untyped-def]
    text = (
        "PET/CT 06/12/2020\n\nIMPRESSION: Rim activity at the left psoas zone likely post-treatment; residual disease is thought unlikely."
    )
    assert told(text)["pet_ct 1"] == NP


def test_what_is_new_of_the_treated_lesion_is_at_it(told) -> None:  # type: ignore[no-untyped-def]
    text = "CT 06/12/2020\n\nThe left scapula lesion has a new lytic rim with a 2 cm soft tissue mass. Psoas zone smaller."
    assert told(text, two="left scapula metastasis") == {"ct 1": NP, "ct 2": P}
    other = "CT 06/12/2020\n\nScapula zone unchanged. New lytic lesion of the right scapula. Psoas zone smaller."
    assert told(other, two="left scapula metastasis") == {"ct 1": NP, "ct 2": NP, "ct": P}


def test_the_one_treated_node_of_a_list_is_called_by_no_more(told) -> None:  # type: ignore[no-untyped-def]
    text = "Doing well. MRI 15 June 2020: the scars of node and psoas unchanged."
    assert told(text, "clinic", two="left inguinal lymph node") == {"mri 1": NP, "mri 2": NP}


@pytest.mark.parametrize("feels", ["Numb patch at the left chest unchanged.", "Mild soreness over the left flank as before."])
def test_what_the_patient_feels_is_no_finding_of_the_exam_told_before(told, feels: str) -> None:  # type: ignore[no-untyped-def]
    text = f"CT 15 June 2020: liver zone without recurrence. {feels} Back at work."
    assert told(text, "clinic", one="left lower lobe nodule") == {"ct 2": NP}


def test_what_the_patient_feels_at_a_bone_is_no_finding_of_the_exam_told_before(told) -> None:  # type: ignore[no-untyped-def]
    text = "CT 15 June 2020: liver zone without recurrence. Numb strip over the left seventh rib unchanged."
    assert told(text, "clinic", one="left seventh rib metastasis") == {"ct 2": NP}
