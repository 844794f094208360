"""What the operating system says of this process and its files."""

from __future__ import annotations

import re
from pathlib import Path

MB = 1_000_000


def peak_memory() -> int:
    """The most memory that this process has had resident, in bytes.

    Not ``ru_maxrss``, in which a child process starts with what its parent had.
    """
    return _status("VmHWM")


def own_memory() -> int:
    """The memory of this process that is not a mapped file, in bytes."""
    return _status("RssAnon")


def _status(name: str) -> int:
    status = Path("/proc/self/status").read_text("ascii")
    match = re.search(rf"{name}:\s+(\d+) kB", status)
    assert match is not None, f"/proc/self/status has no {name}: this benchmark needs Linux"
    return int(match[1]) * 1024


def folder_size(folder: Path) -> int:
    """The size of all files below the folder, in bytes."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
