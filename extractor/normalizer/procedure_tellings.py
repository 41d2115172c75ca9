"""Sessions that other notes tell: which mentions of an ablation mean one that was done, and when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from extractor.model import Drop, Mention, PartialDate, ReadNote, When
from extractor.normalizer import energies, timeline
from extractor.normalizer.energies import NOT_DONE
from extractor.normalizer.procedure_days import (
    DAYS_FROM,
    PAST,
    TALKED,
    TUMOUR,
    about,
    coupled,
    day_of_sitting,
    days_of,
    own_day,
    shared_day,
)
from extractor.normalizer.procedure_reports import BROKEN_OFF, is_made_up
from extractor.normalizer.records import Line, searched
from extractor.patterns import re

OTHER_ORGAN = re.compile(
    r"\b(?:atrial|fibrillation|flutter|arrhythmi\w+|rhythm|palpitation\w*|SVT|cardiac|heart|cardiolog\w+|AF|a-?fib|varicos\w+|saphenous|veins?|menorrhagia|periods|endometri\w+|menses|facet|Barrett\w*|nerve root|sciatica|neuralgia|warts?|cervical dysplasia|cervix|CIN|fibroids?|thyroid\w*|remnant|(?:radio-?)?iodine|I-?131|RAI|goit\w+|prostate|BPH|fibroadenoma|WPW|Wolff\S*|(?:accessory )?pathway|AVNRT|tachycardia|ectop\w+|ha?emorrhoids?|turbinates?|tonsils?|retina\w*|kerato\w+|keloids?|knee pain|back pain|branch(?:es)?|rhizotom\w+|facets?|genicular|(?:coeliac|celiac|splanchnic|hypogastric) (?:plexus|nerves?)|neurolysis|sympath\w+|ganglion|basal cell|BCC|cutaneous squamous|dermatolog\w+)\b",
    re.IGNORECASE,
)
BENIGN = re.compile(
    r"\b(?:benign|euthyroid|thyroid (?:nodules?|lesions?|cysts?|adenomas?)|(?:hot|cold|toxic|colloid) (?:thyroid )?nodules?|goit\w+|hyperplasia|fibroids?|fibroadenoma|keratos\w+|basal cell(?: carcinoma)?|BCC)\b",
    re.IGNORECASE,
)
"""What makes a nodule of another organ none of the tumours this is about."""
ENDOMETRIOSIS = re.compile(
    r"\bendometrio\w+(?:(?! \w*sarcoma| metasta)[ -]\w+){0,6}? (?:implants?|lesions?|deposits?|nodules?|foci)\b"
    r"|\b(?:implants?|lesions?|deposits?|nodules?|foci)(?: \w+){0,2}? (?:of|from) endometrio\w+|\bendometrio\w+ (?:implants?|lesions?|deposits?|nodules?|foci)\b",
    re.IGNORECASE,
)
"""The implants of endometriosis, no tumours: "endometriosis with laser ablation of implants"."""

NEAR = re.compile(r"\b(?:near|adjacent|beside|next|close|from|off|along|abut\w*|against|around|encas\w+)(?:\W+\w+){0,4}\W*$", re.IGNORECASE)

ONLY_PLANNED = re.compile(
    r"\s*(?:[x×] ?\d+|\d+ ?[x×])?(?:\s*[,(\[:–-]|(?:\s+[\w-]+){1,5}\s*[(\[])\s*(?:still |only |as )?(?:planned|pending|proposed|requested|scheduled|ordered|booked|tentative|awaited|on hold|to be (?:scheduled|done|booked))\b(?![^.;]*\b(?:done|performed|completed|went|given)\b)",
    re.IGNORECASE,
)
"""Behind an ablation whose entry gives its state: "cryoablation x3, planned [case request 3/1/21]"."""
TAKEN_BACK = re.compile(
    r"\b(?:it|this|that|which|(?:the|this|that) (?:case|procedure|session|ablation|treatment))\s+(?:in fact |actually )?(?:was|did|has|had|were)\s*(?:not|n['’]t|never)(?: been)?(?: done| performed| happen(?:ed)?| take place| taken place| occur(?:red)?| go ahead| gone ahead| carried out| completed?| given)?\s*(?:[.;,)]|$)"
    r"|\b(?:it|this|that|which|these)\s+(?:never (?:happened|took place|occurred|was done|went ahead)|didn['’]t (?:happen|take place|occur|go ahead))\b"
    r"|\b(?:listed|entered|recorded|documented|charted|carried(?: forward)?|coded|marked|shown|appears?|reads?|logged|billed)\b[^.;]{0,60}\b(?:in error|by mistake|mistakenly|erroneously|as (?:an? |the )?default|by default|from (?:an? |the )?(?:template|macro))\b"
    r"|(?<!up-to-)\b(?:date|day|slot|booking|appointment|time|reservation|block)\b[^.;]{0,100}\b(?:(?:held|kept|booked|reserved|meant|put down) (?:only |just )?as (?:an? )?(?:back-?up|reserve|place-?holder|fallback|hold)|no longer (?:needed|required|planned|valid)|(?:is|was|has been|been) (?:released|freed|given (?:back|up|away)|removed)|not (?:needed|used)\b(?! for)|place-?holder)"
    r"|\b(?:erroneously|mistakenly|wrongly) (?:listed|entered|recorded|documented|charted|carried|coded|marked|logged)\b",
    re.IGNORECASE,
)
"""An entry that its own sentence takes back."""

CAUSE_OF = re.compile(
    r"\b(?:brought (?:on|about)|caused?|due|attribut\w+|(?:un)?related|secondary|owing|blamed|consequen\w+|results?|complicat\w+|provoked|triggered|induced|resulting|weakened) (?:by|to|of|from|on) (?:the |that |this |his |her |an? )?(?:\w+ )?$",
    re.IGNORECASE,
)
"""Words that name an ablation as the cause of something: the day beside them is that of the trouble."""

Told = tuple[PartialDate, str, Line, Mention, Mention]

OTHERS = re.compile(
    r"\b(?:another|a different|the wrong|some other|a second) patient(?:'s|’s| with\b)|\b(?:wrong|another|different) (?:chart|folder|file|record)\b",
    re.IGNORECASE,
)
"""A sentence that speaks of somebody else's papers: "another patient's images had been filed here"."""


