"""An exam in words: its report, the clinic note that cites it, and what they say of each treated site and of disease elsewhere."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bench.replication import words
from bench.replication.bank import Frame, Passage
from bench.replication.cohort import Exam, Session, Treatment
from bench.replication.pen import Chart, Fits, Forms, Said, Values, for_each, inner, remarks, told_sessions
from bench.replication.words import Value

LATER = frozenset({"before", "zone_before", "previous_exam_date"})
"""Slots that only a second exam can fill."""


@dataclass(frozen=True)
class Read:
    """One treated site at one exam, with the slots that speak of it."""

    treatment: Treatment
    status: str
    first: bool
    values: Values


def read_exam(chart: Chart, exam: Exam, before: Exam | None, distant: bool) -> bool:
    """The exam's report and the clinic note that cites it; whether disease elsewhere has been told of by now."""
    by_number = {t.number: t for t in chart.patient.treatments}
    words_of: dict[str, Value] = {"exam": chart.word("exam", exam.modality), "exam_title": _title(chart, exam)}
    dated: dict[str, Value] = {"exam_date": exam.day, "previous_exam_date": before.day if before else exam.day}
    past = [s for s in chart.patient.sessions if s.day < exam.day]
    dated["session_date"] = past[-1].day
    read = [Read(by_number[k], status, k not in exam.seen_before, _sizes(chart, by_number[k], exam, before)) for k, status in exam.statuses]
    quotes: dict[int, str] = {}
    if exam.reported:
        quotes, distant = _report(chart, exam, before, past, read, {**words_of, **dated}, distant)
    if not exam.reported or chart.draw.random() < 0.55:
        cited = _clinic(chart, exam, past, read, {**words_of, **dated})
        quotes = quotes or cited
    for site in read:
        row = {"lesion": f"L{site.treatment.number + 1}", "date": exam.day.isoformat(), "modality": exam.modality, "scope": "local"}
        chart.gold["assessments"].append({**row, "status": site.status, "quote": quotes[site.treatment.number]})
    return distant


def _title(chart: Chart, exam: Exam) -> str:
    if exam.modality == "pet_ct":
        return chart.word("exam_titles", "pet_ct", "any")
    region = "chest_abdomen" if {"chest", "abdomen"} <= chart.patient.regions else min(chart.patient.regions)
    return chart.word("exam_titles", exam.modality, region)


def _sizes(chart: Chart, treatment: Treatment, exam: Exam, before: Exam | None) -> dict[str, Value]:
    """Sizes of the zone and of tumour at it, the same in every note of the exam."""

    def zone(day: date) -> int:
        return max(8, round((treatment.size + 18) * 0.999 ** max(0, (day - treatment.day).days)))

    called = treatment.event or treatment.alarm or exam.day
    start = 7 + random.Random(f"growth {chart.patient.id} {treatment.number}").randint(0, 12)

    def tumour(day: date) -> int:
        return start + max(0, (day - called).days) // 20

    now, earlier = tumour(exam.day), tumour(before.day) if before and before.day >= called else max(2, start - 5)
    zone_now, zone_before = zone(exam.day), zone(before.day) if before else zone(treatment.day)
    return {
        "now": chart.flat(now),
        "before": chart.flat(min(earlier, now - 1)),
        "zone_now": chart.flat(zone_now),
        "zone_before": chart.flat(max(zone_before, zone_now + 1)),
    }


def _says(site: Read, exam: Exam, named: bool) -> Fits:
    """Whether a passage about one lesion says what was read at a site."""

    def fits(p: Passage) -> bool:
        return (
            p.labels["about"] == "one"
            and p.labels["status"] == site.status
            and (p.names_lesion or not named)
            and _timely(p, exam, site.first)
        )

    return fits


def both(one: Fits, other: Fits) -> Fits:
    """Passages that fit in two ways."""
    return lambda p: one(p) and other(p)


def _timely(p: Passage, exam: Exam, first: bool) -> bool:
    labels = p.labels
    kind = labels["modalities"] == "any" or exam.modality in labels["modalities"]
    later = labels["when"] == "later" or bool(p.slots & LATER)
    return kind and not (first and later) and not (not first and labels["when"] == "first")


def _joint(chart: Chart, block: str, exam: Exam, read: Sequence[Read], chance: float, fits: Fits) -> Passage | None:
    """A passage about all sites at once, where they were read alike."""

    def alike(p: Passage) -> bool:
        same = p.labels["about"] == "all" and p.labels["status"] == read[0].status
        return same and fits(p) and all(_timely(p, exam, site.first) for site in read)

    if len(read) < 2 or len({site.status for site in read}) > 1 or chart.draw.random() >= chance or not chart.has(block, alike):
        return None
    return chart.choose(block, alike)


