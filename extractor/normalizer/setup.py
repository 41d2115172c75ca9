"""How was a session done? Guidance, anaesthesia, approach and probes, from the sentences that report it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from extractor.model import Cell, Mention, When
from extractor.normalizer import numbered, probes
from extractor.normalizer.records import Line
from extractor.patterns import re

NEVER = ("consent", "plan", "instructions", "family_history")
ELSEWHERE = ("consent", "indication", "history", "plan", "comparison", "past_history", "instructions", "family_history")
BODY = ("", "procedure", "date", "technique", "findings", "guidance", "impression")
RUN_ON = ("indication", "consent")
"""Sections that a report without further headings runs on from."""
UNDONE = ("negated", "cancelled", "hypothetical", "historical", "family")
UNDONE_IN_TELLING = tuple(context for context in UNDONE if context != "historical")
"""Of a session that no report tells everything is told as past: "CT-guided radiofrequency ablation elsewhere in 2015", under Background."""
EARLIER = re.compile(
    r"\b(?:compar\w+|previous\w*|prior|earlier|diagnostic|staging|follow-?up|last (?:week|month|year)|tomorrow|in (?:\w+ ){1,3}(?:weeks?|months?))\b",
    re.IGNORECASE,
)
ANESTHESIA = ("general", "neuraxial", "monitored_care", "moderate_sedation", "regional", "local")
"""What counts where several are told: a block of a nerve comes on top of sedation, a spinal one is the anaesthetic itself."""


CELLS = frozenset(("guidance", "anesthesia", "approach", "probes"))


def told_all(cells: Mapping[str, Cell]) -> bool:
    """True if nothing is left open of what ``setup`` tells."""
    return cells.keys() >= CELLS


def setup(lines: Sequence[Line], modality: str = "", others: Sequence[str] = (), report: bool = True) -> dict[str, Cell]:
    """The cells of a session. ``others`` are the energies of the same report, whose lines then do not count; ``report`` if the lines are a report."""
    if not report and not others:
        lines = [x for x in lines if any(_speaks(x))]
    if report:
        lines = _run_on(lines)
    own = share(lines, modality, others) if others else list(lines)
    cells = {
        "guidance": _guidance(own, report) or _guidance(lines, report),
        "anesthesia": _anesthesia(own, report) or _anesthesia(lines, report),
        "approach": _approach(own, report) or _approach(lines, report),
        "probes": probes.count(own, modality if others else "", report),
    }
    return {k: v for k, v in cells.items() if v}


def _run_on(lines: Sequence[Line]) -> list[Line]:
    """The lines of a report; where none of its own sections tells a probe, what a history without an end tells of the session is its technique."""
    if any(x.labelled("PROBES") and x.sentence.section not in ELSEWHERE for x in lines):
        return list(lines)
    return [replace(x, sentence=replace(x.sentence, section="technique")) if _technique(x) else x for x in lines]


def _technique(line: Line) -> bool:
    told = [m for m in line.labelled("PROBES", "SETUP", "ENERGY") if not m.has(*UNDONE, "planned")]
    return (
        line.sentence.section == "history" and bool(told) and not EARLIER.search(line.text) and not line.labelled("DATE", "PRIOR_TREATMENT")
    )


def speaks(lines: Iterable[Line]) -> frozenset[str]:
    """The cells that lines of no report can fill: nothing else in them is of the kind."""
    return frozenset(cell for line in lines for cell in _speaks(line))


def _speaks(line: Line) -> Iterator[str]:
    for m in line.labelled("SETUP", "PROBES", "IMAGING"):
        if m.label == "IMAGING":
            yield from ("guidance",) if line.sentence.section == "guidance" else ()
        else:
            yield "probes" if m.label == "PROBES" else m.concept.partition(":")[0]


def share(lines: Sequence[Line], modality: str, others: Sequence[str]) -> list[Line]:
    """The lines of a report on several energies that tell of one: those that name it, and what follows them until another is named."""
    out: list[Line] = []
    last = ""
    told = numbered.told_of(lines)
    alone = _of_placed(lines, (modality, *others))
    for line in lines:
        if line in told:
            last = (named_energies(told[line], (modality, *others)) or [""])[-1]
            out += [line] if last == modality else []
            continue
        named = named_energies(line, (modality, *others))
        if not named and (own := alone.get(_paragraph(line))):
            last = own
        elif not named and out and line.sentence.section != out[-1].sentence.section:
            last = ""
        if modality in named or (not named and last == modality):
            out.append(_part_of(line, modality, named) if len(named) > 1 else line)
        last = named[-1] if named else last
    return out


def of_paragraphs(lines: Sequence[Line], among: Sequence[str]) -> dict[tuple[str, int], str]:
    """The energy of each paragraph, by note and number, that names one alone: "Part B, right iliac bone. ... three cryoprobes were placed"."""
    named: dict[tuple[str, int], set[str]] = {}
    for line in lines:
        named.setdefault(_paragraph(line), set()).update(named_energies(line, among))
    return {where: kinds.pop() for where, kinds in named.items() if len(kinds) == 1}


def _of_placed(lines: Sequence[Line], among: Sequence[str]) -> dict[tuple[str, int], str]:
    """That of each paragraph that opens with a place: "RIB. Same anaesthetic, CT alone. Two cryoprobes ..."."""
    opened = {_paragraph(line): line for line in reversed(lines)}
    return {where: energy for where, energy in of_paragraphs(lines, among).items() if opened[where].labelled("SITE")}


def _paragraph(line: Line) -> tuple[str, int]:
    return line.read.note.note_id, line.sentence.paragraph


CLAUSE_END = re.compile(r";\s")


def _part_of(line: Line, modality: str, named: Sequence[str]) -> Line:
    """A line on several energies without how another one was done, in a clause of its own: "(a) CT-guided cryoablation of ...; (b) US-guided microwave of ..."."""
    bounds = [0, *(m.end() for m in CLAUSE_END.finditer(line.text)), len(line.text) + 1]
    begin = line.sentence.start
    others = []
    for low, high in pairwise(bounds):
        told = {m.concept for m in line.labelled("PROCEDURE", "ENERGY") if low <= m.start - begin < high} & set(named)
        others += [(low, high)] if told and modality not in told else []
    kept = tuple(m for m in line.mentions if not any(low <= m.start - begin < high for low, high in others))
    return replace(line, sentence=replace(line.sentence, mentions=kept))


def named_energies(line: Line, among: Sequence[str]) -> list[str]:
    """The energies that a line names, by word or by device, in order."""
    said = [(m.start, m.concept) for m in line.labelled("PROCEDURE", "ENERGY") if m.concept in among and not m.has(*UNDONE)]
    said += [(m.start, kind) for m in line.labelled("PROBES") if (kind := probes.device(m.words)) in among]
    return list(dict.fromkeys(concept for _, concept in sorted(said)))


def _said(lines: Sequence[Line], what: str, report: bool, sections: Sequence[str] = ()) -> list[tuple[str, Mention]]:
    return [
        (m.concept.split(":")[1], m)
        for line in lines
        if (line.sentence.section in sections if sections else line.sentence.section not in (ELSEWHERE if report else NEVER))
        for m in line.labelled("SETUP")
        if m.concept.startswith(what) and not m.has(*(UNDONE if report else UNDONE_IN_TELLING))
    ]


def _guidance(lines: Sequence[Line], report: bool) -> Cell | None:
    said = _said(lines, "guidance", report, ("guidance",)) or _said(lines, "guidance", report)
    said += [(m.concept, m) for line in lines if line.sentence.section == "guidance" for m in _images(line)]
    said = said or _said(lines, "guidance", False, RUN_ON)
    if report and {kind for kind, _ in said} == {"us"}:
        said += [
            ("ct", m) for line in lines if line.sentence.section in BODY and _of_session(line) for m in _images(line) if _of_ice(m, line)
        ]
    if report and not any(kind != "fluoroscopy" for kind, _ in said):
        said += [(m.concept, m) for line in lines if line.sentence.section in BODY and _of_session(line) for m in _images(line)]
    if report:
        said += [
            (m.concept, m) for line in lines if line.sentence.section in HEADS and line.labelled("PROCEDURE") for m in _bracketed(line)
        ]
    if report and not said:
        said = [(m.concept, m) for line in lines if line.sentence.section not in ELSEWHERE for m in _joined(line)]
    if not said:
        said = [
            (m.concept, m)
            for line in lines
            if not report or (line.sentence.section in BODY and not EARLIER.search(line.text))
            for m in _listed(line)
        ]
    kinds = dict.fromkeys(kind for kind, _ in said)
    if not kinds:
        return None
    if "ct_us" in kinds or {"ct", "us"} <= set(kinds):
        value = "ct_us"
    else:
        value = next((k for k in ("pet_ct", "mri", "ct", "us", "fluoroscopy") if k in kinds), "other")
    return Cell(value, tuple(m for k, m in said if k in value or value == "ct_us")[:2])


ICE = re.compile(
    r"[^.;]{0,60}?\b(?:ice(?: ?ball)?|freez\w+|needles?|probes?|antenn\w+|planning|control|placement|position\w*|used|throughout|every)\b",
    re.IGNORECASE,
)


def _of_ice(m: Mention, line: Line) -> bool:
    """True for the CT that followed the ice or the probes of a session led by ultrasound."""
    return m.concept == "ct" and (
        ICE.match(line.read.flat, m.end, line.sentence.end) is not None or bool(line.labelled("MARGIN", "COVERAGE"))
    )


def _images(line: Line) -> list[Mention]:
    """Exams of a line that can be the guidance."""
    taken = line.labelled("SETUP")
    return [
        m
        for m in line.labelled("IMAGING")
        if m.concept in ("ct", "us", "mri", "pet_ct")
        and not (m.has("negated") and not _denied_after(m, line))
        and not m.has("planned")
        and not any(s.start < m.end and m.start < s.end for s in taken)
    ]


HEADS = ("", "procedure", "date")


def _bracketed(line: Line) -> list[Mention]:
    """Exams that close a line of the title in brackets of their own: "Cryoablation, left renal metastasis (CT)"."""
    text = line.read.flat
    return [
        m
        for m in _images(line)
        if text[m.start - 1 : m.start] == "(" and re.match(r"(?: guidance| guided)?\)\W*$", text[m.end : line.sentence.end])
    ]


def _joined(line: Line) -> list[Mention]:
    """Exams right before the ablation they guide, whatever heading the line runs on from: "Percutaneous CT cryoablation"."""
    done = {p.start for p in line.labelled("PROCEDURE") if not p.has(*UNDONE, "planned")}
    return [m for m in _images(line) if done & {m.end + 1}] if done else []


def _denied_after(m: Mention, line: Line) -> bool:
    """True if a guidance field denies another of its items, not this one: "CT, ultrasound not used"."""
    before = line.read.flat[line.sentence.start : m.start]
    return line.sentence.section == "guidance" and not before.strip() and line.read.flat[m.end : m.end + 1] in (",", ";")


def _listed(line: Line) -> list[Mention]:
    """Exams that stand alone among the items by which a line tells of a session: "RFA of segment 7, percutaneous, CT, sedation"."""
    text = line.read.flat
    set_up = line.labelled("SETUP", "ENERGY", "PROBES", "PROCEDURE")
    return [
        m
        for m in _images(line)
        if set_up
        and re.search(r"(?:[,(;/+]|^|\band|\bwith|\bunder)\s*$", text[line.sentence.start : m.start])
        and re.match(r"\s*(?:[,);:/+]|\.?\s*$|and\b)", text[m.end : line.sentence.end])
    ]


def _of_session(line: Line) -> bool:
    """True if the images that a line of a report speaks of can be those of the session itself: no other day is named."""
    dated = any(isinstance(m.value, When) and m.value.anchor != "procedure" for m in line.labelled("DATE"))
    return not EARLIER.search(line.text) and (not dated or line.sentence.section == "date")


def _anesthesia(lines: Sequence[Line], report: bool) -> Cell | None:
    said = _said(lines, "anesthesia", report, ("anesthesia",)) or _said(lines, "anesthesia", report, BODY[:-1])
    said = said or _said(lines, "anesthesia", report) or _said(lines, "anesthesia", False, RUN_ON)
    said = [(kind, m) for kind, m in said if not _not_given(m, lines)]
    kinds = [("neuraxial" if m.rule_id.endswith("neuraxial") else kind, m) for kind, m in said]
    for value in ANESTHESIA:
        evidence = [m for kind, m in kinds if kind == value]
        if evidence:
            return Cell("regional" if value == "neuraxial" else value, (evidence[0],))
    return None


NOT_GIVEN = re.compile(
    r"\b(?:rather than|instead of|in place of|in lieu of|declined|refused|averse to|not to (?:be|have|undergo|get))\W*(?:an? |the |under )?$",
    re.IGNORECASE,
)
ONLY_ADVISED = re.compile(
    r"\W*(?:anesthe\w+ |anaesthe\w+ )?(?:had been |was |were )?(?:advised|offered|declined|refused|considered|recommended|suggested|proposed|not (?:wanted|needed|required|used|given))\b",
    re.IGNORECASE,
)


DRUGS = re.compile(r"(?:propofol|remifentanil|fentanyl|alfentanil|sufentanil|ketamine)\b", re.IGNORECASE)
NAMED_KIND = re.compile(
    r"\b(?:monitored[- ]an(?:a)?esthe\w+(?: care)?|monitored care|(?-i:MAC)|(?:an(?:a)?lgo)?-?sedation)(?: (?:was|were|given|provided|by|the|an?|an(?:a)?esthe\w+|team))*\s*(?:[(:,–-]|with|using|by|by means of)\s*$",
    re.IGNORECASE,
)
"""Before drugs: the kind of anesthesia they were given for, which they do not make another one."""


def _not_given(m: Mention, lines: Sequence[Line]) -> bool:
    """True for what was advised, declined or replaced ("sedation rather than GA"), and for drugs of a kind that is named: "MAC with propofol and remifentanil"."""
    text = lines[0].read.flat if lines and lines[0].read.note.note_id == m.note_id else ""
    return bool(
        NOT_GIVEN.search(text, max(0, m.start - 40), m.start)
        or ONLY_ADVISED.match(text, m.end)
        or (DRUGS.match(text, m.start) and NAMED_KIND.search(text, max(0, m.start - 60), m.start))
    )


def _approach(lines: Sequence[Line], report: bool) -> Cell | None:
    said = _said(lines, "approach", report)
    for value in ("open", "laparoscopic", "endoscopic", "percutaneous"):
        evidence = [m for k, m in said if k == value]
        if evidence:
            return Cell(value, (evidence[0],))
    return None
