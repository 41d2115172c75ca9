"""Time that passes only when somebody waits."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from extractor.feed.pace import Pace

BEGAN = datetime(2024, 2, 29, 12, 0, 0, tzinfo=UTC)


class Clock:
    """A clock, and how long was waited."""

    def __init__(self) -> None:
        self.moment = 0.0
        self.waits: list[float] = []

    def now(self) -> float:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.moment += seconds

    def utc(self) -> datetime:
        return BEGAN + timedelta(seconds=self.moment)


def pace(clock: Clock | None = None, **more: Any) -> Pace:
    """A pace that takes no time, with the chance of seed 1."""
    clock = clock or Clock()
    return Pace(now=clock.now, sleep=clock.sleep, clock=clock.utc, dice=random.Random(1), **more)
