"""Who shows that the answer is known is told that it still holds, over real HTTP."""

from __future__ import annotations

import os
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from sanbao.search.article import Article
from sanbao.search.engines import answering, open_engine, open_writer
from sanbao.search.limits import Limits
from sanbao.search.ranking.recency import SECONDS_A_DAY
from sanbao.web.app import create_app
from sanbao.web.guarding.headers import SECURITY_HEADERS
from tests.web.conftest import Served, serving

SERVE = """
import sys
from pathlib import Path
from sanbao.search.engines import open_engine
from sanbao.web.app import create_app
from sanbao.web.serving.server import serve
app = create_app(open_engine(sys.argv[1], synonyms=Path(sys.argv[2])))
serve(app, port=0, workers=2, ready=lambda url: print("listening", url, flush=True))
"""
TAGGED = [
    "/",
    "/?q=article",
    "/articles/kept",
    "/api/v1/search?q=article",
    "/api/v1/suggest?q=art",
    "/api/v1/articles/kept",
]


class Answer(NamedTuple):
    status: int
    headers: Message
    body: bytes


def ask(url: str, tag: str | None = None, **headers: str) -> Answer:
    """What a server answers; header names are written with underscores."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    if tag is not None:
        given["If-None-Match"] = tag
    try:
        with urlopen(Request(url, headers=given), timeout=60) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())


class Serving(NamedTuple):
    """A server of two processes, the folder of its index, its file of synonyms."""

    address: str
    folder: Path
    synonyms: Path


@pytest.fixture(scope="module")
def changing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    folder = tmp_path_factory.mktemp("changing")
    with open_writer(folder / "index") as writer:
        writer.add(Article(id="kept", title="An article that stays", language="en"))
    (folder / "synonyms").write_text("stays, remains\n")
    with serving(SERVE, str(folder / "index"), str(folder / "synonyms")) as (address, _):
        yield Serving(address, folder / "index", folder / "synonyms")


@pytest.mark.parametrize("path", TAGGED)
def test_an_answer_holds_until_a_commit_and_in_every_process(changing: Serving, path: str) -> None:
    url = changing.address + path
    first = ask(url)
    tag = first.headers["ETag"]
    assert first.status == 200
    assert tag.startswith('W/"')
    for _ in range(6):  # so often that both processes are asked
        again = ask(url, tag)
        assert (again.status, again.body) == (304, b"")
        for name in ("ETag", "Cache-Control", "Vary"):
            assert again.headers[name] == first.headers[name]
        assert {*SECURITY_HEADERS, "X-Request-ID"} <= set(again.headers.keys())
    assert ask(url, f'"other", {tag}').status == 304
    assert ask(url, "*").status == 304
    assert ask(url, '"other"').status == 200
    with open_writer(changing.folder) as writer:
        writer.add(Article(id="kept", title=f"An article that stays {path}", language="en"))
    for _ in range(6):
        assert ask(url, tag).status == 200
    assert ask(url).headers["ETag"] != tag


def test_nothing_is_searched_for_what_still_holds(served: Served) -> None:
    url = f"{served.address}/?q=" + "+OR+".join(f"{letter}*" for letter in "fnstcmhla")
    tag = ask(url).headers["ETag"]
    full = served.seconds_for(lambda: [ask(url) for _ in range(40)], 0.0)
    told = served.seconds_for(lambda: [ask(url, tag) for _ in range(40)], full / 4)
    assert told < full / 3, (told, full)


def test_a_tag_is_of_one_question_and_one_language(changing: Serving) -> None:
    def tag(path: str, **headers: str) -> str:
        return str(ask(changing.address + path, **headers).headers["ETag"])

    tags = [tag(path) for path in (*TAGGED, "/?q=stays", "/?q=article&page=2")]
    tags += [tag("/?q=article", Accept_Language="ja"), tag("/?q=article", Cookie="ui=zh-Hant")]
    assert len(set(tags)) == len(tags)
    assert tag("/?q=article", Accept_Language="en") == tag("/?q=article")
    # JSON has no language of the interface.
    assert tag(TAGGED[3], Accept_Language="ja") == tag(TAGGED[3])


def test_other_synonyms_are_another_answer(changing: Serving) -> None:
    url = f"{changing.address}/api/v1/search?q=remains"
    changing.synonyms.write_text("stays, remains\n")
    tag = ask(url).headers["ETag"]
    changing.synonyms.write_text("stays, lingers\n# of another size\n")
    os.utime(changing.synonyms, ns=(1, 1))
    while (answer := ask(url, tag)).status == 304:  # until a process has looked at the file
        pass
    assert b'"total":0' in answer.body


@pytest.mark.parametrize(
    "path",
    [
        *("/docs", "/api/v1/stats", "/healthz", "/readyz", "/openapi.json"),
        # Until now: another second, another answer.
        *("/api/v1/search?q=stays&from=24h", "/?q=stays&to=7d", "/?q=date:7d", "/?q=date%3A７Ｄ"),
        # No answers.
        *("/api/v1/articles/none", "/articles/none", "/api/v1/search?x=1", "/?q=a&from=x"),
    ],
)
def test_what_may_change_by_itself_or_is_no_answer_has_no_tag(changing: Serving, path: str) -> None:
    for tag in (None, "*"):
        answer = ask(changing.address + path.replace("７Ｄ", "%EF%BC%97%EF%BC%A4"), tag)
        assert answer.status in (200, 404, 422)
        assert "ETag" not in answer.headers


def test_who_shows_a_key_gets_a_whole_answer_and_no_tag(changing: Serving) -> None:
    url = f"{changing.address}/api/v1/search?q=article"
    answer = ask(url, ask(url).headers["ETag"], Authorization="Bearer some-key")
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in answer.headers


def test_a_question_in_a_body_has_no_tag(changing: Serving) -> None:
    request = Request(f"{changing.address}/api/v1/search", b'{"q": "article"}')
    request.add_header("Content-Type", "application/json")
    with urlopen(request, timeout=60) as answer:
        assert "ETag" not in answer.headers


def test_what_the_clock_may_have_cut_short_has_no_tag(index_folder: Path) -> None:
    engine = open_engine(index_folder, limits=Limits(seconds=1e-9))
    client = create_app(engine).test_client()
    for path in ("/?q=ferry", "/api/v1/search?q=ferry", "/api/v1/suggest?q=fer"):
        assert "ETag" not in client.get(path).headers
    engine.close()


def test_another_day_other_damage_and_other_settings_are_other_answers(
    writable_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_engine(writable_folder)
    client = create_app(engine).test_client()

    def tag() -> str:
        return client.get("/?q=article").headers["ETag"]

    tags = [tag()]
    assert tag() == tags[0]
    tags.append(create_app(engine).test_client().get("/?q=article").headers["ETag"])
    now = answering.time.time()
    monkeypatch.setattr(answering.time, "time", lambda: now + SECONDS_A_DAY)
    tags.append(tag())
    with open_writer(writable_folder) as writer:
        writer.add(Article(id="new", title="An article", language="en"))
    (table,) = writable_folder.glob("*_2.toc")
    table.write_bytes(b"damaged")
    tags.append(tag())
    assert "not up to date" in client.get("/?q=article").text or engine.problem()
    assert len(set(tags)) == 4
    engine.close()
