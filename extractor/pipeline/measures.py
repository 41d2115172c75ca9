"""Measures: sizes, margins, probe counts and temperatures. Works on a sentence.

Every length becomes millimetres. Which lengths are sizes and which are margins is told by the words around them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from functools import lru_cache
from itertools import islice

from extractor.patterns import re
from extractor.pipeline.counts import COUNTING, find_probes
from extractor.pipeline.directions import ENTRY, OF_IMAGES, by_direction
from extractor.pipeline.directions import OF_TUMOUR as OUT_OF_TUMOUR
from extractor.pipeline.found import Found

LEVEL = "sentence"
UNITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen"]
UNITS += ["fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
WORDS: dict[str, float] = {word: float(n) for n, word in enumerate(UNITS)} | {word: 10.0 * n for n, word in enumerate(TENS, 2)}
WORDS |= {f"{ten}-{one}": 10.0 * n + m for n, ten in enumerate(TENS, 2) for m, one in enumerate(UNITS[1:10], 1)}
WORDS |= {"single": 1, "a single": 1, "half a": 0.5, "a half": 0.5, "half": 0.5, "a": 1}
NUMBER = r"(?:\d{1,3}(?:[.,]\d{1,2})?|\.\d)"
SPELLED = rf"(?:half a|(?:a )?half(?=[ -](?:centimet|cm\b))|a(?=[ -](?:full |good |clear |whole |generous |solid |bare )?(?:centimet|millimet|cm\b))|(?:{'|'.join(TENS)})(?:-(?:{'|'.join(UNITS[1:10])}))?|{'|'.join(reversed(UNITS[1:]))})"
UNIT = r"(?:mms?|cms?|millimet(?:er|re)s?|centimet(?:er|re)s?|mil)\b"
AXIS = r"(?:\s?\(?(?:TR|AP|CC|SI|ML|LR|CCD|trans(?:verse)?|craniocaudal|anteroposterior)\)?(?=[\s,x×)]))?"
"""Which way a dimension was measured: "2.7 cm TR x 3.3 cm AP x 2.1 cm CC"."""
BY = AXIS + r"\s*(?:x|×|by|\*)\s*"
TIMES = re.compile(r"(?<=[\dm\s])(?:x|×|\*)(?=[\d.\s])|\bby\b", re.IGNORECASE)
LENGTH = re.compile(
    rf"(?<![\w./#])(?!one by (?:just |only )?\d)(?P<all>(?P<n>(?:{NUMBER}|{SPELLED})(?:\s*(?:mms?|cms?))?(?:{BY}(?:{NUMBER}|{SPELLED})(?:\s*(?:mm|cm))?){{0,3}}"
    rf"(?:\s*(?:-|–|to|or)\s*(?:{NUMBER}|{SPELLED})(?:\s*(?:mm|cm))?)?)(?:[ ]?\((?:TR|AP|CC|SI|ML|LR|CCD)\))?[\s-]*(?:(?:full|good|clear|whole|generous|solid|bare) )?(?P<u>{UNIT}))",
    re.IGNORECASE,
)
TUMOUR = r"\b(?:mass(?:es)?|lesions?|nodules?|tumou?rs?|met(?:s|astas[ei]s|astatic)?|deposits?|foc(?:us|i)|implants?|recurrences?|nodes?|lump|remnant|crescent|component|targets?|one|sarcoma)\b"
VALUE = re.compile(rf"{NUMBER}|(?:a )?half(?: a)?|{SPELLED}", re.IGNORECASE)
RANGE = re.compile(r"\s(?:-|–|to|or)\s|\d\s*[-–]\s*\d", re.IGNORECASE)


PLAIN_NUMBER = r"(?:\d{1,3}(?:\.\d{1,2})?|\.\d)"
"""Without a decimal comma, which would be read in two ways among the commas of a list: twice as long a list for each."""
LISTED_BEFORE = re.compile(rf"(?<![\w./])(?:{PLAIN_NUMBER}\s*,\s*)*{PLAIN_NUMBER}\s*(?:,\s*)?(?:and|&)\s+$", re.IGNORECASE)
COUNTED_BEFORE = re.compile(
    r"\b(?:lesions?|targets?|nodules?|segments?|segs?\.?|grades?|levels?|numbers?|nos?\.?|probes?|phases?|days?|types?|series|images?|metastas[ei]s|mets?|ribs?|sites?|zones?|cycles?|tumou?rs?|#)\s*$",
    re.IGNORECASE,
)


def find_lengths(text: str) -> Iterator[Found]:
    """LENGTH candidates: concept and value are the largest dimension in mm; a range gives its smallest (a margin of 5 to 8 mm is 5)."""
    for match in LENGTH.finditer(text):
        unit = 10.0 if match["u"].lower().startswith("c") else 1.0
        numbers = [unit] if match["n"].lower() == "a" else [_number(v[0]) * unit for v in VALUE.finditer(match["n"])]
        if not numbers or max(numbers) > 500:
            continue
        many = TIMES.search(match["n"]) is not None
        yield from _listed_before(text[: match.start("all")], unit)
        value = max(numbers) if many or not RANGE.search(match["n"]) else min(numbers)
        yield Found(match.start("all"), match.end("all"), "LENGTH", f"{value:g}", "measures#length", round(value, 2))


UNITLESS = re.compile(
    rf"(?:{TUMOUR}|^)\s*(?:of |measuring |size |[(:,=-]|^)\s*(?P<n>(?P<a>\d{{1,2}}(?:[.,]\d)?)\s?[x×]\s?\d{{1,2}}(?:[.,]\d)?(?:\s?[x×]\s?\d{{1,2}}(?:[.,]\d)?)?)(?=\s*(?:[).,;]|$))(?!\.\d)",
    re.IGNORECASE,
)
UNITLESS_AT_PLACE = re.compile(
    rf"(?<![\w./,-])(?P<n>\d{{1,3}}(?:[.,]\d)?[ ]?[x×][ ]?\d{{1,3}}(?:[.,]\d)?(?:[ ]?[x×][ ]?\d{{1,3}}(?:[.,]\d)?)?)(?:(?=\s*(?:[).,;]|$))|(?P<of>(?=\s(?:[\w-]+\s){{0,2}}?{TUMOUR})))(?!\.\d)",
    re.IGNORECASE,
)
UNITLESS_MARGIN = re.compile(
    r"\b(?:margins?|clearance|halo|rim of ice|ice rim)[ ]?(?:[:=]|was|were|is|are|of|at least)?[ ]?[~<>≥≤]?[ ]?(?P<n>[2-9]|1[0-9])(?:[ ]?(?:-|–|to)[ ]?\d{1,2})?(?=\s*(?:[.,;)]|and\b|$))(?!\.\d)",
    re.IGNORECASE,
)
"""A margin typed without its unit: whole numbers are millimetres."""
SERIES = r"\d{1,2}(?:\s?/\s?\d{1,2}){1,5}(?![\d/]|\s?(?:mm|cm|x|×|W|min))"
MARGIN_SERIES = re.compile(rf"\bmargins?\b[^.;:\d]{{0,25}}[:=]?\s*(?P<n>{SERIES})", re.IGNORECASE)
FURTHER_SERIES = re.compile(rf"[,;]\s*(?:and )?(?:[a-z-]+\s){{0,2}}(?P<n>{SERIES})", re.IGNORECASE)
"""Margins of the sides in a row without a unit: "axial margins 7/6/8/7, craniocaudal 5/9"."""


def _unitless(text: str) -> Iterator[Found]:
    """SIZE of a tumour typed without its unit: "metastasis (34 x 30)"; whole numbers are millimetres, decimals centimetres."""
    for match in UNITLESS.finditer(text):
        yield from _of_numbers(match)


def _unitless_at_place(text: str, places: Sequence[tuple[int, int]]) -> Iterator[Found]:
    """SIZE typed without its unit right behind a place, or in three dimensions where one is named: "R kidney 26x25x24"."""
    for match in UNITLESS_AT_PLACE.finditer(text):
        ahead = text[max(0, match.start() - 60) : match.start()]
        beside = any(end <= match.start() and BESIDE.fullmatch(text[end : match.start()]) for _, end in places)
        three = len(re.findall(r"[x×]", match["n"])) == 2 and any(end <= match.start() for _, end in places)
        if (beside or three or match["of"] is not None) and not _nearest(ZONE_BEFORE, ahead):
            yield from _of_numbers(match)


def _of_numbers(match: re.Match[str]) -> Iterator[Found]:
    numbers = [_number(n[0]) for n in re.finditer(NUMBER, match["n"])]
    value = max(numbers) * (10.0 if re.search(r"\d[.,]\d", match["n"]) else 1.0)
    if value >= 5:
        yield Found(match.start("n"), match.end("n"), "SIZE", f"{value:g}", "measures#unitless", round(value, 2))


def _unitless_margins(text: str) -> Iterator[Found]:
    """MARGIN typed without its unit; of a range, or of a list of sides, the smallest."""
    for match in MARGIN_SERIES.finditer(text):
        found: re.Match[str] | None = match
        while found:
            numbers = [float(n) for n in re.findall(r"\d{1,2}", found["n"])]
            if max(numbers) <= 20:
                yield Found(found.start("n"), found.end("n"), "MARGIN", f"{min(numbers):g}", "measures#unitless_margin", min(numbers))
            found = FURTHER_SERIES.match(text, found.end())
    for match in UNITLESS_MARGIN.finditer(text):
        yield Found(match.start("n"), match.end("n"), "MARGIN", match["n"], "measures#unitless_margin", float(match["n"]))


def _listed_before(before: str, unit: float) -> Iterator[Found]:
    """The numbers that share the unit of the length behind them: "12 and 19 mm"."""
    listed = LISTED_BEFORE.search(before) if before.rstrip()[-3:].casefold().endswith(("and", "&")) else None
    if listed and not COUNTED_BEFORE.search(before[: listed.start()]):
        for n in re.finditer(NUMBER, listed[0]):
            value = _number(n[0]) * unit
            yield Found(listed.start() + n.start(), listed.start() + n.end(), "LENGTH", f"{value:g}", "measures#length", round(value, 2))


def _number(word: str) -> float:
    return float(WORDS[word.lower()]) if word.lower() in WORDS else float(word.replace(",", "."))


MARGIN_BEFORE = re.compile(
    r"margins?|rind|outside (?:the|it)(?: \w+){0,2} by|(?:never|not|nowhere|no)(?: \w+){0,2}? less than|at least|minimum of|outr[au]n\w*(?: \w+){0,4}? by|spill\w*|surround\w*(?: \w+){0,4}? by|around (?:the|it|each)|no more than|(?:could|can) (?:only )?get|(?<!vaginal[ ])(?<!rotator[ ])cuff\b|beyond(?! (?:the |this |that |his |her |their |our |what )?(?:letters?|notes?|reports?|records?|charts?|summar\w+|referral|us|this|that|doubt|reach|help|usual|name|dates?|words?|what)\b)|\bpast\b|extend\w*|overlap\w*|reach\w*|\bice\b|ice[- ]?balls?|clear(?:ed|ance)|halo|cover(?:s|ed|age|ing)|overshoot\w*|surpass\w*"
    r"|exceed\w*|envelop\w*|frost|freeze|\bfroze|outside|minimum|smallest|narrowest|thinnest|closest|tightest",
    re.IGNORECASE,
)
MARGIN_AFTER = re.compile(
    r"^\W*(?:or (?:more|better|less)|plus|at least|minimum|minimal|thick|wide|circumferential|only|ablat\w+|safety|tumou?r-free|\+)?\W*"
    r"(?:(?:ice |frozen |ablative |tissue )?(?:margins?|cuff|rim|collar|halo|mantle|rind)\b|beyond|\bpast\b|outside|(?:is|was) (?:all|the (?:most|best|least)|as much)\b|(?:distance )?(?:to|from) the (?:edge|border|margin) of (?:the )?ice|distance to the (?:ice|zone)|of (?:(?:normal|healthy|surrounding|adjacent|\w+ly) )?(?:tissue|parenchyma)\b|of (?:\w+ )?margin\b|of (?:ice|margin|cover|frozen|overlap|clearance|ground[- ]?glass|GGO|halo)|clear\b|circumferential|to spare|(?:in|on|to|at|from) (?:all|any|every|each|(?:the |its )?remaining|(?:the |its )?other)|all (?:a)?round|in front\b(?! of)|behind\b(?! (?:the|a|his|her|it|its)\b)|"
    r"rim|cuff|collar|short of|(?:cranial|caudal|caudad|above|below|beneath|around|medial|lateral|anterior|posterior|superior|inferior|superficial|deep|ventral|dorsal|cephal|crani|proximal|distal)\w*"
    r"|(?:ant|post|sup|inf|med|lat)\b|(?:toward|on|at|along|against) (?:the|its)|elsewhere|everywhere|otherwise|surround)",
    re.IGNORECASE,
)
SIZE_AFTER = re.compile(
    rf"^[\s,)-]*(?:(?!(?:and|for|around|beyond|towards?|along|past|outside|at)\b)[\w-]+[\s-]+){{0,6}}?(?:{TUMOUR}|(?:\w*(?:carcin|sarc|blast|mel|lymph|desm|lip|my|schwann|hepat)oma|RCC|HCC|GIST|cancer)s?\b)",
    re.IGNORECASE,
)
LARGEST = re.compile(
    r"\b(?:max(?:imum|imal)?\.?|greatest|largest|longest|overall|total)(?: (?:tumou?r|lesion|axial))? (?:dimension|diameter|extent|size|axis)(?: (?:is|was|of|about))*[ :=]*$",
    re.IGNORECASE,
)
"""Right before the size of what its sentence measures: "maximum dimension 25 mm"."""
SIZE_BEFORE = re.compile(
    rf"measur\w*|\bsizes?\b|diameter|{TUMOUR}\b|\bwas\b|previously|\bnow\b|grow\w*|grew|larg\w*|longest|greatest|cranio-?caudal\w*|long axis|\bup to\b|spans?\b|formerly|\bprior\b|increas\w*|decreas\w*|shr[aui]nk\w*|enlarg\w*",
    re.IGNORECASE,
)
ZONE_BEFORE = re.compile(
    r"(?:devasculari[sz]ed|avascular|non-?perfused|non-?enhancing|hypo-?dense|hyper-?echoic|echogenic|hypo-?echoic|hypo-?attenuating|low[- ](?:density|attenuation)|coagulated) (?:area|zone|cloud|region|volume)|(?:ablation|treatment|treated|cryo\w*|\bRF\w*|microwave|necro\w+|combined)[\s-]*(?:zone|cavity|area|site|bed|defect|volume)|\bzones?\b|cavit\w+|scar\b|ice[- ]?balls?|\bice\b|consolidation|ground[- ]glass|\bhalo\b",
    re.IGNORECASE,
)
ZONE_AFTER = re.compile(
    r"[\s-]*(?:(?:low[- ]\w+|ablation|oval|round|thin|walled|thin-walled|nonenhancing|non-enhancing|treatment|treated|cryo\w*|hypo\w+) )*(?:zone|cavity|ice[- ]?ball|ablation|scar|defect|consolidation)",
    re.IGNORECASE,
)
OTHER_BEFORE = re.compile(
    r"spac(?:ed|ing)|separat\w+|displac\w+|needle|catheter|drain|pneumothorax|\bptx\b|ha?ematoma|effusion|collection|distance|apart|incision|dermatotom\w+|slice|collimat\w+|stone|cyst|thick\w*|hernia|blister"
    r"|advanced|tips?\b|exposed|active|depth|within|fluid|anastomosis|aneurysm|defect|exten(?:t|sion)s? of|rib gap|(?:hydro|gas|air|saline|CO2|carbon dioxide|fluid)?-?dissect\w*",
    re.IGNORECASE,
)
OTHER_AFTER = re.compile(
    r"^[\s-]*(?:(?:(?:more|further|farther) )?(?:inferior|superior|medial|lateral|cranial|caudal|anterior|posterior|proximal|distal|dorsal|ventral)(?:ly)?(?: (?:to|of|from)\b| ?[,;]| (?:than|and measur))|(?:below|above|behind|beneath|lower|higher) (?:it|the|this|that|that one|the first|the other)\b|apart|intervals?|deep\b|in depth|from the|away|thick|of (?:separation|fluid|displacement|gap|space)|separation|spac\w+|needle|catheter|pneumothorax|ptx|ha?ematoma|blister|effusion|incision|punctur\w+|slices?|sections?|cyst"
    r"|stone|stent|outside (?:of )?the (?:ice|zone)|depth|fluid|dermatotom\w+|collimat\w+|(?:active|exposed) tip|gauge|off the|off(?=\s*[.,;)]|\s+throughout\b|\s*$)|between|drain|tube)",
    re.IGNORECASE,
)
AGE = re.compile(
    r"(?<![\w./-])(?P<a>\d{2}|\d(?=[- ]?y))[- ]?(?:(?:years?|yrs?)[- ]?(?:old|of age)|y/?o\b|yo\b|y\.\s?o\b|(?:yrs?|years?)\b(?=[ ,/]{1,3}(?:male|female|man|woman|(?-i:[FM]\b)))|[/ ]?(?-i:[FM]\b)(?! \d| ?(?:pig-?tail|drain|cath|needle|sheath|seldinger|chest|tube)))|\b(?:aged?|age:)\s(?P<b>\d{1,2})\b(?!\s*(?:mm|cm|%))",
    re.IGNORECASE,
)
OF_FINDING = re.compile(
    r"(?:pneumothorax|ptx|ha?ematoma|effusion|collection|fluid|abscess|blister|seroma|cyst|stone|hernia|aneurysm|thrombus|clot|defect|incision)\b(?: \w+){0,4}? ?(?:measur\w*|of|is|was|up to|now|about|to|,|=)?\s*(?:about |approximately |up to )?$",
    re.IGNORECASE,
)
AT_FINDING = re.compile(
    r"\b(?:along|near|at|beneath|under|beside|behind|below|above|beyond|inside|in|within|adjacent to|next to|deep to|lateral to|medial to|end of|edge of|margin of) (?:the |an? |his |her |this |that |its )?(?:\w+ ){0,2}?(?:incision|defect|hernia|cyst|seroma|stone|aneurysm)\b(?: \w+){0,3}? (?:measur\w*|is|was|now)\s*(?:about |approximately |up to )?$",
    re.IGNORECASE,
)
"""A finding that is only where something lies: "the nodule along the incision measures 16 mm"."""
OF_TUMOUR = re.compile(
    r"\W*(?:thick |wide )?(?:rim|rind|strip|crescent|cuff|sliver|edge|part|portion) of (?:the )?(?:residual |viable |untreated )?(?:tumou?r|mass|lesion|nodule)",
    re.IGNORECASE,
)
TUMOUR_NAME = re.compile(TUMOUR, re.IGNORECASE)
ICE = re.compile(
    r"margin|\bGGO\b|ground[- ]?glass|obtained|achieved|gain(?:ed|s)|\bgot\b|passes|surround|around|ended with|\bice\b|ice[- ]?ball|zone|halo|envelope|beyond|past|frozen|freez|froze|frost|ablat|cover|inclusion|enclos|includ|encas|engulf|envelop|swallow",
    re.IGNORECASE,
)
ABOUT = r"(?:(?:(?:no|not|never|nowhere) (?:thinner|narrower|slimmer|smaller|closer|tighter|shorter) than|only|just|merely|a mere|scarcely|hardly|not greater than|no greater than|no better than|not better than|at best|nowhere closer than|never closer than|no closer than|about|approximately|approx\.?|some|around|roughly|at least|at most|no more than|not more than|not less than|no less than|never less than|nowhere less than|under|below|a|an|the|a full|a good|barely|exactly|over|more than|up to|nearly|almost|circa|ca\.?|c\.|~|>=?|≥|<|=|or|and) ?)*"
MARGIN_NOUN = r"(?:margins?|marg\.?|(?-i:MAM)|clearance|safety (?:zone|margin|rim|border|seam)|(?:ground[- ]?glass |frozen |ice )?halo|ground[- ]?glass (?:shell|rim|cuff|collar|mantle|ring)|surplus|excess|overlap|safety distance|seam(?: of ice)?|(?:rim|cuff|collar|shell|rind|mantle|coat|layer|band|ring|sleeve) of (?:ice|frozen (?:tissue|fat|lung|liver|muscle|bone|marrow|kidney|parenchyma))|(?:ice|frozen|ablative|tissue) (?:rim|cuff|collar|shell|rind|mantle|coat)|(?:least|best|thinnest|poorest) cover(?:age)?)"
SUBJECT_MARGIN = re.compile(
    rf"\b{MARGIN_NOUN} {ABOUT}$|\b{MARGIN_NOUN}\b[^;:.]{{0,60}}?(?:\b(?:is|are|was|were|be|being|comes? to|came to|falls? to|fell to|drops? to|dropped to|down to|measur\w+|amount\w* to|of|at|got|get|reads?|to)\b|[:=,(]|^)[ (]*{ABOUT}$"
    rf"|\b(?:least|narrowest|thinnest|smallest|tightest|closest|slimmest|shortest|minimum|poorest)(?: \w+)?(?: (?:that|which))? (?:we|I|they|one|anyone)(?: \w+)? (?:\w+ )?(?:measured?|had|have|got|found|obtained|saw|see|read|reached|made|count(?:ed)?|left|achieved)(?: \w+){{0,4}}? (?:was|is|being|were)[\s:]*{ABOUT}$"
    rf"|\b(?:least|narrowest|thinnest|smallest|tightest|slimmest|poorest|minimum|minimal|min\.?) (?:width|thickness|depth|extent|amount|distance|breadth|gap|ice|reach|extension|cuff|halo|rim|ground[- ]?glass)\b[^;:.]{{0,60}}?(?:\b(?:is|was|were|being|of|at|measur\w+)|[:=,])[\s(]*{ABOUT}$"
    rf"|\b(?:narrowest|thinnest|tightest|closest|slimmest|poorest|least)(?: (?:side|point|spot|part|place|margin|cover(?:age)?|direction))?\s*[,(–-]\s*(?:at|on|towards?|against|by|near|along|facing|over|to|next to)\b[^;:.]{{0,45}}[,)–-]\s*(?:it )?(?:is |was )?{ABOUT}$"
    rf"|\b(?:narrowest|thinnest|smallest|tightest|closest|slimmest|shortest|least|worst|minimum|minimal|min\.?)(?: (?:\w+ ){{0,3}}?(?:side|point|spot|part|portion|edge|aspect|place|direction|margin|cover|coverage|dimension|distance))?\b[\s:,=(]*(?:is|was|being|at|of|(?:\([^)]*\) )?by)? ?{ABOUT}$",
    re.IGNORECASE,
)
ICE_TO_TUMOUR = re.compile(
    rf"\bfrom (?:the )?(?:[\w-]+ )?{TUMOUR} to (?:the )?(?:edge of (?:the )?)?(?:ice|zone|frost)\b[^;.,]{{0,40}}$|\bdistance\b[^;.]*{TUMOUR}[^;.]*\b(?:ice|zone|ablat\w+|frozen)\b|\b(?:ice|zone|frozen)\b[^;.,]* {ABOUT}$(?<=from the tumour edge )",
    re.IGNORECASE,
)
BY_BEFORE = re.compile(rf"\b(?:by|with)[ (]{ABOUT}$", re.IGNORECASE)
OVERREACH = re.compile(
    r"\b(?:clear(?:s|ed|ing)?|pass(?:es|ed|ing)?|past|beyond|outside|exceed\w*|overlap\w*|overreach\w*|overshoot\w*|overshot|extend\w*|surpass\w*|overr[ua]n\w*|outr[au]n\w*|surround\w*|all (?:the way )?a?round|encompass\w*|protrud\w*|reach\w*|go(?:es)? past|went past|took in|cover\w*)\b",
    re.IGNORECASE,
)
SPARE_AFTER = re.compile(
    r"[\s-]*(?:rim|cuff|collar|seam)\b(?! of|[- ]enhanc)|[\s-]*(?:(?:wide|thick|or more|or better|clear|even|uniform|complete|continuous|circumferential) ?)*(?:(?:of (?:it|ice|that|cover|margin) )?(?:to spare\b|left over\b|in hand\b)|of (?:it|that|ice) (?:is seen |was seen |seen )?(?:past|beyond|outside|over)\b|(?:rim|shell|cuff|collar|mantle|rind|coat|halo|envelope|band|layer) of (?:ice|frozen|ablat\w+)|(?:at )?(?:(?:its|the|their) )?(?:closest|narrowest|thinnest|tightest|nearest)\b|(?:at )?(?:its|the|their) least\b|(?:as|being|is|was) (?:its|the|their|our) (?:narrowest|thinnest|smallest|least|tightest|closest|poorest|minim\w+|slimmest|shortest|worst|lowest)\b|over the (?:tumou?r|lesion|nodule|mass) (?:border|edge|margin)s?|least\b|minimum\b|\(?min\b\.?|from (?:the )?(?:tumou?r|lesion|nodule|mass)(?: edge| border| margin| surface)(?! to)|(?:away|off) (?:where|at (?:its|the) (?:nearest|closest))|past (?:it|the (?:tumou?r|lesion|nodule|mass|edge|border|capsule))\b(?<!needle))",
    re.IGNORECASE,
)
OF_THE_ICE = re.compile(
    r"[\s-]*of (?:it|that|ice) (?:is |was |are |were )?(?:seen |left |over )?(?:to spare|past|beyond|outside|over|clear)\b", re.IGNORECASE
)
GROWN = re.compile(
    r"\b(?<!ice[ ])(?<!zone[ ])(?<!ball[ ])(?:re)?(?:grown|grew)(?: back)?(?: (?:now|since|slowly|again))? to (?:about |some |nearly |over )?$",
    re.IGNORECASE,
)
"""Right before the size that a tumour came to: "a third of it missed by ice, now regrown to 2.7 cm"."""
MARGIN_NEXT = re.compile(
    r"[\s-]*(?:(?:ice|ablative|ablation|circumferential|uniform|clear|safety|tissue|minimum|tumou?r-free) ){0,2}(?:margins?|clearance)\b(?! of (?:the )?(?:lesion|tumou?r|mass|nodule|ice))",
    re.IGNORECASE,
)
"""Right behind a length: "a 3.5 cm zone, 1 cm margins"."""
GAINED = re.compile(
    r"\s*(?:of (?:ice|margin|cover) )?(?:(?:was|were|is|are|could be|can be|has been|have been) )(?:only |all that (?:was |could be )?|safely |finally )*(?:obtained|achieved|attained|gained|managed|secured|possible|had|realised|realized)\b(?! (?:by|with|between|of) (?:hydro|dissect|displac|separat))",
    re.IGNORECASE,
)
SIZE_OF_TUMOUR = re.compile(
    rf"{TUMOUR}[\s,:(]*(?:of |measuring )?$|\b(?:depth|length|diameter|temperature|separation|cushion)\b", re.IGNORECASE
)
"""Behind a length that was reached: "beside the vein only 4 mm were obtained"."""
WHERE = re.compile(
    rf"\bwhere,? (?:(?:there|it|this) (?:is|was|were)|(?:we|I|they) (?:got|had|have|obtained|reached|measured?|count(?:ed)?|found|saw|see|left|made|managed))? ?{ABOUT}$|\b(?:nowhere|never|no|not) closer than $|\b(?:no|not|never|nowhere) (?:better|greater|wider) than $|\b(?:least|most|best) (?:that )?(?:we|I|they)\b[^;:.]{{0,60}}\b(?:was|is|were) {ABOUT}$",
    re.IGNORECASE,
)
"""A place where the ice is thinnest, and how thick: "everywhere but along the vessel, where there was 3 mm"."""
FROM_TUMOUR = re.compile(
    rf"[\s-]*(?:or more )?(?:away )?(?:from|off|outside|past|beyond) (?:the |its |this )?(?:[\w-]+ ){{0,3}}?(?:(?:edges?|margins?|borders?|surface|periphery|capsule|outline|contour|boundary) of (?:the |this )?(?:[\w-]+ )?)?{TUMOUR}",
    re.IGNORECASE,
)
ICE_SUBJECT = re.compile(
    r"\b(?:ice\b|ice[- ]?(?:balls?|front|edge|margin)|zones?|frozen|frost|halo|coagulation|isotherm|cloud)", re.IGNORECASE
)
AROUND = re.compile(
    r"[\s)]*(?:(?:or|and) (?:more|better|over|above|thereabouts|so|greater|beyond)|\+|plus|at least)?[\s,]*(?:(?:of )?(?:ice|frozen tissue) )?(?:(?:all|right) (?:the way )?(?:a)?round|the whole way (?:a)?round|(?:on|at|along) (?:the|its) (?:tightest|narrowest|thinnest|closest|slimmest|poorest|worst|least|nearest) (?:side|edge|aspect|face|border|point|spot|part|place|direction)|elsewhere|otherwise|(?:in|on|to|at|from|for|along|over) (?:all|any|every|each|(?:the |its )?remaining|(?:the |its )?other|the rest|both)\b|circumferential\w*|everywhere|all (?:other )?(?:directions|sides)|there\b)",
    re.IGNORECASE,
)
ON_A_SIDE = re.compile(
    rf"(?:(?:^|[;:,(.]\s*)(?:[\w/-]+ ){{1,2}}(?:side|aspect|edge|border|surface|pole)s?|\b(?:on|at|to|toward|towards|along|against|near|over|in)(?: the)? (?:[\w-]+ ){{1,3}}?(?:side|aspect|edge|border|margin|surface|face|pole|direction|directions|dimension|plane)s?,?(?: (?:it|the distance|this|that) (?:is|was))?|\botherwise|\belsewhere|\bremaining (?:directions|sides)|\ball other (?:directions|sides)|(?<!cranio)(?<!cranio-)(?:medial|lateral|deep|superficial|cranial|caudal|ventral|dorsal|anterior|posterior|superior|inferior)(?:ly|ward)?)[\s,:]*(?:it (?:is|was)|there (?:is|was)|by)? ?{ABOUT}$",
    re.IGNORECASE,
)
TERSE = re.compile(
    rf"^\W*(?:on|at|along|to|toward|towards|in|over) (?:(?:the|its|all|every|each|both|any|other|remaining|opposite|rest of the|free) )+(?:[\w-]+ ){{0,2}}?(?:sides?|aspects?|edges?|directions?|borders?|poles?|surfaces?|faces?|dimensions?|planes?|ends?|contours?),? (?:(?:we|I|it|there|one|the (?:ice|margin|distance|clearance|rim|cuff))(?: only| just| then| still| again| now)* (?:had|have|has|measured?|measures|got|was|is|were|saw|see|found|count(?:ed)?|left|could get|can get|obtained|reached|managed|came to|gave|achieved|read) )?(?:it (?:to be )?|only |just )*{ABOUT}$"
    r"|^\W*(?:towards?|along|against|on|at) (?:the )?(?:[\w-]+ ){1,4}(?:only |just |about |a mere |there (?:is|was) |it (?:is|was) )*$"
    r"|^\W*(?:the )?(?:(?:antero|postero|supero|infero|medio|latero)?-?(?:anterior|posterior|medial|lateral|deep|superficial|cranial|caudal|superior|inferior|ventral|dorsal|proximal|distal)(?:ly|ward)?|cephalad|caudad|elsewhere|otherwise|(?:[\w/-]+ ){1,2}(?=side|aspect|border|surface))(?: ?(?:side|aspect|edge|border|margin|wall|face|surface|pole)s?)?\W*(?:only |just |about |at least |approximately )*$",
    re.IGNORECASE,
)
"""A sentence of its own that gives no more than a direction and a length speaks of the margin told before it."""
ABOUT_ONLY = re.compile(rf"\W*(?:and |with |then )?{ABOUT}", re.IGNORECASE)
THE_REST = re.compile(
    r"[\s,]*(?:(?:or|and) (?:more|better|over|above)|\+|plus)?[\s,]*(?:(?:in|on|to|at|from|for|along|over) (?:all |every |each |the |its |any )*(?:(?:other|remaining|rest of the|opposite|free) )*(?:sides?|directions?|aspects?|edges?|planes?|dimensions?|borders?|surfaces?|the rest)\b|elsewhere|everywhere(?: else)?|all (?:the way )?(?:a)?round|circumferentially|otherwise)\s*(?:[,.;)]|and\b|but\b|$)",
    re.IGNORECASE,
)
"""A sentence that begins with a length of all sides or of the rest goes on with the margins told before."""
OF_POLE = re.compile(r"\b(?:(?:upper|lower|mid|middle|inter)[- ]?pole|interpolar)[\s,:(]*$", re.IGNORECASE)
RIM = re.compile(r"\bice\b|ice-?ball|margins?|beyond|\bpast\b|outside|cover\w*|zone|cuff|rim|halo", re.IGNORECASE)
"""Without such a word a pole is one of the organ, no side of the tumour: "kidney tumour, upper pole, 22 mm"."""
OF_TUMOUR_BEFORE = re.compile(rf"{TUMOUR}\s*[,:(=–-]?\s*(?:measuring |of )?$", re.IGNORECASE)
"""Where no ice is spoken of, the length right behind a tumour is its size: "metastasis, 19 mm, posterior costophrenic angle"."""
PLACE_ONLY = re.compile(r"\W*(?:[\w-]+[\s:,–-]+){0,3}(?:only |just |about )?", re.IGNORECASE)
TERSE_AFTER = re.compile(
    r"[\s,]*(?:or (?:more|better|less|over|above|so)|and (?:more|better|over|above)|at (?:least|most)|\+|only)?\s*(?:,? (?:and|where|because|as|since|so|then)[ ,]+(?:(?:we|I|it|the ice) )?(?:stop\w*|halt\w*|left|held|went|did|was|could|let)\b|[.,;]\s*(?:elsewhere|otherwise|in the other|on the other)|[.;]?\s*$)",
    re.IGNORECASE,
)
ZONE_SUBJECT = re.compile(
    rf"(?:\bice (?:of|measur\w+|size|diameter)|(?:ice[- ]?balls?|(?:ablation |treatment |final |frozen )?zones?|cavit(?:y|ies)|coagulation|frozen (?:area|volume))(?: (?:of|is|was|were|measur\w+|grew to|became|came to|size|diameter)| at (?:the )?end(?: of [^,;:.]{{1,30}})?)*)[\s,:=(]*{ABOUT}$",
    re.IGNORECASE,
)
SIDE_ASIDE = re.compile(
    rf"(?:\b(?:on|at|along|over) (?:the )?(?:[\w-]+ ){{1,2}}(?:side|aspect|edge|border|face|surface|pole)|(?:medial|lateral|anterior|posterior|ventral|dorsal|cranial|caudal|superior|inferior)ly)\b\s*[,(–-]\s*(?:towards?|next to|beside|near|along|against|at|facing|where|by|close to|under)\b[^;:.]{{0,50}}[,)–-]\s*(?:it (?:is|was) )?{ABOUT}$",
    re.IGNORECASE,
)
"""A side with an aside between it and its margin: "on the medial side, toward the L3 root, 2 mm"."""
LEFT_PIECE = re.compile(
    rf"\b(?:piece|remainder|residue|remnant|rest|part|portion|stump|end)\b(?: (?!ice\b|outside\b|out\b|unfrozen\b)[\w-]+){{0,8}}? (?:is|measures?|measured|measuring|now)\s+{ABOUT}$",
    re.IGNORECASE,
)
"""What is left of a tumour and treated now: "the piece left at the cord is 2.7 cm on today's scan"."""
ACROSS = re.compile(
    r"[\s-]*(?:(?:in|at) (?:its |the )?(?:length|diameter|size|longest|greatest|largest|maximum|max)\b|across\b|long\b|wide\b|in (?:the )?(?:long|short) axis|(?:(?:in|at) )?(?:its |the )?(?:greatest|largest|longest|maximum|maximal|max\.?) (?:extent|dimension|diameter|axis|length|size)\b)",
    re.IGNORECASE,
)
ENCLOSING = re.compile(
    rf"\b(?:ice(?:[- ]?ball)?|frost|zone|halo|rim|cuff|cloud|ground[- ]?glass|consolidation|coagulation|(?:frozen|ablated|treated|devasculari[sz]ed|avascular|coagulated) (?:area|tissue|region))\b[^,;:.]{{0,30}}?\b(?P<how>around|surrounding|about|enclosing|encasing|engulfing|covering|enveloping|over|outside|beyond|past|encompassing)\s+(?:(?:the|this|its|whole|entire|all|of)\s+)*(?:[\w-]+\s+)?{TUMOUR}"
    rf"(?:[\s,:(=]+(?:is|was|are|were|measur\w+|at|end|now|then|came|to|thickness|width|diameter)\b)*[\s,:(=]*{ABOUT}$",
    re.IGNORECASE,
)
"""A zone told by the tumour that it encloses: what follows is measured of the zone ("ground glass around the nodule, 31 mm")."""
BEYOND = re.compile(r"beyond|past|outside", re.IGNORECASE)
THICKEST = 15.0
"""Millimetres: more around a tumour is the whole zone, not its rim."""
NEXT_IN_ROW = re.compile(r"(?:[,;]|\b(?:and|but))\s*(?:and |but |only |just |about )*$", re.IGNORECASE)
AT_FELLOW = re.compile(rf"\s*(?:of ice )?(?:around|at|for|about|beyond|past|over) (?:the |its )?(?:[\w-]+ ){{0,4}}?{TUMOUR}", re.IGNORECASE)
"""In a list of margins the next one: "7 mm around the segment 6 lesion, 5 mm around the segment 8 lesion"."""
FROM_FELLOW = re.compile(
    rf"(?:^|[,;])\W*(?:and )?(?:from|off|around|for|past|beyond) (?:the )?(?:[\w-]+ )?(?:other|second|(?:superior|inferior|upper|lower|anterior|posterior|medial|lateral|larger|smaller|left|right) one|{TUMOUR})(?: (?:it (?:is|was)|is|was))?\s*{ABOUT}$",
    re.IGNORECASE,
)
"""The next lesion of a list of margins: "from the superior nodule to the ice 6 mm, from the inferior one 8 mm"."""
OWN_SIZE_OF_ICE = re.compile(
    r"\b(?:ice|ice-?ball|ice ball|zone|cloud)\s*(?:final(?:ly)?|diameter|max\w*|now|then)?[\s:=,(]*$"
    r"|\b(?:ice|ice[- ]?balls?|zones?) (?:of|for|at) (?:the )?(?:former|latter|first|second|third|last|other|(?:[\w-]+ )?(?:one|lesion|nodule|deposit|mass|target|tumou?r|implant))(?: (?:was|is|measured|measures|reached|came to|had))? $",
    re.IGNORECASE,
)
"""Right before a length: "final ice 3.4 cm"."""
INSTRUMENT = re.compile(
    r"\b(?:needles?|probes?|tips?|catheter|antenn\w+|electrodes?|wire|tines?|hooks?|prongs?|arrays?|umbrella)(?:[,;]? (?:was|were|is|then|being|are|fully|first|itself))*(?:,? (?:advanced|inserted|placed|pushed|passed|withdrawn|pulled back|protrud\w+|driven|opened|deployed|expanded|extended|unfolded|fanned out|spread|unfurled|retracted))+(?: out)?(?: \w+)?\s*(?:about |only |~)?$"
    r"|\btips?(?: (?:was|were|lay|lies|is|are|sat|sits|stood|reached|came|projected|projects|extended|protruded|rested|ended|just|about|some|now|then))+ $"
    r"|\b(?:deployment|deployed diameter|tine (?:span|spread|diameter|length)|array (?:of|diameter|size)|withdrawn|pulled back|retracted|pull-?back)(?: (?:of|by|to|about|some|a further|another|was|is|:))*[\s:]*$"
    r"|\bsuction(?: (?:at|of|to|with|pressure|level))*[\s:(]*[-−–]?\s*$",
    re.IGNORECASE,
)
"""What was done with an instrument, by so much: needles advanced, tines opened, a drain's suction."""
INSTRUMENT_AFTER = re.compile(
    r"[ -]?(?:(?!one\b|two\b|three\b|four\b|five\b|six\b)[a-z]+[ -]){0,2}?(?:arrays?|tines?|deployment|umbrella|electrodes?|active (?:tip|length)|exposure|(?:of )?(?:suction|water|H2O))\b",
    re.IGNORECASE,
)
CALIBRE_AFTER = re.compile(
    r"[ -]{0,2}(?:(?:diameter|shaft|Ice\w+|Endocare|Varian|cryo\w*|round|ice) )*(?:cryo-?)?(?:probes?|needles?|antenn\w+|applicators?|cannulas?)\b",
    re.IGNORECASE,
)
COUNTED = re.compile(r"\b(?:\d|one|two|three|four|five|six|seven|eight|a|an|single|each|both|with|using|x|×) ?(?:x |× )?$", re.IGNORECASE)
"""Before and behind the width of a probe: "one 2.4 mm probe"."""
DEVICE_BEFORE = re.compile(
    r"\b(?:(?:cryo-?)?probes?|needles?|antenn\w+|applicators?|electrodes?|trocars?|cannulas?|introducers?|ice(?:rod|sphere|seed|pearl|force)\w*)(?:[ ,(/]+(?:\d{1,2} ?-?(?:G|ga|gauge)\b|each|both|all|of|with|(?:an? )?(?:shaft )?length(?: of)?|(?:plus|CX|\d\.\d|90|1\.5|2\.1)\b))*[ ,(/]*$",
    re.IGNORECASE,
)
LONG_AFTER = re.compile(r"[ -]?(?:long|in length|lengths?|shafts?)\b", re.IGNORECASE)
"""Around the length of an instrument: "three 17 G probes 17 cm long"."""
LONGEST = 100.0
"""Millimetres from which a length in brackets behind an instrument is its own: "three IceForce probes (17.5 cm)"."""
SHORT_AFTER = re.compile(r"[\s-]*(?:or so |and more )?(?:short|shy) of\b", re.IGNORECASE)
PAST_ICE = re.compile(
    r"\s*(?:or so |or more )?(?:beyond|past|outside(?: of)?|out of) (?:the )?(?:(?:visible|final|combined|edge of the|ablation|frozen|treated) )*(?:ice\b|ice-?ball|zone\b|frost\b)",
    re.IGNORECASE,
)
OUT_OF_ICE_BY = re.compile(
    r"\b(?:beyond|past|outside(?: of)?|out of) (?:the )?(?:(?:visible|final|combined|edge of the|ablation|frozen|treated) )*(?:ice|ice[ -]?ball|zone|frost) by (?:about |some |roughly |at most )?$",
    re.IGNORECASE,
)
"""How far a tumour sticks out of the ice is no margin: "extends 3 mm beyond the ice", "pokes out of the ice by 3 mm"."""
STRETCH_AFTER = re.compile(r"[\s-]*(?:length|segment|stretch|portion|part|piece) of (?:the )?(?!tumou?r|lesion|mass)", re.IGNORECASE)
STRETCH_BEFORE = re.compile(
    r"\b(?:(?:over|along) (?:a (?:length|distance|stretch) of )?|(?:skin|bowel|colon|nerve|ureter|vessel) to (?:the )?(?:tumou?r|lesion|mass|ice|nodule|node|target|metastasis|deposit|implant)(?: (?:is|was|distance|measures?))?[: ]+)(?:some |about |approximately )?$",
    re.IGNORECASE,
)
NEXT_MARGIN = re.compile(r"\s*(?:[,;/(]|\)?:|\s[–—-])\s*(?:and |with )?(?:\w+ ){0,2}?(?:margins?|clearance|halo|ice)\b", re.IGNORECASE)
"""A margin announced behind a comma or colon is that of the next length: "metastasis, 30 mm, margin 6 mm", "rib, 22 mm: margin 5 mm"."""
ZONE_ASIDE = re.compile(
    rf"(?P<tumour>(?:{TUMOUR}|\b(?:strip|(?:rind|rim)(?! of (?:ice|frozen))|tissue|portion|part|thickening|enhancement|uptake|area|nodularity|regrowth|relapse|nubbin|bulge|tongue|disease)\b)[^,;:.]{{0,60}}?)\b(?:at|of|in|along|within|from|beside|near|to|abutting|inside|on|around|touching|under)\s+(?:[\w/-]+\s+){{0,5}}?(?:{ZONE_BEFORE.pattern})(?!\s+of\s*$|\s*,? which)",
    re.IGNORECASE,
)
"""A tumour told by its place at a zone: what follows is measured of the tumour ("nodule at the end of the old zone, 12 mm")."""
EDGE_OF_OLD = re.compile(
    r"\b(?:edge|margin|rim|border|side|aspect|pole|end|tip|periphery|corner|wall|surface|part|third|half)s? (?:of|to) (?:the |an? |his |her |its )?(?:"
    r"(?:(?:old|prior|previous|earlier|former|original|existing|first|last|(?:19|20)\d\d|(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sep|Oct|Nov|Dec)\w*)(?:'s)? )+(?:[\w-]+ ){0,2}?(?:zone|cavity|area|site|bed|defect|scar)s?(?=\s*[,(–-]\s*(?:now |about |approximately )?$)"
    r"|(?:zone|cavity|area|site|bed|region|nodule|lesion)s? (?:already )?(?:treated|ablated|frozen|cooled|burned)(?: [\w']+){0,4}(?=\s*[,:(–-]\s*(?:now |about |approximately )?$))",
    re.IGNORECASE,
)
"""Where at an earlier zone a tumour lies, right before its size: "medial edge of the April ablation zone, 24 mm", "edge of the site treated in 2018: 17 mm"."""
SMALLEST = 5.0
"""Millimetres below which a length there is rather how far the ice went."""
LABELLED = re.compile(r"(?:^|[.;:]\s|\n)\W*(?:\d\W+)?[A-Za-z#][^.;:]{2,120},\s*$")
LOOSELY_LABELLED = re.compile(r"(?:^|[.;:]\s|\n)\W*(?:\d\W+)?[A-Za-z#][^.;:]{2,120},(?: (?!about\b)[a-z-]+){0,2}\s*$")
"""In a sentence that speaks of no ice."""
LABEL_END = re.compile(r"\s*(?:[:(.;]|$)")
SEGMENTS = re.compile(
    r"\b(?:segments?|segs?\.?) ?(?P<list>(?:IV[ab]?|VI{0,3}|I{1,3}|[1-8][ab]?)(?:(?:\s*(?:,|/|&|and|or)\s*)+(?:segments? )?(?:IV[ab]?|VI{0,3}|I{1,3}|[1-8][ab]?)\b(?!\.\d| ?[x×] ?\d| ?(?:mm|cm))){1,7})",
    re.IGNORECASE,
)
SEGMENT = re.compile(r"\b(?:IV|VI{0,3}|I{1,3}|[1-8])(?=[ab]?\b)", re.IGNORECASE)
ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8}
EXCEPT = re.compile(
    rf"\b(?:except(?:ing)?|apart from|save|other than|bar|but(?: for)?)(?: for| that)? (?:at|on|against|along|near|next to|towards?|where|beside|over|by|in|the|medially|laterally|deep|deeply|anteriorly|posteriorly|superiorly|inferiorly|superficially|it)\b[^.;]{{0,60}}?[, (:]\s*(?:where |it |is |was |there )*{ABOUT}$",
    re.IGNORECASE,
)
"""The place that is excepted from a margin told before, and its own: "9 mm or more except against the vein, 2 mm"."""
DEEP = re.compile(r"\W*(?:deep|deeply|thick)\b", re.IGNORECASE)
CLAUSE = re.compile(r"[;:]|\.\s")


