"""How many probes were used in a session? A total where one is told, else the sum of those placed; an addendum corrects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice, takewhile

from extractor.model import Cell, Mention
from extractor.normalizer import timeline
from extractor.normalizer.records import Line
from extractor.patterns import re
from extractor.pipeline.counts import NAMES, WORDS

UNDONE = ("negated", "planned", "historical", "hypothetical", "cancelled", "family", "intended")
NEVER = ("consent", "plan", "instructions", "family_history")
ELSEWHERE = ("consent", "history", "indication", "comparison", "past_history", "plan", "instructions", "family_history", "reason")
HEADS = ("impression", "procedure", "date")
DEVICES = (
    ("microwave", re.compile(r"antenn|microwave|\bMWA?\b", re.IGNORECASE)),
    ("radiofrequency", re.compile(r"electrode|radio-?freq|\bRFA?\b", re.IGNORECASE)),
    ("cryoablation", re.compile(r"cryo|\bice|freez", re.IGNORECASE)),
)
TIMES = re.compile(r"[x×] ?\w+\W*$", re.IGNORECASE)
"""Devices of several kinds in one list: "IceForce x 4, IceSphere x 1"."""
NEGATED = re.compile(r"\b(?:no|not|never|without|neither|none)\b", re.IGNORECASE)
UNABLE = re.compile(
    r"\b(?:(?:could|can|would|did) ?(?:not|n['’]t)|cannot|unable|impossible)\b.* (?:with|by|using)(?: the| only| just| but| our)*\s*$",
    re.IGNORECASE,
)
"""Before a count of what did not suffice: "could not be reached with two probes"."""
Said = tuple[Line, Mention]


def device(words: str) -> str:
    """The energy that the name of a probe tells; empty for a bare "probe" or "needle"."""
    return next((name for name, pattern in DEVICES if pattern.search(words)), "")


def count(lines: Sequence[Line], modality: str = "", report: bool = True) -> Cell | None:
    """The number of probes that the lines of a session tell. With ``modality``, those of another energy in the same lines do not count."""
    said = [
        (line, m)
        for line in lines
        if line.sentence.section not in (ELSEWHERE if report else NEVER)
        for m in line.labelled("PROBES")
        if _n(m) <= MOST
        and not _undone(line, m)
        and not _of_others(line, m)
        and (
            not modality
            or (_energy(line, m) or _above(lines, line, m)) in ("", modality)
            or (modality == IRE and ELECTRODES.search(m.words) and not _other_named(line))
        )
    ]
    late = [s for s in said if s[0].sentence.section == "addendum"]
    body = [s for s in said if s[0].sentence.section != "addendum"]
    found = _told(body) or (_numbered(lines) if report else None)
    if late:
        found = _corrected(found, body, late)
    if not found or found[0] <= 0:
        return None
    return Cell(found[0], found[1])


IRE = "irreversible_electroporation"
ELECTRODES = re.compile(r"^(?!.*radio)(?!.*\bRF).*electrodes?$", re.IGNORECASE)
"""A bare "electrode", which is one of electroporation where that was given."""


def _other_named(line: Line) -> bool:
    return any(m.concept != IRE for m in line.labelled("PROCEDURE"))


Counted = tuple[int, tuple[Mention, ...]]
MOST = 20
"""What is more is no count of probes."""
CALLED = re.compile(
    r"\b(?:cryo-?)?(?:probes?|needles?|antennas?|antennae|electrodes?|applicators?) #?(?P<list>[1-9](?!\d)(?:\s*(?:,|and|&|\+|/|-|–|to)\s*(?:and )?#?[1-9](?![\d.]| ?(?:mm|cm|min)))*)\b(?! ?(?:mm|cm|x|×|min|freez|times|%))",
    re.IGNORECASE,
)
"""Devices called by their numbers: "probe 1 into nodule A, probes 2 and 3 bracket nodule B"."""


def _numbered(lines: Sequence[Line]) -> Counted | None:
    """The highest number of the devices that a report only calls by numbers, if none below it is missing."""
    called = [(x, m) for x in lines if x.sentence.section not in ELSEWHERE for m in CALLED.finditer(x.text)]
    numbers = {int(n) for _, m in called for n in re.findall(r"[1-9]", m["list"])}
    if len(numbers) < 2 or numbers != set(range(1, max(numbers) + 1)):
        return None
    line, last = called[-1]
    start, end, note = line.sentence.start + last.start(), line.sentence.start + last.end(), line.read.note
    return max(numbers), (Mention(note.note_id, "PROBES", str(max(numbers)), start, end, last[0], "probes#called", line.sentence.section),)


def _undone(line: Line, m: Mention) -> bool:
    """True if a count is not of probes used. A negation further off is of something else: "two probes, a third was opened but not used"."""
    if m.has(*(u for u in UNDONE if u != "negated")):
        return True
    clause = re.split(r"[,;:.]|\b(?:but|and|with)\b", line.text[m.end - line.sentence.start :])[0]
    before = re.split(r"[,;:.]", line.text[: m.start - line.sentence.start])[-1]
    if UNABLE.search(before):
        return True
    return m.has("negated") and NEGATED.search(before[-40:] + " | " + clause) is not None


MORE_PUT = re.compile(r"\W*\w+ (?:more|further|additional|others) (?:were|had been) (?:then |also )?(?!added\b)", re.IGNORECASE)
"""How a sentence opens that goes on counting what the one before counted: "Two more were placed in the node"."""


def _of_others(line: Line, m: Mention) -> bool:
    """True for "two more were placed" where the sentence before counts no probes: drains or markers then."""
    if _kind(m) != "added" or not MORE_PUT.match(m.words):
        return False
    above = next(timeline.back(line), None)
    return above is None or above.sentence.paragraph != line.sentence.paragraph or not above.labelled("PROBES")


def _kind(m: Mention) -> str:
    return m.rule_id.partition("#probes")[2].lstrip("_").partition(".")[0]


def _n_rows(rows: Sequence[Mention]) -> int:
    """How many probes the rows of a table of probes list."""
    return sum(_n(m) for m in rows)


def _n(m: Mention) -> int:
    return int(float(m.concept))


def _energy(line: Line, m: Mention) -> str:
    """The energy that a count belongs to: by its own noun, else by the nearest one named before it in its line."""
    own = device(m.words) or (m.rule_id.partition(".")[2] if _kind(m) == "row" else "")
    before = [e for e in line.labelled("PROCEDURE", "ENERGY") if e.start <= m.start and e.concept != "other"]
    return own or (before[-1].concept if before else "")


def _above(lines: Sequence[Line], line: Line, m: Mention) -> str:
    """The energy named last above a table of probes."""
    said = [
        e.concept
        for x in lines
        for e in x.labelled("PROCEDURE", "ENERGY")
        if x.sentence.end <= line.sentence.start and e.concept != "other"
    ]
    return said[-1] if said and m.rule_id.startswith("grids#") else ""


def _told(said: Sequence[Said]) -> Counted | None:
    listed = [m for _, m in said if m.rule_id == "grids#probes"]
    if listed:
        return sum(_n(m) for m in listed), tuple(listed)
    rows = [m for _, m in said if _kind(m) == "row"]
    total = _total(said)
    if total and _n_rows(rows) <= total[0]:
        return total
    if rows:
        return _n_rows(rows), tuple(rows)
    heads = [s for s in said if s[0].sentence.section in HEADS]
    placed = [s for s in said if s[0].sentence.section not in (*HEADS, "complications")]
    of_head, of_body = _sum(heads), _sum(placed)
    if of_head and of_body:
        whole = len([m for _, m in heads if _kind(m) == ""]) == 1 and of_head[0] >= max(_n(m) for _, m in placed)
        return of_head if whole else of_body
    return of_body or of_head or _known(said)


def _total(said: Sequence[Said]) -> Counted | None:
    """The total that is told last; totals of several targets are added."""
    totals = [(line, m) for line, m in said if _kind(m) == "total" and (_named(m, line) or _supported(m, said))]
    if not totals:
        return None
    scopes = [_scope(line, m) for line, m in totals]
    listed = len(totals) > 1 and len({line for line, _ in totals}) == 1 and all(TIMES.search(m.words) for _, m in totals)
    each = listed or _by_item(totals) or (all(scopes) and len(set(scopes)) == len(scopes) > 1)
    whole = _whole(totals, scopes)
    evidence = tuple(m for _, m in totals) if each else (whole or totals[-1][1],)
    more = [] if each else _after(said, totals[-1][1])
    return sum(_n(m) for m in (*evidence, *more)), (*evidence, *more)


def _by_item(totals: Sequence[Said]) -> bool:
    """True if each of several counts opens an item of one list by its number: "1. IceForce x 4 ... 2. IceRod x 2 ..."."""
    items = [NUMBERED.match(line.text) for line, _ in totals]
    numbers = [item[1] for item in items if item]
    near = all(
        item and m.start - line.sentence.start <= item.end() and TIMES.search(m.words)
        for (line, m), item in zip(totals, items, strict=True)
    )
    return near and len(set(numbers)) == len(totals) > 1


NUMBERED = re.compile(r"\W{0,3}([1-9]|[A-Ea-e])[.):]\s+")


def _whole(totals: Sequence[Said], scopes: Sequence[tuple[str, ...]]) -> Mention | None:
    """The one total that names no target, where the others are those of targets and no more than it in sum: "Total probes: 6. Lesion A: probes: 2"."""
    bare = [m for (_, m), scope in zip(totals, scopes, strict=True) if not scope]
    parts = [m for (_, m), scope in zip(totals, scopes, strict=True) if scope]
    return bare[0] if len(bare) == 1 and len(parts) > 1 and sum(map(_n, parts)) <= _n(bare[0]) else None


def _after(said: Sequence[Said], total: Mention) -> list[Mention]:
    """Probes told after a total that only sums up those before it: added ones, and those of a further target."""
    before = [m for _, m in said if m.start < total.start and _kind(m) in ("", "part") and m.section not in HEADS]
    closed = sum(_n(m) for m in before) == _n(total) and len(before) > 1
    after = [(line, m) for line, m in said if line.sentence.start > total.end and m.section not in (*HEADS, "addendum", "complications")]
    more = [
        m
        for _, m in after
        if (_kind(m) == "added" and (before or _rank(m) > _n(total)))
        or (closed and _kind(m) in ("", "part") and not _same_count(m, before))
    ]
    return more


RANK = re.compile(r"\b(second|third|fourth|fifth|sixth)\b", re.IGNORECASE)


def _rank(m: Mention) -> int:
    """Which probe of the session an added one is called, the second being 2; a high number if it has no rank: it was not announced."""
    said = RANK.search(m.words)
    return ("second", "third", "fourth", "fifth", "sixth").index(said[1].lower()) + 2 if said else 99


def _same_count(m: Mention, before: Sequence[Mention]) -> bool:
    """True if a count in another section may repeat one told before."""
    return any(_n(m) == _n(b) and m.section != b.section for b in before)


DEVICE = re.compile(r"probe|needle|antenn|applicat|electrod|\bice|rods?\b|sonde", re.IGNORECASE)
LABEL = re.compile(
    r"\W*(?:[\w/-]+ ){0,3}?(?:cryo-?)?(?:probes?|needles?|antenn\w+|applicators?|electrodes?)(?: \w+){0,2}\s*[:=]\W*", re.IGNORECASE
)


def _named(m: Mention, line: Line) -> bool:
    """True if a total names what it counts, or stands right behind a label that does: "Probes: seven in all"."""
    label = LABEL.match(line.text)
    at = m.start - line.sentence.start
    return DEVICE.search(m.words) is not None or (label is not None and label.end() <= at <= label.end() + NEAR_LABEL)


NEAR_LABEL = 20
"""Characters between a label and a sum without its noun: "Antennas: one per lesion, two in all"."""
MAKES = re.compile(r"mak(?:es|ing)\b", re.IGNORECASE)


def _supported(total: Mention, said: Sequence[Said]) -> bool:
    """True if a total without its noun follows counts that it can be the sum of."""
    beside = [m for line, m in said if line.sentence.start <= total.start < line.sentence.end and _kind(m) not in ("total", "known")]
    before = [_n(m) for _, m in said if m.start < total.start and _kind(m) != "total" and total.start - m.start < 1500]
    listed = [_n(m) for line, m in said if m.end <= total.start and _kind(m) == "total" and _named(m, line) and TIMES.search(m.words)]
    if len(listed) > 1 and sum(listed) == _n(total):
        return True
    if beside and beside[0].start < total.start and MAKES.match(total.text):
        return True
    return bool(before) and _n(total) >= max(before) and _n(total) <= sum(before) + 2


def _scope(line: Line, m: Mention) -> tuple[str, ...]:
    """The target that a count is of: its label, else its place, as named between the counts beside it; behind it first."""
    counts = line.labelled("PROBES")
    until = min((o.start for o in counts if o.start > m.start), default=line.sentence.end)
    since = max((o.end for o in counts if o.end <= m.start), default=line.sentence.start)
    for labels in (("NAME",), ("SITE", "PART")):
        said = line.labelled(*labels)
        found = [o for o in said if m.end <= o.start < until] or [o for o in said if since <= o.start < m.end]
        if found:
            return tuple(dict.fromkeys(o.concept for o in found))
    return _scope_above(line)


def _scope_above(line: Line) -> tuple[str, ...]:
    """The target that the sentence before names and no more: "Target: ilium. Probes 2."; one that only gives its size may stand between."""
    if len(line.labelled("PROBES")) > 1:
        return ()
    for above in islice(timeline.back(line), MOST_ABOVE):
        named = above.labelled("NAME", "SITE", "PART")
        longest = 90 if above.labelled("NAME") else 40
        if above.sentence.paragraph != line.sentence.paragraph or len(above.text) > longest or above.labelled("PROBES"):
            return ()
        if named or not above.labelled("SIZE"):
            return tuple(dict.fromkeys(o.concept for o in named))
    return ()


MOST_ABOVE = 3
"""Sentences of a target's head before the one that counts its probes."""


