"""Which short labels do the notes of a chart give their lesions: L1, T2, no. 3, #2, lesions 1 and 2?

"L1" is a vertebra and "T1" a sequence until a note of the chart introduces it as a lesion ("L1: left psoas, 38 mm", "left psoas (L1)",
a table's first column). From then on every note of the chart means the lesion by it, except in words that can only be of the spine or
of the sequence. A number is the chart's, whichever note says it; where a later table numbers otherwise, the place decides (``places``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from extractor.model import Mention, ReadNote, Sentence

SPINE = r"(?:vertebra\w*|body|bodies|level|foram\w+|root|nerve|dis[ck]s?|spine|pedicle|lamina|spinous|transverse|dermatome|endplate|compression|fracture|haemangioma|hemangioma|laminectomy|fusion|corpectomy|vertebroplasty)"
SEQUENCE = r"(?:-?\s?w(?:eighted|i|1)?\b|[- ]?(?:weighted|hyper|hypo|iso|bright|dark|signal|sequence|fat|fs\b|post|pre|images?|contrast|shorten|relax|map|and T2|/T2|[,/] ?T2|tse|gre|vibe|dixon|axial|coronal|sagittal|high|low|N\d|a\b|b\b))"
CODE = r"(?<![\w./-])(?P<letter>(?-i:[LT]))(?P<n>[1-9])(?![\w/]|-[A-Z\d]|\.\d)"
NOT_CODE = re.compile(rf"^(?:\s*{SEQUENCE}|[ -]{{1,2}}{SPINE}\b)", re.IGNORECASE)
NOT_BEFORE = re.compile(
    r"(?:\b(?:in|on|pre|post|native)[- ]?|\b(?:level(?: of)?|vertebra\w*|below|above|foramen|root|spine|haemangioma|hemangioma|p|c|y|cT|pT|stage|beside|next to|height of|from|to|through)[- :]*)$",
    re.IGNORECASE,
)
INTRODUCED = re.compile(
    rf"(?:^|\n)[ \t]*[-•*|(]?[ \t]*(?:lesion |target )?{CODE}\)?[ \t]*(?:[:|=–-]|,|\t|\((?=[a-z])|(?=(?:left|right|segment|the|upper|lower|middle|[RL][UML]?L)\b))|\b(?:lesions?|targets?|metastas[ei]s|nodules?|deposits?|tumou?rs?|recurrences?|mets?)\b[^.;:\n]{{0,40}}?\(?{CODE.replace('letter', 'letter2').replace('<n>', '<n2>')}",
    re.IGNORECASE,
)
BRACKETED = re.compile(rf"\w[ ]\({CODE}\)", re.IGNORECASE)
WORD = r"(?:lesions?|targets?|nodules?|zones?|tumou?rs?|sites?|metastas[ei]s|mets|ablations?|cavit(?:y|ies)|deposits?|scars?|nos?\.?|numbers?|nrs?\.?)"
LIST = re.compile(
    rf"\b{WORD} (?:nos?\.? ?)?(?P<list>#?[1-9](?!\d)(?:\s*(?:,|and|&|\+|/|-|–|to|or)\s*(?:and )?#?[1-9](?![\d.,]*\d|[ -]?(?:mm|cm|x |×|h\b|days?|weeks?|months?))){{1,8}})\b",
    re.IGNORECASE,
)
NUMBERED = re.compile(
    r"(?P<before>\b[\w-]+ )?(?<![\w#])(?:no\.? ?|nr\.? ?|number |#)(?P<n>[1-9])(?!\w|[.,/]\d| ?(?:mm|cm|x |×|%))", re.IGNORECASE
)
OTHER_COUNTED = re.compile(
    r"\b(?:probe|needle|antenna|electrode|applicator|step|case|series|image|session|cycle|freeze|room|table|ward|patient|item|visit|page|phone|fax|mrn|accession|record|bed|suite|ct|mri|exam|study|decision|point|chapter|volume|registry|protocol|batch|lot|rod|position|blade|size|course|grade|stage|scan|is|was|are|,|with) $",
    re.IGNORECASE,
)


OF_SPINE = re.compile(
    r"\b(?:psoas|para-?spinal|para-?vertebral|erector|muscles?|spinae|retroperitone\w+|nodes?|lumbar|thoracic|spinal|column|para-?aortic|paraspinous|multifidus|quadratus|back|flank|midline|left|right|lt|rt)"
    r"(?: muscles?| mass| nodule| lesion| deposit| metastasis| lumborum)?[ ,]{1,2}(?:(?:at|near|by|of|on the|left|right|side) ){0,3}(?:about |approximately )?$",
    re.IGNORECASE,
)
"""Words before "L2" that make it the level of a place."""


def labelled(reads: Sequence[ReadNote]) -> list[ReadNote]:
    """The notes with a NAME mention at every short label of a lesion; what was read in such a label (a vertebra) is gone."""
    letters = _introduced(reads)
    numbers = any(m.label == "NAME" for r in reads for m in r.mentions)
    return [_with_names(r, letters, numbers) for r in reads]


def _introduced(reads: Sequence[ReadNote]) -> dict[str, set[str]]:
    """The numbers of each letter that the chart's notes introduce as lesions."""
    out: dict[str, set[str]] = {}
    for read in reads:
        text = read.note.text
        for m in INTRODUCED.finditer(text):
            letter, n, end = (m["letter"], m["n"], m.end("n")) if m["letter"] else (m["letter2"], m["n2"], m.end("n2"))
            if not NOT_CODE.match(text[end:]) and not NOT_BEFORE.search(text[max(0, end - 20) : end - 2]):
                out.setdefault(letter, set()).add(n)
        bracketed = {(m["letter"], m["n"]) for m in BRACKETED.finditer(text)}
        for letter, n in bracketed:
            if len({x for a, x in bracketed if a == letter}) > 1:
                out.setdefault(letter, set()).add(n)
        for name in read.mentions:
            if name.rule_id == "grids#name" and re.fullmatch(r"[LT]\d", name.text):
                out.setdefault(name.text[0], set()).add(name.text[1])
    return {letter: ns for letter, ns in out.items() if "1" in ns or len(ns) > 1}


