"""A plain index on the disk: one file of JSON lines, which each commit writes anew.

The first line says which commit it is and how its articles were analysed; each further line is an
article and its terms. A reader that has the file open keeps what it reads, whatever is committed
meanwhile.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from sanbao.search.analysis import fingerprints
from sanbao.search.errors import AnalysisMismatch, IndexCorrupt, IndexLocked, IndexNotFound

SCHEME = "plain:"

Record = dict[str, Any]
"""An article as its terms, in types of JSON."""

_analysis = cache(fingerprints)


class Commit(NamedTuple):
    """One committed state, as it is stored."""

    generation: int
    records: list[Record]
    size_bytes: int


class Store:
    """The file at an address such as ``plain:/var/lib/articles.jsonl``."""

    def __init__(self, location: str) -> None:
        self.path = Path(location.removeprefix(SCHEME))

    def generation(self) -> int:
        """The number of the newest commit.

        Raises:
            IndexNotFound, IndexCorrupt, AnalysisMismatch.
        """
        with self._open() as lines:
            return self._head(next(lines, b""))

    def read(self) -> Commit:
        """The newest commit; raises the same."""
        with self._open() as lines:
            generation = self._head(next(lines, b""))
            try:
                records = list(map(json.loads, lines))
            except ValueError as error:
                raise self._corrupt(error) from error
            return Commit(generation, records, os.fstat(lines.fileno()).st_size)

    def write(self, generation: int, records: Iterable[Record]) -> None:
        """Make a new commit visible, at once and as a whole; for whoever has the lock.

        It need not outlive a power cut, so nothing waits for the disk.
        """
        head = {"generation": generation, "analysis": _analysis()}
        new = self.path.with_name(f"{self.path.name}.new")
        with new.open("w", encoding="utf-8") as file:
            for each in (head, *records):
                file.write(f"{json.dumps(each)}\n")
        new.replace(self.path)

    def lock(self) -> int:
        """A descriptor which, as long as it is open, keeps all other writers out.

        Raises:
            IndexLocked: when there is another.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(f"{self.path}.lock", os.O_CREAT | os.O_RDWR)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise IndexLocked(f"another writer has {self.path}; try again later") from None
        return descriptor

    def _open(self) -> Any:
        try:
            return self.path.open("rb")
        except FileNotFoundError:
            raise IndexNotFound(f"there is no index at {self.path}; index articles first") from None

    def _head(self, line: bytes) -> int:
        try:
            head = json.loads(line)
            generation, analysis = int(head["generation"]), head["analysis"]
        except (ValueError, TypeError, KeyError) as error:
            raise self._corrupt(error) from error
        if analysis != _analysis():
            raise AnalysisMismatch(f"{self.path} was analysed otherwise; index its articles anew")
        return generation

    def _corrupt(self, error: Exception) -> IndexCorrupt:
        return IndexCorrupt(f"{self.path} is damaged: {error!r}; index its articles anew")
