"""The two protocols that every engine answers, and the choice of engine by address."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from sanbao.search.article import Article
from sanbao.search.errors import IndexProblem
from sanbao.search.expansion.synonyms import SynonymsFile
from sanbao.search.limits import DEFAULT_LIMITS, Limits
from sanbao.search.ranking.recency import DEFAULT_RECENCY, Recency
from sanbao.search.request import SearchRequest
from sanbao.search.results import IndexStats, ResultPage, Suggestion
from sanbao.search.storage.folder import Folder


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
        """Analyses an article. Needs no writer, so that any process can call it.

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
        """Roll back what is not committed and let other writers in. Twice is legal."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


def open_engine(
    location: str | Path,
    recency: Recency = DEFAULT_RECENCY,
    limits: Limits = DEFAULT_LIMITS,
    synonyms: Path | None = None,
) -> SearchEngine:
    """The engine that searches the index at ``location``, a folder.

    Args:
        recency: how much newer articles are favoured, unless a request turns that off.
        limits: how much one search may ask for and use.
        synonyms: a file of them (:mod:`search.expansion.synonyms`), read again whenever it changes.

    Raises:
        IndexNotFound, AnalysisMismatch, IndexVersionMismatch, IndexCorrupt, StorageFailed.
        InvalidSynonyms: when the file cannot be used.
    """
    # Imported here so that a caller of one engine does not load the libraries of another.
    from sanbao.search.engines.embedded.index import WhooshEngine

    reloaded = SynonymsFile(synonyms) if synonyms else None
    return WhooshEngine(Folder(Path(location)), recency, limits, reloaded)


def open_writer(location: str | Path) -> ArticleWriter:
    """A writer for the index at ``location``, a folder; makes the index if there is none.

    Raises:
        IndexLocked: when another writer holds it.
        AnalysisMismatch, IndexVersionMismatch, IndexCorrupt, StorageFailed.
    """
    from sanbao.search.engines.embedded.writer import ArrayWriter

    return ArrayWriter(Folder(Path(location)))
