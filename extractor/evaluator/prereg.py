"""A validation as a folder that can be registered before anybody reads: plan, sample, blank sheets, notes, and a lock over all of it.

    FOLDER/plan.json                  how the sample was drawn and what precision it promises
           sample.csv                 charts with stratum and weight; not for the abstractors
           blank/abstractor-1.xlsx    the sheet as it was locked
           abstractor-1/labels.xlsx   the copy to fill, with notes/001.txt ... beside it
           lock.json                  SHA-256 of every file, of the rules and of the cohort

The lock's own digest is what one registers: whoever has it can tell later that nothing was changed.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from extractor.errors import InputError, OutputError
from extractor.evaluator import abstraction
from extractor.evaluator.planning import Drawn
from extractor.model import Note
from extractor.tables import MARK, read_cohort
from extractor.version import VERSION

LOCK, PLAN, SAMPLE, BLANK, FILLED = "lock.json", "plan.json", "sample.csv", "blank", "labels.xlsx"


@dataclass(frozen=True, slots=True)
class Cohort:
    """What a plan needs to know of a cohort folder."""

    notes: Mapping[str, Sequence[Note]]
    rules: str
    digest: str


def cohort(folder: Path) -> Cohort:
    """Notes by patient, rules and digest of a cohort folder. Raises CohortError or InputError if it holds no notes."""
    frame = read_cohort(folder, ["notes"])["notes"]
    notes: dict[str, list[Note]] = {}
    for r in frame.sort_values(["note_date", "note_id"], kind="stable").to_dict("records"):
        kind = str(r["note_type"]) if isinstance(r["note_type"], str) else None
        day = r["note_date"].date() if hasattr(r["note_date"], "hour") else r["note_date"]
        notes.setdefault(str(r["patient_id"]), []).append(Note(str(r["note_id"]), str(r["patient_id"]), day, str(r["text"]), kind))
    try:
        rules = str(json.loads((folder / MARK).read_text(encoding="utf-8"))["rules"])
    except (OSError, ValueError, KeyError):
        raise InputError(f"{folder}: has no {MARK} that names the rules; write the tables anew with extractor extract") from None
    return Cohort(notes, rules, digest(folder))


def digest(folder: Path) -> str:
    """One SHA-256 over the files of a folder, by name."""
    whole = hashlib.sha256()
    for name, one in _hashes(folder).items():
        whole.update(f"{name}\0{one}\0".encode())
    return whole.hexdigest()


def _hashes(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): _sha(p) for p in files}


def _sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# ---- writing --------------------------------------------------------------------------------------------------------------


def write(
    out: Path,
    source: Cohort,
    sample: Sequence[Drawn],
    design: Mapping[str, Any],
    abstractors: int = 1,
    seed: int = 0,
    notes_in_sheet: bool = False,
    protocol: Path | None = None,
) -> str:
    """Write the folder and lock it; returns the lock's digest. Nothing is left behind when it fails.

    Raises OutputError if ``out`` exists or cannot be written, InputError if a chart has no notes or the protocol cannot be read.
    """
    if out.exists():
        raise OutputError(f"{out}: exists already; give another --out")
    lacking = [d.patient for d in sample if d.patient not in source.notes]
    if lacking:
        raise InputError(f"patient {lacking[0]!r} of the sample has no notes in the cohort")
    partial = out.with_name(f".{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        _fill(partial, source, sample, design, abstractors, seed, notes_in_sheet)
        if protocol is not None:
            (partial / f"protocol{protocol.suffix}").write_bytes(protocol.read_bytes())
        locked = _lock(partial, source)
        os.replace(partial, out)
        return locked
    except OSError as error:
        raise OutputError(f"{error.filename or out}: {error.strerror or type(error).__name__}") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _fill(
    folder: Path, source: Cohort, sample: Sequence[Drawn], design: Mapping[str, Any], abstractors: int, seed: int, in_sheet: bool
) -> None:
    plan = {"extractor": VERSION, "abstractors": abstractors, "charts": len(sample), "seed": seed} | dict(design)
    (folder / PLAN).write_text(json.dumps(plan, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / SAMPLE).write_text(_sample(sample), encoding="utf-8")
    (folder / BLANK).mkdir()
    for number in range(1, abstractors + 1):
        order = np.random.default_rng([seed, number]).permutation(len(sample))  # own order for each, which tells nothing of the strata
        patients = [sample[int(i)].patient for i in order]
        blank, own = folder / BLANK / f"abstractor-{number}.xlsx", folder / f"abstractor-{number}"
        abstraction.write(blank, patients, source.notes if in_sheet else None)
        own.mkdir()
        shutil.copyfile(blank, own / FILLED)
        if not in_sheet:
            _notes(own / "notes", patients, source.notes)


def _sample(sample: Sequence[Drawn]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("patient_id", "stratum", "stratum_size", "stratum_drawn", "weight"))
    writer.writerows((d.patient, d.stratum, d.size, d.drawn, repr(d.weight)) for d in sample)
    return out.getvalue()


def _notes(folder: Path, patients: Sequence[str], notes: Mapping[str, Sequence[Note]]) -> None:
    """One text file a chart, numbered as in the sheet (names of files tell nothing of patients)."""
    folder.mkdir()
    for number, patient in enumerate(patients, 1):
        parts = [f"Chart {number}: patient {patient}\n"]
        for n in notes[patient]:
            parts.append(
                f"\n{'=' * 100}\n{n.note_date.isoformat()}  {n.note_type or 'note'}  {n.note_id}\n{'=' * 100}\n{n.text.rstrip()}\n"
            )
        (folder / f"{number:03d}.txt").write_text("".join(parts), encoding="utf-8", errors="replace")


def _lock(folder: Path, source: Cohort) -> str:
    work = {f"abstractor-{i}/{FILLED}" for i in range(1, 100)}
    files = {name: one for name, one in _hashes(folder).items() if name not in work}
    content = {"extractor": VERSION, "rules": source.rules, "cohort": source.digest, "files": files}
    path = folder / LOCK
    path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return _sha(path)


# ---- verifying ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Verified:
    """The lock's digest, what no longer holds, and how many charts each abstractor has marked as labeled."""

    digest: str
    problems: tuple[str, ...]
    filled: Mapping[str, str]


