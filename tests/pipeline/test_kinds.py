"""What kind of note is told by its text, what a given type adds, and what a chart keeps without types."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from extractor import corpora
from extractor import rules as rule_files
from extractor.errors import RuleError
from extractor.evaluator.robustness import share
from extractor.model import Note
from extractor.normalizer import abstract
from extractor.pipeline import Reader
from extractor.pipeline.kinds import GIVEN, HEADINGS, OPENING, TEXT, TITLE, Kinds, places
from extractor.rules import Cue
from extractor.schema import NOTE_TYPES
from tests.conftest import Reads, spread

CHARTS = corpora.files()
SCAN = "CT CHEST WITH CONTRAST, 3/2/2020\nComparison: 1/5/2020\nFINDINGS: The ablation zone does not enhance.\nIMPRESSION: No recurrence."
SESSION = (
    "CT guided cryoablation, left kidney\nGeneral anesthesia, prone. Two probes were placed. Freeze 10 min, thaw 8, freeze 10.\n"
    "Complications: none."
)


def test_kinds_are_told_from_the_text_alone(reader: Reader) -> None:
    notes = [n for path in spread(CHARTS, 40) for n in corpora.notes(corpora.load(path))]
    told = [reader.kinds(reader.read(replace(n, note_type=None))) for n in notes]
    kinds = {"radiology", "procedure", "pathology"}
    assert sum(a == n.note_type for a, n in zip(told, notes, strict=True)) >= 0.93 * len(notes)
    assert sum((a if a in kinds else "") == (n.note_type if n.note_type in kinds else "") for a, n in zip(told, notes, strict=True)) >= (
        0.985 * len(notes)
    )


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts whose kind was worked out."""
    texts: list[str] = []
    told = Kinds.__call__
    monkeypatch.setattr(Kinds, "__call__", lambda self, read: (texts.append(read.note.text), told(self, read))[1])
    return texts


def test_the_kind_of_a_note_is_told_once_and_only_to_who_asks(reads: Reads, reader: Reader, asked: list[str]) -> None:
    typed = reader.kinds.typed(reads(SCAN, note_type="clinic"))
    assert not asked
    assert [typed.note_type, replace(typed, mentions=()).note_type, typed.note.note_type] == ["radiology", "radiology", "clinic"]
    assert asked == [SCAN]


def test_headings_are_looked_at_as_far_as_they_tell_a_kind(reads: Reads) -> None:
    seen = places(reads("FINDINGS: none.\n" * 300))["sections"]
    assert seen.split() == ["findings"] * HEADINGS


def test_nobody_asks_for_the_kind_of_a_note_of_a_chart_in_which_nothing_was_done(reader: Reader, asked: list[str]) -> None:
    dull = [Note(f"n{n}", "P", date(2020, 1, 1 + n), f"He slept well and ate {n} meals.", "other") for n in range(3)]
    abstract(dull, reader)
    assert not asked
    abstract([*dull, Note("n9", "P", date(2020, 2, 1), SESSION)], reader)
    assert SESSION in asked


def test_charts_keep_their_cells_without_types(reader: Reader) -> None:
    same = cells = 0
    for path in spread(CHARTS, 15):
        notes = corpora.notes(corpora.load(path))
        a, b = share(abstract([replace(n, note_type=None) for n in notes], reader), abstract(notes, reader), lambda day, _: day)
        same, cells = same + a, cells + b
    assert same >= 0.97 * cells


@pytest.mark.parametrize("given", [None, "clinic", "other", "telephone", "procedure"])
def test_a_plain_report_is_one_whatever_type_it_bears(reads: Reads, reader: Reader, given: str | None) -> None:
    assert reader.kinds(reads(SCAN, note_type=given)) == "radiology"


@pytest.mark.parametrize("given", [None, "clinic", "other", "nursing"])
def test_a_session_is_a_procedure_whatever_type_it_bears(reads: Reads, reader: Reader, given: str | None) -> None:
    assert reader.kinds(reads(SESSION, note_type=given)) == "procedure"


