"""How a chart is put to a registry, and what its answer means. ``Native`` is the protocol of docs/feed.md."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from extractor.feed.charts import ChartRows
from extractor.feed.client import Answer, Client
from extractor.feed.document import Envelope, Json, canonical, document, key
from extractor.feed.keep import has_reviewed
from extractor.feed.outbox import Known, Message

Kind = Literal["done", "busy", "failed", "refused", "stale", "stop"]
BUSY = (429, 502, 503, 504)
"""The service, not this chart, is the trouble."""
AGAIN = (408, 425)
STOP = {
    401: "does not know us (401): see the token in EXTRACTOR_FEED_TOKEN or --token-file, or --client-cert",
    403: "does not let us (403): see the token in EXTRACTOR_FEED_TOKEN or --token-file, or --client-cert",
    404: "is not there (404): see the address of --to",
    405: "is not there (405): see the address of --to",
    410: "is not there any more (410): see the address of --to",
}
RESULTS = ("applied", "unchanged", "kept")
SAFE = re.compile(r"[A-Za-z0-9_./~ -]{1,120}")
"""What of a refusal is repeated: a code or a place in the document, never values."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a version: done; the service is busy; it failed and may pass later; it is refused as it is; the target has a newer one (``sequence``); or nothing will pass."""

    kind: Kind
    reason: str = ""
    retry_after: str | None = None
    kept: list[Json] = field(default_factory=list)
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Prepared:
    """A version to queue: what is sent (None withdraws), what must be remembered of it, and what it asks of a reviewer."""

    body: Json | None
    memory: Json
    questions: list[Json] = field(default_factory=list)
    problem: str = ""
    """Why it cannot be sent at all."""


class Wire(Protocol):
    """A way to put charts to a registry."""

    @property
    def format(self) -> str:
        """Its name."""

    @property
    def bearer(self) -> bool:
        """Does the token go into the header Authorization?"""

    def prepare(self, chart: ChartRows, content: Json, known: Known | None, waiting: Message | None) -> Prepared:
        """A chart as it is queued, given what was sent before and may not have been delivered."""

    def withdraw(self, patient: str, known: Known, waiting: Message | None) -> Prepared:
        """Its withdrawal."""

    def send(self, client: Client, message: Message) -> Verdict:
        """Put a version to the registry, once. Raises Unanswered."""


def remembered(content: Json) -> Json:
    """What a chart's next version must know: all of it where a person decided something, else nothing."""
    return {"content": content} if has_reviewed(content) else {}


class Native:
    """One document a chart, put under the chart's key."""

    format = "native"
    bearer = True

    def prepare(self, chart: ChartRows, content: Json, known: Known | None, waiting: Message | None) -> Prepared:
        """The document's content as it is."""
        return Prepared(content, remembered(content), content["review"]["questions"])

    def withdraw(self, patient: str, known: Known, waiting: Message | None) -> Prepared:
        """A document without content; what people decided is remembered, for the case that the chart comes back."""
        return Prepared(None, {k: v for k, v in known.memory.items() if k == "content"})

    def send(self, client: Client, message: Message) -> Verdict:
        """PUT charts/KEY."""
        envelope = Envelope(message.patient_id, message.sequence, message.hash, message.made_by)
        headers = {"Content-Type": "application/json", "Accept": "application/json", "Idempotency-Key": envelope.idempotency_key}
        path = f"/charts/{key(message.patient_id)}"
        return self._read(client.request("PUT", path, headers, canonical(document(envelope, message.body))), message)

    def _read(self, answer: Answer, message: Message) -> Verdict:
        told = answer.json()
        if answer.status == 409 and isinstance(told, dict) and _whole(told.get("sequence")) and told["sequence"] >= message.sequence:
            return Verdict("stale", "the registry has a version with a higher number (409)", sequence=told["sequence"])
        if answer.status not in (200, 201):
            return refusal(answer)
        if not isinstance(told, dict) or told.get("result") not in RESULTS:
            return Verdict("failed", f"answered {answer.status} with something that is no receipt")
        if (told.get("sequence"), told.get("content_hash")) != (message.sequence, message.hash):
            return Verdict("failed", "answered with the receipt of another version")
        return Verdict("done", kept=[k for k in told.get("kept") or () if _is_place(k)])


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53


def _is_place(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"table", "row_id", "column"} and all(isinstance(v, str) for v in value.values())


def refusal(answer: Answer) -> Verdict:
    """What an answer that is no success means, by its status."""
    status, wait = answer.status, answer.headers.get("retry-after")
    if status in BUSY:
        return Verdict("busy", f"is busy ({status})", wait)
    if status in AGAIN or status >= 500 or status < 200:
        return Verdict("failed", f"answered {status}", wait)
    if status in STOP:
        return Verdict("stop", STOP[status])
    if status < 400:
        return Verdict("stop", f"sends us elsewhere or answers oddly ({status}): give the address itself as --to")
    return Verdict("refused", f"refused with {status}{_told(answer.json())}")


def _told(problem: Any) -> str:
    parts = [problem[k] for k in ("code", "pointer") if isinstance(problem.get(k), str)] if isinstance(problem, dict) else []
    safe = [p for p in parts if SAFE.fullmatch(p)]
    return ": " + " at ".join(safe) if safe else ""
