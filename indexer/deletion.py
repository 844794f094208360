"""Which articles a deletion is about, found before it is carried out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sanbao.search.engines.base import ArticleWriter, SearchEngine
from sanbao.search.errors import InvalidRequest
from sanbao.search.request import MAX_LIMIT, MAX_WINDOW, SearchRequest
from sanbao.search.results import PASSED_OVER, Hit


@dataclass(frozen=True, slots=True)
class Deletion:
    """Articles to delete.

    Attributes:
        total: how many there are.
        titles: the titles of some of them.
        missing: ids that were asked for and are not in the index.
        rounds: their ids, in portions that one commit each can take.
    """

    total: int
    titles: tuple[str, ...]
    rounds: Iterator[list[str]]
    missing: tuple[str, ...] = ()

    def carry_out(self, writer: ArticleWriter) -> int:
        """Deletes them, one commit a round; how many were deleted."""
        deleted = 0
        for ids in self.rounds:
            for article_id in ids:
                writer.delete(article_id)
            committed = writer.commit().deleted
            deleted += committed
            if not committed:
                break
        return deleted


def find_ids(engine: SearchEngine, ids: Sequence[str]) -> Deletion:
    """The deletion of these articles."""
    found = {article_id: engine.get(article_id) for article_id in dict.fromkeys(ids)}
    articles = [article for article in found.values() if article]
    return Deletion(
        total=len(articles),
        titles=tuple(article.title or article.id for article in articles),
        rounds=iter([[article.id for article in articles]]),
        missing=tuple(article_id for article_id, article in found.items() if article is None),
    )


def find_matches(engine: SearchEngine, source: str | None, query: str | None) -> Deletion:
    """The deletion of all articles that a search finds.

    Raises:
        InvalidRequest: when the query, or a part of it, cannot be searched for.
    """
    request = SearchRequest(
        text=query or "",
        filters={"source": (source,)} if source else {},
        sort="newest",
        limit=MAX_LIMIT,
        highlight=False,
    )
    page = engine.search(request)
    if passed_over := [warning for warning in page.warnings if warning in PASSED_OVER]:
        raise InvalidRequest("query", f"nothing was deleted. {' '.join(passed_over)}")
    return Deletion(
        total=page.total,
        titles=tuple(hit.article.title or hit.article.id for hit in page.hits),
        rounds=_rounds(engine, request),
    )


def _rounds(engine: SearchEngine, request: SearchRequest) -> Iterator[list[str]]:
    """The ids of a window of results, again and again until a search finds nothing."""
    while ids := [hit.article.id for hit in _window(engine, request)]:
        yield ids


def _window(engine: SearchEngine, request: SearchRequest) -> Iterator[Hit]:
    for offset in range(0, MAX_WINDOW, MAX_LIMIT):
        hits = engine.search(replace(request, offset=offset)).hits
        yield from hits
        if len(hits) < MAX_LIMIT:
            return
