"""What was done about a complication: measures that can serve it, in its own part of a sentence, or nowhere else to belong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from extractor.model import Mention, ReadNote
from extractor.normalizer import timeline
from extractor.normalizer.complication_context import NOT_HAPPENED, OTHER_CAUSE, REMEDY, SILENT_SECTIONS, SOON, WINDOW, Event, kinds
from extractor.normalizer.records import Line, searched
from extractor.patterns import re

SERVES = {
    "drain": ("pneumothorax", "hemothorax", "pleural_effusion", "infection", "hemorrhage", "fistula", "wound_complication", "urinary_injury", "bowel_injury", "cardiac", "respiratory", "other"),
    "blood": ("hemorrhage", "hemothorax", "vascular_injury", "wound_complication", "other"),
    "embolized": ("hemorrhage", "hemothorax", "vascular_injury"),
    "antibiotic": ("infection", "skin_injury", "wound_complication", "fistula", "bowel_injury", "urinary_injury", "respiratory", "pleural_effusion", "post_ablation_syndrome", "other"),
    "anticoagulant": ("thromboembolism", "vascular_injury", "cardiac", "other"),
    "nerve": ("nerve_injury", "pain", "fracture", "other"),
    "bladder": ("urinary_retention", "urinary_injury", "hemorrhage", "renal_failure", "nerve_injury", "infection"),
    "catheter": ("urinary_retention",),
    "opioid": ("pain", "fracture", "post_ablation_syndrome", "nerve_injury", "other"),
    "breathing": ("respiratory", "anesthesia", "pneumothorax", "air_embolism", "nerve_injury"),
    "circulation": ("hypotension", "hypertension", "cardiac", "cryoshock", "hemorrhage", "rhabdomyolysis", "renal_failure", "infection", "anesthesia", "post_ablation_syndrome", "other"),
}  # fmt: skip
"""What a treatment is given for; one that serves another trouble says nothing of this one's severity."""


AT_ONCE = re.compile(
    r"\b(?:now|tonight|today|tomorrow|this (?:morning|afternoon|evening)|stat|urgent\w*|emergen\w*|at once)\b", re.IGNORECASE
)
"""What is planned for the same or the next day is done."""


def done(lines: Sequence[Line], term: str) -> list[Mention]:
    """What was done about a trouble: measures that can serve it, in its own part of the sentence."""
    return [
        m
        for line in lines
        for m in line.labelled("INTERVENTION")
        if not m.has("negated", "risk", "hypothetical", "family", "cancelled", "expected")
        and (not m.has("planned") or AT_ONCE.search(line.text))
        and term in SERVES.get(m.rule_id.rpartition(".")[2], (term,))
        and own_clause(m, line, term)
        and not _of_session(m, line, term)
        and not _not_given(m, line)
        and not (m.rule_id.endswith(".bladder") and TAKEN_OUT.match(line.read.flat, m.end, line.sentence.end))
        and not (term == "respiratory" and m.rule_id.endswith(".drain") and IN_PLACE.match(line.read.flat, m.end, line.sentence.end))
    ]


OFFERED = re.compile(r"\b(?:offered|declin\w+|refus\w+|did not (?:want|take|need|require))\b[^.;]{0,40}$", re.IGNORECASE)
DECLINED = re.compile(
    r"[\w ]{0,20},? ?(?:but |which )?(?:\w+ )?(?:was |were )?(?:declined|refused|(?:not|never) (?:yet )?(?:started|taken|wanted|given|needed|required|necessary|filled))\b",
    re.IGNORECASE,
)
ENDED = re.compile(
    r"[ ,]*(?:ER |SR |is |was )*(?:off|stopped|being halved|halved|weaned|discontinued)\b(?! (?:after|once|when) (?:\w+ )?(?:day|week|month|course))",
    re.IGNORECASE,
)


def _not_given(m: Mention, line: Line) -> bool:
    """True for what was offered and declined, not started, or, of opioids, only stopped."""
    text, end = line.read.flat, line.sentence.end
    if DECLINED.match(text, m.end, end) or (m.rule_id.endswith(".opioid") and ENDED.match(text, m.end, end)):
        return True
    return OFFERED.search(text[max(line.sentence.start, m.start - 60) : m.start]) is not None and " then " not in line.text


def _of_session(m: Mention, line: Line, term: str) -> bool:
    """True for the anesthesia of a report in whose sentence no trouble is named, and for the surgery told before the ablation that made it."""
    if _ablated_under(m, line):
        return True
    if any(c.concept == term for c in line.labelled("COMPLICATION")):
        return any(
            m.end <= p.start < c.start and not GIVEN_FOR.fullmatch(line.read.flat, m.end, p.start)
            for p in line.labelled("PROCEDURE")
            for c in line.labelled("COMPLICATION")
            if c.concept == term
        )
    return timeline.is_report(line.read) and ANESTHESIA.search(m.words) is not None and bool(line.labelled("SETUP"))


