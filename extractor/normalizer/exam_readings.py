"""What does an exam say of each treated lesion and of disease elsewhere? Its sentences are read in order, clause by clause, each for its subject."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile

from extractor.model import Mention, ReadNote
from extractor.normalizer import exams as exam_finder
from extractor.normalizer import findings, timeline
from extractor.normalizer.exam_citations import goes_back
from extractor.normalizer.exam_clauses import DIFFUSE, clauses_of, labels_in, matching, places_told
from extractor.normalizer.exam_subjects import (
    BESIDE,
    FINAL,
    NEWS,
    PAIR,
    PRONOUN,
    SPREAD,
    Subject,
    Thread,
    concludes,
    examined,
    lobes_of,
    near_here,
    subject_of,
)
from extractor.normalizer.places import MUSCULAR, conflict
from extractor.normalizer.records import Exam, Line, Place, Target
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

LEAD = re.compile(r"\W*(?:on|to|in) the (left|right)\b(?! (?:\w+ )?(?:lung|lobe|side of))", re.IGNORECASE)

DENIED = re.compile(r"\b(?:recurr\w+|residu\w+|viable|tumou?r|malignan\w+|active)\b", re.IGNORECASE)
NODAL = re.compile(r"\b(?:lymph\w*|nodes?|nodal|adenopathy)\b", re.IGNORECASE)

OF_NODES = re.compile(
    r"\W*(?:the |all |her |his |several |multiple |small |known |bilateral |left |right |level |zone |station |regional |local |[IVX\d]+[ab]? )*(?:(?!no\b|without\b)[a-z-]+ ){0,2}?(?:lymph ?)?(?:nodes?|adenopathy|lymphadenopathy)\b",
    re.IGNORECASE,
)
"""How a clause opens that speaks of nodes: "Level II nodes stable"."""

FRESH = re.compile(
    r"\b(?:new|no (?:other|further|additional|second|third|fourth))\b(?! (?:evidence|signs?|recurren\w+|residual))", re.IGNORECASE
)


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


def noted(followed: tuple[Target, ...], found: Sequence[Reading]) -> tuple[Target, ...]:
    """The treated lesions at which tumour was seen or suspected, with those of further readings."""
    new = [r.target for r in found if r.target and r.status != "no_progression"]
    return tuple(dict.fromkeys((*followed, *new))) if new else followed


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
    thread.one_organ = thread.sampled and {p.site for x in exam.lines for p in places_told(x)} == {t.place.site for t in sampled}
    thread.followed = tuple(t for t in here if any(t is f for f in followed))
    told_of = not exam.own and exam.modality != "pathology"
    thread.only = tuple(t for t in here if exam_finder.covers(exam, t.place.site, t.place.parts)) if told_of and len(here) == 1 else ()
    thread.listed = told_of and _organ_by_organ(exam, here)
    placed = any(places_told(x) or "apart" in lobes_of(x) for x in exam.lines)
    thread.elsewhere = exam.own and exam.modality == "pathology" and bool(here) and not sampled and placed
    parts = _parts(exam, here) if exam.own and exam.modality == "pathology" else {}
    taken: tuple[Target, ...] | None = None
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
        if (columns := _columns(line, thread)) and (told_below := _by_columns(line, columns)):
            out += told_below
            before = line
            continue
        clauses = clauses_of(line)
        taken = _part_of(line, parts, taken)
        thread.elsewhere = not taken if taken is not None else thread.elsewhere
        lead = LEAD.match(line.text)
        thread.side = lead[1].lower() if lead else ""
        waiting: tuple[Target, ...] = ()
        since, told, at_edge, beside = told, len(out), beside, ()
        for number, clause in enumerate(clauses):
            thread.news = (*at_edge, *(r.target for r in out[since:] if r.target and r.status in ("progression", "indeterminate")))
            subject = subject_of(clause, thread)
            if not subject.targets and not subject.away:
                subject = _ahead(clauses[number + 1 :], thread)
            if taken is not None:
                subject = Subject(taken, away=not taken)
            elif thread.elsewhere and subject.targets and not (clause.labelled("ZONE", "SPOT") or places_told(clause)):
                subject = Subject(away=True)
            found = _readings(clause, subject, thread, exam.modality == "pathology" and not exam.own) or _likewise(clause, subject, out)
            found = found or _in_doubt_again(clause, subject, out)
            beside = subject.targets if BESIDE.search(clause.text) else beside
            out = _called_in_doubt(out, found, clause if number else line, line if number else before)
            thread.followed = noted(thread.followed, found)
            out += _shared(clause, found, waiting)
            bare = clause.labelled("ZONE", "SPOT", "NAME") or (_listed(clause) and not subject.carried)
            waiting = tuple(dict.fromkeys((*waiting, *subject.targets))) if not found and bare else ()
            if not found and subject.targets and clause.labelled("ZONE", "SPOT") and not UNQUIET.search(clause.text):
                described.append((subject.targets, clause))
            if not found and described and subject.targets and not subject.carried and places_told(clause) and LIKEWISE.search(clause.text):
                described.append((subject.targets, clause))
            if not found and subject.targets and not subject.carried and not exam.own and _merely_named(clause):
                described.append((subject.targets, clause))
            thread.note(subject)
        before = line
    troubled = any(m.concept in TROUBLES and not m.has("negated", "historical") for x in exam.lines for m in x.labelled("COMPLICATION"))
    out = _beside_zone(_pinned(_echoed(_concluded(out)) if exam.own else _by_name(out)))
    out += _described(described, out) if (exam.own or _tells(out)) and exam.modality != "pathology" and not troubled else []
    out = _of_the_followed(out, followed) if exam.modality == "pathology" else _as_read_again(exam, out)
    return [] if exam.modality != "pathology" and _of_trouble(exam, out) else out


BEYOND = re.compile(r"\b(?:elsewhere|others?|distant|new lesions?|new disease|the rest|outside|metasta\w+|mets|systemic)\b", re.IGNORECASE)
NIL = re.compile(
    r"[\s*]*(?:none|no|nil|neg(?:ative)?|clear|clean|quiet|OK|okay|same|stable|unchanged|scar|controlled|0|[-–—])[\s.*]*", re.IGNORECASE
)
"""A cell of a table that says no more than that there is nothing, or that nothing has changed."""
BLANK = re.compile(r"[\s.*]*(?:[-–—]|n/?a|not (?:seen|imaged|included|covered))?[\s.*]*", re.IGNORECASE)
Column = tuple[Subject, int, int]


def _columns(line: Line, thread: Thread) -> list[Column]:
    """The cells of a row that is an exam, each with what the head of its column is of ("Date | Exam | Segment IV zone | Elsewhere"); none if no head names a treated lesion."""
    text = line.read.note.text
    begin = text.rfind("\n", 0, line.sentence.start + 1) + 1
    end = next((at for at in (text.find("\n", line.sentence.start + 1),) if at >= 0), len(text))
    if text.count("|", begin, end) < LEAST_BARS:
        return []
    top = begin
    while top and "|" in text[(above := text.rfind("\n", 0, top - 1) + 1) : top]:
        top = above
    if top == begin:
        return []
    heads, cells = _cells(text, top, text.find("\n", top)), _cells(text, begin, end)
    subjects = [_head_of_column(line.read, a, b, thread) for a, b in heads]
    if len(cells) > len(heads) or not any(s.targets for s in subjects):
        return []
    return [(s, a, b) for s, (a, b) in zip(subjects, cells, strict=False) if s.targets or s.away]


LEAST_BARS = 2


def _cells(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Where the cells of a row stand."""
    bars = [start + n for n, c in enumerate(text[start:end]) if c == "|"]
    bounds = [start - 1, *bars, end]
    cells = [(a + 1, b) for a, b in pairwise(bounds)]
    cells = cells[1:] if not text[slice(*cells[0])].strip() else cells
    return cells[:-1] if cells and not text[slice(*cells[-1])].strip() else cells


