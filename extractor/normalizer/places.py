"""Where does a sentence speak of? SITE, SIDE, PART and NAME mentions to places, and places to treated lesions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from extractor.model import Mention, Sentence
from extractor.normalizer.records import Place, Target
from extractor.patterns import re

LANDMARK = re.compile(
    r"(?:adjacent to|opposite|alongside|abreast of|level with|nearest|closest to|underneath|contacting|in contact with|indent\w*|bulg\w+ into|short of|abut\w*|near|next to|close to|beside|between|displac\w+|away from|toward?s?|touch\w*|against|behind|in front of|(?:lateral|medial|deep|superficial|anterior|posterior|cranial|caudal|superior|inferior|tangential|parallel|perpendicular|contiguous|proximal|distal|external|internal|juxtaposed|opposite|apposed) to|tethered to|(?:at (?:the )?)?(?:levels?|height) (?:of|with)|adheren\w+ to|fac(?:es|ing)|border(?:s|ing)|flank(?:s|ed|ing)|adjoin\w*|hugg?(?:s|ing)|meet(?:s|ing)|reach(?:es|ed)"
    r"|\b(?:left|right|l|r|lateral|medial|cranial|caudal|cephalad|caudad|anterior|posterior|superior|inferior) of(?= (?:the )?(?:umbilicus|navel|midline|spine|aorta|bladder|kidney)| $| the $)|overlying|erod\w+|invading|infiltrating|scallop\w+|(?<=the )adjacent|proximity to|from|protect\w*|off|beneath|below|above|under|over|through|via|trans|spar\w+|avoid\w*|separat\w+|lift\w*|push\w*|along|up to|reaching|wrapped|draped)(?: \w+){0,2}? (?:the |his |her |a |an )?(?:\w+ )?$",
    re.IGNORECASE,
)
PAST_LANDMARK = re.compile(r"\b(?:the|his|her|a) \w+,? (?:the|his|her) (?:\w+ )?$", re.IGNORECASE)
"""Before a site that is told of below or above a landmark named in full: "below the diaphragm the liver"."""
LIES_ALONG = re.compile(r"\b(?:lies|lay|lying|located|situated|sits|sat) along (?:the |his |her )?(?:\w+ ){0,2}$", re.IGNORECASE)
"""Before the surface that a lesion is said to lie on: "implant 1 lies along the right paracolic gutter"."""
SURFACES = ("peritoneum", "pleura")
TUMOUR_ALONG = re.compile(
    r"\b(?:deposit|nodule|implant|lesion|plaque|metastasis|met|one|recurrence),?(?: (?:of )?\(?\d+(?:\.\d+)? ?[cm]m\)?,?)? along (?:the |his |her )?(?:(?:left|right|lt|rt|l|r) )?$",
    re.IGNORECASE,
)
"""Before the lining that a deposit is told to lie along: "a second deposit along the left paracolic gutter"."""
FACE = re.compile(
    r"(?:\s*(?:/|&|and|or)\s+(?!left\b|right\b)\w+|\s*,\s+(?!left\b|right\b|deep|superficial|\w*medial|\w*lateral|\w*anterior|\w*posterior|\w*superior|\w*inferior|\w*ventral|\w*dorsal|cranial|caudal|proximal|distal|upper|lower|outer|inner)\w+)?[\s-]*(?:faces?|sides?(?![ -]?walls?)|aspects?|facing|interfaces?|(?:ends?|portions?|parts?|components?|tips?|tongues?|extensions?|half|limits?) of)\b",
    re.IGNORECASE,
)
"""Behind a site: the side of the lesion that looks at it, no place of its own ("along the chest wall and lung faces")."""
SEPARATOR = re.compile(
    r"\band\b|\bn?or\b|\bplus\b|[;+&|\t]|\bwith\b|\bas well as\b|,|\(?\b[ivx]+\)|\d\)|\([a-e]\)|\bthen\b|/|\b(?:19|20)\d\d\b", re.IGNORECASE
)
LEVEL_ONLY = re.compile(r"[TL]\d{1,2}(?:[-/][TL]?\d{1,2})?")
"""A vertebra's number alone: beside another site it tells only the height ("psoas nodule at L3")."""
HEIGHT = re.compile(r"[ -]levels?\b", re.IGNORECASE)
"""Behind a vertebra's number that says how high something lies, in whatever: "lesion 1 (L2 level)"."""
SPINAL = re.compile(r"vertebra|spin|bon|osseous", re.IGNORECASE)
"""Sites that a vertebra's number makes finer: "vertebral metastases T12 and L3"."""
ONE_LEVEL = re.compile(r"[TL]\d{1,2}\b(?!\s?[-–/]\s?[TL]?\d)", re.IGNORECASE)
LISTED = re.compile(r"(?:\band|\bplus|[+&])\s+(?:the |a |left |right |l |r )*$", re.IGNORECASE)
LISTING = re.compile(r"\s*(?:and|plus|[+&])\s", re.IGNORECASE)
STOP = re.compile(r"[.;]\s|\b(?:by|via|through|from|using) (?:the |a )?", re.IGNORECASE)
AND = r"\W{0,2}(?:and|&|\+|as well as) (?:also )?"
AND_THE = re.compile(rf"{AND}(?:the|that|those|at|in) (?!(?:lesion|target|nodule|site|zone)s? \w\b)", re.IGNORECASE)
"""Between the name of one lesion and the place of the next: "lesion B and the right upper lobe zone"."""
APPOSED = re.compile(r"[\s(\[,:=–\"“'-]*(?:mass|nodule|lesion|node|deposit|implant|metastasis|tumou?r)?[\s(\[,:=–-]*", re.IGNORECASE)
IN_APPOSITION = re.compile(
    r"(?: (?:soft[- ]tissue )?(?:mass|nodule|lesion|deposit|implant|node|metastasis|tumou?r|recurrence))?(?:,? \d+(?:\.\d+)? ?(?:cm|mm))?\s*[,(–-]\s*(?:(?:on|at) the )?",
    re.IGNORECASE,
)
"""Between a site and a side that stands apart for it: "presacral deposit, midline,"."""
OF_REGION = re.compile(r" [a-z]+(?:[ -][a-z]+)?, ", re.IGNORECASE)
TISSUE = re.compile(r"sub-?cutaneous|sub-?cut|soft[- ]tissue|intra-?muscular|dermal", re.IGNORECASE)
"""A side and the region it is of, before the tissue that holds the lesion: "left flank, subcutaneous"."""
THERE_IN = re.compile(r", (?:in|within|along|behind|beneath|under) (?:the |his |her )?", re.IGNORECASE)
"""Between a side told first and the place it is of: "lies on the left, in the psoas"."""
MUSCULAR = ("shoulder", "paraspinal", "gluteal", "lower_extremity", "upper_extremity", "abdominal_wall", "chest_wall")
STRONG = ("lymph_node", "bone", "liver", "kidney", "adrenal", "pancreas", "spleen", "lung")
WEAK = ("subcutaneous", "pelvis", "peritoneum", "other")
SIDE_OF_LOBE = {"lobe:RUL": "right", "lobe:RML": "right", "lobe:RLL": "right", "lobe:LUL": "left", "lobe:LLL": "left"}


