"""Charts to a cohort: radiology reports and clinical notes of tumour ablation into tables, each cell with the words it rests on."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME = {
    "Cell": "model",
    "Chart": "model",
    "ExtractorError": "errors",
    "Mention": "model",
    "Note": "model",
    "PartialDate": "model",
    "Row": "model",
    "abstract": "normalizer",
    "build": "pipeline",
    "extract": "run",
    "load_rules": "rules",
    "read_cohort": "tables",
    "read_notes": "notes",
}
__all__ = sorted(_HOME)
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Public names are imported when they are first used, so that importing the package costs nothing."""
    if name not in _HOME:
        raise AttributeError(name)
    return getattr(import_module(f"extractor.{_HOME[name]}"), "load" if name == "load_rules" else name)
