"""A server under load for an hour while its index changes all the time, and, with --chaos, while
its processes are killed.

    python -m benchmarks.soak --seconds 3600 --eval ../shared/eval
    python -m benchmarks.soak --seconds 1800 --chaos --eval ../shared/eval

`sanbao serve` with two workers answers clients that ask one question after the other; an indexer
beside it rewrites some of the articles, deletes and adds others, and commits every five seconds, so
that the index stays of one size. In every commit all articles of one source get the same new title;
so a page of them tells whether an answer is of one commit, of which, and whether it goes back.

With --chaos a worker is killed every ten seconds and the indexer every minute. Then requests under
way may be dropped, and nothing else may happen.

Prints what was counted and measured, as Markdown, and ends with 1 when a rule was broken.
"""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import os
import random
import signal
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import numpy as np

from benchmarks.engines.articles import all_questions, all_titles, write_articles
from benchmarks.engines.process import MB, family, folder_size, own_memory
from benchmarks.http_load import read_answer, served
from sanbao.indexer.intake import article_from_record
from sanbao.search.article import Article
from sanbao.search.engines import open_writer

ROOT = Path(__file__).resolve().parents[1]
CLIENTS = 8
COMMIT_SECONDS = 5.0
CHANGED = 200
"""Articles that each commit writes anew."""
AWAY = 50
"""Articles that each commit deletes, which the next brings back."""
MARKED = 40
"""Articles that have the same title in each commit."""
MARK = "Soak Ledger"
SAMPLE_SECONDS = 5.0
WARM_UP_SHARE = 1 / 6
WORKER_LIFE, INDEXER_LIFE = 10.0, 60.0
READY_SECONDS = 2.0
"""Time in which a killed worker must be replaced."""
P99_LIMIT = 250.0
GROWTH_LIMIT = 1.0
"""MB in ten minutes."""
DESCRIPTORS_LIMIT = 5


@dataclass(slots=True)
class Counts:
    """What the clients saw."""

    statuses: Counter[int] = field(default_factory=Counter)
    milliseconds: list[float] = field(default_factory=list)
    marks: int = 0
    wrong: list[str] = field(default_factory=list)
    dropped: int = 0
    longest_outage: float = 0.0


@dataclass(slots=True)
class Sample:
    """The state of the server at a time."""

    seconds: float
    memory: int
    descriptors: tuple[int, ...]
    disk: int


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak")
    parser.add_argument("--seconds", type=float, default=3600.0)
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--chaos", action="store_true")
    parser.add_argument("--eval", type=Path, default=ROOT.parent / "shared" / "eval")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sanbao-soak-") as name:
        broken = soak(Path(name), arguments)
    sys.exit(1 if broken else 0)


def soak(folder: Path, arguments: argparse.Namespace) -> list[str]:
    """Run it all; returns the rules that were broken, each in a sentence."""
    corpus, index = folder / "articles.jsonl", folder / "index"
    write_articles(corpus, arguments.articles, arguments.eval)
    _first_commit(corpus, index)
    counts, samples = Counts(), list[Sample]()
    ended = threading.Event()
    with served(index) as (server, address):
        requests = _requests(address, arguments.eval)
        threads = [
            threading.Thread(target=_ask, args=(number, address, requests, counts, ended))
            for number in range(CLIENTS)
        ]
        threads.append(
            threading.Thread(target=_sample, args=(server, index, samples, ended), daemon=True)
        )
        keeper = _Indexer(corpus, index)
        for thread in threads:
            thread.start()
        _wait(arguments.seconds, server, keeper, arguments.chaos)
        ended.set()
        for thread in threads:
            thread.join()
        keeper.end()
    broken = _broken_rules(counts, samples, arguments.chaos)
    print(_report(counts, samples, arguments, broken))
    return broken


def _wait(seconds: float, server: int, keeper: _Indexer, chaos: bool) -> None:
    started = time.monotonic()
    rng = random.Random(7)
    next_worker, next_indexer = WORKER_LIFE, INDEXER_LIFE
    while (now := time.monotonic() - started) < seconds:
        time.sleep(0.2)
        keeper.require_alive()
        if chaos and now > next_worker:
            _, *workers = family(server)
            with suppress(ProcessLookupError, IndexError):  # one just ended, or both did
                os.kill(rng.choice(workers), signal.SIGKILL)
            next_worker += WORKER_LIFE
        if chaos and now > next_indexer:
            keeper.kill()
            next_indexer += INDEXER_LIFE


# The indexer


