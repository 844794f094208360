"""Some space put aside: on a full disk, a writer needs a little to be able to delete."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress

from sanbao.search.errors import StorageFailed
from sanbao.search.storage.folder import Folder

NAME = "reserve"
SIZE = 2 << 20
"""Bytes; a table of contents says in a bit for each article whether it is deleted."""
_ROOM = 16
"""The reserve is taken where so many times its size is free."""


def keep(folder: Folder) -> None:
    """Put the space aside, unless it is already or there is little left."""
    with suppress(OSError, StorageFailed):
        there = NAME in folder.names() and folder.status(NAME).st_size == SIZE
        if not there and shutil.disk_usage(folder.path).free >= _ROOM * SIZE:
            _put_aside(folder, SIZE)


def give_up(folder: Folder) -> bool:
    """Free the space; False when there was none to free."""
    with suppress(OSError, StorageFailed):
        folder.remove(NAME)
        return True
    return False


def put_back(folder: Folder) -> None:
    """Put aside again what a commit on a full disk has left, for the next one."""
    with suppress(OSError, StorageFailed):
        _put_aside(folder, min(SIZE, shutil.disk_usage(folder.path).free * 9 // 10))


def _put_aside(folder: Folder, size: int) -> None:
    folder.write(NAME, lambda file: os.posix_fallocate(file.fileno(), 0, size))
