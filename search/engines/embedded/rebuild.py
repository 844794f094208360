"""Builds an index anew from its own articles, when the text analysis has changed."""

from __future__ import annotations

from pathlib import Path

from sanbao.search.engines.embedded.state import IndexState
from sanbao.search.engines.embedded.writer import EmbeddedWriter
from sanbao.search.storage import generations
from sanbao.search.storage.folder import Folder


def rebuild_index(location: str | Path) -> int:
    """Give the index at ``location``, a folder, today's analysis; returns its articles.

    Every article takes its own place, in one commit: until then the index stays as it was, and
    whoever reads it sees the change as any other commit.

    Raises:
        IndexNotFound, IndexVersionMismatch, IndexCorrupt, IndexLocked, StorageFailed.
    """
    folder = Folder(Path(location))
    generations.newest(folder)  # a writer would make the index that is not there
    with EmbeddedWriter(folder, any_analysis=True) as writer:
        old = IndexState(generations.read(folder, generations.newest(folder)))
        for article in old.articles():
            writer.add(article)
        return writer.commit().updated
