"""What a report tells of an earlier exam is given to that exam."""

from __future__ import annotations

from datetime import date

import pytest

from extractor import Note, abstract
from extractor.pipeline import Reader

TREATED = (
    "PROCEDURE: Cryoablation of a left psoas metastasis\n\nThe 24 mm mass was frozen with three probes. Ice 7 mm past the mass all around."
)
HEAD = "CT ABDOMEN AND PELVIS 12/11/2018\nComparison: 9/4/2018 and 6/12/2018.\n\nThere is a new enhancing nodule of 19 mm at the edge of the psoas ablation zone. "
QUIET, NODULE = ("2018-09-04", "no_progression"), ("2018-12-11", "progression")


@pytest.mark.parametrize(
    ("said", "rows"),
    [
        ("The 9/4/2018 CT was read as no recurrence at the treated site.", [QUIET, NODULE]),
        ("In September the ablation zone was without recurrence.", [QUIET, NODULE]),
        ("It has grown since 9/4/2018.", [NODULE]),
        ("It is larger in comparison to 9/4/2018, when the zone was read as without recurrence.", [QUIET, NODULE]),
        ("The zone is 3.1 cm (3.9 cm in September).", [NODULE]),
    ],
)
def test_a_clause_of_an_earlier_day_is_of_the_exam_of_that_day(reader: Reader, said: str, rows: list[tuple[str, str]]) -> None:
    notes = [
        Note("a", "p", date(2018, 3, 13), TREATED, "procedure"),
        Note("b", "p", date(2018, 12, 11), f"{HEAD}{said}\n\nIMPRESSION: Local recurrence at the psoas ablation zone.", "radiology"),
    ]
    local = [r for r in abstract(notes, reader).assessments if r["scope"] == "local"]
    assert [(str(r["date"]), r["status"]) for r in local] == rows
