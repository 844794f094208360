"""Everything that knows HTTP or HTML, on top of a :class:`search.engines.SearchEngine`.

Reading order: ``app`` (the Flask application), ``params`` (public parameters to a
``SearchRequest``), ``api`` (JSON), ``pages`` (HTML), ``problems`` (what errors become),
``server`` (gunicorn). Nothing in here knows how articles are stored or where they come from.
"""
