"""Builds an index anew from its own articles, when the text analysis has changed."""

from __future__ import annotations

from pathlib import Path

from whoosh.filedb.filestore import FileStorage

from search.engines import index_folder
from search.engines.array_writer import ArrayWriter
from search.engines.index_state import IndexState


def rebuild_index(folder: Path) -> int:
    """Give the index in ``folder`` today's analysis; returns its articles.

    Every article takes its own place, in one commit: until then the index stays as it was, and
    whoever reads it sees the change as any other commit.

    Raises:
        IndexNotFound, IndexVersionMismatch, IndexCorrupt, IndexLocked.
    """
    index_folder.check_format(folder)
    with ArrayWriter(folder, check=index_folder.check_format) as writer:
        old = IndexState(FileStorage(str(folder)), index_folder.read_toc(folder))
        for article in old.articles():
            writer.add(article)
        count = writer.commit().updated
        # After the commit: a crash between the two only means another rebuild.
        index_folder.mark(folder)
    return count