def find_measures(text: str, places: Sequence[tuple[int, int]] = (), can: Set[str] | None = None) -> list[Found]:
    """SIZE, ZONE_SIZE, MARGIN and PROBES of a sentence; a length whose kind the words do not tell is a LENGTH.

    ``places`` are the characters of the places that the sentence names: a bare length beside one is its size ("LUL 9 mm").
    ``can`` are the patterns of MEASURING that can match the sentence at all (default: every one).
    """
    can = MEASURING if can is None else can
    if not can:
        return []
    lengths = list(find_lengths(text)) if LENGTH.pattern in can else []
    found: list[Found] = []
    if lengths and SEGMENTS.pattern in can:
        places = [*places, *((m.start(), m.end()) for m in SEGMENTS.finditer(text))]
    label, ice = "", bool(lengths) and ICE.search(text) is not None
    rim = ice and RIM.search(text) is not None
    for i, length in enumerate(lengths):
        since = lengths[i - 1].end if i else 0
        until = lengths[i + 1].start if i + 1 < len(lengths) else len(text)
        before, after = text[max(since, length.start - 90) : length.start], text[length.end : min(until, length.end + 60)]
        label = _kind(text[length.start : length.end], before, after, label, ice, rim) or (
            "SIZE" if _bare_size(text, length, places) else ""
        )
        kind = label or "LENGTH"
        if kind in ("SIZE", "LENGTH") and not length.value:  # no tumour measures 0 mm
            kind = "MARGIN" if ice else "LENGTH"
        found.append(Found(length.start, length.end, kind, length.concept, f"measures#{kind.lower()}", length.value))
    found = _alike_ahead(text, found) if rim else found
    listed = _listed_margins(text) if LISTED.pattern in can else []
    found = [f for f in found if not any(f.start < m.end and m.start < f.end for m in listed)]
    found = by_direction(text, sorted([*found, *listed]), ENTRY.pattern in can)
    counts = find_probes(text, COUNTING & can)
    found += counts
    for pattern, finder in (
        (AGE, _ages),
        (SEGMENTS, _segments),
        (SEGMENT_NAMED, _bare_segments),
        (RIBS, _levels),
        (UNITLESS, _unitless),
        (CLOCK, _clock),
        (UNIT_AHEAD, _unit_ahead),
    ):
        if pattern.pattern in can:
            found += (f for f in finder(text) if finder is not _levels or not any(c.start < f.start < c.end for c in counts))
    late = [
        *(_unitless_margins(text) if {UNITLESS_MARGIN.pattern, MARGIN_SERIES.pattern} & can else ()),
        *(_unitless_at_place(text, places) if UNITLESS_AT_PLACE.pattern in can else ()),
    ]
    found += [x for x in late if not any(x.start < f.end and f.start < x.end for f in found)] if late else []
    return sorted(found)


