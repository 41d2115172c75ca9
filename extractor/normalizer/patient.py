"""Who is the patient? Sex, age, histology, setting and prior treatment at the first ablation, death."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import islice

from extractor.model import Cell, Mention, PartialDate, ReadNote, Row, When
from extractor.normalizer import timeline
from extractor.normalizer.complication_context import foretold
from extractor.normalizer.records import Line, Session, Target, in_line
from extractor.patterns import re

OTHERS = ("family", "hypothetical")
MADE_IT = re.compile(
    r"\b(?:\w*sarcomas?|tumou?rs?|malignan\w+)\b[^.;]{0,30}?\b(?:secondary to|due to|caused by|induced by|as a (?:late )?(?:result|effect) of|in the field of)(?: (?:the|his|her|an?|prior|earlier|previous|old|that|(?:19|20)\d\d))*\W*$",
    re.IGNORECASE,
)
"""Before a treatment that brought the tumour about: it was given for something else."""
KINDS = ("surgery", "radiation", "systemic")
OTHER_CANCER = re.compile(
    r"\b(?:breast|prostate|colon|lung|thyroid|skin|basal cell|melanoma|bladder|cervical|testicular|lymphoma|Hodgkin\w*|leukemia|rectal|ovarian|kidney|renal cell)(?: \w+)? ?(?:cancer|ca\b|carcinoma|lymphoma|DCIS|adenocarcinoma)|\b(?:DCIS|IDC|ILC|prostatectomy|Gleason|(?:ductal|lobular) (?:breast )?carcinoma)\b|\b(?:cancer|carcinoma|adenocarcinoma|tumou?r|in situ|irradiation|radiotherapy)\b[^.;]{0,25}?\b(?:of|to) (?:the |his |her |an? |right |left )*(?:breast|prostate|colon|rectum|thyroid|bladder|cervix|larynx|tongue|tonsil)\b|\b(?:breast|prostat\w+) (?:irradiation|radiation|radiotherapy|RT)\b|\bHodgkin\b|\bseminoma\b|\b(?:for|of|had|hx|history of|with) (?:an? |his |her |the |old |childhood |prior )*(?:\w+ )?(?:lymphoma|leuk(?:a)?emia|myeloma)\b|\bmelanoma\b|\bbasal cell\b",
    re.IGNORECASE,
)
REVISED = re.compile(
    r"\b(?:revis\w+|re-?review\w*|re-?classif\w*|second opinion|changed to|amended|rather than|instead of|not (?:a |an )?\w*sarcoma|expert review|central review|corrected|now (?:called|classified|read)|final diagnosis|; ?reviewed (?:in|at|by|here)|(?:slides?|path(?:ology)?|histology|specimens?|blocks?)(?: \w+){0,3} (?:were |was )?(?:reviewed|re-?read) (?:in|at|by|here|centrally)|final(?: (?:dx|path\w*|hist\w*|report|reading|verdict|opinion))?(?= ?[:=])|(?:second|later) reading)\b",
    re.IGNORECASE,
)

FORMER_NAME = re.compile(
    r"\b(?:revised|changed|corrected|amended|re-?classified|re-?named) from\W+(?:an? |the )?(?:(?:low|high|intermediate)[- ]grade )?$|\b(?:first|initially|originally|formerly|previously|once) (?:called|read|label(?:l)?ed|reported|thought|diagnosed|signed out|classified|interpreted)(?: (?:as|to be))?\W+(?:an? |the )?(?:(?:low|high|intermediate)[- ]grade )?$|\b(?:carried|listed|label(?:l)?ed|signed out|coded|filed|recorded|read|called|diagnosed|reported|known|thought)(?: \w+){0,2}? (?:as|to be)\W+(?:an? |the )?(?:(?:low|high|intermediate)[- ]grade )?$|\b(?:outside|original|initial|first|former|previous|earlier) (?:diagnosis|report|reading|impression|designation)\W+(?:(?:was|is|of|as|said|read)\W+)*(?:an? |the )?(?:(?:low|high|intermediate)[- ]grade )?$",
    re.IGNORECASE,
)
"""Before a diagnosis that another reader gave and the chart does not keep."""
GIVEN_UP = re.compile(
    r"\W{0,3}(?:(?:diagnos[ei]s|label|reading|call|designation|report|impression|name|verdict)\b)?\W{0,3}(?:(?:is|was|has been|had been|being|now|later|since|then|subsequently|thus|therefore) )*(?:revised|withdrawn|changed|corrected|overturned|overruled|abandoned|retracted|superseded|replaced|rejected|re-?classified|dropped|discarded|refuted|amended|given up|set aside|not (?:upheld|confirmed|supported|sustained|reproduced))\b(?! (?:diagnos\w+|from|report|final)\b)",
    re.IGNORECASE,
)
"""Behind a diagnosis that was given up: "an outside leiomyosarcoma diagnosis, revised here"."""
OF_ABLATED = re.compile(
    r"\b(?:after|following|since|post|despite)[ -](?:the |his |her |an? |previous |earlier )*(?:RFA|MWA|cryo\w*|microwave\w*|radio-?frequency|(?:thermo-?)?ablat\w+)|\b(?:margin|edge|rim|border|side|periphery|boundary|aspect|vicinity) of (?:the |his |her |an? )?(?:[\w-]+ ){0,4}?(?:ablat\w+|RFA|MWA|cryo\w*)|\b(?:ablat\w+|RFA|MWA|cryo\w*|treated) (?:\w+ )?(?:scar|zone|site|bed|cavity|margin)\b",
    re.IGNORECASE,
)
"""A recurrence at an ablated place is none of the primary tumour."""
STAY = timedelta(days=21)
"""How long after the first ablation a letter on the stay may still be the one that tells the extent."""
REMOVED = re.compile(
    r"[^.;(]{0,40}?\b(?:re-?)?(?:excis\w+|resect\w+|removed|operated|taken out|cut out|debulk\w+|amputat\w+)\b(?! (?:bed|site|field|margin|cavity|area))",
    re.IGNORECASE,
)
"""What was taken out after it came back is no longer there at the ablation."""
REMOVED_FOR = re.compile(
    r"\b(?:re-?)?(?:excis\w+|resect\w+|removed|operated|operations?)\b[^.;]{0,30}? for (?:an? |the |local |first |second |its )*$",
    re.IGNORECASE,
)
ADJUVANT = re.compile(r"\b(?:neo-?)?adjuvant|\b(?:pre|post)-?op", re.IGNORECASE)
BESIDE_SURGERY = re.compile(
    r"[^.;]{0,40}?\b(?:before|after|following|prior to) (?:that|this|the|his|her) (?:first |wide |initial )?(?:operation|surgery|resection|excision)\b",
    re.IGNORECASE,
)
"""Behind a treatment that belongs to an operation: "radiotherapy at St Luke's after that operation"."""
AFTER_ABLATION = re.compile(
    r"[^.;,]{0,30}?\b(?:only |not until |first |begun |started )?(?:after|since|following) (?:the |his |her |that |this |first )*(?:cryo\w*|ablat\w+|RFA|MWA|microwave)\b",
    re.IGNORECASE,
)
"""Behind a treatment that came later: "chemo 2022 only after the cryo"."""
PROSPECT = re.compile(
    r"\b(?:risks?|chance|likelihood|danger|rate|potential|tendency) (?:of|for|to)\b[^.;]*$|\bif\b[^.;]*$|\b(?:may|might|could|can|would) (?:still |also |always )?$",
    re.IGNORECASE,
)
BEGAN = re.compile(
    r"\b(?:began|begun|started|commenced|initiated|first (?:course|cycle|line|ever|systemic|chemo\w*|drug|medical))\b", re.IGNORECASE
)
FIRST_EVER = re.compile(r"\bfirst (?:ever |\w+ )?(?:drugs?|systemic|chemo\w*|medical|radiation|radiotherapy)\b", re.IGNORECASE)
CLAUSE_END = re.compile(r"[,;:]\s|\b(?:and|but) (?:s?he|it|they|was|were|has|had|is|are)\b", re.IGNORECASE)
"""Where a clause of a sentence ends: what is said of another treatment beyond it does not count."""
GENERIC = re.compile(r"systemic|chemo|radio|radiation|drug", re.IGNORECASE)
BARE_YEAR = re.compile(
    r"[^.;:\d]{0,30}?(?:\b((?:19[4-9]|20[0-4])\d)\b|['’](\d\d)\b)(?:(?=[-–](?:(?:19|20)\d)?\d\d\b(?![/-]|\.\d))|(?![/.-]\d))", re.IGNORECASE
)
"""A year behind a treatment: "excised 2014 + preop RT", "small bowel resection '17"."""
YEAR_AHEAD = re.compile(r"(?<![\d/.-])((?:19[4-9]|20[0-4])\d):? $")
"""A year right before a treatment: "stomach, 2013 gastrectomy"."""
GIVEN = re.compile(
    r"\W{0,3}(?:and \w+ed |(?:and|with|plus) (?:a |an )?(?:[a-z]+ )?(?:flap|graft|reconstruction|closure|repair)\W{1,2}(?:in )?)?(?:\d{1,2}/(?:19|20)\d\d\b|[x×] ?\d|\d+ ?(?:x\b|cycles?|cy\b|courses?|fractions?|Gy)|(?:(?:since|from) )?(?:19|20)\d\d\b|['’]\d\d\b)",
    re.IGNORECASE,
)
"""Behind a treatment that was given, whatever was denied before it: "no radiation, doxorubicin 2016"."""
DELIVERED = re.compile(
    r"\W{0,3}(?:was |were )?(?:given|completed|delivered|administered) (?:as )?(?:(?:neo-?)?adj\w* |pre-?op\w* |post-?op\w* )?\d\d(?! ?%)",
    re.IGNORECASE,
)
"""Behind a treatment whose dose was given, though another beside it was declined: "declines surgery, RT given neoadjuvantly 50/25"."""
KEPT = re.compile(r"\W*(?:is|was|will be|to be)? ?(?:kept|held|saved|left|reserved)\b", re.IGNORECASE)
"""Behind a drug that is kept for later, which says nothing of what was given."""
RESERVED = re.compile(
    r"(?: (?:to|for|of) (?:(?:the|his|her|this|that|left|right|\w+) ){1,3}?)?\W*(?:(?:is|was|are|were|will be|to be|being|has been|had been|would be) )?(?:(?:kept|held|saved|left|put|set|stays?|remains?) )?(?:back |aside )?(?:in (?:reserve|hand|(?:the|our|his|her|my) (?:back )?pocket|the (?:bag|locker|cupboard|wings))|up (?:our|the|his|my) sleeves?|for (?:later|another (?:day|time)|a rainy day|(?:the )?(?:next )?(?:progression|relapse|recurrence|failure))|as (?:an? )?(?:fall-?back|back-?up|backstop|reserve|plan B|plan C|salvage))\b",
    re.IGNORECASE,
)
"""Behind a treatment of any kind that waits for its turn: "SBRT to the rib kept in the back pocket"."""
ON_CONDITION = re.compile(
    r"(?: (?:to|for|of) (?:(?:the|his|her|this|that|left|right|\w+) ){1,3}?)?\W*(?:(?:only |just )?in (?:the )?(?:case|event) of|(?:only|just) (?:if|when|once|upon|on|at|for|after|in)(?= (?:an? |the |case of |further |next |new |first |clear |real )*(?:progress\w*|relapse\w*|recurren\w*|growth|spread|symptom\w*|it|there|s?he|this|these|they|disease|metasta\w+)\b)|at (?:the )?(?:next|first sign of|further) (?:progression|relapse|recurrence|growth)|(?:later |then |and when )?(?:if|when(?:ever)?|as) (?:(?:it |this |that )?(?:is |becomes |should be |proves )?(?:ever )?(?:needed|necessary|required|called for|wanted)|needs be|need be|(?:he|she|it|they|disease|things?|the \w+) (?:should |were to )?(?:progress(?:es)?|recurs?|grows?|relapses?|spreads?|comes? back)))\b",
    re.IGNORECASE,
)
"""Behind a treatment that waits for what may come: "doxorubicin only in case of progression"."""
THEREUPON = re.compile(
    r"[^.;]{0,60}?(?:,|;|\b(?:and|but)|\u2192|->)?\s*\b(?:then|thereafter|afterwards?|followed by|to be followed by|after (?:that|which)|later)(?: (?:the|by|with|to|on|on to|on with|more|start|begin|give))*\s*$",
    re.IGNORECASE,
)
"""From an ablation to the treatment that is to follow it: "cryoablation of the rib, then systemic therapy"."""
SUMMED_UP = re.compile(
    r"\b(?:primary|prior|previous\w*|hx|diagnosed|originally|initial\w*|(?:after|with|following) (?:prior |previous )?(?:resection|excision|surgery))\b",
    re.IGNORECASE,
)
"""Words of the sentence that sums up how a tumour was treated."""
LATER = re.compile(
    r"\b(?:since (?:the |his |her )?(?:ablation|cryo\w*|procedure|RFA|MWA|last)|after (?:the |his |her )?(?:ablation|cryo\w*|RFA|MWA)|now|currently|today|yesterday|ongoing|continues?|continued|this (?:week|month|year)|starts?|started|recently|underwent|next|tomorrow|on cycle|since)\b",
    re.IGNORECASE,
)
"""Words of what goes on after the ablation."""
NO_CHOICE = re.compile(
    r"\b(?:(?:does|do) not (?:want|wish)|(?:I|we|they|board|team|MDT|oncology) (?:have|has|do|does|would|will|can) not (?:yet |currently )?(?:recommend\w*|advis\w*|propos\w*|suggest\w*|favou?r\w*|offer\b)|(?:is|are) not (?:being )?offered|(?:is|are) (?:not )?(?:(?:being|to be|currently|yet) )*(?:thought of|thought about|considered|contemplated|planned|proposed|intended|foreseen|envisaged|entertained|advised|recommended|suggested|offered|on the table|on offer)|(?<!until )(?<!till )(?<!to )now|not (?:an option|possible|feasible|a candidate|suitable|advisable)|no longer|ruled out|no (?:role|room|further|more|additional|option)|un(?:re|e)sectable|inoperable|further|another|again|reserve|for now|(?:at|for) (?:this|the) (?:time|moment|point|present)|currently|at present|third|second|re-?(?:do|peat|resect\w*|irradiat\w*))\b",
    re.IGNORECASE,
)
NEVER_OPERATED = re.compile(
    r"\b(?:no (?:prior|previous|earlier|past) |never (?:been |had |underwent )?|not (?:been |yet been )?(?:operated|resected)|has (?:not|never) (?:had|been|undergone)|without (?:prior|previous) |(?:surgery|operation|resection)\W+(?:none|no|nil)\b|(?:surgery|operations?|resections?)\b[^:.;\n]{0,30}?[:=] ?(?:none|no|nil)\b|(?:denies|no) (?:any )?(?:surgery|operations?|resections?)\b|(?:had|undergone|received|having) (?:had )?no(?: \w+,?){0,4}? (?:surgery|operations?|resections?)\b|\bno(?: \w+,?){0,4}? (?:surgery|operations?|resections?)\b(?:,? (?:or |and |nor )?\w+){0,3}? (?:has |had |have |was |were )?(?:ever |yet )?(?:been )?(?:given|done|performed|carried out|undertaken|before|ever)\b)",
    re.IGNORECASE,
)


def find(reads: Sequence[ReadNote], sessions: Sequence[Session], targets: Sequence[Target], patient: str) -> Row:
    """The row of the patient."""
    first = min((s.when.date for s in sessions), default=None)
    lines = [x for r in reads for x in timeline.lines(r)]
    telling = [x for r in reads for x in timeline.telling(r)]
    cells: dict[str, Cell] = {"patient_id": Cell(patient)}
    _put(cells, "sex", _sex(telling))
    _put(cells, "histology", _histology(telling))
    if "histology" in cells:
        mention = cells["histology"].mentions[0]
        cells["histology_text"] = Cell(in_line(mention.text), (mention,))
    birth = _birth(telling)
    if birth:
        cells["birth_date"] = Cell(birth[0], (birth[1],))
    if first:
        _put(cells, "age_years", _age(telling, first, birth))
        inherited = _inherited(telling, first)
        others = _of_others(telling) if "histology" in cells and cells["histology"].value not in ("other", "sarcoma_nos") else frozenset()
        for kind in KINDS:
            _put(cells, f"prior_{kind}", _prior(telling, kind, first, inherited, others))
        treated = [t for t in targets if t.session.when.date == first]
        told = _and_away(_setting(lines, first), treated, lines, first)
        _put(cells, "disease_setting", told or _by_place(treated, cells) or _setting(lines, first, past=True))
    death = _death(telling, str(cells["sex"].value) if "sex" in cells else "")
    if death:
        cells["death_date"], cells["death_date_precision"] = death
    return Row("patients", cells)


def _put(cells: dict[str, Cell], column: str, cell: Cell | None) -> None:
    if cell:
        cells[column] = cell


def _own(line: Line, *labels: str) -> list[Mention]:
    said = line.labelled(*labels)
    return [m for m in said if not m.has(*OTHERS)] if said and line.sentence.section != "family_history" else []


TITLE_OF = re.compile(r"(?:Mr|Mrs|Ms|Miss|Herrn?|Frau|Mme|Madame|Monsieur|Signora?|Señora?)\.?", re.IGNORECASE)


def _sex(lines: Sequence[Line]) -> Cell | None:
    votes: dict[str, list[Mention]] = {}
    for line in lines:
        for m in _own(line, "SEX"):
            votes.setdefault(m.concept, []).append(m)
    firm = {k: [m for m in v if not m.rule_id.endswith("pronoun")] for k, v in votes.items()}
    pool = {k: v for k, v in firm.items() if v} or votes
    if not pool:
        return None
    words = {k: [m for m in v if not TITLE_OF.fullmatch(m.words)] for k, v in pool.items()}
    if not any(words.values()):  # titles may be a surgeon's: the pronouns outvote them
        pool = votes
    elif len(pool) > 1 and sum(map(bool, words.values())) == 1:  # "this lady", whoever writes as Mr
        pool = {k: v for k, v in words.items() if v}
    best = max(pool, key=lambda k: (len(pool[k]), len(votes[k])))
    return Cell(best, tuple(pool[best][:1]))


def _histology(lines: Sequence[Line]) -> Cell | None:
    """The diagnosis told most, unless pathology or a review says better later."""
    said = [(line, m) for line in lines for m in _own(line, "HISTOLOGY") if not m.has("negated", "uncertain") and not _of_title(line, m)]
    said = [(line, m) for line, m in said if m.concept != "other" or m.rule_id.endswith(("#desmoid", "#bone"))] or said
    if not said:
        return None
    said = [(line, m) for line, m in said if not _former(line, m)] or said
    firm = [(line, m) for line, m in said if m.concept not in ("sarcoma_nos", "spindle_cell_sarcoma")] or said
    revised = [(line, m) for line, m in firm if REVISED.search(line.text)]
    if revised:
        mention = revised[-1][1]
        return Cell(mention.concept, (mention,))
    counts: dict[str, list[Mention]] = {}
    for _, m in firm:
        counts.setdefault(m.concept, []).append(m)
    best = max(counts, key=lambda k: len(counts[k]))
    return Cell(best, (counts[best][0],))


def _former(line: Line, m: Mention) -> bool:
    """True for a diagnosis that the chart does not keep: another reader's, or one that was given up."""
    before = line.read.flat[max(line.sentence.start, m.start - 45) : m.start]
    return FORMER_NAME.search(before) is not None or GIVEN_UP.match(line.read.flat, m.end, line.sentence.end) is not None


