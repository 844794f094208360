"""The protocols of engines.

::

    SearchEngine, ArticleWriter     what commands, pages and the indexer hold
        answering                   from a request to a page, the same for every engine
            Index, IndexReader      what an engine answers

An engine is an :class:`Index` and an :class:`ArticleWriter`; all that lies between a request and
what matches is :mod:`search.engines.answering`. The smallest one, in plain Python, is
``tests/search/engines/plain``; the tests beside it are the contract that each one keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol, Self

from sanbao.search.article import Article
from sanbao.search.errors import IndexProblem
from sanbao.search.fields import Sort
from sanbao.search.limits import DEFAULT_LIMITS, NEVER, Deadline, Limits
from sanbao.search.query.tree import Query
from sanbao.search.ranking.recency import Recency
from sanbao.search.request import SearchRequest
from sanbao.search.results import (
    FacetValue,
    IndexStats,
    ResultPage,
    ScorePart,
    Suggestion,
    TextMatching,
)
from sanbao.search.suggestions.vocabulary import Vocabulary
from sanbao.search.timeline import DayCounts


class SearchEngine(Protocol):
    """Finds articles. Safe to share between threads; each call sees one committed state."""

    def search(self, request: SearchRequest) -> ResultPage:
        """The page of results that the request asks for.

        A commit made by any process is visible to the next call. When a limit of the engine cuts
        the answer short, it says so: ``partial``, ``warnings``.

        Raises:
            InvalidRequest: when the request cannot be answered as asked.
            IndexProblem: when the index cannot be read.
        """
        ...

    def suggest(
        self, prefix: str, limit: int = 8, languages: Sequence[str] = ()
    ) -> tuple[Suggestion, ...]:
        """What somebody may mean who has typed ``prefix`` so far: phrases, then titles.

        Any text is legal; of one that is the beginning of nothing there are no suggestions.

        Args:
            limit: how many at most.
            languages: of :data:`search.article.LANGUAGES`; only articles in one of them count, if
                there are any. ``zh`` includes both scripts.

        Raises:
            InvalidRequest: when one of them is no language of these.
            IndexProblem: when the index cannot be read.
        """
        ...

    def analyze(self, text: str, language: str | None = None) -> dict[str, Any]:
        """What the analysis makes of a text, as :func:`search.analysis.describe` says it.

        Raises:
            InvalidRequest: naming ``text``, when it is too long or takes longer than a search may.
        """
        ...

    def get(self, article_id: str) -> Article | None:
        """The article with this id, or None."""
        ...

    def articles(self) -> Iterator[Article]:
        """Every article, in no particular order, of the state at the time of the call."""
        ...

    def stats(self) -> IndexStats:
        """What is in the index."""
        ...

    def problem(self) -> IndexProblem | None:
        """What keeps the newest commit from being served, while an older one is; None if nothing.

        Raises:
            IndexProblem: when nothing can be served at all.
        """
        ...

    def state(self) -> str:
        """What answers depend on beside the request: the commit that is served, what is wrong with
        a newer one, the synonyms, the day. While it stays the same, so do the answers to a request
        that no clock cuts short and that names no age such as ``7d``. The same in all processes.

        Raises:
            IndexProblem: when the index cannot be read.
        """
        ...

    @property
    def seconds(self) -> float:
        """How much time a search has; then it answers with what it has found."""
        ...

    def close(self) -> None:
        """Let go of all files and connections. Calling it twice is legal."""
        ...


@dataclass(frozen=True, slots=True)
class CommitReport:
    """What one commit changed, in articles."""

    added: int = 0
    updated: int = 0
    deleted: int = 0


class ArticleWriter(Protocol):
    """Changes articles. One writer an index; nothing is visible before :meth:`commit`.

    As a context manager it commits at a normal exit and rolls back at an exception, then
    closes. After :meth:`commit` or :meth:`rollback` it can be used again.
    """

    def add(self, article: Article) -> None:
        """Add the article, or replace the one with its id. The last one of a batch wins.

        Raises:
            InvalidArticle: when it cannot be indexed; then nothing of it is.
        """
        ...

    @property
    def pack(self) -> Callable[[Article], Any]:
        """Analyses an article. Needs no writer, so that any process can call it; it and what it
        gives can be pickled.

        Raises:
            InvalidArticle: when the article cannot be indexed.
        """
        ...

    def add_packed(self, article_id: str, packed: Any) -> None:
        """:meth:`add` for what :attr:`pack` has made of the article with this id."""
        ...

    def delete(self, article_id: str) -> None:
        """Delete the article with this id. Deleting an absent one is legal and counts 0."""
        ...

    def commit(self) -> CommitReport:
        """Make all changes since the last commit visible at once."""
        ...

    def rollback(self) -> None:
        """Forget all changes since the last commit."""
        ...

    def close(self) -> None:
        """Roll back what is not committed and let other writers in. Twice is legal.

        Whatever else is called afterwards raises IndexLocked.
        """
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is wanted of the articles that match a query.

    Attributes:
        offset, limit: which of them, in the order ``sort``, from the first; ties stand newest
            first, those without a date last, and then in an order that does not change.
        facets: names of facets to count, each with at most ``facet_limit`` values.
        days: whether to count publication days.
        recency: how much newer articles are favoured in the order by relevance, if at all.
        today: the day that it is, since 1970, for ``recency``.
        limits: how many terms the beginning of a word may stand for.
    """

    offset: int = 0
    limit: int = 0
    sort: Sort = "relevance"
    facets: Sequence[str] = ()
    facet_limit: int = 100
    days: bool = False
    recency: Recency | None = None
    today: int = 0
    limits: Limits = DEFAULT_LIMITS