def _head_of_column(read: ReadNote, start: int, end: int, thread: Thread) -> Subject:
    sentence = next((s for s in read.sentences if s.start <= end - 1 and start < s.end), None)
    head = Line(read, sentence).part(max(start, sentence.start), min(end, sentence.end)) if sentence else None
    if head is None or head.labelled("DATE", "PROGRESSION", "IMAGING"):
        return Subject()
    subject = subject_of(head, Thread(thread.here, thread.labels, thread.named, ()))
    if BEYOND.search(head.text) and not subject.targets:
        return Subject(away=True)
    return subject if places_told(head) or labels_in(head) or head.labelled("ZONE", "PART", "SIDE") else Subject()


def _by_columns(line: Line, columns: Sequence[Column]) -> list[Reading]:
    """What the cells of a row say, each of what the head of its column is of."""
    out: list[Reading] = []
    for subject, start, end in columns:
        a, b = max(start, line.sentence.start), min(end, line.sentence.end)
        if a >= b or BLANK.fullmatch(line.read.flat, a, b):
            continue
        cell = _by_itself(line.part(a, b))
        status, said = findings.status(cell)
        if not status and NIL.fullmatch(cell.text):
            status, said = "no_progression", line.labelled("IMAGING", "DATE")[:1]
        if status:
            far = subject.away and status == "residual"
            out += [Reading(t, "progression" if far else status, said, False, zoned=True) for t in subject.targets or (None,)]
    return out


