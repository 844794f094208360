"""How a title is read aloud: pinyin for Chinese, romaji for Japanese.

Readings serve suggestions, which find 微信 by weixin or wx, and 東京 by とうきょう or tokyo.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from sanbao.search.analysis import chinese, japanese, pinyin, romaji
from sanbao.search.analysis.fold import fold
from sanbao.search.analysis.runs import Kind, has_cjk, has_kana, runs
from sanbao.search.article import base_language

Script = Literal["pinyin", "romaji"]

_MARKED = re.compile("[\u00c0-\u024f\u0300-\u036f\u1e00-\u1eff]+")
_MARK = re.compile("[\u0300-\u036f]")


class ReadWord(NamedTuple):
    """A word of a text and how it is read.

    Attributes:
        start, end: ``text[start:end]`` is the word.
        text: the word, folded.
        latin: its reading; of a word in Latin letters these; empty if it is not known.
        initials: the first letter of each Chinese syllable; of a word in Latin letters these.
    """

    start: int
    end: int
    text: str
    latin: str
    initials: str


def script_of(text: str, language: str) -> Script | None:
    """What a normalized text of an article in this language is read in, if it needs reading."""
    if not has_cjk(text):
        return None
    return "romaji" if base_language(language) == "ja" or has_kana(text) else "pinyin"


def read(text: str, script: Script) -> list[ReadWord]:
    """The words of a normalized text, one after the other, with none inside another."""
    folded = fold(text)
    words: list[ReadWord] = []
    for run in runs(text):
        if run.kind is Kind.WORD:
            word = folded[run.start : run.end]
            latin = letters(word)
            words.append(ReadWord(run.start, run.end, word, latin, latin))
        elif run.kind is Kind.CJK and script == "romaji":
            words += _japanese(text, folded, run.start, run.end)
        elif run.kind is Kind.CJK:
            words += _chinese(folded, run.start, run.end)
    return words


def letters(text: str) -> str:
    """Only the letters and digits of a normalized text, Latin ones without their marks."""
    return "".join(filter(str.isalnum, _MARKED.sub(_without_marks, text)))


def fingerprint() -> str:
    """What decides the readings."""
    return f"1 romaji-{romaji.VERSION} pinyin-{pinyin.fingerprint()}"


def _japanese(text: str, folded: str, start: int, end: int) -> Iterator[ReadWord]:
    for surface, kana in japanese.readings(text[start:end]):
        after = start + len(surface)
        yield ReadWord(start, after, folded[start:after], _latin(kana), "")
        start = after


def _chinese(folded: str, start: int, end: int) -> Iterator[ReadWord]:
    for first, last in chinese.partition(folded[start:end]):
        word = folded[start + first : start + last]
        yield ReadWord(start + first, start + last, word, *_sounds(word))


@lru_cache(maxsize=100_000)
def _sounds(word: str) -> tuple[str, str]:
    syllables = pinyin.syllables(word)
    return "".join(syllables), "".join(syllable[0] for syllable in syllables)


@lru_cache(maxsize=100_000)
def _latin(kana: str) -> str:
    latin = romaji.kana_to_latin(kana)
    return latin if latin.replace("ー", "").isascii() else ""


def _without_marks(marked: re.Match[str]) -> str:
    return _MARK.sub("", unicodedata.normalize("NFD", marked[0]))
