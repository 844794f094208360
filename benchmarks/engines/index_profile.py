"""Where the time of `sanbao index` goes, by looking a thousand times a second.

    python -m benchmarks.engines.index_profile ARTICLES.jsonl INDEX [--jobs 1]

The files may be those that ``growth`` wrote. A sampled stack slows nothing down, where a profiler
that counts calls makes Python functions look slower than the C of the tokenizers.
"""

from __future__ import annotations

import signal
import sys
from collections import Counter
from types import FrameType

from indexer.commands import index

INTERVAL = 0.001
STAGES = {
    "search/analysis/chinese.py": "tokenizers",
    "search/analysis/japanese.py": "tokenizers",
    "search/analysis/english.py": "tokenizers",
    "search/analysis/language.py": "language detection",
    "search/analysis/": "other analysis",
    "search/codec/": "writing the index",
    "search/engines/": "writing the index",
    "/whoosh/": "writing the index",
    "indexer/": "reading, cleaning, checking",
}
"""A sample belongs to the first of these paths that the innermost file of ours contains."""

_samples: Counter[str] = Counter()


def main() -> None:
    signal.signal(signal.SIGPROF, _sample)
    signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)
    try:
        index.main([sys.argv[1], "--index", *sys.argv[2:]], standalone_mode=False)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    total = _samples.total()
    print("| stage | share of the time |\n|---|---|")
    for stage, count in _samples.most_common():
        print(f"| {stage} | {count / total:.1%} |")


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
