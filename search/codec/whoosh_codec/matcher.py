"""Postings of a term as Whoosh's own queries read them, one after the other."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from copy import copy
from struct import Struct
from typing import Any

import numpy as np
from whoosh import formats, scoring
from whoosh.matching import LeafMatcher, ReadTooFar

from sanbao.search.codec.kernels.arrays import U16OrU32
from sanbao.search.codec.whoosh_codec.posting_run import PostingRun

BLOCK = 128
"""Postings that are read at a time and skipped together; Whoosh's own codec has as many."""

_FREQUENCY = Struct("!I")


class ArrayMatcher(LeafMatcher):
    """Stands on one posting after the other.

    At the end it stays on the last posting, though it is not active any more: some of Whoosh's
    matchers ask for the doc_id once more.

    Args:
        postings: all postings of the term.
        field_position: where in ``positions/values`` those of the field begin.
        format_: Whoosh's format of the field.
        scorer: a Whoosh scorer, or None.
        term: the field's name and the bytes of the term.
    """

    _block: PostingRun
    _active: bool
    _ids: list[int]
    _i: int
    _weights: list[float] | None
    _lengths: list[int] | None
    _freqs: list[int] | None
    _positions: list[U16OrU32] | None
    _quality: float | None

    def __init__(
        self,
        postings: PostingRun,
        field_position: int,
        format_: Any,
        scorer: Any,
        term: tuple[str, bytes],
    ) -> None:
        self.format = format_
        self.scorer = scorer
        # A scorer with a method of its own for it may look at more than the weight and the length.
        self._scores_by_length = (
            getattr(type(scorer), "score", None) is scoring.WeightLengthScorer.score
        )
        self._term = term
        self._postings = postings
        self._field_position = field_position
        self.reset()

    def reset(self) -> None:
        """Go to the first posting."""
        self._active = True
        self._go_to_block(self._postings.first)

    def copy(self) -> ArrayMatcher:
        """Another matcher that stands on the same posting."""
        return copy(self)

    def is_active(self) -> bool:
        """Whether it stands on a posting."""
        return self._active

    def id(self) -> int:
        """The doc_id of the posting."""
        return self._ids[self._i]

    def all_ids(self) -> Iterator[int]:
        """The doc_ids from the posting on; the matcher stays where it is."""
        for first in range(self._block.first + self._i, self._postings.end, BLOCK):
            yield from self._run(first).docs.tolist()

    def next(self) -> bool:
        """Go to the next posting; returns whether a new block begins."""
        if self._i + 1 < len(self._ids):
            self._i += 1
            return False
        self._go_to_block(self._block.end)
        return True

    def skip_to(self, id: int) -> None:  # noqa: A002, Whoosh's name
        """Go to the first posting with this doc_id or a greater one, never back.

        Raises:
            ReadTooFar: at the end.
        """
        if not self.is_active():
            raise ReadTooFar
        if id <= self.id():
            return
        if id > self._postings.last_doc():
            self._end()
            return
        if id > self._ids[-1]:
            offset = int(np.searchsorted(self._postings.docs, np.uint32(id)))
            self._go_to_block(self._postings.first + offset // BLOCK * BLOCK)
        self._i = bisect_left(self._ids, id)

    def weight(self) -> float:
        """The weight of the posting: its term_freq, unless the document was boosted."""
        weights = self._weights
        if weights is None:
            self._weights = weights = self._block.weights().astype(np.float64).tolist()
        return weights[self._i]

    def score(self) -> float:
        """The score of the posting.

        For most scorers it needs a field_length, for which Whoosh would ask four objects in turn.
        """
        score: float
        if not self._scores_by_length:
            score = self.scorer.score(self)
            return score
        lengths = self._lengths
        if lengths is None:
            self._lengths = lengths = self._block.lengths()
        score = self.scorer._score(self.weight(), lengths[self._i])
        return score

    def value(self) -> bytes:
        """What the format of the field makes of the posting."""
        if isinstance(self.format, formats.Positions):
            encoded: bytes = self.format.encode(self._position_list())
            return encoded
        return _FREQUENCY.pack(self._freq()) if self.format.posting_size else b""

    def value_as(self, astype: str) -> Any:
        """The posting as ``frequency``, ``positions`` or what else its format supports."""
        if astype == "positions":
            return self._position_list()
        if astype == "frequency":
            return self._freq()
        return super().value_as(astype)

    def block_quality(self) -> float:
        """A bound of the scores in the block. Whoosh's unions ask at every posting."""
        quality = self._quality
        if quality is None:
            self._quality = quality = super().block_quality()
        return quality

    def skip_to_quality(self, minquality: float) -> int:
        """Go to the next block that may hold a score above this; returns how many it passed."""
        passed = 0
        while self.is_active() and self.block_quality() <= minquality:
            self._go_to_block(self._block.end)
            passed += 1
        return passed

    def block_min_id(self) -> int:
        """The least doc_id of the block."""
        return self._ids[0]

    def block_max_id(self) -> int:
        """The greatest doc_id of the block."""
        return self._ids[-1]

    def block_max_weight(self) -> float:
        """The greatest weight in the block."""
        return self._block.max_weight()

    def block_min_length(self) -> int:
        """The least field_length in the block."""
        return self._block.min_length()

    def block_max_length(self) -> int:
        """The greatest field_length in the block."""
        return self._block.max_length()

    def _end(self) -> None:
        last = self._postings.end - 1 - self._postings.first
        self._go_to_block(self._postings.first + last // BLOCK * BLOCK)
        self._i = len(self._ids) - 1
        self._active = False

    def _go_to_block(self, first: int) -> None:
        if first == self._postings.end:
            self._active = False
            return
        self._block = self._run(first)
        self._ids = self._block.docs.tolist()
        self._i = 0
        self._weights = self._lengths = self._freqs = self._positions = self._quality = None

    def _run(self, first: int) -> PostingRun:
        return self._postings.part(first, first + BLOCK)

    def _freq(self) -> int:
        freqs = self._freqs
        if freqs is None:
            self._freqs = freqs = self._block.freqs().tolist()
        return freqs[self._i]

    def _position_list(self) -> list[int]:
        if self._positions is None:
            self._positions = self._block.positions(self._field_position)
        positions: list[int] = self._positions[self._i].tolist()
        return positions