def _of_others(lines: Sequence[Line]) -> frozenset[Line]:
    """Sentences that tell of a second tumour of the patient, no sarcoma, and of it alone: "GIST 2015, gastrectomy, imatinib".

    One that the chart gives up for the sarcoma, or doubts, was the same tumour under another name.
    """
    told = [(line, m) for line in lines for m in _own(line, "HISTOLOGY")]
    second = {m.words.casefold() for _, m in told if m.rule_id.endswith("#other")}
    given_up = {m.words.casefold() for line, m in told if m.has("negated", "uncertain") or _former(line, m) or REVISED.search(line.text)}
    second -= given_up
    if not second:
        return frozenset()
    apart = {line for line, m in told if m.words.casefold() in second}
    return frozenset(apart - {line for line, m in told if m.words.casefold() not in second})


TITLE = 60
"""Characters of a line that is no more than a title."""


def _of_title(line: Line, m: Mention) -> bool:
    """True for the bare word of a title, which names the clinic: "SARCOMA CLINIC - RETURN VISIT"."""
    return m.concept == "sarcoma_nos" and len(line.text) < TITLE and not line.labelled("AGE", "DATE")


def _birth(lines: Sequence[Line]) -> tuple[date, Mention] | None:
    for line in lines:
        for d in line.labelled("DATE"):
            before = line.read.flat[max(0, d.start - 20) : d.start]
            if re.search(r"\b(?:DOB|born|date of birth|birth ?date|b\.)\W*(?:on )?$", before, re.IGNORECASE):
                when = timeline.when(d, line.read.note)
                if when and when.precision == "day":
                    return when.date, d
    return None


