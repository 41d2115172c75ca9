"""What did each exam show at the treated sites, and elsewhere? One row an exam and treated lesion, one an exam for distant disease.

Labeling guide, Assessment. A sentence is read in two questions: which treated lesions does it speak of (zone words, places, what the
sentence before spoke of), and what does it say of them (findings.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from itertools import pairwise, takewhile

from extractor.model import Cell, Mention, ReadNote, Row
from extractor.normalizer import earlier, findings, timeline
from extractor.normalizer import exams as exam_finder
from extractor.normalizer.lesions import ALL, NUMBERS
from extractor.normalizer.places import LANDMARK, MUSCULAR, SIDE_OF_LOBE, conflict, likeness, near_site, places
from extractor.normalizer.records import Exam, Line, Place, Session, Target
from extractor.patterns import re

SEE = re.compile(r"\bsee (?:the )?(?:quote|below|above|report|text|note|addend\w*)\b(?! report: )", re.IGNORECASE)
MISPLACED = re.compile(
    r"\b(?:first|earlier|previous|original|initial|prior|preliminary) (?:version|draft|issue)\b|\b(?:was|were|had been) (?:wrongly |mistakenly |erroneously |originally |first |inadvertently )?(?:entered|put|listed|filed|typed|recorded|dictated|assigned|attributed|placed)\b[^.;]{0,40}\b(?:under|against|in error|by mistake|the wrong)\b",
    re.IGNORECASE,
)
"""A sentence of an addendum that tells what the report had wrong."""
SILENT = re.compile(
    r"\b(?:spoke|speaks?|says?|said|mention\w*|comment\w*|tells?|told)(?: us)?(?: of| on| about)? (?=nothing\b)", re.IGNORECASE
)
"""Before what an exam does not speak of: "and spoke of nothing else"."""
SAME = re.compile(
    r"\b(?:the |much the |exactly the )?same\b(?! (?:size|as|day|date|session|morning|afternoon|week|month|time|place|spot|site|level|lesion|nodule|side|zone|area|region|location|needle|approach|scan|CT|MRI?|PET|study|exam\w*|hospital|reader|radiologist|\w+ (?:scan|CT|MRI?|PET|study|exam\w*))\b)|\blikewise (?:clear|clean|negative|quiet)|\b(?:ditto|idem)\b|\bidentical (?:report|findings|result)",
    re.IGNORECASE,
)
"""An exam that repeats what the one told before it had shown."""
PRONOUN = re.compile(
    r"[\W\d]*(?:and |but |however,? )?(?:(?:at|in|within|along|around|on|over|of|from) )?(?:its?|this|these|they|their|that)\b",
    re.IGNORECASE,
)
LEAD = re.compile(r"\W*(?:on|to|in) the (left|right)\b(?! (?:\w+ )?(?:lung|lobe|side of))", re.IGNORECASE)
PAIR = re.compile(r"\b(?:both|either|neither|each)\b", re.IGNORECASE)
PAIR_OF_ZONES = re.compile(
    r"\b(?:both|either|neither)(?: of (?:the|these|those|them))? (?:\w+ )?(?:sites?|zones?|places?|scars?|beds?|cavit\w+)\b", re.IGNORECASE
)
PAIR_OF_LESIONS = re.compile(
    r"\b(?:both|either|neither)(?: of (?:the|these|those|her|his))? (?:[\w-]+ )?(?:spots|nodules|lesions|masses|deposits|targets|tumou?rs|ones|implants)\b",
    re.IGNORECASE,
)
"""The two treated lesions by what they were: "good news on both liver spots"."""
COUNTED = re.compile(
    r"\b(?:all|any of|each of|none of|at) (?:of )?(?:the |these |our )*(two|three|four|five) (?:\w+ )?(?:treated|ablat\w+|frozen|cryo\w*|sites?|zones?|places?|scars?|beds?|spots?)\b",
    re.IGNORECASE,
)
"""Treated places by their number: "all three treated sites"."""
COUNTED_LESIONS = re.compile(
    r"\b(?:all|any|each|none|either) of (?:the |these |those )?(two|three|four|five)(?=\s*(?:[.,;)]|$|(?:shows?|showed|has|had|have|is|are|was|were|looks?|looked|remains?|remained|enhance[sd]?|recurred|ha[sd]n|(?:is|was|were)n)\b))|\b(?:ablati\w+|cryo\w+|treatment|freezing) (?:of|to) (?:all |the |these )*(two|three|four|five) (?:[\w-]+ ){0,3}?(?:nodules|lesions|metastases|targets|tumou?rs|deposits|implants|sites|masses|mets)\b",
    re.IGNORECASE,
)
"""The treated lesions by their number alone: "at any of the three", "after ablation of three nodules"."""
BESIDE = re.compile(
    r"\b(?:along|at|adjacent|abut\w*|edges?|margins?|rims?|borders?|periphery|wall|aspect|corner|pole|end|part|portion|medial\w*|lateral\w*|anterior\w*|posterior\w*|superior\w*|inferior\w*|cranial\w*|caudal\w*|within|inside)\b",
    re.IGNORECASE,
)
DIFFUSE = ("lung", "liver", "bone", "peritoneum", "lymph_node", "pleura", "subcutaneous")
"""Sites where new disease beside a treated lesion is usual, so that a new focus is local only if the words say so."""
SITE_OF_PART = {
    "bone": "bone",
    "node": "lymph_node",
    "lobe": "lung",
    "rp": "retroperitoneum",
    "per": "peritoneum",
    "pel": "pelvis",
    "pl": "pleura",
}
WEIGHT = {"progression": 3, "residual": 3, "indeterminate": 2, "no_progression": 1}
FINAL = ("impression", "addendum", "diagnosis", "assessment", "assessment_plan")
DENIED = re.compile(r"\b(?:recurr\w+|residu\w+|viable|tumou?r|malignan\w+|active)\b", re.IGNORECASE)
NODAL = re.compile(r"\b(?:lymph\w*|nodes?|nodal|adenopathy)\b", re.IGNORECASE)
SPREAD = re.compile(r"\b(?:spread|metasta\w+|mets|secondar\w+|distant|elsewhere|others?)\b", re.IGNORECASE)
FRESH = re.compile(
    r"\b(?:new|no (?:other|further|additional|second|third|fourth))\b(?! (?:evidence|signs?|recurren\w+|residual))", re.IGNORECASE
)
NEWS = ("#new_tumour", "#appeared", "#metastasis")


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
    seen: bool = False
    """Rests on what was seen (enhancement, growth), not on a reader's word for it."""
    denied: bool = False
    """Says in so many words that there is no recurrence or residual tumour."""
    placeless: bool = False
    """Taken for disease elsewhere by its words of tumour alone: its clause names no place."""
    loose: bool = False
    """Of a treated place that its clause does not name or point at: the words merely follow."""
    zoned: bool = False
    """Its clause has a word for the treated place or its edge."""

    @property
    def weight(self) -> int:
        """Which of several readings of a treated lesion in one exam holds: a firm call, doubt, a denial, what was merely seen, quiet."""
        if self.status == "indeterminate":
            return 4
        if self.status == "no_progression":
            return 3 if self.denied else 1
        return 2 if self.seen else 5


@dataclass(frozen=True, slots=True)
class Subject:
    """What a clause speaks of: treated lesions, or other places (``away``), or neither by its own words."""

    targets: tuple[Target, ...] = ()
    away: bool = False
    carried: bool = False
    """The clause names nothing and goes on with what was spoken of before."""


@dataclass(slots=True)
class Thread:
    """What an exam has spoken of so far."""

    here: Sequence[Target]
    labels: Mapping[str, frozenset[str]]
    named: Sequence[Target]
    """The treated lesions that the exam names by their place."""
    covered: Sequence[Target]
    """Those that lie in the region examined."""
    about: tuple[Target, ...] = ()
    away: bool = False
    side: str = ""
    """The side that the sentence began with ("On the left, ...")."""
    last: tuple[Target, ...] = ()
    """The treated lesions last named in this section."""
    sampled: bool = False
    """The exam is of tissue that was taken from the treated places spoken of."""
    one_organ: bool = False
    """That tissue is all of the organ of the treated places sampled."""
    news: tuple[Target, ...] = ()
    """The treated lesions at which the sentence before, or this one, saw tumour, or at whose edge the one before saw something."""
    elsewhere: bool = False
    """The exam is of tissue that was taken from no treated place."""
    spoken: list[Target] = field(default_factory=list)
    """Those spoken of in this section."""
    followed: tuple[Target, ...] = ()
    """Those at which this exam, or one before it, saw or suspected tumour."""
    only: tuple[Target, ...] = ()
    """The one treated lesion of the chart, for an exam told in a note whose region holds it."""
    listed: bool = False
    """The exam is told in a note that names the organs of the treated lesions, all of them, and no other."""

    def note(self, subject: Subject) -> None:
        """Remember what a clause named."""
        if subject.targets and not subject.carried:
            self.about, self.last, self.away = subject.targets, subject.targets, False
            self.spoken += [t for t in subject.targets if t not in self.spoken]
        elif subject.away:
            self.about, self.away = (), True


def find(exams: Sequence[Exam], targets: Sequence[Target], patient: str, numbers: Mapping[str, frozenset[str]] | None = None) -> list[Row]:
    """Assessment rows by day; of one exam told twice its own report speaks."""
    rows: dict[tuple[str, str, str], Row] = {}
    own = {(e.when.date, e.modality) for e in exams if e.own}
    before: list[Reading] = []
    followed: tuple[Target, ...] = ()
    ordered = _settled(exams)
    told = _told_before_each(ordered) if any(_says_same(e) for e in ordered) else {}
    for exam in ordered:
        reported = (exam.when.date, exam.modality) in own or (exam_finder.vague(exam) and any(d == exam.when.date for d, _ in own))
        if not exam.own and not reported and _misdated(exam, own):
            continue
        readings = _of_its_own(exam, _alive(targets, exam.when.date), numbers, followed)
        if _says_same(exam) and not any(r.target for r in readings):
            other = told.get(id(exam))
            model = _of_its_own(other, _alive(targets, exam.when.date), numbers, followed) if other else before
            readings = [*(r for r in _repeated(model, exam) if r.target or not readings), *readings]
        before = readings
        followed = _noted(followed, readings)
        for row in _rows(exam, readings, patient):
            key = (str(row["date"]), str(row["lesion_id"] or ""), str(row["modality"]))
            known = not row["lesion_id"] or exam.modality == "pathology" or any(k[:2] == key[:2] for k in rows)
            if (exam.own or not (reported and known)) and (
                key not in rows or _only_of_the_rest(rows[key], row) or (_by_month(exam) and _seen_again(rows[key], row))
            ):
                rows[key] = row
    return sorted(rows.values(), key=lambda r: (str(r["date"]), r["scope"] == "distant", str(r["lesion_id"] or ""), str(r["modality"])))


def _says_same(exam: Exam) -> bool:
    """True for an exam told in a note as like the one told before it."""
    return bool(exam.lines) and not exam.own and bool(SAME.search(exam.lines[0].text))


