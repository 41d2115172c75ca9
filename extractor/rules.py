"""Rule files (TOML) to rules. The only code that knows the file format; ``rules/README.md`` describes it for authors.

A file holds targets (``label`` at its top), context modifiers (``[[context]]``) or section headings (``[[section]]``),
and the examples that prove them (``[tests]``). ``[[doubt]]`` holds a model of which rows are right, ``[[kind]]`` what tells kinds of notes.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from extractor.errors import RuleError
from extractor.kept import kept
from extractor.model import CONTEXT
from extractor.schema import NOTE_TYPES

DIRECTIONS = ("FORWARD", "BACKWARD", "BIDIRECTIONAL", "TERMINATE", "PSEUDO")


@dataclass(frozen=True, slots=True)
class Target:
    """A rule that finds a concept. ``regex`` is case-insensitive; a blank in it matches any white space."""

    rule_id: str
    label: str
    concept: str
    regex: str
    context: frozenset[str] = frozenset()
    hides: tuple[str, ...] = ()
    """Labels whose mentions give way to this one in the same words."""


@dataclass(frozen=True, slots=True)
class Modifier:
    """A rule that says what holds of the mentions in its scope (ConText); a TERMINATE rule ends the scope of the contexts in ``ends``."""

    rule_id: str
    context: str
    direction: str
    regex: str
    max_scope: int | None = None
    labels: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heading:
    """A kind of section: its titles, and what holds of every mention in it."""

    rule_id: str
    category: str
    titles: tuple[str, ...]
    context: frozenset[str] = frozenset()
    bare: tuple[str, ...] = ()
    ends: bool = False
    field: bool = False
    """A field of a form: a value on the heading's own line ends with that line."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """What speaks for and against a row of ``table``, by the features of the claim that its ``column`` makes: the log odds that the row is right are
    ``intercept`` and the sum of weight times feature. A row less likely right than ``below`` is not written."""

    rule_id: str
    table: str
    column: str
    below: float
    intercept: float
    weights: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Cue:
    """What speaks for a ``kind`` of note with a ``weight`` (against it, where below 0) if ``regex`` matches ``where``; ``^`` and ``$`` stand at lines."""

    rule_id: str
    kind: str
    where: str
    regex: str
    weight: float


@dataclass(frozen=True, slots=True)
class Example:
    """A marked sentence of a rule file; ``gap`` says that it is known to fail. Of a note with a ``kind``, that must be told of it."""

    file: str
    text: str
    labels: frozenset[str]
    gap: bool = False
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything the rule files say, in file order."""

    targets: tuple[Target, ...]
    modifiers: tuple[Modifier, ...]
    headings: tuple[Heading, ...]
    examples: tuple[Example, ...]
    digest: str
    doubts: tuple[Doubt, ...] = ()
    cues: tuple[Cue, ...] = ()


WHERE = ("title", "opening", "text", "sections")
"""Where a cue for a kind of note may stand (``pipeline.kinds``)."""
TOP = {"label", "hides", "title", "source", "rule", "context", "section", "doubt", "kind", "tests"}
KEYS = {
    "rule": {"id", "concept", "regex", "literal", "context", "why", "source"},
    "context": {"id", "context", "direction", "regex", "literal", "max_scope", "labels", "ends", "why", "source"},
    "section": {"id", "category", "titles", "context", "bare", "ends", "field", "why"},
    "doubt": {"id", "table", "column", "below", "intercept", "weights", "why"},
    "kind": {"id", "kind", "where", "regex", "literal", "weight", "why", "source"},
    "tests": {"expect", "gaps", "kinds"},
}


def default_dir() -> Path:
    """The folder of shipped rules: in the wheel ``extractor/_rules``, in a checkout ``rules/``."""
    packed = Path(__file__).parent / "_rules"
    return packed if packed.is_dir() else Path(__file__).parent.parent / "rules"


def load(*extra: Path) -> Rules:
    """Read the shipped rules and those of ``extra`` folders; a file of the same name replaces the shipped one.

    Raises RuleError naming file, rule and fix.
    """
    return parse(contents(*extra))


def contents(*extra: Path) -> dict[str, bytes]:
    """The rule files that ``load`` reads, by name, as they can be sent to another machine for ``parse``."""
    files: dict[str, Path] = {}
    for folder in (default_dir(), *extra):
        found = sorted(folder.glob("*.toml"))
        if not found:
            raise RuleError(f"{folder}: no rule files (*.toml) in this folder")
        files.update({f.name: f for f in found})
    return {name: files[name].read_bytes() for name in sorted(files)}


