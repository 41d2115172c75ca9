"""What does a clause of an exam say of tumour: progression, residual, no progression, doubt, or nothing?

Labeling guide, Assessment. Firm words (recurrence, new nodule, metastasis) outweigh what was merely seen (enhancement, uptake, growth),
and what was seen gives way to a benign cause named beside it or to the news that it is gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from extractor.model import Mention
from extractor.normalizer import timeline
from extractor.normalizer.records import Line
from extractor.patterns import re

Said = tuple[str, tuple[Mention, ...]]
NOTHING: Said = ("", ())
AVID = 2.5
"""Standardized uptake value below which uptake alone is no tumour (Wang and Stewart, Cancer Imaging 2009: the customary cut-off)."""
SEEN = ("#enhancing", "#plain_enhancement", "#growth", "#appeared")
STRONG = re.compile(
    r"\b(?:highly suspicious|suspicious|concerning|worrisome|consistent with|compatible with|in keeping with|diagnostic of|represents|representing|(?<!neither )confirm\w*|proven|calls? (?:it|this|them)|called|most likely|very likely|definite\w*|unequivocal\w*|clear(?:ly)? (?:recurr|progress)|c/w|indicating|indicative of)\b",
    re.IGNORECASE,
)
GONE = re.compile(
    r"\b(?:no longer(?! (?:able|on|needs?|taking))|not (?:\w+ )?(?:seen|present|visible|identified|evident|there) (?:any ?more|now|today|any longer)|(?:has|have|had|is|are|was|now) (?:now |since |completely |entirely |all )*(?:gone|resolved|disappeared|vanished|cleared|flattened|filled in|faded)|not evident|melted away)\b|^\W*(?:(?:now|has|since|then) )*(?:gone|vanished|disappeared|resolved)\b|^ (?:[\w-]+ )?(?:foc(?:us|i)|nodul\w+|enhancement|uptake|findings?|areas?|spots?|rim|rind|crescent|thickening|tissue|lesions?) (?:(?:now|has|have|since|all) )*(?:gone|resolved|disappeared|vanished|cleared)\b",
    re.IGNORECASE,
)
BENIGN = re.compile(
    r"\b(?:attribut\w+|ascribed|due|secondary|related|likely|probably|consistent|in keeping|compatible|represent\w*|felt|thought|favou?r\w*|reads as|suggest\w*|typical|from)\b(?: (?:to|with|of|be|for|as|a|an|mild|the|early|some|only|just|expected|evolving))* (?:healing|inflammat\w+|granulation|granulomat\w+|reactive|reparative|repair|remodel\w+|degenerat\w+|post-?\w+ (?:change|effect|inflammat\w+)|post-?(?:procedural|ablat\w+|treatment|therap\w+|interventional)|treatment[- ]?(?:related )?(?:change|effect)\w*|scar\w*|physiolog\w+|hyper(?:a)?emia|perfusion|fibrosis|benign)\b|\b(?:physiolog\w+|reactive|reparative|inflammatory|blood[- ]pool)\b|, (?:likely |probably )?post-?(?:treatment|procedural|ablation|ablative|therapeutic|interventional)(?= ?(?:[,.;)]|$))",
    re.IGNORECASE,
)
TUMOUR = re.compile(
    r"\b(?:(?:micro-?|tumou?r ?)?nodul\w+|lesions?|mass(?:es)?|metasta\w+|mets?|deposits?|disease|tumou?r\w*|nodes?|lymphadenopathy|adenopathy|implants?|foc(?:us|i)|\w*sarcoma|recurren\w+|residual|progression|growths?|spread|spots|secondar(?:y|ies)|malignan\w+)\b",
    re.IGNORECASE,
)
SYMPTOM = re.compile(
    r"\b(?:pain|ache|soreness|fevers?|chills|rigors|nausea|cough|dyspn\w+|breathless\w*|numbness|tingling|weakness|swelling|appetite|fatigue|lipase|bilirubin|creatinine|pounds|lbs?|kilos?|kilograms?|kg|weight|stamina|strength|energy)\b",
    re.IGNORECASE,
)
TUMOUR_PLACE = re.compile(
    r"\b(?:clear|normal|unremarkable|neg(?:ative)?|nil|NAD|(?-i:OK)|okay|nothing (?:in|on|at|within)|physiologic(?:al)?|as before|unchanged|no change|no (?:focal |suspicious |other |new |enlarged )*(?:lesions?|mass(?:es)?|nodules?|nodes?|adenopathy|lymphadenopathy|metasta\w+|deposits?|disease|tumou?r)|without (?:\w+ )?(?:mass|lesion|metasta\w+|nodule)s?|free of|clean|no (?:pathologic\w*|abnormal|suspicious|increased|focal|significant) (?:\w+ )?(?:uptake|activity|accumulation|avidity))\b",
    re.IGNORECASE,
)


def removed(line: Line) -> Said:
    """What a sentence says of tissue that an operation took out: the tumour's name or a metastasis is progression, a denial none."""
    if NO_TUMOUR.search(line.text):
        return "no_progression", line.labelled("PRIOR_TREATMENT", "HISTOLOGY")
    found = line.labelled("HISTOLOGY") or line.labelled("PROGRESSION", "SETTING", "SCOPE") or line.labelled("PRIOR_TREATMENT")
    return "progression", found[:1]


def status(line: Line, tissue: bool = False) -> Said:
    """The status that a clause states, with the mentions that say so; ("", ()) if it states none. ``tissue`` if it tells of tissue that was taken."""
    if tissue and (told := _diagnosis(line)):
        return "progression", (told,)
    kinds = {m.concept for m in line.labelled("IMAGING")}
    reported = line.read.note_type == "pathology" and not (kinds and "pathology" not in kinds and line.labelled("DATE"))
    if reported or "pathology" in kinds:
        found = _tissue(line)
        if found[0] or reported:
            return found
    bad, good, doubt = _sorted(line)
    if doubt and not bad and _known(line, doubt, good):
        return "no_progression", tuple(good)
    if doubt and not (bad and _firmly(line)):
        return "indeterminate", tuple(doubt + bad)
    if (bad and not all(m.text.lower() == "residual" and not _of_tumour(m, line) for m in bad)) or (bad and not good):
        return _worst(bad)
    return _settled(line, good)


OF_TUMOUR = re.compile(r"(?: [\w-]+){0,2} ")