def _told_before_each(exams: Sequence[Exam]) -> dict[int, Exam]:
    """The exam that its note tells of just before each that shows the same; of several in a row, the first that says what."""
    told = sorted((e for e in exams if e.lines and not e.own), key=lambda e: (e.lines[0].read.note.note_id, e.lines[0].sentence.start))
    out: dict[int, Exam] = {}
    for last, exam in pairwise(told):
        if last.lines[0].read is exam.lines[0].read and exam.modality != "pathology":
            out[id(exam)] = out.get(id(last), last) if _says_same(last) else last
    return out


def _repeated(before: Sequence[Reading], exam: Exam) -> list[Reading]:
    """The readings of the exam told before, as one that shows the same has them."""
    said = tuple(m for x in exam.lines[:1] for m in x.labelled("IMAGING", "DATE")[:1])
    return [replace(r, mentions=said) for r in before]


OF_THE_REST = re.compile(r"\b(?:other|else|elsewhere|otherwise)\b", re.IGNORECASE)


def _seen_again(known: Row, told: Row) -> bool:
    """True if a later note tells of tumour at a treated place on images that were first told as quiet."""
    return bool(told["lesion_id"]) and known["status"] == "no_progression" and told["status"] in ("progression", "residual")


def _only_of_the_rest(known: Row, told: Row) -> bool:
    """True if one note tells of an exam only that there was nothing else, and another what there was."""
    said = known.cells["status"].mentions
    quiet = known["scope"] == "distant" and known["status"] == "no_progression" != told["status"]
    return bool(quiet and said and all(OF_THE_REST.search(m.text) for m in said))


def _noted(followed: tuple[Target, ...], found: Sequence[Reading]) -> tuple[Target, ...]:
    """The treated lesions at which tumour was seen or suspected, with those of further readings."""
    new = [r.target for r in found if r.target and r.status != "no_progression"]
    return tuple(dict.fromkeys((*followed, *new))) if new else followed


def _misdated(exam: Exam, own: Collection[tuple[date, str]]) -> bool:
    """True for a telling of an exam whose own report is of the day before or after."""
    near = [d for d, modality in own if modality == exam.modality and abs((d - exam.when.date).days) == 1]
    return exam.when.precision == "day" and exam.modality != "pathology" and bool(near)


def _of_its_own(
    exam: Exam, here: Sequence[Target], numbers: Mapping[str, frozenset[str]] | None, followed: Sequence[Target] = ()
) -> list[Reading]:
    """The readings of an exam. Of a conclusion that two exams share, each has what its findings speak of; what neither does is the first one's."""
    found = read(exam, here, numbers, followed)
    if not exam.beside:
        return found
    others = {r.target for r in read(replace(exam, lines=exam.beside, beside=()), here, numbers)}
    named = {r.target for r in found if not r.final}
    leads = exam.lines[0].sentence.start < exam.beside[0].sentence.start
    return [r for r in found if not r.final or r.target in named or (leads and r.target not in others)]


def _settled(exams: Sequence[Exam]) -> list[Exam]:
    """Without coarse tellings of an exam whose day is known."""
    exams = _joined(exams)
    fine = [e for e in exams if e.when.precision == "day"]
    exams = sorted((_of_that_exam(e, fine) for e in exams), key=lambda e: (e.when.date, _by_month(e)))
    return [e for e in exams if e.when.precision == "day" or not any(f.when.agrees(e.when) and _alike(e, f) for f in fine)]


def _by_month(exam: Exam) -> bool:
    """True for a telling by month of an exam whose day another note gave."""
    return exam.when.precision == "day" and not exam.own and exam.cells["date"].basis == "derived"


def _of_that_exam(exam: Exam, fine: Sequence[Exam]) -> Exam:
    """A later telling by month of an exam whose one day another note gave, and that has no report of its own: it tells more of that exam."""
    if exam.when.precision != "month" or exam.own or exam.modality == "pathology":
        return exam
    same = [f for f in fine if f.when.agrees(exam.when) and f.modality == exam.modality]
    if len({f.when.date for f in same}) != 1 or any(f.own for f in same):
        return exam
    return replace(exam, when=same[0].when, cells={**exam.cells, "date": replace(same[0].cells["date"], basis="derived")})


def _alike(coarse: Exam, fine: Exam) -> bool:
    """False for images told by their month where only the day of a biopsy is known; a biopsy is often told by the month of its images."""
    return coarse.modality == "pathology" or fine.modality != "pathology"


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


def read(
    exam: Exam, here: Sequence[Target], labels: Mapping[str, frozenset[str]] | None = None, followed: Sequence[Target] = ()
) -> list[Reading]:
    """Readings of an exam, sentence by sentence; what a sentence speaks of is carried on within its paragraph.

    ``followed`` are the treated lesions at which an exam before it saw or suspected tumour.
    """
    if any(m.label == "PRIOR_TREATMENT" for m in exam.cells["modality"].mentions):
        return _removed(exam, here, labels or {})
    out: list[Reading] = []
    sampled = tuple(_sampled(exam, here))
    here = [] if exam_finder.of_the_head(exam) and not any(t.place.site == "head_neck" for t in here) else here
    here = _in_view(exam, here)
    here = [] if exam_finder.of_elsewhere(exam, here) else here
    seen = [t for t in here if exam_finder.covers(exam, t.place.site, t.place.parts)] or ([] if exam.own else list(here))
    thread = Thread(here, labels or {}, _named(exam, here), seen, sampled)
    thread.sampled = bool(sampled)
    thread.one_organ = thread.sampled and {p.site for x in exam.lines for p in _places(x)} == {t.place.site for t in sampled}
    thread.followed = tuple(t for t in here if any(t is f for f in followed))
    told_of = not exam.own and exam.modality != "pathology"
    thread.only = tuple(t for t in here if exam_finder.covers(exam, t.place.site, t.place.parts)) if told_of and len(here) == 1 else ()
    thread.listed = told_of and _organ_by_organ(exam, here)
    placed = any(_places(x) or "apart" in _scope(x) for x in exam.lines)
    thread.elsewhere = exam.own and exam.modality == "pathology" and bool(here) and not sampled and placed
    described: list[tuple[tuple[Target, ...], Line]] = []
    thread.about = _same_spot(exam, thread)
    told, beside, before = 0, tuple[Target, ...](), None
    paragraph, section = exam.lines[0].sentence.paragraph if thread.about else -1, ""
    for line in exam.lines:
        if line.sentence.paragraph != paragraph:
            thread.about, thread.away, paragraph = sampled, False, line.sentence.paragraph
        if line.sentence.section != section:
            section = line.sentence.section
            thread.last = ()
            thread.spoken.clear()
        clauses = _clauses(line)
        lead = LEAD.match(line.text)
        thread.side = lead[1].lower() if lead else ""
        waiting: tuple[Target, ...] = ()
        since, told, at_edge, beside = told, len(out), beside, ()
        for number, clause in enumerate(clauses):
            thread.news = (*at_edge, *(r.target for r in out[since:] if r.target and r.status in ("progression", "indeterminate")))
            subject = _subject(clause, thread)
            if not subject.targets and not subject.away:
                subject = _ahead(clauses[number + 1 :], thread)
            if thread.elsewhere and subject.targets and not (clause.labelled("ZONE", "SPOT") or _places(clause)):
                subject = Subject(away=True)
            found = _readings(clause, subject, thread, exam.modality == "pathology" and not exam.own) or _likewise(clause, subject, out)
            found = found or _in_doubt_again(clause, subject, out)
            beside = subject.targets if BESIDE.search(clause.text) else beside
            out = _called_in_doubt(out, found, line, before)
            thread.followed = _noted(thread.followed, found)
            out += _shared(clause, found, waiting)
            bare = clause.labelled("ZONE", "SPOT") or (_listed(clause) and not subject.carried)
            waiting = tuple(dict.fromkeys((*waiting, *subject.targets))) if not found and bare else ()
            if not found and subject.targets and clause.labelled("ZONE", "SPOT") and not UNQUIET.search(clause.text):
                described.append((subject.targets, clause))
            if not found and described and subject.targets and not subject.carried and _places(clause) and LIKEWISE.search(clause.text):
                described.append((subject.targets, clause))
            if not found and subject.targets and not subject.carried and not exam.own and _merely_named(clause):
                described.append((subject.targets, clause))
            thread.note(subject)
        before = line
    troubled = any(m.concept in TROUBLES and not m.has("negated", "historical") for x in exam.lines for m in x.labelled("COMPLICATION"))
    out = _beside_zone(_pinned(_echoed(out) if exam.own else _by_name(out)))
    out += _described(described, out) if (exam.own or _tells(out)) and exam.modality != "pathology" and not troubled else []
    return [] if _of_trouble(exam, out) else out


def _called_in_doubt(out: Sequence[Reading], found: list[Reading], line: Line, before: Line | None) -> list[Reading]:
    """With what a sentence in doubt says of the thing that the one before it saw elsewhere: "A 5 mm nodule not seen in May. It is too small to characterize"."""
    last = out[-1] if out else None
    doubt = bool(found) and all(r.target is None and r.status == "indeterminate" for r in found)
    seen = (
        last is not None
        and last.target is None
        and last.status == "progression"
        and all(m.rule_id.endswith(APPEARED) for m in last.mentions)
    )
    next_to = before is not None and last is not None and any(m in before.mentions for m in last.mentions)
    if doubt and seen and next_to and PRONOUN.match(line.text):
        return [*out[:-1], *found]
    return [*out, *found]


def _in_doubt_again(clause: Line, subject: Subject, out: Sequence[Reading]) -> list[Reading]:
    """Doubt of a conclusion that names no place: of the one treated place that the findings left in doubt."""
    if clause.sentence.section not in FINAL or subject.targets or subject.away or _places(clause):
        return []
    status, evidence = findings.status(clause)
    doubted = {id(r.target): r.target for r in out if r.status == "indeterminate" and not r.final}
    target = next(iter(doubted.values())) if status == "indeterminate" and len(doubted) == 1 else None
    return [Reading(target, status, evidence, True)] if target else []


APPEARED = ("#appeared", "#new_tumour", "#growth")
OUT_OF_VIEW = re.compile(
    r"\b(?:not|n't) (?:\w+ ){0,2}?(?:(?:in|on|inside|within) (?:the |this |that )?(?:field|scan|study|view|FOV|range|exam)\w*|included|covered|imaged|scanned)\b|\b(?:outside|out|beyond|below|above)(?: of)? (?:the |this )?(?:field|FOV|range|scan|study|coverage|imaged|view)\b|\b(?:at|on|near) the (?:\w+ )?(?:edge|margin|limit|border)s? of the (?:field|FOV|range|scan|study|coverage|volume|view|images?)\b|\b(?:not|n't|no) (?:\w+ )?(?:comment\w*|mention\w*|remark\w*) (?:on|of|about|is made of)\b|\b(?:not|n't) mention\b",
    re.IGNORECASE,
)
"""What an exam did not show or speak of."""


def _in_view(exam: Exam, here: Sequence[Target]) -> Sequence[Target]:
    """Without the treated places that the exam is said not to show: "The left 9th rib lies outside the field of view"."""
    said = [x for x in exam.lines if OUT_OF_VIEW.search(x.text) and not (exam.own and x.labelled("DATE"))]
    clauses = [c for x in said for c in _clauses(x) if OUT_OF_VIEW.search(c.text) and not _judged(c)]
    unseen = [t for c in clauses for p in _places(c) for t in _matching(p, here, True)]
    unseen += [t for c in clauses if not _places(c) for m in c.labelled("PART") for t in here if m.concept in t.place.parts]
    return [t for t in here if t not in unseen] if len(set(map(id, unseen))) < len(here) else here


