"""A small index of three languages, and the application on it."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient

from sanbao.indexer.intake import Intake
from sanbao.search.article import Article
from sanbao.search.engines import open_engine, open_writer
from sanbao.search.limits import Limits
from sanbao.web.app import create_app
from sanbao.web.guarding.keys import Keys
from tests.growth import least_seconds, seconds_of

KEY = "a-key-für-all-tests"
FIRST_DAY = datetime(2026, 9, 1, 4, 5, tzinfo=UTC)

SERVE = """
import sys
from sanbao.search.engines import open_engine
from sanbao.web.app import create_app
from sanbao.web.serving.server import serve
app = create_app(open_engine(sys.argv[1]))
serve(app, "127.0.0.1", 0, ready=lambda url: print("listening", url, flush=True))
"""


def _articles() -> list[Article]:
    told = [
        (
            "zh-Hans",
            "青屏新闻",
            "交通",
            "新渡轮首日载客一万两千人",
            "港湾上的新渡轮投入运营。\n市长到场。",
        ),
        (
            "zh-Hant",
            "鐵路時報",
            "交通",
            "新渡輪首日載客一萬兩千人",
            "港灣上的新渡輪啟用。\n市長到場。",
        ),
        (
            "ja",
            "北潮新聞",
            "社会",
            "新しいフェリーが就航した",
            "港湾で新しいフェリーが就航した。\n市長が出席した。",
        ),
        (
            "en",
            "Harbour Ledger",
            "Transport",
            "New ferry in service",
            "The ferry & <its> crew left.\nThe mayor came.",
        ),
    ]
    return [
        Article(
            id=f"https://news.example/{language}/{day}?print=1",
            title=f"{title} {day}",
            body=body,
            language=language,
            url=f"https://news.example/{language}/{day}" if day else None,
            source=source,
            author="Lin, Mei" if day == 0 else None,
            published=FIRST_DAY + timedelta(days=day),
            categories=(category,),
            tags=("harbour",),
        )
        for language, source, category, title, body in told
        for day in range(8)
    ] + [
        Article(id="rates", title="A rate cut", published=FIRST_DAY - timedelta(days=400)),
        Article(id="hostile", title="<script>alert(1)</script>", url="javascript:alert(1)"),
        Article(id="//odd/../id #1", body="Words of an article that has no title"),
    ]


@pytest.fixture(scope="session")
def index_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index that no test changes: 8 articles in each of four writings, and two odd ones."""
    folder = tmp_path_factory.mktemp("web") / "index"
    _fill(folder)
    return folder


@pytest.fixture(scope="session")
def app(index_folder: Path) -> Iterator[Flask]:
    """The application, read only."""
    engine = open_engine(index_folder)
    yield create_app(engine)
    engine.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def limited(index_folder: Path) -> Iterator[FlaskClient]:
    """A client of an application in which a beginning of a word stands for one word."""
    yield from _client_with(index_folder, Limits(terms_a_clause=1))


@pytest.fixture
def hurried(index_folder: Path) -> Iterator[FlaskClient]:
    """A client of an application that has no time for any search."""
    yield from _client_with(index_folder, Limits(seconds=1e-9))


def _client_with(folder: Path, limits: Limits) -> Iterator[FlaskClient]:
    engine = open_engine(folder, limits=limits)
    yield create_app(engine).test_client()
    engine.close()


@pytest.fixture
def writable_folder(tmp_path: Path) -> Path:
    """An index of its own for a test that writes, with one article, ``kept``."""
    with open_writer(tmp_path / "index") as writer:
        writer.add(Article(id="kept", title="An article that stays", language="en"))
    return tmp_path / "index"


@pytest.fixture
def writer_client(writable_folder: Path) -> Iterator[FlaskClient]:
    """A client of an application that takes articles, with the right key."""
    engine = open_engine(writable_folder)
    intake = Intake(lambda: open_writer(writable_folder))
    app = create_app(engine, intake=intake, keys=Keys(token=KEY), lock_seconds=0.2)
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {KEY}".encode().decode("latin-1")
    yield client
    engine.close()


class Served(NamedTuple):
    """A running server."""

    address: str
    process: int

    def seconds_for(self, ask: Callable[[], object], enough: float) -> float:
        """The server's processor time for what is asked while nobody else asks.

        The least of several, until one of them is little enough.
        """

        def once() -> float:
            before = self._seconds()
            ask()
            return self._seconds() - before

        return least_seconds(once, enough)

    def workers(self) -> list[int]:
        """The processes that answer."""
        path = Path(f"/proc/{self.process}/task/{self.process}/children")
        return [int(child) for child in path.read_text().split()]

    def _seconds(self) -> float:
        return sum(map(seconds_of, self.workers()))


@pytest.fixture(scope="session")
def served(index_folder: Path) -> Iterator[Served]:
    """A real server on the index."""
    with serving(SERVE, str(index_folder)) as (address, process):
        yield Served(address, process.pid)


@pytest.fixture(scope="session")
def server(served: Served) -> str:
    """The address of a real server on the index."""
    return served.address


@contextmanager
def serving(
    program: str, *arguments: str, log: Path | None = None
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A server in a process of its own, that says ``listening URL``: its address and the process.

    Args:
        program: Python source.
        log: where its standard error goes.
    """
    with (
        (log or Path("/dev/null")).open("w") as errors,
        subprocess.Popen(
            [sys.executable, "-c", program, *arguments],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=Path(__file__).resolve().parents[2],
        ) as process,
    ):
        assert process.stdout is not None
        address = process.stdout.readline().split()[-1]
        _wait_until_alive(address)
        yield address, process
        process.terminate()


def _fill(folder: Path) -> None:
    with open_writer(folder) as writer:
        for article in _articles():
            writer.add(article)


def _wait_until_alive(address: str) -> None:
    give_up = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=60):
                return
        except OSError:
            assert time.monotonic() < give_up, f"no answer at {address}"
            time.sleep(0.1)
