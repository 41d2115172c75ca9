"""Eligibility as a chapter: each criterion met, not met or not documented, and every patient who is not analysed with the reason."""

from __future__ import annotations

from collections.abc import Sequence

from extractor.report.analysed import Analysed
from extractor.report.content import Cell, Section, Sheet, count, text
from extractor.report.eligibility import Judged, titles
from extractor.report.studyfile import StudyFile


def enrolled(study: StudyFile, judged: Sequence[Judged], of: Analysed) -> Section:
    """The section without its diagram (``flow``)."""
    names = titles(study)
    apart = [j for j in judged if j.patient not in of.place]
    listed = tuple(
        (
            text(j.patient, (("patients", j.patient), *(r for v in told for r in v.rows))),
            text(j.state),
            text("; ".join(f"{names[v.criterion]}: {v.why}" for v in told), (r for v in told for r in v.rows)),
            text(str(j.index["date"] or "") if j.index else "", (("procedures", str(j.index["id"])),) if j.index else ()),
        )
        for j in apart
        for told in [[v for v in j.verdicts if v.answer is (False if j.state == "excluded" else None)]]
    )
    fate = "are taken into the analysis, as the study file says" if study.unknown == "include" else "are kept apart and not analysed"
    doubtful = [s for j in judged if j.patient in of.place for s in j.doubtful if s not in of.sessions]
    says = (
        "Judged at the index session: the first that meets the study's modality, approach and period, also where another ablation came first. A patient is excluded by any criterion "
        f"that is not met, and counted at the first; patients of whom no criterion is known to fail but one is not documented {fate}.",
        *(
            [
                f"{len(doubtful)} further sessions of eligible patients may belong to the study (approach or period not documented) and are not analysed."
            ]
            if doubtful
            else []
        ),
    )
    return Section(
        "eligibility",
        "Eligibility",
        says,
        (
            Sheet(
                "criteria",
                "Criteria",
                ("criterion", "met", "not met", "not documented"),
                tuple(_criterion(k, names[k], judged) for k in names),
                "Of patients in whom it could be asked: a patient without a session that fits is asked no more.",
            ),
            Sheet("not_analysed", "Patients not analysed", ("patient", "state", "reason", "index session"), listed, folded=len(listed) > 8),
        ),
    )


def _criterion(key: str, title: str, judged: Sequence[Judged]) -> tuple[Cell, ...]:
    told = [(j.patient, v.answer) for j in judged for v in j.verdicts if v.criterion == key]
    return (text(title), *(count((("patients", p) for p, answer in told if answer is wanted), len(told)) for wanted in (True, False, None)))
