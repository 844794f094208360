"""Which documents of these segments match, and which are best? Queries on arrays, by kernels.

``plan`` (a query made ready), ``segment`` (an open segment), ``matching``, ``scoring``,
``statistics``, ``counting``, ``explaining``, ``multi_terms`` (beginnings and misspelled words),
``evaluator`` (all of it in four steps), ``vocabulary`` (for suggestions), ``warm`` (compiling).
"""
