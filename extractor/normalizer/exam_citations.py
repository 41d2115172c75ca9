"""Which days of which exams does a sentence tell, in a note that is not their report?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import pairwise

from extractor.model import Cell, Mention, PartialDate, When
from extractor.normalizer import earlier, findings, timeline
from extractor.normalizer.records import Exam, Line
from extractor.patterns import re

NOT_YET = ("planned", "hypothetical", "cancelled", "family")
PLANNED = re.compile(
    r"\b(?:plan(?:s|ned)?|order(?:ed)?|schedul\w+|will|repeat (?:in|at)|next|in (?:\d+|one|two|three|four|six|eight|twelve) (?:weeks?|months?|wks?|mos?)|follow-?up (?:CT|MRI|imaging|scan)|recommend\w*|due|to be (?:done|arranged)|propos\w+|RTC|restage after|before(?! (?:the )?(?:last|that|this|it)\b)|await\w*|arrange\w*|request\w*|q ?\d|every \w+ months?)\b",
    re.IGNORECASE,
)
SKIPPED = (
    "comparison",
    "technique",
    "consent",
    "plan",
    "instructions",
    "past_history",
    "family_history",
    "social_history",
    "medications",
    "allergies",
    "labs",
    "review_of_systems",
    "losses",
    "procedure",
    "anesthesia",
    "date",
)

PREFERRED = earlier.KINDS

COMPARISON = re.compile(r"\W*(?:(?:for|in) )?(?:compar\w+|prior|previous\w*|correlat\w+|preliminary exam\w*)\b", re.IGNORECASE)

COMPARED_NOW = re.compile(
    r"\W*(?:in comparison|compared)(?: (?:to|with))? (?:the )?(?:[\w-]+ ){0,4}?(?:of |from |dated )?(?:\d[\d./-]*\d|(?:\d{1,2} )?[A-Z][a-z]{2,8}\.?(?: \d{4})?),? (?![(:;–-])[A-Za-z]"
    r"|\W*(?i:in comparison|compared)(?: (?:to|with))? (?:the )?(?:[\w-]+ ){0,5}?(?i:scan|study|exam|examination|CT|MRI?|PET(?:[-/]CT)?|imaging|images)(?: \([^()\n]{1,40}\))?,? (?:this|the|there|it|these|they|now|both|all|interval|increas\w+|decreas\w+|regress\w+|progress\w+)\b"
)
"""How a finding opens that tells a change: "Compared with 12/05/2020 regression of the consolidations"."""


def is_comparison(line: Line) -> bool:
    """True for a line that names the exams compared with, whatever it says of them."""
    return (
        bool(COMPARISON.match(line.text))
        and not (COMPARED_NOW.match(line.text) and line.labelled("PROGRESSION", "STATUS"))
        and any(m.label in ("IMAGING", "DATE") for m in line.mentions)
        and line.sentence.section not in ("impression", "addendum", "findings")
    ) or line.sentence.section == "comparison"


Citation = tuple[PartialDate, str, dict[str, Cell], Line]
"""Day, kind, cells and sentence of an exam that a note tells of."""

ELLIPTIC = re.compile(
    r"\b(?:that|those|(?:the |an?)?(?:other|next|last|latest|second|third|first|subsequent|following|further|repeat|later)(?: (?:one|exam\w*|study))?|the (?:next|last|latest|second|third|subsequent)|the one|one|another|again|(?:this|last) (?:year|month|week|spring|summer|autumn|fall|winter)['’]s,?|(?:had|got) (?:it|this)(?= (?:done|made|taken|performed|repeated)\b)|it(?= (?:was|has been) (?:(?:then|finally|eventually|later|now|since) )?(?:done|made|taken|performed|repeated|obtained)\b))(?: (?:has been|then|finally|eventually|later|now|since|was|were|done|made|taken|dated|performed|obtained|of|on|from|in|at|repeated|the))*\s*$",
    re.IGNORECASE,
)
"""Words before a day that stand for an exam of the kind named before: "that of 6 September", "another on the 20th", "she had it done in June"."""

THE_ONE_BEFORE = re.compile(
    r"\W*(?:(?:and|but|while|whereas) )?(?:on |in |at )?(?:the|her|his|our|my|an?) (?:(?:[\w/-]+ )?(?:one|scan|exam\w*|study|images|imaging|CT|MRI?|PET(?:[-/]CT)?|ultrasound)(?: just| right)? before(?: (?:that|this|it|(?:the )?last)(?: one)?)?\b(?! (?:the (?!last)|an?|her|his|my|our|we|she|he|they|I|surgery|treatment|ablation|\w*therapy|cryo\w*)\b)|(?:previous|prior|preceding|penultimate|last but one|next-to-last|second-last)(?: (?:one|scan|exam\w*|study|images|imaging|CT|MRI?|PET(?:[-/]CT)?|ultrasound))\b)",
    re.IGNORECASE,
)
"""How a sentence opens that goes back to the exam before the one told last: "The scan before last (7/6)", "The one before, on 7/6", "The previous one of 7/6"."""
OF_THAT_DAY = re.compile(r"[\s,(]*(?:(?:of|on|from|in|dated|was|done|made|on the)\s+)*\(?", re.IGNORECASE)


def goes_back(line: Line) -> bool:
    """True for a sentence that opens with the exam before the one told last."""
    return THE_ONE_BEFORE.match(line.text) is not None


def _the_one_before(day: Mention, line: Line) -> bool:
    """True for the day right behind such an opening."""
    opened = THE_ONE_BEFORE.match(line.text)
    return opened is not None and OF_THAT_DAY.fullmatch(line.read.flat, line.sentence.start + opened.end(), day.start) is not None


GONE_NOW = re.compile(
    r",? (?:and |but )?(?:which|that|it|this)(?: (?:has|have|is|are|had))?(?: (?:now|since|meanwhile|by now|in the meantime|all))* (?:gone|went|resolved|disappeared|vanished|no longer|cleared|settled)\b",
    re.IGNORECASE,
)


def _as_it_was_then(line: Line) -> Line:
    """Without what has become since of what an earlier exam saw: "had raised the question of a nodule, which has gone"."""
    gone = GONE_NOW.search(line.read.flat, line.sentence.start, line.sentence.end)
    return line.part(line.sentence.start, gone.start()) if gone else line


FOUND_IN_TISSUE = re.compile(
    r"\btumou?r in (?:\w+|\d+ (?:of|/) ?\d+) (?:lymph )?nodes?\b|\b(?:\w+ of (?:the )?\w+ (?:lymph )?nodes?|\d+ ?/ ?\d+ (?:lymph )?nodes?|nodes?)(?: \w+)? positive\b|\b(?:metasta\w+|mets?|deposits?|implant|\w*sarcoma|(?-i:LMS|LPS|UPS|SFT|MPNST|ESS|ASPS|EMC))\b",
    re.IGNORECASE,
)


NONE_IN_TISSUE = re.compile(
    r"\b(?:path\w*|histolog\w*|microscop\w*|specimen)\b[^.;]{0,60}?\b(?:no|without|free of|negative for) (?:[\w-]+ ){0,3}?(?:tumou?r|\w*sarcoma|malignan\w+|disease)\b",
    re.IGNORECASE,
)
"""The result of a treated place that was taken out and held no tumour: "path fat necrosis, no viable tumor"."""


def _taken_out(line: Line) -> list[Mention]:
    """Operations that a sentence tells with what the tissue was: "wedge of the nodule 2/2/21: metastatic leiomyosarcoma"."""
    if line.labelled("IMAGING") and any(m.concept != "pathology" for m in line.labelled("IMAGING")):
        return []
    taken = [m for m in line.labelled("PRIOR_TREATMENT") if m.concept.startswith("surgery") and not m.has(*NOT_YET, "negated", "risk")]
    found = [m for m in line.labelled("HISTOLOGY") if not m.has("negated", "uncertain")]
    text = line.read.flat
    return [
        m
        for m in taken[:1]
        if line.labelled("DATE")
        and (
            any(h.start > m.start for h in found)
            or FOUND_IN_TISSUE.search(text[m.end : line.sentence.end])
            or (line.labelled("ZONE", "SPOT") and NONE_IN_TISSUE.search(text[m.end : line.sentence.end]))
        )
        and RESULT.search(text[m.end : line.sentence.end])
    ]


BEHIND_DAY = re.compile(r"\W*[:=–-]\s*(?:(?:metastatic|recurrent|high[- ]grade) )?")
BEHIND_DAY_OF_TISSUE = re.compile(r"\W*(?:[:=–-]|,)\s*(?:(?:metastatic|recurrent|viable|high[- ]grade) )?")
"""The same behind a day on which tissue was taken: "Wedge of the right upper lobe 6/19/2020, metastatic leiomyosarcoma"."""
MET = re.compile(r"\b(?:board|conference|meeting|MD[TM]|clinic|visit|consult\w*|seen|note|dx|diagnos\w+)\b", re.IGNORECASE)
"""Before the day of a meeting, where the tumour's name tells the case."""


