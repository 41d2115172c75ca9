"""Which exams does the chart tell of, when were they, and which sentences say what they showed?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from extractor.model import Cell, Mention, PartialDate, ReadNote, Sentence
from extractor.normalizer import earlier, timeline
from extractor.normalizer.exam_citations import (
    IMAGES,
    NOT_YET,
    PREFERRED,
    SAME_DAY,
    SKIPPED,
    TAKEN,
    Citation,
    citation_of,
    citations,
    compared,
    day_told,
    goes_back,
    head_of,
    headed_by_kind,
    is_comparison,
    kind_ahead,
    kind_in,
    named_then,
    points_back,
)
from extractor.normalizer.places import places
from extractor.normalizer.records import Exam, Line, Target
from extractor.patterns import re

REPORT_SKIPPED = (*SKIPPED, "indication", "history", "reason")

REPORT = re.compile(r"^\s*(?:exm|exams?|examinations?|study|procedure|scan|report)(?: date| name| title)?\s*[:#]", re.IGNORECASE)
REGIONS = (
    (r"whole[- ]body|PET|skull (?:base )?to|vertex|head to|C/?A/?P|\bCAP\b|torso|trunk|body", None),
    (r"chest wall", ("chest_wall", "pleura", "paraspinal", "breast", "axilla", "shoulder", "subcutaneous")),
    (r"chest(?! wall)|thora\w+|lungs?|CT ?PA", ("lung", "pleura", "mediastinum", "chest_wall", "axilla", "shoulder", "breast", "paraspinal")),
    (r"abd\w*|liver|hepat\w+|triphasic|renal|kidney|adrenal|pancrea\w+|retroperiton\w+", ("liver", "kidney", "adrenal", "spleen", "pancreas", "retroperitoneum", "peritoneum", "abdominal_wall", "paraspinal", "subcutaneous")),
    (r"pelvi\w*|hips?|sacr\w+|groin|buttock|glut\w+", ("pelvis", "gluteal", "groin", "peritoneum", "retroperitoneum", "abdominal_wall", "lower_extremity", "subcutaneous")),
    (r"spine|spinal|lumb\w+|L-?S", ("paraspinal", "retroperitoneum", "pelvis")),
    (r"shoulder|scapul\w+|humer\w+|\barm\b|elbow|forearm|axilla", ("shoulder", "upper_extremity", "axilla", "chest_wall")),
    (r"thigh|femur|femoral|knee|\bleg\b|calf|tibia\w*|lower extremit\w+", ("lower_extremity", "groin", "gluteal")),
    (r"brain|head|neck|orbits?", ("head_neck",)),
    (r"breasts?|mammo\w*", ("breast", "axilla", "chest_wall")),
)  # fmt: skip
"""Words of an exam's title, and the sites that lie in the region it shows (None: all of them)."""
ANYWHERE = ("bone", "lymph_node", "subcutaneous", "other", "")

SITE_OF_REGION = {
    "bone:acetabulum": "pelvis", "bone:iliac": "pelvis", "bone:ischium": "pelvis", "bone:pubis": "pelvis", "bone:sacrum": "pelvis",
    "bone:clavicle": "shoulder", "bone:scapula": "shoulder", "bone:humerus": "upper_extremity", "bone:femur": "lower_extremity",
    "bone:tibia": "lower_extremity", "bone:rib": "chest_wall", "bone:sternum": "chest_wall", "node:aortic": "retroperitoneum",
    "node:axillary": "axilla", "node:epitrochlear": "upper_extremity", "node:iliac": "pelvis", "node:inguinal": "groin",
}  # fmt: skip
"""Sites that lie in the same region as a bone or node."""


def covers(exam: Exam, site: str, parts: frozenset[str] = frozenset()) -> bool:
    """True if the site lies in the region that the exam's title names, or the title names none; ``parts`` tell where a bone or node lies."""
    site = next((SITE_OF_REGION[p] for p in sorted(parts) if p in SITE_OF_REGION), site) if site in ("bone", "lymph_node") else site
    if site in ANYWHERE or exam.modality in ("pet_ct", "bone_scan"):
        return True
    named = _regions(exam)
    return not named or any(sites is None or site in sites for sites in named)


def regions_apart(one: Exam, other: Exam) -> bool:
    """True if both exams are called by a region, and what the first is called by does not lie in the second: a chest and a pelvis."""
    named, beside = _regions(one), _regions(other)
    whole = None in named or None in beside
    return bool(named and beside) and not whole and not any(sites and sites[0] in (near or ()) for sites in named for near in beside)


def _regions(exam: Exam) -> list[tuple[str, ...] | None]:
    title = _title(exam)
    return [sites for words, sites in REGIONS if re.search(rf"\b(?:{words})\b", title, re.IGNORECASE)]


def of_the_head(exam: Exam) -> bool:
    """True for an exam that the note calls one of the brain alone."""
    title = _title(exam)
    return bool(re.search(r"\b(?:brain|cranial|cerebral)\b", title, re.IGNORECASE)) and not any(
        re.search(rf"\b(?:{words})\b", title, re.IGNORECASE) for words, sites in REGIONS if sites != ("head_neck",)
    )


TREATED = re.compile(r"\b(?:cryo\w*|ablat\w*|treat\w*|microwav\w*|frozen|froze|RFA|MWA|IRE)\b", re.IGNORECASE)


def of_elsewhere(exam: Exam, here: Sequence[Target]) -> bool:
    """True for an exam told in a note by a region right behind its name that holds no treated lesion, where nothing told of it is of one."""
    kind = exam.cells["modality"].mentions
    if exam.own or not (kind and here and exam.lines) or exam.modality in ("pathology", "pet_ct", "bone_scan"):
        return False
    text = exam.lines[0].read.note.text
    named = [
        sites
        for words, sites in REGIONS
        if re.match(rf" (?:of the |of )?(?:left |right |L |R )?(?:{words})\b", text[kind[0].end : kind[0].end + 40], re.IGNORECASE)
    ]
    if not named or any(sites is None for sites in named):
        return False
    told = [x for x in exam.lines if x.labelled("PROGRESSION", "STATUS")]
    spoken = any(TREATED.search(x.text) for x in told) or any(
        m.concept == t.place.site for x in told for m in x.labelled("SITE") for t in here
    )
    return not spoken and not any(covers(exam, t.place.site, t.place.parts) for t in here)


def _title(exam: Exam) -> str:
    """The words around the name of the exam."""
    if not exam.own or not exam.cells["modality"].mentions:
        said = [m for m in exam.cells["modality"].mentions if exam.lines]
        return " ".join(exam.lines[0].read.note.text[max(0, m.start - 15) : m.end + 40].split(":")[0] for m in said)
    named = exam.cells["modality"].mentions[0]
    text = exam.lines[0].read.note.text
    return text[text.rfind("\n", 0, named.start) + 1 : named.end + 80].split("\n")[0]


def find(reads: Sequence[ReadNote], first: date, treated: frozenset[date] = frozenset()) -> list[Exam]:
    """Exams after the first ablation, in order of day; a report of its own before tellings of the same exam.

    What the report of a session says of images of the day (one of ``treated``) is planning or guidance, no exam.
    """
    found: list[Exam] = []
    for read in reads:
        told = _all_told(read)
        if timeline.is_report(read):
            told = [e for e in told if e.when.date not in treated or e.modality == "pathology"]
        found += told
    found = _of_the_amended(_dated_by_reports(found, reads))
    late = [e for e in found if e.when.date > first]
    return sorted(late, key=lambda e: (e.when.date, not e.own, -e.lines[0].read.note.note_date.toordinal() if e.lines else 0))


LATEST_AMENDMENT = timedelta(days=60)


