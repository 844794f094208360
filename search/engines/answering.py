"""From a request to a page of results, for every engine.

A query goes down these stairs, once::

    Answering.search
        understand      what was typed, and what else that can be written as
        _match          ask the index; without the quotations if nothing at all has them
        fetch, mark     the articles of the page, and where they have it
        _explain        what the scores are made of
        _correct        what may have been meant
        timeline        the counted days by period

Beneath it an engine answers :class:`search.engines.base.IndexReader`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sanbao.search.analysis import describe as describe_text
from sanbao.search.analysis.keyword import keyword
from sanbao.search.analysis.language import query_languages
from sanbao.search.article import Article, format_instant
from sanbao.search.engines.base import Index, IndexReader, Matches, Wanted
from sanbao.search.errors import IndexProblem, InvalidRequest
from sanbao.search.expansion.synonyms import Synonyms, SynonymsFile
from sanbao.search.highlights.highlighter import Highlighter, unmarked
from sanbao.search.limits import DEFAULT_LIMITS, Deadline, Limits, TimeIsUp, working_time
from sanbao.search.query.describe import describe
from sanbao.search.query.tree import Everything, Query
from sanbao.search.query.understanding import Understood, query_of, understand
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
    WIDENED,
    Explanation,
    FacetValue,
    Highlight,
    Hit,
    IndexStats,
    ResultPage,
    ScorePart,
    Suggestion,
)
from sanbao.search.suggestions.correcting import Corrector
from sanbao.search.suggestions.suggesting import Suggester
from sanbao.search.timeline import timeline

_log = logging.getLogger(__name__)

MAX_FACET_VALUES = 100
MAX_LISTED_SOURCES = 300


class Answering:
    """Answers :class:`search.engines.base.SearchEngine` from any index.

    Args:
        recency: how much newer articles are favoured, unless a request turns that off.
        limits: how much one search may ask for and use.
        synonyms: what else may stand for what is typed.
    """

    def __init__(
        self,
        index: Index,
        recency: Recency,
        limits: Limits = DEFAULT_LIMITS,
        synonyms: SynonymsFile | None = None,
    ) -> None:
        self._index = index
        self._recency = recency
        self._limits = limits
        self._synonyms = synonyms

    def search(self, request: SearchRequest) -> ResultPage:
        """The page of results that the request asks for."""
        started = working_time()
        synonyms, trouble = self._synonyms.current()[:2] if self._synonyms else (None, None)
        understood = understand(request, self._limits, synonyms)
        asked = _Asked(self._index.reader(), request, self._limits, self._wanted(request))
        asked.warn(OUTDATED, self._index.problem)
        query, matches = _match(asked, understood, synonyms)
        asked.warn(OLD_SYNONYMS, trouble)
        articles = asked.reader.fetch(matches.keys)
        highlights = _mark(asked, query, articles)
        explained = _explain(asked, query, matches)
        dated = timeline(matches.days, request.timeline)
        if dated.unit and dated.is_widened:
            asked.warn(WIDENED[dated.unit], True)
        return ResultPage(
            query=request.text,
            understood=describe(query),
            suggestion=_correct(asked),
            languages=query_languages(request.text),
            total=matches.total,
            total_relation="gte" if matches.is_stopped or matches.is_cut else "eq",
            offset=request.offset,
            limit=request.limit,
            hits=tuple(map(Hit, articles, matches.scores, highlights, explained.parts)),
            facets=matches.facets,
            timeline=dated.buckets,
            timeline_unit=dated.unit,
            explanation=explained.explanation,
            partial=bool(asked.warnings),
            warnings=tuple(asked.warnings),
            took_ms=(working_time() - started) * 1000,
        )

    def suggest(
        self, prefix: str, limit: int = 8, languages: Sequence[str] = ()
    ) -> tuple[Suggestion, ...]:
        """What somebody may mean who has typed ``prefix`` so far."""
        check_languages(languages)
        vocabulary = self._index.reader().vocabulary(
            tuple(map(keyword, languages)), self._limits, Deadline(self._limits.seconds)
        )
        return Suggester(vocabulary).suggest(prefix, limit)

    def analyze(self, text: str, language: str | None = None) -> dict[str, Any]:
        """What the analysis makes of a text."""
        return describe_text(text, language, Deadline(self._limits.seconds))

    def get(self, article_id: str) -> Article | None:
        """The article with this id, or None."""
        return self._index.reader().find(article_id)

    def articles(self) -> Iterator[Article]:
        """Every article of the state at the time of the call."""
        return self._index.reader().articles()

    def stats(self) -> IndexStats:
        """What is in the index."""
        reader = self._index.reader()
        wanted = Wanted(facets=("lang", "source"), facet_limit=10**9, days=True)
        matches = reader.match(Everything(), wanted)
        return IndexStats(
            articles=matches.total,
            languages=_counts(matches.facets["lang"]),
            sources=_counts(matches.facets["source"][:MAX_LISTED_SOURCES]),
            source_count=len(matches.facets["source"]),
            oldest=_instant(matches.days.oldest) if matches.days else None,
            newest=_instant(matches.days.newest) if matches.days else None,
            size_bytes=reader.size_bytes,
            generation=reader.generation,
        )

    def problem(self) -> IndexProblem | None:
        """What keeps the newest commit from being served, while an older one is; None if nothing.

        Raises:
            IndexProblem: when nothing can be served at all.
        """
        self._index.reader()
        return self._index.problem

    def state(self) -> str:
        """What answers depend on beside the request."""
        synonyms = self._synonyms.current()[1:] if self._synonyms else ()
        generation = self._index.reader().generation
        return repr((generation, str(self._index.problem), synonyms, _today()))

    @property
    def seconds(self) -> float:
        """After which a search answers with what it has."""
        return self._limits.seconds

    def close(self) -> None:
        """Let go of all files and connections; a later call takes them again."""
        self._index.close()

    def _wanted(self, request: SearchRequest) -> Wanted:
        favours_newer = request.recency and request.sort == "relevance" and self._recency.strength
        return Wanted(
            offset=request.offset,
            limit=request.limit,
            sort=request.sort,
            facets=request.facets,
            facet_limit=MAX_FACET_VALUES,
            days=request.timeline is not None,
            recency=self._recency if favours_newer else None,
            today=_today(),
            limits=self._limits,
        )


@dataclass
class _Asked:
    """A request on its way through a state of the index, and what its answer will lack."""

    reader: IndexReader
    request: SearchRequest
    limits: Limits
    wanted: Wanted
    warnings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.deadline = Deadline(min(self.limits.seconds, self.request.seconds))

    def warn(self, warning: str, holds: object) -> None:
        if holds:
            self.warnings.append(warning)

    def match(self, query: Query) -> Matches:
        return self.reader.match(query, self.wanted, self.deadline)


def _match(
    asked: _Asked, understood: Understood, synonyms: Synonyms | None
) -> tuple[Query, Matches]:
    """What matches, and the query that does: in words, if nothing has what is quoted."""
    query, warned, in_words = understood
    matches = asked.match(query)
    asked.warnings += warned
    if in_words and matches.has_nothing and _is_nowhere(asked, synonyms):
        query, matches = in_words, asked.match(in_words)
        asked.warn(NOT_QUOTED, True)
    asked.warn(STOPPED, matches.is_stopped)
    asked.warn(EXPANSION_CUT, matches.is_cut)
    asked.warn(UNCOUNTED, matches.is_uncounted)
    return query, matches


def _is_nowhere(asked: _Asked, synonyms: Synonyms | None) -> bool:
    """Whether nothing has what was typed. Filters must not decide that, or what they let through
    would not be a part of what there is without them."""
    text_alone = SearchRequest(text=asked.request.text)
    return asked.match(understand(text_alone, asked.limits, synonyms).query).has_nothing


def _mark(asked: _Asked, query: Query, articles: Sequence[Article]) -> list[Highlight | None]:
    """The highlight of each article; when the time is up, nothing is marked in the rest."""
    if not asked.request.highlight:
        return [None] * len(articles)
    highlighter = Highlighter(query)
    highlights: list[Highlight | None] = []
    with suppress(TimeIsUp):
        for article in articles:
            highlights.append(highlighter.highlight(article, asked.deadline))
    rest = articles[len(highlights) :]
    asked.warn(UNMARKED, rest)
    return [*highlights, *map(unmarked, rest)]


class _Explained(NamedTuple):
    """The parts of each hit's score, and how the query was answered, if that was asked for."""

    parts: Sequence[tuple[ScorePart, ...] | None]
    explanation: Explanation | None = None


