"""Figures for Prometheus, of a real `sanbao serve` with two workers."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.web.conftest import _fill

ROOT = Path(__file__).resolve().parents[3]
KEY = "a-key-of-the-metrics"
SEARCH = 'sanbao_requests_total{route="/api/v1/search",status="200"}'


class Server(NamedTuple):
    address: str
    metrics: str
    process: subprocess.Popen[str]

    def get(self, path: str, body: bytes | None = None) -> int:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"}
        try:
            with urlopen(Request(self.address + path, body, headers), timeout=60) as answer:
                return int(answer.status)
        except HTTPError as error:
            with error:
                return error.code

    def figures(self) -> dict[str, float]:
        with urlopen(self.metrics, timeout=60) as answer:
            text = answer.read().decode()
        lines = [line for line in text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}

    def workers(self) -> list[int]:
        pid = self.process.pid
        return [*map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("metrics") / "index"
    _fill(folder)
    return folder


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server keeps its temporary files."""
    return tmp_path_factory.mktemp("scratch")


@pytest.fixture(scope="module")
def server(folder: Path, scratch: Path) -> Iterator[Server]:
    flags = ["--port", "0", "--metrics-port", "0", "--max-prefix-terms", "1"]
    with subprocess.Popen(
        [sys.executable, "-m", "sanbao", "serve", "--index", str(folder), *flags],
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "SANBAO_API_KEY": KEY, "TMPDIR": str(scratch)},
    ) as process:
        assert process.stderr is not None
        address = process.stderr.readline().split()[2]
        metrics = process.stderr.readline().split()[-1]
        yield Server(address, metrics, process)
        process.terminate()
        process.stderr.read()
    assert [*scratch.glob("sanbao-metrics-*")] == []


def growth(server: Server, act: Callable[[], object]) -> dict[str, float]:
    """By how much each figure grows through what is done."""
    before = server.figures()
    act()
    after = server.figures()
    return {name: after[name] - before.get(name, 0) for name in after}


def test_requests_of_all_workers_are_counted_by_route_and_status(server: Server) -> None:
    def act() -> None:
        for number in range(20):
            assert server.get(f"/api/v1/search?q=ferry+{number}") == 200
            assert server.get(f"/nowhere/{number}") == 404
        assert server.get("/api/v1/search?x=1") == 422
        assert server.get("/api/v1/articles/rates") == 200

    grown = growth(server, act)
    assert grown[SEARCH] == 20
    assert grown['sanbao_requests_total{route="none",status="404"}'] == 20
    assert grown['sanbao_requests_total{route="/api/v1/search",status="422"}'] == 1
    assert grown['sanbao_request_seconds_count{route="/api/v1/search"}'] == 21
    assert grown['sanbao_request_seconds_bucket{le="+Inf",route="/api/v1/search"}'] == 21
    assert grown['sanbao_request_seconds_sum{route="/api/v1/search"}'] > 0
    # No address that somebody made up, no id, no query.
    assert not [name for name in server.figures() if "nowhere" in name or "rates" in name]


def test_what_is_cut_short_and_what_is_refused_is_counted(server: Server) -> None:
    grown = growth(server, lambda: server.get("/api/v1/search?q=s*"))
    assert grown["sanbao_searches_cut_short_total"] == 1
    records = b'[{"title": "A new one", "id": "new"}, {"title": ""}, 7]'
    grown = growth(server, lambda: server.get("/api/v1/articles", records))
    assert grown["sanbao_articles_refused_total"] == 2
    assert grown["sanbao_index_articles"] == grown["sanbao_index_generation"] == 1


def test_the_index_is_told_of(server: Server, folder: Path) -> None:
    figures = server.figures()
    assert figures["sanbao_index_articles"] >= 35
    assert figures["sanbao_index_bytes"] == sum(p.stat().st_size for p in folder.iterdir())
    assert 0 <= figures["sanbao_index_commit_age_seconds"] < 3600
    assert figures["sanbao_index_problem"] == 0


def test_a_killed_worker_loses_and_doubles_nothing(server: Server) -> None:
    for _ in range(3):
        before = server.figures().get(SEARCH, 0)
        for _ in range(10):
            assert server.get("/api/v1/search?q=ferry") == 200
        killed = server.workers()[0]
        os.kill(killed, signal.SIGKILL)
        while killed in server.workers() or len(server.workers()) < 2:
            time.sleep(0.05)
        assert server.figures()[SEARCH] == before + 10
    for _ in range(10):
        assert server.get("/api/v1/search?q=ferry") == 200
    assert server.figures()[SEARCH] == before + 20


def test_nothing_is_told_at_the_public_address_or_to_other_machines(server: Server) -> None:
    assert server.get("/metrics") == 404
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/metrics", server.metrics)


def test_who_is_slow_to_ask_keeps_nobody_waiting_for_long(server: Server) -> None:
    port = int(server.metrics.split(":")[2].split("/")[0])
    slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(4)]
    assert server.figures()["sanbao_index_problem"] == 0
    for one in slow:
        one.close()


def test_a_taken_port_is_named(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "sanbao", "serve", "--port", "0", "--index", str(folder)]
        done = subprocess.run(
            [*command, "--metrics-port", port], capture_output=True, text=True, cwd=ROOT
        )
    assert done.returncode == 1
    assert f"cannot answer for metrics at port {port}: Address already in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_damage_is_told_of(server: Server, folder: Path) -> None:
    """The last test: the newest commit stays damaged."""
    server.get("/api/v1/articles", b'{"title": "Another new one", "id": "newer"}')
    newest = max(folder.glob("_MAIN_*.toc"), key=lambda path: int(path.stem.rsplit("_", 1)[1]))
    number = int(newest.stem.rsplit("_", 1)[1])
    (folder / f"_MAIN_{number + 1}.toc").write_bytes(b"damaged")
    assert server.figures()["sanbao_index_problem"] == 1
    assert server.figures()["sanbao_index_generation"] == number
