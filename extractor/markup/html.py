"""HTML to text by selectolax (Lexbor's HTML5 parser): blocks begin lines, cells stand between bars, scripts and heads go."""

from __future__ import annotations

import re
from typing import Any

from extractor.markup.content import Content, decoded
from extractor.markup.layout import Layout

HIDDEN = frozenset(
    (
        "script",
        "style",
        "head",
        "template",
        "noscript",
        "iframe",
        "object",
        "svg",
        "math",
        "select",
        "textarea",
        "title",
        "del",
        "-comment",
        "!doctype",
        "_comment",
    )
)
APART = frozenset(
    (
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "table",
        "ul",
        "ol",
        "dl",
        "pre",
        "blockquote",
        "hr",
        "section",
        "article",
        "header",
        "footer",
    )
)
LINES = frozenset(
    (
        "div",
        "li",
        "tr",
        "dt",
        "dd",
        "address",
        "main",
        "nav",
        "aside",
        "form",
        "fieldset",
        "caption",
        "center",
        "figure",
        "figcaption",
        "option",
        "tbody",
        "thead",
        "tfoot",
    )
)
UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
SUSPECT = re.compile(r"display|hidden", re.IGNORECASE)
"""A page without these words hides nothing; its elements' attributes need not be looked at."""
META = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)


def text(content: Content) -> str:
    """The text of a page. Raises Unreadable if its bytes cannot be decoded."""
    from selectolax.lexbor import LexborHTMLParser

    told = META.search(content.data[:2_048])
    markup = decoded(content.data, content.charset or (told[1].decode("ascii") if told else None))
    layout = Layout()
    body = LexborHTMLParser(markup).body
    if body is not None:
        _walk(body, layout, bool(SUSPECT.search(markup)))
    return str(layout)


def _hidden(node: Any) -> bool:
    told = node.attributes
    return "hidden" in told or bool(UNSEEN.search(told.get("style") or ""))


def _walk(body: Any, layout: Layout, suspect: bool) -> None:
    """Depth first without recursion, so that depth costs nothing."""
    node, kept = body, 0
    stack: list[Any] = []
    while True:
        tag = node.tag
        down = None
        if tag == "-text":
            words = node.text_content or ""
            layout.verbatim(words) if kept else layout.words(words)
        elif tag not in HIDDEN and not (suspect and _hidden(node)):
            _begin(tag, layout)
            kept += tag == "pre"
            down = node.child
            if down is None:
                kept -= tag == "pre"
                _end(tag, layout)
        if down is not None:
            stack.append(node)
            node = down
            continue
        while node.next is None or node is body:
            if not stack:
                return
            node = stack.pop()
            kept -= node.tag == "pre"
            _end(node.tag, layout)
            if not stack:
                return
        node = node.next


def _begin(tag: str, layout: Layout) -> None:
    if tag == "br":
        layout.line()
    elif tag in ("td", "th"):
        layout.cell()
    elif tag in APART:
        layout.block(2)
    elif tag in LINES:
        layout.block()
    if tag == "li":
        layout.words("- ")


def _end(tag: str, layout: Layout) -> None:
    if tag in ("td", "th"):
        layout.end_cell()
    elif tag == "tr":
        layout.end_row()
    elif tag in APART:
        layout.block(2)
    elif tag in LINES:
        layout.block()
