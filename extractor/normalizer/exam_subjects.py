"""Which treated lesions is a clause about? By name, number, side, part, position, session or order, by what was last spoken of, else none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise

from extractor.model import Mention
from extractor.normalizer import findings, timeline
from extractor.normalizer.exam_clauses import DIFFUSE, labels_in, matching, places_told
from extractor.normalizer.lesion_targets import ALL, NUMBERS
from extractor.normalizer.places import AND, LANDMARK, conflict, near_site
from extractor.normalizer.records import Line, Place, Target
from extractor.patterns import re

PRONOUN = re.compile(
    r"[\W\d]*(?:and |but |however,? )?(?:(?:at|in|within|along|around|on|over|of|from) )?(?:its?|this|these|they|their|that)\b",
    re.IGNORECASE,
)

PAIR = re.compile(r"\b(?:both|either|neither|each)\b", re.IGNORECASE)
PAIR_OF_ZONES = re.compile(
    r"\b(?:both|either|neither)(?: of (?:the|these|those|them))? (?:\w+ )?(?:sites?|zones?|places?|scars?|beds?|cavit\w+)\b", re.IGNORECASE
)
PAIR_OF_LESIONS = re.compile(
    r"\b(?:both|either|neither)(?: of (?:the|these|those|her|his))? (?:[\w-]+ )?(?:spots|nodules|lesions|masses|deposits|targets|tumou?rs|ones|implants)\b",
    re.IGNORECASE,
)
"""The two treated lesions by what they were: "good news on both liver spots"."""
BARE_PAIR = re.compile(
    r"\b(?:at|in|of|on|from|for|around) (?:either|both|each)(?: of (?:them|these|those|the two))?\s*(?=[.,;)]|$)", re.IGNORECASE
)
"""The two treated places by no more than that there are two: "no sign of recurrence at either"."""
COUNTED = re.compile(
    r"\b(?:all|any of|each of|none of|at) (?:of )?(?:the |these |our )*(two|three|four|five) (?:\w+ )?(?:treated|ablat\w+|frozen|cryo\w*|sites?|zones?|places?|scars?|beds?|spots?)\b",
    re.IGNORECASE,
)
"""Treated places by their number: "all three treated sites"."""
COUNTED_LESIONS = re.compile(
    r"\b(?:all|any|each|none|either) of (?:the |these |those )?(two|three|four|five)(?=\s*(?:[.,;)]|$|(?:shows?|showed|has|had|have|is|are|was|were|looks?|looked|remains?|remained|enhance[sd]?|recurred|ha[sd]n|(?:is|was|were)n)\b))|\b(?:ablati\w+|cryo\w+|treatment|freezing) (?:of|to) (?:all |the |these )*(two|three|four|five) (?:[\w-]+ ){0,3}?(?:nodules|lesions|metastases|targets|tumou?rs|deposits|implants|sites|masses|mets)\b",
    re.IGNORECASE,
)
"""The treated lesions by their number alone: "at any of the three", "after ablation of three nodules"."""
COUNTED_TREATED = re.compile(
    r"\b(?:the|these|those|his|her|our) (two|three|four|five) (?:(?:previously|formerly|former|known|once|earlier) )?(?:treated|ablat(?:ed|ion)|frozen|cryo\w*|treatment) (?:(?!other|new)[\w-]+ ){0,2}?(?:nodules|lesions|metastases|targets|tumou?rs|deposits|implants|masses|mets|places|sites|zones|scars|beds|spots|areas)\b",
    re.IGNORECASE,
)
"""All treated lesions by their number without "all": "the three treated nodules, two on the left, take up no tracer"."""
BESIDE = re.compile(
    r"\b(?:along|at|adjacent|abut\w*|edges?|margins?|rims?|borders?|periphery|wall|aspect|corner|pole|end|part|portion|(?:medial\w*|lateral\w*|anterior\w*|posterior\w*|superior\w*|inferior\w*)(?! (?:basal |lingular )?segments?\b)|cranial\w*|caudal\w*|within|inside)\b",
    re.IGNORECASE,
)

SITE_OF_PART = {
    "bone": "bone",
    "node": "lymph_node",
    "lobe": "lung",
    "rp": "retroperitoneum",
    "per": "peritoneum",
    "pel": "pelvis",
    "pl": "pleura",
}

FINAL = ("impression", "addendum", "diagnosis", "assessment", "assessment_plan")

SPREAD = re.compile(r"\b(?:spread|metasta\w+|mets|secondar\w+|distant|elsewhere|others?)\b", re.IGNORECASE)

NEWS = ("#new_tumour", "#appeared", "#metastasis")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a clause speaks of: treated lesions, or other places (``away``), or neither by its own words."""

    targets: tuple[Target, ...] = ()
    away: bool = False
    carried: bool = False
    """The clause names nothing and goes on with what was spoken of before."""


@dataclass(slots=True)
class Thread:
    """What an exam has spoken of so far."""

    here: Sequence[Target]
    labels: Mapping[str, frozenset[str]]
    named: Sequence[Target]
    """The treated lesions that the exam names by their place."""
    covered: Sequence[Target]
    """Those that lie in the region examined."""
    about: tuple[Target, ...] = ()
    away: bool = False
    side: str = ""
    """The side that the sentence began with ("On the left, ...")."""
    last: tuple[Target, ...] = ()
    """The treated lesions last named in this section."""
    sampled: bool = False
    """The exam is of tissue that was taken from the treated places spoken of."""
    one_organ: bool = False
    """That tissue is all of the organ of the treated places sampled."""
    news: tuple[Target, ...] = ()
    """The treated lesions at which the sentence before, or this one, saw tumour, or at whose edge the one before saw something."""
    elsewhere: bool = False
    """The exam is of tissue that was taken from no treated place."""
    spoken: list[Target] = field(default_factory=list)
    """Those spoken of in this section."""
    followed: tuple[Target, ...] = ()
    """Those at which this exam, or one before it, saw or suspected tumour."""
    only: tuple[Target, ...] = ()
    """The one treated lesion of the chart, for an exam told in a note whose region holds it."""
    listed: bool = False
    """The exam is told in a note that names the organs of the treated lesions, all of them, and no other."""

    def note(self, subject: Subject) -> None:
        """Remember what a clause named."""
        if subject.targets and not subject.carried:
            self.about, self.last, self.away = subject.targets, subject.targets, False
            self.spoken += [t for t in subject.targets if t not in self.spoken]
        elif subject.away:
            self.about, self.away = (), True


def lobes_of(line: Line) -> set[str]:
    """Concepts of scope; "untreated" beside residual tumour means the treated lesion itself."""
    said = {
        m.concept
        for m in line.labelled("SCOPE")
        if not (m.concept == "apart" and m.has("negated") and not m.words.lower().startswith("not "))
    }
    return said - {"elsewhere", "apart"} if _left(line) or REMAINDER.match(line.text) else said


REMAINDER = re.compile(r"\W*(?:the |its |whole )*(?:remainder|rest)\b(?! of)", re.IGNORECASE)
"""What is left of the treated place just spoken of: "Remainder is dead"."""


