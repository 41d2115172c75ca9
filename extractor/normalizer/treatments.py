"""Which other treatments of the tumour do the notes tell of? One row a kind and day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from extractor.model import Cell, Mention, PartialDate, ReadNote, Row
from extractor.normalizer import timeline
from extractor.normalizer.records import Line, in_line


def find(reads: Sequence[ReadNote], first: date | None, patient: str) -> list[Row]:
    """Treatment rows by day; a treatment told twice with agreeing dates is one."""
    rows: dict[tuple[str, str], Row] = {}
    for read in reads:
        for line in timeline.telling(read):
            for m in line.labelled("PRIOR_TREATMENT"):
                if (
                    m.has("negated", "cancelled", "planned", "hypothetical", "family", "risk", "uncertain")
                    or m.concept.endswith(":denied")
                    or line.sentence.section in ("consent", "family_history")
                ):
                    continue
                kind = m.concept.split(":")[0]
                days = [
                    (_apart(line.read.flat, m, d), w, d)
                    for d in line.labelled("DATE")
                    if not d.rule_id.endswith("#range_end") and (w := timeline.when(d, read.note, first))
                ]
                days = [x for x in days if x[0] < 60]
                when: PartialDate | None = min(days, key=lambda x: x[0])[1] if days else None
                key = (kind, str(when) if when else "")
                if key in rows or (not when and any(k == kind for k, _ in rows)):
                    continue
                cells = {
                    "treatment_id": Cell(f"{patient}:{kind}:{when or 'undated'}"),
                    "patient_id": Cell(patient),
                    "kind": Cell(kind, (m,)),
                    "kind_text": Cell(in_line(_without_days(m, line)), (m,)),
                }
                if when:
                    evidence = (min(days, key=lambda x: x[0])[2],)
                    cells |= {"date": Cell(when.date, evidence), "date_precision": Cell(when.precision, evidence)}
                if first:
                    before = when.date < first if when else (True if read.note.note_date <= first else None)
                    if before is not None:
                        cells["before_first_ablation"] = Cell(before, (m,), "derived")
                rows[key] = Row("treatments", cells)
    return [rows[k] for k in sorted(rows, key=lambda k: (k[1], k[0]))]


def _without_days(m: Mention, line: Line) -> str:
    """The words of a treatment; a day within them, which has its own cell, as an ellipsis."""
    text = m.text
    for d in reversed(line.labelled("DATE")):
        if m.start <= d.start and d.end <= m.end:
            text = f"{text[: d.start - m.start]}…{text[d.end - m.start :]}"
    return text


def _apart(text: str, m: Mention, d: Mention) -> int:
    """Characters between a treatment and a date, runs of blanks as one."""
    low, high = sorted((m.end, d.start))
    return len(" ".join(text[low:high].split()))