def _judged(line: Line) -> bool:
    """True if a clause says what was seen, not only that it could not be evaluated."""
    return any(m.label == "PROGRESSION" or m.concept != "indeterminate" for m in line.labelled("PROGRESSION", "STATUS"))


def _tells(found: Sequence[Reading]) -> bool:
    """True if an exam told in a note is told lesion by lesion: another treated place of it has its status."""
    return any(r.target for r in found)


def _beside_zone(found: Sequence[Reading]) -> list[Reading]:
    """A nodule that grew in the lobe of a zone which the exam calls quiet is another lesion, unless words of the zone or of recurrence say so."""
    quiet = [r.target for r in found if r.zoned and r.target and r.status == "no_progression" and r.target.place.site in DIFFUSE]
    active = [r.target for r in found if r.zoned and r.status != "no_progression"]
    out = []
    for r in found:
        other = (
            r.status == "progression"
            and not (r.zoned or any(m.rule_id.endswith(("#recurrence", "#residual")) for m in r.mentions))
            and any(r.target is t for t in quiet)
            and not any(r.target is t for t in active)
        )
        out.append(replace(r, target=None) if other else r)
    return out


def _pinned(found: Sequence[Reading]) -> list[Reading]:
    """A finding that its sentence leaves to several treated places is that of the one to which the conclusion gives it."""
    shared: dict[tuple[Mention, ...], list[Target]] = {}
    for r in found:
        if r.target and r.status != "no_progression":
            shared.setdefault(r.mentions, []).append(r.target)
    called = [r.target for r in found if r.final and r.target and r.status != "no_progression" and len(shared[r.mentions]) == 1]
    lost = {k: [t for t in ts if not any(t is c for c in called)] for k, ts in shared.items()}
    lost = {k: ts for k, ts in lost.items() if len(ts) < len(shared[k])}
    return [r for r in found if not (r.target and r.status != "no_progression" and any(r.target is t for t in lost.get(r.mentions, ())))]


def _by_name(found: Sequence[Reading]) -> list[Reading]:
    """Of an exam told in a note, what is said of a treated place by name holds before words that merely follow in the story."""
    named = [r.target for r in found if r.target and not r.loose]
    return [r for r in found if not (r.loose and any(r.target is t for t in named))]


def _echoed(found: Sequence[Reading]) -> list[Reading]:
    """A conclusion that names no place repeats what the findings say of a treated place: "Uncertain small focus" of the zone's upper pole."""
    told: dict[str, dict[Target | None, None]] = {}
    for r in found:
        if not r.final:
            told.setdefault(r.status, {})[r.target] = None
    out: list[Reading] = []
    for r in found:
        status = "residual" if any(m.concept == "residual" for m in r.mentions) and "residual" in told else r.status
        here = list(told.get(status, ())) if r.final and r.placeless and r.status != "no_progression" else []
        out += [replace(r, target=t, status=status) for t in here] if here and None not in here else [r]
    return out


SAME_SPOT = re.compile(r"\b(?:the|that|this) (?:very )?same (?:spot|place|site|location|area|region|lesion|nodule|zone)\b", re.IGNORECASE)


def _same_spot(exam: Exam, thread: Thread) -> tuple[Target, ...]:
    """The treated places that the sentence before an exam spoke of, where it tells of "the same spot" or of "the zone".

    Tissue of no named place that holds no tumour is of the one place at which tumour was seen or suspected before.
    """
    first = exam.lines[0] if exam.lines and not exam.own else None
    if first is not None and exam.modality == "pathology" and not (_places(first) or first.labelled("ZONE", "SPOT", "PART", "SIDE")):
        return _tissue_of(first, thread)
    if first is not None and (pointed := _pointed_at(first, thread)):
        return pointed
    said = first.labelled("ZONE") if first else ()
    bare = bool(said) and not said[0].text.lower().endswith(("s", "ies")) and first is not None and not _places(first)
    if first is None or not (bare or SAME_SPOT.search(first.text)):
        return ()
    told = takewhile(lambda x: x.sentence.paragraph == first.sentence.paragraph, timeline.back(first))
    before = next((x for x in told if not bare or x.labelled("ZONE", "SPOT")), None)
    return _subject(before, thread).targets if before else ()


POINTS_BACK = re.compile(
    r"\b(?:it|this|that|these|those|they|each|both|there|which)\b(?! (?:is|are|was|were) (?:no|not|a|an)\b)", re.IGNORECASE
)


def _pointed_at(first: Line, thread: Thread) -> tuple[Target, ...]:
    """The treated places that a report has just spoken of, where a clause about an earlier exam names none and points back ("this zone had been clean")."""
    if timeline.kind(first.read) != "radiology" or _places(first) or not POINTS_BACK.search(first.text):
        return ()
    whole = next((x for x in timeline.until(first)[-1:] if x.sentence.start < first.sentence.start), None)
    told = [earlier.part(whole, whole.sentence.start, first.sentence.start)] if whole else []
    told += list(takewhile(lambda x: x.sentence.paragraph == first.sentence.paragraph, timeline.back(first)))
    return next((s.targets for x in told if (s := _subject(x, thread)).targets and (x.labelled("ZONE", "SPOT") or _places(x))), ())


def _tissue_of(first: Line, thread: Thread) -> tuple[Target, ...]:
    """Where tissue of no named place was taken: where the sentence before saw tumour, else, without tumour in it, the one place followed."""
    last = next(timeline.back(first), None)
    told = _called_at(last, thread) if last and last.sentence.paragraph == first.sentence.paragraph else ()
    denied = findings.status(first, tissue=True)[0] == "no_progression"
    return told or (thread.followed[:1] if denied and len(thread.followed) == 1 else ())


def _called_at(line: Line, thread: Thread) -> tuple[Target, ...]:
    """The one treated place at which a sentence saw tumour, or something in doubt: what a biopsy told next is of."""
    seen = [c for c in _clauses(line) if findings.status(c)[0] in ("progression", "residual", "indeterminate")]
    who = _subject(seen[-1], thread) if seen else Subject()
    return who.targets if len(who.targets) == 1 and not who.carried else ()


UNQUIET = re.compile(
    r"\b(?:enhanc\w*|nodul\w*|uptake|avid\w*|hot|recurr\w*|residu\w*|tumou?r\w*|viable|gr[eo]w\w*|enlarg\w*|larger|bigger|increas\w*|thicken\w*|bulg\w*|plump\w*|mass|lump|solid|soft[- ]tissue|crescent|new|suspicio\w*|concern\w*|worr\w*|possib\w*|may|might|could|unclear|equivocal|irregular\w*|not|cannot|obscur\w*|artefacts?|artifacts?|biops\w*|abscess\w*|collection|h(?:a)?ematoma|fractur\w*|infect\w*|(?:better|best) (?:seen|shown|assessed|evaluated|depicted|appreciated|judged)|refer|after|following|since|status|s/p|history|treated with|underwent)\b|\?",
    re.IGNORECASE,
)
"""Words with which a treated place is not merely described."""


MOST_WORDS = 5
"""Words of a sentence that only names a treated place and how it is."""
VERDICT = re.compile(
    r"\W*(?:(?:is|are|was|looks?|still|all|and|zone|site|now|very|quite)\W+)*(?!and\b|or\b|as\b)[a-z]{2,10}\W*$", re.IGNORECASE
)


def _merely_named(clause: Line) -> bool:
    """True for a treated place and a word or two that say how it is, known or not: "presacral OK." """
    known = {m.label for m in clause.mentions} <= {"SITE", "PART", "SIDE", "NAME", "ZONE", "SPOT", "SCOPE"}
    end = max((m.end for m in clause.labelled("SITE", "PART", "ZONE", "SPOT")), default=0)
    alone = known and end and len(clause.text.split()) <= MOST_WORDS and not UNQUIET.search(clause.text)
    return bool(alone) and VERDICT.match(clause.read.note.text[end : clause.sentence.end]) is not None


def _described(clauses: Sequence[tuple[tuple[Target, ...], Line]], found: Sequence[Reading]) -> list[Reading]:
    """A treated place that a report describes with its size or shape and no word of tumour is quiet: "The right-sided zone has nearly vanished"."""
    told = [r.target for r in found if r.target]
    out: list[Reading] = []
    for targets, clause in clauses:
        seen = (clause.labelled("ZONE", "SPOT") or clause.labelled("SITE", "PART"))[:1]
        fresh = [t for t in targets if all(t is not x for x in (*told, *(r.target for r in out)))]
        out += [Reading(t, "no_progression", seen, False) for t in fresh]
    return out


def _of_trouble(exam: Exam, found: Sequence[Reading]) -> bool:
    """True for an exam that speaks of a complication and of no tumour: that the lung bases are clear is no look for disease."""
    if any((r.target and not _merely_smaller(r)) or any(findings.TUMOUR.search(m.text) for m in r.mentions) for r in found):
        return False
    happened = [m for x in exam.lines for m in x.labelled("COMPLICATION") if not m.has("negated", "historical") and m.concept in TROUBLES]
    drained = any(DRAINED.search(x.text) for x in exam.lines)
    return bool(happened or drained) and not any(findings.TUMOUR.search(x.text) for x in exam.lines)


DRAINED = re.compile(r"\b(?:drain|drains|drainage|catheter|pigtail)\b", re.IGNORECASE)
"""What an exam of an abscess or leak looks for."""


def _merely_smaller(r: Reading) -> bool:
    """True for a treated place called smaller or unchanged and no more: what is said of an abscess cavity as well."""
    return all(m.rule_id.endswith(("#stable", "#shrinking")) or m.label in ("ZONE", "SPOT") for m in r.mentions)


TROUBLES = (
    "infection",
    "hemorrhage",
    "fracture",
    "bowel_injury",
    "urinary_injury",
    "vascular_injury",
    "thromboembolism",
    "fistula",
    "hemothorax",
    "pneumothorax",
)
"""Complications for which an exam is made."""


LIKEWISE = re.compile(
    r"\b(?:likewise|ditto|idem|similarly|same|as above|(?:nor|neither|so) (?:is|are|was|were|does|do|did|at|in)|holds? (?:true )?(?:for|of)|goes for|applies to)\b",
    re.IGNORECASE,
)


def _likewise(clause: Line, subject: Subject, before: Sequence[Reading]) -> list[Reading]:
    """ "Segment VIII: 31 mm, likewise": what was said of the treated lesion before it."""
    last = before[-1] if before else None
    names = clause.labelled("ZONE", "SPOT", "SITE", "PART", "NAME", "SIZE") or _labels(clause)
    if last is None or last.target is None or subject.carried or not (names and LIKEWISE.search(clause.text)):
        return []
    return [replace(last, target=t) for t in subject.targets if t is not last.target]


def _removed(exam: Exam, here: Sequence[Target], labels: Mapping[str, frozenset[str]]) -> list[Reading]:
    """What an operation told in a note took out: of a treated place where its words say zone or site, else disease elsewhere."""
    line = exam.lines[0]
    status, evidence = findings.removed(line)
    who = _subject(line, Thread(here, labels, (), ())).targets if line.labelled("ZONE", "SPOT") else ()
    return [Reading(t, status, evidence, False) for t in who or (None,)] if status else []