def _sum(said: Sequence[Said]) -> Counted | None:
    """What was placed, added up; a count that another section repeats, or that the ones after it divide, is counted once."""
    kept: list[Said] = []
    counted: dict[int, dict[str, list[Said]]] = {}
    for line, m in said:
        if _kind(m) in ("", "part", "added") and not _one_of(line, m) and not _repeated(line, m, counted.get(_n(m), {})):
            kept.append((line, m))
            counted.setdefault(_n(m), {}).setdefault(line.sentence.section, []).append((line, m))
    articles = [s for s in said if _kind(s[1]) == "article"]
    if not any(_kind(m) == "" for _, m in kept):
        kept = [*articles[:1], *kept]
    elif articles:
        kept += [s for s in articles if any(line == s[0] and m.start < s[1].start for line, m in kept)]
    kept += [s for s in articles if s not in kept and _of_its_own(s, kept)]
    kept = _once(_unsummed(_undivided(_moved(kept))))
    return (sum(_n(m) for _, m in kept), tuple(m for _, m in kept)) if kept else None


LED_IN = re.compile(
    r"(?: of (?:them|these|those|which))? (?:through|via|by way of|over|under|along|with) (?:an? |the )(?:[\w-]+ ){0,3}?(?:trocars?|needle|cannula|sheath|introducer|guide|drill|wire|window|approach|access|route|transit|hydrodissection)\b",
    re.IGNORECASE,
)
"""Behind a count: how some of those counted right before it came in."""


