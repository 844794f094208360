"""Everything that knows HTTP or HTML, on top of a :class:`search.engines.SearchEngine`.

::

    app                         the Flask application
    guarding                    who may do what, how often? what every request passes
    params                      public parameters become a ``SearchRequest``
    services                    what the views work on: the engine, the intake
    unchanged                   answers that a client has already: 304
    compression                 as few bytes as the client can read
    api, answers                JSON
    openapi, schemas            its description
    pages, display, i18n        HTML, in four languages
    problems                    what errors become
    serving                     gunicorn, and its logs
    commands                    ``sanbao key``

Nothing in here knows how articles are stored or where they come from.
"""
