"""Child processes of the tests, forked from a server that has loaded the dictionaries already."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.search.storage.warmed"])


class Child:
    """A process that runs a function and reports its result."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self._here, there = CONTEXT.Pipe(duplex=False)
        self._process = CONTEXT.Process(target=_run, args=(there, function, arguments))
        self._process.start()
        there.close()

    def result(self) -> Any:
        """What the function returned; its error ends the test."""
        with self._here:
            result = self._here.recv()
        self._process.join()
        if isinstance(result, Exception):
            raise result
        return result


def _run(there: Connection, function: Callable[..., object], arguments: tuple[object]) -> None:
    try:
        there.send(function(*arguments))
    except Exception as error:
        there.send(error)
