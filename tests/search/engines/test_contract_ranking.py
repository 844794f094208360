"""What comes first: the right title, the query's own language, quantities in any writing."""

from __future__ import annotations

from typing import Any

import pytest

from sanbao.search.article import Article
from sanbao.search.engines import SearchEngine
from sanbao.search.request import SearchRequest
from sanbao.search.results import NOT_QUOTED
from tests.search.engines.conftest import NewEngine


def article(id_: str, title: str, body: str = "", language: str = "en", **more: Any) -> Article:
    return Article(id=id_, title=title, body=body, language=language, **more)


CORPUS = [
    article("short", "Ferry", "It sails again. " * 30),
    article("often", "Ferry timetable", "The ferry, the ferry and once more the ferry."),
    article("sold", "Chip maker", "It was sold for 450 million dollars in 1979."),
    article("售", "芯片公司", "以4.5亿美元售出。", "zh-Hans"),
    article("売", "半導体会社", "昭和54年に4億5000万ドルで売却された。", "ja"),
    article("経", "経済の会議", "経済について話し合った。", "ja"),
    article("经", "经济会议", "讨论了经济问题。", "zh-Hans"),
    article("經", "經濟會議", "討論了經濟問題。", "zh-Hant"),
    article(
        "mayor", "Mayor calls plan a mistake", "The mayor of Kumamoto said the plan was wrong."
    ),
    *(article(f"other{n}", "Weather", "Rain and wind. Mistake.") for n in range(20)),
]


@pytest.fixture(scope="module")
def engine(new_engine: NewEngine) -> SearchEngine:
    return new_engine(CORPUS[:4], CORPUS[4:])


def ranked(engine: SearchEngine, text: str, **request: Any) -> list[str]:
    return [hit.article.id for hit in engine.search(SearchRequest(text=text, **request)).hits]


@pytest.mark.parametrize("text", ["Ferry", "ＦＥＲＲＹ!", "“ferry”"])
def test_who_types_a_title_gets_that_article_first(engine: SearchEngine, text: str) -> None:
    assert ranked(engine, text)[:2] == ["short", "often"]


def test_a_word_in_the_title_counts_more(engine: SearchEngine) -> None:
    assert ranked(engine, "kumamoto plan")[0] == "mayor"


@pytest.mark.parametrize(("text", "first"), [("経済", "経"), ("经济", "经"), ("經濟", "經")])
def test_the_own_writing_comes_first_and_the_others_after(
    engine: SearchEngine, text: str, first: str
) -> None:
    found = ranked(engine, text)
    assert found[0] == first
    assert set(found) == {"経", "经", "經"}


@pytest.mark.parametrize("text", ["450 million", "4.5亿", "4億5000万", "450,000,000", "4.5億"])
def test_a_quantity_is_found_in_every_writing(engine: SearchEngine, text: str) -> None:
    assert set(ranked(engine, text)) == {"sold", "售", "売"}


def test_a_year_of_an_era_is_found_by_its_number(engine: SearchEngine) -> None:
    assert set(ranked(engine, "1979年")) == {"sold", "売"}


def test_any_word_will_do_if_it_is_rare_enough(engine: SearchEngine) -> None:
    assert ranked(engine, "Kumamoto typhoon") == ["mayor"]
    assert "other1" not in ranked(engine, "Kumamoto mistake")


HEADLINE = "Mayor (Kumamoto) calls “plan a big mistake”"


def test_a_headline_is_found_though_nothing_says_what_it_quotes(engine: SearchEngine) -> None:
    page = engine.search(SearchRequest(text=HEADLINE))
    assert page.hits[0].article.id == "mayor"
    assert page.warnings == (NOT_QUOTED,)
    assert engine.search(SearchRequest(text="“plan a big mistake”")).total == 0


def test_filters_do_not_decide_whether_a_quotation_is_anywhere(engine: SearchEngine) -> None:
    text = "会议 “经济问题”"
    assert ranked(engine, text) == ["经", "經"]
    assert ranked(engine, text, filters={"lang": ("ja",)}) == []


def test_words_in_brackets_are_words_of_the_sentence(engine: SearchEngine) -> None:
    assert ranked(engine, "mayor (typhoon) plan") == ranked(engine, "mayor typhoon plan")
