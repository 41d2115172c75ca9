"""Did the ice ball cover the lesion, and by how much? From the mentions that speak of one lesion in one session.

Labeling guide, Coverage: adequate is the whole lesion with at least 5 mm in all dimensions, or coverage called complete with no
smaller number; inadequate is any margin under 5 mm or a part not covered. What was aimed at says nothing of what was reached.
"""

from __future__ import annotations

from collections.abc import Sequence

from extractor.model import Cell, Mention
from extractor.normalizer import corrections
from extractor.normalizer.records import Line
from extractor.patterns import re

UNMEANT = ("planned", "hypothetical", "historical", "family", "risk")
"""What was left out on purpose is left out all the same."""
LEAST = 5.0
"""Millimetres of ice beyond the tumour that count as adequate in every dimension (labeling guide)."""
MOST = 30.0
"""Millimetres: what is further from a tumour is no edge of its ice."""
UNREACHED = ("intended", "planned", "hypothetical", "historical", "family", "risk")
STRUCTURE = re.compile(
    r"\b(?:nerves?|n\.|roots?|plexus|bowel|colon|ileum|jejunum|duodenum|rectum|stomach|skin|foram\w+|kidney|ureter|aorta|vessels?|arter\w+|veins?|cord|canal|gallbladder|bladder|duct|lung|scar|diaphragm|joint|pleura|spleen|pancreas|heart|atri(?:um|al)|ventric\w+|pericardi\w+|o?esophagus|trachea|epidural|dura\w*|thecal|fat|facet\w*|muscle|ligament\w*|tendons?|peritone\w+|fascia\w*|collecting system|calyx|calyces|renal pelvis|hilum|rib cage|cartilage|nipple)\b",
    re.IGNORECASE,
)
TUMOUR = re.compile(
    r"\b(?:tumou?rs?|mass|lesion|nodule|metasta\w+|deposit|target|rim|rind|strip|part|portion|third|quarter|half|component|edge|margin|crescent|corner|side|aspect|pole|bit|piece|top|bottom|tip|cm|mm|(?:milli|centi)met\w+)\b",
    re.IGNORECASE,
)
FROM_NEIGHBOUR = re.compile(
    rf"\s*(?:(?:away )?from|before|ahead of|short of|off) (?:the |his |her )?(?:\w+ )?{STRUCTURE.pattern}", re.IGNORECASE
)
"""Behind the distance between the ice and a structure: "ice to 3 mm from the duodenum", "ending 4 mm before the nerve"."""
Said = tuple[Line, Mention]


def cells(said: Sequence[Said]) -> dict[str, Cell]:
    """coverage, lesion_covered and min_margin_mm from the MARGIN and COVERAGE mentions of a lesion; keys only where something is said."""
    margins = [(line, m) for line, m in said if m.label == "MARGIN" and float(m.concept) <= MOST and not m.has(*UNREACHED)]
    margins = [(line, m) for line, m in margins if not FROM_NEIGHBOUR.match(line.read.flat, m.end, line.sentence.end)]
    words = [
        (line, m)
        for line, m in said
        if m.label == "COVERAGE" and not m.has(*(UNMEANT if m.concept in ("partial", "short", "flush") else UNREACHED))
    ]
    margins, words = _corrected(_of_the_end(margins), words)
    margins, words = _mended(
        margins, _final([(line, m) for line, m in words if not _of_neighbour(line, m) and not _narrower(line, m, margins)])
    )
    excepted = [m for line, m in words if _concept(line, m) == "complete" and _excepted(line, m)]
    words = [(line, m) for line, m in words if not _caught_up(line, m, margins)]
    nearly = [m for line, m in words if _concept(line, m) == "complete" and _nearly(line, m)]
    short = [m for line, m in words if _concept(line, m) in ("short", "flush") or m in nearly]
    partial = [m for line, m in words if _concept(line, m) == "partial"]
    left_out = [*(m for m in partial if _uncovered(m)), *excepted]
    complete = [m for line, m in words if _concept(line, m) in ("complete", "adequate") and m not in (*nearly, *excepted)]
    least = min((float(m.concept) for _, m in margins), default=None)
    out: dict[str, Cell] = {}
    if short or left_out:
        evidence = tuple(short or left_out)
        out["min_margin_mm"] = Cell(0.0, evidence)
        out["coverage"] = Cell("inadequate", evidence)
        whole = all(m.concept == "flush" for m in evidence) and not left_out
        out["lesion_covered"] = Cell(whole, evidence)
    elif least is not None:
        smallest = tuple(m for _, m in margins if float(m.concept) == least)
        out["min_margin_mm"] = Cell(least, smallest)
        enough = least >= LEAST and not partial
        out["coverage"] = Cell("adequate" if enough else "inadequate", (*smallest, *partial))
        out["lesion_covered"] = Cell(not partial or least > 0, (*smallest, *partial))
    elif partial:
        out["coverage"] = Cell("inadequate", tuple(partial))
        out["lesion_covered"] = Cell(False, tuple(partial))
        if lacking := tuple(m for m in partial if LACKING.search(m.words)):
            out["min_margin_mm"] = Cell(0.0, lacking)
    elif complete:
        out["coverage"] = Cell("adequate", tuple(complete))
        out["lesion_covered"] = Cell(True, tuple(complete))
    return out


