"""The engines that keep the contract: where each makes new indexes, and whether these are sound.

Importing this makes the address of any of them known to ``open_engine`` and ``open_writer``, in
this process alone: a program that a test starts imports it too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from sanbao.search.care.verify import verify_index
from sanbao.search.engines import opening
from sanbao.search.storage.folder import Folder
from sanbao.search.storage.generations import newest
from tests.search.engines.plain.engine import PLAIN
from tests.search.engines.plain.store import SCHEME, Store

opening.ENGINES[SCHEME] = PLAIN


class Addresses(Protocol):
    """Of one engine."""

    def new(self, folder: Path, number: int) -> str:
        """An address that was not given before.

        Args:
            folder: where files may lie.
            number: of the address, which no other has.
        """
        ...

    def check(self) -> None:
        """Fail unless whatever was stored since the last call is sound."""
        ...


class Folders:
    """Answers :class:`Addresses` for the embedded engine."""

    def __init__(self) -> None:
        self._verified: dict[Path, int] = {}

    def new(self, folder: Path, number: int) -> str:
        self._verified[folder / f"{number}"] = -1
        return str(folder / f"{number}")

    def check(self) -> None:
        for folder, verified in self._verified.items():
            if folder.exists() and (generation := newest(Folder(folder))) != verified:
                assert verify_index(folder).problems == (), folder
                self._verified[folder] = generation


class PlainFiles:
    """Answers :class:`Addresses` for the plain engine."""

    def __init__(self) -> None:
        self._read: dict[str, int] = {}

    def new(self, folder: Path, number: int) -> str:
        location = f"{SCHEME}{folder / f'{number}.jsonl'}"
        self._read[location] = -1
        return location

    def check(self) -> None:
        for location, read in self._read.items():
            store = Store(location)
            if store.path.exists() and (written := store.path.stat().st_mtime_ns) != read:
                store.read()
                self._read[location] = written


ENGINES: dict[str, Addresses] = {"embedded": Folders(), "plain": PlainFiles()}