def _age(lines: Sequence[Line], first: date, birth: tuple[date, Mention] | None) -> Cell | None:
    if birth:
        years = first.year - birth[0].year - ((first.month, first.day) < (birth[0].month, birth[0].day))
        return Cell(years, (birth[1],), "derived")
    said = [(abs((line.read.note.note_date - first).days), line, m) for line in lines for m in _own(line, "AGE")]
    if not said:
        return None
    _, line, m = min(said, key=lambda s: (s[0], s[2].start))
    shift = round((first - line.read.note.note_date).days / 365.25)
    return Cell(int(m.concept) + shift, (m,))


def _same_month(a: date, b: date) -> bool:
    return (a.year, a.month) == (b.year, b.month)


def _day(line: Line, first: date, m: Mention) -> date | None:
    """The day that a sentence gives a treatment: the date or bare year nearest to it."""
    days = [
        (min(abs(d.start - m.end), abs(m.start - d.end)), first if _within(w, first) or _ablated_then(line, d, m, w, first) else w.date)
        for d in line.labelled("DATE")
        if not d.rule_id.endswith("#future") and not _of_ablation(line, d, m) and (w := timeline.when(d, line.read.note, first))
    ]
    year = BARE_YEAR.match(line.read.flat, m.end, line.sentence.end)
    if year:
        told = int(year[1]) if year[1] else 2000 + int(year[2])
        days.append((year.end() - 4 - m.end, date(told if told <= line.read.note.note_date.year else told - 100, 1, 1)))
    ahead = YEAR_AHEAD.search(line.read.flat, max(line.sentence.start, m.start - 12), m.start)
    if ahead and not year and not any(d.start < ahead.start(1) < d.end for d in line.labelled("DATE")):
        days.append((m.start - ahead.end(), date(int(ahead[1]), 1, 1)))
    return min(days, key=lambda x: x[0])[1] if days else None


def _within(when: PartialDate, first: date) -> bool:
    return when.precision == "month" and _same_month(when.date, first)


def _ablated_then(line: Line, d: Mention, m: Mention, when: PartialDate, first: date) -> bool:
    """True for the year of the first ablation, told with an ablation before a treatment: "two operations, ablation 2019, eribulin"."""
    told = [p for p in line.labelled("PROCEDURE", "PRIOR_TREATMENT") if p.end <= d.start]
    return (
        when.precision == "year"
        and when.date.year == first.year
        and d.end <= m.start
        and bool(told)
        and max(told, key=lambda p: p.end).label == "PROCEDURE"
    )


def _of_ablation(line: Line, d: Mention, m: Mention) -> bool:
    """True if an ablation is told between a treatment and a day behind it: "operated), cryoablation of a metastasis 06/14/2022"."""
    return any(m.end <= p.start < d.start for p in line.labelled("PROCEDURE"))


def _inherited(lines: Sequence[Line], first: date) -> dict[Line, date]:
    """The day last named before each sentence of its paragraph: a story is told in order."""
    out: dict[Line, date] = {}
    last: tuple[str, int, date] | None = None
    for line in lines:
        here = (line.read.note.note_id, line.sentence.paragraph)
        if last and last[:2] == here:
            out[line] = last[2]
        days = [w.date for d in line.labelled("DATE") if (w := timeline.when(d, line.read.note, first))]
        if days:
            last = (*here, max(days))
    return out


def _before(line: Line, first: date, m: Mention, told: dict[Line, date]) -> bool:
    """True if a treatment came before the first ablation: by its date, the story around it, or the note's age."""
    if line.read.note.note_date > first and STARTS.search(line.read.flat[max(line.sentence.start, m.start - 40) : m.start]):
        return False
    day = _day(line, first, m)
    if day and day.year == first.year and AFTER_ABLATION.match(line.read.flat, m.end, line.sentence.end):
        return False
    if day:
        return day < first
    if line.read.note.note_date <= first:
        return True
    if EVER_SINCE.match(line.read.flat, m.end, line.sentence.end):
        years = [int(y) for y in YEAR.findall(line.text[: m.start - line.sentence.start])]
        if years and max(years) < first.year:
            return True
    if _ahead_of_ablation(line, m):
        return True
    beside = ADJUVANT.search(m.words) or BESIDE_SURGERY.match(line.read.flat, m.end, line.sentence.end)
    return beside is not None or (line in told and told[line] < first)


AHEAD_OF_IT = re.compile(
    r"\b(?:before|prior to|preceding|ahead of) (?:the |his |her |that |this |first |any |initial |lung |liver )*(?:cryo\w*|(?:thermo-?)?ablat\w+|RFA|MWA|microwave\w*)\b",
    re.IGNORECASE,
)
AHEAD_OF_THAT = re.compile(
    r"\b(?:before (?:that|it|this|then)|beforehand|prior to (?:that|it|this))(?=\s*(?:[.,;:)]|$|s?he\b|they\b))", re.IGNORECASE
)
"""Words that put a treatment before the ablation, named in the sentence or told in the one before it."""


def _ahead_of_ablation(line: Line, m: Mention) -> bool:
    """True for what a later note puts before an ablation with no day: "two operations before that", "pazopanib prior to the RFA"."""
    if _beside(line, m, AHEAD_OF_IT):
        return True
    before = next(timeline.back(line), None) if _beside(line, m, AHEAD_OF_THAT) else None
    return before is not None and bool(before.labelled("PROCEDURE")) and not before.labelled("PRIOR_TREATMENT")


NEAR_BY = 60
"""Characters between a treatment and words that belong to it."""


