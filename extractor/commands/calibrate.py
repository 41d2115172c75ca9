"""``extractor calibrate``: how sure is what the tables say, and what may stand without a second look?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from extractor.told import told

if TYPE_CHECKING:
    from extractor.evaluator.calibrating import Made


def calibrate(
    out: Annotated[Path, typer.Option(help="calibration file to write")],
    pred: Annotated[Path | None, typer.Argument(help="folder that extract wrote; without it the shipped first-contact tables")] = None,
    labels: Annotated[Path | None, typer.Argument(help="labels of its charts: cohort tables or chart files")] = None,
    corpora: Annotated[
        Path | None, typer.Option(help="folder of collections with first-contact tables (default: the shipped ones)", exists=True)
    ] = None,
    model: Annotated[Path | None, typer.Option(help="calibration file whose confidences PRED keeps (default: the shipped one)")] = None,
    refit: Annotated[bool, typer.Option("--refit", help="make a model of one half of the charts, the promise of the other")] = False,
    level: Annotated[list[float] | None, typer.Option(help="share that shall be right; may be given more than once")] = None,
    figure: Annotated[Path | None, typer.Option(help="also write the reliability diagram (SVG)")] = None,
    json: Annotated[bool, typer.Option("--json", help="print every figure as JSON")] = False,
) -> None:
    """Calibrate confidence on labeled charts, and tell what it promises and what is left to read.

    The charts must not be ones that rules were tuned on.

    \b
    extractor calibrate --out corpora/calibration.json
    extractor calibrate cohort labels --out my.json
    extractor extract notes.jsonl --out cohort --accept 0.95 --calibration my.json
    """
    with told():
        from json import dumps

        from rich.console import Console

        from extractor import show

        made = _make(pred, labels, corpora, model, refit, tuple(level or ()))
        made.calibration.save(out)
        if figure:
            figure.write_text(made.reliability.svg(), encoding="utf-8")
        if json:
            typer.echo(dumps(made.to_json(), indent=1))
        else:
            show.calibration(Console(), made)


def _make(pred: Path | None, labels: Path | None, corpora: Path | None, model: Path | None, refit: bool, levels: tuple[float, ...]) -> Made:
    from extractor import rules as rule_files
    from extractor.errors import InputError
    from extractor.evaluator import calibrating
    from extractor.version import code

    levels = levels or calibrating.LEVELS
    for bad in (x for x in levels if not 0 < x < 1):
        raise InputError(f"--level {bad:g}: give a share between 0 and 1, such as 0.95")
    if pred is None:
        return calibrating.from_corpora(calibrating.first_contacts(corpora), rule_files.load().digest, code(), levels)
    if labels is None or corpora is not None:
        raise InputError("give PRED and LABELS, or --corpora, or neither")
    own = calibrating.model_of(model)
    if own is None and not refit:
        raise InputError("there is no shipped calibration; give --model FILE, or --refit")
    return calibrating.from_run(calibrating.run(pred, labels), None if refit else own, levels)
