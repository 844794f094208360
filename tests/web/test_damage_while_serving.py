"""`sanbao serve` while files of the index it serves are damaged beneath it."""

from __future__ import annotations

import json
import os
import signal
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from sanbao.search.article import Article
from sanbao.search.engines import open_writer
from sanbao.search.results import OUTDATED
from tests.web.test_serve import events, sanbao_serve

ARTICLES = 400
GIVE_UP_SECONDS = 60


def ask(url: str) -> tuple[int, dict[str, Any]]:
    """Status and JSON of an answer; status 0 when there was none."""
    try:
        with urllib.request.urlopen(url, timeout=60) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)
    except (OSError, ValueError):
        return 0, {}


def until(url: str, code: int, **members: object) -> dict[str, Any]:
    """The first answer of this status that has these members."""
    give_up = time.monotonic() + GIVE_UP_SECONDS
    while True:
        found, answer = ask(url)
        if found == code and answer.items() >= members.items():
            return answer
        assert time.monotonic() < give_up, (found, answer)
        time.sleep(0.02)


def workers(master: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{master}/task/{master}/children").read_text().split()]


def maps(process: int, folder: Path) -> bool:
    return str(folder) in Path(f"/proc/{process}/maps").read_text()


def commit(folder: Path, first: int, count: int) -> set[Path]:
    """Articles of a common word, in a commit; the segments that it made."""
    before = set(folder.iterdir())
    with open_writer(folder) as writer:
        for number in range(first, first + count):
            body = " ".join(f"word{number}x{place}" for place in range(80))
            writer.add(Article(id=str(number), title=f"Common {number}", body=f"common {body}"))
    made = set(folder.iterdir()) - before
    return {path for path in made if path.suffix not in (".toc", ".manifest")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "index").mkdir()
    commit(tmp_path / "index", 0, ARTICLES)
    return tmp_path / "index"


def test_no_index_is_mapped_before_the_fork(folder: Path) -> None:
    with sanbao_serve(folder) as (address, _, master):
        until(f"{address}/readyz", 200, status="ready")
        assert not maps(master, folder)
        assert any(maps(worker, folder) for worker in workers(master))


def test_a_file_that_is_cut_is_served_no_more(folder: Path) -> None:
    (newest,) = commit(folder, ARTICLES, 9)
    with sanbao_serve(folder) as (address, log, _):
        search = f"{address}/api/v1/search?q=common"
        assert all(ask(search)[1]["total"] == ARTICLES + 9 for _ in range(6))
        os.truncate(newest, 0)
        answer = until(search, 200, total=ARTICLES)
        assert answer["warnings"] == [OUTDATED]
        until(f"{address}/readyz", 200, status="degraded", problem="IndexCorrupt")
        assert ask(f"{address}/healthz")[0] == 200
        for _ in range(20):
            assert ask(search)[0] == 200
    assert "SIGBUS" in log.read_text()


def test_where_no_commit_is_whole_there_is_an_error(folder: Path) -> None:
    with sanbao_serve(folder) as (address, _, _):
        search = f"{address}/api/v1/search?q=common"
        assert all(ask(search)[0] == 200 for _ in range(6))
        for path in folder.iterdir():
            if path.stat().st_size > 4096:
                os.truncate(path, 4096)
        until(search, 503)
        until(f"{address}/readyz", 503)
        for _ in range(20):
            assert ask(search)[0] == 503
            assert ask(f"{address}/healthz")[0] == 200


def test_after_a_crash_every_byte_is_looked_at_by_every_worker(folder: Path) -> None:
    (newest,) = commit(folder, ARTICLES, 2000)
    assert newest.stat().st_size > 1 << 20  # large enough to be remembered as checked
    time.sleep(2.1)  # and old enough
    with sanbao_serve(folder) as (address, _, master):
        search = f"{address}/api/v1/search?q=common"
        assert all(ask(search)[1]["total"] == ARTICLES + 2000 for _ in range(6))
        status = newest.stat()
        with newest.open("r+b") as file:
            file.seek(-100, os.SEEK_END)
            file.write(bytes(range(100)))
        os.utime(newest, ns=(status.st_atime_ns, status.st_mtime_ns))
        before = set(workers(master))
        os.kill(min(before), signal.SIGSEGV)
        until(search, 200, total=ARTICLES)
        give_up = time.monotonic() + GIVE_UP_SECONDS
        while before & set(workers(master)) and time.monotonic() < give_up:
            time.sleep(0.02)
        assert not before & set(workers(master))
        assert all(ask(search)[1]["total"] == ARTICLES for _ in range(20))


@pytest.mark.parametrize("hours", ["0.0003", "0"])
def test_damage_that_crashes_nothing_is_found_unless_nobody_looks(folder: Path, hours: str) -> None:
    (newest,) = commit(folder, ARTICLES, 9)
    with sanbao_serve(folder, SANBAO_CHECK_HOURS=hours) as (address, log, _):
        search = f"{address}/api/v1/search?q=common"
        assert all(ask(search)[1]["total"] == ARTICLES + 9 for _ in range(6))
        with newest.open("r+b") as file:
            file.seek(-1, os.SEEK_END)
            file.write(b"?")
        if hours == "0":
            time.sleep(2)
            assert ask(f"{address}/readyz")[1]["status"] == "ready"
            return
        until(f"{address}/readyz", 200, status="degraded", problem="IndexCorrupt")
        until(search, 200, total=ARTICLES, warnings=[OUTDATED])
        time.sleep(2)  # looked at again, and told of no more
    said = [str(entry["event"]) for entry in events(log)]
    assert [str(newest) in event for event in said if "is damaged" in event] == [True]