SENTENCES_REMEMBERED = 4096
_known: dict[int, tuple[Sentence, str, list[Place]]] = {}
"""By identity of the sentence, which every question of a chart asks again."""


def places(sentence: Sentence, text: str) -> list[Place]:
    """The places that a sentence names, in order; ``text`` is the whole note. Landmarks ("displaced from the bowel") are left out."""
    if not any(m.label == "SITE" for m in sentence.mentions):
        return []
    known = _known.get(id(sentence))
    if known is None or known[0] is not sentence or known[1] is not text:
        if len(_known) >= SENTENCES_REMEMBERED:
            _known.clear()
        known = _known[id(sentence)] = (sentence, text, _named(sentence, text))
    return list(known[2])


def _named(sentence: Sentence, text: str) -> list[Place]:
    cells = [m for m in sentence.mentions if m.rule_id == "grids#name"]

    def column(site: Mention) -> str:
        return next((c.concept for c in cells if c.start <= site.start and site.end <= c.end), "")

    groups: list[list[Mention]] = []
    aside: list[Mention] = []
    sites = _without_heights([m for m in sentence.mentions if m.label == "SITE"], sentence, text)
    acts = [m.start for m in sentence.mentions if m.label == "PROCEDURE"]
    for mention in sites:
        before = text[max(sentence.start, mention.start - 40) : mention.start]
        there = PAST_LANDMARK.search(before) or LIES_ALONG.search(before) or (mention.concept in SURFACES and TUMOUR_ALONG.search(before))
        by = len(sites) > 1 and LANDMARK.search(before) and not there
        if by and not (groups and _skin_over(groups[-1][-1], mention, text)) and not _pierced(mention, before, text):
            aside.append(mention)
            continue
        if FACE.match(text[mention.end : mention.end + 40]) or _lain_on(mention, groups, text):
            continue
        if (
            groups
            and column(groups[-1][-1]) == column(mention)
            and not any(groups[-1][-1].end <= at < mention.start for at in acts)
            and (_joined(text[groups[-1][-1].end : mention.start]) or _space_of(mention, groups[-1][-1], text))
        ):
            groups[-1].append(mention)
        else:
            groups.append([mention])
    parts = [p for p in sentence.mentions if p.label == "PART"] if aside or cells else []
    lain_by = [p for p in parts if any(m.start <= p.start and p.end <= m.end for m in aside)]
    lain_by += [s for s in sentence.mentions if s.label == "SIDE" and any(text[s.end : m.start].isspace() for m in aside)]
    beside = [frozenset((*lain_by, *(p for p in parts if column(p) != column(g[0])))) for g in groups]
    return _under_heading([_place(g, sentence, text, groups, b) for g, b in zip(groups, beside, strict=True)], sentence, text)


