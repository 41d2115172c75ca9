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
from extractor.stats.estimate import Estimate
from extractor.stats.proportions import clopper_pearson, clustered

Test = Callable[[Row], bool]
UNGRADED = "not graded"
RATES: tuple[tuple[str, Test], ...] = (
    ("any complication", lambda c: True),
    ("major by SIR 2017", lambda c: c.get("major") is True),
    ("major as graded by the note", lambda c: c.get("major_as_graded") is True),
    *((f"worst: {words(s)}", lambda c, s=s: c.get("severity") == s) for s in SEVERITIES),  # type: ignore[misc]
)


def complications(of: Analysed) -> Section:
    """The section."""
    rates = [_rate(of, name, _hits(of.complications, test)) for name, test in RATES[:3]]
    rates += [_rate(of, f"worst severity: {words(s)}", _worst(of, s)) for s in (*SEVERITIES, None)]
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
                ("term", "all", *(words(s) for s in SEVERITIES), UNGRADED, "major", "major as graded", "per session, exact", "per patient, exact"),
                tuple(_term(of, t) for t in terms),
                "Severity by SIR 2017. Major: severe, life-threatening or death. Major as graded: on the note's own scale.",
            ),
        ),
    )


def any_rate(of: Analysed) -> tuple[Cell, Cell]:
    """Any complication per session and per patient, with exact intervals."""
    row = _rate(of, "", list(of.complications))
    return row[3], row[6]


def per_session(of: Analysed, test: Test) -> tuple[Estimate, Estimate]:
    """(exact, by patient): share of sessions with a complication that passes."""
    hits = {str(c["procedure"]) for c in of.complications if test(c)}
    had = [str(s["id"]) in hits for s in of.sessions]
    return clopper_pearson(sum(had), len(had)), clustered(had, [of.place[str(s["patient_id"])] for s in of.sessions], of.counts)


def _hits(rows: Iterable[Row], test: Test) -> list[Row]:
    return [r for r in rows if test(r)]


def _worst(of: Analysed, severity: str | None) -> list[Row]:
    """Complications of sessions whose worst severity is this one; None is a session with only ungraded ones."""
    by_session: dict[str, list[Row]] = {}
    for c in of.complications:
        by_session.setdefault(str(c["procedure"]), []).append(c)
    return [c for own in by_session.values() if worst(own) == severity for c in own if c.get("severity") == severity]


def worst(own: Sequence[Row]) -> str | None:
    """The worst severity of some complications; None where none is graded."""
    graded = [str(c["severity"]) for c in own if c.get("severity")]
    return max(graded, key=SEVERITIES.index, default=None)


def _of_term(of: Analysed, term: str) -> list[Row]:
    return [c for c in of.complications if str(c.get("term") or UNGRADED) == term]


def _refs(rows: Iterable[Row]) -> list[Ref]:
    return [("complications", str(c["id"])) for c in rows]


def _rate(of: Analysed, name: str, rows: Sequence[Row]) -> tuple[Cell, ...]:
    ids = {str(c["procedure"]) for c in rows}
    who = {str(c["patient_id"]) for c in rows}
    had = [str(s["id"]) in ids for s in of.sessions]
    owner = [of.place[str(s["patient_id"])] for s in of.sessions]
    refs = _refs(rows)
    return (
        text(name or "not graded"),
        count(refs),
        count((("procedures", i) for i in sorted(ids)), len(of.sessions)),
        share(clopper_pearson(sum(had), len(had)), refs),
        share(clustered(had, owner, of.counts), refs),
        count((("patients", p) for p in sorted(who)), len(of.patients)),
        share(clopper_pearson(len(who), len(of.patients)), refs),
    )


def _term(of: Analysed, term: str) -> tuple[Cell, ...]:
    own = _of_term(of, term)
    rate = _rate(of, term, own)
    by = [count(_refs(c for c in own if c.get("severity") == s)) for s in (*SEVERITIES, None)]
    major = [count(_refs(c for c in own if c.get(column) is True)) for column in ("major", "major_as_graded")]
    return text(words(term)), count(_refs(own)), *by, *major, rate[3], rate[6]
