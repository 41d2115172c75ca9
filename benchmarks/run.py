"""Every measurement of docs/scale.md in one run: ``python benchmarks/run.py [--notes 2000] [--most 200000] [--only SET] [--out FOLDER]``.

Prints a table and writes ``growth-rules.svg``, ``growth-length.svg``, ``growth-notes.svg``, ``growth-memory.svg``, ``benchmarks.md`` and ``figures.json``. Each figure is taken in a process of its own, one after another; ratios are of this run.
"""

from __future__ import annotations

import argparse
import json
import os
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
Growth = dict[str, list[tuple[int, float]]]
Panel = tuple[str, str, Growth]
"""Names of the axes, and a line of points for each name."""
Panels = dict[str, Panel]


def one(what: str, source: Path, **options: Any) -> dict[str, float]:
    """Seconds and megabytes of one measurement, by an interpreter that may keep compiled modules, as an installed one does."""
    here = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | {"PYTHONPATH": str(ONE.parents[1])}
    command = [sys.executable, str(ONE), what, str(source), json.dumps(options)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ONE.parents[1], env=here)
    found: dict[str, float] = json.loads(done.stdout)
    return found


SLOW = 40
"""Notes that stock medspaCy reads: its time goes with their number."""


def against_others(scratch: Path, notes: int) -> Figures:
    """Notes a second beside stock medspaCy, the tokenizer and EDS-NLP: by share of relevant notes, and of the charts of the corpora, which tell something in every sentence."""
    one("extract", inputs.write(scratch / "first.jsonl", 4))  # modules and tables are kept from here on
    out: Figures = []
    for share in (1.0, 0.2, 0.05):
        source, few = (inputs.write(scratch / f"{n}.jsonl", n, share=share) for n in (notes, SLOW))
        out += _beside(f"{share:.0%} relevant", source, few)
    every = inputs.charts(scratch / "charts.jsonl", notes)
    return out + _beside("charts of the corpora", every, inputs.some(every, scratch / "few.jsonl", SLOW))


def _beside(named: str, source: Path, few: Path) -> Figures:
    notes = inputs.count(source)
    slow = inputs.count(few) / one("stock", few)["seconds"]
    out: Figures = [
        (f"{named}: lines that stood in the input before", 100 * inputs.seen_before(source), "%"),
        (f"{named}: stock medspaCy", slow, "notes/s"),
    ]
    if find_spec("edsnlp"):
        out.append((f"{named}: EDS-NLP", notes / one("edsnlp", source)["seconds"], "notes/s"))
    measures: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("spaCy's tokenizer alone", "tokenizer", {}),
        ("pipeline, cold", "read", {}),
        ("pipeline, warm", "read", {"again": True}),
        ("pipeline, memory off", "read", {"forget": True}),
        ("whole job", "extract", {"workers": 1}),
    )
    for what, measure, options in measures:
        rate = notes / one(measure, source, **options)["seconds"]
        out += [(f"{named}: {what}", rate, "notes/s"), (f"{named}: {what}, against stock", rate / slow, "times")]
    return out


def workers(scratch: Path, notes: int) -> Figures:
    """Two workers beside what two processes of a bare loop gain, each measured in turn and by its shortest time: the clock also counts what others do."""
    large = inputs.write(scratch / "large.jsonl", notes * 4, share=0.2)
    turns = [[one(what, large, workers=n, wall=True)["seconds"] for what in ("extract", "loop") for n in (1, 2)] for _ in range(TIMES)]
    single, double, alone, beside = (min(seconds) for seconds in zip(*turns, strict=True))
    return [("two workers", single / double, "times as fast"), ("two processes of a bare loop", 2 * alone / beside, "times as fast")]


def start(scratch: Path, _: int) -> Figures:
    """From the command to the first chart and its tables, with files and tables in the caches."""
    source = inputs.write(scratch / "first.jsonl", 4)
    one("extract", source, wall=True)
    return [("start to first chart", min(one("extract", source, wall=True)["seconds"] for _ in range(3)), "s")]


# ---- growth: each a list of lines, a line a list of points ------------------------------------------------------------------


