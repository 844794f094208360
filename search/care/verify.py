"""Whether an index is sound: every byte against its checksum, every posting against its article."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from mmap import mmap
from pathlib import Path
from typing import Any

import numpy as np

from sanbao.search.care.proof import find_difference
from sanbao.search.codec.kernels.arrays import I64, U64, Bools
from sanbao.search.codec.segment_arrays import SegmentArrays
from sanbao.search.codec.term_sorting import merge_terms
from sanbao.search.codec.whoosh_codec.segment import EXTENSION, ArraySegment
from sanbao.search.engines.embedded.fingerprint import fingerprints
from sanbao.search.errors import AnalysisMismatch, IndexCorrupt
from sanbao.search.storage import generations
from sanbao.search.storage.folder import Folder, failure
from sanbao.search.storage.generations import Generation, how_to_mend, manifest_name, table_name

KEPT = 2
"""The newest generations, which every commit leaves; those before them may go at any moment."""

OnProgress = Callable[[str, int, int], object]
"""Called with what is counted, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Damage.

    Attributes:
        file: the name of the damaged file.
        what: a sentence that names the file, what is wrong with it and what to do.
    """

    file: str
    what: str


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What a verification has looked at, and what it has found.

    Attributes:
        generations: their numbers, the newest first.
        segments, articles: of the newest one, as far as it can be read.
        size_bytes: how much was read.
        compared: whether the newest one's articles were compared with what the index says of them.
        not_compared: why they were not, though that was asked for.
    """

    generations: tuple[int, ...]
    segments: int
    articles: int
    size_bytes: int
    seconds: float
    compared: bool
    not_compared: str | None
    problems: tuple[Problem, ...]

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON types."""
        return {"sound": not self.problems, **asdict(self)}


def verify_index(
    location: str | Path, quick: bool = False, on_progress: OnProgress = lambda *_: None
) -> VerifyReport:
    """Look for damage in the index at ``location``, a folder, which may be in use meanwhile.

    Args:
        quick: read every byte and count, but do not compare the articles of the newest generation
            with their postings. That takes as long as to index them on one processor, and
            temporary space of about three times the largest segment.

    Raises:
        IndexNotFound, IndexVersionMismatch, StorageFailed.
    """
    return _Verification(Folder(Path(location)), on_progress).run(quick)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A generation with all its files mapped, so that no commit can take one away.

    Attributes:
        generation: without segments if its table of contents, None if its manifest is damaged.
        problems: what is wrong with each damaged file, as far as that was seen.
    """

    number: int
    generation: Generation | None
    files: dict[str, mmap]
    problems: dict[str, str]


class _Verification:
    """One run; gathers the first problem of each file."""

    def __init__(self, folder: Folder, on_progress: OnProgress) -> None:
        self._folder = folder
        self._on_progress = on_progress
        self._problems: dict[str, str] = {}

    def run(self, quick: bool) -> VerifyReport:
        started = time.perf_counter()
        kept = self._open_kept()
        size = self._check_bytes(kept)
        newest = kept[0].generation if kept else None
        segments: list[tuple[ArraySegment, SegmentArrays]] = []
        not_compared = None
        if newest is not None:
            self._check_table(newest, kept[0].number)
            segments = self._open_segments(newest, kept[0].files)
            if not quick:
                not_compared = _other_analysis(newest)
            if not quick and not not_compared:
                segments = self._compare(segments)
            self._check_ids(newest, segments)
        return VerifyReport(
            generations=tuple(each.number for each in kept),
            segments=len(newest.segments) if newest else 0,
            articles=newest.article_count if newest else 0,
            size_bytes=size,
            seconds=time.perf_counter() - started,
            compared=newest is not None and not quick and not not_compared,
            not_compared=not_compared,
            problems=tuple(Problem(file, what) for file, what in self._problems.items()),
        )

    def _open_kept(self) -> list[_Kept]:
        """The generations that every commit leaves, of one moment."""
        while True:
            try:
                numbers = generations.numbers(self._folder)[:KEPT]
            except IndexCorrupt as error:
                self._problems["*.toc"] = str(error)
                return []
            kept = [_open(self._folder, number) for number in numbers]
            if generations.newest(self._folder) == numbers[0]:
                break
        for each in kept:
            for file, what in each.problems.items():
                self._problems.setdefault(file, what)
        return kept

    def _check_bytes(self, kept: list[_Kept]) -> int:
        """Every byte of every file, those that generations share once; returns how many."""
        files = {
            (name, each.generation.manifest.files[name]): (each.generation, mapped)
            for each in kept
            if each.generation
            for name, mapped in each.files.items()
        }
        total, done = sum(entry.size for _, entry in files), 0
        for (name, entry), (generation, mapped) in files.items():
            try:
                generation.check(name, mapped)
            except IndexCorrupt as error:
                self._problems.setdefault(name, str(error))
            done += entry.size
            self._on_progress("bytes", done, total)
        return total

    def _check_table(self, generation: Generation, number: int) -> None:
        """What a table of contents and its manifest say against each other."""
        if generation.number != number:
            self._report(
                manifest_name(number), f"says that it is of generation {generation.number}"
            )
        if table_name(number) in self._problems:
            return
        for what in contradictions(generation.segments):
            self._report(table_name(number), what)
        names = [segment.make_filename(EXTENSION) for segment in generation.segments]
        if {*names, table_name(number)} != generation.manifest.files.keys():
            self._report(manifest_name(number), "lists other files than the table of contents")

    def _open_segments(
        self, generation: Generation, files: dict[str, mmap]
    ) -> list[tuple[ArraySegment, SegmentArrays]]:
        """Those whose files hold what was written."""
        opened = []
        for segment in generation.segments:
            name = segment.make_filename(EXTENSION)
            if name in files and name not in self._problems:
                try:
                    arrays = SegmentArrays(self._folder.path / name, files[name])
                    segment.check_count(arrays)
                    opened.append((segment, arrays))
                except IndexCorrupt as error:
                    self._problems[name] = str(error)
        return opened

    def _compare(
        self, segments: Sequence[tuple[ArraySegment, SegmentArrays]]
    ) -> list[tuple[ArraySegment, SegmentArrays]]:
        """Those that hold what their stored articles say, and nothing else."""
        total, done = sum(arrays.doc_count for _, arrays in segments), 0

        def on_article() -> None:
            nonlocal done
            done += 1
            self._on_progress("articles", done, total)

        same = []
        for segment, arrays in segments:
            try:
                difference = find_difference(arrays, on_article)
            except OSError as error:
                raise failure("write into", Path(tempfile.gettempdir()), error) from error
            if difference:
                self._report(segment.make_filename(EXTENSION), difference)
            else:
                same.append((segment, arrays))
        return same

    def _check_ids(
        self, generation: Generation, segments: Sequence[tuple[ArraySegment, SegmentArrays]]
    ) -> None:
        ids = _live_twice(segments)
        if ids:
            what = f"has {len(ids)} articles in two places, the first of them {ids[0]!r}"
            self._report(table_name(generation.number), what)

    def _report(self, file: str, what: str) -> None:
        advice = how_to_mend(self._folder)
        self._problems.setdefault(file, f"{self._folder.path / file} {what}; {advice}")