SIDE_HEAD = re.compile(
    r"\W*(?:(?:[a-e]|\d)[.):]\s*)?(?:(?:today|now|first|then|next|this time|treated|targets?|in|on)[,:]? )?(?:the )?(?:left|right)(?:[ -](?:(?:hepatic )?lobe|hemi-?liver|liver|lung|kidney|side|hemi-?thorax|chest|thorax|hemi-?liver|leg|arm|thigh))?:\s",
    re.IGNORECASE,
)
"""How a line opens that lists the places of one side."""


def _under_heading(found: list[Place], sentence: Sentence, text: str) -> list[Place]:
    """With the side that heads a list of places: "Right lung: upper lobe 12 mm, lower lobe 9 mm"."""
    head = SIDE_HEAD.match(text, sentence.start, sentence.end)
    sides = [m for m in sentence.mentions if m.label == "SIDE"]
    if not head or not sides or {m.concept for m in sides} != {sides[0].concept} or sides[0].start >= head.end():
        return found
    return [p if p.side else replace(p, side=sides[0].concept, mentions=(*p.mentions, sides[0])) for p in found]


THROUGH = re.compile(r"\b(?:through|into|across) (?:the |his |her |an? )?(?:\w+ )?$", re.IGNORECASE)
TUMOUR_BEHIND = re.compile(r" (?:nodule|lesion|mass|metastasis|met|deposit|implant|tumou?r)s?\b", re.IGNORECASE)


def _pierced(mention: Mention, before: str, text: str) -> bool:
    """True for the place of a tumour that something was put through, no way to another: "one probe through the left upper lobe nodule"."""
    return THROUGH.search(before) is not None and TUMOUR_BEHIND.match(text, mention.end) is not None


SKIN_OVER = re.compile(r"(?: [\w-]+){0,2} (?:over|overlying|above|along|on) (?:the |his |her )?(?:(?:left|right) )?", re.IGNORECASE)


def _skin_over(tissue: Mention, region: Mention, text: str) -> bool:
    """True for the region under whose skin a lump lies: "subcutaneous lump over the left elbow"."""
    under = tissue.concept == "subcutaneous" and region.concept in MUSCULAR
    return under and SKIN_OVER.fullmatch(text[tissue.end : region.start]) is not None


def _lain_on(mention: Mention, groups: Sequence[Sequence[Mention]], text: str) -> bool:
    """True for the bone that a muscle's name is told with, by a slash: "infraspinatus/lateral scapula"."""
    before = groups[-1][-1] if groups else None
    return (
        before is not None
        and mention.concept == "bone"
        and before.concept in MUSCULAR
        and (
            bool(RIBS_BETWEEN.match(text, mention.start) and re.fullmatch(r"\s*[,/]\s*", text[before.end : mention.start]))
            or re.fullmatch(
                r"\s?/\s?(?:(?:the|lateral|medial|anterior|posterior|upper|lower|adjacent|underlying)\s)*", text[before.end : mention.start]
            )
            is not None
        )
    )


INTERSPACE = re.compile(r"(?:intercostal|interspace|rib space)\w*(?: space)?", re.IGNORECASE)

