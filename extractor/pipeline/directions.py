"""Margins listed by direction: which lengths of a sentence are told of a side of the lesion? Works on a sentence.

    Lesion 1: cranial 7 mm, caudal 9 mm, medial 6 mm.      L2: 5 mm towards the dome, 8 to 10 mm on the other sides.

No word says "margin" in such a list, and none need: two lengths that each have a direction are distances from the tumour's edge,
unless the sentence speaks of sizes, findings or needles.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace

from extractor.patterns import re
from extractor.pipeline.found import Found

LEVEL = "sentence"
WAY = (
    r"(?:crani(?:al|ad)|caud(?:al|ad)|cephal(?:ad|ic)|medial|lateral|ventral|dorsal|anterior|posterior|superior|inferior|superficial|deep|proximal|distal|radial|ulnar|plantar|palmar"
    r"|antero-?(?:medial|lateral|superior|inferior)|postero-?(?:medial|lateral|superior|inferior)|ventro-?(?:medial|lateral)|dorso-?(?:medial|lateral)|cranio-?(?:medial|lateral)|caudo-?(?:medial|lateral))"
)
SHORT_WAY = r"(?:ant|post|sup|inf|med|lat|cran|caud|vent|dors|prox|dist|superf|cc|top|bottom|above|below|front|back|up|down|left|right)\.?"
SIDE = r"(?:side|sides|edge|aspect|border|pole|surface|face|direction|directions|margin|end|part|limit|front)"
WHICH = r"(?:the |its |all |every |each |both |any |other |remaining |opposite |free |same )"
NOUN = r"(?!nodule|mass|lesion|tumou?r|scan|exam)[a-z]+"
DIRECTION = rf"(?:\b{WAY}(?:ly|wards?)?(?: {SIDE})?\b|\b{SHORT_WAY}(?!\w)(?: {SIDE}\b)?|\b(?:on|at|to|along|in|over|from|toward|towards) {WHICH}{{1,3}}(?:{NOUN} ){{0,2}}{SIDE}\b|\btowards? (?:{WHICH})?{NOUN}(?: {NOUN})?|\b(?:the )?(?:other|remaining) (?:sides|directions|edges)|\b{NOUN} side\b)"
ABOUT = r"(?:(?:only|just|about|approximately|approx\.?|some|around|roughly|at least|at most|no more than|not more than|not less than|barely|exactly|over|more than|up to|nearly|almost|ca\.?|min\.?|minimum|there|there is|it|it is|is|was|are|were|has|have|had|with|the|a|by|of|rim|margin|distance) )*[~<>≥≤=±]?\s*"
PLACE = r"(?:,? ?(?:at|towards?|next to|under|near|on|along|against|beside|over|by|facing|where|beneath|abutting|in front of|behind|to) [^.;:\d]{2,60}?)?"
AHEAD = re.compile(rf"{DIRECTION}(?:(?:\s*(?:,|and|&|/|\+|or)\s*){DIRECTION}){{0,4}}{PLACE}[\s,:=(–-]*{ABOUT}$", re.IGNORECASE)
BEHIND = re.compile(
    rf"^(?:[\s-]*(?:or (?:more|better|less)|plus|\+|each|margin|of (?:margin|ice|cover))\b)*[\s(,]*(?:(?:to|on|at|in|from) (?:the )?)?{DIRECTION}|^(?:[\s-]*(?:or (?:more|better|less)|\+))*[\s,(]*(?:elsewhere|everywhere|otherwise|all (?:a)?round|circumferentially|on (?:all|every|each) )",
    re.IGNORECASE,
)
LABEL = re.compile(
    r"^\W*(?:(?:the )?(?:lesion|target|tumou?r|nodule|site|zone|no\.?|nr\.?|number|ad)?\W{0,2}(?:[A-Z]?\d|[A-H])(?: \([^)]{1,30}\))?\s*[:.)–-]+|result:|margins?:?)?\s*",
    re.IGNORECASE,
)
OTHER = re.compile(
    r"\b(?:measur\w+|diameter|sizes?|extent|extend\w*|displac\w+|grew|grow\w*|cysts?|apart|depth|AP|h(?:a)?ematoma|pneumothora\w+|effusions?|shift\w*|needles?|probes?|antenna\w*|electrodes?|advanced|skin to|collection|thrombus"
    r"|nodules|masses|metastases|mets|foci|deposits|discs?|disks?|bulg\w*|protrusion|node|nodes|moved|withdrawn|deviat\w+|scar|thick\w*|wall|uptake|suv|new|enhanc\w+|spac\w+|step|drain\w*|fluid|air|gas|blood|fracture|rib|images?|series|slice\w*|subluxat\w+|offset|away from|from the (?:skin|midline|nerve|bowel))\b",
    re.IGNORECASE,
)
"""What else a length with a direction can be of: a finding's size, a structure's way, a needle's."""
OF_FELLOWS = re.compile(
    r"\b(?:nodules|lesions|masses|metastases|mets|deposits|implants|tumou?rs|nodes|foci|targets|recurrences)(?:\s(?:on|in|of|at|along)\b[^.;:,(\d]{0,40})?\s*[,:(=–-]\s*(?:(?:crani\w+|caud\w+|superior|inferior|medial|lateral|anterior|posterior|proximal|distal|left|right|larger|smaller)\s|(?:about|measuring|each|of|now|the|upper|lower|one) )*$",
    re.IGNORECASE,
)
"""Ahead of the first length: several tumours, which the directions tell apart ("the two nodules, 11 mm (superior) and 8 mm (inferior)")."""
OF_ICE = re.compile(
    r"\b(?:margins?|clearance|ice|iceball|rim|beyond|past|zone|coverage|cover(?:s|ed)|overlap\w*|ablat\w+ (?:reach|extend|goes)\w*)\b",
    re.IGNORECASE,
)
NOT_A_SIDE_ALONE = re.compile(
    rf"\b{WAY}|\btowards?\b|\bsides?\b|\b(?:ant|post|sup|inf|med|lat|cran|caud|vent|dors|prox|dist|up|down|top|bottom|above|below)\b",
    re.IGNORECASE,
)
"""Left and right alone are no list of margins: they tell two findings apart."""
OF_TUMOUR = re.compile(
    r"^\s*(?:or so )?(?:(?:thick|wide|long|strip|rim|part|portion)\s)*(?:of (?:the |it|its )?(?:nodule|tumou?r|mass|lesion|deposit|metasta\w+)|of it\b)",
    re.IGNORECASE,
)
HEAD = re.compile(
    r"\b(?:components?|portion|mass|lesion|nodule|tumou?r|recurrence|deposit|implant|node|metastasis|remnant|residual)\s*[,:(=–-]?\s*$",
    re.IGNORECASE,
)
"""Right behind the name of a tumour a length is its size, whatever side is told next: "recurrent component 2.4 cm, medial"."""
OF_IMAGES = re.compile(
    r"\s*(?:thin |axial |coronal |sagittal )?(?:recon\w*|reformat\w*|slices?|sections?|cuts|images?|collimation)\b", re.IGNORECASE
)
TIMES = re.compile(r"\d\s*(?:mm|cm)?\s*(?:x|×|\*|\bby\b)\s*\d", re.IGNORECASE)
VALUE = r"(?P<v>\d{1,2}(?:[.,]\d{1,2})?(?:\s*(?:-|–|to)\s*\d{1,2}(?:[.,]\d)?)?|flush|none|nil|zero|n\.?/?a\.?)(?![\w.,]*\d)\s*(?P<u>mm|cm)?\b(?!\s*(?:x|×|of|mm|cm))"
ENTRY = re.compile(
    rf"(?<![\w-])(?P<d>{WAY}(?:ly)?|{SHORT_WAY}|(?-i:[APSIMLRVD]))(?: \([^()\d]{{1,30}}\))?\s*[:=]?\s*[~<>≥≤]?\s*{VALUE}", re.IGNORECASE
)
BETWEEN = re.compile(r"[\s,;/|&.()+]*(?:and|mm|cm)?[\s,;/|&.(]*", re.IGNORECASE)


