"""Builds an index anew from its own articles, when the text analysis has changed."""

from __future__ import annotations

import shutil
from pathlib import Path

from search.engines import index_folder
from search.engines.whoosh_schema import from_stored
from search.engines.whoosh_writer import WhooshWriter

BATCH = 1_000


def rebuild_index(folder: Path) -> int:
    """Replace the index in ``folder`` by one with today's analysis; returns its articles.

    The old index stays in place until the new one is complete.

    Raises:
        IndexNotFound, IndexVersionMismatch, IndexCorrupt, IndexLocked.
    """
    index_folder.check_format(folder)
    new, old = (folder.with_name(f"{folder.name}.{suffix}") for suffix in ("new", "old"))
    lock = index_folder.WriteLock(folder)
    try:
        shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
        count = _copy(folder, new)
        folder.rename(old)
        new.rename(folder)
    finally:
        lock.release()
    shutil.rmtree(old)
    return count


def _copy(source: Path, target: Path) -> int:
    reader = index_folder.open_reader(index_folder.open_index(source), source)
    with reader, WhooshWriter(target) as writer:
        count = 0
        for doc_id in reader.all_doc_ids():
            writer.add(from_stored(reader.stored_fields(doc_id)))
            count += 1
            if count % BATCH == 0:
                writer.commit()
    return count
