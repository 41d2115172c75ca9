"""A simulated patient as a chart: notes in one house's words, and the labels that the words bear (format: corpora/GUIDE.md of the charts).

What a passage says decides its label, never what was drawn: an unstated coverage is an empty cell, a size that no note tells is none.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from bench.replication import words
from bench.replication.bank import EACH, SLOT, Bank, Frame, Names, Passage, Style, base
from bench.replication.cohort import Exam, Patient, Session, Treatment
from bench.replication.words import Value

Json = dict[str, Any]
LATER = frozenset({"before", "zone_before", "previous_exam_date"})
"""Slots that only a second exam can fill."""
GENDERED = frozenset({"man", "he", "him", "his", "mr"})
AGE = 365.25


@dataclass(frozen=True)
class Said:
    """A passage as it stands in a note."""

    passage: Passage
    text: str
    told: frozenset[str]


@dataclass
class Chart:
    """What is being written."""

    bank: Bank
    style: Style
    patient: Patient
    draw: random.Random
    surname: str
    histology: str
    notes: list[Json] = field(default_factory=list)
    gold: dict[str, Any] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    recalls: list[tuple[date, str]] = field(default_factory=list)
    usual: dict[int, Names] = field(default_factory=dict)
    sized: set[int] = field(default_factory=set)
    """Treatments whose size a note tells."""

    # ---- drawing passages -------------------------------------------------------------------------------------------------

    def choose(self, block: str, fits: Callable[[Passage], bool] = lambda p: True) -> Passage:
        """A passage that fits, one not used before in this chart if there is one."""
        found = [p for p in self.style.passages[block] if fits(p)]
        if not found:
            raise LookupError(f"{self.style.name}: no passage {block} fits")
        fresh = [p for p in found if p.id not in self.used]
        chosen = self.draw.choice(fresh or found)
        self.used.add(chosen.id)
        return chosen

    def has(self, block: str, fits: Callable[[Passage], bool]) -> bool:
        """Whether a passage fits."""
        return any(fits(p) for p in self.style.passages[block])

    def frame(self, kind: str, fits: Callable[[Frame], bool] = lambda f: True) -> Frame:
        """A frame of a note."""
        return self.draw.choice([f for f in self.style.frames[kind] if fits(f)])

    def word(self, key: str, *keys: str) -> str:
        """A word of the house's lists."""
        found: Any = self.style.settings[key]
        for each in keys:
            found = found[each]
        return str(self.draw.choice(found))

    # ---- values -----------------------------------------------------------------------------------------------------------

    def dates(self) -> dict[str, str]:
        """Forms of dates for one note."""
        return {k: self.draw.choice(v) for k, v in self.style.settings["date_formats"].items()}

    def person(self, day: date) -> dict[str, Value]:
        """Slots of the patient in a note of a day."""
        male = self.patient.sex == "male"
        return {
            "age": str(int((day - self.patient.birth).days / AGE)),
            "man": "man" if male else "woman",
            "he": "he" if male else "she",
            "him": "him" if male else "her",
            "his": "his" if male else "her",
            "mr": self.style.settings["titles"][self.patient.sex],
            "surname": self.surname,
            "birth_date": self.patient.birth,
            "note_date": day,
            "histology": self.draw.choice(self.bank.histologies[self.histology]),
            "histology_grade": self.draw.choice(("low-grade", "intermediate-grade", "high-grade")),
            "year": str(self.patient.sessions[0].day.year - self.draw.randint(1, 8)),
        }

    def names(self, lesion: int) -> Names:
        """A lesion's names: mostly the chart's usual ones."""
        if lesion not in self.usual:
            self.usual[lesion] = self.draw.choice(self.patient.places[lesion].names)
        return self.usual[lesion] if self.draw.random() < 0.65 else self.draw.choice(self.patient.places[lesion].names)

    def one(self, treatment: Treatment, n: int = 1) -> dict[str, Value]:
        """Slots of one lesion."""
        names = self.names(treatment.lesion)
        size = words.length(self.word("size_formats"), treatment.size, random.Random(f"size {self.patient.id} {treatment.number}"))
        return {
            "lesion": names.full,
            "short": names.short,
            "zone": names.zone,
            "a_lesion": words.with_article(names.full),
            "size": size,
            "a_size": words.with_article(size),
            "n": str(n),
        }

    def all(self, treatments: Sequence[Treatment]) -> dict[str, Value]:
        """Slots of all lesions of a session."""
        return {
            "lesions": words.joined([f"the {self.names(t.lesion).short}" for t in treatments]),
            "both": words.TOGETHER.get(len(treatments), "all"),
            "count": words.NUMBERS[len(treatments)],
        }

    def flat(self, mm: int) -> str:
        """A single dimension in a form of the house."""
        forms = [f for f in self.style.settings["size_formats"] if not re.search(r"m[23]\}", f)]
        return words.length(self.draw.choice(forms or ["{mm} mm"]), mm, self.draw)

    def say(self, passage: Passage, values: Mapping[str, Value], dates: Mapping[str, str]) -> Said:
        """The passage filled."""
        told: set[str] = set()
        text = words.fill(passage.text, values, dates, told)
        self.told |= told
        return Said(passage, text, frozenset(told))

    # ---- notes ------------------------------------------------------------------------------------------------------------

    def add(
        self, frame: Frame, day: date, blocks: Mapping[str, Sequence[str]], values: Mapping[str, Value], dates: Mapping[str, str]
    ) -> str:
        """Write a note of ``frame``; returns its text."""
        text = _render(frame.text, blocks, values, dates, self.told)
        name = f"{self.patient.id}-{len(self.notes) + 1:02d}"
        self.notes.append({"note_id": name, "note_date": day.isoformat(), "note_type": frame.note_type, "text": text})
        return text

    def noise(self, kind: str, most: int = 2) -> list[Passage]:
        """Remarks that mean nothing for the tables."""
        found = [p for p in self.style.passages["noise"] if kind in p.labels["in"]]
        return self.draw.sample(found, min(len(found), self.draw.randint(1, most)))


