"""How the product itself grows: the same questions at 10,000, 100,000 and 1,000,000 articles.

    python -m benchmarks.engines.growth --dir /var/tmp/bench

Indexes articles with `sanbao index`, asks the engine that it makes for pages of ten hits with
highlights, facets and a timeline, and starts `sanbao search` from the shell. Writes a table.
"""

from __future__ import annotations

import argparse
import multiprocessing
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.engines.articles import questions, titles, write_articles
from benchmarks.engines.process import MB, folder_size, own_memory
from sanbao.search.engines import SearchEngine, open_engine
from sanbao.search.fields import FACETS
from sanbao.search.request import SearchRequest

ROOT = Path(__file__).resolve().parents[2]
SIZES = (10_000, 100_000, 1_000_000)
QUERIES = 100
PASSES = 3
STARTS = 7
Percentiles = tuple[float, float, float]
SHELL_WORDS = ("经济", "欠航の台風", "rate cut")


@dataclass(frozen=True, slots=True)
class Measured:
    """What one size took.

    Attributes:
        open_seconds: until the first answer, without starting Python.
        titles, questions: milliseconds of a page, p50, p95 and p99 over the queries.
        memory: resident after all queries, in bytes, the page cache not counted.
        shell_seconds: of `sanbao search` from the shell, in Chinese, Japanese and English.
    """

    size: int
    index_seconds: float
    disk: int
    open_seconds: float
    titles: Percentiles
    questions: Percentiles
    memory: int
    shell_seconds: tuple[float, ...]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engines.growth")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--dir", type=Path, default=ROOT / ".bench")
    parser.add_argument("--eval", type=Path, default=ROOT.parent / "shared" / "eval")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "benchmarks")
    arguments = parser.parse_args()
    measured = [measure(size, arguments.dir, arguments.eval) for size in arguments.sizes]
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "growth.md").write_text(table(measured), "utf-8")
    print(table(measured))


def measure(size: int, folder: Path, eval_folder: Path) -> Measured:
    """Index so many articles and search them, in a process whose memory is its own."""
    folder.mkdir(parents=True, exist_ok=True)
    articles, index = folder / f"articles-{size}.jsonl", folder / f"product-{size}"
    write_articles(articles, size, eval_folder)
    index_seconds = _index(articles, index)
    asked = titles(eval_folder, QUERIES), questions(eval_folder, QUERIES)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        open_seconds, short, long, memory = process.submit(_search, index, asked).result()
    shell = [
        [_seconds("search", word, "--index", str(index)) for word in SHELL_WORDS]
        for _ in range(STARTS)
    ]
    return Measured(
        size,
        index_seconds,
        folder_size(index),
        open_seconds,
        short,
        long,
        memory,
        tuple(np.median(shell, axis=0).tolist()),
    )


def _index(articles: Path, index: Path) -> float:
    """Seconds that `sanbao index` takes; an index that is there already keeps its own."""
    report = index.with_suffix(".seconds")
    if not report.exists():
        report.write_text(str(_seconds("index", str(articles), "--index", str(index))))
    return float(report.read_text())


def _seconds(*arguments: str) -> float:
    started = time.perf_counter()
    command = [sys.executable, "-m", "sanbao", *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def _search(
    index: Path, asked: tuple[Sequence[str], Sequence[str]]
) -> tuple[float, Percentiles, Percentiles, int]:
    started = time.perf_counter()
    engine = open_engine(index)
    engine.search(_request(asked[0][0]))
    open_seconds = time.perf_counter() - started
    short, long = (_percentiles(engine, texts) for texts in asked)
    return open_seconds, short, long, own_memory()


def _percentiles(engine: SearchEngine, texts: Sequence[str]) -> Percentiles:
    """Of a page, in milliseconds: the queries in turn, for each the median of the passes."""
    milliseconds = np.empty((1 + PASSES, len(texts)))
    for turn in range(1 + PASSES):
        for number, text in enumerate(texts):
            started = time.perf_counter()
            engine.search(_request(text))
            milliseconds[turn, number] = (time.perf_counter() - started) * 1000
    p50, p95, p99 = np.percentile(np.median(milliseconds[1:], axis=0), (50, 95, 99)).tolist()
    return p50, p95, p99


def _request(text: str) -> SearchRequest:
    return SearchRequest(text=text, facets=FACETS, timeline="auto")


def table(measured: Sequence[Measured]) -> str:
    """The figures as Markdown."""
    lines = [
        "# Growth",
        "",
        "`sanbao index` of articles without their language. Then pages of ten hits with",
        "highlights, three facets and a timeline, asked of the engine one after the other: 100",
        "titles and 100 questions in Chinese, Japanese and English, p50 / p95 / p99. Open: until",
        "the first answer of a new process, Python already started. Memory: without mapped files.",
        "Shell: the whole of `sanbao search` in Chinese / Japanese / English.",
        "",
        "| articles | index s | disk MB | open s | titles, ms | questions, ms | MB | shell, s |",
        "|---|---|---|---|---|---|---|---|",
        *(_row(each) for each in measured),
        "",
        *_growth(measured),
    ]
    return "\n".join(lines) + "\n"


def _growth(measured: Sequence[Measured]) -> Iterator[str]:
    for small, large in pairwise(measured):
        factors = (b[0] / a[0] for a, b in zip(_pages(small), _pages(large), strict=True))
        titles, questions = (f"{factor:.1f}" for factor in factors)
        yield (
            f"From {small.size:,} to {large.size:,} articles p50 grows {titles} times for titles "
            f"and {questions} times for questions."
        )


def _pages(each: Measured) -> tuple[Percentiles, Percentiles]:
    return each.titles, each.questions


def _row(each: Measured) -> str:
    cells = [
        f"{each.size:,}",
        f"{each.index_seconds:.0f}",
        f"{each.disk / MB:.0f}",
        f"{each.open_seconds:.2f}",
        " / ".join(f"{value:.2f}" for value in each.titles),
        " / ".join(f"{value:.2f}" for value in each.questions),
        f"{each.memory / MB:.0f}",
        " / ".join(f"{value:.2f}" for value in each.shell_seconds),
    ]
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main()
