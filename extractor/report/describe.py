"""Who and what was treated: patients, lesions, procedures, coverage and margins, and what is missing. Denominators are told; an empty cell is a row of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from extractor.evaluator.match import Row
from extractor.report.analysed import Analysed, last_contact, months
from extractor.report.cohort import Ref
from extractor.report.content import Cell, Section, Sheet, count, median, share, text, words
from extractor.schema import BY_NAME
from extractor.stats.proportions import clopper_pearson, clustered

Told = tuple[Row, Ref]
MISSING = "not documented"


def describe(of: Analysed) -> tuple[Section, ...]:
    """The sections on patients and lesions, procedures, coverage."""
    return _characteristics(of), _procedures(of), _coverage(of)


def people(of: Analysed) -> list[Told]:
    """Patients as of their index session."""
    return [(of.people[p], ("patients", p)) for p in of.patients]


def lesions(of: Analysed) -> list[Told]:
    """Lesions in the row of their first ablation."""
    return [(x.row, x.ref) for x in of.first]


def sessions(of: Analysed) -> list[Told]:
    """Analysed sessions."""
    return [(s, ("procedures", str(s["id"]))) for s in of.sessions]


def _values(name: str, column: str, told: Sequence[Told]) -> list[tuple[Cell, ...]]:
    """A row for each value, most frequent first, and one for what is not documented."""
    found = Counter(r.get(column) for r, _ in told if r.get(column) is not None)
    ranked = sorted(found, key=lambda v: (-found[v], str(v)))
    rows = [(text(words(v), group=name), count((ref for r, ref in told if r.get(column) == v), len(told))) for v in ranked]
    empty = [ref for r, ref in told if r.get(column) is None]
    return [*rows, *([(text(MISSING, group=name), count(empty, len(told)))] if empty else [])]


def _middle(name: str, column: str, told: Sequence[Told]) -> list[tuple[Cell, ...]]:
    known = [(float(r[column]), ref) for r, ref in told if r.get(column) is not None]
    empty = [ref for r, ref in told if r.get(column) is None]
    return [
        (text("median (quartiles)", group=name), median(known)),
        *([(text(MISSING, group=name), count(empty, len(told)))] if empty else []),
    ]


def _characteristics(of: Analysed) -> Section:
    who, what = people(of), lesions(of)
    rows = [
        *_middle("Age in years", "age_years", who),
        *_values("Sex", "sex", who),
        *_values("Histology", "histology", who),
        *_values("Disease", "disease_setting", who),
        *(r for c, n in PRIOR for r in _values(n, c, who)),
        *_per_patient(of),
        *_follow_up(of),
    ]
    own = [*_values("Site", "site", what), *_values("Side", "laterality", what), *_middle("Largest dimension in mm", "size_mm", what)]
    return Section(
        "characteristics",
        "Patients and lesions",
        (f"{len(who)} patients with {len(what)} lesions, each in the row of its first ablation.",),
        (
            Sheet("patients", "Patients", ("characteristic", f"patients ({len(who)})"), tuple(rows), "As of the index session."),
            Sheet("lesions", "Lesions", ("characteristic", f"lesions ({len(what)})"), tuple(own)),
        ),
    )


PRIOR = (("prior_surgery", "Surgery before"), ("prior_radiation", "Radiation before"), ("prior_systemic", "Systemic treatment before"))


def _per_patient(of: Analysed) -> list[tuple[Cell, ...]]:
    n_lesions, n_sessions = Counter(x.patient for x in of.first), Counter(str(s["patient_id"]) for s in of.sessions)
    return [
        (text("median (quartiles)", group=f"{name} a patient"), median([(float(n[p]), ("patients", p)) for p in of.patients]))
        for name, n in (("Lesions", n_lesions), ("Sessions", n_sessions))
    ]


def _follow_up(of: Analysed) -> list[tuple[Cell, ...]]:
    """Follow-up of patients to death or the last note or exam; and the dead."""
    spans = [(p, months(of.index[p].get("date"), of.people[p].get("death_date") or last_contact(of, p))) for p in of.patients]
    dead = [("patients", p) for p in of.patients if of.people[p].get("death_date")]
    return [
        (
            text("median (quartiles)", group="Months from the index session to death or the last note or exam"),
            median([(m, ("patients", p)) for p, m in spans if m is not None]),
        ),
        (text("died", group="Death"), count(dead, len(of.patients))),
    ]


def _procedures(of: Analysed) -> Section:
    told = sessions(of)
    columns = (
        ("Approach", "approach"),
        ("Guidance", "guidance"),
        ("Anaesthesia", "anesthesia"),
        ("Technical success", "technical_success"),
    )
    held = Counter(str(x.row["procedure"]) for x in of.lesions)
    rows = [r for n, c in columns for r in _values(n, c, told)]
    rows += _middle("Probes", "probes", told)
    rows.append((text("median (quartiles)", group="Lesions treated"), median([(float(held[str(s["id"])]), ref) for s, ref in told])))
    by_year = Counter(str(s["date"])[:4] for s, _ in told if s.get("date"))
    rows += [(text(y, group="Year"), count((ref for s, ref in told if str(s.get("date"))[:4] == y), len(told))) for y in sorted(by_year)]
    says = f"{len(told)} sessions of {len(of.patients)} patients; they treated {len(of.lesions)} lesions, {len(of.lesions) - len(of.first)} of them again."
    return Section(
        "procedures", "Procedures", (says,), (Sheet("procedures", "Sessions", ("characteristic", f"sessions ({len(told)})"), tuple(rows)),)
    )


def _coverage(of: Analysed) -> Section:
    told = lesions(of)
    known = [x for x in of.first if x.row.get("coverage") is not None]
    good = [x.row["coverage"] == "adequate" for x in known]
    margin = _middle("Smallest margin in mm", "min_margin_mm", told)
    rows = [
        *_values("Covered with 5 mm everywhere", "coverage", told),
        *_values("The whole lesion covered, margin aside", "lesion_covered", told),
        *margin[:1],
        *_margins(told),
        *margin[1:],
    ]
    shares = [
        (
            text("Adequate, of lesions whose coverage is documented"),
            text(f"{sum(good)} of {len(known)}", (x.ref for x in known)),
            share(clopper_pearson(sum(good), len(good)), (x.ref for x in known)),
            share(clustered(good, of.owner(known), of.counts), (x.ref for x in known)),
        )
    ]
    return Section(
        "coverage",
        "Coverage and margins",
        ("Adequate: the ice ball covers the lesion with at least 5 mm in all dimensions. Of each lesion, its first ablation.",),
        (
            Sheet("coverage", "Coverage", ("characteristic", f"lesions ({len(told)})"), tuple(rows)),
            Sheet(
                "coverage_share", "Share covered adequately", ("share", "lesions", "exact interval", "interval by patient"), tuple(shares)
            ),
        ),
    )


BANDS = ((0.0, 0.0, "0"), (0.001, 4.999, "over 0, under 5"), (5.0, 9.999, "5 to under 10"), (10.0, 1e9, "10 and over"))


def _margins(told: Sequence[Told]) -> list[tuple[Cell, ...]]:
    return [
        (
            text(name, group="Smallest margin in mm"),
            count((ref for r, ref in told if r.get("min_margin_mm") is not None and low <= float(r["min_margin_mm"]) <= high), len(told)),
        )
        for low, high, name in BANDS
    ]


# ---- missing data ---------------------------------------------------------------------------------------------------------

ASKED = {
    "patients": ("sex", "age_years", "histology", "disease_setting", "prior_surgery", "prior_radiation", "prior_systemic"),
    "procedures": ("date", "approach", "guidance", "anesthesia", "probes", "technical_success"),
    "lesions": ("site", "laterality", "size_mm", "coverage", "lesion_covered", "min_margin_mm"),
    "complications": ("term", "date", "severity"),
}
"""Columns whose empty cells are counted; others are empty for good reason (a death date, a grade no note gave)."""


def missing(of: Analysed) -> Section:
    """What is not documented, cell by cell, and how exactly dates are known."""
    tables: dict[str, list[Told]] = {
        "patients": people(of),
        "procedures": sessions(of),
        "lesions": [(x.row, x.ref) for x in of.lesions],
        "complications": [(c, ("complications", str(c["id"]))) for c in of.complications],
    }
    rows = [_lacking(table, column, tables[table]) for table, columns in ASKED.items() for column in columns]
    unseen = [x for x in of.first if x.followed is None]
    dead = [x for x in unseen if x.death is not None]
    followed = [
        (text("lesions without a local assessment"), count((x.ref for x in unseen), len(of.first))),
        (text("of these, of patients who died"), count((x.ref for x in dead), len(unseen))),
    ]
    dates = [r for table in ("procedures", "complications") for r in _coarse(table, tables[table])]
    return Section(
        "missing",
        "Missing data",
        ("An empty cell means that no note documents it. Models leave out lesions in which one of their covariates is missing.",),
        (
            Sheet("missing", "Cells not documented", ("cell", "rows", "not documented"), tuple(rows)),
            Sheet("missing_follow_up", "Follow-up", ("what", "lesions"), tuple(followed)),
            Sheet("missing_dates", "How exactly dates are known", ("date", "rows"), tuple(dates)),
        ),
    )


def _lacking(table: str, column: str, told: Sequence[Told]) -> tuple[Cell, ...]:
    empty = [ref for r, ref in told if r.get(column) is None]
    return text(f"{table}.{column}"), count((ref for _, ref in told)), count(empty, len(told))


def _coarse(table: str, told: Iterable[Told]) -> list[tuple[Cell, ...]]:
    known = [(r, ref) for r, ref in told if r.get("date")]
    precisions = BY_NAME[table]["date_precision"].values
    return [
        (text(f"{table}.date to the {p}"), count((ref for r, ref in known if (r.get("date_precision") or "day") == p), len(known)))
        for p in precisions
    ]
