"""Workers that meet a chart that ends or holds them; worker processes import this by its bare name."""

from __future__ import annotations

import os
import signal
from multiprocessing.connection import Connection

from extractor.run import pool, work

SERVE = pool.serve
DEADLY, SLOW, SICKLY = "P003", "P008", "P021"


def deadly(pipe: Connection, setup: work.Setup) -> None:
    """A worker that one chart kills each time, another the first time, and a third never ends."""
    real = work.abstract

    def abstract(notes, reader):  # type: ignore[no-untyped-def]
        once = setup.folder.parent / "sickly"
        if notes[0].patient_id == DEADLY or (notes[0].patient_id == SICKLY and not once.exists()):
            once.touch() if notes[0].patient_id == SICKLY else None
            os.kill(os.getpid(), signal.SIGKILL)
        while notes[0].patient_id == SLOW:
            pass
        return real(notes, reader)

    work.abstract = abstract
    SERVE(pipe, setup)
