"""Width, case and composition to one form, with a map back to the original characters.

Unicode normalization form NFKC, full case folding, NFKC once more (as Unicode's own
NFKC_Casefold), and without the characters that nobody sees (Unicode's default ignorable ones):
zero-width and soft hyphens, joiners, fillers, variation selectors, tags, direction marks and
overrides. So none of them can hide a word from those who search for it.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sanbao.search.analysis.code_points import CodePoints, code_points, text_of, unchanged

VERSION = f"2 unicode-{unicodedata.unidata_version}"

LONGEST_EXPANSION = 18
"""Characters that one may become: U+FDFA."""

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Ordering combining marks takes time by the square of their number; no writing has so many.
_LONGEST_CLUSTER = 32
# NFKC makes three points of it; as one it keeps the places of a text that is full of them.
_ELLIPSIS = "\u2026"


@dataclass(frozen=True, slots=True)
class NormalizedText:
    """A normalized text and where each of its characters came from.

    Attributes:
        text: the normalized text.
        starts, ends: for each character of ``text`` the original characters it stands for;
            None when both texts have the same characters in the same places.
    """

    text: str
    starts: array[int] | None = None
    ends: array[int] | None = None

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """The original characters behind ``text[start:end]``, for ``start < end``."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


def normalize(text: str) -> NormalizedText:
    """The normalized text. Any string is legal, lone surrogates too."""
    if text.isascii():
        return NormalizedText(text.lower())
    # Nearly all text needs only changes of one character for one (full-width forms, capitals).
    codes = _TABLE[code_points(text)]
    if codes.max() < _CAREFUL:
        return NormalizedText(text_of(codes))
    # Case folding never shortens, so an equal length then means the same places.
    folded = text_of(codes & ~_CAREFUL).casefold()
    if (
        len(folded) == len(text)
        and unicodedata.is_normalized("NFKC", folded)
        and not _INVISIBLE.search(folded)
    ):
        return NormalizedText(folded)
    return _normalize_with_map(text, codes)


def _normalize_with_map(text: str, codes: CodePoints) -> NormalizedText:
    """The same for any text.

    Args:
        codes: of the text, in :data:`_TABLE`.
    """
    pieces: list[str] = []
    starts, ends = array("L"), array("L")
    done = 0
    for place in [*np.flatnonzero(codes >= _CAREFUL).tolist(), len(text)]:
        if place < done:
            continue
        start = place - 1 if done < place < len(text) and _continues(text[place]) else place
        pieces.append(text_of(codes[done:start]))
        starts.extend(range(done, start))
        ends.extend(range(done + 1, start + 1))
        done = _end_of_cluster(text, start)
        piece = _normalize_cluster(text[start:done])
        pieces.append(piece)
        starts.extend([start] * len(piece))
        ends.extend([done] * len(piece))
    return NormalizedText("".join(pieces), starts, ends)


def _end_of_cluster(text: str, start: int) -> int:
    limit = min(len(text), start + _LONGEST_CLUSTER)
    return next((end for end in range(start + 1, limit) if not _continues(text[end])), limit)


@lru_cache(maxsize=65_536)
def _continues(character: str) -> bool:
    """Whether it may join with the one before it: a mark, the end of a Hangul syllable, unseen."""
    decomposed = unicodedata.normalize("NFKD", character)
    return _joins(decomposed) or _INVISIBLE.match(character) is not None


def _joins(decomposed: str) -> bool:
    first = decomposed[0]
    return unicodedata.category(first)[0] == "M" or "\u1160" <= first <= "\u11ff"


@lru_cache(maxsize=65_536)
def _normalize_cluster(cluster: str) -> str:
    visible = _INVISIBLE.sub("", cluster).replace(_ELLIPSIS, ".")
    return _INVISIBLE.sub("", _casefold(visible))


def _table() -> CodePoints:
    """What each character becomes, whatever stands beside it; :data:`_CAREFUL` if that matters."""
    table = unchanged() | _CAREFUL
    for first, end in _UNCHANGED:
        table[first:end] &= ~_CAREFUL
    characters = [chr(code) for first, end in _CHANGED for code in range(first, end)]
    normalized = _each(_casefold, characters)
    decomposed = _each(_nfkd, characters)
    invisible = set(_INVISIBLE.findall("".join(characters)))
    for character, one, parts in zip(characters, normalized, decomposed, strict=True):
        if len(one) == 1 and character not in invisible and not _joins(parts):
            table[ord(character)] = ord(one)
    table[ord(_ELLIPSIS)] = ord(".")
    return table


def _each(change: Callable[[str], str], characters: Sequence[str]) -> list[str]:
    """What becomes of each character by itself, quicker than one by one."""
    return change("\n".join(characters)).split("\n")


def _casefold(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", folded)


def _nfkd(text: str) -> str:
    return unicodedata.normalize("NFKD", text)


# No code point is so large: marks those whose form depends on what stands beside them, or is not
# one character, or not worth a place in the table.
_CAREFUL = np.uint32(1 << 31)
_UNCHANGED = ((0, 0x41), (0x5B, 0x80), (0x3400, 0x4DC0), (0x4E00, 0xA000), (0xAC00, 0xD7A4))
_CHANGED = ((0x41, 0x5B), (0x80, 0x3400), (0xF900, 0x10000))
_TABLE = _table()
