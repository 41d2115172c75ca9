"""Writing one chart: passages are drawn from a house's bank and filled, frames become notes."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from bench.replication import words
from bench.replication.bank import EACH, SLOT, Bank, Frame, Names, Passage, Style, base
from bench.replication.cohort import Patient, Session, Treatment
from bench.replication.words import Value

Json = dict[str, Any]
Values = Mapping[str, Value]
Forms = Mapping[str, str]
Fits = Callable[[Passage], bool]
Blocks = Mapping[str, Sequence[str]]
YEAR = 365.25
JOINS = {"space": " ", "newline": "\n", None: " "}


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

    def choose(self, block: str, fits: Fits = lambda p: True) -> Passage:
        """A passage that fits, one not used before in this chart if there is one."""
        found = [p for p in self.style.passages[block] if fits(p)]
        if not found:
            raise LookupError(f"{self.style.name}: no passage {block} fits")
        fresh = [p for p in found if p.id not in self.used]
        chosen = self.draw.choice(fresh or found)
        self.used.add(chosen.id)
        return chosen

    def has(self, block: str, fits: Fits) -> bool:
        """Whether a passage fits."""
        return any(fits(p) for p in self.style.passages[block])

    def frame(self, kind: str, fits: Callable[[Frame], bool] = lambda f: True) -> Frame:
        """A frame of a note."""
        return self.draw.choice([f for f in self.style.frames[kind] if fits(f)])

    def sample(self, block: str, most: int) -> list[Passage]:
        """One to ``most`` passages of a block."""
        return self.draw.sample(self.style.passages[block], self.draw.randint(1, most))

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
            "age": str(int((day - self.patient.birth).days / YEAR)),
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

    def naming(self, lesion: int) -> Names:
        """A lesion's names: mostly the chart's usual ones."""
        if lesion not in self.usual:
            self.usual[lesion] = self.draw.choice(self.patient.places[lesion].names)
        return self.usual[lesion] if self.draw.random() < 0.65 else self.draw.choice(self.patient.places[lesion].names)

    def one(self, treatment: Treatment, n: int = 1) -> dict[str, Value]:
        """Slots of one lesion."""
        names = self.naming(treatment.lesion)
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
            "lesions": words.joined([f"the {self.naming(t.lesion).short}" for t in treatments]),
            "both": words.TOGETHER.get(len(treatments), "all"),
            "count": words.NUMBERS[len(treatments)],
        }

    def flat(self, mm: int) -> str:
        """A single dimension in a form of the house."""
        forms = [f for f in self.style.settings["size_formats"] if not re.search(r"m[23]\}", f)]
        return words.length(self.draw.choice(forms or ["{mm} mm"]), mm, self.draw)

    def say(self, passage: Passage, values: Values, dates: Forms) -> Said:
        """The passage filled."""
        told: set[str] = set()
        text = words.fill(passage.text, values, dates, told)
        self.told |= told
        return Said(passage, text, frozenset(told))

    # ---- notes ------------------------------------------------------------------------------------------------------------

    def add(self, frame: Frame, day: date, blocks: Blocks, values: Values, dates: Forms) -> str:
        """Write a note of ``frame``; returns its text."""
        text = _render(frame.text, blocks, values, dates, self.told)
        name = f"{self.patient.id}-{len(self.notes) + 1:02d}"
        self.notes.append({"note_id": name, "note_date": day.isoformat(), "note_type": frame.note_type, "text": text})
        return text

    def remarks(self, kind: str, most: int = 2) -> list[Passage]:
        """Remarks that mean nothing for the tables."""
        found = [p for p in self.style.passages["noise"] if kind in p.labels["in"]]
        return self.draw.sample(found, min(len(found), self.draw.randint(1, most)))


def _block(pieces: Sequence[str], how: str | None) -> str:
    if how == "bullets":
        return "\n".join(f"- {p}" for p in pieces)
    if how == "numbers":
        return "\n".join(f"{i}. {p}" for i, p in enumerate(pieces, 1))
    return JOINS[how].join(pieces)


def _render(text: str, blocks: Blocks, values: Values, dates: Forms, told: set[str]) -> str:
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


def inner(frame: Frame) -> set[str]:
    """Slots and blocks of the part that is repeated for each lesion."""
    each = EACH.search(frame.text)
    return {base(name) for name, _ in SLOT.findall(each[1])} if each else set()


def for_each(
    frame: Frame,
    parts: Sequence[Blocks],
    values: Sequence[Values],
    chart: Chart,
    dates: Forms,
) -> Frame:
    """The frame with its part for each lesion written out."""

    def one(text: str, blocks: Blocks, own: Values) -> str:
        def put(found: re.Match[str]) -> str:
            name = base(found[1])
            if name in blocks:
                return _block(blocks[name], found[2])
            return words.fill(found[0], own, dates, chart.told) if name in own else found[0]

        return SLOT.sub(put, text)

    def repeat(found: re.Match[str]) -> str:
        return "".join(one(found[1], blocks, own) for blocks, own in zip(parts, values, strict=True))

    return Frame(frame.id, frame.kind, frame.note_type, EACH.sub(repeat, frame.text))


def remarks(chart: Chart, kind: str, values: Values, dates: Forms) -> list[str]:
    """One or two remarks for a note of a kind."""
    return [chart.say(p, values, dates).text for p in chart.remarks(kind)]


def singular(lesions: int) -> Fits:
    """Passages of a session that need not be about several lesions, where there is one."""
    return lambda p: lesions > 1 or not p.slots & {"both", "count"}


def draw_setup(chart: Chart) -> tuple[tuple[str, str], dict[str, Value]]:
    """(guidance, anaesthesia) and the house's words for them."""
    guidance = chart.draw.choices(("ct", "us", "ct_us", "mri"), (0.76, 0.1, 0.1, 0.04))[0]
    anesthesia = chart.draw.choices(("general", "moderate_sedation", "monitored_care"), (0.5, 0.36, 0.14))[0]
    words_of = {"guidance": chart.word("guidance", guidance), "anesthesia": chart.word("anesthesia", anesthesia)}
    return (guidance, anesthesia), dict(words_of)


def naming(chart: Chart, treatment: Treatment) -> dict[str, Value]:
    """Names drawn anew."""
    names = chart.naming(treatment.lesion)
    return {"lesion": names.full, "short": names.short, "zone": names.zone, "a_lesion": words.with_article(names.full)}


def told_sessions(chart: Chart, sessions: Sequence[Session], values: Values, dates: Forms) -> list[str]:
    """A sentence for each earlier session, the last three at most."""

    def sentence(session: Session) -> str:
        fits = singular(len(session.treatments))
        passage = chart.choose("session_history", lambda p: fits(p) and "guidance" not in p.slots)
        return chart.say(passage, {**values, **chart.all(session.treatments), "session_date": session.day}, dates).text

    return [sentence(session) for session in sessions[-3:]]


def pathology(chart: Chart, kind: str, treatment: Treatment, day: date) -> str:
    """A pathology report; returns the words that tell the finding."""
    written, dates = day + timedelta(days=chart.draw.randint(1, 6)), chart.dates()
    values = {**chart.person(written), **chart.one(treatment), "collected_date": day}
    said = chart.say(chart.choose("specimen", lambda p: p.labels["kind"] == kind), values, dates)
    frame = chart.frame("pathology", lambda f: "collected_date" in f.slots | said.told)
    chart.add(frame, written, {"specimen": [said.text], "noise": remarks(chart, "pathology", values, dates)}, values, dates)
    return said.text