class _Indexer:
    """A process that goes on changing the index; after a kill, another."""

    def __init__(self, corpus: Path, index: Path) -> None:
        self._arguments = str(corpus), str(index)
        self._start()

    def require_alive(self) -> None:
        """Raise RuntimeError if it has ended of itself."""
        if not self._process.is_alive():
            raise RuntimeError(f"the indexer ended with status {self._process.exitcode}")

    def kill(self) -> None:
        """Kill it at whatever it does and start another."""
        self.end()
        self._start()

    def end(self) -> None:
        """Kill it."""
        self._process.kill()
        self._process.join()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._process = context.Process(target=_keep_changing, args=self._arguments, daemon=True)
        self._process.start()


def _read(corpus: Path) -> list[Article]:
    with corpus.open(encoding="utf-8") as lines:
        return [article_from_record(json.loads(line)) for line in lines]


def _first_commit(corpus: Path, index: Path) -> None:
    with open_writer(index) as writer:
        for article in _read(corpus):
            writer.add(article)
        for number in range(MARKED):
            writer.add(_marked(number, 0))


def _marked(number: int, commit: int) -> Article:
    return Article(
        id=f"mark-{number}", title=f"Commit {commit}", body="soak", language="en", source=MARK
    )


def _keep_changing(corpus: str, index: str) -> None:
    articles = _read(Path(corpus))
    rng = random.Random()
    # A commit's number has to grow although an earlier indexer was killed.
    for commit in itertools.count(int(time.time())):
        began = time.monotonic()
        with open_writer(index) as writer:
            chosen = rng.sample(range(len(articles)), CHANGED + AWAY)
            for place in chosen[:CHANGED]:
                article = articles[place]
                writer.add(replace(article, title=f"{article.title} {commit}"))
            # What an earlier commit deleted comes back.
            for place in range(commit % 7 * AWAY, (commit % 7 + 1) * AWAY):
                writer.delete(articles[place].id)
            for place in range((commit - 1) % 7 * AWAY, ((commit - 1) % 7 + 1) * AWAY):
                writer.add(articles[place])
            for number in range(MARKED):
                writer.add(_marked(number, commit))
        time.sleep(max(0.0, COMMIT_SECONDS - (time.monotonic() - began)))


# The clients


def _requests(address: str, eval_folder: Path) -> list[bytes]:
    host = urlsplit(address).netloc
    rng = random.Random(5)
    texts = [*all_questions(eval_folder), *all_titles(eval_folder)]
    rng.shuffle(texts)
    searches = [
        _request(host, "/api/v1/search", q=text, facets="lang,source,category", timeline="auto")
        for text in texts
    ]
    for place in range(0, len(searches), 10):
        searches[place] = _request(host, "/", q=texts[place])
    for place in range(5, len(searches), 50):
        searches[place] = _request(host, "/api/v1/search", source=MARK, limit="100")
    return searches


def _request(host: str, path: str, **parameters: str) -> bytes:
    head = f"GET {path}?{urlencode(parameters)} HTTP/1.1\r\nHost: {host}\r\n\r\n"
    return head.encode("ascii")


def _ask(
    number: int, address: str, requests: list[bytes], counts: Counts, ended: threading.Event
) -> None:
    url = urlsplit(address)
    place, newest, lost_since = number * len(requests) // CLIENTS, 0, None
    connection: socket.socket | None = None
    while not ended.is_set():
        request = requests[place % len(requests)]
        started = time.perf_counter()
        try:
            if connection is None:
                connection = socket.create_connection((url.hostname, url.port), timeout=30)
            connection.sendall(request)
            answer = read_answer(connection)
        except (ConnectionError, TimeoutError):
            counts.dropped += 1
            connection = None
            lost_since = lost_since or started
            time.sleep(0.01)
            continue
        if lost_since:
            counts.longest_outage = max(counts.longest_outage, started - lost_since)
            lost_since = None
        counts.milliseconds.append((time.perf_counter() - started) * 1000)
        place += 1
        head, _, body = answer.partition(b"\r\n\r\n")
        counts.statuses[int(head.split(b" ", 2)[1])] += 1
        if b"connection: close" in head.lower():
            connection.close()
            connection = None
        if b"Soak+Ledger" in request and head.startswith(b"HTTP/1.1 200"):
            newest = _check_mark(json.loads(body), newest, counts)


def _check_mark(page: dict[str, Any], newest: int, counts: Counts) -> int:
    """Whether a page of the marked articles is of one commit, and none before the newest seen."""
    counts.marks += 1
    titles = {hit["title"] for hit in page["hits"]}
    commit = int(min(titles).split()[1]) if titles else -1
    if page["total"] != MARKED or len(page["hits"]) != MARKED or len(titles) != 1:
        counts.wrong.append(f"{page['total']} marked articles with titles {sorted(titles)}")
    if commit < newest:
        counts.wrong.append(f"commit {commit} after commit {newest}")
    return max(commit, newest)


# What is measured


