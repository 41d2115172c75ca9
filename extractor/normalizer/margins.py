"""Which lengths of a procedure report are margins, where their own words do not tell?

A report gives the size of a target once and then says where the ice ended. So a short length beside words of an edge ("at its thinnest", "toward
the vein", "on every side") in a sentence on the ice, or behind one in its paragraph, is how far the ice reached; it needs no word of the rules. What is
the distance of a structure, the depth of an instrument, a piece of the tumour or an aim is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from extractor.model import Mention, ReadNote, Sentence
from extractor.normalizer import timeline
from extractor.patterns import re
from extractor.pipeline.counts import NAMES
from extractor.pipeline.directions import WAY
from extractor.pipeline.measures import OUT_OF_ICE_BY, find_lengths

LONGEST = 15.0
"""Millimetres: what is longer is the ice or a distance."""
ICE = re.compile(
    r"\b(?:ice|ice-?balls?|halo|ground[- ]?glass|GGO?|frost|frozen|freeze|rims?|cuffs?|margins?|coverage|cover(?:s|ed)?|zones?|enclos\w+|encompass\w+|envelop\w+|engulf\w+|surround\w*|wholly|entirely|fully|completely|circumferential\w*|(?:all|every|each) (?:sides?|directions?|around|round)|thinnest|narrowest|tightest)\b",
    re.IGNORECASE,
)
EDGE = re.compile(
    r"\b(?:beyond|past|over (?:the|it)|outside|around|circumferen\w+|lies|(?:on|at|in|to|from) (?:all|every|each|any|both|the other)|(?:all|right) (?:the way )?(?:a)?round|everywhere|elsewhere|otherwise|(?:thinn?|narrow|tight|clos|slimm|small|poor|near)est|least|minim\w+|min|or (?:more|so|\w+er)|(?:no|not|never|nowhere) (?:less|more|better|greater|under) than|nowhere|(?:antero|postero|supero|infero|medio|latero)?-?(?:medial|lateral|anterior|posterior|superior|inferior|cranial|caudal|dorsal|ventral|deep|superficial)\w*|towards?|against|along|facing|(?:\w+ )?(?:side|surface|edge|aspect|border|end|direction|plane)s?|to spare|inside (?:of )?(?:the )?(?:ice|zone|halo)|likewise|(?:rim|cuff|margin|halo|ice) (?:is|was|of)|there is only)\b|\bby (?:only |just |about |at least |some |nearly )*$",
    re.IGNORECASE,
)
APART = re.compile(
    r"\b(?:needles?|probes?|antenn\w+|tips?|advanc\w+|pigtail|drain|catheter|displac\w+|separat\w+|pushed|saline|fluid|\w*dissect\w*|gap|pneumothorax|ptx|ha?ematoma|haemorrhage|hemorrhage|collection|effusion|crescent|sliver|rind|strip|piece|part|portion|pole|component|third|half|residual|remnant|unfrozen|uncovered|untreated|not frozen|left out|slices?|nick|incision|thermocouple|goal|aim\w*|intend\w*|intention|plan(?:ned)?|wanted|desired|distance|spac\w+|(?:from|previously|formerly)(?: \d[\d.]*)?)\b[^.;]{0,30}$",
    re.IGNORECASE,
)
WAS = re.compile(r"\bwas(?: \d[\d.]*)?\b[^.;]{0,30}$", re.IGNORECASE)
BEYOND = re.compile(
    r"\s*(?:or (?:more|so|better|\w+er) )?(?:well |further )?(?:beyond|past|proud of|wide of|clear of (?:it|the (?:tumou?r|lesion|nodule|mass))\b)\b",
    re.IGNORECASE,
)
"""Behind a length that is how far the ice went past a tumour."""
ALL_ROUND = re.compile(
    r"\s*(?:(?:in|on|at|toward|to|along) (?:all|every|each) (?:directions?|sides?|borders?|edges?|faces?|aspects?)|all (?:the way )?(?:a)?round|circumferentially)\b",
    re.IGNORECASE,
)
"""Behind a length that no size has: "right upper lobe: 9 mm in all directions"."""
BEYOND_IT = re.compile(
    r"\b(?:beyond|past|clears?|cleared|exceed(?:s|ed)|overlap(?:s|ped)|around|outside|overshot) (?:the |this |that |its )?(?:[\w-]+ ){0,2}?(?:nodule|lesion|mass|tumou?r|met(?:astasis)?|deposit|implant|node|target|recurrence|focus|one|edge|border)[\s,:(]*(?:(?:by|about|at least|some|a|of) )*$",
    re.IGNORECASE,
)
"""Before a length that is how far the ice went past a tumour, not its size: "beyond the nodule 11 mm superiorly"."""
APART_AFTER = re.compile(
    r"[\s)]*(?:from\b|away\b|apart\b|to the\b|off\b|deep\b|thick|in (?:thickness|diameter|length|size|depth)|long\b|across\b|x\b|×|of (?:the )?(?:tumou?r|mass|lesion|nodule|separation|fluid)|slices?|sections?|recon\w*|reformat\w*|collimation|images?|(?:pigtail|drain|needle|probe|antenna|catheter|nick|incision)|short\b|(?:was |is |are |were |lies |stayed |remained |left )?outside (?:of )?(?:the )?ice|(?:beyond|past|out of) (?:the )?(?:(?:visible|final|ablation|frozen|edge of the) )*(?:ice|zone|frost)\b)",
    re.IGNORECASE,
)
SIZE_OF = re.compile(
    r"(?:\b(?:nodule|lesion|mass|tumou?r|met(?:astasis)?|deposit|implant|node|target|recurrence|focus|one|site|segment|lobe)\b|[\d)\]#])[\s,:(–-]*(?:(?:now|of|is|was|measur\w+|today|at|about|then|a)\s+){0,3}$",
    re.IGNORECASE,
)
"""Right behind the name of a tumour a length is its size."""
MEASURED = re.compile(
    r"\b(?:lesion|nodule|mass|tumou?r|metastasis|met|deposit|implant|node|target|which)\b[^.;,]{0,40}\bmeasur\w+", re.IGNORECASE
)


def told(reads: Sequence[ReadNote]) -> list[ReadNote]:
    """The notes, in procedure reports with a MARGIN mention where a length is one by its place."""
    return [_told(r) if timeline.is_report(r) else r for r in reads]


def _told(read: ReadNote) -> ReadNote:
    read = _unlabelled(read)
    sentences: list[Sentence] = []
    iced: int | None = None  # the paragraph in which a sentence told of the ice
    headed = False
    for sentence in read.sentences:
        sentence = _answered(_named_apart(sentence, read.note.text), read.note.text)
        sentence = _answering(sentence, sentences[-1] if sentences else None, read.note.text)
        words = read.note.text[sentence.start : sentence.end]
        headed = bool(HEAD.fullmatch(words) or ICE_HEAD.fullmatch(words) or (headed and LISTED.match(words)))
        if headed or HEADED.match(words):
            sentence = replace(sentence, mentions=tuple(_listed(m, sentence, read.note.text) for m in sentence.mentions))
        iced = sentence.paragraph if iced == sentence.paragraph or _on_ice(sentence, read.note.text) else None
        sentence = _with_margins(sentence, read.note.text) if iced is not None else sentence
        sentences.append(_with_sizes(_of_items(sentence, read.note.text), read.note.text))
    return read.with_sentences(sentences)


HEAD = re.compile(
    r"\W*(?:(?:ice-?(?: ?ball)?|ablative|ablation|minimum|minimal|smallest|least|closest|final|achieved) )*(?:margins?|clearance|coverage)(?: (?:by|per|for each) (?:target|lesion))?\s*(?:[:–-]\s*|$)",
    re.IGNORECASE,
)
"""A heading under which the lengths of a list are margins."""
ICE_HEAD = re.compile(
    r"\W*(?:final )?ice(?:-?ball)?(?: (?:coverage|cover|vs\.?|versus|beyond|over|past)(?: (?:the )?\w+)?)?\s*[:–-]?\s*", re.IGNORECASE
)
"""A line of its own ahead of a list of targets and how far the ice went past each."""
HEADED = re.compile(
    rf"{HEAD.pattern}(?=\S)|\W*(?:(?:ice-?(?: ?ball)?|ablative|ablation|minimum|minimal|smallest|least|final) )*(?:margins?|clearance) (?=(?:(?:of |for |at |in )?(?:the )?)?(?:1st|2nd|first|second|target|lesion|site|seg\w*|[A-E1-5]\b))",
    re.IGNORECASE,
)
"""A sentence that opens with such a heading: "Margins: RUL 6 mm, RLL 5 mm"."""
LISTED = re.compile(r"\W{0,3}(?:(?:target|lesion|site|nodule|zone|tumou?r) )?#?[1-9A-Ea-e]\b", re.IGNORECASE)


ASKED = re.compile(r"[>≥]=?\s*$|\bat least $", re.IGNORECASE)
ANSWER = re.compile(
    r"\s*(?:margin |all (?:a)?round |everywhere )?[:?]*\s*(?:(?P<yes>y|yes|met|achieved|reached|\[x\])|(?P<no>n|no|not (?:met|achieved|reached)|\[ \]))(?=\s*(?:[/,;.|)(–—-]|$))",
    re.IGNORECASE,
)
"""Behind the margin that a checklist asks for: ">=5 mm Y", "at least 5 mm: not met", ">= 5 mm? NO - 3 mm at the duct"."""
INSTEAD = re.compile(r"\W*(?:only |but |just |smallest |min(?:imum)?\.? |least )*", re.IGNORECASE)
"""Between a "no" and the length that was had instead."""


def _answered(sentence: Sentence, text: str) -> Sentence:
    """With the margin that a checklist asks for as whether it was reached."""
    out: list[Mention] = []
    instead = -1
    for m in sentence.mentions:
        if instead >= 0 and m.label in ("LENGTH", "SIZE") and INSTEAD.fullmatch(text, instead, m.start):
            out.append(replace(m, label="MARGIN"))
            continue
        told = ANSWER.match(text, m.end, _end_of_line(text, m.end)) if m.label in ("MARGIN", "LENGTH", "SIZE") else None
        if told is None or (not ASKED.search(text, max(sentence.start, m.start - 12), m.start) and not m.text.startswith((">", "≥"))):
            out.append(m)
        else:
            out.append(replace(m, label="COVERAGE", concept="adequate" if told["yes"] else "partial"))
            instead = told.end() if told["no"] else -1
    return replace(sentence, mentions=tuple(out)) if out != list(sentence.mentions) else sentence


def _end_of_line(text: str, at: int) -> int:
    """Where the line ends: a question mark may part the answer from its question, and make it a sentence of its own."""
    end = text.find("\n", at)
    return len(text) if end < 0 else end


NO_BUT = re.compile(r"\W*(?:n|no|not (?:met|achieved|reached))\b\W*(?:only |but |just |smallest |min(?:imum)?\.? |least )*", re.IGNORECASE)
"""How the answer to a question opens that gives the margin reached instead: "NO - 3 mm at the duct"."""


def _answering(sentence: Sentence, before: Sentence | None, text: str) -> Sentence:
    """With the first length of an answer as a margin, where the sentence before it asks for one: "Margin >= 5 mm?  NO - 3 mm at the duct"."""
    if before is None or not text[before.start : before.end].rstrip().endswith("?"):
        return sentence
    if not any(m.label == "COVERAGE" and LENGTH_ASKED.search(m.text) for m in before.mentions):
        return sentence
    first = next((m for m in sentence.mentions if m.label in ("LENGTH", "SIZE")), None)
    if first is None or not NO_BUT.fullmatch(text, sentence.start, first.start):
        return sentence
    return replace(sentence, mentions=tuple(replace(m, label="MARGIN") if m is first else m for m in sentence.mentions))


LENGTH_ASKED = re.compile(r"\d ?[mc]m\b", re.IGNORECASE)
SPACED = re.compile(r"\s[–—-]\s")
"""Between the number of a lesion and its margin; "nodule 1,9 cm" and "lesion 3 x 2 cm" are sizes."""


def _named_apart(sentence: Sentence, text: str) -> Sentence:
    """With no length that begins with the number of a lesion: "ice overlaps lesions 1 and 2 by 5 mm", "lesion 1 - 6 mm"."""
    names = [m for m in sentence.mentions if m.label == "NAME"]
    lengths = [m for m in sentence.mentions if m.label in LENGTHS] if names else []
    ends = {
        m: n.end for m in lengths for n in names if n.start == m.start or (n.start < m.start < n.end and SPACED.match(text, n.end, m.end))
    }
    if not ends:
        return sentence
    return replace(sentence, mentions=tuple(_cut(m, _figure(ends[m], text), text) if m in ends else m for m in sentence.mentions))


def _figure(at: int, text: str) -> int:
    """Where the next figure begins."""
    found = re.search(r"\d", text[at:])
    return at + found.start() if found else at


PLACED = re.compile(r"(?:,? (?!at|to|by|of|from|and|or|with)[a-z]{3,})?\s*[,(]?\s*$")
CLOSED = re.compile(r"\s*(?:[,;:.)(–]|$)")
OPENED = re.compile(r"\W{0,3}(?:(?:[1-5]|[A-Ea-e])[).:]\s*)?$")
ITEM_OPENED = re.compile(
    r"\W{0,3}(?:[1-9]|[A-Ea-e])[).:]\s+(?!(?:ice|margins?|cover\w*|smallest|least|halo|rim)\b)[A-Za-z./ -]{2,40}[, (:-]+", re.IGNORECASE
)
"""An item's number and a place in words that no rule knows, before the length of a line that counts its probes."""
OF_NOUN = re.compile(
    r" (?:(?!(?:off|the|from|of|to|into|away|past|beyond|deep|below|above|an?|and|on|in|at|around|outside|over|under|between|short|wide|clear)\b)[\w/-]+ ){0,3}?(?:nodule|lesion|mass|metastasis|met|deposit|implant|tumou?r|node|recurrence)\b(?! (?:away|from|from the))",
    re.IGNORECASE,
)
SMALLEST = 5.0
"""Millimetres below which a bare length is rather a margin."""