def _of_tumour(m: Mention, line: Line) -> bool:
    """True for a "residual" that the tumour's own name follows: "residual enhancing desmoid"."""
    text = line.read.flat
    return any(h.start > m.end and OF_TUMOUR.fullmatch(text[m.end : h.start]) for h in line.labelled("HISTOLOGY"))


SMALL = re.compile(r"too small|indeterminate|non-?specific|uncertain|unclear|undetermined", re.IGNORECASE)


def _known(line: Line, doubt: Sequence[Mention], good: Sequence[Mention]) -> bool:
    """True for what is too small to name and has stayed as it was, away from the treated places: stable disease elsewhere."""
    return (
        any(m.rule_id.endswith("#stable") for m in good)
        and all(SMALL.match(m.words) for m in doubt)
        and not line.labelled("ZONE", "SPOT")
        and not any(m.concept == "local" for m in line.labelled("SCOPE"))
    )


def _firmly(line: Line) -> bool:
    """True if a clause is sure of what it sees: "highly suspicious for", but not "unclear whether it represents"."""
    doubts = [m.start - line.sentence.start for m in line.labelled("STATUS") if m.concept == "indeterminate"]
    return any(
        not OPEN.search(line.text[: m.start()]) and not any(0 <= d - m.end() <= NEXT for d in doubts) for m in STRONG.finditer(line.text)
    )


NEXT = 4
"""Characters between a call and what it calls: "called indeterminate"."""


OPEN = re.compile(
    r"\b(?:whether|unclear|may|might|could|can(?:not|'t)|if|neither|not|hard to (?:say|tell|know)|impossible to)\b[^.;]{0,90}$",
    re.IGNORECASE,
)
"""Words before a call that leave it open."""


NIL = re.compile(
    r"\b(?:nil|nothing|none|negative|neg|clear|normal|unremarkable|clean|quiet|(?:all )?(?:good|fine|OK|okay|in order)|no (?:change|abnormalit\w+|others?|finding\w*)|as (?:before|in|on)|those of|the same)\b",
    re.IGNORECASE,
)
"""Words by which the rest of an exam is called quiet: "otherwise nil", "nothing elsewhere"."""
TUMOUR_SEEN = re.compile(
    r"\b(?:nodul\w+|lesions?|mass(?:es)?|deposits?|implants?|foc(?:us|i)|growths?|enlarg\w+|grow\w*|hot|avid)\b", re.IGNORECASE
)


METASTASES = re.compile(r"metasta|mets", re.IGNORECASE)


NORMAL = re.compile(r"\b(?:normal|unremarkable|physiologic(?:al)?)\b", re.IGNORECASE)
"""What a report calls an organ or bone without looking for disease in it."""


BY_EYE = re.compile(r"\b(?:skin|wounds?|incisions?|dressings?|punctures?|entry (?:sites?|points?)|sutures?|stitch\w*)\b", re.IGNORECASE)
"""What a note looks at beside the images that it tells of: "the skin over the flank looks normal"."""


def _settled(line: Line, good: Sequence[Mention]) -> Said:
    """What a clause without words of tumour says: by a change of size, by words of quiet, by an organ called clear."""
    change = _change(line)
    if change[0] == "progression":
        return change
    if good:
        return "no_progression", tuple(good)
    if change[0]:
        return change
    beyond = tuple(m for m in line.labelled("SCOPE") if m.concept == "elsewhere")
    if beyond and NIL.search(line.text) and not TUMOUR_SEEN.search(line.text):
        return "no_progression", beyond[:1]
    spread = tuple(m for m in beyond if m.has("negated") and METASTASES.match(m.words))
    if spread:
        return "no_progression", spread[:1]
    where = line.labelled("SITE") or tuple(m for m in line.labelled("SCOPE") if m.concept == "region")
    where = () if _worn(line) else where
    shown = timeline.kind(line.read) == "radiology"
    if (
        where
        and TUMOUR_PLACE.search(NORMAL.sub(" ", line.text) if shown else line.text)
        and (shown or not (BY_EYE.search(line.text) or OF_FEELING.match(line.text)))
    ):
        return "no_progression", where[:1]
    return NOTHING


def _worn(line: Line) -> bool:
    """True if what a sentence names is a tendon or joint and what ails it, no disease: "tendinosis of the supraspinatus, as before"."""
    by = line.labelled("BYSTANDER")
    sites = line.labelled("SITE")
    parts = [any(b.start <= m.start and m.end <= b.end for b in by) for m in sites]
    return bool(sites) and all(parts) and len(by) > len(sites) and not TUMOUR.search(line.text)


def _worst(bad: Sequence[Mention]) -> Said:
    left = tuple(m for m in bad if m.concept == "residual")
    firm = any(m.rule_id.endswith(("#recurrence", "#progress", "#growth")) for m in bad)
    return ("residual", left) if left and not firm else ("progression", tuple(bad))


def _sorted(line: Line) -> tuple[list[Mention], list[Mention], list[Mention]]:
    """(words of tumour, words of quiet, words of doubt) that hold."""
    said = [m for m in line.labelled("PROGRESSION", "STATUS") if not m.has("family", "hypothetical", "planned") and not _at_risk(m)]
    said = [m for m in said if not (_treated(m, line) or _of_trouble(m, line) or _of_complaint(m, line) or _of_operation(m, line))]
    said = [
        m
        for m in said
        if not _of_bystander(m, line) and (m.text.startswith("?") or not OF_MARGINS.search(line.read.flat[line.sentence.start : m.start]))
    ]
    said = [m for m in said if not (m.text.lower().endswith("residual") and LEFTOVER.match(line.read.flat, m.end))]
    said = [m for m in said if not (_of_remnant(m, line) or _not_judged(m, line) or _of_organ(m, line))]
    cleared = [m for m in said if m.rule_id.endswith("#no_tumour")]
    said = [m for m in said if m in cleared or not any(c.start <= m.start and m.end <= c.end for c in cleared)]
    said = [m for m in said if not (m.concept == "indeterminate" and _of_then(m, line)) and not _known_by(m, line)]
    doubt = [m for m in said if m.concept == "indeterminate" and not m.has("negated") and not _gone(m, line)]
    bad, good = [], [m for m in said if m.concept == "indeterminate" and not m.has("negated") and m not in doubt]
    quiet = any(m.concept == "no_progression" and not m.has("negated") for m in said)
    said = [m for m in said if not (m.rule_id.endswith("#shown") and quiet)]
    for m in said:
        if m.concept == "indeterminate":
            continue
        denied = (
            m.has("negated")
            or _not_to_suggest(m, line)
            or (m.concept != "no_progression" and m.text.lower().startswith(("nothing", "no ", "no\n")))
        )
        if m.concept == "no_progression":
            good += [] if denied and not DENIAL.match(m.words) and not _past_denial(m, line) else [m]
        elif (
            denied
            or _gone(m, line)
            or _faint(m, line)
            or _left_faint(m, line)
            or _told_before(m, line)
            or UNLIKELY.match(line.read.flat, m.end, line.sentence.end)
            or _of_dead(m, line)
            or (m.rule_id.endswith(SEEN) and _harmless(line))
            or (m.rule_id.endswith(ENHANCES) and _as_it_was(line))
        ):
            good.append(m)
        elif not m.rule_id.endswith("#plain_enhancement"):
            bad.append(m)
    return bad, good, doubt