def _of_the_amended(found: Sequence[Exam]) -> list[Exam]:
    """An addendum in a note of its own that names no day is of the exam reported last before it."""
    adds = [e for e in found if e.own and e.lines and e.cells["date"].basis == "note_date" and timeline.only_adds(e.lines[0].read)]
    reports = [e for e in found if e.own and e.lines and e.modality != "pathology" and not timeline.only_adds(e.lines[0].read)]
    amended = {id(e): before for e in adds if e.modality != "pathology" and (before := _reported_before(e, reports))}
    return [replace(e, when=a.when, modality=a.modality, cells=a.cells) if (a := amended.get(id(e))) else e for e in found]


def _reported_before(added: Exam, reports: Sequence[Exam]) -> Exam | None:
    named = added.cells["modality"].basis == "text"
    before = [e for e in reports if timedelta() <= added.when.date - e.when.date <= LATEST_AMENDMENT]
    return max((e for e in before if not named or e.modality == added.modality), key=lambda e: e.when.date, default=None)


@timeline.remembered
def _all_told(read: ReadNote) -> Sequence[Exam]:
    """The exams that a note reports or tells of."""
    if timeline.kind(read) in ("radiology", "pathology"):
        return [*_reports(read), *_dated_by_comparison(_told(read, report=True), read), *_earlier_exams(read)]
    return _told(read)


def _earlier_exams(read: ReadNote) -> list[Exam]:
    """The exams that clauses of a report tell of, beside its own."""
    own = _examined(read)
    out: list[Exam] = []
    for told in earlier.tellings(read):
        kind = told.day.kind or own
        modality = Cell(kind.concept if kind else "ct", (kind,) if kind else (), "text" if kind else "derived")
        cells = {"date": Cell(told.day.when.date, told.day.said), "modality": modality}
        out.append(Exam(told.day.when, str(modality.value), (told.line,), False, cells))
    return out


def _dated_by_reports(found: Sequence[Exam], reads: Sequence[ReadNote]) -> list[Exam]:
    """An exam told by its month alone has the one day of that month on which reports of the chart name an exam of its kind they compare with."""
    if not any(e.when.precision == "month" and not e.own for e in found):
        return list(found)
    lines = [x for r in reads if timeline.kind(r) == "radiology" for x in timeline.lines(r) if is_comparison(x)]
    named = [(when, kind, cells["date"]) for x in lines for when, kind, cells, _ in citations(x)]
    bare = [(x, _modality(x.read, x.read.sentences)[0]) for x in lines if not x.labelled("IMAGING")]
    named += [(when, kind, Cell(when.date, (d,))) for x, kind in bare for d in x.labelled("DATE") if (when := day_told(d, x))]
    named = [n for n in named if n[0].precision == "day"]
    told = [e.when for e in found if e.when.precision == "day" and e.modality != "pathology"]
    return [e if e.own or any(w.agrees(e.when) for w in told) else _to_the_day(e, named) for e in found]


def _to_the_day(exam: Exam, named: Sequence[tuple[PartialDate, str, Cell]]) -> Exam:
    """An exam told by its month, on the one day that is named for an exam of its kind; ``named``: days, kinds ('' for any) and where they stand."""
    if exam.when.precision != "month" or exam.modality == "pathology":
        return exam
    days = {when.date: (when, cell) for when, kind, cell in named if kind in ("", exam.modality) and exam.when.agrees(when)}
    if len(days) != 1:
        return exam
    when, cell = next(iter(days.values()))
    said = exam.cells["date"].mentions
    return replace(exam, when=when, cells={**exam.cells, "date": Cell(when.date, (*said, *cell.mentions))})


def _dated_by_comparison(told: Sequence[Exam], read: ReadNote) -> list[Exam]:
    """An exam that a report tells by its month ("the March MRI") has the one day of that month among those it compares with."""
    lines = [x for x in timeline.lines(read) if any(e.when.precision == "month" for e in told) and is_comparison(x)]
    days = [(d, w) for x in lines for d in x.labelled("DATE") if (w := day_told(d, x)) and w.precision == "day"]
    return [_to_the_day(e, [(w, "", Cell(w.date, (d,))) for d, w in days]) for e in told]


def _reports(read: ReadNote) -> list[Exam]:
    """The reports of a note: one, or several each under its own head."""
    listed = _lettered(read)
    if listed:
        parts = [read.sentences[a:b] for a, b in pairwise([*listed, len(read.sentences)])]
        return [e for part in parts for e in _report(read, part, True)]
    starts = [0]
    concluded = False
    for number, sentence in enumerate(read.sentences):
        concluded = concluded or sentence.section in ("impression", "diagnosis")
        if (concluded or (number > len(starts) * 3 and _of_that_day(read, sentence))) and _heads(read, sentence):
            starts.append(number)
            concluded = False
    parts = [read.sentences[a:b] for a, b in pairwise([*starts, len(read.sentences)])]
    return [e for part in parts for e in _report(read, part, len(parts) > 1)]


LETTERED = re.compile(r"\s*(?:[A-D]|[1-4]|I{1,3})[.):]+ ")


def _lettered(read: ReadNote) -> list[int]:
    """The numbers of the sentences that head the exams of a report on several, each with its day: "A) MRI of pelvis, 12-sep-2018. ..."."""
    return found if len(found := [n for n, s in enumerate(read.sentences) if _letters(read, s)]) > 1 else []


def _letters(read: ReadNote, sentence: Sentence) -> bool:
    head = LETTERED.match(read.note.text, sentence.start, sentence.end)
    labels = {m.label for m in sentence.mentions}
    opens = head and any(m.label == "IMAGING" and m.concept in PREFERRED and m.start - head.end() < 3 for m in sentence.mentions)
    return bool(opens) and "DATE" in labels and not labels & {"PROGRESSION", "STATUS", "ZONE"}


def _of_that_day(read: ReadNote, sentence: Sentence) -> bool:
    """True for a line in capitals with the report's own day: the head of a second report, though the first one has no conclusion."""
    days = [w for m in sentence.mentions if m.label == "DATE" and (w := day_told(m, Line(read, sentence)))]
    return read.text(sentence).isupper() and any(w.date == timeline.service_date(read)[0].date for w in days)


INDENT = 80
"""Blanks that may stand before the first word of a line."""


def _heads(read: ReadNote, sentence: Sentence) -> bool:
    """True for the head of a further report in the same note: "EXAM: ...", or a line that begins with the exam and holds its day."""
    labels = {m.label for m in sentence.mentions}
    text = read.text(sentence)
    dated = "DATE" in labels or SAME_DAY.search(text) is not None
    if REPORT.match(text):
        return bool(labels & {"DATE", "IMAGING"})
    opens = any(m.label == "IMAGING" and m.concept in PREFERRED and m.start - sentence.start < 3 for m in sentence.mentions)
    alone = read.note.text[max(0, sentence.start - INDENT) : sentence.start].rstrip(" \t").endswith("\n")
    if not (alone and opens and dated):
        return False
    return _runs_on(read, sentence) or (not labels & {"PROGRESSION", "STATUS", "ZONE"} and len(" ".join(text.split())) < 80)


def _runs_on(read: ReadNote, sentence: Sentence) -> bool:
    """True for a head in capitals with the report's own day, behind whose colon the findings follow: "CT CHEST 07/19/2022: No nodules"."""
    day = next((m for m in sentence.mentions if m.label == "DATE"), None)
    when = day_told(day, Line(read, sentence)) if day else None
    return (
        day is not None
        and when is not None
        and when.date == timeline.service_date(read)[0].date
        and read.flat[sentence.start : day.start].isupper()
        and read.flat[day.end : sentence.end].lstrip(" )").startswith(":")
        and all(m.start > day.end for m in sentence.mentions if m.label in ("PROGRESSION", "STATUS", "ZONE"))
    )


