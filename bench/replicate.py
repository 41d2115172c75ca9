"""A simulated study, abstracted: truth and extraction side by side. This is a simulation; no patient is in it.

    python -m bench.replicate [--patients 141] [--seeds 20] [--complications 0.02 --complications 0.15] [--out replication] [--keep]

For each seed a cohort of the published study's size is drawn, its charts are written from the bank of passages (bench/replication/passages), abstracted,
and its endpoints are counted by the evaluator from the truth and from the tables. Prints the tables of docs/replication.md, writes them as JSON.
More patients keep the study's proportions: ``--patients 20000 --seeds 1`` is the load test. ``--keep`` keeps notes, truth and cohort of each seed.
Charts that are the same with more complications are read once; a run that was killed goes on with the next seed.
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
from bench.replication.measure import Result
from extractor import rules as rule_files
from extractor.run import cores
from extractor.version import code

BANK = Path(__file__).parent / "replication" / "passages"


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse, run every seed in every scenario, print."""
    options = _parser().parse_args(arguments)
    bank = banks.load(options.bank)
    base = Assumptions()
    base = replace(base, patients=options.patients, lesions=round(options.patients * base.lesions / base.patients))
    scenarios = [replace(base, complications=rate) for rate in options.complications or (0.02, 0.15)]
    key = f"{banks.fingerprint(options.bank)} {rule_files.load().digest} {code()}"
    print(f"Simulation. Bank {key[:16]}, rules {key.split()[1][:16]}, {options.patients} patients, seeds 1 to {options.seeds}.", flush=True)
    found: dict[str, list[Result]] = {_name(told): [] for told in scenarios}
    for seed in range(1, options.seeds + 1):
        for told in scenarios:
            found[_name(told)].append(_seed(bank, told, seed, options, key))
        if not options.keep:
            shutil.rmtree(options.out / f"seed-{seed:02d}", ignore_errors=True)
    for told in scenarios:
        _tell(told, found[_name(told)], options.out)


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


def _name(told: Assumptions) -> str:
    return f"complications-{100 * told.complications:g}"


def _seed(bank: banks.Bank, told: Assumptions, seed: int, options: argparse.Namespace, key: str) -> Result:
    """One seed of one scenario; what an earlier run with the same bank, rules and code found is taken over."""
    path = options.out / _name(told) / f"seed-{seed:02d}.json"
    facts = {"key": key, "assumptions": json.loads(json.dumps(asdict(told)))}
    if path.is_file():
        kept = json.loads(path.read_text(encoding="utf-8"))
        if {name: kept[name] for name in facts} == facts:
            return measure.result(kept["result"])
    found = measure.measure(bank, seed, told, options.out / f"seed-{seed:02d}", options.workers)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**facts, "result": found.to_json()}), encoding="utf-8")
    size = f"{found.patients} patients, {found.lesions} lesion rows, {found.sessions} sessions, {found.notes} notes"
    print(f"  {_name(told)} seed {seed}: {size} in {found.seconds:.0f} s", flush=True)
    return found


def _tell(told: Assumptions, results: Sequence[Result], out: Path) -> None:
    """Print the tables of a scenario and write its figures."""
    facts = {
        "assumptions": asdict(told),
        "rows": [asdict(row) for row in measure.summary(results)],
        "row_by_row": {name: asdict(own) for name, own in measure.total(results).items()},
        "seeds": [{"seed": r.seed, "notes": r.notes, "pairs": r.pairs} for r in results],
    }
    (out / f"{_name(told)}.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    tables = (measure.table(results), measure.houses(results), measure.errors(results))
    print(f"\n## {100 * told.complications:g} % complications, {len(results)} seeds\n\n" + "\n\n".join(tables) + "\n")


if __name__ == "__main__":
    main()