def tellings_in(read: ReadNote, drops: list[Drop]) -> list[Told]:
    """Ablations that a note tells of with their date."""
    out: list[Told] = list(_listed_below(read))
    for line in timeline.telling(read):
        for mention in (*line.labelled("PROCEDURE"), *_places_told(line)):
            if mention.concept == "other" and _named_beside(mention, line):
                continue
            reason = _not_performed(mention, line)
            days = (
                [d for d in _when(mention, line) if not _of_named(d[1], line)]
                if not reason
                else _made_up(mention, line)
                if "cancelled" in reason
                else _had_it(mention, line)
                if "planned" in reason
                else []
            )
            days = [d for d in days if not _told_by_other(d[1], mention, line)]
            if not days and "planned" in reason and (later := _went_ahead(mention, line)):
                out.append((later[0], _energy(mention, line), later[1], mention, later[2]))
                continue
            reason = "" if days else reason
            past = [d for d in days if d[0].date <= read.note.note_date]
            if reason or not past:
                drops.append(
                    Drop(mention, "procedures", reason or ("dated after the note: not yet done" if days else "no date of its own"))
                )
            out += [(when, _energy(mention, line) if past else "", line, mention, day) for when, day in past]
    return out


def abouts_in(read: ReadNote) -> list[Told]:
    """Ablations that a note tells of by no more than how long ago they were."""
    out: list[Told] = []
    for line in timeline.telling(read):
        vague = any(isinstance(d.value, When) and (d.value.approximate or d.value.anchor == "procedure") for d in line.labelled("DATE"))
        for mention in line.labelled("PROCEDURE") if vague and line.labelled("SITE", "ORGAN") else ():
            told = about(mention, line) if not _not_performed(mention, line) and not _when(mention, line) else None
            if (
                told
                and told[1].end <= mention.start
                and not UNDERWENT.search(line.read.flat, max(line.sentence.start, mention.start - 60), mention.start)
            ):
                continue
            if told and told[0].date <= read.note.note_date:
                out.append((told[0], _energy(mention, line), line, mention, told[1]))
    return out


UNDERWENT = re.compile(r"\b(?:had|underwent|received|got|s/p|status[- ]post|was|were|been|then)\b", re.IGNORECASE)
"""Before an ablation that is told behind how long ago it was: "two years ago she had RFA of the liver"."""


OF_NAMED = re.compile(r"\b(?:target|lesion|site|nodule|tumou?r|zone) #?[A-H1-9] (?:of|from|in) (?:the )?$", re.IGNORECASE)


