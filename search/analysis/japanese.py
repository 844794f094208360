"""Japanese words: morphemes, as MeCab finds them with the UniDic dictionary.

fugashi (https://github.com/polm/fugashi) wraps MeCab; unidic-lite is UniDic 2.1.2, whose units
are short and consistent: 東京 | 都 | 知事.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import unidic_lite
from fugashi import GenericTagger

from sanbao.search.analysis.releases import release
from sanbao.search.limits import loading

VERSION = "2"

MAX_PIECE = 500
"""Characters that MeCab gets at once: it takes time by the square of a run of katakana, and dies
of some millions of characters. No sentence has so many."""

_MOST_READINGS = 12
"""Of a character, with those of its several meanings."""

_FUNCTION_WORDS = frozenset({"助詞", "助動詞"})
_PROPER_NOUN = "固有名詞"

# One line a morpheme: surface, lemma (none for an unknown word), subdivision and part of speech.
# MeCab writes these lines faster than the features can be read one node at a time.
_ARGUMENTS = (
    f'-r "{unidic_lite.DICDIR}/mecabrc" -d "{unidic_lite.DICDIR}" -O "" '
    r'-F "%m\\t%f[7]\\t%f[1]\\t%f[0]\\n" -U "%m\\t\\t%f[1]\\t%f[0]\\n" -E ""'
)

# The same for how it is read: surface and katakana; an unknown word is read as it is written.
_READING_ARGUMENTS = (
    f'-r "{unidic_lite.DICDIR}/mecabrc" -d "{unidic_lite.DICDIR}" -O "" '
    r'-F "%m\\t%f[17]\\n" -U "%m\\t%m\\n" -E ""'
)

_local = threading.local()


class JapaneseWord(NamedTuple):
    """A word of a text.

    Attributes:
        base: the form in which its inflections and spellings find each other.
        start, end: ``text[start:end]`` is the word as written.
        surface: the word as written.
    """

    base: str
    start: int
    end: int
    surface: str


def tokenize(text: str) -> list[JapaneseWord]:
    """The content words of a normalized text, in order, without particles, endings and signs.

    Prefixes, suffixes, counters and numbers are words: 第三回 is found by 第, 三 and 回, and
    不可能 stays apart from 可能.

    Args:
        text: without control characters; MeCab stops at a NUL.
    """
    words = []
    end = 0
    for line in _lines(text):
        surface, base = _read(line)
        start = text.index(surface, end)
        end = start + len(surface)
        if base:
            words.append(JapaneseWord(base, start, end, surface))
    return words


def bases(text: str) -> list[str]:
    """The bases of the words that :func:`tokenize` finds."""
    return [base for line in _lines(text) if (base := _read(line)[1])]


def readings(text: str) -> list[tuple[str, str]]:
    """The morphemes of a normalized text, in order, and how each is read, in katakana.

    Args:
        text: without white space and control characters.
    """
    lines = (line.partition("\t") for line in _lines(text, _READING_ARGUMENTS))
    return [(surface, reading or surface) for surface, _, reading in lines]


def readings_of(character: str) -> set[str]:
    """The ways to read a character that stands by itself or in front of or behind a word."""
    lines = _tagger(_READING_ARGUMENTS).nbest(character, _MOST_READINGS).split("\n")
    read = (line.partition("\t") for line in lines)
    return {kana for surface, _, kana in read if surface == character != kana and kana}


def fingerprint() -> str:
    """What decides the words: version of this code, tagger and dictionary."""
    return f"{VERSION} fugashi-{release('fugashi')} unidic-lite-{release('unidic-lite')}"


@lru_cache(maxsize=100_000)
def _read(line: str) -> tuple[str, str]:
    """Surface and base of a morpheme; the base of what is no content word is empty."""
    surface, lemma, subdivision, part = line.split("\t")
    if part in _FUNCTION_WORDS or not any(map(str.isalnum, surface)):
        return surface, ""
    # A proper noun's lemma is its reading, which many names share.
    if subdivision == _PROPER_NOUN:
        return surface, surface
    # The lemma of a loan word names its source, as in サーバー-server.
    return surface, lemma.partition("-")[0] or surface


def _lines(text: str, arguments: str = _ARGUMENTS) -> Iterator[str]:
    """MeCab's line for each morpheme."""
    parse = _tagger(arguments).parse
    for start in range(0, len(text), MAX_PIECE):
        yield from filter(None, parse(text[start : start + MAX_PIECE]).split("\n"))


def _tagger(arguments: str) -> GenericTagger:
    # A MeCab tagger keeps the sentence it works on: threads that share one get each other's words.
    taggers: dict[str, GenericTagger] = _local.__dict__
    if arguments not in taggers:
        with loading():
            taggers[arguments] = GenericTagger(arguments)
    return taggers[arguments]
