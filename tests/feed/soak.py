"""A cohort fed through every trouble at once; a small one in the tests, a large one by ``make soak``.

The registry answers a share of the requests with faults and is killed at random moments, and so is the sender. Three rounds: all charts new; some corrected, some gone, some
new; nothing changed. After each, every chart must be in the registry once, as the tables have it, and each version must have been taken in once.
"""

from __future__ import annotations

import random
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from extractor.feed.charts import read
from extractor.feed.document import content, digest, key
from tests.feed.makers import Chart, many, write
from tests.feed.served import Served, started

KINDS = ["500", "429", "429:0", "429:1", "garbage", "html", "wrong receipt", "cut before", "cut after", "slow:0.2", "503"]


@dataclass
class Figures:
    """What a round did."""

    charts: int
    seconds: float = 0
    senders_killed: int = 0
    registries_killed: int = 0
    runs: int = 0
    versions: int = 0

    def __str__(self) -> str:
        killed = f"{self.senders_killed} senders and {self.registries_killed} registries killed, {self.runs} runs"
        return f"{self.charts} charts in the registry, {self.versions} versions taken in, {self.seconds:.1f} s, {killed}"


class Soak:
    """A folder with a cohort and its registry."""

    def __init__(self, folder: Path, charts: int, share: float = 0.1, kills: int = 6, seed: int = 1) -> None:
        self.folder, self.share, self.kills = folder, share, kills
        self.dice = random.Random(seed)
        self.served = Served(folder)
        self.charts = many(charts)
        self.before: dict[str, tuple[str, int, str]] = {}

    def round(self, number: int) -> Figures:
        """Feed until a run says that all is there; check that it is."""
        out = write(self.folder / "out", self.charts)
        figures, began = Figures(len(self.charts)), time.monotonic()
        taken = len(self.served.applied()) if self.served.database.exists() else 0
        self.served.faults(seed=number, share=self.share, kinds=KINDS)
        self.served.start()
        try:
            while self._run(out, figures) != 0:
                assert figures.runs < 200, "the feeding does not end"
            figures.seconds = time.monotonic() - began
            figures.versions = len(self.served.applied()) - taken
            self._check(out)
        finally:
            self.served.kill()
        return figures

    def _run(self, out: Path, figures: Figures) -> int:
        """One run of the sender; while kills are left, it or the registry is killed on the way."""
        figures.runs += 1
        sender = started("sender.py", out, self.served.url)
        while sender.poll() is None:
            if figures.senders_killed + figures.registries_killed < self.kills:
                self._kill(sender, figures, self.dice.uniform(0.3, 1.0 + 0.0004 * figures.charts))
            else:
                sender.wait()
        return int(sender.returncode)

    def _kill(self, sender: subprocess.Popen[bytes], figures: Figures, moment: float) -> None:
        try:
            sender.wait(moment)
            return
        except subprocess.TimeoutExpired:
            pass
        if self.dice.random() < 0.5:
            sender.kill()
            sender.wait()
            figures.senders_killed += 1
        else:
            self.served.kill()
            figures.registries_killed += 1
            self.served.start()

    def _check(self, out: Path) -> None:
        wanted = {c.patient_id: digest(c.patient_id, content(c)) for c in read(out)}
        held = self.served.held()
        there = {p: hashed for p, (state, _, hashed) in held.items() if state == "current"}
        assert there == wanted, f"lost or wrong: {len(set(wanted.items()) ^ set(there.items()))}"
        charts = self.served.charts()
        assert all(charts[p] is None for p, (state, _, _) in held.items() if state == "withdrawn")
        names = {key(p): p for p in held}
        times = Counter(self.served.applied())
        assert max(times.values()) == 1, "a version was taken in twice"
        for name, sequence in times:
            assert sequence <= held[names[name]][1]
        for patient, (state, sequence, hashed) in self.before.items():
            if held[patient][2] == hashed and held[patient][0] == state:
                assert held[patient][1] == sequence, "an unchanged chart was sent again"
            else:
                assert held[patient][1] > sequence
        self.before = held

    def change(self) -> None:
        """Correct every tenth chart, let every twentieth leave, let new ones come."""
        kept = [c for n, c in enumerate(self.charts) if n % 20 != 19]
        corrected = [replace(c, cells={"size_mm": 77}, notes=("report", "addendum")) if n % 10 == 0 else c for n, c in enumerate(kept)]
        self.charts = [*corrected, *(Chart(f"Q{n:05}") for n in range(max(1, len(kept) // 50)))]


def soak(folder: Path, charts: int, **more: float) -> Iterator[Figures]:
    """The three rounds."""
    own = Soak(folder, charts, **more)  # type: ignore[arg-type]
    yield own.round(1)
    own.change()
    yield own.round(2)
    yield own.round(3)