def _of_named(day: Mention, line: Line) -> bool:
    """True for the day by which a report calls a target of an earlier one: "recurrent nodule (target B of last April)"."""
    return OF_NAMED.search(line.read.flat[max(line.sentence.start, day.start - 30) : day.start]) is not None


EXAMS_SINCE = re.compile(
    r"\b(?:imag\w+|scans?|CTs?|MRIs?|PETs?|exams?|studies|films|surveillance|follow-?up|f/u|results?|course)(?: [\w/-]+){0,2}? (?:since|after|following|post)(?: the| his| her)? (?:\w+ )?$",
    re.IGNORECASE,
)
THEIR_LIST = re.compile(r"[^.;:\d]{0,25}(?:\([^()]{1,20}\) ?)?:")


def _heads_exams(mention: Mention, line: Line) -> bool:
    """True for an ablation in the heading of the exams made since: "Imaging since ablation: 3 mo (5/4) MRI no residual"."""
    text = line.read.flat
    listed = THEIR_LIST.match(text, mention.end, line.sentence.end)
    if listed is None or not EXAMS_SINCE.search(text[max(0, mention.start - 60) : mention.start]):
        return False
    return any(m.start > listed.end() for m in line.labelled("IMAGING"))


def _when(mention: Mention, line: Line) -> list[tuple[PartialDate, Mention]]:
    """The days of an ablation: those of its sentence, else of what it goes on with, else of the field beside it."""
    if _heads_exams(mention, line):
        return []
    return (
        days_of(mention, line)
        or shared_day(mention, line)
        or day_of_sitting(mention, line)
        or _day_of_field(mention, line)
        or _day_of_recovery(mention, line)
    )


TITLE = 100
"""Characters of a note in which it says where it was written."""
RECOVERY = re.compile(
    r"\b(?:PACU|recovery (?:room|unit|area|bay|suite|nurs\w+)|post-?an(?:a)?esthe\w+ (?:care )?(?:unit|room)|(?:arrived|received|back) from (?:IR|CT|interventional))\b",
    re.IGNORECASE,
)
JUST_HAD = re.compile(r"\b(?:s/p|status[- ]post|following|after|post|from)(?: [\w-]+){0,3}? $", re.IGNORECASE)
LONG_AGO = re.compile(r"\b(?:ago|prior|previous|earlier|last|history|hx|hours|days?|weeks?|months?|years?|POD)\b", re.IGNORECASE)


def _day_of_recovery(mention: Mention, line: Line) -> list[tuple[PartialDate, Mention]]:
    """The day of a note from the recovery room: "PACU: s/p cryo left shoulder mass, awake, pain 2/10"."""
    note = line.read.note
    if line.labelled("DATE") or timeline.kind(line.read) != "nursing" or LONG_AGO.search(line.text):
        return []
    if not RECOVERY.search(note.text, 0, TITLE):
        return []
    just = JUST_HAD.search(line.read.flat[max(line.sentence.start, mention.start - 40) : mention.start])
    return [(PartialDate(note.note_date), mention)] if just else []


def _day_of_field(mention: Mention, line: Line) -> list[tuple[PartialDate, Mention]]:
    """The day of the field beside that of the procedure: "Procedure: cryoablation left psoas / Date: 5/5/21"."""
    if line.sentence.section != "procedure" or line.labelled("DATE") or timeline.is_report(line.read):
        return []
    fields = (*islice(timeline.back(line), 1), *timeline.following(line, 1))
    days = [(d, x) for x in fields if x.sentence.section == "date" for d in x.labelled("DATE")]
    own = own_day(*days[0]) if len(days) == 1 else None
    return [(own, days[0][0])] if own and own.precision == "day" else []


FROZEN_THERE = re.compile(r"\b(?:(?P<cryo>froze\w*|cryo\w*)|(?P<micro>microwaved)|ablated)\b", re.IGNORECASE)


def _places_told(line: Line) -> list[Mention]:
    """Treated places that tell of the treatment too: "had the lower lobe nodule frozen in March 2021"."""
    zones = [m for m in line.labelled("ZONE") if m.rule_id in ("zones#zone.where", "zones#zone.one")] if line.labelled("DATE") else []
    return [
        replace(m, label="PROCEDURE", concept="cryoablation" if said["cryo"] else "microwave" if said["micro"] else "other")
        for m in zones
        if (said := FROZEN_THERE.search(m.words))
    ]


MOST_NAMED = 6
"""Ablations of a sentence among which the energy of a bare one is looked for."""


