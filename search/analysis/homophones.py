"""Han characters that sound alike, in Chinese or in Japanese: what an input method confuses."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

from sanbao.search.analysis import japanese, pinyin
from sanbao.search.analysis.fold import fold
from sanbao.search.analysis.han import COMMON_CHINESE, COMMON_JAPANESE
from sanbao.search.limits import loading


def homophones(character: str) -> frozenset[str]:
    """The common folded characters that share a reading with a folded one, in one language."""
    readings, characters = _tables()
    alike = (characters[reading] for reading in readings.get(character, ()))
    return frozenset().union(*alike) - {character}


@cache
@loading()
def _tables() -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """The readings of each character, those of Chinese in Latin letters, and the inverse."""
    readings: dict[str, set[str]] = defaultdict(set)
    for character in COMMON_CHINESE:
        readings[fold(character)] |= pinyin.readings_of(character)
    for character in COMMON_JAPANESE:
        readings[fold(character)] |= japanese.readings_of(character)
    characters: dict[str, set[str]] = defaultdict(set)
    for character, sounds in readings.items():
        for sound in sounds:
            characters[sound].add(character)
    return dict(readings), dict(characters)