def _beside(line: Line, m: Mention, words: re.Pattern[str]) -> bool:
    """True if words stand near a treatment in its part of the sentence."""
    flat = line.read.flat
    for found in words.finditer(flat, line.sentence.start, line.sentence.end):
        between = flat[m.end : found.start()] if found.start() >= m.end else flat[found.end() : m.start]
        if len(between) <= NEAR_BY and ";" not in between:
            return True
    return False


STARTS = re.compile(
    r"\b(?:starts|begins|commences|(?:is|are) (?:starting|beginning|to (?:start|begin)))(?: (?:on|with|the|his|her))* $", re.IGNORECASE
)
"""Before a treatment that a note after the ablation tells in the present: whatever day it names lies ahead, "he starts chemo on July 12"."""
EVER_SINCE = re.compile(r"[^.;,]{0,20}\b(?:ever )?since\b(?=\s*(?:then\b|[.,;)]|$))", re.IGNORECASE)
"""Behind a treatment that began with what was told before it: "gastrectomy 2013, imatinib 400 since"."""
YEAR = re.compile(r"\b(?:19[4-9]|20[0-4])\d\b")


def _dated_before(line: Line, first: date, m: Mention) -> bool:
    """True for a treatment of a note up to the first ablation, or one dated before it."""
    day = _day(line, first, m)
    return line.read.note.note_date < first or (day is not None and day < first)


def _summed_up(line: Line) -> bool:
    """True for a sentence that tells whose tumour it is and how it was treated, in any note: "60 M, UPS of the calf, resected, RT".

    The sentences right behind it in its paragraph go on with it, as long as none tells of what came later.
    """
    if LATER.search(line.text):
        return False
    if line.labelled("HISTOLOGY", "AGE") or SUMMED_UP.search(line.text):
        return True
    if line.labelled("PROCEDURE", "STATUS", "DATE"):
        return False
    for x in islice(timeline.back(line), CONTINUED):
        if x.sentence.paragraph != line.sentence.paragraph or LATER.search(x.text) or x.labelled("PROCEDURE"):
            return False
        if x.labelled("HISTOLOGY"):
            return True
    return False


CONTINUED = 2
"""Sentences behind the diagnosis that go on telling how it was treated."""


def _setting(lines: Sequence[Line], first: date, past: bool = False) -> Cell | None:
    """Recurrent, metastatic, both or primary: by the notes up to the first ablation, else by the first note that says."""
    early = [x for x in lines if x.read.note.note_date <= first]
    if early and past:
        return _extent(early, past=True)
    if early:
        soon = [x for x in lines if first < x.read.note.note_date <= first + STAY and timeline.kind(x.read) != "radiology"]
        found = _extent(early) or _extent(soon)
        if found:
            return found
    by_note: dict[str, list[Line]] = {}
    for line in lines:
        if line.labelled("SETTING"):
            by_note.setdefault(line.read.note.note_id, []).append(line)
    late = (_extent(own, past, first) for own in by_note.values())
    return next((cell for cell in late if cell), None)


SPREAD_TO = ("lung", "liver", "lymph_node", "adrenal", "bone", "peritoneum", "brain", "pleura")
"""Where a tumour whose primary was removed, or which does not begin there, is a metastasis."""
BEGINS = {
    "liver": ("angiosarcoma", "epithelioid_hemangioendothelioma", "hepatocellular", "hcc"),
    "kidney": ("rcc", "renal cell", "renal ca"),
    "lung": ("epithelioid_hemangioendothelioma", "solitary_fibrous_tumor"),
    "bone": ("ewing_sarcoma", "chordoma", "osteosarcoma", "chondrosarcoma", "giant cell"),
    "peritoneum": ("desmoplastic_small_round_cell_tumor",),
}
"""Tumours that can begin in an organ, by concept or words."""


METASTATIC = tuple(site for site in SPREAD_TO if site != "peritoneum")
"""Where a deposit beside a local recurrence is a metastasis; a sarcoma of the abdomen recurs in the peritoneum too."""


NEAR = {
    "chest": ("pleura", "chest_wall", "lung", "axilla", "breast"),
    "shoulder": ("shoulder", "axilla", "chest_wall", "upper_extremity", "neck"),
    "abdomen": ("retroperitoneum", "peritoneum", "pelvis", "abdominal_wall", "kidney", "paraspinal", "groin"),
    "hip": ("pelvis", "gluteal", "lower_extremity", "groin"),
}
"""Sites that one operation can span: tumours there may be one local recurrence."""


def _apart(targets: Sequence[Target]) -> bool:
    """True if targets lie in regions too far from each other for one local recurrence: a thigh and the chest wall."""
    sites = {t.place.site for t in targets if t.place.site and t.place.site not in ("subcutaneous", "lymph_node")}
    return len(sites) > 1 and not any(sites <= set(near) for near in NEAR.values())


def _no_spread(lines: Sequence[Line], first: date, at_all: bool = False) -> bool:
    """True if a note up to the first ablation says that there is no metastasis; ``at_all``: in a sentence on no exam of one region."""
    return any(
        m.concept == "metastatic" and m.has("negated")
        for x in lines
        if x.read.note.note_date <= first and not (at_all and x.labelled("IMAGING"))
        for m in x.labelled("SETTING")
    )


NO_MORE = re.compile(
    r"\b(?:local(?:ly|i[sz]ed)?|regional|loco-?regional|in-?field)\b[\w ,-]{0,30}?\b(?:recurren\w+|relapse\w*|disease|failure)\b[\w ]{0,20}?\b(?:alone|only)\b|\b(?:only|purely|solely|isolated|nothing (?:but|more than)|no more than|just) (?:an? |the )?(?:local(?:ly|i[sz]ed)?|regional|loco-?regional|in-?field) (?:recurren\w+|relapse\w*|failure)\b",
    re.IGNORECASE,
)
"""Words that call all there is a local recurrence, wherever it lies: "so this is local recurrence alone"."""


def _and_away(told: Cell | None, targets: Sequence[Target], lines: Sequence[Line], first: date) -> Cell | None:
    """Both, where a recurrence is told and the first session treated it and a place too far from it, or one that a sarcoma only spreads to: a thigh and a lung.

    So it is where a metastasis is told and one of such targets lies where the notes before say that the tumour recurred.
    """
    if told and told.value == "recurrent":
        if any(x.read.note.note_date <= first and NO_MORE.search(x.text) for x in lines if x.labelled("SETTING")):
            return told
        away = [t for t in targets if t.place.site in METASTATIC]
        beside = away and len(away) < len([t for t in targets if t.place.site]) and not _no_spread(lines, first, at_all=True)
        if beside or (_apart(targets) and not _no_spread(lines, first)):
            return Cell("both", told.mentions, "derived")
    if told and told.value == "metastatic" and _apart(targets):
        home = {t.place.site for t in targets} - set(METASTATIC)
        again = [
            m
            for line in lines
            if line.read.note.note_date <= first and any(p.concept in home for p in line.labelled("SITE"))
            for m in _own(line, "SETTING")
            if m.concept == "recurred" and not m.has("negated", "uncertain", "risk", "planned") and _stage(line, m) == "recurred"
        ]
        if again:
            return Cell("both", (*told.mentions, again[0]), "derived")
    return told


def _by_place(targets: Sequence[Target], cells: dict[str, Cell]) -> Cell | None:
    """The extent by where the first targets lie and what was operated on before, where no word tells it."""
    if not targets or "histology" not in cells:
        return None
    kind = cells["histology"]
    words = f"{kind.value} {kind.mentions[0].text.lower()}"
    operated = cells["prior_surgery"].value if "prior_surgery" in cells else None
    evidence = kind.mentions[:1]
    away = [t for t in targets if t.place.site in SPREAD_TO and (operated or not any(w in words for w in BEGINS.get(t.place.site, ())))]
    if away:
        return Cell("metastatic", evidence, "derived")
    at_home = all(any(w in words for w in BEGINS.get(t.place.site or "", ())) for t in targets)
    if operated is False or (operated is None and (at_home or kind.mentions[0].rule_id.endswith("#desmoid"))):
        return Cell("primary", evidence, "derived")
    return None


def _extent(lines: Sequence[Line], past: bool = False, first: date | None = None) -> Cell | None:
    """The extent that the lines tell; with ``past``, a recurrence that was removed will do if there is no other.

    In notes written after the ``first`` ablation, a recurrence or a new metastasis is one since, unless the sentence sums up the case.
    """
    said: dict[str, list[Mention]] = {}
    for line in lines:
        for m in _own(line, "SETTING") if not foretold(line) else ():
            before = line.read.flat[max(line.sentence.start, m.start - 40) : m.start]
            if not m.has("negated", "uncertain", "risk", "planned") and not PROSPECT.search(before):
                if first and line.read.note.note_date > first and _since(line, m, first):
                    said.setdefault("past" if m.concept != "metastatic" else "since", []).append(m)
                else:
                    said.setdefault(_stage(line, m), []).append(m)
    far, near, again, first_time, gone = (said.get(k, []) for k in ("metastatic", "recurrent", "recurred", "primary", "past"))
    if far and near:
        return Cell("both", (far[0], near[0]))
    for value, found in (
        ("metastatic", far),
        ("recurrent", near),
        ("recurrent", again),
        ("primary", first_time),
        ("recurrent", gone if past else []),
    ):
        if found:
            return Cell(value, (found[0],))
    return None