def _energy(mention: Mention, line: Line) -> str:
    """What energy an ablation is of; of a bare one the one that its sentence names and dates no other way."""
    if mention.concept != "other":
        return mention.concept
    named = [m for m in line.labelled("PROCEDURE") if m.concept != "other" and not m.has(*NOT_DONE)]
    if len(named) > MOST_NAMED:
        return mention.concept
    dated = [m for m in named if days_of(m, line)]
    return energies.beside(mention, line, dated)


ENTRY = re.compile(
    r"\W*(?:(?:[-–—•*·>#]|\(?\d{1,2}[.):]|\(?[a-h][.):])\s*)?(?:(?:stage|session|sitting|part|round|step|phase|visit|treatment|ablation|procedure|no|number|the|first|second|third|fourth|1st|2nd|3rd|4th|one|two|three|in|on|left|right|#?\d{1,2}|[A-D]|[IVX]+)\b[\s:,.)–—-]*)*",
    re.IGNORECASE,
)
"""What may stand before the day of an entry in a list of sessions: "- stage 1, 8/31/2021", "#2. 11/13/18", "Session B: 2022-01-26"."""
MOST_ENTRIES = 12


def _listed_below(read: ReadNote) -> Iterator[Told]:
    """Ablations that a line heads and the entries below it date: "Staged cryoablation completed: - stage 1, 8/31/2021, left ..."."""
    lines = timeline.lines(read) if "PROCEDURE" in timeline.labels(read) else ()
    for number, line in enumerate(lines):
        done = () if line.labelled("DATE") else line.labelled("PROCEDURE")
        if not done or not (line.text.rstrip().endswith(":") or _counts_sessions(line)):
            continue
        heads = [m for m in done if not _not_performed(m, line)]
        if not heads:
            continue
        for entry in lines[number + 1 : number + 1 + MOST_ENTRIES]:
            opening = next(iter(entry.labelled("DATE")), None)
            if entry.labelled("PROCEDURE") or (opening is None and entry.text.rstrip().endswith(":")):
                break
            if opening is not None and isinstance(opening.value, When) and opening.value.anchor == "note":
                break
            if opening is None or not ENTRY.fullmatch(entry.read.flat[entry.sentence.start : opening.start]):
                continue
            when = own_day(opening, entry)
            if when and when.date <= read.note.note_date and not entry.labelled("PRIOR_TREATMENT", "IMAGING"):
                yield when, energies.beside(heads[0], line), entry, heads[0], opening


SESSIONS = re.compile(r"\b(?:sessions|sittings|rounds|times|treatments)\b|[x×] ?[2-9]\b", re.IGNORECASE)


def _counts_sessions(line: Line) -> bool:
    """True if a line counts sessions and a list follows it: "cryo x2 sessions. (1) 8/14/18 RUL + RLL (2) 7/9/19 LUL"."""
    below = timeline.behind(line)
    return bool(SESSIONS.search(line.text) and below and LIST_ITEM.match(below.text))


LIST_ITEM = re.compile(r"\W*(?:[-–—•*·>#]|\(?\d{1,2}[.):]|\(?[a-h][.):])\s")


def _made_up(mention: Mention, line: Line) -> list[tuple[PartialDate, Mention]]:
    """The day of an ablation that was called off first: "postponed for fever, done 27 September"."""
    return _done_then(mention, line, [d for d in line.labelled("DATE") if is_made_up(d, line)], "PRIOR_TREATMENT", "OTHER_ABLATION")


def _done_then(mention: Mention, line: Line, days: Sequence[Mention], *others: str) -> list[tuple[PartialDate, Mention]]:
    """The first of these days behind an ablation, if nothing of the labels ``others`` stands before it: what was done then may be that."""
    apart = [m.start for m in line.labelled(*others) if m.start > mention.end]
    later = [d for d in days if d.start > mention.end and not any(o < d.start for o in apart)]
    return [(when, d) for d in later if (when := own_day(d, line))][:1]


WENT_AHEAD = re.compile(
    r"\b(?:he|she|they|pt|the patient)(?: has| have| had)? (?:since |then |duly |eventually |finally )?(?:went|gone) ahead(?: with (?:it|this|that|the \w+))?(?: as planned)?(?: on| in)?\W{1,3}$",
    re.IGNORECASE,
)
MOST_BEHIND = 4
"""Sentences behind a planned ablation that may tell when it was done."""


