"""A chart as rows of every table, columns in the schema's order: what is written, and what claims and their features are made from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from extractor.model import CONTEXT, Cell, Chart, Mention, Note, Value
from extractor.schema import BY_NAME, COHORT, Table

Record = Sequence[Value]
Records = dict[str, list[Record]]


def records(chart: Chart) -> Records:
    """Rows of every table but the claims; those of evidence without their confidence, which stands last."""
    out: Records = {name: [[r[c] for c in BY_NAME[name].names] for r in getattr(chart, name)] for name in COHORT}
    out["mentions"] = [_mention(m, chart.patient_id) for m in chart.mentions]
    out["evidence"] = [e for name in COHORT for r in getattr(chart, name) for e in _evidence(BY_NAME[name], r.cells)]
    out["notes"] = [note_record(n) for n in chart.notes]
    out["drops"] = [[d.mention.mention_id, chart.patient_id, d.table, d.reason] for d in chart.drops]
    return out


def _mention(m: Mention, patient: str) -> Record:
    flags = _flags(m.context)
    return [m.mention_id, m.note_id, patient, m.label, m.concept, m.start, m.end, m.text, m.section or None, *flags, m.rule_id]


@lru_cache(maxsize=1024)
def _flags(context: frozenset[str]) -> tuple[bool, ...]:
    """What holds and what does not; most mentions have nothing that holds."""
    return tuple(name in context for name in CONTEXT)


def note_record(n: Note) -> Record:
    """A note as a row of its table."""
    return [
        n.note_id,
        n.patient_id,
        n.note_date,
        n.note_type,
        n.source or None,
        hashlib.sha256(n.text.encode("utf-8", "surrogatepass")).hexdigest(),
        n.text,
    ]


def _evidence(table: Table, cells: Mapping[str, Cell]) -> Iterator[Record]:
    row_id = cells[table.key].value
    for column in table.names:
        cell = cells.get(column)
        if cell is None or cell.value is None or column.endswith("_id") or column in ("retreatment_of", "replaces"):
            continue
        behind: tuple[Mention | None, ...] = cell.mentions or (None,)
        for mention in dict.fromkeys(behind):
            yield [
                table.name,
                row_id,
                column,
                cell.basis if mention or cell.basis != "text" else "derived",
                mention.mention_id if mention else None,
            ]