def _diagnosed(line: Line) -> list[Mention]:
    """The tumour's name behind a day and a colon, whatever the specimen is called: "Reamings 9/30: pleomorphic sarcoma"."""
    if line.labelled("IMAGING", "PROCEDURE", "PRIOR_TREATMENT") or line.sentence.section in SKIPPED or MET.search(line.text):
        return []
    text = line.read.flat
    return [
        h
        for d in line.labelled("DATE")[:1]
        for h in line.labelled("HISTOLOGY")[:1]
        if d.start - line.sentence.start > 3
        and h.start >= d.end
        and (BEHIND_DAY_OF_TISSUE if TAKEN.search(text[line.sentence.start : d.start]) else BEHIND_DAY).fullmatch(text[d.end : h.start])
        and not h.has("negated", "uncertain", "historical", "family")
    ]


RESULT = re.compile(
    r"[:=(]|\b(?:showed|shows|was|were|proved|proven|confirmed|histolog\w*|patholog\w*|path|turned out|came back|revealed|found)\b",
    re.IGNORECASE,
)

SAME_DAY = re.compile(
    r"\b(?:the |that |this )?(?:very )?same (?:day|date|session|sitting|visit|appointment|trip|occasion|morning|afternoon)\b|\b(?:along|together) with it\b|\bsame-day\b|\bthat (?:same )?day(?=\s*[:,])",
    re.IGNORECASE,
)

