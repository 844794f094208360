"""Writing, so that it never stands in the way of searching.

Few requests write or wait for their turn at once; the others are told to come again, so that there
are always threads left for searches.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from threading import BoundedSemaphore, Lock
from typing import TypeVar

from sanbao.search.errors import IndexLocked
from sanbao.web.services import Intake, IntakeReport

Result = TypeVar("Result")

LOCK_SECONDS = 10.0
"""How long a request waits for the index while another writer holds it."""
_AT_ONCE = 2
"""Requests of one process that write or wait: half of its threads."""
_PAUSE_SECONDS = 0.05


class PatientIntake:
    """An :class:`Intake` that takes turns and waits for other processes, but not for ever."""

    def __init__(self, intake: Intake, lock_seconds: float = LOCK_SECONDS) -> None:
        self._intake = intake
        self._lock_seconds = lock_seconds
        self._places = BoundedSemaphore(_AT_ONCE)
        self._turn = Lock()

    def accept(self, records: Iterable[Mapping[str, object]]) -> IntakeReport:
        """As of :class:`Intake`.

        Raises:
            IndexLocked: when too many write already, or another process does for too long.
        """
        records = list(records)
        return self._in_turn(lambda: self._intake.accept(records))

    def delete(self, article_id: str) -> bool:
        """As of :class:`Intake`.

        Raises:
            IndexLocked: when too many write already, or another process does for too long.
        """
        return self._in_turn(lambda: self._intake.delete(article_id))

    def _in_turn(self, write: Callable[[], Result]) -> Result:
        deadline = time.monotonic() + self._lock_seconds
        if not self._places.acquire(blocking=False):
            raise IndexLocked("other requests are writing already")
        try:
            if not self._turn.acquire(timeout=self._lock_seconds):
                raise IndexLocked("another request is writing for too long")
            try:
                return self._retry_until(deadline, write)
            finally:
                self._turn.release()
        finally:
            self._places.release()

    def _retry_until(self, deadline: float, write: Callable[[], Result]) -> Result:
        # The index is locked before anything is changed, so that trying again is safe.
        while True:
            try:
                return write()
            except IndexLocked:
                if time.monotonic() + _PAUSE_SECONDS > deadline:
                    raise
            time.sleep(_PAUSE_SECONDS)
