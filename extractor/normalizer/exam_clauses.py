"""Where does a sentence of an exam cut into clauses that are each about something of their own, and what is told apart in a list?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from extractor.model import ReadNote
from extractor.normalizer import timeline
from extractor.normalizer.places import SIDE_OF_LOBE, likeness, places
from extractor.normalizer.records import Line, Place, Target
from extractor.patterns import re

DIFFUSE = ("lung", "liver", "bone", "peritoneum", "lymph_node", "pleura", "subcutaneous")
"""Sites where new disease beside a treated lesion is usual, so that a new focus is local only if the words say so."""


def places_told(line: Line) -> list[Place]:
    """The places of a line's sentence."""
    return places(line.sentence, line.read.flat)


CUT = re.compile(
    r";|, (?=the latter\b)|\||\bbut\b|\bhowever\b|\bwhile\b|\bwhereas\b|, with (?=(?:the |an? )?(?:\w+ ){0,5}?(?:zones?|sites?|cavit\w+|scars?|beds?)\b)|, (?:and |with |the )(?=\w+ (?:\w+ )?(?:is|are|was|has|have|zone|site|cavity|scar|nodule|lesion)\b)|\band (?=(?:the|there|that (?:the|there|a|an|his|her)|a|an|two|three|several|new) )|, (?=(?:an? |one |two |three |four |five |several |multiple |many )?(?:new|further|additional|fresh) (?:[\w-]+ ){0,3}?(?:nodul\w+|lesions?|metasta\w+|deposits?|mass(?:es)?|foc(?:us|i)|nodes?|implants?|spots?|mets)\b)|,? (?:and |or )?\b(?=(?:nothing|none|nil) (?:new|else|elsewhere|further|more)\b)|, (?=(?:the |all )?(?:(?:two|three|four|five) )?(?:other|remaining) (?:[\w-]+ ){0,2}?(?:nodul\w+|lesions?|metasta\w+|deposits?|mass(?:es)?|foci|nodes?|implants?|mets|disease|sites|zones|scars|beds|cavities|places|areas|spots)\b)|, (?=(?:the |all |her |his |several |multiple )?(?:small|tiny|minute|little|known|scattered|untreated|sub-?centimet\w+) (?:[\w-]+ ){0,2}?(?:nodules|lesions|metastases|deposits|masses|foci|nodes|implants|mets)\b)|,? (?:and )?\bno (?=(?:new|other|further|distant|metasta\w+|(?:disease|tumou?r|recurrence|lesions?|mass(?:es)?|nodules?|metasta\w+) (?:anywhere|elsewhere)|evidence of (?:new|metasta\w+|distant))\b)|(?<!\bno)(?<!\bnr)(?<!\bnos)(?<!\bseg)(?<!\bi\.e)(?<!\be\.g)(?<!\bvs)(?<!\bca)(?<!\bDr)(?<!\bcf)\. ",
    re.IGNORECASE,
)


def clauses_of(line: Line) -> list[Line]:
    """A sentence cut at semicolons and before "but"/"and" with a new place, so that each part speaks of one thing."""
    text = line.text
    bounds = [0, *(m.start() for m in CUT.finditer(text)), len(text)]
    bounds = [b for n, b in enumerate(bounds) if n in (0, len(bounds) - 1) or len(text[bounds[n - 1] : b].split()) > 1]
    bounds = [b for n, b in enumerate(bounds) if not (n and text[b : b + 7].lower() == "however" and _says_nothing(line, bounds[n - 1], b))]
    bounds = [b for n, b in enumerate(bounds) if n in (0, len(bounds) - 1) or not CALLED_SO.match(text, b)]
    bounds = [b for n, b in enumerate(bounds) if n in (0, len(bounds) - 1) or not _shares_noun(line, bounds[n - 1], b)]
    bounds = [b for n, b in enumerate(bounds) if n in (0, len(bounds) - 1) or not _cell_of_row(line, b, bounds[n + 1])]
    bounds = sorted({*bounds, *_told_apart(line, bounds)})
    parts: list[Line] = []
    for a, b in pairwise(bounds):
        part = line.part(line.sentence.start + a, line.sentence.start + b)
        if part.mentions or not parts:
            parts.append(part)
    return parts


CALLED_SO = re.compile(
    r";\s*(?:this|that|it|which) (?:is|was|must be|looks like|represents|means) (?:an? |the |local |early |definite |clear )*(?:recurr\w+|residual|regrowth|progression|relapse)\b",
    re.IGNORECASE,
)
"""What the clause before it is called: "a rim that has grown since April; this is recurrence"."""


NAMES = ("SITE", "ZONE", "SPOT", "PART", "ORGAN", "NAME", "SIDE", "BYSTANDER")


def _cell_of_row(line: Line, start: int, end: int) -> bool:
    """True for a cell of a row that names nothing itself: it goes on with the row's first one ("| Iliac node | 6 mm | 6 mm | stable |")."""
    if line.text[start] != "|" or not line.text.lstrip().startswith("|"):
        return False
    begin, stop = line.sentence.start + start, line.sentence.start + end
    first = line.read.flat.find("|", line.read.flat.find("|", line.sentence.start) + 1)
    of_exam = any(m.start < first for m in line.labelled("IMAGING", "DATE"))  # whose columns are the places
    return not of_exam and not any(begin <= m.start < stop for m in line.labelled(*NAMES))


