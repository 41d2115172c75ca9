"""The folder in which a run works: beside OUT, kept when the run is killed so that the next one goes on from it, gone when it ends.

.OUT.partial/gathered/   notes by patient          (made anew by every run)
.OUT.partial/parts/      the rows of each chunk that was finished: the journal; a part's name is the hash of all that decides its rows
.OUT.partial/tables/     the tables, which become OUT by one renaming
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from extractor.errors import OutputError
from extractor.run.work import GATHERED, PARTS, REUSED
from extractor.tables import MARK, was_reviewed

TABLES, LOCK = "tables", "lock"
FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def replacing(out: Path, force: bool = False) -> Iterator[Path]:
    """A folder to work in; what stands in its ``tables`` takes the place of ``out`` when all went well.

    When not, nothing of the run is left, unless it was stopped from outside or the disk is full after charts were finished: these are kept for the next run.
    Raises OutputError if ``out`` is in the way (it exists and ``force`` is not given, or it is no folder of ours), if another run is writing it, and for what cannot be written.
    """
    old = out.with_name(f".{out.name}.old")
    if old.exists() and not out.exists():
        os.replace(old, out)  # a run was killed between its last two steps
    partial = out.with_name(f".{out.name}.partial")
    lock = _lock(partial, out)
    keep = (partial / TABLES).is_dir()  # without, it is what a run left that was killed after its last step
    try:
        _check(out, force)
        keep = False
        _prepare(partial)
        yield partial
        shutil.rmtree(old, ignore_errors=True)
        if out.exists():
            os.replace(out, old)
        os.replace(partial / TABLES, out)
    except OSError as error:
        keep = error.errno in FULL and (partial / PARTS).is_dir() and any((partial / PARTS).iterdir())
        kept = f"; finished charts are kept in {partial}: make room and run the same command again, or delete it" if keep else ""
        raise OutputError(f"{out}: cannot be written: {error.strerror or type(error).__name__}{kept}") from None
    except KeyboardInterrupt:
        keep = True
        raise
    finally:
        if not keep:
            shutil.rmtree(old, ignore_errors=True)
            shutil.rmtree(partial, ignore_errors=True)
        lock.close()


def _check(out: Path, force: bool) -> None:
    if out.exists():
        ours = (out / MARK).is_file() or not any(out.iterdir() if out.is_dir() else [out])
        may_replace(str(out), force, ours, was_reviewed(out))


def may_replace(out: str, force: bool, ours: bool, reviewed: bool) -> None:
    """Raise OutputError where an existing ``out`` must stay: nobody said force, it is not ours, or a person reviewed it."""
    if not force:
        raise OutputError(f"{out}: exists already; give another --out, or --force to replace it")
    if not ours:
        raise OutputError(f"{out}: holds something else than cohort tables and will not be replaced; give another --out")
    if reviewed:
        raise OutputError(
            f"{out}: holds tables that a person reviewed and will not be replaced; give another --out, and put the decisions over it with extractor review apply"
        )


def _lock(partial: Path, out: Path) -> IO[bytes]:
    """Held as long as the process lives, however it ends."""
    try:
        partial.mkdir(parents=True, exist_ok=True)
        lock = (partial / LOCK).open("ab")
    except OSError as error:
        raise OutputError(f"{out}: cannot be written: {error.strerror or type(error).__name__}") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise OutputError(f"{out}: another run is writing it") from None
    return lock


def _prepare(partial: Path) -> None:
    for name in (GATHERED, TABLES):
        shutil.rmtree(partial / name, ignore_errors=True)
        (partial / name).mkdir()
    (partial / REUSED).unlink(missing_ok=True)
    (partial / PARTS).mkdir(exist_ok=True)
    for torn in (partial / PARTS).glob("*.*"):
        with suppress(FileNotFoundError):
            torn.unlink()
