"""What does somebody mean who typed this? Text, to a syntax tree, to a query that knows no engine.

``understanding`` (a request to a query, step by step), ``tokens`` and ``grammar`` (text to a
syntax tree with places in the text), ``syntax`` (its nodes), ``widening`` (what else its plain
words may mean), ``parser`` (the syntax tree to a query), ``words``, ``phrases``, ``fuzzy`` and
``filters`` (pieces of text to nodes), ``tree`` (the nodes), ``describe`` (a query on one line),
``correctable`` (the words that may be misspelled).
"""
