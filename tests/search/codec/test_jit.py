"""Where compiled kernels are kept."""

from __future__ import annotations

import ast
import importlib.util
import os
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path

from sanbao.search.codec import kernels
from sanbao.search.codec.kernels import jit
from sanbao.search.codec.kernels.jit import SOURCES, sources_stamp


def test_the_stamp_changes_with_every_source(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    (one / "kernels").mkdir(parents=True)
    other.mkdir()
    for name in ("one/a.py", "one/kernels/b.py", "other/c.py"):
        (tmp_path / name).write_text("x = 1\n")
    stamps = {sources_stamp(one, other)}
    (one / "kernels" / "b.py").write_text("x = 12\n")
    stamps.add(sources_stamp(one, other))
    os.utime(one / "a.py", (1, 1))
    stamps.add(sources_stamp(one, other))
    (other / "c.py").write_text("x = 12\n")
    stamps.add(sources_stamp(one, other))
    (other / "d.py").touch()
    stamps.add(sources_stamp(one, other))
    assert len(stamps) == 5
    (one / "notes.txt").touch()
    assert sources_stamp(one, other) in stamps


def imported(path: Path) -> Iterator[Path]:
    """The files of ours that a file imports from."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sanbao."):
            for name in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names)):
                spec = _spec(str(name))
                if spec and spec.origin:
                    yield Path(spec.origin).resolve()


def _spec(name: str) -> ModuleSpec | None:
    try:
        return importlib.util.find_spec(name)
    except ModuleNotFoundError:  # what is in a module that is no package
        return None


def test_the_stamp_covers_all_that_kernels_are_made_of() -> None:
    waiting = [path.resolve() for path in Path(kernels.__path__[0]).glob("*.py")]
    seen = {Path(jit.__file__).resolve()}  # what compiles them tells clocks of it, too
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting.extend(imported(path))
    covered = [folder.resolve() for folder in SOURCES]
    assert len(seen) > 20
    assert {path.parent.name for path in seen} >= {"kernels", "ranking"}
    assert not [path for path in seen if not any(map(path.is_relative_to, covered))]
