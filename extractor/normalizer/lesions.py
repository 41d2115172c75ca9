"""Which lesions were treated in each session, where, how large, and how well covered? One row a target.

The head of a procedure note names its targets; counts ("two nodules") and labels ("Target B") tell twins; then the note is walked
through once, and each size, margin and word of coverage goes to the target last spoken of.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import islice, pairwise

from extractor.model import Cell, Drop, Mention, ReadNote
from extractor.normalizer import corrections, coverage, naming, setup, timeline
from extractor.normalizer.naming import EARLIER, NOT_TREATED
from extractor.normalizer.places import (
    DOME,
    KINDS,
    LOBES,
    SIDE_OF_LOBE,
    UNDER_DOME,
    WEAK,
    conflict,
    likeness,
    near_site,
    neighbours,
    places,
    told_apart,
)
from extractor.normalizer.records import Line, Place, Session, Target, in_line
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
    r"|\b(?:both(?! (?:\w+ )?(?:antenn\w*|probes?|needles?|electrodes?|applicators?|cryo-?(?:probe|needle)s?|freez\w+|cycles?|sides|planes|ends|poles|aspects|borders|edges|margins|cortices|directions|dimensions|times|stages|faces|surfaces|views|occasions|ways|legs|arms|feet|hands|lungs|kidneys)\b)|each(?=\s*(?:[.,;)]|$))|(?:every|each) one of (?:them|these|those)\b|for each|in each case|(?:all|each|both) (?:two |three |four |five )?of (?:them|these|those)\b|all (?:two|three|four|five))\b",
    re.IGNORECASE,
)
TOWARD = re.compile(
    r"\b(?:against|towards?|facing|next to|close to|near|adjacent to|abutting|off|away from|up to|(?:on|at|along|to) the (?:side|aspect|edge|border|surface) (?:of|at|near|by|facing|next to))(?: the| its| his| her)?(?: (?:left|right|adjacent|neighbou?ring|overlying|underlying))* $",
    re.IGNORECASE,
)
"""Before a place that only says on which side of the lesion a margin was measured."""
TIMED = r"\bmin(?:ute)?s?\.?|\bsec(?:ond)?s?\.?|\bh(?:ours?)?|['′]|\bW|\bwatts?|\bkW|\bkJ|\bpulses?|\bfreez\w*|\bthaws?"
LIES_THERE = re.compile(r"\bwhere (?:(?:the|its|his|her|both|left|right|[a-z]+ous) )*$", re.IGNORECASE)
"""Before a structure that lies beside the lesion: "at the inner table, where the iliacus is"."""
OF_CYCLES = {
    "each": re.compile(rf"(?:\b(?:freez\w*|thaws?|cycles?|applications?|antenn\w+|pulses?|burns?)\b[^.;]*(?:{TIMED})|\W\d+ ?(?:{TIMED}))[\s,(]*$", re.IGNORECASE),
    "both": re.compile(rf"(?:{TIMED}|\bprobes?|\bneedles?|\bantenn\w+|\belectrodes?|\bcycles?)[\s,(]*$", re.IGNORECASE),
}  # fmt: skip
"""Before "both" or "each" that speak of cycles or devices: "two freezes, 8 minutes each", "2 antennas, 65 W x 10 min, both"."""
NO_SUCH = re.compile(
    r"\b(?:there (?:is|was|are|were) no|no) (?:left|right)\b|\b(?:left|right)(?: \w+){0,3}? (?:is|was|are|were) (?:entirely |completely )?(?:normal|not (?:treated|touched|ablated|involved|the target)|untouched|clear|unremarkable)\b",
    re.IGNORECASE,
)
AGAIN = re.compile(
    r"\b(?:re-?(?:ablat|treat|freez|froze|cryo)\w*|re-?d(?:o|one|id)\b|repeat\w*(?! (?:\w+ )?(?:scans?|CT|imaging|images?|cycles?|MRI|US|ultrasound|fluoroscopy))|residual|remnant|recurren\w+|leftover|left-?over|again|second (?:session|ablation|cryo\w*|treatment|attempt|go)|previously (?:treated|ablated|frozen)|same (?:site|lesion|place)|(?:prior|old|previous|earlier) (?:(?!midline|surgical|operat|laparot|incision|thoracot|sternot)\w+ )?(?:ablation|zone|cryo\w*|cavity|scar|RFA|MWA)|came back|touch-?up|salvage|progressed|regrow\w*|completion)\b",
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


Event = tuple[int, list[int]]
"""From which character on which targets are spoken of."""


@dataclass
class Draft:
    """A target in the making."""

    place: Place
    sizes: list[Mention] = field(default_factory=list)
    said: list[tuple[Line, Mention]] = field(default_factory=list)
    heads: list[tuple[Line, int]] = field(default_factory=list)


def find(reads: Sequence[ReadNote], sessions: Sequence[Session], drops: list[Drop]) -> list[Target]:
    """Targets in order of session; a target treated before points to its newest row."""
    named = _named_in_reports(sessions)
    drafts = {s.procedure_id: _reported(s, named[s.procedure_id], _shared(s, sessions), reads) if s.report else _told(s) for s in sessions}
    for together in _by_report(sessions):
        _describe(together, [len(drafts[s.procedure_id]) for s in together], [d for s in together for d in drafts[s.procedure_id]])
    targets: list[Target] = []
    for session in sessions:
        _correct_sides(session, drafts[session.procedure_id])
        targets += _rows(session, drafts[session.procedure_id], targets, reads)
    return targets


def _by_report(sessions: Sequence[Session]) -> list[list[Session]]:
    """Sessions that one report tells of are described together, so that what it says of one goes to none of the others."""
    out: list[list[Session]] = []
    for session in sessions:
        known = next((o for o in out if session.report and o[0].report is session.report), None)
        if known:
            known.append(session)
        else:
            out.append([session])
    return out


# ---- which targets ------------------------------------------------------------------------------------------------------


def _named_in_reports(sessions: Sequence[Session]) -> dict[str, list[naming.Candidate]]:
    """The candidates of each reported session; what a report on two energies names goes to the one its words speak of."""
    out: dict[str, list[naming.Candidate]] = {}
    for report in {s.report.note.note_id: s.report for s in sessions if s.report}.values():
        own = [s for s in sessions if s.report is report]
        lines = list(dict.fromkeys(x for s in own for x in s.lines if x.read is report))
        lines.sort(key=lambda x: x.sentence.start)
        found = naming.candidates(lines)
        split = naming.share(found, lines, [s.modality for s in own]) if len({s.modality for s in own}) > 1 else {}
        for session in own:
            out[session.procedure_id] = split.get(session.modality, found)
    return out


def _shared(session: Session, sessions: Sequence[Session]) -> bool:
    """True if the report of a session tells of another session too."""
    return any(s is not session and s.report is session.report for s in sessions)


def _reported(session: Session, found: Sequence[naming.Candidate], shared: bool, reads: Sequence[ReadNote]) -> list[Draft]:
    lines = [x for x in session.lines if x.read is session.report]
    found = _of_title(found, lines)
    told = [] if len(found) == 1 and _by_chance(found[0]) and naming.background(lines) else found
    drafts = _of_both_sides([Draft(c.place, heads=naming.heads(c)) for c in told], lines) or [
        Draft(p) for p in naming.background(lines)[:1]
    ]
    drafts = _as_indicated(drafts, lines)
    if not shared:
        drafts = _counted_before(drafts, session, lines, reads) or drafts
        _twins(drafts, lines)
    return drafts or [Draft(Place())]


def _of_title(found: Sequence[naming.Candidate], lines: Sequence[Line]) -> Sequence[naming.Candidate]:
    """As many measured targets as the title counts of one site lie there, by whatever they are told: "cryoablation x2, left pleura", then "paravertebral implant"."""
    wanted = max((_count(x) for n, x in enumerate(lines) if naming.title(x, n)), default=0)
    titled = {(c.place.site, c.place.side): c.place for c in found if c.titled and c.place.site and c.place.site not in WEAK}
    measured = [c for c in found if any(_measured(m) for s in c.spots for m in s.said)]
    if wanted < 2 or len(titled) != 1 or len(measured) != wanted:
        return found
    home = next(iter(titled.values()))
    strange = [c for c in measured if not c.titled and c.place.site not in ("", home.site)]
    if not strange or any(c.place.side and home.side and c.place.side != home.side for c in strange):
        return found
    for c in strange:
        c.place = replace(c.place, site=home.site, side=c.place.side or home.side)
    for c in measured:
        c.moved = True
    return measured


def _measured(m: Mention) -> bool:
    return m.label in ("SIZE", "PROBES")


ITEM_NAME = re.compile(r"(?:(?<=\s)|^)\(?([a-e1-5])[).](?=\s)|\b(?:target|lesion|site|tumou?r|nodule) ([A-E1-5])\b", re.IGNORECASE)


def _as_indicated(drafts: list[Draft], lines: Sequence[Line]) -> list[Draft]:
    """Targets that the report only calls by letter or number lie where its indication lists them: "two metastases, (a) left paraspinal (b) right gluteal"."""
    if len(drafts) < 2 or any(d.place.site or not d.place.name for d in drafts):
        return drafts
    for line in lines:
        if line.sentence.section not in naming.BACKGROUND:
            continue
        found = {n: p for n, p in (*_items_told(line), *((p.name, p) for p in _places(line) if p.name)) if p.site}
        if all(d.place.name in found for d in drafts):
            return [Draft(naming.merged(replace(found[d.place.name], name=""), d.place), d.sizes, d.said, d.heads) for d in drafts]
    return drafts


def _items_told(line: Line) -> list[tuple[str, Place]]:
    """The first place behind each letter or number by which a line lists: (number, place)."""
    heads = [(line.sentence.start + m.end(), (m[1] or m[2]).lower()) for m in ITEM_NAME.finditer(line.text)]
    at = [(min(m.start for m in p.mentions if m.label == "SITE"), p) for p in _places(line)]
    ends = [*(start for start, _ in heads[1:]), line.sentence.end][: len(heads)]
    told = [(n, next((p for a, p in at if start <= a < end), Place())) for (start, n), end in zip(heads, ends, strict=True)]
    return [(str("abcde12345".index(n) % 5 + 1), p) for n, p in told]


def _by_chance(c: naming.Candidate) -> bool:
    """True for a place that a report neither heads, names as a target nor measures: an indication says better what was treated."""
    return not c.titled and c.weight < 1


def _counted_before(drafts: Sequence[Draft], session: Session, lines: Sequence[Line], reads: Sequence[ReadNote]) -> list[Draft]:
    """The targets that a report only counts or numbers ("cryoablation of all three lesions"), from the last note before it whose sentence lists so many."""
    if any(d.place.site for d in drafts):
        return []
    wanted = len(drafts) or max((_count(x) for x in lines if naming.title(x, 0)), default=0)
    before = [r for r in reads if r is not session.report and r.note.note_date <= session.when.date] if wanted > 1 else []
    for read in reversed(before):
        for line in timeline.lines(read):
            found = [] if line.labelled("PRIOR_TREATMENT", "ZONE") or not naming.TUMOUR.search(line.text) else _finest(_places(line))
            if len(found) == wanted:
                names = [replace(d.place, mentions=()) for d in drafts] or [Place()] * wanted
                return [Draft(naming.merged(replace(p, name=""), n)) for p, n in zip(found, names, strict=True)]
    return []


def _of_both_sides(drafts: list[Draft], lines: Sequence[Line]) -> list[Draft]:
    """Two targets where one place of both sides is measured on each: "bilateral adrenal metastases: right 25 mm, left 18 mm"."""
    if len(drafts) != 1 or drafts[0].place.side not in ("", "bilateral"):
        return drafts
    if not drafts[0].place.side:
        return _one_a_side(drafts[0], lines) if max((_count(x) for x in lines), default=0) == 2 else drafts
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


def _places(line: Line) -> list[Place]:
    found = places(line.sentence, line.read.note.text)
    return [p for p in found if not (_unsaid(p) or all(_region(m, line) for m in p.mentions if m.label == "SITE"))]


def _unsaid(place: Place) -> bool:
    return any(m.has("negated", "family") for m in place.mentions if m.label == "SITE")


def _region(site: Mention, line: Line) -> bool:
    """True if a site is only the region of an exam: "CT chest/abdomen/pelvis"."""
    text = line.read.note.text
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
            same.place = naming.merged(same.place, place)


def _twins(drafts: list[Draft], lines: Sequence[Line], least: int = 0) -> None:
    """Counts tell how many targets there are ("two left lower lobe metastases", "hepatic metastases x 2"); what was measured tells them apart."""
    wanted = max((_count(line) for line in lines), default=least) or least
    listed = sum(bool(d.place.name) for d in drafts) > 1  # under letters or numbers: there are no more
    if not drafts or wanted <= len(drafts) or wanted > 5 or listed:
        return
    if (listed_places := _counted_places(lines, wanted)) and all(any(not conflict(d.place, p) for p in listed_places) for d in drafts):
        _add_places(drafts, listed_places, lines[0])
        if wanted <= len(drafts):
            return
    sized = _sized(lines)
    base = drafts[0].place
    for place in naming.mentioned(lines):
        if wanted > len(drafts) and all(d.place.site != place.site for d in drafts):
            drafts.append(Draft(place))
    if wanted == len(drafts):
        return
    if len({(p.site, p.parts) for p, _ in sized[:wanted] if p.site}) == wanted and any(p.site != base.site for p, _ in sized[:wanted]):
        drafts[:] = [Draft(replace(p, side=p.side or base.side), [size]) for p, size in sized[:wanted]]
        return
    wanted -= _left_of(lines, sized, wanted)
    for _ in range(wanted - len(drafts)):
        drafts.append(Draft(replace(base, parts=frozenset(p for p in base.parts if p.startswith("lobe")), name="")))
    fresh = [d for d in drafts if d.place.site == base.site]
    for draft, (place, size) in zip(fresh, sized, strict=False):
        kinds = {p.split(":")[0] for p in place.parts}
        own = frozenset(p for p in draft.place.parts if p.split(":")[0] not in kinds)
        draft.place = replace(draft.place, parts=own | place.parts, name=draft.place.name or place.name)
        draft.sizes.append(size)


ONE_LEFT = re.compile(
    r"\W*(?:the |an? )?(?:[\w-]+ ){0,2}?(?:one|other|second|third|remaining|lesion|nodule|mass|tumou?r|metastasis|deposit|implant)\b",
    re.IGNORECASE,
)


def _left_of(lines: Sequence[Line], sized: Sequence[tuple[Place, Mention]], wanted: int) -> int:
    """How many of the lesions counted sentences of their own leave untreated ("the interpolar one was a cyst and was not treated"), where not all were measured."""
    left = [x for x in lines if ONE_LEFT.match(x.text) and NOT_TREATED.search(x.text) and not x.labelled("PROBES", "MARGIN")]
    return min(len(left), max(wanted - len(sized), 0))


def _counted_places(lines: Sequence[Line], wanted: int) -> list[Place]:
    """The places that a line counts and lists: "two metastases treated: right iliac crest and right acetabulum"."""
    told = [found for x in lines if _count(x) == wanted and len(found := [p for p in _places(x) if p.site]) == wanted]
    return told[0] if told and len({(p.site, p.side, p.parts) for p in told[0]}) == wanted else []


NUMBED = re.compile(
    r"\b(?:lidocaine|lignocaine|\w*caine|infiltrat\w+|numbed|punctures?|nicks?|incisions?)\b[^.;]{0,40}\bsites\b|\b(?:skin|entry|access|puncture|needle|probe) sites\b|\bsites of (?:\w+ )?(?:entry|access|puncture)\b",
    re.IGNORECASE,
)
"""Sites of the skin, not of the disease."""


def _count(line: Line) -> int:
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
    ):
        return 0
    return implied or max(int(m["x"]) if m["x"] else NUMBERS.get(m["n"].lower()) or int(m["n"]) for m in counted)


BARE_COUNT = re.compile(r"\b(two|three|four|five)(?=\s*[,:;]|\s+of them\b)", re.IGNORECASE)
LARGER, SMALLER = (re.compile(rf"\bthe {w}(?! (?:part|portion|component|half))\b", re.IGNORECASE) for w in ("larger", "smaller"))


def _measured_count(line: Line) -> int:
    """How many sizes a line gives to as many lesions that it counts without a noun: "there are three: upper 22 mm, middle 14 mm, lower 9 mm"; "the larger (71 mm) and the smaller (30 mm)"."""
    sizes = [m for m in line.labelled("SIZE") if not _past(line, m) and not m.has("intended", "historical")]
    if len(sizes) < 2 or line.labelled("ZONE", "PRIOR_TREATMENT"):
        return 0
    counts = [NUMBERS[m[1].lower()] for m in BARE_COUNT.finditer(line.text, 0, sizes[0].start - line.sentence.start)]
    both = LARGER.search(line.text) and SMALLER.search(line.text)
    return len(sizes) if len(sizes) in counts or (both and len(sizes) == 2) else 0


def _quiet(line: Line) -> bool:
    """True for a line that counts sites treated before, as it finds them at rest: "two treated sites quiet"."""
    found = line.labelled("ZONE", "SPOT") and any(m.concept == "no_progression" for m in line.labelled("PROGRESSION", "STATUS"))
    return bool(found) and not line.labelled("PROCEDURE", "PROBES", "COVERAGE", "SIZE")


def _sized(lines: Sequence[Line], everywhere: bool = False) -> list[tuple[Place, Mention]]:
    """(the place named before it, size) of each size in the body, in order; ``everywhere`` in any section and of any day."""
    out: list[tuple[Place, Mention]] = []
    seen: set[int] = set()
    for line in lines:
        if not everywhere and (
            line.sentence.section not in BODY_SECTIONS or line.sentence.section == "history" or EARLIER.search(line.text)
        ):
            continue
        since = line.sentence.start
        found = _places(line)
        behind = _places_behind(line)
        for size in line.labelled("SIZE"):
            if size.start in seen or _past(line, size) or size.has("intended"):
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
            of_it = [p for p in found if naming.ahead(size, line.read.note.text, min(m.start for m in p.mentions))]
            place = of_it[0] if of_it else ahead[-1] if ahead else here[0] if here else Place()
            out.append((replace(place, parts=place.parts | parts, name=names[0] if names else ""), size))
            since = size.end
    return out


def _places_behind(line: Line) -> dict[Mention, int]:
    """Where the place behind each size ends, in a list of sizes each before its place: "2.5 cm (IVb), 1.8 cm (VI) and 3.1 cm (VIII)"."""
    sizes = line.labelled("SIZE")
    marks = [m.start for m in line.labelled("PART", "SITE")]
    ends = [*(m.start for m in sizes[1:]), line.sentence.end]
    opened = line.read.note.text
    told = all(any(a.end <= at < min(z, a.end + 40) for at in marks) for a, z in zip(sizes, ends, strict=True)) if sizes else False
    before = {m.start for m in line.labelled("PART") if m.start < sizes[0].start} if sizes else set()
    bracketed = all(re.match(r"\s*\(", opened[m.end : m.end + 3]) for m in sizes)
    return dict(zip(sizes, ends, strict=True)) if len(sizes) > 1 and told and (bracketed or not before) else {}


def _told(session: Session) -> list[Draft]:
    """Targets of a session that only other notes tell of: where it was told first, else in the next note that tells of it and of a place."""
    firsts = {x.read.note.note_id: x for x in reversed(session.lines) if x.labelled("PROCEDURE")}
    others = [x for x in session.lines if x is firsts.get(x.read.note.note_id) and x.read is not session.lines[0].read]
    for line in (session.lines[0], *others):
        drafts = _told_in(session, line)
        if any(d.place.site for d in drafts):
            return drafts
    return [Draft(Place())]


def _told_in(session: Session, line: Line) -> list[Draft]:
    """The targets that a note tells of: in the sentence of the session, else in the three before, the nearest first."""
    drafts: list[Draft] = []
    sizes: list[Mention] = []
    found = _of_metastasis(line, [p for p in _places(line) if _near(session, line, p)] or _places(line))
    dealt = _of_day(session, line)
    found = dealt or _behind_day(session, line, found) or _object(session, line, found) or found
    if not found:
        before = [x for x in islice(timeline.back(line), 3) if x.sentence.paragraph == line.sentence.paragraph]
        for other in (*before, *(x for x in session.lines[1:] if x.read is line.read)):
            found = _all_of(line, other) if other in before else [p for p in _places(other) if p.site]
            if found:
                sizes = [s for s in other.labelled("SIZE") if other in before and not _past(other, s)]
                break
    found = found or _of_what_came_back(line)
    _add_places(drafts, [one for p in found for one in _each_segment(p, line)], line)
    for draft in drafts if len(drafts) == 1 else []:
        draft.sizes += sizes
    if not dealt:
        _twins(drafts, [] if line.labelled("PRIOR_TREATMENT") else [line], _times(session, line))
    return drafts


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
        found = [p for p in _places(other) if p.site]
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
    sites = [(min(m.start for m in p.mentions if m.label == "SITE"), p) for p in _places(line) if p.site]
    before = [[p for at, p in sites if low <= at < d.start] for low, d in zip([said.end, *(d.end for d in days)], days, strict=False)]
    behind = [
        [p for at, p in sites if d.end <= at < high]
        for d, high in zip(days, [*(d.start for d in days[1:]), line.sentence.end], strict=True)
    ]
    close = all(found and min(m.start for m in found[0].mentions) - d.end <= CLOSE for d, found in zip(days, behind, strict=True))
    told = behind if close and not (before[0] and days[0].start - max(m.end for m in before[0][-1].mentions) <= CLOSE) else before
    return told[days.index(day)] if all(told) else []


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
    inside = [p for p in _places(line) if p.site and day.end <= min(m.start for m in p.mentions if m.label == "SITE") < until]
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
    found = _places(line)
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


def _times(session: Session, line: Line) -> int:
    """How many ablations of one day a telling counts: "cryo R lung x2 on 12/9/21", "two percutaneous cryos, RUL, 12/9/21"."""
    said = session.mentions[0]
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
    return int(behind[1]) if behind else (NUMBERS.get(before[1].lower()) or int(before[1])) if before else 0


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
    adjacent = before and re.fullmatch(r"\W*(?:[\w-]+\W+){0,1}", text[max(before) : said.start])
    verbal = re.search(r"\b(?:was|were|been|being|got|had)\W+(?:\w+ly\W+)?$", text[max(0, said.start - 24) : said.start])
    if not before or not behind or adjacent or verbal or not OBJECT.fullmatch(text[said.end : behind[0][0]]):
        return []
    return [found[n] for _, n in behind]


SEGMENTS = re.compile(
    r"\bseg(?:ment)?s?\.? +(?P<list>[1-8iv]+[ab]?(?![\d/.])(?:(?:, and | and |, ?| ?[&+] ?)[1-8iv]+[ab]?(?![\d/.]))+)(?!\s*(?:mm|cm|x)\b)\b",
    re.IGNORECASE,
)
ONE_TUMOUR = re.compile(
    r"\b(?:an?|one|single|solitary|the|\d cm|mm)\s+(?:[\w-]+\s+){0,3}?(?:lesion|mass|metastasis|met|tumou?r|nodule|deposit)\b",
    re.IGNORECASE,
)


def _each_segment(place: Place, line: Line) -> list[Place]:
    """The places of a list of segments, each a target of its own: "ablation 2: segments 6 and 5"; one lesion may lie in two."""
    listed = SEGMENTS.search(line.read.flat, line.sentence.start, line.sentence.end) if place.site == "liver" else None
    if not listed or not any(listed.start() <= m.start < listed.end() for m in place.mentions) or ONE_TUMOUR.search(line.text):
        return [place]
    parts = [m for m in line.labelled("PART") if m.concept.startswith("seg:") and listed.start() <= m.start < listed.end()]
    if len({m.concept for m in parts}) != len(re.split(r"[,&+]|and", listed["list"].replace(", and", ","))):
        return [place]
    whole = frozenset(p for p in place.parts if not p.startswith("seg:"))
    return [replace(place, parts=whole | {m.concept}, mentions=(*place.mentions, m)) for m in parts]


def _near(session: Session, line: Line, place: Place) -> bool:
    """True if no other treatment or exam stands between the place and the ablation."""
    said = next((m for m in session.mentions if m.note_id == line.read.note.note_id), session.mentions[0])
    spot = next(m for m in place.mentions if m.label == "SITE")
    low, high = min(said.end, spot.end), max(said.start, spot.start)
    return high - low < 80 and not any(low <= m.start < high for m in line.labelled("IMAGING", "DATE", "PRIOR_TREATMENT"))


def _correct_sides(session: Session, drafts: list[Draft]) -> None:
    """An addendum that corrects a side: "the side of lesion 3 was mistyped, it is the LEFT rib"."""
    who: list[int] = []
    others = False
    for line in corrections.added_to(session.report) if session.report else ():
        everyone = list(range(len(drafts)))
        others = len(drafts) == 1 and (_of_others(line, drafts[0]) or (others and not _placed(line, drafts)))
        who = _named(line, drafts) or _placed(line, drafts) or (everyone if ALL.search(line.text) else who)
        who = who or (everyone if len(drafts) == 1 and not others else [])
        sides = [m for m in line.labelled("SIDE") if not (m.has("negated") or corrections.taken_back(m, line) or NO_SUCH.search(line.text))]
        beside = [m for p in _places(line) for m in p.mentions if m in sides]
        sides = beside or sides
        for i in who if sides else ():
            kept = tuple(m for m in drafts[i].place.mentions if m.label != "SIDE")
            drafts[i].place = replace(drafts[i].place, side=sides[-1].concept, mentions=(*kept, sides[-1]))


def _of_others(line: Line, draft: Draft) -> bool:
    """True if a correction speaks of a place or name that is not the session's one target, but another session's of its report."""
    named = [m for m in line.labelled("NAME") if m.concept != (draft.place.name or "1")]
    return bool(named) or any(p.site and not near_site(p.site, draft.place.site) for p in _places(line))


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
    said = [replace(p, side="") for p in _places(line) if p.site]
    scores = [max((likeness(p, replace(d.place, side="")) for p in said), default=0.0) for d in drafts]
    return [i for i, s in enumerate(scores) if s == max(scores) > 0]


# ---- what is said of each -----------------------------------------------------------------------------------------------


def _describe(sessions: Sequence[Session], counts: Sequence[int], drafts: list[Draft]) -> None:
    """Walk through the sentences once; sizes, margins and coverage go to the target last spoken of."""
    lines = list(dict.fromkeys(x for s in sessions for x in s.lines))
    lines = sorted(lines, key=lambda x: x.sentence.start) if len(sessions) > 1 else lines
    short = naming.short_names(lines)
    active = list(range(len(drafts)))
    mine = _indices(sessions, counts)
    strange: list[tuple[Line, Mention]] = []
    items = _items(lines, drafts)
    above: Line | None = None
    began = _begun_with_first(lines, drafts) if sessions[0].report else None
    for line in lines:
        if sessions[0].report and line.sentence.section not in BODY_SECTIONS:
            continue
        active = [_first_named(drafts)] if line is began else active
        own = _of_energy(line, mine)
        active = own if own and not set(active) <= set(own) else active
        events = _events(line, drafts, short.get(line, ()))
        unnamed = [] if events else items.get(line) or _by_rank(line, active, drafts) or _left_over(line, above, active, drafts)
        active, above = unnamed or active, line
        in_order = _in_order(line, events, drafts)
        told = [*_headed_length(line, drafts), *line.labelled("SIZE", "MARGIN", "COVERAGE")]
        for mention in _righting_margins(line, drafts) or told:
            if (
                _of_another(line, mention, drafts)
                or (sessions[0].report and _of_earlier(line, mention))
                or (not sessions[0].report and mention.label == "SIZE" and (_of_exam(line) or _of_other_site(line, mention, drafts)))
                or (mention.label == "SIZE" and naming.left_alone(line, mention.start))
            ):
                continue
            if len(drafts) == 1 and mention.label == "SIZE" and _elsewhere(line, mention, drafts[0]):
                strange.append((line, mention))
                continue
            for i in in_order.get(mention) or _spoken_of(line, mention, events, drafts) or _righted(line, mention, drafts) or active:
                _give(drafts[i], line, mention)
        if events:
            active = events[-1][1]
        elif len(active) == 1:
            _give_side(drafts[active[0]], line)
    for line, mention in strange if strange and not drafts[0].sizes else ():
        _give(drafts[0], line, mention)
    _to_the_tightest(drafts)


def _to_the_tightest(drafts: Sequence[Draft]) -> None:
    """What is called narrow of several without a figure is of those told with a short margin, where others have a wide one: "both covered, margin narrow at the vein"."""
    shared = {m for d in drafts for _, m in d.said if coverage.vague(m) and sum(m in [k for _, k in o.said] for o in drafts) > 1}
    tight = [d for d in drafts if coverage.tight(d.said)]
    for draft in drafts if shared and tight else ():
        if draft not in tight:
            draft.said[:] = [(x, m) for x, m in draft.said if m not in shared]


BEGAN = re.compile(r"\b(?:began|begun|started?|starting|beginning|commenced|commencing|opened|first|initially)\b", re.IGNORECASE)


def _begun_with_first(lines: Sequence[Line], drafts: Sequence[Draft]) -> Line | None:
    """The line where a story begins with the first target without naming its place: all were named before it, another is named behind it."""
    told = (
        [(x, {i for _, who in _events(x, drafts) for i in who}) for x in lines if x.sentence.section in BODY_SECTIONS]
        if len(drafts) > 1
        else []
    )
    named = next((n for n, (_, who) in enumerate(told) if len(who) == len(drafts)), len(told))
    rest = told[named + 1 :]
    start = next((x for x, who in rest[:4] if not who and BEGAN.search(x.text)), None)
    after = [who for x, who in rest if start and x.sentence.start > start.sentence.start and who]
    return start if after and after[0] and _first_named(drafts) not in after[0] else None


def _first_named(drafts: Sequence[Draft]) -> int:
    """The target whose place a report names first."""
    return min(range(len(drafts)), key=lambda i: min((m.start for m in drafts[i].place.mentions), default=0))


def _elsewhere(line: Line, size: Mention, draft: Draft) -> bool:
    """True for a size that a line tells of no place near the one target, but of another: "the liver lesion, 18 mm, was sampled"."""
    here = [p for p in _places(line) if p.site and not naming.height_alone(p)]
    return bool(here and draft.place.site) and not any(near_site(p.site, draft.place.site) for p in here)


ITEM_HEAD = re.compile(
    r"\W{0,3}(?:(?:target|lesion|site|nodule|tumou?r|area|zone) )?#?([A-Ea-e1-5])(?:[).:]|\s?[–—=-])(?=\s|$)", re.IGNORECASE
)


def _items(lines: Sequence[Line], drafts: Sequence[Draft]) -> dict[Line, list[int]]:
    """The items of a list as long as the targets are many: what names none is of one that the others leave, in order."""
    out: dict[Line, list[int]] = {}
    run: list[Line] = []
    for line in lines if len(drafts) > 1 else ():
        head = ITEM_HEAD.match(line.text)
        n = "abcde12345".index(head[1].lower()) % 5 if head else -1
        if n == 0:
            run = [line]
        elif head and n == len(run) > 0:
            run.append(line)
        if head and len(run) == len(drafts) and run[-1] is line:
            out.update(_dealt(run, drafts))
    return out


def _dealt(run: Sequence[Line], drafts: Sequence[Draft]) -> dict[Line, list[int]]:
    """The targets of the items that name none; nothing where two items are of one target, or none is of any."""
    named = {line: events[0][1] for line in run if (events := _events(line, drafts))}
    if not named and [d.place.name for d in drafts] == [str(n) for n in range(1, len(run) + 1)]:
        return {line: [i] for i, line in enumerate(run)}
    if not named and not any(d.place.name for d in drafts) and not any(x.labelled("SITE") for x in run):
        order = sorted(range(len(drafts)), key=lambda i: _first_told(i, drafts))
        return {line: [i] for i, line in zip(order, run, strict=True)}
    known = [who[0] for who in named.values() if len(who) == 1]
    if len(known) < max(len(named), 1) or len(set(known)) < len(known):
        return {}
    rest = [i for i in range(len(drafts)) if i not in known]
    return {line: [i] for line, i in zip((x for x in run if x not in named), rest, strict=True)}


RANK = re.compile(
    r"\W*(?:(?:and|then|next) )?the (first|second|third|other)(?: one)?(?=\s*[,:(]|\s+(?:was|is|measured|lay|lies|took|received|needed|got|had)\b)",
    re.IGNORECASE,
)


def _by_rank(line: Line, active: Sequence[int], drafts: Sequence[Draft]) -> list[int]:
    """The target that a sentence opens with by its rank alone: "The second, 21 mm, ..."; "The other was ..."."""
    rank = RANK.match(line.text)
    if rank is None:
        return []
    if rank[1].lower() == "other":
        return [1 - active[0]] if len(drafts) == 2 and len(active) == 1 else []
    n = ("first", "second", "third").index(rank[1].lower())
    return [n] if 1 < len(drafts) > n else []


def _left_over(line: Line, above: Line | None, active: Sequence[int], drafts: Sequence[Draft]) -> list[int]:
    """The one target not told of yet, where a new paragraph measures a tumour without its place and the one spoken of has its size."""
    sizes = [m for m in line.labelled("SIZE") if not _past(line, m) and not m.has("intended")]
    if not sizes or above is None or above.sentence.paragraph == line.sentence.paragraph or len(active) != 1:
        return []
    rest = [i for i, d in enumerate(drafts) if not d.sizes and not d.said]
    return rest if len(rest) == 1 and drafts[active[0]].sizes and naming.TUMOUR.search(line.text) else []


def _righting_margins(line: Line, drafts: Sequence[Draft]) -> list[Mention]:
    """The figures of an addendum as margins, where one that it takes back was told as a margin and not as a size."""
    told = line.labelled("SIZE", "LENGTH", "MARGIN", "COVERAGE") if line.sentence.section == "addendum" else []
    wrong = {m.concept for m in told if m.label != "COVERAGE" and corrections.taken_back(m, line)}
    margins = {m.concept for d in drafts for _, m in d.said if m.label == "MARGIN"}
    sizes = {m.concept for d in drafts for m in d.sizes}
    if not wrong & (margins - sizes):
        return []
    return [m if m.label == "COVERAGE" else replace(m, label="MARGIN") for m in told]


def _righted(line: Line, mention: Mention, drafts: Sequence[Draft]) -> list[int]:
    """The targets whose margin an addendum can put right: those of which it takes a margin back, else those of which one was told."""
    if line.sentence.section != "addendum" or mention.label != "MARGIN":
        return []
    wrong = {m.concept for m in line.labelled("MARGIN", "LENGTH", "SIZE") if corrections.taken_back(m, line)}
    told = [{m.concept for _, m in d.said if m.label == "MARGIN"} for d in drafts]
    return [i for i, t in enumerate(told) if t & wrong] or [i for i, t in enumerate(told) if t]


OF_THE_WAY = re.compile(
    r"\b(?:from|via|through|approach\w*|decubitus|oblique|access|side (?:up|down))\W+(?:the )?$|^\W*(?:approach|decubitus|side (?:up|down)|oblique|lateral decubitus|access|anterior oblique|arm|prone|supine)",
    re.IGNORECASE,
)


def _give_side(draft: Draft, line: Line) -> None:
    """The side that a measured tumour gets in a sentence without its place: "2. Presacral. Mass 2.5 x 2.0 cm in the midline"."""
    sides = line.labelled("SIDE")
    if draft.place.side or len({m.concept for m in sides}) != 1 or not line.labelled("SIZE") or not naming.TUMOUR.search(line.text):
        return
    at, to = sides[0].start - line.sentence.start, sides[0].end - line.sentence.start
    if not (OF_THE_WAY.search(line.text[:at]) or OF_THE_WAY.search(line.text[to:])):
        draft.place = replace(draft.place, side=sides[0].concept, mentions=(*draft.place.mentions, sides[0]))


def _indices(sessions: Sequence[Session], counts: Sequence[int]) -> dict[str, list[int]]:
    """Which drafts are of which energy, where a report tells of several."""
    out: dict[str, list[int]] = {}
    at = 0
    for session, n in zip(sessions, counts, strict=True):
        out.setdefault(session.modality, []).extend(range(at, at + n))
        at += n
    return out if len(out) > 1 else {}


def _of_energy(line: Line, mine: dict[str, list[int]]) -> list[int]:
    """The targets of the one energy that a line names by word or device: "MWA segment 6. Lesion 19 mm"."""
    named = setup.named_energies(line, list(mine)) if mine else []
    return mine[named[0]] if len(named) == 1 else []


def _spoken_of(line: Line, mention: Mention, events: Sequence[Event], drafts: Sequence[Draft]) -> list[int]:
    """Which targets a measure is told of; empty if its sentence names none near it."""
    inside = [who for at, who in events if mention.start < at < mention.end and len(who) < len(drafts)]
    if inside:  # "two thirds of the upper node lie in the ice"
        return inside[0]
    before = [who for at, who in events if at <= mention.start]
    after = [(at, who) for at, who in events if mention.end <= at <= mention.end + 45] if len(drafts) > 1 else []
    if after and len(after[0][1]) == len(drafts) and FOR_ALL.fullmatch(line.read.note.text[mention.end : after[0][0]]):
        return after[0][1]
    if after and (not before or naming.ahead(mention, line.read.note.text, after[0][0])):
        return after[0][1]
    return before[-1] if before else []


FOR_ALL = re.compile(
    r"(?: (?:margins?|clearance|wide|or more))?(?: (?:was|were|is|are|being))?(?: (?:obtained|achieved|reached|seen|had|gained|left|beyond))? (?:on|in|at|for|around|of|with|beyond) ",
    re.IGNORECASE,
)
"""Between a measure and the "both" or "each" that it is of: "5 mm obtained on both"."""


def _of_another(line: Line, mention: Mention, drafts: Sequence[Draft]) -> bool:
    """True for what is told of a place like those treated that is none of them: "the 6 mm nodule in the right lower lobe was left alone"."""
    text = line.read.note.text
    soft = any(d.place.site != "bone" for d in drafts)
    here = [
        (min(m.start for m in p.mentions), p)
        for p in _places(line)
        if not (soft and naming.height_alone(p)) and not (mention.label != "SIZE" and _on_the_side(p, line))
    ]
    near = [p for at, p in here if at <= mention.start][-1:] or [p for at, p in here if naming.ahead(mention, text, at)][:1]
    alike = [d.place for d in drafts if near and d.place.site == near[0].site]
    return bool(alike) and all(conflict(near[0], p) for p in alike)


def _of_other_site(line: Line, size: Mention, drafts: Sequence[Draft]) -> bool:
    """True for a size told behind a place that no target of a told session can lie at: "microwave of the left lung, and cryoablation of a rib (24 mm)"."""
    ends = [(max(m.end for m in p.mentions if m.label == "SITE"), p) for p in _places(line) if p.site]
    near = max(((end, n, p) for n, (end, p) in enumerate(ends) if end <= size.start), default=None)
    text = line.read.note.text
    if (
        any(naming.ahead(size, text, min(m.start for m in p.mentions)) for _, p in ends)
        or near is None
        or near[0] < size.start - BEHIND_PLACE
    ):
        return False
    return all(d.place.site and conflict(near[2], d.place) and not near_site(near[2].site, d.place.site) for d in drafts)


BEHIND_PLACE = 40
"""Characters within which a size follows the place it is of."""
ITS_SIDE = re.compile(r"[\s-]*(?:end|side|sides|edge|aspect|border|surface|margin|face|pole|direction|part|portion)\b", re.IGNORECASE)
AT_ITS = re.compile(r"\b(?:at|on|to|towards?|along|in|by) (?:the |its )?$", re.IGNORECASE)


def _on_the_side(place: Place, line: Line) -> bool:
    """True for a place that only tells on which side of a lesion a margin was measured: "6 mm at the acetabular end"."""
    text, spots = line.read.note.text, [m for m in place.mentions if m.label in ("SITE", "PART")]
    ends, at = [m.end for m in spots], min((m.start for m in spots), default=0)
    return bool(ends and ITS_SIDE.match(text, max(ends)) and AT_ITS.search(text[max(0, at - 16) : at]))


def _of_earlier(line: Line, mention: Mention) -> bool:
    """True for what a clause tells of an ablation before this one: "prior cryo of a 15 mm nodule in 2019, margin 6 mm"."""
    low, _ = naming.clause(line, mention.start)
    before = line.read.note.text[low : mention.start]
    told = [before[: m.start - low] for m in line.labelled("PROCEDURE") if low <= m.start < mention.start]
    return any(PRIOR.search(b) and not (AT_OLD.search(b) and naming.TUMOUR.search(b)) for b in told)


AT_OLD = re.compile(
    r"\b(?:of|at|in|on|within|along|to|beside|near|behind|inside|against|abutting|next to|adjacent to) (?:the |an? |his |her |its )?(?:prior|previous|earlier|old)\W+(?:[\w-]+\W+){0,2}$",
    re.IGNORECASE,
)
"""Before an ablation that only tells where a tumour lies: "remnant on the medial side of the previous ablation, 17 mm"."""
PRIOR = re.compile(
    r"\b(?:prior|previous(?:ly)?|earlier|s/p|status post|history of|last (?:year|month))\W+(?:[\w-]+\W+){0,2}$", re.IGNORECASE
)
"""Right before the word of an ablation: it is not this one."""


RESPECTIVELY = re.compile(r"\brespectively\b|\bin (?:that|this|the same) order\b", re.IGNORECASE)


def _respectively(line: Line, drafts: Sequence[Draft]) -> dict[Mention, list[int]]:
    """As many measures of a kind as targets, told in their order: "margins 8, 4 and 7 mm respectively"."""
    if len(drafts) < 2 or not RESPECTIVELY.search(line.text):
        return {}
    kinds = [found for label in ("SIZE", "MARGIN") if len(found := line.labelled(label)) == len(drafts)]
    order = sorted(range(len(drafts)), key=lambda i: _first_told(i, drafts))
    return {m: [i] for found in kinds for i, m in zip(order, found, strict=True)}


def _one_each(line: Line, events: Sequence[Event], drafts: Sequence[Draft]) -> dict[Mention, list[int]]:
    """As many margins as targets in a list, of which all but one name their own: the last is of the target left: "margins: node 5 mm; adductor mass 8 mm"."""
    told = line.labelled("MARGIN")
    if len(drafts) < 2 or len(told) != len(drafts) or not IN_LIST.match(line.text) or line.read.flat[told[0].end : told[0].end + 2] == " (":
        return {}
    since = [line.sentence.start, *(m.end for m in told)]
    own = [[who[0] for at, who in events if low <= at < m.start and len(who) == 1] for low, m in zip(since, told, strict=False)]
    known = [who[-1] for who in own if who]
    rest = [i for i in range(len(drafts)) if i not in known]
    if len(known) != len(drafts) - 1 or len(rest) != 1:
        return {}
    return {m: [who[-1] if who else rest[0]] for m, who in zip(told, own, strict=True)}


IN_LIST = re.compile(r"\W*(?:[\w-]+ ){0,3}(?:margins?|clearance)\b[^:]{0,20}[:–-]", re.IGNORECASE)


def _by_sides(line: Line, drafts: Sequence[Draft]) -> dict[Mention, list[int]]:
    """As many measures of a kind as sides that tell the targets apart, each with its side: "margins: 6 mm right, 3 mm left"."""
    of_side = {d.place.side: i for i, d in enumerate(drafts)}
    if len(drafts) < 2 or len(of_side) < len(drafts) or "" in of_side:
        return {}
    sides = [m for m in line.labelled("SIDE") if m.concept in of_side]
    told = next((found for label in ("MARGIN", "SIZE") if len(found := line.labelled(label)) == len(drafts)), ())
    pairs = list(zip(told, sides, strict=False))
    text = line.read.flat
    behind = all(SIDE_NEXT.fullmatch(text[m.end : s.start]) for m, s in pairs)
    if len({m.concept for m in sides}) != len(drafts) or len(sides) != len(told) or not behind:
        return {}
    return {m: [of_side[s.concept]] for m, s in pairs}


SIDE_NEXT = re.compile(r"[\s(,]*(?:(?:on|at|for|to) (?:the )?)?", re.IGNORECASE)


def _first_told(i: int, drafts: Sequence[Draft]) -> int:
    """Where a report first tells what sets a target apart from its fellows."""
    if drafts[i].sizes:
        return min(m.start for m in drafts[i].sizes)
    others = {(m.label, m.concept) for k, d in enumerate(drafts) if k != i for m in d.place.mentions}
    own = [m.start for m in drafts[i].place.mentions if (m.label, m.concept) not in others]
    return min(own or [m.start for m in drafts[i].place.mentions], default=0)


def _in_order(line: Line, events: Sequence[Event], drafts: Sequence[Draft]) -> dict[Mention, list[int]]:
    """Several sizes behind as many places, in their order: "5th and 7th ribs (12 and 19 mm)"."""
    out: dict[Mention, list[int]] = _respectively(line, drafts) or _by_sides(line, drafts) or _one_each(line, events, drafts)
    sizes = [m for m in line.labelled("SIZE") if not _past(line, m)]
    starts = [at for at, _ in events]
    for i, first in enumerate(sizes):
        run = [m for m in sizes[i:] if not any(first.start <= at < m.start for at in starts)]
        ends = {m.end for m in line.labelled("NAME")}
        told = [who for at, who in events if at < first.start and at not in ends and not any(at < m.start < first.start for m in sizes)]
        told = [who for n, who in enumerate(told) if who not in told[:n]]
        if first not in out and len(run) > 1 and len(told) == len(run) and all(len(who) == 1 for who in told):
            out.update(zip(run, told, strict=True))
    return out


def _headed_length(line: Line, drafts: Sequence[Draft]) -> list[Mention]:
    """The length right behind the word that heads a line with a target's name: its size, if none is told of it."""
    if item := _item_length(line, drafts):
        return [item]
    head, who = HEAD_WORD.match(line.text), _by_word(line, drafts) if len(drafts) > 1 else []
    if head is None or not who or drafts[who[0]].sizes:
        return []
    told = line.labelled("LENGTH")[:1]
    return [m for m in told if m.start - line.sentence.start <= head.end() + 1 and float(m.concept) >= LEAST]


