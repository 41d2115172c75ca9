"""Which adverse events did happen, after which session, how severe? One row an event.

Labeling guide, Complication. Severity as the note grades it, else by what was done about it (SIR 2017, Khalilzadeh et al., JVIR 2017).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain, islice, takewhile

from extractor.model import Cell, Drop, Mention, PartialDate, ReadNote, Row, When
from extractor.normalizer import procedures, timeline
from extractor.normalizer.records import Line, Session, Target, in_line, searched
from extractor.patterns import re

WINDOW = timedelta(days=30)
"""An event within 30 days of a session is counted to it (labeling guide); later only where a note ties it to the ablation."""
NOT_HAPPENED = ("negated", "hypothetical", "family", "risk", "planned", "expected", "cancelled", "intended")
SILENT_SECTIONS = (
    "consent",
    "instructions",
    "family_history",
    "past_history",
    "review_of_systems",
    "plan",
    "comparison",
    "reason",
    "medications",
    "allergies",
)
TIE = re.compile(
    r"\b(?:weakened by|(?<!not[ ]in[ ])(?<!outside[ ])(?<!away[ ]from[ ])the (?:treated|ablated|frozen) (?!with\b|by\b)\w+|previously (?:frozen|ablated|treated)|(?:cryo-?)?(?:ablated|frozen|treated) (?:\w+ )?(?:segment|rib|bone|vertebra\w*|area|site|nodule|lung|muscle)|(?:at|in|through|within|along|adjacent to|next to|beside|beneath|over|around) the (?:\w+ ){0,2}?(?:(?:ablation|treatment|treated|cryoablat\w+) ?(?:site|zone|bed|cavity|segment)?|zone|ablat\w+)|where (?:we|it was|they|you) (?:froze|frozen|ablated|treated|burned)(?: it)?|(?:(?<!away[ ])from|after|following|since|due to|consequence of|related to|attribut\w+ (?:(?:this|it|that|them|these) )?to|charged to|ascribed to|blamed on|caused by|result of|secondary to|because of|complicat\w+|c/b|post|status[- ]post)(?: \w+){0,5}? ?(?:cryo\w*|ablat\w+|freez\w+|froze\w*|microwave|MWA|RFA|procedure|ice|the cold|treatment)"
    r"|(?:cryo\w*|ablat\w+|MWA|RFA|microwave|procedure)(?: \w+){0,6}? ?(?:complicat\w+|c/b|caused|left (?:him|her)|with)|ablation-related|procedure-related|post-?(?:cryo\w*|ablation|procedur\w+|intervention\w*)|(?:intra|peri)-?(?:procedur\w+|interventional|operativ\w+|ablation)"
    r"|(?:during|at|with|w/|in|after|following|post|followed|complicat\w+|from|of|by|into|c/b|accompanied) (?:(?:the|this|that|his|her|same|first|second|third|final|last|\d\S*) )*(?:procedure|freez\w*|thaw\w*|session|intervention|case|cryo\w*|ablation|treatment)|procedure (?:\w+ )?c/b"
    r"|thermal|frost-?(?:bit\w+|nip\w*|burn\w*)|cold (?:injury|lesion|burn)\w*|cryo-?shock|delayed (?:pneumothorax|PTX|ha?emothorax|bleed\w*|ha?emorrhage)|(?:tract|track|puncture|probe) ha?ematoma|while(?: \w+){1,5} (?:freez\w+|frozen|ablat\w+|thaw\w+)|(?:puncture|needle|probe|entry|access)[- ](?:site|wound|channel|hole|track|tract)s?|(?:over|around) (?:the )?(?:area |lesion )?(?:site|treated)"
    r"|(?:at|of|over|around|near|from|in|along|by|thru|through|next to) (?:(?:the|a|one|its|all) )*(?:cryo(?:['’]?d)?|ablat\w+|probe|treat(?:ed|ment)|tx['’]?d?|frozen) (?:\w+ )?(?:site|tract|track|hole|entry|zone|area|bed|place|path|puncture|bone|lung|region|side)s?)\b",
    re.IGNORECASE,
)
CAUSES = r"\w+ectomy|port\b(?! site)|biops\w+|bx|stent\w*|catheter(?! ablation)|PICC|line|resection|surgery|operation|laparotomy|thoracotomy|wedge|emboli[sz]ation|chemo\w*|radiation|radiotherapy|XRT|fall(?! (?:in|of|to|from|below|by)\b)|accident|trauma|colonoscopy|doxorubicin|docetaxel|gemcitabine|trabectedin|pazopanib|ifosfamide|hysterectomy|nephrectomy|vertebroplasty|(?:an?|head|chest|common) cold(?! injur| damage| effect| of| from| itself)|dental|diabetes|disc|arterial (?:puncture|access|line)|(?:groin|femoral|vascular|venous|central) (?:puncture|access|sheath|line)|puncture for the emboli\w+|angiogra\w+|(?:nerve|femoral|sciatic|plexus|paravertebral|epidural|spinal) block|slip|skiing|(?:\w+ )?crash|assault|spinal stenosis|shingles|taxane\w*|paclitaxel|vincristine|cisplatin|local an(?:a)?esthetic|lidocaine|lignocaine|bupivacaine|ropivacaine"
THE = r"(?:the|his|her|prior|previous|last|that|recent)"
OTHER_CAUSE = re.compile(
    rf"\b(?:(?:from|after|since|follow(?:ed|ing|s)|due to|related to|attribut\w+ (?:(?:this|it|that|them|these) )?to|caused by|secondary to|at the time of|during|by|of) (?:{THE} |an? )*(?:(?!ablat|cryo|freez|procedure|interven|session|treatment)[\w'’-]+ ){{0,3}}?(?:{CAUSES})"
    rf"|when (?:{THE} |an? )*(?:\w+ )?(?:{CAUSES}) (?:was|were|had to be)\b"
    rf"|(?:from|after|following|due to|by|since) (?:{THE} |an? )*(?:an(?:a)?esth\w+|sedation|intubation|opioids?|morphine) (?:for|of|at|during|in) (?:{THE} |this |an? )*(?:\w+ ){{0,2}}?(?:{CAUSES})|(?:from|due to|owing to|because of|attribut\w+ to|secondary to|effect of|result of) (?:the |his |her )*(?:(?:regional|local|nerve|plexus|femoral|interscalene|axillary|paravertebral|intercostal|anesthetic|anaesthetic) )*blocks?(?! (?:of|the|in) )"
    r"|(?:groin|femoral|radial|wrist) (?:access )?ha?ematoma (?:from|at|of) (?:the )?(?:\w+ )?(?:access|sheath)"
    rf"|with (?:{THE} )+(?:\w+ ){{0,2}}?(?:{CAUSES})|with (?:chemo\w*|doxorubicin|docetaxel|gemcitabine|trabectedin|pazopanib|ifosfamide|taxane\w*|paclitaxel|vincristine|cisplatin)"
    r"|(?:bx|biopsy|post-?biopsy|port|drain|stent|PICC|catheter|central line|post-?embolization) (?:pneumothorax|PTX|ha?emothorax|bleed\w*|ha?ematoma|ha?emorrhage|infection|abscess|effusion|thromb\w+|DVT|clot|injury|numbness)|(?:bx|biopsy|port(?: placement| insertion)?|stent|catheter|PICC|surgery|resection|operation|embolization|chemo\w*|epidural) (?:\w+ ){0,3}?(?:c/b|complicated by|caused|with)|(?:PICC|port|line|catheter|stent|biopsy|surgery|chemo\w*|radiation|embolization|drug|medication|an(?:a)?esthe\w+|opioid|block|trauma|fall|Foley)[- ](?:associated|related|induced|provoked)|(?:the |his |her )(?:port|line|PICC|catheter|stent|block|biopsy|operation|surgery|chemo\w*|drug|fall|tube|drain|flap) (?:is|was|being) (?:(?:felt|thought|judged|held|considered|taken|seen|likely|probably|clearly|to|be|as) )*(?:the |a )?(?:likely |probable |obvious |true |sole |main |more likely )*(?:reason|cause|culprit|source|origin|trigger)\b|(?:thromb\w+|clots?)\b[^.;]{0,70}\b(?:hugs|hugging|along|around|about|encas\w+|at|adherent to|on|in) (?:the |a |his |her )?(?:tip of (?:the )?)?(?:port|central line|PICC|Hickman|port catheter|dialysis catheter|central (?:venous )?catheter)|(?:intercostal|femoral|sciatic|nerve|paravertebral|plexus|epidural|spinal) (?:block|an(?:a)?esth\w+)\b[^.;]{0,60}\b(?:numb\w*|weak\w*|heav\w*)|(?:injection|insertion|cannula|infusion|donor|PICC|port|stoma)[- ]sites?|pre-?existing|longstanding|from childhood|old (?:rib )?fracture|(?:sustained|suffered|had|provoked)? ?(?:many|several|some|a few|\d+) years (?:ago|before|earlier)|allerg(?:y|ies|ic) to)\b",
    re.IGNORECASE,
)
REMEDY = re.compile(
    r"\b(?:treat\w*|manag\w*|control\w*|stop\w*|drain\w*|evacuat\w*|repair\w*|seal\w*|reliev\w*|resol\w*|settl\w*|heal\w*|clos\w*|correct\w*|address\w*|secur\w*|coil\w*|necessitat\w*|requir\w*|need\w*|underwent|subsid\w*|improv\w*)(?: \w+){0,4}? (?:by|with|after|following|through|via|during)(?: [\w-]+){1,4}|\b(?:after|following|once|when) (?:the |a |his |her )?(?:\w+ )?(?:catheter|Foley|IDC)(?: \w+){0,2}? (?:remov\w+|out|taken|pulled)",
    re.IGNORECASE,
)
"""What was done about a trouble is not its cause: "treated by coil embolization"."""
LASTING = ("pleural_effusion", "nerve_injury", "urinary_retention", "hypertension", "renal_failure", "other", "respiratory", "cardiac")
"""Kinds of trouble that a patient can bring along: told before the session, they are not its doing unless a note ties them to it."""
SUDDEN = re.compile(r"crisis|surge|spike|storm|emergency|acute", re.IGNORECASE)
"""What nobody brings along."""
NOT_OURS = re.compile(
    r"\b(?:not|never|hardly|rather than) (?:(?:thought|felt|considered|judged|believed|deemed|held) (?:to be |as )?)?(?:\w+ )?(?:to|by|from|with|of|due to|because of|related to|caused by|attribut\w+ to|a (?:result|consequence|complication) of) (?:the |his |her |our |this |any |either )?(?:\w+ )?(?:ablation|procedure|cryo\w*|treatment|ice|freez\w+|microwave|MWA|RFA|intervention|needles?|probes?)\b|\b(?:unrelated to|nothing to do with|no (?:relation|connection|link) (?:to|with)|independent of) (?:the |his |her |our |this )?(?:\w+ )?(?:ablation|procedure|cryo\w*|treatment|freez\w+|ice|cold|microwave|MWA|RFA|intervention)\b|\bnothing to do with (?:us|our (?:work|part)|what we did)\b",
    re.IGNORECASE,
)
"""The note's own word that the ablation did not do it."""
UNTREATED = re.compile(
    r"\b(?:(?:side|one|lung|lobe|leg|arm|thigh|foot|kidney|part) (?:that )?(?:(?:we|they) (?:have |had )?(?:not|never) (?:treat\w*|ablat\w*|fr[eo]ez\w*|froze\w*)|(?:we|they) did(?: not|n[’']?t) (?:treat|ablate|freeze)|(?:was|were) (?:not|never) (?:treated|ablated|frozen))|(?:untreated|non-?treated|unablated) (?:side|lung|lobe|leg|arm|thigh|foot|kidney|limb))\b",
    re.IGNORECASE,
)
"""Words that put a trouble on the side, or in the limb, that the ablation spared."""
TO_BLAME = re.compile(
    r"\b(?:thinks?|thought|believes?|believed|feels?|felt|says?|said|because|as|that|:|;|,)\W+([^.;:]{1,80}?) (?:is|are|was|were) (?:\w+ )?(?:to blame|the (?:likely |probable )?(?:cause|culprits?|reasons?))\b",
    re.IGNORECASE,
)
HARDWARE = re.compile(
    r"\b(?:over|around|at|of|from|about|beneath) (?:the|his|her|that) (?:\w+ )?(?:nail|plate|screws?|prosthesis|pacemaker|hip replacement|knee replacement)\b",
    re.IGNORECASE,
)
"""What another operation put in, and the trouble is at."""


