"""One registry process for the tests of a module, emptied for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from extractor.feed.client import Secrets
from extractor.feed.run import Feed
from tests.feed.served import TOKEN, Served


@pytest.fixture(scope="session")
def _process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("registry"))
    yield served
    served.kill()


@pytest.fixture
def served(_process: Served) -> Served:
    if _process.process is None or _process.process.poll() is not None:
        _process.kill()
        _process.start()
    _process.forget()
    return _process


@pytest.fixture
def how(served: Served, tmp_path: Path) -> Feed:
    """How to feed it."""
    return Feed(served.url, Secrets(TOKEN), outbox=tmp_path / "outbox.sqlite", timeout=3)
