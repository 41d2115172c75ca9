"""Sorting on disk: the order of ``sorted``, whatever the size of a run, and nothing left behind."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.run import ordered

LINES = st.lists(st.text("abc01,", max_size=4).map(lambda text: f"{text}\n".encode()), max_size=60)


@given(LINES, st.integers(1, 9), st.integers(2, 4), st.sampled_from([None, len]))
def test_it_is_what_sorted_gives(lines: list[bytes], run: int, together: int, key: ordered.Key | None) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(ordered, "SORTED_AT_ONCE", run)
        patch.setattr(ordered, "MERGED_AT_ONCE", together)
        assert list(ordered.in_order(lines, Path(folder) / "x", key)) == sorted(lines, key=key)
        assert not list(Path(folder).iterdir())
