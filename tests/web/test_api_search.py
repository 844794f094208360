from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sanbao.search.results import EXPANSION_CUT
from tests.search.query.typed import SYNTAX
from tests.web.test_openapi import conforms


def get(client: FlaskClient, **parameters: object) -> Any:
    response = client.get("/api/v1/search", query_string=parameters)
    assert response.status_code == 200, response.text
    return response.json


def wrong_parameters(client: FlaskClient, query: str) -> set[str]:
    response = client.get(f"/api/v1/search?{query}")
    assert response.status_code == 422, response.text
    assert response.content_type == "application/problem+json"
    assert response.json is not None
    assert response.json["status"] == 422
    for error in response.json["errors"]:
        assert error["reason"]
    return {error["parameter"] for error in response.json["errors"]}


def test_a_word_finds_articles_with_the_match_marked(client: FlaskClient) -> None:
    found = get(client, q="ferry", lang="en")
    assert found["total"] == 8
    assert found["hits"][0]["source"] == "Harbour Ledger"
    assert "<mark>ferry</mark>" in found["hits"][0]["highlight"]["title"]


def test_text_is_utf_8_and_not_escaped(client: FlaskClient) -> None:
    body = client.get("/api/v1/search?q=渡轮").data
    assert "渡轮".encode() in body
    assert b"\\u" not in body


@pytest.mark.parametrize("query", ["lang=zh,ja", "lang=zh&lang=ja", "lang=zh-Hans,zh-Hant&lang=ja"])
def test_languages_are_a_comma_list_or_repeated(client: FlaskClient, query: str) -> None:
    found = client.get(f"/api/v1/search?{query}&limit=100").json
    assert found is not None
    assert found["total"] == 24
    assert {hit["language"] for hit in found["hits"]} == {"zh-Hans", "zh-Hant", "ja"}


def test_an_author_may_contain_a_comma(client: FlaskClient) -> None:
    assert get(client, author="Lin, Mei")["total"] == 4


def test_sources_and_categories_are_repeated(client: FlaskClient) -> None:
    assert get(client, source=["北潮新聞", "Harbour Ledger"])["total"] == 16
    assert get(client, category=["交通", "社会"])["total"] == 24


def test_tags_narrow_and_authors_are_counted(client: FlaskClient) -> None:
    found = get(client, tag=["HARBOUR", "none"], facets="author,lang", lang="en,ja", limit=0)
    assert found["total"] == 16
    assert found["facets"]["author"] == [{"value": "Lin, Mei", "count": 2}]
    assert get(client, q="tag:ｈａｒｂｏｕｒ")["total"] == 32
    assert get(client, q="ferry", tag="none")["total"] == 0
    assert wrong_parameters(client, "facets=tag") == {"facets"}


def test_dates_bound_the_results_at_both_ends(client: FlaskClient) -> None:
    assert get(client, **{"from": "2026-09-02", "to": "2026-09-03"})["total"] == 8


def test_order_and_page(client: FlaskClient) -> None:
    newest = get(client, lang="en", sort="newest", limit=3, offset=1)
    days = [hit["published"][:10] for hit in newest["hits"]]
    assert days == ["2026-09-07", "2026-09-06", "2026-09-05"]
    assert (newest["offset"], newest["limit"], newest["total"]) == (1, 3, 8)


def test_a_page_past_the_end_is_empty_and_still_counts(client: FlaskClient) -> None:
    found = get(client, lang="en", offset=500)
    assert found["hits"] == []
    assert found["total"] == 8


def test_facets_and_timeline_come_when_asked_for(client: FlaskClient) -> None:
    plain, asked = (
        get(client, q="ferry"),
        get(client, q="ferry", facets="lang,source", timeline="day"),
    )
    assert plain["facets"] == {}
    assert plain["timeline"] == []
    assert set(asked["facets"]) == {"lang", "source"}
    assert sum(bucket["count"] for bucket in asked["timeline"]) == asked["total"]


def test_highlights_can_be_turned_off(client: FlaskClient) -> None:
    assert get(client, q="ferry", highlight="false")["hits"][0]["highlight"] is None


def test_the_newest_of_equals_comes_first_and_recency_can_be_turned_off(
    client: FlaskClient,
) -> None:
    on, plain, off = (
        get(client, q="ferry", lang="en", **more)
        for more in ({}, {"recency": "on"}, {"recency": "off"})
    )
    assert on | {"took_ms": 0} == plain | {"took_ms": 0}
    assert on["hits"][0]["published"][:10] == "2026-09-08"
    assert on["hits"][0]["score"] > off["hits"][0]["score"] == off["hits"][-1]["score"]


