"""Width, case and composition to one form, with a map back to the original characters.

Unicode normalization form NFKC, full case folding, NFKC once more (as Unicode's own
NFKC_Casefold), and without the characters that nobody sees: zero-width and soft hyphens, joiners,
variation selectors, direction marks.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from dataclasses import dataclass
from functools import lru_cache

VERSION = f"1 unicode-{unicodedata.unidata_version}"

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]"
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
    # Nearly all text needs only changes of one character for one (full-width forms, capitals).
    # Case folding never shortens, so an equal length then means the same places.
    folded = text.translate(_ONE_FOR_ONE).casefold()
    if (
        len(folded) == len(text)
        and unicodedata.is_normalized("NFKC", folded)
        and not _INVISIBLE.search(folded)
    ):
        return NormalizedText(folded)
    return _normalize_with_map(text)


def _normalize_with_map(text: str) -> NormalizedText:
    pieces: list[str] = []
    starts, ends = array("L"), array("L")
    start = 0
    while start < len(text):
        end, limit = start + 1, min(len(text), start + _LONGEST_CLUSTER)
        while end < limit and _continues(text[end]):
            end += 1
        piece = _normalize_cluster(text[start:end])
        pieces.append(piece)
        starts.extend([start] * len(piece))
        ends.extend([end] * len(piece))
        start = end
    return NormalizedText("".join(pieces), starts, ends)


@lru_cache(maxsize=65_536)
def _continues(character: str) -> bool:
    """Whether it may join with the one before it: a mark, the end of a Hangul syllable, unseen."""
    first = unicodedata.normalize("NFKD", character)[0]
    return (
        unicodedata.category(first).startswith("M")
        or "\u1160" <= first <= "\u11ff"
        or _INVISIBLE.match(character) is not None
    )


@lru_cache(maxsize=65_536)
def _normalize_cluster(cluster: str) -> str:
    visible = _INVISIBLE.sub("", cluster).replace(_ELLIPSIS, ".")
    folded = unicodedata.normalize("NFKC", visible).casefold()
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", folded))


def _one_for_one() -> dict[int, str]:
    """The characters that become one other character, whatever stands beside them."""
    table = {}
    for code in (*range(0x80, 0x3400), *range(0xF900, 0x10000)):
        character = chr(code)
        normalized = _normalize_cluster(character)
        if len(normalized) == 1 and normalized != character and not _continues(character):
            table[code] = normalized
    return table


_ONE_FOR_ONE = _one_for_one()