FINAL = re.compile(r"\bfinal (?:[\w-]+ ){0,2}?(?:margins?|clearance)\b[^.;\d]{0,20}$", re.IGNORECASE)


def _of_the_end(margins: list[Said]) -> list[Said]:
    """Without the margins before the one called final: "3 mm at the artery. Re-ablation: final margin 7 mm"."""
    since = max((m.start for x, m in margins if FINAL.search(x.read.flat, x.sentence.start, m.start)), default=-1)
    return [(x, m) for x, m in margins if m.start >= since or x.sentence.section == "addendum"]


def vague(m: Mention) -> bool:
    """True for a word of narrow or partial cover that gives no figure."""
    return m.label == "COVERAGE" and m.concept == "partial" and not _uncovered(m)


def tight(said: Sequence[Said]) -> bool:
    """True if a margin below what is enough, or a part left out, is told of a lesion by itself."""
    return any(
        (m.label == "MARGIN" and float(m.concept) < LEAST and not m.has(*UNREACHED)) or (m.label == "COVERAGE" and _uncovered(m))
        for _, m in said
    )


INTERIM = re.compile(
    r"\b(?:at|after) (?:the )?(?:\d+[ -]?min\w*|(?:one|two|three|four|five|six|eight|ten|half)[ -]?(?:min\w*|freez\w*|cycle|application|burn|pass)?|(?:end of (?:the )?)?(?:first|initial)(?: (?:\d+|\w+)[ -]min\w*)?)\b"
    r"|\b(?:interval|interim|intermediate|initial|first|mid-?(?:freeze|cycle|procedur\w+)) (?:CT|scan|check|control|image|imaging|freeze|cycle|pass|burn|activation)s?\b|\b(?:initially|at first|interim|intermediate|mid-?freeze|mid-?procedure|so far|by then)\b",
    re.IGNORECASE,
)


def _final(words: list[Said]) -> list[Said]:
    """Without what was not covered yet at some time of the freeze, where a later sentence tells of the whole."""
    whole = max((m.start for line, m in words if _concept(line, m) == "complete"), default=-1)
    return [(x, m) for x, m in words if not (m.end < whole and _concept(x, m) in ("partial", "short") and _interim(x, m))]


def _interim(line: Line, m: Mention) -> bool:
    """True for what a sentence tells of a time before the end."""
    return INTERIM.search(line.read.flat[line.sentence.start : m.start + 1]) is not None


