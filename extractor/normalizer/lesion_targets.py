"""Which targets does a session have? Those that its reports name, count or put one a side; where no report is there, those that other notes
tell with its day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, takewhile

from extractor.model import Mention, ReadNote
from extractor.normalizer import corrections, naming, naming_clusters, naming_spots, timeline
from extractor.normalizer.naming_spots import EARLIER, NOT_TREATED
from extractor.normalizer.places import (
    WEAK,
    conflict,
    likeness,
    near_site,
    places,
    told_apart,
)
from extractor.normalizer.records import Line, Place, Session, once
from extractor.patterns import re

COUNT = re.compile(
    r"(?<!segment )(?<!segments )(?<!seg )(?<!seg\. )(?<!segs )(?<!one of the )(?<!one of )(?<!1 of )(?<!\d/)(?<!out of )\b(?P<n>two|three|four|five|both|2|3|4|5)\b(?! (?:cm|mm|x|freez|min|cryo-?probes?|probes?|needles?|cycles?|weeks?|months?|days?|years?|antenn\w+|applicators?|hours?|small chest))(?: [\w-]+){0,6}?"
    r" (?:nodules|lesions|mets|metastases|masses|tumou?rs|deposits|implants|foci|targets|recurrences|nodes|lumps|sites)\b|(?:lesions|nodules|metastases|mets|deposits|implants|targets|masses|tumou?rs|ablations?|cryo-?ablations?|RFA|MWA)\s*\(?[x×]\s?(?P<x>\d)\b",
    re.IGNORECASE,
)
NUMBERS = {"two": 2, "both": 2, "three": 3, "four": 4, "five": 5}
ALL = re.compile(
    r"\b(?:each|any|every|either|neither)(?: of (?:the|them|these))?(?: \w+){0,2}? (?:targets?|lesions?|nodules?|metastas[ei]s|mets|tumou?rs?|zones?|sites?|mass(?:es)?|deposits?|implants?|cavit\w+|ablations?|spots?|areas?|places?|scars?|beds?|regions?|foci|fields?)\b"
    r"|\ball(?: (?:two|three|four|five|of the|the|of these|treated|ablated))*(?: \w+){0,2}? (?:targets|lesions|nodules|metastases|mets|tumou?rs|zones|sites|masses|deposits|implants|cavities|ablations|spots|areas|places|scars|beds|regions|foci|fields)\b"
    r"|\b(?:both(?! (?:\w+ )?(?:antenn\w*|probes?|needles?|electrodes?|applicators?|cryo-?(?:probe|needle)s?|freez\w+|cycles?|sides|planes|ends|poles|aspects|borders|edges|margins|cortices|directions|dimensions|times|stages|faces|surfaces|views|occasions|ways|legs|arms|feet|hands|lungs|kidneys)\b)|each(?=\s*(?:[.,;)]|$))|(?:every|each) one of (?:them|these|those)\b|^each (?!(?:[\w-]+ )?(?:freez\w*|thaws?|cycles?|probes?|needles?|antenn\w+|electrodes?|applicat\w+|pass(?:es)?|burns?|sides?|of)\b)|for each|in each case|(?:all|each|both) (?:two |three |four |five )?of (?:them|these|those)\b|all (?:two|three|four|five))\b",
    re.IGNORECASE,
)

NO_SUCH = re.compile(
    r"\b(?:there (?:is|was|are|were) no|no) (?:left|right)\b|\b(?:left|right)(?: \w+){0,3}? (?:is|was|are|were) (?:entirely |completely )?(?:normal|not (?:treated|touched|ablated|involved|the target)|untouched|clear|unremarkable)\b",
    re.IGNORECASE,
)

WAS = re.compile(
    r"(?:\bwas|previously|\bprior|formerly|\bfrom|compared (?:with|to)|having been|\bpast|up from|\bvs\.?|earlier|\bold)\s*(?:\w+ )?\(?$",
    re.IGNORECASE,
)
NOT_COUNTED = ("consent", "indication", "history", "comparison", "plan", "past_history", "reason", "addendum")
REGION = re.compile(
    r"[\s/,&+]*(?:(?:of|the|left|right|chest|thorax|abdomen|abdominal|pelvis|abd|pel|c/a/p|c/a|a/p|cap|and|with|without|w|wo|w/|w/o|contrast|l|r|lt|rt|low|dose|scan|neck|brain|iv|oral)\b[\s/,&+.]*)*",
    re.IGNORECASE,
)
BODY_SECTIONS = (
    "technique",
    "findings",
    "procedure",
    "impression",
    "",
    "addendum",
    "complications",
    "guidance",
    "anesthesia",
    "course",
    "assessment",
    "data",
    "assessment_plan",
    "date",
    "diagnosis",
    "history",
)


@dataclass
class Draft:
    """A target in the making."""

    place: Place
    sizes: list[Mention] = field(default_factory=list)
    said: list[tuple[Line, Mention]] = field(default_factory=list)
    heads: list[tuple[Line, int]] = field(default_factory=list)


def named_in_reports(sessions: Sequence[Session]) -> dict[str, list[naming_spots.Candidate]]:
    """The candidates of each reported session; what a report on two energies names goes to the one its words speak of."""
    out: dict[str, list[naming_spots.Candidate]] = {}
    for report in {s.report.note.note_id: s.report for s in sessions if s.report}.values():
        own = [s for s in sessions if s.report is report]
        lines = list(dict.fromkeys(x for s in own for x in s.lines if x.read is report))
        lines.sort(key=lambda x: x.sentence.start)
        found = naming.candidates(lines)
        split = naming.share(found, lines, [s.modality for s in own]) if len({s.modality for s in own}) > 1 else {}
        for session in own:
            out[session.procedure_id] = split.get(session.modality, found)
    return out


def shares_report(session: Session, sessions: Sequence[Session]) -> bool:
    """True if the report of a session tells of another session too."""
    return any(s is not session and s.report is session.report for s in sessions)


def reported(session: Session, found: Sequence[naming_spots.Candidate], shared: bool, reads: Sequence[ReadNote]) -> list[Draft]:
    """The targets that a session's own report names."""
    lines = [x for x in session.lines if x.read is session.report]
    found = _of_title(_on_the_right_side(found, session), lines)
    told = [] if len(found) == 1 and _by_chance(found[0]) and naming.background(lines) else found
    drafts = _of_both_sides([Draft(c.place, _own_sizes(c, told), heads=naming_spots.heads(c)) for c in told], lines) or [
        Draft(p) for p in naming.background(lines)[:1]
    ]
    drafts = _as_indicated(drafts, lines)
    if not shared:
        drafts = _counted_before(drafts, session, lines, reads) or drafts
        drafts = _each_counted(drafts, lines)
        _twins(drafts, lines)
    return drafts or [Draft(Place())]


