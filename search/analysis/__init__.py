"""Text to tokens, the same at indexing and at searching.

Reading order: ``normalize`` (width and case), ``fold`` (Han variants), ``runs`` (where the
writing changes), ``grams`` and ``words`` (the two kinds of analyzer), ``chinese``, ``japanese``
and ``english`` (what words are in each), ``register`` (analyzers by name), ``terms`` (the same
for an index, faster), ``language``; ``pinyin``, ``romaji`` and ``readings`` (how titles are read),
``suggestion_keys`` (what they are found by while somebody types).
"""

from sanbao.search.analysis.register import (
    MAX_DESCRIBED_CHARACTERS,
    MAX_DESCRIBED_TOKENS,
    analyze,
    describe,
    fingerprints,
    load_dictionaries,
    words_analyzer,
)
from sanbao.search.analysis.suggestion_keys import TitleKeys, title_keys
from sanbao.search.analysis.terms import Terms, terms

__all__ = [
    "MAX_DESCRIBED_CHARACTERS",
    "MAX_DESCRIBED_TOKENS",
    "Terms",
    "TitleKeys",
    "analyze",
    "describe",
    "fingerprints",
    "load_dictionaries",
    "terms",
    "title_keys",
    "words_analyzer",
]
