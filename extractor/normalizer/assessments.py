"""What did each exam show at the treated sites, and elsewhere? One row an exam and treated lesion, one an exam for distant disease.

Labeling guide, Assessment. A sentence is read in two questions: which treated lesions does it speak of (zone words, places, what the
sentence before spoke of), and what does it say of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from extractor.model import Cell, Mention, ReadNote, Row
from extractor.normalizer import exams as exam_finder
from extractor.normalizer.lesions import ALL
from extractor.normalizer.places import SIDE_OF_LOBE, conflict, likeness, near_site, places
from extractor.normalizer.records import Exam, Line, Place, Session, Target

STRONG = re.compile(
    r"\b(?:highly suspicious|suspicious|concerning|worrisome|consistent with|compatible with|in keeping with|diagnostic of|represents|representing|confirm\w*|proven|calls? (?:it|this|them)|called|most likely|very likely|definite\w*|unequivocal\w*|clear(?:ly)? (?:recurr|progress)|c/w|indicating|indicative of)\b",
    re.IGNORECASE,
)
LOCAL_WORDS = re.compile(
    r"\b(?:local(?:ly)?|in-?field|marginal|LTP|at (?:the|either|both|any|all|each) (?:\w+ )?(?:sites?|zones?|margins?|edges?)|(?:its|the|their) (?:\w+ )?(?:edges?|margins?|rim|border|periphery|wall)|there\b(?! (?:is|are|was|were|has|have))|treated|ablat\w+|frozen|retreated)\b",
    re.IGNORECASE,
)
ELSEWHERE = re.compile(
    r"\b(?:elsewhere|distant|metasta\w+|others?|untreated|not (?:previously )?treated|outside|remote|new sites?|rest of|remainder|remaining|separate|contralateral|anywhere|second (?:mass|lesion|nodule))\b",
    re.IGNORECASE,
)
SEE = re.compile(r"\bsee (?:the )?(?:quote|below|above|report|text|note|addend\w*)\b(?! report: )", re.IGNORECASE)
ANYWHERE = re.compile(
    r"\banywhere\b|\bno (?:evidence of )?disease\b|\bNED\b|\brecurrent or metastatic\b|\brecurrence or (?:new )?metasta\w+|\bmetasta\w+ or (?:local )?recurren\w+",
    re.IGNORECASE,
)
TUMOUR_PLACE = re.compile(
    r"\b(?:clear|normal|unremarkable|negative|no (?:focal |suspicious |other |new |enlarged )*(?:lesions?|mass(?:es)?|nodules?|nodes?|adenopathy|lymphadenopathy|metasta\w+|deposits?|disease|tumou?r)|without (?:\w+ )?(?:mass|lesion|metasta\w+|nodule)s?|free of|clean)\b",
    re.IGNORECASE,
)
DIFFUSE = ("lung", "liver", "bone", "peritoneum", "lymph_node", "pleura", "subcutaneous")
"""Sites where new disease beside a treated lesion is usual, so that a new focus is local only if the words say so."""
WEIGHT = {"progression": 3, "residual": 3, "indeterminate": 2, "no_progression": 1}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a sentence says of a lesion (None: of disease elsewhere)."""

    target: Target | None
    status: str
    mentions: tuple[Mention, ...]
    final: bool
    """Stands in the impression or conclusion."""
    late: bool = False
    """Stands in an addendum."""


def find(exams: Sequence[Exam], targets: Sequence[Target], patient: str) -> list[Row]:
    """Assessment rows by day; of one exam told twice its own report speaks."""
    rows: dict[tuple[str, str, str], Row] = {}
    own: set[tuple[date, str]] = {(e.when.date, _region(e)) for e in exams if e.own}
    for exam in _settled(exams):
        here = _alive(targets, exam.when.date)
        readings = read(exam, here, targets)
        for row in _rows(exam, readings, patient):
            key = (str(row["date"]), str(row["lesion_id"] or ""), "" if row["lesion_id"] else str(row["modality"]))
            if not row["lesion_id"] and not exam.own and any(d == exam.when.date and m == exam.modality for d, m in own):
                continue
            rows.setdefault(key, row)
    return sorted(rows.values(), key=lambda r: (str(r["date"]), r["scope"] == "distant", str(r["lesion_id"] or ""), str(r["modality"])))


def _region(exam: Exam) -> str:
    return exam.modality


