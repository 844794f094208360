"""What may somebody mean who is still typing, or has mistyped?

``vocabulary`` (the protocol: what is asked of an index's terms and titles), ``suggesting``
(phrases and titles for a beginning), ``correcting`` (a query for a misspelled one), ``titles``
(how a title goes on), ``spelled_words`` (typed letters cut into words).
"""