NOT_JUDGED = re.compile(
    r"\b(?:not|n['’]t|cannot|can ?not|unable|impossible|limited|limits|precludes?|precluded|impair\w*|degrad\w*|hamper\w*|compromis\w*|suboptimal|inadequate|insufficient|non-?diagnostic)\b(?:[^.;,]{0,30}?\b(?:evaluat\w+|assess\w*|judg\w+|interpret\w*|comment\w*))? (?:for|of|on) (?:(?:any|local|residual|recurrent|viable|or|early|small|the|presence|of|absence) ){0,6}$",
    re.IGNORECASE,
)
"""Before what an exam could not tell: "the zone could not be evaluated for recurrence", "limited evaluation for residual tumor"."""
LOOKED_FOR = re.compile(
    r"\b(?:evaluation|assessment|interpretation|judg\w+|detection|exclusion) (?:for|of) (?:(?:any|local|residual|recurrent|viable|or|early|small|the|presence|absence) ){0,6}$",
    re.IGNORECASE,
)
NOT_POSSIBLE = re.compile(
    r"(?: [\w-]+){0,7}? (?:is|was|are|were|has been) (?:\w+ )?(?:limited|precluded|impossible|impaired|hampered|degraded|compromised|suboptimal|not (?:\w+ )?possible|non-?diagnostic)\b",
    re.IGNORECASE,
)
"""Behind what an exam looked for: "evaluation for recurrence is limited by motion"."""


def _not_judged(m: Mention, line: Line) -> bool:
    """True for tumour that an exam is only said not to have been able to tell."""
    if m.concept in ("no_progression", "indeterminate"):
        return False
    before = line.read.flat[line.sentence.start : m.start]
    if NOT_JUDGED.search(before):
        return True
    return LOOKED_FOR.search(before) is not None and NOT_POSSIBLE.match(line.read.flat, m.end, line.sentence.end) is not None


UNLIKELY = re.compile(
    r"(?: (?:tumou?r|disease|tissue))?,?(?: (?:is|are|was|were|seems?|appears?|looks?))(?: (?:therefore|thus|now|very|most|highly|thought|felt|considered|deemed|judged|to be))* (?:unlikely|improbable|not (?:suspected|likely|favou?red|thought likely))\b",
    re.IGNORECASE,
)
"""Behind words of tumour: the reader does not believe in it ("residual disease is thought unlikely")."""
ENHANCES = ("#enhancing", "#plain_enhancement")


def _as_it_was(line: Line) -> bool:
    """True for enhancing tissue away from the treated places that has not changed: "a separate enhancing nodule in the rectus, unchanged"."""
    scope = {m.concept for m in line.labelled("SCOPE")}
    if "apart" not in scope and (line.labelled("ZONE", "SPOT") or "local" in scope):
        return False
    said = [m for m in line.labelled("PROGRESSION") if not m.has("negated")]
    return any(m.rule_id.endswith("#stable") for m in said) and all(m.concept == "no_progression" for m in said)


OF_THEN = re.compile(
    r"\b(?:was|were|had been|been|previously|then|formerly) (?:then |still |only |previously )?(?:called |read as |thought |considered |deemed |felt to be |reported as |described as )?(?:an? )?$",
    re.IGNORECASE,
)
NOW = re.compile(r"\b(?:is|are|has|have) (?:now|since|clearly|today)\b|\bnow (?!in\b|at\b|on\b)", re.IGNORECASE)


def _of_then(m: Mention, line: Line) -> bool:
    """True for a doubt that an earlier exam had, where its sentence goes on to tell what it is now: "which was called indeterminate, is now 1.9 cm"."""
    text = line.read.flat
    return bool(OF_THEN.search(text[line.sentence.start : m.start])) and bool(NOW.search(text[m.end : line.sentence.end]))


RELATIVE = re.compile(
    r"\b(?:that|which)(?: (?:had|has|was|were|been|once|first|also|so))*(?: (?:[a-z]+ed|showed|looked|seemed|thought|read))?(?: (?:to|as|an?|be))* $"
)
IN_PAST = re.compile(r"\b(?:had|was|were|been|showed|looked|lit|took|[a-z]{3,}ed)\b")
IS_NOW = r"(?:shows?|is|are|has|have|looks?|appears?|measures?)\b"
"""A verb of the present: what a thing is by the exam that is told."""
IS_SINCE = re.compile(rf"[^.;:]{{0,60}}? {IS_NOW}")


def _known_by(m: Mention, line: Line) -> bool:
    """True for what an earlier exam found of a thing, told only to name it: "the wall that lit up on PET in March shows no nodule"."""
    text = line.read.flat
    clause = RELATIVE.search(text[line.sentence.start : m.start])
    since = IS_SINCE.match(text, m.end, line.sentence.end) if clause else None
    if clause is None or since is None or not IN_PAST.search(clause[0] + m.words):
        return False
    return any(m.end <= d.start < since.end() for d in line.labelled("DATE"))


NOT_TO_SUGGEST = re.compile(
    r"\s+(?:[\w/.-]+ ){0,6}?(?:to (?:suggest|indicate|raise)|suggesting|suggestive of|indicating|indicative of|suspicious (?:for|of)|concerning for|worrisome for|pointing to)\b",
    re.IGNORECASE,
)
DENIAL_BEFORE = re.compile(r"\b(?:no|without|nor|lacks?|lacking)(?: [\w/-]+){0,4} $", re.IGNORECASE)


def _not_to_suggest(m: Mention, line: Line) -> bool:
    """True for what is denied together with what it would mean: "no metabolic activity to suggest recurrence"."""
    text = line.read.flat
    return bool(NOT_TO_SUGGEST.match(text, m.end, line.sentence.end)) and bool(DENIAL_BEFORE.search(text[line.sentence.start : m.start]))


