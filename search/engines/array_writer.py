"""The embedded engine: a Whoosh index of array segments, written."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import numpy as np
from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC, clean_files

from search.article import Article
from search.codec.array_codec import ArrayCodec
from search.codec.array_segment import EXTENSION, ArraySegment
from search.codec.container import Array
from search.codec.inversion import PackedDocument, SegmentBuffer
from search.codec.merge_policy import SegmentSize, plan_merges
from search.codec.merging import merge_segments
from search.codec.segment_arrays import SegmentArrays
from search.codec.term_sorting import find_each
from search.engines import index_folder
from search.engines.array_document import FACETS, FIELDS, pack_article
from search.engines.base import CommitReport
from search.engines.whoosh_schema import schema

MEMORY_LIMIT_MB = 256
"""Memory for articles that are not in a segment yet, and for making a segment of them."""

_NAME = index_folder.NAME
_ID_BYTES = 200
"""About what Python takes for an id in a dict."""


@dataclass(slots=True)
class _Segment:
    """A segment as the writer sees it.

    Attributes:
        whoosh: the object that stands in the table of contents.
        deleted: for each doc_id whether the next commit leaves it out.
        visible: for each doc_id whether the last commit made it visible.
    """

    whoosh: ArraySegment
    arrays: SegmentArrays
    deleted: Array
    visible: Array

    def find(self, ids: Sequence[bytes]) -> Iterator[tuple[int, Array]]:
        """The place of each article id that is in the segment, and its doc_ids, deleted or not."""
        arrays = self.arrays
        info = arrays.fields["id"]
        terms = find_each(
            *(arrays.term_blob, arrays.term_offsets, info.first_term, info.end_term),
            *(np.frombuffer(b"".join(ids), np.uint8), np.cumsum([0, *map(len, ids)])),
        )
        for place in np.flatnonzero(terms >= 0).tolist():
            yield place, arrays.docs_of(int(terms[place]))


class ArrayWriter:
    """Answers :class:`search.engines.base.ArticleWriter`.

    Articles wait in memory, analysed, until there are :data:`MEMORY_LIMIT_MB` of them or a
    commit comes. Then they become a segment, and their earlier versions are marked as deleted:
    in this writer only, until the commit writes the table of contents that names them.

    Args:
        check: raises when the index that is there already is not one to write to.

    Raises:
        IndexLocked, AnalysisMismatch, IndexVersionMismatch, IndexCorrupt.
    """

    def __init__(
        self,
        folder: Path,
        memory_limit_mb: int = MEMORY_LIMIT_MB,
        check: Callable[[Path], object] = index_folder.check,
    ) -> None:
        self._lock = index_folder.WriteLock(folder)
        self._folder = folder
        self._storage = _DurableStorage(str(folder))
        self._memory_limit = memory_limit_mb << 20
        self._closed = False
        try:
            _create_or_check(folder, self._storage, check)
            self.rollback()
        except BaseException:
            self._lock.release()
            raise

    pack = staticmethod(pack_article)

    def add(self, article: Article) -> None:
        """Add or replace the article."""
        self.add_packed(article.id, self.pack(article))

    def add_packed(self, article_id: str, document: PackedDocument) -> None:
        """The same for what :attr:`pack` has made of an article, here or in another process."""
        self._supersede(article_id)
        self._waiting[article_id] = self._buffer.add(document)
        self._flush_when_full()

    def delete(self, article_id: str) -> None:
        """Delete the article with this id, if there is one."""
        self._supersede(article_id)
        self._waiting[article_id] = None
        self._flush_when_full()

    def commit(self) -> CommitReport:
        """Make all changes since the last commit visible at once.

        When it fails, they are rolled back.
        """
        try:
            self._flush()
            report = CommitReport(*(self._counts[kind] for kind in ("added", "updated", "deleted")))
            if self._changed():
                self._merge()
                self._publish()
        except BaseException:
            self.rollback()
            raise
        self._start()
        return report

    def rollback(self) -> None:
        """Forget all changes since the last commit."""
        toc = index_folder.read_toc(self._folder)
        _sweep(self._folder, self._storage, toc)
        self._generation: int = toc.generation
        self._segments = [self._open(segment) for segment in toc.segments]
        self._start()

    def close(self) -> None:
        """Roll back what is not committed and let other writers in."""
        if not self._closed:
            _sweep(self._folder, self._storage, index_folder.read_toc(self._folder))
            self._closed = True
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

    def _start(self) -> None:
        """Begin a batch of changes."""
        for segment in self._segments:
            segment.visible = ~segment.deleted
        self._counts: Counter[str | None] = Counter()
        self._new_buffer()

    def _new_buffer(self) -> None:
        self._buffer = SegmentBuffer(FIELDS, FACETS)
        self._waiting: dict[str, int | None] = {}
        self._superseded: list[int] = []

    def _supersede(self, article_id: str) -> None:
        earlier = self._waiting.get(article_id)
        if earlier is not None:
            self._superseded.append(earlier)

    def _flush_when_full(self) -> None:
        if self._buffer.nbytes + _ID_BYTES * len(self._waiting) >= self._memory_limit:
            self._flush()

    def _flush(self) -> None:
        """Turn what waits in memory into a segment, and delete what it replaces."""
        self._replace_earlier()
        buffer, gone = self._buffer, self._superseded
        self._new_buffer()
        if len(buffer) > len(gone):
            segment = self._write(buffer.write)
            segment.deleted[gone] = True
            self._segments.append(segment)

    def _replace_earlier(self) -> None:
        """Delete the earlier versions of what waits, and count what becomes of each article."""
        keys = [article_id.encode() for article_id in self._waiting]
        visible, live, written = np.zeros((3, len(keys)), np.bool_)
        for segment in self._segments:
            for place, docs in segment.find(keys):
                are_live, are_visible = ~segment.deleted[docs], segment.visible[docs]
                visible[place] |= are_visible.any()
                live[place] |= are_live.any()
                written[place] |= (are_live & ~are_visible).any()
                segment.deleted[docs] = True
        for place, doc_id in enumerate(self._waiting.values()):
            self._counts[_fate(visible[place], live[place], written[place])] -= 1
            self._counts[_fate(visible[place], doc_id is not None, True)] += 1

    def _changed(self) -> bool:
        return any((segment.deleted == segment.visible).any() for segment in self._segments)

    def _merge(self) -> None:
        """Merge as the policy says, what waits for the commit as well."""
        sizes = [
            SegmentSize(segment.arrays.doc_count, int(segment.deleted.sum()))
            for segment in self._segments
        ]
        groups = plan_merges(sizes)
        merged = [self._merged(group) for group in groups if any(sizes[n].live for n in group)]
        gone = {number for group in groups for number in group}
        kept = [segment for number, segment in enumerate(self._segments) if number not in gone]
        self._segments = kept + merged

    def _merged(self, group: Sequence[int]) -> _Segment:
        segments = [self._segments[number] for number in group]
        arrays = [segment.arrays for segment in segments]
        deleted = [segment.deleted for segment in segments]
        return self._write(lambda file: merge_segments(file, arrays, deleted))

    def _publish(self) -> None:
        """Write the table of contents, which makes all segments visible, and delete old files."""
        for segment in self._segments:
            for doc_id in np.flatnonzero(segment.deleted).tolist():
                segment.whoosh.delete_document(doc_id)
        self._generation += 1
        whoosh_segments = [segment.whoosh for segment in self._segments]
        toc = TOC(schema(), whoosh_segments, self._generation)
        toc.write(self._storage, _NAME)
        clean_files(self._storage, _NAME, self._generation, whoosh_segments)

    def _write(self, write: Callable[[BinaryIO], int]) -> _Segment:
        """A new segment, safe on disk, which no table of contents names yet."""
        whoosh = ArraySegment(ArrayCodec(), _NAME)
        with (self._folder / whoosh.make_filename(EXTENSION)).open("wb") as file:
            whoosh.set_doc_count(write(file))
            file.flush()
            os.fsync(file.fileno())
        segment = self._open(whoosh)
        segment.visible[:] = False
        return segment

    def _open(self, whoosh: ArraySegment) -> _Segment:
        deleted = whoosh.deleted_mask()
        arrays = index_folder.open_segment(whoosh, self._storage)
        return _Segment(whoosh, arrays, deleted, visible=~deleted)


class _DurableStorage(FileStorage):
    """Renames a file only when it and all files beside it would survive a loss of power."""

    def rename_file(self, old_name: str, new_name: str, safe: bool = False) -> None:
        folder = Path(self.folder)
        _sync(folder / old_name)
        _sync(folder)
        super().rename_file(old_name, new_name, safe=safe)
        _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _fate(visible: bool, live: bool, written: bool) -> str | None:
    """What a batch has done to an article so far, as the fields of CommitReport call it.

    Args:
        visible: it was in the index before the batch.
        live: it is there now.
        written: the batch wrote the version that is there.
    """
    if visible and not live:
        return "deleted"
    if live and written:
        return "updated" if visible else "added"
    return None


def _create_or_check(folder: Path, storage: FileStorage, check: Callable[[Path], object]) -> None:
    if any(folder.glob(f"*{_NAME}_*")):
        check(folder)
    else:
        # The mark comes first, so that a crash between the two is repaired by the next writer.
        index_folder.mark(folder)
        TOC.create(storage, schema(), _NAME)


def _sweep(folder: Path, storage: FileStorage, toc: TOC) -> None:
    """Delete what a crash or a rollback left: whatever the table of contents does not name."""
    clean_files(storage, _NAME, toc.generation, toc.segments)
    for path in folder.glob(f"_{_NAME}_*.toc.*"):
        path.unlink()
