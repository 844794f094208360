"""Folding of Han characters: one form for what Chinese and Japanese write in different ways.

國, 国; 經, 経, 经; 發, 髮, 発, 髪, 发: each group becomes its simplified character, because the
Chinese segmenter's dictionary is simplified. One character becomes one character, so lengths and
offsets never change.

The variants come from the character tables of OpenCC (https://github.com/BYVoid/OpenCC), read
through its converters. They form a graph, in which each character takes the nearest *settled*
one: a character of ordinary simplified text. Settled characters never merge with each other, so
text that is already simplified keeps its words.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from functools import cache

import numpy as np
from opencc import OpenCC

from sanbao.search.analysis.code_points import code_points
from sanbao.search.analysis.releases import release

VERSION = "1"

# The characters of the other planes are too rare in news to be worth their loading time.
_CHARACTERS = "".join(map(chr, (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))))
_COMMON_HAN = re.compile("[\u4e00-\u9fff]")
_TO_LANGUAGE = {"zh-Hant": ("s2t",), "ja": ("s2t", "t2jp")}
_BETWEEN_VARIANTS = ("t2jp", "jp2t", "tw2t", "hk2t")
# What OpenCC's tables lack, or where the nearest character is not the one of the cognate word:
# 労働 and 劳动, 弁護 and 辩护, 囲碁 and 围棋.
_ADDED = dict(
    zip(
        "働弁鉱鑛砿砲廻嶋冨疎娯駄頬呑窓倣壷姪妬涜諌靭搾嚢頴侭鎗碁瞭甦",
        "动辩矿矿矿炮回岛富疏娱驮颊吞窗仿壶侄妒渎谏韧榨囊颖尽枪棋了苏",
        strict=True,
    )
)


def fold(text: str) -> str:
    """The text with each Han character replaced by the one form of its variants."""
    return text.translate(FOLD)


def unfold(folded: str, language: str) -> str:
    """Folded text as it is most often written in a language; one character for one."""
    for name in _TO_LANGUAGE.get(language, ()):
        converted = _converter(name).convert(folded)
        folded = converted if len(converted) == len(folded) else folded
    return folded


def fingerprint() -> str:
    """What decides the folding: version of this code and release of the tables."""
    return f"{VERSION} opencc-{release('opencc')}"


_converter = cache(OpenCC)


def _build_fold() -> dict[int, str]:
    simplified = _conversion("t2s")
    between = {name: _conversion(name) for name in _BETWEEN_VARIANTS}
    settled = _settled(simplified, traditional=between["jp2t"])
    nearest = {c: c for c in sorted(settled)}
    nearest |= {t: s for t, s in simplified.items() if s in settled}
    edges = [pair for table in (simplified, *between.values()) for pair in table.items()]
    table = _spread(nearest, edges) | _ADDED
    return {ord(c): target for c, target in table.items() if c != target}


def _conversion(name: str) -> dict[str, str]:
    """What one of OpenCC's converters changes, each character converted by itself."""
    converted = OpenCC(name).convert("\n".join(_CHARACTERS))[::2]
    changed = np.flatnonzero(code_points(converted) != code_points(_CHARACTERS)).tolist()
    return {_CHARACTERS[place]: converted[place] for place in changed}


def _settled(simplified: Mapping[str, str], traditional: Mapping[str, str]) -> set[str]:
    """The characters of ordinary simplified text.

    These are the common ones, and the rarer ones except where they are the everyday Japanese form
    of another character, as 芸 is of 藝 (艺); in both cases only what simplification leaves alone.

    Args:
        simplified: traditional characters to simplified ones.
        traditional: Japanese characters to traditional ones.
    """
    japanese = {j for j, t in traditional.items() if simplified.get(t, t) != j}
    common, rarer = _rows("gb2312", 0xB0, 0xD8), _rows("gb2312", 0xD8, 0xF8)
    return (common | (rarer.union(simplified.values()) - japanese)).difference(simplified)


def _spread(nearest: dict[str, str], edges: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Adds every character with a path to one in ``nearest``, and its value (breadth first)."""
    neighbours = defaultdict(list)
    for a, b in edges:
        neighbours[a].append(b)
        neighbours[b].append(a)
    queue = deque(nearest)
    while queue:
        character = queue.popleft()
        for neighbour in neighbours.get(character, ()):
            if neighbour not in nearest:
                nearest[neighbour] = nearest[character]
                queue.append(neighbour)
    return nearest


def _rows(codec: str, first: int, end: int) -> set[str]:
    """The Han characters in some rows of a national character set, named by their lead bytes."""
    codes = np.full((end - first, 0xFF - 0x40, 3), ord("\n"), np.uint8)
    codes[:, :, 0] = np.arange(first, end)[:, np.newaxis]
    codes[:, :, 1] = np.arange(0x40, 0xFF)
    # The line ends keep the decoder in step behind codes that stand for nothing.
    return set(_COMMON_HAN.findall(codes.tobytes().decode(codec, "ignore")))


FOLD: dict[int, str] = _build_fold()
"""For ``str.translate``: the code point of each character that changes, and its one form."""

_SIMPLIFIED = _rows("gb2312", 0xB0, 0xF8)
_TRADITIONAL = _rows("big5", 0xA4, 0xFA)
_JAPANESE_COMMON = _rows("euc_jp", 0xB0, 0xD0)
_JAPANESE_RARE = _rows("euc_jp", 0xD0, 0xF5)
_FOLDED_COMMON = set(fold("".join(_JAPANESE_COMMON)))
# 國 is in Japan's character set, but for 国, which replaced it there.
_REPLACED_IN_JAPAN = {c for c in _JAPANESE_RARE if fold(c) in _FOLDED_COMMON}
_JAPANESE = (_JAPANESE_COMMON | _JAPANESE_RARE) - _REPLACED_IN_JAPAN

COMMON_CHINESE: frozenset[str] = frozenset(_SIMPLIFIED)
"""The characters of ordinary simplified text."""

COMMON_JAPANESE: frozenset[str] = frozenset(_JAPANESE_COMMON)
"""The characters of ordinary Japanese text."""

SIMPLIFIED: frozenset[str] = frozenset(_SIMPLIFIED - _TRADITIONAL)
"""Forms that simplified Chinese writes and traditional does not."""

TRADITIONAL: frozenset[str] = frozenset(_TRADITIONAL - _SIMPLIFIED)
"""Forms that traditional Chinese writes and simplified does not."""

CHINESE_ONLY: frozenset[str] = frozenset((_SIMPLIFIED | _TRADITIONAL) - _JAPANESE)
"""Forms that Chinese writes, in either script, and Japanese does not."""

JAPANESE_ONLY: frozenset[str] = frozenset(_JAPANESE - _SIMPLIFIED - _TRADITIONAL)
"""Forms that Japanese writes and Chinese does not, in either script."""