FOUND = re.compile(r"\b(?:found|appeared|developed|detected|discovered|diagnosed|emerged|came up|turned up|showed|shown)\b", re.IGNORECASE)
"""Words that tell of a metastasis as news of the day named."""
NEW_ONE = re.compile(r"\bnew(?:ly)?\b[^.;:]{0,60}$", re.IGNORECASE)


def _since(line: Line, m: Mention, first: date) -> bool:
    """True for what came up after the first ablation: a new metastasis, a recurrence outside a sentence that sums up the case."""
    day = _day(line, first, m)
    if day and day < first.replace(day=1):
        return False
    if m.concept == "metastatic":
        came = day is not None and day > first + STAY and not line.labelled("PROCEDURE") and FOUND.search(line.text) is not None
        return came or NEW_ONE.search(line.read.flat[max(line.sentence.start, m.start - 70) : m.start]) is not None
    seen = timeline.kind(line.read) == "radiology" and line.sentence.section in ("findings", "impression", "addendum")
    return m.concept in ("recurrent", "recurred") and (seen or not line.labelled("HISTOLOGY", "AGE", "PROCEDURE"))


def _stage(line: Line, m: Mention) -> str:
    """The extent that a mention tells; "past" for a recurrence that was removed, or one at an ablated place."""
    if m.concept not in ("recurrent", "recurred"):
        return m.concept
    before = line.read.flat[max(line.sentence.start, m.start - 60) : m.start]
    if OF_ABLATED.search(line.text) or REMOVED.match(line.read.flat, m.end, line.sentence.end) or REMOVED_FOR.search(before):
        return "past"
    return m.concept


def _prior(lines: Sequence[Line], kind: str, first: date, told: dict[Line, date], others: frozenset[Line]) -> Cell | None:
    """True where told for this tumour before the first ablation, False where denied, None where not told.

    ``told``: days that lines inherit; ``others``: sentences that tell of another tumour of the patient.
    """
    yes: list[Mention] = []
    no: list[Mention] = []
    perhaps: list[Mention] = []
    back: list[Mention] = []
    bare: list[Mention] = []
    of_other = False
    for line in lines:
        if line.sentence.section in ("consent", "family_history", "instructions"):
            continue
        for m in (*_own_treatments(line), *(_taken_out(line) if kind == "surgery" else ())):
            of, _, how = m.concept.partition(":")
            if (
                kind not in of.split("+")
                or how == "off"
                or (kind == "radiation" and NO_TREATMENT.match(line.read.flat, m.end, line.sentence.end))
            ):
                continue
            kept_up = not m.has("cancelled") or _next_alone_off(line, m)
            delivered = DELIVERED.match(line.read.flat, m.end, line.sentence.end) is not None and not m.has("negated")
            begun = _begun(line, m)
            given = begun or (how != "denied" and (delivered or (kept_up and bool(GIVEN.match(line.read.flat, m.end, line.sentence.end)))))
            refused = kind != "surgery" and NOT_GIVEN.match(line.read.flat, m.end, line.sentence.end)
            behind = (line.read.flat, m.end, line.sentence.end)
            if not refused and ((m.has("planned") and KEPT.match(*behind)) or _waits(line, m)):
                continue
            if _thereupon(line, m, first):
                continue
            off = how != "denied" and m.has("cancelled") and not m.has("negated") and not (refused or given)
            if off and line.read.note.note_date > first:
                continue
            if (how == "denied" and not begun) or refused or (m.has("negated", "cancelled") and not given):
                no += [m] if _denied(line, m, kind) else []
            elif FIRST_EVER.search(line.text) and ((m.has("planned") and BEGAN.search(line.text)) or not _dated_before(line, first, m)):
                no.append(m)
            elif (
                (m.has("planned") and not _done_then(line, m, first))
                or m.has("hypothetical", "risk", "uncertain")
                or _only_offered(line, m)
                or _in_prospect(line, m, first)
            ):
                continue
            elif line in others or _for_else(line, m) or OTHER_CANCER.search(ASIDE.sub(" ", _clause(line, m))) or _made_it(line, m):
                of_other = True
            elif _topic(line, m, kind) or (kind == "surgery" and OF_ELSE.match(line.read.flat, m.end, line.sentence.end)):
                continue
            elif _looks_back(line, m) or _among_illnesses(line, m, kind):
                back.append(m)
            elif _before(line, first, m, told):
                yes.append(m)
                timed = line.labelled("DATE") or AROUND_SURGERY.search(m.words)
                if (kind == "radiation" or GENERIC.search(m.words)) and not timed and not GIVEN.match(*behind):
                    bare.append(m)
            elif not _day(line, first, m) and _summed_up(line):
                perhaps.append(m)
            elif BEGAN.search(line.text) and (GENERIC.search(m.words) or FIRST_EVER.search(line.text)):
                no.append(m)
    denying = {m.note_id for m in no}
    yes = [m for m in yes if not (m in bare and m.note_id in denying)]  # what a note denies and speaks of once more is a choice
    if yes or (back and not (no or of_other)):
        return Cell(True, tuple((yes or back)[:1]))
    if no:
        return Cell(False, tuple(no[:1]))
    return Cell(True, tuple(perhaps[:1])) if perhaps else None


BROKEN_OFF = re.compile(
    r"[^.;]{0,50}?\b(?:abandoned|stopped|discontinued|halted|aborted|broken off|given up|terminated|ended|cut short|dropped|withdrawn|ceased|refused|declined)\b[^.;]{0,25}? (?:after|following) (?:(?:the|an?|only|just|her|his|about|less than) )*(?:single|first|one|two|three|four|five|six|second|third|fourth|\d+|few|couple)(?: of)? (?:\w+ )?(?:cycles?|doses?|fractions?|infusions?|courses?|weeks?|days?|months?|rounds?|sessions?|treatments?)\b",
    re.IGNORECASE,
)
"""Behind a treatment that began and was not gone on with: "abandoned after a single cycle"."""
DOSES_OF = re.compile(
    r"(?<!no )(?<!not )\b(?:(?:an?|one|two|three|four|five|six|\d+) (?:\w+ )?|(?:single|first) )(?:doses?|cycles?|infusions?|rounds?|weeks?|months?|fractions?) of (?:(?!no |not )[\w/+-]+ ){0,2}?(?:[\w-]+[/+-])?$",
    re.IGNORECASE,
)
"""Before a treatment of which that much was given, whatever was declined of it: "one dose of ... and refused further"."""
NO_MORE_OF_IT = re.compile(
    r"[^.;]{0,40}?\b(?:declin\w+|refus\w+|did not want|would not have|stopped|wanted no) (?:any )?(?:further|more|additional|another|to (?:continue|go on|carry on|complete)|the (?:rest|remainder|second|third|next))\b",
    re.IGNORECASE,
)
"""Behind a treatment that was not gone on with by the patient's will."""


FOR_ELSE = re.compile(
    r"\W*(?:\d+ ?m?g\b\W*)?(?:(?:is|was|taken|given|used|prescribed|started|now|on|daily|only|just|solely) )*for (?:(?:his|her|the|an?|severe|portal|known|chronic|essential|symptomatic) )*(?:plexiform|neurofibrom\w*|rheumatoid|arthritis|psoria\w+|lupus|crohn\w*|colitis|IBD|asthma|endometrios\w+|(?:in)?fertility|IVF|multiple sclerosis|RA\b|MS\b|gout|(?:kidney |renal |liver |heart )?transplant\w*|CML\b|CLL\b|myeloma|acromegaly|osteo(?:porosis|penia)|bone (?:density|loss|protection)|macular|AMD\b|retinopathy|hepatitis|vasculitis|sarcoid\w*|uveitis|migraines?|hypertension|HTN\b|tremor|anxiety|varices|AF\b|atrial|hemangiomas?|fibroids?|keloids?|BPH\b|acne|thyro\w+|graves\w*)",
    re.IGNORECASE,
)
"""Behind a treatment that was for an illness that is no cancer: "selumetinib is for his plexiform neurofibromas"."""


def _for_else(line: Line, m: Mention) -> bool:
    return FOR_ELSE.match(line.read.flat, m.end, line.sentence.end) is not None


def _begun(line: Line, m: Mention) -> bool:
    """True for a treatment that was given for a time by the words beside it, though the sentence says that it was broken off or declined."""
    if not m.has("cancelled", "negated") or m.concept.endswith(":denied"):
        return False
    behind = (line.read.flat, m.end, line.sentence.end)
    before = line.read.flat[max(line.sentence.start, m.start - 60) : m.start]
    if m.has("cancelled") and NO_MORE_OF_IT.match(*behind):
        return True
    return bool(BROKEN_OFF.match(*behind) or (DOSES_OF.search(before) and not NEVER_HAD.search(before)))