def _says_nothing(line: Line, start: int, end: int) -> bool:
    """True for the opening of a sentence before a "however" in passing: "On its lateral border, however, is a nodule"."""
    begin, stop = line.sentence.start + start, line.sentence.start + end
    return not any(begin <= m.start < stop for m in line.labelled("PROGRESSION", "STATUS", "SIZE", "LENGTH"))


PLURAL_NOUN = re.compile(
    r",?\s*and (?:(?:at|in|of) )?the (?:[\w-]+ ){1,3}?(?:sites|zones|scars|beds|cavities|areas|defects)\b", re.IGNORECASE
)
"""How the last of several places closes their list: "the groin and the calf sites"."""


def _shares_noun(line: Line, start: int, end: int) -> bool:
    """True if the places before an "and the" have their noun, and what is said of them, behind it: "both the groin and the calf sites cold"."""
    if not PLURAL_NOUN.match(line.text, end):
        return False
    begin, stop = line.sentence.start + start, line.sentence.start + end
    inside = [m for m in line.mentions if begin <= m.start < stop]
    ends = any(m.label in ("SITE", "PART") and not line.read.flat[m.end : stop].strip(", ") for m in inside)
    return ends and not any(m.label in ("PROGRESSION", "STATUS", "ZONE", "SPOT") for m in inside)


COMMA = re.compile(r",(?! ?\d)(?: and)? |\band (?!/|or\b)")


def _told_apart(line: Line, bounds: Sequence[int]) -> list[int]:
    """Commas between two parts that each name a place and a status of their own: "rib fine, iliac without recurrence, a new nodule in the lung"."""
    start, text = line.sentence.start, line.text
    out: list[int] = []
    begin = 0
    commas = [m.start() for m in COMMA.finditer(text)]
    lists = [span for c in commas if text[c] == "," and (span := _list_of_zones(line, c))]
    commas = [c for c in commas if not any(a <= c < b for a, b in lists)]
    for number, comma in enumerate(commas):
        begin = max([begin, *(b for b in bounds if b <= comma)])
        further = commas[number + 1 :] if text[comma] != "," else [c for c in commas[number + 1 :] if text[c] == ","]
        end = min([b for b in (*bounds, *further) if b > comma], default=len(text))
        if _complete(line, start + comma, start + end) and (
            _complete(line, start + begin, start + comma) or _predicated(line, start + begin, start + comma)
        ):
            out.append(comma)
            begin = comma
    return out


LIST_OF_ZONES = re.compile(
    r",(?: (?!with\b|but\b|no\b|is\b|are\b)[\w/-]+){1,5}(?:,(?: [\w/-]+){1,5})*?,? (?:and|&) (?:[\w/-]+ ){1,5}?(?:sites|zones|scars|beds|cavities|areas|defects)\b",
    re.IGNORECASE,
)
"""How a list of places goes on to the plural that all of them share: ", left renal and left psoas ablation zones"."""


def _list_of_zones(line: Line, comma: int) -> tuple[int, int] | None:
    """Where such a list stands, from the comma behind its first place on, of which nothing is said apart: "shrinkage of the liver, renal and psoas zones"."""
    start = line.sentence.start
    if not any(m.end == start + comma for m in line.labelled("SITE", "PART")):
        return None
    found = LIST_OF_ZONES.match(line.text, comma)
    if found is None or any(start + comma <= m.start < start + found.end() for m in line.labelled("PROGRESSION", "STATUS")):
        return None
    return found.span()


PREDICATE = re.compile(
    r"\s+(?:(?:is|are|was|were|looks?|looked|remains?|appears?|all|quite|very|still|now|both) )*(?!(?:and|or|in|of|at|on|with|by|to|from|nodul\w+|lesions?|mass|mets?|metasta\w+|tumou?rs?|deposits?|zones?|sites?|areas?|lobes?|mm|cm|left|right)\b)[a-z-]{2,12}\s*",
    re.IGNORECASE,
)
"""Behind a treated place: a word or two that say how it is, known or not ("segment 7 zone ok, segment 3 ...")."""


def _predicated(line: Line, start: int, end: int) -> bool:
    """True if a part of a sentence names a treated place and ends in a word that says how it is."""
    inside = [m for m in line.labelled("ZONE", "SPOT") if start <= m.start and m.end <= end]
    return bool(inside) and PREDICATE.fullmatch(line.read.flat[inside[-1].end : end]) is not None


def _complete(line: Line, start: int, end: int) -> bool:
    """True if a part of a sentence names a place and says something of tumour."""
    labels = {m.label for m in line.mentions if start <= m.start < end and m.end <= end}
    return bool(labels & {"SITE", "ZONE", "PART"}) and bool(labels & {"PROGRESSION", "STATUS"})


