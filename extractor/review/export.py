"""Decisions as labels, and corrected tables as a cohort of their own.

Labels are the charts that were finished. A corrected cohort has every chart: cells as they stand, in ``evidence`` and ``claims`` who decided them.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote as percent

from extractor import corpora
from extractor.confidence.claims import Claim, claims, records
from extractor.errors import OutputError, ReviewError
from extractor.evaluator.labelrows import SCORED
from extractor.evaluator.predicted import passage
from extractor.review.desk import Charts, Opened, found, opened
from extractor.review.journal import folder_of
from extractor.review.readers import marked
from extractor.review.replay import EXPLICIT, Cell, ChartState, RowState, cells, plain
from extractor.review.store import Record, Store
from extractor.schema import BY_NAME, COHORT, TABLES
from extractor.tables import MARK, show, taking_place_of, write_run

BESIDE: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(COHORT, ("reviewed",)),
    "patients": ("reviewed", "review"),
    "evidence": ("reviewed", "reviewer"),
    "claims": ("reviewed", "reviewer"),
}
"""Columns that a reviewed cohort has after those of the contract."""
LINKING = ("_id", "retreatment_of", "replaces")


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: charts, those finished, those that new text brought back, and what was left out and why."""

    out: Path
    charts: int
    done: int
    back: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    questions: int = 0


def charts_of(out: Path, journal: Path | None) -> Charts:
    """The reviewed charts of a folder. Without ``journal`` its only one. Raises ReviewError where there is none, or a choice to make."""
    path = journal or _only(out)
    own = opened(path)
    others: dict[str, Opened] = {name: opened(_beside(path, out, name)) for name in own.header.readers}
    return Charts(Store(out), own.header, own.charts, others)


def _only(out: Path) -> Path:
    there = sorted(folder_of(out).glob("*.jsonl"))
    settled = [p for p in there if p.name.endswith(".adjudicate.jsonl")]
    chosen = settled if len(settled) == 1 else there
    if len(chosen) != 1:
        names = ", ".join(p.name for p in there)
        raise ReviewError(f"{folder_of(out)}: holds {names or 'no journal'}; name one with --journal")
    return chosen[0]


def _beside(path: Path, out: Path, name: str) -> Path:
    return path.parent / name if (path.parent / name).is_file() else found(out, name)


@contextmanager
def _written(charts: Charts, target: Path, force: bool) -> Iterator[Path]:
    """A folder to fill in the place of ``target``. Raises OutputError where that holds something else than an export, or what is reviewed."""
    home, there = charts.store.out.resolve(), target.resolve()
    if there in (home, folder_of(home), *home.parents):
        raise OutputError(f"{target}: holds what is reviewed and will not be replaced; give another --out")
    if target.exists() and not force:
        raise OutputError(f"{target}: exists already; give another --out, or --force to replace it")
    if target.exists() and not _is_export(target):
        raise OutputError(f"{target}: holds something else than an export of a review and will not be replaced; give another --out")
    with taking_place_of(target) as folder:
        yield folder