JOINS = {"space": " ", "newline": "\n", None: " "}


def _block(pieces: Sequence[str], how: str | None) -> str:
    if how == "bullets":
        return "\n".join(f"- {p}" for p in pieces)
    if how == "numbers":
        return "\n".join(f"{i}. {p}" for i, p in enumerate(pieces, 1))
    return JOINS[how].join(pieces)


def _render(text: str, blocks: Mapping[str, Sequence[str]], values: Mapping[str, Value], dates: Mapping[str, str], told: set[str]) -> str:
    """A frame with its blocks and slots filled; the line of an empty block is left out."""
    lines = []
    for line in text.split("\n"):
        names = [base(n) for n, _ in SLOT.findall(line)]
        empty = [n for n in names if n in blocks and not blocks[n]]
        if empty and line.strip().startswith("{") and len(names) == len(empty):
            continue
        lines.append(line)

    def put(found: re.Match[str]) -> str:
        name = base(found[1])
        return _block(blocks[name], found[2]).replace("{", "\x00") if name in blocks else found[0]

    filled = words.fill(SLOT.sub(put, "\n".join(lines)), values, dates, told).replace("\x00", "{")
    return re.sub(r"\n{3,}", "\n\n", filled).strip() + "\n"


def _each(
    frame: Frame,
    parts: Sequence[Mapping[str, Sequence[str]]],
    values: Sequence[Mapping[str, Value]],
    chart: Chart,
    dates: Mapping[str, str],
) -> Frame:
    """The frame with its part for each lesion written out."""

    def repeat(found: re.Match[str]) -> str:
        inside = []
        for blocks, own in zip(parts, values, strict=True):
            text = SLOT.sub(lambda m, b=blocks: _block(b[base(m[1])], m[2]) if base(m[1]) in b else m[0], found[1])
            inside.append(SLOT.sub(lambda m, o=own: words.fill(m[0], o, dates, chart.told) if base(m[1]) in o else m[0], text))
        return "".join(inside)

    return Frame(frame.id, frame.kind, frame.note_type, EACH.sub(repeat, frame.text))


# ---- the whole chart ------------------------------------------------------------------------------------------------------


