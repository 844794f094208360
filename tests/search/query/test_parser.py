"""The query language: what each form of text becomes."""

from __future__ import annotations

import pytest

from sanbao.search.query.tree import (
    And,
    Phrase,
    Text,
)
from sanbao.search.query.understanding import parse_query
from tests.search.query.shapes import shape


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # words
        ("economy", "[economy]"),
        ("economic growth", "[economic growth]"),
        ("ＷｅＣｈａｔ　Ｐａｙ", "[wechat pay]"),
        ("經濟", "[经济]"),
        ("微信 pay", "[微信 pay]"),
        ("covid-19", "[covid 19]"),
        ("economy economy", "[economy]"),
        ("the economy", "[economy]"),
        ("課", "[课]"),
        # phrases, in quotation marks of every kind
        ('"rate cut"', '"rate cut"'),
        ("“rate cut”", '"rate cut"'),
        ("＂rate cut＂", '"rate cut"'),
        ("「微信公开课」", '"微信公开课"'),
        ("『微信』", '"微信"'),
        ('“rate cut"', '"rate cut"'),
        ('"rate cut”', '"rate cut"'),
        ('"the"', '"the"'),
        ('" rate cut. "', '"rate cut"'),
        ('"he said “rate cut” today" bank', 'and("he said “rate cut” today", [bank])'),
        ('"経「済" "国」"', 'and("经「济", "国")'),
        ("「経「済」 国", 'and("经「济", [国])'),
        ("「彼は「はい」と言った」", '"彼は「はい」と言った"'),
        ("“he said “rate” today”", '"he said “rate” today"'),
        ('"rate “cut" bank”', 'and("rate “cut", [bank])'),
        ('"rate “cut" bank', 'and("rate “cut", [bank])'),
        ('“rate" and “cut” bank', 'and("rate", "cut", [bank])'),
        ("｢微信｣", '"微信"'),
        ('a"rate cut"b', 'and("rate cut", [b])'),
        ('"rate" "cut"', 'and("rate", "cut")'),
        # quotation marks that nothing closes, or that hold nothing
        ('"rate cut', "[rate cut]"),
        ("「微信", "[微信]"),
        ("微信」", "[微信]"),
        ('economy "', "[economy]"),
        ('economy ""', "[economy]"),
        ('economy "…"', "[economy]"),
        # without
        ("economy -china", "and(not([china]), [economy])"),
        ("economy －china", "and(not([china]), [economy])"),
        ("economy −china", "and(not([china]), [economy])"),
        ("-china economy", "and(not([china]), [economy])"),
        ("-china", "and(*, not([china]))"),
        ("NOT china", "and(*, not([china]))"),
        ("economy NOT china", "and(not([china]), [economy])"),
        ('economy -"rate cut"', 'and(not("rate cut"), [economy])'),
        ("economy -「利率」", 'and(not("利率"), [economy])'),
        ("economy -(china OR japan)", "and(not(or([china], [japan])), [economy])"),
        ("economy -source:xinhua", "and(not(source=xinhua), [economy])"),
        ("NOT NOT china", "[china]"),
        ("NOT NOT NOT china", "and(*, not([china]))"),
        ("NOT -china", "[china]"),
        ("-china -japan", "and(*, not([china]), not([japan]))"),
        ("economy - china", "[economy china]"),
        ("economy -", "[economy]"),
        ("--verbose", "[verbose]"),
        ("economy -w1.w2.w3.w4", "and(not(![w1 w2 w3 w4]), [economy])"),
        # and, or, brackets
        ("china OR japan", "or([china], [japan])"),
        ("china japan OR korea", "or([china japan], [korea])"),
        ("a1 OR b1 OR c1", "or([a1], [b1], [c1])"),
        ("china AND japan", "and([china], [japan])"),
        ("china AND japan AND korea", "and([china], [japan], [korea])"),
        ("w1 w2 w3 w4 AND japan", "and(![w1 w2 w3 w4], [japan])"),
        ("(china OR japan) economy", "and(or([china], [japan]), [economy])"),
        ("（ｃｈｉｎａ　ＯＲ　ｊａｐａｎ）　ｂａｎｋ", "and(or([china], [japan]), [bank])"),
        ("（china OR japan） economy", "and(or([china], [japan]), [economy])"),
        ("economy (china japan) growth", "[economy china japan growth]"),
        ("(economy)", "[economy]"),
        ("((economy))", "[economy]"),
        ("china and japan", "[china japan]"),
        ("china or japan", "[china japan]"),
        # operators and brackets in odd places
        ("OR china", "[china]"),
        ("china OR", "[china]"),
        ("china OR OR japan", "or([china], [japan])"),
        ("AND china", "[china]"),
        ("china AND", "[china]"),
        ("china AND AND japan", "and([china], [japan])"),
        ("china AND OR japan", "or([china], [japan])"),
        ("china NOT", "[china]"),
        ("china NOT OR japan", "or([china], [japan])"),
        ("china NOT AND japan", "and([china], [japan])"),
        ("(china", "[china]"),
        ("china)", "[china]"),
        (")china(", "[china]"),
        ("()", "nothing"),
        ("() china", "[china]"),
        ("china ) japan", "and([china], [japan])"),
        ("((china) japan", "[china japan]"),
        # fields
        ("title:economy", "title:[economy]"),
        ("title：economy", "title:[economy]"),
        ("ｔｉｔｌｅ：ｅｃｏｎｏｍｙ", "title:[economy]"),
        ("ｄａｔｅ：２０２２－０１．．", "date=2022-01-01.."),
        ("TITLE:economy", "title:[economy]"),
        ('title:"rate cut"', 'title:"rate cut"'),
        ("title:(economy)", "title:[economy]"),
        ("title：（rate cut）", "title:[rate cut]"),
        ("title:(rate OR 「cut rate」)", 'or(title:[rate], title:"cut rate")'),
        ("title:(rate -cut) bank", "and(and(not(title:[cut]), title:[rate]), [bank])"),
        ("title:(rate (cut)) bank", "and(title:[rate cut], [bank])"),
        ("title:(econ* lang:ja bank~0", 'and(title:"econ*", title:[bank], language=ja)'),
        ("title:()", "[title]"),
        ("title:…", "[title]"),
        ("OR", "[or]"),
        ("NOT (AND)", "[not and]"),
        ("-title:(rate OR cut)", "and(*, not(or(title:[rate], title:[cut])))"),
        ("title:w1.w2.w3.w4 pay", "and(title:![w1 w2 w3 w4], [pay])"),
        ("title:econ*", 'title:"econ*"'),
        ("source:xinhua", "source=xinhua"),
        ("source:新華社", "source=新华社"),
        ('source:"South China Post" rates', "and([rates], source=south china post)"),
        ("source:「South China Post」", "source=south china post"),
        ("category:财经", "category=财经"),
        ("author:36Kr", "author=36kr"),
        ("lang:ja 経済", "and([经济], language=ja)"),
        ("lang:zh-hant", "language=zh-hant"),
        ("lang:ZH", "language=zh"),
        ("date:2022-01", "date=2022-01-01..2022-02-01"),
        ("date:2022-01..2022-02", "date=2022-01-01..2022-03-01"),
        ("date:2022-01..", "date=2022-01-01.."),
        ("date:..2022年1月", "date=..2022-02-01"),
        ("date：2022年1月31日", "date=2022-01-31..2022-02-01"),
        # filters on one field are alternatives, of different fields they all hold
        ("source:a1 source:b1", "or(source=a1, source=b1)"),
        ("source:a1 rates source:b1", "and([rates], or(source=a1, source=b1))"),
        ("(source:a1) (source:b1)", "and(source=a1, source=b1)"),
        ("(source:a1 source:b1) rates", "and(or(source=a1, source=b1), [rates])"),
        ("category:a1 AND category:b1", "and(category=a1, category=b1)"),
        ("category:a1 category:b1 AND rates", "and(or(category=a1, category=b1), [rates])"),
        ("source:a1 lang:ja", "and(source=a1, language=ja)"),
        ("date:2021 date:2022", "or(date=2021-01-01..2022-01-01, date=2022-01-01..2023-01-01)"),
        # what is no value of a field is searched as words
        ("lang:fr", "[lang fr]"),
        ("date:tomorrow", "[date tomorrow]"),
        ("date:2022-13", "![date 2022 13]"),
        ("date:..", "[date]"),
        ("title: economy", "[title economy]"),
        ("title:", "[title]"),
        ("title: (economy)", "[title economy]"),
        ("source:(economy)", "and([source], [economy])"),
        ("url:economy", "[url economy]"),
        ("economy:title", "[economy title]"),
        ("subtitle:x1", "[subtitle x1]"),
        # beginnings of words
        ("econ*", '"econ*"'),
        ("econ＊", '"econ*"'),
        ("rate econ*", 'and("econ*", [rate])'),
        ("-econ*", 'and(*, not("econ*"))'),
        ("经*", '"经"'),
        ("e*mic", "[e mic]"),
        ("*onomy", "[onomy]"),
        ("economy *", "[economy]"),
        # typing errors: their number goes by the length of a word, or is given
        ("econmy~", "or([econmy], [econmy~2])"),
        ("econmy～", "or([econmy], [econmy~2])"),
        ("Ｅｃｏｎｍｙ～１", "or([econmy], [econmy~1])"),
        ("rate~", "or([rate], [rate~1])"),
        ("rate~2", "or([rate], [rate~2])"),
        ("rate~0", "[rate]"),
        ("us~2", "[us]"),
        ("ガンダン~", 'or("ガンダン", [ガンダン~1])'),
        ("ｶﾞﾝﾀﾞﾝ~", 'or("ガンダン", [ガンダン~1])'),
        ("japan econmy~1 bank", "and(or([econmy], [econmy~1]), [japan bank])"),
        ("title:econmy~1", "or(title:[econmy], title:[econmy~1])"),
        ("-econmy~1", "and(*, not(or([econmy], [econmy~1])))"),
        ("covid-ninteen~1", "or([covid ninteen], [covid~1 ninteen~1])"),
        ("新ガンダン~", 'or("新ガンダン", [新 ガンダン~1])'),
        ("econmy~3", "[econmy 3]"),
        ("econmy~12", "[econmy 12]"),
        ("econmy ~1", "[econmy 1]"),
        ("10～20", "[10 20]"),
        ("10～2", "[10 2]"),
        ("经济~1", "[经济 1]"),
        ("~econmy", "[econmy]"),
        # near
        ('"rate cut"~5', 'near5("rate" "cut")'),
        ("“rate cut”～5", 'near5("rate" "cut")'),
        ("「rate　cut」〜５", 'near5("rate" "cut")'),
        ('"rate cut"~1000', 'near999("rate" "cut")'),
        ('"微信 支付"~3', 'near3("微信" "支付")'),
        ('"rate cut"~s', 'sentence("rate" "cut")'),
        ("「央行　利率」～ｓ -x1", 'and(sentence("央行" "利率"), not([x1]))'),
        ("title:“rate cut”~Sentence", 'sentence(title:"rate" title:"cut")'),
        ('"rate"~s', '"rate"'),
        ('"rate cut"~south', 'and("rate cut", [south])'),
        ('"rate"~5', '"rate"'),
        ('"rate cut Rate rate"~5', 'near5("rate" "cut")'),
        ('"经济 経済"~5', '"经济"'),
        ('"rate cut"~', '"rate cut"'),
        ('"rate cut" ~5', 'and("rate cut", [5])'),
        ('title:"rate cut"~5', 'near5(title:"rate" title:"cut")'),
        # everything
        ("*", "*"),
        (" ＊ ", "*"),
        ("lang:ja *", "language=ja"),
    ],
)
def test_the_tree_of_a_text(text: str, expected: str) -> None:
    assert shape(parse_query(text)) == expected