def _listed(clause: Line) -> bool:
    """True if a clause ends in a place, behind the exam and day that it may begin with."""
    since = max((m.end for m in clause.labelled("IMAGING", "DATE")), default=clause.sentence.start)
    return any(m.start >= since for m in clause.labelled("SITE"))


ALL_OF_THEM = re.compile(r"\b(?:all|both|each)\b", re.IGNORECASE)


def _shared(clause: Line, found: Sequence[Reading], waiting: Sequence[Target]) -> list[Reading]:
    """What "both scars and the dome zone without recurrence" says of the scars: the status stands once, at the end."""
    local = next((r for r in found if r.target is not None or r.denied), None)
    if local is None or not (clause.text.lower().startswith("and ") or (clause.text.startswith(",") and ALL_OF_THEM.search(clause.text))):
        return []
    return [replace(local, target=t) for t in waiting if all(r.target is not t for r in found)]


def _ahead(clauses: Sequence[Line], thread: Thread) -> Subject:
    """What a clause without a place speaks of: the treated place that its sentence names next ("now 14 mm; called recurrence at the dome site")."""
    for clause in clauses:
        subject = _subject(clause, Thread(thread.here, thread.labels, thread.named, ()))
        if subject.targets and (clause.labelled("ZONE") or _places(clause)):
            return subject
    return Subject()


def _named(exam: Exam, here: Sequence[Target]) -> list[Target]:
    """The treated lesions that an exam names by their place; a zone without a place can only be one of them."""
    if len(here) < 2:
        return list(here)
    lines = [x for x in exam.lines if "apart" not in _scope(x)]
    named = [t for line in lines for place in _places(line) for t in _matching(place, here, bool(line.labelled("ZONE")))]
    named += [t for line in lines for m in line.labelled("PART") for t in here if m.concept in t.place.parts]
    return list(dict.fromkeys(named)) or list(here)


SLIDES = re.compile(
    r"\b(?:slides?|(?:outside|previous|prior|earlier)(?! (?:\w+ )?(?:cryo\w*|(?:thermo-?)?ablat\w+|RFA|MWA|treat\w+|zones?|sites?|freez\w+|radio-?frequency|microwave))|blocks? (?:of|from)|consult\w*|review of)\b|\b(?:excision|resection),? (?:19|20)\d\d\b",
    re.IGNORECASE,
)
SPECIMEN = re.compile(
    r"\b(?:biops\w+|bx|cores?|FNAC?|aspirat\w+|resect\w+|excision\w*|specimens?|wedge|tissue|received|nodule|mass|cytolog\w+|site)\b",
    re.IGNORECASE,
)


def _sampled(exam: Exam, here: Sequence[Target]) -> list[Target]:
    """The treated lesions that a pathology report is about: what its specimen and clinical lines name."""
    if not (exam.own and exam.modality == "pathology"):
        return []
    read = exam.lines[0].read
    lines = [x for s in read.sentences if not SLIDES.search((x := Line(read, s)).text)]
    zoned = [t for x in lines if x.labelled("ZONE") for t in _subject(x, Thread(here, {}, here, ())).targets]
    taken = [x for x in lines if SPECIMEN.search(x.text)]
    taken = [x for x in taken if x.sentence.section != "indication" and _places(x)] or taken
    if any("apart" in _scope(x) and x.labelled("ZONE") for x in lines):
        return []
    named = [p for x in taken for p in _places(x) if not any(m.has("negated") for m in p.mentions)]
    placed = [t for p in named for t in _matching(p, here, True) or _near(p, here)]
    loose = [] if placed or zoned else [t for p in named for t in here if p.site == t.place.site and p.site in MUSCULAR and _sides(p, t)]
    placed = placed or (loose if len({t.lesion_id for t in loose}) == 1 else [])
    return list(dict.fromkeys(zoned if len(zoned) == 1 or not placed else placed))


def _sides(place: Place, target: Target) -> bool:
    return {place.side, target.place.side} != {"left", "right"}


def _organ_by_organ(exam: Exam, here: Sequence[Target]) -> bool:
    """True if an exam names the organs of the treated lesions, each of one lesion, all of them and no other: "Liver ok. Rib - failed"."""
    sites = [t.place.site for t in here]
    if len(sites) < 2 or len(set(sites)) < len(sites):
        return False
    named = {p.site for x in exam.lines if not findings.TUMOUR.search(x.text) for p in _places(x) if not _examined(p, x)}
    return named == set(sites)


def _places(line: Line) -> list[Place]:
    return places(line.sentence, line.read.note.text)


CUT = re.compile(
    r";|\||\bbut\b|\bhowever\b|\bwhile\b|\bwhereas\b|, with (?=(?:the |an? )?(?:\w+ ){0,5}?(?:zones?|sites?|cavit\w+|scars?|beds?)\b)|, (?:and |with |the )(?=\w+ (?:\w+ )?(?:is|are|was|has|have|zone|site|cavity|scar|nodule|lesion)\b)|\band (?=(?:the|there|that (?:the|there|a|an|his|her)|a|an|two|three|several|new) )|, (?=(?:an? |one |two |three |four |five |several |multiple |many )?(?:new|further|additional|fresh) (?:[\w-]+ ){0,3}?(?:nodul\w+|lesions?|metasta\w+|deposits?|mass(?:es)?|foc(?:us|i)|nodes?|implants?|spots?|mets)\b)|,? (?:and |or )?\b(?=(?:nothing|none|nil) (?:new|else|elsewhere|further|more)\b)|, (?=(?:the |all )?(?:other|remaining) (?:[\w-]+ ){0,2}?(?:nodul\w+|lesions?|metasta\w+|deposits?|mass(?:es)?|foci|nodes?|implants?|mets|disease)\b)|,? (?:and )?\bno (?=(?:new|other|further|distant|metasta\w+|(?:disease|tumou?r|recurrence|lesions?|mass(?:es)?|nodules?|metasta\w+) (?:anywhere|elsewhere)|evidence of (?:new|metasta\w+|distant))\b)|(?<!\bno)(?<!\bnr)(?<!\bnos)(?<!\bseg)\. ",
    re.IGNORECASE,
)


def _clauses(line: Line) -> list[Line]:
    """A sentence cut at semicolons and before "but"/"and" with a new place, so that each part speaks of one thing."""
    text = line.text
    bounds = [0, *(m.start() for m in CUT.finditer(text)), len(text)]
    bounds = [b for n, b in enumerate(bounds) if n in (0, len(bounds) - 1) or len(text[bounds[n - 1] : b].split()) > 1]
    bounds = [b for n, b in enumerate(bounds) if not (n and text[b : b + 7].lower() == "however" and _says_nothing(line, bounds[n - 1], b))]
    bounds = [b for n, b in enumerate(bounds) if n in (0, len(bounds) - 1) or not CALLED_SO.match(text, b)]
    bounds = sorted({*bounds, *_told_apart(line, bounds)})
    parts: list[Line] = []
    for a, b in pairwise(bounds):
        start, end = line.sentence.start + a, line.sentence.start + b
        mentions = tuple(m for m in line.mentions if start <= m.start < end)
        if mentions or not parts:
            parts.append(Line(line.read, type(line.sentence)(start, end, line.sentence.section, line.sentence.paragraph, mentions)))
    return parts


CALLED_SO = re.compile(
    r";\s*(?:this|that|it|which) (?:is|was|must be|looks like|represents|means) (?:an? |the |local |early |definite |clear )*(?:recurr\w+|residual|regrowth|progression|relapse)\b",
    re.IGNORECASE,
)
"""What the clause before it is called: "a rim that has grown since April; this is recurrence"."""


def _says_nothing(line: Line, start: int, end: int) -> bool:
    """True for the opening of a sentence before a "however" in passing: "On its lateral border, however, is a nodule"."""
    begin, stop = line.sentence.start + start, line.sentence.start + end
    return not any(begin <= m.start < stop for m in line.labelled("PROGRESSION", "STATUS", "SIZE", "LENGTH"))


COMMA = re.compile(r",(?! ?\d)(?: and)? |\band (?!/|or\b)")


def _told_apart(line: Line, bounds: Sequence[int]) -> list[int]:
    """Commas between two parts that each name a place and a status of their own: "rib fine, iliac without recurrence, a new nodule in the lung"."""
    start, text = line.sentence.start, line.text
    out: list[int] = []
    begin = 0
    commas = [m.start() for m in COMMA.finditer(text)]
    for number, comma in enumerate(commas):
        begin = max([begin, *(b for b in bounds if b <= comma)])
        further = commas[number + 1 :] if text[comma] != "," else [c for c in commas[number + 1 :] if text[c] == ","]
        end = min([b for b in (*bounds, *further) if b > comma], default=len(text))
        if _complete(line, start + comma, start + end) and (
            _complete(line, start + begin, start + comma) or _predicated(line, start + begin, start + comma)
        ):
            out.append(comma)
            begin = comma
    return out


PREDICATE = re.compile(
    r"\s+(?:(?:is|are|was|were|looks?|looked|remains?|appears?|all|quite|very|still|now|both) )*(?!(?:and|or|in|of|at|on|with|by|to|from|nodul\w+|lesions?|mass|mets?|metasta\w+|tumou?rs?|deposits?|zones?|sites?|areas?|lobes?|mm|cm|left|right)\b)[a-z-]{2,12}\s*",
    re.IGNORECASE,
)
"""Behind a treated place: a word or two that say how it is, known or not ("segment 7 zone ok, segment 3 ...")."""


def _predicated(line: Line, start: int, end: int) -> bool:
    """True if a part of a sentence names a treated place and ends in a word that says how it is."""
    inside = [m for m in line.labelled("ZONE", "SPOT") if start <= m.start and m.end <= end]
    return bool(inside) and PREDICATE.fullmatch(line.read.note.text[inside[-1].end : end]) is not None


def _complete(line: Line, start: int, end: int) -> bool:
    """True if a part of a sentence names a place and says something of tumour."""
    labels = {m.label for m in line.mentions if start <= m.start < end and m.end <= end}
    return bool(labels & {"SITE", "ZONE", "PART"}) and bool(labels & {"PROGRESSION", "STATUS"})


LABEL = re.compile(
    r"(?:(?:^|(?<=[;|:])|(?<=[.]\s))\W*|(?<=[(]))(?:(?:lesion|target|site|zone|tumou?r|no|nr)\.? ?)?(?-i:NT|T|L|)#?(?P<n>[1-9])(?=\s*(?:[|:)(]|[–-] )|\s*,\s*[a-z])"
    r"|(?:^|(?<=[;|:]))\W*(?-i:NT|T|L)(?P<head>[1-9])(?= (?:\w+ )?(?:left|right|psoas|kidney|adrenal|lung|liver|\w+ (?:left|right))\b)"
    r"|(?<!probe )(?<!image )(?<!series )(?<!case )(?<!antenna )(?<!electrode )(?<!step )\b(?:no|nr)s?\. ?(?P<no>[1-9])\b(?![.,]\d)"
    r"|\b(?:lesions?|targets?|zones?|sites?) (?:no\.? )?(?-i:T|L|)(?P<noun>[1-9])\b(?! ?(?:mm|cm|x|to|%|months?|weeks?)|[.,]\d)"
    r"|(?:\bof |\bat |\band |\bboth |, )(?-i:NT|T|L)(?P<in>[1-9])(?=,? (?:and|is|are|was|were|without|with|has|have|no|quiet|clear|stable)\b|[,.;:)]|$| \d)",
    re.IGNORECASE | re.MULTILINE,
)
"""Labels of treated lesions in follow-up: "T1 | left psoas", "no. 2", "lesion 3 (pleura)", "L1, L2 and L3 without recurrence"."""
NUMERAL = re.compile(r"[1-9]")
"""Every label has one."""