def _at_risk(m: Mention) -> bool:
    """True for tumour told as a risk; a denial is none, whoever it was told to: "went over it with him: no recurrence"."""
    return m.has("risk") and not (m.concept == "no_progression" or m.has("negated"))


OF_WHAT = re.compile(r"\s+(?:of|in) (?:[\w'-]+ ){0,3}?", re.IGNORECASE)


def _of_complaint(m: Mention, line: Line) -> bool:
    """True for what came back or grew and is no tumour: "recurrence of the neuropathy", "increase in pain"."""
    if m.concept == "no_progression":
        return False
    text = line.read.flat
    if m.text.lower() == "recurrent" and any(
        c.start >= m.end and len(text[m.end : c.start].split()) < 2 for c in line.labelled("COMPLICATION", "BYSTANDER")
    ):
        return True
    of = OF_WHAT.match(text, m.end, line.sentence.end)
    return of is not None and (
        SYMPTOM.match(text, of.end()) is not None
        or any(c.start >= m.end and OF_WHAT.fullmatch(text[m.end : c.start]) for c in line.labelled("COMPLICATION"))
    )


OBJECT = re.compile(r"\s+(?:of|for)\s+(?:[\w/-]+\s+){0,5}$", re.IGNORECASE)


def _treated(m: Mention, line: Line) -> bool:
    """True for the tumour that a session was for: "interval cryoablation of the gluteal recurrence without viable tumour"."""
    text = line.read.flat
    done = [p.end for p in line.labelled("PROCEDURE") if p.end <= m.start]
    return m.concept != "no_progression" and bool(done) and bool(OBJECT.fullmatch(text[done[-1] : m.start]))


TROUBLE = re.compile(
    r"\b(?:abscess\w*|gas|pus|infect\w*|fluid collections?|collections?|h(?:a)?ematomas?|fractur\w*|air[- ]fluid|leaks?|pseudo-?aneurysms?)\b",
    re.IGNORECASE,
)


def _of_trouble(m: Mention, line: Line) -> bool:
    """True for what was seen of a complication: the enhancing wall of an abscess, a fracture "not there in June"."""
    seen = m.rule_id.endswith(SEEN) if m.concept != "no_progression" else m.rule_id.endswith(("#stable", "#shrinking"))
    return seen and bool(_trouble_before(m, line)) and not TUMOUR.search(line.text)


def _trouble_before(m: Mention, line: Line) -> bool:
    """True if a clause speaks of a complication; words of quiet are its own only behind it: "52 mm collection holding gas"."""
    if m.concept != "no_progression":
        return bool(TROUBLE.search(line.text))
    told = [(x.start(), x.end()) for x in TROUBLE.finditer(line.text)]
    if not line.labelled("ZONE", "SPOT"):
        told += [(c.start - line.sentence.start, c.end - line.sentence.start) for c in line.labelled("COMPLICATION")]
    return any(end <= m.start - line.sentence.start and not TROUBLE_DENIED.search(line.text[:start]) for start, end in told)


AFTER_IT = re.compile(r" (?:after|following|for|post|from|since) (?:the |his |her |a |an |prior |previous )*", re.IGNORECASE)


def _of_operation(m: Mention, line: Line) -> bool:
    """True for what is usual after an operation: "pneumobilia as expected after Whipple"."""
    if not m.rule_id.endswith("#expected_change") or line.labelled("ZONE", "SPOT"):
        return False
    text = line.read.flat
    return any(
        p.concept.startswith("surgery") and p.start >= m.end and AFTER_IT.fullmatch(text[m.end : p.start])
        for p in line.labelled("PRIOR_TREATMENT")
    )


TROUBLE_DENIED = re.compile(r"\b(?:no|without|not|nor)\b[^.;:]{0,40}$", re.IGNORECASE)


def _past_denial(m: Mention, line: Line) -> bool:
    """True for quiet behind the comma that ends a denial: "no recurrence, lung nodules stable"."""
    before = line.read.flat[line.sentence.start : m.start]
    return "," in before and not DENIES_OR_LESS.search(before[before.rfind(",") :])


DENIES_OR_LESS = re.compile(r"\b(?:no|not|never|neither|nor|without|hardly|cannot|\w+n['’]t)\b", re.IGNORECASE)


DENIAL = re.compile(r"(?:no|not|nothing|none|nil|without|negative|free|neither)\b", re.IGNORECASE)
"""How words of quiet begin that another denial before them does not turn: "no recurrence, nothing new"."""


LEFTOVER = re.compile(
    r"\s+(?:\w+ )?(?:collections?|fluid|abscess\w*|h(?:a)?ematomas?|hydro\w+|effusions?|pneumothorax|leaks?|air|gas|urine|swelling|stones?|cavit\w+)\b",
    re.IGNORECASE,
)
"""What is no tumour, behind "without residual"."""
SIDED = re.compile(r"\s+(?:(?:left|right|upper|lower) )?", re.IGNORECASE)


def _of_remnant(m: Mention, line: Line) -> bool:
    """True for what an operation left of an organ or muscle: "within the residual left psoas", but not "residual psoas mass"."""
    if m.text.lower() not in ("residual", "remaining"):
        return False
    text = line.read.flat
    site = next((s for s in line.labelled("SITE") if s.start > m.end and SIDED.fullmatch(text[m.end : s.start])), None)
    return (
        site is not None
        and not re.match(
            r"\s+(?:\w+ ){0,2}?(?:disease|tumou?r|mass|nodul|lesion|metasta|deposit|implant|uptake|enhanc|foc|compon|tissue|viab|\w*sarcoma|dis)|/",
            text[site.end : site.end + 40],
            re.IGNORECASE,
        )
        and not TUMOUR.search(site.text)
    )


OF_MARGINS = re.compile(r"\bmargins?(?: (?:is|are|was|were|all))*[\s:=–-]{0,3}$", re.IGNORECASE)
"""Before what is said of the margins of a specimen."""


OF_FEELING = re.compile(
    r"\W*(?:the |his |her |a |some |this |that |mild |old |residual )*(?:(?!scar|zone|site|no\b)[a-z-]+ )?(?:numb(?:ness)?|pain|aches?|soreness|tingling|paresthesia\w*|paraesthesia\w*|weakness|itch\w*|burning|cough|swelling|tightness|stiffness|hyp(?:o|er)(?:a?esthesia|esthesia))\b",
    re.IGNORECASE,
)
"""How a sentence opens on what the patient feels, wherever that is: "Numb patch at the left chest unchanged"."""