def test_what_is_asked_twice_counts_once() -> None:
    assert parse_query('"rate cut" "rate cut"') == parse_query('"rate cut"')
    assert parse_query("rate* OR RATE* OR (rate*)") == parse_query("rate*")


def test_a_chinese_or_japanese_character_may_have_a_star() -> None:
    for character in "国あア":
        assert parse_query(f"{character}*") == parse_query(f'"{character}"')


def test_words_beside_a_phrase_need_not_match() -> None:
    query = parse_query('japan "rate cut" election')
    assert isinstance(query, And)
    phrase, words = query.nodes
    assert isinstance(phrase, Phrase) and isinstance(words, Text)
    assert words.share == 0 and len(words.units) == 2


def test_words_beside_a_phrase_must_match_where_and_stands_between() -> None:
    query = parse_query('"rate cut" AND japan')
    assert isinstance(query, And)
    assert [node.share for node in query.nodes if isinstance(node, Text)] == [1]


def test_grammar_beside_a_phrase_is_no_condition() -> None:
    assert isinstance(parse_query("「舞台女王」指的是誰?"), And | Phrase)
    assert isinstance(parse_query("「舞台女王」の"), Phrase)


def test_a_chinese_or_japanese_word_is_left_out_as_it_stands() -> None:
    assert shape(parse_query("微信 -公开课堂")) == 'and(not("公开课堂"), [微信])'
    assert shape(parse_query("微信 -ﾍﾞﾙｻｲﾕ")) == 'and(not("ベルサイユ"), [微信])'
    # What has but one piece is left out in all the forms that it finds.
    assert shape(parse_query("微信 -公开")) == "and(not([公开]), [微信])"
    assert shape(parse_query("微信 -公开课*")) == 'and(not("公开课"), [微信])'
