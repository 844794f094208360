"""How much does each thing count? Every figure of the ranking, with its source.

``bm25`` (its constants), ``weights`` (kinds of terms, copies of the title), ``recency`` (newer
articles first). Knows no engine: indexing, kernels and the slow twin in the tests read them here.
"""
