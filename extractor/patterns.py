"""``re``, whose patterns are compiled when they are first tried: a run tries some of the hundreds that the modules hold.

    from extractor.patterns import re

reads like ``import re`` and is that for everything but ``re.compile``. A pattern that is no regular expression is told at its first use; a test compiles all.
"""

from __future__ import annotations

import re as _re
from typing import TYPE_CHECKING, Any

__all__ = ["re"]


class Later:
    """A pattern that becomes a compiled one at its first use; its methods are that one's from then on."""

    def __init__(self, pattern: str, flags: int = 0) -> None:
        """As ``re.compile``."""
        self.pattern, self._given = pattern, flags

    def __getattr__(self, name: str) -> Any:
        """Called for what the instance does not have yet."""
        if name.startswith("__"):
            raise AttributeError(name)
        value = getattr(_re.compile(self.pattern, self._given), name)
        setattr(self, name, value)
        return value


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