MORE = re.compile(
    r"\b(?:re-?position\w*|re-?sit(?:ed|ing)|re-?plac(?:ed|ing)|re-?direct\w*|re-?treat\w*|re-?ablat\w*|re-?fro(?:ze|zen)|topp(?:ed|ing) up|touch(?:ed)?[- ]up|prolonged|lengthened"
    r"|(?:additional|further|extra|another|supplement\w+|overlapping|one more|second|third|fourth|fifth|repeat)[ ](?:[\w.-]+ ){0,3}?(?:probes?|needles?|cryo-?(?:probe|needle)s?|antenn\w+|electrodes?|applicators?|positions?|placement|freez\w+|cycles?|burns?|activations?|ablations?|applications?|pass(?:es)?)(?! (?:was|were|is|would have been) (?:not|thought|deemed|judged|felt|avoided|withheld|declined))"
    r"|(?:probe|needle|antenna|electrode|applicator) was added|freez\w+ (?:was )?repeated|added (?:an?|one|two|another) (?:\w+ )?(?:probe|needle|antenna|electrode|applicator|freez\w+|burn|cycle)s?"
    r"|(?:pulled|drawn|withdrawn|moved|shifted|advanced) (?:back|deeper|further|forward|lower|higher|(?:by )?\d[\d.]* ?[cm]m))\b",
    re.IGNORECASE,
)
"""What was done more once the ice was seen not to be enough."""
THEN_SO = re.compile(
    r"\b(?:then|now|thereafter|afterwards|after (?:this|that|these|which|it|repositioning|the (?:second|third|further|additional|final|last|repeat)|freeze [2-4])|following (?:this|that|which|the (?:second|third|further|additional|final|last|repeat)|freeze [2-4])|with (?:this|that|which)|subsequent\w*|this time|final(?:ly)?|eventually|in the end|at the end)\b",
    re.IGNORECASE,
)
"""How the sentence opens that tells what came of it."""
FAR = 400
"""Characters within which what came of it is told."""


def _mended(margins: list[Said], words: list[Said]) -> tuple[list[Said], list[Said]]:
    """Without what was not enough before more was done and the whole was covered: "flush caudally. One probe was moved lower; now covered entirely"."""
    told = sorted((*margins, *words), key=lambda s: (s[1].note_id, s[1].start))
    lacking: Said | None = None
    since: tuple[str, int] | None = None
    for line, m in told:
        if not _enough(line, m):
            lacking = line, m
        elif lacking is not None and _mends(*lacking, line, m):
            since, lacking = (m.note_id, max(lacking[1].end, line.sentence.start)), None
    if since is None:
        return margins, words
    kept = [s for s in told if (s[1].note_id, s[1].start) >= since or s[1].note_id != since[0] or s[0].sentence.section == "addendum"]
    return [s for s in kept if s[1].label == "MARGIN"], [s for s in kept if s[1].label == "COVERAGE"]


def _mends(line: Line, m: Mention, then: Line, now: Mention) -> bool:
    """True if the second is what came of more that was done since the first; a tumour within ice that ends at its edge is covered too, so the telling has to say that it is a later one."""
    if m.note_id != now.note_id or now.start - m.end > FAR:
        return False
    text = line.read.flat
    done = MORE.search(text, m.end, now.start)
    if done is None and not _interim(line, m):
        return False
    if now.label == "MARGIN" and aspects(then, now):
        return False
    return THEN_SO.search(text, max(m.end, then.sentence.start), now.start) is not None


def _caught_up(line: Line, m: Mention, margins: Sequence[Said]) -> bool:
    """True for a side at which the ice ended early, where after more was done it went past: "2 mm short of the medial edge. Needle advanced 1 cm. Now 4 mm past it medially"."""
    if _concept(line, m) not in ("short", "flush", "partial"):
        return False
    sides, text = aspects(line, m), line.read.flat
    return any(
        n.note_id == m.note_id
        and m.end <= n.start <= m.end + FAR
        and x.sentence != line.sentence
        and aspects(x, n) & sides
        and MORE.search(text, m.end, n.start)
        and THEN_SO.search(text, max(m.end, x.sentence.start), n.start)
        for x, n in (margins if sides else ())
        if float(n.concept) > 0
    )


def _enough(line: Line, m: Mention) -> bool:
    """True for a margin that is wide enough, or a word for the whole."""
    return float(m.concept) >= LEAST if m.label == "MARGIN" else _concept(line, m) in ("complete", "adequate", "none")


