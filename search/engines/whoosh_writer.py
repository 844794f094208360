"""The embedded engine: a Whoosh index in a folder, written."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, Self

from whoosh import index as whoosh_index

from search.article import Article
from search.engines import index_folder
from search.engines.base import CommitReport
from search.engines.whoosh_engine import doc_ids
from search.engines.whoosh_schema import schema, to_document


class WhooshWriter:
    """Answers :class:`search.engines.base.ArticleWriter`.

    Changes wait in memory, already analysed, until :meth:`commit` hands them to Whoosh; so an
    article that cannot be indexed never reaches it, and the last of several versions wins.

    Raises:
        IndexLocked, AnalysisMismatch, IndexVersionMismatch, IndexCorrupt, IndexProblem.
    """

    def __init__(self, folder: Path) -> None:
        self._lock = index_folder.WriteLock(folder)
        try:
            self._index = _open_or_create(folder)
        except BaseException:
            self._lock.release()
            raise
        self._pending: dict[str, dict[str, Any] | None] = {}

    def add(self, article: Article) -> None:
        """Add or replace the article."""
        self._pending[article.id] = to_document(article)

    def delete(self, article_id: str) -> None:
        """Delete the article with this id, if there is one."""
        self._pending[article_id] = None

    def commit(self) -> CommitReport:
        """Make all changes since the last commit visible at once."""
        if not self._pending:
            return CommitReport()
        known = self._committed_doc_ids()
        documents = {key: document for key, document in self._pending.items() if document}
        writer = self._index.writer()
        try:
            for committed in known.values():
                for doc_id in committed:
                    writer.delete_document(doc_id)
            for document in documents.values():
                writer.add_document(**document)
        except BaseException:
            writer.cancel()
            raise
        writer.commit()
        self._pending = {}
        updated = len(known.keys() & documents.keys())
        return CommitReport(len(documents) - updated, updated, len(known) - updated)

    def rollback(self) -> None:
        """Forget all changes since the last commit."""
        self._pending = {}

    def close(self) -> None:
        """Roll back what is not committed and let other writers in."""
        self.rollback()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self.commit()
        finally:
            self.close()

    def _committed_doc_ids(self) -> dict[str, list[int]]:
        """The doc_ids of pending ids that are in the index already."""
        reader = self._index.reader()
        try:
            found = {article_id: doc_ids(reader, article_id) for article_id in self._pending}
            return {article_id: ids for article_id, ids in found.items() if ids}
        finally:
            reader.close()


def _open_or_create(folder: Path) -> whoosh_index.FileIndex:
    if not any(folder.glob("*MAIN_*")):
        # The mark comes first, so that a crash between the two is repaired by the next writer.
        index_folder.mark(folder)
        return whoosh_index.create_in(str(folder), schema())
    index_folder.check(folder)
    return index_folder.open_index(folder)
