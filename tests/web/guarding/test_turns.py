"""Long requests take turns, so that short ones of others need not wait for all of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sanbao.search.engines import SearchEngine, open_engine
from sanbao.search.request import SearchRequest
from sanbao.search.results import ResultPage
from sanbao.web.app import create_app
from sanbao.web.guarding import turns
from sanbao.web.guarding.turns import LONG_BYTES

LONG = {
    "many values": "/api/v1/search?" + "&".join(f"source={n}" for n in range(LONG_BYTES // 9)),
    "many beginnings": "/api/v1/search?source=a&q=ab*+cd*+ef*+gh*+ij*",
    "explained": "/api/v1/search?source=a&q=ferry&explain=true",
    "a page": "/?source=a&q=ab*+cd*+ef*+gh*+ij*",
}


class Held:
    """An engine in which each search with a filter ends when it is told to."""

    def __init__(self, engine: SearchEngine) -> None:
        self._engine = engine
        self.begun = threading.Event()
        self.may_end = threading.Event()

    def search(self, request: SearchRequest) -> ResultPage:
        if any(request.filters.values()):
            self.begun.set()
            assert self.may_end.wait(60)
        return self._engine.search(request)


@pytest.fixture
def held(index_folder: Path) -> Iterator[Held]:
    engine = open_engine(index_folder)
    yield Held(engine)
    engine.close()


@pytest.mark.parametrize("asked", LONG.values(), ids=LONG)
def test_long_requests_take_turns_and_short_ones_are_answered(
    held: Held, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    monkeypatch.setattr(turns, "WAIT_SECONDS", 0.0)
    app = create_app(held)  # type: ignore[arg-type]
    statuses: list[int] = []

    def ask() -> None:
        statuses.append(app.test_client().get(asked).status_code)

    first = threading.Thread(target=ask)
    first.start()
    assert held.begun.wait(60)
    for _ in range(3):
        refused = app.test_client().get(asked)
        assert refused.status_code == 503
        assert refused.headers["Retry-After"] == "1"
        if asked.startswith("/api/"):
            assert refused.content_type == "application/problem+json"
        else:
            assert "Wait a moment" in refused.text
        assert app.test_client().get("/api/v1/search?q=ferry").status_code == 200
    held.may_end.set()
    first.join()
    ask()
    assert statuses == [200, 200]
