"""Every shipped rule file is sound, and a bad one names file, rule and fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from extractor import rules as rule_files
from extractor.errors import RuleError
from extractor.pipeline import Reader, build
from extractor.rulecheck import check, parse


def test_shipped_rules_read_their_examples(reader: Reader) -> None:
    assert check(reader.rules, reader) == []


def test_rule_ids_name_their_file(reader: Reader) -> None:
    files = {p.stem for p in rule_files.default_dir().glob("*.toml")}
    assert {t.rule_id.split("#")[0] for t in reader.rules.targets} <= files


def test_markup_gives_text_and_claims() -> None:
    text, claims, labels = parse("No {{PTX|pneumothorax negated}}.", frozenset({"COMPLICATION"}))
    assert text == "No PTX."
    assert claims == {(3, 6, "pneumothorax", frozenset({"negated"}))}
    assert labels == {"COMPLICATION"}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("label = ", "own.toml: not a TOML file"),
        ('colour = "red"', "unknown key 'colour'"),
        ('[[rule]]\nid = "a"\nconcept = "x"\nregex = "a"', "no label"),
        ('label = "X"\n[[rule]]\nconcept = "x"\nregex = "a"', "has no id"),
        ('label = "X"\n[[rule]]\nid = "a"\nconcept = "x"\nregex = "("', "own.toml: a: not a regular expression"),
        ('label = "X"\n[[rule]]\nid = "a"\nconcept = "x"\nregex = "b*"', "matches the empty text"),
        ('label = "X"\n[[rule]]\nid = "a"\nconcept = "x"\nregex = "b"\nliteral = "b"', "exactly one of regex, literal"),
        ('label = "X"\n[[rule]]\nid = "a"\nconcept = "x"\nregex = "b"\nwhat = 1', "unknown key 'what'"),
        ('[[context]]\nid = "a"\ncontext = "hoped"\nregex = "b"', "unknown context 'hoped'"),
        ('[[context]]\nid = "a"\ncontext = "risk"\ndirection = "UP"\nregex = "b"', "unknown direction 'UP'"),
        ('label = "X"\n[[rule]]\nid = "a"\nconcept = "x"\nregex = "b"\n[[rule]]\nid = "a"\nconcept = "x"\nregex = "c"', "stands twice"),
    ],
)
def test_a_bad_file_names_file_rule_and_fix(tmp_path: Path, body: str, says: str) -> None:
    (tmp_path / "own.toml").write_text(body)
    with pytest.raises(RuleError) as error:
        rule_files.load(tmp_path)
    assert says in str(error.value)
    assert "own" in str(error.value)


def test_a_folder_without_rules_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="no rule files"):
        rule_files.load(tmp_path)


def test_own_rules_add_to_the_shipped_ones_and_are_checked(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        'label = "COMPLICATION"\n[[rule]]\nid = "hiccup"\nconcept = "other"\nliteral = "hiccups"\n'
        "[tests]\nexpect = ['Had {{hiccups|other}} for a day.', 'No {{hiccups|other}} today.', 'Feels well.']\ngaps = ['{{singultus|other}}']\n"
    )
    rules = rule_files.load(tmp_path)
    problems = check(rules, build(rules))
    assert len(problems) == 1  # the second example forgot that the mention is negated
    assert "own.toml" in problems[0]
    assert "negated" in problems[0]


def test_a_closed_gap_and_a_silent_rule_are_reported(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        'label = "HICCUP"\n[[rule]]\nid = "a"\nconcept = "x"\nliteral = "hiccups"\n[[rule]]\nid = "b"\nconcept = "x"\nliteral = "singultus"\n'
        "[tests]\nexpect = ['{{Hiccups|x}} again.']\ngaps = ['{{Hiccups|x}} today.']\n"
    )
    rules = rule_files.load(tmp_path)
    problems = "\n".join(check(rules, build(rules)))
    assert "gap is closed" in problems
    assert "no silent example" in problems
    assert "b: fires on no example" in problems


def test_a_file_of_the_same_name_replaces_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "death.toml").write_text('label = "DEATH"\n[[rule]]\nid = "only"\nconcept = "death"\nliteral = "gone"\n')
    ids = {t.rule_id for t in rule_files.load(tmp_path).targets if t.label == "DEATH"}
    assert ids == {"death#only"}
