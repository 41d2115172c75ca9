"""The version, kept apart so that nothing else need be imported for it, and what tells one state of the code from another."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

VERSION = "0.1.0"
READING = ("model.py", "rules.py", "pipeline", "normalizer")
"""The code that decides what a cell says; with the rules, all of it."""


def code(parts: Iterable[str] = READING) -> str:
    """SHA-256 of the source files of some modules or packages of ours, paths relative to the package."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(p for part in parts for p in ([here / part] if part.endswith(".py") else (here / part).rglob("*.py"))):
        digest.update(path.relative_to(here).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