def _of_else(line: Line) -> bool:
    """True if a sentence lays a trouble at a side that was not treated, at another operation's hardware, or names what is to blame for it."""
    if UNTREATED.search(line.text) or HARDWARE.search(line.text):
        return not TIE.search(line.text)
    return any(not OWN_CAUSE.search(m[1]) and not TIE.search(m[1]) for m in TO_BLAME.finditer(line.text))


CHRONIC = re.compile(
    r"^(?:(?:paroxysmal |chronic )?(?:atrial fibrillation|a-?fib)|heart failure|arrhythmias?|(?:chronic )?(?:renal|kidney) (?:failure|insufficiency)|(?:peripheral )?neuropathy|radiculopathy|incontinence|erectile dysfunction|lymph(?:o)?edema|coagulopathy|thrombocytopenia|stroke|seizure|fistula)$",
    re.IGNORECASE,
)
"""Troubles that stand in lists of diagnoses for years: only words that call them new make them events."""
NEWLY = re.compile(
    r"\b(?:new(?:ly)?|increas\w+|larger|worse\w*|more|now|sudden\w*|acute\w*|since|after|woke|began|started|develop\w+)\b", re.IGNORECASE
)
RETURNED = re.compile(
    r"\b(?:(?:re-?)?admi(?:tted|ssion)|re-?presented|presented|returned|came (?:back|in)|attended|brought in|seen in (?:the )?(?:ED|ER|emergency)|rang|called|noticed)\b",
    re.IGNORECASE,
)
SITED = 45
"""Characters before an event in which a date of a session names that session."""
SERVES = {
    "drain": ("pneumothorax", "hemothorax", "pleural_effusion", "infection", "hemorrhage", "fistula", "wound_complication", "urinary_injury", "bowel_injury", "cardiac", "respiratory", "other"),
    "blood": ("hemorrhage", "hemothorax", "vascular_injury", "wound_complication", "other"),
    "embolized": ("hemorrhage", "hemothorax", "vascular_injury"),
    "antibiotic": ("infection", "skin_injury", "wound_complication", "fistula", "bowel_injury", "urinary_injury", "respiratory", "pleural_effusion", "post_ablation_syndrome", "other"),
    "anticoagulant": ("thromboembolism", "vascular_injury", "cardiac", "other"),
    "nerve": ("nerve_injury", "pain", "fracture", "other"),
    "bladder": ("urinary_retention", "urinary_injury", "hemorrhage", "renal_failure", "nerve_injury", "infection"),
    "opioid": ("pain", "fracture", "post_ablation_syndrome", "nerve_injury", "other"),
    "circulation": ("hypotension", "hypertension", "cardiac", "cryoshock", "hemorrhage", "rhabdomyolysis", "renal_failure", "infection", "anesthesia", "post_ablation_syndrome", "other"),
}  # fmt: skip
"""What a treatment is given for; one that serves another trouble says nothing of this one's severity."""

RANK = ("mild", "moderate", "severe", "life_threatening", "death")
LEAST = re.compile(r"\b(?:trace|tiny|minimal|small|slight|minor|mild|superficial|punctate|sliver|thin|little)\b", re.IGNORECASE)
SAID_TO_BE_ONE = re.compile(
    r"complicat|adverse|\bAEs?\b|grade|CTCAE|CIRSE|Clavien|SIR\b|readmi\w* (?:for|with) (?:\w+ )?pain|pain (?:requir|need)|for pain control|pain crisis",
    re.IGNORECASE,
)
GRADES = {
    "SIR_A_F": {"a": "mild", "b": "mild", "c": "moderate", "d": "severe", "e": "severe", "f": "death"},
    "CTCAE": {"1": "mild", "2": "moderate", "3": "severe", "4": "life_threatening", "5": "death"},
    "CIRSE": {"1": "mild", "2": "mild", "3": "moderate", "4": "severe", "5": "life_threatening", "6": "death"},
    "Clavien-Dindo": {"i": "mild", "ii": "moderate", "iii": "", "iiia": "", "iiib": "severe", "iv": "life_threatening", "iva": "life_threatening", "ivb": "life_threatening", "v": "death", "1": "mild", "2": "moderate", "3": "", "3a": "", "3b": "severe", "4": "life_threatening", "4a": "life_threatening", "4b": "life_threatening", "5": "death"},
}  # fmt: skip
MAJOR: dict[str, str | tuple[str, ...]] = {
    "SIR_A_F": "cdef",
    "CTCAE": "345",
    "CIRSE": "456",
    "Clavien-Dindo": ("iii", "iv", "v", "3", "4", "5"),
}


@dataclass(frozen=True, slots=True)
class Event:
    """One telling of an adverse event."""

    mention: Mention
    line: Line
    session: Session
    day: PartialDate
    day_from: tuple[Mention, ...]


@dataclass(frozen=True, slots=True)
class Treated:
    """What the chart did: sessions, their targets, and the days of sessions called off."""

    sessions: Sequence[Session]
    targets: Sequence[Target]
    called_off: Sequence[PartialDate]


ANOTHER_CAUSE = "due to another cause by the note's words"
SAME_STORY = timedelta(days=14)
"""How far apart two notes may date one trouble."""


def find(reads: Sequence[ReadNote], sessions: Sequence[Session], targets: Sequence[Target], drops: list[Drop], patient: str) -> list[Row]:
    """Complication rows by session and onset; tellings that are none go to ``drops``."""
    events: list[Event] = []
    cleared: list[tuple[str, date]] = []
    treated = Treated(sessions, targets, [d for d in procedures.undone(reads) if not any(s.when.agrees(d) for s in sessions)])
    brought = _brought_along(reads, sessions)
    expected = _expected(reads, sessions)
    for read in reads:
        for line in timeline.telling(read):
            for mention in line.labelled("COMPLICATION"):
                found = _event(mention, line, treated, events, brought)
                if isinstance(found, Event) and _as_expected(found, expected):
                    found = "called expected in another note on the session"
                if found == ANOTHER_CAUSE and not mention.has("historical"):
                    cleared.append((mention.concept, _onset(mention, line, sessions)[0].date))
                if isinstance(found, str):
                    drops.append(Drop(mention, "complications", found))
                else:
                    events.append(found)
    groups: dict[tuple[str, str], list[Event]] = {}
    events = [e for e in events if not _cleared(e, events, cleared)]
    for event in _of_one_session(events, targets):
        groups.setdefault((event.session.procedure_id, event.mention.concept), []).append(event)
    groups = {key: group for key, group in groups.items() if not _told_as_another(group, key[0], groups)}
    alone = [key for key in groups if sum(k[0] == key[0] for k in groups) == 1]
    rows = [_row(group, _graded_apart(reads, group) if key in alone else (), patient) for key, group in groups.items()]
    return sorted(rows, key=lambda r: (str(r["procedure_id"]), str(r["date"]), str(r["term"])))


def _cleared(event: Event, events: Sequence[Event], cleared: Sequence[tuple[str, date]]) -> bool:
    """True if another telling of the same trouble names another cause, and none ties it to the ablation."""
    return any(concept == event.mention.concept and abs(day - event.day.date) <= SAME_STORY for concept, day in cleared) and not any(
        e.mention.concept == event.mention.concept and (TIE.search(e.line.text) or e.line.sentence.section == "complications")
        for e in events
    )


OOZING = re.compile(
    r"discharg|drain|ooz|leak|weep|secret|wept|slow|delayed|open|gap|did not|not (?:yet )?(?:closed|healed|dried)|wound", re.IGNORECASE
)
GENERIC_BLEED = re.compile(
    r"(?:delayed |active )?(?:re-?)?(?:bleed\w*|bled|ha?emorrhage|extravasation|active extravasation)", re.IGNORECASE
)


