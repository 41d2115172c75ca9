"""How many probes does a sentence speak of? Needles, antennas, applicators and electrodes count alike.

Each count says in its rule id what it is: placed (``#probes``), a total (``#probes_total``), a part of or an addition to the count before
it (``#probes_part``), one more (``#probes_added``), a single one by its article (``#probes_article``), or one spoken of as known (``#probes_known``).
"""

from __future__ import annotations

from collections.abc import Iterator, Set

from extractor.patterns import re
from extractor.pipeline.found import Found

NAMES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
WORDS = {w: n for n, w in enumerate(NAMES, 1)} | {
    "a single": 1,
    "single": 1,
    "a pair of": 2,
    "a couple of": 2,
    "a trio of": 3,
    "a quartet of": 4,
    "half a dozen": 6,
    "a dozen": 12,
}
ORDINAL = r"(?:second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)"
MOST = 25
UNIT = r"(?!(?!x\s)\w|-(?!(?:cryo)?-?(?:probe|needle|antenn|applicat|electrod))|[.,:/]\d| ?(?:%|°|deg|(?-i:[CF]\b)|ga\b|gauge|fr\b|french|mm\b|cm\b|ml\b|cc\b|w\b|watts?|kw\b|min|sec|hours?|days?|weeks?|months?|cycles?|freez|thaw|passes|rounds?|lesions?|nodules?|targets?|metas|tumou?rs?|sites?|patients?|mets\b|masses|cores?|nodes?)|[- ](?:g\b|gauge|mm|cm|min|french|fr\b))"
ANY = (
    r"(?<![\w.,°-])(?<!\d/)(?<!\d[ .])(?P<n>\d{1,2}"
    + UNIT
    + r"|"
    + "|".join(sorted((re.escape(w) + r"\b" for w in WORDS), key=len, reverse=True))
    + r")"
)
BRAND = (
    r"(?:ice ?(?:force|rod|sphere|seed|pearl|edge)s?(?:[ -](?:cx|plus|1\.5|2\.1))*|(?:v-?probe|perc-?\d+)s?)"
    r"(?:[\s-]+(?:mri )?(?:cryo-?)?(?:probes?|needles?|applicators?))?"
)
NOT_ONE = r"(?![- ]?(?:holes?|tracks?|tracts?|marks?|sites?|entr\w+|stick\w*|pass(?:es)?|tips?|biops\w+|insertions?|removal|withdrawal|cores?|samples?|count|placements?|positions?|adjust\w*|paths?|punctures?|wounds?|aspirat\w+|guides?|washouts?|shafts?|off|turned|switched|stopped)\b)"
RODS = r"(?:(?:ice|cryo)[\s-]?rods?|rods|(?:k|c)ryosonden?)(?!\s*(?:and|&|with|/)\s*(?:\w+ )?screws?)"
NOUN = rf"(?:{BRAND}|{RODS}|(?:cryo(?:ablation|surgical)?|ablation|microwave|MWA?|RFA?|freezing|ice)?[\s-]*(?:probes?|needles?|applicators?|antenn(?:a|ae|as)|electrodes?)|(?:laser|optical|diffus\w+)[\s-]+(?:fib(?:er|re)s?|applicators?))\b"
DEVICE = rf"(?:{NOUN}{NOT_ONE})"
MID = r"(?:(?:[\w.,()/°-]*\w[.)/°-]*|\([^()]{1,30}\)),?[\s-]+){0,6}?"
PLACED = re.compile(rf"{ANY}(?:\s*[x×]|\)|,(?= (?:and )?(?:not|rather|instead)\b))?[\s-]+(?P<mid>{MID})(?P<w>{DEVICE})", re.IGNORECASE)
NOT_MID = re.compile(
    r"\b(?:biops\w*|titanium|harrington|fusion|stabili\w+|coaxial|(?:hydro|pneumo|thermo|electro)\w*|chiba|yueh|spinal|blunt|spacer|temperature|introducer|guide|guiding|locali[sz]\w+|min\w*|freez\w+|cycles?|separate|cm|mm|hours?|days?|of|and|with|in|into|to|the|french|fr|sites?|fiducial|core|marker|drainage|an(?:a)?esth\w+|access|dissection|injection|warming|were|was|per|not|but|for|at|by|from)\b",
    re.IGNORECASE,
)
LENGTH = re.compile(r"\d+(?:[.,]\d+)?[\s-]*(?:cm|mm)\b", re.IGNORECASE)
"""The size of a device: "a single 15-cm antenna"."""
CONTRAST = re.compile(rf"^(?:rather than|instead of|not|,? ?and not) (?:\d+|{'|'.join(NAMES)}),?[\s-]+", re.IGNORECASE)
THIN = re.compile(r"\b(?:1[89]|2\d)[\s-]*(?:g|ga|gauge)\b", re.IGNORECASE)
OTHER_USE = re.compile(
    r"^[^.;,]{0,50}?\b(?:for|to) (?:the )?(?:hydro|pneumo|inject|instil|infus|displac|separat|protect|dissect|lift|float|biops|sampl|temperature|thermo|an(?:a)?esthe|block|drain|aspirat)|^[^.;,]{0,30}\bbiops|^[^.;,]{0,20}\b(?:with|carrying|holding) (?:a |an |the )?(?:thermo\w*|temperature|pressure|EMG)",
    re.IGNORECASE,
)
KNOWN = re.compile(
    r"\b(?:the|these|those|both|same|all|other|remaining|of|his|her|our|last|first|medial|lateral|middle|up to|than)(?: same)? $|\b(?:protocol|regimen|sequence|algorithm),? (?:(?:was |were )?(?:run|done|given|carried out|delivered|applied) )?(?:with|by|on|through|using|via|over) $",
    re.IGNORECASE,
)
NOT_COUNTED = re.compile(
    r"\b(?:not|never|without|instead of|rather than|out of|up to|no more than|at least|series|image|grade|level|segment|day|(?<!placement )(?<!insertion )(?<!use )(?<!array )(?<!consisting )(?<!introduction )of|T|L|C|S)[ -]?$",
    re.IGNORECASE,
)
SUM = r"(?:were (?:therefore|thus|then) used(?=\W*(?:$|in all))|in all|in total|altogether|all told|all together|overall|total(?!ly)|combined|(?:for|in) (?:the|this) (?:whole |entire )?session|being the total)"
TIMES_ON = r"(?:\s*,\s*\d{1,2}){0,4}\s*,?\s*(?:,|and|then|&)\s*\d{1,2}[ -]?(?:min|sec)"
"""Behind a number that opens a list of times: "3, 7 and 10 minutes"."""
TOTALS = (
    rf"\b(?:total(?! (?:time|volume|dose))|grand total|sum)(?: (?:number|count|used|placed|of|for the session|this session|session))*(?: (?:was|is|being|came to|comes to|therefore|thus|then|now))*\s*[:=]?\s*{ANY}(?P<h>[\s-]+{MID}{DEVICE})?",
    rf"\btotall?(?:ing|ed|s)\s+{ANY}",
    rf"{ANY}[\s-]+(?:(?:{MID}{DEVICE}),?\s+(?:(?:were |was )?(?:used|placed|deployed|inserted|introduced|opened|needed|employed|required|consumed) )?)?\(?{SUM}",
    rf"\b(?:in (?:all|total)|altogether|all told|overall),?\s+{ANY}(?P<h>[\s-]+{MID}{DEVICE})?",
    rf"\b(?:making|makes|gives?|giving|brings?|bringing)(?: \w+){{0,2}}? (?:the (?:total|count|number) (?:to|of) )?{ANY}",
    rf"(?:\b(?:numbers?|no\.?|count|qty|quantity)|#)(?: of)?(?: the)?[\s-]*{NOUN}(?: \w+){{0,7}}?\s*(?::|=|\bis\b|\bwas\b|\bwere\b|\bas\b|\bto\b|\b(?:must|should|has to|ought to) (?:be|read|say|have been)\b|\bequals\b)\s*{ANY}",
    rf"{NOUN}\s+(?:counts?|numbers?|totals?|tally)(?:[,(]? ?[\w'./-]+\)?){{0,9}}?\s*(?::|=|\bis\b|\bwas\b|\bwere\b|\bgives?\b|\bshows?\b|\bto\b|\b(?:must|should|has to|ought to) (?:be|read|say|have been)\b)(?: therefore| thus| actually| really| in fact)?\s*{ANY}",
    rf"{DEVICE}(?: (?:used|placed|total|opened|deployed|inserted|in total|overall|for the session|(?:in|for|at) (?:part|target|lesion|site) \w+))*\s*(?:[:=]|\.{{3,}})\s*{ANY}",
    rf"{DEVICE}(?:\s+\d+(?:[.,]\d+)? ?(?:mm|cm)\b)?\s*\(?[x×]\s*{ANY}",
    rf"{DEVICE}\s*\(?[x×](?P<n>\d{{1,2}}{UNIT})",
    rf"{NOUN}\s+(?:counts?|numbers?)\s+{ANY}(?=\s*[,.;]|\s*$)",
    rf"(?:probes|needles|antennas|antennae|applicators|electrodes),? {ANY}(?=\s*[,;.](?!\d)|\s*$)(?!{TIMES_ON})",
    rf"{DEVICE}\s*\((?:n ?= ?)?{ANY}\)",
    rf"{DEVICE} (?:were |was )?(?:planned|opened|available|intended|foreseen)[,;]? (?:but )?(?:only )?{ANY} (?:were |was )?(?:actually )?(?:used|placed|needed)",
    rf"{DEVICE},?\s+(?:number(?:ing|ed) {ANY}|{ANY.replace('?P<n>', '?P<n2>')} (?:in number|of them))",
    rf"\ball (?P<n>{'|'.join(NAMES[1:])}|[2-9])(?: of (?:them|these))?,? (?:(?:were|being|had been|ran|running|are) )+(?:then |now )?(?:(?:run|active|activated|running|started|(?:switched|turned|put) (?:on|off)|withdrawn|pulled|thawed out|placed|inserted|in place|in position)\b|(?=together|side by side|at once|simultaneously|in parallel))",
    rf"\b{DEVICE}(?: used)? (?:was|were) {ANY}(?: in number)?(?=\s*[.,;(]|\s*$| (?:as )?per\b)",
)
TOTAL = tuple(re.compile(t, re.IGNORECASE) for t in TOTALS)
HANDLED = re.compile(
    r"\s*(?:were |was |had to be |have been |are )?(?:then |later |now )?(?:turned (?:down|off)|switched off|removed|withdrawn|pulled|repositioned|moved|thawed|deactivated|stopped|taken out|came out|adjusted|re-?advanced)\b",
    re.IGNORECASE,
)
PROSPECT = re.compile(
    r"\s*(?:alone )?(?:can|could|would|will|may|might|should|ought|suffic\w+|to be (?:used|placed)|(?:(?:is|are|were|was) )?(?:planned|intended|foreseen)|(?:is|are|were|was) (?:meant|considered))\b",
    re.IGNORECASE,
)
NOT_PUT = re.compile(
    r"\s*(?:could|would|can|might|should|(?:was|were|is|had been) (?:judged|felt|thought|deemed|considered|seen as|not|never|impossible|unsafe|unnecessary|ruled out|decided against)|(?:was |were |had been )?(?:opened|prepared|tested|available|planned|readied)\b[^.;]{0,20}\b(?:not|never|un(?:used|needed|necessary)))\b",
    re.IGNORECASE,
)
"""Behind one more probe that was not placed."""
NUMBER_WORD = re.compile(rf"\b(?:{'|'.join(NAMES)})\b", re.IGNORECASE)
MORE = re.compile(r"\b(?:more|additional|further|extra)\b", re.IGNORECASE)
PREPOSITION = r"(?:through|into|in|for|across|along|via|to|at|on|from|over|under|within|towards?|beside|around|parallel|coaxial\w*|by way|medial\w*|lateral\w*|anterior\w*|posterior\w*|superior\w*|inferior\w*|cranial\w*|caudal\w*|above|below|between|behind|near)"
PART = re.compile(
    rf"(?:^|[,;:(—–]|\band\b|\bplus\b|\bwith|\bby)\s*(?:and |then |another |a further |only |just )*{ANY}"
    rf"(?:\s+(?P<of>of (?:them|these|those|which))|\s+(?:(?:more|further|others?|each|additional|single|1\d ?-?(?:G|gauge)|was|were|went|placed|put|one|advanced|introduced|inserted|laid|passed)\s+){{0,3}}(?={PREPOSITION}\b)|(?=\s*[.;,)]|\s*$))",
    re.IGNORECASE,
)
TOOK = re.compile(
    rf"\b(?:took|needed|got|received|required|was given|were given)\s+(?:only |just )?{ANY}(?=\s*[.;,)]|\s*$|\s+(?:placed|laid|put|set|inserted|advanced|from|along|through|via)\b)",
    re.IGNORECASE,
)
"""A count that a target took, without its noun: "four needles in the scapula; the axillary nodule took two"."""
WENT = re.compile(
    rf"(?<!\bthe )(?<!these )(?<!those )(?<!other )(?<!\ball )(?<!\bof )(?<!both )(?<!remaining ){ANY}\s+(?:(?:more|further)\s+)?(?:went|(?:was|were) (?:then |next )?(?:put|placed|passed|advanced|led|inserted|laid|introduced|driven|pushed|sent|drilled))\s+(?={PREPOSITION}\b)",
    re.IGNORECASE,
)
"""A count without its noun that a clause ends with: "three needles into the mass, and once the rib was drilled two went into it"."""
TAKEN = re.compile(r"\b(?:took|needed|got|received|required|had|was given|were given)\s+(?:only |just )?$", re.IGNORECASE)
GAPPED = re.compile(
    rf"(?:,|;|\b(?:and|while|whereas|but))\s+(?:and |while |whereas |but )?the (?P<what>[\w #/-]{{3,50}}?)(?:, ?[\d.]+(?: ?[x×] ?[\d.]+){{0,2}} ?[cm]m)?,? (?P<n>[1-9]|{'|'.join(NAMES)})(?=\s*[.;)]|\s*,(?! ?\d)|\s*$)",
    re.IGNORECASE,
)
"""A count without its verb behind one that a target took: "the mass received four probes, and the nodule, 9 mm, one"."""
NO_TARGET = re.compile(
    r"\b(?:of|number|no|nr|grade|segment|level|day|stage|step|type|lesion|target|site|was|were|is|are|had|to|by|at|in|with|for|from|after|before|each|other|first|second|third|last)$",
    re.IGNORECASE,
)
BY_PLACE = re.compile(
    r"\s+(?P<a>[a-z]+(?:al|ar|ic|ous)|(?-i:[A-Z]{2,4})|left|right)\s*(?:,|;|\band\b|&|\+)\s*(?:and )?(?P<n>\d|"
    + "|".join(NAMES)
    + r")\s+(?P<b>[a-z]+(?:al|ar|ic|ous)|(?-i:[A-Z]{2,4})|left|right)\b(?! (?:minut|min|cycle|freez|thaw))",
    re.IGNORECASE,
)
"""Right behind a count the place of those probes in a word, and the next count with its own: "three probes paraspinal, two presacral"."""
DESTINATION = re.compile(
    r"\b(?:into|in|for|to|at|through|across|along|within|about|around|toward|bracket\w*|on|beside|next to|flank\w*|either side|each side)\b|^\s*$",
    re.IGNORECASE,
)
ASIDE = re.compile(r"\s*(?:on|at|to|along) (?:each|either|both) (?!of\b)", re.IGNORECASE)
DEALT_OUT = re.compile(r"\s*(?:per|(?:in(?:to)?|for|to|at|through) (?:each|every|either))\b", re.IGNORECASE)
"""Behind a number right after a count that only says how those were dealt out: "two antennas, one for each lesion"."""
RANGE = re.compile(rf"\s*(?:to|-|–)\s*\d|{TIMES_ON}", re.IGNORECASE)
"""Behind a number that begins a range or a list of times: "by 8 to 12 mm"."""
WITH = re.compile(r"\b(?:with|by|using|via)\s+$", re.IGNORECASE)
LESION = re.compile(r"\b(?:lesion|target|nodule|tumou?r|mass|metastasis|deposit|segment|seg|#)", re.IGNORECASE)
ADDED = re.compile(
    rf"\b(?:(?:a|an|one) (?:single )?(?:{ORDINAL}|further|additional|extra|more)|another)(?: single)?(?:\s+(?P<mid>{MID})(?P<w>{DEVICE})|\s+(?:one )?(?:was|had been|being|has been) (?:added|placed|inserted|advanced|put|needed|used|introduced|opened|required)(?! but (?:was )?(?:not|never)))"
    rf"|\b(?P<two>(?:a|one) {ORDINAL} and (?:a |one )?{ORDINAL})(?: {DEVICE})? (?:were|was|went|had been|followed)\b"
    rf"|(?:^|(?<=[:.;,] ))(?P<nth>(?:a )?{ORDINAL}|another) (?P<mid2>{MID})(?P<w2>{DEVICE})(?=\s*(?:[,;.(]|$|for\b|at\b|\d|with\b))"
    rf"|^\W*(?P<n2>[2-6]|two|three|four|five|six) (?:more|further|additional|others) (?:were|had been) (?:then |also )?(?:placed|put|inserted|advanced|introduced|positioned|passed|laid|driven) (?={PREPOSITION}\b)"
    rf"|\b(?P<n>one|two|three) (?:(?:more|further|extra|additional)(?: {DEVICE})? )?(?:was|were|had been|being) (?:later |then |subsequently )?added\b|\b(?:the )?{ORDINAL} (?:one |{DEVICE} )?(?:having been|being|was|had been) added",
    re.IGNORECASE,
)
ARTICLE = re.compile(
    rf"(?:\b(?:an?|its|the only) |^\W*(?=(?:(?:[\w-]+ ){{0,3}}?)(?:antenna|electrode|applicator|cryo-?probe)\b(?! (?:tip|count|number|position|placement)))(?!(?:the|this|that|each|same|no|one|every|his|her|our|second|third|another|neither)\b))(?P<mid>{MID})(?P<w>(?:cryo[\s-]?(?:probe|needle|applicator)|antenna|(?:RF|radio-?frequency|cluster|multi-?tined|cool-?tip|expandable) (?:electrode|needle|probe)|(?:microwave|MWA?) (?:probe|needle|applicator)|{BRAND}|probe|applicator|electrode))\b{NOT_ONE}",
    re.IGNORECASE,
)
PRONOUN = re.compile(r"\b(?:a single|a further|another|an additional) one\b", re.IGNORECASE)
EACH = re.compile(
    rf"^[^.;:]{{0,30}}?\b(?:(?:in(?:to)?|to|for|at|per)? ?each(?: one)?(?: of)?(?: the)?(?: other| remaining)? ?(?P<k>\d|{'|'.join(NAMES[1:6])}|lesion|nodule|target|tumou?r|side|metastasis|deposit|site)?\b|per (?:lesion|nodule|target|tumou?r|metastasis|deposit|site)\b)",
    re.IGNORECASE,
)
OF_EACH = re.compile(
    rf"\beach of (?:the|these|her|his) (?P<k>[2-5]|{'|'.join(NAMES[1:5])})(?: \w+){{0,3}}? (?:lesions|nodules|targets|metastases|mets|tumou?rs|deposits|sites|masses|nodes)\b[^.;,]{{0,60}}$",
    re.IGNORECASE,
)
"""Before a count that is of each of several: "each of the three nodules was pierced by one cryoprobe"."""
EACH_GOT = re.compile(
    r"(?:^|[.;:(] ?)(?P<list>[^.;:(]{1,80}?),? each (?:got|received|took|had|needed|required|was given|were given) (?:only |just )?$",
    re.IGNORECASE,
)
"""Before a count that each of those listed got: "A and B each got one probe"."""
ALSO = re.compile(r",? and |, |&|/", re.IGNORECASE)
PLUS = re.compile(rf"(?<![\w./,°-])(?P<a>\d{{1,2}}) ?\+ ?(?P<b>\d{{1,2}})\s+{MID}{DEVICE}", re.IGNORECASE)
SUMMED = re.compile(rf"{NOUN}\s*[:=]\s*(?P<sum>\d{{1,2}}(?: ?\+ ?\d{{1,2}}){{1,4}})(?![\w+]| ?\+)", re.IGNORECASE)
"""Counts by target behind the noun: "Probes: 1 + 2"."""
SHARED = re.compile(
    rf"{NOUN}\s*[:=]\s*(?P<sum>(?:(?:#|target |lesion |nodule |T|L|no\. ?)?\w{{1,9}} ?[x×] ?\d{{1,2}}\b(?:, ?|; ?| ?[+&] ?| and )?){{2,6}})",
    re.IGNORECASE,
)
"""Counts behind each target: "Probes: #1 x 3, #2 x 1"."""
BY_TARGET = re.compile(
    rf"{NOUN}\s*[:=]\s*(?P<sum>(?:[A-Za-z][A-Za-z/-]*(?: [A-Za-z][A-Za-z/-]*){{0,2}} \d{{1,2}}(?:, ?|; ?| ?[+&] ?| and |(?=\s*(?:[.;(]|$)))){{2,6}})",
    re.IGNORECASE,
)
"""Counts behind each target's name: "Probes: paraspinal 3, rib 1"."""
DEALT = re.compile(
    rf"(?:{ANY}[\s-]+{MID}{DEVICE}|{NOUN}\s*[:=]\s*{ANY.replace('?P<n>', '?P<n2>')})(?: (?:used|placed|in all|in total|altogether)){{0,2}},?\s*[(:=–—]\s*(?P<list>(?:(?:\d{{1,2}}(?: [A-Za-z/-]+){{1,3}}|[A-Za-z][A-Za-z/-]*(?: [A-Za-z/-]+){{0,2}}[ :=x×-]{{1,3}}\d{{1,2}})(?:, ?(?:and )?|; ?| ?[+&/] ?| and |(?=\s*(?:[).;]|$)))){{2,6}})",
    re.IGNORECASE,
)
"""A count and behind it how it was dealt out: "six cryoprobes (rib 3, serratus 1, kidney 2)"; a total if the numbers add up."""
PUT_IN = re.compile(
    rf"(?P<w>{NOUN})(?: (?:were |was )?(?:used|placed|inserted|introduced|positioned|put in|advanced))?\s*[:=,]\s*(?P<sum>(?:(?:\d{{1,2}}|{'|'.join(NAMES)}) (?!of\b|min|cycle|freez|x\b|mm\b|cm\b|in (?:all|total)\b)(?:1\d ?-?(?:G|gauge) )?(?!and\b)[A-Za-z][\w()/#-]*(?: (?!and\b)[A-Za-z(][\w()/#-]*){{0,4}}(?:, ?(?:and )?|; ?| ?[+&/] ?| and |(?=\s*(?:[.;(=]|$)))){{2,6}})",
    re.IGNORECASE,
)
"""Counts ahead of the place of each, behind the noun: "Probes: 4 in wall, 2 in node", "cryoprobes, five in the deltoid and three in the axilla"."""
AHEAD = re.compile(rf"(?:^|[,;+&/]|\band\b)\s*(?:and )?(\d{{1,2}}|{'|'.join(NAMES)}) ", re.IGNORECASE)
THROUGH_EACH = re.compile(
    rf"{ANY}[\s-]+(?:[\w.-]+[\s-]+){{0,6}}?(?:needles?|cannulas?|cannulae|trocars?|sheaths?|drills?|introducers?)\b[^.;]{{0,80}}?\b(?:a|one) (?:{MID})(?P<w>{DEVICE})(?: (?:was |being )?(?:passed|put|placed|advanced|introduced|inserted|run|led))? (?:through|in|into|down|via|by way of) each\b",
    re.IGNORECASE,
)
"""As many devices as what leads them in: "three bone needles were drilled in, with a cryoprobe through each"."""
AND_MORE = re.compile(rf"\band (?:\d|(?:{'|'.join(NAMES)})\b)", re.IGNORECASE)
"""Between a count and "each" the next count, whose that is."""
DIGITS = re.compile(r"\d+")
ITEM_OF_SUM = re.compile(r"[A-Za-z][A-Za-z/ -]*\d{1,2}")
WORD_AHEAD = re.compile(rf"(?:{'|'.join(NAMES)})\b(?= (?:in|into|to|for|through|at)\b)", re.IGNORECASE)
"""A count that stands before its target: "Needles: two in target 1, one in target 2"."""
TIMES = re.compile(r"[x×] ?(\d{1,2})\b", re.IGNORECASE)
NEXT_ITEM = re.compile(r"[,;]\s*\d{1,2}\s*$")
"""A count of something else before the one of probes: "one lesion, 2 needles"."""
BARE_COUNT = re.compile(r"\s*\d{1,2}\s+")
"""A second number right before the noun is the count, the first a list's: "(1) 3 probes"."""
ANOTHER = re.compile(rf"\b(?:and|,) (?P<n>another) (?={PREPOSITION}\b)", re.IGNORECASE)
GAUGED = re.compile(
    rf"{ANY}[\s-]+1\d[\s-]?(?:g|ga|gauge)\b(?=\s*(?:,|and|plus|\+|&)\s*(?:\d|{'|'.join(NAMES)})\s+1\d[\s-]?(?:g|ga|gauge)\b[\s-]+{MID}{DEVICE})",
    re.IGNORECASE,
)
"""Counts of probes of two kinds: "one 14 gauge and two 17 gauge probes"."""