def write(bank: Bank, patient: Patient, seed: int, style: Style | None = None) -> Json:
    """The chart of a patient: ``patient_id``, ``house``, ``notes`` and ``gold``; the same for the same seed."""
    draw = random.Random(f"chart {seed} {patient.id}")
    fits = [h for h in sorted(bank.histologies) if h != "endometrial_stromal_sarcoma" or patient.sex == "female"]
    chart = Chart(
        bank,
        style or draw.choice(bank.styles),
        patient,
        draw,
        draw.choice(bank.surnames),
        draw.choice(fits),
    )
    chart.gold = {k: [] for k in ("procedures", "lesions", "complications", "assessments", "outcomes")}
    _before(chart)
    for number, session in enumerate(patient.sessions, 1):
        _session(chart, session, f"P{number}")
    distant = False
    for number, exam in enumerate(patient.exams):
        distant = _exam(chart, exam, patient.exams[number - 1] if number else None, distant)
    _biopsies(chart)
    _death(chart)
    _outcomes(chart)
    chart.gold["patient"] = _patient_row(chart)
    notes = sorted(chart.notes, key=lambda n: (n["note_date"], n["note_id"]))
    for number, note in enumerate(notes, 1):
        note["note_id"] = f"{patient.id}-{number:03d}"
    return {"patient_id": patient.id, "house": chart.style.name, "notes": notes, "gold": chart.gold}


# ---- before the first session ---------------------------------------------------------------------------------------------

PRIOR = ("surgery", "radiation", "systemic")


def _before(chart: Chart) -> None:
    """Referral, and for some the pathology that made the diagnosis."""
    patient, draw = chart.patient, chart.draw
    first = patient.sessions[0]
    day = first.day - timedelta(days=draw.randint(8, 45))
    modality = "mri" if patient.regions == {"limb"} else "ct"
    dates, values = chart.dates(), {**chart.person(day), **chart.all(first.treatments), "exam": chart.word("exam", modality)}
    settings = ("recurrent", "both") if patient.regions == {"limb"} else ("metastatic", "both")
    settings = settings if len(patient.places) == 1 or draw.random() < 0.8 else ("metastatic", "both")
    history = chart.choose("history", lambda p: p.labels["setting"] in settings)
    chart.gold["history"] = history.labels
    frame = chart.frame("consult")
    blocks = {
        "history": [chart.say(history, values, dates).text],
        "plan": [chart.say(chart.choose("plan", _plain(len(first.treatments))), {**values, **_setup(chart)[1]}, dates).text],
        "workup": _workup(chart, first, values, dates) if "workup" in frame.slots else [],
        "consent": [chart.say(chart.choose("consent"), values, dates).text],
        "noise": _noise(chart, "consult", values, dates),
    }
    chart.add(frame, day, blocks, values, dates)
    if draw.random() < 0.25:
        _specimen(chart, "initial", first.treatments[0], day - timedelta(days=draw.randint(10, 40)))


def _workup(chart: Chart, session: Session, values: Mapping[str, Value], dates: Mapping[str, str]) -> list[str]:
    out = []
    for treatment in session.treatments:
        said = chart.say(chart.choose("workup"), {**values, **chart.one(treatment)}, dates)
        if said.told & {"size", "a_size"}:
            chart.sized.add(treatment.number)
        out.append(said.text)
    return out


def _noise(chart: Chart, kind: str, values: Mapping[str, Value], dates: Mapping[str, str]) -> list[str]:
    return [chart.say(p, values, dates).text for p in chart.noise(kind)]


def _plain(lesions: int) -> Callable[[Passage], bool]:
    """Passages of a session that need not be about several lesions, where there is one."""
    return lambda p: lesions > 1 or not p.slots & {"both", "count"}


def _setup(chart: Chart) -> tuple[tuple[str, str], dict[str, Value]]:
    """(guidance, anaesthesia) and the house's words for them."""
    guidance = chart.draw.choices(("ct", "us", "ct_us", "mri"), (0.76, 0.1, 0.1, 0.04))[0]
    anesthesia = chart.draw.choices(("general", "moderate_sedation", "monitored_care"), (0.5, 0.36, 0.14))[0]
    words_of = {"guidance": chart.word("guidance", guidance), "anesthesia": chart.word("anesthesia", anesthesia)}
    return (guidance, anesthesia), dict(words_of)


# ---- a session ------------------------------------------------------------------------------------------------------------


