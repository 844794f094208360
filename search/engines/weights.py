"""What parts, terms and units weigh: in scores, and in which articles have enough of a text.

Units weigh whole numbers, so that every evaluator decides alike, whatever the order in which it
adds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from search.query import Part

PART_WEIGHT: dict[Part, float] = {"title": 1.2, "body": 1.0}

HEAVIEST = 15


def idf(doc_freq: float, doc_count: int) -> float:
    """ln(1 + (N - n + 0.5) / (n + 0.5)), which is never negative for n <= N."""
    return math.log1p((doc_count - doc_freq + 0.5) / (doc_freq + 0.5))


def unit_weights(doc_freqs: Sequence[int], doc_count: int) -> list[int]:
    """The weight of each unit, from 1 to :data:`HEAVIEST` in proportion to its idf.

    A unit that is nowhere counts as the rarest that is somewhere: otherwise a misspelt word would
    weigh more than all the others.

    Args:
        doc_freqs: of the most frequent term of each unit.
        doc_count: articles in the index, at least 1.
    """
    rarest = min((n for n in doc_freqs if n), default=0)
    idfs = [idf(n or rarest, doc_count) for n in doc_freqs]
    return [max(1, round(HEAVIEST * each / max(idfs))) for each in idfs]


def needed_weight(weights: Sequence[int], share: float) -> int:
    """The least sum of weights that is ``share`` of all of them, and at least 1."""
    # A share such as 0.4 is no exact number; what it misses must not ask for one more.
    return max(1, math.ceil(share * sum(weights) - 1e-6))