def _of_bystander(m: Mention, line: Line) -> bool:
    """True for what is said of a heart, a cyst or fluid: no tumour and no treated place is named between the same commas; or of pain, in its sentence."""
    text = line.read.flat
    seen = m.rule_id.endswith((*SEEN, "#shrinking", "#stable"))
    if seen and SYMPTOM.search(line.text) and not (line.labelled("ZONE", "SPOT", "SITE", "PART") or TUMOUR.search(line.text)):
        return True
    if seen and OF_FEELING.match(line.text) and not (line.labelled("ZONE", "SPOT") or TUMOUR.search(line.text)):
        return True
    start = max(line.sentence.start, *(text.rfind(c, line.sentence.start, m.start) + 1 for c in ",;:"))
    end = min([at for c in ",;" if (at := text.find(c, m.end, line.sentence.end)) >= 0], default=line.sentence.end)
    while seen and start > line.sentence.start and text[start - 1] == "," and _says_of_what_stands_before(line, start, end):
        start = max(line.sentence.start, *(text.rfind(c, line.sentence.start, start - 1) + 1 for c in ",;:"))
    inside = [x.label for x in line.mentions if start <= x.start < end]
    return "BYSTANDER" in inside and not {"ZONE", "SPOT"} & set(inside) and not TUMOUR.search(text[start:end])


NAMING = {"BYSTANDER", "ZONE", "SPOT", "SITE", "PART", "ORGAN", "SCOPE", "HISTOLOGY", "COMPLICATION", "NAME", "SIDE"}
SHORT = 6
"""Words between commas that name nothing themselves: ", the largest 31 mm, as before"."""


def _says_of_what_stands_before(line: Line, start: int, end: int) -> bool:
    """True for the words between two commas that only go on with what stands before them: "a torn tendon, larger than before"."""
    words = line.read.flat[start:end]
    return (
        len(words.split()) <= SHORT
        and TUMOUR.search(words) is None
        and not any(m.label in NAMING and start <= m.start < end for m in line.mentions)
    )


EXPECTED = re.compile(
    r"\b(?:as|than|is|was|are|were)? ?expected (?:after|for|given|at|following|post)|\bas (?:is |was )?expected\b|\bas (?:one|we|you|I)(?: would| might)? expects?\b|\bas would be expected\b",
    re.IGNORECASE,
)


def _harmless(line: Line) -> bool:
    """True if a clause gives what is seen a benign cause, or calls it expected: "larger as expected after the second ablation"."""
    return bool(BENIGN.search(ABOVE_POOL.sub(" ", line.text)) or EXPECTED.search(line.text))


ABOVE_POOL = re.compile(
    r"\b(?:above|exceed\w*|over|(?:higher|greater|more|hotter|brighter) than)(?: \w+){0,5}? blood[- ]pool\b|\bblood[- ]pool(?=,? (?:is |was |of |at |SUV\w* )*\d)",
    re.IGNORECASE,
)
"""The blood pool as what uptake is compared with and exceeds: "well above the mediastinal blood pool"."""


DEAD = re.compile(
    r"(?:,? (?:and )?[\w-]+)?,? (?:and )?(?:non-?enhancing|non-?avid|avascular|devitali[sz]ed|necrotic|unenhancing|photopenic)\b(?! (?:tumou?r|mass|nodule|lesion|metasta))",
    re.IGNORECASE,
)


def _of_dead(m: Mention, line: Line) -> bool:
    """True for growth of what does not enhance, as a zone frozen again: "a larger nonenhancing zone"."""
    return m.rule_id.endswith("#growth") and bool(line.labelled("ZONE")) and DEAD.match(line.read.flat, m.end) is not None


NO_LONGER = re.compile(r"\bno longer (?:[\w-]+ ?){0,2}$", re.IGNORECASE)


def _gone(m: Mention, line: Line) -> bool:
    """True for what was there before and is no longer: "the nodule, which was enhancing, has gone"."""
    after = line.read.flat[m.end : line.sentence.end]
    if NO_LONGER.search(line.read.flat[max(line.sentence.start, m.start - 30) : m.start]):
        return True
    return bool(GONE.search(after)) and not m.rule_id.endswith("#new_tumour")


def _told_before(m: Mention, line: Line) -> bool:
    """True for a recurrence of an earlier year, told on the way to what the exam showed: "came back 2019"."""
    if not m.rule_id.endswith(("#recurrence", "#progress", "#metastasis")):
        return False
    text = line.read.flat
    day = next(
        (d for d in line.labelled("DATE") if 0 <= d.start - m.end < 6 and re.fullmatch(r"[\s,(]*(?:in )?\(?", text[m.end : d.start])), None
    )
    year = re.fullmatch(r"(?:in )?((?:19|20)\d\d)", day.text.strip()) if day else None
    return year is not None and year[1] != str(line.read.note.note_date.year)


def _faint(m: Mention, line: Line) -> bool:
    """True for uptake told by a number below that of tumour, or well below that of the exam before."""
    number = re.search(r"SUV\D*?(\d+(?:\.\d+)?)", m.text, re.IGNORECASE)
    if number is None:
        return False
    was = UPTAKE_WAS.match(line.read.flat, m.end, line.sentence.end)
    before = float(next(g for g in was.groups() if g)) if was else 0.0
    read = any(x.rule_id.endswith("#no_tumour") and x.start > m.end for x in line.labelled("STATUS"))  # the reader's word behind it
    return read or float(number[1]) < AVID or float(number[1]) <= LESS * before


LEFT_UPTAKE = re.compile(r"\s+(?:[\w-]+ ){0,4}?(?:uptake|activity|avidity|accumulation|metabolism)\b", re.IGNORECASE)
"""Behind "residual": uptake, which is tumour only where it is more than faint."""
FAINT = re.compile(
    r"\b(?:mild|mildly|faint|faintly|low|minimal|minor|slight|trace|weak|subtle|diffuse|non-?specific)\b|\bDeauville (?:score |grade )?(?:of )?[1-3]\b",
    re.IGNORECASE,
)
STRONG_UPTAKE = re.compile(
    r"\b(?:intense\w*|marked\w*|strong\w*|avid|high|focal|nodular|viable|tumou?r|disease|suspicious|concerning|worrisome)\b", re.IGNORECASE
)