def _is_export(folder: Path) -> bool:
    """Did ``labels``, ``chart_files`` or ``tables`` write it, or is it empty?"""
    if not folder.is_dir() or not any(folder.iterdir()):
        return folder.is_dir()
    try:
        facts = json.loads((folder / MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(facts, dict) and ("labels" in facts or "reviewed" in facts)


# ---- labels -----------------------------------------------------------------------------------------------------------------


def labels(charts: Charts, target: Path, force: bool = False) -> Written:
    """Write the finished charts as tables of labels, as ``evaluate``, ``agree`` and ``calibrate`` read them."""
    with _written(charts, target, force) as folder:
        files = {t: _Sheet(folder, t, BY_NAME[t].names) for t in SCORED}
        done = 0
        for state in _finished(charts):
            done += 1
            for table, sheet in files.items():
                sheet.write([r[c] for c in BY_NAME[table].names] for r in plain(state)[table])
        for sheet in files.values():
            sheet.close()
        _some(charts, done)
        write_run(folder, {"labels": _whose(charts), "charts": done})
    return Written(target, done, done)


def _some(charts: Charts, done: int) -> None:
    if not done:
        raise ReviewError(f"{charts.header.by} has finished no chart yet (f on the page): there are no labels to write")


def _finished(charts: Charts) -> Iterator[ChartState]:
    """Charts that were finished; one that new text put in question is none until it is finished anew."""
    for patient in charts.patients():
        if charts.entries.get(patient):
            state = charts.state(patient)
            if state.status == "done":
                yield state


def chart_files(charts: Charts, target: Path, force: bool = False) -> Written:
    """Write the finished charts as chart files (``corpora/FORMAT.md``). A chart with a row that rests on no words is left out and named."""
    left_out = []
    done = 0
    with _written(charts, target, force) as folder:
        (folder / "charts").mkdir()
        for state in _finished(charts):
            path = folder / "charts" / f"{percent(state.source.patient, safe='').replace('.', '%2E')}.json"
            path.write_text(json.dumps(chart(state), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            told = corpora.check(path)
            if told:
                path.unlink()
                left_out.append(f"{state.source.patient}: {told[0].partition(': ')[2]}")
            else:
                done += 1
        _some(charts, done + len(left_out))
        write_run(folder, {"labels": _whose(charts), "charts": done})
    return Written(target, done, done, left_out=tuple(left_out))


def chart(state: ChartState) -> corpora.Json:
    """A chart in the format of chart files."""
    notes = [{k: n[k] for k in ("note_id", "note_date", "note_type", "text")} for n in state.source.notes]
    gold: dict[str, Any] = {"patient": {c: state.rows["patients"][0].value(c) for c in corpora.PATIENT}}
    for table in SCORED[1:]:
        gold[table] = [_gold(state, row) for row in state.live(table)]
    return {"patient_id": state.source.patient, "notes": notes, "gold": gold}


def _gold(state: ChartState, row: RowState) -> dict[str, Any]:
    out = {c: v for c in BY_NAME[row.table].names if c not in ("patient_id", "replaces") for v in [row.value(c)]}
    if row.table in ("procedures", "lesions"):
        out["key"] = row.id
        out.pop(BY_NAME[row.table].key)
    for name, theirs in (("procedure_id", "procedure"), ("lesion_id", "lesion")):
        if name in out:
            out[theirs] = out.pop(name)
    words = None if row.table == "outcomes" else _quote(state, row)
    return out | ({"quote": words} if words else {})


def _quote(state: ChartState, row: RowState) -> str | None:
    """The sentence of the first words that a cell of the row rests on, marked ones first."""
    for spot in sorted(_words(state, row), key=lambda m: m["label"] != "REVIEWED"):
        note = state.source.note(spot["note_id"])
        if note is not None:
            found_words = passage(note, spot["start"], spot["end"])
            return (found_words.before + found_words.words + found_words.after).strip()
    return None


def _words(state: ChartState, row: RowState) -> list[Record]:
    return [m for column, cell in row.cells.items() for m in behind(state, row, column, cell)[1]]


# ---- corrected tables -------------------------------------------------------------------------------------------------------


def behind(state: ChartState, row: RowState, column: str, cell: Cell) -> tuple[str, list[Record]]:
    """(basis, mentions) of a cell: marked words, and those it was read from where it still says what was read."""
    source = state.source
    own = marked(source.patient, row, column, cell)
    told = source.evidence.get((row.table, row.id, column))
    old = [source.mentions[m] for m in told.mentions if m in source.mentions] if told and cell.value == cell.read else []
    if cell.state == "derived":
        return "derived", own
    if told and cell.value == cell.read:
        return told.basis, old + own
    return "reviewed", own


def tables(charts: Charts, target: Path, force: bool = False) -> Written:
    """Write every chart, corrected, as cohort tables. Raises OutputError where ``target`` is in the way."""
    count = done = questions = 0
    back = []
    with _written(charts, target, force) as folder:
        sheets = {t.name: _Sheet(folder, t.name, (*t.names, *BESIDE.get(t.name, ()))) for t in TABLES}
        with (folder / "questions.csv").open("w", newline="", encoding="utf-8") as file:
            asked = csv.writer(file, lineterminator="\n")
            asked.writerow(("patient_id", "table", "row_id", "column", "reviewed", "read", "why"))
            for patient in charts.patients():
                state = charts.state(patient)
                count, done = count + 1, done + (state.status == "done")
                back += [patient] if state.status == "back" else []
                for question in state.questions():
                    asked.writerow((patient, *_asked(state, *question)))
                    questions += 1
                for table, rows in _tables(state).items():
                    sheets[table].write(rows)
        for sheet in sheets.values():
            sheet.close()
        _carry(charts, folder, count, done, {n: s.rows for n, s in sheets.items()})
    return Written(target, count, done, tuple(back), (), questions)


def _asked(state: ChartState, table: str, row_id: str, column: str, why: str) -> tuple[str, ...]:
    row = state.row(table, row_id)
    cell = row.cells.get(column) if row else None
    return table, row_id, column, show(cell.value) if cell else "", show(cell.read) if cell else "", why


def _carry(charts: Charts, folder: Path, count: int, done: int, rows: Mapping[str, int]) -> None:
    """What the run of the extraction told, and whose review this is."""
    facts: dict[str, Any] = {}
    before = charts.store.out / MARK
    if before.is_file():
        facts = json.loads(before.read_text(encoding="utf-8"))
    write_run(folder, {**facts, "format": "csv", "rows": rows, "reviewed": {**_whose(charts), "charts": count, "finished": done}})


def _whose(charts: Charts) -> dict[str, Any]:
    return {"reviewer": charts.header.by, "mode": charts.header.mode, "readers": list(charts.header.readers)}


def _tables(state: ChartState) -> dict[str, list[list[Any]]]:
    """Rows of every table of a chart, with the columns of a reviewed cohort."""
    source = state.source
    mentions = dict(source.mentions)
    evidence: list[list[Any]] = []
    for row, column, cell in cells(state):
        if cell.value is None or column.endswith(LINKING[0]) or column in LINKING:
            continue
        basis, words = behind(state, row, column, cell)
        mentions |= {m["mention_id"]: m for m in words}
        told = source.evidence.get((row.table, row.id, column))
        sure = 1.0 if cell.state in (*EXPLICIT, "chart") else told.confidence if told else None
        for mention in dict.fromkeys(m["mention_id"] for m in words) if words else (None,):
            evidence.append([row.table, row.id, column, basis, mention, sure, cell.state or None, cell.by or None])
    out: dict[str, list[list[Any]]] = {t: [_line(state, r) for r in state.live(t)] for t in COHORT}
    out["evidence"] = evidence
    out["mentions"] = [[m[c] for c in BY_NAME["mentions"].names] for m in mentions.values()]
    out["notes"] = [[n[c] for c in BY_NAME["notes"].names] for n in source.notes]
    out["drops"] = [[d[c] for c in BY_NAME["drops"].names] for d in source.drops]
    out["claims"] = list(_claims(state))
    return out


def _line(state: ChartState, row: RowState) -> list[Any]:
    out = [row.value(c) for c in BY_NAME[row.table].names] + [is_reviewed(row)]
    return [*out, state.status] if row.table == "patients" else out


def is_reviewed(row: RowState) -> bool:
    """Did a person decide every cell of it that says something?"""
    fixed = {BY_NAME[row.table].key, "patient_id", "replaces"}
    told = [c for n, c in row.cells.items() if n not in fixed and c.value is not None]
    return all(c.state for c in told) and (bool(told) or any(c.state for c in row.cells.values()))


def _claims(state: ChartState) -> Iterator[list[Any]]:
    """The claims of the corrected tables: those of reviewed cells are certain, others as sure as they were."""
    done = state.status == "done"
    judged = any(c["accepted"] is not None for c in state.source.claims.values()) or None  # None: extract was not asked to accept
    for claim in claims(records(plain(state))):
        before = state.source.claims.get((claim.table, claim.row_id, claim.column, claim.kind), {})
        by, how = _claimed(state, claim)
        how = how or ("chart" if done else "")
        sure, stands = (1.0, judged) if how in (*EXPLICIT, "chart") else (before.get("confidence"), before.get("accepted"))
        cell = claim.row_id or None, claim.column or None
        yield [
            state.source.patient,
            claim.table,
            *cell,
            claim.kind,
            sure,
            stands,
            how or None,
            by or (state.complete.by if done and state.complete else None),
        ]


def _claimed(state: ChartState, claim: Claim) -> tuple[str, str]:
    row = state.row(claim.table, claim.row_id) if claim.row_id else None
    cell = row.cells[claim.column] if row else None
    return (cell.by, cell.state) if cell else ("", "")


class _Sheet:
    """A CSV file as the tables are written."""

    def __init__(self, folder: Path, table: str, names: Sequence[str]) -> None:
        self._file = (folder / f"{table}.csv").open("w", newline="", encoding="utf-8")
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._writer.writerow(names)
        self.rows = 0

    def write(self, rows: Iterable[Iterable[Any]]) -> None:
        """Append rows."""
        for row in rows:
            self._writer.writerow([show(v) for v in row])
            self.rows += 1

    def close(self) -> None:
        """Write it out."""
        self._file.close()


def missing(charts: Charts) -> list[str]:
    """Charts that the journal knows and the tables do not have any more."""
    return sorted(p for p in charts.entries if p not in charts.store)