def _settled(exams: Sequence[Exam]) -> list[Exam]:
    """Without coarse tellings of an exam whose day is known."""
    exams = _joined(exams)
    fine = [e for e in exams if e.when.precision == "day"]
    return [e for e in exams if e.when.precision == "day" or not any(f.when.agrees(e.when) for f in fine)]


def _joined(exams: Sequence[Exam]) -> list[Exam]:
    """Passages of one note that tell of one exam are one telling."""
    out: dict[tuple[object, ...], Exam] = {}
    for number, exam in enumerate(exams):
        note = exam.lines[0].read.note.note_id if exam.lines else ""
        key = ("own", number) if exam.own else (note, exam.when, exam.modality)
        known = out.get(key)
        out[key] = Exam(exam.when, exam.modality, (*known.lines, *exam.lines), exam.own, known.cells) if known else exam
    return list(out.values())


def _alive(targets: Sequence[Target], day: date) -> list[Target]:
    """The newest row of each lesion treated before ``day``."""
    before = [t for t in targets if t.session.when.date < day]
    replaced = {t.retreatment_of for t in before}
    return [t for t in before if t.lesion_id not in replaced]


# ---- reading an exam ------------------------------------------------------------------------------------------------------


def read(exam: Exam, here: Sequence[Target], ever: Sequence[Target]) -> list[Reading]:
    """Readings of an exam, sentence by sentence; what a sentence speaks of is carried on within its paragraph."""
    out: list[Reading] = []
    sampled = _sampled(exam, here)
    about: list[Target] = list(sampled)
    paragraph = -1
    named = _named(exam, here)
    for line in exam.lines:
        if line.sentence.paragraph != paragraph:
            about, paragraph = list(sampled), line.sentence.paragraph
        clauses = _clauses(line)
        for number, clause in enumerate(clauses):
            who, local = _who(clause, here, about, named)
            if not who and not _places(clause):
                who, local = _ahead(clauses[number + 1 :], here, named)
            out += _readings(clause, who, local, bool(about), here)
            if who:
                about = who
            elif _places(clause) and not local:
                about = []
    return out


def _ahead(clauses: Sequence[Line], here: Sequence[Target], named: Sequence[Target]) -> tuple[list[Target], bool]:
    """What a clause without a place speaks of: the treated place that its sentence names next ("now 14 mm; called recurrence at the dome site")."""
    for clause in clauses:
        who, local = _who(clause, here, (), named)
        if who and (clause.labelled("ZONE") or _places(clause)):
            return who, local
    return [], False


def _named(exam: Exam, here: Sequence[Target]) -> list[Target]:
    """The treated lesions that an exam names by their place; a zone without a place can only be one of them."""
    if len(here) < 2:
        return list(here)
    named = [t for line in exam.lines for place in _places(line) for t in _matching(place, here, bool(line.labelled("ZONE")))]
    named += [t for line in exam.lines for m in line.labelled("PART") for t in here if m.concept in t.place.parts]
    return list(dict.fromkeys(named)) or list(here)


def _sampled(exam: Exam, here: Sequence[Target]) -> list[Target]:
    """The treated lesions that a pathology report is about: what its specimen and clinical lines name, unless they name none."""
    if not (exam.own and exam.modality == "pathology"):
        return []
    read = exam.lines[0].read
    lines = [Line(read, s) for s in read.sentences]
    who = [t for x in lines for t in _who(x, here, ())[0] if x.labelled("ZONE")]
    return list(dict.fromkeys(who))


def _places(line: Line) -> list[Place]:
    return places(line.sentence, line.read.note.text)


def _clauses(line: Line) -> list[Line]:
    """A sentence cut at semicolons and before "but"/"and" with a new place, so that each part speaks of one thing."""
    text = line.text
    cuts = [
        m.start()
        for m in re.finditer(
            r";|\||\bbut\b|\bhowever\b|\bwhile\b|\bwhereas\b|, with (?=(?:the |an? )?(?:\w+ ){0,5}?(?:zones?|sites?|cavit\w+|scars?|beds?)\b)|, (?:and |with |the )(?=\w+ (?:\w+ )?(?:is|are|was|has|have|zone|site|cavity|scar|nodule|lesion)\b)|\band (?=(?:the|there|a|an|two|three|several|new) )|\. ",
            text,
            re.IGNORECASE,
        )
    ]
    bounds = [0, *cuts, len(text)]
    parts: list[Line] = []
    for a, b in pairwise(bounds):
        start, end = line.sentence.start + a, line.sentence.start + b
        mentions = tuple(m for m in line.mentions if start <= m.start < end)
        if mentions or not parts:
            parts.append(Line(line.read, type(line.sentence)(start, end, line.sentence.section, line.sentence.paragraph, mentions)))
    return parts