DENIAL_IN_CELL = re.compile(
    r"\b(?:no|not|none|nor|nil|without|w/o|neg(?:ative)?|absent|free|cannot|never|neither|\w+n['’]t)\b", re.IGNORECASE
)


def _by_itself(cell: Line) -> Line:
    """A cell without the denials of its neighbours: "no recurrence | nodular enhancement 8 mm | none"."""
    if DENIAL_IN_CELL.search(cell.text):
        return cell
    mentions = tuple(replace(m, context=m.context - {"negated"}) for m in cell.sentence.mentions)
    return Line(cell.read, replace(cell.sentence, mentions=mentions))


def _of_the_followed(found: Sequence[Reading], followed: Sequence[Target]) -> list[Reading]:
    """What tissue shows of a place that several treated lesions share is of the one of them at which tumour was seen or suspected before."""
    out = []
    for r in found:
        alike = [o.target for o in found if r.target and o.target and o.mentions == r.mentions and _one_place(o.target, r.target)]
        meant = [t for t in alike if any(t is f for f in followed)]
        if not meant or len(meant) == len(alike) or any(r.target is t for t in meant):
            out.append(r)
    return out


FIRST_READ = re.compile(
    r"\b(?:(?:was|were|had been|been|is) (?:\w+ ){0,2}?(?:read|reported|called|interpreted|signed out|dictated|taken|labell?ed)|initial(?:ly)?|original(?:ly)?|first (?:read|report|called|thought|interpret\w+)|official(?:ly)?|outside (?:read|report)\w*|(?:local|their|the) (?:radiolog\w+|report|reader)[^.;]{0,30}?\b(?:read|reported|called|said|says|thought|saw))\b",
    re.IGNORECASE,
)
"""How an exam was read at first."""
READ_AGAIN = re.compile(
    r"\b(?:re-?(?:review|read|look|evaluat|interpret|assess|examin)(?:s|ed|ing|ion)?|over-?read\w*|second (?:look|read\w*|review|opinion)|in (?:retrospect|hindsight)|retrospectively|(?:on|after|upon|at|by) (?:(?:our|my|further|joint|central|in-?house|repeat|closer|careful|own|expert|subspecialty|internal|board) )+(?:review|reading|look|inspection)|(?:on|after|upon) (?:review|discussion|re-?reading) (?:by|with|at|in|of the images)|(?:our|the sarcoma|the MSK|the board['’]s|specialist|reference|my own) (?:\w+ )?(?:radiolog\w+|reader|review)[^.;]{0,20}?\b(?:review\w*|look\w*|went over|disagree\w*|feels?|felt|thinks?|thought|consider\w*|interpret\w*|regard\w*|finds?|found|sees?|saw|calls?|called|reads?))\b",
    re.IGNORECASE,
)
"""How another reading of the same images opens."""


def _as_read_again(exam: Exam, found: Sequence[Reading]) -> list[Reading]:
    """Of an exam that a note tells as read twice, the second reading holds: "was reported as clear; on our review there is a nodule"."""
    if exam.own or not exam.lines or len({r.status for r in found}) < 2:
        return list(found)
    text = exam.lines[0].read.flat
    start, end = exam.lines[0].sentence.start, exam.lines[-1].sentence.end
    first = FIRST_READ.search(text, start, end)
    again = READ_AGAIN.search(text, first.end(), end) if first else None
    if again is None:
        return list(found)
    return [replace(r, late=True) if r.mentions and r.mentions[0].start > again.start() else r for r in found]


def _one_place(a: Target, b: Target) -> bool:
    """True for lesions that only their number tells apart."""
    return not conflict(replace(a.place, name=""), replace(b.place, name=""))


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
    if doubt and seen and next_to and (PRONOUN.match(line.text) or _doubts_it(line)):
        return [*out[:-1], *found]
    if last and seen and next_to and not found and _doubts_it(line) and findings.status(line)[0] == "indeterminate":
        return [*out[:-1], replace(last, status="indeterminate", mentions=findings.status(line)[1])]
    return [*out, *found]


IT = re.compile(r"\b(?:it|this|that|these|they|them)\b", re.IGNORECASE)


def _doubts_it(line: Line) -> bool:
    """True for doubt of what was just seen: "Too small to characterize", "With the dust that he breathes it may be nothing"."""
    text = line.read.flat
    doubts = [m for m in line.labelled("STATUS") if m.concept == "indeterminate"]
    named = line.labelled("SITE", "ZONE", "SPOT", "PART", "SIZE")
    opens = bool(doubts) and not re.search(r"\w", text[line.sentence.start : doubts[0].start])
    return not named and (opens or any(IT.search(text[max(line.sentence.start, m.start - 6) : m.end]) for m in doubts))


