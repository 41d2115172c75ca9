"""Context: medspaCy's ConText with our modifiers and categories, one ConText a category. Works on a sentence.

One ConText for all would lose cues: of two modifiers in the same words (or one within the other) it keeps the longer, whatever they
say, and it notes the result on ``span._``, which spaCy shares between spans of different labels over the same words.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from spacy.language import Language
from spacy.tokens import Doc

from extractor.model import CONTEXT
from extractor.rules import Modifier

with warnings.catch_warnings():
    from medspacy.context import ConText, ConTextRule

LEVEL = "sentence"
Key = tuple[int, int, str]
"""(start token, end token, label) of a span."""


class Context:
    """spaCy component: writes ``doc.user_data["context"]``, what holds of each span of ``doc.spans[group]``."""

    def __init__(self, nlp: Language, rules: Sequence[Modifier], group: str) -> None:
        self._group = group
        self._parts = [(name, _context(nlp, rules, name, group)) for name in CONTEXT]

    def __call__(self, doc: Doc) -> Doc:
        """Run every category and collect what it says."""
        held: dict[Key, set[str]] = {}
        if doc.spans[self._group]:
            for name, part in self._parts:
                part(doc)
                for target, modifier in doc._.context_graph.edges:
                    start, end = modifier.modifier_span
                    if not (target.start <= start and end <= target.end):  # a cue within the words is part of what they say
                        held.setdefault((target.start, target.end, target.label_), set()).add(name)
        doc.user_data["context"] = {key: frozenset(names) for key, names in held.items()}
        return doc


def _context(nlp: Language, rules: Sequence[Modifier], name: str, group: str) -> ConText:
    context = ConText(nlp, rules=None, span_attrs=None, input_span_type="group", span_group_name=group)
    own = [r for r in rules if name in (r.context, *r.ends) or (r.direction == "PSEUDO" and r.context in ("", name))]
    context.add([_rule(r) for r in own])
    return context


def _rule(rule: Modifier) -> ConTextRule:
    return ConTextRule(
        rule.rule_id,
        rule.context.upper() or rule.direction,
        direction=rule.direction,
        pattern=rule.regex,
        max_scope=rule.max_scope,
        allowed_types={label.upper() for label in rule.labels} or None,
        metadata={"rule_id": rule.rule_id},
    )


def flags(doc: Doc) -> dict[Key, frozenset[str]]:
    """What holds of each span of a sentence."""
    held: dict[Key, frozenset[str]] = doc.user_data.get("context", {})
    return held
