"""The vocabulary of segments: what suggestions and corrections ask of their terms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from sanbao.search.analysis.code_points import code_points
from sanbao.search.article import Article
from sanbao.search.codec.kernels import bitmaps
from sanbao.search.codec.kernels.arrays import I64
from sanbao.search.codec.kernels.doc_set import DocSet, intersection
from sanbao.search.codec.kernels.edit_distance import similar_terms
from sanbao.search.codec.kernels.term_lookup import find_terms
from sanbao.search.codec.kernels.term_rows import COLUMN_COUNT, DOC_FREQ, TERM, TERMS
from sanbao.search.codec.kernels.top_k import new_top, offer_frequent, ranked
from sanbao.search.codec.segment_arrays import SegmentArrays
from sanbao.search.engines.arrays.evaluator import ArrayEvaluator
from sanbao.search.engines.arrays.plan import TermKey, field_number, pack_keys
from sanbao.search.engines.arrays.scoring import offer_by_date
from sanbao.search.engines.arrays.segment import OpenSegment
from sanbao.search.engines.base import Wanted
from sanbao.search.limits import Deadline, Limits
from sanbao.search.query.tree import And, Keyword, Or, Query
from sanbao.search.suggestions.titles import Title
from sanbao.search.suggestions.vocabulary import FoundRanges, Newest, TermRange


class SegmentRanges:
    """Where some ranges are in each segment.

    Attributes:
        rows: of :mod:`search.codec.kernels.term_rows`, for each segment.
        postings: how many postings each range has in all segments.
    """

    def __init__(self, segments: Sequence[OpenSegment], ranges: Sequence[TermRange]) -> None:
        keys, requests = pack_keys([_key(each) for each in ranges])
        self.rows = []
        postings = np.zeros(len(ranges), np.int64)
        for segment in segments:
            rows = np.zeros((len(ranges), COLUMN_COUNT), np.int64)
            find_terms(segment.table, segment.fields, keys, requests, rows)
            self.rows.append(rows)
            postings += rows[:, DOC_FREQ]
        self.postings: list[int] = postings.tolist()


class SegmentVocabulary:
    """Answers :class:`search.suggestions.vocabulary.Vocabulary` from segments; keys are numbers of
    the index.

    Args:
        read: the article of a number.
        languages: terms of the language field; only articles in one of them are looked at, if
            there are any.
    """

    def __init__(
        self,
        evaluator: ArrayEvaluator,
        read: Callable[[int], Article],
        languages: Sequence[str],
        limits: Limits,
        deadline: Deadline,
    ) -> None:
        self._evaluator = evaluator
        self._segments = evaluator.segments
        self._read = read
        self._languages = languages
        self._limits = limits
        self._deadline = deadline

    @cached_property
    def _allowed(self) -> list[DocSet | None]:
        return [_allowed(segment, self._languages) for segment in self._segments]

    @property
    def size(self) -> int:
        """How many articles there are, deleted ones included; at least 1."""
        return self._evaluator.doc_count

    def find(self, ranges: Sequence[TermRange]) -> SegmentRanges:
        """Where the ranges are."""
        self._deadline.check()
        return SegmentRanges(self._segments, ranges)

    def frequent(self, ranges: Sequence[TermRange], count: int) -> list[tuple[str, int]]:
        """The terms of the ranges that most articles have, each with its doc_freq."""
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

    def newest(self, found: FoundRanges, groups: Iterable[Sequence[int]], count: int) -> Newest:
        """The newest articles that have a term of each of some groups of ranges."""
        assert isinstance(found, SegmentRanges)
        wanted = [list(group) for group in groups]
        top, total = new_top(count), 0
        for segment, rows, allowed in zip(self._segments, found.rows, self._allowed, strict=True):
            self._deadline.check()
            sets = [_docs(segment, rows[group]) for group in wanted]
            docs = intersection(sets if allowed is None else [*sets, allowed])
            total += len(docs)
            offer_by_date(top, segment, docs, oldest_first=False)
        return Newest(ranked(top)[0].tolist(), total)

    def matching(self, query: Query, count: int) -> Newest:
        """The newest articles that match a query."""
        self._deadline.check()
        if self._languages:
            in_one = Or(tuple(Keyword("language", each) for each in self._languages))
            query = And((query, in_one))
        wanted = Wanted(limit=count, sort="newest", limits=self._limits)
        matches = self._evaluator.match(query, wanted, self._deadline)
        return Newest(matches.keys, matches.total)

    def count(self, query: Query) -> int:
        """How many articles match a query."""
        return self.matching(query, 0).total

    def titles(self, keys: Sequence[Any]) -> list[Title]:
        """The titles of these articles."""
        return [_title(self._read(number)) for number in self._deadline.checked(keys)]


def _key(term_range: TermRange) -> TermKey:
    return TermKey(field_number(term_range.field), term_range.text, term_range.prefix, 0)


def _title(article: Article) -> Title:
    return Title(article.title, article.language)


def _similar(
    arrays: SegmentArrays, first: int, end: int, word: str, max_edits: int
) -> Iterable[tuple[int, int]]:
    terms, edits = similar_terms(
        arrays.term_blob, arrays.term_offsets, first, end, code_points(word), max_edits, True
    )
    return zip(terms.tolist(), edits.tolist(), strict=True)


def _docs(segment: OpenSegment, rows: I64) -> DocSet:
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
    rows = SegmentRanges([segment], ranges).rows[0]
    docs = _docs(segment, rows)
    return docs if segment.live is None else docs & segment.live