def _in_doubt_again(clause: Line, subject: Subject, out: Sequence[Reading]) -> list[Reading]:
    """Doubt of a conclusion that names no place: of the one treated place that the findings left in doubt."""
    if clause.sentence.section not in FINAL or subject.targets or subject.away or places_told(clause):
        return []
    status, evidence = findings.status(clause)
    doubted = {id(r.target): r.target for r in out if r.status == "indeterminate" and not r.final}
    target = next(iter(doubted.values())) if status == "indeterminate" and len(doubted) == 1 else None
    return [Reading(target, status, evidence, True)] if target else []


APPEARED = ("#appeared", "#new_tumour", "#growth")
OUT_OF_VIEW = re.compile(
    r"\b(?:not|n't) (?:\w+ ){0,2}?(?:(?:in|on|inside|within) (?:the |this |that )?(?:field|scan|study|view|FOV|range|exam)\w*|included|covered|imaged|scanned)\b|\b(?:outside|out|beyond|below|above)(?: of)? (?:the |this )?(?:field|FOV|range|scan|study|coverage|imaged|view)\b|\b(?:at|on|near) the (?:\w+ )?(?:edge|margin|limit|border)s? of the (?:field|FOV|range|scan|study|coverage|volume|view|images?)\b|\bnot (?:\w+ )?(?:assessed|evaluated|examined|looked at)\b(?=,? (?:with|on|without|by|in|here|today|at|see)\b|[.;]?\W*$)|\b(?:report|reader|reading|it|letter) (?:is|was|stays|remains) silent\b|\bsilent (?:on|about|as to)\b|\b(?:not|n't|no) (?:\w+ )?(?:comment\w*|mention\w*|remark\w*) (?:on|of|about|is made of)\b|\b(?:not|n't) mention\b",
    re.IGNORECASE,
)
"""What an exam did not show or speak of."""


OF_THE_REST = re.compile(r"\b(?:rest|remainder) of\b|\b(?:other|remaining)\b", re.IGNORECASE)
"""Words by which what was not shown lies beside the treated places: "the nodes in the rest of the axilla were not assessed"."""


def _in_view(exam: Exam, here: Sequence[Target]) -> Sequence[Target]:
    """Without the treated places that the exam is said not to show: "The left 9th rib lies outside the field of view"."""
    said = [x for x in exam.lines if OUT_OF_VIEW.search(x.text) and not (exam.own and x.labelled("DATE"))]
    clauses = [c for x in said for c in clauses_of(x) if OUT_OF_VIEW.search(c.text) and not (_judged(c) or OF_THE_REST.search(c.text))]
    unseen = [t for c in clauses for p in places_told(c) for t in matching(p, here, True)]
    unseen += [t for c in clauses if not places_told(c) for m in c.labelled("PART") for t in here if m.concept in t.place.parts]
    return [t for t in here if t not in unseen] if len(set(map(id, unseen))) < len(here) else here


def _judged(line: Line) -> bool:
    """True if a clause says what was seen, not only that it could not be evaluated."""
    return any(m.label == "PROGRESSION" or m.concept != "indeterminate" for m in line.labelled("PROGRESSION", "STATUS"))


UNDIAGNOSTIC = re.compile(r"non-?diagnostic|not (?:\w+ )?(?:assess|evaluat|evalu|judg)\w+", re.IGNORECASE)


def _undiagnostic(evidence: Sequence[Mention]) -> bool:
    """True if the only doubt is that the images do not serve: "non-diagnostic for motion, the bed cannot be assessed"."""
    return all(UNDIAGNOSTIC.fullmatch(" ".join(m.words.split())) for m in evidence)


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


def _concluded(found: Sequence[Reading]) -> list[Reading]:
    """Tumour that the findings see at no named place is that of the one treated place of which alone the conclusion tells tumour."""
    called = {r.target: None for r in found if r.final and r.status in ("progression", "residual")}
    if len(called) != 1 or None in called:
        return list(found)
    (target,) = called
    return [replace(r, target=target) if r.placeless and not r.final and r.status == "progression" else r for r in found]


SAME_SPOT = re.compile(r"\b(?:the|that|this) (?:very )?same (?:spot|place|site|location|area|region|lesion|nodule|zone)\b", re.IGNORECASE)