NEARLY = re.compile(
    r"\b(?:nearly|almost|not quite|just about|virtually|practically|most of|the bulk of|\d+ ?%(?: of)?)\W*(?:the |all )*$", re.IGNORECASE
)


AT_PLACE = re.compile(r"\b(?:at|on|along|toward|towards|near|by|against|in) (?:the |its )?[\w -]*$", re.IGNORECASE)
ITS_MARGIN = re.compile(r"[,\s(]*(?:where|with|there|at|margin|of|being)\b[^.;]{0,40}$|[\s,(:]*$", re.IGNORECASE)


def _narrower(line: Line, m: Mention, margins: Sequence[Said]) -> bool:
    """True for an excepted place that has a margin of its own: "covered except at the deep edge, where it was 3 mm"."""
    if not m.rule_id.endswith("#exception") or not AT_PLACE.search(m.words):
        return False
    return any(
        x.sentence == line.sentence and ITS_MARGIN.match(line.read.flat, m.end, n.start) and 0 < float(n.concept) < LEAST + 1
        for x, n in margins
        if n.start >= m.end
    )


EXCEPT = r"(?:except(?:ing)?(?: for)?|apart from|aside from|other than|save(?: for)?|with the exception of|(?:all|everything)(?: of it)? but|but for|bar(?:ring)?|minus)"
LEFT_OUT = re.compile(
    rf"[^.;]{{0,90}}?\b{EXCEPT} (?:(?:a|an|the|its|one|some|about|only|roughly|perhaps) |(?:very )?(?:small|tiny|thin|narrow|few|little|short) )*(?:[\w-]+ ){{0,2}}?(?:strip|rim|rind|part|portion|corner|crescent|sliver|piece|bit|tongue|nubbin|lobule|bulge|third|quarter|fifth|tenth|tip|component|seam|wedge|remnant|fringe|(?:deep|superficial|medial|lateral|anterior|posterior|cranial|caudal|upper|lower|last|outer|inner|dorsal|ventral)(?:most)? (?:half|\d[\d.]* ?[cm]m))\b(?!,? (?:where|with|at \d|of \d)\b)(?![^.;]{{0,40}}\bmargin)",
    re.IGNORECASE,
)
"""Words for the whole, and behind or within them a piece that is excepted: "entirely in ice apart from a small tongue"; a piece with a margin of its own is covered."""


def _excepted(line: Line, m: Mention) -> bool:
    """True where a piece of the tumour is excepted from the words for the whole."""
    return LEFT_OUT.match(line.read.flat, m.start, min(line.sentence.end, m.end + 100)) is not None


def _nearly(line: Line, m: Mention) -> bool:
    """True where the words before call the whole not quite covered: "nearly the entire mass is in the ice"."""
    return NEARLY.search(line.read.flat[max(line.sentence.start, m.start - 30) : m.start]) is not None


def _of_neighbour(line: Line, m: Mention) -> bool:
    """True if what stayed outside the ice is a nerve, bowel, another structure or another lesion: nothing is said of coverage."""
    rest = line.read.flat[m.end : line.sentence.end]
    if (
        _of_one_more(line, m)
        or _left_for_later(line, m)
        or NO_EDGE.match(rest)
        or THEN.match(rest)
        or _of_scan(line, m)
        or (NO_MARGIN.search(m.words) and NONE_SAID.match(rest))
    ):
        return True
    if _away_from_ice(line, m) or (m.concept == "partial" and SUPPOSED.match(rest)):
        return True
    if not m.rule_id.endswith(("#uncovered", "#part.uncovered", "#part.outside", "#short", "#tumor.out")):
        return False
    if PAST_IT.search(m.words) or _is_target(line, m):
        return True
    before = line.read.flat[max(line.sentence.start, m.start - 70) : m.start]
    if m.rule_id.endswith("#tumor.out") and NOWHERE.search(before):
        return True
    clause = re.split(r"[;(]|\.(?!\d)|, (?:and|but)|\bbut\b", before)[-1]
    behind = re.match(
        r"(?: (?:the|its|his|her|left|right|[TL]\d(?:-\d)?|adjacent|nearby|S\d))* [\w-]+", line.read.flat[m.end : line.sentence.end]
    )
    object_ = behind[0] if behind else ""
    if OTHER_THING.match(clause) and not TUMOUR.search(f"{clause} {m.text}") and not SIDED.search(clause):
        return True
    if NEIGHBOUR.match(clause + m.words) or (OF_IT.search(m.words) and BEHIND.match(line.read.flat[m.end : line.sentence.end])):
        return True
    if ITEM_OF_NEIGHBOUR.fullmatch(clause.rpartition(",")[2]):
        return True
    if GOAL.search(f"{clause} {m.text}"):
        return True
    return bool(STRUCTURE.search(clause) or STRUCTURE.search(object_)) and not TUMOUR.search(f"{clause} {m.text} {object_}")