def _own_sizes(c: naming_spots.Candidate, found: Sequence[naming_spots.Candidate]) -> list[Mention]:
    """The size with which a list tells a target that is called like another of it."""
    alike = [o for o in found if (o.place.site, o.place.side) == (c.place.site, c.place.side) and _not_finer(o.place, c.place)]
    told = (any(o.place.parts for o in alike) and not c.place.name) or sum(bool(o.place.name) for o in alike) == 1 == len(alike) - 1
    return [m for s in c.spots for m in s.said if m.label == "SIZE"][:1] if len(alike) > 1 and told else []


def _not_finer(a: Place, b: Place) -> bool:
    """True if one of two places is told by no finer place that the other is not."""
    return a.parts <= b.parts or b.parts <= a.parts


SAYS_TRUE = re.compile(
    r"\b(?:body|report|text|rest|narrative|note|impression|paragraphs?|above)\b[^.;]{0,30} (?:is|are|was|were) right\W*$", re.IGNORECASE
)
"""Not a side: "The body of the report is right"."""


def _right_sides(session: Session) -> list[tuple[Line, Mention]]:
    """The sides that the addenda of a report put right, each with its line."""
    return [
        (line, m)
        for line in corrections.of_session(session)
        for m in line.labelled("SIDE")
        if not (m.has("negated") or corrections.taken_back(m, line) or NO_SUCH.search(line.text) or SAYS_TRUE.search(line.text))
    ]


def _on_the_right_side(found: Sequence[naming_spots.Candidate], session: Session) -> Sequence[naming_spots.Candidate]:
    """Without the twin that a report names on the wrong side, where an addendum says which side it is: "Error in the title. The adrenal is the LEFT"."""
    wrong = [
        c
        for line, m in _right_sides(session)
        for p in places_in(line)
        if m in p.mentions and p.site and not line.labelled("SIZE", "MARGIN", "PROBES", "DATE", "COMPLICATION")
        for c in found
        if c.place.site == p.site and c.place.side not in ("", m.concept) and any(_other_side(c, o, m) for o in found)
    ]
    return [c for c in found if not any(c is w for w in wrong)]


def _other_side(c: naming_spots.Candidate, other: naming_spots.Candidate, side: Mention) -> bool:
    """True if a candidate is the same place on the side given."""
    return other.place.side == side.concept and not conflict(replace(c.place, side=""), replace(other.place, side=""))


def _of_title(found: Sequence[naming_spots.Candidate], lines: Sequence[Line]) -> Sequence[naming_spots.Candidate]:
    """As many measured targets as the title counts of one site lie there, by whatever they are told: "cryoablation x2, left pleura", then "paravertebral implant"."""
    wanted = max((count(x) for n, x in enumerate(lines) if naming_spots.title(x, n)), default=0)
    titled = {(c.place.site, c.place.side): c.place for c in found if c.titled and c.place.site and c.place.site not in WEAK}
    measured = [c for c in found if any(_measured(m) for s in c.spots for m in s.said)]
    if wanted < 2 or len(titled) != 1 or len(measured) != wanted:
        return found
    home = next(iter(titled.values()))
    if any(_and_beyond(m, x) for x in lines for m in home.mentions if m in x.mentions and m.label == "SITE"):
        return found
    strange = [c for c in measured if not c.titled and c.place.site not in ("", home.site)]
    if not strange or any(c.place.side and home.side and c.place.side != home.side for c in strange):
        return found
    if any(
        p.site == c.place.site for x in lines if x.sentence.section in naming_clusters.BACKGROUND for p in places_in(x) for c in strange
    ):
        return found  # what the indication also names is a place of its own
    for c in strange:
        c.place = replace(c.place, site=home.site, side=c.place.side or home.side)
    for c in measured:
        c.moved = True
    return measured


AND_BEYOND = re.compile(
    r"(?: (?:bed|fossa|region|area))?(?:,? and|,? as well as| &| \+|,? plus) (?:the |his |her )?(?:(?:left|right|l|r|lt|rt) )?(?!(?:\w+(?:tion|plasty|scopy|graphy|ectomy|placement)|biops\w+|guidance|control|an(?:a)?esthe\w+|stent\w*|drain\w*|CT|US|MRI?|ultrasound|fluoro\w*)\b)[a-z-]{3,}(?: (?:wall|region|scar|area|fold|side))?(?=\s*(?:[.;,(]|$))",
    re.IGNORECASE,
)
"""Behind the one place of a title that the rules know: "left retroperitoneum and flank"."""


def _and_beyond(site: Mention, line: Line) -> bool:
    """True if a line names a further place right behind a site, in whatever words."""
    return AND_BEYOND.match(line.read.flat, site.end, line.sentence.end) is not None


def _measured(m: Mention) -> bool:
    return m.label in ("SIZE", "PROBES")


ITEM_NAME = re.compile(r"(?:(?<=\s)|^)\(?([a-e1-5])[).](?=\s)|\b(?:target|lesion|site|tumou?r|nodule) ([A-E1-5])\b", re.IGNORECASE)


def _as_indicated(drafts: list[Draft], lines: Sequence[Line]) -> list[Draft]:
    """Targets that the report only calls by letter or number lie where its indication lists them: "two metastases, (a) left paraspinal (b) right gluteal"."""
    if len(drafts) < 2 or any(d.place.site or not d.place.name for d in drafts):
        return drafts
    for line in lines:
        if line.sentence.section not in naming_clusters.BACKGROUND:
            continue
        found = {n: p for n, p in (*_items_told(line), *((p.name, p) for p in places_in(line) if p.name)) if p.site}
        if all(d.place.name in found for d in drafts):
            return [Draft(naming_clusters.merged(replace(found[d.place.name], name=""), d.place), d.sizes, d.said, d.heads) for d in drafts]
    return drafts