def _same_spot(exam: Exam, thread: Thread) -> tuple[Target, ...]:
    """The treated places that the sentence before an exam spoke of, where it tells of "the same spot" or of "the zone".

    Tissue of no named place that holds no tumour is of the one place at which tumour was seen or suspected before.
    """
    first = exam.lines[0] if exam.lines and not exam.own else None
    if first is not None and exam.modality == "pathology" and not (places_told(first) or first.labelled("ZONE", "SPOT", "PART", "SIDE")):
        return _tissue_of(first, thread)
    if first is not None and (pointed := _pointed_at(first, thread)):
        return pointed
    said = first.labelled("ZONE") if first else ()
    bare = bool(said) and not said[0].text.lower().endswith(("s", "ies")) and first is not None and not places_told(first)
    unplaced = first is not None and goes_back(first) and not (said or places_told(first))
    if first is None or not (bare or unplaced or SAME_SPOT.search(first.text)):
        return ()
    told = takewhile(lambda x: x.sentence.paragraph == first.sentence.paragraph, timeline.back(first))
    before = next((x for x in told if not bare or x.labelled("ZONE", "SPOT")), None)
    return subject_of(before, thread).targets if before else ()


POINTS_BACK = re.compile(
    r"\b(?:it|this|that|these|those|they|each|both|there|which)\b(?! (?:is|are|was|were) (?:no|not|a|an)\b)", re.IGNORECASE
)


IT_HAS = re.compile(
    r"\b(?:it|this|that|the (?:same )?(?:rim|nodule|focus|spot|area|tissue|residual|remnant|crescent)) (?:(?:has|had|is|was|now|had now|has now|has since) )+(?:gr[eo]w\w*|enlarg\w*|bigger|larger|smaller|increas\w*|progress\w*|shr[aiu]nk\w*|unchanged|stable|gone|resolved|doubled|thicken\w*|(?:become|come) )",
    re.IGNORECASE,
)
"""How a note tells by a next exam what has become of what the exam before it saw: "the summer scan shows that it has grown"."""
OF_THAT_TIME = re.compile(r"\b(?:when|where)\b", re.IGNORECASE)


def _pointed_at(first: Line, thread: Thread) -> tuple[Target, ...]:
    """The treated places that a report has just spoken of, where a clause about an earlier exam names none and points back ("this zone had been clean")."""
    points = POINTS_BACK.search(first.text) or (OF_THAT_TIME.search(first.text) and not first.labelled("ZONE", "SPOT"))
    report = timeline.kind(first.read) == "radiology"
    if places_told(first) or not (points if report else IT_HAS.search(first.text)):
        return ()
    whole = next((x for x in timeline.until(first)[-1:] if x.sentence.start < first.sentence.start), None)
    told = [whole.part(whole.sentence.start, first.sentence.start)] if whole else []
    told += list(takewhile(lambda x: x.sentence.paragraph == first.sentence.paragraph, timeline.back(first)))
    return next((s.targets for x in told if (s := subject_of(x, thread)).targets and (x.labelled("ZONE", "SPOT") or places_told(x))), ())


def _tissue_of(first: Line, thread: Thread) -> tuple[Target, ...]:
    """Where tissue of no named place was taken: where the sentence before saw tumour, else, without tumour in it, the one place followed."""
    last = next(timeline.back(first), None)
    told = _called_at(last, thread) if last and last.sentence.paragraph == first.sentence.paragraph else ()
    denied = findings.status(first, tissue=True)[0] == "no_progression"
    return told or (thread.followed[:1] if denied and len(thread.followed) == 1 else ())


def _called_at(line: Line, thread: Thread) -> tuple[Target, ...]:
    """The one treated place at which a sentence saw tumour, or something in doubt: what a biopsy told next is of."""
    seen = [c for c in clauses_of(line) if findings.status(c)[0] in ("progression", "residual", "indeterminate")]
    who = subject_of(seen[-1], thread) if seen else Subject()
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
    return bool(alone) and VERDICT.match(clause.read.flat[end : clause.sentence.end]) is not None


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
    if any((r.target and not _merely_smaller(r)) or any(findings.TUMOUR.search(m.words) for m in r.mentions) for r in found):
        return False
    happened = [m for x in exam.lines for m in x.labelled("COMPLICATION") if not m.has("negated", "historical") and m.concept in TROUBLES]
    drained = any(DRAINED.search(x.text) for x in exam.lines)
    return bool(happened or drained) and not any(findings.TUMOUR.search(x.text) and not OUT_OF_VIEW.search(x.text) for x in exam.lines)


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
    names = clause.labelled("ZONE", "SPOT", "SITE", "PART", "NAME", "SIZE") or labels_in(clause)
    if last is None or last.target is None or subject.carried or not (names and LIKEWISE.search(clause.text)):
        return []
    return [replace(last, target=t) for t in subject.targets if t is not last.target]


