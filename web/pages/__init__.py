"""What does a reader see?

``searching`` and ``reading`` (the pages), ``facets``, ``links``, ``timeline``.
"""
