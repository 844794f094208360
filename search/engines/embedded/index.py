"""The embedded engine: a Whoosh index of array segments in a folder, searched."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sanbao.search.analysis.language import query_languages
from sanbao.search.article import Article, format_instant
from sanbao.search.engines.arrays.counting import DayCounts
from sanbao.search.engines.arrays.evaluator import Matches
from sanbao.search.engines.embedded.state import IndexState
from sanbao.search.errors import IndexNotFound, IndexProblem, InvalidRequest
from sanbao.search.expansion.synonyms import Synonyms, SynonymsFile
from sanbao.search.highlights.highlighter import Highlighter, unmarked
from sanbao.search.limits import DEFAULT_LIMITS, Deadline, Limits, TimeIsUp
from sanbao.search.query.describe import describe
from sanbao.search.query.parser import query_of, understand
from sanbao.search.query.tree import Everything, Query
from sanbao.search.ranking.recency import Recency, day_of
from sanbao.search.request import SearchRequest, check_languages
from sanbao.search.results import (
    EXPANSION_CUT,
    NOT_QUOTED,
    OLD_SYNONYMS,
    OUTDATED,
    STOPPED,
    UNCOUNTED,
    UNEXPLAINED,
    UNMARKED,
    Explanation,
    FacetValue,
    Highlight,
    Hit,
    IndexStats,
    ResultPage,
    ScorePart,
    Suggestion,
    TimelineBucket,
)
from sanbao.search.storage import generations
from sanbao.search.storage.folder import Folder
from sanbao.search.suggestions.correcting import Corrector
from sanbao.search.suggestions.suggesting import Suggester
from sanbao.search.timeline import timeline

_log = logging.getLogger(__name__)

MAX_FACET_VALUES = 100
TRY_AGAIN_SECONDS = 1.0
"""After a new state could not be opened."""


class WhooshEngine:
    """Answers :class:`search.engines.base.SearchEngine` from the index in a folder.

    Args:
        recency: how much newer articles are favoured, unless a request turns that off.
        limits: how much one search may ask for and use.
        synonyms: what else may stand for what is typed.

    Raises:
        IndexNotFound, AnalysisMismatch, IndexVersionMismatch, IndexCorrupt.
    """

    def __init__(
        self,
        folder: Folder,
        recency: Recency,
        limits: Limits = DEFAULT_LIMITS,
        synonyms: SynonymsFile | None = None,
    ) -> None:
        self._folder = folder
        self._recency = recency
        self._limits = limits
        self._synonyms = synonyms
        self._opening = threading.Lock()
        self._current: IndexState | None = IndexState.open(folder)
        self._trouble: IndexProblem | None = None
        self._try_again_at = 0.0

    def search(self, request: SearchRequest) -> ResultPage:
        """The page of results that the request asks for."""
        started = time.perf_counter()
        synonyms, trouble = self._synonyms.current() if self._synonyms else (None, None)
        query, warned, in_words = understand(request, self._limits, synonyms)
        state = self._state()
        deadline = Deadline(min(self._limits.seconds, request.seconds))
        recency = self._recency_for(request)
        today = day_of(time.time())
        run = partial(
            state.evaluator.run,
            limit=request.offset + request.limit,
            sort=request.sort,
            facets=request.facets,
            facet_limit=MAX_FACET_VALUES,
            days=request.timeline is not None,
            recency=recency,
            today=today,
            limits=self._limits,
            deadline=deadline,
        )
        matches = run(query)
        if (
            in_words
            and matches.has_nothing
            and run(self._unfiltered(request, synonyms)).has_nothing
        ):
            query, warned, matches = in_words, (*warned, NOT_QUOTED), run(in_words)
        warnings = [*warned, *_lacks(matches)]
        if self._trouble or state.problem:
            warnings.insert(0, OUTDATED)
        if trouble:
            warnings.append(OLD_SYNONYMS)
        page = slice(request.offset, None)
        doc_ids, scores = matches.doc_ids[page], matches.scores[page].tolist()
        articles = [state.article(doc_id) for doc_id in doc_ids.tolist()]
        highlights = _highlights(query, articles, request, deadline, warnings)
        parts: Sequence[list[ScorePart] | None] = [None] * len(articles)
        explanation = None
        if request.explain:
            try:
                parts = state.evaluator.explain(
                    query,
                    doc_ids,
                    recency=recency,
                    today=today,
                    limits=self._limits,
                    deadline=deadline,
                )
                explanation = _explanation(state, query, deadline)
            except TimeIsUp:
                warnings.append(UNEXPLAINED)
        return ResultPage(
            query=request.text,
            understood=describe(query),
            suggestion=self._correction(request, state, deadline),
            languages=query_languages(request.text),
            total=matches.total,
            total_relation="gte" if matches.is_stopped or matches.is_cut else "eq",
            offset=request.offset,
            limit=request.limit,
            hits=tuple(map(_hit, articles, scores, highlights, parts)),
            facets=matches.facets,
            timeline=_timeline(matches.days, request),
            explanation=explanation,
            partial=bool(warnings),
            warnings=tuple(warnings),
            took_ms=(time.perf_counter() - started) * 1000,
        )

    def suggest(
        self, prefix: str, limit: int = 8, languages: Sequence[str] = ()
    ) -> tuple[Suggestion, ...]:
        """What somebody may mean who has typed ``prefix`` so far."""
        check_languages(languages)
        deadline = Deadline(self._limits.seconds)
        return Suggester(self._state(), languages, self._limits, deadline).suggest(prefix, limit)

    def get(self, article_id: str) -> Article | None:
        """The article with this id, or None."""
        return self._state().find(article_id)

    def articles(self) -> Iterator[Article]:
        """Every article of the state at the time of the call."""
        return self._state().articles()

    def stats(self) -> IndexStats:
        """What is in the index."""
        state = self._state()
        matches = state.evaluator.run(
            Everything(), limit=0, facets=("lang", "source"), facet_limit=10**9, days=True
        )
        return IndexStats(
            articles=matches.total,
            languages=_counts(matches.facets["lang"]),
            sources=_counts(matches.facets["source"]),
            oldest=_instant(matches.days.oldest) if matches.days else None,
            newest=_instant(matches.days.newest) if matches.days else None,
            size_bytes=_size(self._folder.path),
            generation=state.generation,
        )

    def problem(self) -> IndexProblem | None:
        """What keeps the newest commit from being served, while an older one is; None if nothing.

        Raises:
            IndexProblem: when nothing can be served at all.
        """
        state = self._state()
        return self._trouble or state.problem

    def close(self) -> None:
        """Let go of all files; a later call opens them again."""
        self._current = None

    def _unfiltered(self, request: SearchRequest, synonyms: Synonyms | None) -> Query:
        """The text alone: whether its quotations are anywhere must not depend on the filters, or
        what they let through would not be a part of what there is without them."""
        return understand(SearchRequest(text=request.text), self._limits, synonyms).query

    def _correction(
        self, request: SearchRequest, state: IndexState, deadline: Deadline
    ) -> str | None:
        """What somebody may have meant who asks for the first page of this; it finds something.

        Whatever goes wrong here, the answer to what was asked stands.
        """
        if request.offset or not request.limit:
            return None
        try:
            corrected = Corrector(state, self._limits, deadline).correct(request.text)
            if corrected is None:
                return None
            query = query_of(replace(request, text=corrected), self._limits)
            found = state.evaluator.run(query, limit=0, limits=self._limits, deadline=deadline)
            return corrected if found.total else None
        except (TimeIsUp, InvalidRequest):
            return None
        except Exception:
            _log.exception("no suggestion could be made for a query")
            return None

    def _recency_for(self, request: SearchRequest) -> Recency | None:
        """The prior that holds for a request."""
        wanted = request.recency and request.sort == "relevance"
        return self._recency if wanted and self._recency.strength else None

    def _state(self) -> IndexState:
        """The newest committed state that can be served.

        While the newest cannot be opened, the one before goes on being served.
        """
        current = self._current
        if self._trouble and current and time.monotonic() < self._try_again_at:
            return current
        try:
            if current is None or current.newest != generations.newest(self._folder):
                current = self._open_newest(current)
            self._trouble = None
        except IndexNotFound:
            raise
        except IndexProblem as error:
            if current is None:
                raise
            self._trouble = error
            self._try_again_at = time.monotonic() + TRY_AGAIN_SECONDS
        return current

    def _open_newest(self, current: IndexState | None) -> IndexState:
        with self._opening:
            newest = self._current
            if newest is None or newest is current:  # no other thread was here first
                newest = self._current = IndexState.open(self._folder, current)
            return newest


def _lacks(matches: Matches) -> list[str]:
    """What is to be said of matches that are not all there is."""
    said = {
        STOPPED: matches.is_stopped,
        EXPANSION_CUT: matches.is_cut,
        UNCOUNTED: matches.is_uncounted,
    }
    return [warning for warning, holds in said.items() if holds]


def _highlights(
    query: Query,
    articles: Sequence[Article],
    request: SearchRequest,
    deadline: Deadline,
    warnings: list[str],
) -> list[Highlight | None]:
    """One for each article; when the time is up, nothing is marked in the rest."""
    if not request.highlight:
        return [None] * len(articles)
    highlighter = Highlighter(query)
    highlights: list[Highlight | None] = []
    with suppress(TimeIsUp):
        for article in articles:
            highlights.append(highlighter.highlight(article, deadline))
    if rest := articles[len(highlights) :]:
        warnings.append(UNMARKED)
        highlights += map(unmarked, rest)
    return highlights


def _hit(
    article: Article, score: float, highlight: Highlight | None, parts: list[ScorePart] | None
) -> Hit:
    if parts is None:
        return Hit(article, score, highlight)
    # What adds most comes first.
    return Hit(article, score, highlight, tuple(sorted(parts, key=lambda part: -part.value)))


def _explanation(state: IndexState, query: Query, deadline: Deadline) -> Explanation:
    return Explanation(describe(query), state.evaluator.matching(query, deadline))


def _timeline(days: DayCounts | None, request: SearchRequest) -> tuple[TimelineBucket, ...]:
    if days is None or request.timeline is None:
        return ()
    return timeline(days, request.timeline)


def _counts(values: Sequence[FacetValue]) -> dict[str, int]:
    return {value.value: value.count for value in values}


def _size(folder: Path) -> int:
    size = 0
    for path in folder.iterdir():
        with suppress(FileNotFoundError):  # a commit removes files
            size += path.stat().st_size
    return size


def _instant(seconds: int) -> str | None:
    return format_instant(datetime.fromtimestamp(seconds, UTC))
