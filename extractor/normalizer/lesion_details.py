"""What is said of each target? A report is walked through once, and each size, margin and word of coverage goes to the target that its
name, number, side, part or order means, else to the one last spoken of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from extractor.model import Mention, PartialDate, ReadNote
from extractor.normalizer import corrections, coverage, naming, naming_spots, setup, timeline
from extractor.normalizer.lesion_targets import ALL, BODY_SECTIONS, Draft, past, places_in
from extractor.normalizer.places import (
    DOME,
    KINDS,
    MUSCULAR,
    UNDER_DOME,
    conflict,
    likeness,
    near_site,
)
from extractor.normalizer.records import Line, Place, Session, once
from extractor.patterns import re

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

Event = tuple[int, list[int]]
"""From which character on which targets are spoken of."""


def describe(sessions: Sequence[Session], counts: Sequence[int], drafts: list[Draft]) -> None:
    """Walk through the sentences once; sizes, margins and coverage go to the target last spoken of."""
    lines = list(dict.fromkeys(x for s in sessions for x in s.lines))
    lines = sorted(lines, key=lambda x: x.sentence.start) if len(sessions) > 1 else lines
    titled = _titled(lines)
    if len(drafts) == 1:  # of the one target a line that measures nothing says nothing, but for what an addendum calls wrong
        lines = [x for x in lines if x.labelled("SIZE", "LENGTH", "MARGIN", "COVERAGE") or x.sentence.section == "addendum"]
    short = naming_spots.short_names(lines) if len(drafts) > 1 else {}
    active = list(range(len(drafts)))
    mine = _indices(sessions, counts)
    strange: list[tuple[Line, Mention, list[int]]] = []
    items = _items(lines, drafts) | _headed_apart(lines, drafts)
    heads = _opened(lines, drafts)
    owners = _owners(lines, drafts)
    above: Line | None = None
    recent: list[tuple[int, list[int]]] = []
    named_late = False  # has an addendum said of which target it speaks?
    began = _begun_with_first(lines, drafts) if sessions[0].report else None
    for line in lines:
        if sessions[0].report and line.sentence.section not in BODY_SECTIONS and line.sentence.section not in titled:
            continue
        active = [_first_named(drafts)] if line is began else active
        own = _of_energy(line, mine)
        active = _last_of(own, line, recent) if own and not set(active) <= set(own) else active
        events = _figures_first(line, _events(line, drafts, short.get(line, ())))
        events = _behind_head(line, heads, _within_item(events, line, owners))
        unnamed = [] if events else items.get(line) or _by_rank(line, active, drafts) or _left_over(line, above, active, drafts)
        before, above = above, line
        active = unnamed or active
        in_order = _in_order(line, events, drafts)
        told = [*_headed_length(line, drafts), *line.labelled("SIZE", "MARGIN", "COVERAGE")]
        for mention in _righting_margins(line, drafts) or _margins_of_it(line, before) or told:
            if (
                _of_another(line, mention, drafts)
                or of_surgery(line, mention)
                or (sessions[0].report and (_of_earlier(line, mention) or _dated_before(line, mention, sessions[0].when)))
                or (not sessions[0].report and mention.label == "SIZE" and (of_exam(line) or _of_other_site(line, mention, drafts)))
                or (mention.label == "SIZE" and naming.left_alone(line, mention.start))
            ):
                continue
            righted = [] if named_late and not events else _righted(line, mention, drafts)
            who = in_order.get(mention) or _spoken_of(line, mention, events, drafts) or righted or active
            if mention.label == "SIZE" and _elsewhere(line, mention, drafts):
                strange.append((line, mention, who))
                continue
            for i in who:
                _give(drafts[i], line, mention)
        recent.append((line.sentence.paragraph, active))
        if events:
            active = events[-1][1]
            recent.append((line.sentence.paragraph, active))
            named_late = line.sentence.section == "addendum"
        elif len(active) == 1:
            _give_side(drafts[active[0]], line)
    for line, mention, who in strange:
        for i in who if not any(drafts[i].sizes for i in who) else ():
            _give(drafts[i], line, mention)
    _to_the_tightest(drafts)


def _titled(lines: Sequence[Line]) -> frozenset[str]:
    """The sections of a report that a heading of another kind opens with what was done: "Exam: CT-guided cryoablation, left shoulder"."""
    heads = {x.sentence.section: x for x in reversed(lines)}
    return frozenset(name for name, x in heads.items() if name == "exam" and x.labelled("PROCEDURE"))


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


def _elsewhere(line: Line, size: Mention, drafts: Sequence[Draft]) -> bool:
    """True for a size that a line tells of no place near a target, but of another: "the liver lesion, 18 mm, was sampled"."""
    here = [p for p in places_in(line) if p.site and not naming.height_alone(p)]
    ends = [(max(m.end for m in p.mentions if m.label in ("SITE", "PART")), p) for p in here]
    here = [p for end, p in ends if end <= size.start and RIGHT_BEHIND.fullmatch(line.read.flat, end, size.start)] or here
    sites = [d.place.site for d in drafts]
    return bool(here) and all(sites) and not any(near_site(p.site, site) for p in here for site in sites)


RIGHT_BEHIND = re.compile(r"(?: (?:nodule|lesion|mass|deposit|metastasis|met|tumou?r|node|implant))?\s*\(", re.IGNORECASE)
"""Between a place and its size in brackets."""


def _opened(lines: Sequence[Line], drafts: Sequence[Draft]) -> dict[Line, tuple[int, int]]:
    """(where its own size stands, which target) of the sentences with which a paragraph opens on a target, where each has a paragraph and a size of its own."""
    sizes = [_own_size(d, drafts) for d in drafts] if len(drafts) > 1 else [None]
    out: dict[Line, tuple[int, int]] = {}
    for i, size in enumerate(sizes):
        text = next((x.read.note.text for x in lines if size and x.read.note.note_id == size.note_id), "")
        since = text.rfind("\n", 0, size.start) + 1 if size else 0
        opening = [x for x in lines if size and since <= x.sentence.start <= size.start]
        if size is None or not opening or any(x in out for x in opening) or text[since : opening[0].sentence.start].strip(LIST_MARK):
            return {}
        out.update((x, (size.start, i)) for x in opening)
    return out


LIST_MARK = " \t\r-•*"
"""What may stand in a line before the first sentence of a paragraph."""


def _own_size(draft: Draft, drafts: Sequence[Draft]) -> Mention | None:
    """The size that a target has and no other."""
    return next((m for m in draft.sizes[:1] if not any(m in d.sizes for d in drafts if d is not draft)), None)


def _behind_head(line: Line, heads: Mapping[Line, tuple[int, int]], events: list[Event]) -> list[Event]:
    """The events of a sentence that opens the paragraph of a target: up to its size it is spoken of, whatever its place is like."""
    if line not in heads:
        return events
    at, who = heads[line]
    return [(line.sentence.start, [who]), *(e for e in events if e[0] > at)]


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


def _owners(lines: Sequence[Line], drafts: Sequence[Draft]) -> dict[int, int]:
    """The target of each paragraph that opens with it and measures it or counts its probes, where every target has one such paragraph."""
    out: dict[int, int] = {}
    seen: set[int] = set()
    for line in lines if len(drafts) > 1 else ():
        if line.sentence.paragraph in seen or line.sentence.section not in BODY_SECTIONS:
            continue
        seen.add(line.sentence.paragraph)
        events = _events(line, drafts) if line.labelled("SIZE", "PROBES") else []
        if (
            events
            and len(events[0][1]) == 1
            and events[0][0] - line.sentence.start < NAMED_WITHIN
            and all(w == events[0][1] for _, w in events)
        ):
            out[line.sentence.paragraph] = events[0][1][0]
    return out if sorted(out.values()) == list(range(len(drafts))) else {}


NAMED_WITHIN = 30
"""Characters within which the target of an item is named."""


def _within_item(events: list[Event], line: Line, owners: dict[int, int]) -> list[Event]:
    """Without the other targets whose places an item names to say on which side of its own something was measured: "5 mm (pleural)"."""
    own = owners.get(line.sentence.paragraph)
    if own is None or line.labelled("NAME"):
        return events
    ends = [m.end for m in line.labelled("MARGIN")]
    return [(at, who) for at, who in events if len(who) != 1 or who[0] == own or not _at_side(at, ends, line)]


SIDE_OF_IT = re.compile(r"\s*[(,]?\s*(?:on the |the )?", re.IGNORECASE)


def _at_side(at: int, ends: Sequence[int], line: Line) -> bool:
    """True for a place right behind a margin: "5 mm (pleural)"."""
    return any(SIDE_OF_IT.fullmatch(line.read.flat, end, at) for end in ends if end <= at)


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


WORD_HEAD = re.compile(
    r"\W*(?!(?:ice|margins?|coverage|clearance|zones?|size|sizes|note|total|final|minimum|both|all)\b)(?:[a-z-]{3,} )?[a-z-]{3,}:\s",
    re.IGNORECASE,
)


def _headed_apart(lines: Sequence[Line], drafts: Sequence[Draft]) -> dict[Line, list[int]]:
    """Of two lines beside each other that each head a measure, the one that names no target is of the other of two: "Muscle: ice clears it by 7 mm. Bone: by 4 mm"."""
    heads = [x for x in lines if WORD_HEAD.match(x.text) and x.labelled("MARGIN", "COVERAGE")] if len(drafts) == 2 else []
    out: dict[Line, list[int]] = {}
    for first, second in pairwise(heads):
        beside = first.sentence.section == second.sentence.section and abs(second.sentence.paragraph - first.sentence.paragraph) <= 1
        told = [{i for _, who in _events(x, drafts) for i in who} for x in (first, second)]
        if (
            beside
            and sorted(map(len, told)) == [0, 1]
            and not any(x.labelled("SITE") for x, who in zip((first, second), told, strict=True) if not who)
        ):
            bare, named = (first, told[1]) if not told[0] else (second, told[0])
            out[bare] = [1 - next(iter(named))]
    return out


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
    """The one target named by its size in this line, or not told of yet, where a new paragraph measures a tumour without its place and the one spoken of has its size."""
    sizes = [m for m in line.labelled("SIZE") if not past(line, m) and not m.has("intended")]
    opens = _opens_a_line(line)
    owners = [i for i, d in enumerate(drafts) if any(m in d.sizes for m in sizes)] if opens else []
    if len(owners) == 1:
        return owners
    apart = above is not None and (above.sentence.paragraph != line.sentence.paragraph or opens)
    if not sizes or not apart or len(active) != 1:
        return []
    rest = [i for i, d in enumerate(drafts) if not d.sizes and not d.said]
    return rest if len(rest) == 1 and drafts[active[0]].sizes and naming_spots.TUMOUR.search(line.text) else []


OPENING = re.compile(
    r"\W{0,3}(?:the |an? )?(?:[\w-]+ ){1,4}?(?:nodule|lesion|mass|tumou?r|deposit|implant|node|metastasis|recurrence)[\s,:(]*\d",
    re.IGNORECASE,
)


def _opens_a_line(line: Line) -> bool:
    """True for a sentence that opens a line of its own with a tumour and its size: "Band nodule 1.2 cm: ice over it"."""
    start = line.sentence.start
    return "\n" in line.read.note.text[max(0, start - 3) : start] and OPENING.match(line.text) is not None


def _righting_margins(line: Line, drafts: Sequence[Draft]) -> list[Mention]:
    """The figures of an addendum as margins, where one that it takes back was told as a margin and not as a size."""
    told = line.labelled("SIZE", "LENGTH", "MARGIN", "COVERAGE") if line.sentence.section == "addendum" else []
    wrong = {m.concept for m in told if m.label != "COVERAGE" and corrections.taken_back(m, line)}
    if not wrong:
        return []
    margins = {m.concept for d in drafts for _, m in d.said if m.label == "MARGIN"}
    sizes = {m.concept for d in drafts for m in d.sizes}
    if not wrong & (margins - sizes):
        return []
    return [m if m.label == "COVERAGE" else replace(m, label="MARGIN") for m in told]


OF_MARGIN = re.compile(
    r"\b(?:margins?|clearance|rim|halo|(?:medial|lateral|deep|superficial|anterior|posterior|cranial|caudal|superior|inferior|depth) (?:figure|number|value|distance|measurement))\b",
    re.IGNORECASE,
)
OF_SIZE = re.compile(r"\b(?:sizes?|diameter|dimensions?|largest|longest|long axis)\b", re.IGNORECASE)
ITS_FIGURE = re.compile(
    r"\W*(?:re-?measured|measured (?:again|anew)|on (?:review|re-?measurement|second look|the workstation)|corrected)?[^.;]{0,40}?\b(?:it|this|that|the (?:correct|right|true|actual)(?: (?:figure|number|value))?)\b[^.;\d]{0,24}\d",
    re.IGNORECASE,
)


def _margins_of_it(line: Line, before: Line | None) -> list[Mention]:
    """The figure that an addendum gives for a margin that its sentence before called wrong: "The margin of target 2 is a slip. It is 6 mm"."""
    if line.sentence.section != "addendum" or before is None or before.sentence.section != "addendum":
        return []
    told = line.labelled("SIZE", "LENGTH", "MARGIN")
    wrong = corrections.CORRECTS.search(before.text) and OF_MARGIN.search(before.text) and not OF_SIZE.search(before.text)
    if not wrong or len(told) != 1 or before.labelled("SIZE", "LENGTH", "MARGIN") or not ITS_FIGURE.match(line.text):
        return []
    return [replace(m, label="MARGIN") for m in told]


def _righted(line: Line, mention: Mention, drafts: Sequence[Draft]) -> list[int]:
    """The targets whose margin an addendum can put right: those of which it takes a margin back, else those of which one was told."""
    if line.sentence.section != "addendum" or mention.label != "MARGIN":
        return []
    wrong = {m.concept for m in line.labelled("MARGIN", "LENGTH", "SIZE") if corrections.taken_back(m, line)}
    told = [{m.concept for _, m in d.said if m.label == "MARGIN"} for d in drafts]
    sides = coverage.aspects(line, mention)
    facing = [i for i, d in enumerate(drafts) if sides and any(m.label == "MARGIN" and coverage.aspects(x, m) & sides for x, m in d.said)]
    return [i for i, t in enumerate(told) if t & wrong] or facing or [i for i, t in enumerate(told) if t]


OF_THE_WAY = re.compile(
    r"\b(?:from|via|through|approach\w*|decubitus|oblique|access|side (?:up|down))\W+(?:the )?$|^\W*(?:approach|decubitus|side (?:up|down)|oblique|lateral decubitus|access|anterior oblique|arm|prone|supine)",
    re.IGNORECASE,
)


OF_SURGERY = re.compile(
    r"\s+(?:[\w-]+\s+){0,2}?(?:\w+ectomy|(?:re)?section|excision|biops\w+|thoracotomy|\w+plasty|drain\w*|stent\w*|emboli\w+|thoracoscop\w+)\b",
    re.IGNORECASE,
)
"""Behind the side of something else that was done: "left adrenalectomy; microwave ablation of segment 3"."""


def _give_side(draft: Draft, line: Line) -> None:
    """The side that a measured tumour gets in a sentence without its place: "2. Presacral. Mass 2.5 x 2.0 cm in the midline"."""
    sides = [] if naming_spots.other_field(line) else line.labelled("SIDE")
    if draft.place.side or len({m.concept for m in sides}) != 1 or not line.labelled("SIZE") or not naming_spots.TUMOUR.search(line.text):
        return
    at, to = sides[0].start - line.sentence.start, sides[0].end - line.sentence.start
    if not (OF_THE_WAY.search(line.text[:at]) or OF_THE_WAY.search(line.text[to:]) or OF_SURGERY.match(line.text, to)):
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


def _last_of(own: list[int], line: Line, recent: Sequence[tuple[int, list[int]]]) -> list[int]:
    """Of the targets of one energy those last spoken of in the line's paragraph; all where none was."""
    said = (who for paragraph, who in reversed(recent) if paragraph == line.sentence.paragraph)
    return next((who for who in said if set(who) <= set(own)), own)


