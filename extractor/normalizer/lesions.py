"""Which lesions were treated in each session, where, how large, and how well covered? One row a target.

The head of a procedure note names its targets; counts ("two nodules") and labels ("Target B") tell twins; then the note is walked
through once, and each size, margin and word of coverage goes to the target last spoken of.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import islice

from extractor.model import Cell, Drop, Mention, ReadNote
from extractor.normalizer import corrections, coverage, naming, naming_clusters, naming_spots, timeline, told_later
from extractor.normalizer.lesion_details import LEAST, OF_SURGERY, describe, of_exam
from extractor.normalizer.lesion_targets import (
    BODY_SECTIONS,
    NOT_COUNTED,
    PAIRED,
    Draft,
    correct_sides,
    count,
    named_in_reports,
    past,
    places_in,
    reported,
    shares_report,
    sized,
    told_targets,
)
from extractor.normalizer.naming_spots import EARLIER, NOT_TREATED
from extractor.normalizer.places import (
    LOBES,
    SIDE_OF_LOBE,
    conflict,
    likeness,
    neighbours,
)
from extractor.normalizer.records import Line, Place, Session, Target, in_line, once, searched
from extractor.patterns import re
from extractor.pipeline.context import BOX

AGAIN = re.compile(
    r"\b(?:re-?(?:ablat|treat|freez|froze|cryo)\w*|re-?d(?:o|one|id)\b|repeat\w*(?! (?:\w+ )?(?:scans?|CT|imaging|images?|cycles?|MRI|US|ultrasound|fluoroscopy))|residual|remnant|recurren\w+|leftover|left-?over|again|second (?:session|ablation|cryo\w*|treatment|attempt|go)|previously (?:treated|ablated|frozen)|same (?:site|lesion|place)|(?:prior|old|previous|earlier) (?:(?!midline|surgical|operat|laparot|incision|thoracot|sternot)\w+ )?(?:ablation|zone|cryo\w*|cavity|scar|RFA|MWA)|came back|touch-?up|salvage|progressed|regrow\w*|completion|complementary|(?:remaining|untreated|spared|unfrozen) (?:portion|part|pole|component|tumou?r|mass|tissue)|remainder|(?:site|zone|area|region|lesion|nodule|place|bed) (?:already )?(?:treated|ablated|frozen) (?:in|on|at|last|earlier|before|previously)|(?:treated|ablated|frozen) (?:site|zone|area))\b",
    re.IGNORECASE,
)


def find(reads: Sequence[ReadNote], sessions: Sequence[Session], drops: list[Drop]) -> list[Target]:
    """Targets in order of session; a target treated before points to its newest row."""
    named = named_in_reports(sessions)
    drafts = {
        s.procedure_id: reported(s, named[s.procedure_id], shares_report(s, sessions), reads) if s.report else told_targets(s)
        for s in sessions
    }
    for session in sessions:
        _at_same_site(session, sessions, drafts)
    for together in _by_report(sessions):
        describe(together, [len(drafts[s.procedure_id]) for s in together], [d for s in together for d in drafts[s.procedure_id]])
    targets: list[Target] = []
    for session in sessions:
        correct_sides(session, drafts[session.procedure_id])
        targets += _rows(session, drafts[session.procedure_id], targets, reads, [s for s in sessions if s is not session])
    return targets


def _at_same_site(session: Session, sessions: Sequence[Session], drafts: Mapping[str, list[Draft]]) -> None:
    """An earlier session that a report on one target tells of as at the same site lies where that target does."""
    own = drafts[session.procedure_id]
    told = session.lines[0]
    if session.report or len(own) != 1 or own[0].place.site or not SAME_LESION.search(told.text):
        return
    of = [drafts[s.procedure_id] for s in sessions if s.report is told.read and s.when > session.when]
    if len(of) == 1 and len(of[0]) == 1:
        own[0].place = replace(of[0][0].place, name="")


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


def _rows(
    session: Session, drafts: Sequence[Draft], earlier: Sequence[Target], reads: Sequence[ReadNote], others: Sequence[Session]
) -> list[Target]:
    out: list[Target] = []
    taken: set[str] = set()
    for draft in drafts:
        place = _sided(draft.place, session, drafts, reads)
        if len(drafts) == 1 and session.report:
            place = _of_the_one(place, session)
        free = [t for t in earlier if t.lesion_id not in taken]
        before = _earlier(place, session, free) or _recurred(place, session, free, reads)
        if before:
            taken.add(before.lesion_id)
            place = _inherit(place, before.place)
        if not before and not place.site and len(drafts) == 1 and session.report and (told := _planned_before(session, reads)):
            place = naming_clusters.merged(place, told)
        place = _in_its_lobe(place)
        fresh = [r for r in reads if not before or r.note.note_date > before.session.when.date]
        cells = _cells(place, draft, session, fresh)
        if "size_mm" not in cells and len(drafts) == 1 and (only := _only_size(place, session, fresh)):
            cells["size_mm"] = Cell(float(only.concept), (only,))
        if len(drafts) == 1:
            cells.update(told_later.cells(cells, place, session, others, reads))
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


CAME_BACK = re.compile(r"\b(?:recurr\w+|regr[eo]w\w*|residual|again|came back|re-?treat\w*|persist\w*)\b", re.IGNORECASE)
TOLD_APART = ("height", "depth", "breadth", "reach", "layer")
"""Kinds of finer places by which one lesion is told from its fellow."""


def _of_the_one(place: Place, session: Session) -> Place:
    """With the word by which a report tells its one target from a fellow treated before: "the superficial nodule has recurred"."""
    told = [x for x in session.lines if x.read is session.report and CAME_BACK.search(x.text) and not x.labelled("SITE")]
    parts = [p for x in told for p in x.labelled("PART")[:1] if p.concept.split(":")[0] in TOLD_APART]
    known = {q.split(":")[0] for q in place.parts}
    fresh = [p for p in parts[:1] if p.concept.split(":")[0] not in known]
    return replace(place, parts=place.parts | {p.concept for p in fresh}, mentions=(*place.mentions, *fresh)) if fresh else place


def _planned_before(session: Session, reads: Sequence[ReadNote]) -> Place | None:
    """Where a report's one target lies that it does not tell: at the one place that the last note before it speaks of treating, else where it tells of one tumour alone."""
    before = [r for r in reads if r is not session.report and timedelta(0) <= session.when.date - r.note.note_date <= RECENT]
    for read in reversed(before):
        lines = [x for x in timeline.lines(read) if x.sentence.section not in ("past_history", "family_history", "consent")]
        told = [(x, p) for x in lines if naming_spots.TUMOUR.search(x.text) or x.labelled("PROCEDURE") for p in places_in(x) if p.site]
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
    behind = _in_background(place, session) if paired else []
    if len({p.side for p in behind}) == 1:
        side = next(m for m in behind[0].mentions if m.label in ("SIDE", "PART"))
        return replace(place, side=behind[0].side, mentions=(*place.mentions, side))
    limb = _side_of_limb(place, session)
    if len({m.concept for m in limb}) == 1:
        return replace(place, side=limb[0].concept, mentions=(*place.mentions, limb[0]))
    alone = _side_alone(session, paired) if len(drafts) == 1 else []
    if len({m.concept for m in alone}) == 1:
        return replace(place, side=alone[0].concept, mentions=(*place.mentions, alone[0]))
    headed = [m for m in _headed(session) if not _of_other_place(m, place, session)] if paired else []
    if len({m.concept for m in headed}) == 1:
        return replace(place, side=headed[0].concept, mentions=(*place.mentions, headed[0]))
    about = [m for p in _indicated_near(place, session) for m in p.mentions if m.label == "SIDE"] if len(drafts) == 1 and paired else []
    if len({m.concept for m in about}) == 1:
        return replace(place, side=about[0].concept, mentions=(*place.mentions, about[0]))
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