def _session(chart: Chart, session: Session, key: str) -> None:
    """The procedure report, perhaps a discharge note, perhaps a complication and its note."""
    complication = _complication(chart, session) if session.complicated else None
    where = complication.labels["where"] if complication else None
    setup = _procedure_note(chart, session, key, complication if where == "procedure" else None)
    if where == "discharge" or chart.draw.random() < 0.6:
        _discharge_note(chart, session, key, complication, setup)
    if complication and where == "later":
        _complication_note(chart, session, key, complication)
    if complication:
        values = {**chart.person(session.day), "session_date": session.day}
        chart.recalls.append((session.day, words.fill(complication.labels["recall"], values, chart.dates(), chart.told)))


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


def _procedure_note(chart: Chart, session: Session, key: str, complication: Passage | None) -> Mapping[str, Value]:
    treatments, dates = session.treatments, chart.dates()
    (guidance, anesthesia), setup = _setup(chart)
    probes = [min(6, max(1, round(t.size / 13) + chart.draw.randint(0, 2))) for t in treatments]
    general = {**chart.person(session.day), **chart.all(treatments), **setup, "session_date": session.day}
    general["total_probes"] = str(sum(probes))
    frame = chart.frame("procedure", lambda f: _probes_fit(f, probes))
    one = [{**general, **chart.one(t, n), **_probe_words(k)} for n, (t, k) in enumerate(zip(treatments, probes, strict=True), 1)]
    each = EACH.search(frame.text)
    inside = {base(n) for n, _ in SLOT.findall(each[1])} if each else set()
    before = set(chart.told)
    chart.told.clear()
    targets = _targets(chart, treatments, probes, one, dates, "target" in inside)
    coverage, labels = _coverages(chart, session, one, dates, "coverage" in inside)
    blocks: dict[str, Sequence[str]] = {
        "indication": _indications(chart, session, one, general, dates),
        "target": [t.text for t in targets],
        "coverage": coverage,
        "complications": [_complicated(chart, session, key, complication, general, dates, session.day)],
        "technique": [
            chart.say(p, general, dates).text for p in chart.draw.sample(chart.style.passages["technique"], chart.draw.randint(1, 2))
        ],
        "consent": [chart.say(chart.choose("consent"), general, dates).text],
        "noise": _noise(chart, "procedure", general, dates),
    }
    parts = [{b: [blocks[b][i]] for b in inside & {"target", "coverage"}} for i in range(len(treatments))]
    written = _each(frame, parts, one, chart, dates) if each else frame
    chart.add(written, session.day, blocks, {**general, **one[0]}, dates)
    told = set(chart.told)
    every = all(t.told & {"probes", "probes_word"} for t in targets) or bool(inside & {"probes", "probes_word"})
    chart.gold["procedures"].append(
        {
            "key": key,
            "date": session.day.isoformat(),
            "modality": "cryoablation",
            "guidance": guidance if "guidance" in told else None,
            "anesthesia": anesthesia if "anesthesia" in told else None,
            "probes": sum(probes) if "total_probes" in told or every else None,
            "quote": targets[0].text,
        }
    )
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
    one: Sequence[Mapping[str, Value]],
    dates: Mapping[str, str],
    apart: bool,
) -> list[Said]:
    """How each lesion was treated; all tell their probes, or none."""
    telling = chart.draw.random() < 0.85
    out = []
    for treatment, k, values in zip(treatments, probes, one, strict=True):

        def fits(p: Passage, k: int = k, telling: bool = telling) -> bool:
            counts = bool(p.slots & {"probes", "probes_word"})
            named = p.names_lesion or apart or len(treatments) == 1
            return named and counts == telling and (not counts or k > 1 or "probe_s" in p.slots)

        def named(p: Passage, k: int = k) -> bool:
            return (p.names_lesion or apart or len(treatments) == 1) and (
                not p.slots & {"probes", "probes_word"} or k > 1 or "probe_s" in p.slots
            )

        said = chart.say(
            chart.choose("target", fits if chart.has("target", fits) else named), {**values, **_names(chart, treatment)}, dates
        )
        if said.told & {"size", "a_size"}:
            chart.sized.add(treatment.number)
        out.append(said)
    return out