OPENING = 15
"""Characters within which an exam or its day opens a full sentence that heads a list."""


def head_of(line: Line, head: Line | None) -> Line | None:
    """The heading that dates the list below it ("Imaging of 15 March 2022"), as long as the list goes on."""
    said = line.labelled("DATE", "IMAGING")
    headed = head is not None and bool(kind_ahead(line)) and _of_one_passage(head, line)
    if not said:
        return head if headed else None
    opens = not line.text.rstrip().endswith(".") or any(m.start - line.sentence.start < OPENING for m in said)
    if line.labelled("DATE") and line.labelled("IMAGING") and not line.labelled("PROGRESSION", "STATUS") and len(line.text) < 60 and opens:
        return line
    goes_on = head is not None and (line.sentence.section == head.sentence.section or headed or _opens_with_kind(line, head))
    return head if goes_on and line.labelled("IMAGING") else None


IMAGES = r"(?P<ct>CT)|(?P<mri>MRI?)|(?P<us>US|ultrasound)"
"""The names of images in headings, a group for each kind."""
KIND_AHEAD = re.compile(rf"(?:^|[.;\n])[ \t]*(?:{IMAGES}|(?P<pet_ct>PET(?:[-/ ]?CT)?))\b[^:.\n]{{0,25}}:[ \t]*\Z")
"""The exam that heads what stands behind it in a line: "MRI: "."""
AHEAD = 40
"""Characters for such a heading."""


def kind_ahead(line: Line, heading: re.Pattern[str] = KIND_AHEAD) -> str:
    """The kind of the exam whose heading stands right before a sentence."""
    return kind_in(heading.search(line.read.note.text[max(0, line.sentence.start - AHEAD) : line.sentence.start]))


def kind_in(heading: re.Match[str] | None) -> str:
    """The kind that a heading names by its group."""
    return str(heading.lastgroup) if heading else ""


def _of_one_passage(head: Line, line: Line) -> bool:
    """True if no empty line and little else stands between a heading and a sentence."""
    between = line.read.note.text[head.sentence.end - 1 : line.sentence.start]
    return head.read is line.read and len(between) < PASSAGE and not EMPTY_LINE.search(between)


PASSAGE = 600
"""Characters of a passage on exams of one day."""
EMPTY_LINE = re.compile(r"\n[ \t]*\r?\n")


