"""C-CDA to text by defusedxml: titles and narrative of the sections in their order, or the body that is no XML."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from extractor.markup.content import Content, Unreadable, kind_of
from extractor.markup.layout import Layout

APART = frozenset(("table", "list", "paragraph", "section", "footnote"))
LINES = frozenset(("item", "tr", "caption", "thead", "tbody", "tfoot"))
Head = dict[str, str | None]


def read(content: Content) -> tuple[Head, str | Content]:
    """(note_id, patient_id, note_date, code and name of a clinical document; its text, or the content of a body that is no XML).

    Raises Unreadable if it is no clinical document, or declares entities or a document type.
    """
    root = _root(content.data)
    body = _body(root)
    return _head(root), body if body is not None else _narrative(root)


def _root(data: bytes) -> Element:
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except DefusedXmlException:
        raise Unreadable("XML with a document type or entities of its own") from None
    except (ParseError, ValueError, LookupError):
        raise Unreadable("not well-formed XML") from None
    if _name(root) != "ClinicalDocument":
        raise Unreadable("XML that is no clinical document")
    return root


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _child(element: Element | None, *path: str) -> Element | None:
    for name in path:
        if element is None:
            return None
        element = next((c for c in element if _name(c) == name), None)
    return element


def _attribute(element: Element | None, *names: str) -> str | None:
    return next((element.attrib[n] for n in names if element is not None and element.get(n)), None)


def _head(root: Element) -> Head:
    return {
        "note_id": _attribute(_child(root, "id"), "extension", "root"),
        "patient_id": _attribute(_child(root, "recordTarget", "patientRole", "id"), "extension", "root"),
        "note_date": (_attribute(_child(root, "effectiveTime"), "value") or "")[:8] or None,
        "code": _attribute(_child(root, "code"), "code"),
        "name": " / ".join(filter(None, (_attribute(_child(root, "code"), "displayName"), _title(root)))),
    }


def _body(root: Element) -> Content | None:
    text = _child(root, "component", "nonXMLBody", "text")
    if text is None:
        return None
    words, media = text.text or "", text.get("mediaType", "")
    if text.get("representation") != "B64":
        return Content(words.encode(), media)
    try:
        return Content(base64.b64decode("".join(words.split()), validate=True), media)
    except (binascii.Error, ValueError):
        raise Unreadable("its body is not base64") from None


def embedded(content: Content) -> str:
    """Kind of a body that is no XML. Raises Unreadable for a clinical document in a clinical document."""
    kind = kind_of(content)
    if kind == "cda":
        raise Unreadable("a clinical document within a clinical document")
    return kind


def _narrative(root: Element) -> str:
    _without_deleted(root)
    layout = Layout()
    layout.words(" ".join((_title(root) or "").split()))
    start = _child(root, "component", "structuredBody")
    if start is None:
        raise Unreadable("a clinical document without a body")
    inside = 0
    for element, parent, event in _events(start):
        name = _name(element)
        narrative = name in ("text", "title") and parent == "section"
        inside += (narrative or inside > 0) * event
        if narrative:
            layout.block(2 if name == "title" and event > 0 else 1)
        elif inside or name == "section":
            (_begin if event > 0 else _end)(name, layout)
        words = element.text if event > 0 else element.tail
        if words and (inside if event > 0 else inside and element is not start):
            layout.words(words)
    return str(layout)


def _without_deleted(root: Element) -> None:
    """Take out what the narrative marks as deleted (``content revised="delete"``)."""
    for element in [e for e in root.iter() if e.get("revised") == "delete"]:
        tail = element.tail
        element.clear()
        element.tail = tail


def _title(root: Element) -> str | None:
    title = _child(root, "title")
    return None if title is None else title.text


def _events(start: Element) -> Iterator[tuple[Element, str, int]]:
    """(element, its parent's name, 1) where it begins, and with -1 where it ends; without recursion."""
    stack: list[tuple[Element, str, Iterator[Element]]] = [(start, "", iter(start))]
    yield start, "", 1
    while stack:
        element, parent, children = stack[-1]
        child = next(children, None)
        if child is None:
            stack.pop()
            yield element, parent, -1
        else:
            stack.append((child, _name(element), iter(child)))
            yield child, _name(element), 1


def _begin(name: str, layout: Layout) -> None:
    if name == "br":
        layout.line()
    elif name in ("td", "th"):
        layout.cell()
    elif name in APART:
        layout.block(2)
    elif name in LINES:
        layout.block()
    if name == "item":
        layout.words("- ")


def _end(name: str, layout: Layout) -> None:
    if name in ("td", "th"):
        layout.end_cell()
    elif name == "tr":
        layout.end_row()
    elif name in APART or name in LINES:
        layout.block(2 if name in APART else 1)