def _left_faint(m: Mention, line: Line) -> bool:
    """True for uptake left over that is faint or has a benign cause: "residual low-grade activity, felt to be reactive"."""
    if m.words.lower() not in ("residual", "persistent", "persisting", "remaining", "residual uptake", "persistent uptake"):
        return False
    text = line.read.flat
    uptake = LEFT_UPTAKE.match(text, m.end, line.sentence.end)
    if uptake is None and not m.words.lower().endswith("uptake"):
        return False
    end = uptake.end() if uptake else m.end
    told = text[m.start : end + FAINT_WITHIN] if end + FAINT_WITHIN < line.sentence.end else text[m.start : line.sentence.end]
    return not STRONG_UPTAKE.search(told) and bool(FAINT.search(told) or _harmless(line))


FAINT_WITHIN = 40
"""Characters behind uptake in which its degree is told."""
OF_ORGAN = re.compile(
    r"\s+(?:physiologic(?:al)?|normal|excreted|urinary|bowel|cardiac|renal|bladder) (?:[\w-]+ ){0,2}?(?:uptake|activity|avidity|accumulation|excretion|tracer)\b",
    re.IGNORECASE,
)
"""Behind "residual": tracer where it always is."""


def _of_organ(m: Mention, line: Line) -> bool:
    return (
        m.words.lower() in ("residual", "persistent", "remaining") and OF_ORGAN.match(line.read.flat, m.end, line.sentence.end) is not None
    )


LESS = 0.7
"""Of the uptake before: at least 30 % less is a metabolic response (PERCIST 1.0, Wahl et al., J Nucl Med 2009)."""
UPTAKE_WAS = re.compile(
    r",? ?\(?(?:(?:was|were|previously|prev\.?|prior|formerly|earlier|down from|from|fell from|compared (?:with|to)|versus|vs\.?|against|after|having been)(?: an?| SUV ?(?:max)?| of)* (\d+(?:\.\d+)?)|(\d+(?:\.\d+)?) (?:before|previously|earlier|prior|at baseline|on (?:the )?(?:last|prior|previous)|in (?:(?:the )?(?:last|prior|previous)|[A-Z][a-z]{2,8}\b)))",
    re.IGNORECASE,
)
"""Behind an uptake that of an earlier exam: "SUVmax 3.0 (9.5 before)"."""


NO_TUMOUR = re.compile(
    r"(?<!margins )(?<!margin )(?<!margins are )(?<!margins were )\b(?:no|negative for|without|free of|absent|not) (?:\w+ ){0,4}?(?:viable |residual |recurren\w+|definite |evidence of |malignan\w+|tumou?r|\w*sarcoma|neoplas\w+|atypi\w+|disease|metasta\w+)|\bbenign\b|(?<!margins )(?<!margin )(?<!margins are )(?<!margins were )\bnegative\b(?! margins?)|(?:necro\w+|fibro\w+|inflammation|granulation) only|only (?:necro\w+|fibro\w+|scar)",
    re.IGNORECASE,
)
TUMOUR_FOUND = re.compile(
    r"\b(?:[1-9]\d?|one|two|three|four|five) (?:of|/|out of) ?\w+ (?:lymph )?nodes?\b|\b(?:viable|positive|confirm\w*|consistent with|compatible with|recurrent|metastatic|metastas[ei]s|show\w*|proven|reveal\w*|involved by|diagnostic of|residual|found|came back|malignan\w+)\b",
    re.IGNORECASE,
)


POSITIVE = re.compile(
    r"[^.;:]{0,60}?(?:\b(?:was|is|came back|read|were|:)\s|\d )(?:pos|positive|malignant)\b(?! (?:margins?|for (?!tumou?r|malig|sarcoma|disease|metasta)))",
    re.IGNORECASE,
)
"""Behind a biopsy: "FNA of the node 1/29 pos"."""
POSITIVE_ON = re.compile(r"\b(?:positive|malignant|proven) (?:on|by|at|in)(?: the| an?)? (?:[\w-]+ )?$", re.IGNORECASE)


def _positive_on(taken: Mention, line: Line) -> bool:
    """True for a result told before the name of its sampling: "left inguinal node, positive on FNA"."""
    return bool(POSITIVE_ON.search(line.read.flat[line.sentence.start : taken.start]))


METASTATIC = re.compile(r"\bmetastatic (?:[\w-]+ ){0,3}?\w*(?:sarcoma|oma|tumou?r|GIST|neoplasm|malignancy)\b", re.IGNORECASE)
"""A diagnosis that no rule of histology knows."""
MALIGNANT = re.compile(
    r"\b(?:malignant (?:[\w-]+ ){0,3}?(?:cells?|neoplasm|tumou?r|proliferation|spindle)|positive for malignan\w+|tumou?r cells (?:are |were )?(?:present|seen|identified))\b",
    re.IGNORECASE,
)
"""A diagnosis of tumour without its name."""
TAKEN_OUT = re.compile(r"\b(?:resected|excised|removed|wedged?(?: out)?|took|taken out)\b", re.IGNORECASE)


NOT_EXCLUDED = re.compile(r"\b(?:exclu\w+|rul\w+ out)\b", re.IGNORECASE)
"""How a pathologist leaves a diagnosis open: "recurrent sarcoma cannot be excluded"."""


def _tissue(line: Line) -> Said:
    """What a tissue diagnosis says: tumour found is progression, none found no_progression (labeling guide, Assessment)."""
    found = [
        m
        for m in line.labelled("HISTOLOGY")
        if not (m.has("historical") or _denied(m, line) or _no_finding(m, line) or _known_before(m, line))
    ]
    said = line.labelled("HISTOLOGY", "PROGRESSION", "STATUS") or line.labelled("IMAGING")
    if _of_stain(line):
        return NOTHING
    if NO_TUMOUR.search(line.text) and not re.search(r"\bviable\b(?<!no viable)(?<!residual viable)", line.text, re.IGNORECASE):
        return "no_progression", said
    doubt = [m for m in line.labelled("STATUS") if m.concept == "indeterminate" and not m.has("negated")]
    if found and any(m.rule_id.endswith("#indeterminate") and NOT_EXCLUDED.search(m.words) for m in doubt):
        return "indeterminate", tuple(doubt)
    if found and (
        TUMOUR_FOUND.search(line.text)
        or TAKEN_OUT.search(line.text)
        or line.sentence.section in ("diagnosis", "impression")
        or any(_result(m, line) or _of_part(m, line) for m in found)
    ):
        return "progression", tuple(found)
    taken = [m for m in line.labelled("IMAGING") if m.concept == "pathology"]
    if taken and (POSITIVE.match(line.read.flat, taken[0].end, line.sentence.end) or _positive_on(taken[0], line)):
        return "progression", tuple(taken[:1])
    spread = [m for m in line.labelled("SETTING") if m.concept == "metastatic" and not _denied(m, line)]
    if spread and METASTATIC.search(line.text) and not DENIES.search(line.text[: spread[0].start - line.sentence.start]):
        return "progression", tuple(spread[:1])
    cells = MALIGNANT.search(line.text) if timeline.kind(line.read) == "pathology" else None
    if cells and not DENIES.search(line.text[: cells.start()]):
        return "progression", said
    if line.sentence.section in ("diagnosis", "impression") and re.search(
        r"\b(?:necrosis|fibrosis|granul\w+|inflammation|scar|reactive)\b", line.text, re.IGNORECASE
    ):
        return "no_progression", said
    return NOTHING


