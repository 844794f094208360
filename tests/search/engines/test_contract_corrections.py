"""The contract of corrections: what somebody may have meant whose query has a misspelled word."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sanbao.search.article import Article
from sanbao.search.engines import SearchEngine, open_engine, open_writer
from sanbao.search.errors import InvalidRequest
from sanbao.search.limits import Limits
from sanbao.search.request import SearchRequest
from tests.search.engines.conftest import NewEngine

TEXTS = {
    "zh-Hans": ("微信公开课开讲", "公民的权利宣言", "经济发展报告", "人民银行下调利率"),
    "zh-Hant": ("經濟成長放緩", "臺灣鐵路延誤"),
    "ja": (
        "株式会社の決算",
        "日本銀行が利上げ",
        "東京都知事選",
        "ビットコイン急落",
        "新聞の社説",
        "コンピュータ更新",
        "コンピューティングの夜",
    ),
    "en": (
        *("The government expects the economy to grow", "Electronic voting"),
        *("A receipt", "Receipt of a 微信 economy"),
        "Sentience of machines",
    ),
}
COPIES = 10


@pytest.fixture(scope="module")
def engine(new_engine: NewEngine) -> SearchEngine:
    told = [(language, text) for language, texts in TEXTS.items() for text in texts]
    articles = [
        Article(id=f"{number}-{copy}", title=text, body=text, language=language)
        for number, (language, text) in enumerate(told)
        for copy in range(COPIES)
    ]
    rare = Article(id="rare", title="权力与电讯", body="goverment once", language="zh-Hans")
    return new_engine(articles[::2], [*articles[1::2], rare])


def correction(engine: SearchEngine, text: str, **options: object) -> str | None:
    page = engine.search(SearchRequest(text=text, **options))
    assert page.to_dict()["suggestion"] == page.suggestion
    return page.suggestion


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("econmy", "economy"),
        ("ecomony", "economy"),
        ("economyy", "economy"),
        ("ECONMY", "economy"),
        ("ｅｃｏｎｍｙ", "economy"),
        ("eletronci voting", "electronic voting"),
        ("reciept", "receipt"),
        ("权力宣言", "权利宣言"),
        ("權力宣言", "權利宣言"),
        ("经剂发展", "经济发展"),
        ("經劑發展", "經濟發展"),
        ("人民银航", "人民银行"),
        ("臺灣鐵錄", "臺灣鐵路"),
        ("株式会者", "株式会社"),
        ("株式會者", "株式會社"),
        ("東京都地事", "東京都知事"),
        ("経剤成長", "経済成長"),
        ("ビットコエン", "ビットコイン"),
        ("ビトコイン", "ビットコイン"),
        ("ビットイコン", "ビットコイン"),
        ("ﾋﾞｯﾄｺｴﾝ", "ビットコイン"),
        ("コンピュタ", "コンピュータ"),
        ("weixin", "微信"),
        ("WeiXin", "微信"),
        ("wei1xin4", None),
        ("nihon ginkou", "日本銀行"),
        ("nihonginko", "日本銀行"),
        ("toukyou", "東京"),
        ("shimbun", "新聞"),
        ("gongkaike", "公开课"),
    ],
)
def test_what_was_meant(engine: SearchEngine, typed: str, meant: str | None) -> None:
    assert correction(engine, typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ('"econmy to grow"', '"economy to grow"'),
        ("title:econmy lang:en", "title:economy lang:en"),
        ("econmy -receipt", "economy -receipt"),
        ("(econmy OR voting) AND grow", "(economy OR voting) AND grow"),
        ("  econmy　grow ", "  economy　grow "),
        ("「经剂发展」 source:x OR 微信", "「经济发展」 source:x OR 微信"),
        ("“econmy to grow”", "“economy to grow”"),
        ("微信 econmy", "微信 economy"),
        ("微信econmy", "微信economy"),
        ("econmy reciept", "economy receipt"),
        ('econmy -"reciept of" NOT votign', 'economy -"reciept of" NOT votign'),
        ('"econmy grow"~sentence', '"economy grow"~sentence'),
    ],
)
def test_the_rest_of_the_query_stays(engine: SearchEngine, typed: str, meant: str) -> None:
    assert correction(engine, typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        *("economy", "economies", "微信", "权利宣言", "日本銀行", "ビットコイン", "新聞", "*"),
        *('voting -"econmy grow"', "voting NOT econmy", "voting -(econmy reciept)"),
        *('"to grow"~sentence', "「government」～ｓｅｎｔｅｎｃｅ"),
        *("econmy*", "-econmy voting", "source:econmy voting", "author:econmy 微信", "lang:en"),
        *("xyzzyqqq", "龘龘", "会", "econ", "12345", "econmy1", "will.i.am"),
        "econmy reciept eletronic votign",
    ],
)
def test_what_is_left_as_it_is(engine: SearchEngine, typed: str) -> None:
    assert correction(engine, typed) is None


def test_every_article_of_a_title_is_found_without_a_correction(engine: SearchEngine) -> None:
    for texts in TEXTS.values():
        assert [correction(engine, text) for text in texts] == [None] * len(texts)


def test_a_correction_finds_something_with_the_filters_of_the_request(
    engine: SearchEngine,
) -> None:
    assert correction(engine, "econmy", filters={"lang": ("en",)}) == "economy"
    assert correction(engine, "econmy", filters={"lang": ("ja",)}) is None


def test_only_the_first_page_has_a_correction(engine: SearchEngine) -> None:
    assert correction(engine, "econmy", offset=10) is None
    assert correction(engine, "econmy", limit=0) is None


def test_a_rare_word_is_not_corrected(engine: SearchEngine) -> None:
    assert correction(engine, "goverment") is None


def test_no_correction_is_made_when_time_is_up(location: str) -> None:
    with open_writer(location) as writer:
        for number in range(5):
            writer.add(Article(id=f"{number}", title="economy", body="x", language="en"))
    assert correction(open_engine(location), "econmy") == "economy"
    hurried = open_engine(location, limits=Limits(seconds=1e-9))
    assert correction(hurried, "econmy") is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text('econmyweixin権权力宣言ビットコエン会者 "「」()-:*~|Ｅ1\u3099\u0301', max_size=14))
def test_any_query_has_an_answer_and_a_correction_has_another(
    engine: SearchEngine, typed: str
) -> None:
    if not typed.strip():
        return
    try:
        page = engine.search(SearchRequest(text=typed))
    except InvalidRequest:
        return
    if page.suggestion is not None:
        assert page.suggestion != typed
        assert engine.search(SearchRequest(text=page.suggestion)).total
