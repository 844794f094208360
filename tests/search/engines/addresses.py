"""The engines that keep the contract: where each makes new indexes, and whether these are sound.

Importing this makes the address of any of them known to ``open_engine`` and ``open_writer``, in
this process alone: a program that a test starts imports it too.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Protocol

import pytest

from sanbao.search.care.verify import verify_index
from sanbao.search.engines import opening
from sanbao.search.storage import write_lock
from sanbao.search.storage.folder import Folder
from sanbao.search.storage.generations import newest
from tests.search.engines.plain.engine import PLAIN
from tests.search.engines.plain.store import SCHEME, Store

opening.ENGINES[SCHEME] = PLAIN

ROOT = Path(__file__).resolve().parents[3]


def program(code: str, *arguments: str) -> subprocess.Popen[str]:
    """A program in another process that knows the same engines; ``sys`` is imported."""
    return subprocess.Popen(
        [sys.executable, "-c", f"import sys, {__name__}\n{code}", *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


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

    def hurry(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let a writer that has to wait for another one give up at once."""
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

    def hurry(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(write_lock, "WAIT_SECONDS", 0.0)


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

    def hurry(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """It never waits."""


ENGINES: dict[str, Addresses] = {"embedded": Folders(), "plain": PlainFiles()}
