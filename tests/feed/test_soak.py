"""Everything at once: ``make soak`` runs it with thousands of charts."""

from __future__ import annotations

import os
from pathlib import Path

from tests.feed.soak import soak

CHARTS = int(os.environ.get("EXTRACTOR_SOAK", "100"))


def test_through_every_trouble_none_is_lost_and_none_is_there_twice(tmp_path: Path) -> None:
    kills = 2 if CHARTS <= 100 else 25
    rounds = []
    for told, figures in zip(("all new", "corrected, gone, new", "as they were"), soak(tmp_path, CHARTS, kills=kills), strict=True):
        print(f"{told}: {figures}", flush=True)
        rounds.append(figures)
    first, second, third = rounds
    assert first.charts == first.versions == CHARTS
    kept = CHARTS - CHARTS // 20
    assert second.versions == (kept + 9) // 10 + CHARTS // 20 + max(1, kept // 50)
    assert third.versions == 0
    assert first.senders_killed + first.registries_killed == kills
