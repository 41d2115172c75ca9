from __future__ import annotations

from pathlib import Path

import pytest

from tests.review import makers


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cohort of three charts, extracted once."""
    return makers.extract(tmp_path_factory.mktemp("made"), [n for p in makers.PATIENTS for n in makers.chart(p)])


@pytest.fixture
def out(made: Path, tmp_path: Path) -> Path:
    """A copy of it to review."""
    return makers.copy(made, tmp_path)
