"""Which short labels do the notes of a chart give their lesions: L1, T2, no. 3, #2, lesions 1 and 2?

"L1" is a vertebra and "T1" a sequence until a note of the chart introduces it as a lesion ("L1: left psoas, 38 mm", "left psoas (L1)",
a table's first column). From then on every note of the chart means the lesion by it, except in words that can only be of the spine or
of the sequence. A number is the chart's, whichever note says it; where a later table numbers otherwise, the place decides (``places``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from functools import lru_cache

from extractor.model import Mention, ReadNote, Sentence
from extractor.normalizer.places import LEVEL_ONLY, conflict, likeness, places
from extractor.normalizer.records import Target
from extractor.normalizer.timeline import kind, remembered
from extractor.normalizer.timeline import labels as labels_of
from extractor.patterns import re
from extractor.pipeline.scan import Scan

SPINE = r"(?:vertebra\w*|body|bodies|level|foram\w+|root|nerve|dis[ck]s?|spine|pedicle|lamina|spinous|transverse|dermatome|endplate|compression|fracture|haemangioma|hemangioma|laminectomy|fusion|corpectomy|vertebroplasty)"
SEQUENCE = r"(?:-?\s?w(?:eighted|i|1)?\b|[- ]?(?:weighted|hyper|hypo|iso|bright|dark|signal|sequence|fat|fs\b|post|pre|images?|contrast|shorten|relax|map|and T2|/T2|[,/] ?T2|tse|gre|vibe|dixon|axial|coronal|sagittal|high|low|N\d|a\b|b\b))"
CODE = r"(?<![\w./-])(?P<letter>(?-i:[LT]))(?P<n>[1-9])(?![\w/]|-[A-Z\d]|\.\d)"
NOT_CODE = re.compile(rf"^(?:\s*{SEQUENCE}|[ -]{{1,2}}{SPINE}\b)", re.IGNORECASE)
BEHIND = 120
"""Characters in which what makes a code a vertebra stands behind it."""
NOT_BEFORE = re.compile(
    r"(?:\b(?:in|on|pre|post|native)[- ]?|\b(?:level(?: of)?|vertebra\w*|below|above|foramen|root|spine|haemangioma|hemangioma|p|c|y|cT|pT|stage|beside|next to|height of|from|to|through)[- :]*)$",
    re.IGNORECASE,
)
OPENS = re.compile(
    rf"(?:^|\n|[.;] )[ \t]*+[-•*|(]?[ \t]*+(?:lesion |target )?{CODE}\)?[ \t]*(?:[:|=–-]|,|\t|/(?= )|\((?=[a-z])|(?=(?:left|right|segment|the|upper|lower|middle|[RL][UML]?L)\b))",
    re.IGNORECASE,
)
"""A label that opens its line or sentence: it is a lesion's if a place of another kind than the spine follows."""
LISTS = re.compile(
    rf"(?P<before>(?<![\w-])[\w-]++ )?\b(?:(?:lesions|targets) ?[(:]? ?|target ?|(?:metastases|nodules|deposits|tumou?rs|recurrences|mets|lesion) ?[(:] ?){CODE}",
    re.IGNORECASE,
)
OF_BONE = re.compile(r"\b(?:bone|bony|osseous|lytic|sclerotic|vertebral|spinal|spine)\W*$", re.IGNORECASE)
RUN = re.compile(r"(?<![\w./-])(?P<l>[LT])[1-9](?:(?:\s*(?:,|/|\+|&|\band\b)\s*)+(?P=l)[1-9](?![\w/-]))+")
BRACKETED = re.compile(rf"\w[ ]\({CODE}\)", re.IGNORECASE)
WORD = r"(?:lesions?|targets?|nodules?|zones?|tumou?rs?|sites?|metastas[ei]s|mets|ablations?|cavit(?:y|ies)|deposits?|scars?|nos?\.?|numbers?|nrs?\.?)"
LIST = re.compile(
    rf"\b{WORD} (?:nos?\.? ?)?(?P<list>#?[1-9](?!\d)(?:\s*(?:,|and|&|\+|/|-|–|to|or)\s*(?:and )?#?[1-9](?![\d.,]*\d|[ -]?(?:mm|cm|x |×|h\b|days?|weeks?|months?|years?|probes?|needles?|cycles?))){{1,8}})\b",
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


SHORT = re.compile(r"[LT][1-9]")
"""Without it no label with a letter stands in a text."""
LABELS = Scan({p: p for p in (CODE, *(x.pattern for x in (OPENS, LISTS, BRACKETED, RUN, LIST, NUMBERED)))})


def labelled(reads: Sequence[ReadNote]) -> list[ReadNote]:
    """The notes with a NAME mention at every short label of a lesion; what was read in such a label (a vertebra) is gone."""
    reads = _segments_placed(reads)
    letters = _introduced(reads)
    numbers = any(m.label == "NAME" for r in reads for m in r.mentions) or any(_numbers_places(r) for r in reads)
    heights = _heights(reads)
    reads = [_with_letters(r) for r in reads] if any(_is_lettered(r.note.text) for r in reads) else reads
    return [_without_devices(_at_heights(_with_names(r, letters, numbers), heights)) for r in reads]


def _is_lettered(text: str) -> bool:
    return ITEM_A.search(text) is not None and LETTERED.search(text) is not None


ITEM_A = re.compile(r"A ?[-–:=.)] ?\w")
"""Stands in every text that LETTERED matches, and is looked for at its letter alone."""
LETTERED = re.compile(
    r"(?:^|\n)[ \t]*(?:(?:lesion|target|nodule) )?(?-i:A) ?[-–:=.)] ?\w[^\n]*\n(?:[^\n]*\n){0,3}?[ \t]*(?:(?:lesion|target|nodule) )?(?-i:B) ?[-–:=.)] ?\w",
    re.IGNORECASE,
)
"""How a note lists its lesions by letters, each opening a line."""
JOINED = re.compile(
    r"(?<![\w/-])(?<!hepatitis )(?<!vitamin )(?<!vitamins )(?-i:[A-F])(?:(?:, ?| ?[/&+] ?|,? and |,? or |, and )(?-i:[A-F])(?![\w/-]))+"
    r"|(?:^|(?<=[.;] ))\W{0,3}(?-i:[B-F])(?= (?:is|has|was|shows?|looks?|remains?|now|still|alone|only|again|unchanged|stable)\b)",
    re.IGNORECASE,
)
"""Letters of lesions where they stand together ("A and B: scars only"), or alone before what they are ("C has become bulkier")."""


def _with_letters(read: ReadNote) -> ReadNote:
    """A note of a chart that letters its lesions, with a NAME at each letter of several told together; the letters of a specimen's parts are others."""
    if kind(read) == "pathology" or not (found := list(JOINED.finditer(read.note.text))):
        return read
    spots = [(m.start() + n, c) for m in found for n, c in enumerate(m[0]) if c in "ABCDEF" and not _in_word(m[0], n)]
    return read.with_sentences([_lettered(read, s, spots) for s in read.sentences])


def _in_word(text: str, at: int) -> bool:
    return text[at - 1 : at].isalpha() or text[at + 1 : at + 2].isalpha()


def _lettered(read: ReadNote, sentence: Sentence, spots: Sequence[tuple[int, str]]) -> Sentence:
    names = [m for m in sentence.mentions if m.label == "NAME"]
    here = [(at, c) for at, c in spots if sentence.start <= at < sentence.end and not any(m.start <= at < m.end for m in names)]
    if not here:
        return sentence
    note_id, section = read.note.note_id, sentence.section
    fresh = [Mention(note_id, "NAME", str("ABCDEF".index(c) + 1), at, at + 1, c, "labels#letter", section) for at, c in here]
    return replace(
        sentence, mentions=tuple(sorted((*sentence.mentions, *fresh), key=lambda m: (m.start, -m.end, m.label, m.concept, m.rule_id)))
    )


HEIGHT = r"(?<![\w./-])(?-i:[TL]\d{1,2})(?![\w/.-]*\d)"
OPENS_AT = re.compile(rf"\W*(?:at )?(?P<level>{HEIGHT})(?: level)?(?=\s*[,:(])", re.IGNORECASE)
AT_HEIGHT = re.compile(
    rf"(?P<level>{HEIGHT})(?: level)?\b(?! (?:vertebra\w*|body|bodies|foram\w+|root|nerve|dis[ck]s?|pedicle|lamina|spinous|transverse|dermatome|endplate|compression|fracture|facet\w*))",
    re.IGNORECASE,
)
"""The height of a lesion, where it is not the bone itself or a nerve that is spoken of."""


def _heights(reads: Sequence[ReadNote]) -> dict[str, str]:
    """The numbers of targets of one soft tissue that a report tells apart by the vertebra beside them: "L3 level, left erector spinae, 31 mm", "L5 level, ..."."""
    for read in reads:
        told: dict[str, str] = {}
        sites: set[str] = set()
        for s in read.sentences if {"SIZE", "SITE"} <= labels_of(read) else ():
            labels = {m.label for m in s.mentions}
            head = OPENS_AT.match(read.note.text, s.start, s.end) if {"SIZE", "SITE"} <= labels and "NAME" not in labels else None
            if head is None:
                continue
            firm = {m.concept for m in s.mentions if m.label == "SITE" and not LEVEL_ONLY.fullmatch(m.words)}
            if len(firm) == 1 and "bone" not in firm:
                told.setdefault(head["level"], str(len(told) + 1))
                sites |= firm
        if len(told) > 1 and len(sites) == 1:
            return told
    return {}


def _at_heights(read: ReadNote, heights: Mapping[str, str]) -> ReadNote:
    """The note with a NAME at each height that tells a target of the chart."""
    found = (
        [(m.start(), m.end(), heights[m["level"]]) for m in AT_HEIGHT.finditer(read.note.text) if m["level"] in heights] if heights else []
    )
    return read.with_sentences([_with_heights(read, s, found) for s in read.sentences]) if found else read


def _with_heights(read: ReadNote, sentence: Sentence, found: Sequence[tuple[int, int, str]]) -> Sentence:
    here = [f for f in found if sentence.start <= f[0] and f[1] <= sentence.end]
    if not here or any(m.label == "NAME" for m in sentence.mentions):
        return sentence
    text, section = read.note.text, sentence.section
    names = [Mention(read.note.note_id, "NAME", n, a, b, text[a:b], "labels#height", section) for a, b, n in here]
    kept = [m for m in sentence.mentions if m.label not in ("SITE", "PART") or not any(a <= m.start and m.end <= b for a, b, _ in here)]
    return replace(sentence, mentions=tuple(sorted((*kept, *names), key=lambda m: (m.start, -m.end, m.label, m.concept, m.rule_id))))


DEVICES = re.compile(
    r"\b(?:probe|needle|antenna|antennae|electrode|applicator)s? #?\d(?:\s*(?:,|and|&|/)\s*(?:and )?#?\d)*$", re.IGNORECASE
)


def _without_devices(read: ReadNote) -> ReadNote:
    """Without the numbers of needles taken for lesions': "probes 3 and 4 bracket nodule C"."""
    gone = {
        m
        for m in read.mentions
        if m.label == "NAME" and m.text[-1:].isdigit() and DEVICES.search(read.note.text[max(0, m.start - 40) : m.end])
    }
    if not gone:
        return read
    return read.with_sentences([replace(s, mentions=tuple(m for m in s.mentions if m not in gone)) for s in read.sentences])


SEGMENT = re.compile(r"(?:segments?|segs?\.?|S) ?\d{1,2}(?:[-–/]S?\d)?", re.IGNORECASE)
"""By an arabic number alone; roman ones, and halves such as 4a, are the liver's."""
SACRAL = re.compile(r"S[1-5](?:[-–/]S?[1-5])?")
BY_SACRUM = ("pelvis", "bone", "paraspinal", "gluteal", "retroperitoneum")


def _segments_placed(reads: Sequence[ReadNote]) -> list[ReadNote]:
    """S3 is a segment of the liver, of the lung or a level of the sacrum: as its own sentence tells, else as another one of the chart does, else its note."""
    told: dict[str, set[str]] = {}
    for m, organ in ((m, _organ(m, s)) for r in reads if _unplaced(r.mentions) for s in r.sentences for m in _unplaced(s.mentions)):
        if organ:
            told.setdefault(_number(m), set()).add(organ)
    return [_placed(r, told) if _unplaced(r.mentions) else r for r in reads]


def _number(m: Mention) -> str:
    return re.sub(r"(?i)segments?|segs?\.?|[s .]", "", m.text).upper()


def _unplaced(mentions: Sequence[Mention]) -> list[Mention]:
    """The segments by number alone, which the rules take for the liver's."""
    return [m for m in mentions if m.label == "SITE" and m.concept == "liver" and SEGMENT.fullmatch(m.words)]


NEAR_BEHIND, FAR = 16, 100_000
"""Characters within which the organ told behind a segment is its own, and what is added to the distance of others."""


def _firm(mentions: Sequence[Mention], m: Mention) -> list[tuple[int, str]]:
    """(distance, organ) of the words beside a segment that can tell whose it is."""
    organs = ("lung", "liver", *(BY_SACRUM if SACRAL.fullmatch(m.words) else ()))
    sites = [o for o in mentions if o.label == "SITE" and o.concept in organs and not SEGMENT.fullmatch(o.words)]
    behind = {o: o.start - m.end for o in sites if o.start >= m.end}  # "segment 8 of the liver", else what was named before it
    return [(m.start - o.end if o not in behind else behind[o] + (FAR if behind[o] > NEAR_BEHIND else 0), o.concept) for o in sites]


def _organ(m: Mention, sentence: Sentence) -> str:
    return min(_firm(sentence.mentions, m), default=(0, ""))[1]


def _placed(read: ReadNote, told: Mapping[str, set[str]]) -> ReadNote:
    bone = bool(SACRUM.search(read.note.text)) and not any(m.concept == "liver" and not SEGMENT.fullmatch(m.words) for m in read.mentions)
    return read.with_sentences([replace(s, mentions=tuple(_with_organ(s, read, told, bone))) for s in read.sentences])


SACRUM = re.compile(r"\b(?:sacrum|sacrectomy|sacral (?:mass|tumou?r|chordoma|metasta\w+|lesion|bone)|chordoma|coccyx)\b", re.IGNORECASE)
"""Words of a note in which S4 alone is the bone."""


def _with_organ(sentence: Sentence, read: ReadNote, told: Mapping[str, set[str]], bone: bool) -> Iterator[Mention]:
    placed = {m: _organ(m, sentence) or _organ_elsewhere(m, read, told) for m in _unplaced(sentence.mentions)}
    placed |= {m: "bone" for m, organ in placed.items() if bone and not organ and SACRAL.fullmatch(m.words)}
    levels = {(m.start, m.end) for m, organ in placed.items() if organ in BY_SACRUM}
    alone = bone and not any(m.label == "SITE" and (m.start, m.end) not in levels for m in sentence.mentions)
    for m in sentence.mentions:
        if alone and m.label == "SITE":
            yield replace(m, concept="bone")
        elif m.label not in ("SITE", "PART") or (m.start, m.end) not in levels:
            yield replace(m, concept="lung") if placed.get(m) == "lung" else m


def _organ_elsewhere(m: Mention, read: ReadNote, told: Mapping[str, set[str]]) -> str:
    here = _firm(read.mentions, m)
    organs = told.get(_number(m), set()) or {organ for _, organ in here}
    nearest = min(((d, organ) for d, organ in here if organ in organs), default=(0, "lung"))[1]
    return next(iter(organs)) if len(organs) == 1 else nearest if "lung" in organs and "liver" not in organs else ""


def _introduced(reads: Sequence[ReadNote]) -> dict[str, set[str]]:
    """The numbers of each letter that the chart's notes introduce as lesions."""
    out: dict[str, set[str]] = {}
    reads = [r for r in reads if _can_label(r)]
    for read in reads:
        text = read.note.text if SHORT.search(read.note.text) else ""
        for opens, m in (*((True, m) for m in OPENS.finditer(text)), *((False, m) for m in LISTS.finditer(text))):
            told = _told_place(read, m.end("n")) if opens else not OF_BONE.search(m["before"] or "")
            if (
                told
                and not NOT_CODE.match(text[m.end("n") : m.end("n") + BEHIND])
                and not NOT_BEFORE.search(text[max(0, m.start("n") - 20) : m.start("n") - 1])
            ):
                out.setdefault(m["letter"], set()).add(m["n"])
        for letter, word in (("L", "lesion"), ("T", "target")):
            out.setdefault(letter, set()).update(_abbreviated(read, letter, word))
        bracketed = {(m["letter"], m["n"]) for m in BRACKETED.finditer(text)}
        for letter, n in bracketed:
            if len({x for a, x in bracketed if a == letter}) > 1:
                out.setdefault(letter, set()).add(n)
        for name in read.mentions:
            if name.rule_id == "grids#name" and re.fullmatch(r"[LT]\d", name.text):
                out.setdefault(name.text[0], set()).add(name.text[1])
    for letter, n in list(_in_runs(reads, out)) if any(out.values()) else ():
        out[letter].add(n)
    return {letter: ns for letter, ns in out.items() if "1" in ns or len(ns) > 1}


def _abbreviated(read: ReadNote, letter: str, word: str) -> set[str]:
    """The numbers by which a note names lesions in full and for short: "Lesion 1: ..., Lesion 2: ..., L1 three probes, L2 two"; or rows 1 and 2, and lines "T1: ..."."""
    rows = {m.concept for m in read.mentions if m.rule_id == "grids#name" and m.text.strip().isdigit()}
    opening = {m["n"] for m in OPENS.finditer(read.note.text) if m["letter"] == letter} if len(rows) > 1 else set()
    if len(opening) > 1 and opening <= rows:
        return opening
    full = {m.concept for m in read.mentions if m.label == "NAME" and m.text.lower().startswith(word)}
    if len(full) < 2:
        return set()
    short = {
        m["n"]
        for m in re.finditer(CODE, read.note.text)
        if m["letter"] == letter and not NOT_CODE.match(read.note.text[m.end() : m.end() + BEHIND])
    }
    return short if len(short) > 1 and short <= full else set()


def _told_place(read: ReadNote, end: int) -> bool:
    """True if a place that is no mere level of the spine follows a label in its line."""
    stop = read.note.text.find("\n", end)
    until = min(end + 70, stop if stop >= 0 else len(read.note.text))
    return any(
        m.label == "SITE" and end <= m.start < until and not LEVEL_ONLY.fullmatch(m.words) and "vertebra" not in m.text.lower()
        for m in read.mentions
    )


def _in_runs(reads: Sequence[ReadNote], known: Mapping[str, set[str]]) -> Iterator[tuple[str, str]]:
    """The further labels of a run whose first is known: "(L1, L2 and L3)"."""
    for read in reads:
        for run in RUN.finditer(read.note.text):
            letter, numbers = run[0][0], re.findall(r"\d", run[0])
            if numbers[0] in known.get(letter, ()) and not NOT_BEFORE.search(read.note.text[max(0, run.start() - 20) : run.start()]):
                yield from ((letter, n) for n in numbers)


@remembered
def _can(read: ReadNote) -> Set[str]:
    """The patterns of labels that can match in a note at all."""
    return LABELS.of_sentences(read.note.text)


def _can_label(read: ReadNote) -> bool:
    """True if a label can stand in a note at all."""
    return bool(_can(read)) or any(m.label == "NAME" for m in read.mentions)


def _with_names(read: ReadNote, letters: dict[str, set[str]], numbers: bool) -> ReadNote:
    if not _can_label(read):
        return read
    listed = LIST.pattern in _can(read) and PAIR.search(read.note.text) is not None
    lettered = any(m.label == "NAME" and LETTER.fullmatch(m.text) for m in read.mentions)
    if not (letters or numbers or listed):
        return read
    return read.with_sentences(_in_blocks(read, [_named(read, s, letters, numbers, listed, lettered) for s in read.sentences]))


def _named(read: ReadNote, sentence: Sentence, letters: dict[str, set[str]], numbers: bool, listed: bool, lettered: bool) -> Sentence:
    text = read.note.text[sentence.start : sentence.end]
    spots = [*_codes(text, letters), *(_listed(text) if listed else ())] + (list(_numbered(text)) if numbers else [])
    spots += _letters_listed(text) if lettered and sentence.section != "specimen" else ()
    if not spots:
        return sentence
    fresh: list[Mention] = []
    for start, end, n, rule in sorted(set(spots)):
        a, b = sentence.start + start, sentence.start + end
        taken = any(m.label == "NAME" and m.start < b and a < m.end and (m.start, m.end) != (a, b) for m in (*sentence.mentions, *fresh))
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
LETTER = re.compile(r"\([a-e]\)|(?-i:[A-E])\)?", re.IGNORECASE)
LETTER_LIST = re.compile(
    r"\b(?:of|around|for|over|beyond|past|in|covers?|covered|both|targets?|lesions?|only) (?P<list>[a-e](?:, ?[a-e])* (?:and|&) [a-e])(?![\w'’.-]*\w| (?:half|third|quarter|few|little|small|large|thin|single|further|second|good))",
    re.IGNORECASE,
)
"""Targets by their letters alone, where a note has lettered its targets: "complete coverage of a and b"."""


def _letters_listed(text: str) -> Iterator[Spot]:
    for m in LETTER_LIST.finditer(text):
        for one in re.finditer(r"\b[a-e]\b", m["list"], re.IGNORECASE):
            start = m.start("list") + one.start()
            yield start, start + 1, str("abcde".index(one[0].lower()) + 1), "labels#letters"


def _codes(text: str, letters: dict[str, set[str]]) -> Iterator[Spot]:
    for m in re.finditer(CODE, text) if letters else ():
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


@lru_cache(maxsize=4096)
def _listed(text: str) -> tuple[Spot, ...]:
    """As ``_numbers_listed``; sentences repeat."""
    return tuple(_numbers_listed(text)) if PAIR.search(text) else ()


PAIR = re.compile(r"[1-9]\s*(?:,|and|&|\+|/|-|–|to|or)\s*(?:and )?#?[1-9]", re.IGNORECASE)
"""Stands in every text with a list of numbers, and is looked for at digits alone."""


def _numbers_listed(text: str) -> Iterator[Spot]:
    """The numbers of "lesions 1, 2 and 3", "zones 1 and 2", "targets 1-3"."""
    for m in LIST.finditer(text):
        found = list(re.finditer(r"[1-9]", m["list"]))
        for one, after in zip(found, [*found[1:], None], strict=True):
            yield m.start("list") + one.start(), m.start("list") + one.end(), one[0], "labels#listed"
            between = m["list"][one.end() : after.start()] if after else ""
            if after and re.fullmatch(r"\s*(?:-|–|to)\s*", between):
                at = m.start("list") + one.end()
                yield from ((at, at + len(between), str(n), "labels#listed") for n in range(int(one[0]) + 1, int(after[0])))


def _numbers_places(read: ReadNote) -> bool:
    """True for a note that numbers places without a noun: "No. 1 perihepatic, 22 mm; no. 2 left gutter, 15 mm"."""
    if NUMBERED.pattern not in _can(read):
        return False
    text = read.note.text
    sites = [m.start for m in read.mentions if m.label == "SITE"]
    told = {n for _, end, n, _ in _numbered(text) if any(end <= at <= end + PLACE_NEAR for at in sites)}
    return {"1", "2"} <= told


PLACE_NEAR = 20
"""Characters within which a number's place follows it."""


def _numbered(text: str) -> Iterator[Spot]:
    """ "no. 3", "#2", where the word before it is not of probes, steps or rooms."""
    for m in NUMBERED.finditer(text):
        if not OTHER_COUNTED.search(text[: m.end("before")] if m["before"] else ""):
            start = m.end("before") if m["before"] else m.start()
            yield start, m.end("n"), m["n"], "labels#numbered"


# ---- blocks of a template ---------------------------------------------------------------------------------------------------

KEY = re.compile(
    r"^[\s\-•*]*(?P<key>(?:(?!\d)[\w/()#%&'-]++[ \t]?){1,6}?)[ \t]*(?::|\.{2,}|=|\t)",
)
OF_LESION = re.compile(
    r"\b(?:loc\w*|site|organ|segm\w*|lobe|side|lateral\w*|position|region|sizes?|dim\w*|diam\w*|max\w*|largest|longest|probes?|needles?|antenn\w*|electrodes?|applicators?|cryo-?probes?|margins?|clearance|coverage|covered|zones?|ice\w*|ablation"
    r"|cycles?|freez\w*|thaw|power|watts|time|duration|result|outcome|distance|min|minimum|cran\w*|caud\w*|med\w*|lat\w*|vent\w*|dors\w*|ant\w*|post\w*|sup\w*|inf\w*|deep|response|status|technical|type|histology|depth|approach|access)\b",
    re.IGNORECASE,
)
MOST_LINES = 16
NO_NUMBER = "0"
"""What a lesion that the procedure note gave no number is called."""
LEAST_LIKENESS = 3.0
"""Site and side, or site and a finer place: enough to tell a lesion by its place."""


def _in_blocks(read: ReadNote, sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """Under a line that opens with a lesion's name, each key of a template ("Size: 24 mm") names that lesion."""
    if not any(m.label == "NAME" for s in sentences for m in s.mentions):
        return tuple(sentences)
    out: list[Sentence] = []
    name, left, end = "", 0, 0
    for sentence in sentences:
        text = read.note.text[sentence.start : sentence.end]
        own = [m for m in sentence.mentions if m.label == "NAME"]
        key = KEY.match(text)
        gap = re.search(r"\n[ \t]*\r?\n", read.note.text[end : sentence.start]) is not None and left < MOST_LINES
        if own:
            heads = own[0].start - sentence.start < 10 and len({m.concept for m in own}) == 1 and own[0].rule_id != "grids#name"
            name, left = (own[0].concept, MOST_LINES) if heads else ("", 0)
        elif name and left and not gap and key and _of_lesion(key, sentence):
            a, b = sentence.start + key.start("key"), sentence.start + key.start("key") + len(key["key"].rstrip())
            mention = Mention(read.note.note_id, "NAME", name, a, b, read.note.text[a:b], "labels#block", sentence.section)
            sentence = replace(
                sentence, mentions=tuple(sorted((*sentence.mentions, mention), key=lambda m: (m.start, -m.end, m.label, m.concept)))
            )
            left -= 1
        else:
            name, left = "", 0
        end = sentence.end
        out.append(sentence)
    return tuple(out)


def _of_lesion(key: re.Match[str], sentence: Sentence) -> bool:
    """True for a key that asks something of a lesion; "Right upper lobe:" asks nothing, it names where the next one lies."""
    sites = [(m.start - sentence.start, m.end - sentence.start) for m in sentence.mentions if m.label == "SITE"]
    at = key.start("key")
    return any(not any(a <= at + m.start() < b for a, b in sites) for m in OF_LESION.finditer(key["key"]))


# ---- a later note's own numbering -------------------------------------------------------------------------------------------


def renumbered(reads: Sequence[ReadNote], targets: Sequence[Target]) -> list[ReadNote]:
    """The notes with the numbers of the treated lesions: where a note gives a number and a place that is another treated lesion's, the place decides."""
    tellers = {line.read.note.note_id for t in targets for line in t.session.lines}
    return [r if r.note.note_id in tellers else _renumbered(r, targets) for r in reads]


def _renumbered(read: ReadNote, targets: Sequence[Target]) -> ReadNote:
    own = dict(told for s in read.sentences for told in _own_numbers(s, read.note.text, targets))
    if all(n == name for n, name in own.items()):
        return read
    return read.with_sentences([replace(s, mentions=tuple(_with_number(m, own) for m in s.mentions)) for s in read.sentences])


def _own_numbers(sentence: Sentence, text: str, targets: Sequence[Target]) -> Iterator[tuple[str, str]]:
    """(number in the note, number of the treated lesion) of each place that a sentence tells with a number."""
    if not any(m.label == "NAME" for m in sentence.mentions):
        return
    for place in places(sentence, text):
        called = [t for t in targets if t.place.name == place.name]
        if any(not conflict(replace(place, name=""), replace(t.place, name="")) for t in called):
            continue
        scored = [(likeness(replace(place, name=""), replace(t.place, name="")), t) for t in targets]
        best = max((score for score, _ in scored), default=0.0)
        names = {t.place.name for score, t in scored if score == best}
        if place.name and best >= LEAST_LIKENESS and len(names) == 1:
            yield place.name, names.pop() or NO_NUMBER


def _with_number(m: Mention, own: Mapping[str, str]) -> Mention:
    return replace(m, concept=own[m.concept]) if m.label == "NAME" and m.concept in own else m
