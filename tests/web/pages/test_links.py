from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from flask.testing import FlaskClient

from tests.web.pages.browsing import all_of, link, page, text_of


def test_pages_lead_from_one_to_the_next(client: FlaskClient) -> None:
    first = page(client, "?lang=zh,ja,en")
    assert text_of(first, "//h1") == ["32 articles"]
    assert text_of(first, "//nav[@class='pager']/ol/li") == ["1", "2", "3", "4"]
    seen = set()
    current = first
    for _ in range(4):
        seen |= {a.get("href") for a in all_of(current, "//article/h2/a")}
        following = all_of(current, "//a[@rel='next']")
        current = page(client, following[0].get("href")[1:]) if following else current
    assert len(seen) == 32
    assert not all_of(current, "//a[@rel='next']")


def test_another_filter_or_order_begins_at_the_first_page(client: FlaskClient) -> None:
    second = page(client, "?q=港湾&page=2")
    for text in ("Chinese 16", "Newest first"):
        changed = page(client, link(second, text)[1:])
        assert text_of(changed, "//nav[@class='pager']//*[@aria-current]") == ["1"]


def test_original_links_tell_the_site_nothing(client: FlaskClient) -> None:
    reading = page(client, "articles/" + quote("https://news.example/en/1?print=1"))
    original = all_of(reading, "//p[@class='original']/a")[0]
    assert original.get("href") == "https://news.example/en/1"
    assert original.get("rel") == "noopener noreferrer"


@pytest.mark.parametrize(
    ("ui", "said"),
    [
        ("en", "Did you mean:"),
        ("ja", "もしかして："),
        ("zh-Hans", "您是不是"),
        ("zh-Hant", "您是不是"),
    ],
)
def test_a_misspelled_query_has_a_link_to_what_was_meant(
    client: FlaskClient, ui: str, said: str
) -> None:
    tree = page(client, f"?q=ferrry -x&lang=en&sort=newest&ui={ui}")
    [meant] = all_of(tree, "//p[@class='meant']")
    assert said in meant.text_content()
    [link] = all_of(meant, ".//a")
    assert link.text_content() == "ferry -x"
    query = dict(parse_qsl(urlsplit(link.get("href")).query))
    assert query == {"q": "ferry -x", "lang": "en", "sort": "newest", "ui": ui}
    assert not all_of(page(client, "?q=ferry"), "//p[@class='meant']")