def _indicated_near(place: Place, session: Session) -> list[Place]:
    """The places with a side that the report's indication names by a neighbouring site: "recurrence in the bed of the left kidney"."""
    told = [x for x in session.lines if x.read is session.report and x.sentence.section in naming_clusters.BACKGROUND]
    return [
        p
        for x in told
        if naming_spots.TUMOUR.search(x.text)
        for p in places_in(x)
        if p.side and neighbours(replace(p, side=""), replace(place, side=""))
    ]


def _in_background(place: Place, session: Session) -> list[Place]:
    """The same site, with a side, in what the report tells of the tumour before the session: "Background: second recurrence, left thigh, two nodules"."""
    sections = (*naming_clusters.BACKGROUND, "past_history")
    told = [x for x in session.lines if x.read is session.report and x.sentence.section in sections]
    return [p for x in told if naming_spots.TUMOUR.search(x.text) or x.labelled("HISTOLOGY") for p in _same(x, place)]


def _side_of_limb(place: Place, session: Session) -> list[Mention]:
    """The sides right before the limb of a place, where the report says why it was treated: "Reason: deposits in the left foot"."""
    if not any(p.startswith("limb:") for p in place.parts):
        return []
    told = [x for x in session.lines if x.read is session.report and x.sentence.section in naming_clusters.BACKGROUND]
    return [
        m
        for x in told
        for p in x.labelled("PART")
        if p.concept.startswith("limb:") and p.concept in place.parts
        for m in x.labelled("SIDE")
        if m.end < p.start and x.read.flat[m.end : p.start].isspace()
    ]