Can = Set[str]
COUNTING: Can = frozenset(
    pattern.pattern
    for pattern in (*TOTAL, PLACED, ADDED, ARTICLE, PRONOUN, PLUS, GAUGED, SUMMED, SHARED, BY_TARGET, DEALT, PUT_IN, THROUGH_EACH)
)
"""Every pattern that leads to a count."""


def find_probes(text: str, can: Can = COUNTING) -> list[Found]:
    """PROBES of a sentence, in order; each number counts once. ``can`` are the patterns of COUNTING that can match it at all: hardly any."""
    if not can:
        return []
    taken: list[Found] = []
    for finder in (_summed, _totals, _placed, _added, _articles):
        for found in finder(text, can):
            if not _overlaps(found, taken):
                taken.append(found)
    return sorted((*taken, *(f for f in _parts(text, sorted(taken)) if not _overlaps(f, taken))))


def _overlaps(found: Found, others: list[Found]) -> bool:
    return any(o.start < found.end and found.start < o.end for o in others)


def _value(word: str) -> int:
    key = " ".join(word.lower().split())
    return WORDS[key] if key in WORDS else int(key)


def _one(start: int, end: int, kind: str, n: int) -> Iterator[Found]:
    if 0 < n <= MOST:
        yield Found(start, end, "PROBES", f"{n}", f"measures#probes{'_' + kind if kind else ''}", float(n))