def _open(folder: Folder, number: int) -> _Kept:
    problems: dict[str, str] = {}
    try:
        manifest = generations.read_manifest(folder, number)
    except IndexCorrupt as error:
        return _Kept(number, None, {}, {manifest_name(number): str(error)})
    try:
        generation = generations.read(folder, number)
    except IndexCorrupt as error:
        problems[table_name(number)] = str(error)
        generation = Generation(folder, manifest, ())
    files = {}
    for name in manifest.files:
        try:
            files[name] = generation.map_unread(name)
        except IndexCorrupt as error:
            problems.setdefault(name, str(error))
    return _Kept(number, generation, files, problems)


def _other_analysis(generation: Generation) -> str | None:
    try:
        generation.check_analysis(fingerprints())
    except AnalysisMismatch as error:
        return str(error)
    return None


def contradictions(segments: Sequence[ArraySegment]) -> Iterator[str]:
    """What the segments of a table of contents say that cannot be, as what the table does."""
    names = [segment.make_filename(EXTENSION) for segment in segments]
    if len(set(names)) < len(names) or not all(map(generations.is_segment, names)):
        yield "lists a segment twice, or what is none"
        return
    for name, segment in zip(names, segments, strict=True):
        bits = segment.deleted_bits()
        count = segment.doc_count_all()
        if bits is None:
            deleted = 0
        elif len(bits) != (count + 7) // 8 or np.unpackbits(bits, bitorder="little")[count:].any():
            yield f"has deletions of documents that {name} does not have"
            continue
        else:
            deleted = int(np.bitwise_count(bits).sum())
        if deleted != segment.deleted_count():
            yield f"counts {segment.deleted_count()} deletions in {name}, of which it has {deleted}"


def _live_twice(segments: Sequence[tuple[ArraySegment, SegmentArrays]]) -> list[str]:
    """The ids of articles that are in more than one place."""
    if not segments:
        return []
    dictionaries, places = [], []
    for segment, arrays in segments:
        info = arrays.fields["id"]
        terms = slice(info.first_term, info.end_term + 1)
        offsets = arrays.term_offsets[terms]
        dictionaries.append((arrays.term_blob[offsets[0] : offsets[-1]], offsets))
        live = ~segment.deleted_mask()[arrays.docs_of_terms(info.first_term, info.end_term)]
        places.append(_count_of_each(live, arrays.term_postings[terms]))
    blob, ends, numbers = merge_terms(dictionaries)
    counts = np.zeros(len(ends) - 1, np.int64)
    for numbered, count in zip(numbers, places, strict=True):
        counts[numbered] += count
    twice = np.flatnonzero(counts > 1).tolist()
    return [blob[ends[term] : ends[term + 1]].tobytes().decode() for term in twice]


def _count_of_each(live: Bools, bounds: U64) -> I64:
    """How many of the postings of each term are live."""
    before = np.concatenate([[0], np.cumsum(live)])
    places = (bounds - bounds[0]).astype(np.int64)
    counts: I64 = np.diff(before[places])
    return counts