def _ablated_under(m: Mention, line: Line) -> bool:
    """True for the anesthesia of an ablation told just before it, no other treatment between: "cryoablation of the rib under general anesthesia"."""
    if not ANESTHESIA.search(m.words):
        return False
    told = [x.end for x in line.labelled("PROCEDURE") if UNDER.fullmatch(line.read.flat, x.end, m.start)]
    others = line.labelled("INTERVENTION", "PRIOR_TREATMENT", "COMPLICATION")
    return bool(told) and not any(max(told) <= x.start < m.start for x in others)


ANESTHESIA = re.compile(r"\b(?:an(?:a)?esth\w+|(?-i:GA))\b", re.IGNORECASE)
UNDER = re.compile(r"[^.;:]{0,60}", re.IGNORECASE)
"""Between an ablation and the anesthesia it was done under."""
GIVEN_FOR = re.compile(
    r"(?: [\w-]+){0,4}? (?:for|because of|due to|to (?:treat|drain|relieve|bridge|cover))(?: (?:a|an|the|his|her|new|late|delayed|painful|symptomatic))* (?:post|after)[- ]?",
    re.IGNORECASE,
)
"""Between a measure and the ablation that made the trouble it was for: "stent placed for post-ablation stricture"."""

TAKEN_OUT = re.compile(
    r"\W*(?:catheter |was |is |came |to (?:come|be) )*(?:out|removed|pulled|taken out|discontinued|d/?c['’]?d)\b", re.IGNORECASE
)
"""Behind a catheter that every patient had: it was only taken out."""
IN_PLACE = re.compile(
    rf"\W*(?:outputs?|volume|losses|drained|losing|stopped|dry|clamped|bubbl\w+)\b|{TAKEN_OUT.pattern}|(?: (?!placed|inserted|put)[\w-]+){{0,6}} (?:it )?(?:came|is|was|went|taken|pulled) out\b",
    re.IGNORECASE,
)
"""Behind a drain that lay for another trouble: what ran through it, and its end, beside an atelectasis seen then."""


def own_clause(m: Mention, line: Line, term: str) -> bool:
    """True unless the part of the sentence between semicolons names other troubles only: "pneumonitis, major; pneumothorax, minor"."""
    if _of_next_ablation(m, line, term):
        return False
    text = line.read.flat
    start = text.rfind(";", line.sentence.start, m.start) + 1 or line.sentence.start
    end = text.find(";", m.end, line.sentence.end)
    here = {c.concept for c in line.labelled("COMPLICATION") if start <= c.start < (end if end >= 0 else line.sentence.end)}
    return term in here if here else not _of_other_ablation(line, term, start, end if end >= 0 else line.sentence.end)


def _of_next_ablation(m: Mention, line: Line, term: str) -> bool:
    """True for what a story of several ablations tells behind the next one and its own trouble: "a node (with a clot), then a rib, after which a leak kept her in"."""
    told = [c for c in line.labelled("COMPLICATION") if c.end <= m.start]
    own = max((c.end for c in told if c.concept == term), default=None)
    if own is None or not any(c.start > own for c in told):
        return False
    return any(own < p.start < m.start for p in line.labelled("PROCEDURE"))


def _of_other_ablation(line: Line, term: str, start: int, end: int) -> bool:
    """True for a part of a list of ablations beside the one that the trouble is told of: "left cryo with chest tube; right cryo, hemoptysis"."""
    text = line.read.flat
    told = [m.start for m in line.labelled("COMPLICATION") if m.concept == term]
    own = [(text.rfind(";", line.sentence.start, at), text.find(";", at, line.sentence.end)) for at in told]
    ablated = [m.start for m in line.labelled("PROCEDURE")]
    return any(start <= p < end for p in ablated) and bool(own) and all(any(a < p and (p < b or b < 0) for p in ablated) for a, b in own)


