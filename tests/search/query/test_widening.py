"""Which pieces of what was typed have meanings."""

from __future__ import annotations

import pytest

from sanbao.search.expansion.synonyms import parse_synonyms
from sanbao.search.query.grammar import read
from sanbao.search.query.widening import meanings_of

SYNONYMS = parse_synonyms("gas, petrol\n央行, 人民银行".encode(), "s.txt")


def widened(typed: str) -> list[tuple[int, list[str]]]:
    """Where the pieces that have meanings start, and these."""
    found = meanings_of(read(typed).tree, SYNONYMS)
    return [
        (start, [meaning.text for meaning in meanings])
        for start, meanings in found.items()
        if meanings
    ]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("gas", [(0, ["petrol"])]),
        ('gas "x1" 央行', [(0, ["petrol", "人民银行"])]),
        ("gas OR 央行", [(0, ["petrol"]), (7, ["人民银行"])]),
        ("title:gas", [(6, ["petrol"])]),
        ("NOT NOT gas", [(8, ["petrol"])]),
        ("lang:gas", [(0, ["petrol"])]),
        ("gas*", [(0, ["petrol"])]),
        ("gas -gas", [(0, ["petrol"])]),
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