def _one_of(line: Line, m: Mention) -> bool:
    """True for probes among those counted right before them: "four probes, one through a bone trocar"."""
    before = [c for c in line.labelled("PROBES") if c.end <= m.start]
    text = line.read.flat
    return (
        _kind(m) == "part"
        and bool(before)
        and _n(m) < _n(before[-1])
        and text[before[-1].end : m.start].strip(" (,;–-") == ""
        and LED_IN.match(text, m.end) is not None
    )


def _repeated(line: Line, m: Mention, counted: Mapping[str, Sequence[Said]]) -> bool:
    """True if the same count was told in another section, and not of another target, or of the same one below another heading of its; ``counted`` are its tellings by section."""
    head = _headed(line)
    told = (x for tellings in counted.values() for x, _ in tellings)
    if head and any(x.sentence.paragraph != line.sentence.paragraph and _headed(x) == head for x in told):
        return True
    return any(
        not _scope(line, m) or not _scope(x, k) or set(_scope(x, k)) & set(_scope(line, m))
        for section, tellings in counted.items()
        if section != line.sentence.section
        for x, k in tellings
    )


def _headed(line: Line) -> str:
    """The name of the target that opens the paragraph of a line: "Target 1: psoas, 33 mm, 4 probes", and further down "Target 1: Four probes were placed"."""
    above = takewhile(lambda x: x.sentence.paragraph == line.sentence.paragraph, timeline.back(line))
    first = (line, *above)[-1]
    return next((m.concept for m in first.labelled("NAME") if m.start - first.sentence.start < OPENING), "")


