"""Generations of an index: found, checked, published, and swept when nothing needs them."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from mmap import mmap
from typing import Any

from sanbao.search.codec import FORMAT_VERSION
from sanbao.search.codec.segment_arrays import SegmentArrays
from sanbao.search.codec.whoosh_codec.segment import EXTENSION, ArraySegment
from sanbao.search.errors import (
    AnalysisMismatch,
    IndexCorrupt,
    IndexNotFound,
    IndexProblem,
    IndexVersionMismatch,
    StorageFailed,
)
from sanbao.search.storage import verified
from sanbao.search.storage.folder import Folder
from sanbao.search.storage.manifest import FileEntry, Manifest
from sanbao.search.storage.table import table_bytes, table_segments

NAME = "MAIN"
"""What Whoosh calls the index inside its folder."""

_TABLE = re.compile(f"_{NAME}_([0-9]+)[.]toc")
_MANIFEST = re.compile(f"_{NAME}_([0-9]+)[.]manifest")
_SEGMENT = re.compile(f"{NAME}_[0-9a-z]+{re.escape(EXTENSION)}")
_ANY_TABLE = re.compile("_.+_[0-9]+[.]toc")
_OURS = re.compile(f"_?{NAME}_[0-9a-z]+[.].+")
ALTERED = "does not hold what was written to it"
_MARK_OF_VERSION_2 = "sanbao.json"


@dataclass(frozen=True, slots=True)
class Generation:
    """What one commit made visible, its manifest and table of contents checked.

    Attributes:
        segments: as Whoosh's table of contents keeps them.
    """

    folder: Folder
    manifest: Manifest
    segments: Sequence[ArraySegment]

    @property
    def number(self) -> int:
        """Grows with every commit."""
        return self.manifest.generation

    @property
    def article_count(self) -> int:
        """How many articles can be found in it."""
        return sum(each.doc_count_all() - each.deleted_count() for each in self.segments)

    def check_analysis(self, expected: dict[str, str]) -> None:
        """Raise AnalysisMismatch, naming the part, if the articles were analysed in another way.

        Args:
            expected: how this program analyses them: the fingerprint of each part.
        """
        stored = self.manifest.analysis
        for part in expected | stored:
            was, now = stored.get(part, "none"), expected.get(part, "none")
            if was != now:
                path = self.folder.path
                raise AnalysisMismatch(
                    f"the index at {path} was built with other {part} ({was}, now {now}); "
                    f"run `sanbao rebuild --index {path}`"
                )

    def open(self, segment: ArraySegment) -> SegmentArrays:
        """The arrays of one of the segments, of a file that is as it was written.

        Raises:
            IndexCorrupt, IndexVersionMismatch, StorageFailed.
        """
        name = segment.make_filename(EXTENSION)
        arrays = SegmentArrays(self.folder.path / name, self.map(name))
        segment.check_count(arrays)
        return arrays

    def map(self, name: str) -> mmap:
        """A file of the generation, mapped and checked, unless it was checked before.

        Raises:
            IndexCorrupt, StorageFailed.
        """
        entry, status, mapped = self._map(name)
        if not verified.is_known(status, entry):
            _check(self.folder, name, mapped, entry)
            verified.remember(status, entry)
        return mapped

    def map_unread(self, name: str) -> mmap:
        """A file of the generation, mapped; of what it holds only the size is looked at.

        Raises:
            IndexCorrupt, StorageFailed.
        """
        return self._map(name)[2]

    def check(self, name: str, mapped: mmap) -> None:
        """Raise IndexCorrupt unless every byte of a mapped file is as it was written."""
        _check(self.folder, name, mapped, self.manifest.files[name])

    def damage(self) -> list[IndexCorrupt]:
        """What is wrong with each file of the generation, every byte of which is read.

        Raises:
            StorageFailed.
        """
        found = []
        for name in self.manifest.files:
            try:
                self.check(name, self.map_unread(name))
            except IndexCorrupt as error:
                found.append(error)
        return found

    def _map(self, name: str) -> tuple[FileEntry, os.stat_result, mmap]:
        entry = self.manifest.files.get(name)
        if entry is None:
            raise corrupt(self.folder, name, "is in no manifest")
        try:
            status = self.folder.status(name)
            if status.st_size != entry.size:
                sizes = f"has {status.st_size} bytes where {entry.size} were written"
                raise corrupt(self.folder, name, sizes)
            return entry, status, self.folder.map(name)
        except FileNotFoundError:
            raise corrupt(self.folder, name, "is missing") from None


def table_name(number: int) -> str:
    """The file of a generation's table of contents."""
    return f"_{NAME}_{number}.toc"