IN_A_ROW = re.compile(
    r"\s*(?:,|;|/|&|\band\b)[\s,]*(?:and )?(?:(?:the |for )?[\w#.'-]+(?: [\w#.'-]+){0,2}?)?[\s:=]*(?:had |was |is |by |at |with )?\s*",
    re.IGNORECASE,
)


def _alike_ahead(text: str, found: Sequence[Found]) -> list[Found]:
    """With the unexplained lengths ahead of a margin as margins, where they stand in one row: "A 6 mm, B 5 mm, C 9 mm of ice"."""
    out = list(found)
    for i in range(len(out) - 2, -1, -1):
        row = out[i].label == "LENGTH" and out[i + 1].label == "MARGIN" and out[i + 1].start - out[i].end < 40
        if row and IN_A_ROW.fullmatch(text[out[i].end : out[i + 1].start]):
            out[i] = Found(out[i].start, out[i].end, "MARGIN", out[i].concept, "measures#margin", out[i].value)
    return out


def told_places(found: Iterable[Found]) -> list[tuple[int, int]]:
    """The characters of places, names and tumours that a size can stand beside; "medial 4 mm" is a direction."""
    return [
        (f.start, f.end)
        for f in found
        if f.label in ("SITE", "NAME", "HISTOLOGY")
        or (f.label == "PART" and f.concept.split(":")[0] not in ("height", "depth", "breadth", "layer", "bulk"))
    ]


