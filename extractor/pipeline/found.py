"""What a component finds in a text before it is tied to a note."""

from __future__ import annotations

from dataclasses import dataclass

from extractor.model import When


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """A candidate at half-open character offsets of the text that was searched."""

    start: int
    end: int
    label: str
    concept: str
    rule_id: str
    value: float | When | None = None
    context: frozenset[str] = frozenset()