def _items_told(line: Line) -> list[tuple[str, Place]]:
    """The first place behind each letter or number by which a line lists: (number, place)."""
    heads = [(line.sentence.start + m.end(), (m[1] or m[2]).lower()) for m in ITEM_NAME.finditer(line.text)]
    at = [(min(m.start for m in p.mentions if m.label == "SITE"), p) for p in places_in(line)]
    ends = [*(start for start, _ in heads[1:]), line.sentence.end][: len(heads)]
    told = [(n, next((p for a, p in at if start <= a < end), Place())) for (start, n), end in zip(heads, ends, strict=True)]
    return [(str("abcde12345".index(n) % 5 + 1), p) for n, p in told]


def _by_chance(c: naming_spots.Candidate) -> bool:
    """True for a place that a report neither heads, names as a target nor measures: an indication says better what was treated."""
    return not c.titled and c.weight < 1


def _each_counted(drafts: Sequence[Draft], lines: Sequence[Line]) -> list[Draft]:
    """One place told as several targets by a line that counts and measures them: "two foci: 2 o'clock 11 mm, 6 o'clock 8 mm"; "two perirenal nodules: anterior 15 mm, posterior 23 mm"."""
    out = list(drafts)
    for line in lines if not any(d.place.name for d in drafts) else ():
        said = COUNT.search(line.text) if line.sentence.section in BODY_SECTIONS else None
        wanted = count(line) if said else 0
        if wanted < 2:
            continue
        sizes = [m for m in line.labelled("SIZE") if not past(line, m)]
        lengths = [] if sizes else [m for m in line.labelled("LENGTH") if float(m.concept) >= LEAST_LISTED]
        told = sizes or lengths
        here = places_in(line)
        own = [d for d in out if len(here) == 1 and d.place.site == here[0].site and not conflict(d.place, here[0])]
        named = [d for d in out if any(m in line.mentions for m in d.place.mentions)]
        if (
            len(told) != wanted
            or len(own) != 1
            or len(named) >= wanted
            or (sizes and len(out) == 1)
            or (said and told[0].start < line.sentence.start + said.end())
        ):
            continue
        starts = [line.sentence.start + said.end() if said else line.sentence.start, *(m.end for m in told)]
        fresh = []
        for low, m in zip(starts, told, strict=False):
            parts = [p for p in line.labelled("PART") if low <= p.start < m.start]
            kinds = {p.concept.split(":")[0] for p in parts}
            kept = frozenset(p for p in own[0].place.parts if p.split(":")[0] not in kinds)
            place = replace(own[0].place, parts=kept | {p.concept for p in parts}, mentions=(*own[0].place.mentions, *parts))
            fresh.append(Draft(place, [m], heads=own[0].heads))
        at = out.index(own[0])
        out[at : at + 1] = fresh
    return out


LEAST_LISTED = 4
"""Millimetres of a target that a list measures."""


def _counted_before(drafts: Sequence[Draft], session: Session, lines: Sequence[Line], reads: Sequence[ReadNote]) -> list[Draft]:
    """The targets that a report only counts or numbers ("cryoablation of all three lesions"), from the last note before it whose sentence lists so many."""
    if any(d.place.site for d in drafts):
        return []
    wanted = len(drafts) or max((count(x) for x in lines if naming_spots.title(x, 0)), default=0)
    before = [r for r in reads if r is not session.report and r.note.note_date <= session.when.date] if wanted > 1 else []
    for read in reversed(before):
        for line in timeline.lines(read):
            found = (
                [] if line.labelled("PRIOR_TREATMENT", "ZONE") or not naming_spots.TUMOUR.search(line.text) else _finest(places_in(line))
            )
            if len(found) == wanted:
                names = [replace(d.place, mentions=()) for d in drafts] or [Place()] * wanted
                return [Draft(naming_clusters.merged(replace(p, name=""), n)) for p, n in zip(found, names, strict=True)]
    return []


def _of_both_sides(drafts: list[Draft], lines: Sequence[Line]) -> list[Draft]:
    """Two targets where one place of both sides is measured on each: "bilateral adrenal metastases: right 25 mm, left 18 mm"."""
    if len(drafts) != 1 or drafts[0].place.side not in ("", "bilateral"):
        return drafts
    if not drafts[0].place.side:
        return _one_a_side(drafts[0], lines) if max((count(x) for x in lines), default=0) == 2 else drafts
    for line in lines:
        sides = [m for m in line.labelled("SIDE") if m.concept in ("left", "right")]
        if {m.concept for m in sides} != {"left", "right"} or len(sides) != 2:
            continue
        sizes = line.labelled("SIZE", "LENGTH")
        ends = [*(m.start for m in sides[1:]), line.sentence.end]
        own = [next((z for z in sizes if m.end <= z.start < end), None) for m, end in zip(sides, ends, strict=True)]
        if all(own):
            base = drafts[0].place
            return [
                Draft(replace(base, side=m.concept, mentions=(*base.mentions, m)), [z])
                for m, z in zip(sides, own, strict=True)
                if z is not None
            ]
    return drafts


def _one_a_side(draft: Draft, lines: Sequence[Line]) -> list[Draft]:
    """Two targets of a paired organ where the report heads what it tells of each with its side alone: "Right: 14 mm", "Left: 19 mm"."""
    heads = [
        (m, x) for x in lines for m in x.labelled("SIDE")[:1] if m.start - x.sentence.start <= 3 and HEAD_SIDE.match(x.read.flat, m.end)
    ]
    if draft.place.site not in PAIRED or sorted(m.concept for m, _ in heads) != ["left", "right"]:
        return [draft]
    base = draft.place
    own = [(m, (*x.labelled("SIZE", "LENGTH"),)) for m, x in heads]
    return [Draft(replace(base, side=m.concept, mentions=(*base.mentions, m)), list(sizes[:1])) for m, sizes in own]


HEAD_SIDE = re.compile(r"(?: (?:side|sided|one|tumou?r|mass|lesion|nodule))?\s*[:,(–=-]", re.IGNORECASE)


def places_in(line: Line) -> list[Place]:
    """The places of a line that name more than a region."""
    return list(_named_places(line))


@once
def _named_places(line: Line) -> tuple[Place, ...]:
    found = places(line.sentence, line.read.flat)
    return tuple([p for p in found if not (_unsaid(p) or all(_region(m, line) for m in p.mentions if m.label == "SITE"))])


def _unsaid(place: Place) -> bool:
    return any(m.has("negated", "family") for m in place.mentions if m.label == "SITE")