def _flank(place: Place) -> bool:
    """True for the part of the abdominal wall that lies on one side by its name."""
    return any("flank" in m.text.lower() for m in place.mentions if m.label == "SITE")


SIDE_ALONE = re.compile(
    r"\W*(?P<called>(?:the )?(?:side|laterality)(?: treated)?\W+)?(?:left|right|l|r|lt|rt)\b\.?(?: side| sided)?\W*", re.IGNORECASE
)


def _side_alone(session: Session, paired: bool) -> list[Mention]:
    """The sides that a line of the report holds and no more: "Laterality: right"; of what has no two sides only where the line says that it is one."""
    own = [x for x in session.lines if x.read is session.report and x.labelled("SIDE")]
    lines = [x for x in own if (said := SIDE_ALONE.fullmatch(x.text)) and (paired or said["called"])]
    return [m for x in lines for m in x.labelled("SIDE")] or [m for x in own for m in _ticked_side(x)]


OF_SIDE = re.compile(
    r"\W*(?:(?:tumou?r|target|lesion|treated|procedure)\W+)?(?:sides?|laterality)(?: (?:treated|of (?:lesion|target|procedure)))?\W*",
    re.IGNORECASE,
)


def _ticked_side(line: Line) -> list[Mention]:
    """The side that the line of a form ticks: "Side: [ ] Right [x] Left [ ] Midline"."""
    if not BOX.search(line.text):
        return []
    words = BOX.sub(" ", line.text)
    for m in line.labelled("SIDE"):
        words = words.replace(m.words, " ")
    sides = [m for m in line.labelled("SIDE") if not m.has("negated")]
    return sides if len(sides) == 1 and OF_SIDE.fullmatch(words) else []


def _headed(session: Session, shared: bool = False) -> list[Mention]:
    """The sides that the report's own lines on what was done give: "cryoablation, left thorax, three targets"; ``shared``: of several counted targets."""
    lines = [x for n, x in enumerate(session.lines) if x.read is session.report and naming_spots.title(x, n)]
    if shared:
        told = [x for x in session.lines if x.read is session.report and x.sentence.section in naming_spots.BODY and SHARED.search(x.text)]
        lines = [x for x in (*lines, *(x for x in told if x not in lines)) if count(x) > 1 and not places_in(x)]
    return [m for x in lines for m in _own_sides(x)]


SHARED = re.compile(r"\b(?:treated|ablated|froze|targeted)\b.*\bin the (?:left|right) (?:hemi-?thorax|chest|pleura|side)\b", re.IGNORECASE)
"""Where a story says on which side all of the targets that it counts lie."""


@once
def _own_sides(line: Line) -> tuple[Mention, ...]:
    """The sides of a line that are not another operation's: "left adrenalectomy; microwave ablation of segment 3"."""
    return tuple(m for m in line.labelled("SIDE") if not OF_SURGERY.match(line.read.flat, m.end, line.sentence.end))


