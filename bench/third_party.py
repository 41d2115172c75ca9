"""What is found in third-party notes, which tell of hardly any tumour ablation: every session, complication and status is suspect.

    python bench/third_party.py FOLDER OUT      FOLDER: with acibench, maccrobat, ctakes_examples, radreportparser, negex

Each note is a chart of its own, dated alike. Prints the rows of OUT with the sentences they rest on, to be judged by eye.
"""

from __future__ import annotations

import csv
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from extractor import run
from extractor.explain import explain
from extractor.tables import read_cohort

TABLES = ("procedures", "complications", "assessments", "outcomes")
NO_NOTES = ("LICENSE", "NOTICE", "README")
Texts = Iterator[tuple[str, str]]


def texts(folder: Path) -> Texts:
    """(id, text) of every third-party note below a folder."""
    for path in sorted((folder / "acibench").glob("*.csv")):
        if "metadata" not in path.name:
            with path.open(encoding="utf-8", newline="") as file:
                yield from ((f"{path.stem}-{number}", row["note"]) for number, row in enumerate(csv.DictReader(file), 1))
    for name in ("maccrobat", "ctakes_examples", "radreportparser"):
        for path in sorted((folder / name).rglob("*")):
            if path.is_file() and path.suffix not in (".ann", ".xml") and not path.name.startswith(NO_NOTES):
                yield path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8", errors="replace")
    yield from _sentences(folder / "negex" / "rsAnnotations-1-120-random.txt")


def _sentences(path: Path) -> Texts:
    with path.open(encoding="latin-1", newline="") as file:
        for number, row in enumerate(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)):
            if number and len(row) > 2:
                yield f"negex-{number}", row[2]


def main(folder: str, out: str) -> None:
    """Extract and print."""
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "notes.jsonl"
        with source.open("w", encoding="utf-8") as file:
            for name, text in texts(Path(folder)):
                record = {"note_id": name, "patient_id": name, "note_date": "2020-06-15", "text": text}
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
        summary = run.extract(source, Path(out), force=True)
    print(f"{summary.notes} notes, {summary.rejects} rejected, " + ", ".join(f"{summary.counts[t]} {t}" for t in TABLES))
    tables = read_cohort(Path(out), TABLES)
    for table in TABLES:
        for patient in sorted(set(tables[table]["patient_id"])):
            print(*explain(Path(out), patient, table, ("»", "«")), sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