OLD_MATERIAL = re.compile(
    r"\b(?:slide|block|outside (?:case|material|slide|pathology)) (?:review|consult\w*)|\b(?:review|consult\w*)\b[^\n.]{0,20}\b(?:outside|referred|submitted|old|archival) (?:material|slides?|blocks?|cases?|specimens?|pathology)|\bsecond opinion\b|\b(?:received|material|specimen|submitted)\W+(?:\d+ |the |\w+ )?(?:outside|outlying|referred|archival|external|referral) (?:[\w&]+ ){0,3}?(?:blocks?|slides?|sections)\b",
    re.IGNORECASE,
)
"""The title of a report on tissue of another day: "Pathology consultation on outside material"."""
TITLED = 200
"""Characters that hold the title of a report."""


def _of_old_tissue(read: ReadNote) -> bool:
    """True for a second look at tissue taken before, that gives no day of its taking: the day of the review is none of an exam."""
    if timeline.kind(read) != "pathology" or not OLD_MATERIAL.search(read.note.text[:TITLED]):
        return False
    said = timeline.service_date(read)[1].mentions
    before = read.note.text[max(0, said[0].start - 40) : said[0].start] if said else ""
    return not timeline.COLLECTED.search(before.split("\n")[-1])


def _report(read: ReadNote, part: Sequence[Sentence], several: bool) -> list[Exam]:
    if _of_old_tissue(read):
        return []
    when, cell = timeline.service_date(read)
    if several:
        head = [(m, w) for s in part[:3] for m in s.mentions if m.label == "DATE" and (w := day_told(m, Line(read, s)))]
        when, cell = (head[0][1], Cell(head[0][1].date, (head[0][0],))) if head else (when, cell)
    modality, evidence = _modality(read, part)
    said = [Line(read, s) for s in part]
    opening = next((s.paragraph for s in part if s.section == "technique"), -1)
    findings = [
        x
        for x in said
        if x.sentence.section not in REPORT_SKIPPED
        or (x.sentence.section == "technique" and (x.sentence.paragraph > opening or _past_line(x)))
    ]
    opened: dict[str, int] = {}
    for x in said:
        opened.setdefault(x.sentence.section, x.sentence.paragraph)
    if modality == "pathology":
        findings = [x for x in said if x in findings or (PART_OF_SPECIMEN.match(x.text) and _below(x, opened, ("procedure",)))]
        findings = [x for x in findings if not CLINICAL.match(x.text)]
    else:
        findings = [x for x in findings if not REQUEST.match(x.text)] or findings
    if not any(x.labelled("PROGRESSION", "STATUS") for x in findings):
        fields = (*ONE_LINE, "procedure") if modality == "pathology" else ONE_LINE
        findings = [x for x in said if x.sentence.section not in REPORT_SKIPPED or _below(x, opened, fields)]
    if not any(x.labelled("PROGRESSION", "STATUS") for x in findings):
        findings = [x for x in said if x.sentence.section not in REPORT_SKIPPED or _behind_reason(x)]
    told = earlier.tellings(read)
    findings = [y for x in findings for y in (earlier.without(x, told) if told else (x,))]
    lines = tuple(x for x in findings if not (is_comparison(x) or _quoted(x) or _of_the_past(x, when) or _in_report_of(x)))
    cells = {"date": cell, "modality": Cell(modality, evidence, "text" if evidence else "derived")}
    title = next((x for x in said[:TITLE_LINES] if x not in lines and x.sentence.section == "procedure" and x.labelled("IMAGING")), None)
    exam = Exam(when, modality, lines, True, cells)
    return _parted(exam, title) or _stacked(exam, said) or [exam] if lines else []


TITLE_LINES = 4
"""Sentences within which a field ("Examination: ...") may hold the title of a report."""


PART_OF_SPECIMEN = re.compile(
    r"\W*(?:(?:part|specimen|jar|container|sample|block)s? )?#?(?:[A-H]|[1-9]|I{1,3})\b\s*(?:[,.:;)(–-]|\bis\b)", re.IGNORECASE
)
"""How a part of a specimen opens its line in a synoptic report: "Part B, pelvic sidewall: viable sarcoma"."""
CLINICAL = re.compile(
    r"\W*(?:pertinent |relevant )?clinical(?:ly)?(?: \w+){0,3}?\s*[:=]|\W*(?:requisition|request)(?: \w+){0,2}?\s*[:=]", re.IGNORECASE
)
"""What the request told the pathologist, no finding of the tissue."""
REQUEST = re.compile(
    r"\W*(?:(?:pertinent |relevant )?clinical (?:details?|information|history|data|question|context|notes?|indication)|indications?|reason(?: for (?:\w+ )?\w+)?|history|hx|referral)\s*:",
    re.IGNORECASE,
)
"""What a request told the reader of images, where the report goes on in the same paragraph: "Clinical details: indeterminate rim in September. The rim is gone"."""
LINE_OVER = re.compile(r"[.!?][ \t]*\r?\n")


def _past_line(line: Line) -> bool:
    """True for what stands below the first full line of its section, where no heading ends it."""
    first = next(s for s in line.read.sentences if s.section == line.sentence.section and s.paragraph == line.sentence.paragraph)
    return bool(LINE_OVER.search(line.read.note.text, first.start, line.sentence.start))


ONE_LINE = ("comparison", "indication", "history", "reason")


def _below(line: Line, opened: Mapping[str, int], fields: Sequence[str]) -> bool:
    """True for what stands below the line of a field ("Hx: ...") that no further heading ends; ``opened``: first paragraph of each section."""
    section = line.sentence.section
    return section in fields and line.sentence.paragraph > opened[section] and not PREVIOUS.match(line.text)


def _behind_reason(line: Line) -> bool:
    """True for what a report dictated without headings or line breaks goes on with behind the sentence that gives its reason."""
    if line.sentence.section not in ("reason", "indication", "history"):
        return False
    return line.sentence != next(s for s in line.read.sentences if s.section == line.sentence.section)


PREVIOUS = re.compile(r"\W*(?:previous|prior|comp\w*|reference|h(?:istory|x)|clinical\w*|indication)\b[^\n]{0,30}:", re.IGNORECASE)


def _parted(exam: Exam, field: Line | None = None) -> list[Exam]:
    """A report on two exams, as two: its title (or a ``field`` above it) names both, and the findings of each open with its name ("MRI of the liver: ...")."""
    title = field or exam.lines[0]
    second = next((m for m in title.labelled("IMAGING") if {m.concept, exam.modality} in PARTED), None)
    return _as_two(exam, title, title, second, exam.lines if field else exam.lines[1:]) if second else []


def _stacked(exam: Exam, said: Sequence[Line]) -> list[Exam]:
    """A report on two exams, as two: each has a title in a line of its own, one below the other, and its findings open with its name."""
    heads = [x for x in said[:TITLE_LINES] if _titles_exam(x)][:2]
    second = next((m for x in heads for m in x.labelled("IMAGING")[:1] if m.concept != exam.modality), None)
    if len(heads) != 2 or second is None:
        return []
    own, other = heads if heads[1].labelled("IMAGING")[0] is second else heads[::-1]
    return _as_two(exam, own, other, second, [x for x in exam.lines if x not in heads])


def _titles_exam(line: Line) -> bool:
    """True for a line that begins with an exam, holds a day and tells nothing."""
    first = next(iter(line.labelled("IMAGING")), None)
    opens = first is not None and first.concept in (*IMAGED, "pet_ct") and first.start - line.sentence.start < 3
    return opens and bool(line.labelled("DATE")) and not (is_comparison(line) or line.labelled("PROGRESSION", "STATUS", "ZONE"))


IMAGED = ("ct", "mri", "us")