def subject_of(line: Line, thread: Thread) -> Subject:
    """Which treated lesions a clause speaks of, from the surest sign to the weakest."""
    found = [replace(p, side=p.side or thread.side) for p in places_told(line) if not (_looked_at(p, line) or _likened(p, line))]
    found = [p for p in found if not _remaining(p, line)] or found
    zones = [m for m in line.labelled("ZONE") if not m.has("family")]
    called = [t for label in labels_in(line) for t in thread.here if t.place.name == label or t.lesion_id in thread.labels.get(label, ())]
    seen = [p for p in found if not examined(p, line)]
    meant = [t for p in seen for t in matching(p, thread.here, True)]
    called = called or _in_order(line, thread.here) or _by_session(line, thread.here) or _of_former(line, thread)
    called = [t for t in called if not any(_against(p, t) for p in seen) and (not meant or t in meant)]
    if called:
        return Subject(tuple(dict.fromkeys((*called, *_joined_to_name(line, found, thread.here)))))
    if "apart" in lobes_of(line):
        at_edge = thread.about and AT_ITS_EDGE.match(line.text)
        return Subject(thread.about, carried=True) if at_edge else Subject(away=True)
    if _older_scar(line, thread):
        return Subject(away=True)
    found = found if zones else _past_title(found, line)
    found = [] if len(thread.covered) > 1 and found and not zones and _of_title(found, line) else found
    for step in (_of_others, _of_all, _of_places, _of_parts):
        who = step(line, found, bool(zones), thread)
        if who:
            return Subject(tuple(_by_position(line, list(dict.fromkeys(who)), thread)))
    if found and not zones and all(examined(p, line) for p in found):
        found = []
    if (
        thread.one_organ
        and thread.about
        and found
        and all(p.site == t.place.site and not _against(p, t) for p in found for t in thread.about)
    ):
        return Subject(thread.about, carried=True)
    if found and not zones and (worded := _of_site_by_word(line, found, thread)):
        return Subject(tuple(worded))
    if found and not zones:
        return Subject(thread.about, carried=True) if thread.about and PRONOUN.match(line.text) else Subject(away=True)
    if not zones and not line.labelled("SPOT") and SCATTERED.search(line.text):
        return Subject(away=True)
    if not (zones or found or line.labelled("SPOT")) and SMALL_ONES.match(line.text) and not BESIDE.search(line.text):
        return Subject(away=True)
    worded = [] if found else _of_word(line, zones, thread) or _of_position(line, thread) or _of_size(line, thread)
    if worded:
        return Subject(tuple(worded))
    if zones:
        plural = not thread.about and any(m.text.lower().endswith(("s", "ies")) for m in zones)
        return Subject(tuple(thread.covered if plural and not found else _by_position(line, _of_zone(found, thread), thread)))
    if thread.away and (ALL.search(line.text) or PRONOUN.match(line.text) or (not thread.about and line.labelled("SIZE"))):
        return Subject(away=True)
    sides = {m.concept for m in line.labelled("SIDE")} | {thread.side} - {""}
    if thread.side and line.labelled("SPOT") and (sided := [t for t in thread.here if t.place.side == thread.side]):
        return Subject(tuple(sided))
    if thread.about and len(sides) == 1 and all(sides | {t.place.side} == {"left", "right"} for t in thread.about):
        return Subject(away=True)
    if "region" in lobes_of(line) and findings.TUMOUR_PLACE.search(line.text):
        return Subject(away=True)
    if thread.about and not _of_unknown(line, thread.about):
        return Subject(thread.about, carried=True)
    return Subject(away=True) if thread.about else Subject(tuple(_of_default(line, thread)))


def _of_site_by_word(line: Line, found: Sequence[Place], thread: Thread) -> list[Target]:
    """The one treated lesion that the chart calls by a word of the place of a site or scar: "the obturator site" of an obturator node."""
    if not any(m.text.lower() in ("site", "scar", "bed") for m in line.labelled("SPOT")) or "elsewhere" in lobes_of(line):
        return []
    who = [t for t in thread.here if any(p.side == t.place.side and _shares_word(p, t) for p in found)]
    return who if len(who) == 1 else []


SCAR_OF = re.compile(
    r"\bscar(?:s|ring)?\b[ ,(]{1,2}(?:from |of |since |dating from )?(?:the )?(?:[a-z]+ (?:of |in )?){0,2}((?:19|20)\d\d)\b", re.IGNORECASE
)


def _older_scar(line: Line, thread: Thread) -> bool:
    """True for the scar of a year before any session: "left pleural scar from 2013, bland"."""
    said = SCAR_OF.search(line.text)
    return said is not None and all(int(said[1]) < t.session.when.date.year for t in thread.here)


def _joined_to_name(line: Line, found: Sequence[Place], here: Sequence[Target]) -> list[Target]:
    """The treated lesions told by their place behind one told by its name: "lesion B and the right upper lobe zone"."""
    ends = [m.end for m in line.labelled("NAME")]
    text = line.read.flat
    joined = [p for p in found if not p.name and any(_and_the(text, end, min(m.start for m in p.mentions)) for end in ends)]
    return [t for p in joined for t in matching(p, here, True)]


def _and_the(text: str, end: int, start: int) -> bool:
    return end < start and AND_THE.fullmatch(text, end, start) is not None


AND_THE = re.compile(rf"{AND}(?:(?:the|that|at|in) )*", re.IGNORECASE)
BY_WORD = re.compile(r"([a-z]{4,})[\s-]+(?:target |treatment |treated |ablation |ablated |cryo\w* )?$", re.IGNORECASE)
NO_NAME = re.compile(
    r"(?:this|that|these|those|both|each|treat\w+|ablat\w+|cryo\w*|frozen|first|second|third|last|former|previous|prior|other|same|whole|entire|thin|small\w*|large\w*|left|right|upper|lower|medial|lateral|anterior|posterior|deep|superficial|with|from|into|around|within|along|over|where|lesion|tumou?r|mass|nodule|metasta\w+|node|soft|tissue|wall)$",
    re.IGNORECASE,
)
"""Words before "zone" or "site" that name no place."""

SCATTERED = re.compile(
    r"\b(?:innumerable|countless|numerous|widespread|disseminated|scattered|multiple) (?!treat|ablat|cryo)(?:[\w-]+ ){0,3}?(?:nodules|lesions|deposits|metastases|implants|foci|masses|mets)\b",
    re.IGNORECASE,
)
"""Tumours in number, of no place that is named: no treated one."""
SMALL_ONES = re.compile(
    r"\W*(?:and )?(?:the |all |her |his )?(?:other )?(?:small|tiny|minute|little|known|sub-?centimet\w+) (?!treat|ablat|cryo)(?:[\w-]+ ){0,2}?(?:nodules|lesions|deposits|metastases|implants|foci|masses|mets)\b",
    re.IGNORECASE,
)
"""How a clause opens on small tumours that no one treated: "small deposits the same as before"."""


def _of_word(line: Line, zones: Sequence[Mention], thread: Thread) -> list[Target]:
    """The treated lesion whose place the chart calls by the word before "site": "fossa site" of the one in the renal fossa."""
    if len(thread.here) < 2:
        return []
    text = line.read.flat
    for m in zones or line.labelled("SPOT"):
        before = BY_WORD.search(text[max(line.sentence.start, m.start - 40) : m.start])
        word = before[1].lower() if before else ""
        who = [t for t in thread.here if word and not NO_NAME.match(word) and re.search(rf"\b{word}\b", _called(t))]
        if len(who) == 1:
            return who
    return []


