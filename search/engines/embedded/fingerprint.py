"""What is baked into an embedded index, part by part."""

from __future__ import annotations

from hashlib import blake2b

from sanbao.search import analysis, fields
from sanbao.search.analysis import grams
from sanbao.search.engines.embedded import document
from sanbao.search.ranking import bm25, weights


def fingerprints() -> dict[str, str]:
    """What decides the postings of an article: an index made with other parts must be rebuilt.

    What only matters when a query is answered, such as the weights of kinds of terms, is not here.
    """
    return {
        **analysis.fingerprints(),
        "fields": _digest((*document.FIELDS, *fields.FACETS)),
        "copies of the title": str(weights.TITLE_COPIES),
        "gaps between parts": str(grams.PART_GAP),
        "ends of sentences": fields.SENTENCE_END_TERM,
        "impacts": f"k1={bm25.K1} b={bm25.B}",
    }


def _digest(value: object) -> str:
    return blake2b(repr(value).encode(), digest_size=4).hexdigest()