def _item_length(line: Line, drafts: Sequence[Draft]) -> Mention | None:
    """The one length with which an item ends that names a target and where it lies: "(a) scapular tip, L, 2.8 cm"."""
    names, told = line.labelled("NAME"), line.labelled("LENGTH", "SIZE", "MARGIN")
    if len(names) != 1 or names[0].start - line.sentence.start > 2 or len(told) != 1 or told[0].label != "LENGTH":
        return None
    own = [d for d in drafts if d.place.name == names[0].concept]
    rest = line.read.flat[told[0].end : line.sentence.end].strip(" .;,)")
    last = not rest or rest.startswith(":")
    placed = line.labelled("SITE", "PART")
    return told[0] if last and placed and len(own) == 1 and not own[0].sizes and float(told[0].concept) >= LEAST else None


def _give(draft: Draft, line: Line, mention: Mention) -> None:
    if mention.label in ("SIZE", "LENGTH"):
        if not _past(line, mention) and not mention.has("intended"):
            draft.sizes.append(mention)
    else:
        draft.said.append((line, mention))


def _past(line: Line, size: Mention) -> bool:
    """True for a size of another day: "(was 2.3 cm)"."""
    earlier = [s for s in line.labelled("SIZE") if s.start < size.start]
    return bool(earlier) and bool(WAS.search(line.read.note.text[max(line.sentence.start, size.start - 25) : size.start]))