def _names(chart: Chart, treatment: Treatment) -> dict[str, Value]:
    """Names drawn anew."""
    names = chart.names(treatment.lesion)
    return {"lesion": names.full, "short": names.short, "zone": names.zone, "a_lesion": words.with_article(names.full)}


def _indications(
    chart: Chart, session: Session, one: Sequence[Mapping[str, Value]], general: Mapping[str, Value], dates: Mapping[str, str]
) -> list[str]:
    out, first = [], [i for i, t in enumerate(session.treatments) if t.of is None]
    if len(first) == len(session.treatments) > 1 and chart.draw.random() < 0.75:
        return [
            chart.say(chart.choose("indication", lambda p: p.labels["about"] == "all" and p.labels["kind"] == "first"), general, dates).text
        ]
    for i, treatment in enumerate(session.treatments):
        kind = "retreatment" if treatment.of is not None else "first"
        passage = chart.choose("indication", lambda p, kind=kind: p.labels["about"] == "one" and p.labels["kind"] == kind)
        said = chart.say(passage, {**one[i], **_names(chart, treatment)}, dates)
        if said.told & {"size", "a_size"}:
            chart.sized.add(treatment.number)
        out.append(said.text)
    return out


def _coverages(
    chart: Chart, session: Session, one: Sequence[Mapping[str, Value]], dates: Mapping[str, str], apart: bool
) -> tuple[list[str], list[Json]]:
    """What is said of the ice over each lesion: the words, and by treatment the labels they bear."""
    treatments = session.treatments
    wanted = [("inadequate" if t.inadequate else "adequate") if t.told else "unstated" for t in treatments]
    together = len(treatments) > 1 and not apart and len(set(wanted)) == 1 and chart.draw.random() < 0.5

    def joint(p: Passage) -> bool:
        return p.labels["about"] == "all" and p.labels["coverage"] == wanted[0]

    if together and chart.has("coverage", joint):
        passage = chart.choose("coverage", joint)
        text, label = _coverage(chart, passage, {**one[0], **chart.all(treatments)}, dates)
        return [text], [label for _ in treatments]
    texts, labels = [], []
    for want, values, treatment in zip(wanted, one, treatments, strict=True):
        passage = chart.choose(
            "coverage",
            lambda p, want=want: (
                p.labels["coverage"] == want and p.labels["about"] == "one" and (p.names_lesion or apart or len(treatments) == 1)
            ),
        )
        text, label = _coverage(chart, passage, {**values, **_names(chart, treatment)}, dates)
        texts.append(text)
        labels.append(label)
    return texts, labels


def _coverage(chart: Chart, passage: Passage, values: Mapping[str, Value], dates: Mapping[str, str]) -> tuple[str, Json]:
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
    values: Mapping[str, Value],
    dates: Mapping[str, str],
    onset: date,
) -> str:
    """The sentence on complications; one that happened gets its row."""
    if complication is None:
        return chart.say(chart.choose("complications_none", _plain(len(session.treatments))), values, dates).text
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


def _discharge_note(chart: Chart, session: Session, key: str, complication: Passage | None, setup: Mapping[str, Value]) -> None:
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
    blocks["noise"] = _noise(chart, "discharge", values, dates)
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
        "session_history": _past(chart, [session], values, dates),
        "noise": _noise(chart, "complication", values, dates),
    }
    chart.add(frame, day, blocks, values, dates)


def _past(chart: Chart, sessions: Sequence[Session], values: Mapping[str, Value], dates: Mapping[str, str]) -> list[str]:
    """A sentence for each earlier session, the last three at most."""
    out = []
    for session in sessions[-3:]:
        passage = chart.choose("session_history", lambda p, s=session: _plain(len(s.treatments))(p) and "guidance" not in p.slots)
        out.append(chart.say(passage, {**values, **chart.all(session.treatments), "session_date": session.day}, dates).text)
    return out


# ---- an exam --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Read:
    """One treated site at one exam, with the slots that speak of it."""

    treatment: Treatment
    status: str
    first: bool
    values: Mapping[str, Value]


def _exam(chart: Chart, exam: Exam, before: Exam | None, distant: bool) -> bool:
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


