"""HTML, Markdown and plain text to paragraphs of plain text."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from lxml import etree, html
from markdown_it import MarkdownIt

from sanbao.indexer.drafts import InputError, Paragraph
from sanbao.indexer.text import clean_text, one_line
from sanbao.search.article import MAX_BODY_BYTES

MAX_TAGS = 40_000
"""Start and end tags of one article: a news page has some thousands, and a hundred bytes of markup
for each of them can be had for one."""
_MAX_ATTRIBUTES = 1_000

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
# As HTML has it: what stands in quotation marks is one value, whatever it holds. The parser takes
# time by the square of the attributes of a tag.
_CROWDED_TAG = re.compile(
    r"<[A-Za-z][^\s/>]*+"
    r"(?:[\s/]*+[^\s/>=][^\s/>=]*+(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>]*+))?+)"
    rf"{{{_MAX_ATTRIBUTES + 1}}}"
)
_TEMPLATE_TAG = re.compile(r"\{%[^%\n]*%\}")
# CommonMark leaves the asterisks of 全長の**76%**を, where CJK text has no space beside them.
_STRONG = re.compile(r"(?<!\*)\*\*(?=[^\s*])([^*\n]{1,500})(?<=\S)\*\*(?!\*)")


def from_text(text: str) -> list[Paragraph]:
    """One paragraph a line that is not blank."""
    gathered = _Paragraphs()
    for line in clean_text(text).split("\n"):
        if gathered.is_full:
            break
        gathered.add(line.strip())
    return gathered.paragraphs


def from_markdown(text: str) -> list[Paragraph]:
    """The paragraphs of Markdown with HTML in it, as Jekyll and Hexo have it."""
    plain = _STRONG.sub(r"\1", _TEMPLATE_TAG.sub("", clean_text(text)))
    return from_html(_markdown().render(plain))


def from_html(source: str) -> list[Paragraph]:
    """The paragraphs of an HTML page or of a part of one."""
    page = parse_html(clean_text(source))
    body = None if page is None else page.find("body")
    return [] if body is None else from_element(body)


def parse_html(source: str) -> Any:
    """The root of the page, or None when there is nothing in it.

    Raises:
        InputError: when it has so many tags or attributes that it is an attack on the parser.
    """
    if source.count("<") > MAX_TAGS:
        raise InputError(f"has more than {MAX_TAGS:,} tags; extract the text of the article first")
    if _CROWDED_TAG.search(source):
        raise InputError(f"has a tag with more than {_MAX_ATTRIBUTES:,} attributes")
    # As bytes, since lxml refuses text that declares an encoding of its own.
    parser = html.HTMLParser(encoding="utf-8")
    try:
        return html.document_fromstring(source.encode(), parser=parser)
    except etree.ParserError:
        return None


def from_element(root: Any) -> list[Paragraph]:
    """The paragraphs of an element of an HTML or of a trafilatura tree.

    Blocks part paragraphs; other elements join what is around them, so that a link
    inside a word leaves the word whole.
    """
    gathering = _Gathering()
    walker = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, node in walker:
        if gathering.is_full:
            break
        if event == "start":
            gathering.enter(node)
            if node.tag in _DROPPED:
                walker.skip_subtree()
        else:
            if event == "end":
                gathering.leave(node)
            if node is not root:
                gathering.add_text(node.tail)
    gathering.end_paragraph()
    return gathering.paragraphs


class _Paragraphs:
    """Paragraphs, as many as an article can have: as characters there are no more than bytes."""

    def __init__(self) -> None:
        self.paragraphs: list[Paragraph] = []
        self._length = 0

    @property
    def is_full(self) -> bool:
        """Whether these are more than an article keeps, so that it will tell of the cut."""
        return self._length > MAX_BODY_BYTES

    def add(self, text: str, links_only: bool = False) -> None:
        if text:
            self.paragraphs.append(Paragraph(text, links_only))
            self._length += len(text) + 1


class _Gathering(_Paragraphs):
    """Text in document order, cut into paragraphs."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[str] = []
        self._links = 0
        self._prose = False

    def enter(self, node: Any) -> None:
        if node.tag in _BLOCKS:
            self.end_paragraph()
        self._links += node.tag in _LINKS
        if node.tag not in _DROPPED:
            self.add_text(node.text)

    def leave(self, node: Any) -> None:
        if node.tag in _BLOCKS:
            self.end_paragraph()
        self._links -= node.tag in _LINKS

    def add_text(self, text: str | None) -> None:
        if text:
            self._pieces.append(text)
            self._prose |= not self._links and any(map(str.isalnum, text))

    def end_paragraph(self) -> None:
        self.add(one_line("".join(self._pieces)), links_only=not self._prose)
        self._pieces.clear()
        self._prose = False


@cache
def _markdown() -> MarkdownIt:
    # Indented code is off: what is indented in a news article is a paragraph or HTML.
    markdown = MarkdownIt("commonmark").disable("code").enable(["table", "strikethrough"])
    # Nobody reads the addresses, and a short text can refer to a long one many times.
    markdown.add_render_rule("link_open", lambda *_: "<a>")
    markdown.add_render_rule("image", lambda *_: "")
    return markdown
