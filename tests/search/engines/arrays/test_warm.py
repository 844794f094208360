"""After warming up, no query compiles anything."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from numba.core.registry import CPUDispatcher
from whoosh import index
from whoosh.query import FuzzyTerm, Wildcard

from sanbao.search.article import Article
from sanbao.search.codec import kernels
from sanbao.search.engines import open_writer
from sanbao.search.engines.arrays.warm import warm


def compiled() -> dict[str, list[Any]]:
    """The signatures that each kernel is compiled for."""
    modules = [
        importlib.import_module(f"{kernels.__name__}.{module.name}")
        for module in pkgutil.iter_modules(kernels.__path__)
    ]
    return {
        f"{function.__module__}.{name}": function.signatures
        for module in modules
        for name, function in vars(module).items()
        if isinstance(function, CPUDispatcher) and function.__module__ == module.__name__
    }


def main() -> None:
    """What runs in a process of its own."""
    from tests.search.engines.arrays.test_evaluator import test_same_as_slow_evaluator
    from tests.search.engines.arrays.test_explaining import test_explained_as_by_slow_evaluator

    warm()
    before = compiled()
    test_same_as_slow_evaluator()
    test_explained_as_by_slow_evaluator()
    expand_terms()
    after = compiled()
    # Making the segments of the test compiles this one for widths that no writer passes.
    impacts = f"{kernels.__name__}.bm25.impacts_of"
    after[impacts] = before[impacts]
    for name in before:
        print(name, *(set(map(str, after[name])) - set(map(str, before[name]))))
    assert after == before


def test_queries_compile_nothing_after_warming_up() -> None:
    root = Path(__file__).resolve().parents[4]
    command = [sys.executable, "-m", "tests.search.engines.arrays.test_warm"]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def expand_terms() -> None:
    """What only Whoosh's own queries ask for."""
    with TemporaryDirectory() as folder:
        with open_writer(folder) as writer:
            writer.add(Article(id="1", title="economy"))
        with index.open_dir(folder).searcher() as searcher:
            for query in (Wildcard("title_words", "?c*"), FuzzyTerm("title_words", "econmi")):
                assert len(searcher.search(query)) == 1


if __name__ == "__main__":
    main()
