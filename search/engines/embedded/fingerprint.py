"""What is baked into an embedded index, part by part.

What decides which arrays an article becomes is here; how arrays and other files are laid out is in
the specification of :mod:`search.codec`, and its FORMAT_VERSION. What only matters when a query is
answered, such as the weights of kinds of terms, is in neither.
"""

from __future__ import annotations

from hashlib import blake2b

from sanbao.search import analysis, fields
from sanbao.search.analysis import grams
from sanbao.search.codec.layout import layout
from sanbao.search.engines.embedded import document
from sanbao.search.ranking import bm25, weights

VERSION = "1"
"""Of the code that fills the fields of an article with terms, dates and values."""


def fingerprints() -> dict[str, str]:
    """What decides the arrays of an article: an index made with other parts must be rebuilt."""
    return {
        **analysis.fingerprints(),
        "fields": f"{VERSION} {_digest(document.PACKED_FIELDS)}",
        "facets": " ".join(fields.FACETS),
        "copies of the title": str(weights.TITLE_COPIES),
        "gaps between parts": str(grams.PART_GAP),
        "ends of sentences": fields.SENTENCE_END_TERM,
        "impacts": f"k1={bm25.K1} b={bm25.B}",
        "layout of arrays": layout(),
    }


def _digest(value: object) -> str:
    return blake2b(repr(value).encode(), digest_size=4).hexdigest()
