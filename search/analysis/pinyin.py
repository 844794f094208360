"""Chinese words in pinyin, by the tables of pypinyin.

https://github.com/mozillazg/python-pinyin
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.metadata import distribution
from pathlib import Path

from sanbao.search.analysis.releases import release
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
    return set(map(_without_mark, _characters().get(ord(character), "").split(","))) - {""}


def without_tones(latin: str) -> str:
    """Letters as they are typed, without the numbers that stand for tones: wei1xin4 is weixin."""
    return _TONE.sub("", latin) if _TONED.fullmatch(latin) else latin


def may_be(latin: str) -> bool:
    """Whether letters may be the beginning of something in pinyin."""
    return bool(latin) and _NO_PINYIN.search(latin) is None


def may_be_initials(latin: str) -> bool:
    """Whether letters may be the first ones of several syllables: none begins with i, u or v."""
    return _INITIALS.fullmatch(latin) is not None


def fingerprint() -> str:
    """What decides the readings: version of this code and release of the dictionary."""
    return f"1 pypinyin-{release('pypinyin')}"


def _syllables(word: str) -> Iterator[str]:
    """Of the longest phrase of the dictionary at each place, or of one character."""
    phrases, characters = _phrases(), _characters()
    start = 0
    while start < len(word):
        end = len(word)
        while end > start + 1 and word[start:end] not in phrases:
            end -= 1
        if end > start + 1:
            yield from (_without_mark(readings[0]) for readings in phrases[word[start:end]])
        else:
            yield _without_mark(characters.get(ord(word[start]), "").partition(",")[0])
        start = end


@cache
@loading()
def _phrases() -> dict[str, list[list[str]]]:
    """The syllables of each phrase."""
    phrases: dict[str, list[list[str]]] = json.loads(_data("phrases_dict.json"))
    return phrases


@cache
@loading()
def _characters() -> dict[int, str]:
    """The syllables of each code point, the usual one first, between commas."""
    return {int(code): read for code, read in json.loads(_data("pinyin_dict.json")).items()}


def _data(name: str) -> str:
    """A file of pypinyin; to import the package takes three times as long, and copies them."""
    path = distribution("pypinyin").locate_file(f"pypinyin/{name}")
    return Path(str(path)).read_text(encoding="utf-8")


@lru_cache(maxsize=10_000)
def _without_mark(syllable: str) -> str:
    decomposed = unicodedata.normalize("NFD", syllable).replace("u\u0308", "v")
    return _MARK.sub("", decomposed)
