"""The contract of suggestions: what somebody means who has typed the beginning of something."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sanbao.search.article import Article
from sanbao.search.engines import SearchEngine, open_engine, open_writer
from sanbao.search.limits import Limits
from sanbao.search.results import Suggestion
from tests.search.engines.conftest import NewEngine

TITLES = {
    "zh-Hans": (
        "2022微信公开课在广州开讲",
        "微信公开课公布新数据",
        "微信支付登陆海外",
        "重庆银行谈绿色金融",
        "央行下调利率",
    ),
    "zh-Hant": ("重慶銀行公布財報", "臺灣海峽出現強風", "臺灣鐵路延誤"),
    "ja": (
        "東京都知事選が告示",
        "東京タワーの夜",
        "日本銀行が利上げを決定",
        "日本銀行総裁の会見",
        "朝日新聞の社説",
        "ビットコイン急落",
    ),
    "en": (
        "White House plans a rate cut",
        "The White House denies it",
        "White horses in the snow",
        "Whitening the sea",
    ),
}


def _articles() -> list[Article]:
    told = [(language, title) for language, titles in TITLES.items() for title in titles]
    return [
        Article(
            id=f"{number}",
            title=title,
            body="東京 weather 微信",
            language=language,
            published=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number),
        )
        for number, (language, title) in enumerate(told)
    ]


@pytest.fixture(scope="module")
def engine(new_engine: NewEngine) -> SearchEngine:
    articles = _articles()
    return new_engine(articles[:7], articles[7:12], articles[12:])


def phrases(engine: SearchEngine, typed: str, **options: object) -> dict[str, int | None]:
    found = engine.suggest(typed, **options)
    return {each.text: each.articles for each in found if each.kind == "phrase"}


def titles(engine: SearchEngine, typed: str, **options: object) -> list[str]:
    found = engine.suggest(typed, **options)
    assert all(each.articles is None for each in found if each.kind == "title")
    return [each.text for each in found if each.kind == "title"]


@pytest.mark.parametrize(
    ("typed", "phrase", "articles"),
    [
        ("微", "微信", 3),
        ("微信", "微信公开课", 2),
        ("微信公", "微信公开课", 2),
        ("微信公開", "微信公开课", 2),
        ("weixin", "微信", 3),
        ("wei", "微信", 3),
        ("WEIXIN", "微信", 3),
        ("ｗｅｉｘｉｎ", "微信", 3),
        ("wei1xin4", "微信", 3),
        ("wēixìn", "微信", 3),
        ("wei xin", "微信", 3),
        ("wx", "微信", 3),
        ("weixingongkaike", "微信公开课", 2),
        ("weixingong", "微信公开课", 2),
        ("微信gong", "微信公开课", 2),
        ("wxgkk", "微信公开课", 2),
        ("weixin", "微信公开课", 2),
        ("gkk", "公开课", 2),
        ("taiwan", "臺灣", 2),
        ("台", "臺灣", 2),
        ("台湾", "臺灣", None),
        ("東", "東京", 2),
        ("toukyou", "東京", 2),
        ("tokyo", "東京", 2),
        ("tok", "東京", 2),
        ("とうきょう", "東京", 2),
        ("トウキョウ", "東京", 2),
        ("ﾄｳｷｮｳ", "東京", 2),
        ("とうk", "東京", 2),
        ("nihonginkou", "日本銀行", 2),
        ("nippon gin", "日本銀行", 2),
        ("にほんぎんこう", "日本銀行", 2),
        ("日本", "日本銀行", 2),
        ("shimbun", "新聞", 1),
        ("sinbun", "新聞", 1),
        ("びっと", "ビット", 1),
        ("whi", "White", 3),
        ("WHI", "White", 3),
        ("white h", "White House", 2),
        ("White House", "White House", None),
        ("rate c", "rate cut", None),
    ],
)
def test_phrases(engine: SearchEngine, typed: str, phrase: str, articles: int | None) -> None:
    found = phrases(engine, typed)
    assert found.get(phrase) == articles, found


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("2022", "2022微信公开课在广州开讲"),
        ("２０２２微信公開課", "2022微信公开课在广州开讲"),
        ("重庆银行公布财报", "重慶銀行公布財報"),
        ("「東京都知事", "東京都知事選が告示"),
        ("toukyoutochiji", "東京都知事選が告示"),
        ("chongqingyinhang", "重慶銀行公布財報"),
        ("the white", "The White House denies it"),
        ("WHITEN", "Whitening the sea"),
        ("yanghangxiatiaolilv", "央行下调利率"),
        ("White House plans a rate", "White House plans a rate cut"),
    ],
)
def test_titles(engine: SearchEngine, typed: str, title: str) -> None:
    assert title in titles(engine, typed)


def test_titles_that_begin_so_come_first_newest_first(engine: SearchEngine) -> None:
    found = titles(engine, "white h", limit=20)
    assert found == [
        "White horses in the snow",
        "White House plans a rate cut",
        "The White House denies it",
    ]


def test_a_phrase_stands_in_the_writing_that_was_typed_if_that_occurs(engine: SearchEngine) -> None:
    assert "重慶銀行" in phrases(engine, "重慶銀")
    assert "重庆银行" in phrases(engine, "重庆银")


def test_languages_narrow_titles_and_counts(engine: SearchEngine) -> None:
    assert phrases(engine, "chongq", languages=("zh-Hant",)) == {"重慶": 1}
    assert phrases(engine, "chongq", languages=("zh-Hans",)) == {"重庆": 1}
    assert set(phrases(engine, "chongq", languages=("zh",)).values()) == {2}
    assert engine.suggest("chongqing", languages=("ja", "en")) == ()
    assert titles(engine, "東", languages=("ja",)) == ["東京タワーの夜", "東京都知事選が告示"]


@pytest.mark.parametrize("limit", [1, 2, 3, 8])
def test_the_limit_holds_and_phrases_leave_room_for_titles(
    engine: SearchEngine, limit: int
) -> None:
    found = engine.suggest("w", limit=limit)
    assert len(found) <= limit
    kinds = [each.kind for each in found]
    assert kinds == sorted(kinds)
    assert limit == 1 or "title" in kinds


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "?",
        "\x00",
        "\ud800",
        "*",
        '"',
        "()",
        "-",
        "title:",
        "\u200b",
        "zzzzzz",
        "a" * 5000,
        "東" * 101,
        "\U0001f600",
        "\u0301",
        "ー",
        "々",
        "的",
        "the",
        "'",
        "wei1xin4" * 20,
        "ン" * 99,
    ],
)
def test_nothing_that_can_be_typed_fails(engine: SearchEngine, typed: str) -> None:
    assert all(isinstance(each, Suggestion) for each in engine.suggest(typed))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text("微信公開东東京とうきょトゥーwWeｗ1ēn '-\"「*:\u3000\u0301\U00020000", max_size=12))
def test_any_text_has_distinct_suggestions_with_articles(engine: SearchEngine, typed: str) -> None:
    found = engine.suggest(typed)
    assert len(set(found)) == len(found) <= 8
    for each in found:
        assert each.text.strip()
        assert each.kind == "title" or each.articles


def test_deleted_and_changed_articles_are_not_suggested(location: str) -> None:
    with open_writer(location) as writer:
        writer.add(Article(id="1", title="微信公开课", body="x", language="zh-Hans"))
        writer.add(Article(id="2", title="微信支付", body="x", language="zh-Hans"))
        writer.commit()
        writer.delete("1")
        writer.add(Article(id="2", title="微博热搜", body="x", language="zh-Hans"))
        writer.commit()
    engine = open_engine(location)
    assert engine.suggest("weixin") == engine.suggest("微信") == ()
    assert titles(engine, "weibo") == ["微博热搜"]


def test_one_deleted_article_of_many_is_not_suggested(location: str) -> None:
    with open_writer(location) as writer:
        for number in range(40):
            title = "微信公开课" if number == 7 else f"央行 {number}"
            writer.add(Article(id=f"{number}", title=title, body="x", language="zh-Hans"))
        writer.commit()
        writer.delete("7")
    engine = open_engine(location)
    for languages in ((), ("zh",)):
        assert engine.suggest("weixin", languages=languages) == ()
        assert engine.suggest("微", languages=languages) == ()


def test_an_empty_index_suggests_nothing(new_engine: NewEngine) -> None:
    assert new_engine().suggest("微") == ()


def test_when_time_is_up_there_is_what_was_found_by_then(location: str) -> None:
    with open_writer(location) as writer:
        writer.add(Article(id="1", title="微信公开课", body="x", language="zh-Hans"))
    hurried = open_engine(location, limits=Limits(seconds=1e-9))
    assert hurried.suggest("微信") == ()