SOLE = {
    "blood": ("hemorrhage", "hemothorax", "vascular_injury"),
    "tube": ("pneumothorax", "hemothorax", "pleural_effusion"),
    "lowers": ("hypertension",),
    "raises": ("hypotension", "cryoshock", "hemorrhage", "hemothorax", "infection", "cardiac", "air_embolism"),
}
"""Measures that are hardly given but for a few troubles: with only one of these told of a session, they were given for it."""
TUBE = re.compile(r"chest|pleural|pig-?tail|intercostal|Heimlich|thora", re.IGNORECASE)
LOWERS = re.compile(
    r"labetalol|esmolol|nitro|hydralazine|urapidil|phentolamine|nicardipine|clevidipine|nifedipine|antihypertensive|cardene", re.IGNORECASE
)
RAISES = re.compile(r"vasopress|phenylephrine|ephedrine|metaraminol|noradrenaline|norepinephrine|neo|pressors", re.IGNORECASE)


def apart(reads: Sequence[ReadNote], groups: Mapping[tuple[str, str], Sequence[Event]]) -> dict[tuple[str, str], tuple[Mention, ...]]:
    """Measures in sentences that name no trouble, for the only trouble of the session that they can have been given for."""
    days = {key: events[0].session.when.date for key, events in groups.items()}
    out: dict[tuple[str, str], tuple[Mention, ...]] = {}
    for read in reads:
        last = max((d for d in days.values() if d <= read.note.note_date), default=None)
        if last is None or read.note.note_date - last > WINDOW or timeline.kind(read) in ("pathology", "radiology"):
            continue
        here = [key for key, day in days.items() if day == last]
        for line in timeline.lines(read):
            for key, m in _only(line, here, read.note.note_date - last <= SOON) if _silent(line) else ():
                out[key] = (*out.get(key, ()), m)
    return out


def _silent(line: Line) -> bool:
    """True for a sentence that tells a measure and no trouble, nor another cause for it."""
    return (
        bool(line.labelled("INTERVENTION"))
        and line.sentence.section not in SILENT_SECTIONS
        and not any(not m.has(*NOT_HAPPENED) for m in line.labelled("COMPLICATION"))
        and not line.labelled("ON_PURPOSE")
        and not any(not m.has("negated") and not m.concept.endswith((":denied", ":department")) for m in line.labelled("PRIOR_TREATMENT"))
        and not searched(OTHER_CAUSE, REMEDY.sub(" ", line.text))
    )


def _only(line: Line, keys: Sequence[tuple[str, str]], soon: bool) -> list[tuple[tuple[str, str], Mention]]:
    """Each measure of a sentence that only one of the troubles can have called for."""
    out = []
    for m in line.labelled("INTERVENTION"):
        can = [key for key in keys if key[1] in SOLE.get(_means(m, line, soon), ())]
        if len(can) == 1 and m in done((line,), can[0][1]):
            out.append((can[0], m))
    return out


def _means(m: Mention, line: Line, soon: bool) -> str:
    """The kind of a measure that tells its trouble by itself; empty for others."""
    name = m.rule_id.rpartition(".")[2]
    if name == "blood":
        return name
    if name == "drain" and TUBE.search(m.words) and not timeline.is_report(line.read):
        return "tube"
    if name != "circulation" or not soon:
        return ""
    return "lowers" if LOWERS.search(m.words) else "raises" if RAISES.search(m.words) else ""


LATER = ("drain", "blood", "embolized", "anticoagulant", "nerve", "bladder")
"""Measures that are begun for a trouble, not ones that a patient takes for something else besides."""


def treated_later(reads: Sequence[ReadNote], events: Sequence[Event]) -> tuple[Mention, ...]:
    """What a note soon after the last telling of a trouble does for it without its name, and it names no other: "stable, sling for three weeks"."""
    last, term = max(e.line.read.note.note_date for e in events), events[0].mention.concept
    return tuple(
        m
        for read in reads
        if timeline.kind(read) in ("clinic", "telephone", "nursing", "other")
        and timedelta(0) < read.note.note_date - last <= WINDOW
        and not kinds(read)
        for line in timeline.lines(read)
        if _silent(line)
        for m in done((line,), term)
        if m.rule_id.rpartition(".")[2] in LATER and term in SERVES[m.rule_id.rpartition(".")[2]]
    )


SPARED = re.compile(r"\b(?:no|not|nothing|none|without|never|need)\b", re.IGNORECASE)


def spared_later(reads: Sequence[ReadNote], events: Sequence[Event]) -> Mention | None:
    """What a note soon after the last telling of a trouble says of it without its name: "it needs no treatment and will knit"."""
    last = max(e.line.read.note.note_date for e in events)
    for read in reads:
        if timeline.kind(read) in ("clinic", "telephone", "nursing", "other") and timedelta(0) < read.note.note_date - last <= WINDOW:
            for line in timeline.lines(read):
                for m in line.labelled("INTERVENTION"):
                    if m.concept == "mild" and SPARED.search(m.words) and not line.labelled("COMPLICATION"):
                        return m
    return None
