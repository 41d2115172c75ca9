"""Which rows are more likely wrong than right? A model made of labeled first-contact charts (``rules/doubt.toml``, ``make doubt``) by the features of
their claims. What it doubts is dropped with the probability and what spoke most against it, and the chart is settled once more without."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

from extractor.charted import records
from extractor.confidence.calibration import HALF, Model
from extractor.confidence.claims import Claim, Records
from extractor.confidence.features import Features, features, log
from extractor.confidence.rows import plain_rows
from extractor.model import Chart, ReadNote
from extractor.normalizer import timeline
from extractor.normalizer.complication_context import TIE
from extractor.patterns import re
from extractor.rules import Doubt
from extractor.schema import BY_NAME

Doubted = Mapping[str, str]
"""Reasons by row id."""
OF_CHART = ("complications: rows in the chart",)
"""Not asked: five sessions have more complications than one. How many the session has is."""
BREAK = re.compile(r"(?<![ (](?-i:[A-Z]))[.!?](?=\s)|[;\n]")
"""Where the words around a complication end; not behind the first letter of a name ("S. aureus")."""
LEAST_NOTES = 4
"""The model was learned from charts of six notes and more, where what is right is mostly told twice; of a chart with fewer it says nothing."""
SHOWN = 3
TIED = "complications: tied to the ablation"
NOMINAL = ("mild",)
"""A trouble that words tie to the ablation and that needed more than this is none to doubt: at first contact 122 of 133 such rows were right."""


def doubted(chart: Chart, read: Sequence[ReadNote], doubts: Sequence[Doubt]) -> Doubted:
    """The rows of a chart that are less likely right than a doubt asks. A note that repeats another of ``read``, the chart's notes, counts once."""
    asked = [(d, Claim(d.table, str(row[BY_NAME[d.table].key]), d.column, "value")) for d in doubts for row in getattr(chart, d.table)]
    kept = {r.note.note_id for r in timeline.unique(read)} if asked else set()
    if len(kept) < LEAST_NOTES:
        return {}
    own = replace(
        _asked_of(chart, {d.table for d in doubts}),
        notes=tuple(replace(r.note, note_type=r.note_type) for r in read if r.note.note_id in kept),
        drops=(),
    )
    own = replace(own, mentions=tuple(m for m in own.mentions if m.note_id in kept))
    texts = {n.note_id: n.text for n in own.notes}
    found = told(plain_rows(records(own)), [claim for _, claim in asked], texts)
    rated = [(d, claim, f, likely(d, f)) for (d, claim), f in zip(asked, found, strict=True)]
    treated = {str(e["complication_id"]) for e in chart.complications if "severity" in e.cells and e["severity"] not in NOMINAL}
    return {claim.row_id: _reason(d, f, p) for d, claim, f, p in rated if p < d.below and not (f.get(TIED) and claim.row_id in treated)}


OF_SESSIONS = frozenset(("procedures", "complications"))
"""Tables whose rows hang on no lesion."""


def _asked_of(chart: Chart, tables: AbstractSet[str]) -> Chart:
    """What the features of some tables' rows look at: these, the rows they hang on, and mentions of the kinds behind both, which are half of all."""
    chart = replace(chart, lesions=()) if tables <= OF_SESSIONS else chart
    rows = [row for table in {*tables, "procedures", "lesions"} for row in getattr(chart, table)]
    labels = {m.label for row in rows for cell in row.cells.values() for m in cell.mentions}
    return replace(chart, mentions=tuple(m for m in chart.mentions if m.label in labels))


def told(tables: Records, asked: Sequence[Claim], texts: Mapping[str, str]) -> list[Features]:
    """The features of rows: those of their claims, and for a complication how it is told. ``texts``: the notes' text by their id."""
    found = features(tables, asked)
    events = _events(tables, texts)
    return [
        _with(f, events[c.row_id]) if c.table == "complications" and c.row_id in events else f for c, f in zip(asked, found, strict=True)
    ]


def _with(found: Features, more: Features) -> Features:
    return {**{k: v for k, v in found.items() if k not in OF_CHART}, **more}


def _events(tables: Records, texts: Mapping[str, str]) -> dict[str, Features]:
    """How each complication of a chart is told, by its id."""
    by_id = {m["mention_id"]: m for m in tables["mentions"]}
    behind: dict[str, list[Mapping[str, Any]]] = {}
    for e in tables["evidence"]:
        if e["column"] == "term" and e["mention_id"] in by_id:
            behind.setdefault(str(e["row_id"]), []).append(by_id[e["mention_id"]])
    of_session = Counter(r["procedure_id"] for r in tables["complications"])
    return {
        (row_id := str(r["complication_id"])): _event(r, behind.get(row_id, ()), of_session[r["procedure_id"]] - 1, texts)
        for r in tables["complications"]
    }


def _event(row: Mapping[str, Any], mentions: Sequence[Mapping[str, Any]], others: int, texts: Mapping[str, str]) -> Features:
    """What a person looks for: is it graded, tied to the ablation, told by several notes, and what else is the session charged with?"""
    places = [(texts.get(str(m["note_id"]), ""), int(m["start"]), int(m["end"])) for m in mentions]
    tied = any(TIE.search(_around(*at)) or TIE.search(_blamed_next(at[0], at[2])) for at in places)
    return {
        "complications: severity known": float(row["severity"] is not None),
        "complications: graded by a system": float(row["grade_system"] is not None),
        TIED: float(tied),
        "complications: told in several notes": float(len({m["note_id"] for m in mentions}) > 1),
        "complications: others of the session": log(others),
    }


def _around(text: str, start: int, end: int) -> str:
    """The words from the last break before a mention to the first behind it."""
    line = text.rfind("\n", 0, start) + 1
    before = max((m.end() for m in BREAK.finditer(text, line, start)), default=line)
    after = BREAK.search(text, end)
    return text[before : after.start() if after else len(text)]


BLAMES = re.compile(
    r"[^.;\n]{0,90}?\b(?:(?:attribut\w+|ascrib\w+|put(?:s|ting)?|blam\w+|la(?:id|ys?)) (?:it|this|that|them|these|both)\b|(?:it|this|that|which|these) (?:is|was|are|were) (?:[\w-]+ ){0,3}?(?:due to|caused by|from|attribut\w+|secondary to|because of)\b)[^.;\n]{0,120}",
    re.IGNORECASE,
)
"""A sentence that says what brought about that of which the one before told: "The attending attributes it to the probe path"."""


def _blamed_next(text: str, end: int) -> str:
    """The sentence right behind that of a mention in its line, where it names the cause of what was told."""
    after = BREAK.search(text, end)
    found = BLAMES.match(text, after.end()) if after and after[0] != "\n" else None
    return found[0] if found else ""


def likely(doubt: Doubt, found: Features) -> float:
    """How likely a row with these features is right."""
    return Model(doubt.intercept, doubt.weights, HALF).confidence(found)


def _reason(doubt: Doubt, found: Features, likely: float) -> str:
    """The probability, and the features that spoke most against the row."""
    against = sorted((doubt.weights.get(name, 0.0) * value, name) for name, value in found.items())
    shown = "; ".join(name for weight, name in against[:SHOWN] if weight < 0)
    return f"{doubt.rule_id}: right with probability {likely:.2f}, because of: {shown}"
