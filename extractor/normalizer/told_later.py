"""What do the notes after a report tell of how far the ice went, where the report itself does not say? A discharge summary, a letter, a call.

The report wins for what was done (labeling guide, Conflicts), so a later note only fills what it left open. Scans and specimens say nothing of
coverage, and where a chart has several sessions the words of a later note may be of any of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from extractor.model import Cell, Mention, ReadNote
from extractor.normalizer import coverage, timeline
from extractor.normalizer.lesion_details import of_surgery
from extractor.normalizer.lesion_targets import places_in
from extractor.normalizer.naming_spots import UNREAL
from extractor.normalizer.places import conflict
from extractor.normalizer.records import Line, Place, Session
from extractor.patterns import re

LATEST = timedelta(days=120)
"""Days within which a note still tells of a session."""
NOT_TOLD = ("procedure", "radiology", "pathology")
ELSEWHERE = ("plan", "instructions", "consent", "past_history", "family_history", "comparison", "indication", "reason")


def cells(
    known: Mapping[str, Cell], place: Place, session: Session, others: Sequence[Session], reads: Sequence[ReadNote]
) -> dict[str, Cell]:
    """The cells of coverage that notes after a report of one target fill: all of them where it is silent, the margin where it gives none and they agree."""
    if not session.report or "min_margin_mm" in known:
        return {}
    told = coverage.cells(_said(place, session, others, reads))
    if "coverage" not in known:
        return told
    if "min_margin_mm" in told and told["coverage"].value == known["coverage"].value and told["min_margin_mm"].value:
        return {"min_margin_mm": told["min_margin_mm"]}
    return {}


def _said(place: Place, session: Session, others: Sequence[Session], reads: Sequence[ReadNote]) -> list[tuple[Line, Mention]]:
    day = session.when.date
    later = [r for r in reads if r is not session.report and timedelta(0) <= r.note.note_date - day <= LATEST]
    later = [r for r in later if timeline.kind(r) not in NOT_TOLD and r.note_type not in NOT_TOLD]
    later = [r for r in later if not any(o.when.date <= r.note.note_date for o in others)]
    return [(x, m) for r in later for x in timeline.telling(r) if _tells(x, place) for m in x.labelled("MARGIN", "COVERAGE")]


ICE = re.compile(r"\b(?:ice|ice-?ball|frost|froze|frozen|freez\w+)\b", re.IGNORECASE)


def _tells(line: Line, place: Place) -> bool:
    """True for a sentence on the session's ice: it speaks of ice, or it or the one before it names the ablation; and of no scan."""
    found = line.labelled("MARGIN", "COVERAGE")
    if not found or line.sentence.section in ELSEWHERE or line.labelled("PRIOR_TREATMENT") or any(of_surgery(line, m) for m in found):
        return False
    before = next(timeline.back(line), None)
    beside = [before] if before and before.sentence.paragraph == line.sentence.paragraph and not ICE.search(line.text) else []
    lead = [line, *beside]
    named = any(not m.has(*UNREAL) for x in lead for m in x.labelled("PROCEDURE"))
    if any(x.labelled("IMAGING") for x in lead) or not (named or ICE.search(line.text)):
        return False
    return not any(p.site and conflict(p, place) for p in places_in(line))