def _spoken_of(line: Line, mention: Mention, events: Sequence[Event], drafts: Sequence[Draft]) -> list[int]:
    """Which targets a measure is told of; empty if its sentence names none near it."""
    inside = [who for at, who in events if mention.start < at < mention.end and len(who) < len(drafts)]
    if inside:  # "two thirds of the upper node lie in the ice"
        return inside[0]
    before = [who for at, who in events if at <= mention.start]
    whole = [who for at, who in events if mention.start < at < mention.end]
    if whole and not before:  # "zones cover both lesions completely"
        return whole[0]
    after = [(at, who) for at, who in events if mention.end <= at <= mention.end + 45] if len(drafts) > 1 else []
    if after and len(after[0][1]) == len(drafts) and FOR_ALL.fullmatch(line.read.flat[mention.end : after[0][0]]):
        return after[0][1]
    if after and (not before or naming_spots.ahead(mention, line.read.flat, after[0][0])):
        return after[0][1]
    return before[-1] if before else []


FOR_ALL = re.compile(
    r"(?: (?:margins?|clearance|wide|or more))?(?: (?:was|were|is|are|being))?(?: (?:obtained|achieved|reached|seen|had|gained|left|beyond))? (?:on|in|at|for|around|of|with|beyond) ",
    re.IGNORECASE,
)
"""Between a measure and the "both" or "each" that it is of: "5 mm obtained on both"."""


