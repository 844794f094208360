"""Which terms stand for the beginning of a word, or a word with typing errors, that has too many.

Those that are in most articles, over all segments and parts of the article that are looked into,
ties in order of the dictionary: the words that a reader who typed it most likely means.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from heapq import nsmallest

from sanbao.search.engines.arrays.plan import Plan
from sanbao.search.engines.arrays.segment import FoundTerms, OpenSegment
from sanbao.search.limits import Deadline, Limits

Kept = Mapping[int, frozenset[bytes]]
"""By number of term in a plan, the terms that stand for it; numbers that are not cut are absent."""


def cut_expansions(
    plan: Plan,
    segments: Sequence[OpenSegment],
    found: Sequence[FoundTerms],
    limits: Limits,
    deadline: Deadline,
) -> Kept:
    """The keys of the plan that have too many terms.

    Args:
        found: the terms of the plan in each segment.

    Raises:
        TimeIsUp.
    """
    at_most = [
        sum(terms.term_count(number) for terms in found for number in numbers)
        for numbers in plan.expansions
    ]
    if max(at_most, default=0) <= limits.terms_a_clause and sum(at_most) <= limits.terms_a_query:
        return {}
    doc_freqs = []
    for numbers in plan.expansions:
        deadline.check()
        doc_freqs.append(_doc_freqs(numbers, segments, found))
    kept: dict[int, frozenset[bytes]] = {}
    for numbers, freqs, share in zip(
        plan.expansions, doc_freqs, _shares(list(map(len, doc_freqs)), limits), strict=True
    ):
        if share < len(freqs):
            most = nsmallest(share, freqs, key=lambda term: (-freqs[term], term))
            kept.update(dict.fromkeys(numbers, frozenset(most)))
    return kept


def _doc_freqs(
    numbers: Sequence[int], segments: Sequence[OpenSegment], found: Sequence[FoundTerms]
) -> Counter[bytes]:
    totals: Counter[bytes] = Counter()
    for segment, terms in zip(segments, found, strict=True):
        for number in numbers:
            for _, term, doc_freq in segment.terms_of(terms, number):
                totals[term] += doc_freq
    return totals


def _shares(sizes: Sequence[int], limits: Limits) -> list[int]:
    """How many terms each may have: the small ones all of theirs, the others as many each."""
    shares, left = [0] * len(sizes), limits.terms_a_query
    smallest_first = sorted(range(len(sizes)), key=sizes.__getitem__)
    for place, number in enumerate(smallest_first):
        fair = left // (len(sizes) - place)
        shares[number] = min(sizes[number], fair, limits.terms_a_clause)
        left -= shares[number]
    return shares
