"""`sanbao serve` as it is started: keys, hosts and the log, in processes of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sanbao.web.guarding.keys import create_key, key_file, revoke_key

ROOT = Path(__file__).resolve().parents[2]
GIVEN = "canary-of-the-environment"


@contextmanager
def sanbao_serve(index: Path, *flags: str, **environment: str) -> Iterator[tuple[str, Path, int]]:
    """A running `sanbao serve`: its address, the file of its log, its process id."""
    log = index.with_name("serve.log")
    command = [sys.executable, "-m", "sanbao", "serve", "--port", "0", "--index", str(index)]
    # Into a file, and no pipe: a server that nobody reads waits for ever when the pipe is full.
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [*command, *flags], stderr=errors, cwd=ROOT, env={**os.environ, **environment}
        ) as process,
    ):
        try:
            yield _address_in(log, process), log, process.pid
        finally:
            process.terminate()


def _address_in(log: Path, process: subprocess.Popen[bytes]) -> str:
    while True:
        for line in log.read_text().splitlines(keepends=True):
            if line.startswith("Sanbao serves ") and line.endswith("\n"):
                return line.split()[2]
        assert process.poll() is None, log.read_text()
        time.sleep(0.05)


def events(log: Path) -> list[dict[str, object]]:
    """What a server has logged, without what it said to its user."""
    return [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]


def status(url: str, key: str | None = None, host: str | None = None) -> int:
    request = urllib.request.Request(url)
    if key:
        request = urllib.request.Request(
            url, data=b'{"title": "A title"}', headers={"Content-Type": "application/json"}
        )
        request.add_header("Authorization", f"Bearer {key}")
    if host:
        request.add_header("Host", host)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_keys_come_and_go_and_hosts_are_known_while_the_server_runs(writable_folder: Path) -> None:
    path = key_file(writable_folder)
    settings = {"SANBAO_API_KEY": GIVEN, "SANBAO_ALLOWED_HOSTS": "127.0.0.1 .wire.example"}
    with sanbao_serve(writable_folder, "--access-log", **settings) as (address, log, pid):
        articles = f"{address}/api/v1/articles"
        old = create_key(path, "desk")
        assert [status(articles, key) for key in (GIVEN, old, "wrong")] == [200, 200, 401]
        new = create_key(path, "desk-2")
        assert [status(articles, key) for key in (old, new)] == [200, 200]
        revoke_key(path, "desk")
        # Asked often enough that both workers are.
        assert [status(articles, old) for _ in range(6)] == [401] * 6
        assert status(articles, new) == 200
        asked = f"q={GIVEN}&api_key={new}"
        assert status(f"{address}/?{asked}") == 200
        assert status(f"{address}/api/v1/search?{asked}") == 422
        hosts = ("127.0.0.1", "a.wire.example", "localhost", "evil.example")
        assert [status(f"{address}/readyz", host=host) for host in hosts] == [200, 200, 400, 400]
        worker = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0]
        os.kill(int(worker), signal.SIGKILL)
        assert status(articles, new) == 200
        command = Path(f"/proc/{pid}/cmdline").read_text()
    text = log.read_text()
    entries = events(log)
    assert {entry.get("key") for entry in entries} == {"environment", "desk", "desk-2", None}
    assert any(f"pid:{worker}" in str(entry["event"]) for entry in entries)
    for secret in (GIVEN, old, new):
        assert secret not in text + command + path.read_text()


@pytest.mark.parametrize(
    ("content", "key", "said"),
    [
        ("", "short-canary", "shorter than 16 characters"),
        ("damaged\n", "", "line 1 of the key file"),
    ],
)
def test_a_server_with_bad_keys_does_not_start(
    writable_folder: Path, content: str, key: str, said: str
) -> None:
    key_file(writable_folder).write_text(content)
    command = [sys.executable, "-m", "sanbao", "serve", "--port", "0"]
    ended = subprocess.run(
        [*command, "--index", str(writable_folder)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "SANBAO_API_KEY": key},
        timeout=60,
    )
    assert ended.returncode == 1
    assert said in ended.stderr
    assert "canary" not in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
