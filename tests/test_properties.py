"""What every labeled chart must hold: nothing of the order of notes, a repeated note, CRLF, the patient's name or the century changes a cell,
and no figure of its collection falls. Each is read once for both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache, reduce
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from extractor import corpora, run
from extractor.cli import app
from extractor.evaluator import baseline, charts
from extractor.evaluator.robustness import CHANGES, TABLES, Change, share
from extractor.model import Cell, Chart, Note
from extractor.normalizer import abstract
from extractor.pipeline import Reader
from extractor.run import work
from extractor.schema import COHORT
from tests.conftest import COLLECTION

CHARTS = corpora.files()
MUST_HOLD = [c for c in CHANGES if c.must_hold]
LATER = CHANGES[0]

NOT_MOVED = {*(f"CV-0{n}" for n in range(1, 9)), "MP-03", "CH-01"}
"""Known gap: the rewriting by years does not yet move dates told in words ("two thousand nineteen"), nor a month and its year that look like
a day ("cryoablation L psoas 2/21"); this fails once it does."""


Abstracts = Callable[[Sequence[Note]], Chart]


def uncited(chart: Chart) -> set[str]:
    """Mentions that cells rest on and the mentions table has not."""
    cited = {m.mention_id for t in COHORT for row in getattr(chart, t) for cell in row.cells.values() for m in cell.mentions}
    return cited - {m.mention_id for m in chart.mentions}


def of_collection(path: Path) -> pytest.MarkDecorator:
    """The tests of a collection's charts go to one worker, which reads each chart once."""
    return pytest.mark.xdist_group(f"{COLLECTION}{path.name}")


@pytest.fixture(scope="module")
def abstracted(reader: Reader) -> Abstracts:
    """Notes to their chart; those of a collection are kept."""

    @lru_cache(maxsize=64)
    def kept(*notes: Note) -> Chart:
        return abstract(notes, reader)

    return lambda notes: kept(*(replace(n, source="") for n in notes))


@pytest.mark.parametrize("path", [pytest.param(p, id=p.stem, marks=of_collection(p.parents[1])) for p in CHARTS])
def test_what_carries_no_information_changes_no_cell(path: Path, abstracted: Abstracts, reader: Reader) -> None:
    notes = corpora.notes(corpora.load(path))
    chart = abstracted(notes)
    changed = changing(notes, chart, lambda told: abstract(told, reader), reader)
    assert changed == ({LATER.name} if path.stem in NOT_MOVED else set())
    assert uncited(chart) == set()  # here, for a chart is read once