SUPPOSED = re.compile(r"\s*(?:may|might|would|can(?!not))\b", re.IGNORECASE)
"""Behind what is only thought of: "an incomplete ablation may need a second session"."""
FROM_ICE = re.compile(r"\b(?:from|off|outside|beyond|to|of|by) (?:the |our )?$", re.IGNORECASE)


def _away_from_ice(line: Line, m: Mention) -> bool:
    """True where what was not reached is a structure told by its distance from the ice: "the nerve lay 4 mm from the ice and was not reached"."""
    if not m.rule_id.endswith("#partial") or not m.words.lower().startswith("ice"):
        return False
    since = line.sentence.start
    return FROM_ICE.search(line.read.flat, since, m.start) is not None and STRUCTURE.search(line.read.flat, since, m.start) is not None


LIMITED = re.compile(
    r"\b(?:scan|imag(?:es|ing)|study|exam(?:ination)?|CT|MRI?|slabs?|slices?)(?: (?:was|were|is|being|had been))?(?: (?:\w+ly|only))? (?:limited|restricted|confined|coned|collimated|targeted) (?:down )?(?:to|on)\b[^.;]{0,60}$|\b(?:field of view|FOV|slabs?|insur\w+)\b[^.;]{0,40}$",
    re.IGNORECASE,
)
BY_SCAN = re.compile(
    r" (?:by|on|in|within|with) (?:the |this |that |these |today['’]s |our |his |her )*(?:\w+ )?(?:scans?|slabs?|slices|images|field of view|FOV|study|exam(?:ination)?|insur\w+|policy)\b",
    re.IGNORECASE,
)
"""A region that a scan left out, and what a payer does not pay: "scan limited to the left lung, liver not covered"."""


def _of_scan(line: Line, m: Mention) -> bool:
    """True for what was not covered by a scan."""
    before = line.read.flat[max(line.sentence.start, m.start - 120) : m.start]
    return "cover" in m.words.lower() and bool(LIMITED.search(before) or BY_SCAN.match(line.read.flat, m.end, line.sentence.end))


FOR_IT = re.compile(
    r"\b(?<!except )(?<!save )(?<!but )(?:for|of|to|at|into) (?:the |an? |this |that |her |his |known |old )*$", re.IGNORECASE
)


def _is_target(line: Line, m: Mention) -> bool:
    """True for what an earlier session had left and this one is for: "repeat cryoablation of the untreated crescent"."""
    acts = [p.end for p in line.labelled("PROCEDURE") if p.end <= m.start and not p.has("historical")]
    return bool(acts) and line.sentence.section != "addendum" and FOR_IT.search(line.read.flat, acts[-1], m.start) is not None


