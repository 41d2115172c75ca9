"""Tables kept between runs: the same as made anew, and none that is not whole, not ours or of other rules."""

from __future__ import annotations

import importlib
import json
import pkgutil
from pathlib import Path

import pytest

import extractor
from extractor import rules as rule_files
from extractor.kept import MOST, kept
from extractor.patterns import Later
from extractor.pipeline.scan import Scan

BY = ("kept.py",)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EXTRACTOR_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def made(calls: list[str], value: object = ("a", 1)) -> object:
    calls.append("made")
    return value


def test_what_was_made_is_made_once_and_anew_for_other_facts(folder: Path) -> None:
    calls: list[str] = []
    for facts in (["x"], ["x"], ["y"], ["x"]):
        assert kept(facts, BY, lambda: made(calls)) == ["a", 1]
    assert len(calls) == 2
    assert not list(folder.glob(".*"))


@pytest.mark.parametrize("damage", [lambda b: b[:-3], lambda b: b"", lambda b: b.replace(b"1", b"2")])
def test_a_file_that_is_not_whole_is_made_anew(folder: Path, damage) -> None:  # type: ignore[no-untyped-def]
    calls: list[str] = []
    kept(["x"], BY, lambda: made(calls))
    (path,) = folder.glob("*.json")
    path.write_bytes(damage(path.read_bytes()))
    assert kept(["x"], BY, lambda: made(calls)) == ["a", 1]
    assert len(calls) == 2
    assert json.loads(path.read_bytes().partition(b"\n")[2]) == ["a", 1]


@pytest.mark.parametrize("where", ["", "file/below"])
def test_without_a_folder_it_is_made_each_time(folder: Path, where: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("EXTRACTOR_CACHE", where and str(tmp_path / where))
    calls: list[str] = []
    assert [kept(["x"], BY, lambda: made(calls)) for _ in range(2)] == [["a", 1]] * 2
    assert len(calls) == 2


def test_old_files_go(folder: Path) -> None:
    for n in range(MOST + 5):
        kept([str(n)], BY, list)
    assert len(list(folder.glob("*.json"))) == MOST


def test_rules_and_scans_that_were_kept_are_those_made_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    patterns = {r.rule_id: r.regex for r in rule_files.load().targets}
    words = "CT-guided cryoablation of the left psoas nodule (2.1 cm) on 3/4/2019, no pneumothorax; L5 > T2."
    first = rule_files.load(), Scan(patterns)(words)
    assert list(folder.glob("*.json"))
    again = rule_files.load(), Scan(patterns)(words)
    monkeypatch.setenv("EXTRACTOR_CACHE", "")
    assert first == again == (rule_files.load(), Scan(patterns)(words))


def test_every_pattern_that_is_compiled_later_is_one() -> None:
    found = 0
    for module in pkgutil.walk_packages(extractor.__path__, "extractor."):
        if module.name.startswith(("extractor.pipeline", "extractor.normalizer")):
            for value in vars(importlib.import_module(module.name)).values():
                if isinstance(value, Later):
                    assert value.groups >= 0
                    found += 1
    assert found > 250
