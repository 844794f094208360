"""The constants of BM25, by ``make relevance``: docs/decisions/0016-ranking.md.

S. Robertson and H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009).
"""

from __future__ import annotations

K1 = 0.9
"""How slowly further occurrences of a term add less. Baked into the impacts of an index."""

B = 0.75
"""How much longer texts are held to say less. Baked into the impacts of an index."""

RARITY = 1.2
"""The power of the idf: rare terms weigh a little more than their idf says."""
