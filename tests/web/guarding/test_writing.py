"""Writers that come all at once: some are told to come again, none is lost, searches go on."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice
from pathlib import Path
from urllib.parse import quote

import pytest

from sanbao.indexer.intake import IntakeReport
from sanbao.search.engines import open_engine, open_writer
from sanbao.search.errors import IndexLocked
from sanbao.web.guarding.writing import LOCK_SECONDS, PatientIntake
from tests.web.conftest import serving

KEY = "a-key-for-those-who-write"
PATIENCE = 60.0
"""Seconds after which a test gives up."""

SERVE = """
import sys
from sanbao.indexer.intake import Intake
from sanbao.search.engines import open_engine, open_writer
from sanbao.web.app import create_app
from sanbao.web.guarding.keys import Keys
from sanbao.web.serving.server import serve
app = create_app(
    open_engine(sys.argv[1]),
    intake=Intake(lambda: open_writer(sys.argv[1])),
    keys=Keys(token=sys.argv[2]),
)
serve(app, port=0, workers=2, ready=lambda url: print("listening", url, flush=True))
"""


@pytest.fixture
def writing_server(tmp_path: Path) -> Iterator[str]:
    """The address of a real server that takes articles."""
    index = str(tmp_path / "index")
    open_writer(index).close()
    with serving(SERVE, index, KEY) as (address, _):
        yield address


def test_an_id_is_taken_as_it_is_given(writing_server: str) -> None:
    ids = [
        *("news 1", "news  1", " news 1", "news 1 ", "ｎews 1", "a/b", "a//b", "/a", "//a", "a/"),
        *(
            "a%2Fb",
            "a+b",
            "a b",
            "a%20b",
            "+",
            "%",
            "a?b",
            "a#b",
            "a;b",
            ".",
            "..",
            "../a",
            "a/./b",
        ),
        *(
            "https://news.example/a?b=c&d=%E5",
            "國",
            "国",
            " ",
            "a\u2028b",
            "\u3000",
            "-",
            "~",
            "a\\b",
        ),
    ]
    lines = [json.dumps({"id": id_, "title": id_.strip() or "Blank"}) for id_ in ids]
    assert json.loads(send(writing_server, "POST", "", "\n".join(lines))[1])["indexed"] == len(ids)
    for id_ in ids:
        for safe in ("", "/"):
            status, article = send(writing_server, "GET", f"/{quote(id_, safe=safe)}")
            assert (status, json.loads(article).get("id")) == (200, id_)
    for id_ in ids:
        address = f"/{quote(id_, safe='')}"
        assert send(writing_server, "DELETE", address)[0] == 204
        assert send(writing_server, "DELETE", address)[0] == 404
        assert send(writing_server, "GET", address)[0] == 404


def test_an_id_of_broken_bytes_names_no_article(writing_server: str) -> None:
    send(writing_server, "POST", "", json.dumps({"id": "\ufffd", "title": "Ferry"}))
    assert send(writing_server, "GET", "/%FF")[0] == 404
    assert send(writing_server, "DELETE", "/%FF")[0] == 404
    assert send(writing_server, "DELETE", "/%EF%BF%BD")[0] == 204


def send(server: str, method: str, address: str, lines: str = "") -> tuple[int, str]:
    """The status and the body; the address is sent as it is."""
    connection = http.client.HTTPConnection(server.removeprefix("http://"), timeout=PATIENCE)
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/x-ndjson"}
    connection.request(method, f"/api/v1/articles{address}", lines.encode(), headers)
    with contextlib.closing(connection), connection.getresponse() as response:
        return response.status, response.read().decode()


class SlowIntake:
    """An intake that may not go on yet, counts who is in it, and may find the index locked."""

    def __init__(self, locked_times: int = 0) -> None:
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.locked_times = locked_times
        self.inside = self.most_inside = self.written = 0
        self._lock = threading.Lock()

    def accept(self, records: Iterable[Mapping[str, object]]) -> IntakeReport:
        with self._lock:
            if self.locked_times > 0:
                self.locked_times -= 1
                raise IndexLocked("another process is writing")
            self.inside += 1
            self.most_inside = max(self.most_inside, self.inside)
        assert self.may_go_on.wait(PATIENCE)
        with self._lock:
            self.inside -= 1
            self.written += len(list(records))
        return IntakeReport(indexed=1)

    def delete(self, article_id: str) -> bool:
        self.accept([{"id": article_id}])
        return True


def test_half_of_the_threads_write_or_wait_and_the_rest_is_told_at_once() -> None:
    slow = SlowIntake()
    slow.may_go_on.clear()
    patient = PatientIntake(slow, lock_seconds=PATIENCE)
    with ThreadPoolExecutor(12) as pool:
        tried = [pool.submit(patient.accept, iter([{"id": str(n)}])) for n in range(12)]
        told = islice(as_completed(tried, PATIENCE), 10)
        # Nobody has written yet.
        assert all(isinstance(each.exception(), IndexLocked) for each in told)
        slow.may_go_on.set()
    assert slow.written == 2 == sum(each.exception() is None for each in tried)
    assert slow.most_inside == 1
    for _ in range(3):  # places are given back, also by those who were refused
        assert patient.delete("x")


def test_places_are_given_back_after_an_error() -> None:
    class Failing(SlowIntake):
        def accept(self, records: Iterable[Mapping[str, object]]) -> IntakeReport:
            raise OSError("No space left on device")

    patient = PatientIntake(Failing())
    for _ in range(5):
        with pytest.raises(OSError, match="No space"):
            patient.accept([])


def test_another_process_is_waited_for() -> None:
    slow = SlowIntake(locked_times=5)
    PatientIntake(slow, lock_seconds=PATIENCE).accept(iter([{"id": "1"}, {"id": "2"}]))
    assert slow.written == 2


def test_but_not_for_ever() -> None:
    assert LOCK_SECONDS == 10
    began = time.monotonic()
    with pytest.raises(IndexLocked):
        PatientIntake(SlowIntake(locked_times=10**6), lock_seconds=0.3).delete("x")
    assert time.monotonic() - began > 0.2


@pytest.fixture
def address(writable_folder: Path) -> Iterator[str]:
    with serving(SERVE, str(writable_folder), KEY) as (url, _):
        yield url


def ask(request: urllib.request.Request | str) -> tuple[int, Mapping[str, str]]:
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            response.read()
            return response.status, dict(response.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers)


def write(address: str, article_id: str) -> urllib.request.Request:
    return urllib.request.Request(
        f"{address}/api/v1/articles",
        data=json.dumps({"id": article_id, "title": f"A tiny article {article_id}"}).encode(),
        headers={"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"},
    )


def test_many_tiny_writes_at_once_lose_nothing(address: str, writable_folder: Path) -> None:
    refused: list[Mapping[str, str]] = []
    written = threading.Event()

    def insist(article_id: str) -> None:
        while True:
            status, headers = ask(write(address, article_id))
            if status == 200:
                return
            assert status in (429, 503)
            refused.append(headers)
            time.sleep(0.05)

    def search() -> int:
        answered = 0
        while not written.is_set():
            assert ask(f"{address}/api/v1/search?q=article")[0] == 200
            answered += 1
        return answered

    ids = [f"tiny-{number}" for number in range(60)]
    with ThreadPoolExecutor(21) as pool:
        searching = pool.submit(search)
        list(pool.map(insist, ids))
        written.set()
    assert refused
    assert all(int(headers["Retry-After"]) > 0 for headers in refused)
    assert searching.result() > 10
    with open_writer(writable_folder):  # nothing holds the index any more
        pass
    engine = open_engine(writable_folder)
    assert {article.id for article in engine.articles()} == {"kept", *ids}
    engine.close()


def test_writes_and_deletes_of_one_article_leave_it_whole(
    address: str, writable_folder: Path
) -> None:
    path = f"{address}/api/v1/articles/{quote('kept')}"
    delete = urllib.request.Request(
        path, method="DELETE", headers={"Authorization": f"Bearer {KEY}"}
    )

    def turn(number: int) -> int:
        return ask(delete if number % 2 else write(address, "kept"))[0]

    with ThreadPoolExecutor(8) as pool:
        statuses = set(pool.map(turn, range(32)))
    assert statuses <= {200, 204, 404, 503}
    engine = open_engine(writable_folder)
    assert len(list(engine.articles())) == engine.stats().articles <= 1
    engine.close()
