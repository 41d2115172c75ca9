"""Charts that end or hold the process which reads them.

The first try of a task reads its charts in Spark's own Python process, which is ended from outside Python where a chart does not heed its limit. Spark then tries the
task again, and in a later try each chart is read in a process of its own: the one that ends it costs only itself.
"""

from __future__ import annotations

import faulthandler
import multiprocessing as mp
import os
from collections.abc import Callable
from multiprocessing.connection import Connection

from extractor.model import Note
from extractor.notes import Reject
from extractor.run.pool import GRACE
from extractor.run.work import LOST, TOO_LONG, Read, rejected

Reading = Callable[[list[Note]], Read | Reject]


def guarded(read: Reading, notes: list[Note], seconds: float, attempt: int) -> Read | Reject:
    """What ``read`` makes of a chart in the task's try number ``attempt`` (from 0)."""
    return _alone(read, notes, seconds) if attempt else _watched(read, notes, seconds)


def _watched(read: Reading, notes: list[Note], seconds: float) -> Read | Reject:
    """End this process if it hears no alarm: a thread in C does it, which needs no turn of Python's. It tells the places in the code, no values."""
    if not seconds:
        return read(notes)
    with open(os.devnull, "w") as nowhere:
        faulthandler.dump_traceback_later(seconds + GRACE, exit=True, file=nowhere)
        try:
            return read(notes)
        finally:
            faulthandler.cancel_dump_traceback_later()


def _alone(read: Reading, notes: list[Note], seconds: float) -> Read | Reject:
    context = mp.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_tell, args=(theirs, read, notes), daemon=True)
    process.start()
    theirs.close()
    try:
        if not ours.poll(seconds + GRACE if seconds else None):
            return rejected(notes, TOO_LONG.format(seconds))
        found: Read | Reject = ours.recv()
        return found
    except (EOFError, OSError):
        return rejected(notes, LOST)
    finally:
        process.kill()
        process.join()
        ours.close()


def _tell(pipe: Connection, read: Reading, notes: list[Note]) -> None:
    pipe.send(read(notes))