LEAK = re.compile(r"(?:\w+ )?air leak", re.IGNORECASE)


def _told_as_another(group: Sequence[Event], session: str, groups: Mapping[tuple[str, str], Sequence[Event]]) -> bool:
    """True for what is one event with another of the session: a bleed without a place beside blood in the chest, the pus that an infection discharges."""
    if group[0].mention.concept == "pneumothorax":
        return (session, "fistula") in groups and all(LEAK.fullmatch(e.mention.text) for e in group)
    if group[0].mention.concept == "hemorrhage":
        return (session, "hemothorax") in groups and all(GENERIC_BLEED.fullmatch(e.mention.text) for e in group)
    if group[0].mention.concept == "wound_complication" and (session, "fistula") in groups:
        return all(OOZING.search(e.mention.text) for e in group)
    infected = {(e.line.read.note.note_id, e.day.date) for e in groups.get((session, "infection"), ())}
    return group[0].mention.concept == "wound_complication" and all(
        OOZING.search(e.mention.text) and (e.line.read.note.note_id, e.day.date) in infected for e in group
    )


def _of_one_session(events: Sequence[Event], targets: Sequence[Target]) -> list[Event]:
    """Tellings of one trouble tied to different sessions of one day belong to the session that the words fit best."""
    out = []
    rivals: dict[tuple[str, PartialDate], list[Event]] = {}
    for event in events:
        rivals.setdefault((event.mention.concept, event.session.when), []).append(event)
    several = {key for key, tellings in rivals.items() if len({e.session.procedure_id for e in tellings}) > 1}
    for event in events:
        key = event.mention.concept, event.session.when
        if key in several:
            best = max(rivals[key], key=lambda e: _spoken_of(e.session, targets, e.line))
            event = replace(event, session=best.session)
        out.append(event)
    return out


SOON = timedelta(days=3)
"""How long after a session its own notes tell what was expected."""


def _expected(reads: Sequence[ReadNote], sessions: Sequence[Session]) -> frozenset[tuple[str, date]]:
    """Kinds of trouble that a note of the first days calls expected or brought about on purpose, with the day of the session; unless it tells of one that is not."""
    said: dict[tuple[str, date], bool] = {}
    for read in reads:
        here = [s.when.date for s in sessions if timedelta(0) <= read.note.note_date - s.when.date <= SOON]
        for line in timeline.lines(read) if here else ():
            for m in line.labelled("COMPLICATION"):
                if m.has("expected") and not m.has("negated", "hypothetical", "risk") and _in_one_breath(m, line):
                    said[m.concept, max(here)] = not TROUBLE.search(line.text)
        for concept in _made(read) if here else ():
            said.setdefault((concept, max(here)), True)
    return frozenset(key for key, only in said.items() if only)


EXPECTED = re.compile(
    r"\b(?:expect\w*|anticipat\w+|usual\w*|normal\w*|typical\w*|routine\w*|customary|always|as (?:one|we|you)|planned|intended|deliberate\w*)\b",
    re.IGNORECASE,
)


def _in_one_breath(mention: Mention, line: Line) -> bool:
    """True if the word that calls a trouble expected stands in its own part of the sentence, not behind ", and a little blood"."""
    text = line.read.flat
    part = re.split(r",? and (?=(?:a|an|some|the|with)\b)|;", text[line.sentence.start : mention.start])[-1]
    rest = re.split(r",? and (?=(?:a|an|some|the|with)\b)|;", text[mention.end : line.sentence.end])[0]
    return bool(EXPECTED.search(part) or EXPECTED.search(rest))


def _as_expected(event: Event, expected: frozenset[tuple[str, date]]) -> bool:
    """True for a mere mention of what another note of the first days calls expected: no treatment, no grade, no word that it was more."""
    if (event.mention.concept, event.session.when.date) not in expected or event.line.sentence.section in ("complications", "addendum"):
        return False
    done = [m for m in event.line.labelled("INTERVENTION") if not m.has("negated") and m.concept != "mild"]
    return event.day.date - event.session.when.date <= SOON and not (
        done or event.line.labelled("SEVERITY", "SIZE") or TROUBLE.search(event.line.text)
    )


BROUGHT = re.compile(
    r"^\W*(?:before (?:today|the (?:procedure|ablation))|pmh|past (?:medical )?history|comorbid\w*|known|baseline|chronic|on arrival|pre-?(?:op|procedur\w+)\b)|\bsince (?:January|February|March|April|May|June|July|August|September|October|November|December|(?:19|20)\d\d|childhood|birth)\b|\b(?:as|than|same (?:size )?as) (?:on|in) (?:the )?(?:scout|planning|pre-?\w+|prior|arrival)\b",
    re.IGNORECASE,
)
"""On the day of the session: a trouble that was there before it."""


REGIONS = {
    "foot": re.compile(r"\b(?:foot|feet|toes?|soles?|heels?|ankles?|plantar|stocking)\b", re.IGNORECASE),
    "thigh": re.compile(r"\b(?:thighs?|knees?|quad\w*|hips?|groins?|patella\w*|femoral)\b", re.IGNORECASE),
    "leg": re.compile(r"\b(?:legs?|calf|calves|shins?|peroneal|sciatic)\b", re.IGNORECASE),
    "hand": re.compile(r"\b(?:hands?|fingers?|fingertips?|thumbs?|wrists?|grip)\b", re.IGNORECASE),
    "arm": re.compile(r"\b(?:arms?|forearms?|elbows?|shoulders?|deltoid|biceps|triceps)\b", re.IGNORECASE),
    "trunk": re.compile(r"\b(?:chest|ribs?|intercostal|flanks?|abdom\w+|back|buttocks?|perine\w+|saddle)\b", re.IGNORECASE),
    "head": re.compile(r"\b(?:face|facial|lips?|tongue|voice|jaw|ears?|eyelids?)\b", re.IGNORECASE),
}
"""Where a nerve fails."""


def _regions(line: Line) -> frozenset[str]:
    return frozenset(name for name, pattern in REGIONS.items() if pattern.search(line.text))


def _of_another_region(mention: Mention, line: Line, before: Sequence[Line]) -> bool:
    """True for a failing nerve of another region than those that failed before the ablation: tingling feet, then a numb thigh."""
    here, then = _regions(line), [_regions(x) for x in before]
    return mention.concept == "nerve_injury" and bool(here) and all(then) and not any(here & t for t in then)


def _brought_along(reads: Sequence[ReadNote], sessions: Sequence[Session]) -> dict[str, list[Line]]:
    """Lasting troubles told before the first session: term to the sentences that tell of it."""
    first = min((s.when.date for s in sessions), default=None)
    out: dict[str, list[Line]] = {}
    for read in reads:
        if first is None or read.note.note_date > first:
            continue
        for line in timeline.lines(read):
            if read.note.note_date == first and not BROUGHT.search(line.text):
                continue
            for m in line.labelled("COMPLICATION"):
                if (
                    m.concept in LASTING
                    and not SUDDEN.search(m.text)
                    and not m.has("negated", "hypothetical", "family", "risk", "planned", "uncertain")
                ):
                    out.setdefault(m.concept, []).append(line)
    return out


def _event(mention: Mention, line: Line, treated: Treated, known: Sequence[Event], brought: Mapping[str, Sequence[Line]]) -> Event | str:
    """The event that a mention tells of, or the reason why it tells of none."""
    reason = _no_event(mention, line)
    if reason:
        return reason
    day, day_from = _onset(mention, line, treated.sessions)
    tied = bool(searched(TIE, line.text)) or _tied_next(line)
    named = _named(mention, line, treated.sessions)
    if any(day.agrees(d) for d in treated.called_off) and not tied:
        return "on the day of a session that was called off"
    session = (
        named
        or _of_earlier(mention, line, known)
        or _retold(mention, line, day_from, known)
        or _session(day, treated, tied, line)
        or _graded_later(mention, line, known)
        or _still_told(mention, line, day, known)
    )
    if session is None:
        return "before the first ablation, or later than 30 days without a word that ties it to one"
    again = any(e.session is session and e.mention.concept == mention.concept for e in known)
    dated = bool(day_from) and day.precision == "day" and timedelta(0) < day.date - session.when.date <= WINDOW
    if mention.has("historical") and not (tied or again or named or dated or _over_soon(line, session)):
        return "said to be historical"
    if not (tied or named or day_from) and _of_operation(line, session):
        return "told behind an operation of another day"
    if not (tied or named) and _on_other_side(mention, line, session, treated.targets):
        return "on the side that was not treated"
    if _background(line, session) and not tied:
        return "told as history in the note of the session"
    if CHRONIC.search(mention.text) and not (
        tied or again or named or NEWLY.search(line.text) or line.sentence.section in ("complications", "addendum")
    ):
        return "a lasting trouble, not said to be new"
    if not again and AS_BEFORE.search(line.text) and not (searched(TIE, AS_BEFORE.sub(" ", line.text)) or line.labelled("SEVERITY")):
        return "there before the ablation: the first note to tell of it calls it the same as before"
    before = brought.get(mention.concept, ())
    if before and not (tied or again or NEWLY.search(line.text) or _of_another_region(mention, line, before)):
        return f"there before the first ablation: a note of {before[0].read.note.note_date} tells of it"
    return Event(mention, line, session, day, day_from)


AS_BEFORE = re.compile(
    r"\b(?:(?:the )?same as (?:it (?:was|had been) )?(?:before|always|on admission|pre-?\w+)|as (?:it (?:was|had been) )?(?:before(?! (?:the )?(?:freez|thaw))|on admission|on arrival|always)|no different (?:from|than|to) (?:before|pre-?\w+)|(?:unchanged|no change|no worse|not worse|no larger|no bigger) (?:from|since|than|to|compared (?:to|with)) (?:\w+ )?(?:before|admission|arrival|baseline|pre-?\w+)|at (?:the |his |her |its )?(?:pre-?\w+ )?baseline|that (?:had )?(?:preceded|pre-?dated|antedated)|pre-?dat\w+|ante-?dat\w+|preceding (?:the )?(?:treatment|ablation|procedure|cryo\w*)|(?:there|present|had|known) (?:\w+ ){0,2}?(?:long )?(?:before|prior to) (?:the |this |her |his |our )?(?:treatment|ablation|procedure|cryo\w*|admission|session))\b",
    re.IGNORECASE,
)
"""Of a trouble that a note tells first and calls no different from before: the patient brought it along."""


