"""What the terms of a query weigh in scores: docs/decisions/0016-ranking.md has the figures."""

from __future__ import annotations

KIND_WEIGHT = {"words": 1.2, "grams": 1.0}
"""By the kind of analyzer that a term is of."""

WEAK = 0.5
"""Of the weight of others, what the terms have that are weak."""

TITLE_COPIES = 2
"""How many times the title stands in the text of an article, before the body: a word of the title
counts as so many of the body, and is found by the same look-up. BM25F does so: S. Robertson,
H. Zaragoza and M. Taylor, "Simple BM25 Extension to Multiple Weighted Fields" (2004)."""
