"""What a user typed, cut into words, quotations and operators.

Nobody who types full-width forms should have to change to others for the signs of a query: they
mean the same, and so do the quotation marks 「」『』“”.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from sanbao.search.analysis.runs import HAN, HIRAGANA
from sanbao.search.fields import TYPED_NAMES

TokenKind = Literal[
    "(", ")", "-", "and", "or", "not", "field", "word", "beginning", "fuzzy", "quote", "near"
]

_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    ord(full): half for full, half in zip("　〜｢｣", " ~「」", strict=True)
}
_PAIRED = {"“": "”", "「": "」", "『": "』"}
_PAIRED_MARK = re.compile(f"[{''.join((*_PAIRED, *_PAIRED.values()))}]")
_QUOTES = {'"': '"”', "“": '”"', "”": '”"', "「": "」", "『": "』"}
_MINUS = "-\u2212"
_OPERATORS: dict[str, TokenKind] = {"AND": "and", "OR": "or", "NOT": "not"}
_WORD_OR_GROUP = re.compile(f"[^\\s{re.escape(_MINUS)})]")
# Of a number that is longer its beginning is large enough.
_NEAR = re.compile(r"~(?:0*(\d{1,18})\d*|s(?:entence)?\b)", re.IGNORECASE)
# Not of a number, which is more often the end of a range.
_FUZZY = re.compile(f".*[^\\W\\d_{HAN}{HIRAGANA}]~[0-2]?")
_FIELD = re.compile(rf"({'|'.join(TYPED_NAMES)}):(?=\S)", re.IGNORECASE)
_WORD = re.compile(f"[^\\s(){''.join(_QUOTES)}」』]+")


class Token(NamedTuple):
    """A piece of the typed text.

    Attributes:
        text: in half-width forms: of a quotation what is inside, of a field its name.
        distance: what a quotation with a tilde has for :class:`search.query.syntax.Near`.
    """

    kind: TokenKind
    start: int
    end: int
    text: str
    distance: int | None = None


def half_width(text: str) -> str:
    """The text with the signs of queries in their half-width forms, each in its place."""
    return text.translate(_HALF_WIDTH)


def tokens(typed: str) -> Iterator[Token]:
    """The tokens of a text, in order. White space and marks that nothing closes are passed over."""
    text = half_width(typed)
    at, pairs = 0, _pairs(text)
    while at < len(text):
        token = _next_token(text, at, pairs)
        if token:
            yield token
        at = token.end if token else at + 1


def kind_of_word(text: str) -> TokenKind:
    """Whether a word is the beginning of words, or one with typing errors, or just itself."""
    if text.endswith("*"):
        return "beginning"
    return "fuzzy" if "~" in text and _FUZZY.fullmatch(text) else "word"


def _pairs(text: str) -> dict[int, int]:
    """Where the quotation marks that open and close differently are closed."""
    pairs: dict[int, int] = {}
    opened: dict[str, list[int]] = {closer: [] for closer in _PAIRED.values()}
    for mark in _PAIRED_MARK.finditer(text):
        if mark[0] in _PAIRED:
            opened[_PAIRED[mark[0]]].append(mark.start())
        elif opened[mark[0]]:
            pairs[opened[mark[0]].pop()] = mark.start()
    return pairs


def _next_token(text: str, at: int, pairs: dict[int, int]) -> Token | None:
    """The token that begins at a place, if one does."""
    character = text[at]
    if character.isspace():
        return None
    if character in "()":
        return Token("(" if character == "(" else ")", at, at + 1, character)
    if character in _QUOTES:
        return _quoted(text, at, pairs)
    if character in _MINUS and _WORD_OR_GROUP.match(text, at + 1):
        return Token("-", at, at + 1, character)
    if named := _FIELD.match(text, at):
        return Token("field", at, named.end(), named[1].lower())
    if word := _WORD.match(text, at):
        kind = _OPERATORS.get(word[0]) or kind_of_word(word[0])
        return Token(kind, at, word.end(), word[0])
    return None


def _quoted(text: str, at: int, pairs: dict[int, int]) -> Token | None:
    closers = _QUOTES[text[at]]
    end = pairs.get(at) or _first_closer(text, at + 1, closers)
    if end < 0:
        return None
    inside = text[at + 1 : end]
    if near := _NEAR.match(text, end + 1):
        return Token("near", at, near.end(), inside, int(near[1]) if near[1] else None)
    return Token("quote", at, end + 1, inside)


def _first_closer(text: str, start: int, closers: str) -> int:
    """The first mark that closes, or -1; a quotation in the quotation may end with ”, too."""
    inner = 0
    for at in range(start, len(text)):
        if text[at] in closers and not (inner and text[at] == "”"):
            return at
        inner += {"“": 1, "”": -1}.get(text[at], 0)
    return -1