OPENING = 4
"""Characters within which a name opens its paragraph."""


def _undivided(kept: list[Said]) -> list[Said]:
    """Without the counts that only divide the first one: "Five needles. Target 1: three. Target 2: two."."""
    if len(kept) < 3 or _scope(*kept[0]) or _in_item(kept[0][0]) or any(_kind(m) == "added" for _, m in kept):
        return kept
    return kept[:1] if sum(_n(m) for _, m in kept[1:]) == _n(kept[0][1]) else kept


ITEM = re.compile(r"\W{0,3}(?:[1-9]|[A-Ea-e])[.):]\s")


def _in_item(line: Line) -> bool:
    """True if a line belongs to an item of a numbered list, whose target it speaks of."""
    above = [x for x in islice(timeline.back(line), MOST_OF_ITEM) if x.sentence.paragraph == line.sentence.paragraph]
    return ITEM.match((above[-1] if above else line).text) is not None


MOST_OF_ITEM = 6
"""Sentences of an item before the one that counts its probes."""


def _of_its_own(article: Said, kept: Sequence[Said]) -> bool:
    """True for "a probe" put into a target of which no other count is told, where every other count has its target."""
    own, others = set(_scope(*article)), [set(_scope(*s)) for s in kept]
    return bool(own and others) and all(o and not (o <= own or own <= o) for o in others)


