"""One reader for the whole run: building it costs more than reading a chart."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import TypeVar

import pytest

from extractor import rules as rule_files
from extractor.model import Mention, Note, ReadNote
from extractor.pipeline import Reader, build

Reads = Callable[..., ReadNote]
T = TypeVar("T")
COLLECTION = "collection "
"""Begins the names of the groups that hold the tests of a collection's charts."""


@pytest.hookimpl(tryfirst=True)  # before the groups become part of the tests' names
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file goes to one worker, so that what its tests share is made once. Collections come last: so many small parts that all workers end together."""

    def group(item: pytest.Item) -> str:
        own = item.get_closest_marker("xdist_group")
        return str(own.args[0]) if own else f"{item.path.parent.name} {item.path.stem}"

    for item in items:
        item.add_marker(pytest.mark.xdist_group(group(item)))
    items.sort(key=lambda item: name if (name := group(item)).startswith(COLLECTION) else "")


def pytest_collection_finish() -> None:
    """What modules made stays: looking through it for cycles, again and again, takes a tenth of the time of reading charts."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What is kept between runs is kept for the tests alone, also by the processes that they start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXTRACTOR_CACHE", str(tmp_path_factory.getbasetemp().parent / "extractor-cache"))
        yield


@pytest.fixture(scope="session")
def reader(own_cache: None) -> Reader:
    return build(rule_files.load())


@pytest.fixture(scope="session")
def reads(reader: Reader) -> Reads:
    """Read a text as a note of 15 June 2020."""

    def read(text: str, written: str = "2020-06-15", note_type: str | None = None) -> ReadNote:
        return reader.read(Note("n", "p", date.fromisoformat(written), text, note_type))

    return read


def spread(things: Sequence[T], number: int) -> list[T]:
    """About so many, evenly spread, so that a test that takes a sample does not grow with the corpora."""
    return list(things[:: max(1, len(things) // number)])


def by_label(read: ReadNote, label: str) -> list[tuple[str, str]]:
    """(words, concept) of the mentions with a label."""
    return [(m.text, m.concept) for m in read.mentions if m.label == label]


def only(read: ReadNote, label: str) -> Mention:
    """The one mention with a label."""
    found = [m for m in read.mentions if m.label == label]
    assert len(found) == 1, [m.text for m in found]
    return found[0]
