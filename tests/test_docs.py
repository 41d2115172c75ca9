"""Docs that cannot go stale."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

import extractor
from extractor.cli import app
from extractor.tabledocs import page
from extractor.version import VERSION

ROOT = Path(__file__).parents[1]


def test_the_page_of_tables_is_current() -> None:
    assert (ROOT / "docs" / "tables.md").read_text(encoding="utf-8") == page()


def test_every_command_stands_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = [line.split()[0] for line in CliRunner().invoke(app, ["--help"]).output.split("Commands:")[1].splitlines() if line.strip()]
    missing = [c for c in commands if f"extractor {c}" not in readme and c != "version"]
    assert missing == []


def test_public_names_exist_and_importing_is_light() -> None:
    assert extractor.__all__ == sorted(extractor.__all__)
    for name in extractor.__all__:
        assert getattr(extractor, name) is not None
    assert extractor.__version__ == VERSION
