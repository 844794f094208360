"""What a reader sees. ``searching`` and ``reading`` (the pages), ``facets``, ``links``, ``timeline``."""