SPACE_TOLD = re.compile(
    r"\s*(?:(?:[\w-]+ )?(?:implant|nodule|lesion|mass|deposit|metastasis|met|tumou?r|plaque|recurrence)\s*)?(?:[,(]\s*|\b(?:at|in|along|near) the )(?:\w+ ){0,2}",
    re.IGNORECASE,
)
"""Between a lesion of the chest and its interspace."""


def _space_of(mention: Mention, before: Mention, text: str) -> bool:
    """True for the space between ribs at which a lesion of the chest lies: "pleural, 8th interspace", "pleural implant at the 8th interspace"."""
    of_chest = before.concept in ("pleura", "chest_wall", "lung") and mention.concept == "chest_wall"
    return (
        of_chest and INTERSPACE.fullmatch(mention.words) is not None and SPACE_TOLD.fullmatch(text, before.end, mention.start) is not None
    )


RIBS_BETWEEN = re.compile(r"(?:inter)?(?:ribs?|costal)\W*\d{1,2}(?:st|nd|rd|th)?\s*(?:-|–|/|and|to)\s*\d", re.IGNORECASE)
"""The two ribs between which a muscle's lump lies: "serratus, rib 6-7"."""


def _without_heights(sites: list[Mention], sentence: Sentence, text: str) -> list[Mention]:
    """Without the vertebrae that only say how high another place lies: "left paraspinal nodule, L2 level"."""
    firm = [m for m in sites if not LEVEL_ONLY.fullmatch(m.words)]
    if sites and not firm and _beside_spine(text):
        return [
            m for m in sites if not (AT_LEVEL.search(text[max(sentence.start, m.start - 20) : m.start]) and LEVEL_TOLD.match(text, m.end))
        ]
    if all(SPINAL.match(m.words) for m in firm):
        return sites
    return [
        m
        for m in sites
        if m in firm
        or _own_act(m, firm, sentence)
        or LISTED.search(text[max(sentence.start, m.start - 12) : m.start])
        or LISTING.match(text[m.end : sentence.end])
    ]


AT_LEVEL = re.compile(r"\b(?:at|near|opposite|beside|over|around|level of)(?: the)? $", re.IGNORECASE)
LEVEL_TOLD = re.compile(r"\s*(?:[.,;:)]|$|(?:and|just|levels?|beneath|below|above|under)\b)", re.IGNORECASE)
SOFT = re.compile(r"\bpara-?spin|\bpara-?vertebral|\berector\b|\bmultifidus|\bpsoas|\bquadratus lumborum", re.IGNORECASE)
NEEDLES = re.compile(r"\b(?:cryo-?)?(?:probe|needle|antenna|electrode)s?\b", re.IGNORECASE)
BONY = re.compile(r"\bvertebra|\bbon[ey]\b|\bosseous|\blytic|\bcement|\bpedic", re.IGNORECASE)


@lru_cache(maxsize=256)
def _beside_spine(text: str) -> bool:
    """True for a report of needles in the muscles beside the spine that never speaks of bone: in it "the lower nodule lies at L3" tells a height."""
    return all(p.search(text) for p in (NEEDLES, SOFT)) and BONY.search(text) is None


def _own_act(level: Mention, firm: Sequence[Mention], sentence: Sentence) -> bool:
    """True for a vertebra that an ablation of its own stands before: "RFA T8, cryo left 9th rib"."""
    acts = [m.start for m in sentence.mentions if m.label == "PROCEDURE"]
    return any(at < level.start for at in acts) and all(
        any(min(level.end, m.end) <= at < max(level.start, m.start) for at in acts) for m in firm
    )


def _joined(between: str) -> bool:
    """True if two site mentions name one place: "chest wall mass in the 6th intercostal space"."""
    return not (len(between) > 40 or SEPARATOR.search(between))