SIDED = ("pneumothorax", "hemothorax", "pleural_effusion", "nerve_injury", "fracture", "skin_injury")
"""Troubles that arise on the side of the treated place."""
BESIDE = 25
"""Characters between a trouble and the side it is on."""


def _on_other_side(mention: Mention, line: Line, session: Session, targets: Sequence[Target]) -> bool:
    """True if a sentence of one side puts a trouble on the side opposite to all that the session treated."""
    treated = {t.place.side for t in targets if t.session is session}
    told = line.labelled("SIDE")
    sides = {m.concept for m in told}
    if mention.concept not in SIDED or len(treated) != 1 or len(sides) != 1 or treated | sides != {"left", "right"}:
        return False
    return any(m.start <= mention.end + BESIDE and mention.start <= m.end + BESIDE for m in told)


def _of_operation(line: Line, session: Session) -> bool:
    """True if the sentence right before tells of an operation with a day that is not the session's: "Resected 06/2017, margins clear. Seroma drained twice"."""
    before = next(_back(line), None)
    if before is None or before.labelled("PROCEDURE"):
        return False
    operated = any(
        m.concept.startswith("surgery:") and not m.has(*NOT_HAPPENED) and not m.concept.endswith(":denied")
        for m in before.labelled("PRIOR_TREATMENT")
    )
    days = [w.date for d in before.labelled("DATE") if (w := timeline.when(d, line.read.note))]
    return operated and bool(days) and session.when.date not in days


CAUSE = re.compile(
    r"\W*(?:(?:this|which|it|that|we|I|probably|likely|most likely|felt|thought|is|was|to be)\b[ ,]*){0,5}(?:[\w-]+ ){0,3}?(?:caus\w+|due|related|secondary|attribut\w+|from|result\w*|consequence|sequela|effects?|injury|put it down)\b",
    re.IGNORECASE,
)


def _tied_next(line: Line) -> bool:
    """True if the sentence behind an event names the ablation as its cause: "Hydronephrosis. Caused by the ice, in our opinion"."""
    x = timeline.behind(line)
    return bool(
        x and x.sentence.paragraph == line.sentence.paragraph and CAUSE.match(x.text) and TIE.search(x.text) and not NOT_OURS.search(x.text)
    )


OVER = re.compile(r"\b(?:resolved|cleared up|healed|subsided|gone|settled)\b", re.IGNORECASE)
BEFORE = re.compile(
    r"\b(?:history|hx|h/o|years?|known|baseline|pre-?existing|chronic|old|childhood|previous\w*|prior|before|long-?standing)\b",
    re.IGNORECASE,
)


def _over_soon(line: Line, session: Session) -> bool:
    """True if a note of the first days says only that a trouble is over: it was of the session."""
    soon = timedelta(0) <= line.read.note.note_date - session.when.date <= SOON
    return soon and OVER.search(line.text) is not None and not BEFORE.search(line.text)


def _retold(mention: Mention, line: Line, day_from: tuple[Mention, ...], known: Sequence[Event]) -> Session | None:
    """The session of a known event of this kind that a visit tells again, with no day of its own: "DVT after cryo, on apixaban"."""
    told = [e for e in known if e.mention.concept == mention.concept and e.line.read is not line.read]
    visit = timeline.kind(line.read) in ("clinic", "other", "nursing", "telephone") and line.sentence.section not in (
        "complications",
        "addendum",
    )
    late = told and line.read.note.note_date - told[-1].day.date > WINDOW
    left = REMNANT.search(line.text) is not None
    visit = visit or left
    dated = any(isinstance(d.value, When) and not d.value.anchor for d in (line.labelled("DATE") if left else day_from))
    return told[-1].session if late and visit and not dated and not FRESH.search(line.text) else None


GIVEN_THE = re.compile(
    r"\b(?:the|his|her|that|last(?: \w+)?|previous|prior|earlier|former|old)\W+(?:[\w-]+\W+){0,2}$|\b(?:given|in view of|because of|in light of|considering|after|due to|since)\W+(?:[\w-]+\W+){0,3}$",
    re.IGNORECASE,
)
"""Before a trouble: it is one that the reader knows already, "in view of the abscess"."""


def _of_earlier(mention: Mention, line: Line, known: Sequence[Event]) -> Session | None:
    """The earlier session whose trouble the report of a later one speaks of as known: "co-amoxiclav at induction, in view of the abscess last time"."""
    told = next((e for e in reversed(known) if e.mention.concept == mention.concept), None)
    if told is None or told.line.read is line.read or timeline.kind(line.read) != "procedure" or line.sentence.section == "complications":
        return None
    again = told.day.date < line.read.note.note_date - WINDOW and told.session.report is not line.read
    before = line.read.flat[max(line.sentence.start, mention.start - 50) : mention.start]
    return told.session if again and GIVEN_THE.search(before) else None


REMNANT = re.compile(
    r"\b(?:only|still|residual|remain\w*|persist\w*|back to|improv\w*|resolved|healed|old|unchanged|as before)\b", re.IGNORECASE
)
"""Words that tell what is left of a trouble, or that it is over."""
FRESH = re.compile(
    r"\b(?:new(?:ly)?|another|second|again|recurr\w+|today|now|this time|this week|last week|yesterday|since)\b", re.IGNORECASE
)
"""Words that tell of a trouble of its own, not of one told before."""


INDUCED = re.compile(r"\W*(?:(?:this|it|that) (?:is|was) (?:a |an )?)?[\w/]+[- ](?:related|associated|induced|provoked)\b", re.IGNORECASE)
"""A sentence that calls the trouble before it after its cause: "Catheter-related thrombosis"."""


def _caused_next(mention: Mention, line: Line) -> bool:
    """True if the sentence behind names another cause: "Could not void. Attributed to the morphine, not to the procedure"."""
    after = timeline.following(line, 1)
    return any(
        x.sentence.paragraph == line.sentence.paragraph
        and not any(m.concept != mention.concept for m in x.labelled("COMPLICATION"))
        and (
            (CAUSE.match(x.text) and not x.labelled("COMPLICATION") and NOT_OURS.search(x.text))
            or ((CAUSE.match(x.text) or INDUCED.match(x.text)) and OTHER_CAUSE.search(x.text) and not TIE.search(x.text))
            or (CAUSE.match(x.text) and not x.labelled("COMPLICATION") and _blames_else(x.text))
            or (OLD_THING.search(x.text) and not x.labelled("COMPLICATION") and not TIE.search(x.text))
        )
        for x in after
    )


OLD_THING = re.compile(
    r"\b(?:an? old (?:thing|story|problem|complaint|trouble|one|finding)|(?:had|has had|there|present|known) (?:it |this |that |since |for )*(?:(?:many |several |some )?years|long before|before (?:the |this )?(?:ablation|procedure|cryo\w*))|long-?standing|pre-?dat\w+|(?:nothing|not) new|the other (?:leg|thigh|side|arm|foot|hand|hip|shoulder|knee))\b",
    re.IGNORECASE,
)
"""A sentence that tells that what was told before it is old, or of the other side."""
HEADING = 6
"""Words of a line that only names a trouble, for what the lines below tell of it."""


def _blamed(mention: Mention, line: Line) -> bool:
    """True if its paragraph soon blames something else for the same trouble: "#DVT. Swelling since Sunday. Clot around the port, catheter-related"."""
    after = timeline.following(line, REACH)
    heading = len(line.text.split()) <= HEADING
    told = {line.sentence.paragraph} | ({x.sentence.paragraph for x in after[:1]} if heading else set())
    return any(
        x.sentence.paragraph in told
        and {m.concept for m in x.labelled("COMPLICATION")} <= {mention.concept}
        and (x.labelled("COMPLICATION") or INDUCED.match(x.text))
        and OTHER_CAUSE.search(REMEDY.sub(" ", x.text))
        and not (TIE.search(x.text) or TIE.search(line.text) or FRESH.search(x.text))
        for x in after
    )


ALL_OF_THEM = re.compile(r"\W*(?:all|both|these|those|they|the (?:two|three|four|complications|troubles|events|above))\b", re.IGNORECASE)


def _disowned(mention: Mention, line: Line) -> bool:
    """True if a later sentence of its paragraph, or of a note that tells of one kind of trouble only, says that the ablation did not do it."""
    later = [x for x in _verdicts(line.read) if x.sentence.start >= line.sentence.end]
    if not later or searched(TIE, line.text):
        return False
    return any(
        (x.sentence.paragraph == line.sentence.paragraph or _kinds(line.read) == {mention.concept})
        and {m.concept for m in x.labelled("COMPLICATION")} <= {mention.concept}
        for x in later
    )


BLAMES = re.compile(
    r"\b(?<!not[ ])(?<!rather than[ ])(?:due to|caused by|secondary to|attribut\w+ (?:(?:this|it|that|them|these) )?to|put (?:(?:this|it|that) )?down to|blam\w+ (?:(?:this|it) )?on|ascrib\w+ (?:(?:this|it) )?to|owing to|on account of|2/2|d/t|(?:a |the )?(?:result|consequence) of|explained by|traced to|brought on by|provoked by)\b([^.;,()]{1,60})",
    re.IGNORECASE,
)
OWN_CAUSE = re.compile(
    r"\b(?:cryo\w*|ablat\w+|freez\w*|froze\w*|MWA|RFA|microwave|arter\w+|veins?|vessels?|venous|branch\w*|proximity|adjacen\w+|traction|position\w*|pressure|compress\w+|heat|cold|ice|probes?|needles?|antenn\w+|electrodes?|applicators?|tracts?|tracks?|zone|(?:o)?edema|swelling|inflamm\w*|hypoventil\w*|blood|clots?|obstruct\w*|strictur\w*|spasm|sedat\w+|an(?:a)?esth\w+|opioids?|narcotics?|morphine|intubat\w+|atelectasis|injur\w+|damage|leak\w*|necro\w+|it|this|that|these|same|above|lysis|table|reaction|vasovagal|pain|fluids?|irritat\w+|contact|air|gas|CO2|saline|hydrodissection|treat\w*|thaw\w*|access|puncture|manipulat\w+|intervention\w*|procedur\w*|session|burn\w*|thermal|hole|wound)\b",
    re.IGNORECASE,
)
"""Causes that lie in the ablation itself, or that name only how it did harm."""


