"""What must be the same on both sides of the index.

Reading order: ``article`` (the record), ``analysis`` (text to tokens), ``query`` (user text to
a tree), ``engines`` (where articles are stored and found), ``results`` (what comes back),
``snippets`` (highlights), ``evaluation`` (how well all of it ranks). Nothing in here
knows a file format, a URL or an HTML tag.
"""