def _place(
    group: Sequence[Mention], sentence: Sentence, text: str, groups: Sequence[Sequence[Mention]], beside: frozenset[Mention] = frozenset()
) -> Place:
    """The place of the sites of a group; ``beside`` are parts of what it only lies by."""
    start, end = group[0].start, group[-1].end
    low = max([g[-1].end for g in groups if g[-1].end <= start], default=sentence.start)
    high = min([g[0].start for g in groups if g[0].start >= end], default=sentence.end)
    low, high = max(low, start - 45), min(high, end + 45)
    sides = [
        m
        for m in sentence.mentions
        if m.label == "SIDE" and low <= m.start and m.end <= high and not _cut(text, m, start, end, sentence.end)
    ]
    sides = [m for m in sides if not _closes_item(m, start, groups, text)]
    sides = [m for m in sides if not WAY_IN.search(text[max(sentence.start, m.start - 20) : m.start])]
    sides = [m for m in sides if m not in beside and not (m.text == "RT" and RADIATION.match(text, m.end))]
    parts = [
        m
        for m in sentence.mentions
        if m.label == "PART" and low <= m.end and m.start <= high and not _cut(text, m, start, end, sentence.end)
    ]
    parts = [m for m in parts if m not in beside and not _of_fellow(m, group, groups, parts)]
    names = [m for m in sentence.mentions if m.label == "NAME" and low - 30 <= m.start and m.end <= high]
    names = [m for m in names if (m.start < end and not STOP.search(text[m.end : start])) or APPOSED.fullmatch(text[end : m.start])]
    names = [m for m in names if not (m.end <= start and (_behind_another(m, groups, start, text) or AND_THE.match(text, m.end, start)))]
    names.sort(key=lambda m: (not (m.start <= start and end <= m.end), m.end > start, abs(start - m.end)))
    firm = [m for m in group if not LEVEL_ONLY.fullmatch(m.words)] or list(group)
    height = HEIGHT.match(text, end) is not None and all(LEVEL_ONLY.fullmatch(m.words) for m in firm)
    site = "" if height else _site([m.concept for m in firm])
    side = _side(sides, start, end, parts, site)
    keep = frozenset(p.concept for p in parts if fits(p.concept, site)) | (_lobes(group, parts) if site == "lung" else frozenset())
    keep |= frozenset(f"level:{m[0].upper()}" for s in group if (height or site == "bone") and (m := ONE_LEVEL.match(s.words)))
    if site == "bone" and any(ABOVE_ACETABULUM.match(p.words) for p in parts):
        keep |= {"bone:iliac"}
    return Place(site, side, keep, names[0].concept if names else "", (*group, *sides[:1], *parts, *names[:1]), text[start:end])


ABOVE_ACETABULUM = re.compile(r"supra[- ]?acetab", re.IGNORECASE)
"""What lies there is ilium: writers call it by either bone."""


def _of_fellow(part: Mention, group: Sequence[Mention], groups: Sequence[Sequence[Mention]], parts: Sequence[Mention]) -> bool:
    """True for the lobe or bone that the next of a list is called by, where this one has its own: "RUL, RML", "left femur & left ilium"."""
    kind = part.concept.split(":")[0]
    own = {p.concept for p in parts if p.concept.startswith(f"{kind}:") and _inside(p, group)}
    return kind in ("lobe", "bone") and bool(own) and part.concept not in own and any(g is not group and _inside(part, g) for g in groups)


def _inside(part: Mention, group: Sequence[Mention]) -> bool:
    return any(m.start <= part.start and part.end <= m.end for m in group)


def _closes_item(side: Mention, start: int, groups: Sequence[Sequence[Mention]], text: str) -> bool:
    """True for a side before a comma that ends what is told of the place before it: "T12 lesion 14 mm left, L1 lesion"."""
    before = max((g[-1].end for g in groups if g[-1].end <= side.start), default=None)
    return before is not None and text[side.end : start].strip() in (",", ";") and not re.search(r"[,;.]", text[before : side.start])


WAY_IN = re.compile(r"\b(?:access|approach|entry|route|window)(?: (?:was|from|is))?:? (?:the )?$", re.IGNORECASE)
"""Before the side from which the probes came: "access left transgluteal"."""
RADIATION = re.compile(r"\s*(?:$|[.,;:)+/\d]|(?:to|and|in|for|completed|then|was|with|plus|ever|given|done)\b)", re.IGNORECASE)
"""Behind an "RT" that is a treatment and no side."""
LOBE = re.compile(r"\b(upper|middle|lower)(?:[- ]lob|$)", re.IGNORECASE)
BASAL = ("seg:6", "seg:7", "seg:8", "seg:9", "seg:10")
"""Segments of the lung that are the lower lobe's, of either side."""
LOBES = {"lobe:RUL": "upper", "lobe:LUL": "upper", "lobe:RML": "middle", "lobe:RLL": "lower", "lobe:LLL": "lower"}


