"""Which day belongs to a treatment that a sentence tells? The nearest that is not the day of an exam, a visit or another treatment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import islice

from extractor.model import Mention, PartialDate, When
from extractor.normalizer import timeline
from extractor.normalizer.energies import NOT_DONE
from extractor.normalizer.records import Line
from extractor.patterns import re

TUMOUR = re.compile(
    r"\b(?:tumou?rs?|mass|lesions?|nodules?|metasta\w+|mets?|deposits?|\w*sarcoma\w*|recurren\w+|implants?)\b", re.IGNORECASE
)
AFTER = re.compile(r"\b(?:after|since|following|s/p|from|out|post|status)\b", re.IGNORECASE)

ORDER = {"day": 0, "month": 1, "year": 2}

AWAY = r"(?:\s+(?:outside|elsewhere|there|abroad|locally|OSH|(?:at|in) \w+))?"
"""Where another hospital's treatment was given, behind its date."""
REPEATED = re.compile(
    r"(?:\s+(?:of|to|for|in|at) [^,;.()]{1,40})?\s*(?:\([^()]{1,40}\))?[\s,]*\b(?:and|then|again|repeat(?:ed)?|once more|a second time)\b[\s,]*(?:again|repeat(?:ed)?|once more|a second time|then)?\s*(?:on|in)?\s*",
    re.IGNORECASE,
)
"""Between two days of one ablation: "02/2019 of an iliac metastasis, and again 11/2019"."""
AGAIN = re.compile(r"\b(?:again|repeat(?:ed)?|once more|a second time)\b", re.IGNORECASE)

LISTED = re.compile(r"\W*(?:\([^()]{1,60}\)\W*)?(?:(?:and|then|again|also|on|in|with a|second(?:ly)?|once more|&|\+)\b\W*)*", re.IGNORECASE)
PAST = re.compile(
    r"\b(?:was|were|had|has|been|underwent|s/p|status|after|since|following|treated|performed|done|did|went|received|ago|last|post|history|past|previous\w*|earlier|froze|ablated|got|came|uneventful\w*|without (?:event|incident|complication)|out from|back in)\b",
    re.IGNORECASE,
)
TALKED = re.compile(
    r"\s*(?:(?:was|were|is|had been|has been|being) )?(?:also |again |briefly )?(?:discussed|mentioned|considered|raised|talked (?:about|over)|brought up|proposed|recommended|suggested|agreed|offered|requested|ordered|booked|scheduled)\b",
    re.IGNORECASE,
)

MEETING = re.compile(
    r"\b(?:conf|conference|board|T\.?B|STB|MTB|MDTB?|MDM|MDC|SMDT|multidisc\w*|tumou?r ?board|meeting|panel|round|rounds|discuss\w+|visit|consult\w*|clinic|seen|saw|described|reported|noted|identified|found|shown|imaged|visuali[sz]ed|(?:we|they|he|she|I|team|board|committee|who|and) met|appointment|appt|referr?\w*|consented|consent|comparison|compared|letter|e-?mail|call|phone\w*|t-?con|decision|decided|recommend\w+|proposed|presented|scheduling|booked|scheduled|request(?:ed)?|order(?:ed)?)\.?(?:\s+(?:of|on|from|dated|at|this|last|note|by (?:the )?(?:[A-Z]\w+|\w+ ?radiology|team)|him|her|them|pt|patient|with|us))*[\s:(,–-]*$",
    re.IGNORECASE,
)
"""Before the day of a meeting, a visit or an order, which is none of an ablation."""
QUOTE = re.compile(r"[\"“”«:]")

Dated = tuple[int, PartialDate, Mention]

DAYS_FROM = re.compile(
    r"(?:\b(?:hours?|days?|weeks?|months?|years?)(?: \d{1,3})?|(?<![a-z])(?:hrs?|d|wks?|w|mo?s?|yrs?|y)|\bPOD ?#?\d{1,3})\.? (?:after|following|post|s/p|from|since|out from|out of)[ -]"
    r"(?:the |that |this |his |her )?(?:[\w-]+ ){0,4}$",
    re.IGNORECASE,
)


