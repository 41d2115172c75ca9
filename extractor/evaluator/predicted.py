"""What an extraction rests on: its notes, mentions, evidence and drops, found by row and cell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from extractor.errors import CohortError
from extractor.evaluator.charts import extracted
from extractor.evaluator.match import Row, Tables
from extractor.schema import BY_NAME
from extractor.tables import read_cohort

Record = Mapping[str, Any]
REACH = 240
"""Characters shown on either side of a mention at most."""
BREAK = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9])|\n\s*\n|\n(?=\s*(?:\d+[.)]|[-*•]|[A-Z][A-Z /]+:))")
"""Where a sentence or a line of a list ends, well enough to show it."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A marked stretch of a note: words before, the words themselves, words after."""

    note_id: str
    note_date: str
    rule_id: str
    before: str
    words: str
    after: str

    def to_json(self) -> dict[str, str]:
        """Plain text."""
        return {n: getattr(self, n) for n in ("note_id", "note_date", "rule_id", "before", "words", "after")}


@dataclass(frozen=True, slots=True)
class Predicted:
    """An extraction: its tables by patient and what they rest on. Only ``tables`` is filled for label-like extractions."""

    tables: Mapping[str, Tables]
    notes: Mapping[str, Record]
    charts: Mapping[str, Sequence[Record]]
    mentions: Mapping[str, Record]
    by_note: Mapping[str, Sequence[Record]]
    evidence: Mapping[tuple[str, str], Sequence[tuple[str, str]]]
    drops: Mapping[str, Record]

    def behind(self, table: str, row: Row | None, column: str = "") -> list[Record]:
        """Mentions that a cell rests on, or, without a column or evidence for it, its row."""
        if row is None:
            return []
        told = self.evidence.get((table, str(row.get(BY_NAME[table].key))), ())
        own = [m for c, m in told if c == column] or [m for _, m in told]
        return [self.mentions[m] for m in dict.fromkeys(own) if m in self.mentions]

    def at(self, patient: str, quote: str) -> list[Record]:
        """Mentions within the passage that a label quotes."""
        return [
            m
            for note, start in self.places(patient, quote)
            for m in self.by_note.get(note["note_id"], ())
            if m["start"] < start + len(quote) and start < m["end"]
        ]

    def places(self, patient: str, quote: str) -> list[tuple[Record, int]]:
        """(note, first character) of a quote's first place in each note of a patient."""
        found = ((n, str(n["text"]).find(quote)) for n in self.charts.get(patient, ()) if quote)
        return [(n, at) for n, at in found if at >= 0]

    def passage(self, mention: Record) -> Passage | None:
        """The mention within its sentence; None if the note's text is not there."""
        note = self.notes.get(mention["note_id"])
        if note is None:
            return None
        return passage(note, int(mention["start"]), int(mention["end"]), str(mention["rule_id"]))


def passage(note: Record, start: int, end: int, rule: str = "") -> Passage:
    """A stretch of a note within its sentence."""
    text = str(note["text"])
    low, high = max(0, start - REACH), min(len(text), end + REACH)
    low = max((low + m.end() for m in BREAK.finditer(text[low:start])), default=low)
    stop = BREAK.search(text, end, high)
    high = stop.start() if stop else high
    return Passage(str(note["note_id"]), str(note["note_date"])[:10], rule, text[low:start], text[start:end], text[end:high])


def read(folder: Path) -> Predicted:
    """An extraction from a folder of cohort tables. Raises CohortError if it is none."""
    frames = read_cohort(folder, ["mentions", "evidence"])
    notes, dropped = _records(_optional(folder, "notes")), _records(_optional(folder, "drops"))
    mentions = _records(frames["mentions"])
    evidence: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for e in frames["evidence"].dropna(subset=["mention_id"]).to_dict("records"):
        evidence.setdefault((e["table"], e["row_id"]), []).append((e["column"], e["mention_id"]))
    return Predicted(
        tables=extracted(folder),
        notes={n["note_id"]: n for n in notes},
        charts=_grouped(notes, "patient_id"),
        mentions={m["mention_id"]: m for m in mentions},
        by_note=_grouped(mentions, "note_id"),
        evidence=evidence,
        drops={d["mention_id"]: d for d in dropped},
    )


def _records(frame: pd.DataFrame) -> list[Record]:
    return [{str(k): v for k, v in r.items()} for r in frame.to_dict("records")]


def _grouped(records: Iterable[Record], column: str) -> dict[str, list[Record]]:
    out: dict[str, list[Record]] = {}
    for r in records:
        out.setdefault(str(r[column]), []).append(r)
    return out


def _optional(folder: Path, table: str) -> pd.DataFrame:
    """A table that stored extractions may lack; then empty."""
    try:
        return read_cohort(folder, [table])[table]
    except CohortError:
        return pd.DataFrame()


def bare(tables: Mapping[str, Tables]) -> Predicted:
    """Tables without what they rest on, such as a second reader's labels."""
    return Predicted(tables, {}, {}, {}, {}, {}, {})
