"""HTML, Markdown and plain text to paragraphs of plain text."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from lxml import etree, html
from markdown_it import MarkdownIt

from indexer.drafts import Paragraph
from indexer.text import clean_text, one_line

# `head`, `item`, `row`, `lb`, `list` and `quote` are what trafilatura calls h1, li, tr, br, ul.
_BLOCK_TAGS = (
    "address article aside blockquote body br center dd details div dl dt figcaption figure footer "
    "form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody td tfoot th "
    "thead tr ul head item row cell lb list quote"
)
_DROPPED_TAGS = (
    "audio button canvas iframe img math nav noscript object picture rp rt script select style svg "
    "template textarea title video graphic"
)
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_DROPPED = frozenset(_DROPPED_TAGS.split())
_LINKS = frozenset(("a", "ref"))
_TEMPLATE_TAG = re.compile(r"\{%[^%\n]*%\}")
# CommonMark leaves the asterisks of 全長の**76%**を, where CJK text has no space beside them.
_STRONG = re.compile(r"(?<!\*)\*\*(?=[^\s*])([^*\n]{1,500})(?<=\S)\*\*(?!\*)")


def from_text(text: str) -> list[Paragraph]:
    """One paragraph a line that is not blank."""
    lines = (line.strip() for line in clean_text(text).split("\n"))
    return [Paragraph(line) for line in lines if line]


def from_markdown(text: str) -> list[Paragraph]:
    """The paragraphs of Markdown with HTML in it, as Jekyll and Hexo have it."""
    plain = _STRONG.sub(r"\1", _TEMPLATE_TAG.sub("", clean_text(text)))
    return from_html(_markdown().render(plain))


def from_html(source: str) -> list[Paragraph]:
    """The paragraphs of an HTML page or of a part of one."""
    root = parse_html(source)
    return [] if root is None else from_element(root)


def parse_html(source: str) -> Any:
    """The ``body`` element, or None when there is nothing in it."""
    # As bytes, since lxml refuses text that declares an encoding of its own.
    parser = html.HTMLParser(encoding="utf-8")
    try:
        page = html.document_fromstring(clean_text(source).encode(), parser=parser)
    except etree.ParserError:
        return None
    return page.find("body")


def from_element(root: Any) -> list[Paragraph]:
    """The paragraphs of an element of an HTML or of a trafilatura tree.

    Blocks part paragraphs; other elements join what is around them, so that a link
    inside a word leaves the word whole.
    """
    gathering = _Gathering()
    walker = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, node in walker:
        if event == "start":
            gathering.enter(node)
            if node.tag in _DROPPED:
                walker.skip_subtree()
        else:
            if event == "end":
                gathering.leave(node)
            if node is not root:
                gathering.add(node.tail)
    gathering.end_paragraph()
    return gathering.paragraphs


class _Gathering:
    """Text in document order, cut into paragraphs."""

    def __init__(self) -> None:
        self.paragraphs: list[Paragraph] = []
        self._pieces: list[str] = []
        self._links = 0
        self._prose = False

    def enter(self, node: Any) -> None:
        if node.tag in _BLOCKS:
            self.end_paragraph()
        self._links += node.tag in _LINKS
        if node.tag not in _DROPPED:
            self.add(node.text)

    def leave(self, node: Any) -> None:
        if node.tag in _BLOCKS:
            self.end_paragraph()
        self._links -= node.tag in _LINKS

    def add(self, text: str | None) -> None:
        if text:
            self._pieces.append(text)
            self._prose |= not self._links and any(map(str.isalnum, text))

    def end_paragraph(self) -> None:
        text = one_line("".join(self._pieces))
        if text:
            self.paragraphs.append(Paragraph(text, links_only=not self._prose))
        self._pieces.clear()
        self._prose = False


@cache
def _markdown() -> MarkdownIt:
    # Indented code is off: what is indented in a news article is a paragraph or HTML.
    return MarkdownIt("commonmark").disable("code").enable(["table", "strikethrough"])
