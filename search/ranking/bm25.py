"""BM25, the order by relevance: docs/decisions/0016-ranking.md has what its constants were
chosen by.

The two formulas take numbers or arrays; the kernels compile them
(:mod:`search.codec.kernels.bm25`).

S. Robertson and H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009).
"""

from __future__ import annotations

from typing import Any

import numpy as np

K1 = 0.9
"""How slowly further occurrences of a term add less. Baked into the impacts of an index."""

B = 0.75
"""How much longer texts are held to say less. Baked into the impacts of an index."""

RARITY = 1.2
"""The power of the idf: rare terms weigh a little more than their idf says."""


def idf(doc_freq: Any, doc_count: Any) -> Any:
    """ln(1 + (N - n + 0.5) / (n + 0.5)), to the power of :data:`RARITY`."""
    return np.log1p((doc_count - doc_freq + 0.5) / (doc_freq + 0.5)) ** RARITY


def saturation(term_freq: Any, field_length: Any, average: Any) -> Any:
    """``tf / (tf + k)``, below 1: what BM25 multiplies with ``idf * (K1 + 1)``."""
    return term_freq / (term_freq + K1 * (1 - B + B * field_length / average))
