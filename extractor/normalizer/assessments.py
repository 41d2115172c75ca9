"""What did each exam show at the treated sites, and elsewhere? One row an exam and treated lesion, one an exam for distant disease.

Labeling guide, Assessment. A sentence is read in two questions: which treated lesions does it speak of (zone words, places, what the
sentence before spoke of), and what does it say of them (findings.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from extractor.model import Cell, ReadNote, Row
from extractor.normalizer import exam_citations
from extractor.normalizer import exams as exam_finder
from extractor.normalizer.exam_clauses import labels
from extractor.normalizer.exam_readings import Reading, noted, read
from extractor.normalizer.records import Exam, Session, Target
from extractor.patterns import re

SAME = re.compile(
    r"\b(?:said|says|showed|shows|found|told|read|reported|was|is|were|looked|gave) (?:just |exactly |much |essentially |about )?the same\b(?! (?:size|as))|\bthe same (?:finding|result|reading|picture)s?\b|\b(?:likewise|equally|also|similarly) (?:clear|clean|negative|quiet|OK|okay|fine|good|unremarkable|satisfactory|reassuring)\b|^[^.;:]{3,50}\b(?:too|as well)\W*$|\bditto\b|\b(?:CT|MRI?|PET(?:[-/]CT)?|US|scan|study)\W+(?:the |again )?same\s*[.;,]?\s*$|\bidentical (?:report|findings|result)",
    re.IGNORECASE,
)
"""An exam that repeats what the one told before it had shown."""

WEIGHT = {"progression": 3, "residual": 3, "indeterminate": 2, "no_progression": 1}


def find(exams: Sequence[Exam], targets: Sequence[Target], patient: str, numbers: Mapping[str, frozenset[str]] | None = None) -> list[Row]:
    """Assessment rows by day; of one exam told twice its own report speaks."""
    rows: dict[tuple[str, str, str], Row] = {}
    own = {(e.when.date, e.modality) for e in exams if e.own}
    found: list[tuple[Exam, list[Reading]]] = []
    followed: tuple[Target, ...] = ()
    for exam in _settled(exams):
        if not exam.own and not _has_report(exam, own) and _misdated(exam, own):
            continue
        readings = _of_its_own(exam, _alive(targets, exam.when.date), numbers, followed)
        found.append((exam, readings))
        followed = noted(followed, readings)
    for exam, readings in _repeated(found):
        reported = _has_report(exam, own)
        for row in _rows(exam, readings, patient):
            key = (str(row["date"]), str(row["lesion_id"] or ""), str(row["modality"]))
            known = not row["lesion_id"] or exam.modality == "pathology" or any(k[:2] == key[:2] for k in rows)
            if (exam.own or not (reported and known)) and (
                key not in rows or _only_of_the_rest(rows[key], row) or (_by_month(exam) and _seen_again(rows[key], row))
            ):
                rows[key] = row
    return sorted(rows.values(), key=lambda r: (str(r["date"]), r["scope"] == "distant", str(r["lesion_id"] or ""), str(r["modality"])))


def _has_report(exam: Exam, own: Collection[tuple[date, str]]) -> bool:
    """True if the chart holds the report of an exam's day and kind."""
    return (exam.when.date, exam.modality) in own or (exam_citations.vague(exam) and any(d == exam.when.date for d, _ in own))


def _repeated(found: Sequence[tuple[Exam, list[Reading]]]) -> list[tuple[Exam, list[Reading]]]:
    """With the readings of exams that say the same as the one told before them: in their note, else by day."""
    filled = {id(exam): readings for exam, readings in found}
    silent = [n for n, (exam, readings) in enumerate(found) if not readings and exam.lines and SAME.search(exam.lines[0].text)]
    for n in sorted(silent, key=lambda n: found[n][0].lines[0].sentence.start):
        exam = found[n][0]
        ahead = [e for e, _ in found if e.lines and _ahead_of(e, exam)]
        source = max(ahead, key=lambda e: e.lines[0].sentence.start, default=found[n - 1][0] if n else None)
        said = exam.lines[0].labelled("IMAGING") or exam.cells["modality"].mentions
        filled[id(exam)] = [replace(r, mentions=said) for r in filled[id(source)] if _holds_of(r, exam)] if source else []
    return [(exam, filled[id(exam)]) for exam, _ in found]


def _holds_of(reading: Reading, exam: Exam) -> bool:
    """True for what was read before an exam that says the same, of a lesion that was treated by then."""
    line = exam.lines[0]
    behind = any(m.note_id == line.read.note.note_id and m.start > line.sentence.start for m in reading.mentions)
    return not behind and (reading.target is None or reading.target.session.when.date < exam.when.date)


def _ahead_of(one: Exam, other: Exam) -> bool:
    """True for an exam that its note tells before another."""
    first, second = one.lines[0], other.lines[0]
    return first.read is second.read and first.sentence.start < second.sentence.start


OF_THE_REST = re.compile(r"\b(?:other|else|elsewhere|otherwise)\b", re.IGNORECASE)


def _seen_again(known: Row, told: Row) -> bool:
    """True if a later note tells of tumour at a treated place on images that were first told as quiet."""
    return bool(told["lesion_id"]) and known["status"] == "no_progression" and told["status"] in ("progression", "residual")


def _only_of_the_rest(known: Row, told: Row) -> bool:
    """True if one note tells of an exam only that there was nothing else, and another what there was."""
    said = known.cells["status"].mentions
    quiet = known["scope"] == "distant" and known["status"] == "no_progression" != told["status"]
    return bool(quiet and said and all(OF_THE_REST.search(m.words) for m in said))


