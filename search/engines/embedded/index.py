"""The embedded engine, searched: an index in a folder, and its newest state."""

from __future__ import annotations

import logging
import threading
import time

from sanbao.search.codec.kernels.jit import is_warm, prepare
from sanbao.search.engines.embedded.state import IndexState
from sanbao.search.errors import IndexNotFound, IndexProblem
from sanbao.search.storage import generations
from sanbao.search.storage.folder import Folder

_log = logging.getLogger(__name__)

TRY_AGAIN_SECONDS = 1.0
"""After a new state could not be opened."""


class EmbeddedIndex:
    """Answers :class:`search.engines.base.Index` from the index in a folder.

    Raises:
        IndexNotFound, AnalysisMismatch, IndexVersionMismatch, IndexCorrupt, StorageFailed.
    """

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._opening = threading.Lock()
        self._current: IndexState | None = IndexState.open(folder)
        self._trouble: IndexProblem | None = None
        self._try_again_at = 0.0
        # Before anybody waits for an answer, but after a bad index is told of.
        prepare()
        _compile_once()

    @property
    def problem(self) -> IndexProblem | None:
        """Why the newest commit was not served at the last call of :meth:`reader`, if it was not.

        That is why it could not be opened, or why the one that was opened in its stead was.
        """
        current = self._current
        return self._trouble or (current.problem if current else None)

    def reader(self) -> IndexState:
        """The newest committed state that can be served.

        While the newest cannot be opened, the one before goes on being served; so does one that has
        lost its table of contents.

        Raises:
            IndexProblem: when there is none.
        """
        current = self._current
        if self._trouble and time.monotonic() < self._try_again_at:
            if current is None:  # what cannot be opened is not read anew for every request
                raise self._trouble.with_traceback(None)
            return current
        try:
            newest = generations.newest(self._folder)
            if current is None or current.newest != newest:
                if current and newest < current.newest:
                    generations.check_not_lost(self._folder, current.newest)
                current = self._open_newest(current)
            self._trouble = None
        except IndexNotFound:
            raise
        except IndexProblem as error:
            self._trouble = error
            self._try_again_at = time.monotonic() + TRY_AGAIN_SECONDS
            if current is None:
                raise
        return current

    def close(self) -> None:
        """Let go of all files; a later call opens them again."""
        self._current = None

    def _open_newest(self, current: IndexState | None) -> IndexState:
        with self._opening:
            newest = self._current
            if newest is None or newest is current:  # no other thread was here first
                newest = self._current = IndexState.open(self._folder, current)
            return newest


def _compile_once() -> None:
    if not is_warm():
        from sanbao.search.engines.embedded.warm import warm

        _log.warning("compiling what searching needs; this happens once, for a minute")
        warm()
