"""``re``, whose patterns are compiled when they are first tried: a run tries some of the hundreds that the modules hold.

    from extractor.patterns import re

reads like ``import re`` and is that for everything but ``re.compile``, whose patterns are also kept between runs (``compiled``): none may be made from the words of a note. A pattern that is no regular expression is told at its first use; a test compiles all.
"""

from __future__ import annotations

import re as _re
from typing import TYPE_CHECKING, Any

from extractor.compiled import compiled

__all__ = ["re"]


class Later:
    """A pattern that becomes a compiled one at its first use; its methods are that one's from then on."""

    def __init__(self, pattern: str, flags: int = 0) -> None:
        """As ``re.compile``."""
        self.pattern, self._given = pattern, flags
        self._found: _re.Pattern[str] | None = None

    def __getattr__(self, name: str) -> Any:
        """Called for what the instance does not have yet."""
        if name.startswith("__"):
            raise AttributeError(name)
        value = getattr(self._made(), name)
        setattr(self, name, value)
        return value

    def _made(self) -> Any:
        if self._found is None:
            self._found = compiled(self.pattern, self._given)
        return self._found


class _Re:
    """The module ``re`` with another ``compile``."""

    compile = Later

    def __getattr__(self, name: str) -> Any:
        value = getattr(_re, name)
        setattr(self, name, value)
        return value


if TYPE_CHECKING:
    import re
else:
    re = _Re()
