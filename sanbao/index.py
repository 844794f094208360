"""An index, as a Python program asks it and changes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sanbao.search.article import Article
from sanbao.search.engines import ArticleWriter, SearchEngine, open_engine, open_writer
from sanbao.search.fields import Sort
from sanbao.search.limits import DEFAULT_LIMITS, Limits
from sanbao.search.ranking.recency import DEFAULT_RECENCY, Recency
from sanbao.search.request import SearchRequest, TimelineUnit
from sanbao.search.results import IndexStats, ResultPage, Suggestion

Texts = str | Iterable[str] | None
"""One text, or several; None is none."""


class Index:
    """An open index; :func:`open` makes one. Threads may share it.

    Each call sees the newest commit that any process has made. As a context manager it closes at
    the end.
    """

    def __init__(self, engine: SearchEngine) -> None:
        self._engine = engine

    def search(
        self,
        query: str = "",
        *,
        from_: str | None = None,
        to: str | None = None,
        sort: Sort = "relevance",
        limit: int = 10,
        offset: int = 0,
        facets: Texts = (),
        timeline: TimelineUnit | None = None,
        highlight: bool = True,
        recency: bool = True,
        explain: bool = False,
        **filters: Texts,
    ) -> ResultPage:
        """The page of results for a query, by the names that HTTP and the command line have.

        Args:
            query: as it is typed in the search box; may be empty beside a filter.
            from_, to: only what was published in this time, both ends included: ``2026-09-01``,
                ``2026-09``, ``7d`` for a week ago.
            limit, offset: the page: so many hits, after so many.
            facets: which of :data:`search.fields.FACETS` to count.
            timeline: the period to count articles by.
            highlight: whether hits carry extracts in which what was found is marked.
            recency: whether newer articles are favoured in the order by relevance.
            explain: whether to say how each score came about.
            filters: by the names of :data:`search.fields.FILTERS`, such as ``lang`` or ``source``:
                a value, or several of which any will do.

        Raises:
            InvalidRequest: naming the parameter, when a value is not allowed.
            IndexProblem: when the index cannot be read.
        """
        given: dict[str, Any] = {name: _several(values) for name, values in filters.items()}
        SearchRequest(filters=dict.fromkeys(filters, ()))  # refuses what is no filter
        request = SearchRequest.from_params(
            q=query,
            from_=from_,
            to=to,
            sort=sort,
            limit=limit,
            offset=offset,
            facets=_several(facets),
            timeline=timeline,
            highlight=highlight,
            recency=recency,
            explain=explain,
            **given,
        )
        return self.answer(request)

    def answer(self, request: SearchRequest) -> ResultPage:
        """The page for a request that was made elsewhere; raises what :meth:`search` raises."""
        return self._engine.search(request)

    def suggest(self, prefix: str, *, limit: int = 8, lang: Texts = ()) -> tuple[Suggestion, ...]:
        """What somebody may mean who has typed ``prefix`` so far: phrases, then titles.

        Args:
            limit: how many at most.
            lang: only articles in this language, or these, if there are any.

        Raises:
            InvalidRequest: when one of them is no language that there is.
            IndexProblem: when the index cannot be read.
        """
        return self._engine.suggest(prefix, limit, _several(lang))

    def get(self, article_id: str) -> Article | None:
        """The article with this id, or None."""
        return self._engine.get(article_id)

    def articles(self) -> Iterator[Article]:
        """Every article, in no particular order, of the state at the time of the call."""
        return self._engine.articles()

    def stats(self) -> IndexStats:
        """What is in the index."""
        return self._engine.stats()

    def close(self) -> None:
        """Let go of all files and connections. Calling it twice is legal."""
        self._engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def open(  # noqa: A001 - to be called sanbao.open
    location: str | PathLike[str],
    *,
    recency: Recency = DEFAULT_RECENCY,
    limits: Limits = DEFAULT_LIMITS,
    synonyms: str | PathLike[str] | None = None,
) -> Index:
    """The index at ``location``, a folder, to be asked.

    Where compiled kernels are not in the user's cache yet, this compiles them for a minute, as
    ``sanbao warm`` would.

    Args:
        recency: how much newer articles are favoured.
        limits: how much one search may ask for and use.
        synonyms: a file of them, read again whenever it changes.

    Raises:
        IndexNotFound, AnalysisMismatch, IndexVersionMismatch, IndexCorrupt, StorageFailed.
        InvalidSynonyms: when the file cannot be used.
    """
    file = None if synonyms is None else Path(synonyms)
    return Index(open_engine(_place(location), recency, limits, file))


def write(location: str | PathLike[str]) -> ArticleWriter:
    """A writer for the index at ``location``, a folder; makes the index if there is none.

    As a context manager it commits at the end and takes all changes back at an exception; an index
    that it made stays, empty. One writer an index: a second one is refused while it is open.

    Raises:
        IndexLocked: when another writer holds the index.
        AnalysisMismatch, IndexVersionMismatch, IndexCorrupt, StorageFailed.
    """
    return open_writer(_place(location))


def _place(location: str | PathLike[str]) -> str | Path:
    if location == "":
        raise ValueError("the location is empty; name the folder of an index")
    return location if isinstance(location, str) else Path(location)


def _several(values: Texts) -> tuple[str, ...]:
    return (values,) if isinstance(values, str) else tuple(values or ())