def _as_two(exam: Exam, title: Line, other: Line, second: Mention, told: Sequence[Line]) -> list[Exam]:
    """The exam of ``title`` and the ``second`` one, that ``other`` names with its day, each with the findings that its name opens; none if none open with it."""
    both_kinds = (exam.modality, second.concept)
    kinds = [_opens(x, both_kinds) or _begun_by(x, both_kinds) for x in told]
    if second.concept not in kinds:
        return []
    ours: list[Line] = [title]
    theirs: list[Line] = []
    both: list[Line] = []
    kind = exam.modality
    for line, opened in zip(told, kinds, strict=True):
        kind = opened or kind
        shared = line.sentence.section in CONCLUDING and not opened
        (both if shared else ours if kind == exam.modality else theirs).append(line)
    cells = {**exam.cells, "modality": Cell(second.concept, (second,))}
    when = exam.when
    days = [(d, w) for d in other.labelled("DATE") if d.start > second.end and (w := day_told(d, other))]
    if days and days[0][1].precision == "day" and not _earlier(days[0][0], other):
        when, cells["date"] = days[0][1], Cell(days[0][1].date, (days[0][0],))
    return [
        replace(exam, lines=(*ours, *both), beside=tuple(theirs)),
        Exam(when, second.concept, (*theirs, *both), True, cells, tuple(ours)),
    ]


PARTED = ({"ct", "mri"}, {"ct", "us"}, {"mri", "us"})
CONCLUDING = ("impression", "diagnosis", "assessment", "addendum")


def _opens(line: Line, kinds: Sequence[str]) -> str:
    """The exam that a line of findings opens with: "MRI LS spine: Cement in L2", "CHEST (CT): clear"."""
    if headed := _under(line) or kind_in(KIND_IN_BRACKETS.match(line.text)) or kind_ahead(line, KIND_ABOVE):
        return headed if headed in kinds else ""
    first = next(iter(line.labelled("IMAGING")), None)
    colon = first is not None and HEADS_KIND.match(line.read.flat, first.end, line.sentence.end) is not None
    alone = len(line.text) < 40 and len(line.text.split()) < 5 and not line.labelled("PROGRESSION", "STATUS")
    before = line.read.flat[line.sentence.start : first.start] if first else ""
    dated = first is not None and DAY_OF_KIND.match(line.read.flat, first.end, line.sentence.end) is not None
    dated = dated and not line.labelled("PROGRESSION", "STATUS", "ZONE")
    opened = (colon or alone or dated) and (len(before) < 6 or CONCLUDES_KIND.fullmatch(before) is not None)
    return first.concept if first and opened and first.concept in kinds else ""


def _begun_by(line: Line, kinds: Sequence[str]) -> str:
    """The one of a report's exams that a sentence begins by: "On CT, an indeterminate nodule"."""
    exam = _leading(line)
    return exam.concept if exam and exam.concept in kinds and not _of_another(line) else ""


HEADS_KIND = re.compile(r"[^:()\n]{0,39}(?:\([^()\n]{0,90}\)[^:()\n]{0,10})?:")
"""From the name of an exam to the colon of its heading: "CT 6/25 (compared to the CT of 12/4): "."""
DAY_OF_KIND = re.compile(r" \((?:\d{1,2}[./-]\d{1,2}[^()]{0,6}|\d{1,2} [a-z]{3,9}[^()]{0,6}|[a-z]{3,9} \d{1,2}[^()]{0,7})\)", re.IGNORECASE)
"""Behind the name of an exam its day, ahead of how it was made: "PET-CT (19 Nov), FDG 320 MBq"."""
CONCLUDES_KIND = re.compile(r"\W*(?:impressions?|conclusions?|opinion|findings|summary)(?: (?:of|for|on)(?: the)?)?\W*", re.IGNORECASE)
"""Before the name of the exam that a conclusion is of: "Impression MRI:"."""
PET = r"(?P<pet_ct>PET(?:[-/ ]?CT)?)"
KIND_HEAD = re.compile(rf"[ \t]*(?:{PET}|{IMAGES})\b[^:\n]{{0,25}}:\s*", re.IGNORECASE)


def _under(line: Line) -> str:
    """The exam whose name heads the line that a sentence opens: "CT: " before "Both zones without enhancing tissue"."""
    text = line.read.note.text
    return kind_in(KIND_HEAD.fullmatch(text, text.rfind("\n", 0, line.sentence.start) + 1, line.sentence.start))


KIND_IN_BRACKETS = re.compile(rf"\W*[\w/, -]{{2,40}} \((?:{IMAGES})\b[^()\n]{{0,20}}\) ?[:.-]", re.IGNORECASE)
"""A region and the exam that showed it, ahead of what that saw: "ABDOMEN (CT): "."""
KIND_ABOVE = re.compile(rf"^[ \t]*(?:{IMAGES})(?:[ \t]+[\w/]+){{0,3}}[ \t]*[:.-]?[ \t]*\n\s*\Z", re.IGNORECASE | re.MULTILINE)
"""The exam's name alone in the line above."""


def _modality(read: ReadNote, part: Sequence[Sentence]) -> tuple[str, tuple[Mention, ...]]:
    if timeline.kind(read) == "pathology":
        said = [m for m in read.mentions if m.label == "IMAGING" and m.concept == "pathology"]
        return "pathology", tuple(said[:1])
    skipped = ("comparison", "indication", "history", "reason")
    exams = [[m for m in s.mentions if m.label == "IMAGING" and m.concept in PREFERRED and s.section not in skipped] for s in part]
    head = next((ms for ms in exams if ms), [])
    best = min(head, key=lambda m: (m.concept != "pet_ct", m.start), default=None)
    return (best.concept, (best,)) if best else ("ct", ())


def _told(read: ReadNote, report: bool = False) -> list[Exam]:
    """Exams that a note cites with their day; each reaches until the next one, the next section or list item.

    A ``report`` of an exam tells of others only in an addendum, or where it quotes them among the exams compared with.
    """
    lines = timeline.lines(read)
    if report:
        lines = [
            x
            for x in lines
            if x.sentence.section == "addendum"
            or _in_report_of(x)
            or (x.labelled("PROGRESSION", "STATUS") and (is_comparison(x) or _quoted(x) or _asked(x)))
        ]
    exams: list[Exam] = []
    current: tuple[PartialDate, str, dict[str, Cell], list[Line]] | None = None
    before: Line | None = None
    head: Line | None = None
    own = _own_day(read) if report else None
    latest: Citation | None = own
    known: dict[str, PartialDate] = {}
    told: dict[PartialDate, Citation] = {}
    kind: Mention | None = None
    pair = -1
    examined = _examined(read) if report else None
    for line in lines:
        head = head_of(line, head)
        near = (
            head
            if head and head != line and line.labelled("IMAGING")
            else before
            if before
            and before.sentence.paragraph == line.sentence.paragraph
            and (not current or (TAKEN.search(before.text) and OF_TISSUE.match(line.text)))
            else None
        )
        cited: list[Citation] = []
        if line.mentions or examined:  # most sentences name nothing
            cited = [c for c in citations(line, near, kind, latest, known) if not _older(c[0], current, line)] or _same_day(line, latest)
            cited = [c for c in cited if line.sentence.section == "addendum" or not _of_own(c, own)]
            cited = cited or headed_by_kind(line, head) or _at_emergency(line)
            cited = (
                _shared(cited)
                or _listed(line, kind)
                or _at_interval(line, kind)
                or _by_its_day(line, told)
                or _compared_with(line, examined)
                or _report_of(line, examined)
            )
        cited, removed = [c for c in cited if not _operation(c)], [c for c in cited if _operation(c)]
        exams += [Exam(when, modality, (part,), False, cells) for when, modality, cells, part in removed]
        latest = cited[-1] if cited else latest
        known |= {modality: when for when, modality, _, _ in cited}
        told |= {c[0]: c for c in cited if c[0].precision == "day" and c[1] != "pathology"}
        kind = _last_kind(line, kind)
        if current and (
            cited
            or removed
            or _later(line, current[0])
            or _another(line, current[0])
            or (_leaves(current[3][-1], line) and not _in_its_list(current[3], line))
            or (current[1] == "pathology" and (_past_blank(current[3][-1], line) or _past_item(current[3][-1], line) or _of_images(line)))
        ):
            exams.append(Exam(current[0], current[1], tuple(current[3]), False, current[2]))
            current = None
        if joint := _of_one_day(line, cited):
            exams.append(joint[1])
            current = (joint[0].when, joint[0].modality, dict(joint[0].cells), list(joint[0].lines))
            pair, before = len(exams) - 1, line
            continue
        pair = -1 if cited or removed or current is None else pair
        goes_on = _told_last(cited)
        for number, (when, modality, cells, part) in enumerate(cited):
            if number != goes_on:
                exams.append(Exam(when, modality, (part,), False, cells))
            else:
                current = (when, modality, cells, [part])
        if current and not cited and pair >= 0 and _of_the_other(line, exams[pair], current[2]):
            exams[pair] = replace(exams[pair], lines=(*exams[pair].lines, line))
        elif current and not cited and not _of_the_past(line, current[0]):
            current[3].append(line)
            if OF_BOTH.match(line.text) and exams and _told_together(exams[-1], current[3]):
                exams[-1] = replace(exams[-1], lines=(*exams[-1].lines, line))
        before = line
    if current:
        exams.append(Exam(current[0], current[1], tuple(current[3]), False, current[2]))
    return _dated_in_note(exams)


