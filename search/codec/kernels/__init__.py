"""Compiled loops over the arrays of a segment: what a search spends its time in.

::

    jit, machine        how a kernel is compiled; instructions of the processor
    dictionary          terms by bisection
    expansion           terms that match a pattern or are misspelt
    bitmaps, doc_set    sets of documents
    membership          which documents are in a posting list
    postings            the posting of a document; several terms as one
    conjunction, units  which documents have all terms, or enough units of a text
    phrase              phrases and proximity by positions
    bm25, score_docs    exact scores
    single_term, candidates, top_k  the best k of many documents
    dates, facets       ranges, order and counts over the documents found
    evaluation_arrays   what is derived when a segment is written
    term_extremes       what is said of each term then

A kernel takes arrays and numbers and returns arrays and numbers. Arrays of a segment are
read-only, and so must be what is passed in their place, or a kernel is compiled once more.
"""