def _opens_with_kind(line: Line, head: Line) -> bool:
    """True for "CT chest: ..." behind such a passage's heading, in whatever section the headings ahead of it lie."""
    first = line.labelled("IMAGING")[:1]
    colon = ":" in line.read.flat[first[0].end : first[0].end + AHEAD // 2] if first else False
    return colon and first[0].start - line.sentence.start < 3 and _of_one_passage(head, line)


def headed_by_kind(line: Line, head: Line | None) -> list[Citation]:
    """The exam of a passage's day that a sentence stands behind the name of: "His scans were on 3 May. MRI: no residual tumour"."""
    kind = kind_ahead(line)
    if head is None or head is line or not kind or line.labelled("IMAGING", "DATE") or not line.labelled("PROGRESSION", "STATUS"):
        return []
    days = [(d, w) for d in head.labelled("DATE") if (w := day_told(d, head))]
    return [(w, kind, {"date": Cell(w.date, (d,)), "modality": Cell(kind, head.labelled("IMAGING")[:1])}, line) for d, w in days[-1:]]


def citations(
    line: Line,
    before: Line | None = None,
    kind: Mention | None = None,
    latest: Citation | None = None,
    known: Mapping[str, PartialDate] | None = None,
) -> list[Citation]:
    """The exams with a day that a sentence names; a bare "the CT shows" takes the day of the sentence ``before`` it, "that of 6 June" the ``kind`` named before.

    "CT of the same day" takes the day of the ``latest`` exam told, "that same CT" that of the last of its kind (``known``).
    """
    if not line.labelled("IMAGING", "DATE") or line.sentence.section in ("consent", "instructions", "plan", "family_history"):
        return []
    quoted = is_comparison(line)
    said = [
        m
        for m in line.labelled("IMAGING")
        if not (m.has(*NOT_YET) or _to_come(m, line) or _guiding(m, line) or _of_other_organ(m, line) or _names_thing(m, line))
        and (quoted or not compared(m, line))
    ]
    said += [] if said else _taken_out(line) or _diagnosed(line)
    days = _finest(
        [
            (d, w)
            for d in line.labelled("DATE")
            if (w := day_told(d, line) or _same_day_here(d, line) or _day_of(latest, d))
            and not _due_again(d, line)
            and not (_not_seen_then(d, line) or named_then(d, line))
        ]
    )
    tissue = bool(said) and said[0].concept == "pathology" and before is not None and bool(TAKEN.search(before.text))
    headed = before is not None and head_of(before, None) is before and not (said and _other_kind(said[0], before))
    other = ("PROCEDURE",) if tissue or headed else ("IMAGING", "PROCEDURE", "PRIOR_TREATMENT")
    dated = [d for d, _ in days if said and _gap(said[0], d) <= 60 and not _blocked(said[0], d, line)]
    undated = not line.labelled("DATE") or (headed and bool(said) and not dated and said[0].start - line.sentence.start < 15)
    if said and undated and before and not before.labelled(*other):
        days = [(d, w) for d in before.labelled("DATE") if (w := day_told(d, before))][-1:]
        return [citation_of(d, w, said[0], line, []) for d, w in days if not SINCE.search(before.read.flat[max(0, d.start - 12) : d.start])]
    days = [x for x in days if not _signed_out(x, days, line)]
    out: list[tuple[Mention, PartialDate, Mention]] = [
        (m, known[m.concept], m)
        for m in said
        if known and m.concept in known and (_same_exam(m, line) or _told_of(m, line, known[m.concept]))
    ]
    pairs = sorted(
        ((_gap_told(m, d, line), i, m, d, w) for d, w in days for i, m in enumerate(said)),
        key=lambda p: (
            p[2].label == "PRIOR_TREATMENT" and p[4].precision != "day",
            p[0] + _set_off(p[2], p[3], line),
            p[2].concept == "scan",
            p[1],
        ),
    )
    for gap, _, m, d, w in pairs:
        if (
            gap <= (200 if _taken_on(d, m, line) or _done_on(d, m, line) or timeline.listed_since(d, line) else 60)
            and (not _blocked(m, d, line) or (m.end <= d.start and timeline.listed_since(d, line)))
            and all(m != o[2] and d != o[0] for o in out)
        ):
            out.append((d, w, m))
    out += [(d, w, k) for d, w in days if all(d != o[0] for o in out) and (k := _meant(d, line, said, kind))]
    for (a, _), (d, w) in pairwise(days):
        exam = next((k for o, _, k in out if o == a), None)
        if exam and all(d != o[0] for o in out) and AND.fullmatch(line.read.flat[a.end : d.start]):
            out.append((d, w, exam))
    if goes_back(line):
        out = [(d, w, kind if m.concept == "scan" and kind else m) for d, w, m in out]
        line = _as_it_was_then(line)
    told = [(d, w, _start(m, d, out), m.concept) for d, w, m in out]
    line = _past_undated(line, said, out)
    cited = [citation_of(d, w, m, line, told) for d, w, m in sorted(out, key=lambda o: o[0].start)]
    return _bracketed(cited, line) if len(cited) > 1 else cited


def _past_undated(line: Line, said: Sequence[Mention], out: Sequence[tuple[Mention, PartialDate, Mention]]) -> Line:
    """Without what a sentence tells first of an exam of another kind that it gives no day: "Last MRI shows recurrence; CT chest of 6/11 was clear"."""
    first = min((min(d.start, m.start) for d, _, m in out), default=line.sentence.start)
    cut = line.read.flat.rfind(";", line.sentence.start, first)
    kinds = {m.concept for m in said if m.end <= cut}
    if cut < 0 or not kinds or kinds & {m.concept for _, _, m in out}:
        return line
    before = line.part(line.sentence.start, cut)
    return line.part(cut + 1, line.sentence.end) if before.labelled("PROGRESSION", "STATUS") else line


SINCE = re.compile(r"\b(?:since|until|till)(?: the)? ?$", re.IGNORECASE)
"""Before the day on which a trouble began, for which the next sentence tells an exam: "Arm swollen since yesterday. Sent for duplex"."""
SIGNED_OUT = re.compile(
    r"\b(?:path\w*|histolog\w*|cytolog\w*|report\w*|signed(?: out)?|result(?:s|ed)?|issued|released|authori[sz]ed|finali[sz]ed|final)(?: (?:report|result|on|of|dated|out|from|is|was))*[ ,:(]*$",
    re.IGNORECASE,
)
TO_SIGN_OUT = timedelta(days=45)
"""How long after its taking tissue may be reported."""


def _signed_out(told: tuple[Mention, PartialDate], days: Sequence[tuple[Mention, PartialDate]], line: Line) -> bool:
    """True for the day of a report on tissue whose taking the sentence dates before it: "biopsy of 2/9 (pathology 8/9)", "wedge on 3/30; pathology, signed 4/7"."""
    day, when = told
    before = [(d, w) for d, w in days if d.end <= day.start and w.precision == "day"]
    if not before or when.precision != "day" or not any(m.concept == "pathology" for m in line.labelled("IMAGING")):
        return False
    taken, then = before[-1]
    ahead = line.read.flat[line.sentence.start : taken.start]
    return (
        timedelta() < when.date - then.date <= TO_SIGN_OUT
        and SIGNED_OUT.search(line.read.flat[taken.end : day.start]) is not None
        and TAKEN.search(ahead[-TAKEN_NEAR:]) is not None
    )


TAKEN_NEAR = 40
"""Characters before a day within which words of taking tissue are of it."""


def _other_kind(exam: Mention, head: Line) -> bool:
    """True for tissue below the day of images, and the other way round: the day is none of its own."""
    kinds = {m.concept for m in head.labelled("IMAGING")} - {"scan"}
    return bool(kinds) and (exam.concept == "pathology") != ("pathology" in kinds)


BRACKETS = re.compile(r"\([^()]*\)")


def _bracketed(cited: list[Citation], line: Line) -> list[Citation]:
    """Tissue told in brackets within another exam: it is of the place told before them, and behind them the exam goes on."""
    text = line.read.flat
    pairs = list(BRACKETS.finditer(text, line.sentence.start, line.sentence.end))
    out: list[Citation] = []
    for number, citation in enumerate(cited if pairs else ()):
        when, modality, cells, _ = citation
        said = cells["date"].mentions[0]
        pair = next((b for b in pairs if b.start() < said.start < b.end()), None)
        if number == 0 or modality != "pathology" or pair is None or not cited[number - 1][3].labelled("PROGRESSION", "STATUS"):
            out.append(citation)
            continue
        before = cited[number - 1]
        begin = max(before[3].sentence.start, text.rfind(";", line.sentence.start, pair.start()) + 1, before[2]["date"].mentions[0].end)
        out.append((when, modality, cells, line.part(begin, pair.end())))
        end = cited[number + 1][3].sentence.start if number + 1 < len(cited) else line.sentence.end
        out.append((*before[:3], line.part(pair.end(), max(end, pair.end()))))
    return out if pairs else cited


DONE_ON = re.compile(
    r"\b(?:took place|went ahead|happened|came about|(?:was|were|been|got) (?:\w+ )?(?:done|performed|made|carried out|obtained|undertaken|completed))(?: only| finally| at last)?(?: on)?(?: \w+day)?,?(?: the)? ?$",
    re.IGNORECASE,
)


def _done_on(day: Mention, exam: Mention, line: Line) -> bool:
    """True for the day on which the one exam of a sentence took place, however much is told between: "The MRI, put off because of ..., took place on 8 May"."""
    alone = len(line.labelled("IMAGING")) == 1 and exam.end <= day.start
    return alone and DONE_ON.search(line.read.flat[max(line.sentence.start, day.start - 50) : day.start]) is not None


def _taken_on(day: Mention, exam: Mention, line: Line) -> bool:
    """True for tissue whose result stands far behind the day that its operation opens with: "6/13/2023 excision of ...; pathology: viable sarcoma"."""
    taken = next((m for m in line.labelled("PRIOR_TREATMENT") if m.concept.startswith("surgery") and 0 <= m.start - day.end < NEAR), None)
    return exam.concept == "pathology" and taken is not None and len(line.labelled("DATE")) == 1


NEAR = 25
"""Characters between a day and the operation of that day."""
COMMA_APART = 15
"""Characters for which a comma stands between a day and the exam behind it."""


def _set_off(exam: Mention, day: Mention, line: Line) -> int:
    """How much farther a day is from the exam behind it for a comma between them: "MRI abdomen last month, biopsy 1/14/2020"."""
    between = line.read.flat[day.end : exam.start]
    return COMMA_APART if "," in between or ";" in between else 0


def _finest(days: Sequence[tuple[Mention, PartialDate]]) -> list[tuple[Mention, PartialDate]]:
    """A month stands for the day that its sentence gives as well: "August 2018: MRI of the pelvis on 8/21/2018"."""
    fine = [w for _, w in days if w.precision == "day"]
    return [(d, w if w.precision == "day" or LAST_MONTH.match(d.words) else next((f for f in fine if w.agrees(f)), w)) for d, w in days]


AND = re.compile(r"\s*(?:,|,? ?(?:and|&|\+|/|then))\s*(?:(?:again )?(?:in|on|of|at) )?", re.IGNORECASE)
"""Between two days of one plural: "CTs of 11 June and 12 September"."""
SAME_EXAM = re.compile(r"\bsame(?: \w+)? ?$", re.IGNORECASE)
THAT_EXAM = re.compile(r"\b(?:on|in|by|per) that ?$", re.IGNORECASE)


def _same_exam(exam: Mention, line: Line) -> bool:
    """True for "that same CT", or "on that CT" in a sentence without a day: the exam of its kind told last."""
    before = line.read.flat[max(line.sentence.start, exam.start - 20) : exam.start]
    return bool(SAME_EXAM.search(before)) or (not line.labelled("DATE") and bool(THAT_EXAM.search(before)))


TOLD_OF = re.compile(r"(?: [a-z]+){0,2} ?[-–:] ", re.IGNORECASE)
"""Behind the name of an exam that opens what it showed."""
TELLER = re.compile(r"\W*(?:[A-Z][\w ]{0,20}(?:\([\w. ]{1,20}\))?: )?")
"""Who speaks, before the exam: "Radiology (AM): "."""
OF_THIS_NOTE = timedelta(days=45)
"""How old an exam may be that a note names with its day and then tells by its name alone."""


def _told_of(exam: Mention, line: Line, when: PartialDate) -> bool:
    """True for an exam listed with its day before, whose name alone opens what it showed: "For review: MRI 4/5. Radiology: MRI - quiet"."""
    return (
        not line.labelled("DATE")
        and bool(line.labelled("PROGRESSION", "STATUS"))
        and TOLD_OF.match(line.read.flat, exam.end) is not None
        and TELLER.fullmatch(line.read.flat, line.sentence.start, exam.start) is not None
        and line.read.note.note_date - when.date < OF_THIS_NOTE
    )


def points_back(line: Line) -> bool:
    """True for a sentence that goes back to an exam told before another one: "The deltoid site on that PET"."""
    return any(_same_exam(m, line) for m in line.labelled("IMAGING"))


def _same_day_here(day: Mention, line: Line) -> PartialDate | None:
    """The day told right before in the sentence, for "of the same day": "MRI of 5/4, CT chest the same day"."""
    before = [d for d in line.labelled("DATE") if d.end <= day.start] if SAME_DAY.search(day.text) else []
    return day_told(before[-1], line) if before else None


def _day_of(latest: Citation | None, day: Mention) -> PartialDate | None:
    """The day of the exam told last, for "of the same day"."""
    return latest[0] if latest and SAME_DAY.search(day.text) else None


TO_COME = re.compile(
    r"\b(?:(?:I|we)(?: would|'d|'ll)? (?:propose|suggest|recommend|advise|request|plan|order|arrange|schedule|book)|(?:will|to|should|please) (?:have|get|need|order|book|arrange|schedule|request|undergo|repeat))\b[^.;:]{0,30}$",
    re.IGNORECASE,
)

GUIDING = re.compile(r"\b(?:under|intra-?(?:op\w*|procedur\w*))\W+(?:\w+\W+){0,2}$|\bunder (?:\w+ (?:and|/) )+$", re.IGNORECASE)


def _guiding(exam: Mention, line: Line) -> bool:
    """True for the exam under whose guidance a session was done: "microwave ablation under intraoperative US"."""
    session = bool(line.labelled("PROCEDURE")) or timeline.is_report(line.read)
    return session and bool(GUIDING.search(line.read.flat[max(line.sentence.start, exam.start - 40) : exam.start]))


OTHER_ORGAN = re.compile(
    r"\b(?:thyroid|parathyroid|prostat\w+|ovar\w+|uter\w+|endometri\w+|cervi(?:x|cal)|colon\w*|gastric|stomach|duodenal|bladder|mammo\w+|polyps?)\b(?:(?! and )[^.;:]){0,30}$",
    re.IGNORECASE,
)
HARMLESS = re.compile(
    r"\b(?:benign|colloid|adenoma|hyperplas\w+|goit(?:er|re)|gastritis|Bethesda (?:2|II)|negative|no (?:malignancy|cancer|dysplasia))\b",
    re.IGNORECASE,
)


def _of_other_organ(exam: Mention, line: Line) -> bool:
    """True for the harmless tissue of an organ that no sarcoma was treated in: "thyroid nodule biopsied in February, benign"."""
    return (
        exam.concept == "pathology"
        and HARMLESS.search(line.text) is not None
        and OTHER_ORGAN.search(line.read.flat[line.sentence.start : exam.start]) is not None
        and not line.labelled("HISTOLOGY", "ZONE", "PROCEDURE")
    )


def _to_come(exam: Mention, line: Line) -> bool:
    """True for an exam that is only proposed: "I suggest a CT in July"."""
    return bool(TO_COME.search(line.read.flat[max(line.sentence.start, exam.start - 60) : exam.start]))


def _meant(day: Mention, line: Line, said: Sequence[Mention], kind: Mention | None) -> Mention | None:
    """The exam of the kind named before that stands unnamed beside a day: "that of 6 September"."""
    text = line.read.flat
    start = next((d.start for d in line.labelled("DATE") if d.end < day.start and not text[d.end : day.start].strip(", (")), day.start)
    if not (ELLIPTIC.search(text[max(line.sentence.start, start - 40) : start]) or _the_one_before(day, line)):
        return None
    if line.labelled("PROCEDURE", "PRIOR_TREATMENT") and not said:
        return None
    return next((m for m in reversed(said) if m.end <= day.start and m.label == "IMAGING"), kind)


def citation_of(
    day: Mention, when: PartialDate, exam: Mention, line: Line, days: Sequence[Told]
) -> tuple[PartialDate, str, dict[str, Cell], Line]:
    """A told exam: its day, its modality, both with their words, and the part of the sentence that speaks of it."""
    if exam.concept == "scan":
        exam = next((m for m in line.labelled("IMAGING") if m.concept in PREFERRED and len(days) < 2 and m.start < day.start), exam)
    modality = "pathology" if exam.label in ("PRIOR_TREATMENT", "HISTOLOGY") else exam.concept if exam.concept != "scan" else "ct"
    part = _part(line, day, days)
    part = _of_its_item(part, min(day.start, exam.start)) if modality == "pathology" else part
    return when, modality, {"date": Cell(when.date, (day,)), "modality": Cell(modality, (exam,))}, part


ITEM = re.compile(r";|,? s/p ", re.IGNORECASE)


def _of_its_item(line: Line, told: int) -> Line:
    """What a sentence says of tissue begins with its item: "(a) pleura, residual; (b) paraspinal, biopsied in December"."""
    cuts = [m.end() for m in ITEM.finditer(line.read.flat, line.sentence.start, told)]
    return line.part(cuts[-1], line.sentence.end) if cuts else line


def vague(exam: Exam) -> bool:
    """True if the note says only "scan", so that the kind is a guess."""
    return any(m.concept == "scan" for m in exam.cells["modality"].mentions)


TAKEN = re.compile(r"\b(?:resect\w+|excis\w+|remov\w+|tak(?:en|e)|took|biops\w+|sampled|wedge\w*|cores?)\b", re.IGNORECASE)
COMPARED = re.compile(
    r"(?:not (?:\w+ ){0,2}?(?:on|in)|compared (?:with|to)|since|than (?:on|in)|versus|\bvs\.?|relative to|prior|previous|beside|alongside|against|unlike|next to|(?<!go )(?<!went )(?<!going )(?<!gone )over|from)\s+(?:the |his |her |that |an? )?(?:\w+ )?$",
    re.IGNORECASE,
)


def compared(exam: Mention, line: Line) -> bool:
    """True for an exam that is only compared with: "not on CT of 2/2021", "beside the scan of 29 January"."""
    return bool(COMPARED.search(line.read.flat[max(line.sentence.start, exam.start - 40) : exam.start]))


SEEN_BY = re.compile(
    r"\b(?:that|which)(?: (?:had|has|was|were|been|first|also|so))* [a-z]+(?: [a-z]+){0,3} (?:on|in|at|by)(?: (?:the|that|her|his|last|prior|[A-Z][a-z]+))* ?$"
)
IS_SINCE = re.compile(rf"[^.;:]{{0,40}}? {findings.IS_NOW}")


def _names_thing(exam: Mention, line: Line) -> bool:
    """True for an earlier exam told only to name what another one saw again: "MRI 9/3: the wall that lit up on PET in March shows no nodule"."""
    text, first = line.read.flat, line.labelled("IMAGING")[0]
    seen = SEEN_BY.search(text[max(line.sentence.start, exam.start - 60) : exam.start])
    return first.start < exam.start and seen is not None and IS_SINCE.match(text, exam.end, line.sentence.end) is not None


def _gap(a: Mention, b: Mention) -> int:
    return max(a.start - b.end, b.start - a.end, 0)


ASIDE = re.compile(r"\([^()\d]{0,120}\)")


def _gap_told(a: Mention, b: Mention, line: Line) -> int:
    """How far two words are apart but for what stands in brackets between them: "CT at their hospital (she was admitted there) 1/14/2020"."""
    low, high = min(a.end, b.end), max(a.start, b.start)
    return _gap(a, b) - sum(len(m[0]) for m in ASIDE.finditer(line.read.flat, low, max(low, high)))


def _blocked(exam: Mention, day: Mention, line: Line) -> bool:
    """True if another treatment stands between the exam and the day, so that the day is that one's."""
    low, high = min(exam.end, day.end), max(exam.start, day.start)
    between = line.read.flat[low:high]
    return (
        any(low <= m.start < high for m in line.labelled("PROCEDURE"))
        or bool(PLANNED.search(between))
        or bool(
            re.search(
                r"\b(?:(?:since|compared? (?:with|to)|than in|prior|previous(?:ly)?|versus|against)\b[^.]*|vs\b[^\d]*)$",
                between,
                re.IGNORECASE,
            )
            and day.start > exam.end
        )
    )


AGAIN_IN = re.compile(
    r"(?:^|[:;,.]\s)(?:(?!\b(?:had|has|was|were|got|did|done|made|underwent|showed|came)\b)[^:;,.])*\bagain(?: in)?\s*$", re.IGNORECASE
)
SOON = timedelta(days=240)
"""How far ahead the next exam may lie."""


def _due_again(day: Mention, line: Line) -> bool:
    """True for the next exam, told by its month alone at the end of a sentence without a verb that looks back: "CT again in July"."""
    when = timeline.when(day, line.read.note)
    if (
        when is None
        or when.precision != "month"
        or re.search(r"\d", day.words)
        or line.read.flat[day.end : line.sentence.end].strip(" .;,)")
    ):
        return False
    ahead = when.date + timedelta(days=365) - line.read.note.note_date
    return timedelta() < ahead < SOON and AGAIN_IN.search(line.read.flat[line.sentence.start : day.start]) is not None


NOT_SEEN = re.compile(
    r"(?:\bnot|n['’]t) (?:yet |clearly |definitely )?(?:been )?(?:seen|present|visible|there|identified|apparent|evident|noted|shown|demonstrated) (?:(?:on|in|at|as of|before) )?(?:the |that of |those of )?$",
    re.IGNORECASE,
)


def _not_seen_then(day: Mention, line: Line) -> bool:
    """True for the day of an earlier exam that did not show what this one does: "a nodule not seen in February"."""
    return NOT_SEEN.search(line.read.flat[max(line.sentence.start, day.start - 50) : day.start]) is not None


NAMED_THEN = re.compile(r"\b(?:that|which) (?:had|was|were|appeared|looked|seemed|showed|lit|enhanced)\b[^.;:,]{0,40}$")


def named_then(day: Mention, line: Line) -> bool:
    """True for the day of an earlier exam by which a thing is only named: "the area that was unclear in November is no longer visible"."""
    text = line.read.flat
    named = NAMED_THEN.search(text[max(line.sentence.start, day.start - 70) : day.start])
    return named is not None and IS_SINCE.match(text, day.end, line.sentence.end) is not None


LOOKED_AT = re.compile(
    r"\b(?:reviewed|discussed|gone over|went over|looked at|shown to|read)\b[^.;:]{0,40}\b(?:today|this (?:morning|afternoon|week)|yesterday)$",
    re.IGNORECASE,
)
"""The day on which an exam was looked at again is not its own."""

MEETING = re.compile(r"\b(?:board|conference|MD[TM]|meeting|rounds)(?:,| of| on| from|:)? ?$", re.IGNORECASE)
LOOKED_BACK = re.compile(
    r"[^.;]{0,20}\b(?:went over|reviewed?|looked at|discussed|agree\w*|felt|thought|saw|recommend\w*)\b", re.IGNORECASE
)


def _of_meeting(day: Mention, line: Line) -> bool:
    """True for the day on which a board looked at an exam again: "Tumor board 10/19 went over the MRI"."""
    text = line.read.flat
    return bool(MEETING.search(text[max(line.sentence.start, day.start - 20) : day.start]) and LOOKED_BACK.match(text, day.end))


PUT_OFF = re.compile(
    r"\b(?:put off|postponed|delayed|deferred|moved|re-?scheduled|pushed back|put back|brought forward|held over|carried over)(?: \w+)? (?:from|since) (?:the |its )?[^.;,]{0,25}$",
    re.IGNORECASE,
)
"""Up to the day for which an exam was meant, on which it was not done: "the MRI, which had been put off from June"."""


def _put_off(day: Mention, line: Line) -> bool:
    return PUT_OFF.search(line.read.flat[max(line.sentence.start, day.start - 40) : day.end]) is not None


LAST_MONTH = re.compile(r"last month\b(?!['’])|last month['’]s (?:\w+ )?(?:CT|MR|MRI|PET|scan|US|ultrasound|x-?ray)", re.IGNORECASE)


def day_told(mention: Mention, line: Line) -> PartialDate | None:
    """The day a mention tells of an exam; None where it is no day of an exam."""
    if LAST_MONTH.match(line.read.flat, mention.start):
        last = line.read.note.note_date.replace(day=1) - timedelta(days=1)
        return PartialDate(last.replace(day=1), "month")
    if (
        not isinstance(mention.value, When)
        or mention.value.approximate
        or mention.value.anchor in ("procedure", "text")
        or mention.rule_id.endswith("#future")
        or LOOKED_AT.search(line.read.flat[max(line.sentence.start, mention.start - 60) : mention.end])
        or _of_meeting(mention, line)
        or _put_off(mention, line)
        or timeline.of_source(mention, line)
    ):
        return None
    when = timeline.when(mention, line.read.note)
    if when is None or when.precision == "year":
        return None
    added = line.sentence.section == "addendum" and re.search(r"\d{4}", mention.text) is not None
    return when if added or when.date <= line.read.note.note_date else None


Told = tuple[Mention, PartialDate, int, str]
"""Day of an exam, as told and as meant, where its name or day begins, and its kind."""


def _start(exam: Mention, day: Mention, told: Sequence[tuple[Mention, PartialDate, Mention]]) -> int:
    """Where the telling of an exam begins: with its name, unless another exam or day stands between that and its day."""
    shared = any(m is exam and d is not day for d, _, m in told)
    between = shared or any(exam.start < x.start < day.start for d, _, m in told for x in (d, m) if x not in (exam, day))
    return day.start if between or exam.start > day.start else exam.start


def _part(line: Line, day: Mention, days: Sequence[Told]) -> Line:
    """The part of a sentence that belongs to one of several dated exams: from its name or date to the next."""
    own = next(((w, kind) for d, w, _, kind in days if d is day), None)
    days = [x for x in days if x[0] is day or (x[1], x[3]) != own]
    if len(days) < 2:
        return line
    here = next(at for d, _, at, _ in days if d is day)
    start = here if any(x[2] < here for x in days) else line.sentence.start
    end = min([x[2] for x in days if x[2] > here], default=line.sentence.end)
    return line.part(start, end)
