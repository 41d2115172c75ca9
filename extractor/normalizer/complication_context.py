"""Why a trouble that a note names is none of the ablation's: of another cause, operation, side or time, expected, brought about, ruled out."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import islice, takewhile

from extractor.model import Mention, PartialDate, ReadNote, When
from extractor.normalizer import timeline
from extractor.normalizer.records import Line, Session, Target, once, searched
from extractor.patterns import re
from extractor.pipeline.scan import Scan

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
    r"\b(?:weakened by|(?<!not[ ]in[ ])(?<!outside[ ])(?<!away[ ]from[ ])the (?:treated|ablated|frozen) (?!with\b|by\b)\w+|previously (?:frozen|ablated|treated)|(?:beside|along|next to|against) the ice(?:-?ball)?|(?:cryo-?)?(?:ablated|frozen|treated) (?:\w+ )?(?:segment|rib|bone|vertebra\w*|area|site|nodule|lung|muscle)|(?:at|in|through|within|along|adjacent to|next to|beside|beneath|over|around) the (?:\w+ ){0,2}?(?:(?:ablation|treatment|treated|cryoablat\w+) ?(?:site|zone|bed|cavity|segment)?|zone|ablat\w+)|where (?:we|it was|they|you|(?:the|this|that|his|her) (?:\w+ )?(?:bone|rib|tumou?r|lesion|mass|nodule|metastasis|node|area|ice) (?:was|were|had been|lay|has been)) (?:froze|frozen|ablated|treated|burned)(?: it)?|(?:cross(?:es|ed|ing)|pass(?:es|ed|ing)(?: (?:by|through|along))?|meets?|enters?|abut(?:s|ting)?|border(?:s|ing)|touch(?:es|ing)) the (?:\w+ )?(?:ablat\w+|treat\w+|cryo\w*|freez\w+) (?:zone|site|area|bed|cavity)|(?:(?<!away[ ])from|after|following|since|due to|consequence of|related to|attribut\w+ (?:(?:this|it|that|them|these) )?to|charged to|ascribed to|put (?:(?:this|it|that|them|these) )?down to|blamed on|caused by|result of|secondary to|because of|complicat\w+|c/b|post|status[- ]post)(?! any\b)(?: \w+){0,5}? ?\b(?:cryo\w*|ablat\w+|freez\w+|froze\w*|microwave|MWA|RFA|procedure|ice|the cold|treatment)"
    r"|(?:cryo\w*|ablat\w+|MWA|RFA|microwave|procedure)(?: \w+){0,6}? ?\b(?:complicat\w+|c/b|caused|left (?:him|her)|with)|ablation-related|procedure-related|post-?(?:cryo\w*|ablation|procedur\w+|intervention\w*)|(?:intra|peri)-?(?:procedur\w+|interventional|operativ\w+|ablation)"
    r"|(?:during|at|with|w/|in|after|following|post|followed|complicat\w+|from|of|by|into|c/b|accompanied) (?:(?:the|this|that|his|her|same|first|second|third|final|last|\d\S*) )*(?:procedure|freez\w*|thaw\w*|session|intervention|case|cryo\w*|ablation|treatment)|procedure (?:\w+ )?c/b"
    r"|(?:due to|from|because of|attribut\w+ (?:(?:this|it|that|them|these) )?to|ascrib\w+ (?:(?:this|it|that|them|these) )?to|caused by|result of|consequence of|secondary to|explained by) (?:(?:the|our|a|an|its|his|her) )*(?:(?:trans|inter|sub)\w+ )?(?:cryo-?)?(?:probes?|needles?|applicators?|antennas?|electrodes?)['’]?s? (?:path|course|route|track|tract|trajectory|passage|transit|way)s?"
    r"|thermal|frost-?(?:bit\w+|nip\w*|burn\w*)|cold (?:injury|lesion|burn|ulcer|wound|necrosis)\w*|cryo-?shock|delayed (?:pneumothorax|PTX|ha?emothorax|bleed\w*|ha?emorrhage)|(?:tract|track|puncture|probe) ha?ematoma|while(?: \w+){1,5} (?:freez\w+|frozen|ablat\w+|thaw\w+)|(?:puncture|needle|probe|entry|access)[- ](?:site|wound|channel|hole|track|tract)s?|(?:over|around) (?:the )?(?:area |lesion )?(?:site|treated)"
    r"|(?:at|of|over|around|near|from|in|along|by|thru|through|next to) (?:(?:the|a|one|its|all) )*(?:cryo(?:['’]?d)?|ablat\w+|probe|treat(?:ed|ment)|tx['’]?d?|frozen) (?:\w+ )?(?:site|tract|track|hole|entry|zone|area|bed|cavity|crater|place|path|puncture|bone|lung|region|side)s?)\b",
    re.IGNORECASE,
)
CAUSES = r"\w+ectomy|port\b(?! site)|biops\w+|bx|stent\w*|catheter(?! ablation)|PICC|line|resection|surgery|operation|laparotomy|thoracotomy|wedge|emboli[sz]ation|chemo\w*|radiation|radiotherapy|XRT|fall(?! (?:in|of|to|from|below|by)\b)|accident|trauma|colonoscopy|doxorubicin|docetaxel|gemcitabine|trabectedin|pazopanib|ifosfamide|hysterectomy|nephrectomy|vertebroplasty|(?:an?|head|chest|common) cold(?! injur| damage| effect| of| from| itself)|dental|diabetes|disc|arterial (?:puncture|access|line)|(?:groin|femoral|vascular|venous|central) (?:puncture|access|sheath|line)|puncture for the emboli\w+|angiogra\w+|(?:nerve|femoral|sciatic|plexus|paravertebral|epidural|spinal) block|slip|skiing|(?:\w+ )?crash|assault|spinal stenosis|shingles|taxane\w*|paclitaxel|vincristine|cisplatin|local an(?:a)?esthetic|lidocaine|lignocaine|bupivacaine|ropivacaine"
THE = r"(?:the|his|her|prior|previous|last|that|recent)"
OTHER_CAUSE = re.compile(
    rf"\b(?:(?:from|after|since|follow(?:ed|ing|s)|due to|related to|attribut\w+ (?:(?:this|it|that|them|these) )?to|caused by|secondary to|at the time of|during|by|of) (?:{THE} |an? )*(?:(?!ablat|cryo|freez|procedure|interven|session|treatment)[\w'’-]+ ){{0,3}}?(?:{CAUSES})"
    rf"|when (?:{THE} |an? )*(?:\w+ )?(?:{CAUSES}) (?:was|were|had to be)\b"
    rf"|(?:from|after|following|due to|by|since) (?:{THE} |an? )*(?:an(?:a)?esth\w+|sedation|intubation|opioids?|morphine) (?:for|of|at|during|in) (?:{THE} |this |an? )*(?:\w+ ){{0,2}}?(?:{CAUSES})|(?:from|due to|owing to|because of|attribut\w+ to|secondary to|effect of|result of) (?:the |his |her |that |this |an? )*(?:(?:regional|local|nerve|plexus|femoral|interscalene|axillary|paravertebral|intercostal|an(?:a)?esthe(?:tic|sia)) )*blocks?(?! (?:of|the|in) )"
    r"|(?:groin|femoral|radial|wrist) (?:access )?ha?ematoma (?:from|at|of) (?:the )?(?:\w+ )?(?:access|sheath)"
    rf"|with (?:{THE} )+(?:\w+ ){{0,2}}?(?:{CAUSES})|with (?:chemo\w*|doxorubicin|docetaxel|gemcitabine|trabectedin|pazopanib|ifosfamide|taxane\w*|paclitaxel|vincristine|cisplatin)"
    r"|(?:bx|biopsy|post-?biopsy|port|drain|stent|PICC|catheter|central line|post-?embolization) (?:pneumothorax|PTX|ha?emothorax|bleed\w*|ha?ematoma|ha?emorrhage|infection|abscess|effusion|thromb\w+|DVT|clot|injury|numbness)|(?:bx|biopsy|port(?: placement| insertion)?|stent|catheter|PICC|surgery|resection|operation|embolization|chemo\w*|epidural) (?:\w+ ){0,3}?(?:c/b|complicated by|caused|with)|(?:bx|biops(?:y|ies)|(?:port|PICC|stent) (?:placement|insertion)|embolization) (?:(?!ablat|cryo|freez|microwave|and\b|then\b)\w+ ){0,4}?(?:followed by|left|gave|led to|resulted in|produced|ended in)|(?:from|due to|caused by|related to|secondary to|at|of) (?:the |his |her |its )?(?:[\w-]+ ){0,2}?(?:drain(?:age)?|tube|pigtail|stent|nephrostomy|thoracentesis|paracentesis) (?:placement|insertion|exchange|change|removal)|(?:sites?|holes?|tracks?|exit|skin) of (?:the |his |her )?(?:drain|tube|catheter|nephrostomy|port)|malignant (?:pleural )?effusion|(?:PICC|port|line|catheter|stent|biopsy|surgery|chemo\w*|radiation|embolization|drug|medication|an(?:a)?esthe\w+|opioid|block|trauma|fall|Foley)[- ](?:associated|related|induced|provoked)|(?:the |his |her )(?:port|line|PICC|catheter|stent|block|biopsy|operation|surgery|chemo\w*|drug|fall|tube|drain|flap) (?:is|was|being) (?:(?:felt|thought|judged|held|considered|taken|seen|likely|probably|clearly|to|be|as) )*(?:the |a )?(?:likely |probable |obvious |true |sole |main |more likely )*(?:reason|cause|culprit|source|origin|trigger)\b|(?:thromb\w+|clots?)\b[^.;]{0,70}\b(?:hugs|hugging|along|around|about|encas\w+|at|adherent to|on|in) (?:the |a |his |her )?(?:tip of (?:the )?)?(?:port|central line|PICC|Hickman|port catheter|dialysis catheter|central (?:venous )?catheter)|(?:intercostal|femoral|sciatic|nerve|paravertebral|plexus|epidural|spinal) (?:block|an(?:a)?esth\w+)\b[^.;]{0,60}\b(?:numb\w*|weak\w*|heav\w*)|(?:injection|insertion|cannula|infusion|donor|PICC|port|stoma)[- ]sites?|(?:ha?ematoma|seroma|infection|infected|bleed\w*|ha?emorrhage|abscess|redness|dehiscence) (?:of|in|into|at|over|around) (?:the |his |her |its )?(?:port |device |pacemaker |subcutaneous )?(?:pocket|port|reservoir|PAC|port-?a-?cath|(?:implantable |implanted )?chamber)|pocket (?:ha?ematoma|infection|seroma|bleed\w*|abscess)|(?:port|PICC|line|catheter|stent|chamber|reservoir|PAC|filter)\b[^.]{0,40}\b(?:placed|inserted|implanted|put in|changed|exchanged)\b[^.]{0,120}\b(?:due to|from|because of|caused by|after) (?:this|that|its) (?:placement|insertion|implantation|puncture|gesture|operation|change|exchange)|pre-?existing|longstanding|from childhood|old (?:rib )?fracture|(?:sustained|suffered|had|provoked)? ?(?:many|several|some|a few|\d+) years (?:ago|before|earlier)|allerg(?:y|ies|ic) to)\b",
    re.IGNORECASE,
)
REMEDY = re.compile(
    r"\b(?:treat\w*|manag\w*|control\w*|stop\w*|drain\w*|evacuat\w*|repair\w*|seal\w*|reliev\w*|resol\w*|settl\w*|heal\w*|clos\w*|correct\w*|address\w*|secur\w*|coil\w*|necessitat\w*|requir\w*|need\w*|underwent|subsid\w*|improv\w*)(?: \w+){0,4}? (?:by|with|after|following|through|via|during)(?: [\w-]+){1,4}|\b(?:after|following|once|when) (?:the |a |his |her )?(?:\w+ )?(?:catheter|Foley|IDC)(?: \w+){0,2}? (?:remov\w+|out|taken|pulled)",
    re.IGNORECASE,
)
"""What was done about a trouble is not its cause: "treated by coil embolization"."""
LASTING = ("pleural_effusion", "nerve_injury", "urinary_retention", "hypertension", "renal_failure", "other", "respiratory", "cardiac")
"""Kinds of trouble that a patient can bring along: told before the session, they are not its doing unless a note ties them to it."""

NOT_OURS = re.compile(
    r"\b(?:not|never|hardly|rather than) (?:(?:thought|felt|considered|judged|believed|deemed|held) (?:to be |as )?)?(?:\w+ )?(?:to|by|from|with|of|due to|because of|related to|caused by|attribut\w+ to|a (?:result|consequence|complication) of) (?:the |his |her |our |this |any |either )?(?:\w+ )?(?:ablation|procedure|cryo\w*|treatment|ice|freez\w+|microwave|MWA|RFA|intervention|needles?|probes?)\b|\b(?:unrelated to|nothing to do with|no (?:relation|connection|link) (?:to|with)|independent of) (?:the |his |her |our |this )?(?:\w+ )?(?:ablation|procedure|cryo\w*|treatment|freez\w+|ice|cold|microwave|MWA|RFA|intervention)\b|\bnothing to do with (?:us|it|that|our (?:work|part)|what we did)\b|\b(?:procedure|ablation|cryo\w*|treatment|intervention|session|freez\w+)\b[^.;]{0,30}\b(?:and|but|though|although|yet),? (?:it (?:is|was) |(?:is|was) )?(?:(?:clearly|quite|entirely|certainly|probably|felt|thought|judged|considered|to be|held) )*(?:unrelated|not (?:related|connected|linked|due|attribut\w+)|independent)(?: (?:to|of|with) (?:it|this|that|them))?(?=\s*[.,;:)]|\s*$)|\b(?:the )?(?:other|opposite|wrong) side (?:from|to|of|than) (?:the |that |our )?(?:ablation|treat\w+|cryo\w*|procedure|freez\w+)\b",
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


RETURNED = re.compile(
    r"\b(?:(?:re-?)?admi(?:tted|ssion)|re-?admit|re-?presented|presented|returned|came (?:back|in)|attended|brought in|seen in (?:the )?(?:ED|ER|emergency)|rang|called|noticed)\b",
    re.IGNORECASE,
)

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


@dataclass(frozen=True, slots=True)
class Event:
    """One telling of an adverse event."""

    mention: Mention
    line: Line
    session: Session
    day: PartialDate
    day_from: tuple[Mention, ...]


ANOTHER_CAUSE = "due to another cause by the note's words"

SOON = timedelta(days=3)
"""How long after a session its own notes tell what was expected."""

SIDED = ("pneumothorax", "hemothorax", "pleural_effusion", "nerve_injury", "fracture", "skin_injury")
"""Troubles that arise on the side of the treated place."""
BESIDE = 25
"""Characters between a trouble and the side it is on."""


def on_other_side(mention: Mention, line: Line, session: Session, targets: Sequence[Target]) -> bool:
    """True if a sentence of one side puts a trouble on the side opposite to all that the session treated."""
    treated = {t.place.side for t in targets if t.session is session}
    told = line.labelled("SIDE")
    sides = {m.concept for m in told}
    if mention.concept not in SIDED or len(treated) != 1 or len(sides) != 1 or treated | sides != {"left", "right"}:
        return False
    return any(m.start <= mention.end + BESIDE and mention.start <= m.end + BESIDE for m in told)


def of_operation(line: Line, session: Session) -> bool:
    """True if the sentence right before tells of an operation with a day that is not the session's: "Resected 06/2017, margins clear. Seroma drained twice"."""
    before = next(back(line), None)
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


