"""Analysis in several processes: none of the tokenizers lets two threads run at once."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from typing import TypeVar

from sanbao.search.errors import SearchError

Item = TypeVar("Item")
Result = TypeVar("Result")

ITEMS_BEFORE_PROCESSES = 100
"""So many are done here first: a few articles are done before a process has loaded its
dictionaries."""
ITEMS_IN_TASK = 8
_TASKS_WAITING_FOR_EACH = 4


class AnalysisStopped(SearchError):
    """A process that analysed articles has ended before its work was done."""


def available_processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def map_in_processes(
    function: Callable[[Item], Result], items: Iterable[Item], jobs: int
) -> Generator[Result, None, None]:
    """The function of each item, in order of the items.

    Reads only a few items ahead of the results. No process is started for one job, nor for
    the first :data:`ITEMS_BEFORE_PROCESSES` items. Close the iterator to stop all processes.

    Args:
        function: of a module, as are the types of items and results: they are pickled.
        jobs: how many processes.

    Raises:
        AnalysisStopped: when a process was killed; all results before it have been given.
    """
    remaining = iter(items)
    here = remaining if jobs == 1 else islice(remaining, ITEMS_BEFORE_PROCESSES)
    yield from map(function, here)
    tasks = iter(lambda: list(islice(remaining, ITEMS_IN_TASK)), [])
    for first in tasks:
        yield from _map_tasks(function, chain([first], tasks), jobs)


def _map_tasks(
    function: Callable[[Item], Result], tasks: Iterator[list[Item]], jobs: int
) -> Iterator[Result]:
    # A forked process would hold the lock of the index for as long as it lives.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, context, initializer=_start_process)
    waiting: deque[Future[list[Result]]] = deque()
    try:
        for task in tasks:
            waiting.append(pool.submit(_map_here, function, task))
            if len(waiting) > jobs * _TASKS_WAITING_FOR_EACH:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    except BrokenProcessPool as error:
        raise AnalysisStopped(
            "a process that analyses articles was killed, perhaps for want of memory; the articles "
            "before it are in the index; run the command again, with a smaller --jobs"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _map_here(function: Callable[[Item], Result], items: list[Item]) -> list[Result]:
    return [function(item) for item in items]


def _start_process() -> None:
    """Ctrl-C is the parent's business, and without the parent there is nothing to do."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
