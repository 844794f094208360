"""The embedded engine: a Whoosh index in a folder, searched."""

from __future__ import annotations

import heapq
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from weakref import WeakSet

from whoosh.reading import IndexReader

from search.analysis.language import query_languages
from search.article import Article, format_instant
from search.engines import index_folder
from search.engines.timeline import timeline
from search.engines.whoosh_evaluator import Evaluator, Scores
from search.engines.whoosh_schema import NO_DATE, from_stored, unpack_values
from search.query import Everything, Query
from search.query_parser import query_of
from search.request import SearchRequest, Sort
from search.results import FacetValue, Hit, IndexStats, ResultPage
from search.snippets import Highlighter

MAX_FACET_VALUES = 100


class WhooshEngine:
    """Answers :class:`search.engines.base.SearchEngine` from the index in a folder.

    Raises:
        IndexNotFound, AnalysisMismatch, IndexVersionMismatch, IndexCorrupt.
    """

    def __init__(self, folder: Path) -> None:
        index_folder.check(folder)
        self._folder = folder
        self._local = threading.local()
        # Weak, so that the reader of a thread goes when the thread ends.
        self._readers: WeakSet[IndexReader] = WeakSet()
        self._index = index_folder.open_index(folder)

    def search(self, request: SearchRequest) -> ResultPage:
        """The page of results that the request asks for."""
        started = time.perf_counter()
        query = query_of(request)
        state = self._state()
        scores = state.evaluate(query)
        return ResultPage(
            query=request.text,
            languages=query_languages(request.text),
            total=len(scores),
            offset=request.offset,
            limit=request.limit,
            hits=_hits(state, scores, query, request),
            facets={name: _facet(state, scores, name) for name in request.facets},
            timeline=timeline(_dates(state, scores), request.timeline) if request.timeline else (),
            took_ms=(time.perf_counter() - started) * 1000,
        )

    def get(self, article_id: str) -> Article | None:
        """The article with this id, or None."""
        reader = self._state().reader
        for doc_id in doc_ids(reader, article_id):
            return from_stored(reader.stored_fields(doc_id))
        return None

    def articles(self) -> Iterator[Article]:
        """Every article of the state at the time of the call."""
        # A reader of its own, which no later call of this thread replaces half way.
        return _articles(self._new_reader())

    def stats(self) -> IndexStats:
        """What is in the index."""
        state = self._state()
        scores = state.evaluate(Everything())
        dates = _dates(state, scores)
        return IndexStats(
            articles=len(scores),
            languages={v.value: v.count for v in _facet(state, scores, "lang")},
            sources={v.value: v.count for v in _facet(state, scores, "source")},
            oldest=_instant(min(dates, default=None)),
            newest=_instant(max(dates, default=None)),
            size_bytes=_size(self._folder),
            generation=self._local.generation,
        )

    def close(self) -> None:
        """Let go of all files."""
        for reader in list(self._readers):
            reader.close()
        self._readers.clear()
        self._local = threading.local()

    def _state(self) -> Evaluator:
        """An evaluator on the newest committed state.

        Readers are not safe to share between threads, so each has its own; a new generation
        means a new reader, because Whoosh's own refreshing mixes up generations.
        """
        generation = self._index.latest_generation()
        if getattr(self._local, "generation", None) != generation:
            self._open_reader(generation)
        return Evaluator(self._local.reader)

    def _open_reader(self, generation: int) -> None:
        stale = getattr(self._local, "reader", None)
        self._local.reader = self._new_reader()
        self._local.generation = generation
        self._readers.add(self._local.reader)
        if stale is not None:
            stale.close()

    def _new_reader(self) -> IndexReader:
        # The folder may hold another index by now, or none.
        index_folder.check(self._folder)
        return index_folder.open_reader(self._index, self._folder)


def doc_ids(reader: IndexReader, article_id: str) -> list[int]:
    """The doc_ids of the articles with this id: one, or none."""
    if ("id", article_id) not in reader:
        return []
    return list(reader.postings("id", article_id).all_ids())


def _hits(
    state: Evaluator, scores: Scores, query: Query, request: SearchRequest
) -> tuple[Hit, ...]:
    highlighter = Highlighter(query) if request.highlight else None
    ranked = _ranked(state, scores, request)[request.offset :]
    found = ((from_stored(state.reader.stored_fields(doc)), scores[doc]) for doc in ranked)
    return tuple(
        Hit(article, score, highlighter.highlight(article) if highlighter else None)
        for article, score in found
    )


def _ranked(state: Evaluator, scores: Scores, request: SearchRequest) -> list[int]:
    """The first ``offset + limit`` doc_ids in the order that the request asks for.

    Equal scores stand newest first, articles without a date last.
    """

    published = state.published
    keys: dict[Sort, Callable[[int], tuple[float, ...]]] = {
        "relevance": lambda doc: (-scores[doc], -published[doc]),
        "newest": lambda doc: (-published[doc],),
        "oldest": lambda doc: (published[doc] == NO_DATE, published[doc]),
    }
    wanted = request.offset + request.limit
    return heapq.nsmallest(wanted, sorted(scores), key=keys[request.sort])


def _articles(reader: IndexReader) -> Iterator[Article]:
    with reader:
        for doc_id in reader.all_doc_ids():
            yield from_stored(reader.stored_fields(doc_id))


def _size(folder: Path) -> int:
    size = 0
    for path in folder.iterdir():
        with suppress(FileNotFoundError):  # a commit removes files
            size += path.stat().st_size
    return size


def _facet(state: Evaluator, scores: Scores, name: str) -> tuple[FacetValue, ...]:
    if not scores:
        return ()
    column = state.reader.column_reader(f"{name}_facet")
    counts = Counter(value for doc_id in scores for value in unpack_values(column[doc_id]))
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(FacetValue(value, count) for value, count in ordered[:MAX_FACET_VALUES])


def _dates(state: Evaluator, scores: Scores) -> list[int]:
    dates = (state.published[doc_id] for doc_id in scores)
    return [seconds for seconds in dates if seconds != NO_DATE]


def _instant(seconds: int | None) -> str | None:
    return None if seconds is None else format_instant(datetime.fromtimestamp(seconds, UTC))
