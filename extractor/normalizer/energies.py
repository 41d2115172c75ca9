"""Which energy does a bare "ablation" mean, and which does a later note say was written down wrongly?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from extractor.model import Mention, ReadNote
from extractor.normalizer import corrections
from extractor.normalizer.records import Line
from extractor.patterns import re

DEVICED = ("cryoablation", "microwave", "radiofrequency")
NOT_DONE = ("negated", "planned", "cancelled", "family", "hypothetical", "risk")
"""What a mention of an ablation is not to be, for it to have been done."""


def beside(mention: Mention, line: Line, taken: Sequence[Mention] = ()) -> str:
    """The one energy that the sentence of a bare "ablated" names: "ablated two metastases laparoscopically with microwave"; else "other".

    ``taken`` are the ablations that have a day of their own in that sentence.
    """
    said = [m for m in line.labelled("PROCEDURE") if m.concept != "other" and not m.has(*NOT_DONE, "historical") and m not in taken]
    kinds = {m.concept for m in said} or {m.concept for m in line.labelled("ENERGY") if m.concept in DEVICED and not m.has(*NOT_DONE)}
    return kinds.pop() if len(kinds) == 1 else mention.concept


OF_ZONE = re.compile(r"\b(?:(?P<cryo>cryo\w*)|(?P<micro>microwave|MWA)|(?P<radio>radio-?frequency|RFA))\b", re.IGNORECASE)
"""The energy in the name of a treated place: "cryoablation site"."""


def named(reads: Sequence[ReadNote]) -> Counter[str]:
    """How often the notes of a chart name each energy, also of what was planned or put off: a chart seldom speaks of two."""
    kinds: Counter[str] = Counter()
    for read in reads:
        for m in read.mentions:
            if (m.label == "PROCEDURE" or (m.label == "ENERGY" and m.concept in DEVICED)) and m.concept != "other":
                kinds[m.concept] += not m.has("negated", "family")
            elif m.label == "ZONE" and (said := OF_ZONE.search(m.words)):
                kinds["cryoablation" if said["cryo"] else "microwave" if said["micro"] else "radiofrequency"] += 1
    return +kinds


# ---- corrections --------------------------------------------------------------------------------------------------------

CORRECTS = re.compile(
    r"\b(?:correct(?:ion|ed|s|ing)?|corrigend\w+|errat\w+|amend\w*|error|mistake\w*|mistaken\w*|wrong\w*|erroneous\w*|in fact|actually|should (?:read|be|have|say)|not \w+ as (?:stated|I wrote|written|dictated|reported|said)|misstat\w*|mislabel\w*|mis-?(?:typed|dictated|recorded|reported|coded|filed)|slip)\b",
    re.IGNORECASE,
)
"""Words of a note that puts another right."""
QUOTES = re.compile(
    r"\b(?:letter|note|summary|report|referral|list|chart|record|form|dictation)s?\b[^.;]{0,30}\b(?:says?|said|gives?|gave|has|had|stat(?:es|ed)|lists?|calls?)\b",
    re.IGNORECASE,
)
IT_WAS = re.compile(r"\b(?:it|this|that|which|energy|modality|device) (?:was|were|is)\b", re.IGNORECASE)
"""Beside the words of another note: what it says was otherwise."""
SAID = re.compile(
    r"\b(?:says?|said|stat(?:es|ed)|reads?|lists?|listed|gives?|gave|calls?|called|names?|named|writes?|wrote|written|typed|dictated|recorded|entered|coded|reported|described|documented|labell?ed|refers?|referred)\b[^.;]*$",
    re.IGNORECASE,
)
"""Before what the other note has it as."""
NOT_THAT = re.compile(r"\b(?:not|n['’]t|instead of|rather than|never|wrongly|in place of)\W+(?:\w+\W+){0,3}$", re.IGNORECASE)
IN_TRUTH = re.compile(
    r"\b(?:was|were|is|should (?:read|be|say|have (?:read|been|said))|in fact|actually|really|used|but|correct\w*|to|with|underwent|had)\b\W+(?:\w+\W+){0,4}$",
    re.IGNORECASE,
)
"""Before what it was."""


def corrected(reads: Sequence[ReadNote]) -> Mapping[str, tuple[str, Mention]]:
    """The energies that a later note takes back, each with what it was: "the letter says radiofrequency; it was microwave ablation"."""
    out: dict[str, tuple[str, Mention]] = {}
    for read in reads:
        for said, words in corrections.neighbours(read, "PROCEDURE"):
            said = [(m, x) for m, x in said if m.concept != "other"]
            corrects = CORRECTS.search(words) or (QUOTES.search(words) and IT_WAS.search(words))
            if len({m.concept for m, _ in said}) != 2 or not corrects:
                continue
            wrong = [m for m, line in said if _wrong(m, line)]
            right = [m for m, line in said if m not in wrong and _right(m, line)]
            kinds = {m.concept for m in wrong}, {m.concept for m in right}
            if len(kinds[0]) == 1 == len(kinds[1]) and kinds[0] != kinds[1]:
                out[wrong[0].concept] = right[-1].concept, right[-1]
    return out


def _wrong(m: Mention, line: Line) -> bool:
    before = line.read.flat[max(line.sentence.start, m.start - 90) : m.start]
    told = SAID.search(before) is not None and re.search(r"\bshould\b|\bnot\b", before[-30:]) is None
    return corrections.taken_back(m, line) or NOT_THAT.search(before[-40:]) is not None or told


def _right(m: Mention, line: Line) -> bool:
    return IN_TRUTH.search(line.read.flat[max(line.sentence.start, m.start - 60) : m.start]) is not None
