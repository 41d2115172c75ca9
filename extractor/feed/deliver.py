"""Deliver what waits in an outbox: one version at a time, again where it may help, never a chart lost because another one fails.

A service that is down or busy stops everything for a while, and the run after ``patience`` failures in a row: all that waits stays in the outbox. A version that fails
while others pass is tried ``attempts`` times and then set aside as refused. A refusal that trying again cannot change is set aside at once.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass

from extractor.feed.client import Client, Unanswered
from extractor.feed.outbox import Message, Outbox
from extractor.feed.pace import Pace
from extractor.feed.wire import Verdict, Wire

Progress = Callable[[int, int], None]
"""Called with (charts done, charts in all)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """``attempts`` for a version while others pass; ``patience`` failures in a row; ``longest_wait`` seconds that a service may ask for."""

    attempts: int = 8
    patience: int = 10
    longest_wait: float = 300


@dataclass(slots=True)
class Sent:
    """What a delivery did. ``stopped`` tells why it ended before all was delivered or set aside."""

    delivered: int = 0
    withdrawn: int = 0
    refused: int = 0
    kept: int = 0
    tries: int = 0
    aside: int = 0
    """Versions that are set aside in all, those of earlier runs too."""
    stopped: str = ""


def deliver(
    outbox: Outbox,
    target: int,
    wire: Wire,
    client: Client,
    pace: Pace | None = None,
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> Sent:
    """Send what waits for a target until all of it is delivered or set aside, or nothing passes any more."""
    return _Delivery(outbox, target, wire, client, pace or Pace(), limits or Limits(), progress).run()


class _Delivery:
    def __init__(
        self, outbox: Outbox, target: int, wire: Wire, client: Client, pace: Pace, limits: Limits, progress: Progress | None
    ) -> None:
        self.outbox, self.target, self.wire, self.client = outbox, target, wire, client
        self.pace, self.limits, self.progress = pace, limits, progress
        self.sent = Sent()
        self.in_a_row = 0
        self.open_at = 0.0
        """When the service wants to be asked again."""

    def run(self) -> Sent:
        waiting = self.outbox.waiting(self.target)
        due = [(0.0, at, patient) for at, patient in enumerate(waiting)]
        while due and not self.sent.stopped:
            moment, at, patient = heapq.heappop(due)
            message = self.outbox.message(self.target, patient)
            if message is None:
                continue
            self.pace.until(max(moment, self.open_at))
            self.pace.take_turn()
            again = self._one(message)
            if again is not None:
                heapq.heappush(due, (again, at, patient))
            if self.progress:
                self.progress(len(waiting) - len(due), len(waiting))
        self.sent.aside = self.outbox.counts(self.target)["refused"]
        return self.sent

    def _one(self, message: Message) -> float | None:
        """Send one version; the moment when it is to be sent again, None if it is settled."""
        self.sent.tries += 1
        try:
            verdict = self.wire.send(self.client, message)
        except Unanswered as error:
            verdict = Verdict("stop" if error.fatal else "busy", error.reason)
        return getattr(self, f"_{verdict.kind}")(message, verdict)  # type: ignore[no-any-return]

    def _done(self, message: Message, verdict: Verdict) -> None:
        self.outbox.delivered(self.target, message, verdict.kept)
        self.in_a_row = 0
        self.sent.delivered += not message.withdraws
        self.sent.withdrawn += message.withdraws
        self.sent.kept += bool(verdict.kept)

    def _refused(self, message: Message, verdict: Verdict) -> None:
        self.outbox.tried(self.target, message, verdict.reason, dead=True)
        self.in_a_row = 0
        self.sent.refused += 1

    def _stop(self, message: Message, verdict: Verdict) -> None:
        self.outbox.tried(self.target, message, verdict.reason, counts=False)
        self.sent.stopped = f"the registry {verdict.reason}"

    def _stale(self, message: Message, verdict: Verdict) -> float | None:
        """Number it anew and send it at once; a service that always says so is one that fails."""
        self.outbox.lift(self.target, message, verdict.sequence)
        lifted = self.outbox.message(self.target, message.patient_id)
        return self._failed(lifted, verdict, at_once=True) if lifted else None

    def _busy(self, message: Message, verdict: Verdict) -> float | None:
        """The service is the trouble: everything waits."""
        self.outbox.tried(self.target, message, verdict.reason, counts=False)
        self.in_a_row += 1
        asked = self.pace.asked(verdict.retry_after)
        if asked is not None and asked > self.limits.longest_wait:
            self.sent.stopped = f"the registry asks to come back in {asked:.0f} seconds"
            return None
        self.open_at = self.pace.now() + (self.pace.backoff(self.in_a_row) if asked is None else asked)
        return self._again(verdict, self.open_at)

    def _failed(self, message: Message, verdict: Verdict, at_once: bool = False) -> float | None:
        """This version may be the trouble, which is so if others pass: it waits, the others go on."""
        others = self.sent.delivered + self.sent.withdrawn > 0
        if message.attempts + 1 >= self.limits.attempts and (others or at_once):
            self._refused(message, Verdict("refused", f"{verdict.reason}, {message.attempts + 1} times, while others passed"))
            return None
        self.outbox.tried(self.target, message, verdict.reason)
        self.in_a_row += 1
        asked = self.pace.asked(verdict.retry_after)
        wait = 0.0 if at_once else self.pace.backoff(message.attempts + 1) if asked is None else min(asked, self.limits.longest_wait)
        return self._again(verdict, self.pace.now() + wait)

    def _again(self, verdict: Verdict, moment: float) -> float | None:
        if self.in_a_row < self.limits.patience:
            return moment
        self.sent.stopped = f"the registry failed {self.in_a_row} times in a row, last: {verdict.reason}"
        return None