AROUND_SURGERY = re.compile(r"\b(?:pre|post|peri|intra)-?op\w*|\b(?:neo-?)?adjuvant", re.IGNORECASE)
"""In the name of a treatment that went with an operation that was done: no choice that is only weighed."""


def _waits(line: Line, m: Mention) -> bool:
    """True for a treatment that waits for its turn by the words behind it, or behind the list of choices that it opens: "pazopanib or gemcitabine later if needed"."""
    last = m
    for o in line.labelled("PRIOR_TREATMENT"):
        if o.start >= last.end and OR_ELSE.fullmatch(line.read.flat, last.end, o.start):
            last = o
    for end in {m.end, last.end}:
        behind = (line.read.flat, end, line.sentence.end)
        if RESERVED.match(*behind) or ON_CONDITION.match(*behind) or (line.sentence.section == "plan" and SOME_DAY.match(*behind)):
            return True
    return False


OR_ELSE = re.compile(r"\W{0,3}(?:(?:or|and|then|plus|with|vs\.?|versus)\b\W{0,2}){0,2}", re.IGNORECASE)
"""Between choices of one list."""
SOME_DAY = re.compile(
    r"\W*(?:(?:is|are|to be|can be|could be) )?(?:later(?: on)?|down the (?:road|line)|at a later (?:date|stage|time|point)|some day|in (?:the )?future|as (?:an? |the )?(?:next|later|further|second) (?:step|line|option))(?=\s*(?:[.;,)]|$|if\b|when\b|once\b|at\b|on\b))",
    re.IGNORECASE,
)
"""Behind what a plan leaves for another day."""


ALONE_OFF = re.compile(r"\W*(?:(?:\w+ ){0,3}?)(?:was|is|has been|had been)\b", re.IGNORECASE)


def _next_alone_off(line: Line, m: Mention) -> bool:
    """True if the clause of the next treatment, set off by a comma, alone says what did not happen: "resection 04/2012 (R0), radiotherapy was not performed"."""
    after = next((o for o in line.labelled("PRIOR_TREATMENT") if o.start >= m.end), None)
    apart = after is not None and "," in line.read.flat[m.end : after.start]
    return after is not None and apart and ALONE_OFF.match(line.read.flat, after.end, line.sentence.end) is not None


def _thereupon(line: Line, m: Mention, first: date) -> bool:
    """True for what a note up to the first ablation puts behind an ablation, with no day of its own: it has not been given yet."""
    if line.read.note.note_date > first or line.labelled("DATE"):
        return False
    done = [p for p in line.labelled("PROCEDURE") if p.end <= m.start and not p.has("negated")]
    return bool(done) and THEREUPON.fullmatch(line.read.flat, done[-1].end, m.start) is not None


RELATIVE = re.compile(
    r"\b(?:mother|father|parents?|brothers?|sisters?|siblings?|twin|sons?|daughters?|aunts?|uncles?|cousins?|niece|nephew|grand\w+|wife|husband|spouse|family|relatives?|maternal|paternal)\b",
    re.IGNORECASE,
)
NEAR_THEM = re.compile(
    r"\b(?:near|by|close to|at|with|beside|from) (?:the |his |her |their )?(?:home of )?(?:his |her |their )?(?:mother|father|parents?|brother|sister|son|daughter|family|wife|husband)\b(?:'s (?:home|house|place))?",
    re.IGNORECASE,
)
"""Where somebody was, and with whom, not whose treatment it is."""


def _own_treatments(line: Line) -> list[Mention]:
    """The patient's treatments; a relative told in closed brackets or as where he was before has none of them: "(his mother has it too) was resected"."""
    told = line.labelled("PRIOR_TREATMENT")
    if not any(m.has("family") for m in told) or line.sentence.section == "family_history":
        return _own(line, "PRIOR_TREATMENT")
    return [m for m in told if not m.has("hypothetical") and not (m.has("family") and _of_relative(line, m))]


def _of_relative(line: Line, m: Mention) -> bool:
    at = m.start - line.sentence.start
    return RELATIVE.search(NEAR_THEM.sub(" ", BRACKETS.sub(" ", line.text[:at])) + line.text[at:]) is not None


def _topic(line: Line, m: Mention, kind: str) -> bool:
    """True for the bare name of a kind of treatment in a sentence that denies that kind: "as for chemotherapy, he has never had any drug"."""
    return (
        GENERIC.search(m.words) is not None
        and not _day_told(line, m)
        and any(
            o is not m and kind in o.concept.partition(":")[0].split("+") and (o.concept.endswith(":denied") or o.has("negated"))
            for o in line.labelled("PRIOR_TREATMENT")
        )
    )


OF_ELSE = re.compile(
    r"(?: (?:so far|before|ever|in (?:his|her) life|until now|to date))? (?:was|were|has been|had been|is|being) (?:only |just )?(?:an? |the |his |her |for )*(?:(?:open|laparoscopic|childhood|remote|old|left|right) )*(?:append\w+|tonsil\w+|adenoid\w+|cholecystectom\w+|gall ?bladder|hernia\w*|hernior\w+|vasectom\w+|c(?:a)?esarean\w*|c-?sections?|cataracts?|meniscect\w+|menisc\w+|arthroscop\w+|carpal tunnel|dental|wisdom t\w+|(?:hip|knee) replacements?|ACL|bypass|lap chole|lens\w*|nose|sept\w+|varicose)\b",
    re.IGNORECASE,
)
"""Behind the operation that a sentence goes on to name as one of no tumour: "her only surgery was an appendectomy"."""


def _done_then(line: Line, m: Mention, first: date) -> bool:
    """True for a treatment with a day of its own long before the note, whatever sounds like a plan: "50 Gy pre-operatively and in July 2016 an en bloc resection"."""
    day = _day(line, first, m)
    return day is not None and line.read.note.note_date - day > LONG_AGO and not SPOKEN_OF.search(line.text)


SPOKEN_OF = re.compile(
    r"\b(?:offered|proposed|suggested|discussed|considered|recommended|advised|declin\w+|refus\w+|passed|cancelled|abandoned)\b",
    re.IGNORECASE,
)
LONG_AGO = timedelta(days=62)


def _day_told(line: Line, m: Mention) -> bool:
    """True if a treatment is told with its day, its cycles or its dose."""
    return bool(line.labelled("DATE") and GIVEN.match(line.read.flat, m.end, line.sentence.end))


def _among_illnesses(line: Line, m: Mention, kind: str) -> bool:
    """True for a drug named bare among other illnesses or the day's medicines: denied elsewhere, it was for them ("RA on methotrexate")."""
    return kind == "systemic" and line.sentence.section in ("past_history", "medications") and not _day_told(line, m)


def _in_prospect(line: Line, m: Mention, first: date) -> bool:
    """True for what a plan written after the first ablation speaks of with no day: "Pazopanib if multifocal"."""
    return line.sentence.section == "plan" and line.read.note.note_date > first and not _day(line, first, m)


IRRADIATED = re.compile(
    r"(?:re-?)?(?:ir)?radiated|(?:radiation|radiotherapy|XRT|RT|WBRT)(?:[- ](?:assoc\w*|induced|related|field|fields|bed|fibrosis|skin|change|changes|port|portal|scar))",
    re.IGNORECASE,
)
ATTRIBUTE = re.compile(
    r"[- ](?:assoc\w*|induced|related|fields?|bed|fibrosis|skin|tissue|changes?|ports?|portal|scars?|breast|chest|wall|area)\b",
    re.IGNORECASE,
)
DEFINITE = re.compile(r"\b(?:all|that|this|prior|previous|old|earlier)(?: the)? $", re.IGNORECASE)


def _looks_back(line: Line, m: Mention) -> bool:
    """True for a radiation that words only refer to, and may have told elsewhere to be another tumour's: "in the irradiated skin"."""
    if not m.concept.startswith("radiation") or GIVEN.match(line.read.flat, m.end, line.sentence.end):
        return False
    before = line.read.flat[max(line.sentence.start, m.start - 20) : m.start]
    return bool(IRRADIATED.fullmatch(m.words) or ATTRIBUTE.match(line.read.flat, m.end, line.sentence.end) or DEFINITE.search(before))


NO_TREATMENT = re.compile(
    r" (?:oncolog\w+|groups?|team|department|colleagues?|clinic|unit|medicine)\b|\W*(?:(?:exposure|dose|total|used|time)\W+)*(?:(?:DLP|CTDI\w*|DAP|fluoro\w*)\b|\d[\d.,]* ?m(?:Gy|Sv)\b)",
    re.IGNORECASE,
)
"""Behind the radiation that names a department, or that the images of an intervention took."""
TAKEN_OUT = re.compile(
    r"(?:(?!\b(?:not|never|cannot|to be|if|unless|drain|stent|tube|port|catheter)\b)[^.;:]){0,90}?\b(?:removed|taken (?:off|out|away)|cut (?:off|out|away)|came (?:off|out)|shelled out|operated on|dealt with surgically)\b",
    re.IGNORECASE,
)


