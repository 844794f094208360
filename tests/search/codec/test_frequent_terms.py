from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.codec.kernels.top_k import new_top, offer_frequent, ranked

FREQS = st.lists(st.integers(1, 5), max_size=30)


@given(FREQS, FREQS, st.integers(1, 8))
def test_the_most_frequent_terms_come_first_ties_in_their_order(
    before: list[int], freqs: list[int], count: int
) -> None:
    postings = np.cumsum([0, *before, *freqs], dtype=np.uint64)
    postings.flags.writeable = False
    top = new_top(count)
    offer_frequent(top, postings, len(before), len(before) + len(freqs))
    terms, doc_freqs = ranked(top)
    best = sorted(range(len(freqs)), key=lambda term: (-freqs[term], term))[:count]
    assert terms.tolist() == [len(before) + term for term in best]
    assert doc_freqs.tolist() == [freqs[term] for term in best]