def _explain(asked: _Asked, query: Query, matches: Matches) -> _Explained:
    nothing = _Explained([None] * len(matches.keys))
    if not asked.request.explain:
        return nothing
    reader, wanted, deadline = asked.reader, asked.wanted, asked.deadline
    try:
        parts = reader.explain(query, matches.keys, wanted, deadline)
        matching = reader.matching(query, wanted, deadline)
    except TimeIsUp:
        asked.warn(UNEXPLAINED, True)
        return nothing
    return _Explained([*map(_by_value, parts)], Explanation(describe(query), matching))


def _by_value(parts: Sequence[ScorePart]) -> tuple[ScorePart, ...]:
    return tuple(sorted(parts, key=lambda part: -part.value))


def _correct(asked: _Asked) -> str | None:
    """What somebody may have meant who asks for the first page of this; it finds something.

    Whatever goes wrong here, the answer to what was asked stands.
    """
    request, limits, deadline = asked.request, asked.limits, asked.deadline
    if request.offset or not request.limit:
        return None
    try:
        vocabulary = asked.reader.vocabulary((), limits, deadline)
        corrected = Corrector(vocabulary, limits).correct(request.text)
        if corrected is None:
            return None
        query = query_of(replace(request, text=corrected), limits)
        found = asked.reader.match(query, Wanted(limits=limits), deadline)
        return corrected if found.total else None
    except (TimeIsUp, InvalidRequest):
        return None
    except Exception:
        _log.exception("no suggestion could be made for a query")
        return None


def _today() -> int:
    return day_of(time.time())


def _counts(values: Sequence[FacetValue]) -> dict[str, int]:
    return {value.value: value.count for value in values}


def _instant(seconds: int) -> str | None:
    return format_instant(datetime.fromtimestamp(seconds, UTC))
