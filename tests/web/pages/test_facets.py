from __future__ import annotations

from flask.testing import FlaskClient

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


def test_the_form_carries_the_filters_along(client: FlaskClient) -> None:
    found = page(client, "?q=x&lang=zh,ja&source=a&sort=newest&from=2026-09&page=1")
    hidden = {(i.get("name"), i.get("value")) for i in all_of(found, "//input[@type='hidden']")}
    assert hidden == {("lang", "zh"), ("lang", "ja"), ("source", "a"), ("sort", "newest")}
    assert all_of(found, "//input[@name='from']")[0].get("value") == "2026-09"


def test_dates_left_empty_in_the_form_are_no_filter(client: FlaskClient) -> None:
    assert text_of(page(client, "?q=ferry&lang=en&from=&to="), "//h1") == ["8 articles"]
