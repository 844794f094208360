"""Compares jieba with rjieba on the judged Chinese texts and prints a Markdown table.

::

    python benchmarks/segmenters.py [FOLDER]     FOLDER of judged sets, default ../shared/eval

Both get the same runs of folded Han characters, in turns in one process. The memory figures need
Linux.
"""

from __future__ import annotations

import gzip
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from sanbao.search.analysis import chinese
from sanbao.search.analysis.han import fold
from sanbao.search.analysis.normalize import normalize
from sanbao.search.analysis.runs import HAN

SETS = ("zh-hans", "zh-hant", "ntrex")
PASSES = 5
STARTS = 5

START = """
import pathlib, re, sys, time
def resident():
    status = pathlib.Path("/proc/self/status").read_text()
    return int(re.search(r"VmRSS:\\s+(\\d+)", status)[1]) / 1024
memory, start = resident(), time.perf_counter()
{load}
list(tokenizer.tokenize("中国科学院", "search"))
print((time.perf_counter() - start) * 1000, resident() - memory)
"""
LOAD_RJIEBA = "import rjieba as tokenizer"
LOAD_JIEBA = """import jieba; jieba.setLogLevel(60)
tokenizer = jieba.Tokenizer(); tokenizer.tmp_dir = sys.argv[1]"""

Segment = Callable[[str], list[tuple[int, int]]]


def main() -> None:
    """Prints speed, agreement, start-up time and memory."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/eval")
    runs = list(han_runs(folder))
    fast, slow = segment_with(chinese.load_rjieba()), segment_with(chinese.load_jieba())
    differing = [run for run in runs if fast(run) != slow(run)]
    fast_rate, slow_rate = rates(runs, fast, slow)
    with tempfile.TemporaryDirectory() as cache:
        fast_start, slow_cold = starts(LOAD_RJIEBA, cache), starts(LOAD_JIEBA, cache, times=1)
        slow_start = starts(LOAD_JIEBA, cache)
    characters = sum(map(len, runs))
    print(f"{len(runs):,} Han runs of {characters:,} characters; medians of {PASSES} passes.\n")
    print("| | rjieba | jieba |\n|---|---|---|")
    print(f"| characters a second | {fast_rate:,.0f} | {slow_rate:,.0f} |")
    print(
        f"| start, ms | {fast_start[0]:.0f} | {slow_start[0]:.0f} ({slow_cold[0]:.0f} uncached) |"
    )
    print(f"| memory at start, MB | {fast_start[1]:.0f} | {slow_start[1]:.0f} |")
    print(f"| runs cut as jieba cuts them | {len(runs) - len(differing):,} | {len(runs):,} |")
    for run in differing:
        print(f"\n{run}\n- rjieba {cut(run, fast)}\n- jieba {cut(run, slow)}")


def han_runs(folder: Path) -> Iterator[str]:
    """Every run of Han characters in the Chinese articles and questions, folded."""
    pattern = re.compile(f"[{HAN}]+")
    for text in texts(folder):
        yield from pattern.findall(fold(normalize(text).text))


def texts(folder: Path) -> Iterator[str]:
    """Titles, bodies and questions of the Chinese sets."""
    for name in SETS:
        with gzip.open(folder / name / "docs.jsonl.gz", "rt", encoding="utf-8") as lines:
            articles = [json.loads(line) for line in lines]
        yield from (f"{a['title']}\n{a['body']}" for a in articles if a["lang"].startswith("zh"))
    for name in ("zh-hans", "zh-hant"):
        questions = (folder / name / "queries.tsv").read_text("utf-8").splitlines()
        yield from (question.partition("\t")[2] for question in questions)


def segment_with(tokenizer: chinese.Tokenizer) -> Segment:
    """What ``chinese.segment`` does, by this tokenizer."""
    return lambda run: sorted((start, end) for _, start, end in tokenizer.tokenize(run, "search"))


def rates(runs: list[str], *segments: Segment) -> list[float]:
    """Characters a second of each, the median over passes that take turns."""
    characters = sum(map(len, runs))
    measured: list[list[float]] = [[] for _ in segments]
    for _ in range(PASSES):
        for segment, seconds in zip(segments, measured, strict=True):
            start = time.perf_counter()
            for run in runs:
                segment(run)
            seconds.append(time.perf_counter() - start)
    return [characters / statistics.median(seconds) for seconds in measured]


def starts(load: str, cache: str, times: int = STARTS) -> tuple[float, float]:
    """Milliseconds to the first answer of a new process, and megabytes taken: medians."""
    command = [sys.executable, "-W", "ignore", "-c", START.format(load=load), cache]
    answers = [subprocess.check_output(command, text=True).split() for _ in range(times)]
    milliseconds, megabytes = zip(*[(float(a), float(b)) for a, b in answers], strict=True)
    return statistics.median(milliseconds), statistics.median(megabytes)


def cut(run: str, segment: Segment) -> str:
    """The words of the run, for people."""
    return " ".join(run[start:end] for start, end in segment(run))


if __name__ == "__main__":
    main()
