"""Where are articles stored and found? Callers use :func:`open_engine` and :func:`open_writer`.

``base`` (the protocols), ``opening`` (the engine that an address names), ``answering`` (a request
to a page, for every engine), ``arrays`` (queries on segments of arrays), ``embedded`` (the index in
a folder).
"""

from sanbao.search.engines.base import ArticleWriter, SearchEngine
from sanbao.search.engines.opening import open_engine, open_writer

__all__ = ["ArticleWriter", "SearchEngine", "open_engine", "open_writer"]
