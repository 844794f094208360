"""The commands that ask an index and look after it.

``asking``, ``caring``, ``evaluating`` (the commands), ``settings`` (options they share),
``printing`` and ``terminal`` (what they print).
"""
