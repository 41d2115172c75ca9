"""Readers that one chart kills and another holds; executors import this by its bare name."""

from __future__ import annotations

import os
import signal

from extractor.model import Note
from extractor.notes import Reject
from extractor.run.work import ChartReader, Read
from extractor.spark.executor import Shipment

DEADLY, SLOW = "P003", "P008"


class DeadlyReader(ChartReader):
    """Dies of DEADLY, and never ends with SLOW while it hears no alarm."""

    def __call__(self, notes: list[Note]) -> Read | Reject:
        if notes[0].patient_id == DEADLY:
            os.kill(os.getpid(), signal.SIGKILL)
        if notes[0].patient_id == SLOW:
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
            signal.pause()
        return super().__call__(notes)


class DeadlyShipment(Shipment):
    """A shipment whose reader is that one."""

    def reader(self) -> ChartReader:
        from extractor.spark import apart

        apart.GRACE = 0.5
        found = Shipment.reader(self)
        found.__class__ = DeadlyReader
        return found