def _totals(text: str, can: Can) -> Iterator[Found]:
    for pattern in TOTAL:
        for m in _found(pattern, text) if pattern.pattern in can else ():
            word = m.groupdict().get("n") or m.groupdict().get("n2")
            if not word or NOT_COUNTED.search(text[: m.start()]) or _thin(m[0]):
                continue
            if not re.search(DEVICE, m[0], re.IGNORECASE) and not _bare_total(text, m):
                continue
            if (
                ":" in m[0]
                and (noun := DEVICE_FIRST.match(text, m.start()))
                and COUNTED_AHEAD.search(text[max(0, m.start() - 40) : noun.start("w")])
            ):
                continue  # "three needles: two anterior, one posterior" tells how the three were dealt out
            yield from _one(m.start(), m.end(), "total", _value(word))


def _found(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """The matches of a total; one that runs over another count begins behind its own number again: "into target 2 and one into target 3 (seven in total"."""
    at = 0
    while m := pattern.search(text, at):
        n = "n" if m.groupdict().get("n") else "n2" if m.groupdict().get("n2") else ""
        over = n and OVER.search(text[m.end(n) : m.end()])
        if not over:
            yield m
        at = max(m.end(n) if over else m.end(), at + 1)


OVER = re.compile(
    rf"^ ?\(\s*(?:\d|(?:{'|'.join(NAMES)})\b)|,[^,]* (?:{'|'.join(NAMES)}) {DEVICE}|\b(?:into|in|at) (?:target|lesion|nodule|the)\b.*\b(?:{'|'.join(NAMES)})\b",
    re.IGNORECASE,
)
"""Words between two counts, the first of which the total is not."""
DEVICE_FIRST = re.compile(rf"\s*(?P<w>{DEVICE})", re.IGNORECASE)
COUNTED_AHEAD = re.compile(rf"{ANY}[\s-]+(?:1\d[\s-]?(?:G|gauge)[\s-]*)?$", re.IGNORECASE)


def _of_item(item: str) -> int:
    """The count of an item of a list by target: the word before the target, else the number behind it."""
    word = WORD_AHEAD.match(item)
    return _value(word[0]) if word else int(DIGITS.findall(item)[-1])


def _summed(text: str, can: Can) -> Iterator[Found]:
    """Counts told with a plus, or of two gauges before one noun."""
    for m in PLUS.finditer(text) if PLUS.pattern in can else ():
        yield from _one(m.start(), m.end(), "", int(m["a"]) + int(m["b"]))
    for pattern, numbers in ((SUMMED, DIGITS), (SHARED, TIMES)):
        for m in pattern.finditer(text) if pattern.pattern in can else ():
            yield from _one(m.start(), m.end(), "total", sum(map(int, numbers.findall(m["sum"]))))
    for m in BY_TARGET.finditer(text) if BY_TARGET.pattern in can else ():
        items = [i for i in ITEM_OF_SUM.findall(m["sum"]) if not i.lower().startswith("total")]
        yield from _one(m.start(), m.end(), "total", sum(map(_of_item, items)))
    for m in PUT_IN.finditer(text) if PUT_IN.pattern in can else ():
        if not any(p.end("w") == m.end("w") for p in PLACED.finditer(text, 0, m.end("w"))):  # those are parts of a count
            yield from _one(m.start(), m.end(), "total", sum(_value(n) for n in AHEAD.findall(m["sum"])))
    for m in THROUGH_EACH.finditer(text) if THROUGH_EACH.pattern in can else ():
        yield from _one(m.start("n"), m.end(), "", _value(m["n"]))
    for m in DEALT.finditer(text) if DEALT.pattern in can else ():
        if sum(map(int, DIGITS.findall(m["list"]))) == (n := _value(m["n"] or m["n2"])):
            yield from _one(m.start(), m.end(), "total", n)
    for m in GAUGED.finditer(text) if GAUGED.pattern in can else ():
        yield from _one(m.start("n"), m.end(), "", _value(m["n"]))


def _bare_total(text: str, m: re.Match[str]) -> bool:
    """True if a sum without its noun ("six in all") can be one of probes: nothing else is counted right behind it."""
    return not re.match(
        r"\s*\w*(?:minut|cycle|freez|mm\b|cm\b|ml\b|cc\b|lesion|nodule|target|mg\b|mcg|hour|day|%|Gy)", text[m.end() :], re.IGNORECASE
    )


def _thin(words: str) -> bool:
    return "needle" in words.lower() and THIN.search(words) is not None


def _placed(text: str, can: Can) -> Iterator[Found]:
    at = 0 if PLACED.pattern in can else len(text)
    while m := PLACED.search(text, at):
        n, kind = _value(m["n"]), _kind(text, m)
        at = m.end() if kind is not None else m.end("n")
        if kind is not None:
            yield from _one(m.start("n"), m.end(), kind, n * _each(text, m.start("n"), m.end()) if kind == "" else n)


def _kind(text: str, m: re.Match[str]) -> str | None:
    """What a number before its noun counts; None if it counts something else."""
    before, mid = text[: m.start()], _undressed(CONTRAST.sub("", m["mid"]))
    if (
        NOT_MID.search(mid)
        or NEXT_ITEM.search(mid)
        or BARE_COUNT.fullmatch(mid)
        or NUMBER_WORD.search(mid)
        or _thin(m[0])
        or OTHER_USE.search(text[m.end() :])
        or NOT_COUNTED.search(before)
        or (before.endswith("(") and text[m.end("n")] == ")")
        or PROSPECT.match(text, m.end())
    ):
        return None
    if KNOWN.search(before) or HANDLED.match(text, m.end()):
        return "known"
    return "added" if MORE.search(mid) else ""


def _undressed(mid: str) -> str:
    """The words between a count and its noun without the length of the device; a number that is left counts for itself."""
    bare = LENGTH.sub("", mid)
    return mid if re.search(r"\d(?![\d.]*[\s-]*g)|\b[x×]\b", bare, re.IGNORECASE) else bare


def _each(text: str, start: int, end: int) -> int:
    """How often a count is repeated: "one probe into each of the two nodules", "A and B each got one probe"."""
    m = EACH.match(text[end:])
    if not m:
        if got := EACH_GOT.search(text[:start]):
            return len(ALSO.split(got["list"]))
        before = OF_EACH.search(text[:end])
        return WORDS.get(before["k"].lower()) or int(before["k"]) if before else 1
    word = (m["k"] or "").lower()
    if AND_MORE.search(m[0]):
        return 1
    if word.isdigit() or word in WORDS:
        return _value(word)
    counted = re.search(
        r"\b(both|two|three|four)\b(?: \w+){0,3} (?:lesions|nodules|targets|metastases|mets|tumou?rs|deposits|sites)", text, re.IGNORECASE
    )
    return 1 if not counted else WORDS.get(counted[1].lower(), 2)


def _added(text: str, can: Can) -> Iterator[Found]:
    for m in ADDED.finditer(text) if ADDED.pattern in can else ():
        other = OTHER_USE.search(text[m.end() :]) if m["w"] or m["w2"] else None
        if not (other or _thin(m[0]) or NOT_MID.search(m["mid"] or m["mid2"] or "") or NOT_PUT.match(text, m.end())):
            yield from _one(m.start(), m.end(), "added", 2 if m["two"] else _value(n) if (n := m["n"] or m["n2"]) else 1)


def _articles(text: str, can: Can) -> Iterator[Found]:
    for m in (m for p in (ARTICLE, PRONOUN) if p.pattern in can for m in p.finditer(text)):
        words = _undressed(m.groupdict().get("mid") or "")
        if NOT_MID.search(words) or _thin(m[0]) or OTHER_USE.search(text[m.end() :]) or NOT_COUNTED.search(text[: m.start()]):
            continue
        yield from _one(m.start(), m.end(), "article", 1)


def _parts(text: str, heads: list[Found]) -> Iterator[Found]:
    """Counts that go without their noun after one that had it: "four probes into the first lesion and two into the second"."""
    if not heads or heads[0].rule_id.endswith(("_total", "_known")):
        return
    head = heads[0]
    for m in ANOTHER.finditer(text, head.end):
        yield from _one(m.start("n"), m.end("n"), "added", 1)
    for m in TOOK.finditer(text, head.end):
        yield from _one(m.start("n"), m.end("n"), "part", _value(m["n"]))
    gapped = [m for m in GAPPED.finditer(text, head.end) if not NO_TARGET.search(m["what"])] if TAKEN.search(text, 0, head.start) else []
    if (beside := BY_PLACE.match(text, head.end)) and beside["a"].lower() != beside["b"].lower():
        gapped = [beside, *gapped]
    for m in gapped:
        yield from _one(m.start("n"), m.end("n"), "part", _value(m["n"]))
    told = {m.start("n") for m in gapped}
    parts = [
        m
        for m in _bare_counts(text, head.end)
        if m.start("n") not in told
        and not (m.groupdict().get("of") or ASIDE.match(text, m.end()) or RANGE.match(text, m.end()) or _dealt_out(text, head, m))
    ]
    if not parts or not _apart(text, head, parts):
        return  # they say where those already counted went
    for m in parts:
        yield from _one(m.start("n"), m.end("n"), "part", _value(m["n"]) * (_listed(text, m) or _each(text, m.start("n"), m.end())))


def _bare_counts(text: str, start: int) -> list[re.Match[str]]:
    """Counts without their noun, in order: of an item of their own, or by what was done with what they count."""
    told = {m.start("n"): m for pattern in (WENT, PART) for m in pattern.finditer(text, start)}
    return [told[at] for at in sorted(told)]


def _dealt_out(text: str, head: Found, m: re.Match[str]) -> bool:
    """True for a number right behind a count that says how many went to each."""
    return DEALT_OUT.match(text, m.end()) is not None and not text[head.end : m.start("n")].strip(" ,;:(")


ONE_EACH = re.compile(
    r"each (?:in|into|for|to|at|through)(?: the)? (?P<list>(?:(?!was\b|were\b|is\b|with\b|then\b)[\w#/-]+(?:,? and |, | )){1,12}?(?:(?!was\b|were\b)[\w#/-]+))(?=\s*(?:[.;(]|$|,? (?:was|were|with|then)\b))",
    re.IGNORECASE,
)
"""Behind a number that goes to each of those listed: "and one each into the upper lobe and middle lobe targets"."""


def _listed(text: str, m: re.Match[str]) -> int:
    """How many targets a count of "one each" names; 0 for any other."""
    told = ONE_EACH.match(text, m.end() - len("each "))
    return len(ALSO.split(told["list"])) if told else 0


def _apart(text: str, head: Found, parts: list[re.Match[str]]) -> bool:
    """True if the counts after the first one come on top of it: it has a target of its own."""
    between = text[head.end : parts[0].start()]
    if WITH.search(text[: head.start]) and re.match(r"(?:with|by|using)\b", parts[0][0], re.IGNORECASE):
        return True
    if (
        re.fullmatch(r"\s*(?:\(.*)?", between)
        and parts[0][0].lstrip().startswith("(")
        and sum(_value(m["n"]) for m in parts) <= int(head.concept)
    ):
        return False
    if not DESTINATION.search(between) or re.search(r"[:—]", text[head.end : parts[0].start("n")]):
        return False
    exact = len(parts) > 1 and sum(_value(m["n"]) for m in parts) == int(head.concept)
    return not exact or LESION.search(between) is not None