def _blames_else(text: str) -> bool:
    """True if words name a cause, and it is nothing that belongs to an ablation: "attributed to his gout"."""
    return any(not OWN_CAUSE.search(m[1]) for m in BLAMES.finditer(text)) and not TIE.search(text)


def _blamed_behind(mention: Mention, line: Line) -> bool:
    """True if the words behind a trouble, up to the next one, name a cause of their own."""
    ends = [m.start for m in line.labelled("COMPLICATION") if m.start > mention.start]
    behind = line.read.flat[mention.end : min(ends, default=line.sentence.end)]
    from_else = mention.concept not in SOURCED and (source := FROM_A.match(behind)) is not None and not OWN_CAUSE.search(source[1])
    if mention.concept == "skin_injury" and (source := FROM_ANY.match(behind)) is not None and not OWN_CAUSE.search(source[1]):
        from_else = True
    return (from_else or (not ends and _blames_else(behind))) and not searched(TIE, line.text)


SOURCED = ("hemorrhage", "hemothorax", "infection", "fistula", "wound_complication", "air_embolism", "vascular_injury", "bowel_injury")
"""Troubles of which "from the ..." tells the place, not the cause."""
FROM_A = re.compile(
    r"(?:[^.;,()]{0,40},)?\s*from (?:the|a|an|his|her) (?!(?:first|second|third|last|start|beginning|day|night|morning|evening|week|month|\w+day|winter|summer|autumn|fall|spring)\b)([^.;,()]{1,40})",
    re.IGNORECASE,
)


FROM_ANY = re.compile(
    r"[^.;,()]{0,40}?\bfrom (?!\d|day|now|today|yesterday|then|\w+day\b|last|this|that|which|where|January|February|March|April|May|June|July|August|September|October|November|December)([^.;,()]{1,40})",
    re.IGNORECASE,
)
"""A skin breaks from something; it does not spread from a place: "blister on the heel from new shoes"."""


@timeline.remembered
def _kinds(read: ReadNote) -> frozenset[str]:
    return frozenset(m.concept for m in read.mentions if m.label == "COMPLICATION" and not m.has(*NOT_HAPPENED))


@timeline.remembered
def _verdicts(read: ReadNote) -> tuple[Line, ...]:
    """Sentences that say of what was told before them that the ablation did not do it."""
    return tuple(
        x
        for x in timeline.lines(read)
        if (NOT_OURS.search(x.text) and not TIE.search(NOT_OURS.sub(" ", x.text)))
        or (ALL_OF_THEM.match(x.text) and OTHER_CAUSE.search(x.text) and not TIE.search(x.text))
    )


def _still_told(mention: Mention, line: Line, day: PartialDate, known: Sequence[Event]) -> Session | None:
    """The session of a late event that a note soon after tells again without its tie: "the rib fracture of Tuesday's CT"."""
    return next(
        (
            e.session
            for e in reversed(known)
            if e.mention.concept == mention.concept
            and e.line.read is not line.read
            and timedelta(0) <= day.date - e.day.date <= WINDOW
            and not FRESH.search(line.text)
        ),
        None,
    )


def _graded_later(mention: Mention, line: Line, known: Sequence[Event]) -> Session | None:
    """The session of a known event of this kind that a later note grades: "looking back, the nerve lesion was grade 3"."""
    same = [e.session for e in known if e.mention.concept == mention.concept]
    return same[-1] if same and line.labelled("SEVERITY") else None


def _no_event(mention: Mention, line: Line) -> str:
    """Why the words themselves tell of no adverse event of this patient; empty if they do."""
    for name in NOT_HAPPENED:
        if mention.has(name):
            return f"said to be {name}"
    if line.sentence.section in SILENT_SECTIONS and not _told_reason(line):
        return f"in the section {line.sentence.section}"
    if (
        searched(OTHER_CAUSE, REMEDY.sub(" ", line.text))
        or searched(NOT_OURS, line.text)
        or _of_else(line)
        or _blamed_behind(mention, line)
        or _caused_next(mention, line)
        or _blamed(mention, line)
        or _disowned(mention, line)
    ):
        return ANOTHER_CAUSE
    if OLD.match(line.read.flat, mention.end, line.sentence.end) or (mention.concept in LASTING and _predates(line.read)):
        return "there before the ablation by the note's words"
    if _called_expected(line):
        return "called expected in the next sentence"
    if _consequence(mention, line):
        return "a consequence of another trouble in the sentence"
    if _warned(mention, line):
        return "in a bare list of troubles, as warnings are handed out"
    if _on_purpose(mention, line) or (PARALYSED.fullmatch(mention.text) and line.labelled("SETUP")):
        return "brought about on purpose"
    if INCIDENTAL.fullmatch(mention.text) and not (_called_one(line) or line.labelled("INTERVENTION", "SEVERITY")):
        return "a finding that scans show without an adverse event"
    if (mention.concept == "death" and not _charged(line)) or (mention.concept == "pain" and not _troubling(mention, line)):
        return "not said to be an adverse event"
    if mention.concept == "other" and not (mention.rule_id.endswith("#other.bile") or _called_one(line) or searched(TIE, line.text)):
        return "not said to be an adverse event"
    return "said to be uncertain" if mention.has("uncertain") and not _likely(mention, line) else ""


PARALYSED = re.compile(r"paralysis", re.IGNORECASE)
"""In a sentence on the anaesthesia it is the relaxant's doing."""
CALLED_EXPECTED = re.compile(
    r"\W*(?:(?:this|that|it|which) (?:is|was) )?(?:an? |the |all |as |entirely |quite )*(?:anticipated|expected|usual|normal|typical|customary)\b(?! to\b)",
    re.IGNORECASE,
)


def _called_expected(line: Line) -> bool:
    """True if the sentence behind begins by calling what was told expected: "BP went up to 190. Anticipated response"."""
    if SO_EXPECTED.search(line.text) and not TROUBLE.search(line.text) and not line.labelled("SEVERITY"):
        return True
    after = [x for x in timeline.lines(line.read) if x.sentence.start >= line.sentence.end][:1]
    return any(x.sentence.paragraph == line.sentence.paragraph and CALLED_EXPECTED.match(x.text) for x in after)


SO_EXPECTED = re.compile(
    r"; (?:this|that|it|which) (?:had been|was|is|has been) (?:fully |entirely |all |quite )*(?:expected|anticipated|foreseen)\b|, (?:and |all |just |quite |but )*(?:as|which (?:is|was)) (?:fully |entirely |usually |always )*(?:expected|anticipated|usual|normal|typical|customary)\b[^,;:]*$",
    re.IGNORECASE,
)
"""The end of a sentence that calls all it told expected: "pressure rose to 178 and settled with esmolol, as expected for adrenal work"."""


OLD = re.compile(
    r"(?: (?!new|after|since)[\w/-]+){0,3}?(?: ?[-–—,:(]+ ?|,? (?:which )?(?:is|are|was|were) )(?:old|chronic|known|longstanding|long-standing|pre-?existing|baseline|unchanged(?! since the (?:ablat|cryo|proc))|as before|same as before|from before|not new)\b",
    re.IGNORECASE,
)
"""Behind a trouble that the patient brought along: "foot drop - old"."""
PREDATES = re.compile(
    r"\b(?:all|both|these|they|everything|listed|above|problems?|complaints?|symptoms?|findings?)\b[^.;]{0,60}?\b(?:pre-?dat\w+|ante-?dat\w+|(?:were|was|are|is) (?:all |already )?(?:there|present|known|old|pre-?existing) (?:long )?(?:before|prior))\b",
    re.IGNORECASE,
)


@timeline.remembered
def _predates(read: ReadNote) -> bool:
    """True if a note says that the troubles it lists were there before the ablation."""
    return any(PREDATES.search(x.text) for x in timeline.lines(read))


FOLLOWS = {
    "respiratory": ("fistula", "pneumothorax", "hemothorax", "pleural_effusion", "air_embolism", "anesthesia", "cryoshock", "thromboembolism", "infection"),
    "hypotension": ("pneumothorax", "cryoshock", "hemorrhage", "hemothorax", "air_embolism", "cardiac", "infection", "post_ablation_syndrome"),
    "renal_failure": ("cryoshock", "rhabdomyolysis"),
    "wound_complication": ("infection", "skin_injury", "fistula"),
    "cardiac": ("air_embolism", "hypertension", "cryoshock"),
    "other": ("cryoshock", "hemorrhage", "infection", "nerve_injury", "thromboembolism", "rhabdomyolysis", "bowel_injury", "fistula", "renal_failure"),
}  # fmt: skip
"""Troubles that are the course of another where one sentence tells both."""


FAILING = re.compile(r"failure|distress|arrest|hypox|desat|intubat|ventilat|atelectasis|compromise", re.IGNORECASE)


def _consequence(mention: Mention, line: Line) -> bool:
    """True for the failing lung or pressure of a trouble that the sentence names itself: "fistula requiring ventilation for respiratory failure"."""
    if mention.concept == "respiratory" and not FAILING.search(mention.text):
        return False
    causes = FOLLOWS.get(mention.concept, ())
    return any(m.concept in causes and not m.has(*NOT_HAPPENED) for m in line.labelled("COMPLICATION"))


def _charged(line: Line) -> bool:
    """True if a sentence on a death grades it as that of an adverse event."""
    return any(_grade(m)[2] == "death" for m in line.labelled("SEVERITY") if not m.has("negated", "risk", "hypothetical"))


STAYED = re.compile(r"kept|stayed|held|remained|admi|flare|crisis", re.IGNORECASE)


def _troubling(mention: Mention, line: Line) -> bool:
    """True if pain is told as more than what one has after an ablation: called a complication, graded, treated, beyond what was expected."""
    return bool(mention.rule_id.endswith("#pain.excess") or STAYED.search(mention.text)) or _called_one(line)