def _with_sizes(sentence: Sentence, text: str) -> Sentence:
    """With a bare length right behind a place ("right gutter (22 mm, two needles)", "pancreatic tail 26 mm: four electrodes"), before a tumour's noun, or at the head of an item that counts its probes, as a size."""
    bare = [m for m in sentence.mentions if m.label == "LENGTH" and float(m.concept) >= SMALLEST]
    if not bare or sentence.section in ("consent", "plan", "addendum"):
        return sentence
    ends = {m.end for m in sentence.mentions if m.label in ("SITE", "PART", "NAME", "SIDE")}
    counted = any(m.label == "PROBES" for m in sentence.mentions)
    sized = {m for m in bare if _is_size(m, sentence, text, ends, counted)}
    return replace(sentence, mentions=tuple(replace(m, label="SIZE") if m in sized else m for m in sentence.mentions))


def _is_size(m: Mention, sentence: Sentence, text: str, ends: set[int], counted: bool) -> bool:
    if m.has("intended", "negated", "planned") or APART.search(re.split(r"[);]|, ", text[max(sentence.start, m.start - 60) : m.start])[-1]):
        return False
    if OF_NOUN.match(text, m.end, sentence.end):
        return True
    if not counted or not CLOSED.match(text, m.end, sentence.end):
        return False
    if ITEM_OPENED.fullmatch(text, sentence.start, m.start):
        return True
    before = PLACED.search(text, sentence.start, m.start)
    return bool((before and before.start() in ends) or OPENED.fullmatch(text, sentence.start, m.start))