def _of_other_place(side: Mention, place: Place, session: Session) -> bool:
    """True if a title's side is that of another place it names, and this one can lie in the midline: "presacral mass and left iliac bone"."""
    return place.site in MIDLINE and any(
        side in p.mentions and p.site and p.site != place.site for x in session.lines for p in places_in(x)
    )


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
    return [p for p in places_in(line) if p.site == place.site and p.side and not conflict(p, place)]


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
    if not searched(AGAIN, head + " " + " ".join(x.text for x in session.lines[:12])):
        return None
    if _is_new(place, session):
        return None
    told = [x for x in session.lines if x.sentence.section in ("", "procedure", "impression", "date") and not _of_fellow(x, place)]
    title = " ".join(x.text for x in told)
    titled = searched(AGAIN, title) is not None
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


def _of_fellow(line: Line, place: Place) -> bool:
    """True if a line speaks of another numbered target of its report: "Target 1: left para-aortic recurrence" says nothing of target 2."""
    names = {m.concept for m in line.labelled("NAME")}
    return bool(place.name and names) and place.name not in names


def _called_the_same(place: Place, session: Session, newest: Sequence[Target]) -> Target | None:
    """The one lesion treated before on this side of this site, where the place is called the same: "left para-aortic, same site as July"."""
    coarse = Place(place.site, place.side, frozenset(), "", ())
    who = [t for t in newest if t.place.site == place.site and not conflict(coarse, replace(t.place, parts=frozenset(), name=""))]
    said = [x for x in session.lines if any(m in x.mentions for m in place.mentions) and SAME_LESION.search(x.text)]
    return who[0] if said and len(who) == 1 else None


def _spoken(target: Target, session: Session) -> float:
    """How well the report's own words agree with the place of an earlier target, where they name no target of theirs."""
    said = [p for x in session.lines[:12] for p in places_in(x)]
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
            places = places_in(Line(read, sentence))
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
    own = [x for x in session.lines if x.read is session.report and NEW.search(x.text) and places_in(x)]
    return any(p.site == place.site and not conflict(p, place) for x in own for p in places_in(x)[:1])


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
        sizes = day_of or draft.sizes
        first = (corrected or _newest(day_of, session) or _of_whole(sizes, session) or _measured_now(sizes, session) or sizes)[0]
        return first if corrected else _of_all_axes(first, session)
    told = _own_length(place, session) if session.report else _told_size(place, session) or _lone_size(place, session)
    if told:
        return told
    background = [
        x for x in session.lines if x.sentence.section in (*NOT_COUNTED, *naming_clusters.BACKGROUND) and x.sentence.section != "addendum"
    ]
    before = [r for r in reads if r.note.note_date <= session.when.date and r is not session.report]
    for lines in (background, *(timeline.lines(r) for r in reversed(before))):
        sizes = _sizes_of(place, lines, lines is background)
        if sizes:
            return sizes[0]
    return None


def _only_size(place: Place, session: Session, reads: Sequence[ReadNote]) -> Mention | None:
    """The size of a session's one target: of a rest that its report names by length alone, else the only one that the last note before measures."""
    report = session.report
    if not report:
        return _beside_telling(place, session)
    rest = [m for x in session.lines if x.read is report for m in x.labelled("LENGTH") if _of_rest(m, x)]
    if rest:
        return rest[0] if len(rest) == 1 else None
    before = [r for r in reads if timedelta(0) <= session.when.date - r.note.note_date <= RECENT and r is not report]
    for read in reversed(before):
        told = [
            (x, m)
            for x in timeline.lines(read)
            for m in x.labelled("SIZE")
            if not past(x, m) and not m.has("intended", "negated", "family")
        ]
        if told:
            x, m = told[0]
            return m if len(told) == 1 and not any(p.site and (p.site != place.site or conflict(p, place)) for p in places_in(x)) else None
    return None