def _events(line: Line, drafts: Sequence[Draft], short: Sequence[tuple[int, str]] = ()) -> list[Event]:
    """(character, targets spoken of from here on) in order."""
    if len(drafts) == 1:
        return []
    out: list[Event] = []
    start = line.sentence.start
    out += [(start + m.start(), list(range(len(drafts)))) for m in ALL.finditer(line.text) if not _of_cycles(line, m)]
    for n, mention in enumerate(line.labelled("NAME")):
        if n and BY_ANOTHER.search(line.read.note.text[max(start, mention.start - 24) : mention.start]):
            continue
        who = [i for i, d in enumerate(drafts) if d.place.name == mention.concept] or (
            [int(mention.concept) - 1] if int(mention.concept) <= len(drafts) and not any(d.place.name for d in drafts) else []
        )
        out += [(mention.start, who)] if who else []
    out += _together(line, drafts)
    if out and naming.rows_of(line):
        return sorted(out, key=lambda e: e[0])
    out += [(start + m.start(), who) for m in RANKED.finditer(line.text) if (who := _ranks(m, drafts)) and not _cycle(m, line)]
    out += [(start + m.start(), [0 if m[1].lower() == "former" else 1]) for m in OF_TWO.finditer(line.text) if len(drafts) == 2]
    out += [(start, who) for who in [_by_word(line, drafts)] if who and not any(at <= start + 3 for at, _ in out)]
    for at, name in short:
        who = [i for i, d in enumerate(drafts) if d.place.name == name]
        out += [(at, who)] if who else []
    for noun in (HEAD_NOUN.match(line.text), *IN_BRACKETS.finditer(line.text), *NOUN.finditer(line.text)):
        if noun and (who := _by_noun(noun[1], line, drafts)):
            out.append((start + noun.start(1), who))
    ranks = {
        p.start for p in line.labelled("PART") if p.concept.startswith("height:")
    }  # "the lower nodule" need not be that of the lower lobe
    named = [m for m in WORD_OF.finditer(line.text) if start + m.start(1) not in ranks]
    out += [(start + m.start(), who) for m in named if (who := _by_epithet(m[1].lower(), line, drafts))]
    covered: set[Mention] = set()
    text = line.read.note.text
    out += [(at, [i]) for i, d in enumerate(drafts) for x, at in d.heads if x == line]
    for place in _places(line):
        at = min(m.start for m in place.mentions if m.label == "SITE")
        aside = TOWARD.search(text[max(start, at - 40) : at]) or LIES_THERE.search(text[max(start, at - 40) : at])
        who = [] if aside or _on_the_side(place, line) else _meant(place, drafts)
        known = len(who) > 1 and any(set(before) < set(who) for at_, before in out if start <= at_ < at)
        if who and not known:  # "the iliac lesion, a lytic focus": bone alone says nothing new
            out.append((min(m.start for m in place.mentions), who))
            covered.update(place.mentions)
    for side in line.labelled("SIDE"):
        if side not in covered and (who := _by_side(side, line, drafts)):
            out.append((side.start, who))
    for part in line.labelled("PART"):
        if part not in covered and not OF_ITS_OWN.search(text[max(start, part.start - 12) : part.start]):
            who = _by_part(part.concept, drafts)
            out += [(part.start, who)] if who else []
    return sorted(out, key=lambda e: e[0])


