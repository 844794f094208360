"""What the operating system says of this process and its files."""

from __future__ import annotations

import re
from pathlib import Path


def peak_memory() -> int:
    """The most memory that this process has had resident, in bytes. Linux only.

    Not ``ru_maxrss``, in which a child process starts with what its parent had.
    """
    status = Path("/proc/self/status").read_text("ascii")
    match = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert match is not None
    return int(match[1]) * 1024


def folder_size(folder: Path) -> int:
    """The size of all files below the folder, in bytes."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
