"""The plain engine stands on the protocols alone, so that what it answers is worth comparing."""

from __future__ import annotations

import ast
from pathlib import Path

HERE = Path(__file__).parent
FILES = [*HERE.glob("*.py"), *HERE.parent.glob("slow_*.py"), HERE.parent / "plain_index.py"]
ENGINES = "sanbao.search.engines"
OTHERS = ("whoosh", "numba", "sanbao.search.codec", f"{ENGINES}.arrays", f"{ENGINES}.embedded")


def test_it_takes_nothing_from_the_embedded_engine() -> None:
    names = {
        (path.name, node.module or "")
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom)
    }
    assert ("engine.py", f"{ENGINES}.base") in names
    assert not {(path, name) for path, name in names if name.startswith(OTHERS)}