@pytest.mark.parametrize("given", ["clinic", "telephone", "nursing", "other"])
def test_a_text_that_tells_little_is_what_it_was_given_as(reads: Reads, reader: Reader, given: str) -> None:
    assert reader.kinds(reads("Doing fine after the procedure. No fever.", note_type=given)) == given


@pytest.mark.parametrize("text", [SCAN, SESSION])
def test_capitals_do_not_change_the_kind(reads: Reads, reader: Reader, text: str) -> None:
    assert reader.kinds(reads(text.upper())) == reader.kinds(reads(text))


def test_only_the_start_of_a_note_tells(reads: Reads, reader: Reader) -> None:
    long = SCAN + "\n" + "The left lung is clear. " * (TEXT // 20)
    more = long + "Three probes were placed under general anesthesia. " * 40
    assert reader.kinds.weights(reads(more)) == reader.kinds.weights(reads(long))


def test_the_notes_of_a_chart_are_as_given(reader: Reader) -> None:
    note = Note("n", "p", date(2020, 6, 15), SCAN)
    assert abstract([note], reader).notes == (note,)


def test_without_cues_a_note_is_what_it_was_given_as(reads: Reads) -> None:
    assert [Kinds(())(reads(SCAN, note_type=given)) for given in (None, "clinic")] == [None, "clinic"]


def test_a_cue_of_ones_own_tells_of_a_kind(tmp_path: Path, reads: Reads) -> None:
    cue = '[[kind]]\nid = "ours"\nkind = "procedure"\nwhere = "title"\nregex = "form 17b"\nweight = 9\n'
    (tmp_path / "own.toml").write_text(cue + '[tests]\nkinds = [["procedure", "Form 17b"]]')
    kinds = Kinds(rule_files.load(tmp_path).cues)
    assert kinds(reads("Form 17b\nSee below.")) == "procedure"
    assert kinds(reads("Form 17a\nSee below.")) != "procedure"


@pytest.mark.parametrize("line", ['kind = "memo"', 'where = "margin"', 'weight = "much"'])
def test_a_bad_cue_names_the_fix(tmp_path: Path, line: str) -> None:
    good = {"kind": '"clinic"', "where": '"title"', "weight": "1"} | {line.split(" = ")[0]: line.split(" = ")[1]}
    (tmp_path / "own.toml").write_text('[[kind]]\nid = "a"\nregex = "b"\n' + "\n".join(f"{k} = {v}" for k, v in good.items()))
    with pytest.raises(RuleError, match=r"own\.toml: a: needs kind"):
        rule_files.load(tmp_path)


def test_a_note_shows_the_cues_that_match_where_they_look(reads: Reads, reader: Reader) -> None:
    cues = rule_files.load().cues
    for text in (n.text for path in spread(CHARTS, 12) for n in corpora.notes(corpora.load(path))):
        seen = places(reads(text))
        matching = [c for c in cues if re.search(c.regex, seen[c.where], re.IGNORECASE | re.MULTILINE)]
        assert sorted(c.rule_id for c in reader.kinds.said(reads(text))) == sorted(c.rule_id for c in matching)


def test_the_kind_is_that_of_all_cues_though_few_are_looked_for(reader: Reader) -> None:
    for note in (n for path in spread(CHARTS, 25) for n in corpora.notes(corpora.load(path))):
        read = reader.read(note)
        for given in (note.note_type, "other", None):
            typed = replace(read, note=replace(note, note_type=given))
            weights = reader.kinds.weights(typed)
            whole = {kind: weights.get(kind, 0.0) + GIVEN * (kind == given) for kind in NOTE_TYPES}
            assert reader.kinds(typed) == max(NOTE_TYPES, key=whole.__getitem__)


@pytest.mark.parametrize(("where", "end"), [("title", TITLE), ("opening", OPENING), ("text", TEXT)])
def test_a_word_that_is_cut_in_two_is_read_as_far_as_it_goes(reads: Reads, where: str, end: int) -> None:
    cue = Cue("cut", "radiology", where, r"\bscan\b", 1.0)
    text = f"{'x' * (end - 5)} scanner of ours\nand more"
    assert list(Kinds([cue]).said(reads(text))) == [cue]