def verify(folder: Path, rules: str, registered: str | None = None, source: Path | None = None) -> Verified:
    """Compare a folder with its lock, the present ``rules`` digest, the ``registered`` digest and the cohort where given.

    Raises InputError if there is no lock that can be read.
    """
    path = folder / LOCK
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        locked, files = _sha(path), dict(content["files"])
        wanted = str(content["rules"]), str(content["cohort"])
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(f"{folder}: has no readable {LOCK}; is this the --out of extractor plan draw?") from None
    problems = list(_changed(folder, files))
    if registered is not None and registered.strip().lower() != locked:
        problems.append(f"{LOCK}: is not the one registered (its digest is {locked})")
    if rules != wanted[0]:
        problems.append(f"rules: are not those of the locked cohort ({wanted[0][:12]}…, now {rules[:12]}…)")
    if source is not None and digest(source) != wanted[1]:
        problems.append(f"{source}: is not the cohort that was sampled")
    filled = {p.parent.name: _filled(p) for p in sorted(folder.glob(f"abstractor-*/{FILLED}"))}
    problems += list(_swapped(folder))
    return Verified(locked, tuple(problems), filled)


def _changed(folder: Path, files: Mapping[str, str]) -> Iterator[str]:
    there = _hashes(folder)
    for name, one in sorted(files.items()):
        if name not in there:
            yield f"{name}: is missing"
        elif there[name] != one:
            yield f"{name}: was changed"


def _swapped(folder: Path) -> Iterator[str]:
    """Sheets to fill must still hold the sample's patients, no more and no fewer."""
    for path in sorted(folder.glob(f"abstractor-*/{FILLED}")):
        blank = folder / BLANK / f"{path.parent.name}.xlsx"
        if blank.is_file() and set(abstraction.marks(path)) != set(abstraction.marks(blank)):
            yield f"{path.parent.name}/{path.name}: holds other patients than the locked sheet"


def _filled(path: Path) -> str:
    marks = abstraction.marks(path)
    return f"{sum(marks.values())} of {len(marks)} charts labeled"