LABEL = re.compile(
    r"(?:(?:^|(?<=[;|:])|(?<=[.]\s))\W*|(?<=[(]))(?:(?:lesion|target|site|zone|tumou?r|no|nr)\.? ?)?(?-i:NT|T|L|)#?(?P<n>[1-9])(?=\s*(?:[|:)(]|[–-] )|\s*,\s*[a-z])"
    r"|(?:^|(?<=[;|:]))\W*(?-i:NT|T|L)(?P<head>[1-9])(?= (?:\w+ )?(?:left|right|psoas|kidney|adrenal|lung|liver|\w+ (?:left|right))\b)"
    r"|(?<!probe )(?<!image )(?<!series )(?<!case )(?<!antenna )(?<!electrode )(?<!step )\b(?:no|nr)s?\. ?(?P<no>[1-9])\b(?![.,]\d)"
    r"|\b(?:lesions?|targets?|zones?|sites?) (?:no\.? )?(?-i:T|L|)(?P<noun>[1-9])\b(?! ?(?:mm|cm|x|to|%|months?|weeks?)|[.,]\d)"
    r"|(?:\bof |\bat |\band |\bboth |, )(?-i:NT|T|L)(?P<in>[1-9])(?=,? (?:and|is|are|was|were|without|with|has|have|no|quiet|clear|stable)\b|[,.;:)]|$| \d)",
    re.IGNORECASE | re.MULTILINE,
)
"""Labels of treated lesions in follow-up: "T1 | left psoas", "no. 2", "lesion 3 (pleura)", "L1, L2 and L3 without recurrence"."""
NUMERAL = re.compile(r"[1-9]")
"""Every label has one."""

SPINAL = re.compile(
    r"\b(?:spin\w+|vertebra\w*|discs?|lumbar|fractures?|foram\w+|levels?|weighted|bright|dark|signal|hyperintens\w+|hypointens\w+)\b",
    re.IGNORECASE,
)
"""Words beside which L1 is a vertebra and T1 a weighting."""


ORDINALS = ("first", "second", "third", "fourth", "fifth")
ORDINAL = re.compile(
    rf"\W*(?:and )?(?:the )?(?P<nth>{'|'.join(ORDINALS)})(?: one)?(?=\s*:|\s+[–-]\s| one (?:is|has|shows?|was|looks?|remains?|remained)\b)",
    re.IGNORECASE,
)
"""A lesion by its turn, as a clause opens that goes on with a list of them: "Second: recurrence along its edge"."""


def labels_in(line: Line) -> list[str]:
    """Numbers that a clause calls lesions by."""
    said = _numbers_in(line.read.note.text[line.sentence.start : line.sentence.end + 1])
    nth = ORDINAL.match(line.text)
    counted = [str(ORDINALS.index(nth["nth"].lower()) + 1)] if nth else []
    return list(dict.fromkeys([*(m.concept for m in line.labelled("NAME")), *said, *counted]))


@lru_cache(maxsize=4096)
def _numbers_in(text: str) -> tuple[str, ...]:
    """The numbers of labels in a clause with the character behind it; several questions of an exam ask."""
    found = list(LABEL.finditer(text)) if NUMERAL.search(text) else []
    spinal = bool(found and SPINAL.search(text))
    return tuple(next(g for g in m.groups() if g) for m in found if not (spinal and re.search(r"[LT]\d", m[0])))


def labels(reads: Sequence[ReadNote], targets: Sequence[Target]) -> dict[str, frozenset[str]]:
    """Which lesion the chart means by a number: what stands beside it most often, as the ids of its rows."""
    roots = _roots(targets)
    votes: dict[str, Counter[str]] = {}
    for line in (x for r in reads for x in timeline.telling(r)):
        said = labels_in(line) if places_told(line) else []
        who = {roots[t.lesion_id] for p in places_told(line) for t in matching(p, targets, True)} if len(said) == 1 else set()
        if len(who) == 1:
            votes.setdefault(said[0], Counter()).update(who)
    best = {label: count.most_common(1)[0] for label, count in votes.items()}
    sure = {label: root for label, (root, n) in best.items() if 3 * n >= 2 * votes[label].total()}
    return {label: frozenset(i for i, r in roots.items() if r == root) for label, root in sure.items()}


def _roots(targets: Sequence[Target]) -> dict[str, str]:
    """The first row of the lesion of each row."""
    before = {t.lesion_id: t.retreatment_of for t in targets}
    out = {}
    for row in before:
        root = row
        while (earlier := before.get(root)) is not None:
            root = earlier
        out[row] = root
    return out


def matching(place: Place, here: Sequence[Target], zone: bool) -> list[Target]:
    """Treated lesions that a named place means. Without zone words a diffuse organ must be named more closely than by itself."""
    side = place.side or next((SIDE_OF_LOBE[p] for p in place.parts if p in SIDE_OF_LOBE), "")
    place = Place(place.site, side, place.parts, place.name, place.mentions, place.text)
    scored = [(likeness(place, t.place), t) for t in here]
    best = max((s for s, _ in scored), default=0.0)
    if best < 2.0 or (not zone and best < 3.0 and place.site in DIFFUSE):
        return []
    return [t for s, t in scored if s == best]
