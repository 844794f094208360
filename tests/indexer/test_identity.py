from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanbao.indexer.identity import article_id, canonical_url, is_web_address

BASE = {
    "given": None,
    "url": None,
    "source": "Courier",
    "title": "Rain",
    "published": datetime(2026, 11, 20, tzinfo=UTC),
    "body": "It rained.",
}


@pytest.mark.parametrize(
    "url",
    [
        "https://News.Example/a?id=1",
        "https://news.example/a?id=1#comments",
        "https://news.example/a?utm_source=x&id=1&UTM_medium=y",
        "https://news.example:443/a?id=1",
        "HTTPS://news.example/a?id=1",
    ],
)
def test_addresses_of_one_page_are_one(url):
    assert canonical_url(url) == "https://news.example/a?id=1"


@pytest.mark.parametrize(
    "url",
    [
        "https://news.example/A?id=1",
        "https://news.example/a?id=2",
        "https://news.example:8443/a?id=1",
        "http://news.example/a?id=1",
    ],
)
def test_addresses_of_other_pages_are_not(url):
    assert canonical_url(url) != "https://news.example/a?id=1"


def test_the_id_is_the_given_one_else_from_the_address_else_from_the_text():
    assert article_id(**BASE | {"given": "x-1", "url": "https://news.example/a"}) == "x-1"
    by_url = article_id(**BASE | {"url": "https://news.example/a#top"})
    assert by_url == article_id(**BASE | {"url": "https://NEWS.example/a", "title": "Other"})
    assert by_url != article_id(**BASE)


@pytest.mark.parametrize(
    "change",
    [{"source": "Ledger"}, {"title": "Snow"}, {"published": datetime(2026, 11, 21, tzinfo=UTC)}],
)
def test_source_title_and_date_make_an_article(change):
    assert article_id(**BASE | {"body": "It rained a lot."}) == article_id(**BASE)
    assert article_id(**BASE | change) != article_id(**BASE)


def test_without_a_date_one_title_may_name_many_articles():
    undated = BASE | {"published": None}
    assert article_id(**undated) != article_id(**undated | {"body": "It rained again."})


def test_ids_do_not_change_from_one_release_to_the_next():
    assert article_id(**BASE) == "a9f59424b6c5b71080a7"
    assert article_id(**BASE | {"url": "https://news.example/a"}) == "12f2b3b961de72962b3c"


@given(st.text(max_size=40))
def test_any_text_is_a_web_address_or_not(text):
    for url in (text, "https://" + text):
        if is_web_address(url):
            assert canonical_url(canonical_url(url)) == canonical_url(url)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "/a", "//x/a", "https://", "http://x:99999/", "ftp://x/"]
)
def test_what_is_no_web_address(url):
    assert not is_web_address(url)
