"""How much one search may ask for and use, so that no query keeps the others waiting.

What is too long is refused before any work is done. Of a query that is too deep or has too many
clauses a part is passed over; what shows only in the index, how many words begin with ``econ`` and
how long all of it takes, is cut short; and the answer says so.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import TypeVar

Piece = TypeVar("Piece")

DEEPEST = 64
"""No index needs more, and Python's stack holds it several times over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of one search. The defaults are far above what readers ask for.

    Attributes:
        query_length: characters of a query, and of each value of a filter, also once normalized.
        depth: how deep brackets may stand in brackets; at most :data:`DEEPEST`.
        clauses: words, phrases and filters of a query, and values of each filter beside it.
        prefix_length: letters that must stand before a ``*``. A Chinese or Japanese character is
            enough by itself: it is a word as often as not, and what can follow it is bounded by
            the writing, not by the size of the index.
        terms_a_clause: how many words a beginning such as ``econ*`` stands for, or a word with
            typing errors such as ``econmy~``, and
        terms_a_query: all of these in a query together: those that are in most articles. What
            stands under NOT is not cut, because a search must not find what it was to leave out.
        seconds: after which a search answers with what it has. One step in a large index takes a
            few tenths of a second, and is not broken off.

    Raises:
        ValueError: naming the value, when it is out of its range.
    """

    query_length: int = 1024
    depth: int = 32
    clauses: int = 256
    prefix_length: int = 2
    terms_a_clause: int = 1024
    terms_a_query: int = 4096
    seconds: float = 2.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not 0 < value < math.inf:
                raise ValueError(f"the limit {field.name} must be above 0, is {value:g}")
        if self.depth > DEEPEST:
            raise ValueError(f"the limit depth must be at most {DEEPEST}, is {self.depth}")


DEFAULT_LIMITS = Limits()

WHOLE_ANSWERS = Limits(terms_a_clause=2**31, terms_a_query=2**31, seconds=1e9)
"""For what must not be done by halves, such as deleting all that a search finds."""


class TimeIsUp(Exception):
    """The work on an answer has to stop. Never leaves an engine, which answers with what it has."""


class _Loading(threading.local):
    """What a thread has loaded.

    Attributes:
        seconds: spent on it before.
        depth: how many things it is loading just now, one for another.
        began: when it began with the first of these.
    """

    seconds = 0.0
    depth = 0
    began = 0.0


_loading = _Loading()


@contextmanager
def loading() -> Iterator[None]:
    """What is done in here is done once for all: no query's time, and no deadline's.

    Dictionaries are loaded and kernels compiled, or read compiled, when they are first needed; to
    load all of them for a single query would take longer than to answer it.
    """
    begin_loading()
    try:
        yield
    finally:
        end_loading()


def begin_loading() -> None:
    """Enter :func:`loading` where there is no place for a context."""
    if not _loading.depth:
        _loading.began = time.perf_counter()
    _loading.depth += 1


def end_loading() -> None:
    """Leave it; what was entered inside of another counts with that."""
    _loading.depth -= 1
    if not _loading.depth:
        _loading.seconds += time.perf_counter() - _loading.began


def working_time() -> float:
    """Seconds since a moment long ago, without those that this thread spent :func:`loading`."""
    return (_loading.began if _loading.depth else time.perf_counter()) - _loading.seconds


class Deadline:
    """The moment at which the work on one answer has to stop, by the :func:`working_time` of the
    thread that works on it.

    Args:
        seconds: from now on.
    """

    __slots__ = ("_end",)

    def __init__(self, seconds: float) -> None:
        self._end = working_time() + seconds

    def left(self) -> float:
        """How many seconds there are left, at least 0."""
        return max(0.0, self._end - working_time())

    def is_past(self) -> bool:
        """Whether no more work should begin."""
        return working_time() >= self._end

    def check(self) -> None:
        """Return while there is time.

        Raises:
            TimeIsUp: when there is none left.
        """
        if self.is_past():
            raise TimeIsUp

    def checked(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        """The pieces, each with a :meth:`check` before it."""
        for piece in pieces:
            self.check()
            yield piece


NEVER = Deadline(math.inf)