def _lobes(group: Sequence[Mention], parts: Sequence[Mention]) -> frozenset[str]:
    """Which lobe is named, with or without its side, so that "the lower lobe" can be the left lower lobe of another sentence."""
    said = [m[1].lower() for g in group if (m := LOBE.search(g.words))] + [LOBES[p.concept] for p in parts if p.concept in LOBES]
    said += ["lower" for p in parts if p.concept in BASAL and not said]
    lingula = any(m.text.lower().startswith("lingul") for m in (*group, *parts))
    return frozenset((*(f"lobepos:{s}" for s in said), *((LINGULA,) if lingula else ())))


def _behind_another(name: Mention, groups: Sequence[Sequence[Mention]], start: int, text: str) -> bool:
    """True if a name in brackets behind another place is that one's: "left psoas (L1) and left pelvic sidewall"."""
    return text[name.end : name.end + 2].lstrip("\"”'")[:1] in (")", "]") and any(
        g[-1].end <= name.start and APPOSED.fullmatch(text[g[-1].end : name.start]) for g in groups if g[0].start < start
    )


IN_ONE_BRACKET = re.compile(r"\s*\([^()]{0,20}, ?")
"""Between a site and a side that share its bracket: "sacral (S2, right)"."""


OF_WHOLE = re.compile(
    r"(?:[ -](?:(?:antero|postero|supero|infero)?-?(?:medial|lateral|anterior|posterior|superior|inferior)|para-?median|sided?|half|aspect))*(?: of (?:the )?(?:(?:vertebral )?body|vertebra))?(?: (?:just |right )?(?:below|above|under|over|behind|beside|near) the [a-z]+)?\s*(?:[,.;:)|]|at\b|$)",
    re.IGNORECASE,
)
"""Behind a side that is the whole place's: "L3 body lesion, left posterolateral, 18 mm"."""


MEASURED = re.compile(r" {2,}|\s\d")
"""Behind a side that ends what calls a place, before its size or the next column of a table."""


def _cut(text: str, m: Mention, start: int, end: int, stop: int) -> bool:
    """True if a separator stands between a side or part and the site; ``stop``: where their sentence ends."""
    between = text[end : m.start] if m.start >= end else text[m.end : start] if m.end <= start else ""
    if m.start >= end and IN_ONE_BRACKET.fullmatch(between):
        return False
    if m.end <= start and ((OF_REGION.fullmatch(between) and TISSUE.match(text, start)) or THERE_IN.fullmatch(between)):
        return False
    if (
        m.start >= end
        and IN_APPOSITION.fullmatch(between)
        and (OF_WHOLE.match(text, m.end, stop) or (m.label == "SIDE" and MEASURED.match(text, m.end, stop)))
    ):
        return False
    return bool(re.search(r";|\.(?!\d)|\bn?or\b|\band\b|,|\+|\(\d\)", between, re.IGNORECASE)) and len(between) > 2


def _site(concepts: Sequence[str]) -> str:
    if concepts[0] == "peritoneum" and set(concepts) <= {"peritoneum", "liver", "spleen", "kidney", "pancreas"}:
        return "peritoneum"  # "perihepatic implant, segment 7": the organ only says where
    for strong in STRONG:
        if strong in concepts and not (strong == "lung" and {"pleura", "chest_wall", "mediastinum"} & set(concepts)):
            return strong
    firm = [c for c in concepts if c not in WEAK and not (c == "paraspinal" and {"pleura", "mediastinum"} & set(concepts))]
    return (firm or list(concepts))[0]


def _side(sides: Sequence[Mention], start: int, end: int, parts: Sequence[Mention], site: str) -> str:
    for part in parts:
        if site == "lung" and part.concept in SIDE_OF_LOBE:
            return SIDE_OF_LOBE[part.concept]
    if not sides:
        return ""
    nearest = min(sides, key=lambda m: (0 if m.start >= start and m.end <= end else min(abs(start - m.end), abs(m.start - end)), m.start))
    return nearest.concept


KINDS = {
    "lobe": ("lung",),
    "seg": ("liver", "lung"),
    "bone": ("bone",),
    "rp": ("retroperitoneum",),
    "per": ("peritoneum",),
    "pel": ("pelvis",),
    "node": ("lymph_node",),
    "liverpart": ("liver", "lung"),
    "lobepart": ("lung",),
    "pole": ("kidney",),
    "clock": ("breast",),
}


