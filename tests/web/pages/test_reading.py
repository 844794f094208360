from __future__ import annotations

from urllib.parse import quote

from flask.testing import FlaskClient

from tests.web.pages.browsing import all_of, link, page, text_of


def test_reading_an_article(client: FlaskClient) -> None:
    reading = page(client, "articles/" + quote("https://news.example/en/0?print=1"))
    assert text_of(reading, "//h1") == ["New ferry in service 0"]
    assert text_of(reading, "//div[@class='text']/p") == (
        ["The ferry & <its> crew left.", "The mayor came."]
    )
    assert all_of(reading, "//main/article")[0].get("lang") == "en"
    assert "September 1, 2026 04:05 UTC" in reading.text_content()
    by_author = page(client, link(reading, "Lin, Mei")[1:])
    assert text_of(by_author, "//h1") == ["4 articles"]


def test_results_link_to_the_reading_page_of_any_id(client: FlaskClient) -> None:
    found = page(client, "?q=words article title")
    reading = page(client, link(found, "Words of an article")[1:])
    assert text_of(reading, "//h1") == ["Words of an article that has no title"]
