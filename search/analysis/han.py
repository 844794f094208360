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

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from importlib.metadata import version

from opencc import OpenCC

VERSION = "1"

_BASIC = "".join(map(chr, (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))))
_RARE = "".join(map(chr, (*range(0x20000, 0x2F800), *range(0x30000, 0x323B0))))

_BETWEEN_VARIANTS = ("t2jp", "jp2t", "t2tw", "tw2t", "t2hk", "hk2t")
# What OpenCC's tables lack, or where the nearest character is not the one that news use.
_ADDED = {"働": "动", "弁": "辩"}


def fold(text: str) -> str:
    """The text with each Han character replaced by the one form of its variants."""
    return text.translate(FOLD)


def fingerprint() -> str:
    """What decides the folding: version of this code and release of the tables."""
    return f"{VERSION} opencc-{version('opencc')}"


def _build_fold() -> dict[int, str]:
    simplified = _conversion("t2s", _BASIC + _RARE)
    between = {name: _conversion(name, _BASIC) for name in _BETWEEN_VARIANTS}
    settled = _settled(simplified, reformed=between["jp2t"])
    edges = [pair for table in (simplified, *between.values()) for pair in table.items()]
    table = _nearest(settled, edges) | _ADDED
    return {ord(c): target for c, target in table.items() if c != target}


def _conversion(name: str, characters: str) -> dict[str, str]:
    """What one of OpenCC's converters changes, each character converted by itself."""
    converted = OpenCC(name).convert("\n".join(characters)).split("\n")
    return {a: b for a, b in zip(characters, converted, strict=True) if a != b}


def _settled(simplified: Mapping[str, str], reformed: Iterable[str]) -> set[str]:
    """The characters of ordinary simplified text.

    These are the ones of GB 2312 that simplification leaves alone, and whatever it produces; but
    of the rarer half of GB 2312 none that is the everyday Japanese form of another character, as
    芸 is of 藝.
    """
    common = {c for c in _BASIC if _gb2312_row(c) in range(0xB0, 0xD8)}
    rarer = {c for c in _BASIC if _gb2312_row(c) in range(0xD8, 0xF8)}
    return (common | (rarer - set(reformed)) | set(simplified.values())) - set(simplified)


def _gb2312_row(character: str) -> int:
    """The lead byte in GB 2312, whose rows from 0xB0 are common, from 0xD8 rarer; else 0."""
    return character.encode("gb2312", "replace")[0]


def _nearest(settled: set[str], edges: Iterable[tuple[str, str]]) -> dict[str, str]:
    """For each character with a path to a settled one, the nearest such (breadth first)."""
    neighbours = defaultdict(list)
    for a, b in edges:
        neighbours[a].append(b)
        neighbours[b].append(a)
    nearest = {c: c for c in sorted(settled)}
    queue = deque(nearest)
    while queue:
        character = queue.popleft()
        for neighbour in neighbours[character]:
            if neighbour not in nearest:
                nearest[neighbour] = nearest[character]
                queue.append(neighbour)
    return nearest


FOLD: dict[int, str] = _build_fold()
"""For ``str.translate``: the code point of each character that changes, and its one form."""