def days_of(mention: Mention, line: Line) -> list[tuple[PartialDate, Mention]]:
    """The days of an ablation in its sentence: the date nearest to it, behind it first, and those listed after that one."""
    text = line.read.flat
    guides = line.labelled("SETUP")
    dates = [d for d in line.labelled("DATE") if not timeline.listed_since(d, line)]
    if not dates:
        return []
    entry = _bracket_behind(dates, mention, text)
    if entry and (own := own_day(entry, line)):
        return [(own, entry)]
    events = [m for m in line.labelled("PROCEDURE", "IMAGING", "PRIOR_TREATMENT", "OTHER_ABLATION") if m.start != mention.start]
    events = [
        e
        for e in events
        if not _guides(e, line) and not _names_guide(e, mention, text) and not any(g.start <= e.start and e.end <= g.end for g in guides)
    ]
    events = [e for e in events if not (_meanwhile(e, mention, line) or _measured_by(e, mention, line))]
    found: list[Dated] = []
    for d in dates:
        when = own_day(d, line)
        distance = _distance(d, mention, [e for e in events if not _beside(e, mention, text)], line) if when else None
        if when is None and (when := _day_since(d, mention, line)):
            distance = mention.start - d.end
        if when and distance is not None:
            found.append((distance, when, d))
    head = _head_day(mention, line) if not found and mention.start - line.sentence.start < 250 else None
    if head:
        return [head]
    bracketed = [f for f in found if re.fullmatch(r"\s*\(\s*(?:\w+ )?", text[f[2].end : mention.start])]
    if bracketed:
        _, when, day = bracketed[-1]
        finer = [f for f in found if f[1].agrees(when) and ORDER[f[1].precision] < ORDER[when.precision]]
        return [(finer[0][1], finer[0][2])] if finer else [(when, day)]
    if not found or _told_vaguely(mention, line, min(found, key=lambda f: f[0])[0]):
        return []
    _, when, day = min(_own_entry(found, mention, line), key=lambda f: (f[0], f[2].start))
    finer = [f for f in found if f[1].agrees(when) and ORDER[f[1].precision] < ORDER[when.precision]]
    finer = [
        f for f in finer if when.precision != "year" or not NEXT_ITEM.search(text[min(day.end, f[2].end) : max(day.start, f[2].start)])
    ]
    if finer:
        _, when, day = min(finer, key=lambda f: (f[0], f[2].start))
    out = [(when, day)]
    for _, other, d in sorted(found, key=lambda f: f[2].start):
        if (
            d.start > out[-1][1].end > mention.end
            and not other.agrees(out[-1][0])
            and (
                _goes_on(text[out[-1][1].end : d.start])
                or _next_session(out[-1][1], d, line, events)
                or _next_place(out[-1][1], d, line, events)
            )
            and not _leads(d, events, text)
        ):
            out.append((other, d))
    return out + _first_session(day, mention, line, events)


def about(mention: Mention, line: Line) -> tuple[PartialDate, Mention] | None:
    """The month or year of an ablation that its sentence only tells by how long ago it was: "s/p cryoablation of the ilium 5 weeks ago", "RFA the year before that"."""
    since = next((d for d in line.labelled("DATE") if d.start < mention.start < d.end or 0 <= mention.start - d.end <= 1), None)
    if since and (when := _since_then(since, line)):
        return when, since
    dates = [(d, when) for d in line.labelled("DATE") if (when := _coarse(d, line))]
    if not dates:
        return None
    events = [m for m in line.labelled("PROCEDURE", "IMAGING", "PRIOR_TREATMENT", "OTHER_ABLATION") if m.start != mention.start]
    events = [e for e in events if not _guides(e, line) and not _beside(e, mention, line.read.flat)]
    near = [(distance, n) for n, (d, _) in enumerate(dates) if (distance := _distance(d, mention, events, line)) is not None]
    if not near:
        return None
    day, when = dates[min(near)[1]]
    return when, day


NOW = re.compile(
    r"\b(?:is|are|now|today|currently|seen|comes?|returns?|here|review(?:ed)?|visit|presents?|attend(?:s|ed)|follow-?up)\b", re.IGNORECASE
)


LONGER = re.compile(r"\b(?:years?|months?|weeks?)(?:,| and|, and) (?:about |an? )?$", re.IGNORECASE)


def _goes_on_counting(d: Mention, line: Line) -> bool:
    """True for the last part of a longer time: "a year and nine months out from microwave ablation"."""
    return LONGER.search(line.read.flat, max(line.sentence.start, d.start - 24), d.start) is not None


