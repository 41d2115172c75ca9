"""A simulated study, abstracted: truth and extraction side by side. This is a simulation; no patient is in it.

    python -m bench.replicate [--patients 141] [--seeds 20] [--complications 0.02 --complications 0.15] [--out replication] [--keep]

For each seed a cohort of the published study's size is drawn, its charts are written from the bank of passages (bench/replication/passages), abstracted,
and its endpoints are counted by the evaluator from the truth and from the tables. Prints the tables of docs/replication.md, writes them as JSON.
More patients keep the study's proportions: ``--patients 20000 --seeds 1`` is the load test. ``--keep`` keeps notes, truth and cohort of each seed.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from bench.replication import bank as banks
from bench.replication import measure
from bench.replication.cohort import Assumptions
from extractor.run import cores

BANK = Path(__file__).parent / "replication" / "passages"


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse, run every scenario, print."""
    told = _parser().parse_args(arguments)
    bank = banks.load(told.bank)
    base = Assumptions()
    base = replace(base, patients=told.patients, lesions=round(told.patients * base.lesions / base.patients))
    print(f"Simulation. Bank {banks.fingerprint(told.bank)[:16]}, {told.patients} patients, seeds 1 to {told.seeds}.")
    for rate in told.complications or (0.02, 0.15):
        _scenario(bank, replace(base, complications=rate), told)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patients", type=int, default=Assumptions().patients)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--complications", type=float, action="append", help="share of sessions; may be given several times")
    parser.add_argument("--bank", type=Path, default=BANK)
    parser.add_argument("--out", type=Path, default=Path("replication"))
    parser.add_argument("--workers", type=int, default=cores())
    parser.add_argument("--keep", action="store_true")
    return parser


def _scenario(bank: banks.Bank, told: Assumptions, options: argparse.Namespace) -> None:
    name = f"complications-{100 * told.complications:g}"
    results = []
    for seed in range(1, options.seeds + 1):
        folder = options.out / name / f"seed-{seed:02d}"
        results.append(measure.measure(bank, seed, told, folder, options.workers))
        last = results[-1]
        speed = f"{last.notes} notes abstracted in {last.seconds:.0f} s ({last.notes / last.seconds:.0f} a second)"
        print(f"  {name} seed {seed}: {last.patients} patients, {last.lesions} lesion rows, {last.sessions} sessions, {speed}", flush=True)
        if not options.keep:
            shutil.rmtree(folder)
    _save(options.out / f"{name}.json", told, results)
    print(
        f"\n## {100 * told.complications:g} % complications\n\n{measure.table(results)}\n\n{measure.houses(results)}\n\n{measure.errors(results)}\n"
    )


def _save(path: Path, told: Assumptions, results: Sequence[measure.Result]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    facts = {
        "assumptions": asdict(told),
        "rows": [asdict(row) for row in measure.summary(results)],
        "row_by_row": {name: asdict(own) for name, own in measure.total(results).items()},
        "seeds": [{"seed": r.seed, "notes": r.notes, "pairs": r.pairs} for r in results],
    }
    path.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