BY_ANOTHER = re.compile(
    r"\b(?:(?:medial|lateral|cranial|caudal|cephalad|caudad|superior|inferior|anterior|posterior|deep|adjacent|next|close|proximal|distal) to|above|below|behind|beside|near|from|than|as|like) (?:the )?$",
    re.IGNORECASE,
)
"""Before the name of another target, by which a line only tells where its own lies: "2 cm caudal to target 1"."""


def _together(line: Line, drafts: Sequence[Draft]) -> list[Event]:
    """The lesions of a list of names, from its end on: "ice overlaps lesions 1 and 2 by 5 mm"."""
    names = line.labelled("NAME")
    out: list[Event] = []
    run: list[Mention] = []
    for m, behind in zip(names, (*names[1:], None), strict=False):
        run.append(m)
        if behind is None or not AND.fullmatch(line.read.flat[m.end : behind.start]):
            who = [i for i, d in enumerate(drafts) if d.place.name in {x.concept for x in run}]
            out += [(run[-1].end, who)] if 1 < len(who) == len(run) else []
            run = []
    return out


AND = re.compile(r"\s*(?:,|and|&|\+|/)\s*(?:and )?", re.IGNORECASE)
HEAD_WORD = re.compile(
    r"\W*(?:the )?(?:target )?([\w-]{3,})\b(?:(?: [a-z]+)?\s*[:,(–=-]|\W*$)",
    re.IGNORECASE,
)
WORDS = re.compile(r"[\w-]{3,}")