def tied_next(line: Line) -> bool:
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


def over_soon(line: Line, session: Session) -> bool:
    """True if a note of the first days says only that a trouble is over: it was of the session."""
    soon = timedelta(0) <= line.read.note.note_date - session.when.date <= SOON
    return soon and OVER.search(line.text) is not None and not BEFORE.search(line.text)


def _of_other_notes(known: Sequence[Event], line: Line) -> Sequence[Event]:
    """The events that were known before a line's note, whose own stand last."""
    return known[: bisect_left(known, True, key=lambda e: e.line.read is line.read)]


def _last_told(mention: Mention, known: Sequence[Event]) -> Event | None:
    """The last known event of a mention's kind."""
    return next((e for e in reversed(known) if e.mention.concept == mention.concept), None)


def retold(mention: Mention, line: Line, day_from: tuple[Mention, ...], known: Sequence[Event]) -> Session | None:
    """The session of a known event of this kind that a visit tells again, with no day of its own: "DVT after cryo, on apixaban"."""
    told = _last_told(mention, _of_other_notes(known, line))
    if told is None:
        return None
    visit = timeline.kind(line.read) in ("clinic", "other", "nursing", "telephone") and line.sentence.section not in (
        "complications",
        "addendum",
    )
    late = line.read.note.note_date - told.day.date > WINDOW
    left = REMNANT.search(line.text) is not None
    visit = visit or left or line.sentence.section == "indication"
    dated = any(isinstance(d.value, When) and not d.value.anchor for d in (line.labelled("DATE") if left else day_from))
    return told.session if late and visit and not dated and not FRESH.search(line.text) else None


