"""Complications: by term and severity, per procedure and per patient.

Severity and ``major`` are those of SIR 2017 (Khalilzadeh et al., JVIR 2017); what the note's own scale calls major stands beside. Exact intervals
(Clopper and Pearson) take sessions as independent; by session, an interval by drawing patients stands beside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from extractor.evaluator.match import Row
from extractor.report.analysed import Analysed
from extractor.report.cohort import Ref
from extractor.report.content import Cell, Section, Sheet, count, share, text, words
from extractor.schema import SEVERITIES
from extractor.stats.proportions import clopper_pearson, clustered

Test = Callable[[Row], bool]
UNGRADED = "not graded"
RATES: tuple[tuple[str, Test], ...] = (
    ("any complication", lambda c: True),
    ("major by SIR 2017", lambda c: c.get("major") is True),
    ("major as graded by the note", lambda c: c.get("major_as_graded") is True),
)


def complications(of: Analysed) -> Section:
    """The section."""
    rates = [_rate(of, name, *2 * (_hits(of.complications, test),)) for name, test in RATES]
    rates += [
        _rate(of, f"worst: {words(s or UNGRADED)}", *(_worst(of, s, k) for k in ("procedure", "patient_id"))) for s in (*SEVERITIES, None)
    ]
    terms = sorted({str(c.get("term") or UNGRADED) for c in of.complications}, key=lambda t: (-len(_of_term(of, t)), t))
    return Section(
        "complications",
        "Complications",
        (
            f"{len(of.complications)} complications after {len(of.sessions)} sessions of {len(of.patients)} patients. A session or patient counts once, with its worst severity.",
            "Exact intervals take sessions as independent; the interval by patient keeps the sessions of a patient together.",
        ),
        (
            Sheet(
                "complication_rates",
                "Rates",
                ("what", "complications", "sessions", "per session, exact", "per session, by patient", "patients", "per patient, exact"),
                tuple(rates),
            ),
            Sheet(
                "complication_terms",
                "By term and severity",
                (
                    "term",
                    "all",
                    *(words(s) for s in SEVERITIES),
                    UNGRADED,
                    "major",
                    "major as graded",
                    "per session, exact",
                    "per patient, exact",
                ),
                tuple(_term(of, t) for t in terms),
                "Severity by SIR 2017. Major: severe, life-threatening or death. Major as graded: on the note's own scale.",
            ),
        ),
    )


def any_rate(of: Analysed) -> tuple[Cell, Cell]:
    """Any complication per session and per patient, with exact intervals."""
    row = _rate(of, "", of.complications, of.complications)
    return row[3], row[6]


def _hits(rows: Iterable[Row], test: Test) -> list[Row]:
    return [r for r in rows if test(r)]


def _worst(of: Analysed, severity: str | None, unit: str) -> list[Row]:
    """Complications of this severity in sessions or patients (``unit``) whose worst it is; None is a unit with ungraded ones alone."""
    groups: dict[str, list[Row]] = {}
    for c in of.complications:
        groups.setdefault(str(c[unit]), []).append(c)
    return [c for own in groups.values() if worst(own) == severity for c in own if c.get("severity") == severity]


def worst(own: Sequence[Row]) -> str | None:
    """The worst severity of some complications; None where none is graded."""
    graded = [str(c["severity"]) for c in own if c.get("severity")]
    return max(graded, key=SEVERITIES.index, default=None)


def _of_term(of: Analysed, term: str) -> list[Row]:
    return [c for c in of.complications if str(c.get("term") or UNGRADED) == term]


def _refs(rows: Iterable[Row]) -> list[Ref]:
    return [("complications", str(c["id"])) for c in rows]


def _rate(of: Analysed, name: str, in_sessions: Sequence[Row], in_patients: Sequence[Row]) -> tuple[Cell, ...]:
    ids, who = {str(c["procedure"]) for c in in_sessions}, {str(c["patient_id"]) for c in in_patients}
    had = [str(s["id"]) in ids for s in of.sessions]
    owner = [of.place[str(s["patient_id"])] for s in of.sessions]
    refs, of_patients = _refs(in_sessions), _refs(in_patients)
    return (
        text(name),
        count(refs),
        count((("procedures", i) for i in sorted(ids)), len(of.sessions)),
        share(clopper_pearson(sum(had), len(had)), refs),
        share(clustered(had, owner, of.counts), refs),
        count((("patients", p) for p in sorted(who)), len(of.patients)),
        share(clopper_pearson(len(who), len(of.patients)), of_patients),
    )


def _term(of: Analysed, term: str) -> tuple[Cell, ...]:
    own = _of_term(of, term)
    rate = _rate(of, term, own, own)
    by = [count(_refs(c for c in own if c.get("severity") == s)) for s in (*SEVERITIES, None)]
    major = [count(_refs(c for c in own if c.get(column) is True)) for column in ("major", "major_as_graded")]
    return text(words(term)), count(_refs(own)), *by, *major, rate[3], rate[6]