def _who(line: Line, here: Sequence[Target], about: Sequence[Target], named_here: Sequence[Target] = ()) -> tuple[list[Target], bool]:
    """(treated lesions that a clause speaks of, whether it speaks of a treated place at all)."""
    zones = [m for m in line.labelled("ZONE") if not m.has("family")]
    found = _places(line)
    named = [t for m in line.labelled("NAME") for t in here if t.place.name == m.concept]
    if named:
        return list(dict.fromkeys(named)), True
    local = bool(zones) or bool(LOCAL_WORDS.search(line.text))
    if ALL.search(line.text) and (zones or not found):
        return [t for t in here if not found or any(not conflict(p, t.place) for p in found)] or list(here), True
    who: list[Target] = []
    for place in found:
        who += [t for t in _matching(place, here, bool(zones)) if t not in who]
    if who:
        return who, True
    bare = line.labelled("PART", "SIDE")
    if not found and bare and (zones or about):
        place = Place(
            parts=frozenset(m.concept for m in bare if m.label == "PART"), side=next((m.concept for m in bare if m.label == "SIDE"), "")
        )
        scored = [
            t for t in here if not conflict(place, t.place) and (place.parts & t.place.parts or (place.side and place.side == t.place.side))
        ]
        if scored:
            return scored, True
    if not found and bare and not zones:
        parts = frozenset(m.concept for m in bare if m.label == "PART")
        exact = [t for t in here if parts & t.place.parts]
        if len(exact) == 1 and len(here) > 1:
            return exact, True
    if found and not zones:
        return [], False
    if zones and not found:
        return list(about or named_here or here), True
    if zones and found:
        loose = [
            t
            for t in here
            if any(near_site(p.site, t.place.site) and not (p.side and t.place.side and p.side != t.place.side) for p in found)
        ]
        return (loose or (list(here) if len(here) == 1 else list(about))), True
    if about:
        return list(about), local
    left = any(m.concept == "residual" and not m.has("negated") for m in line.labelled("PROGRESSION", "STATUS"))
    return (list(here), True) if (local or left) and _recurs(line) else ([], False)


def _recurs(line: Line) -> bool:
    return any(m.rule_id.endswith(("#recurrence", "#residual", "#no_tumour")) for m in line.labelled("PROGRESSION", "STATUS"))


def _matching(place: Place, here: Sequence[Target], zone: bool) -> list[Target]:
    """Treated lesions that a named place means. Without zone words a diffuse organ must be named more closely than by itself."""
    side = place.side or next((SIDE_OF_LOBE[p] for p in place.parts if p in SIDE_OF_LOBE), "")
    place = Place(place.site, side, place.parts, place.name, place.mentions, place.text)
    scored = [(likeness(place, t.place), t) for t in here]
    best = max((s for s, _ in scored), default=0.0)
    if best < 2.0 or (not zone and best < 3.0 and place.site in DIFFUSE):
        return []
    return [t for s, t in scored if s == best]


def _readings(line: Line, who: Sequence[Target], local: bool, carried: bool, here: Sequence[Target]) -> list[Reading]:
    """What a clause says, of whom."""
    final = line.sentence.section in ("impression", "addendum", "diagnosis", "assessment", "assessment_plan")
    late = line.sentence.section == "addendum"
    status, evidence = _status(line)
    zones = line.labelled("ZONE")
    out: list[Reading] = []
    if not status or SEE.search(line.text):
        return out
    new = any(m.rule_id.endswith(("#new_tumour", "#appeared", "#metastasis")) for m in evidence)
    left = any(m.concept == "residual" for m in evidence)
    if who and (zones or left or not _elsewhere(line, who, new)):
        out += [Reading(t, status, (*evidence, *zones[:1]), final, late) for t in who]
        if not (new and status == "no_progression") and not ANYWHERE.search(line.text):
            return out
    if ANYWHERE.search(line.text) and not zones:
        out += [Reading(t, status, evidence, final, late) for t in here if t not in who]
    if _distant(line, status, evidence, bool(who)):
        out.append(Reading(None, "progression" if status == "residual" else status, evidence, final, late))
    return out