ITEM_BEHIND = re.compile(r"\s*\([^()]*\b(?:margins?|probes?|needles?|antenn\w+|electrodes?)\b", re.IGNORECASE)


PROBES_BEHIND = re.compile(r"\s*[,;]\s*(?:\d+|\w+) (?:cryo-?)?(?:probes?|needles?|antenn\w+|electrodes?|applicators?)\b", re.IGNORECASE)
FACING = re.compile(r"(?: (?:nodule|lesion|mass|deposit|metastasis|tumou?r))?,? [a-z]+,? ?", re.IGNORECASE)
"""Between a place and its size the part of it: "femoral condyle, medial, 16 mm, 2 probes"."""


def _of_items(sentence: Sentence, text: str) -> Sentence:
    """With the length between a place and a bracket on how it was treated as its size: "RLL 10 mm (one antenna; least margin 7 mm)"."""
    ends = {m.end for m in sentence.mentions if m.label in ("SITE", "PART")}
    wrong = [
        m
        for m in sentence.mentions
        if m.label in ("MARGIN", "LENGTH", "ZONE_SIZE")
        and (
            (m.start - 1 in ends and ITEM_BEHIND.match(text, m.end, sentence.end))
            or (PROBES_BEHIND.match(text, m.end, sentence.end) and any(FACING.fullmatch(text, end, m.start) for end in ends))
        )
    ]
    if not wrong:
        return sentence
    return replace(sentence, mentions=tuple(replace(m, label="SIZE") if m in wrong else m for m in sentence.mentions))