GIVEN_THE = re.compile(
    r"\b(?:the|his|her|that|last(?: \w+)?|previous|prior|earlier|former|old)\W+(?:[\w-]+\W+){0,2}$|\b(?:given|in view of|because of|in light of|considering|after|due to|since)\W+(?:[\w-]+\W+){0,3}$",
    re.IGNORECASE,
)
"""Before a trouble: it is one that the reader knows already, "in view of the abscess"."""


def of_earlier(mention: Mention, line: Line, known: Sequence[Event]) -> Session | None:
    """The earlier session whose trouble the report of a later one speaks of as known: "co-amoxiclav at induction, in view of the abscess last time"."""
    told = _last_told(mention, known)
    if told is None or told.line.read is line.read or not timeline.is_report(line.read) or line.sentence.section == "complications":
        return None
    again = told.day.date < line.read.note.note_date - WINDOW and told.session.report is not line.read
    before = line.read.flat[max(line.sentence.start, mention.start - 50) : mention.start]
    return told.session if again and (GIVEN_THE.search(before) or _ahead_of_session(line)) else None


def _ahead_of_session(line: Line) -> bool:
    """True for a sentence of a report ahead of all that it tells of probes, ice and energy, and that calls nothing new."""
    done = next((x for x in timeline.lines(line.read) if x.labelled("PROBES", "COVERAGE", "MARGIN")), None)
    return done is not None and line.sentence.end <= done.sentence.start and not FRESH.search(line.text)