def _with_names(read: ReadNote, letters: dict[str, set[str]], numbers: bool) -> ReadNote:
    sentences = tuple(_named(read, s, letters, numbers) for s in read.sentences)
    if sentences == read.sentences:
        return read
    return replace(read, sentences=sentences, mentions=tuple(m for s in sentences for m in s.mentions))


def _named(read: ReadNote, sentence: Sentence, letters: dict[str, set[str]], numbers: bool) -> Sentence:
    text = read.note.text[sentence.start : sentence.end]
    spots = [*_codes(text, letters), *_listed(text)] + (list(_numbered(text)) if numbers else [])
    fresh: list[Mention] = []
    for start, end, n, rule in sorted(set(spots)):
        a, b = sentence.start + start, sentence.start + end
        taken = any(m.label == "NAME" and m.start < b and a < m.end for m in (*sentence.mentions, *fresh))
        if not taken:
            fresh.append(Mention(read.note.note_id, "NAME", n, a, b, read.note.text[a:b], rule, sentence.section))
    if not fresh:
        return sentence
    codes = [f for f in fresh if f.rule_id == "labels#code"]
    kept = [
        m for m in sentence.mentions if m.label not in ("SITE", "PART") or not any(c.start <= m.start and m.end <= c.end for c in codes)
    ]
    return replace(sentence, mentions=tuple(sorted((*kept, *fresh), key=lambda m: (m.start, -m.end, m.label, m.concept, m.rule_id))))


Spot = tuple[int, int, str, str]


def _codes(text: str, letters: dict[str, set[str]]) -> Iterator[Spot]:
    for m in re.finditer(CODE, text):
        if m["n"] not in letters.get(m["letter"], ()) or NOT_CODE.match(text[m.end() :]):
            continue
        if NOT_BEFORE.search(text[: m.start()]) and not (m["letter"] == "L" and re.search(r"\b(?:in|on|from|to) $", text[: m.start()])):
            continue
        if not _of_spine(text, m):
            yield m.start(), m.end(), m["n"], "labels#code"


def _of_spine(text: str, m: re.Match[str]) -> bool:
    """True for the level of a place told just before it: "paraspinal muscle right L2", "psoas at L4"; a label opens its clause."""
    before = text[: m.start()]
    bracketed = text[m.end() : m.end() + 1] in (")", "]")
    return m["letter"] == "L" and not bracketed and OF_SPINE.search(before) is not None


def _listed(text: str) -> Iterator[Spot]:
    """The numbers of "lesions 1, 2 and 3", "zones 1 and 2", "targets 1-3"."""
    for m in LIST.finditer(text):
        found = list(re.finditer(r"[1-9]", m["list"]))
        for one in found:
            yield m.start("list") + one.start(), m.start("list") + one.end(), one[0], "labels#listed"


def _numbered(text: str) -> Iterator[Spot]:
    """ "no. 3", "#2", where the word before it is not of probes, steps or rooms."""
    for m in NUMBERED.finditer(text):
        if not OTHER_COUNTED.search(text[: m.end("before")] if m["before"] else ""):
            start = m.end("before") if m["before"] else m.start()
            yield start, m.end("n"), m["n"], "labels#numbered"
