"""One feeding: look at the tables, queue what changed, deliver what waits."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from extractor.errors import FeedError
from extractor.feed.client import Client, Secrets, address
from extractor.feed.deliver import Limits, Progress, Sent, deliver
from extractor.feed.outbox import Outbox, beside, locked
from extractor.feed.pace import Pace
from extractor.feed.queue import Queued, queue
from extractor.feed.wire import Native, Wire

FORMATS = ("native", "fhir", "redcap")


@dataclass(frozen=True, slots=True)
class Coding:
    """For FHIR: how addresses of code systems begin, the identifier system of the patient ids, a file of codes; as for ``export --to fhir``."""

    base: str | None = None
    patient_system: str | None = None
    mapping: Path | None = None


def wire(format: str, coding: Coding | None = None) -> Wire:
    """A way to put charts to a registry, by its name. Raises FeedError for another name, InputError for a file of codes that is none."""
    if format == "native":
        return Native()
    if format == "redcap":
        from extractor.feed.redcap import Redcap

        return Redcap()
    if format == "fhir":
        from extractor.export import mapping
        from extractor.export.fhir import BASE, Options
        from extractor.feed.fhir import Fhir

        own = coding or Coding()
        return Fhir(Options((own.base or BASE).rstrip("/"), own.patient_system, mapping.read(own.mapping)))
    raise FeedError(f"--format {format}: write {', '.join(FORMATS)}")


@dataclass(frozen=True, slots=True)
class Feed:
    """Where to, and how."""

    url: str
    secrets: Secrets = field(default_factory=Secrets)
    wire: Wire = field(default_factory=Native)
    outbox: Path | None = None
    """Default: beside the tables."""
    timeout: float = 30
    limits: Limits = field(default_factory=Limits)
    most_withdrawn: float = 0.2
    retry_refused: bool = False


def feed(out: Path, how: Feed, pace: Pace | None = None, progress: Progress | None = None) -> tuple[Queued, Sent]:
    """Bring a registry up to date with the tables of ``out``. Raises FeedError, CohortError; what was queued before stays queued."""
    url = address(how.url)
    path = how.outbox or beside(out)
    with locked(path, f"another run is feeding from {path}"), Client(url, how.secrets, how.timeout, how.wire.bearer) as client:
        outbox = Outbox(path)
        try:
            target = outbox.target(how.wire.format, url)
            found = queue(outbox, target, how.wire, out, how.most_withdrawn)
            if how.retry_refused:
                outbox.revive(target)
            return found, deliver(outbox, target, how.wire, client, pace, how.limits, progress)
        finally:
            outbox.close()


def preview(out: Path, how: Feed) -> Queued:
    """What a feeding would send. Nothing is sent, nothing is written."""
    url = address(how.url)
    path = how.outbox or beside(out)
    if not path.is_file():
        return _look(Outbox(None), out, how, url)
    with locked(path, f"another run is feeding from {path}"):
        return _look(Outbox(path), out, how, url)


def _look(outbox: Outbox, out: Path, how: Feed, url: str) -> Queued:
    try:
        known = {(f, u): t for t, f, u in outbox.targets()}
        return queue(outbox, known.get((how.wire.format, url), 0), how.wire, out, how.most_withdrawn, dry=True)
    finally:
        outbox.close()
