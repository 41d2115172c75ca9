"""From the notes to the registry, over and over: a round reads what is there, reads anew the charts that changed, and feeds what is new in them.

What lies in the source is the truth. A round that was interrupted is taken up by the next one; two rounds at a time are kept apart by a lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from extractor.errors import FeedError
from extractor.feed.deliver import Sent
from extractor.feed.outbox import locked
from extractor.feed.pace import Pace
from extractor.feed.queue import Queued
from extractor.feed.run import Feed, feed
from extractor.notes import Options, is_of_folder
from extractor.run import Summary, cores, extract
from extractor.run.grouped import Source

TABULAR = (".csv", ".tsv", ".tab", ".jsonl", ".parquet", ".pq")
"""Files of a folder that hold many notes with their fields."""
UNFINISHED = (".part", ".partial", ".tmp", ".crdownload", ".filepart")
"""Endings of files that are still being written."""
Fingerprint = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """How the notes are read; as in ``extract``."""

    options: Options = field(default_factory=Options)
    rule_dirs: tuple[Path, ...] = ()
    tables: str = "csv"
    accept: float | None = None
    calibration: Path | None = None
    workers: int = field(default_factory=cores)
    chart_seconds: float = 600


@dataclass(frozen=True, slots=True)
class Round:
    """What a round did; ``summary`` is None where the notes were as they had been."""

    summary: Summary | None
    queued: Queued
    sent: Sent


def files(folder: Path) -> list[Path]:
    """The files of a folder that count, in the order of their names: none that is hidden or still being written."""
    found = (p for p in folder.rglob("*") if p.is_file())
    counted = (p for p in found if p.suffix.lower() not in UNFINISHED and not any(s.startswith(".") for s in p.relative_to(folder).parts))
    return sorted(counted, key=lambda p: p.relative_to(folder).as_posix())


def sources(source: str, options: Options | None = None) -> Source:
    """What to read. Of a folder its files, the last name first, so that of a note that was sent again the later version stands.

    Raises FeedError for a folder without files: it is rather a disk that is not there than a cohort that has ended.
    """
    folder = Path(source)
    if source == "-" or "://" in source or not folder.is_dir():
        return source
    found = files(folder)
    if not found:
        raise FeedError(f"{source}: holds no files; nothing was read and nothing withdrawn")
    tables = [p for p in found if _ending(p) in TABULAR]
    if not tables or (options and options.manifest):
        return folder
    return [*reversed(tables), *([folder] if any(map(is_of_folder, found)) else [])]


def _ending(path: Path) -> str:
    return Path(path.stem).suffix.lower() if path.suffix == ".gz" else path.suffix.lower()


def fingerprint(source: str) -> Fingerprint | None:
    """Names, sizes and times of what is read; None where these tell nothing."""
    path = Path(source)
    if source == "-" or "://" in source or not path.exists():
        return None
    told = ((p.as_posix(), p.stat()) for p in (files(path) if path.is_dir() else [path]))
    return tuple((name, s.st_size, s.st_mtime_ns) for name, s in told)


def once(source: str, out: Path, how: Feed, reading: Reading, pace: Pace | None = None, known: Fingerprint | None = None) -> Round:
    """One round; notes as ``known`` are not read again. Raises FeedError if another round is under way, and what ``extract`` and ``feed`` raise."""
    with locked(out.absolute().with_name(f"{out.absolute().name}.watch"), f"another watch is writing {out}"):
        return _round(source, out, how, reading, pace, known)


def _round(source: str, out: Path, how: Feed, reading: Reading, pace: Pace | None, known: Fingerprint | None) -> Round:
    summary = None
    if known is None or known != fingerprint(source) or not out.is_dir():
        summary = extract(
            sources(source, reading.options),
            out,
            options=replace(reading.options, last_first=True),
            rule_dirs=reading.rule_dirs,
            format=reading.tables,
            accept=reading.accept,
            calibration=reading.calibration,
            workers=reading.workers,
            chart_seconds=reading.chart_seconds,
            incremental=True,
        )
    return Round(summary, *feed(out, how, pace))


def forever(
    source: str,
    every: float,
    one: Callable[[Fingerprint | None], Round],
    tell: Callable[[Round | Exception], None],
    sleep: Callable[[float], None],
    times: Iterable[int],
) -> None:
    """A round every so many seconds; one that fails is told, and the next one is another try."""
    from extractor.errors import ExtractorError

    known: Fingerprint | None = None
    for number in times:
        if number:
            sleep(every)
        now = fingerprint(source)
        try:
            tell(one(known))
            known = now
        except ExtractorError as error:
            tell(error)