def _region(site: Mention, line: Line) -> bool:
    """True if a site is only the region of an exam: "CT chest/abdomen/pelvis"."""
    text = line.read.flat
    done = [(m.start, m.end) for m in line.labelled("PROCEDURE")]  # "focused ultrasound of the rectus" is no exam
    exams = [m for m in line.labelled("IMAGING") if not any(start <= m.start and m.end <= end for start, end in done)]
    return any(m.end <= site.start and REGION.fullmatch(text[m.end : site.start]) for m in exams)


def _add_places(drafts: list[Draft], found: Sequence[Place], line: Line) -> None:
    fresh: list[Draft] = []
    for place in found:
        same = next(
            (
                d
                for d in drafts
                if not conflict(d.place, place) and d.place.site == place.site and not (d in fresh and told_apart(d.place, place))
            ),
            None,
        )
        if same is None:
            fresh.append(Draft(place))
            drafts.append(fresh[-1])
        else:
            same.place = naming_clusters.merged(same.place, place)


def _twins(drafts: list[Draft], lines: Sequence[Line], least: int = 0) -> None:
    """Counts tell how many targets there are ("two left lower lobe metastases", "hepatic metastases x 2"); what was measured tells them apart."""
    wanted = max((count(line) for line in lines), default=least) or least or _indicated(lines)
    listed = sum(bool(d.place.name) for d in drafts) > 1  # under letters or numbers: there are no more
    if not drafts or wanted <= len(drafts) or wanted > 5 or listed:
        return
    if (listed_places := _counted_places(lines, wanted)) and all(any(not conflict(d.place, p) for p in listed_places) for d in drafts):
        _add_places(drafts, listed_places, lines[0])
        if wanted <= len(drafts):
            return
    sized = sized_places(lines)
    base = drafts[0].place
    for place in naming_clusters.mentioned(lines):
        if wanted > len(drafts) and all(d.place.site != place.site for d in drafts):
            drafts.append(Draft(place))
    if wanted == len(drafts):
        return
    if len({(p.site, p.parts) for p, _ in sized[:wanted] if p.site}) == wanted and any(p.site != base.site for p, _ in sized[:wanted]):
        drafts[:] = [Draft(replace(p, side=p.side or base.side), [size]) for p, size in sized[:wanted]]
        return
    gone = _left_by_rank(lines, sized)
    sized, wanted = [x for x in sized if x not in gone], wanted - len(gone)
    wanted -= _left_of(lines, sized, wanted)
    for _ in range(wanted - len(drafts)):
        drafts.append(Draft(replace(base, parts=frozenset(p for p in base.parts if p.startswith("lobe")), name="")))
    fresh = [d for d in drafts if d.place.site == base.site]
    for draft, (place, size) in zip(fresh, sized, strict=False):
        kinds = {p.split(":")[0] for p in place.parts}
        own = frozenset(p for p in draft.place.parts if p.split(":")[0] not in kinds)
        draft.place = replace(draft.place, parts=own | place.parts, name=draft.place.name or place.name)
        draft.sizes.append(size)


def _indicated(lines: Sequence[Line]) -> int:
    """How many targets the indication counts, where the report measures so many, each by another place: "two metastases", then "anterior lesion, 20 mm"."""
    told = [found for x in lines if x.sentence.section == "indication" and not EARLIER.search(x.text) for found in COUNT.finditer(x.text)]
    sized = [place.parts for place, _ in sized_places(lines)] if told else []
    return len(sized) if all(sized) and len(set(sized)) == len(sized) and any(_counted(m) == len(sized) for m in told) else 0


ONE_LEFT = re.compile(
    r"\W*(?:the |an? )?(?:[\w-]+ ){0,2}?(?:one|other|second|third|remaining|lesion|nodule|mass|tumou?r|metastasis|deposit|implant)\b",
    re.IGNORECASE,
)


def _left_of(lines: Sequence[Line], sized: Sequence[tuple[Place, Mention]], wanted: int) -> int:
    """How many of the lesions counted sentences of their own leave untreated ("the interpolar one was a cyst and was not treated"), where not all were measured."""
    left = [x for x in lines if ONE_LEFT.match(x.text) and NOT_TREATED.search(x.text) and not x.labelled("PROBES", "MARGIN")]
    return min(len(left), max(wanted - len(sized), 0))


def _left_by_rank(lines: Sequence[Line], sized: Sequence[tuple[Place, Mention]]) -> list[tuple[Place, Mention]]:
    """Which of the lesions measured a sentence leaves alone by what tells it from its fellow: "the upper nodule was only marked"."""
    left = {
        m.concept
        for x in lines
        if NOT_TREATED.search(x.text) and ONE_LEFT.match(x.text)
        for m in x.labelled("PART")
        if m.concept.split(":")[0] in naming.RELATIVE and naming.left_alone(x, m.start) and naming.ONE.match(x.read.flat, m.end)
    }
    out: list[tuple[Place, Mention]] = []
    for part in left:
        own = [x for x in sized if part in x[0].parts]
        fellows = [x for x in sized if any(p.startswith(part.split(":")[0] + ":") for p in x[0].parts)]
        own = own or ([x for x in sized if x not in fellows] if len(sized) == FELLOWS and len(fellows) == 1 else [])
        out += own if len(own) == 1 else []
    return out if len(out) < len(sized) else []


FELLOWS = 2
"""Of so many lesions each is what the other is not."""


def _counted_places(lines: Sequence[Line], wanted: int) -> list[Place]:
    """The places that a line counts and lists: "two metastases treated: right iliac crest and right acetabulum"."""
    told = [found for x in lines if count(x) == wanted and len(found := [p for p in places_in(x) if p.site]) == wanted]
    return told[0] if told and len({(p.site, p.side, p.parts) for p in told[0]}) == wanted else []


NUMBED = re.compile(
    r"\b(?:lidocaine|lignocaine|\w*caine|infiltrat\w+|numbed|punctures?|nicks?|incisions?)\b[^.;]{0,40}\bsites\b|\b(?:skin|entry|access|puncture|needle|probe) sites\b|\bsites of (?:\w+ )?(?:entry|access|puncture)\b",
    re.IGNORECASE,
)
"""Sites of the skin, not of the disease."""


def count(line: Line) -> int:
    """How many targets a line of the report counts; 0 where it tells of another time or of what was not treated."""
    counted = list(COUNT.finditer(line.text))
    implied = 0 if counted else _measured_count(line)
    if (
        not (counted or implied)
        or _quiet(line)
        or line.sentence.section in NOT_COUNTED
        or NOT_TREATED.search(line.text)
        or EARLIER.search(line.text)
        or NUMBED.search(line.text)
        or _of_copied(line)
    ):
        return 0
    return implied or max(map(_counted, counted))