UNKNOWN = re.compile(
    r"\b(?P<where>(?:retro|para|peri|supra|infra|sub|inter|pre|juxta|epi)-?[a-z]{3,}(?:al|ic|ar|ous|ary|eal))\W+(?:[\w-]+\W+){0,2}?(?:nodul\w*|lesions?|mass(?:es)?|deposits?|nodes?|implants?|metasta\w+|tumou?rs?)\b",
    re.IGNORECASE,
)


def _of_unknown(line: Line, about: Sequence[Target]) -> bool:
    """True for a lesion told by the anatomist's word for a place that no rule knows ("retrocecal fatty mass") and the treated ones are not called by."""
    said = UNKNOWN.search(line.text)
    at = line.sentence.start + said.start("where") if said else 0
    if any(m.start <= at < m.end for m in line.labelled("HISTOLOGY")):  # "peripheral" of a nerve sheath tumour
        return False
    return bool(said) and not BESIDE.search(line.text) and not any(said["where"].lower() in _called(t) for t in about if said)


def _called(target: Target) -> str:
    """The words around the place of a treated lesion where the chart tells of it, in small letters."""
    return " ".join((target.place.text, *(m.text for m in target.place.mentions))).lower()


AT_ITS_EDGE = re.compile(
    r"\W*(?:at|in|within|along|on|from|inside) (?:its|their) (?:\w+ ){0,4}?(?:edges?|margins?|rims?|borders?|periphery|wall|pole|aspect|end|corner)\b",
    re.IGNORECASE,
)
"""How a sentence opens whose finding lies in the treated place, however far from another landmark: "At its posterior edge sits a nodule"."""
POSITION = re.compile(
    r"\b(?:(?P<up>cranial|superior|cephalad|upper(?! lob| pole| ab| arm| lim)|higher|proximal)|(?P<down>caudal|inferior|distal|lower(?! lob| pole| ext| leg| lim)|basal)|(?P<front>anterior|ventral)|(?P<back>posterior|dorsal)"
    r"|(?P<inner>medial)|(?P<outer>lateral)|(?P<deep>deep(?:er)?)|(?P<shallow>superficial)|(?P<large>larger|bigger)|(?P<small>smaller))\b(?! (?:mm|than))",
    re.IGNORECASE,
)
"""Words that tell two lesions of one place apart."""
AGAINST = {"up": "down", "front": "back", "inner": "outer", "deep": "shallow", "large": "small"}
AGAINST |= {b: a for a, b in AGAINST.items()}
NAMES_ZONE = re.compile(r"[\"”')]*(?:[\s,]+[\w./-]+){0,4}?[\s,]*$")


def _by_position(line: Line, who: Sequence[Target], thread: Thread) -> Sequence[Target]:
    """Of the lesions of one place the one that a position before its name tells: "the caudal zone", "posterior deltoid treatment site"."""
    sites = {t.place.site for t in who}
    told = [replace(w.place, name="") for w in who]
    alike = [
        t for t in thread.here if t in who or (t.place.site in sites and not any(conflict(replace(t.place, name=""), w) for w in told))
    ]
    if len(sites) != 1 or len(alike) < 2 or PLURAL.search(line.text):
        return who
    said = _positions_before(line, line.labelled("ZONE", "SPOT")[:1]) or _positions_before(line, line.labelled("SITE")[:1])[:1]
    if not said:
        return who
    called = [t for t in alike if said[-1] in _positions(t)]
    left = [t for t in alike if AGAINST[said[-1]] not in _positions(t)]
    return called if len(called) == 1 else left if len(left) == 1 else who


def _of_position(line: Line, thread: Thread) -> list[Target]:
    """The one treated lesion that a position alone tells from its fellows of the same place: "Distal site: no recurrence"."""
    who = _by_position(line, thread.here, thread) if line.labelled("SPOT", "ZONE") and len(thread.here) > 1 else ()
    return list(who) if len(who) == 1 else []


BY_SIZE = re.compile(
    r"\b(?:the|his|her|their|that) (?:(?P<large>big(?:ger|gest)?|large(?:r|st)?)|(?P<small>small(?:er|est)?|little|tiny|tiniest)) (?:(?:old|treated|ablated|frozen|ablation|treatment) )*(?:one\b|zone|site|spot|cavity|scar|of the (?:two|three|four)|(?<=treated )\w+|(?<=ablated )\w+)",
    re.IGNORECASE,
)
"""A treated lesion told by how large it was: "the big one", "the smaller of the two"."""


def _of_size(line: Line, thread: Thread) -> list[Target]:
    """The one treated lesion that a size alone tells from its fellows: "the little one is just a scar"."""
    said = BY_SIZE.search(line.text) if len(thread.here) > 1 else None
    sized = [(float(str(v)), t) for t in thread.here if "size_mm" in t.cells and (v := t.cells["size_mm"].value) is not None]
    if said is None or len(sized) < len(thread.here):
        return []
    best = (max if said["large"] else min)(v for v, _ in sized)
    who = [t for v, t in sized if v == best]
    return who if len(who) == 1 else []


def _positions_before(line: Line, names: Sequence[Mention]) -> list[str]:
    """The positions that stand before the name of a zone or place."""
    text = line.read.flat
    return [
        str(p.lastgroup)
        for m in names
        for p in POSITION.finditer(text, line.sentence.start, m.end)
        if p.end() <= m.start and NAMES_ZONE.fullmatch(text[p.end() : m.start])
    ]


@lru_cache(maxsize=1024)
def _positions(target: Target) -> frozenset[str]:
    """The positions that the chart gives a lesion beside its size: "one anterior, 13 mm", "12 mm, 3 cm caudal to the first zone"."""
    size = next((m for m in target.cells["size_mm"].mentions), None) if "size_mm" in target.cells else None
    line = next((x for x in target.session.lines if size and _holds(x, size)), None)
    if size is None or line is None:
        return frozenset()
    text = line.read.flat
    others = [m for m in line.labelled("SIZE") if m.start != size.start]
    low = max([m.end for m in others if m.end <= size.start], default=line.sentence.start)
    high = min([m.start for m in others if m.start >= size.end], default=line.sentence.end)
    before = [str(p.lastgroup) for p in POSITION.finditer(text, max(low, size.start - 40), size.start)][-1:]
    behind = [str(p.lastgroup) for p in POSITION.finditer(text, size.end, min(high, size.end + 40))][:1]
    return frozenset(before or behind or _positions_of_head(target, size))


def _positions_of_head(target: Target, size: Mention) -> list[str]:
    """The positions told with the place of a lesion in the sentence before its size: "B. Left distal thigh. 14 mm."."""
    head = max(
        (x for x in target.session.lines if x.read.note.note_id == size.note_id and x.sentence.end <= size.start),
        key=lambda x: x.sentence.start,
        default=None,
    )
    own = head is not None and any(_holds(head, m) for m in target.place.mentions if m.label in ("SITE", "PART", "NAME"))
    if head is None or not own or head.labelled("SIZE"):
        return []
    return [str(p.lastgroup) for p in POSITION.finditer(head.text)]


def _holds(line: Line, m: Mention) -> bool:
    return line.read.note.note_id == m.note_id and line.sentence.start <= m.start < line.sentence.end


