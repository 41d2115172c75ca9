"""Why does a cell say what it says, and why did a candidate become no row? From the tables alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from extractor.errors import CohortError
from extractor.schema import BY_NAME, COHORT, CONTEXT_COLUMNS
from extractor.tables import read_cohort, show

Tables = dict[str, pd.DataFrame]
AROUND = 140
UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def explain(out: Path, patient: str, cell: str | None = None, mark: tuple[str, str] = ("»", "«")) -> Iterator[str]:
    """Lines that explain a patient's cells (``cell`` narrows to a table or ``table.column``), then the dropped candidates.

    ``mark`` is put around the words a cell rests on. Raises CohortError if the patient or the cell is unknown.
    """
    tables = read_cohort(out)
    if patient not in set(tables["patients"]["patient_id"]):
        raise CohortError(f"{out}: no patient {patient!r} in these tables")
    table, _, column = (cell or "").partition(".")
    if table and (table not in COHORT or (column and column not in BY_NAME[table].names)):
        raise CohortError(f"no cell {cell!r}; give a table ({', '.join(COHORT)}) or table.column, such as lesions.coverage")
    mentions = tables["mentions"][tables["mentions"]["patient_id"] == patient].set_index("mention_id")
    notes = tables["notes"][tables["notes"]["patient_id"] == patient].set_index("note_id")
    for name in [table] if table else COHORT:
        yield from _rows(tables, name, column, patient, mentions, notes, mark)
    yield from _drops(tables, table, patient, mentions, notes, mark)


def _rows(
    tables: Tables, name: str, column: str, patient: str, mentions: pd.DataFrame, notes: pd.DataFrame, mark: tuple[str, str]
) -> Iterator[str]:
    schema = BY_NAME[name]
    rows = tables[name][tables[name]["patient_id"] == patient]
    evidence = tables["evidence"][tables["evidence"]["table"] == name]
    for _, row in rows.iterrows():
        yield f"{name}  {row[schema.key]}"
        for wanted in [column] if column else schema.names:
            behind = evidence[(evidence["row_id"] == row[schema.key]) & (evidence["column"] == wanted)]
            if behind.empty:
                continue
            first = behind.iloc[0]
            yield f"  {wanted} = {_value(row[wanted])}   ({_why(first)})"
            for mention_id in behind["mention_id"].dropna():
                yield from (f"    {line}" for line in _mention(mention_id, mentions, notes, mark))
    if rows.empty:
        yield f"{name}  no row"


def _why(evidence: pd.Series[Any]) -> str:
    """What a cell rests on, how sure it is, and in reviewed tables who decided it."""
    sure = "" if pd.isna(evidence["confidence"]) else f", confidence {evidence['confidence']:.2f}"
    how, by = _blank(evidence.get("reviewed")), _blank(evidence.get("reviewer"))
    told = {"chart": "in a finished chart", "derived": "follows from a decision"}.get(how, how)
    return f"{evidence['basis']}{sure}" + (f", {told}" if told else "") + (f" by {safe(by)}" if by else "")


def _value(value: object) -> str:
    if pd.isna(value):  # type: ignore[call-overload]
        return "(not documented)"
    return safe(show(value.item() if hasattr(value, "item") else value))  # type: ignore[arg-type]


def _mention(mention_id: str, mentions: pd.DataFrame, notes: pd.DataFrame, mark: tuple[str, str]) -> Iterator[str]:
    if mention_id not in mentions.index:
        return
    m = mentions.loc[mention_id]
    note = notes.loc[m["note_id"]]
    flags = [c.name.removeprefix("is_") for c in CONTEXT_COLUMNS if bool(m[c.name])]
    yield safe(
        f"{m['note_id']}  {note['note_date']}  [{_blank(m['section'])}]  {m['rule_id']}" + (f"  {', '.join(flags)}" if flags else "")
    )
    yield sentence(str(note["text"]), int(str(m["start"])), int(str(m["end"])), mark)


def _blank(value: object) -> str:
    return "" if pd.isna(value) else str(value)  # type: ignore[call-overload]


def sentence(text: str, start: int, end: int, mark: tuple[str, str] = ("»", "«")) -> str:
    """The words around a span on one line, the span marked."""
    low, high = max(0, start - AROUND), min(len(text), end + AROUND)
    before, words, after = (safe(" ".join(x.split(" "))) for x in (text[low:start], text[start:end], text[end:high]))
    return f"{'…' if low else ''}{before}{mark[0]}{words}{mark[1]}{after}{'…' if high < len(text) else ''}".replace("\n", " ")


class Sentences:
    """The sentences that the cells of a folder of tables rest on; none where the folder holds no notes (as the first-contact tables)."""

    def __init__(self, out: Path) -> None:
        """Read and index mentions, evidence and notes."""
        try:
            tables = read_cohort(out, ("evidence", "mentions", "notes"))
        except CohortError:
            tables = read_cohort(out, ("evidence", "mentions")) | {"notes": pd.DataFrame({"note_id": [], "text": []})}
        self._texts = dict(zip(tables["notes"]["note_id"], tables["notes"]["text"], strict=True))
        self._mentions = tables["mentions"].drop_duplicates("mention_id").set_index("mention_id")
        self._behind = (
            tables["evidence"].dropna(subset=["mention_id"]).groupby(["table", "row_id", "column"])["mention_id"].agg(list).to_dict()
        )

    def of(self, table: str, row_id: str, column: str, mark: tuple[str, str]) -> list[str]:
        """Note and sentence of every mention behind a cell."""
        found = []
        for mention_id in self._behind.get((table, row_id, column), ()):
            m = self._mentions.loc[mention_id]
            text = self._texts.get(m["note_id"])
            if text is not None:
                found.append(f"{safe(str(m['note_id']))}: {sentence(str(text), int(m['start']), int(m['end']), mark)}")
        return found


def safe(text: str) -> str:
    """Text that a terminal shows as it is: control and direction characters made visible as a blank."""
    return UNSAFE.sub(" ", text.replace("\r", " ").replace("\n", " ").replace("\t", " "))


def _drops(tables: Tables, table: str, patient: str, mentions: pd.DataFrame, notes: pd.DataFrame, mark: tuple[str, str]) -> Iterator[str]:
    drops = tables["drops"][(tables["drops"]["patient_id"] == patient) & (tables["drops"]["table"] != "mentions")]
    if table:
        drops = drops[drops["table"] == table]
    if drops.empty:
        return
    yield "dropped candidates"
    for _, drop in drops.iterrows():
        yield f"  {drop['table']}: {drop['reason']}"
        yield from (f"    {line}" for line in _mention(drop["mention_id"], mentions, notes, mark))
