from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from threading import Thread
from urllib.parse import quote

import pytest
from flask import Flask

from sanbao.web.serving.server import CannotListen, serve

ROOT = Path(__file__).resolve().parents[3]

SLOW = """
import time
from flask import Flask
from sanbao.web.serving.server import serve
app = Flask("slow")
@app.get("/slow")
def slow():
    print("asked", flush=True)
    time.sleep(1)
    return "finished"
serve(app, "127.0.0.1", 0, ready=lambda url: print(url, flush=True))
"""


def test_a_long_query_of_chinese_characters_is_answered(server: str) -> None:
    with urllib.request.urlopen(f"{server}/api/v1/search?q={quote('港' * 1024)}") as response:
        assert json.load(response)["query"] == "港" * 1024


def test_problems_come_through_the_server(server: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{server}/api/v1/search?limit=x")
    with caught.value as answer:
        assert answer.status == 422
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_ids_with_slashes_come_through_the_server(server: str) -> None:
    path = quote("//odd/../id #1", safe="")
    with urllib.request.urlopen(f"{server}/api/v1/articles/{path}") as response:
        assert json.load(response)["id"] == "//odd/../id #1"


def test_a_port_in_use_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=f"port {port} is in use"):
            serve(Flask("none"), "127.0.0.1", port)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "203.0.113.1"])
def test_a_host_that_is_not_here_is_named(host: str) -> None:
    with pytest.raises(CannotListen, match=host):
        serve(Flask("none"), host, 0)


def test_an_impossible_port_is_named() -> None:
    with pytest.raises(CannotListen, match="70000"):
        serve(Flask("none"), "127.0.0.1", 70000)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_requests_under_way_are_finished_at_the_end(number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SLOW],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        address = process.stdout.readline().strip()
        answers: list[bytes] = []
        asking = Thread(target=lambda: answers.append(_read(f"{address}/slow")))
        asking.start()
        assert process.stdout.readline() == "asked\n"
        # As a terminal does at Ctrl-C: to the master and its workers.
        os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
        asking.join(timeout=60)
        assert answers == [b"finished"]
        assert process.wait(timeout=60) == 0
        assert process.stderr.read() == ""


def test_connections_that_no_worker_had_accepted_are_answered_at_the_end() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SLOW], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().rpartition(":")[2])
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        give_up = time.monotonic() + 60
        while not children.read_text() and time.monotonic() < give_up:
            time.sleep(0.02)
        _ask(socket.create_connection(("127.0.0.1", port)))  # the workers have begun
        workers = [int(worker) for worker in children.read_text().split()]
        for worker in workers:
            os.kill(worker, signal.SIGSTOP)
        waiting = [socket.create_connection(("127.0.0.1", port)) for _ in range(30)]
        process.terminate()
        time.sleep(0.2)  # until the master has told them
        for worker in workers:
            os.kill(worker, signal.SIGCONT)
        assert [_ask(connection) for connection in waiting] == [b"HTTP/1.1 404"] * len(waiting)
        assert process.wait(timeout=60) == 0


def test_nothing_is_left_listening_after_the_end() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SLOW], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().rpartition(":")[2])
        time.sleep(0.2)
        process.terminate()
        process.wait(timeout=60)
    with socket.create_server(("127.0.0.1", port)):
        pass


def _read(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=60) as response:
        body: bytes = response.read()
        return body


def _ask(connection: socket.socket) -> bytes:
    with connection:
        connection.settimeout(60)
        connection.sendall(b"GET /none HTTP/1.1\r\nHost: a\r\n\r\n")
        return connection.recv(1024)[:12]
