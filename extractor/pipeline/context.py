"""Context: medspaCy's ConText with our modifiers and categories. Works on a sentence."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from spacy.language import Language
from spacy.tokens import Doc, Span

from extractor.model import CONTEXT
from extractor.rules import Modifier

with warnings.catch_warnings():
    from medspacy.context import ConText, ConTextRule

LEVEL = "sentence"
CATEGORIES = {name: name.upper() for name in CONTEXT}


def build(nlp: Language, rules: Sequence[Modifier], group: str) -> ConText:
    """A ConText component over the spans of ``doc.spans[group]`` that sets ``span._.is_<context>``."""
    for name in CONTEXT:
        if not Span.has_extension(f"is_{name}"):
            Span.set_extension(f"is_{name}", default=False)
    mapping = {category: {f"is_{name}": True} for name, category in CATEGORIES.items()}
    context = ConText(nlp, rules=None, span_attrs=mapping, input_span_type="group", span_group_name=group)
    enders = {name: {_end(r) for r in rules if name in r.ends} for name in CONTEXT}
    context.add([_rule(r, enders.get(r.context, set())) for r in rules])
    return context


def _end(rule: Modifier) -> str:
    return f"END {rule.rule_id}".upper()


def _rule(rule: Modifier, enders: set[str]) -> ConTextRule:
    """medspaCy's TERMINATE ends every scope; a category of its own in ``terminated_by`` ends only those it should."""
    ends = rule.direction == "TERMINATE"
    return ConTextRule(
        rule.rule_id,
        _end(rule) if ends else CATEGORIES.get(rule.context, "PSEUDO"),
        direction="PSEUDO" if ends else rule.direction,
        pattern=rule.regex,
        max_scope=rule.max_scope,
        allowed_types={label.upper() for label in rule.labels} or None,
        terminated_by=enders,
        metadata={"rule_id": rule.rule_id},
    )


def flags(doc: Doc) -> dict[tuple[int, int, str], frozenset[str]]:
    """What holds of each span of a Doc, by (start token, end token, label).

    Read from ConText's graph: ``span._`` is shared by spans of different labels over the same words, and a rule made for one label must not speak of another.
    """
    names = {category: name for name, category in CATEGORIES.items()}
    out: dict[tuple[int, int, str], set[str]] = {}
    graph = doc._.context_graph
    for target, modifier in graph.edges if graph else ():
        if modifier.category in names:
            out.setdefault((target.start, target.end, target.label_), set()).add(names[modifier.category])
    return {key: frozenset(value) for key, value in out.items()}
