"""Patterns kept between runs are those that ``re`` makes, and a file that is not whole or not of this Python costs time alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from extractor import compiled
from extractor import rules as rule_files
from extractor.compiled import CODES, Codes
from extractor.pipeline import needs

RULES = rule_files.load()
PATTERNS = [(r.regex, re.IGNORECASE) for r in (*RULES.targets[:60], *RULES.modifiers[:20])]
PATTERNS += [(r"(?P<a>x+)(?:(?P=a)|[^\W\d]{2,})\Z", 0), (r"^\w(?i:b)$", re.MULTILINE), ("ſ|\U0001f600", re.IGNORECASE)]


@pytest.fixture
def codes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EXTRACTOR_CACHE", str(tmp_path))
    monkeypatch.setattr(compiled, "CODES", Codes())
    return tmp_path


def facts(pattern: re.Pattern[str] | None) -> object:
    """What a pattern is, but for the code that ``heads`` makes faster."""
    return pattern and (pattern.pattern, pattern.flags, pattern.groups, pattern.groupindex)


FRESH = [facts(re.compile(*p)) for p in PATTERNS]


def made() -> list[object]:
    return [facts(compiled.compiled(*p)) for p in PATTERNS]


def again(monkeypatch: pytest.MonkeyPatch) -> Codes:
    """As a later run: what is on the disk is all that is known."""
    monkeypatch.setattr(compiled, "CODES", Codes())
    return compiled.CODES


def unasked() -> None:
    raise AssertionError("made anew")


def test_patterns_made_and_read_are_those_of_re(codes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert made() == FRESH
    compiled.CODES.keep()
    read = again(monkeypatch)
    assert made() == FRESH
    assert not read._fresh
    told = "no left psoas nodule, xxxx 2 cm"
    assert [compiled.compiled(*p).sub("-", told) for p in PATTERNS] == [re.compile(*p).sub("-", told) for p in PATTERNS]


def test_that_a_pattern_has_none_is_kept_too(codes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(compiled.LEAST):
        assert compiled.CODES.pattern(f"none {n}", None, lambda: None) is None
    compiled.CODES.keep()
    assert again(monkeypatch).pattern("none 3", None, unasked) is None


@pytest.mark.parametrize("damage", [lambda b: b[:-3], lambda b: b"", lambda b: b.replace(b"[", b"]", 1)])
def test_a_file_that_is_not_whole_is_not_read(codes: Path, monkeypatch: pytest.MonkeyPatch, damage) -> None:  # type: ignore[no-untyped-def]
    made()
    compiled.CODES.keep()
    (path,) = codes.glob("patterns-*.bin")
    path.write_bytes(damage(path.read_bytes()))
    again(monkeypatch)
    assert made() == FRESH
    compiled.CODES.keep()
    again(monkeypatch)
    assert made() == FRESH
    assert not compiled.CODES._fresh


def test_what_is_no_code_is_made_anew(codes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "_made", lambda tree: ((0, 0, {}), [99, 99]))
    with pytest.raises(RuntimeError):
        compiled.compiled("x")
    for n in range(compiled.LEAST):
        compiled.CODES._fresh[str(n)] = None
    compiled.CODES.keep()
    monkeypatch.undo()
    monkeypatch.setenv("EXTRACTOR_CACHE", str(codes))
    again(monkeypatch)
    assert facts(compiled.compiled("x")) == facts(re.compile("x"))


@pytest.mark.parametrize("where", ["", "file/below"])
def test_without_a_folder_patterns_are_made_each_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, where: str) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("EXTRACTOR_CACHE", where and str(tmp_path / where))
    for _ in range(2):
        again(monkeypatch)
        assert made() == FRESH
        assert len(compiled.CODES._fresh) == len(set(PATTERNS))
        compiled.CODES.keep()


def test_beyond_the_most_only_those_of_this_run_are_kept(codes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "MOST", 2 * compiled.LEAST)
    for start in (0, 30):
        for n in range(30):
            compiled.compiled(f"a{start + n}b")
        compiled.CODES.keep()
        again(monkeypatch)
    assert facts(compiled.CODES.pattern("0 a31b", "a31b", unasked)) == facts(re.compile("a31b"))
    with pytest.raises(AssertionError):
        compiled.CODES.pattern("0 a1b", "a1b", unasked)


def test_bad_patterns_are_told_as_ever(codes: Path) -> None:
    with pytest.raises(re.error):
        compiled.compiled("(")


def test_branches_match_where_the_whole_does() -> None:
    texts = [e.text for e in RULES.examples][:400]
    for cue in RULES.cues:
        whole = re.compile(cue.regex, re.IGNORECASE | re.MULTILINE)
        parts = [re.compile(b, re.IGNORECASE | re.MULTILINE) for b in needs.branches(cue.regex)]
        assert [bool(whole.search(t)) for t in texts] == [any(p.search(t) for p in parts) for t in texts], cue.rule_id


@pytest.mark.parametrize(
    ("regex", "expected"),
    [
        (r"\b(?:a|b(?:c|d))e|f", (r"\bae", r"\bb(?:c|d)e", "f")),
        (r"(?:a|b)?c", (r"(?:a|b)?c",)),
        (r"(?:a|b){2}c", (r"(?:a|b){2}c",)),
        (r"[|(]x|\|y", (r"[|(]x", r"\|y")),
        (r"(?<!by )(?:a|b)", (r"(?<!by )(?:a|b)",)),
        (r"(?P<n>a)|(?P=n)", (r"(?P<n>a)|(?P=n)",)),
        (r"(a)\1|b", (r"(a)\1|b",)),
        (r"^\W*(?:a|b)|[^]|]c", (r"^\W*a", r"^\W*b", "[^]|]c")),
    ],
)
def test_branches_of_a_pattern(regex: str, expected: tuple[str, ...]) -> None:
    assert needs.branches(regex) == expected


def test_codes_are_one_for_all() -> None:
    assert needs.CODES is CODES
