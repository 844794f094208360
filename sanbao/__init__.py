"""Full-text search for Chinese, Japanese and English news.

::

    sanbao.write(location)      an ArticleWriter: makes an index, changes its articles
    sanbao.open(location)       an Index: asks it
    sanbao.Article, ...         what goes in: articles, requests, limits
    sanbao.ResultPage, ...      what comes out
    sanbao.SearchError, ...     what is raised

Beneath lie ``search`` (what must be the same on both sides of an index), ``indexer`` (what happens
before an article is searchable), ``web`` (what knows HTTP or HTML) and ``commands`` (the command
line). Whatever is imported from there imports this module first, so a name is loaded when it is
first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sanbao.index import Index as Index
    from sanbao.index import open as open  # noqa: A004 - as tarfile.open is one
    from sanbao.index import write as write
    from sanbao.indexer.intake import article_from_record as article_from_record
    from sanbao.indexer.pipeline import IndexReport as IndexReport
    from sanbao.indexer.pipeline import index_paths as index_paths
    from sanbao.search.article import Article as Article
    from sanbao.search.dates import Period as Period
    from sanbao.search.engines.base import ArticleWriter as ArticleWriter
    from sanbao.search.engines.base import CommitReport as CommitReport
    from sanbao.search.errors import AnalysisMismatch as AnalysisMismatch
    from sanbao.search.errors import EmptyQuery as EmptyQuery
    from sanbao.search.errors import IndexCorrupt as IndexCorrupt
    from sanbao.search.errors import IndexLocked as IndexLocked
    from sanbao.search.errors import IndexNotFound as IndexNotFound
    from sanbao.search.errors import IndexProblem as IndexProblem
    from sanbao.search.errors import IndexVersionMismatch as IndexVersionMismatch
    from sanbao.search.errors import InvalidArticle as InvalidArticle
    from sanbao.search.errors import InvalidRequest as InvalidRequest
    from sanbao.search.errors import InvalidSynonyms as InvalidSynonyms
    from sanbao.search.errors import InvalidUserDictionary as InvalidUserDictionary
    from sanbao.search.errors import QueryTooLarge as QueryTooLarge
    from sanbao.search.errors import SearchError as SearchError
    from sanbao.search.errors import StorageFailed as StorageFailed
    from sanbao.search.limits import Limits as Limits
    from sanbao.search.ranking.recency import Recency as Recency
    from sanbao.search.request import SearchRequest as SearchRequest
    from sanbao.search.results import Explanation as Explanation
    from sanbao.search.results import FacetValue as FacetValue
    from sanbao.search.results import Highlight as Highlight
    from sanbao.search.results import Hit as Hit
    from sanbao.search.results import IndexStats as IndexStats
    from sanbao.search.results import ResultPage as ResultPage
    from sanbao.search.results import ScorePart as ScorePart
    from sanbao.search.results import Suggestion as Suggestion
    from sanbao.search.results import TextMatching as TextMatching
    from sanbao.search.results import TimelineBucket as TimelineBucket
    from sanbao.search.results import WeighedUnit as WeighedUnit

# The same for whoever runs it; a test holds the two together.
_NAMES = {
    "sanbao.index": "Index open write",
    "sanbao.indexer.intake": "article_from_record",
    "sanbao.indexer.pipeline": "IndexReport index_paths",
    "sanbao.search.article": "Article",
    "sanbao.search.dates": "Period",
    "sanbao.search.engines.base": "ArticleWriter CommitReport",
    "sanbao.search.errors": (
        "AnalysisMismatch EmptyQuery IndexCorrupt IndexLocked IndexNotFound IndexProblem "
        "IndexVersionMismatch InvalidArticle InvalidRequest InvalidSynonyms "
        "InvalidUserDictionary QueryTooLarge SearchError StorageFailed"
    ),
    "sanbao.search.limits": "Limits",
    "sanbao.search.ranking.recency": "Recency",
    "sanbao.search.request": "SearchRequest",
    "sanbao.search.results": (
        "Explanation FacetValue Highlight Hit IndexStats ResultPage ScorePart Suggestion "
        "TextMatching TimelineBucket WeighedUnit"
    ),
}
_PLACES = {name: module for module, names in _NAMES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return globals().setdefault(name, getattr(import_module(_PLACES[name]), name))


def __dir__() -> list[str]:
    return sorted({*globals(), *_PLACES})