@pytest.mark.parametrize("folder", [pytest.param(p, id=p.name, marks=of_collection(p)) for p in corpora.collections()])
def test_no_figure_of_a_collection_falls_without_a_reason(
    folder: Path, abstracted: Abstracts, reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What ``make baseline`` does, from the tables of a run, with the charts abstracted above."""
    monkeypatch.setattr(work, "build", lambda rules: reader)
    monkeypatch.setattr(work, "abstract", lambda notes, _: abstracted(notes))
    files = corpora.files(folder / "charts")
    corpora.write_notes(tmp_path / "notes.jsonl", folder / "charts")
    assert run.extract(tmp_path / "notes.jsonl", tmp_path / "cohort").charts == len(files)
    tallies = list(charts.score(map(corpora.load, files), tmp_path / "cohort").values())
    now = baseline.by_collection(files, tallies)
    assert list(now) == [folder.name]
    assert [baseline.told(f) for f in baseline.falls(baseline.load(corpora.folder() / "baseline.json"), now)] == []


def test_the_command_tells_what_fell(abstracted: Abstracts, reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "build", lambda rules: reader)
    monkeypatch.setattr(work, "abstract", lambda notes, _: abstracted(notes))
    shipped = corpora.folder() / "baseline.json"
    name, field = next((c, f) for c, own in baseline.load(shipped).found.items() for f, figure in own.items() if figure.f1 < 0.9)
    baseline.Baseline({name: {field: charts.Figure(9, 0, 0)}}).save(tmp_path / "better.json")
    for path, code, told in ((shipped, 0, "no falls without"), (tmp_path / "better.json", 1, f"{name}: {field} fell from 1.000")):
        said = CliRunner().invoke(app, ["corpora", "score", "--where", str(corpora.folder() / name), "--baseline", str(path)])
        assert (said.exit_code, told in said.output) == (code, True), said.output


def changing(notes: Sequence[Note], chart: Chart, made: Abstracts, reader: Reader) -> set[str]:
    """The changes that change a cell: all at once, and only where these do each by itself."""

    def same(rewritten: Sequence[Note], change: Change) -> bool:
        kept, cells = share(made(rewritten), chart, change.back)
        return kept == cells

    at_once = reduce(lambda told, c: c.rewrite(told, reader), MUST_HOLD, list(notes))
    if same(at_once, LATER):  # the only one that has days to bring back
        return set()
    return {c.name for c in MUST_HOLD if not same(c.rewrite(notes, reader), c)} or {"all at once"}


FAULTS: dict[str, Callable[[Sequence[Note]], object]] = {
    "28 years later": lambda notes: min(n.note_date.year for n in notes),
    "notes shuffled": lambda notes: notes[0].note_date == min(n.note_date for n in notes),
    "a note repeated": len,
    "CRLF": lambda notes: any("\r" in n.text for n in notes),
    "patient renamed": lambda notes: len(notes[0].patient_id),
}
"""What a chart could wrongly depend on, by the change that must show it."""


@pytest.mark.parametrize("name", [c.name for c in MUST_HOLD])
def test_a_chart_that_depends_on_one_of_them_is_caught(name: str, abstracted: Abstracts, reader: Reader) -> None:
    notes = corpora.notes(corpora.load(CHARTS[0]))

    def faulty(told: Sequence[Note]) -> Chart:
        chart = abstracted(told)
        patient = chart.patients[0]
        return replace(chart, patients=(replace(patient, cells={**patient.cells, "sex": Cell(str(FAULTS[name](told)))}),))

    assert changing(notes, abstracted(notes), abstracted, reader) == set()
    assert changing(notes, faulty(notes), faulty, reader) == {name}


@pytest.mark.parametrize("change", CHANGES, ids=lambda c: c.name)
def test_a_change_changes_the_notes_and_is_brought_back(change: Change, reader: Reader) -> None:
    notes = corpora.notes(corpora.load(CHARTS[0]))
    changed = change.rewrite(notes, reader)
    assert changed != list(notes)
    assert {n.note_id for n in notes} <= {n.note_id for n in changed}
    same, cells = share(abstract(changed, reader), abstract(notes, reader), change.back)
    assert same > cells / 2


def test_a_cell_that_changed_is_counted(reader: Reader) -> None:
    note = Note("n", "p", date(2020, 6, 15), "Cryoablation of the left psoas nodule on 6/1/2020.")
    chart, other = abstract([note], reader), abstract([replace(note, text=note.text.replace("left", "right"))], reader)
    same, cells = share(other, chart, lambda day, _: day)
    assert 0 < same < cells
    assert share(chart, chart, lambda day, _: day) == (len(chart_cells(chart)), len(chart_cells(chart)))


def chart_cells(chart: Chart) -> list[str]:
    """Names of all cells of a chart."""
    return [k for t in TABLES for row in getattr(chart, t) for k in row.cells]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(max_size=300),
    fragments=st.lists(
        st.sampled_from(
            [
                "Cryoablation of the left psoas nodule on 3/4/2019. ",
                "No pneumothorax\n",
                "COMPLICATIONS: ",
                "POD 2 ",
                "5 mm margin ",
                "\r\n",
                "IMPRESSION: ",
                "2.3 x 1 cm ",
            ]
        ),
        max_size=12,
    ),
)
def test_any_text_is_read_and_every_mention_slices(text: str, fragments: list[str], reader: Reader) -> None:
    note = Note("n", "p", date(2020, 6, 15), text + "".join(fragments))
    chart = abstract([note], reader)
    assert all(m.text == note.text[m.start : m.end] for m in chart.mentions)


@pytest.mark.parametrize(
    "text", ["x" * 60_000, "\n" * 60_000, "1/" * 15_000, "no " * 15_000, "(" * 15_000, "2 x " * 15_000, "<b>" * 15_000]
)
def test_hostile_text_is_read(text: str, reader: Reader) -> None:
    assert reader.read(Note("n", "p", date(2020, 6, 15), text)).note.text == text
