"""How long a search takes over HTTP, through the real server.

    python -m benchmarks.http_latency ../shared/eval

Indexes the judged documents into a temporary folder, serves it, and asks 100 of the judged
questions of each set (every tenth, so that a run repeats), one after the other, with highlights
and facets. Prints p50, p95 and p99 in milliseconds, as Markdown.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.indexing import read_records
from indexer.intake import article_from_record
from search.engines import open_writer

QUERIES = 100


def main() -> None:
    data = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        with open_writer(Path(folder)) as writer:
            for record in read_records(data):
                writer.add(article_from_record(record))
        server = subprocess.Popen(
            [sys.executable, "-m", "sanbao", "serve", "--port", "8897", "--index", folder],
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert server.stderr
            server.stderr.readline()  # says that it serves
            print("| questions | p50 ms | p95 ms | p99 ms |\n|---|---|---|---|")
            for path in sorted(data.glob("*/queries.tsv")):
                print(f"| {path.parent.name} | {_row(path)} |", flush=True)
        finally:
            server.terminate()
            server.wait()


def _row(path: Path) -> str:
    questions = [line.split("\t")[1] for line in path.read_text("utf-8").splitlines()]
    _ask(questions[0])
    times = [_ask(question) for question in questions[::10][:QUERIES]]
    cuts = statistics.quantiles(times, n=100)
    return " | ".join(f"{cuts[percent - 1]:.1f}" for percent in (50, 95, 99))


def _ask(question: str) -> float:
    query = urlencode({"q": question.strip(), "facets": "lang,source,category"})
    started = time.perf_counter()
    with urllib.request.urlopen(f"http://127.0.0.1:8897/api/v1/search?{query}") as answer:
        json.load(answer)
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
