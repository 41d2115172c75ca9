"""A session in words: the procedure report, a discharge note, a complication and its note; and the labels that they bear."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from bench.replication import words
from bench.replication.bank import Frame, Passage
from bench.replication.cohort import Session, Treatment
from bench.replication.pen import (
    Chart,
    Fits,
    Forms,
    Json,
    Said,
    Values,
    draw_setup,
    for_each,
    inner,
    naming,
    remarks,
    singular,
    told_sessions,
)
from bench.replication.words import Value


def write_session(chart: Chart, session: Session, key: str) -> None:
    """The procedure report, perhaps a discharge note, perhaps a complication and its note."""
    complication = _complication(chart, session) if session.complicated else None
    where = complication.labels["where"] if complication else None
    setup = _procedure_note(chart, session, key, complication if where == "procedure" else None)
    if where == "discharge" or chart.draw.random() < 0.6:
        _discharge_note(chart, session, key, complication, setup)
    if complication and where == "later":
        _complication_note(chart, session, key, complication)
    if complication:
        since = date.fromisoformat(chart.gold["complications"][-1]["date"])
        values = {**chart.person(session.day), "session_date": session.day}
        chart.recalls.append((since, words.fill(complication.labels["recall"], values, chart.dates(), chart.told)))


def _complication(chart: Chart, session: Session) -> Passage:
    sites = {chart.patient.places[t.lesion].site for t in session.treatments}
    following = min(((s.day - session.day).days for s in chart.patient.sessions if s.day > session.day), default=99)

    def fits(p: Passage) -> bool:
        near = p.labels["sites"] == "any" or bool(sites & set(p.labels["sites"]))
        alone = len(session.treatments) == 1 or not p.slots & {"lesion", "short"} or len(sites) == 1
        return near and alone and p.labels["days"][1] < following - 8

    terms = sorted({p.labels["term"] for p in chart.style.passages["complication"] if fits(p)})
    term = chart.draw.choice(terms)
    return chart.choose("complication", lambda p: fits(p) and p.labels["term"] == term)


def _procedure_note(chart: Chart, session: Session, key: str, complication: Passage | None) -> Values:
    """Write it with its rows; returns how the session was set up, as words and as values, for the discharge note."""
    treatments, dates = session.treatments, chart.dates()
    (guidance, anesthesia), setup = draw_setup(chart)
    probes = [min(6, max(1, round(t.size / 13) + chart.draw.randint(0, 2))) for t in treatments]
    general = {**chart.person(session.day), **chart.all(treatments), **setup, "session_date": session.day, "total_probes": str(sum(probes))}
    frame = chart.frame("procedure", lambda f: _probes_fit(f, probes))
    one = [{**general, **chart.one(t, n), **_probe_words(k)} for n, (t, k) in enumerate(zip(treatments, probes, strict=True), 1)]
    inside, before, chart.told = inner(frame), chart.told, set()
    targets = _targets(chart, treatments, probes, one, dates, "target" in inside)
    coverage, labels = _coverages(chart, session, one, dates, "coverage" in inside)
    blocks: dict[str, Sequence[str]] = {
        "indication": _indications(chart, session, one, general, dates),
        "target": [t.text for t in targets],
        "coverage": coverage,
        "complications": [_complicated(chart, session, key, complication, general, dates, session.day)],
        "technique": [chart.say(p, general, dates).text for p in chart.sample("technique", 2)],
        "consent": [chart.say(chart.choose("consent"), general, dates).text],
        "noise": remarks(chart, "procedure", general, dates),
    }
    parts = [{b: [blocks[b][i]] for b in inside & {"target", "coverage"}} for i in range(len(treatments))]
    chart.add(for_each(frame, parts, one, chart, dates), session.day, blocks, {**general, **one[0]}, dates)
    each_told = all(t.told & {"probes", "probes_word"} for t in targets) or bool(inside & {"probes", "probes_word"})
    row: Json = {"key": key, "date": session.day.isoformat(), "modality": "cryoablation", "quote": targets[0].text}
    row["guidance"] = guidance if "guidance" in chart.told else None
    row["anesthesia"] = anesthesia if "anesthesia" in chart.told else None
    row["probes"] = sum(probes) if "total_probes" in chart.told or each_told else None
    chart.gold["procedures"].append(row)
    if inside & {"size", "a_size"}:
        chart.sized |= {t.number for t in treatments}
    for treatment, target, label in zip(treatments, targets, labels, strict=True):
        _lesion_row(chart, treatment, key, target, label)
    chart.told |= before
    return {**setup, "total_probes": str(sum(probes)), "guidance_value": guidance, "anesthesia_value": anesthesia}


def _probes_fit(frame: Frame, probes: Sequence[int]) -> bool:
    several = not frame.slots & {"probes", "probes_word"} or "probe_s" in frame.slots or min(probes) > 1
    return several and ("total_probes" not in frame.slots or sum(probes) > 1)


def _probe_words(k: int) -> dict[str, Value]:
    return {
        "probes": str(k),
        "probes_word": words.NUMBERS[k],
        "probe_s": "probe" if k == 1 else "probes",
        "was_probes": "was" if k == 1 else "were",
    }


def _targets(
    chart: Chart,
    treatments: Sequence[Treatment],
    probes: Sequence[int],
    one: Sequence[Values],
    dates: Forms,
    apart: bool,
) -> list[Said]:
    """How each lesion was treated; all tell their probes, or none."""
    telling = chart.draw.random() < 0.85
    alone = apart or len(treatments) == 1
    return [_target(chart, t, k, values, dates, alone, telling) for t, k, values in zip(treatments, probes, one, strict=True)]


def _target(chart: Chart, treatment: Treatment, probes: int, values: Values, dates: Forms, alone: bool, telling: bool) -> Said:
    def counts(p: Passage) -> bool:
        return bool(p.slots & {"probes", "probes_word"})

    def right(p: Passage) -> bool:
        return (p.names_lesion or alone) and (not counts(p) or probes > 1 or "probe_s" in p.slots)

    def wanted(p: Passage) -> bool:
        return right(p) and counts(p) == telling

    passage = chart.choose("target", wanted if chart.has("target", wanted) else right)
    return _sized(chart, treatment, chart.say(passage, {**values, **naming(chart, treatment)}, dates))


def _sized(chart: Chart, treatment: Treatment, said: Said) -> Said:
    """Remember whether the size was told."""
    if said.told & {"size", "a_size"}:
        chart.sized.add(treatment.number)
    return said


def _indications(chart: Chart, session: Session, one: Sequence[Values], general: Values, dates: Forms) -> list[str]:
    first = all(t.of is None for t in session.treatments)
    if first and len(session.treatments) > 1 and chart.draw.random() < 0.75:
        passage = chart.choose("indication", _labeled(about="all", kind="first"))
        return [chart.say(passage, general, dates).text]
    return [_indication(chart, t, values, dates) for t, values in zip(session.treatments, one, strict=True)]


def _indication(chart: Chart, treatment: Treatment, values: Values, dates: Forms) -> str:
    kind = "retreatment" if treatment.of is not None else "first"
    passage = chart.choose("indication", _labeled(about="one", kind=kind))
    return _sized(chart, treatment, chart.say(passage, {**values, **naming(chart, treatment)}, dates)).text


def _labeled(**labels: str) -> Fits:
    """Passages that have these labels."""
    return lambda p: all(p.labels[name] == value for name, value in labels.items())


def _coverages(chart: Chart, session: Session, one: Sequence[Values], dates: Forms, apart: bool) -> tuple[list[str], list[Json]]:
    """What is said of the ice over each lesion: the words, and by treatment the labels they bear."""
    treatments = session.treatments
    wanted = [("inadequate" if t.inadequate else "adequate") if t.told else "unstated" for t in treatments]
    together = len(treatments) > 1 and not apart and len(set(wanted)) == 1 and chart.draw.random() < 0.5
    joint = _labeled(about="all", coverage=wanted[0])
    if together and chart.has("coverage", joint):
        text, label = _coverage(chart, chart.choose("coverage", joint), {**one[0], **chart.all(treatments)}, dates)
        return [text], [label for _ in treatments]
    alone = apart or len(treatments) == 1
    found = [_own_coverage(chart, t, want, values, dates, alone) for t, want, values in zip(treatments, wanted, one, strict=True)]
    return [text for text, _ in found], [label for _, label in found]


def _own_coverage(chart: Chart, treatment: Treatment, want: str, values: Values, dates: Forms, alone: bool) -> tuple[str, Json]:
    says = _labeled(about="one", coverage=want)
    passage = chart.choose("coverage", lambda p: says(p) and (p.names_lesion or alone))
    return _coverage(chart, passage, {**values, **naming(chart, treatment)}, dates)


def _coverage(chart: Chart, passage: Passage, values: Values, dates: Forms) -> tuple[str, Json]:
    labels = passage.labels
    reached = chart.draw.randint(5, 12) if labels["coverage"] == "adequate" else chart.draw.randint(1, 4)
    margin = words.length(chart.word("margin_formats"), reached, chart.draw)
    told = {"slot": reached, "zero": 0, "none": None}
    text = chart.say(passage, {**values, "margin": margin}, dates).text
    return text, {
        "coverage": None if labels["coverage"] == "unstated" else labels["coverage"],
        "lesion_covered": labels["covered"],
        "min_margin_mm": told[labels["margin"]] if labels["margin"] in told else labels["margin"],
        "coverage_passage": passage.id,
        "coverage_quote": text,
    }


def _lesion_row(chart: Chart, treatment: Treatment, key: str, target: Said, label: Json) -> None:
    place = chart.patient.places[treatment.lesion]
    chart.gold["lesions"].append(
        {
            "key": f"L{treatment.number + 1}",
            "procedure": key,
            "site": place.site,
            "laterality": place.laterality,
            "size_mm": treatment.size if treatment.number in chart.sized else None,
            **label,
            "retreatment_of": None if treatment.of is None else f"L{treatment.of + 1}",
            "quote": target.text,
        }
    )


def _complicated(
    chart: Chart,
    session: Session,
    key: str,
    complication: Passage | None,
    values: Values,
    dates: Forms,
    onset: date,
) -> str:
    """The sentence on complications; one that happened gets its row."""
    if complication is None:
        return chart.say(chart.choose("complications_none", singular(len(session.treatments))), values, dates).text
    own = {**values, **chart.one(session.treatments[0]), "onset_date": onset, "interval": words.exact_interval((onset - session.day).days)}
    said = chart.say(complication, own, dates)
    labels = complication.labels
    chart.gold["complications"].append(
        {
            "procedure": key,
            "term": labels["term"],
            "severity": labels["severity"],
            "date": onset.isoformat(),
            "quote": said.text,
            "complication_passage": complication.id,
        }
    )
    return said.text


def _discharge_note(chart: Chart, session: Session, key: str, complication: Passage | None, setup: Values) -> None:
    where = complication.labels["where"] if complication else None
    own = complication if where == "discharge" else None
    day = session.day + timedelta(days=chart.draw.randint(*own.labels["days"]) if own else chart.draw.randint(0, 1))
    dates = chart.dates()
    values = {**chart.person(day), **chart.all(session.treatments), **setup, "session_date": session.day}
    if where == "procedure" and complication:
        day = session.day + timedelta(days=1)
        told = words.fill(complication.labels["recall"], values, dates, chart.told)
    else:
        told = _complicated(chart, session, key, own, values, dates, day)
    blocks = {"complications": [told], "course": [chart.say(chart.choose("course"), values, dates).text]}
    blocks["noise"] = remarks(chart, "discharge", values, dates)
    frame = chart.frame("discharge", lambda f: "total_probes" not in f.slots or setup["total_probes"] != "1")
    chart.add(frame, day, blocks, values, dates)
    row = chart.gold["procedures"][-1]
    row |= {name: setup[f"{name}_value"] for name in ("guidance", "anesthesia") if name in frame.slots}
    row |= {"probes": int(str(setup["total_probes"]))} if "total_probes" in frame.slots else {}


def _complication_note(chart: Chart, session: Session, key: str, complication: Passage) -> None:
    onset = session.day + timedelta(days=chart.draw.randint(*complication.labels["days"]))
    frame = chart.frame("complication")
    late = "onset_date" in complication.slots | frame.slots and "interval" not in frame.slots | complication.slots
    day = onset + timedelta(days=chart.draw.randint(0, 4) if late else 0)
    dates = chart.dates()
    values = {**chart.person(day), **chart.all(session.treatments), "session_date": session.day, "onset_date": onset}
    values["interval"] = words.exact_interval((onset - session.day).days)
    blocks = {
        "complication": [_complicated(chart, session, key, complication, values, dates, onset)],
        "session_history": told_sessions(chart, [session], values, dates),
        "noise": remarks(chart, "complication", values, dates),
    }
    chart.add(frame, day, blocks, values, dates)
