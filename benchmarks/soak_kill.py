"""Kill an extraction at random moments and give the same command again: ``python benchmarks/soak_kill.py [--notes 2000] [--kills 10] [--seed 1]``.

The command runs with all its workers in a process group of its own, which is ended by SIGKILL. After each kill the command is given again until it ends by
itself; the tables must be those of a run that nobody killed, byte for byte, and nothing else may be left beside them. Ends with 1 at the first difference.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import inputs


def command(source: Path, out: Path, workers: int) -> list[str]:
    """The command that is killed and given again."""
    return [sys.executable, "-m", "extractor", "extract", str(source), "--out", str(out), "--workers", str(workers)]


def killed(asked: list[str], after: float) -> bool:
    """Run a command and kill it and all it started after so many seconds; False where it had ended before."""
    with subprocess.Popen(asked, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True) as running:
        try:
            running.wait(after)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()
            return True
    if running.returncode:
        raise SystemExit(f"the command ended with {running.returncode}")
    return False


def contents(out: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {path.name: path.read_bytes() for path in sorted(out.iterdir())}


def soak(folder: Path, notes: int, kills: int, workers: int, dice: random.Random) -> str:
    """What was done, in a line; raises SystemExit where a result differs."""
    source = inputs.write(folder / "notes.jsonl", notes, share=0.5)
    began = time.monotonic()
    subprocess.run(command(source, folder / "whole", workers), check=True, capture_output=True)
    took, wanted = time.monotonic() - began, contents(folder / "whole")
    interrupted = 0
    for number in range(kills):
        out = folder / f"out{number}"
        interrupted += killed(command(source, out, workers), dice.random() * took)
        if not out.exists():
            subprocess.run(command(source, out, workers), check=True, capture_output=True)
        if contents(out) != wanted:
            raise SystemExit(f"kill {number + 1}: the tables differ from those of a run that was not killed")
        left = [path.name for path in folder.iterdir() if path.name.startswith(".")]
        if left:
            raise SystemExit(f"kill {number + 1}: left behind: {', '.join(left)}")
        print(f"kill {number + 1}: the same {sum(map(len, wanted.values())):,} bytes", flush=True)
    return f"{kills} kills, {interrupted} before the end, {notes} notes, {took:.0f} s unkilled: the same bytes each time"


def main() -> None:
    """Parse, soak, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notes", type=int, default=2_000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(soak(Path(folder), given.notes, given.kills, given.workers, random.Random(given.seed)))


if __name__ == "__main__":
    main()
