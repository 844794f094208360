"""What a reader waits for while sixteen others ask for the worst.

    python -m benchmarks.hostile_load INDEX --eval ../shared/eval

Serves the index with `sanbao serve` as it is by default. For each endpoint it asks candidates for
the worst request one by one and keeps the one that takes the server longest. Then a reader asks
judged questions, one after the other with a pause between, first alone and then beside sixteen
connections that ask for the worst as fast as they are answered. Prints, as Markdown, for each
endpoint the worst request with its time, status and size, and the p95 of the reader in
milliseconds, alone and beside them.

All of them come from this machine, so that no limit of rate applies: what a single client from
elsewhere may ask is less (`--searches-per-minute`).
"""

from __future__ import annotations

import argparse
import itertools
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import numpy as np

from benchmarks.engines.articles import all_questions
from benchmarks.http_load import ROOT, read_answer, served

CLIENTS = 16
QUESTIONS = 500
PAUSE = 0.02
TRIES = 3

RARE = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(20_000))
TEXTS = {
    "a question of 1,024 characters": RARE[:1024],
    "all beginnings": " OR ".join(f"{letter}{other}*" for letter in "abcdest" for other in "aeior"),
    "beginnings of one character": " ".join(
        f"{each}*" for each in "的一是不了人我在有他这中大来上国"
    )
    + " の* 日* に*",
    "typing errors": " ".join(f"{word}~" for word in ["economy", "president", "government"] * 20),
    "256 words": " ".join(RARE[place : place + 2] for place in range(0, 680, 2)),
    "long phrases": '"' + RARE[:500] + '" OR "the of and to in a"~9',
    "eighteen characters of one": "\ufdfa" * 1024,
    "brackets": "(" * 32 + "a OR b" + ")" * 32 + " NOT c" * 100,
    "NOT beginnings": "* "
    + " ".join(f"-{letter}{other}*" for letter in "abcdest" for other in "aeo"),
}
ANALYZED = {
    "eighteen characters of one": "\ufdfa" * 5_500,
    "words of one character": "\u3316" * 16_000,
    "rare pairs": RARE[:3_300],
    "rare pairs with kana": "\u3042" + RARE[:4_900],
    "quantities": "4.5亿 " * 2_400,
    "acronyms": "U.S." * 1_900,
    "digits and commas": "1," * 10_000,
    "unseen characters": "a\u200b" * 10_000,
    "marks": "e" + "\u0301" * 19_000,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, and what became of it when it was asked alone.

    Attributes:
        data: as it is sent.
        milliseconds: the least of some tries.
        answer: the last one, with its head.
    """

    name: str
    data: bytes
    milliseconds: float = 0.0
    answer: bytes = b""

    def row(self) -> str:
        """The figures as cells of a Markdown table."""
        status = self.answer[9:12].decode()
        return f"{self.name} | {self.milliseconds:.0f} | {status} | {len(self.answer):,}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hostile_load")
    parser.add_argument("index", type=Path)
    parser.add_argument("--eval", type=Path, default=ROOT.parent / "shared" / "eval")
    parser.add_argument("--seconds", type=float, default=6.0)
    arguments = parser.parse_args()
    questions = all_questions(arguments.eval)[:QUESTIONS]
    print("| endpoint | worst request | ms | status | bytes | alone | beside | times |")
    print("|---|---|---|---|---|---|---|---|")
    with served(arguments.index) as (_, address):
        host = urlsplit(address).netloc
        asked = itertools.cycle(_get(host, "/api/v1/search", q=each) for each in questions)
        _read(host, asked, arguments.seconds)
        for endpoint, candidates in _endpoints(host).items():
            worst = max((_alone(host, *each) for each in candidates.items()), key=_milliseconds)
            alone = _read(host, asked, arguments.seconds)
            with _asking(host, worst.data):
                beside = _read(host, asked, arguments.seconds)
            reader = f"{alone:.1f} | {beside:.1f} | {beside / alone:.1f}"
            print(f"| {endpoint} | {worst.row()} | {reader} |", flush=True)


def _endpoints(host: str) -> dict[str, dict[str, bytes]]:
    """The candidates for the worst request of each endpoint, by name."""
    search, ids = "/api/v1/search", quote("\ufdfa" * 500)
    everything = {"facets": "lang,source,category,author", "timeline": "day", "limit": "100"}
    return {
        "GET /api/v1/search": {
            name: _get(host, search, q=text, **everything) for name, text in TEXTS.items()
        },
        "GET /api/v1/search, explain": {
            name: _get(host, search, q=text, explain="true", **everything)
            for name, text in TEXTS.items()
        },
        "GET /": {name: _get(host, "/", q=text, limit="100") for name, text in TEXTS.items()},
        "POST /api/v1/analyze": {
            name: _post(host, "/api/v1/analyze", {"text": text}) for name, text in ANALYZED.items()
        },
        "POST /api/v1/search, wrong": {
            "unknown parameters": _post(host, search, {f"x{n}": 0 for n in range(5_000)}),
        },
        "GET /api/v1/suggest": {
            text: _get(host, "/api/v1/suggest", q=text, limit="20")
            for text in ("a", "s", "shi", "の", "的", "zhongguo", "sjh", RARE[:100], "a b c d e f")
        },
        "GET /api/v1/articles/{id}": {"a long id": _get(host, f"/api/v1/articles/{ids}")},
        "GET /api/v1/stats": {"the figures": _get(host, "/api/v1/stats")},
        "GET /readyz": {"readiness": _get(host, "/readyz")},
    }


def _get(host: str, path: str, **parameters: str) -> bytes:
    query = f"?{urlencode(parameters)}" if parameters else ""
    return f"GET {path}{query} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode("ascii")


def _post(host: str, path: str, value: Any) -> bytes:
    body = json.dumps(value, ensure_ascii=False).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode("ascii") + body


def _milliseconds(asked: Asked) -> float:
    return asked.milliseconds


def _alone(host: str, name: str, data: bytes) -> Asked:
    answers = [_answered(host, data) for _ in range(TRIES)]
    return Asked(name, data, min(milliseconds for milliseconds, _ in answers), answers[-1][1])


def _answered(host: str, data: bytes) -> tuple[float, bytes]:
    started = time.perf_counter()
    with _connected(host) as connection:
        connection.sendall(data)
        answer = read_answer(connection)
    return (time.perf_counter() - started) * 1000, answer


def _read(host: str, requests: Iterator[bytes], seconds: float) -> float:
    """The p95 of a reader's answers, in milliseconds."""
    taken = []
    ending = time.perf_counter() + seconds
    with _connected(host) as connection:
        while time.perf_counter() < ending:
            started = time.perf_counter()
            connection.sendall(next(requests))
            read_answer(connection)
            taken.append((time.perf_counter() - started) * 1000)
            time.sleep(PAUSE)
    return float(np.percentile(taken, 95))


@contextmanager
def _asking(host: str, data: bytes) -> Iterator[None]:
    """While this lasts, many connections ask for the same again and again."""
    ended = threading.Event()
    threads = [threading.Thread(target=_ask_on, args=(host, data, ended)) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        time.sleep(1)
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def _ask_on(host: str, data: bytes, ended: threading.Event) -> None:
    while not ended.is_set():
        with suppress(OSError):
            _answered(host, data)


def _connected(host: str) -> socket.socket:
    name, _, port = host.partition(":")
    return socket.create_connection((name, int(port)))


if __name__ == "__main__":
    main()
