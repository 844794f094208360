"""Cutting normalized text where the writing changes: CJK runs, words, breaks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
HIRAGANA = "\u3041-\u3096\u309d-\u309f"
KATAKANA = "\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"

_CJK_RANGES = f"{HAN}{HIRAGANA}{KATAKANA}"
_CJK = f"[{_CJK_RANGES}]"
# Sets of characters alone: looking ahead at each character would take three times as long.
_LETTER = f"[^\\W_{_CJK_RANGES}]"
# What is repeated takes no step back (`*+`): nothing that follows could need one, and to be able to
# take it costs 300 bytes of memory a sign, where a text may be a million of them.
# A word is letters and digits; an apostrophe may stand inside, and a point or comma in a number.
_WORD = f"{_LETTER}+(?:(?:['\u2019]|(?<=\\d)[.,](?=\\d)){_LETTER}+)*+"
_SPACE = r"(?:[^\S\n]|-(?=\w))"
_SIGN = f"(?:[\\n_]|(?!-\\w)[^\\w\\s{_CJK_RANGES}])"
_BREAK = f"{_SIGN}(?:{_SPACE}*+{_SIGN})*+"
# With the character after a break, on which it depends whether a point ends a sentence.
_RUN = re.compile(f"(?P<cjk>{_CJK}+)|(?P<word>{_WORD})|(?P<break>{_BREAK}(?=([\\s\\S]?)))")
_SENTENCE_END = re.compile(f"[。!?\\n]|\\.(?:[\\s.\"'”’»」』)\\]{_CJK_RANGES}]|$)")
# Not after what the word would go on from.
_WHOLE_WORD = re.compile(f"(?<!{_LETTER})(?<!{_LETTER}['\u2019])(?:(?<!\\d[.,])|(?!\\d)){_WORD}")
_CJK_CHARACTER = re.compile(_CJK)
_HAN_CHARACTER = re.compile(f"[{HAN}]")
_KANA = re.compile(f"[{HIRAGANA}{KATAKANA}]")
_ALL_KATAKANA = re.compile(f"[{KATAKANA}]*")
_ALL_HIRAGANA = re.compile(f"[{HIRAGANA}\u30fc]*")


MAX_WORD = 128
"""Characters of the longest word that is one; what is longer is several without a break between
them, on both sides of the index, so that it is still found, and as a phrase."""


class Kind(Enum):
    """What a run is made of."""

    CJK = "cjk"
    WORD = "word"
    BREAK = "break"


_KINDS: dict[str | None, Kind] = {kind.value: kind for kind in Kind}


class Run(NamedTuple):
    """``text[start:end]`` is of one kind; white space between runs is left out."""

    kind: Kind
    start: int
    end: int


def runs(text: str) -> Iterator[Run]:
    """The runs of a normalized text, in order.

    A line end or punctuation, however much of it, is one :attr:`Kind.BREAK`. White space inside
    a line is none, and neither is a hyphen before a letter: ``covid-19`` reads as ``covid 19``.
    """
    for match in _RUN.finditer(text):
        kind, (start, end) = _KINDS[match.lastgroup], match.span()
        if kind is Kind.WORD:
            while end - start > MAX_WORD:
                yield Run(kind, start, start + MAX_WORD)
                start += MAX_WORD
        yield Run(kind, start, end)


@lru_cache(maxsize=10_000)
def ends_sentence(signs: str, after: str) -> bool:
    """Whether a break ends a sentence: a line end, a full stop, a question or exclamation mark.

    A point does where a space, a quotation mark or bracket, a CJK character or nothing follows.

    Args:
        signs: the text of the break, normalized: a point may have been an ellipsis.
        after: the character after it, if there is one.
    """
    return _SENTENCE_END.search(signs + after) is not None


def split(text: str) -> list[tuple[str, str, str, str]]:
    """The text of each run, as a CJK run, word or break, and what comes after a break.

    What it is not is empty. Words are whole here; :func:`pieces` cuts them.
    """
    return _RUN.findall(text)


def pieces(word: str) -> Iterator[str]:
    """A word as the words that :func:`runs` makes of it: itself, but for a very long one."""
    return (word[start : start + MAX_WORD] for start in range(0, len(word), MAX_WORD))


def word_at(text: str, place: int) -> Run | None:
    """The word run that starts at a place of a normalized text, if one does."""
    match = _WHOLE_WORD.match(text, place)
    return Run(Kind.WORD, place, min(match.end(), place + MAX_WORD)) if match else None


def has_cjk(text: str) -> bool:
    """Whether the text holds a Han character or kana."""
    return _CJK_CHARACTER.search(text) is not None


def has_han(text: str) -> bool:
    """Whether the text holds a Han character."""
    return _HAN_CHARACTER.search(text) is not None


def has_kana(text: str) -> bool:
    """Whether the text holds hiragana or katakana."""
    return _KANA.search(text) is not None


def is_katakana(text: str) -> bool:
    """Whether the text holds nothing but katakana and the bar that lengthens it."""
    return _ALL_KATAKANA.fullmatch(text) is not None


def is_hiragana(text: str) -> bool:
    """Whether the text holds nothing but hiragana and the bar that lengthens it."""
    return _ALL_HIRAGANA.fullmatch(text) is not None
