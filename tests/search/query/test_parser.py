"""The query language: what each form of text becomes, and that no text is ever an error."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sanbao.search.dates import Period
from sanbao.search.errors import EmptyQuery, QueryTooLarge
from sanbao.search.limits import DEFAULT_LIMITS, Limits
from sanbao.search.query.parser import FARTHEST, parse_query, query_of, understand_text
from sanbao.search.query.tree import (
    And,
    Everything,
    Keyword,
    Near,
    Not,
    Nothing,
    Or,
    Part,
    Phrase,
    Prefer,
    Published,
    Query,
    Text,
    Unit,
)
from sanbao.search.request import SearchRequest
from sanbao.search.results import NO_WORDS, PASSED_OVER, SHORT_BEGINNING, TOO_DEEP, TOO_MANY


def shape(query: Query) -> str:
    """The tree on one line: ``title:`` limits to a part, ``!`` says that all units must match."""
    match query:
        case Everything():
            return "*"
        case Nothing():
            return "nothing"
        case Text():
            units = " ".join(map(written, query.units))
            strict = "!" if query.share == 1 and len(query.units) > 2 else ""
            return f"{_part(query.part)}{strict}[{units}]"
        case Phrase():
            star = "*" if query.slots[-1].prefix and query.needle.isascii() else ""
            return f'{_part(query.part)}"{query.needle}{star}"'
        case Near():
            inner = " ".join(shape(phrase) for phrase in query.phrases)
            where = "sentence" if query.distance is None else f"near{query.distance}"
            return f"{where}({inner})"
        case Keyword():
            return f"{query.field}={query.value}"
        case Published():
            period = query.period
            ends = (f"{end:%Y-%m-%d}" if end else "" for end in (period.start, period.end))
            return f"date={'..'.join(ends)}"
        case And() | Or():
            name = type(query).__name__.lower()
            return f"{name}({', '.join(shape(node) for node in query.nodes)})"
        case Not():
            return f"not({shape(query.node)})"
        case Prefer():  # as every query of a request
            return shape(query.node)
    raise AssertionError(query)


def written(unit: Unit) -> str:
    """Its first term, with how many typing errors its last one has."""
    edits = unit.terms[-1].edits
    return unit.terms[0].text + f"~{edits}" * (edits > 0)


def _part(part: Part) -> str:
    return "" if part == "text" else f"{part}:"


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


def test_as_much_must_match_as_one_word_weighs_on_average() -> None:
    for units in range(1, 30):
        query = parse_query(" ".join(f"word{number}" for number in range(units)))
        assert isinstance(query, Text)
        assert len(query.units) == units
        assert query.share == pytest.approx(1 / units)


def test_grammar_adds_to_the_score_but_need_not_match() -> None:
    query = parse_query("経済の成長について")
    assert isinstance(query, Text)
    required = {unit.terms[0].text for unit in query.units}
    assert {"经济", "成长"} <= required
    assert "つい" not in required
    assert "济の" in {term.text for term in query.weak}


def test_grammar_is_searched_for_when_there_is_nothing_else() -> None:
    query = parse_query("について")
    assert isinstance(query, Text)
    assert "つい" in {unit.terms[0].text for unit in query.units}


@pytest.mark.parametrize("text", ["", " 　\n"])
def test_an_empty_text_is_refused(text: str) -> None:
    with pytest.raises(EmptyQuery, match="q: is empty; give words to search for, or \\* for every"):
        parse_query(text)


@pytest.mark.parametrize("text", ["。、！?", '""', "-", "()", "🎉🎉", "¿?", "\u200b", "-()", "~"])
def test_signs_are_no_error_and_find_nothing(text: str) -> None:
    assert understand_text(text)[:2] == (Nothing(), (NO_WORDS,))


def test_stop_words_are_searched_for_when_there_is_nothing_else() -> None:
    assert shape(parse_query("To be, or not to be?")) == "![to be or not]"
    assert shape(parse_query("(the) OR of")) == "or([the], [of])"
    assert shape(parse_query("the rate")) == "[rate]"
    assert shape(parse_query('the "rate cut"')) == '"rate cut"'
    assert shape(parse_query("-the rate")) == "and(not([the]), [rate])"


def test_brackets_that_stand_too_deep_are_passed_over() -> None:
    most = DEFAULT_LIMITS.depth
    deepest = "(" * most + "economy" + ")" * most
    assert understand_text(deepest)[:2] == (parse_query("economy"), ())
    beside = "".join(f"(a{n})" for n in range(most + 1))
    assert shape(parse_query(beside)).split()[-1] == f"a{most}]"
    assert understand_text(f"({deepest})")[:2] == (parse_query("economy"), (TOO_DEEP,))
    assert understand_text(f"({deepest})", Limits(depth=33)).warnings == ()
    for text, shallow in (
        ("(a1 (b1 OR c1) d1) e1", "(a1 b1 OR c1 d1) e1"),
        ("(a1 ((b1) c1", "(a1 b1 c1"),
        ("a1) (b1 (c1)) d1", "a1) (b1 c1) d1"),
    ):
        assert parse_query(text, Limits(depth=1)) == parse_query(shallow)


def test_a_query_may_only_be_so_long() -> None:
    assert parse_query("a" * 1024)
    with pytest.raises(QueryTooLarge, match="q: has 1025 characters, at most 1024 are"):
        parse_query("a" * 1025)
    assert parse_query("a" * 1025, Limits(query_length=1025))


@pytest.mark.parametrize(
    "text",
    [
        "b1 b2 b3",
        '"b1 x" b2 lang:ja',
        'b1 OR -b2 AND NOT title:"b3"',
        '"b1 b2 b3"~5',
        "b1 b2* (b3)",
    ],
)
def test_a_query_may_only_have_so_many_clauses(text: str) -> None:
    assert understand_text(text, Limits(clauses=3)).warnings == ()
    assert TOO_MANY in understand_text(text, Limits(clauses=2)).warnings


def test_the_first_clauses_are_kept() -> None:
    def kept(text: str) -> str:
        return shape(parse_query(text, Limits(clauses=2)))

    assert kept("b1 OR b2 b3") == "or([b1], [b2])"
    assert kept("b1 b2 title:b3 b4") == "[b1 b2]"
    assert kept("(b1 OR (b2 AND b3)) b4") == "or([b1], [b2])"
    assert kept("b1 -b2 -b3") == "and(not([b2]), [b1])"
    assert kept('"b1 b2 b3"~5 b4') == "nothing"


def test_what_is_asked_twice_counts_once() -> None:
    assert parse_query('"rate cut" "rate cut"') == parse_query('"rate cut"')
    assert parse_query("rate* OR RATE* OR (rate*)") == parse_query("rate*")


@pytest.mark.parametrize("text", ["e*", "E＊", "-e*", "title:5*", "(a OR (b -c*))", "я*", "x y-z*"])
def test_a_star_needs_letters_before_it(text: str) -> None:
    word = text.replace("*", "").replace("＊", "")
    query, warnings, _ = understand_text(text)
    assert set(find_words(query)) == set(find_words(parse_query(word)))
    assert "*" not in shape(query).replace("and(*, not", "")
    assert warnings == (SHORT_BEGINNING,)
    assert understand_text(text, Limits(prefix_length=1)).warnings == ()


def find_words(query: Query) -> list[str]:
    return [
        term.text for node in _all_nodes(query) if isinstance(node, Text) for term in node.terms()
    ]


def test_a_chinese_or_japanese_character_may_have_a_star() -> None:
    for character in "国あア":
        assert parse_query(f"{character}*") == parse_query(f'"{character}"')


def test_no_distance_is_too_far() -> None:
    for digits in ("9" * 1000, "1" + "0" * 5000, "0" * 5000 + "9" * 20):
        near = parse_query(f'"rate cut"~{digits}', Limits(query_length=10_000))
        assert isinstance(near, Near)
        assert near.distance == FARTHEST
    nearer = parse_query('"rate cut"~0007')
    assert isinstance(nearer, Near)
    assert nearer.distance == 7


@pytest.mark.parametrize("parameter", ["languages", "sources", "categories", "authors"])
def test_a_filter_may_only_have_so_many_values(parameter: str) -> None:
    def request(count: int) -> SearchRequest:
        return SearchRequest(text="rate", **{parameter: ("ja",) * count})

    assert query_of(request(256))
    with pytest.raises(QueryTooLarge, match="has 257 values, at most 256 are allowed"):
        query_of(request(257))


def test_the_value_of_a_filter_may_only_be_so_long() -> None:
    assert query_of(SearchRequest(text="rate", sources=("x" * 1024,)))
    with pytest.raises(QueryTooLarge, match="source: has 1025 characters"):
        query_of(SearchRequest(text="rate", sources=("x" * 1025,)))


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (
            SearchRequest(text="x1", languages=("zh", "ja")),
            "and([x1], or(language=zh, language=ja))",
        ),
        (SearchRequest(text="", sources=("Ａ 報",)), "and(*, source=a 报)"),
        (SearchRequest(text="*", authors=("x",)), "and(*, author=x)"),
        (
            SearchRequest(
                text="x1",
                categories=("财经",),
                published=Period(datetime(2022, 1, 1, tzinfo=UTC), None),
            ),
            "and([x1], category=财经, date=2022-01-01..)",
        ),
        (SearchRequest(text="x1"), "[x1]"),
    ],
)
def test_the_filters_of_a_request_all_hold(request_: SearchRequest, expected: str) -> None:
    assert shape(query_of(request_)) == expected


def test_an_empty_request_asks_for_nothing() -> None:
    with pytest.raises(EmptyQuery):
        query_of(SearchRequest())


SYNTAX = [
    *"\"“”＂「」『』()（）-－~～*＊:： 　\n.,、'’…/",
    *("AND", "OR", "NOT", "title:", "source:", "lang:", "date：", "category:", "author:"),
    *("the", "of", "economy", "微信", "経済", "の", "ｶﾞ", "2022-01", "..", "~5", "~99999", "ja"),
    *("\x00", "\u200b", "\u0301", "𠮷", "🇯🇵", "１", "İ", "\x1c"),
]
queries = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(SYNTAX), max_size=40).map("".join),
    st.lists(st.sampled_from(SYNTAX), max_size=40).map(" ".join),
)


@given(queries)
def test_any_text_is_a_query_that_can_be_evaluated(text: str) -> None:
    assume(text.strip())
    query, warnings, _ = understand_text(text)
    assert set(warnings) <= set(PASSED_OVER)
    assert (query == Nothing()) == (NO_WORDS in warnings)
    assert shape(query)
    for node in _all_nodes(query):
        if isinstance(node, And | Or):
            assert len(node.nodes) > 1
        if isinstance(node, Text):
            assert 0 <= node.share <= 1 and node.units
            assert all(unit.terms for unit in node.units)
        if isinstance(node, Phrase):
            assert node.slots and node.slots[0].offset == 0
            assert node.slots[-1].offset < node.length


@pytest.mark.parametrize("piece", ["(", "a ", "-", "NOT ", "微", '"', "OR ", "title:", "の", "a*"])
def test_the_longest_queries_are_parsed_soon(piece: str) -> None:
    text = (piece * 1024)[:1024]
    assert parse_query(text)


def _all_nodes(query: Query) -> list[Query]:
    below = (query.node,) if isinstance(query, Not) else query.children()
    return [query, *(node for child in below for node in _all_nodes(child))]


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
