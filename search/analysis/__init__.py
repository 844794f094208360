"""Text to tokens, the same at indexing and at searching.

Reading order: ``normalize`` (width and case), ``fold`` (Han variants), ``runs`` (where the
writing changes), ``grams`` and ``words`` (the two kinds of analyzer), ``chinese``, ``japanese``
and ``english`` (what words are in each), ``register`` (analyzers by name), ``language``.
"""

from search.analysis.register import (
    analyze,
    describe,
    fingerprints,
    load_dictionaries,
    words_analyzer,
)

__all__ = ["analyze", "describe", "fingerprints", "load_dictionaries", "words_analyzer"]
