"""Which ablation sessions were performed, and how? One row a session and modality."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import islice

from extractor.model import Cell, Drop, Mention, PartialDate, ReadNote, When
from extractor.normalizer import corrections, energies, timeline
from extractor.normalizer.energies import DEVICED, NOT_DONE
from extractor.normalizer.places import conflict, places
from extractor.normalizer.probes import device
from extractor.normalizer.records import Line, Session, searched
from extractor.normalizer.setup import setup, speaks, told_all
from extractor.patterns import re

NOT_OF_SESSION = ("consent", "indication", "history", "past_history", "comparison", "plan", "instructions", "reason", "family_history")
TITLE_SECTIONS = ("", "procedure", "date", "impression", "diagnosis", "guidance")
ABORTED = re.compile(
    r"\b(?:abort(?:ed|ing)|not (?:carried out|undertaken|done)|no tissue (?:was )?(?:frozen|ablated|treated)|(?:gas|generator|energy) (?:was )?(?:never|not)(?: \w+){0,3}? (?:on|delivered|applied|activated)|no (?:gas|current|power|cooling|ice)(?: \w+){0,2}? (?:turned on|switched on|run|given|delivered|applied|used|formed|made|seen to form)|without the gas|did not proceed|decided (?:not to|to stop|to leave)|nothing was (?:frozen|ablated|treated|cooled)|without (?:having been |(?:ever )?being )(?:(?:switched|turned) on|activated|used)|decided against (?:freezing|ablation|ablating|treat\w+|going on|proceeding)|never (?:started|switched on|turned on|activated)|(?:ended|stopped|halted|terminated) before|(?:no|not a) (?:\w+ )?(?:tumou?r|tissue|lesion|nodule) (?:had been |was |were )?(?:treated|frozen|ablated)|took place(?<=not take place)|did not take place|procedure (?:was )?stopped|abandon(?:ed|ing)|terminated|cancel(?:l)?ed|called off|not performed|no (?:ablation|cryo\w*|freeze|freezing|energy|treatment)(?: \w+){0,3} (?:was |were |been )?(?:performed|delivered|done|given|started|begun|initiated|attempted|completed|carried out|undertaken|applied)"
    r"|(?:ablation|energy|treatment|freez\w+|cryo\w+) (?:delivered|given|performed|done|applied|completed|carried out)\s*[:?]\s*(?:\[ \] ?yes\W+)?(?:\[x\] ?)?(?:no|none|nil)|(?:no|not a) (?:probe|cryoprobe|antenna)s? (?:was|were) (?:placed|inserted|activated)|nothing (?:left )?to (?:treat|ablate|freeze)|without (?:any )?(?:needle|probe|applicator|antenna|skin puncture)s?(?: (?:placement|insertion)| (?:being )?(?:placed|inserted))?|without (?:any )?(?:freezing|ablation|energy)|without (?:any )?treatment(?= (?:being |having been )?(?:given|delivered)))\b",
    re.IGNORECASE,
)
BEFORE_ANY = re.compile(
    r"\b(?:before|prior to) (?:(?:any|the|the first|the initial|actual) )?(?:freez(?:e|ing)|energy|ablation|heating|gas|cycle|probe|treatment)\b",
    re.IGNORECASE,
)
ENDED = re.compile(
    r"\b(?:stop\w*|halt\w*|end(?:ed|ing)|discontinu\w+|withdr\w+|removed|pulled (?:back|out)|gave up|given up|called (?:it )?(?:off|a day)|broken off|postponed|deferred|woken|woke|refus\w+|declin\w+|interrupt\w+|taken off the table|sent (?:home|back))\b",
    re.IGNORECASE,
)
"""What happened "before the first freeze" tells of an ablation not done only beside a word of stopping."""
OTHER_ORGAN = re.compile(
    r"\b(?:atrial|fibrillation|flutter|arrhythmi\w+|rhythm|palpitation\w*|SVT|cardiac|heart|cardiolog\w+|AF|a-?fib|varicos\w+|saphenous|veins?|menorrhagia|periods|endometri\w+|menses|facet|Barrett\w*|nerve root|sciatica|neuralgia|warts?|cervical dysplasia|cervix|CIN|fibroids?|thyroid\w*|remnant|(?:radio-?)?iodine|I-?131|RAI|goit\w+|prostate|BPH|fibroadenoma|WPW|Wolff\S*|(?:accessory )?pathway|AVNRT|tachycardia|ectop\w+|ha?emorrhoids?|turbinates?|tonsils?|retina\w*|kerato\w+|keloids?|knee pain|back pain|branch(?:es)?|rhizotom\w+|facets?|genicular|(?:coeliac|celiac|splanchnic|hypogastric) (?:plexus|nerves?)|neurolysis|sympath\w+|ganglion|basal cell|BCC|cutaneous squamous|dermatolog\w+)\b",
    re.IGNORECASE,
)
BENIGN = re.compile(
    r"\b(?:benign|euthyroid|thyroid (?:nodules?|lesions?|cysts?|adenomas?)|(?:hot|cold|toxic|colloid) (?:thyroid )?nodules?|goit\w+|hyperplasia|fibroids?|fibroadenoma|keratos\w+|basal cell(?: carcinoma)?|BCC)\b",
    re.IGNORECASE,
)
"""What makes a nodule of another organ none of the tumours this is about."""
TUMOUR = re.compile(
    r"\b(?:tumou?rs?|mass|lesions?|nodules?|metasta\w+|mets?|deposits?|\w*sarcoma\w*|recurren\w+|implants?)\b", re.IGNORECASE
)
AFTER = re.compile(r"\b(?:after|since|following|s/p|from|out|post|status)\b", re.IGNORECASE)
NEAR = re.compile(r"\b(?:near|adjacent|beside|next|close|from|off|along|abut\w*|against|around|encas\w+)(?:\W+\w+){0,4}\W*$", re.IGNORECASE)
SAME = timedelta(days=3)
ORDER = {"day": 0, "month": 1, "year": 2}
BROKEN_OFF = re.compile(
    r"\b(?:freez\w+|ice|thaw\w*)\b[^.;]{0,30}?\b(?:terminat\w+|abandon\w+|stopped|ended|curtailed|cut short|halted|discontinued)\b(?! before)|\b(?:after|during|in) (?:the |only |just |her |his |about )*(?:(?:first|second|one|two|initial|third|final|last|\d+) )*(?:\d+ ?)?(?:min\w* of |min\w* into the )?(?:freez\w+|cycles?|thaw|burn|application|heating)\b",
    re.IGNORECASE,
)
"""An ablation that was broken off after energy had been given was one."""
AWAY = r"(?:\s+(?:outside|elsewhere|there|abroad|locally|OSH|(?:at|in) \w+))?"
"""Where another hospital's treatment was given, behind its date."""
REPEATED = re.compile(
    r"(?:\s+(?:of|to|for|in|at) [^,;.()]{1,40})?\s*(?:\([^()]{1,40}\))?[\s,]*\b(?:and|then|again|repeat(?:ed)?|once more|a second time)\b[\s,]*(?:again|repeat(?:ed)?|once more|a second time|then)?\s*(?:on|in)?\s*",
    re.IGNORECASE,
)
"""Between two days of one ablation: "02/2019 of an iliac metastasis, and again 11/2019"."""
AGAIN = re.compile(r"\b(?:again|repeat(?:ed)?|once more|a second time)\b", re.IGNORECASE)
MADE_UP = re.compile(
    r"\b(?:done|performed|given|carried out|took place|taken place|went ahead|gone ahead|completed|treated|ablated|frozen)(?: (?:instead|then|eventually|finally|successfully|uneventfully|without (?:event|incident)))*(?: on)?\W{1,3}$|\b(?:second attempt|finally|eventually|second try)(?: (?:succeeded|successful|done))?(?: on)?\W{1,3}$",
    re.IGNORECASE,
)
"""Before the day on which an ablation that had been called off was made up for."""
LISTED = re.compile(r"\W*(?:\([^()]{1,60}\)\W*)?(?:(?:and|then|again|also|on|in|with a|second(?:ly)?|once more|&|\+)\b\W*)*", re.IGNORECASE)
PAST = re.compile(
    r"\b(?:was|were|had|has|been|underwent|s/p|status|after|since|following|treated|performed|done|did|went|received|ago|last|post|history|past|previous\w*|earlier|froze|ablated|got|came|uneventful\w*|without (?:event|incident|complication)|out from|back in)\b",
    re.IGNORECASE,
)
TALKED = re.compile(
    r"\s*(?:(?:was|were|is|had been|has been|being) )?(?:also |again |briefly )?(?:discussed|mentioned|considered|raised|talked (?:about|over)|brought up|proposed|recommended|suggested|agreed|offered|requested|ordered|booked|scheduled)\b",
    re.IGNORECASE,
)
TAKEN_BACK = re.compile(
    r"\b(?:it|this|that|which|(?:the|this|that) (?:case|procedure|session|ablation|treatment))\s+(?:in fact |actually )?(?:was|did|has|had|were)\s*(?:not|n['’]t|never)(?: been)?(?: done| performed| happen(?:ed)?| take place| taken place| occur(?:red)?| go ahead| gone ahead| carried out| completed?| given)?\s*(?:[.;,)]|$)"
    r"|\b(?:it|this|that|which|these)\s+(?:never (?:happened|took place|occurred|was done|went ahead)|didn['’]t (?:happen|take place|occur|go ahead))\b"
    r"|\b(?:listed|entered|recorded|documented|charted|carried(?: forward)?|coded|marked|shown|appears?|reads?|logged|billed)\b[^.;]{0,60}\b(?:in error|by mistake|mistakenly|erroneously|as (?:an? |the )?default|by default|from (?:an? |the )?(?:template|macro))\b"
    r"|(?<!up-to-)\b(?:date|day|slot|booking|appointment|time|reservation|block)\b[^.;]{0,100}\b(?:(?:held|kept|booked|reserved|meant|put down) (?:only |just )?as (?:an? )?(?:back-?up|reserve|place-?holder|fallback|hold)|no longer (?:needed|required|planned|valid)|(?:is|was|has been|been) (?:released|freed|given (?:back|up|away)|removed)|not (?:needed|used)\b(?! for)|place-?holder)"
    r"|\b(?:erroneously|mistakenly|wrongly) (?:listed|entered|recorded|documented|charted|carried|coded|marked|logged)\b",
    re.IGNORECASE,
)
"""An entry that its own sentence takes back."""
MEETING = re.compile(
    r"\b(?:conf|conference|board|T\.?B|STB|MTB|MDTB?|MDM|MDC|SMDT|multidisc\w*|tumou?r ?board|meeting|panel|round|rounds|discuss\w+|visit|consult\w*|clinic|seen|saw|(?:we|they|he|she|I|team|board|committee|who|and) met|appointment|appt|referr?\w*|consented|consent|comparison|compared|letter|e-?mail|call|phone\w*|t-?con|decision|decided|recommend\w+|proposed|presented|scheduling|booked|scheduled|requested|ordered)\.?(?:\s+(?:of|on|from|dated|at|this|last|note|by (?:the )?(?:[A-Z]\w+|\w+ ?radiology|team)|him|her|them|pt|patient|with|us))*[\s:(,–-]*$",
    re.IGNORECASE,
)
"""Before the day of a meeting, a visit or an order, which is none of an ablation."""
QUOTE = re.compile(r"[\"“”«:]")
CAUSE_OF = re.compile(
    r"\b(?:brought (?:on|about)|caused?|due|attribut\w+|(?:un)?related|secondary|owing|blamed|consequen\w+|results?|complicat\w+|provoked|triggered|induced|resulting|weakened) (?:by|to|of|from|on) (?:the |that |this |his |her |an? )?(?:\w+ )?$",
    re.IGNORECASE,
)
"""Words that name an ablation as the cause of something: the day beside them is that of the trouble."""
Dated = tuple[int, PartialDate, Mention]
Told = tuple[PartialDate, str, Line, Mention, Mention]