def _of_copied(line: Line) -> bool:
    """True for words told again from an earlier note, up to the end of their line: "History copied from 3/2/21: two lung targets"."""
    text = line.read.note.text
    same = takewhile(lambda x: "\n" not in text[x.sentence.start : line.sentence.start], timeline.back(line))
    return any(timeline.of_source(d, x) for x in (line, *same) for d in x.labelled("DATE"))


def _counted(found: re.Match[str]) -> int:
    """How many a match of COUNT counts."""
    return int(found["x"]) if found["x"] else _number(found["n"])


def _number(word: str) -> int:
    return NUMBERS.get(word.lower()) or int(word)


BARE_COUNT = re.compile(r"\b(two|three|four|five)(?=\s*[,:;]|\s+of them\b)", re.IGNORECASE)
LARGER, SMALLER = (re.compile(rf"\bthe {w}(?! (?:part|portion|component|half))\b", re.IGNORECASE) for w in ("larger", "smaller"))


def _measured_count(line: Line) -> int:
    """How many sizes a line gives to as many lesions that it counts without a noun: "there are three: upper 22 mm, middle 14 mm, lower 9 mm"; "the larger (71 mm) and the smaller (30 mm)"."""
    sizes = [m for m in line.labelled("SIZE") if not past(line, m) and not m.has("intended", "historical")]
    if len(sizes) < 2 or line.labelled("ZONE", "PRIOR_TREATMENT"):
        return 0
    counts = [NUMBERS[m[1].lower()] for m in BARE_COUNT.finditer(line.text, 0, sizes[0].start - line.sentence.start)]
    both = LARGER.search(line.text) and SMALLER.search(line.text)
    return len(sizes) if len(sizes) in counts or (both and len(sizes) == 2) else 0


def _quiet(line: Line) -> bool:
    """True for a line that counts sites treated before, as it finds them at rest: "two treated sites quiet"."""
    found = line.labelled("ZONE", "SPOT") and any(m.concept == "no_progression" for m in line.labelled("PROGRESSION", "STATUS"))
    return bool(found) and not line.labelled("PROCEDURE", "PROBES", "COVERAGE", "SIZE")


def sized_places(lines: Sequence[Line], everywhere: bool = False) -> list[tuple[Place, Mention]]:
    """(the place named before it, size) of each size in the body, in order; ``everywhere`` in any section and of any day."""
    out: list[tuple[Place, Mention]] = []
    seen: set[int] = set()
    for line in lines:
        if not everywhere and (
            line.sentence.section not in BODY_SECTIONS or line.sentence.section == "history" or EARLIER.search(line.text)
        ):
            continue
        since = line.sentence.start
        found = places_in(line)
        behind = _places_behind(line)
        for size in line.labelled("SIZE"):
            if size.start in seen or past(line, size) or size.has("intended"):
                continue
            seen.add(size.start)
            last = not any(s.start > size.start for s in line.labelled("SIZE"))
            until = size.start + 60 if last else size.start
            if size in behind:
                since, until = size.end, behind[size]
            here = [p for p in found if since <= min(m.start for m in p.mentions) < until]
            parts = frozenset(m.concept for m in line.labelled("PART") if since <= m.start < until)
            names = [m.concept for m in line.labelled("NAME") if since <= m.start < size.end + 30]
            ahead = [p for p in here if min(m.start for m in p.mentions) < size.start]
            of_it = [p for p in found if naming_spots.ahead(size, line.read.flat, min(m.start for m in p.mentions))]
            place = of_it[0] if of_it else ahead[-1] if ahead else here[0] if here else Place()
            out.append((replace(place, parts=place.parts | parts, name=names[0] if names else ""), size))
            since = size.end
    return out


@once
def sized(line: Line) -> Sequence[tuple[Place, Mention]]:
    """``sized_places`` of one line, in whatever section: every session that it may tell of asks."""
    return sized_places([line], everywhere=True)


def _places_behind(line: Line) -> dict[Mention, int]:
    """Where the place behind each size ends, in a list of sizes each before its place: "2.5 cm (IVb), 1.8 cm (VI) and 3.1 cm (VIII)"."""
    sizes = line.labelled("SIZE")
    marks = [m.start for m in line.labelled("PART", "SITE")]
    ends = [*(m.start for m in sizes[1:]), line.sentence.end]
    opened = line.read.flat
    told = all(any(a.end <= at < min(z, a.end + 40) for at in marks) for a, z in zip(sizes, ends, strict=True)) if sizes else False
    before = {m.start for m in line.labelled("PART") if m.start < sizes[0].start} if sizes else set()
    bracketed = all(re.match(r"\s*\(", opened[m.end : m.end + 3]) for m in sizes)
    return dict(zip(sizes, ends, strict=True)) if len(sizes) > 1 and told and (bracketed or not before) else {}


def told_targets(session: Session) -> list[Draft]:
    """Targets of a session that only other notes tell of: where it was told first, else in the next note that tells of it and of a place."""
    firsts = {x.read.note.note_id: x for x in reversed(session.lines) if x.labelled("PROCEDURE")}
    others = [x for x in session.lines if x is firsts.get(x.read.note.note_id) and x.read is not session.lines[0].read]
    for line in (session.lines[0], *others):
        drafts = _told_in(session, line)
        if any(d.place.site for d in drafts):
            return drafts
    return [Draft(Place())]


THAT_ONE = re.compile(
    r"\b(?:that|this|the same|said)(?: (?:one|very|same|single|solitary))? (?:lesion|nodule|metastasis|met|mass|deposit|implant|tumou?r|node|spot)\b",
    re.IGNORECASE,
)
"""What goes back to the paragraph before: "percutaneous RFA of that lesion"."""


