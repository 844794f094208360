"""A text as a whole, within the limits: that none is ever an error, and what is warned of."""

from __future__ import annotations

import pytest
from hypothesis import assume, given

from sanbao.search.errors import EmptyQuery, QueryTooLarge
from sanbao.search.limits import DEFAULT_LIMITS, Limits
from sanbao.search.query.tree import And, Nothing, Or, Phrase, Query, Text
from sanbao.search.query.understanding import parse_query, query_of, understand_text
from sanbao.search.request import SearchRequest
from sanbao.search.results import NO_WORDS, PASSED_OVER, SHORT_BEGINNING, TOO_DEEP, TOO_MANY
from tests.search.query.shapes import all_nodes, shape
from tests.search.query.typed import queries


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


def test_a_query_is_no_longer_once_normalized() -> None:
    with pytest.raises(QueryTooLarge, match="q: has 1026 characters, at most 1024 are"):
        parse_query("\ufdfa" * 57)
    assert parse_query("\ufdfa" * 56)
    assert parse_query("\u200b" * 1000 + "a")


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
        term.text for node in all_nodes(query) if isinstance(node, Text) for term in node.terms()
    ]


def test_an_empty_request_asks_for_nothing() -> None:
    with pytest.raises(EmptyQuery):
        query_of(SearchRequest())


@given(queries)
def test_any_text_is_a_query_that_can_be_evaluated(text: str) -> None:
    assume(text.strip())
    query, warnings, _ = understand_text(text)
    assert set(warnings) <= set(PASSED_OVER)
    assert (query == Nothing()) == (NO_WORDS in warnings)
    assert shape(query)
    for node in all_nodes(query):
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