def find(reads: Sequence[ReadNote], drops: list[Drop]) -> list[Session]:
    """Sessions in order of day. ``reads`` are in order; candidates that become no session go to ``drops``."""
    reported = [s for read in reads if timeline.kind(read) == "procedure" for s in _reported(read, drops)]
    reported = _merge_reports(_without_aborted(reported, reads))
    called_off = undone(reads)
    disowned = _disowned(reads)
    amended = corrections.days(reads)
    reported = [_of_day(s, amended) for s in reported]
    told = []
    for t in (_of_its_month(t, reported, called_off) for read in reads for t in _told(read, drops)):
        if t[0] in amended:
            t = (amended[t[0]][0], *t[1:4], amended[t[0]][1])
        if any(_same_day(t[0], day) for day in called_off) and not any(_same_session(s, t[0], t[1]) for s in reported):
            drops.append(Drop(t[3], "procedures", "another note says that this session was called off"))
        elif (said := disowned.get(t[1])) and not any(s.modality == t[1] for s in reported) and _by_other(t, said):
            drops.append(Drop(t[3], "procedures", "another note says that this patient never had it"))
        else:
            told.append(t)
    sessions = _of_energy_told(_with_unnamed(_add_told(reported, told, energies.named(reads)), reads), energies.corrected(reads))
    return sorted(sessions, key=lambda s: (s.when.date, s.modality))


def _without_aborted(reported: Sequence[Session], reads: Sequence[ReadNote]) -> list[Session]:
    """Without the brief note of a session whose full report of that day says that it was aborted: no line of the brief one tells of energy."""
    reports = [r for r in reads if "procedure" in (timeline.kind(r), r.note.note_type)]
    aborted = {timeline.service_date(r)[0].date for r in reports if _aborted(timeline.lines(r))}
    return [s for s in reported if s.when.date not in aborted or any(_energy_given(x) for x in s.lines)] if aborted else list(reported)


OF_ANOTHER = re.compile(
    r"\b(?:belong\w*|is|was|were|are|refers?|meant|pasted|copied|entered|filed)\b[^.;]{0,40}\b(?:another|a different|the wrong|someone else's|some other)\s+(?:patient|person|chart|record)",
    re.IGNORECASE,
)


OTHERS = re.compile(
    r"\b(?:another|a different|the wrong|some other|a second) patient(?:'s|’s| with\b)|\b(?:wrong|another|different) (?:chart|folder|file|record)\b",
    re.IGNORECASE,
)
"""A sentence that speaks of somebody else's papers: "another patient's images had been filed here"."""
NEVER_HAD = re.compile(
    r"\b(?:(?:has|have|had) (?:never|not)|(?:has|have|had)n['’]t|never|did not|didn['’]t)(?: ever| yet)? (?:have|had|undergone|undergo|received?|been given)(?: an?| any)?(?: (?!further|another|repeat|more|additional|second|new|other|re-?|complet)\w+){0,2} $",
    re.IGNORECASE,
)


WHOLLY = re.compile(r"\s*(?:[.,;)]|$|of any (?:kind|sort)|at all|ever\b|anywhere|here or elsewhere)", re.IGNORECASE)


def _never_had(m: Mention, line: Line) -> bool:
    """True if a sentence says that the patient never had such an ablation: "she has not had cryoablation."."""
    before = line.read.flat[max(line.sentence.start, m.start - 60) : m.start]
    return NEVER_HAD.search(before) is not None and WHOLLY.match(line.read.flat, m.end, line.sentence.end) is not None


def _by_other(telling: Told, said: ReadNote) -> bool:
    """True if a note takes back what another told of a day before it."""
    return telling[2].read is not said and telling[0].date < said.note.note_date


def _disowned(reads: Sequence[ReadNote]) -> dict[str, ReadNote]:
    """Energies of ablations that a note says are another patient's or were never had, each with that note; an ablation of no named energy is any."""
    said = [
        (m.concept, read)
        for read in reads
        for line in timeline.telling(read)
        for m in line.labelled("PROCEDURE")
        if OF_ANOTHER.search(line.text) or _never_had(m, line)
    ]
    out = {kind: read for concept, read in said if concept == "other" for kind in (*DEVICED, "other")}
    return out | {concept: read for concept, read in said if concept != "other"}


def _of_day(session: Session, amended: Mapping[PartialDate, tuple[PartialDate, Mention]]) -> Session:
    """With the day that a later note puts right."""
    if session.when not in amended:
        return session
    when, said = amended[session.when]
    known = _id(session.lines[0].read.note.patient_id, when, session.modality)
    return replace(session, procedure_id=known, when=when, cells={**session.cells, "date": Cell(when.date, (said,))})


def _of_energy_told(sessions: Sequence[Session], corrected: Mapping[str, tuple[str, Mention]]) -> list[Session]:
    """With the energy that a later note puts right, where the chart has one session of the energy taken back."""
    out = list(sessions)
    for wrong, (right, mention) in corrected.items():
        meant = [s for s in out if s.modality == wrong]
        if len(meant) != 1:
            continue
        session = meant[0]
        out.remove(session)
        if not any(_same_session(s, session.when, right) for s in out):
            known = _id(session.lines[0].read.note.patient_id, session.when, right)
            out.append(replace(session, procedure_id=known, modality=right, cells={**session.cells, "modality": Cell(right, (mention,))}))
    return out


MONTH_OR_DAY = re.compile(r"(\d{1,2})/(\d{2})")


