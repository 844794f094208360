"""What suggestions ask of the terms of titles, over all segments of one committed state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from sanbao.search.analysis.code_points import code_points
from sanbao.search.codec.kernels import bitmaps
from sanbao.search.codec.kernels.arrays import Array
from sanbao.search.codec.kernels.doc_set import DocSet, intersection
from sanbao.search.codec.kernels.edit_distance import similar_terms
from sanbao.search.codec.kernels.term_lookup import find_terms
from sanbao.search.codec.kernels.term_rows import COLUMN_COUNT, DOC_FREQ, TERM, TERMS
from sanbao.search.codec.kernels.top_k import new_top, offer_frequent, ranked
from sanbao.search.codec.segment_arrays import SegmentArrays
from sanbao.search.engines.arrays.plan import TermKey, field_number, pack_keys
from sanbao.search.engines.arrays.scoring import offer_by_date
from sanbao.search.engines.arrays.segment import OpenSegment
from sanbao.search.limits import Deadline


class TermRange(NamedTuple):
    """A term of a field, or with ``prefix`` all that begin with the text."""

    field: str
    text: str
    prefix: bool = False

    @property
    def key(self) -> TermKey:
        """The same for :func:`search.engines.arrays.plan.pack_keys`."""
        return TermKey(field_number(self.field), self.text, self.prefix, 0)


class FoundRanges:
    """Where some ranges are in each segment.

    Attributes:
        postings: how many postings each range has in all segments (i64).
    """

    def __init__(self, segments: Sequence[OpenSegment], ranges: Sequence[TermRange]) -> None:
        keys, requests = pack_keys([each.key for each in ranges])
        self.rows = []
        self.postings = np.zeros(len(ranges), np.int64)
        for segment in segments:
            rows = np.zeros((len(ranges), COLUMN_COUNT), np.int64)
            find_terms(segment.table, segment.fields, keys, requests, rows)
            self.rows.append(rows)
            self.postings += rows[:, DOC_FREQ]


class TermIndex:
    """Looks up terms of titles and the newest articles that have them.

    Args:
        languages: terms of the language field; only articles in one of them are looked at, if
            there are any.
    """

    def __init__(
        self, segments: Sequence[OpenSegment], languages: Sequence[str], deadline: Deadline
    ) -> None:
        self._segments = segments
        self._deadline = deadline
        self._allowed = [_allowed(segment, languages) for segment in segments]

    def find(self, ranges: Sequence[TermRange]) -> FoundRanges:
        """Where the ranges are.

        Raises:
            TimeIsUp.
        """
        self._deadline.check()
        return FoundRanges(self._segments, ranges)

    def frequent(self, ranges: Sequence[TermRange], count: int) -> list[tuple[str, int]]:
        """The terms of the ranges that most articles have, each with its doc_freq.

        Raises:
            TimeIsUp.
        """
        totals: Counter[bytes] = Counter()
        for segment, rows in zip(self._segments, self.find(ranges).rows, strict=True):
            self._deadline.check()
            top = new_top(count)
            for row in rows:
                first, end = int(row[TERM]), int(row[TERM] + row[TERMS])
                offer_frequent(top, segment.arrays.term_postings, first, end)
            for term, doc_freq in zip(*map(np.ndarray.tolist, ranked(top)), strict=True):
                totals[segment.arrays.term_bytes(term)] += int(doc_freq)
        return [(term.decode(), doc_freq) for term, doc_freq in totals.most_common(count)]

    def similar(self, field: str, word: str, max_edits: int) -> dict[str, tuple[int, int]]:
        """The terms a few typing errors away from a word that begin with the same letter.

        Returns:
            By term, by how many edits it differs, and its doc_freq.

        Raises:
            TimeIsUp.
        """
        found: dict[str, tuple[int, int]] = {}
        for segment in self._segments:
            self._deadline.check()
            arrays = segment.arrays
            if field in arrays.fields:
                first, end = arrays.prefix_range(field, word[0].encode())
                for term, edits in _similar(arrays, first, end, word, max_edits):
                    low, high = arrays.postings_of(term)
                    text = arrays.term_bytes(term).decode()
                    found[text] = edits, high - low + found.get(text, (0, 0))[1]
        return found

    def newest(
        self, ranges: FoundRanges, wanted: Iterable[Sequence[int]], count: int
    ) -> tuple[list[int], int]:
        """The newest articles that have a term of each of some groups of ranges.

        Args:
            wanted: the places of the ranges of each group.

        Returns:
            Their numbers in the index, and how many articles there are.

        Raises:
            TimeIsUp.
        """
        groups = [list(group) for group in wanted]
        top, total = new_top(count), 0
        for segment, rows, allowed in zip(self._segments, ranges.rows, self._allowed, strict=True):
            self._deadline.check()
            sets = [_docs(segment, rows[group]) for group in groups]
            docs = intersection(sets if allowed is None else [*sets, allowed])
            total += len(docs)
            offer_by_date(top, segment, docs, oldest_first=False)
        return ranked(top)[0].tolist(), total


def _similar(
    arrays: SegmentArrays, first: int, end: int, word: str, max_edits: int
) -> Iterable[tuple[int, int]]:
    terms, edits = similar_terms(
        arrays.term_blob, arrays.term_offsets, first, end, code_points(word), max_edits, True
    )
    return zip(terms.tolist(), edits.tolist(), strict=True)


def _docs(segment: OpenSegment, rows: Array) -> DocSet:
    """The documents that have any of the terms of the rows."""
    single = [segment.docs_of(row) for row in rows if row[TERMS] == 1]
    if len(single) == 1 == len(rows):
        return DocSet(segment.doc_count, docs=single[0])
    bitmap = bitmaps.empty(segment.doc_count)
    for row in rows:
        if row[TERMS]:
            bitmaps.set_bits(bitmap, segment.docs_of(row))
    return DocSet(segment.doc_count, bitmap=bitmap)


def _allowed(segment: OpenSegment, languages: Sequence[str]) -> DocSet | None:
    """The documents that may be found; None for all."""
    if not languages:
        return segment.live
    ranges = [TermRange("language", language) for language in languages]
    rows = FoundRanges([segment], ranges).rows[0]
    docs = _docs(segment, rows)
    return docs if segment.live is None else docs & segment.live
