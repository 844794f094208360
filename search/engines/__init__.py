"""Where are articles stored and found? Callers use :func:`open_engine` and :func:`open_writer`."""

from sanbao.search.engines.base import ArticleWriter, SearchEngine, open_engine, open_writer

__all__ = ["ArticleWriter", "SearchEngine", "open_engine", "open_writer"]