STAIN = re.compile(
    r"\b(?:immuno\w*|stains?|IHC|FISH|keratins?|cytokeratin|desmin|caldesmon|myogenin|calponin|actin|(?-i:SMA|S-?100|STAT6|TFE3|MUC4|MDM2|CDK4|ERG|SOX10|TLE1|INI1|ALK|EMA|PAS|GMS|AFB|DOG1|SS18|AE1|H3K27me3|Ki-?67|CD\d+|HMB-?45))\b",
    re.IGNORECASE,
)
STAINED_OUT = re.compile(
    r"(?<!no )\bneg(?:ative|\.)?(?! for (?:\w+ ){0,3}?(?:tumou?r|malig|\w*sarcoma|neoplas|recurr|viable|residual))\b", re.IGNORECASE
)


def _of_stain(line: Line) -> bool:
    """True for a sentence that tells which stains were negative, not whether there is tumour."""
    found = NO_TUMOUR.search(line.text)
    bare = found is not None and found[0].lower() == "negative" and STAINED_OUT.search(line.text) is not None
    return bare and bool(STAIN.search(line.text)) and not TUMOUR.search(line.text) and not line.labelled("HISTOLOGY")


MEETING = re.compile(
    r"\s+(?:\w+ ){0,2}?(?:conference|board|meeting|clinic|program\w*|service|group|team|cent(?:er|re)|panel|specialists?)\b", re.IGNORECASE
)
AGAINST = re.compile(r"\bagainst (?:(?:an?|the|any|diagnosis|of|recurren\w+|residual|viable) )*$", re.IGNORECASE)


def _no_finding(m: Mention, line: Line) -> bool:
    """True for a tumour's name in that of a meeting ("sarcoma conference"), and for one that the findings argue against."""
    text = line.read.flat
    return bool(MEETING.match(text, m.end) or AGAINST.search(text[line.sentence.start : m.start]))


KNOWN_BEFORE = re.compile(
    r"\b(?:earlier|prior|previous(?:ly)?|original|known|history of|clinical(?:ly)?|compar\w+ (?:to|with)|reviewed with)(?: [\w-]+){0,3} $",
    re.IGNORECASE,
)


def _known_before(m: Mention, line: Line) -> bool:
    """True for the tumour that tissue is compared with: "the patient's earlier sarcoma was reviewed side by side"."""
    before = line.read.flat[line.sentence.start : m.start]
    if PRIOR_TISSUE.match(line.text):
        return True
    return KNOWN_BEFORE.search(before) is not None and (SPREAD_OF.search(before) is None or DENIES.search(before) is not None)


SPREAD_OF = re.compile(
    r"\b(?:metastas[ei]s|mets?|recurrences?|relapse|locali[sz]ations?|deposits?|implants?|involvement|infiltrat\w+|invasion|spread|seeding) (?:of|from|by|with) (?:the |this |his |her )?(?:(?:patient's|already|previously) )*(?:known|earlier|previous|prior|original)(?: [\w-]+){0,3} $",
    re.IGNORECASE,
)
"""What the tissue is of the known tumour: "nodal metastasis of the known leiomyosarcoma"."""


PRIOR_TISSUE = re.compile(
    r"\W*(?:the |his |her |this patient's )?(?:prior|previous|earlier|original|outside) (?:[\w-]+ ){0,2}?(?:material|slides?|biops\w+|specimens?|cores?|tissue|resections?|excisions?|sections|histology|patholog\w+|case)\b"
    r"|\W*(?:the |his |her )?(?:slides?|sections|blocks?|material|preparations?) (?:(?:(?:are|were|was|have been) )?compared (?:with|to)\b[^.;]{0,60}?\bwhich\b|(?:of|from) (?:the |his |her )?[^.;]{0,90}?\b(?:re-?examined|re-?reviewed|reviewed|re-?read|for comparison|compared|alongside|side by side)\b)",
    re.IGNORECASE,
)
"""How a sentence opens that speaks of tissue taken before."""


ASIDE = re.compile(r"[^,;]*[,;][^;]*\b(?:absent|negative|not (?:seen|identified|present))\b", re.IGNORECASE)
"""Behind a diagnosis: something else is denied."""
DENIES = re.compile(r"\b(?:no|not|without|neg|negative|free|absence|neither|nor|none|lacks?)\b", re.IGNORECASE)


def _denied(m: Mention, line: Line) -> bool:
    """True for a diagnosis denied by words before it; those behind it deny something else: "metastatic osteosarcoma, treatment effect absent"."""
    text = line.read.flat
    return m.has("negated") and not (
        ASIDE.match(text[m.end : line.sentence.end]) and not DENIES.search(text[line.sentence.start : m.start])
    )


def _diagnosis(line: Line) -> Mention | None:
    """The diagnosis right behind the day of a biopsy: "(8/2/2018, dedifferentiated liposarcoma, ...)"."""
    for day in line.labelled("DATE"):
        for m in line.labelled("HISTOLOGY"):
            between = line.read.flat[day.end : m.start] if m.start >= day.end else "."
            if re.fullmatch(
                r"[\s,(]*(?:(?:by|under|with|via|at|in|from) (?:[\w-]+ ){0,2}?[\w-]+)?[\s,:;)=–-]*(?:[\w-]+ ){0,2}", between
            ) and not m.has("negated", "uncertain", "historical"):
                return None if NO_TUMOUR.search(line.text[: m.end - line.sentence.start]) else m
    return None


DIAGNOSED = re.compile(
    r"(?:[:=–-]|\b(?:was|is|were|came back|came out|read|reads|proved|turned out|report(?:ed|s)|called|shows?|showed|contain(?:ed|s)|held|found)(?: (?:as|to be|again|once more))?)\s*(?:[\w,-]+ ){0,3}$",
    re.IGNORECASE,
)