def fits(part: str, site: str) -> bool:
    """True if a site can have such a finer place."""
    kind = part.split(":")[0]
    return kind not in KINDS or site in KINDS[kind]


LINGULA = "lobepart:lingula"
"""A part of the left upper lobe that is rarely meant where the lobe alone is named."""
DOME = "liverpart:dome"
UNDER_DOME, BELOW_DOME = frozenset({"seg:4", "seg:7", "seg:8"}), frozenset({"seg:3", "seg:5", "seg:6"})
"""Segments that reach the dome of the liver, and those that do not."""


def conflict(a: Place, b: Place) -> bool:
    """True if the two cannot be one place."""
    if a.site and b.site and a.site != b.site:
        return True
    if a.side and b.side and a.side != b.side and "bilateral" not in (a.side, b.side):
        return True
    if a.name and b.name and a.name != b.name:
        return True
    ours, theirs = _by_kind(a.parts), _by_kind(b.parts)
    if any(not (ours[k] & theirs[k]) for k in ours.keys() & theirs.keys()):
        return True
    return any(DOME in x and y & BELOW_DOME and not y & UNDER_DOME for x, y in ((a.parts, b.parts), (b.parts, a.parts)))


def _by_kind(parts: Iterable[str]) -> dict[str, set[str]]:
    kinds: dict[str, set[str]] = {}
    for part in parts:
        kinds.setdefault(part.split(":")[0], set()).add(part)
    return kinds


def likeness(a: Place, b: Place) -> float:
    """How well two places agree: 0 if they cannot be one or share nothing."""
    if conflict(a, b):
        return 0.0
    score = 2.0 * bool(a.site and a.site == b.site) + 1.0 * bool(a.side and a.side == b.side) + 1.5 * len(a.parts & b.parts)
    return score + 3.0 * bool(a.name and a.name == b.name) - 0.25 * bool(a.parts and b.parts and LINGULA in a.parts ^ b.parts)


def near_site(a: str, b: str) -> bool:
    """True if writers call one place by either site."""
    return a == b or frozenset((a, b)) in NEIGHBOURS


def neighbours(a: Place, b: Place) -> bool:
    """True if the two can be one place under neighbouring names."""
    return a.site != b.site and near_site(a.site, b.site) and not conflict(replace(a, site=""), replace(b, site=""))


def told_apart(a: Place, b: Place) -> bool:
    """True if a line lists two places of one site by different parts: "posterior pleural, diaphragmatic pleural", but not "lingular metastasis, left upper lobe"."""
    finer = LINGULA in a.parts ^ b.parts and (a.parts < b.parts or b.parts < a.parts)
    return bool(a.parts and b.parts and a.parts != b.parts and not finer)


NEIGHBOURS = frozenset(
    frozenset(pair)
    for pair in (
        ("retroperitoneum", "paraspinal"), ("retroperitoneum", "kidney"), ("retroperitoneum", "peritoneum"), ("pelvis", "gluteal"), ("chest_wall", "pleura"), ("chest_wall", "bone"),
        ("pleura", "lung"), ("pelvis", "peritoneum"), ("pelvis", "bone"), ("abdominal_wall", "subcutaneous"), ("peritoneum", "abdominal_wall"), ("paraspinal", "subcutaneous"),
        ("gluteal", "subcutaneous"), ("gluteal", "bone"), ("pelvis", "retroperitoneum"), ("axilla", "lymph_node"), ("groin", "lymph_node"), ("groin", "lower_extremity"), ("shoulder", "upper_extremity"),
        ("mediastinum", "lymph_node"), ("retroperitoneum", "lymph_node"), ("peritoneum", "liver"), ("adrenal", "retroperitoneum"), ("chest_wall", "subcutaneous"), ("lower_extremity", "subcutaneous"),
        ("shoulder", "chest_wall"), ("pelvis", "lymph_node"), ("paraspinal", "bone"), ("peritoneum", "spleen"), ("shoulder", "bone"),
    )
)  # fmt: skip


def matching(place: Place, targets: Sequence[Target]) -> list[Target]:
    """The treated lesions that a place can mean: those that agree best."""
    scored = [(likeness(place, t.place), t) for t in targets]
    best = max((s for s, _ in scored), default=0.0)
    return [t for s, t in scored if s == best] if best > 0 else []
