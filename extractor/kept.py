"""Tables made from rules, kept between runs: plain JSON in the user's cache folder, under a name that is the hash of all that they were made from.

``$EXTRACTOR_CACHE`` names another folder, or is empty for none; else it is ``extractor`` in ``$XDG_CACHE_HOME`` or ``~/.cache``. Nothing of a note is
ever kept. A folder that cannot be read or written, a file of another user or one that was cut off costs time, not the result.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from extractor.version import code

MOST = 16
"""Files that are kept, the newest."""


def folder() -> Path | None:
    """Where tables are kept; None where none are."""
    given = os.environ.get("EXTRACTOR_CACHE")
    if given is not None:
        return Path(given) if given else None
    home = os.environ.get("XDG_CACHE_HOME")
    with suppress(RuntimeError):  # no home folder
        return (Path(home) if home else Path.home() / ".cache") / "extractor"
    return None


def kept(facts: Iterable[str], made_by: Iterable[str], make: Callable[[], Any]) -> Any:
    """What ``make`` makes, as JSON has it (lists for tuples, text for keys), from the file of an earlier run if there is one.

    ``facts`` and the source files ``made_by`` (as ``version.code`` takes them) are all that it depends on.
    """
    where = folder()
    if where is None:
        return json.loads(json.dumps(make()))
    key = hashlib.sha256(json.dumps([platform.python_version(), code(made_by), *facts]).encode("utf-8", "surrogatepass")).hexdigest()
    path = where / f"{key}.json"
    with suppress(OSError, ValueError):
        return json.loads(read_sealed(path))
    text = json.dumps(make())
    with suppress(OSError):
        write_sealed(path, text.encode())
        make_room(where, "*.json", MOST)
    return json.loads(text)


def read_sealed(path: Path) -> bytes:
    """What ``write_sealed`` wrote. Raises OSError where the file is not there or another user's, ValueError where it is not whole."""
    with path.open("rb") as file:
        if hasattr(os, "getuid") and os.fstat(file.fileno()).st_uid != os.getuid():
            raise PermissionError(path)
        seal, body = file.readline().strip(), file.read()
    if hashlib.sha256(body).hexdigest().encode() != seal:
        raise ValueError(path)
    return body


def write_sealed(path: Path, body: bytes) -> None:
    """The file takes its name when it is whole. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, partial = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".partial")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
        os.replace(partial, path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise


def make_room(where: Path, names: str, most: int) -> None:
    """Of the files of such names the older ones go."""
    for old in sorted(where.glob(names), key=lambda p: p.stat().st_mtime, reverse=True)[most:]:
        old.unlink(missing_ok=True)
