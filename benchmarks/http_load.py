"""How many searches a second the real server answers, and how fast each one.

    python -m benchmarks.http_load INDEX --eval ../shared/eval

Serves the index with `sanbao serve` as it is by default, and asks it judged questions and titles in
Chinese, Japanese and English over a few connections, each of which asks again when it has its
answer. Every answer is JSON with ten hits, highlights, facets and a timeline. Prints requests a
second and p50, p95 and p99 in milliseconds, as Markdown.

This program shares the processors with the server; it says how much of one it takes. The memory is
that of all processes of the server after the last request, without mapped files; what they share
counts once.
"""

from __future__ import annotations

import argparse
import itertools
import random
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import numpy as np

from benchmarks.engines.articles import all_questions, all_titles
from benchmarks.engines.process import MB, family, own_memory, processor_seconds

ROOT = Path(__file__).resolve().parents[1]
WARM_UP_SECONDS = 3.0
_SEED = 5
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(slots=True)
class Load:
    """What some connections measured.

    Attributes:
        milliseconds: of each answer.
        failed: answers that were no page of results.
        own_share: of one processor, what this program took.
        server_seconds: of processor time, what the server took.
    """

    seconds: float
    milliseconds: list[float] = field(default_factory=list)
    failed: int = 0
    own_share: float = 0.0
    server_seconds: float = 0.0

    def row(self) -> str:
        """The figures as cells of a Markdown table."""
        p50, p95, p99 = np.percentile(self.milliseconds, (50, 95, 99))
        answers = len(self.milliseconds)
        cells = (
            f"{answers / self.seconds:.0f}",
            *(f"{value:.1f}" for value in (p50, p95, p99)),
            f"{self.failed}",
            f"{self.server_seconds * 1000 / answers:.2f}",
            f"{self.own_share:.0%}",
        )
        return " | ".join(cells)


HEADER = (
    "| connections | requests/s | p50 ms | p95 ms | p99 ms | failed "
    "| server's processor ms a request | generator's processor |\n|---|---|---|---|---|---|---|---|"
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.http_load")
    parser.add_argument("index", type=Path)
    parser.add_argument("--eval", type=Path, default=ROOT.parent / "shared" / "eval")
    parser.add_argument("--connections", type=int, nargs="+", default=(1, 4, 16))
    parser.add_argument("--seconds", type=float, default=20.0)
    arguments = parser.parse_args()
    with served(arguments.index) as (server, address):
        requests = _requests(address, arguments.eval)
        run(server, address, requests, 4, WARM_UP_SECONDS)
        print(HEADER)
        for connections in arguments.connections:
            load = run(server, address, requests, connections, arguments.seconds)
            print(f"| {connections} | {load.row()} |", flush=True)
        print(f"\nMemory of the server: {sum(map(own_memory, family(server))) / MB:.0f} MB")


@contextmanager
def served(index: Path) -> Iterator[tuple[int, str]]:
    """`sanbao serve` on a free port: its process id and its address."""
    command = [sys.executable, "-m", "sanbao", "serve", "--port", "0", "--index", str(index)]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert server.stderr
        said = server.stderr.readline()
        found = re.search(r"http://\S+", said)
        assert found, said
        yield server.pid, found[0]
    finally:
        server.terminate()
        server.wait()


def _requests(address: str, eval_folder: Path) -> list[bytes]:
    """Requests as bytes: as many questions as titles, in no order, no two alike."""
    asked, titles = all_questions(eval_folder), all_titles(eval_folder)
    rng = random.Random(_SEED)
    count = min(len(asked), len(titles))
    texts = [*rng.sample(asked, count), *rng.sample(titles, count)]
    rng.shuffle(texts)
    return [_request(urlsplit(address).netloc, text) for text in texts]


def _request(host: str, text: str) -> bytes:
    query = urlencode({"q": text, "facets": "lang,source,category", "timeline": "auto"})
    return f"GET /api/v1/search?{query} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode("ascii")


def run(server: int, address: str, requests: list[bytes], connections: int, seconds: float) -> Load:
    """Ask over so many connections at once for so long."""
    load = Load(seconds)
    upcoming = itertools.cycle(requests)
    ending = time.perf_counter() + seconds
    threads = [
        threading.Thread(target=_ask_until, args=(ending, address, upcoming, load))
        for _ in range(connections)
    ]
    before, server_before = time.process_time(), sum(map(processor_seconds, family(server)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    load.own_share = (time.process_time() - before) / seconds
    load.server_seconds = sum(map(processor_seconds, family(server))) - server_before
    return load


def _ask_until(ending: float, address: str, upcoming: Iterator[bytes], load: Load) -> None:
    url = urlsplit(address)
    with socket.create_connection((url.hostname, url.port)) as connection:
        while (started := time.perf_counter()) < ending:
            connection.sendall(next(upcoming))
            answer = read_answer(connection)
            load.milliseconds.append((time.perf_counter() - started) * 1000)
            if not answer.startswith(b"HTTP/1.1 200") or b'"hits"' not in answer:
                load.failed += 1


def read_answer(connection: socket.socket) -> bytes:
    """One answer: this little of HTTP takes less of the processor than a library for all of it."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += _receive(connection)
    head, _, body = answer.partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    assert length, head
    while len(body) < int(length[1]):
        body += _receive(connection)
    return head + b"\r\n\r\n" + body


def _receive(connection: socket.socket) -> bytes:
    received = connection.recv(1 << 16)
    if not received:
        raise ConnectionError("the server closed the connection")
    return received


if __name__ == "__main__":
    main()
