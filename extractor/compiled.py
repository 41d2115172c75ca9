"""Compiled patterns, kept between runs. What ``re`` makes of a pattern is a list of numbers: making it takes a hundred times as long as reading it.

The file is in the cache folder (``kept``), one for each Python: an index (JSON) and the numbers, under a seal. Only patterns of modules and rules go
through here, never one made from a note. Where there is no folder, or another ``re`` than the one known here, patterns are compiled as ever.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from array import array
from collections.abc import Callable
from contextlib import suppress
from re import _compiler, _parser  # type: ignore[attr-defined]
from typing import Any

from extractor import heads
from extractor.kept import folder, make_room, read_sealed, write_sealed
from extractor.version import code as source

NUMBER = "I"
LEAST = 20
"""Patterns that are new beyond which the file is written anew."""
MOST = 6_000
"""Patterns that are kept; where there would be more, those of this run alone."""
STATES = 4
"""Files that are kept, the newest: of several Pythons or states of the code."""
Facts = tuple[int, int, dict[str, int]]
"""Flags, groups, and their names."""


class Codes:
    """What patterns compile to, read and made."""

    def __init__(self) -> None:
        self._index: dict[str, list[Any] | None] | None = None
        self._numbers = b""
        self._fresh: dict[str, tuple[Facts, bytes] | None] = {}
        self._used: set[str] = set()

    def pattern(self, name: str, regex: str | None, parse: Callable[[], Any]) -> re.Pattern[str] | None:
        """What ``parse`` gives, compiled; None where that is None. ``name`` tells it from all others. Raises as ``parse``."""
        key = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
        if self._index is None:
            self._index, self._numbers = _read()
        self._used.add(key)
        if key in self._index:
            entry = self._index[key]
            with suppress(RuntimeError, TypeError, ValueError, OverflowError):  # not what this Python makes: it is made anew
                return _built(regex, entry[2:], _cut(self._numbers, entry)) if entry else None
        tree = parse()
        if tree is None:
            self._fresh[key] = None
            return None
        facts, code = _made(tree)
        self._fresh[key] = facts, array(NUMBER, code).tobytes()
        return _built(regex, facts, code)

    def keep(self) -> None:
        """Write what is new to the file, if it is worth it."""
        if len(self._fresh) < LEAST or not (path := _path()):
            return
        index, numbers = _read()  # another process may have written it meanwhile
        known = {key: entry and (entry[2:], _bytes(numbers, entry)) for key, entry in index.items()}
        entries = known | self._fresh
        if len(entries) > MOST:
            entries = {key: entry for key, entry in entries.items() if key in self._used}
        with suppress(OSError):
            write_sealed(path, _joined(entries))
            make_room(path.parent, "*.bin", STATES)
        self._fresh.clear()


def _path() -> Any:
    """The file of this Python's patterns; None where none are kept."""
    where = folder()
    with suppress(AttributeError):
        facts = [sys.version, _sre.MAGIC, _sre.CODESIZE, sys.byteorder, source(("heads.py", "compiled.py"))]
        tag = hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]
        return where and array(NUMBER).itemsize == _sre.CODESIZE and where / f"patterns-{tag}.bin"
    return None


_sre = _compiler._sre


def _read() -> tuple[dict[str, list[Any] | None], bytes]:
    path = _path()
    with suppress(OSError, ValueError):
        if path:
            head, _, numbers = read_sealed(path).partition(b"\n")
            return json.loads(head), numbers
    return {}, b""


def _bytes(numbers: bytes, entry: list[Any]) -> bytes:
    width = array(NUMBER).itemsize
    return numbers[entry[0] * width : (entry[0] + entry[1]) * width]


def _cut(numbers: bytes, entry: list[Any]) -> list[int]:
    return array(NUMBER, _bytes(numbers, entry)).tolist()


def _joined(entries: dict[str, Any]) -> bytes:
    index, numbers, at = {}, [], 0
    for key, entry in sorted(entries.items()):
        size = len(entry[1]) // array(NUMBER).itemsize if entry else 0
        index[key] = [at, size, *entry[0]] if entry else None
        numbers.append(entry[1] if entry else b"")
        at += size
    return json.dumps(index).encode() + b"\n" + b"".join(numbers)


def _made(tree: Any) -> tuple[Facts, list[int]]:
    """The steps of ``re``'s own compiler that take time, of a pattern that fails sooner."""
    flags = tree.state.flags
    sooner = heads.grouped(tree, flags)
    return (flags, tree.state.groups - 1, dict(tree.state.groupdict)), heads.begun(_compiler._code(sooner, flags), sooner, flags)


def _built(regex: str | None, facts: Any, code: list[int]) -> re.Pattern[str]:
    flags, groups, names = facts
    by_number: list[str | None] = [None] * (groups + 1)
    for name, number in names.items():
        by_number[number] = name
    found: re.Pattern[str] = _sre.compile(regex, flags, code, groups, names, tuple(by_number))
    return found


CODES = Codes()


def compiled(regex: str, flags: int = 0) -> re.Pattern[str]:
    """As ``re.compile`` of text."""
    found = CODES.pattern(f"{int(flags)} {regex}", regex, lambda: _parser.parse(regex, int(flags)))
    assert found is not None  # of a text there is always a pattern
    return found
