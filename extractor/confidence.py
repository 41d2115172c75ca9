"""How sure is a cell? Until a calibration says better: the share of cells of its column that were right on first contact with charts nobody had tuned on."""

from __future__ import annotations

import json
from functools import lru_cache

from extractor.corpora import folder


@lru_cache(maxsize=1)
def first_contact() -> dict[str, float]:
    """``table.column`` to a share between 0 and 1; made by ``extractor corpora score --write-confidence`` on first-contact predictions."""
    path = folder() / "confidence.json"
    if not path.is_file():
        return {}
    shares: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))
    return shares
