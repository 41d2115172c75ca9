"""Notes from a seed: invented reports and everyday notes, so many of them relevant, so many of their sentences repeated."""

from __future__ import annotations

import json
import random
from pathlib import Path

from extractor import corpora

RELEVANT = (
    "CT-guided cryoablation of the {side} {site} nodule was performed on {month}/{day}/2019.",
    "The {side} {site} lesion measured {size} mm.",
    "The ice ball extended {margin} mm beyond the {side} {site} mass on every side.",
    "There was no pneumothorax after removal of {probes} probes.",
    "A small hematoma at the {side} {site} was observed.",
    "No evidence of recurrence at the {side} {site} ablation zone, {size} mm today.",
)
DULL = (
    "The patient slept well and ate {n} meals at {hour} and walked {n} times.",
    "Blood sugar was {n}{n2} before breakfast and {n2}{n} after supper.",
    "Wound care was explained to the daughter who called at {hour} about room {n}{n2}.",
    "Medication list number {n}{n2} was reviewed with the pharmacist of ward {n}.",
    "He plays chess with neighbour {n} and watches channel {n2} in the evening.",
    "Return visit form {n}{n2}{n} was handed out by the desk of unit {n2}.",
)
SIDES, SITES = ("left", "right"), ("lung", "psoas", "liver", "kidney", "chest wall")


def _sentence(dice: random.Random, relevant: bool) -> str:
    form = dice.choice(RELEVANT if relevant else DULL)
    return form.format(
        side=dice.choice(SIDES), site=dice.choice(SITES), month=dice.randint(1, 12), day=dice.randint(1, 28), size=dice.randint(5, 60),
        margin=dice.randint(1, 12), probes=dice.randint(2, 6), n=dice.randint(1, 99), n2=dice.randint(1, 99), hour=f"{dice.randint(1, 12)} pm",
    )  # fmt: skip


PROSE = (
    "PROCEDURE: CT-guided cryoablation of the left psoas nodule was performed on 3/4/2019. The lesion measured 21 mm. Three cryoprobes were placed.\n"
    "The patient slept well, walked twice and ate breakfast with her daughter; blood pressure 132/78, pulse 72, temperature 36.8.\n"
    "IMPRESSION: No evidence of recurrence at the left psoas ablation zone, 18 mm today. A small hematoma was observed, no pneumothorax.\n\n"
)
KINDS = {
    "ordinary prose": PROSE,
    "one line without a break": PROSE.replace("\n", " "),
    "candidates for rows": "Cryoablation of the left lung nodule 12 mm on 3/4/2019. ",
    "a hematoma again and again": "She had a small hematoma after ablation. ",
    "only newlines": "\n",
    "only blanks": " ",
    "a a a a": "a ",
    "((((": "(",
    "1.1.1.1": "1.",
    "no no no no": "no ",
    "4 mm 4 mm": "4 mm ",
    "CT CT CT": "CT ",
}
"""Texts that are repeated to any length: what notes hold, and what makes careless patterns and loops slow."""


def repeated(path: Path, kind: str, size: int, total: int) -> Path:
    """So many characters of a kind of text in notes of ``size``, each of a patient of its own."""
    piece = KINDS[kind]
    whole = (piece * (total // len(piece) + 1))[:total]
    with path.open("w", encoding="utf-8") as file:
        for number, at in enumerate(range(0, total, size)):
            record = {"note_id": f"n{number}", "patient_id": f"p{number:07}", "note_date": "2020-06-15", "text": whole[at : at + size]}
            file.write(json.dumps(record) + "\n")
    return path


def text(dice: random.Random, size: int, relevant: bool, repeated: float, pool: list[str]) -> str:
    """A note of about ``size`` characters; every fourth sentence of a relevant one is of an ablation, so many are taken from ``pool``."""
    out: list[str] = []
    length = 0
    while length < size:
        kind = relevant and dice.random() < 0.25
        again = not kind and pool and dice.random() < repeated
        sentence = dice.choice(pool) if again else _sentence(dice, kind)
        if not kind and len(pool) < 500:
            pool.append(sentence)
        out.append(sentence)
        length += len(sentence) + 1
    return "\n".join(out)[:size]


def write(path: Path, notes: int, size: int = 3_600, share: float = 1.0, repeated: float = 0.5, seed: int = 1) -> Path:
    """``notes`` notes, four a patient, as JSON lines."""
    dice, pool = random.Random(seed), []  # type: ignore[var-annotated]
    with path.open("w", encoding="utf-8") as file:
        for number in range(notes):
            relevant = (number // 4) % 100 < share * 100 if notes >= 400 else dice.random() < share
            body = text(dice, size, relevant, repeated, pool)
            day = f"2020-{1 + number % 12:02}-{1 + number % 28:02}"
            record = {"note_id": f"n{number}", "patient_id": f"p{number // 4:07}", "note_date": day, "note_type": "other", "text": body}
            file.write(json.dumps(record) + "\n")
    return path


def charts(path: Path, notes: int) -> Path:
    """About so many notes of the corpora as JSON lines, whole charts taken from all collections alike."""
    step = max(1, corpora.write_notes(path) // notes)
    lines = [(json.loads(line)["patient_id"], line) for line in path.read_text(encoding="utf-8").splitlines(keepends=True)]
    kept = set(list(dict.fromkeys(patient for patient, _ in lines))[::step])
    path.write_text("".join(line for patient, line in lines if patient in kept), encoding="utf-8")
    return path


def some(source: Path, path: Path, notes: int) -> Path:
    """So many lines of a file, from all of it alike."""
    lines = source.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:: max(1, len(lines) // notes)][:notes]), encoding="utf-8")
    return path


def count(path: Path) -> int:
    """Notes of a file."""
    with path.open(encoding="utf-8") as file:
        return sum(1 for _ in file)


def seen_before(path: Path) -> float:
    """The share of lines of notes (in most a sentence) that stood in the file before."""
    known: set[str] = set()
    lines = 0
    with path.open(encoding="utf-8") as file:
        for record in file:
            own = json.loads(record)["text"].splitlines()
            lines += len(own)
            known.update(own)
    return 1 - len(known) / max(1, lines)