def by_direction(text: str, found: Sequence[Found], listed: bool = True) -> list[Found]:
    """The measures of a sentence, with the lengths and bare numbers that stand in a list of directions as MARGIN.

    Without ``listed`` no ENTRY can stand in the sentence.
    """
    bare = _bare(text) if listed else []
    if not found and not bare:
        return []
    out = [f for f in found if not any(f.start < b.end and b.start < f.end for b in bare)]
    lengths = [f for f in out if f.label in ("LENGTH", "SIZE", "ZONE_SIZE", "MARGIN") and not TIMES.search(text[f.start : f.end])]
    starts, ends = sorted(f.start for f in lengths), sorted(f.end for f in lengths)
    if lengths and OF_FELLOWS.search(text[: lengths[0].start]):
        sized = [f for f in lengths if f.label != "SIZE" and not OF_ICE.search(text)]
        return sorted([*(replace(f, label="SIZE", rule_id="measures#size") if f in sized else f for f in out), *bare])
    paired = {f for f in lengths if _has_direction(text, f, starts, ends)}
    if not OF_ICE.search(text) and (OTHER.search(text) or not (bare or NOT_A_SIDE_ALONE.search(text))):
        return list(found)
    if len(paired) + len(bare) < 2 and not (len(paired) == len(lengths) == 1 and _terse(text, lengths[0])):
        return sorted([*out, *bare])
    return sorted([*(replace(f, label="MARGIN", rule_id="measures#margin") if f in paired else f for f in out), *bare])