def by_rules(scratch: Path, given: argparse.Namespace) -> Panels:
    """Seconds by so many more rules."""
    source = inputs.write(scratch / "notes.jsonl", given.notes // 10, share=0.2)
    seconds = {n: min(one("read", source, forget=True, rules=n)["seconds"] for _ in range(TIMES)) for n in (0, 2_500, 5_000, 10_000)}
    return {"rules": ("rules more", "seconds", {"notes of 3,600 characters": list(seconds.items())})}


TIMES = 3
"""How often what takes seconds is measured: the shortest time is what the machine's other work disturbed least."""


def by_length(scratch: Path, given: argparse.Namespace) -> Panels:
    """Microseconds a character by length of a note, for each kind of text; equally much text in notes of each length."""
    most = given.longest
    sizes = [s for s in (1_000, 10_000, 100_000, 1_000_000) if s <= most]
    lines = {
        kind: [(s, 1e6 * one("charts", inputs.repeated(scratch / "long.jsonl", kind, s, most))["seconds"] / most) for s in sizes]
        for kind in inputs.KINDS
    }
    return {"length": ("characters of a note", "microseconds a character", lines)}


def by_notes(scratch: Path, given: argparse.Namespace) -> Panels:
    """Seconds and megabytes of the whole job by number of notes (short ones)."""
    counts = sorted({max(1, given.most // share) for share in (40, 4, 2, 1)})
    found = [(n, one("extract", inputs.write(scratch / "many.jsonl", n, size=300, share=0.2), workers=1)) for n in counts]
    return {
        "notes": ("notes", "seconds", {"300 characters": [(n, f["seconds"]) for n, f in found]}),
        "memory": ("notes", "megabytes", {"300 characters": [(n, f["megabytes"]) for n, f in found]}),
    }


GROWTHS = {"rules": by_rules, "length": by_length, "notes": by_notes}


def ratios(panels: Panels) -> Figures:
    """What the last point of each line is of the first; lines of the whole job by their slope."""
    out: Figures = []
    for name, (_, _, lines) in panels.items():
        for what, points in lines.items():
            (x0, y0), (x1, y1) = points[0], points[-1]
            if name == "notes":
                out.append((f"{name}: {what}, {x0:,} to {x1:,}", (y1 / x1) / (y0 / x0), "times the time a note"))
            else:
                out.append((f"{name}: {what}, {x0:,} to {x1:,}", y1 / y0, "times"))
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


SETS = {"start": start, "speed": against_others, "workers": workers, "spark": spark}


def plot(name: str, panel: Panel, path: Path) -> None:
    """A growth as lines; lengths of notes on a logarithmic axis."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "extractor"
    from matplotlib import pyplot

    across, up, lines = panel
    figure, axis = pyplot.subplots(figsize=(6.4, 3.2))
    for (what, points), colour in zip(lines.items(), mpl.colormaps["tab20"].colors, strict=False):
        axis.plot(*zip(*points, strict=True), marker="o", markersize=3, linewidth=1, label=what, color=colour)
    axis.set_xscale("log" if name == "length" else "linear")
    if name != "length":
        axis.xaxis.set_major_locator(mpl.ticker.MaxNLocator(4))
        axis.xaxis.set_major_formatter("{x:,.0f}")
    axis.set_ylim(0, 1.1 * axis.get_ylim()[1])
    axis.set_xlabel(across)
    axis.set_ylabel(up)
    axis.legend(fontsize=6, frameon=False, bbox_to_anchor=(1.01, 1), loc="upper left")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notes", type=int, default=2_000, help="notes of 3,600 characters that speed is measured on")
    parser.add_argument("--most", type=int, default=200_000, help="notes that memory is measured on, beside parts of them")
    parser.add_argument("--longest", type=int, default=1_000_000, help="characters of the longest note")
    parser.add_argument(
        "--only", choices=(*SETS, *GROWTHS), help="one set of figures; the others stay as an earlier run left them in --out"
    )
    parser.add_argument("--out", type=Path, default=Path("benchmark-figures"))
    parser.add_argument("--plots", type=Path, help="folder for growth-*.svg (default: --out)")
    parser.add_argument("--readme", type=Path, help="file whose table of speed is to be replaced")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    kept = given.out / "figures.json"
    found: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8")) if given.only and kept.exists() else {}
    panels: Panels = found.pop("lines", {})
    tables: dict[str, Figures] = found
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        for name, measure in SETS.items():
            if given.only in (None, name):
                tables[name] = shown(measure(scratch, given.notes))
        for name, growth in GROWTHS.items():
            if given.only in (None, name):
                panels |= (more := growth(scratch, given))
                shown(ratios(more))
    tables["growth"] = ratios(panels)
    if tables.keys() >= SETS.keys():
        ((given.plots or given.out) / "benchmarks.md").write_text(page(tables), encoding="utf-8")
    if given.readme and "speed" in tables:
        into_readme(given.readme, summary(tables["speed"]))
    kept.write_text(json.dumps({**tables, "lines": panels}, indent=1) + "\n", encoding="utf-8")
    for name, panel in panels.items():
        plot(name, panel, (given.plots or given.out) / f"growth-{name}.svg")


def page(tables: dict[str, Figures]) -> str:
    """The figures as a page of docs."""
    rows = [f"| {what} | {value:,.2f} | {unit} |" for name in (*SETS, "growth") for what, value, unit in tables[name]]
    head = "# Benchmarks\n\nWritten by `make benchmarks`; what is measured, and how: [scale.md](scale.md). Ratios are of one run; a set that was measured again alone (`--only`) is of a later one.\n\n| what | figure | unit |\n|---|---|---|\n"
    return head + "\n".join(rows) + "\n"


TOKENIZER = ": spaCy's tokenizer alone"
SHARES = ("100% relevant", "20% relevant", "5% relevant", "charts of the corpora")


def summary(figures: Figures) -> str:
    """What the README shows of ``against_others``: a row for each kind of input."""
    found = {what: value for what, value, _ in figures}
    head = "| notes | lines that stood in the input before | pipeline | memory off | whole job | whole job, notes a second | the tokenizer alone, notes a second |\n|---|---|---|---|---|---|---|\n"
    rows = [
        f"| {share} | {found[f'{share}: lines that stood in the input before']:.0f} % | "
        + " | ".join(
            f"{found[f'{share}: {what}, against stock']:.0f} times" for what in ("pipeline, cold", "pipeline, memory off", "whole job")
        )
        + f" | {found[f'{share}: whole job']:,.0f} | {found[share + TOKENIZER]:,.0f} |"
        for share in SHARES
    ]
    return head + "\n".join(rows)


def into_readme(path: Path, words: str) -> None:
    """Put a table between the marks that wait for it."""
    before, _, rest = path.read_text(encoding="utf-8").partition(MARKS[0])
    path.write_text(f"{before}{MARKS[0]}\n{words}\n{MARKS[1]}{rest.partition(MARKS[1])[2]}", encoding="utf-8")


MARKS = ("<!-- speed -->", "<!-- /speed -->")


def shown(figures: Figures) -> Figures:
    """The figures, printed."""
    for what, value, unit in figures:
        print(f"{what:65} {value:12,.2f} {unit}", flush=True)
    return figures


if __name__ == "__main__":
    main()