def _listed(m: Mention, sentence: Sentence, text: str) -> Mention:
    bare = m.label in ("SIZE", "LENGTH") and float(m.concept) <= LONGEST and not re.search(r"[x×]", m.text)
    return replace(m, label="MARGIN") if bare and not APART_AFTER.match(text[m.end : sentence.end]) else m


ITEM = re.compile(r"\W{0,3}([1-9])\s[-–—]\s(?P<rest>\S)")


def _unlabelled(read: ReadNote) -> ReadNote:
    """Without the numbers of a list at the head of a length: "2 - 4 mm at the vein", "3 - 10 mm or better" of the items 1 to 3 are no ranges."""
    heads = [(i, int(m[1]), m.start("rest")) for i, s in enumerate(read.sentences) if (m := ITEM.match(read.note.text, s.start, s.end))]
    runs: list[list[tuple[int, int, int]]] = []
    for head in heads:
        if runs and head[1] == runs[-1][-1][1] + 1:
            runs[-1].append(head)
        elif head[1] == 1:
            runs.append([head])
    items = {i: at for run in runs if len(run) > 1 for i, _, at in run}
    if not items:
        return read
    return read.with_sentences([_from(s, items[i], read.note.text) if i in items else s for i, s in enumerate(read.sentences)])


def _from(sentence: Sentence, at: int, text: str) -> Sentence:
    """A sentence whose lengths begin at a character."""
    mentions = tuple(_cut(m, at, text) if m.start < at < m.end and m.label in LENGTHS else m for m in sentence.mentions)
    return sentence if mentions == sentence.mentions else replace(sentence, mentions=mentions)


