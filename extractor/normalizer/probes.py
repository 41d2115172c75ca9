"""How many probes were used in a session? A total where one is told, else the sum of those placed; an addendum corrects."""

from __future__ import annotations

import re
from collections.abc import Sequence

from extractor.model import Cell, Mention
from extractor.normalizer.records import Line

UNDONE = ("negated", "planned", "historical", "hypothetical", "cancelled", "family", "intended")
ELSEWHERE = ("consent", "history", "indication", "comparison", "past_history", "plan", "instructions", "family_history", "reason")
HEADS = ("impression", "procedure", "date")
DEVICES = (
    ("microwave", re.compile(r"antenn|microwave|\bMWA?\b", re.IGNORECASE)),
    ("radiofrequency", re.compile(r"electrode|radio-?freq|\bRFA?\b", re.IGNORECASE)),
    ("cryoablation", re.compile(r"cryo|\bice|freez", re.IGNORECASE)),
)
Said = tuple[Line, Mention]


def device(words: str) -> str:
    """The energy that the name of a probe tells; empty for a bare "probe" or "needle"."""
    return next((name for name, pattern in DEVICES if pattern.search(words)), "")


def count(lines: Sequence[Line], modality: str = "") -> Cell | None:
    """The number of probes that the lines of a session tell. With ``modality``, those of another energy in the same lines do not count."""
    said = [
        (line, m)
        for line in lines
        if line.sentence.section not in ELSEWHERE
        for m in line.labelled("PROBES")
        if not m.has(*UNDONE) and (not modality or _energy(line, m) in ("", modality))
    ]
    late = [s for s in said if s[0].sentence.section == "addendum"]
    body = [s for s in said if s[0].sentence.section != "addendum"]
    found = _told(body)
    if late:
        found = _corrected(found, body, late)
    if not found or found[0] <= 0:
        return None
    return Cell(found[0], found[1])


Counted = tuple[int, tuple[Mention, ...]]


def _kind(m: Mention) -> str:
    return m.rule_id.partition("#probes")[2].lstrip("_")


def _n(m: Mention) -> int:
    return int(float(m.concept))


def _energy(line: Line, m: Mention) -> str:
    """The energy that a count belongs to: by its own noun, else by the nearest one named before it in its line."""
    own = device(m.text)
    before = [e for e in line.labelled("PROCEDURE", "ENERGY") if e.start <= m.start and e.concept != "other"]
    return own or (before[-1].concept if before else "")


def _told(said: Sequence[Said]) -> Counted | None:
    listed = [m for _, m in said if m.rule_id.startswith("grids#")]
    if listed:
        return sum(_n(m) for m in listed), tuple(listed)
    total = _total(said)
    if total:
        return total
    heads = [s for s in said if s[0].sentence.section in HEADS]
    placed = [s for s in said if s[0].sentence.section not in (*HEADS, "complications")]
    of_head, of_body = _sum(heads), _sum(placed)
    if of_head and of_body:
        whole = len([m for _, m in heads if _kind(m) == ""]) == 1 and of_head[0] >= max(_n(m) for _, m in placed)
        return of_head if whole else of_body
    return of_body or of_head or _known(said)


def _total(said: Sequence[Said]) -> Counted | None:
    """The total that is told last; totals of several targets are added."""
    totals = [(line, m) for line, m in said if _kind(m) == "total" and (_named(m) or _supported(m, said))]
    if not totals:
        return None
    scopes = [_scope(line) for line, _ in totals]
    each = all(scopes) and len(set(scopes)) == len(scopes) > 1
    evidence = tuple(m for _, m in totals) if each else (totals[-1][1],)
    return sum(_n(m) for m in evidence) + _after(said, totals[-1][1]), evidence


def _after(said: Sequence[Said], total: Mention) -> int:
    """Probes added in a later sentence of the report, on top of its total."""
    return (
        0
        if total.section == "addendum"
        else sum(_n(m) for line, m in said if _kind(m) == "added" and m.start > line.sentence.start > total.end)
    )


def _named(m: Mention) -> bool:
    return re.search(r"probe|needle|antenn|applicat|electrod|\bice", m.text, re.IGNORECASE) is not None


def _supported(total: Mention, said: Sequence[Said]) -> bool:
    """True if a total without its noun follows counts that it can be the sum of."""
    before = [_n(m) for _, m in said if m.start < total.start and _kind(m) != "total" and total.start - m.start < 1500]
    return bool(before) and _n(total) >= max(before) and _n(total) <= sum(before) + 2


def _scope(line: Line) -> tuple[str, ...]:
    """The target that a line speaks of: its label, else its place."""
    names = tuple(dict.fromkeys(m.concept for m in line.labelled("NAME")))
    return names or tuple(dict.fromkeys(m.concept for m in line.labelled("SITE", "PART")))


def _sum(said: Sequence[Said]) -> Counted | None:
    """What was placed, added up; a count that another section repeats, or that the ones after it divide, is counted once."""
    kept: list[Said] = []
    for line, m in said:
        if _kind(m) in ("", "part", "added") and not _repeated(line, m, kept):
            kept.append((line, m))
    articles = [s for s in said if _kind(s[1]) == "article"]
    if not any(_kind(m) == "" for _, m in kept):
        kept = [*articles[:1], *kept]
    elif articles:
        kept += [s for s in articles if any(line == s[0] and m.start < s[1].start for line, m in kept)]
    kept = _undivided(kept)
    return (sum(_n(m) for _, m in kept), tuple(m for _, m in kept)) if kept else None


def _repeated(line: Line, m: Mention, kept: Sequence[Said]) -> bool:
    """True if the same count was told in another section, and not of another target."""
    return any(
        _n(k) == _n(m)
        and x.sentence.section != line.sentence.section
        and (not _scope(line) or not _scope(x) or set(_scope(x)) & set(_scope(line)))
        for x, k in kept
    )


def _undivided(kept: list[Said]) -> list[Said]:
    """Without the counts that only divide the first one: "Five needles. Target 1: three. Target 2: two."."""
    if len(kept) < 3 or _scope(kept[0][0]) or any(_kind(m) == "added" for _, m in kept):
        return kept
    return kept[:1] if sum(_n(m) for _, m in kept[1:]) == _n(kept[0][1]) else kept


def _known(said: Sequence[Said]) -> Counted | None:
    """A count spoken of as known ("the two needles were removed"), if nothing else is told."""
    known = [m for _, m in said if _kind(m) == "known"]
    best = max(known, key=_n, default=None)
    return (_n(best), (best,)) if best else None


def _corrected(found: Counted | None, body: Sequence[Said], late: Sequence[Said]) -> Counted | None:
    """What an addendum makes of the count: a new total, a new count of one target, or some more."""
    totals = [m for _, m in late if _kind(m) == "total"]
    if totals:
        return _n(totals[-1]), (totals[-1],)
    plain = [(line, m) for line, m in late if _kind(m) in ("", "article")]
    if not plain:
        added = [m for _, m in late if _kind(m) == "added"]
        return (found[0] + sum(_n(m) for m in added), (*found[1], *added)) if found and added else found
    line, m = plain[-1]
    before = [b for x, b in body if _scope(line) and _scope(x) == _scope(line) and _kind(b) in ("", "part")]
    targets = {_scope(x) for x, b in body if _kind(b) in ("", "part") and _scope(x)}
    if found and before and len(targets) > 1:
        return found[0] - _n(before[-1]) + _n(m), (*found[1], m)
    return _n(m), (m,)
