"""Which pieces of what was typed have meanings."""

from __future__ import annotations

import pytest

from sanbao.search.expansion.synonyms import parse_synonyms
from sanbao.search.query.grammar import read
from sanbao.search.query.syntax import Beginning, Words
from sanbao.search.query.widening import meanings_of

SYNONYMS = parse_synonyms("gas, petrol\n央行, 人民银行".encode(), "s.txt")


def widened(typed: str) -> list[tuple[str, list[str]]]:
    """The pieces that have meanings, and these."""
    found = meanings_of(read(typed).tree, SYNONYMS)
    assert all(isinstance(piece, Words | Beginning) for piece in found)
    return [
        (piece.text, [meaning.text for meaning in meanings])
        for piece, meanings in found.items()
        if isinstance(piece, Words | Beginning) and meanings
    ]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("gas", [("gas", ["petrol"])]),
        ('gas "x1" 央行', [("gas 央行", ["petrol", "人民银行"])]),
        ("gas OR 央行", [("gas", ["petrol"]), ("央行", ["人民银行"])]),
        ("title:gas", [("gas", ["petrol"])]),
        ("NOT NOT gas", [("gas", ["petrol"])]),
        ("lang:gas", [("lang gas", ["petrol"])]),
        ("gas*", [("gas*", ["petrol"])]),
        ("gas -gas", [("gas", ["petrol"])]),
        ("-gas", []),
        ("-(gas 央行) -title:gas -(x1 -gas)", []),
        ('"gas" "央行 gas"~5', []),
        ("gas~", []),
    ],
)
def test_which_pieces_have_meanings(typed: str, expected: list[object]) -> None:
    assert widened(typed) == expected


def test_without_synonyms_there_are_none() -> None:
    assert meanings_of(read("gas").tree, None) == {}