def _asked(line: Line) -> bool:
    """True for images that the request to a pathologist tells with their day: "Clinical: nodule, new on CT 12/14"."""
    images = [m for m in line.labelled("IMAGING") if m.concept in PREFERRED]
    return timeline.kind(line.read) == "pathology" and any(0 <= d.start - m.end < NEXT_TO for m in images for d in line.labelled("DATE"))


NEXT_TO = 8
"""Characters between an exam and its day behind it."""


def _dated_in_note(exams: Sequence[Exam]) -> list[Exam]:
    """An exam that a note calls by its month has the day that the note gave: "CTs of 8/19 and 2/10. In August all sites were smaller"."""
    days = [(e.when, e.modality, e.cells["date"]) for e in exams if e.when.precision == "day" and e.modality != "pathology"]
    return [_to_the_day(e, days) for e in exams]


@timeline.remembered
def _examined(read: ReadNote) -> Mention | None:
    """The first exam that a report names: its own."""
    return next((m for m in read.mentions if m.label == "IMAGING" and m.concept in PREFERRED), None)


def _own_day(read: ReadNote) -> Citation | None:
    """A report's own exam, of whose day another may be told."""
    own = _examined(read)
    line = timeline.at(read, own) if own else None
    if own is None or line is None:
        return None
    when, cell = timeline.service_date(read)
    return when, own.concept, {"date": cell, "modality": Cell(own.concept, (own,))}, line


def _of_own(cited: Citation, own: Citation | None) -> bool:
    """True for a report's own exam, that its title names before another one: the report itself tells of it."""
    return own is not None and (cited[0].date, cited[1]) == (own[0].date, own[1])


OF_TISSUE = re.compile(r"\W*(?:final |surgical )?(?:path\w*|histolog\w*|cytolog\w*|microscop\w*)\b", re.IGNORECASE)
"""How the result of what was taken out before opens."""

BOTH_DAYS = re.compile(r"\d\W*(?:and|&|\+)\W*$|\w\W*\b(?:and|&|\+)(?: again)?(?: (?:in|on|of|at))?\W*$", re.IGNORECASE)
"""How the first of two days ends that one telling holds for."""
SEVERAL = re.compile(
    r"\b(?:scans|CTs|MRIs|MRs|PETs|imaging|exams|examinations|studies|films|(?:two|three|four|five|\d) (?:CT|MR|MRI|PET)s?)\b"
)
"""Several exams named at once, their days to follow."""
JOINT = re.compile(r"\b(?:both|either|neither|each|all(?: of (?:them|these))?|all (?:two|three|four))\b", re.IGNORECASE)

OF_BOTH = re.compile(
    r"\W*(?:both|neither|each|all)(?: of (?:them|these|those|the (?:scans|studies|exams|reports|CTs|MRIs)))?(?: (?:scans|studies|exams|reports|CTs|MRIs))? (?:show\w*|were (?:clear|clean|negative|quiet|read)|are (?:clear|clean|negative)|had|has|have|said|saw|found|reveal\w*|demonstrat\w*|report\w*|mention\w*)\b|[^.;:]{3,60} (?:on|by) (?:either|both|each)(?: of (?:them|these|those|the (?:scans|studies|exams|CTs|MRIs))| (?:scans?|study|studies|exams?|CTs?|MRIs?|occasions?|dates?))?\W*$",
    re.IGNORECASE,
)
"""A sentence about both exams told before it: "Neither showed new disease", "Nothing new in the chest on either"."""


AND_THE = re.compile(r"(?: [\w/-]+){0,4}?,? ?(?P<and>and|&|\+|plus) (?:an? |the |his |her )?(?:[a-z/-]+ ){0,2}", re.IGNORECASE)
"""Between the names of two exams that one day is given for: "CT chest and MRI abdomen, both 5/8"."""
OF_TRACER = re.compile(r"\b(?:FDG|SUV\w*|avid\w*|hypermetaboli\w+|metaboli\w+|tracer|uptake)\b", re.IGNORECASE)
PIECE = re.compile(r"[^;:]+(?::(?=\d)[^;:]*)*")


def _of_one_day(line: Line, cited: Sequence[Citation]) -> tuple[Exam, Exam] | None:
    """Two exams joined by "and" with one day for both, each with the clauses that are of its region, kind or name."""
    if len(cited) != 1 or not cited[0][2]["modality"].mentions:
        return None
    when, modality, cells, _ = cited[0]
    first = cells["modality"].mentions[0]
    others = [m for m in line.labelled("IMAGING") if m.concept in PREFERRED and m.concept != first.concept and not m.has(*NOT_YET)]
    second = next((m for m in others if AND_THE.fullmatch(line.read.flat[min(first.end, m.end) : max(first.start, m.start)])), None)
    if second is None or not cells["date"].mentions or modality not in PREFERRED:
        return None
    head = max(first.end, second.end, cells["date"].mentions[-1].end)
    pieces = [line.part(m.start(), m.end()) for m in PIECE.finditer(line.read.flat, head, line.sentence.end)]
    pieces = [x for x in pieces if x.labelled("PROGRESSION", "STATUS", "ZONE", "SPOT", "SITE")]
    if not pieces or not any(x.labelled("PROGRESSION", "STATUS") for x in pieces):
        return None
    pair = (first, second)
    out = []
    for exam, other in (pair, pair[::-1]):
        own = tuple(x for x in pieces if _is_of(x, exam, other))
        kind = {**cells, "modality": Cell(exam.concept, (exam,))}
        opening = line.part(min(first.start, second.start), head)
        out.append(Exam(when, exam.concept, (opening, *own), False, kind))
    return out[0], out[1]


def _is_of(piece: Line, exam: Mention, other: Mention) -> bool:
    """True for a clause that the name of an exam stands in, or that is not of the other one by its name, its tracer or its region."""
    kinds = {m.concept for m in piece.labelled("IMAGING")} | ({"pet_ct"} if OF_TRACER.search(piece.text) else set())
    if exam.concept in kinds or other.concept in kinds:
        return exam.concept in kinds
    told = places(piece.sentence, piece.read.flat)
    shows, elsewhere = _shown_by(exam, other, piece), _shown_by(other, exam, piece)
    here = not shows or any(s is None or p.site in s for s in shows for p in told)
    there = not elsewhere or any(s is None or p.site in s for s in elsewhere for p in told)
    return not told or here or not there


def _of_the_other(line: Line, beside: Exam, cells: Mapping[str, Cell]) -> bool:
    """True for a sentence behind two exams of one day that is of the one told ``beside`` alone: "Whole body: no avid lesion"."""
    one, other = beside.cells["modality"].mentions[0], cells["modality"].mentions[0]
    return _is_of(line, one, other) and not _is_of(line, other, one)


