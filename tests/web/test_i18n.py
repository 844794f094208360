from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask.testing import FlaskClient

from sanbao import web
from sanbao.search.results import WARNINGS
from sanbao.web.i18n import LOCALES, negotiate

PACKAGE = Path(web.__file__).parent
TRANSLATED = [locale for locale in LOCALES if locale != "en"]


def messages_in_use() -> set[str]:
    methods = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
    found = extract_from_dir(PACKAGE, methods, {"templates/**.html": {"silent": "false"}})
    in_web = {message if isinstance(message, str) else message[0] for _, _, message, _, _ in found}
    return in_web | set(WARNINGS)


def catalogue(locale: str) -> Catalog:
    with (PACKAGE / "translations" / locale / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=locale.replace("-", "_"))


@pytest.mark.parametrize("locale", TRANSLATED)
def test_every_message_is_translated_and_no_other(locale: str) -> None:
    translated = {m.id if isinstance(m.id, str) else m.id[0] for m in catalogue(locale) if m.id}
    assert len(translated) > 40
    assert translated == messages_in_use()


@pytest.mark.parametrize("locale", TRANSLATED)
def test_translations_are_whole_and_keep_their_placeholders(locale: str) -> None:
    for message in catalogue(locale):
        if message.id:
            assert message.string
            assert all(message.string), message.id
            assert not message.fuzzy
            assert list(message.check()) == []


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        ("zh-TW,zh;q=0.9,en;q=0.8", "zh-Hant"),
        ("zh-HK", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"),
        ("zh-CN,zh;q=0.9", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("zh-SG", "zh-Hans"),
        ("ja-JP,ja;q=0.9,en-US;q=0.8", "ja"),
        ("en-GB", "en"),
        ("fr-FR, ja;q=0.5, en;q=0.4", "ja"),
        ("en;q=0.2, zh-TW;q=0.7", "zh-Hant"),
        ("fr", "en"),
        ("*", "en"),
        ("", "en"),
        ("x_@;;q=-", "en"),
    ],
)
def test_the_reader_gets_the_best_of_the_accepted_languages(
    client: FlaskClient, header: str, locale: str
) -> None:
    response = client.get("/", headers={"Accept-Language": header})
    assert f'<html lang="{locale}">' in response.text
    assert {"Accept-Language", "Cookie"} <= set(response.vary)


def test_unknown_tags_are_passed_over() -> None:
    assert negotiate(["tlh", "not a tag", "", "ja"]) == "ja"


def test_the_switch_is_remembered(client: FlaskClient) -> None:
    switched = client.get("/?ui=ja", headers={"Accept-Language": "en"})
    assert '<html lang="ja">' in switched.text
    assert "SameSite=Lax" in switched.headers["Set-Cookie"]
    later = client.get("/docs", headers={"Accept-Language": "en"})
    assert '<html lang="ja">' in later.text


def test_a_switch_to_nowhere_is_not_remembered(client: FlaskClient) -> None:
    assert "Set-Cookie" not in client.get("/?ui=fr").headers


def test_the_switch_keeps_the_search(client: FlaskClient) -> None:
    text = client.get("/?q=a%26b&lang=zh&lang=ja&ui=en").text
    assert 'href="/?q=a%26b&amp;lang=zh&amp;lang=ja&amp;ui=zh-Hant"' in text


@pytest.mark.parametrize(
    ("locale", "count", "day", "language"),
    [
        ("zh-Hans", "8 篇报道", "2026年9月8日", "日语"),
        ("zh-Hant", "8 篇報導", "2026年9月8日", "日文"),
        ("ja", "8件の記事", "2026年9月8日", "日本語"),
        ("en", "8 articles", "September 8, 2026", "Japanese"),
    ],
)
def test_counts_dates_and_languages_are_localized(
    client: FlaskClient, locale: str, count: str, day: str, language: str
) -> None:
    text = client.get(f"/?q=フェリー&lang=ja&ui={locale}").text
    assert all(part in text for part in (count, day, language))


def test_a_single_article_is_singular(client: FlaskClient) -> None:
    assert "<h1>1 article</h1>" in client.get("/?q=rate+cut").text
