"""Which claims are right: labels against themselves, and against hand-made changes."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from extractor import corpora
from extractor.confidence.claims import Claim, claims, records
from extractor.evaluator import labels
from extractor.evaluator.charts import Tables
from extractor.evaluator.judge import judge
from extractor.schema import BY_NAME

FILES = corpora.files()[:8]


def with_ids(tables: Tables) -> Tables:
    """Labels as if they had been extracted: every row has the id of its table."""
    out = copy.deepcopy(tables)
    for name, rows in out.items():
        for number, row in enumerate(rows):
            row.setdefault(BY_NAME[name].key, f"{name}{number}")
            row["id"] = row[BY_NAME[name].key]
    return out


def judged(path: Path, got: Tables) -> dict[Claim, bool | None]:
    found = labels.load(path)
    gold = next(iter(found.patients.values()))
    made = claims(records(got))
    return dict(zip(made, judge(gold, got, found.columns, made), strict=True))


def labeled(path: Path) -> Tables:
    return with_ids(next(iter(labels.load(path).patients.values())))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_labels_against_themselves_are_right_in_every_claim(path: Path) -> None:
    found = judged(path, labeled(path))
    assert found
    assert [c for c, right in found.items() if right is False] == []


def test_one_changed_cell_is_one_wrong_claim() -> None:
    """On a lesion without a twin, so that nothing else could be its partner."""
    for path in FILES:
        got = labeled(path)
        places = [(x["procedure"], x["site"], x["laterality"]) for x in got["lesions"]]
        alone = [n for n, x in enumerate(got["lesions"]) if x["coverage"] and sum(p[:2] == places[n][:2] for p in places) == 1]
        if alone:
            row = got["lesions"][alone[0]]
            row["coverage"] = "adequate" if row["coverage"] == "inadequate" else "inadequate"
            wrong = [(c.field, c.row_id) for c, right in judged(path, got).items() if right is False]
            assert wrong == [("lesions.coverage value", row["id"])]
            return
    raise AssertionError("no chart with a lesion without a twin")


def test_a_row_too_few_and_a_row_too_many() -> None:
    path = next(p for p in FILES if labeled(p)["complications"])
    less = labeled(path)
    less["complications"] = less["complications"][1:]
    assert judged(path, less)[Claim("complications", "", "", "no_more_rows")] is False
    more = labeled(path)
    more["complications"].append({**more["complications"][0], "term": "tumor_seeding", "id": "x", "complication_id": "x"})
    found = judged(path, more)
    assert {right for c, right in found.items() if c.row_id == "x"} == {False}
    assert found[Claim("complications", "", "", "no_more_rows")] is True


def test_an_empty_cell_is_wrong_where_labels_have_a_value() -> None:
    path = next(p for p in FILES if len(labeled(p)["procedures"]) == 1 and labeled(p)["procedures"][0]["probes"])
    got = labeled(path)
    got["procedures"][0]["probes"] = None
    assert [c.field for c, right in judged(path, got).items() if right is False] == ["procedures.probes empty"]


def test_what_labels_do_not_speak_of_is_not_judged() -> None:
    path = next(f for f in FILES if labels.load(f).columns.get("complications"))
    found = labels.load(path)
    gold = next(iter(found.patients.values()))
    got = labeled(path)
    made = claims(records(got))
    columns = {**found.columns, "lesions": found.columns["lesions"] - {"coverage"}, "outcomes": frozenset()}
    right = dict(zip(made, judge(gold, got, columns, made), strict=True))
    silent = {c.field.split()[0] for c, r in right.items() if r is None}
    assert silent == {c.field.split()[0] for c in made if c.table == "outcomes" or c.column == "coverage"}