def _has_direction(text: str, f: Found, starts: Sequence[int], ends: Sequence[int]) -> bool:
    """``starts`` and ``ends`` are those of all lengths of the sentence, in order."""
    ahead, later = bisect_right(ends, f.start), bisect_left(starts, f.end)
    since, until = ends[ahead - 1] if ahead else 0, starts[later] if later < len(starts) else len(text)
    before, after = re.split(r"[;:]|\.\s", text[since : f.start])[-1] or text[since : f.start], text[f.end : until]
    if OF_TUMOUR.match(after) or OF_IMAGES.match(after) or (HEAD.search(before) and not OF_ICE.search(text[: f.start])):
        return False
    return AHEAD.search(" " + before) is not None or BEHIND.match(re.split(r"[;]|\.\s", after)[0]) is not None


def _terse(text: str, f: Found) -> bool:
    """True if a sentence holds a direction and a length, and no more than a landmark besides."""
    body = text[LABEL.match(text).end() :]  # type: ignore[union-attr]  # the pattern matches the empty string
    at = len(text) - len(body)
    return (
        f.start >= at
        and len(body) < 110
        and not OTHER.search(body)
        and (f.start - at < 3 or re.match(DIRECTION, body, re.IGNORECASE) is not None)
    )


def _bare(text: str) -> list[Found]:
    """Numbers without a unit of their own in a list of three directions or more: "cranial 7, caudal 9, medial flush"."""
    runs: list[list[re.Match[str]]] = []
    for m in ENTRY.finditer(text):
        if runs and BETWEEN.fullmatch(text[runs[-1][-1].end() : m.start()]):
            runs[-1].append(m)
        else:
            runs.append([m])
    return [f for run in runs if _is_list(text, run) for f in _entries(text, run)]


def _is_list(text: str, run: Sequence[re.Match[str]]) -> bool:
    enough = 2 if re.search(r"margin|clearance", text, re.IGNORECASE) else 3
    if all(len(m["d"]) == 1 for m in run) and not ("/" in text[run[0].start() : run[-1].start()] or run[-1]["u"] or OF_ICE.search(text)):
        return False  # "P 72, R 18" are a pulse and a breathing rate
    return len({m["d"].lower() for m in run}) >= enough and any(m["v"][0].isdigit() for m in run)


def _entries(text: str, run: Sequence[re.Match[str]]) -> Iterable[Found]:
    unit = next((m["u"] for m in reversed(run) if m["u"]), None) or ("cm" if re.search(r"\bcm\b", text[: run[0].start()]) else "mm")
    for m in run:
        word = m["v"].lower()
        numbers = [float(n.replace(",", ".")) for n in re.findall(r"\d+(?:[.,]\d+)?", word)]
        if not numbers and word[0] == "n" and "a" in word:
            continue
        value = min(numbers, default=0.0) * (10.0 if (m["u"] or unit).lower() == "cm" else 1.0)
        yield Found(
            m.start("v"), m.end("u") if m["u"] else m.end("v"), "MARGIN", f"{value:g}", "measures#margin_by_direction", round(value, 2)
        )