def _told_in(session: Session, line: Line) -> list[Draft]:
    """The targets that a note tells of: in the sentence of the session, else in the three before, the nearest first."""
    drafts: list[Draft] = []
    sizes: list[Mention] = []
    found = _of_metastasis(line, [p for p in places_in(line) if _near(session, line, p)] or places_in(line))
    dealt = _of_day(session, line)
    found = dealt or _behind_day(session, line, found) or _object(session, line, found) or found
    if not found:
        before = [
            x for x in islice(timeline.back(line), 3) if x.sentence.paragraph == line.sentence.paragraph or THAT_ONE.search(line.text)
        ]
        for other in (*before, *(x for x in session.lines[1:] if x.read is line.read)):
            found = _all_of(line, other) if other in before else [p for p in places_in(other) if p.site]
            if found:
                sizes = [s for s in other.labelled("SIZE") if other in before and not past(other, s)]
                break
    found = found or _of_what_came_back(line)
    _add_places(drafts, [one for p in found for one in _each_segment(p, line)], line)
    for draft in drafts if len(drafts) == 1 else []:
        draft.sizes += sizes
    if dealt:
        _twins(drafts, [], _times_listed(session, line))
    else:
        _twins(drafts, [] if line.labelled("PRIOR_TREATMENT") else [line], _times(session, line) or _count_told(session, line))
    drafts += _same_sitting(session, line, drafts)
    return drafts


def _count_told(session: Session, line: Line) -> int:
    """How many targets a sentence counts of a session that it tells, up to the next ablation or semicolon: "ablation elsewhere last year (thermal, two lesions, segments 5 and 7)"."""
    said = session.mentions[0]
    here = said.note_id == line.read.note.note_id and line.sentence.start <= said.start < line.sentence.end
    if not here or SAME_SITTING.search(line.text):
        return 0
    acts = [m.start for m in line.labelled("PROCEDURE", "PRIOR_TREATMENT", "IMAGING") if m.start >= said.end]
    words = line.read.flat[said.end : min([*acts, line.sentence.end])].partition(";")[0]
    counted = None if NOT_TREATED.search(words) else COUNT.search(words)
    return _counted(counted) if counted else 0


SAME_SITTING = re.compile(
    r"\b(?:at|in|during) the same (?:session|sitting|procedure|setting|occasion|anesthetic|anaesthetic)\b", re.IGNORECASE
)


def _same_sitting(session: Session, line: Line, drafts: Sequence[Draft]) -> list[Draft]:
    """What a sentence adds to a session it tells: "cryoablation of a rib in March, and two deposits in the buttock were frozen at the same sitting"."""
    said, added = session.mentions[0], SAME_SITTING.search(line.text)
    if not added or said.note_id != line.read.note.note_id or not line.sentence.start <= said.start < line.sentence.start + added.start():
        return []
    days = [m.end for m in line.labelled("DATE") if m.end <= line.sentence.start + added.start()]
    since = max([said.end, *days])
    fresh = [p for p in places_in(line) if p.site and since <= min(m.start for m in p.mentions if m.label == "SITE")]
    fresh = [p for p in fresh if not any(d.place.site == p.site and not conflict(d.place, p) for d in drafts)]
    counted = COUNT.search(line.read.flat, since, line.sentence.end) if len(fresh) == 1 else None
    many = 1 if counted is None or counted["x"] else _number(counted["n"])
    side = [m for d in drafts for m in d.place.mentions if m.label == "SIDE"] if SAME_SIDE.search(line.text) else []
    fresh = [replace(p, side=side[0].concept, mentions=(*p.mentions, side[0])) if side and not p.side else p for p in fresh]
    return [Draft(p) for p in fresh for _ in range(many)]


SAME_SIDE = re.compile(r"\bsame side\b|\bipsilateral\b", re.IGNORECASE)


CAME_BACK = re.compile(
    r"\b(?:of|to|for|into) (?:the |this |that |his |her )(?:recurren\w+|regrowth|relapse|residual|remnant|same|tumou?r|(?P<noun>implant|mass|nodule|deposit|lesion|metastasis|met|node|lump)\b(?! (?:in|of|at|on|near|under|beside)\b))\b",
    re.IGNORECASE,
)


def _of_what_came_back(line: Line) -> list[Place]:
    """The place told last before a session that was of a recurrence: "2013: excision, left scapula. 2014: regrew. 2015: HIFU of the recurrence"."""
    said = CAME_BACK.search(line.text)
    if not said:
        return []
    for other in islice(timeline.back(line), MOST_BACK):
        found = [p for p in places_in(other) if p.site]
        if said["noun"] and said["noun"].lower() not in other.text.lower():
            continue
        if found:
            return found[:1] if len({(p.site, p.side) for p in found if p.side} or {p.site for p in found}) == 1 else []
    return []


MOST_BACK = 6
"""Sentences before it in which a history tells where what came back lay."""


def _of_day(session: Session, line: Line) -> list[Place]:
    """The places told with the session's day, where a sentence tells of several days each with its own: "2/11/2019 right upper lobe and 5/20/2019 left lower lobe"."""
    day, said = session.cells["date"].mentions[0], session.mentions[0]
    days = [d for d in line.labelled("DATE") if d.start >= said.end]
    if day not in days or len(days) < 2 or said.note_id != line.read.note.note_id:
        return []
    sites = [(min(m.start for m in p.mentions if m.label == "SITE"), p) for p in places_in(line) if p.site]
    before = [[p for at, p in sites if low <= at < d.start] for low, d in zip([said.end, *(d.end for d in days)], days, strict=False)]
    behind = [
        [p for at, p in sites if d.end <= at < high]
        for d, high in zip(days, [*(d.start for d in days[1:]), line.sentence.end], strict=True)
    ]
    close = all(found and min(m.start for m in found[0].mentions) - d.end <= CLOSE for d, found in zip(days, behind, strict=True))
    told = behind if close and not (before[0] and days[0].start - max(m.end for m in before[0][-1].mentions) <= CLOSE) else before
    return told[days.index(day)] if all(told) else _side_of_day(line, [p for _, p in sites], days, day, said.end)


def _side_of_day(line: Line, found: Sequence[Place], days: Sequence[Mention], day: Mention, since: int) -> list[Place]:
    """The one place of a sentence on the side told with a session's day: "of both lungs, left side on 3 May and right side on 17 May"."""
    if len({(p.site, p.parts) for p in found}) != 1:
        return []
    ends = [since, *(d.end for d in days)]
    own = [
        [m for m in line.labelled("SIDE") if low <= m.start < d.start and m.concept != "bilateral"][-1:]
        for low, d in zip(ends, days, strict=False)
    ]
    if not all(own) or len({m[0].concept for m in own}) != len(own):
        return []
    side = own[days.index(day)][0]
    kept = tuple(m for m in found[0].mentions if m.label != "SIDE")
    return [replace(found[0], side=side.concept, mentions=(*kept, side))]


CLOSE = 12
"""Characters between a day and the place told with it."""


