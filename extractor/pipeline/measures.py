"""Measures: sizes, margins, probe counts and temperatures. Works on a sentence.

Every length becomes millimetres. Which lengths are sizes and which are margins is told by the words around them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from extractor.pipeline.counts import find_probes
from extractor.pipeline.found import Found

LEVEL = "sentence"
WORDS: dict[str, float] = {
    w: n
    for n, w in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
        ]
    )
}
WORDS |= {"single": 1, "a single": 1, "twenty": 20, "thirty": 30, "half a": 0.5, "a": 1}
NUMBER = r"(?:\d{1,3}(?:[.,]\d{1,2})?|\.\d)"
SPELLED = r"(?:half a|a(?=[ -](?:full |good )?(?:centimet|millimet|cm\b))|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty)"
UNIT = r"(?:mm|cm|millimet(?:er|re)s?|centimet(?:er|re)s?|mil)\b"
BY = r"\s*(?:x|×|by|\*)\s*"
LENGTH = re.compile(
    rf"(?<![\w./])(?P<all>(?P<n>(?:{NUMBER}|{SPELLED})(?:\s*(?:mm|cm))?(?:{BY}(?:{NUMBER}|{SPELLED})(?:\s*(?:mm|cm))?){{0,3}}"
    rf"(?:\s*(?:-|–|to|or)\s*{NUMBER}(?:\s*(?:mm|cm))?)?)[\s-]*(?P<u>{UNIT}))",
    re.IGNORECASE,
)
VALUE = re.compile(rf"{NUMBER}|{SPELLED}", re.IGNORECASE)
RANGE = re.compile(r"\s(?:-|–|to|or)\s|\d\s*[-–]\s*\d", re.IGNORECASE)


def find_lengths(text: str) -> Iterator[Found]:
    """LENGTH candidates: concept and value are the largest dimension in mm; a range gives its smallest (a margin of 5 to 8 mm is 5)."""
    for match in LENGTH.finditer(text):
        unit = 10.0 if match["u"].lower().startswith("c") else 1.0
        numbers = [unit] if match["n"].lower() == "a" else [_number(v[0]) * unit for v in VALUE.finditer(match["n"])]
        if not numbers or max(numbers) > 500:
            continue
        many = re.search(BY, match["n"], re.IGNORECASE) is not None
        value = max(numbers) if many or not RANGE.search(match["n"]) else min(numbers)
        yield Found(match.start("all"), match.end("all"), "LENGTH", f"{value:g}", "measures#length", round(value, 2))


def _number(word: str) -> float:
    return float(WORDS[word.lower()]) if word.lower() in WORDS else float(word.replace(",", "."))


TUMOUR = r"(?:mass(?:es)?|lesions?|nodules?|tumou?rs?|met(?:s|astas[ei]s|astatic)?|deposits?|foc(?:us|i)|implants?|recurrences?|nodes?|lump|remnant|crescent|component|targets?|one|sarcoma)"
MARGIN_BEFORE = re.compile(
    r"margins?|rind|outside (?:the|it)(?: \w+){0,2} by|(?:never|not|nowhere|no)(?: \w+){0,2}? less than|at least|minimum of|outr[au]n\w*(?: \w+){0,4}? by|spill\w*|surround\w*(?: \w+){0,4}? by|around (?:the|it|each)|no more than|(?:could|can) (?:only )?get|cuff\b|beyond|\bpast\b|extend\w*|overlap\w*|reach\w*|\bice\b|ice[- ]?balls?|clear(?:ed|ance)|cover(?:s|ed|age|ing)|overshoot\w*|surpass\w*"
    r"|exceed\w*|envelop\w*|frost|freeze|\bfroze|outside|minimum|smallest|narrowest|thinnest|closest|tightest",
    re.IGNORECASE,
)
MARGIN_AFTER = re.compile(
    r"^\W*(?:or (?:more|better|less)|plus|at least|minimum|minimal|thick|wide|circumferential|only|ablat\w+|safety|tumou?r-free|\+)?\W*"
    r"(?:margins?\b|beyond|\bpast\b|outside|of (?:ice|margin|cover|frozen|overlap|clearance)|clear\b|circumferential|to spare|(?:in|on|to|at|from) (?:all|any|every|each|the remaining|the other)|all (?:a)?round|"
    r"rim|cuff|collar|short of|(?:cranial|caudal|caudad|above|below|beneath|around|medial|lateral|anterior|posterior|superior|inferior|superficial|deep|ventral|dorsal|cephal|crani|proximal|distal)\w*"
    r"|(?:ant|post|sup|inf|med|lat)\b|(?:toward|on|at|along|against) (?:the|its)|elsewhere|everywhere|otherwise|surround)",
    re.IGNORECASE,
)
SIZE_AFTER = re.compile(rf"^[\s,)-]*(?:(?!and\b)[\w-]+[\s-]+){{0,4}}?{TUMOUR}\b", re.IGNORECASE)
SIZE_BEFORE = re.compile(
    rf"measur\w*|\bsizes?\b|diameter|{TUMOUR}\b|\bwas\b|previously|\bnow\b|grow\w*|grew|larg\w*|\bup to\b|spans?\b|formerly|\bprior\b|increas\w*|decreas\w*|shr[aui]nk\w*|enlarg\w*",
    re.IGNORECASE,
)
ZONE_BEFORE = re.compile(
    r"(?:ablation|treatment|treated|cryo\w*|\bRF\w*|microwave|necro\w+|combined)[\s-]*(?:zone|cavity|area|site|bed|defect|volume)|\bzones?\b|cavit\w+|scar\b|ice[- ]?balls?|\bice\b|consolidation",
    re.IGNORECASE,
)
ZONE_AFTER = re.compile(
    r"\W*(?:(?:low[- ]\w+|ablation|oval|round|thin|walled|thin-walled|nonenhancing|non-enhancing|treatment|treated|cryo\w*|hypo\w+) )*(?:zone|cavity|ice[- ]?ball|ablation|scar|defect|consolidation)",
    re.IGNORECASE,
)
OTHER_BEFORE = re.compile(
    r"spac(?:ed|ing)|separat\w+|displac\w+|needle|catheter|drain|pneumothorax|\bptx\b|ha?ematoma|effusion|collection|distance|apart|incision|dermatotom\w+|slice|collimat\w+|stone|cyst|thick\w*|hernia|blister"
    r"|advanced|tips?\b|exposed|active|depth|within|fluid|anastomosis|aneurysm|defect|exten(?:t|sion)s? of|rib gap",
    re.IGNORECASE,
)
OTHER_AFTER = re.compile(
    r"^\W*(?:apart|deep\b|in depth|from the|away|thick|of (?:separation|fluid|displacement|gap|space)|separation|spac\w+|needle|catheter|pneumothorax|ptx|ha?ematoma|blister|effusion|incision|punctur\w+|slices?|sections?|cyst"
    r"|stone|stent|depth|fluid|dermatotom\w+|collimat\w+|(?:active|exposed) tip|gauge|off the|between|drain|tube)",
    re.IGNORECASE,
)
AGE = re.compile(
    r"(?<![\w./-])(?P<a>\d{2}|\d(?=[- ]?y))[- ]?(?:(?:years?|yrs?)[- ]?(?:old|of age)|y/?o\b|yo\b|y\.\s?o\b|yrs?\b(?= (?:male|female|man|woman))|(?-i:[FM]\b)(?! \d))|\b(?:aged?|age:)\s(?P<b>\d{1,2})\b(?!\s*(?:mm|cm|%))",
    re.IGNORECASE,
)
OF_FINDING = re.compile(
    r"(?:pneumothorax|ptx|ha?ematoma|effusion|collection|fluid|abscess|blister|seroma|cyst|stone|hernia|aneurysm|thrombus|clot|defect|incision)\b(?: \w+){0,4}? ?(?:measur\w*|of|is|was|up to|now|about|to|,|=)?\s*(?:about |approximately |up to )?$",
    re.IGNORECASE,
)
OF_TUMOUR = re.compile(
    r"\W*(?:thick |wide )?(?:rim|rind|strip|crescent|cuff|sliver|edge|part|portion) of (?:the )?(?:residual |viable |untreated )?(?:tumou?r|mass|lesion|nodule)",
    re.IGNORECASE,
)
LABELLED = re.compile(r"(?:^|[.;:]\s|\n)\W*[A-Za-z#][^.;:]{2,120},\s*$")
LABEL_END = re.compile(r"\s*[:(.;]")
SEGMENTS = re.compile(
    r"\b(?:segments?|segs?\.?) ?(?P<list>(?:IV[ab]?|VI{0,3}|I{1,3}|[1-8][ab]?)(?:(?:\s*(?:,|/|&|and|or)\s*)+(?:segments? )?(?:IV[ab]?|VI{0,3}|I{1,3}|[1-8][ab]?)\b(?!\.\d| ?[x×] ?\d| ?(?:mm|cm))){1,7})",
    re.IGNORECASE,
)
SEGMENT = re.compile(r"\b(?:IV|VI{0,3}|I{1,3}|[1-8])(?=[ab]?\b)", re.IGNORECASE)
ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8}
DEEP = re.compile(r"\W*(?:deep|deeply|thick)\b", re.IGNORECASE)
CLAUSE = re.compile(r"[;:]|\.\s")


def find_measures(text: str) -> list[Found]:
    """SIZE, ZONE_SIZE, MARGIN and PROBES of a sentence; a length whose kind the words do not tell is a LENGTH."""
    lengths = list(find_lengths(text))
    found: list[Found] = []
    label = "LENGTH"
    for i, length in enumerate(lengths):
        since = lengths[i - 1].end if i else 0
        until = lengths[i + 1].start if i + 1 < len(lengths) else len(text)
        before, after = text[max(since, length.start - 90) : length.start], text[length.end : min(until, length.end + 60)]
        label = _kind(text[length.start : length.end], before, after, label, text)
        found.append(Found(length.start, length.end, label, length.concept, f"measures#{label.lower()}", length.value))
    listed = _listed_margins(text)
    found = [f for f in found if not any(f.start < m.end and m.start < f.end for m in listed)]
    return sorted([*found, *listed, *find_probes(text), *_ages(text), *_segments(text)])


def _kind(words: str, before: str, after: str, last: str, sentence: str) -> str:
    clause = CLAUSE.split(before)[-1]
    if re.search(BY, words, re.IGNORECASE):
        return (
            "ZONE_SIZE" if ZONE_AFTER.match(after) or (ZONE_BEFORE.search(clause) and not re.search(rf"{TUMOUR}[^,]*$", clause)) else "SIZE"
        )
    if last == "MARGIN" and DEEP.match(after):
        return "MARGIN"
    if OTHER_AFTER.search(after) or _nearest(OTHER_BEFORE, clause) > max(_nearest(MARGIN_BEFORE, clause), _nearest(SIZE_BEFORE, clause)):
        return "LENGTH"
    if MARGIN_AFTER.search(after) and re.search(
        r"margin|obtained|achieved|surround|around|ended with|\bice\b|ice[- ]?ball|zone|beyond|past|frozen|freez|froze|frost|ablat|cover",
        sentence,
        re.IGNORECASE,
    ):
        return "MARGIN"
    if ZONE_AFTER.match(after):
        return "ZONE_SIZE"
    if OF_FINDING.search(before) or OF_TUMOUR.match(after):
        return "LENGTH"
    if LABELLED.search(before) and LABEL_END.match(after):
        return "SIZE"
    if SIZE_AFTER.search(after):
        return "SIZE"
    margin, size, zone = (_nearest(p, clause) for p in (MARGIN_BEFORE, SIZE_BEFORE, ZONE_BEFORE))
    if margin > size and margin >= zone and not re.search(r"ice[- ]?ball (?:of|measur|diam)", clause, re.IGNORECASE):
        return "MARGIN"
    if zone > size:
        return "ZONE_SIZE"
    if size > 0:
        return "SIZE"
    return last if last in ("MARGIN", "SIZE", "ZONE_SIZE") and len(before) < 60 else "LENGTH"


def _nearest(pattern: re.Pattern[str], text: str) -> int:
    """End of the last match, so that the cue nearest to the length wins; 0 without a match."""
    return max((m.end() for m in pattern.finditer(text)), default=0)


LISTED = re.compile(
    r"\b(?:margins?|clearance)(?: by direction| \w+)?,? ?\(? ?(?:in )?(?P<u>mm|cm)\)?(?: \w+)? ?[:=] ?(?P<list>[^.\n;]{1,160})",
    re.IGNORECASE,
)


def _listed_margins(text: str) -> list[Found]:
    """Bare numbers after a heading that gives the unit: "Margins (mm): ant 8, post 6, med 4"."""
    out = []
    for match in LISTED.finditer(text):
        scale = 10.0 if match["u"].lower() == "cm" else 1.0
        for n in re.finditer(r"(?<![\w.])\d{1,2}(?:[.,]\d)?(?![\w.]*\d)", match["list"]):
            value = float(n[0].replace(",", ".")) * scale
            start = match.start("list") + n.start()
            out.append(Found(start, start + len(n[0]), "MARGIN", f"{value:g}", "measures#listed_margin", value))
    return out


def _ages(text: str) -> Iterator[Found]:
    """AGE in years: "58-year-old", "61F", "aged 60"."""
    for match in AGE.finditer(text):
        years = int(match["a"] or match["b"])
        if 5 <= years <= 99:
            yield Found(match.start(), match.end(), "AGE", str(years), "measures#age", float(years))


def _segments(text: str) -> Iterator[Found]:
    """PART of each further segment in a list: "segments 8, 3 and 6" (the first is a rule's)."""
    for listed in SEGMENTS.finditer(text):
        for number, match in enumerate(SEGMENT.finditer(text, listed.start("list"), listed.end("list"))):
            word = match[0].lower()
            if number and (word in ROMAN or word.isdigit()):
                yield Found(match.start(), match.end(), "PART", f"seg:{ROMAN.get(word, word)}", "measures#segment")
