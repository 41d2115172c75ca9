"""How a command tells of an error: one line and an exit code, never a note's words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from extractor.errors import ExtractorError


@contextmanager
def told(debug: bool = False) -> Iterator[None]:
    """Errors of ours become one line and exit code 2; others name their kind, never a note's words."""
    try:
        yield
    except ExtractorError as error:
        typer.echo(f"extractor: {error}", err=True)
        raise typer.Exit(2) from None
    except (KeyboardInterrupt, typer.Exit, typer.Abort):
        raise
    except Exception as error:
        if debug:
            raise
        typer.echo(f"extractor: stopped by {type(error).__name__}; --debug shows where", err=True)
        raise typer.Exit(1) from None