BESIDE = re.compile(
    r"[\s:,;=(\[)\]–-]*(?:(?:(?:series|ser?|images?|ima?g?|slices?)\.? ?#?\d+(?:/\d+)?|levels?|muscle|bone|wing|region|left|right|(?-i:[LR])|lt\.?|rt\.?|now|today|at present|again|is|was|still|lesion|tumou?r|nodule|node|mass|deposit|implant|max\w*\.?|diam\w*\.?|approx\w*\.?|about|ca\.?|c\.|~|(?:(?:apico|antero|postero|infero|supero|medio|latero)?-?(?:anterior|posterior|lateral|medial|superior|inferior|apical|basal|basilar|upper|lower|mid(?:dle)?|central|peripheral|subpleural|subcapsular|exophytic|deep|superficial|dorsal|ventral|cranial|caudal)[\s,-]*){1,2}(?:segment|part|third|aspect|portion|pole|wall|lobe|half|zone|surface|division|compartment)?)[\s:,=(]*){0,3}",
    re.IGNORECASE,
)
AHEAD_OF = re.compile(r"[\s,)]*(?:(?:in|at|of|within) )?(?:(?:the|a|left|right|l|r|lt\.?|rt\.?)\s)*", re.IGNORECASE)
STRUCTURE_AT = re.compile(
    r"\s*(?:at|towards?|on|along|against|next to|near|facing) (?:the |its )?(?:[\w-]+ ){0,3}?(?:nerve|root|plexus|foram\w+|canal|cord|vessel|arter\w+|vein|aorta|cava|bowel|colon|duodenum|rectum|stomach|skin|ureter|hilum|bladder|diaphragm|pericardium|o?esophagus|trachea|fissure)",
    re.IGNORECASE,
)
NO_TUMOUR_AFTER = re.compile(
    r"[\s-]*(?:[\w-]+\s+){0,3}?(?:scars?|cavit\w+|zones?|defects?|ha?ematomas?|collections?|seromas?|incisions?|wounds?|blisters?|bruis\w+|drains?|catheters?|cysts?|stones?|ports?|gaps?|away|apart|separation)\b|[\s-]*(?:from|to|off) ",
    re.IGNORECASE,
)
KEPT_APART = re.compile(
    r"\b(?:dissect\w*|displac\w*|separat\w*|cushion|buffer|gap|space)\b[^.;]{0,30}\b(?:between|from|of|off)\b[^.;]{0,40}$", re.IGNORECASE
)
"""What was pushed apart, and how far."""
ALONE = re.compile(
    r"\W*(?:today|now|max\w*|in (?:max\w* |largest |longest )?diameter|diameter|size|across|(?:on|by|at|per) (?:[\w'-]+ ){0,3}?(?:CT|MRI?|US|USG|sonograph\w*|ultrasound|imaging|scan|planning))?\W*",
    re.IGNORECASE,
)