def _shown_by(exam: Mention, other: Mention, line: Line) -> list[tuple[str, ...] | None]:
    """The sites of the region that stands right behind the name of an exam."""
    end = other.start if other.start > exam.end else exam.end + NEXT_NAME
    behind = AND_SO_ON.split(line.read.flat[exam.end : end])[0]
    joined = AND_THE.fullmatch(line.read.flat[other.end : exam.start]) if other.end < exam.start else None
    said = behind + " " + (line.read.flat[other.end + joined.end("and") : exam.start] if joined else "")
    return [sites for words, sites in REGIONS if re.search(rf"\b(?:{words})\b", said, re.IGNORECASE)]


AND_SO_ON = re.compile(r"[,:;(&+]|\band\b")
NEXT_NAME = 30
"""Characters behind the name of an exam that hold its region."""


def _told_together(exam: Exam, told: Sequence[Line]) -> bool:
    """True for the exam told just before another in one paragraph that names several exams at once ("CTs of August and February")."""
    first, last = exam.lines[0], told[-1]
    if not exam.lines or first.read is not last.read or first.sentence.paragraph != last.sentence.paragraph:
        return False
    between = last.read.flat[exam.lines[-1].sentence.end : told[0].sentence.start]
    if len(told) == 2 and not between.strip(" ,;") and not exam.lines[-1].text.rstrip().endswith("."):
        return True  # in one sentence
    return bool(SEVERAL.search(last.read.flat, first.sentence.start - 200 if first.sentence.start > 200 else 0, last.sentence.start))


def _last_kind(line: Line, kind: Mention | None) -> Mention | None:
    """The exam named last in the section, of which "that of 6 September" is another."""
    said = [m for m in line.labelled("IMAGING") if m.concept in (*PREFERRED, "scan") and not m.has("family")]
    if said:
        return next((m for m in reversed(said) if m.concept != "scan"), said[-1])
    return kind if kind and kind.section == line.sentence.section else None


def _listed(line: Line, kind: Mention | None) -> list[Citation]:
    """A sentence that begins with a day and tells a status, after several exams named at once ("Two scans since. In June both sites were quiet")."""
    if kind is None or line.labelled("IMAGING", "PROCEDURE", "PRIOR_TREATMENT", "HISTOLOGY") or not line.labelled("PROGRESSION", "STATUS"):
        return []
    head = timeline.at(line.read, kind)
    if head is None or not SEVERAL.search(head.text) or not line.labelled("ZONE", "SPOT", "SITE"):
        return []
    opens = [d for d in line.labelled("DATE") if d.start - line.sentence.start < 12]
    days = [(d, w) for d in opens if (w := day_told(d, line))]
    return [citation_of(d, w, kind, line, []) for d, w in days[:1]]


AT_INTERVAL = re.compile(
    r"\W*(?:(?:and|then|but|next|finally),? )?(?:at|by)(?: the)? (?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|eighteen|twenty-four|half a)[ -](?:months?|weeks?|years?)(?:[ -](?:mark|point|visit|control|check|follow-?up|scan|exam|study))?,? ?\(?(?:on )?",
    re.IGNORECASE,
)
"""How a sentence opens that names the next of several exams by its time after the ablation, ahead of its day: "At nine months (27 October): ..."."""


def _at_interval(line: Line, kind: Mention | None) -> list[Citation]:
    """An exam of the kind named last that a sentence opens by its time after the ablation and its day."""
    opened = AT_INTERVAL.match(line.text) if kind and line.labelled("PROGRESSION", "STATUS") else None
    if opened is None or kind is None or line.labelled("IMAGING", "PROCEDURE", "PRIOR_TREATMENT", "HISTOLOGY"):
        return []
    days = [(d, w) for d in line.labelled("DATE") if d.start - line.sentence.start == opened.end() and (w := day_told(d, line))]
    return [citation_of(d, w, kind, line, []) for d, w in days[:1]]


BY_ITS_DAY = re.compile(
    r"\W*(?:(?:and|but|while) )?(?:(?:on|in|at|by) )?(?:(?:the|that|his|her) )?(?:(?:study|scan|exam\w*|images|one|reading|report) (?:of |on |from |in )?(?:the )?)?",
    re.IGNORECASE,
)
"""What may stand before the day by which a sentence names an exam again: "The 5/14 study was ...", "On 8/27 this is 19 mm"."""


def _by_its_day(line: Line, told: Mapping[PartialDate, Citation]) -> list[Citation]:
    """An exam that the note has told with its day and names again by that day alone, at the head of a sentence."""
    day = next(iter(line.labelled("DATE")), None)
    if day is None or not told or line.labelled("IMAGING", "PROCEDURE", "PRIOR_TREATMENT"):
        return []
    if not line.labelled("PROGRESSION", "STATUS", "SIZE", "LENGTH") or not BY_ITS_DAY.fullmatch(
        line.read.flat, line.sentence.start, day.start
    ):
        return []
    when = day_told(day, line)
    known = told.get(when) if when else None
    return [(known[0], known[1], known[2], line)] if known else []


QUOTED = re.compile(
    r"\W*(?:(?:[\w/]+: )?(?:on|in|at|by)) (?:the |our |that |his |her |an? )?(?:\w+ ){0,2}?(?:\d|CT|MRI?|PET|scan|January|February|March|April|May|June|July|August|September|October|November|December)",
    re.IGNORECASE,
)
"""A sentence of a report that quotes another exam: "(On the 3 May CT, by the report, the zones were quiet)"."""

RECALLED = re.compile(r"\b(?:for reference|had|already|back then|at (?:that|the) time)\b", re.IGNORECASE)


def _quoted(line: Line) -> bool:
    """True for a sentence of a report that tells what another exam had shown: "CT of 1/20/2020, for reference, had shown the nodule"."""
    first = next(iter(line.labelled("IMAGING")), None)
    day = next((d for d in line.labelled("DATE") if first and (0 <= d.start - first.end < 8 or 0 <= first.start - d.end < 3)), None)
    opens = first is not None and day is not None and min(first.start, day.start) - line.sentence.start < 8
    tells = opens and bool(line.labelled("PROGRESSION", "STATUS")) and _earlier(day, line)
    recalled = opens and bool(RECALLED.search(line.text))
    return _of_another(line) or recalled or tells or _of_same_day(line) or _of_a_report(line)


EARLIER = re.compile(
    r"\b(?:prior|previous|earlier|last|outside|former|old|baseline|initial|comparison|interval|recent|first)\b", re.IGNORECASE
)
"""Words that make the exam a sentence opens with another than the report's own."""


def _of_another(line: Line) -> bool:
    """True for a sentence that opens with the exam it tells of, unless that is one of the report's own title: "On the MRI the rim has thickened"."""
    opened = QUOTED.match(line.text)
    if not opened or _numbers_a_place(line, line.sentence.start + opened.end() - 1):
        return False
    exam = _leading(line)
    if exam is None or EARLIER.search(opened[0]) or exam.concept not in _titled_kinds(line.read):
        return True
    return any(abs(d.start - exam.end) < NEXT_DAY and _earlier(d, line) for d in line.labelled("DATE"))


def _numbers_a_place(line: Line, at: int) -> bool:
    """True for a figure of a place or a length, not of a day, where a treated place is told: "In segment 4b the zone has ...", "In the 23 mm zone ..."."""
    if not line.labelled("ZONE", "SPOT"):
        return False
    figures = line.labelled("PART", "SITE", "NAME", "SIZE", "LENGTH", "ZONE_SIZE")
    return line.read.flat[at].isdigit() and any(m.start <= at < m.end for m in figures)


def _leading(line: Line) -> Mention | None:
    """The exam that a sentence begins by: "On the chest CT there is ..."."""
    opened = QUOTED.match(line.text)
    end = line.sentence.start + opened.end() if opened else -1
    return next((m for m in line.labelled("IMAGING") if m.start <= end <= m.end + 1), None)


NEXT_DAY = 25
"""Characters from an exam to a day that is its own."""