def _taken_out(line: Line) -> list[Mention]:
    """The names of tumours that their clause says were removed, whatever they are called: "her hemangiopericytoma of the meninges was removed"."""
    named = [
        replace(m, label="PRIOR_TREATMENT", concept="surgery:resection")
        for m in _own(line, "HISTOLOGY")
        if not m.has("negated", "planned", "hypothetical") and TAKEN_OUT.match(line.read.flat, m.end, line.sentence.end)
    ]
    return named or _it_came_out(line)


IT_CAME_OUT = re.compile(
    r"\W*(?P<said>(?:that|this|it|which|the (?:tumou?r|mass|lump|primary|growth|swelling|thing)) (?:(?:itself|first|then|also|was|had been) )*(?:came (?:out|off|away)|removed|taken (?:off|out|away)|cut (?:off|out|away)|shelled out|operated on))\b(?! (?:as|to be|positive|negative|clear|clean|normal|that)\b)",
    re.IGNORECASE,
)
"""How a sentence takes up the tumour just named and says that it was removed: "That came out in 2017"."""


def _it_came_out(line: Line) -> list[Mention]:
    """The operation told of the tumour that the sentence before named: "... sarcoma of the left thigh. That came out in 2017"."""
    said = IT_CAME_OUT.match(line.text)
    before = next(timeline.back(line), None) if said else None
    if said is None or before is None or before.sentence.paragraph != line.sentence.paragraph:
        return []
    if not any(not m.has("negated", "planned") for m in _own(before, "HISTOLOGY")):
        return []
    start, end = line.sentence.start + said.start("said"), line.sentence.start + said.end("said")
    words, note = line.read.flat[start:end], line.read.note
    return [Mention(note.note_id, "PRIOR_TREATMENT", "surgery:resection", start, end, words, "treatments#came_out", line.sentence.section)]


ASIDE = re.compile(
    r"\((?:earlier |first |initially |originally |once |previously )*(?:taken for|mistaken for|thought|called|read|labell?ed|diagnosed|reported)\b[^()]*\)",
    re.IGNORECASE,
)
"""What a tumour was once taken for, in brackets."""


BRACKETS = re.compile(r"\([^()]*\)")


def _clause(line: Line, m: Mention) -> str:
    """The part of a sentence between semicolons that a mention stands in, without what is told in brackets before it."""
    at = m.start - line.sentence.start
    text = BRACKETS.sub(lambda b: " " * len(b[0]), line.text[:at]) + line.text[at:]
    end = text.find(";", at)
    return text[text.rfind(";", 0, at) + 1 : end if end >= 0 else len(text)]


OPTIONS = re.compile(
    r"^\W*(?:we |I |they |he |she |the (?:team|board) )?(?:also |then |next )?(?:discussed|reviewed|considered|weighed|talked (?:about|over|through)|went over|spoke (?:of|about)|(?:the |her |his )?(?:other |treatment )?(?:options?|alternatives?|alt|choices|possibilities|discussion|for discussion|to discuss|to consider)(?: (?:discussed|reviewed|considered|given|offered))?(?: (?:were|are|include|included)\b|:))(?:(?!\b(?:prior|previous|earlier|past|her|his|last|first|had|has|received|since|after|history)\b)[^.;])*$",
    re.IGNORECASE,
)
"""How a sentence that lists what could be done runs up to a treatment: "We discussed wedge resection, SBRT, and cryoablation"."""
OFFERED = re.compile(
    r"(?: (?:to|of|for) (?:the |all |both |each )?(?:[\w-]+ ){1,3}?(?=(?:also |was |were )?(?:offered|discussed|considered|proposed)\b))?\W*(?:was |were |is |has been |had been |has |had )?(?:also |only |not |never |then |briefly )?(?:offered|considered|discussed|talked about|spoken of|proposed|suggested|thought|weighed|come up|raised|mentioned|brought up)\b",
    re.IGNORECASE,
)
ACCEPTED = re.compile(
    r"\b(?:took|received|given|completed|accepted|agreed|cycles?|courses?|fractions?|had (?:it|this|that)|started|began)\b", re.IGNORECASE
)

NONE_GIVEN = re.compile(
    r"\b(?:no|not|never|none|nothing|without|nor)\b(?: [\w-]+){0,5}? (?:took|received|given|completed|accepted|agreed|started|began)\b",
    re.IGNORECASE,
)
"""Words that say that a treatment spoken of was not given."""


NO_PLACE = re.compile(
    r"\W*(?:not (?:at|in|for) (?:this|that|her|his)\b|\?)|\W*(?:is |was |are |were |being |deemed |felt |considered |absolutely |relatively )*(?:contra-?indicated|precluded|out of the question|off the table|inadvisable)\b|\W*(?:has|have|had|plays?|is|are|would (?:be|have|bring)|holds?|promis\w+|offers?) (?:of )?(?:no|little|not much|hardly any|scant) (?:\w+ )?(?:place|role|benefit|use|value|help|option|effect|part|prospect|hope)\b",
    re.IGNORECASE,
)
"""Behind a treatment that is judged, not told: "chemotherapy has no place"."""


def _only_offered(line: Line, m: Mention) -> bool:
    """True if words behind a treatment say that it was spoken of, and none of its sentence that it was given."""
    if NO_PLACE.match(line.read.flat, m.end, line.sentence.end):
        return True
    behind = (line.read.flat, m.end, line.sentence.end)
    if not m.concept.startswith("surgery") and (UNATTRACTIVE.match(*behind) or POSSIBLE.match(*behind)):
        return True  # of an operation that is counted it tells of those before: "third laparotomy not attractive"
    if ACCEPTED.search(NONE_GIVEN.sub(" ", line.text)):
        return False
    before = line.read.flat[line.sentence.start : m.start]
    listed = (
        (OPTIONS.search(before) or _under_options(line, before))
        and not line.labelled("DATE")
        and not GIVEN.match(line.read.flat, m.end, line.sentence.end)
    )
    return bool(listed) or OFFERED.match(line.read.flat, m.end, line.sentence.end) is not None


TOPIC = re.compile(
    r"\b(?:discussion|options?|alternatives?|choices|possibilities|(?:discussed|considered|to consider|on offer|on the table))\W*$",
    re.IGNORECASE,
)
"""A heading below which what could be done is listed."""
BEEN = re.compile(
    r"\b(?:prior|previous|earlier|past|last|first|had|has|have|received|since|after|following|history|s/p|status|post|underwent|treated|completed|was|were|did)\b",
    re.IGNORECASE,
)


def _under_options(line: Line, before: str) -> bool:
    """True for the bare list right below such a heading: "Discussion: trial, SBRT, cryoablation of both"."""
    head = line.read.flat[max(0, line.sentence.start - 24) : line.sentence.start]
    return TOPIC.search(head) is not None and not BEEN.search(before) and not line.labelled("HISTOLOGY", "AGE")


UNATTRACTIVE = re.compile(
    r"\W*(?:is |was |would be |seems? |looks? )?(?:not (?:very |an? )?(?:attractive|suitable|worthwhile|option|good idea)|unattractive|unsuitable)\b",
    re.IGNORECASE,
)


POSSIBLE = re.compile(
    r"(?: (?:to|for|of) (?:(?:the|his|her|this|that|left|right|\w+) ){1,3}?)?\W{0,3}(?:(?:is|was|are|were|would|could|may|might|be|remains?|seems?|looks?|still|also|only|technically|theoretically|just|barely|in principle) ){0,4}(?:possible|feasible|conceivable|thinkable|do-?able|a possibility|(?:another |one |an? )?(?:alternative|choice|option))(?=\s*(?:[.,;)]|$|(?:if|but|though|although|with|despite|and|from|in|EF|LVEF)\b))",
    re.IGNORECASE,
)
"""Behind a treatment that could be given: "doxorubicin possible, EF 50%"."""


NOT_GIVEN = re.compile(
    r"[^.;]{0,70}?(?:,|\b(?:but|and|was|were|then)) (?:(?:s?he|they) (?:is|was|are) (?:\w+ )?(?:sure|certain|clear) (?:that )?)?(?:it |this |that )?(?:(?:was |were )?(?:not|never) (?:been )?|(?:has|have|had) (?:not|never) (?:yet )?been )(?:given|started|begun|taken|administered|delivered|done|carried out)\b(?! (?:at|for) (?:this|the) )"
    r"|[^.;]{0,70}?\b(?:in fact |actually |indeed |so far |to this day |since |really |yet )?(?:never|has(?: not|n['’]t)(?: yet)?|have(?: not|n['’]t)(?: yet)?) (?:in fact |actually |since )?(?:received|had|taken|got|tried|been given|undergone|accepted) (?:any|it|one|them)(?= (?:of it|at all|since|so far|to date|until now|yet|before|either)\b|\s*(?:[.,;:)]|$))",
    re.IGNORECASE,
)
"""Behind a treatment that was spoken of and not given."""