def _sample(server: int, index: Path, samples: list[Sample], ended: threading.Event) -> None:
    began = time.monotonic()
    while not ended.wait(SAMPLE_SECONDS):
        with suppress(OSError):  # a process or a file that is gone meanwhile
            processes = family(server)
            samples.append(
                Sample(
                    time.monotonic() - began,
                    sum(map(own_memory, processes)),
                    tuple(_descriptors(process) for process in processes),
                    folder_size(index),
                )
            )


def _descriptors(process: int) -> int:
    """Open files but for connections, which come and go."""
    found = 0
    for entry in Path(f"/proc/{process}/fd").iterdir():
        with suppress(OSError):
            found += not str(entry.readlink()).startswith("socket:")
    return found


def _settled(samples: list[Sample]) -> list[Sample]:
    """Those after the warm-up."""
    return [sample for sample in samples if sample.seconds > WARM_UP_SHARE * samples[-1].seconds]


def _growth(samples: list[Sample]) -> float:
    """MB in ten minutes, the slope of a straight line through the samples after the warm-up."""
    settled = _settled(samples)
    seconds = [sample.seconds for sample in settled]
    memory = [sample.memory / MB for sample in settled]
    slope: float = np.polyfit(seconds, memory, 1)[0]
    return slope * 600


def _more_descriptors(samples: list[Sample]) -> float:
    """How many more files a process has open in the last sixth than in the first.

    Between two samples they vary with the number of segments, each a mapped file.
    """
    settled = [float(np.mean(sample.descriptors)) for sample in _settled(samples)]
    sixth = max(1, len(settled) // 6)
    return abs(float(np.mean(settled[-sixth:])) - float(np.mean(settled[:sixth])))


def _broken_rules(counts: Counts, samples: list[Sample], chaos: bool) -> list[str]:
    found = []
    failed = sum(number for status, number in counts.statuses.items() if status >= 500)
    if failed:
        found.append(f"{failed} answers of 5xx")
    other = {status for status in counts.statuses if not 200 <= status < 300}
    if other:
        found.append(f"answers of status {sorted(other)}")
    found += counts.wrong[:10]
    if not counts.marks:
        found.append("no page was checked to be of one commit")
    if counts.dropped and not chaos:
        found.append(f"{counts.dropped} connections dropped")
    if chaos and counts.longest_outage > READY_SECONDS:
        found.append(f"{counts.longest_outage:.1f} seconds without an answer")
    if not chaos:
        p99 = float(np.percentile(counts.milliseconds, 99))
        if p99 > P99_LIMIT:
            found.append(f"p99 of {p99:.0f} ms")
        if _growth(samples) > GROWTH_LIMIT:
            found.append(f"memory grows by {_growth(samples):.2f} MB in ten minutes")
        if _more_descriptors(samples) > DESCRIPTORS_LIMIT:
            found.append(f"open files changed by {_more_descriptors(samples):.1f} a process")
    return found


def _report(
    counts: Counts, samples: list[Sample], arguments: argparse.Namespace, broken: list[str]
) -> str:
    p50, p99, most = np.percentile(counts.milliseconds, (50, 99, 100))
    statuses = ", ".join(f"{number:,} x {status}" for status, number in counts.statuses.items())
    settled = _settled(samples)
    rows = {
        "seconds": f"{arguments.seconds:.0f}{', with kills' if arguments.chaos else ''}",
        "answers": statuses,
        "requests/s": f"{len(counts.milliseconds) / arguments.seconds:.0f}",
        "p50 / p99 / longest, ms": f"{p50:.1f} / {p99:.1f} / {most:.0f}",
        "pages checked to be of one commit": f"{counts.marks:,}",
        "wrong or going back": f"{len(counts.wrong)}",
        "requests dropped": f"{counts.dropped}",
        "longest time without an answer, s": f"{counts.longest_outage:.2f}",
        "memory of the server, MB, at first / at last": (
            f"{settled[0].memory / MB:.1f} / {settled[-1].memory / MB:.1f}"
        ),
        "its growth in ten minutes, MB": f"{_growth(samples):.2f}",
        "open files of each process, least / most": (
            f"{min(min(s.descriptors) for s in settled)} / "
            f"{max(max(s.descriptors) for s in settled)}"
        ),
        "their change from the first sixth to the last": f"{_more_descriptors(samples):.1f}",
        "index on disk, MB, least / most": (
            f"{min(s.disk for s in settled) / MB:.0f} / {max(s.disk for s in settled) / MB:.0f}"
        ),
        "rules broken": "; ".join(broken) or "none",
    }
    return "\n".join(["| | |", "|---|---|", *(f"| {k} | {v} |" for k, v in rows.items())])


if __name__ == "__main__":
    main()