NOWHERE = re.compile(r"\b(?:no|not|nowhere|never|neither|nor|without|none)\b[^.;,]{0,30}$", re.IGNORECASE)
"""Before words of tumour beyond the ice that deny it: "nowhere does the mass reach beyond the ice"."""
PAST_IT = re.compile(
    r"\b(?:with|by|and)(?: (?:about|at least|some|only|just|a|another|a good|a further|more than))* \d[\d.]* ?(?:mm|cm|millimet\w+) (?:or more |to spare |of ice |all (?:a)?round )?outside (?:of )?(?:it|them|the (?:tumou?r|lesion|mass|nodule|deposit|metastasis|implant))$",
    re.IGNORECASE,
)
"""How far the ice went past a tumour, not a piece of that outside the ice: "all of the crescent, with 5 mm outside it"."""
NO_MARGIN = re.compile(r"\bno (?:[\w-]+ )?(?:margins?|clearance)(?: on)?$", re.IGNORECASE)
NONE_SAID = re.compile(
    r"\W*(?:(?:that )?(?:was|were|is|are|has been|could be|can be) )?(?:(?:measur|record|giv|stat|assess|determin|document|report|not|estimat|judg|quot)\w*|under|below|less|smaller|narrower|thinner|shorter|tighter)\b",
    re.IGNORECASE,
)
"""No margin that was measured, or none under so much, is not a margin of nothing."""
NO_EDGE = re.compile(
    r"\W*(?:of )?(?:the |his |her |our |my |its )?(?:breath|air|us|me|you|them|hand|plan\w*|goal|time|schedule|protocol|money|supply|staff|(?:intended|planned|full|usual|set) (?:time|duration|cycle|freeze|temperature|power)|list|log|note|report|record|count|text|form|dictation)\b",
    re.IGNORECASE,
)
"""What is short of something else than the edge of a tumour: breath, the plan, the time set; what was left out of a list; a note that has not reached us."""
THEN = re.compile(
    r"\W*(?:in|on|from|at|during|by|since) (?:the )?(?:(?:last|first|previous|earlier|prior|initial) (?:ablation|session|treatment|time|sitting|procedure|cryo\w*|year|month|spring|summer|autumn|fall|winter|january|february|march|april|may|june|july|august|september|october|november|december)|january|february|march|april|may|june|july|august|september|october|november|december|spring|summer|autumn|fall|winter|(?:19|20)\d\d|\d{1,2}/\d)",
    re.IGNORECASE,
)
"""Behind what another session left: "the crescent left behind in February"."""
NEIGHBOUR = re.compile(
    rf"\W*(?:(?:the|his|her|its|an?|adjacent|nearby|left|right) )*(?:\w+ )?(?:{STRUCTURE.pattern})(?: itself| \([^)]{{0,40}}\)|,(?: [\w.-]+){{1,6}},)? (?:was|were|is|are|stayed|lay|lies|remain\w*|stays|kept)\b",
    re.IGNORECASE,
)
"""A structure of its own that stayed outside the ice: "the colon was kept 15 mm outside the ice"."""
ITEM_OF_NEIGHBOUR = re.compile(
    rf"\s*(?:(?:the|its|his|her|adjacent|nearby|left|right) )*(?:(?!at|on|in|by|to|of|near|along|against|beside|under|over|towards?|from|behind|next)[\w-]+ )?{STRUCTURE.pattern}(?: (?:wall|itself|tip|\w+ous|loops?))?(?: (?:was|were|is|are|stayed|lay|lies|remain\w*))?\s*",
    re.IGNORECASE,
)
"""A structure in an item of its own: "6 mm all around, gallbladder wall not reached"."""
OTHER_THING = re.compile(
    r"\W*(?:and |with |while )?(?:the|his|her) (?:[\w'-]+ ){1,3}(?:itself )?(?:was|were|is|are|stayed|lay|lies|stays|remain\w*)\W+(?:\w+ ){0,2}$",
    re.IGNORECASE,
)
"""What is said of a thing that is called neither tumour nor a piece of it says nothing of coverage: "the ureteral stump is outside the ice"."""
SIDED = re.compile(
    r"\b(?:whole|rest|all|most|bulk|remainder|remnant|tongue|nubbin|lobule|bulge|(?:\w*(?:medial|lateral|anterior|posterior|cranial|caudal|superior|inferior|upper|lower|deep|superficial|ventral|dorsal|outer|inner|distal|proximal)) (?:was|were|is|are|stayed|lay|lies|stays|remain\w*))\b",
    re.IGNORECASE,
)
OF_IT = re.compile(r"(?:short|shy|before)(?: of)?(?: the)?$", re.IGNORECASE)
BEHIND = re.compile(
    rf"\W*(?:(?:the|its|his|her|left|right|adjacent|nearby|outer|inner|upper|lower|anterior|posterior|medial|lateral|deep|wall of|edge of) )*(?:[\w-]+ ){{0,2}}?{STRUCTURE.pattern}",
    re.IGNORECASE,
)
"""Ice that was stopped short of a structure: "stopped short of the right atrium" says nothing of the tumour's edge."""
GOAL = re.compile(
    r"\b(?:goal|aim|target margin|(?:intended|desired|planned|wanted|aimed for|ideal|usual)(?: \w+){0,2}? (?:margins?|\d+ ?(?:mm|cm)|cm|mm|centimet\w+))\b[^.;]{0,40}?\b(?:not|could(?:n.t)?)\b",
    re.IGNORECASE,
)
"""A margin that was aimed at and not reached says nothing of a part outside the ice."""
PIECE = re.compile(
    r"\b(?:rim|rind|strip|part|portion|third|quarter|half|component|edge|margin|border|crescent|corner|bit|piece|top|bottom|tip|side|aspect|pole|end|rest|remainder|last|(?:milli|centi)met\w+|\d+ ?%)\b",
    re.IGNORECASE,
)
LEFT = re.compile(r"not (?:\w+ )?treated|left alone|left behind|left untreated|untreated", re.IGNORECASE)
OF_ORGAN = re.compile(r"\b(?:(?:upper|lower|mid|middle)[- ]pole|(?:left|right)(?:[- ]hand)? side)\b", re.IGNORECASE)
"""A pole or side of an organ is where another lesion lies, no piece of this one."""


