"""Words in memory, among which similar ones are found."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate

import numpy as np

from sanbao.search.analysis.code_points import code_points
from sanbao.search.codec.kernels.doc_set import frozen
from sanbao.search.codec.kernels.edit_distance import similar_terms


class WordList:
    """Words that are in no index, among which similar ones are found as among its terms."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = sorted(set(words))
        octets = [word.encode() for word in self._words]
        self._blob = frozen(np.frombuffer(b"".join(octets), np.uint8))
        self._offsets = frozen(np.array([0, *accumulate(map(len, octets))], np.uint64))

    def similar(self, word: str, max_distance: int) -> list[str]:
        """Those that are at most so many edits from a word and begin as it does, in order.

        To exchange two neighbouring characters is one edit.
        """
        first = bisect_left(self._words, word[:1])
        end = bisect_left(self._words, chr(ord(word[:1]) + 1), first)
        numbers, _ = similar_terms(
            self._blob, self._offsets, first, end, code_points(word), max_distance, True
        )
        return [self._words[number] for number in numbers.tolist()]
