"""How plain words are analysed, and how many of them must match."""

from __future__ import annotations

import pytest

from sanbao.search.expansion.meanings import Meaning
from sanbao.search.query.tree import Term, Text
from sanbao.search.query.understanding import parse_query
from sanbao.search.query.words import text_query


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


def test_a_meaning_adds_by_its_weight() -> None:
    meanings = (Meaning(0, 3, "petrol", 0.5, "en"), Meaning(0, 3, "benzine", 0.25, None))
    query = text_query("gas price", meanings=meanings)
    assert query
    shares = dict(query.shares)
    assert shares[Term("grams", "petrol")] == 0.5
    assert shares[Term("grams", "benzine")] == 0.25
    assert Term("grams", "gas") not in shares
    assert [unit.terms[0].text for unit in query.units] == ["gas", "price"]
    terms = {term.text for term in query.units[0].terms}
    assert {"gas", "petrol", "benzine"} <= terms


def test_meanings_of_several_places() -> None:
    meanings = (Meaning(0, 3, "petrol", 0.5, None), Meaning(4, 9, "cost", 0.5, None))
    query = text_query("gas price", meanings=meanings)
    assert query
    texts = [{term.text for term in unit.terms} for unit in query.units]
    assert "petrol" in texts[0] - texts[1]
    assert "cost" in texts[1] - texts[0]