def _of_its_month(told: Told, reported: Sequence[Session], called_off: Sequence[PartialDate]) -> Told:
    """ "INDICATION: rib cryo 6/18" is the month of the session reported, or called off, in that June, where it was taken for a day."""
    when, modality, line, _, day = told
    if not MONTH_OR_DAY.fullmatch(day.text.strip()) or when.precision != "day":
        return told
    month = _month_year(day)
    background = line.sentence.section in ("indication", "reason", "history")
    own = [s.when for s in reported if background and s.modality == modality and _month(s.when) == month]
    own += [d for d in called_off if d.precision == "day" and _month(d) == month]
    if not own and _among_years(line, when, month) and not any(_same_session(s, when, modality) for s in reported):
        return PartialDate(date(*month, 1), "month"), *told[1:]
    return (own[0], *told[1:]) if own and all(d.date != when.date for d in own) else told


BARE_YEAR = re.compile(r"(?<![\d/.-])(?:19[6-9]|20[0-4])\d(?![\d/-])")


def _among_years(line: Line, when: PartialDate, month: tuple[int, int]) -> bool:
    """True if the paragraph of an entry dates its other entries by their years alone: "hysterectomy 2014; RFA right lung 3/15; hernia 2009"."""
    written = line.read.note.note_date
    if not 2000 <= month[0] < written.year or written - when.date < LONG_PAST:
        return False
    beside = [
        x.text
        for x in (*islice(timeline.back(line), 3), line, *timeline.following(line, 3))
        if x.sentence.paragraph == line.sentence.paragraph
    ]
    return sum(len(BARE_YEAR.findall(words)) for words in beside) > 1


LONG_PAST = timedelta(days=30)
"""A day that soon before a note is told by its day, not by its year."""


def _month_year(day: Mention) -> tuple[int, int]:
    """What "6/18" is if it is a month and its year: (year, month)."""
    month, year = (int(n) for n in day.text.strip().split("/"))
    return 2000 + year, month


def _with_unnamed(sessions: Sequence[Session], reads: Sequence[ReadNote]) -> list[Session]:
    """Sessions known from other notes alone, with the log of that day that tells how one was done and does not name its energy."""
    days = Counter(s.when.date for s in sessions)
    out = []
    for session in sessions:
        lone = session.report is None and session.when.precision == "day" and days[session.when.date] == 1
        here = [r for r in reads if r.note.note_date == session.when.date and timeline.logs(r)] if lone else []
        if here:
            lines = timeline.lines(here[0])
            cells = {**session.cells, **setup(lines, session.modality, [])}
            session = replace(session, cells=cells, lines=(*lines, *session.lines), report=here[0])
        out.append(session)
    return out


def _reported(read: ReadNote, drops: list[Drop]) -> list[Session]:
    """The sessions that a procedure note reports: one a modality."""
    lines = timeline.lines(read)
    subjects = [m for line in lines for m in line.labelled("PROCEDURE") if not m.has(*NOT_DONE, "historical") and m.concept != "other"]
    if _aborted(lines):
        drops.extend(Drop(m, "procedures", "aborted before energy was delivered") for m in subjects)
        return []
    when, date_cell = _corrected_date(lines) or timeline.service_date(read)
    patient = read.note.patient_id
    out = []
    found = _modalities(lines)
    for modality, mention in found:
        cells = {
            "modality": Cell(modality, (mention,)),
            "date": date_cell,
            "date_precision": Cell(when.precision, date_cell.mentions, date_cell.basis),
            **setup(lines, modality, [kind for kind, _ in found if kind != modality]),
        }
        out.append(Session(_id(patient, when, modality), when, modality, cells, tuple(lines), read, (mention,)))
    return out


DATE_CORRECTED = re.compile(
    r"\b(?:date|day(?! ?\d)|performed|done|given|treated|took place|carried out|ablated|fro[sz]en?|session)\b", re.IGNORECASE
)
CORRECTION = re.compile(
    r"\b(?:dictated (?:on|the)|date of (?:the )?(?:procedure|service|ablation|treatment) (?:is|was)|error|wrong|incorrect\w*|correct\w*|mis-?\w+|should (?:read|be)|instead|not)\b",
    re.IGNORECASE,
)


def _corrected_date(lines: Sequence[Line]) -> tuple[PartialDate, Cell] | None:
    """The day that an addendum puts right: "the date in the title is in error, it was done on June 19"."""
    added = [x for x in lines if x.sentence.section == "addendum"]
    words = " ".join((*(s.title for x in added[:1] for s in x.read.sections if s.category == "addendum"), *(x.text for x in added)))
    if not (re.search(r"\b(?:date|day(?! ?\d))\b", words, re.IGNORECASE) and CORRECTION.search(words)):
        return None
    for line in added:
        for d in line.labelled("DATE"):
            when = timeline.when(d, line.read.note, previous=timeline.service_date(line.read)[0])
            before = line.read.flat[max(line.sentence.start, d.start - 30) : d.start]
            if (
                when
                and when.precision == "day"
                and DATE_CORRECTED.search(line.text)
                and not re.search(r"\b(?:not|instead of|rather than|stated|said|dictated|typed|wrongly)\W*(?:on )?$", before, re.IGNORECASE)
            ):
                return when, Cell(when.date, (d,))
    return None


def _id(patient: str, when: PartialDate, modality: str) -> str:
    day = when.date.isoformat()[: {"day": 10, "month": 7, "year": 4}[when.precision]]
    return f"{patient}:{day}:{modality}"


def _aborted(lines: Sequence[Line]) -> bool:
    """True if the note says that no energy was given and no sentence says that some was."""
    stopped = any(_stopped(line) for line in lines if line.sentence.section not in ("consent", "plan", "instructions"))
    return stopped and not any(_energy_given(line) for line in lines)


REACHED = re.compile(r"\b(?:ice|frozen|freez\w+|ablat\w+|zone|halo|coagulat\w+|necros\w+|ground[- ]?glass)\b", re.IGNORECASE)


MEANT = re.compile(
    r"\b(?:the |our |my )?(?:plan|intention|aim|idea|intent) (?:was|had been|is|being)\b|\b(?:would have|meant to|was to have)\b",
    re.IGNORECASE,
)


NO_CYCLE = re.compile(
    r"\b(?:cycles?|freezes?|freeze time|energy|applications?|burns?|ice[- ]?balls?)(?: (?:completed|performed|delivered|given|applied|formed|number|size))?\s*[:=]\s*(?:\[x\] ?)?(?:0|zero|none|nil|not? (?:applicable|formed|given|done)|n\.?/?a)(?![\w.])|\b(?:0|zero|no) (?:freez\w+ |freeze[-/]thaw )?cycles?\b",
    re.IGNORECASE,
)
"""A count of cycles, or a field of energy, that says there was none."""


def _energy_given(line: Line) -> bool:
    """True if a line of a report tells of freezing or heating, or of ice or a zone that reached somewhere."""
    if (
        (_stopped(line) and not _went_on(line))
        or line.sentence.section in (*NOT_OF_SESSION, "anesthesia")
        or MEANT.search(line.text)
        or NO_CYCLE.search(line.text)
    ):
        return False
    told = [
        m for m in line.labelled("ENERGY", "MARGIN", "COVERAGE") if not m.has("negated", "planned", "hypothetical", "cancelled", "intended")
    ]
    energy = any(m.label == "ENERGY" and (m.rule_id == "energy#cycles" or re.search("freez|thaw|cycle|min|W", m.text)) for m in told)
    return (
        energy
        or _treated_with(line)
        or any((m.label == "MARGIN" or m.concept in ("complete", "adequate", "short", "flush")) and REACHED.search(line.text) for m in told)
    )


WAS_TREATED = re.compile(r"\b(?:was|were) (?:then |instead |therefore |\w+ly )?$", re.IGNORECASE)


def _treated_with(line: Line) -> bool:
    """True if a line tells with how many probes something was frozen or ablated: "the left deposit was frozen, three probes"."""
    done = [m for m in line.labelled("PROCEDURE") if not m.has(*NOT_DONE, "negated", "historical")]
    text, start = line.read.flat, line.sentence.start
    return bool(line.labelled("PROBES")) and any(WAS_TREATED.search(text[max(start, m.start - 24) : m.start]) for m in done)


def _went_on(line: Line) -> bool:
    """True if a clause behind what failed tells the power or minutes given: "no power for ten minutes; with a second generator 65 W for 8 minutes"."""
    clauses = re.split(r";|\b(?:but|then|until)\b", line.text)
    return any(GIVEN.search(words) and not _says_stopped(words) for words in clauses[1:])


GIVEN = re.compile(r"\d ?(?:W|watts?|min\w*|cycles?)\b", re.IGNORECASE)


def _stopped(line: Line) -> bool:
    """True if a sentence says that an ablation ended before it began."""
    return _says_stopped(line.text)


