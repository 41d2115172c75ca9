"""Which targets does a report name? Every place or name in it is a candidate; what is said of it tells target from landmark.

A target stands in the title of what was done, or is measured, punctured and covered in the body. A candidate that only a
history, a plan or a landmark names is none, and an organ named beside its own finer places is their container.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from extractor.model import Mention
from extractor.normalizer import numbered
from extractor.normalizer.naming_clusters import (
    BACKGROUND,
    clusters,
    contained,
    indicated,
    joined,
    lies_by,
    merged,
    more,
    renamed,
    renamed_by_own,
    reseated,
    without_coarse,
)
from extractor.normalizer.naming_spots import (
    BODY,
    NOT_TREATED,
    TUMOUR,
    UNREAL,
    Candidate,
    Spot,
    clause,
    clause_words,
    entitled,
    is_sized,
    places_at,
    short_names,
    spots_in,
    title,
    told_in_turn,
    untreated,
)
from extractor.normalizer.places import LEVEL_ONLY, conflict, likeness
from extractor.normalizer.probes import device
from extractor.normalizer.records import Line, Place
from extractor.normalizer.setup import named_energies, of_paragraphs
from extractor.patterns import re


def candidates(lines: Sequence[Line]) -> list[Candidate]:
    """The targets of a report in the order it names them, best guess; may be empty."""
    found = _without_heights(_without_stray(clusters(entitled(spots_in(lines), lines))))
    found = indicated(renamed(contained(renamed_by_own(joined(reseated(_as_listed(found, lines)))))), lines)
    found = _without_left(without_coarse(_at_home(found, lines)), lines)
    titled = [c for c in found if c.titled and c.place.site]
    sites = {c.place.site for c in titled}
    kept = [c for c in found if c.titled or c.weight >= (1.5 if not sites or c.place.site in sites or not c.place.site else 3.0)]
    kept = _of_items(_with_fellows(found, kept))
    kept = [c for c in kept if c.place.site or c.weight > 0]
    indicated_too = _indicated_of(found, lines) if len(kept) < 2 else []
    return [c for c in found if c in kept or c in indicated_too] or [c for c in found if c.weight > 0][:1]


def _indicated_of(found: Sequence[Candidate], lines: Sequence[Line]) -> list[Candidate]:
    """Of what a report only gives margins of, those that its indication measures one by one: "margins of 7 mm (segment 7) and 2 mm (segment 2)"."""
    sized = [p for x in lines if x.sentence.section in BACKGROUND and x.labelled("SIZE") for p in places_at(x) if p.site]
    told = [c for c in found if c.weight > 0 and any(c.place.site == p.site and c.place.parts == p.parts for p in sized)]
    return told if len(told) > 1 and all(c.place.parts for c in told) else []


def _as_listed(found: list[Candidate], lines: Sequence[Line]) -> list[Candidate]:
    """Targets called by number alone lie where a numbered list of the report says: "1) strip of the thigh, 2) presacral nodule ... Target 1, 23 x 7 mm"."""
    bare = [c for c in found if c.place.name and not c.place.site]
    listed: dict[str, list[Place]] = {}
    for line in lines if len(bare) > 1 else ():
        head = numbered.TITLE.match(line.text)
        if head and not line.labelled("NAME", "SIZE"):
            listed.setdefault(head["n"], [p for p in places_at(line) if p.site])
    if not all(len(listed.get(c.place.name, ())) == 1 for c in bare):
        return found
    for c in bare:
        c.place = merged(c.place, listed[c.place.name][0])
    return found


def _without_heights(found: list[Candidate]) -> list[Candidate]:
    """A vertebra told alone is how high the one titled soft tissue target lies: "right paraspinal mass", then "the mass at L2 measures 32 mm"."""
    titled = [c for c in found if c.titled and c.place.site]
    spinal = [c for c in titled if c.place.site == "bone" and (SPINE in c.place.parts or not c.place.parts or len(titled) == 1)]
    if not titled or spinal:
        return found
    levels = []
    for c in found:
        own = titled[0] if len(titled) == 1 else _before(c, found)
        if own is None or c is own or not _level_only(c) or (c.place.side and own.place.side and c.place.side != own.place.side):
            continue
        levels.append(c)
        own.place = replace(own.place, mentions=more(own.place.mentions, tuple(m for m in c.place.mentions if m.label == "SIDE")))
        own.spots += c.spots
    return [c for c in found if c not in levels]


SPINE = "bone:spine"


def _level_only(c: Candidate) -> bool:
    """True if a candidate is no more than the number of a vertebra."""
    return not c.titled and height_alone(c.place)


def height_alone(place: Place) -> bool:
    """True for a place that is told by the number of a vertebra alone."""
    sites = [m for m in place.mentions if m.label == "SITE"]
    return place.site == "bone" and not place.name and all(LEVEL_ONLY.fullmatch(m.words) for m in sites)


def _before(c: Candidate, found: Sequence[Candidate]) -> Candidate | None:
    """The soft tissue that the paragraph of a candidate spoke of last before it, if none else stands between."""
    first = min(c.spots, key=lambda s: s.start)
    paragraph = first.line.sentence.paragraph
    ahead = [(s.start, o) for o in found for s in o.spots if s.line.sentence.paragraph == paragraph and s.start < first.start]
    own = max(ahead, key=lambda x: x[0])[1] if ahead else c
    return None if own is c or own.place.site in ("bone", "") else own


def _at_home(found: list[Candidate], lines: Sequence[Line]) -> list[Candidate]:
    """A mass measured where it lies by a landmark is the one of the title: "chest wall recurrence", then "mass between ribs 4 and 5, 42 mm".

    What a report of a single probe measures is the one of the title, whatever place its line names: the way in or a neighbour.
    """
    titled = [c for c in found if c.titled and c.place.site]
    if len(titled) != 1 or any(is_sized(s) for s in titled[0].spots):
        return found
    own = titled[0]
    single = _one_probe(lines)
    others = [
        c
        for c in found
        if c is not own and (lies_by(c) or (single and not c.titled and not c.place.name and any(is_sized(s) for s in c.spots)))
    ]
    by = [c for c in others if not conflict(replace(c.place, site=""), replace(own.place, site=""))]
    if len(by) != 1 or by[0].place.site == own.place.site:
        return found
    own.spots += by[0].spots
    return [c for c in found if c is not by[0]]


def _one_probe(lines: Sequence[Line]) -> bool:
    """True if a report counts probes and never more than one."""
    counts = {m.concept for x in lines if x.sentence.section in BODY for m in x.labelled("PROBES") if not m.has(*UNREAL)}
    return counts == {"1"}


BARE_NUMBER = re.compile(r"\W*\d\W*")


def _without_stray(found: list[Candidate]) -> list[Candidate]:
    """Without a number of no place beside which no other is told ("attending #5"), as long as places are named."""
    told = {c.place.name for c in found}
    stray = [c for c in found if _bare_number(c) and not told & {str(int(c.place.name) - 1), str(int(c.place.name) + 1)}]
    kept = [c for c in found if c not in stray]
    return kept if any(c.place.site for c in kept) else found


def _bare_number(c: Candidate) -> bool:
    """True if a candidate is no more than a number: no place, and no word before it."""
    words = [m.text for m in c.place.mentions if m.label == "NAME"]
    return not c.place.site and bool(words) and all(BARE_NUMBER.fullmatch(w) for w in words)


PIECE = re.compile(
    r"\b(?:rim|rind|strip|part|portion|(?:(?:medial|lateral|anterior|posterior|superior|inferior|upper|lower|cranial|caudal|outer|inner|distal|proximal|last) )(?:third|quarter|half)|(?:third|quarter|tenth) of|half|component|edge|margin|border|crescent|corner|bit|piece|tip|aspect|rest|remainder|last|(?:milli|centi)met\w+|\d+ ?%)\b",
    re.IGNORECASE,
)
"""A piece of a lesion that was left says nothing of another lesion."""
REMOVED = re.compile(
    r"\b(?:wedge\w*|excis\w+|resect\w+|enucleat\w+|stapl\w+|cut out|(?:taken|removed) (?:out )?(?:with|by) (?:a |the )?(?:stapler|knife|scissors|wedge))\b",
    re.IGNORECASE,
)
"""What was cut out in the same session."""


def left_alone(line: Line, at: int) -> bool:
    """True if the clause around a character says of a lesion or place of its own that it was not treated."""
    return untreated(line, at) and not PIECE.search(clause_words(line, at))


DONE = re.compile(r"\b(?:treated|ablated|froze|frozen|targeted|targets?)\b", re.IGNORECASE)


def _with_fellows(found: Sequence[Candidate], kept: Sequence[Candidate]) -> list[Candidate]:
    """With what a line that tells of treatment measures beside a target: "I treated a 33 mm mass of the rib and an 18 mm nodule of the lobe"."""
    heads = {s.line for k in kept for s in k.spots if is_sized(s) and at_head(s)}
    alike = [
        c for c in found if heads and c.weight >= BOTH and any(is_sized(s) and at_head(s) and _in_one_list(s.line, heads) for s in c.spots)
    ]
    kept = [c for c in found if c in kept or c in alike]
    told = {s.line for k in kept for s in k.spots if is_sized(s) and DONE.search(s.line.text) and not NOT_TREATED.search(s.line.text)}
    return [c for c in found if c in kept or any(s.line in told and is_sized(s) for s in c.spots)] if told else list(kept)


PLACE_HEAD = re.compile(r"\W*(?:[\w-]+ ){0,4}[\w-]+(?: \([^()]{1,25}\))?:\s")


def at_head(spot: Spot) -> bool:
    """True if a spot is what a line is headed by: "Perinephric: 12 mm, ice 3 mm beyond"."""
    head = PLACE_HEAD.match(spot.line.text)
    return head is not None and spot.start < spot.line.sentence.start + head.end()


def _in_one_list(line: Line, heads: set[Line]) -> bool:
    """True if a line headed by a place stands right above or below another of a target."""
    return any(
        x != line and x.sentence.section == line.sentence.section and abs(x.sentence.paragraph - line.sentence.paragraph) <= 1
        for x in heads
    )


BOTH = 2.0
"""What a size and a margin weigh."""


def _of_items(found: Sequence[Candidate]) -> list[Candidate]:
    """Where targets are items of a list, each measured, a place without label, length and title is no further one: "carbon dioxide to take the lung off"."""
    items = [c for c in found if c.place.name and c.place.site and any(is_sized(s) for s in c.spots)]
    listed = len(items) > 1
    return [c for c in found if not listed or c.titled or c.place.name or any(is_sized(s) for s in c.spots)]


def _without_left(found: list[Candidate], lines: Sequence[Line]) -> list[Candidate]:
    """Without what the report says was left alone or cut out, as long as a target remains: "the right nodule was not accessed"."""
    short = short_names(lines) if any(c.place.name for c in found) else {}
    left = [p for x in lines if x.sentence.section in BODY for p in _left_in(x, short.get(x, ()))] + _left_below(lines)
    if not left or not found:
        return found
    gone = _meant(left, found)
    kept = [c for c in found if c.titled or id(c) not in gone or any(_treated_here(s) for s in c.spots)]
    return kept if any(c.place.site or c.place.name for c in kept) else found


LEFT_OUT = re.compile(
    r"\W*(?:(?:it|this|this (?:one|lesion|nodule|target)|the (?:lesion|nodule|target)) )?(?:(?:was|is) )?(?:therefore )?(?:not (?:treated|ablated|frozen|targeted|done)|no (?:ablation|energy|ice)(?: (?:was )?(?:given|applied|delivered))?|deferred|left (?:alone|untreated)|untreated)(?: (?:today|this time))?\W*",
    re.IGNORECASE,
)
"""A whole sentence that says of the item it stands in that it was left out."""


def _left_below(lines: Sequence[Line]) -> list[Place]:
    """The labels of items that a sentence of theirs leaves out: "#3 para-aortic. The duodenum would not move off. Not treated"."""
    heads: dict[int, Mention] = {}
    out: list[Place] = []
    for line in lines:
        names = line.labelled("NAME")
        if names and names[0].start - line.sentence.start < 3:
            heads[line.sentence.paragraph] = names[0]
        elif LEFT_OUT.fullmatch(line.text) and line.sentence.paragraph in heads:
            name = heads[line.sentence.paragraph]
            out.append(Place(name=name.concept, mentions=(name,)))
    return out


def _treated_here(spot: Spot) -> bool:
    """True if the line that names a spot itself tells of its probes or coverage."""
    line = spot.line.sentence
    return any(m.label in ("PROBES", "COVERAGE") and line.start <= m.start < line.end for m in spot.said)


def _left_in(line: Line, short: Sequence[tuple[int, str]]) -> list[Place]:
    """The places and names of a line that its clauses leave alone or cut out; ``short`` are its letters and numbers that name targets."""
    gone = NOT_TREATED.search(line.text) or REMOVED.search(line.text)
    if not gone or line.labelled("PROBES"):
        return []
    names = [(m.start, Place(name=m.concept, mentions=(m,))) for m in line.labelled("NAME")]
    names += [(at, Place(name=name)) for at, name in short]
    sites = [(min(m.start for m in p.mentions), p) for p in places_at(line)]
    used = {m for _, p in sites for m in p.mentions}
    sites += [
        (m.start, Place(side=m.concept, mentions=(m,))) for m in line.labelled("SIDE") if m not in used and ONE.match(line.read.flat, m.end)
    ]
    sites += [
        (m.start, Place(parts=frozenset((m.concept,)), mentions=(m,)))
        for m in line.labelled("PART")
        if m not in used and m.concept.split(":")[0] in RELATIVE and ONE.match(line.read.flat, m.end)
    ]
    return [p for at, p in (*names, *sites) if left_alone(line, at) or REMOVED.search(line.read.flat[slice(*clause(line, at))])]


RELATIVE = ("height", "depth", "breadth", "reach", "layer")
"""Kinds of finer places that tell one lesion from its fellow: "the superior nodule"."""
ONE = re.compile(r"(?:-?sided)? (?:one|nodule|lesion|mass|tumou?r|metastasis|deposit)\b", re.IGNORECASE)
"""Behind a side that stands for the lesion of that side: "the left one"."""


def _meant(left: Sequence[Place], found: Sequence[Candidate]) -> set[int]:
    """The candidates, by identity, that are one of the places left, where no other is as much like it."""
    out: set[int] = set()
    for place in {(p.site, p.side, p.parts, p.name): p for p in left}.values():
        scores = [(likeness(place, c.place), c) for c in found]
        best = max(score for score, _ in scores)
        alike = [c for score, c in scores if score == best]
        if place.parts and not (place.site or place.name or place.side):
            alike = [c for c in found if place.parts <= c.place.parts]
            out.update(id(c) for c in alike if len(alike) == 1)
        elif not place.site and not place.name:
            alike = [c for c in found if c.place.side == place.side]
            out.update(id(c) for c in alike[:1] if len(alike) == 1)
        elif place.name:
            out.update(id(c) for c in found if c.place.name == place.name)
        elif best > 2 and len(alike) == 1:
            out.add(id(alike[0]))
    return out


def background(lines: Sequence[Line]) -> list[Place]:
    """Places of the indication, for reports that name their target nowhere else; without one, of the head or body, where it speaks of a tumour, else the organ of a primary tumour."""
    indication = [x for x in lines if x.sentence.section in BACKGROUND]
    told = [x for x in lines if x.sentence.section in BODY and (TUMOUR.search(x.text) or x.labelled("HISTOLOGY"))]
    for line in (*indication, *told):
        found = [] if NOT_TREATED.search(line.text) else [p for p in places_at(line) if p.site]
        if found and not (line.labelled("IMAGING") and not line.labelled("SIZE") and _all_quiet(line)):
            return found
    return [_organ(x) for x in lines if x.labelled("ORGAN") and (x.sentence.section in BACKGROUND or title(x, 0))]


def _all_quiet(line: Line) -> bool:
    """True if a line only finds its places clear: "CT 12/10: the basal nodule is gone and the lungs are clear"."""
    said = {m.concept for m in line.labelled("STATUS") if not m.has("negated")}
    return said == {"no_progression"}


def _organ(line: Line) -> Place:
    """The organ that a tumour is named for: "cryo L RCC"."""
    organ = line.labelled("ORGAN")[0]
    sides = [m for m in line.labelled("SIDE") if m.start < organ.end + 30]
    return Place(organ.concept, sides[-1].concept if sides else "", mentions=(organ, *sides[-1:]), text=organ.text)


def share(found: Sequence[Candidate], lines: Sequence[Line], energies: Sequence[str]) -> dict[str, list[Candidate]]:
    """The candidates of a report on several energies by the energy that the words nearest to them name."""
    out: dict[str, list[Candidate]] = {e: [] for e in energies}
    alone = of_paragraphs(lines, energies)
    told = {
        (x.read.note.note_id, x.sentence.start): alone.get((x.read.note.note_id, x.sentence.paragraph)) or _carried(lines, i, energies)
        for i, x in enumerate(lines)
    }
    for c in found:
        votes = dict.fromkeys(energies, 0.0)
        for spot in c.spots:
            near = _placed(spot, energies) if told_in_turn(spot.line) else _nearest(spot, energies)
            if near:
                votes[near] += 2.0
            elif told.get((spot.line.read.note.note_id, spot.line.sentence.start)):
                votes[told[(spot.line.read.note.note_id, spot.line.sentence.start)]] += 1.0
        best = max(energies, key=lambda e: (votes[e], -energies.index(e)))
        out[best].append(c)
    return out


def _placed(spot: Spot, energies: Sequence[str]) -> str:
    """The energy of the probes told of a target whose own sentence names only what was done there before."""
    kinds = {kind for m in spot.said if m.label == "PROBES" and (kind := device(m.words)) in energies}
    return kinds.pop() if len(kinds) == 1 else ""


def _nearest(spot: Spot, energies: Sequence[str]) -> str:
    low, high = _item(spot)
    said = [
        (spot.start - m.end if m.end <= spot.start else m.start - spot.start, m.concept)
        for m in spot.line.labelled("PROCEDURE", "ENERGY")
        if m.concept in energies and not m.has(*UNREAL) and low <= m.start < high
    ]
    named = named_energies(spot.line, energies)
    behind = IN_BRACKET.match(spot.line.read.flat, max((m.end for m in spot.place.mentions if low <= m.start < high), default=high), high)
    own = {m.concept for m in spot.line.labelled("PROCEDURE", "ENERGY") if behind and behind.start() <= m.start < behind.end()} & set(
        energies
    )
    if len(own) == 1:
        return own.pop()
    if said:
        return min(said)[1]
    return named[0] if len(set(named)) == 1 else ""


IN_BRACKET = re.compile(r"[\w -]{0,20}\([^()]{0,60}\)")
"""What a title says of a place in brackets behind it: "liver (microwave, 2) and right pleura (cryoablation, 1)"."""
ITEM_NUMBER = re.compile(r"(?:(?<=\s)|^)\(?[1-9]\)(?=\s)|(?:(?<=[.;] )|^)[1-9][.:](?=\s)")


def _item(spot: Spot) -> tuple[int, int]:
    """The characters of the numbered item of a line that a spot stands in: "1) Segment 8, 19 mm: microwave. 2) Rib, 25 mm: cryoablation"."""
    start = spot.line.sentence.start
    heads = [start + m.start() for m in ITEM_NUMBER.finditer(spot.line.text)]
    if len(heads) < 2:
        return start, spot.line.sentence.end
    return max((h for h in heads if h <= spot.start), default=start), min(
        (h for h in heads if h > spot.start), default=spot.line.sentence.end
    )


def _carried(lines: Sequence[Line], index: int, energies: Sequence[str]) -> str:
    """The energy named last before a line, within its section."""
    for line in reversed(lines[: index + 1]):
        if line.sentence.section != lines[index].sentence.section:
            return ""
        named = named_energies(line, energies)
        if named:
            return named[-1]
    return ""
