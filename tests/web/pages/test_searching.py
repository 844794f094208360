from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from sanbao.search.article import Article
from sanbao.search.engines import open_engine, open_writer
from sanbao.web.app import create_app
from tests.web.pages.browsing import all_of, link, page, text_of


def test_home_has_the_newest_articles_examples_and_figures(client: FlaskClient) -> None:
    home = page(client)
    days = [t.get("datetime")[:10] for t in all_of(home, "//ol[@class='hits']//time")]
    assert days == sorted(days, reverse=True)
    assert days[0] == "2026-09-08"
    assert text_of(home, "//p[@class='examples']/a") == ["rate cut"]
    assert "35" in text_of(home, "//section[@class='figures']//dd")


def test_an_example_finds_something(client: FlaskClient) -> None:
    found = page(client, link(page(client), "rate cut")[1:])
    assert text_of(found, "//h1") == ["1 article"]


def test_an_empty_index_says_how_to_fill_it(tmp_path: Path) -> None:
    with open_writer(tmp_path / "index"):
        pass
    engine = open_engine(tmp_path / "index")
    home = page(create_app(engine).test_client())
    engine.close()
    assert "sanbao index" in home.text_content()


def test_results_mark_matches_and_name_the_language(client: FlaskClient) -> None:
    found = page(client, "?q=渡轮&lang=zh-Hans")
    assert text_of(found, "//h1") == ["8 articles"]
    assert set(text_of(found, "//article//h2//mark")) == {"渡轮"}
    assert {a.get("lang") for a in all_of(found, "//ol[@class='hits']//article")} == {"zh-Hans"}


def test_scores_are_explained_when_the_address_asks_for_it(client: FlaskClient) -> None:
    assert not all_of(page(client, "?q=渡轮"), "//details[@class='explanation']")
    found = page(client, "?q=渡轮&explain=true&sort=relevance&lang=zh-Hans")
    details = all_of(found, "//ol[@class='hits']//details[@class='explanation']")
    assert len(details) == 8
    points = [float(cell) for cell in text_of(details[0], ".//tbody/tr/td[1]")]
    assert len(points) >= 4
    score = float(text_of(details[0], "summary")[0].removeprefix("Score "))
    assert sum(points) == pytest.approx(score, abs=0.01)
    assert "Newness published:2026-09-08" in text_of(details[0], ".//tbody/tr/th")


@pytest.mark.parametrize(
    ("ui", "summary", "newness"),
    [
        ("en", "Score", "Newness"),
        ("ja", "スコア", "新しさ"),
        ("zh-Hans", "得分", "新近程度"),
        ("zh-Hant", "得分", "新近程度"),
    ],
)
def test_explanations_are_in_the_readers_language(
    client: FlaskClient, ui: str, summary: str, newness: str
) -> None:
    details = all_of(page(client, f"?q=渡轮&explain=true&ui={ui}"), "//details[@lang]")[0]
    assert details.get("lang") == ui
    assert text_of(details, "summary")[0].startswith(summary)
    assert any(row.startswith(newness) for row in text_of(details, ".//tbody/tr/th"))


def test_long_pagers_have_gaps(client: FlaskClient) -> None:
    found = page(client, "?lang=zh,ja,en&limit=1&page=16")
    assert text_of(found, "//nav[@class='pager']/ol/li") == (
        ["1", "…", "14", "15", "16", "17", "18", "…", "32"]
    )


def test_a_page_past_the_end_leads_back(client: FlaskClient) -> None:
    past = page(client, "?lang=en&page=7")
    assert "There is no page 7" in past.text_content()
    last = page(client, link(past, "Go to the last page")[1:])
    assert len(all_of(last, "//article")) == 8


def test_nothing_found_gives_advice(client: FlaskClient) -> None:
    found = page(client, "?q=zebra&lang=en")
    assert text_of(found, "//h1") == ["0 articles"]
    assert "Nothing was found" in found.text_content()
    assert "Remove a filter" in found.text_content()


def test_order_can_be_changed(client: FlaskClient) -> None:
    oldest = page(client, link(page(client, "?q=ferry&lang=en"), "Oldest first")[1:])
    assert text_of(oldest, "//article//time")[0] == "September 1, 2026"


def test_the_timeline_describes_itself(client: FlaskClient) -> None:
    drawn = all_of(page(client, "?q=ferry&lang=en"), "//*[@role='img']")[0]
    assert drawn.get("aria-label") == "Articles over time: most on September 1, 2026 (1)"
    assert len(all_of(drawn, ".//*[local-name()='rect']")) == 8


def test_a_timeline_over_centuries_is_a_small_page(tmp_path: Path) -> None:
    first = datetime(1000, 1, 1, tzinfo=UTC)
    with open_writer(tmp_path / "index") as writer:
        for number in range(600):
            day = first + timedelta(days=600 * number)
            writer.add(Article(id=str(number), title="x", published=day))
    engine = open_engine(tmp_path / "index")
    client = create_app(engine).test_client()
    drawn = page(client, "?q=*&timeline=day")
    assert len(all_of(drawn, "//*[local-name()='rect']")) <= 500
    assert "counts by decade" in text_of(drawn, "//main")[0]
    assert "按十年统计" in text_of(page(client, "?q=*&timeline=day&ui=zh-Hans"), "//main")[0]
    engine.close()