def _went_ahead(mention: Mention, line: Line) -> tuple[PartialDate, Line, Mention] | None:
    """The day, with its sentence, on which what a note plans was done by a later sentence of it: "... will undergo cryoablation. Update: he went ahead on 4/22"."""
    for other in timeline.following(line, MOST_BEHIND):
        if other.labelled("PROCEDURE", "PRIOR_TREATMENT", "OTHER_ABLATION"):
            return None
        for d in other.labelled("DATE"):
            before = other.read.flat[other.sentence.start : d.start]
            exams = [m for m in other.labelled("IMAGING", "INTERVENTION") if m.start < d.start]
            if (WENT_AHEAD.search(before) or (HAD_IT.search(before) and not exams)) and (when := own_day(d, other)):
                return (when, other, d) if when.date <= line.read.note.note_date else None
        if other.labelled("IMAGING", "INTERVENTION"):
            return None
    return None


HAD_IT = re.compile(
    r"\b(?:had|got|underwent|received) (?:it|(?:the|this|that) (?:procedure|treatment|session|ablation))(?: done| performed)?(?: finally| eventually| then)?(?: on| in)?\W{1,3}$"
    r"|\b(?:it|this|that|which) (?:(?:was|has been) (?:then |finally |eventually |duly |since )?(?:done|performed|carried out|given)|(?:then |finally |eventually |duly )?(?:took place|went ahead|happened))(?: on| in)?\W{1,3}$",
    re.IGNORECASE,
)


def _had_it(mention: Mention, line: Line) -> list[tuple[PartialDate, Mention]]:
    """The day on which what had been planned was done: "cryoablation was meant for July; she finally had it on September 14"."""
    had = [d for d in line.labelled("DATE") if HAD_IT.search(line.read.flat[mention.end : d.start])]
    return _done_then(mention, line, had, "PRIOR_TREATMENT", "OTHER_ABLATION", "IMAGING", "INTERVENTION")


def _told_by_other(day: Mention, mention: Mention, line: Line) -> bool:
    """True for the day of a list whose own brackets name the energy: "ablations: 2/14/2019 (liver, MWA), 7/9/2020 (psoas, cryo)"."""
    if mention.concept != "other" or mention.start > day.start:
        return False
    behind = line.read.flat[day.end : line.sentence.end]
    bracket = re.match(r"\s*\([^()]{1,80}\)", behind)
    end = day.end + bracket.end() if bracket else 0
    return any(m.concept != "other" and day.end <= m.start < end and not m.has(*NOT_DONE) for m in line.labelled("PROCEDURE"))


def _named_beside(mention: Mention, line: Line) -> bool:
    """True if the energy of a bare "ablated" stands right beside it: "ablated (microwave)"."""
    return any(o.concept != "other" and 0 <= max(o.start - mention.end, mention.start - o.end) <= 12 for o in line.labelled("PROCEDURE"))


def _not_performed(mention: Mention, line: Line) -> str:
    for name in NOT_DONE:
        if mention.has(name) and not (name == "cancelled" and BROKEN_OFF.search(line.text)):
            return f"said to be {name}" if name != "family" else "of a relative"
    off = CALLED_OFF.match(line.read.flat, mention.end, line.sentence.end)
    if OTHERS.search(line.text):
        return "of another patient"
    if off and not any(
        mention.end <= m.start < off.end() for m in line.labelled("PROCEDURE", "IMAGING", "PRIOR_TREATMENT", "INTERVENTION")
    ):
        return "said to be cancelled"
    if line.sentence.section in ("consent", "instructions", "comparison"):
        return f"in the section {line.sentence.section}"
    last = next((o for o in line.labelled("PROCEDURE") if o.start > mention.end and coupled(mention, o, line.read.flat)), mention)
    if TALKED.match(line.read.flat, last.end) or ONLY_PLANNED.match(line.read.flat, last.end, line.sentence.end):
        return "only talked about"
    if _counted_from(mention, line):
        return "only what the day of a trouble is counted from"
    if CAUSE_OF.search(line.read.flat[max(line.sentence.start, mention.start - 60) : mention.start]):
        return "named as the cause of something"
    if TAKEN_BACK.search(line.text, mention.end - line.sentence.start) or TAKEN_BACK.match(line.text):
        return "taken back by its own sentence"
    if COPIED.search(line.read.flat[max(line.sentence.start, mention.start - 60) : min(line.sentence.end, mention.end + 60)]):
        return "only quoted from an order or a list"
    following = timeline.behind(line)
    if following and following.sentence.paragraph == line.sentence.paragraph and NOT_SO.search(following.text):
        return "taken back by the next sentence"
    if line.sentence.section == "plan" and not PAST.search(line.text):
        return "in the section plan"
    words, item = _clause(mention, line), _item(mention, line)
    other = OTHER_ORGAN.search(item)
    if other and not TUMOUR.search(ENDOMETRIOSIS.sub(" ", item)) and not NEAR.search(item[: other.start()]):
        return "an ablation of something else than a tumour, by the words of its entry"
    if searched(OTHER_ORGAN, words) and (not TUMOUR.search(words) or BENIGN.search(words)):
        return "an ablation of something else than a tumour, by the words around it"
    return ""


