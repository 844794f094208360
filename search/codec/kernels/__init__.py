"""Compiled loops over the arrays of a segment: what a search spends its time in.

::

    arrays              names of arrays by the width of their elements
    jit, machine        how a kernel is compiled; instructions of the processor
    small_freqs         term_freqs in four bits
    term_rows           what a kernel is told of a term: where in memory its postings are
    dictionary          terms by bisection
    term_lookup         the rows of all terms of a query
    expansion           terms that match a pattern
    edit_distance       terms that are a few typing errors away from a word
    utf8                characters in the bytes of terms
    bitmaps, doc_set    sets of documents
    membership          which documents are in a posting list
    postings            the posting of a document; several terms as one
    conjunction, disjunction, units  which documents have all terms, any, or enough units of a text
    positions           where the positions of a posting begin
    phrase              phrases and proximity by positions
    bm25, score_docs    exact scores
    single_term, candidates, window, top_k  the best k of many documents
    index, text, whole_phrase  a whole query of plain words or a phrase, over all segments
    dates, facets       ranges, order and counts over the documents found
    evaluation_arrays   what is derived when a segment is written
    term_extremes       what is said of each term then

A kernel takes arrays and numbers and returns arrays and numbers. Where it takes doc_ids or bitmaps
these are read-only, as those of a segment are, or it would be compiled once more.
"""
