"""The engine that an address names: a folder, or a scheme and what it is to find.

A further engine is one more entry in :data:`ENGINES`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from sanbao.search.engines.answering import Answering
from sanbao.search.engines.base import ArticleWriter, Index, SearchEngine
from sanbao.search.expansion.synonyms import SynonymsFile
from sanbao.search.limits import DEFAULT_LIMITS, Limits
from sanbao.search.ranking.recency import DEFAULT_RECENCY, Recency


class Engine(NamedTuple):
    """How to open the index at an address, for searching and for writing.

    Both are given the whole address, with its scheme, and raise what :func:`open_engine` and
    :func:`open_writer` do. ``open_index`` finds out at once whether the index can be read.
    """

    open_index: Callable[[str], Index]
    open_writer: Callable[[str], ArticleWriter]


# Each imports what it needs when it is called: who uses one engine loads nothing of another.


def _embedded_index(location: str) -> Index:
    from sanbao.search.engines.embedded.index import EmbeddedIndex
    from sanbao.search.storage.folder import Folder

    return EmbeddedIndex(Folder(Path(location)))


def _embedded_writer(location: str) -> ArticleWriter:
    from sanbao.search.engines.embedded.writer import EmbeddedWriter
    from sanbao.search.storage.folder import Folder

    return EmbeddedWriter(Folder(Path(location)))


EMBEDDED = Engine(_embedded_index, _embedded_writer)

ENGINES: dict[str, Engine] = {}
"""By the scheme of an address, which ends with a colon. An address without any is a folder."""


def open_engine(
    location: str | Path,
    recency: Recency = DEFAULT_RECENCY,
    limits: Limits = DEFAULT_LIMITS,
    synonyms: Path | None = None,
) -> SearchEngine:
    """The engine that searches the index at an address.

    Args:
        location: a folder, or the address of another engine of :data:`ENGINES`.
        recency: how much newer articles are favoured, unless a request turns that off.
        limits: how much one search may ask for and use.
        synonyms: a file of them (:mod:`search.expansion.synonyms`), read again whenever it changes.

    Raises:
        IndexNotFound, AnalysisMismatch, IndexVersionMismatch, IndexCorrupt, StorageFailed.
        InvalidSynonyms: when the file cannot be used.
    """
    reloaded = SynonymsFile(synonyms) if synonyms else None
    index = _engine(location).open_index(str(location))
    return Answering(index, recency, limits, reloaded)


def open_writer(location: str | Path) -> ArticleWriter:
    """A writer for the index at an address, as of :func:`open_engine`; makes the index if there is
    none.

    Raises:
        IndexLocked: when another writer holds it.
        AnalysisMismatch, IndexVersionMismatch, IndexCorrupt, StorageFailed.
    """
    return _engine(location).open_writer(str(location))


def _engine(location: str | Path) -> Engine:
    scheme, colon, _ = str(location).partition(":")
    return ENGINES.get(scheme + colon, EMBEDDED)