def _elsewhere(line: Line, who: Sequence[Target], new: bool) -> bool:
    """True if the clause speaks of other disease than the lesion whose place it names."""
    if LOCAL_WORDS.search(line.text):
        return False
    if ELSEWHERE.search(line.text):
        return True
    return new and all(t.place.site in DIFFUSE for t in who)


def _distant(line: Line, status: str, evidence: Sequence[Mention], spoken: bool) -> bool:
    """True if a status speaks of disease elsewhere: of tumour, in a named or unnamed other place."""
    if (
        any(m.label == "SIZE" for m in evidence)
        or any(m.rule_id.endswith(("#new_tumour", "#appeared", "#metastasis", "#progress")) for m in evidence)
        or ELSEWHERE.search(line.text)
    ):
        return True
    if spoken and line.labelled("ZONE"):
        return False
    tumour = re.search(
        r"\b(?:nodul\w+|lesions?|mass(?:es)?|metasta\w+|mets?|deposits?|disease|tumou?r\w*|nodes?|adenopathy|lymphadenopathy|implants?|foc(?:us|i)|sarcoma)\b",
        line.text,
        re.IGNORECASE,
    )
    sized = bool(line.labelled("SIZE")) and bool(line.labelled("SITE", "PART"))
    return bool(tumour) or sized or (bool(line.labelled("SITE")) and status == "no_progression" and bool(TUMOUR_PLACE.search(line.text)))


def _status(line: Line) -> tuple[str, tuple[Mention, ...]]:
    """The status that a clause states, with the mentions that say so; '' if it states none."""
    if line.read.note.note_type == "pathology" or any(m.concept == "pathology" for m in line.labelled("IMAGING")):
        tissue = _tissue(line)
        if tissue[0]:
            return tissue
    said = [m for m in line.labelled("PROGRESSION", "STATUS") if not m.has("family", "hypothetical", "risk", "planned")]
    plain = [m for m in said if m.rule_id.endswith("#plain_enhancement")]
    said = [m for m in said if m not in plain]
    cleared = [m for m in said if m.rule_id.endswith("#no_tumour")]
    said = [m for m in said if m in cleared or not any(c.start <= m.start and m.end <= c.end for c in cleared)]
    bad = [
        m
        for m in said
        if m.concept in ("progression", "residual") and not m.has("negated") and not m.text.lower().startswith(("nothing", "no "))
    ]
    good = [
        m
        for m in said
        if (m.concept == "no_progression" and not m.has("negated"))
        or (m.concept in ("progression", "residual") and (m.has("negated") or m.text.lower().startswith(("nothing", "no "))))
    ]
    doubt = [m for m in said if m.concept == "indeterminate" and not m.has("negated")]
    good += [m for m in plain if m.has("negated")]
    strong = bool(STRONG.search(line.text)) and bool(bad)
    if doubt and not strong:
        return "indeterminate", tuple(doubt + bad)
    if bad:
        left = [m for m in bad if m.concept == "residual"]
        if good and all(m.text.lower() == "residual" for m in bad):
            return "no_progression", tuple(good)
        firm = [m for m in bad if m.rule_id.endswith(("#recurrence", "#progress"))]
        return ("residual", tuple(left)) if left and not firm else ("progression", tuple(bad))
    change = _change(line)
    if change[0] == "progression":
        return change
    if good:
        return "no_progression", tuple(good)
    if change[0]:
        return change
    if line.labelled("SITE") and TUMOUR_PLACE.search(line.text):
        return "no_progression", line.labelled("SITE")[:1]
    return "", ()


NO_TUMOUR = re.compile(
    r"\b(?:no|negative for|without|free of|absent|not) (?:\w+ ){0,4}?(?:viable |residual |recurren\w+|definite |evidence of |malignan\w+|tumou?r|sarcoma|neoplas\w+|atypi\w+|disease|metasta\w+)|\bbenign\b|\bnegative\b(?! margins?)|(?:necro\w+|fibro\w+|inflammation|granulation) only|only (?:necro\w+|fibro\w+|scar)",
    re.IGNORECASE,
)
TUMOUR_FOUND = re.compile(
    r"\b(?:viable|positive|confirm\w*|consistent with|compatible with|recurrent|metastatic|show\w*|proven|reveal\w*|involved by|diagnostic of|residual|found|came back|malignan\w+)\b",
    re.IGNORECASE,
)


