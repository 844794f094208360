"""Everything that knows HTTP or HTML, on top of a :class:`search.engines.SearchEngine`.

Reading order: ``app`` (the Flask application), ``params`` (public parameters to a
``SearchRequest``), ``api`` (JSON), ``pages`` (HTML), ``problems`` (what errors become), ``guard``
(what every request passes: hosts, limits, headers), ``keys`` and ``writing`` (who may write, and in
turn), ``server`` and ``worker`` (gunicorn), ``logs``. Nothing in here knows how articles are stored
or where they come from.
"""