def _by_word(line: Line, drafts: Sequence[Draft]) -> list[int]:
    """The one target that was named with the word that heads a line: "right iliac crest", then "Crest: 34 mm"."""
    head = HEAD_WORD.match(line.text)
    if head is None:
        return []
    who = [i for i, d in enumerate(drafts) if head[1].lower() in _words(d.place)]
    return who if len(who) == 1 else []


def _words(place: Place) -> set[str]:
    return {w.lower() for m in place.mentions if m.label in ("SITE", "PART") for w in WORDS.findall(m.text)}


WORD_OF = re.compile(
    r"\bthe ([\w-]{4,}) (?:nodule|lesion|mass|tumou?r|deposit|target|node|implant|metastasis|component|recurrence|one)\b", re.IGNORECASE
)


def _by_epithet(word: str, line: Line, drafts: Sequence[Draft]) -> list[int]:
    """The one target whose place was told with a word: "right distal lateral thigh", then "the distal nodule"."""
    who = [i for i, d in enumerate(drafts) if word in _told_with(d.place, line.read)]
    return who if len(who) == 1 else []


def _told_with(place: Place, read: ReadNote) -> set[str]:
    """The words that a note puts between the words of a place: "right distal lateral thigh"."""
    spots = sorted(
        (m for m in place.mentions if m.note_id == read.note.note_id and m.label in ("SIDE", "SITE", "PART")), key=lambda m: m.start
    )
    gaps = [read.note.text[a.end : b.start] for a, b in pairwise(spots) if 0 < b.start - a.end <= GAP]
    return {w.lower() for gap in gaps if not re.search(r"[\n;.:]", gap) for w in WORDS.findall(gap)} | _words(place)


