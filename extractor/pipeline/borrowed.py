"""Words that clinicians bring along from their own languages, as English calls the same thing: "echography" is ultrasound, "exeresis" excision, a French "scanner" a CT.

``borrowed`` tells which words of a note are to be read as which, so that all readers behind it know but one name of a thing. A "scanner" is the machine
in English and the exam in French hands: it is read as the exam where the chart's notes use it so (``calls_scanner_exam``), and even there not
where a machine must be meant ("on the scanner table", "our scanner was down").
"""

from __future__ import annotations

from collections.abc import Iterable

from extractor.patterns import re
from extractor.pipeline.scan import Scan
from extractor.pipeline.spoken import Edit

BODY = r"(?:thora|abdom|pelv|chest|brain|cereb|crani|head|neck|cervi|lumb|spin|lung|pulm|liver|hepat|renal|thigh|shoulder|leg|knee|hip|body)\w*"
REGION = rf"(?:{BODY}(?:-\w{{3,12}}){{0,2}}|TAP|CAP)\b"
DAY = r"(?:\d|(?:jan|feb|mar|apr|may|june?|july?|aug|sep|oct|nov|dec)[a-z]*\b)"
SOON = r"(?:\d+|one|two|three|four|six|twelve) (?:weeks?|months?)\b"
SAYS = r"(?:shows?|showed|reveals?|revealed|finds?|found|confirms?|confirmed)\b"
DATED = rf",? (?:of|on|dated|from) (?:the )?{DAY}"
AS_EXAM = re.compile(
    rf"\b(?:{REGION}|(?:control|annual|injected|planning|staging|multiphasic)\b)[- ](?P<a>scanner)\b"
    rf"|\b(?P<b>scanner)(?:[- ](?:guided|guidance|control|TAP|{SAYS})|,? (?:of|dated) (?:the )?{DAY}| of the (?:{REGION}|same day)| (?:at|in) {SOON}| (?:was |is )?(?:performed|repeated|requested|asked for)\b)"
    r"|\b(?:guidance|guided|under|controlled):? (?:by |with |under )?(?P<c>scanner)(?=\W*(?:$|\n|[.,;)]|and\b|guidance\b|control\b))",
    re.IGNORECASE,
)
"""How a "scanner" is told that is an exam: by its region, its day, what it shows, or as the guidance of a needle."""
CAN_CALL = Scan({"scanner": r"\bscanner"})
SCANNER = re.compile(
    r"(?<![\w-])(?:angio-?|uro-?|entero-?|arthro-?)?scanner(?P<many>s)?\b(?![- ](?:table|room|suite|time|slots?|gantry|bed|bore|bay|couch|software|hall|console)\b"
    r"| (?:(?:was|is|being|has been|had been) (?:\w+ )?(?:down|broken|out of|under repair|unavailable|replaced|serviced|busy|offline)|went|broke)\b)",
    re.IGNORECASE,
)
MACHINE = re.compile(
    r"\b(?:CT|MRI?|PET|TEP|SPECT|bore|magnet|\d ?T|tesla|bladder|bone|home|bedside|hand-?held|portable|our|their|same|vein|code|barcode)[- ]\Z"
    r"|(?P<way>\b(?:from|to|into|onto|off|out of|inside) the (?:\w+ )?)\Z",
    re.IGNORECASE,
)
"""Before the machine. What moves "to the scanner" or is unchanged "from the scanner of May" is told apart by the day."""
DAY_BEHIND = re.compile(rf"\w+{DATED}", re.IGNORECASE)
LOOKS_BACK = 24

EXAM_BEHIND = (
    rf"(?:[- ]guid(?:ed|ance)\b|{DATED}[\d./ ]| (?:of (?:the )?)?{REGION}| (?:control|{SAYS})| with (?:contrast|gadolinium|injection)\b)"
)
LEFT = (r"thoracic ", r"abdominal ", r"pelvic ", r"chest ", r"cerebral ", r"lumbar ", r"control ", r"body ")
EXAM_AHEAD = "|".join(rf"(?<=\b{word})" for word in LEFT)


def _short(names: str) -> str:
    """Abbreviations that mean something else in English ("TC", "RM") unless what stands beside them tells an exam."""
    return rf"(?<![\w/-])(?-i:{names})(?={EXAM_BEHIND})|(?:{EXAM_AHEAD})(?-i:{names})\b(?! (?:regimen|chemo|cycle))"


FORMS = {
    "CT": rf"\btomodensitometr(?:y|ies)\b|\bscann?ograph(?:y|ies)\b|{_short('TDM|TAC|TC')}",
    "MRI": _short("IRM|MRT|RMN?|NMR"),
    "PET/CT": rf"\b(?:PET|TEP)[-/ ](?:scanner|TC|TAC|TDM)\b|\bTEP[-/ ](?:CT|scan)\b|{_short('TEP')}",
    "ultrasound": r"\be(?:ch|c)ograph(?:y|ies)\b|\be(?:ch|c)ographic(?:ally)?\b|\becho[- ]?doppler\b",
    "ultrasound-": r"\be(?:ch|c)o[- ]?(?=guid(?:ed|ance)\b)",
    "chest x-ray": r"\b(?:chest|thoracic|thorax) (?:RX|radiography|radiographies)\b|\bRX[- ](?:of (?:the )?)?(?:chest|thorax)\b|\bX-thorax\b"
    r"|\bradiography of (?:the )?(?:chest|thorax|lungs?)\b",
    "radiograph": rf"\bradiograph(?:y|ies)(?={DATED}| (?:{SAYS}|at \d))|(?<=\bcontrol )radiograph(?:y|ies)\b",
    "recurrence": r"\brecidiv(?:es?|as?)\b",
    "excision": r"\bexeres[ei]s\b|\bextirpation\b",
    "uptake": r"\b(?:hyper-?)?captation\b|\bhyper-?fixation\b",
    "cryoprobes": r"\bcryo(?:d|sond)es\b",
    "cryoprobe": r"\bcryo(?:d|sond)e\b",
    "spinal anesthesia": r"\brachi-?ana?esthesia\b",
    "regional anesthesia": r"\bloco-?regional ana?esthesia\b",
    "brachytherapy": r"\bcurie-?therapy\b",
    "chemotherapy": r"\bpoly-?chemotherapy\b",
}
"""What is read for the words that match."""
PATTERNS = {name: re.compile(form, re.IGNORECASE) for name, form in FORMS.items()}
CAN_BE = Scan(FORMS)


def calls_scanner_exam(texts: Iterable[str]) -> bool:
    """True if any of a chart's notes calls an exam a scanner: "scanner of 12/3/2019", "thoracic scanner", "scanner guidance"."""
    return any(_tells_exam(text) for text in texts if CAN_CALL(text))


def _tells_exam(text: str) -> bool:
    return any(not _is_machine(text, m.start(m.lastgroup or 0)) for m in AS_EXAM.finditer(text))


def _is_machine(text: str, at: int) -> bool:
    ahead = MACHINE.search(text, max(0, at - LOOKS_BACK), at)
    return ahead is not None and not (ahead["way"] and DAY_BEHIND.match(text, at))


def borrowed(text: str, scanner_is_exam: bool) -> list[Edit]:
    """What is to be read for the words of a note that other languages lent it."""
    found = [Edit(*m.span(), name) for name in CAN_BE(text) for m in PATTERNS[name].finditer(text)]
    if scanner_is_exam and CAN_CALL(text):
        scanners = (m for m in SCANNER.finditer(text) if not _is_machine(text, m.start()))
        found += [Edit(*m.span(), "CTs" if m["many"] else "CT") for m in scanners]
    return found