LENGTHS = ("SIZE", "LENGTH", "MARGIN", "ZONE_SIZE")


def _cut(m: Mention, at: int, text: str) -> Mention:
    own = next(find_lengths(text[at : m.end]), None)
    return replace(m, start=at, text=text[at : m.end], concept=own.concept, value=own.value) if own else m


def _on_ice(sentence: Sentence, text: str) -> bool:
    """True for a sentence on the ice; an addendum that tells how far something reached on a side is on nothing else."""
    if sentence.section == "addendum":
        return True
    return ICE.search(text, sentence.start, sentence.end) is not None or any(m.label in ("MARGIN", "COVERAGE") for m in sentence.mentions)


def _with_margins(sentence: Sentence, text: str) -> Sentence:
    mentions = tuple(replace(m, label="MARGIN") if _is_margin(m, sentence, text) else m for m in sentence.mentions)
    mentions = _from_to(_side_by_side(_beside_the_rest(mentions, text), sentence, text), text)
    mentions = (*mentions, *_without_unit(sentence, mentions, text))
    return sentence if mentions == sentence.mentions else replace(sentence, mentions=tuple(sorted(mentions, key=lambda m: m.start)))


BETWEEN_SIDES = re.compile(
    r"\s*(?:at|on|along|to|towards?|over|near|beside|facing|against|by)\b [^.;:\d]{2,40}?(?:,|\band|/|&)\s*(?:and )?(?:by |about |only |just )*",
    re.IGNORECASE,
)
"""Between two lengths that a list tells of two sides: "5 mm at skin, 8 mm at pleura"."""


