"""Compiles the kernels, or loads them compiled, before anybody waits for an answer."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from sanbao.search.article import Article
from sanbao.search.codec.doc_values import Facet, value_arrays
from sanbao.search.codec.kernels.arrays import I64, U64
from sanbao.search.codec.kernels.jit import mark_warm
from sanbao.search.codec.segment_arrays import SegmentArrays
from sanbao.search.codec.segment_writer import FieldTerms, SegmentData, write_segment
from sanbao.search.codec.whoosh_codec.term_expansion import fuzzy_terms, wildcard_terms
from sanbao.search.dates import Period
from sanbao.search.engines.arrays.evaluator import ArrayEvaluator
from sanbao.search.engines.arrays.vocabulary import SegmentVocabulary
from sanbao.search.engines.base import Wanted
from sanbao.search.fields import SORTS
from sanbao.search.limits import DEFAULT_LIMITS, NEVER
from sanbao.search.query.tree import (
    And,
    Everything,
    Keyword,
    Near,
    Not,
    Or,
    Part,
    Phrase,
    Prefer,
    Published,
    Query,
    Slot,
    Term,
    Text,
    Unit,
)
from sanbao.search.ranking.recency import DEFAULT_RECENCY, SECONDS_A_DAY
from sanbao.search.suggestions.vocabulary import TermRange

DOC_COUNT = 9_000
"""Enough for two windows and for every form of postings."""

_STEPS = {b"a": 1, b"ab": 3, b"abc": 2, b"b": 100, b"ba": 90, b"c": 4_000}
"""Terms: each in every so many documents."""

_WIDE = 70_000
"""More than 16 bits hold."""

_PART: Part = "text"


def warm() -> None:
    """Run all kernels once, in every width of numbers that a segment may have.

    Compiled kernels are kept, so that only the first call after an installation takes long.
    """
    with tempfile.TemporaryDirectory() as folder:
        for wide, facet_type in ((False, np.uint8), (True, np.uint16), (True, np.uint32)):
            path = Path(folder) / f"{facet_type.__name__}.arrays"
            with path.open("wb") as file:
                write_segment(file, _segment(wide, np.dtype(facet_type)))
            arrays = SegmentArrays(path)
            arrays.find("source", b"a")
            wildcard_terms(arrays, "source", "?*")
            fuzzy_terms(arrays, "source", "a", 1, 0, swaps=True)
            _run_all(ArrayEvaluator([(arrays, np.array([1], np.uint8))]))
            _run_all(ArrayEvaluator([(arrays, None)]))
    mark_warm()


def _run_all(evaluator: ArrayEvaluator) -> None:
    for query in _queries():
        evaluator.match(query, Wanted(limit=10))
        favouring = Wanted(limit=10, recency=DEFAULT_RECENCY)
        found = evaluator.match(query, favouring)
        evaluator.explain(query, found.keys, favouring)
    _suggest(evaluator, ())
    _suggest(evaluator, ("a",))
    for sort in SORTS:
        for query in (_text("a"), _text("c")):
            wanted = Wanted(limit=1, sort=sort, facets=("one", "many"), days=True)
            evaluator.match(query, wanted)


def _suggest(evaluator: ArrayEvaluator, languages: Sequence[str]) -> None:
    vocabulary = SegmentVocabulary(evaluator, _no_article, languages, DEFAULT_LIMITS, NEVER)
    ranges = [TermRange("source", "a", prefix=True), TermRange("source", "c")]
    vocabulary.frequent(ranges, 1)
    vocabulary.newest(vocabulary.find(ranges), [[0], [1]], 1)
    vocabulary.similar("source", "a", 1)


def _no_article(number: int) -> Article:
    raise LookupError(number)


def _queries() -> Iterator[Query]:
    yield Everything()
    for terms in ("a", "a ab", "b", "b ba", "a abc b", "c"):
        yield _text(*terms.split())
        yield _text(*terms.split(), share=1.0)
        yield And((_text(*terms.split()), Keyword("source", "b"), _period()))
    yield _text("a", "b", "c", share=0.5)
    yield Prefer(_text("a", "b"), "language", ("a",), 0.1)
    yield Text(_text("a", "b").units, 1.0, extra=(_prefix("ab"),), part=_PART)
    yield Text((Unit((_prefix("b"), _prefix("a"))), *_text("b", "a").units), 0.6, part=_PART)
    yield Text((Unit((Term("grams", "ab", edits=1),)),), 1.0, part=_PART)
    yield Text((Unit((Term("grams", "b"), Term("grams", "c"))), *_text("ba").units), 1.0)
    yield Text((Unit((Term("grams", "c"), Term("grams", "b"))), *_text("a").units), 1.0)
    yield Or((_text("a"), _period(), Not(_text("b"))))
    yield And((_text("c"), Not(_text("b")), _period()))
    yield And((Keyword("source", "c"), Keyword("source", "ba")))
    pair, three = _phrase("a", "ab"), _phrase("a", "ab", "abc")
    open_ended = Phrase((Slot(0, "a"), Slot(1, "ab", prefix=True)), 2, "", _PART)
    yield from (pair, three, open_ended, _phrase("a"), Near((pair, three), 2, _PART))
    yield Near((pair, three), None, _PART)


def _text(*terms: str, share: float = 0.001) -> Text:
    units = tuple(Unit((Term("grams", term),)) for term in terms)
    return Text(units, share, part=_PART)


def _prefix(text: str) -> Term:
    return Term("grams", text, prefix=True)


def _phrase(*terms: str) -> Phrase:
    slots = tuple(Slot(offset, term) for offset, term in enumerate(terms))
    return Phrase(slots, len(slots), "", _PART)


def _period() -> Published:
    return Published(Period(datetime(1970, 2, 1, tzinfo=UTC), datetime(1990, 1, 1, tzinfo=UTC)))


def _segment(wide: bool, facet_type: np.dtype[np.unsignedinteger]) -> SegmentData:
    """A segment with the same terms as grams of the text, as languages and as sources."""
    docs = [np.arange(0, DOC_COUNT, step, dtype=np.uint32) for step in _STEPS.values()]
    counts = np.array([len(each) for each in docs])
    places = np.repeat(np.arange(len(docs)), counts) + wide * _WIDE
    data = SegmentData(
        doc_count=DOC_COUNT,
        fields=[
            FieldTerms("text_grams", len(docs), positions=True, scorable=True),
            FieldTerms("language", len(docs), positions=False, scorable=False),
            FieldTerms("source", len(docs), positions=False, scorable=False),
        ],
        term_blob=np.frombuffer(b"".join(_STEPS) * 3, np.uint8),
        term_offsets=_offsets(np.tile([len(term) for term in _STEPS], 3)),
        term_postings=_offsets(np.tile(counts, 3)),
        term_totals=np.tile(counts, 3),
        docs=np.concatenate(docs * 3),
        freqs=np.ones(3 * counts.sum(), np.uint32),
        positions=places,
        lengths=np.array([[3 + wide * _WIDE], [0], [0]]).repeat(DOC_COUNT, axis=1),
        stored_offsets=np.zeros(DOC_COUNT + 1, np.uint64),
        stored_blob=np.empty(0, np.uint8),
    )
    facets = {
        "one": _facet(np.ones(DOC_COUNT, np.int64)),
        "many": _facet(np.arange(DOC_COUNT) % 2 * 2),
    }
    extra = value_arrays(np.arange(DOC_COUNT) * SECONDS_A_DAY, facets)
    extra["facets/one/single"] = extra["facets/one/single"].astype(facet_type)
    if wide:
        extra["evaluation/days"] = extra["evaluation/days"].astype(np.uint32)
    data.extra = extra
    return data


def _facet(counts: I64) -> Facet:
    """A facet of two values, of which each document has as many as ``counts`` says."""
    starts = _offsets(counts).astype(np.uint32)
    ordinals = np.arange(starts[-1], dtype=np.uint32) % 2
    blob, offsets = np.frombuffer(b"xy", np.uint8), np.arange(3, dtype=np.uint64)
    return Facet(blob, offsets, starts, ordinals)


def _offsets(lengths: I64) -> U64:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.uint64)