def _misdated(exam: Exam, own: Collection[tuple[date, str]]) -> bool:
    """True for a telling of an exam whose own report is of the day before or after."""
    near = [d for d, modality in own if modality == exam.modality and abs((d - exam.when.date).days) == 1]
    return exam.when.precision == "day" and exam.modality != "pathology" and bool(near)


def _of_its_own(
    exam: Exam, here: Sequence[Target], numbers: Mapping[str, frozenset[str]] | None, followed: Sequence[Target] = ()
) -> list[Reading]:
    """The readings of an exam. Of a conclusion that two exams share, each has what its findings speak of; what neither does is the first one's."""
    found = read(exam, here, numbers, followed)
    if not exam.beside:
        return found
    others = {r.target for r in read(replace(exam, lines=exam.beside, beside=()), here, numbers)}
    named = {r.target for r in found if not r.final}
    leads = exam.lines[0].sentence.start < exam.beside[0].sentence.start
    return [r for r in found if not r.final or r.target in named or (leads and r.target not in others)]


def _settled(exams: Sequence[Exam]) -> list[Exam]:
    """Without coarse tellings of an exam whose day is known."""
    exams = _joined(exams)
    fine = [e for e in exams if e.when.precision == "day"]
    exams = sorted((_of_that_exam(e, fine) for e in exams), key=lambda e: (e.when.date, _by_month(e)))
    return [e for e in exams if e.when.precision == "day" or not any(f.when.agrees(e.when) and _alike(e, f) for f in fine)]


def _by_month(exam: Exam) -> bool:
    """True for a telling by month of an exam whose day another note gave."""
    return exam.when.precision == "day" and not exam.own and exam.cells["date"].basis == "derived"


def _of_that_exam(exam: Exam, fine: Sequence[Exam]) -> Exam:
    """A later telling by month of an exam whose one day another note gave, and that has no report of its own: it tells more of that exam."""
    if exam.when.precision != "month" or exam.own or exam.modality == "pathology":
        return exam
    same = [f for f in fine if f.when.agrees(exam.when) and f.modality == exam.modality]
    if len({f.when.date for f in same}) != 1 or any(f.own for f in same):
        return exam
    return replace(exam, when=same[0].when, cells={**exam.cells, "date": replace(same[0].cells["date"], basis="derived")})


def _alike(coarse: Exam, fine: Exam) -> bool:
    """False for images told by their month where only the day of a biopsy is known, or of another kind of images of another region.

    A biopsy is often told by the month of its images.
    """
    if coarse.modality == "pathology" or fine.modality == "pathology":
        return coarse.modality == "pathology"
    return coarse.modality == fine.modality or exam_citations.vague(coarse) or not exam_finder.regions_apart(coarse, fine)


def _joined(exams: Sequence[Exam]) -> list[Exam]:
    """Passages of one note that tell of one exam are one telling; images of the head and of the trunk on one day are two exams."""
    out: dict[tuple[object, ...], Exam] = {}
    for number, exam in enumerate(exams):
        note = exam.lines[0].read.note.note_id if exam.lines else ""
        key = ("own", number) if exam.own else (note, exam.when, exam.modality, exam_finder.of_the_head(exam))
        known = out.get(key)
        out[key] = Exam(exam.when, exam.modality, (*known.lines, *exam.lines), exam.own, known.cells) if known else exam
    return list(out.values())


def _alive(targets: Sequence[Target], day: date) -> list[Target]:
    """The newest row of each lesion treated before ``day``."""
    before = [t for t in targets if t.session.when.date < day]
    replaced = {t.retreatment_of for t in before}
    return [t for t in before if t.lesion_id not in replaced]


def _rows(exam: Exam, readings: Sequence[Reading], patient: str) -> Iterable[Row]:
    for target in dict.fromkeys(r.target for r in readings if r.target):
        yield _row(exam, [r for r in readings if r.target is target], target, patient)
    distant = [r for r in readings if r.target is None]
    if distant:
        yield _row(exam, distant, None, patient)


def _as_doubted(best: Reading, readings: Sequence[Reading]) -> Reading:
    """What a conclusion only names as seen ("tiny enhancing focus as described") is in the doubt that the findings left it in."""
    doubts = [r for r in readings if r.status == "indeterminate" and not r.final]
    return doubts[0] if doubts and best.target and best.final and best.seen and best.status == "progression" else best


def _row(exam: Exam, readings: Sequence[Reading], target: Target | None, patient: str) -> Row:
    late = [r for r in readings if r.late]
    final = [r for r in readings if r.final and (r.status != "no_progression" or exam.own)]
    pool = late or final or list(readings)
    best = _as_doubted(max(pool, key=lambda r: r.weight if target else WEIGHT[r.status]), readings)
    said = tuple(dict.fromkeys(m for r in (best, *readings) if r.status == best.status for m in r.mentions))
    day = exam.when.date
    scope = "local" if target else "distant"
    date_cell = exam.cells["date"]
    cells = {
        "assessment_id": Cell(f"{patient}:{day}:{exam.modality}:{scope}" + (f":{target.lesion_id}" if target else "")),
        "patient_id": Cell(patient),
        "lesion_id": Cell(target.lesion_id if target else None),
        "date": date_cell,
        "date_precision": Cell(exam.when.precision, date_cell.mentions, date_cell.basis),
        "modality": exam.cells["modality"],
        "scope": Cell(scope, said),
        "status": Cell(best.status, said),
    }
    return Row("assessments", cells)


def collect(reads: Sequence[ReadNote], sessions: Sequence[Session], targets: Sequence[Target], patient: str) -> list[Row]:
    """Assessment rows of a chart; none without an ablation."""
    if not sessions:
        return []
    first = min(s.when.date for s in sessions)
    treated = frozenset(s.when.date for s in sessions if s.when.precision == "day")
    return find(exam_finder.find(reads, first, treated), targets, patient, labels(reads, targets))
