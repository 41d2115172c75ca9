"""``extractor corpora score --baseline``: did a figure fall, and is there a reason for it?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from extractor.evaluator.charts import Tally


def check(path: Path, files: Sequence[Path], tallies: Sequence[Tally], *, whole: bool, write: bool, why: str) -> None:
    """Tell every fall without a reason and leave with code 1; with ``write`` keep today's figures, and ``why`` as the reason of what fell.

    ``whole`` says that all collections were scored, so that one that is missing is told too.
    """
    from extractor.evaluator import baseline

    now = baseline.by_collection(files, tallies)
    kept = baseline.load(path) if path.is_file() or not write else baseline.Baseline({})
    if write:
        baseline.updated(kept, now, why).save(path)
        return typer.echo(f"{path}: figures of {len(now)} collections kept", err=True)
    problems = [baseline.told(fall) for fall in baseline.falls(kept, now)]
    problems += [f"{name}: is in the baseline and was not scored" for name in baseline.gone(kept, now) if whole]
    for problem in problems:
        typer.echo(problem)
    typer.echo(f"{len(kept.found)} collections against {path}: {len(problems) or 'no'} falls without a reason", err=True)
    if problems:
        raise typer.Exit(1)
