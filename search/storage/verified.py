"""Files that were found to be what was written, so that a command need not read them all again.

Remembered in the user's cache until the machine is started again, by what changes with any change
of a file: its number on the disk, its size, and when it was written. What a failing disk changes by
itself escapes this; ``sanbao verify`` looks at every byte.
"""

from __future__ import annotations

import json
import os
import threading
import time
from contextlib import suppress
from pathlib import Path

import platformdirs

from sanbao.search.storage.manifest import FileEntry

_SMALLEST = 1 << 20
"""Files below this are checked sooner than looked up."""
_SETTLED_SECONDS = 2.0
"""A file just written could be written once more without another time of change."""
_REMEMBERED = 1_000

Key = tuple[int, ...]


class _Memory:
    """What this process knows, and what it finds in the cache."""

    def __init__(self) -> None:
        self.path = platformdirs.user_cache_path("sanbao") / "verified.json"
        self._keys: dict[Key, None] | None = None
        self._adding = threading.Lock()

    def known(self) -> dict[Key, None]:
        if self._keys is None:
            self._keys = self._load()
        return self._keys

    def add(self, key: Key) -> None:
        keys = self.known()
        with self._adding, suppress(OSError):  # a cache: what cannot be kept is found out again
            keys[key] = None
            while len(keys) > _REMEMBERED:
                del keys[next(iter(keys))]
            self._save(list(keys))

    def forget(self) -> None:
        with self._adding, suppress(OSError):
            self._keys = {}
            self._save([])

    def _load(self) -> dict[Key, None]:
        try:
            content = json.loads(self.path.read_bytes())
            found = [tuple(map(int, key)) for key in content["files"]]
        except (OSError, ValueError, LookupError, TypeError):
            return {}
        return dict.fromkeys(found) if content.get("boot") == _boot() else {}

    def _save(self, keys: list[Key]) -> None:
        boot = _boot()
        if boot:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            temporary = self.path.with_name(f"{self.path.name}.{os.getpid()}")
            temporary.write_text(json.dumps({"boot": boot, "files": keys}))
            temporary.replace(self.path)


_memory = _Memory()


def is_known(status: os.stat_result, entry: FileEntry) -> bool:
    """Whether the file of this status is known to hold what the entry says."""
    return entry.size >= _SMALLEST and _key(status, entry) in _memory.known()


def remember(status: os.stat_result, entry: FileEntry) -> None:
    """The file that had this status before it was looked at holds what the entry says."""
    if entry.size >= _SMALLEST and time.time() - status.st_ctime > _SETTLED_SECONDS:
        _memory.add(_key(status, entry))


def forget() -> None:
    """From here on this process, and those that it makes, look at every file again, as do others
    that start: there is a reason to think that one changed by itself."""
    _memory.forget()


def _key(status: os.stat_result, entry: FileEntry) -> Key:
    return (
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
        entry.checksum,
    )


def _boot() -> str | None:
    """What tells one start of the machine from another, where the system says."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None
