"""Builds an index anew from its own articles, when the text analysis has changed."""

from __future__ import annotations

from pathlib import Path

from whoosh.writing import CLEAR

from search.engines import index_folder
from search.engines.whoosh_schema import from_stored, schema, to_document


def rebuild_index(folder: Path) -> int:
    """Give the index in ``folder`` today's analysis; returns its articles.

    One commit replaces everything: until then the index stays as it was, and readers that are
    open see the change as any other commit.

    Raises:
        IndexNotFound, IndexVersionMismatch, IndexCorrupt, IndexLocked.
    """
    index_folder.check_format(folder)
    lock = index_folder.WriteLock(folder)
    try:
        count = _rewrite(folder)
        # After the commit: a crash between the two only means another rebuild.
        index_folder.mark(folder)
    finally:
        lock.release()
    return count


def _rewrite(folder: Path) -> int:
    index = index_folder.open_index(folder)
    writer = index.writer()
    writer.schema = schema()
    try:
        with index_folder.open_reader(index, folder) as reader:
            doc_ids = list(reader.all_doc_ids())
            for doc_id in doc_ids:
                writer.add_document(**to_document(from_stored(reader.stored_fields(doc_id))))
    except BaseException:
        writer.cancel()
        raise
    writer.commit(mergetype=CLEAR)
    return len(doc_ids)