def _tissue(line: Line) -> tuple[str, tuple[Mention, ...]]:
    """What a tissue diagnosis says: tumour found is progression, none found no_progression (labeling guide, Assessment)."""
    found = [m for m in line.labelled("HISTOLOGY") if not m.has("negated", "historical")]
    said = line.labelled("HISTOLOGY", "PROGRESSION", "STATUS") or line.labelled("IMAGING")
    if NO_TUMOUR.search(line.text) and not re.search(r"\bviable\b(?<!no viable)(?<!residual viable)", line.text, re.IGNORECASE):
        return "no_progression", said
    if found and (TUMOUR_FOUND.search(line.text) or line.sentence.section in ("diagnosis", "impression")):
        return "progression", tuple(found)
    return "", ()


SIZE_CHANGE = re.compile(
    r"(?P<now>\d+(?:[.,]\d+)?)(?: ?[x×] ?\d+(?:[.,]\d+)?)* ?(?P<u>mm|cm)?[^.;()\d]{0,25}[(,]? ?(?:was|were|previously|prev\.?|prior|formerly|compared (?:with|to)|versus|vs\.?|from|having been|before it was) (?P<was>\d+(?:[.,]\d+)?) ?(?:[x×] ?\d+(?:[.,]\d+)? ?)*(?P<v>mm|cm)?"
    r"|(?:from )?(?P<was2>\d+(?:[.,]\d+)?) ?(?P<v2>mm|cm)? ?(?:->|→|-->|=>|to) ?(?P<now2>\d+(?:[.,]\d+)?) ?(?P<u2>mm|cm)",
    re.IGNORECASE,
)


def _change(line: Line) -> tuple[str, tuple[Mention, ...]]:
    """A size beside an earlier one: "2.8 cm (was 1.6)", "6 -> 9 mm"; two millimetres and a tenth are a change."""
    for match in SIZE_CHANGE.finditer(line.text):
        tail = "" if match["now"] else "2"
        unit = (match[f"u{tail}"] or match[f"v{tail}"] or "mm").lower()
        now = _mm(match[f"now{tail}"], match[f"u{tail}"] or unit)
        was = _mm(match[f"was{tail}"], match[f"v{tail}"] or unit)
        start, end = line.sentence.start + match.start(), line.sentence.start + match.end()
        sizes = tuple(m for m in line.mentions if m.label in ("SIZE", "ZONE_SIZE", "LENGTH", "MARGIN") and start - 2 <= m.start < end)
        if sizes and not line.labelled("ZONE") and "ZONE_SIZE" not in {m.label for m in sizes}:
            return ("progression" if now >= was + 2 and now >= 1.1 * was else "no_progression"), sizes[:1]
    return "", ()


def _mm(number: str, unit: str) -> float:
    return float(number.replace(",", ".")) * (10 if unit.lower() == "cm" else 1)


# ---- rows -----------------------------------------------------------------------------------------------------------------


def _rows(exam: Exam, readings: Sequence[Reading], patient: str) -> Iterable[Row]:
    for target in dict.fromkeys(r.target for r in readings if r.target):
        yield _row(exam, [r for r in readings if r.target is target], target, patient)
    distant = [r for r in readings if r.target is None]
    if distant:
        yield _row(exam, distant, None, patient)


def _row(exam: Exam, readings: Sequence[Reading], target: Target | None, patient: str) -> Row:
    late = [r for r in readings if r.late]
    final = [r for r in readings if r.final and (r.status != "no_progression" or exam.own)]
    pool = late or final or list(readings)
    best = max(pool, key=lambda r: WEIGHT[r.status])
    day = exam.when.date
    scope = "local" if target else "distant"
    date_cell = exam.cells["date"]
    cells = {
        "assessment_id": Cell(f"{patient}:{day}:{exam.modality}:{scope}" + (f":{target.lesion_id}" if target else "")),
        "patient_id": Cell(patient),
        "lesion_id": Cell(target.lesion_id if target else None),
        "date": date_cell,
        "date_precision": Cell(exam.when.precision, date_cell.mentions, date_cell.basis),
        "modality": exam.cells["modality"],
        "scope": Cell(scope, best.mentions),
        "status": Cell(best.status, best.mentions),
    }
    return Row("assessments", cells)


def collect(reads: Sequence[ReadNote], sessions: Sequence[Session], targets: Sequence[Target], patient: str) -> list[Row]:
    """Assessment rows of a chart; none without an ablation."""
    if not sessions:
        return []
    first = min(s.when.date for s in sessions)
    return find(exam_finder.find(reads, first), targets, patient)
