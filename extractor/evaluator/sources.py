"""Labels and extractions from where they lie: chart files, folders of cohort tables, abstraction sheets."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from extractor.errors import InputError, OutputError
from extractor.evaluator import labels
from extractor.evaluator.match import Tables
from extractor.schema import MODALITIES


def read(path: Path) -> dict[str, Tables]:
    """Tables by patient of any label source; of filled abstraction sheets, only the charts marked as read.

    Raises InputError or CorpusError naming the file, the row and what is wrong.
    """
    if path.suffix == ".xlsx":
        from extractor.evaluator import abstraction

        return abstraction.read(path)
    return labels.read(path)


def sample(path: Path | None) -> tuple[dict[str, float], dict[str, str]]:
    """(weights, strata) by patient of a ``sample.csv``; empty without one. Raises InputError naming the row."""
    if path is None:
        return {}, {}
    weights, strata = {}, {}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            for number, row in enumerate(csv.DictReader(file), 2):
                weights[row["patient_id"]] = _weight(path, number, row.get("weight"))
                strata[row["patient_id"]] = row.get("stratum") or ""
    except (OSError, KeyError, UnicodeDecodeError):
        raise InputError(f"{path}: cannot be read as a sample; it needs the columns patient_id and weight") from None
    return weights, strata


def check_sample(weights: Mapping[str, float], labels: Mapping[str, Tables]) -> list[str]:
    """Charts of a sample that are not labeled. Raises InputError for a labeled patient without weight: figures would lean on it."""
    lacking = sorted(set(labels) - set(weights)) if weights else []
    if lacking:
        raise InputError(
            f"patient {lacking[0]!r} is labeled but not in the sample ({len(lacking)} such); give the sample the labels were drawn with"
        )
    return sorted(set(weights) - set(labels))


def _weight(path: Path, number: int, text: str | None) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = 0.0
    if not value > 0 or value == float("inf"):
        raise InputError(f"{path}: row {number}: weight is no number above 0")
    return value


def modality(word: str) -> str | None:
    """A modality to analyse, None for ``all``. Raises InputError for another word."""
    if word != "all" and word not in MODALITIES:
        raise InputError(f"unknown modality {word!r}; known are all, {', '.join(MODALITIES)}")
    return None if word == "all" else word


def write(path: Path, text: str) -> None:
    """Write a file. Raises OutputError telling why it cannot be."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or type(error).__name__}") from None


def named(paths: Sequence[Path]) -> dict[str, Path]:
    """A short name for each path: its own, with the folder's before it where names are equal, and a number where these are too."""
    out: dict[str, Path] = {}
    for path in paths:
        name = path.stem if sum(p.stem == path.stem for p in paths) == 1 else f"{path.resolve().parent.name}/{path.stem}"
        number = sum(n.split(" #")[0] == name for n in out)
        out[f"{name} #{number + 1}" if number else name] = path
    return out
