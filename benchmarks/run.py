"""Every measurement of docs/scale.md in one run: ``python benchmarks/run.py [--notes 200] [--most 200000] [--only SET] [--out FOLDER]``.

Prints a table and writes ``growth.svg`` and ``figures.json``. Each figure is taken in a process of its own, one after another; ratios are of this run.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import inputs

ONE = Path(__file__).with_name("one.py")
Figures = list[tuple[str, float, str]]


def one(what: str, source: Path, **options: Any) -> dict[str, float]:
    """Seconds and megabytes of one measurement."""
    done = subprocess.run([sys.executable, str(ONE), what, str(source), json.dumps(options)], check=True, capture_output=True, text=True, cwd=ONE.parents[1], env={**__import__("os").environ, "PYTHONPATH": str(ONE.parents[1])})  # fmt: skip
    found: dict[str, float] = json.loads(done.stdout)
    return found


def against_others(scratch: Path, notes: int) -> Figures:
    """Notes a second beside stock medspaCy, the tokenizer and EDS-NLP, by share of relevant notes; stock reads a tenth of them."""
    out: Figures = []
    for share in (1.0, 0.2, 0.05):
        source = inputs.write(scratch / "notes.jsonl", notes, share=share)
        few = inputs.write(scratch / "few.jsonl", max(4, notes // 10), share=share)
        named = f"{share:.0%} relevant"
        slow = max(4, notes // 10) / one("stock", few)["seconds"]
        out.append((f"{named}: stock medspaCy", slow, "notes/s"))
        if find_spec("edsnlp"):
            out.append((f"{named}: EDS-NLP", notes / one("edsnlp", source)["seconds"], "notes/s"))
        rates = {
            "spaCy's tokenizer alone": one("tokenizer", source),
            "pipeline, cold": one("read", source),
            "pipeline, warm": one("read", source, again=True),
            "pipeline, memory off": one("read", source, forget=True),
            "whole job": one("extract", source, workers=1),
        }
        for what, figure in rates.items():
            rate = notes / figure["seconds"]
            out += [(f"{named}: {what}", rate, "notes/s"), (f"{named}: {what}, against stock", rate / slow, "times")]
    return out


def rules_and_workers(scratch: Path, notes: int) -> Figures:
    """10,000 more rules; two workers beside what two processes of a bare loop gain."""
    source = inputs.write(scratch / "notes.jsonl", notes, share=0.2)
    few, many = (one("read", source, forget=True, rules=n)["seconds"] for n in (0, 10_000))
    large = inputs.write(scratch / "large.jsonl", notes * 10, share=0.2)
    single, double = (one("extract", large, workers=n, wall=True)["seconds"] for n in (1, 2))
    bare = 2 * one("loop", source, workers=1)["seconds"] / one("loop", source, workers=2)["seconds"]
    return [
        ("10,000 more rules", many / few, "times the time"),
        ("two workers", single / double, "times as fast"),
        ("two processes of a bare loop", bare, "times as fast"),
    ]


def memory(scratch: Path, most: int) -> Figures:
    """Peak memory of the whole job by number of notes (short ones)."""
    return [
        (f"{n:,} notes", one("extract", inputs.write(scratch / "many.jsonl", n, size=300, share=0.2), workers=1)["megabytes"], "MB")
        for n in sorted({max(1, most // 40), most})
    ]


def lengths(scratch: Path, longest: int) -> Figures:
    """Seconds by length of a note, the same text cut shorter and repeated as often."""
    sizes = [s for s in (1_000, 10_000, 100_000, 1_000_000) if s <= longest]
    out: Figures = []
    for size in sizes:
        source = inputs.write(scratch / "long.jsonl", max(1, longest // size), size=size, share=0.2, repeated=0.0)
        out.append((f"notes of {size:,} characters", one("read", source, forget=True)["seconds"], "s for equally much text"))
    return out


def spark(scratch: Path, notes: int) -> Figures:
    """The same notes by one process of this machine and by Spark with one core, by the clock."""
    source = inputs.write(scratch / "notes.jsonl", notes, share=0.2)
    single = one("extract", source, workers=1, wall=True)["seconds"]
    start, cold, warm = (
        one("spark", source, session=True)["seconds"],
        one("spark", source)["seconds"],
        one("spark", source, again=True)["seconds"],
    )
    return [
        ("single machine, one process", single, "s"),
        ("Spark: start of a session", start, "s"),
        ("Spark, local[1], first job", cold, "s"),
        ("Spark, local[1], second job", warm, "s"),
        ("Spark, second job, against single machine", warm / single, "times the time"),
    ]


def plot(groups: dict[str, Figures], path: Path) -> None:
    """A panel a group."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "extractor"
    from matplotlib import pyplot

    shown = {name: figures for name, figures in groups.items() if name in ("memory", "lengths", "rules and workers")}
    figure, axes = pyplot.subplots(1, len(shown), figsize=(3.6 * len(shown), 2.6), squeeze=False)
    for axis, (name, figures) in zip(axes[0], shown.items(), strict=True):
        axis.barh([what for what, _, _ in figures], [value for _, value, _ in figures], color="#4477aa")
        axis.set_title(f"{name} ({figures[-1][2]})", fontsize=8)
        axis.tick_params(labelsize=6)
        axis.invert_yaxis()
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notes", type=int, default=200, help="notes of 3,600 characters that speed is measured on")
    parser.add_argument("--most", type=int, default=200_000, help="notes that memory is measured on, beside a fortieth of them")
    parser.add_argument("--longest", type=int, default=1_000_000, help="characters of the longest note")
    parser.add_argument("--only", help="one set of figures, such as spark")
    parser.add_argument("--out", type=Path, default=Path("benchmark-figures"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    groups: dict[str, Figures] = {}
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        for name, measure, size in (
            ("speed", against_others, given.notes),
            ("rules and workers", rules_and_workers, given.notes),
            ("lengths", lengths, given.longest),
            ("memory", memory, given.most),
            ("spark", spark, given.notes * 10),
        ):
            if given.only not in (None, name):
                continue
            groups[name] = measure(scratch, size)
            for what, value, unit in groups[name]:
                print(f"{what:55} {value:12,.2f} {unit}", flush=True)
    (given.out / "figures.json").write_text(json.dumps(groups, indent=1) + "\n", encoding="utf-8")
    if not given.only:
        plot(groups, given.out / "growth.svg")


if __name__ == "__main__":
    main()