FORMER = re.compile(
    r"(?<!\()\bthe (?P<which>former|latter)(?= (?:is|was|has|had|shows?|showed|looks?|looked|remains?|remained|contains?|takes?|took|lights?|lit|being)\b|[,:])",
    re.IGNORECASE,
)
"""One of two lesions, not "the former mass" nor the exam of a day compared with: "5/14 and 8/13 (the latter showed ...)"."""


def _of_former(line: Line, thread: Thread) -> list[Target]:
    """The one of two lesions just told, or of the only two, that a clause calls the former or the latter."""
    said = FORMER.search(line.text)
    pair = next((p for p in (thread.about, thread.spoken[-2:], thread.here) if len(p) == 2), ()) if said else ()
    return (
        [pair[said["which"].lower() == "latter"]] if said and pair and not (line.labelled("SITE", "NAME") or PAIR.search(line.text)) else []
    )


def _in_order(line: Line, here: Sequence[Target]) -> list[Target]:
    """The lesions that a table or list calls by numbers or letters, where the report of their one session gave them no names: by their order."""
    if len(here) < 2 or any(t.place.name for t in here) or len({t.session.procedure_id for t in here}) > 1:
        return []
    numbers = [int(m.concept) for m in line.labelled("NAME") if m.concept.isdigit() and m.start - line.sentence.start < OPENING]
    return [here[n - 1] for n in numbers if n <= len(here)]


