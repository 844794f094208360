"""What can still be read of a damaged index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

import numpy as np

from sanbao.search.care.proof import find_difference, stored_article
from sanbao.search.care.verify import Problem, contradictions, verify_index
from sanbao.search.codec.kernels.arrays import Bools
from sanbao.search.codec.segment_arrays import SegmentArrays
from sanbao.search.codec.whoosh_codec.segment import EXTENSION, ArraySegment
from sanbao.search.engines.embedded.fingerprint import fingerprints
from sanbao.search.errors import IndexCorrupt, IndexVersionMismatch
from sanbao.search.storage import generations
from sanbao.search.storage.folder import Folder
from sanbao.search.storage.generations import how_to_mend, is_segment, table_name
from sanbao.search.storage.manifest import FileEntry, Manifest
from sanbao.search.storage.table import table_segments


@dataclass(frozen=True, slots=True)
class KeptSegment:
    """A segment that is whole.

    Attributes:
        live: for each doc_id whether the article is to be found there.
    """

    name: str
    arrays: SegmentArrays
    live: Bools


class Salvage:
    """Goes through the files of an index from the latest to the oldest; takes each article once.

    The newest table of contents that can be trusted says which segments there are and what is
    deleted. Where it is not the newest of all, the segments that later commits wrote come first.
    The commit before is asked for what cannot be read.

    Changes nothing. The folder must not be written to meanwhile.

    Attributes:
        kept: segments that can stay as they are.
        again: articles of damaged segments, to be indexed again: where each is, and its doc_id.
        saved: how many of these are as they were in the newest commit.
        from_before: the ids of the others, which only the commit before has.
        undeleted: why deletions may be undone, if they may.

    Raises:
        IndexNotFound, IndexVersionMismatch, StorageFailed.
    """

    def __init__(self, folder: Folder) -> None:
        self.kept: list[KeptSegment] = []
        self.again: list[tuple[SegmentArrays, int]] = []
        self.saved = 0
        self.from_before: list[str] = []
        self.undeleted: str | None = None
        self._folder = folder
        self._problems = {each.file: each.what for each in verify_index(folder.path, True).problems}
        self._open = cache(self._open_file)
        self._told_ids = cache(_told_ids)
        self._taken: set[str] = set()
        # Articles that cannot be read: by id, without an id, and by an id that only the commit
        # before tells.
        self._unread: set[str] = set()
        self._unread_without_id = 0
        self._unread_before: set[str] = set()
        self._go_through()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All damage that was found."""
        return tuple(Problem(file, what) for file, what in self._problems.items())

    @property
    def lost_ids(self) -> tuple[str, ...]:
        """The ids of articles that are lost, as far as they are known."""
        return tuple(sorted((self._unread | self._unread_before) - self._taken))

    @property
    def lost(self) -> int:
        """How many articles are lost, at most: some without an id may be in ``from_before``."""
        without_id = max(self._unread_without_id, len(self._unread_before - self._taken))
        return len(self._unread - self._taken) + without_id

    def _go_through(self) -> None:
        numbers, tables = self._tables()
        base = tables[0] if tables else None
        newer = numbers[: numbers.index(base.number)] if base else numbers
        analysis = base.manifest.analysis if base and base.manifest else None
        self._analysis_fits = analysis in (None, fingerprints())
        if base is None or newer:
            self.undeleted = _why_undeleted(newer, base)
            for name in self._latest_first(self._segments_since(newer, tables)):
                self._take_segment(name, None)
        if base is not None:
            listed = {segment.make_filename(EXTENSION): segment for segment in base.segments}
            for name in self._latest_first(listed):
                self._take_segment(name, listed[name])
            if base.manifest is None:
                # Another program may have written it, which knew nothing of our segments.
                others = self._segments_since([], tables)
                for name in self._latest_first(others):
                    self._take_segment(name, None)
                if others:
                    self.undeleted = _UNLISTED
        if len(tables) > 1 and (self._unread or self._unread_without_id):
            for segment in tables[1].segments:
                self._take_from_before(segment)

    def _tables(self) -> tuple[list[int], list[_Table]]:
        """The numbers of all generations, and the tables of contents that can be trusted."""
        try:
            numbers = generations.numbers(self._folder)
        except IndexCorrupt:
            return [], []
        return numbers, [table for each in numbers if (table := _read_table(self._folder, each))]

    def _segments_since(self, newer: Sequence[int], tables: Sequence[_Table]) -> set[str]:
        """Segments of commits whose tables of contents cannot be read."""
        names = set(filter(is_segment, self._folder.names()))
        with suppress(IndexCorrupt):
            manifests = [generations.read_manifest(self._folder, number) for number in newer]
            if manifests:
                names &= {name for manifest in manifests for name in manifest.files}
        known = (segment for table in tables for segment in table.segments)
        return names - {segment.make_filename(EXTENSION) for segment in known}

    def _latest_first(self, names: Iterable[str]) -> list[str]:
        """A later file has the later version of an article, since only live ones are merged."""

        def written(name: str) -> int:
            try:
                return self._folder.status(name).st_mtime_ns
            except FileNotFoundError:
                return 0

        return sorted(names, key=written, reverse=True)

    def _take_segment(self, name: str, segment: ArraySegment | None) -> None:
        """The articles of a segment that none before it had.

        Args:
            segment: says what is deleted; nothing, if there is none.
        """
        arrays = self._open(name)
        if arrays is None:
            self._unread_without_id += _live_count(segment) if segment else 0
            return
        live = _live(segment, arrays)
        if self._analysis_fits and self._is_whole(name, arrays) and len(live) == arrays.doc_count:
            self._keep(KeptSegment(name, arrays, live))
        else:
            for doc_id in _falling(live):
                self._save(arrays, doc_id)

    def _keep(self, segment: KeptSegment) -> None:
        ids = _ids(segment.arrays)
        for doc_id in _falling(segment.live):
            segment.live[doc_id] = self._take(ids[doc_id])
        if segment.live.any():
            self.kept.append(segment)

    def _save(self, arrays: SegmentArrays, doc_id: int) -> None:
        found = stored_article(arrays, doc_id)
        if found is None:
            article_id = self._told_ids(arrays).get(doc_id)
            if article_id is None:
                self._unread_without_id += 1
            else:
                self._unread.add(article_id)
        elif self._take(found[0].id):
            self.again.append((arrays, doc_id))
            self.saved += 1

    def _take_from_before(self, segment: ArraySegment) -> None:
        """What the commit before has of the articles that cannot be read.

        Where these have no ids, every article that is not there may be one of them.
        """
        arrays = self._open(segment.make_filename(EXTENSION))
        if arrays is None:
            return
        for doc_id in _falling(~segment.deleted_mask()):
            found = stored_article(arrays, doc_id)
            article_id = found[0].id if found else self._told_ids(arrays).get(doc_id)
            if article_id is None or article_id in self._taken:
                continue
            is_unread = article_id in self._unread
            if found and (is_unread or self._unread_without_id):
                self._take(article_id)
                self.again.append((arrays, doc_id))
                self.from_before.append(article_id)
            elif self._unread_without_id and not is_unread:
                self._unread_before.add(article_id)

    def _take(self, article_id: str) -> bool:
        """False if the article was there already."""
        new = article_id not in self._taken
        self._taken.add(article_id)
        return new

    def _open_file(self, name: str) -> SegmentArrays | None:
        """The arrays of a file, if it can be told where they are; what they hold is not known."""
        try:
            return SegmentArrays(self._folder.path / name)
        except (IndexCorrupt, IndexVersionMismatch) as error:
            self._problems.setdefault(name, str(error))
            return None

    def _is_whole(self, name: str, arrays: SegmentArrays) -> bool:
        """Whether a segment holds what its stored articles say."""
        if name in self._problems:
            return False
        difference = find_difference(arrays)
        if difference:
            advice = how_to_mend(self._folder)
            self._problems[name] = f"{self._folder.path / name} {difference}; {advice}"
        return not difference


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of contents that can be trusted."""

    number: int
    manifest: Manifest | None
    segments: Sequence[ArraySegment]


def _read_table(folder: Folder, number: int) -> _Table | None:
    """A table of contents that its manifest vouches for or, without one, it itself."""
    manifest = None
    with suppress(IndexCorrupt):
        manifest = generations.read_manifest(folder, number)
    name = table_name(number)
    try:
        data = folder.read(name)
        segments = table_segments(data)
        if manifest:
            trusted = manifest.files.get(name) == FileEntry.of(data)
        else:
            trusted = not any(contradictions(segments))
    except (FileNotFoundError, ValueError, AttributeError, TypeError):
        return None
    return _Table(number, manifest, segments) if trusted else None


_UNLISTED = (
    "the newest table of contents has no manifest and does not name every segment, so what was "
    "deleted in the others may be back"
)


def _why_undeleted(newer: Sequence[int], base: _Table | None) -> str:
    if base is None:
        return "no table of contents can be read, so everything that was ever deleted may be back"
    return f"{table_name(newer[0])} cannot be read, so what it deleted may be back"


def _live_count(segment: ArraySegment) -> int:
    return segment.doc_count_all() - segment.deleted_count()


def _live(segment: ArraySegment | None, arrays: SegmentArrays) -> Bools:
    """A bool for each document that there may be; those that the segment does not know are live."""
    known = ~segment.deleted_mask() if segment else np.empty(0, np.bool_)
    stored = max(0, arrays.stored_offsets.size - 1)
    unknown = np.ones(max(0, stored - len(known)), np.bool_)
    return np.concatenate([known, unknown])


def _falling(live: Bools) -> list[int]:
    """The doc_ids of live documents, the latest first."""
    doc_ids: list[int] = np.flatnonzero(live)[::-1].tolist()
    return doc_ids


def _ids(arrays: SegmentArrays) -> dict[int, str]:
    """The article id of each document, as the terms say.

    Raises:
        ValueError, among others, when they say nothing that makes sense.
    """
    info = arrays.fields["id"]
    if not 0 <= info.first_term <= info.end_term <= len(arrays.term_totals):
        raise ValueError("there are no such terms")
    bounds = arrays.term_postings[info.first_term : info.end_term + 1].astype(np.int64)
    docs = arrays.docs_of_terms(info.first_term, info.end_term)
    if (np.diff(bounds) < 0).any() or bounds[-1] - bounds[0] != len(docs):
        raise ValueError("there are no such postings")
    texts = [arrays.term_bytes(term).decode() for term in range(info.first_term, info.end_term)]
    numbers = np.repeat(np.arange(len(texts)), np.diff(bounds))
    return {doc: texts[at] for doc, at in zip(docs.tolist(), numbers.tolist(), strict=True)}


def _told_ids(arrays: SegmentArrays) -> dict[int, str]:
    """The same for a damaged segment; nothing, unless it is right for all that can be read."""
    try:
        ids = _ids(arrays)
    except (LookupError, TypeError, ValueError, ArithmeticError):
        return {}
    for doc_id in range(arrays.stored_offsets.size - 1):
        found = stored_article(arrays, doc_id)
        if found and found[0].id != ids.get(doc_id):
            return {}
    return ids
