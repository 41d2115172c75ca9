"""``extractor doubt``: which sessions and complications are more likely wrong than right?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from extractor.told import told


def doubt(
    out: Annotated[Path, typer.Option(help="rule file to write")],
    corpora: Annotated[
        Path | None, typer.Option(help="folder of collections with first-contact tables (default: the shipped ones)", exists=True)
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="print the figures as JSON")] = False,
) -> None:
    """Learn from labeled charts which rows to doubt, and tell what that would have done to charts that were not learned from.

    A session or complication that is too unlikely to be right is not written; ``drops`` tells the probability and why.

    \b
    extractor doubt --out rules/doubt.toml
    """
    with told():
        from json import dumps

        from extractor.evaluator import doubting
        from extractor.evaluator.calibrating import first_contacts
        from extractor.normalizer.doubts import told as as_told

        stored = first_contacts(corpora, as_told)
        charts = [c for s in stored for c in s.charts]
        learned = doubting.learn(charts)
        doubting.save(learned, out, {"charts": len(charts), "collections": len(stored)})
        if json:
            return typer.echo(dumps([one.to_json() for one in learned], indent=1))
        for one in learned:
            typer.echo(
                f"{one.table}: below {one.below:g} of {one.right} right rows {one.right_dropped} would have been dropped, of {one.wrong} wrong ones "
                f"{one.wrong_dropped} ({len(charts)} charts, each by a model of others)"
            )