def _says(site: Read, exam: Exam, named: bool) -> Callable[[Passage], bool]:
    """Whether a passage about one lesion says what was read at a site."""

    def fits(p: Passage) -> bool:
        return (
            p.labels["about"] == "one"
            and p.labels["status"] == site.status
            and (p.names_lesion or not named)
            and _timely(p, exam, site.first)
        )

    return fits


def _timely(p: Passage, exam: Exam, first: bool) -> bool:
    labels = p.labels
    kind = labels["modalities"] == "any" or exam.modality in labels["modalities"]
    later = labels["when"] == "later" or bool(p.slots & LATER)
    return kind and not (first and later) and not (not first and labels["when"] == "first")


def _joint(chart: Chart, block: str, exam: Exam, read: Sequence[Read], chance: float, fits: Callable[[Passage], bool]) -> Passage | None:
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
    values: Mapping[str, Value],
    dates: Mapping[str, str],
    apart: bool = False,
    fits: Callable[[Passage], bool] = lambda p: True,
) -> list[Said]:
    """What is said of each site, in order, or once of all."""
    together = None if apart else _joint(chart, block, exam, read, 0.5, fits)
    if together:
        return [chart.say(together, {**values, **chart.all([site.treatment for site in read])}, dates)]
    out = []
    for n, site in enumerate(read, 1):
        says = _says(site, exam, len(read) > 1 and not apart)
        passage = chart.choose(block, lambda p, says=says: says(p) and fits(p))
        out.append(chart.say(passage, {**values, **site.values, **chart.one(site.treatment, n)}, dates))
    return out


def _spread(said: Sequence[Said], read: Sequence[Read]) -> dict[int, str]:
    """The words about each treatment."""
    texts = [s.text for s in said] if len(said) == len(read) else [said[0].text] * len(read)
    return {site.treatment.number: text for site, text in zip(read, texts, strict=True)}


def _report(
    chart: Chart, exam: Exam, before: Exam | None, past: Sequence[Session], read: Sequence[Read], own: Mapping[str, Value], distant: bool
) -> tuple[dict[int, str], bool]:
    day, dates = exam.day, chart.dates()
    values = {**chart.person(day), **own, "interval": words.interval((day - past[-1].day).days)}
    frame = chart.frame("imaging", lambda f: before is not None or "previous_exam_date" not in f.slots)
    each = EACH.search(frame.text)
    inside = {base(n) for n, _ in SLOT.findall(each[1])} if each else set()
    impression = _local(chart, "impression", exam, read, values, dates, "impression" in inside)
    findings = _local(chart, "findings", exam, read, values, dates, "findings" in inside) if "findings" in frame.slots else []
    elsewhere, distant = _elsewhere(chart, exam, values, dates, distant) if "distant" in frame.slots else ([], distant)
    blocks: dict[str, Sequence[str]] = {
        "impression": [s.text for s in impression],
        "findings": [s.text for s in findings],
        "distant": elsewhere,
        "comparison": [chart.say(chart.choose("comparison", lambda p: p.labels["previous"] is (before is not None)), values, dates).text],
        "session_history": _past(chart, past, values, dates) if "session_history" in frame.slots else [],
        "noise": _noise(chart, "imaging", values, dates),
    }
    parts = [{b: [blocks[b][i]] for b in inside & {"findings", "impression"}} for i in range(len(read))]
    one = [{**values, **chart.one(site.treatment, n)} for n, site in enumerate(read, 1)]
    written = _each(frame, parts, one, chart, dates) if each else frame
    chart.add(written, day, blocks, values, dates)
    return _spread(impression, read), distant


def _elsewhere(chart: Chart, exam: Exam, values: Mapping[str, Value], dates: Mapping[str, str], distant: bool) -> tuple[list[str], bool]:
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