def _local(
    chart: Chart,
    block: str,
    exam: Exam,
    read: Sequence[Read],
    values: Values,
    dates: Forms,
    apart: bool = False,
    fits: Fits = lambda p: True,
) -> list[Said]:
    """What is said of each site, in order, or once of all."""
    together = None if apart else _joint(chart, block, exam, read, 0.5, fits)
    if together:
        return [chart.say(together, {**values, **chart.all([site.treatment for site in read])}, dates)]

    def sentence(n: int, site: Read) -> Said:
        says = _says(site, exam, len(read) > 1 and not apart)
        passage = chart.choose(block, lambda p: says(p) and fits(p))
        return chart.say(passage, {**values, **site.values, **chart.one(site.treatment, n)}, dates)

    return [sentence(n, site) for n, site in enumerate(read, 1)]


def _spread(said: Sequence[Said], read: Sequence[Read]) -> dict[int, str]:
    """The words about each treatment."""
    texts = [s.text for s in said] if len(said) == len(read) else [said[0].text] * len(read)
    return {site.treatment.number: text for site, text in zip(read, texts, strict=True)}


def _report(
    chart: Chart, exam: Exam, before: Exam | None, past: Sequence[Session], read: Sequence[Read], own: Values, distant: bool
) -> tuple[dict[int, str], bool]:
    day, dates = exam.day, chart.dates()
    values = {**chart.person(day), **own, "interval": words.interval((day - past[-1].day).days)}
    frame = chart.frame("imaging", lambda f: before is not None or "previous_exam_date" not in f.slots)
    inside = inner(frame)
    impression = _local(chart, "impression", exam, read, values, dates, "impression" in inside)
    findings = _local(chart, "findings", exam, read, values, dates, "findings" in inside) if "findings" in frame.slots else []
    elsewhere, distant = _elsewhere(chart, exam, values, dates, distant) if "distant" in frame.slots else ([], distant)
    blocks: dict[str, Sequence[str]] = {
        "impression": [s.text for s in impression],
        "findings": [s.text for s in findings],
        "distant": elsewhere,
        "comparison": [chart.say(chart.choose("comparison", lambda p: p.labels["previous"] is (before is not None)), values, dates).text],
        "session_history": told_sessions(chart, past, values, dates) if "session_history" in frame.slots else [],
        "noise": remarks(chart, "imaging", values, dates),
    }
    parts = [{b: [blocks[b][i]] for b in inside & {"findings", "impression"}} for i in range(len(read))]
    one = [{**values, **chart.one(site.treatment, n)} for n, site in enumerate(read, 1)]
    chart.add(for_each(frame, parts, one, chart, dates), day, blocks, values, dates)
    return _spread(impression, read), distant


def _elsewhere(chart: Chart, exam: Exam, values: Values, dates: Forms, distant: bool) -> tuple[list[str], bool]:
    """What is said of disease elsewhere, with its row; once told of, it is never said to be gone."""
    kinds = ("progression", "none") if distant else ("no_progression", "none", "progression", "indeterminate")
    status = chart.draw.choices(kinds, (0.6, 0.4) if distant else (0.58, 0.24, 0.12, 0.06))[0]
    passage = chart.choose("distant", lambda p: p.labels["status"] == status)
    sites = {p.site for p in chart.patient.places}
    away = [e for e in chart.bank.elsewhere if e["site"] not in sites]
    near = [e for e in away if exam.modality == "pet_ct" or e["region"] in chart.patient.regions] or away
    place, size = chart.draw.choice(near)["phrase"], chart.flat(chart.draw.randint(5, 34))
    said = chart.say(passage, {**values, "elsewhere": place, "elsewhere_size": size}, dates)
    if status != "none":
        row = {"lesion": None, "date": exam.day.isoformat(), "modality": exam.modality, "scope": "distant"}
        chart.gold["assessments"].append({**row, "status": status, "quote": said.text})
    return [said.text], distant or status == "progression"


def _clinic(chart: Chart, exam: Exam, past: Sequence[Session], read: Sequence[Read], own: Values) -> dict[int, str]:
    following = min(((s.day - exam.day).days for s in chart.patient.sessions if s.day > exam.day), default=99)
    day, dates = exam.day + timedelta(days=chart.draw.randint(1, max(1, min(16, following - 1)))), chart.dates()
    values = {**chart.person(day), **own, "interval": words.interval((day - past[-1].day).days)}
    recalls = [text for since, text in chart.recalls if since < day]

    def dated(frame: Frame) -> Fits:
        return lambda p: "exam_date" in frame.slots or "exam_date" in p.slots

    def fits(frame: Frame) -> bool:
        labelled = not recalls and re.search(r":\s*\{recall", frame.text)
        return not labelled and all(chart.has("clinic_status", both(_says(s, exam, len(read) > 1), dated(frame))) for s in read)

    frame = chart.frame("clinic", fits)
    said = _local(chart, "clinic_status", exam, read, values, dates, fits=dated(frame))
    blocks = {
        "clinic_status": [s.text for s in said],
        "session_history": told_sessions(chart, past, values, dates),
        "recall": recalls,
        "noise": remarks(chart, "clinic", values, dates),
    }
    chart.add(frame, day, blocks, values, dates)
    return _spread(said, read)
