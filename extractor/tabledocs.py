"""The cohort tables as a page: made from the schema, so that it cannot go stale."""

from __future__ import annotations

from collections.abc import Iterator

from extractor.schema import TABLES


def page() -> str:
    """Markdown of every table and column."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# The cohort tables"
    yield ""
    yield "Made by `python -m extractor.tabledocs > docs/tables.md`. One file a table; empty is not documented; dates are ISO, a date known to the"
    yield "month or year is its first day and `_precision` says so; lengths are millimetres; booleans `true`/`false`; vocabularies are closed."
    for table in TABLES:
        yield ""
        yield f"## {table.name}: {table.doc}"
        yield ""
        yield "| column | type | meaning | values |"
        yield "|---|---|---|---|"
        for column in table.columns:
            values = ", ".join(f"`{v}`" for v in column.values)
            yield f"| {column.name} | {column.type} | {column.doc} | {values} |"


if __name__ == "__main__":
    print(page(), end="")