def _side_by_side(mentions: Sequence[Mention], sentence: Sentence, text: str) -> tuple[Mention, ...]:
    """With the lengths of a list of sides as margins where one of them is one: "5 mm at skin, 8 mm at pleura, 10 mm cranially"."""
    lengths = [m for m in mentions if m.label in ("SIZE", "LENGTH", "MARGIN") and float(m.concept) <= LONGEST]
    run: list[Mention] = []
    out: set[Mention] = set()
    for m, behind in zip(lengths, (*lengths[1:], None), strict=False):
        run.append(m)
        if behind is None or not BETWEEN_SIDES.fullmatch(text, m.end, behind.start):
            if len(run) > 1 and any(x.label == "MARGIN" for x in run) and not (m.label != "MARGIN" and not AT_PART.match(text, m.end)):
                out.update(x for x in run if not re.search(r"[x×]", x.text))
            run = []
    return tuple(replace(m, label="MARGIN") if m in out else m for m in mentions) if out else tuple(mentions)


BETWEEN = re.compile(r"\b(?:between|from) (?:about )?$", re.IGNORECASE)
AND_TO = re.compile(r"\s*(?:and|to) (?:about )?", re.IGNORECASE)


def _from_to(mentions: Sequence[Mention], text: str) -> tuple[Mention, ...]:
    """With the lower end of a span whose upper end is a margin: "measures between 4 mm and 9 mm beyond it"."""
    ends = [m for m in mentions if m.label == "MARGIN"]
    low = {
        m
        for m in mentions
        if ends and m.label in ("SIZE", "LENGTH") and BETWEEN.search(text[max(0, m.start - 15) : m.start])
        if any(AND_TO.fullmatch(text, m.end, end.start) for end in ends if end.start > m.end)
    }
    return tuple(replace(m, label="MARGIN") if m in low else m for m in mentions)


REST = re.compile(
    r"\s*(?:elsewhere|otherwise|everywhere else|(?:on|at|in) (?:all |the |every )*(?:others?|rest|remaining)\b)", re.IGNORECASE
)
AT_PART = re.compile(r"\s*(?:at|on|along|to|towards?|over|near|beside|facing)\b", re.IGNORECASE)


def _beside_the_rest(mentions: Sequence[Mention], text: str) -> tuple[Mention, ...]:
    """With the length of one part told before a margin that is "elsewhere" as a margin too: "6 mm at the dome, 11 mm elsewhere"."""
    rest = [m.start for m in mentions if m.label == "MARGIN" and REST.match(text, m.end)]
    if not rest:
        return tuple(mentions)
    return tuple(
        replace(m, label="MARGIN")
        if m.label in ("SIZE", "LENGTH") and m.end < rest[-1] and float(m.concept) <= LONGEST and AT_PART.match(text, m.end)
        else m
        for m in mentions
    )


BARE = re.compile(
    rf"(?:[,;:(]|\band|\bwas|\bis|\bwere)\s+(?:only |about |just |at least )?(?P<n>\d{{1,2}}(?:\.\d)?|{'|'.join(NAMES)})(?= (?:in front\b|behind\b|above\b|below\b|against\b|along\b|facing\b|{WAY}(?:ly|wards?)?\b|towards?\b|elsewhere\b|everywhere\b|otherwise\b|(?:on|at|along) (?:the |all |every |its )?(?:others?\b|remaining\b|(?:[\w-]+ )?(?:sides?|edge|aspect|border|face|surface|end)\b)))",
    re.IGNORECASE,
)
"""A number of a list of margins that leaves its unit to the others: "11 mm superiorly, 9 inferiorly"."""