ONE_MORE = re.compile(
    r"\W*(?:an?|another|one (?:more|other|further))\s+(?:(?!of\b|rim|strip|part|portion|crescent|piece|rind)[\w./-]+\s+){0,4}?(?:implant|nodule|lesion|deposit|metastasis|node|focus|tumou?r|mass)\b(?! of\b)",
    re.IGNORECASE,
)
"""How a sentence opens that speaks of a lesion not told of before: "A 14 mm implant in the left upper quadrant could not be reached"."""


def _of_one_more(line: Line, m: Mention) -> bool:
    opening = ONE_MORE.match(line.text)
    return (
        opening is not None
        and line.sentence.start + opening.end() <= m.start
        and m.concept in ("partial", "short")
        and not line.labelled("PROBES")
    )


def _left_for_later(line: Line, m: Mention) -> bool:
    """True for what was not treated and is not told as a piece: "a second nodule was deliberately not treated"."""
    before = line.read.flat[max(line.sentence.start, m.start - 90) : m.end]
    clause = OF_ORGAN.sub("", re.split(r"[;.]\s", before)[-1])
    return bool(LEFT.search(m.words)) and not PIECE.search(clause)


DENIES = re.compile(
    r"\b(?:no|not|never|nor|neither|none|nowhere|without|fail\w*|cannot|unable|unsuccessful\w*|lack\w*|impossible|short of)\b|n['’]t\b",
    re.IGNORECASE,
)


def _concept(line: Line, m: Mention) -> str:
    """ "Not completely covered" is partial; "no enhancement left, the zone covers the mass" is not."""
    if m.has("negated") and m.concept in ("complete", "adequate"):
        return "partial" if _denied(line, m) else m.concept
    if m.concept == "partial" and UNSPOILT.search(m.words):
        return "complete"
    return "none" if m.has("negated") and m.concept == "partial" and "not" not in m.text.lower() else m.concept


LACKING = re.compile(
    r"\b(?:incomplete\w*|partial\w*|partly|sub-?total\w*|debulk\w*|not (?:complete|full|entire|whole)\w*)\b(?!.*\b(?:margins?|clearance)\b)",
    re.IGNORECASE,
)
"""A freeze or cover that was not whole left something at the edge or outside, whatever the figure; a poor margin may be any."""
UNSPOILT = re.compile(
    r"(?:\b(?:not|never|nowhere|in no way|by no means)|n['’]t)(?: (?:in any way|at all|\w+ly|judged|felt|considered|deemed|thought|to be|been|being))* (?:compromised|limited|inadequate|incomplete|insufficient|suboptimal|deficient|poor|thin|tight|narrow|partial)$",
    re.IGNORECASE,
)
"""A denial of a lack: "margins not compromised", "coverage was nowhere deficient"."""


