"""Turns for what takes long, so that there are always threads left for everybody else.

How long a request takes is not known before; but few take long that are not long themselves, stand
for many words (``a*``) or want to be explained. So those are answered one after the other by each
process, and one more may wait; the rest are told to come again. What is written has turns of its
own (``writing``).
"""

from __future__ import annotations

from threading import BoundedSemaphore, Lock

LONG_BYTES = 2_000
"""Of query string and body: two hundred Chinese characters in an address."""
WAIT_SECONDS = 1.0
_AT_ONCE = 2
"""Long requests of one process that are answered or wait: half of its threads."""


class Turns:
    """One request at a time, while one more waits."""

    def __init__(self) -> None:
        self._places = BoundedSemaphore(_AT_ONCE)
        self._turn = Lock()

    def take(self) -> bool:
        """Wait for a turn, which has to be given back; False when there are too many who do."""
        if not self._places.acquire(blocking=False):
            return False
        if self._turn.acquire(timeout=WAIT_SECONDS):
            return True
        self._places.release()
        return False

    def give_back(self) -> None:
        """Let the next one begin."""
        self._turn.release()
        self._places.release()