def _stands_alone(line: Line) -> bool:
    """True if a count names no target and opens a paragraph that no heading with a place stands over."""
    if line.labelled("SITE", "PART", "NAME"):
        return False
    above = next(timeline.back(line), None)
    return above is None or (
        above.sentence.paragraph != line.sentence.paragraph
        and not (len(above.text) < HEADING and above.labelled("SITE", "PART", "NAME") and not above.text.rstrip().endswith("."))
    )


HEADING = 60
"""Characters of a line that can head a paragraph."""


def _unsummed(kept: list[Said]) -> list[Said]:
    """Without the count that closes a report and is the sum of those before it: "Three needles. Two needles. ... Five needles in the end."."""
    ordered = sorted(kept, key=lambda s: s[1].start)
    parts, last = ordered[:-1], ordered[-1:]
    summed = len(parts) > 1 and sum(_n(m) for _, m in parts) == _n(last[0][1])
    summed = summed and (_stands_alone(last[0][0]) or _closes_list(last[0], parts))
    return last if summed else kept


def _closes_list(last: Said, parts: Sequence[Said]) -> bool:
    """True if a count opens a line and is of no target, below lines that each count the probes of their own: "Dome: two needles.\nTip: one needle.\nThree needles used."."""
    scopes = [_scope(*s) for s in parts]
    line = last[0]
    opens = "\n" in line.read.note.text[max(0, line.sentence.start - 3) : line.sentence.start]
    return (opens or SUM_ALONE.fullmatch(line.text) is not None) and not _scope(*last) and all(scopes) and len(set(scopes)) == len(scopes)


