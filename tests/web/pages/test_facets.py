from __future__ import annotations

from urllib.parse import quote

from flask.testing import FlaskClient
from lxml import html

from sanbao.search.fields import FACETS, FILTERS_BY_NAME
from sanbao.web.i18n import facet_name
from tests.web.pages.browsing import all_of, link, page, text_of


def test_a_facet_adds_an_alternative_and_takes_it_away(client: FlaskClient) -> None:
    found = page(client, "?q=港湾")
    chinese = page(client, link(found, "Chinese 16")[1:])
    assert text_of(chinese, "//h1") == ["16 articles"]
    both = page(client, link(chinese, "Japanese 8")[1:])
    assert text_of(both, "//h1") == ["24 articles"]
    assert text_of(both, "//ul[@class='chips']/li") == [
        "Remove: Chinese ×",
        "Remove: Japanese ×",
    ]
    japanese = page(client, link(both, "Remove: Chinese")[1:])
    assert text_of(japanese, "//h1") == ["8 articles"]


def test_filters_of_different_kinds_all_hold(client: FlaskClient) -> None:
    found = page(client, "?q=港湾&lang=zh")
    narrowed = page(client, link(found, "青屏新闻")[1:])
    assert text_of(narrowed, "//h1") == ["8 articles"]


def test_authors_are_counted(client: FlaskClient) -> None:
    found = page(client, "?q=港湾")
    assert "Author" in text_of(found, "//section[@class='facet']/h2")
    narrowed = page(client, link(found, "Lin, Mei 3")[1:])
    assert text_of(narrowed, "//h1") == ["3 articles"]
    assert text_of(narrowed, "//ul[@class='chips']/li") == ["Remove: Lin, Mei ×"]


def test_tags_of_an_article_lead_to_others_that_have_them(client: FlaskClient) -> None:
    article = client.get(f"/articles/{quote('https://news.example/en/0?print=1')}")
    tags = html.document_fromstring(article.text).xpath("//ul[@class='tags']//a/@href")
    assert tags == ["/?tag=harbour"]
    found = page(client, tags[0][1:])
    assert text_of(found, "//h1") == ["32 articles"]
    assert text_of(found, "//ul[@class='chips']/li") == ["Remove: harbour ×"]


def test_every_filter_and_facet_is_on_the_page(client: FlaskClient) -> None:
    query = "&".join(f"{name}={'en' if name == 'lang' else 'x'}" for name in FILTERS_BY_NAME)
    found = page(client, f"?q=ferry&{query}")
    assert len(text_of(found, "//ul[@class='chips']/li")) == len(FILTERS_BY_NAME)
    hidden = {i.get("name") for i in all_of(found, "//input[@type='hidden']")}
    assert hidden == set(FILTERS_BY_NAME)
    for name in FACETS:
        with client.application.test_request_context("/"):
            assert facet_name(name)


def test_the_form_carries_the_filters_along(client: FlaskClient) -> None:
    found = page(client, "?q=x&lang=zh,ja&source=a&sort=newest&from=2026-09&page=1")
    hidden = {(i.get("name"), i.get("value")) for i in all_of(found, "//input[@type='hidden']")}
    assert hidden == {("lang", "zh"), ("lang", "ja"), ("source", "a"), ("sort", "newest")}
    assert all_of(found, "//input[@name='from']")[0].get("value") == "2026-09"


def test_dates_left_empty_in_the_form_are_no_filter(client: FlaskClient) -> None:
    assert text_of(page(client, "?q=ferry&lang=en&from=&to="), "//h1") == ["8 articles"]
