from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.web.test_openapi import conforms


def suggest(client: FlaskClient, **parameters: object) -> list[dict[str, Any]]:
    response = client.get("/api/v1/suggest", query_string=parameters)
    assert response.status_code == 200, response.text
    assert response.json is not None
    found: list[dict[str, Any]] = response.json["suggestions"]
    return found


def test_phrases_come_with_counts_and_titles_without(client: FlaskClient) -> None:
    found = suggest(client, q="xindu", limit=3)
    assert found[0] == {"kind": "phrase", "text": "新渡轮首日载客", "articles": 16}
    assert found[-1] == {"kind": "title", "text": "新渡輪首日載客一萬兩千人 7", "articles": None}


def test_the_answer_says_what_was_asked_and_how_long_it_took(client: FlaskClient) -> None:
    answer = client.get("/api/v1/suggest?q=ferry").json
    assert answer is not None
    assert answer["query"] == "ferry"
    assert answer["took_ms"] > 0


def test_languages_are_a_comma_list_or_repeated(client: FlaskClient) -> None:
    assert suggest(client, q="新", lang="en") == []
    listed = suggest(client, q="新", lang="zh-Hant,ja", limit=20)
    assert listed == suggest(client, q="新", lang=["zh-Hant", "ja"], limit=20)
    titles = {each["text"][:3] for each in listed if each["kind"] == "title"}
    assert titles == {"新渡輪", "新しい"}


def test_browsers_may_keep_an_answer_for_a_while(client: FlaskClient) -> None:
    kept = client.get("/api/v1/suggest?q=new").headers["Cache-Control"]
    assert kept == "private, max-age=60"
    assert client.get("/api/v1/suggest?q=new&limit=0").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("wrong", ["limit=0", "limit=21", "limit=x", "lang=fr", "query=a"])
def test_what_is_no_parameter_is_refused(client: FlaskClient, wrong: str) -> None:
    response = client.get(f"/api/v1/suggest?q=a&{wrong}")
    assert response.status_code == 422
    assert response.content_type == "application/problem+json"


@pytest.mark.parametrize("typed", ["", " ", "%00", "%ed%a0%80", "%ff", "a" * 5000, '%22"((', "*"])
def test_nothing_that_can_be_typed_is_refused(client: FlaskClient, typed: str) -> None:
    response = client.get(f"/api/v1/suggest?q={typed}")
    assert response.status_code == 200
    conforms(response.json, "Suggestions")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=8))
def test_any_text_has_an_answer_as_described(client: FlaskClient, typed: str) -> None:
    response = client.get("/api/v1/suggest", query_string={"q": typed.encode("utf-8", "replace")})
    assert response.status_code == 200
    conforms(response.json, "Suggestions")
