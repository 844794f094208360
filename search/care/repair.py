"""Mends a damaged index: keeps what is whole, saves what can be read, and says what is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sanbao.search.care.proof import packed_again, stored_article
from sanbao.search.care.salvage import KeptSegment, Salvage
from sanbao.search.care.verify import Problem
from sanbao.search.codec.inversion import SegmentBuffer
from sanbao.search.codec.whoosh_codec.codec import ArrayCodec
from sanbao.search.codec.whoosh_codec.segment import EXTENSION, ArraySegment
from sanbao.search.engines.embedded.document import PACKED_FIELDS
from sanbao.search.engines.embedded.fingerprint import fingerprints
from sanbao.search.engines.embedded.schema import schema
from sanbao.search.engines.embedded.writer import MEMORY_LIMIT_MB
from sanbao.search.errors import IndexCorrupt
from sanbao.search.fields import FACETS
from sanbao.search.storage import generations
from sanbao.search.storage.folder import Folder
from sanbao.search.storage.manifest import FileEntry
from sanbao.search.storage.write_lock import WriteLock


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What a repair will do or has done.

    Attributes:
        problems: the damage; without any, there is nothing to do.
        kept: articles in segments that are whole and stay as they are.
        saved: articles that can be read in damaged segments and are indexed again.
        from_before: the ids of articles that only the commit before has. Each may be an older
            version, or one that was deleted.
        lost: how many articles of the newest commit can be read nowhere, at most: those whose ids
            cannot be told may be in ``from_before``, as they are or in an older version.
        lost_ids: the ids of as many of them as can be told.
        undeleted: why deletions may be undone, if they may.
        removed: files that go.
    """

    problems: tuple[Problem, ...]
    kept: int
    saved: int
    from_before: tuple[str, ...]
    lost: int
    lost_ids: tuple[str, ...]
    undeleted: str | None
    removed: tuple[str, ...]

    @property
    def articles(self) -> int:
        """How many there are afterwards."""
        return self.kept + self.saved + len(self.from_before)

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON types."""
        return {"articles": self.articles, **asdict(self)}


_WHOOSH_SEGMENT = ".seg"


@contextmanager
def repairing(location: str | Path) -> Iterator[Repair]:
    """What can be done for the index at ``location``, a folder, which nobody else writes to inside.

    Finding that out takes as long as ``sanbao verify``, and about 200 bytes of memory an article.

    Raises:
        IndexNotFound, IndexVersionMismatch, IndexLocked, StorageFailed.
        IndexCorrupt: when Whoosh has written segments of its own, which a repair would lose.
    """
    folder = Folder(Path(location))
    with suppress(IndexCorrupt):
        generations.newest(folder)  # the lock would make the folder that is not there
    lock = WriteLock(folder)
    try:
        _refuse_foreign_segments(folder)
        yield Repair(folder)
    finally:
        lock.release()


def _refuse_foreign_segments(folder: Folder) -> None:
    foreign = sorted(name for name in folder.names() if name.endswith(_WHOOSH_SEGMENT))
    if foreign:
        raise IndexCorrupt(
            f"{folder.path / foreign[0]} is a segment in Whoosh's own format: Whoosh has written "
            "to this index, and Sanbao cannot read what it wrote, so nothing was changed; restore "
            "a snapshot, index the articles again, or take them out with Whoosh: each document's "
            "stored field `article` is one, as JSON"
        )


class Repair:
    """What is left of an index, and how to make a whole index of it; see :func:`repairing`.

    Attributes:
        report: what :meth:`carry_out` will do.
    """

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._salvage = salvage = Salvage(folder)
        staying = {segment.name for segment in salvage.kept}
        own = filter(generations.is_own, folder.names())
        self.report = RepairReport(
            problems=salvage.problems,
            kept=sum(int(segment.live.sum()) for segment in salvage.kept),
            saved=salvage.saved,
            from_before=tuple(salvage.from_before),
            lost=salvage.lost,
            lost_ids=salvage.lost_ids,
            undeleted=salvage.undeleted,
            removed=tuple(sorted(name for name in own if name not in staying)),
        )

    def carry_out(self) -> None:
        """Make a generation of what is left, which readers see as any commit.

        Raises:
            IndexCorrupt: when the damage grows. Then, too, nothing is changed.
            StorageFailed.
        """
        before = self._folder.names()
        number = generations.highest_number(self._folder) + 1
        try:
            segments = [_as_it_is(segment) for segment in self._salvage.kept]
            segments.extend(self._write(buffer) for buffer in self._indexed_again())
            names = [segment.make_filename(EXTENSION) for segment in segments]
            files = {name: FileEntry.of_mapped(self._folder.map(name)) for name in names}
            # Twice, so that the generation before is whole as well.
            for each in (number, number + 1):
                mended = generations.publish(
                    self._folder, each, segments, files, schema(), fingerprints()
                )
        except BaseException:
            generations.undo(self._folder, number, before)
            raise
        generations.sweep(self._folder, mended)

    def _indexed_again(self) -> Iterator[SegmentBuffer]:
        """The saved articles, as many in each buffer as fit into memory."""
        buffer = SegmentBuffer(PACKED_FIELDS, FACETS)
        for arrays, doc_id in self._salvage.again:
            if len(buffer) and buffer.nbytes >= MEMORY_LIMIT_MB << 20:
                yield buffer
                buffer = SegmentBuffer(PACKED_FIELDS, FACETS)
            found = stored_article(arrays, doc_id)
            if found is None:  # it was there when the report was made
                raise IndexCorrupt(f"{arrays.container.path} loses articles meanwhile; try again")
            buffer.add(packed_again(*found))
        if len(buffer):
            yield buffer

    def _write(self, buffer: SegmentBuffer) -> ArraySegment:
        segment = ArraySegment(ArrayCodec(), generations.NAME)
        name = segment.make_filename(EXTENSION)
        segment.set_doc_count(self._folder.write(name, buffer.write))
        return segment


def _as_it_is(kept: KeptSegment) -> ArraySegment:
    """What a table of contents says of a segment whose file stays."""
    segment = ArraySegment(ArrayCodec(), generations.NAME)
    segment.segid = kept.name.removeprefix(f"{generations.NAME}_").removesuffix(EXTENSION)
    segment.set_doc_count(kept.arrays.doc_count)
    for doc_id in np.flatnonzero(~kept.live).tolist():
        segment.delete_document(doc_id)
    return segment