def _bare_size(text: str, length: Found, places: Sequence[tuple[int, int]]) -> bool:
    """True for a length that no word explains, right beside a place or alone in its sentence."""
    if STRUCTURE_AT.match(text[length.end :]) or NO_TUMOUR_AFTER.match(text[length.end :]):
        return False
    if ALONE.fullmatch(text[: length.start]) and ALONE.fullmatch(text[length.end :]):
        return True
    return any(BESIDE.fullmatch(text[end : length.start]) for _, end in places if end <= length.start) or any(
        AHEAD_OF.fullmatch(text[length.end : start]) for start, _ in places if start >= length.end
    )


@lru_cache(maxsize=4096)
def _kind(words: str, before: str, after: str, last: str, ice: bool, rim: bool) -> str:
    """The kind of a length by the words around it, and whether its sentence speaks of ice; '' if they do not tell."""
    if OF_IMAGES.match(after):
        return ""
    after = "" if NEXT_MARGIN.match(after) else after
    if EDGE_OF_OLD.search(_clause(before)) and _largest(words) >= SMALLEST and not MARGIN_AFTER.search(after):
        return "SIZE"
    clause = ZONE_ASIDE.sub(r"\g<tumour>", _clause(before))
    margin, size, zone = (_nearest(p, clause) for p in (MARGIN_BEFORE, SIZE_BEFORE, ZONE_BEFORE))
    enclosing = ENCLOSING.search(_clause(before))
    if enclosing:
        return _of_zone(words, enclosing["how"], after)
    if TIMES.search(words):
        return "ZONE_SIZE" if ZONE_AFTER.match(after) or zone > _nearest(TUMOUR_NAME, clause) else "SIZE"
    if ICE_TO_TUMOUR.search(_clause(before)) and re.search(r"\b(?:ice|frozen)\b", clause + _clause(before), re.IGNORECASE):
        return "MARGIN"
    if last == "MARGIN" and (DEEP.match(after) or EXCEPT.search(before)):
        return "MARGIN"
    poled = OF_POLE.search(clause) is not None and not rim
    if last == "MARGIN" and (FROM_FELLOW.search(clause) or (NEXT_IN_ROW.search(before) and AT_FELLOW.match(after))):
        return "MARGIN"
    if last == "MARGIN" and re.match(r"\s*\(", after) and ABOUT_ONLY.fullmatch(re.sub(r"^\W*\([^)]*\)\W*", "", clause).lstrip(" ,;()")):
        return "MARGIN"
    if OWN_SIZE_OF_ICE.search(clause) and _largest(words) > THICKEST:
        return "ZONE_SIZE"
    if after.startswith(")") and _largest(words) >= LONGEST and DEVICE_BEFORE.search(before):
        return "LENGTH"
    told = _told(clause, after, (ice and not poled) or last == "MARGIN")
    if told:
        return told
    if OF_ONE.search(clause) and TUMOUR_AFTER.match(after):
        return "SIZE"
    if not ice and HAD.search(before) and HAD_END.match(after):
        return "SIZE"
    if OTHER_AFTER.search(after) or KEPT_APART.search(clause) or _nearest(OTHER_BEFORE, clause) > max(margin, size):
        return "LENGTH"
    rimmed = RIM.search(f"{clause} {after}") or not (OF_TUMOUR_BEFORE.search(clause) or _largest(words) > THICKEST)
    if MARGIN_AFTER.search(after) and ice and rimmed:
        return "MARGIN"
    if ZONE_AFTER.match(after):
        return "ZONE_SIZE"
    if (OF_FINDING.search(before) and not AT_FINDING.search(before)) or OF_TUMOUR.match(after):
        return "LENGTH"
    if LABELLED.search(before) and LABEL_END.match(after) and (after.strip() or not (margin or zone)):
        return "SIZE"
    if not (ice or margin or zone) and LABEL_END.match(after) and LOOSELY_LABELLED.search(before):
        return "SIZE"
    if SIZE_AFTER.search(after):
        return "SIZE"
    if margin > size and margin >= zone and not re.search(r"ice[- ]?ball (?:of|measur|diam)", clause, re.IGNORECASE):
        return "MARGIN"
    if zone > size:
        return "ZONE_SIZE"
    if size > 0:
        return "SIZE"
    carried = len(before) < 60 or (last == "SIZE" and not ICE.search(before))
    return last if last in ("MARGIN", "SIZE", "ZONE_SIZE") and carried else ""


