"""Which spots of a report name the same target?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import takewhile

from extractor.model import Mention
from extractor.normalizer import corrections
from extractor.normalizer.naming_spots import (
    EARLIER,
    NOT_TREATED,
    TITLE_LINES,
    TUMOUR,
    Candidate,
    Spot,
    head_size,
    is_sized,
    places_at,
    title,
)
from extractor.normalizer.places import LANDMARK, conflict, likeness, near_site, neighbours, told_apart
from extractor.normalizer.records import Line, Place
from extractor.patterns import re

SEGMENT = re.compile(r"\W*s(?:eg\w*)?\.? ?[ivx\d]", re.IGNORECASE)

BACKGROUND = ("indication", "reason", "diagnosis", "history")

OWN = ("pl", "per", "rp", "pel", "node")
"""Kinds of finer places that name one place by themselves."""

LYING = re.compile(
    r"\babutting (?:the |his |her )?(?:\w+ ){0,5}$|\b(?:on|over|upon|between|against|along|touching|abutting|overlying|behind|beside|beneath|above|below|near|deep to|superficial to|next to|adjacent to|close to|in front of)\s+(?:the |his |her )?(?:\w+ ){0,2}$|\bbetween [^,.;]{1,30} and (?:the )?(?:\w+ )?$",
    re.IGNORECASE,
)
"""Before a place that a lesion only lies by."""


def lies_by(c: Candidate) -> bool:
    """True if a candidate is measured, without a name, only where a tumour is said to lie by its place."""
    told = [s for s in c.spots if s.said]
    sizes = any(is_sized(s) for s in told)
    return sizes and not c.place.name and not c.titled and all(_by(s) for s in told if is_sized(s) or s is told[0])


def _by(spot: Spot) -> bool:
    ahead = spot.line.read.flat[max(spot.line.sentence.start, spot.start - 60) : spot.start]
    return bool(LYING.search(ahead) and TUMOUR.search(ahead))


def mentioned(lines: Sequence[Line]) -> list[Place]:
    """Every place that the indication names as one to treat: "two liver lesions and one perihepatic implant"."""
    told = [x for x in lines if x.sentence.section in BACKGROUND and not NOT_TREATED.search(x.text) and TUMOUR.search(x.text)]
    return [p for x in told for p in places_at(x) if p.site and not x.labelled("PRIOR_TREATMENT") and not EARLIER.search(x.text)]


def clusters(spots: Iterable[Spot]) -> list[Candidate]:
    """The spots of a report put together, a candidate for each target they seem to mean."""
    out: list[Candidate] = []
    fresh: list[Candidate] = []
    line: Line | None = None
    for spot in spots:
        fresh = fresh if line is not None and spot.line == line else []
        line = spot.line
        spot = _as_before(spot, out)
        head = head_size(spot)
        called = next((c for c in out if spot.place.name and c.place.name == spot.place.name), None)
        if called:
            apart = conflict(called.place, spot.place)
            called.place = _firmer(called, spot) if apart else merged(called.place, spot.place)
            called.spots.append(spot)
            continue
        same = [
            c
            for c in out
            if not conflict(c.place, spot.place) and c.place.site == spot.place.site and not _one_of_both(c.place, spot.place)
        ]
        same = [
            c
            for c in same
            if not (c in fresh and told_apart(c.place, spot.place))
            and not _measured_beside(c, spot)
            and not _item_of_its_own(c, spot)
            and not _called_further(c, spot)
            and not (head and c.headings and head not in c.headings)
        ]
        best = max((likeness(c.place, spot.place) for c in same), default=0.0)
        same = [c for c in same if likeness(c.place, spot.place) == best]
        if len(same) > 1 and not spot.said:
            continue
        if same and len(same) == 1:
            same[0].place = merged(same[0].place, spot.place)
            same[0].spots.append(spot)
            same[0].headings.update({head} - {""})
        elif not same and (kin := _kin(out, spot)):
            kin.place = replace(kin.place, parts=kin.place.parts | spot.place.parts, name=kin.place.name or spot.place.name)
            kin.spots.append(spot)
        elif not same:
            fresh.append(Candidate(spot.place, [spot], {head} - {""}))
            out.append(fresh[-1])
    return out


def _as_before(spot: Spot, known: Sequence[Candidate]) -> Spot:
    """What an addendum says of a target on another side than the report did is no further target; its side is put right later."""
    of_site = [c for c in known if c.place.site == spot.place.site]
    if spot.line.sentence.section != "addendum" or not spot.place.side or not of_site or not corrections.added_to(spot.line.read):
        return spot
    if any(not conflict(c.place, spot.place) for c in of_site):
        return spot
    return replace(spot, place=replace(spot.place, side="", name=""))


def _measured_beside(c: Candidate, spot: Spot) -> bool:
    """True if a line measures both: "the posterior basal one 18 mm, the middle lobe one 8 mm"."""
    beside = takewhile(lambda s: s.line == spot.line, reversed(c.spots))  # spots come line by line
    return is_sized(spot) and any(is_sized(s) and (told_apart(s.place, spot.place) or _items(s, spot)) for s in beside)


def _called_further(c: Candidate, spot: Spot) -> bool:
    """True for a target called the second or a later one that has a size of its own, beside a nameless one measured before it in another line: "paraspinal mass, 36 mm ... second lesion, multifidus, 15 mm"."""
    if c.place.name or not FURTHER.fullmatch(spot.place.name) or any(s.line == spot.line for s in c.spots):
        return False
    mine = {m.concept for m in spot.said if m.label == "SIZE"}
    known = {m.concept for s in c.spots for m in s.said if m.label == "SIZE"}
    return bool(mine and known) and not mine & known


FURTHER = re.compile(r"[2-9]")
ITEM_SENTENCE = re.compile(
    r"\W*(?P<words>(?:[\w/-]+ ){1,6})(?:deposit|nodule|lesion|mass|implant|node|metastasis|met|focus)[ ,:(]+\d", re.IGNORECASE
)
"""A sentence without a verb that calls a tumour and measures it: "Left paramediastinal pleural deposit 2.2 cm."."""
NO_VERB = re.compile(
    r"\b(?:is|was|were|are|has|had|now|today|measur\w+|the|this|that|same|previously|prior|target|CT|MRI?|US|PET)\b", re.IGNORECASE
)


def _item_of_its_own(c: Candidate, spot: Spot) -> bool:
    """True for a sentence that measures a tumour right behind one that measures another so, of the same place by other words."""
    last = c.spots[-1]
    if not (is_sized(spot) and is_sized(last)) or spot.line.sentence.section != last.line.sentence.section:
        return False
    if not 0 < spot.line.sentence.start - last.line.sentence.end <= NEXT_SENTENCE or last.place.name or spot.place.name:
        return False
    items = [ITEM_SENTENCE.match(x.text) for x in (last.line, spot.line)]
    if not all(items) or any(NO_VERB.search(x.text) for x in (last.line, spot.line)):
        return False
    one, two = (set(m["words"].lower().split()) for m in items if m)
    sizes = [{m.concept for m in s.said if m.label == "SIZE"} for s in (last, spot)]
    return bool(one & two and one - two and two - one) and not sizes[0] & sizes[1]


NEXT_SENTENCE = 4
"""Characters between a sentence and the next."""


ITEM_BEFORE = re.compile(r"[;,]\s*(?:and )?(?:an? |the )?$", re.IGNORECASE)
OF_OTHER_DAY = re.compile(
    r"\b(?:now|today|was|were|previously|formerly|prior|from|earlier|then|CT|MRI?|PET|US|ultrasound|(?:19|20)\d\d)\b", re.IGNORECASE
)
"""Words by which a length is one of another day or exam of the same lesion."""


def _items(first: Spot, second: Spot) -> bool:
    """True for two items of a list that call one place and measure each: "LLL lateral 7 mm; LLL posterior 8 mm"."""
    text = second.line.read.flat
    one, two = ([m for m in s.said if m.label == "SIZE"] for s in (first, second))
    between = text[first.start : second.start]
    return (
        one[-1].concept != two[0].concept
        and first.start < one[0].start < second.start < two[0].start
        and ITEM_BEFORE.search(between) is not None
        and not OF_OTHER_DAY.search(text[first.start : two[0].end])
        and first.place.parts == second.place.parts != frozenset()
    )


def _firmer(called: Candidate, spot: Spot) -> Place:
    """Of two places told for one name the one where it is measured; a landmark ("26 mm, against the scapula") is none."""
    sites = [m.start for m in spot.place.mentions if m.label == "SITE"]
    text, since = spot.line.read.flat, spot.line.sentence.start
    beside = any(LANDMARK.search(text[max(since, at - 40) : at]) for at in sites)
    measured = any(m.label == "SIZE" for s in called.spots if s.place.site == called.place.site for m in s.said)
    here = any(m.label == "SIZE" and sites and m.start > sites[0] for m in spot.said)
    return spot.place if here and not measured and not beside else called.place


def _one_of_both(whole: Place, one: Place) -> bool:
    """True if the first is told of both sides and the second of one: "bilateral renal ablation: left upper pole"."""
    return whole.side == "bilateral" and one.side in ("left", "right")


def _kin(out: Sequence[Candidate], spot: Spot) -> Candidate | None:
    """The titled candidate that shares a finer place with a spot of another site: "diaphragmatic deposit" of the diaphragmatic pleura."""
    return next(
        (c for c in out if c.titled and not spot.titled and {p for p in c.place.parts & spot.place.parts if p.split(":")[0] in OWN}), None
    )


FEW, PLACES_REMEMBERED = 32, 256
_members: dict[int, tuple[tuple[Mention, ...], set[Mention]]] = {}
"""By identity the mentions of places that grew long, as sets: a place named a thousand times is not read through each time."""


def more(known: tuple[Mention, ...], said: tuple[Mention, ...]) -> tuple[Mention, ...]:
    """``known`` and what it does not hold of ``said``."""
    if len(known) < FEW:
        return (*known, *(m for m in said if m not in known))
    of, members = _members.pop(id(known), ((), set()))
    members = members if of is known else set(known)
    out = (*known, *(m for m in said if m not in members))
    members.update(said)
    if len(_members) >= PLACES_REMEMBERED:
        _members.clear()
    _members[id(out)] = out, members
    return out


def merged(a: Place, b: Place) -> Place:
    """What both say of one place."""
    return Place(
        a.site or b.site,
        a.side or b.side,
        a.parts | b.parts,
        a.name or b.name,
        more(a.mentions, b.mentions),
        a.text or b.text,
    )


def reseated(found: list[Candidate]) -> list[Candidate]:
    """A bare "segment 6" is one of the lung where the title speaks of the lung and not of the liver."""
    titles = {c.place.site for c in found if c.titled}
    if "lung" in titles and "liver" not in titles:
        for c in found:
            if c.place.site == "liver" and all(SEGMENT.match(m.words) for m in c.place.mentions if m.label == "SITE"):
                c.place = replace(c.place, site="lung")
    return found


def renamed_by_own(found: list[Candidate]) -> list[Candidate]:
    """Names told without a place ("Target B, 22 mm") belong to the nameless places that are treated, in order, else to the one place of the title."""
    bare = [c for c in found if c.place.name and not c.place.site]
    free = [c for c in found if c.place.site and not c.place.name and (c.titled or c.weight >= 2)]
    sized = [c for c in found if c.place.site and not c.place.name and any(is_sized(s) for s in c.spots)]
    free = sized if len(free) < len(bare) <= len(sized) and len({c.place.site for c in sized}) == 1 else free
    out = list(found)
    if (len(free) == 1 and len(bare) > 1) or not free:
        titles = [c.place for c in found if c.titled and c.place.site] or [c.place for c in found if c.place.site and c.place.name]
        if bare and titles and len({(p.site, p.side) for p in titles}) == 1:
            for c in bare:
                c.place = Place(
                    titles[0].site, titles[0].side, c.place.parts, c.place.name, (*c.place.mentions, *titles[0].mentions), titles[0].text
                )
            return [c for c in out if c not in free]
    for name, place in zip(bare, free, strict=False):
        name.place = merged(name.place, place.place)
        name.spots += place.spots
        out.remove(place)
    return out


def joined(found: list[Candidate]) -> list[Candidate]:
    """A nameless place of the title and the one named target that it can be are one."""
    out = list(found)
    for c in found:
        fits = [o for o in out if o is not c and o.place.name and o.place.site == c.place.site and not conflict(o.place, c.place)]
        if not c.place.name and c.titled and len(fits) == 1:
            fits[0].place = merged(fits[0].place, c.place)
            fits[0].spots += c.spots
            out.remove(c)
    return out


def indicated(found: list[Candidate], lines: Sequence[Line]) -> list[Candidate]:
    """A lesion told only by what it lies by lies where the indication says: "the deposit behind the left kidney", a perirenal one."""
    told = [p for p in mentioned(lines) if p.site] or [p for x in lines if title(x, 0) for p in places_at(x) if p.site]
    head = [x for n, x in enumerate(lines) if x.sentence.section in BACKGROUND or n < TITLE_LINES]
    named = [p for x in head if x.labelled("HISTOLOGY") for p in places_at(x) if p.site]
    for c in found:
        if not c.spots or not all(s.beside for s in [s for s in c.spots if s.said or s.titled] or c.spots):
            continue
        near = told or [p for p in named if near_site(p.site, c.place.site)]
        taken = {o.place.site for o in found if o is not c and (told or o.titled or o.weight)}
        free = [p for p in near if p.site != c.place.site and p.site not in taken]
        if free and len({p.site for p in free}) == 1 and not any(p.site == c.place.site for p in told):
            c.place = Place(
                free[0].site,
                free[0].side or c.place.side,
                free[0].parts,
                c.place.name,
                (*free[0].mentions, *c.place.mentions),
                free[0].text,
            )
    return found


def contained(found: list[Candidate]) -> list[Candidate]:
    """Without the containers: a site whose finer places are candidates of their own."""
    out = []
    for c in found:
        finer = [
            o
            for o in found
            if o is not c and o.place.site == c.place.site and (o.place.parts or o.place.name) and _within(o.place, c.place)
        ]
        if len(finer) > 1 and not c.place.name and c.weight < 2:
            for o in finer:
                o.place = replace(o.place, side=o.place.side or c.place.side)
                o.spots += [s for s in c.spots if s.titled]
            continue
        out.append(c)
    return out


TISSUES = ("subcutaneous",)
"""Sites that say what a lesion lies in, which a region named beside does not change."""


def renamed(found: list[Candidate]) -> list[Candidate]:
    """Without the coarse names of a title that the body tells as a neighbouring site: "inguinal cryoablation" of what is an inguinal node."""
    out = list(found)
    for c in found:
        lines = {s.line for s in c.spots}
        meant = [
            o
            for o in out
            if neighbours(c.place, o.place)
            and not lies_by(o)
            and o.weight > 0
            and (o.place.parts or o.place.side or o.place.name)
            and not lines & {s.line for s in o.spots}
        ]
        if c.titled and not c.weight and len(meant) == 1:
            meant[0].spots += c.spots
            tissue = c.place if c.place.site in TISSUES else meant[0].place
            meant[0].place = replace(meant[0].place, site=tissue.site, text=tissue.text, side=meant[0].place.side or c.place.side)
            out.remove(c)
    return out


def without_coarse(found: list[Candidate]) -> list[Candidate]:
    """Without what a title calls by the limb or region alone, where the body names and measures two targets or more of its own."""
    named = [c for c in found if c.place.name and c.place.site and c.weight >= 3]
    if len(named) < 2:
        return found
    coarse = [c for c in found if c.titled and not (c.place.name or c.weight or c.place.parts)]
    return [c for c in found if c not in coarse or not any(near_site(c.place.site, n.place.site) for n in named)]


def _within(inner: Place, outer: Place) -> bool:
    return not conflict(inner, outer) and outer.parts <= inner.parts and (outer.side in ("", "bilateral", inner.side) or not inner.side)