OPENING = 12
"""Characters within which the name of a lesion opens its line."""
ENERGY = r"(?:cryo\w*|(?:thermo-?)?ablat\w+|re-?treat\w+|treat\w+|freez\w+|froze\w*|microwav\w+|RFA|MWA|IRE|HIFU)"
TREATED_ON = re.compile(rf"\b{ENERGY}(?: (?:in|on|of|from|since|back in|last|early|late|mid))*\W*$", re.IGNORECASE)
OF_SESSION = re.compile(
    rf"(?:['’]s)?\W{{0,2}}(?:[\w-]+ )?(?:{ENERGY}|zones?|sites?|cavit\w+|scars?|beds?|targets?)\b(?! (?:and|of|on|since))", re.IGNORECASE
)
AGE = re.compile(
    rf"(?<!since )(?<!after )(?<!before )(?<!following )\b(?:the |an? )(?:(?P<new>(?:more|most) recent(?:ly)?|newer|newest|latest|later)|(?P<old>older|oldest|earlier|earliest)|(?P<nth>first|second|third|1st|2nd|3rd)) (?:[\w-]+ )?{ENERGY}\b(?! of )",
    re.IGNORECASE,
)
"""A treated place told by when it was treated: "the more recent ablation", "the second cryo site"."""
NTH = {"first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2}


def _by_session(line: Line, here: Sequence[Target]) -> list[Target]:
    """The lesions that a clause tells by the day of their treatment, where they were treated on several: "the March site", "the older ablation"."""
    days = sorted({t.session.when.date for t in here})
    if len(days) < 2:
        return []
    said = [w for d in line.labelled("DATE") if _of_treatment(d, line) and (w := timeline.when(d, line.read.note))]
    found = [t for t in here if any(w.agrees(t.session.when) for w in said)]
    meant = {
        days[-1] if m["new"] else days[0] if m["old"] else days[min(NTH[m["nth"].lower()], len(days) - 1)] for m in AGE.finditer(line.text)
    }
    found = found or [t for t in here if t.session.when.date in meant]
    return found if len(found) < len(here) else []


def _of_treatment(day: Mention, line: Line) -> bool:
    """True for a day that tells when a place was treated, not when it was looked at."""
    text = line.read.flat
    before = TREATED_ON.search(text[max(line.sentence.start, day.start - 30) : day.start])
    if not (before or OF_SESSION.match(text, day.end, line.sentence.end)):
        return False
    low, high = day.start - NEXT_TO_DAY, day.end + NEXT_TO_DAY
    return not any(low < m.end <= day.start or day.end <= m.start < high for m in line.labelled("IMAGING"))


NEXT_TO_DAY = 8
"""Characters between a day and the exam of that day."""


def _looked_at(place: Place, line: Line) -> bool:
    """True for a place that only tells which side of what was spoken of before is meant: "on its deep side, facing the femur"."""
    start = min((m.start for m in place.mentions if m.label == "SITE"), default=line.sentence.start)
    before = line.read.flat[max(line.sentence.start, start - 40) : start]
    return bool(OF_ITS.match(line.text) and LANDMARK.search(before))


REMAINING = re.compile(
    r"\b(?:remaining|other|rest of|remainder of) (?:the |his |her |of )*(?:(?:left|right|visible|imaged) )?$", re.IGNORECASE
)
"""Before an organ that holds a treated place, where a list of places means the rest of it: "the remaining retroperitoneum"."""


def _remaining(place: Place, line: Line) -> bool:
    start = min((m.start for m in place.mentions if m.label == "SITE"), default=line.sentence.start)
    return REMAINING.search(line.read.flat[max(line.sentence.start, start - 40) : start]) is not None


LIKENED = re.compile(
    r"\b(?:same|similar|identical) (?:[\w-]+ ){0,2}?(?:as|to) (?:(?:the|that|those|of|in|at|from|his|her) )*(?:\w+ )?$", re.IGNORECASE
)


def _likened(place: Place, line: Line) -> bool:
    """True for a place that is only compared with: "positive, same histology as buttock"."""
    start = min((m.start for m in place.mentions), default=line.sentence.start)
    return bool(LIKENED.search(line.read.flat[max(line.sentence.start, start - 60) : start]))


def examined(place: Place, line: Line) -> bool:
    """True for a place that the name of the exam holds: "Pelvic radiograph", "MRI spine"."""
    spots = [m for m in place.mentions if m.label == "SITE"]
    return bool(spots) and all(
        any(
            (m.start <= x.start and x.end <= m.end) or m.start - x.end in (0, 1) or x.start - m.end in (0, 1)
            for m in line.labelled("IMAGING")
        )
        for x in spots
    )


def _past_title(found: list[Place], line: Line) -> list[Place]:
    """Without the places that the head of an exam told in a note names before its day or colon, where others follow: "CT CAP + thighs 2/18/19: lung ..."."""
    exam = next((m for m in line.labelled("IMAGING") if m.start - line.sentence.start < TITLE), None)
    if exam is None or len(found) < 2:
        return found
    ends = [d.start for d in line.labelled("DATE") if d.start > exam.end]
    ends += [line.read.flat.find(":", exam.end, line.sentence.end)]
    end = min((e for e in ends if e >= 0), default=exam.end)
    if any(exam.end <= m.start < end for m in line.labelled("PROGRESSION", "STATUS", "ZONE", "SPOT")):
        return found
    spots = [[m.start >= end for m in p.mentions if m.label == "SITE"] for p in found]
    past = [p for p, s in zip(found, spots, strict=True) if all(s)]
    return past if past and all(all(s) or not any(s) for s in spots) else found


SLASHED = re.compile(r"[A-Za-z/, &+]{0,25}/\s?$")


def _of_title(found: Sequence[Place], line: Line) -> bool:
    """True if the one place of a line is the last of the regions that the name of its exam lists: "MRI abdomen/pelvis 9/29: tail area 15 mm"."""
    exam = next((m for m in line.labelled("IMAGING") if m.start - line.sentence.start < TITLE), None)
    start = min((m.start for p in found for m in p.mentions if m.label == "SITE"), default=0)
    return len(found) == 1 and exam is not None and start > exam.end and bool(SLASHED.fullmatch(line.read.flat[exam.end : start]))


TITLE = 12
"""Characters within which the exam opens its telling."""
OF_ITS = re.compile(r"[\W\d]*(?:at|in|within|along|around|on|over|of|from|by) (?:its|their)\b", re.IGNORECASE)


def _against(place: Place, target: Target) -> bool:
    """True if a place is the other side, or another part of the same organ."""
    sides = {place.side, target.place.side}
    return sides == {"left", "right"} or (place.site == target.place.site and conflict(place, target.place))


def _of_others(line: Line, found: Sequence[Place], zone: bool, thread: Thread) -> list[Target]:
    """ "The other two zones": the treated lesions not yet spoken of."""
    if "others" not in lobes_of(line) or (found and not zone) or not thread.spoken or REST.search(line.text):
        return []
    counted = OTHERS_COUNTED.search(line.text)
    beside = [t for t in thread.here if t not in thread.about] if counted else []
    if counted and len(beside) == NUMBERS[(counted[1] or counted[2]).lower()]:
        return beside  # those beside the one that the sentence began with, though each was spoken of before
    return [t for t in thread.here if t not in thread.spoken]


OTHERS_COUNTED = re.compile(r"\b(?:(two|three|four|five) (?:other|remaining)|(?:other|remaining) (two|three|four|five))\b", re.IGNORECASE)
REST = re.compile(
    r"\b(?:rest|remainder) of (?:the |this |that )?(?:(?:treated|ablated|ablation|treatment|cryo\w*) )?(?:zone|site|cavity|scar|bed|area|target|defect)\b",
    re.IGNORECASE,
)
"""What else there is of one treated place: "Remainder of the cavity is smaller"."""


def _of_all(line: Line, found: Sequence[Place], zone: bool, thread: Thread) -> list[Target]:
    """ "All three zones", "either treated site", "both sites on the right"."""
    if (told := COUNTED_TREATED.search(line.text)) and NUMBERS[told[1].lower()] == len(thread.here):
        return list(thread.here)
    if (bare := COUNTED_LESIONS.search(line.text)) and NUMBERS[next(g for g in bare.groups() if g).lower()] == len(thread.here) > 1:
        return list(thread.here)
    if (
        not found
        and BARE_PAIR.search(line.text)
        and (two := next((w for w in (thread.here, thread.named, thread.about) if len(w) == 2), ()))
    ):
        return list(two)
    if pair := PAIR_OF_LESIONS.search(line.text):
        there = [t for t in thread.here if not found or any(t.place.site == p.site for p in found)]
        if len(there) == 2 and not SPREAD.search(pair[0]):
            return there
    if not ALL.search(line.text) or not (zone or line.labelled("SPOT") or not (found or thread.away)):
        return []
    count = COUNTED.search(line.text)
    many = NUMBERS[count[1].lower()] if count else 2 if PAIR.search(line.text) else 0
    if count and many == len(thread.here):
        return list(thread.here)
    if many and not found and many == len(thread.named) < len(thread.here):
        return list(thread.named)  # "either site" of an exam that told two of three, each by its place
    if not found and len(thread.about) > 1 and PAIR.search(line.text):
        return list(thread.about)
    if len(thread.here) == 1 and PAIR.search(line.text) and not (zone or line.labelled("SPOT")):
        return []
    sides = {m.concept for m in line.labelled("SIDE") if not found} - {"bilateral"}
    near = [t for t in thread.here if not found or any(not conflict(p, t.place) or near_site(p.site, t.place.site) for p in found)]
    if len(near) == 1 and len(thread.here) == 2 and PAIR_OF_ZONES.search(line.text):
        return list(thread.here)
    sided = [t for t in near if not t.place.side or not sides or t.place.side in sides]
    return sided or near or list(thread.here)


def _left(line: Line) -> bool:
    """True for tumour left behind: it is of a treated place, whatever word the clause has for that."""
    return any(m.concept == "residual" and not m.has("negated") for m in line.labelled("PROGRESSION"))


def _another_of_its_site(place: Place, here: Sequence[Target]) -> bool:
    """True for a place told by a part that no treated lesion of its site has: beside a treated psoas a para-aortic deposit is no peritoneal one."""
    own = [t for t in here if t.place.site == place.site]
    return bool(place.parts and own) and all(t.place.parts and not place.parts & t.place.parts for t in own)


def _at_a_spot(line: Line) -> bool:
    """True if a clause speaks of a bed or scar; in a list with the rest of a region "renal bed" is the name of a place."""
    spots = line.labelled("SPOT")
    if not spots or not any(_remaining(p, line) for p in places_told(line)):
        return bool(spots)
    sites = line.labelled("SITE")
    return any(not any(s.start <= m.start and m.end <= s.end for s in sites) for m in spots)


def _of_places(line: Line, found: Sequence[Place], zone: bool, thread: Thread) -> list[Target]:
    """The treated lesions whose places a clause names."""
    fresh = any(m.rule_id.endswith(NEWS) and not m.has("negated") for m in line.labelled("PROGRESSION", "STATUS"))
    at_zone = zone or _at_a_spot(line) or "local" in lobes_of(line) or _left(line)
    at_zone = at_zone or (thread.listed and "elsewhere" not in lobes_of(line) and not findings.TUMOUR.search(line.text))
    who: list[Target] = []
    found = _without_coarse(found, line, thread)
    spread = fresh and not at_zone and not {p.site for p in found} <= {t.place.site for t in thread.here}
    for place in found:
        near = [] if _another_of_its_site(place, thread.here) else near_here(place, thread.here)
        goes_on = (place.site == "bone" and not OF_DISEASE.search(line.text)) or (
            place.site not in DIFFUSE and "elsewhere" not in lobes_of(line)
        )
        loose = (
            near
            if at_zone or (_recurs(line) and not SPREADING.search(line.text))
            else [t for t in near if goes_on and not fresh and t in thread.about]
        )
        meant = _called_like(place, matching(place, thread.here, at_zone), line)
        if not at_zone and len(meant) == 1 and place.site in DIFFUSE and not fresh and _several(place, line):
            meant = []
        alone = place.site in DIFFUSE or (len(found) == 1 and not line.labelled("PART"))
        if spread and place.site in (*DIFFUSE, "pelvis") and not place.parts:
            meant, loose = [], []  # "new peritoneal nodules in the gutter and in the pelvis"
        if zone and len(meant) == 1 and alone and not place.parts and PLURAL_ZONES.search(line.text):
            meant += [t for t in thread.here if t not in meant and near_site(place.site, t.place.site) and not _against(place, t)]
        on = [t for t in meant if t in thread.about]
        same = len({place.parts & t.place.parts for t in meant}) == 1
        who += (on if on and same and not PLURAL.search(line.text) else meant) or loose
    listed = {m.concept for m in line.labelled("PART")} - {m.concept for p in found for m in p.mentions}
    if zone and PLURAL_ZONES.search(line.text):
        listed = {m.concept for m in line.labelled("PART")} - {p for t in who for p in t.place.parts}
    who += [t for t in thread.here if who and listed & t.place.parts]
    who += [t for t in _shortened(line, thread) if t not in who] if who and PLURAL_ZONES.search(line.text) else []
    who += [t for t in thread.here if t not in who and who and _first_lobes(line) & t.place.parts]
    who += [t for t in _the_node(line, thread) if t not in who] if who and PLURAL_ZONES.search(line.text) else []
    if len(thread.here) == 2 and len(set(map(id, who))) == 1 and PAIR.search(line.text):
        who += [t for p in found if not matching(p, who, True) for t in near_here(p, [t for t in thread.here if t not in who])]
    who += _left_over(line, who, thread) if who else []
    healing = any(m.rule_id.endswith("#shrinking") and not m.has("negated") for m in line.labelled("PROGRESSION"))
    apart = "elsewhere" in lobes_of(line) and not at_zone and not healing
    return [] if apart and (BEYOND.search(line.text) or all(t.place.site in DIFFUSE for t in who)) else who


BETWEEN = re.compile(
    r"[,;:()\"“”]|\s[-–—]\s|\b(?:and|or|nor|both|either|neither|at|in|of|from|for|near|along|to|the|any|no|not|without|with|is|are|was|were|shows?|has|have|had)\b|&",
    re.IGNORECASE,
)
"""What parts the items of a list of places."""
JOINED = re.compile(r"[,&/]|\b(?:and|or|nor)\b", re.IGNORECASE)
CLOSED = re.compile(r"&|\b(?:and|or|nor)\b", re.IGNORECASE)
NOUN = re.compile(
    r"\b(?:sites?|zones?|scars?|beds?|areas?|regions?|cavit\w+|defects?|stripes?|ablat\w+|treat\w+|cryo\w*|left|right|L|R)\b", re.IGNORECASE
)
"""Words of an item that name no place."""
NO_PLACE = re.compile(
    r"\b(?:it|they|we|he|she|I|that|which|who|there|this|says?|\d+ ?(?:mm|cm)|backs?|trunk|body|spine|abdomen|chest|lungs?|bones?|nodes?|rest|others?|elsewhere)\b",
    re.IGNORECASE,
)
"""Words of an item that is told of, or of a region too wide to be a treated place."""
ITEM_WORDS = 4
"""Words of an item of a list of places, at most."""


def _left_over(line: Line, who: Sequence[Target], thread: Thread) -> list[Target]:
    """The one treated lesion that an exam names nowhere, where a list of treated places that it calls quiet has one item that no rule knows: "the notch and the groin"."""
    rest = [t for t in thread.here if t not in who and t not in thread.named]
    said = line.labelled("PROGRESSION", "STATUS")
    tissue = timeline.kind(line.read) == "pathology"
    if tissue or len(rest) != 1 or not said or not all(m.concept == "no_progression" or m.has("negated") for m in said):
        return []
    text = line.read.flat
    cuts = [(line.sentence.start,) * 2, *(m.span() for m in BETWEEN.finditer(text, line.sentence.start, line.sentence.end))]
    ends = [*(start for start, _ in cuts[1:]), line.sentence.end]
    items = [(start, end) for (_, start), end in zip(cuts, ends, strict=True) if text[start:end].strip(" .")]
    unknown = [_unknown(line, item, who, rest[0]) for item in items]
    known = [any(m.label in ("SITE", "PART") and a <= m.start < b for m in line.mentions) for a, b in items]
    known = [k and not u for k, u in zip(known, unknown, strict=True)]
    joints = [text[a[1] : b[0]] for a, b in pairwise(items)]
    of_list = [k or u for k, u in zip(known, unknown, strict=True)]
    left = [i for run in _runs(of_list, joints) for i in run if unknown[i] and any(known[n] for n in run)]
    return rest if len(left) == 1 else []


def _runs(of_list: Sequence[bool], joints: Sequence[str]) -> list[list[int]]:
    """The items that stand in a list each, by their numbers: joined by commas, and by "and" or "or" once at least."""
    runs: list[list[int]] = []
    closed: list[bool] = []
    for number, joint in enumerate(joints):
        if not (of_list[number] and of_list[number + 1] and JOINED.search(joint)):
            continue
        if runs and runs[-1][-1] == number:
            runs[-1].append(number + 1)
            closed[-1] = closed[-1] or CLOSED.search(joint) is not None
        else:
            runs.append([number, number + 1])
            closed.append(CLOSED.search(joint) is not None)
    return [run for run, whole in zip(runs, closed, strict=True) if whole]


def _unknown(line: Line, item: tuple[int, int], who: Sequence[Target], target: Target) -> bool:
    """True for an item of a list that could name the treated lesion in words that no rule knows, a node by the region it lies in."""
    words = line.read.flat[item[0] : item[1]].strip(" .")
    inside = [m for m in line.mentions if m.start < item[1] and item[0] < m.end]
    sites = {m.concept for m in inside if m.label == "SITE"}
    labels = {m.label for m in inside if m.concept != "local"} - {"SIDE", "ZONE", "SPOT", "NAME"}
    by_region = target.place.site == "lymph_node" and labels == {"SITE"} and sites <= NODAL_REGIONS
    by_region = by_region and not any(near_here(Place(site=x), who) or x == t.place.site for x in sites for t in who)
    sides = {m.concept for m in inside if m.label == "SIDE"} | {target.place.side}
    return (
        (not labels or by_region)
        and len(words.split()) <= ITEM_WORDS
        and bool(re.search(r"\w{2}", NOUN.sub("", words)))
        and not NO_PLACE.search(words)
        and not {"left", "right"} <= sides
    )


NODAL_REGIONS = {"head_neck", "groin", "axilla", "mediastinum", "retroperitoneum", "pelvis"}


def _without_coarse(found: Sequence[Place], line: Line, thread: Thread) -> list[Place]:
    """Without the region that a comma makes finer: "right shoulder, posterior deltoid"."""
    out = list(found)
    for a, b in pairwise(found):
        wide, fine = matching(a, thread.here, True), matching(b, thread.here, True)
        between = line.read.flat[max(m.end for m in a.mentions) : min(m.start for m in b.mentions)]
        if not a.parts and len(fine) < len(wide) and fine and all(any(f is w for w in wide) for f in fine) and APPOSED.fullmatch(between):
            out = [p for p in out if p is not a]
    return out


APPOSED = re.compile(r"\s*[,:(–-]\s*(?:(?!and\b|or\b|both\b)[\w-]+ ){0,2}$", re.IGNORECASE)
SHORT = re.compile(
    r"\b([a-z]{3,8})(?=,? (?:and |or |& )?(?:[\w-]+,? ){0,3}?(?:and |or |& )?(?:[\w-]+ ){1,2}?(?:zones|sites|scars|beds|cavities)\b)",
    re.IGNORECASE,
)


def _shortened(line: Line, thread: Thread) -> list[Target]:
    """Treated lesions that a list under plural zones calls by the beginning of their word: "pec and rib sites" of a pectoral nodule."""
    words = {
        m[1].lower()
        for m in SHORT.finditer(line.text)
        if not any(x.start <= line.sentence.start + m.start() < x.end for x in line.labelled("SITE", "PART"))
    }
    called = {t.lesion_id: t.place.text.lower().split() for t in thread.here}
    meant = [[t for t in thread.here if any(c.startswith(w) and c != w for c in called[t.lesion_id])] for w in sorted(words)]
    return [ts[0] for ts in meant if len(ts) == 1]


NODE_TOLD = re.compile(
    r"(?:\b(?:of|at|and|in|from|the|or)|[,&:])\s+(?:(?:the|treated|old|former|axillary|inguinal|iliac) )*(?:lymph )?node(?=\s*(?:,|&|/|and\b|or\b|scars?\b|sites?\b|zones?\b|beds?\b|unchanged|stable|quiet|clear))",
    re.IGNORECASE,
)


def _the_node(line: Line, thread: Thread) -> list[Target]:
    """The one treated node that a list under plural zones calls by no more than that: "the scars of node and hip"."""
    nodes = [t for t in thread.here if t.place.site == "lymph_node"]
    return nodes if len(nodes) == 1 and NODE_TOLD.search(line.text) else []


LOBES = re.compile(
    r"\b(left|right) (upper|middle|lower)(?: lobe)?,? (?:and|&|/) (?:(left|right) )?(?:upper|middle|lower) lobes?\b", re.IGNORECASE
)
"""Two lobes that share their noun: "right upper and right lower lobe scars"."""


def _first_lobes(line: Line) -> set[str]:
    """The first of two lobes that share their noun, as parts."""
    return {f"lobe:{m[1][0].upper()}{m[2][0].upper()}L" for m in LOBES.finditer(line.text)}


SPREADING = re.compile(
    r"\b(?:nodal|lymph node|hepatic|pulmonary|osseous|peritoneal|pleural|distant|systemic) (?:recurr|relaps)", re.IGNORECASE
)
"""A recurrence of the disease by the organ it came back in."""
BEYOND = re.compile(r"\belsewhere\b|^\W*(?:and |or )?nothing (?:else|new|further)\b", re.IGNORECASE)
PLURAL = re.compile(
    r"\b(?:zones|sites|cavities|scars|beds|ablations|areas|lesions|nodules|both|all|each|either|neither|every)\b", re.IGNORECASE
)
"""Words by which a place that several treated lesions share means them all."""
DEPOSITS = re.compile(
    r"\W*(?:[\w-]+ )?(?:nodules|lesions|masses|metasta(?:ses|tic \w+s)|deposits|implants|nodes|dots|mets)\b", re.IGNORECASE
)


def _several(place: Place, line: Line) -> bool:
    """True for several lesions of an organ in which one was treated: "left pleural nodules stable"."""
    end = max((m.end for m in place.mentions if m.label == "SITE"), default=line.sentence.end)
    start = min((m.start for m in place.mentions if m.label == "SITE"), default=end)
    text = line.read.flat
    return bool(DEPOSITS.match(text, end) or DEPOSITS.search(text, start, end)) and not _recurs(line)


PLURAL_ZONES = re.compile(r"\b(?:zones|sites|cavities|scars|beds|ablations|areas|defects)\b", re.IGNORECASE)
"""Words behind a list of places that are each a treated one of their own."""
OF_DISEASE = re.compile(r"\b(?:metastatic|distant|systemic) (?:disease|progression)\b", re.IGNORECASE)


def _of_parts(line: Line, found: Sequence[Place], zone: bool, thread: Thread) -> list[Target]:
    """Lesions told apart by a part or side alone ("the medial one", "left: no recurrence")."""
    bare = line.labelled("PART", "SIDE")
    if found or not bare:
        return []
    parts = frozenset(m.concept for m in bare if m.label == "PART")
    sites = {SITE_OF_PART[kind] for p in parts if (kind := p.split(":")[0]) in SITE_OF_PART}
    place = Place(parts=parts, side=next((m.concept for m in bare if m.label == "SIDE"), ""))
    spot = bool(line.labelled("SPOT"))
    judged = any(m.rule_id.endswith("#expected_change") for m in line.labelled("STATUS")) or _recurs(line)
    if judged and not parts and place.side == "bilateral" and {t.place.side for t in thread.here} == {"left", "right"}:
        return list(thread.here)
    if zone or thread.about or spot or (judged and not parts and "elsewhere" not in lobes_of(line)):
        alike = [
            t
            for t in thread.here
            if not conflict(place, t.place) and (parts & t.place.parts or (place.side and place.side == t.place.side))
        ]
        alike = [t for t in alike if parts & t.place.parts] or alike
        alike = [t for t in _of_word(line, line.labelled("ZONE"), thread) if t in alike] or alike
        near = [t for site in sites for t in near_here(replace(place, site=site), thread.here)] if zone or spot else []
        on = [t for t in alike if t in thread.about]
        if alike or near:
            same = len({parts & t.place.parts for t in alike}) == 1
            return on if on and parts and same and not PLURAL.search(line.text) else alike or near
    exact = [t for t in thread.here if parts & t.place.parts]
    return exact if len(exact) == 1 and (len(thread.here) > 1 or _recurs(line)) and not zone else []


def _of_zone(found: Sequence[Place], thread: Thread) -> list[Target]:
    """A treated place that is not further named, or named by another place than the report of the procedure used."""
    if not found:
        sided = [t for t in thread.here if thread.side and t.place.side == thread.side]
        seen = [t for t in thread.named if t in thread.covered]
        return sided or list(thread.about or seen or thread.named or thread.covered or thread.here)
    loose = [t for p in found for t in near_here(p, thread.here)]
    if loose or len(thread.here) == 1:
        return loose or list(thread.here)
    worded = [t for t in thread.here if any(_shares_word(p, t) for p in found)]
    if worded:
        return worded
    left = [t for t in thread.here if t not in thread.named and any(p.site == t.place.site for p in found)]
    sided = [t for t in thread.covered if t.place.side and any(p.side == t.place.side and p.site not in DIFFUSE for p in found)]
    return left if len(left) == 1 else list(thread.about or sided)


def _shares_word(place: Place, target: Target) -> bool:
    """True if the chart called a treated lesion by a word of the place, whatever site either was read as: "subphrenic"."""
    words = [w for w in place.text.lower().split() if len(w) >= TELLING]
    return not _against(place, target) and any(w in _called(target) for w in words)


PLURAL_TUMOURS = re.compile(r"\b(?:tumou?rs|masses|deposits|implants|nodes|metastases|mets|targets|recurrences)\b", re.IGNORECASE)


def _called_like(place: Place, meant: list[Target], line: Line) -> list[Target]:
    """Of several treated lesions that a place can mean those that are called by its word, where the others are called by another: "scapular" beside "deltoid"."""
    if len(meant) < 2 or any(several.search(line.text) for several in (ALL, PLURAL_ZONES, PLURAL, PLURAL_TUMOURS)):
        return meant
    alike = [t for t in meant if _shares_word(place, t)]
    stems = {w[:STEM] for w in place.text.lower().split() if len(w) >= TELLING}
    others = [_called(t) for t in meant if t not in alike]  # "pleural" and "diaphragmatic pleura" are no two words
    return alike if alike and not any(not o or stem in o for o in others for stem in stems) else meant


STEM = 5
"""Letters in which the forms of a word agree."""
TELLING = 7
"""Letters of a word that tells a place."""


def _of_default(line: Line, thread: Thread) -> list[Target]:
    """ "No residual or recurrent tumour": what names no place is said of every treated lesion in the region examined."""
    scope = lobes_of(line)
    if concludes(line):
        return [t for t in thread.covered if t in thread.named]
    if not thread.away and "elsewhere" not in scope and DEFINITE.match(line.text) and len(thread.followed) == 1:
        return [t for t in thread.covered if t is thread.followed[0]]
    if len(thread.here) == 1 and line.labelled("SPOT") and not thread.away:
        return list(thread.covered)
    if thread.only and not thread.away and not scope & {"elsewhere", "region", "apart"} and (_says_how(line) or _of_a_focus(line, thread)):
        return list(thread.only)
    said = [
        m for m in line.labelled("PROGRESSION", "STATUS") if m.rule_id.endswith(("#recurrence", "#residual", "#no_tumour", "#progress"))
    ]
    local = "local" in scope or bool(
        re.search(
            r"\b(?:recurr|residu|regrow|re-grow|viable|incomplete|enhancing (?:tumou?r|tissue|component)|(?:tumou?r|disease) left\b)",
            " ".join(m.words for m in said),
            re.IGNORECASE,
        )
    )
    if not said or not local or ("elsewhere" in scope and "local" not in scope):
        return []
    denied = all(m.has("negated") or m.concept == "no_progression" for m in said)
    return list(thread.covered) if denied or len(thread.covered) == 1 or "local" in scope else []


FOCUS = re.compile(r"\b(?:foc(?:us|i)|rim|crescent|thickening|enhancement)\b", re.IGNORECASE)


def _of_a_focus(line: Line, thread: Thread) -> bool:
    """True for doubt that an exam of the one treated place tells of a focus or rim and of no place: "MRI: equivocal 4 mm focus"."""
    said = line.labelled("PROGRESSION", "STATUS")
    return (
        bool(said)
        and any(m.concept == "indeterminate" for m in said)
        and any(m.concept in TELLING_EXAMS for m in line.labelled("IMAGING"))
        and all(t.place.site not in DIFFUSE for t in thread.only)
        and FOCUS.search(line.text) is not None
        and len(line.text.split()) <= MOST_WORDS_OF_EXAM
        and not line.labelled("SITE", "PART", "ORGAN", "BYSTANDER", "COMPLICATION")
    )


def _says_how(line: Line) -> bool:
    """True for an exam and a word for what it showed, and no place or tumour: "MRI of 3 May: quiet"."""
    said = line.labelled("PROGRESSION", "STATUS")
    quiet = bool(said) and all(m.concept in ("no_progression", "indeterminate") for m in said)
    return bool(
        quiet
        and any(m.concept in TELLING_EXAMS for m in line.labelled("IMAGING"))
        and len(line.text.split()) <= MOST_WORDS_OF_EXAM
        and not line.labelled("SITE", "PART", "ORGAN", "BYSTANDER", "COMPLICATION", "SIZE")
        and (not findings.TUMOUR.search(line.text) or bool(OF_ALL_TUMOUR.search(line.text)))
    )


OF_ALL_TUMOUR = re.compile(
    r"\b(?:no|without)(?: any)? (?:evidence|signs?|trace|suggestion|hint) of (?:any )?(?:tumou?r|disease)\s*[.,;)]?\s*$", re.IGNORECASE
)
TELLING_EXAMS = ("ct", "mri", "pet_ct", "scan")
MOST_WORDS_OF_EXAM = 12
"""Words of a sentence that names an exam and says how it was."""

DEFINITE = re.compile(
    r"\W*(?:the|that|this)(?: (?!zone|cavity|site|bed|scar|liver|lung|other|remaining|largest|known)[\w-]+){0,3}? (?:nodul\w+|foc(?:us|i)|crescent|enhancement|uptake|thickening|finding|spot|area|rind|rim|strip|band|bud|knob|sliver|remnant|tissue)\b",
    re.IGNORECASE,
)
"""How a sentence opens that goes on with what was seen before: "The medial nodule has come down to 5 mm"."""

CONCLUDED = re.compile(
    r"\W*(?:\d\W+)?(?:(?:overall|in summary|all in all|essentially|otherwise|again|an?|the|no|as|entirely|quite|very|good|regular|satisfactory|stable|unchanged|expected|usual|normal|early|late|complete|metabolic|interval|significant|relevant|change\w*|appearances?|findings?|state|status|course|result\w*|response|remission|situation|disease|post-?\w*|after|since|to|from|compared|with|before|prior|previous|last|study|exam\w*|scan|cryo\w*|ablation|treatment|therapy|procedure|evolution|CT|MRI|PET|January|February|March|April|May|June|July|August|September|October|November|December|\d+)\b\W*)+$",
    re.IGNORECASE,
)
"""A conclusion in general words: "Stable.", "As expected after cryo", "No change since June"."""


def concludes(line: Line) -> bool:
    """True for a conclusion that names no place and calls the whole picture quiet: it holds for the treated places that the report named."""
    quiet = any(m.concept == "no_progression" and not m.has("negated") for m in line.labelled("PROGRESSION", "STATUS"))
    return quiet and line.sentence.section in FINAL and bool(CONCLUDED.match(line.text))


def _recurs(line: Line) -> bool:
    return any(m.rule_id.endswith(("#recurrence", "#residual")) for m in line.labelled("PROGRESSION"))


def near_here(place: Place, here: Sequence[Target]) -> list[Target]:
    """Treated lesions at a place that writers call by a neighbouring site ("left L2" for the paraspinal mass there)."""
    near = [
        t
        for t in here
        if (near_site(place.site, t.place.site) or _same_region(place, t.place) or t.place.site in place.text.lower())
        and not _against(place, t)
        and not _other_organ(place, t)
        and not _other_station(place, t)
    ]
    words = f"{place.text} {NODE_OF.get(place.site, '')}".lower()
    called = [t for t in near if t.place.site in words or any(p.split(":")[1] in words for p in t.place.parts)]
    closer = [t for t in near if place.parts & t.place.parts or (place.side and place.side == t.place.side)]
    return called or closer or (near if len(near) == 1 else [])


def _other_station(place: Place, target: Target) -> bool:
    """True for a region or node of one station beside a treated node of another: the groin beside an iliac node."""
    ours = {p for p in target.place.parts if p.startswith("node:")}
    theirs = {p for p in place.parts if p.startswith("node:")} or ({f"node:{NODE_OF[place.site]}"} if place.site in NODE_OF else set())
    return target.place.site == "lymph_node" and bool(ours and theirs) and not ours & theirs


NODE_OF = {"groin": "inguinal", "axilla": "axillary"}
"""Which nodes lie in a region: "the groin site" of an inguinal node."""
ORGANS = {
    "liver": re.compile(r"hepat|liver|phren|dome|morison|paracolic", re.IGNORECASE),
    "spleen": re.compile(r"splen|phren", re.IGNORECASE),
}


def _other_organ(place: Place, target: Target) -> bool:
    """True for a segment of an organ beside an implant of the peritoneum that the chart tells of without that organ."""
    words = ORGANS.get(place.site)
    return target.place.site == "peritoneum" and words is not None and bool(place.parts) and not words.search(_called(target))


def _same_region(a: Place, b: Place) -> bool:
    """True for a bone and a node named for one region: "the iliac site"."""
    kinds = {"bone": "lymph_node", "lymph_node": "bone"}
    ours, theirs = ({p.split(":")[1] for p in x.parts} for x in (a, b))
    return kinds.get(a.site) == b.site and bool(ours & theirs)
