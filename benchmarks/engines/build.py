"""Makes one index in a process of its own, so that its peak memory is its own.

python -m benchmarks.engines.build ENGINE CORPUS INDEX TOOLS
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.engines.corpus import Corpus, open_corpus
from benchmarks.engines.engine import Build

SANBAO, TANTIVY, LUCENE = ENGINES = ("Sanbao", "tantivy-py", "Lucene")
BATCHES = 8


def build_in_process(engine: str, corpus: Path, index: Path, tools: Path) -> Build:
    """The index at ``index``, made unless it is there already; returns what it took."""
    report = index.with_suffix(".json")
    if not report.exists():
        command = [sys.executable, "-m", "benchmarks.engines.build"]
        subprocess.run([*command, engine, corpus, index, tools], check=True)
    return Build.load(report)


def build(engine: str, corpus: Corpus, index: Path, tools: Path) -> Build:
    """Make the index with the engine of that name, in :data:`BATCHES` commits and a merge."""
    # Each engine is imported where it is used: it would add to the memory of the others.
    if engine == SANBAO:
        from benchmarks.engines import array_engine

        return array_engine.build(corpus, index, BATCHES)
    if engine == TANTIVY:
        from benchmarks.engines import tantivy_engine

        return tantivy_engine.build(corpus, index, BATCHES)
    from benchmarks.engines import lucene_engine

    return lucene_engine.build(corpus, index, BATCHES, tools)


def main() -> None:
    engine, corpus, index, tools = sys.argv[1], *map(Path, sys.argv[2:])
    shutil.rmtree(index, ignore_errors=True)
    build(engine, open_corpus(corpus), index, tools).save(index.with_suffix(".json"))


if __name__ == "__main__":
    main()
