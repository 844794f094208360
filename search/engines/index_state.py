"""One committed state of an embedded index, opened for reading."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC

from search.article import Article
from search.codec.array_segment import ArraySegment
from search.codec.segment_arrays import SegmentArrays
from search.engines import index_folder
from search.engines.array_evaluator import ArrayEvaluator
from search.engines.whoosh_schema import from_stored
from search.errors import IndexCorrupt, InvalidArticle


class IndexState:
    """What a table of contents names. Never changes; safe to share between threads.

    Files that a later commit deletes stay readable for as long as this object lives.
    """

    @classmethod
    def open(cls, folder: Path) -> IndexState:
        """The newest committed state of the index in a folder.

        Raises:
            IndexNotFound, AnalysisMismatch, IndexVersionMismatch, IndexCorrupt.
        """
        while True:
            index_folder.check(folder)
            generation = index_folder.generation(folder)
            try:
                return cls(FileStorage(str(folder)), index_folder.read_toc(folder))
            except FileNotFoundError:
                # A commit meanwhile may have merged the segment away; its successor is whole.
                if index_folder.generation(folder) == generation:
                    raise

    def __init__(self, storage: FileStorage, toc: TOC) -> None:
        self.generation: int = toc.generation
        self._segments: list[tuple[ArraySegment, SegmentArrays]] = [
            (segment, index_folder.open_segment(segment, storage)) for segment in toc.segments
        ]
        counts = [arrays.doc_count for _, arrays in self._segments]
        self._bases = np.cumsum([0, *counts])
        self.evaluator = ArrayEvaluator(
            [(arrays, segment.deleted_bits()) for segment, arrays in self._segments]
        )

    def article(self, number: int) -> Article:
        """The article with this number of the index."""
        place = int(np.searchsorted(self._bases, number, side="right")) - 1
        return _article(self._segments[place][1], number - int(self._bases[place]))

    def find(self, article_id: str) -> Article | None:
        """The article with this id, or None."""
        key = article_id.encode("utf-8", "surrogatepass")
        for segment, arrays in self._segments:
            term = arrays.find("id", key)
            if term >= 0:
                for doc_id in arrays.docs_of(term).tolist():
                    if not segment.is_deleted(doc_id):
                        return _article(arrays, doc_id)
        return None

    def articles(self) -> Iterator[Article]:
        """Every article."""
        for segment, arrays in self._segments:
            for doc_id in np.flatnonzero(~segment.deleted_mask()).tolist():
                yield _article(arrays, doc_id)


def _article(arrays: SegmentArrays, doc_id: int) -> Article:
    try:
        return from_stored(arrays.stored_fields(doc_id))
    except (LookupError, TypeError, ValueError, InvalidArticle) as error:
        raise IndexCorrupt(
            f"{arrays.container.path}: document {doc_id} is no article: {error!r}; "
            "restore it from a copy"
        ) from error