@lru_cache(maxsize=20_000)
def _says_stopped(words: str) -> bool:
    if OF_A_SLOT.search(words):
        return False
    ended = ABORTED.search(words) or (BEFORE_ANY.search(words) and ENDED.search(words))
    return bool(ended) and not BROKEN_OFF.search(words)


OF_A_SLOT = re.compile(
    r"\b(?:slot|booking|appointment|(?:first|earlier|previous|original|initial|prior) (?:date|booking|session|attempt|appointment))\b[^.;]{0,60}\b(?:cancel\w*|called off|postponed|moved|not done)\b",
    re.IGNORECASE,
)
"""What was called off was a day booked before."""


def undone(reads: Sequence[ReadNote]) -> list[PartialDate]:
    """Days of sessions that the chart says were called off before energy was given."""
    days = []
    for read in reads:
        if read.note.note_type == "procedure" and _aborted(timeline.lines(read)):
            days.append(timeline.service_date(read)[0])
        for line in timeline.telling(read):
            if line.labelled("DATE") and (line.labelled("PROCEDURE") or "session" in line.text) and _stopped(line):
                days += [
                    w
                    for d in line.labelled("DATE")
                    if not _is_made_up(d, line)
                    and _in_stopped_clause(d, line)
                    and (when := timeline.when(d, read.note))
                    and (w := _last_such(when, d, read.note.note_date)).precision == "day"
                    and w.date <= read.note.note_date
                ]
    return days


RESUMED = re.compile(
    r";|\b(?:but|then|and|until)\b(?: (?:he|she|they|we|the patient|pt|it|then|was|were|had|later|eventually|finally)){0,3} (?:came|returned|re-?scheduled|done|carried|repeated|completed|went|brought|underwent|treated|performed|succeeded)\b",
    re.IGNORECASE,
)
"""Where a sentence goes on from what was called off to what was done."""


def _in_stopped_clause(d: Mention, line: Line) -> bool:
    """True if the words around a day, and not only others of its sentence, say that something was called off."""
    at = d.start - line.sentence.start
    ends = _clause_ends(line.text)
    here = bisect_right(ends, at)
    return len(ends) == 2 or _says_stopped(line.text[ends[here - 1] : ends[here]])


@lru_cache(maxsize=4096)
def _clause_ends(words: str) -> tuple[int, ...]:
    return (0, *(m.start() for m in RESUMED.finditer(words) if m.start()), len(words))


def _last_such(when: PartialDate, d: Mention, written: date) -> PartialDate:
    """A day told without its year that was taken for one ahead, a year before: "had been booked for 10/25, then cancelled"."""
    if when.precision != "day" or when.date <= written or timeline.YEAR_IN.search(d.text) or (when.date.month, when.date.day) == (2, 29):
        return when
    return replace(when, date=when.date.replace(year=when.date.year - 1))


def _same_day(when: PartialDate, day: PartialDate) -> bool:
    return when.agrees(day) or (when.precision == "day" and abs(when.date - day.date) <= SAME)


def _modalities(lines: Sequence[Line]) -> list[tuple[str, Mention]]:
    """The energies used: those that title or conclusion name and no device contradicts, then those that the body names with their devices."""
    done = [x for x in lines if x.sentence.section not in NOT_OF_SESSION]
    named = [
        m
        for x in done
        for m in x.labelled("PROCEDURE")
        if not m.has(*NOT_DONE, "historical") and m.concept != "other" and not _of_old(m, x)
    ]
    devices = [m for x in done for m in x.labelled("ENERGY") if not m.has("negated", "historical", "planned", "cancelled", "hypothetical")]
    used = Counter([m.concept for m in devices] + [kind for x in done for kind in _told_how(x)])
    top = {m for line in lines[:12] for m in line.mentions}
    starts = {x.sentence.start for x in done}
    found: dict[str, Mention] = {}
    for mention in named:
        head = mention.section in TITLE_SECTIONS and (
            mention in top or mention.section in ("procedure", "impression") or mention.start in starts
        )
        if (head and (not used or mention.concept not in DEVICED)) or mention.concept in used:
            found.setdefault(mention.concept, mention)
    if "cryoablation" not in used and used["microwave"] < 2 and not any(line.labelled("PROCEDURE") or _into_tumour(line) for line in lines):
        return []  # electrodes and probes serve other ends too
    if not found and used:
        kinds = [k for k in used if _own_probes(k, done)]
        for kind in kinds if len(kinds) > 1 else [used.most_common(1)[0][0]]:
            found[kind] = next(m for m in devices if m.concept == kind)
    for kind, m in _by_paragraph(done, devices) if found and set(used) - set(found) else ():
        found.setdefault(kind, m)
    bare = [m for m in (m for x in done for m in x.labelled("PROCEDURE")) if m.concept == "other" and not m.has(*NOT_DONE, "historical")]
    if not found and bare and any(ICE.search(x.text) for x in done):
        found["cryoablation"] = bare[0]
    if not found:  # its heading is one that the sections know by another name
        found = {m.concept: m for m in reversed(named) if m in top}
    return list(found.items())


def _into_tumour(line: Line) -> bool:
    """True if a line puts a probe of an energy into a tumour: "an expandable radiofrequency electrode was opened in the rectus nodule"."""
    devices = [m for m in line.labelled("ENERGY") if not m.has(*NOT_DONE, "negated", "historical")]
    return bool(devices and line.labelled("PROBES") and line.labelled("SITE")) and TUMOUR.search(line.text) is not None


def _by_paragraph(lines: Sequence[Line], devices: Sequence[Mention]) -> list[tuple[str, Mention]]:
    """The energy of each paragraph that measures a target of its own and names the devices of one energy alone: "C. Left ninth rib, 1.8 cm. Microwave antenna ..."."""
    said: dict[int, list[Mention]] = {}
    measured = {
        x.sentence.paragraph
        for x in lines
        if x.sentence.section not in ("addendum", "indication") and x.labelled("SIZE") and x.labelled("SITE")
    }
    for x in lines:
        said.setdefault(x.sentence.paragraph, []).extend(
            m for m in x.labelled("ENERGY", "PROCEDURE") if m in devices or m.label == "PROCEDURE"
        )
    alone = [found for at, found in said.items() if at in measured and len({m.concept for m in found} - {"other"}) == 1]
    kinds = [(m.concept, m) for found in alone for m in found if m.concept in DEVICED and m.label == "ENERGY"]
    return kinds if len({kind for kind, _ in kinds}) > 1 else []


def _of_old(m: Mention, line: Line) -> bool:
    """True for an ablation that a report dates to a year or month before its own day: "comparison: MWA of 2020 in segment 6"."""
    behind = [d for d in line.labelled("DATE") if OF_YEAR.fullmatch(line.read.flat, m.end, d.start)]
    when = timeline.when(behind[0], line.read.note) if behind else None
    return when is not None and when.precision != "day" and line.read.note.note_date - when.date > timedelta(days=400)


OF_YEAR = re.compile(r"\s*\(?(?:of|in|from|back in)?\s*", re.IGNORECASE)


def _told_how(line: Line) -> list[str]:
    """The one energy that a line of a report names where it counts the probes of a target and measures it: "seg 8, 25 mm: cryoablation, two probes"."""
    named = [m for m in line.labelled("PROCEDURE") if m.concept in DEVICED]
    kinds = {m.concept for m in (*named, *line.labelled("ENERGY"))}
    real = not any(m.has(*NOT_DONE, "historical") for m in named)
    return [named[0].concept] if len(kinds) == 1 and named and real and line.labelled("PROBES") and line.labelled("SIZE", "MARGIN") else []


ICE = re.compile(r"\b(?:ice|ice-?balls?|freez\w*|frozen|thaw\w*)\b", re.IGNORECASE)
"""What only cold makes, where a report names no energy."""


def _own_probes(kind: str, lines: Sequence[Line]) -> bool:
    """True if the lines count probes of an energy by their own name: "one microwave antenna", "two cryoprobes"."""
    return any(device(m.text) == kind and not m.has(*NOT_DONE) for x in lines for m in x.labelled("PROBES"))


def _merge_reports(sessions: list[Session]) -> list[Session]:
    """Two reports of one session (a short note and the dictated one) are one; the fuller one speaks first."""
    out: list[Session] = []
    for session in sorted(sessions, key=lambda s: (s.when.date, s.modality, -len(s.lines))):
        twin = next((o for o in out if o.when == session.when and o.modality == session.modality), None)
        if twin is None:
            out.append(session)
        else:
            cells = {**session.cells, **twin.cells}
            out[out.index(twin)] = Session(
                twin.procedure_id,
                twin.when,
                twin.modality,
                cells,
                (*twin.lines, *session.lines),
                twin.report,
                (*twin.mentions, *session.mentions),
            )
    return out