def _behind_day(session: Session, line: Line, found: Sequence[Place]) -> list[Place]:
    """The places, or the side of the one place, in brackets right behind the session's day: "bilateral lung cryoablations on June 3 (left)"."""
    day = session.cells["date"].mentions[0]
    text = line.read.flat
    opened = re.match(r"\s*\(([^()]{2,80})\)", text[day.end : line.sentence.end]) if day.note_id == line.read.note.note_id else None
    if not opened or not line.sentence.start <= day.start < line.sentence.end:
        return []
    until = day.end + opened.end()
    inside = [p for p in places_in(line) if p.site and day.end <= min(m.start for m in p.mentions if m.label == "SITE") < until]
    sides = [m for m in line.labelled("SIDE") if day.end <= m.start < until]
    if inside or len(sides) != 1 or len(found) != 1 or found[0].side == sides[0].concept:
        return inside
    kept = tuple(m for m in found[0].mentions if m.label != "SIDE")
    return [replace(found[0], side=sides[0].concept, mentions=(*kept, sides[0]))]


def _all_of(line: Line, other: Line) -> list[Place]:
    """The places of a sentence before it that a telling means: as many as it counts, if the sentence names so many ("all three were treated"); else the last."""
    said = COUNTED.search(line.text)
    wanted = (NUMBERS.get((said[1] or "both").lower()) or int(said[1])) if said else 1
    told = _of_tumour(other)
    found = _finest(told) if said else []
    return found if said and len(found) == wanted else told[-1:]


COUNTED = re.compile(r"\b(?:both|(?:all|the|these) (two|three|four|five|[2-5]))\b", re.IGNORECASE)


def _finest(found: Sequence[Place]) -> list[Place]:
    """Places that differ, without the organ that finer ones of a list lie in: "three lung nodules, RUL, RML and LLL"."""
    fresh = list({(p.site, p.side, p.parts): p for p in found if p.site}.values())
    return [p for p in fresh if not any(o is not p and o.site == p.site and p.parts < o.parts and p.side in ("", o.side) for o in fresh)]


def _of_tumour(line: Line) -> list[Place]:
    """The places of a line without those that it calls clear or unchanged: "a left lower lobe metastasis, with the shoulder clean"."""
    found = places_in(line)
    quiet = [m for m in line.labelled("STATUS") if m.concept == "no_progression"]
    ends = [max(m.end for m in p.mentions if m.label in ("SITE", "PART")) for p in found]
    return [p for p, end in zip(found, ends, strict=True) if not any(_says_of(line, end, m) for m in quiet)] or found


def _says_of(line: Line, end: int, status: Mention) -> bool:
    between = line.read.flat[end : status.start] if end <= status.start else "."
    return len(between) < 30 and not re.search(r"[,;.]|\b(?:and|but|with)\b", between)


TIMES = re.compile(
    r"[^.;,\d]{0,30}?\s\(?[x×]\s?([2-5])\b(?!\s?(?:\d+(?![\d/-])|cm|mm|min|freez|cycles?|probes?|needles?|weeks?|months?))", re.IGNORECASE
)


def _other_item(line: Line, said: Mention, d: Mention) -> bool:
    """True if a comma or semicolon stands between an ablation and a day."""
    between = line.read.flat[min(said.end, d.end) : max(said.start, d.start)]
    return re.search(r"[,;]", between) is not None


NUMBERED = re.compile(r"\b(two|three|four|five|[2-5])\s+(?:(?!ago|days?|weeks?|months?|years?|and|of|in|at)[\w-]+\s+){0,3}$", re.IGNORECASE)


TIMES_ON = re.compile(r"(?<!\w)[x×] ?([1-5])\b(?! ?(?:cm|mm|min|freez|cycles?|probes?|needles?))", re.IGNORECASE)


def _times_listed(session: Session, line: Line) -> int:
    """How many ablations a list of days counts on the session's own: "cryo x2 RUL (Aug 2019) and x1 RLL (Feb 2020)"."""
    said, day = session.mentions[0], session.cells["date"].mentions[0]
    days = [d for d in line.labelled("DATE") if d.start >= said.end]
    if day not in days or len(days) < 2 or said.note_id != line.read.note.note_id:
        return 0
    since = [said.end, *(d.end for d in days)][days.index(day)]
    counted = [
        m for low, d in zip([said.end, *(d.end for d in days)], days, strict=False) if (m := TIMES_ON.search(line.read.flat, low, d.start))
    ]
    own = TIMES_ON.search(line.read.flat, since, day.start)
    return int(own[1]) if own and len(counted) > 1 else 0


def _times(session: Session, line: Line) -> int:
    """How many ablations of one day a telling counts: "cryo R lung x2 on 12/9/21", "two percutaneous cryos, RUL, 12/9/21"."""
    said = session.mentions[0]
    if listed := _times_listed(session, line):
        return listed
    if (
        said.note_id != line.read.note.note_id
        or not line.sentence.start <= said.start < line.sentence.end
        or len([d for d in line.labelled("DATE") if d in session.cells["date"].mentions or not _other_item(line, said, d)]) != 1
    ):
        return 0
    text = line.read.flat
    behind = TIMES.match(text, said.end, line.sentence.end)
    before = (
        NUMBERED.search(text[max(line.sentence.start, said.start - 50) : said.start]) if re.match(r"s\b", text[said.end - 1 :]) else None
    )
    return int(behind[1]) if behind else _number(before[1]) if before else 0


PRIMARY = re.compile(r"\W*(?:(?:of|in|from|arising|the|a|his|her|left|right|l|r|proximal|distal|upper|lower|primary)\b\W*)*", re.IGNORECASE)
"""Between the name of a tumour and where its primary lay: "synovial sarcoma of the left thigh"."""


def _of_metastasis(line: Line, found: Sequence[Place]) -> list[Place]:
    """Without the place of the primary tumour, where the sentence names another: "sarcoma of the left thigh, s/p cryoablation RLL nodule"."""
    text = line.read.flat
    starts = [(p, min(m.start for m in p.mentions if m.label == "SITE")) for p in found]
    ends = [m.end for m in line.labelled("HISTOLOGY")]
    primary = [p for p, at in starts if any(end <= at <= end + 40 and PRIMARY.fullmatch(text[end:at]) for end in ends)]
    return [p for p in found if p not in primary] or list(found)