def _removed(exam: Exam, here: Sequence[Target], labels: Mapping[str, frozenset[str]]) -> list[Reading]:
    """What an operation told in a note took out: of a treated place where its words say zone or site, else disease elsewhere."""
    line = exam.lines[0]
    status, evidence = findings.removed(line)
    who = subject_of(line, Thread(here, labels, (), ())).targets if line.labelled("ZONE", "SPOT") else ()
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
        subject = subject_of(clause, Thread(thread.here, thread.labels, thread.named, ()))
        if subject.targets and (clause.labelled("ZONE") or places_told(clause)):
            return subject
    return Subject()


def _named(exam: Exam, here: Sequence[Target]) -> list[Target]:
    """The treated lesions that an exam names by their place; a zone without a place can only be one of them."""
    if len(here) < 2:
        return list(here)
    lines = [x for x in exam.lines if "apart" not in lobes_of(x)]
    named = [t for line in lines for place in places_told(line) for t in matching(place, here, bool(line.labelled("ZONE")))]
    named += [t for line in lines for m in line.labelled("PART") for t in here if m.concept in t.place.parts]
    return list(dict.fromkeys(named)) or list(here)


SLIDES = re.compile(
    r"\b(?:slides?|(?:outside|previous|prior|earlier)(?! (?:\w+ )?(?:cryo\w*|(?:thermo-?)?ablat\w+|RFA|MWA|treat\w+|zones?|sites?|freez\w+|radio-?frequency|microwave))|blocks? (?:of|from)|consult\w*|review of)\b|\b(?:excision|resection),? (?:19|20)\d\d\b",
    re.IGNORECASE,
)
SPECIMEN = re.compile(
    r"\b(?:biops\w+|bx|cores?|FNAC?|aspirat\w+|resect\w+|excision\w*|specimens?|wedge|tissue|received|nodule|mass|cytolog\w+|site|cylinders?|punch(?:es)?|trephine|fragments?|samples?)\b",
    re.IGNORECASE,
)


def _sampled(exam: Exam, here: Sequence[Target]) -> list[Target]:
    """The treated lesions that a pathology report is about: what its specimen and clinical lines name, an organ alone ("wedge of lung") as closely as elsewhere."""
    if not (exam.own and exam.modality == "pathology"):
        return []
    read = exam.lines[0].read
    lines = [x for s in read.sentences if not SLIDES.search((x := Line(read, s)).text)]
    zoned = [t for x in lines if x.labelled("ZONE") for t in subject_of(x, Thread(here, {}, here, ())).targets]
    taken = [x for x in lines if SPECIMEN.search(x.text)]
    taken = [x for x in taken if x.sentence.section != "indication" and places_told(x)] or taken
    if any("apart" in lobes_of(x) and x.labelled("ZONE") for x in lines):
        return []
    named = [p for x in taken for p in places_told(x) if not any(m.has("negated") for m in p.mentions)]
    named = [p for p in named if p.side or p.parts or not any(o.site == p.site and (o.side or o.parts) for o in named)]
    placed = [t for p in named for t in matching(p, here, True) or near_here(p, here)]
    loose = [] if placed or zoned else [t for p in named for t in here if p.site == t.place.site and p.site in MUSCULAR and _sides(p, t)]
    placed = placed or (loose if len({t.lesion_id for t in loose}) == 1 else [])
    return list(dict.fromkeys(zoned if len(zoned) == 1 or not placed else placed))


def _sides(place: Place, target: Target) -> bool:
    return {place.side, target.place.side} != {"left", "right"}


SEVERAL_NODES = re.compile(r"\b(?:nodes|nodules|implants|deposits)\b", re.IGNORECASE)
"""A part of a specimen of several: beside one of a single node that was treated it is of others."""


def _parts(exam: Exam, here: Sequence[Target]) -> dict[str, tuple[Target, ...]]:
    """The treated lesions that each part of a specimen was taken from, by its letter, none for one from elsewhere; nothing if it is of one part."""
    read = exam.lines[0].read
    opened = [(m["letter"], x) for s in read.sentences if (m := findings.PART.match((x := Line(read, s)).text))]
    placed: dict[str, list[Place]] = {}
    heads: dict[str, Line] = {}
    for letter, line in opened:
        if letter not in placed and (told := places_told(line)):
            placed[letter], heads[letter] = told, line
    exact = _told_apart({a: [t for p in ps for t in matching(p, here, True)] for a, ps in placed.items()}, heads, here)
    several = {a for a, x in opened if SEVERAL_NODES.search(x.text)}
    alone = [t for a, ts in exact.items() for t in ts if a not in several]
    exact = {a: [t for t in ts if a not in several or t not in alone] for a, ts in exact.items()}
    surely = [t for ts in exact.values() for t in ts]
    near = {a: [t for p in ps for t in near_here(p, here) if t not in surely] for a, ps in placed.items()}
    return {a: tuple(dict.fromkeys(exact[a] or near[a])) for a in placed} if len(placed) > 1 else {}


