"""What the operating system says of this process and its files."""

from __future__ import annotations

import os
import re
from pathlib import Path

MB = 1_000_000


def peak_memory() -> int:
    """The most memory that this process has had resident, in bytes.

    Not ``ru_maxrss``, in which a child process starts with what its parent had.
    """
    return _status("VmHWM")


def own_memory(process: int | str = "self") -> int:
    """The memory of a process that is not a mapped file, in bytes; shared memory by its share."""
    rollup = Path(f"/proc/{process}/smaps_rollup").read_text("ascii")
    return _kilobytes(rollup, "Pss_Anon") * 1024


def processor_seconds(process: int) -> float:
    """What a process has taken of the processors."""
    # The name in brackets may hold blanks.
    fields = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
    user, system = fields[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def family(process: int) -> list[int]:
    """The ids of a process and of its children."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text("ascii")
    return [process, *map(int, children.split())]


def _status(name: str) -> int:
    return _kilobytes(Path("/proc/self/status").read_text("ascii"), name) * 1024


def _kilobytes(text: str, name: str) -> int:
    match = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
    assert match is not None, f"/proc has no {name}: this benchmark needs Linux"
    return int(match[1])


def folder_size(folder: Path) -> int:
    """The size of all files below the folder, in bytes."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