SPINAL = re.compile(
    r"\b(?:spin\w+|vertebra\w*|discs?|lumbar|fractures?|foram\w+|levels?|weighted|bright|dark|signal|hyperintens\w+|hypointens\w+)\b",
    re.IGNORECASE,
)
"""Words beside which L1 is a vertebra and T1 a weighting."""


def _labels(line: Line) -> list[str]:
    """Numbers that a clause calls lesions by."""
    text = line.read.note.text[line.sentence.start : line.sentence.end + 1]
    found = list(LABEL.finditer(text)) if NUMERAL.search(text) else []
    spinal = bool(found and SPINAL.search(text))
    said = [next(g for g in m.groups() if g) for m in found if not (spinal and re.search(r"[LT]\d", m[0]))]
    return list(dict.fromkeys([m.concept for m in line.labelled("NAME")] + said))


def labels(reads: Sequence[ReadNote], targets: Sequence[Target]) -> dict[str, frozenset[str]]:
    """Which lesion the chart means by a number: what stands beside it most often, as the ids of its rows."""
    roots = _roots(targets)
    votes: dict[str, Counter[str]] = {}
    for line in (x for r in reads for x in timeline.telling(r)):
        said = _labels(line) if _places(line) else []
        who = {roots[t.lesion_id] for p in _places(line) for t in _matching(p, targets, True)} if len(said) == 1 else set()
        if len(who) == 1:
            votes.setdefault(said[0], Counter()).update(who)
    best = {label: count.most_common(1)[0] for label, count in votes.items()}
    sure = {label: root for label, (root, n) in best.items() if 3 * n >= 2 * votes[label].total()}
    return {label: frozenset(i for i, r in roots.items() if r == root) for label, root in sure.items()}


def _roots(targets: Sequence[Target]) -> dict[str, str]:
    """The first row of the lesion of each row."""
    before = {t.lesion_id: t.retreatment_of for t in targets}
    out = {}
    for row in before:
        root = row
        while (earlier := before.get(root)) is not None:
            root = earlier
        out[row] = root
    return out


def _scope(line: Line) -> set[str]:
    """Concepts of scope; "untreated" beside residual tumour means the treated lesion itself."""
    said = {m.concept for m in line.labelled("SCOPE") if not (m.concept == "apart" and m.has("negated"))}
    return said - {"elsewhere", "apart"} if _left(line) or REMAINDER.match(line.text) else said


REMAINDER = re.compile(r"\W*(?:the |its |whole )*(?:remainder|rest)\b(?! of)", re.IGNORECASE)
"""What is left of the treated place just spoken of: "Remainder is dead"."""


def _subject(line: Line, thread: Thread) -> Subject:
    """Which treated lesions a clause speaks of, from the surest sign to the weakest."""
    found = [replace(p, side=p.side or thread.side) for p in _places(line) if not (_looked_at(p, line) or _likened(p, line))]
    zones = [m for m in line.labelled("ZONE") if not m.has("family")]
    called = [t for label in _labels(line) for t in thread.here if t.place.name == label or t.lesion_id in thread.labels.get(label, ())]
    meant = [t for p in found for t in _matching(p, thread.here, True)]
    called = called or _in_order(line, thread.here) or _by_session(line, thread.here)
    called = [t for t in called if not any(_against(p, t) for p in found) and (not meant or t in meant)]
    if called:
        return Subject(tuple(dict.fromkeys(called)))
    if "apart" in _scope(line):
        at_edge = thread.about and AT_ITS_EDGE.match(line.text)
        return Subject(thread.about, carried=True) if at_edge else Subject(away=True)
    found = found if zones else _past_title(found, line)
    found = [] if len(thread.covered) > 1 and found and not zones and _of_title(found, line) else found
    for step in (_of_others, _of_all, _of_places, _of_parts):
        who = step(line, found, bool(zones), thread)
        if who:
            return Subject(tuple(_by_position(line, list(dict.fromkeys(who)), thread)))
    if found and not zones and all(_examined(p, line) for p in found):
        found = []
    if (
        thread.one_organ
        and thread.about
        and found
        and all(p.site == t.place.site and not _against(p, t) for p in found for t in thread.about)
    ):
        return Subject(thread.about, carried=True)
    if found and not zones:
        return Subject(thread.about, carried=True) if thread.about and PRONOUN.match(line.text) else Subject(away=True)
    if not zones and not line.labelled("SPOT") and SCATTERED.search(line.text):
        return Subject(away=True)
    worded = _of_word(line, zones, thread) if not found else []
    if worded:
        return Subject(tuple(worded))
    if zones:
        plural = not thread.about and any(m.text.lower().endswith(("s", "ies")) for m in zones)
        return Subject(tuple(thread.covered if plural and not found else _by_position(line, _of_zone(found, thread), thread)))
    if thread.away and (ALL.search(line.text) or PRONOUN.match(line.text) or (not thread.about and line.labelled("SIZE"))):
        return Subject(away=True)
    sides = {m.concept for m in line.labelled("SIDE")} | {thread.side} - {""}
    if thread.side and line.labelled("SPOT") and (sided := [t for t in thread.here if t.place.side == thread.side]):
        return Subject(tuple(sided))
    if thread.about and len(sides) == 1 and all(sides | {t.place.side} == {"left", "right"} for t in thread.about):
        return Subject(away=True)
    if "region" in _scope(line) and findings.TUMOUR_PLACE.search(line.text):
        return Subject(away=True)
    if thread.about and not _of_unknown(line, thread.about):
        return Subject(thread.about, carried=True)
    return Subject(away=True) if thread.about else Subject(tuple(_of_default(line, thread)))


BY_WORD = re.compile(r"([a-z]{4,})[\s-]+(?:target |treatment |treated |ablation |ablated |cryo\w* )?$", re.IGNORECASE)
NO_NAME = re.compile(
    r"(?:this|that|these|those|both|each|treat\w+|ablat\w+|cryo\w*|frozen|first|second|third|last|former|previous|prior|other|same|whole|entire|thin|small\w*|large\w*|left|right|upper|lower|medial|lateral|anterior|posterior|deep|superficial|with|from|into|around|within|along|over|where|lesion|tumou?r|mass|nodule|metasta\w+|node|soft|tissue|wall)$",
    re.IGNORECASE,
)
"""Words before "zone" or "site" that name no place."""


SCATTERED = re.compile(
    r"\b(?:innumerable|countless|numerous|widespread|disseminated|scattered|multiple) (?!treat|ablat|cryo)(?:[\w-]+ ){0,3}?(?:nodules|lesions|deposits|metastases|implants|foci|masses|mets)\b",
    re.IGNORECASE,
)
"""Tumours in number, of no place that is named: no treated one."""


def _of_word(line: Line, zones: Sequence[Mention], thread: Thread) -> list[Target]:
    """The treated lesion whose place the chart calls by the word before "site": "fossa site" of the one in the renal fossa."""
    if len(thread.here) < 2:
        return []
    text = line.read.note.text
    for m in zones or line.labelled("SPOT"):
        before = BY_WORD.search(text[max(line.sentence.start, m.start - 40) : m.start])
        word = before[1].lower() if before else ""
        who = [t for t in thread.here if word and not NO_NAME.match(word) and re.search(rf"\b{word}\b", _called(t))]
        if len(who) == 1:
            return who
    return []


UNKNOWN = re.compile(
    r"\b(?P<where>(?:retro|para|peri|supra|infra|sub|inter|pre|juxta|epi)-?[a-z]{3,}(?:al|ic|ar|ous|ary|eal))\W+(?:[\w-]+\W+){0,2}?(?:nodul\w*|lesions?|mass(?:es)?|deposits?|nodes?|implants?|metasta\w+|tumou?rs?)\b",
    re.IGNORECASE,
)


def _of_unknown(line: Line, about: Sequence[Target]) -> bool:
    """True for a lesion told by the anatomist's word for a place that no rule knows ("retrocecal fatty mass") and the treated ones are not called by."""
    said = UNKNOWN.search(line.text)
    return bool(said) and not BESIDE.search(line.text) and not any(said["where"].lower() in _called(t) for t in about if said)


def _called(target: Target) -> str:
    """The words around the place of a treated lesion where the chart tells of it, in small letters."""
    return " ".join((target.place.text, *(m.text for m in target.place.mentions))).lower()


AT_ITS_EDGE = re.compile(
    r"\W*(?:at|in|within|along|on|from|inside) (?:its|their) (?:\w+ ){0,4}?(?:edges?|margins?|rims?|borders?|periphery|wall|pole|aspect|end|corner)\b",
    re.IGNORECASE,
)
"""How a sentence opens whose finding lies in the treated place, however far from another landmark: "At its posterior edge sits a nodule"."""
POSITION = re.compile(
    r"\b(?:(?P<up>cranial|superior|cephalad|upper(?! lob| pole| ab| arm| lim)|higher)|(?P<down>caudal|inferior|lower(?! lob| pole| ext| leg| lim)|basal)|(?P<front>anterior|ventral)|(?P<back>posterior|dorsal)"
    r"|(?P<inner>medial)|(?P<outer>lateral)|(?P<deep>deep(?:er)?)|(?P<shallow>superficial)|(?P<large>larger|bigger)|(?P<small>smaller))\b(?! (?:mm|than))",
    re.IGNORECASE,
)
"""Words that tell two lesions of one place apart."""
AGAINST = {"up": "down", "front": "back", "inner": "outer", "deep": "shallow", "large": "small"}
AGAINST |= {b: a for a, b in AGAINST.items()}
NAMES_ZONE = re.compile(r"[\"”')]*(?:[\s,]+[\w./-]+){0,4}?[\s,]*$")


def _by_position(line: Line, who: Sequence[Target], thread: Thread) -> Sequence[Target]:
    """Of the lesions of one place the one that a position before its name tells: "the caudal zone", "posterior deltoid treatment site"."""
    sites = {t.place.site for t in who}
    told = [replace(w.place, name="") for w in who]
    alike = [
        t for t in thread.here if t in who or (t.place.site in sites and not any(conflict(replace(t.place, name=""), w) for w in told))
    ]
    if len(sites) != 1 or len(alike) < 2 or PLURAL.search(line.text):
        return who
    names = line.labelled("ZONE", "SPOT")[:1]
    text = line.read.note.text
    said = [
        str(p.lastgroup)
        for m in names
        for p in POSITION.finditer(text, line.sentence.start, m.end)
        if p.end() <= m.start and NAMES_ZONE.fullmatch(text[p.end() : m.start])
    ]
    if not said:
        return who
    called = [t for t in alike if said[-1] in _positions(t)]
    left = [t for t in alike if AGAINST[said[-1]] not in _positions(t)]
    return called if len(called) == 1 else left if len(left) == 1 else who