INCIDENTAL = re.compile(r"atelectasis|fat necrosis", re.IGNORECASE)


def _called_one(line: Line) -> bool:
    return SAID_TO_BE_ONE.search(line.text) is not None or line.sentence.section == "complications"


ITEM = re.compile(r"\s*(?:,|;|/|\bor\b|\band\b|\.|$)\s*", re.IGNORECASE)
WARNED_OF = re.compile(
    r"\b(?:pain|fever\w*|temp\w*|chills|rigors|breathless\w*|short(?:ness)? of breath|SOB|swelling|swollen|redness|red|weakness|numb\w*|vomiting|jaundice|dyspnoea|dyspnea|discharge|cough\w*|blood|breathing|legs?|calf|black|stools?|urine|wound|skin|worse\w*)\b",
    re.IGNORECASE,
)
"""Troubles that advice on going home names."""
TELLS = re.compile(
    r"\d|\b(?:complications?|adverse|events?|course|findings?|found|diagnos\w+|problems?|admi\w+|developed|had|has|was|were|is|since|on (?:the )?(?:CT|film)|small|large|mild|moderate|severe|tiny|new|left|right|drain\w*|tube|resolved|treated|given|PACU|overnight|today|yesterday|CT|film|CXR)\b(?! (?:or|more|over)\b)",
    re.IGNORECASE,
)
"""Words of a report: something was found, or done, somewhere, some day."""


def _warned(mention: Mention, line: Line) -> bool:
    """True for a bare list of three or more troubles behind a colon, with no word of when, where or how much: so warnings are given."""
    if (
        line.sentence.section in ("complications", "diagnosis", "addendum")
        or line.labelled("DATE", "SEVERITY", "SIZE")
        or timeline.kind(line.read) in ("radiology", "pathology")
    ):
        return False
    text = line.text
    colon = text.rfind(":", 0, mention.start - line.sentence.start)
    if colon < 0 or TELLS.search(re.sub(r"(?:>|over|above)? ?\d+(?:\.\d)?(?: ?°?[CF]\b)?", "", text[colon:])):
        return False
    items = [i for i in ITEM.split(text[colon + 1 :]) if i.strip()]
    named = len({m.concept for m in line.labelled("COMPLICATION")}) >= MANY or any(WARNED_OF.search(i) for i in items)
    return len(items) >= 3 and named and all(len(i.split()) <= 5 for i in items)


MANY = 4
"""Kinds of trouble that hardly any patient has at once."""


TROUBLE = re.compile(
    r"\b(?:new|enlarg\w*|grew|grow\w*|increas\w*|worse\w*|persist\w*|tension|recur\w*|re-?accumulat\w*|chest (?:tube|drain)|(?:inter-?costal )?drain\w*|pig-?tail|symptom\w*|dyspn\w*|breathless\w*|desaturat\w*|despite|unintend\w*|unplanned|not (?:resolv\w*|evacuat\w*|re-?expand\w*)|complicat\w*|adverse)\b",
    re.IGNORECASE,
)
"""Words by which an effect brought about on purpose became an adverse event."""


@timeline.remembered
def _made(read: ReadNote) -> frozenset[str]:
    return frozenset(m.concept for m in read.mentions if m.label == "ON_PURPOSE" and not m.has("negated"))


def _on_purpose(mention: Mention, line: Line) -> bool:
    """True if the same note tells that the effect was brought about ("air was let into the pleural space") and nothing of trouble with it."""
    return mention.concept in _made(line.read) and not TROUBLE.search(line.text)


LIKELY = re.compile(
    r"\b(?:(?:very |most )?likely|probabl[ey]|presum\w+|consistent with|compatible with|in keeping with|c/w|felt to be|thought to be|represent\w*|suggest\w*|indicat\w*)\b",
    re.IGNORECASE,
)
OPEN = re.compile(
    r"\b(?:possibl[ey]|may|might|versus|vs|exclud\w+|rule[ds]? out|r/o|question\w*|query|could|whether|if|unclear|or)\b|\?", re.IGNORECASE
)


def _likely(mention: Mention, line: Line) -> bool:
    """True if the doubt is only a clinician's way of naming the cause of what did happen: "likely neuropraxia"."""
    return bool(LIKELY.search(line.text)) and not OPEN.search(line.text) and line.sentence.section not in ("reason", "indication")


def _told_reason(line: Line) -> bool:
    """True for the reason of an admission, and for that of an exam that tells what did happen: "Readmitted on 23 September with rigors. Liver abscess"."""
    return line.sentence.section == "reason" and any(
        timeline.kind(line.read) == "discharge" or RETURNED.search(x.text) for x in timeline.until(line) if x.sentence.section == "reason"
    )


DONE_ABOVE = ("findings", "technique", "impression", "complications")
"""Sections of a report behind which a heading like "Events" or "Exam" tells of the session, not of what was there before."""


def _background(line: Line, session: Session) -> bool:
    """True for history and indication in the report of the session itself: it was there before."""
    if line.read is not session.report or line.sentence.section not in ("history", "indication", "reason", "exam"):
        return False
    return line.sentence.section == "indication" or not any(x.sentence.section in DONE_ABOVE for x in timeline.until(line))


def _onset(mention: Mention, line: Line, sessions: Sequence[Session]) -> tuple[PartialDate, tuple[Mention, ...]]:
    """The day in the sentence that is nearest to the event, else that of the return it led to, else the day that the note is about."""
    note = line.read.note
    latest = max((s.when.date for s in sessions if s.when.date <= note.note_date), default=None)
    options = [(abs(d.start - mention.start), day, d) for d, day in _days(line, latest, sessions)]
    if not options:
        before = next(_back(line), None)
        if before and searched(RETURNED, before.text):
            options = [(0, day, d) for d, day in _days(before, latest, sessions)][-1:]
    if options:
        _, day, d = min(options, key=lambda o: o[0])
        return day, (d,)
    if timeline.kind(line.read) == "procedure":
        day, cell = timeline.service_date(line.read)
        if line.sentence.section != "addendum":
            return day, cell.mentions
    if timeline.kind(line.read) == "discharge" and latest and note.note_date - latest <= WINDOW:
        came = timeline.admitted(line.read)
        return (came[0], (came[1],)) if came and came[0].date > latest else (PartialDate(latest), ())
    return PartialDate(note.note_date), ()


def _days(line: Line, latest: date | None, sessions: Sequence[Session]) -> list[tuple[Mention, PartialDate]]:
    """The days that a sentence names and that can be an onset: none still to come, none that says no more than the session's own."""
    note = line.read.note
    out = []
    for d in line.labelled("DATE"):
        if not isinstance(d.value, When) or d.rule_id.endswith("#future") or d.value.approximate or _ends(line, d):
            continue
        base = _base(line, d, sessions) or _operated(line, d, latest) or latest
        if d.value.anchor == "procedure" and base == latest and latest and note.note_date - latest > 2 * WINDOW and len(sessions) > 1:
            continue
        day = timeline.when(d, note, base, _told_before(line, d) if d.value.anchor == "text" else None)
        if day and day.date <= note.note_date and (day.precision == "day" or latest is None or not _within(day, latest)):
            out.append((d, day))
    return out


UNTIL = re.compile(
    r"\b(?:until|till|through|thru|out|removed|off|(?:kept|left|lasted|stayed|continued|in)(?: \w+)? to)(?: on)?\W{1,2}$", re.IGNORECASE
)
"""Before the day on which something ended: no trouble began on it."""


def _ends(line: Line, day: Mention) -> bool:
    """True for a day that a drain was kept to or a medicine given until."""
    return bool(UNTIL.search(line.read.flat[max(line.sentence.start, day.start - 24) : day.start]))


def _base(line: Line, mention: Mention, sessions: Sequence[Session]) -> date | None:
    """The session that "nine days after that session" speaks of: the last one whose day the note named before."""
    if not isinstance(mention.value, When) or mention.value.anchor != "procedure":
        return None
    for x in reversed(timeline.until(line)):
        for d in reversed(x.labelled("DATE")):
            day = d.value.date if isinstance(d.value, When) and d.end <= mention.start else None
            here = [s.when.date for s in sessions if day and day.agrees(s.when)]
            if here:
                return here[0]
    return None


def _operated(line: Line, mention: Mention, latest: date | None) -> date | None:
    """The day of an operation after the last session, named before "POD 3" in the note."""
    if latest is None or not isinstance(mention.value, When) or mention.value.anchor != "procedure":
        return None
    for x in reversed(timeline.until(line)):
        surgery = [
            m for m in x.labelled("PRIOR_TREATMENT") if m.concept.startswith("surgery:") and not m.has("negated", "planned", "cancelled")
        ]
        for m in surgery if x.sentence.start <= mention.start else ():
            days = [
                (abs(d.start - m.end), w.date)
                for d in x.labelled("DATE")
                if isinstance(d.value, When) and not d.value.anchor and (w := timeline.when(d, line.read.note))
            ]
            if days and latest < min(days)[1] <= line.read.note.note_date:
                return min(days)[1]
    return None


def _told_before(line: Line, mention: Mention) -> PartialDate | None:
    """The last day told before "the following day" in its paragraph."""
    for x in chain((line,), _back(line)):
        for d in reversed(x.labelled("DATE")):
            if d.end <= mention.start and isinstance(d.value, When) and d.value.date and d.value.date.precision == "day":
                return d.value.date
    return None


def _back(line: Line) -> Iterator[Line]:
    """The lines of its paragraph before a line, the nearest first."""
    return takewhile(lambda x: x.sentence.paragraph == line.sentence.paragraph, timeline.back(line))


def _within(day: PartialDate, latest: date) -> bool:
    """True if a coarse date can be that of the latest session or after it: then it says nothing new."""
    return day.agrees(PartialDate(latest)) or day.date > latest


NUMBER = {"first": 0, "second": 1, "third": 2}
ORDINAL = re.compile(
    r"\b(?:since|after|from|following) (?:the |that |his |her )?(first|second|third) (?:\w+ )?(?:cryo\w*|ablat\w+|freez\w+|procedure|session|treatment|microwave|RFA)\b",
    re.IGNORECASE,
)
"""A trouble counted to one of several sessions: "numb since the first freezing"."""