REMNANT = re.compile(
    r"\b(?:only|still|residual|remain\w*|persist\w*|back to|improv\w*|resolved|healed|old|unchanged|as before)\b", re.IGNORECASE
)
"""Words that tell what is left of a trouble, or that it is over."""
FRESH = re.compile(
    r"\b(?:new(?:ly)?|another|second|again|recurr\w+|today|now|this time|this week|last week|yesterday|since)\b", re.IGNORECASE
)
"""Words that tell of a trouble of its own, not of one told before."""

BLED_FROM = {
    "urine": re.compile(r"hematuria|haematuria|urine", re.IGNORECASE),
    "airway": re.compile(r"h(?:a)?emoptysis|sputum|cough", re.IGNORECASE),
    "inside": re.compile(r"ha?ematoma|ha?emoperitoneum|ha?emorrhage|extravasation|peri\w+ blood", re.IGNORECASE),
}
"""Where blood came from: what is laid to a catheter is the blood in the urine, not that around the liver."""


@lru_cache(maxsize=4096)
def _sort(concept: str, words: str) -> tuple[str, frozenset[str]]:
    return concept, frozenset(name for name, pattern in BLED_FROM.items() if pattern.search(words))


@lru_cache(maxsize=256)
def _sorts(line: Line) -> frozenset[tuple[str, frozenset[str]]]:
    return frozenset(_sort(m.concept, m.words) for m in line.labelled("COMPLICATION"))


def _alike(one: tuple[str, frozenset[str]], other: tuple[str, frozenset[str]]) -> bool:
    return one[0] == other[0] and not (one[1] and other[1] and not one[1] & other[1])


def same_trouble(one: Mention, other: Mention) -> bool:
    """True for two tellings of a kind of trouble that can mean one event; of bleeds, unless they name different places."""
    return _alike(_sort(one.concept, one.words), _sort(other.concept, other.words))


def of_no_other(mention: Mention, line: Line) -> bool:
    """True for a sentence that tells no trouble but what can be the one that a mention tells."""
    return all(_alike(_sort(mention.concept, mention.words), other) for other in _sorts(line))


INDUCED = re.compile(r"\W*(?:(?:this|it|that) (?:is|was) (?:a |an )?)?[\w/]+[- ](?:related|associated|induced|provoked)\b", re.IGNORECASE)
"""A sentence that calls the trouble before it after its cause: "Catheter-related thrombosis"."""


def _caused_next(mention: Mention, line: Line) -> bool:
    """True if the sentence behind names another cause: "Could not void. Attributed to the morphine, not to the procedure"."""
    after = timeline.following(line, 1)
    return any(
        x.sentence.paragraph == line.sentence.paragraph
        and of_no_other(mention, x)
        and (
            (CAUSE.match(x.text) and not x.labelled("COMPLICATION") and NOT_OURS.search(x.text))
            or (
                (CAUSE.match(x.text) or INDUCED.match(x.text) or LAID_TO.search(x.text))
                and OTHER_CAUSE.search(x.text)
                and not TIE.search(_laid(x.text))
            )
            or (CAUSE.match(x.text) and not x.labelled("COMPLICATION") and _blames_else(x.text))
            or (OLD_THING.search(x.text) and not x.labelled("COMPLICATION") and not TIE.search(x.text))
        )
        for x in after
    )


LAID_TO = re.compile(
    r"\b(?:it|this|that|which) (?:comes?|came|stems?|stemmed|arises?|arose|results?|resulted) from\b|\b(?:attribut\w+|ascrib\w+|put|puts|blam\w+|laid|lays|traced?|credit\w*) (?:it|this|that|them|these) (?:down |back )?(?:to|on)\b",
    re.IGNORECASE,
)
"""Words that lay what the sentence before told to a cause."""
CLAUSE_END = re.compile(r",|;|\b(?:and|but|while|whereas) (?:that |the |it )", re.IGNORECASE)


def _laid(text: str) -> str:
    """The clause of a sentence that lays a trouble to a cause, where one does; else the sentence."""
    said = LAID_TO.search(text)
    return CLAUSE_END.split(text[said.start() :])[0] if said else text


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
        and of_no_other(mention, x)
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
        (x.sentence.paragraph == line.sentence.paragraph or kinds(line.read) == {mention.concept})
        and {m.concept for m in x.labelled("COMPLICATION")} <= {mention.concept}
        for x in later
    )