def _told(read: ReadNote, drops: list[Drop]) -> list[Told]:
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
                else []
            )
            reason = "" if days else reason
            past = [d for d in days if d[0].date <= read.note.note_date]
            if reason or not past:
                drops.append(
                    Drop(mention, "procedures", reason or ("dated after the note: not yet done" if days else "no date of its own"))
                )
            out += [(when, _energy(mention, line) if past else "", line, mention, day) for when, day in past]
    return out


OF_NAMED = re.compile(r"\b(?:target|lesion|site|nodule|tumou?r|zone) #?[A-H1-9] (?:of|from|in) (?:the )?$", re.IGNORECASE)


def _of_named(day: Mention, line: Line) -> bool:
    """True for the day by which a report calls a target of an earlier one: "recurrent nodule (target B of last April)"."""
    return OF_NAMED.search(line.read.flat[max(line.sentence.start, day.start - 30) : day.start]) is not None


def _when(mention: Mention, line: Line) -> list[tuple[PartialDate, Mention]]:
    """The days of an ablation: those of its sentence, else of what it goes on with, else of the field beside it."""
    return _days_of(mention, line) or _shared_day(mention, line) or _day_of_sitting(mention, line) or _day_of_field(mention, line)


def _day_of_field(mention: Mention, line: Line) -> list[tuple[PartialDate, Mention]]:
    """The day of the field beside that of the procedure: "Procedure: cryoablation left psoas / Date: 5/5/21"."""
    if line.sentence.section != "procedure" or line.labelled("DATE") or timeline.kind(line.read) == "procedure":
        return []
    fields = (*islice(timeline.back(line), 1), *timeline.following(line, 1))
    days = [(d, x) for x in fields if x.sentence.section == "date" for d in x.labelled("DATE")]
    own = _own_day(*days[0]) if len(days) == 1 else None
    return [(own, days[0][0])] if own and own.precision == "day" else []


FROZEN_THERE = re.compile(r"\b(?:(?P<cryo>froze\w*|cryo\w*)|(?P<micro>microwaved)|ablated)\b", re.IGNORECASE)


