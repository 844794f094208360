"""Phrases, and words that are close together."""

from __future__ import annotations

from sanbao.search.limits import Limits
from sanbao.search.query.phrases import FARTHEST
from sanbao.search.query.tree import Near
from sanbao.search.query.understanding import parse_query


def test_no_distance_is_too_far() -> None:
    for digits in ("9" * 1000, "1" + "0" * 5000, "0" * 5000 + "9" * 20):
        near = parse_query(f'"rate cut"~{digits}', Limits(query_length=10_000))
        assert isinstance(near, Near)
        assert near.distance == FARTHEST
    nearer = parse_query('"rate cut"~0007')
    assert isinstance(nearer, Near)
    assert nearer.distance == 7