@lru_cache(maxsize=1024)
def _positions(target: Target) -> frozenset[str]:
    """The positions that the chart gives a lesion beside its size: "one anterior, 13 mm", "12 mm, 3 cm caudal to the first zone"."""
    size = next((m for m in target.cells["size_mm"].mentions), None) if "size_mm" in target.cells else None
    line = next((x for x in target.session.lines if size and _holds(x, size)), None)
    if size is None or line is None:
        return frozenset()
    text = line.read.note.text
    others = [m for m in line.labelled("SIZE") if m.start != size.start]
    low = max([m.end for m in others if m.end <= size.start], default=line.sentence.start)
    high = min([m.start for m in others if m.start >= size.end], default=line.sentence.end)
    before = [str(p.lastgroup) for p in POSITION.finditer(text, max(low, size.start - 40), size.start)][-1:]
    behind = [str(p.lastgroup) for p in POSITION.finditer(text, size.end, min(high, size.end + 40))][:1]
    return frozenset(before or behind)


def _holds(line: Line, m: Mention) -> bool:
    return line.read.note.note_id == m.note_id and line.sentence.start <= m.start < line.sentence.end


def _in_order(line: Line, here: Sequence[Target]) -> list[Target]:
    """The lesions that a table or list calls by numbers or letters, where the report of their one session gave them no names: by their order."""
    if len(here) < 2 or any(t.place.name for t in here) or len({t.session.procedure_id for t in here}) > 1:
        return []
    numbers = [int(m.concept) for m in line.labelled("NAME") if m.concept.isdigit() and m.start - line.sentence.start < OPENING]
    return [here[n - 1] for n in numbers if n <= len(here)]


