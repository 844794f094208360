"""The plain engine stands on the protocols alone, so that what it answers is worth comparing."""

from __future__ import annotations

import ast
from pathlib import Path

HERE = Path(__file__).parent
FILES = [*HERE.glob("*.py"), *HERE.parent.glob("slow_*.py"), HERE.parent / "plain_index.py"]
OTHERS = ("whoosh", "numba", "sanbao.search.codec", "sanbao.search.engines.arrays")
EMBEDDED, ANALYSED = "sanbao.search.engines.embedded", "sanbao.search.engines.embedded.schema"


def test_it_takes_nothing_from_the_embedded_engine_but_how_articles_are_analysed() -> None:
    names = {
        (path.name, node.module or "")
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom)
    }
    assert ("engine.py", ANALYSED) in names
    assert not {
        (path, name)
        for path, name in names
        if name.startswith((*OTHERS, EMBEDDED)) and name != ANALYSED
    }