ASIDE = re.compile(r"(\b(?:not|never)|n['’]t),[^,;]{1,60},", re.IGNORECASE)
"""What is put between a "not" and what it denies: "was not, by our reading, completely covered"."""


def _denied(line: Line, m: Mention) -> bool:
    """True unless what is denied stands in an item of its own before the word of coverage."""
    text = line.read.flat
    before = text[max(line.sentence.start, m.start - 120) : m.start]
    own = re.split(r"[,;]", ASIDE.sub(r"\1 ", before))[-1]
    return bool(DENIES.search(own + m.words) or DENIES.search(text, m.end, min(line.sentence.end, m.end + 60)) or not DENIES.search(before))


BUT_SHORTER = re.compile(
    r"\d ?[mc]m\b.*\b(?:except|apart|aside|other|save|exception|but|bar|short)\b.*\d ?[mc]m$", re.IGNORECASE | re.DOTALL
)
"""A margin but for a shorter one: "covers the node with 6 mm except 3 mm" leaves nothing out."""


def _uncovered(m: Mention) -> bool:
    """True if the words say that a part of the tumour stayed outside the ice: its margin is 0 (settled cases)."""
    if m.rule_id.endswith("#exception") and BUT_SHORTER.search(m.text):
        return False
    return m.rule_id.endswith(
        (
            "#uncovered",
            "#part.uncovered",
            "#part.outside",
            "#partial.amount",
            "#amount.more",
            "#amount.taken",
            "#fraction",
            "#fraction.behind",
            "#exception",
            "#piece.left",
            "#piece.enhancing",
            "#tumor.out",
            "#fraction.length",
        )
    )


ASPECT = re.compile(
    r"\b(?:skin|(?:antero|postero|supero|infero|medio)?-?(?:medial|lateral|anterior|posterior|superior|inferior|cranial|caudal|ventral|dorsal|deep|superficial))",
    re.IGNORECASE,
)


def aspects(line: Line, m: Mention) -> set[str]:
    """On which sides of the lesion a margin is told."""
    text = line.read.flat
    before = re.split(r"[,;]", text[max(line.sentence.start, m.start - 30) : m.start])[-1]
    behind = re.split(r"[,;.]", text[m.end : min(line.sentence.end, m.end + 16)])[0]
    return {w.lower() for w in ASPECT.findall(before + behind)}


BARE = re.compile(r"\b(?:not|instead of|rather than) (?:the )?(\d{1,2})(?=\s*(?:[.,;:)]|$))(?!\.\d)", re.IGNORECASE)
"""A figure that an addendum takes back without its unit: "6 mm, not 3"."""


def _corrected(margins: list[Said], words: list[Said]) -> tuple[list[Said], list[Said]]:
    """An addendum replaces what it corrects."""
    late = corrections.to_notes_of(line for line, _ in margins + words)
    wrong = {m.concept for line, m in margins if line in late and corrections.taken_back(m, line)}
    wrong |= {str(int(n)) for line in late for n in BARE.findall(line.text)}
    sides = {w for line, m in margins if line in late for w in aspects(line, m)}
    wrong |= {m.concept for line, m in margins if line not in late and aspects(line, m) & sides}
    late_margins = [
        s for s in margins if s[0] in late and not corrections.taken_back(s[1], s[0]) and (s[1].concept not in wrong or aspects(*s))
    ]
    late_words = [s for s in words if s[0] in late]
    body = [s for s in margins if s[0] not in late]
    right = [s for s in body if s[1].concept not in wrong]
    if late_margins and len(right) < len(body):
        late_margins += right
    if late_words and not late_margins:
        return [s for s in margins if s[1].concept not in wrong], late_words
    return (late_margins, late_words) if late_margins else (margins, words)