BARE_AT = re.compile(
    rf"\b(?:where|towards?|against|along|facing|beside|next to|near|{WAY}(?:ly|wards?)|(?:on|at|over|by) (?:the |its |that |one )(?:[\w-]+ ){{0,3}}?(?:side|edge|aspect|border|face|surface|end|pole))\b[^.;:\d]{{0,60}}?(?:,|\b(?:was|is|were|are|only|just|had|have|got|reached|measured|counted|with|by|to|for|barely|about|perhaps))\s+(?P<n>\d{{1,2}}(?:\.\d)?|{'|'.join(NAMES)})(?=\s*(?:[,;)]|\.(?!\d)|$|at (?:the )?(?:most|least|best)\b))",
    re.IGNORECASE,
)
"""The number with which a place ends that is told apart from the rest: "5 mm all round but for the side of the ureter, where it was three"."""
BARE_BY = re.compile(
    rf"\b(?:past|beyond|around|over|outreach\w*|clear\w*|overlap\w*|exceed\w*) (?:the |that |its )?[^.;:\d]{{2,40}}? by (?:at least |only |just |about |some )*(?P<n>\d{{1,2}}(?:\.\d)?|{'|'.join(NAMES)})(?=\s*(?:[,;)]|\.(?!\d)|$))",
    re.IGNORECASE,
)
"""The next of two targets without the unit: "past the upper one by at least 7 mm and past the lower one by 5"."""


WIDEST = 3.0
"""Centimetres that no margin has: "1 cm laterally, 8 superficially" are millimetres from the second on."""


def _without_unit(sentence: Sentence, mentions: Sequence[Mention], text: str) -> list[Mention]:
    """The numbers before a direction, or behind a place, in a sentence that tells a margin with its unit, as margins of that unit."""
    told = [m for m in mentions if m.label == "MARGIN" and UNIT.search(m.text)]
    if not told:
        return []
    out: list[Mention] = []
    bare = [
        *BARE.finditer(text, sentence.start, sentence.end),
        *(m for p in (BARE_AT, BARE_BY) for m in p.finditer(text, min(m.end for m in told), sentence.end)),
    ]
    for n in bare:
        if not any(x.start == n.start("n") for x in out) and not any(
            m.start < n.end("n") and n.start("n") < m.end for m in mentions if m.label in (*LENGTHS, "PROBES")
        ):
            near = min(told, key=lambda m: abs(m.start - n.start("n")))
            value = _value(n["n"])
            value *= 10.0 if value < WIDEST and (near.text.lower().endswith("cm") or "centi" in near.text.lower()) else 1.0
            out.append(replace(near, start=n.start("n"), end=n.end("n"), text=n["n"], concept=f"{value:g}", value=value))
    return out


UNIT = re.compile(r"(?:mm|cm|(?:milli|centi)met\w+)$", re.IGNORECASE)


def _value(number: str) -> float:
    return float(NAMES.index(number.lower()) + 1) if number.isalpha() else float(number)


FELLOW = re.compile(r"\W*(?:and |but )?the (?:other|second|third|last|remaining)\b", re.IGNORECASE)
"""How the clause on the next target opens, behind one that tells a margin."""
HAD = re.compile(r"\b(?:had|has|got|received|came to|was left with) (?:only |just |about |at least )*$", re.IGNORECASE)
"""What a target had of the ice told before: "The ice round the first was 9 mm thick. The second had 6 mm."."""
NOW = re.compile(r"\b(?:was|is)\s*$", re.IGNORECASE)
"""An addendum tells what was with the word by which others tell what had been before."""


