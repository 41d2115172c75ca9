"""Waiting: a rate, a growing wait spread by chance, Retry-After in both its forms."""

from __future__ import annotations

import random

import pytest

from tests.feed.clockwork import Clock, pace


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 7 ", 7),
        ("Thu, 29 Feb 2024 12:00:30 GMT", 30),
        ("Thursday, 29-Feb-24 12:01:00 GMT", 60),
        ("Thu Feb 29 12:00:05 2024", 5),
        ("Thu, 29 Feb 2024 11:59:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    assert pace().asked(header) == seconds


def test_the_wait_grows_to_a_limit_and_is_spread_by_a_seeded_chance() -> None:
    own = pace(first=1.0, longest=60.0)
    ceilings = [1, 2, 4, 8, 16, 32, 60, 60, 60]
    waits = [own.backoff(n) for n in range(1, 10)]
    assert all(0 <= w <= c for w, c in zip(waits, ceilings, strict=True))
    dice = random.Random(1)
    assert waits == [dice.uniform(0, c) for c in ceilings]
    assert own.backoff(10_000) <= 60


def test_the_rate_is_kept() -> None:
    clock = Clock()
    own = pace(clock, rate=4)
    for _ in range(9):
        own.take_turn()
    assert clock.moment == pytest.approx(2.0)
    free = pace(clock)
    for _ in range(9):
        free.take_turn()
    assert clock.moment == pytest.approx(2.0)
