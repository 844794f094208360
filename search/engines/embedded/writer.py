"""The embedded engine: a Whoosh index of array segments, written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO, Self

import numpy as np

from sanbao.search.article import Article
from sanbao.search.codec.inversion import PackedDocument, SegmentBuffer
from sanbao.search.codec.kernels.arrays import U32, Bools
from sanbao.search.codec.merge_policy import SegmentSize, plan_merges
from sanbao.search.codec.merging import merge_segments
from sanbao.search.codec.segment_arrays import SegmentArrays
from sanbao.search.codec.term_sorting import find_each
from sanbao.search.codec.whoosh_codec.codec import ArrayCodec
from sanbao.search.codec.whoosh_codec.segment import EXTENSION, ArraySegment
from sanbao.search.engines.base import CommitReport
from sanbao.search.engines.embedded.document import PACKED_FIELDS, pack_article
from sanbao.search.engines.embedded.fingerprint import fingerprints
from sanbao.search.engines.embedded.schema import schema
from sanbao.search.errors import IndexNotFound, IndexProblem, StorageFailed
from sanbao.search.fields import FACETS
from sanbao.search.storage import generations, reserve
from sanbao.search.storage.folder import Folder
from sanbao.search.storage.generations import Generation
from sanbao.search.storage.manifest import FileEntry
from sanbao.search.storage.write_lock import WriteLock

MEMORY_LIMIT_MB = 256
"""Memory for articles that are not in a segment yet, and for making a segment of them."""

_ID_BYTES = 200
"""About what Python takes for an id in a dict."""


@dataclass(slots=True)
class _Segment:
    """A segment as the writer sees it.

    Attributes:
        whoosh: the object that stands in the table of contents.
        entry: what the file of the arrays holds.
        deleted: for each doc_id whether the next commit leaves it out.
        visible: for each doc_id whether the last commit made it visible.
    """

    whoosh: ArraySegment
    arrays: SegmentArrays
    entry: FileEntry
    deleted: Bools
    visible: Bools

    def find(self, ids: Sequence[bytes]) -> Iterator[tuple[int, U32]]:
        """The place of each article id that is in the segment, and its doc_ids, deleted or not."""
        arrays = self.arrays
        info = arrays.fields["id"]
        terms = find_each(
            *(arrays.term_blob, arrays.term_offsets, info.first_term, info.end_term),
            *(np.frombuffer(b"".join(ids), np.uint8), np.cumsum([0, *map(len, ids)])),
        )
        for place in np.flatnonzero(terms >= 0).tolist():
            yield place, arrays.docs_of(int(terms[place]))


class EmbeddedWriter:
    """Answers :class:`search.engines.base.ArticleWriter`.

    Articles wait in memory, analysed, until there are :data:`MEMORY_LIMIT_MB` of them or a
    commit comes. Then they become a segment, and their earlier versions are marked as deleted:
    in this writer only, until the commit writes the table of contents that names them.

    Args:
        any_analysis: write to an index that was built by another text analysis, too.

    Raises:
        IndexLocked, AnalysisMismatch, IndexVersionMismatch, IndexCorrupt, StorageFailed.
    """

    def __init__(
        self,
        folder: Folder,
        memory_limit_mb: int = MEMORY_LIMIT_MB,
        any_analysis: bool = False,
    ) -> None:
        self._lock = WriteLock(folder)
        self._folder = folder
        self._memory_limit = memory_limit_mb << 20
        self._any_analysis = any_analysis
        self._usable = False
        try:
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
        with self._changing():
            doc_id = self._buffer.add(document)
            self._supersede(article_id)
            self._waiting[article_id] = doc_id
            self._flush_when_full()

    def delete(self, article_id: str) -> None:
        """Delete the article with this id, if there is one."""
        if not _can_be_an_id(article_id):
            return
        with self._changing():
            self._supersede(article_id)
            self._waiting[article_id] = None
            self._flush_when_full()

    def commit(self) -> CommitReport:
        """Make all changes since the last commit visible at once, and safe on the disk.

        When it fails, they are rolled back.

        Raises:
            StorageFailed.
        """
        with self._changing():
            self._flush()
            report = CommitReport(*(self._counts[kind] for kind in ("added", "updated", "deleted")))
            if self._changed():
                self._merge()
                self._publish(only_deletions=not (report.added or report.updated))
            self._start()
        return report

    def rollback(self) -> None:
        """Forget all changes since the last commit.

        Raises:
            IndexProblem: when the last commit cannot be read. The next call tries again.
        """
        self._usable = False
        self._lock.check()
        self._generation = self._newest_generation()
        self._segments = [self._open(segment) for segment in self._generation.segments]
        generations.sweep(self._folder, self._generation)  # not before it is known to be whole
        reserve.keep(self._folder)
        self._start()
        self._usable = True

    def close(self) -> None:
        """Roll back what is not committed and let other writers in.

        Whatever is called afterwards, or in a process forked meanwhile, raises IndexLocked.
        """
        try:
            if self._usable and self._lock.is_held:  # in a forked child it is not
                generations.sweep(self._folder, self._generation)
        finally:
            self._usable = False
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

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Inside, whatever goes wrong rolls everything back: nothing stays half done."""
        self._lock.check()
        if not self._usable:
            self.rollback()
        try:
            yield
        except BaseException:
            with suppress(IndexProblem):
                self.rollback()
            raise

    def _newest_generation(self) -> Generation:
        try:
            newest = generations.newest(self._folder)
        except IndexNotFound:
            return generations.publish(self._folder, 0, [], {}, schema(), fingerprints())
        generation = generations.read(self._folder, newest)
        if not self._any_analysis:
            generation.check_analysis(fingerprints())
        return generation

    def _start(self) -> None:
        """Begin a batch of changes."""
        for segment in self._segments:
            segment.visible = ~segment.deleted
        self._counts: Counter[str | None] = Counter()
        self._new_buffer()

    def _new_buffer(self) -> None:
        self._buffer = SegmentBuffer(PACKED_FIELDS, FACETS)
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
        changed = any((segment.deleted == segment.visible).any() for segment in self._segments)
        return changed or self._generation.manifest.analysis != fingerprints()

    def _merge(self) -> None:
        """Merge as the policy says, what waits for the commit as well."""
        sizes = [
            SegmentSize(segment.arrays.doc_count, int(segment.deleted.sum()))
            for segment in self._segments
        ]
        groups = plan_merges(sizes)
        try:
            merged = [self._merged(group) for group in groups if any(sizes[n].live for n in group)]
        except StorageFailed as error:
            if error.disk_full:
                return  # fewer segments can wait until there is space for them
            raise
        gone = {number for group in groups for number in group}
        kept = [segment for number, segment in enumerate(self._segments) if number not in gone]
        self._segments = kept + merged

    def _merged(self, group: Sequence[int]) -> _Segment:
        segments = [self._segments[number] for number in group]
        arrays = [segment.arrays for segment in segments]
        deleted = [segment.deleted for segment in segments]
        return self._write(lambda file: merge_segments(file, arrays, deleted))

    def _publish(self, only_deletions: bool) -> None:
        """Make all segments visible as a new generation, and remove what none needs any more.

        The space put aside for a full disk is there for deletions: they are what makes room.
        """
        for segment in self._segments:
            for doc_id in np.flatnonzero(segment.deleted).tolist():
                segment.whoosh.delete_document(doc_id)
        given_up = False
        try:
            self._generation = self._published()
        except StorageFailed as error:
            given_up = error.disk_full and only_deletions and reserve.give_up(self._folder)
            if not given_up:
                raise
            self._generation = self._published()
        generations.sweep(self._folder, self._generation)
        if given_up:
            reserve.put_back(self._folder)

    def _published(self) -> Generation:
        return generations.publish(
            self._folder,
            self._generation.number + 1,
            [segment.whoosh for segment in self._segments],
            {segment.whoosh.make_filename(EXTENSION): segment.entry for segment in self._segments},
            schema(),
            fingerprints(),
        )

    def _write(self, write: Callable[[BinaryIO], int]) -> _Segment:
        """A new segment, safe on disk, which no generation has yet."""
        whoosh = ArraySegment(ArrayCodec(), generations.NAME)
        name = whoosh.make_filename(EXTENSION)
        whoosh.set_doc_count(self._folder.write(name, write))
        mapped = self._folder.map(name)
        arrays = SegmentArrays(self._folder.path / name, mapped)
        deleted, visible = np.zeros((2, arrays.doc_count), np.bool_)
        return _Segment(whoosh, arrays, FileEntry.of_mapped(mapped), deleted, visible)

    def _open(self, whoosh: ArraySegment) -> _Segment:
        arrays, deleted = self._generation.open(whoosh), whoosh.deleted_mask()
        entry = self._generation.manifest.files[whoosh.make_filename(EXTENSION)]
        return _Segment(whoosh, arrays, entry, deleted, ~deleted)


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


def _can_be_an_id(text: str) -> bool:
    """Whether an article may have it: half a character has no bytes. Raises for what is no text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
