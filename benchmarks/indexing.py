"""How fast articles are indexed, and where the time goes.

    python -m benchmarks.indexing ../shared/eval

Reads every ``docs.jsonl.gz`` at or below the folder, without its language, indexes it into a
temporary folder and prints articles a second and a profile by stage, as Markdown.
"""

from __future__ import annotations

import cProfile
import gzip
import json
import pstats
import sys
import tempfile
import time
from pathlib import Path

from sanbao.indexer.intake import article_from_record
from sanbao.search.engines import open_writer

STAGES = {
    "detect the language": ("language.py", "detect"),
    "Chinese words": ("chinese.py", "segment"),
    "Japanese words": ("japanese.py", "tokenize"),
    "tokens, words and grams in all": ("register.py", "analyze"),
    "invert, sort and write": ("embedded/writer.py", "commit"),
}


def read_records(folder: Path) -> list[dict[str, str]]:
    """The judged documents as records without language."""
    return [
        {"id": record["id"], "title": record["title"], "body": record["body"]}
        for path in sorted(folder.glob("**/docs.jsonl.gz"))
        for record in map(json.loads, gzip.open(path, "rt", encoding="utf-8"))
    ]


def index(records: list[dict[str, str]]) -> float:
    """Index the records into a temporary folder; returns seconds."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        with open_writer(Path(folder) / "index") as writer:
            for record in records:
                writer.add(article_from_record(record))
        return time.perf_counter() - started


def main() -> None:
    records = read_records(Path(sys.argv[1]))
    index(records[:50])  # dictionaries load outside the measurement
    seconds = index(records)
    print(f"{len(records)} articles in {seconds:.1f} s: {len(records) / seconds:.0f} a second\n")
    profile = cProfile.Profile()
    profile.runcall(index, records)
    stats = pstats.Stats(profile).get_stats_profile()
    total = stats.total_tt
    print("| stage (with what it calls) | share of the time under the profiler |\n|---|---|")
    entries = pstats.Stats(profile).stats.items()
    for stage, (file, function) in STAGES.items():
        spent = sum(v[3] for k, v in entries if k[0].endswith(f"/{file}") and k[2] == function)
        print(f"| {stage} | {spent / total:.0%} |")


if __name__ == "__main__":
    main()
