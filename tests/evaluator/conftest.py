from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from extractor import corpora
from extractor.evaluator import labels


@pytest.fixture(scope="session")
def collection() -> Path:
    """A collection of chart files with the tables as they were first extracted."""
    return corpora.folder() / "delta"


@pytest.fixture(scope="session")
def gold(collection: Path) -> labels.Labels:
    return labels.load(collection / "charts")


@pytest.fixture(scope="session")
def pred(collection: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extraction of the collection, unpacked."""
    return unpacked(collection / corpora.FIRST, tmp_path_factory.mktemp("pred"))


def unpacked(folder: Path, out: Path) -> Path:
    for path in folder.glob("*.csv.gz"):
        (out / path.stem).write_bytes(gzip.decompress(path.read_bytes()))
    return out
