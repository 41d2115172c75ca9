"""When to send, and when to send again: a rate, waits that grow and are spread by chance, and what a service asks for (Retry-After).

Clocks, sleep and chance are given, so that a test needs no time and has no luck.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def utc() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Pace:
    """``rate`` is charts a second at most, 0 for no limit. The wait after the n-th failure in a row is a random part of ``first`` * 2^(n-1) s, at most ``longest``."""

    rate: float = 0
    first: float = 1.0
    longest: float = 60.0
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], datetime] = utc
    dice: random.Random = field(default_factory=random.Random)
    _next: float = 0

    def take_turn(self) -> None:
        """Wait until the rate allows another one."""
        self.until(self._next)
        if self.rate:
            self._next = max(self._next, self.now()) + 1 / self.rate

    def until(self, moment: float) -> None:
        """Wait for a moment of ``now``."""
        if (left := moment - self.now()) > 0:
            self.sleep(left)

    def backoff(self, failures: int) -> float:
        """Seconds to wait after so many failures in a row (full jitter: services that come back are not met by all senders at once)."""
        return self.dice.uniform(0, min(self.longest, self.first * 2.0 ** (min(failures, 32) - 1)))

    def asked(self, header: str | None) -> float | None:
        """Seconds that a Retry-After asks to wait, whether it names seconds or a date; None where it says neither."""
        text = (header or "").strip()
        if text.isascii() and text.isdigit():
            return float(text[:9])
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (moment - self.clock()).total_seconds())