def _told_apart(exact: dict[str, list[Target]], heads: Mapping[str, Line], here: Sequence[Target]) -> dict[str, list[Target]]:
    """The treated lesions of parts with those of one place parted by their positions: "A: proximal zone. B: distal scar"."""
    alike = [a for a in exact if any(o != a and any(t in exact[o] for t in exact[a]) for o in exact)]
    said = {a: list(subject_of(heads[a], Thread(here, {}, here, ())).targets) for a in alike}
    each = [t.lesion_id for ts in said.values() for t in ts]
    parted = len(said) > 1 and all(len(ts) == 1 for ts in said.values()) and len(set(each)) == len(each)
    return {**exact, **said} if parted else exact


def _part_of(line: Line, parts: Mapping[str, tuple[Target, ...]], before: tuple[Target, ...] | None) -> tuple[Target, ...] | None:
    """What the part of a specimen that a line opens with was taken from; a line without a letter goes on with the part ``before`` it."""
    opens = findings.PART.match(line.text) if parts else None
    return parts.get(opens["letter"]) if opens else before if parts and line.sentence.section not in FINAL else None


def _organ_by_organ(exam: Exam, here: Sequence[Target]) -> bool:
    """True if an exam names the organs of the treated lesions, each of one lesion, all of them and no other: "Liver ok. Rib - failed"."""
    sites = [t.place.site for t in here]
    if len(sites) < 2 or len(set(sites)) < len(sites):
        return False
    named = {p.site for x in exam.lines if not findings.TUMOUR.search(x.text) for p in places_told(x) if not examined(p, x)}
    return named == set(sites)


def _silent(line: Line) -> bool:
    """True for a clause that opens with what the exam does not speak of."""
    start = line.sentence.start
    return any(m.end() - SILENT_BEFORE <= 2 for m in SILENT.finditer(line.read.flat[max(0, start - SILENT_BEFORE) : start + 10]))


SILENT_BEFORE = 30
"""Characters before a clause that may hold its verb."""


def _readings(line: Line, subject: Subject, thread: Thread, tissue: bool = False) -> list[Reading]:
    """What a clause says, of whom."""
    status, evidence = findings.status(line, tissue)
    if not status or SEE.search(line.text) or _silent(line) or (line.sentence.section == "addendum" and MISPLACED.search(line.text)):
        return []
    if status == "indeterminate" and (OUT_OF_VIEW.search(line.text) or _undiagnostic(evidence)) and not _judged(line):
        return []
    final, late = line.sentence.section in FINAL, line.sentence.section == "addendum"
    zones, scope = line.labelled("ZONE"), lobes_of(line)
    out: list[Reading] = []
    if status == "residual" and not subject.targets and not places_told(line):
        subject = Subject(thread.last or (tuple(thread.covered) if len(thread.covered) == 1 else ()), carried=True)
    local = bool(subject.targets) and (thread.sampled or _is_local(line, subject, thread, status, evidence))
    here = bool(zones or line.labelled("SPOT") or ("local" in scope and "elsewhere" not in scope))
    anywhere = (
        "anywhere" in scope
        and (not here or _of_all_disease(line, zones))
        and not all(SPREAD.search(m.words) and not DENIED.search(m.words) for m in evidence)
    )
    if local:
        seen = all(m.rule_id.endswith(findings.SEEN) or m.label == "SIZE" for m in evidence)
        denied = status == "no_progression" and any(DENIED.search(m.words) for m in evidence)
        points = (
            PRONOUN.match(line.text)
            or (status == "indeterminate" and TAKES_BACK.match(line.text))
            or BESIDE.search(line.text)
            or line.labelled("ZONE", "SPOT")
            or "local" in scope
        )
        loose = not points and (subject.carried or not (places_told(line) or line.labelled("PART", "SIDE", "NAME")))
        out += [
            Reading(t, status, (*evidence, *zones[:1]), final, late, seen, denied, loose=loose, zoned=bool(points)) for t in subject.targets
        ]
    if anywhere:
        out += [Reading(t, status, evidence, final, late) for t in thread.covered if not (local and t in subject.targets)]
    if thread.elsewhere and not local and not subject.targets:
        return [Reading(None, "progression" if status == "residual" else status, evidence, final, late)]
    other = findings.of_other_disease(line, status, evidence, bool(subject.targets) and not subject.carried)
    follows = (
        subject.away and not places_told(line) and (status == "progression" or bool(PAIR.search(line.text) or PRONOUN.match(line.text)))
    )
    beyond = local and ((status == "no_progression" and bool(AND_ELSEWHERE.search(line.text))) or _in_turn(line, status, evidence))
    if (not local and (other or follows)) or (anywhere and (other or status == "no_progression")) or beyond:
        denied = status == "no_progression" and any(DENIED.search(m.words) for m in evidence)
        bare = not (subject.away or places_told(line) or "elsewhere" in scope or line.labelled("ORGAN", "BYSTANDER"))
        out.append(Reading(None, "progression" if status == "residual" else status, evidence, final, late, denied=denied, placeless=bare))
    return out


