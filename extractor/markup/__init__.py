"""HTML, RTF and CDA to plain text, by well-kept libraries, in a process of its own with a bound on time and memory.

What comes out is the text as read: offsets of mentions refer to it, and it is what ``explain`` and reports show.
"""

from __future__ import annotations

from extractor.markup.content import KINDS, Content, Unreadable, kind_of
from extractor.markup.guard import Converter, whole

__all__ = ["KINDS", "Content", "Converter", "Unreadable", "kind_of", "whole"]