def _places_told(line: Line) -> list[Mention]:
    """Treated places that tell of the treatment too: "had the lower lobe nodule frozen in March 2021"."""
    zones = [m for m in line.labelled("ZONE") if m.rule_id in ("zones#zone.where", "zones#zone.one")] if line.labelled("DATE") else []
    return [
        replace(m, label="PROCEDURE", concept="cryoablation" if said["cryo"] else "microwave" if said["micro"] else "other")
        for m in zones
        if (said := FROZEN_THERE.search(m.text))
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
    dated = [m for m in named if _days_of(m, line)]
    return energies.beside(mention, line, dated)


ENTRY = re.compile(
    r"\W*(?:(?:[-–—•*·>#]|\(?\d{1,2}[.):]|\(?[a-h][.):])\s*)?(?:(?:stage|session|sitting|part|round|step|phase|visit|treatment|ablation|procedure|no|number|the|first|second|third|fourth|1st|2nd|3rd|4th|one|two|three|in|on|left|right|#?\d{1,2}|[A-D]|[IVX]+)\b[\s:,.)–—-]*)*",
    re.IGNORECASE,
)
"""What may stand before the day of an entry in a list of sessions: "- stage 1, 8/31/2021", "#2. 11/13/18", "Session B: 2022-01-26"."""
MOST_ENTRIES = 12


def _listed_below(read: ReadNote) -> Iterator[Told]:
    """Ablations that a line heads and the entries below it date: "Staged cryoablation completed: - stage 1, 8/31/2021, left ..."."""
    lines = timeline.lines(read)
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
            when = _own_day(opening, entry)
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
    later = [d for d in line.labelled("DATE") if d.start > mention.end and _is_made_up(d, line)]
    others = [m.start for m in line.labelled("PRIOR_TREATMENT", "OTHER_ABLATION") if m.start > mention.end]
    return [(when, d) for d in later if not any(o < d.start for o in others) and (when := _own_day(d, line))][:1]


def _is_made_up(d: Mention, line: Line) -> bool:
    return MADE_UP.search(line.read.flat[line.sentence.start : d.start]) is not None


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
    last = next((o for o in line.labelled("PROCEDURE") if o.start > mention.end and _coupled(mention, o, line.read.flat)), mention)
    if TALKED.match(line.read.flat, last.end):
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
    if other and not TUMOUR.search(item) and not NEAR.search(item[: other.start()]):
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


DAYS_FROM = re.compile(
    r"\b(?:hours?|days?|weeks?|months?) (?:after|following|post|from|since|out from|out of) (?:the |that |this |his |her )?(?:\w+ )?$",
    re.IGNORECASE,
)


def _counted_from(mention: Mention, line: Line) -> bool:
    """True for "11 days following ablation a blister was noted (21 September)": the day is the blister's."""
    days = [d.start for d in line.labelled("DATE") if d.start >= mention.end]
    troubles = [m.start for m in line.labelled("COMPLICATION") if m.start >= mention.end]
    before = line.read.flat[max(line.sentence.start, mention.start - 50) : mention.start]
    return bool(troubles and days) and troubles[0] < days[0] and DAYS_FROM.search(before) is not None


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


def _days_of(mention: Mention, line: Line) -> list[tuple[PartialDate, Mention]]:
    """The days of an ablation in its sentence: the date nearest to it, behind it first, and those listed after that one."""
    text = line.read.flat
    guides = line.labelled("SETUP")
    dates = line.labelled("DATE")
    if not dates:
        return []
    events = [m for m in line.labelled("PROCEDURE", "IMAGING", "PRIOR_TREATMENT", "OTHER_ABLATION") if m.start != mention.start]
    events = [
        e
        for e in events
        if not _guides(e, line) and not _names_guide(e, mention, text) and not any(g.start <= e.start and e.end <= g.end for g in guides)
    ]
    events = [e for e in events if not _meanwhile(e, mention, line)]
    found: list[Dated] = []
    for d in dates:
        when = _own_day(d, line)
        distance = _distance(d, mention, [e for e in events if not _beside(e, mention, text)], line) if when else None
        if when is None and (when := _day_since(d, mention, line)):
            distance = mention.start - d.end
        if when and distance is not None:
            found.append((distance, when, d))
    head = _head_day(mention, line) if not found and mention.start - line.sentence.start < 250 else None
    if head:
        return [head]
    bracketed = [f for f in found if re.fullmatch(r"\s*\(\s*(?:\w+ )?", text[f[2].end : mention.start])]
    if bracketed:
        _, when, day = bracketed[-1]
        finer = [f for f in found if f[1].agrees(when) and ORDER[f[1].precision] < ORDER[when.precision]]
        return [(finer[0][1], finer[0][2])] if finer else [(when, day)]
    if not found or _told_vaguely(mention, line, min(found, key=lambda f: f[0])[0]):
        return []
    _, when, day = min(_own_entry(found, mention, line), key=lambda f: (f[0], f[2].start))
    finer = [f for f in found if f[1].agrees(when) and ORDER[f[1].precision] < ORDER[when.precision]]
    finer = [
        f for f in finer if when.precision != "year" or not NEXT_ITEM.search(text[min(day.end, f[2].end) : max(day.start, f[2].start)])
    ]
    if finer:
        _, when, day = min(finer, key=lambda f: (f[0], f[2].start))
    out = [(when, day)]
    for _, other, d in sorted(found, key=lambda f: f[2].start):
        if (
            d.start > out[-1][1].end > mention.end
            and not other.agrees(out[-1][0])
            and (
                _goes_on(text[out[-1][1].end : d.start])
                or _next_session(out[-1][1], d, line, events)
                or _next_place(out[-1][1], d, line, events)
            )
            and not _leads(d, events, text)
        ):
            out.append((other, d))
    return out + _first_session(day, mention, line, events)


NEXT_ITEM = re.compile(r"[,;]\s+(?!(?:on|in|at|i\.?e|namely|most|last|first|that|done|it)\b)[A-Za-z]{3,}", re.IGNORECASE)
"""Between a year and a day of it: what follows is of the next item of a list ("cryo x2 in 2022, protons Sept 2022")."""
NEXT_SESSION = re.compile(
    r"\b(?:(?:the |a |an? additional |and )?(?:second|2nd|third|3rd|next|other|another|further|last|final|repeat|remaining)|(?:stage|session|part|sitting|round|step|phase)s? (?:two|three|2|3|ii|iii|b|c)|touch-?up|completion|re-?treat(?:ed|ment)|re-?ablat(?:ed|ion)|the (?:left|right|larger|smaller|upper|lower|contralateral|opposite))\b[^.;:]{0,40}$",
    re.IGNORECASE,
)
"""Before the day of a further session of the same kind: "stage one on 3/4/2020 for the left lung and stage two on 6/9/2020"."""


def _next_session(first: Mention, d: Mention, line: Line, events: Sequence[Mention]) -> bool:
    """True if the words between two days tell of one session more."""
    between = line.read.flat[first.end : d.start]
    others = [*events, *line.labelled("COMPLICATION", "PROGRESSION", "INTERVENTION")]
    return (
        len(between) < 90
        and NEXT_SESSION.search(between) is not None
        and not any(first.end <= e.start < d.end + 3 and e.label != "PROCEDURE" for e in others)  # "the August CT"
        and TALKED.match(line.read.flat, d.end) is None
    )


def _next_place(first: Mention, d: Mention, line: Line, events: Sequence[Mention]) -> bool:
    """True if nothing but a further place stands between two days: "of the right adrenal in 9/2020 and left adrenal in 3/2021".

    A tumour that follows a mere comma appeared then: "cryo to the psoas 1/19, lung mets 5/19".
    """
    within = [m for m in line.mentions if first.end <= m.start and m.end <= d.start]
    places = [m for m in within if m.label in ("SITE", "PART", "SIDE")]
    if not any(m.label == "SITE" for m in places) or any(first.end <= e.start < d.start for e in events):
        return False
    words = line.read.flat[first.end : d.start]
    for m in places:
        words = words.replace(m.text, " ")
    return len(words) < 60 and FILLING.fullmatch(words) is not None and bool(AND_THEN.search(words) or not TUMOUR.search(words))


FILLING = re.compile(
    r"(?:[\s,;&+()/:–-]|\b(?:and|then|in|on|of|the|an?|for|at|again|also|one|two|both|left|right|upper|lower|middle|lobes?|nodules?|lesions?|metastas[ei]s|mets?|mass|deposits?|spots?|sites?)\b)*",
    re.IGNORECASE,
)


AND_THEN = re.compile(r"&|\b(?:and|then|also|again)\b", re.IGNORECASE)


def _first_session(day: Mention, mention: Mention, line: Line, events: Sequence[Mention]) -> list[tuple[PartialDate, Mention]]:
    """The day before that of an ablation told last: "the first session was on 3/4/2020 and the second on 6/9/2020, both cryoablation"."""
    before = [d for d in line.labelled("DATE") if d.end <= day.start] if day.end <= mention.start else []
    if before and _next_session(before[-1], day, line, events) and (when := _own_day(before[-1], line)):
        return [(when, before[-1])]
    return []


def _shared_day(mention: Mention, line: Line) -> list[tuple[PartialDate, Mention]]:
    """The one day that opens a sentence on two energies: "on 5/5/21 she had both cryoablation of the rib and microwave ablation of segment 7"."""
    days = line.labelled("DATE")
    before = [m for m in line.labelled("PROCEDURE") if m.end <= mention.start]
    if len(days) != 1 or not before or days[0].end > before[0].start or {m.concept for m in before} & {mention.concept, "other"}:
        return []
    joined = re.search(r"\b(?:and|plus|with|then)\b|[+&,]", line.read.flat[before[-1].end : mention.start])
    if not joined or line.labelled("IMAGING", "PRIOR_TREATMENT") or any(m.has(*NOT_DONE) for m in before):
        return []
    return _days_of(before[0], line)


SAME_SITTING = re.compile(
    r"\b(?:in|at|during|under|as part of) (?:the|this|that) (?:very )?(?:same|one|single|said) (?:an(?:a)?esthe\w+|session|sitting|operation|procedure|surgery|time|visit|stage|theatre)\b"
    r"|\b(?:at|during) (?:that|this) (?:operation|surgery|laparotomy|resection|session|sitting)\b|\b(?:concurrent|concomitant|simultaneous|synchronous|intra-?operative)(?:ly)? (?=\w)|\bcombined with\b|\bat the same time\b",
    re.IGNORECASE,
)
"""Words by which a sentence puts its ablation on the day told before it."""
HOW_DONE = ("SETUP", "PROBES", "ENERGY")


def _day_of_sitting(mention: Mention, line: Line) -> list[tuple[PartialDate, Mention]]:
    """The day of the entry that a sentence without one goes on with: "2016-05-24: sectionectomy. In the same anesthetic, microwave ablation of ..."."""
    if line.labelled("DATE") or AFTER.search(line.read.flat[max(line.sentence.start, mention.start - 25) : mention.start]):
        return []
    same = SAME_SITTING.search(line.text) is not None
    if not (same or line.labelled(*HOW_DONE)):
        return []
    for before in islice(timeline.back(line), 4):
        if before.sentence.paragraph != line.sentence.paragraph:
            break
        days = before.labelled("DATE")
        if days:
            opens = re.fullmatch(r"\W*(?:on )?", line.read.flat[before.sentence.start : days[0].start], re.IGNORECASE) is not None
            own = _own_day(days[0], before) if len(days) == 1 and not before.labelled("IMAGING") else None
            return [(own, days[0])] if own and (same or opens) else []
    return []


def _head_day(mention: Mention, line: Line) -> tuple[PartialDate, Mention] | None:
    """The day that opens an entry of a history ("October 2016: the next recurrence ... was treated by cryoablation"), where no other stands in it."""
    days = line.labelled("DATE")
    if len(days) != 1 or days[0].start - line.sentence.start > 4 or not re.match(r"\)?\s*[:–—-]", line.read.flat[days[0].end :]):
        return None
    others = [m for m in line.labelled("PRIOR_TREATMENT", "COMPLICATION", "IMAGING", "INTERVENTION") if m.start < mention.start]
    if others or AFTER.search(line.read.flat[max(line.sentence.start, mention.start - 25) : mention.start]):
        return None
    when = _own_day(days[0], line)
    return (when, days[0]) if when else None


def _meanwhile(event: Mention, mention: Mention, line: Line) -> bool:
    """True for an operation in which the ablation was done: "RFA during the resection of 3/2017"."""
    before = line.read.flat[max(line.sentence.start, event.start - 40) : event.start]
    return (
        event.label == "PRIOR_TREATMENT"
        and event.start > mention.end
        and re.search(
            r"\b(?:during|at(?: the (?:time|same time) (?:of|as))?|in the course of|together with|along with|combined with|simultaneous\w* with)(?: (?:the|her|his|an?|open|liver|lung))*\s+$",
            before,
            re.IGNORECASE,
        )
        is not None
    )


def _goes_on(between: str) -> bool:
    """True if words between two days say that both are of one ablation."""
    return bool(LISTED.fullmatch(between) or (REPEATED.fullmatch(between) and AGAIN.search(between)))


def _told_vaguely(mention: Mention, line: Line, distance: int) -> bool:
    """True if words right behind an ablation say about when it was, nearer than any day: "frozen in 2018, then microwave the year after"."""
    behind = [d for d in line.labelled("DATE") if mention.end <= d.start < mention.end + min(distance, 40)]
    between = line.read.flat[mention.end : behind[0].start] if behind else ";"
    first = behind[0].value if behind else None
    vague = isinstance(first, When) and first.approximate and first.date is None and (first.months or first.days)
    after = next((d.start for d in line.labelled("DATE") if behind and d.start >= behind[0].end), None)
    if after and re.fullmatch(r"[\s,(:=–-]*(?:on |i\.?e\.?,? )?", line.read.flat[behind[0].end : after]):
        return False  # "two weeks ago (6/28/22)"
    return bool(vague) and re.search(r"[,;.:(]", between) is None


def _own_entry(found: list[Dated], mention: Mention, line: Line) -> list[Dated]:
    """Without dates that close the entry before, where the ablation's own has one: "appendix 1990, cryoablation of the kidney 2014"."""
    text = line.read.flat
    behind = [f for f in found if f[2].start >= mention.end and not re.search(r"[,;]", text[mention.end : f[2].start])]
    closing = [
        f
        for f in found
        if f[2].end <= mention.start
        and re.match(AWAY + r"\s*\)?[,;]", text[f[2].end : mention.start], re.IGNORECASE)
        and re.search(r"\w\W{1,3}$", text[line.sentence.start : f[2].start])
    ]
    return [f for f in found if f not in closing] if behind else found


THAN = re.compile(
    r"\b(?:than|compared (?:with|to)|relative to|versus|vs\.?)\s+(?:(?:in|on|at|the|that|of|last)\s+)*$",
    re.IGNORECASE,
)
"""Before a day with which something is compared."""


BOOKED = re.compile(
    r"\b(?:booked|scheduled|planned|set|due|slated|listed|arranged|intended|meant|date|down|slot)\s+(?:for|on|of|was)\s+(?:the )?(?:\w+day,? )?$",
    re.IGNORECASE,
)
MOVED = re.compile(
    r"\b(?:moved|re-?scheduled|postponed|put (?:back|off)|pushed|deferred|brought forward|delayed|changed|fell through|instead|slipped)\b",
    re.IGNORECASE,
)
"""An ablation that was not done on the day it had been booked for."""


GREW = re.compile(
    r"\b(?:doubled|grown|unchanged|stable|larger|smaller|increased|decreased|bigger|progress\w+|no change)\s+$", re.IGNORECASE
)


SPAN_FROM = re.compile(r"\bsince (?:[\w-]+ ){0,4}$", re.IGNORECASE)
"""Before the day from which a list of what came later is told: "since our letter of 4/2022: ablation of ... 5/10/22"."""
ONSET = re.compile(
    r"\b(?:onset|began|begun|started|starting|noticed|developed|appeared|first (?:seen|noted)|EMG|NCS|ECG|EKG|duplex)(?: (?:on|in|about|around|the|of|evening|morning|night|afternoon|early|late|at))*\W*$",
    re.IGNORECASE,
)
"""Before the day on which a trouble set in, or of a test of it."""
SINCE = re.compile(
    r"\s*(?:(?:day )?(?:s/p|status post|post|from|after|following|out from|since|of)\b)\s*(?:(?:the|a|an|his|her|percutaneous|ct[- ]guided|us[- ]guided|image[- ]guided|open|laparoscopic|left|right|[LR])\s+)*",
    re.IGNORECASE,
)
OF_THEN = re.compile(r"\b(?:on|by|until|through|since|before|of|at)\s+(?:the )?$", re.IGNORECASE)
STAYS = 14
"""Days after a session on which its day is still told by their number."""


def _day_since(d: Mention, mention: Mention, line: Line) -> PartialDate | None:
    """The day that the note's own day is counted from: "now POD 2 from percutaneous cryoablation"."""
    value, text = d.value, line.read.flat
    if not isinstance(value, When) or value.anchor != "procedure" or value.approximate or not 0 <= value.days <= STAYS or value.months:
        return None
    if not (d.end <= mention.start and SINCE.fullmatch(text[d.end : mention.start])):
        return None
    if OF_THEN.search(text[max(line.sentence.start, d.start - 12) : d.start]):
        return None
    return PartialDate(line.read.note.note_date - timedelta(days=value.days))


def _own_day(d: Mention, line: Line) -> PartialDate | None:
    """The day that a date names if it can be one of an ablation: told, in the past, not an exam's."""
    if not isinstance(d.value, When) or d.value.approximate or d.value.anchor == "procedure" or d.rule_id.endswith("#future"):
        return None
    if d.value.anchor == "text":
        return _same_day_as(d, line)
    if d.value.anchor == "note" and not d.value.days and not d.value.months and _counts_to(d, line):
        return None
    when = timeline.when(d, line.read.note)
    if (
        when is None
        or _of_exam(d, line)
        or _ahead(d, when, line)
        or MEETING.search(before := line.read.flat[max(line.sentence.start, d.start - 40) : d.start])
        or THAN.search(before)
        or ONSET.search(before)
        or (d.value.anchor == "note" and before.rstrip().endswith("since"))
        or (SPAN_FROM.search(before) and line.read.flat[d.end : d.end + 1] == ":")
        or (BOOKED.search(before) and MOVED.search(line.text))
        or (GREW.search(before) and d.text.lower().startswith("since"))
    ):
        return None
    return when


def _counts_to(d: Mention, line: Line) -> bool:
    """True for the "today" to which the time since an ablation is counted: "four weeks from lung RFA today"."""
    return any(
        m.end <= d.start and DAYS_FROM.search(line.read.flat[max(line.sentence.start, m.start - 50) : m.start])
        for m in line.labelled("PROCEDURE")
    )


def _same_day_as(d: Mention, line: Line) -> PartialDate | None:
    """The day that "same day" stands for, behind an ablation of the same sentence: "cryoablation ..., 3 Nov 2021; MWA of segment 3, same day"."""
    if not isinstance(d.value, When) or d.value.days or d.value.months:
        return None
    before = [m for m in line.labelled("DATE", "IMAGING", "PRIOR_TREATMENT", "COMPLICATION", "PROCEDURE") if m.end <= d.start]
    last = max((i for i, m in enumerate(before) if isinstance(m.value, When) and m.value.anchor != "text"), default=None)
    if last is None or any(m.label != "PROCEDURE" for m in before[last + 1 :]):
        return None
    if not any(m.label == "PROCEDURE" and not m.has(*NOT_DONE) for m in before[:last]):
        return None
    return _own_day(before[last], line)


def _ahead(d: Mention, when: PartialDate, line: Line) -> bool:
    """True if a day without its year more likely lies ahead: soon after the note, and no word says that it is past."""
    if when.precision != "day" or timeline.YEAR_IN.search(d.text) or (isinstance(d.value, When) and d.value.anchor):
        return False
    written = line.read.note.note_date
    soon = timedelta(0) < when.date + timedelta(days=365) - written <= timedelta(days=120)
    words = line.text[: d.start - line.sentence.start] if line.sentence.section == "plan" else line.text
    return (
        soon
        and when.date < written
        and PAST.search(words) is None
        and line.sentence.section not in ("history", "past_history", "indication")
    )


SENTENCE_END = re.compile(r";|(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\bProf)(?<!\bSt)\. (?=[A-Z])")


def _distance(d: Mention, mention: Mention, events: Sequence[Mention], line: Line) -> int | None:
    """How far a date stands from an ablation; None if it is another event's, or of another clause."""
    text = line.read.flat
    behind = d.start >= mention.end
    between = text[mention.end : d.start] if behind else text[d.end : mention.start]
    first, last = min(d.start, mention.start), max(d.start, mention.start)
    if (
        any(first < e.start < last for e in events)
        or len(between) > (150 if behind or d.start - line.sentence.start < 12 else 90)
        or SENTENCE_END.search(between)
    ):
        return None
    if behind:
        return None if (_leads(d, events, text) and not re.search(r"\($", between)) or FOUND_THEN.search(between) else len(between)
    relative = isinstance(d.value, When) and d.value.anchor == "note"
    if AFTER.search(between) or (relative and QUOTE.search(between)) or _trails(d, events, line):
        return None
    return len(between) + 8


FOUND_THEN = re.compile(
    r"\b(?:show(?:s|ed|ing|n)|reveal(?:s|ed)|demonstrat(?:es|ed)|remain(?:s|ed)|(?:look|appear|seem)(?:s|ed)|(?:was|were|is|are) (?:clear|quiet|clean|stable|negative|unremarkable|without|free))\b",
    re.IGNORECASE,
)
"""Between an ablation and the day of the exam that found something of it: "all treated by ablation, showed nothing active in December"."""
COUPLED = re.compile(r"(?:\s*[x×]\s?\d|\s+(?:of|to|for|in) (?:\w+ ){0,3}?\w+)?\s*(?:,?\s*\b(?:and|with)\b|&|\+|/)\s*", re.IGNORECASE)
"""Between two ablations that share the day behind them: "MWA x 2 and cryo 3/2019"."""


def _coupled(first: Mention, second: Mention, text: str) -> bool:
    return COUPLED.fullmatch(text[first.end : second.start]) is not None


def _beside(event: Mention, mention: Mention, text: str) -> bool:
    """True if another mention is of the same ablation, or of one given with it: "ablated (microwave)", "MWA and cryo"."""
    if event.label == "PROCEDURE" and mention.end <= event.start and _coupled(mention, event, text):
        return True
    near = max(event.start - mention.end, mention.start - event.end) <= 12
    return near and event.label == "PROCEDURE" and "other" in (event.concept, mention.concept)


def _leads(d: Mention, events: Sequence[Mention], text: str) -> bool:
    """True if a date opens the entry of another event: "cryo 5/2018, 2019 resection"."""
    return any(0 <= e.start - d.end <= 12 and re.fullmatch(r"[\s:–-]*(?:a |the |of )?", text[d.end : e.start]) for e in events) and bool(
        re.search(r"[,;.]\s*(?:in |on )?$", text[: d.start])
    )


def _trails(d: Mention, events: Sequence[Mention], line: Line) -> bool:
    """True if a date closes the entry of another event that stands before it: "resected 2015, cryo of the lung"."""
    text = line.read.flat
    before = [e for e in events if e.end <= d.start]
    days = line.labelled("DATE")
    opens = re.search(r"(?:[,;.:(–-]|\band)\s*(?:in |on |early |late )?$", text[: d.start]) is not None
    if not before or (opens and days and days[0].start < before[0].start and days[0] is not d):
        return False
    gap = text[before[-1].end : d.start]
    return (
        not re.search(r"[;.]\s|,", gap)
        and len(gap) < 60
        and bool(re.match(AWAY + r"[\s)]*(?:[,;.)]|(?:and|then|afterwards|later)\b)", text[d.end :], re.IGNORECASE))
    )


UNDER = re.compile(r"\bunder (?:\w+ ?(?:and |/ ?|\+ ?))?$", re.IGNORECASE)
"""Before the exam by whose images an ablation was guided: "cryo under CT 1/12/22"."""


def _of_exam(day: Mention, line: Line) -> bool:
    """True if the date is an exam's: "MRI of 12/08/2020", "CT 5/20/20:"."""
    text = line.read.flat
    guides = [g for g in line.labelled("SETUP") if g.concept.startswith("guidance")]
    return any(
        0 <= day.start - m.end <= 12
        and re.fullmatch(r"[\s,(]*(?:of|on|from|dated|done)?[\s(]*", text[m.end : day.start], re.IGNORECASE)
        and not any(g.start <= m.start and m.end <= g.end for g in guides)
        and not _guides(m, line)
        for m in line.labelled("IMAGING")
        if not UNDER.search(text[max(line.sentence.start, m.start - 20) : m.start])
    )


GUIDED = re.compile(r"\b(?:under|using|via)\s+(?:[\w-]+(?: |\s?[+/&]\s?)){0,2}$", re.IGNORECASE)
"""Before the imaging by which a needle was led, which is no exam."""


def _names_guide(e: Mention, mention: Mention, text: str) -> bool:
    """True for the imaging that is part of an ablation's own name: "CT cryoablation"."""
    return e.label == "IMAGING" and e.end <= mention.start and not text[e.end : mention.start].strip(" -/")


def _guides(m: Mention, line: Line) -> bool:
    return m.label == "IMAGING" and GUIDED.search(line.read.flat[max(line.sentence.start, m.start - 24) : m.start]) is not None


MOST_LINES = 50
"""Sentences of other notes that are looked at for a session without a report."""


def _add_told(sessions: list[Session], told: Sequence[Told], named: Counter[str]) -> list[Session]:
    """Tie tellings to known sessions, which they may complete; what is left makes sessions of its own, finest date first.

    ``named`` are the energies that the chart names at all, for an "ablation" of no known kind.
    """
    out = list(sessions)
    by_month: dict[tuple[int, int], list[int]] = {}
    kinds: Counter[str] = Counter()
    for number, session in enumerate(out):
        by_month.setdefault(_month(session.when), []).append(number)
        kinds[session.modality] += 1
    ends: Ends = {}
    days: dict[Line, list[PartialDate]] = {}
    for t in told:
        days.setdefault(t[2], []).append(t[0])
    for telling in sorted(told, key=lambda t: (ORDER[t[0].precision], t[0].date, t[1] == "other", t[2].read.note.note_date, t[3].start)):
        when, modality, line, mention, day = telling
        known = [out[n] for n in _of_months(by_month, when) if _same_session(out[n], when, modality)]
        known = [s for s in known if not _told_apart(s, when, line)]
        if known:
            _coarser_before(out, known[0], when, line, modality)
            told_only = len(known) == 1 and known[0].report is None and len(known[0].lines) < MOST_LINES
            if len(known) == 1 and (told_only or not told_all(known[0].cells)):
                passage, speaks_of = _passage(telling, days, ends)
                if told_only or speaks_of - known[0].cells.keys():
                    further = list(passage())
                    _complete(out, known[0], setup(further, report=False), further)
            continue
        if modality == "other":
            modality = _usual(kinds or Counter(t[1] for t in told if t[1] != "other") or named)
        lines = tuple(_passage(telling, days, ends)[0]())
        cells = {
            "modality": Cell(modality, (mention,)),
            "date": Cell(when.date, (day,)),
            "date_precision": Cell(when.precision, (day,)),
            **setup(lines, report=False),
        }
        by_month.setdefault(_month(when), []).append(len(out))
        kinds[modality] += 1
        out.append(Session(_id(line.read.note.patient_id, when, modality), when, modality, cells, lines, None, (mention,)))
    return out


def _complete(sessions: list[Session], known: Session, cells: Mapping[str, Cell], passage: Sequence[Line]) -> None:
    """What the notes before left open on how a session was done, a later telling of it fills."""
    at = next(i for i, s in enumerate(sessions) if s.procedure_id == known.procedure_id)
    lines = sessions[at].lines
    if sessions[at].report is None:
        lines = tuple(dict.fromkeys((*lines, *passage)))
    sessions[at] = replace(sessions[at], cells={**cells, **sessions[at].cells}, lines=lines)


def _coarser_before(sessions: list[Session], known: Session, when: PartialDate, line: Line, modality: str) -> None:
    """A month told in an older note gave this session another id in an earlier run: the row says which it replaces."""
    newer = known.when.precision == "day" != when.precision and line.read.note.note_date < known.lines[0].read.note.note_date
    if newer and "replaces" not in known.cells:
        before = _id(line.read.note.patient_id, when, known.modality if modality == "other" else modality)
        sessions[sessions.index(known)] = replace(known, cells={**known.cells, "replaces": Cell(before)})


def _same_session(session: Session, when: PartialDate, modality: str) -> bool:
    if modality not in ("other", session.modality):
        return False
    if session.when.agrees(when):
        return True
    return "day" == session.when.precision == when.precision and abs(session.when.date - when.date) <= SAME


def _told_apart(session: Session, when: PartialDate, line: Line) -> bool:
    """True if one note tells of two days, each in a sentence of its own with its own place: "11/8: cryo right scapula. 11/9: cryo left femur"."""
    first = session.lines[0]
    if session.report or session.when.agrees(when) or first.read is not line.read or first == line:
        return False
    here, there = places(line.sentence, line.read.note.text), places(first.sentence, first.read.note.text)
    return bool(here and there) and all(conflict(a, b) for a in here for b in there)


def _month(when: PartialDate) -> tuple[int, int]:
    """Year and month of a day; month 0 where only the year is known."""
    return when.date.year, when.date.month if when.precision != "year" else 0


def _of_months(by_month: Mapping[tuple[int, int], Sequence[int]], when: PartialDate) -> list[int]:
    """The numbers of the sessions that can be of this day: those of its month and the ones beside it; of a year all."""
    if when.precision == "year":
        near = {(when.date.year, month) for month in range(13)}
    else:
        at = 12 * when.date.year + when.date.month - 1
        near = {((at + by) // 12, (at + by) % 12 + 1) for by in (-1, 0, 1)} | {(when.date.year, 0)}
    return sorted(n for month in near for n in by_month.get(month, ()))


def _usual(kinds: Counter[str]) -> str:
    """What a bare "ablation" most likely means in a chart with sessions of these kinds."""
    return kinds.most_common(1)[0][0] if kinds else "other"


Ends = dict[tuple[str, PartialDate, str], tuple[int, int, frozenset[str]]]
"""For a note, a day and an energy the passage walked last: its first line, the one behind its last, and the cells that it can fill."""


def _passage(telling: Told, days: Mapping[Line, Sequence[PartialDate]], ends: Ends) -> tuple[Callable[[], list[Line]], frozenset[str]]:
    """The sentence that tells of a session, and those after it in its paragraph until another day or another ablation is spoken of; and the cells they can fill.

    A telling within the passage of another of the same session has the same end: it is not walked again.
    """
    when, modality, line, _, _ = telling
    lines = timeline.lines(line.read)
    at = bisect_left(lines, line.sentence.start, key=lambda x: x.sentence.start)
    key = (line.read.note.note_id, when, modality)
    first, end, cells = ends.get(key, (at, at, frozenset()))
    if not first <= at < end:
        end = at + 1
        while end < len(lines) and _in_passage(lines[end], line, when, modality, days):
            end += 1
        cells = speaks((line, *lines[at + 1 : end]))
        ends[key] = (at, end, cells)
    return (lambda: [line, *lines[at + 1 : end]]), cells


def _in_passage(following: Line, line: Line, when: PartialDate, modality: str, days: Mapping[Line, Sequence[PartialDate]]) -> bool:
    """True if a sentence can still speak of the session told before it: no other paragraph, day or ablation."""
    return not (
        following.sentence.paragraph != line.sentence.paragraph
        or _of_other_day(following, when)
        or _of_other(following, modality)
        or any(not day.agrees(when) for day in days.get(following, ()))
    )


def _of_other_day(line: Line, when: PartialDate) -> bool:
    """True if a sentence names a day that is not the session's; the day of writing ("today I read their letter") is none."""
    for d in line.labelled("DATE"):
        day = timeline.when(d, line.read.note) if isinstance(d.value, When) and d.value.anchor is None else None
        if day and not day.agrees(when):
            return True
    return False


def _of_other(line: Line, modality: str) -> bool:
    """True if a sentence speaks of an ablation that is not this one: of another energy, or not done."""
    return any(
        m.has(*NOT_DONE, "historical") or (m.concept not in ("other", modality) and modality != "other") for m in line.labelled("PROCEDURE")
    )


def first_day(sessions: Sequence[Session]) -> date | None:
    """The day of the first ablation, whatever its kind."""
    return min((s.when.date for s in sessions), default=None)


def columns(session: Session) -> Mapping[str, Cell]:
    """The cells of its row."""
    return session.cells