def _named(mention: Mention, line: Line, sessions: Sequence[Session]) -> Session | None:
    """The session whose date stands just before the event: "cryoablation of two nodes (October 2021, with a deep vein thrombosis)"; or the one counted."""
    counted = ORDINAL.search(line.text)
    days = sorted({s.when.date for s in sessions if s.when.date <= line.read.note.note_date}) if counted else []
    if counted and NUMBER[counted[1].lower()] < len(days):
        here = [s for s in sessions if s.when.date == days[NUMBER[counted[1].lower()]]]
        return here[0] if len(here) == 1 else None
    for d in reversed(line.labelled("DATE")):
        if d.end > mention.start or mention.start - d.end > SITED or not isinstance(d.value, When) or not d.value.date:
            continue
        day = timeline.when(d, line.read.note)
        here = [s for s in sessions if day and day.agrees(s.when)]
        return here[0] if len(here) == 1 else None
    return None


def _session(day: PartialDate, treated: Treated, tied: bool, line: Line) -> Session | None:
    """The last session before an event, within the window or tied to it; of several on one day the one that the passage speaks of."""
    agreeing = [s for s in treated.sessions if day.precision != "day" and day.agrees(s.when)]
    before = agreeing or [s for s in treated.sessions if s.when.date <= day.date]
    if not before:
        return None
    last = max(s.when.date for s in before)
    if not (tied or agreeing or day.date - last <= WINDOW):
        return None
    same = [s for s in before if s.when.date == last]
    return max(same, key=lambda s: _spoken_of(s, treated.targets, line)) if len(same) > 1 else same[0]


def _spoken_of(session: Session, targets: Sequence[Target], line: Line) -> tuple[int, int, int, int]:
    """How well a passage fits a session: by its own words, else by the energy named last before it in the note, else by the lines beside it."""
    last = next((x for x in timeline.back(line) if any(m.concept in ENERGIES for m in x.labelled("PROCEDURE", "ENERGY"))), None)
    beside = [*islice(_back(line), 1), *islice(_lines_after(line), 1)]
    own = _fits(session, targets, line)
    return (
        own[0],
        own[1],
        _fits(session, targets, last)[0] if last else 0,
        max((sum(_fits(session, targets, x)) for x in beside), default=0),
    )


def _fits(session: Session, targets: Sequence[Target], line: Line) -> tuple[int, int]:
    """If a line names the energy of a session and no other; if it names the site of one of its targets."""
    energies = {m.concept for m in line.labelled("PROCEDURE", "ENERGY", "ZONE") if m.concept in ENERGIES}
    energies |= {name for name in ENERGIES if name in line.text.lower()}
    named = energies == {session.modality} or (not energies and session.modality != "cryoablation" and HEAT.search(line.text) is not None)
    sites = {t.place.site for t in targets if t.session is session}
    return int(named), int(any(m.concept in sites for m in line.labelled("SITE")))


ENERGIES = ("cryoablation", "microwave", "radiofrequency", "irreversible_electroporation", "laser", "hifu", "ethanol")
HEAT = re.compile(r"\b(?:heat(?:ed|ing)?|burn(?:ed|ing)? (?:of|the)|antenn\w+|electrodes?|\d+ ?W\b)", re.IGNORECASE)


def _lines_after(line: Line) -> Iterator[Line]:
    lines = timeline.lines(line.read)
    return (lines[at] for at in range(len(timeline.until(line)), len(lines)) if lines[at].sentence.section == line.sentence.section)


# ---- severity -------------------------------------------------------------------------------------------------------------


def _graded_apart(reads: Sequence[ReadNote], events: Sequence[Event]) -> list[Line]:
    """Sentences of later notes that grade "the event" and name none: they mean the only one that the session had."""
    own = {e.line.read.note.note_id for e in events}
    first, last = events[0].session.when.date, max(e.day.date for e in events) + 2 * WINDOW
    addended = [
        line
        for read in {e.line.read.note.note_id: e.line.read for e in events}.values()
        for line in timeline.lines(read)
        if line.sentence.section == "addendum" and line.labelled("SEVERITY") and REGRADED.search(line.text)
    ]
    return addended + [
        line
        for read in reads
        if read.note.note_id not in own
        and first <= read.note.note_date <= last
        and not any(m.label == "COMPLICATION" and not m.has(*NOT_HAPPENED) for m in read.mentions)
        for line in timeline.lines(read)
        if line.labelled("SEVERITY") and GRADED_EVENT.search(line.text)
    ]


GRADED_EVENT = re.compile(r"\b(?:complications?|adverse|AEs?|events?|incidents?)\b", re.IGNORECASE)


def _row(events: Sequence[Event], apart: Sequence[Line], patient: str) -> Row:
    first = min(events, key=lambda e: (e.day.precision != "day", e.day.date, e.line.read.note.note_date, e.mention.start))
    session = first.session
    about = _about(events, REACH)
    cells = {
        "complication_id": Cell(f"{session.procedure_id}:{first.mention.concept}"),
        "patient_id": Cell(patient),
        "procedure_id": Cell(session.procedure_id),
        "term": Cell(first.mention.concept, (first.mention, *(e.mention for e in events if e is not first))),
        "term_text": Cell(in_line(first.mention.text), (first.mention,)),
        "date": Cell(first.day.date, first.day_from, "text" if first.day_from else "note_date"),
        "date_precision": Cell(first.day.precision, first.day_from, "text" if first.day_from else "note_date"),
        **_severity(about, [*_about(events, GRADED), *apart], first.mention.concept, _stays(events)),
    }
    return Row("complications", cells)


REACH = 3
"""Sentences after an event that may tell what was done about it."""
GRADED = 8
"""Sentences after an event that may grade it."""


def _about(events: Sequence[Event], reach: int) -> list[Line]:
    """The sentences that speak of an event: those that name it and up to ``reach`` after it that name no other."""
    out: list[Line] = []
    for event in events:
        lines = timeline.lines(event.line.read)
        at = bisect_left(lines, event.line.sentence.start, key=lambda x: x.sentence.start)
        out.append(event.line)
        for line in lines[at + 1 : at + 1 + reach]:
            other = [m for m in line.labelled("COMPLICATION") if m.concept != event.mention.concept and not m.has(*NOT_HAPPENED)]
            if line.sentence.section != event.line.sentence.section or line.sentence.section in SILENT_SECTIONS or other:
                break
            out.append(line)
    for read in dict.fromkeys(e.line.read for e in events if e.line.sentence.section in NAMED_IN):
        out += _course(read, events[0].mention.concept)
        out += _treatment(read, events)
    return list(dict.fromkeys(out))


NAMED_IN = ("diagnosis", "reason", "indication")
"""Sections of a summary that name what the stay was for."""


def _course(read: ReadNote, term: str) -> list[Line]:
    """The course of a stay whose summary names a trouble, and no other, as its diagnosis or reason: what was done was done for it."""
    named = [m for m in read.mentions if m.label == "COMPLICATION" and m.section in NAMED_IN and not m.has(*NOT_HAPPENED)]
    if timeline.kind(read) != "discharge" or {m.concept for m in named} != {term}:
        return []
    told = [x for x in timeline.lines(read) if x.sentence.section in ("course", "") and x.sentence.start > named[0].start]
    return [x for x in told if not any(m.concept != term for m in x.labelled("COMPLICATION"))]


def _treatment(read: ReadNote, events: Sequence[Event]) -> list[Line]:
    """A report of an intervention that has the trouble, and no other, as its indication: "Nephrostomy. Indication: ureteral stricture after cryoablation"."""
    ablated = read is events[0].session.report or any(m.label == "ENERGY" for m in read.mentions)
    if timeline.kind(read) not in ("procedure", "other") or ablated or _kinds(read) != {events[0].mention.concept}:
        return []
    return [x for x in timeline.lines(read) if x.sentence.section not in SILENT_SECTIONS]


def _stays(events: Sequence[Event]) -> tuple[Mention, ...]:
    """The days of admissions after the session whose summaries name the event as their diagnosis or reason, or date it to the day of admission or just before."""
    came = [(e, timeline.admitted(e.line.read)) for e in events if timeline.kind(e.line.read) == "discharge"]
    return tuple(
        day[1]
        for e, day in came
        if day
        and (day[0].date > e.session.when.date or _kept(e, day[0].date))
        and (
            e.mention.section in NAMED_IN
            or DIAGNOSED.match(e.line.text)
            or (day[1] in e.day_from and _kinds(e.line.read) == {e.mention.concept})
            or (_new_then(e) and timedelta(0) <= day[0].date - e.day.date <= SOON)
        )
    )


DIAGNOSED = re.compile(r"\W*(?:(?:final|discharge|principal|main|primary|admi\w+) )?(?:diagnos[ei]s|dx)\b ?[:=-]", re.IGNORECASE)
"""Before what a stay was for, in the running text of a summary."""


def _kept(event: Event, came: date) -> bool:
    """True if the stay after the session that a summary names the event as the reason of took more than a day."""
    named = event.mention.section in ("diagnosis", "reason", "indication") and not event.mention.has("historical", "uncertain")
    return named and event.line.read.note.note_date - max(came, event.session.when.date) > timedelta(days=1)


def _new_then(event: Event) -> bool:
    """True if an event is told with a day of its own and not as past: what a patient came in with."""
    own = event.day_from and event.day_from[0] in event.line.labelled("DATE")
    return bool(own) and event.day.precision == "day" and not event.mention.has("historical", "uncertain")


EXTRA = re.compile(r"\b(?:extra|additional|more|further|unplanned|longer|kept|held|overnight for)\b", re.IGNORECASE)
"""A night in hospital that was not planned."""


