"""However large or odd what is asked and stored, no answer of the API is large, or takes long."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from sanbao.search.article import MAX_LABELS, MAX_NAME_LENGTH, MAX_TITLE_LENGTH, Article
from sanbao.search.engines import open_engine, open_writer
from sanbao.search.fields import FACETS
from sanbao.web.api import MAX_ANSWER_BYTES
from sanbao.web.app import create_app

ANALYZE = "/api/v1/analyze"
SEARCH = "/api/v1/search"
EXPANDING = {
    "eighteen characters of one": "\ufdfa" * 20_000,
    "words of one character": "\u3316" * 20_000,
    "pairs": "経" * 20_000,
    "rare pairs": "\U00020000" * 16_000,
    "quantities": "4.5亿 " * 5_000,
    "acronyms": "U.S." * 5_000,
}


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A client of an index in which everything is as long as it may be, and of its own."""
    folder = tmp_path_factory.mktemp("crowded") / "index"
    with open_writer(folder) as writer:
        for number in range(400):
            writer.add(_longest_article(number))
    engine = open_engine(folder)
    yield create_app(engine).test_client()
    engine.close()


def _longest_article(number: int) -> Article:
    def own(place: int) -> str:
        return f"{number} {place} ".ljust(MAX_NAME_LENGTH, "\U00020000")

    return Article(
        id=str(number),
        title="&<" * (MAX_TITLE_LENGTH // 2 - 10) + f" pier {number}",
        body="pier & <quay> " * 3_000,
        source=own(0),
        author=own(1),
        categories=tuple(map(own, range(MAX_LABELS if number < 3 else 1))),
        tags=tuple(map(own, range(MAX_LABELS if number < 3 else 1))),
    )


@pytest.mark.parametrize("text", EXPANDING.values(), ids=EXPANDING)
def test_a_text_that_becomes_too_much_is_refused(client: FlaskClient, text: str) -> None:
    response = client.post(ANALYZE, json={"text": text})
    assert response.status_code == 422
    assert response.json is not None
    assert [error["parameter"] for error in response.json["errors"]] == ["text"]
    assert "characters" in response.json["detail"] or "tokens" in response.json["detail"]


@pytest.mark.parametrize("text", ["\ufdfa" * 800, "経" * 3_000, "a " * 4_000, "1" * 20_000])
def test_a_text_within_the_limits_is_analysed(client: FlaskClient, text: str) -> None:
    response = client.post(ANALYZE, json={"text": text})
    assert response.status_code == 200
    assert len(response.data) <= MAX_ANSWER_BYTES


def test_an_analysis_has_no_more_time_than_a_search(hurried: FlaskClient) -> None:
    response = hurried.post(ANALYZE, json={"text": "港湾の市長"})
    assert response.status_code == 422
    assert response.json is not None
    assert "too long to analyse" in response.json["detail"]


@pytest.mark.parametrize(
    "asked",
    [
        {"q": "pier", "limit": 100, "facets": list(FACETS), "explain": True},
        {"q": "pier OR " * 127 + "quay", "limit": 100, "explain": True},
        {"q": "*", "limit": 0, "facets": list(FACETS)},
        {f"unknown{number}": 0 for number in range(3_000)},
    ],
    ids=["long articles", "an explanation", "facets", "unknown parameters"],
)
def test_no_answer_is_large(crowded: FlaskClient, asked: dict[str, Any]) -> None:
    response = crowded.post(SEARCH, json=asked)
    assert response.status_code in (200, 422)
    assert len(response.data) <= MAX_ANSWER_BYTES


def test_a_search_that_would_be_too_large_says_what_to_ask_less_of(crowded: FlaskClient) -> None:
    response = crowded.get(SEARCH, query_string={"q": "pier", "limit": "100"})
    assert response.status_code == 422
    assert response.content_type == "application/problem+json"
    assert "smaller limit" in json.loads(response.data)["detail"]
    assert crowded.get(SEARCH, query_string={"q": "pier", "limit": "1"}).status_code == 200


def test_the_most_frequent_sources_are_listed_and_all_are_counted(crowded: FlaskClient) -> None:
    response = crowded.get("/api/v1/stats")
    assert response.json is not None
    assert response.json["source_count"] == 400
    assert len(response.json["sources"]) == 300
    assert len(response.data) <= MAX_ANSWER_BYTES


def test_a_stored_article_is_given_back_whole(tmp_path: Path) -> None:
    stored = Article(id="long", title="&", body='"' * 999_000)
    with open_writer(tmp_path / "index") as writer:
        writer.add(stored)
    engine = open_engine(tmp_path / "index")
    response = create_app(engine).test_client().get("/api/v1/articles/long")
    engine.close()
    assert response.status_code == 200
    assert len(response.data) > MAX_ANSWER_BYTES
    assert response.json == stored.to_dict()


def test_suggestions_of_any_text_are_small(crowded: FlaskClient) -> None:
    for typed in ("&<", "pier", "p", "\ufdfa" * 300, "a" * 15_000):
        response = crowded.get("/api/v1/suggest", query_string={"q": typed, "limit": "20"})
        assert response.status_code == 200
        assert len(response.data) <= MAX_ANSWER_BYTES


def test_what_became_of_the_worst_batch_is_small(writer_client: FlaskClient) -> None:
    odd = "\U000e0001" * 60
    batch = [{"title": "a", "published": odd, "\x01" * 60: 1}, {"title": "a", "url": odd}] * 500
    response = writer_client.post("/api/v1/articles", json=batch)
    assert response.status_code == 422
    assert len(response.data) <= MAX_ANSWER_BYTES
