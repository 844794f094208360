"""Everything that a segment says of its postings, written in one pass over them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sanbao.search.codec.container import ContainerWriter
from sanbao.search.codec.doc_values import offsets_of
from sanbao.search.codec.kernels import bitmaps
from sanbao.search.codec.kernels.arrays import I64, U8, U32, U64
from sanbao.search.codec.kernels.bm25 import impacts_of
from sanbao.search.codec.kernels.evaluation_arrays import average_length, bitmap_terms, dense_terms
from sanbao.search.codec.kernels.positions import POSITIONS_STRIDE
from sanbao.search.codec.kernels.small_freqs import LARGE, pack_freqs
from sanbao.search.codec.kernels.term_extremes import term_extremes
from sanbao.search.codec.position_starts import PositionStarts


def term_chunks(work: I64, first: int, end: int, most: int) -> Iterator[tuple[int, int]]:
    """Terms ``first`` to ``end`` in parts of as many as are no more work than ``most``.

    Args:
        work: of all terms before each, and of all, i64.
    """
    while first < end:
        fits = int(np.searchsorted(work, work[first] + most, "right")) - 1
        stop = min(end, max(first + 1, fits))
        yield first, stop
        first = stop


class PostingWriter:
    """Takes the postings of one field after the other, always all those of some terms.

    For each field call :meth:`begin_field`, then :meth:`add` until all its terms are there, and
    append the positions of all to :attr:`positions`; at the end :meth:`close`.

    Args:
        bounds: ``terms/postings``, i64.
        position_count, position_type: of ``positions/values``.

    Attributes:
        positions: takes ``positions/values``.
    """

    def __init__(
        self,
        writer: ContainerWriter,
        doc_count: int,
        bounds: I64,
        position_count: int,
        position_type: np.dtype[np.unsignedinteger],
    ) -> None:
        doc_freqs, postings = np.diff(bounds), int(bounds[-1])
        self._writer = writer
        self._doc_count = doc_count
        self._bounds = bounds
        self._bitmap_terms = bitmap_terms(doc_freqs, doc_count)
        self._dense_terms = dense_terms(doc_freqs, doc_count)
        listed = doc_freqs.copy()
        listed[self._bitmap_terms] = 0
        writer.add("terms/postings", bounds.astype(np.uint64))
        writer.add("terms/docs", offsets_of(listed))
        writer.add("bitmaps/terms", self._bitmap_terms)
        writer.add("evaluation/dense_terms", self._dense_terms)
        words = bitmaps.window_count(doc_count) * bitmaps.WORDS
        rows, lines = len(self._bitmap_terms), words // bitmaps.RANK_WORDS
        self._docs = writer.reserve("postings/docs", np.uint32, (int(listed.sum()),))
        self._freqs = writer.reserve("postings/freqs", np.uint8, (-(-postings // 2),))
        self.positions = writer.reserve("positions/values", position_type, (position_count,))
        starts = postings // POSITIONS_STRIDE + 1
        self._starts = writer.reserve("positions/starts", np.uint32, (starts,))
        self._words = writer.reserve("bitmaps/words", np.uint64, (rows, words))
        self._ranks = writer.reserve("bitmaps/ranks", np.uint32, (rows, lines))
        self._impacts = writer.reserve("evaluation/impacts", np.uint8, (postings,))
        columns = len(self._dense_terms), words * 64
        self._dense = writer.reserve("evaluation/dense", np.uint8, columns)
        self._position_starts = PositionStarts()
        self._extremes: list[U32] = [np.empty((3, 0), np.uint32)]
        self._unpaired_freq: U32 = np.empty(0, np.uint32)
        self._large_at: list[U64] = [np.empty(0, np.uint64)]
        self._large: list[U32] = [np.empty(0, np.uint32)]
        self._term = 0

    def begin_field(self, positions: bool, scorable: bool, lengths: U32) -> None:
        """Begin the next field.

        Args:
            lengths: field_length by doc_id, u32.
        """
        self._has_positions = positions
        self._scorable = scorable
        self._lengths = lengths
        self._average = average_length(lengths)

    def add(self, terms: int, docs: U32, freqs: U32) -> None:
        """All postings of the next ``terms`` terms of the field: doc_ids and term_freqs, u32."""
        first, self._term = self._term, self._term + terms
        bounds = self._bounds[first : self._term + 1] - self._bounds[first]
        impacts = self._impacts_of(docs, freqs)
        self._impacts.append(impacts)
        self._append_docs(_among(self._bitmap_terms, first, self._term), bounds, docs)
        self._append_dense(_among(self._dense_terms, first, self._term), bounds, docs, impacts)
        self._append_freqs(freqs, int(self._bounds[first]))
        self._starts.append(self._position_starts.add(freqs, self._has_positions))
        self._extremes.append(term_extremes(bounds, docs, freqs, self._lengths))

    def close(self) -> None:
        """Write what is known when all postings are there."""
        self._freqs.append(pack_freqs(self._unpaired_freq))
        self._starts.append(self._position_starts.end())
        self._writer.add("positions/bases", self._position_starts.bases)
        self._writer.add("postings/large_at", np.concatenate(self._large_at))
        self._writer.add("postings/large", np.concatenate(self._large))
        extremes = np.concatenate(self._extremes, axis=1)
        for name, values in zip(("max_freqs", "min_lengths", "max_lengths"), extremes, strict=True):
            self._writer.add(f"terms/{name}", values)

    def _impacts_of(self, docs: U32, freqs: U32) -> U8:
        if not self._scorable:
            return np.zeros(len(docs), np.uint8)
        return impacts_of(docs, freqs, self._lengths, self._average)

    def _append_docs(self, in_bitmaps: U32, bounds: I64, docs: U32) -> None:
        listed = 0
        for term in in_bitmaps.tolist():
            begin, end = bounds[term : term + 2].tolist()
            self._docs.append(docs[listed:begin])
            bitmap = bitmaps.from_docs(docs[begin:end], self._doc_count)
            self._words.append(bitmap)
            self._ranks.append(bitmaps.rank_lines(bitmap))
            listed = end
        self._docs.append(docs[listed:])

    def _append_dense(self, dense: U32, bounds: I64, docs: U32, impacts: U8) -> None:
        for term in dense.tolist():
            postings = slice(bounds[term], bounds[term + 1])
            column = np.zeros(bitmaps.window_count(self._doc_count) * bitmaps.WINDOW, np.uint8)
            column[docs[postings]] = impacts[postings]
            self._dense.append(column)

    def _append_freqs(self, freqs: U32, first_posting: int) -> None:
        large = np.flatnonzero(freqs >= LARGE)
        self._large_at.append((large + first_posting).astype(np.uint64))
        self._large.append(freqs[large])
        freqs = np.concatenate([self._unpaired_freq, freqs])
        paired = len(freqs) // 2 * 2
        self._freqs.append(pack_freqs(freqs[:paired]))
        self._unpaired_freq = freqs[paired:]


def _among(terms: U32, first: int, end: int) -> U32:
    """Those of the rising terms that are in ``first`` to ``end``, counted from ``first``."""
    low, high = np.searchsorted(terms, [first, end])
    counted: U32 = terms[low:high] - np.uint32(first)
    return counted
