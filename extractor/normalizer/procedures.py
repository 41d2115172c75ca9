"""Which ablation sessions were performed, and how? One row a session and modality."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from extractor.model import Cell, Drop, Mention, PartialDate, ReadNote, When
from extractor.normalizer import timeline
from extractor.normalizer.records import Line, Session

NOT_DONE = ("negated", "planned", "cancelled", "family", "hypothetical", "risk")
TITLE_SECTIONS = ("", "procedure", "date", "impression", "diagnosis")
ABORTED = re.compile(
    r"\b(?:abort(?:ed|ing)|not (?:carried out|undertaken|done)|no tissue (?:was )?(?:frozen|ablated|treated)|(?:gas|generator|energy) (?:was )?(?:never|not)(?: \w+){0,3}? (?:on|delivered|applied|activated)|without the gas|did not proceed|decided (?:not to|to stop|to leave)|nothing was (?:frozen|ablated|treated|cooled)|without (?:having been|ever being) (?:switched|turned) on|never (?:started|switched on|turned on|activated)|(?:ended|stopped|halted|terminated) before|(?:no|not a) (?:\w+ )?(?:tumou?r|tissue|lesion|nodule) (?:had been |was |were )?(?:treated|frozen|ablated)|took place(?<=not take place)|did not take place|procedure (?:was )?stopped|abandon(?:ed|ing)|terminated|cancel(?:l)?ed|called off|not performed|no (?:ablation|cryo\w*|freeze|freezing|energy|treatment)(?: \w+){0,3} (?:was |were |been )?(?:performed|delivered|done|given|started|carried out|undertaken|applied)"
    r"|before (?:any|the first) (?:freeze|freezing|energy|ablation|gas|probe)|(?:no|not a) (?:probe|cryoprobe|antenna)s? (?:was|were) (?:placed|inserted|activated)|nothing was (?:frozen|ablated|treated)|without (?:any )?(?:freezing|ablation|energy|treatment))\b",
    re.IGNORECASE,
)
OTHER_ORGAN = re.compile(
    r"\b(?:atrial|fibrillation|flutter|arrhythmi\w+|rhythm|palpitation\w*|SVT|cardiac|heart|cardiolog\w+|AF|a-?fib|varicos\w+|saphenous|veins?|menorrhagia|periods|endometri\w+|menses|facet|Barrett\w*|nerve root|sciatica|wart|cervical dysplasia|fibroids?|thyroid|goit\w+|prostate|fibroadenoma)\b",
    re.IGNORECASE,
)
TUMOUR = re.compile(
    r"\b(?:tumou?rs?|mass|lesions?|nodules?|metasta\w+|mets?|deposits?|\w*sarcoma\w*|recurren\w+|implants?)\b", re.IGNORECASE
)
TOTAL = re.compile(r"\b(?:total(?: number)?(?: of)?|in all|altogether|overall|in total|all told|for the session)\b", re.IGNORECASE)
AFTER = re.compile(r"\b(?:after|since|following|s/p|from|out|post|status)\b", re.IGNORECASE)
SAME = timedelta(days=3)
Told = tuple[PartialDate, str, Line, Mention, Mention]


def find(reads: Sequence[ReadNote], drops: list[Drop]) -> list[Session]:
    """Sessions in order of day. ``reads`` are in order; candidates that become no session go to ``drops``."""
    reported = [s for read in reads if timeline.kind(read) == "procedure" for s in _reported(read, drops)]
    reported = _merge_reports(reported)
    called_off = undone(reads)
    told = []
    for t in (t for read in reads for t in _told(read, drops)):
        if any(_same_day(t[0], day) for day in called_off) and not any(_same_session(s, t[0], t[1]) for s in reported):
            drops.append(Drop(t[3], "procedures", "another note says that this session was called off"))
        else:
            told.append(t)
    sessions = _add_told(reported, told, reads)
    return sorted(sessions, key=lambda s: (s.when.date, s.modality))


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
    for modality, mention in _modalities(lines):
        cells = {
            "modality": Cell(modality, (mention,)),
            "date": date_cell,
            "date_precision": Cell(when.precision, date_cell.mentions, date_cell.basis),
            **setup(lines),
        }
        out.append(Session(_id(patient, when, modality), when, modality, cells, tuple(lines), read, (mention,)))
    return out


DATE_CORRECTED = re.compile(r"\b(?:date|day|performed|done|took place|carried out)\b", re.IGNORECASE)
CORRECTION = re.compile(r"\b(?:error|wrong|incorrect\w*|correct\w*|mis-?\w+|should (?:read|be)|instead|not)\b", re.IGNORECASE)


def _corrected_date(lines: Sequence[Line]) -> tuple[PartialDate, Cell] | None:
    """The day that an addendum puts right: "the date in the title is in error, it was done on June 19"."""
    added = [x for x in lines if x.sentence.section == "addendum"]
    words = " ".join(x.text for x in added)
    if not (re.search(r"\b(?:date|day)\b", words, re.IGNORECASE) and CORRECTION.search(words)):
        return None
    for line in added:
        for d in line.labelled("DATE"):
            when = timeline.when(d, line.read.note)
            before = line.read.note.text[max(line.sentence.start, d.start - 30) : d.start]
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
    stopped = any(ABORTED.search(line.text) for line in lines if line.sentence.section not in ("consent", "plan", "instructions"))
    done = sum(
        1
        for line in lines
        for m in line.labelled("ENERGY")
        if re.search("freez|thaw|W", m.text)
        and not m.has("negated", "planned", "hypothetical", "cancelled")
        and not ABORTED.search(line.text)
    )
    return stopped and done == 0


def undone(reads: Sequence[ReadNote]) -> list[PartialDate]:
    """Days of sessions that the chart says were called off before energy was given."""
    days = []
    for read in reads:
        lines = timeline.lines(read)
        if read.note.note_type == "procedure" and _aborted(lines):
            days.append(timeline.service_date(read)[0])
        for line in lines:
            if ABORTED.search(line.text) and (line.labelled("PROCEDURE") or "session" in line.text):
                days += [
                    w
                    for d in line.labelled("DATE")
                    if (w := timeline.when(d, read.note)) and w.precision == "day" and w.date <= read.note.note_date
                ]
    return days


def _same_day(when: PartialDate, day: PartialDate) -> bool:
    return when.agrees(day) or (when.precision == "day" and abs(when.date - day.date) <= SAME)


def _modalities(lines: Sequence[Line]) -> list[tuple[str, Mention]]:
    """The energies used, most certain evidence first: title, then devices, then any mention."""
    heads = [
        m
        for line in [*lines[:12], *(x for x in lines if x.sentence.section in ("procedure", "impression"))]
        for m in line.labelled("PROCEDURE")
    ]
    heads = [m for m in heads if not m.has(*NOT_DONE, "historical") and m.section in TITLE_SECTIONS and m.concept != "other"]
    devices = [m for line in lines for m in line.labelled("ENERGY") if not m.has("negated", "historical", "planned")]
    used = Counter(m.concept for m in devices)
    found: dict[str, Mention] = {}
    for mention in heads:
        if not used or mention.concept in used or mention.concept not in ("cryoablation", "microwave", "radiofrequency"):
            found.setdefault(mention.concept, mention)
    if "cryoablation" not in used and not any(line.labelled("PROCEDURE") for line in lines):
        return []  # electrodes and probes serve other ends too
    if not found and used:
        top = used.most_common(1)[0][0]
        found[top] = next(m for m in devices if m.concept == top)
    return list(found.items())


def setup(lines: Sequence[Line]) -> dict[str, Cell]:
    """Guidance, anaesthesia, approach and probes of a session from the sentences that report it."""
    cells = {"guidance": _guidance(lines), "anesthesia": _anesthesia(lines), "approach": _approach(lines), "probes": _probes(lines)}
    return {k: v for k, v in cells.items() if v}


def _setup(lines: Sequence[Line], what: str, sections: Sequence[str] = ()) -> list[tuple[str, Mention]]:
    out = []
    for line in lines:
        if (sections and line.sentence.section not in sections) or line.sentence.section in (
            "consent",
            "indication",
            "history",
            "plan",
            "comparison",
            "past_history",
            "instructions",
        ):
            continue
        out += [
            (m.concept.split(":")[1], m)
            for m in line.labelled("SETUP")
            if m.concept.startswith(what) and not m.has("negated", "cancelled", "hypothetical", "historical")
        ]
    return out


def _guidance(lines: Sequence[Line]) -> Cell | None:
    said = _setup(lines, "guidance", ("guidance",)) or _setup(lines, "guidance")
    section = [m for line in lines if line.sentence.section == "guidance" for m in line.labelled("IMAGING") if not m.has("negated")]
    said = said + [(m.concept, m) for m in section if m.concept in ("ct", "us", "mri", "pet_ct")]
    said += [
        (m.concept, m)
        for line in lines
        for m in line.labelled("IMAGING")
        if m.concept in ("ct", "us", "mri") and line.text.strip(" .") == m.text and not said
    ]
    kinds = dict.fromkeys(k for k, _ in said)
    if not kinds:
        return None
    if "ct_us" in kinds or {"ct", "us"} <= set(kinds):
        value = "ct_us"
    else:
        value = next((k for k in ("pet_ct", "mri", "ct", "us", "fluoroscopy") if k in kinds), "other")
    return Cell(value, tuple(m for k, m in said if k in value or value == "ct_us")[:2])


ORDER = ("general", "monitored_care", "moderate_sedation", "regional", "local")


def _anesthesia(lines: Sequence[Line]) -> Cell | None:
    said = (
        _setup(lines, "anesthesia", ("anesthesia",))
        or _setup(lines, "anesthesia", ("", "procedure", "date", "technique", "findings", "guidance"))
        or _setup(lines, "anesthesia")
    )
    for value in ORDER:
        evidence = [m for k, m in said if k == value]
        if evidence:
            return Cell(value, (evidence[0],))
    return None


def _approach(lines: Sequence[Line]) -> Cell | None:
    said = _setup(lines, "approach")
    for value in ("open", "laparoscopic", "endoscopic", "percutaneous"):
        evidence = [m for k, m in said if k == value]
        if evidence:
            return Cell(value, (evidence[0],))
    return None


def _probes(lines: Sequence[Line]) -> Cell | None:
    """The number of probes: a total where one is told (an addendum's last), else the sum of those placed."""
    said = [
        (line, m)
        for line in lines
        for m in line.labelled("PROBES")
        if not m.has("negated", "planned", "historical", "hypothetical", "cancelled", "family")
    ]
    said = [
        (line, m)
        for line, m in said
        if line.sentence.section not in ("consent", "history", "indication", "comparison", "past_history", "plan")
    ]
    listed = [(line, m) for line, m in said if m.rule_id.startswith("grids#")]
    said = listed or said
    totals = [(line, m) for line, m in said if TOTAL.search(line.text) and not m.rule_id.endswith("#probes_more")]
    late = [m for line, m in said if line.sentence.section == "addendum"]
    if totals and (not late or totals[-1][0].sentence.section == "addendum"):
        return Cell(int(float(totals[-1][1].concept)), (totals[-1][1],))
    if late:
        return Cell(int(float(late[-1].concept)), (late[-1],))
    placed = [m for line, m in said if line.sentence.section not in ("impression", "procedure", "date", "complications")] or [
        m for _, m in said
    ]
    heads = [m for line, m in said if line.sentence.section in ("impression", "procedure")]
    if not placed:
        return None
    total = sum(int(float(m.concept)) for m in placed)
    if len(heads) == 1 and int(float(heads[0].concept)) >= max(int(float(m.concept)) for m in placed):
        return Cell(int(float(heads[0].concept)), (heads[0],))
    return Cell(total, tuple(placed))


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
    out: list[Told] = []
    for line in timeline.lines(read):
        said = line.labelled("PROCEDURE")
        for mention in said:
            reason = _not_performed(mention, line)
            if reason:
                drops.append(Drop(mention, "procedures", reason))
                continue
            day = _day_of(mention, line)
            if day is None:
                drops.append(Drop(mention, "procedures", "no date of its own"))
            elif day[0].date > read.note.note_date:
                drops.append(Drop(mention, "procedures", "dated after the note: not yet done"))
            else:
                out.append((day[0], mention.concept, line, mention, day[1]))
    return out


def _not_performed(mention: Mention, line: Line) -> str:
    for name in NOT_DONE:
        if mention.has(name):
            return f"said to be {name}" if name != "family" else "of a relative"
    if line.sentence.section in ("consent", "instructions", "comparison"):
        return f"in the section {line.sentence.section}"
    if OTHER_ORGAN.search(line.text) and not TUMOUR.search(line.text):
        return "an ablation of something else than a tumour, by the words around it"
    return ""


def _day_of(mention: Mention, line: Line) -> tuple[PartialDate, Mention] | None:
    """The date nearest to an ablation in its sentence: behind it first, then before it."""
    best: tuple[float, PartialDate, Mention] | None = None
    text = line.read.note.text
    others = [m for m in line.labelled("PROCEDURE", "IMAGING", "PRIOR_TREATMENT", "OTHER_ABLATION") if m != mention]
    for d in line.labelled("DATE"):
        if not isinstance(d.value, When) or d.value.approximate or d.value.anchor == "procedure" or d.rule_id.endswith("#future"):
            continue
        if d.value.anchor == "text":
            continue
        when = timeline.when(d, line.read.note)
        if when is None:
            continue
        behind = d.start >= mention.end
        between = text[mention.end : d.start] if behind else text[d.end : mention.start]
        if (not behind and AFTER.search(between)) or _of_exam(d, line):
            continue
        distance = len(between) + (0 if behind else 8)
        blocked = sum(1 for o in others if min(d.start, mention.start) < o.start < max(d.start, mention.start))
        if blocked or len(between) > 90 or re.search(r";|\. ", between):
            distance += 400
        if distance < 300 and (best is None or distance < best[0]):
            best = (distance, when, d)
    return (best[1], best[2]) if best else None


def _of_exam(day: Mention, line: Line) -> bool:
    """True if the date is an exam's: "MRI of 12/08/2020", "CT 5/20/20:"."""
    text = line.read.note.text
    return any(
        0 <= day.start - m.end <= 12 and re.fullmatch(r"[\s,(]*(?:of|on|from|dated|done)?[\s(]*", text[m.end : day.start], re.IGNORECASE)
        for m in line.labelled("IMAGING")
    )


def _add_told(sessions: list[Session], told: Sequence[Told], reads: Sequence[ReadNote]) -> list[Session]:
    """Tie tellings to known sessions; what is left makes sessions of its own, finest date first."""
    out = list(sessions)
    order = {"day": 0, "month": 1, "year": 2}
    for when, modality, line, mention, day in sorted(
        told, key=lambda t: (order[t[0].precision], t[0].date, t[1] == "other", t[2].read.note.note_date, t[3].start)
    ):
        known = [s for s in out if _same_session(s, when, modality)]
        if known:
            _coarser_before(out, known[0], when, line, modality)
            continue
        if modality == "other":
            modality = _usual(out)
        lines = _passage(line, reads)
        cells = {
            "modality": Cell(modality, (mention,)),
            "date": Cell(when.date, (day,)),
            "date_precision": Cell(when.precision, (day,)),
            **setup(lines),
        }
        out.append(Session(_id(line.read.note.patient_id, when, modality), when, modality, cells, tuple(lines), None, (mention,)))
    return out


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


def _usual(sessions: Sequence[Session]) -> str:
    """What a bare "ablation" most likely means in this chart."""
    kinds = Counter(s.modality for s in sessions)
    return kinds.most_common(1)[0][0] if kinds else "other"


def _passage(line: Line, reads: Sequence[ReadNote]) -> list[Line]:
    """The sentence that tells of a session, the one before it, and those after it until another date, exam or paragraph."""
    lines = timeline.lines(line.read)
    at = next(i for i, x in enumerate(lines) if x.sentence.start == line.sentence.start)
    out = [line]
    for following in lines[at + 1 :]:
        new_day = [m for m in following.labelled("DATE") if isinstance(m.value, When) and m.value.anchor is None]
        if following.sentence.paragraph != line.sentence.paragraph or new_day or following.labelled("PROCEDURE"):
            break
        out.append(following)
    return out


def first_day(sessions: Sequence[Session]) -> date | None:
    """The day of the first ablation, whatever its kind."""
    return min((s.when.date for s in sessions), default=None)


def columns(session: Session) -> Mapping[str, Cell]:
    """The cells of its row."""
    return session.cells
