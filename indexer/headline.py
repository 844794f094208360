"""Titles: what looks like one, and one for an article that has none."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from sanbao.indexer.drafts import Paragraph

MAX_WIDTH = 160
"""In columns: a wide character takes two."""

_SENTENCE_END = re.compile(r"(?<=[。！？!?])(?![」』”’）)])\s*|(?<=[.])\s+(?=\S)")
_ENDS_LIKE_PROSE = ("。", ".", "，", ",", "、", ";", "；", ":", "：")
_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]{3,}|[ァ-ヺー]{3,}|[一-鿿]{2,}")
_LEAD = 3
_MIN_WIDTH = 16


def is_headline(line: str) -> bool:
    """Whether the line reads like a title: short, and not a sentence of prose."""
    return (
        len(line) <= MAX_WIDTH and _width(line) <= MAX_WIDTH and not line.endswith(_ENDS_LIKE_PROSE)
    )


def headline(body: Sequence[Paragraph]) -> str:
    """A title from the text: of its first sentences, the one that says most of what follows.

    How much a sentence says is how often its words come in the text, by its length, as
    H. P. Luhn has it (The Automatic Creation of Literature Abstracts, 1958). Only the first
    few sentences compete, since news tells what it is about at once.
    """
    sentences = _lead(body)
    if not sentences:
        return ""
    counts = Counter(word for paragraph in body for word in _WORD.findall(paragraph.text))

    def significance(sentence: str) -> float:
        return sum(counts[word] for word in set(_WORD.findall(sentence))) / _width(sentence)

    return shorten(max(sentences, key=significance)).rstrip("。.")


def shorten(text: str) -> str:
    """The text, cut to :data:`MAX_WIDTH`, after a comma or a word where one is near."""
    if _width(text) <= MAX_WIDTH:
        return text
    end, width = 0, 0
    while width < MAX_WIDTH - 1:
        width += _columns(text[end])
        end += 1
    comma = max(text.rfind(mark, end // 2, end) for mark in "，、,;； ")
    return text[: comma if comma > 0 else end].rstrip("，、,;； ") + "…"


def _lead(body: Sequence[Paragraph]) -> list[str]:
    sentences = (s.strip() for p in body[:_LEAD] for s in _SENTENCE_END.split(p.text))
    lead = [sentence for sentence in sentences if sentence][:_LEAD]
    return [sentence for sentence in lead if _width(sentence) >= _MIN_WIDTH] or lead


def _width(text: str) -> int:
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