def _made_it(line: Line, m: Mention) -> bool:
    """True for the radiation or the drug that a tumour is laid to: "angiosarcoma, secondary to the 2011 radiation"."""
    return bool(MADE_IT.search(line.read.flat[max(line.sentence.start, m.start - 90) : m.start]))


NEVER_HAD = re.compile(
    r"\b(?:never|not|n['’]t)(?: yet| ever| so far)? (?:received|had|taken|got(?:ten)?|undergone|been (?:given|on|treated with))\b(?: any| an?)?\s*$",
    re.IGNORECASE,
)
"""Right before a treatment that was never had, whatever of it is wanted now: "has never received chemotherapy and does not want any"."""


def _denied(line: Line, m: Mention, kind: str) -> bool:
    """True if words that negate a treatment say that it was never given; a treatment that is no choice now may have been given before."""
    if m.concept.endswith(":denied"):
        return True
    if kind != "surgery" and NOT_GIVEN.match(line.read.flat, m.end, line.sentence.end):
        return True
    start, end = max(line.sentence.start, m.start - 60), min(line.sentence.end, m.end + 60)
    around = line.read.flat[start:end]
    if kind != "surgery" and NEVER_HAD.search(line.read.flat, start, m.start):
        return True
    if NO_CHOICE.search(CLAUSE_END.split(line.read.flat[start : m.start])[-1] + m.text + CLAUSE_END.split(line.read.flat[m.end : end])[0]):
        return False
    return kind != "surgery" or (m.has("negated") and (NEVER_OPERATED.search(around) is not None or _with_others(line, m)))


def _with_others(line: Line, m: Mention) -> bool:
    """True if other kinds of treatment are denied beside a denied operation: "no operation, no RT, no drugs"."""
    return any(
        o.has("negated") and o.concept.split(":")[0] != "surgery" and 0 <= o.start - m.end < 30 for o in line.labelled("PRIOR_TREATMENT")
    )


RELATIVE_CALLS = re.compile(
    r"\b(?:mother|father|wife|husband|spouse|partner|son|daughter|brother|sister|mum|mom|dad|parents?|family|niece|nephew)\b[^.;]{0,60}?\b(?:calls?|called|telephon\w+|e-?mail\w*|wrote|messag\w+|let us know|rang|phoned|writes|wrote|informs?|informed|answers?|answered|picked up|spoke|contacted|came|on the (?:tele)?phone|on the line|reports?|told us)\b",
    re.IGNORECASE,
)
"""A relative who speaks: "Mother calls re headstone"."""
HEARD_FROM = re.compile(
    r"(?:\b(?:hear|heard|learn\w*|told|informed|message|word|news|call|TC|T/C|VM|voice-?mail|letter|e-?mail|note|card)\b[^.;]{0,20}?\b(?:from|by|of)|\b(?:caller|informant|call(?:ed)? by|spoke (?:to|with))\W{0,2}) (?:the |his |her |their |a |pt['’]?s |patient['’]?s )?(mother|father|wife|husband|spouse|partner|son|daughter|brother|sister|mum|mom|dad|parents?|family|niece|nephew)\b",
    re.IGNORECASE,
)
"""A relative whom the writer heard: "sad to hear from the son", "Caller: wife"."""
CALLER = re.compile(
    r"\b(?:heard?|told|informed|message|word|news|call|letter|e-?mail)\b[^.;]{0,20}?\b(?:from|by|of) (Mrs|Mr|Ms)\b|\b(Mrs|Mr|Ms)\b\.? [\w*-]+ (?:just |has |had )?(?:calls?|called|telephon\w+|rang|phoned|writes|wrote|informs?|informed|let us know|reports?|reported|e-?mailed|tells|told)\b",
    re.IGNORECASE,
)
"""A caller by title alone: "Call from Mrs. K."."""
SPOUSE = {"husband": ("male", ("mrs", "ms")), "wife": ("female", ("mr",))}
"""Of which sex the spouse is that such a caller tells of, and by what title the caller goes."""
TO_EACH_OTHER = {
    **dict.fromkeys(("mother", "father"), ("son", "daughter")),
    **dict.fromkeys(("son", "daughter"), ("mother", "father", "mum", "mom", "dad", "parents", "parent")),
    **dict.fromkeys(("wife", "husband"), ("wife", "husband", "spouse", "partner")),
    **dict.fromkeys(("brother", "sister"), ("brother", "sister")),
}
"""Whose death a relative tells of as the patient's: the daughter says "her mother died"."""


def _of_patient(line: Line, m: Mention, sex: str) -> bool:
    """True unless the words can be the patient's own, of a relative: "states his father died"; ``sex`` is the patient's."""
    before = line.read.flat[max(0, m.start - 400) : m.start]
    if not m.rule_id.endswith("#implied"):
        return True
    called = HEARD_FROM.search(before)
    speaker = called[1] if called else ""
    if not called and (called := RELATIVE_CALLS.search(before)):
        speaker = called[0].split()[0]
    whose = re.search(r"\b(?:his|her|their) (\w+)(?: \w+){0,3}$", m.words, re.IGNORECASE)
    if called is None and whose and (caller := CALLER.search(before + m.words)):
        told, titles = SPOUSE.get(whose[1].lower(), ("", ()))
        return told == sex and (caller[1] or caller[2]).lower() in titles
    return called is not None and (whose is None or speaker.lower() in TO_EACH_OTHER.get(whose[1].lower(), ()))


def _field_after(line: Line) -> list[Line]:
    """The date that stands as a field of its own behind a death: "Vital status: dead. Date: 3 February"."""
    if line.labelled("DATE"):
        return []
    after = timeline.behind(line)
    return [x for x in (after,) if x and re.match(r"\W*(?:date|day|on|dated|DOD)\b", x.text, re.IGNORECASE) and len(x.text) < 40]


def _day_or_month(d: Mention, line: Line) -> PartialDate | None:
    """The day that a date names; of "last month" the month."""
    when = timeline.when(d, line.read.note)
    if when and isinstance(d.value, When) and d.value.approximate and d.value.months:
        return PartialDate(when.date.replace(day=1), "month")
    return when


def _with_year(d: Mention) -> bool:
    """True for a day told with its year, as an addendum to an older note may tell it."""
    return isinstance(d.value, When) and d.value.date is not None and bool(re.search(r"(?:19|20)\d\d|[/.-]\d\d$", d.text))


PRONOUNCED = re.compile(r"pronounced\b", re.IGNORECASE)
"""What is never denied of a death, whatever signs of life are: "without pulse or breath, pronounced at 04:35"."""
NOTE_TITLE = re.compile(r"\b(?:notes?|notice|certificate|summary|letter|report)\W*$", re.IGNORECASE)
"""The title of a note on a death, whose date is the note's."""


IN_ERROR = re.compile(
    r"\b(?:in error|erroneous\w*|by mistake|mistaken\w*|wrongly|incorrectly|(?:was|is|an|a) (?:(?:clerical|data|registration|registry|administrative|coding|clear|obvious) )*(?:error|mistake)|mix-?up|(?:same|similar)[- ]name\w*|namesake|another patient|not (?:in fact |actually )?(?:dead|deceased)|has not died|did not die|(?:is|remains) (?:very much |in fact |actually |still |indeed )*alive|alive and (?:well|in)|seen alive)\b",
    re.IGNORECASE,
)
"""Words that withdraw a death that was told or recorded: "listed as deceased, which was an error"."""


def _in_error(line: Line) -> bool:
    """True if a sentence on a death, or the one behind it, says that the patient is alive."""
    after = timeline.behind(line)
    return any(x is not None and IN_ERROR.search(x.text) for x in (line, after))


def _death(lines: Sequence[Line], sex: str) -> tuple[Cell, Cell] | None:
    """The day that a sentence on the death names, else the day of the note that tells of it."""
    told = [
        (line, m)
        for line in lines
        for m in _own(line, "DEATH")
        if (not m.has("negated") or PRONOUNCED.match(m.words)) and not m.has("risk", "planned") and _of_patient(line, m, sex)
    ]
    withdrawn = max((line.read.note.note_date for line, _ in told if _in_error(line)), default=None)
    told = [(line, m) for line, m in told if withdrawn is None or line.read.note.note_date > withdrawn]
    told.sort(key=lambda said: NOTE_TITLE.search(said[1].text) is not None)
    for line, m in told:
        days = [
            ((d.start < m.end, abs(d.start - m.end)), w, d)
            for x in (line, *_field_after(line))
            for d in x.labelled("DATE")
            if (w := _day_or_month(d, line)) and (w.date <= line.read.note.note_date or _with_year(d))
        ]
        if days:
            _, when, d = min(days, key=lambda x: x[0])
            return Cell(when.date, (d, m)), Cell(when.precision, (d, m))
    for line, m in told:
        return Cell(line.read.note.note_date, (m,), "note_date"), Cell("day", (m,), "note_date")
    return None
