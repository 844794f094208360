"""What titles and their words are found by while a reader types: terms for the index.

::

    2022微信公開課     start     2022微信公开课
                       readings  pweixin:微信  iwx:微信  pgongkaike:公开课  igkk:公开课
    東京都知事         start     东京都知事
                       readings  rtokyo:东京  rtizi:知事
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from sanbao.search.analysis import chinese, japanese, pinyin, readings, romaji
from sanbao.search.analysis.fold import fold
from sanbao.search.analysis.normalize import normalize
from sanbao.search.analysis.readings import ReadWord, Script
from sanbao.search.analysis.runs import has_han, has_kana, split

VERSION = "1"

SEPARATOR = "\x1f"
"""Between a reading and the folded word that is read so."""

LONGEST_START = 12
"""Characters of a title's key. What begins alike for so long is told apart by the titles."""

SHORTEST_WORD = 2
"""Characters of a word whose reading is kept. One character has the sound of too many others."""

_LONGEST_TYPED = 100
_UMLAUTS = str.maketrans("üǖǘǚǜ", "vvvvv")


class Spelling(Enum):
    """A way to type a word; its letter stands before what is typed."""

    PINYIN = "p"
    INITIALS = "i"
    ROMAJI = "r"


class TitleKeys(NamedTuple):
    """The terms of a title.

    Attributes:
        start: what it begins with, letters and digits only.
        readings: of each word, what it can be typed as, and the word.
    """

    start: list[str]
    readings: list[str]


def title_keys(title: str, language: str) -> TitleKeys:
    """The terms of a title in a language, one of :data:`search.article.LANGUAGES`."""
    text = normalize(title).text
    folded = fold(text)
    start = start_key(folded)
    script = readings.script_of(text, language)
    terms: list[str] = []
    if script == "romaji":
        for cjk, *_ in split(text):
            for surface, kana in japanese.readings(cjk):
                terms += _romaji_terms(surface, kana)
    elif script == "pinyin":
        for cjk, *_ in split(folded):
            for word in chinese.cut(cjk) if cjk else ():
                terms += _pinyin_terms(word)
    return TitleKeys([start] if start else [], terms)


def start_key(folded: str) -> str:
    """The term of titles that begin with a folded text, or the beginning of such terms."""
    return readings.letters(folded)[:LONGEST_START]


def reading_key(spelling: Spelling, typed: str) -> str:
    """What the terms of all words begin with that can be typed so."""
    return f"{spelling.value}{typed}{SEPARATOR}"


def spellings(words: Sequence[ReadWord], script: Script | None) -> dict[Spelling, str]:
    """What can be typed for words that stand side by side."""
    latin = "".join(word.latin for word in words)
    if script == "romaji":
        return {Spelling.ROMAJI: romaji.one_spelling(latin)}
    initials = "".join(word.initials for word in words)
    return {Spelling.PINYIN: latin, Spelling.INITIALS: initials}


def typed_spellings(typed: str) -> dict[Spelling, tuple[str, ...]]:
    """What the readings begin with that a typed text means; nothing if it is no reading.

    Han characters in front of Latin letters are read as Chinese and as Japanese. Any text is legal.
    """
    text = normalize(typed[:_LONGEST_TYPED]).text
    latin = readings.letters(text.translate(_UMLAUTS))
    if not latin or (not latin[-1].isascii() and not has_kana(text)):
        return {}
    if latin.isascii():
        pinyin_of, initials_of, romaji_of = pinyin.without_tones(latin), latin, latin
    else:
        pinyin_of = "" if has_kana(text) else _latin(text, "pinyin")
        initials_of, romaji_of = "", _latin(text, "romaji")
    found: dict[Spelling, tuple[str, ...]] = {}
    if pinyin.may_be(pinyin_of):
        found[Spelling.PINYIN] = (pinyin_of,)
    if romaji.may_be(romaji_of):
        found[Spelling.ROMAJI] = romaji.beginnings(romaji_of)
    if pinyin.may_be_initials(initials_of):
        found[Spelling.INITIALS] = (initials_of,)
    return found


def _latin(text: str, script: Script) -> str:
    if not has_han(text):
        return romaji.kana_to_latin(readings.letters(text))
    return "".join(word.latin for word in readings.read(text, script))


@lru_cache(maxsize=200_000)
def _pinyin_terms(word: str) -> tuple[str, ...]:
    syllables = pinyin.syllables(word) if len(word) >= SHORTEST_WORD else ()
    if not syllables:
        return ()
    initials = "".join(syllable[0] for syllable in syllables)
    return (
        reading_key(Spelling.PINYIN, "".join(syllables)) + word,
        reading_key(Spelling.INITIALS, initials) + word,
    )


@lru_cache(maxsize=200_000)
def _romaji_terms(surface: str, kana: str) -> tuple[str, ...]:
    latin = romaji.kana_to_latin(kana)
    if len(surface) < SHORTEST_WORD or not latin.replace("ー", "").isascii():
        return ()
    return (reading_key(Spelling.ROMAJI, romaji.one_spelling(latin)) + fold(surface),)
