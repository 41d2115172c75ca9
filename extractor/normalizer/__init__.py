"""Mentions of one patient to cohort rows."""

from __future__ import annotations

from collections.abc import Sequence

from extractor.model import Chart, Note


def abstract(notes: Sequence[Note], reader: object = None) -> Chart:
    """Placeholder until the normalizer lands."""
    return Chart(patient_id=notes[0].patient_id, notes=tuple(notes))