def _largest(words: str) -> float:
    """The largest length of some words, in mm; 0 without one."""
    return max((x.value for x in find_lengths(words) if isinstance(x.value, float)), default=0.0)


HAD = re.compile(
    rf"\b(?:lesions?|nodules?|mass(?:es)?|metastas[ei]s|mets?|tumou?rs?|deposits?|implants?|targets?|foci|focus|one|former|latter)\b(?:(?!\bice|\bzone|\bprobe|\bneedle|\bmargin|\bdistance)[^.;:]){{0,70}}\b(?:had|has|having)\s+{ABOUT}$|\b(?:and|which|it) (?:had|has)\s+{ABOUT}$",
    re.IGNORECASE,
)
HAD_END = re.compile(r"\s*(?:[.;]|, |$|and\b|in (?:size|diameter|length)|(?:on|at|by) (?:CT|MRI?|US|scan|planning|today))", re.IGNORECASE)
"""Around the size of a tumour that "had" so much: "the second of the lesions was in the adductor and had 18 mm"."""
OF_ONE = re.compile(
    r"\b(?:into|in|of|within|through|to|at|on|around|across) (?:an?|the|this|that|his|her|one)(?: (?:single|solitary))?\s*$", re.IGNORECASE
)
TUMOUR_AFTER = re.compile(
    r"\s*(?:(?!margin|zone|ice|from|of\b)[\w-]+ ){0,2}?(?:lesion|mass|nodule|metastasis|met|tumou?r|deposit|implant|recurrence|node)\b",
    re.IGNORECASE,
)
"""Around the length of a tumour whatever else the sentence tells: "probes were advanced into a 2.3 cm lesion"."""