def manifest_name(number: int) -> str:
    """The file of a generation's manifest."""
    return f"_{NAME}_{number}.manifest"


def numbers(folder: Folder) -> list[int]:
    """The generations in a folder, the newest first.

    Raises:
        IndexNotFound, IndexVersionMismatch, IndexCorrupt: when there are none.
        StorageFailed.
    """
    names = folder.names()
    found = sorted(int(match[1]) for name in names if (match := _TABLE.fullmatch(name)))
    if not found:
        raise _why_none(folder, names)
    return found[::-1]


def newest(folder: Folder) -> int:
    """The first of :func:`numbers`; raises as that does."""
    return numbers(folder)[0]


def check_not_lost(folder: Folder, number: int) -> None:
    """Raise IndexCorrupt if a generation that was there has lost its table of contents.

    Its manifest stays behind. Of an index that was removed for another one, nothing does.
    """
    names = folder.names()
    if manifest_name(number) in names and table_name(number) not in names:
        raise corrupt(folder, table_name(number), "is missing")


def read(folder: Folder, number: int) -> Generation:
    """A generation whose segments are not looked at yet.

    Raises:
        IndexVersionMismatch: when another program wrote it.
        IndexCorrupt: when its manifest or its table of contents is damaged or missing.
        StorageFailed.
    """
    manifest = read_manifest(folder, number)
    if manifest.format != FORMAT_VERSION:
        raise _other_version(folder, manifest.format)
    name = table_name(number)
    try:
        data = folder.read(name)
        if FileEntry.of(data) != manifest.files.get(name):
            raise ValueError(ALTERED)
        segments = table_segments(data)
    except FileNotFoundError:
        raise corrupt(folder, name, "is missing") from None
    except ValueError as error:
        raise corrupt(folder, name, str(error)) from error
    for segment in segments:
        segment.check_version(folder.path / segment.make_filename(EXTENSION))
    return Generation(folder, manifest, segments)


def read_manifest(folder: Folder, number: int) -> Manifest:
    """The manifest of a generation, of any format; raises as :func:`read` does."""
    name = manifest_name(number)
    try:
        return Manifest.from_bytes(folder.read(name))
    except FileNotFoundError:
        raise _why_no_manifest(folder, number) from None
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise corrupt(folder, name, f"is damaged ({error})") from error


def publish(
    folder: Folder,
    number: int,
    segments: Sequence[ArraySegment],
    files: Mapping[str, FileEntry],
    schema: Any,
    analysis: dict[str, str],
) -> Generation:
    """Make a generation of segments whose files are there already; on the disk when it returns.

    The renaming is the commit. If what follows fails, the generation is there, but a loss of power
    may undo it.

    Args:
        files: the entry of each segment's file.
        schema: for Whoosh, which keeps it in the table of contents.
        analysis: how their articles were analysed: the fingerprint of each part.

    Raises:
        StorageFailed.
    """
    table = table_bytes(schema, segments, number)
    name, temporary = table_name(number), f"{table_name(number)}.new"
    manifest = Manifest(FORMAT_VERSION, number, analysis, {**files, name: FileEntry.of(table)})
    folder.write(manifest_name(number), lambda file: file.write(manifest.to_bytes()))
    folder.write(temporary, lambda file: file.write(table))
    folder.sync()
    folder.rename(temporary, name)
    folder.sync()
    return Generation(folder, manifest, segments)


def sweep(folder: Folder, generation: Generation) -> None:
    """Remove what neither a generation nor the one before it needs, as far as the system lets us.

    What stays is removed by the next writer. Whoever reads a removed file keeps it.
    """
    with suppress(StorageFailed):
        names = folder.names()
        if table_name(generation.number + 1) in names:
            return  # a commit whose end its writer was not told of
        kept = {*own_names(generation.manifest), *_before(folder, names, generation.number)}
        for name in names:
            if is_own(name) and name not in kept:
                with suppress(StorageFailed, FileNotFoundError):
                    folder.remove(name)


