"""What a stretch of bytes holds: plain text, HTML, RTF or CDA, told by its media type or by its first characters."""

from __future__ import annotations

import re
from dataclasses import dataclass

MEDIA = {
    "text/plain": "plain",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/rtf": "rtf",
    "application/rtf": "rtf",
    "text/richtext": "rtf",
    "text/xml": "cda",
    "application/xml": "cda",
    "application/cda+xml": "cda",
    "application/hl7-cda+xml": "cda",
    "application/hl7-v3+xml": "cda",
}
"""Kind by media type, parameters aside."""
VAGUE = ("", "application/octet-stream", "text/plain", "application/xml", "text/xml")
"""Media types under which anything may come; the content tells."""
KINDS = ("plain", "html", "rtf", "cda")
RTF = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*\{\\rtf")
HTML = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--[^>]{0,500}-->\s*)?<(?:!doctype html|html|head|body)\b", re.IGNORECASE
)
XML = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<(?:\?xml|ClinicalDocument|\w+:ClinicalDocument)\b")
CHARSET = re.compile(r"charset\s*=\s*\"?([\w.:-]+)", re.IGNORECASE)
NAMED = re.compile(r"[\w.+-]{1,40}/[\w.+-]{1,40}")


class Unreadable(Exception):
    """Bytes that give no text; the message is the reason and holds nothing of the content."""


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes with what is said of them. ``media`` is a media type with its parameters, as ``text/html; charset=utf-8``."""

    data: bytes
    media: str = ""

    @property
    def charset(self) -> str | None:
        """The character set that the media type names."""
        found = CHARSET.search(self.media)
        return found[1] if found else None


def kind_of(content: Content) -> str:
    """One of KINDS. Raises Unreadable for media types that hold no text (PDF, images)."""
    media = content.media.partition(";")[0].strip().lower()
    if media in VAGUE:
        return _sniffed(content.data) or MEDIA.get(media, "plain")
    if media in MEDIA:
        return MEDIA[media]
    named = media if NAMED.fullmatch(media) else "of this content type"
    raise Unreadable(f"{named} is not read; text, HTML, RTF and CDA are")


def _sniffed(data: bytes) -> str | None:
    for pattern, kind in ((RTF, "rtf"), (HTML, "html"), (XML, "cda")):
        if pattern.match(data):
            return kind
    return None


def decoded(data: bytes, charset: str | None = None) -> str:
    """Bytes as text: by the mark at their start, by ``charset``, as UTF-8, or as Windows-1252. Raises Unreadable if none fits."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        charset = "utf-16"
    for name in (charset,) if charset else ("utf-8-sig", "cp1252"):
        try:
            return data.decode("utf-8-sig" if name.lower() in ("utf-8", "utf8") else name)
        except (UnicodeDecodeError, LookupError):
            continue
    raise Unreadable("undecodable text")