OBJECT = re.compile(
    r"(?:\s*\((?:[^()]{1,40})\))?\W*(?!(?:for|from|with|after|because)\b)(?:(?!for\b|from\b|because\b|after\b|primary\b)[\w.'’/-]+[\s(,]+){0,9}",
    re.IGNORECASE,
)
"""Between an ablation and what it was of: "cryoablation of a 2 cm metastasis in the", "cryoablation"."""


def _object(session: Session, line: Line, found: Sequence[Place]) -> list[Place]:
    """The places that stand behind the noun of an ablation as what it was of; empty if what stands before it is ("left lung cryoablation")."""
    said = session.mentions[0]
    if said.note_id != line.read.note.note_id or not line.sentence.start <= said.start < line.sentence.end:
        return []
    text = line.read.flat
    starts = sorted(((min(m.start for m in p.mentions if m.label == "SITE"), n) for n, p in enumerate(found)), key=lambda x: x[0])
    before = [m.end for n in range(len(found)) for m in found[n].mentions if m.end <= said.start]
    behind = [(at, n) for at, n in starts if at >= said.end]
    adjacent = before and re.fullmatch(r"[^\w,;)]*(?:[\w-]+[^\w,;)]+){0,1}", text[max(before) : said.start])
    verbal = re.search(r"\b(?:was|were|been|being|got|had)\W+(?:\w+ly\W+)?$", text[max(0, said.start - 24) : said.start])
    if not before or not behind or adjacent or verbal or not OBJECT.fullmatch(text[said.end : behind[0][0]]):
        return []
    return [found[n] for _, n in behind]


SEGMENTS = re.compile(
    r"\bseg(?:ment)?s?\.? +(?P<list>[1-8iv]+[ab]?(?![\d/]|\.\d)(?:(?: \([^()]{1,20}\))?(?:, and | and |, ?| ?[&+] ?)[1-8iv]+[ab]?(?![\d/]|\.\d))+)(?!\s*(?:mm|cm|x)\b)\b",
    re.IGNORECASE,
)
IN_BRACKETS = re.compile(r"\([^()]*\)")
ONE_TUMOUR = re.compile(
    r"\b(?:an?|one|single|solitary|the|\d cm|mm)\s+(?:[\w-]+\s+){0,3}?(?:lesion|mass|metastasis|met|tumou?r|nodule|deposit)\b",
    re.IGNORECASE,
)


def _each_segment(place: Place, line: Line) -> list[Place]:
    """The places of a list of segments, each a target of its own: "ablation 2: segments 6 and 5"; one lesion may lie in two."""
    listed = SEGMENTS.search(line.read.flat, line.sentence.start, line.sentence.end) if place.site == "liver" else None
    if not listed or not any(listed.start() <= m.start < listed.end() for m in place.mentions):
        return [place]
    if ONE_TUMOUR.search(line.text) and not IN_BRACKETS.search(listed["list"]):
        return [place]
    parts = [m for m in line.labelled("PART") if m.concept.startswith("seg:") and listed.start() <= m.start < listed.end()]
    if len({m.concept for m in parts}) != len(re.split(r"[,&+]|and", IN_BRACKETS.sub("", listed["list"]).replace(", and", ","))):
        return [place]
    whole = frozenset(p for p in place.parts if not p.startswith("seg:"))
    return [replace(place, parts=whole | {m.concept}, mentions=(*place.mentions, m)) for m in parts]


def _near(session: Session, line: Line, place: Place) -> bool:
    """True if no other treatment or exam stands between the place and the ablation."""
    said = next((m for m in session.mentions if m.note_id == line.read.note.note_id), session.mentions[0])
    spot = next(m for m in place.mentions if m.label == "SITE")
    low, high = min(said.end, spot.end), max(said.start, spot.start)
    return high - low < 80 and not any(low <= m.start < high for m in line.labelled("IMAGING", "DATE", "PRIOR_TREATMENT"))


def correct_sides(session: Session, drafts: list[Draft]) -> None:
    """An addendum that corrects a side: "the side of lesion 3 was mistyped, it is the LEFT rib"."""
    who: list[int] = []
    others = False
    right = _right_sides(session)
    for line in corrections.of_session(session):
        everyone = list(range(len(drafts)))
        others = len(drafts) == 1 and (_of_others(line, drafts[0]) or (others and not _placed(line, drafts)))
        who = _named(line, drafts) or _placed(line, drafts) or (everyone if ALL.search(line.text) else who)
        who = who or (everyone if len(drafts) == 1 and not others else [])
        sides = [m for x, m in right if x == line]
        beside = [m for p in places_in(line) for m in p.mentions if m in sides]
        sides = beside or sides
        for i in who if sides else ():
            kept = tuple(m for m in drafts[i].place.mentions if m.label != "SIDE")
            drafts[i].place = replace(drafts[i].place, side=sides[-1].concept, mentions=(*kept, sides[-1]))


def _of_others(line: Line, draft: Draft) -> bool:
    """True if a correction speaks of a place or name that is not the session's one target, but another session's of its report."""
    named = [m for m in line.labelled("NAME") if m.concept != (draft.place.name or "1")]
    return bool(named) or any(p.site and not near_site(p.site, draft.place.site) for p in places_in(line))


def _named(line: Line, drafts: Sequence[Draft]) -> list[int]:
    """The targets that a line calls by name or number."""
    return [
        i
        for m in line.labelled("NAME")
        for i, d in enumerate(drafts)
        if d.place.name == m.concept or (not d.place.name and int(m.concept) == i + 1)
    ]


def _placed(line: Line, drafts: Sequence[Draft]) -> list[int]:
    """The targets that lie where a line speaks of, whatever side it gives."""
    said = [replace(p, side="") for p in places_in(line) if p.site]
    scores = [max((likeness(p, replace(d.place, side="")) for p in said), default=0.0) for d in drafts]
    return [i for i, s in enumerate(scores) if s == max(scores) > 0]


def past(line: Line, size: Mention) -> bool:
    """True for a size of another day: "(was 2.3 cm)"."""
    earlier = [s for s in line.labelled("SIZE") if s.start < size.start]
    return bool(earlier) and bool(WAS.search(line.read.flat[max(line.sentence.start, size.start - 25) : size.start]))


PAIRED = ("lung", "kidney", "adrenal", "retroperitoneum", "pleura", "chest_wall", "gluteal", "shoulder", "upper_extremity", "lower_extremity", "axilla", "groin", "paraspinal", "breast", "lymph_node")  # fmt: skip