def _of_rest(m: Mention, line: Line) -> bool:
    """True for the length of what is left or came back, right behind it or with its place between: "Residual along the vein, 1.5 cm on today's scan"."""
    if REST.match(line.read.flat, m.end):
        return True
    return REST_AHEAD.fullmatch(line.read.flat, line.sentence.start, m.start) is not None and float(m.concept) >= LEAST


def _beside_telling(place: Place, session: Session) -> Mention | None:
    """The length with which a session is told, of the one tumour that it treated: "RFA plus cement (1.9 cm, sedation)"; else the size that the sentences before give "it"."""
    told = session.lines[0]
    text, ends = told.read.flat, [m.end for m in told.labelled("PROCEDURE")]
    behind = [
        m
        for m in told.labelled("LENGTH")
        if ends and m.start > min(ends) and ASIDE.search(text, told.sentence.start, m.start) and CLOSES.match(text, m.end)
    ]
    if behind and not of_exam(told):
        return behind[0] if len(behind) == 1 and float(behind[0].concept) >= LEAST else None
    if not IT.search(told.text) or places_in(told):
        return None
    before = [x for x in islice(timeline.back(told), 2) if x.sentence.paragraph == told.sentence.paragraph and not of_exam(x)]
    other = any(p.site and (p.site != place.site or conflict(p, place)) for x in before for p in places_in(x))
    sizes = [m for x in before for m in x.labelled("SIZE") if not m.has("intended", "negated", "family")]
    return sizes[0] if len(sizes) == 1 and not other else None


ASIDE = re.compile(r"(?:\(|\b(?:letter|report|note|summary|record)s?,?|\bthen|\bat the time,?)\s*$", re.IGNORECASE)
CLOSES = re.compile(r"\s*(?:[,;)]|at (?:the|that) time\b|then\b|before\b|on (?:the )?(?:day|CT)\b)", re.IGNORECASE)
"""Around the size of what was treated, told aside."""
IT = re.compile(
    r"\b(?:it|this|that|this one|that one|the (?:lesion|nodule|mass|tumou?r|metastasis|deposit)) (?:was|had|got|underwent|has been)\b",
    re.IGNORECASE,
)
RECENT = timedelta(days=120)
REST = re.compile(r"\s(?:residual |enhancing |viable )?(?:remnant|remainder|residue|regrowth|recurrence)\b", re.IGNORECASE)
"""What is left or came back, right behind its length."""
REST_AHEAD = re.compile(
    r"\W*(?:the )?(?:residual|remnant|remainder|residue|regrowth|recurrence|recurrent tumou?r|residual tumou?r|(?:remaining|untreated|spared|unfrozen) (?:portion|part|pole|component|tumou?r|mass|tissue))\b[^.;:\d(]{0,50}[,:(]\s*(?:now |about )?",
    re.IGNORECASE,
)
"""How a sentence opens on it, up to its length."""


AXIS = r"(?:A-?P|TR|TV|CC|SI|ML|LR|CCD|(?:antero-?posterior|trans(?:verse|v\.?)?|cranio-?caudal|cephalo-?caudal|supero-?inferior|medio-?lateral|axial|sagittal|coronal)(?:ly)?|(?:in )?(?:the |its )?(?:long(?:est)?|short(?:est)?)(?:[- ](?:axis|diameter))?|wide|high|tall|in (?:length|width|height|depth))"
NEXT_AXIS = re.compile(
    rf"[\s,;(]*(?P<own>{AXIS})?[\s,;)]*(?:(?:and|by|x|×|&|/)[\s(]*)?(?P<next>{AXIS})?[\s:=,(]*(?:of |is |was )?", re.IGNORECASE
)
"""Between two dimensions of one tumour, each told with its axis: "31 mm AP, 26 mm transverse", "short axis 12 mm, long axis 19 mm"."""
AXIS_AHEAD = re.compile(rf"\b{AXIS}\)?[\s:=]*(?:of |is |was )?$", re.IGNORECASE)
AXIS_BEHIND = re.compile(rf"\s*\(?{AXIS}\b", re.IGNORECASE)