BLAMES = re.compile(
    r"\b(?<!not[ ])(?<!rather than[ ])(?:due to|caused by|secondary to|attribut\w+ (?:(?:this|it|that|them|these) )?to|(?:put|puts|putting) (?:(?:this|it|that|these|them) )?down to|(?:lay|lays|laid) (?:(?:this|it|that|these|them) )?(?:to|at the door of)|blam\w+ (?:(?:this|it) )?on|ascrib\w+ (?:(?:this|it) )?to|owing to|on account of|2/2|d/t|(?:a |the )?(?:result|consequence) of|explained by|traced to|brought on by|provoked by)\b([^.;,()]{1,60})",
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
    if mention.concept == "pleural_effusion" and OF_DISEASE.match(behind):
        return not searched(TIE, line.text)
    if mention.concept == "skin_injury" and (source := FROM_ANY.match(behind)) is not None and not OWN_CAUSE.search(source[1]):
        from_else = True
    return (from_else or (not ends and _blames_else(behind))) and not searched(TIE, line.text)


SOURCED = ("hemorrhage", "hemothorax", "infection", "fistula", "wound_complication", "air_embolism", "vascular_injury", "bowel_injury")
"""Troubles of which "from the ..." tells the place, not the cause."""
FROM_A = re.compile(
    r"(?:[^.;,()]{0,40},)?\s*(?:(?:is|was|comes|came) )?from (?:the|a|an|his|her) (?!(?:first|second|third|last|start|beginning|day|night|morning|evening|week|month|\w+day|winter|summer|autumn|fall|spring)\b)([^.;,()]{1,40})",
    re.IGNORECASE,
)

OF_DISEASE = re.compile(
    r"[^.;,()]{0,30}?\b(?:from|due to|with|of|because of|secondary to|as part of) (?:the |his |her )?(?:(?:[\w-]+ ){0,2}?(?:pleural|metastatic|progressive|underlying|malignant) (?:disease|spread|seeding|involvement)|(?:[\w-]+ ){0,2}?(?:metastas[ei]s|carcinomatosis|sarcomatosis|tumou?r progression|progression))\b",
    re.IGNORECASE,
)
"""Behind an effusion that the disease makes: "left effusion from pleural disease"."""
FROM_ANY = re.compile(
    r"[^.;,()]{0,40}?\bfrom (?!\d|day|now|today|yesterday|then|\w+day\b|last|this|that|which|where|January|February|March|April|May|June|July|August|September|October|November|December)([^.;,()]{1,40})",
    re.IGNORECASE,
)
"""A skin breaks from something; it does not spread from a place: "blister on the heel from new shoes"."""


@timeline.remembered
def kinds(read: ReadNote) -> frozenset[str]:
    """The complications that a note tells as having happened."""
    return frozenset(m.concept for m in read.mentions if m.label == "COMPLICATION" and not m.has(*NOT_HAPPENED))


@timeline.remembered
def _verdicts(read: ReadNote) -> tuple[Line, ...]:
    """Sentences that say of what was told before them that the ablation did not do it."""
    can = VERDICTS.of_sentences(read.flat)
    return tuple(
        x
        for x in (timeline.lines(read) if can else ())
        if ("not ours" in can and NOT_OURS.search(x.text) and not TIE.search(NOT_OURS.sub(" ", x.text)))
        or (ALL_OF_THEM.match(x.text) and OTHER_CAUSE.search(x.text) and not TIE.search(x.text))
    )


VERDICTS = Scan({"not ours": NOT_OURS.pattern, "all of them": ALL_OF_THEM.pattern})
"""Which verdicts can stand in a note at all."""


def still_told(mention: Mention, line: Line, day: PartialDate, known: Sequence[Event]) -> Session | None:
    """The session of a late event that a note soon after tells again without its tie: "the rib fracture of Tuesday's CT"."""
    return next(
        (
            e.session
            for e in reversed(_of_other_notes(known, line))
            if e.mention.concept == mention.concept and timedelta(0) <= day.date - e.day.date <= WINDOW and not FRESH.search(line.text)
        ),
        None,
    )


def graded_later(mention: Mention, line: Line, known: Sequence[Event]) -> Session | None:
    """The session of a known event of this kind that a later note grades: "looking back, the nerve lesion was grade 3"."""
    told = _last_told(mention, known) if line.labelled("SEVERITY") else None
    return told.session if told else None


def no_event(mention: Mention, line: Line) -> str:
    """Why the words themselves tell of no adverse event of this patient; empty if they do. Told once, though a chart may be settled twice."""
    known = _reasons(line)
    if mention not in known:
        known[mention] = _no_event(mention, line)
    return known[mention]


@once
def _reasons(_: Line) -> dict[Mention, str]:
    """What ``no_event`` said of the mentions of a line."""
    return {}


SURGICAL_WOUND = re.compile(
    r"\b(?:surgical|operative|laparotomy|thoracotomy|sternotomy|midline|stoma\w*|amputation) (?:wounds?|incisions?|scars?|stump)\b",
    re.IGNORECASE,
)
IN_THE_WOUND = ("infection", "wound_complication", "hemorrhage")
"""What befalls the wound of an operation."""


def _of_surgical_wound(mention: Mention, line: Line) -> bool:
    """True for the infection of a surgeon's wound: an ablation leaves punctures. "The laparotomy wound was infected and opened"."""
    start, end = max(line.sentence.start, mention.start - 40), min(line.sentence.end, mention.end + 40)
    near = SURGICAL_WOUND.search(line.read.flat, start, end) if mention.concept in IN_THE_WOUND else None
    return near is not None and ";" not in line.read.flat[min(near.end(), mention.end) : max(near.start(), mention.start)]


TO_TISSUE = re.compile(r"(?:thermal|cold|heat|freeze|freezing|cryo-?|ice)[ -]?(?:injur\w+|change|damage|necrosis|burn)", re.IGNORECASE)
ON_ORGAN = re.compile(r"\b(?:skin|epiderm\w+|derm(?:is|al)|bowel|colon\w*|ureter\w*|nerves?)\b", re.IGNORECASE)
"""Where such an injury is one beside the tumour."""


def _no_event(mention: Mention, line: Line) -> str:
    for name in NOT_HAPPENED:
        if mention.has(name):
            return f"said to be {name}"
    if line.sentence.section in SILENT_SECTIONS and not (_told_reason(line) or _graded_problem(line)):
        return f"in the section {line.sentence.section}"
    if (
        searched(OTHER_CAUSE, REMEDY.sub(" ", line.text))
        or searched(NOT_OURS, line.text)
        or _of_else(line)
        or _of_surgical_wound(mention, line)
        or _blamed_behind(mention, line)
        or _caused_next(mention, line)
        or _blamed(mention, line)
        or _disowned(mention, line)
    ):
        return ANOTHER_CAUSE
    if OLD.match(line.read.flat, mention.end, line.sentence.end) or (mention.concept in LASTING and _predates(line.read)):
        return "there before the ablation by the note's words"
    if mention.concept == "hemorrhage" and _of_ice(mention, line):
        return "the blood by which a scan shows the ice"
    if timeline.kind(line.read) == "pathology" and TO_TISSUE.match(mention.words) and not ON_ORGAN.search(line.text):
        return "what heat or cold did to the tissue under the microscope"
    if _called_expected(line):
        return "called expected in the next sentence"
    if _consequence(mention, line):
        return "a consequence of another trouble in the sentence"
    if _warned(mention, line):
        return "in a bare list of troubles, as warnings are handed out"
    if foretold(line):
        return "in a list of what can happen"
    if _on_purpose(mention, line) or (PARALYSED.fullmatch(mention.words) and line.labelled("SETUP")):
        return "brought about on purpose"
    if INCIDENTAL.fullmatch(mention.words) and not (_called_one(line) or line.labelled("INTERVENTION", "SEVERITY")):
        return "a finding that scans show without an adverse event"
    if mention.concept == "wound_complication" and _staunched(line):
        return "an ooze at the puncture that stopped during the session"
    if (mention.concept == "death" and not _charged(line)) or (mention.concept == "pain" and not _troubling(mention, line)):
        return "not said to be an adverse event"
    if mention.concept == "other" and not (
        mention.rule_id.endswith(("#other.bile", "#other.bile_ducts", "#other.lymph", "#other.pancreas"))
        or _called_one(line)
        or searched(TIE, line.text)
    ):
        return "not said to be an adverse event"
    return "said to be uncertain" if mention.has("uncertain") and not _likely(mention, line) else ""


SHOWN_BY = re.compile(r"\b(?:ice(?:-?ball)?|ground[- ]glass|GGO?|halo|edema)\s?/\s?$", re.IGNORECASE)
SHOWS = re.compile(r"\s?/\s?(?:ice|ground[- ]glass|GGO?|edema)\b|\s(?:halo|zone|rim|cuff)\b", re.IGNORECASE)
"""Before and behind the blood in the lung that is as wide as the ice: "the ice/hemorrhage zone extends 6 mm past the nodule"."""


def _of_ice(mention: Mention, line: Line) -> bool:
    """True for blood in the lung told in one breath with the ice that it outlines, and not treated or graded."""
    text = line.read.flat
    before = text[max(line.sentence.start, mention.start - 40) : mention.start]
    told = SHOWN_BY.search(before) or SHOWS.match(text, mention.end, line.sentence.end)
    return bool(told) and not line.labelled("SEVERITY", "INTERVENTION")


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
    return any(x.sentence.paragraph == line.sentence.paragraph and CALLED_EXPECTED.match(x.text) for x in timeline.following(line, 1))


SO_EXPECTED = re.compile(
    r"; (?:this|that|it|which) (?:had been|was|is|has been) (?:fully |entirely |all |quite )*(?:expected|anticipated|foreseen)\b|, (?:and |all |just |quite |but )*(?:as|which (?:is|was)) (?:fully |entirely |usually |always )*(?:expected|anticipated|usual|normal|typical|customary)\b[^,;:]*$",
    re.IGNORECASE,
)
"""The end of a sentence that calls all it told expected: "pressure rose to 178 and settled with esmolol, as expected for adrenal work"."""

OLD = re.compile(
    r"(?: (?!new|after|since)[\w/-]+){0,3}?(?: ?[-–—,:(]+ ?|,? (?:which )?(?:is|are|was|were) )(?:old|chronic|known|longstanding|long-standing|pre-?existing|baseline|unchanged(?! since the (?:ablat|cryo|proc))|as before|same as before|from before|not new)\b"
    r"|(?: (?!new|after|since|no|not)[\w/-]+){0,4}?,? (?:already )?(?:seen|visible|present|noted|known|there|found|shown)(?: already)? (?:on|in|at|from) (?:the |his |her )?(?:planning|pre-?(?:op|procedur|ablation|treat|interven|cryo)\w*|scout|initial|staging|diagnostic|baseline|locali[sz]ing)\b"
    r"|(?: (?!new|after|since|no|not)[\w/-]+){0,4}?,? (?:noted|seen|known|present|found|recorded|documented|there)(?: \w+){0,3}? (?:beforehand|before (?:the (?:case|procedure|start|first)|today|we (?:began|started)))\b"
    r"|(?: (?!new|after|since)[\w/-]+){0,3}?,? (?:which|that) (?:was|were|had been) (?:also |already )?(?:there|present|seen|known|visible|noted|on)\b[^.;]{0,50}?\b(?:(?:has|have|had) not changed|is unchanged|(?:is|are) (?:no different|the same|stable|no (?:bigger|larger|worse))|before (?:the|this|her|his|we|any)\b|pre-?(?:op\w*|procedur\w*|ablation|treatment)|baseline|beforehand)",
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
    "nerve_injury": ("air_embolism",),
    "wound_complication": ("infection", "skin_injury", "fistula"),
    "cardiac": ("air_embolism", "hypertension", "cryoshock"),
    "other": ("cryoshock", "hemorrhage", "infection", "nerve_injury", "thromboembolism", "rhabdomyolysis", "bowel_injury", "fistula", "renal_failure"),
}  # fmt: skip
"""Troubles that are the course of another where one sentence tells both."""

FAILING = re.compile(
    r"failure|distress|arrest|hypox|\bsats?\b|saturat|S[ap]O2|desat|intubat|ventilat|atelectasis|compromise", re.IGNORECASE
)


HOW = re.compile(r"(?:thermal|cold|freez\w*|cryo-?) ?(?:injur(?:y|ies)|damage|burns?|lesions?)", re.IGNORECASE)
"""How a structure was harmed; the skin only where it is named: "ureteral stricture, attributed to thermal injury"."""
SKIN = re.compile(r"\bskin|cutaneous|dermal|blister", re.IGNORECASE)


MEANS_IT = re.compile(r"\W*(?:this|that|it|which|both|these|those)\b", re.IGNORECASE)
NAMES_CAUSE = re.compile(
    r"\W*(?:(?:the |a )?(?:(?:likely|probable|presumed|presumptive|root|final|suspected|underlying|most likely) )?(?:cause|mechanism|a?etiology|origin|pathogenesis|reason)\b(?: of (?:it|this|that))?\W*(?:is|was|being)?"
    r"|(?:felt|thought|considered|judged|believed|held|taken|presumed|attributed|ascribed|due|consistent|compatible|in keeping)\b)",
    re.IGNORECASE,
)
"""The opening of a sentence that is no more than the cause of what the paragraph told: "Cause: cold injury"."""
REASONED = 4
"""Sentences from a trouble to the one that names its cause."""


def _meant(line: Line) -> list[Line]:
    """The sentences that one speaks of: "stricture of the ureter. It is a thermal injury", "perforation. ... Cause: thermal injury"."""
    reach = 1 if MEANS_IT.match(line.text) else REASONED if NAMES_CAUSE.match(line.text) else 0
    return [x for x in islice(timeline.back(line), reach) if x.sentence.paragraph == line.sentence.paragraph]


def tells_how(mention: Mention, line: Line) -> bool:
    """True for words that say only how another trouble of the sentence, or of the one it speaks of, came about."""
    if mention.concept != "skin_injury" or not HOW.fullmatch(mention.words) or SKIN.search(line.text):
        return False
    told = (m for x in (line, *_meant(line)) for m in x.labelled("COMPLICATION"))
    return any(m.concept != "skin_injury" and not m.has(*NOT_HAPPENED) for m in told)


def _consequence(mention: Mention, line: Line) -> bool:
    """True for the failing lung or pressure of a trouble that the sentence names itself: "fistula requiring ventilation for respiratory failure"."""
    if mention.words.lower() == "infected" and any(0 < m.start - mention.end <= 2 for m in line.labelled("COMPLICATION")):
        return True
    if tells_how(mention, line):
        return True
    if mention.rule_id.endswith("#bleed.gut") and any(m.concept == "bowel_injury" for m in line.labelled("COMPLICATION")):
        return True
    if mention.concept == "respiratory" and not FAILING.search(mention.words):
        return False
    causes = FOLLOWS.get(mention.concept, ())
    near = (line, *_beside(line)) if MEASURED.search(mention.words) or mention.concept == "nerve_injury" else (line,)
    return any(m.concept in causes and not m.has(*NOT_HAPPENED) for x in near for m in x.labelled("COMPLICATION"))


MEASURED = re.compile(
    r"\b(?:desat\w*|saturat\w+|sats?|SpO2|SaO2|(?:BP|SBP|MAP|systolic|pressure) (?:fell|dropped|down|dipped|drop))\b", re.IGNORECASE
)
"""A measured sign, which is of the trouble told with it in the sentence or in the one beside."""


def _beside(line: Line) -> list[Line]:
    """The sentences right before and right behind in the paragraph."""
    near = (*islice(timeline.back(line), 1), *timeline.following(line, 1))
    return [x for x in near if x.sentence.paragraph == line.sentence.paragraph]


def _charged(line: Line) -> bool:
    """True if a sentence on a death grades it as that of an adverse event."""
    return any(grade_of(m)[2] == "death" for m in line.labelled("SEVERITY") if not m.has("negated", "risk", "hypothetical"))


STAYED = re.compile(r"kept|stayed|held|remained|admi|flare|crisis", re.IGNORECASE)


def _troubling(mention: Mention, line: Line) -> bool:
    """True if pain is told as more than what one has after an ablation: called a complication, graded, treated, beyond what was expected."""
    return bool(mention.rule_id.endswith("#pain.excess") or STAYED.search(mention.words) or UNEASED.search(line.text)) or _called_one(line)


UNEASED = re.compile(
    r"\bpain\b[^.;]{0,40}?\b(?:not (?:well |adequately |sufficiently )?(?:controlled|relieved|helped|eased|covered|touched) (?:by|with|on|at home|despite)|despite (?!no\b)[^.;]{0,30}?(?:opioids?|oxycodone|hydrocodone|hydromorphone|morphine|tramadol|codeine|PCA)|refractory to)\b",
    re.IGNORECASE,
)
"""Pain that what was given at home did not ease."""

STAUNCHED = re.compile(r"\booz\w+\b[^.]{0,60}?\b(?:pressure|compress\w+|stopped|dry|h(?:a)?emostasis|ceased|settled)\b", re.IGNORECASE)


def _staunched(line: Line) -> bool:
    """True for a report's ooze from a puncture that some pressure stopped, and that it does not call a complication."""
    return timeline.is_report(line.read) and STAUNCHED.search(line.text) is not None and not _called_one(line)


INCIDENTAL = re.compile(r"atelectasis|fat necrosis|.*(?:erythema|redness|reddening).*", re.IGNORECASE)


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
    listed = TEMPERATURE.sub("", text[colon:])
    if colon < 0 or TELLS.search(NEW.sub("", listed) if FEVERISH.search(listed) else listed):
        return False
    items = [i for i in ITEM.split(text[colon + 1 :]) if i.strip()]
    named = len({m.concept for m in line.labelled("COMPLICATION")}) >= MANY or any(WARNED_OF.search(i) for i in items)
    return len(items) >= 3 and named and all(len(i.split()) <= 5 for i in items)


TALKED = re.compile(
    r"\b(?:discuss\w*|talk\w*|cover\w*|quot\w+|explain\w*|told|tell|warn\w*|mention\w*|went (?:over|through)|gone (?:over|through)|counsel\w*|risks?|consent\w*|describ\w*|dwelt|spelled out|set out|named|listed|aware|understands?|accepts?|possib\w+|asks?|asked|what can go wrong)\b",
    re.IGNORECASE,
)
ODDS = re.compile(
    r"\d ?(?:%|per ?cent\b)|\b(?:one|two|1|2) (?:in|of|out of) (?:\d|two|three|four|five|six|eight|ten|twenty|fifty|a )", re.IGNORECASE
)
BEFELL = re.compile(
    r"\b(?:had|has|developed|occurred|happened|suffered|since|resolved|treated|yesterday|today|found|showed|shows|drained|placed|admitted|complicat\w+ by)\b",
    re.IGNORECASE,
)


def foretold(line: Line) -> bool:
    """True for a sentence that names several kinds of trouble as what was talked about, or with their odds, and none as having happened."""
    told = {m.concept for m in line.labelled("COMPLICATION")}
    if len(told) < 2 or line.sentence.section in ("complications", "addendum") or line.labelled("SEVERITY"):
        return False
    if timeline.kind(line.read) in ("radiology", "pathology") or (line.labelled("DATE", "SIZE") and not ODDS.search(line.text)):
        return False
    odds = len(ODDS.findall(line.text)) > 1
    return odds or (bool(TALKED.search(line.text)) and not BEFELL.search(line.text))


TEMPERATURE = re.compile(r"(?:>|over|above|of)? ?\b(?:3[789]|4[01]|10[0-4])(?:\.\d)?(?: ?°?[CF]\b)?")
NEW = re.compile(r"\b(?:new|sudden|left|right)\b", re.IGNORECASE)
FEVERISH = re.compile(r"\b(?:fever\w*|temp\w*|chills|rigors|short(?:ness)? of breath|SOB|breathless\w*)\b", re.IGNORECASE)
"""What hardly any advice on going home leaves out."""
MANY = 4
"""Kinds of trouble that hardly any patient has at once."""

TROUBLE = re.compile(
    r"\b(?:new|enlarg\w*|grew|grow\w*|increas\w*|worse\w*|persist\w*|tension|recur\w*|re-?accumulat\w*|chest (?:tube|drain)|(?:inter-?costal )?drain\w*|pig-?tail|symptom\w*|dyspn\w*|breathless\w*|desaturat\w*|despite|unintend\w*|unplanned|not (?:resolv\w*|evacuat\w*|re-?expand\w*)|complicat\w*|adverse)\b",
    re.IGNORECASE,
)
"""Words by which an effect brought about on purpose became an adverse event."""


@timeline.remembered
def made(read: ReadNote) -> frozenset[str]:
    """The effects that a note says were brought about on purpose."""
    return frozenset(m.concept for m in read.mentions if m.label == "ON_PURPOSE" and not m.has("negated"))


def _on_purpose(mention: Mention, line: Line) -> bool:
    """True if the same note tells that the effect was brought about ("air was let into the pleural space") and nothing of trouble with it."""
    poured = mention.concept in FILLED and LET_IN.search(line.text) is not None
    return (poured or mention.concept in made(line.read)) and not TROUBLE.search(line.text)


FILLED = ("pleural_effusion", "pneumothorax", "bowel_injury", "other")
LET_IN = re.compile(
    r"\b(?:instilled|infused|injected|insufflat\w+|hydro-?dissect\w*|artificial|mm ?Hg|trocars?|ports?|D5W|dextrose|let in|put in by us|our (?:own )?(?:[\w-]+ )?(?:saline|water|fluid|gas|air|CO2|solution|cushion))\b",
    re.IGNORECASE,
)
"""Fluid or gas in a cavity that the operator filled."""


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


def _graded_problem(line: Line) -> bool:
    """True for a line of a list of problems that grades one: "1. Skin necrosis at the entry, SIR B"."""
    return line.sentence.section in ("past_history", "plan") and any(
        m.concept != "words" and not m.has("risk", "hypothetical", "planned") for m in line.labelled("SEVERITY")
    )


def _told_reason(line: Line) -> bool:
    """True for the reason of an admission, and for that of an exam that tells what did happen: "Readmitted on 23 September with rigors. Liver abscess"."""
    return line.sentence.section == "reason" and any(
        timeline.kind(line.read) == "discharge" or RETURNED.search(x.text) for x in timeline.until(line) if x.sentence.section == "reason"
    )


DONE_ABOVE = ("findings", "technique", "impression", "complications")
"""Sections of a report behind which a heading like "Events" or "Exam" tells of the session, not of what was there before."""


def background(line: Line, session: Session) -> bool:
    """True for history and indication in the report of the session itself: it was there before."""
    if line.read is not session.report or line.sentence.section not in ("history", "indication", "reason", "exam"):
        return False
    return line.sentence.section == "indication" or not any(x.sentence.section in DONE_ABOVE for x in timeline.until(line))


def back(line: Line) -> Iterator[Line]:
    """The lines of its paragraph before a line, the nearest first."""
    return takewhile(lambda x: x.sentence.paragraph == line.sentence.paragraph, timeline.back(line))


REACH = 3
"""Sentences after an event that may tell what was done about it."""

WORDED = {"major": "severe", "severe": "severe", "moderate": "moderate"}


def grade_of(m: Mention) -> tuple[str, str, str]:
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
