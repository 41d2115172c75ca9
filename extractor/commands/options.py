"""Options that several commands share."""

from __future__ import annotations

import typer


def columns(pairs: list[str] | None) -> dict[str, str]:
    """``--column text=NOTE_TEXT`` as names of ours and theirs. Raises BadParameter."""
    found = {}
    for pair in pairs or []:
        ours, sign, theirs = pair.partition("=")
        if not sign or not theirs:
            raise typer.BadParameter(f"{pair!r}: write --column text=NOTE_TEXT")
        found[ours] = theirs
    return found