def parse(files: Mapping[str, bytes]) -> Rules:
    """Rule files by name to rules; the digest is that of names and bytes. Raises RuleError naming file, rule and fix."""
    digest = _digest(files)
    made = kept([digest], ("rules.py", "model.py"), lambda: _plain(_assemble([_read(n, files[n]) for n in sorted(files)], digest)))
    return _of_plain(made)


def _digest(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(name.encode() + b"\0" + files[name] + b"\0")
    return digest.hexdigest()


def _plain(rules: Rules) -> list[Any]:
    """Rules as JSON can hold them."""
    groups = (rules.targets, rules.modifiers, rules.headings, rules.examples, rules.doubts, rules.cues)
    return [[[_listed(getattr(r, f.name)) for f in fields(r)] for r in group] for group in groups] + [rules.digest]


def _listed(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else value


def _of_plain(found: Any) -> Rules:
    """Rules that were kept as ``_plain`` gave them."""
    targets, modifiers, headings, examples, doubts, cues, digest = found
    return Rules(
        tuple(Target(i, label, concept, regex, frozenset(c), tuple(h)) for i, label, concept, regex, c, h in targets),
        tuple(Modifier(i, c, d, regex, most, tuple(labels), tuple(e)) for i, c, d, regex, most, labels, e in modifiers),
        tuple(Heading(i, c, tuple(t), frozenset(x), tuple(b), ends, field) for i, c, t, x, b, ends, field in headings),
        tuple(Example(file, text, frozenset(labels), gap, kind) for file, text, labels, gap, kind in examples),
        digest,
        tuple(Doubt(*d) for d in doubts),
        tuple(Cue(*c) for c in cues),
    )


def _assemble(parts: list[Rules], digest: str) -> Rules:
    rules = Rules(
        tuple(t for p in parts for t in p.targets),
        tuple(m for p in parts for m in p.modifiers),
        tuple(h for p in parts for h in p.headings),
        tuple(e for p in parts for e in p.examples),
        digest,
        tuple(d for p in parts for d in p.doubts),
        tuple(c for p in parts for c in p.cues),
    )
    _unique(r.rule_id for group in (rules.targets, rules.modifiers, rules.headings, rules.doubts, rules.cues) for r in group)
    return rules


def _unique(ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for rule_id in ids:
        if rule_id in seen:
            raise RuleError(f"{rule_id}: this id stands twice; give each rule its own")
        seen.add(rule_id)


def _read(name: str, content: bytes) -> Rules:
    try:
        data = tomllib.loads(content.decode("utf-8").replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RuleError(f"{name}: not a TOML file: {error}") from None
    _known(name, "the file", data, TOP)
    label = data.get("label", "")
    if data.get("rule") and not label:
        raise RuleError(f'{name}: has [[rule]] but no label; add label = "..." at the top')
    targets = tuple(_target(name, label, tuple(data.get("hides", ())), r) for r in data.get("rule", []))
    modifiers = tuple(_modifier(name, r) for r in data.get("context", []))
    headings = tuple(_heading(name, r) for r in data.get("section", []))
    examples = tuple(_examples(name, label, data.get("tests", {})))
    cues = tuple(_cue(name, c) for c in data.get("kind", []))
    return Rules(targets, modifiers, headings, examples, "", tuple(_doubt(name, d) for d in data.get("doubt", [])), cues)


def _known(file: str, where: str, table: Mapping[str, Any], keys: set[str]) -> None:
    for key in table:
        if key not in keys:
            raise RuleError(f"{file}: {where}: unknown key {key!r}; known are {', '.join(sorted(keys))}")


def _rule_id(file: str, kind: str, rule: Mapping[str, Any]) -> str:
    if not isinstance(rule.get("id"), str) or not rule["id"]:
        raise RuleError(f'{file}: a [[{kind}]] has no id; give it one, such as id = "what.how"')
    _known(file, rule["id"], rule, KEYS[kind])
    return f"{Path(file).stem}#{rule['id']}"


def _regex(file: str, rule: Mapping[str, Any]) -> str:
    given = [k for k in ("regex", "literal") if k in rule]
    if len(given) != 1:
        raise RuleError(f"{file}: {rule['id']}: needs exactly one of regex, literal")
    text = rule[given[0]]
    if given[0] == "literal":
        words = [text] if isinstance(text, str) else text
        text = r"\b(?:" + "|".join(re.escape(w).replace(r"\ ", " ") for w in words) + r")\b"
    regex = _flexible("".join(line.strip() for line in text.split("\n")))
    try:
        empty = re.compile(regex, re.IGNORECASE).search("")
    except re.error as error:
        raise RuleError(f"{file}: {rule['id']}: not a regular expression: {error}") from None
    if empty:
        raise RuleError(f"{file}: {rule['id']}: matches the empty text; make a part of it required")
    return regex


def _flexible(regex: str) -> str:
    """A blank matches any run of white space; within a character class, any one."""
    out, inside = [], False
    for at, char in enumerate(regex):
        escaped = at > 0 and regex[at - 1] == "\\"
        if char in "[]" and not escaped:
            inside = char == "["
        out.append(char if char != " " else r"\s" if inside else r"\s+")
    return re.sub(r"\\s\+(?=[?*])[?*]", r"\\s*", "".join(out))


def _names(file: str, rule: Mapping[str, Any], key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
    names = tuple(rule.get(key, default))
    for name in names:
        if name not in CONTEXT:
            raise RuleError(f"{file}: {rule['id']}: unknown context {name!r}; known are {', '.join(CONTEXT)}")
    return names


def _context(file: str, rule: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(_names(file, rule, "context"))


def _target(file: str, label: str, hides: tuple[str, ...], rule: Mapping[str, Any]) -> Target:
    rule_id = _rule_id(file, "rule", rule)
    if not isinstance(rule.get("concept"), str):
        raise RuleError(f'{file}: {rule["id"]}: needs concept = "..."')
    return Target(rule_id, label, rule["concept"], _regex(file, rule), _context(file, rule), hides)


def _modifier(file: str, rule: Mapping[str, Any]) -> Modifier:
    rule_id = _rule_id(file, "context", rule)
    direction = rule.get("direction", "FORWARD")
    if direction not in DIRECTIONS:
        raise RuleError(f"{file}: {rule['id']}: unknown direction {direction!r}; known are {', '.join(DIRECTIONS)}")
    name = rule.get("context", "")
    if direction not in ("TERMINATE", "PSEUDO") and name not in CONTEXT:
        raise RuleError(f"{file}: {rule['id']}: unknown context {name!r}; known are {', '.join(CONTEXT)}")
    ends = _names(file, rule, "ends", CONTEXT) if direction == "TERMINATE" else ()
    return Modifier(rule_id, name, direction, _regex(file, rule), rule.get("max_scope"), tuple(rule.get("labels", ())), ends)


def _heading(file: str, rule: Mapping[str, Any]) -> Heading:
    rule_id = _rule_id(file, "section", rule)
    titles = tuple(rule.get("titles", ()))
    if not isinstance(rule.get("category"), str) or not (titles or rule.get("bare")):
        raise RuleError(f'{file}: {rule["id"]}: needs category = "..." and titles = [...]')
    bare, context = tuple(rule.get("bare", ())), _context(file, rule)
    return Heading(rule_id, rule["category"], titles, context, bare, bool(rule.get("ends", False)), bool(rule.get("field", False)))


def _doubt(file: str, rule: Mapping[str, Any]) -> Doubt:
    rule_id = _rule_id(file, "doubt", rule)
    try:
        weights = {str(name): float(weight) for name, weight in rule["weights"].items()}
        return Doubt(
            rule_id,
            str(rule["table"]),
            str(rule["column"]),
            float(rule.get("below", 0.5)),
            float(rule["intercept"]),
            dict(sorted(weights.items())),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise RuleError(f"{file}: {rule['id']}: needs table, column, intercept and [doubt.weights] with numbers") from None


def _cue(file: str, rule: Mapping[str, Any]) -> Cue:
    rule_id = _rule_id(file, "kind", rule)
    kind, where, weight = rule.get("kind"), rule.get("where"), rule.get("weight")
    if kind not in NOTE_TYPES or where not in WHERE or not isinstance(weight, int | float):
        raise RuleError(
            f"{file}: {rule['id']}: needs kind (one of {', '.join(NOTE_TYPES)}), where (one of {', '.join(WHERE)}) and a number as weight"
        )
    return Cue(rule_id, str(kind), str(where), _regex(file, rule), float(weight))


def _examples(file: str, label: str, tests: Mapping[str, Any]) -> Iterable[Example]:
    _known(file, "[tests]", tests, KEYS["tests"])
    labels = frozenset({label} - {""})
    for gap, key in ((False, "expect"), (True, "gaps")):
        for text in tests.get(key, []):
            yield Example(file, text, labels, gap)
    for kind, text in tests.get("kinds", []):
        yield Example(file, text, frozenset(), kind=kind)