GAP = 30
"""Characters between the words of a place told in one breath."""


RANKED = re.compile(
    r"\bthe (first|second|third)( two)?(?: (?:one|target|lesion|nodule))?(?=\s*(?:[,;:.)]|$|(?:was|were|are|is|has|had|measure\w+|took|got|received|needed|only)\b))",
    re.IGNORECASE,
)
"""A target called by its rank within a sentence: "5 mm for the first two; the third, near the vein, 3 mm"."""


OF_FREEZE = re.compile(
    r"\b(?:(?:end|close|start|beginning|completion|course|middle|conclusion|stop) of|during|after|at|on|by|before|between) $", re.IGNORECASE
)


def _cycle(m: re.Match[str], line: Line) -> bool:
    """True for "the end of the second", a freeze of those told before."""
    return (
        not m[2]
        and OF_FREEZE.search(line.text[: m.start()]) is not None
        and m[0].rpartition(" ")[2].lower() in ("first", "second", "third")
    )


def _ranks(m: re.Match[str], drafts: Sequence[Draft]) -> list[int]:
    at = ("first", "second", "third").index(m[1].lower())
    who = [0, 1] if m[2] and at == 0 else [] if m[2] else [at]
    return who if who and max(who) < len(drafts) and not any(d.place.name for d in drafts) else []


OF_TWO = re.compile(r"\bthe (former|latter)\b", re.IGNORECASE)
OF_ITS_OWN = re.compile(r"\bits (?:\w+ )?$", re.IGNORECASE)
"""Before a part of the target spoken of: "its inferior pole"."""


def _of_cycles(line: Line, said: re.Match[str]) -> bool:
    """True for a bare "both" or "each" of cycles or devices, in a line that counts them and names no target itself."""
    words = OF_CYCLES.get(said[0].lower())
    return words is not None and words.search(line.text[: said.start()]) is not None


HEAD_NOUN = re.compile(r"\W*(?:the )?(implant|node|deposit|nodule|mass)\b(?=\s*[:,(–-]|\s+(?:was|is|measur\w+)\b)", re.IGNORECASE)


NOUN = re.compile(r"\bthe (implant|node)\b", re.IGNORECASE)
"""Nouns that are seldom said of another kind of target, wherever they stand."""
IN_BRACKETS = re.compile(r"\((?:the )?(implant|node|deposit|nodule|mass)\)", re.IGNORECASE)
"""Behind a measure the tumour it is of: "9 mm (sidewall), 6 mm (implant)"."""


def _by_noun(noun: str, line: Line, drafts: Sequence[Draft]) -> list[int]:
    """The one target that the report called by a tumour's noun: "perihepatic implant", then "Implant, 1.6 cm"."""
    called = re.compile(rf"[\w-]*(?:\W{{1,2}}[\w-]+)?\W{{0,2}}{noun}\b", re.IGNORECASE)
    named = [
        i
        for i, d in enumerate(drafts)
        if any(m.note_id == line.read.note.note_id and called.match(line.read.flat, m.end) for m in d.place.mentions if m.label == "SITE")
    ]
    return named if len(named) == 1 else []


SIDE_OF_ONE = re.compile(
    r"(?:-?sided)?\s*(?:(?:[\w-]+ ){0,2}?(?:one|nodule|lesion|mass|tumou?r|metastasis|deposit|implant|target|node|site|side)\b|[:)])",
    re.IGNORECASE,
)
"""Behind a side that means the lesion of that side: "the right one", "left: 5 mm"."""


def _by_side(side: Mention, line: Line, drafts: Sequence[Draft]) -> list[int]:
    """The one target of a side, where the targets lie on different sides."""
    who = [i for i, d in enumerate(drafts) if d.place.side == side.concept]
    apart = len(who) == 1 and all(d.place.side for d in drafts)
    return who if apart and SIDE_OF_ONE.match(line.read.note.text[side.end : line.sentence.end]) else []


def _meant(place: Place, drafts: Sequence[Draft]) -> list[int]:
    scores = [likeness(place, d.place) for d in drafts]
    best = max(scores)
    who = [i for i, s in enumerate(scores) if s == best]
    if (
        len(who) > 1 and len(who) < len(drafts) and place.parts
    ):  # "the upper lobe nodule" is not the lingular one, if another is told of the lobe alone
        plain = [i for i in who if drafts[i].place.parts == place.parts]
        who = plain if len(plain) == 1 else who
    return who if best > 0 and len(who) < len(drafts) else []


def _by_part(part: str, drafts: Sequence[Draft]) -> list[int]:
    if part.startswith("bulk:"):
        order = sorted(range(len(drafts)), key=lambda i: -max((float(s.concept) for s in drafts[i].sizes), default=0))
        return [order[0] if part == "bulk:larger" else order[-1]]
    who = [i for i, d in enumerate(drafts) if part in d.place.parts]
    kind = part.split(":")[0]
    if part == DOME and not who:  # the one target whose segment reaches it
        who = [i for i, d in enumerate(drafts) if d.place.parts & UNDER_DOME]
        return who if len(who) == 1 and len(drafts) > 1 else []
    if not who and kind in KINDS and kind != "liverpart":  # "the lower pole lesion" of the one kidney treated
        who = [i for i, d in enumerate(drafts) if d.place.site in KINDS[kind] and not any(q.startswith(kind + ":") for q in d.place.parts)]
        return who if len(who) == 1 else []
    if not who and kind in ("height", "depth", "breadth", "reach") and len(drafts) == 2:
        other = [i for i, d in enumerate(drafts) if any(p.startswith(kind + ":") for p in d.place.parts)]
        who = [1 - other[0]] if len(other) == 1 else []
    return who if len(who) < len(drafts) else []


# ---- rows ---------------------------------------------------------------------------------------------------------------


def _rows(session: Session, drafts: Sequence[Draft], earlier: Sequence[Target], reads: Sequence[ReadNote]) -> list[Target]:
    out: list[Target] = []
    taken: set[str] = set()
    for draft in drafts:
        place = _sided(draft.place, session, drafts, reads)
        free = [t for t in earlier if t.lesion_id not in taken]
        before = _earlier(place, session, free) or _recurred(place, session, free, reads)
        if before:
            taken.add(before.lesion_id)
            place = _inherit(place, before.place)
        if not before and not place.site and len(drafts) == 1 and session.report and (told := _planned_before(session, reads)):
            place = naming.merged(place, told)
        place = _in_its_lobe(place)
        fresh = [r for r in reads if not before or r.note.note_date > before.session.when.date]
        cells = _cells(place, draft, session, fresh)
        if "size_mm" not in cells and len(drafts) == 1 and (only := _only_size(place, session, fresh)):
            cells["size_mm"] = Cell(float(only.concept), (only,))
        stem = f"{session.procedure_id}:{place.site or 'unknown'}" + (f":{place.side}" if place.side else "")
        number = sum(1 for t in out if t.lesion_id == stem or t.lesion_id.startswith(f"{stem}:#"))
        lesion_id = f"{stem}:#{number + 1}" if number else stem
        if before:
            cells["retreatment_of"] = Cell(before.lesion_id, place.mentions[:1] or session.mentions[:1])
        if "replaces" in session.cells:
            cells["replaces"] = Cell(lesion_id.replace(session.procedure_id, str(session.cells["replaces"].value), 1))
        size = cells["size_mm"].value if "size_mm" in cells else None
        out.append(
            Target(
                lesion_id,
                session,
                place,
                cells,
                before.lesion_id if before else None,
                float(size) if isinstance(size, (int, float)) else None,
                place.mentions,
            )
        )
    return out


def _planned_before(session: Session, reads: Sequence[ReadNote]) -> Place | None:
    """Where a report's one target lies that it does not tell: at the one place that the last note before it speaks of treating, else where it tells of one tumour alone."""
    before = [r for r in reads if r is not session.report and timedelta(0) <= session.when.date - r.note.note_date <= RECENT]
    for read in reversed(before):
        lines = [x for x in timeline.lines(read) if x.sentence.section not in ("past_history", "family_history", "consent")]
        told = [(x, p) for x in lines if naming.TUMOUR.search(x.text) or x.labelled("PROCEDURE") for p in _places(x) if p.site]
        told = [(x, p) for x, p in told if not (x.labelled("PRIOR_TREATMENT") or EARLIER.search(x.text) or NOT_TREATED.search(x.text))]
        meant = [p for x, p in told if any(m.has("planned") for m in x.labelled("PROCEDURE"))] or [p for _, p in told]
        if meant:
            return meant[0] if all(not conflict(meant[0], p) for p in meant) else None
    return None


def _in_its_lobe(place: Place) -> Place:
    """The lobe that a side and its height in the lung make: the left segment 6 is in the left lower lobe."""
    if place.site != "lung" or any(p.startswith("lobe:") for p in place.parts):
        return place
    lobes = [lobe for lobe, side in SIDE_OF_LOBE.items() if side == place.side and f"lobepos:{LOBES[lobe]}" in place.parts]
    return replace(place, parts=place.parts | {lobes[0]}) if len(lobes) == 1 else place


