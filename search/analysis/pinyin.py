"""Chinese words in pinyin, by the tables of pypinyin.

https://github.com/mozillazg/python-pinyin
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.metadata import version

from sanbao.search.limits import loading

_TONED = re.compile("(?:[a-z]+[1-5])+[a-z]*")
_TONE = re.compile("[1-5]")
# Letters that no syllable has, each with what may follow it in one.
_NO_PINYIN = re.compile(
    "[bpmfdtlkjqxyw](?![aeiouv]|$)|h(?![aeiou]|$)|[zcs](?![haeiou]|$)|(?<!n)g(?![aeiou]|$)"
    "|(?<!e)r(?![aeiou]|$)"
)
_INITIALS = re.compile("[a-hj-tw-z0-9]{2,}")
_MARK = re.compile("[\u0300-\u036f]")


@lru_cache(maxsize=200_000)
def syllables(word: str) -> tuple[str, ...]:
    """The syllables of a folded word without tones, ``v`` for ü; none if it cannot be read."""
    read = tuple(_syllables(word))
    return read if all(each.isascii() and each.isalpha() for each in read) else ()


def readings_of(character: str) -> set[str]:
    """Every syllable, without its tone, that a character can be read as."""
    _, pinyin_dict = _tables()
    return set(map(_without_mark, pinyin_dict.get(ord(character), "").split(","))) - {""}


def without_tones(latin: str) -> str:
    """Letters as they are typed, without the numbers that stand for tones: wei1xin4 is weixin."""
    return _TONE.sub("", latin) if _TONED.fullmatch(latin) else latin


def may_be(latin: str) -> bool:
    """Whether letters may be the beginning of something in pinyin."""
    return bool(latin) and _NO_PINYIN.search(latin) is None


def may_be_initials(latin: str) -> bool:
    """Whether letters may be the first ones of several syllables: none begins with i, u or v."""
    return _INITIALS.fullmatch(latin) is not None


@cache
def fingerprint() -> str:
    """What decides the readings: version of this code and release of the dictionary."""
    return f"1 pypinyin-{version('pypinyin')}"


def _syllables(word: str) -> Iterator[str]:
    """Of the longest phrase of the dictionary at each place, or of one character."""
    phrases_dict, pinyin_dict = _tables()
    start = 0
    while start < len(word):
        end = len(word)
        while end > start + 1 and word[start:end] not in phrases_dict:
            end -= 1
        if end > start + 1:
            yield from (_without_mark(readings[0]) for readings in phrases_dict[word[start:end]])
        else:
            yield _without_mark(pinyin_dict.get(ord(word[start]), "").partition(",")[0])
        start = end


@cache
@loading()
def _tables() -> tuple[dict[str, list[list[str]]], dict[int, str]]:
    """Readings by phrase and by code point; they take a tenth of a second to load."""
    from pypinyin.phrases_dict import phrases_dict
    from pypinyin.pinyin_dict import pinyin_dict

    return phrases_dict, pinyin_dict


@lru_cache(maxsize=10_000)
def _without_mark(syllable: str) -> str:
    decomposed = unicodedata.normalize("NFD", syllable).replace("u\u0308", "v")
    return _MARK.sub("", decomposed)