def undo(folder: Folder, number: int, before: Collection[str]) -> None:
    """Remove what was written for a generation that did not come to be, as far as possible.

    Args:
        number: of the generation; if it is there after all, all stays.
        before: the names of the files that were there before.
    """
    with suppress(StorageFailed):
        names = folder.names()
        for name in names if table_name(number) not in names else ():
            if is_own(name) and name not in before:
                with suppress(StorageFailed, FileNotFoundError):
                    folder.remove(name)


def is_own(name: str) -> bool:
    """Whether a file has a name that only files of generations have."""
    return bool(_OURS.fullmatch(name))


def is_segment(name: str) -> bool:
    """Whether a file has the name of a segment, and so is right in the folder."""
    return bool(_SEGMENT.fullmatch(name))


def own_names(manifest: Manifest) -> Collection[str]:
    """The names of all files of a generation."""
    return (*manifest.files, manifest_name(manifest.generation))


def highest_number(folder: Folder) -> int:
    """The highest number that any generation has or had, -1 if there is none."""
    found = (_TABLE.fullmatch(name) or _MANIFEST.fullmatch(name) for name in folder.names())
    return max((int(match[1]) for match in found if match), default=-1)


def _before(folder: Folder, names: Collection[str], number: int) -> Collection[str]:
    """The files of the newest readable generation before this one."""
    earlier = {int(match[1]) for name in names if (match := _TABLE.fullmatch(name))}
    for candidate in sorted((n for n in earlier if n < number), reverse=True):
        with suppress(IndexCorrupt, IndexVersionMismatch):
            return own_names(read_manifest(folder, candidate))
    return ()


def _check(folder: Folder, name: str, mapped: mmap, entry: FileEntry) -> None:
    if FileEntry.of_mapped(mapped) != entry:
        raise corrupt(folder, name, ALTERED)


def corrupt(folder: Folder, name: str, what: str) -> IndexCorrupt:
    """The error that says what is wrong with a file, and what to do."""
    return IndexCorrupt(f"{folder.path / name} {what}; {how_to_mend(folder)}")


def how_to_mend(folder: Folder) -> str:
    """What to do about damage."""
    return f"run `sanbao repair --index {folder.path}`, or restore a snapshot"


def _why_none(folder: Folder, names: Collection[str]) -> IndexProblem:
    # The manifest of generation 0 is all that a first writer leaves that was stopped early.
    manifests = {name for name in names if _MANIFEST.fullmatch(name)} - {manifest_name(0)}
    if manifests or any(name.endswith(EXTENSION) for name in names):
        return IndexCorrupt(
            f"the index at {folder.path} has no table of contents, {table_name(0)[:-5]}*.toc; "
            f"{how_to_mend(folder)}"
        )
    if any(_ANY_TABLE.fullmatch(name) for name in names):
        return _foreign(folder)
    return IndexNotFound(
        f"there is no index at {folder.path}; "
        f"make one with `sanbao index PATH... --index {folder.path}`"
    )


def _why_no_manifest(folder: Folder, number: int) -> IndexProblem:
    names = folder.names()
    if _MARK_OF_VERSION_2 in names:
        return _other_version(folder, 2)
    if not any(name.endswith(EXTENSION) or _MANIFEST.fullmatch(name) for name in names):
        return _foreign(folder)
    return IndexCorrupt(
        f"{folder.path / manifest_name(number)} is missing: it was lost, or Whoosh changed the "
        f"index without Sanbao; {how_to_mend(folder)}"
    )


def _foreign(folder: Folder) -> IndexVersionMismatch:
    return IndexVersionMismatch(
        f"the folder {folder.path} holds a Whoosh index that Sanbao did not make; "
        "name another folder with --index"
    )


def _other_version(folder: Folder, version: int) -> IndexVersionMismatch:
    return IndexVersionMismatch(
        f"the index at {folder.path} has format version {version}, this program reads version "
        f"{FORMAT_VERSION}; index the articles again into another folder: "
        "`sanbao index PATH... --index FOLDER`"
    )