AT_POINT = re.compile(
    r"\b(?:tight|narrow|thinn?|clos|slimm|poor|worst|near)est of (?:it|the (?:ice|frost|rim|margin))(?:, (?:where|at|on|near|along|by|beside|next to|towards?|facing|against)\b[^.;:\d]{1,60},)? (?:(?:I|we) )?(?:is|was|being|measures|measured|came to|read|found|put)(?: (?:to be|it|at|as))* (?:about |only |just |still )*$"
    r"|\b(?:tight|narrow|thinn?|clos|slimm|poor|worst|near)est(?: (?!nodule|lesion|mass|tumou?r|target|metastasis|deposit|implant|node|one)[a-z]+)? (?:(?:on|at|of|in|around|for|to|over) [^.;:\d]{1,50} )?(?:is|was|being|measures|measured) (?:about |only |just |still )*$",
    re.IGNORECASE,
)
"""The point of a tumour at which the ice is thinnest, and how far it reaches there: "the tightest point on the mass is 5 mm"."""
NONE_CLOSER = re.compile(
    r"\b(?:neither|none|nowhere|no (?:side|edge|plane|point|direction|part|one|margin|target|lesion)s?|not|never)\b[^.;:\d]{0,40}\b(?:clos|near|narrow|thinn|tight|small|short|slimm|poor)er than (?:about )?$",
    re.IGNORECASE,
)
"""Before the least margin of several: "neither was closer than 5 mm"."""
COVERED_BY = re.compile(
    r"\b(?:cover\w*|enclos\w+|engulf\w*|includ\w+|surround\w*|encompass\w*)\b[^.;]{0,40},\s*(?:by |with )?$", re.IGNORECASE
)
NARROW = 10.0
"""Millimetres up to which a bare length that ends a clause on cover is how far the ice went: "zone covers the residual, 6 mm."."""
CLAUSE_ENDS = re.compile(r"\s*(?:[.;]|$)")
RANGE = re.compile(r"\d\s*(?:mm|cm)?\s*(?:to|-|–)\s*\d")
"""A range behind words of cover is of the ice, not of the tumour: "covers the whole lesion, 5 to 8 mm"."""


OLD_ZONE = re.compile(
    r"\b(?:edge|margin|border|rim|side|aspect|periphery|wall|corner|end|pole)s? of (?:the |his |her |its |an? )?(?:(?:previous|prior|old|former|earlier|first|last|original|existing|known|treated|ablated|ablation|cryo\w*|treatment) )+(?:zone|cavity|scar|bed|site|area|field|defect)[\s,:(]*(?:(?:now|today|measuring|of) )*$",
    re.IGNORECASE,
)
"""Before the size of what came back there: "recurrence at the medial edge of the previous zone, 14 mm"."""


def _is_margin(m: Mention, sentence: Sentence, text: str) -> bool:
    if m.rule_id.startswith("grids#"):
        return False
    if m.label == "ZONE_SIZE" and not BEYOND.match(text[m.end : sentence.end]):
        return False
    if m.label not in ("SIZE", "LENGTH", "ZONE_SIZE") or float(m.concept) > LONGEST or re.search(r"[x×]|\bby\b", m.text, re.IGNORECASE):
        return False
    before, after = text[max(sentence.start, m.start - 100) : m.start], text[m.end : min(sentence.end, m.end + 60)]
    clause = re.split(r"[;]|\.\s", before)[-1]
    clause = NOW.sub("", clause) if sentence.section == "addendum" else clause
    if OUT_OF_ICE_BY.search(clause):
        return False
    if AT_POINT.search(clause) or (NONE_CLOSER.search(clause) and not APART_AFTER.match(after)):
        return True
    if COVERED_BY.search(clause) and (RANGE.search(m.words) or (float(m.concept) <= NARROW and CLAUSE_ENDS.match(after))):
        return True
    if (
        not BEYOND.match(after)
        and not ALL_ROUND.match(after)
        and not BEYOND_IT.search(clause)
        and (SIZE_OF.search(clause) or WAS.search(clause))
    ):
        return False
    if APART.search(clause) or APART_AFTER.match(after) or MEASURED.search(clause) or OLD_ZONE.search(clause):
        return False
    if FELLOW.match(clause) and (ICE.search(before) or (HAD.search(clause) and CLAUSE_ENDS.match(after))):
        return True
    return (
        BEYOND.match(after) is not None or EDGE.search(clause[-90:]) is not None or EDGE.match(re.sub(r"^[\s,(]+", "", after)) is not None
    )