def _of_all_axes(size: Mention, session: Session) -> Mention:
    """The largest of the dimensions that a sentence tells one by one, each with its axis."""
    line = next((x for x in session.lines if x.sentence.start <= size.start < x.sentence.end and x.read.note.note_id == size.note_id), None)
    told = [m for m in line.labelled("SIZE", "LENGTH") if m.start >= size.start] if line else []
    run = told[:1]
    for m in told[1:]:
        between = NEXT_AXIS.fullmatch(line.read.flat, run[-1].end, m.start) if line else None
        axes = (
            between
            and line
            and (AXIS_AHEAD.search(line.read.flat, line.sentence.start, size.start) or AXIS_BEHIND.match(line.read.flat, m.end))
        )
        if not between or not (between["next"] or (between["own"] and axes)):
            break
        run.append(m)
    return max(run, key=lambda m: float(m.concept), default=size)


def _newest(sizes: Sequence[Mention], session: Session) -> list[Mention]:
    """The size told as that of the day right behind an older one: "target 1.1 cm (MRI 4/12), now 1.3 cm on CT"."""
    text = session.report.flat if session.report else ""
    if len(sizes) < 2 or not OF_TODAY.search(text[max(0, sizes[1].start - 24) : sizes[1].start]):
        return []
    between = text[sizes[0].end : sizes[1].start]
    parted = re.search(r"[;]|\.\s", between) and not re.search(r"\bit (?:is|was|now|measures)\b", between, re.IGNORECASE)
    return [sizes[1]] if len(between) < 60 and not parted else []


PIECES = re.compile(
    r"\b(?:lobul\w+|component|nodular part|loculat\w+|locule|lobe of it|portion|part|half|dumb-?bell|bilobed|multilobed|knob)s?\b",
    re.IGNORECASE,
)
WHOLE = re.compile(
    r"\b(?:in all|all in all|overall|altogether|in total|as a whole|taken together|total|entire(?:ty)?|whole|conglomerate|combined|aggregate)\b[^.;\d]{0,40}$",
    re.IGNORECASE,
)


def _of_whole(sizes: Sequence[Mention], session: Session) -> list[Mention]:
    """The size of the whole of a target whose pieces are measured before or after it: "anterior lobule 3.1 cm, posterior 1.8 cm; in all 4.4 x 3.0 cm"."""
    text = next((x.read.flat for x in session.lines if x.read.note.note_id == sizes[0].note_id), "") if len(sizes) > 1 else ""
    if not PIECES.search(text):
        return []
    return [
        m for m in sizes if WHOLE.search(text, max(0, m.start - 60), m.start) and float(m.concept) >= max(float(k.concept) for k in sizes)
    ]


def _measured_now(sizes: Sequence[Mention], session: Session) -> list[Mention]:
    """Of several sizes of a target those that no exam of an earlier day gave: "MRI 5/18: new 1.7 cm nodule. ... Nodule 19 x 14 mm. One probe"."""
    own = set(sizes)
    cited = {
        m for x in session.lines if x.read is session.report for m in x.labelled("SIZE") if m in own and _of_earlier_exam(m, x, session)
    }
    return [m for m in sizes if m not in cited] if cited else []


def _of_earlier_exam(size: Mention, line: Line, session: Session) -> bool:
    exams = [m for m in line.labelled("IMAGING") if m.end <= size.start and m.concept != "pathology"]
    days = [w for d in line.labelled("DATE") if d.end <= size.start and (w := timeline.when(d, line.read.note, session.when.date))]
    return bool(exams and days) and all(w.date < session.when.date and not w.agrees(session.when) for w in days)


OF_TODAY = re.compile(
    r"\b(?:now|today|currently)(?:['’]s (?:planning |CT |MRI? )?(?:scan|CT|MRI?|images?|study))?(?:,? it)?(?: (?:is|at|of|about|measur\w+|up to|down to))?\s$",
    re.IGNORECASE,
)


def _made(size: Mention, session: Session) -> bool:
    """True for a distance that something was brought to, not the size of a tumour: "lifting the skin to 17 mm"."""
    text = session.report.flat if session.report and session.report.note.note_id == size.note_id else ""
    return (
        MADE.search(text[max(0, size.start - 40) : size.start]) is not None
        or SHIFTED.search(text, max(0, size.start - 40), size.start) is not None
    )