def _result(found: Mention, line: Line) -> bool:
    """True if a diagnosis stands behind the colon of its specimen: "core of the node, 3/4: leiomyosarcoma"."""
    taken = [m.end for m in line.labelled("IMAGING") if m.concept == "pathology" and m.end <= found.start]
    between = line.read.flat[taken[-1] : found.start] if taken else ""
    return bool(taken) and (not between.strip() or DIAGNOSED.search(line.read.flat[taken[0] : found.start]) is not None)


PART = re.compile(
    r"\W*(?:[\w-]+ ?: ?)?(?:part|specimen|jar|sample|container)? ?(?P<letter>(?-i:[A-H]))(?=\s*[,.:;)(–-]| (?:is|was|shows?)\b)",
    re.IGNORECASE,
)
"""How a part of a specimen opens its line: "B. Breast, left, core: ...", "Submitted: A, liver"."""


def _of_part(found: Mention, line: Line) -> bool:
    """True for a diagnosis behind the colon of its part of a specimen, or right behind the part's letter: "B. Breast, core: sarcoma", "A, angiosarcoma"."""
    part = PART.match(line.text) if timeline.kind(line.read) == "pathology" else None
    between = line.text[part.end() : found.start - line.sentence.start] if part else ""
    return part is not None and found.start > line.sentence.start + part.end() and (":" in between or not between.strip(" ,.:;)-–"))


SIZE_CHANGE = re.compile(
    r"(?P<now>\d+(?:[.,]\d+)?)(?: ?[x×] ?\d+(?:[.,]\d+)?)* ?(?P<u>mm|cm)?s?[^.;()\d]{0,25}[(,]? ?(?:was|were|previously|prev\.?|prior|formerly|compared (?:with|to)|versus|vs\.?|from|having been|before it was)(?: about| only| just)? (?P<was>\d+(?:[.,]\d+)?) ?(?:[x×] ?\d+(?:[.,]\d+)? ?)*(?P<v>mm|cm)?"
    r"|(?P<now3>\d+(?:[.,]\d+)?)(?: ?[x×] ?\d+(?:[.,]\d+)?)* ?(?P<u3>mm|cm)?s?(?: now| today)?,? ?\((?P<was3>\d+(?:[.,]\d+)?)(?: ?[x×] ?\d+(?:[.,]\d+)?)* ?(?P<v3>mm|cm)?s?(?: (?:earlier|before|previously|prior|in|on)[^()]*)?\)"
    r"|(?P<was4>\d+(?:[.,]\d+)?) ?(?P<v4>mm|cm)(?! (?:beyond|past|of ice))[^.;()\d]{0,45}?\b(?:is |are |and |but |measures |has become |has grown to |have become )?now (?:measures |measuring |at |about |up to )*(?P<now4>\d+(?:[.,]\d+)?) ?(?P<u4>mm|cm)"
    r"|(?P<moved>\b(?:from|went|gone|grown|grew|increased|risen|up|enlarged|changed|progressed) (?:up )?(?:from )?)?(?P<was2>\d+(?:[.,]\d+)?) ?(?P<v2>mm|cm)?s? ?(?:->|→|-->|=>|(?(moved)to|(?!))) ?(?P<now2>\d+(?:[.,]\d+)?) ?(?P<u2>mm|cm)",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def _changes_in(text: str) -> tuple[re.Match[str], ...]:
    return tuple(SIZE_CHANGE.finditer(text))


def _change(line: Line) -> Said:
    """A size beside an earlier one: "2.8 cm (was 1.6)", "8 mm now (4.5)", "6 -> 9 mm"; two millimetres and a tenth are a change."""
    for match in _changes_in(line.text):
        tail = next(t for t in ("", "2", "3", "4") if match[f"now{t}"])
        unit = (match[f"u{tail}"] or match[f"v{tail}"] or "mm").lower()
        now = _mm(match[f"now{tail}"], match[f"u{tail}"] or unit)
        was = _mm(match[f"was{tail}"], match[f"v{tail}"] or unit)
        start, end = line.sentence.start + match.start(), line.sentence.start + match.end()
        sizes = tuple(m for m in line.mentions if m.label in ("SIZE", "ZONE_SIZE", "LENGTH", "MARGIN") and start - 2 <= m.start < end)
        if sizes and not line.labelled("ZONE") and "ZONE_SIZE" not in {m.label for m in sizes}:
            return ("progression" if now >= was + 2 and now >= 1.1 * was else "no_progression"), sizes[:1]
    for match in STILL.finditer(line.text):
        same = tuple(m for m in line.labelled("SIZE", "LENGTH") if m.start == line.sentence.start + match.end())
        if same:
            return "no_progression", same
    return NOTHING


STILL = re.compile(
    r"\b(?:still|again|remains?|stays?|stayed) (?:at |about )?(?=\d+(?:[.,]\d+)?(?: ?[x×] ?\d+(?:[.,]\d+)?)* ?(?:mm|cm)\b)", re.IGNORECASE
)
"""Before a size that has not changed."""


def _mm(number: str, unit: str) -> float:
    return float(number.replace(",", ".")) * (10 if unit.lower() == "cm" else 1)


def of_other_disease(line: Line, said: str, evidence: Sequence[Mention], spoken: bool) -> bool:
    """True if a status can speak of disease elsewhere: of tumour, in a named or unnamed other place. ``spoken``: a treated place was named."""
    if any(
        m.label == "SIZE"
        or re.search(r"\bnew\b", m.text, re.IGNORECASE)
        or m.rule_id.endswith(("#new_tumour", "#appeared", "#metastasis", "#progress"))
        for m in evidence
    ):
        return True
    if any(m.concept == "elsewhere" for m in line.labelled("SCOPE")):
        return True
    taken = [m.end for m in line.labelled("IMAGING") if m.concept == "pathology"]
    if taken and any(m.label == "HISTOLOGY" and m.start > taken[0] for m in evidence):
        return True
    if spoken and line.labelled("ZONE"):
        return False
    if line.labelled("PART") and line.labelled("SITE") and any(m.rule_id.endswith(("#stable", "#growth")) for m in evidence):
        return True
    placed = bool(line.labelled("SITE")) or any(m.concept == "region" for m in line.labelled("SCOPE"))
    sized = bool(line.labelled("SIZE")) and bool(line.labelled("SITE", "PART"))
    return bool(TUMOUR.search(line.text)) or sized or (placed and said == "no_progression" and bool(TUMOUR_PLACE.search(line.text)))