def _of_zone(words: str, how: str, after: str) -> str:
    """ZONE_SIZE or MARGIN: is the whole zone around a tumour measured, or how far it reaches beyond it?"""
    wide = _largest(words) > THICKEST and not MARGIN_AFTER.search(after)
    whole = TIMES.search(words) or ACROSS.match(after) or wide
    return "ZONE_SIZE" if whole and not BEYOND.fullmatch(how) else "MARGIN"


def _clause(before: str) -> str:
    """The clause that leads up to a length; a colon right before it does not part the two: "smallest distance to the ice edge: 6 mm"."""
    *earlier, last = CLAUSE.split(before)
    return last if re.search("[a-z]", last, re.IGNORECASE) or not earlier else f"{earlier[-1]}, {last}"


def _told(clause: str, after: str, ice: bool) -> str:
    """The kind of a length whose nearest words leave no doubt; '' otherwise."""
    if GROWN.search(clause) or (LARGEST.search(clause) and not (ice or ZONE_BEFORE.search(clause) or OF_FINDING.search(clause))):
        return "SIZE"
    if ice and (OF_THE_ICE.match(after) or MARGIN_NEXT.match(after)):
        return "MARGIN"
    if (
        OUT_OF_TUMOUR.match(after)
        or PAST_ICE.match(after)
        or OUT_OF_ICE_BY.search(clause)
        or SHORT_AFTER.match(after)
        or STRETCH_AFTER.match(after)
        or STRETCH_BEFORE.search(clause)
        or INSTRUMENT.search(clause)
        or INSTRUMENT_AFTER.match(after)
        or (CALIBRE_AFTER.match(after) and COUNTED.search(clause))
        or (LONG_AFTER.match(after) and DEVICE_BEFORE.search(clause))
    ):
        return "LENGTH"
    if SUBJECT_MARGIN.search(clause) or ICE_TO_TUMOUR.search(clause) or SPARE_AFTER.match(after):
        return "MARGIN"
    if (BY_BEFORE.search(clause) and OVERREACH.search(clause)) or (AROUND.match(after) and ice):
        return "MARGIN"
    if GAINED.match(after) and not (OTHER_BEFORE.search(clause) or KEPT_APART.search(clause) or SIZE_OF_TUMOUR.search(clause)):
        return "MARGIN"
    if ice and WHERE.search(clause):
        return "MARGIN"
    if FROM_TUMOUR.match(after) and ICE_SUBJECT.search(clause):
        return "MARGIN"
    if (ON_A_SIDE.search(clause) or SIDE_ASIDE.search(clause)) and ice:
        return "MARGIN"
    if TERSE.search(clause) and TERSE_AFTER.match(after):
        return "MARGIN"
    if ABOUT_ONLY.fullmatch(clause) and THE_REST.match(after):
        return "MARGIN"
    if PLACE_ONLY.fullmatch(clause) and STRUCTURE_AT.match(after):
        return "MARGIN"
    if LEFT_PIECE.search(clause):
        return "SIZE"
    if ZONE_SUBJECT.search(clause):
        return "ZONE_SIZE"
    if ACROSS.match(after):
        return "ZONE_SIZE" if _nearest(ZONE_BEFORE, clause) > _nearest(TUMOUR_NAME, clause) else "SIZE"
    return ""