def _inherit(place: Place, old: Place) -> Place:
    """A retreated lesion lies where it lay, if the note says less this time."""
    if not place.site:
        return replace(old, mentions=(*place.mentions, *old.mentions))
    kinds = {q.split(":")[0] for q in place.parts}
    sides = () if place.side else tuple(m for m in old.mentions if m.label in ("SIDE", "PART"))
    parts = place.parts | frozenset(p for p in old.parts if p.split(":")[0] not in kinds)
    return replace(place, side=place.side or old.side, parts=parts, mentions=(*place.mentions, *sides[:1]))


PAIRED = ("lung", "kidney", "adrenal", "retroperitoneum", "pleura", "chest_wall", "gluteal", "shoulder", "upper_extremity", "lower_extremity", "axilla", "groin", "paraspinal", "breast", "lymph_node")  # fmt: skip

BY_VESSELS = frozenset({"rp:aortic", "rp:bifurcation"})
"""Parts of the retroperitoneum that lie in the midline: the side of the other targets is not theirs."""
MIDLINE = ("pelvis", "abdominal_wall")
"""Where a lesion can lie on a side that other notes tell, if they name the same finer place."""
PAIRED_BONES = tuple(
    f"bone:{b}" for b in ("rib", "iliac", "femur", "acetabulum", "pubis", "ischium", "scapula", "humerus", "clavicle", "tibia")
)


def _sided(place: Place, session: Session, drafts: Sequence[Draft], reads: Sequence[ReadNote]) -> Place:
    """Fill the side from another sentence of the report that names the same site with one side only, then from other notes, then from the title's other target."""
    if place.side or not place.site:
        return place
    skipped = ("past_history", "family_history", "history", "comparison", "consent")
    paired = place.site in (*PAIRED, *(MIDLINE if place.parts else ())) or any(p in (*PAIRED_BONES, "per:gutter") for p in place.parts)
    here = [p for x in session.lines if x.sentence.section not in skipped for p in _same(x, place)]
    told = [r for r in reads if r.note.note_date < session.when.date] if place.site in MIDLINE and session.report else reads
    shared = _headed(session, shared=True) if paired and not here else []
    if len({m.concept for m in shared}) == 1:
        return replace(place, side=shared[0].concept, mentions=(*place.mentions, shared[0]))
    for found in (here, [] if here or not paired else _best_named(_in_others(place, session, told), place)):
        said = [p for p in found if not any(likeness(p, d.place) > likeness(p, place) for d in drafts if d.place is not place)]
        if len({p.side for p in said}) == 1:
            side = next(m for m in said[0].mentions if m.label in ("SIDE", "PART"))
            return replace(place, side=said[0].side, mentions=(*place.mentions, side))
        if said and found is here:
            return place
    alone = _side_alone(session, paired) if len(drafts) == 1 else []
    if len({m.concept for m in alone}) == 1:
        return replace(place, side=alone[0].concept, mentions=(*place.mentions, alone[0]))
    headed = [m for m in _headed(session) if not _of_other_place(m, place, session)] if paired else []
    if len({m.concept for m in headed}) == 1:
        return replace(place, side=headed[0].concept, mentions=(*place.mentions, headed[0]))
    others = [d.place for d in drafts if d.place is not place and d.place.side]
    if (
        (place.site in PAIRED or _flank(place))
        and not place.parts & BY_VESSELS
        and others
        and (len(drafts) == 2 or len({o.side for o in others}) == 1 < len(others))
    ):
        sides = [m for m in others[0].mentions if m.label == "SIDE"]
        return replace(place, side=others[0].side, mentions=(*place.mentions, *sides[:1]))
    return place


def _flank(place: Place) -> bool:
    """True for the part of the abdominal wall that lies on one side by its name."""
    return any("flank" in m.text.lower() for m in place.mentions if m.label == "SITE")


SIDE_ALONE = re.compile(
    r"\W*(?P<called>(?:the )?(?:side|laterality)(?: treated)?\W+)?(?:left|right|l|r|lt|rt)\b\.?(?: side| sided)?\W*", re.IGNORECASE
)


def _side_alone(session: Session, paired: bool) -> list[Mention]:
    """The sides that a line of the report holds and no more: "Laterality: right"; of what has no two sides only where the line says that it is one."""
    lines = [
        x
        for x in session.lines
        if x.read is session.report and x.labelled("SIDE") and (said := SIDE_ALONE.fullmatch(x.text)) and (paired or said["called"])
    ]
    return [m for x in lines for m in x.labelled("SIDE")]


def _headed(session: Session, shared: bool = False) -> list[Mention]:
    """The sides that the report's own lines on what was done give: "cryoablation, left thorax, three targets"; ``shared``: of several counted targets."""
    lines = [x for n, x in enumerate(session.lines) if x.read is session.report and naming.title(x, n)]
    return [m for x in lines for m in x.labelled("SIDE") if not shared or (_count(x) > 1 and not _places(x))]


def _of_other_place(side: Mention, place: Place, session: Session) -> bool:
    """True if a title's side is that of another place it names, and this one can lie in the midline: "presacral mass and left iliac bone"."""
    return place.site in MIDLINE and any(side in p.mentions and p.site and p.site != place.site for x in session.lines for p in _places(x))


def _in_others(place: Place, session: Session, reads: Sequence[ReadNote]) -> list[Place]:
    """The same site, with a side, in every note but the session's report."""
    return [p for r in reads if r is not session.report for x in timeline.lines(r) for p in _same(x, place)]


def _best_named(said: Sequence[Place], place: Place) -> list[Place]:
    """Of what other notes name by the same site, what shares most finer places: the left 9th rib for the 9th rib."""
    said = [p for p in said if not (p.parts and place.parts) or p.parts & place.parts]
    best = max((len(p.parts & place.parts) for p in said), default=0)
    return [p for p in said if len(p.parts & place.parts) == best]


def _same(line: Line, place: Place) -> list[Place]:
    """The places of a line that name the same site, with a side."""
    return [p for p in _places(line) if p.site == place.site and p.side and not conflict(p, place)]


SAME_LESION = re.compile(
    r"\bsame (?:lesion|mass|nodule|tumou?r|site|deposit|metastasis|met|place|spot|target)\b|\bthe only lesion\b", re.IGNORECASE
)


def _earlier(place: Place, session: Session, earlier: Sequence[Target]) -> Target | None:
    """The newest row of the same lesion, if this one was treated before."""
    replaced = {o.retreatment_of for o in earlier}
    newest = [t for t in earlier if t.lesion_id not in replaced and t.session.when < session.when]
    if not newest:
        return None
    head = (
        " ".join(
            x.text
            for x in session.lines
            if x.sentence.section in ("", "procedure", "indication", "impression", "reason", "diagnosis", "history", "date")
        )
        if session.report
        else session.lines[0].text
    )
    if not AGAIN.search(head + " " + " ".join(x.text for x in session.lines[:12])):
        return None
    if _is_new(place, session):
        return None
    titled = bool(AGAIN.search(" ".join(x.text for x in session.lines if x.sentence.section in ("", "procedure", "impression", "date"))))
    here = replace(place, name="")  # each report numbers its own targets
    scored = [
        (
            likeness(here, replace(t.place, name="")) if place.site else _spoken(t, session),
            bool(place.name) and t.place.name == place.name,
            t.session.when,
            _spoken(t, session),
            t,
        )
        for t in newest
        if not conflict(place, t.place) or (titled and neighbours(place, t.place))
    ]
    sure = SAME_LESION.search(head) is not None and len(scored) == 1
    scored = [s for s in scored if s[0] >= 2 or sure or not place.site or neighbours(place, s[4].place)]
    return max(scored, key=lambda s: s[:4])[4] if scored else _called_the_same(place, session, newest)


def _called_the_same(place: Place, session: Session, newest: Sequence[Target]) -> Target | None:
    """The one lesion treated before on this side of this site, where the place is called the same: "left para-aortic, same site as July"."""
    coarse = Place(place.site, place.side, frozenset(), "", ())
    who = [t for t in newest if t.place.site == place.site and not conflict(coarse, replace(t.place, parts=frozenset(), name=""))]
    said = [x for x in session.lines if any(m in x.mentions for m in place.mentions) and SAME_LESION.search(x.text)]
    return who[0] if said and len(who) == 1 else None


def _spoken(target: Target, session: Session) -> float:
    """How well the report's own words agree with the place of an earlier target, where they name no target of theirs."""
    said = [p for x in session.lines[:12] for p in _places(x)]
    return max([1.0, *(likeness(replace(p, name=""), replace(target.place, name="")) for p in said)])


def _recurred(place: Place, session: Session, earlier: Sequence[Target], reads: Sequence[ReadNote]) -> Target | None:
    """The newest row of the one lesion treated at this very place before, where a note between the two sessions calls it recurrent or residual."""
    replaced = {o.retreatment_of for o in earlier}
    here = replace(place, name="")
    who = [
        t
        for t in earlier
        if t.lesion_id not in replaced
        and t.session.when < session.when
        and place.parts & t.place.parts
        and likeness(here, replace(t.place, name="")) >= (VERY_PLACE if place.side or t.place.side else SIDELESS_PLACE)
    ]
    if len(who) != 1 or _is_new(place, session):
        return None
    return who[0] if any(_called_recurrent(r, who[0]) for r in reads if _between(r, who[0].session, session)) else None


SIDELESS_PLACE = 3.5
"""Likeness of two places of one site and part that have no side, as a segment of the liver."""
VERY_PLACE = 4.5
"""Likeness of two places of one site, side and part."""


def _between(read: ReadNote, first: Session, second: Session) -> bool:
    return first.when.date < read.note.note_date <= second.when.date


def _called_recurrent(read: ReadNote, target: Target) -> bool:
    """True if a sentence of a note finds recurrence or residual tumour at the place of a target."""
    for sentence in read.sentences:
        found = [m for m in sentence.mentions if m.label == "PROGRESSION" and m.rule_id.endswith(("#recurrence", "#residual"))]
        if any(not m.has("negated", "hypothetical", "risk", "family") for m in found):
            places = _places(Line(read, sentence))
            if any(p.parts & target.place.parts and likeness(replace(p, name=""), replace(target.place, name="")) > NEAR for p in places):
                return True
    return False


NEAR = 3.0