OPENING = 12
"""Characters within which the name of a lesion opens its line."""
ENERGY = r"(?:cryo\w*|(?:thermo-?)?ablat\w+|re-?treat\w+|treat\w+|freez\w+|froze\w*|microwav\w+|RFA|MWA|IRE|HIFU)"
TREATED_ON = re.compile(rf"\b{ENERGY}(?: (?:in|on|of|from|since|back in|last|early|late|mid))*\W*$", re.IGNORECASE)
OF_SESSION = re.compile(
    rf"(?:['’]s)?\W{{0,2}}(?:[\w-]+ )?(?:{ENERGY}|zones?|sites?|cavit\w+|scars?|beds?|targets?)\b(?! (?:and|of|on|since))", re.IGNORECASE
)
AGE = re.compile(
    rf"(?<!since )(?<!after )(?<!before )(?<!following )\b(?:the |an? )(?:(?P<new>(?:more|most) recent(?:ly)?|newer|newest|latest|later)|(?P<old>older|oldest|earlier|earliest)|(?P<nth>first|second|third|1st|2nd|3rd)) (?:[\w-]+ )?{ENERGY}\b(?! of )",
    re.IGNORECASE,
)
"""A treated place told by when it was treated: "the more recent ablation", "the second cryo site"."""
NTH = {"first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2}


def _by_session(line: Line, here: Sequence[Target]) -> list[Target]:
    """The lesions that a clause tells by the day of their treatment, where they were treated on several: "the March site", "the older ablation"."""
    days = sorted({t.session.when.date for t in here})
    if len(days) < 2:
        return []
    said = [w for d in line.labelled("DATE") if _of_treatment(d, line) and (w := timeline.when(d, line.read.note))]
    found = [t for t in here if any(w.agrees(t.session.when) for w in said)]
    meant = {
        days[-1] if m["new"] else days[0] if m["old"] else days[min(NTH[m["nth"].lower()], len(days) - 1)] for m in AGE.finditer(line.text)
    }
    found = found or [t for t in here if t.session.when.date in meant]
    return found if len(found) < len(here) else []


def _of_treatment(day: Mention, line: Line) -> bool:
    """True for a day that tells when a place was treated, not when it was looked at."""
    text = line.read.note.text
    before = TREATED_ON.search(text[max(line.sentence.start, day.start - 30) : day.start])
    if not (before or OF_SESSION.match(text, day.end, line.sentence.end)):
        return False
    low, high = day.start - NEXT_TO_DAY, day.end + NEXT_TO_DAY
    return not any(low < m.end <= day.start or day.end <= m.start < high for m in line.labelled("IMAGING"))


NEXT_TO_DAY = 8
"""Characters between a day and the exam of that day."""


def _looked_at(place: Place, line: Line) -> bool:
    """True for a place that only tells which side of what was spoken of before is meant: "on its deep side, facing the femur"."""
    start = min((m.start for m in place.mentions if m.label == "SITE"), default=line.sentence.start)
    before = line.read.note.text[max(line.sentence.start, start - 40) : start]
    return bool(OF_ITS.match(line.text) and LANDMARK.search(before))


LIKENED = re.compile(
    r"\b(?:same|similar|identical) (?:[\w-]+ ){0,2}?(?:as|to) (?:(?:the|that|those|of|in|at|from|his|her) )*(?:\w+ )?$", re.IGNORECASE
)


def _likened(place: Place, line: Line) -> bool:
    """True for a place that is only compared with: "positive, same histology as buttock"."""
    start = min((m.start for m in place.mentions), default=line.sentence.start)
    return bool(LIKENED.search(line.read.note.text[max(line.sentence.start, start - 60) : start]))


def _examined(place: Place, line: Line) -> bool:
    """True for a place that the name of the exam holds: "Pelvic radiograph", "MRI spine"."""
    spots = [m for m in place.mentions if m.label == "SITE"]
    return bool(spots) and all(
        any(
            (m.start <= x.start and x.end <= m.end) or m.start - x.end in (0, 1) or x.start - m.end in (0, 1)
            for m in line.labelled("IMAGING")
        )
        for x in spots
    )


def _past_title(found: list[Place], line: Line) -> list[Place]:
    """Without the places that the head of an exam told in a note names before its day or colon, where others follow: "CT CAP + thighs 2/18/19: lung ..."."""
    exam = next((m for m in line.labelled("IMAGING") if m.start - line.sentence.start < TITLE), None)
    if exam is None or len(found) < 2:
        return found
    ends = [d.start for d in line.labelled("DATE") if d.start > exam.end]
    ends += [line.read.note.text.find(":", exam.end, line.sentence.end)]
    end = min((e for e in ends if e >= 0), default=exam.end)
    if any(exam.end <= m.start < end for m in line.labelled("PROGRESSION", "STATUS", "ZONE", "SPOT")):
        return found
    spots = [[m.start >= end for m in p.mentions if m.label == "SITE"] for p in found]
    past = [p for p, s in zip(found, spots, strict=True) if all(s)]
    return past if past and all(all(s) or not any(s) for s in spots) else found


SLASHED = re.compile(r"[A-Za-z/, &+]{0,25}/\s?$")


def _of_title(found: Sequence[Place], line: Line) -> bool:
    """True if the one place of a line is the last of the regions that the name of its exam lists: "MRI abdomen/pelvis 9/29: tail area 15 mm"."""
    exam = next((m for m in line.labelled("IMAGING") if m.start - line.sentence.start < TITLE), None)
    start = min((m.start for p in found for m in p.mentions if m.label == "SITE"), default=0)
    return len(found) == 1 and exam is not None and start > exam.end and bool(SLASHED.fullmatch(line.read.note.text[exam.end : start]))


TITLE = 12
"""Characters within which the exam opens its telling."""
OF_ITS = re.compile(r"[\W\d]*(?:at|in|within|along|around|on|over|of|from|by) (?:its|their)\b", re.IGNORECASE)


def _against(place: Place, target: Target) -> bool:
    """True if a place is the other side, or another part of the same organ."""
    sides = {place.side, target.place.side}
    return sides == {"left", "right"} or (place.site == target.place.site and conflict(place, target.place))


def _of_others(line: Line, found: Sequence[Place], zone: bool, thread: Thread) -> list[Target]:
    """ "The other two zones": the treated lesions not yet spoken of."""
    if "others" not in _scope(line) or (found and not zone) or not thread.spoken or REST.search(line.text):
        return []
    return [t for t in thread.here if t not in thread.spoken]


REST = re.compile(
    r"\b(?:rest|remainder) of (?:the |this |that )?(?:(?:treated|ablated|ablation|treatment|cryo\w*) )?(?:zone|site|cavity|scar|bed|area|target|defect)\b",
    re.IGNORECASE,
)
"""What else there is of one treated place: "Remainder of the cavity is smaller"."""


def _of_all(line: Line, found: Sequence[Place], zone: bool, thread: Thread) -> list[Target]:
    """ "All three zones", "either treated site", "both sites on the right"."""
    if (bare := COUNTED_LESIONS.search(line.text)) and NUMBERS[next(g for g in bare.groups() if g).lower()] == len(thread.here) > 1:
        return list(thread.here)
    if pair := PAIR_OF_LESIONS.search(line.text):
        there = [t for t in thread.here if not found or any(t.place.site == p.site for p in found)]
        if len(there) == 2 and not SPREAD.search(pair[0]):
            return there
    if not ALL.search(line.text) or not (zone or line.labelled("SPOT") or not (found or thread.away)):
        return []
    if (count := COUNTED.search(line.text)) and NUMBERS[count[1].lower()] == len(thread.here):
        return list(thread.here)
    if not found and len(thread.about) > 1 and PAIR.search(line.text):
        return list(thread.about)
    if len(thread.here) == 1 and PAIR.search(line.text) and not (zone or line.labelled("SPOT")):
        return []
    sides = {m.concept for m in line.labelled("SIDE") if not found} - {"bilateral"}
    near = [t for t in thread.here if not found or any(not conflict(p, t.place) or near_site(p.site, t.place.site) for p in found)]
    if len(near) == 1 and len(thread.here) == 2 and PAIR_OF_ZONES.search(line.text):
        return list(thread.here)
    sided = [t for t in near if not t.place.side or not sides or t.place.side in sides]
    return sided or near or list(thread.here)


def _left(line: Line) -> bool:
    """True for tumour left behind: it is of a treated place, whatever word the clause has for that."""
    return any(m.concept == "residual" and not m.has("negated") for m in line.labelled("PROGRESSION"))


def _of_places(line: Line, found: Sequence[Place], zone: bool, thread: Thread) -> list[Target]:
    """The treated lesions whose places a clause names."""
    fresh = any(m.rule_id.endswith(NEWS) and not m.has("negated") for m in line.labelled("PROGRESSION", "STATUS"))
    at_zone = zone or bool(line.labelled("SPOT")) or "local" in _scope(line) or _left(line)
    at_zone = at_zone or (thread.listed and "elsewhere" not in _scope(line) and not findings.TUMOUR.search(line.text))
    who: list[Target] = []
    found = _without_coarse(found, line, thread)
    for place in found:
        near = _near(place, thread.here)
        goes_on = (place.site == "bone" and not OF_DISEASE.search(line.text)) or (
            place.site not in DIFFUSE and "elsewhere" not in _scope(line)
        )
        loose = (
            near
            if at_zone or (_recurs(line) and not SPREADING.search(line.text))
            else [t for t in near if goes_on and not fresh and t in thread.about]
        )
        meant = _matching(place, thread.here, at_zone)
        if not at_zone and len(meant) == 1 and place.site in DIFFUSE and not fresh and _several(place, line):
            meant = []
        alone = place.site in DIFFUSE or (len(found) == 1 and not line.labelled("PART"))
        if zone and len(meant) == 1 and alone and not place.parts and PLURAL_ZONES.search(line.text):
            meant += [t for t in thread.here if t not in meant and near_site(place.site, t.place.site) and not _against(place, t)]
        on = [t for t in meant if t in thread.about]
        same = len({place.parts & t.place.parts for t in meant}) == 1
        who += (on if on and same and not PLURAL.search(line.text) else meant) or loose
    listed = {m.concept for m in line.labelled("PART")} - {m.concept for p in found for m in p.mentions}
    if zone and PLURAL_ZONES.search(line.text):
        listed = {m.concept for m in line.labelled("PART")} - {p for t in who for p in t.place.parts}
    who += [t for t in thread.here if who and listed & t.place.parts]
    who += [t for t in _shortened(line, thread) if t not in who] if who and PLURAL_ZONES.search(line.text) else []
    who += [t for t in thread.here if t not in who and who and _first_lobes(line) & t.place.parts]
    if len(thread.here) == 2 and len(set(map(id, who))) == 1 and PAIR.search(line.text):
        who += [t for p in found if not _matching(p, who, True) for t in _near(p, [t for t in thread.here if t not in who])]
    healing = any(m.rule_id.endswith("#shrinking") and not m.has("negated") for m in line.labelled("PROGRESSION"))
    apart = "elsewhere" in _scope(line) and not at_zone and not healing
    return [] if apart and (BEYOND.search(line.text) or all(t.place.site in DIFFUSE for t in who)) else who


def _without_coarse(found: Sequence[Place], line: Line, thread: Thread) -> list[Place]:
    """Without the region that a comma makes finer: "right shoulder, posterior deltoid"."""
    out = list(found)
    for a, b in pairwise(found):
        wide, fine = _matching(a, thread.here, True), _matching(b, thread.here, True)
        between = line.read.note.text[max(m.end for m in a.mentions) : min(m.start for m in b.mentions)]
        if not a.parts and len(fine) < len(wide) and fine and all(any(f is w for w in wide) for f in fine) and APPOSED.fullmatch(between):
            out = [p for p in out if p is not a]
    return out


APPOSED = re.compile(r"\s*[,:(–-]\s*(?:(?!and\b|or\b|both\b)[\w-]+ ){0,2}$", re.IGNORECASE)
SHORT = re.compile(
    r"\b([a-z]{3,8})(?=,? (?:and |or |& )?(?:[\w-]+,? ){0,3}?(?:and |or |& )?(?:[\w-]+ ){1,2}?(?:zones|sites|scars|beds|cavities)\b)",
    re.IGNORECASE,
)


def _shortened(line: Line, thread: Thread) -> list[Target]:
    """Treated lesions that a list under plural zones calls by the beginning of their word: "pec and rib sites" of a pectoral nodule."""
    words = {
        m[1].lower()
        for m in SHORT.finditer(line.text)
        if not any(x.start <= line.sentence.start + m.start() < x.end for x in line.labelled("SITE", "PART"))
    }
    called = {t.lesion_id: t.place.text.lower().split() for t in thread.here}
    meant = [[t for t in thread.here if any(c.startswith(w) and c != w for c in called[t.lesion_id])] for w in sorted(words)]
    return [ts[0] for ts in meant if len(ts) == 1]


LOBES = re.compile(
    r"\b(left|right) (upper|middle|lower)(?: lobe)?,? (?:and|&|/) (?:(left|right) )?(?:upper|middle|lower) lobes?\b", re.IGNORECASE
)
"""Two lobes that share their noun: "right upper and right lower lobe scars"."""


def _first_lobes(line: Line) -> set[str]:
    """The first of two lobes that share their noun, as parts."""
    return {f"lobe:{m[1][0].upper()}{m[2][0].upper()}L" for m in LOBES.finditer(line.text)}


SPREADING = re.compile(
    r"\b(?:nodal|lymph node|hepatic|pulmonary|osseous|peritoneal|pleural|distant|systemic) (?:recurr|relaps)", re.IGNORECASE
)
"""A recurrence of the disease by the organ it came back in."""
BEYOND = re.compile(r"\belsewhere\b|^\W*(?:and |or )?nothing (?:else|new|further)\b", re.IGNORECASE)
PLURAL = re.compile(
    r"\b(?:zones|sites|cavities|scars|beds|ablations|areas|lesions|nodules|both|all|each|either|neither|every)\b", re.IGNORECASE
)
"""Words by which a place that several treated lesions share means them all."""
DEPOSITS = re.compile(
    r"\W*(?:[\w-]+ )?(?:nodules|lesions|masses|metasta(?:ses|tic \w+s)|deposits|implants|nodes|dots|mets)\b", re.IGNORECASE
)


def _several(place: Place, line: Line) -> bool:
    """True for several lesions of an organ in which one was treated: "left pleural nodules stable"."""
    end = max((m.end for m in place.mentions if m.label == "SITE"), default=line.sentence.end)
    start = min((m.start for m in place.mentions if m.label == "SITE"), default=end)
    text = line.read.note.text
    return bool(DEPOSITS.match(text, end) or DEPOSITS.search(text, start, end)) and not _recurs(line)


PLURAL_ZONES = re.compile(r"\b(?:zones|sites|cavities|scars|beds|ablations|areas|defects)\b", re.IGNORECASE)
"""Words behind a list of places that are each a treated one of their own."""
OF_DISEASE = re.compile(r"\b(?:metastatic|distant|systemic) (?:disease|progression)\b", re.IGNORECASE)


def _of_parts(line: Line, found: Sequence[Place], zone: bool, thread: Thread) -> list[Target]:
    """Lesions told apart by a part or side alone ("the medial one", "left: no recurrence")."""
    bare = line.labelled("PART", "SIDE")
    if found or not bare:
        return []
    parts = frozenset(m.concept for m in bare if m.label == "PART")
    sites = {SITE_OF_PART[kind] for p in parts if (kind := p.split(":")[0]) in SITE_OF_PART}
    place = Place(parts=parts, side=next((m.concept for m in bare if m.label == "SIDE"), ""))
    spot = bool(line.labelled("SPOT"))
    judged = any(m.rule_id.endswith("#expected_change") for m in line.labelled("STATUS")) or _recurs(line)
    if judged and not parts and place.side == "bilateral" and {t.place.side for t in thread.here} == {"left", "right"}:
        return list(thread.here)
    if zone or thread.about or spot or (judged and not parts and "elsewhere" not in _scope(line)):
        alike = [
            t
            for t in thread.here
            if not conflict(place, t.place) and (parts & t.place.parts or (place.side and place.side == t.place.side))
        ]
        alike = [t for t in alike if parts & t.place.parts] or alike
        near = [t for site in sites for t in _near(replace(place, site=site), thread.here)] if zone or spot else []
        on = [t for t in alike if t in thread.about]
        if alike or near:
            same = len({parts & t.place.parts for t in alike}) == 1
            return on if on and parts and same and not PLURAL.search(line.text) else alike or near
    exact = [t for t in thread.here if parts & t.place.parts]
    return exact if len(exact) == 1 and (len(thread.here) > 1 or _recurs(line)) and not zone else []


def _of_zone(found: Sequence[Place], thread: Thread) -> list[Target]:
    """A treated place that is not further named, or named by another place than the report of the procedure used."""
    if not found:
        sided = [t for t in thread.here if thread.side and t.place.side == thread.side]
        return sided or list(thread.about or thread.named or thread.here)
    loose = [t for p in found for t in _near(p, thread.here)]
    if loose or len(thread.here) == 1:
        return loose or list(thread.here)
    worded = [t for t in thread.here if any(_shares_word(p, t) for p in found)]
    if worded:
        return worded
    left = [t for t in thread.here if t not in thread.named and any(p.site == t.place.site for p in found)]
    sided = [t for t in thread.covered if t.place.side and any(p.side == t.place.side and p.site not in DIFFUSE for p in found)]
    return left if len(left) == 1 else list(thread.about or sided)


def _shares_word(place: Place, target: Target) -> bool:
    """True if the chart called a treated lesion by a word of the place, whatever site either was read as: "subphrenic"."""
    words = [w for w in place.text.lower().split() if len(w) >= TELLING]
    return not _against(place, target) and any(w in _called(target) for w in words)


TELLING = 7
"""Letters of a word that tells a place."""


def _of_default(line: Line, thread: Thread) -> list[Target]:
    """ "No residual or recurrent tumour": what names no place is said of every treated lesion in the region examined."""
    scope = _scope(line)
    if _concludes(line):
        return [t for t in thread.covered if t in thread.named]
    if not thread.away and "elsewhere" not in scope and DEFINITE.match(line.text) and len(thread.followed) == 1:
        return [t for t in thread.covered if t is thread.followed[0]]
    if len(thread.here) == 1 and line.labelled("SPOT") and not thread.away:
        return list(thread.covered)
    if thread.only and not thread.away and not scope & {"elsewhere", "region", "apart"} and _says_how(line):
        return list(thread.only)
    said = [
        m for m in line.labelled("PROGRESSION", "STATUS") if m.rule_id.endswith(("#recurrence", "#residual", "#no_tumour", "#progress"))
    ]
    local = "local" in scope or bool(
        re.search(
            r"\b(?:recurr|residu|regrow|re-grow|viable|incomplete|enhancing (?:tumou?r|tissue|component)|(?:tumou?r|disease) left\b)",
            " ".join(m.text for m in said),
            re.IGNORECASE,
        )
    )
    if not said or not local or ("elsewhere" in scope and "local" not in scope):
        return []
    denied = all(m.has("negated") or m.concept == "no_progression" for m in said)
    return list(thread.covered) if denied or len(thread.covered) == 1 or "local" in scope else []


def _says_how(line: Line) -> bool:
    """True for an exam and a word for what it showed, and no place or tumour: "MRI of 3 May: quiet"."""
    said = line.labelled("PROGRESSION", "STATUS")
    quiet = bool(said) and all(m.concept in ("no_progression", "indeterminate") for m in said)
    return bool(
        quiet
        and any(m.concept in TELLING_EXAMS for m in line.labelled("IMAGING"))
        and len(line.text.split()) <= MOST_WORDS_OF_EXAM
        and not line.labelled("SITE", "PART", "ORGAN", "BYSTANDER", "COMPLICATION", "SIZE")
        and (not findings.TUMOUR.search(line.text) or bool(OF_ALL_TUMOUR.search(line.text)))
    )


OF_ALL_TUMOUR = re.compile(
    r"\b(?:no|without)(?: any)? (?:evidence|signs?|trace|suggestion|hint) of (?:any )?(?:tumou?r|disease)\s*[.,;)]?\s*$", re.IGNORECASE
)
TELLING_EXAMS = ("ct", "mri", "pet_ct", "scan")
MOST_WORDS_OF_EXAM = 12
"""Words of a sentence that names an exam and says how it was."""


DEFINITE = re.compile(
    r"\W*(?:the|that|this)(?: (?!zone|cavity|site|bed|scar|liver|lung|other|remaining|largest|known)[\w-]+){0,3}? (?:nodul\w+|foc(?:us|i)|crescent|enhancement|uptake|thickening|finding|spot|area|rind|tissue)\b",
    re.IGNORECASE,
)
"""How a sentence opens that goes on with what was seen before: "The medial nodule has come down to 5 mm"."""


CONCLUDED = re.compile(
    r"\W*(?:\d\W+)?(?:(?:overall|in summary|all in all|essentially|otherwise|again|an?|the|no|as|entirely|quite|very|good|regular|satisfactory|stable|unchanged|expected|usual|normal|early|late|complete|metabolic|interval|significant|relevant|change\w*|appearances?|findings?|state|status|course|result\w*|response|remission|situation|disease|post-?\w*|after|since|to|from|compared|with|before|prior|previous|last|study|exam\w*|scan|cryo\w*|ablation|treatment|therapy|procedure|evolution|CT|MRI|PET|January|February|March|April|May|June|July|August|September|October|November|December|\d+)\b\W*)+$",
    re.IGNORECASE,
)
"""A conclusion in general words: "Stable.", "As expected after cryo", "No change since June"."""


def _concludes(line: Line) -> bool:
    """True for a conclusion that names no place and calls the whole picture quiet: it holds for the treated places that the report named."""
    quiet = any(m.concept == "no_progression" and not m.has("negated") for m in line.labelled("PROGRESSION", "STATUS"))
    return quiet and line.sentence.section in FINAL and bool(CONCLUDED.match(line.text))


def _recurs(line: Line) -> bool:
    return any(m.rule_id.endswith(("#recurrence", "#residual")) for m in line.labelled("PROGRESSION"))


def _matching(place: Place, here: Sequence[Target], zone: bool) -> list[Target]:
    """Treated lesions that a named place means. Without zone words a diffuse organ must be named more closely than by itself."""
    side = place.side or next((SIDE_OF_LOBE[p] for p in place.parts if p in SIDE_OF_LOBE), "")
    place = Place(place.site, side, place.parts, place.name, place.mentions, place.text)
    scored = [(likeness(place, t.place), t) for t in here]
    best = max((s for s, _ in scored), default=0.0)
    if best < 2.0 or (not zone and best < 3.0 and place.site in DIFFUSE):
        return []
    return [t for s, t in scored if s == best]


def _near(place: Place, here: Sequence[Target]) -> list[Target]:
    """Treated lesions at a place that writers call by a neighbouring site ("left L2" for the paraspinal mass there)."""
    near = [
        t
        for t in here
        if (near_site(place.site, t.place.site) or _same_region(place, t.place) or t.place.site in place.text.lower())
        and not _against(place, t)
        and not _other_organ(place, t)
    ]
    words = f"{place.text} {NODE_OF.get(place.site, '')}".lower()
    called = [t for t in near if t.place.site in words or any(p.split(":")[1] in words for p in t.place.parts)]
    closer = [t for t in near if place.parts & t.place.parts or (place.side and place.side == t.place.side)]
    return called or closer or (near if len(near) == 1 else [])


NODE_OF = {"groin": "inguinal", "axilla": "axillary"}
"""Which nodes lie in a region: "the groin site" of an inguinal node."""
ORGANS = {
    "liver": re.compile(r"hepat|liver|phren|dome|morison|paracolic", re.IGNORECASE),
    "spleen": re.compile(r"splen|phren", re.IGNORECASE),
}


def _other_organ(place: Place, target: Target) -> bool:
    """True for a segment of an organ beside an implant of the peritoneum that the chart tells of without that organ."""
    words = ORGANS.get(place.site)
    return target.place.site == "peritoneum" and words is not None and bool(place.parts) and not words.search(_called(target))


def _same_region(a: Place, b: Place) -> bool:
    """True for a bone and a node named for one region: "the iliac site"."""
    kinds = {"bone": "lymph_node", "lymph_node": "bone"}
    ours, theirs = ({p.split(":")[1] for p in x.parts} for x in (a, b))
    return kinds.get(a.site) == b.site and bool(ours & theirs)


def _silent(line: Line) -> bool:
    """True for a clause that opens with what the exam does not speak of."""
    start = line.sentence.start
    return any(m.end() - SILENT_BEFORE <= 2 for m in SILENT.finditer(line.read.note.text[max(0, start - SILENT_BEFORE) : start + 10]))


SILENT_BEFORE = 30
"""Characters before a clause that may hold its verb."""


def _readings(line: Line, subject: Subject, thread: Thread, tissue: bool = False) -> list[Reading]:
    """What a clause says, of whom."""
    status, evidence = findings.status(line, tissue)
    if not status or SEE.search(line.text) or _silent(line) or (line.sentence.section == "addendum" and MISPLACED.search(line.text)):
        return []
    final, late = line.sentence.section in FINAL, line.sentence.section == "addendum"
    zones, scope = line.labelled("ZONE"), _scope(line)
    out: list[Reading] = []
    if status == "residual" and not subject.targets and not _places(line):
        subject = Subject(thread.last or (tuple(thread.covered) if len(thread.covered) == 1 else ()), carried=True)
    local = bool(subject.targets) and (thread.sampled or _is_local(line, subject, thread, status, evidence))
    here = bool(zones or line.labelled("SPOT") or ("local" in scope and "elsewhere" not in scope))
    anywhere = (
        "anywhere" in scope
        and (not here or _of_all_disease(line, zones))
        and not all(SPREAD.search(m.text) and not DENIED.search(m.text) for m in evidence)
    )
    if local:
        seen = all(m.rule_id.endswith(findings.SEEN) or m.label == "SIZE" for m in evidence)
        denied = status == "no_progression" and any(DENIED.search(m.text) for m in evidence)
        points = (
            PRONOUN.match(line.text)
            or (status == "indeterminate" and TAKES_BACK.match(line.text))
            or BESIDE.search(line.text)
            or line.labelled("ZONE", "SPOT")
            or "local" in scope
        )
        loose = not points and (subject.carried or not (_places(line) or line.labelled("PART", "SIDE", "NAME")))
        out += [
            Reading(t, status, (*evidence, *zones[:1]), final, late, seen, denied, loose=loose, zoned=bool(points)) for t in subject.targets
        ]
    if anywhere:
        out += [Reading(t, status, evidence, final, late) for t in thread.covered if not (local and t in subject.targets)]
    if thread.elsewhere and not local and not subject.targets:
        return [Reading(None, "progression" if status == "residual" else status, evidence, final, late)]
    other = findings.of_other_disease(line, status, evidence, bool(subject.targets) and not subject.carried)
    follows = subject.away and not _places(line) and (status == "progression" or bool(PAIR.search(line.text) or PRONOUN.match(line.text)))
    beyond = local and status == "no_progression" and bool(AND_ELSEWHERE.search(line.text))
    if (not local and (other or follows)) or (anywhere and (other or status == "no_progression")) or beyond:
        denied = status == "no_progression" and any(DENIED.search(m.text) for m in evidence)
        bare = not (subject.away or _places(line) or "elsewhere" in scope or line.labelled("ORGAN", "BYSTANDER"))
        out.append(Reading(None, "progression" if status == "residual" else status, evidence, final, late, denied=denied, placeless=bare))
    return out


AND_ELSEWHERE = re.compile(
    r"\b(?:and|or|nor|as well as) (?:(?:also|anywhere|indeed) )?(?:elsewhere|in the (?:rest|remainder) of|throughout the (?:rest|remainder))\b",
    re.IGNORECASE,
)
"""A denial at the treated places that goes beyond them: "negative at both sites and elsewhere in the pelvis"."""
TAKES_BACK = re.compile(r"\W*(?:but|though|although|yet)\b", re.IGNORECASE)
"""A clause that takes back in part what the one before it said of the same place: "probably treatment effect but tumor not excluded"."""


def _of_all_disease(line: Line, zones: Sequence[Mention]) -> bool:
    """True if a denial of all disease stands behind the comma after the treated place: "both scars stable, no evidence of recurrent or metastatic disease"."""
    named = [*zones, *line.labelled("SPOT")]
    wide = [m for m in line.labelled("SCOPE") if m.concept == "anywhere"]
    end = max((m.end for m in named), default=0)
    local = any(
        m.concept == "local" and m.start >= end and not any(z.start <= m.start < z.end for z in named) for m in line.labelled("SCOPE")
    )
    return bool(named and wide) and not local and all(w.start > end and "," in line.read.note.text[end : w.start] for w in wide)


FAVOURED = re.compile(
    r"\W*(?:local |tumou?r |findings? )?(?:recurren(?:ce|t (?:tumou?r|disease))|regrowth|residual tumou?r)(?: tumou?r)? (?:is|was|has to be|must be|seems|appears) ",
    re.IGNORECASE,
)
"""How a sentence opens that gives a name to what the one before it saw: "Recurrent tumour is favoured over granulation"."""
ABSENT = re.compile(
    r"\W*(?:(?:it|this|these|they|that|which) (?:was|were|is|are|had) )?(?:\w+ )?(?:not (?:yet )?(?:there|present|seen|visible|noted|evident)\b|absent\b|new(?= since|\W*$))",
    re.IGNORECASE,
)
"""A sentence that says only that what was seen before it is new: "It was not present in September"."""


def _is_local(line: Line, subject: Subject, thread: Thread, status: str, evidence: Sequence[Mention]) -> bool:
    """True if a clause speaks of the treated lesions it names or goes on with, not of other disease near them."""
    scope = _scope(line)
    if line.labelled("ZONE") or "local" in scope or any(m.concept == "residual" for m in evidence) or _concludes(line):
        return True
    if status == "no_progression" and all(SPREAD.search(m.text) and not DENIED.search(m.text) for m in evidence):
        return False
    nodal = all(NODAL.search(m.text) for m in evidence) and not any(t.place.site == "lymph_node" for t in subject.targets)
    if nodal and (subject.carried or (status == "no_progression" and not line.labelled("SPOT"))):
        return False
    news = any(m.rule_id.endswith(NEWS) or FRESH.search(m.text) for m in evidence)
    if news and status == "no_progression" and not line.labelled("SPOT"):
        return False
    concluded = (
        line.sentence.section in FINAL
        and status == "progression"
        and findings.TUMOUR.search(line.text)
        and not (PRONOUN.match(line.text) or FAVOURED.match(line.text))
    )
    if subject.carried and news and all(t in thread.news for t in subject.targets) and ABSENT.match(line.text):
        return True
    if subject.carried and (news or concluded):
        return bool(BESIDE.search(line.text)) and "elsewhere" not in scope
    if line.labelled("SPOT"):
        return True
    diffuse = all(t.place.site in DIFFUSE for t in subject.targets)
    return not (diffuse and (news or "elsewhere" in scope)) and not (subject.carried and "elsewhere" in scope)


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
    best = max(pool, key=lambda r: r.weight if target else WEIGHT[r.status])
    said = tuple(dict.fromkeys(m for r in (best, *readings) if r.status == best.status for m in r.mentions))
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
        "scope": Cell(scope, said),
        "status": Cell(best.status, said),
    }
    return Row("assessments", cells)


def collect(reads: Sequence[ReadNote], sessions: Sequence[Session], targets: Sequence[Target], patient: str) -> list[Row]:
    """Assessment rows of a chart; none without an ablation."""
    if not sessions:
        return []
    first = min(s.when.date for s in sessions)
    treated = frozenset(s.when.date for s in sessions if s.when.precision == "day")
    return find(exam_finder.find(reads, first, treated), targets, patient, labels(reads, targets))
