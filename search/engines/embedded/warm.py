"""Compiles all that is compiled, ahead of the first command that needs it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from sanbao.search.article import Article
from sanbao.search.engines.arrays import warm as array_warm
from sanbao.search.engines.embedded.writer import EmbeddedWriter
from sanbao.search.storage.folder import Folder

_COMMITS = 12
"""Enough for segments to be merged."""


def warm() -> None:
    """Compile the kernels of searching and of writing, or load them if they are compiled."""
    array_warm.warm()
    with tempfile.TemporaryDirectory() as name, EmbeddedWriter(Folder(Path(name))) as writer:
        for number in range(_COMMITS):
            writer.add(Article(id=f"{number}", title="新聞", body="news", categories=("a", "b")))
            writer.add(Article(id="same", title="again", source="daily"))
            writer.delete(f"{number - 2}")
            writer.commit()