MADE = re.compile(
    r"\b(?!gr[eo]w)(?:\w+ing|\w+ed|pushe?s?|lifts?) (?:(?:the |it |its )?\w+ (?:away |off |up |out )?|(?:[\w/-]+ ){1,5}(?:away|off|aside|apart) )to $",
    re.IGNORECASE,
)
SHIFTED = re.compile(
    r"\b(?:re-?position\w*|re-?sited|moved|shifted|advanced|withdrawn|retracted|pulled(?: back)?|drawn back|backed (?:up|out)|pushed|stepped)(?: (?:by|about|a further|another|some|forward|back|in|out))* $",
    re.IGNORECASE,
)
"""Before how far a probe was moved."""
RESIZED = re.compile(
    r"\b(?:re-?)?measur\w+|\bsizes?\b|dimension|diameter|largest|longest|\b(?:lesion|target|tumou?r|mass|nodule|deposit|metastasis|node)(?: (?:no\.? ?)?#?[1-9A-E])? (?:is|was|should be)\b",
    re.IGNORECASE,
)


def _corrected_size(draft: Draft, session: Session) -> list[Mention]:
    """The sizes that an addendum gives in place of others."""
    late = corrections.of_session(session)
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
        for said, size in sized(line)
        if (score := likeness(said, place)) >= 2 or (own and not said.site and not conflict(said, place))
    ]
    best = max((score for score, _ in scored), default=0.0)
    return [size for score, size in scored if score == best]


def _own_length(place: Place, session: Session) -> Mention | None:
    """A length that stands alone among the items by which a report tells of a target: "Segment 8, residual tumor, 31 mm"; "2.9 cm today"."""
    if corrections.of_session(session):
        place = replace(place, side="")  # the report may name the other side
    before: Line | None = None
    for line in session.lines:
        told = [m for m in line.labelled("LENGTH") if _alone(m, line) or (not before and _closes(m, line))]
        told = [m for m in told if line.sentence.section in BODY_SECTIONS and not naming.left_alone(line, m.start)]
        here = places_in(line)
        if told and not here and before and before.sentence.paragraph == line.sentence.paragraph:
            here = places_in(before)
        ahead = [p for p in here if told and min(m.start for m in p.mentions) < told[0].start]
        here = ahead or here
        named = [p for p in here if likeness(p, place) >= 2 and (not (p.parts and place.parts) or p.parts & place.parts)]
        if told and len(named) == 1 == len(here) and float(told[0].concept) >= LEAST:
            return told[0]
        before = line if places_in(line) else before
    return None


def _closes(m: Mention, line: Line) -> bool:
    """True for the length with which a title that names an ablation ends: "Cryoablation #1, left chest wall, upper lobule 6.0 cm"."""
    return bool(line.labelled("PROCEDURE")) and not line.read.flat[m.end : line.sentence.end].strip(" .")


def _alone(m: Mention, line: Line) -> bool:
    text = line.read.flat
    opens = re.search(
        r"(?:^|[,;(]\s*|\b(?:component|portion|disease|remnant|rest|residuum|regrowth)\s)$", text[line.sentence.start : m.start]
    )
    return bool(opens and re.match(r"\s*(?:(?:today|now)\b|[,;.)]|$)", text[m.end : line.sentence.end]))


def _lone_size(place: Place, session: Session) -> Mention | None:
    """The one size of a tumour of the same organ told before a session or beside it in its note: "single hepatic metastasis segment 5 (27 mm)"."""
    told = session.lines[0]
    before = reversed(list(islice(timeline.back(told), MOST_BEFORE)))
    behind = (x for x in timeline.following(told, 2) if x.sentence.paragraph == told.sentence.paragraph)
    sizes = {
        float(size.concept): size
        for line in (*before, told, *behind)
        if line.labelled("SIZE") and not line.labelled("PRIOR_TREATMENT") and not of_exam(line)
        for said, size in sized(line)
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
        sizes = _sizes_of(place, [x for x in lines[first:] if x.labelled("SIZE") and not of_exam(x)], False)
        if sizes:
            return sizes[-1]
    return None