CALLED_OFF = re.compile(
    r"(?: \w+){0,2}? (?:that|which)\b[^.;,]{1,120}?\b(?:was|were|is|got|has been|had been) (?:later |then |eventually |in the end )?(?:cancel\w+|called off|dropped|scrapped|abandoned|given up)\b"
    r"|(?: \w+){0,2}? (?:had been|was|were) (?:planned|scheduled|booked|slated|intended|proposed|offered)\b[^.;]{0,60}?\b(?:and|but|then)(?: \w+){0,3}? (?:cancel\w+|called off|dropped|scrapped|abandoned|given up|never (?:done|happened|took place)|not done)\b",
    re.IGNORECASE,
)
"""Behind an ablation told with what had been meant for it: "the session that had been pencilled in for spring was cancelled"."""
COPIED = re.compile(
    r"[\"“][^\"”]{0,50}[\"”][^.;]{0,12}\b(?:on|in|per|from) (?:the |her |his |an? )?(?:requisition|order\w*|problem list|request|referral form|template|macro|schedul\w+)\b|\b(?:orders?|order (?:hx|history)|problem list|requisition|request|macro|template)\b[^.;]{0,30}\b(?:reads?|says?|lists?|states?|had|has|carries|shows?)\b[^.;]{0,12}[\"“]",
    re.IGNORECASE,
)
"""An entry that a note quotes from an order, a requisition or a list."""
NOT_SO = re.compile(
    r"\b(?:that|this|the|said) (?:case|session|procedure|ablation|treatment|attempt|one|entry)(?: \w+){0,4}? (?:was|had been|is) (?:in fact |actually )?(?:aborted|cancel\w+|abandoned|called off|not (?:done|performed|completed|carried out)|never (?:done|performed|completed)|wrong|an? error|incorrect)\b",
    re.IGNORECASE,
)


def _counted_from(mention: Mention, line: Line) -> bool:
    """True for "11 days following ablation a blister was noted (21 September)" and "8 days out from ablation of two tumours, came to the ER on 10/19"."""
    days = [d.start for d in line.labelled("DATE") if d.start >= mention.end]
    troubles = [m.start for m in line.labelled("COMPLICATION") if m.start >= mention.end]
    before = line.read.flat[max(line.sentence.start, mention.start - 50) : mention.start]
    elsewhere = bool(days) and OTHER_EVENT.search(line.read.flat[mention.end : days[0]]) is not None
    return bool(days) and (elsewhere or bool(troubles and troubles[0] < days[0])) and DAYS_FROM.search(before) is not None


OTHER_EVENT = re.compile(
    r"[,;]\s+(?:(?:he|she|they|pt|patient|the patient)\s+)?(?:\w+ed|came|went|saw|fell|woke|felt|had|was)\b|\b(?:came|presented|went|(?:re-?)?admitted|returned|brought|seen|developed)\b",
    re.IGNORECASE,
)
"""Between an ablation that days are counted from and a day: a verb of its own tells what came then."""


def _clause(mention: Mention, line: Line) -> str:
    """The words of a sentence around a mention, up to the semicolons beside it."""
    at = mention.start - line.sentence.start
    return line.text[:at].rpartition(";")[2] + line.text[at:].partition(";")[0]


def _item(mention: Mention, line: Line) -> str:
    """The entry of a list that holds a mention, up to the commas beside it."""
    words = _clause(mention, line)
    at = words.find(mention.text)
    before, here = re.split(r"[,:]", words[:at]), re.split(r"[,:]", words[at:])[0]
    alone = before[-1] + re.sub(r"[\d./-]|\b(?:19|20)\d\d\b|\b(?:in|on|s/p|status|post|twice|times|x)\b", "", here)
    return ",".join(before[-2:] if not re.search(r"[A-Za-z]", alone.replace(mention.text, "")) else before[-1:]) + here