@timeline.remembered
def _titled_kinds(read: ReadNote) -> frozenset[str]:
    """The kinds of exams that the title of a report, or its first sentence, is of."""
    first = next((Line(read, s) for s in read.sentences if any(m.label == "IMAGING" for m in s.mentions)), None)
    said = first.labelled("IMAGING") if first and not is_comparison(first) else ()
    return frozenset(m.concept for m in said if m.concept in PREFERRED and first is not None and not compared(m, first))


DESCRIBED = re.compile(
    r"(?: from [\w* ]{1,20})?(?: ?\((?=[^()]{15})|,? which (?:had )?(?:described?s?|showed|was|read|reported|mentioned)\b|,? (?:describe[sd]|reports|reported|mentions|mentioned)\b)",
    re.IGNORECASE,
)
"""Behind the day of another exam whose result a report tells: "his MRI from 11/14 which described ...", "outside CT 12/5 (on disc: ...)"."""


def _of_a_report(line: Line) -> bool:
    """True for a sentence of a report that names another exam or its report with an earlier day, and right behind it what that had shown."""
    last = max((m.start for m in line.labelled("PROGRESSION", "STATUS")), default=-1)
    named = line.labelled("IMAGING") or _reported(line)
    days = [d for d in line.labelled("DATE") if d.end < last] if named else []
    return any(DESCRIBED.match(line.read.flat, d.end, line.sentence.end) and _earlier(d, line) for d in days)


def _of_same_day(line: Line) -> bool:
    """True for a sentence of a report that tells what another exam of its day showed: "The CT of the chest done on the same day shows no metastasis"."""
    first = next(iter(line.labelled("IMAGING")), None)
    own = _examined(line.read)
    other = first is not None and own is not None and first.concept in PREFERRED and first.concept != own.concept
    opens = first is not None and first.start - line.sentence.start < DAY_FIRST
    return other and opens and bool(SAME_DAY.search(line.text)) and bool(line.labelled("PROGRESSION", "STATUS"))


REPORT_OF = re.compile(r"\breport\b[^.;:\"]{0,12}$", re.IGNORECASE)
SAYS = re.compile(r"[:;,]\s*[\"“”]|\b(?:says|said|reads?|stated?s?)\b[^.]{0,20}[\"“”:]", re.IGNORECASE)
"""How the words of another report are quoted."""


def _reported(line: Line) -> tuple[Mention, PartialDate] | None:
    """The day of the earlier report that a sentence of a report names: "August's report (08/09/2022) for reference: ..."."""
    text = line.read.flat
    for day in line.labelled("DATE"):
        if (
            REPORT_OF.search(text[max(line.sentence.start, day.start - 25) : day.start])
            and _earlier(day, line)
            and (w := day_told(day, line))
        ):
            return day, w
    return None


def _in_report_of(line: Line) -> bool:
    """True for a sentence that names an earlier report, and for those behind it in its paragraph, where that report is quoted."""
    since = _reports_quoted(line.read).get(line.sentence.paragraph)
    return since is not None and since <= line.sentence.start


@timeline.remembered
def _reports_quoted(read: ReadNote) -> dict[int, int]:
    """Where the first quoted report begins, by paragraph."""
    out: dict[int, int] = {}
    for line in timeline.lines(read) if timeline.kind(read) == "radiology" else ():
        quotes = line.sentence.paragraph not in out and _reported(line)
        if quotes and SAYS.search(read.note.text[line.sentence.start : line.sentence.end + QUOTED_WITHIN]):
            out[line.sentence.paragraph] = line.sentence.start
    return out


QUOTED_WITHIN = 80
"""Characters behind the sentence that names a report within which its words begin."""


def _report_of(line: Line, examined: Mention | None) -> list[Citation]:
    """The earlier report that a report quotes: of the kind of its own."""
    said = _reported(line) if examined and _in_report_of(line) else None
    return [citation_of(*said, examined, line, [])] if said and examined else []


def _earlier(day: Mention | None, line: Line) -> bool:
    """True for a day at least a month before that of the report."""
    when = day_told(day, line) if day else None
    return when is not None and (timeline.service_date(line.read)[0].date - when.date).days > MONTH_LONG


MONTH_LONG = 27


def _compared_with(line: Line, examined: Mention | None) -> list[Citation]:
    """The exam compared with, told with its day and what it showed and not named ("In February the scar was 3.5 cm and quiet"): of the report's own kind."""
    done = line.labelled("PROCEDURE", "PRIOR_TREATMENT")
    named = line.labelled("IMAGING") or (done and not (is_comparison(line) and _in_bracket(done, line)))
    if examined is None or named or not line.labelled("PROGRESSION", "STATUS"):
        return []
    if not is_comparison(line) and not (_quoted(line) and line.labelled("ZONE", "SPOT")):
        return []
    days = [(d, w) for d in line.labelled("DATE") if (w := day_told(d, line))]
    told = [n for n, (d, _) in enumerate(days) if TELLS_OF_IT.match(line.read.flat, d.end)][:1] or [0]
    return [citation_of(d, w, examined, line, []) for d, w in days[told[0] : told[0] + 1]]


TELLS_OF_IT = re.compile(
    r" ?\((?!\d)(?:which|that|the (?:latter|last|second)|it)\b|,? (?:which|the (?:latter|last|second)(?: of (?:which|them|these))?) (?:showed|had|was|described|saw|found|read)\b",
    re.IGNORECASE,
)
"""Behind the one of several days compared with whose exam is told: "5/4 and 8/3 (the latter showed both zones smaller)"."""


def _in_bracket(done: Sequence[Mention], line: Line) -> bool:
    """True if a session is named only in the bracket behind a day: "12/14/2021 (three months after IRE: clean zone)"."""
    day = next(iter(line.labelled("DATE")), None)
    opened = line.read.flat.find("(", day.end, day.end + 3) if day else -1
    return opened >= 0 and all(m.start > opened for m in done)


def _shared(cited: list[Citation]) -> list[Citation]:
    """Exams told in one breath ("MRI on 15 June and another on 20 September, both quiet") share what is said of both."""
    out = list(cited)
    for number, (when, modality, cells, part) in enumerate(cited[:-1]):
        later = next((c[3] for c in cited[number + 1 :] if c[3].labelled("PROGRESSION", "STATUS") or _tells_of_both(c[3])), None)
        tells = part.labelled("PROGRESSION", "STATUS") and part.labelled("ZONE", "SPOT", "SITE", "PART")
        if later and not tells and (JOINT.search(later.text) or BOTH_DAYS.search(part.text)):
            sentence = later.sentence
            mentions = tuple(dict.fromkeys((*part.mentions, *sentence.mentions)))
            whole = type(sentence)(part.sentence.start, sentence.end, sentence.section, sentence.paragraph, mentions)
            out[number] = (when, modality, cells, Line(part.read, whole))
    return out


def _tells_of_both(part: Line) -> bool:
    """True for what is said of both of two exams at a treated place: "both negative at the psoas ablation site"."""
    return JOINT.search(part.text) is not None and bool(part.labelled("ZONE", "SPOT"))


def _of_the_past(line: Line, exam: PartialDate) -> bool:
    """True for a sentence that tells of an earlier session with its day, between an exam and what it showed."""
    done = [m for m in line.labelled("PROCEDURE") if not m.has(*NOT_YET)]
    days = [w for d in line.labelled("DATE") if (w := day_told(d, line))]
    quiet = any(m.concept == "no_progression" and not m.has("negated") for m in line.labelled("PROGRESSION"))
    return bool(done and days) and all(w.date < exam.date for w in days) and not (quiet or line.labelled("ZONE", "SPOT", "STATUS"))


def _operation(cited: Citation) -> bool:
    """True for tissue that an operation took out: nothing after its sentence speaks of it."""
    return any(m.label in ("PRIOR_TREATMENT", "HISTOLOGY") for m in cited[2]["modality"].mentions)