def _severity(about: Sequence[Line], graded: Sequence[Line], term: str, stays: tuple[Mention, ...] = ()) -> dict[str, Cell]:
    """Severity from the worst grade, else from the worst thing done, an admission for it (``stays``) among them; with the grade's system and words."""
    told = [
        (line, (m, *_grade(m)))
        for line in graded
        for m in line.labelled("SEVERITY")
        if not m.has("negated", "risk", "hypothetical", "family", "planned") and _own_clause(m, line, term) and not _edition(m, line)
    ]
    grades = [g for line, g in told if REGRADED.search(line.text)] or [g for _, g in told]
    named = [(m, system, value) for m, system, _, value in grades if system != "words" and value]
    worded = [g for g in grades if g[1] == "words"]
    beside = {
        (line.read.note.note_id, line.sentence.paragraph) for line in about if any(m.concept == term for m in line.labelled("COMPLICATION"))
    }
    done = (
        _done(about, term)
        or _begun(about, term)
        or _done([x for x in graded if (x.read.note.note_id, x.sentence.paragraph) in beside], term)
    )
    extra = any(EXTRA.search(m.text) for m in done)
    if (
        any(m.concept == "mild" for m in done)
        and not extra
        and {m.rule_id.rpartition(".")[2] for m in done if m.concept != "mild"} == {"stay"}
    ):
        done = [m for m in done if m.concept == "mild"]
    out: dict[str, Cell] = {}
    killed = next((m for line in about for m in line.labelled("COMPLICATION") if m.concept == term and _fatal(m, line)), None)
    if killed:
        out["severity"] = Cell("death", (killed,))
    elif named:
        m, system, value = max(named, key=lambda g: RANK.index(g[2]))
        out["severity"] = Cell(value, (m,))
    elif worded:
        m, _, _, value = max(worded, key=lambda g: RANK.index(g[3]))
        out["severity"] = Cell(value, (m,))
    elif done:
        worst = max((m.concept for m in done), key=RANK.index)
        out["severity"] = Cell(worst, tuple(m for m in done if m.concept == worst))
        if stays and RANK.index(worst) < RANK.index("severe"):
            out["severity"] = Cell("severe", stays[:1])
    elif stays:
        out["severity"] = Cell("severe", stays[:1])
    elif spared := [m for line in about for m in line.labelled("INTERVENTION") if m.has("negated") and m.concept != "mild"]:
        out["severity"] = Cell("mild", (spared[0],))
    elif grades:
        m, _, _, value = grades[0]
        out["severity"] = Cell(value or "mild", (m,))
    elif any(LEAST.search(line.text) for line in about):
        line = next(x for x in about if LEAST.search(x.text))
        out["severity"] = Cell("mild", line.labelled("COMPLICATION")[:1])
    elif over := [x for x in about if WENT.search(x.text) and any(m.concept == term for m in x.labelled("COMPLICATION"))]:
        out["severity"] = Cell("mild", over[0].labelled("COMPLICATION")[:1])
    if grades:
        m, system, grade, _ = grades[0]
        out["grade_text"] = Cell(in_line(m.text), (m,))
        if system != "words":
            out["grade_system"] = Cell(system, (m,))
        out["major_as_graded"] = Cell(_major(system, grade, m), (m,))
    if "severity" in out:
        out["major"] = Cell(out["severity"].value in RANK[2:], out["severity"].mentions, "derived")
    treated = [m for m in done if m.concept != "mild"] or done
    if treated:
        out["intervention"] = Cell(in_line(treated[0].text), (treated[0],))
    return out


WENT = re.compile(
    r"\b(?<!not[ ])(?:healing|self-?limit\w+|(?:healed|resolved|cleared|settled|stopped|went away|subsided|gone|faded|over)\b[^.;]{0,30}\b(?:by|in|within|after|on|spontaneously|itself|own|overnight|day|days|week|weeks|hours))\b",
    re.IGNORECASE,
)
"""A trouble that went by itself, nothing said of treatment."""


EDITION = re.compile(r"\W*CTCAE\W*(?:v(?:ersion)?\.? ?)?[3-5](?:\.\d+)?\W*", re.IGNORECASE)


def _edition(m: Mention, line: Line) -> bool:
    """True for the edition of the criteria beside a grade of its own: "(CTCAE 5): paraesthesia grade 1"."""
    return bool(EDITION.fullmatch(m.text)) and any(o is not m and not EDITION.fullmatch(o.text) for o in line.labelled("SEVERITY"))


AT_ONCE = re.compile(
    r"\b(?:now|tonight|today|tomorrow|this (?:morning|afternoon|evening)|stat|urgent\w*|emergen\w*|at once)\b", re.IGNORECASE
)
"""What is planned for the same or the next day is done."""


def _done(lines: Sequence[Line], term: str) -> list[Mention]:
    """What was done about a trouble: measures that can serve it, in its own part of the sentence."""
    return [
        m
        for line in lines
        for m in line.labelled("INTERVENTION")
        if not m.has("negated", "risk", "hypothetical", "family", "cancelled", "expected")
        and (not m.has("planned") or AT_ONCE.search(line.text))
        and term in SERVES.get(m.rule_id.rpartition(".")[2], (term,))
        and _own_clause(m, line, term)
        and not (m.rule_id.endswith(".bladder") and TAKEN_OUT.match(line.read.flat, m.end, line.sentence.end))
    ]


TAKEN_OUT = re.compile(
    r"\W*(?:catheter |was |is |came |to (?:come|be) )*(?:out|removed|pulled|taken out|discontinued|d/?c['’]?d)\b", re.IGNORECASE
)
"""Behind a catheter that every patient had: it was only taken out."""


def _begun(about: Sequence[Line], term: str) -> list[Mention]:
    """What the plans of the notes begin for a trouble told in them: "Femoral nerve injury. Plan: gabapentin"."""
    plans = [
        x
        for read in dict.fromkeys(line.read for line in about if any(m.concept == term for m in line.labelled("COMPLICATION")))
        if timeline.kind(read) not in ("procedure", "radiology") and _kinds(read) == {term}
        for x in timeline.lines(read)
        if x.sentence.section in ("plan", "assessment_plan", "assessment")
    ]
    return [m for x in plans for m in _done((x,), term) if m.rule_id.rpartition(".")[2] in SERVES or AT_ONCE.search(x.text)]


REGRADED = re.compile(
    r"\b(?:correct(?:ed|ion)?|re-?graded|up-?graded|down-?graded|re-?classified|amended|revised|rather than|instead of|should (?:read|be|have been))\b",
    re.IGNORECASE,
)
"""Words by which a grade replaces one given before."""


def _own_clause(m: Mention, line: Line, term: str) -> bool:
    """True unless the part of the sentence between semicolons names other troubles only: "pneumonitis, major; pneumothorax, minor"."""
    text = line.read.flat
    start = text.rfind(";", line.sentence.start, m.start) + 1 or line.sentence.start
    end = text.find(";", m.end, line.sentence.end)
    here = {c.concept for c in line.labelled("COMPLICATION") if start <= c.start < (end if end >= 0 else line.sentence.end)}
    return term in here if here else not _of_other_ablation(line, term, start, end if end >= 0 else line.sentence.end)


def _of_other_ablation(line: Line, term: str, start: int, end: int) -> bool:
    """True for a part of a list of ablations beside the one that the trouble is told of: "left cryo with chest tube; right cryo, hemoptysis"."""
    text = line.read.flat
    told = [m.start for m in line.labelled("COMPLICATION") if m.concept == term]
    own = [(text.rfind(";", line.sentence.start, at), text.find(";", at, line.sentence.end)) for at in told]
    ablated = [m.start for m in line.labelled("PROCEDURE")]
    return any(start <= p < end for p in ablated) and bool(own) and all(any(a < p and (p < b or b < 0) for p in ablated) for a, b in own)


FATAL = re.compile(
    r"\b(?:cause of death|died|death|succumbed|killed|lost (?:his|her) life|passed away)\b[^.;]{0,25}?(?::|=|\b(?:of|from|to|by|with|was|due|after|following|in)\b)(?: (?!not|no|without)[\w-]+){0,4}\W*$|\bfatal(?:ly)?\W+(?:[\w-]+ ){0,3}$",
    re.IGNORECASE,
)
"""Before a trouble: the patient died of it."""
TURNED_FATAL = re.compile(
    r"[^.;]{0,60}?\b(?<!not[ ])(?:(?:proved|was|proving|and) fatal|of which (?:he|she) died|from which (?:he|she) died|led to (?:(?:his|her|the) )?death|was the cause of death|(?:causing|leading to|resulting in|with) (?:\w+ )?death)\b",
    re.IGNORECASE,
)
"""Behind a trouble: the patient died of it."""


def _fatal(m: Mention, line: Line) -> bool:
    """True if the words say that the patient died of a trouble."""
    before = line.read.flat[max(line.sentence.start, m.start - 80) : m.start]
    return bool(FATAL.search(before) or TURNED_FATAL.match(line.read.flat, m.end, line.sentence.end)) and not m.has("negated", "risk")


WORDED = {"major": "severe", "severe": "severe", "moderate": "moderate"}


def _grade(m: Mention) -> tuple[str, str, str]:
    """(system, grade as written, SIR 2017 severity or '') of a SEVERITY mention."""
    words = m.text.lower()
    if m.concept == "SIR2017":
        found = re.search(r"mild|moderate|severe|life-?threatening", words)
        value = found[0].replace("-", "_").replace("lifet", "life_t") if found else ""
        return m.concept, value, value
    if m.concept == "words":
        value = next((v for w, v in WORDED.items() if w in words), "mild")
        return m.concept, words, value
    pattern = {"SIR_A_F": r"\b([a-f])\b", "Clavien-Dindo": r"\b(iv ?[ab]?|i{1,3} ?[ab]?|v|[1-5] ?[ab]?)\b"}.get(
        m.concept, r"([1-6])[ab]?(?!\d|\.\d)\b"
    )
    said = re.findall(pattern, re.sub(r"\bv(?:ersion)?\.? ?\d(?:\.\d)?|20\d\d", "", words))
    grade = said[-1].replace(" ", "") if said else ""
    return m.concept, grade, GRADES[m.concept].get(grade, "")


def _major(system: str, grade: str, m: Mention) -> bool:
    if system == "words":
        return "major" in m.text.lower()
    if system == "SIR2017":
        return grade in ("severe", "life_threatening")
    worst = MAJOR[system]
    return grade.startswith(worst) if isinstance(worst, tuple) else bool(grade) and grade[0] in worst