def _clinic(chart: Chart, exam: Exam, past: Sequence[Session], read: Sequence[Read], own: Mapping[str, Value]) -> dict[int, str]:
    following = min(((s.day - exam.day).days for s in chart.patient.sessions if s.day > exam.day), default=99)
    day, dates = exam.day + timedelta(days=chart.draw.randint(1, max(1, min(16, following - 1)))), chart.dates()
    values = {**chart.person(day), **own, "interval": words.interval((day - past[-1].day).days)}
    recalls = [text for since, text in chart.recalls if since < day]

    def dated(frame: Frame) -> Callable[[Passage], bool]:
        return lambda p: "exam_date" in frame.slots or "exam_date" in p.slots

    def fits(frame: Frame) -> bool:
        labelled = not recalls and re.search(r":\s*\{recall", frame.text)
        return not labelled and all(
            chart.has("clinic_status", lambda p, s=site: _says(s, exam, len(read) > 1)(p) and dated(frame)(p)) for site in read
        )

    frame = chart.frame("clinic", fits)
    said = _local(chart, "clinic_status", exam, read, values, dates, fits=dated(frame))
    blocks = {
        "clinic_status": [s.text for s in said],
        "session_history": _past(chart, past, values, dates),
        "recall": recalls,
        "noise": _noise(chart, "clinic", values, dates),
    }
    chart.add(frame, day, blocks, values, dates)
    return _spread(said, read)


# ---- biopsies, death, what follows ------------------------------------------------------------------------------------------


def _specimen(chart: Chart, kind: str, treatment: Treatment, day: date) -> str:
    """A pathology report; returns the words that tell the finding."""
    written, dates = day + timedelta(days=chart.draw.randint(1, 6)), chart.dates()
    values = {**chart.person(written), **chart.one(treatment), "collected_date": day}
    said = chart.say(chart.choose("specimen", lambda p: p.labels["kind"] == kind), values, dates)
    frame = chart.frame("pathology", lambda f: "collected_date" in f.slots | said.told)
    chart.add(frame, written, {"specimen": [said.text], "noise": _noise(chart, "pathology", values, dates)}, values, dates)
    return said.text


def _biopsies(chart: Chart) -> None:
    by_number = {t.number: t for t in chart.patient.treatments}
    for biopsy in chart.patient.biopsies:
        quote = _specimen(chart, "zone_positive" if biopsy.positive else "zone_negative", by_number[biopsy.treatment], biopsy.day)
        row = {"lesion": f"L{biopsy.treatment + 1}", "date": biopsy.day.isoformat(), "modality": "pathology", "scope": "local"}
        chart.gold["assessments"].append({**row, "status": "progression" if biopsy.positive else "no_progression", "quote": quote})


def _death(chart: Chart) -> None:
    patient = chart.patient
    if patient.death is None:
        return
    day, dates = patient.death + timedelta(days=chart.draw.randint(1, 9)), chart.dates()
    values = {**chart.person(day), "death_date": patient.death, "session_date": patient.sessions[-1].day}
    frame = chart.frame("death")
    said = chart.say(chart.choose("death", lambda p: "death_date" in frame.slots | p.slots), values, dates)
    history = _past(chart, patient.sessions, values, dates) if "session_history" in frame.slots else []
    blocks = {"death": [said.text], "session_history": history, "noise": _noise(chart, "death", values, dates)}
    chart.add(frame, day, blocks, values, dates)


def _outcomes(chart: Chart) -> None:
    """By the guide's Outcome: the first progression or residual, unless tissue taken later was free of tumour."""
    by_number = {f"L{t.number + 1}": t for t in chart.patient.treatments}
    for key, treatment in by_number.items():
        seen = sorted((a for a in chart.gold["assessments"] if a["lesion"] == key), key=lambda a: (a["date"], a["modality"] == "pathology"))
        if not seen:
            continue
        called = next((a for a in seen if a["status"] in ("progression", "residual")), None) if treatment.alarm is None else None
        row: Json = {"lesion": key, "event": 1 if called else 0, "event_type": called["status"] if called else None}
        row |= {"event_date": called["date"] if called else None, "last_assessment_date": seen[-1]["date"]}
        if treatment.alarm is not None:
            row["withdrawn"] = True
        chart.gold["outcomes"].append(row)


def _patient_row(chart: Chart) -> Json:
    history = chart.gold.pop("history")
    row: Json = {
        "sex": chart.patient.sex if chart.told & GENDERED else None,
        "histology": chart.histology,
        "disease_setting": history["setting"],
        **{f"prior_{kind}": history[kind] for kind in PRIOR},
        "death_date": chart.patient.death.isoformat() if chart.patient.death else None,
    }
    if "birth_date" in chart.told:
        row["birth_date"] = chart.patient.birth.isoformat()
    return row