def _nearest(pattern: re.Pattern[str], text: str) -> int:
    """End of the last match, so that the cue nearest to the length wins; 0 without a match."""
    return max((m.end() for m in pattern.finditer(text)), default=0)


WAYS = r"(?:[A-Za-z][A-Za-z./-]*\s+){0,3}"
LISTED = re.compile(
    r"\b(?:margins?|clearance)[^.\n;:\d]{0,40}?[ :(](?P<slashed>\d{1,2}(?:\.\d)?(?: ?/ ?\d{1,2}(?:\.\d)?){1,5}) ?(?P<v>mm|cm)\b|\b(?:margins?(?: by direction| \w+)?|clearance(?: \w+)?|(?:ice|zone|frost|halo|cover|coverage|overlap|reach|extent|distance)(?:[ -]?ball)?(?: of ice)? (?:beyond|past|outside|around|over|to)(?: the)?(?: (?:tumou?r|lesion|nodule|target|mass|edge)){1,2}(?: (?:edge|border|surface|margin))?),? ?\(? ?(?:in )?(?P<u>mm|cm)\)?(?: [\w/]+){0,3}? ?[:=] ?(?P<list>[^.\n;]{1,160})"
    rf"|\b(?:margins?|clearance|halo|rim|ice)\b[^.;\n\d]{{0,40}}?[ :(](?P<run>{WAYS}\d{{1,2}}(?:\.\d)?(?:\s*(?:,|;|/|\band\b|&)\s*{WAYS}\d{{1,2}}(?:\.\d)?){{1,6}}) ?\(?(?:all |in |each )*(?P<w>mm|cm)\b",
    re.IGNORECASE,
)


def _listed_margins(text: str) -> list[Found]:
    """Bare numbers after a heading that gives the unit: "Margins (mm): ant 8, post 6, med 4"."""
    out = []
    for match in LISTED.finditer(text):
        part, unit = next((p, u) for p, u in (("slashed", "v"), ("list", "u"), ("run", "w")) if match[p])
        scale = 10.0 if match[unit].lower() == "cm" else 1.0
        for n in re.finditer(r"(?<![\w.])\d{1,2}(?:[.,]\d)?(?![\w.]*\d)", match[part]):
            value = float(n[0].replace(",", ".")) * scale
            start = match.start(part) + n.start()
            out.append(Found(start, start + len(n[0]), "MARGIN", f"{value:g}", "measures#listed_margin", value))
    return out


def _ages(text: str) -> Iterator[Found]:
    """AGE in years: "58-year-old", "61F", "aged 60"."""
    for match in AGE.finditer(text):
        years = int(match["a"] or match["b"])
        if 5 <= years <= 99:
            yield Found(match.start(), match.end(), "AGE", str(years), "measures#age", float(years))


ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth")
ORDINAL = rf"(?:\d{{1,2}}(?:st|nd|rd|th)|{'|'.join(ORDINALS)})"
WAY = r"(?:(?:anterior|posterior|lateral|medial|left|right|l|r|lt\.?|rt\.?)\s+)*"
RIBS = re.compile(
    rf"\b(?P<list>{ORDINAL}(?:\s*(?:,|and\b|&|/|to\b|-)\s*(?:and\s+)?{WAY}{ORDINAL})*)\s+{WAY}(?:ribs?|inter-?spaces?|intercostal|ICS|costal|costochondral)\b|\bribs? (?:nos?\.? |numbers? |#)?(?P<after>\d{{1,2}}(?:\s*(?:,|and\b|&|/)\s*\d{{1,2}})*)\b(?!\.\d|\s*(?:mm|cm|x\b|probes?|needles?))",
    re.IGNORECASE,
)


BETWEEN = re.compile(r"\bbetween (?:the )?(?:left |right |l |r )?$", re.IGNORECASE)


def _levels(text: str) -> Iterator[Found]:
    """PART of each rib or interspace by its number: "5th and left 7th ribs"."""
    for listed in RIBS.finditer(text):
        group = "list" if listed["list"] else "after"
        most = 1 if BETWEEN.search(text, 0, listed.start()) else None  # "between ribs 7 and 8" is one place
        for match in islice(re.finditer(ORDINAL if group == "list" else r"\d{1,2}", listed[group], re.IGNORECASE), most):
            word = match[0].lower()
            level = ORDINALS.index(word) + 1 if word in ORDINALS else int(re.sub(r"\D", "", word))
            if 1 <= level <= len(ORDINALS):
                start = listed.start(group) + match.start()
                yield Found(start, start + len(match[0]), "PART", f"level:{level}", "measures#level")


def _segments(text: str) -> Iterator[Found]:
    """PART of each further segment in a list: "segments 8, 3 and 6" (the first is a rule's)."""
    for listed in SEGMENTS.finditer(text):
        for number, match in enumerate(SEGMENT.finditer(text, listed.start("list"), listed.end("list"))):
            word = match[0].lower()
            if number and (word in ROMAN or word.isdigit()):
                yield Found(match.start(), match.end(), "PART", f"seg:{ROMAN.get(word, word)}", "measures#segment")


CLOCK = re.compile(r"\b(?P<n>1[0-2]|[1-9])(?:[:.][0-5]0)?[ ]?o['’]?[ ]?clock\b", re.IGNORECASE)


def _clock(text: str) -> Iterator[Found]:
    """PART of a breast by the face of a clock: "the 6 o'clock focus"."""
    for m in CLOCK.finditer(text):
        yield Found(m.start(), m.end(), "PART", f"clock:{m['n']}", "measures#clock")


UNIT_AHEAD = re.compile(
    rf"(?P<of>\b(?:[A-Za-z-]+[ ]){{0,3}})(?:sizes?|diameters?|dimensions?|long axis|longest|largest|max(?:imum)?)\b[^\n:=()\d]{{0,30}}\((?P<u>mm|cm)\)[ ]?[:=]?[ ]*(?P<n>{NUMBER}(?:[ ]?[x×][ ]?{NUMBER}){{0,2}})(?![\d./]|[ ]?(?:mm|cm|min|%|/))",
    re.IGNORECASE,
)
"""A field of a form whose label gives the unit: "Lesion diameter (mm): 29"."""
OF_NO_TUMOUR = re.compile(r"\b(?:ice|zone|ablation|margin|probe|needle|cavity|antenna|catheter|drain|cyst|stone)\w*", re.IGNORECASE)


def _unit_ahead(text: str) -> Iterator[Found]:
    for match in UNIT_AHEAD.finditer(text):
        value = max(_number(n[0]) for n in re.finditer(NUMBER, match["n"])) * (10.0 if match["u"].lower() == "cm" else 1.0)
        if value >= LEAST_FIELD and not OF_NO_TUMOUR.search(match["of"]):
            yield Found(match.start("n"), match.end("n"), "SIZE", f"{value:g}", "measures#unit_ahead", round(value, 2))


LEAST_FIELD = 3.0
"""Millimetres of a tumour in the field of a form."""


SEGMENT_NAMED = re.compile(r"\b(?:segments?|segs?\.?) ?(?:IV|VI{0,3}|I{1,3})\b", re.IGNORECASE)
SEGMENT_AGAIN = re.compile(r"\b(?:in|of|the) (?P<n>IV|VI{0,3}|I{2,3})(?=[ab]?\b)(?! (?:and|or)\b)")


def _bare_segments(text: str) -> Iterator[Found]:
    """PART of a segment called by its number alone, behind one that was called a segment: "the segment V lesion ...; the one in II"."""
    first = SEGMENT_NAMED.search(text)
    for m in SEGMENT_AGAIN.finditer(text, first.end()) if first else ():
        yield Found(m.start("n"), m.end("n"), "PART", f"seg:{ROMAN[m['n'].lower()]}", "measures#segment")


MEASURING = COUNTING | {
    p.pattern
    for p in (
        LENGTH,
        LISTED,
        ENTRY,
        AGE,
        SEGMENTS,
        SEGMENT_NAMED,
        RIBS,
        UNITLESS,
        CLOCK,
        UNIT_AHEAD,
        UNITLESS_AT_PLACE,
        UNITLESS_MARGIN,
        MARGIN_SERIES,
    )
}
"""Every pattern that leads to a measure."""
