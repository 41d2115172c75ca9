"""Targets: medspaCy's matcher and TargetRules with our rules, unpruned. Works on a sentence.

``TargetMatcher`` keeps the rule of a span in ``span._``, which spaCy stores by character offsets alone, so that of two rules with different
labels in the same words one is lost; the matcher below it returns every match with its rule. Candidates are collected in ``doc.user_data["found"]`` (exact characters) and ``doc.spans["found"]`` (tokens, for ConText), one for one.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

from extractor.pipeline.found import Found
from extractor.rules import Target

if TYPE_CHECKING:
    from medspacy.common.medspacy_matcher import MedspacyMatcher
    from spacy.language import Language
    from spacy.tokens import Doc

LEVEL = "sentence"
GROUP = "found"


class Targets:
    """spaCy component: adds every match of every target rule."""

    def __init__(self, nlp: Language, rules: Sequence[Target]) -> None:
        self._rules = {r.rule_id: r for r in rules}
        self._strings = nlp.vocab.strings
        self._matcher = _matcher(nlp, rules)

    def __call__(self, doc: Doc) -> Doc:
        """Add the matches of a sentence."""
        matched = {self._matcher.rule_map[self._strings[match_id]].metadata["rule_id"] for match_id, _, _ in self._matcher(doc)}
        for rule_id in sorted(matched):
            rule = self._rules[rule_id]
            for match in re.finditer(rule.regex, doc.text, re.IGNORECASE):
                add(doc, Found(match.start(), match.end(), rule.label, rule.concept, rule_id, None, rule.context))
        return doc


def _matcher(nlp: Language, rules: Sequence[Target]) -> MedspacyMatcher:
    """medspaCy numbers its rules; ours go by the id in metadata."""
    with warnings.catch_warnings():  # medspaCy turns off every warning of the process when it is imported
        from medspacy.common.medspacy_matcher import MedspacyMatcher
        from medspacy.target_matcher import TargetRule
    matcher = MedspacyMatcher(nlp, name="extractor_targets", prune=False)
    matcher.add([TargetRule(r.rule_id, r.label, pattern=r.regex, metadata={"rule_id": r.rule_id}) for r in rules])
    return matcher


def add(doc: Doc, found: Found) -> None:
    """Record a candidate of a sentence, as characters and as the tokens it touches."""
    span = doc.char_span(found.start, found.end, label=found.label, alignment_mode="expand")
    if span is None or not len(span):
        return
    doc.user_data[GROUP].append(found)
    doc.spans[GROUP].append(span)
