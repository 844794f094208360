"""Where in an article is what was asked for?

``highlighter`` (an article's title and extracts, marked), ``fragments`` (which extracts),
``similar_words`` (of misspelled ones), ``graphemes`` (where a text may be cut).
"""