def test_scores_are_explained_when_asked_for(client: FlaskClient) -> None:
    plain, explained = get(client, q="ferry"), get(client, q="ferry", explain="true")
    assert plain["explain"] is None
    assert plain["hits"][0]["explanation"] is None
    assert explained["explain"]["query"] == "all of [grams:ferry|words:ferri] preferably in en"
    assert explained["explain"]["matching"] == [
        {"units": [{"terms": ["grams:ferry", "words:ferri"], "weight": 15}], "needed": 15}
    ]
    for hit in explained["hits"]:
        parts = hit["explanation"]["parts"]
        assert sum(part["value"] for part in parts) == pytest.approx(hit["explanation"]["score"])
        assert hit["explanation"]["score"] == pytest.approx(hit["score"], abs=1e-4)
        assert {part["kind"] for part in parts} == {"language", "recency", "term"}


def test_the_body_of_a_post_means_the_same_as_a_query_string(client: FlaskClient) -> None:
    by_query = get(client, q="渡轮", lang="zh,ja", limit=3, facets="lang")
    by_body = client.post(
        "/api/v1/search", json={"q": "渡轮", "lang": ["zh", "ja"], "limit": 3, "facets": "lang"}
    ).json
    assert by_body is not None
    assert by_body | {"took_ms": 0} == by_query | {"took_ms": 0}


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("q=a&recency=strong", "recency"),
        ("q=a&cross=on", "cross"),
        ("q=a&collapse=story", "collapse"),
        ("q=a&explain=why", "explain"),
        ("q=a&limit=ten", "limit"),
        ("q=a&limit=101", "limit"),
        ("q=a&limit=-1", "limit"),
        ("q=a&offset=-1", "offset"),
        ("q=a&offset=9999&limit=10", "offset"),
        ("q=a&lang=fr", "lang"),
        ("q=a&facets=tag", "facets"),
        ("q=a&timeline=hour", "timeline"),
        ("q=a&sort=random", "sort"),
        ("q=a&highlight=perhaps", "highlight"),
        ("q=a&from=yesterday", "from"),
        ("q=a&from=2026-02&to=2026-01", "to"),
        ("q=a&q=b", "q"),
        ("q=" + "a" * 1025, "q"),
        ("", "q"),
        ("q=%20", "q"),
    ],
)
def test_a_bad_parameter_is_named(client: FlaskClient, query: str, parameter: str) -> None:
    assert wrong_parameters(client, query) == {parameter}


def test_a_switch_says_what_it_can_be(client: FlaskClient) -> None:
    response = client.get("/api/v1/search", query_string={"q": "a", "recency": "maybe"})
    assert response.status_code == 422
    assert response.json is not None
    assert response.json["detail"] == "recency: must be on or off"


def test_all_bad_parameters_are_named_at_once(client: FlaskClient) -> None:
    assert wrong_parameters(client, "limit=x&colour=red") == {"limit", "colour"}


def test_what_is_allowed_is_said(client: FlaskClient) -> None:
    problem = client.get("/api/v1/search?q=a&sort=random").json
    assert problem is not None
    assert all(sort in problem["detail"] for sort in ("relevance", "newest", "oldest"))


@pytest.mark.parametrize(
    "body",
    [
        {"q": 1},
        {"q": "ferry", "limit": "10"},
        {"q": "ferry", "recency": "off"},
        {"q": "ferry", "lang": [1]},
        {"colour": "red"},
        [],
        "a",
    ],
)
def test_a_body_of_the_wrong_shape_is_refused(client: FlaskClient, body: object) -> None:
    assert client.post("/api/v1/search", json=body).status_code == 422


@pytest.mark.parametrize("body", [b"", b"{", b'{"q": "\\ud800"}', b"\xff", b"[" * 10_000])
def test_a_body_that_is_not_json_is_refused(client: FlaskClient, body: bytes) -> None:
    response = client.post("/api/v1/search", data=body, content_type="application/json")
    assert response.status_code == 400
    assert response.content_type == "application/problem+json"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    query=st.text(max_size=60)
    | st.text(alphabet='ab渡"「」()-:~*?^ 0.|&ANDORT', max_size=40)
    | st.lists(st.sampled_from(SYNTAX), max_size=200).map("".join).map(lambda text: text[:1024])
)
def test_no_query_is_an_error(client: FlaskClient, query: str) -> None:
    encoded = {"q": query.encode("utf-8", "replace")}
    assert client.get("/", query_string=encoded).status_code == 200
    found = client.get("/api/v1/search", query_string=encoded)
    if not query.strip():
        assert found.status_code == 422
        return
    assert found.status_code == 200
    assert found.json and found.json["understood"]
    assert found.json["took_ms"] < 1000


def test_an_answer_that_was_cut_short_says_so(limited: FlaskClient) -> None:
    found = get(limited, q="th*")
    assert (found["partial"], found["total_relation"]) == (True, "gte")
    assert found["warnings"] == [EXPANSION_CUT]
    conforms(found, "ResultPage")


def test_a_query_beyond_the_limits_is_refused_by_name(client: FlaskClient) -> None:
    assert wrong_parameters(client, f"q={'x' * 1025}") == {"q"}
    assert wrong_parameters(client, "&".join(f"source=s{n}" for n in range(257))) == {"source"}
