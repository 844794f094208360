"""Looks over the bytes of an index while it is served, at its leisure."""

from __future__ import annotations

import logging
import time
import zlib
from collections.abc import Callable, Iterator

from sanbao.search.errors import IndexCorrupt, IndexProblem
from sanbao.search.storage import generations
from sanbao.search.storage.folder import Folder
from sanbao.search.storage.generations import Generation
from sanbao.search.storage.manifest import FileEntry

PIECE_BYTES = 1 << 20
SECONDS_A_PIECE = 1 / 16
"""At most 16 MB a second, which disks and searches hardly feel."""

_log = logging.getLogger(__name__)


def watch(folder: Folder, hours: float, on_damage: Callable[[IndexCorrupt], None]) -> None:
    """Read every byte of all generations in a folder, again and again; never returns.

    Args:
        hours: from one beginning to the next.
        on_damage: called with each damage that was not there the time before.
    """
    told: set[str] = set()
    while True:
        began = time.monotonic()
        found: set[str] = set()
        for damage in look_over(folder):
            found.add(str(damage))
            if str(damage) not in told:
                on_damage(damage)
        told = found
        time.sleep(max(0.0, began + hours * 3600 - time.monotonic()))


def look_over(folder: Folder) -> Iterator[IndexCorrupt]:
    """What is wrong with any generation in a folder, every byte of which is read.

    Nothing is mapped, so that no damage can end the process that looks.
    """
    sound: set[tuple[str, FileEntry]] = set()
    try:
        numbers = generations.numbers(folder)
        for number in numbers:
            for damage in _damage(folder, number, sound):
                if generations.newest(folder) != numbers[0]:
                    return  # nothing wrong, but a commit has removed what is older
                yield damage
    except IndexProblem as error:
        # To be unable to look is no damage; who serves finds the same and says so.
        _log.warning("cannot look over the index: %s", error)


def _damage(
    folder: Folder, number: int, sound: set[tuple[str, FileEntry]]
) -> Iterator[IndexCorrupt]:
    try:
        generation = generations.read(folder, number)
    except IndexCorrupt as error:
        yield error
        return
    for file in generation.manifest.files.items():
        if file not in sound:
            try:
                _look_at(generation, *file)
                sound.add(file)
            except IndexCorrupt as error:
                yield error


def _look_at(generation: Generation, name: str, entry: FileEntry) -> None:
    size = checksum = 0
    try:
        for piece in generation.folder.pieces(name, PIECE_BYTES):
            checksum = zlib.crc32(piece, checksum)
            size += len(piece)
            time.sleep(SECONDS_A_PIECE)
    except FileNotFoundError:
        raise generations.corrupt(generation.folder, name, "is missing") from None
    if FileEntry(size, checksum) != entry:
        raise generations.corrupt(generation.folder, name, generations.ALTERED)
