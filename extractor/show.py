"""What a person sees on the terminal: counts per table and one chart as a timeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table

from extractor.explain import safe
from extractor.schema import COHORT
from extractor.tables import read_cohort


def counts(console: Console, rows: Mapping[str, int]) -> None:
    """Rows per table."""
    table = Table("table", "rows", title="Cohort tables")
    for name, number in rows.items():
        table.add_row(name, str(number))
    console.print(table)


def timeline(console: Console, out: Path, patient: str | None = None) -> None:
    """One chart in order of day: sessions, events, exams, outcomes. Without ``patient`` the one with the most rows."""
    tables = read_cohort(out, COHORT)
    patient = patient or _fullest(tables)
    table = Table("date", "what", "detail", title=f"Chart {safe(patient)}")
    for day, what, detail in sorted(_events(tables, patient)):
        table.add_row(day, what, safe(detail))
    console.print(table)


def _fullest(tables: Mapping[str, pd.DataFrame]) -> str:
    seen = pd.concat([tables[t]["patient_id"] for t in ("lesions", "complications", "assessments")])
    return str(seen.value_counts().sort_index().idxmax()) if len(seen) else str(tables["patients"]["patient_id"].iloc[0])


def _events(tables: Mapping[str, pd.DataFrame], patient: str) -> Iterator[tuple[str, str, str]]:
    own = {
        name: frame[frame["patient_id"] == patient].fillna("") if name == "x" else frame[frame["patient_id"] == patient]
        for name, frame in tables.items()
    }
    lesions = own["lesions"].set_index("lesion_id") if len(own["lesions"]) else own["lesions"]
    for _, r in own["procedures"].iterrows():
        targets = own["lesions"][own["lesions"]["procedure_id"] == r["procedure_id"]]
        what = "; ".join(_lesion(t) for _, t in targets.iterrows())
        yield str(r["date"]), str(r["modality"]), what
    for _, r in own["complications"].iterrows():
        yield str(r["date"]), "complication", f"{r['term']}, {_or(r['severity'], 'severity not told')}"
    for _, r in own["assessments"].iterrows():
        where = _lesion(lesions.loc[r["lesion_id"]], short=True) if not pd.isna(r["lesion_id"]) else "elsewhere"
        yield str(r["date"]), f"{r['modality']}", f"{where}: {r['status']}"
    for _, r in own["treatments"].iterrows():
        if not pd.isna(r["date"]):
            yield str(r["date"]), str(r["kind"]), str(r["kind_text"])


def _lesion(row: pd.Series, short: bool = False) -> str:
    side = f"{row['laterality']} " if not pd.isna(row["laterality"]) else ""
    if short:
        return f"{side}{_or(row['site'], 'site not told')}"
    size = f" {row['size_mm']:g} mm" if not pd.isna(row["size_mm"]) else ""
    margin = f", margin {row['min_margin_mm']:g} mm" if not pd.isna(row["min_margin_mm"]) else ""
    return f"{side}{_or(row['site'], 'site not told')}{size}, coverage {_or(row['coverage'], 'not told')}{margin}"


def _or(value: object, otherwise: str) -> str:
    return otherwise if pd.isna(value) else str(value)  # type: ignore[call-overload]