@dataclass(frozen=True, slots=True)
class Matches:
    """What a query matches.

    Attributes:
        total: how many articles; there may be more if ``is_stopped`` or ``is_cut``.
        keys: those that were wanted, in order: by what their reader knows each.
        scores: of those.
        facets: by name, the most frequent values first, then in order of value.
        days: how many were published on each day, if that was wanted and any has a date.
        is_stopped: whether the time was up before the whole index had been searched.
        is_cut: whether a beginning of a word stood for some of its terms only.
        is_uncounted: whether the time was up before all facets and days had been counted; those
            that had not are absent.
    """

    total: int
    keys: Sequence[Hashable] = ()
    scores: Sequence[float] = ()
    facets: Mapping[str, tuple[FacetValue, ...]] = field(default_factory=dict)
    days: DayCounts | None = None
    is_stopped: bool = False
    is_cut: bool = False
    is_uncounted: bool = False

    @property
    def has_nothing(self) -> bool:
        """Whether nothing in the index matches."""
        return not (self.total or self.is_stopped)


class IndexReader(Protocol):
    """One committed state of an index. Never changes; safe to share between threads.

    Keys are those that it gave itself; those of another reader mean nothing to it.
    """

    @property
    def generation(self) -> int:
        """The number of the commit, which grows by one with each."""
        ...

    @property
    def size_bytes(self) -> int:
        """What the index takes where it is stored."""
        ...

    def match(self, query: Query, wanted: Wanted, deadline: Deadline = NEVER) -> Matches:
        """What matches the query; when the time is up, as much of it as was found by then, which
        may be nothing."""
        ...

    def fetch(self, keys: Sequence[Hashable]) -> Sequence[Article]:
        """The articles of these keys."""
        ...

    def explain(
        self, query: Query, keys: Sequence[Hashable], wanted: Wanted, deadline: Deadline = NEVER
    ) -> Sequence[Sequence[ScorePart]]:
        """The parts of the scores that :meth:`match` gave these articles, none of them 0.

        Raises:
            TimeIsUp: when the deadline is past.
        """
        ...

    def matching(
        self, query: Query, wanted: Wanted, deadline: Deadline = NEVER
    ) -> tuple[TextMatching, ...]:
        """What an article must have for each text of the query, those under ``Not`` as well.

        Raises:
            TimeIsUp: when the deadline is past.
        """
        ...

    def vocabulary(
        self, languages: Sequence[str], limits: Limits, deadline: Deadline
    ) -> Vocabulary:
        """The terms and titles of the articles in these languages; without any, of all.

        Args:
            languages: as :func:`search.analysis.keyword.keyword` makes them, such as ``zh-hant``.
        """
        ...

    def find(self, article_id: str) -> Article | None:
        """The article with this id, or None."""
        ...

    def articles(self) -> Iterator[Article]:
        """Every article, in no particular order."""
        ...


class Index(Protocol):
    """Where articles are stored, for searching. Safe to share between threads.

    Attributes:
        problem: what kept :meth:`reader`, when it was last called, from giving the newest state
            rather than an older one; None if nothing did.
    """

    @property
    def problem(self) -> IndexProblem | None: ...

    def reader(self) -> IndexReader:
        """The newest committed state that can be read.

        Raises:
            IndexNotFound: when the index is not there, or no longer.
            IndexProblem: when no state can be read.
        """
        ...

    def close(self) -> None:
        """Let go of all files and connections; a later call of :meth:`reader` takes them again."""
        ...