def _of_another(line: Line, mention: Mention, drafts: Sequence[Draft]) -> bool:
    """True for what is told of a place like those treated that is none of them: "the 6 mm nodule in the right lower lobe was left alone"."""
    text = line.read.flat
    soft = any(d.place.site != "bone" for d in drafts)
    here = [
        (min(m.start for m in p.mentions), p)
        for p in places_in(line)
        if not (soft and naming.height_alone(p)) and not (mention.label != "SIZE" and _on_the_side(p, line))
    ]
    near = [p for at, p in here if at <= mention.start][-1:] or [p for at, p in here if naming_spots.ahead(mention, text, at)][:1]
    alike = [d.place for d in drafts if near and d.place.site == near[0].site]
    return bool(alike) and all(conflict(near[0], p) for p in alike)


def _of_other_site(line: Line, size: Mention, drafts: Sequence[Draft]) -> bool:
    """True for a size told behind a place that no target of a told session can lie at: "microwave of the left lung, and cryoablation of a rib (24 mm)"."""
    ends = [(max(m.end for m in p.mentions if m.label == "SITE"), p) for p in places_in(line) if p.site]
    near = max(((end, n, p) for n, (end, p) in enumerate(ends) if end <= size.start), default=None)
    text = line.read.flat
    if (
        any(naming_spots.ahead(size, text, min(m.start for m in p.mentions)) for _, p in ends)
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
    text, spots = line.read.flat, [m for m in place.mentions if m.label in ("SITE", "PART")]
    ends, at = [m.end for m in spots], min((m.start for m in spots), default=0)
    return bool(ends and ITS_SIDE.match(text, max(ends)) and AT_ITS.search(text[max(0, at - 16) : at]))


SURGERY = re.compile(
    r"\b(?:excis(?:ions?|ed)|resect(?:ions?|ed)|wedge|(?!vas)\w+ectomy|amputat\w+|surgery|operat(?:ions?|ed)|specimen|path(?:olog\w+)?|histolog\w+)\b(?! (?:bed|cavity|site|scar|field|line|area|edge))(?P<between>[^;]{0,70})$",
    re.IGNORECASE,
)
CUT = re.compile(
    r"\b(?:with|by|at|to)(?: (?:an?|only|about|clear|negative|positive|close|narrow|wide|surgical|the|margins? of))* $|\b(?:negative|positive|clear|free|close|closest|nearest|surgical|resection|excision|histolog\w+|patholog\w+|microscopic)\b[^;]{0,30}$",
    re.IGNORECASE,
)
FROZEN = re.compile(
    r"\b(?:ice\w*|frost|zones?|cover\w*|cryo\w*|\w*ablat\w*|freez\w*|fro[sz]en?|microwave|MWA|RFA|encompass\w*|engulf\w*|halo|needles?|probes?)\b|\.\s",
    re.IGNORECASE,
)


def of_surgery(line: Line, mention: Mention) -> bool:
    """True for the margin of a resection told in a report: "wide excision in 2016 with 2 mm margins", "specimen: margins clear, closest 3 mm"."""
    if mention.label != "MARGIN":
        return False
    before = line.read.flat[line.sentence.start : mention.start]
    told = SURGERY.search(before)
    return bool(told and CUT.search(before) and not FROZEN.search(told["between"]))


def _of_earlier(line: Line, mention: Mention) -> bool:
    """True for what a clause tells of an ablation before this one: "prior cryo of a 15 mm nodule in 2019, margin 6 mm"."""
    low, _ = naming_spots.clause(line, mention.start)
    before = line.read.flat[low : mention.start]
    told = [before[: m.start - low] for m in line.labelled("PROCEDURE") if low <= m.start < mention.start]
    return any(PRIOR.search(b) and not (AT_OLD.search(b) and naming_spots.TUMOUR.search(b)) for b in told)


def _dated_before(line: Line, mention: Mention, session: PartialDate) -> bool:
    """True for what the words beside it tell of an earlier session: "the pole that we did not reach last May", "in May the ice stopped short of it"."""
    if mention.label not in ("MARGIN", "COVERAGE"):
        return False
    text = line.read.flat
    behind = ASIDE_ENDS.search(text, mention.end, line.sentence.end)
    until = behind.start() if behind else line.sentence.end
    since = max((m.end() for m in ASIDE_ENDS.finditer(text, line.sentence.start, mention.start)), default=line.sentence.start)
    if LAST_TIME.search(text, since, until):
        return True
    other = OTHER_SESSION.match(text, line.sentence.start, mention.start) is not None
    days = [d for d in line.labelled("DATE") if since <= d.start and d.end <= until and (other or IN_WORDS.search(d.words))]
    told = [w for d in days if (w := timeline.when(d, line.read.note)) and w.precision != "year"]
    return bool(told) and all((w.date.year, w.date.month) < (session.date.year, session.date.month) for w in told)


OTHER_SESSION = re.compile(
    r"\W*(?:(?:in|at|during|with) )?(?:the |our |her |his )?(?:first|initial|previous|prior|earlier|last|1st) (?:session|sitting|procedure|treatment|\w*ablation|cryo)\b",
    re.IGNORECASE,
)
"""How a sentence opens that tells of another session by its day: "First session 11/2019 covered all but the left third"."""
IN_WORDS = re.compile(r"[a-z]{3}", re.IGNORECASE)
"""A day in figures alone beside a margin may be its cycles: "3-7-10 | 7 mm"."""
ASIDE_ENDS = re.compile(r"[,;:()|]|\.(?!\d)|\b(?:and|but|now|this time|today)\b", re.IGNORECASE)
LAST_TIME = re.compile(
    r"\b(?:(?:the )?last time|(?:at|in|during|with) (?:the|our|her|his) (?:first|previous|prior|earlier|last) (?:session|procedure|sitting)|the first time (?:round|around))\b",
    re.IGNORECASE,
)
"""Words that put what is told at a session before."""

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
    out.update((_margins_in_order(line, events, drafts) or _of_the_other(line, events, drafts)) if not out else {})
    sizes = [m for m in line.labelled("SIZE") if not past(line, m)]
    starts = [at for at, _ in events]
    for i, first in enumerate(sizes):
        run = [m for m in sizes[i:] if not any(first.start <= at < m.start for at in starts)]
        ends = {m.end for m in line.labelled("NAME")}
        told = [who for at, who in events if at < first.start and at not in ends and not any(at < m.start < first.start for m in sizes)]
        told = [who for n, who in enumerate(told) if who not in told[:n]]
        if first not in out and len(run) > 1 and len(told) == len(run) and all(len(who) == 1 for who in told):
            out.update(zip(run, told, strict=True))
    return out


def _margins_in_order(line: Line, events: Sequence[Event], drafts: Sequence[Draft]) -> dict[Mention, list[int]]:
    """As many margins in a row as targets named before them: "the paracolic and the perisplenic implants are covered with 7 and 9 mm"."""
    told = line.labelled("MARGIN")
    if len(told) < 2 or not all(AND.fullmatch(UNIT.sub("", line.read.flat[a.end : b.start])) for a, b in pairwise(told)):
        return {}
    who = [i for at, named in events if at < told[0].start for i in (named if len(named) == 1 else ())]
    named = list(dict.fromkeys(who))
    return {m: [i] for i, m in zip(named, told, strict=True)} if len(named) == len(told) <= len(drafts) else {}


def _of_the_other(line: Line, events: Sequence[Event], drafts: Sequence[Draft]) -> dict[Mention, list[int]]:
    """The first of two sizes is the other target's, where a clause calls that by a noun and the next names its fellow: "the muscle deposit is 36 mm, the bone deposit is 21 mm"."""
    sizes = [m for m in line.labelled("SIZE") if not past(line, m)]
    named = {i for _, who in events for i in who}
    if len(drafts) != 2 or len(sizes) != 2 or len(named) != 1 or not sizes[0].end <= events[0][0] < sizes[1].start:
        return {}
    called = CALLED.search(line.read.flat, line.sentence.start, sizes[0].start)
    own = next(iter(named))
    return {sizes[0]: [1 - own], sizes[1]: [own]} if called and CLAUSE_BREAK.search(line.read.flat, sizes[0].end, events[0][0]) else {}


CALLED = re.compile(
    r"\bthe (?:[\w-]+ ){1,2}(?:deposit|lesion|nodule|mass|tumou?r|metastasis|implant|node|one)\b[^.;,]{0,30}$", re.IGNORECASE
)
CLAUSE_BREAK = re.compile(r"[,;]|\band\b", re.IGNORECASE)


UNIT = re.compile(r"^\s*[mc]m\b")


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
    last = not rest or rest.startswith(":") or KIND_BEHIND.fullmatch(rest)
    placed = line.labelled("SITE", "PART")
    return told[0] if last and placed and len(own) == 1 and not own[0].sizes and float(told[0].concept) >= LEAST else None


KIND_BEHIND = re.compile(
    r"(?!beyond|past|outside|around|elsewhere|deep|apart|away|all|or|and)[a-z-]{4,}(?: (?:nodule|lesion|mass|deposit|metastasis|tumou?r|node|implant|focus))?",
    re.IGNORECASE,
)
"""What a tumour is like, or its noun, behind the size that ends an item: "(b) sacral ala, 20 mm lytic"."""


def _give(draft: Draft, line: Line, mention: Mention) -> None:
    if mention.label in ("SIZE", "LENGTH"):
        if not past(line, mention) and not mention.has("intended"):
            draft.sizes.append(mention)
    else:
        draft.said.append((line, mention))


def _events(line: Line, drafts: Sequence[Draft], short: Sequence[tuple[int, str]] = ()) -> list[Event]:
    """(character, targets spoken of from here on) in order."""
    if len(drafts) == 1:
        return []
    out: list[Event] = []
    start = line.sentence.start
    out += [(start + m.start(), list(range(len(drafts)))) for m in ALL.finditer(line.text) if not _of_cycles(line, m)]
    out += _together(line, drafts)
    for n, mention in enumerate(line.labelled("NAME")):
        if n and BY_ANOTHER.search(line.read.flat[max(start, mention.start - 24) : mention.start]):
            continue
        who = [i for i, d in enumerate(drafts) if d.place.name == mention.concept] or (
            [int(mention.concept) - 1] if int(mention.concept) <= len(drafts) and not any(d.place.name for d in drafts) else []
        )
        out += [(mention.start, who)] if who else []
    if out and naming_spots.rows_of(line):
        return sorted(out, key=lambda e: e[0])
    out += [(start + m.start(), who) for m in RANKED.finditer(line.text) if (who := _ranks(m, drafts)) and not _cycle(m, line)]
    out += [(start + m.start(), [0 if m[1].lower() == "former" else 1]) for m in OF_TWO.finditer(line.text) if len(drafts) == 2]
    out += [(start, who) for who in [_by_word(line, drafts)] if who and not any(at <= start + 3 for at, _ in out)]
    for at, name in short:
        who = [i for i, d in enumerate(drafts) if d.place.name == name]
        out += [(at, who)] if who else []
    for noun in (
        HEAD_NOUN.match(line.text),
        *(finding for nouns in (IN_BRACKETS, IN_ITEMS, NOUN) for finding in nouns.finditer(line.text)),
    ):
        if noun and (who := _by_noun(noun[1], line, drafts)):
            out.append((start + noun.start(1), who))
    ranks = {
        p.start for p in line.labelled("PART") if p.concept.startswith("height:")
    }  # "the lower nodule" need not be that of the lower lobe
    named = [m for m in WORD_OF.finditer(line.text) if start + m.start(1) not in ranks]
    out += [(start + m.start(), who) for m in named if (who := _by_epithet(m[1].lower(), line, drafts))]
    covered: set[Mention] = set()
    text = line.read.flat
    out += [(at, [i]) for i, d in enumerate(drafts) for x, at in d.heads if x == line]
    for place in places_in(line):
        at = min(m.start for m in place.mentions if m.label == "SITE")
        aside = TOWARD.search(text[max(start, at - 40) : at]) or LIES_THERE.search(text[max(start, at - 40) : at])
        who = [] if aside or _on_the_side(place, line) else _meant(place, drafts)
        known = len(who) > 1 and any(set(before) < set(who) for at_, before in out if start <= at_ <= at)
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


ITEM = re.compile(r"[^;]+")
FIGURE_OPENS = re.compile(r"(?:[^:;]{0,30}:)?\s*(?:(?:and|at least|about|over|min(?:imum)?|[>≥~]=?)\s*)*", re.IGNORECASE)


def _figures_first(line: Line, events: list[Event]) -> list[Event]:
    """With each target told from the head of its item on, where every item of a list gives its figure first: "Margin: 7 mm lower lobe; 5 mm lingula"."""
    start, items = line.sentence.start, [m.span() for m in ITEM.finditer(line.text) if m[0].strip(" .\n")]
    out: list[Event] = []
    for low, high in items if len(items) > 1 else ():
        figure = next((m for m in line.labelled("MARGIN", "LENGTH") if start + low <= m.start < start + high), None)
        told = [who for at, who in events if figure and figure.end <= at < start + high]
        early = any(start + low <= at < (figure.start if figure else 0) for at, _ in events)
        if not told or early or figure is None or not FIGURE_OPENS.fullmatch(line.read.flat, start + low, figure.start):
            return events
        out.append((start + low, told[0]))
    return out or events


BY_ANOTHER = re.compile(
    r"\b(?:(?:medial|lateral|cranial|caudal|cephalad|caudad|superior|inferior|anterior|posterior|deep|adjacent|next|close|proximal|distal) to|above|below|behind|beside|near|from|than|as|like) (?:the )?$",
    re.IGNORECASE,
)
"""Before the name of another target, by which a line only tells where its own lies: "2 cm caudal to target 1"."""


def _together(line: Line, drafts: Sequence[Draft]) -> list[Event]:
    """The lesions of a list of names, at its beginning for what stands before and from its end on: "ice overlaps lesions 1 and 2 by 5 mm"."""
    names = line.labelled("NAME")
    out: list[Event] = []
    run: list[Mention] = []
    for m, behind in zip(names, (*names[1:], None), strict=False):
        run.append(m)
        if behind is None or not AND.fullmatch(line.read.flat[m.end : behind.start]):
            who = [i for i, d in enumerate(drafts) if d.place.name in {x.concept for x in run}]
            out += [(run[0].start, who), (run[-1].end, who)] if 1 < len(who) == len(run) else []
            run = []
    return out


AND = re.compile(r"\s*(?:,|and|&|\+|/)\s*(?:and )?", re.IGNORECASE)
HEAD_WORD = re.compile(
    r"\W*(?:the )?(?:target )?([\w-]{3,})\b(?:(?: [a-z]+)?\s*[:,(–=-]|\W*$| (?:treatment|cover|coverage|ablation|cryo-?ablation|freeze|margins?|ice(?:[ -]?ball)?|zone) (?=(?:was|is|were|are|came|stayed|stopped|remained)\b))",
    re.IGNORECASE,
)
"""How a line is headed by a target, or opens with what was done there, whatever the line denies: "Adrenal treatment was not completed"."""
WORDS = re.compile(r"[\w-]{3,}")


def _by_word(line: Line, drafts: Sequence[Draft]) -> list[int]:
    """The one target that was named with the word that heads a line: "right iliac crest", then "Crest: 34 mm"."""
    head = HEAD_WORD.match(line.text)
    if head is None:
        return []
    who = [i for i, d in enumerate(drafts) if head[1].lower() in _words(d.place)]
    return who if len(who) == 1 else []


def _words(place: Place) -> set[str]:
    return {w.lower() for m in place.mentions if m.label in ("SITE", "PART") for w in WORDS.findall(m.words)}


WORD_OF = re.compile(
    r"(?:\bthe |(?<=: ))([\w-]{3,}) (?:nodule|lesion|mass|tumou?r|deposit|target|node|implant|metastasis|component|recurrence|one|ice[ -]?ball|zone|halo|probes?|needles?)\b",
    re.IGNORECASE,
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


COUNTED_THINGS = re.compile(
    r"\b(?:two|three|four|both|[2-4]) (?:[\w-]+ )?(?:freezes|freezings|cycles|thaws|applications|burns|activations|needles|probes|cryoprobes|antennas|electrodes|passes|scans|sessions)\b[^.;]*$",
    re.IGNORECASE,
)
OF_THING = re.compile(
    r"\s*[,:(]?\s*(?:(?:was|were|had|took|lasting|lasted|of|for|about|to be) )*(?:\d+(?:[.,]\d)?[ -]?(?:min\w*|sec\w*|W\b|watts?|['′])|(?:ten|eight|five|six|three|four|fifteen) minutes?\b|(?:placed|inserted|advanced|withdrawn|removed|repositioned|introduced|freeze|cycle|thaw)\b)",
    re.IGNORECASE,
)
"""Before and behind a rank that is of a freeze or a needle."""


def _cycle(m: re.Match[str], line: Line) -> bool:
    """True for "the end of the second", a freeze of those told before, and for one of several freezes or needles: "two freezes, the first was 10 minutes"."""
    if COUNTED_THINGS.search(line.text[: m.start()]) or OF_THING.match(line.text, m.end()):
        return True
    return (
        not m[2]
        and OF_FREEZE.search(line.text[: m.start()]) is not None
        and m[0].rpartition(" ")[2].lower() in ("first", "second", "third")
    )


def _ranks(m: re.Match[str], drafts: Sequence[Draft]) -> list[int]:
    at = ("first", "second", "third").index(m[1].lower())
    who = [0, 1] if m[2] and at == 0 else [] if m[2] else [at]
    if who and any(d.place.name for d in drafts):  # "lesion 1, lesion 2", then "the second": the number is its rank
        numbered = [d.place.name for d in drafts] == [str(n) for n in range(1, len(drafts) + 1)]
        return who if numbered and max(who) < len(drafts) else []
    return who if who and max(who) < len(drafts) else []


OF_TWO = re.compile(
    r"\bthe (former|latter)\b(?! (?:(?:left|right|[a-z]+(?:al|ic|ar|ary|my)) ){0,3}(?:space|bed|fossa|lodge|loge|sites?|zone|scar|place|location|drain|tract|cavity|wound|incision|kidney|spleen|operation|treatment|session|ablation|position|field|stump|defect|port)\b)",
    re.IGNORECASE,
)
OF_ITS_OWN = re.compile(r"\bits (?:\w+ )?$", re.IGNORECASE)
"""Before a part of the target spoken of: "its inferior pole"."""


def _of_cycles(line: Line, said: re.Match[str]) -> bool:
    """True for a bare "both" or "each" of cycles or devices, in a line that counts them and names no target itself."""
    words = OF_CYCLES.get(said[0].lower())
    if words is None or OF_LESIONS.match(line.text, said.end()):
        return False
    return words.search(line.text[: said.start()]) is not None


OF_LESIONS = re.compile(
    r" (?:\w+ )?(?:targets?|lesions?|nodules?|tumou?rs?|mass(?:es)?|metastas[ei]s|mets?|deposits?|implants?|nodes?|sites?)\b", re.IGNORECASE
)
"""Behind "both" or "each" that is said of lesions, whatever stands before it: "after the second freeze both targets were covered"."""
HEAD_NOUN = re.compile(r"\W*(?:the )?(implant|node|deposit|nodule|mass)\b(?=\s*[:,(–-]|\s+(?:was|is|measur\w+)\b)", re.IGNORECASE)

NOUN = re.compile(r"\bthe (implant|node)\b", re.IGNORECASE)
"""Nouns that are seldom said of another kind of target, wherever they stand."""
IN_BRACKETS = re.compile(r"\((?:the )?(implant|node|deposit|nodule|mass)\)", re.IGNORECASE)
"""Behind a measure the tumour it is of: "9 mm (sidewall), 6 mm (implant)"."""


IN_ITEMS = re.compile(
    r"[:;]\s*(?:the )?(implant|node|deposit|nodule|mass|muscle)\b(?=,? (?:at least |about |min(?:imum)? |[>≥~]=?\s?)?\d)", re.IGNORECASE
)
"""At the head of an item of a list the tumour that its figure is of: "Margin: node 4 mm at the aorta; omentum 6 mm"."""


CALLED_BY = {
    noun: re.compile(rf"[\w-]*(?:\W{{1,2}}(?!\d)[\w-]+)?\W{{0,2}}{noun}\b", re.IGNORECASE)
    for noun in ("implant", "node", "deposit", "nodule", "mass")
}
"""Behind a site the noun by which a report calls its target."""


def _by_noun(noun: str, line: Line, drafts: Sequence[Draft]) -> list[int]:
    """The one target that the report called by a tumour's noun: "perihepatic implant", then "Implant, 1.6 cm"."""
    if noun.lower() == "muscle":
        muscular = [i for i, d in enumerate(drafts) if d.place.site in MUSCULAR]
        return muscular if len(muscular) == 1 else []
    called = CALLED_BY[noun.lower()]
    named = [
        i
        for i, d in enumerate(drafts)
        if any(
            m.note_id == line.read.note.note_id and (m.words.lower().endswith(f" {noun.lower()}") or called.match(line.read.flat, m.end))
            for m in d.place.mentions
            if m.label == "SITE"
        )
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
    text = line.read.flat
    alone = ON_SIDE.search(text[max(line.sentence.start, side.start - 10) : side.start]) and SIDE_ALONE.match(text, side.end)
    return who if apart and (alone or SIDE_OF_ONE.match(text[side.end : line.sentence.end])) else []


ON_SIDE = re.compile(r"\b(?:on|for) the $", re.IGNORECASE)
SIDE_ALONE = re.compile(r"\s*(?:$|[,;:.)]|(?:is|was|are|were|it|there|about|only|at least|just|over|by)\b|[<>≥~]?\s?\d)", re.IGNORECASE)
"""Behind a side that stands for the lesion there, of two on either side: "2 mm on the right; on the left 6 mm"."""


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
    if not who and kind in ("height", "depth", "breadth", "reach", "layer") and len(drafts) == 2:
        other = [i for i, d in enumerate(drafts) if any(p.startswith(kind + ":") for p in d.place.parts)]
        who = [1 - other[0]] if len(other) == 1 else []
    return who if len(who) < len(drafts) else []


LEAST = 5
"""Millimetres below which a bare length is rather a margin."""


@once
def of_exam(line: Line) -> bool:
    """True if a sentence beside the telling of a session measures what was seen since: at the zone, or as new or grown."""
    return bool(line.labelled("ZONE")) or any(m.concept in ("progression", "residual") for m in line.labelled("STATUS"))