@pytest.mark.parametrize(
    ("query", "advice"),
    [
        ("?q=" + "a" * 1025, "too long"),
        ("?q=a&from=2026-02&to=2026-01", "“To” is not a date"),
        ("?q=a&lang=fr", "no such language"),
        ("?q=a&page=2000", "first 10,000"),
        ("?q=a&page=0", "“page” must be a whole number"),
        ("?q=a&page=abc", "“page” must be a whole number"),
        ("?q=a&page=1&page=2", "“page” must be a whole number"),
        ("?q=a&ui=fr", "“ui”"),
    ],
)
def test_a_search_that_cannot_be_done_says_why(
    client: FlaskClient, query: str, advice: str
) -> None:
    refused = page(client, query, 422)
    assert advice in refused.text_content()
    asked = parse_qs(urlsplit(query).query)
    assert all_of(refused, "//input[@id='q']")[0].get("value") == asked["q"][0]
    assert not all_of(refused, "//article")


@pytest.mark.parametrize(
    ("query", "warning"),
    [
        ("?q=。", "no letter or digit"),
        ("?q=" + "(" * 33 + "a" + ")" * 33, "Brackets stand too deep"),
        ("?q=a*", "A * needs more letters"),
        ("?q=" + "a+" * 300, "too many words"),
    ],
)
def test_what_was_passed_over_is_told(client: FlaskClient, query: str, warning: str) -> None:
    shown = page(client, query)
    assert warning in all_of(shown, "//div[@class='warnings']")[0].text_content()


def test_a_refused_date_can_be_mended_in_place(client: FlaskClient) -> None:
    refused = page(client, "?q=a&from=2025&to=tomorrow", 422)
    values = {i.get("name"): i.get("value") for i in all_of(refused, "//input")}
    assert values == {"q": "a", "from": "2025", "to": "tomorrow"}


@pytest.mark.parametrize(
    "added",
    [
        "utm_source=mail&utm_medium=x&fbclid=abc",
        "from=singlemessage&isappinstalled=0",
        "colour=red&offset=10",
        "%00=%1b&[]=1&=",
    ],
)
def test_what_others_add_to_a_link_is_ignored(client: FlaskClient, added: str) -> None:
    for query in ("?q=ferry&lang=en", "?source=Harbour+Ledger", "?q=ferry&from=2026&to=2027"):
        shown, plain = page(client, f"{query}&{added}"), page(client, query)
        assert text_of(shown, "//h1") == text_of(plain, "//h1")
        assert text_of(shown, "//article//h2") == text_of(plain, "//article//h2")
        links = [a.get("href") for a in all_of(shown, "//a")]
        assert [a.get("href") for a in all_of(plain, "//a")] == links
    assert text_of(page(client, f"?{added}"), "//article//h2")
    article = client.get(f"/articles/rates?{added}")
    assert article.status_code == 200


def test_a_start_that_is_no_date_is_ignored_and_told(client: FlaskClient) -> None:
    shown = page(client, "?q=ferry&lang=en&from=yesterday")
    assert text_of(shown, "//h1") == ["8 articles"]
    assert "“From” is not a date" in all_of(shown, "//div[@class='warnings']")[0].text_content()
    assert not all_of(page(client, "?q=ferry&lang=en&from="), "//div[@class='warnings']")


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("en", "“page” must be a whole number from 1 on"),
        ("ja", "「page」には1以上の整数"),
        ("zh-Hans", "“page”必须是从 1 开始的整数"),
        ("zh-Hant", "「page」必須是從 1 開始的整數"),
    ],
)
def test_a_page_that_is_no_number_is_told_in_each_language(
    client: FlaskClient, locale: str, said: str
) -> None:
    refused = page(client, f"?q=a&page=abc&ui={locale}", 422)
    assert text_of(refused, "//main//ul/li")[0].startswith(said)


@pytest.mark.parametrize(
    ("locale", "count", "note"),
    [
        ("en", "At least 8 articles", "Too many words fit one with a * or ~"),
        ("zh-Hans", "至少 8 篇报道", "只搜索了其中最常见的"),
        ("zh-Hant", "至少 8 篇報導", "只搜尋了其中最常見的"),
        ("ja", "8件以上の記事", "よく使われる語だけを検索しました"),
    ],
)
def test_a_page_that_was_cut_short_says_so(
    limited: FlaskClient, locale: str, count: str, note: str
) -> None:
    text = limited.get(f"/?q=th*&ui={locale}").text
    assert f"<h1>{count}</h1>" in text
    assert note in text
    assert 'role="status"' in text
    assert '<div class="warnings" role="status"' not in limited.get("/?q=ferry").text


def test_a_search_stopped_before_anything_was_found_does_not_say_that_nothing_is_there(
    hurried: FlaskClient,
) -> None:
    text = hurried.get("/?q=ferry+OR+渡轮&source=Harbour+Ledger").text
    assert "took too long and was stopped" in text
    assert "Nothing was found" not in text
    assert "At least 0 articles" in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "A ferry. {whole}The mayor came. {whole}",
            "A ferry. {} … The mayor came. {}",
        ),
        (
            "A ferry. {cut}. The mayor came. {cut}.",
            "A ferry. {}… The mayor came. {}…",
        ),
        ("A ferry. {whole}{cut} mayor {cut}.", "A ferry. {} …{} mayor {}…"),
    ],
)
def test_one_sign_stands_between_two_extracts(tmp_path: Path, text: str, shown: str) -> None:
    whole, cut = "other things happen. " * 12, "and other things happen " * 9
    with open_writer(tmp_path) as writer:
        body = text.format(whole=whole, cut=cut)
        writer.add(Article(id="1", title="x", body=body))
    tree = page(create_app(open_engine(tmp_path)).test_client(), "?q=ferry+mayor")
    (snippet,) = text_of(tree, "//*[@class='snippet']")
    pattern = re.escape(shown).replace(re.escape("{}"), "[a-z. ]+")
    assert re.fullmatch(pattern, snippet), snippet