NEW = re.compile(
    r"\b(?:(?:distinct|separate|second|another|different)(?:,)? (?:and )?new|new(?:,)? (?:and )?(?:distinct|separate)|never (?:been )?(?:treated|ablated|frozen)|not (?:been )?(?:previously )?(?:treated|ablated|frozen) (?:before|previously|until now)|not previously (?:treated|ablated|frozen)|previously untreated|hitherto untreated)\b",
    re.IGNORECASE,
)
"""What was not treated before."""


def _is_new(place: Place, session: Session) -> bool:
    """True if the report tells of a place in a sentence that calls it new or never treated, and of none but it."""
    own = [x for x in session.lines if x.read is session.report and NEW.search(x.text) and _places(x)]
    return any(p.site == place.site and not conflict(p, place) for x in own for p in _places(x)[:1])


def _cells(place: Place, draft: Draft, session: Session, reads: Sequence[ReadNote]) -> dict[str, Cell]:
    sites = tuple(m for m in place.mentions if m.label == "SITE")
    sides = tuple(m for m in place.mentions if m.label in ("SIDE", "PART"))
    cells: dict[str, Cell] = {}
    if place.site:
        cells["site"] = Cell(place.site, sites[:2] or place.mentions[:1])
        cells["site_text"] = Cell(in_line(place.text or (sites[0].text if sites else place.site)), sites[:2] or place.mentions[:1])
    if place.side:
        cells["laterality"] = Cell(place.side, sides or sites)
    size = _size(draft, place, session, reads)
    if size:
        cells["size_mm"] = Cell(float(size.concept), (size,))
    cells.update(coverage.cells(draft.said))
    return cells


def _size(draft: Draft, place: Place, session: Session, reads: Sequence[ReadNote]) -> Mention | None:
    """The size in the procedure note: what an addendum corrects it to, else measured on the day if possible, else what its indication says; else the last one told before it."""
    corrected = _corrected_size(draft, session)
    draft = replace(draft, sizes=[m for m in draft.sizes if not _made(m, session)] or draft.sizes)
    day_of = [m for m in draft.sizes if m.section in ("technique", "findings", "", "procedure")]
    if corrected or day_of or draft.sizes:
        return (corrected or _newest(day_of, session) or day_of or draft.sizes)[0]
    told = _own_length(place, session) if session.report else _told_size(place, session) or _lone_size(place, session)
    if told:
        return told
    background = [x for x in session.lines if x.sentence.section in (*NOT_COUNTED, *naming.BACKGROUND) and x.sentence.section != "addendum"]
    before = [r for r in reads if r.note.note_date <= session.when.date and r is not session.report]
    for lines in (background, *(timeline.lines(r) for r in reversed(before))):
        sizes = _sizes_of(place, lines, lines is background)
        if sizes:
            return sizes[0]
    return None


def _only_size(place: Place, session: Session, reads: Sequence[ReadNote]) -> Mention | None:
    """The size of a session's one target: of a rest that its report names by length alone, else the only one that the last note before measures."""
    report = session.report
    rest = [m for x in session.lines if x.read is report for m in x.labelled("LENGTH") if REST.match(x.read.flat, m.end)] if report else []
    if rest:
        return rest[0] if len(rest) == 1 else None
    before = [r for r in reads if timedelta(0) <= session.when.date - r.note.note_date <= RECENT and r is not report]
    for read in reversed(before if report else []):
        told = [
            (x, m)
            for x in timeline.lines(read)
            for m in x.labelled("SIZE")
            if not _past(x, m) and not m.has("intended", "negated", "family")
        ]
        if told:
            x, m = told[0]
            return m if len(told) == 1 and not any(p.site and (p.site != place.site or conflict(p, place)) for p in _places(x)) else None
    return None


RECENT = timedelta(days=120)
REST = re.compile(r"\s(?:residual |enhancing |viable )?(?:remnant|remainder|residue|regrowth|recurrence)\b", re.IGNORECASE)
"""What is left or came back, right behind its length."""


def _newest(sizes: Sequence[Mention], session: Session) -> list[Mention]:
    """The size told as that of the day right behind an older one: "target 1.1 cm (MRI 4/12), now 1.3 cm on CT"."""
    text = session.report.flat if session.report else ""
    if len(sizes) < 2 or not OF_TODAY.search(text[max(0, sizes[1].start - 24) : sizes[1].start]):
        return []
    between = text[sizes[0].end : sizes[1].start]
    return [sizes[1]] if len(between) < 60 and not re.search(r"[;]|\.\s", between) else []


OF_TODAY = re.compile(r"\b(?:now|today|currently)(?: (?:is|at|of|about|measur\w+|up to|down to))?\s$", re.IGNORECASE)


def _made(size: Mention, session: Session) -> bool:
    """True for a distance that something was brought to, not the size of a tumour: "lifting the skin to 17 mm"."""
    text = session.report.flat if session.report and session.report.note.note_id == size.note_id else ""
    return MADE.search(text[max(0, size.start - 40) : size.start]) is not None


MADE = re.compile(r"\b(?!gr[eo]w)(?:\w+ing|\w+ed|pushe?s?|lifts?) (?:the |it |its )?\w+ (?:away |off |up |out )?to $", re.IGNORECASE)
RESIZED = re.compile(
    r"\b(?:re-?)?measur\w+|\bsizes?\b|dimension|diameter|largest|longest|\b(?:lesion|target|tumou?r|mass|nodule|deposit|metastasis|node)(?: (?:no\.? ?)?#?[1-9A-E])? (?:is|was|should be)\b",
    re.IGNORECASE,
)


def _corrected_size(draft: Draft, session: Session) -> list[Mention]:
    """The sizes that an addendum gives in place of others."""
    late = corrections.added_to(session.report) if session.report else []
    replaced = [m for x in late for m in _in_place_of(draft, x)]
    if replaced:
        return replaced
    resized = [x for x in late if RESIZED.search(x.text) or any(corrections.taken_back(m, x) for m in x.labelled("SIZE"))]
    return [m for x in resized for m in x.labelled("SIZE") if m in draft.sizes and not corrections.taken_back(m, x)]


def _in_place_of(draft: Draft, line: Line) -> list[Mention]:
    """The one length that a correction puts in place of a size told before: "dictated 25 mm, should read 35 mm"."""
    told = line.labelled("SIZE", "LENGTH")
    wrong = [m for m in told if corrections.taken_back(m, line)]
    right = [m for m in told if m not in wrong]
    known = {float(m.concept) for m in draft.sizes if m.section != "addendum"}
    return right if len(right) == 1 and any(float(m.concept) in known for m in wrong) else []


def _sizes_of(place: Place, lines: Sequence[Line], own: bool) -> list[Mention]:
    """The sizes that lines tell of a place, best agreement first; in the note's own background a size without a place counts too."""
    scored = [
        (score, size)
        for line in lines
        if line.labelled("SIZE")
        for said, size in _sized([line], everywhere=True)
        if (score := likeness(said, place)) >= 2 or (own and not said.site and not conflict(said, place))
    ]
    best = max((score for score, _ in scored), default=0.0)
    return [size for score, size in scored if score == best]


def _own_length(place: Place, session: Session) -> Mention | None:
    """A length that stands alone among the items by which a report tells of a target: "Segment 8, residual tumor, 31 mm"; "2.9 cm today"."""
    before: Line | None = None
    for line in session.lines:
        told = [m for m in line.labelled("LENGTH") if _alone(m, line) or (not before and _closes(m, line))]
        told = [m for m in told if line.sentence.section in BODY_SECTIONS and not naming.left_alone(line, m.start)]
        here = _places(line)
        if told and not here and before and before.sentence.paragraph == line.sentence.paragraph:
            here = _places(before)
        ahead = [p for p in here if told and min(m.start for m in p.mentions) < told[0].start]
        here = ahead or here
        named = [p for p in here if likeness(p, place) >= 2 and (not (p.parts and place.parts) or p.parts & place.parts)]
        if told and len(named) == 1 == len(here) and float(told[0].concept) >= LEAST:
            return told[0]
        before = line if _places(line) else before
    return None


LEAST = 5
"""Millimetres below which a bare length is rather a margin."""


def _closes(m: Mention, line: Line) -> bool:
    """True for the length with which a title that names an ablation ends: "Cryoablation #1, left chest wall, upper lobule 6.0 cm"."""
    return bool(line.labelled("PROCEDURE")) and not line.read.flat[m.end : line.sentence.end].strip(" .")


def _alone(m: Mention, line: Line) -> bool:
    text = line.read.flat
    opens = re.search(
        r"(?:^|[,;(]\s*|\b(?:component|portion|disease|remnant|rest|residuum|regrowth)\s)$", text[line.sentence.start : m.start]
    )
    return bool(opens and re.match(r"\s*(?:(?:today|now)\b|[,;.)]|$)", text[m.end : line.sentence.end]))


def _of_exam(line: Line) -> bool:
    """True if a sentence beside the telling of a session measures what was seen since: at the zone, or as new or grown."""
    return bool(line.labelled("ZONE")) or any(m.concept in ("progression", "residual") for m in line.labelled("STATUS"))


def _lone_size(place: Place, session: Session) -> Mention | None:
    """The one size of a tumour of the same organ told before a session or beside it in its note: "single hepatic metastasis segment 5 (27 mm)"."""
    told = session.lines[0]
    before = reversed(list(islice(timeline.back(told), MOST_BEFORE)))
    behind = (x for x in timeline.following(told, 2) if x.sentence.paragraph == told.sentence.paragraph)
    sizes = {
        float(size.concept): size
        for line in (*before, told, *behind)
        if line.labelled("SIZE") and not line.labelled("PRIOR_TREATMENT") and not _of_exam(line)
        for said, size in _sized([line], everywhere=True)
        if said.site == place.site
        and said.site
        and not conflict(said, place)
        and not NOW.search(line.read.flat[max(0, size.start - 24) : size.start])
    }
    return next(iter(sizes.values())) if len(sizes) == 1 else None


NOW = re.compile(r"\b(?:now|currently|today|presently|grown to|up to)\W+(?:\w+\W+)?$", re.IGNORECASE)
MOST_BEFORE = 40
"""Sentences before a telling that are looked at for the size of what was treated."""


def _told_size(place: Place, session: Session) -> Mention | None:
    """The size told before a session in the paragraphs that tell of it."""
    read: dict[tuple[str, int], int] = {}
    for told in session.lines:
        paragraph = told.sentence.paragraph
        here, lines = (told.read.note.note_id, paragraph), timeline.until(told)
        first = read.get(here, bisect_left(lines, paragraph, key=lambda x: x.sentence.paragraph))
        read[here] = max(first, len(lines))  # what came before told of no size
        sizes = _sizes_of(place, [x for x in lines[first:] if not _of_exam(x)], False)
        if sizes:
            return sizes[-1]
    return None