SUM_ALONE = re.compile(
    r"\W*(?:in (?:all|total),? )?\w+ (?:cryo-?)?(?:probes?|needles?|antennas?|antennae|applicators?|electrodes?)(?: (?:were |was )?(?:used|placed|opened|in use))?\W*",
    re.IGNORECASE,
)
"""A sentence that is a count and no more."""


def _moved(kept: list[Said]) -> list[Said]:
    """Of what was used throughout only the first count, where the same devices are told again target by target: "two antennas were used. 1: one. 2: two."."""
    if len(kept) < 3 or _scope(*kept[0]) or any(_kind(m) == "added" for _, m in kept):
        return kept
    scopes = [_scope(*s) for s in kept[1:]]
    apart = all(scopes) and len(set(scopes)) == len(scopes)
    return kept[:1] if apart and _n(kept[0][1]) == max(_n(m) for _, m in kept[1:]) and device(kept[0][1].text) != "cryoablation" else kept


def _once(kept: list[Said]) -> list[Said]:
    """Without the telling of the technique where the same probes are listed again target by target."""
    named = [(line, m) for line, m in kept if line.labelled("NAME")]
    rest = [s for s in kept if s not in named]
    return named if len(named) > 1 and rest and sum(_n(m) for _, m in named) == sum(_n(m) for _, m in rest) else kept


def _known(said: Sequence[Said]) -> Counted | None:
    """A count spoken of as known ("the two needles were removed"), if nothing else is told."""
    known = [m for _, m in said if _kind(m) == "known"]
    best = max(known, key=_n, default=None)
    return (_n(best), (best,)) if best else None


REPLACED = re.compile(r"\b(?:not|instead of|rather than|in place of|for)(?: the)? (?P<n>\d{1,2}|" + "|".join(NAMES) + r")\b", re.IGNORECASE)


def _corrected(found: Counted | None, body: Sequence[Said], late: Sequence[Said]) -> Counted | None:
    """What an addendum makes of the count: a new total, a new count of one target, or some more."""
    totals = [(line, m) for line, m in late if _kind(m) == "total"]
    if totals and _scope(*totals[-1]) and REPLACED.search(totals[-1][0].text):
        return _replaced(found, body, *totals[-1])
    if totals:
        return _n(totals[-1][1]), (totals[-1][1],)
    plain = [(line, m) for line, m in late if _kind(m) in ("", "article")]
    if plain:
        return _replaced(found, body, *plain[-1])
    added = [m for _, m in late if _kind(m) == "added"]
    return (found[0] + sum(_n(m) for m in added), (*found[1], *added)) if found and added else found


def _replaced(found: Counted | None, body: Sequence[Said], line: Line, m: Mention) -> Counted:
    """A new count of one of several targets changes the sum; any other is the new sum itself."""
    placed = [(x, b) for x, b in body if _kind(b) in ("", "part")]
    wrong = REPLACED.search(line.text)
    said = WORDS.get(wrong["n"].lower()) or int(wrong["n"]) if wrong else None
    scope = set(_scope(line, m))
    before = [b for x, b in placed if scope and scope & set(_scope(x, b))] or [b for _, b in placed if _n(b) == said]
    if found and len(placed) > 1 and len(before) == 1 and said != found[0]:
        return found[0] - _n(before[0]) + _n(m), (*found[1], m)
    return _n(m), (m,)
