"""Terms a few typing errors away from a word, against the distance as it is defined."""

from __future__ import annotations

from itertools import accumulate

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sanbao.search.codec.kernels.doc_set import frozen
from sanbao.search.codec.kernels.edit_distance import similar_terms
from tests.search.edits import plain_distance

# Characters of one, two, three and four bytes, some of which begin with the same.
words = st.text("abcéèカガム経𠮷𠮶", max_size=7)


def similar(terms: list[str], word: str, most: int, swaps: bool = True) -> dict[str, int]:
    """What the kernel finds among all of the terms."""
    octets = [term.encode() for term in terms]
    numbers, edits = similar_terms(
        frozen(np.frombuffer(b"".join(octets), np.uint8)),
        frozen(np.array([0, *accumulate(map(len, octets))], np.uint64)),
        0,
        len(terms),
        np.array(list(map(ord, word)), np.uint32),
        most,
        swaps,
    )
    return {terms[number]: edit for number, edit in zip(numbers, edits, strict=True)}


@given(st.sets(words, min_size=1, max_size=60), words, st.integers(0, 4), st.booleans())
@example({"ab", "ba", "abc", "bca"}, "ab", 1, True)
def test_same_as_the_recurrence(terms: set[str], word: str, most: int, swaps: bool) -> None:
    # As UTF-8 sorts them, which is by code point.
    ordered = sorted(terms)
    distances = {term: plain_distance(word, term, swaps) for term in ordered}
    expected = {term: edits for term, edits in distances.items() if edits <= most}
    found = similar(ordered, word, most, swaps)
    assert list(found.items()) == list(expected.items())


@pytest.mark.parametrize(
    ("word", "term", "edits"),
    [
        ("economy", "economy", 0),
        ("econmy", "economy", 1),
        ("eocnomy", "economy", 1),
        ("ecnoomy", "economy", 1),
        ("ekonomie", "economy", 3),
        ("ca", "abc", 3),  # not 2: what was exchanged is not edited again
        ("ガンダン", "ガンダム", 1),
        ("コンピュタ", "コンピューター", 2),
        ("ノーベノレ", "ノーベル", 2),
        ("𠮷野", "𠮶野", 1),
    ],
)
def test_edits_are_counted_in_characters(word: str, term: str, edits: int) -> None:
    assert similar([term], word, edits) == {term: edits}
    assert not edits or similar([term], word, edits - 1) == {}
