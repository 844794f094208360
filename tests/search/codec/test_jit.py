"""Where compiled kernels are kept."""

from __future__ import annotations

import os
from pathlib import Path

from sanbao.search.codec.kernels.jit import sources_stamp


def test_the_stamp_changes_with_every_source(tmp_path: Path) -> None:
    (tmp_path / "kernels").mkdir()
    for name in ("a.py", "kernels/b.py"):
        (tmp_path / name).write_text("x = 1\n")
    stamps = {sources_stamp(tmp_path)}
    (tmp_path / "kernels" / "b.py").write_text("x = 12\n")
    stamps.add(sources_stamp(tmp_path))
    os.utime(tmp_path / "a.py", (1, 1))
    stamps.add(sources_stamp(tmp_path))
    (tmp_path / "c.py").touch()
    stamps.add(sources_stamp(tmp_path))
    assert len(stamps) == 4
    (tmp_path / "notes.txt").touch()
    assert sources_stamp(tmp_path) in stamps
