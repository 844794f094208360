"""Where the time of `sanbao index` goes, by looking a thousand times a second.

    python -m benchmarks.engines.index_profile ARTICLES.jsonl

The file may be one that ``growth`` wrote. A sampled stack slows nothing down, where a profiler that
counts calls makes Python functions look slower than the C of the tokenizers. The index is made in a
temporary folder, in one process that has loaded its dictionaries and kernels; then twice more from
the shell, to see what a second process gains.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from types import FrameType

from sanbao.indexer.commands import index
from sanbao.search.analysis import load_dictionaries
from sanbao.search.engines.embedded.warm import warm

INTERVAL = 0.001
SEGMENTERS, CUTTING = "segmenters: rjieba, MeCab, Snowball", "normalizing, folding, cutting, pairs"
STAGES = {
    "search/analysis/chinese.py": SEGMENTERS,
    "search/analysis/japanese.py": SEGMENTERS,
    "search/analysis/english.py": SEGMENTERS,
    "search/analysis/language.py": "language detection",
    "search/analysis/": CUTTING,
    "search/codec/": "writing the index",
    "search/engines/": "writing the index",
    "/whoosh/": "writing the index",
    "indexer/": "reading, cleaning, checking",
}
"""A sample belongs to the first of these paths that the innermost file of ours contains."""

_samples: Counter[str] = Counter()


def main() -> None:
    articles = sys.argv[1]
    load_dictionaries()
    warm()
    with tempfile.TemporaryDirectory() as folder:
        signal.signal(signal.SIGPROF, _sample)
        signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)
        try:
            command = [articles, "--index", f"{folder}/index", "--jobs", "1"]
            index.main(command, standalone_mode=False)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    total = _samples.total()
    print("| stage | share of the time |\n|---|---|")
    for stage, count in _samples.most_common():
        print(f"| {stage} | {count / total:.1%} |")
    print(f"| **tokenizers: {SEGMENTERS} and {CUTTING}** | ", end="")
    print(f"**{(_samples[SEGMENTERS] + _samples[CUTTING]) / total:.1%}** |")
    print("\n| jobs | seconds |\n|---|---|")
    for jobs in (1, 2):
        print(f"| {jobs} | {_seconds(articles, jobs):.1f} |", flush=True)


def _seconds(articles: str, jobs: int) -> float:
    """The whole command, from the shell."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "sanbao", "index", articles]
        started = time.perf_counter()
        subprocess.run([*command, "--index", f"{folder}/index", "--jobs", str(jobs)], check=True)
        return time.perf_counter() - started


def _sample(_: int, frame: FrameType | None) -> None:
    _samples[_stage(frame)] += 1


def _stage(frame: FrameType | None) -> str:
    while frame is not None:
        for path, stage in STAGES.items():
            if path in frame.f_code.co_filename:
                return stage
        frame = frame.f_back
    return "everything else"


if __name__ == "__main__":
    main()