PROGRESS = re.compile(r"\b(?:progress\w+|growth)(?: (?:is|was) (?:seen|present|noted))?(?= (?:in|at|within)\b)", re.IGNORECASE)
NEXT_PLACE = re.compile(r",? (?:and|as well as|&) |, ")
EACH_PLACE = re.compile(r"\s*(?:also |both )?(?:in|at|within) ")


def _in_turn(line: Line, status: str, evidence: Sequence[Mention]) -> bool:
    """True if a clause lists where tumour has progressed, the treated place and others in turn: "Progression in the chest, in bone and at the psoas site"."""
    said = PROGRESS.search(line.text) if status == "progression" and any(m.rule_id.endswith("#progress") for m in evidence) else None
    if said is None:
        return False
    bounds = [said.end(), *(b for m in NEXT_PLACE.finditer(line.text, said.end()) for b in m.span()), len(line.text)]
    items = [line.part(line.sentence.start + a, line.sentence.start + b) for a, b in zip(bounds[::2], bounds[1::2], strict=True)]
    zoned = [x for x in items if x.labelled("ZONE", "SPOT")]
    others = [
        x
        for x in items
        if x not in zoned and (places_told(x) or "region" in lobes_of(x)) and not BESIDE.search(EACH_PLACE.sub("", x.text, 1))
    ]
    return bool(zoned and others) and all(EACH_PLACE.match(x.text) for x in items)


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
    return bool(named and wide) and not local and all(w.start > end and "," in line.read.flat[end : w.start] for w in wide)


NO_NEW_ELSEWHERE = re.compile(r"\W*(?:there (?:is|are|was|were) )?(?:no|nothing)\b(?: [\w-]+){0,3}? elsewhere\b", re.IGNORECASE)
"""A sentence that denies what lies elsewhere, though it names the wall or bed around the treated place: "No new lesions elsewhere in the wall"."""

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


ITS_OWN_NEWS = re.compile(
    r"\W*(?:the|her|his) (?:(?!new\b|other\b|another\b|untreated\b|remaining\b)[\w-]+ ){1,4}?(?:lesion|metastasis|met|mass|nodule|deposit|tumou?r|implant) (?:now |also |again )?(?:has|shows?|showed|demonstrates?|had|contains?|developed|with)\b(?! (?:been|not)\b)",
    re.IGNORECASE,
)
"""How a clause opens that tells what is new of the one lesion of a treated place: "The scapular lesion has a new lytic rim"."""


def _is_local(line: Line, subject: Subject, thread: Thread, status: str, evidence: Sequence[Mention]) -> bool:
    """True if a clause speaks of the treated lesions it names or goes on with, not of other disease near them."""
    scope = lobes_of(line)
    if subject.carried and status == "no_progression" and NO_NEW_ELSEWHERE.match(line.text) and not line.labelled("ZONE", "SPOT"):
        return False
    if line.labelled("ZONE") or "local" in scope or any(m.concept == "residual" for m in evidence) or concludes(line):
        return True
    if status == "no_progression" and all(SPREAD.search(m.words) and not DENIED.search(m.words) for m in evidence):
        return False
    nodal = all(NODAL.search(m.words) for m in evidence) and not any(t.place.site == "lymph_node" for t in subject.targets)
    if nodal and (subject.carried or (status == "no_progression" and not line.labelled("SPOT"))):
        return False
    if (
        (subject.carried or not line.labelled("SPOT", "PART"))
        and OF_NODES.match(line.text)
        and not any(t.place.site == "lymph_node" for t in subject.targets)
    ):
        return False
    news = any(m.rule_id.endswith(NEWS) or FRESH.search(m.words) for m in evidence)
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
    if not subject.carried and ITS_OWN_NEWS.match(line.text):
        return True
    diffuse = all(t.place.site in DIFFUSE for t in subject.targets)
    return not (diffuse and (news or "elsewhere" in scope)) and not (subject.carried and "elsewhere" in scope)
