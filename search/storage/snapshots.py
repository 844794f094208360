"""One generation copied out of a folder, and back into one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from sanbao.search.codec.whoosh_codec.segment import EXTENSION
from sanbao.search.errors import IndexCorrupt, IndexNotFound, StorageFailed
from sanbao.search.storage import generations
from sanbao.search.storage.folder import Folder, failure
from sanbao.search.storage.generations import (
    ALTERED,
    Generation,
    how_to_mend,
    is_segment,
    manifest_name,
    own_names,
    table_name,
)
from sanbao.search.storage.manifest import FileEntry
from sanbao.search.storage.write_lock import WriteLock


def take_snapshot(folder: Folder, destination: Path) -> Generation:
    """Make a folder that holds the newest generation, checked; it is itself an index to search.

    Its files are those of the index under second names where both folders are on one disk, and
    copies elsewhere. A writer may commit meanwhile; then the newer generation is taken.

    Args:
        destination: must not be there yet; is there only when it is complete.

    Returns:
        The generation, in its new folder.

    Raises:
        IndexNotFound, IndexVersionMismatch.
        IndexCorrupt: when the newest generation is damaged.
        StorageFailed: also when the destination exists.
    """
    generations.newest(folder)  # no folder is made for the sake of an index that is not there
    destination = destination.absolute()
    beside = Folder(destination.parent)
    copy = Folder(beside.path / f".{destination.name}.{os.getpid()}.unfinished")
    _refuse_existing(destination)
    try:
        generation = _copy_newest(folder, copy)
        _refuse_existing(destination)
        beside.rename(copy.path.name, destination.name)
    except BaseException:
        shutil.rmtree(copy.path, ignore_errors=True)
        raise
    beside.sync()
    return Generation(Folder(destination), generation.manifest, generation.segments)


def read_snapshot(path: Path) -> Generation:
    """The generation in the folder of a snapshot, every byte of it checked.

    Raises:
        IndexNotFound, IndexVersionMismatch, StorageFailed.
        IndexCorrupt: naming the first damaged file.
    """
    folder = Folder(path)
    try:
        generation = generations.read(folder, generations.newest(folder))
    except IndexNotFound:
        raise IndexNotFound(
            f"there is no snapshot at {path}; make one with `sanbao snapshot {path}`"
        ) from None
    names = {segment.make_filename(EXTENSION) for segment in generation.segments}
    listed = generation.manifest.files.keys() - {table_name(generation.number)}
    if names != listed or not all(map(is_segment, names)):
        name = manifest_name(generation.number)
        raise _corrupt(folder, name, "lists other files than the table of contents")
    damage = generation.damage()
    if damage:
        raise damage[0]
    return generation


def restore_snapshot(snapshot: Generation, folder: Folder, schema: Any) -> Generation:
    """Make the articles of a snapshot those of the index in ``folder``, which is made if need be.

    The snapshot becomes a new generation: whoever searches sees it as any commit, and the state
    before stays as the generation before. No file is changed in place, since another process may
    have mapped it. When this fails, the index is as it was, or an empty one if there was none.

    Args:
        snapshot: what :func:`read_snapshot` has found.
        schema: as :func:`search.storage.generations.publish` wants it.

    Returns:
        The new generation.

    Raises:
        IndexLocked, StorageFailed.
        IndexVersionMismatch: when the folder holds an index that is not of this program.
        IndexCorrupt: when the snapshot was damaged since it was read.
    """
    lock = WriteLock(folder)
    try:
        _make_index(folder, schema, snapshot.manifest.analysis)
        before = folder.names()
        number = generations.highest_number(folder) + 1
        manifest = snapshot.manifest
        files = {name: each for name, each in manifest.files.items() if is_segment(name)}
        try:
            _copy_in(snapshot.folder, folder, files)
            restored = generations.publish(
                *(folder, number, snapshot.segments, files, schema, manifest.analysis)
            )
        except BaseException:
            generations.undo(folder, number, before)
            raise
        generations.sweep(folder, restored)
        return restored
    finally:
        lock.release()


def _refuse_existing(destination: Path) -> None:
    if os.path.lexists(destination):
        raise StorageFailed(f"{destination} exists already; name a folder that does not")


def _copy_newest(folder: Folder, copy: Folder) -> Generation:
    """The newest generation, linked or copied into a folder that is made, and checked there."""
    while True:
        number = generations.newest(folder)
        _make_empty(copy)
        try:
            generation = generations.read(folder, number)
            for name in own_names(generation.manifest):
                folder.link(name, copy.path / name)
            break
        except (FileNotFoundError, IndexCorrupt) as error:
            if generations.newest(folder) == number:  # and so no commit has removed what is missing
                if isinstance(error, IndexCorrupt):
                    raise
                raise _corrupt(folder, name, "is missing") from error
    for name, entry in generation.manifest.files.items():
        if not _holds(copy, name, entry):
            raise _corrupt(folder, name, ALTERED)
    copy.sync()
    return generation


def _make_empty(folder: Folder) -> None:
    shutil.rmtree(folder.path, ignore_errors=True)
    try:
        parent = Folder(folder.path.parent)
        parent.make()
        folder.path.mkdir()
        parent.sync()
    except OSError as error:
        raise failure("make", folder.path, error) from error


def _holds(folder: Folder, name: str, entry: FileEntry) -> bool:
    """Whether a file is there and every byte of it as the entry says."""
    try:
        same_size = folder.status(name).st_size == entry.size
        return same_size and FileEntry.of_mapped(folder.map(name)) == entry
    except FileNotFoundError:
        return False


def _make_index(folder: Folder, schema: Any, analysis: dict[str, str]) -> None:
    """See to it that there is an index, if only an empty or a damaged one.

    A restore that is killed would else leave segments in a folder that has no index.

    Raises:
        IndexVersionMismatch: rather than write over what this program cannot read.
    """
    try:
        generations.read(folder, generations.newest(folder))
    except IndexNotFound:
        generations.publish(folder, 0, [], {}, schema, analysis)
    except IndexCorrupt:
        pass


def _copy_in(source: Folder, folder: Folder, files: Mapping[str, FileEntry]) -> None:
    """See to it that the folder has these files; one of the same name gives way at one stroke."""
    wanted = [name for name, entry in files.items() if not _holds(folder, name, entry)]
    for name in wanted:
        with suppress(FileNotFoundError):
            folder.take(_new(name), source.path / name)
        if not _holds(folder, _new(name), files[name]):
            raise _corrupt(source, name, ALTERED)
    for name in wanted:
        folder.rename(_new(name), name)


def _new(name: str) -> str:
    return f"{name}.new"


def _corrupt(folder: Folder, name: str, what: str) -> IndexCorrupt:
    return IndexCorrupt(f"{folder.path / name} {what}; {how_to_mend(folder)}")