def _since_then(d: Mention, line: Line) -> PartialDate | None:
    """The day or month from which a note counts to its own day: "he is now eighteen days after cryoablation of a second deposit"."""
    value = d.value
    if not isinstance(value, When) or value.anchor != "procedure" or value.days < 0 or value.months < 0 or not (value.days or value.months):
        return None
    if (
        line.labelled("IMAGING", "COMPLICATION")
        or not NOW.search(line.read.flat, line.sentence.start, d.start)
        or _goes_on_counting(d, line)
    ):
        return None
    written = line.read.note.note_date
    if not value.months and (not value.approximate or re.search(r"\bdays\b", d.words)):
        return PartialDate(written - timedelta(days=value.days))
    months = written.year * 12 + written.month - 1 - value.months
    first = date(months // 12, months % 12 + 1, 1)
    if value.days:
        first = (written - timedelta(days=value.days)).replace(day=1)
    return PartialDate(first, "month")


def _coarse(d: Mention, line: Line) -> PartialDate | None:
    """The month or year that a length of time back from the note, or from the date told before it, comes to."""
    value = d.value
    if not isinstance(value, When) or not value.approximate or d.rule_id.endswith("#future") or _goes_on_counting(d, line):
        return None
    if value.anchor == "note" and (value.months < 0 or value.days < 0):
        base = PartialDate(line.read.note.note_date)
    elif value.anchor == "text" and value.months:
        told = [
            w
            for b in line.labelled("DATE")
            if b.end <= d.start and isinstance(b.value, When) and not b.value.approximate and (w := timeline.when(b, line.read.note))
        ]
        if not told or (value.months % 12 and told[-1].precision == "year"):
            return None
        base = told[-1]
    else:
        return None
    months = base.date.year * 12 + base.date.month - 1 + value.months
    first = date(months // 12, months % 12 + 1, 1) + timedelta(days=(base.date.day - 1 + value.days) if value.days else 0)
    if value.months and value.months % 12 == 0:
        return PartialDate(date(first.year, 1, 1), "year")
    return PartialDate(first.replace(day=1), "month")


IN_BRACKET = re.compile(r" ?\((?:[^()\d;.]{0,40}[ ,:])?$")


def _bracket_behind(dates: Sequence[Mention], mention: Mention, text: str) -> Mention | None:
    """The day whose bracket holds an ablation and no day of its own: "2/14/2019 (liver, MWA), 7/9/2020 (psoas, cryo)"."""
    before = [d for d in dates if d.end <= mention.start][-1:]
    if not before or not IN_BRACKET.match(text[before[0].end : mention.start]):
        return None
    return before[0] if re.match(r"[^()\d]{0,40}\)", text[mention.end : mention.end + 41]) else None


NEXT_ITEM = re.compile(r"[,;]\s+(?!(?:on|in|at|i\.?e|namely|most|last|first|that|done|it)\b)[A-Za-z]{3,}", re.IGNORECASE)
"""Between a year and a day of it: what follows is of the next item of a list ("cryo x2 in 2022, protons Sept 2022")."""
NEXT_SESSION = re.compile(
    r"\b(?:(?:the |a |an? additional |and )?(?:second|2nd|third|3rd|next|other|another|further|last|final|repeat|remaining)|(?:\band|\bthen|[,&+])(?: then)? (?:of |on )?(?:the )?(?:left|right)(?:[- ](?:side|one|lung|kidney|adrenal|lobe))?(?= (?:on|in)\b[^.;:]{0,3}$| $)|(?:stage|session|part|sitting|round|step|phase)s? (?:two|three|2|3|ii|iii|b|c)|touch-?up|completion|re-?treat(?:ed|ment)|re-?ablat(?:ed|ion)|the (?:left|right|larger|smaller|upper|lower|contralateral|opposite))\b[^.;:]{0,40}$",
    re.IGNORECASE,
)
"""Before the day of a further session of the same kind: "stage one on 3/4/2020 for the left lung and stage two on 6/9/2020"."""


def _next_session(first: Mention, d: Mention, line: Line, events: Sequence[Mention]) -> bool:
    """True if the words between two days tell of one session more."""
    between = line.read.flat[first.end : d.start]
    others = [*events, *line.labelled("COMPLICATION", "PROGRESSION", "INTERVENTION")]
    return (
        len(between) < 90
        and NEXT_SESSION.search(between) is not None
        and not any(first.end <= e.start < d.end + 3 and e.label != "PROCEDURE" for e in others)  # "the August CT"
        and TALKED.match(line.read.flat, d.end) is None
    )


def _next_place(first: Mention, d: Mention, line: Line, events: Sequence[Mention]) -> bool:
    """True if nothing but a further place stands between two days: "of the right adrenal in 9/2020 and left adrenal in 3/2021".

    A tumour that follows a mere comma appeared then: "cryo to the psoas 1/19, lung mets 5/19".
    """
    within = [m for m in line.mentions if first.end <= m.start and m.end <= d.start]
    places = [m for m in within if m.label in ("SITE", "PART", "SIDE")]
    if not any(m.label == "SITE" for m in places) or any(first.end <= e.start < d.start for e in events):
        return False
    words = line.read.flat[first.end : d.start]
    for m in places:
        words = words.replace(m.text, " ")
    return len(words) < 60 and FILLING.fullmatch(words) is not None and bool(AND_THEN.search(words) or not TUMOUR.search(words))


FILLING = re.compile(
    r"(?:[\s,;&+()/:–-]|[x×] ?\d\b|\b(?:and|then|in|on|of|the|an?|for|at|again|also|one|two|both|left|right|upper|lower|middle|lobes?|nodules?|lesions?|metastas[ei]s|mets?|mass|deposits?|spots?|sites?)\b)*",
    re.IGNORECASE,
)

AND_THEN = re.compile(r"&|\b(?:and|then|also|again)\b", re.IGNORECASE)


def _first_session(day: Mention, mention: Mention, line: Line, events: Sequence[Mention]) -> list[tuple[PartialDate, Mention]]:
    """The day before that of an ablation told last: "the first session was on 3/4/2020 and the second on 6/9/2020, both cryoablation"."""
    before = [d for d in line.labelled("DATE") if d.end <= day.start] if day.end <= mention.start else []
    if before and _next_session(before[-1], day, line, events) and (when := own_day(before[-1], line)):
        return [(when, before[-1])]
    return []


def shared_day(mention: Mention, line: Line) -> list[tuple[PartialDate, Mention]]:
    """The one day that opens a sentence on two energies: "on 5/5/21 she had both cryoablation of the rib and microwave ablation of segment 7"."""
    days = line.labelled("DATE")
    before = [m for m in line.labelled("PROCEDURE") if m.end <= mention.start]
    if len(days) != 1 or not before or days[0].end > before[0].start or {m.concept for m in before} & {mention.concept, "other"}:
        return []
    joined = re.search(r"\b(?:and|plus|with|then)\b|[+&,]", line.read.flat[before[-1].end : mention.start])
    if not joined or line.labelled("IMAGING", "PRIOR_TREATMENT") or any(m.has(*NOT_DONE) for m in before):
        return []
    return days_of(before[0], line)


SAME_SITTING = re.compile(
    r"\b(?:in|at|during|under|as part of) (?:the|this|that) (?:very )?(?:same|one|single|said) (?:an(?:a)?esthe\w+|session|sitting|operation|procedure|surgery|time|visit|stage|theatre)\b"
    r"|\b(?:at|during) (?:that|this) (?:operation|surgery|laparotomy|resection|session|sitting)\b|\b(?:concurrent|concomitant|simultaneous|synchronous|intra-?operative)(?:ly)? (?=\w)|\bcombined with\b|\bat the same time\b",
    re.IGNORECASE,
)
"""Words by which a sentence puts its ablation on the day told before it."""
HOW_DONE = ("SETUP", "PROBES", "ENERGY")


def day_of_sitting(mention: Mention, line: Line) -> list[tuple[PartialDate, Mention]]:
    """The day of the entry that a sentence without one goes on with: "2016-05-24: sectionectomy. In the same anesthetic, microwave ablation of ..."."""
    if line.labelled("DATE") or AFTER.search(line.read.flat[max(line.sentence.start, mention.start - 25) : mention.start]):
        return []
    same = SAME_SITTING.search(line.text) is not None
    if not (same or line.labelled(*HOW_DONE)):
        return []
    for before in islice(timeline.back(line), 4):
        if before.sentence.paragraph != line.sentence.paragraph:
            break
        days = before.labelled("DATE")
        if days:
            opens = re.fullmatch(r"\W*(?:on )?", line.read.flat[before.sentence.start : days[0].start], re.IGNORECASE) is not None
            own = own_day(days[0], before) if len(days) == 1 and not before.labelled("IMAGING") else None
            return [(own, days[0])] if own and (same or opens) else []
    return []


HEADS = re.compile(r"\)?\s*[:–—-]")
"""Behind the day that opens an entry."""


def _head_day(mention: Mention, line: Line) -> tuple[PartialDate, Mention] | None:
    """The day that opens an entry of a history ("October 2016: the next recurrence ... was treated by cryoablation"), where no other stands in it."""
    days = line.labelled("DATE")
    if len(days) != 1 or days[0].start - line.sentence.start > 4 or not HEADS.match(line.read.flat, days[0].end):
        return None
    others = [m for m in line.labelled("PRIOR_TREATMENT", "COMPLICATION", "IMAGING", "INTERVENTION") if m.start < mention.start]
    if others or AFTER.search(line.read.flat[max(line.sentence.start, mention.start - 25) : mention.start]):
        return None
    when = own_day(days[0], line)
    return (when, days[0]) if when else None


def _meanwhile(event: Mention, mention: Mention, line: Line) -> bool:
    """True for an operation in which the ablation was done: "RFA during the resection of 3/2017"."""
    before = line.read.flat[max(line.sentence.start, event.start - 40) : event.start]
    return (
        event.label == "PRIOR_TREATMENT"
        and event.start > mention.end
        and re.search(
            r"\b(?:during|at(?: the (?:time|same time) (?:of|as))?|in the course of|together with|along with|combined with|simultaneous\w* with)(?: (?:the|her|his|an?|open|liver|lung))*\s+$",
            before,
            re.IGNORECASE,
        )
        is not None
    )


ASIDE = re.compile(r"\([^()]{1,80}\)")


def _measured_by(event: Mention, mention: Mention, line: Line) -> bool:
    """True for an exam without a day in the bracket behind a tumour's name, before its ablation: "the nodule (18 mm on the CT before it) was ablated"."""
    if event.label != "IMAGING" or event.start > mention.start:
        return False
    brackets = ASIDE.finditer(line.read.flat, line.sentence.start, mention.start)
    own = next((b for b in brackets if b.start() < event.start < b.end()), None)
    told = [m.label for m in line.mentions if own and own.start() < m.start < own.end()]
    return "DATE" not in told and bool({"SIZE", "LENGTH"} & set(told))


def _goes_on(between: str) -> bool:
    """True if words between two days say that both are of one ablation."""
    return bool(LISTED.fullmatch(between) or (REPEATED.fullmatch(between) and AGAIN.search(between)))


def _told_vaguely(mention: Mention, line: Line, distance: int) -> bool:
    """True if words right behind an ablation say about when it was, nearer than any day: "frozen in 2018, then microwave the year after"."""
    behind = [d for d in line.labelled("DATE") if mention.end <= d.start < mention.end + min(distance, 40)]
    between = line.read.flat[mention.end : behind[0].start] if behind else ";"
    first = behind[0].value if behind else None
    vague = isinstance(first, When) and first.approximate and first.date is None and (first.months or first.days)
    after = next((d.start for d in line.labelled("DATE") if behind and d.start >= behind[0].end), None)
    if after and re.fullmatch(r"[\s,(:=–-]*(?:on |i\.?e\.?,? )?", line.read.flat[behind[0].end : after]):
        return False  # "two weeks ago (6/28/22)"
    return bool(vague) and re.search(r"[,;.:(]", between) is None


def _own_entry(found: list[Dated], mention: Mention, line: Line) -> list[Dated]:
    """Without dates that close the entry before, where the ablation's own has one: "appendix 1990, cryoablation of the kidney 2014"."""
    text = line.read.flat
    behind = [f for f in found if f[2].start >= mention.end and not re.search(r"[,;]", text[mention.end : f[2].start])]
    closing = [
        f
        for f in found
        if f[2].end <= mention.start
        and re.match(AWAY + r"(?:\s*\([^()\d]{1,30}\d?\))?\s*\)?[,;]", text[f[2].end : mention.start], re.IGNORECASE)
        and re.search(r"\w\W{1,3}$", text[line.sentence.start : f[2].start])
    ]
    return [f for f in found if f not in closing] if behind else found


THAN = re.compile(
    r"\b(?:than|compared (?:with|to)|relative to|versus|vs\.?)\s+(?:(?:in|on|at|the|that|of|last)\s+)*$",
    re.IGNORECASE,
)
"""Before a day with which something is compared."""

BOOKED = re.compile(
    r"\b(?:booked|scheduled|planned|set|due|slated|listed|arranged|intended|meant|date|down|slot)\s+(?:for|on|of|was)\s+(?:the )?(?:\w+day,? )?$",
    re.IGNORECASE,
)
MOVED = re.compile(
    r"\b(?:moved|re-?scheduled|postponed|put (?:back|off)|pushed|deferred|brought forward|delayed|changed|fell through|instead|slipped)\b",
    re.IGNORECASE,
)
"""An ablation that was not done on the day it had been booked for."""

GREW = re.compile(
    r"\b(?:doubled|grown|unchanged|stable|larger|smaller|increased|decreased|bigger|progress\w+|no change)\s+$", re.IGNORECASE
)

SPAN_FROM = re.compile(r"\bsince (?:[\w-]+ ){0,4}$", re.IGNORECASE)
"""Before the day from which a list of what came later is told: "since our letter of 4/2022: ablation of ... 5/10/22"."""
ONSET = re.compile(
    r"\b(?:onset|began|begun|started|starting|noticed|developed|appeared|first (?:seen|noted)|EMG|NCS|ECG|EKG|duplex)(?: (?:on|in|about|around|the|of|evening|morning|night|afternoon|early|late|at))*\W*$",
    re.IGNORECASE,
)
"""Before the day on which a trouble set in, or of a test of it."""
SINCE = re.compile(
    r"\s*(?:(?:day )?(?:s/p|status post|post|from|after|following|out from|since|of)\b)\s*(?:(?:the|a|an|his|her|percutaneous|ct[- ]guided|us[- ]guided|image[- ]guided|open|laparoscopic|left|right|[LR])\s+)*",
    re.IGNORECASE,
)
OF_THEN = re.compile(r"\b(?:on|by|until|through|since|before|of|at)\s+(?:the )?$", re.IGNORECASE)
STAYS = 14
"""Days after a session on which its day is still told by their number."""


def _day_since(d: Mention, mention: Mention, line: Line) -> PartialDate | None:
    """The day that the note's own day is counted from: "now POD 2 from percutaneous cryoablation"."""
    value, text = d.value, line.read.flat
    if not isinstance(value, When) or value.anchor != "procedure" or value.approximate or not 0 <= value.days <= STAYS or value.months:
        return None
    if not (d.end <= mention.start and SINCE.fullmatch(text[d.end : mention.start])):
        return None
    if OF_THEN.search(text[max(line.sentence.start, d.start - 12) : d.start]):
        return None
    return PartialDate(line.read.note.note_date - timedelta(days=value.days))


def own_day(d: Mention, line: Line) -> PartialDate | None:
    """The day that a date names if it can be one of an ablation: told, in the past, not an exam's."""
    if not isinstance(d.value, When) or d.value.approximate or d.value.anchor == "procedure" or d.rule_id.endswith("#future"):
        return None
    if d.value.anchor == "text":
        return _same_day_as(d, line)
    when = timeline.when(d, line.read.note)
    if (
        when is None
        or (when.precision == "day" and when.date == line.read.note.note_date and (_counts_to(d, line) or _of_visit(line)))
        or _of_exam(d, line)
        or timeline.of_source(d, line)
        or _ahead(d, when, line)
        or MEETING.search(before := line.read.flat[max(line.sentence.start, d.start - 40) : d.start])
        or THAN.search(before)
        or ONSET.search(before)
        or (d.value.anchor == "note" and before.rstrip().endswith("since"))
        or (SPAN_FROM.search(before) and line.read.flat[d.end : d.end + 1] == ":")
        or (BOOKED.search(before) and MOVED.search(line.text))
        or (GREW.search(before) and d.text.lower().startswith("since"))
    ):
        return None
    return when


def _counts_to(d: Mention, line: Line) -> bool:
    """True for the note's own day to which the time since an ablation is counted: "four weeks from lung RFA today", "call, day 6 after RFA, 3/4/21"."""
    return any(
        m.end <= d.start and DAYS_FROM.search(line.read.flat[max(line.sentence.start, m.start - 50) : m.start])
        for m in line.labelled("PROCEDURE")
    )


VISIT = re.compile(
    r"\b(?:clinic|visit|review(?:ed)?|follow(?:ing)?[- ]?up|f/?up?|check-?(?:up)?|call|appointment|encounter)\b", re.IGNORECASE
)


def _of_visit(line: Line) -> bool:
    """True for the note's own day in the title of a visit: "Cryoablation follow-up 10/3/18", "cryo clinic, 10/3/18"."""
    return line.sentence.start < timeline.TITLE_LENGTH and not timeline.is_report(line.read) and VISIT.search(line.text) is not None


def _same_day_as(d: Mention, line: Line) -> PartialDate | None:
    """The day that "same day" stands for, behind an ablation of the same sentence: "cryoablation ..., 3 Nov 2021; MWA of segment 3, same day"."""
    if not isinstance(d.value, When) or d.value.days or d.value.months:
        return None
    before = [m for m in line.labelled("DATE", "IMAGING", "PRIOR_TREATMENT", "COMPLICATION", "PROCEDURE") if m.end <= d.start]
    last = max((i for i, m in enumerate(before) if isinstance(m.value, When) and m.value.anchor != "text"), default=None)
    if last is None or any(m.label != "PROCEDURE" for m in before[last + 1 :]):
        return None
    if not any(m.label == "PROCEDURE" and not m.has(*NOT_DONE) for m in before[:last]):
        return None
    return own_day(before[last], line)


def _ahead(d: Mention, when: PartialDate, line: Line) -> bool:
    """True if a day without its year more likely lies ahead: soon after the note, and no word says that it is past."""
    if when.precision != "day" or timeline.YEAR_IN.search(d.words) or (isinstance(d.value, When) and d.value.anchor):
        return False
    written = line.read.note.note_date
    soon = timedelta(0) < when.date + timedelta(days=365) - written <= timedelta(days=120)
    words = line.text[: d.start - line.sentence.start] if line.sentence.section == "plan" else line.text
    return (
        soon
        and when.date < written
        and PAST.search(words) is None
        and line.sentence.section not in ("history", "past_history", "indication")
    )


SENTENCE_END = re.compile(r";|(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\bProf)(?<!\bSt)\. (?=[A-Z])")


WITHIN = re.compile(r"\([^()]*\)")
"""What a bracket tells between an ablation and its day: "of two metastases (segment 2, 16 mm; segment 7, 22 mm) on 13.09."."""


AFTER_ASIDE = re.compile(
    r",? (?:after|following) (?!(?:the |his |her |this |that )?(?:\w+ )?(?:\w*ablat|cryo|microwave|RFA|MWA|procedure|session|treatment))[^,;.()]{3,45},|\bafter (?:recovery|recovering|resolution|settling|an? (?:interval|pause|break|rest)|clearance|treatment of|convalescence)\b[^,;.()]{0,40}?(?:,| (?=(?:the|a|an|both|two)\b))",
    re.IGNORECASE,
)
"""What a clause between two commas tells that went before: "on 20.02., after recovery from fever, segment 2 was ablated"."""


def _distance(d: Mention, mention: Mention, events: Sequence[Mention], line: Line) -> int | None:
    """How far a date stands from an ablation; None if it is another event's, or of another clause."""
    text = line.read.flat
    behind = d.start >= mention.end
    between = text[mention.end : d.start] if behind else text[d.end : mention.start]
    first, last = min(d.start, mention.start), max(d.start, mention.start)
    if (
        any(first < e.start < last for e in events)
        or len(between) > (150 if behind or d.start - line.sentence.start < 12 else 90)
        or SENTENCE_END.search(WITHIN.sub("()", between))
    ):
        return None
    if behind:
        if FROM_THEN_ON.search(text[mention.end : d.end]) or _of_aftermath(mention, d, line) or LASTS.search(text[mention.end : d.end]):
            return None
        return None if (_leads(d, events, text) and not re.search(r"\($", between)) or FOUND_THEN.search(between) else len(between)
    relative = isinstance(d.value, When) and d.value.anchor == "note"
    if AFTER.search(AFTER_ASIDE.sub(",", between)) or (relative and QUOTE.search(between)) or _trails(d, events, line):
        return None
    return len(between) + 8


def _of_aftermath(mention: Mention, d: Mention, line: Line) -> bool:
    """True for a day right behind what was done of a trouble that follows an ablation and a comma: "post MWA, abscess since drained, drain removed 11/22", or of what a sentence on a trouble "after ablation" goes on to."""
    text = line.read.flat
    troubles = [m for m in line.labelled("COMPLICATION") if m.end <= mention.start and AFTER.search(text[m.end : mention.start])]
    if troubles and NEXT_ITEM.search(WITHIN.sub("()", text[mention.end : d.start])):
        return True
    within = [m for m in line.labelled("INTERVENTION") if mention.end <= m.start and m.end <= d.start]
    return bool(within) and "," in text[mention.end : within[0].start] and "," not in text[within[-1].end : d.start]


FROM_THEN_ON = re.compile(r"\bsince (?:[a-z]+ ){0,3}?[\w./ -]{4,15}$", re.IGNORECASE)
"""Behind an ablation the day from which something else lasts: "2016 microwave ablation elsewhere, since 2017 pazopanib"."""
LASTS = re.compile(r"[,;] [^.;,]*\b[a-z]{3,} since\b", re.IGNORECASE)
"""Up to a day behind an ablation from which something told apart from it lasts: "s/p cryo x2, liver mets since May"."""
FOUND_THEN = re.compile(
    r"\b(?:show(?:s|ed|ing|n)|reveal(?:s|ed)|demonstrat(?:es|ed)|remain(?:s|ed)|(?:look|appear|seem)(?:s|ed)|(?:was|were|is|are) (?:clear|quiet|clean|stable|negative|unremarkable|without|free))\b",
    re.IGNORECASE,
)
"""Between an ablation and the day of the exam that found something of it: "all treated by ablation, showed nothing active in December"."""
COUPLED = re.compile(r"(?:\s*[x×]\s?\d|\s+(?:of|to|for|in) (?:\w+ ){0,3}?\w+)?\s*(?:,?\s*\b(?:and|with)\b|&|\+|/)\s*", re.IGNORECASE)
"""Between two ablations that share the day behind them: "MWA x 2 and cryo 3/2019"."""


def coupled(first: Mention, second: Mention, text: str) -> bool:
    """True if nothing but a couple's word stands between two mentions."""
    return COUPLED.fullmatch(text[first.end : second.start]) is not None


def _beside(event: Mention, mention: Mention, text: str) -> bool:
    """True if another mention is of the same ablation, or of one given with it: "ablated (microwave)", "MWA and cryo"."""
    if event.label == "PROCEDURE" and mention.end <= event.start and coupled(mention, event, text):
        return True
    near = max(event.start - mention.end, mention.start - event.end) <= 12
    return near and event.label == "PROCEDURE" and "other" in (event.concept, mention.concept)


BESIDE = 120
"""Characters before or behind a day in which what joins it to an event stands."""


def _leads(d: Mention, events: Sequence[Mention], text: str) -> bool:
    """True if a date opens the entry of another event: "cryo 5/2018, 2019 resection"."""
    return any(0 <= e.start - d.end <= 12 and re.fullmatch(r"[\s:–-]*(?:a |the |of )?", text[d.end : e.start]) for e in events) and bool(
        re.search(r"[,;.]\s*(?:in |on )?$", text[max(0, d.start - BESIDE) : d.start])
    )


def _trails(d: Mention, events: Sequence[Mention], line: Line) -> bool:
    """True if a date closes the entry of another event that stands before it: "resected 2015, cryo of the lung"."""
    text = line.read.flat
    before = [e for e in events if e.end <= d.start]
    days = line.labelled("DATE")
    opens = re.search(r"(?:[,;.:(–-]|\band)\s*(?:in |on |early |late )?$", text[max(0, d.start - BESIDE) : d.start]) is not None
    if not before or (opens and days and days[0].start < before[0].start and days[0] is not d):
        return False
    gap = text[before[-1].end : d.start]
    return (
        not re.search(r"[;.]\s|,", gap)
        and len(gap) < 60
        and bool(re.match(AWAY + r"[\s)]*(?:[,;.)]|(?:and|then|afterwards|later)\b)", text[d.end : d.end + BESIDE], re.IGNORECASE))
    )


UNDER = re.compile(r"\bunder (?:\w+ ?(?:and |/ ?|\+ ?))?$", re.IGNORECASE)
"""Before the exam by whose images an ablation was guided: "cryo under CT 1/12/22"."""


def _of_exam(day: Mention, line: Line) -> bool:
    """True if the date is an exam's: "MRI of 12/08/2020", "CT 5/20/20:"."""
    text = line.read.flat
    guides = [g for g in line.labelled("SETUP") if g.concept.startswith("guidance")]
    return any(
        0 <= day.start - m.end <= 12
        and re.fullmatch(r"[\s,(]*(?:of|on|from|dated|done)?[\s(]*", text[m.end : day.start], re.IGNORECASE)
        and not any(g.start <= m.start and m.end <= g.end for g in guides)
        and not _guides(m, line)
        for m in line.labelled("IMAGING")
        if not UNDER.search(text[max(line.sentence.start, m.start - 20) : m.start])
    )


GUIDED = re.compile(r"\b(?:under|using|via)\s+(?:[\w-]+(?: |\s?[+/&]\s?)){0,2}$", re.IGNORECASE)
"""Before the imaging by which a needle was led, which is no exam."""


def _names_guide(e: Mention, mention: Mention, text: str) -> bool:
    """True for the imaging that is part of an ablation's own name: "CT cryoablation"."""
    return e.label == "IMAGING" and e.end <= mention.start and not text[e.end : mention.start].strip(" -/")


def _guides(m: Mention, line: Line) -> bool:
    return m.label == "IMAGING" and GUIDED.search(line.read.flat[max(line.sentence.start, m.start - 24) : m.start]) is not None
