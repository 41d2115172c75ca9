"""RTF to text by striprtf."""

from __future__ import annotations

import re

from extractor.markup.content import Content, Unreadable
from extractor.markup.layout import UNSEEN

PICTURE = re.compile(r"(?:[0-9A-Fa-f]{64,}+[\r\n]*+)++")
"""Lines of hexadecimal digits: pictures and embedded objects, which hold no words and would take most of the time."""
FIELD = re.compile(r"(\\field)\{", re.IGNORECASE)
"""A blank after a control word means nothing in RTF; with it, striprtf's search for links, which is cubic in the line, finds none."""
GONE = re.compile(r"\{\\(?:deleted|v)(?![A-Za-z0-9])[^{}]*\}")
"""Groups of text that was deleted while changes were tracked, or is hidden."""
LONGEST = 10_000_000
EDGE = re.compile(r"\n{3,}")


def text(content: Content) -> str:
    """The words of an RTF document. Raises Unreadable if it is none or too long."""
    from striprtf.striprtf import rtf_to_text

    try:
        source = content.data.decode("utf-8-sig")
    except UnicodeDecodeError:
        source = content.data.decode("cp1252", errors="replace")
    source = FIELD.sub(r"\1 {", GONE.sub("", PICTURE.sub("", source)))
    if "{\\rtf" not in source[:200]:
        raise Unreadable("not RTF")
    if len(source) > LONGEST:
        raise Unreadable(f"RTF of more than {LONGEST:,} characters without its pictures")
    words: str = rtf_to_text(source, errors="replace")  # type: ignore[no-untyped-call]
    return EDGE.sub("\n\n", _paired(words).translate(UNSEEN)).strip()


def _paired(words: str) -> str:
    """Characters beyond the first plane come as two halves."""
    return words if words.isascii() else words.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