def _same_day(line: Line, latest: Citation | None) -> list[Citation]:
    """An exam told without a day of its own: "CT chest the same day", or the other of two exams that one day was given for."""
    said = [m for m in line.labelled("IMAGING") if m.concept in PREFERRED and not m.has(*NOT_YET) and not compared(m, line)]
    if latest is None or not said or any(not SAME_DAY.search(d.words) for d in line.labelled("DATE")):
        return []
    when, modality, cells, part = latest
    paired = {m.concept for m in part.labelled("IMAGING")} - {"scan"}
    other = said[0].concept != modality and said[0].concept in paired and len(paired) > 1
    if not (SAME_DAY.search(line.text) or other):
        return []
    return [(when, said[0].concept, {"date": cells["date"], "modality": Cell(said[0].concept, (said[0],))}, line)]


def _at_emergency(line: Line) -> list[Citation]:
    """An exam that a note of an emergency department tells without a day was made there: "CT head: no mass"."""
    said = next((m for m in line.labelled("IMAGING") if m.concept in PREFERRED and m.start - line.sentence.start < DAY_FIRST), None)
    told = said is not None and not said.has(*NOT_YET) and bool(line.labelled("PROGRESSION", "STATUS"))
    if said is None or not told or line.labelled("DATE") or not any(map(timeline.EMERGENCY.search, timeline.titles(line.read))):
        return []
    when = PartialDate(line.read.note.note_date)
    return [(when, said.concept, {"date": Cell(when.date, (), "note_date"), "modality": Cell(said.concept, (said,))}, line)]


LONG_LIST = 40
"""Lines of a list that are still taken for its heading's."""


def _heading(line: Line) -> bool:
    """True for a line that names an exam and its day, and says no more."""
    return (
        bool(line.labelled("DATE") and line.labelled("IMAGING"))
        and not line.labelled("PROGRESSION", "STATUS", "ZONE", "SPOT")
        and len(line.text) < 60
    )


def _older(when: PartialDate, current: tuple[PartialDate, str, dict[str, Cell], list[Line]] | None, line: Line) -> bool:
    """True for an earlier exam named in passing in the paragraph of a later one: it is compared with, not reported."""
    return (
        current is not None
        and when.date < current[0].date
        and not (ALSO.search(line.text) and not line.labelled("PROGRESSION", "STATUS"))
        and not any(
            d.start - line.sentence.start < OPENS and (w := day_told(d, line)) and w.agrees(when) for d in line.labelled("DATE")[:1]
        )
        and not any(m.start - line.sentence.start < 12 and m.concept in PREFERRED and not m.has(*NOT_YET) for m in line.labelled("IMAGING"))
        and current[3][-1].sentence.paragraph == line.sentence.paragraph
        and any(x.labelled("PROGRESSION", "STATUS") for x in current[3])
        and not _seen_on(line)
        and not points_back(line)
        and not goes_back(line)
    )


ALSO = re.compile(r"\b(?:also|besides|in addition|brought|separately|another)\b", re.IGNORECASE)
"""A sentence that only brings up an exam, whose result the next one tells: "She also brought a disc of the CT of 4/17"."""

SEEN_ON = re.compile(
    r"\b(?:no|nothing|none|nil|clear|quiet|stable|unchanged)\b[^.;:]{0,60}\b(?:on|by|per)(?: the| his| her| an?)?\s*$", re.IGNORECASE
)


def _seen_on(line: Line) -> bool:
    """True for what the one exam of a sentence showed, told before its name: "No disease elsewhere on CT of 9/18/2020"."""
    said = line.labelled("IMAGING")
    return len(said) == 1 and bool(SEEN_ON.search(line.read.flat[line.sentence.start : said[0].start]))


OPENS = 25
"""Characters within which the day of an exam opens a sentence about it: "Her winter set, 1/17/2023, had said ..."."""


def _in_its_list(told: Sequence[Line], line: Line) -> bool:
    """True for an item of the list that an exam opens: "MRI 01/30/2018 (images reviewed):" and a dash before each finding."""
    return (
        (told[0].text.rstrip().endswith(":") or (_heading(told[0]) and len(told) < LONG_LIST))
        and line.sentence.section == told[0].sentence.section
        and line.sentence.paragraph - told[-1].sentence.paragraph <= 1
        and bool(
            re.match(
                r"\s*(?:[-–—•*·>]|\d[.)])\s",
                line.read.note.text[line.read.note.text.rfind("\n", 0, line.sentence.start) + 1 : line.sentence.end],
            )
        )
    )


HAD = re.compile(r"\bhad (?:been|shown|not|no|already)\b", re.IGNORECASE)


def _told_last(cited: Sequence[Citation]) -> int:
    """Which of a sentence's exams the next sentence goes on with: its last, unless that is looked back on ("the CT of March had been clear")."""
    newest = max(range(len(cited)), key=lambda n: (cited[n][0].date, n), default=0)
    return newest if cited and HAD.search(cited[-1][3].text) else len(cited) - 1


def _later(line: Line, exam: PartialDate) -> bool:
    """True for a sentence that opens with a later day of its own: "3/2020 recurrence at the apex" after an exam of 2019."""
    opened = [w for d in line.labelled("DATE")[:1] if d.start - line.sentence.start < DAY_FIRST and (w := day_told(d, line))]
    return any(w.date > exam.date and not w.agrees(exam) for w in opened)


DAY_FIRST = 5
"""Characters within which a day opens its sentence."""
RECENT = re.compile(r"\W*(?:last|this|yesterday|today|the (?:latest|newest|most recent|current|present)|now|new)\b", re.IGNORECASE)


def _another(line: Line, exam: PartialDate) -> bool:
    """True for a sentence that opens with an exam of a vague day close to the note's own: "Last week's scan" after the scan of August."""
    named = next((m for m in line.labelled("IMAGING") if m.start - line.sentence.start < LATELY and not m.has(*NOT_YET)), None)
    written = line.read.note.note_date
    return named is not None and bool(RECENT.match(line.text)) and (written - exam.date).days > 2 * MONTH_LONG


LATELY = 30
"""Characters within which an exam opens its sentence behind the words for its day."""


def _of_images(line: Line) -> bool:
    """True for a sentence that names images and no tissue: behind a biopsy told it is of them ("stable on the October scan")."""
    said = {m.concept for m in line.labelled("IMAGING") if not m.has(*NOT_YET)}
    return bool(said) and "pathology" not in said and bool(line.labelled("PROGRESSION", "STATUS"))


def _past_blank(last: Line, line: Line) -> bool:
    """True if an empty line stands between two sentences: a result of tissue is told in one passage."""
    return EMPTY_LINE.search(line.read.note.text, last.sentence.end - 1, line.sentence.start + 1) is not None


def _past_item(last: Line, line: Line) -> bool:
    """True for a line that is no item behind one that is: the list in which tissue was told has ended."""
    text = last.read.note.text
    opened = text.rfind("\n", 0, last.sentence.start) + 1
    begun = text.rfind("\n", 0, line.sentence.start) + 1
    return begun > opened and bool(ITEM.match(text, opened)) and not ITEM.match(text, begun)


ITEM = re.compile(r"[ \t]*(?:[-–—•*·>]|\d{1,2}[.)])[ \t]")
EMPTY_LINE = re.compile(r"\n[ \t]*\r?\n")


def _leaves(last: Line, line: Line) -> bool:
    """True if a line no longer speaks of the exam cited before it: another section or item, unless it goes on with the treated places."""
    if line.sentence.section != last.sentence.section or line.sentence.section in ("plan", "instructions") or line.labelled("DEATH"):
        return True
    if line.sentence.paragraph == last.sentence.paragraph:
        return False
    tells = [m for m in line.labelled("PROGRESSION", "STATUS") if not m.rule_id.endswith(("#stable", "#shrinking", "#growth"))]
    dated = any(not named_then(d, line) for d in line.labelled("DATE"))
    goes_on = (line.labelled("ZONE", "SPOT") or tells) and not (dated or line.labelled("PROCEDURE"))
    return not (goes_on and line.sentence.paragraph == last.sentence.paragraph + 1 and len(line.text) > 35)
